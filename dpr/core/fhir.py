"""Values → the register's FHIR R4 resources (domain.md §7): the only place that knows how NLL names things.

Rules: pure. Identifiers and extensions are in the tables below, so that somebody with EHM's full package can correct one line;
docs/nll-mapping.md says which of them are confirmed. Every resource carries an identifier of ours, made from the signed
document, by which it is found again after an answer was lost. Times of hand-over are the real ones.

Example: `medication_request(prescription, 1, holder, patient_reference="Patient/7")`
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from dpr.core import days
from dpr.core.credential import Holder
from dpr.core.dispensing import Dispensing
from dpr.core.prescription import Item, Patient, Prescription
from dpr.core.products import ControlClass

Resource = dict[str, Any]

PROFILE = "http://electronichealth.se/fhir/StructureDefinition/"
SYSTEMS = {
    "personnummer": "urn:oid:1.2.752.129.2.1.3.1",
    "samordningsnummer": "urn:oid:1.2.752.129.2.1.3.3",
    "npl_id": "http://electronichealth.se/fhir/NamingSystem/nplid",
    "npl_pack_id": "http://electronichealth.se/fhir/NamingSystem/nplpackid",
    "varunummer": "http://electronichealth.se/fhir/NamingSystem/varunr",
    "atc": "http://www.whocc.no/atc",
    "snomed": "http://snomed.info/sct",
    "prescriber_code": "http://electronichealth.se/identifier/forskrivarkod",
    "profession": "http://electronichealth.se/fhir/ValueSet/profession-code",
    "gln": "urn:oid:1.3.88",
    "item": "urn:dpr:item",
    "dispensing": "urn:dpr:dispensing",
}


def extension(name: str, kind: str, value: Any) -> Resource:
    """One extension of NLL's: `name` as in the profile, `kind` the FHIR type with a capital letter."""
    return {"url": PROFILE + name, f"value{kind}": value}


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


def medication_request(prescription: Prescription, number: int, holder: Holder, *, patient_reference: str) -> Resource:
    """NLLMedicationRequest of item `number` (1 is the first) for a patient whom the register knows."""
    return _request(prescription, number, holder) | {"subject": {"reference": patient_reference}}


def _request(prescription: Prescription, number: int, holder: Holder) -> Resource:
    item = prescription.content.items[number - 1]
    system, value = item_identifier(prescription.id, number)
    return {
        "resourceType": "MedicationRequest",
        "meta": {"profile": [PROFILE + "NLLMedicationRequest"]},
        "contained": [_practitioner(holder), _medication(item)],
        "extension": _request_extensions(prescription, item, holder),
        "identifier": [{"system": system, "value": value}],
        "status": "active",
        "intent": "order",
        "authoredOn": days.at(prescription.authored_at).isoformat(),
        "requester": {"reference": "#requester"},
        "medicationReference": {"reference": "#medication"},
        **({"reasonCode": [{"coding": [{"system": SYSTEMS["snomed"], "code": item.reason}]}]} if item.reason else {}),
        "dosageInstruction": [_dosage(item)],
        "dispenseRequest": _dispense_request(prescription, item, holder),
        "substitution": _substitution(item),
    }


def _practitioner(holder: Holder) -> Resource:
    identifiers = []
    if holder.prescriber_code is not None:
        identifiers.append({"system": SYSTEMS["prescriber_code"], "value": holder.prescriber_code})
    code = holder.profession.name if holder.profession is not None else ""
    return {
        "resourceType": "Practitioner",
        "id": "requester",
        "meta": {"profile": [PROFILE + "NLLPractitioner"]},
        "identifier": identifiers,
        "name": [{"text": holder.name}],
        "qualification": [{"code": {"coding": [{"system": SYSTEMS["profession"], "code": code}]}}],
    }


def _codings(fields: Mapping[str, str | None]) -> list[Resource]:
    return [{"system": SYSTEMS[name], "code": code} for name, code in fields.items() if code is not None]


def _medication(item: Item) -> Resource:
    codes = {name: getattr(item, name) for name in ("npl_pack_id", "npl_id", "varunummer", "atc")}
    text = " ".join(filter(None, (item.name, item.form, item.strength, item.pack)))
    return {"resourceType": "Medication", "id": "medication", "code": {"coding": _codings(codes), "text": text}}


