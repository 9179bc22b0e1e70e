"""The authority's ceremonies by command: three custodians, each with a folder of their own that stands for a machine, and a
coordinator whose folder is published; what is carried between them are files."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import pytest

from dpr.adapters import files
from dpr.adapters.key_files import KeyFile
from dpr.apps.authority_folder import Authority
from dpr.apps.ceremony_words import said, when
from dpr.apps.root_order import RootOrder
from dpr.core import ceremony, documents
from dpr.core.ceremony import Draft
from dpr.core.credential import Profession
from dpr.core.errors import DocumentError, DprError, StorageError
from dpr.core.kinds import TRUST_LIST
from dpr.core.prescription import PrescriptionKind
from dpr.core.root import Root
from dpr.core.snapshot import Snapshot, status_name
from dpr.core.status import Entries, StatusList
from dpr.core.trust_list import ISSUER, Issuer, IssuerRole, TrustList
from tests.e2e.cli import ENVIRONMENT, Ran, command, run
from tests.e2e.stage import done
from tests.world import World, signer

CUSTODIANS = ("anna", "bertil", "carl")
REGION = "SE2321000016-T001"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Table:
    """The coordinator and the custodians, each with a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = folder / "authority"
        self.published = self.authority / "published"

    def key(self, who: str) -> Path:
        return self.folder / who / f"{who}.pem"

    def request(self, who: str) -> Path:
        """A new key on somebody's machine; what they hand to the coordinator."""
        if not self.key(who).exists():
            self.key(who).parent.mkdir()
            done("key", "new", self.key(who), "--unencrypted")
        return self.key(who).with_name(f"{who}.pem.request")

    def fingerprint(self, draft: Path) -> str:
        return str(done("authority", "show", draft, "--json").json["fingerprint"])

    def sign(self, draft: Path, *who: str) -> list[Path]:
        """Everybody signs the draft that the coordinator showed them."""
        out = [self.folder / one / f"{draft.name}.sig" for one in who]
        for one, path in zip(who, out, strict=True):
            words = ("authority", "sign", draft, "--key", self.key(one), "--out", path)
            done(*words, "--fingerprint", self.fingerprint(draft))
        return out

    def draft(self, what: str, *options: object) -> Path:
        """Drafts a `root` or `list`."""
        done("authority", f"draft-{what}", self.authority, *options)
        name = {"root": "root", "list": "trust-list"}[what]
        return max((self.authority / "drafts").glob(f"{name}-*.draft"), key=lambda path: path.stat().st_mtime_ns)

    def merge(self, *paths: Path, code: int = 0, options: tuple[str, ...] = ()) -> Ran:
        ran = run("--lang", "en", "authority", "merge", self.authority, *paths, *options)
        assert ran.code == code and "Traceback" not in ran.err, ran
        return ran

    def snapshot(self) -> None:
        done("authority", "snapshot", self.authority, "--key", self.key("online"))

    def roots(self) -> list[Root]:
        """What a site finds that was installed with the first root."""
        found: list[Root] = []
        for path in sorted((self.published / "roots").glob("*.cbor"), key=lambda path: int(path.stem)):
            found.append(documents.open_root(path.read_bytes(), found[-1] if found else None))
        return found

    def trust_list(self) -> TrustList:
        return documents.open_trust_list((self.published / "trust-list.cbor").read_bytes(), self.roots()[-1].anchor)

    def latest(self) -> Snapshot:
        return documents.open_snapshot((self.published / "snapshot.cbor").read_bytes(), self.roots()[-1])

    def copy(self, folder: Path) -> Table:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Table(folder)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Table:
    """An authority of two of three custodians, with one region, and a snapshot."""
    table = Table(tmp_path_factory.mktemp("ceremony"))
    keys = [word for who in CUSTODIANS for word in ("--root-key", table.request(who))]
    root = table.draft(
        "root", "--name", "se-test", "--environment", "test", "--root-threshold", 2, *keys,
        "--snapshot-threshold", 1, "--snapshot-key", table.request("online"),
    )  # fmt: skip
    table.merge(root, *table.sign(root, "anna", "carl"))
    words = ("--id", REGION, "--name", "Region Test", "--role", "care_provider", "--unencrypted")
    done("issuer", "init", table.folder / "region", *words)
    done("authority", "add-issuer", table.authority, table.folder / "region" / "issuer.json")
    listed = table.draft("list")
    table.merge(listed, *table.sign(listed, *CUSTODIANS))
    done("issuer", "publish", table.folder / "region")
    done("authority", "collect", table.authority, table.folder / "region" / "published")
    table.snapshot()
    return table


@pytest.fixture
def table(built: Table, tmp_path: Path) -> Table:
    return built.copy(tmp_path / "table")


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.cbor"))}


# --- a first root, a list, a snapshot ----------------------------------------------------------------------------------------


