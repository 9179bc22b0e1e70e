"""The private keys that messages to a node are sealed to, in one file: dpr.ports.Opener.

Rules: a key is two PEM blocks (PKCS #8): ML-KEM-768 as its 64-byte seed (RFC 9935 §6) and X25519 (RFC 8410), each after a line
that says when the key was made. The first key is the one to publish; older ones stand after it for as long as messages that
were sealed to them may lie at a relay or in an outbox. The file is as private as any other key file (dpr.adapters.key_files):
0600, encrypted where a passphrase is given, never overwritten; rotating replaces it whole. What cannot be opened is named.

Example: `OpeningKeys.load(Path("keys/mail.pem")).open(sealing.read(data))`
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dpr.adapters import key_files
from dpr.core.errors import DocumentError, SetupError
from dpr.core.mail import sealing
from dpr.core.mail.mail_key import Kem, SealingKey
from dpr.core.mail.sealing import Sealed

#: What a `dpr-mail-key` may hold; so many keys have a place in a file.
MOST_KEYS = 4
#: How long a key stays after it was replaced: an address book may be weeks old where it is used, a message 14 days.
KEPT_SECONDS = 60 * 86_400
_BLOCK = re.compile(
    rb"(?:Made: ([0-9TZ:+-]{20,25})\s*)?"
    rb"(-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----.*?-----END (?:ENCRYPTED )?PRIVATE KEY-----)",
    re.DOTALL,
)


class OpeningKey(NamedTuple):
    """One key. `made_at`: instant in seconds, None where the file does not say."""

    mlkem: MLKEM768PrivateKey
    x25519: X25519PrivateKey
    public: SealingKey
    made_at: int | None

    @classmethod
    def of(cls, mlkem: MLKEM768PrivateKey, x25519: X25519PrivateKey, made_at: int | None) -> OpeningKey:
        """The key of the two private keys."""
        halves = (one.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw) for one in (mlkem, x25519))
        return cls(mlkem, x25519, SealingKey(kem=Kem.MLKEM768_X25519, public=b"".join(halves)), made_at)

    @classmethod
    def generate(cls, now: int) -> OpeningKey:
        """A new one, made at the instant `now`."""
        return cls.of(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate(), now)

    def pem(self, passphrase: bytes | None) -> bytes:
        """Its two blocks."""
        made = b"" if self.made_at is None else f"Made: {_written(self.made_at)}\n".encode()
        return made + b"".join(key_files.private_pem(one, passphrase) for one in (self.mlkem, self.x25519))


class OpeningKeys:
    """Opens what was sealed to one of these keys, the current one first."""

    def __init__(self, held: Sequence[OpeningKey]) -> None:
        self.held = tuple(held)
        self._by_id = {one.public.id: MLKEM768X25519PrivateKey(one.mlkem, one.x25519) for one in self.held}

    @classmethod
    def create(cls, path: Path, *, now: int, passphrase: bytes | None = None) -> OpeningKeys:
        """One new key in a new file; None leaves it unencrypted. StorageError `key_file_exists`, `key_file_write`."""
        made = OpeningKey.generate(now)
        key_files.write_new(path, made.pem(passphrase))
        return cls((made,))

    @classmethod
    def load(cls, path: Path, passphrase: key_files.Passphrase | None = None) -> OpeningKeys:
        """The keys in `path`; `passphrase` is called once, where the file is encrypted, and may raise.

        SetupError `mail_key_file_missing`, `mail_key_file_invalid`, `key_file_open_to_others`, `key_file_locked` (encrypted,
        and None is given), `key_file_passphrase` (the wrong one).
        """
        try:
            pem = key_files.content(path)
            key_files.check_private(path)  # before anybody is asked
            return cls(_read(pem, path, cache(passphrase) if passphrase else None))
        except OSError as error:
            raise SetupError("mail_key_file_missing", f"{path}: {error.strerror}") from None
        except key_files.NOT_A_KEY:
            raise SetupError("mail_key_file_invalid", str(path)) from None

    def rotate(self, path: Path, *, now: int, passphrase: bytes | None = None) -> OpeningKeys:
        """These keys with a new one before them, in place of the file at `path`; those that were replaced more than
        `KEPT_SECONDS` ago are gone. SetupError `mail_key_too_many` where too many would have to stay, StorageError
        `key_file_write`: the old file stands."""
        kept = [OpeningKey.generate(now), *self.held[:1]]
        for newer, one in zip(self.held, self.held[1:], strict=False):
            if newer.made_at is None or now - newer.made_at < KEPT_SECONDS:
                kept.append(one)
        if len(kept) > MOST_KEYS:
            raise SetupError("mail_key_too_many", f"{len(kept) - 1} keys, at most {MOST_KEYS} with the new one")
        key_files.replace(path, b"".join(one.pem(passphrase) for one in kept))
        return OpeningKeys(kept)

    @property
    def keys(self) -> Sequence[SealingKey]:
        """The public halves, the one to publish first."""
        return [one.public for one in self.held]

    def open(self, sealed: Sealed) -> bytes:
        """The signed message inside. DocumentError `mail_key_unknown`, `mail_not_opened`, `mail_padding`."""
        private = self._by_id.get(sealed.key_id)
        if private is None:
            raise DocumentError("mail_key_unknown", sealed.key_id.hex())
        try:
            padded = sealing.SUITE.decrypt(sealed.ciphertext, private, info=sealed.info)
        except (InvalidTag, ValueError):
            raise DocumentError("mail_not_opened", sealed.key_id.hex()) from None
        return sealing.unpad(padded)


def _read(pem: bytes, path: Path, passphrase: key_files.Passphrase | None) -> list[OpeningKey]:
    """SetupError for the passphrase; one of NOT_A_KEY for what are no such keys."""
    blocks = list(_BLOCK.finditer(pem))
    if not 2 <= len(blocks) <= 2 * MOST_KEYS or len(blocks) % 2:
        raise ValueError("not pairs of keys")
    found = []
    for first, second in zip(blocks[::2], blocks[1::2], strict=True):
        mlkem, x25519 = (key_files.read_pem(one[2], path, passphrase) for one in (first, second))
        if not isinstance(mlkem, MLKEM768PrivateKey) or not isinstance(x25519, X25519PrivateKey):
            raise ValueError("not ML-KEM-768 and X25519")
        found.append(OpeningKey.of(mlkem, x25519, _instant(first[1])))
    return found


def _written(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _instant(text: bytes | None) -> int | None:
    return None if text is None else int(datetime.fromisoformat(text.decode()).timestamp())
