"""Values → the register's resources: FHIR's own rules, a table of where each field goes, headers, twins.

Rules: a path is written as in docs/nll-mapping.md, and the page must have it: the page cannot drift from the code.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fhir.resources.R4B.medicationdispense import MedicationDispense
from fhir.resources.R4B.medicationrequest import MedicationRequest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpr.core import days, drafts, fhir, fhir_names
from dpr.core.credential import HOLDER, Holder, Profession, Role, Workplace
from dpr.core.dispensing import Collector, Dispensing, IdentityCheck
from dpr.core.prescription import Dose, Item, Patient, Prescription, Reservnummer, Substitution
from dpr.core.sinks import Sink, sink_of
from tests import strategies
from tests.world import EXAMPLES, GLN, NOW

FILES = sorted((EXAMPLES / "prescriptions").rglob("*.json"))
PEOPLE: dict[str, Any] = json.loads((EXAMPLES / "people.json").read_text("utf-8"))
PRESCRIBERS = dict(
    re.findall(r"^\| `([\w/-]+\.json)` \|[^|]*\| `(\w+)` \|$", (EXAMPLES / "README.md").read_text("utf-8"), re.M)
)
PAGE = (Path(__file__).parents[2] / "docs" / "nll-mapping.md").read_text("utf-8")
UNIQUE_ID = bytes(range(16))
RECORD_ID = bytes(range(16, 32))

ITEM = Item(
    npl_pack_id="20900715100324",
    npl_id="20900715000311",
    varunummer="012345",
    atc="J01CA08",
    name="Selexid",
    form="Filmdragerad tablett",
    strength="200 mg",
    pack="Blister, 20 tabletter",
    packages=2,
    dispensings=3,
    interval_days=80,
    dosage="1 tablett 3 gånger dagligen i 5 dagar.",
    dose=Dose(amount_thousandths=1500, unit="tablett", times=3, period_days=2),
    purpose="Mot urinvägsinfektion",
    reason="38341003",
    benefit=True,
    benefit_conditions=True,
    substitution=Substitution(allowed=False, reason="tål inte annat fyllnadsmedel"),
    first_pack=True,
    dose_dispensing=False,
    infection_act=True,
    max_dose_exceeded=True,
)
HOLDER_OF_ALL = Holder(
    role=Role.PRESCRIBER,
    name="Karin Sjöström",
    prescriber_code="9123456",
    profession=Profession.LK,
    phone="08-465 004 12",
    workplace=Workplace(name="Hälsocentralen Norrfjärden", place="Piteå", code="4100300200100"),
)


def prescription(patient: Patient | None = None, *items: Item, telephone: bool = False, **changes: Any) -> Prescription:
    made = drafts.read((EXAMPLES / "prescriptions" / "one-item.json").read_bytes(), id=UNIQUE_ID, authored_at=NOW)
    content = msgspec.structs.replace(
        made.content,
        patient=patient or Patient(personnummer="191212121212"),
        items=items or (ITEM,),
        telephone=telephone,
    )
    return msgspec.structs.replace(made, content=content, **changes)


def request_of(value: Prescription, holder: Holder = HOLDER_OF_ALL, number: int = 1, **options: Any) -> dict[str, Any]:
    return fhir.medication_request(value, number, holder, **({"patient_reference": "Patient/7"} | options))


DISPENSING = Dispensing(
    prescription_id=UNIQUE_ID,
    prescription_digest=bytes(32),
    item=1,
    number=1,
    of=3,
    npl_pack_id="20900715100324",
    varunummer="012345",
    product_text="Selexid Filmdragerad tablett 200 mg Blister, 20 tabletter",
    packages=2,
    batch="AB12",
    serial="900",
    substitution_reason="restnoterat",
    handed_over_at=NOW + 3600,
    pharmacist=b"credential",
    collector=Collector.PATIENT,
    identity_check=IdentityCheck.ID_CARD,
    checks=(),
)
BY_BIRTH_DATE = Patient(birth_date="19850314", name="Anneliese Brandt")


def dispensed(**changes: Any) -> dict[str, Any]:
    options = {"request_id": "44", "patient_reference": "Patient/7", "benefit": True} | {
        name: changes.pop(name) for name in ("request_id", "patient_reference", "benefit") if name in changes
    }
    return fhir.medication_dispense(RECORD_ID, msgspec.structs.replace(DISPENSING, **changes), **options)


def paper(value: Prescription | None = None, holder: Holder = HOLDER_OF_ALL, **changes: Any) -> dict[str, Any]:
    value = value or prescription(BY_BIRTH_DATE, audience=GLN)
    return fhir.dispense_paper_prescription(RECORD_ID, msgspec.structs.replace(DISPENSING, **changes), value, holder)


# --- FHIR accepts it ----------------------------------------------------------------------------------------------------


def read(path: Path) -> tuple[Prescription, Holder]:
    name = PRESCRIBERS[path.relative_to(EXAMPLES / "prescriptions").as_posix()]
    holder = HOLDER.from_json(PEOPLE[name], "$", [])
    assert holder is not None
    return drafts.read(path.read_bytes(), id=UNIQUE_ID, authored_at=NOW), holder


def check_fhir(value: Prescription, holder: Holder) -> None:
    by_number = sink_of(value) is Sink.REGISTER
    for number, item in enumerate(value.content.items, 1):
        request = request_of(value, holder, number, patient_reference="Patient/7" if by_number else None)
        assert json.loads(MedicationRequest.model_validate(request).model_dump_json()) == json.loads(json.dumps(request))
        changes = {"item": number, "npl_pack_id": item.npl_pack_id, "varunummer": item.varunummer, "packages": item.packages}
        for resource in (dispensed(**changes), *([] if by_number else [paper(value, holder, **changes)])):
            MedicationDispense.model_validate(resource)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_example_is_a_good_resource(path: Path) -> None:
    value, holder = read(path)
    if sink_of(value) is not Sink.ANIMALS:
        check_fhir(value, holder)


@settings(max_examples=60, deadline=None)
@given(strategies.prescriptions())
def test_every_prescription_that_can_be_written_is_a_good_resource(value: Prescription) -> None:
    if sink_of(value) is not Sink.ANIMALS:
        check_fhir(value, HOLDER_OF_ALL)


def test_what_is_the_same_in_every_resource() -> None:
    request = request_of(prescription())
    assert (request["status"], request["intent"]) == ("active", "order")
    assert request["meta"]["profile"] == ["http://electronichealth.se/fhir/StructureDefinition/NLLMedicationRequest"]
    assert fhir_names.extension_value(request, "prescription_format") == {
        "system": "http://electronichealth.se/fhir/ValueSet/prescription-format",
        "code": "ELECTRONIC",
    }
    assert request["dispenseRequest"]["dispenseInterval"] | {"value": 1} == {
        "value": 1,
        "unit": "d",
        "system": "http://unitsofmeasure.org",
        "code": "d",
    }
    assert dispensed()["status"] == "completed"
    assert dispensed()["meta"]["profile"] == ["http://electronichealth.se/fhir/StructureDefinition/NLLMedicationDispense"]


def test_what_is_contained_is_referred_to_and_nothing_else_is() -> None:
    for resource in (request_of(prescription()), request_of(prescription(BY_BIRTH_DATE), patient_reference=None), paper()):
        contained = {f"#{one['id']}" for one in resource["contained"]}
        referred = set(re.findall(r'"reference": "(#\w+)"', json.dumps(resource)))
        assert contained == referred


# --- where each field goes ----------------------------------------------------------------------------------------------


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Path, as in docs/nll-mapping.md, → what stands there."""
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for name, inner in value.items():
            found |= leaves(inner, f"{path}.{name}" if path else name)
        return found
    if isinstance(value, list):
        found = {}
        for index, inner in enumerate(value):
            label: Any = index
            if isinstance(inner, dict) and path.rsplit(".", 1)[-1] in ("extension", "identifier", "coding", "contained"):
                key = next(inner[name] for name in ("url", "system", "resourceType") if name in inner)
                label = re.split(r"[/:]", key)[-1]
            found |= leaves(inner, f"{path}[{label}]")
        return found
    return {path: value}


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    old, new = leaves(before), leaves(after)
    return {path: new.get(path) for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


def on_the_page(field: str, path: str) -> bool:
    return any(line.startswith(f"| {field} |") and f"`{path}`" in line for line in PAGE.splitlines())


_REQUEST_EXTENSION = "dispenseRequest.extension[NLL{}].value{}"
_MEDICATION = "contained[Medication].code."
_DOSE = ITEM.dose
assert _DOSE is not None
#: field on the page → changes of the item → path → what stands there afterwards
ITEM_FIELDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("item.npl_pack_id", {"npl_pack_id": "20900715100331"}, {_MEDICATION + "coding[nplpackid].code": "20900715100331"}),
    ("item.npl_id", {"npl_id": "20900715000328"}, {_MEDICATION + "coding[nplid].code": "20900715000328"}),
    ("item.varunummer", {"varunummer": "543210"}, {_MEDICATION + "coding[varunr].code": "543210"}),
    ("item.atc", {"atc": "N02BE01"}, {_MEDICATION + "coding[atc].code": "N02BE01"}),
    (
        "item.name, form, strength, pack",
        {"name": "Alvedon", "form": "Tablett", "strength": "500 mg", "pack": "Burk, 100"},
        {_MEDICATION + "text": "Alvedon Tablett 500 mg Burk, 100"},
    ),
    ("item.packages", {"packages": 5}, {_REQUEST_EXTENSION.format("NumberOfPackagesPrescribed", "PositiveInt"): 5}),
    (
        "item.dispensings",
        {"dispensings": 9},
        {
            _REQUEST_EXTENSION.format("NumberOfDispensesAllowed", "UnsignedInt"): 9,
            "dispenseRequest.numberOfRepeatsAllowed": 8,
        },
    ),
    ("item.interval_days", {"interval_days": 30}, {"dispenseRequest.dispenseInterval.value": 30}),
    ("item.dosage", {"dosage": "1 vid behov"}, {"dosageInstruction[0].text": "1 vid behov"}),
    (
        "item.dose.amount_thousandths",
        {"dose": msgspec.structs.replace(_DOSE, amount_thousandths=333)},
        {"dosageInstruction[0].doseAndRate[0].doseQuantity.value": 0.333},
    ),
    (
        "item.dose.unit",
        {"dose": msgspec.structs.replace(_DOSE, unit="ml")},
        {"dosageInstruction[0].doseAndRate[0].doseQuantity.unit": "ml"},
    ),
    (
        "item.dose.times",
        {"dose": msgspec.structs.replace(_DOSE, times=4)},
        {"dosageInstruction[0].timing.repeat.frequency": 4},
    ),
    (
        "item.dose.period_days",
        {"dose": msgspec.structs.replace(_DOSE, period_days=7)},
        {"dosageInstruction[0].timing.repeat.period": 7},
    ),
    ("item.purpose", {"purpose": "Mot smärta"}, {"extension[NLLPatientTreatmentReason].valueString": "Mot smärta"}),
    ("item.reason", {"reason": "73211009"}, {"reasonCode[0].coding[sct].code": "73211009"}),
    ("item.benefit", {"benefit": False}, {_REQUEST_EXTENSION.format("PatientPharmaceuticalBenefitsAct", "Boolean"): False}),
    (
        "item.benefit_conditions",
        {"benefit_conditions": False},
        {_REQUEST_EXTENSION.format("ConditionsPharmaceuticalBenefitsAct", "Boolean"): False},
    ),
    ("item.dose_dispensing", {"dose_dispensing": True}, {_REQUEST_EXTENSION.format("DosePackaging", "Boolean"): True}),
    (
        "item.substitution.reason",
        {"substitution": Substitution(allowed=False, reason="epilepsi")},
        {"substitution.reason.text": "epilepsi"},
    ),
]


