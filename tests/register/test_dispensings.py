"""Dispensings in the reference register: counted against the prescription, never de-duplicated, found by what we know."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from typing import Any

import pytest
from fhir.resources.R4B.medicationdispense import MedicationDispense

from dpr.core.fhir_names import EXTENSIONS, extension_value
from tests.register.rig import Rig
from tests.register.test_prescriptions import drop, put, without_extension
from tests.world import DAY, NOW

Resource = dict[str, Any]


async def test_a_registered_dispensing_is_found_by_prescription_identifier_and_dispatch(rig: Rig) -> None:
    request_id = (await rig.registered()).id
    sent = await rig.dispense(request_id)
    answer = await rig.post(sent)
    assert (answer.status, answer.body) == (201, None)
    kept = (await rig.get(f"/MedicationDispense/{answer.id}")).body
    MedicationDispense.model_validate(copy.deepcopy(kept))
    assert kept["whenHandedOver"] == sent["whenHandedOver"]
    assert extension_value(kept, "dispatch_id")
    actor = extension_value(sent, "actor_dispatch_id")
    dispatches = "http://electronichealth.se/fhir/NamingSystem/actorDispatchId"
    patient = await rig.patient()
    for query in (
        {"prescription": f"MedicationRequest/{request_id}"},
        {"prescription": request_id},
        {"identifier": f"urn:dpr:dispensing|{actor}"},
        {"identifier": f"{dispatches}|{actor}"},
        {"identifier": f"{dispatches}|{actor}-1"},
        {"patient": patient, "prescription": request_id},
    ):
        assert (await rig.get("/MedicationDispense", params=query, patient=patient)).resources == [kept], query
    for query in (
        {"prescription": "MedicationRequest/other"},
        {"identifier": f"{dispatches}|{actor}-2"},
        {"identifier": f"urn:dpr:item|{actor}"},
    ):
        assert (await rig.get("/MedicationDispense", params=query)).resources == [], query


async def test_no_more_dispensings_are_taken_than_were_prescribed(rig: Rig) -> None:
    request_id = (await rig.registered()).id
    for number in (1, 2, 3):
        assert (await rig.post(await rig.dispense(request_id, number))).status == 201
    answer = await rig.post(await rig.dispense(request_id, 3))
    assert (answer.status, answer.codes) == (409, {"none-left"})
    assert "Det finns inga uttag kvar" in answer.body["issue"][0]["diagnostics"]
    assert len(await rig.held()) == 4


async def test_the_same_dispensing_sent_twice_with_the_same_request_id_counts_twice(rig: Rig) -> None:
    request_id = (await rig.registered()).id
    sent = await rig.dispense(request_id)
    answers = [await rig.post(sent) for _ in range(4)]
    assert [answer.status for answer in answers] == [201, 201, 201, 409]
    assert len({answer.id for answer in answers[:3]}) == 3


async def test_of_many_at_once_only_those_that_were_prescribed_are_taken(rig: Rig) -> None:
    request_id = (await rig.registered()).id
    resources = [await rig.dispense(request_id, 1) for _ in range(12)]
    answers = await asyncio.gather(*(rig.post(one) for one in resources))
    assert sorted(answer.status for answer in answers) == [201] * 3 + [409] * 9


async def test_a_dispensing_of_a_prescription_that_is_not_there_is_refused(rig: Rig) -> None:
    answer = await rig.post(await rig.dispense("7041541b-2263-4bec-955f-06216a93e21a"))
    assert (answer.status, answer.codes) == (422, {"prescription-unknown"})


async def test_a_dispensing_to_another_patient_is_refused(rig: Rig) -> None:
    request_id = (await rig.registered()).id
    resource = await rig.dispense(request_id)
    other = await rig.patient(("http://electronichealth.se/identifier/samordningsnummer", "202601612381"))
    resource["subject"] = {"reference": other}
    assert (await rig.post(resource)).codes == {"other-patient"}


async def test_what_was_handed_over_before_it_was_written_or_after_its_last_day_is_refused(rig: Rig) -> None:
    request_id = (await rig.registered()).id
    assert (await rig.post(await rig.dispense(request_id, handed_over_at=NOW - 61))).codes == {"not-valid-then"}
    rig.now += 500 * DAY
    last = rig.world.prescription().expires_at - 1
    assert (await rig.post(await rig.dispense(request_id, handed_over_at=last + 1))).codes == {"not-valid-then"}
    assert (await rig.post(await rig.dispense(request_id, handed_over_at=last))).status == 201


FAULTS: list[tuple[Callable[[Resource], None], str]] = [
    (put("in-progress", "status"), "required"),
    (drop("medicationCodeableConcept"), "product-code"),
    (put("123", "medicationCodeableConcept", "coding", 0, "code"), "product-code"),
    (drop("whenHandedOver"), "required"),
    (put("2026-11-21T12:00:00", "whenHandedOver"), "required"),
    (put("2026-11-22T12:00:00Z", "whenHandedOver"), "future"),
    (without_extension("actor_dispatch_id"), "required"),
    (without_extension("dispatch_row"), "required"),
    (without_extension("packages_dispensed"), "required"),
    (drop("substitution"), "required"),
    (drop("authorizingPrescription"), "prescription"),
    (put([], "authorizingPrescription"), "prescription"),
    (put({"reference": "#patient"}, "subject"), "required"),
    (put(["http://hl7.org/fhir/StructureDefinition/MedicationDispense"], "meta", "profile"), "required"),
]


@pytest.mark.parametrize(("change", "code"), FAULTS)
async def test_a_dispensing_with_one_fault_is_refused_for_it_and_not_kept(
    rig: Rig, change: Callable[[Resource], None], code: str
) -> None:
    resource = await rig.dispense((await rig.registered()).id)
    change(resource)
    answer = await rig.post(resource, patient=await rig.patient())
    assert (answer.status, code in answer.codes) == (422, True), answer.body
    assert len(await rig.held()) == 1


async def test_several_faults_are_all_named(rig: Rig) -> None:
    resource = await rig.dispense((await rig.registered()).id)
    del resource["whenHandedOver"], resource["authorizingPrescription"], resource["medicationCodeableConcept"]
    answer = await rig.post(resource)
    where = {issue["expression"][0] for issue in answer.body["issue"]}
    assert where == {f"MedicationDispense.{name}" for name in ("medication", "whenHandedOver", "authorizingPrescription")}


# --- from paper ---------------------------------------------------------------------------------------------------------


async def test_a_dispensing_to_a_birth_date_carries_its_prescription_and_is_found(rig: Rig) -> None:
    sent = rig.paper()
    MedicationDispense.model_validate(copy.deepcopy(sent))
    answer = await rig.post(sent)
    assert answer.status == 201, answer.body
    for query in ({"identifier": f"urn:dpr:dispensing|{sent['identifier'][0]['value']}"}, {"patient.birthdate": "1990-01-01"}):
        assert [one["id"] for one in (await rig.get("/MedicationDispense", params=query)).resources] == [answer.id]


def paper_part(name: str, value: Any) -> Callable[[Resource], None]:
    def change(resource: Resource) -> None:
        [details] = [one for one in resource["extension"] if one["url"] == EXTENSIONS["paper_prescription"].url]
        parts = details["extension"]
        [part] = [one for one in parts if one["url"] == name]
        if value is None:
            parts.remove(part)
        else:
            [kind] = [key for key in part if key.startswith("value")]
            part[kind] = value

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (without_extension("paper_prescription"), "prescription"),
        (put([{"reference": "MedicationRequest/7"}], "authorizingPrescription"), "prescription"),
        (drop("contained", 0, "birthDate"), "patient-details"),
        (drop("contained", 0, "name"), "patient-details"),
        (drop("contained", 1, "identifier"), "F.001"),
        (
            put(
                [{"system": "http://electronichealth.se/fhir/NamingSystem/varunr", "code": "012345"}],
                "medicationCodeableConcept",
                "coding",
            ),
            "medicines-only",
        ),
        (paper_part("prescriber", None), "required"),
        (paper_part("medication", None), "required"),
        (paper_part("authoredOn", "2026-11-22T00:00:00+01:00"), "future"),
        (paper_part("validTo", None), "validity"),
        (paper_part("validTo", "2026-11-20"), "not-valid-then"),
        (paper_part("packages", None), "required"),
        (paper_part("dispensing", 4), "dispensings"),
        (paper_part("dispensings", True), "dispensings"),
        (paper_part("dosePackaging", True), "dose-packaged"),
    ],
)
async def test_a_dispensing_from_paper_with_one_fault_is_refused_for_it(
    rig: Rig, change: Callable[[Resource], None], code: str
) -> None:
    resource = rig.paper()
    change(resource)
    answer = await rig.post(resource)
    assert (answer.status, code in answer.codes) == (422, True), answer.body
    assert await rig.held() == []
