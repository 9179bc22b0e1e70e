"""A message under way, as its sender knows it, and what is to be done for it now: hand it over, ask for receipts, take it back.

Rules: a function of what is held and of the time; it begins nothing. A message that was recalled is handed to nobody any more,
and asked back wherever it may be; a relay that says W2 was too late. It is back when nobody has it and nobody fetched it.

Example: `actions(message, now=now, timing=Timing(), blocked={})` → `[Action("submit", "https://a.example", now)]`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import msgspec

from dpr.core.mail import following
from dpr.core.mail.carriage import State
from dpr.core.mail.receipt import ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.mail.retry import Copy, Timing, due

What = Literal["submit", "ask", "recall"]
#: After a time-out a relay may still take a message: only after this does "unknown" mean that it has none.
SETTLE_SECONDS = 60.0


class Action(NamedTuple):
    """To be done at the relay `origin` at the instant `at`, in seconds, or at once where that has passed."""

    what: What
    origin: str
    at: float


@dataclass
class Asking:
    """Asking one relay for receipts. `known`: how many it has given; `failures`: since it last answered."""

    known: int = 0
    failures: int = 0
    next_at: float = 0.0


@dataclass
class UnderWay:
    """`copies`: by origin, in order; `held`: receipts that verified, with the origin that gave each; `busy`: what is being
    done; instants in seconds."""

    posted_at: int
    not_after: int
    recalled_at: int
    copies: dict[str, Copy]
    held: list[tuple[str, Attested]] = field(default_factory=list)
    asking: dict[str, Asking] = field(default_factory=dict)
    busy: set[tuple[What, str]] = field(default_factory=set)

    @property
    def receipts(self) -> list[Attested]:
        return [receipt for _, receipt in self.held]

    def ends_as(self, now: float) -> State | None:
        """How it stands for good; None while there is more to do."""
        found = following.ends_as(self.receipts, not_after=self.not_after, now=now, recalled=self.recalled_at > 0)
        if self.recalled_at and found in (None, State.WITHDRAWN) and now < self.not_after:
            return State.WITHDRAWN if self._is_back() else None
        return found

    def _is_back(self) -> bool:
        too_late = any(receipt.content.type is ReceiptType.W2 for receipt in self.receipts)
        handing_over = any(what == "submit" for what, _ in self.busy)
        return not (too_late or handing_over or self.to_recall() or following.heard(self.receipts))

    def take_custody_from_receipts(self, now: float) -> None:
        """An R1 that is held says that its relay has it, unless that has said since that it has not."""
        for origin, receipt in self.held:
            copy = self.copies.get(origin)
            if copy is not None and receipt.content.type is ReceiptType.R1 and not copy.custody_at and not copy.code:
                self.copies[origin] = msgspec.structs.replace(copy, custody_at=now)
            elif copy is not None and following.ends_copy(receipt):
                self.copies[origin] = msgspec.structs.replace(copy, ended=True)

    def to_recall(self) -> list[Copy]:
        """Those that a relay may still hold."""
        too_late = {origin for origin, receipt in self.held if receipt.content.type is ReceiptType.W2}
        return [one for one in self.copies.values() if one.tried_at and not one.ended and one.origin not in too_late]


def actions(message: UnderWay, *, now: float, timing: Timing, blocked: Mapping[str, float]) -> list[Action]:
    """What is to be done and when, but for what is being done. `blocked`: origin → until when it is left alone."""
    found: list[Action] = []
    if message.recalled_at:
        for one in message.to_recall():
            if ("submit", one.origin) not in message.busy:
                at = min(max(one.next_at, blocked.get(one.origin, 0.0)), now + SETTLE_SECONDS)
                found.append(Action("recall", one.origin, at))
    elif now < message.not_after:
        heard = following.heard(message.receipts)
        copies = [*message.copies.values()]
        found += [Action("submit", *one) for one in due(copies, heard=heard, now=now, timing=timing, blocked=blocked)]
    withdrawn = {o for o, receipt in message.held if message.recalled_at and receipt.content.type is ReceiptType.W1}
    for one in message.copies.values():
        if (
            one.custody_at and one.origin not in withdrawn
        ):  # also after an N1, or a W1 that nobody asked for: an answer may come
            asking = message.asking.setdefault(one.origin, Asking())
            found.append(Action("ask", one.origin, max(asking.next_at, blocked.get(one.origin, 0.0))))
    return [one for one in found if (one.what, one.origin) not in message.busy]


def looks_again_at(message: UnderWay, now: float) -> float:
    """When time alone may change how it stands."""
    instants = (message.not_after + later for later in (0, following.LATE_SECONDS, following.FOLLOWED_SECONDS))
    return float(next((one for one in instants if one > now), now + following.LATE_SECONDS))
