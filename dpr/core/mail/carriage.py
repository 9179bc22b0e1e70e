"""What has become of a message, for its sender: a table over the receipts of all relays.

Rules: the recipient's word outranks every relay's, an R4 from any relay outranks an N1 from all others; a relay's word is
about its own copy. A state is a function of what is held, never of the order in which it came. Two R4s that differ are a
conflict with both as evidence, and the sender is told.

Example: `standing(receipts, not_after=message.not_after, now=now, open_copies=1)` → `Standing(State.ACCEPTED, …)`
"""

from __future__ import annotations

from collections.abc import Sequence
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


#: In order of precedence: the first type that is held says the state.
_BY_RECIPIENT = (
    (ReceiptType.N2, State.QUARANTINED),
    (ReceiptType.R3, State.VERIFIED),
    (ReceiptType.R2, State.HANDED_OVER),
)
#: What ends one relay's copy, in order of precedence over the message where all copies have ended.
_ENDS = ((ReceiptType.W1, State.WITHDRAWN), (ReceiptType.N1, State.EXPIRED))


def standing(receipts: Sequence[Attested], *, not_after: int, now: int) -> Standing:
    """The state of one message by all its verified receipts. `not_after`, `now`: instants in seconds."""
    answers = [one for one in receipts if one.content.type is ReceiptType.R4]
    if answers:
        first = answers[0]
        said = {(one.content.outcome, one.content.code, one.content.documents) for one in answers}
        if len(said) > 1:
            return Standing(State.CONFLICT, first)
        accepted = first.content.outcome is Outcome.ACCEPTED
        return Standing(State.ACCEPTED if accepted else State.REJECTED, first)
    for kind, state in _BY_RECIPIENT:
        for one in receipts:
            if one.content.type is kind:
                return Standing(state, one)
    custody = {one.relay: one for one in receipts if one.content.type is ReceiptType.R1}
    ends = [one for one in receipts if one.content.type in (ReceiptType.W1, ReceiptType.N1)]
    ended = {one.relay for one in ends}
    held = [one for relay, one in custody.items() if relay not in ended]
    if held:
        return Standing(State.IN_CUSTODY, held[0])
    for kind, state in _ENDS:
        for one in ends:
            if one.content.type is kind and (kind is ReceiptType.W1 or now >= not_after):
                return Standing(state, one)
    return Standing(State.EXPIRED if now >= not_after else State.WAITING)
