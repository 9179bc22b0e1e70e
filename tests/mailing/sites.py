"""A record system's site and a pharmacy's site in folders, an address book with relays on real ports, and the time of now.

Example: `async with Net(tmp_path) as net: posted = net.post(); await net.until(lambda: net.state(posted) is State.ACCEPTED)`
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from dpr.adapters.mail_db import MailDb
from dpr.adapters.opening_keys import OpeningKeys
from dpr.apps.compose import SiteFolder
from dpr.apps.mailing import Mailing
from dpr.core import documents
from dpr.core.mail import receipts
from dpr.core.mail.address_book import AddressBookContent, Endpoint, Entry
from dpr.core.mail.carriage import State
from dpr.core.mail.mail_key import MailKey, MailKeyContent
from dpr.core.mail.telling import Told
from dpr.core.trust_list import Environment
from dpr.flows.post import Node, post
from dpr.ports import Posted
from tests.mail_world import QUEUE, MailWorld
from tests.relay.rig import Rig, config_at, free_port, write_key, write_site
from tests.world import DAY, GLN

LABELS = ("relay a", "relay b")


class Net:
    """Two relays, a node `care` and a pharmacy `pharmacy`, each in a folder of its own. `relays`: which of them run."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.world = folder, MailWorld(now=int(time.time()))
        self.ports = {label: free_port() for label in LABELS}
        self.rigs: dict[str, Rig] = {}
        self.told: dict[str, list[Told]] = {"care": [], "pharmacy": []}
        self._keys = OpeningKeys.create(self._made("pharmacy") / "keys" / "mail.pem", now=self.world.now)
        self._write_sites()

    def origin(self, label: str) -> str:
        return f"http://127.0.0.1:{self.ports[label]}"

    def _made(self, name: str) -> Path:
        path = self.folder / name
        write_site(path, self.world)
        (path / "keys").mkdir(exist_ok=True)
        return path

    def _write_sites(self) -> None:
        care, pharmacy, world = self._made_already("care"), self.folder / "pharmacy", self.world
        write_key(care / "keys" / "node.pem", world.node)
        (care / "keys" / "node.cbor").write_bytes(world.node_credential())
        write_key(pharmacy / "keys" / "pharmacy.pem", world.pharmacy)
        (pharmacy / "keys" / "pharmacy.cbor").write_bytes(world.pharmacy_credential())
        (pharmacy / "policy.toml").write_text(f'environment = "test"\ngln = "{GLN}"\n')
        (care / "policy.toml").write_text('environment = "test"\nmail_hedge_seconds = 1\nmail_second_copy_seconds = 2\n')
        for site in (care, pharmacy):
            (site / "address-book.cbor").write_bytes(self.address_book())

    def _made_already(self, name: str) -> Path:
        return self._made(name)

    def address_book(self) -> bytes:
        value = self.world.address_book_value()
        key = MailKey(
            valid_until=self.world.now + 300 * DAY,
            issued_at=self.world.now - DAY,
            content=MailKeyContent(queue=QUEUE, environment=Environment.TEST, keys=tuple(self._keys.keys)),
        )
        mail_key = documents.sign(documents.MAIL_KEY, key, self.world.pharmacy, credential=self.world.pharmacy_credential())
        endpoints = tuple(Endpoint(url=self.origin(label), network="internet") for label in LABELS)
        import msgspec

        [entry] = value.content.entries
        changed: Entry = msgspec.structs.replace(entry, endpoints=endpoints, mail_key=mail_key)
        content: AddressBookContent = msgspec.structs.replace(value.content, entries=(changed,))
        whole = msgspec.structs.replace(value, content=content)
        return documents.sign_by_many(documents.ADDRESS_BOOK, whole, [self.world.online])

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        for label in LABELS:
            await self.start(label)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def start(self, label: str) -> None:
        rig = Rig(self.folder / label.replace(" ", "-"), config=config_at(self.ports[label]), label=label, world=self.world)
        self.rigs[label] = await self._stack.enter_async_context(rig)

    def site(self, name: str) -> SiteFolder:
        return SiteFolder(self.folder / name)

    def mail(self, name: str) -> MailDb:
        return MailDb.open(self.folder / name / "mail.db", now=self.world.now)

    def post(self, *given: bytes, **changes: Any) -> Posted:
        """As another process would: into the file, and no more."""
        site = self.site("care")
        node = site.node()
        with self.mail("care") as mail:
            return post(
                given or (self.world.prescription_document(),),
                site.address_book().content.entries[0],
                node=Node(node.signer, node.credential), outbox=mail.outbox, trust=site.trust(), policy=site.policy,
                now=int(datetime.now(UTC).timestamp()), life_seconds=3600, new_id=secrets.token_bytes(16), **changes,
            )  # fmt: skip

    def mailing(self, name: str) -> Mailing:
        return Mailing(self.site(name), tell=self.told[name].append)

    @contextlib.asynccontextmanager
    async def running(self, *names: str) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self.mailing(name).run()) for name in names]
        try:
            yield
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def until(self, condition: Callable[[], bool], seconds: float = 15.0) -> None:
        ends = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends, f"it did not come; told: {self.told}"
            await asyncio.sleep(0.02)

    def state(self, posted: Posted) -> State | None:
        with self.mail("care") as mail:
            return mail.outbox.message(posted.message_id).ended

    def kinds(self, posted: Posted) -> list[str]:
        trust = self.world.trust()
        with self.mail("care") as mail:
            given = mail.outbox.receipts(posted.message_id)
        return sorted(receipts.read(data, trust).content.type.name for _, data in given)
