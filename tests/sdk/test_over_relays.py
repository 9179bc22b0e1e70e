"""The whole way over relays: from SDK to a pharmacy and the receipt back, from a care provider to SDK and the answer back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from dpr.adapters.qr_process import read_codes
from dpr.adapters.sdk import content, envelope, kvittens
from dpr.adapters.sdk.carrier import documents_in
from dpr.adapters.sdk.kvittens import Fault
from dpr.core import days, documents
from dpr.core.credential import Holder, Role
from dpr.core.mail import queue as queues
from dpr.core.mail import receipts, sealing
from dpr.core.mail.carriage import Standing, State, standing
from dpr.core.mail.mail_key import MailKey, MailKeyContent, SealingKey
from dpr.core.mail.receipt import Outcome, ReceiptType
from dpr.core.mail.retry import Timing
from dpr.core.mail.sealing import Sealed
from dpr.core.mail.stamp import Stamp
from dpr.core.trust_list import Environment
from dpr.core.verify import Accepted, verify
from dpr.flows.carry import Carrier
from dpr.flows.collect import Collector, Deliver, Delivery, Verdict
from dpr.flows.post import Node, post
from dpr.ports import Inbox, Outbox
from tests.fakes.inbox_memory import MemoryInbox
from tests.fakes.mailbox_memory import MemoryMailbox, MemoryRelay
from tests.fakes.outbox_memory import MemoryOutbox
from tests.mail_world import ORIGIN, QUEUE, opening_key, sealing_key
from tests.sdk import samples
from tests.sdk.gateway_world import FEDERATION, GatewayWorld
from tests.sdk.test_gateway_out import SENDER, OutWorld
from tests.world import CARE, DAY, signer

SENDING = Holder(role=Role.NODE, name="Journalsystem Söder")


class LabelKeys:
    """Opens what was sealed to a label's key (dpr.ports.Opener)."""

    def __init__(self, label: str) -> None:
        self._label = label

    @property
    def keys(self) -> Sequence[SealingKey]:
        return [sealing_key(self._label)]

    def open(self, sealed: Sealed) -> bytes:
        return sealing.unpad(sealing.SUITE.decrypt(sealed.ciphertext, opening_key(self._label), info=sealed.info))


class Roads:
    """Relay A between nodes of a gateway's world."""

    def __init__(self, world: GatewayWorld) -> None:
        self.world = world
        self.relay = MemoryRelay(world.world.stamp(), lambda: float(world.world.now))

    def mailbox(self, sender: bytes) -> MemoryMailbox:
        return MemoryMailbox(self.relay, ORIGIN, sender=sender)

    async def carry(self, outbox: Outbox, sender: bytes, until: Callable[[], bool]) -> None:
        trust = self.world.world.trust()
        carrier = Carrier(
            outbox=outbox, mailbox=lambda origin: self.mailbox(sender), trust=lambda: trust,
            clock=lambda: float(self.world.world.now), random=lambda: 0.1, timing=Timing(),
        )  # fmt: skip
        task = asyncio.create_task(carrier.run())
        try:
            async with asyncio.timeout(10):
                while not until():
                    await asyncio.sleep(0.01)
                    carrier.wake()
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def collect(self, inbox: Inbox, queue: str, stamp: Stamp, label: str, deliver: Deliver) -> None:
        trust = self.world.world.trust()
        collector = Collector(
            inbox=inbox, queue=queue, stamp=stamp, opener=LabelKeys(label), deliver=deliver, trust=lambda: trust,
            policy=self.world.world.policy, clock=lambda: float(self.world.world.now), random=lambda: 0.1,
        )  # fmt: skip
        await collector.poll(self.mailbox(b"reader"), wait_seconds=0)


async def test_from_sdk_to_the_pharmacy_and_the_receipt_back(tmp_path: Path) -> None:
    world = GatewayWorld(tmp_path)
    roads, inbox, got = Roads(world), MemoryInbox(), []
    document = world.world.prescription_document()
    value = samples.message(samples.pdf_of(world.world, document))
    world.put("1.xml", samples.message_file(value, federation=FEDERATION))
    await asyncio.to_thread(world.take_in)

    def judge(given: Delivery) -> Verdict:
        got.append(given)
        (one,) = given.message.content.documents
        found = verify(one, world.world.trust(), days.at(world.world.now), policy=world.world.policy)
        return Verdict(Outcome.ACCEPTED) if isinstance(found, Accepted) else Verdict(Outcome.REJECTED, found.code)

    (row,) = world.outbox.messages()
    await roads.carry(world.outbox, b"gateway", lambda: len(world.outbox.receipts(row.message_id)) >= 1)
    await roads.collect(inbox, QUEUE, world.world.pharmacy_stamp(), "pharmacy", judge)
    await roads.carry(world.outbox, b"gateway", lambda: world.outbox.message(row.message_id).ended is not None)
    assert got[0].message.content.documents == (document,)
    assert got[0].sender.credential.key == world.world.node.key
    assert (await asyncio.to_thread(world.take_in)).receipts == 1
    (data,) = world.sent().values()
    receipt = kvittens.read(envelope.read(data))
    assert (receipt.accepted, receipt.refers_to) == (True, samples.MESSAGE_ID)


