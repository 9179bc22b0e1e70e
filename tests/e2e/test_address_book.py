"""The address book by the command line: mail keys, the authority's edition, a site that looks somebody up, and nodes."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dpr.adapters.opening_keys import OpeningKeys
from dpr.apps.cli.book import _tell_age
from dpr.apps.cli.common import Context
from dpr.apps.compose import SiteFolder
from dpr.core import documents
from dpr.core.errors import SetupError
from tests.e2e.cli import Ran, run
from tests.e2e.stage import Stage, clean, done
from tests.e2e.test_trust import served
from tests.world import GLN

HEADER = "queue;name;place;organisation;endpoints\n"
LINE = f"{GLN};Apoteket Lärkan;Piteå;Kedjan;internet https://a.example | sjunet https://b.example\n"


def make_key(site: Path) -> Ran:
    return done("--lang", "en", "--site", site, "mail-key", "new", "--unencrypted")


def make_book(own: Stage, *lines: str, options: tuple[str, ...] = ()) -> Ran:
    """The authority publishes a book of `lines` with what lies in incoming/, and a snapshot."""
    (own.folder / "recipients.csv").write_text(HEADER + "".join(lines or (LINE,)), "utf-8")
    words = ("authority", "book", "publish", own.folder / "authority", own.folder / "recipients.csv")
    ran = clean(run("--lang", "en", *words, "--mail-keys", own.folder / "incoming", *options))
    done("authority", "snapshot", own.folder / "authority")
    return ran


@pytest.fixture
def keyed(own: Stage) -> Stage:
    """The pharmacy has a key, which came in at the authority's."""
    make_key(own.pharmacy)
    (own.folder / "incoming").mkdir()
    shutil.copy(own.pharmacy / "keys" / "mail-key.cbor", own.folder / "incoming")
    return own


@pytest.fixture
def booked(keyed: Stage) -> Stage:
    """The clinic has the book."""
    assert make_book(keyed).code == 0
    done("--site", keyed.clinic, "trust", "add", keyed.published)
    return keyed


# --- mail keys ----------------------------------------------------------------------------------------------------------


def test_a_new_key_is_published_with_the_pharmacys_own_and_shown(own: Stage) -> None:
    made = make_key(own.pharmacy)
    assert f"gln:{GLN}" in made.out and (own.pharmacy / "keys" / "mail.pem").stat().st_mode & 0o777 == 0o600
    shown = done("--site", own.pharmacy, "mail-key", "show", "--json").json
    site = SiteFolder(own.pharmacy)
    assert shown["queue"] == site.node_queue() == site.node().queue == f"gln:{GLN}"
    assert shown["keys"] == [site.opener().keys[0].id.hex()]
    assert (shown["environment"], shown["holder"], shown["fault"]) == ("test", "Apoteket Lärkan", None)
    ends = documents.open_credential(
        (own.pharmacy / "keys" / "pharmacy.cbor").read_bytes(), site.trust()
    ).credential.valid_until
    value = documents.read_claims(
        documents.MAIL_KEY, documents.split((own.pharmacy / "keys" / "mail-key.cbor").read_bytes())[1]
    )
    assert value.valid_until == ends, "400 days are longer than the credential"
    assert "✓ Can be sealed to." in done("--lang", "en", "--site", own.pharmacy, "mail-key", "show").out


def test_a_second_key_needs_rotate_and_the_first_still_opens(own: Stage) -> None:
    make_key(own.pharmacy)
    first = SiteFolder(own.pharmacy).opener().keys
    again = clean(run("--site", own.pharmacy, "mail-key", "new", "--unencrypted"))
    assert again.code == 2 and "key_file_exists" in again.err
    key, published = (str(own.pharmacy / "keys" / name) for name in ("mail.pem", "mail-key.cbor"))
    rotated = done("--site", own.pharmacy, "mail-key", "rotate", "--json").json
    assert rotated == {"key": key, "published": published, "queue": f"gln:{GLN}", "valid_until": rotated["valid_until"]}
    assert done("--site", own.pharmacy, "mail-key", "publish", "--json").json.keys() == rotated.keys()
    keys = SiteFolder(own.pharmacy).opener().keys
    assert keys[1] == first[0] and len(keys) == 2
    assert done("--site", own.pharmacy, "mail-key", "show", "--json").json["keys"] == [keys[0].id.hex()]


