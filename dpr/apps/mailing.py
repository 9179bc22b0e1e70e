"""The service of a site that sends and fetches: carries what is in the outbox, and polls every relay that has messages for it.

Rules: one service for a site folder (a lock that the system lets go of when the process ends). What another process puts into
mail.db is seen within `_LOOK_SECONDS`. Lists, address book and mail keys are read again when they change. A site whose mail key
is missing only sends. What is told goes to whoever runs it and into the status; nothing here knows a person.

Example: `await Mailing(SiteFolder(Path("apotek"))).run()`
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from dpr.adapters import files
from dpr.adapters.mail_db import MailDb
from dpr.adapters.mailbox_http import Access, HttpMailboxes
from dpr.apps import delivering
from dpr.apps.compose import Node, SiteFolder
from dpr.apps.mail_opener import FreshOpener
from dpr.apps.mail_status import MailStatus, Noted, RelayStatus, read_status, write_status
from dpr.apps.mail_trust import FreshTrust
from dpr.apps.mail_view import sent
from dpr.core.errors import DprError, SetupError, StorageError
from dpr.core.mail.carriage import Standing
from dpr.core.mail.directory import entry_of
from dpr.core.mail.retry import Timing
from dpr.core.mail.stamp import Stamp
from dpr.core.mail.telling import Told
from dpr.flows.carry import Carrier
from dpr.flows.collect import Collector, Deliver
from dpr.ports import Mailbox, MailboxFailed, Opener

__all__ = ["MailStatus", "Mailing", "RelayStatus", "read_status"]

_LOOK_SECONDS = 0.2
#: The same for answers made by another process; those made here go out with the poll that brought the message.
_LATE_SECONDS = 1.0
#: How often relays to poll are looked up, the status is written where nothing happens, and old messages are removed.
_RELAYS_SECONDS, _STATUS_SECONDS, _FORGET_SECONDS = 30.0, 10.0, 86_400.0
#: Ended messages and answered ones are kept so long: longer than any relay holds one.
KEPT_SECONDS = 180 * 86_400
_ONCE_WAIT_SECONDS = 0
Tell = Callable[[Told], None]


def access_of(site: SiteFolder, node: Node) -> Access:
    """As whom, and how, a site's node calls relays, by its policy."""
    policy = site.policy
    names = (policy.mail_ca, policy.mail_certificate, policy.mail_certificate_key)
    ca, certificate, key = (site.folder / name if name else None for name in names)
    return Access(node.signer, node.credential, ca, certificate, key)


