"""What comes in over a connection, bounded: in size, in time, and in how it is encoded.

Rules: a body has one content type, no Content-Encoding (a few bytes could become gigabytes) and a cap; it must be there within
some seconds, and so must a request's header. Whoever takes longer is cut off, and costs nobody else anything.

Example: `data = await body_of(request, "application/cbor", limit=65_536, seconds=10, terms=TERMS)`
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from aiohttp import web

from dpr.apps.serving.terms import Terms
from dpr.core.errors import DprError

_SWEEP_SECONDS = 1
#: A record system may keep a connection between two prescriptions.
_KEPT_SECONDS = 60


class RequestError(DprError):
    """A request that is not as it must be, whatever it asks for."""


async def body_of(request: web.BaseRequest, content_type: str, *, limit: int, seconds: float, terms: Terms) -> bytes:
    """The body. RequestError `type`, `too_large`, `slow` of `terms`."""
    headers = request.headers
    sent_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if sent_type != content_type or headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RequestError(terms.type, content_type)
    if (request.content_length or 0) > limit:
        raise RequestError(terms.too_large, f"at most {limit} bytes")
    content = request.content
    if content.is_eof():  # it came with the header
        whole = content.read_nowait(-1)
        if len(whole) > limit:
            raise RequestError(terms.too_large, f"at most {limit} bytes")
        return whole
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            while more := await request.content.read(65_536):
                body += more
                if len(body) > limit:
                    raise RequestError(terms.too_large, f"at most {limit} bytes")
    except TimeoutError:
        raise RequestError(terms.slow, f"{seconds:g} seconds") from None
    return bytes(body)


class Patience:
    """Cuts off connections over which no request begins in time, the first or the next. `began`, `ended`: around each."""

    def __init__(self, seconds: float) -> None:
        self._first, self._next = seconds, max(seconds, _KEPT_SECONDS)
        self._busy: set[Any] = set()
        self._until: dict[Any, float] = {}

    def began(self, request: web.BaseRequest) -> None:
        """A request's header is whole."""
        self._busy.add(request.protocol)

    def ended(self, request: web.BaseRequest) -> None:
        """It was answered."""
        self._busy.discard(request.protocol)
        self._until[request.protocol] = time.monotonic() + self._next

    async def watch(self, server: web.Server) -> None:
        """For as long as the server runs."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            now = time.monotonic()
            self._until = {one: self._until.get(one, now + self._first) for one in server.connections}
            for one, until in self._until.items():
                if one not in self._busy and now > until and one.transport is not None:
                    one.transport.abort()