@pytest.mark.parametrize(("field", "changes", "expected"), ITEM_FIELDS, ids=[row[0] for row in ITEM_FIELDS])
def test_a_changed_item_changes_the_resource_there_and_nowhere_else(
    field: str, changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    item = msgspec.structs.replace(ITEM, **changes)
    assert changed(request_of(prescription()), request_of(prescription(None, item))) == expected
    assert all(on_the_page(field, path) for path in expected)


#: What is optional and left out → its paths, which are then gone.
LEFT_OUT: list[tuple[str, dict[str, Any], list[str]]] = [
    ("item.first_pack", {"first_pack": False}, ["extension[first-pack].valueBoolean"]),
    (
        "item.infection_act",
        {"infection_act": False},
        [_REQUEST_EXTENSION.format("PrescriptionCommunicableDiseasesAct", "Boolean")],
    ),
    (
        "item.max_dose_exceeded",
        {"max_dose_exceeded": False},
        ["dosageInstruction[0].extension[NLLObservandumDose].valueBoolean"],
    ),
    ("item.purpose", {"purpose": None}, ["extension[NLLPatientTreatmentReason].valueString"]),
    ("item.reason", {"reason": None}, ["reasonCode[0].coding[sct].code"]),
    ("item.interval_days", {"interval_days": None}, ["dispenseRequest.dispenseInterval.value"]),
    ("item.benefit", {"benefit": None}, [_REQUEST_EXTENSION.format("PatientPharmaceuticalBenefitsAct", "Boolean")]),
    ("item.varunummer", {"varunummer": None}, [_MEDICATION + "coding[varunr].code"]),
    ("item.dose.times", {"dose": None}, ["dosageInstruction[0].timing.repeat.frequency"]),
    ("item.substitution.allowed", {"substitution": None}, ["substitution.allowedBoolean"]),
]


@pytest.mark.parametrize(("field", "changes", "gone"), LEFT_OUT, ids=[row[0] for row in LEFT_OUT])
def test_what_is_not_stated_is_left_out(field: str, changes: dict[str, Any], gone: list[str]) -> None:
    before = leaves(request_of(prescription()))
    after = leaves(request_of(prescription(None, msgspec.structs.replace(ITEM, **changes))))
    for path in gone:
        assert path in before and path not in after
        assert on_the_page(field, path)
    assert after.items() <= before.items()


def test_a_product_by_text_alone_has_no_codes_and_no_empty_list() -> None:
    item = msgspec.structs.replace(ITEM, npl_pack_id=None, npl_id=None, varunummer=None, atc=None)
    request = request_of(prescription(None, item))
    assert [one["code"] for one in request["contained"] if one["resourceType"] == "Medication"] == [
        {"text": "Selexid Filmdragerad tablett 200 mg Blister, 20 tabletter"}
    ]


def with_workplace(**changes: Any) -> Holder:
    return msgspec.structs.replace(HOLDER_OF_ALL, workplace=msgspec.structs.replace(HOLDER_OF_ALL.workplace, **changes))


def with_holder(**changes: Any) -> Holder:
    return msgspec.structs.replace(HOLDER_OF_ALL, **changes)


HOLDER_FIELDS: list[tuple[str, Holder, str, Any]] = [
    ("prescriber.name", with_holder(name="Eva Lind"), "contained[Practitioner].name[0].text", "Eva Lind"),
    (
        "prescriber.prescriber_code",
        with_holder(prescriber_code="9812345"),
        "contained[Practitioner].identifier[forskrivarkod].value",
        "9812345",
    ),
    (
        "prescriber.profession",
        with_holder(profession=Profession.TL),
        "contained[Practitioner].qualification[0].code.coding[profession-code].code",
        "TL",
    ),
    ("prescriber.phone", with_holder(phone="031-390 06 21"), "contained[Location].telecom[0].value", "031-390 06 21"),
    ("workplace.name", with_workplace(name="Västra kliniken"), "contained[Location].name", "Västra kliniken"),
    ("workplace.place", with_workplace(place="Borås"), "contained[Location].address.city", "Borås"),
    (
        "workplace.code",
        with_workplace(code="9900000100017"),
        _REQUEST_EXTENSION.format("Workplacecode", "Code"),
        "9900000100017",
    ),
]


@pytest.mark.parametrize(("field", "holder", "path", "value"), HOLDER_FIELDS, ids=[row[0] for row in HOLDER_FIELDS])
def test_who_prescribed_stands_where_the_page_says(field: str, holder: Holder, path: str, value: Any) -> None:
    assert changed(request_of(prescription()), request_of(prescription(), holder)) == {path: value}
    assert on_the_page(field, path)


PRESCRIPTION_FIELDS: list[tuple[str, Prescription, dict[str, Any]]] = [
    (
        "authored",
        prescription(authored_at=NOW + 60),
        {"authoredOn": "2026-11-21T13:01:00+01:00"},
    ),
    (
        "valid_to",
        prescription(expires_at=days.end_of(date(2027, 1, 31))),
        {"dispenseRequest.validityPeriod.end": "2027-01-31"},
    ),
    (
        "telephone",
        prescription(telephone=True),
        {"extension[NLLRegistrationBasis].valueCoding.code": "TELEPHONE"},
    ),
    (
        "id and item number",
        prescription(id=bytes(16)),
        {"identifier[item].value": "00000000000000000000000000000000-1"},
    ),
]


@pytest.mark.parametrize(("field", "value", "expected"), PRESCRIPTION_FIELDS, ids=[row[0] for row in PRESCRIPTION_FIELDS])
def test_what_is_said_of_the_whole_stands_where_the_page_says(
    field: str, value: Prescription, expected: dict[str, Any]
) -> None:
    assert changed(request_of(prescription()), request_of(value)) == expected
    assert all(on_the_page(field, path) for path in expected)


def test_the_day_it_was_written_is_the_day_in_sweden() -> None:
    late = int(days.end_of(date(2026, 11, 20))) + 60  # 23:01 UTC on the 20th, the 21st in Sweden
    request = request_of(prescription(authored_at=late))
    assert request["authoredOn"] == "2026-11-21T00:01:00+01:00"
    assert request["dispenseRequest"]["validityPeriod"]["start"] == "2026-11-21"


def test_a_patient_by_birth_date_is_contained_and_names_the_pharmacy() -> None:
    value = prescription(BY_BIRTH_DATE, audience=GLN)
    found = leaves(request_of(value, patient_reference=None))
    assert found["subject.reference"] == "#patient"
    assert found["contained[Patient].name[0].text"] == "Anneliese Brandt"
    assert found["contained[Patient].birthDate"] == "1985-03-14"
    assert found["dispenseRequest.extension[NLLReceivingPharmacy].valueReference.identifier.value"] == GLN
    assert on_the_page("audience", "dispenseRequest.extension[NLLReceivingPharmacy].valueReference.identifier.value")
    assert "contained[Patient].birthDate" not in leaves(request_of(value))


@pytest.mark.parametrize(
    ("patient", "expected"),
    [
        (Patient(personnummer="191212121212"), ("http://electronichealth.se/identifier/personnummer", "191212121212")),
        (
            Patient(samordningsnummer="202601612381"),
            ("http://electronichealth.se/identifier/samordningsnummer", "202601612381"),
        ),
        (
            Patient(reservnummer=Reservnummer(oid="1.2.752.97.3.1.3", number="992004391013")),
            ("urn:oid:1.2.752.97.3.1.3", "992004391013"),
        ),
        (BY_BIRTH_DATE, None),
    ],
)
def test_a_patient_is_found_by_number_and_system(patient: Patient, expected: tuple[str, str] | None) -> None:
    assert fhir.patient_identifier(patient) == expected


@settings(max_examples=40, deadline=None)
@given(strategies.prescriptions(max_items=1))
def test_no_number_of_a_person_stands_in_a_resource(value: Prescription) -> None:
    patient = value.content.patient
    if sink_of(value) is not Sink.REGISTER or patient is None:
        return
    number = patient.personnummer or patient.samordningsnummer or (patient.reservnummer and patient.reservnummer.number)
    assert number
    found = leaves(request_of(value)) | leaves(dispensed())
    assert number not in {str(one) for one in found.values()}
    assert patient.name is None or "Patient" not in {one["resourceType"] for one in request_of(value)["contained"]}


# --- dispensings --------------------------------------------------------------------------------------------------------

DISPENSE_FIELDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("item", {"item": 2}, {"extension[NLLDispatchRowNo].valueDecimal": 2}),
    ("packages", {"packages": 4}, {"extension[NLLNumberOfPackagesDispensed].valuePositiveInt": 4}),
    ("benefit", {"benefit": False}, {"extension[NLLBenefitChoiceCode].valueCode": "no-benefit"}),
    ("benefit", {"benefit": None}, {"extension[NLLBenefitChoiceCode].valueCode": None}),
    ("handed_over_at", {"handed_over_at": NOW - 7200}, {"whenHandedOver": "2026-11-21T10:00:00+00:00"}),
    (
        "npl_pack_id",
        {"npl_pack_id": "20900715100331"},
        {"medicationCodeableConcept.coding[nplpackid].code": "20900715100331"},
    ),
    ("varunummer", {"varunummer": "543210"}, {"medicationCodeableConcept.coding[varunr].code": "543210"}),
    ("product_text", {"product_text": "Alvedon"}, {"medicationCodeableConcept.text": "Alvedon"}),
    ("substitution_reason", {"substitution_reason": "byte"}, {"substitution.reason[0].text": "byte"}),
    (
        "substituted",
        {"substitution_reason": None},
        {"substitution.wasSubstituted": False, "substitution.reason[0].text": None},
    ),
    ("the registered item", {"request_id": "9-b"}, {"authorizingPrescription[0].reference": "MedicationRequest/9-b"}),
    ("patient", {"patient_reference": "Patient/8"}, {"subject.reference": "Patient/8"}),
]


