"""When a message is handed to which endpoint: a function of what was tried and of the time.

Rules: endpoints are tried in their order. While nobody has receipted it: the next one `hedge_seconds` after the last, or at
once where the last has failed, and those that failed again after a backoff. While one relay has it and the recipient is silent:
one more endpoint each `second_copy_seconds`, since the recipient may be cut off from that relay. When the recipient is heard
of, no more. An endpoint whose circuit breaker is open is passed over, not waited for. All random numbers are arguments; a clock
that is set back delays nothing by more than `LONGEST_SECONDS`.

Example: `due((Copy(origin="https://a.example"),), heard=False, now=100.0)` → `(Due("https://a.example", 100.0),)`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec

#: No attempt waits for longer, whatever a relay asks for.
LONGEST_SECONDS = 900.0
FIRST_SECONDS = 1.0
_NOBODY: Mapping[str, float] = MappingProxyType({})


class Timing(NamedTuple):
    """How patient a sender is."""

    hedge_seconds: float = 2.0
    second_copy_seconds: float = 60.0


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """What a sender knows of a message at one endpoint; instants in seconds, 0 where there is none.

    `tried_at`: of the first attempt; `failures`: attempts that brought no receipt, and `code` why the last one did; `next_at`:
    not tried before; `custody_at`: since when its R1 is held; `ended`: it holds the message no more, or will not take it.
    """

    origin: str
    tried_at: float = 0.0
    failures: int = 0
    next_at: float = 0.0
    custody_at: float = 0.0
    ended: bool = False
    code: str = ""

    @property
    def in_custody(self) -> bool:
        return self.custody_at > 0 and not self.ended


class Due(NamedTuple):
    """The message is to be handed to `origin` at the instant `at`, in seconds; never before now."""

    origin: str
    at: float


def backoff_seconds(failures: int, random: float, *, asked_for: float | None = None) -> float:
    """How long to wait after `failures` attempts (from 1): anything up to 1 s, doubling, at most 15 min ("full jitter"), so
    that many who failed together do not come back together. `random`: from 0 up to 1; `asked_for`: the relay's Retry-After,
    which is kept, and spread by up to a half more."""
    ceiling = min(FIRST_SECONDS * 2.0 ** min(max(failures - 1, 0), 20), LONGEST_SECONDS)
    return min(max(ceiling * random, (asked_for or 0.0) * (1 + random / 2)), LONGEST_SECONDS)


def due(
    copies: Sequence[Copy],
    *,
    heard: bool,
    now: float,
    timing: Timing = Timing(),  # noqa: B008 (immutable)
    blocked: Mapping[str, float] = _NOBODY,
) -> tuple[Due, ...]:
    """To which endpoints the message is to be handed, and when. `copies`: one for each endpoint, in their order; `heard`: the
    recipient itself has said something of it; `blocked`: origin → until when its circuit breaker is open.
    Those that are being tried at this moment are named too."""
    left = [one for one in copies if not one.custody_at and not one.ended]
    if heard or not left:
        return ()
    in_custody = [one.custody_at for one in copies if one.in_custody]
    if in_custody:
        wanted = max(in_custody) + timing.second_copy_seconds
        found = [_due(one, wanted, now, blocked) for one in left]
        return (min(found, key=lambda one: one.at),)
    opens = max([one.tried_at + timing.hedge_seconds for one in left if one.tried_at and not one.failures], default=0.0)
    first = [_due(one, 0.0 if one.tried_at else opens, now, blocked) for one in left]
    chosen, waiting = [], False
    for one, at in zip(left, first, strict=True):
        if one.tried_at or not waiting:
            chosen.append(at)
        waiting = waiting or (not one.tried_at and _ready(one, blocked) <= now)
    return tuple(chosen)


def _ready(one: Copy, blocked: Mapping[str, float]) -> float:
    return max(one.next_at, blocked.get(one.origin, 0.0))


def _due(one: Copy, wanted: float, now: float, blocked: Mapping[str, float]) -> Due:
    return Due(one.origin, min(max(wanted, _ready(one, blocked), now), now + LONGEST_SECONDS))
