"""A load generator for a relay, in a process of its own: many kept connections, messages made beforehand.

Rules: as little work as can be for each request, so that what is measured is the relay: HTTP/1.1 written and read by hand,
every answer's status checked. `--rate` sends at that many a second whatever the relay does (open loop), so that a slow answer
delays no other; without it each connection sends when it has its answer.

Usage: python -m benchmarks.relay_load PORT FILE --connections 64 [--rate 500] [--seconds 10]  (prints JSON)
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dpr.core import cbor
from dpr.core.mail import sealing
from dpr.core.mail.sealing import Outer, OuterContent
from dpr.core.trust_list import Environment
from tests.mail_world import QUEUE, MailWorld, sealing_key

#: A day, within what a relay takes.
LIFE_SECONDS = 86_400


def messages(count: int, now: int, *, queues: int = 1, bucket: int = 0) -> Iterator[bytes]:
    """Sealed messages as a relay sees them: ciphertexts are random bytes, since it cannot tell. `queues`: so many, in turn."""
    size = sealing.BUCKETS[bucket] + sealing.OVERHEAD_BYTES
    key_id = sealing_key("pharmacy").id
    names = [QUEUE, *(f"key:{number:032x}" for number in range(1, queues))]
    for number in range(count):
        content = OuterContent(queue=names[number % queues], environment=Environment.TEST, bucket=bucket)
        outer = Outer(not_after=now + LIFE_SECONDS, created=now, id=secrets.token_bytes(16), content=content)
        protected = cbor.encode({1: sealing.ALG, 4: key_id, 15: sealing.OUTER.to_cbor(outer), 16: sealing.TYP})
        yield sealing.assemble(protected, secrets.token_bytes(size))


def write(path: Path, made: Iterator[bytes]) -> None:
    """A file of messages, each with its length before it."""
    with path.open("wb") as file:
        for one in made:
            file.write(len(one).to_bytes(4, "big") + one)


def read(path: Path) -> list[bytes]:
    """The messages in it."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return found


def authorization(world: MailWorld, *, origin: str) -> str:
    """The header of the world's node."""
    return "DPR " + base64.urlsafe_b64encode(world.token(origin=origin)).decode().rstrip("=")


class Connection(asyncio.Protocol):
    """One kept connection: a request, then its answer, then the next."""

    def __init__(self) -> None:
        self._held = b""
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self, request: bytes) -> asyncio.Future[tuple[int, bytes]]:
        """Status and body."""
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._waiting

    def data_received(self, data: bytes) -> None:
        self._held += data
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._held[:end].lower()
        at = head.find(b"content-length:")
        size = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._held) >= end + 4 + size and self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            body, self._held = self._held[end + 4 : end + 4 + size], self._held[end + 4 + size :]
            if not waiting.done():  # whoever asked may have gone
                waiting.set_result((int(head[9:12]), body))

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error or ConnectionResetError())

    def close(self) -> None:
        self._transport.close()


def request(method: str, path: str, authorization: str, body: bytes = b"", content_type: str = "application/cose") -> bytes:
    """One request as it is sent."""
    head = f"{method} {path} HTTP/1.1\r\nHost: relay\r\nAuthorization: {authorization}\r\n"
    if body:
        head += f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body


class Measured(NamedTuple):
    """`sent`: requests; `seconds`: from the first to the last answer, `each`: of every one; `failed`: how many by status."""

    sent: int
    seconds: float
    each: list[float]
    failed: dict[int, int]


async def load(port: int, requests: list[bytes], *, connections: int, rate: float = 0.0) -> Measured:
    """Sends them all, each once."""
    loop = asyncio.get_running_loop()
    open_ones = [(await loop.create_connection(Connection, "127.0.0.1", port))[1] for _ in range(connections)]
    left, each, failed = iter(requests), [], {}
    began = time.perf_counter()

    async def one_after_another(connection: Connection, first: int) -> None:
        for number, data in zip(range(first, sys.maxsize, connections), left, strict=False):
            if rate and (wait := began + number / rate - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            sent = max(began + number / rate, began) if rate else time.perf_counter()
            status, _ = await connection.ask(data)
            each.append(time.perf_counter() - sent)
            if status >= 300:
                failed[status] = failed.get(status, 0) + 1

    await asyncio.gather(*[one_after_another(one, number) for number, one in enumerate(open_ones)])
    seconds = time.perf_counter() - began
    for one in open_ones:
        one.close()
    return Measured(len(requests), seconds, each, failed)


def percentile(values: list[float], of_hundred: float) -> float:
    return sorted(values)[min(int(len(values) * of_hundred / 100), len(values) - 1)]


def main() -> None:
    """See the docstring of the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--now", type=int, required=True)
    parser.add_argument("--origin", required=True)
    given = parser.parse_args()
    auth = authorization(MailWorld(now=given.now), origin=given.origin)
    requests = [request("POST", "/v1/messages", auth, one) for one in read(given.file)]
    done = asyncio.run(load(given.port, requests, connections=given.connections, rate=given.rate))
    found = {"sent": done.sent, "seconds": done.seconds, "failed": done.failed}
    print(json.dumps(found | {f"p{one}": percentile(done.each, one) for one in (50, 99)}))


if __name__ == "__main__":
    main()