class Sending:
    """A care provider's node that sends to the gateway's queue."""

    def __init__(self, world: OutWorld) -> None:
        self.world, self.key = world, signer("southern node")
        self.outbox, self.inbox, self.roads = MemoryOutbox(), MemoryInbox(), Roads(world)
        gateway = world.gateway().site.node()
        assert gateway.queue == queues.of_key(world.world.node.key.thumbprint)
        content = MailKeyContent(queue=gateway.queue, environment=Environment.TEST, keys=(sealing_key("gateway"),))
        now = world.world.now
        key = MailKey(valid_until=now + 300 * DAY, issued_at=now - DAY, content=content)
        (entry,) = world.book.content.entries
        mail_key = documents.sign(documents.MAIL_KEY, key, world.world.node, credential=gateway.credential)
        self.entry = msgspec.structs.replace(entry, mail_key=mail_key)
        self.stamp = Stamp(gateway.signer, gateway.credential)

    async def send(self, document: bytes) -> bytes:
        """Its message's id, once the gateway has collected it."""
        credential = self.world.world.credential(SENDING, self.key, 30, issuer=CARE)
        posted = post(
            [document], self.entry, node=Node(self.key, credential), outbox=self.outbox, trust=self.world.world.trust(),
            policy=msgspec.structs.replace(self.world.world.policy, mail_gateways=(self.entry.queue,)),
            now=self.world.world.now, life_seconds=3600, new_id=bytes(16),
        )  # fmt: skip
        await self.roads.carry(self.outbox, b"south", lambda: len(self.outbox.receipts(posted.message_id)) >= 1)
        await self.collect()
        await self.hear(3)
        return posted.message_id

    async def collect(self) -> None:
        deliver = self.world.gateway().deliver
        await self.roads.collect(self.inbox, self.world.queue, self.stamp, "gateway", deliver)

    async def hear(self, count: int) -> None:
        (row,) = self.outbox.messages()
        await self.roads.carry(self.outbox, b"south", lambda: len(self.outbox.receipts(row.message_id)) >= count)

    def standing(self) -> Standing:
        (row,) = self.outbox.messages()
        trust = self.world.world.trust()
        held = [receipts.read(data, trust, expected_queue=row.queue) for _, data in self.outbox.receipts(row.message_id)]
        return standing(held, not_after=row.not_after, now=self.world.world.now, recalled=False)

    def kinds(self) -> set[str]:
        (row,) = self.outbox.messages()
        trust = self.world.world.trust()
        return {receipts.read(data, trust).content.type.name for _, data in self.outbox.receipts(row.message_id)}


@pytest.mark.parametrize("accepted", [True, False])
async def test_from_a_care_provider_to_a_pharmacy_in_sdk_and_the_answer_back(tmp_path: Path, accepted: bool) -> None:
    world = OutWorld(tmp_path)
    south = Sending(world)
    document = world.world.prescription_document()
    message_id = await south.send(document)
    assert south.kinds() == {"R1", "R2", "R3"}
    assert south.standing().state is State.VERIFIED
    (data,) = world.sent().values()
    found = envelope.read(data)
    sent = content.read(found)
    assert documents_in(sent.attachments, read_codes) == (document,)
    assert (found.sender, found.recipient) == (SENDER.organisation, samples.PHARMACY.organisation)
    faults = () if accepted else (Fault("BV", "not-supported", "Filtypen stöds ej"),)
    world.receipt(*faults, sdk_id=found.id)
    await asyncio.to_thread(world.take_in)
    given = [world.gateway().give_answers(south.inbox) for _ in range(2)]
    assert [(len(one.answered), one.missing) for one in given] == [(1, ()), (0, ())]
    await south.collect()
    await south.hear(4)
    final = south.standing()
    assert final.state is (State.ACCEPTED if accepted else State.REJECTED)
    assert final.receipt is not None
    assert final.receipt.content.message_id == message_id
    assert final.receipt.signer.credential.holder.role is Role.NODE
    if not accepted:
        assert final.receipt.content.code == "sdk_rejected"
        assert final.receipt.content.detail == f"kvittens {samples.KVITTENS_ID}: BV not-supported"


async def test_an_answer_that_rests_on_sdk_says_so_in_the_receipt(tmp_path: Path) -> None:
    world = OutWorld(tmp_path)
    south = Sending(world)
    await south.send(world.world.prescription_document())
    (data,) = world.sent().values()
    world.receipt(sdk_id=envelope.read(data).id)
    await asyncio.to_thread(world.take_in)
    world.gateway().give_answers(south.inbox)
    (came,) = south.inbox.messages()
    r4 = receipts.read(came.answers[-1], world.world.trust()).content
    assert (r4.type, r4.outcome, r4.code) == (ReceiptType.R4, Outcome.ACCEPTED, "sdk_accepted")


async def test_what_is_refused_before_sdk_is_answered_at_once(tmp_path: Path) -> None:
    world = OutWorld(tmp_path)
    south = Sending(world)
    stale = world.world.prescription(authored_at=world.world.now - 400 * DAY)
    await south.send(world.world.prescription_document(stale))
    await south.hear(4)
    assert south.standing().state is State.REJECTED
    assert world.sent() == {}
