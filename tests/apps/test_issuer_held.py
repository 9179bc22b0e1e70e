"""What is published counts only with the issuer's own signature, and what was published is not forgotten by an older record."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dpr.apps import issuer_held
from dpr.apps.issuer_decisions import lift, revoke, suspend
from dpr.apps.issuer_entries import FIRST_ENTRIES, MOST_ENTRIES
from dpr.apps.issuer_folder import DAY, IssuerFolder
from dpr.apps.issuer_lists import Published, publish
from dpr.core import cose, documents
from dpr.core.credential import Credential
from dpr.core.key_field import KeyType
from dpr.core.revocation import Reason, Revocation, RevocationContent, Revocations
from dpr.core.status import MAX_LIST_BYTES, Entries, Status, StatusList
from tests.apps.issuers import AT, code_of, give, issuer, later, trust, trust_by
from tests.world import NOW, signer


def credential(region: IssuerFolder, path: Path) -> Credential:
    """The credential in a file, verified."""
    return documents.open_credential(path.read_bytes(), trust(region)).credential


def status(region: IssuerFolder, published: Published, path: Path) -> Status | None:
    """What the published status list says of the credential in a file."""
    answer = trust_by(region, published).status(credential(region, path))
    return answer and answer.status


def plant(region: IssuerFolder, by: cose.Signing, value: StatusList | Revocations) -> Path:
    """A list in the published folder, signed by anybody."""
    status_path, revocations_path = issuer_held.paths(region)
    is_status = isinstance(value, StatusList)
    path = status_path if is_status else revocations_path
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = documents.STATUS_LIST if is_status else documents.REVOCATION
    path.write_bytes(documents.sign(kind, value, by))
    return path


def everybody_revoked(uri: str, issued_at: int = NOW, size: int = FIRST_ENTRIES) -> StatusList:
    marked = dict.fromkeys(range(0, FIRST_ENTRIES), Status.REVOKED)
    return StatusList(uri=uri, issued_at=issued_at, entries=Entries.build(marked, size=size, bits=2))


def one_revoked(uri: str, idx: int, issued_at: int = NOW) -> Revocations:
    entry = Revocation(idx=idx, revoked_from=NOW - 5, reason=Reason.OTHER)
    return Revocations(uri=uri, issued_at=issued_at, content=RevocationContent(entries=(entry,)))


# --- foreign files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["status", "revocations", "future", "long", "torn"])
def test_a_file_that_the_issuer_did_not_sign_revokes_nobody_moves_no_date_and_makes_no_list_longer(
    tmp_path: Path, how: str
) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p")
    publish(region, now=AT)
    stranger, idx = signer("a stranger"), credential(region, path).status.idx
    planted = {
        "status": lambda: plant(region, stranger, everybody_revoked(region.uri)),
        "revocations": lambda: plant(region, stranger, one_revoked(region.uri, idx)),
        "future": lambda: plant(region, stranger, everybody_revoked(region.uri, issued_at=NOW + 10**9)),
        "long": lambda: plant(region, stranger, everybody_revoked(region.uri, size=16 * FIRST_ENTRIES)),
        "torn": lambda: plant(region, region.signer, everybody_revoked(region.uri)),
    }[how]()
    if how == "torn":
        planted.write_bytes(planted.read_bytes()[:-1] + b"\0")
    published = publish(region, now=later(60))
    assert published.issued_at == NOW + 60 and published.notes.refused == [planted]
    assert (published.revoked, published.restored) == (0, 0) and status(region, published, path) is Status.VALID
    (held,) = trust_by(region, published).status_lists.values()
    assert len(held.entries.lst) * 4 == FIRST_ENTRIES
    assert publish(region, now=later(61)).notes.refused == ([planted] if how == "revocations" else [])


def test_another_list_of_the_same_issuer_or_another_kind_is_not_this_list(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p")
    status_path, _ = issuer_held.paths(region)
    plant(region, region.signer, everybody_revoked("urn:dpr:status:other"))
    assert publish(region, now=later(1)).notes.refused == [status_path]
    status_path.write_bytes(path.read_bytes())
    assert publish(region, now=later(2)).notes.refused == [status_path]
    assert status(region, publish(region, now=later(3)), path) is Status.VALID


def test_a_key_that_issuer_json_has_besides_counts_as_well(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    description = region.folder / "issuer.json"
    written = json.loads(description.read_text("utf-8"))
    written["keys"].append(KeyType().to_json(signer("exchanged").key))
    plant(region, signer("exchanged"), one_revoked(region.uri, 77))
    publish(region, now=AT)
    description.write_text(json.dumps(written), "utf-8")
    plant(region, signer("exchanged"), one_revoked(region.uri, 77))
    assert [one.index for one in publish(IssuerFolder(region.folder), now=AT).notes.restored] == [77]


def test_an_index_that_no_list_can_hold_is_not_taken_over_even_with_the_issuers_signature(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p")
    assert MOST_ENTRIES // 4 <= MAX_LIST_BYTES
    planted = plant(region, region.signer, one_revoked(region.uri, MOST_ENTRIES))
    published = publish(region, now=later(1))
    assert published.notes.refused == [planted] and published.restored == 0
    assert status(region, published, path) is Status.VALID
    long = StatusList(uri=region.uri, issued_at=NOW, entries=Entries(bits=1, lst=bytes(MOST_ENTRIES // 8 + 1)))
    plant(region, region.signer, long)
    assert issuer_held.paths(region)[0] in publish(region, now=later(1)).notes.refused
    plant(region, region.signer, one_revoked(region.uri, MOST_ENTRIES - 1))
    assert publish(region, now=later(2)).restored == 1, "and pharmacies still read the list"


# --- an older copy of the record --------------------------------------------------------------------------------------------


def test_an_older_copy_of_the_record_lifts_no_suspension_until_somebody_does(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p")
    copy = shutil.copy(region.records.path, tmp_path / "copy.db")
    suspend(region, str(path), now=later(1))
    publish(region, now=later(2))
    shutil.copy(copy, region.records.path)
    published = publish(region, now=later(60))
    assert published.restored == 1 and published.suspended == 1 and status(region, published, path) is Status.SUSPENDED
    assert code_of(lambda: give(region, tmp_path, "p", phone="08-465 004 98")) == "credential_is_suspended"
    lift(region, str(path), now=later(61))
    published = publish(region, now=later(62))
    assert (published.restored, published.suspended) == (0, 0) and status(region, published, path) is Status.VALID


def test_what_was_lifted_stays_lifted_in_the_same_second_and_after_a_clock_that_was_ahead(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p")
    suspend(region, str(path), now=AT)
    publish(region, now=AT)
    lift(region, str(path), now=AT)
    assert publish(region, now=AT).suspended == 0
    suspend(region, str(path), now=later(3650 * DAY))
    publish(region, now=later(3650 * DAY))
    lift(region, str(path), now=later(60))
    published = publish(region, clock_was_ahead=True, now=later(61))
    assert (published.restored, published.suspended) == (0, 0)


def test_an_older_copy_of_the_record_moves_no_revocation_later_and_makes_no_reason_lesser(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p")
    revoke(region, str(path), revoked_from=NOW + 30 * DAY, reason=Reason.EMPLOYMENT_ENDED, now=AT)
    copy = shutil.copy(region.records.path, tmp_path / "copy.db")
    revoke(region, str(path), revoked_from=NOW + 5, reason=Reason.KEY_COMPROMISED, now=later(5))
    publish(region, now=later(6))
    shutil.copy(copy, region.records.path)
    published = publish(region, now=later(60))
    assert [(one.revoked_from, one.reason) for one in published.notes.restored] == [(NOW + 5, Reason.KEY_COMPROMISED)]
    assert status(region, published, path) is Status.REVOKED
    assert publish(region, now=later(61)).restored == 0
    shutil.copy(copy, region.records.path)
    issuer_held.paths(region)[1].unlink()
    published = publish(region, now=later(90))
    assert published.restored == 1 and status(region, published, path) is Status.REVOKED, "the bit alone says so too"


@pytest.mark.parametrize("since", ["nothing", "lifted", "revoked"])
def test_a_publication_that_was_broken_off_takes_nothing_back_that_was_decided_since(tmp_path: Path, since: str) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p")
    suspend(region, str(path), now=later(1))
    copy = shutil.copy(region.records.path, tmp_path / "copy.db")
    publish(region, now=later(2))
    shutil.copy(copy, region.records.path)  # the files are written, and the record does not know
    if since == "lifted":
        lift(region, str(path), now=later(3))
    elif since == "revoked":
        revoke(region, str(path), revoked_from=None, reason=Reason.OTHER, now=later(3))
    published = publish(region, now=later(60))
    expected = {"nothing": Status.SUSPENDED, "lifted": Status.VALID, "revoked": Status.REVOKED}[since]
    assert published.restored == 0 and status(region, published, path) is expected


# --- suspended, revoked later -----------------------------------------------------------------------------------------------


def test_who_is_suspended_and_revoked_from_later_on_stays_suspended_until_then(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path, lifted = give(region, tmp_path, "p"), give(region, tmp_path, "q")
    for one in (path, lifted):
        suspend(region, str(one), now=later(1))
    lift(region, str(lifted), now=later(2))
    for one in (path, lifted):
        revoke(region, str(one), revoked_from=NOW + 30 * DAY, reason=Reason.RIGHT_WITHDRAWN, now=later(3))
    published = publish(region, now=later(300))
    assert (published.revoked, published.revoked_later, published.suspended) == (0, 2, 1)
    assert status(region, published, path) is Status.SUSPENDED and status(region, published, lifted) is Status.VALID
    assert code_of(lambda: publish(region, bits=1, now=later(301))) == "status_bits_suspended"
    copy = region.records.path.read_bytes()
    published = publish(region, now=later(30 * DAY))
    assert status(region, published, path) is Status.REVOKED and published.suspended == 0
    region.records.path.write_bytes(copy)
    assert publish(region, bits=1, now=later(31 * DAY)).revoked == 2


def test_a_suspension_under_a_revocation_to_come_is_restored_with_it(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p")
    copy = shutil.copy(region.records.path, tmp_path / "copy.db")
    suspend(region, str(path), now=later(1))
    revoke(region, str(path), revoked_from=NOW + 30 * DAY, reason=Reason.RIGHT_WITHDRAWN, now=later(2))
    publish(region, now=later(3))
    shutil.copy(copy, region.records.path)
    published = publish(region, now=later(60))
    assert published.revoked_later == 1 and status(region, published, path) is Status.SUSPENDED


# --- clocks -----------------------------------------------------------------------------------------------------------------


def test_what_a_clock_that_was_ahead_revoked_is_named_and_counted_as_in_force(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path, wrong = give(region, tmp_path, "p"), later(3650 * DAY)
    revoke(region, str(path), revoked_from=None, reason=Reason.KEY_COMPROMISED, now=wrong)
    publish(region, now=wrong)
    published = publish(region, clock_was_ahead=True, now=later(60))
    ids = {credential(region, path).id}
    assert (published.revoked, published.revoked_later) == (0, 1)
    assert {one.id for one in published.notes.decided_ahead} == ids == {one.id for one in published.notes.begins_later}
    revoke(region, str(path), revoked_from=None, reason=Reason.KEY_COMPROMISED, now=later(61))
    published = publish(region, now=later(62))
    assert published.revoked == 1 and status(region, published, path) is Status.REVOKED
    assert published.notes.decided_ahead == [] == published.notes.begins_later


@pytest.mark.parametrize(("days", "taken"), [(400, True), (401, False), (3650, False)])
def test_a_revocation_far_ahead_is_a_slip_of_the_hand(tmp_path: Path, days: int, taken: bool) -> None:
    region = issuer(tmp_path)
    words = {"revoked_from": NOW + days * DAY, "reason": Reason.OTHER, "now": AT}
    path = str(give(region, tmp_path, "p"))
    if taken:
        assert revoke(region, path, **words)
    else:
        assert code_of(lambda: revoke(region, path, **words)) == "setup_invalid"
