"""The reference register's interface: patients, prescriptions and dispensings are created, read and searched.

Rules: headers first, then the content, then what is held; everything wrong is said at once. The store works on a thread.
A patient whose number is well formed is made when somebody asks for them: the rehearsal register knows everybody, and no
names. An unknown search parameter is refused, since an ignored one would give a wrong answer.

Example: `GET /MedicationRequest?identifier=urn:dpr:item|39b1…-1`
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from aiohttp import web

from dpr.apps.register.calls import header_findings, parsed, patient_id, token_missing
from dpr.apps.register.capability import PARAMETERS, capability_statement
from dpr.apps.register.faults import LateCommit
from dpr.apps.register.outcomes import FHIR_JSON, Finding, Refusal
from dpr.apps.register.rules import dispense_findings, literal_patient, request_findings
from dpr.apps.register.store import Store, Wanted
from dpr.core import identifiers
from dpr.core.errors import StorageError
from dpr.core.fhir_names import OTHER_SYSTEMS, PROFILE, SYSTEMS, Resource

CREATES: dict[str, Callable[[Resource, datetime], list[Finding]]] = {
    "MedicationRequest": request_findings,
    "MedicationDispense": dispense_findings,
}
#: Where the middleware puts the fault that a handler must know of.
LATE = web.RequestKey("late", LateCommit)
_NUMBERS = {
    SYSTEMS["personnummer"]: identifiers.personnummer_fault,
    SYSTEMS["samordningsnummer"]: identifiers.samordningsnummer_fault,
}


class Handlers:
    """The routes over one store. `clock`: the time, aware."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._waiting: set[asyncio.Task[None]] = set()
        self._hurry = asyncio.Event()

    def add_to(self, app: web.Application) -> None:
        """Adds the routes."""
        app.router.add_get("/metadata", self.metadata)
        for type in PARAMETERS:
            app.router.add_get(f"/{type}", self.search)
            app.router.add_get(f"/{type}/{{id}}", self.read)
        for type in CREATES:
            app.router.add_post(f"/{type}", self.create)

    async def metadata(self, _: web.Request) -> web.Response:
        """What it can do; needs no headers."""
        return reply(capability_statement(self._clock()))

    async def create(self, request: web.Request) -> web.Response:
        """Checks and keeps a resource."""
        type = _checked_call(request)
        resource = await body_of(request)
        findings = CREATES[type](resource, self._clock())
        if findings:
            structural = any(finding.key in ("resource-type", "id-given") for finding in findings)
            raise Refusal(400 if structural else 422, *findings)
        _same_patient(request, literal_patient(resource))
        if LATE in request:
            self._keep_later(resource, request[LATE].seconds)
            return web.Response(status=202)
        kept = await asyncio.to_thread(self._store.keep, resource, self._clock())
        location = f"{request.url.origin()}/{type}/{kept['id']}/_history/1"
        prefer = request.headers["prefer"].partition("=")[2]
        answer: dict[str, Callable[[], web.Response]] = {
            "minimal": lambda: web.Response(status=201),
            "representation": lambda: reply(kept, 201),
            "OperationOutcome": lambda: reply(_ALL_WELL, 201),
        }
        response = answer[prefer]()
        response.headers.update({"Location": location, "ETag": 'W/"1"', "X-Request-Id": request.headers["x-request-id"]})
        return response

    def _keep_later(self, resource: Resource, seconds: float) -> None:
        task = asyncio.get_running_loop().create_task(self._late(resource, seconds))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _late(self, resource: Resource, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), seconds)
        with suppress(Refusal, StorageError):  # nobody listens any more
            await asyncio.to_thread(self._store.keep, resource, self._clock())

    async def finish(self) -> None:
        """At shutdown: keeps at once what was to be kept later."""
        self._hurry.set()
        await asyncio.gather(*self._waiting)

    async def read(self, request: web.Request) -> web.Response:
        """One resource by its id."""
        type, id = _checked_call(request), request.match_info["id"]
        if type == "Patient":
            found = await asyncio.to_thread(self._store.patient, id)
            resource = _patient(id, *found) if found else None
        else:
            resource = await asyncio.to_thread(self._store.read, type, id)
        if resource is None:
            raise Refusal(404, Finding("unknown", type))
        return reply(resource)

    async def search(self, request: web.Request) -> web.Response:
        """A searchset of everything that meets all the conditions."""
        type = _checked_call(request)
        given = {name: value for name, value in request.query.items() if name != "_format"}
        wrong = [name for name in given if name not in PARAMETERS[type] or len(request.query.getall(name)) > 1]
        if wrong or not given:
            raise Refusal(400, Finding("parameter" if wrong else "parameter-missing", type))
        if type == "Patient":
            return _searchset(request, await self._patients(given["identifier"]))
        wanted = await self._wanted(request, given)
        found = [] if wanted is None else await asyncio.to_thread(self._store.search, type, wanted)
        if found is None:
            raise Refusal(400, Finding("too-many", type))
        return _searchset(request, found)

    async def _patients(self, token: str) -> list[Resource]:
        system, value = _token(token)
        system = OTHER_SYSTEMS.get(system or "", system)
        rule = _NUMBERS.get(system or "")
        if system is None or rule is None:
            return []
        if rule(value) is not None:
            raise Refusal(400, Finding("parameter", "Patient?identifier"))
        id = await asyncio.to_thread(self._store.patient_id, system, value, make=True)
        return [_patient(str(id), system, value)]

    async def _wanted(self, request: web.Request, given: dict[str, str]) -> Wanted | None:
        """The conditions of a search; None where nothing can meet them."""
        patient = None
        if "patient" in given:
            patient = patient_id(given["patient"])
            if patient is None:
                raise Refusal(400, Finding("parameter", "patient"))
            _same_patient(request, patient)
        if "patient.identifier" in given:
            system, value = _token(given["patient.identifier"])
            known = OTHER_SYSTEMS.get(system or "", system or "")
            found = await asyncio.to_thread(self._store.patient_id, known, value, make=False)
            if found is None or patient not in (None, found):
                return None
            patient = found
        token = _token(given["identifier"]) if "identifier" in given else None
        prescription = given.get("prescription")
        return Wanted(
            token=token,
            patient=patient,
            birth_date=given.get("patient.birthdate"),
            prescription=None if prescription is None else prescription.removeprefix("MedicationRequest/"),
        )