@pytest.mark.parametrize(("field", "changes", "expected"), DISPENSE_FIELDS, ids=[row[0] for row in DISPENSE_FIELDS])
def test_a_dispensing_stands_where_the_page_says(field: str, changes: dict[str, Any], expected: dict[str, Any]) -> None:
    found = changed(dispensed(), dispensed(**changes))
    if field == "benefit" and changes["benefit"] is None:
        found.pop("extension[NLLBenefitChoiceCode].url")
    assert {path: value for path, value in found.items() if not path.endswith(".url")} == expected
    assert any(on_the_page(field, path) for path in expected)


def test_a_dispensing_is_found_again_by_its_record() -> None:
    found = leaves(dispensed())
    assert found["identifier[dispensing].value"] == RECORD_ID.hex()
    assert found["extension[NLLActorDispatchId].valueString"] == RECORD_ID.hex()
    assert ("urn:dpr:dispensing", RECORD_ID.hex()) == fhir.dispensing_identifier(RECORD_ID)
    assert ("urn:dpr:item", f"{UNIQUE_ID.hex()}-2") == fhir.item_identifier(UNIQUE_ID, 2)


@pytest.mark.parametrize(
    "instant",
    [NOW, days.end_of(date(2026, 10, 24)) + 3 * 3600, days.end_of(date(2026, 3, 28)) + 7200, days.EARLIEST, days.LATEST],
)
def test_the_real_time_of_hand_over_survives_summer_time(instant: int) -> None:
    for resource in (dispensed(handed_over_at=instant), paper(handed_over_at=instant)):
        written = datetime.fromisoformat(resource["whenHandedOver"])
        assert written.tzinfo is not None
        assert written.timestamp() == instant


