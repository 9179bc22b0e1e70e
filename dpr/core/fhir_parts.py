"""Parts that the register's resources are made of: who prescribed, what, for whom.

Rules: pure; what is absent is left out. The ids under which parts are contained are `requester`, `contact`, `patient` and,
for a product, the caller's choice.

Example: `{"contained": [practitioner(holder)], "requester": {"reference": "#requester"}}`
"""

from __future__ import annotations

from datetime import datetime

from dpr.core import days
from dpr.core.credential import Holder
from dpr.core.dispensing import Dispensing
from dpr.core.fhir_names import BASIS_PAPER, BASIS_TELEPHONE, PROFILE, SYSTEMS, Resource, coded
from dpr.core.prescription import Item, Patient, Prescription

PRODUCT_CODES = ("npl_pack_id", "npl_id", "varunummer", "atc")


def local(instant: int) -> str:
    """An instant with Sweden's offset, so that its date is the day in Sweden."""
    return datetime.fromtimestamp(instant, days.STOCKHOLM).isoformat()


def basis(prescription: Prescription) -> str:
    """What NLL is told that the prescription was registered from: it has no code for the digital one."""
    return BASIS_TELEPHONE if prescription.content.telephone else BASIS_PAPER


def contained_patient(patient: Patient | None) -> Resource:
    """A patient whom the register knows by name and birth date only."""
    found: Resource = {"resourceType": "Patient", "id": "patient", "meta": {"profile": [PROFILE + "NLLPatient"]}}
    if patient is not None and patient.name is not None:
        found["name"] = [{"text": patient.name}]
    if patient is not None and patient.born is not None:
        found["birthDate"] = patient.born.isoformat()
    return found


def practitioner(holder: Holder) -> Resource:
    """The prescriber."""
    found: Resource = {
        "resourceType": "Practitioner",
        "id": "requester",
        "meta": {"profile": [PROFILE + "NLLPractitioner"]},
        "name": [{"text": holder.name}],
    }
    if holder.prescriber_code is not None:
        found["identifier"] = [{"system": SYSTEMS["prescriber_code"], "value": holder.prescriber_code}]
    if holder.profession is not None:
        found["qualification"] = [{"code": {"coding": [coded("profession", holder.profession.name)]}}]
    return found


def contact(holder: Holder) -> Resource:
    """Where the prescriber can be reached."""
    found: Resource = {"resourceType": "Location", "id": "contact", "meta": {"profile": [PROFILE + "NLLPrescriberLocation"]}}
    if holder.workplace is not None:
        found |= {"name": holder.workplace.name, "address": {"city": holder.workplace.place}}
    if holder.phone is not None:
        found["telecom"] = [{"system": "phone", "value": holder.phone}]
    return found


def medication(item: Item, id: str) -> Resource:
    """What was prescribed."""
    text = " ".join(filter(None, (item.name, item.form, item.strength, item.pack)))
    return {"resourceType": "Medication", "id": id, "code": product(text, item)}


def product(text: str, source: Item | Dispensing) -> Resource:
    """A CodeableConcept with every code that the product has, and its text."""
    codings = [coded(name, code) for name in PRODUCT_CODES if (code := getattr(source, name, None)) is not None]
    return ({"coding": codings} if codings else {}) | {"text": text}
