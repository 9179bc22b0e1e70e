"""The only place that reads a clock.

Rules: aware, UTC, whole microseconds; everything else takes the time as an argument.

Example: `verify(document, trust, system_clock())`
"""

from __future__ import annotations

from datetime import UTC, datetime


def system_clock() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)
