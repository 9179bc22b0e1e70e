"""What every call to the reference register must carry, and that nothing hostile brings it down."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.operationoutcome import OperationOutcome
from hypothesis import given, settings
from hypothesis import strategies as st

from dpr.apps.register.calls import MAX_DEPTH, header_findings, parsed
from dpr.apps.register.rules import against, dispense_findings, request_findings
from dpr.apps.register.server import MAX_BODY_BYTES
from dpr.core import fhir
from dpr.core.dispensing import dispensing_id
from tests.register.rig import BIRTH_DATE, TOLVAN, Rig, dispensing, read
from tests.world import GLN, NOW, PHYSICIAN, World

PATIENT = {"params": {"identifier": "|".join(TOLVAN)}}
ALWAYS = ("x-purpose", "x-access", "x-org-info", "x-context-id", "x-request-id", "x-user-agent")


@pytest.mark.parametrize("name", ALWAYS)
@pytest.mark.parametrize("value", [None, "", " ", "å" * 3])
async def test_a_header_that_is_missing_or_wrong_is_named(rig: Rig, name: str, value: str | None) -> None:
    answer = await rig.get("/Patient", headers={name: value}, **PATIENT)
    assert (answer.status, answer.codes) == (400, {"header"})
    assert [issue["expression"] for issue in answer.body["issue"]] == [[f"header {name}"]]
    OperationOutcome.model_validate(answer.body)


async def test_every_missing_header_is_named_at_once(rig: Rig) -> None:
    resource = await rig.request()
    answer = await rig.post(resource, headers=dict.fromkeys((*ALWAYS, "prefer", "x-provenance")))
    named = {issue["expression"][0] for issue in answer.body["issue"]}
    assert named == {f"header {name}" for name in (*ALWAYS, "prefer", "x-provenance")}


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer ", "Basic dXNlcg=="])
async def test_without_a_bearer_token_nothing_is_looked_at(rig: Rig, value: str | None) -> None:
    answer = await rig.get("/Patient", headers={"authorization": value}, **PATIENT)
    assert (answer.status, answer.codes) == (401, {"token"})


def provenance(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


AUTHOR = {"who": {"identifier": {"system": "urn:dpr:credential", "value": "ab"}}}


@pytest.mark.parametrize(
    "value",
    [
        "not base64!",
        base64.b64encode(b"not json").decode(),
        provenance([]),
        provenance({"resourceType": "Provenance"}),
        provenance({"resourceType": "Patient", "agent": [AUTHOR]}),
        provenance({"resourceType": "Provenance", "agent": [{"who": {"identifier": {"system": "a"}}}]}),
        provenance({"resourceType": "Provenance", "agent": [{"who": {"reference": "#no"}}]}),
    ],
)
async def test_a_registration_names_its_author(rig: Rig, value: str) -> None:
    answer = await rig.post(await rig.request(), headers={"x-provenance": value})
    assert (answer.status, answer.body["issue"][0]["expression"]) == (400, ["header x-provenance"])


def test_the_author_may_be_a_contained_practitioner() -> None:
    practitioner = {
        "id": "p",
        "identifier": [{"system": "http://electronichealth.se/identifier/legitimationskod", "value": "920007"}],
    }
    named = {"resourceType": "Provenance", "contained": [practitioner], "agent": [{"who": {"reference": "#p"}}]}
    headers = dict.fromkeys(ALWAYS, "x") | {"prefer": "return=minimal", "x-provenance": provenance(named)}
    assert header_findings("POST", headers) == []


@pytest.mark.parametrize("value", ["return=everything", "minimal", "respond-async"])
async def test_a_preference_that_there_is_not_is_refused(rig: Rig, value: str) -> None:
    answer = await rig.post(await rig.request(), headers={"prefer": value})
    assert answer.body["issue"][0]["expression"] == ["header prefer"]


@pytest.mark.parametrize("reference", [None, "Patient/other"])
async def test_the_header_and_the_content_are_about_the_same_patient(rig: Rig, reference: str | None) -> None:
    answer = await rig.post(await rig.request(), patient=reference)
    assert (answer.status, answer.codes) == (400, {"patient-reference"})
    answer = await rig.get("/MedicationRequest", params={"patient": await rig.patient()}, patient=reference)
    assert (answer.status, answer.codes) == (400, {"patient-reference"})


async def test_what_it_can_do_is_told_without_headers(rig: Rig) -> None:
    answer = await read(await rig.client.get("/metadata"))
    assert answer.status == 200
    CapabilityStatement.model_validate(answer.body)
    types = {one["type"]: {each["name"] for each in one["searchParam"]} for one in answer.body["rest"][0]["resource"]}
    assert types["MedicationDispense"] >= {"identifier", "prescription", "patient"}
    assert "Not EHM's" in answer.body["implementation"]["description"]


# --- bodies and addresses -----------------------------------------------------------------------------------------------

NESTED = b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": 1, "a": 2}',
        b'{"a": "\\ud800"}',
        b"{" + b'"a":{' * 100_000,
        NESTED,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
async def test_what_is_no_json_object_is_refused(rig: Rig, body: bytes) -> None:
    headers = {"content-type": "application/fhir+json"}
    answer = await rig.send("POST", "/MedicationRequest", data=body, headers=headers)
    assert (answer.status, answer.codes) in ((400, {"json"}), (413, {"too-large"}))


def test_json_is_read_up_to_its_greatest_depth() -> None:
    assert parsed(b'{"a":' * MAX_DEPTH + b"1" + b"}" * MAX_DEPTH)
    with pytest.raises(ValueError, match="nesting"):
        parsed(NESTED)


async def test_a_message_that_is_too_large_is_refused(rig: Rig) -> None:
    resource = await rig.request() | {"note": [{"text": "x" * MAX_BODY_BYTES}]}
    answer = await rig.post(resource)
    assert (answer.status, answer.codes) == (413, {"too-large"})


async def test_compressed_or_other_content_is_refused(rig: Rig) -> None:
    resource = await rig.request()
    assert (await rig.post(resource, headers={"content-type": "text/plain"})).codes == {"media-type"}
    body = gzip.compress(json.dumps(resource).encode())
    headers = {"content-type": "application/fhir+json", "content-encoding": "gzip"}
    answer = await rig.send("POST", "/MedicationRequest", data=body, headers=headers)
    assert (answer.status, answer.codes) == (415, {"media-type"})


async def test_what_is_not_offered_is_refused_with_an_outcome(rig: Rig) -> None:
    for method, path, status in (
        ("GET", "/Observation", 404),
        ("GET", "/", 404),
        ("PUT", "/MedicationRequest/7", 405),
        ("DELETE", "/MedicationRequest/7", 405),
        ("POST", "/Patient", 405),
    ):
        answer = await rig.send(method, path)
        assert (answer.status, answer.codes) == (status, {"route"}), path


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/MedicationRequest", "parameter-missing"),
        ("/MedicationRequest?_format=json", "parameter-missing"),
        ("/MedicationRequest?identifier=a%7Cb&status=active", "parameter"),
        ("/MedicationRequest?identifier=a%7Cb&identifier=c%7Cd", "parameter"),
        ("/MedicationRequest?prescription=7", "parameter"),
        ("/MedicationRequest?patient=../7", "parameter"),
        ("/Patient?name=Tolvan", "parameter"),
    ],
)
async def test_a_search_is_refused_rather_than_half_understood(rig: Rig, path: str, code: str) -> None:
    answer = await rig.get(path)
    assert (answer.status, answer.codes) == (400, {code})


# --- hostile resources --------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8) | st.sampled_from(("reference", "url")), inner, max_size=3)
    ),
    max_leaves=6,
)
WORLD = World()
AT = datetime.fromtimestamp(NOW, UTC)


def good_request() -> dict[str, Any]:
    return fhir.medication_request(WORLD.prescription(), 1, PHYSICIAN, patient_reference="Patient/7")


def good_dispense() -> dict[str, Any]:
    value = dispensing(WORLD.prescription(), 1)
    record_id = dispensing_id(value.prescription_id, gln="7350000000009", item=1, number=1)
    return fhir.medication_dispense(record_id, value, request_id="7", patient_reference="Patient/7")


def good_paper() -> dict[str, Any]:
    prescription = WORLD.prescription(BIRTH_DATE)
    record_id = dispensing_id(prescription.id, gln="7350000000009", item=1, number=1)
    return fhir.dispense_paper_prescription(record_id, dispensing(prescription, 1), prescription, PHYSICIAN)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


def changed(resource: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(resource))
    target: Any = copy
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return copy


def test_what_dpr_writes_has_no_findings() -> None:
    assert request_findings(good_request(), AT) == []
    assert dispense_findings(good_dispense(), AT) == []
    assert dispense_findings(good_paper(), AT) == []
    assert against(good_dispense(), good_request(), 2) == []


@settings(max_examples=300)
@given(st.data(), JSON)
def test_anything_anywhere_in_a_resource_gives_findings_and_never_an_error(data: st.DataObject, value: Any) -> None:
    for good, findings in (
        (good_request(), request_findings),
        (good_dispense(), dispense_findings),
        (good_paper(), dispense_findings),
    ):
        path = data.draw(st.sampled_from([place for place in places(good) if place]))
        resource = changed(good, path, value)
        found = findings(resource, AT)
        assert isinstance(found, list)
        if not found and findings is dispense_findings and path[0] != "id" and good["subject"]["reference"] == "Patient/7":
            against(resource, good_request(), 0)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_any_json_object_at_all_gives_findings(resource: dict[str, Any]) -> None:
    assert request_findings(resource, AT) and dispense_findings(resource, AT)


async def test_a_resource_that_passes_its_checks_can_be_kept_and_found_whatever_else_it_holds(rig: Rig) -> None:
    resource = await rig.request()
    resource |= {
        "identifier": [{"system": 7}, "x", {"value": "v"}],
        "note": {"å": [None, {"": 1.5}]},
        "meta": resource["meta"] | {"x": []},
    }
    answer = await rig.post(resource, headers={"prefer": "return=representation"})
    assert answer.status == 201
    assert answer.body["note"] == resource["note"]
    assert GLN not in json.dumps(answer.body)
