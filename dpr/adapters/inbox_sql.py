"""The inbox in a node's mail file: dpr.ports.Inbox.

Rules: one method, one transaction. What was answered once stands: an answer is kept before it is sent, and of two that exclude
each other the first counts. A place moves forwards only.

Example: `mail.inbox.came(digest, queue=queue, message_id=message_id, now=now).answers`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.engine import Connection

from dpr.adapters.mail_file_tables import ALARMS, ANSWERS, CAME, CAME_FROM, FIRST, HEADS, ORIGINS, PLACES, SHOWN
from dpr.adapters.mail_statements import MailStatements
from dpr.core import cbor
from dpr.core.errors import DocumentError, StorageError
from dpr.core.mail.chain import Place
from dpr.core.mail.receipt import ReceiptType
from dpr.ports import Alarm, Came, Head, Shown

Relay = tuple[str, str]
_FINAL = frozenset((ReceiptType.R4, ReceiptType.N2))


class SqlInbox:
    """See dpr.ports.Inbox."""

    def __init__(self, store: MailStatements) -> None:
        self._store = store

    def relay_at(self, origin: str) -> Relay | None:
        """See dpr.ports.Inbox."""
        rows = self._store.read(select(ORIGINS).where(ORIGINS.c.origin == origin))
        return (rows[0].issuer, rows[0].name) if rows else None

    def place(self, relay: Relay, queue: str) -> tuple[Place, bytes] | None:
        """See dpr.ports.Inbox."""
        rows = self._store.read(select(PLACES).where(_at(PLACES, relay, queue)))
        return (Place(rows[0].sequence, rows[0].head), rows[0].last) if rows else None

    def advance(
        self, origin: str, relay: Relay, queue: str, place: Place, last: bytes, shown: Sequence[Shown], *, watch: bool
    ) -> None:
        """See dpr.ports.Inbox."""
        of = {"issuer": relay[0], "name": relay[1]}
        moved = {"sequence": place.sequence, "head": place.head, "last": last}

        def do(connection: Connection) -> None:
            origins = insert_or(ORIGINS).values(origin=origin, **of)
            connection.execute(origins.on_conflict_do_update(index_elements=["origin"], set_=of))
            places = insert_or(PLACES).values(**of, queue=queue, **moved)
            forwards = PLACES.c.sequence <= place.sequence
            keys = ["issuer", "name", "queue"]
            connection.execute(places.on_conflict_do_update(index_elements=keys, set_=moved, where=forwards))
            for one in shown:
                came = connection.execute(select(exists().where(CAME.c.digest == one.digest))).scalar_one()
                values = {**one._asdict(), "issuer": one.relay[0], "name": one.relay[1], "awaited": int(watch and not came)}
                del values["relay"]
                connection.execute(insert_or(SHOWN).values(values).on_conflict_do_nothing())

        self._store.change(do)

    def keep_head(self, head: Head) -> None:
        """See dpr.ports.Inbox."""
        moved = {"at": head.at, "receipt": head.receipt}
        heads = insert_or(HEADS).values(issuer=head.relay[0], name=head.relay[1], queue=head.queue, **moved)
        keys = ["issuer", "name", "queue"]
        newest = heads.on_conflict_do_update(index_elements=keys, set_=moved, where=HEADS.c.at < head.at)
        self._store.change(lambda connection: connection.execute(newest))

    def heads(self) -> Sequence[Head]:
        """See dpr.ports.Inbox."""
        rows = self._store.read(select(HEADS).order_by(HEADS.c.issuer, HEADS.c.name, HEADS.c.queue))
        return [Head((row.issuer, row.name), row.queue, row.at, row.receipt) for row in rows]

    def shown(self, digest: bytes) -> Sequence[Shown]:
        """See dpr.ports.Inbox."""
        return self._shown(SHOWN.c.digest == digest)

    def not_come(self, relay: Relay, queue: str, digests: Sequence[bytes]) -> None:
        """See dpr.ports.Inbox."""

        def do(connection: Connection) -> None:
            ended = and_(_at(SHOWN, relay, queue), SHOWN.c.digest.in_(digests))
            connection.execute(update(SHOWN).where(ended).values(awaited=0))

        self._store.change(do)

    def missing(self, *, before: int) -> Sequence[Shown]:
        """See dpr.ports.Inbox."""
        return self._shown(and_(SHOWN.c.awaited == 1, SHOWN.c.shown_at < before))

    def came(self, digest: bytes, *, origin: str, queue: str, message_id: bytes, now: int) -> Came:
        """See dpr.ports.Inbox."""
        values = {"queue": queue, "message_id": message_id, "sender": b"", "first_at": now}

        def do(connection: Connection) -> Came:
            connection.execute(insert_or(CAME).values(digest=digest, **values).on_conflict_do_nothing())
            lacks = insert_or(CAME_FROM).values(digest=digest, origin=origin, sent=0)
            connection.execute(lacks.on_conflict_do_update(index_elements=["digest", "origin"], set_={"sent": 0}))
            connection.execute(update(SHOWN).where(SHOWN.c.digest == digest).values(awaited=0))
            return _came(connection, CAME.c.digest == digest)[0]

        return self._store.change(do)

    def opened(self, digest: bytes, *, sender: bytes, thumbprint: bytes) -> bytes:
        """See dpr.ports.Inbox; also StorageError `mail_file_row_refused` for what did not come."""

        def do(connection: Connection) -> bytes:
            if connection.execute(update(CAME).where(CAME.c.digest == digest).values(sender=sender)).rowcount != 1:
                raise StorageError("mail_file_row_refused", "it did not come")
            message_id = connection.execute(select(CAME.c.message_id).where(CAME.c.digest == digest)).scalar_one()
            values = {"thumbprint": thumbprint, "message_id": message_id, "digest": digest}
            connection.execute(insert_or(FIRST).values(values).on_conflict_do_nothing())
            of = (FIRST.c.thumbprint == thumbprint, FIRST.c.message_id == message_id)
            return bytes(connection.execute(select(FIRST.c.digest).where(*of)).scalar_one())

        return self._store.change(do)

    def answer(self, digest: bytes, given: Mapping[ReceiptType, bytes]) -> tuple[bytes, ...]:
        """See dpr.ports.Inbox; also StorageError `mail_file_row_refused` for what did not come."""
        of_message = select(ANSWERS).where(ANSWERS.c.digest == digest).order_by(ANSWERS.c.type)

        def do(connection: Connection) -> tuple[bytes, ...]:
            held = {ReceiptType(row.type) for row in connection.execute(of_message)}
            for kind, receipt in given.items():
                if kind not in held and not (kind in _FINAL and held & _FINAL):
                    connection.execute(insert(ANSWERS).values(digest=digest, type=int(kind), document=receipt))
                    held.add(kind)
            return tuple(row.document for row in connection.execute(of_message))

        return self._store.change(do)

    def message(self, digest: bytes) -> Came | None:
        """See dpr.ports.Inbox."""
        with self._store.reading() as connection:
            return next(iter(_came(connection, CAME.c.digest == digest)), None)

    def messages(self) -> Sequence[Came]:
        """See dpr.ports.Inbox."""
        with self._store.reading() as connection:
            return _came(connection)

    def unsent(self, origin: str, *, most: int) -> Sequence[Came]:
        """See dpr.ports.Inbox."""
        made = select(func.count()).where(ANSWERS.c.digest == CAME_FROM.c.digest).scalar_subquery()
        with self._store.reading() as connection:
            lacking = select(CAME_FROM.c.digest).where(CAME_FROM.c.origin == origin, CAME_FROM.c.sent < made)
            in_order = select(CAME.c.digest).where(CAME.c.digest.in_(lacking)).order_by(CAME.c.id).limit(most)
            digests = connection.execute(in_order).scalars().all()
            return _came(connection, CAME.c.digest.in_(digests)) if digests else []

    def sent(self, origin: str, digests: Mapping[bytes, int]) -> None:
        """See dpr.ports.Inbox."""

        def do(connection: Connection) -> None:
            for digest, answers in digests.items():
                of = (CAME_FROM.c.digest == digest, CAME_FROM.c.origin == origin)
                connection.execute(update(CAME_FROM).where(*of).values(sent=answers))

        self._store.change(do)

    def raise_alarm(self, alarm: Alarm) -> bool:
        """See dpr.ports.Inbox."""
        values = {
            **alarm._asdict(),
            "digest": alarm.digest,
            "issuer": alarm.relay[0],
            "name": alarm.relay[1],
            "evidence": cbor.encode([*alarm.evidence]),
        }
        del values["relay"]

        def do(connection: Connection) -> bool:
            return connection.execute(insert_or(ALARMS).values(values).on_conflict_do_nothing()).rowcount == 1

        return self._store.change(do)

    def alarms(self) -> Sequence[Alarm]:
        """See dpr.ports.Inbox."""
        try:
            return [
                Alarm(
                    row.origin,
                    (row.issuer, row.name),
                    row.queue,
                    row.code,
                    row.detail,
                    tuple(cbor.decode(row.evidence)),
                    row.at,
                    row.settled_at,
                    row.settled_by,
                )
                for row in self._store.read(select(ALARMS).order_by(ALARMS.c.id))
            ]
        except (TypeError, DocumentError) as error:
            raise StorageError("mail_file_damaged", f"inbox: {type(error).__name__}") from error

    def settle(self, digest: bytes, *, by: str, now: int) -> None:
        """See dpr.ports.Inbox."""
        open_one = and_(ALARMS.c.digest == digest, ALARMS.c.settled_at == 0)
        settled = update(ALARMS).where(open_one).values(settled_at=now, settled_by=by)
        self._store.change(lambda connection: connection.execute(settled))

    def forget(self, *, before: int) -> int:
        """See dpr.ports.Inbox."""
        answered = exists().where(ANSWERS.c.digest == CAME.c.digest, ANSWERS.c.type.in_([int(one) for one in _FINAL]))

        def do(connection: Connection) -> int:
            connection.execute(delete(SHOWN).where(SHOWN.c.shown_at < before))
            connection.execute(delete(ALARMS).where(ALARMS.c.settled_at > 0, ALARMS.c.settled_at < before))
            return connection.execute(delete(CAME).where(CAME.c.first_at < before, answered)).rowcount

        return self._store.change(do)

    def _shown(self, condition: Any) -> Sequence[Shown]:
        rows = self._store.read(select(SHOWN).where(condition).order_by(SHOWN.c.id))
        return [
            Shown((row.issuer, row.name), row.queue, row.sequence, row.message_id, row.digest, row.receipt, row.shown_at)
            for row in rows
        ]


def _at(table: Any, relay: Relay, queue: str) -> Any:
    return and_(table.c.issuer == relay[0], table.c.name == relay[1], table.c.queue == queue)


def _came(connection: Connection, *conditions: Any) -> list[Came]:
    rows = connection.execute(select(CAME).where(*conditions).order_by(CAME.c.id)).all()
    answers: dict[bytes, list[bytes]] = {row.digest: [] for row in rows}
    if not rows:
        return []
    wanted = select(ANSWERS).order_by(ANSWERS.c.type)
    if conditions:
        wanted = wanted.where(or_(*(ANSWERS.c.digest == digest for digest in answers)))
    for row in connection.execute(wanted):
        answers[row.digest].append(row.document)
    return [
        Came(
            digest=row.digest,
            queue=row.queue,
            message_id=row.message_id,
            first_at=row.first_at,
            sender=row.sender,
            answers=tuple(answers[row.digest]),
        )
        for row in rows
    ]
