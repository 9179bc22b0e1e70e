"""Targets: roots, snapshots and revocations, as bytes of a stranger and as claims that the right keys signed.

The authority's online key and an issuer's key may fall into wrong hands: what they can sign must do no more than docs/format.md
says.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from dpr.adapters.key_files import KeyFile
from dpr.core import cbor, cose, documents
from dpr.core.errors import DocumentError
from dpr.core.root import Root
from dpr.core.trust import Trust
from dpr.core.verify import Accepted, verify
from tests import hostile
from tests.fuzz.mutate import cbor_tree
from tests.fuzz.of_signed import claims_of, compressed, payloads_of_many, within
from tests.fuzz.site import SITE
from tests.fuzz.target import outcome, target, vectors
from tests.world import signer

#: Every key that a vector's root names, so that what is signed here is signed by enough.
ROOT_KEYS = (SITE.world.root, *(signer(f"authority root {number}") for number in range(1, 5)))


@cache
def _held() -> tuple[Root | None, ...]:
    """No root, and one that others follow on."""
    return None, documents.open_root(vectors("root", accepted=True)[1], None)


@cache
def _opening(name: str) -> frozenset[bytes]:
    """The payloads of the vectors that open as they are."""
    return frozenset(payloads_of_many(*(data for data in vectors(name) if _opened(name, data))))


def _opened(name: str, data: bytes) -> bool:
    if name == "root":
        return any(outcome(lambda held=held: documents.open_root(data, held), DocumentError) for held in _held())
    return any(outcome(lambda root=root: documents.open_snapshot(data, root), DocumentError) for root in _roots())


@cache
def _roots() -> tuple[Root, ...]:
    """The world's root, and the one of the vectors."""
    found = _held()[1]
    assert found is not None
    return SITE.world.root_value(), found


@target(seeds=lambda: [SITE.world.root_document(), *vectors("root")], mutate=cbor_tree, runs=1500)
def root(data: bytes) -> None:
    """`open_root` returns a root that was signed as it stands, or ends in a DocumentError; `fingerprint` too."""
    outcome(lambda: documents.fingerprint(data), DocumentError)
    for held in _held():
        if outcome(lambda held=held: documents.open_root(data, held), DocumentError) is not None:
            own = payloads_of_many(SITE.world.root_document())
            assert cbor.decode(data).value[2] in {*_opening("root"), *own}


@target(seeds=lambda: [SITE.world.snapshot(), *vectors("snapshot")], mutate=cbor_tree, runs=1500)
def snapshot(data: bytes) -> None:
    """`open_snapshot` returns a snapshot that was signed as it stands, or ends in a DocumentError."""
    for one in _roots():
        if outcome(lambda one=one: documents.open_snapshot(data, one), DocumentError) is not None:
            own = payloads_of_many(SITE.world.snapshot())
            assert cbor.decode(data).value[2] in {*_opening("snapshot"), *own}


def _signed(data: bytes, typ: str, *keys: KeyFile) -> bytes:
    body, signatures = cbor.encode({cose.TYP: typ}), []
    for key in keys:
        header = cose.protected_header(key.key, {})
        signatures.append((header, key.sign(cose.to_be_signed(body, header, data))))
    return cose.assemble(body, data, signatures)


@target(seeds=lambda: payloads_of_many(SITE.world.root_document(), *vectors("root")), mutate=cbor_tree, runs=800)
def signed_root(data: bytes) -> None:
    """A root that its own keys sign is refused with a DocumentError, or nothing is read from it that does not stand in it, its
    quorums can sign, and no online key stands among the others."""
    document = _signed(data, documents.ROOT.typ, *ROOT_KEYS)
    found: Any = outcome(lambda: documents.open_root(document, None), DocumentError)
    if found is not None:
        content = found.content
        assert within(documents.ROOT.claims.to_cbor(found), compressed(cbor.decode(data)))
        for quorum in (content.root, content.lists, content.snapshot):
            assert 1 <= quorum.threshold <= len(set(quorum.keys)) == len(quorum.keys)
        assert not set(content.snapshot.keys) & {*content.root.keys, *content.lists.keys}


@target(seeds=lambda: payloads_of_many(SITE.world.snapshot(), *vectors("snapshot")), mutate=cbor_tree, runs=1000)
def signed_snapshot(data: bytes) -> None:
    """A snapshot that the online key signs is refused with a DocumentError, or nothing is read from it that does not stand in
    it, no name in it leads out of a folder, and no verdict under it is an `internal_error`."""
    document = _signed(data, documents.SNAPSHOT.typ, SITE.world.online)
    found: Any = outcome(lambda: documents.open_snapshot(document, SITE.world.root_value()), DocumentError)
    if found is not None:
        assert within(documents.SNAPSHOT.claims.to_cbor(found), cbor.decode(data))
        assert all(re.fullmatch(r"[a-z0-9-]+(/[a-z0-9-]+)?", name) for name in found.content.minimums)
        held = SITE.trust
        judged_under(Trust(held.anchor, held.trust_list, held.status_lists, snapshot=found, root_version=1))


@target(seeds=lambda: claims_of("revocation"), mutate=cbor_tree, runs=1000)
def signed_revocations(data: bytes) -> None:
    """Revocations that an issuer signs are refused with a DocumentError or written back as they were; each entry is found by
    its index, and no verdict under them is an `internal_error`."""
    document = hostile.signed(data, SITE.world.care, {cose.TYP: documents.REVOCATION.typ})
    opened: Any = outcome(lambda: documents.open(document, SITE.trust, expected_kind=documents.REVOCATION), DocumentError)
    if opened is not None:
        value = opened.value
        assert cbor.encode(documents.REVOCATION.claims.to_cbor(value)) == data
        assert all(value.of(one.idx) == one for one in value.content.entries)
        held = SITE.trust
        lists = {(opened.issuer.id, value.uri): value}
        judged_under(Trust(held.anchor, held.trust_list, held.status_lists, revocations=lists))


def judged_under(trust: Trust) -> None:
    """A good prescription is judged, whatever is held."""
    found = verify(SITE.prescriptions[0], trust, SITE.now, policy=SITE.world.policy)
    assert isinstance(found, Accepted) or found.code != "internal_error"
