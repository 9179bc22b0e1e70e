"""The signed lists and the address book of the relay's site, as a mirror gives them.

Rules: what is given has a name of a published folder, and nothing else in the site's folder is ever given (credentials have
names of people in them). Whoever has it already is told so by its ETag. What is kept in memory is bounded, and dropped when the
folder has changed.

Example: `await published.answer("status/4f1c…", etag)`
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from dpr.adapters import file_change
from dpr.core import cbor
from dpr.core.errors import DocumentError, SetupError

ADDRESS_BOOK = "address-book"
_NAME = re.compile(rf"(root|trust-list|snapshot|{ADDRESS_BOOK}|(roots|status|revocations)/[a-z0-9-]{{1,80}})")
_MOST_BYTES = 64 * 1024 * 1024
#: A file that was replaced is seen after so long.
_KEPT_SECONDS = 2.0


class Document(NamedTuple):
    """A list as it is now."""

    body: bytes
    etag: str


class Published:
    """The lists in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, tuple[float, Document]] = {}
        self._size = 0

    async def get(self, name: str) -> Document:
        """The list of that name. DocumentError `list_unknown`, StorageError."""
        if not _NAME.fullmatch(name):
            raise DocumentError("list_unknown")
        now = asyncio.get_running_loop().time()
        held = self._held.get(name)
        if held is not None and now - held[0] < _KEPT_SECONDS:
            return held[1]
        found = await asyncio.to_thread(self._read, name)
        if held is not None:
            self._size -= len(held[1].body)
        if self._size + len(found.body) > _MOST_BYTES:
            self._held, self._size = {}, 0
        self._held[name] = now, found
        self._size += len(found.body)
        return found

    def _read(self, name: str) -> Document:
        try:
            body = file_change.read(self._folder, f"{name}.cbor", limit=cbor.MAX_SIGNED_BYTES)
        except SetupError:
            raise DocumentError("list_unknown") from None
        return Document(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
