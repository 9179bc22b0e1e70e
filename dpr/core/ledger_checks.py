"""The verdict's checks that rest on the pharmacy's own ledger: what is left of an item, and whether the clock can be right.

Rules: a clock that is wrong is said, never guessed right; a named pharmacist can go on with a reason. The clock is compared
with what was written last, not with the latest instant, so that one wrong entry is forgotten with the next right one; and
with the lists that are held, so that a ledger that was not used for months means nothing. The floor under all this is what
the authority signed (dpr.core.trust): these checks help people, they prove nothing.

Example: `of_clock((1795262400,), trust, policy, now)` → `Check(4, "clock_jumped", WARN, override=True)`, or None
"""

from __future__ import annotations

from collections.abc import Sequence

from dpr.core.ledger import Allowed, NotAllowed
from dpr.core.policy import Policy
from dpr.core.trust import Trust
from dpr.core.verdict import STOP, WARN, Check

_HOUR = 3600


def of_item(left: Allowed | NotAllowed, number: int) -> Check:
    """Check 6 of the item `number` (1 is the first)."""
    if isinstance(left, NotAllowed):
        return Check(6, left.code, STOP, item=number)
    if left.interval_unknown:
        return Check(6, "interval_unknown", WARN, item=number, override=True)
    return Check(6, "dispensings_left", item=number)


def evidence(received_at: int, clock: str, proven_at: int) -> int | None:
    """Since when a prescription is proven to exist: by its receipt at the instant `received_at`, unless the `clock` was found
    set back then (whoever sets it back could make evidence of any age), or at `proven_at` by a relay's word, where that is not
    0. None where nothing proves it."""
    own = [] if clock == "clock_set_back" else [received_at]
    return min([*own, *([proven_at] if proven_at else [])], default=None)


def of_receipt(clock: str) -> Check | None:
    """Check 4 of a prescription at whose receipt something was wrong with the clock (`clock`: its code)."""
    return Check(4, clock, WARN, override=True) if clock else None


def of_clock(last_instants: Sequence[int], trust: Trust, policy: Policy, now: int) -> Check | None:
    """Check 4 of the clock. `last_instants`: of the ledger's last entries, in seconds; none in a new ledger."""
    if not last_instants:
        return None
    if now < min(last_instants) - policy.clock_skew_seconds:
        return Check(4, "clock_set_back", WARN, override=True)
    if now > max(*last_instants, trust.latest) + policy.clock_jump_hours * _HOUR:
        return Check(4, "clock_jumped", WARN, override=True)
    return None
