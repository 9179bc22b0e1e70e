"""Days and instants: a day is a day in Sweden, and ends at midnight Europe/Stockholm.

Rules: an instant is whole seconds since 1970-01-01T00:00Z (RFC 8392 NumericDate); core never reads a clock.

Example: `end_of(date(2026, 11, 21))` is 2026-11-21T23:00:00Z, the midnight after that day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")
#: Instants that a document may hold: 2000-01-01 to 2199-12-31 (UTC), so that no date arithmetic can overflow.
EARLIEST, LATEST = 946_684_800, 7_258_118_399


def end_of(day: date) -> int:
    """The instant at which `day` ends in Sweden (exclusive)."""
    following = day + timedelta(days=1)
    return int(datetime(following.year, following.month, following.day, tzinfo=STOCKHOLM).timestamp())


@lru_cache(maxsize=4096)
def last_day_before(instant: int) -> date | None:
    """The day that ends exactly at `instant`, or None when no day in Sweden does."""
    day = day_of(instant) - timedelta(days=1)
    return day if end_of(day) == instant else None


def day_of(instant: int) -> date:
    """The day in Sweden that holds `instant`."""
    return datetime.fromtimestamp(instant, STOCKHOLM).date()


def at(instant: int) -> datetime:
    """`instant` as an aware datetime in UTC."""
    return datetime.fromtimestamp(instant, UTC)


def shown(instant: int) -> str:
    """`instant` as people in Sweden write it: `2026-11-21 13:00`; one that no document may hold is shown as the nearest that
    may."""
    instant = min(max(instant, EARLIEST), LATEST)
    return f"{datetime.fromtimestamp(instant, STOCKHOLM):%Y-%m-%d %H:%M}"


def same_day_next_year(day: date) -> date:
    """One year after `day`; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def age_in_years(born: date, on: date) -> int:
    """Full years of age on a day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
