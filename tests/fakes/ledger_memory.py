"""A ledger in memory: what dpr/adapters/ledger_sql.py keeps in a database, with the same answers and errors.

Rules: one lock stands for the transaction; every check comes before the first change, so that nothing is ever half kept.

Example: `MemoryLedger().receive(seen)`
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

import msgspec

from dpr.core.backreg import Event, State, after
from dpr.core.errors import StorageError
from dpr.core.ledger import Past
from dpr.ports import DispensingRow, QueueRow, Seen

Key = tuple[bytes, int, int]
_CHANGEABLE = frozenset(QueueRow.__struct_fields__) - {"prescription_id", "item", "number", "state"}


class MemoryLedger:
    """See dpr.ports.Ledger."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._prescriptions: dict[bytes, Seen] = {}
        self._dispensings: dict[Key, DispensingRow] = {}
        self._queue: dict[Key, QueueRow] = {}

    def receive(self, seen: Seen) -> Seen:
        with self._lock:
            if first := self._prescriptions.get(seen.prescription_id):
                return first
            _check_values(seen, seen.items >= 0)
            self._prescriptions[seen.prescription_id] = seen
            for item in range(1, seen.items + 1):
                self._put_in_queue((seen.prescription_id, item, 0))
            return seen

    def prescription(self, prescription_id: bytes) -> Seen | None:
        return self._prescriptions.get(prescription_id)

    def prescriptions(self) -> Sequence[Seen]:
        return list(self._prescriptions.values())

    def history(self, prescription_id: bytes, item: int) -> tuple[Past, ...]:
        rows = [row for row in self.dispensings() if (row.prescription_id, row.item) == (prescription_id, item)]
        return tuple(Past(row.number, row.handed_over_at) for row in rows)

    def last_instants(self) -> tuple[int, ...]:
        received = [seen.received_at for seen in self._prescriptions.values()][-1:]
        return (*received, *[row.handed_over_at for row in self._dispensings.values()][-1:])

    def dispense(self, row: DispensingRow, *, seen: int) -> None:
        with self._lock:
            if row.prescription_id not in self._prescriptions:
                raise StorageError("ledger_unknown_prescription")
            key = (row.prescription_id, row.item, row.number)
            held = len(self.history(row.prescription_id, row.item))
            if held != seen or key in self._dispensings:
                raise StorageError("dispensing_taken", f"{held} dispensings, not {seen}")
            new_id = all(row.id != other.id for other in self._dispensings.values())
            _check_values(row, row.item >= 1 and row.number == seen + 1 and new_id)
            self._dispensings[key] = row
            self._put_in_queue(key)

    def dispensing(self, prescription_id: bytes, item: int, number: int) -> DispensingRow | None:
        return self._dispensings.get((prescription_id, item, number))

    def dispensings(self) -> Sequence[DispensingRow]:
        return list(self._dispensings.values())

    def queue(self) -> Sequence[QueueRow]:
        return list(self._queue.values())

    def queue_row(self, prescription_id: bytes, item: int, number: int) -> QueueRow | None:
        return self._queue.get((prescription_id, item, number))

    def advance(self, row: QueueRow, event: Event, **changes: Any) -> QueueRow:
        if wrong := changes.keys() - _CHANGEABLE:
            raise TypeError(f"not a field that changes: {sorted(wrong)}")
        new = msgspec.structs.replace(row, state=after(row.state, event), **changes)
        _check_values(new, True)
        key = (row.prescription_id, row.item, row.number)
        with self._lock:
            if self._queue.get(key) != row:
                raise StorageError("queue_row_changed", f"it is no longer {row.state}")
            self._queue[key] = new
        return new

    def _put_in_queue(self, key: Key) -> None:
        prescription_id, item, number = key
        self._queue[key] = QueueRow(prescription_id=prescription_id, item=item, number=number, state=State.QUEUED)


def _check_values(value: msgspec.Struct, good: bool) -> None:
    """What no database could hold is refused here too: text that is no Unicode, integers over 64 bits."""
    fields = msgspec.structs.astuple(value)
    for field in fields:
        good = good and not (isinstance(field, str) and any("\ud800" <= character <= "\udfff" for character in field))
        good = good and not (isinstance(field, int) and not -(2**63) <= field < 2**63)
    if not good:
        raise StorageError("ledger_row_refused")
