"""A whole run with dpr's own sender and recipient: `Carrier` and `Collector` over their mail files, which die and return.

Rules: both are as an app has them but for the network and the time. Their stores, relays and keys are reached through a life
(tests/relay_faults/mortal.py). The observer stands where things have become durable: behind the stores, before the wire.

Example: `flows_run(7, {"A": store, "B": other}, folder)` → the history, ready to be judged
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from dpr.adapters.mail_db import MailDb
from dpr.core.errors import DocumentError
from dpr.core.mail import receipts, sealing
from dpr.core.mail.api import InboxAnswer
from dpr.core.mail.carriage import standing
from dpr.core.mail.mail_key import SealingKey
from dpr.core.mail.receipt import Outcome, ReceiptType
from dpr.core.mail.retry import Timing
from dpr.core.mail.sealing import Sealed
from dpr.core.mail.telling import Told as Tale
from dpr.flows.carry import Carrier
from dpr.flows.collect import Collector, Delivery, Verdict
from dpr.ports import Alarm as RaisedAlarm
from dpr.ports import MailStore, Posted
from tests.mail_world import QUEUE, opening_key, sealing_key
from tests.relay_faults.history import (
    Acked,
    Acknowledged,
    Alarm,
    Answered,
    Concluded,
    Delivered,
    History,
    Letter,
    Recalled,
    Shown,
    Submitted,
    Told,
)
from tests.relay_faults.mortal import Life, Mortal, reborn
from tests.relay_faults.stage import LABELS, LONGEST, NOW, SENDER, TRUST, WORLD, Clock, Stage
from tests.relay_faults.virtual import run
from tests.relay_faults.weather import SimMailbox

RECIPIENT = WORLD.pharmacy.key.thumbprint
ORIGINS = {label: f"https://relay-{label.lower()}.test" for label in LABELS}
_LABELS = {origin: label for label, origin in ORIGINS.items()}


class Opening:
    """The pharmacy's opening key."""

    @property
    def keys(self) -> Sequence[SealingKey]:
        return (sealing_key("pharmacy"),)

    def open(self, sealed: Sealed) -> bytes:
        if sealed.key_id != self.keys[0].id:
            raise DocumentError("mail_key_unknown")
        try:
            padded = sealing.SUITE.decrypt(sealed.ciphertext, opening_key("pharmacy"), info=sealed.info)
        except Exception:
            raise DocumentError("mail_not_opened") from None
        return sealing.unpad(padded)


class Watched:
    """A store or relay of which the observer notes what the given methods did. `notes`: method → called with the result, then
    with what it was given."""

    def __init__(self, target: Any, **notes: Any) -> None:
        self._target, self._notes = target, notes

    def __getattr__(self, name: str) -> Any:
        found, note = getattr(self._target, name), self._notes.get(name)
        if note is None:
            return found

        def call(*args: Any, **named: Any) -> Any:
            result = found(*args, **named)
            note(result, *args, **named)
            return result

        return call


class SeenMailbox:
    """The recipient's way to one relay, seen by the observer."""

    def __init__(self, mailbox: SimMailbox, history: History) -> None:
        self._mailbox, self._history = mailbox, history
        self.origin, self._label = mailbox.origin, _LABELS[mailbox.origin]

    async def inbox(self, queue: str, *, after: int | None, wait_seconds: int, most: int = 20) -> InboxAnswer:
        asked = len(self._history)
        answer = await self._mailbox.inbox(queue, after=after, wait_seconds=wait_seconds, most=most)
        if self._label not in self._history.malicious:
            read = partial(map, lambda one: receipts.read(one, TRUST))
            digests = tuple(hashlib.sha256(one).digest() for one in answer.messages)
            [head] = read([answer.head])
            self._history.add(
                Shown(self._label, queue, asked, head, tuple(read(answer.chain)), digests, tuple(read(answer.ended)))
            )
        return answer

    async def acknowledge(self, queue: str, digests: Sequence[bytes], given: Sequence[bytes]) -> tuple[bytes, ...]:
        self._history.add(Acked(self._label, queue, tuple(digests)))
        found = await self._mailbox.acknowledge(queue, digests, given)
        for one in found:
            receipt = receipts.read(one, TRUST)
            self._history.add(Told(self._label, (SENDER, receipt.content.message_id or b""), receipt))
        return found


