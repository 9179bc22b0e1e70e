"""Timing that a noisy machine disturbs as little as can be: two things in turn, many short rounds, the median ratio.

Example: `ratio(ours, theirs)` → (median of ours/theirs, median seconds of ours, median seconds of theirs)
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable


def ratio(
    ours: Callable[[], object], theirs: Callable[[], object], *, rounds: int = 60, calls: int = 50
) -> tuple[float, float, float]:
    """Both in turn, `rounds` times `calls` each; ratios are taken within a round, so that drift cancels out."""
    ours(), theirs()
    ratios, first, second = [], [], []
    gc.disable()
    try:
        for number in range(rounds):
            pair = (ours, theirs) if number % 2 == 0 else (theirs, ours)
            seconds = {one: _timed(one, calls) for one in pair}
            first.append(seconds[ours] / calls)
            second.append(seconds[theirs] / calls)
            ratios.append(first[-1] / second[-1])
    finally:
        gc.enable()
    return statistics.median(ratios), statistics.median(first), statistics.median(second)


def _timed(work: Callable[[], object], calls: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        work()
    return time.perf_counter() - started


def median_seconds(work: Callable[[], object], *, rounds: int = 15) -> float:
    """The median time of one call."""
    work()
    return statistics.median(_timed(work, 1) for _ in range(rounds))
