"""The entries of an issuer's record: what was vouched for, until when, and what was decided since.

Rules: an index is given out once, at random: its place says nothing about how many there are. One key and one holder are one
entry, renewed under the same index. Every decision (revoked, suspended, lifted) is kept with its reference.

Example: `entries.decide(index, Decision(at, Status.SUSPENDED, "CASE-17"))`
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from dpr.core.errors import SetupError
from dpr.core.revocation import Reason
from dpr.core.status import Status

#: A status list begins with this many entries and doubles, so that its size tells little about how many credentials there are.
FIRST_ENTRIES = 8192
#: The longest list that this doubling gives and readers inflate (dpr.core.status.MAX_LIST_BYTES), with two bits an entry.
MOST_ENTRIES = FIRST_ENTRIES * 4096
#: Reasons for revoking, the gravest last: a graver one is never exchanged for a lesser one.
_GRAVITY = (
    Reason.REPLACED,
    Reason.WRONG_DETAILS,
    Reason.OTHER,
    Reason.EMPLOYMENT_ENDED,
    Reason.RIGHT_WITHDRAWN,
    Reason.KEY_COMPROMISED,
)


class Validity(NamedTuple):
    """Instants in seconds, the latter exclusive; `planned_outage`: why it is longer than usual (a reference)."""

    valid_from: int
    valid_until: int
    planned_outage: str = ""


class Decision(NamedTuple):
    """What was decided at the instant `at`. `reference`: a case number, never a name."""

    at: int
    status: Status
    reference: str = ""
    revoked_from: int | None = None
    reason: Reason | None = None


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: `key` is a COSE_Key, `holder` its JSON; `name`: of the file without its ending; `superseded`: the same key has
    a credential with other details since; `delivered`: the file of the latest validity was written."""

    index: int
    id: str
    key: str
    holder: str
    name: str
    valid_from: int
    valid_until: int
    planned_outage: str = ""
    status: Status = Status.VALID
    revoked_from: int | None = None
    reason: Reason | None = None
    reference: str = ""
    delivered: bool = False
    superseded: bool = False

    @property
    def members(self) -> dict[str, Any]:
        """The holder's JSON, read. SetupError `issuer_records_invalid`."""
        try:
            read = json.loads(self.holder)
        except (ValueError, RecursionError):
            read = None
        if type(read) is not dict:
            raise SetupError("issuer_records_invalid", f"index {self.index}")
        return read


_COLUMNS = ", ".join(f'"{name}"' for name in Given.__struct_fields__)


def graver(one: Reason, other: Reason) -> Reason:
    """The graver of two reasons."""
    return max(one, other, key=_GRAVITY.index)


