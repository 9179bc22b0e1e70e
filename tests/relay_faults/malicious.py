"""Relays that misbehave: each does one thing that no honest relay does, with its own good key.

Rules: it can sign what a relay may sign, and keep, repeat, change or make up whatever passes through it; it cannot sign for a
sender or a recipient. One class, one fault; its docstring says what it is after. `MISBEHAVIOURS` has them all.

Example: `Withholds("A", store, stamp, trust, clock)`
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from dpr.core import cbor, documents
from dpr.core.byte_strings import byte_string_at
from dpr.core.mail import receipts, sealing
from dpr.core.mail.api import InboxAnswer
from dpr.core.mail.receipt import NO_RECEIPT, Outcome, ReceiptContent, ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.mail.sealing import Outer
from dpr.ports import Fetched
from tests.mail_world import NODE, sealing_key
from tests.relay_faults.sim_relay import SimRelay
from tests.relay_faults.stage import WORLD
from tests.world import CARE, signer

R1, R2, R3, R4 = ReceiptType.R1, ReceiptType.R2, ReceiptType.R3, ReceiptType.R4
N1, W1, H1 = ReceiptType.N1, ReceiptType.W1, ReceiptType.H1
#: The digest of nothing.
ELSE = b"\x01" * 32


class Misbehaving(SimRelay):
    """Honest but for what a subclass does. `sealed`: everything it was handed, by digest."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.sealed: dict[bytes, bytes] = {}

    async def submit(self, sender: bytes, sealed: bytes) -> bytes:
        self.sealed[hashlib.sha256(sealed).digest()] = sealed
        return await super().submit(sender, sealed)

    def read(self, receipt: bytes) -> Attested:
        return receipts.read(receipt, self.trust)

    def again(self, receipt: bytes, **changes: Any) -> bytes:
        """The same receipt with other content, signed anew."""
        read = self.read(receipt)
        return self.stamp(msgspec.structs.replace(read.content, **changes), read.at)

    def of_message(self, kind: ReceiptType, outer: Outer, digest: bytes, **more: Any) -> bytes:
        named = {"queue": outer.content.queue, "message_id": outer.id, "digest": digest} | more
        return self.stamp(ReceiptContent(type=kind, **named), self.now)


class Drops(Misbehaving):
    """Gives an R1 and keeps nothing; the number goes to the next message."""

    async def submit(self, sender: bytes, sealed: bytes) -> bytes:
        outer = sealing.read(sealed).outer
        place = self._fetch(outer.content.queue, None, 0)
        digest = hashlib.sha256(sealed).digest()
        return self.of_message(R1, outer, digest, sequence=place.sequence + 1, previous=place.head)


class DropsAndInventsR2(Drops):
    """The same, and tells the sender that it was handed over."""

    async def receipts(self, sender: bytes, message_id: bytes, *, known: int) -> tuple[bytes, ...]:
        return (await _invented(self, message_id, R2),)[known:]

    async def submit(self, sender: bytes, sealed: bytes) -> bytes:
        self.sealed[hashlib.sha256(sealed).digest()] = sealed
        return await super().submit(sender, sealed)


class Withholds(Misbehaving):
    """Shows the R1 in the chain and never hands the message out."""

    def answer(self, queue: str, found: Fetched) -> InboxAnswer:
        return super().answer(queue, found._replace(messages=()))


class WithholdsAndInventsR2(Withholds):
    """The same, and tells the sender that it was handed over."""

    async def receipts(self, sender: bytes, message_id: bytes, *, known: int) -> tuple[bytes, ...]:
        held = await super().receipts(sender, message_id, known=0)
        return (*held, await _invented(self, message_id, R2))[known:]


class WithholdsEverything(Misbehaving):
    """Keeps the recipient at an empty queue."""

    def answer(self, queue: str, found: Fetched) -> InboxAnswer:
        return super().answer(queue, Fetched(0, NO_RECEIPT, (), (), ()))


class Replays(Misbehaving):
    """Hands out everything it ever had, again and again."""

    def answer(self, queue: str, found: Fetched) -> InboxAnswer:
        return super().answer(queue, found._replace(messages=tuple(self.sealed.values())[:20]))

    async def inbox(self, queue: str, *, after: int | None, wait_seconds: int, most: int) -> InboxAnswer:
        return await super().inbox(queue, after=None if after is None else 0, wait_seconds=wait_seconds, most=most)


