"""A published folder behind a web server: dpr.ports.Mirror over HTTP, and the ETags that were seen.

Rules: a mirror is asked for a list's name and nothing else; names come from verified snapshots and have no path in them that is
not ours. What it answers is capped in bytes and time; it is taken as it is (no Content-Encoding, so that a small answer cannot
become a large one), from that address alone (no redirect, no cookie). A 304 costs no body. Nothing here judges what came.

Example: `async with HttpMirrors(["https://listor.example/dpr"], timeout_seconds=20) as mirrors: …`
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import msgspec

from dpr.adapters import files
from dpr.core.errors import DprError
from dpr.ports import Answer, MirrorFailed

#: Connections to one mirror at once.
CONNECTIONS = 8
_CHUNK = 65_536
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,200}"')
_LIMIT = 100_000


class HttpMirror:
    """One base address."""

    def __init__(self, base: str, session: aiohttp.ClientSession, timeout_seconds: float) -> None:
        self._base, self._session, self._timeout_seconds = base.rstrip("/"), session, timeout_seconds

    @property
    def name(self) -> str:
        """The address."""
        return self._base

    async def get(self, name: str, *, limit: int, etag: str = "") -> Answer | None:
        """As dpr.ports.Mirror."""
        headers = {"If-None-Match": etag} if etag else {}
        try:
            async with asyncio.timeout(self._timeout_seconds):
                url = f"{self._base}/{name}.cbor"
                async with self._session.get(url, headers=headers, allow_redirects=False) as response:
                    return await self._answer(response, limit, asked_for_news=bool(etag))
        except TimeoutError:
            raise MirrorFailed("mirror_slow", f"{name}: more than {self._timeout_seconds:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise MirrorFailed("mirror_unreachable", f"{name}: {type(error).__name__}") from None

    async def _answer(self, response: aiohttp.ClientResponse, limit: int, *, asked_for_news: bool) -> Answer | None:
        if response.status in (404, 410):
            return None
        if response.status == 304 and asked_for_news:
            return Answer(None, "")
        if response.status != 200:
            raise MirrorFailed("mirror_answer", f"HTTP {response.status}")
        if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            raise MirrorFailed("mirror_answer", "Content-Encoding")
        if (response.content_length or 0) > limit:
            raise MirrorFailed("mirror_too_large", f"more than {limit} bytes")
        parts, size = [], 0
        async for chunk in response.content.iter_chunked(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise MirrorFailed("mirror_too_large", f"more than {limit} bytes")
            parts.append(chunk)
        etag = response.headers.get("ETag", "")
        return Answer(b"".join(parts), etag if _ETAG.fullmatch(etag) else "")


class HttpMirrors:
    """Mirrors by their base addresses; an async context manager."""

    def __init__(self, bases: Sequence[str], *, timeout_seconds: float) -> None:
        self._bases = tuple(dict.fromkeys(base.rstrip("/") for base in bases))
        self._timeout_seconds = timeout_seconds
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(self._timeout_seconds / 2, 5)),
            headers={"Accept-Encoding": "identity", "Accept": "application/cbor, application/octet-stream;q=0.9, */*;q=0.1"},
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(limit_per_host=CONNECTIONS),
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    def all(self) -> tuple[HttpMirror, ...]:
        """Each, in the order given."""
        assert self._session is not None, "used outside its context"
        return tuple(HttpMirror(base, self._session, self._timeout_seconds) for base in self._bases)


def read_etags(path: Path) -> dict[str, str]:
    """mirrors.json: the ETag of each mirror's snapshot. Empty where there is none or it is torn: then everything is asked for
    again."""
    try:
        read = msgspec.json.decode(files.read(path, limit=_LIMIT), type=dict[str, str])
    except (DprError, ValueError, RecursionError):
        return {}
    return {name: etag for name, etag in read.items() if _ETAG.fullmatch(etag)}


def write_etags(path: Path, etags: dict[str, str]) -> None:
    """StorageError `file_not_written`."""
    files.replace(path, msgspec.json.format(msgspec.json.encode(etags)) + b"\n")