class Mailing:
    """A site's sending and fetching. `tell` is told what happens, from any thread, and must not block; `deliver`: what becomes
    of a message, in place of ledger and lists (a gateway's)."""

    def __init__(self, site: SiteFolder, *, tell: Tell = lambda told: None, deliver: Deliver | None = None) -> None:
        self._site, self._listener, self._given = site.existing(), tell, deliver
        self._noted = Noted()
        self._trust = FreshTrust(site)
        self._stack = ExitStack()
        self._followed: list[str] = []

    async def run(self) -> None:
        """Until it is cancelled. SetupError `mail_already_running`, and whatever the site lacks (key, credential, lists);
        StorageError `mail_file_…`."""
        async with self._ready() as (mail, relays, node):
            carrier = self._carrier(mail, relays)
            collector = self._collector(mail, node)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(carrier.run())
                tasks.create_task(self._report(mail, node, carrier, collecting=collector is not None))
                tasks.create_task(self._look(mail, carrier))
                if collector is not None:
                    tasks.create_task(self._follow_relays(collector, relays, node))
                    tasks.create_task(self._give_late_answers(mail, collector, relays))

    async def carry_until(
        self, message_id: bytes, *, seconds: float, enough: Callable[[Standing], bool] = lambda found: found.state.over
    ) -> Standing:
        """Carries what is in the outbox until this message stands as `enough` says, or for so many seconds; how it stands.
        Raises as `run`."""
        async with self._ready() as (mail, relays, _):
            carrier = self._carrier(mail, relays)
            carrying = asyncio.create_task(carrier.run())
            try:
                ends = asyncio.get_running_loop().time() + seconds
                while True:
                    found = sent(mail.outbox.message(message_id), mail.outbox, self._trust(), {}, int(self._now())).standing
                    if enough(found) or asyncio.get_running_loop().time() >= ends:
                        return found
                    await asyncio.wait((carrying,), timeout=_LOOK_SECONDS)
                    carrier.wake()
                    if carrying.done():
                        carrying.result()
            finally:
                carrying.cancel()
                with suppress(asyncio.CancelledError):
                    await carrying

    async def collect_once(self, *, seconds: float) -> None:
        """Polls every relay once, without waiting for what is not there: what came is judged, kept, answered and acknowledged.
        Raises as `run`; SetupError `mail_key_file_missing`. A relay that fails is told."""
        async with self._ready() as (mail, relays, node):
            collector = self._collector(mail, node, opener=FreshOpener(self._site))
            assert collector is not None
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    mailboxes = [relays.of(one) for one in self._origins(node)]
                    await asyncio.gather(*(self._collect_all(collector, one) for one in mailboxes))

    async def _collect_all(self, collector: Collector, mailbox: Mailbox) -> None:
        try:
            while await collector.poll(mailbox, wait_seconds=_ONCE_WAIT_SECONDS):
                pass
        except (MailboxFailed, DprError) as error:
            self._tell(Told("failed", b"", mailbox.origin, error.code))

    # --- its parts ----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _ready(self) -> AsyncIterator[tuple[MailDb, HttpMailboxes, Node]]:
        """The site's mail file and the way to relays, while nobody else runs it."""
        site = self._site
        with ExitStack() as stack:
            busy = SetupError("mail_already_running", str(site.folder))
            stack.enter_context(files.alone(site.folder / "mail.lock", busy=busy))
            node = site.node()
            self._trust()
            mail = stack.enter_context(MailDb.open(site.mail_path(), now=int(self._now())))
            self._stack = stack
            async with HttpMailboxes(access_of(site, node), clock=self._now) as relays:
                yield mail, relays, node

    def _carrier(self, mail: MailDb, relays: HttpMailboxes) -> Carrier:
        policy = self._site.policy
        return Carrier(
            outbox=mail.outbox,
            mailbox=relays.of,
            trust=self._trust,
            clock=self._now,
            random=random.random,
            timing=Timing(policy.mail_hedge_seconds, policy.mail_second_copy_seconds),
            tell=self._tell,
        )

    def _collector(self, mail: MailDb, node: Node, opener: Opener | None = None) -> Collector | None:
        """None where there is no mail key: then nobody can send to this site."""
        if opener is None:
            if not self._site.mail_key_path().exists():
                return None
            opener = FreshOpener(self._site)
        return Collector(
            inbox=mail.inbox,
            queue=node.queue,
            stamp=Stamp(node.signer, node.credential),
            opener=opener,
            deliver=self._given or self._delivering(),
            trust=self._trust,
            policy=self._site.policy,
            clock=self._now,
            random=random.random,
            tell=self._tell,
        )

    def _delivering(self) -> Deliver:
        site = self._site
        ledger = self._stack.enter_context(site.ledger()) if site.policy.gln else None
        catalogue = site.catalogue() if site.policy.gln else None
        if catalogue is not None:
            self._stack.callback(catalogue.close)
        receiving = delivering.Receiving(site.policy, self._trust, site.trust_files, ledger, catalogue)
        return lambda delivery: delivering.deliver(delivery, receiving=receiving, now=datetime.fromtimestamp(self._now(), UTC))

    def _now(self) -> float:
        return self._site.now().timestamp()

    def _tell(self, told: Told) -> None:
        self._noted(told, int(self._now()))
        self._listener(told)

    # --- what goes on beside ------------------------------------------------------------------------------------------

    async def _look(self, mail: MailDb, carrier: Carrier) -> None:
        """Has another process put something into the file?"""
        seen = None
        while True:
            with suppress(StorageError):
                now_seen = mail.outbox.changed()
                if now_seen != seen:
                    seen = now_seen
                    carrier.wake()
            await asyncio.sleep(_LOOK_SECONDS)

    async def _give_late_answers(self, mail: MailDb, collector: Collector, relays: HttpMailboxes) -> None:
        """An answer that another process has made goes out at once, and not when a poll is over."""
        seen = None
        while True:
            with suppress(StorageError):
                now_seen = mail.outbox.changed()
                if now_seen != seen:
                    seen = now_seen
                    await self._give_answers(mail, collector, relays)
            await asyncio.sleep(_LATE_SECONDS)

    async def _give_answers(self, mail: MailDb, collector: Collector, relays: HttpMailboxes) -> None:
        for origin in self._followed:
            if mail.inbox.unsent(origin, most=1):
                with suppress(MailboxFailed):  # the next poll tells
                    await collector.give_answers(relays.of(origin))

    def _origins(self, node: Node) -> list[str]:
        """Where messages to us may lie: what our own entry in the address book names, and the policy."""
        origins: list[str] = []
        with suppress(DprError):
            origins += [one.url for one in entry_of(self._site.address_book(), node.queue).endpoints]
        return list(dict.fromkeys([*origins, *self._site.policy.mail_relays]))

    async def _follow_relays(self, collector: Collector, relays: HttpMailboxes, node: Node) -> None:
        """Polls every relay there is, and those that the address book names later."""
        following: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                origins = await asyncio.to_thread(self._origins, node)
                self._followed = origins
                for origin in following.keys() - set(origins):
                    following.pop(origin).cancel()
                for origin in origins:
                    if origin not in following or following[origin].done():
                        following[origin] = asyncio.create_task(collector.run([relays.of(origin)]))
                await asyncio.sleep(_RELAYS_SECONDS)
        finally:
            for task in following.values():
                task.cancel()
            await asyncio.gather(*following.values(), return_exceptions=True)

    async def _report(self, mail: MailDb, node: Node, carrier: Carrier, *, collecting: bool) -> None:
        """Writes the status when it has changed, and now and then; removes what is old once a day."""
        written: MailStatus | None = None
        forget_at = 0.0
        while True:
            now = self._now()
            try:
                if now >= forget_at:
                    forget_at = now + _FORGET_SECONDS
                    mail.outbox.forget(before=int(now) - KEPT_SECONDS)
                    mail.inbox.forget(before=int(now) - KEPT_SECONDS)
                status = self._status(mail, node.queue if collecting else "", carrier.waiting)
                if written is None or status.at - written.at >= _STATUS_SECONDS or _said(status) != _said(written):
                    write_status(self._site.folder, status)
                    written = status
            except StorageError as error:
                self._tell(Told("failed", b"", "", error.code))
            await asyncio.sleep(1.0)

    def _status(self, mail: MailDb, queue: str, waiting: int) -> MailStatus:
        noted = self._noted
        return MailStatus(
            at=int(self._now()), pid=os.getpid(), queue=queue, relays=dict(noted.relays), waiting=waiting,
            deferred=len(noted.deferred), alarms=sum(not one.settled_at for one in mail.inbox.alarms()), code=noted.code,
        )  # fmt: skip


def _said(status: MailStatus) -> Any:
    """What is worth writing at once: not that the same relays answered again."""
    relays = {origin: (bool(one.contact_at), one.code, one.failed_at) for origin, one in status.relays.items()}
    return relays, status.waiting, status.deferred, status.alarms, status.code
