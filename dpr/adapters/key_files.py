"""Private keys in files: PEM (PKCS #8), mode 0600, encrypted where a passphrase is given, never overwritten.

Rules: a file that is not a usable key is named, its content never shown. The passphrase is asked for only when the file needs
one, once. A file that others on the machine could read is refused (`check_private`; PostgreSQL's rule for its server key:
0600, or 0640 where root owns it, so that root can install a key for a service's group). ECDSA signatures are deterministic
(RFC 6979), so that a bad random generator cannot leak the key.

Example: `KeyFile.create(Path("prescriber.pem"), passphrase=b"…").sign(data)`
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from dpr.adapters import files, key_encryption
from dpr.core.errors import DocumentError, SetupError, StorageError
from dpr.core.keys import PublicKey

PrivateKey = ec.EllipticCurvePrivateKey | Ed25519PrivateKey
Passphrase = Callable[[], bytes]
#: What reading a file that is no key raises; the last is for a raw key of another length.
NOT_A_KEY = (ValueError, TypeError, UnsupportedAlgorithm, InternalError)
_LIMIT = 16_384
_ES256 = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


class KeyFile:
    """A `Signer` over one private key in memory."""

    def __init__(self, private_key: PrivateKey) -> None:
        self._private_key = private_key
        self.key = PublicKey(private_key.public_key())

    @classmethod
    def create(cls, path: Path, *, algorithm: str = "ES256", passphrase: bytes | None = None) -> KeyFile:
        """A new key (`ES256` or `EdDSA`) in a new file; None leaves it unencrypted.

        StorageError `key_file_exists`, `key_file_write`."""
        key: PrivateKey = Ed25519PrivateKey.generate() if algorithm == "EdDSA" else ec.generate_private_key(ec.SECP256R1())
        write_new(path, private_pem(key, passphrase))
        return cls(key)

    @classmethod
    def load(cls, path: Path, passphrase: Passphrase | None = None) -> KeyFile:
        """The key in `path`; `passphrase` is called where the file is encrypted, and may raise.

        SetupError `key_file_missing`, `key_file_invalid`, `key_file_locked` (encrypted, and None is given),
        `key_file_passphrase` (the wrong one).
        """
        try:
            key = read_pem(content(path), path, passphrase)
        except OSError as error:
            raise SetupError("key_file_missing", f"{path}: {error.strerror}") from None
        except NOT_A_KEY:
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

    def reencrypt(self, path: Path, passphrase: bytes | None) -> None:
        """Puts this key in place of the file at `path`, under another passphrase; owner and mode stay. StorageError
        `key_file_write`: the old file stands."""
        replace(path, private_pem(self._private_key, passphrase))


def read_pem(pem: bytes, path: Path, passphrase: Passphrase | None) -> PrivateKeyTypes:
    """The key in the PEM text `pem`, which is from `path`. SetupError for the passphrase; one of NOT_A_KEY for what is no
    key."""
    if (encrypted := key_encryption.body(pem)) is None:
        return load_pem_private_key(pem, None)
    if passphrase is None:
        raise SetupError("key_file_locked", str(path))
    given = passphrase()
    try:
        return key_encryption.decrypt(encrypted, given)
    except key_encryption.NoSuchEncryption:
        raise
    except ValueError:
        raise SetupError("key_file_passphrase", str(path)) from None


def content(path: Path) -> bytes:
    """The file's bytes; ValueError for more than any key file has. OSError."""
    with path.open("rb") as file:
        found = file.read(_LIMIT + 1)
    if len(found) > _LIMIT:
        raise ValueError("too large")
    return found


def private_pem(key: PrivateKey | MLKEM768PrivateKey | X25519PrivateKey, passphrase: bytes | None = None) -> bytes:
    """The PEM file of a private key, encrypted where there is a passphrase."""
    if passphrase is None:
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key_encryption.encrypt(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), passphrase)


def check_private(path: Path) -> None:
    """SetupError `key_file_open_to_others` where others than the owner, or root's group, may read or write the file."""
    try:
        status = path.stat()
    except OSError as error:
        raise SetupError("key_file_missing", f"{path}: {error.strerror}") from None
    if open_to_others(status):
        raise SetupError("key_file_open_to_others", f"{path}: {stat.filemode(status.st_mode)}")


def open_to_others(status: os.stat_result) -> bool:
    """May others than the owner read or write it? Only POSIX says so in the mode; a group may read what root owns."""
    allowed = stat.S_IRGRP if status.st_uid == 0 else 0
    return os.name == "posix" and bool(stat.S_IMODE(status.st_mode) & 0o077 & ~allowed)


def write_new(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Writes a file that must not exist yet, durably. StorageError `key_file_exists`, `key_file_write`."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise StorageError("key_file_exists", str(path)) from None
    except OSError as error:
        raise StorageError("key_file_write", f"{path}: {error.strerror}") from None
    try:
        _write(descriptor, content)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise StorageError("key_file_write", f"{path}: {error.strerror}") from None


def _write(descriptor: int, content: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def replace(path: Path, content: bytes) -> None:
    """Another content in place of a key file, as `files.replace`. A file whose owner would not stay is refused: the service
    that owns it could not use it."""
    try:
        if os.name == "posix" and os.geteuid() not in (0, path.stat().st_uid):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        files.replace(path, content, mode=0o600)
    except OSError as error:
        raise StorageError("key_file_write", f"{path}: {error.strerror}") from None
    except StorageError as error:
        raise StorageError("key_file_write", error.detail) from None
