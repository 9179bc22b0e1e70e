"""What every ledger promises: run on the fake (tests/fakes/ledger_memory.py) and on SQLite."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dpr.adapters.ledger_sql import SqlLedger
from dpr.core.backreg import TRANSITIONS, Event, State
from dpr.core.errors import StorageError
from dpr.core.ledger import Past
from dpr.ports import Ledger, QueueRow
from tests.adapters.ledger_samples import NOW, a_dispensing, a_prescription, an_id, everything, outcome
from tests.fakes.ledger_memory import MemoryLedger

#: Events that lead from the start to each state.
WAY_TO = {
    State.QUEUED: (),
    State.SENT: (Event.SEND,),
    State.REGISTERED: (Event.SEND, Event.CREATED),
    State.PARKED: (Event.SEND, Event.REJECTED),
    State.CONFLICT: (Event.SEND, Event.CREATED, Event.FOUND_MANY),
}


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "memory":
        yield MemoryLedger()
        return
    with SqlLedger.open(tmp_path / "ledger.db", now=NOW) as opened:
        yield opened


def queued(name: str = "a", item: int = 1, number: int = 0) -> QueueRow:
    return QueueRow(prescription_id=an_id(name), item=item, number=number, state=State.QUEUED)


def refused(code: str, ledger: Ledger, action: Callable[[], Any]) -> None:
    """The action ends in `code` and the ledger holds what it held."""
    before = everything(ledger)
    with pytest.raises(StorageError) as caught:
        action()
    assert caught.value.code == code
    assert everything(ledger) == before


# --- receiving -----------------------------------------------------------------------------------------------------------


def test_a_received_prescription_is_kept_and_each_of_its_items_is_queued(ledger: Ledger) -> None:
    seen = a_prescription(items=3)
    assert ledger.receive(seen) == seen
    assert ledger.prescription(seen.prescription_id) == seen
    assert list(ledger.prescriptions()) == [seen]
    assert list(ledger.queue()) == [queued(item=1), queued(item=2), queued(item=3)]


def test_the_same_prescription_again_changes_nothing_whatever_its_bytes(ledger: Ledger) -> None:
    first = ledger.receive(a_prescription(items=2))
    before = everything(ledger)
    assert ledger.receive(a_prescription(items=3, document=b"a twin", path="relay")) == first
    assert everything(ledger) == before


def test_a_prescription_that_owes_no_registration_is_kept_and_dispensed(ledger: Ledger) -> None:
    seen = ledger.receive(a_prescription(items=0))
    assert ledger.prescription(seen.prescription_id) == seen
    assert list(ledger.queue()) == []
    ledger.dispense(a_dispensing(item=2), seen=0)
    assert list(ledger.queue()) == [queued(item=2, number=1)]


def test_items_are_not_fewer_than_none(ledger: Ledger) -> None:
    refused("ledger_row_refused", ledger, lambda: ledger.receive(a_prescription(items=-1)))


def test_what_was_never_received_is_not_there(ledger: Ledger) -> None:
    ledger.receive(a_prescription("other"))
    assert ledger.prescription(an_id("a")) is None
    assert ledger.dispensing(an_id("a"), 1, 1) is None
    assert ledger.queue_row(an_id("a"), 1, 0) is None
    assert ledger.history(an_id("a"), 1) == ()


def test_prescriptions_come_in_the_order_received(ledger: Ledger) -> None:
    sent = [ledger.receive(a_prescription(name)) for name in range(20)]
    assert list(ledger.prescriptions()) == sent


def test_values_come_back_as_they_went_in(ledger: Ledger) -> None:
    seen = msgspec.structs.replace(a_prescription(document=bytes(range(256)) + b"\0" * 9), received_at=7_258_118_399)
    ledger.receive(seen)
    assert ledger.prescription(seen.prescription_id) == seen
    words = "Förskrivning 'saknas'; åäö \U0001f48a 'DROP TABLE queue'"
    row = ledger.advance(queued(), Event.REJECTED, words=words, attempts=3, not_before=7_258_118_399, was_silent=True)
    assert ledger.queue_row(an_id("a"), 1, 0) == row
    assert (row.words, row.not_before, row.was_silent, row.register_id) == (words, 7_258_118_399, True, None)


# --- dispensing ----------------------------------------------------------------------------------------------------------


def test_a_dispensing_is_kept_with_its_queue_row(ledger: Ledger) -> None:
    ledger.receive(a_prescription(items=2))
    first, second = a_dispensing(item=2, number=1), a_dispensing(item=2, number=2)
    ledger.dispense(first, seen=0)
    ledger.dispense(second, seen=1)
    assert ledger.dispensing(an_id("a"), 2, 2) == second
    assert list(ledger.dispensings()) == [first, second]
    assert ledger.history(an_id("a"), 2) == (Past(1, NOW + 1), Past(2, NOW + 2))
    assert ledger.history(an_id("a"), 1) == ()
    assert ledger.queue_row(an_id("a"), 2, 2) == queued(item=2, number=2)


@pytest.mark.parametrize("seen", [0, 2, 7, -1])
def test_a_dispensing_on_another_count_than_the_ledgers_is_taken(ledger: Ledger, seen: int) -> None:
    ledger.receive(a_prescription())
    ledger.dispense(a_dispensing(number=1), seen=0)
    refused("dispensing_taken", ledger, lambda: ledger.dispense(a_dispensing(number=seen + 1, by="2"), seen=seen))


def test_a_dispensing_of_what_was_never_received_is_refused(ledger: Ledger) -> None:
    ledger.receive(a_prescription())
    refused("ledger_unknown_prescription", ledger, lambda: ledger.dispense(a_dispensing("other"), seen=0))
    refused("ledger_row_refused", ledger, lambda: ledger.dispense(a_dispensing(item=0), seen=0))


@pytest.mark.parametrize("number", [0, 3, -1])
def test_the_number_of_a_dispensing_follows_on_those_there_are(ledger: Ledger, number: int) -> None:
    ledger.receive(a_prescription())
    ledger.dispense(a_dispensing(number=1), seen=0)
    row = msgspec.structs.replace(a_dispensing(number=2), number=number)
    refused("ledger_row_refused", ledger, lambda: ledger.dispense(row, seen=1))


def test_a_number_that_was_dispensed_is_taken_even_with_the_right_count(ledger: Ledger) -> None:
    ledger.receive(a_prescription())
    ledger.dispense(a_dispensing(number=1), seen=0)
    refused("dispensing_taken", ledger, lambda: ledger.dispense(a_dispensing(number=1), seen=1))


def test_the_id_of_a_dispensing_serves_once(ledger: Ledger) -> None:
    ledger.receive(a_prescription(items=2))
    ledger.dispense(a_dispensing(item=1), seen=0)
    row = msgspec.structs.replace(a_dispensing(item=2), id=a_dispensing(item=1).id)
    refused("ledger_row_refused", ledger, lambda: ledger.dispense(row, seen=0))


# --- the queue -----------------------------------------------------------------------------------------------------------


def test_the_queue_has_the_oldest_first_and_registrations_before_their_dispensings(ledger: Ledger) -> None:
    ledger.receive(a_prescription("a", items=2))
    ledger.dispense(a_dispensing("a", item=2), seen=0)
    ledger.receive(a_prescription("b"))
    ledger.dispense(a_dispensing("a", item=1), seen=0)
    ledger.dispense(a_dispensing("b"), seen=0)
    ledger.advance(queued("a", 1), Event.SEND)
    keys = [(row.prescription_id, row.item, row.number) for row in ledger.queue()]
    a, b = an_id("a"), an_id("b")
    assert keys == [(a, 1, 0), (a, 2, 0), (a, 2, 1), (b, 1, 0), (a, 1, 1), (b, 1, 1)]


@pytest.mark.parametrize(("state", "event"), TRANSITIONS)
def test_a_row_goes_the_way_of_the_table_of_transitions(ledger: Ledger, state: State, event: Event) -> None:
    ledger.receive(a_prescription(items=2))
    row = queued()
    for step in WAY_TO[state]:
        row = ledger.advance(row, step)
    assert row.state is state
    row = ledger.advance(row, event, attempts=2, register_id="r1", words="ord", not_before=NOW, confirmed=True)
    assert row == QueueRow(
        prescription_id=an_id("a"),
        item=1,
        number=0,
        state=TRANSITIONS[state, event],
        attempts=2,
        not_before=NOW,
        register_id="r1",
        words="ord",
        confirmed=True,
    )
    assert ledger.queue_row(an_id("a"), 1, 0) == row
    assert ledger.queue_row(an_id("a"), 2, 0) == queued(item=2)


@pytest.mark.parametrize(
    "difference",
    [
        {"state": State.SENT},
        {"attempts": 1},
        {"not_before": 1},
        {"register_id": "r1"},
        {"words": "x"},
        {"was_silent": True},
        {"confirmed": True},
        {"number": 1},
        {"item": 2},
        {"prescription_id": an_id("other")},
    ],
)
def test_a_row_that_is_no_longer_as_it_was_read_is_not_moved(ledger: Ledger, difference: dict[str, Any]) -> None:
    ledger.receive(a_prescription())
    stale = msgspec.structs.replace(queued(), **difference)
    refused("queue_row_changed", ledger, lambda: ledger.advance(stale, Event.SILENT))


def test_a_row_with_a_register_id_is_compared_with_it(ledger: Ledger) -> None:
    ledger.receive(a_prescription())
    row = ledger.advance(queued(), Event.FOUND_ONE, register_id="r1")
    without = msgspec.structs.replace(row, register_id=None)
    refused("queue_row_changed", ledger, lambda: ledger.advance(without, Event.FOUND_ONE))
    assert ledger.advance(row, Event.FOUND_ONE, confirmed=True).confirmed


def test_what_cannot_happen_to_a_row_is_a_misuse(ledger: Ledger) -> None:
    ledger.receive(a_prescription())
    before = everything(ledger)
    with pytest.raises(KeyError):
        ledger.advance(queued(), Event.CREATED)
    for wrong in ({"item": 2}, {"number": 1}, {"prescription_id": b""}, {"state": State.SENT}, {"colour": "blue"}):
        with pytest.raises(TypeError):
            ledger.advance(queued(), Event.SEND, **wrong)
    assert everything(ledger) == before


def test_values_that_no_database_holds_are_refused(ledger: Ledger) -> None:
    ledger.receive(a_prescription())
    refused("ledger_row_refused", ledger, lambda: ledger.advance(queued(), Event.REJECTED, words="half \ud83d"))
    refused("ledger_row_refused", ledger, lambda: ledger.advance(queued(), Event.SEND, not_before=2**63))
    late = msgspec.structs.replace(a_dispensing(), handed_over_at=2**63)
    refused("ledger_row_refused", ledger, lambda: ledger.dispense(late, seen=0))


# --- two at once ---------------------------------------------------------------------------------------------------------


def both_at_once(pool: ThreadPoolExecutor, first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    start = threading.Barrier(2)

    def run(action: Callable[[], Any]) -> Any:
        start.wait()
        return outcome(action)

    return [future.result() for future in [pool.submit(run, first), pool.submit(run, second)]]


def test_of_two_threads_at_the_last_dispensing_exactly_one_wins(ledger: Ledger) -> None:
    ledger.receive(a_prescription())
    with ThreadPoolExecutor(2) as pool:
        for seen in range(50):
            rows = [a_dispensing(number=seen + 1, by=f"counter {counter}") for counter in (1, 2)]
            got = both_at_once(pool, *(partial(ledger.dispense, row, seen=seen) for row in rows))
            assert sorted(map(str, got)) == ["None", "dispensing_taken"]
            assert ledger.dispensing(an_id("a"), 1, seen + 1) == rows[got.index(None)]
    assert len(ledger.history(an_id("a"), 1)) == 50
    assert len(ledger.queue()) == 51


def test_of_two_threads_with_the_same_row_exactly_one_moves_it(ledger: Ledger) -> None:
    ledger.receive(a_prescription())
    row = queued()
    with ThreadPoolExecutor(2) as pool:
        for attempts in range(1, 51):
            event = Event.SEND if row.state is State.QUEUED else Event.SILENT
            moves = [partial(ledger.advance, row, event, attempts=attempts, words=words) for words in "ab"]
            got = both_at_once(pool, *moves)
            assert got.count("queue_row_changed") == 1
            (row,) = [answer for answer in got if answer != "queue_row_changed"]
            assert ledger.queue_row(an_id("a"), 1, 0) == row


def test_a_prescription_that_comes_twice_at_once_is_kept_once(ledger: Ledger) -> None:
    with ThreadPoolExecutor(2) as pool:
        for name in range(30):
            twins = [a_prescription(name, items=2, document=d, path=p) for d, p in ((b"1", "qr"), (b"2", "relay"))]
            first, second = both_at_once(pool, *(partial(ledger.receive, twin) for twin in twins))
            assert first == second == ledger.prescription(an_id(name))
    assert len(ledger.prescriptions()) == 30
    assert len(ledger.queue()) == 60


# --- any order of things -------------------------------------------------------------------------------------------------

NAMES, SMALL = st.sampled_from("abc"), st.integers(0, 3)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "attempts": SMALL,
        "not_before": SMALL,
        "register_id": st.none() | st.text(max_size=3),
        "words": st.text(st.characters(codec=None), max_size=3),
        "was_silent": st.booleans(),
        "confirmed": st.booleans(),
        "item": SMALL,
    },
)


class FakeAndSqlite(RuleBasedStateMachine):
    """Whatever is done to both, they answer the same and hold the same."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.memory, self.sql = MemoryLedger(), SqlLedger.open(self.directory / "ledger.db", now=NOW)

    def alike(self, action: Callable[[Ledger], Any]) -> None:
        assert outcome(lambda: action(self.sql)) == outcome(lambda: action(self.memory))

    @rule(name=NAMES, items=st.integers(-1, 3), document=st.binary(max_size=2))
    def receive(self, name: str, items: int, document: bytes) -> None:
        self.alike(lambda ledger: ledger.receive(a_prescription(name, items=items, document=document)))

    @rule(name=NAMES, item=SMALL)
    def dispense_the_next(self, name: str, item: int) -> None:
        seen = len(self.memory.history(an_id(name), item))
        self.alike(lambda ledger: ledger.dispense(a_dispensing(name, item=item, number=seen + 1), seen=seen))

    @rule(name=NAMES, item=SMALL, number=st.integers(1, 4), seen=SMALL)
    def dispense_something(self, name: str, item: int, number: int, seen: int) -> None:
        self.alike(lambda ledger: ledger.dispense(a_dispensing(name, item=item, number=number), seen=seen))

    @rule(data=st.data(), event=st.sampled_from(Event), changes=CHANGES)
    def advance(self, data: st.DataObject, event: Event, changes: dict[str, Any]) -> None:
        if rows := self.memory.queue():
            row = data.draw(st.sampled_from(rows))
            self.alike(lambda ledger: ledger.advance(row, event, **changes))

    @rule(data=st.data(), state=st.sampled_from(State), attempts=SMALL, register_id=st.none() | st.just("r1"))
    def advance_as_if(self, data: st.DataObject, state: State, attempts: int, register_id: str | None) -> None:
        if rows := self.memory.queue():
            row = data.draw(st.sampled_from(rows))
            row = msgspec.structs.replace(row, state=state, attempts=attempts, register_id=register_id)
            self.alike(lambda ledger: ledger.advance(row, Event.RETRY))

    @rule()
    def reopen(self) -> None:
        self.sql.close()
        self.sql = SqlLedger.open(self.directory / "ledger.db", now=NOW)

    @invariant()
    def both_hold_the_same(self) -> None:
        assert everything(self.sql) == everything(self.memory)

    def teardown(self) -> None:
        self.sql.close()
        shutil.rmtree(self.directory)


TestFakeAndSqlite = FakeAndSqlite.TestCase
TestFakeAndSqlite.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


# --- the last entries ---------------------------------------------------------------------------------------------------


def test_the_last_instants_are_those_of_the_last_entries_not_the_latest(ledger: Ledger) -> None:
    assert ledger.last_instants() == ()
    ledger.receive(msgspec.structs.replace(a_prescription("a"), received_at=NOW + 1_000_000))
    ledger.receive(msgspec.structs.replace(a_prescription("b"), received_at=NOW))
    assert ledger.last_instants() == (NOW,)
    ledger.dispense(msgspec.structs.replace(a_dispensing("a"), handed_over_at=NOW + 7), seen=0)
    ledger.dispense(msgspec.structs.replace(a_dispensing("b"), handed_over_at=NOW + 5), seen=0)
    assert ledger.last_instants() == (NOW, NOW + 5)
