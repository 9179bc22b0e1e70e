"""A network that fails, between a client and a real server: a TCP proxy with faults that can be changed while it runs.

Rules: faults are by the seed, for each connection on its own: refused, delayed, cut after some bytes of a request or of an
answer, or left half open (nothing comes, nothing ends). `partitioned`: everything that is open is cut, nothing
new gets through.

Example: `async with Proxy(port, Random(7)) as proxy: proxy.odds = Odds(reset=0.1); … proxy.port`
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from random import Random
from typing import NamedTuple, Self


class Odds(NamedTuple):
    """How likely each is for one connection; `delay_seconds`: up to so long before each piece."""

    refused: float = 0.0
    reset: float = 0.0
    cut_short: float = 0.0
    half_open: float = 0.0
    delayed: float = 0.0
    delay_seconds: float = 0.2


class Proxy:
    """Listens on `port` of this machine and passes on to `target`."""

    def __init__(self, target: int, random: Random, *, host: str = "127.0.0.1") -> None:
        self.target, self._random, self._host = target, random, host
        self.odds = Odds()
        self.partitioned = False
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Resets everything that is open."""
        for writer in [*self._open]:
            _reset(writer)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._open.add(writer)
        try:
            await self._pass(reader, writer)
        except OSError:
            return
        finally:
            self._open.discard(writer)
            _reset(writer)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        random, odds = self._random, self.odds
        if self.partitioned or random.random() < odds.refused:
            return
        if random.random() < odds.half_open:
            await asyncio.sleep(3600)
        far_reader, far_writer = await asyncio.open_connection(self._host, self.target)
        self._open.add(far_writer)
        limits = [random.randrange(12_000) if random.random() < one else None for one in (odds.reset, odds.cut_short)]
        delay = odds.delay_seconds if random.random() < odds.delayed else 0.0
        ways = [
            asyncio.create_task(self._pump(reader, far_writer, limits[0], delay)),
            asyncio.create_task(self._pump(far_reader, writer, limits[1], delay)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in ways:
                one.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._open.discard(far_writer)
            _reset(far_writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int | None, delay: float) -> None:
        """Until the end, or until `most` bytes have passed."""
        passed = 0
        while data := await reader.read(65_536):
            if delay:
                await asyncio.sleep(self._random.uniform(0, delay))
            if most is not None and passed + len(data) > most:
                writer.write(data[: most - passed])
                with suppress(OSError):
                    await writer.drain()
                return
            passed += len(data)
            writer.write(data)
            await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Ends a connection with a reset, as a network does that is gone."""
    connection = writer.get_extra_info("socket")
    with suppress(OSError):
        if connection is not None and connection.fileno() >= 0:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
