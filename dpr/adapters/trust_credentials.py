"""Held credentials in a site's folder: one is found by its key's hint without listing the others.

Rules: the hint is the file's name: credentials/<kid>.cbor, and where that is taken <kid>.1.cbor, <kid>.2.cbor, without a gap.
One is opened when it is first asked for; a torn one, or one whose issuer is gone, is as if it were not held. Earlier
credentials of a key stay, for what was signed under them, up to a bound; an older one than those held comes too late.

Example: `HeldCredentials(folder, issuers)(kid)`
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from dpr.adapters import file_change
from dpr.core import documents
from dpr.core.credential import Credential
from dpr.core.errors import DocumentError, DprError, SetupError
from dpr.core.trust import Chain, Trust

CREDENTIALS = "credentials"
DOCUMENT_LIMIT = documents.MAX_DOCUMENT_BYTES
#: Of keys with the same hint; by chance there are two at most.
MAX_SLOTS = 64
#: Of a key that is renewed again and again, so many are kept.
_MOST_OF_ONE_KEY = 8


class HeldCredentials:
    """Finds held credentials in the folder; another process can be handed it."""

    def __init__(self, folder: Path, issuers: Trust) -> None:
        self._folder, self._issuers = folder, issuers

    def __call__(self, kid: bytes) -> Iterable[Chain]:
        """Those that verify, of a key with this hint."""
        for data in slots(self._folder, kid):
            with suppress(DprError):
                yield documents.open_credential(data, self._issuers)


def slot(kid: bytes, number: int) -> str:
    """The name of the file of the `number`-th credential (from 0 on) of keys with this hint."""
    return f"{CREDENTIALS}/{kid.hex()}.{number}.cbor" if number else f"{CREDENTIALS}/{kid.hex()}.cbor"


def slots(folder: Path, kid: bytes) -> Iterator[bytes]:
    """The content of every one of these files; what cannot be read is empty."""
    for number in range(MAX_SLOTS):
        try:
            yield file_change.read(folder, slot(kid, number), limit=DOCUMENT_LIMIT)
        except SetupError:
            return
        except DprError:
            yield b""


class Taking:
    """Where credentials that come in together are put; `files`: by name, what is to be written."""

    def __init__(self, folder: Path, issuers: Trust, files: dict[str, bytes]) -> None:
        self._folder, self._issuers, self._files = folder, issuers, files
        self._slots: dict[bytes, list[bytes]] = {}

    def take(self, data: bytes) -> tuple[bool, str]:
        """Whether it is held already, and its id. DocumentError `credential_older`, `credentials_too_many`."""
        credential = documents.open_credential(data, self._issuers).credential
        kid = credential.key.kid
        kept = self._slots.setdefault(kid, [*slots(self._folder, kid)])
        if data in kept:
            return True, credential.id
        free, own = len(kept), []
        for number, before in enumerate(kept):
            other = self._opened(before)
            if other is None:
                free = number  # torn, or of an issuer who is gone
            elif (other.key, other.issuer) == (credential.key, credential.issuer):
                own.append((other.valid_from, number))
        if own and max(own)[0] > credential.valid_from:
            raise DocumentError("credential_older", credential.id)
        if len(own) >= _MOST_OF_ONE_KEY:
            free = min(own)[1]
        if free >= MAX_SLOTS:
            raise DocumentError("credentials_too_many", credential.id)
        kept[free : free + 1] = [data]
        self._files[slot(kid, free)] = data
        return False, credential.id

    def _opened(self, data: bytes) -> Credential | None:
        try:
            return documents.open_credential(data, self._issuers).credential
        except DocumentError:
            return None
