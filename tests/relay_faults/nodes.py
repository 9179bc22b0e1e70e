"""Nodes that speak to real relay processes: plain hands (tests/relay_faults/hands.py) over the real HTTP client.

Rules: one observer in the test's process notes what the hands do; the relay is reached directly or through a failing network.
Messages are real, with a prescription in them, so that the relay's files can be searched for its words. What a relay holds in
the end is read from its store, when it has stopped.

Example: `async with Nodes(world, {"A": origin}, random) as nodes: await nodes.sends(until)`
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Awaitable, Mapping
from random import Random
from types import TracebackType
from typing import Self

import msgspec

from dpr.adapters.mailbox_http import Access, HttpMailboxes
from dpr.core.errors import DocumentError
from dpr.core.mail import receipts, sealing
from dpr.ports import MailboxFailed, MailStore
from tests.mail_world import QUEUE, MailWorld, sealing_key
from tests.relay_faults.hands import Desk, Pocket, Reader, Sender
from tests.relay_faults.history import History, Holds, Letter, Told
from tests.relay_faults.stage import held_by


class Nodes:
    """A sender and a recipient at some relays: label → origin that they dial."""

    def __init__(self, world: MailWorld, origins: Mapping[str, str], random: Random) -> None:
        self.world, self.origins, self.random = world, origins, random
        self.trust = world.trust()
        self.history = History()
        self.pocket, self.desk = Pocket(), Desk()
        self.letters: dict[bytes, Letter] = {}
        self.document = world.prescription_document()
        #: Codes of what did not succeed, each with how often.
        self.failures: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        access = (
            Access(self.world.node, self.world.node_credential()),
            Access(self.world.pharmacy, self.world.pharmacy_credential()),
        )
        self._boxes = [HttpMailboxes(one, clock=time.time) for one in access]
        for one in self._boxes:
            await one.__aenter__()
        self.rewire()
        return self

    def rewire(self) -> None:
        """The hands, over what is kept; once more where another history or desk is to be used."""
        senders, readers = self._boxes
        self.senders = {
            label: Sender(self.pocket, senders.of(origin), label, self.history, self.trust)
            for label, origin in self.origins.items()
        }
        self.readers = {
            label: Reader(
                self.desk, readers.of(origin), label, self.history, self.trust, queue=QUEUE, stamp=self.world.pharmacy_stamp()
            )
            for label, origin in self.origins.items()
        }

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._boxes:
            await one.__aexit__(kind, error, trace)

    def write(self, *, queue: str = QUEUE) -> tuple[Letter, bytes]:
        """A sealed message with a prescription."""
        now = int(time.time())
        value = self.world.message_value(
            self.document, number=self.random.getrandbits(60), created=now - 5, not_after=now + 86_400
        )
        content = msgspec.structs.replace(value.content, queue=queue)
        value = msgspec.structs.replace(value, content=content)
        signed = self.world.message(value)
        sealed = sealing.seal(signed, sealing_key("pharmacy"), sealing.outer_of(value, len(signed)))
        letter = Letter(
            (self.world.node.key.thumbprint, value.id), queue, hashlib.sha256(sealed).digest(), value.not_after, value.digests
        )
        self.letters[letter.digest] = letter
        return letter, sealed

    async def sends(self, until: float, *, width: int = 8, pause: float = 0.0) -> None:
        """`width` at a time until the instant `until` of the loop's clock: each again and again until it has its R1."""
        loop = asyncio.get_running_loop()

        async def one_after_another() -> None:
            while loop.time() < until:
                letter, sealed = self.write()
                sender = self.random.choice([*self.senders.values()])
                sender.put(letter, sealed)
                for _ in range(200):
                    if await self.tried(sender.submit(letter)) or loop.time() > until:
                        break
                    await asyncio.sleep(self.random.uniform(0.02, 0.2))
                await asyncio.sleep(pause)

        await asyncio.gather(*[one_after_another() for _ in range(width)])

    async def reads(self, until: float) -> None:
        """Polls every relay until then."""
        loop = asyncio.get_running_loop()

        async def at(reader: Reader) -> None:
            while loop.time() < until:
                if not await self.tried(reader.poll(self.letters, now=int(time.time()), wait_seconds=1, most=50)):
                    await asyncio.sleep(0.05)

        await asyncio.gather(*[at(one) for one in self.readers.values()])

    async def settle(self, *, seconds: float) -> None:
        """When nothing fails any more: what can be had is fetched and acknowledged."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while loop.time() < until and {one.digest for one in self.acknowledged} - self.desk.answers.keys():
            await self.reads(loop.time() + 0.3)
        for reader in self.readers.values():
            await self.tried(reader.acknowledge())

    @property
    def acknowledged(self) -> list[Letter]:
        """What has an R1."""
        keys = {key for _, key in self.pocket.receipts}
        return [one for one in self.letters.values() if one.key in keys]

    def account(self, label: str, store: MailStore) -> None:
        """What the store says of every message, and holds, when no lease is left; its relay has stopped."""
        now = int(time.time()) + 700
        for letter in self.letters.values():
            for data in store.receipts(*letter.key) or []:
                self.history.add(Told(label, letter.key, receipts.read(data, self.trust)))
        queues = {letter.queue for letter in self.letters.values()}
        self.history.add(Holds(label, frozenset(digest for queue in queues for digest in held_by(store, now, queue))))

    async def tried(self, call: Awaitable[object]) -> bool:
        """One attempt; did it succeed?"""
        try:
            await call
        except (MailboxFailed, DocumentError) as error:
            self.failures[error.code] += 1
            return False
        return True
