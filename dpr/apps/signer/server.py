"""The signing service over HTTP (docs/signing-service.md; dpr/apps/signer/openapi.json).

Rules: whatever goes wrong is answered with a code and its words, never with a traceback. The log on standard error has method,
route, status and code: no user, no path as sent, no content. Signing is done on threads, of which there are few; who finds
too many waiting is told to come again. A shutdown lets what has begun end.

Example: `run(config.load(Path("signer.toml")), store)`
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from dpr.apps.serving.connections import Patience, RequestError, body_of
from dpr.apps.serving.work import Check, Threads
from dpr.apps.signer import answers
from dpr.apps.signer.callers import Callers
from dpr.apps.signer.config import TERMS, Settings
from dpr.apps.signer.service import Service
from dpr.core import drafts, qr
from dpr.core.errors import DprError, StorageError
from dpr.core.verdict import PASS
from dpr.flows.sign_for import MAX_BYTES

OPENAPI = Path(__file__).with_name("openapi.json")
_LOG = logging.getLogger("dpr.signer")
_ID = re.compile(r"[0-9a-f]{32}")
_MAX_PASSWORD_BODY = 4096
#: A crowd from one address must not keep others from logging in.
_PASSWORD_THREADS, _PASSWORDS_WAITING, _PASSWORDS_EACH = 2, 80, 10
_READY_SECONDS, _PATIENCE_SECONDS = 5, 3.0
_HTTP = {400: TERMS.malformed, 404: TERMS.route, 405: TERMS.method, 413: TERMS.too_large}
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """The routes over one service."""

    def __init__(self, settings: Settings, service: Service, callers: Callers) -> None:
        self._settings, self._service, self._callers = settings, service, callers
        self._signing = Threads(settings.workers, settings.waiting, busy=TERMS.busy)
        self._passwords = Threads(_PASSWORD_THREADS, _PASSWORDS_WAITING, _PASSWORDS_EACH, busy=TERMS.busy)
        self._checks = (
            Check(service.token_answers, silent=StorageError("token_silent"), seconds=_PATIENCE_SECONDS),
            Check(service.log.require_room, silent=StorageError("signer_log_failed"), seconds=_PATIENCE_SECONDS),
        )
        self._ready: tuple[float, web.Response | None] = (0.0, None)
        self._asking = asyncio.Lock()
        #: What of the work beside the requests does not succeed, by name: the code.
        self.beside: dict[str, str] = {}
        self._openapi = json.loads(OPENAPI.read_text("utf-8"))
        self.patience = Patience(settings.read_seconds)

    def add_to(self, app: web.Application) -> None:
        """Adds the routes."""
        app.router.add_get("/healthz", self.healthz, allow_head=False)
        app.router.add_get("/readyz", self.readyz, allow_head=False)
        app.router.add_get("/v1/openapi.json", self.openapi, allow_head=False)
        app.router.add_get("/v1/me", self.me, allow_head=False)
        app.router.add_post("/v1/signatures", self.signatures)
        app.router.add_post("/v1/prescriptions", self.prescriptions)
        app.router.add_post("/v1/local/session", self.session)
        app.router.add_post("/v1/local/password", self.password)

    @web.middleware
    async def middleware(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Answers errors, logs."""
        self.patience.began(request)
        code = ""
        try:
            response = await handler(request)
        except DprError as error:
            code, response = error.code, answers.failed(error)
        except web.HTTPException as error:
            code = _HTTP.get(error.status, "program_fault")
            response = answers.failed(RequestError(code))
        except Exception as error:  # whoever asked must get an answer; what it was is in the log
            code, response = "program_fault", answers.failed(DprError("program_fault"))
            _LOG.error("failed: %s", type(error).__name__)
        finally:
            self.patience.ended(request)
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "(no route)"
        _LOG.info("%s %s %s %s", request.method, route, response.status, code)
        response.headers["Server"] = "dpr"
        return response

    # --- routes ---

    async def healthz(self, _: web.Request) -> web.Response:
        """It runs."""
        return answers.answer({"status": "ok"})

    async def readyz(self, _: web.Request) -> web.Response:
        """Could it sign now? Asked of token and disk at most every few seconds."""
        loop = asyncio.get_running_loop()
        async with self._asking:
            asked_at, last = self._ready
            if last is None or loop.time() - asked_at >= _READY_SECONDS:
                last = await self._asked()
                self._ready = loop.time(), last
        return answers.answer(json.loads(last.text or "{}"), last.status)

    async def _asked(self) -> web.Response:
        faults = [code for code in await asyncio.gather(*[check.fault() for check in self._checks]) if code]
        stale, certificates = self._service.stale, self._callers.certificates
        body: dict[str, Any] = {"ready": not faults, "faults": faults, "stale": stale.code if stale else None}
        body |= {"beside": self.beside, "identity_provider": self._provider(), "tls": None}
        body["local_accounts_open"] = self._callers.is_open
        if certificates is not None:
            until = certificates.crl_until
            end = None if until is None else int(until.timestamp())
            body["tls"] = {"faults": certificates.faults(self._service.now()), "crl_until": end}
        return answers.answer(body | self._service.state(), 503 if faults else 200)

    async def openapi(self, _: web.Request) -> web.Response:
        """This interface."""
        return answers.answer(self._openapi)

    async def me(self, request: web.Request) -> web.Response:
        """Who calls, and with which credential they sign."""
        caller = await self._callers.of(request)
        person = self._service.prescriber(caller)
        used = person.vouched(self._service.seconds())[0]
        return answers.answer(
            {
                "credential_id": person.id,
                "credential": base64.b64encode(used.credential).decode(),
                "valid_from": used.valid_from,
                "valid_until": used.valid_until,
                "how": caller.how,
                "system": caller.system,
            }
        )

    async def signatures(self, request: web.Request) -> web.Response:
        """The signature over a Sig_structure."""
        caller = await self._callers.of(request)
        data = await self._body(request, "application/cbor", MAX_BYTES)
        signed = await self._signing.do(self._service.sign, caller, data)
        told = ", ".join(check.code for check in signed.verdict.checks if check.outcome is not PASS)
        return answers.octets(signed.signature, **{"Dpr-Warnings": told})

    async def prescriptions(self, request: web.Request) -> web.Response:
        """A draft as a signed prescription."""
        caller = await self._callers.of(request)
        chosen = request.headers.get("Prescription-Id")
        if chosen is not None and not _ID.fullmatch(chosen):
            raise RequestError("signer_id_form", "Prescription-Id")
        draft = await self._body(request, "application/json", drafts.MAX_BYTES)
        id = os.urandom(16) if chosen is None else bytes.fromhex(chosen)
        signed = await self._signing.do(self._service.prescribe, caller, draft, id)
        warnings = [check for check in signed.verdict.checks if check.outcome is not PASS]
        body = {
            "id": signed.prescription_id.hex(),
            "document": base64.b64encode(signed.document).decode(),
            "qr_texts": qr.to_texts(signed.document),
            "warnings": [msgspec.structs.asdict(check) | {"outcome": check.outcome.name.lower()} for check in warnings],
        }
        return answers.answer(body, 201)

    async def session(self, request: web.Request) -> web.Response:
        """A log-in with a local account."""
        asked = self._callers.basic(request)
        accounts = await self._callers.open_accounts()
        now = self._service.seconds()
        found = await self._passwords.do(accounts.log_in, asked.user, asked.password, asked.source, now, source=asked.source)
        try:
            await self._signing.do(self._service.begin_session, asked.user, asked.system)
        except DprError:
            accounts.end_session(found.token)
            raise
        return answers.answer({"token": found.token, "expires_at": found.expires_at}, 201)

    async def password(self, request: web.Request) -> web.Response:
        """Chooses the password of a local account."""
        asked = self._callers.basic(request)
        accounts = await self._callers.open_accounts()
        written = drafts.parse(await self._body(request, "application/json", _MAX_PASSWORD_BODY))
        chosen = written.get("password")
        if type(chosen) is not str or written.keys() != {"password"}:
            raise RequestError(TERMS.type, '{"password": "…"}')
        now = self._service.seconds()
        await self._passwords.do(
            accounts.choose_password, asked.user, asked.password, chosen, asked.source, now, source=asked.source
        )
        return answers.answer({"status": "ok"})

    # --- for the routes ---

    async def _body(self, request: web.Request, content_type: str, limit: int) -> bytes:
        return await body_of(request, content_type, limit=limit, seconds=self._settings.read_seconds, terms=TERMS)

    def _provider(self) -> dict[str, Any] | None:
        idp = self._callers.idp
        if idp is None:
            return None
        return {
            "keys": len(idp.keys),
            "fetched_at": idp.keys_at,
            "file_at": idp.file_at,
            "unreachable_since": idp.unreachable_since,
            "fault": idp.fault.code if idp.fault else None,
        }

    def close(self) -> None:
        """Waits for what is being signed."""
        for one in (self._signing, self._passwords, *self._checks):
            one.close()


def create_app(server: Server) -> web.Application:
    """The application, without what runs beside it (dpr.apps.signer.running)."""
    app = web.Application(middlewares=[server.middleware], client_max_size=MAX_BYTES)
    server.add_to(app)
    return app
