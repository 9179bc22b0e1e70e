"""A mirror over HTTP that is dead, slow, endless or lies: a named error within its time, and never more than was asked for."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port

from dpr.adapters.mirrors_http import HttpMirrors, read_etags, write_etags
from dpr.ports import MirrorFailed
from tests.attacks.mirror import LyingMirror

LIMIT = 4 * 1024 * 1024


async def code_of(behaviour: str, *, etag: str = "") -> str:
    async with (
        LyingMirror({"snapshot": b"x" * 5000}, {"": behaviour}) as server,
        HttpMirrors([server.url], timeout_seconds=1) as mirrors,
    ):
        started = asyncio.get_running_loop().time()
        with pytest.raises(MirrorFailed) as caught:
            await mirrors.all()[0].get("snapshot", limit=LIMIT, etag=etag)
        assert asyncio.get_running_loop().time() - started < 5
    return caught.value.code


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ("endless", "mirror_too_large"),
        ("slow", "mirror_slow"),
        ("silent", "mirror_slow"),
        ("gzip", "mirror_answer"),
        ("redirect", "mirror_answer"),
        ("error", "mirror_answer"),
        ("cut", "mirror_unreachable"),
        ("unchanged", "mirror_answer"),
    ],
)
async def test_each_way_of_failing_has_its_name(behaviour: str, code: str) -> None:
    assert await code_of(behaviour) == code


async def test_endless_data_takes_no_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await code_of("endless")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


async def test_what_is_not_there_is_named() -> None:
    async with HttpMirrors([f"http://127.0.0.1:{unused_port()}"], timeout_seconds=1) as mirrors:
        with pytest.raises(MirrorFailed, match="mirror_unreachable"):
            await mirrors.all()[0].get("snapshot", limit=LIMIT)


async def test_an_address_that_makes_no_sense_is_named() -> None:
    async with HttpMirrors(["http://[::1", "http:///x"], timeout_seconds=1) as mirrors:
        for mirror in mirrors.all():
            with pytest.raises(MirrorFailed, match="mirror_unreachable"):
                await mirror.get("snapshot", limit=LIMIT)


async def test_one_address_written_twice_is_one_mirror() -> None:
    async with HttpMirrors(["http://a.example/x/", "http://a.example/x"], timeout_seconds=1) as mirrors:
        assert [mirror.name for mirror in mirrors.all()] == ["http://a.example/x"]


@pytest.mark.parametrize(
    "torn", [b"", b"{", b"[]", b'{"a":1}', b"\xff", b'{"http://a":"no quotes"}', b'{"http://a":"\\"\\r\\nX: y\\""}']
)
def test_etags_that_are_torn_or_could_not_be_one_are_forgotten(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "mirrors.json"
    path.write_bytes(torn)
    assert read_etags(path) == {}


def test_etags_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "mirrors.json"
    assert read_etags(path) == {}
    write_etags(path, {"http://a": '"1"', "http://b": 'W/"2"'})
    assert read_etags(path) == {"http://a": '"1"', "http://b": 'W/"2"'}
