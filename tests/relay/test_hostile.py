"""What is no HTTP, or HTTP that nobody should send: answered with a code or cut off, never repeated, never in the log."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.relay.raw import said
from tests.relay.rig import Rig

CANARY = b"KANARIE191212121212"
HOSTILE = {
    "no HTTP": CANARY + b"\r\n\r\n",
    "TLS to a port without": b"\x16\x03\x01\x02\x00" + CANARY,
    "a header without an end": b"GET /v1 HTTP/1.1\r\n" + CANARY * 4000 + b"\r\n\r\n",
    "a long line": b"GET /" + CANARY * 2000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "many headers": b"GET /v1 HTTP/1.1\r\n" + b"".join(b"X-%d: %s\r\n" % (n, CANARY) for n in range(5000)) + b"\r\n",
    "two lengths": b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n" + CANARY,
    "length and chunks": b"POST /v1/acks HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0" + CANARY,
    "a negative length": b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n" + CANARY,
    "a bad chunk": b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n" + CANARY,
    "an encoding of the transfer": b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n" + CANARY,
    "a null": b"GET /v1\x00" + CANARY + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "no version": b"GET /" + CANARY + b"\r\n\r\n",
    "another version": b"GET /v1 HTTP/9.9\r\nHost: x\r\n\r\n",
    "a method of ours": CANARY[:7] + b" /v1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "a folded header": b"GET /v1 HTTP/1.1\r\nHost: x\r\nX: a\r\n " + CANARY + b"\r\nConnection: close\r\n\r\n",
    "an upgrade": b"GET /v1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n",
    "an expectation": b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nExpect: KANARIE\r\nContent-Length: 1\r\n\r\nx",
    "a path of dots": b"GET /v1/lists/../../relay.pem HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "an encoded path": b"GET /v1/lists/%2e%2e%2frelay%2ecbor.cbor HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "an absolute address": b"GET http://elsewhere/v1/lists/x.cbor HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_it_is_refused_and_stands_nowhere(tmp_path: Path, what: str) -> None:
    async with Rig(tmp_path) as rig:
        answer = await said(rig, HOSTILE[what], seconds=20)
        status = answer[9:12]
        assert status in (b"", b"400", b"401", b"404", b"405", b"408", b"413", b"414", b"417", b"431", b"200"), answer[:200]
        if status == b"200":
            assert what in ("an upgrade", "a folded header"), answer[:200]
        assert CANARY[:7] not in answer and b"Traceback" not in answer and b"PRIVATE" not in answer
        assert (await rig.submit(rig.world.sealed())).status == 201
        await rig.stop()
        assert "KANARIE" not in rig.text() and "Traceback" not in rig.text()


async def test_random_bytes_and_torn_requests_leave_the_relay_as_it_was(tmp_path: Path) -> None:
    random.seed(20261121)
    async with Rig(tmp_path) as rig:
        good = f"GET /v1/inbox?queue=gln:7350000000009 HTTP/1.1\r\nHost: x\r\nAuthorization: {rig.node()}\r\n\r\n".encode()
        for number in range(60):
            data = bytearray(good)
            for _ in range(1 + number % 5):
                data[random.randrange(len(data))] = random.randrange(256)
            await said(
                rig, bytes(data[: random.randrange(1, len(data))]) + b"\r\n\r\n\r\n", seconds=0.05
            ) if number % 2 else None
        assert (await rig.submit(rig.world.sealed())).status == 201


async def test_a_body_is_asked_for_only_of_who_is_known(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        sealed = rig.world.sealed()
        head = "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/cose\r\nExpect: 100-continue\r\n"
        head += f"Connection: close\r\nContent-Length: {len(sealed)}\r\n"
        known = f"{head}Authorization: {rig.node()}\r\n\r\n".encode()
        answer = await said(rig, known, sealed, pause=0.2)
        assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 "), answer[:100]
        assert (await said(rig, f"{head}\r\n".encode(), pause=0.2)).startswith(b"HTTP/1.1 401 ")
