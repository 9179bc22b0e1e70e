"""Whom an authority admits, how many lists it takes of one issuer, and which version follows on which."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dpr.apps.authority_folder import Authority
from dpr.apps.issuer_folder import IssuerFolder
from dpr.apps.issuer_key import prepare
from dpr.apps.issuer_lists import publish
from dpr.apps.issuer_proofs import proof
from dpr.core import ceremony, documents, key_request
from dpr.core.ceremony import Draft
from dpr.core.errors import DprError
from dpr.core.snapshot import MAX_LISTS_OF_ONE_ISSUER
from dpr.core.status import Entries, StatusList
from dpr.core.trust_list import TrustList
from tests.apps.issuers import AT, ID, code_of, issuer
from tests.world import NOW, signer

OTHER = "SE5560000001-T001"


@pytest.fixture
def region(tmp_path: Path) -> IssuerFolder:
    return issuer(tmp_path)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path / "authority", name="se-test", environment="test", keys=3, threshold=2, now=AT)


def admit(authority: Authority, path: Path) -> Any:
    return authority.add_issuer(path, days=100, now=AT)


def written(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8")))


def rewritten(region: IssuerFolder, **changes: Any) -> Path:
    """The issuer's issuer.json with changes, as another file."""
    path = region.folder.parent / "changed.json"
    path.write_text(json.dumps(written(region.folder / "issuer.json") | changes), "utf-8")
    return path


# --- who is admitted --------------------------------------------------------------------------------------------------------


def test_a_key_of_another_issuer_is_refused_at_admission_and_both_are_named(authority: Authority, region: IssuerFolder) -> None:
    admit(authority, region.folder / "issuer.json")
    theirs = rewritten(region, id=OTHER, name="Annan", proofs=[proof(region.signer, OTHER)])
    with pytest.raises(DprError) as caught:
        admit(authority, theirs)
    assert caught.value.code == "issuer_key_taken" and ID in caught.value.detail and OTHER in caught.value.detail
    assert [one.id for one in authority.issuers()] == [ID]
    authority.publish(next_update_days=7, now=AT)


def test_who_is_admitted_has_shown_to_have_the_key_for_this_very_id(authority: Authority, region: IssuerFolder) -> None:
    (own,) = written(region.folder / "issuer.json")["proofs"]
    request = key_request.make(region.signer).hex()
    torn = own[:-2] + ("00" if own[-2:] != "00" else "01")
    for proofs in ([], None, "x", [7], ["zz"], [torn], [request], [proof(region.signer, OTHER)], [proof(signer("q"), ID)]):
        assert code_of(lambda given=proofs: admit(authority, rewritten(region, proofs=given))) == "issuer_key_unproven", proofs
    assert code_of(lambda: admit(authority, rewritten(region, id=OTHER))) == "issuer_key_unproven"
    assert authority.issuers() == ()
    narrowed = rewritten(region, organisations=["SE2321000016"], proofs=[torn, own])
    assert admit(authority, narrowed).organisations == ("SE2321000016",)
    (kept,) = (authority.folder / "issuers").glob("*.json")
    assert "proofs" not in written(kept)


def test_a_key_that_is_admitted_needs_no_proof_again_and_a_further_one_does(authority: Authority, region: IssuerFolder) -> None:
    admit(authority, region.folder / "issuer.json")
    admit(authority, rewritten(region, proofs=[]))
    made = prepare(region, signer=None, passphrase=None, stolen=False)
    following = region.folder / "issuer.next.json"
    assert len(written(following)["proofs"]) == 2
    unproven = rewritten(region, **(written(following) | {"proofs": []}))
    assert code_of(lambda: admit(authority, unproven)) == "issuer_key_unproven"
    assert admit(authority, following).keys == (made, region.signer.key)
    authority.remove_issuer(ID)
    assert admit(authority, following).keys == (made, region.signer.key), "each key is proven by itself"


# --- how many lists ---------------------------------------------------------------------------------------------------------


