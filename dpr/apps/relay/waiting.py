"""Polls that wait: one future each, woken by what they wait for and by nothing else.

Rules: a waiter is there before the store is asked, so that what comes between the question and the wait wakes it. How many wait
is bounded, in all and for one thing. At the end all are woken, and nobody waits any more.

Example: `with waiters.waiter(queue) as waiter: … await waiter.wait(until)`
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from dpr.apps.serving.connections import RequestError


class Waiter:
    """One poll. `over`: nothing is to be waited for any more (an end, or the caller has gone)."""

    __slots__ = ("_future", "_woken", "over")

    def __init__(self, *, over: bool) -> None:
        self._future: asyncio.Future[None] | None = None
        self._woken, self.over = False, over

    def wake(self) -> None:
        """What it waits for may have come."""
        self._woken = True
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    def end(self) -> None:
        """It waits no more."""
        self.over = True
        self.wake()

    async def wait(self, until: float) -> None:
        """Until it is woken, or `until` by the loop's clock."""
        if self._woken or self.over:
            self._woken = False
            return
        loop = asyncio.get_running_loop()
        self._future = loop.create_future()
        timer = loop.call_at(until, self.wake)
        try:
            await self._future
        finally:
            timer.cancel()
            self._future, self._woken = None, False


class Waiters:
    """All of them. `busy`: the code for whoever finds too many."""

    def __init__(self, most: int, most_each: int, *, busy: str) -> None:
        self._most, self._most_each, self._busy = most, most_each, busy
        self._waiting: dict[Hashable, set[Waiter]] = {}
        self.count = 0
        self.over = False

    @contextmanager
    def waiter(self, key: Hashable) -> Iterator[Waiter]:
        """A waiter for `key`. RequestError `busy`."""
        here = self._waiting.get(key)
        if self.count >= self._most or (here is not None and len(here) >= self._most_each):
            raise RequestError(self._busy)
        waiter = Waiter(over=self.over)
        self._waiting.setdefault(key, set()).add(waiter)
        self.count += 1
        try:
            yield waiter
        finally:
            self.count -= 1
            here = self._waiting[key]
            here.discard(waiter)
            if not here:
                del self._waiting[key]

    def wake(self, key: Hashable) -> None:
        """Something has come for `key`."""
        for waiter in self._waiting.get(key, ()):
            waiter.wake()

    def wake_all(self) -> None:
        """Something may have come for anybody."""
        for here in self._waiting.values():
            for waiter in here:
                waiter.wake()

    def end(self) -> None:
        """Nobody waits from now on."""
        self.over = True
        for here in self._waiting.values():
            for waiter in here:
                waiter.end()
