"""The port on which a server listens: who may connect, how many, and what is said to whoever speaks no HTTP.

Rules: a connection counts from the moment it is accepted, in all and per address, so that many that say nothing cost others
nothing; whoever has not finished TLS in time is cut off. What is not HTTP, or has too long a header, is answered in our own
words, with nothing of it repeated or logged. Every connection begins with the certificates as they are then.

Example: `async with listening(door, runner.server, certificates) as address: …`
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Protocol

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from dpr.apps.serving.connections import RequestError
from dpr.apps.serving.terms import Terms
from dpr.core.errors import DprError, SetupError

_LOG = logging.getLogger("dpr.serving")
_BACKLOG = 1024
_AFTER_FAILURE_SECONDS = 1.0
_SAY_SECONDS = 60.0


class HasContext(Protocol):
    """dpr.apps.serving.certificates.Certificates, or one context for good."""

    @property
    def context(self) -> ssl.SSLContext: ...


class Door(NamedTuple):
    """Where a server listens: `connections` at most, in all and from one address; `read_seconds` for TLS; `most_header_bytes`
    of one line of a header; `failed`: makes the answer to an error."""

    host: str
    port: int
    connections: int
    connections_per_address: int
    read_seconds: float
    most_header_bytes: int
    terms: Terms
    failed: Callable[[DprError], web.Response]


class Handler(RequestHandler):
    """A connection that speaks HTTP. `gone`: is called when it ends, `leaves` too, where it is set just then."""

    gone: Callable[[], None]
    door: Door
    leaves: Callable[[], None] | None = None

    def connection_lost(self, exc: BaseException | None) -> None:
        """It ended."""
        super().connection_lost(exc)
        self.gone()
        if self.leaves is not None:
            self.leaves()

    def handle_error(
        self, request: Any, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """What is answered where no route was reached."""
        if request.writer.output_size > 0:
            raise ConnectionError
        malformed = RequestError(self.door.terms.malformed)
        response = self.door.failed(DprError("program_fault") if status >= 500 else malformed)
        response.headers["Server"] = "dpr"
        response.force_close()
        return response


class _Place:
    """One of the places that connections have; given back once."""

    def __init__(self, taken: Counter[str], address: str) -> None:
        self._taken, self._address, self._here = taken, address, True
        taken[address] += 1

    def leave(self) -> None:
        if self._here:
            self._here = False
            self._taken[self._address] -= 1
            if not self._taken[self._address]:
                del self._taken[self._address]


class Listener:
    """Accepts connections for `server`."""

    def __init__(self, door: Door, server: web.Server, certificates: HasContext | None) -> None:
        self._door, self._server, self._certificates = door, server, certificates
        self._taken: Counter[str] = Counter()
        self._failed, self._said_at = 0, -_SAY_SECONDS
        self._beginning: set[asyncio.Task[None]] = set()
        # What is no HTTP at all the library would log with a part of its content: it is answered, and not logged.
        self._quiet = logging.Logger("dpr.serving.http", logging.CRITICAL + 1)

    async def accept(self, listening: socket.socket) -> None:
        """For as long as the server runs."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(listening)
            except OSError as error:  # no more files may be open: those that are there end
                _LOG.warning("accept: %s", error.strerror)
                await asyncio.sleep(_AFTER_FAILURE_SECONDS)
                continue
            full = self._taken.total() >= self._door.connections
            if full or self._taken[address[0]] >= self._door.connections_per_address:
                connection.close()
                continue
            task = loop.create_task(self._begin(connection, _Place(self._taken, address[0])))
            self._beginning.add(task)
            task.add_done_callback(self._beginning.discard)

    async def _begin(self, connection: socket.socket, place: _Place) -> None:
        context = self._certificates.context if self._certificates else None
        seconds = self._door.read_seconds if context else None
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: self._handler(place), connection, ssl=context, ssl_handshake_timeout=seconds
            )
        except Exception as error:  # whoever connects may do anything, and costs nobody else anything
            place.leave()
            connection.close()
            self._say(type(error).__name__)
        except BaseException:
            place.leave()
            connection.close()
            raise

    def _say(self, what: str) -> None:
        """One line a minute, however many do so."""
        self._failed += 1
        if time.monotonic() - self._said_at >= _SAY_SECONDS:
            _LOG.info("connections that did not begin: %s, the last: %s", self._failed, what)
            self._failed, self._said_at = 0, time.monotonic()

    def _handler(self, place: _Place) -> Handler:
        handler = Handler(
            self._server,
            loop=asyncio.get_running_loop(),
            logger=self._quiet,
            access_log=None,  # type: ignore[arg-type]
            auto_decompress=False,
            lingering_time=2,
            max_field_size=self._door.most_header_bytes,
        )
        handler.gone, handler.door = place.leave, self._door
        return handler

    def stop(self) -> None:
        """Ends what has not begun to speak HTTP."""
        for task in list(self._beginning):
            task.cancel()


@asynccontextmanager
async def listening(door: Door, server: web.Server, certificates: HasContext | None) -> AsyncIterator[str]:
    """Listens; gives the address. SetupError `address` of the door's terms."""
    sockets = await _sockets(door)
    listener = Listener(door, server, certificates)
    accepting = [asyncio.create_task(listener.accept(one)) for one in sockets]
    host, port = sockets[0].getsockname()[:2]
    try:
        yield f"{'https' if certificates else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
    finally:
        for task in accepting:
            task.cancel()
        await asyncio.gather(*accepting, return_exceptions=True)
        for one in sockets:
            one.close()
        listener.stop()


async def _sockets(door: Door) -> list[socket.socket]:
    host, port = door.host, door.port
    made: list[socket.socket] = []
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in dict.fromkeys(found):
            made.append(socket.socket(family, kind, protocol))
            made[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                made[-1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            made[-1].bind(address)
            made[-1].listen(_BACKLOG)
            made[-1].setblocking(False)
    except OSError as error:
        for one in made:
            one.close()
        raise SetupError(door.terms.address, f"{host}:{port} {error.strerror}") from None
    return made
