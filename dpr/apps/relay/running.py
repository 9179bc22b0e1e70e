"""A relay from its settings: opened, run until it is terminated, closed.

Rules: what cannot be opened is named before anything listens. Beside the requests it reads changed files again, ends what is
over, and once a day forgets what ended long ago; each by itself, so that what fails in one keeps nothing else up, and is told
by /health/ready. An end: nothing more is accepted, who waits is answered, what was taken up is finished, the store is closed.

Example: `run(config.load(Path("relay.toml")), say=print)`
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from importlib.metadata import version
from typing import NamedTuple

from aiohttp import web

from dpr.adapters.clock import system_clock
from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.apps.compose import SiteFolder
from dpr.apps.relay.answers import failed
from dpr.apps.relay.calls import find
from dpr.apps.relay.config import TERMS, Settings
from dpr.apps.relay.custody import Custody
from dpr.apps.relay.identity import Identity
from dpr.apps.relay.log import Line, Log, Notes
from dpr.apps.relay.nodes import Nodes
from dpr.apps.relay.server import Relay
from dpr.apps.relay.stores import alone, open_store
from dpr.apps.serving import beside
from dpr.apps.serving.certificates import Certificates, TlsFiles
from dpr.apps.serving.connections import RequestError
from dpr.apps.serving.listening import Door
from dpr.apps.serving.listening import listening as listening_to
from dpr.apps.serving.site import HeldSite
from dpr.core.errors import DprError

_TICK_SECONDS = 2.0
_DAY = 86_400
#: A token with a credential in it, in base64url.
_MOST_HEADER_BYTES = 12_000
_METRICS_CONNECTIONS = 20


class Opened(NamedTuple):
    """What a relay is made of, before it listens."""

    identity: Identity
    site: HeldSite
    certificates: Certificates | None


def open_parts(settings: Settings, clock: Callable[[], datetime] = system_clock) -> Opened:
    """Everything that the settings name but the store. SetupError, StorageError, DocumentError: what is missing or torn."""
    site = HeldSite(lambda: SiteFolder(settings.path(settings.site), clock=clock).existing())
    return Opened(Identity.open(settings, site), site, certificates_of(settings))


def certificates_of(settings: Settings) -> Certificates | None:
    """Those of the settings, where they have any. SetupError `relay_tls`, `crl_invalid`."""
    tls = settings.tls
    if tls is None:
        return None
    ca, crl = (settings.path(one) if one else None for one in (tls.client_ca, tls.crl))
    required = tls.clients == "required"
    return Certificates(TlsFiles(settings.path(tls.certificate), settings.path(tls.key), TERMS.tls, ca, crl, required))


def run(settings: Settings, *, say: Callable[[str], None]) -> None:
    """Serves until it is interrupted or terminated; `say` gets the address.

    SetupError `relay_address`, and as `open_parts`, and `alone` and `open_store` of dpr.apps.relay.stores.
    """
    beside.run(serving(settings), say=say)


@asynccontextmanager
async def serving(settings: Settings, clock: Callable[[], datetime] = system_clock) -> AsyncIterator[str]:
    """The relay, listening, at the address that this gives. As `run`."""
    log = Log(_write)
    notes = Notes(log)
    logger = logging.getLogger("dpr.serving")
    logger.addHandler(notes)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        opened = await asyncio.to_thread(open_parts, settings, clock)
        async with AsyncExitStack() as stack:
            stack.enter_context(alone(settings))
            now = int(clock().timestamp())
            store = stack.enter_context(await asyncio.to_thread(open_store, settings, opened.identity, now))
            address, _ = await stack.enter_async_context(relaying(settings, opened, store, log, clock))
            yield address
    finally:
        logger.removeHandler(notes)
        log.close()


def _write(lines: bytes) -> None:
    sys.stderr.buffer.write(lines)
    sys.stderr.buffer.flush()


@asynccontextmanager
async def relaying(
    settings: Settings, opened: Opened, store: SqlMailStore, log: Log, clock: Callable[[], datetime] = system_clock
) -> AsyncIterator[tuple[str, Relay]]:
    """A relay over `store`, listening: its address, and itself. SetupError `relay_address`."""
    identity, site, certificates = opened
    limits = settings.limits

    def seconds() -> int:
        return max(int(clock().timestamp()), site.trust.floor)

    custody = Custody(
        store, identity.stamp, seconds, settings.quota.quota, together=limits.together, waiting=limits.waiting, busy=TERMS.busy
    )
    relay = Relay(settings, identity, custody, site, Nodes(site, settings.origins, certificates), log, clock)
    relay.state.certificates = certificates
    kind = "sqlite" if settings.store_file is not None else "postgresql"
    who = f"dpr {version('dpr')}, {identity.chain.credential.holder.name}, {kind}"
    async with AsyncExitStack() as stack:
        stack.callback(lambda: log.put(Line(at=clock().timestamp(), event="stop", text=who)))
        stack.push_async_callback(asyncio.to_thread, relay.close)
        stack.push_async_callback(asyncio.to_thread, custody.close)
        await stack.enter_async_context(_beside(_steps(relay, custody, opened, seconds, limits.keep_days * _DAY), relay))
        if settings.metrics is not None:
            await stack.enter_async_context(_metrics(settings, relay))
        address = await stack.enter_async_context(_listening(settings, relay, certificates))
        log.put(Line(at=clock().timestamp(), event="start", text=who))
        yield address, relay


def _steps(
    relay: Relay, custody: Custody, opened: Opened, seconds: Callable[[], int], keep_seconds: int
) -> Mapping[str, beside.Step]:
    """Whatever is due, by name."""
    forgotten_at = 0

    async def expire() -> None:
        done = await custody.expire()
        if done:
            relay.state.metrics.event("expired", done)
            relay.polls.wake_all()

    async def forget() -> None:
        nonlocal forgotten_at
        if seconds() - forgotten_at >= _DAY:
            done = await custody.forget(keep_seconds=keep_seconds)
            relay.state.metrics.event("forgotten", done)
            forgotten_at = seconds()

    async def certificates() -> None:
        if opened.certificates is not None:
            await asyncio.to_thread(opened.certificates.reload)
            if opened.certificates.fault is not None:
                raise opened.certificates.fault

    return {
        "files": lambda: asyncio.to_thread(opened.site.reload),
        "certificates": certificates,
        "expire": expire,
        "forget": forget,
        "count": relay.state.count,
        "recover": custody.recover,
    }


@asynccontextmanager
async def _beside(steps: Mapping[str, beside.Step], relay: Relay) -> AsyncIterator[None]:
    task = asyncio.create_task(beside.repeat(steps, relay.state.beside, seconds=_TICK_SECONDS))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _door(settings: Settings) -> Door:
    limits = settings.limits
    most, each = limits.connections, limits.connections_per_address
    return Door(settings.host, settings.port, most, each, limits.read_seconds, _MOST_HEADER_BYTES, TERMS, failed)


@asynccontextmanager
async def _listening(settings: Settings, relay: Relay, certificates: Certificates | None) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(relay.handle), handle_signals=False, shutdown_timeout=settings.limits.stop_seconds)
    await runner.setup()
    assert runner.server is not None
    relay.state.connections = lambda: len(server.connections)
    server = runner.server
    watching = asyncio.create_task(relay.patience.watch(server))
    try:
        async with listening_to(_door(settings), server, certificates) as address:
            yield address
    finally:
        relay.drain()
        watching.cancel()
        await runner.cleanup()


@asynccontextmanager
async def _metrics(settings: Settings, relay: Relay) -> AsyncIterator[None]:
    """The numbers on a port of their own, without TLS: for this machine, or a network of operators."""
    assert settings.metrics is not None

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        try:
            route, _, _ = find(request.method, request.rel_url.raw_path)
            if route != "/metrics":
                raise RequestError(TERMS.route)
            return relay.state.numbers()
        except DprError as error:
            return failed(error)

    runner = web.ServerRunner(web.Server(handle), handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    assert runner.server is not None
    door = _door(settings)._replace(host=settings.metrics.host, port=settings.metrics.port, connections=_METRICS_CONNECTIONS)
    try:
        async with listening_to(door, runner.server, None):
            yield
    finally:
        await runner.cleanup()
