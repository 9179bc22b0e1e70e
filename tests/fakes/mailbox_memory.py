"""A relay in memory and a node's way to it: what dpr/adapters/mailbox_http.py reaches over a network, by the relay's rules.

Rules: R1s are a chain; a copy is leased, acknowledged, withdrawn or expired once; receipts are the same each time. A test says
how the relay fails (`failing`, `lost`), lies (`spoil`) or is slow (`delay_seconds`).

Example: `relay = MemoryRelay(world.stamp(), clock); MemoryMailbox(relay, "https://relay-a.test", sender=b"node")`
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dpr.core.mail import sealing
from dpr.core.mail.api import InboxAnswer
from dpr.core.mail.receipt import NO_RECEIPT, ReceiptContent, ReceiptType
from dpr.core.mail.stamp import Stamp
from dpr.ports import MailboxFailed

LEASE_SECONDS = 60


@dataclass
class _Copy:
    sender: bytes
    outer: sealing.Outer
    sealed: bytes
    digest: bytes
    sequence: int
    receipts: list[bytes] = field(default_factory=list)
    leased_until: float = 0.0
    handed_over_at: int = 0
    over: bool = False


class MemoryRelay:
    """One relay for every node. `clock`: seconds; `failing`: by call (`submit`, `ask`, `recall`, `inbox`, `ack`), "" for every
    one, the code with which it fails; `lost`: the calls whose answer is lost after they were done."""

    def __init__(self, stamp: Stamp, clock: Callable[[], float], *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._stamp, self._clock, self._lease_seconds = stamp, clock, lease_seconds
        self.queues: dict[str, list[_Copy]] = {}
        self.chains: dict[str, list[bytes]] = {}
        self.failing: dict[str, str] = {}
        self.lost: set[str] = set()
        self.delay_seconds = 0.0
        self.calls: list[str] = []
        self.spoil: Callable[[str, Any], Any] = lambda call, answer: answer
        self._changed = asyncio.Event()

    def _say(self, kind: ReceiptType, queue: str, **fields: Any) -> bytes:
        return self._stamp(ReceiptContent(type=kind, queue=queue, **fields), int(self._clock()))

    def _of(self, copy: _Copy, kind: ReceiptType, **fields: Any) -> bytes:
        same = {"message_id": copy.outer.id, "digest": copy.digest, "sequence": copy.sequence}
        receipt = self._say(kind, copy.outer.content.queue, **same, **fields)
        copy.receipts.append(receipt)
        return receipt

    def _find(self, message_id: bytes, sender: bytes | None = None) -> _Copy | None:
        for copies in self.queues.values():
            for copy in copies:
                if copy.outer.id == message_id and sender in (None, copy.sender):
                    return copy
        return None

    def submit(self, sender: bytes, sealed: bytes) -> bytes:
        outer, digest = sealing.read(sealed).outer, hashlib.sha256(sealed).digest()
        held = self._find(outer.id, sender)
        if held is not None:
            if held.digest != digest:
                raise MailboxFailed("mail_id_taken", final=True)
            return held.receipts[0]
        if outer.not_after <= self._clock():
            raise MailboxFailed("mail_expired", final=True)
        chain = self.chains.setdefault(outer.content.queue, [])
        copy = _Copy(sender, outer, sealed, digest, len(chain) + 1)
        previous = hashlib.sha256(chain[-1]).digest() if chain else NO_RECEIPT
        chain.append(self._of(copy, ReceiptType.R1, previous=previous))
        self.queues.setdefault(outer.content.queue, []).append(copy)
        self._notify()
        return chain[-1]

    def fetch(self, queue: str, after: int | None, most: int) -> InboxAnswer:
        self.expire()
        now, chain = self._clock(), self.chains.get(queue, [])
        copies = self.queues.get(queue, [])
        if after is None:
            after = next((one.sequence - 1 for one in copies if not one.over), len(chain))
        head = hashlib.sha256(chain[-1]).digest() if chain else NO_RECEIPT
        due = [one for one in copies if not one.over and one.leased_until <= now][:most]
        for copy in due:
            copy.leased_until = now + self._lease_seconds
            copy.handed_over_at = copy.handed_over_at or int(now)
        ended = [
            receipt
            for one in copies
            if one.sequence > after and one.over
            for receipt in one.receipts
            if one.handed_over_at == 0 and receipt != one.receipts[0]
        ]
        return InboxAnswer(
            head=self._say(ReceiptType.H1, queue, sequence=len(chain), head=head),
            chain=tuple(chain[after:]),
            messages=tuple(one.sealed for one in due),
            ended=tuple(ended),
        )

    def acknowledge(self, queue: str, digests: Sequence[bytes], receipts: Sequence[bytes]) -> tuple[bytes, ...]:
        answers = []
        for copy in self.queues.get(queue, []):
            if copy.digest in digests:
                if not copy.over:
                    copy.over = True
                    self._of(copy, ReceiptType.R2)
                answers.append(copy.receipts[1])
            copy.receipts += [one for one in receipts if copy.outer.id in one and one not in copy.receipts]
        self._notify()
        return tuple(answers)

    def withdraw(self, sender: bytes, message_id: bytes) -> bytes:
        copy = self._find(message_id, sender)
        if copy is None:
            raise MailboxFailed("message_unknown", final=True)
        if len(copy.receipts) > 1 and not copy.handed_over_at:
            return copy.receipts[1]
        if copy.over or copy.handed_over_at:
            return self._of(copy, ReceiptType.W2, **({"handed_over_at": copy.handed_over_at} if copy.handed_over_at else {}))
        copy.over = True
        return self._of(copy, ReceiptType.W1)

    def expire(self) -> None:
        for copies in self.queues.values():
            for copy in copies:
                if not copy.over and copy.outer.not_after <= self._clock():
                    copy.over = True
                    self._of(copy, ReceiptType.N1)

    def receipts(self, sender: bytes, message_id: bytes) -> tuple[bytes, ...]:
        self.expire()
        copy = self._find(message_id, sender)
        if copy is None:
            raise MailboxFailed("message_unknown", final=True)
        return tuple(copy.receipts)

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def until_changed(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            pass


class MemoryMailbox:
    """See dpr.ports.Mailbox. `sender`: who calls, as the relay's token would say."""

    def __init__(self, relay: MemoryRelay, origin: str, *, sender: bytes = b"node") -> None:
        self._relay, self._origin, self._sender = relay, origin, sender

    @property
    def origin(self) -> str:
        return self._origin

    async def _call(self, name: str, do: Callable[[], Any]) -> Any:
        relay = self._relay
        relay.calls.append(name)
        await asyncio.sleep(relay.delay_seconds)
        code = relay.failing.get(name, relay.failing.get("", ""))
        if code:
            raise MailboxFailed(code)
        answer = relay.spoil(name, do())
        if name in relay.lost:
            raise MailboxFailed("relay_slow")
        return answer

    async def submit(self, sealed: bytes) -> bytes:
        return await self._call("submit", lambda: self._relay.submit(self._sender, sealed))  # type: ignore[no-any-return]

    async def receipts(self, message_id: bytes, *, known: int = 0, wait_seconds: int = 0) -> tuple[bytes, ...]:
        def ask() -> tuple[bytes, ...]:
            return self._relay.receipts(self._sender, message_id)[known:]

        found = await self._call("ask", ask)
        if not found and wait_seconds:
            await self._relay.until_changed(wait_seconds)
            found = await self._call("ask", ask)
        return tuple(found)

    async def withdraw(self, message_id: bytes) -> bytes:
        return await self._call("recall", lambda: self._relay.withdraw(self._sender, message_id))  # type: ignore[no-any-return]

    async def inbox(self, queue: str, *, after: int | None, wait_seconds: int, most: int = 20) -> InboxAnswer:
        answer: InboxAnswer = await self._call("inbox", lambda: self._relay.fetch(queue, after, most))
        if not (answer.messages or answer.chain) and wait_seconds:
            await self._relay.until_changed(wait_seconds)
            answer = await self._call("inbox", lambda: self._relay.fetch(queue, after, most))
        return answer

    async def acknowledge(self, queue: str, digests: Sequence[bytes], receipts: Sequence[bytes]) -> tuple[bytes, ...]:
        return await self._call("ack", lambda: self._relay.acknowledge(queue, digests, receipts))  # type: ignore[no-any-return]
