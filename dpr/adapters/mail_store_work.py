"""One transaction of a relay's store: the rows that it holds, and what it counts.

Rules: 1. the rows of all queues that it changes are locked first, in the order of their names; 2. the rows of senders after
them, in their order, all at once: two transactions cannot wait for each other in a circle. 3. Whatever is decided on is read
when its lock is held; so READ COMMITTED is enough, where every statement sees what was committed before it began. 4. Counts are
added up and written once, at the end.

Example: `work = Work(connection, {"gln:7350000000009"}); …; work.finish()`
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Row, Select, Table, Update, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.engine import Connection

from dpr.adapters.mail_store_tables import HELD, MESSAGES, QUEUES, RECEIPTS, SENDERS, SHARES
from dpr.core.mail.receipt import ReceiptContent, ReceiptType
from dpr.ports import StampReceipt

#: A message by queue and sequence.
Key = tuple[str, int]
AnyRow = Row[*tuple[Any, ...]]


#: In one statement: SQLite takes 32,766 values, PostgreSQL's parser a few thousand pairs.
MOST_NAMES = 500
# Made once: to make a statement takes longer than to run it.
NAMES: BindParameter[Any] = bindparam("names", expanding=True)
_LOCK_QUEUES = select(QUEUES).where(QUEUES.c.queue.in_(NAMES)).order_by(QUEUES.c.queue).with_for_update()
_LOCK_SENDERS = select(SENDERS).where(SENDERS.c.sender.in_(NAMES)).order_by(SENDERS.c.sender).with_for_update()
_SHARES = select(SHARES).where(tuple_(SHARES.c.queue, SHARES.c.sender).in_(NAMES))
_RECEIPTS = select(RECEIPTS).where(tuple_(RECEIPTS.c.queue, RECEIPTS.c.sequence).in_(NAMES)).order_by(RECEIPTS.c.place)
_END_CUSTODY = delete(HELD).where(HELD.c.queue == bindparam("q"), HELD.c.sequence == bindparam("s"))
_END = (
    update(MESSAGES)
    .where(MESSAGES.c.queue == bindparam("q"), MESSAGES.c.sequence == bindparam("s"))
    .values(ended_at=bindparam("at"))
)
_COUNTED = ("sequence", "head", "begins", "held", "held_bytes")
_COUNT = update(QUEUES).where(QUEUES.c.queue == bindparam("q")).values({name: bindparam(f"to_{name}") for name in _COUNTED})


def rows_of(connection: Connection, statement: Select[*tuple[Any, ...]], values: Iterable[Any]) -> Iterator[AnyRow]:
    """What a statement about `names` gives for all of `values`, in their order; a database takes so many at a time."""
    names = sorted(values)
    for start in range(0, len(names), MOST_NAMES):
        yield from connection.execute(statement, {"names": names[start : start + MOST_NAMES]})


def _adding(table: Table) -> Update:
    """Adds to the counts of a row, by its key."""
    of_row = [column == bindparam(f"key{n}") for n, column in enumerate(table.primary_key.columns)]
    return update(table).where(*of_row).values({n: table.c[n] + bindparam(f"more_{n}") for n in ("held", "held_bytes")})


_ADD_TO_SHARES, _ADD_TO_SENDERS = _adding(SHARES), _adding(SENDERS)


class Missing(Exception):
    """Queues or senders without a row, which have to be made before this transaction can run."""

    def __init__(self, queues: Collection[str], senders: Collection[bytes]) -> None:
        super().__init__()
        self.queues = queues
        self.senders = senders


@dataclass
class Held:
    """How much is in custody."""

    held: int = 0
    held_bytes: int = 0

    def add(self, messages: int, size_bytes: int) -> None:
        self.held += messages
        self.held_bytes += size_bytes


@dataclass
class Queue(Held):
    """A queue that this transaction has locked."""

    sequence: int = 0
    head: bytes = b""
    begins: int = 0


class Work:
    """What one transaction has locked and counted. `queues`: to lock; `needed`: those of them that must exist (Missing)."""

    def __init__(self, connection: Connection, queues: Collection[str], needed: Collection[str] = ()) -> None:
        self.connection = connection
        self.queues: dict[str, Queue] = {}
        self._as_found: dict[str, Queue] = {}
        self._shares: dict[tuple[str, bytes], Held] = {}
        self._new_shares: set[tuple[str, bytes]] = set()
        if queues:
            for row in rows_of(connection, _LOCK_QUEUES, queues):
                self.queues[row.queue] = Queue(row.held, row.held_bytes, row.sequence, row.head, row.begins)
                self._as_found[row.queue] = Queue(row.held, row.held_bytes, row.sequence, row.head, row.begins)
        if missing := set(needed) - self.queues.keys():
            raise Missing(missing, ())

    def count(self, queue: str, sender: bytes, messages: int, size_bytes: int) -> None:
        """`messages` more (or less) are held."""
        self.queues[queue].add(messages, size_bytes)
        self._shares.setdefault((queue, sender), Held()).add(messages, size_bytes)

    def lock_senders(self, senders: Collection[bytes]) -> dict[bytes, Held]:
        """What every one of these holds, this transaction's counts included; they stay locked, with those counted so far."""
        names = {*senders, *(sender for _, sender in self._shares)}
        rows = rows_of(self.connection, _LOCK_SENDERS, names)
        found = {row.sender: Held(row.held, row.held_bytes) for row in rows}
        if missing := names - found.keys():
            raise Missing((), missing)
        for (_, sender), change in self._shares.items():
            found[sender].add(change.held, change.held_bytes)
        return found

    def shares(self, pairs: Collection[tuple[str, bytes]]) -> dict[tuple[str, bytes], Held]:
        """What every one of these queues holds of its sender, this transaction's counts included."""
        found = {(row.queue, row.sender): Held(row.held, row.held_bytes) for row in rows_of(self.connection, _SHARES, pairs)}
        for pair in pairs:
            if pair not in found:
                found[pair] = Held()
                self._new_shares.add(pair)
            if change := self._shares.get(pair):
                found[pair].add(change.held, change.held_bytes)
        return found

    def end(self, messages: Sequence[AnyRow], now: int) -> None:
        """Custody of these rows of MESSAGES, none of which had ended, ends."""
        rows = [{"q": one.queue, "s": one.sequence, "at": now} for one in messages]
        if not rows:
            return
        self.connection.execute(_END_CUSTODY, [{"q": row["q"], "s": row["s"]} for row in rows])
        self.connection.execute(_END, rows)
        for one in messages:
            self.count(one.queue, one.sender, -1, -one.size_bytes)

    def receipts(self, keys: Collection[Key]) -> dict[Key, list[AnyRow]]:
        """Every receipt of these messages but R1, by place."""
        found: dict[Key, list[AnyRow]] = {key: [] for key in keys}
        if keys:
            for row in rows_of(self.connection, _RECEIPTS, keys):
                found[row.queue, row.sequence].append(row)
        return found

    def keep(self, receipts: Sequence[dict[str, Any]]) -> None:
        """Adds receipts."""
        if receipts:
            self.connection.execute(insert(RECEIPTS), receipts)

    def finish(self) -> None:
        """Writes what was counted."""
        changed = [(name, queue) for name, queue in self.queues.items() if queue != self._as_found[name]]
        if changed:
            rows = [{"q": name} | {f"to_{field}": getattr(queue, field) for field in _COUNTED} for name, queue in changed]
            self.connection.execute(_COUNT, rows)
        changes = {pair: change for pair, change in self._shares.items() if change != Held()}
        totals: dict[bytes, Held] = {}
        for (_, sender), change in changes.items():
            totals.setdefault(sender, Held()).add(change.held, change.held_bytes)
        new = [(pair, change) for pair, change in changes.items() if pair in self._new_shares]
        if new:
            rows = [{"queue": q, "sender": s, "held": c.held, "held_bytes": c.held_bytes} for (q, s), c in new]
            self.connection.execute(insert(SHARES), rows)
        self._add(_ADD_TO_SHARES, [(pair, change) for pair, change in changes.items() if pair not in self._new_shares])
        self._add(_ADD_TO_SENDERS, [((sender,), totals[sender]) for sender in sorted(totals)])

    def _add(self, statement: Update, changes: Sequence[tuple[tuple[object, ...], Held]]) -> None:
        """Adds to the counts of rows that there are, by their keys, in this order."""
        if changes:
            rows = [
                {f"key{n}": value for n, value in enumerate(key)} | {"more_held": c.held, "more_held_bytes": c.held_bytes}
                for key, c in changes
            ]
            self.connection.execute(statement, rows)


def copy_of(kind: ReceiptType, message: AnyRow, stamp: StampReceipt, now: int, **more: Any) -> bytes:
    """A receipt of the relay about its own copy: a row of MESSAGES."""
    content = ReceiptContent(
        type=kind, queue=message.queue, message_id=message.message_id, digest=message.digest, sequence=message.sequence, **more
    )
    return stamp(content, now)


def receipt_row(kind: ReceiptType, key: Key, place: int, document: bytes) -> dict[str, Any]:
    """A row of RECEIPTS."""
    return {"queue": key[0], "sequence": key[1], "type": int(kind), "place": place, "document": document}
