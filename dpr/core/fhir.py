"""Values → the register's FHIR R4 resources (domain.md §7); the names it uses are in dpr.core.fhir_names.

Rules: pure. Every resource carries an identifier of ours, made from the signed document, by which it is found again after
an answer was lost. The time of hand-over is the real one. What is absent is left out: FHIR has no empty list or text.

Example: `medication_request(prescription, 1, holder, patient_reference="Patient/7")`
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from dpr.core import days
from dpr.core.credential import Holder
from dpr.core.dispensing import Dispensing
from dpr.core.fhir_headers import headers
from dpr.core.fhir_names import (
    BENEFIT_CHOICE,
    FORMAT_ELECTRONIC,
    PAPER_PARTS,
    PROFILE,
    SYSTEMS,
    Resource,
    coded,
    extension,
    identifiers,
    listed,
)
from dpr.core.fhir_parts import (
    PRODUCT_CODES,
    basis,
    contact,
    contained_patient,
    local,
    medication,
    practitioner,
    product,
)
from dpr.core.prescription import Item, Patient, Prescription

__all__ = [
    "dispense_paper_prescription",
    "dispensing_identifier",
    "headers",
    "item_identifier",
    "looks_the_same",
    "medication_dispense",
    "medication_request",
    "patient_identifier",
]


def patient_identifier(patient: Patient) -> tuple[str, str] | None:
    """(system, value) by which the register knows the patient; None for a birth date."""
    if patient.personnummer is not None:
        return SYSTEMS["personnummer"], patient.personnummer
    if patient.samordningsnummer is not None:
        return SYSTEMS["samordningsnummer"], patient.samordningsnummer
    if patient.reservnummer is not None:
        return f"urn:oid:{patient.reservnummer.oid}", patient.reservnummer.number
    return None


def item_identifier(prescription_id: bytes, number: int) -> tuple[str, str]:
    """Our identifier of a registered item."""
    return SYSTEMS["item"], f"{prescription_id.hex()}-{number}"


def dispensing_identifier(record_id: bytes) -> tuple[str, str]:
    """Our identifier of a registered dispensing: the actor's dispatch id."""
    return SYSTEMS["dispensing"], record_id.hex()


# --- prescriptions ------------------------------------------------------------------------------------------------------


def medication_request(prescription: Prescription, number: int, holder: Holder, *, patient_reference: str | None) -> Resource:
    """NLLMedicationRequest of item `number` (1 is the first), written by `holder`.

    `patient_reference`: `Patient/…` of the register; None for a patient with only a name and a birth date, who is contained,
    and whose prescription names the pharmacy that receives it.
    """
    item = prescription.content.items[number - 1]
    system, value = item_identifier(prescription.id, number)
    contained = [practitioner(holder), medication(item, "medication")]
    extensions = _request_extensions(prescription, item)
    if holder.workplace is not None:
        contained.append(contact(holder))
        extensions.append(extension("prescriber_contact", {"reference": "#contact"}))
    request: Resource = {
        "resourceType": "MedicationRequest",
        "meta": {"profile": [PROFILE + "NLLMedicationRequest"]},
        "contained": contained,
        "extension": extensions,
        "identifier": [{"system": system, "value": value}],
        "status": "active",
        "intent": "order",
        "authoredOn": local(prescription.authored_at),
        "requester": {"reference": "#requester"},
        "medicationReference": {"reference": "#medication"},
        "subject": {"reference": patient_reference or "#patient"},
        "dosageInstruction": [_dosage(item)],
        "dispenseRequest": _dispense_request(prescription, item, holder),
    }
    if patient_reference is None:
        contained.append(contained_patient(prescription.content.patient))
        if prescription.audience is not None:
            pharmacy = {"identifier": {"system": SYSTEMS["gln"], "value": prescription.audience}}
            request["dispenseRequest"]["extension"].append(extension("receiving_pharmacy", pharmacy))
    if item.reason is not None:
        request["reasonCode"] = [{"coding": [coded("snomed", item.reason)]}]
    if item.substitution is not None:
        request["substitution"] = {"allowedBoolean": item.substitution.allowed}
        if item.substitution.reason is not None:
            request["substitution"]["reason"] = {"text": item.substitution.reason}
    return request


def _request_extensions(prescription: Prescription, item: Item) -> list[Resource]:
    found = [
        # What is registered is dispensed from there: a prescription "on paper" could not be (NLL, TA 07).
        extension("prescription_format", coded("prescription_format", FORMAT_ELECTRONIC)),
        extension("registration_basis", coded("registration_basis", basis(prescription))),
    ]
    if item.purpose is not None:
        found.append(extension("treatment_reason", item.purpose))
    if item.first_pack:
        found.append(extension("first_pack", True))
    return found