def test_two_of_three_custodians_on_their_own_machines_make_what_a_site_opens(built: Table) -> None:
    (root,) = built.roots()
    assert root.content.root.threshold == 2 and len(root.content.root.keys) == 3
    assert root.content.lists == root.content.root
    assert [one.id for one in built.trust_list().content.issuers] == [REGION]
    assert (built.published / "root.cbor").read_bytes() == (built.published / "roots" / "1.cbor").read_bytes()
    (status,) = (built.published / "status").glob("*.cbor")
    minimums = built.latest().content.minimums
    assert minimums.keys() == {"root", "trust-list", f"status/{status.stem}"}
    assert status_name(REGION, f"urn:dpr:status:{REGION}") in minimums


@pytest.mark.parametrize(("language", "words"), [("sv", "får intyga yrken: läkare (LK)"), ("en", "physician (LK)")])
def test_what_is_signed_is_shown_in_words_with_every_key_in_full(built: Table, language: str, words: str) -> None:
    ran = done("--lang", language, "authority", "show", built.published / "trust-list.cbor")
    key = done("key", "show", built.folder / "region" / "key.pem", "--json").json["thumbprint"]
    assert words in ran.out and "Region Test" in ran.out
    assert " ".join(key[at : at + 4] for at in range(0, 64, 4)) in ran.out
    root = done("--lang", language, "authority", "show", built.published / "root.cbor")
    for who in CUSTODIANS:
        key = done("key", "show", built.key(who), "--json").json["thumbprint"]
        assert " ".join(key[at : at + 4] for at in range(0, 64, 4)) in root.out
    assert ("har inte skrivit under" if language == "sv" else "has not signed") in root.out  # bertil


def test_what_changes_is_marked_and_what_is_risky_is_said(table: Table) -> None:
    description = json.loads((table.folder / "region" / "issuer.json").read_text()) | {"organisations": ["SE2321000016"]}
    wider = table.folder / "wider.json"
    wider.write_text(json.dumps(description))
    done("authority", "add-issuer", table.authority, wider, "--days", 500)
    draft = table.draft("list", "--next-update-days", 60)
    ran = done("--lang", "en", "authority", "show", draft, "--against", table.published / "trust-list.cbor")
    assert f"~   {REGION}  Region Test" in ran.out and "+     may vouch for workplaces of: SE2321000016" in ran.out
    said = done("authority", "show", draft, "--against", table.published / "trust-list.cbor", "--json").json
    assert {one["code"] for one in said["concerns"]} == {
        "ceremony_scope_wider", "ceremony_long_validity", "ceremony_late_update"
    }  # fmt: skip
    assert said["claims"]["content"]["issuers"][0]["organisations"] == ["SE2321000016"]
    assert "physician" not in ran.out, "what stays is counted, not repeated"


#: Another value of each member of an issuer.
OTHER: dict[str, Any] = {
    "id": "SE2321000016-T999",
    "name": "Region Annan",
    "role": IssuerRole.VETERINARY,
    "keys": (signer("another key").key,),
    "professions": (Profession.LK,),
    "kinds": (PrescriptionKind.FOOD,),
    "glns": ("7350000000009",),
    "valid_from": 1_700_000_000,
    "valid_until": 1_800_000_000,
    "organisations": ("SE5560000001",),
}


@pytest.mark.parametrize("member", [field.name for field in ISSUER.fields])
def test_every_member_of_an_issuer_is_said_of_a_new_one_and_of_one_that_changes(member: str) -> None:
    region, *others = World().issuers()
    changed = msgspec.structs.replace(region, **{member: OTHER[member]})

    def words(issuer: Issuer, against: Issuer | None = None) -> list[str]:
        drafts = [
            ceremony.draft(TRUST_LIST, World().trust_list_value(version=version, issuers=(one, *others))) if one else None
            for version, one in ((2, issuer), (1, against))
        ]
        assert drafts[0] is not None
        return [line.mark + line.text for line in said(drafts[0], "en", against=drafts[1])]

    if member == "role":  # its scope would not fit
        changed = msgspec.structs.replace(changed, professions=(Profession.VT,), kinds=(PrescriptionKind.ANIMAL,))
    assert words(changed) != words(region)
    marked = [line for line in words(changed, region) if line[:1] in "+-~"]
    assert marked and not [line for line in words(region, region) if line[:1] in "+-~"]


def test_an_authority_on_one_machine_is_the_same_three_steps(tmp_path: Path) -> None:
    table = Table(tmp_path)
    done("authority", "init", table.authority, "--name", "se-test", "--keys", 3, "--threshold", 2)
    words = ("--id", REGION, "--name", "Region Test", "--role", "care_provider", "--unencrypted")
    done("issuer", "init", tmp_path / "region", *words)
    done("authority", "add-issuer", table.authority, tmp_path / "region" / "issuer.json")
    for version in (1, 2):
        done("authority", "publish", table.authority)
        assert table.trust_list().content.version == version == table.latest().content.minimums["trust-list"]
    assert len(table.roots()[0].content.root.keys) == 3
    again = run("authority", "init", table.authority, "--name", "se-test")
    assert again.code == 2 and "[key_file_exists]" in again.err


