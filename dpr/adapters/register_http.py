"""The register over HTTP: dpr.ports.Register on NLL's FHIR interface, or on the reference register.

Rules: one session a run; every call has a deadline. Before a connection stands, nothing was sent (`Unreachable`); after that,
anything but a clear answer is silence (`Silent`), a 5xx on a write too, since it may have been committed. 4xx is a no with the
register's own words (`Rejected`). Answers are capped in size; nothing of them is logged.

Example: `async with HttpRegister("http://localhost:8080", timeout_seconds=10) as register: …`
"""

from __future__ import annotations

import json
import os
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from dpr.core import fhir
from dpr.ports import Call, Rejected, Silent, Unreachable

_MAX_ANSWER = 8_000_000
_TOKEN_VARIABLE = "DPR_REGISTER_TOKEN"  # noqa: S105
_REHEARSAL_TOKEN = "rehearsal"  # noqa: S105


class HttpRegister:
    """A `Register`; an async context manager."""

    def __init__(self, base_url: str, *, timeout_seconds: int) -> None:
        self._base = base_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds, sock_connect=min(timeout_seconds, 3))
        self._token = os.environ.get(_TOKEN_VARIABLE, _REHEARSAL_TOKEN)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=self._timeout, headers={"Accept": "application/fhir+json"})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def reachable(self) -> bool:
        """Does it answer at all? Never raises."""
        try:
            status, _, _ = await self._request("GET", "/metadata", None, None)
        except (Unreachable, Silent):
            return False
        return status < 500

    async def patient_reference(self, system: str, value: str, call: Call) -> str | None:
        """`Patient/…` for an identifier, or None."""
        found = await self._search(f"/Patient?identifier={_token(system, value)}", call)
        return f"Patient/{found[0]['id']}" if found and found[0].get("id") else None

    async def create(self, resource: dict[str, Any], call: Call) -> str:
        """Creates a resource; its id is in the Location header."""
        path = f"/{resource['resourceType']}"
        status, headers, body = await self._request("POST", path, call, resource)
        if status in (200, 201):
            parts = headers.get("Location", "").split("/_history/")[0].rstrip("/").split("/")
            if len(parts) >= 2 and parts[-1] and parts[-2] == resource["resourceType"]:
                return str(parts[-1])
            raise Silent("register_silent", "no Location in the answer")
        raise _no(status, body)

    async def find(self, resource_type: str, system: str, value: str, call: Call) -> list[dict[str, Any]]:
        """Every resource of a type with this identifier."""
        return await self._search(f"/{resource_type}?identifier={_token(system, value)}", call)

    async def prescriptions_of(self, patient_reference: str, call: Call) -> list[dict[str, Any]]:
        """Every MedicationRequest of a patient."""
        return await self._search(f"/MedicationRequest?patient={quote(patient_reference, safe='')}", call)

    async def _search(self, path: str, call: Call) -> list[dict[str, Any]]:
        status, _, body = await self._request("GET", path, call, None)
        if status != 200:
            raise _no(status, body)
        try:
            entries = json.loads(body).get("entry", [])
            return [entry["resource"] for entry in entries if isinstance(entry["resource"], dict)]
        except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
            raise Silent("register_silent", "the answer is no searchset") from None

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
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise Unreachable("register_unreachable", type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Silent("register_silent", type(error).__name__) from None


def _token(system: str, value: str) -> str:
    return quote(f"{system}|{value}", safe="")


def _no(status: int, body: bytes) -> Rejected | Silent:
    """A clear no of the register (4xx), or silence: after a 5xx, 408 or 429 nobody knows, so it is read back."""
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
