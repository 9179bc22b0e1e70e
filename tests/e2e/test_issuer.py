"""The commands of an issuer, from its key to what a pharmacy says when the lists have come."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dpr.apps.authority_folder import Authority
from dpr.core.codes import words
from tests.apps.issuers import COLUMNS
from tests.e2e.cli import Ran, process, run
from tests.e2e.stage import Stage, clean, done, prescription

PEOPLE = 4


@pytest.fixture
def region(own: Stage) -> Path:
    """The stage's region."""
    return own.folder / "region"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """people.csv of some people, and requests/."""
    requests = tmp_path / "requests"
    requests.mkdir()
    lines = [COLUMNS]
    for number in range(PEOPLE):
        done("key", "new", tmp_path / f"p{number}.pem", "--unencrypted", "--request", requests / f"p{number}.request")
        holder = f"prescriber;Karin Sjöström;{9_000_000 + number};LK;08-465 004 12;Norrfjärden;Piteå;4100300200100;;"
        lines.append(f"{holder}p{number}.request")
    path = tmp_path / "people.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def bulk(region: Path, table: Path, *more: object) -> Ran:
    """`dpr issuer credentials`."""
    requests, out = table.parent / "requests", table.parent / "out"
    return clean(run("issuer", "credentials", region, table, "--requests", requests, "--out", out, *more))


# --- init -----------------------------------------------------------------------------------------------------------------


def test_an_issuers_key_is_encrypted_unless_that_is_said_otherwise(tmp_path: Path) -> None:
    words_ = ("--id", "SE2321000016-T1", "--name", "Region", "--role", "care_provider")
    secret = tmp_path / "secret"
    secret.write_text("korrekt häst batteri\n", "utf-8")
    secret.chmod(0o600)
    asked = clean(run("issuer", "init", tmp_path / "a", *words_))
    assert asked.code == 2 and "[secret_missing]" in asked.err and not (tmp_path / "a").exists()
    done("issuer", "init", tmp_path / "a", *words_, "--passphrase-file", secret)
    assert b"ENCRYPTED PRIVATE KEY" in (tmp_path / "a" / "key.pem").read_bytes()
    locked = clean(run("issuer", "publish", tmp_path / "a"))
    assert locked.code == 2 and "[secret_missing]" in locked.err
    opened = process("issuer", "publish", tmp_path / "a", DPR_PASSPHRASE_FILE=str(secret))
    assert opened.code == 0 and "✓" in opened.out
    assert run("issuer", "init", tmp_path / "b", *words_, "--unencrypted", "--passphrase-file", secret).code == 2


def test_a_key_that_there_is_becomes_the_issuers_and_is_named_with_each_command(tmp_path: Path) -> None:
    key = tmp_path / "hsm.pem"
    done("key", "new", key, "--unencrypted")
    done("issuer", "init", tmp_path / "a", "--id", "x", "--name", "x", "--role", "veterinary", "--key", key)
    assert not (tmp_path / "a" / "key.pem").exists()
    assert "[key_file_missing]" in clean(run("issuer", "publish", tmp_path / "a")).err
    done("issuer", "publish", tmp_path / "a", "--key", key)
    assert process("issuer", "publish", tmp_path / "a", DPR_ISSUER_KEY=str(key)).code == 0
    done("key", "new", tmp_path / "other.pem", "--unencrypted")
    assert "[issuer_key_differs]" in clean(run("issuer", "publish", tmp_path / "a", "--key", tmp_path / "other.pem")).err


# --- many at once ---------------------------------------------------------------------------------------------------------


def test_many_get_their_credentials_and_a_second_run_passes_them_over(region: Path, table: Path) -> None:
    first = bulk(region, table, "--json")
    assert first.code == 0 and len(first.json["issued"]) == PEOPLE and not first.err
    assert all(Path(one["file"]).exists() for one in first.json["issued"])
    again = bulk(region, table)
    assert again.code == 0 and f"{PEOPLE} hade redan sitt bevis" in again.out
    assert len(done("issuer", "list", region, "--json").json) == PEOPLE + 2


def test_what_a_bulk_credential_signs_is_accepted(own: Stage, region: Path, table: Path) -> None:
    bulk(region, table)
    out = own.folder / "rx.cbor"
    people = ("--key", table.parent / "p1.pem", "--credential", table.parent / "out" / "p1.cbor")
    draft = json.dumps(prescription(0)).encode()
    done("--site", own.clinic, "prescribe", "-", *people, "--out", out, stdin=draft)
    assert run("--site", own.pharmacy, "verify", out).code == 0