class Node:
    """What both sides of a run have in common. `ledger`: what the recipient has kept, by message."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage, self.history = stage, stage.history
        self.mail = {side: MailDb.open(folder / f"{side}.db", now=NOW) for side in ("sender", "recipient")}
        self.ledger: dict[tuple[bytes, bytes], bytes] = {}
        self.weathers = {(side, label): stage.weather() for side in self.mail for label in LABELS}
        self.clocks: dict[str, Clock] = {side: stage.clock(*LABELS) for side in self.mail}

    def mailbox(self, side: str, label: str) -> SimMailbox:
        me = SENDER if side == "sender" else RECIPIENT
        return SimMailbox(ORIGINS[label], self.stage.relays[label], me, self.weathers[side, label])

    def close(self) -> None:
        for one in self.mail.values():
            one.close()

    # --- the sender ---------------------------------------------------------------------------------------------------

    async def sends(self, life: Life) -> None:
        """One life of the sender's runner."""
        outbox = Mortal(Watched(self.mail["sender"].outbox, keep_receipts=self._kept), life)
        boxes = {ORIGINS[label]: Mortal(self.mailbox("sender", label), life) for label in LABELS}
        carrier = Carrier(
            outbox=outbox, mailbox=boxes.__getitem__, trust=lambda: TRUST, clock=self.clocks["sender"],
            random=self.stage.random.random, timing=Timing(), tell=self._tale,
        )  # fmt: skip
        async with asyncio.TaskGroup() as group:
            group.create_task(carrier.run())
            group.create_task(self._wakes(carrier))

    async def _wakes(self, carrier: Carrier) -> None:
        seen = 0
        while True:
            now = self.mail["sender"].outbox.changed()
            if now != seen:
                carrier.wake()
            seen = now
            await asyncio.sleep(60 if self.stage.calm else 1)

    def _kept(self, _: int, message_id: bytes, origin: str, given: Sequence[bytes]) -> None:
        for one in given:
            receipt, key = receipts.read(one, TRUST), (SENDER, message_id)
            kind = Acknowledged if receipt.content.type is ReceiptType.R1 else Told
            self.history.add(kind(_LABELS[origin], key, receipt))

    def _tale(self, tale: Tale) -> None:
        if tale.what == "alarm":
            self.history.add(Alarm(_LABELS.get(tale.origin, tale.origin), tale.code))

    async def posts(self, letter: Letter, sealed: bytes, *, recalled: bool) -> None:
        """Puts a message into the outbox some time, and asks for it back some time later."""
        random = Random(self.stage.random.random())
        await asyncio.sleep(random.uniform(0, self.stage.length))
        self.put(letter, sealed, tuple(ORIGINS[label] for label in random.sample(LABELS, random.choice((1, 2, 2)))))
        if recalled:
            await asyncio.sleep(random.choice((0.01, 5, 100, 2000)) * random.random())
            self.recall(letter)

    def put(self, letter: Letter, sealed: bytes, origins: tuple[str, ...]) -> None:
        """Into the outbox, for relays in this order."""
        posted = Posted(
            message_id=letter.key[1], queue=letter.queue, origins=origins, digest=letter.digest, documents=letter.documents,
            posted_at=_now(), not_after=letter.not_after,
        )  # fmt: skip
        self.mail["sender"].outbox.put(posted, sealed, same=letter.digest)
        self.history.add(Submitted(letter))

    def recall(self, letter: Letter) -> None:
        self.history.add(Recalled(letter.key))
        self.mail["sender"].outbox.recall(letter.key[1], now=_now())

    def conclude(self) -> None:
        """What the sender knows of each message when all is over."""
        outbox, now = self.mail["sender"].outbox, _now()
        for row in outbox.messages():
            held = [receipts.read(one, TRUST) for _, one in outbox.receipts(row.message_id)]
            state = row.ended or standing(held, not_after=row.not_after, now=now, recalled=row.recalled_at > 0).state
            self.history.add(Concluded((SENDER, row.message_id), state.value))

    # --- the recipient ------------------------------------------------------------------------------------------------

    async def fetches(self, life: Life) -> None:
        """One life of the recipient's runner."""
        inbox = Mortal(Watched(self.mail["recipient"].inbox, answer=self._answered, raise_alarm=self._raised), life)
        boxes = [Mortal(SeenMailbox(self.mailbox("recipient", label), self.history), life) for label in LABELS]
        collector = Collector(
            inbox=inbox, queue=QUEUE, stamp=WORLD.pharmacy_stamp(), opener=Opening(), deliver=Mortal(self._deliver, life),
            trust=lambda: TRUST, policy=WORLD.policy, clock=self.clocks["recipient"], random=self.stage.random.random,
            tell=self._came,
        )  # fmt: skip
        await collector.run(boxes)

    def _deliver(self, delivery: Delivery) -> Verdict:
        """Kept once in a ledger of our own; new again where it was answered already."""
        key, came = (delivery.sender.credential.key.thumbprint, delivery.message.id), self.mail["recipient"].inbox
        held = came.message(delivery.digest)
        answered = held is not None and len(held.answers) > 1
        ours = key[0] == SENDER  # what others have sent was not seen by the observer
        if ours and (key not in self.ledger or self.ledger[key] != delivery.digest or answered):
            self.history.add(Delivered(QUEUE, key, delivery.message.digests))
        self.ledger[key] = delivery.digest
        rejected = delivery.digest[0] % 3 == 0
        return Verdict(Outcome.REJECTED, "expired") if rejected else Verdict(Outcome.ACCEPTED)

    def _answered(self, kept: tuple[bytes, ...], *_: Any) -> None:
        for one in kept:
            self.history.add(Answered(QUEUE, receipts.read(one, TRUST)))

    def _raised(self, fresh: bool, alarm: RaisedAlarm) -> None:
        if fresh:
            self.history.add(Alarm(_LABELS[alarm.origin], alarm.code, alarm.evidence))

    def _came(self, tale: Tale) -> None:
        assert tale.code != "internal_error", tale


def _now() -> int:
    return NOW + int(asyncio.get_running_loop().time())


def flows_run(seed: int, stores: Mapping[str, MailStore], folder: Path) -> History:
    """The same history each time for a seed and empty stores."""
    stage = Stage(Random(seed), stores)
    node = Node(stage, folder)
    try:
        run(_played(node), Random(seed))
    finally:
        node.close()
    return stage.history


async def _played(node: Node) -> None:
    stage, loop = node.stage, asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)  # of tasks whose process has died
    work = [loop.create_task(node.posts(*post, recalled=stage.random.random() < 0.3)) for post in stage.posts]
    for make in (node.sends, node.fetches):
        work.append(loop.create_task(reborn(make, Random(stage.random.random()), lambda: stage.calm)))
    for label in LABELS:
        work += [loop.create_task(stage.relay_dies_and_returns(label)), loop.create_task(stage.relay_tidies(label))]
    await asyncio.sleep(stage.length)
    stage.clear()
    stage.history.settled = stage.random.random() < 0.5
    await asyncio.sleep(LONGEST if stage.history.settled else 900)
    for one in work:
        one.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    stage.account()
    node.conclude()