# --- nobody signs unseen -----------------------------------------------------------------------------------------------------


def on_a_terminal(typed: str, *arguments: object) -> tuple[int, str]:
    """A command whose input is a terminal: exit code, and everything that was shown."""
    here, there = pty.openpty()
    os.write(here, f"{typed}\n".encode())
    ran = subprocess.run(
        command("--lang", "en", *arguments), stdin=there, capture_output=True, timeout=60, check=False, env=ENVIRONMENT
    )
    os.close(here)
    os.close(there)
    return ran.returncode, ran.stdout.decode() + ran.stderr.decode()


def test_at_a_terminal_the_fingerprint_is_typed_as_it_was_read_out_and_its_beginning_is_not_shown(table: Table) -> None:
    draft, out = table.draft("list"), table.folder / "sig"
    fingerprint = table.fingerprint(draft)
    words = ("authority", "sign", draft, "--key", table.key("anna"), "--out", out)
    for typed in ("", fingerprint[:15], "0" * 16 if fingerprint[0] != "0" else "1" * 16, fingerprint[16:32]):
        code, said = on_a_terminal(typed, *words)
        assert code == 1 and "[fingerprint_differs]" in said and not out.exists()
    hidden, shown = fingerprint[:16], [fingerprint[at : at + 4] for at in range(16, 64, 4)]
    assert f"···· ···· ···· ···· {' '.join(shown)}" in said and hidden[8:] not in said.replace(" ", "")
    assert "version 2" in said.partition("····")[0], "what is signed is said before anything is asked"
    code, said = on_a_terminal(f"{fingerprint[:4]} {fingerprint[4:8].upper()} {fingerprint[8:12]} {fingerprint[12:16]}", *words)
    assert code == 0 and out.exists(), said


def test_a_script_must_know_the_whole_fingerprint(table: Table) -> None:
    draft, out = table.draft("list"), table.folder / "sig"
    words = ("authority", "sign", draft, "--key", table.key("anna"), "--out", out)
    ran = run(*words)
    assert ran.code == 2 and "[fingerprint_needed]" in ran.err
    ran = run(*words, "--fingerprint", table.fingerprint(draft)[:8])
    assert ran.code == 1 and "[fingerprint_differs]" in ran.err and not out.exists()


def test_a_draft_that_is_altered_after_it_was_shown_is_not_signed(table: Table) -> None:
    draft, out = table.draft("list"), table.folder / "sig"
    shown = table.fingerprint(draft)
    draft.write_bytes(draft.read_bytes().replace(b"Region Test", b"Region Fusk"))
    ran = run("authority", "sign", draft, "--key", table.key("anna"), "--out", out, "--fingerprint", shown)
    assert ran.code == 1 and "[fingerprint_differs]" in ran.err and not out.exists()


def test_a_signature_never_takes_the_place_of_a_key_or_of_the_draft(table: Table) -> None:
    draft = table.draft("list")
    before = table.key("anna").read_bytes()
    for out in (table.key("anna"), draft):
        words = ("authority", "sign", draft, "--key", table.key("anna"), "--out", out)
        ran = run(*words, "--fingerprint", table.fingerprint(draft))
        assert ran.code == 2 and "[key_file_exists]" in ran.err
    assert table.key("anna").read_bytes() == before


# --- merging -----------------------------------------------------------------------------------------------------------------


def test_too_few_signatures_publish_nothing_and_say_who_is_missing(table: Table) -> None:
    draft, before = table.draft("list"), tree(table.published)
    (one,) = table.sign(draft, "anna")
    ran = table.merge(draft, one, one, one, code=1)
    assert "[signatures_missing]" in ran.err and "lists 1/2" in ran.err
    swedish = run("authority", "merge", table.authority, draft, one)
    assert "nycklar för utfärdarlistan 1/2" in swedish.err and swedish.out.count("har inte skrivit under") == 2
    assert ran.out.count("has not signed") == 2 and ran.out.count("has signed") == 1
    assert tree(table.published) == before


@pytest.mark.parametrize("whose", ["a stranger's", "the online key's", "another draft's", "a torn one"])
def test_a_signature_that_does_not_belong_publishes_nothing(table: Table, whose: str) -> None:
    draft, before = table.draft("list"), tree(table.published)
    good = table.sign(draft, "anna", "bertil")
    bad = table.folder / "bad.sig"
    if whose == "another draft's":
        other = table.folder / "other.draft"
        other.write_bytes(draft.read_bytes())
        (bad,) = table.sign(table.draft("list", "--next-update-days", 8), "carl")
        draft.write_bytes(other.read_bytes())
    elif whose == "a torn one":
        bad.write_bytes(good[0].read_bytes()[:-7])
    else:
        table.request("mallory")
        (bad,) = table.sign(draft, "mallory" if whose == "a stranger's" else "online")
    code = {"another draft's": "signature_other_draft", "a torn one": "signature_file_malformed"}.get(
        whose, "signature_not_entitled"
    )
    assert f"[{code}]" in table.merge(draft, *good, bad, code=1).err
    assert tree(table.published) == before


