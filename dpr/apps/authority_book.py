"""The authority's address book: its table of recipients, the keys that they have published, and the next edition.

Rules: the table says who and where; the key is what the recipient has signed, the newest that a sender would use, from the
folder of what came in or from the book before. A recipient without such a key is left out by name and keeps no other out; but
where more than one in ten would be left out, or a line has a fault, nothing is published unless somebody says so: then more is
wrong than one key. A book that says the same is published again only when half of its time is over: every site fetches it.

Example: `checked = check(authority, rows, Path("mail-keys"), now=now); draft(authority, checked, next_update_days=7, now=now)`
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from dpr.adapters import files
from dpr.adapters.trust_files import TrustFiles
from dpr.apps.authority_folder import Authority, Merged
from dpr.apps.book_csv import Row
from dpr.apps.editions import dated
from dpr.core import cbor, ceremony, documents
from dpr.core.ceremony import Draft
from dpr.core.errors import DocumentError, DprError, SetupError
from dpr.core.kinds import ADDRESS_BOOK
from dpr.core.mail.address_book import AddressBook, AddressBookContent, Entry
from dpr.core.mail.recipient import usable_mail_key
from dpr.core.signing import prepare_for_many
from dpr.core.snapshot import ADDRESS_BOOK_NAME
from dpr.core.trust import Trust
from dpr.ports import Signer

_DAY = 86_400
#: Room for the signatures, below what every reader takes.
MAX_BOOK_BYTES = cbor.MAX_SIGNED_BYTES - 8192
#: Of all recipients, so many may be left out before somebody has to look.
_MOST_LEFT_OUT = 0.1
Progress = Callable[[int, int], None]


class LeftOut(NamedTuple):
    """A recipient whose key a sender would not use, and why."""

    row: Row
    error: DprError


class Ignored(NamedTuple):
    """A file that is no mail key."""

    path: Path
    error: DprError


class Checked(NamedTuple):
    """The entries of the next book; `ends`: when the key of each counts no more, an instant in seconds."""

    entries: tuple[Entry, ...]
    ends: tuple[int, ...]
    left_out: tuple[LeftOut, ...]
    ignored: tuple[Ignored, ...]


class _Candidate(NamedTuple):
    issued_at: int
    document: bytes


def check(
    authority: Authority, rows: Sequence[Row], mail_keys: Path, *, now: datetime, progress: Progress = lambda done, total: None
) -> Checked:
    """Finds each recipient's key among the files in `mail_keys` and in the book before. SetupError `ceremony_root_missing`,
    `trust_list_not_published`, `file_missing` (no such folder); StorageError."""
    authority.published.trust()
    trust, at = TrustFiles(authority.published.folder).load(), int(now.timestamp())
    candidates, ignored = _candidates(mail_keys)
    for entry in _before(authority):
        candidates.setdefault(entry.queue, []).append(_read(entry.mail_key)[1])
    entries, ends, left_out = [], [], []
    for place, row in enumerate(rows, 1):
        try:
            document, until = _newest(candidates.get(row.entry.queue, []), trust, at, row.entry.queue)
            entries.append(msgspec.structs.replace(row.entry, mail_key=document))
            ends.append(until)
        except DprError as error:
            left_out.append(LeftOut(row, error))
        progress(place, len(rows))
    return Checked(tuple(entries), tuple(ends), tuple(left_out), tuple(ignored))


def _candidates(folder: Path) -> tuple[dict[str, list[_Candidate]], list[Ignored]]:
    """What the files say, unverified, by the queue that they name."""
    if not folder.is_dir():
        raise SetupError("file_missing", str(folder))
    found: dict[str, list[_Candidate]] = {}
    ignored = []
    for path in sorted(folder.glob("*.cbor")):
        try:
            queue, candidate = _read(files.read(path, limit=documents.MAX_DOCUMENT_BYTES))
            found.setdefault(queue, []).append(candidate)
        except DprError as error:
            ignored.append(Ignored(path, error))
    return found, ignored


def _read(document: bytes) -> tuple[str, _Candidate]:
    value = documents.read_claims(documents.MAIL_KEY, documents.split(document)[1])
    return value.content.queue, _Candidate(value.issued_at, document)


def _before(authority: Authority) -> tuple[Entry, ...]:
    try:
        book = authority.published.address_book()
    except DocumentError:  # void under another root: its keys come in again
        return ()
    return book.content.entries if book else ()


def _newest(candidates: Sequence[_Candidate], trust: Trust, now: int, queue: str) -> tuple[bytes, int]:
    """The newest that a sender would use, and its end. DocumentError: of the newest of all, where there is none."""
    first: DocumentError | None = None
    for one in sorted(candidates, key=lambda one: one.issued_at, reverse=True):
        try:
            value, signer = usable_mail_key(one.document, trust, now, queue=queue)
            return one.document, min(value.valid_until, signer.credential.valid_until)
        except DocumentError as error:
            first = first or error
    raise first or DocumentError("book_key_missing", queue)


def refuse_too_few(checked: Checked) -> None:
    """SetupError `book_too_many_left_out` where that many cannot be single keys."""
    every = len(checked.entries) + len(checked.left_out)
    if len(checked.left_out) > every * _MOST_LEFT_OUT:
        raise SetupError("book_too_many_left_out", f"{len(checked.left_out)} of {every}")


def is_news(authority: Authority, entries: Sequence[Entry], *, next_update_days: int, now: datetime) -> bool:
    """Does a book of `entries` say something else than the one published, or is half of that one's time over?"""
    try:
        book = authority.published.address_book()
    except DocumentError:
        return True
    if book is None or book.content.entries != tuple(entries):
        return True
    return book.content.next_update - now.timestamp() < next_update_days * _DAY / 2


def draft(
    authority: Authority, entries: Sequence[Entry], *, next_update_days: int, now: datetime, clock_was_ahead: bool = False
) -> Draft:
    """The next address book. SetupError `ceremony_root_missing`, `address_book_too_large`."""
    root, before = authority.published.root(), authority.last(ADDRESS_BOOK_NAME)
    issued_at = dated(int(now.timestamp()), before, clock_was_ahead=clock_was_ahead)
    content = AddressBookContent(
        version=before.version + 1 if before else 1,
        environment=root.content.environment,
        next_update=issued_at + next_update_days * _DAY,
        entries=tuple(entries),
    )
    value = AddressBook(authority=root.authority, issued_at=issued_at, content=content)
    size = len(prepare_for_many(ADDRESS_BOOK, value).payload)
    if size > MAX_BOOK_BYTES:
        raise SetupError("address_book_too_large", f"{len(entries)} recipients, {size} bytes, at most {MAX_BOOK_BYTES}")
    return ceremony.draft(ADDRESS_BOOK, value)


def publish(authority: Authority, made: Draft, signers: Sequence[Signer], *, clock_was_ahead: bool = False) -> Merged:
    """The draft, signed by `signers` and published; sites hear of it with the next snapshot. As
    `Authority.publish_snapshot`."""
    authority.require_online(signers)
    (merged,) = authority.merge([made], [ceremony.sign(made, one) for one in signers], clock_was_ahead=clock_was_ahead)
    return merged