def test_a_key_that_ends_soon_is_warned_of(own: Stage) -> None:
    make_key(own.pharmacy)
    done("--site", own.pharmacy, "mail-key", "publish", "--days", "31")
    assert "[mail_key_ending]" not in done("--lang", "en", "--site", own.pharmacy, "inbox").out
    done("--site", own.pharmacy, "mail-key", "publish", "--days", "29")
    assert "! Your published key for messages ends soon" in done("--lang", "en", "--site", own.pharmacy, "inbox").out


def test_a_key_under_a_passphrase_stays_under_it(own: Stage) -> None:
    word = own.folder / "word"
    word.touch(0o600)
    word.write_text("nio blå dromedarer\n", "utf-8")
    done("--site", own.pharmacy, "mail-key", "new", "--passphrase-file", word)
    done("--site", own.pharmacy, "mail-key", "rotate", "--passphrase-file", word)
    path = own.pharmacy / "keys" / "mail.pem"
    assert b"-----BEGIN PRIVATE" not in path.read_bytes()
    assert len(OpeningKeys.load(path, lambda: "nio blå dromedarer".encode()).keys) == 2
    refused = clean(run("--site", own.pharmacy, "mail-key", "publish", "--json"))
    assert refused.code == 2, "nobody is there to ask"
    assert run("--site", own.pharmacy, "mail-key", "publish", DPR_PASSPHRASE_FILE=str(word)).code == 0


def test_a_key_that_is_made_before_the_credential_is_published_after(own: Stage) -> None:
    credential = own.pharmacy / "keys" / "pharmacy.cbor"
    kept = credential.read_bytes()
    credential.unlink()
    made = make_key(own.pharmacy)
    assert "dpr mail-key publish" in made.out and not (own.pharmacy / "keys" / "mail-key.cbor").exists()
    credential.write_bytes(kept)
    done("--site", own.pharmacy, "mail-key", "publish", "--days", 10)
    assert done("--site", own.pharmacy, "mail-key", "show", "--json").json["fault"] is None


def test_a_credential_of_another_key_or_role_publishes_nothing(own: Stage) -> None:
    keys = own.pharmacy / "keys"
    shutil.copy(own.person("pharmacist", "pem"), keys / "pharmacy.pem")
    with pytest.raises(SetupError, match="node_key_differs"):
        SiteFolder(own.pharmacy).node()
    shutil.copy(own.person("pharmacist", "cbor"), keys / "pharmacy.cbor")
    ran = clean(run("--site", own.pharmacy, "mail-key", "new", "--unencrypted"))
    assert ran.code == 2 and "node_credential_role" in ran.err


def test_a_published_key_is_judged_by_what_the_site_holds(own: Stage) -> None:
    make_key(own.pharmacy)
    done("issuer", "revoke", own.folder / "chain", own.person("pharmacy", "cbor"))
    done("issuer", "publish", own.folder / "chain")
    done("--site", own.pharmacy, "trust", "add", *own.lists("chain"))
    shown = clean(run("--site", own.pharmacy, "mail-key", "show", "--json"))
    assert (shown.code, shown.json["fault"]) == (1, "mail_key_signer_revoked")


@pytest.mark.parametrize("content", [b"", b"\xd2\x84", b"{}"])
def test_a_file_that_is_no_published_key_is_named(own: Stage, content: bytes) -> None:
    path = own.folder / "x.cbor"
    path.write_bytes(content)
    ran = clean(run("--site", own.pharmacy, "mail-key", "show", path))
    assert ran.code == 1 and "[" in ran.err


