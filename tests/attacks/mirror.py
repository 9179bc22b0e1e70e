"""A mirror over HTTP that serves a published folder, or lies.

Rules: what it does for a file stands in `behaviour`, by the file's name without `.cbor`; "" is for every file. It keeps every
path that it was asked for.

Example: `async with LyingMirror(files, {"snapshot": "endless"}) as mirror: mirror.url`
"""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import cache
from types import TracebackType

from aiohttp import web
from aiohttp.test_utils import TestServer

_BLOCK = bytes(65_536)
_MOST_BLOCKS = 16_384  # a gigabyte: a reader that takes it all fails its test by time and memory
_FOREVER_SECONDS = 60.0

Answer = Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]


async def _endless(request: web.Request, _: bytes) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _number in range(_MOST_BLOCKS):
        with suppress(ConnectionError):
            await response.write(_BLOCK)
            continue
        break
    return response


async def _slow(request: web.Request, content: bytes) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_length = len(content)
    await response.prepare(request)
    for at in range(len(content)):
        await response.write(content[at : at + 1])
        await asyncio.sleep(1)
    return response


async def _silent(_: web.Request, __: bytes) -> web.StreamResponse:
    await asyncio.sleep(_FOREVER_SECONDS)
    return web.Response()


@cache
def _packed() -> bytes:
    """A hundred megabytes in a hundred kilobytes."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join(packer.compress(_BLOCK) for _number in range(1600)) + packer.flush()


async def _gzip(_: web.Request, __: bytes) -> web.StreamResponse:
    return web.Response(body=_packed(), headers={"Content-Encoding": "gzip"})


async def _redirect(request: web.Request, _: bytes) -> web.StreamResponse:
    raise web.HTTPFound(f"http://127.0.0.2:{request.url.port}{request.path}")


async def _portal(_: web.Request, __: bytes) -> web.StreamResponse:
    return web.Response(text="<html><title>Welcome</title>Log in to use the network.</html>", content_type="text/html")


async def _cut(request: web.Request, content: bytes) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_length = len(content)
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def _error(_: web.Request, __: bytes) -> web.StreamResponse:
    raise web.HTTPInternalServerError


async def _unchanged(_: web.Request, __: bytes) -> web.StreamResponse:
    return web.Response(status=304)


BEHAVIOURS: dict[str, Answer] = {
    "endless": _endless,
    "slow": _slow,
    "silent": _silent,
    "gzip": _gzip,
    "redirect": _redirect,
    "portal": _portal,
    "cut": _cut,
    "error": _error,
    "unchanged": _unchanged,
}


class LyingMirror:
    """The server; `asked`: every path, in order."""

    def __init__(self, files: Mapping[str, bytes], behaviour: Mapping[str, str]) -> None:
        self._files, self._behaviour = files, behaviour
        self.asked: list[str] = []
        app = web.Application()
        app.router.add_get("/{name:.*}", self._answer)
        self._server = TestServer(app, host="127.0.0.1")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"].removesuffix(".cbor")
        self.asked.append(name)
        behaviour = self._behaviour.get(name, self._behaviour.get(""))
        content = self._files.get(name)
        if behaviour:
            return await BEHAVIOURS[behaviour](request, content or bytes(1000))
        if content is None:
            raise web.HTTPNotFound
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=content, headers={"ETag": etag})

    @property
    def url(self) -> str:
        """The base address."""
        return str(self._server.make_url("/"))

    async def __aenter__(self) -> LyingMirror:
        await self._server.start_server(shutdown_timeout=0.1)
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self._server.close()
