"""The address book that a site holds: address-book.cbor, with address-book.version beside it, which bars an older one.

Rules: it says where messages go, never whom to believe, so without it, or with one that is torn, everything else works; it is
fetched again. It is opened where somebody looks something up. How new it is is asked at every start, and is answered by what
was written when it came in, if the file still is what that describes.

Example: `opened(folder, root).content.entries`
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec

from dpr.adapters import file_change
from dpr.core import cbor, documents
from dpr.core.errors import DprError, SetupError
from dpr.core.mail.address_book import AddressBook
from dpr.core.root import Root
from dpr.core.snapshot import ADDRESS_BOOK_NAME
from dpr.core.succession import Seen

ADDRESS_BOOK, ADDRESS_BOOK_SEEN = f"{ADDRESS_BOOK_NAME}.cbor", f"{ADDRESS_BOOK_NAME}.version"
_SEEN_LIMIT = 100_000


def document(folder: Path) -> bytes:
    """Its bytes. SetupError `address_book_missing`; StorageError."""
    try:
        return file_change.read(folder, ADDRESS_BOOK, limit=cbor.MAX_SIGNED_BYTES)
    except SetupError:
        raise SetupError("address_book_missing", str(folder)) from None


def opened(folder: Path, root: Root) -> AddressBook:
    """The address book under a root. SetupError `address_book_missing`; DocumentError where it does not verify;
    StorageError."""
    return documents.open_address_book(document(folder), root)


def version(folder: Path, root: Root) -> int:
    """Of the one held. As `opened`."""
    data = document(folder)
    with suppress(DprError, ValueError, RecursionError):  # torn: then the book says it
        seen = msgspec.json.decode(file_change.read(folder, ADDRESS_BOOK_SEEN, limit=_SEEN_LIMIT), type=Seen)
        if seen.bars(root.content.snapshot) and documents.fingerprint(data) == seen.payload:
            return seen.version
    return documents.open_address_book(data, root).content.version