# --- the authority's edition --------------------------------------------------------------------------------------------


def test_what_the_authority_publishes_can_be_looked_up_at_a_site(booked: Stage) -> None:
    found = done("--site", booked.clinic, "book", "search", "larkan", "--json").json
    assert [one["queue"] for one in found] == [f"gln:{GLN}"]
    shown = done("--site", booked.clinic, "book", "show", "LÄRKAN", "pite", "--json").json
    assert shown["endpoints"] == [
        {"url": "https://a.example", "network": "internet"},
        {"url": "https://b.example", "network": "sjunet"},
    ]
    assert (shown["key"], shown["fault"]) == (SiteFolder(booked.pharmacy).opener().keys[0].id.hex(), None)
    assert shown["vouched_by"] == "Kedjan Test"
    words = done("--lang", "en", "--site", booked.clinic, "book", "show", GLN).out
    assert "1. https://a.example (internet)" in words and "✓ Can be sent to." in words and "old" not in words


def test_the_book_is_fetched_from_any_mirror(booked: Stage) -> None:
    with served(booked.published) as mirror:
        fetched = done("--site", booked.pharmacy, "trust", "fetch", "--mirror", mirror, "--json").json
        assert "address-book" in fetched["taken"] and fetched["faults"] == []
        again = done("--site", booked.pharmacy, "trust", "fetch", "--mirror", mirror, "--json").json
    assert again["taken"] == []
    assert done("--site", booked.pharmacy, "book", "show", GLN, "--json").json["fault"] is None


@pytest.mark.parametrize(
    ("days", "told"), [(13, ""), (15, "! The address book (version 1) is 15 d old. Fetch: dpr trust fetch\n")]
)
def test_an_old_book_is_used_and_its_age_is_told(
    booked: Stage, capsys: pytest.CaptureFixture[str], days: int, told: str
) -> None:
    site = SiteFolder(booked.clinic)
    later = site.now() + timedelta(days=days)
    _tell_age(Context(booked.clinic, "en"), SiteFolder(booked.clinic, clock=lambda: later), site.address_book())
    assert capsys.readouterr().out == told


def test_nobody_and_several_are_named(booked: Stage) -> None:
    for words, code in ((("search", "skatan"), "address_book_no_entry"), (("show", "7350000000016"), "address_book_no_entry")):
        ran = clean(run("--site", booked.clinic, "book", *words))
        assert ran.code == 1 and code in ran.err


def test_a_site_without_a_book_says_so(own: Stage) -> None:
    ran = clean(run("--site", own.clinic, "book", "search", "larkan"))
    assert ran.code == 2 and "address_book_missing" in ran.err
    assert done("--site", own.clinic, "trust", "status", "--json").json["address_book"] is None


def test_trust_status_says_which_book_is_held_and_when_the_next_is_due(booked: Stage) -> None:
    status = done("--site", booked.clinic, "trust", "status", "--json").json
    held = status["address_book"]
    assert (held["version"], held["entries"], held["grade"]) == (1, 1, "fresh") and status["behind"] == []
    assert "Address book: version 1, fresh" in done("--lang", "en", "--site", booked.clinic, "trust", "status").out


def test_a_newer_book_in_the_snapshot_shows_as_behind_and_blocks_nothing(booked: Stage) -> None:
    make_book(booked, LINE.replace("Lärkan", "Lärkan City"))
    site = ("--site", booked.pharmacy)
    done(*site, "trust", "add", booked.published / "trust-list.cbor", booked.published / "snapshot.cbor")
    status = done(*site, "trust", "status", "--json").json
    assert {"name": "address-book", "held": 0, "minimum": 2} in status["behind"]
    assert done(*site, "verify", booked.rx("one"), "--json").json["verdict"] == "accepted"


def test_the_same_book_again_is_not_published(booked: Stage) -> None:
    again = make_book(booked)
    assert again.code == 0 and "says the same" in again.out
    assert done("--site", booked.clinic, "trust", "add", booked.published).code == 0
    assert done("--site", booked.clinic, "trust", "status", "--json").json["address_book"]["version"] == 1


