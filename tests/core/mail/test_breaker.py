"""The circuit breaker: every row of its table, and what must hold for any sequence of calls."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from dpr.core.mail.breaker import (
    LIMIT,
    LONGEST_PAUSE_SECONDS,
    TRANSITIONS,
    TRIAL_SECONDS,
    Breaker,
    Event,
    State,
    after,
    allowed_at,
)


def through(breaker: Breaker, *events: Event, now: float = 0.0, random: float = 1.0) -> Breaker:
    for event in events:
        breaker = after(breaker, event, now=now, random=random)
    return breaker


OPENED = through(Breaker(), *[Event.FAILURE] * LIMIT)


def test_the_table_has_every_state_and_event() -> None:
    assert TRANSITIONS.keys() == set(product(State, Event))


def test_failures_in_a_row_open_it_and_an_answer_between_them_does_not() -> None:
    assert through(Breaker(), *[Event.FAILURE] * (LIMIT - 1)).state is State.CLOSED
    assert OPENED.state is State.OPEN
    assert through(Breaker(), *[Event.FAILURE, Event.SUCCESS] * 10).state is State.CLOSED


def test_an_open_one_lets_one_call_through_when_its_pause_is_over() -> None:
    assert allowed_at(OPENED, now=1.0) == 5.0
    assert allowed_at(OPENED, now=6.0) == 6.0
    trying = after(OPENED, Event.BEGUN, now=6.0, random=0)
    assert trying.state is State.HALF_OPEN
    assert allowed_at(trying, now=6.0) == 6.0 + TRIAL_SECONDS


def test_a_trial_that_succeeds_closes_it_and_one_that_fails_doubles_the_pause() -> None:
    trying = after(OPENED, Event.BEGUN, now=6.0, random=0)
    assert after(trying, Event.SUCCESS, now=7.0, random=0) == Breaker()
    again = after(trying, Event.FAILURE, now=7.0, random=1.0)
    assert (again.state, again.until) == (State.OPEN, 17.0)


def test_late_failures_of_calls_from_before_do_not_make_the_pause_longer() -> None:
    assert through(OPENED, *[Event.FAILURE] * 10).until == OPENED.until


@given(st.lists(st.tuples(st.sampled_from(Event), st.floats(0, 100), st.floats(0, 1, exclude_max=True))))
def test_for_any_sequence_it_lets_something_through_within_the_longest_pause(
    happened: list[tuple[Event, float, float]],
) -> None:
    breaker, now = Breaker(), 0.0
    for event, seconds, random in happened:
        now += seconds
        breaker = after(breaker, event, now=now, random=random)
        assert now <= allowed_at(breaker, now=now) <= now + LONGEST_PAUSE_SECONDS
        assert (breaker.state is State.CLOSED) == (allowed_at(breaker, now=now) == now and breaker.until == 0.0)
        assert breaker.failures < LIMIT or breaker.state is not State.CLOSED
