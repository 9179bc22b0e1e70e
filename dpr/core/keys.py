"""Public keys: COSE_Key (RFC 9052 §7) in and out, refusing weak ones, and checking one signature.

Rules: a key has exactly one algorithm, from the allow-list `ALGORITHMS`, fixed by its curve (RFC 9053 §2.1 leaves it open; we
do not). A key is checked where it is decoded: on the curve, not of low order, no private part. `cryptography` would accept
one fixed signature for every message under the Ed25519 identity key, so such keys never become a `PublicKey`.
No private key is ever held in core: signing is two steps, see dpr.core.cose.

Example: `decode_key({1: 2, -1: 1, -2: x, -3: y}).verify(signature, data)`
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dpr.core import cbor
from dpr.core.errors import DocumentError

ES256, EDDSA, ES384, ES512 = -7, -8, -35, -36
_KTY, _ALG, _CRV, _X, _Y = 1, 3, -1, -2, -3
_EC2, _OKP, _ED25519 = 2, 1, 6


class _Curve(NamedTuple):
    alg: int
    crv: int
    curve: ec.EllipticCurve
    scheme: ec.ECDSA
    size: int


#: ES256 and EdDSA are what dpr documents use; ES384 and ES512 verify too, for other people's vectors.
_CURVES = {
    1: _Curve(ES256, 1, ec.SECP256R1(), ec.ECDSA(hashes.SHA256()), 32),
    2: _Curve(ES384, 2, ec.SECP384R1(), ec.ECDSA(hashes.SHA384()), 48),
    3: _Curve(ES512, 3, ec.SECP521R1(), ec.ECDSA(hashes.SHA512()), 66),
}
_BY_NAME = {curve.curve.name: curve for curve in _CURVES.values()}
ALGORITHMS = {ES256: "ES256", EDDSA: "EdDSA", ES384: "ES384", ES512: "ES512"}
#: What a document of ours may be signed with.
DOCUMENT_ALGORITHMS = frozenset((ES256, EDDSA))

CryptographyKey = ec.EllipticCurvePublicKey | Ed25519PublicKey


class PublicKey:
    """A checked public key. Equal when it is the same key; `kid` is the first 4 bytes of its thumbprint."""

    def __init__(self, key: CryptographyKey) -> None:
        """Takes a key of `cryptography`; DocumentError `key_unsupported`, `key_weak` where it is not acceptable."""
        self.key = key
        self._curve: _Curve | None = None
        if isinstance(key, Ed25519PublicKey):
            _check_ed25519(key.public_bytes_raw())
            self.alg = EDDSA
        elif isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _BY_NAME:
            self._curve = _BY_NAME[key.curve.name]
            self.alg = self._curve.alg
        else:
            raise DocumentError("key_unsupported", type(key).__name__)

    def verify(self, signature: bytes, data: bytes) -> bool:
        """True when `signature` (r ‖ s, or Ed25519's 64 bytes) is this key's over `data`. Never raises."""
        try:
            if self._curve is None:
                self.key.verify(signature, data)  # type: ignore[call-arg]
                return True
            size = self._curve.size
            if len(signature) != 2 * size:
                return False
            r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
            self.key.verify(encode_dss_signature(r, s), data, self._curve.scheme)  # type: ignore[call-arg]
        except InvalidSignature:
            return False
        return True

    def to_cose(self, *, compressed: bool = True) -> dict[int, Any]:
        """The COSE_Key map; `compressed` writes an EC y as its sign bit, which is shorter (RFC 9053 §7.1.1)."""
        if self._curve is None:
            raw = self.key.public_bytes(Encoding.Raw, PublicFormat.Raw)
            return {_KTY: _OKP, _CRV: _ED25519, _X: raw}
        point = self.key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        size = self._curve.size
        x, y = point[1 : 1 + size], point[1 + size :]
        return {_KTY: _EC2, _CRV: self._curve.crv, _X: x, _Y: bool(y[-1] & 1) if compressed else y}

    @cached_property
    def thumbprint(self) -> bytes:
        """SHA-256 COSE Key Thumbprint, 32 bytes (RFC 9679; always over the uncompressed form)."""
        return hashlib.sha256(cbor.encode(self.to_cose(compressed=False))).digest()

    @property
    def kid(self) -> bytes:
        """4 bytes: a hint for finding the key, never proof; short, since it is on paper twice."""
        return self.thumbprint[:4]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.thumbprint == other.thumbprint

    def __hash__(self) -> int:
        return hash(self.thumbprint)

    def __reduce__(self) -> tuple[Any, ...]:
        return decode_key, (self.to_cose(compressed=False),)

    def __repr__(self) -> str:
        return f"PublicKey({ALGORITHMS[self.alg]}, kid={self.kid.hex()})"


def decode_key(value: Any) -> PublicKey:
    """The public key of a decoded COSE_Key map.

    Raises DocumentError: `key_malformed` (wrong types, sizes, unknown or private parameters), `key_unsupported` (type or
    curve), `key_weak` (not on the curve, low order, not canonical).
    """
    if type(value) is not dict:
        raise DocumentError("key_malformed", "not a map")
    kty, crv, x = value.get(_KTY), value.get(_CRV), value.get(_X)
    if type(kty) is not int:
        raise DocumentError("key_malformed", "kty")
    if kty not in (_OKP, _EC2):  # of another kind altogether, with parameters of its own (ML-DSA, RFC 9964)
        raise DocumentError("key_unsupported", f"kty {kty}")
    if type(crv) is not int or type(x) is not bytes:
        raise DocumentError("key_malformed", "crv or x")
    if kty == _OKP and crv == _ED25519:
        if value.keys() != {_KTY, _CRV, _X}:
            raise DocumentError("key_malformed", "parameters")
        if len(x) != 32:
            raise DocumentError("key_malformed", "x")
        return PublicKey(Ed25519PublicKey.from_public_bytes(x))
    curve = _CURVES.get(crv) if kty == _EC2 else None
    if curve is None:
        raise DocumentError("key_unsupported", f"kty {kty}, crv {crv}")
    return _decode_ec2(value, curve, x)


def _decode_ec2(value: dict[Any, Any], curve: _Curve, x: bytes) -> PublicKey:
    y = value.get(_Y)
    if value.keys() != {_KTY, _CRV, _X, _Y} or len(x) != curve.size:
        raise DocumentError("key_malformed", "parameters or x")
    if type(y) is bool:
        point = (b"\x03" if y else b"\x02") + x
    elif type(y) is bytes and len(y) == curve.size:
        point = b"\x04" + x + y
    else:
        raise DocumentError("key_malformed", "y")
    try:
        # OpenSSL refuses a point that is not on the curve; these curves have no other subgroup.
        return PublicKey(ec.EllipticCurvePublicKey.from_encoded_point(curve.curve, point))
    except ValueError:
        raise DocumentError("key_weak", "not a point of the curve") from None


_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P


def _check_ed25519(encoded: bytes) -> None:
    """Refuses what is not the canonical encoding of a point on the curve (RFC 8032 §5.1.3) or has order 1, 2, 4 or 8."""
    y = int.from_bytes(encoded, "little") & (2**255 - 1)
    if y >= _P:
        raise DocumentError("key_weak", "not canonical")
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    # x² = u/v must be a square; u = 0 is x = 0, a point of order 1 or 2.
    if u == 0 or pow(u * v, (_P - 1) // 2, _P) != 1:
        raise DocumentError("key_weak", "not on the curve, or low order")
    # Order 4 has y = 0; order 8 has y with 8P = identity: doubling twice more must not reach y = 0.
    if y == 0 or _double_y(y) == 0:
        raise DocumentError("key_weak", "low order")


def _double_y(y: int) -> int:
    """The y of 2P for P on -x² + y² = 1 + d x² y²: (y² + x²) / (1 - d x² y²)."""
    y2 = y * y % _P
    x2 = (y2 - 1) * pow(_D * y2 + 1, -1, _P) % _P
    return (y2 + x2) * pow(1 - _D * x2 * y2, -1, _P) % _P
