"""What an issuer publishes is read back as a pharmacy reads it before it replaces anything, and never grows without end."""

from __future__ import annotations

from pathlib import Path

import pytest

from dpr.apps import issuer_lists
from dpr.apps.issuer_decisions import revoke
from dpr.apps.issuer_folder import IssuerFolder
from dpr.apps.issuer_lists import MAX_REVOCATIONS, publish
from dpr.core import documents
from dpr.core.errors import DocumentError
from dpr.core.keys import PublicKey
from dpr.core.revocation import Reason, Revocation, RevocationContent, Revocations
from dpr.core.status import Status
from tests.apps.issuers import AT, code_of, give, issuer, later, trust, trust_by
from tests.world import NOW, signer

DAY = 86_400


def revoked(region: IssuerFolder, folder: Path, key: str, *, days: int) -> int:
    """The index of a credential that is valid for so many days from NOW and is revoked at once."""
    path = give(region, folder, key, days=days)
    revoke(region, str(path), revoked_from=None, reason=Reason.OTHER, now=AT)
    return documents.open_credential(path.read_bytes(), trust(region)).credential.status.idx


class Broken:
    """A signer whose signatures are another key's: a token that mixes up its keys."""

    def __init__(self, key: PublicKey) -> None:
        self.key = key

    def sign(self, data: bytes) -> bytes:
        return signer("a stranger").sign(data)


def test_a_list_that_no_pharmacy_would_accept_replaces_nothing(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    revoked(region, tmp_path, "p", days=90)
    published = publish(region, now=AT)
    before = {path: path.read_bytes() for path in published.paths}
    broken = IssuerFolder(region.folder)
    broken.__dict__["signer"] = Broken(region.signer.key)
    assert code_of(lambda: publish(broken, now=later(10))) == "issuer_list_refused"
    assert {path: path.read_bytes() for path in region.published.rglob("*.cbor")} == before
    assert publish(region, now=later(10)).issued_at == NOW + 10, "nothing was remembered of it"


def test_a_passphrase_is_asked_for_before_the_record_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    region = issuer(tmp_path)
    (region.folder / "key.pem").unlink()
    monkeypatch.setattr(region.records, "changing", lambda: pytest.fail("others would wait"))
    assert code_of(lambda: publish(region, now=AT)) == "key_file_missing"


def test_more_revocations_than_a_reader_takes_are_refused_and_the_lists_before_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    region = issuer(tmp_path)
    revoked(region, tmp_path, "p", days=90)
    published = publish(region, now=AT)
    before = {path: path.read_bytes() for path in published.paths}
    revoked(region, tmp_path, "q", days=90)
    monkeypatch.setattr(issuer_lists, "MAX_REVOCATIONS", 1)
    assert code_of(lambda: publish(region, now=later(1))) == "revocations_too_many"
    assert {path: path.read_bytes() for path in region.published.rglob("*.cbor")} == before


def test_the_most_that_is_published_is_the_most_that_a_reader_takes() -> None:
    def payload(entries: int) -> bytes:
        listed = tuple(Revocation(idx=index, revoked_from=NOW, reason=Reason.OTHER) for index in range(entries))
        value = Revocations(uri="urn:x", issued_at=NOW, content=RevocationContent(entries=listed))
        return documents.split(documents.sign(documents.REVOCATION, value, signer("p")))[1]

    assert len(documents.read_claims(documents.REVOCATION, payload(MAX_REVOCATIONS)).content.entries) == MAX_REVOCATIONS
    with pytest.raises(DocumentError, match="list_length"):
        documents.read_claims(documents.REVOCATION, payload(MAX_REVOCATIONS + 1))


def test_of_a_credential_that_ended_long_ago_the_bit_alone_stays(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    short, long = revoked(region, tmp_path, "short", days=10), revoked(region, tmp_path, "long", days=30)
    for days, entries in ((10 + 399, {short, long}), (10 + 401, {long})):
        published = publish(region, now=later(days * DAY))
        known = trust_by(region, published)
        ((said,), (bits,)) = known.revocations.values(), known.status_lists.values()
        assert {one.idx for one in said.content.entries} == entries
        assert bits.entries[short] is bits.entries[long] is Status.REVOKED and published.restored == 0


def test_a_list_of_revocations_is_never_empty_and_what_nobody_knows_the_end_of_stays(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    index = revoked(region, tmp_path, "p", days=10)
    published = publish(region, now=AT)
    region.records.path.unlink()
    region.records.create()
    later_on = publish(IssuerFolder(region.folder), now=later(500 * DAY))
    assert later_on.restored == 1 and published.issued_at < later_on.issued_at
    (said,) = trust_by(region, later_on).revocations.values()
    assert [one.idx for one in said.content.entries] == [index]
    other = issuer(tmp_path / "other")
    last = revoked(other, tmp_path, "q", days=10)
    (kept,) = trust_by(other, publish(other, now=later(500 * DAY))).revocations.values()
    assert [one.idx for one in kept.content.entries] == [last]


def test_an_instant_stays_as_long_as_the_longest_validity_of_its_credential_asks_for(tmp_path: Path) -> None:
    region = issuer(tmp_path)
    give(region, tmp_path, "p", days=90)
    index = revoked(region, tmp_path, "p", days=5)  # the same entry, which ends earlier
    others = {revoked(region, tmp_path, "q", days=200), revoked(region, tmp_path, "r", days=5)}
    (said,) = trust_by(region, publish(region, now=later((5 + 410) * DAY))).revocations.values()
    assert index in {one.idx for one in said.content.entries} and len(said.content.entries) == len(others)
