"""Back-registration: how one row of the queue to the register (NLL) comes to its end, exactly once.

Rules: everything that can change a row's state stands in `TRANSITIONS`; what is not there is a bug (KeyError). The intent is
persisted (`SEND`) before anything leaves. After silence nobody knows whether it was committed, so the row stays `SENT`
and is read back before any retry, and not before the settle time: a late request may still commit. A row that was ever
silent is read back once more after it is registered (`confirm`): two matches are a conflict. Words of the register go to
a pharmacist, unchanged.

Example: `TRANSITIONS[State.SENT, Event.CREATED] is State.REGISTERED`
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a row stands."""

    QUEUED = "queued"
    SENT = "sent"
    REGISTERED = "registered"
    PARKED = "parked"
    CONFLICT = "conflict"


class Event(StrEnum):
    """What happened to a row."""

    SEND = "send"
    """The intent to send was persisted."""
    CREATED = "created"
    """The register answered with an id."""
    UNREACHABLE = "unreachable"
    """Nothing was sent: no connection."""
    SILENT = "silent"
    """It was sent, or may have been, and no usable answer came; or a question to the register got none."""
    REJECTED = "rejected"
    """The register said no (4xx)."""
    FOUND_ONE = "found_one"
    FOUND_NONE = "found_none"
    FOUND_MANY = "found_many"
    TWIN = "twin"
    """The register already holds what looks like the same prescription from another source."""
    ADOPTED = "adopted"
    """A pharmacist has found it in the register and says which one it is."""
    RETRY = "retry"
    """A pharmacist has dealt with the reason and asks for another attempt."""


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.QUEUED, Event.SEND): State.SENT,
    (State.QUEUED, Event.UNREACHABLE): State.QUEUED,
    (State.QUEUED, Event.SILENT): State.QUEUED,
    (State.QUEUED, Event.REJECTED): State.PARKED,
    (State.QUEUED, Event.FOUND_ONE): State.REGISTERED,
    (State.QUEUED, Event.FOUND_MANY): State.PARKED,
    (State.QUEUED, Event.TWIN): State.PARKED,
    (State.SENT, Event.CREATED): State.REGISTERED,
    (State.SENT, Event.SILENT): State.SENT,
    (State.SENT, Event.REJECTED): State.PARKED,
    (State.SENT, Event.FOUND_ONE): State.REGISTERED,
    (State.SENT, Event.FOUND_NONE): State.QUEUED,
    (State.SENT, Event.FOUND_MANY): State.PARKED,
    (State.REGISTERED, Event.UNREACHABLE): State.REGISTERED,
    (State.REGISTERED, Event.SILENT): State.REGISTERED,
    (State.REGISTERED, Event.FOUND_ONE): State.REGISTERED,
    (State.REGISTERED, Event.FOUND_NONE): State.CONFLICT,
    (State.REGISTERED, Event.FOUND_MANY): State.CONFLICT,
    (State.PARKED, Event.RETRY): State.QUEUED,
    (State.PARKED, Event.ADOPTED): State.REGISTERED,
    (State.CONFLICT, Event.RETRY): State.QUEUED,
    (State.CONFLICT, Event.ADOPTED): State.REGISTERED,
}

#: Rows in these states are still ours to work on.
OPEN_STATES = frozenset((State.QUEUED, State.SENT))


def after(state: State, event: Event) -> State:
    """The state after `event`; KeyError for what cannot happen."""
    return TRANSITIONS[state, event]


def backoff_seconds(attempts: int) -> int:
    """How long to wait before attempt `attempts` + 1 when the register could not be reached: 5 s, doubling, at most 15 min."""
    return int(min(5 * 2 ** min(attempts, 10), 900))
