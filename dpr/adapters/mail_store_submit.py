"""Taking messages into a relay's custody: many in one transaction, each with its R1 (dpr.ports.MailStore.submit).

Rules: what is held already is answered first, before not-after and quotas: the same question gets the same bytes. A message
that is not taken changes nothing for the others. The R1s of a queue are made in order while its row is locked, so that there is
neither a gap nor a number that is given twice.

Example: `submit(work, [Submit((submission,), stamp, quota, now)])`
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select

from dpr.adapters.mail_store_jobs import Submit
from dpr.adapters.mail_store_tables import HELD, MESSAGES, NEVER
from dpr.adapters.mail_store_work import NAMES, Held, Work, rows_of
from dpr.core.mail.receipt import ReceiptContent, ReceiptType
from dpr.ports import Quota, Submission, Submitted

_HELD_ALREADY = select(MESSAGES.c.sender, MESSAGES.c.message_id, MESSAGES.c.digest, MESSAGES.c.r1).where(
    MESSAGES.c.message_id.in_(NAMES)
)


def submit(work: Work, jobs: Sequence[Submit]) -> list[list[Submitted]]:
    """What became of every submission, job by job."""
    all_of_them = [one for job in jobs for one in job.submissions]
    if not all_of_them:
        return [[] for _ in jobs]
    totals = work.lock_senders({one.sender for one in all_of_them})
    shares = work.shares({(one.outer.content.queue, one.sender) for one in all_of_them})
    taking = _Taking(work, totals, shares, _known(work, all_of_them))
    answers = [[taking.take(one, job) for one in job.submissions] for job in jobs]
    if taking.messages:
        work.connection.execute(insert(MESSAGES), taking.messages)
        work.connection.execute(insert(HELD), taking.held)
    return answers


def _known(work: Work, submissions: Sequence[Submission]) -> dict[tuple[bytes, bytes], tuple[bytes, bytes]]:
    """Digest and R1 of what is here already, by sender and message id."""
    rows = rows_of(work.connection, _HELD_ALREADY, {one.outer.id for one in submissions})
    return {(row.sender, row.message_id): (row.digest, row.r1) for row in rows}


class _Taking:
    """The rows to come of one transaction."""

    def __init__(
        self,
        work: Work,
        totals: dict[bytes, Held],
        shares: dict[tuple[str, bytes], Held],
        known: dict[tuple[bytes, bytes], tuple[bytes, bytes]],
    ) -> None:
        self._work = work
        self._totals = totals
        self._shares = shares
        self._known = known
        self.messages: list[dict[str, Any]] = []
        self.held: list[dict[str, Any]] = []

    def take(self, one: Submission, job: Submit) -> Submitted:
        key = (one.sender, one.outer.id)
        if key in self._known:
            digest, r1 = self._known[key]
            return Submitted(r1, False) if digest == one.digest else Submitted(b"", False, "mail_id_taken")
        if one.outer.not_after <= job.now:
            return Submitted(b"", False, "mail_expired")
        if code := self._full(one, job.quota):
            return Submitted(b"", False, code)
        r1 = self._place(one, job)
        self._known[key] = (one.digest, r1)
        return Submitted(r1, True)

    def _full(self, one: Submission, quota: Quota) -> str:
        queue = one.outer.content.queue
        limits = (
            ("queue_full", self._work.queues[queue], quota.queue),
            ("queue_share_full", self._shares[queue, one.sender], quota.share),
            ("sender_full", self._totals[one.sender], quota.sender),
        )
        size = len(one.sealed)
        for code, held, (most, most_bytes) in limits:
            if held.held + 1 > most or held.held_bytes + size > most_bytes:
                return code
        return ""

    def _place(self, one: Submission, job: Submit) -> bytes:
        """Its R1, at the end of its queue."""
        name, size = one.outer.content.queue, len(one.sealed)
        queue = self._work.queues[name]
        sequence = queue.sequence + 1
        content = ReceiptContent(
            type=ReceiptType.R1, queue=name, message_id=one.outer.id, digest=one.digest, sequence=sequence, previous=queue.head
        )
        r1 = job.stamp(content, job.now)
        queue.sequence, queue.head = sequence, hashlib.sha256(r1).digest()
        self._work.count(name, one.sender, 1, size)
        self._shares[name, one.sender].add(1, size)
        self._totals[one.sender].add(1, size)
        of_both = {"queue": name, "sequence": sequence, "not_after": one.outer.not_after, "size_bytes": size}
        self.messages.append(of_both | {"sender": one.sender, "message_id": one.outer.id, "digest": one.digest, "r1": r1})
        self.held.append(of_both | {"leased_until": NEVER, "sealed": one.sealed})
        return r1