def test_who_has_no_key_is_left_out_by_name_and_many_stop(keyed: Stage) -> None:
    other = LINE.replace(GLN, "7350000000016")
    refused = make_book(keyed, LINE, other)
    assert refused.code == 2 and "book_too_many_left_out" in refused.err
    assert not (keyed.published / "address-book.cbor").exists()
    published = make_book(keyed, LINE, other, options=("--skip-faulty",))
    assert published.code == 1 and "gln:7350000000016 (line 3)" in published.out and "book_key_missing" in published.out
    assert (keyed.published / "address-book.cbor").exists()


def test_a_line_with_a_fault_stops_and_is_named(keyed: Stage) -> None:
    refused = make_book(keyed, LINE, LINE.replace("https://a.example", "a.example"))
    assert refused.code == 1 and "line 3, column endpoints" in refused.err and "mail_origin" in refused.err
    published = make_book(keyed, LINE, LINE.replace("https://a.example", "a.example"), options=("--skip-faulty",))
    assert published.code == 1 and "book_skipped" in published.err


def test_check_says_what_publish_would_do_and_publishes_nothing(keyed: Stage) -> None:
    (keyed.folder / "recipients.csv").write_text(HEADER + LINE, "utf-8")
    (keyed.folder / "incoming" / "torn.cbor").write_bytes(b"x")
    words = ("authority", "book", "check", keyed.folder / "authority", keyed.folder / "recipients.csv")
    found = clean(run(*words, "--mail-keys", keyed.folder / "incoming", "--json"))
    assert found.code == 0
    assert [one["queue"] for one in found.json["entries"]] == [f"gln:{GLN}"]
    assert [Path(one["file"]).name for one in found.json["no_keys"]] == ["torn.cbor"]
    assert not (keyed.published / "address-book.cbor").exists()


def test_a_draft_is_shown_signed_and_merged_as_any_other(keyed: Stage) -> None:
    (keyed.folder / "recipients.csv").write_text(HEADER + LINE, "utf-8")
    authority, table = keyed.folder / "authority", keyed.folder / "recipients.csv"
    done("authority", "book", "draft", authority, table, "--mail-keys", keyed.folder / "incoming")
    draft, signature = authority / "drafts" / "address-book-1.draft", keyed.folder / "online.sig"
    shown = done("--lang", "en", "authority", "show", draft).out
    assert "Address book, version 1" in shown and f"gln:{GLN}  Apoteket Lärkan, Piteå (Kedjan)" in shown
    fingerprint = done("authority", "show", draft, "--json").json["fingerprint"]
    key = authority / "keys" / "online.pem"
    done("authority", "sign", draft, "--key", key, "--out", signature, "--fingerprint", fingerprint)
    done("authority", "merge", authority, draft, signature)
    done("authority", "snapshot", authority)
    done("--site", keyed.clinic, "trust", "add", keyed.published)
    assert done("--site", keyed.clinic, "book", "show", GLN, "--json").json["fault"] is None
    described = done(
        "authority", "show", keyed.published / "address-book.cbor", "--root", keyed.published / "root.cbor", "--json"
    )
    assert [one["met"] for one in described.json["signatures"]] == [True]


def test_an_edition_says_what_it_changes(booked: Stage) -> None:
    before = booked.folder / "before.cbor"
    shutil.copy(booked.published / "address-book.cbor", before)
    make_book(booked, LINE.replace("b.example", "c.example"))
    shown = done("authority", "show", booked.published / "address-book.cbor", "--against", before, "--json").json
    assert [one["mark"] for one in shown["changes"]] == ["-", "~"]
    assert "https://b.example" in shown["changes"][0]["text"] and "https://c.example" in shown["changes"][1]["text"]


# --- nodes --------------------------------------------------------------------------------------------------------------


