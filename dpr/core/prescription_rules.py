"""The rules of a prescription that span fields (domain.md §4), each with its code, path and words.

Rules: one function per scope yields every `Problem`; nothing stops at the first. The same rules judge what a person
writes (before signing) and what a verifier reads (after). Rules that need the prescriber's credential are in
dpr.core.prescribing.

Example: `list(problems(prescription)) == []`
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from dpr.core import days, identifiers
from dpr.core.errors import Problem
from dpr.core.prescription import Content, Item, Patient, Prescription, PrescriptionKind, Protection
from dpr.core.products import ControlClass

TELEPHONE_DAYS = 14
FOOD_AGE_YEARS = 16

_BY_VARUNUMMER = (PrescriptionKind.CONSUMABLES, PrescriptionKind.FOOD)


def problems(prescription: Prescription) -> Iterator[Problem]:
    """Everything that is wrong in a prescription whose fields are well formed by themselves; paths as in the JSON form."""
    yield from _validity(prescription)
    content = prescription.content
    yield from _subject(content)
    patient = content.patient
    if patient is not None:
        yield from _patient(patient, prescription)
    for number, item in enumerate(content.items):
        yield from _item(item, content, f"$.items[{number}]")


def _validity(prescription: Prescription) -> Iterator[Problem]:
    authored = prescription.authored
    valid_to = days.last_day_before(prescription.expires_at)
    if valid_to is None:
        yield Problem("$.valid_to", "validity_not_whole_days", "not a midnight in Sweden", "the end of a day")
        return
    latest = days.same_day_next_year(authored)
    if prescription.content.telephone:
        latest = authored + timedelta(days=TELEPHONE_DAYS)
    if valid_to < authored:
        yield Problem("$.valid_to", "validity_before_authored", valid_to.isoformat(), f"{authored} or later")
    elif valid_to > latest:
        code = "validity_telephone" if prescription.content.telephone else "validity_too_long"
        yield Problem("$.valid_to", code, valid_to.isoformat(), f"{latest} at the latest")


def _subject(content: Content) -> Iterator[Problem]:
    animal = content.kind is PrescriptionKind.ANIMAL
    if animal and content.animal is None:
        yield Problem("$.animal", "animal_missing", "nothing", "the animal and its owner, for kind animal")
    if animal and content.patient is not None:
        yield Problem("$.patient", "patient_not_for_animal", "a patient", "no patient: the owner is in $.animal.owner")
    if not animal and content.animal is not None:
        yield Problem("$.animal", "animal_not_for_people", "an animal", "kind animal, or no animal")
    if not animal and content.patient is None:
        yield Problem("$.patient", "patient_missing", "nothing", "the patient")
    if content.animal is not None:
        owner = content.animal.owner
        if (owner.personnummer is None) == (owner.organisation_number is None):
            yield Problem("$.animal.owner", "owner_identity", "not one identity", "personnummer or organisation_number")
    if (content.kind is PrescriptionKind.PRESCRIPTION) != (content.reason is not None):
        if content.reason is None:
            yield Problem("$.reason", "reason_missing", "nothing", "technical_failure, special_protection or other")
        else:
            yield Problem("$.reason", "reason_not_applicable", "a reason", "none: only kind prescription states it")


def _patient(patient: Patient, prescription: Prescription) -> Iterator[Problem]:
    identities = (patient.personnummer, patient.samordningsnummer, patient.reservnummer, patient.birth_date)
    if identities.count(None) != 3:
        expected = "exactly one of personnummer, samordningsnummer, reservnummer, birth_date"
        yield Problem("$.patient", "patient_identity", f"{4 - identities.count(None)} identities", expected)
    if patient.reservnummer is not None:
        code = identifiers.reservnummer_fault(patient.reservnummer.oid, patient.reservnummer.number)
        if code:
            expected = "a Swedish OID and a number of that region's form, e.g. 1.2.752.97.3.1.3 and 990012345678"
            yield Problem("$.patient.reservnummer", code, "not well formed", expected)
    if patient.birth_date is not None:
        if patient.name is None:
            yield Problem("$.patient.name", "patient_name_missing", "nothing", "the name, since there is no number")
        if prescription.audience is None:
            expected = "the GLN of one pharmacy: a patient without a number is addressed to one"
            yield Problem("$.audience", "birth_date_needs_audience", "nothing", expected)
        if any(item.dose_dispensing for item in prescription.content.items):
            yield Problem("$.items", "birth_date_dose_dispensing", "dose dispensing", "a patient with a number")
    yield from _protected(patient)
    yield from _age(patient, prescription)


def _protected(patient: Patient) -> Iterator[Problem]:
    if patient.protected is not Protection.NONE:
        if patient.name is not None:
            yield Problem("$.patient.name", "protected_name", "a name", "no name: the identity is protected")
        if patient.birth_date is not None:
            yield Problem("$.patient.birth_date", "protected_birth_date", "a birth date", "a number, without name")


def _age(patient: Patient, prescription: Prescription) -> Iterator[Problem]:
    born = patient.born
    authored = prescription.authored
    if born is not None and born > authored:
        yield Problem("$.patient", "patient_born_later", "born after it was written", "a date of birth before")
    elif prescription.content.kind is PrescriptionKind.FOOD and born is not None:
        age = days.age_in_years(born, authored)
        if age >= FOOD_AGE_YEARS:
            yield Problem("$.kind", "food_age", f"the patient is {age} years", f"under {FOOD_AGE_YEARS} years")


def _item(item: Item, content: Content, path: str) -> Iterator[Problem]:
    kind = content.kind
    if kind in _BY_VARUNUMMER:
        if item.varunummer is None or item.npl_pack_id is not None or item.npl_id is not None:
            yield Problem(f"{path}.varunummer", "product_code_kind", "another code", "varunummer, and no NPL id")
        if item.control_class is not ControlClass.NONE:
            yield Problem(f"{path}.control_class", "control_class_kind", "a control class", "none: not a medicine")
    elif item.npl_pack_id is None and item.npl_id is None and item.varunummer is None and item.unlisted is None:
        expected = "npl_pack_id, npl_id or varunummer; or unlisted: extempore, licens or unlisted"
        yield Problem(path, "product_code_missing", "no product code", expected)
    if item.unlisted is not None and (item.npl_pack_id, item.npl_id, item.varunummer) != (None, None, None):
        yield Problem(f"{path}.unlisted", "unlisted_with_code", "beside a code", "unlisted only for what has no code")
    if kind is PrescriptionKind.ANIMAL:
        if item.benefit is not None or item.infection_act:
            yield Problem(f"{path}.benefit", "benefit_not_for_animals", "stated", "neither benefit nor infection_act")
    elif item.benefit is None:
        yield Problem(f"{path}.benefit", "benefit_missing", "nothing", "true or false: an active choice")
    if (item.benefit is True) != (item.benefit_conditions is not None):
        expected = "true or false exactly when benefit is true"
        wrong = "nothing" if item.benefit else "stated without benefit"
        yield Problem(f"{path}.benefit_conditions", "benefit_conditions", wrong, expected)
    if item.substitution is None and kind not in _BY_VARUNUMMER:
        expected = '{"allowed": true} or {"allowed": false, "reason": "…"}'
        yield Problem(f"{path}.substitution", "substitution_missing", "nothing", expected)
    if item.interval_days is not None and item.dispensings == 1:
        yield Problem(f"{path}.interval_days", "interval_without_repeats", "an interval", "none for one dispensing")
