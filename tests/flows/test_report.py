"""Back-registration: exactly once, whatever the register and the process do."""

from __future__ import annotations

import asyncio
import contextlib
from itertools import product
from typing import Any

import pytest

from dpr.core.backreg import Event, State
from dpr.core.errors import StorageError
from tests.fakes.ledger_memory import MemoryLedger
from tests.fakes.register_memory import MemoryRegister
from tests.flows.counter import Counter
from tests.world import ONE_ITEM

SETTLE = 60 + 10


def states(counter: Counter) -> list[str]:
    return [row.state.value for row in counter.ledger.queue()]


async def test_an_item_is_registered_before_its_dispensing_and_with_the_real_time() -> None:
    counter = Counter()
    counter.receive()
    counter.now += 60
    handed_over_at = counter.now
    counter.dispense()
    counter.now += 5 * 86_400
    steps = await counter.report()
    assert [(step.event, step.row.number) for step in steps] == [
        (Event.SEND, 0),
        (Event.CREATED, 0),
        (Event.SEND, 1),
        (Event.CREATED, 1),
    ]
    request, dispensed = counter.register.held
    assert request["resourceType"] == "MedicationRequest"
    assert request["subject"] == {"reference": "Patient/1212"}
    assert dispensed["authorizingPrescription"] == [{"reference": f"MedicationRequest/{request['id']}"}]
    assert dispensed["whenHandedOver"] == "2026-11-21T12:01:00+00:00"
    assert handed_over_at == counter.now - 5 * 86_400
    assert states(counter) == ["registered", "registered"]
    assert await counter.report() == ()


async def test_calls_name_the_acting_pharmacist_and_no_person() -> None:
    counter = Counter()
    counter.receive()
    counter.dispense()
    await counter.report()
    pharmacist = counter.world.credential_value(key=counter.world.pharmacist).id
    assert {call.pharmacist_id for call in counter.register.calls} == {"", pharmacist}
    assert "Haddad" not in repr(counter.register.calls)
    assert "191212121212" not in repr(counter.register.calls)


async def test_an_unreachable_register_leaves_the_queue_and_is_asked_again_later() -> None:
    counter = Counter()
    counter.register.up = False
    counter.receive()
    counter.dispense()
    steps = await counter.report()
    assert [step.event for step in steps] == [Event.UNREACHABLE]
    assert states(counter) == ["queued", "queued"]
    counter.register.up = True
    counter.now += 1
    assert [step.row.number for step in await counter.report()] == []  # backing off; the dispensing waits for its item
    counter.now += 900
    await counter.report()
    assert states(counter) == ["registered", "registered"]


async def test_a_lost_reply_is_read_back_after_the_settle_time_and_never_sent_again() -> None:
    counter = Counter(register=MemoryRegister("drop"))
    counter.receive()
    assert [step.event for step in await counter.report()] == [Event.SILENT]
    counter.now += 30
    assert await counter.report() == ()  # not before a late request could have committed
    counter.now += 60
    assert [step.event for step in await counter.report()] == [Event.FOUND_ONE]
    assert counter.register.creates == 1
    counter.now += 61
    await counter.report()
    assert [row.confirmed for row in counter.ledger.queue()] == [True]


async def test_silence_without_commit_is_sent_again() -> None:
    counter = Counter(register=MemoryRegister("silent"))
    counter.receive()
    await counter.report()
    for _ in range(3):
        counter.now += SETTLE
        await counter.report()
    assert states(counter) == ["registered"]
    assert counter.register.count("MedicationRequest") == 1
    assert counter.register.creates == 2


async def test_a_request_that_commits_after_it_was_sent_again_becomes_a_conflict_with_both_ids() -> None:
    counter = Counter(register=MemoryRegister("late"))
    counter.receive()
    await counter.report()
    counter.now += SETTLE
    await counter.report()  # found nothing, queued again
    await counter.report()  # sent again
    counter.register.settle()
    counter.now += SETTLE
    await counter.report()
    [row] = counter.ledger.queue()
    assert row.state is State.CONFLICT
    assert row.words == "several_in_register: 1, 2"


async def test_what_the_register_refuses_waits_for_a_pharmacist_with_its_words() -> None:
    counter = Counter(register=MemoryRegister("reject"))
    counter.receive()
    await counter.report()
    [row] = counter.ledger.queue()
    assert (row.state, row.words) == (State.PARKED, "F.001 giltig förskrivarkod saknas")
    counter.now += 10 * 86_400
    assert await counter.report() == ()
    counter.ledger.advance(row, Event.RETRY, words="", attempts=0, not_before=0)
    await counter.report()
    assert states(counter) == ["registered"]


async def test_a_patient_whom_the_register_does_not_know_is_parked() -> None:
    counter = Counter(register=MemoryRegister(patients=False))
    counter.receive()
    await counter.report()
    assert [(row.state, row.words) for row in counter.ledger.queue()] == [(State.PARKED, "patient_not_in_register")]


