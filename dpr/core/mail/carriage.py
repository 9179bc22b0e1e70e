"""What has become of a message, for its sender: a table over the receipts of all relays.

Rules: the recipient's word outranks every relay's, an R4 from any relay outranks an N1 from all others; a relay's word is
about its own copy. A state is a function of what is held, never of the order in which it came. Two R4s that differ are a
conflict with both as evidence, and the sender is told. Only what its sender has recalled can be withdrawn: a W1 that nobody
asked for is a relay that does not do its work.

Example: `standing(receipts, not_after=message.not_after, now=now, recalled=False)` → `Standing(State.ACCEPTED, …)`
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import NamedTuple

from dpr.core.mail.receipt import Outcome, ReceiptType
from dpr.core.mail.receipts import Attested


class State(Enum):
    """Where a message stands. `over`: nothing more is to be done for it."""

    WAITING = "waiting"
    IN_CUSTODY = "in_custody"
    HANDED_OVER = "handed_over"
    VERIFIED = "verified"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CONFLICT = "conflict"

    @property
    def over(self) -> bool:
        return self in _OVER


_OVER = frozenset((State.ACCEPTED, State.REJECTED, State.QUARANTINED, State.WITHDRAWN, State.EXPIRED, State.CONFLICT))


class Standing(NamedTuple):
    """A message's state and the receipt that it rests on (None where none is held)."""

    state: State
    receipt: Attested | None = None


def _of(*kinds: ReceiptType, outcome: Outcome | None = None) -> Callable[[Sequence[Attested]], list[Attested]]:
    def found(receipts: Sequence[Attested]) -> list[Attested]:
        return [one for one in receipts if one.content.type in kinds and one.content.outcome is outcome]

    return found


def _contradicting(receipts: Sequence[Attested]) -> list[Attested]:
    answers = [one for one in receipts if one.content.type is ReceiptType.R4]
    said = {(one.content.outcome, one.content.code, one.content.documents) for one in answers}
    return answers if len(said) > 1 else []


def _in_custody(receipts: Sequence[Attested]) -> list[Attested]:
    ended = {one.relay for one in _of(ReceiptType.W1, ReceiptType.N1)(receipts)}
    return [one for one in _of(ReceiptType.R1)(receipts) if one.relay not in ended]


class Row(NamedTuple):
    """One state: what it rests on, in words and as the receipts that say so."""

    state: State
    rests_on: str
    found: Callable[[Sequence[Attested]], list[Attested]]


#: In order of precedence: the first row that finds a receipt says the state. WITHDRAWN needs that the sender has recalled the
#: message, the last two need the time as well.
PRECEDENCE = (
    Row(State.CONFLICT, "two R4s that differ in outcome, code or documents", _contradicting),
    Row(State.ACCEPTED, "an R4 ACCEPTED", _of(ReceiptType.R4, outcome=Outcome.ACCEPTED)),
    Row(State.REJECTED, "an R4 REJECTED", _of(ReceiptType.R4, outcome=Outcome.REJECTED)),
    Row(State.QUARANTINED, "an N2", _of(ReceiptType.N2)),
    Row(State.VERIFIED, "an R3", _of(ReceiptType.R3)),
    Row(State.HANDED_OVER, "an R2", _of(ReceiptType.R2)),
    Row(State.IN_CUSTODY, "an R1 of a relay that has given neither W1 nor N1", _in_custody),
    Row(State.WITHDRAWN, "the sender has recalled it; a W1", _of(ReceiptType.W1)),
    Row(State.EXPIRED, "not-after has come; an N1, or nothing", _of(ReceiptType.N1)),
    Row(State.WAITING, "nothing, an N1 before not-after, or a W1 that nobody asked for", lambda _: []),
)


def standing(receipts: Sequence[Attested], *, not_after: int, now: int, recalled: bool) -> Standing:
    """The state of one message by all its verified receipts, and of several that say so the earliest. `receipts`: read with
    what is expected of the message (dpr.core.mail.receipts); `not_after`, `now`: instants in seconds; `recalled`: has its
    sender asked for it back?"""
    held = sorted(receipts, key=lambda one: (one.at, one.digest))
    for row in PRECEDENCE:
        found = row.found(held) if recalled or row.state is not State.WITHDRAWN else []
        if row.state is State.EXPIRED and now >= not_after:
            return Standing(State.EXPIRED, found[0] if found else None)
        if found and row.state is not State.EXPIRED:
            return Standing(row.state, found[0])
    return Standing(State.WAITING)
