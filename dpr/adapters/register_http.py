"""The register over HTTP: dpr.ports.Register on NLL's FHIR interface, or on the reference register.

Rules: one session a run; every request has a deadline. Before a connection stands, nothing was sent (`Unreachable`); after
that, anything but a clear answer is silence (`Silent`), a 5xx on a write too, since it may have been committed. 4xx is a no
with the register's own words (`Rejected`), but 401 is about our token and no row: nothing was done, and a later run will do.
Answers are capped in size; an answer to something else than what was asked is no answer, so that nothing is taken for
missing, or for found, that is not. No redirect is followed, no cookie kept, nothing of an answer logged.

Example: `async with HttpRegister("http://localhost:8080", timeout_seconds=10) as register: …`
"""

from __future__ import annotations

import json
import os
import re
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import quote

import aiohttp

from dpr.core import fhir
from dpr.core.errors import SetupError
from dpr.core.fhir_names import identifiers, listed
from dpr.ports import Call, Rejected, Silent, Unreachable

_MAX_ANSWER = 8_000_000
_MAX_PAGES = 20
_TOKEN_VARIABLE = "DPR_REGISTER_TOKEN"  # noqa: S105
_REHEARSAL_TOKEN = "rehearsal"  # noqa: S105
_NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)
_VISIBLE = re.compile(r"[\x21-\x7e]+")
#: FHIR R4, datatype id.
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


class _Page(NamedTuple):
    """One page of a searchset, and where the next one is."""

    resources: list[dict[str, Any]]
    following: str | None


class HttpRegister:
    """A `Register`; an async context manager. SetupError `register_token` for a token that no header can hold."""

    def __init__(self, base_url: str, *, timeout_seconds: float) -> None:
        self._base = base_url.rstrip("/")
        # Connecting ends well before the whole, so that a host that is not there is never taken for one that is silent.
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds, sock_connect=min(timeout_seconds / 2, 3))
        self._token = os.environ.get(_TOKEN_VARIABLE, _REHEARSAL_TOKEN).strip()
        if not _VISIBLE.fullmatch(self._token):
            raise SetupError("register_token", _TOKEN_VARIABLE)
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
        found = {one["id"] for one in await self._search("Patient", "identifier", _token(system, value), call)}
        return f"Patient/{found.pop()}" if len(found) == 1 else None

    async def create(self, resource: dict[str, Any], call: Call) -> str:
        """Creates a resource; its id is in the Location header (FHIR R4 §3.1.0.8)."""
        status, headers, body = await self._request("POST", f"/{resource['resourceType']}", call, resource)
        if status not in (200, 201):
            raise _no(status, body)
        parts = headers.get("Location", "").split("/_history/")[0].rstrip("/").split("/")
        if len(parts) < 2 or parts[-2] != resource["resourceType"] or not _ID.fullmatch(parts[-1]):
            raise Silent("register_silent", "no Location in the answer")
        return str(parts[-1])

    async def find(self, resource_type: str, system: str, value: str, call: Call) -> list[dict[str, Any]]:
        """Every resource of a type with this identifier."""
        found = await self._search(resource_type, "identifier", _token(system, value), call)
        if any((system, value) not in identifiers(one) for one in found):
            # FHIR R4 §3.1.1.3.1: a server may ignore a parameter, and then gives everything.
            raise Silent("register_silent", "found what was not asked for")
        return found

    async def prescriptions_of(self, patient_reference: str, call: Call) -> list[dict[str, Any]]:
        """Every MedicationRequest of a patient."""
        return await self._search("MedicationRequest", "patient", quote(patient_reference, safe=""), call)

    async def _search(self, resource_type: str, parameter: str, value: str, call: Call) -> list[dict[str, Any]]:
        path = f"/{resource_type}?{parameter}={value}"
        found: list[dict[str, Any]] = []
        for _ in range(_MAX_PAGES):
            status, _, body = await self._request("GET", path, call, None)
            if status != 200:
                raise _no(status, body)
            page = _page(body, resource_type)
            found += page.resources
            if page.following is None:
                return found
            if not page.following.startswith(f"{self._base}/"):
                raise Silent("register_silent", "the next page is elsewhere")  # and the token does not go there
            path = page.following.removeprefix(self._base)
        raise Silent("register_silent", "too many pages")

    async def _request(
        self, method: str, path: str, call: Call | None, resource: dict[str, Any] | None
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
                body = await answer.content.read(_MAX_ANSWER + 1)
                while len(body) <= _MAX_ANSWER and not answer.content.at_eof():
                    body += await answer.content.read(_MAX_ANSWER + 1 - len(body))
                if len(body) > _MAX_ANSWER:
                    raise Silent("register_silent", "the answer is too large")
                return answer.status, answer.headers, body
        except _NOT_SENT as error:
            raise Unreachable("register_unreachable", type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Silent("register_silent", type(error).__name__) from None


def _token(system: str, value: str) -> str:
    return quote(f"{system}|{value}", safe="")


def _page(body: bytes, resource_type: str) -> _Page:
    """The resources of the wanted type in a searchset. Silent for anything else: it must not look like `nothing found`."""
    try:
        bundle = json.loads(body)
        entries = [entry["resource"] for entry in bundle.get("entry", [])]
        if bundle["resourceType"] != "Bundle" or not all(isinstance(one["resourceType"], str) for one in entries):
            raise ValueError
        found = [one for one in entries if one["resourceType"] == resource_type]
        if not all(_ID.fullmatch(one["id"]) for one in found):
            raise ValueError
        following = [str(link.get("url")) for link in listed(bundle, "link") if link.get("relation") == "next"]
        return _Page(found, following[0] if following else None)
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        raise Silent("register_silent", "the answer is no searchset") from None


def _no(status: int, body: bytes) -> Rejected | Silent | Unreachable:
    """A clear no of the register (4xx), or silence: after a 5xx, 408 or 429 nobody knows, so it is read back."""
    if status == 401:
        return Unreachable("register_unreachable", f"HTTP 401, {_TOKEN_VARIABLE}")
    if not 400 <= status < 500 or status in (408, 429):
        return Silent("register_silent", f"HTTP {status}")
    return Rejected(_words(body), status=status)


def _words(body: bytes) -> str:
    """What an OperationOutcome says, on one line, capped."""
    try:
        issues = json.loads(body).get("issue", [])
        texts = [
            str(issue.get("diagnostics") or issue.get("details", {}).get("text") or issue.get("code", "")) for issue in issues
        ]
    except (ValueError, AttributeError, TypeError, RecursionError):
        texts = []
    line = "; ".join(" ".join(text.split()) for text in texts)
    return "".join(character for character in line if character.isprintable())[:1000] or "no words"
