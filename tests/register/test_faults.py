"""The faults that can be rehearsed, over real connections: what the caller sees, and what the register then holds."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from dpr.adapters.register_http import HttpRegister
from dpr.apps.register import create_app, faults_of
from dpr.apps.register.faults import rehearsal
from dpr.core.errors import InputError
from tests.flows.counter import Counter
from tests.register.rig import Rig

CUT = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)


async def test_down_closes_every_connection_and_does_nothing(rig: Rig) -> None:
    resource = await rig.request()
    await rig.rehearse({"fault": "down"})
    for call in (lambda: rig.post(resource), lambda: rig.client.get("/metadata"), lambda: rig.get("/Patient/7")):
        with pytest.raises(CUT):
            await call()
    assert await rig.held() == []
    await rig.rehearse()
    assert (await rig.post(resource)).status == 201


async def test_a_lost_reply_was_committed(rig: Rig) -> None:
    resource = await rig.request()
    await rig.rehearse({"fault": "drop_reply", "times": 1})
    with pytest.raises(CUT):
        await rig.post(resource)
    [kept] = await rig.held()
    assert kept["identifier"] == resource["identifier"]
    assert (await rig.get(f"/MedicationRequest/{kept['id']}")).status == 200


async def test_a_lost_reply_to_what_was_refused_kept_nothing(rig: Rig) -> None:
    resource = await rig.request()
    del resource["requester"]
    await rig.rehearse({"fault": "drop_reply", "times": 1})
    with pytest.raises(CUT):
        await rig.post(resource)
    assert await rig.held() == []


async def test_a_late_commit_comes_after_the_connection_was_closed(rig: Rig) -> None:
    resource = await rig.request()
    await rig.rehearse({"fault": "late_commit", "seconds": 0.3, "times": 1})
    began = time.monotonic()
    with pytest.raises(CUT):
        await rig.post(resource)
    assert time.monotonic() - began < 0.25
    assert await rig.held() == []
    await asyncio.sleep(0.5)
    assert len(await rig.held()) == 1


async def test_what_was_to_be_committed_late_is_committed_at_shutdown(tmp_path: Path) -> None:
    async with Rig(tmp_path / "register.db") as rig:
        await rig.rehearse({"fault": "late_commit", "seconds": 600, "method": "POST"})
        with pytest.raises(CUT):
            await rig.post(await rig.request())
        assert await rig.held() == []
    async with Rig(tmp_path / "register.db") as rig:
        assert len(await rig.held()) == 1


async def test_slow_takes_longer_and_then_answers(rig: Rig) -> None:
    resource = await rig.request()
    await rig.rehearse({"fault": "slow", "seconds": 0.2, "times": 1})
    began = time.monotonic()
    assert (await rig.post(resource)).status == 201
    assert time.monotonic() - began >= 0.2


async def test_an_error_is_answered_and_nothing_is_done(rig: Rig) -> None:
    resource = await rig.request()
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "throttled", "diagnostics": "vänta"}],
    }
    await rig.rehearse({"fault": "error", "times": 1}, {"fault": "error", "status": 429, "outcome": outcome, "times": 1})
    first, second, third = [await rig.post(resource) for _ in range(3)]
    assert (first.status, first.codes) == (503, {"rehearsal"})
    assert (second.status, second.body) == (429, outcome)
    assert third.status == 201
    assert [one["id"] for one in await rig.held()] == [third.id]


async def test_a_fault_meets_only_what_it_is_for_and_as_often_as_it_says(rig: Rig) -> None:
    request = await rig.request()
    request_id = (await rig.post(request)).id
    dispense = await rig.dispense(request_id)
    await rig.rehearse({"fault": "error", "type": "MedicationDispense", "method": "POST", "times": 2})
    assert (await rig.post(request)).status == 201
    assert (await rig.get("/MedicationDispense", params={"prescription": request_id})).status == 200
    assert [(await rig.post(dispense)).status for _ in range(3)] == [503, 503, 201]


async def test_slow_and_a_lost_reply_can_come_together(rig: Rig) -> None:
    resource = await rig.request()
    await rig.rehearse({"fault": "drop_reply", "times": 1}, {"fault": "slow", "seconds": 0.2, "times": 1})
    began = time.monotonic()
    with pytest.raises(CUT):
        await rig.post(resource)
    assert time.monotonic() - began >= 0.2
    assert len(await rig.held()) == 1


async def test_what_is_left_of_the_faults_and_what_is_held_is_shown(rig: Rig) -> None:
    resource = await rig.request()
    answer = await rig.client.put("/_rehearsal", json={"fault": "error", "times": 2, "type": "MedicationRequest"})
    expected = [{"fault": "error", "times": 2, "type": "MedicationRequest"}]
    assert await answer.json() == {"faults": expected}
    await rig.post(resource)
    shown = await (await rig.client.get("/_rehearsal")).json()
    assert shown["faults"] == [{"fault": "error", "times": 1, "type": "MedicationRequest"}]
    assert shown["held"] == {"Patient": 1, "MedicationRequest": 0, "MedicationDispense": 0}
    await rig.client.put("/_rehearsal", json={"fault": "none"})
    assert (await rig.post(resource)).status == 201
    shown = await (await rig.client.get("/_rehearsal")).json()
    assert shown == {"faults": [], "held": {"Patient": 1, "MedicationRequest": 1, "MedicationDispense": 0}}


BAD: list[Any] = [
    {},
    {"fault": "flood"},
    {"fault": "down", "times": 0},
    {"fault": "down", "times": True},
    {"fault": "down", "type": "Observation"},
    {"fault": "slow", "seconds": -1},
    {"fault": "slow", "seconds": "1"},
    {"fault": "error", "status": 200},
    {"fault": "down", "extra": 1},
    {"faults": {"fault": "down"}},
    {"faults": [{"fault": "none", "times": 1}]},
]


@pytest.mark.parametrize("setting", BAD)
async def test_a_setting_that_makes_no_sense_is_refused_and_the_former_one_stays(rig: Rig, setting: Any) -> None:
    await rig.rehearse({"fault": "error", "type": "MedicationDispense"})
    answer = await rig.client.put("/_rehearsal", json=setting)
    assert answer.status == 400
    body = await answer.json(content_type="application/fhir+json")
    assert body["issue"][0]["details"]["coding"][0]["code"] == "rehearsal-form"
    shown = await (await rig.client.get("/_rehearsal")).json()
    assert shown["faults"] == [{"fault": "error", "type": "MedicationDispense"}]


async def test_a_fault_can_be_there_from_the_start(tmp_path: Path) -> None:
    async with Rig(tmp_path / "register.db", faults={"fault": "down"}) as rig:
        with pytest.raises(CUT):
            await rig.client.get("/metadata")


def test_a_wrong_setting_at_the_start_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="rehearsal_invalid") as caught:
        create_app(tmp_path / "register.db", faults={"fault": "flood"})
    assert caught.value.code == "rehearsal_invalid"


def test_the_faults_of_the_example_are_as_they_are_written() -> None:
    [fault] = rehearsal({"fault": "drop_reply", "times": 1, "method": "POST", "type": "MedicationDispense"}).faults
    assert (type(fault).__name__, fault.times, fault.method, fault.type) == ("DropReply", 1, "POST", "MedicationDispense")


# --- with the real adapter and the real flow ----------------------------------------------------------------------------

PLANS: dict[str, list[dict[str, Any]]] = {
    "all well": [],
    "lost replies": [{"fault": "drop_reply", "method": "POST", "times": 2}],
    "down and back": [{"fault": "down", "times": 3}],
    "errors": [{"fault": "error", "method": "POST", "times": 2}],
    "late commits": [{"fault": "late_commit", "seconds": 0.1, "method": "POST", "times": 2}],
    "too slow": [{"fault": "slow", "seconds": 1.2, "method": "POST", "times": 1}],
    "a mixture": [
        {"fault": "error", "type": "Patient", "times": 1},
        {"fault": "drop_reply", "type": "MedicationRequest", "method": "POST", "times": 1},
        {"fault": "late_commit", "seconds": 0.1, "type": "MedicationDispense", "method": "POST", "times": 1},
    ],
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
async def test_everything_is_registered_once_under_every_fault(rig: Rig, plan: list[dict[str, Any]]) -> None:
    async with HttpRegister(rig.url, timeout_seconds=1) as register:
        counter = Counter(register=register)  # type: ignore[arg-type]
        counter.receive()
        counter.dispense()
        await rig.rehearse(*plan)
        for _ in range(12):
            await counter.report()
            counter.now += 1200
            rig.now = counter.now
            await asyncio.sleep(0.25 if "slow" in str(plan) else 0.12 if "late" in str(plan) else 0)
        rows = counter.ledger.queue()
        assert {row.state.value for row in rows} == {"registered"}, [row.words for row in rows]
    assert (await (await rig.client.get("/_rehearsal")).json())["faults"] == []
    held = await rig.held()
    assert [one["resourceType"] for one in held] == ["MedicationRequest", "MedicationDispense"]
    assert held[1]["authorizingPrescription"] == [{"reference": f"MedicationRequest/{held[0]['id']}"}]


def test_a_setting_for_the_start_is_read_from_its_text() -> None:
    assert faults_of("") == {}
    assert faults_of('{"fault": "error", "status": 404}') == {"fault": "error", "status": 404}


@pytest.mark.parametrize("text", ["down", "5", "[]", "{", '{"fault": "down", "fault": "slow"}', "[" * 100_000, "\ud800"])
def test_a_text_that_is_no_setting_is_a_named_error(text: str) -> None:
    with pytest.raises(InputError) as caught:
        faults_of(text)
    assert caught.value.code == "rehearsal_invalid"