def test_of_two_drafts_of_one_version_only_the_first_is_published(table: Table) -> None:
    first = table.draft("list")
    signatures = [one.rename(one.with_suffix(".first")) for one in table.sign(first, "anna", "bertil")]
    kept = table.folder / "first.draft"
    kept.write_bytes(first.read_bytes())
    second = table.draft("list", "--next-update-days", 8)
    theirs = table.sign(second, "anna", "carl")
    table.merge(second, *theirs)
    assert "[draft_outdated]" in table.merge(kept, *signatures, code=1).err
    table.merge(second, *theirs)  # the same again is the same
    assert "[draft_twice]" in table.merge(second, kept, code=1).err


# --- roots that follow -------------------------------------------------------------------------------------------------------


def test_a_custodian_is_replaced_and_an_old_client_follows_from_the_first_root(table: Table) -> None:
    second = table.draft("root", "--root-key", table.request("dora"), "--list-key", table.request("dora"),
                         "--remove-key", table.request("carl"))  # fmt: skip
    table.merge(second, *table.sign(second, "anna", "bertil"))
    table.snapshot()
    third = table.draft("root", "--root-threshold", 3)
    table.merge(third, *table.sign(third, "anna", "bertil", "dora"))
    assert [root.content.version for root in table.roots()] == [1, 2, 3]
    assert table.trust_list().content.version == 1, "two of three keys stay: the list is still good"
    assert table.latest().content.minimums["root"] == 2
    listed = table.draft("list")
    assert "[signatures_missing]" in table.merge(listed, *table.sign(listed, "anna", "carl"), code=1).err
    table.merge(listed, *table.sign(listed, "anna", "dora", "carl"))  # carl's helps sites that hold the first root
    first = table.roots()[0]
    assert documents.open_trust_list((table.published / "trust-list.cbor").read_bytes(), first.anchor)


def replaced(table: Table) -> tuple[Path, Path, tuple[str, ...]]:
    """A root with other keys for everything, a list under it, and who signs both."""
    new = ("dora", "erik", "frida")
    keys = [word for who in new for option in ("--root-key", "--list-key") for word in (option, table.request(who))]
    gone = [word for who in (*CUSTODIANS, "online") for word in ("--remove-key", table.request(who))]
    root = table.draft("root", *keys, *gone, "--snapshot-key", table.request("online-2"))
    return root, table.draft("list"), ("dora", "frida")


def test_a_root_that_would_void_the_published_list_goes_out_together_with_a_new_list(table: Table) -> None:
    root, listed, new = replaced(table)
    ran = done("--lang", "en", "authority", "show", root, "--against", table.published / "root.cbor", "--json")
    assert {"ceremony_root_replaced", "ceremony_list_loses_quorum", "ceremony_snapshot_loses_quorum"} <= {
        one["code"] for one in ran.json["concerns"]
    }
    roots, before = table.sign(root, "anna", "bertil", *new), tree(table.published)
    assert "[root_voids_list]" in table.merge(root, *roots, code=1).err and tree(table.published) == before
    table.merge(listed, root, *roots, *table.sign(listed, *new))
    assert table.trust_list().content.version == 2 and len(table.roots()) == 2
    ran = run("authority", "snapshot", table.authority, "--key", table.key("online"))
    assert ran.code == 2 and "[snapshot_key_differs]" in ran.err, "the stolen online key is worth nothing"
    done("authority", "snapshot", table.authority, "--key", table.key("online-2"))
    assert table.latest().content.minimums["root"] == 2


def test_after_a_compromise_a_root_may_go_out_alone(table: Table) -> None:
    root, _, new = replaced(table)
    table.merge(root, *table.sign(root, "anna", "bertil", *new), options=("--compromised",))
    with pytest.raises(DocumentError, match="trust_list_threshold"):
        table.trust_list()
    listed = table.draft("list")
    table.merge(listed, *table.sign(listed, *new))
    assert table.trust_list().content.version == 2, "versions go on where the void list was"


def test_neither_a_stolen_root_key_nor_the_online_key_makes_a_root(table: Table) -> None:
    table.request("mallory")
    root = table.draft("root", "--root-key", table.request("mallory"), "--root-threshold", 1)
    for thieves in (("anna", "mallory"), ("anna", "online"), ("mallory",)):
        ran = table.merge(root, *table.sign(root, *thieves), code=1)
        assert "[signatures_missing]" in ran.err or "[signature_not_entitled]" in ran.err
    assert len(table.roots()) == 1


