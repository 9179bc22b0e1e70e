"""Private keys in files: PEM (PKCS #8), mode 0600, written once.

Rules: a key file is never overwritten and never world-readable when we write it; a file that is not a usable key is named,
its content never shown. ECDSA signatures are deterministic (RFC 6979), so that a bad random generator cannot leak the key.

Example: `KeyFile.create(Path("prescriber.pem")).sign(data)`
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from dpr.core.errors import DocumentError, SetupError, StorageError
from dpr.core.keys import PublicKey

PrivateKey = ec.EllipticCurvePrivateKey | Ed25519PrivateKey
_LIMIT = 16_384
_ES256 = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


class KeyFile:
    """A `Signer` over one private key in memory."""

    def __init__(self, private_key: PrivateKey) -> None:
        self._private_key = private_key
        self.key = PublicKey(private_key.public_key())

    @classmethod
    def create(cls, path: Path, *, algorithm: str = "ES256") -> KeyFile:
        """A new key (`ES256` or `EdDSA`) in a new file. StorageError `key_file_exists`, `key_file_write`."""
        key: PrivateKey = Ed25519PrivateKey.generate() if algorithm == "EdDSA" else ec.generate_private_key(ec.SECP256R1())
        write_new(path, private_pem(key))
        return cls(key)

    @classmethod
    def load(cls, path: Path) -> KeyFile:
        """The key in `path`. SetupError `key_file_missing`, `key_file_invalid`."""
        try:
            key = load_pem_private_key(_content(path), None)
        except OSError as error:
            raise SetupError("key_file_missing", f"{path}: {error.strerror}") from None
        except (ValueError, TypeError, UnsupportedAlgorithm, InternalError):  # the last: a raw key of another length
            raise SetupError("key_file_invalid", str(path)) from None
        if isinstance(key, Ed25519PrivateKey) or (
            isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
        ):
            try:
                return cls(key)
            except DocumentError:
                pass
        raise SetupError("key_file_invalid", f"{path}: only P-256 and Ed25519")

    def sign(self, data: bytes) -> bytes:
        """r ‖ s, 64 bytes, for ES256; Ed25519's 64 bytes for EdDSA."""
        if isinstance(self._private_key, Ed25519PrivateKey):
            return self._private_key.sign(data)
        r, s = decode_dss_signature(self._private_key.sign(data, _ES256))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _content(path: Path) -> bytes:
    """The file's bytes; ValueError for more than any key file has. OSError."""
    with path.open("rb") as file:
        content = file.read(_LIMIT + 1)
    if len(content) > _LIMIT:
        raise ValueError("too large")
    return content


def private_pem(key: PrivateKey) -> bytes:
    """The PEM file of a private key."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write_new(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Writes a file that must not exist yet, durably. StorageError `key_file_exists`, `key_file_write`."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise StorageError("key_file_exists", str(path)) from None
    except OSError as error:
        raise StorageError("key_file_write", f"{path}: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise StorageError("key_file_write", f"{path}: {error.strerror}") from None