class Reorders(Misbehaving):
    """Hands out messages and chain in another order."""

    def answer(self, queue: str, found: Fetched) -> InboxAnswer:
        return super().answer(queue, found._replace(messages=found.messages[::-1], chain=found.chain[::-1]))


class LeavesOut(Misbehaving):
    """Leaves an R1 out of the chain, and its message with it."""

    def answer(self, queue: str, found: Fetched) -> InboxAnswer:
        return super().answer(queue, found._replace(chain=found.chain[1:], messages=found.messages[1:]))


class HeadTooFar(Misbehaving):
    """Signs a head that is further than what it shows."""

    def answer(self, queue: str, found: Fetched) -> InboxAnswer:
        return super().answer(queue, found._replace(sequence=found.sequence + 1, head=ELSE))


class HeadOfAnother(Misbehaving):
    """Signs a head with another R1 at its number."""

    def answer(self, queue: str, found: Fetched) -> InboxAnswer:
        return super().answer(queue, found._replace(head=ELSE) if found.sequence else found)


class RollsBack(Misbehaving):
    """Forgets, after a while, that it ever had anything: as restored from too old a copy."""

    def answer(self, queue: str, found: Fetched) -> InboxAnswer:
        return super().answer(queue, Fetched(0, NO_RECEIPT, (), (), ()) if found.sequence > 1 else found)


class ForksForTheReader(Misbehaving):
    """Shows the recipient a chain of its own, in which the first message of the sender is another."""

    def answer(self, queue: str, found: Fetched) -> InboxAnswer:
        previous, chain = None, []
        for one in found.chain:
            changes = {"digest": ELSE} if previous is None else {"previous": previous}
            chain.append(self.again(one, **changes))
            previous = hashlib.sha256(chain[-1]).digest()
        head = previous or found.head
        return super().answer(queue, found._replace(chain=tuple(chain), head=head, messages=()))


class ChangesTheHeader(Misbehaving):
    """Gives the message a longer life on its way out."""

    def answer(self, queue: str, found: Fetched) -> InboxAnswer:
        return super().answer(queue, found._replace(messages=tuple(map(_longer, found.messages))))


class ChangesTheHeaderAndTheR1(ChangesTheHeader):
    """The same, with a chain that fits."""

    def answer(self, queue: str, found: Fetched) -> InboxAnswer:
        new = {hashlib.sha256(one).digest(): hashlib.sha256(_longer(one)).digest() for one in self.sealed.values()}
        chain, previous = [], None
        for one in found.chain:
            content = self.read(one).content
            fields = {"digest": new.get(content.digest or b"", content.digest)}
            chain.append(self.again(one, **fields if previous is None else fields | {"previous": previous}))
            previous = hashlib.sha256(chain[-1]).digest()
        return super().answer(queue, found._replace(chain=tuple(chain), head=previous or found.head))


class SwapsTheMessage(Misbehaving):
    """Hands out, under the same id, a message that it has sealed itself, with a friend's signature."""

    def answer(self, queue: str, found: Fetched) -> InboxAnswer:
        return super().answer(queue, found._replace(messages=tuple(map(_swapped, found.messages))))


class R1OfOtherBytes(Misbehaving):
    """Receipts something else than it was given."""

    async def submit(self, sender: bytes, sealed: bytes) -> bytes:
        return self.again(await super().submit(sender, sealed), digest=ELSE)


class R1OfAnotherMessage(Misbehaving):
    """Receipts another message."""

    async def submit(self, sender: bytes, sealed: bytes) -> bytes:
        return self.again(await super().submit(sender, sealed), message_id=bytes(16))


class InventsAnswers(Withholds):
    """Withholds, and signs the recipient's R3 and R4 itself."""

    async def receipts(self, sender: bytes, message_id: bytes, *, known: int) -> tuple[bytes, ...]:
        held = await super().receipts(sender, message_id, known=0)
        content = self.read(held[0]).content
        named: dict[str, Any] = {"queue": content.queue, "message_id": message_id, "digest": content.digest}
        made = [
            self.stamp(ReceiptContent(type=R3, documents=(ELSE,), **named), self.now),
            self.stamp(ReceiptContent(type=R4, documents=(ELSE,), outcome=Outcome.ACCEPTED, **named), self.now),
        ]
        return (*held, *made)[known:]


