"""A process that may die at any step: between any two things that it does with the world outside.

Rules: a step is a call of a port: a store's, a relay's, a signer's. It dies before the step or after it; what a store had
committed stays. One that has died does nothing any more, whatever is still running of it.

Example: `life = Life(random, steps=17); outbox = Mortal(outbox, life)`; the 17th call raises `Died`
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any


class Died(BaseException):
    """The process ends here."""


class Life:
    """One run of a process. `steps`: it dies at that one; None: it lives on. `died` is set when it has."""

    def __init__(self, random: Random, *, steps: int | None) -> None:
        self._random, self._left = random, steps
        self.died = asyncio.Event()

    def before(self) -> None:
        if self._left is not None and not self.died.is_set():
            self._left -= 1
            if self._left <= 0 and self._random.random() < 0.5:
                self.died.set()
        self._check()

    def after(self) -> None:
        if self._left is not None and self._left <= 0:
            self.died.set()
        self._check()

    def _check(self) -> None:
        if self.died.is_set():
            raise Died


class Mortal:
    """Any object whose calls are steps of a life."""

    def __init__(self, target: Any, life: Life) -> None:
        self._target, self._life = target, life

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if inspect.iscoroutinefunction(found):
            return self._awaited(found)
        return self._called(found) if callable(found) else found

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self._called(self._target)(*args, **named)

    def _called(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            self._life.before()
            result = work(*args, **named)
            self._life.after()
            return result

        return call

    def _awaited(self, work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any, **named: Any) -> Any:
            self._life.before()
            result = await work(*args, **named)
            self._life.after()
            return result

        return call


async def reborn(make: Callable[[Life], Awaitable[None]], random: Random, is_calm: Callable[[], bool]) -> None:
    """`make` again and again, each time with a life of some steps; when all is calm, one that lasts."""
    while True:
        life = Life(random, steps=None if is_calm() else random.choice((3, 10, 30, 100, 300)))
        work, death = asyncio.ensure_future(make(life)), asyncio.ensure_future(life.died.wait())
        try:
            await asyncio.wait((work, death), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in (work, death):
                one.cancel()
            await asyncio.wait((work, death))  # whatever it ends in: it is dead
        await asyncio.sleep(random.choice((0.1, 5, 120)))
