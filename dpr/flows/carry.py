"""A node's messages are carried to their recipients: handed to relays, their receipts fetched and judged, recalled on request.

Rules: what was sent, and where it may be, is in the outbox before the first byte leaves, so that a run that is killed goes on
where it stood: the same sealed bytes again are the same message at every relay. What is due when stands in
dpr.core.mail.underway; here it is done. A receipt counts when it verifies and is about this message; one that does not is the
relay's fault and is told. A relay that is slow or dead keeps nothing else waiting.

Example: `carrier = Carrier(outbox=outbox, mailbox=mailboxes.of, trust=site.trust, clock=clock, random=random, timing=timing)`;
`await carrier.run()`, and `carrier.wake()` when something was put into the outbox
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

from dpr.core.errors import DocumentError, StorageError
from dpr.core.mail import breaker, following
from dpr.core.mail.carriage import State
from dpr.core.mail.compare import contradiction
from dpr.core.mail.receipt import ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.mail.retry import Timing, backoff_seconds
from dpr.core.mail.telling import Told
from dpr.core.mail.underway import SETTLE_SECONDS, UnderWay, What, actions, looks_again_at
from dpr.core.trust import Trust
from dpr.ports import Mailbox, MailboxFailed, Outbox, Posted

#: Calls of each sort to one relay at the same time.
AT_ONCE: dict[What, int] = {"submit": 8, "ask": 16, "recall": 4}
WAIT_SECONDS = 25
#: The outbox is read again at least so often, and so long after it failed.
_IDLE_SECONDS, _STORE_PAUSE_SECONDS = 60.0, 5.0
#: What says that a relay is not working, and not just that it will not do this.
_BROKEN = frozenset(("relay_unreachable", "relay_slow", "relay_answer", "relay_certificate", "relay_address_unsafe"))


@dataclass
class _Message:
    """One that is under way, and the calls made for it. `known_tried`: origins of which it is kept that they may have it."""

    row: Posted
    way: UnderWay
    known_tried: set[str]
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    next_at: float = 0.0
    ending: bool = False


class Carrier:
    """Carries what is in one outbox. `mailbox`: the relay at an origin; `trust`: what the site holds by now; `clock`: seconds
    since the epoch; `random`: from 0 up to 1; `tell` is told what happens, and must not block."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        mailbox: Callable[[str], Mailbox],
        trust: Callable[[], Trust],
        clock: Callable[[], float],
        random: Callable[[], float],
        timing: Timing,
        tell: Callable[[Told], None] = lambda told: None,
    ) -> None:
        self._outbox, self._mailbox, self._trust = outbox, mailbox, trust
        self._clock, self._random, self._timing, self._tell = clock, random, timing, tell
        self._messages: dict[bytes, _Message] = {}
        self._breakers: dict[str, breaker.Breaker] = {}
        self._asked_to_wait: dict[str, float] = {}
        self._at_work: Counter[tuple[What, str]] = Counter()
        #: By sort of call and relay: messages that wait for a place, in order.
        self._held_back: dict[tuple[What, str], dict[bytes, None]] = {}
        self._woken, self._stale = asyncio.Event(), True

    @property
    def waiting(self) -> int:
        """How many messages are under way."""
        return len(self._messages)

    def wake(self) -> None:
        """The outbox has changed."""
        self._stale = True
        self._woken.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        try:
            while True:
                seconds = min(max(self._work() - self._clock(), 0.0), _IDLE_SECONDS)
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._woken.wait()
                self._woken.clear()
        finally:
            tasks = [task for one in self._messages.values() for task in one.tasks]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # --- what is due ------------------------------------------------------------------------------------------------

    def _work(self) -> float:
        """Begins whatever is due; the instant at which something more is."""
        now = self._clock()
        try:
            if self._stale:
                self._load()
        except StorageError as error:
            self._tell(Told("failed", b"", "", error.code))
            return now + _STORE_PAUSE_SECONDS
        for one in [*self._messages.values()]:
            if one.next_at <= now:
                self._work_on(one, now)
        for (what, origin), waiting in self._held_back.items():
            while waiting and self._at_work[what, origin] < AT_ONCE[what]:
                message_id = next(iter(waiting))
                del waiting[message_id]
                if message_id in self._messages:
                    self._work_on(self._messages[message_id], now)
        return min((one.next_at for one in self._messages.values()), default=math.inf)

    def _load(self) -> None:
        rows = {row.message_id: row for row in self._outbox.messages(open_only=True)}
        for message_id in self._messages.keys() - rows.keys():
            if not self._messages[message_id].ending:  # that is told when it is done
                self._drop(self._messages[message_id])
        for message_id, row in rows.items():
            one = self._messages.get(message_id)
            if one is None:
                self._messages[message_id] = self._taken_up(row)
            elif one.row != row:
                one.row, one.way.recalled_at, one.next_at = row, row.recalled_at, 0.0
        self._stale = False

    def _taken_up(self, row: Posted) -> _Message:
        copies = {copy.origin: copy for copy in self._outbox.copies(row.message_id)}
        tried = {origin for origin, copy in copies.items() if copy.tried_at}
        one = _Message(row, UnderWay(row.posted_at, row.not_after, row.recalled_at, copies), tried)
        for origin, data in self._outbox.receipts(row.message_id):
            one.way.held += [(origin, receipt) for receipt in self._verified(one, origin, [data])]
        one.way.take_custody_from_receipts(self._clock())
        return one

    def _work_on(self, one: _Message, now: float) -> None:
        ended = one.way.ends_as(now)
        if ended is None:
            while self._begin_due(one, now):  # what has begun decides when the next does
                pass
            return
        one.next_at = math.inf
        if not one.ending:
            one.ending = True
            self._task(one, self._end(one, ended))

    async def _end(self, one: _Message, state: State) -> None:
        try:
            await asyncio.to_thread(self._outbox.end, one.row.message_id, state, now=int(self._clock()))
        except StorageError as error:
            one.ending = False
            self._store_failed(one, error)
            self._woken.set()
        else:
            self._drop(one)
            self._tell(Told("ended", one.row.message_id, "", state.value))

    def _task(self, one: _Message, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        one.tasks.add(task)
        task.add_done_callback(one.tasks.discard)

    def _begin_due(self, one: _Message, now: float) -> bool:
        """Begins what is due, where the relay has a place for it; was there any?"""
        one.next_at, began = looks_again_at(one.way, now), False
        for what, origin, at in actions(one.way, now=now, timing=self._timing, blocked=self._blocked(now)):
            if at > now:
                one.next_at = min(one.next_at, at)
            elif self._at_work[what, origin] < AT_ONCE[what]:
                self._begin(one, what, origin)
                began = True
            else:
                self._held_back.setdefault((what, origin), {})[one.row.message_id] = None
        return began

    def _drop(self, one: _Message) -> None:
        self._messages.pop(one.row.message_id, None)
        for task in one.tasks - {asyncio.current_task()}:
            task.cancel()

    def _blocked(self, now: float) -> dict[str, float]:
        found = {origin: at for origin, at in self._asked_to_wait.items() if at > now}
        for origin, state in self._breakers.items():
            at = breaker.allowed_at(state, now=now)
            if at > now:
                found[origin] = max(at, found.get(origin, 0.0))
        return found

    # --- doing it ---------------------------------------------------------------------------------------------------

    def _begin(self, one: _Message, what: What, origin: str) -> None:
        copy = one.way.copies[origin]
        if what == "submit" and not copy.tried_at:
            one.way.copies[origin] = msgspec.structs.replace(copy, tried_at=self._clock())
        one.way.busy.add((what, origin))
        self._at_work[what, origin] += 1
        self._note(origin, breaker.Event.BEGUN)
        self._task(one, self._call(one, what, origin))

    async def _call(self, one: _Message, what: What, origin: str) -> None:
        do = {"submit": self._submit, "ask": self._ask, "recall": self._recall}[what]
        try:
            await do(one, origin)
        except StorageError as error:
            self._store_failed(one, error)
        else:
            one.next_at = 0.0
        finally:
            one.way.busy.discard((what, origin))
            self._at_work[what, origin] -= 1
            self._woken.set()

    async def _submit(self, one: _Message, origin: str) -> None:
        if origin not in one.known_tried:  # before the first byte leaves: a recall must know
            await self._change(one, origin)
            one.known_tried.add(origin)
        try:
            data = await self._mailbox(origin).submit(self._outbox.sealed(one.row.message_id))
            receipt = self._expect(one, data, ReceiptType.R1)
        except MailboxFailed as error:
            await self._failed(one, origin, error, ended=error.final)
        except DocumentError as error:
            await self._lied(one, origin, error)
        else:
            self._note(origin, breaker.Event.SUCCESS)
            held = self._change(one, origin, custody_at=self._clock(), failures=0, next_at=0.0, code="")
            await asyncio.gather(self._keep(one, origin, [receipt]), held)
            self._tell(Told("custody", one.row.message_id, origin, "R1"))

    async def _ask(self, one: _Message, origin: str) -> None:
        asking = one.way.asking[origin]
        wait = WAIT_SECONDS if self._at_work["ask", origin] <= AT_ONCE["ask"] // 2 else 0
        try:
            given = await self._mailbox(origin).receipts(one.row.message_id, known=asking.known, wait_seconds=wait)
        except MailboxFailed as error:
            asking.known, asking.failures = 0, asking.failures + 1
            pause = backoff_seconds(asking.failures, self._random(), asked_for=error.retry_after_seconds)
            asking.next_at = self._clock() + max(pause, 0.2)
            self._not_answered(origin, error)
            if error.code == "message_unknown":
                await self._forgotten(one, origin)
            return
        self._note(origin, breaker.Event.SUCCESS)
        asking.known, asking.failures, asking.next_at = asking.known + len(given), 0, 0.0
        await self._keep(one, origin, self._verified(one, origin, given))
        if not given:
            age = self._clock() - one.row.posted_at
            asking.next_at = self._clock() + following.pause_seconds(age, waited=wait > 0, random=self._random())

    async def _recall(self, one: _Message, origin: str) -> None:
        try:
            data = await self._mailbox(origin).withdraw(one.row.message_id)
            receipt = self._expect(one, data, ReceiptType.W1, ReceiptType.W2)
        except MailboxFailed as error:
            copy, now = one.way.copies[origin], self._clock()
            if error.code != "message_unknown":
                await self._failed(one, origin, error)
            elif copy.code == error.code and now >= min(copy.next_at, copy.tried_at + SETTLE_SECONDS):
                await self._change(one, origin, ended=True)
            else:
                await self._change(one, origin, code=error.code, next_at=max(now, copy.tried_at + SETTLE_SECONDS))
        except DocumentError as error:
            await self._lied(one, origin, error)
        else:
            self._note(origin, breaker.Event.SUCCESS)
            if receipt.content.type is ReceiptType.W2 and not one.way.copies[origin].custody_at:
                await self._change(one, origin, custody_at=self._clock())  # its R1 was lost on the way
            await self._keep(one, origin, [receipt])

    # --- what came of it --------------------------------------------------------------------------------------------

    def _expect(self, one: _Message, data: bytes, *kinds: ReceiptType) -> Attested:
        receipt = self._read(one, data)
        if receipt.content.type not in kinds:
            raise DocumentError("receipt_fields", receipt.content.type.name)
        return receipt

    def _read(self, one: _Message, data: bytes) -> Attested:
        row = one.row
        return following.read_receipt(
            data, self._trust(), queue=row.queue, message_id=row.message_id, digest=row.digest, documents=row.documents
        )

    def _verified(self, one: _Message, origin: str, given: Iterable[bytes]) -> list[Attested]:
        found = []
        for data in given:
            try:
                found.append(self._read(one, data))
            except DocumentError as error:
                self._tell(Told("alarm", one.row.message_id, origin, error.code))
        return found

    async def _keep(self, one: _Message, origin: str, given: list[Attested]) -> None:
        """Durable, then known: what it changes is done after."""
        known = {receipt.document for receipt in one.way.receipts}
        fresh = [receipt for receipt in given if receipt.document not in known]
        if fresh:
            kept = [receipt.document for receipt in fresh]
            await asyncio.to_thread(self._outbox.keep_receipts, one.row.message_id, origin, kept)
        for receipt in fresh:
            codes = {contradiction(receipt, held) for held in one.way.receipts} - {None}
            one.way.held.append((origin, receipt))
            self._tell(Told("receipt", one.row.message_id, origin, receipt.content.type.name))
            for code in sorted(code for code in codes if code):
                self._tell(Told("alarm", one.row.message_id, origin, code))
        ended = [receipt for receipt in given if following.ends_copy(receipt)]
        if ended:
            await self._copy_ended(one, origin, [receipt for receipt in ended if receipt in fresh])

    async def _copy_ended(self, one: _Message, origin: str, fresh: list[Attested]) -> None:
        """The relay holds it no more; where that was not for it to say yet, its copy has failed, and the next relay's turn is
        at once."""
        way, codes = one.way, []
        for receipt in fresh:
            code = following.early_end_fault(receipt, not_after=way.not_after, recalled=way.recalled_at > 0)
            codes += [code] if code else []
            if code:
                self._tell(Told("alarm", one.row.message_id, origin, code))
        failed = {"code": codes[-1], "failures": way.copies[origin].failures + 1} if codes else {}
        await self._change(one, origin, ended=True, **failed)

    async def _change(self, one: _Message, origin: str, **changes: Any) -> None:
        # Known, then durable: what is lost is found again, since the same bytes are the same message.
        one.way.copies[origin] = msgspec.structs.replace(one.way.copies[origin], **changes)
        await asyncio.to_thread(self._outbox.keep_copy, one.row.message_id, one.way.copies[origin])

    async def _failed(self, one: _Message, origin: str, error: MailboxFailed, *, ended: bool = False) -> None:
        self._not_answered(origin, error)
        failures = one.way.copies[origin].failures + 1
        wait = backoff_seconds(failures, self._random(), asked_for=error.retry_after_seconds)
        await self._change(one, origin, failures=failures, next_at=self._clock() + wait, code=error.code, ended=ended)
        self._tell(Told("failed", one.row.message_id, origin, error.code))

    async def _lied(self, one: _Message, origin: str, error: DocumentError) -> None:
        self._tell(Told("alarm", one.row.message_id, origin, error.code))
        await self._failed(one, origin, MailboxFailed("relay_answer", error.code))

    async def _forgotten(self, one: _Message, origin: str) -> None:
        """It has receipted a message that it does not know: it was restored from an old copy, or lies. It is given it again."""
        self._tell(Told("alarm", one.row.message_id, origin, "relay_forgot"))
        copy = one.way.copies[origin]
        pause = backoff_seconds(copy.failures + 3, self._random())
        await self._change(
            one, origin, custody_at=0.0, failures=copy.failures + 1, next_at=self._clock() + pause, code="relay_forgot"
        )

    def _not_answered(self, origin: str, error: MailboxFailed) -> None:
        self._note(origin, breaker.Event.FAILURE if error.code in _BROKEN else breaker.Event.SUCCESS)
        if error.retry_after_seconds:
            self._asked_to_wait[origin] = self._clock() + backoff_seconds(1, 0.0, asked_for=error.retry_after_seconds)

    def _note(self, origin: str, event: breaker.Event) -> None:
        if event is breaker.Event.SUCCESS:
            self._tell(Told("contact", b"", origin, ""))
        before = self._breakers.get(origin, breaker.Breaker())
        self._breakers[origin] = breaker.after(before, event, now=self._clock(), random=self._random())

    def _store_failed(self, one: _Message, error: StorageError) -> None:
        self._tell(Told("failed", one.row.message_id, "", error.code))
        one.next_at = self._clock() + _STORE_PAUSE_SECONDS
