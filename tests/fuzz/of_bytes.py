"""Targets: whoever reads bytes that nobody has signed yet, or whose signature is judged here (dpr.core)."""

from __future__ import annotations

from random import Random
from typing import Any

import cbor2

from dpr.core import cbor as our_cbor
from dpr.core import cose, documents, key_request
from dpr.core.codes import CODES
from dpr.core.errors import DocumentError
from dpr.core.keys import PublicKey, decode_key
from dpr.core.verify import Accepted, verify
from tests.fuzz.mutate import cbor_tree, raw
from tests.fuzz.site import SITE, spliced
from tests.fuzz.target import named, outcome, target, vectors
from tests.world import signer

IDENTITY_FORGERY = b"\x01" + bytes(63)  # R the identity and S = 0: good for every message under a key of low order


@target(seeds=lambda: vectors("cbor"), mutate=cbor_tree, runs=4000)
def cbor(data: bytes) -> None:
    """`cbor.decode` ends in a DocumentError or returns the value whose encoding is `data`, bit for bit."""
    value = outcome(lambda: (our_cbor.decode(data),), DocumentError)
    if value is not None:
        assert our_cbor.encode(value[0]) == data
        assert our_cbor.encode_sorted(value[0]) == data


@target(seeds=lambda: vectors("cbor"), mutate=cbor_tree, runs=3000)
def cbor_writing(data: bytes) -> None:
    """`cbor.encode` ends in a DocumentError or writes what `cbor.decode` reads again, and then writes the same."""
    try:
        value = cbor2.loads(data, max_depth=40)
    except Exception:
        return
    written = outcome(lambda: our_cbor.encode(value), DocumentError)
    if written is not None:
        assert our_cbor.encode(our_cbor.decode(written)) == written


def _sign1_seeds() -> list[bytes]:
    return [SITE.sign1, *vectors("cose")]


@target(seeds=_sign1_seeds, mutate=cbor_tree, runs=3000)
def cose_sign1(data: bytes) -> None:
    """`cose.verify1` accepts nothing under the key but the one signed header, payload and external data."""
    opened = outcome(lambda: cose.verify1(data, SITE.key.key, external_aad=SITE.aad), DocumentError)
    if opened is not None:
        assert opened.payload == SITE.payload
        assert opened.protected == {cose.ALG: SITE.key.key.alg, cose.KID: SITE.key.key.kid, cose.TYP: "test"}
    assert outcome(lambda: cose.verify1(data, SITE.key.key), DocumentError) is None
    assert outcome(lambda: cose.verify1(data, SITE.keys[1], external_aad=SITE.aad), DocumentError) is None


@target(seeds=lambda: [SITE.sign, SITE.sign1, *vectors("trust_list")[:8]], mutate=cbor_tree, runs=2000)
def cose_sign(data: bytes) -> None:
    """`cose.verify` names a key as signer of nothing but the payload that this key signed."""
    opened = outcome(lambda: cose.verify(data, SITE.keys), DocumentError)
    if opened is not None and opened.signed_by:
        assert opened.payload == SITE.payload
        assert opened.signed_by <= set(SITE.keys)


@target(seeds=lambda: vectors("key"), mutate=cbor_tree, runs=3000)
def key(data: bytes) -> None:
    """`decode_key` ends in a DocumentError or returns a key that is written and read as itself, in both forms, and takes no
    signature that nobody made."""
    found = outcome(lambda: decode_key(our_cbor.decode(data)), DocumentError)
    if isinstance(found, PublicKey):
        for compressed in (True, False):
            again = decode_key(our_cbor.decode(our_cbor.encode(found.to_cose(compressed=compressed))))
            assert again == found and again.kid == found.kid
        for forged in (bytes(64), IDENTITY_FORGERY, b"", b"\xff" * 64, bytes(31) + b"\1" + bytes(31) + b"\1"):
            assert not found.verify(forged, b"anything")


def _request_seeds() -> list[bytes]:
    weak = our_cbor.encode({1: 1, -1: 6, -2: b"\x01" + bytes(31)})
    header = our_cbor.encode({1: -8, 4: b"kid"})
    return [SITE.request, key_request.make(signer("fuzz", "EdDSA")), cose.assemble1(header, weak, IDENTITY_FORGERY), SITE.sign1]


@target(seeds=_request_seeds, mutate=cbor_tree, runs=2000)
def key_request_(data: bytes) -> None:
    """`key_request.read` returns no key but those whose holders made a request, and no other signature of a key is one."""
    found = outcome(lambda: key_request.read(data), DocumentError)
    assert found in (None, SITE.key.key, signer("fuzz", "EdDSA").key)


def _documents() -> tuple[bytes, ...]:
    return tuple(SITE.genuine.values())


def _mutated_document(data: bytes, random: Random) -> bytes:
    how = random.random()
    return raw(data, random) if how < 0.4 else cbor_tree(data, random) if how < 0.8 else spliced(_documents(), data, random)


@target(seeds=lambda: [*_documents(), *vectors("prescription_bytes")], mutate=_mutated_document, runs=3000)
def document(data: bytes) -> None:
    """`documents.open` returns nothing but the header and claims of a document that was signed."""
    opened: Any = outcome(lambda: documents.open(data, SITE.trust), DocumentError)
    if opened is not None:
        assert documents.split(data)[:2] in SITE.genuine
        assert opened.value == documents.open(SITE.genuine[documents.split(data)[:2]], SITE.trust).value


@target(seeds=lambda: [*_documents(), *vectors("prescription_bytes")], mutate=_mutated_document, runs=3000)
def verdict(data: bytes) -> None:
    """`verify` never raises; it accepts only what was signed, and otherwise says a code of the table, never
    `internal_error`."""
    for trust in (SITE.trust, documents.Trust.EMPTY):
        found = verify(data, trust, SITE.now, policy=SITE.world.policy)
        if isinstance(found, Accepted):
            assert documents.split(data)[:2] in {documents.split(one)[:2] for one in SITE.prescriptions}
        else:
            assert found.code in CODES and found.code != "internal_error" and found.detail.isprintable()


@target(seeds=lambda: [SITE.trust_list, *vectors("trust_list")], mutate=_mutated_document, runs=1500)
def trust_list(data: bytes) -> None:
    """`open_trust_list` returns a list that the authority signed, or ends in a DocumentError."""
    if outcome(lambda: documents.open_trust_list(data, SITE.world.anchor), DocumentError) is not None:
        assert our_cbor.decode(data).value[2] in SITE.signed_lists


@target(seeds=lambda: [*SITE.credentials, *vectors("credential")], mutate=_mutated_document, runs=2000)
def credential(data: bytes) -> None:
    """`open_credential` returns a credential that an issuer signed, or ends in a DocumentError."""
    try:
        chain = documents.open_credential(data, SITE.trust)
    except DocumentError as error:
        named(error)
        return
    assert chain.document == data and documents.split(data)[:2] in SITE.genuine
