"""The state machine of back-registration: its table is all there is, and from everywhere there is a way to an end."""

from __future__ import annotations

from itertools import product

import pytest

from dpr.core.backreg import OPEN_STATES, TRANSITIONS, Event, State, after, backoff_seconds

ENDS = frozenset(State) - OPEN_STATES

#: The table once more, by hand, as a pharmacist would tell it: (where it stands, what happens, where it stands then).
STORY = """
queued      send         sent
queued      unreachable  queued
queued      silent       queued
queued      rejected     parked
queued      found_one    registered
queued      found_many   parked
queued      twin         parked
sent        created      registered
sent        silent       sent
sent        rejected     parked
sent        found_one    registered
sent        found_none   queued
sent        found_many   parked
registered  unreachable  registered
registered  silent       registered
registered  found_one    registered
registered  found_none   conflict
registered  found_many   conflict
parked      retry        queued
parked      adopted      registered
conflict    retry        queued
conflict    adopted      registered
"""
EXPECTED = {
    (State(state), Event(event)): State(then) for state, event, then in (line.split() for line in STORY.split("\n") if line)
}


@pytest.mark.parametrize(("state", "event"), [*product(State, Event)], ids=lambda value: value.value)
def test_each_event_in_each_state_leads_where_the_story_says_or_is_a_bug(state: State, event: Event) -> None:
    if (state, event) in EXPECTED:
        assert after(state, event) is EXPECTED[state, event] is TRANSITIONS[state, event]
    else:
        with pytest.raises(KeyError):
            after(state, event)


def reachable(start: State, *, without: frozenset[Event] = frozenset()) -> set[State]:
    found = {start}
    while True:
        more = {then for (state, event), then in TRANSITIONS.items() if state in found and event not in without}
        if more <= found:
            return found
        found |= more


@pytest.mark.parametrize("state", State)
def test_from_every_state_the_register_can_be_reached(state: State) -> None:
    assert State.REGISTERED in reachable(state)


@pytest.mark.parametrize("state", State)
def test_from_every_state_an_end_is_reached_without_a_pharmacist(state: State) -> None:
    assert reachable(state, without=frozenset((Event.RETRY, Event.ADOPTED))) & ENDS


@pytest.mark.parametrize("state", State)
def test_every_state_is_reached_from_the_queue(state: State) -> None:
    assert state in reachable(State.QUEUED)


def test_every_event_has_a_place() -> None:
    assert {event for _, event in TRANSITIONS} == set(Event)


def test_what_was_silent_stays_sent_so_that_it_is_read_back_before_any_retry() -> None:
    assert after(State.SENT, Event.SILENT) is State.SENT
    assert (State.SENT, Event.SEND) not in TRANSITIONS and (State.SENT, Event.RETRY) not in TRANSITIONS


def test_nothing_but_a_pharmacist_moves_what_is_parked_or_in_conflict() -> None:
    for state in (State.PARKED, State.CONFLICT):
        assert {event for (start, event) in TRANSITIONS if start is state} == {Event.RETRY, Event.ADOPTED}


def test_what_is_registered_is_never_sent_again_by_itself() -> None:
    alone = reachable(State.REGISTERED, without=frozenset((Event.RETRY, Event.ADOPTED)))
    assert alone == {State.REGISTERED, State.CONFLICT}


def test_waiting_doubles_from_five_seconds_to_a_quarter_of_an_hour() -> None:
    assert [backoff_seconds(attempts) for attempts in range(10)] == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]
    assert backoff_seconds(10_000) == 900
