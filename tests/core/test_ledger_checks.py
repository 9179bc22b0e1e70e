"""The checks that rest on the ledger, at their boundaries."""

from __future__ import annotations

import pytest

from dpr.core.ledger import Allowed, NotAllowed
from dpr.core.ledger_checks import of_clock, of_item
from dpr.core.policy import Policy
from dpr.core.verdict import PASS, STOP, WARN, Check
from tests.world import DAY, NOW, World

TRUST = World().trust()
POLICY = Policy(clock_skew_seconds=300, clock_jump_hours=24)


@pytest.mark.parametrize(
    ("last", "now", "code"),
    [
        ((), 0, None),
        ((NOW,), NOW, None),
        ((NOW,), NOW - 300, None),
        ((NOW,), NOW - 301, "clock_set_back"),
        ((NOW, NOW - DAY), NOW - DAY - 300, None),
        ((NOW, NOW - DAY), NOW - DAY - 301, "clock_set_back"),
        ((NOW,), NOW + DAY, None),
        ((NOW,), NOW + DAY + 1, "clock_jumped"),
        ((NOW - 400 * DAY,), TRUST.latest + DAY, None),
        ((NOW - 400 * DAY,), TRUST.latest + DAY + 1, "clock_jumped"),
    ],
)
def test_the_clock_is_compared_with_the_last_entries_and_the_lists(last: tuple[int, ...], now: int, code: str | None) -> None:
    found = of_clock(last, TRUST, POLICY, now)
    assert found == (Check(4, code, WARN, override=True) if code else None)


def test_what_is_left_of_an_item_is_check_6() -> None:
    assert of_item(Allowed(1, 2), 3) == Check(6, "dispensings_left", PASS, item=3)
    assert of_item(Allowed(2, 0, interval_unknown=True), 1) == Check(6, "interval_unknown", WARN, item=1, override=True)
    assert of_item(NotAllowed("dispensings_used_up", 0), 1) == Check(6, "dispensings_used_up", STOP, item=1)