_ALL_WELL = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational"}]}


def _checked_call(request: web.Request) -> str:
    """The type of resource that the path names, when the headers are as they should be."""
    if token_missing(request.headers):
        raise Refusal(401, Finding("token", "header authorization"))
    findings = header_findings(request.method, request.headers)
    if findings:
        raise Refusal(400, *findings)
    return request.path.split("/")[1]


def _same_patient(request: web.Request, patient: str | None) -> None:
    """x-patientref names the patient whom the call is about."""
    if patient is not None and patient_id(request.headers.get("x-patientref")) != patient:
        raise Refusal(400, Finding("patient-reference", "header x-patientref"))


async def body_of(request: web.Request) -> Resource:
    """The JSON object in the body."""
    plain = request.headers.get("content-encoding", "identity") == "identity"
    if not plain or request.content_type not in (FHIR_JSON, "application/json"):
        raise Refusal(415, Finding("media-type"))
    try:
        return parsed(await request.read())
    except ValueError:
        raise Refusal(400, Finding("json")) from None


def reply(resource: Any, status: int = 200) -> web.Response:
    """An answer with a resource."""
    return web.json_response(resource, status=status, content_type=FHIR_JSON)


def _token(text: str) -> tuple[str | None, str]:
    """(system, value) of `system|value`; system None where only a value is given."""
    system, bar, value = text.rpartition("|")
    return (system, value) if bar else (None, text)


def _patient(id: str, system: str, value: str) -> Resource:
    found: Resource = {"resourceType": "Patient", "id": id, "meta": {"profile": [PROFILE + "NLLPatient"]}}
    return found | {"identifier": [{"system": system, "value": value}]}


def _searchset(request: web.Request, found: list[Resource]) -> web.Response:
    base = request.url.origin()
    entries = [
        {"fullUrl": f"{base}/{one['resourceType']}/{one['id']}", "resource": one, "search": {"mode": "match"}} for one in found
    ]
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
    bundle["link"] = [{"relation": "self", "url": str(request.url)}]
    return reply(bundle | ({"entry": entries} if entries else {}))
