"""The reference register's interface: Patient search, MedicationRequest and MedicationDispense create, read and search.

Rules: handlers do not block: the store works on a thread. A dispensing beyond what was prescribed is refused (409).

Example: `GET /MedicationRequest?identifier=urn:dpr:item|39b1…-1`
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from dpr.apps.register.checks import faults_of_dispense, faults_of_headers, faults_of_request, patient_number
from dpr.apps.register.faults import REHEARSAL, Faults
from dpr.apps.register.outcome import CONTENT_TYPE, Refusal
from dpr.apps.register.store import Resource, ResourceStore

_CHECKS: dict[str, Callable[[Resource], list[str]]] = {
    "MedicationRequest": faults_of_request,
    "MedicationDispense": faults_of_dispense,
}
#: Search parameter → what the store calls it.
_PARAMETERS = {"identifier": "identifier", "patient": "subject", "subject": "subject", "prescription": "prescription"}
CAPABILITIES = {
    "resourceType": "CapabilityStatement",
    "status": "active",
    "kind": "instance",
    "fhirVersion": "4.0.1",
    "format": ["json"],
    "software": {"name": "dpr reference register (for rehearsals; not NLL)"},
    "rest": [{"mode": "server", "resource": [{"type": name} for name in ("Patient", *_CHECKS)]}],
}


class Handlers:
    """The routes of the register over one store."""

    def __init__(self, store: ResourceStore, faults: Faults, clock: Callable[[], datetime]) -> None:
        self._store, self._faults, self._clock = store, faults, clock

    def add_to(self, app: web.Application) -> None:
        """Adds the routes."""
        app.router.add_get("/metadata", self.metadata)
        app.router.add_get("/Patient", self.find_patient)
        app.router.add_get("/Patient/{id}", self.get_patient)
        for type_ in _CHECKS:
            app.router.add_post(f"/{type_}", self.create)
            app.router.add_get(f"/{type_}", self.search)
            app.router.add_get(f"/{type_}/{{id}}", self.get)
        app.router.add_get(REHEARSAL, self.rehearsal)
        app.router.add_put(REHEARSAL, self.tell)
        app.router.add_get(REHEARSAL + "/resources", self.everything)

    async def metadata(self, _: web.Request) -> web.Response:
        """What it can do."""
        return _json(CAPABILITIES)

    async def find_patient(self, request: web.Request) -> web.Response:
        """Whoever has a well-formed number is known here."""
        _check_headers(request)
        token = request.query.get("identifier", "")
        number = patient_number(token)
        system = token.partition("|")[0]
        found = [_patient(number, system)] if number else []
        return _bundle(found)

    async def get_patient(self, request: web.Request) -> web.Response:
        """A patient by the id that the search gave."""
        _check_headers(request)
        return _json(_patient(request.match_info["id"], ""))

    async def create(self, request: web.Request) -> web.Response:
        """Checks and keeps a resource."""
        _check_headers(request)
        type_ = request.path.strip("/")
        resource = await _body(request)
        if resource.get("resourceType") != type_:
            raise Refusal(400, "invalid", f"resourceType is not {type_}")
        faults = _CHECKS[type_](resource)
        if faults:
            raise Refusal(422, "business-rule", *faults)
        if type_ == "MedicationDispense":
            await self._check_left(resource)
        resource.pop("id", None)
        id = await asyncio.to_thread(self._store.add, resource, self._clock().isoformat())
        headers = {"Location": f"{request.url.origin()}/{type_}/{id}"}
        wanted = "representation" in request.headers.get("prefer", "")
        body = json.dumps({**resource, "id": id}, ensure_ascii=False) if wanted else ""
        return web.Response(status=201, headers=headers, text=body, content_type=CONTENT_TYPE)

    async def _check_left(self, resource: Resource) -> None:
        reference = str(resource["authorizingPrescription"][0].get("reference"))
        if reference == "#prescription":
            return
        prescribed = await asyncio.to_thread(self._store.get, "MedicationRequest", reference.removeprefix("MedicationRequest/"))
        if prescribed is None:
            raise Refusal(404, "not-found", "U.021 receptet finns inte i registret")
        dispensed = await asyncio.to_thread(self._store.find, "MedicationDispense", prescription=reference)
        if len(dispensed) > prescribed["dispenseRequest"]["numberOfRepeatsAllowed"]:
            raise Refusal(409, "conflict", "U.030 alla uttag är redan expedierade")

    async def get(self, request: web.Request) -> web.Response:
        """One resource."""
        _check_headers(request)
        type_ = request.path.split("/")[1]
        found = await asyncio.to_thread(self._store.get, type_, request.match_info["id"])
        if found is None:
            raise Refusal(404, "not-found", f"{type_} is unknown")
        return _json(found)

    async def search(self, request: web.Request) -> web.Response:
        """A searchset by identifier, patient or prescription."""
        _check_headers(request)
        wanted = {_PARAMETERS[name]: value for name, value in request.query.items() if name in _PARAMETERS}
        if not wanted or len(wanted) != len(request.query):
            raise Refusal(400, "invalid", "search by one or more of " + ", ".join(_PARAMETERS))
        return _bundle(await asyncio.to_thread(self._store.find, request.path.strip("/"), **wanted))

    async def rehearsal(self, _: web.Request) -> web.Response:
        """How it behaves now."""
        return _json(self._faults.now)

    async def tell(self, request: web.Request) -> web.Response:
        """How it is to behave from now on."""
        return _json(self._faults.tell(await _body(request)))

    async def everything(self, _: web.Request) -> web.Response:
        """All that it holds, for a rehearsal's end."""
        return _json(await asyncio.to_thread(self._store.everything))


def _patient(number: str, system: str) -> Resource:
    """A patient as the rehearsal register knows one: an id and, in a search, the identifier it was asked for."""
    found: Resource = {"resourceType": "Patient", "id": number}
    if system:
        found["identifier"] = [{"system": system, "value": number}]
    return found


def _check_headers(request: web.Request) -> None:
    faults = faults_of_headers(request.headers)
    if faults:
        raise Refusal(401 if "header Authorization is missing" in faults else 400, "security", *faults)


async def _body(request: web.Request) -> Resource:
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise Refusal(400, "structure", "the body is not JSON") from None
    if not isinstance(body, dict):
        raise Refusal(400, "structure", "the body is not a JSON object")
    return body


def _json(body: Any) -> web.Response:
    return web.Response(text=json.dumps(body, ensure_ascii=False), content_type=CONTENT_TYPE)


def _bundle(resources: list[Resource]) -> web.Response:
    entries = [{"resource": resource} for resource in resources]
    return _json({"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries})
