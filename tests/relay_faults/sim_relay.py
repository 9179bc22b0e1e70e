"""A relay over any MailStore, as docs/protocol.md has it, without a network: what simulated runs speak to.

Rules: it does what the server does between the wire and the store: takes a sealed message apart, signs heads, reads the
receipts that recipients hand in, waits for mail. Its clock may be wrong, and it may be down; what it had committed, it has.

Example: `await SimRelay("A", store, stamp, trust, clock).submit(sender, sealed)` → the R1
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from dpr.core.errors import DocumentError, StorageError
from dpr.core.mail import receipts, sealing
from dpr.core.mail.api import InboxAnswer
from dpr.core.mail.receipt import ReceiptContent, ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.mail.stamp import Stamp
from dpr.core.trust import Trust
from dpr.ports import Fetched, MailboxFailed, MailStore, Quota, Submission, Submitted

T = TypeVar("T")
PLENTY = Quota((10_000, 10**9), (10_000, 10**9), (10_000, 10**9))
LEASE_SECONDS = 60
#: Of one answer.
_MOST_BYTES = 1_000_000


class SimRelay:
    """`clock`: instant in seconds, as this relay has it. `down`: nothing is answered."""

    def __init__(self, label: str, store: MailStore, stamp: Stamp, trust: Trust, clock: Callable[[], float]) -> None:
        self.label, self.store, self.stamp, self.trust, self.clock = label, store, stamp, trust, clock
        self.quota = PLENTY
        self.down = False
        self._arrival = asyncio.Event()

    @property
    def now(self) -> int:
        return int(self.clock())

    async def submit(self, sender: bytes, sealed: bytes) -> bytes:
        outer = sealing.read(sealed).outer
        submission = Submission(sender, outer, sealed, hashlib.sha256(sealed).digest())
        result = self._submitted(await self._stored(lambda: self._submit(submission)))
        self._arrival.set()
        self._arrival = asyncio.Event()
        return result.receipt

    def _submit(self, submission: Submission) -> Submitted:
        return self.store.submit([submission], stamp=self.stamp, quota=self.quota, now=self.now)[0]

    def _submitted(self, one: Submitted) -> Submitted:
        if one.code:
            raise MailboxFailed(one.code, final=one.code in ("mail_id_taken", "mail_expired"))
        return one

    async def inbox(self, queue: str, *, after: int | None, wait_seconds: int, most: int) -> InboxAnswer:
        found = await self._stored(lambda: self._fetch(queue, after, most))
        if wait_seconds and not found.messages and found.sequence == (after or 0):
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_seconds):
                    await self._arrival.wait()
            found = await self._stored(lambda: self._fetch(queue, after, most))
        return self.answer(queue, found)

    def _fetch(self, queue: str, after: int | None, most: int) -> Fetched:
        return self.store.fetch(
            queue, after=after, most=most, most_bytes=_MOST_BYTES, lease_seconds=LEASE_SECONDS, now=self.now
        )

    def answer(self, queue: str, found: Fetched) -> InboxAnswer:
        """What is sent of what was fetched, under an H1 of this moment."""
        head = ReceiptContent(type=ReceiptType.H1, queue=queue, sequence=found.sequence, head=found.head)
        return InboxAnswer(head=self.stamp(head, self.now), chain=found.chain, messages=found.messages, ended=found.ended)

    async def acknowledge(self, queue: str, digests: tuple[bytes, ...], given: tuple[bytes, ...]) -> tuple[bytes, ...]:
        read = tuple(one for one in map(self._read, given) if one is not None and one.content.queue == queue)
        return tuple(await self._stored(lambda: self._acknowledge(queue, digests, read)))

    def _acknowledge(self, queue: str, digests: tuple[bytes, ...], read: tuple[Attested, ...]) -> list[bytes]:
        return self.store.acknowledge(queue, digests, read, stamp=self.stamp, now=self.now)

    def _read(self, receipt: bytes) -> Attested | None:
        try:
            return receipts.read(receipt, self.trust)
        except DocumentError:
            return None

    async def receipts(self, sender: bytes, message_id: bytes, *, known: int) -> tuple[bytes, ...]:
        found = await self._stored(lambda: self.store.receipts(sender, message_id))
        if found is None:
            raise MailboxFailed("message_unknown", final=True)
        return tuple(found[known:])

    async def withdraw(self, sender: bytes, message_id: bytes) -> bytes:
        found = await self._stored(lambda: self.store.withdraw(sender, message_id, stamp=self.stamp, now=self.now))
        if found is None:
            raise MailboxFailed("message_unknown", final=True)
        return found

    async def tidy(self) -> None:
        """What the server does by itself, now and then."""
        if not self.down:
            await self._stored(lambda: self.store.expire(stamp=self.stamp, now=self.now, most=1000))

    async def _stored(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except StorageError as error:
            raise MailboxFailed("relay_unreachable", error.code, retry_after_seconds=1) from None
