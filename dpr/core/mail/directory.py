"""Looking somebody up in the address book: by queue, GLN, name or place.

Rules: what a person types is compared without case, accents and marks (`larkan` finds Lärkan, `orebro` Örebro), every word of
it somewhere in the name, place, organisation or GLN, whole or in part. Those whose name begins with it come first. Nothing is
judged here: whoever sends asks dpr.core.mail.recipient.

Example: `search(book, "larkan pite")[0].queue` → `"gln:7350000000009"`
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import combining, normalize

from dpr.core import identifiers
from dpr.core.errors import DocumentError
from dpr.core.mail import queue as queues
from dpr.core.mail.address_book import AddressBook, Entry

#: Letters whose stroke or ligature is no mark of its own.
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "þ": "th"})
_SIGNS = re.compile(r"[^\w]+|_")


def folded(text: str) -> str:
    """`text` as it is compared: lower case, without accents, words with one space between them."""
    plain = "".join(sign for sign in normalize("NFKD", text.casefold()) if not combining(sign))
    return _SIGNS.sub(" ", plain.translate(_LETTERS)).strip()


def search(book: AddressBook, text: str) -> Sequence[Entry]:
    """The entries in which every word of `text` is found; all of them for an empty one. The best first: those whose name begins
    with `text`, then those with words that begin so, then by name and place."""
    wanted = folded(text)
    words = wanted.split()
    found = []
    for entry in book.content.entries:
        name = folded(entry.name)
        whole = f" {name} {folded(entry.place)} {folded(entry.organisation)} {entry.queue.partition(':')[2]}"
        if all(word in whole for word in words):
            begin = all(f" {word}" in whole for word in words)
            found.append((not name.startswith(wanted), not begin, name, folded(entry.place), entry.queue, entry))
    return [one[-1] for one in sorted(found, key=lambda one: one[:-1])]


def queue_of(text: str) -> str | None:
    """The queue that a person names by a GLN, or by the queue's own name; None for any other text."""
    text = "".join(text.split())
    queue = queues.of_gln(text) if identifiers.is_digits(text, 13) else text
    return queue if queues.fault(queue) is None else None


def entry_of(book: AddressBook, queue: str) -> Entry:
    """The entry of a queue. DocumentError `address_book_no_entry`."""
    for entry in book.content.entries:
        if entry.queue == queue:
            return entry
    raise DocumentError("address_book_no_entry", queue)
