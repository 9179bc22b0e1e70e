"""tests/vectors/trust_list.json: m of n keys of the authority, and what they sign."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import cbor2
from cbor2 import CBORTag
from make_keys import demo_key

from dpr.adapters.key_files import KeyFile
from dpr.core import cbor, cose, documents
from dpr.core.keys import PublicKey
from dpr.core.trust import Anchor
from dpr.core.trust_list import TRUST_LIST, Environment
from tests.world import CARE, NOW, VETS, signer
from vectors import making
from vectors.making import OTHER, Change, Vector, W, changed, file, flipped, vector
from vectors.of_keys import LOW_ORDER

LAYER = "trust_list"
ROOTS = (W.root, signer("authority 2"), signer("authority 3"))
ED_ROOT = signer("authority with ed25519", "EdDSA")
BODY = {cose.TYP: documents.TRUST_LIST.typ}
CLAIMS = TRUST_LIST.to_cbor(W.trust_list_value())


def anchor(
    threshold: int,
    keys: Iterable[PublicKey] = tuple(key.key for key in ROOTS),
    environment: Environment = Environment.TEST,
) -> dict[str, Any]:
    """The `trust` of a vector whose site was installed with these keys of the authority."""
    value = Anchor(authority="se-test", environment=environment, threshold=threshold, keys=tuple(keys))
    return {"anchor": making.anchor(value)}


def trust_list(
    *changes: Change,
    keys: Iterable[KeyFile] = (W.root,),
    body: Any = BODY,
    unprotected: Any = None,
    header: dict[int, Any] | None = None,
    beside: Any = None,
    payload: Any = ...,
    tag: int = cose.SIGN_TAG,
) -> bytes:
    """A trust list with `changes`, signed by `keys`. In each signature `header` replaces labels, `beside` is unprotected."""
    first = body if isinstance(body, bytes) else cbor.encode(body)
    claims = cbor.encode(changed(TRUST_LIST, CLAIMS, changes)) if payload is ... else payload
    signatures = []
    for key in keys:
        labels = {cose.ALG: key.key.alg, cose.KID: key.key.kid, **(header or {})}
        protected = cbor.encode({label: value for label, value in labels.items() if value is not ...})
        data = cose.to_be_signed(first, protected, claims if isinstance(claims, bytes) else b"")
        signatures.append([protected, beside or {}, key.sign(data)])
    return cbor2.dumps(CBORTag(tag, [first, unprotected or {}, claims, signatures]))


def _good(name: str, document: bytes, comment: str = "", **more: Any) -> Vector:
    value = documents.read_claims(documents.TRUST_LIST, cbor.decode(document).value[2])
    return vector(name, LAYER, document, comment=comment, claims=TRUST_LIST.to_json(value), **more)


def _accepted() -> Iterator[Vector]:
    first, second, third = ROOTS
    yield _good("one-of-one", trust_list())
    yield _good("two-of-three", trust_list(keys=(first, third)), trust=anchor(2))
    yield _good("three-of-three", trust_list(keys=ROOTS), trust=anchor(3))
    yield _good("order-of-signatures", trust_list(keys=(third, first)), "any order", trust=anchor(2))
    comment = "a signature by an unknown key counts for nothing, and harms nothing"
    yield _good("unknown-key-beside", trust_list(keys=(OTHER, first, second)), comment, trust=anchor(2))
    yield _good("ed25519-authority", trust_list(keys=(ED_ROOT, first)), trust=anchor(2, (ED_ROOT.key, first.key)))
    yield _good("past-next-update", trust_list(("content.next_update", NOW - 1)), "stale, not void: the verdict grades it")
    yield _good("version-grown", trust_list(("content.version", 2**40)))
    everything = (("content.issuers.0.keys.1", LONE.to_cose()), ("content.issuers.1.glns.1", "7350000000016"))
    yield _good("several-keys-and-glns", trust_list(*everything))
    no_scope = (("content.issuers.2.professions", ...), ("content.issuers.2.kinds", ...))
    yield _good("scope-empty", trust_list(*no_scope), "an issuer that vouches for nobody")


def production(*changes: Change) -> bytes:
    """A trust list for production."""
    return trust_list(("content.environment", 1), *changes)


PRODUCTION = anchor(1, environment=Environment.PRODUCTION)
#: A key under keys/, which everybody has.
DEMO = PublicKey(demo_key("care-provider").public_key())


def _environments() -> Iterator[Vector]:
    yield _good("production", production(), trust=PRODUCTION)
    yield _good("demo-key-in-test", trust_list(("content.issuers.0.keys.0", DEMO.to_cose())), "for tests that is what it is")
    demo = production(("content.issuers.0.keys.0", DEMO.to_cose()))
    comment = "a key whose private part is published under keys/"
    yield vector("demo-key-in-production", LAYER, demo, "demo_key_in_production", comment, trust=PRODUCTION)
    comment = "a list for tests, at a site in production"
    yield vector("test-in-production", LAYER, trust_list(), "trust_list_environment", comment, trust=PRODUCTION)


LONE = signer("a second key of the care provider").key


def _signatures() -> Iterator[Vector]:
    first, second = ROOTS[:2]
    other_payload = trust_list(("content.version", 2), keys=(second,))
    mixed = cbor2.dumps(
        CBORTag(98, [*cbor.decode(trust_list()).value[:3], [_signature(trust_list()), _signature(other_payload)]])
    )
    threshold = "trust_list_threshold"
    for name, document, required, comment in (
        ("one-of-two", trust_list(), 2, "one signature, two needed"),
        ("same-key-twice", trust_list(keys=(first, first)), 2, "a key counts once however often it signs"),
        ("same-key-twin", _with_twin(), 2, "nor does its other signature (r, n - s) count again"),
        ("unknown-keys", trust_list(keys=(OTHER, signer("yet another"))), 2, "enough signatures, by nobody"),
        ("signature-of-another-version", mixed, 2, "the second key signed other claims"),
        ("kid-of-another", trust_list(keys=(OTHER,), header={4: first.key.kid}), 1, "a kid is a hint, never proof"),
        ("alg-of-another-curve", trust_list(header={1: -8}), 1, "EdDSA, by a key of P-256"),
        ("alg-unknown", trust_list(header={1: -49}), 1, "ML-DSA-65: passed over, and too few are left"),
        ("signature-changed", flipped(trust_list(), -1), 1, ""),
        ("version-changed", _altered(), 1, "version 2 where 1 was signed"),
        ("threshold-zero", trust_list(), 0, "a site that demands no signature trusts nobody"),
    ):
        yield vector(name, LAYER, document, threshold, comment, trust=anchor(required))
    keyless = trust_list()
    yield vector("anchor-without-keys", LAYER, keyless, threshold, "and a threshold of 1", trust=anchor(1, ()))


def _signature(document: bytes) -> list[Any]:
    entry: list[Any] = cbor.decode(document).value[3][0]
    return list(entry)


def _with_twin() -> bytes:
    body, unprotected, payload, signatures = cbor.decode(trust_list()).value
    protected, beside, signature = signatures[0]
    s = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551 - int.from_bytes(signature[32:], "big")
    twin = [protected, beside, signature[:32] + s.to_bytes(32, "big")]
    return cbor2.dumps(CBORTag(98, [body, unprotected, payload, [[protected, beside, signature], twin]]))


def _altered() -> bytes:
    body, unprotected, _, signatures = cbor.decode(trust_list()).value
    payload = cbor.encode(changed(TRUST_LIST, CLAIMS, [("content.version", 2)]))
    return cbor2.dumps(CBORTag(98, [body, unprotected, payload, signatures]))


def _forms() -> Iterator[Vector]:
    good = trust_list()
    for name, document, expect, comment in (
        ("typ-of-another", trust_list(body={16: "dpr-credential"}), "document_header", ""),
        ("typ-missing", trust_list(body={}), "document_header", ""),
        ("body-with-more", trust_list(body={16: BODY[16], 4: b"1"}), "document_header", ""),
        ("body-long-form", trust_list(body=b"\xb8\x01" + cbor.encode(BODY)[1:]), "cbor_not_deterministic", "signed as such"),
        ("signature-kid-missing", trust_list(header={4: ...}), "document_header", ""),
        ("signature-with-more", trust_list(header={16: "x"}), "document_header", ""),
        ("signature-crit", trust_list(header={2: [16], 16: "x"}), "document_header", "nothing is critical in our kinds"),
        ("unprotected", trust_list(unprotected={4: b"1"}), "document_unprotected", "a label that nobody signed"),
        ("unprotected-in-signature", trust_list(beside={99: b"1"}), "document_unprotected", "a label that nobody signed"),
        ("alg-unprotected", trust_list(header={1: ...}, beside={1: -7}), "cose_header", ""),
        ("tag-of-sign1", trust_list(tag=18), "cose_tag", ""),
        ("untagged", good[2:], "cose_tag", ""),
        ("a-credential", W.credential(), "cose_tag", "another kind, and a COSE_Sign1"),
        ("no-signature", trust_list(keys=()), "cose_malformed", ""),
        ("too-many-signatures", trust_list(keys=(OTHER,) * 33), "cose_malformed", "33: each one costs a verification"),
        ("detached", trust_list(payload=None), "cose_detached", ""),
        ("payload-as-map", trust_list(payload={1: "se-test"}), "cose_malformed", ""),
        ("trailing-byte", good + b"\0", "cbor_trailing_bytes", ""),
        ("long-tag", b"\xd9\x00\x62" + good[2:], "cbor_not_deterministic", "98 in the longer form"),
        ("cut-off", good[: len(good) // 2], "cbor_malformed", ""),
    ):
        yield vector(name, LAYER, document, expect, comment)


#: name, changes, code, comment
_CLAIMS: tuple[tuple[str, tuple[Change, ...], str, str], ...] = (
    ("environment", (("content.environment", 1),), "trust_list_environment", "production, at a site for tests"),
    ("authority", (("authority", "se-other"),), "trust_list_authority", "another authority's list, by the same keys"),
    ("next-update-first", (("content.next_update", NOW - 3600),), "trust_list_times", "the instant at which it was issued"),
    ("issuer-twice", (("content.issuers.2.id", CARE),), "trust_list_issuer_twice", "one id, two scopes"),
    ("key-twice", (("content.issuers.2.keys.0", W.care.key.to_cose()),), "trust_list_key_twice", "one key for two issuers"),
    (
        "key-twice-in-two-forms",
        (("content.issuers.2.keys.0", W.care.key.to_cose(compressed=False)),),
        "trust_list_key_twice",
        "y as a bit, and written out: the same key",
    ),
    ("scope-beyond-role", (("content.issuers.0.professions", [0, 7]),), "trust_list_scope", "a care provider of pharmacists"),
    ("veterinary-of-physicians", (("content.issuers.2.professions", [0]),), "trust_list_scope", ""),
    ("pharmacy-of-physicians", (("content.issuers.1.professions", [0]),), "trust_list_scope", ""),
    ("issuer-for-no-time", (("content.issuers.0.valid_until", NOW - 400 * 86_400),), "trust_list_scope", "until it begins"),
    ("version-zero", (("content.version", 0),), "number_out_of_range", ""),
    ("version-beyond", (("content.version", 2**40 + 1),), "number_out_of_range", ""),
    ("version-as-text", (("content.version", "1"),), "field_type", ""),
    ("version-missing", (("content.version", ...),), "field_missing", "a list that cannot be compared with the one before"),
    ("next-update-missing", (("content.next_update", ...),), "field_missing", "it would never be stale"),
    ("environment-unknown", (("content.environment", 2),), "field_value_unknown", ""),
    ("environment-missing", (("content.environment", ...),), "field_missing", "test and production never mix"),
    ("no-issuers", (("content.issuers", []),), "list_length", ""),
    ("keys-missing", (("content.issuers.0.keys", ...),), "field_missing", ""),
    ("no-keys", (("content.issuers.0.keys", []),), "list_length", ""),
    ("weak-key", (("content.issuers.0.keys.0", LOW_ORDER["order-4"]),), "key_weak", ""),
    ("private-key", (("content.issuers.0.keys.0.-4", bytes(32)),), "key_malformed", ""),
    ("empty-scope-written", (("content.issuers.1.kinds", []),), "list_length", "what is empty is left out"),
    ("profession-unknown", (("content.issuers.0.professions.0", 9),), "field_value_unknown", ""),
    ("kind-unknown", (("content.issuers.0.kinds.0", 4),), "field_value_unknown", ""),
    ("gln-check-digit", (("content.issuers.1.glns.0", "7350000000008"),), "gln_check_digit", ""),
    ("role-unknown", (("content.issuers.0.role", 3),), "field_value_unknown", ""),
    ("issuer-with-more", (("content.issuers.0.999", "x"),), "field_unknown", ""),
    ("content-with-more", (("content.999", "x"),), "field_unknown", ""),
    ("claim-unknown", (("4", NOW + 86_400),), "field_unknown", "exp: a list ages, it does not end"),
    ("issuer-as-array", (("content.issuers.0", [VETS]),), "field_type", ""),
    ("name-of-controls", (("content.issuers.0.name", "Region\u0000"),), "text_unprintable", ""),
    ("issued-at-missing", (("issued_at", ...),), "field_missing", ""),
)


def made() -> dict[str, Any]:
    """The file."""
    claims = (vector(name, LAYER, trust_list(*changes), expect, comment) for name, changes, expect, comment in _CLAIMS)
    description = "Trust lists, judged with the anchor of `trust`: what a site was installed with."
    return file(description, [*_accepted(), *_environments(), *_signatures(), *_forms(), *claims])
