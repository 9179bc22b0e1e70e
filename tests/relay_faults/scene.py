"""Histories told by hand, with real receipts: a good one, and the ways in which it can go wrong.

Example: `Scene().good()` → a `History` that breaks nothing
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from dpr.core.mail import receipts
from dpr.core.mail.receipt import NO_RECEIPT, Outcome, ReceiptContent, ReceiptType
from dpr.core.mail.receipts import Attested
from tests.mail_world import QUEUE, MailWorld
from tests.relay_faults.history import (
    Acked,
    Acknowledged,
    Answered,
    Concluded,
    Delivered,
    History,
    Holds,
    Key,
    Letter,
    Recalled,
    Shown,
    Submitted,
    Told,
)
from tests.world import DAY, NOW

WORLD = MailWorld()
TRUST = WORLD.trust()
SENDER = WORLD.node.key.thumbprint


def letter(number: int, **changes: Any) -> Letter:
    """The letter of a number, of one document."""
    name = hashlib.sha256(b"letter %d" % number).digest()
    made = Letter((SENDER, name[:16]), QUEUE, hashlib.sha256(name).digest(), NOW + DAY, (hashlib.sha256(b"d" + name).digest(),))
    return made._replace(**changes)


@dataclass
class Scene:
    """One queue at relays A and B, whose R1s follow one another; what is told goes into `history`."""

    history: History = field(default_factory=History)
    chain: dict[str, list[Attested]] = field(default_factory=lambda: {"A": [], "B": []})

    def receipt(
        self, kind: ReceiptType, one: Letter | None = None, *, relay: str = "A", at: int = NOW, **more: Any
    ) -> Attested:
        """A receipt of relay A or B or, where its type is the recipient's, of the pharmacy."""
        stamps = {"A": WORLD.stamp, "B": lambda: type(WORLD.stamp())(WORLD.other_relay, WORLD.other_relay_credential())}
        stamp = WORLD.pharmacy_stamp() if kind in (ReceiptType.R3, ReceiptType.R4, ReceiptType.N2) else stamps[relay]()
        if one is not None:
            more = {"message_id": one.key[1], "digest": one.digest} | more
        return receipts.read(stamp(ReceiptContent(type=kind, queue=QUEUE, **more), at), TRUST)

    def r1(self, one: Letter, *, relay: str = "A", **changes: Any) -> Attested:
        """The next R1 of the queue; one with `changes` is not the next of anything."""
        chain = self.chain[relay]
        fields = {"sequence": len(chain) + 1, "previous": chain[-1].digest if chain else NO_RECEIPT}
        made = self.receipt(ReceiptType.R1, one, relay=relay, **fields | changes)
        if not changes:
            chain.append(made)
        return made

    def end(self, kind: ReceiptType, one: Letter, *, relay: str = "A", **more: Any) -> Attested:
        """A relay's R2, N1, W1 or W2."""
        number = next((r.content.sequence for r in self.chain[relay] if r.content.digest == one.digest), 1)
        return self.receipt(kind, one, relay=relay, sequence=number, **more)

    def head(self, *, relay: str = "A", **changes: Any) -> Attested:
        chain = self.chain[relay]
        fields = {"sequence": len(chain), "head": chain[-1].digest if chain else NO_RECEIPT} | changes
        return self.receipt(ReceiptType.H1, relay=relay, **fields)

    def answer(self, one: Letter, *, at: int = NOW, outcome: Outcome = Outcome.ACCEPTED, code: str | None = None) -> Attested:
        """The recipient's R4."""
        return self.receipt(ReceiptType.R4, one, at=at, documents=one.documents, outcome=outcome, code=code)

    def sent(self, one: Letter, *, relay: str = "A") -> Attested:
        """Submitted and acknowledged."""
        if all(event.letter.key != one.key for event in self.history.of(Submitted)):
            self.history.add(Submitted(one))
        receipt = self.r1(one, relay=relay)
        self.history.add(Acknowledged(relay, one.key, receipt))
        return receipt

    def shown(self, *messages: Letter, relay: str = "A", **changes: Any) -> None:
        """A poll with the whole chain and these messages."""
        fields = {
            "asked": len(self.history),
            "head": self.head(relay=relay),
            "chain": tuple(self.chain[relay]),
            "messages": tuple(one.digest for one in messages),
        } | changes
        self.history.add(Shown(relay, QUEUE, **fields))

    def taken(self, one: Letter, *, relay: str = "A") -> None:
        """Fetched, new, answered and acknowledged."""
        self.shown(one, relay=relay)
        self.history.add(Delivered(QUEUE, one.key, one.documents))
        self.history.add(Answered(QUEUE, self.receipt(ReceiptType.R3, one, documents=one.documents)))
        self.history.add(Answered(QUEUE, self.answer(one)))
        self.history.add(Acked(relay, QUEUE, (one.digest,)))

    def told(self, receipt: Attested, key: Key, *, relay: str = "A") -> None:
        self.history.add(Told(relay, key, receipt))

    def good(self) -> History:
        """One message taken, one expired, one withdrawn, one refused by an N2, one still held."""
        new, late, back, torn, waits = (letter(number) for number in range(1, 6))
        for one in (new, late, back, torn, waits):
            self.sent(one)
        self.history.add(Recalled(back.key))
        self.told(self.end(ReceiptType.W1, back), back.key)
        self.taken(new)
        self.told(self.end(ReceiptType.R2, new), new.key)
        self.told(self.answer(new), new.key)
        self.shown(torn)
        quarantine = self.receipt(ReceiptType.N2, torn, code="mail_padding")
        self.history.add(Answered(QUEUE, quarantine))
        self.history.add(Acked("A", QUEUE, (torn.digest,)))
        self.told(self.end(ReceiptType.N1, late, at=late.not_after), late.key)
        self.shown(waits)
        self.history.add(Holds("A", frozenset((waits.digest,))))
        states = {new: "accepted", late: "expired", back: "withdrawn", torn: "quarantined", waits: "in_custody"}
        for one, state in states.items():
            self.history.add(Concluded(one.key, state))
        return self.history
