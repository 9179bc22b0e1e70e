"""What goes wrong on the way between a node and a relay, by a seed: lost, doubled, late, cut short, or cut off for hours.

Rules: every fault that the network may have and none that it may not: it cannot make signatures. A request may be lost before
it has its effect, or its answer after it; a copy of a request may come minutes later, after others. When the weather is
`calm`, nothing goes wrong any more.

Example: `SimMailbox("https://a.test", relay, sender, weather)`
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple, TypeVar

from dpr.core.mail.api import InboxAnswer
from dpr.ports import MailboxFailed
from tests.relay_faults.sim_relay import SimRelay

T = TypeVar("T")
TIME_OUT_SECONDS = 15.0


class Odds(NamedTuple):
    """How likely each fault is for one call."""

    request_lost: float = 0.0
    answer_lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    cut_short: float = 0.0


@dataclass
class Weather:
    """Between one node and one relay. `cut_off`: spells in simulated seconds (from, until) when nothing gets through."""

    random: Random
    odds: Odds = field(default_factory=Odds)
    cut_off: Sequence[tuple[float, float]] = ()
    calm: bool = False
    later: set[asyncio.Task[Any]] = field(default_factory=set)

    def happens(self, odds: float) -> bool:
        return not self.calm and self.random.random() < odds

    async def cross(self, relay: SimRelay, call: Callable[[], Awaitable[T]]) -> T:
        """One request and its answer. MailboxFailed."""
        await asyncio.sleep(self.random.uniform(0.005, 0.05))
        if self.happens(self.odds.late):
            await asyncio.sleep(self.random.uniform(0.5, 30))
        if self._no_way(relay) or self.happens(self.odds.request_lost):
            await self._no_answer()
        if self.happens(self.odds.doubled):
            self._again(relay, call)
        result = await call()
        if self._no_way(relay) or self.happens(self.odds.answer_lost):
            await self._no_answer()
        if self.happens(self.odds.cut_short):
            raise MailboxFailed("relay_answer")  # a body that is shorter than was said is no answer
        return result

    def _no_way(self, relay: SimRelay) -> bool:
        at = asyncio.get_running_loop().time()
        return relay.down or (not self.calm and any(begin <= at < end for begin, end in self.cut_off))

    async def _no_answer(self) -> None:
        """Either the connection is refused, or nothing ever comes."""
        if self.random.random() < 0.5:
            raise MailboxFailed("relay_unreachable")
        await asyncio.sleep(TIME_OUT_SECONDS)
        raise MailboxFailed("relay_slow")

    def _again(self, relay: SimRelay, call: Callable[[], Awaitable[Any]]) -> None:
        async def come_later() -> None:
            await asyncio.sleep(self.random.choice((0.1, 5, 90, 600)) * self.random.random())
            if not relay.down:
                try:
                    await call()
                except MailboxFailed:
                    return

        task = asyncio.get_running_loop().create_task(come_later())
        self.later.add(task)
        task.add_done_callback(self.later.discard)


class SimMailbox:
    """The Mailbox port of one node (`me`: thumbprint of its key) for one relay, through some weather."""

    def __init__(self, origin: str, relay: SimRelay, me: bytes, weather: Weather) -> None:
        self._origin, self.relay, self._me, self.weather = origin, relay, me, weather

    @property
    def origin(self) -> str:
        return self._origin

    async def submit(self, sealed: bytes) -> bytes:
        return await self.weather.cross(self.relay, lambda: self.relay.submit(self._me, sealed))

    async def receipts(self, message_id: bytes, *, known: int = 0, wait_seconds: int = 0) -> tuple[bytes, ...]:
        found = await self.weather.cross(self.relay, lambda: self.relay.receipts(self._me, message_id, known=known))
        if not found and wait_seconds:
            await asyncio.sleep(wait_seconds)
        return found

    async def withdraw(self, message_id: bytes) -> bytes:
        return await self.weather.cross(self.relay, lambda: self.relay.withdraw(self._me, message_id))

    async def inbox(self, queue: str, *, after: int | None, wait_seconds: int, most: int = 20) -> InboxAnswer:
        wait = 20 * wait_seconds if self.weather.calm else wait_seconds  # so that hours without a fault cost little
        return await self.weather.cross(self.relay, lambda: self.relay.inbox(queue, after=after, wait_seconds=wait, most=most))

    async def acknowledge(self, queue: str, digests: Sequence[bytes], receipts: Sequence[bytes]) -> tuple[bytes, ...]:
        return await self.weather.cross(self.relay, lambda: self.relay.acknowledge(queue, tuple(digests), tuple(receipts)))
