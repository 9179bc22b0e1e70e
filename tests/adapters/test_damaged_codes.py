"""What must stay readable: a small seeded set of damaged codes of real documents, and who reads them.

The whole set and its figures: `python -m benchmarks.qr_reading`.
"""

from __future__ import annotations

from functools import cache

import pytest

from benchmarks.damaged_codes import ALL_KINDS, damaged_codes, texts
from benchmarks.qr_reading import Outcome, outcome, share
from dpr.adapters.qr_write import version_of

#: Of 8 images of each kind, how many the cascade reads at least: what it reads, or one less where that hangs by a thread.
FLOORS = dict.fromkeys(ALL_KINDS, 8) | {
    "blur": 6,
    "motion": 7,
    "noise": 7,
    "perspective": 7,
    "crumple": 5,
    "pen": 7,
    "glare": 6,
    "small_modules": 5,
    "moire": 6,
    "jpeg": 7,
    "hasty_photo": 6,
}


@cache
def outcomes() -> tuple[Outcome, ...]:
    return tuple(outcome(sample) for sample in damaged_codes(strengths=(0.2, 0.4, 0.6, 0.8), each=2, seed=8))


def test_the_codes_are_of_the_sizes_that_prescriptions_have() -> None:
    versions = [version_of(text) for text in texts()]
    assert {11, 16, 19, 20} <= set(versions)
    assert versions == sorted(versions)


def test_the_cascade_reads_more_than_either_reader_and_than_both_together() -> None:
    some = outcomes()
    assert len(some) == 8 * len(ALL_KINDS)
    assert share(some, "cascade") > share(some, "zxing", "zbar") >= max(share(some, "zxing"), share(some, "zbar"))
    missed = [one for one in some if not one.read["cascade"] and (one.read["zxing"] or one.read["zbar"])]
    assert not missed


def test_nothing_is_read_that_was_not_written() -> None:
    assert sum(one.false for one in outcomes()) == 0


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_no_kind_of_damage_is_read_less_than_it_was(kind: str) -> None:
    assert sum(one.read["cascade"] for one in outcomes() if one.kind == kind) >= FLOORS[kind]