def test_an_online_key_is_no_custodians_key(table: Table) -> None:
    ran = run("authority", "draft-root", table.authority, "--root-key", table.request("online"))
    assert ran.code == 2 and "--snapshot-key" in ran.err and "[root_online_key]" in ran.err
    assert "Anmäl till den som ger ut listan" not in ran.err, "whoever drafts is the one"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--remove-key", "00000000"], "[root_key_unknown]"),
        (["--remove-key", "abc"], "[root_key_unknown]"),
        (["--root-threshold", 4], "--root-threshold"),
        (["--name", "annan"], "[root_authority]"),
        (["--environment", "production"], "[root_environment]"),
    ],
)
def test_what_no_root_can_be_is_named_by_its_option(table: Table, options: list[object], said: str) -> None:
    ran = run("authority", "draft-root", table.authority, *options)
    assert ran.code == 2 and said in ran.err


def test_a_first_root_needs_a_name_an_environment_keys_and_thresholds(tmp_path: Path) -> None:
    ran = run("authority", "draft-root", tmp_path / "authority")
    for option in ("--name", "--environment", "--root-key", "--list-key", "--snapshot-key"):
        assert option in ran.err
    assert ran.code == 2
    for words in (("draft-list",), ("snapshot", "--key", tmp_path / "none.pem")):
        ran = run("authority", words[0], tmp_path / "authority", *words[1:])
        assert ran.code == 2 and "Traceback" not in ran.err


# --- issuers and their lists -------------------------------------------------------------------------------------------------


def test_issuers_are_listed_beside_what_is_published(table: Table) -> None:
    words = ("--id", "SE5560000001-T002", "--name", "Kedjan Test", "--role", "pharmacy_company", "--unencrypted")
    done("issuer", "init", table.folder / "chain", *words)
    done("authority", "add-issuer", table.authority, table.folder / "chain" / "issuer.json")
    rows = {row["id"]: row["state"] for row in done("authority", "issuers", table.authority, "--json").json}
    assert rows == {REGION: "published", "SE5560000001-T002": "new"}
    done("authority", "remove-issuer", table.authority, REGION)
    assert f"- {REGION}  Region Test" in done("--lang", "en", "authority", "issuers", table.authority).out
    ran = run("authority", "remove-issuer", table.authority, REGION)
    assert ran.code == 2 and "[issuer_unknown]" in ran.err
    draft = table.draft("list")
    table.merge(draft, *table.sign(draft, "anna", "bertil"))
    assert [one.id for one in table.trust_list().content.issuers] == ["SE5560000001-T002"]
    said = run("--lang", "en", "authority", "snapshot", table.authority, "--key", table.key("online"))
    assert "[published_list_issuer_gone]" in said.out and "prescriber" not in said.out
    assert table.latest().content.minimums.keys() == {"root", "trust-list"}
    assert not list((table.published / "status").iterdir()) and len(list((table.authority / "removed").rglob("*.cbor"))) == 1
    again = run("--lang", "en", "authority", "snapshot", table.authority, "--key", table.key("online"))
    assert again.code == 0 and "!" not in again.out, "it is said once"


def status_list(table: Table, issued_at: datetime, key: KeyFile | None = None) -> Path:
    """A status list of the region, in a file."""
    value = StatusList(
        uri=f"urn:dpr:status:{REGION}", issued_at=int(issued_at.timestamp()), entries=Entries.build({}, size=64, bits=2)
    )
    path = table.folder / f"status-{value.issued_at}.cbor"
    path.write_bytes(documents.sign(documents.STATUS_LIST, value, key or KeyFile.load(table.folder / "region" / "key.pem")))
    return path


def test_only_what_a_site_would_take_is_collected(table: Table) -> None:
    now, before = datetime.now(UTC), tree(table.published)
    torn = table.folder / "torn.cbor"
    torn.write_bytes(status_list(table, now).read_bytes()[:-40])
    wrong = {
        "published_list_newer": status_list(table, now - timedelta(hours=1)),
        "list_from_the_future": status_list(table, now + timedelta(hours=1)),
        "published_list_issuer_unknown": status_list(table, now + timedelta(seconds=1), signer("a stranger")),
        "document_kind": credential(table),
        "published_list_refused": torn,
        "file_missing": table.folder / "nothing.cbor",
    }
    for code, path in wrong.items():
        ran = run("--lang", "en", "authority", "collect", table.authority, path)
        assert ran.code in (1, 2) and f"[{code}]" in ran.err and f"✗ {path}" in ran.err, (code, ran)
        assert not [word for word in ("ispense", "prescription", "Scan") if word in ran.err], "said to an authority"
    assert run("authority", "collect", table.authority, torn).code == 1
    assert tree(table.published) == before
    ran = run("authority", "collect", table.authority, torn, status_list(table, now + timedelta(seconds=60)))
    assert ran.code == 1 and "✓" in ran.out, "one that is refused keeps no other out"
    table.snapshot()
    assert table.latest().minimum(status_name(REGION, f"urn:dpr:status:{REGION}")) == int(now.timestamp()) + 60


