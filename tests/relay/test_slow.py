"""Callers that are slow, or that never end: each is cut off in time, and costs nobody else anything."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from tests.relay.raw import opened, said
from tests.relay.rig import CONFIG, Rig

HURRIED = CONFIG + "[limits]\nread_seconds = 1\nconnections = 300\nconnections_per_address = 300\n"


def body_of(answer: bytes) -> dict[str, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408"), head
    found: dict[str, object] = json.loads(body)
    return found


async def test_a_body_that_does_not_come_in_time_is_refused(tmp_path: Path) -> None:
    async with Rig(tmp_path, config=HURRIED) as rig:
        for path, kind, auth in (
            ("/v1/messages", "application/cose", rig.node()),
            ("/v1/acks?queue=gln:7350000000009", "application/cbor", rig.pharmacy()),
        ):
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {auth}\r\nContent-Type: {kind}\r\n"
            head += "Content-Length: 900\r\n\r\n"
            answer = await said(rig, head.encode(), *[b"x"] * 5, pause=0.1)
            assert body_of(answer)["code"] == "relay_request_slow"


async def test_a_header_that_does_not_come_in_time_ends_the_connection(tmp_path: Path) -> None:
    async with Rig(tmp_path, config=HURRIED) as rig:
        began = asyncio.get_running_loop().time()
        assert await said(rig, b"GET /v1 HTTP/1.1\r\nHo") == b""
        assert await said(rig, b"") == b""
        assert asyncio.get_running_loop().time() - began < 8


async def test_slow_clients_that_take_every_place_are_gone_soon_and_others_come_in(tmp_path: Path) -> None:
    async with Rig(tmp_path, config=HURRIED) as rig:
        slow = [await opened(rig) for _ in range(300)]
        for _, writer in slow:
            writer.write(b"POST /v1/messages HTTP/1.1\r\nHost:")
        await asyncio.sleep(0.2)
        assert await said(rig, b"GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n", seconds=2) == b"", "no place"
        await asyncio.sleep(3.5)
        assert (await rig.submit(rig.world.sealed())).status == 201
        for _, writer in slow:
            writer.close()


async def test_a_caller_that_reads_no_answer_does_not_keep_others_waiting(tmp_path: Path) -> None:
    async with Rig(tmp_path, config=HURRIED) as rig:
        for number in range(12):
            await rig.submit(rig.world.sealed(rig.world.message_value(number=number)))
        asked = f"GET /v1/inbox?queue=gln:7350000000009&lease=1 HTTP/1.1\r\nHost: x\r\nAuthorization: {rig.pharmacy()}\r\n\r\n"
        connections = [await opened(rig) for _ in range(20)]
        for _, writer in connections:
            writer.write(asked.encode() * 3)
        await asyncio.sleep(0.5)
        assert (await asyncio.wait_for(rig.submit(rig.world.sealed(rig.world.message_value(number=90))), 5)).status == 201
        for _, writer in connections:
            writer.close()
