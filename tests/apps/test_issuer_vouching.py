"""A key that was revoked: who gets a credential for it again, and what a revocation takes along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dpr.apps.issuer_bulk import issue_all
from dpr.apps.issuer_decisions import WHOLE_KEY, revoke, still_in_force, suspend
from dpr.apps.issuer_folder import DAY, IssuerFolder
from dpr.apps.issuer_lists import publish
from dpr.core import documents
from dpr.core.errors import InputError
from dpr.core.revocation import Reason
from dpr.core.status import Status
from tests.apps.issuers import AT, code_of, give, holder, issuer, later, request, table, trust_by

PHONE = {"phone": "08-465 004 98"}
SOMEBODY_ELSE = {"name": "Annan Annansson", "prescriber_code": "1111111"}


def revoked(region: IssuerFolder, path: Path, reason: Reason) -> None:
    revoke(region, str(path), revoked_from=None, reason=reason, now=later(10))


def again(region: IssuerFolder, folder: Path, key: str, reference: str, **changes: Any) -> Path:
    """A credential for a key that was revoked, by a decision."""
    out = folder / f"{key}-again.cbor"
    region.issue(request(folder, key), holder(folder, **changes), out, days=90, again=reference, now=later(20))
    return out


def statuses(region: IssuerFolder, *paths: Path) -> list[Status | None]:
    """What the published lists say of the credentials in the files."""
    known = trust_by(region, publish(region, now=later(1000)))
    found = [known.status(documents.open_credential(path.read_bytes(), known).credential) for path in paths]
    return [one and one.status for one in found]


@pytest.mark.parametrize("reason", [Reason.RIGHT_WITHDRAWN, Reason.EMPLOYMENT_ENDED, Reason.OTHER])
@pytest.mark.parametrize("changes", [{}, PHONE], ids=["same", "another phone"])
def test_other_details_give_a_revoked_key_no_credential_but_a_decision_does(
    tmp_path: Path, reason: Reason, changes: dict[str, Any]
) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p")
    revoked(region, path, reason)
    assert code_of(lambda: give(region, tmp_path, "p", now=later(11), **changes)) == "key_revoked"
    before = tmp_path / "before.cbor"
    before.write_bytes(path.read_bytes())
    fresh = again(region, tmp_path, "p", "CASE-7", **changes)
    assert statuses(region, before, fresh) == [Status.REVOKED, Status.VALID]
    with region.records.reading() as entries:
        references = {one.reference for one in entries.where("status = 0")}
    assert references == {"CASE-7"}
    give(region, tmp_path, "p", now=later(30), **changes)  # and its renewal needs no other decision
    assert statuses(region, tmp_path / "p.cbor") == [Status.VALID]


def test_the_nightly_table_with_another_phone_number_gives_no_credential_to_whose_right_was_withdrawn(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    people = table(tmp_path, 2)
    issue_all(region, people, tmp_path / "requests", tmp_path / "out", days=90, now=AT)
    revoked(region, tmp_path / "out" / "p0.cbor", Reason.RIGHT_WITHDRAWN)
    people.write_text(people.read_text("utf-8").replace("08-465 004 99", PHONE["phone"]), "utf-8")
    words = (region, people, tmp_path / "requests", tmp_path / "out")
    with pytest.raises(InputError) as caught:
        issue_all(*words, days=90, now=later(DAY))
    assert [(one.path, one.code) for one in caught.value.problems] == [("line 2, column request", "key_revoked")]
    report = issue_all(*words, days=90, skip_faulty=True, now=later(DAY))
    assert [one.line for one in report.issued] == [3]


@pytest.mark.parametrize("reason", [Reason.WRONG_DETAILS, Reason.REPLACED])
def test_where_only_details_were_wrong_or_replaced_the_same_person_gets_another(tmp_path: Path, reason: Reason) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p")
    revoked(region, path, reason)
    assert code_of(lambda: give(region, tmp_path, "p", now=later(11))) == "key_revoked", "the very details that were wrong"
    assert code_of(lambda: give(region, tmp_path, "p", now=later(11), **SOMEBODY_ELSE)) == "key_of_another"
    for changes in ({"prescriber_code": "1111111"}, {"name": "Test Testsson Ny", "prescriber_code": "1111111"}):
        assert statuses(region, give(region, tmp_path, "p", now=later(11), **changes)) == [Status.VALID]


@pytest.mark.parametrize("reason", list(Reason))
def test_a_revoked_key_goes_to_nobody_else_but_where_it_was_never_that_persons(tmp_path: Path, reason: Reason) -> None:
    region = issuer(tmp_path)
    revoked(region, give(region, tmp_path, "p"), reason)
    expected = "key_compromised" if reason is Reason.KEY_COMPROMISED else "key_of_another"
    assert code_of(lambda: give(region, tmp_path, "p", now=later(11), **SOMEBODY_ELSE)) == expected
    if reason is Reason.WRONG_DETAILS:
        assert statuses(region, again(region, tmp_path, "p", "CASE-8", **SOMEBODY_ELSE)) == [Status.VALID]
    else:
        assert code_of(lambda: again(region, tmp_path, "p", "CASE-8", **SOMEBODY_ELSE)) == expected


def test_a_lesser_reason_may_become_graver_and_counts_as_such(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p")
    revoked(region, path, Reason.REPLACED)
    revoked(region, path, Reason.RIGHT_WITHDRAWN)
    assert code_of(lambda: give(region, tmp_path, "p", now=later(11), **PHONE)) == "key_revoked"
    assert code_of(lambda: revoked(region, path, Reason.EMPLOYMENT_ENDED)) == "credential_is_revoked"


def test_other_details_walk_around_no_suspension(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    suspend(region, str(give(region, tmp_path, "p")), now=AT)
    for action in (lambda: give(region, tmp_path, "p", **PHONE), lambda: again(region, tmp_path, "p", "CASE-9", **PHONE)):
        assert code_of(action) == "credential_is_suspended"


@pytest.mark.parametrize("reason", list(Reason))
def test_a_reason_of_the_person_or_key_takes_every_credential_and_of_others_it_is_told_what_stays(
    tmp_path: Path, reason: Reason
) -> None:
    region = issuer(tmp_path)
    old = give(region, tmp_path, "p").rename(tmp_path / "old.cbor")
    newer = give(region, tmp_path, "p", now=later(1), **PHONE)
    changed = revoke(region, str(old), revoked_from=None, reason=reason, now=later(2))
    stays = still_in_force(region, changed, now=later(2))
    if reason in WHOLE_KEY:
        assert len(changed) == 2 and stays == []
    else:
        assert len(changed) == 1 and [one.index for one in stays] == [
            documents.open_credential(newer.read_bytes(), trust_by(region, publish(region, now=later(3)))).credential.status.idx
        ]
    kept = Status.REVOKED if reason in WHOLE_KEY else Status.VALID
    assert statuses(region, old, newer) == [Status.REVOKED, kept]
    assert still_in_force(region, changed, now=later(91 * DAY)) == [], "what ended"


def test_a_reference_is_short(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    assert code_of(lambda: again(region, tmp_path, "p", "x" * 101)) == "setup_invalid"
