"""HPKE (RFC 9180) base mode with X-Wing, HKDF-SHA256 and AES-256-GCM, with the randomness given.

Rules: written from the specifications; nothing of dpr is used, and of `cryptography` only X25519 and AES-GCM, so that this is a
second opinion on what dpr.core.mail.sealing makes and opens. ML-KEM-768 is kyber-py's. Not constant in time: for vectors and
tests only.

Example: `open_(private, sealed, info) == plaintext`
"""

from __future__ import annotations

import hashlib
import hmac
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from kyber_py.ml_kem import ML_KEM_768

#: "HPKE" and the suite (RFC 9180 §5.1): KEM 0x647a (X-Wing), KDF HKDF-SHA256, AEAD AES-256-GCM.
_SUITE = b"HPKE" + bytes.fromhex("647a00010002")
#: X-Wing's label (draft-connolly-cfrg-xwing-kem §5.3).
_LABEL = rb"\./" + rb"/^" + b"\\"
CIPHERTEXT_BYTES, ENC_BYTES, PUBLIC_BYTES = 1088, 1088 + 32, 1184 + 32


class Private(NamedTuple):
    """A private key: ML-KEM's seed (d and z, 64 bytes) and X25519's 32 bytes."""

    seed: bytes
    scalar: bytes

    @property
    def public(self) -> bytes:
        """As the KEM writes it."""
        own = X25519PrivateKey.from_private_bytes(self.scalar).public_key().public_bytes_raw()
        return bytes(ML_KEM_768.key_derive(self.seed)[0]) + own


def expanded(seed: bytes) -> Private:
    """The key of X-Wing's own seed of 32 bytes (§5.2)."""
    made = hashlib.shake_256(seed).digest(96)
    return Private(made[:64], made[64:])


def seal(public: bytes, plaintext: bytes, info: bytes, *, randomness: bytes) -> bytes:
    """enc ‖ ciphertext. `randomness`: 64 bytes, ML-KEM's m and X25519's ephemeral private key."""
    ephemeral = X25519PrivateKey.from_private_bytes(randomness[32:])
    of_kem, ciphertext = ML_KEM_768._encaps_internal(public[:1184], randomness[:32])
    own = ephemeral.public_key().public_bytes_raw()
    of_x25519 = ephemeral.exchange(X25519PublicKey.from_public_bytes(public[1184:]))
    key, nonce = _schedule(_combined(of_kem, of_x25519, own, public[1184:]), info)
    return bytes(ciphertext) + own + AESGCM(key).encrypt(nonce, plaintext, b"")


def open_(private: Private, sealed: bytes, info: bytes) -> bytes:
    """The plaintext; `cryptography.exceptions.InvalidTag` where it does not open."""
    ciphertext, theirs, rest = sealed[:CIPHERTEXT_BYTES], sealed[CIPHERTEXT_BYTES:ENC_BYTES], sealed[ENC_BYTES:]
    scalar = X25519PrivateKey.from_private_bytes(private.scalar)
    of_kem = ML_KEM_768.decaps(ML_KEM_768.key_derive(private.seed)[1], ciphertext)
    of_x25519 = scalar.exchange(X25519PublicKey.from_public_bytes(theirs))
    key, nonce = _schedule(_combined(of_kem, of_x25519, theirs, scalar.public_key().public_bytes_raw()), info)
    return AESGCM(key).decrypt(nonce, rest, b"")


def _combined(of_kem: bytes, of_x25519: bytes, ephemeral: bytes, public: bytes) -> bytes:
    return hashlib.sha3_256(of_kem + of_x25519 + ephemeral + public + _LABEL).digest()


def _schedule(shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Key and base nonce in base mode (RFC 9180 §5.1)."""
    context = b"\0" + _extract(b"", b"psk_id_hash", b"") + _extract(b"", b"info_hash", info)
    secret = _extract(shared, b"secret", b"")
    return _expand(secret, b"key", context, 32), _expand(secret, b"base_nonce", context, 12)


def _extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + _SUITE + label + ikm, "sha256")


def _expand(prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """One block is enough for 32 bytes."""
    return hmac.digest(prk, length.to_bytes(2, "big") + b"HPKE-v1" + _SUITE + label + info + b"\x01", "sha256")[:length]
