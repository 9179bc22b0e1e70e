"""tests/vectors/prescription_bytes.json: prescriptions whose bytes are refused: envelope, signature, header, encoding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cbor2
from cbor2 import CBORTag

from dpr.core import cbor, cose, documents
from vectors.making import (
    ED25519,
    OTHER,
    Vector,
    W,
    credential,
    file,
    flipped,
    hexed,
    prescription,
    vector,
)

LAYER = "prescription"
GOOD = prescription()
PROTECTED, PAYLOAD, SIGNATURE = documents.split(GOOD)
NOT_ONE_WAY = "cbor_not_deterministic"


def refused(name: str, document: bytes, code: str, comment: str = "", **more: Any) -> Vector:
    """One fault."""
    if "trust" in more:
        more["trust"] = hexed(more["trust"])
    return vector(name, LAYER, document, code, comment, **more)


def longer_frame(*parts: bytes, unprotected: bytes = b"\xa0", place: int | None = None, width: int = 2) -> bytes:
    """A frame in which the length of the part at `place` (protected, payload, signature) takes `width` bytes."""
    heads = {2: b"\x59", 4: b"\x5a", 8: b"\x5b"}
    protected, payload, signature = (
        heads[width] + len(part).to_bytes(width, "big") + part if at == place else cbor.encode(part)
        for at, part in enumerate(parts)
    )
    return b"\xd2\x84" + protected + unprotected + payload + signature


def _envelope() -> Iterator[Vector]:
    def of(*parts: Any, tag: int = 18) -> bytes:
        return cbor2.dumps(CBORTag(tag, list(parts)))

    yield refused("empty", b"", "cbor_malformed")
    yield refused("text", b"DPR1", "cbor_malformed", "not bytes of a document")
    yield refused("cut-off", GOOD[:-1], "cbor_malformed")
    yield refused("trailing-byte", GOOD + b"\0", "cbor_trailing_bytes")
    yield refused("twice", GOOD + GOOD, "cbor_trailing_bytes", "one after the other")
    yield refused("untagged", GOOD[1:], "cose_tag")
    yield refused("tag-of-sign", of(PROTECTED, {}, PAYLOAD, SIGNATURE, tag=98), "cose_tag")
    yield refused("tag-of-mac0", b"\xd1" + GOOD[1:], "cbor_tag")
    yield refused("tag-of-cwt", b"\xd8\x3d" + GOOD, "cbor_tag", "RFC 8392 §6 allows tag 61 around it: a second form")
    yield refused("tagged-twice", b"\xd2" + GOOD, "cose_malformed")
    yield refused("long-tag", b"\xd8\x12" + GOOD[1:], NOT_ONE_WAY)
    yield refused("long-array", b"\xd2\x98\x04" + GOOD[2:], NOT_ONE_WAY)
    yield refused("long-map", longer_frame(PROTECTED, PAYLOAD, SIGNATURE, unprotected=b"\xb8\x00"), NOT_ONE_WAY)
    for place, part in enumerate(("protected", "payload", "signature")):
        for width in (2, 4, 8):
            if width > 2 or part != "protected":
                document = longer_frame(PROTECTED, PAYLOAD, SIGNATURE, place=place, width=width)
                yield refused(f"{part}-length-in-{width}-bytes", document, NOT_ONE_WAY, "the signature verifies all the same")
    yield refused("indefinite-array", b"\xd2\x9f" + GOOD[2:] + b"\xff", "cbor_malformed")
    yield refused("unprotected", of(PROTECTED, {4: b"1"}, PAYLOAD, SIGNATURE), "document_unprotected", "nobody signed it")
    yield refused("unprotected-null", of(PROTECTED, None, PAYLOAD, SIGNATURE), "document_unprotected")
    yield refused("detached", of(PROTECTED, {}, None, SIGNATURE), "cose_malformed", "the claims must be inside")
    yield refused("three-parts", of(PROTECTED, {}, PAYLOAD), "cose_malformed")
    yield refused("protected-not-wrapped", of(cbor.decode(PROTECTED), {}, PAYLOAD, SIGNATURE), "cose_malformed")
    yield refused("a-trust-list", W.trust_list(), "cose_tag", "another kind")
    yield refused("a-credential", W.credential(), "document_kind", "the prescriber's credential alone")
    yield refused("a-status-list", W.status_list(), "document_kind")


def _signatures() -> Iterator[Vector]:
    invalid = "signature_invalid"
    at = GOOD.index(PAYLOAD)
    yield refused("payload-changed", flipped(GOOD, at + 12), invalid, "one bit of the claims")
    yield refused("signature-changed", flipped(GOOD, -1), invalid, "one bit")
    yield refused("signature-short", cose.assemble1(PROTECTED, PAYLOAD, SIGNATURE[:-1]), invalid, "63 bytes")
    yield refused("signature-empty", cose.assemble1(PROTECTED, PAYLOAD, b""), invalid)
    yield refused("signature-zero", cose.assemble1(PROTECTED, PAYLOAD, bytes(64)), invalid, "r = s = 0")
    yield refused("signed-by-another", prescription(key=OTHER), invalid, "the credential of one, the key of another")
    plain = W.prescriber.sign(PAYLOAD)
    yield refused("signed-without-structure", cose.assemble1(PROTECTED, PAYLOAD, plain), invalid, "only the claims were signed")
    detour = W.prescriber.sign(cose.to_be_signed(b"", PROTECTED, PAYLOAD))
    yield refused("signed-as-sign", cose.assemble1(PROTECTED, PAYLOAD, detour), invalid, "the structure of a COSE_Sign")
    aad = W.prescriber.sign(cose.to_be_signed1(PROTECTED, PAYLOAD, b"x"))
    yield refused(
        "signed-with-aad", cose.assemble1(PROTECTED, PAYLOAD, aad), invalid, "a context that a document does not have"
    )
    other = documents.split(prescription(("id", bytes(16))))
    yield refused("signature-of-another", cose.assemble1(PROTECTED, PAYLOAD, other[2]), invalid, "by the same prescriber")
    yield refused("alg-of-another-curve", prescription(header={1: -8}), invalid, "EdDSA, by a key of P-256")
    wrong = prescription(key=ED25519, kcwt=credential(key=ED25519), header={1: -7})
    yield refused("alg-es256-by-ed25519", wrong, invalid, "ES256, by a key of Ed25519")


def _headers() -> Iterator[Vector]:
    header = "document_header"
    encoded = cbor.decode(PROTECTED)
    yield refused("header-not-a-map", prescription(protected=cbor.encode([1, -7])), header)
    yield refused("header-empty", prescription(protected=b""), "cbor_malformed", "no byte at all")
    yield refused("header-and-more", prescription(protected=PROTECTED + b"\0"), "cbor_trailing_bytes")
    unsorted = cbor2.dumps(dict(reversed(encoded.items())))
    yield refused("header-unsorted", prescription(protected=unsorted), "cbor_key_order", "signed as it stands")
    long_key = PROTECTED[:1] + b"\x18\x01" + PROTECTED[2:]
    yield refused("header-long-form", prescription(protected=long_key), NOT_ONE_WAY, "label 1 in two bytes, signed so")
    yield refused("kid-missing", prescription(header={4: ...}), header)
    yield refused("kid-empty", prescription(header={4: b""}), header)
    yield refused("kid-too-long", prescription(header={4: bytes(33)}), header, "33 bytes")
    yield refused("kid-as-text", prescription(header={4: "12345678"}), header)
    yield refused("crit", prescription(header={2: [16]}), header, "nothing is critical in our kinds")
    yield refused("content-type", prescription(header={3: 61}), header, "typ says it")
    yield refused("kccs", prescription(header={14: {2: "x"}}), header, "an unsigned claims set about a key (RFC 9528)")
    yield refused("x5chain", prescription(header={33: b"x"}), header, "no certificates (RFC 9360)")
    yield refused("text-label", prescription(header={"dpr": 1}), header)  # type: ignore[dict-item]
    yield refused("alg-missing", prescription(header={1: ...}), "cose_algorithm")
    yield refused("alg-es384", prescription(header={1: -35}), "cose_algorithm", "not for documents")
    yield refused("alg-as-text", prescription(header={1: "ES256"}), "cose_algorithm")
    yield refused("alg-mac", prescription(header={1: 5}), "cose_algorithm", "HMAC")
    yield refused("typ-missing", prescription(header={16: ...}), "document_kind_unknown")
    yield refused("typ-as-number", prescription(header={16: 61}), "document_kind_unknown")
    yield refused("typ-unknown", prescription(header={16: "dpr-invoice"}), "document_kind_unknown")
    yield refused("typ-upper-case", prescription(header={16: "DPR-PRESCRIPTION"}), "document_kind_unknown", "one spelling")
    yield refused("typ-of-trust-list", prescription(header={16: "dpr-trust-list"}), "cose_tag", "that is a COSE_Sign")


def _payloads() -> Iterator[Vector]:
    unsorted = cbor2.dumps(dict(reversed(cbor.decode(PAYLOAD).items())))
    for name, payload, code, comment in (
        ("claims-unsorted", unsorted, "cbor_key_order", ""),
        ("claims-and-more", PAYLOAD + b"\0", "cbor_trailing_bytes", ""),
        ("claims-empty", b"", "cbor_malformed", "no byte at all"),
        ("claims-as-array", cbor.encode([1]), "field_type", ""),
        ("claims-as-text", b"{}", "cbor_malformed", "JSON"),
        ("claim-twice", b"\xa5\x04\x1a" + bytes(4) + PAYLOAD[1:], "cbor_malformed", "which of the two ends counts?"),
        ("claim-long-form", PAYLOAD[:1] + b"\x18\x04" + PAYLOAD[2:], NOT_ONE_WAY, "key 4 in two bytes, signed so"),
        ("claims-tagged", b"\xd2" + PAYLOAD, "field_type", "tag 18 around the claims"),
        ("text-not-utf-8", PAYLOAD.replace("ä".encode(), b"\xc3\x28", 1), "cbor_malformed", "a broken sequence in a text"),
        ("packages-float", PAYLOAD.replace(b"\x0a\x01\x0b\x03", b"\x0a\xf9\x3c\x00\x0b\x03"), "cbor_type", "1.0 packages"),
        ("packages-undefined", PAYLOAD.replace(b"\x0a\x01\x0b\x03", b"\x0a\xf7\x0b\x03"), "cbor_type", ""),
        ("packages-bignum", PAYLOAD.replace(b"\x0a\x01\x0b\x03", b"\x0a\xc2\x41\x01\x0b\x03"), "cbor_tag", "1 as a bignum"),
    ):
        yield refused(name, prescription(payload=payload), code, f"{comment}; well signed" if comment else "well signed")


def made() -> dict[str, Any]:
    """The file."""
    vectors = [*_envelope(), *_signatures(), *_headers(), *_payloads()]
    return file("Prescriptions whose bytes are refused: envelope, signature, header, encoding.", vectors)
