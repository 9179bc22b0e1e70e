"""What an address book says, in words: each recipient on one line, and what a new edition changes.

Rules: everything that is signed is said; of a mail key, which nobody reads, the beginning of its fingerprint.

Example: `for mark, text in changed_lines(book, before, "en"): print(mark, text)`
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from dpr.core.ceremony_changes import entry_changes
from dpr.core.mail.address_book import AddressBook, Entry
from dpr.core.wording import Language


def entry_words(entry: Entry, language: Language) -> str:
    """All that an entry says."""
    digits = hashlib.sha256(entry.mail_key).hexdigest()[:16]
    groups = " ".join(digits[at : at + 4] for at in range(0, 16, 4))
    sdk = f" · SDK {entry.sdk.organisation} {entry.sdk.functional}" if entry.sdk else ""
    key = "nyckel" if language == "sv" else "key"
    return f"{entry.queue}  {entry.name}, {entry.place} ({entry.organisation}) · {endpoint_words(entry)}{sdk} · {key} {groups}"


def endpoint_words(entry: Entry) -> str:
    """Where messages to it are handed over, in order."""
    return ", ".join(f"{one.url} ({one.network})" for one in entry.endpoints)


def changed_lines(value: AddressBook, before: AddressBook | None, language: Language) -> Iterator[tuple[str, str]]:
    """A mark (`+` new, `-` gone or as it was, `~` as it will be; none where there is nothing before) and a line each."""
    changes = entry_changes(before, value.content.entries)
    for entry in changes.added:
        yield "+" if before else "", entry_words(entry, language)
    for entry in changes.removed:
        yield "-", entry_words(entry, language)
    for was, entry in changes.changed:
        yield "-", entry_words(was, language)
        yield "~", entry_words(entry, language)
