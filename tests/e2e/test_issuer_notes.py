"""What the commands of an issuer say beside what was asked: what stays, what begins later, what came back, what was foreign."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dpr.apps import issuer_held
from dpr.apps.issuer_folder import IssuerFolder
from tests.apps.issuers import give, holder, issuer, request
from tests.e2e.cli import Ran, run
from tests.e2e.stage import clean, done

NOW = datetime.now(UTC)


@pytest.fixture
def region(tmp_path: Path) -> IssuerFolder:
    return issuer(tmp_path)


def say(language: str, *arguments: object) -> Ran:
    return clean(run("--lang", language, "issuer", *arguments))


def test_a_revocation_says_which_credentials_of_the_key_stay_and_how_to_take_them(region: IssuerFolder, tmp_path: Path) -> None:
    old = give(region, tmp_path, "p", now=NOW).rename(tmp_path / "old.cbor")
    give(region, tmp_path, "p", now=NOW, phone="08-465 004 98")
    (one, *_) = done("issuer", "list", region.folder, "--json").json
    ran = say("en", "revoke", region.folder, old, "--reason", "replaced")
    assert ran.code == 0 and f"the id {one['id']} in place of the file takes all" in ran.out
    ran = say("sv", "revoke", region.folder, one["id"], "--reason", "right_withdrawn")
    assert ran.out.count("behörigheten återkallad") == 2 and "!" not in ran.out


def test_a_revoked_key_counts_again_only_by_a_decision_that_is_referred_to(region: IssuerFolder, tmp_path: Path) -> None:
    path = give(region, tmp_path, "p", now=NOW)
    done("issuer", "revoke", region.folder, path, "--reason", "employment_ended")
    words = ("credential", region.folder, request(tmp_path, "p"), "--holder", holder(tmp_path), "--out", tmp_path / "new.cbor")
    refused = say("en", *words)
    assert refused.code == 2 and "[key_revoked]" in refused.err and "--again" in refused.err
    assert say("en", *words, "--again", "CASE-7").code == 0
    row = next(one for one in done("issuer", "list", region.folder, "--json").json if one["status"] == "valid")
    assert row["reference"] == "CASE-7"


def test_a_revocation_that_begins_later_is_counted_and_named_apart(region: IssuerFolder, tmp_path: Path) -> None:
    path = give(region, tmp_path, "p", now=NOW)
    begins = NOW + timedelta(days=30)
    done("issuer", "revoke", region.folder, path, "--from", begins.date())
    ran = say("en", "publish", region.folder)
    (row,) = done("issuer", "list", region.folder, "--json").json
    assert "0 revoked, 1 to be revoked later" in ran.out and row["id"] in ran.out
    said = done("issuer", "publish", region.folder, "--json").json
    assert (said["revoked"], said["revoked_later"], [one["id"] for one in said["begins_later"]]) == (0, 1, [row["id"]])
    assert said["restored"] == said["decided_ahead"] == said["refused"] == []
    far = say("en", "revoke", region.folder, path, "--from", (NOW + timedelta(days=3660)).date())
    assert far.code == 2 and "--from" in far.err and "at most 400 days ahead" in far.err


@pytest.mark.parametrize(
    ("language", "older", "foreign"), [("sv", "äldre kopia", "lästes inte"), ("en", "older copy", "not read")]
)
def test_an_older_record_and_a_foreign_file_are_said_entry_by_entry(
    region: IssuerFolder, tmp_path: Path, language: str, older: str, foreign: str
) -> None:
    copy = shutil.copy(region.records.path, tmp_path / "copy.db")
    path = give(region, tmp_path, "p", now=NOW)
    (row,) = done("issuer", "list", region.folder, "--json").json
    done("issuer", "revoke", region.folder, path)
    done("issuer", "publish", region.folder)
    shutil.copy(copy, region.records.path)
    status_path, _ = issuer_held.paths(region)
    status_path.write_bytes(path.read_bytes())
    ran = say(language, "publish", region.folder)
    assert f"! {status_path}" in ran.out and foreign in ran.out and older in ran.out
    assert f"\n  {row['status_index']}  -" in ran.out, "its index is all that is known"
    shutil.copy(copy, region.records.path)
    said = json.loads(say(language, "publish", region.folder, "--json").out)
    assert [(one["status_index"], one["status"]) for one in said["restored"]] == [(row["status_index"], "revoked")]


def test_decisions_of_a_clock_that_was_ahead_are_named(region: IssuerFolder, tmp_path: Path) -> None:
    from dpr.apps.issuer_decisions import revoke
    from dpr.apps.issuer_lists import publish
    from dpr.core.revocation import Reason

    path, wrong = give(region, tmp_path, "p", now=NOW), NOW + timedelta(days=3650)
    revoke(region, str(path), revoked_from=None, reason=Reason.KEY_COMPROMISED, now=wrong)
    publish(region, now=wrong)
    ran = say("en", "publish", region.folder, "--clock-was-ahead")
    (row,) = done("issuer", "list", region.folder, "--json").json
    assert "decided while the clock was ahead" in ran.out and ran.out.count(row["id"]) == 2
