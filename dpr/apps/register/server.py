"""The reference register as an application: the faults around it, /_rehearsal beside it, and a log without identities.

Rules: whatever goes wrong is answered with an OperationOutcome, never with a traceback. The log has the method, the path's
pattern and the status: no id, no query, no content. What was to be committed late is committed at shutdown.

Example: `web.AppRunner(create_app(Path("rehearsal.db"), system_clock), access_log=None)`
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from dpr.adapters.clock import system_clock
from dpr.apps.register.faults import Down, DropReply, Error, LateCommit, Rehearsal, as_json, invalid, rehearsal
from dpr.apps.register.handlers import LATE, Handlers, body_of, reply
from dpr.apps.register.outcomes import Finding, Refusal, answer
from dpr.apps.register.store import Store
from dpr.apps.register.tables import open_file
from dpr.core.errors import SetupError

MAX_BODY_BYTES = 256 * 1024
REHEARSAL = "/_rehearsal"
_HTTP = {404: "route", 405: "route", 413: "too-large"}
_ADDRESS = re.compile(r"http://\S+")
_LOG = logging.getLogger("dpr.register")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _Server:
    """The state of one application."""

    def __init__(self, store: Store, clock: Callable[[], datetime], setting: Rehearsal) -> None:
        self.store = store
        self.setting = setting
        self.handlers = Handlers(store, clock)

    @web.middleware
    async def middleware(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Meets the faults, answers errors, logs."""
        response = await self._met(request, handler)
        resource = request.match_info.route.resource
        status = response.status if response is not None else "dropped"
        _LOG.info("%s %s %s", request.method, resource.canonical if resource is not None else "(no route)", status)
        if response is not None:
            return response
        if request.transport is not None:
            request.transport.close()
        return web.Response()  # goes nowhere: the connection is closed

    async def _met(self, request: web.Request, handler: _Handler) -> web.StreamResponse | None:
        """The answer, or None where the connection is to be closed without one."""
        if request.path.startswith(REHEARSAL):
            return await _answered(request, handler)
        slow, fault = self.setting.meet(request.method, request.path.split("/")[1])
        if slow is not None:
            await asyncio.sleep(slow.seconds)
        if isinstance(fault, Down):
            return None
        if isinstance(fault, Error):
            return reply(fault.outcome, fault.status) if fault.outcome else answer(fault.status, [Finding("rehearsal")])
        if isinstance(fault, LateCommit):
            request[LATE] = fault
        response = await _answered(request, handler)
        return None if isinstance(fault, DropReply | LateCommit) else response

    async def show(self, _: web.Request) -> web.Response:
        """GET /_rehearsal: the faults that are left, and how much is held."""
        counts = await asyncio.to_thread(self.store.counts)
        return web.json_response(as_json(self.setting) | {"held": counts})

    async def change(self, request: web.Request) -> web.Response:
        """PUT /_rehearsal: the faults from now on."""
        written = await body_of(request)
        try:
            self.setting = rehearsal(written)
        except ValueError as error:
            return answer(400, [Finding("rehearsal-form")], str(error))
        return web.json_response(as_json(self.setting))

    async def contents(self, _: web.Request) -> web.Response:
        """GET /_rehearsal/resources: everything that is held, oldest first (the latest 1,000)."""
        return web.json_response(await asyncio.to_thread(self.store.latest))

    async def close(self, _: web.Application) -> None:
        """At shutdown."""
        await self.handlers.finish()
        self.store.close()


async def _answered(request: web.Request, handler: _Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        return answer(refusal.status, refusal.findings)
    except web.HTTPException as error:
        return answer(error.status, [Finding(_HTTP.get(error.status, "failed"))])
    except Exception as error:  # the register must answer; what it was is in the log
        _LOG.error("failed: %s", type(error).__name__)
        return answer(500, [Finding("failed")])


def create_app(
    database: Path, clock: Callable[[], datetime] = system_clock, *, faults: dict[str, Any] | None = None
) -> web.Application:
    """The application on its own SQLite file, which is made if there is none.

    `clock`: the time, aware; `faults`: as for PUT /_rehearsal. Raises StorageError `register_database` where the file is torn,
    another program's or cannot be used, InputError `rehearsal_invalid`.
    """
    try:
        setting = rehearsal(faults or {"fault": "none"})
    except ValueError as error:
        raise invalid(error) from None
    server = _Server(Store(open_file(database)), clock, setting)
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[server.middleware])
    server.handlers.add_to(app)
    app.router.add_get(REHEARSAL, server.show)
    app.router.add_put(REHEARSAL, server.change)
    app.router.add_get(f"{REHEARSAL}/resources", server.contents)
    app.on_cleanup.append(server.close)
    return app


def run(host: str, port: int, database: Path, *, faults: dict[str, Any] | None = None) -> None:
    """Serves until it is interrupted or terminated, and prints its address; `port` 0 is any free one.

    Raises as `create_app`, and SetupError `register_address` where the address cannot be listened on.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app = create_app(database, faults=faults)

    def say(text: str) -> None:
        print(f"{' '.join(_ADDRESS.findall(text))}  (PUT {REHEARSAL})", flush=True)

    try:
        web.run_app(app, host=host, port=port, access_log=None, shutdown_timeout=5, print=say)
    except OSError as error:
        raise SetupError("register_address", f"{host}:{port} {error.strerror}") from None
