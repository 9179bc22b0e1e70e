"""A sender and a recipient in their plainest form, over the Mailbox port: they do what the protocol asks and tell the observer.

Rules: what must last (`Pocket`, `Desk`) is kept before it is acted on and outlives whoever holds it; one that dies is made anew
over it. The recipient does not open messages, it looks them up by their digest: what is tested is the way, not the seal.
They judge every receipt; what does not verify is no receipt, and a relay that contradicts itself is told on.

Example: `await Reader(desk, mailbox, "A", history, letters).poll()`
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from dpr.core.errors import DocumentError
from dpr.core.mail import chain, receipts
from dpr.core.mail.api import InboxAnswer
from dpr.core.mail.chain import Fork, Place
from dpr.core.mail.receipt import Outcome, ReceiptContent, ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.mail.stamp import Stamp
from dpr.core.trust import Trust
from dpr.ports import Mailbox, MailboxFailed
from tests.relay_faults.history import (
    Acked,
    Acknowledged,
    Alarm,
    Answered,
    Delivered,
    History,
    Key,
    Letter,
    Recalled,
    Shown,
    Submitted,
    Told,
)


@dataclass
class Pocket:
    """A sender's outbox: sealed bytes by key, and every verified receipt by relay."""

    sealed: dict[Key, bytes] = field(default_factory=dict)
    receipts: dict[tuple[str, Key], dict[bytes, Attested]] = field(default_factory=dict)


class Sender:
    """One node and one relay. Each call is one attempt: MailboxFailed where it did not succeed."""

    def __init__(self, pocket: Pocket, mailbox: Mailbox, label: str, history: History, trust: Trust) -> None:
        self.pocket, self.mailbox, self.label, self.history, self.trust = pocket, mailbox, label, history, trust

    def put(self, letter: Letter, sealed: bytes) -> None:
        self.pocket.sealed[letter.key] = sealed
        self.history.add(Submitted(letter))

    async def submit(self, letter: Letter) -> Attested:
        """The R1. DocumentError where the relay's answer is none for this message."""
        answer = await self.mailbox.submit(self.pocket.sealed[letter.key])
        receipt = self._kept(letter, answer)
        if receipt.content.type is not ReceiptType.R1:
            raise DocumentError("receipt_fields", receipt.content.type.name)
        self.history.add(Acknowledged(self.label, letter.key, receipt))
        return receipt

    async def ask(self, letter: Letter) -> list[Attested]:
        """Every receipt that this relay has of the message; those that do not verify are left out."""
        for one in await self.mailbox.receipts(letter.key[1]):
            try:
                self.history.add(Told(self.label, letter.key, self._kept(letter, one)))
            except DocumentError:
                continue
        return [*self.pocket.receipts.get((self.label, letter.key), {}).values()]

    async def withdraw(self, letter: Letter) -> Attested:
        """The W1 or W2."""
        self.history.add(Recalled(letter.key))
        receipt = self._kept(letter, await self.mailbox.withdraw(letter.key[1]))
        self.history.add(Told(self.label, letter.key, receipt))
        return receipt

    def _kept(self, letter: Letter, data: bytes) -> Attested:
        receipt = receipts.read(
            data, self.trust, expected_queue=letter.queue, expected_id=letter.key[1], expected_digest=letter.digest
        )
        return self.pocket.receipts.setdefault((self.label, letter.key), {}).setdefault(receipt.digest, receipt)


@dataclass
class Desk:
    """A recipient's inbox: how far it has read, what was new, its answers by the digest of what was sealed."""

    places: dict[str, Place] = field(default_factory=dict)
    taken: dict[Key, bytes] = field(default_factory=dict)
    answers: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict)
    unacknowledged: dict[tuple[str, bytes], None] = field(default_factory=dict)


class Reader:
    """One recipient at one relay. `letters`: what may come, by digest; `now`: for its own receipts."""

    def __init__(
        self, desk: Desk, mailbox: Mailbox, label: str, history: History, trust: Trust, *, queue: str, stamp: Stamp
    ) -> None:
        self.desk, self.mailbox, self.label, self.history, self.trust = desk, mailbox, label, history, trust
        self.queue, self.stamp = queue, stamp

    async def poll(self, letters: Mapping[bytes, Letter], *, now: int, wait_seconds: int = 0, most: int = 20) -> int:
        """Fetches, takes, answers, acknowledges; how many messages came. MailboxFailed; DocumentError where the answer does not
        verify."""
        asked, held = len(self.history), self.desk.places.get(self.label)
        after = held.sequence if held else None
        answer = await self.mailbox.inbox(self.queue, after=after, wait_seconds=wait_seconds, most=most)
        self._follow(answer, asked, held)
        for sealed in answer.messages:
            digest = hashlib.sha256(sealed).digest()
            if digest in letters:
                self._take(letters[digest], now)
        await self.acknowledge()
        return len(answer.messages)

    def _follow(self, answer: InboxAnswer, asked: int, held: Place | None) -> None:
        """The chain goes on to the head from where this reader stood when it asked; another poll may have been faster."""
        head, shown = receipts.read(answer.head, self.trust), [receipts.read(one, self.trust) for one in answer.chain]
        ended = tuple(receipts.read(one, self.trust) for one in answer.ended)
        digests = tuple(hashlib.sha256(one).digest() for one in answer.messages)
        self.history.add(Shown(self.label, self.queue, asked, head, tuple(shown), digests, ended))
        try:
            place = chain.extend(held or chain.begin(shown, head), shown)
            chain.check_head(place, head)
        except Fork as fork:
            self.history.add(Alarm(self.label, fork.code, fork.evidence))
            raise
        self.desk.places[self.label] = max(place, self.desk.places.get(self.label, place))

    def _take(self, letter: Letter, now: int) -> None:
        if self.desk.taken.setdefault(letter.key, letter.digest) == letter.digest and letter.digest not in self.desk.answers:
            self.history.add(Delivered(self.queue, letter.key, letter.documents))
            named = {"message_id": letter.key[1], "digest": letter.digest, "documents": letter.documents}
            r3 = self.stamp(ReceiptContent(type=ReceiptType.R3, queue=self.queue, **named), now)  # type: ignore[arg-type]
            accepted = ReceiptContent(type=ReceiptType.R4, queue=self.queue, outcome=Outcome.ACCEPTED, **named)  # type: ignore[arg-type]
            self.desk.answers[letter.digest] = (r3, self.stamp(accepted, now))
            for one in self.desk.answers[letter.digest]:
                self.history.add(Answered(self.queue, receipts.read(one, self.trust)))
        self.desk.unacknowledged[self.label, letter.digest] = None

    async def acknowledge(self) -> None:
        """Tells this relay of everything that is done and not yet acknowledged there."""
        due = [digest for label, digest in self.desk.unacknowledged if label == self.label][:50]
        if not due:
            return
        self.history.add(Acked(self.label, self.queue, tuple(due)))
        given = [one for digest in due for one in self.desk.answers.get(digest, ())]
        for one in await self.mailbox.acknowledge(self.queue, due, given):
            receipt = receipts.read(one, self.trust)
            key = next((k for k, d in self.desk.taken.items() if d == receipt.content.digest), (b"", b""))
            self.history.add(Told(self.label, key, receipt))
        for digest in due:
            self.desk.unacknowledged.pop((self.label, digest), None)


async def attempted(call: object) -> bool:
    """Awaits one attempt; did it succeed?"""
    try:
        await call  # type: ignore[misc]
    except (MailboxFailed, DocumentError):
        return False
    return True
