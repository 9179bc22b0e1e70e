"""What a relay tells everybody: what it is, lists and address book as a mirror, its health, its numbers, its interface.

Rules: nobody is asked who they are, and nobody waits for the store but a readiness probe. A list is to be asked for again each
time: where it is the same, that costs a 304.

Example: `await public.directory(call)`
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from aiohttp import web

from dpr.apps.relay.answers import COSE, JSON, answer
from dpr.apps.relay.calls import Call
from dpr.apps.relay.config import TERMS, Settings
from dpr.apps.relay.published import ADDRESS_BOOK, Published
from dpr.apps.relay.state import State
from dpr.apps.serving.connections import RequestError
from dpr.core.errors import DocumentError

OPENAPI = Path(__file__).with_name("openapi.json")
_LIST = ".cbor"


class Public:
    """The routes that anybody may use."""

    def __init__(self, settings: Settings, state: State) -> None:
        self._own_port, self._state = settings.metrics is not None, state
        self._published = Published(settings.path(settings.site))
        self._openapi = OPENAPI.read_bytes()

    async def about(self, call: Call) -> web.Response:
        """What this relay is."""
        return answer(msgspec.json.encode(self._state.about(call.now)), JSON)

    async def directory(self, call: Call) -> web.Response:
        """The address book."""
        return await self._document(call, ADDRESS_BOOK)

    async def published(self, call: Call) -> web.Response:
        """A signed list, as a mirror gives it."""
        if not call.argument.endswith(_LIST):
            raise DocumentError("list_unknown")
        return await self._document(call, call.argument.removesuffix(_LIST))

    async def live(self, _: Call) -> web.Response:
        """It runs."""
        return answer(b'{"status":"ok"}', JSON)

    async def ready(self, call: Call) -> web.Response:
        """Could it take a message now?"""
        found = await self._state.ready(call.now)
        return answer(msgspec.json.encode(found), JSON, 200 if found["ready"] else 503)

    async def metrics(self, _: Call) -> web.Response:
        """Numbers for Prometheus, unless they have a port of their own."""
        if self._own_port:
            raise RequestError(TERMS.route)
        return self._state.numbers()

    async def openapi(self, _: Call) -> web.Response:
        """This interface."""
        return answer(self._openapi, JSON)

    async def _document(self, call: Call, name: str) -> web.Response:
        found = await self._published.get(name)
        headers = {"ETag": found.etag, "Cache-Control": "no-cache"}
        asked = call.request.headers.get("If-None-Match", "")
        if found.etag in [one.strip().removeprefix("W/") for one in asked.split(",")]:
            return web.Response(status=304, headers=headers | {"Server": "dpr"})
        return answer(found.body, COSE, 200, **headers)
