"""A signing service from its settings: opened, run until it is terminated, closed.

Rules: what cannot be opened is named before anything listens. Beside the requests it reads changed files again, fetches the
identity provider's keys, takes in renewed certificates and what operators did, and notices that local accounts were opened or
have closed: each for itself, so that what fails in one of these keeps nothing else up, and is told by /readyz.

Example: `run(config.load(Path("signer.toml")), store, say=print)`
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import NamedTuple

from aiohttp import web

from dpr.adapters.clock import system_clock
from dpr.apps.compose import SiteFolder
from dpr.apps.serving import beside
from dpr.apps.serving.certificates import Certificates, TlsFiles
from dpr.apps.serving.connections import Patience
from dpr.apps.serving.listening import Door
from dpr.apps.serving.listening import listening as listening_to
from dpr.apps.signer import answers
from dpr.apps.signer.accounts import LocalAccounts
from dpr.apps.signer.callers import Callers
from dpr.apps.signer.config import TERMS, Settings
from dpr.apps.signer.idp import IdentityProvider
from dpr.apps.signer.log import SigningLog
from dpr.apps.signer.people import People
from dpr.apps.signer.server import Server, create_app
from dpr.apps.signer.service import Service
from dpr.core.errors import DprError
from dpr.ports import KeyStore

#: A token of 16,384 characters and what stands before it.
_MOST_HEADER_BYTES = 24_000
_TICK_SECONDS = 2.0


def certificates_of(settings: Settings) -> Certificates | None:
    """Those of the settings, where they have any. SetupError `signer_tls`, `crl_invalid`."""
    tls = settings.tls
    if tls is None:
        return None
    path = settings.path
    ca, crl = (path(one) if one else None for one in (tls.client_ca, tls.crl))
    return Certificates(TlsFiles(path(tls.certificate), path(tls.key), TERMS.tls, ca, crl))


def _door(settings: Settings) -> Door:
    most, each = settings.connections, settings.connections_per_address
    return Door(settings.host, settings.port, most, each, settings.read_seconds, _MOST_HEADER_BYTES, TERMS, answers.failed)


def open_service(settings: Settings, store: KeyStore, clock: Callable[[], datetime] = system_clock) -> Service:
    """Everything that the settings name. SetupError, StorageError, DocumentError: what is missing or torn."""
    people = People(settings.path(settings.people))
    log = SigningLog.open(settings.path(settings.log), clock())
    try:
        return Service(lambda: SiteFolder(settings.path(settings.site), clock=clock).existing(), people, store, log, clock)
    except DprError:
        log.close()
        raise


class Running(NamedTuple):
    """The application with what runs beside it, and what cuts off slow connections, which needs the listening server."""

    app: web.Application
    callers: Callers
    patience: Patience


def open_app(settings: Settings, service: Service, certificates: Certificates | None = None) -> Running:
    """The application over `service`, which it closes in the end. SetupError `jwks_invalid`, `signer_tls`."""
    idp = None
    if settings.oidc is not None:
        ca = settings.path(settings.oidc.jwks_ca) if settings.oidc.jwks_ca else None
        idp = IdentityProvider(settings.oidc, settings.path(settings.oidc.jwks), ca)
    accounts = LocalAccounts(settings.path(settings.local.folder)) if settings.local is not None else None
    callers = Callers(settings, service, idp, accounts, certificates)
    server = Server(settings, service, callers)
    app = create_app(server)

    async def runs_beside(_: web.Application) -> AsyncIterator[None]:
        if idp is not None and not idp.keys:
            await idp.refresh(int(service.now().timestamp()))
        task = asyncio.create_task(beside.repeat(_steps(service, callers), server.beside, seconds=_TICK_SECONDS))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await asyncio.to_thread(server.close)
        service.log.close()

    app.cleanup_ctx.append(runs_beside)
    return Running(app, callers, server.patience)


def _steps(service: Service, callers: Callers) -> dict[str, beside.Step]:
    """Whatever is due, by name."""

    async def identity_provider() -> None:
        if callers.idp is None:
            return
        await asyncio.to_thread(callers.idp.reread)
        now = int(service.now().timestamp())
        if callers.idp.due(now):
            await callers.idp.refresh(now)

    async def certificates() -> None:
        if callers.certificates is not None:
            await asyncio.to_thread(callers.certificates.reload)

    return {
        "files": lambda: asyncio.to_thread(service.reload),
        "notes": lambda: asyncio.to_thread(service.log.take_notes),
        "certificates": certificates,
        "local_accounts": callers.opening,
        "identity_provider": identity_provider,
    }


def run(settings: Settings, store: KeyStore, *, say: Callable[[str], None]) -> None:
    """Serves until it is interrupted or terminated; `say` gets the address.

    SetupError `signer_tls`, `crl_invalid`, `signer_address`, `signer_running`, `jwks_invalid`, and as `open_service`.
    """
    beside.run(serving(settings, store), say=say)


@asynccontextmanager
async def serving(settings: Settings, store: KeyStore, clock: Callable[[], datetime] = system_clock) -> AsyncIterator[str]:
    """The service, listening, at the address that this gives. As `run`."""
    certificates = await asyncio.to_thread(certificates_of, settings)
    service = await asyncio.to_thread(open_service, settings, store, clock)
    try:
        running = open_app(settings, service, certificates)
    except DprError:
        service.log.close()
        raise
    async with listening(settings, running) as address:
        yield address


@asynccontextmanager
async def listening(settings: Settings, running: Running) -> AsyncIterator[str]:
    """Listens; gives the address. SetupError `signer_address`."""
    runner = web.AppRunner(running.app, access_log=None, handle_signals=False, shutdown_timeout=10)
    await runner.setup()
    assert runner.server is not None
    watching = asyncio.create_task(running.patience.watch(runner.server))
    try:
        async with listening_to(_door(settings), runner.server, running.callers.certificates) as address:
            yield address
    finally:
        watching.cancel()
        await runner.cleanup()
