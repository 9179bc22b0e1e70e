"""Who may do what: keys and their files, test and production, the acting pharmacist, overrides, and two at once."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import pytest

from dpr.adapters.clock import system_clock
from dpr.adapters.ledger_sql import SqlLedger
from dpr.apps.issuer_folder import IssuerFolder
from dpr.core import documents
from tests.e2e.cli import ROOT, Forks, run
from tests.e2e.stage import Stage, clean, done, prescription

GROUND = ("--decided-by", "Leila Haddad", "--reason", "NLL svarar inte", "--since", "2026-01-02")


# --- keys -----------------------------------------------------------------------------------------------------------------


def test_only_their_owner_can_read_private_keys_and_the_ledger(own: Stage) -> None:
    own.receive("one")
    keys = [*own.folder.rglob("*.pem"), own.pharmacy / "ledger.db"]
    copied = own.pharmacy / "keys" / "pharmacy.pem"
    assert len(keys) > 10
    assert {path.name: oct(path.stat().st_mode & 0o077) for path in keys if path != copied} == dict.fromkeys(
        {path.name for path in keys if path != copied}, "0o0"
    )


def test_a_key_is_never_written_over(own: Stage) -> None:
    for name in ("pem", "pem.request"):
        path = own.person("prescriber", "pem")
        if name == "pem.request":
            path.unlink()
        before = [one.read_bytes() for one in sorted(path.parent.iterdir())]
        ran = clean(run("key", "new", path, "--unencrypted"))
        assert ran.code == 2 and "[key_file_exists]" in ran.err
        assert [one.read_bytes() for one in sorted(path.parent.iterdir())] == before, "nor half of a pair"


@pytest.mark.parametrize("words", [["authority", "init", "authority", "--name", "x"], ["issuer", "init", "region"]])
def test_a_second_init_in_the_same_folder_destroys_nothing(own: Stage, words: list[str]) -> None:
    folder = own.folder / words[2]
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    more = ["--id", "x", "--name", "x", "--role", "veterinary", "--unencrypted"] if words[0] == "issuer" else []
    ran = clean(run(*words[:2], folder, *words[3:], *more))
    assert ran.code == 2 and "[key_file_exists]" in ran.err
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("who", ["prescriber", "pharmacist"])
def test_a_key_and_a_credential_that_do_not_belong_together_sign_nothing(own: Stage, who: str) -> None:
    out = own.folder / "out.cbor"
    words = ("--key", own.person("revoked-prescriber", "pem"), "--credential", own.person(who, "cbor"), "--out", out)
    ran = clean(run("--site", own.clinic, "prescribe", "-", *words, stdin=json.dumps(prescription(0)).encode()))
    assert ran.code == 2 and "[signer_not_credential]" in ran.err and not out.exists()


def test_a_revoked_prescriber_is_told_why_before_anything_is_signed(own: Stage) -> None:
    done("--site", own.clinic, "trust", "add", *own.lists("region"))
    out = own.folder / "out.cbor"
    people = [own.person("revoked-prescriber", suffix) for suffix in ("pem", "cbor")]
    words = ("prescribe", "-", "--key", people[0], "--credential", people[1], "--out", out)
    ran = clean(run("--site", own.clinic, *words, stdin=json.dumps(prescription(0)).encode()))
    assert ran.code == 1 and "[prescription_would_be_refused]" in ran.err and not out.exists()
    assert "Förskrivarens bevis är spärrat. [credential_revoked]" in ran.err


# --- test and production --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ['environment = "production"\n', ""], ids=["said", "by default"])
def test_production_refuses_demo_keys_and_test_lists(own: Stage, policy: str) -> None:
    (own.clinic / "policy.toml").write_text(policy)
    demo = ROOT / "keys" / "demo-prescriber.pem"
    words = ("--credential", own.person("prescriber", "cbor"), "--out", own.folder / "out.cbor")
    draft = json.dumps(prescription(0)).encode()
    signed = clean(run("--site", own.clinic, "prescribe", "-", "--key", demo, *words, stdin=draft))
    assert signed.code == 2 and "[demo_key_in_production]" in signed.err

    verified = clean(run("--site", own.clinic, "verify", own.rx("one")))
    assert verified.code == 1 and "[environment_differs]" in verified.out
    shutil.rmtree(own.clinic / "roots")
    (own.clinic / "root.cbor").unlink()
    fingerprint = documents.fingerprint((own.published / "root.cbor").read_bytes())
    added = clean(run("--site", own.clinic, "trust", "add", own.published, "--fingerprint", fingerprint))
    assert added.code == 2 and "[root_not_for_this_site]" in added.err and not (own.clinic / "root.cbor").exists()


# --- issuing --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issuer", "holder", "code"),
    [
        ("region", {"role": "pharmacist", "name": "A B", "profession": "AP"}, "scope_role"),
        ("chain", {"role": "pharmacy", "name": "A", "gln": "7350000000016"}, "scope_gln"),
        ("chain", {"role": "pharmacist", "name": "A B", "profession": "LK"}, "holder_profession"),
        ("chain", {"role": "pharmacist", "name": "A B"}, "holder_profession"),
    ],
)
def test_an_issuer_gives_out_nothing_that_nobody_would_accept(
    own: Stage, issuer: str, holder: dict[str, str], code: str
) -> None:
    description = own.folder / "holder.json"
    description.write_text(json.dumps(holder))
    folder, out = own.folder / issuer, own.folder / "out.cbor"
    before = (folder / "credentials.db").read_bytes()
    request = own.person("pharmacist", "pem.request")
    ran = clean(run("issuer", "credential", folder, request, "--holder", description, "--out", out))
    assert ran.code == 1 and f"[{code}]" in ran.err
    assert not out.exists() and (folder / "credentials.db").read_bytes() == before


def test_an_index_of_the_status_list_is_given_out_once_also_to_many_at_once(own: Stage) -> None:
    requests = []
    for number in range(24):
        done("key", "new", own.folder / f"{number}.pem", "--unencrypted")
        requests.append(own.folder / f"{number}.pem.request")

    def issue(request: Path) -> int:
        folder = IssuerFolder(own.folder / "region")
        out = request.with_suffix(".cbor")
        return folder.issue(request, own.person("prescriber", "json"), out, days=1, now=system_clock()).status.idx

    with ThreadPoolExecutor(8) as pool:
        indexes = set(pool.map(issue, requests))
    assert len(indexes) == 24
    listed = done("issuer", "list", own.folder / "region", "--json").json
    assert len({one["status_index"] for one in listed}) == len(listed) == 24 + 2, "and the two that the stage gave out"


@pytest.mark.parametrize("content", [b"", b"[]", b"SQLite format 3\0", b"SQLite format 3\0" + bytes(8176)])
def test_a_damaged_record_of_credentials_stops_the_issuer(own: Stage, content: bytes) -> None:
    folder = own.folder / "region"
    (folder / "credentials.db").write_bytes(content)
    for words in (["revoke", folder, own.person("prescriber", "cbor")], ["publish", folder], ["list", folder]):
        ran = clean(run("issuer", *words))
        assert ran.code == 2 and "[issuer_records_invalid]" in ran.err
    assert (folder / "credentials.db").read_bytes() == content


def test_revoking_says_from_when_it_counts_and_is_for_good(own: Stage) -> None:
    which = (own.folder / "region", own.person("prescriber", "cbor"))
    assert "vilande" in done("issuer", "suspend", *which).out and "giltigt" in done("issuer", "lift", *which).out
    assert "dpr issuer publish" in done("issuer", "revoke", *which).out
    for words in ("lift", "suspend", "revoke"):
        assert "[credential_is_revoked]" in clean(run("issuer", words, *which)).err
    strange = clean(run("issuer", "revoke", own.folder / "chain", own.person("prescriber", "cbor")))
    assert strange.code == 2 and "[credential_not_ours]" in strange.err


# --- the acting pharmacist ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("prescriber", "pharmacist_credential_needed"),
        ("pharmacy", "pharmacist_credential_needed"),
        ("revoked-pharmacist", "pharmacist_credential_revoked"),
        ("other-pharmacist", "pharmacist_of_other_company"),
    ],
)
def test_nobody_but_a_pharmacist_of_this_company_dispenses(own: Stage, who: str, code: str) -> None:
    id = own.receive("one")
    ran = clean(run("--site", own.pharmacy, "dispense", id, "--as", own.person(who, "cbor"), *GROUND))
    assert ran.code == 1 and f"[{code}]" in ran.err and "→" in ran.err
    assert done("--site", own.pharmacy, "status", "--json").json[0]["items"][0]["dispensed"] == 0


# --- overrides ------------------------------------------------------------------------------------------------------------


def test_a_warning_that_needs_a_reason_gets_it_and_keeps_it(own: Stage) -> None:
    id = own.receive("repeats")
    for path in (own.pharmacy / "status").glob("*.cbor"):
        path.unlink()
    words = ("--site", own.pharmacy, "dispense", id, "--as", own.pharmacist, *GROUND, "--json")
    refused = clean(run(*words))
    assert refused.code == 1 and '--override status_missing="…"' in refused.err
    assert "Det finns ingen spärrlista" in refused.err, "in words too"
    record = done(*words, "--override", "status_missing=ringt vårdcentralen").json["record"]
    assert record["overrides"] == [{"code": "status_missing", "reason": "ringt vårdcentralen"}]


@pytest.mark.parametrize(
    "override", ["status_missing", "status_missing=", "=why", "no_such_code=why", "status_red=" + "x" * 300]
)
def test_an_override_that_says_nothing_is_misuse(own: Stage, override: str) -> None:
    id = own.receive("one")
    ran = clean(run("--site", own.pharmacy, "dispense", id, "--as", own.pharmacist, *GROUND, "--override", override))
    assert ran.code == 2 and "[order_invalid]" in ran.err and "--override" in ran.err


# --- two at once ----------------------------------------------------------------------------------------------------------


def test_of_two_processes_that_want_the_last_one_exactly_one_gets_it(own: Stage, tmp_path: Path) -> None:
    ids = []
    for number in range(6):
        own.prescribe(prescription(10 + number, dispensings=1, interval_days=None), own.rx("last"))
        ids.append(own.receive("last"))
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    with Forks(folders[0]) as first, Forks(folders[1]) as second:
        for id in ids:
            for counter in (first, second):
                counter.start("--site", own.pharmacy, "dispense", id, "--as", own.pharmacist, *GROUND)
            ended = sorted((clean(counter.end()) for counter in (first, second)), key=lambda ran: ran.code)
            assert [ran.code for ran in ended] == [0, 1], ended
            assert "UTLÄMNAT" in ended[0].out and not ended[1].out
            assert "[dispensing_taken]" in ended[1].err or "[dispensings_used_up]" in ended[1].err
    status = done("--site", own.pharmacy, "status", "--json").json
    assert [one["items"][0]["dispensed"] for one in status] == [1] * len(ids)


def test_who_comes_second_by_a_moment_is_told_that_nothing_was_kept(own: Stage) -> None:
    id = own.receive("one")
    words = ("--site", own.pharmacy, "dispense", id, "--as", own.pharmacist, *GROUND)
    done(*words)
    with mock.patch.object(SqlLedger, "history", lambda *_: ()):  # as it was when the second one looked
        ran = clean(run(*words))
    assert ran.code == 1 and "[dispensing_taken]" in ran.err
    assert "Någon annan på apoteket hann före" in ran.err and "dpr --site" in ran.err
