"""The outbox in a node's mail file: dpr.ports.Outbox.

Rules: one method, one transaction. What was posted never changes; what changes is what became of it, and only forwards: a
recall and an end are kept once.

Example: `mail.outbox.messages(open_only=True)`
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.engine import Connection

from dpr.adapters.mail_file_tables import COPIES, MESSAGES, RECEIPTS, SEALED
from dpr.adapters.mail_statements import MailStatements
from dpr.core import cbor
from dpr.core.errors import DocumentError, StorageError
from dpr.core.mail.carriage import State
from dpr.core.mail.retry import Copy
from dpr.ports import Posted

_COPY_FIELDS = tuple(name for name in Copy.__struct_fields__ if name != "origin")


class SqlOutbox:
    """See dpr.ports.Outbox."""

    def __init__(self, store: MailStatements) -> None:
        self._store = store

    def put(self, posted: Posted, sealed: bytes, *, same: bytes, again: bool = False) -> Posted:
        """See dpr.ports.Outbox; also StorageError `mail_file_row_refused` where the id is another message's."""

        def do(connection: Connection) -> Posted:
            held = None if again else connection.execute(_latest(same)).first()
            if held is not None:
                return _posted(connection, held)
            connection.execute(insert(MESSAGES).values(_message_values(posted) | {"same": same}))
            connection.execute(insert(SEALED).values(message_id=posted.message_id, sealed=sealed))
            for origin in posted.origins:
                connection.execute(insert(COPIES).values(_copy_values(posted.message_id, Copy(origin=origin))))
            return posted

        return self._store.change(do)

    def find(self, same: bytes) -> Posted | None:
        """See dpr.ports.Outbox."""
        with self._store.reading() as connection:
            held = connection.execute(_latest(same)).first()
            return None if held is None else _posted(connection, held)

    def message(self, message_id: bytes) -> Posted:
        """See dpr.ports.Outbox."""
        with self._store.reading() as connection:
            return _required(connection, message_id)

    def messages(self, *, open_only: bool = False) -> Sequence[Posted]:
        """See dpr.ports.Outbox."""
        wanted = select(MESSAGES).order_by(MESSAGES.c.id)
        if open_only:
            wanted = wanted.where(MESSAGES.c.ended.is_(None))
        with self._store.reading() as connection:
            rows = connection.execute(wanted).all()
            origins: dict[bytes, list[str]] = {row.message_id: [] for row in rows}
            copies = select(COPIES.c.message_id, COPIES.c.origin).order_by(COPIES.c.id)
            if open_only:
                copies = copies.where(COPIES.c.message_id.in_(select(MESSAGES.c.message_id).where(MESSAGES.c.ended.is_(None))))
            for message_id, origin in connection.execute(copies):
                origins[message_id].append(origin)
            return [_posted_of(row, origins[row.message_id]) for row in rows]

    def sealed(self, message_id: bytes) -> bytes:
        """See dpr.ports.Outbox."""
        rows = self._store.read(select(SEALED.c.sealed).where(SEALED.c.message_id == message_id))
        if not rows:
            raise StorageError("message_not_in_outbox", message_id.hex())
        return bytes(rows[0].sealed)

    def copies(self, message_id: bytes) -> tuple[Copy, ...]:
        """See dpr.ports.Outbox."""
        with self._store.reading() as connection:
            _required(connection, message_id)
            rows = connection.execute(select(COPIES).where(COPIES.c.message_id == message_id).order_by(COPIES.c.id))
            return tuple(
                Copy(origin=row.origin, **{name: getattr(row, name) for name in _COPY_FIELDS} | {"ended": bool(row.ended)})
                for row in rows
            )

    def keep_copy(self, message_id: bytes, copy: Copy) -> None:
        """See dpr.ports.Outbox; also StorageError `mail_file_row_refused` where the message does not go to that origin."""
        of_copy = (COPIES.c.message_id == message_id, COPIES.c.origin == copy.origin)

        def do(connection: Connection) -> None:
            if connection.execute(update(COPIES).where(*of_copy).values(_copy_values(message_id, copy))).rowcount != 1:
                _required(connection, message_id)
                raise StorageError("mail_file_row_refused", "no such copy")

        self._store.change(do)

    def keep_receipts(self, message_id: bytes, origin: str, receipts: Sequence[bytes]) -> int:
        """See dpr.ports.Outbox."""

        def do(connection: Connection) -> int:
            kept = 0
            _required(connection, message_id)
            for one in receipts:
                values = {"message_id": message_id, "origin": origin, "digest": hashlib.sha256(one).digest(), "document": one}
                kept += connection.execute(insert_or(RECEIPTS).values(values).on_conflict_do_nothing()).rowcount
            return kept

        return self._store.change(do)

    def receipts(self, message_id: bytes) -> tuple[tuple[str, bytes], ...]:
        """See dpr.ports.Outbox."""
        with self._store.reading() as connection:
            _required(connection, message_id)
            of_message = select(RECEIPTS).where(RECEIPTS.c.message_id == message_id).order_by(RECEIPTS.c.id)
            return tuple((row.origin, row.document) for row in connection.execute(of_message))

    def recall(self, message_id: bytes, *, now: int) -> Posted:
        """See dpr.ports.Outbox."""
        return self._once(message_id, MESSAGES.c.recalled_at == 0, recalled_at=now)

    def end(self, message_id: bytes, state: State, *, now: int) -> Posted:
        """See dpr.ports.Outbox."""
        return self._once(message_id, ended=state.value, ended_at=now)

    def forget(self, *, before: int) -> int:
        """See dpr.ports.Outbox."""

        def do(connection: Connection) -> int:
            old = delete(MESSAGES).where(MESSAGES.c.ended.is_not(None), MESSAGES.c.ended_at < before)
            return connection.execute(old).rowcount

        return self._store.change(do)

    def changed(self) -> int:
        """See dpr.ports.Outbox."""
        return self._store.changed()

    def _once(self, message_id: bytes, *conditions: Any, **values: Any) -> Posted:
        of_message = (MESSAGES.c.message_id == message_id, MESSAGES.c.ended.is_(None), *conditions)

        def do(connection: Connection) -> Posted:
            connection.execute(update(MESSAGES).where(*of_message).values(**values))
            return _required(connection, message_id)

        return self._store.change(do)