def test_faulty_lines_are_named_in_both_languages_and_skipped_on_request(region: Path, table: Path) -> None:
    faulty = table.read_text("utf-8").replace(";9000001;", ";90;").replace(";LK;", ";AP;", 1)
    table.write_text(faulty, "utf-8")
    for language in ("sv", "en"):
        ran = clean(
            run(
                *("--lang", language, "issuer", "credentials", region, table),
                *("--requests", table.parent / "requests", "--out", table.parent / "out"),
            )
        )
        assert ran.code == 1 and "[people_invalid]" in ran.err and not ran.out
        assert ("line 2, column profession" if language == "en" else "rad 2, kolumn profession") in ran.err
        assert ("line 3, column prescriber_code" if language == "en" else "rad 3, kolumn prescriber_code") in ran.err
        assert getattr(words("people_invalid"), language) in ran.err
    assert not (table.parent / "out").exists()
    skipped = bulk(region, table, "--skip-faulty")
    assert skipped.code == 1 and f"{PEOPLE - 2} utfärdade" in skipped.out and "[people_skipped]" in skipped.err
    assert len(list((table.parent / "out").iterdir())) == PEOPLE - 2


def test_a_bar_is_for_terminals_alone(region: Path, table: Path) -> None:
    requests, out = table.parent / "requests", table.parent / "out"
    assert process("issuer", "credentials", region, table, "--requests", requests, "--out", out).err == ""
    assert process("issuer", "renew", region, "--out", out, "--within-days", "100").err == ""


# --- renewing -------------------------------------------------------------------------------------------------------------


def test_renewals_and_planned_outages_are_listed_with_what_they_are_for(region: Path, table: Path) -> None:
    bulk(region, table)
    out = table.parent / "out"
    assert "0 utfärdade" in done("issuer", "renew", region, "--out", out).out, "they end in 90 days"
    assert (
        len(done("issuer", "renew", region, "--out", out, "--within-days", 100, "--json", "--days", 120).json["issued"])
        == PEOPLE + 1
    )
    assert done("issuer", "list", region, "--expiring-days", 90, "--json").json == []
    ran = clean(run("issuer", "renew", region, "--out", out, "--until", "2199-01-01", "--planned-outage", "CASE-17"))
    assert ran.code == 2 and "--until" in ran.err and "[setup_invalid]" in ran.err
    both = ["--until", "2027-01-01", "--planned-outage", "x", "--within-days", "9"]
    for wrong in (["--until", "2027-01-01"], ["--planned-outage", "x"], ["--until", "2027-01-01", "--days", "9"], both):
        assert run("issuer", "renew", region, "--out", out, *wrong).code == 2
    until = datetime.date.today() + datetime.timedelta(days=300)
    done("issuer", "renew", region, "--out", out, "--until", until, "--planned-outage", "CASE-17")
    listed = done("issuer", "list", region)
    assert listed.out.count("CASE-17") == PEOPLE + 1 and f"{until + datetime.timedelta(days=1)}T00:00" in listed.out


# --- another key ----------------------------------------------------------------------------------------------------------


def test_a_new_key_signs_nothing_until_the_published_list_has_it(own: Stage, region: Path) -> None:
    authority = own.folder / "authority"
    listed, published = authority / "published" / "trust-list.cbor", region / "published"
    key_before = (region / "key.pem").read_bytes()
    prepared = done("--lang", "en", "issuer", "exchange-key", region, "--unencrypted")
    assert "use-key" in prepared.out and (region / "key.pem").read_bytes() == key_before
    done("issuer", "publish", region)
    before = {path: path.read_bytes() for path in published.rglob("*.cbor")}
    early = clean(run("issuer", "use-key", region, listed))
    assert early.code == 2 and "[issuer_key_not_admitted]" in early.err
    refused = clean(run("issuer", "publish", region, "--key", region / "key.next.pem"))
    assert refused.code == 2 and "[issuer_key_differs]" in refused.err
    assert {path: path.read_bytes() for path in published.rglob("*.cbor")} == before, "the good lists stand"
    assert "[issuer_key_waiting]" in clean(run("issuer", "exchange-key", region, "--unencrypted")).err
    assert "[authority_list_unreadable]" in clean(run("issuer", "use-key", region, region / "issuer.json")).err
    done("authority", "add-issuer", authority, region / "issuer.next.json")
    done("authority", "publish", authority)
    done("issuer", "use-key", region, listed)
    done("issuer", "publish", region)
    taken = done("authority", "collect", authority, published)
    assert taken.out.count("✓") == len(before) and (region / "key.pem").read_bytes() != key_before
    assert [path.read_bytes() for path in region.glob("key-before-*.pem")] == [key_before]
    assert "[issuer_key_not_waiting]" in clean(run("issuer", "use-key", region, listed)).err


