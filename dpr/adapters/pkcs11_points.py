"""The algorithms of a token's keys, and their public halves from what a token says of them.

Rules: P-256 and Ed25519 only. CKA_EC_POINT is a DER OCTET STRING around the point (PKCS #11 v3.0 §2.3.3); some tokens leave
the wrapping out, which is taken too.

Example: `public_key((parameters, point), ALGORITHMS["ES256"])`
"""

from __future__ import annotations

from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pkcs11 import KeyType, Mechanism

from dpr.core.errors import DocumentError
from dpr.core.keys import PublicKey

_P256 = bytes.fromhex("06082a8648ce3d030107")
#: RFC 8410's object identifier, and the curve's name, which PKCS #11 v3.0 allows too.
_ED25519, _EDWARDS = bytes.fromhex("06032b6570"), b"\x13\x0cedwards25519"


class Algorithm(NamedTuple):
    """How keys of an algorithm are made and used in a token. `sizes`: of the point, in bytes."""

    key_type: KeyType
    parameters: bytes
    accepted: tuple[bytes, ...]
    generate: Mechanism
    mechanism: Mechanism
    size: int


ALGORITHMS = {
    "ES256": Algorithm(KeyType.EC, _P256, (_P256,), Mechanism.EC_KEY_PAIR_GEN, Mechanism.ECDSA, 65),
    "EdDSA": Algorithm(
        KeyType.EC_EDWARDS, _ED25519, (_ED25519, _EDWARDS), Mechanism.EC_EDWARDS_KEY_PAIR_GEN, Mechanism.EDDSA, 32
    ),
}


def public_key(said: tuple[bytes, bytes] | None, algorithm: Algorithm) -> PublicKey | None:
    """The key of (CKA_EC_PARAMS, CKA_EC_POINT); None for none, for another curve and for a weak key."""
    if said is None or said[0] not in algorithm.accepted:
        return None
    point = said[1].removeprefix(bytes([4, algorithm.size])) if len(said[1]) == algorithm.size + 2 else said[1]
    if len(point) != algorithm.size:
        return None
    try:
        if algorithm.key_type is KeyType.EC_EDWARDS:
            return PublicKey(Ed25519PublicKey.from_public_bytes(point))
        return PublicKey(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))
    except (ValueError, DocumentError):
        return None