def _dosage(item: Item) -> Resource:
    dosage: Resource = {"text": item.dosage}
    if item.max_dose_exceeded:
        dosage["extension"] = [extension("max_dose_exceeded", True)]
    if item.dose is not None:
        repeat = {"frequency": item.dose.times, "period": item.dose.period_days, "periodUnit": "d"}
        quantity = {"value": item.dose.amount_thousandths / 1000, "unit": item.dose.unit}
        dosage |= {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": quantity}]}
    return dosage


def _dispense_request(prescription: Prescription, item: Item, holder: Holder) -> Resource:
    found = [extension("packages_prescribed", item.packages), extension("dispensings_allowed", item.dispensings)]
    if holder.workplace is not None and holder.workplace.code is not None:
        found.append(extension("workplace_code", holder.workplace.code))
    stated = {"benefit": item.benefit, "benefit_conditions": item.benefit_conditions}
    found += [extension(name, value) for name, value in stated.items() if value is not None]
    found.append(extension("dose_packaging", item.dose_dispensing))
    if item.infection_act:
        found.append(extension("infection_act", True))
    request: Resource = {
        "extension": found,
        "validityPeriod": {"start": prescription.authored.isoformat(), "end": prescription.valid_to.isoformat()},
        "numberOfRepeatsAllowed": item.dispensings - 1,
    }
    if item.interval_days is not None:
        request["dispenseInterval"] = {"value": item.interval_days, "unit": "d", "system": SYSTEMS["ucum"], "code": "d"}
    return request


# --- dispensings --------------------------------------------------------------------------------------------------------


def medication_dispense(
    record_id: bytes, dispensing: Dispensing, *, request_id: str, patient_reference: str, benefit: bool | None = None
) -> Resource:
    """NLLMedicationDispense of a dispensing whose item is registered as MedicationRequest `request_id`.

    `benefit`: was it dispensed with benefit (förmån)? None where nobody said.
    """
    return _dispense(record_id, dispensing, "NLLMedicationDispense", benefit) | {
        "subject": {"reference": patient_reference},
        "authorizingPrescription": [{"reference": f"MedicationRequest/{request_id}"}],
    }


def dispense_paper_prescription(
    record_id: bytes, dispensing: Dispensing, prescription: Prescription, holder: Holder
) -> Resource:
    """NLLDispensePaperPrescription, for a patient with a birth date alone: no prescription is registered, so the dispensing
    carries its details."""
    item = prescription.content.items[dispensing.item - 1]
    found = _dispense(record_id, dispensing, "NLLDispensePaperPrescription", item.benefit)
    found["extension"].append(extension("paper_prescription", _paper_parts(dispensing, prescription, item, holder)))
    patient = contained_patient(prescription.content.patient)
    return found | {
        "contained": [patient, practitioner(holder), medication(item, "prescribed")],
        "subject": {"reference": "#patient"},
    }


def _paper_parts(dispensing: Dispensing, prescription: Prescription, item: Item, holder: Holder) -> list[Resource]:
    system, value = item_identifier(prescription.id, dispensing.item)
    parts = {
        "authoredOn": local(prescription.authored_at),
        "validTo": prescription.valid_to.isoformat(),
        "prescriber": {"reference": "#requester"},
        "medication": {"reference": "#prescribed"},
        "registrationBasis": basis(prescription),
        "packages": item.packages,
        "dispensings": item.dispensings,
        "dispensing": dispensing.number,
        "benefit": item.benefit,
        "workplaceCode": holder.workplace.code if holder.workplace is not None else None,
        "dosePackaging": item.dose_dispensing,
        "identifier": {"system": system, "value": value},
    }
    return [{"url": name, f"value{PAPER_PARTS[name]}": part} for name, part in parts.items() if part is not None]


def _dispense(record_id: bytes, dispensing: Dispensing, profile: str, benefit: bool | None) -> Resource:
    system, value = dispensing_identifier(record_id)
    found = [
        extension("actor_dispatch_id", value),
        extension("dispatch_row", dispensing.item),
        extension("packages_dispensed", dispensing.packages),
    ]
    if benefit is not None:
        found.append(extension("benefit_choice", BENEFIT_CHOICE[benefit]))
    substitution: Resource = {"wasSubstituted": dispensing.substitution_reason is not None}
    if dispensing.substitution_reason is not None:
        substitution["reason"] = [{"text": dispensing.substitution_reason}]
    return {
        "resourceType": "MedicationDispense",
        "meta": {"profile": [PROFILE + profile]},
        "extension": found,
        "identifier": [{"system": system, "value": value}],
        "status": "completed",
        "medicationCodeableConcept": product(dispensing.product_text, dispensing),
        "whenHandedOver": days.at(dispensing.handed_over_at).isoformat(),
        "substitution": substitution,
    }


# --- reading ------------------------------------------------------------------------------------------------------------


def looks_the_same(resource: Any, prescription: Prescription, number: int, holder: Holder) -> bool:
    """Could this MedicationRequest, from another source, be our item: same prescriber, same day in Sweden, a product in common?

    Our own identifier on it means that it is ours, this item or another of the same prescription, and no twin. Never raises,
    whatever JSON `resource` is.
    """
    ours_too = {item_identifier(prescription.id, one) for one in range(1, len(prescription.content.items) + 1)}
    if not isinstance(resource, dict) or not ours_too.isdisjoint(identifiers(resource)):
        return False
    item = prescription.content.items[number - 1]
    ours = {(SYSTEMS[name], code) for name in PRODUCT_CODES if name != "atc" and (code := getattr(item, name)) is not None}
    parts = listed(resource, "contained")
    concepts = [resource.get("medicationCodeableConcept"), *(one.get("code") for one in parts)]
    codes = [(one.get("system"), one.get("code")) for concept in concepts for one in listed(concept, "coding")]
    prescribers = {identifier for one in parts for identifier in identifiers(one)}
    same_prescriber = (SYSTEMS["prescriber_code"], holder.prescriber_code) in prescribers
    return same_prescriber and _day(resource.get("authoredOn")) == prescription.authored and any(one in codes for one in ours)


def _day(value: Any) -> date | None:
    """The day in Sweden of a FHIR date or dateTime; None for anything else."""
    try:
        found = datetime.fromisoformat(value)
        return found.date() if found.tzinfo is None else days.day_of(int(found.timestamp()))
    except (TypeError, ValueError, OverflowError, OSError):
        return None