@pytest.mark.parametrize("fails_at", range(1, 5))
def test_taking_a_key_into_use_goes_on_after_a_crash_at_any_step(
    own: Stage, region: Path, fails_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, steps = own.folder / "authority", itertools.count(1)
    done("issuer", "exchange-key", region, "--unencrypted", "--stolen")
    done("authority", "add-issuer", authority, region / "issuer.next.json")
    done("authority", "publish", authority)

    def step(work: Callable[..., Any]) -> Callable[..., Any]:
        def until_the_crash(*arguments: Any, **options: Any) -> Any:
            if next(steps) == fails_at:
                raise KeyboardInterrupt
            return work(*arguments, **options)

        return until_the_crash

    with monkeypatch.context() as patch:
        for name in ("replace", "unlink"):  # the key before is kept, issuer.json, key.pem, nothing waits any more
            patch.setattr(Path, name, step(getattr(Path, name)))
        with contextlib.suppress(KeyboardInterrupt):
            run("issuer", "use-key", region, authority / "published" / "trust-list.cbor")
    assert (region / "issuer.next.json").exists(), "it did crash"
    done("issuer", "use-key", region, authority / "published" / "trust-list.cbor")
    done("issuer", "publish", region)
    assert len(list(region.glob("key-before-*.pem"))) == 1 and not list(region.glob("*.next.*"))


def test_a_prescription_is_accepted_after_its_issuer_was_admitted_anew(own: Stage, region: Path) -> None:
    authority, later = own.folder / "authority", datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=2)
    Authority(authority).add_issuer(region / "issuer.json", days=365, now=later)
    Authority(authority).publish(next_update_days=14, now=datetime.datetime.now(datetime.UTC))
    done("--site", own.pharmacy, "trust", "add", authority / "published")
    assert run("--site", own.pharmacy, "verify", own.rx("one")).code == 0


# --- what comes after -----------------------------------------------------------------------------------------------------


def test_somebody_is_found_by_name_revoked_by_id_and_refused_at_the_pharmacy(own: Stage, region: Path) -> None:
    found = done("issuer", "list", region, "--holder", "sjöström", "--json").json
    (one,) = [row for row in found if row["status"] == "valid"]
    listed = done("issuer", "list", region)
    assert one["id"] in listed.out and "Sjöström" not in listed.out
    assert run("--site", own.pharmacy, "verify", own.rx("one")).code == 0
    more = ("--from", "2026-01-02 03:04", "--reason", "key_compromised", "--reference", "CASE-18")
    said = done("--lang", "en", "issuer", "revoke", region, one["id"], *more)
    assert "dpr issuer publish" in said.out and "key_compromised" in said.out and "2026-01-02T03:04+01:00" in said.out
    done("issuer", "publish", region)
    stick = own.folder / "stick"
    shutil.copytree(region / "published", stick)
    done("--site", own.pharmacy, "trust", "add", stick)
    refused = run("--site", own.pharmacy, "verify", own.rx("one"))
    assert refused.code == 1 and "[credential_revoked]" in refused.out


def test_a_suspension_stops_until_it_is_lifted(own: Stage, region: Path) -> None:
    which = (region, own.person("prescriber", "cbor"))
    for command, code in (("suspend", 1), ("lift", 0)):
        done("issuer", command, *which, "--reference", "CASE-19")
        published = done("issuer", "publish", region, "--json").json
        assert published["suspended"] == code
        done("--site", own.pharmacy, "trust", "add", region / "published")
        assert run("--site", own.pharmacy, "verify", own.rx("one")).code == code


def test_a_revocation_that_begins_later_is_listed_with_its_day_and_counted_apart(own: Stage, region: Path) -> None:
    day = datetime.date.today() + datetime.timedelta(days=20)
    which = (region, own.person("prescriber", "cbor"))
    said = done("issuer", "revoke", *which, "--from", day, "--reason", "employment_ended")
    assert f"spärras från {day}T00:00" in said.out and "anställningen upphörde" in said.out and "förskrivare" in said.out
    assert f"revoked from {day}T00:00" in done("--lang", "en", "issuer", "list", region).out
    assert "1 spärras senare" in done("issuer", "publish", region).out
    assert done("issuer", "publish", region, "--json").json["revoked_later"] == 1
    (row,) = [
        row for row in done("issuer", "list", region, "--json").json if row["revoked_from"] and "T00:00" in row["revoked_from"]
    ]
    assert row["status"] == "revoked_later"


@pytest.mark.parametrize("wrong", [["--reason", "stolen"], ["--from", "yesterday"], ["--reference", "x" * 200]])
def test_a_revocation_that_says_nothing_sensible_is_misuse(own: Stage, region: Path, wrong: list[str]) -> None:
    ran = clean(run("issuer", "revoke", region, own.person("prescriber", "cbor"), *wrong))
    assert ran.code == 2
    assert {row["status"] for row in done("issuer", "list", region, "--json").json} == {"valid", "revoked"}


def test_one_bit_and_a_clock_that_was_ahead_are_options_of_publish(own: Stage, region: Path) -> None:
    done("issuer", "publish", region, "--bits", 1)
    done("issuer", "suspend", region, own.person("prescriber", "cbor"))
    ran = clean(run("issuer", "publish", region, "--bits", 1))
    assert ran.code == 2 and "[status_bits_suspended]" in ran.err
    done("issuer", "publish", region, "--clock-was-ahead")
