"""A circuit breaker for each relay: what does not answer is left alone for a while, then tried with one call.

Rules: `TRANSITIONS` is all that can happen. After `LIMIT` failures in a row it is open: nothing is sent for a pause that
doubles with each time, up to five minutes, with jitter. Then one call is let through: its answer closes it, its failure opens
it again. A relay that says no (a full queue, a message it will not take) answers, and is no failure.

Example: `allowed_at(after(Breaker(), Event.FAILURE, now=0.0, random=0.5), now=0.0)` → 0.0
"""

from __future__ import annotations

from enum import Enum

import msgspec

LIMIT = 3
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5.0, 300.0
#: A trial of which nothing was heard for so long is given up (it was cancelled).
TRIAL_SECONDS = 60.0


class State(Enum):
    """`closed` lets calls through, `open` none, `half_open` the one that is under way."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Event(Enum):
    """What happened with a call."""

    BEGUN = "begun"
    SUCCESS = "success"
    FAILURE = "failure"


#: A failure leads from closed to open only when it is the `LIMIT`th in a row.
TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.CLOSED, Event.BEGUN): State.CLOSED,
    (State.CLOSED, Event.SUCCESS): State.CLOSED,
    (State.CLOSED, Event.FAILURE): State.OPEN,
    (State.OPEN, Event.BEGUN): State.HALF_OPEN,
    (State.OPEN, Event.SUCCESS): State.CLOSED,
    (State.OPEN, Event.FAILURE): State.OPEN,
    (State.HALF_OPEN, Event.BEGUN): State.HALF_OPEN,
    (State.HALF_OPEN, Event.SUCCESS): State.CLOSED,
    (State.HALF_OPEN, Event.FAILURE): State.OPEN,
}


class Breaker(msgspec.Struct, frozen=True, kw_only=True):
    """`failures`: in a row; `pauses`: since it was last closed; `until`: instant in seconds when one call is let through."""

    state: State = State.CLOSED
    failures: int = 0
    pauses: int = 0
    until: float = 0.0


def after(breaker: Breaker, event: Event, *, now: float, random: float) -> Breaker:
    """The breaker after `event` at the instant `now`. `random`: from 0 up to 1."""
    state = TRANSITIONS[breaker.state, event]
    if event is Event.SUCCESS:
        return Breaker()
    if event is Event.BEGUN:
        if state is State.CLOSED:
            return breaker
        return msgspec.structs.replace(breaker, state=state, until=now + TRIAL_SECONDS)
    failures = breaker.failures + 1
    if breaker.state is State.CLOSED and failures < LIMIT:
        return msgspec.structs.replace(breaker, failures=failures)
    if breaker.state is State.OPEN:  # of a call that began before it opened
        return msgspec.structs.replace(breaker, failures=failures)
    longest = min(FIRST_PAUSE_SECONDS * 2.0 ** min(breaker.pauses, 20), LONGEST_PAUSE_SECONDS)
    until = now + longest * (0.5 + random / 2)
    return Breaker(state=state, failures=failures, pauses=breaker.pauses + 1, until=until)


def allowed_at(breaker: Breaker, *, now: float) -> float:
    """The instant from which a call may begin: `now` where it may at once. A clock that was set back delays it by no more than
    the longest pause."""
    if breaker.state is State.CLOSED:
        return now
    return min(max(breaker.until, now), now + LONGEST_PAUSE_SECONDS)