_PART = "extension[paper-prescription].extension[{}].value{}"
PAPER_FIELDS: list[tuple[str, str, Any]] = [
    ("authored", _PART.format("authoredOn", "DateTime"), "2026-11-21T13:00:00+01:00"),
    ("valid_to", _PART.format("validTo", "Date"), "2027-11-21"),
    ("prescriber", _PART.format("prescriber", "Reference.reference"), "#requester"),
    ("item", _PART.format("medication", "Reference.reference"), "#prescribed"),
    ("telephone", _PART.format("registrationBasis", "Code"), "PAPER"),
    ("item.packages", _PART.format("packages", "PositiveInt"), 2),
    ("item.dispensings", _PART.format("dispensings", "UnsignedInt"), 3),
    ("number", _PART.format("dispensing", "PositiveInt"), 1),
    ("item.benefit", _PART.format("benefit", "Boolean"), True),
    ("workplace.code", _PART.format("workplaceCode", "Code"), "4100300200100"),
    ("item.dose_dispensing", _PART.format("dosePackaging", "Boolean"), False),
    ("id and item number", _PART.format("identifier", "Identifier.value"), f"{UNIQUE_ID.hex()}-1"),
    ("patient.name", "contained[Patient].name[0].text", "Anneliese Brandt"),
    ("patient.birth_date", "contained[Patient].birthDate", "1985-03-14"),
]


