"""Keys in memory that promise what a token promises (dpr.ports.KeyStore): mirrors dpr/adapters/pkcs11_token.py."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dpr.adapters.key_files import KeyFile, PrivateKey
from dpr.core.errors import SetupError


class MemoryKeyStore:
    """A `KeyStore`."""

    def __init__(self) -> None:
        self._keys: dict[str, KeyFile] = {}
        self._lock = Lock()

    def labels(self) -> Sequence[str]:
        with self._lock:
            return sorted(self._keys)

    def signer(self, label: str) -> KeyFile:
        with self._lock:
            if label not in self._keys:
                raise SetupError("token_key_missing", label)
            return self._keys[label]

    def create(self, label: str, *, algorithm: str = "ES256") -> KeyFile:
        if not (1 <= len(label) <= 64 and label.isprintable()):
            raise SetupError("token_label_invalid", "1-64")
        key: PrivateKey = Ed25519PrivateKey.generate() if algorithm == "EdDSA" else ec.generate_private_key(ec.SECP256R1())
        with self._lock:
            if label in self._keys:
                raise SetupError("token_key_exists", label)
            self._keys[label] = KeyFile(key)
            return self._keys[label]