def _latest(same: bytes) -> Any:
    return select(MESSAGES).where(MESSAGES.c.same == same).order_by(MESSAGES.c.id.desc()).limit(1)


def _required(connection: Connection, message_id: bytes) -> Posted:
    row = connection.execute(select(MESSAGES).where(MESSAGES.c.message_id == message_id)).first()
    if row is None:
        raise StorageError("message_not_in_outbox", message_id.hex())
    return _posted(connection, row)


def _posted(connection: Connection, row: Row[Any]) -> Posted:
    of_message = select(COPIES.c.origin).where(COPIES.c.message_id == row.message_id).order_by(COPIES.c.id)
    return _posted_of(row, connection.execute(of_message).scalars().all())


def _posted_of(row: Row[Any], origins: Sequence[str]) -> Posted:
    """StorageError `mail_file_damaged` for what no program of ours wrote."""
    try:
        return Posted(
            message_id=row.message_id,
            queue=row.queue,
            origins=tuple(origins),
            digest=row.digest,
            documents=tuple(cbor.decode(row.documents)),
            posted_at=row.posted_at,
            not_after=row.not_after,
            recalled_at=row.recalled_at,
            ended=None if row.ended is None else State(row.ended),
            ended_at=row.ended_at,
        )
    except (ValueError, TypeError, DocumentError) as error:
        raise StorageError("mail_file_damaged", f"outbox: {type(error).__name__}") from error


def _message_values(posted: Posted) -> dict[str, Any]:
    values = msgspec.structs.asdict(posted)
    del values["origins"]
    ended = None if posted.ended is None else posted.ended.value
    return values | {"documents": cbor.encode([*posted.documents]), "ended": ended}


def _copy_values(message_id: bytes, copy: Copy) -> dict[str, Any]:
    return {"message_id": message_id, **msgspec.structs.asdict(copy), "ended": int(copy.ended)}