@pytest.mark.parametrize(("field", "path", "value"), PAPER_FIELDS, ids=[row[0] for row in PAPER_FIELDS])
def test_a_dispensing_of_a_paper_prescription_carries_its_details(field: str, path: str, value: Any) -> None:
    assert leaves(paper())[path] == value
    assert on_the_page(field, path)


def test_a_paper_dispensing_refers_to_no_registered_prescription() -> None:
    resource = paper(number=2)
    assert resource["meta"]["profile"] == ["http://electronichealth.se/fhir/StructureDefinition/NLLDispensePaperPrescription"]
    assert "authorizingPrescription" not in resource
    assert leaves(resource)[_PART.format("dispensing", "PositiveInt")] == 2
    assert {path.split(".value")[0] for path in leaves(resource) if "].extension[" in path} >= {
        f"extension[paper-prescription].extension[{name}]" for name in fhir_names.PAPER_PARTS
    }


def test_the_page_has_every_name_that_the_code_uses() -> None:
    for url, _ in fhir_names.EXTENSIONS.values():
        assert f"[{re.split('[/:]', url)[-1]}]" in PAGE, url
    ours = {name for name, system in fhir_names.SYSTEMS.items() if system.startswith("urn:dpr:")}
    assert ours == {"item", "dispensing", "credential"}
    assert all(fhir_names.SYSTEMS[name] in PAGE for name in ours)
    for path in re.findall(r"^\| [^|]+ \| `([\w\[\].-]+)` \|", PAGE.split("## Patients")[0], re.M):
        known = leaves(request_of(prescription(BY_BIRTH_DATE, audience=GLN), patient_reference=None))
        known |= leaves(dispensed()) | leaves(paper())
        assert path in known, f"{path} is on the page and in no resource"