def vouch(own: Stage, issuer: str, holder: dict[str, Any], name: str) -> Ran:
    path = own.folder / f"{name}.json"
    path.write_text(json.dumps(holder), "utf-8")
    done("key", "new", own.folder / f"{name}.pem", "--unencrypted")
    words = ("issuer", "credential", own.folder / issuer, own.folder / f"{name}.pem.request", "--holder", path)
    return clean(run(*words, "--out", own.folder / f"{name}.cbor", "--days", 365))


def test_a_region_vouches_for_a_node_which_has_a_queue_of_its_own(own: Stage) -> None:
    assert vouch(own, "region", {"role": "node", "name": "Journalsystem Norr"}, "node").code == 0
    for suffix in ("pem", "cbor"):
        shutil.copy(own.folder / f"node.{suffix}", own.clinic / "keys" / f"node.{suffix}")
    make_key(own.clinic)
    shown = done("--site", own.clinic, "mail-key", "show", "--json").json
    site = SiteFolder(own.clinic)
    assert shown["queue"] == site.node().queue and shown["queue"].startswith("key:") and shown["fault"] is None
    (own.folder / "incoming").mkdir()
    shutil.copy(own.clinic / "keys" / "mail-key.cbor", own.folder / "incoming")
    line = f"{shown['queue']};Journalsystem Norr;Luleå;Region Test;internet https://a.example\n"
    assert make_book(own, line).code == 0
    done("--site", own.pharmacy, "trust", "add", own.published)
    assert done("--site", own.pharmacy, "book", "show", "journalsystem", "--json").json["queue"] == shown["queue"]
    listed = {row["role"]: row for row in done("issuer", "list", own.folder / "region", "--json").json}
    assert listed["node"]["status"] == "valid"
    assert "nod" in done("--lang", "sv", "issuer", "list", own.folder / "region").out.split()


def test_many_nodes_are_vouched_for_by_a_table(own: Stage) -> None:
    requests, out = own.folder / "requests", own.folder / "out"
    requests.mkdir()
    for number in (1, 2):
        done("key", "new", own.folder / f"n{number}.pem", "--request", requests / f"n{number}.request", "--unencrypted")
    table = "role;name;request\nnode;Journal 1;n1.request\nnode;Journal 2;n2.request\n"
    (own.folder / "nodes.csv").write_text(table, "utf-8")
    words = ("issuer", "credentials", own.folder / "region", own.folder / "nodes.csv", "--requests", requests, "--out", out)
    assert len(done(*words, "--json").json["issued"]) == 2


def test_only_who_runs_relays_vouches_for_a_relay(own: Stage) -> None:
    relay = {"role": "relay", "name": "Relä A"}
    refused = vouch(own, "region", relay, "relay")
    assert refused.code == 1 and "scope_role" in refused.err
    operator = own.folder / "operator"
    done(
        "issuer",
        "init",
        operator,
        "--id",
        "SE5560000001-T009",
        "--name",
        "Relädrift",
        "--role",
        "relay_operator",
        "--unencrypted",
    )
    done("authority", "add-issuer", own.folder / "authority", operator / "issuer.json")
    done("authority", "publish", own.folder / "authority")
    assert vouch(own, "operator", relay, "relay-a").code == 0
    assert vouch(own, "operator", {"role": "node", "name": "Gateway"}, "gateway").code == 0
    done("issuer", "publish", operator)
    lists = sorted((operator / "published").rglob("*.cbor"))
    done("--site", own.clinic, "trust", "add", own.published, *lists)
    trust = SiteFolder(own.clinic).trust()
    chain = documents.open_credential((own.folder / "relay-a.cbor").read_bytes(), trust)
    assert chain.credential.holder.role.name == "RELAY" and chain.issuer.id == "SE5560000001-T009"


def test_a_node_needs_no_gln_and_may_have_none(own: Stage) -> None:
    assert vouch(own, "chain", {"role": "node", "name": "Gateway", "gln": GLN}, "node").code == 1
