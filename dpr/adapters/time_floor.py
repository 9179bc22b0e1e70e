"""The instant before which it is not, kept on disk (time-floor.json), and who lowered it (trust-log.jsonl).

Rules: only lists that the authority signed, and that were taken in, raise it; a clock does not. It goes down only when a named
person says that a clock was wrong, and never below the root's date. The lists held then that are dated later than that person's
instant are doubted: they count as made at that instant, and an issuer's bars no other list any more. What a key proved that a
root has exchanged since counts no more. A torn file counts as none and is said. The log has a name or id, and never a
personnummer.

Example: `read(folder).instant`
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Any

import msgspec

from dpr.adapters import file_change
from dpr.core import days
from dpr.core.errors import DprError, InputError, Problem, SetupError, StorageError

NAME, LOG_NAME = "time-floor.json", "trust-log.jsonl"
_LIMIT = 1_000_000
_MOST_WORDS = 200
_NUMBERS = re.compile(r"(?:\d[ -]?){10,}")


class Floor(msgspec.Struct, frozen=True):
    """`instant`: seconds; `by`: the list that says so, or `reset`; `doubted`: SHA-256 (hexadecimal) of held lists that are
    dated later than a person says it can be, and `doubted_after`: that person's instant; `trust_list`, `snapshot`: the latest
    instant that lists of each kind prove."""

    instant: int = 0
    by: str = ""
    doubted: tuple[str, ...] = ()
    doubted_after: int = 0
    trust_list: int = 0
    snapshot: int = 0

    def made_at(self, issued_at: int, document: bytes) -> int:
        """When a held list was made, as far as that is believed."""
        if issued_at > self.doubted_after and hashlib.sha256(document).hexdigest() in self.doubted:
            return self.doubted_after
        return issued_at

    def proven(self, name: str, issued_at: int, by: str) -> Floor:
        """With what a list of the kind `name` proves that was taken in."""
        raised = msgspec.structs.replace(self, **{name: max(issued_at, getattr(self, name))})
        return msgspec.structs.replace(raised, instant=issued_at, by=by) if issued_at > self.instant else raised

    def without(self, name: str, by: str) -> Floor:
        """Without what lists of the kind `name` proved, whose key a root has exchanged."""
        left = msgspec.structs.replace(self, **{name: 0})
        return msgspec.structs.replace(left, instant=max(left.trust_list, left.snapshot, left.doubted_after), by=by)

    @property
    def makes_sense(self) -> bool:
        """Is every instant one that a document may hold?"""
        instants = (self.instant, self.doubted_after, self.trust_list, self.snapshot)
        return all(one == 0 or days.EARLIEST <= one <= days.LATEST for one in instants)


def read(folder: Path) -> Floor:
    """The floor; nothing where none was written yet. StorageError `time_floor_torn` for a file that says nothing."""
    try:
        floor = msgspec.json.decode(file_change.read(folder, NAME, limit=_LIMIT), type=Floor)
    except SetupError:
        return Floor()
    except (DprError, ValueError, RecursionError):
        raise StorageError("time_floor_torn", NAME) from None
    if not floor.makes_sense:
        raise StorageError("time_floor_torn", NAME)
    return floor


def or_none(folder: Path) -> Floor:
    """The same, a torn file taken for none."""
    try:
        return read(folder)
    except StorageError:
        return Floor()


def encoded(floor: Floor) -> bytes:
    """The bytes of time-floor.json."""
    return msgspec.json.encode(floor) + b"\n"


def lower(folder: Path, floor: Floor, *, acting: str, reason: str, now: int, before: int) -> None:
    """Writes a floor lower than `before`, after the log says who asked for it and why. The caller holds the folder's lock.

    `acting`: a name or a credential's id; `reason`: in few words. InputError `clock_reset_words`; StorageError.
    """
    for option, words in (("--as", acting), ("--reason", reason)):
        if not words.strip() or len(words) > _MOST_WORDS or not words.isprintable() or _NUMBERS.search(words):
            expected = f"a few words, at most {_MOST_WORDS} characters, without personal numbers"
            raise InputError("clock_reset_words", (Problem(option, "clock_reset_words", "not valid", expected),))
    log(folder, {"at": now, "what": "clock_reset", "as": acting, "reason": reason, "from": before, "to": floor.instant})
    file_change.commit(folder, {NAME: encoded(floor)})


def log(folder: Path, line: dict[str, Any]) -> None:
    """Adds a line to trust-log.jsonl, durable when it returns. StorageError `file_not_written`."""
    path = folder / LOG_NAME
    try:
        with path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageError("file_not_written", f"{path}: {error.strerror}") from None
