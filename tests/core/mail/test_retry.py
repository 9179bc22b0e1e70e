"""When a message goes to which endpoint: the rules of dpr.core.mail.retry, one by one and for any history."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpr.core.mail.retry import LONGEST_SECONDS, Copy, Due, Timing, backoff_seconds, due

A, B, C = "https://a.test", "https://b.test", "https://c.test"
NOW = 1000.0
TIMING = Timing(hedge_seconds=2, second_copy_seconds=60)


def plan(*copies: Copy, heard: bool = False, blocked: dict[str, float] | None = None) -> dict[str, float]:
    found = due(copies, heard=heard, now=NOW, timing=TIMING, blocked=blocked or {})
    return {one.origin: one.at - NOW for one in found}


def copy(origin: str, **fields: Any) -> Copy:
    return Copy(origin=origin, **fields)


def test_the_first_endpoint_is_tried_at_once_and_no_other() -> None:
    assert plan(copy(A), copy(B), copy(C)) == {A: 0}


def test_without_a_receipt_the_next_endpoint_follows_after_the_hedge_delay() -> None:
    assert plan(copy(A, tried_at=NOW - 0.5), copy(B), copy(C)) == {A: 0, B: 1.5}
    assert plan(copy(A, tried_at=NOW - 2), copy(B, tried_at=NOW), copy(C)) == {A: 0, B: 0, C: 2}


def test_where_the_last_endpoint_failed_the_next_follows_at_once() -> None:
    assert plan(copy(A, tried_at=NOW - 0.1, failures=1, next_at=NOW + 1), copy(B), copy(C)) == {A: 1, B: 0}


def test_one_that_is_still_silent_keeps_its_delay_when_another_has_failed() -> None:
    failed = copy(A, tried_at=NOW - 2.5, failures=1, next_at=NOW + 4)
    assert plan(failed, copy(B, tried_at=NOW - 0.5), copy(C)) == {A: 4, B: 0, C: 1.5}


def test_custody_at_one_relay_leaves_the_others_alone_until_the_recipient_is_missed() -> None:
    held = copy(A, tried_at=NOW - 11, custody_at=NOW - 10)
    assert plan(held, copy(B), copy(C)) == {B: 50}
    assert plan(held, copy(B), copy(C), heard=True) == {}


def test_a_second_copy_without_an_answer_leads_to_a_third() -> None:
    first = copy(A, tried_at=NOW - 100, custody_at=NOW - 100)
    assert plan(first, copy(B, tried_at=NOW - 40, custody_at=NOW - 40), copy(C)) == {C: 20}


def test_a_second_copy_that_failed_leads_to_the_third_endpoint() -> None:
    first = copy(A, tried_at=NOW - 100, custody_at=NOW - 100)
    failed = copy(B, tried_at=NOW - 1, failures=1, next_at=NOW + 5)
    assert plan(first, failed, copy(C)) == {C: 0}
    assert plan(first, failed) == {B: 5}


def test_an_endpoint_with_an_open_breaker_is_passed_over() -> None:
    assert plan(copy(A), copy(B), copy(C), blocked={A: NOW + 30}) == {A: 30, B: 0}
    assert plan(copy(A), copy(B), blocked={A: NOW + 30, B: NOW + 10}) == {A: 30, B: 10}


def test_one_that_was_passed_over_does_not_keep_those_tried_instead_from_another_attempt() -> None:
    assert plan(copy(A), copy(B, tried_at=NOW - 5, failures=1, next_at=NOW + 3)) == {A: 0, B: 3}


def test_who_refused_for_good_or_has_ended_is_asked_no_more() -> None:
    assert plan(copy(A, tried_at=1, ended=True, code="mail_too_large"), copy(B)) == {B: 0}
    assert plan(copy(A, tried_at=1, custody_at=2, ended=True), copy(B, ended=True)) == {}


def test_a_clock_that_was_set_back_delays_nothing_by_more_than_the_longest_wait() -> None:
    assert plan(copy(A, tried_at=NOW + 9e6, failures=2, next_at=NOW + 9e6)) == {A: LONGEST_SECONDS}
    assert plan(copy(A, tried_at=NOW + 9e6, custody_at=NOW + 9e6), copy(B)) == {B: LONGEST_SECONDS}


@pytest.mark.parametrize(("failures", "ceiling"), [(1, 1), (2, 2), (3, 4), (10, 512), (11, 900), (5000, 900)])
def test_the_backoff_doubles_up_to_a_quarter_of_an_hour(failures: int, ceiling: float) -> None:
    assert backoff_seconds(failures, 0.0) == 0
    assert backoff_seconds(failures, 0.5) == ceiling / 2
    assert backoff_seconds(failures, 0.999999) == pytest.approx(ceiling, rel=1e-5)


def test_what_a_relay_asks_for_is_kept_within_reason() -> None:
    assert backoff_seconds(1, 0.0, asked_for=30) == 30
    assert backoff_seconds(1, 0.5, asked_for=30) == 37.5
    assert backoff_seconds(1, 0.5, asked_for=1e9) == LONGEST_SECONDS


instants = st.floats(0, 2000)
copies = st.lists(
    st.builds(
        lambda tried, failures, later, custody, ended: (tried, failures, later, custody, ended),
        st.none() | instants, st.integers(0, 12), instants, st.booleans(), st.booleans(),
    ),
    max_size=6,
).map(
    lambda drawn: tuple(
        Copy(origin=f"https://r{place}.test")
        if tried is None
        else Copy(
            origin=f"https://r{place}.test", tried_at=tried, failures=failures, next_at=later if failures else 0.0,
            custody_at=tried + 0.1 if custody else 0.0, ended=ended,
        )
        for place, (tried, failures, later, custody, ended) in enumerate(drawn)
    )
)  # fmt: skip
blocks = st.dictionaries(st.integers(0, 5).map(lambda place: f"https://r{place}.test"), instants)


@given(copies, st.booleans(), blocks)
def test_for_any_history(history: tuple[Copy, ...], heard: bool, blocked: dict[str, float]) -> None:
    found = due(history, heard=heard, now=NOW, timing=TIMING, blocked=blocked)
    by_origin = {one.origin: one for one in history}
    left = [one for one in history if not one.custody_at and not one.ended]
    assert all(isinstance(one, Due) and NOW <= one.at <= NOW + LONGEST_SECONDS for one in found)
    assert len({one.origin for one in found}) == len(found)
    assert all(by_origin[one.origin] in left for one in found), "who has it, or refused it, is asked again"
    assert bool(found) == (bool(left) and not heard), "a message that can still be handed over is forgotten"
    for one in found:
        earliest = max(by_origin[one.origin].next_at, blocked.get(one.origin, 0))
        assert one.at >= min(earliest, NOW + LONGEST_SECONDS), "before its backoff, or through an open breaker"
    if any(one.in_custody for one in history):
        assert len(found) <= 1, "more than one further copy at a time"


@given(copies, blocks)
def test_waiting_until_what_is_due_changes_nothing_but_the_time(history: tuple[Copy, ...], blocked: dict[str, float]) -> None:
    found = due(history, heard=False, now=NOW, timing=TIMING, blocked=blocked)
    if found:
        at = min(one.at for one in found)
        again = due(history, heard=False, now=at, timing=TIMING, blocked=blocked)
        assert min(one.at for one in again) == at or at == NOW + LONGEST_SECONDS
