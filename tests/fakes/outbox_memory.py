"""An outbox in memory: what dpr/adapters/outbox_sql.py keeps in a file, with the same answers and errors.

Example: `MemoryOutbox().put(posted, sealed, same=same)`
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from threading import Lock

import msgspec

from dpr.core.errors import StorageError
from dpr.core.mail.carriage import State
from dpr.core.mail.retry import Copy
from dpr.ports import Posted


class MemoryOutbox:
    """See dpr.ports.Outbox. `failing`: the code of a StorageError that every change ends in, or empty."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rows: dict[bytes, Posted] = {}
        self._sealed: dict[bytes, bytes] = {}
        self._same: dict[bytes, list[bytes]] = {}
        self._copies: dict[bytes, dict[str, Copy]] = {}
        self._receipts: dict[bytes, dict[bytes, tuple[str, bytes]]] = {}
        self._changes = 0
        self.failing = ""

    def put(self, posted: Posted, sealed: bytes, *, same: bytes, again: bool = False) -> Posted:
        with self._lock:
            self._change()
            if not again and self._same.get(same):
                return self._rows[self._same[same][-1]]
            if posted.message_id in self._rows:
                raise StorageError("mail_file_row_refused")
            self._rows[posted.message_id], self._sealed[posted.message_id] = posted, sealed
            self._same.setdefault(same, []).append(posted.message_id)
            self._copies[posted.message_id] = {origin: Copy(origin=origin) for origin in posted.origins}
            self._receipts[posted.message_id] = {}
            return posted

    def find(self, same: bytes) -> Posted | None:
        held = self._same.get(same)
        return self._rows[held[-1]] if held else None

    def message(self, message_id: bytes) -> Posted:
        if message_id not in self._rows:
            raise StorageError("message_not_in_outbox", message_id.hex())
        return self._rows[message_id]

    def messages(self, *, open_only: bool = False) -> Sequence[Posted]:
        return [row for row in self._rows.values() if row.ended is None or not open_only]

    def sealed(self, message_id: bytes) -> bytes:
        self.message(message_id)
        return self._sealed[message_id]

    def copies(self, message_id: bytes) -> tuple[Copy, ...]:
        self.message(message_id)
        return tuple(self._copies[message_id].values())

    def keep_copy(self, message_id: bytes, copy: Copy) -> None:
        with self._lock:
            self._change()
            self.message(message_id)
            if copy.origin not in self._copies[message_id]:
                raise StorageError("mail_file_row_refused")
            self._copies[message_id][copy.origin] = copy

    def keep_receipts(self, message_id: bytes, origin: str, receipts: Sequence[bytes]) -> int:
        with self._lock:
            self._change()
            self.message(message_id)
            held = self._receipts[message_id]
            before = len(held)
            for one in receipts:
                held.setdefault(hashlib.sha256(one).digest(), (origin, one))
            return len(held) - before

    def receipts(self, message_id: bytes) -> tuple[tuple[str, bytes], ...]:
        self.message(message_id)
        return tuple(self._receipts[message_id].values())

    def recall(self, message_id: bytes, *, now: int) -> Posted:
        with self._lock:
            self._change()
            row = self.message(message_id)
            if row.ended is None and not row.recalled_at:
                self._rows[message_id] = row = msgspec.structs.replace(row, recalled_at=now)
            return row

    def end(self, message_id: bytes, state: State, *, now: int) -> Posted:
        with self._lock:
            self._change()
            row = self.message(message_id)
            if row.ended is None:
                self._rows[message_id] = row = msgspec.structs.replace(row, ended=state, ended_at=now)
            return row

    def forget(self, *, before: int) -> int:
        with self._lock:
            self._change()
            old = [row.message_id for row in self._rows.values() if row.ended is not None and row.ended_at < before]
            for message_id in old:
                for held in (self._rows, self._sealed, self._copies, self._receipts):
                    del held[message_id]  # type: ignore[attr-defined]
            self._same = {same: left for same, ids in self._same.items() if (left := [one for one in ids if one in self._rows])}
            return len(old)

    def changed(self) -> int:
        return self._changes

    def _change(self) -> None:
        if self.failing:
            raise StorageError(self.failing)
        self._changes += 1
