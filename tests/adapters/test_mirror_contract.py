"""What holds for every mirror: the one in memory, which the flow's tests use, and the one over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dpr.adapters.mirrors_http import HttpMirrors
from dpr.ports import Mirror, MirrorFailed
from tests.attacks.mirror import LyingMirror
from tests.fakes.mirror_memory import MemoryMirror

FILES = {"snapshot": b"x" * 100, "status/a1": b"list"}


@asynccontextmanager
async def mirror(kind: str) -> AsyncIterator[Mirror]:
    if kind == "memory":
        yield MemoryMirror(FILES)
        return
    async with LyingMirror(FILES, {}) as server, HttpMirrors([server.url], timeout_seconds=5) as mirrors:
        yield mirrors.all()[0]


@pytest.fixture(params=["memory", "http"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_it_gives_what_it_has_and_says_what_it_has_not(kind: str) -> None:
    async with mirror(kind) as asked:
        answer = await asked.get("status/a1", limit=4)
        assert answer is not None and answer.data == b"list" and answer.etag
        assert await asked.get("status/b2", limit=100) is None
        assert asked.name


async def test_what_has_not_changed_is_not_given_again(kind: str) -> None:
    async with mirror(kind) as asked:
        first = await asked.get("snapshot", limit=100)
        assert first is not None and first.data == FILES["snapshot"]
        again = await asked.get("snapshot", limit=100, etag=first.etag)
        assert again is not None and again.data is None
        other = await asked.get("snapshot", limit=100, etag='"other"')
        assert other is not None and other.data == FILES["snapshot"]


async def test_more_than_the_limit_is_an_error(kind: str) -> None:
    async with mirror(kind) as asked:
        with pytest.raises(MirrorFailed, match="mirror_too_large"):
            await asked.get("snapshot", limit=99)
