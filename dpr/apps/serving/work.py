"""Blocking work beside the event loop: on a few threads, with a bound on what waits, and with a bound on patience.

Rules: whoever finds too many waiting is told to come again; one caller's crowd fills one caller's part of the queue. A check of
what may hang (an HSM) has a thread of its own, is waited for only so long, and is not begun again before it ends.

Example: `await Threads(4, 200, busy="signer_busy").do(service.sign, caller, data)`
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from dpr.apps.serving.connections import RequestError
from dpr.core.errors import DprError

_T = TypeVar("_T")


class Threads:
    """A few threads, and not too many that wait for them: `waiting` in all, and of one source `waiting_each`; `busy`: the code
    for whoever finds too many."""

    def __init__(self, threads: int, waiting: int, waiting_each: int | None = None, *, busy: str) -> None:
        self._pool = ThreadPoolExecutor(threads)
        self._most, self._most_each = threads + waiting, waiting_each
        self._busy = busy
        self._here: Counter[str] = Counter()

    async def do(self, work: Callable[..., _T], *arguments: Any, source: str = "") -> _T:
        """RequestError `busy`, and what `work` raises."""
        crowd = self._most_each is not None and self._here[source] >= self._most_each
        if crowd or self._here.total() >= self._most:
            raise RequestError(self._busy)
        self._here[source] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
        finally:
            self._here[source] -= 1
            self._here += Counter()  # forgets sources with nothing here

    def close(self) -> None:
        """Waits for what has begun."""
        self._pool.shutdown()


class Check:
    """Something that may hang, asked on its own thread. `silent`: what is wrong where no answer has come after `seconds`."""

    def __init__(self, work: Callable[[], None], *, silent: DprError, seconds: float) -> None:
        self._work, self._silent, self._seconds = work, silent, seconds
        self._pool = ThreadPoolExecutor(1)
        self._asked: asyncio.Future[None] | None = None

    async def fault(self) -> str | None:
        """The code of what is wrong, or None."""
        if self._asked is None:
            self._asked = asyncio.get_running_loop().run_in_executor(self._pool, self._work)
        done, _ = await asyncio.wait([self._asked], timeout=self._seconds)
        if not done:
            return self._silent.code
        asked, self._asked = self._asked, None
        error = asked.exception() if asked is not None else None
        if error is None:
            return None
        return error.code if isinstance(error, DprError) else "program_fault"

    def close(self) -> None:
        """Waits for nothing: what hangs would hold up the end."""
        self._pool.shutdown(wait=False, cancel_futures=True)