def credential(table: Table) -> Path:
    """A document of the region's that is no list."""
    value = World(now=int(datetime.now(UTC).timestamp())).credential_value(issuer=REGION)
    path = table.folder / "credential.cbor"
    path.write_bytes(documents.sign(documents.CREDENTIAL_KIND, value, KeyFile.load(table.folder / "region" / "key.pem")))
    return path


@pytest.mark.parametrize("fault", ["gone", "torn"])
def test_a_list_that_is_lost_keeps_its_minimum_and_is_named(table: Table, fault: str) -> None:
    before = table.latest().content.minimums
    (path,) = (table.published / "status").glob("*.cbor")
    path.unlink() if fault == "gone" else path.write_bytes(path.read_bytes()[:-40])
    ran = run("--lang", "en", "authority", "snapshot", table.authority, "--key", table.key("online"))
    assert ran.code == 0 and f"! status/{path.stem}" in ran.out
    assert table.latest().content.minimums == before


def test_an_older_list_put_into_the_folder_by_hand_lowers_no_minimum(table: Table) -> None:
    before = table.latest().content.minimums
    (path,) = (table.published / "status").glob("*.cbor")
    path.write_bytes(status_list(table, datetime.now(UTC) - timedelta(days=1)).read_bytes())
    table.snapshot()
    assert table.latest().content.minimums == before


def test_a_strangers_file_in_place_of_an_issuers_list_makes_nobody_forget_that_list(table: Table) -> None:
    before = table.latest().content.minimums
    (path,) = (table.published / "status").glob("*.cbor")
    path.write_bytes(status_list(table, datetime.now(UTC), signer("a stranger")).read_bytes())
    ran = run("--lang", "en", "authority", "snapshot", table.authority, "--key", table.key("online"))
    assert "[published_list_issuer_unknown]" in ran.out and path.exists() and not (table.authority / "removed").exists()
    assert table.latest().content.minimums == before


def test_a_minimum_that_a_wrong_clock_made_is_named_and_stays_since_sites_refuse_less(table: Table) -> None:
    ahead, path = datetime.now(UTC) + timedelta(days=3), status_list(table, datetime.now(UTC) + timedelta(days=3))
    made = Authority(table.authority)
    made.published.collect([path], now=int(ahead.timestamp()))
    made.publish_snapshot([KeyFile.load(table.key("online"))], next_update_hours=48, now=ahead)
    before = table.latest().content.minimums
    words = ("authority", "snapshot", table.authority, "--key", table.key("online"), "--clock-was-ahead")
    ran = run("--lang", "en", *words)
    assert ran.code == 0 and "[published_minimum_ahead]" in ran.out
    assert table.latest().content.minimums == before and max(before.values()) == int(ahead.timestamp())


def test_a_list_under_another_name_is_not_in_the_snapshot(table: Table) -> None:
    before = table.latest().content.minimums
    (path,) = (table.published / "status").glob("*.cbor")
    shutil.copy(path, path.with_name("another.cbor"))
    ran = run("--lang", "en", "authority", "snapshot", table.authority, "--key", table.key("online"))
    assert "! status/another" in ran.out and "[published_list_misnamed]" in ran.out
    assert table.latest().content.minimums == before


def test_whoever_admits_an_issuer_is_told_from_when_and_until_when(table: Table) -> None:
    description = table.folder / "region" / "issuer.json"
    said = {name: done("--lang", name, "authority", "add-issuer", table.authority, description).out for name in ("sv", "en")}
    (issuer,) = Authority(table.authority).issuers()
    for text in said.values():
        assert f"{when(issuer.valid_from)} – {when(issuer.valid_until)}" in text
    assert "vårdgivare" in said["sv"] and "en timme före" in said["sv"] and "an hour before" in said["en"]


def test_an_issuer_that_is_admitted_anew_stays_in_force_from_when_it_was(own: Authority) -> None:
    (first,), description = own.issuers(), own.folder.parent / "region" / "issuer.json"
    later = NOW + timedelta(days=300)
    again = own.add_issuer(description, days=100, now=later)
    assert again.valid_from == first.valid_from == int(NOW.timestamp()) - 3600
    assert again.valid_until == int(later.timestamp()) - 3600 + 100 * 86_400
    own.remove_issuer(REGION)
    afresh = own.add_issuer(description, days=100, now=later)
    assert afresh.valid_from == int(later.timestamp()) - 3600, "what was removed is admitted afresh"


