"""Back-registration: what the ledger owes the register is registered there, once (domain.md §7, design of dpr.core.backreg).

Rules: the intent is kept before anything leaves; a row whose fate is unknown is read back before any retry, and not before the
settle time; whatever the register says no to waits for a pharmacist with its own words. One row's trouble never stops the
others, but when the register cannot be reached the run ends: the next one begins where this one stopped.

Example: `steps = await report(ledger=ledger, register=register, now=now, policy=policy)`
"""

from __future__ import annotations

from typing import Any, NamedTuple

from dpr.core import documents, fhir
from dpr.core.backreg import Event, State, backoff_seconds
from dpr.core.dispensing import Dispensing
from dpr.core.documents import Kept
from dpr.core.errors import DprError, StorageError
from dpr.core.policy import Policy
from dpr.core.sinks import Sink, sink_of
from dpr.ports import Call, Ledger, QueueRow, Register, Rejected, Silent, Unreachable


class Step(NamedTuple):
    """What was done with one row: the event that moved it, and the row after it."""

    event: Event
    row: QueueRow


class _Run(NamedTuple):
    """One run of the flow."""

    ledger: Ledger
    register: Register
    now: int
    policy: Policy
    acting: str


#: A register that leaves so many questions unanswered is left alone until the next run.
_SILENT_ENOUGH = 3


class _Owed(NamedTuple):
    """One row with what is needed to register it."""

    row: QueueRow
    kept: Kept
    resource_type: str
    identifier: tuple[str, str]
    call: Call


async def report(*, ledger: Ledger, register: Register, now: int, policy: Policy, acting: str = "") -> tuple[Step, ...]:
    """Works through every row that is due at the instant `now`; returns what was done, in order. Raises StorageError.

    `acting`: credential id of the pharmacist at work, in whose name items are registered; a dispensing is registered in the
    name of the pharmacist of its record.
    """
    steps: list[Step] = []
    silent = 0
    for row in ledger.queue():
        if row.not_before > now or not _ours_to_do(row):
            continue
        try:
            done = await _advance(row, _Run(ledger, register, now, policy, acting))
        except StorageError as error:
            if error.code != "queue_row_changed":
                raise
            continue  # another process has moved it meanwhile
        steps += done
        silent += any(step.event is Event.SILENT for step in done)
        if silent >= _SILENT_ENOUGH or any(step.event is Event.UNREACHABLE for step in done):
            break
    return tuple(steps)


def _ours_to_do(row: QueueRow) -> bool:
    if row.state is State.REGISTERED:
        return row.was_silent and not row.confirmed
    return row.state in (State.QUEUED, State.SENT)


async def _advance(row: QueueRow, run: _Run) -> list[Step]:
    try:
        owed = _owed(row, run)
        if owed is None:
            return []
        return [await _read_back(owed, run)] if row.state is not State.QUEUED else await _send(owed, run)
    except Unreachable:
        return _later(row, run, Event.UNREACHABLE)
    except Silent:
        return _later(row, run, Event.SILENT)
    except Rejected as error:
        return _parked(row, run, error.words)
    except StorageError:
        raise
    except DprError as error:
        return _parked(row, run, error.code)


def _later(row: QueueRow, run: _Run, event: Event) -> list[Step]:
    """Nothing came of it: when to try again, and what is known of the row by then."""
    current = run.ledger.queue_row(row.prescription_id, row.item, row.number) or row
    attempts = current.attempts + (current.state is State.QUEUED)
    settle = run.policy.register_settle_seconds
    wait = backoff_seconds(current.attempts) if current.state is State.QUEUED else settle
    if current.state is State.SENT:
        # It may have been sent: whatever kept the answer away, it is read back before anything else.
        moved = run.ledger.advance(current, Event.SILENT, not_before=run.now + max(wait, settle), was_silent=True)
    else:
        moved = run.ledger.advance(current, event, not_before=run.now + wait, attempts=attempts)
    return [Step(event, moved)]


def _parked(row: QueueRow, run: _Run, words: str) -> list[Step]:
    """For a pharmacist, with the register's words. What is registered already stays so, and is confirmed later."""
    current = run.ledger.queue_row(row.prescription_id, row.item, row.number) or row
    if current.state is State.REGISTERED:
        return _later(row, run, Event.SILENT)
    return [Step(Event.REJECTED, run.ledger.advance(current, Event.REJECTED, words=words[:1000]))]


def _owed(row: QueueRow, run: _Run) -> _Owed | None:
    """What a row stands for; None while its item waits to be registered first."""
    ledger, policy = run.ledger, run.policy
    seen = ledger.prescription(row.prescription_id)
    if seen is None:
        raise DprError("prescription_not_received")
    kept = documents.kept(seen.document, seen.credential)
    if sink_of(kept.prescription) is Sink.ANIMALS:
        raise DprError("sink_animals")
    if row.number == 0:
        identifier = fhir.item_identifier(row.prescription_id, row.item)
        call = Call(run.acting, policy.gln, None, _request_id(row))
        return _Owed(row, kept, "MedicationRequest", identifier, call)
    held = ledger.dispensing(row.prescription_id, row.item, row.number)
    if held is None:
        raise DprError("dispensing_not_kept")
    if sink_of(kept.prescription) is Sink.REGISTER:
        item = ledger.queue_row(row.prescription_id, row.item, 0)
        if item is None or item.state is not State.REGISTERED:
            return None
    call = Call(_pharmacist_id(held.document), policy.gln, None, _request_id(row))
    return _Owed(row, kept, "MedicationDispense", fhir.dispensing_identifier(held.id), call)


