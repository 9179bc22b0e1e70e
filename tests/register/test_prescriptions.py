"""Prescriptions in the reference register: what it takes, what it refuses, and how they are found."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.medicationrequest import MedicationRequest
from fhir.resources.R4B.operationoutcome import OperationOutcome

from dpr.core import fhir
from dpr.core.fhir_names import EXTENSIONS
from dpr.core.sinks import Sink, sink_of
from tests.register.rig import BIRTH_DATE, TOLVAN, Rig, example
from tests.world import DAY, EXAMPLES, GLN, PHYSICIAN

Resource = dict[str, Any]


async def test_a_registered_prescription_is_found_by_id_identifier_and_patient(rig: Rig) -> None:
    sent = await rig.request()
    answer = await rig.post(sent)
    assert (answer.status, answer.body) == (201, None)
    assert answer.headers["Location"] == f"{rig.url}/MedicationRequest/{answer.id}/_history/1"
    [identifier] = sent["identifier"]
    token = f"{identifier['system']}|{identifier['value']}"
    kept = (await rig.get(f"/MedicationRequest/{answer.id}")).body
    assert kept == sent | {"id": answer.id, "meta": sent["meta"] | kept["meta"]}
    assert kept["meta"]["versionId"] == "1"
    patient = await rig.patient()
    for query, header in (
        ({"identifier": token}, None),
        ({"identifier": identifier["value"]}, None),
        ({"patient": patient}, patient),
        ({"patient": patient.removeprefix("Patient/")}, patient),
        ({"patient": patient, "identifier": token}, patient),
        ({"patient.identifier": "|".join(TOLVAN)}, None),
    ):
        found = await rig.get("/MedicationRequest", params=query, patient=header)
        assert found.resources == [kept], query
        Bundle.model_validate(found.body)
    MedicationRequest.model_validate(kept)


async def test_a_search_that_finds_nothing_is_an_empty_searchset(rig: Rig) -> None:
    await rig.registered()
    for query in (
        {"identifier": "urn:dpr:item|no"},
        {"identifier": "urn:other|191212121212-1"},
        {"patient.birthdate": "1990-01-01"},
    ):
        assert (await rig.get("/MedicationRequest", params=query)).resources == []


@pytest.mark.parametrize(
    ("prefer", "expected"),
    [("minimal", None), ("representation", "MedicationRequest"), ("OperationOutcome", "OperationOutcome")],
)
async def test_the_answer_to_a_registration_is_what_was_preferred(rig: Rig, prefer: str, expected: str | None) -> None:
    answer = await rig.post(await rig.request(), headers={"prefer": f"return={prefer}"})
    assert answer.status == 201
    assert (answer.body or {}).get("resourceType") == expected
    if prefer == "representation":
        assert answer.body["id"] == answer.id


async def test_the_same_prescription_sent_twice_with_the_same_request_id_is_kept_twice(rig: Rig) -> None:
    sent = await rig.request()
    first, second = await rig.post(sent), await rig.post(sent)
    assert first.status == second.status == 201
    assert first.id != second.id
    found = await rig.get("/MedicationRequest", params={"identifier": f"urn:dpr:item|{sent['identifier'][0]['value']}"})
    assert [one["id"] for one in found.resources] == [first.id, second.id]


def drop(*path: Any) -> Callable[[Resource], None]:
    def change(resource: Resource) -> None:
        target: Any = resource
        for step in path[:-1]:
            target = target[step]
        del target[path[-1]]

    return change


def put(value: Any, *path: Any) -> Callable[[Resource], None]:
    def change(resource: Resource) -> None:
        target: Any = resource
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = value

    return change


def without_extension(name: str, *path: Any) -> Callable[[Resource], None]:
    def change(resource: Resource) -> None:
        target: Any = resource
        for step in path:
            target = target[step]
        before = len(target["extension"])
        target["extension"] = [one for one in target["extension"] if one["url"] != EXTENSIONS[name].url]
        assert len(target["extension"]) < before

    return change


FAULTS: list[tuple[Callable[[Resource], None], int, str]] = [
    (put("MedicationDispense", "resourceType"), 400, "resource-type"),
    (put("mine", "id"), 400, "id-given"),
    (drop("meta"), 422, "required"),
    (put(["http://other/Profile"], "meta", "profile"), 422, "required"),
    (put("draft", "status"), 422, "required"),
    (drop("intent"), 422, "required"),
    (drop("requester"), 422, "required"),
    (put({"reference": "Practitioner/7"}, "requester"), 422, "required"),
    (drop("contained", 0, "identifier"), 422, "F.001"),
    (put("123456", "contained", 0, "identifier", 0, "value"), 422, "F.001"),
    (put("urn:other", "contained", 0, "identifier", 0, "system"), 422, "F.001"),
    (drop("contained", 0, "qualification"), 422, "profession-code"),
    (put("AP", "contained", 0, "qualification", 0, "code", "coding", 0, "code"), 422, "profession-code"),
    (drop("contained", 0, "name"), 422, "required"),
    (drop("medicationReference"), 422, "product-code"),
    (drop("contained", 1, "code", "coding"), 422, "product-code"),
    (put([{"system": "urn:other", "code": "1"}], "contained", 1, "code", "coding"), 422, "product-code"),
    (put({"reference": "Patient/unknown"}, "subject"), 422, "patient-unknown"),
    (drop("subject"), 422, "patient-details"),
    (drop("authoredOn"), 422, "required"),
    (put("2026-11-21", "authoredOn"), 422, "required"),
    (put("2027-01-01T00:00:00Z", "authoredOn"), 422, "future"),
    (put([], "dosageInstruction"), 422, "required"),
    (without_extension("prescription_format"), 422, "required"),
    (without_extension("registration_basis"), 422, "required"),
    (drop("dispenseRequest"), 422, "validity"),
    (drop("dispenseRequest", "validityPeriod", "end"), 422, "validity"),
    (put("2026-11-20", "dispenseRequest", "validityPeriod", "end"), 422, "validity"),
    (put("2027-11-30", "dispenseRequest", "validityPeriod", "end"), 422, "validity"),
    (drop("dispenseRequest", "numberOfRepeatsAllowed"), 422, "dispensings"),
    (put(7, "dispenseRequest", "numberOfRepeatsAllowed"), 422, "dispensings"),
    (put(True, "dispenseRequest", "numberOfRepeatsAllowed"), 422, "dispensings"),
    (put({"value": 80, "code": "wk"}, "dispenseRequest", "dispenseInterval"), 422, "required"),
    (without_extension("packages_prescribed", "dispenseRequest"), 422, "required"),
    (without_extension("benefit", "dispenseRequest"), 422, "benefit"),
    (without_extension("workplace_code", "dispenseRequest"), 422, "workplace-code"),
]


@pytest.mark.parametrize(("change", "status", "code"), FAULTS)
async def test_a_prescription_with_one_fault_is_refused_for_it_and_not_kept(
    rig: Rig, change: Callable[[Resource], None], status: int, code: str
) -> None:
    resource = await rig.request()
    change(resource)
    answer = await rig.post(resource, to="MedicationRequest", patient=resource.get("subject", {}).get("reference"))
    assert (answer.status, code in answer.codes) == (status, True), answer.body
    OperationOutcome.model_validate(answer.body)
    assert await rig.held() == []


async def test_a_refusal_says_what_is_wrong_in_both_languages_and_never_the_content(rig: Rig) -> None:
    resource = await rig.request()
    resource["contained"][0]["identifier"][0]["value"] = "hemlig"
    answer = await rig.post(resource)
    [issue] = answer.body["issue"]
    assert issue["details"]["coding"][0]["system"] == "http://ehalsomyndigheten.se/fhir/CodeSystem/aff-codes"
    assert issue["diagnostics"].startswith("F.001 Giltig förskrivarkod saknas / a valid prescriber code is missing")
    assert "hemlig" not in str(answer.body)


#: A product by text alone: NLL identifies products by code.
EXPECTED_TROUBLE = {"extempore": {"product-code"}, "licens": {"product-code"}}


@pytest.mark.parametrize("path", sorted((EXAMPLES / "prescriptions").rglob("*.json")), ids=lambda path: path.stem)
async def test_every_example_prescription_is_registered_or_refused_for_a_known_reason(rig: Rig, path: Any) -> None:
    prescription = rig.world.prescription(example(str(path.relative_to(EXAMPLES / "prescriptions"))[:-5]))
    if sink_of(prescription) is not Sink.REGISTER:
        return
    assert prescription.content.patient is not None
    system, value = fhir.patient_identifier(prescription.content.patient) or ("", "")
    found = await rig.get("/Patient", params={"identifier": f"{system}|{value}"})
    if prescription.content.patient.reservnummer is not None:
        assert found.resources == []
        return
    patient = f"Patient/{found.resources[0]['id']}"
    for number in range(1, len(prescription.content.items) + 1):
        resource = fhir.medication_request(prescription, number, PHYSICIAN, patient_reference=patient)
        MedicationRequest.model_validate(copy.deepcopy(resource))
        answer = await rig.post(resource)
        if path.stem in EXPECTED_TROUBLE:
            assert (answer.status, answer.codes) == (422, EXPECTED_TROUBLE[path.stem])
        else:
            assert answer.status == 201, answer.body


async def test_a_patient_with_a_birth_date_is_contained_and_found_by_it(rig: Rig) -> None:
    prescription = rig.world.prescription(BIRTH_DATE)
    resource = fhir.medication_request(prescription, 1, PHYSICIAN, patient_reference=None)
    MedicationRequest.model_validate(copy.deepcopy(resource))
    assert (await rig.post(resource)).status == 201
    [found] = (await rig.get("/MedicationRequest", params={"patient.birthdate": "1990-01-01"})).resources
    assert found["subject"] == {"reference": "#patient"}
    assert (await rig.get("/MedicationRequest", params={"patient.birthdate": "1990-01-02"})).resources == []


async def test_a_patient_with_a_birth_date_needs_a_receiving_pharmacy(rig: Rig) -> None:
    prescription = rig.world.prescription(BIRTH_DATE)
    resource = fhir.medication_request(prescription, 1, PHYSICIAN, patient_reference=None)
    pharmacy = resource["dispenseRequest"]["extension"][-1]
    assert pharmacy["valueReference"]["identifier"]["value"] == GLN
    pharmacy["valueReference"]["identifier"]["value"] = "7350000000008"
    assert (await rig.post(resource)).codes == {"receiving-pharmacy"}


async def test_a_prescription_with_a_later_date_is_taken_when_that_day_has_come(rig: Rig) -> None:
    resource = await rig.request()
    rig.now -= DAY
    assert (await rig.post(resource)).codes == {"future"}
    rig.now += DAY
    assert (await rig.post(resource)).status == 201


async def test_patients_are_made_when_asked_for_and_stay_the_same(rig: Rig) -> None:
    first = await rig.patient()
    assert first == await rig.patient()
    assert first == await rig.patient(("urn:oid:1.2.752.129.2.1.3.1", "191212121212"))
    other = await rig.patient(("http://electronichealth.se/identifier/samordningsnummer", "202601612381"))
    assert other != first
    found = (await rig.get(f"/{first}")).body
    assert found["identifier"] == [{"system": TOLVAN[0], "value": TOLVAN[1]}]
    assert "name" not in found


@pytest.mark.parametrize("number", ["191212121213", "19121212121", "abc", ""])
async def test_a_number_that_is_not_well_formed_is_refused(rig: Rig, number: str) -> None:
    assert (await rig.get("/Patient", params={"identifier": f"{TOLVAN[0]}|{number}"})).status == 400


async def test_an_identifier_of_a_kind_that_the_register_does_not_know_finds_nobody(rig: Rig) -> None:
    for token in ("urn:oid:1.2.752.97.3.1.3|991212121212", "191212121212", "|191212121212"):
        assert (await rig.get("/Patient", params={"identifier": token})).resources == []


async def test_what_is_not_there_is_404(rig: Rig) -> None:
    for path in ("/Patient/7", "/MedicationRequest/7", "/MedicationDispense/7", "/MedicationRequest/..%2f7"):
        answer = await rig.get(path)
        assert (answer.status, answer.codes) == (404, {"unknown"}), path