def test_the_page_calls_nothing_confirmed_without_a_source() -> None:
    for claim in re.findall(r"(?:confirmed|seen): ([^.;|]*)", PAGE.split("## Sources")[0]):
        named = re.findall(r"\b([GHVS]\d+)\b", claim)
        assert named or claim.startswith(("that there is", "the extension")), claim
        assert all(f"| {source} |" in PAGE for source in named), claim


# --- headers ------------------------------------------------------------------------------------------------------------


def headers(**changes: Any) -> dict[str, str]:
    call = {"pharmacist_id": "ab12cd34", "pharmacy_gln": GLN, "patient_reference": "Patient/7", "request_id": "r-1"}
    return fhir.headers(**(call | {"token": "secret"} | changes))  # type: ignore[arg-type]


def test_headers_are_the_ones_on_the_page() -> None:
    rows = re.findall(
        r"^\| ([a-z-]+(?:, [a-z-]+)*) \| [^|]+ \| [^|]+ \|$", PAGE.split("## Headers")[1].split("## Codes")[0], re.M
    )
    named = {name for row in rows for name in row.split(", ")} - {"header"}
    assert headers().keys() == named
    assert headers()["authorization"] == "Bearer secret"
    assert headers()["x-patientref"] == "7"
    assert "x-patientref" not in headers(patient_reference=None)