def _pharmacist_id(document: bytes) -> str:
    record = documents.read_claims(documents.DISPENSING, documents.split(document)[1])
    payload = documents.split(record.content.pharmacist)[1]
    return documents.read_claims(documents.CREDENTIAL_KIND, payload).id


def _request_id(row: QueueRow) -> str:
    """For the register's log; nothing says that it de-duplicates."""
    return f"{row.prescription_id.hex()}-{row.item}-{row.number}-{row.attempts}"


async def _send(owed: _Owed, run: _Run) -> list[Step]:
    """Is it there already, from somebody else or a lost answer? Else keep the intent, send, keep the answer."""
    row, settle = owed.row, run.policy.register_settle_seconds
    found = await run.register.find(owed.resource_type, *owed.identifier, owed.call)
    if found:
        return [_found(row, run, found, run.now)]
    resource, call = await _resource(owed, run)
    if await _has_twin(owed, call, run):
        return [Step(Event.TWIN, run.ledger.advance(row, Event.TWIN, words="twin_in_register"))]
    unknown_until = run.now + run.policy.register_timeout_seconds + settle
    sent = run.ledger.advance(row, Event.SEND, attempts=row.attempts + 1, not_before=unknown_until)
    id = await run.register.create(resource, call)
    # After an earlier silence the first request may still commit: look once more when that time has passed.
    not_before = run.now + settle if sent.was_silent else 0
    created = run.ledger.advance(sent, Event.CREATED, register_id=id, words="", not_before=not_before)
    return [Step(Event.SEND, sent), Step(Event.CREATED, created)]


async def _has_twin(owed: _Owed, call: Call, run: _Run) -> bool:
    """Does the register hold what looks like this item from another source, and nobody has said that it is not?"""
    if call.patient_reference is None or owed.row.number != 0 or owed.row.not_a_twin:
        return False
    theirs = await run.register.prescriptions_of(call.patient_reference, call)
    holder = owed.kept.credential.holder
    return any(fhir.looks_the_same(one, owed.kept.prescription, owed.row.item, holder) for one in theirs)


async def _resource(owed: _Owed, run: _Run) -> tuple[dict[str, Any], Call]:
    """The resource that is owed, by the prescription's sink and never by what a look-up happened to answer."""
    row, prescription, holder = owed.row, owed.kept.prescription, owed.kept.credential.holder
    if sink_of(prescription) is Sink.PAPER:
        record_id, content = _record(row, run)
        return fhir.dispense_paper_prescription(record_id, content, prescription, holder), owed.call
    reference = await _patient_reference(owed, run.register)
    if reference is None:
        raise Rejected("patient_not_in_register", status=404)
    call = owed.call._replace(patient_reference=reference)
    if row.number == 0:
        return fhir.medication_request(prescription, row.item, holder, patient_reference=reference), call
    item = run.ledger.queue_row(row.prescription_id, row.item, 0)
    if item is None or item.register_id is None:
        raise DprError("item_not_registered")
    record_id, content = _record(row, run)
    benefit = prescription.content.items[row.item - 1].benefit
    resource = fhir.medication_dispense(
        record_id, content, request_id=item.register_id, patient_reference=reference, benefit=benefit
    )
    return resource, call


def _record(row: QueueRow, run: _Run) -> tuple[bytes, Dispensing]:
    held = run.ledger.dispensing(row.prescription_id, row.item, row.number)
    if held is None:
        raise DprError("dispensing_not_kept")
    return held.id, documents.read_claims(documents.DISPENSING, documents.split(held.document)[1]).content


async def _patient_reference(owed: _Owed, register: Register) -> str | None:
    patient = owed.kept.prescription.content.patient
    identifier = fhir.patient_identifier(patient) if patient is not None else None
    return await register.patient_reference(*identifier, owed.call) if identifier else None


async def _read_back(owed: _Owed, run: _Run) -> Step:
    """What became of a request that was never answered."""
    found = await run.register.find(owed.resource_type, *owed.identifier, owed.call)
    row = owed.row
    if row.state is State.REGISTERED and len(found) == 1:
        return Step(Event.FOUND_ONE, run.ledger.advance(row, Event.FOUND_ONE, confirmed=True, not_before=0))
    if not found:
        return Step(Event.FOUND_NONE, run.ledger.advance(row, Event.FOUND_NONE, not_before=0, was_silent=True))
    return _found(row, run, found, run.now + run.policy.register_settle_seconds)


def _found(row: QueueRow, run: _Run, found: list[dict[str, Any]], confirm_at: int) -> Step:
    if len(found) > 1:
        ids = ", ".join(str(one.get("id"))[:40] for one in found[:10])
        return Step(Event.FOUND_MANY, run.ledger.advance(row, Event.FOUND_MANY, words=f"several_in_register: {ids}"))
    id = str(found[0].get("id"))
    not_before = confirm_at if row.was_silent else 0
    moved = run.ledger.advance(row, Event.FOUND_ONE, register_id=id, words="", not_before=not_before)
    return Step(Event.FOUND_ONE, moved)
