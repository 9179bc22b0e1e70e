"""An event loop whose time is simulated: waiting costs nothing, and the same seed gives the same run.

Rules: when nothing is ready, the time jumps to what is due next. Work given to threads runs at once, and its result comes a
random moment later, as if a thread had done it. Nothing may wait for the outside: that would be a run that never ends, and is
a RuntimeError.

Example: `run(main(), Random(7))`
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")


class _Nothing(selectors.SelectSelector):
    """Nothing comes from outside; waiting is a jump in time."""

    def __init__(self) -> None:
        super().__init__()
        self.jump: Callable[[float], None] = lambda _: None

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("every task waits for something that never comes")
        if timeout > 0:
            self.jump(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """`elapsed` seconds since the run began, as `time()` gives them. `most`: a longer run is a RuntimeError."""

    def __init__(self, random: Random, *, most: float = 1e8) -> None:
        selector = _Nothing()
        super().__init__(selector)
        selector.jump = self._jump
        self._random, self._most = random, most
        self.elapsed = 0.0

    def time(self) -> float:
        return getattr(self, "elapsed", 0.0)

    def _jump(self, seconds: float) -> None:
        # A little more than asked, so that what is due is due in floating point too.
        self.elapsed += seconds + 1e-9
        if self.elapsed > self._most:
            raise RuntimeError("the run has lasted too long")

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """Runs it now; the result is there within 20 ms."""
        future: asyncio.Future[T] = self.create_future()
        try:
            result = func(*args)
        except BaseException as error:
            self.call_later(self._random.random() / 50, _settle, future, None, error)
        else:
            self.call_later(self._random.random() / 50, _settle, future, result, None)
        return future


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def run(main: Coroutine[Any, Any, T], random: Random) -> T:
    """`main` to its end in simulated time; every other task is cancelled then."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(random)) as runner:
        return runner.run(main)
