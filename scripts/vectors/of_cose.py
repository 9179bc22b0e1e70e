"""tests/vectors/cose.json: COSE_Sign1 as other people may write it, and what is refused all the same (RFC 9052)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cbor2
from cbor2 import CBORTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from dpr.core import cose
from dpr.core.keys import PublicKey
from tests.world import signer
from vectors.making import Vector, file, flipped, key_hex, vector
from vectors.of_keys import LOW_ORDER

KEY = signer("a signer of COSE")
ED = signer("a signer of COSE", "EdDSA")
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PAYLOAD = b"what is signed"
#: R = the identity, S = 0: under the identity as key, `cryptography` takes this for every message.
FORGED = bytes([1]) + bytes(63)


def message(
    protected: Any = None,
    unprotected: Any = None,
    payload: Any = PAYLOAD,
    signature: Any = None,
    *,
    tag: int = cose.SIGN1_TAG,
    aad: bytes = b"",
    encoded: bytes | None = None,
) -> bytes:
    """A COSE_Sign1 of any parts, with a good signature over them unless one is given."""
    header = cbor2.dumps({1: -7} if protected is None else protected) if encoded is None else encoded
    if signature is None:
        signature = KEY.sign(cose.to_be_signed1(header, payload if isinstance(payload, bytes) else b"", aad))
    return cbor2.dumps(CBORTag(tag, [header, {} if unprotected is None else unprotected, payload, signature]))


def _vector(name: str, data: bytes, expect: str = "accepted", comment: str = "", **more: Any) -> Vector:
    more = {"key": key_hex(KEY.key), "external_aad": "", **more}
    if expect == "accepted":
        more.setdefault("payload", PAYLOAD.hex())
    return vector(name, "cose", data, expect, comment, **more)


def _accepted() -> Iterator[Vector]:
    good = message()
    signature = good[-64:]
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    yield _vector("es256", good)
    ed = cose.sign1(PAYLOAD, ED)
    yield _vector("eddsa", ed, key=key_hex(ED.key))
    for name, alg, curve, hash_, size in (
        ("es384", -35, ec.SECP384R1(), hashes.SHA384(), 48),
        ("es512", -36, ec.SECP521R1(), hashes.SHA512(), 66),
    ):
        private = ec.derive_private_key(7, curve)
        header = cbor2.dumps({1: alg})
        der = private.sign(cose.to_be_signed1(header, PAYLOAD), ec.ECDSA(hash_, deterministic_signing=True))
        raw = b"".join(part.to_bytes(size, "big") for part in decode_dss_signature(der))
        yield _vector(name, message({1: alg}, signature=raw), key=key_hex(PublicKey(private.public_key())))
    twin = r.to_bytes(32, "big") + (ORDER - s).to_bytes(32, "big")
    yield _vector("twin", message(signature=twin), comment="the other signature (r, n - s): so no id may come from a signature")
    yield _vector("external-aad", message(aad=b"context"), external_aad=b"context".hex())
    yield _vector("empty-payload", message(payload=b""), payload="")
    yield _vector("kid-unprotected", message(unprotected={4: b"11"}), comment="a hint needs no protection")
    yield _vector("typ-and-kid", message({1: -7, 4: b"11", 16: "x"}))
    yield _vector("unknown-label", message({1: -7, 99: 1, "x": 2}), comment="not critical, so it may be passed over")
    yield _vector("crit-understood", message({1: -7, 2: [16], 16: "x"}), comment="typ is understood, and it is there")
    yield _vector("long-forms", b"\xd8\x12" + good[1:], comment="the tag in the long form: lenient about other people's CBOR")
    unsorted = cbor2.dumps({4: b"11", 1: -7})
    yield _vector("keys-unsorted", message(encoded=unsorted), comment="signed as it stands, so it verifies as it stands")
    indefinite = b"\xd2\x9f" + good[2:] + b"\xff"
    yield _vector("indefinite-array", indefinite)


def _headers() -> Iterator[Vector]:
    yield _vector("alg-unprotected", message({}, {1: -7}), "cose_header", "anybody could change it")
    yield _vector("alg-missing", message({}), "cose_algorithm")
    yield _vector("protected-empty", message(encoded=b""), "cose_algorithm", "the empty map, as RFC 9052 §3 allows; no alg")
    yield _vector("alg-of-another-key", message({1: -8}), "cose_algorithm", "EdDSA, with a key of P-256")
    yield _vector(
        "alg-not-of-the-curve", message({1: -36}), "cose_algorithm", "ES512 with a key of P-256: we bind alg to curve"
    )
    yield _vector("alg-mac", message({1: 5}), "cose_algorithm", "HMAC: the public key must not become a secret")
    yield _vector("alg-as-text", message({1: "ES256"}), "cose_algorithm")
    yield _vector("alg-none", message({1: None}), "cose_algorithm")
    yield _vector("label-in-both", message({1: -7, 4: b"1"}, {4: b"2"}), "cose_header", "RFC 9052 §3: labels must be unique")
    yield _vector("crit-unknown", message({1: -7, 2: [99], 99: 1}), "cose_crit", "RFC 9052 §3.1")
    yield _vector("crit-text-label", message({1: -7, 2: ["x"], "x": 1}), "cose_crit")
    yield _vector("crit-absent-label", message({1: -7, 2: [16]}), "cose_crit", "what is critical must be there")
    yield _vector("crit-empty", message({1: -7, 2: []}), "cose_crit", "RFC 9052 §3.1: at least one value")
    yield _vector("crit-not-a-list", message({1: -7, 2: 16, 16: "x"}), "cose_crit")
    yield _vector("crit-unprotected", message(unprotected={2: [16]}), "cose_header", "RFC 9052 §3.1: in the protected bucket")
    yield _vector("protected-not-a-map", message([1, -7]), "cose_malformed")
    yield _vector("protected-twice", message(encoded=b"\xa2\x01\x26\x01\x26"), "cose_malformed", "alg twice")
    yield _vector("protected-and-more", message(encoded=b"\xa1\x01\x26\x00"), "cbor_trailing_bytes")


def _shapes() -> Iterator[Vector]:
    good = message()
    header, signature = cbor2.dumps({1: -7}), good[-64:]
    yield _vector("untagged", good[1:], "cose_tag", "the tag says what was signed")
    yield _vector("tag-of-sign", message(tag=98), "cose_tag")
    yield _vector("tag-of-mac0", b"\xd1" + good[1:], "cbor_tag")
    yield _vector("tagged-twice", b"\xd2" + good, "cose_malformed")
    yield _vector("detached", message(payload=None), "cose_detached", "the payload must be inside")
    yield _vector("payload-as-text", message(payload="text"), "cose_malformed")
    yield _vector("signature-as-text", message(signature="s" * 64), "cose_malformed")
    yield _vector("three-parts", cbor2.dumps(CBORTag(18, [header, {}, PAYLOAD])), "cose_malformed")
    yield _vector("five-parts", cbor2.dumps(CBORTag(18, [header, {}, PAYLOAD, signature, 0])), "cose_malformed")
    yield _vector("protected-not-wrapped", cbor2.dumps(CBORTag(18, [{1: -7}, {}, PAYLOAD, signature])), "cose_malformed")
    yield _vector("unprotected-as-array", message(unprotected=[]), "cose_malformed")
    yield _vector("not-an-array", cbor2.dumps(CBORTag(18, PAYLOAD)), "cose_malformed")
    yield _vector("trailing-byte", good + b"\0", "cbor_trailing_bytes")
    yield _vector("cut-off", good[:-1], "cose_malformed")
    yield _vector("empty", b"", "cose_malformed")


def _signatures() -> Iterator[Vector]:
    good = message()
    signature = good[-64:]
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    der = encode_dss_signature(r, s)
    invalid = "signature_invalid"
    yield _vector("payload-changed", good.replace(b"what", b"whom"), invalid)
    yield _vector("signature-changed", flipped(good, -1), invalid)
    yield _vector("header-changed", message({1: -7, 4: b"1"}).replace(b"\x41\x31", b"\x41\x32"), invalid)
    yield _vector("another-key", good, invalid, key=key_hex(signer("another signer of COSE").key))
    yield _vector("aad-missing", message(aad=b"context"), invalid)
    yield _vector("aad-not-signed", good, invalid, external_aad=b"context".hex())
    yield _vector("short-signature", message(signature=signature[:-1]), invalid)
    yield _vector("long-signature", message(signature=signature + b"\0"), invalid)
    yield _vector("empty-signature", message(signature=b""), invalid)
    yield _vector("der-signature", message(signature=der), invalid, "as X.509 has it; COSE has r || s (RFC 9053 §2.1)")
    yield _vector("zero-signature", message(signature=bytes(64)), invalid, "r = s = 0: once accepted by Java (CVE-2022-21449)")
    yield _vector("r-is-the-order", message(signature=ORDER.to_bytes(32, "big") + signature[32:]), invalid)
    yield _vector("s-is-the-order", message(signature=signature[:32] + ORDER.to_bytes(32, "big")), invalid)
    ed = cose.sign1(PAYLOAD, ED)
    l_order = 2**252 + 27742317777372353535851937790883648493
    beyond = (int.from_bytes(ed[-32:], "little") + l_order).to_bytes(32, "little")
    comment = "s + L: RFC 8032 §5.1.7 demands s below L"
    yield _vector("eddsa-s-beyond-the-order", ed[:-32] + beyond, invalid, comment, key=key_hex(ED.key))
    for name in ("order-1", "order-8-first"):
        weak = cbor2.dumps(LOW_ORDER[name]).hex()
        forged = message({1: -8}, signature=FORGED)
        comment = "made without a private key; the key is refused before it is used"
        yield _vector(f"forged-under-{name}", forged, "key_weak", comment, key=weak)


def made() -> dict[str, Any]:
    """The file."""
    description = (
        "COSE_Sign1 under a given key: lenient about other people's CBOR, strict about everything that has a meaning. "
        "Documents are read more strictly: see the files of each kind."
    )
    return file(description, [*_accepted(), *_headers(), *_shapes(), *_signatures()], held=False)
