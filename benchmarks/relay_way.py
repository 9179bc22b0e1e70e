"""The whole way through a relay: from the first byte that is sent to the message in the recipient's hands.

Rules: 20 recipients, each with a queue of its own, wait in long polls and acknowledge what comes; the sender's requests go out
at their time, whatever is still under way. A message is timed from when it was due to be sent. The 2,000 who wait have a queue
and a connection each; memory and files are the server process's, as the system counts them.

Example: `(await measured(port, pid, world)).half_p99`
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks.relay_load import Connection, messages, percentile, request
from dpr.adapters.key_files import KeyFile
from dpr.core import cbor, documents
from dpr.core.byte_strings import byte_string_at
from dpr.core.mail import api, queue, sealing
from dpr.core.mail.api import Acks
from dpr.core.mail.token import Token
from tests.mail_world import NODE, ORIGIN, MailWorld
from tests.world import CARE, signer

RECIPIENTS, POLLS = 20, 2_000
IDLE, HALF_SECONDS, FULL = 60, 8.0, 2_000


class Way(NamedTuple):
    """Seconds from sender to recipient; `carried`: messages a second, all the way; memory and files of the server."""

    idle_p50: float
    idle_p99: float
    half_p50: float
    half_p99: float
    carried: float
    polls_bytes: int
    polls_files: int


def credential_of(world: MailWorld, key: KeyFile) -> bytes:
    return world.credential(NODE, key, 30, issuer=CARE)


def authorization(world: MailWorld, key: KeyFile) -> str:
    """Any node's own token, for five minutes from now."""
    now = int(time.time())
    value = Token(audience=ORIGIN, valid_until=now + 300, issued_at=now, id=os.urandom(16))
    made = documents.sign(documents.TOKEN, value, key, credential=credential_of(world, key))
    return "DPR " + base64.urlsafe_b64encode(made).decode().rstrip("=")


class Recipient:
    """One node that waits for its own queue. `came`: digest → when."""

    def __init__(self, world: MailWorld, number: int, came: dict[bytes, float]) -> None:
        key = signer(f"recipient {number}")
        self.queue, self._auth, self._came = queue.of_key(key.key.thumbprint), authorization(world, key), came

    async def run(self, port: int) -> None:
        """Until it is cancelled."""
        _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
        after = 0
        while True:
            path = f"/v1/inbox?queue={self.queue}&after={after}&wait=20&max=100"
            status, body = await connection.ask(request("GET", path, self._auth))
            now = time.perf_counter()
            if status != 200:
                raise RuntimeError(f"{status}: {body!r}")
            answer = api.read(api.INBOX_ANSWER, body)
            after += len(answer.chain)
            digests = [hashlib.sha256(one).digest() for one in answer.messages]
            self._came.update(dict.fromkeys(digests, now))
            if digests:
                acks = api.write(api.ACKS, Acks(digests=tuple(digests)))
                asked = request("POST", f"/v1/acks?queue={self.queue}", self._auth, acks, "application/cbor")
                status, body = await connection.ask(asked)
                if status != 200:
                    raise RuntimeError(f"{status}: {body!r}")


def addressed(made: Sequence[bytes], queues: Sequence[str]) -> list[bytes]:
    """The messages, to these queues in turn."""
    found = []
    for number, one in enumerate(made):
        protected, _ = byte_string_at(one, 2)
        parts, header = sealing.read(one), cbor.decode(protected)
        content = msgspec.structs.replace(parts.outer.content, queue=queues[number % len(queues)])
        header[15] = sealing.OUTER.to_cbor(msgspec.structs.replace(parts.outer, content=content))
        found.append(sealing.assemble(cbor.encode(header), parts.ciphertext))
    return found


async def _sent(
    port: int, auth: str, made: Sequence[bytes], came: dict[bytes, float], *, rate: float, width: int
) -> list[float]:
    """Seconds of each on its way; `rate` a second (0: as fast as `width` connections can)."""
    loop = asyncio.get_running_loop()
    free = [(await loop.create_connection(Connection, "127.0.0.1", port))[1] for _ in range(width)]
    left, due, began = iter(enumerate(made)), {}, time.perf_counter()

    async def one_after_another(connection: Connection) -> None:
        for number, one in left:
            at = began + number / rate if rate else time.perf_counter()
            await asyncio.sleep(max(at - time.perf_counter(), 0))
            due[hashlib.sha256(one).digest()] = at
            status, body = await connection.ask(request("POST", "/v1/messages", auth, one))
            if status != 201:
                raise RuntimeError(f"{status}: {body!r}")

    await asyncio.gather(*[one_after_another(one) for one in free])
    for _ in range(600):
        if due.keys() <= came.keys():
            break
        await asyncio.sleep(0.1)
    for one in free:
        one.close()
    return [came[digest] - at for digest, at in due.items()]


async def measured(port: int, pid: int, world: MailWorld) -> Way:
    """All of it."""
    came: dict[bytes, float] = {}
    recipients = [Recipient(world, number, came) for number in range(RECIPIENTS)]
    tasks = [asyncio.create_task(one.run(port)) for one in recipients]
    auth, queues = authorization(world, world.node), [one.queue for one in recipients]

    def made(count: int) -> list[bytes]:
        return addressed([*messages(count, int(time.time()))], queues)

    await asyncio.sleep(1)
    idle = await _sent(port, auth, made(IDLE), came, rate=20, width=1)
    full, began = made(FULL), time.perf_counter()
    await _sent(port, auth, full, came, rate=0, width=64)
    carried = FULL / (max(came.values()) - began)
    half = await _sent(port, auth, made(int(carried / 2 * HALF_SECONDS)), came, rate=carried / 2, width=128)
    for one in tasks:
        one.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    memory, files = await _waiting(port, pid, world)
    return Way(percentile(idle, 50), percentile(idle, 99), percentile(half, 50), percentile(half, 99), carried, memory, files)


async def _waiting(port: int, pid: int, world: MailWorld) -> tuple[int, int]:
    """What `POLLS` long polls add: bytes in memory, and files."""
    before = _resident(pid), _files(pid)
    tasks = [asyncio.create_task(Recipient(world, number, {}).run(port)) for number in range(POLLS)]
    for _ in range(600):
        if _files(pid) - before[1] >= POLLS:
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(2)
    found = _resident(pid) - before[0], _files(pid) - before[1]
    for one in tasks:
        one.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if not isinstance(ended, asyncio.CancelledError):
            raise RuntimeError(f"a poll ended: {ended}")
    return found


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _files(pid: int) -> int:
    return len([*Path(f"/proc/{pid}/fd").iterdir()])
