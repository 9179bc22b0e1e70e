"""The register over HTTP: dpr.ports.Register on NLL's FHIR interface, or on the reference register.

Rules: one session a run; every request has a deadline. Before a connection stands, nothing was sent (`Unreachable`); after
that, anything but a clear answer is silence (`Silent`), a 5xx on a write too, since it may have been committed. 4xx is a no
with the register's own words (`Rejected`), personal numbers masked; but what is about our token, certificate, proxy or
address and about no row is `Unreachable`: nothing was done, and a later run will do.
Answers are capped in size; an answer to something else than what was asked is no answer, so that nothing is taken for
missing, or for found, that is not. No redirect is followed, no cookie kept, nothing of an answer logged.

Example: `async with HttpRegister("http://localhost:8080", timeout_seconds=10) as register: …`
"""

from __future__ import annotations

import json
import os
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from dpr.adapters.register_answers import ID, TOKEN_VARIABLE, VISIBLE, as_asked, beneath, is_about, is_named, no, page_of
from dpr.core import fhir
from dpr.core.errors import SetupError
from dpr.ports import Call, Silent, Unreachable

#: Bytes of one answer, and of all the pages of one search together; as objects they take up to some 25 times as much.
_MAX_ANSWER = 4_000_000
_MAX_PAGES = 20
_REHEARSAL_TOKEN = "rehearsal"  # noqa: S105
_NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)


class HttpRegister:
    """A `Register`; an async context manager. SetupError `register_token` for a token that no header can hold."""

    def __init__(self, base_url: str, *, timeout_seconds: float) -> None:
        self._base = base_url.rstrip("/")
        # Connecting ends well before the whole, so that a host that is not there is never taken for one that is silent.
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds, sock_connect=min(timeout_seconds / 2, 3))
        self._token = os.environ.get(TOKEN_VARIABLE, _REHEARSAL_TOKEN).strip()
        if not VISIBLE.fullmatch(self._token):
            raise SetupError("register_token", TOKEN_VARIABLE)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=self._timeout, headers={"Accept": "application/fhir+json"}, cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def reachable(self) -> bool:
        """Does it answer at all? Never raises. A redirect is somebody else's answer (a network's log-in page)."""
        try:
            status, _, _ = await self._request("GET", "/metadata", None, None)
        except (Unreachable, Silent):
            return False
        return status in (200, 400, 401, 403)

    async def patient_reference(self, system: str, value: str, call: Call) -> str | None:
        """`Patient/…` for an identifier, or None; several patients with one number are none that can be written to."""
        found = {one["id"] for one in await self.find("Patient", system, value, call)}
        return f"Patient/{found.pop()}" if len(found) == 1 else None

    async def create(self, resource: dict[str, Any], call: Call) -> str:
        """Creates a resource; its id is in the Location header (FHIR R4 §3.1.0.8)."""
        status, headers, body = await self._request("POST", f"/{resource['resourceType']}", call, resource)
        if status not in (200, 201):
            raise no(status, body)
        parts = headers.get("Location", "").split("/_history/")[0].rstrip("/").split("/")
        if len(parts) < 2 or parts[-2] != resource["resourceType"] or not ID.fullmatch(parts[-1]):
            raise Silent("register_silent", "no Location in the answer")
        return str(parts[-1])

    async def find(self, resource_type: str, system: str, value: str, call: Call) -> list[dict[str, Any]]:
        """Every resource of a type with this identifier."""
        found = await self._search(resource_type, "identifier", _token(system, value), call)
        return as_asked(found, lambda one: is_named(one, system, value))

    async def prescriptions_of(self, patient_reference: str, call: Call) -> list[dict[str, Any]]:
        """Every MedicationRequest of a patient."""
        found = await self._search("MedicationRequest", "patient", quote(patient_reference, safe=""), call)
        return as_asked(found, lambda one: is_about(one, patient_reference, self._base))

    async def _search(self, resource_type: str, parameter: str, value: str, call: Call) -> list[dict[str, Any]]:
        path = f"/{resource_type}?{parameter}={value}"
        found: list[dict[str, Any]] = []
        left = _MAX_ANSWER
        for _ in range(_MAX_PAGES):
            status, _, body = await self._request("GET", path, call, None, limit=left)
            left -= len(body)
            if status != 200:
                raise no(status, body)
            page = page_of(body, resource_type)
            found += page.resources
            if page.following is None:
                return found
            path = beneath(self._base, path, page.following)
        raise Silent("register_silent", "too many pages")

    async def _request(
        self, method: str, path: str, call: Call | None, resource: dict[str, Any] | None, *, limit: int = _MAX_ANSWER
    ) -> tuple[int, Any, bytes]:
        if self._session is None:
            raise RuntimeError("use `async with`")
        headers = {} if call is None else fhir.headers(**call._asdict(), token=self._token)
        data = None if resource is None else json.dumps(resource, ensure_ascii=False).encode()
        if data is not None:
            headers["Content-Type"] = "application/fhir+json"
        try:
            async with self._session.request(
                method, self._base + path, data=data, headers=headers, allow_redirects=False
            ) as answer:
                body = await answer.content.read(limit + 1)
                while len(body) <= limit and not answer.content.at_eof():
                    body += await answer.content.read(limit + 1 - len(body))
                if len(body) > limit:
                    raise Silent("register_silent", "the answer is too large")
                return answer.status, answer.headers, body
        except _NOT_SENT as error:
            raise Unreachable("register_unreachable", type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Silent("register_silent", type(error).__name__) from None


def _token(system: str, value: str) -> str:
    return quote(f"{system}|{value}", safe="")
