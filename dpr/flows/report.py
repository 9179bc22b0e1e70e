"""Back-registration: what the ledger owes the register is registered there, once (domain.md §7, design of dpr.core.backreg).

Rules: the intent is kept before anything leaves; a row whose fate is unknown is read back before any retry, and not before the
settle time; whatever the register says no to waits for a pharmacist with its own words. One row's trouble never stops the
others, but when the register cannot be reached the run ends: the next one begins where this one stopped.

Example: `steps = await report(ledger=ledger, register=register, trust=trust, now=now, policy=policy)`
"""

from __future__ import annotations

from typing import Any, NamedTuple

from dpr.core import documents, fhir
from dpr.core.backreg import Event, State, backoff_seconds
from dpr.core.documents import Kept
from dpr.core.errors import DprError, StorageError
from dpr.core.policy import Policy
from dpr.core.sinks import Sink, sink_of
from dpr.core.trust import Trust
from dpr.ports import Call, Ledger, QueueRow, Register, Rejected, Silent, Unreachable


class Step(NamedTuple):
    """What was done with one row: the event that moved it, and the row after it."""

    event: Event
    row: QueueRow


class _Owed(NamedTuple):
    """One row with what is needed to register it."""

    row: QueueRow
    kept: Kept
    resource_type: str
    identifier: tuple[str, str]
    call: Call


async def report(*, ledger: Ledger, register: Register, trust: Trust, now: int, policy: Policy) -> tuple[Step, ...]:
    """Works through every row that is due at the instant `now`; returns what was done, in order. Raises StorageError."""
    steps: list[Step] = []
    for row in ledger.queue():
        if row.not_before > now or not _ours_to_do(row):
            continue
        try:
            done = await _advance(row, ledger, register, trust, now, policy)
        except StorageError as error:
            if error.code != "queue_row_changed":
                raise
            continue  # another process has moved it meanwhile
        steps += done
        if any(step.event is Event.UNREACHABLE for step in done):
            break
    return tuple(steps)


def _ours_to_do(row: QueueRow) -> bool:
    if row.state is State.REGISTERED:
        return row.was_silent and not row.confirmed
    return row.state in (State.QUEUED, State.SENT)


async def _advance(row: QueueRow, ledger: Ledger, register: Register, trust: Trust, now: int, policy: Policy) -> list[Step]:
    try:
        owed = _owed(row, ledger, trust, policy)
    except DprError as error:
        return _parked(row, ledger, error.code)
    if owed is None:
        return []
    try:
        if row.state is not State.QUEUED:
            return [await _read_back(owed, ledger, register, now, policy)]
        return await _send(owed, ledger, register, now, policy)
    except Unreachable:
        current = ledger.queue_row(row.prescription_id, row.item, row.number) or row
        if current.state not in (State.QUEUED, State.SENT):
            return []
        event = Event.UNREACHABLE if current.state is State.QUEUED else Event.SILENT
        wait = backoff_seconds(current.attempts)
        return [Step(Event.UNREACHABLE, ledger.advance(current, event, not_before=now + wait, attempts=current.attempts + 1))]
    except Silent:
        current = ledger.queue_row(row.prescription_id, row.item, row.number) or row
        if current.state is not State.SENT:
            return []
        later = now + policy.register_settle_seconds
        return [Step(Event.SILENT, ledger.advance(current, Event.SILENT, not_before=later, was_silent=True))]
    except Rejected as error:
        current = ledger.queue_row(row.prescription_id, row.item, row.number) or row
        return [Step(Event.REJECTED, ledger.advance(current, Event.REJECTED, words=error.words[:1000]))]


def _parked(row: QueueRow, ledger: Ledger, words: str) -> list[Step]:
    if row.state is State.REGISTERED:
        return []
    return [Step(Event.REJECTED, ledger.advance(row, Event.REJECTED, words=words))]


def _owed(row: QueueRow, ledger: Ledger, trust: Trust, policy: Policy) -> _Owed | None:
    """What a row stands for; None while its item waits to be registered first."""
    seen = ledger.prescription(row.prescription_id)
    if seen is None:
        raise DprError("prescription_not_received")
    kept = documents.kept(seen.document, trust)
    if sink_of(kept.prescription) is Sink.ANIMALS:
        raise DprError("sink_animals")
    if row.number == 0:
        identifier = fhir.item_identifier(row.prescription_id, row.item)
        call = Call("", policy.gln, None, _request_id(row))
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


