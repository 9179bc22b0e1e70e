"""tests/vectors/key.json: COSE_Keys that are used, and those that never are (RFC 9053 §7, RFC 8032 §5.1.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from dpr.core import cbor
from dpr.core.keys import PublicKey
from tests.world import signer
from vectors.making import Vector, file, vector

EC = signer("a key of P-256").key
ED = signer("a key of Ed25519", "EdDSA").key
PRIME = 2**255 - 19
#: The points of order 8 have ±this y.
Y_OF_ORDER_8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")


def ed25519(y: int, sign: int = 0) -> dict[int, Any]:
    """The COSE_Key of an encoded point: y, and the sign of x in the highest bit."""
    return {1: 1, -1: 6, -2: (y | sign << 255).to_bytes(32, "little")}


#: Every encoding of the eight points of low order, canonical or not: whoever takes one accepts forged signatures.
LOW_ORDER = {
    "order-1": ed25519(1),
    "order-1-negative-zero": ed25519(1, 1),
    "order-1-beyond-p": ed25519(PRIME + 1),
    "order-1-beyond-p-negative-zero": ed25519(PRIME + 1, 1),
    "order-2": ed25519(PRIME - 1),
    "order-2-negative-zero": ed25519(PRIME - 1, 1),
    "order-4": ed25519(0),
    "order-4-other": ed25519(0, 1),
    "order-4-beyond-p": ed25519(PRIME),
    "order-4-beyond-p-other": ed25519(PRIME, 1),
    "order-8-first": ed25519(Y_OF_ORDER_8),
    "order-8-second": ed25519(Y_OF_ORDER_8, 1),
    "order-8-third": ed25519(PRIME - Y_OF_ORDER_8),
    "order-8-fourth": ed25519(PRIME - Y_OF_ORDER_8, 1),
}


def _accepted() -> Iterator[Vector]:
    yield _good("p-256-compressed", EC, comment="y as its sign bit, as we write it (RFC 9053 §7.1.1)")
    yield _good("p-256-uncompressed", EC, compressed=False, comment="the same key, so the same thumbprint")
    yield _good("ed25519", ED)
    for name, curve in (("p-384", ec.SECP384R1()), ("p-521", ec.SECP521R1())):
        key = PublicKey(ec.derive_private_key(7, curve).public_key())
        yield _good(name, key, comment="for other people's COSE; it signs no document of ours")


def _good(name: str, key: PublicKey, *, compressed: bool = True, comment: str = "") -> Vector:
    value = cbor.encode(key.to_cose(compressed=compressed))
    return vector(name, "key", value, comment=comment, thumbprint=key.thumbprint.hex())


def _key(name: str, value: dict[int, Any], expect: str, comment: str = "") -> Vector:
    return vector(name, "key", cbor.encode(value), expect, comment)


def _refused() -> Iterator[Vector]:
    ok_ec, whole, ok_ed = EC.to_cose(), EC.to_cose(compressed=False), ED.to_cose()
    x, y = whole[-2], whole[-3]
    yield _key("not-on-the-curve", whole | {-3: bytes(31) + b"\x01"}, "key_weak", "P-256: x with another y")
    yield _key("x-without-a-point", ok_ec | {-2: _no_point()}, "key_weak", "P-256: no y belongs to this x")
    yield _key("x-beyond-p", ok_ec | {-2: b"\xff" * 32}, "key_weak", "P-256: x is not a field element")
    yield _key("short-x", ok_ec | {-2: x[1:]}, "key_malformed", "31 bytes (RFC 9053 §7.1.1: leading zeros stay)")
    yield _key("short-y", whole | {-3: y[1:]}, "key_malformed", "31 bytes")
    yield _key("y-as-number", ok_ec | {-3: 1}, "key_malformed", "the sign bit is true or false")
    yield _key("y-missing", {k: v for k, v in ok_ec.items() if k != -3}, "key_malformed")
    yield _key("private-part", ok_ec | {-4: bytes(31) + b"\x07"}, "key_malformed", "a private key is no public key")
    yield _key("private-part-ed25519", ok_ed | {-4: bytes(32)}, "key_malformed")
    yield _key("unknown-parameter", ok_ec | {2: b"kid"}, "key_malformed", "kid inside the key")
    yield _key("alg-parameter", ok_ec | {3: -7}, "key_malformed", "the curve says it already")
    yield _key("y-for-ed25519", ok_ed | {-3: True}, "key_malformed")
    yield _key("short-ed25519", ok_ed | {-2: ok_ed[-2][1:]}, "key_malformed", "31 bytes")
    yield _key("long-ed25519", ok_ed | {-2: ok_ed[-2] + b"\0"}, "key_malformed", "33 bytes")
    yield _key("x-as-text", ok_ed | {-2: "x" * 32}, "key_malformed")
    yield _key("symmetric", {1: 4, -1: b"secret"}, "key_unsupported", "a symmetric key: no curve")
    yield _key("ml-dsa", {1: 7, -1: b"\x05" * 1312}, "key_unsupported", "a kind that a later version may know")
    yield _key("kty-as-text", ok_ec | {1: "EC2"}, "key_malformed")
    yield _key("ed448", {1: 1, -1: 7, -2: b"\x05" * 57}, "key_unsupported")
    yield _key("x25519", ok_ed | {-1: 4}, "key_unsupported", "a key for agreement, not for signatures")
    yield _key("secp256k1", ok_ec | {-1: 8}, "key_unsupported")
    yield _key("curve-of-another-type", ok_ec | {-1: 6}, "key_unsupported", "EC2 with Ed25519")
    yield vector("not-a-map", "key", cbor.encode([1, 2]), "key_malformed")
    for name, value in LOW_ORDER.items():
        yield _key(f"ed25519-{name}", value, "key_weak", "signatures for any message can be made without a private key")
    yield _key("ed25519-beyond-p", ed25519(PRIME + 3), "key_weak", "y = 3, written as p + 3: a second form of one key")
    yield _key("ed25519-not-on-the-curve", ed25519(2), "key_weak", "no x belongs to y = 2")


def _no_point() -> bytes:
    """The first x from 1 on that no point of P-256 has."""
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    x = next(x for x in range(1, 99) if pow(x**3 - 3 * x + b, (prime - 1) // 2, prime) != 1)
    return x.to_bytes(32, "big")


def made() -> dict[str, Any]:
    """The file."""
    description = "COSE_Key maps: which become a key, with their thumbprint (RFC 9679), and which never do."
    return file(description, [*_accepted(), *_refused()], held=False)