def test_what_the_coordinator_sees_has_the_names_of_the_requests(table: Table) -> None:
    draft = table.draft("list")
    (one,) = table.sign(draft, "anna")
    ran = table.merge(draft, one, code=1)
    assert re.search(r"^✓ .*  anna\.pem\.request  has signed$", ran.out, re.MULTILINE)
    assert set(re.findall(r"  (\w+)\.pem\.request  has not signed$", ran.out, re.MULTILINE)) == {"bertil", "carl"}
    (table.authority / "key-names.json").write_bytes(b"torn")
    assert table.merge(draft, one, code=1).out.count("has not signed") == 2, "a name decides nothing"


def test_what_merge_says_to_type_next_works(table: Table, tmp_path: Path) -> None:
    draft = table.draft("list")
    said = table.merge(draft, *table.sign(draft, "anna", "carl")).out.splitlines()[-1]
    assert said == f"Next: dpr authority snapshot {table.authority} --key online.pem"
    with contextlib.chdir(table.key("online").parent):
        done(*shlex.split(said.removeprefix("Next: dpr ")))
    made = Authority.create(tmp_path / "a b", name="se-test", environment="test", keys=1, threshold=1, now=datetime.now(UTC))
    for step in ("add-issuer", "draft-list", "snapshot"):
        root = made.draft_root(RootOrder(thresholds={"root": 1}), now=datetime.now(UTC))
        root_file, signature = tmp_path / "r.draft", tmp_path / "r.sig"
        root_file.write_bytes(root.encode())
        signature.write_bytes(ceremony.sign(root, made.local_signers()[0]).encode())
        said = done("--lang", "en", "authority", "merge", made.folder, root_file, signature).out.splitlines()[-1]
        assert said.startswith(f"Next: dpr authority {step} '{made.folder}'"), said
        words = shlex.split(said.removeprefix("Next: dpr "))
        with contextlib.chdir(table.folder / "region"):
            done(*words)
        if step == "draft-list":
            listed = made.draft_list(next_update_days=7, now=datetime.now(UTC))
            made.merge([listed], [ceremony.sign(listed, made.local_signers()[0])])


def test_what_is_no_file_of_a_ceremony_and_a_merge_without_drafts_are_said_to_whoever_did_it(table: Table) -> None:
    (table.folder / "policy.toml").write_text('environment = "test"\n', "utf-8")
    shown = run("--lang", "en", "authority", "show", table.folder / "policy.toml")
    assert shown.code == 1 and "[ceremony_file_unknown]" in shown.err and "Scan" not in shown.err
    draft = table.draft("list")
    alone = table.merge(*table.sign(draft, "anna", "carl"), code=1)
    assert "[draft_missing]" in alone.err and "signature_other_draft" not in alone.err
    wrong = table.merge(draft, table.folder / "policy.toml", code=1)
    assert "[ceremony_file_unknown]" in wrong.err and "policy.toml" in wrong.err, "which of the files"
    torn = table.folder / "torn.draft"
    torn.write_bytes(draft.read_bytes()[:-9])
    words = ("authority", "sign", torn, "--key", table.key("anna"), "--out", table.folder / "x.sig", "--fingerprint", "0")
    signed = run("--lang", "en", *words)
    assert signed.code == 1 and "[draft_malformed]" in signed.err and "Scan" not in signed.err


def test_what_is_wrong_with_a_root_is_said_in_swedish_too(table: Table) -> None:
    ran = run("authority", "draft-root", table.authority, "--root-threshold", 4)
    assert "--root-threshold" in ran.err and "4; väntat: 1 till 3, antalet nycklar" in ran.err
    assert ran.err.count("[setup_invalid]") == 1


# --- clocks and crashes ------------------------------------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path: Path) -> Authority:
    """An authority on one machine, at NOW."""
    authority = Authority.create(tmp_path / "a", name="se-test", environment="test", keys=3, threshold=2, now=NOW)
    done("issuer", "init", tmp_path / "region", "--id", REGION, "--name", "Region", "--role", "care_provider", "--unencrypted")
    authority.add_issuer(tmp_path / "region" / "issuer.json", days=365, now=NOW)
    authority.publish(next_update_days=7, now=NOW)
    return authority


def published(authority: Authority) -> Any:
    return authority.published.trust().trust_list


def test_a_clock_that_was_set_back_publishes_nothing_older(own: Authority) -> None:
    back = NOW - timedelta(hours=1)
    before = tree(own.folder)
    for work in (
        lambda: own.publish(next_update_days=7, now=back),
        lambda: own.publish_snapshot(own.local_signers(), next_update_hours=48, now=back),
        lambda: own.draft_list(next_update_days=7, now=back),
    ):
        with pytest.raises(DprError, match="clock_behind_published"):
            work()
    assert tree(own.folder) == before
    own.publish(next_update_days=7, now=NOW - timedelta(seconds=20))  # clocks of one minute
    assert published(own).issued_at == int(NOW.timestamp())


