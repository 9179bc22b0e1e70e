"""Grades and graces: every boundary to the second, and that time never makes anything better."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpr.core.freshness import (
    Grace,
    Grade,
    grace,
    of_address_book,
    of_snapshot,
    of_status,
    of_trust_list,
    special_status_ends,
    special_trust_list_ends,
)
from dpr.core.policy import Policy
from dpr.core.products import ControlClass
from tests.mail_world import MailWorld
from tests.world import DAY, NOW, World

HOUR = 3600
POLICY = Policy()
#: A list issued at NOW - 3600 with its next update at NOW + 7 days.
LIST = World().trust_list_value()


@pytest.mark.parametrize(
    ("at", "grade", "worse_at"),
    [
        (NOW, Grade.FRESH, NOW + 7 * DAY),
        (NOW + 7 * DAY - 1, Grade.FRESH, NOW + 7 * DAY),
        (NOW + 7 * DAY, Grade.STALE, LIST.issued_at + 720 * HOUR + 1),
        (LIST.issued_at + 720 * HOUR, Grade.STALE, LIST.issued_at + 720 * HOUR + 1),
        (LIST.issued_at + 720 * HOUR + 1, Grade.RED, None),
    ],
)
def test_a_trust_list_is_stale_at_its_next_update_and_red_by_age(at: int, grade: Grade, worse_at: int | None) -> None:
    assert of_trust_list(LIST, POLICY, at) == (grade, at - LIST.issued_at, worse_at)


def test_an_address_book_is_stale_at_its_next_update_and_never_worse() -> None:
    book = MailWorld().address_book_value()
    due = book.content.next_update
    assert of_address_book(book, due - 1) == (Grade.FRESH, due - 1 - book.issued_at, due)
    assert of_address_book(book, due) == (Grade.STALE, due - book.issued_at, None)
    assert of_address_book(book, due + 4000 * DAY).grade is Grade.STALE


def test_a_list_that_is_due_late_is_never_red_before_it_is_stale() -> None:
    late = msgspec.structs.replace(LIST, content=msgspec.structs.replace(LIST.content, next_update=NOW + 90 * DAY))
    assert of_trust_list(late, POLICY, NOW + 90 * DAY - 1).grade is Grade.FRESH
    assert of_trust_list(late, POLICY, NOW + 90 * DAY).grade is Grade.RED


@pytest.mark.parametrize(
    ("age", "grade"),
    [(0, Grade.FRESH), (86400, Grade.FRESH), (86401, Grade.STALE), (604800, Grade.STALE), (604801, Grade.RED)],
)  # fmt: skip
def test_revocation_data_are_stale_and_red_by_age(age: int, grade: Grade) -> None:
    standing = of_status(NOW, POLICY, NOW + age)
    assert (standing.grade, standing.age_seconds) == (grade, age)


def test_a_snapshot_is_stale_at_its_next_update_and_red_by_age() -> None:
    snapshot = World().snapshot_value()
    assert of_snapshot(snapshot, POLICY, NOW + 2 * DAY - 1).grade is Grade.FRESH
    assert of_snapshot(snapshot, POLICY, NOW + 2 * DAY).grade is Grade.STALE
    assert of_snapshot(snapshot, POLICY, snapshot.issued_at + 14 * DAY + 1).grade is Grade.RED


@given(st.integers(-DAY, 400 * DAY), st.integers(0, 400 * DAY))
def test_time_never_makes_a_grade_better_and_worse_at_is_exact(at: int, later: int) -> None:
    for standing, of in (
        (of_trust_list(LIST, POLICY, NOW + at), lambda now: of_trust_list(LIST, POLICY, now)),
        (of_status(NOW, POLICY, NOW + at), lambda now: of_status(NOW, POLICY, now)),
    ):
        assert standing.age_seconds >= 0
        assert of(NOW + at + later).grade >= standing.grade
        if standing.worse_at is not None:
            assert of(standing.worse_at - 1).grade == standing.grade < of(standing.worse_at).grade


def test_special_medicines_have_limits_by_control_class() -> None:
    policy = Policy(special_status_hours=24, class_status_hours={"narcotic_ii": 6, "other_special": 72})
    assert special_status_ends(NOW, ControlClass.NARCOTIC_II, policy) == NOW + 6 * HOUR + 1
    assert special_status_ends(NOW, ControlClass.NARCOTIC_IV, policy) == NOW + 24 * HOUR + 1
    assert special_status_ends(NOW, ControlClass.OTHER_SPECIAL, policy) == NOW + 72 * HOUR + 1


def test_special_medicines_take_a_trust_list_until_its_next_update_or_their_own_limit() -> None:
    assert special_trust_list_ends(LIST, Policy(special_trust_list_hours=24)) == LIST.content.next_update
    assert special_trust_list_ends(LIST, Policy(special_trust_list_hours=24 * 10)) == LIST.issued_at + 240 * HOUR + 1


@pytest.mark.parametrize(
    ("over", "heard", "expected"),
    [
        (-1, None, Grace.IN_FORCE),
        (-1, 0, Grace.IN_FORCE),
        (0, None, Grace.SHORT),
        (0, -1, Grace.SHORT),
        (0, 0, Grace.OVER),
        (DAY, 1, Grace.OVER),
        (7 * DAY, -1, Grace.SHORT),
        (7 * DAY + 1, -1, Grace.LONG),
        (60 * DAY, -DAY, Grace.LONG),
        (60 * DAY + 1, None, Grace.OVER),
    ],
)
def test_what_could_not_be_renewed_has_a_grace_in_two_steps(over: int, heard: int | None, expected: Grace) -> None:
    """`heard`: seconds from its end to the newest list of whoever would have renewed it."""
    assert grace(NOW, NOW + over, POLICY, heard_at=None if heard is None else NOW + heard) is expected


@given(st.integers(0, 100 * DAY), st.integers(-100 * DAY, 100 * DAY), st.integers(0, 100 * DAY))
def test_hearing_more_or_using_it_later_never_lengthens_a_grace(over: int, heard: int, more: int) -> None:
    before = grace(NOW, NOW + over, POLICY, heard_at=NOW + heard)
    assert grace(NOW, NOW + over, POLICY, heard_at=NOW + heard + more) >= before
    assert grace(NOW, NOW + over + more, POLICY, heard_at=NOW + heard) >= before
