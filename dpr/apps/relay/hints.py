"""Who waits is woken: in this process at once, and in others on the same database by hints.

Rules: a hint is never custody: one that is lost costs a poll its wait, and nothing else. A queue is named as it is, a message
by `r:` and its id.

Example: `hints.tell("gln:7350000000009")`
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from dpr.adapters.mail_store_wakeups import Wakeups
from dpr.apps.relay.waiting import Waiters

_MESSAGE = "r:"


class Hints:
    """For the polls of one process. `url`: of the database that others use too, None where there are no others."""

    def __init__(self, polls: Waiters, url: str | None) -> None:
        self._polls, self._loop = polls, asyncio.get_running_loop()
        self._wakeups = Wakeups(url, self._heard) if url is not None else None

    def tell(self, key: str | bytes) -> None:
        """There is news of a queue, or of a message by its id."""
        self._polls.wake(key)
        if self._wakeups is not None:
            self._wakeups.send(key if isinstance(key, str) else _MESSAGE + key.hex())

    def close(self) -> None:
        """Hears no more; on a thread."""
        if self._wakeups is not None:
            self._wakeups.close()

    def _heard(self, names: Sequence[str]) -> None:
        self._loop.call_soon_threadsafe(self._wake, names)

    def _wake(self, names: Sequence[str]) -> None:
        for name in names:
            self._polls.wake(bytes.fromhex(name[len(_MESSAGE) :]) if name.startswith(_MESSAGE) else name)
        if not names:
            self._polls.wake_all()