class Entries:
    """The entries inside one transaction."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self._path = connection, path
        self._count: int | None = None

    def check(self) -> None:
        """Reads every page, for what takes all of it. SetupError `issuer_records_invalid`."""
        found = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise SetupError("issuer_records_invalid", f"{self._path}: quick_check")

    def where(self, condition: str = "id != ''", *values: int | str, order: str = '"index"') -> Iterator[Given]:
        """The entries under a condition of SQL; `condition` and `order` are literals of this program, values stand apart."""
        sql = f"SELECT {_COLUMNS} FROM given WHERE {condition} ORDER BY {order}"  # noqa: S608
        for row in self._connection.execute(sql, values):
            try:
                yield msgspec.convert(dict(zip(Given.__struct_fields__, row, strict=True)), Given, strict=False)
            except msgspec.ValidationError:
                raise SetupError("issuer_records_invalid", f"{self._path}: index {row[0]}") from None

    def first(self, condition: str, *values: int | str) -> Given | None:
        """The first of `where`."""
        return next(iter(self.where(condition, *values)), None)

    def of_holder(self, id: str, key: str, holder: str) -> Given | None:
        """The entry of a key, which has this id, and a holder, that is not revoked."""
        return self.first("id = ? AND key = ? AND holder = ? AND status != 1", id, key, holder)

    def of_key(self, id: str, key: str) -> list[Given]:
        """Every entry of a key, which has this id, the latest validity last."""
        return list(self.where("id = ? AND key = ?", id, key, order="valid_from"))

    def size(self) -> int:
        """How many entries the status list has: at least twice what is given out, so that a free place is soon found, and
        all that were ever given out."""
        if self._count is None:  # counting takes as long as there are many
            self._count = int(self._connection.execute("SELECT count(*) FROM given").fetchone()[0])
        (last,) = self._connection.execute('SELECT max("index") FROM given').fetchone()
        size = FIRST_ENTRIES
        while size < 2 * (self._count + 1) or size <= (last or 0):
            size *= 2
        return size

    def ended(self, before: int) -> set[int]:
        """The revoked entries of which every validity that was ever issued ended before an instant (seconds)."""
        sql = (
            'SELECT "index" FROM issued WHERE "index" IN (SELECT "index" FROM given WHERE status = ?)'
            ' GROUP BY "index" HAVING max(valid_until) < ?'
        )
        return {int(index) for (index,) in self._connection.execute(sql, (int(Status.REVOKED), before))}

    def free_index(self, size: int) -> int:
        """A place of a list of `size` that was never given out."""
        while True:
            index = secrets.randbelow(size)
            if not self._connection.execute('SELECT 1 FROM given WHERE "index" = ?', (index,)).fetchone():
                return index

    def free_name(self, name: str, id: str, index: int) -> str:
        """`name`, or a longer one where another entry has it."""
        taken = self._connection.execute("SELECT 1 FROM given WHERE name = ?", (name,)).fetchone()
        return f"{name}-{id}-{index}" if taken else name

    def add(self, given: Given, at: int) -> None:
        """A new entry; others of its key are renewed no more."""
        self._connection.execute("UPDATE given SET superseded = 1 WHERE id = ? AND key = ?", (given.id, given.key))
        self._count = None if self._count is None else self._count + 1
        marks = ", ".join("?" * len(Given.__struct_fields__))
        values = [getattr(given, name) for name in Given.__struct_fields__]
        self._connection.execute(f"INSERT INTO given ({_COLUMNS}) VALUES ({marks})", values)  # noqa: S608
        self._issued(given.index, Validity(given.valid_from, given.valid_until, given.planned_outage), at)

    def reserve(self, index: int) -> None:
        """Makes sure that an index is never given out again: an entry without a key, where there is none."""
        lost = f"lost-{index}"
        self._connection.execute(
            "INSERT OR IGNORE INTO given VALUES (?, '', ?, '', ?, 0, 0, '', 0, NULL, NULL, '', 1, 1)", (index, lost, lost)
        )

    def renew(self, given: Given, validity: Validity, at: int) -> Given:
        """Another validity of an entry, whose file is still to be written."""
        self._connection.execute("UPDATE given SET superseded = 1 WHERE id = ? AND key = ?", (given.id, given.key))
        self._connection.execute(
            "UPDATE given SET valid_from = ?, valid_until = ?, planned_outage = ?, delivered = 0, superseded = 0"
            ' WHERE "index" = ?',
            (*validity, given.index),
        )
        self._issued(given.index, validity, at)
        changes = validity._asdict() | {"delivered": False, "superseded": False}
        return msgspec.structs.replace(given, **changes)

    def _issued(self, index: int, validity: Validity, at: int) -> None:
        self._connection.execute("INSERT INTO issued VALUES (?, ?, ?, ?, ?)", (at, index, *validity))

    def delivered(self, indexes: Iterable[int]) -> None:
        """Their files are written."""
        self._connection.executemany('UPDATE given SET delivered = 1 WHERE "index" = ?', ((index,) for index in indexes))

    def decide(self, index: int, decision: Decision) -> None:
        """Keeps a decision and what follows from it. What is revoked stays so: the caller looks."""
        at, status, reference, revoked_from, reason = decision
        self._connection.execute(
            'UPDATE given SET status = ?, revoked_from = ?, reason = ?, reference = ? WHERE "index" = ?',
            (status, revoked_from, reason, reference, index),
        )
        self._connection.execute(
            "INSERT INTO decided VALUES (?, ?, ?, ?, ?, ?)", (at, index, status, revoked_from, reason, reference)
        )

    def lifted_since(self, instant: int) -> set[int]:
        """The indexes of which a suspension was lifted at `instant` or later."""
        found = self._connection.execute('SELECT "index" FROM decided WHERE status = 0 AND at >= ?', (instant,))
        return {int(index) for (index,) in found}

    def suspended_before(self) -> set[int]:
        """The indexes of what was suspended, and not lifted, when it was revoked (or is still)."""
        latest = dict(self._connection.execute('SELECT "index", status FROM decided WHERE status != 1 ORDER BY rowid'))
        return {int(index) for index, status in latest.items() if status == int(Status.SUSPENDED)}

    def decided_after(self, instant: int) -> list[Given]:
        """The entries about which something was decided after `instant`: by a clock that was ahead."""
        return list(self.where('"index" IN (SELECT "index" FROM decided WHERE at > ?)', instant))

    def published_at(self, name: str) -> int:
        """When the latest list of this name is dated; 0 where there was none."""
        row = self._connection.execute("SELECT issued_at FROM published WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def set_published(self, name: str, issued_at: int) -> None:
        """The latest list of this name is dated `issued_at`."""
        self._connection.execute("INSERT OR REPLACE INTO published VALUES (?, ?)", (name, issued_at))
