"""A relay's store in memory, one plain step after another: what dpr.adapters.mail_store_sql is compared with."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dpr.core.mail.api import MAX_CHAIN
from dpr.core.mail.receipt import NO_RECEIPT, RULES, ReceiptContent, ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.ports import Fetched, Quota, StampReceipt, Submission, Submitted


@dataclass
class Kept:
    """One message. `sealed`: None when it has ended."""

    submission: Submission
    sequence: int
    r1: bytes
    sealed: bytes | None
    leased_until: int = 0
    handed_over_at: int | None = None
    ended_at: int = 0
    receipts: dict[ReceiptType, bytes] = field(default_factory=dict)

    @property
    def queue(self) -> str:
        return self.submission.outer.content.queue

    def add(self, kind: ReceiptType, stamp: StampReceipt, now: int, **more: Any) -> bytes:
        """A receipt of the relay, made once."""
        one = self.submission
        content = ReceiptContent(
            type=kind, queue=self.queue, message_id=one.outer.id, digest=one.digest, sequence=self.sequence, **more
        )
        if kind not in self.receipts:
            self.receipts[kind] = stamp(content, now)
        return self.receipts[kind]

    def end(self, now: int) -> None:
        self.sealed, self.ended_at = None, now


class MemoryMailStore:
    """See dpr.ports.MailStore."""

    def __init__(self) -> None:
        self._kept: dict[tuple[bytes, bytes], Kept] = {}
        self._chains: dict[str, list[Kept]] = {}

    def submit(self, submissions: Sequence[Submission], *, stamp: StampReceipt, quota: Quota, now: int) -> list[Submitted]:
        return [self._take(one, stamp, quota, now) for one in submissions]

    def _take(self, one: Submission, stamp: StampReceipt, quota: Quota, now: int) -> Submitted:
        queue = one.outer.content.queue
        if kept := self._kept.get((one.sender, one.outer.id)):
            return Submitted(kept.r1, False) if kept.submission.digest == one.digest else Submitted(b"", False, "mail_id_taken")
        if one.outer.not_after <= now:
            return Submitted(b"", False, "mail_expired")
        if code := self._full(one, quota):
            return Submitted(b"", False, code)
        sequence, head = self._end(queue)
        content = ReceiptContent(
            type=ReceiptType.R1, queue=queue, message_id=one.outer.id, digest=one.digest, sequence=sequence + 1, previous=head
        )
        kept = Kept(one, sequence + 1, stamp(content, now), one.sealed)
        self._kept[one.sender, one.outer.id] = kept
        self._chains.setdefault(queue, []).append(kept)
        return Submitted(kept.r1, True)

    def _full(self, one: Submission, quota: Quota) -> str:
        held = [(kept.queue, kept.submission.sender, len(kept.sealed)) for kept in self._kept.values() if kept.sealed]
        queue = one.outer.content.queue
        for code, sizes, (most, most_bytes) in (
            ("queue_full", [size for of, _, size in held if of == queue], quota.queue),
            ("queue_share_full", [size for of, by, size in held if (of, by) == (queue, one.sender)], quota.share),
            ("sender_full", [size for _, by, size in held if by == one.sender], quota.sender),
        ):
            if len(sizes) >= most or sum(sizes) + len(one.sealed) > most_bytes:
                return code
        return ""

    def _end(self, queue: str) -> tuple[int, bytes]:
        chain = self._chains.get(queue, [])
        return (chain[-1].sequence, hashlib.sha256(chain[-1].r1).digest()) if chain else (0, NO_RECEIPT)

    def fetch(self, queue: str, *, after: int | None, most: int, most_bytes: int, lease_seconds: int, now: int) -> Fetched:
        every = self._chains.get(queue, [])
        sequence, head = self._end(queue)
        if after is None:
            after = min((kept.sequence - 1 for kept in every if kept.sealed), default=sequence)
        chain = [kept for kept in every if kept.sequence > after][:MAX_CHAIN]
        upto = chain[-1].sequence if chain else after
        free = [
            kept for kept in every
            if kept.sealed and kept.sequence <= upto and kept.leased_until <= now < kept.submission.outer.not_after
        ][:max(most, 0)]  # fmt: skip
        given: list[bytes] = []
        for kept in free:
            if given and sum(map(len, given)) + len(kept.sealed or b"") > most_bytes:
                break
            given.append(kept.sealed or b"")
            kept.leased_until = now + lease_seconds
            kept.handed_over_at = now if kept.handed_over_at is None else kept.handed_over_at
        ends = (ReceiptType.N1, ReceiptType.W1)
        ended = [kept.receipts[kind] for kept in chain for kind in ends if kind in kept.receipts]
        return Fetched(sequence, head, tuple(kept.r1 for kept in chain), tuple(given), tuple(ended))

    def acknowledge(
        self, queue: str, digests: Sequence[bytes], receipts: Sequence[Attested], *, stamp: StampReceipt, now: int
    ) -> list[bytes]:
        every = self._chains.get(queue, [])
        for receipt in receipts:
            content = receipt.content
            for kept in every:
                about = (kept.submission.outer.id, kept.submission.digest, queue)
                if RULES[content.type].by_recipient and about == (content.message_id, content.digest, content.queue):
                    kept.receipts.setdefault(content.type, receipt.document)
        handed_over = []
        for digest in dict.fromkeys(digests):
            for kept in every:
                if kept.submission.digest == digest:
                    if kept.handed_over_at is not None:
                        handed_over.append(kept.add(ReceiptType.R2, stamp, now))
                    if kept.sealed:
                        kept.end(now)
        return handed_over

    def receipts(self, sender: bytes, message_id: bytes) -> list[bytes] | None:
        kept = self._kept.get((sender, message_id))
        return None if kept is None else [kept.r1, *kept.receipts.values()]

    def withdraw(self, sender: bytes, message_id: bytes, *, stamp: StampReceipt, now: int) -> bytes | None:
        kept = self._kept.get((sender, message_id))
        if kept is None:
            return None
        if ReceiptType.W1 in kept.receipts:
            return kept.receipts[ReceiptType.W1]
        if kept.handed_over_at is None and kept.sealed:
            kept.end(now)
            return kept.add(ReceiptType.W1, stamp, now)
        return kept.add(ReceiptType.W2, stamp, now, handed_over_at=kept.handed_over_at)

    def expire(self, *, stamp: StampReceipt, now: int, most: int) -> int:
        over = [kept for kept in self._kept.values() if kept.sealed and kept.submission.outer.not_after <= now]
        over.sort(key=lambda kept: kept.submission.outer.not_after)
        for kept in over[:most]:
            kept.add(ReceiptType.N1, stamp, now)
            kept.end(now)
        return len(over[:most])

    def forget(self, *, before: int, most: int) -> int:
        count = 0
        for chain in self._chains.values():
            while len(chain) > 1 and count < most:
                kept = chain[0]
                if kept.sealed or max(kept.ended_at, kept.submission.outer.not_after) >= before:
                    break
                del self._kept[kept.submission.sender, kept.submission.outer.id]
                del chain[0]
                count += 1
        return count

    def held(self) -> tuple[int, int]:
        sizes = [len(kept.sealed) for kept in self._kept.values() if kept.sealed]
        return len(sizes), sum(sizes)
