"""What an observer saw of a run, in order: the input of the model (tests/relay_faults/invariants.py).

Rules: an event is written when its effect is known to the one who acts, never before; a receipt stands in it as it was
verified. A history is only added to. `relay` is a label of ours, one for each relay, whatever happens to its process.

Example: `history.add(Acknowledged("A", letter.key, receipt))`
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from dpr.core.mail.receipts import Attested

#: Who sent it (thumbprint of the node's key) and its id: what makes one message of all its copies.
Key = tuple[bytes, bytes]


class Letter(NamedTuple):
    """A message as its sender made it. `digest`: SHA-256 of the sealed bytes; `documents`: of each document; instants in
    seconds."""

    key: Key
    queue: str
    digest: bytes
    not_after: int
    documents: tuple[bytes, ...]


class Submitted(NamedTuple):
    """Durable in the sender's outbox."""

    letter: Letter


class Acknowledged(NamedTuple):
    """The sender holds an R1."""

    relay: str
    key: Key
    receipt: Attested


class Told(NamedTuple):
    """The sender, or whoever asked for it at the end, was shown another receipt of its message."""

    relay: str
    key: Key
    receipt: Attested


class Recalled(NamedTuple):
    """The sender has asked to withdraw."""

    key: Key


class Shown(NamedTuple):
    """One answer to a poll. `asked`: how long the history was when it was asked; `messages`: digests of what was handed out."""

    relay: str
    queue: str
    asked: int
    head: Attested
    chain: tuple[Attested, ...] = ()
    messages: tuple[bytes, ...] = ()
    ended: tuple[Attested, ...] = ()


class Delivered(NamedTuple):
    """The recipient took a message for new: durable in its inbox."""

    queue: str
    key: Key
    documents: tuple[bytes, ...]


class Answered(NamedTuple):
    """The recipient gave a receipt of its own: R3, R4 or N2."""

    queue: str
    receipt: Attested


class Acked(NamedTuple):
    """The recipient told a relay to stop holding these sealed messages; noted before it is sent."""

    relay: str
    queue: str
    digests: tuple[bytes, ...]


class Alarm(NamedTuple):
    """Somebody found a relay out: a code of dpr.core.codes, and signed evidence where there is any."""

    relay: str
    code: str
    evidence: tuple[bytes, ...] = ()


class Holds(NamedTuple):
    """What lies in a relay's store when all is over: digests of sealed messages."""

    relay: str
    digests: frozenset[bytes]


class Concluded(NamedTuple):
    """What the sender's own state says when all is over: a value of dpr.core.mail.carriage.State."""

    key: Key
    state: str


Event = Submitted | Acknowledged | Told | Recalled | Shown | Delivered | Answered | Acked | Alarm | Holds | Concluded
E = TypeVar("E", bound=NamedTuple)


class History:
    """Events in the order in which they were seen. `malicious`: labels of relays that are meant to misbehave; `wrong_clocks`:
    those whose clock, or whose recipient's, was wrong by many minutes, so that a lease seems to last for ever; `settled`: there
    was time enough for everything to be done."""

    def __init__(self, *, malicious: frozenset[str] = frozenset()) -> None:
        self.events: list[Event] = []
        self.malicious = malicious
        self.wrong_clocks: set[str] = set()
        self.settled = True

    def __len__(self) -> int:
        return len(self.events)

    def add(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[E]) -> list[E]:
        """All events of a kind, in order."""
        return [one for one in self.events if isinstance(one, kind)]

    def numbered(self, kind: type[E]) -> Iterator[tuple[int, E]]:
        """The same, each with its place."""
        return ((at, one) for at, one in enumerate(self.events) if isinstance(one, kind))
