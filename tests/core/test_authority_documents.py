"""Roots, snapshots and revocations: what is written is read as it was, and what a later version adds changes nothing else."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpr.core import cbor, documents
from dpr.core.documents import Kind
from dpr.core.errors import DocumentError
from dpr.core.revocation import Revocations
from dpr.core.root import Root
from dpr.core.snapshot import Snapshot
from dpr.core.trust_list import TrustList
from tests.strategies import revocations, roots, snapshots
from tests.world import CARE, NOW, PHARMACIES, VETS, World, signer

few = settings(max_examples=60, deadline=None)


def read_again(kind: Kind[Any], value: Any) -> Any:
    return documents.read_claims(kind, cbor.encode(kind.claims.to_cbor(value)))


@few
@given(roots())
def test_a_root_is_read_as_it_was_written(value: Root) -> None:
    assert read_again(documents.ROOT, value) == value
    assert documents.ROOT.claims.from_json(documents.ROOT.claims.to_json(value), "", []) == value


@few
@given(snapshots())
def test_a_snapshot_is_read_as_it_was_written(value: Snapshot) -> None:
    assert read_again(documents.SNAPSHOT, value) == value
    assert documents.SNAPSHOT.claims.from_json(documents.SNAPSHOT.claims.to_json(value), "", []) == value


@few
@given(revocations())
def test_revocations_are_read_as_they_were_written(value: Revocations) -> None:
    again = read_again(documents.REVOCATION, value)
    assert again == value
    assert [again.of(one.idx) for one in value.content.entries] == [*value.content.entries]
    assert documents.REVOCATION.claims.from_json(documents.REVOCATION.claims.to_json(value), "", []) == value


# --- what a later version writes --------------------------------------------------------------------------------------------


def listed(*changes: tuple[int, int | str, Any], content: dict[Any, Any] | None = None) -> TrustList:
    """The world's trust list, read with changes: (number of the issuer, key, value)."""
    claims = copy.deepcopy(documents.TRUST_LIST.claims.to_cbor(World().trust_list_value()))
    for number, key, value in changes:
        claims[-65537][3][number][key] = value
    claims[-65537] |= content or {}
    return documents.read_claims(documents.TRUST_LIST, cbor.encode(claims))


def left(value: TrustList) -> tuple[list[str], int]:
    issuers: Any = value.content.issuers
    return [issuer.id for issuer in issuers], issuers.left_out


@pytest.mark.parametrize(
    ("key", "value"), [(2, 5), (2, 2**40), (10, "x"), ("more", 1), (3, [{1: 1, -1: 7, -2: bytes(57)}])], ids=str
)
def test_an_issuer_of_a_later_version_is_left_out_and_counted_and_the_others_stand(key: int | str, value: Any) -> None:
    assert left(listed((0, key, value))) == ([PHARMACIES, VETS], 1)
    assert left(listed((0, key, value), (2, key, value))) == ([PHARMACIES], 2)


@given(st.integers(-(2**64), -1).filter(lambda key: key != -65537), st.sampled_from([None, b"x", {"a": [1]}, True]))
def test_any_negative_key_of_a_later_version_changes_nothing(key: int, value: Any) -> None:
    assert listed((1, key, value), content={key: value}) == World().trust_list_value()
    assert left(listed((1, key, value))) == ([CARE, PHARMACIES, VETS], 0)


@pytest.mark.parametrize("key", [4, 24, 2**40, "more"])
def test_any_other_unknown_key_of_a_content_refuses_the_document(key: int | str) -> None:
    with pytest.raises(DocumentError, match="later_version"):
        listed(content={key: 0})


def test_a_key_of_a_later_version_counts_for_no_threshold() -> None:
    world = World()
    claims = documents.ROOT.claims.to_cbor(world.root_value())
    claims[-65537][3] = {0: 1, 1: [world.root.key.to_cose(), {1: 1, -1: 7, -2: bytes(57)}]}
    value = documents.read_claims(documents.ROOT, cbor.encode(claims))
    assert value.content.lists.keys == (world.root.key,)
    claims[-65537][3][0] = 2
    with pytest.raises(DocumentError, match="root_threshold"):
        documents.read_claims(documents.ROOT, cbor.encode(claims))


def test_a_root_that_exchanges_the_lists_key_voids_the_list_of_the_old_one() -> None:
    world = World()
    held = documents.open_root(world.root_document(), None)
    thief, new = world.root, signer("new lists key")
    lists = msgspec.structs.replace(held.content.lists, keys=(new.key,))
    following = documents.open_root(world.root_document(version=2, lists=lists), held)
    stolen = documents.sign_by_many(documents.TRUST_LIST, world.trust_list_value(version=2**40), [thief])
    assert documents.open_trust_list(stolen, held.anchor).content.version == 2**40
    with pytest.raises(DocumentError, match="trust_list_threshold"):
        documents.open_trust_list(stolen, following.anchor)
    both = documents.sign_by_many(documents.TRUST_LIST, world.trust_list_value(), [thief, new])
    assert documents.open_trust_list(both, held.anchor) == documents.open_trust_list(both, following.anchor)


def test_the_fingerprint_is_the_same_however_many_have_signed() -> None:
    world, other = World(), signer("another")
    one, two = world.root_document(), world.root_document(world.root, other)
    assert one != two and documents.fingerprint(one) == documents.fingerprint(two)
    assert documents.fingerprint(world.root_document(version=2)) != documents.fingerprint(one)


def test_nothing_that_was_issued_at_any_time_is_expired_by_itself() -> None:
    old = World(now=NOW - 10 * 365 * 86_400)
    root = documents.open_root(old.root_document(), None)
    assert documents.open_snapshot(old.snapshot(), root).issued_at < NOW


def test_lists_may_be_large_and_a_root_may_not() -> None:
    world = World()
    trust = world.trust()
    revoked = world.revocations(dict.fromkeys(range(20_000), NOW))
    opened = documents.open(revoked, trust, expected_kind=documents.REVOCATION)
    assert len(revoked) > documents.MAX_DOCUMENT_BYTES and len(opened.value.content.entries) == 20_000
    listed = world.snapshot({f"status/{number:024x}": 1 for number in range(6000)})
    snapshot = documents.open_snapshot(listed, world.root_value())
    assert len(listed) > documents.MAX_DOCUMENT_BYTES and len(snapshot.content.minimums) == 6000
    strangers = [signer(f"stranger {number}") for number in range(30)]
    padded = world.root_document(world.root, *strangers)
    assert documents.open_root(padded, None) == world.root_value()
    with pytest.raises(DocumentError, match="document_too_large"):
        documents.open_root(padded + bytes(documents.MAX_DOCUMENT_BYTES), None)
    with pytest.raises(DocumentError, match="cbor_too_large"):
        documents.fingerprint(padded + bytes(documents.MAX_DOCUMENT_BYTES))
    assert len(documents.fingerprint(listed)) == 64
