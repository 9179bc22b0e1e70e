"""The pharmacy's ledger in SQL: dpr.ports.Ledger on a SQLite file, and by the same statements on PostgreSQL.

Rules: one method, one transaction. Whoever writes first wins: the unique index on (prescription, item, number) decides
where a lock does not, and a dispensing and its queue row come together or not at all. Nothing is ever deleted. No
statement here is of one database only; what SQLite needs is in dpr.adapters.ledger_file.

Example: `with SqlLedger.open("ledger.db", now=now) as ledger: ledger.history(prescription_id, 1)`
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
from sqlalchemy import Row, Select, create_engine, func, insert, make_url, select, update
from sqlalchemy.engine import URL, Connection, Engine

from dpr.adapters.ledger_errors import named_errors
from dpr.adapters.ledger_file import WRITES, open_file
from dpr.adapters.ledger_rows import (
    DISPENSINGS,
    PRESCRIPTIONS,
    QUEUE,
    dispensing_of,
    dispensing_values,
    is_item,
    is_row,
    queue_row_of,
    queue_values,
    queued,
    seen_of,
)
from dpr.adapters.ledger_upgrade import upgrade
from dpr.core.backreg import Event, after
from dpr.core.errors import StorageError
from dpr.core.ledger import Past
from dpr.ports import DispensingRow, QueueRow, Seen

#: What `advance` may change, beside the state.
_CHANGEABLE = frozenset(QueueRow.__struct_fields__) - {"prescription_id", "item", "number", "state"}


class SqlLedger:
    """A ledger that is open; safe to use from several threads and beside other processes. See dpr.ports.Ledger."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writes = engine.execution_options(**{WRITES: True})

    @classmethod
    def open(cls, path_or_url: Path | str, *, now: int) -> Self:
        """The ledger in a SQLite file (a path or `sqlite:///…`), made if there is none, or at another database's URL, in
        this program's version afterwards. `now`: instant in seconds, at which an upgrade is written down.

        StorageError: `ledger_damaged`, `ledger_newer_version`, `ledger_upgrade_failed`, `ledger_not_writable`,
        `ledger_full`, `ledger_locked`, `ledger_sqlite_too_old`, `ledger_unusable`.
        """
        if isinstance(path_or_url, Path) or "://" not in path_or_url:
            return cls(open_file(Path(path_or_url), now))
        with named_errors():
            url = make_url(path_or_url)
            return cls(_open_file_url(url, now) if url.get_backend_name() == "sqlite" else _open_server(url, now))

    def receive(self, seen: Seen) -> Seen:
        """See dpr.ports.Ledger; also StorageError `ledger_row_refused` where `items` is negative."""
        if first := self.prescription(seen.prescription_id):
            return first
        rows = [queued(seen.prescription_id, item, 0) for item in range(1, seen.items + 1)]
        try:
            with self._writing() as connection:
                connection.execute(insert(PRESCRIPTIONS).values(msgspec.structs.asdict(seen)))
                if rows:
                    connection.execute(insert(QUEUE), rows)
        except StorageError as error:
            if error.code == "ledger_row_refused" and (first := self.prescription(seen.prescription_id)):
                return first  # it came in between
            raise
        return seen

    def prescription(self, prescription_id: bytes) -> Seen | None:
        """What was received under this id."""
        rows = self._read(select(PRESCRIPTIONS).where(PRESCRIPTIONS.c.prescription_id == prescription_id))
        return seen_of(rows[0]) if rows else None

    def prescriptions(self) -> Sequence[Seen]:
        """Every prescription, in the order received."""
        return [seen_of(row) for row in self._read(select(PRESCRIPTIONS).order_by(PRESCRIPTIONS.c.id))]

    def history(self, prescription_id: bytes, item: int) -> tuple[Past, ...]:
        """See dpr.ports.Ledger."""
        number, handed_over_at = DISPENSINGS.c.number, DISPENSINGS.c.handed_over_at
        rows = self._read(select(number, handed_over_at).where(is_item(DISPENSINGS, prescription_id, item)).order_by(number))
        return tuple(Past(*row) for row in rows)

    def dispense(self, row: DispensingRow, *, seen: int) -> None:
        """See dpr.ports.Ledger; also StorageError `ledger_row_refused` where `row.number` does not follow on `seen`, or its
        id is another's."""
        key = (row.prescription_id, row.item, row.number)
        try:
            with self._writing() as connection:
                _check_next(connection, row, seen)
                connection.execute(insert(DISPENSINGS).values(dispensing_values(row)))
                connection.execute(insert(QUEUE).values(queued(*key)))
        except StorageError as error:
            if error.code == "ledger_row_refused" and self.dispensing(*key):
                raise StorageError("dispensing_taken", f"number {row.number}") from error
            raise

    def dispensing(self, prescription_id: bytes, item: int, number: int) -> DispensingRow | None:
        """Dispensing `number` of an item, if it was made."""
        rows = self._read(select(DISPENSINGS).where(is_row(DISPENSINGS, prescription_id, item, number)))
        return dispensing_of(rows[0]) if rows else None

    def dispensings(self) -> Sequence[DispensingRow]:
        """Every dispensing, in the order made."""
        return [dispensing_of(row) for row in self._read(select(DISPENSINGS).order_by(DISPENSINGS.c.id))]

    def last_instants(self) -> tuple[int, ...]:
        """See dpr.ports.Ledger."""
        last_of = ((PRESCRIPTIONS, PRESCRIPTIONS.c.received_at), (DISPENSINGS, DISPENSINGS.c.handed_over_at))
        rows = [self._read(select(at).order_by(table.c.id.desc()).limit(1)) for table, at in last_of]
        return tuple(int(found[0][0]) for found in rows if found)

    def queue(self) -> Sequence[QueueRow]:
        """See dpr.ports.Ledger."""
        return [queue_row_of(row) for row in self._read(select(QUEUE).order_by(QUEUE.c.id))]

    def queue_row(self, prescription_id: bytes, item: int, number: int) -> QueueRow | None:
        """What is owed for an item (`number` 0) or for its dispensing `number`."""
        rows = self._read(select(QUEUE).where(is_row(QUEUE, prescription_id, item, number)))
        return queue_row_of(rows[0]) if rows else None

    def advance(self, row: QueueRow, event: Event, **changes: Any) -> QueueRow:
        """See dpr.ports.Ledger; KeyError for an event that cannot happen, TypeError for a field that cannot change."""
        if wrong := changes.keys() - _CHANGEABLE:
            raise TypeError(f"not a field that changes: {sorted(wrong)}")
        new = msgspec.structs.replace(row, state=after(row.state, event), **changes)
        of_row = is_row(QUEUE, row.prescription_id, row.item, row.number)
        stood = queue_values(row)
        unchanged = [QUEUE.c[name] == stood[name] for name in ("state", *sorted(_CHANGEABLE))]
        with self._writing() as connection:
            if connection.execute(update(QUEUE).where(of_row, *unchanged).values(queue_values(new))).rowcount != 1:
                raise StorageError("queue_row_changed", f"it is no longer {row.state}")
        return new

    def close(self) -> None:
        """Ends the use of the ledger."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with named_errors(), self._writes.begin() as connection:
            yield connection

    def _read(self, statement: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        with named_errors(), self._engine.connect() as connection:
            return connection.execute(statement).all()


def _open_file_url(url: URL, now: int) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise StorageError("ledger_unusable", "a ledger needs a file")
    return open_file(Path(str(url.database)), now)


def _open_server(url: URL, now: int) -> Engine:
    try:
        engine = create_engine(url, hide_parameters=True)
    except ImportError as error:
        raise StorageError("ledger_unusable", f"no driver {error.name}") from error
    upgrade(engine, now, before=lambda _number: None)
    return engine


def _check_next(connection: Connection, row: DispensingRow, seen: int) -> None:
    """Is `row` the dispensing after the `seen` that there are, of a prescription that was received?"""
    received = select(PRESCRIPTIONS.c.id).where(PRESCRIPTIONS.c.prescription_id == row.prescription_id)
    if connection.execute(received).first() is None:
        raise StorageError("ledger_unknown_prescription")
    of_item = is_item(DISPENSINGS, row.prescription_id, row.item)
    held = connection.execute(select(func.count()).select_from(DISPENSINGS).where(of_item)).scalar_one()
    if held != seen:
        raise StorageError("dispensing_taken", f"{held} dispensings, not {seen}")
    if row.number != seen + 1:
        raise StorageError("ledger_row_refused", f"number {row.number} after {seen}")
