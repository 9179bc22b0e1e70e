"""A pharmacy that fetches, for the flow tests: inbox, ledger and trust in memory, relays A and B, and the sender's node."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

from dpr.apps.delivering import Receiving, deliver
from dpr.core.mail import receipts, sealing
from dpr.core.mail.receipt import ReceiptContent, ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.mail.sealing import Sealed
from dpr.core.mail.stamp import Stamp
from dpr.core.mail.telling import Told
from dpr.core.trust import Trust
from dpr.flows.collect import Collector, Deliver
from dpr.ports import Inbox, Ledger
from tests.fakes.inbox_memory import MemoryInbox
from tests.fakes.ledger_memory import MemoryLedger
from tests.fakes.mailbox_memory import MemoryMailbox, MemoryRelay
from tests.flows.carriage import A, B, Clock
from tests.mail_world import QUEUE, MailWorld, opening_key, sealing_key


class WorldOpener:
    """The pharmacy's mail key of the world, as dpr.ports.Opener."""

    keys = (sealing_key("pharmacy"),)

    def open(self, sealed: Sealed) -> bytes:
        from cryptography.exceptions import InvalidTag

        from dpr.core.errors import DocumentError

        if sealed.key_id != self.keys[0].id:
            raise DocumentError("mail_key_unknown")
        try:
            return sealing.unpad(sealing.SUITE.decrypt(sealed.ciphertext, opening_key("pharmacy"), info=sealed.info))
        except InvalidTag:
            raise DocumentError("mail_not_opened") from None


class Pickup:
    """A pharmacy with relays A and B."""

    def __init__(self, inbox: Inbox | None = None, ledger: Ledger | None = None) -> None:
        self.world = MailWorld()
        self.clock = Clock(self.world.now)
        self.inbox: Inbox = inbox or MemoryInbox()
        self.ledger: Ledger = ledger or MemoryLedger()
        self.trust: Trust = self.world.trust()
        self.relays = {
            A: MemoryRelay(self.world.stamp(), self.clock),
            B: MemoryRelay(Stamp(self.world.other_relay, self.world.other_relay_credential()), self.clock),
        }
        self.told: list[Told] = []
        self.trust_store: Any = None
        self.deliver: Deliver = lambda delivery: deliver(
            delivery,
            receiving=Receiving(self.world.policy, lambda: self.trust, self.trust_store, self.ledger),
            now=datetime.fromtimestamp(self.clock(), UTC),
        )

    def send(self, *given: bytes, number: int = 1, to: tuple[str, ...] = (A,), **changes: Any) -> bytes:
        """A message of the node in the relays' custody; SHA-256 of what was sealed."""
        sealed = self.world.sealed(self.world.message_value(*given, number=number, **changes))
        return self.put(sealed, to=to)

    def put(self, sealed: bytes, *, to: tuple[str, ...] = (A,), sender: bytes = b"node") -> bytes:
        for origin in to:
            self.relays[origin].submit(sender, sealed)
        return hashlib.sha256(sealed).digest()

    def collector(self) -> Collector:
        return Collector(
            inbox=self.inbox,
            queue=QUEUE,
            stamp=self.world.pharmacy_stamp(),
            opener=WorldOpener(),
            deliver=self.deliver,
            trust=lambda: self.trust,
            policy=self.world.policy,
            clock=self.clock,
            random=lambda: 0.1,
            tell=self.told.append,
        )

    def mailbox(self, origin: str = A) -> MemoryMailbox:
        return MemoryMailbox(self.relays[origin], origin, sender=b"pharmacy")

    async def poll(self, origin: str = A, collector: Collector | None = None) -> bool:
        return await (collector or self.collector()).poll(self.mailbox(origin), wait_seconds=0)

    @contextlib.asynccontextmanager
    async def collecting(self) -> AsyncIterator[Collector]:
        collector = self.collector()
        task = asyncio.create_task(collector.run([self.mailbox(A), self.mailbox(B)]))
        try:
            yield collector
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def until(self, condition: Callable[[], bool], seconds: float = 5.0) -> None:
        """Waits for a condition; the test fails where it does not come."""
        ends = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends, f"it did not come; told: {self.told}"
            await asyncio.sleep(0.005)

    def answers(self, digest: bytes) -> list[ReceiptContent]:
        came = self.inbox.message(digest)
        return [receipts.read(one, self.trust).content for one in came.answers] if came else []

    def kinds(self, digest: bytes) -> list[str]:
        return [one.type.name for one in self.answers(digest)]

    def at_relay(self, origin: str = A) -> list[list[str]]:
        """The types of the receipts that a relay holds, by message in its order."""
        copies = self.relays[origin].queues.get(QUEUE, [])
        return [[receipts.read(one, self.trust).content.type.name for one in copy.receipts] for copy in copies]

    def r1(self, origin: str = A, place: int = 0) -> Attested:
        return receipts.read(self.relays[origin].chains[QUEUE][place], self.trust)

    def what(self) -> list[tuple[str, str]]:
        """What was told, without contacts."""
        return [(one.what, one.code) for one in self.told if one.what != "contact"]


__all__ = ["QUEUE", "A", "B", "Pickup", "ReceiptType", "WorldOpener"]