def test_the_provenance_names_the_acting_pharmacist_by_id_alone() -> None:
    provenance = json.loads(base64.b64decode(headers()["x-provenance"], validate=True))
    assert provenance["resourceType"] == "Provenance"
    [agent] = provenance["agent"]
    assert agent["who"] == {"identifier": {"system": "urn:dpr:credential", "value": "ab12cd34"}}
    assert agent["onBehalfOf"] == {"identifier": {"system": "http://electronichealth.se/identifier/gln", "value": GLN}}


def test_where_nobody_acts_the_pharmacy_stands_for_itself() -> None:
    provenance = json.loads(base64.b64decode(headers(pharmacist_id="")["x-provenance"]))
    assert provenance["agent"][0]["who"]["identifier"]["value"] == GLN


@given(st.text(max_size=30) | st.sampled_from(["Patient/7\r\nx-evil: 1", "Patient/../7", "Patient/" + "9" * 65, "Patient/å"]))
def test_a_hostile_patient_reference_never_reaches_a_header(reference: str) -> None:
    value = headers(patient_reference=reference).get("x-patientref")
    assert value is None or re.fullmatch(r"[A-Za-z0-9.-]{1,64}", value)


# --- twins --------------------------------------------------------------------------------------------------------------


def other_source(**changes: Any) -> dict[str, Any]:
    """The same prescription as an e-prescription that a care unit has sent itself."""
    request = json.loads(json.dumps(request_of(prescription(authored_at=NOW - 900))))
    request["identifier"] = [{"system": "urn:oid:1.2.3", "value": "77"}]
    return request | changes


def same(resource: Any, value: Prescription | None = None, holder: Holder = HOLDER_OF_ALL) -> bool:
    return fhir.looks_the_same(resource, value or prescription(), 1, holder)


