"""What a server does beside the requests, again and again, and how it ends.

Rules: each step by itself: what fails in one keeps nothing else up, and is told by its name and code until it succeeds.
Termination ends in order; a second one ends at once, for what would not end otherwise.

Example: `asyncio.create_task(repeat({"files": reread}, faults, seconds=2))`
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

from dpr.core.errors import DprError

_LOG = logging.getLogger("dpr.serving")
#: As the shell has it for SIGTERM.
_KILLED = 128 + signal.SIGTERM
Step = Callable[[], Awaitable[Any]]


async def repeat(steps: Mapping[str, Step], faults: dict[str, str], *, seconds: float) -> None:
    """Every step, again and again; a failure of one, whatever it is, ends nothing and is in `faults` until it succeeds."""
    while True:
        for name, step in steps.items():
            try:
                await step()
            except Exception as error:  # the server goes on, and says what does not work beside it
                code = error.code if isinstance(error, DprError) else "program_fault"
                if faults.get(name) != code:
                    _LOG.warning("beside: %s: %s", name, error.code if isinstance(error, DprError) else type(error).__name__)
                faults[name] = code
            else:
                faults.pop(name, None)
        await asyncio.sleep(seconds)


def run(serving: AbstractAsyncContextManager[str], *, say: Callable[[str], None]) -> None:
    """Serves until it is interrupted or terminated; `say` gets the address. Raises what `serving` does."""
    with suppress(asyncio.CancelledError, KeyboardInterrupt):
        asyncio.run(_until_terminated(serving, say))


async def _until_terminated(serving: AbstractAsyncContextManager[str], say: Callable[[str], None]) -> None:
    loop, terminated = asyncio.get_running_loop(), asyncio.Event()
    loop.set_exception_handler(_say_its_kind)

    def terminate() -> None:
        if terminated.is_set():
            os._exit(_KILLED)
        terminated.set()

    main = asyncio.current_task()

    def begin() -> None:  # before it listens there is nothing to end in order
        if main is not None:
            main.cancel()

    with suppress(NotImplementedError):  # no signals of this kind here
        loop.add_signal_handler(signal.SIGTERM, begin)
    async with serving as address:
        with suppress(NotImplementedError):
            loop.add_signal_handler(signal.SIGTERM, terminate)
        say(address)
        await terminated.wait()


def _say_its_kind(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Nothing that a caller sent is shown, and no traceback, whatever a connection ended with."""
    _LOG.warning("beside: %s", type(context.get("exception")).__name__)
