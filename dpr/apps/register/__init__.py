"""The reference register: an NLL-shaped subset of FHIR R4 over HTTP, so that anybody can rehearse an outage.

Rules: it is not NLL and says so in /metadata. It knows every patient whose number is well formed, assigns the ids, checks
headers and resources, and answers what it refuses with an OperationOutcome. It does not de-duplicate by x-request-id, since
nothing says that NLL does. What it is told at /_rehearsal it does: be down, slow, answer with an error, commit late, or
commit and drop the reply.

Example: `dpr register serve --port 8090`
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from aiohttp import web

from dpr.adapters.clock import system_clock
from dpr.apps.register.faults import Faults
from dpr.apps.register.handlers import Handlers
from dpr.apps.register.store import ResourceStore

MAX_BODY_BYTES = 512 * 1024


def create_app(database: Path, clock: Callable[[], datetime] = system_clock) -> web.Application:
    """The application on its own SQLite file. StorageError `register_database` where the file cannot be used."""
    store = ResourceStore(database)
    faults = Faults()
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[faults.middleware])
    Handlers(store, faults, clock).add_to(app)

    async def close(_: web.Application) -> None:
        await faults.finish()
        store.close()

    app.on_cleanup.append(close)
    return app


def run(host: str, port: int, database: Path) -> None:
    """Serves until interrupted; prints the address. StorageError as `create_app`."""
    app = create_app(database)

    async def serve() -> None:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, host, port)
        await site.start()
        address = runner.addresses[0]
        print(f"http://{address[0]}:{address[1]}  (PUT /_rehearsal)", flush=True)
        try:
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    try:
        asyncio.run(serve())
    except KeyboardInterrupt:
        print()
