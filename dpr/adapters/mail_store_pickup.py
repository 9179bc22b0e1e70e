"""A recipient at a relay's store: what there is for it, leases, and acknowledgements (dpr.ports.MailStore).

Rules: looking changes nothing and locks nothing, so a thousand polls for what is not there cost a thousand small reads. A
message is leased only where its R1 was shown. An acknowledgement names digests: of each it ends custody, whoever sent it, and
there is an R2 of what was ever handed out here. Of one message there is one R3, one R4 and one N2; the first counts.

Example: `seen = look(connection, queue, after=3, now=now)`; `lease(work, [Lease(queue, seen.upto, …)])`
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, bindparam, func, select, tuple_, update
from sqlalchemy.engine import Connection

from dpr.adapters.mail_store_jobs import Acknowledge, Lease
from dpr.adapters.mail_store_tables import HELD, MESSAGES, QUEUES, RECEIPTS
from dpr.adapters.mail_store_work import NAMES, AnyRow, Key, Work, copy_of, receipt_row, rows_of
from dpr.core.mail.api import MAX_CHAIN
from dpr.core.mail.receipt import NO_RECEIPT, RULES, ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.ports import Fetched

# Made once: to make a statement takes longer than to run it.
_Q: BindParameter[Any] = bindparam("q")
_QUEUE = select(QUEUES).where(QUEUES.c.queue == _Q)
_OLDEST = select(func.min(HELD.c.sequence)).where(HELD.c.queue == _Q)
_CHAIN = (
    select(MESSAGES.c.sequence, MESSAGES.c.r1)
    .where(MESSAGES.c.queue == _Q, MESSAGES.c.sequence > bindparam("after"), MESSAGES.c.sequence <= bindparam("last"))
    .order_by(MESSAGES.c.sequence)
    .limit(MAX_CHAIN)
)
_ENDED = (
    select(RECEIPTS.c.document)
    .where(RECEIPTS.c.queue == _Q, RECEIPTS.c.sequence.between(bindparam("first"), bindparam("last")))
    .where(RECEIPTS.c.type.in_((int(ReceiptType.N1), int(ReceiptType.W1))))
    .order_by(RECEIPTS.c.sequence)
)
#: What nobody has leased and is not over, oldest first.
_FREE = (
    select(HELD.c.sequence, HELD.c.size_bytes)
    .where(HELD.c.queue == _Q, HELD.c.sequence <= bindparam("upto"))
    .where(HELD.c.leased_until <= bindparam("now"), HELD.c.not_after > bindparam("now"))
    .order_by(HELD.c.sequence)
    .limit(bindparam("most"))
)
_SEALED = select(HELD.c.queue, HELD.c.sequence, HELD.c.sealed).where(tuple_(HELD.c.queue, HELD.c.sequence).in_(NAMES))
_NAMED = (
    select(*(column for column in MESSAGES.c if column is not MESSAGES.c.r1))
    .where(MESSAGES.c.digest.in_(NAMES))
    .order_by(MESSAGES.c.sequence)
)
_LEASE = update(HELD).where(HELD.c.queue == _Q, HELD.c.sequence == bindparam("s")).values(leased_until=bindparam("until"))
_HANDED_OVER = (
    update(MESSAGES)
    .where(MESSAGES.c.queue == _Q, MESSAGES.c.sequence == bindparam("s"), MESSAGES.c.handed_over_at.is_(None))
    .values(handed_over_at=bindparam("now"))
)


class Seen(NamedTuple):
    """What a recipient is shown. `upto`: the last number whose R1 it has seen now; `waiting`: something may be leased."""

    fetched: Fetched
    upto: int
    waiting: bool


def look(connection: Connection, queue: str, *, after: int | None, now: int) -> Seen:
    """The queue's end, and its R1s after number `after`, or from the oldest message held. R1s of an earlier name of this relay
    (dpr.adapters.mail_store_renewal) are not of its chain."""
    row = connection.execute(_QUEUE, {"q": queue}).first()
    if row is None:
        return Seen(Fetched(0, NO_RECEIPT, (), (), ()), 0, False)
    if after is None:
        oldest = connection.execute(_OLDEST, {"q": queue}).scalar_one() if row.held else None
        after = row.sequence if oldest is None else min(oldest - 1, row.sequence)
    after = max(after, row.begins)
    chain: Sequence[AnyRow] = ()
    ended: Iterable[bytes] = ()
    if after < row.sequence:
        chain = connection.execute(_CHAIN, {"q": queue, "after": after, "last": row.sequence}).all()
    if chain:
        ends = {"q": queue, "first": chain[0].sequence, "last": chain[-1].sequence}
        ended = connection.execute(_ENDED, ends).scalars()
    upto = chain[-1].sequence if chain else after
    fetched = Fetched(row.sequence, row.head, tuple(one.r1 for one in chain), (), tuple(ended))
    one = {"q": queue, "upto": upto, "now": now, "most": 1}
    return Seen(fetched, upto, row.held > 0 and connection.execute(_FREE, one).first() is not None)


def lease(work: Work, jobs: Sequence[Lease]) -> list[tuple[bytes, ...]]:
    """The messages, leased, job by job; the first time is written down for good."""
    taken: dict[Key, Lease] = {}
    chosen = [_choose(work, job, taken) for job in jobs]
    if not taken:
        return [() for _ in jobs]
    rows = [{"q": q, "s": s, "until": job.until, "now": job.now} for (q, s), job in taken.items()]
    work.connection.execute(_LEASE, rows)
    work.connection.execute(_HANDED_OVER, rows)
    sealed = {(row.queue, row.sequence): row.sealed for row in rows_of(work.connection, _SEALED, taken)}
    return [tuple(sealed[key] for key in keys) for keys in chosen]


def _choose(work: Work, job: Lease, taken: dict[Key, Lease]) -> list[Key]:
    """What one job gets, beside what others in this transaction have `taken`, to which it is added."""
    if job.queue not in work.queues:
        return []
    before = sum(queue == job.queue for queue, _ in taken)
    total = 0
    keys: list[Key] = []
    for row in work.connection.execute(_FREE, {"q": job.queue, "upto": job.upto, "now": job.now, "most": job.most + before}):
        total += 0 if (job.queue, row.sequence) in taken else row.size_bytes
        if len(keys) == job.most or (keys and total > job.most_bytes):
            break
        if (job.queue, row.sequence) not in taken:
            keys.append((job.queue, row.sequence))
            taken[keys[-1]] = job
    return keys


class _Copy:
    """A message that is acknowledged, and what is kept about it."""

    def __init__(self, row: AnyRow, receipts: Sequence[AnyRow]) -> None:
        self.row = row
        self.key: Key = (row.queue, row.sequence)
        self.receipts = {int(one.type): bytes(one.document) for one in receipts}
        self.ended = row.ended_at is not None
        self.new: list[dict[str, Any]] = []

    def keep(self, kind: ReceiptType, document: bytes) -> None:
        """Adds a receipt, where there is none of its type."""
        if kind not in self.receipts:
            self.receipts[kind] = document
            # R1 is the first of all; place 1 is the first after it.
            self.new.append(receipt_row(kind, self.key, len(self.receipts), document))


def acknowledge(work: Work, jobs: Sequence[Acknowledge]) -> list[list[bytes]]:
    """The R2s, job by job."""
    copies = _copies(work, jobs)
    answers: list[list[bytes]] = []
    over: dict[int, list[_Copy]] = {}
    for job in jobs:
        for receipt in job.receipts:
            for one in _meant(copies, job.queue, receipt):
                one.keep(receipt.content.type, receipt.document)
        answers.append([])
        for digest in dict.fromkeys(job.digests):
            for one in copies.get((job.queue, digest), ()):
                if one.row.handed_over_at is not None:
                    if ReceiptType.R2 not in one.receipts:
                        one.keep(ReceiptType.R2, copy_of(ReceiptType.R2, one.row, job.stamp, job.now))
                    answers[-1].append(one.receipts[ReceiptType.R2])
                if not one.ended:
                    one.ended = True
                    over.setdefault(job.now, []).append(one)
    work.keep([row for found in copies.values() for one in found for row in one.new])
    for now, ended in over.items():
        work.end([one.row for one in ended], now)
    return answers


def _meant(copies: dict[tuple[str, bytes], list[_Copy]], queue: str, receipt: Attested) -> list[_Copy]:
    """The messages in this queue that a recipient's receipt is about."""
    content = receipt.content
    if not RULES[content.type].by_recipient or content.queue != queue or content.digest is None:
        return []
    return [one for one in copies.get((queue, content.digest), ()) if one.row.message_id == content.message_id]


def _copies(work: Work, jobs: Sequence[Acknowledge]) -> dict[tuple[str, bytes], list[_Copy]]:
    """Every message that is named, by queue and digest."""
    named = {digest for job in jobs for digest in job.digests}
    named |= {one.content.digest for job in jobs for one in job.receipts if one.content.digest is not None}
    if not named:
        return {}
    found = rows_of(work.connection, _NAMED, named)
    rows = [row for row in found if row.queue in work.queues]
    receipts = work.receipts([(row.queue, row.sequence) for row in rows])
    copies: dict[tuple[str, bytes], list[_Copy]] = {}
    for row in rows:
        copies.setdefault((row.queue, row.digest), []).append(_Copy(row, receipts[row.queue, row.sequence]))
    return copies
