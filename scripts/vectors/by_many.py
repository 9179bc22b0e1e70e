"""Documents that several keys sign (COSE_Sign): right ones, and those that the library refuses to write.

Rules: as in vectors.making: one thing is changed, and signed properly all the same. What can be wrong with the frame is the
same for every kind, so it is listed here once.

Example: `by_many(ROOT, CLAIMS, [("content.version", 2)], keys=(A, B))`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import cbor2
from cbor2 import CBORTag

from dpr.adapters.key_files import KeyFile
from dpr.core import cbor, cose
from dpr.core.documents import Kind
from tests.world import World
from vectors.making import OTHER, Change, changed

#: name, document, code, comment
Fault = tuple[str, bytes, str, str]
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def by_many(
    kind: Kind[Any],
    claims: dict[Any, Any],
    changes: Iterable[Change] = (),
    *,
    keys: Iterable[KeyFile],
    body: Any = ...,
    unprotected: Any = None,
    header: dict[int, Any] | None = None,
    beside: Any = None,
    payload: Any = ...,
    tag: int = cose.SIGN_TAG,
) -> bytes:
    """`claims` with `changes`, signed by `keys`. In each signature `header` replaces labels, `beside` is unprotected."""
    labelled = {cose.TYP: kind.typ} if body is ... else body
    first = labelled if isinstance(labelled, bytes) else cbor.encode(labelled)
    content = cbor.encode(changed(kind.claims, claims, changes)) if payload is ... else payload
    signatures = []
    for key in keys:
        labels = {cose.ALG: key.key.alg, cose.KID: key.key.kid, **(header or {})}
        protected = cbor.encode({label: value for label, value in labels.items() if value is not ...})
        data = cose.to_be_signed(first, protected, content if isinstance(content, bytes) else b"")
        signatures.append([protected, beside or {}, key.sign(data)])
    return cbor2.dumps(CBORTag(tag, [first, unprotected or {}, content, signatures]))


def json_claims(kind: Kind[Any], document: bytes) -> dict[str, Any]:
    """The claims of a document in the JSON form."""
    return kind.claims.to_json(kind.claims.from_cbor(cbor.decode(cbor.decode(document).value[2])))


def mixed(first: bytes, second: bytes) -> bytes:
    """`first` with the first signature of `second`, which is of other claims, beside its own."""
    body, unprotected, payload, signatures = cbor.decode(first).value
    return cbor2.dumps(CBORTag(98, [body, unprotected, payload, [*signatures, cbor.decode(second).value[3][0]]]))


def altered(document: bytes, kind: Kind[Any], *changes: Change) -> bytes:
    """`document` with its claims changed after it was signed."""
    body, unprotected, payload, signatures = cbor.decode(document).value
    new = cbor.encode(changed(kind.claims, cbor.decode(payload), changes))
    return cbor2.dumps(CBORTag(98, [body, unprotected, new, signatures]))


def with_twin(document: bytes) -> bytes:
    """`document` with the other form (r, n - s) of its first signature beside it."""
    body, unprotected, payload, signatures = cbor.decode(document).value
    protected, beside, signature = signatures[0]
    s = _ORDER - int.from_bytes(signature[32:], "big")
    twin = [protected, beside, signature[:32] + s.to_bytes(32, "big")]
    return cbor2.dumps(CBORTag(98, [body, unprotected, payload, [*signatures, twin]]))


def forms(make: Callable[..., bytes], typ: str, *, torn: str = "cbor_malformed") -> Iterator[Fault]:
    """What can be wrong with frame and headers of any document that several sign. `torn`: the code of one that is cut off."""
    good = make()
    other = "dpr-trust-list" if typ != "dpr-trust-list" else "dpr-root"
    body = {cose.TYP: typ}
    yield "typ-of-a-credential", make(body={16: "dpr-credential"}), "document_kind", ""
    yield "typ-of-another", make(body={16: other}), "document_kind", "well signed, as something else"
    yield "typ-unknown", make(body={16: "dpr-register"}), "document_kind", ""
    yield "typ-as-number", make(body={16: 16}), "document_kind", ""
    yield "typ-missing", make(body={}), "document_header", ""
    yield "body-with-more", make(body=body | {4: b"1"}), "document_header", ""
    yield "body-long-form", make(body=b"\xb8\x01" + cbor.encode(body)[1:]), "cbor_not_deterministic", "signed as such"
    yield "signature-kid-missing", make(header={4: ...}), "document_header", ""
    yield "signature-with-more", make(header={16: "x"}), "document_header", ""
    yield "signature-crit", make(header={2: [16], 16: "x"}), "document_header", "nothing is critical in our kinds"
    yield "unprotected", make(unprotected={4: b"1"}), "document_unprotected", "a label that nobody signed"
    yield "unprotected-in-signature", make(beside={99: b"1"}), "document_unprotected", "a label that nobody signed"
    yield "alg-unprotected", make(header={1: ...}, beside={1: -7}), "cose_header", ""
    yield "tag-of-sign1", make(tag=18), "cose_tag", ""
    yield "untagged", good[2:], "cose_tag", ""
    yield "a-credential", World().credential(), "cose_tag", "another kind, and a COSE_Sign1"
    yield "no-signature", make(keys=()), "cose_malformed", ""
    yield "too-many-signatures", make(keys=(OTHER,) * 33), "cose_malformed", "33: each one costs a verification"
    yield "detached", make(payload=None), "cose_detached", ""
    yield "payload-as-map", make(payload={1: "se-test"}), "cose_malformed", ""
    yield "trailing-byte", good + b"\0", "cbor_trailing_bytes", ""
    yield "long-tag", b"\xd9\x00\x62" + good[2:], "cbor_not_deterministic", "98 in the longer form"
    yield "cut-off", good[: len(good) // 2], torn, ""