def test_a_date_from_a_clock_that_was_ahead_can_be_left_behind(own: Authority) -> None:
    own.publish(next_update_days=7, now=NOW + timedelta(days=700))
    draft = own.draft_list(next_update_days=7, now=NOW, clock_was_ahead=True)
    signatures = [ceremony.sign(draft, one) for one in own.local_signers()[:2]]
    with pytest.raises(DprError, match="clock_behind_published"):
        own.merge([draft], signatures)
    own.merge([draft], signatures, clock_was_ahead=True)
    assert (published(own).content.version, published(own).issued_at) == (3, int(NOW.timestamp()))


def test_a_root_too_leaves_a_date_from_a_wrong_clock_behind(own: Authority) -> None:
    ahead = own.draft_root(RootOrder(), now=NOW + timedelta(days=700))
    own.merge([ahead], [ceremony.sign(ahead, one) for one in own.local_signers()[:2]])
    with pytest.raises(DprError, match="clock_behind_published"):
        own.draft_root(RootOrder(), now=NOW)
    third = own.draft_root(RootOrder(), now=NOW, clock_was_ahead=True)
    own.merge([third], [ceremony.sign(third, one) for one in own.local_signers()[:2]], clock_was_ahead=True)
    assert (own.published.root().content.version, own.published.root().issued_at) == (3, int(NOW.timestamp()))


def test_a_torn_record_of_editions_is_named_and_nothing_is_published(own: Authority) -> None:
    (own.folder / "editions.json").write_bytes(b'{"trust-list": [1,')
    with pytest.raises(DprError, match="authority_editions_invalid"):
        own.publish(next_update_days=7, now=NOW)


def test_a_list_that_is_lost_does_not_bring_its_version_back(own: Authority) -> None:
    (own.published.folder / "trust-list.cbor").unlink()
    own.publish(next_update_days=7, now=NOW)
    assert published(own).content.version == 2


def next_root_and_list(own: Authority) -> tuple[list[Draft], list[ceremony.Signature]]:
    """A root that exchanges every key, and a list under it, signed."""
    new = [signer(f"new custodian {number}") for number in range(3)]
    held = own.published.root().content
    order = RootOrder(add={"root": [one.key for one in new], "lists": [one.key for one in new]}, remove=[*held.root.keys])
    root, listed = own.draft_root(order, now=NOW), own.draft_list(next_update_days=7, now=NOW)
    old = [one for one in own.local_signers() if one.key in held.root.keys]
    return [root, listed], [
        *(ceremony.sign(root, one) for one in (*old, *new)), *(ceremony.sign(listed, one) for one in new)
    ]  # fmt: skip


@pytest.mark.parametrize("fails_at", range(1, 6))
def test_a_crash_or_full_disk_at_any_write_is_mended_by_the_same_merge(own: Authority, fails_at: int) -> None:
    drafts, signatures = next_root_and_list(own)
    writes, replace = 0, files.replace

    def failing(path: Path, content: bytes, *, mode: int = 0o644) -> None:
        nonlocal writes
        writes += 1
        if writes >= fails_at:
            raise StorageError("file_not_written", str(path))
        replace(path, content, mode=mode)

    with mock.patch.object(files, "replace", failing):
        try:
            own.merge(drafts, signatures)
        except StorageError:
            assert writes == fails_at
        else:
            assert fails_at == 5, "four writes: editions, list, roots/2, root"
    root = own.published.root()  # whatever was written, there is a root in force
    if root.content.version == 2:
        assert published(own).content.version == 2, "a root is never there without the list that it needs"
    own.merge(drafts, signatures)
    assert own.published.root().content.version == 2 and published(own).content.version == 2
    assert own.published.document("root") == own.published.document("roots/2")


def test_the_last_of_roots_is_in_force_after_a_crash_before_its_copy(own: Authority) -> None:
    drafts, signatures = next_root_and_list(own)
    own.merge(drafts, signatures)
    first = own.published.document("roots/1")
    assert first is not None
    own.published.put("root", first)
    assert own.published.root().content.version == 2
    own.publish_snapshot(own.local_signers()[-1:], next_update_hours=48, now=NOW)
    assert own.published.document("root") == own.published.document("roots/2"), "the next command mends it"


def test_a_published_root_that_was_exchanged_is_not_built_upon(own: Authority) -> None:
    other = Authority.create(own.folder / "other", name="se-test", environment="test", keys=1, threshold=1, now=NOW)
    second = other.draft_root(RootOrder(), now=NOW)
    other.merge([second], [ceremony.sign(second, one) for one in other.local_signers()[:1]])
    strange = other.published.document("roots/2")
    assert strange is not None
    own.published.put("roots/2", strange)
    with pytest.raises(DocumentError, match="root_threshold_not_met"):
        own.draft_list(next_update_days=7, now=NOW)
