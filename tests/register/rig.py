"""The reference register on a real TCP port, with a clock that the test moves and resources made by dpr.core.fhir.

Example: `async with Rig(tmp_path / "register.db") as rig: answer = await rig.post(await rig.request())`
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from dpr.apps.register import create_app
from dpr.core import fhir
from dpr.core.dispensing import Checked, Collector, Dispensing, IdentityCheck, Outcome, dispensing_id
from dpr.core.prescription import Prescription
from tests.world import EXAMPLES, GLN, NOW, ONE_ITEM, PHYSICIAN, World

TOLVAN = ("http://electronichealth.se/identifier/personnummer", "191212121212")
BIRTH_DATE = ONE_ITEM | {"patient": {"birth_date": "19900101", "name": "Test Person"}, "audience": GLN}


class Answer(NamedTuple):
    status: int
    headers: Any
    body: Any

    @property
    def codes(self) -> set[str]:
        """The codes of an OperationOutcome."""
        assert self.body["resourceType"] == "OperationOutcome", self.body
        return {issue["details"]["coding"][0]["code"] for issue in self.body["issue"]}

    @property
    def id(self) -> str:
        """The id in the Location header."""
        return str(self.headers["Location"].split("/")[-3])

    @property
    def resources(self) -> list[dict[str, Any]]:
        """What a searchset found."""
        assert self.body["resourceType"] == "Bundle" and self.body["type"] == "searchset"
        found = [entry["resource"] for entry in self.body.get("entry", [])]
        assert self.body["total"] == len(found)
        return found


class Rig:
    def __init__(self, database: Path, **options: Any) -> None:
        self.database, self.options = database, options
        self.now = NOW
        self.world = World()

    async def __aenter__(self) -> Self:
        app = create_app(self.database, lambda: datetime.fromtimestamp(self.now, UTC), **self.options)
        server = TestServer(app)
        await server.start_server(access_log=None)
        self.client = TestClient(server)
        self.url = str(self.client.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()

    # --- calls ---

    async def send(self, method: str, path: str, *, patient: str | None = None, **options: Any) -> Answer:
        """A call with every header; `headers` of the options come on top, None takes one away."""
        headers = fhir.headers(
            pharmacist_id="ab12cd34", pharmacy_gln=GLN, patient_reference=patient, request_id="request-1", token="t"
        )
        more = options.pop("headers", {})
        headers = {name: value for name, value in (headers | more).items() if value is not None}
        return await read(await self.client.request(method, path, headers=headers, **options))

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.send("GET", path, **options)

    async def post(self, resource: Any, *, to: str | None = None, **options: Any) -> Answer:
        subject = resource.get("subject", {}).get("reference", "") if isinstance(resource, dict) else ""
        options = {"patient": subject if subject.startswith("Patient/") else None} | options
        path = f"/{to or resource['resourceType']}"
        data = json.dumps(resource).encode()
        headers = {"content-type": "application/fhir+json"} | options.pop("headers", {})
        return await self.send("POST", path, data=data, headers=headers, **options)

    async def rehearse(self, *faults: dict[str, Any]) -> None:
        answer = await self.client.put("/_rehearsal", json={"faults": faults})
        assert answer.status == 200, await answer.text()

    async def held(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await (await self.client.get("/_rehearsal/resources")).json()
        return found

    # --- resources ---

    async def patient(self, identifier: tuple[str, str] = TOLVAN) -> str:
        [found] = (await self.get("/Patient", params={"identifier": "|".join(identifier)})).resources
        return f"Patient/{found['id']}"

    async def request(self, written: dict[str, Any] | None = None) -> dict[str, Any]:
        """A MedicationRequest for Tolvan."""
        return fhir.medication_request(self.world.prescription(written), 1, PHYSICIAN, patient_reference=await self.patient())

    async def registered(self, written: dict[str, Any] | None = None) -> Answer:
        answer = await self.post(await self.request(written))
        assert answer.status == 201, answer.body
        return answer

    async def dispense(self, request_id: str, number: int = 1, **changes: Any) -> dict[str, Any]:
        """A MedicationDispense for Tolvan."""
        value = dispensing(self.world.prescription(), number, **changes)
        record_id = dispensing_id(value.prescription_id, gln="7350000000009", item=1, number=number)
        return fhir.medication_dispense(
            record_id, value, request_id=request_id, patient_reference=await self.patient(), benefit=True
        )

    def paper(self, written: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        """A NLLDispensePaperPrescription for a patient with a birth date."""
        prescription = self.world.prescription(written or BIRTH_DATE)
        value = dispensing(prescription, 1, **changes)
        return fhir.dispense_paper_prescription(
            dispensing_id(prescription.id, gln="7350000000009", item=1, number=1), value, prescription, PHYSICIAN
        )


async def read(response: ClientResponse) -> Answer:
    text = await response.text()
    if text:
        assert response.content_type == "application/fhir+json"
    return Answer(response.status, response.headers, json.loads(text) if text else None)


def dispensing(prescription: Prescription, number: int, **changes: Any) -> Dispensing:
    """A dispensing of the first item, handed over half a minute ago."""
    item = prescription.content.items[0]
    fields: dict[str, Any] = {
        "prescription_id": prescription.id,
        "prescription_digest": bytes(32),
        "item": 1,
        "number": number,
        "of": item.dispensings,
        "npl_pack_id": item.npl_pack_id,
        "product_text": item.name,
        "packages": item.packages,
        "handed_over_at": NOW - 30,
        "pharmacist": b"\xd2",
        "collector": Collector.PATIENT,
        "identity_check": IdentityCheck.ID_CARD,
        "checks": (Checked(step=1, code="signature_ok", outcome=Outcome.PASS),),
    }
    return Dispensing(**(fields | changes))


def example(name: str) -> dict[str, Any]:
    written: dict[str, Any] = json.loads((EXAMPLES / "prescriptions" / f"{name}.json").read_text())
    return written
