"""What an issuer publishes: newer than before, nothing un-revoked, and small however many credentials there are."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from random import Random

import pytest

from dpr.apps.issuer_decisions import lift, revoke, suspend
from dpr.apps.issuer_entries import FIRST_ENTRIES
from dpr.apps.issuer_folder import IssuerFolder
from dpr.apps.issuer_lists import Published, publish
from dpr.core import documents, snapshot
from dpr.core.credential import Credential
from dpr.core.revocation import Reason
from dpr.core.status import Entries, Status, StatusList
from tests.apps.issuers import AT, ID, code_of, give, issuer, later, trust, trust_by
from tests.world import NOW


def credential(region: IssuerFolder, path: Path) -> Credential:
    """The credential in a file, verified."""
    return documents.open_credential(path.read_bytes(), trust(region)).credential


def status(region: IssuerFolder, published: Published, path: Path) -> Status | None:
    """What the published status list says of the credential in a file."""
    answer = trust_by(region, published).status(credential(region, path))
    return answer and answer.status


# --- what they say --------------------------------------------------------------------------------------------------------


def test_the_lists_verify_and_say_who_is_revoked_from_when_and_why_and_who_is_suspended(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    paths = {name: give(region, tmp_path, name) for name in ("valid", "suspended", "revoked", "lifted")}
    revoke(region, str(paths["revoked"]), revoked_from=NOW - 50, reason=Reason.KEY_COMPROMISED, now=AT)
    for name in ("suspended", "lifted"):
        suspend(region, str(paths[name]), now=AT)
    lift(region, str(paths["lifted"]), now=AT)
    published = publish(region, now=AT)
    assert (published.revoked, published.suspended, published.restored, published.issued_at) == (1, 1, 0, NOW)
    said = {name: status(region, published, path) for name, path in paths.items()}
    expected = (Status.VALID, Status.SUSPENDED, Status.REVOKED, Status.VALID)
    assert said == dict(zip(("valid", "suspended", "revoked", "lifted"), expected, strict=True))
    known = trust_by(region, published)
    entry = known.revocation(credential(region, paths["revoked"]))
    assert entry is not None and (entry.revoked_from, entry.reason) == (NOW - 50, Reason.KEY_COMPROMISED)
    assert known.revocation(credential(region, paths["suspended"])) is None


def test_they_are_called_as_a_snapshot_calls_them(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    revoke(region, str(give(region, tmp_path, "p")), revoked_from=None, reason=Reason.OTHER, now=AT)
    published = publish(region, now=AT)
    names = {path.relative_to(region.published).as_posix() for path in published.paths}
    uri = f"urn:dpr:status:{ID}"
    assert names == {f"{snapshot.status_name(ID, uri)}.cbor", f"{snapshot.revocations_name(ID, uri)}.cbor"}
    assert {one.relative_to(region.published).as_posix() for one in region.published.rglob("*.*")} == names


def test_where_nothing_is_revoked_there_is_a_status_list_alone(tmp_path: Path) -> None:
    published = publish(issuer(tmp_path), now=AT)
    assert published.revocations is None and [path.parent.name for path in published.paths] == ["status"]


def test_a_revocation_that_begins_later_is_known_at_once_and_marked_from_its_instant_on(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p")
    revoke(region, str(path), revoked_from=NOW + 1000, reason=Reason.EMPLOYMENT_ENDED, now=AT)
    published = publish(region, now=AT)
    assert status(region, published, path) is Status.VALID, "a bit would count since ever"
    entry = trust_by(region, published).revocation(credential(region, path))
    assert entry is not None and entry.revoked_from == NOW + 1000
    assert status(region, publish(region, now=later(1000)), path) is Status.REVOKED


# --- size -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [1, 2])
def test_a_million_entries_of_which_one_in_a_thousand_is_revoked_stay_in_the_kilobytes(tmp_path: Path, bits: int) -> None:
    region = issuer(tmp_path)
    places = Random(20261121).sample(range(1_000_000), 1000)
    lst = Entries.build(dict.fromkeys(places, Status.REVOKED), size=1_000_000, bits=bits)
    value = StatusList(uri=region.uri, issued_at=NOW, entries=lst)
    assert len(documents.sign(documents.STATUS_LIST, value, region.signer)) < 3000


def test_the_size_of_a_list_does_not_tell_how_many_there_are(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    sizes = [publish(region, now=AT).status.stat().st_size]
    for number in range(5):
        give(region, tmp_path, f"p{number}")
    published = publish(region, now=later(1))
    sizes.append(published.status.stat().st_size)
    assert sizes[0] == sizes[1]
    (held,) = trust_by(region, published).status_lists.values()
    assert len(held.entries.lst) * 8 // held.entries.bits == FIRST_ENTRIES


def test_one_bit_cannot_say_that_a_credential_is_suspended(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p")
    suspend(region, str(path), now=AT)
    assert code_of(lambda: publish(region, bits=1, now=AT)) == "status_bits_suspended"
    assert not region.published.exists()
    revoke(region, str(path), revoked_from=None, reason=Reason.OTHER, now=AT)
    published = publish(region, bits=1, now=AT)
    assert status(region, published, path) is Status.REVOKED
    (held,) = trust_by(region, published).status_lists.values()
    assert held.entries.bits == 1 and len(held.entries.lst) == FIRST_ENTRIES // 8


# --- newer than before ----------------------------------------------------------------------------------------------------


def test_lists_of_one_second_and_after_a_clock_that_was_set_back_a_little_are_newer(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    instants = [publish(region, now=later(seconds)).issued_at for seconds in (0, 0, -100, -200, 1, 10)]
    assert instants == [NOW, NOW + 1, NOW + 2, NOW + 3, NOW + 4, NOW + 10]


def test_a_list_of_a_clock_that_was_far_ahead_is_told_and_a_person_says_which_clock_was_wrong(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    ahead = publish(region, now=later(86_400))
    before = ahead.status.read_bytes()
    assert code_of(lambda: publish(region, now=AT)) == "published_ahead"
    assert ahead.status.read_bytes() == before
    assert publish(region, clock_was_ahead=True, now=AT).issued_at == NOW
    assert publish(region, now=later(1)).issued_at == NOW + 1, "and it goes on from there"


@pytest.mark.parametrize("how", ["torn", "gone"])
def test_the_record_knows_the_instant_where_the_published_list_does_not(tmp_path: Path, how: str) -> None:
    region = issuer(tmp_path)
    path = publish(region, now=AT).status
    path.write_bytes(b"torn") if how == "torn" else path.unlink()
    assert publish(region, now=later(-10)).issued_at == NOW + 1


# --- nothing is un-revoked ------------------------------------------------------------------------------------------------


def test_an_older_copy_of_the_record_un_revokes_nothing_and_gives_out_no_index_again(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    first = give(region, tmp_path, "first")
    copy = tmp_path / "copy.db"
    shutil.copy(region.records.path, copy)
    second = give(region, tmp_path, "second")
    for path in (first, second):
        revoke(region, str(path), revoked_from=NOW - 7, reason=Reason.KEY_COMPROMISED, now=AT)
    publish(region, now=AT)
    shutil.copy(copy, region.records.path)
    published = publish(IssuerFolder(region.folder), now=later(-10))
    assert published.restored == 2 and published.issued_at == NOW + 1, "newer than what is published"
    for path in (first, second):
        assert status(region, published, path) is Status.REVOKED
        entry = trust_by(region, published).revocation(credential(region, path))
        assert entry is not None and (entry.revoked_from, entry.reason) == (NOW - 7, Reason.KEY_COMPROMISED)
    with region.records.changing() as entries:
        lost = credential(region, second).status.idx
        assert entries.first('"index" = ?', lost) is not None
    assert publish(region, now=later(6)).restored == 0
    assert code_of(lambda: give(region, tmp_path, "first")) == "key_compromised"


def test_a_list_never_gets_shorter(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    path = publish(region, now=AT).status
    long = StatusList(uri=region.uri, issued_at=NOW, entries=Entries.build({}, size=3 * FIRST_ENTRIES, bits=1))
    path.write_bytes(documents.sign(documents.STATUS_LIST, long, region.signer))
    (held,) = trust_by(region, publish(region, now=later(1))).status_lists.values()
    assert len(held.entries.lst) * 4 == 3 * FIRST_ENTRIES


def test_a_full_disk_leaves_the_lists_before_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    region = issuer(tmp_path)
    path = give(region, tmp_path, "p")
    published = publish(region, now=AT)
    before = published.status.read_bytes()
    revoke(region, str(path), revoked_from=None, reason=Reason.OTHER, now=AT)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    real = os.fsync
    monkeypatch.setattr(os, "fsync", full)
    assert code_of(lambda: publish(region, now=later(1))) == "file_not_written"
    monkeypatch.setattr(os, "fsync", real)
    assert published.status.read_bytes() == before and len(list(region.published.rglob("*.cbor"))) == 1
    assert publish(region, now=later(1)).issued_at == NOW + 1
