"""What is left of an item, from the pharmacy's own ledger (domain.md §5 checks 6 and 11).

Rules: pure; the store only keeps what was decided here. A dispensing is number `n` of the prescribed count; the next is
allowed when one is left and, where an interval is prescribed, that many days have passed since the last hand-over. Days
are days in Sweden. A hand-over dated after today proves a wrong clock and bars nobody for ever: a pharmacist judges.

Example: `next_dispensing(item, history, now)` → `Allowed(number=2, left_after=1)` or `NotAllowed("interval", …)`
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from dpr.core import days
from dpr.core.prescription import Item


class Past(NamedTuple):
    """One dispensing that the ledger holds: its number and when it was handed over (instant in seconds)."""

    number: int
    handed_over_at: int


class Allowed(NamedTuple):
    """Dispensing `number` may be made; `left_after` remain then. `interval_unknown`: an interval is prescribed, and the last
    hand-over is dated after today: one of the two clocks was wrong."""

    number: int
    left_after: int
    interval_unknown: bool = False


class NotAllowed(NamedTuple):
    """Nothing may be dispensed now: `code` is `dispensings_used_up` or `interval_not_passed` (then from `earliest`)."""

    code: str
    left: int
    earliest: date | None = None


def next_dispensing(item: Item, history: tuple[Past, ...], now: int) -> Allowed | NotAllowed:
    """May `item` be dispensed at the instant `now`, given every earlier dispensing of it?"""
    used = len(history)
    left = item.dispensings - used
    if left <= 0:
        return NotAllowed("dispensings_used_up", 0)
    if not history or item.interval_days is None:
        return Allowed(used + 1, left - 1)
    today, last = days.day_of(now), days.day_of(max(past.handed_over_at for past in history))
    earliest = last + timedelta(days=item.interval_days)
    if last <= today < earliest:
        return NotAllowed("interval_not_passed", left, earliest)
    return Allowed(used + 1, left - 1, interval_unknown=today < last)
