"""How a message ends in a relay's store without its recipient: withdrawn, expired, and at last forgotten (dpr.ports.MailStore).

Rules: a withdrawal has one answer for ever: W1 where it was held and never handed out, else W2. What ends keeps its row, so
that the same message is known again, until it may not be submitted any more. The chain is removed from its beginning only and
never its last R1: what is left has no gap.

Example: `withdraw(work, Withdraw(sender, message_id, stamp, now))`
"""

from __future__ import annotations

from itertools import takewhile

from sqlalchemy import bindparam, delete, func, select, tuple_
from sqlalchemy.engine import Connection

from dpr.adapters.mail_store_jobs import Expire, Forget, Withdraw
from dpr.adapters.mail_store_tables import HELD, MESSAGES, QUEUES, RECEIPTS
from dpr.adapters.mail_store_work import NAMES, AnyRow, Key, Work, copy_of, receipt_row, rows_of
from dpr.core.mail.receipt import ReceiptType

_SENT = select(MESSAGES).where(MESSAGES.c.message_id == bindparam("id"), MESSAGES.c.sender == bindparam("by"))
_OPEN = select(MESSAGES).where(tuple_(MESSAGES.c.queue, MESSAGES.c.sequence).in_(NAMES), MESSAGES.c.ended_at.is_(None))
_WITHDRAWALS = (ReceiptType.W1, ReceiptType.W2)


def message_of(connection: Connection, sender: bytes, message_id: bytes) -> AnyRow | None:
    """A sender's message."""
    return connection.execute(_SENT, {"id": message_id, "by": sender}).first()


def withdraw(work: Work, job: Withdraw) -> bytes | None:
    """The W1 or W2."""
    message = message_of(work.connection, job.sender, job.message_id)
    if message is None:
        return None
    key: Key = (message.queue, message.sequence)
    kept = work.receipts([key])[key]
    for one in kept:
        if one.type in _WITHDRAWALS:
            return bytes(one.document)
    if message.handed_over_at is None and message.ended_at is None:
        answer, kind = copy_of(ReceiptType.W1, message, job.stamp, job.now), ReceiptType.W1
        work.end([message], job.now)
    else:
        kind = ReceiptType.W2
        answer = copy_of(kind, message, job.stamp, job.now, handed_over_at=message.handed_over_at)
    work.keep([receipt_row(kind, key, len(kept) + 1, answer)])
    return answer


def over(connection: Connection, job: Expire) -> list[Key]:
    """Messages whose not-after has come, those of the longest ago first."""
    c = HELD.c
    rows = connection.execute(select(c.queue, c.sequence).where(c.not_after <= job.now).order_by(c.not_after).limit(job.most))
    return [(row.queue, row.sequence) for row in rows]


def expire(work: Work, job: Expire, keys: list[Key]) -> int:
    """Ends those of `keys` that are still held."""
    if not keys:
        return 0
    messages = list(rows_of(work.connection, _OPEN, keys))
    kept = work.receipts([(one.queue, one.sequence) for one in messages])
    work.keep(
        [
            receipt_row(ReceiptType.N1, key, len(kept[key]) + 1, copy_of(ReceiptType.N1, one, job.stamp, job.now))
            for one in messages
            for key in [(one.queue, one.sequence)]
        ]
    )
    work.end(messages, job.now)
    return len(messages)


def forgettable(connection: Connection, job: Forget) -> list[str]:
    """Queues that begin with a message that may be forgotten."""
    c, q, every = MESSAGES.c, QUEUES.c, MESSAGES.alias().c
    first = select(func.min(every.sequence)).where(every.queue == q.queue).scalar_subquery()
    old = (c.sequence == first, c.ended_at < job.before, c.not_after < job.before, c.sequence < q.sequence)
    rows = connection.execute(select(q.queue).join_from(QUEUES, MESSAGES, c.queue == q.queue).where(*old).limit(job.most))
    return [row.queue for row in rows]


def forget(work: Work, job: Forget, queues: list[str]) -> int:
    """Removes the beginnings of `queues`."""
    c, left = MESSAGES.c, job.most
    for name in queues:
        wanted = (c.queue == name, c.sequence < work.queues[name].sequence)
        rows = work.connection.execute(
            select(c.sequence, c.ended_at, c.not_after).where(*wanted).order_by(c.sequence).limit(left)
        )
        old = [
            row.sequence
            for row in takewhile(lambda row: row.ended_at is not None and max(row.ended_at, row.not_after) < job.before, rows)
        ]
        if old:
            for table in (RECEIPTS, MESSAGES):
                work.connection.execute(delete(table).where(table.c.queue == name, table.c.sequence <= old[-1]))
        left -= len(old)
        if left <= 0:
            break
    return job.most - left
