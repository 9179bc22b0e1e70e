"""tests/vectors/revocation.json: since when credentials are revoked, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dpr.core import documents
from dpr.core.revocation import REVOCATIONS
from tests.world import CARE, DAY, NOW, status_uri
from vectors.making import OTHER, Change, Vector, W, changed, file, flipped, hexed, sign, vector
from vectors.of_credential import ED_ISSUER, issuers

LAYER = "revocation"
CLAIMS: dict[Any, Any] = {
    2: status_uri(CARE),
    6: NOW - 600,
    -65537: {0: [{0: 3, 1: NOW - DAY, 2: 0}, {0: 9, 1: NOW - 3 * DAY, 2: 2}]},
}


def revocation(*changes: Change, **options: Any) -> bytes:
    """Revocations with `changes`, signed by the care provider unless `options` say otherwise."""
    options = {"key": W.care, **options}
    return sign(documents.REVOCATION.typ, changed(REVOCATIONS, CLAIMS, changes), options.pop("key"), **options)


def _good(name: str, document: bytes, comment: str = "", **more: Any) -> Vector:
    value = documents.read_claims(documents.REVOCATION, documents.split(document)[1])
    return vector(name, LAYER, document, comment=comment, claims=REVOCATIONS.to_json(value), **more)


def _accepted() -> Iterator[Vector]:
    entries = "content.entries"
    yield _good("two", revocation(), "an instant and a reason each")
    reasons = [{0: 10 * number, 1: NOW - DAY, 2: number} for number in range(6)]
    yield _good("every-reason", revocation((entries, reasons)))
    ends = [{0: 0, 1: 946_684_800, 2: 5}, {0: 2**31 - 1, 1: 7_258_118_399, 2: 5}]
    yield _good("first-and-last", revocation((entries, ends)), "index and instant")
    yield _good("from-tomorrow", revocation((f"{entries}.0.revoked_from", NOW + DAY)), "an employment that ends")
    yield _good("of-another-issuer", revocation(key=W.vets), "well signed; of the care provider's credentials it says nothing")
    held = hexed({"trust_list": issuers(0, keys=(W.care.key, ED_ISSUER.key))})
    yield _good("ed25519-issuer", revocation(key=ED_ISSUER), trust=held)


#: name, changes, code, comment
_CLAIMS: tuple[tuple[str, tuple[Change, ...], str, str], ...] = (
    ("order", (("content.entries.0.idx", 10),), "revocation_order", "10 before 9"),
    ("entry-twice", (("content.entries.0.idx", 9),), "revocation_order", "two instants for one credential"),
    ("no-entries", (("content.entries", []),), "list_length", "who has revoked nobody publishes none"),
    ("entries-missing", (("content.entries", ...),), "field_missing", ""),
    ("entry-as-array", (("content.entries.0", [3, NOW, 0]),), "field_type", ""),
    ("reason-unknown", (("content.entries.0.reason", 6),), "field_value_unknown", ""),
    ("reason-missing", (("content.entries.0.reason", ...),), "field_missing", ""),
    ("instant-missing", (("content.entries.0.revoked_from", ...),), "field_missing", "since when is what it is for"),
    ("instant-as-text", (("content.entries.0.revoked_from", "2026-11-20"),), "field_type", ""),
    ("instant-too-early", (("content.entries.0.revoked_from", 946_684_799),), "number_out_of_range", "the year 1999"),
    ("index-negative", (("content.entries.0.idx", -1),), "number_out_of_range", ""),
    ("index-beyond", (("content.entries.1.idx", 2**31),), "number_out_of_range", ""),
    ("entry-with-more", (("content.entries.0.3", "x"),), "field_unknown", ""),
    (
        "entry-with-negative-key",
        (("content.entries.0.-1", "x"),),
        "field_unknown",
        "only the authority's documents grow so",
    ),
    ("content-with-more", (("content.1", "x"),), "field_unknown", ""),
    ("exp", (("4", NOW + DAY),), "field_unknown", "a revocation does not end"),
    ("uri-missing", (("uri", ...),), "field_missing", "of which status list"),
    ("uri-too-long", (("uri", "u" * 201),), "text_too_long", ""),
    ("issued-at-missing", (("issued_at", ...),), "field_missing", "nobody could tell which is the newer"),
)


def _documents() -> Iterator[Vector]:
    good = revocation()
    for name, document, expect, comment in (
        ("issuer-unknown", revocation(key=OTHER), "chain_issuer_unknown", ""),
        ("by-a-prescriber", revocation(key=W.prescriber), "chain_issuer_unknown", "nobody revokes a colleague"),
        ("by-the-authority", revocation(key=W.root), "chain_issuer_unknown", "it removes issuers, not people"),
        ("kid-of-another", revocation(key=OTHER, header={4: W.care.key.kid}), "signature_invalid", ""),
        ("alg-of-another-curve", revocation(header={1: -8}), "signature_invalid", "EdDSA, by a key of P-256"),
        ("signature-changed", flipped(good, -1), "signature_invalid", ""),
        ("typ-of-status-list", revocation(header={16: "application/statuslist+cwt"}), "document_kind", ""),
        ("a-status-list", W.status_list(), "document_kind", "where revocations were asked for"),
        ("typ-of-root", revocation(header={16: "dpr-root"}), "cose_tag", "a kind that several keys sign"),
        ("typ-of-snapshot", revocation(header={16: "dpr-snapshot"}), "cose_tag", "a kind that several keys sign"),
        ("typ-missing", revocation(header={16: ...}), "document_kind_unknown", ""),
        ("kcwt", revocation(kcwt=W.credential()), "document_header", "an issuer's key stands in the trust list"),
        ("trailing-byte", good + b"\0", "cbor_trailing_bytes", ""),
        ("a-snapshot", W.snapshot(), "cose_tag", "a COSE_Sign"),
    ):
        yield vector(name, LAYER, document, expect, comment)


def made() -> dict[str, Any]:
    """The file."""
    claims = (vector(name, LAYER, revocation(*changes), expect, comment) for name, changes, expect, comment in _CLAIMS)
    return file("Revocations, judged with the trust list of `trust`.", [*_accepted(), *claims, *_documents()])