class AnswersOfAnotherMessage(Misbehaving):
    """Passes on, for each message, the answers that the recipient gave to the first."""

    async def receipts(self, sender: bytes, message_id: bytes, *, known: int) -> tuple[bytes, ...]:
        held = await super().receipts(sender, message_id, known=0)
        first = sealing.read(next(iter(self.sealed.values()))).outer.id
        others = [one for one in self.store.receipts(sender, first) or () if self.read(one).content.type in (R3, R4)]
        mine = [one for one in held if self.read(one).content.type not in (R3, R4)]
        return (*mine, *others)[known:]


class KeepsAnswersBack(Misbehaving):
    """Delivers, and never tells the sender."""

    async def receipts(self, sender: bytes, message_id: bytes, *, known: int) -> tuple[bytes, ...]:
        held = await super().receipts(sender, message_id, known=0)
        return tuple(one for one in held if self.read(one).content.type is R1)[known:]


class ExpiresEarly(Withholds):
    """Withholds, and says that it expired, before not-after."""

    async def receipts(self, sender: bytes, message_id: bytes, *, known: int) -> tuple[bytes, ...]:
        held = await super().receipts(sender, message_id, known=0)
        return (*held, await _invented(self, message_id, N1))[known:]


class WithdrawsUnasked(Withholds):
    """Withholds, and says to both that the sender has withdrawn it."""

    async def receipts(self, sender: bytes, message_id: bytes, *, known: int) -> tuple[bytes, ...]:
        held = await super().receipts(sender, message_id, known=0)
        return (*held, await _invented(self, message_id, W1))[known:]

    def answer(self, queue: str, found: Fetched) -> InboxAnswer:
        ended = [self.of_message(W1, sealing.read(self.sealed[content.digest]).outer, content.digest, sequence=content.sequence)
                 for content in (self.read(one).content for one in found.chain) if content.digest in self.sealed]  # fmt: skip
        return super().answer(queue, found._replace(ended=tuple(ended)))


class WithdrawsAndDelivers(Misbehaving):
    """Gives the sender its W1 and hands the message out all the same."""

    async def withdraw(self, sender: bytes, message_id: bytes) -> bytes:
        return await _invented(self, message_id, W1)


async def _invented(relay: Misbehaving, message_id: bytes, kind: ReceiptType) -> bytes:
    """A relay's word about a message that it was handed; the number is the one of its R1 where there is one."""
    for digest, sealed in relay.sealed.items():
        outer = sealing.read(sealed).outer
        if outer.id == message_id:
            return relay.of_message(kind, outer, digest, sequence=1)
    raise LookupError("this relay was never handed the message")


def _longer(sealed: bytes) -> bytes:
    """The sealed message with a not-after that is an hour later."""
    protected, _ = byte_string_at(sealed, 2)
    header = cbor.decode(protected)
    parts = sealing.read(sealed)
    outer = msgspec.structs.replace(parts.outer, not_after=parts.outer.not_after + 3600)
    header[15] = sealing.OUTER.to_cbor(outer)
    return sealing.assemble(cbor.encode(header), parts.ciphertext)


def _swapped(sealed: bytes) -> bytes:
    """Another message with the same outer header, of another node."""
    parts = sealing.read(sealed)
    outer = parts.outer
    value = WORLD.message_value(b"something else", id=outer.id, created=outer.created, not_after=outer.not_after)
    friend = signer("a friend of the relay")
    credential = WORLD.credential(NODE, friend, 21, issuer=CARE)
    signed = documents.sign(documents.MESSAGE, value, friend, credential=credential)
    return sealing.seal(signed, sealing_key("pharmacy"), outer)


#: Every misbehaviour by its name.
MISBEHAVIOURS: dict[str, type[Misbehaving]] = {
    one.__name__: one
    for one in (
        Drops, DropsAndInventsR2, Withholds, WithholdsAndInventsR2, WithholdsEverything, Replays, Reorders, LeavesOut,
        HeadTooFar, HeadOfAnother, RollsBack, ForksForTheReader, ChangesTheHeader, ChangesTheHeaderAndTheR1, SwapsTheMessage,
        R1OfOtherBytes, R1OfAnotherMessage, InventsAnswers, AnswersOfAnotherMessage, KeepsAnswersBack, ExpiresEarly,
        WithdrawsUnasked, WithdrawsAndDelivers,
    )
}  # fmt: skip
