"""A sending node with its relays for the flow tests: the world's keys, memory stores, a clock that runs and can be moved."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from dpr.core.mail.receipt import Outcome, ReceiptContent, ReceiptType
from dpr.core.mail.retry import Timing
from dpr.core.mail.stamp import Stamp
from dpr.core.mail.telling import Told
from dpr.core.trust import Trust
from dpr.flows.carry import Carrier
from dpr.flows.post import Node, post
from dpr.ports import Outbox, Posted
from tests.fakes.mailbox_memory import MemoryMailbox, MemoryRelay
from tests.fakes.outbox_memory import MemoryOutbox
from tests.mail_world import QUEUE, MailWorld

A, B = "https://relay-a.test", "https://relay-b.test"
TIMING = Timing(hedge_seconds=0.1, second_copy_seconds=0.3)


class Clock:
    """Seconds: the world's time and what has passed since, with `ahead` to move it."""

    def __init__(self, start: float) -> None:
        self._start, self.ahead = start - time.monotonic(), 0.0

    def __call__(self) -> float:
        return self._start + time.monotonic() + self.ahead


class Sender:
    """A record system's node, an entry with relays A and B, and an outbox."""

    def __init__(self, outbox: Outbox | None = None) -> None:
        self.world = MailWorld()
        self.clock = Clock(self.world.now)
        self.outbox: Outbox = outbox or MemoryOutbox()
        self.trust: Trust = self.world.trust()
        self.relays = {
            A: MemoryRelay(self.world.stamp(), self.clock),
            B: MemoryRelay(Stamp(self.world.other_relay, self.world.other_relay_credential()), self.clock),
        }
        self.told: list[Told] = []
        self.entry = self.world.address_book_value(A, B).content.entries[0]
        self.timing = TIMING

    def post(self, *documents: bytes, **changes: Any) -> Posted:
        number = len(self.outbox.messages()) + 1
        given = {
            "node": Node(self.world.node, self.world.node_credential()),
            "outbox": self.outbox,
            "trust": self.trust,
            "policy": self.world.policy,
            "now": int(self.clock()),
            "life_seconds": 3600,
            "new_id": number.to_bytes(16, "big"),
        } | changes
        return post(documents or (self.world.prescription_document(),), self.entry, **given)

    def carrier(self) -> Carrier:
        return Carrier(
            outbox=self.outbox,
            mailbox=lambda origin: MemoryMailbox(self.relays[origin], origin),
            trust=lambda: self.trust,
            clock=self.clock,
            random=lambda: 0.1,
            timing=self.timing,
            tell=self.told.append,
        )

    @contextlib.asynccontextmanager
    async def carrying(self) -> AsyncIterator[Carrier]:
        carrier = self.carrier()
        task = asyncio.create_task(carrier.run())
        try:
            yield carrier
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

    def kinds(self, message_id: bytes) -> set[str]:
        """The types of the receipts that the outbox holds, by the relay that gave each: `a R1`."""
        names = {A: "a", B: "b"}
        found = set()
        for origin, data in self.outbox.receipts(message_id):
            from dpr.core.mail import receipts

            found.add(f"{names[origin]} {receipts.read(data, self.trust).content.type.name}")
        return found

    def answer(
        self, posted: Posted, *, at: str = A, outcome: Outcome = Outcome.ACCEPTED, **changes: Any
    ) -> tuple[bytes, bytes]:
        """The pharmacy fetches, and acknowledges with R3 and R4."""
        relay, stamp, now = self.relays[at], self.world.pharmacy_stamp(), int(self.clock())
        relay.fetch(posted.queue, 0, 20)
        about: dict[str, Any] = {
            "message_id": posted.message_id,
            "digest": posted.digest,
            "documents": posted.documents,
        } | changes
        why = {"code": "status_stale"} if outcome is Outcome.REJECTED else {}
        r3 = stamp(ReceiptContent(type=ReceiptType.R3, queue=QUEUE, **about), now)
        r4 = stamp(ReceiptContent(type=ReceiptType.R4, queue=QUEUE, outcome=outcome, **about, **why), now)
        relay.acknowledge(posted.queue, [posted.digest], [r3, r4])
        return r3, r4
