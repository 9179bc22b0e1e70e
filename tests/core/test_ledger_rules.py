"""What is left of an item, and when: a table, and days in Sweden across the changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpr.core import days
from dpr.core.ledger import Allowed, NotAllowed, Past, next_dispensing
from dpr.core.prescription import Item
from tests.world import DAY, NOW, World

ITEM = World().prescription().content.items[0]
STOCKHOLM = ZoneInfo("Europe/Stockholm")


def item(dispensings: int, interval_days: int | None = None) -> Item:
    return msgspec.structs.replace(ITEM, dispensings=dispensings, interval_days=interval_days)


def local(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=STOCKHOLM).timestamp())  # type: ignore[misc]


@pytest.mark.parametrize(
    ("prescribed", "history", "expected"),
    [
        (item(1), (), Allowed(1, 0)),
        (item(3), (), Allowed(1, 2)),
        (item(3), (Past(1, NOW),), Allowed(2, 1)),
        (item(3), (Past(1, NOW), Past(2, NOW)), Allowed(3, 0)),
        (item(3), (Past(1, NOW), Past(2, NOW), Past(3, NOW)), NotAllowed("dispensings_used_up", 0)),
        (item(1), (Past(1, NOW),), NotAllowed("dispensings_used_up", 0)),
        (item(2, 30), (), Allowed(1, 1)),
        (item(2, 30), (Past(1, NOW - 29 * DAY),), NotAllowed("interval_not_passed", 1, date(2026, 11, 22))),
        (item(2, 30), (Past(1, NOW - 30 * DAY),), Allowed(2, 0)),
        (item(3, 30), (Past(2, NOW - 40 * DAY), Past(1, NOW - DAY)), NotAllowed("interval_not_passed", 1, date(2026, 12, 20))),
        (item(2, 30), (Past(1, NOW), Past(2, NOW)), NotAllowed("dispensings_used_up", 0)),
    ],
)
def test_what_is_left_follows_from_what_was_dispensed(
    prescribed: Item, history: tuple[Past, ...], expected: Allowed | NotAllowed
) -> None:
    assert next_dispensing(prescribed, history, NOW) == expected


@given(st.integers(1, 99), st.integers(0, 120))
def test_numbers_count_up_and_what_is_left_counts_down(dispensings: int, used: int) -> None:
    history = tuple(Past(number, NOW - number) for number in range(1, used + 1))
    found = next_dispensing(item(dispensings), history, NOW)
    if used >= dispensings:
        assert found == NotAllowed("dispensings_used_up", 0)
    else:
        assert found == Allowed(used + 1, dispensings - used - 1)


@pytest.mark.parametrize(
    ("handed_over", "too_early", "first_allowed"),
    [
        # The clock goes forward at 2 o'clock on 28 March 2027, back at 3 o'clock on 31 October 2027.
        (local(2027, 3, 27, 23, 59), local(2027, 3, 27, 23, 59), local(2027, 3, 28, 0, 0)),
        (local(2027, 3, 28, 0, 0), local(2027, 3, 28, 23, 59), local(2027, 3, 29, 0, 0)),
        (local(2027, 3, 28, 1, 59), local(2027, 3, 28, 3, 1), local(2027, 3, 29, 0, 0)),
        (local(2027, 10, 31, 0, 0), local(2027, 10, 31, 23, 59), local(2027, 11, 1, 0, 0)),
        (local(2027, 10, 31, 2, 30), local(2027, 10, 31, 23, 59), local(2027, 11, 1, 0, 0)),
        (local(2027, 12, 31, 23, 30), local(2027, 12, 31, 23, 59), local(2028, 1, 1, 0, 0)),
        (local(2028, 2, 28, 12, 0), local(2028, 2, 28, 23, 59), local(2028, 2, 29, 0, 0)),
    ],
)
def test_an_interval_of_one_day_ends_at_midnight_in_sweden(handed_over: int, too_early: int, first_allowed: int) -> None:
    history = (Past(1, handed_over),)
    early = next_dispensing(item(2, 1), history, too_early)
    assert early == NotAllowed("interval_not_passed", 1, days.day_of(first_allowed))
    assert next_dispensing(item(2, 1), history, first_allowed - 1) == early
    assert next_dispensing(item(2, 1), history, first_allowed) == Allowed(2, 0)


@given(st.integers(NOW - 3000 * DAY, NOW + 3000 * DAY), st.integers(1, 365), st.integers(-3 * DAY, 3 * DAY))
def test_an_interval_counts_days_in_sweden_whatever_the_clock_does(handed_over: int, interval: int, around: int) -> None:
    now = handed_over + interval * DAY + around
    found = next_dispensing(item(2, interval), (Past(1, handed_over),), now)
    day_of_hand_over = datetime.fromtimestamp(handed_over, UTC).astimezone(STOCKHOLM).date()
    today = datetime.fromtimestamp(now, UTC).astimezone(STOCKHOLM).date()
    earliest = day_of_hand_over + timedelta(days=interval)
    if today < day_of_hand_over:
        assert found == Allowed(2, 0, interval_unknown=True)
    else:
        assert found == (Allowed(2, 0) if today >= earliest else NotAllowed("interval_not_passed", 1, earliest))