async def test_the_same_prescription_from_another_source_is_parked_as_a_twin() -> None:
    other = Counter()
    other.receive()
    await other.report()
    [theirs] = other.register.held
    counter = Counter()
    counter.register.held.append({**theirs, "id": "e-1", "identifier": [{"system": "urn:other", "value": "1"}]})
    counter.receive()
    await counter.report()
    [row] = counter.ledger.queue()
    assert (row.state, row.words, counter.register.creates) == (State.PARKED, "twin_in_register", 0)


async def test_what_another_pharmacy_registered_is_adopted_not_registered_twice() -> None:
    first, second = Counter(), Counter()
    second.register = first.register
    first.receive()
    await first.report()
    second.receive()
    await second.report()
    assert first.register.count("MedicationRequest") == 1
    assert [row.register_id for row in second.ledger.queue()] == ["1"]


async def test_a_patient_with_a_birth_date_is_registered_with_the_dispensing_alone() -> None:
    counter = Counter()
    written = ONE_ITEM | {"patient": {"birth_date": "19900101", "name": "Test Person"}, "audience": counter.policy.gln}
    prescription = counter.world.prescription(written)
    counter.receive(counter.world.prescription_document(prescription))
    assert states(counter) == []
    counter.dispense(prescription_id=prescription.id, register_up=True)
    await counter.report()
    [resource] = counter.register.held
    assert resource["meta"]["profile"] == ["http://electronichealth.se/fhir/StructureDefinition/NLLDispensePaperPrescription"]
    assert resource["contained"][0]["birthDate"] == "1990-01-01"
    assert {one["resourceType"] for one in resource["contained"]} >= {"Patient", "Practitioner", "Medication"}


class Crash(BaseException):
    """The process dies here."""


class Dying:
    """Wraps a port and dies before, or right after, its `step`-th operation."""

    def __init__(self, inner: Any, fuse: dict[str, int]) -> None:
        self._inner, self._fuse = inner, fuse

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if not callable(method) or name not in ("advance", "create", "find", "patient_reference", "prescriptions_of"):
            return method
        if asyncio.iscoroutinefunction(method):

            async def slow(*args: Any, **kwargs: Any) -> Any:
                self._tick()
                answer = await method(*args, **kwargs)
                self._tick()
                return answer

            return slow

        def quick(*args: Any, **kwargs: Any) -> Any:
            self._tick()
            answer = method(*args, **kwargs)
            self._tick()
            return answer

        return quick

    def _tick(self) -> None:
        self._fuse["left"] -= 1
        if self._fuse["left"] == 0:
            raise Crash


@pytest.mark.parametrize("plan", [(), ("drop",), ("silent",), ("unreachable",), ("ok", "drop"), ("silent", "drop")], ids=str)
@pytest.mark.parametrize("step", range(1, 24))
async def test_dying_between_any_two_steps_loses_nothing_and_doubles_nothing(step: int, plan: tuple[str, ...]) -> None:
    counter = Counter(register=MemoryRegister(*plan))
    counter.receive()
    counter.dispense()
    ledger, register = counter.ledger, counter.register
    fuse = {"left": step}
    counter.ledger, counter.register = Dying(ledger, fuse), Dying(register, fuse)  # type: ignore[assignment]
    with contextlib.suppress(Crash):
        await counter.report()
    counter.ledger, counter.register = ledger, register
    for _ in range(12):
        counter.now += SETTLE + 900
        await counter.report()
    assert states(counter) == ["registered", "registered"]
    assert (register.count("MedicationRequest"), register.count("MedicationDispense")) == (1, 1)


@pytest.mark.parametrize("plan", [*product(("ok", "drop", "silent", "unreachable", "reject"), repeat=3)], ids="-".join)
async def test_every_plan_of_faults_ends_with_one_registration_or_a_parked_row(plan: tuple[str, ...]) -> None:
    counter = Counter(register=MemoryRegister(*plan))
    counter.receive()
    counter.dispense()
    for _ in range(16):
        counter.now += SETTLE + 900
        await counter.report()
    for row, kind in zip(counter.ledger.queue(), ("MedicationRequest", "MedicationDispense"), strict=True):
        expected = 1 if row.state is State.REGISTERED else 0
        assert counter.register.count(kind) == expected
        assert row.state in (State.REGISTERED, State.PARKED, State.QUEUED)
        assert row.state is not State.QUEUED or counter.ledger.queue()[0].state is State.PARKED


async def test_two_reporters_at_once_register_once() -> None:
    counter = Counter(ledger=MemoryLedger())
    counter.receive()
    await asyncio.gather(counter.report(), counter.report())
    counter.now += SETTLE
    await counter.report()
    assert counter.register.count("MedicationRequest") == 1


def test_a_row_that_was_moved_meanwhile_is_not_moved_again() -> None:
    counter = Counter()
    counter.receive()
    [row] = counter.ledger.queue()
    counter.ledger.advance(row, Event.SEND)
    with pytest.raises(StorageError, match="queue_row_changed"):
        counter.ledger.advance(row, Event.SEND)