def test_of_one_issuer_so_many_lists_are_taken_and_the_next_is_refused_by_name(
    authority: Authority, region: IssuerFolder, tmp_path: Path
) -> None:
    other = issuer(tmp_path / "other", id=OTHER)
    for one in (region, other):
        admit(authority, one.folder / "issuer.json")
    authority.publish(next_update_days=7, now=AT)
    status = tmp_path / "many" / "status"
    status.mkdir(parents=True)
    for number in range(MAX_LISTS_OF_ONE_ISSUER + 3):
        value = StatusList(uri=f"urn:x:{number}", issued_at=NOW, entries=Entries(bits=1, lst=b"\0"))
        (status / f"{number:02}.cbor").write_bytes(documents.sign(documents.STATUS_LIST, value, region.signer))
    taken = authority.published.collect([tmp_path / "many", publish(other, now=AT).status], now=NOW)
    refused = [one.error for one in taken if one.error is not None]
    assert [one.code for one in refused] == ["published_lists_too_many"] * 3 and ID in refused[0].detail
    assert [one.path.name for one in taken if not one.error] == [f"{number:02}.cbor" for number in range(8)] + [
        publish(other, now=AT).status.name
    ]
    again = authority.published.collect([tmp_path / "many"], now=NOW)
    assert sum(not one.error for one in again) == MAX_LISTS_OF_ONE_ISSUER, (
        "counted beyond one collecting, and the same again is"
    )
    value = StatusList(uri="urn:x:0", issued_at=NOW + 1, entries=Entries(bits=1, lst=b"\1"))
    (status / "00.cbor").write_bytes(documents.sign(documents.STATUS_LIST, value, region.signer))
    (newer,) = authority.published.collect([status / "00.cbor"], now=NOW + 1)
    assert newer.error is None, "a newer list takes the place of the one before"


# --- versions ---------------------------------------------------------------------------------------------------------------


def version(authority: Authority) -> tuple[int, int]:
    """The versions of the published trust list and snapshot."""
    latest = authority.published.snapshot()
    document = authority.published.document("trust-list")
    assert latest is not None and document is not None
    listed = documents.open_trust_list(document, authority.published.root().anchor)
    return listed.content.version, latest.content.version


def published_thrice(authority: Authority, region: IssuerFolder) -> None:
    admit(authority, region.folder / "issuer.json")
    for seconds in range(3):
        authority.publish(next_update_days=7, now=AT + timedelta(seconds=seconds))
    assert version(authority) == (3, 3)


@pytest.mark.parametrize("how", ["missing", "older"])
def test_a_folder_that_was_put_back_without_its_record_goes_on_from_what_is_published(
    authority: Authority, region: IssuerFolder, how: str
) -> None:
    record = authority.folder / "editions.json"
    admit(authority, region.folder / "issuer.json")
    authority.publish(next_update_days=7, now=AT)
    before = record.read_bytes()
    published_thrice_more = [authority.publish(next_update_days=7, now=AT + timedelta(seconds=one)) for one in (1, 2)]
    assert [one.content.version for one in published_thrice_more] == [2, 3]
    record.unlink() if how == "missing" else record.write_bytes(before)
    assert code_of(lambda: authority.publish(next_update_days=7, now=AT - timedelta(days=1))) == "clock_behind_published"
    authority.publish(next_update_days=7, now=AT + timedelta(seconds=100))
    assert version(authority) == (4, 4)


def test_a_foreign_file_among_what_is_published_uses_no_version_up(authority: Authority, region: IssuerFolder) -> None:
    published_thrice(authority, region)
    document = authority.published.document("trust-list")
    assert document is not None
    draft = ceremony.content_of(document)
    assert isinstance(draft.value, TrustList)
    content = msgspec.structs.replace(draft.value.content, version=2**40)
    foreign = ceremony.draft(draft.kind, msgspec.structs.replace(draft.value, content=content))
    signed = foreign.prepared.assemble([(one.key, ceremony.sign(foreign, one).signature) for one in (signer("x"), signer("y"))])
    authority.published.put("trust-list", signed)
    authority.published.put("snapshot", b"torn")
    authority.publish(next_update_days=7, now=AT + timedelta(seconds=100))
    assert version(authority) == (4, 4)


@pytest.mark.parametrize("published", [False, True])
def test_a_version_is_exactly_one_more_than_the_one_before(authority: Authority, region: IssuerFolder, published: bool) -> None:
    if published:
        published_thrice(authority, region)
    admit(authority, region.folder / "issuer.json")
    draft = authority.draft_list(next_update_days=7, now=AT + timedelta(seconds=9))
    assert isinstance(draft.value, TrustList)

    def merged(version: int) -> list[Any]:
        content = msgspec.structs.replace(draft.value.content, version=version)
        other: Draft = ceremony.draft(draft.kind, msgspec.structs.replace(draft.value, content=content))
        return authority.merge([other], [ceremony.sign(other, one) for one in authority.local_signers()[:2]])

    following = 4 if published else 1
    for skips in (following + 1, 2**40):
        assert code_of(lambda one=skips: merged(one)) == "draft_skips"
    if published:
        assert code_of(lambda: merged(2)) == "draft_outdated"
    assert merged(following)