async def _send(owed: _Owed, ledger: Ledger, register: Register, now: int, policy: Policy) -> list[Step]:
    """Is it there already, from somebody else or a lost answer? Else keep the intent, send, keep the answer."""
    found = await register.find(owed.resource_type, *owed.identifier, owed.call)
    if found:
        return [_found(owed.row, ledger, found, now)]
    resource, call = await _resource(owed, ledger, register)
    if call.patient_reference is not None and owed.row.number == 0:
        theirs = await register.prescriptions_of(call.patient_reference, call)
        holder = owed.kept.credential.holder
        if any(fhir.looks_the_same(one, owed.kept.prescription, owed.row.item, holder) for one in theirs):
            return [Step(Event.TWIN, ledger.advance(owed.row, Event.TWIN, words="twin_in_register"))]
    unknown_until = now + policy.register_timeout_seconds + policy.register_settle_seconds
    sent = ledger.advance(owed.row, Event.SEND, attempts=owed.row.attempts + 1, not_before=unknown_until)
    id = await register.create(resource, call)
    # After an earlier silence the first request may still commit: look once more when that time has passed.
    not_before = now + policy.register_settle_seconds if sent.was_silent else 0
    created = ledger.advance(sent, Event.CREATED, register_id=id, words="", not_before=not_before)
    return [Step(Event.SEND, sent), Step(Event.CREATED, created)]


async def _resource(owed: _Owed, ledger: Ledger, register: Register) -> tuple[dict[str, Any], Call]:
    row, prescription, holder = owed.row, owed.kept.prescription, owed.kept.credential.holder
    reference = await _patient_reference(owed, register)
    call = owed.call._replace(patient_reference=reference)
    if row.number == 0:
        if reference is None:
            raise Rejected("patient_not_in_register", status=404)
        return fhir.medication_request(prescription, row.item, holder, patient_reference=reference), call
    held = ledger.dispensing(row.prescription_id, row.item, row.number)
    item = ledger.queue_row(row.prescription_id, row.item, 0)
    if held is None:
        raise DprError("dispensing_not_kept")
    content = documents.read_claims(documents.DISPENSING, documents.split(held.document)[1]).content
    if reference is None or item is None or item.register_id is None:
        return fhir.dispense_paper_prescription(held.id, content, prescription, holder), call
    request_id = item.register_id
    return fhir.medication_dispense(held.id, content, request_id=request_id, patient_reference=reference), call


async def _patient_reference(owed: _Owed, register: Register) -> str | None:
    patient = owed.kept.prescription.content.patient
    identifier = fhir.patient_identifier(patient) if patient is not None else None
    return await register.patient_reference(*identifier, owed.call) if identifier else None


async def _read_back(owed: _Owed, ledger: Ledger, register: Register, now: int, policy: Policy) -> Step:
    """What became of a request that was never answered."""
    found = await register.find(owed.resource_type, *owed.identifier, owed.call)
    row = owed.row
    if row.state is State.REGISTERED and len(found) == 1:
        return Step(Event.FOUND_ONE, ledger.advance(row, Event.FOUND_ONE, confirmed=True, not_before=0))
    if not found:
        return Step(Event.FOUND_NONE, ledger.advance(row, Event.FOUND_NONE, not_before=0, was_silent=True))
    return _found(row, ledger, found, now + policy.register_settle_seconds)


def _found(row: QueueRow, ledger: Ledger, found: list[dict[str, Any]], confirm_at: int) -> Step:
    if len(found) > 1:
        ids = ", ".join(str(one.get("id"))[:40] for one in found[:10])
        return Step(Event.FOUND_MANY, ledger.advance(row, Event.FOUND_MANY, words=f"several_in_register: {ids}"))
    id = str(found[0].get("id"))
    not_before = confirm_at if row.was_silent else 0
    return Step(Event.FOUND_ONE, ledger.advance(row, Event.FOUND_ONE, register_id=id, words="", not_before=not_before))