def products(*codings: dict[str, Any]) -> dict[str, Any]:
    contained = other_source()["contained"]
    next(one for one in contained if one["resourceType"] == "Medication")["code"] = {"coding": [*codings]}
    return other_source(contained=contained)


def test_the_same_prescription_from_another_source_is_a_twin() -> None:
    assert same(other_source())
    assert same(products(fhir_names.coded("npl_id", ITEM.npl_id or "")))


def test_our_own_registration_is_no_twin() -> None:
    assert not same(request_of(prescription()))


def test_another_item_of_the_same_prescription_with_the_same_product_is_no_twin() -> None:
    value = prescription(None, ITEM, msgspec.structs.replace(ITEM, dosage="2 tabletter"))
    assert not fhir.looks_the_same(request_of(value, number=1), value, 2, HOLDER_OF_ALL)
    assert not fhir.looks_the_same(request_of(value, number=2), value, 1, HOLDER_OF_ALL)


def test_the_same_item_in_another_prescription_of_the_same_day_may_be_a_twin() -> None:
    assert same(request_of(prescription(id=bytes(16))))


def test_another_prescriber_day_or_product_is_no_twin() -> None:
    assert not same(other_source(), holder=with_holder(prescriber_code="9812345"))
    assert not same(other_source(), holder=with_holder(prescriber_code=None))
    assert not same(other_source(), prescription(authored_at=NOW - 86_400))
    assert not same(other_source(), prescription(authored_at=NOW + 86_400))
    assert not same(products(fhir_names.coded("npl_pack_id", "20900715100331")))


def test_only_the_atc_code_in_common_is_no_twin() -> None:
    assert not same(products(fhir_names.coded("atc", ITEM.atc or "")))


def test_a_coding_without_a_code_is_no_product_in_common() -> None:
    by_text = msgspec.structs.replace(ITEM, npl_pack_id=None, npl_id=None, varunummer=None)
    resource = products(*({"system": fhir_names.SYSTEMS[name]} for name in ("npl_pack_id", "npl_id", "varunummer")))
    assert not same(resource, prescription(None, by_text))


@pytest.mark.parametrize(
    ("written", "twin"),
    [
        ("2026-11-21", True),
        ("2026-11-21T09:00:00", True),
        ("2026-11-20T23:30:00Z", True),  # half past midnight in Sweden
        ("2026-11-21T22:59:59.999Z", True),
        ("2026-11-21T23:30:00Z", False),  # the 22nd in Sweden
        ("2026-11", False),
        ("0001-01-01T00:00:00+14:00", False),
        ("9999-12-31T23:59:59-12:00", False),
        ("", False),
        (None, False),
        (20261121, False),
    ],
)
def test_the_same_day_is_the_same_day_in_sweden(written: Any, twin: bool) -> None:
    assert same(other_source(authoredOn=written)) is twin


def test_a_product_that_is_not_contained_is_seen_too() -> None:
    contained = [one for one in other_source()["contained"] if one["resourceType"] != "Medication"]
    concept = {"coding": [fhir_names.coded("npl_pack_id", ITEM.npl_pack_id or "")]}
    assert same(other_source(contained=contained, medicationCodeableConcept=concept))


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in _places(one, (*path, key)))]


PLACES = _places(other_source())


@settings(max_examples=300)
@given(st.sampled_from(PLACES), strategies.json_values)
def test_a_hostile_resource_never_raises(place: tuple[Any, ...], value: Any) -> None:
    resource: Any = other_source()
    if place:
        target = resource
        for step in place[:-1]:
            target = target[step]
        target[place[-1]] = value
    else:
        resource = value
    assert same(resource) in (True, False)
    assert fhir_names.identifiers(resource) is not None
    assert isinstance(fhir_names.listed(resource, "contained"), list)


READ: list[Callable[[Any], Any]] = [
    fhir_names.identifiers,
    lambda one: fhir_names.extension_value(one, "benefit"),
    lambda one: fhir_names.listed(one, "identifier"),
    same,
]


@given(strategies.json_values)
def test_any_json_can_be_read_without_raising(value: Any) -> None:
    for shape in (value, {"identifier": value, "extension": value}, {"identifier": [{"system": value, "value": value}]}):
        for function in READ:
            function(shape)