def _request_extensions(prescription: Prescription, item: Item, holder: Holder) -> list[Resource]:
    found = [
        extension("NLLPrescriptionFormat", "Code", "telephone" if prescription.content.telephone else "paper"),
        extension("NLLRegistrationBasis", "Code", "digital-paper-prescription"),
    ]
    if item.purpose is not None:
        found.append(extension("NLLPatientTreatmentReason", "String", item.purpose))
    if holder.phone is not None:
        found.append(extension("NLLPrescriberContactInfo", "ContactPoint", {"system": "phone", "value": holder.phone}))
    if item.control_class is not ControlClass.NONE:
        found.append(extension("NLLControlClass", "Code", item.control_class.name.lower().replace("_", "-")))
    for flag, name in (
        ("infection_act", "NLLInfectionAct"),
        ("max_dose_exceeded", "NLLMaxDoseExceeded"),
        ("first_pack", "NLLFirstPack"),
    ):
        if getattr(item, flag):
            found.append(extension(name, "Boolean", True))
    return found


def _dosage(item: Item) -> Resource:
    dosage: Resource = {"text": item.dosage}
    if item.dose is not None:
        dose = item.dose
        repeat = {"frequency": dose.times, "period": dose.period_days, "periodUnit": "d"}
        quantity = {"value": dose.amount_thousandths / 1000, "unit": dose.unit}
        dosage |= {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": quantity}]}
    return dosage


def _dispense_request(prescription: Prescription, item: Item, holder: Holder) -> Resource:
    found = [extension("NLLNumberOfPackagesPrescribed", "Integer", item.packages)]
    workplace = holder.workplace
    if workplace is not None and workplace.code is not None:
        found.append(extension("NLLWorkplacecode", "String", workplace.code))
    if item.benefit is not None:
        found.append(extension("NLLPatientPharmaceuticalBenefitsAct", "Boolean", item.benefit))
    if item.benefit_conditions is not None:
        found.append(extension("NLLConditionsPharmaceuticalBenefitsAct", "Boolean", item.benefit_conditions))
    if item.dose_dispensing:
        found.append(extension("NLLDosePackaging", "Boolean", True))
    if prescription.audience is not None:
        receiver = {"identifier": {"system": SYSTEMS["gln"], "value": prescription.audience}}
        found.append(extension("nllReceivingPharmacy", "Reference", receiver))
    request: Resource = {
        "extension": found,
        "validityPeriod": {"start": prescription.authored.isoformat(), "end": prescription.valid_to.isoformat()},
        "numberOfRepeatsAllowed": item.dispensings - 1,
    }
    if item.interval_days is not None:
        request["dispenseInterval"] = {
            "value": item.interval_days,
            "unit": "d",
            "system": "http://unitsofmeasure.org",
            "code": "d",
        }
    return request


def _substitution(item: Item) -> Resource:
    if item.substitution is None:
        return {"allowedBoolean": False}
    found: Resource = {"allowedBoolean": item.substitution.allowed}
    if item.substitution.reason is not None:
        found["reason"] = {"text": item.substitution.reason}
    return found


def medication_dispense(record_id: bytes, dispensing: Dispensing, *, request_id: str, patient_reference: str) -> Resource:
    """NLLMedicationDispense of a dispensing whose item is registered as MedicationRequest `request_id`."""
    return _dispense(record_id, dispensing, "NLLMedicationDispense") | {
        "subject": {"reference": patient_reference},
        "authorizingPrescription": [{"reference": f"MedicationRequest/{request_id}"}],
    }


def dispense_paper_prescription(
    record_id: bytes, dispensing: Dispensing, prescription: Prescription, holder: Holder
) -> Resource:
    """NLLDispensePaperPrescription: carries the prescription's details, for a patient with a birth date alone."""
    patient = prescription.content.patient
    born = patient.born if patient is not None else None
    contained: Resource = {"resourceType": "Patient", "id": "patient"}
    if patient is not None and patient.name is not None:
        contained["name"] = [{"text": patient.name}]
    if born is not None:
        contained["birthDate"] = born.isoformat()
    request = _request(prescription, dispensing.item, holder)
    inner = request.pop("contained")
    request |= {"id": "prescription", "subject": {"reference": "#patient"}}
    dispense = _dispense(record_id, dispensing, "NLLDispensePaperPrescription")
    return dispense | {
        "contained": [contained, *inner, request, *dispense["contained"]],
        "subject": {"reference": "#patient"},
        "authorizingPrescription": [{"reference": "#prescription"}],
    }


def _dispense(record_id: bytes, dispensing: Dispensing, profile: str) -> Resource:
    system, value = dispensing_identifier(record_id)
    codes = {"npl_pack_id": dispensing.npl_pack_id, "varunummer": dispensing.varunummer}
    code = {"coding": _codings(codes), "text": dispensing.product_text}
    found = [
        extension("nllActorDispatchId", "String", value),
        extension("nllDispatchRowNo", "Integer", dispensing.item),
        extension("nllNumberOfPackagesDispensed", "Integer", dispensing.packages),
    ]
    if dispensing.charge is not None:
        found.append(extension("NLLBenefitChoiceCode", "Code", dispensing.charge.basis.name.lower()))
    substitution: Resource = {"wasSubstituted": dispensing.substitution_reason is not None}
    if dispensing.substitution_reason is not None:
        substitution["reason"] = [{"text": dispensing.substitution_reason}]
    return {
        "resourceType": "MedicationDispense",
        "meta": {"profile": [PROFILE + profile]},
        "contained": [{"resourceType": "Medication", "id": "dispensed", "code": code}],
        "extension": found,
        "identifier": [{"system": system, "value": value}],
        "status": "completed",
        "medicationReference": {"reference": "#dispensed"},
        "whenHandedOver": days.at(dispensing.handed_over_at).isoformat(),
        "substitution": substitution,
    }


def looks_the_same(resource: Resource, prescription: Prescription, number: int, holder: Holder) -> bool:
    """Could this MedicationRequest, from another source, be our item: same prescriber, same day, a product in common?

    Our own identifier on it means that it is ours, not a twin.
    """
    if item_identifier(prescription.id, number) in _identifiers(resource):
        return False
    item = prescription.content.items[number - 1]
    ours = {(c["system"], c["code"]) for c in _medication(item)["code"]["coding"]}
    codes: set[tuple[Any, Any]] = set()
    prescribers: set[Any] = set()
    for inner in _list(resource.get("contained")):
        codes |= {(c.get("system"), c.get("code")) for c in _list(_dict(inner.get("code")).get("coding"))}
        prescribers |= {value for _, value in _identifiers(inner)}
    same_day = str(resource.get("authoredOn", ""))[:10] in (
        prescription.authored.isoformat(),
        days.at(prescription.authored_at).date().isoformat(),
    )
    ours.discard((SYSTEMS["atc"], item.atc))
    return same_day and holder.prescriber_code in prescribers and bool(codes & ours)


def _identifiers(resource: Resource) -> set[tuple[Any, Any]]:
    return {(entry.get("system"), entry.get("value")) for entry in _list(resource.get("identifier"))}


def _list(value: Any) -> list[Resource]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _dict(value: Any) -> Resource:
    return value if isinstance(value, dict) else {}


def headers(
    *, pharmacist_id: str, pharmacy_gln: str, patient_reference: str | None, request_id: str, token: str
) -> dict[str, str]:
    """The headers of every call (domain.md §7). Ids only: no name and no personnummer."""
    provenance = {
        "resourceType": "Provenance",
        "agent": [{"who": {"identifier": {"value": pharmacist_id}}, "onBehalfOf": {"identifier": {"value": pharmacy_gln}}}],
    }
    found = {
        "Authorization": f"Bearer {token}",
        "x-purpose": "TREAT",
        "x-access": "pharmacy",
        "x-org-info": pharmacy_gln,
        "x-provenance": base64.b64encode(json.dumps(provenance).encode()).decode(),
        "x-context-id": request_id,
        "x-request-id": request_id,
        "x-user-agent": "dpr",
        "prefer": "return=minimal",
    }
    return found | ({"x-patientref": patient_reference} if patient_reference else {})
