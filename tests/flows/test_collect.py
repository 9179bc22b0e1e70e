"""The recipient's side over relays in memory: what is answered, what is quarantined, and that nothing is done twice or lost."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from dpr.core import documents
from dpr.core.errors import DprError, StorageError
from dpr.core.mail import receipts, sealing
from dpr.core.mail.api import InboxAnswer
from dpr.core.mail.compare import contradiction
from dpr.core.mail.message import MessageContent
from dpr.core.mail.receipt import NO_RECEIPT, Outcome, ReceiptContent, ReceiptType
from dpr.core.mail.stamp import Stamp
from dpr.core.status import Status
from dpr.core.trust import Trust
from dpr.core.trust_list import Environment
from dpr.flows.collect import LISTS_SECONDS, Delivery, Verdict, answer
from dpr.flows.receive import Received, receive
from tests.fakes.inbox_memory import MemoryInbox
from tests.fakes.ledger_memory import MemoryLedger
from tests.fakes.trust_store_memory import MemoryTrustStore
from tests.flows.pickup import A, B, Pickup
from tests.mail_world import QUEUE, RELAY, RELAYS, sealing_key
from tests.world import CARE, DAY, PHARMACIES, VETS, signer


@pytest.fixture
def pickup() -> Pickup:
    return Pickup()


async def test_a_prescription_is_received_answered_and_acknowledged(pickup: Pickup) -> None:
    digest = pickup.send()
    await pickup.poll()
    prescription = pickup.world.prescription()
    seen = pickup.ledger.prescription(prescription.id)
    assert seen is not None
    assert (seen.path, seen.document) == ("relay", pickup.world.prescription_document())
    assert seen.proven_at == pickup.r1().at
    r3, r4 = pickup.answers(digest)
    assert (r3.type, r4.type, r4.outcome) == (ReceiptType.R3, ReceiptType.R4, Outcome.ACCEPTED)
    assert r3.documents == r4.documents == (hashlib.sha256(seen.document).digest(),)
    assert pickup.at_relay() == [["R1", "R2", "R3", "R4"]]
    assert pickup.what() == [("accepted", "")]


async def test_the_same_message_over_two_relays_is_received_once_and_answered_alike(pickup: Pickup) -> None:
    digest = pickup.send(to=(A, B))
    calls = counted(pickup)
    async with pickup.collecting():
        await pickup.until(lambda: pickup.at_relay(A) == pickup.at_relay(B) == [["R1", "R2", "R3", "R4"]])
    assert len(calls) == 1
    assert pickup.relays[A].queues[QUEUE][0].receipts[2:] == pickup.relays[B].queues[QUEUE][0].receipts[2:]
    assert sorted(pickup.what()) == [("accepted", ""), ("again", "")]
    assert pickup.kinds(digest) == ["R3", "R4"]


def counted(pickup: Pickup) -> list[Delivery]:
    calls: list[Delivery] = []
    plain = pickup.deliver

    def deliver(delivery: Delivery) -> Verdict | None:
        calls.append(delivery)
        return plain(delivery)

    pickup.deliver = deliver
    return calls


async def test_what_the_counter_would_refuse_is_rejected_with_the_verdicts_code(pickup: Pickup) -> None:
    digest = pickup.send(pickup.world.prescription_document(pickup.world.prescription(authored_at=pickup.world.now + DAY)))
    await pickup.poll()
    assert [one.code for one in pickup.answers(digest)] == [None, "authored_in_future"]
    assert pickup.ledger.prescriptions() == []
    assert pickup.at_relay() == [["R1", "R2", "R3", "R4"]]


async def test_of_several_documents_the_first_that_is_refused_says_why(pickup: Pickup) -> None:
    digest = pickup.send(pickup.world.prescription_document(), b"no document", pickup.world.token())
    await pickup.poll()
    r4 = pickup.answers(digest)[1]
    assert (r4.outcome, r4.code, r4.detail) == (Outcome.REJECTED, "mail_kind_not_taken", "document 2 of 3")
    assert pickup.ledger.prescriptions() == [], "its sender is told that nothing was taken"


async def test_trust_data_come_in_before_what_needs_them(pickup: Pickup) -> None:
    world = pickup.world
    store = MemoryTrustStore(world.root_document())
    pickup.trust_store = store
    lists = [world.status_list(issuer=one) for one in (CARE, PHARMACIES, VETS, RELAYS)]
    digest = pickup.send(world.prescription_document(), world.trust_list(), world.snapshot(), *lists)
    await pickup.poll()
    assert pickup.answers(digest)[1].outcome is Outcome.ACCEPTED
    assert store.load().trust_list is not None
    old = pickup.send(b"\xd8\x62\x00", number=2)
    await pickup.poll()
    assert pickup.answers(old)[1].code == "mail_kind_not_taken"


# --- what gets an N2 ------------------------------------------------------------------------------------------------------


def to_another_key(pickup: Pickup) -> bytes:
    return pickup.world.sealed(to="somebody else")


def changed_on_its_way(pickup: Pickup) -> bytes:
    sealed = bytearray(pickup.world.sealed())
    sealed[-1] ^= 1
    return bytes(sealed)


def of_another_environment(pickup: Pickup) -> bytes:
    content = MessageContent(queue=QUEUE, environment=Environment.PRODUCTION, documents=(b"x",))
    return pickup.world.sealed(pickup.world.message_value(content=content))


def with_another_header(pickup: Pickup) -> bytes:
    value = pickup.world.message_value()
    document = pickup.world.message(value)
    outer = msgspec.structs.replace(sealing.outer_of(value, len(document)), created=value.created - 1)
    return sealing.seal(document, sealing_key("pharmacy"), outer)


def of_a_prescriber(pickup: Pickup) -> bytes:
    value = pickup.world.message_value()
    document = pickup.world.prescription_document()
    return sealing.seal(document, sealing_key("pharmacy"), sealing.outer_of(value, len(document)))


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (to_another_key, "mail_key_unknown"),
        (changed_on_its_way, "mail_not_opened"),
        (of_another_environment, "mail_not_ours"),
        (with_another_header, "mail_header_differs"),
        (of_a_prescriber, "document_kind"),
    ],
)
async def test_what_cannot_be_opened_or_verified_is_quarantined_and_keeps_nothing_waiting(
    pickup: Pickup, make: Callable[[Pickup], bytes], code: str
) -> None:
    poison = pickup.put(make(pickup))
    good = pickup.send(number=2)
    await pickup.poll()
    if code == "mail_key_unknown":  # see test_a_key_that_is_not_held_is_given_an_hour
        pickup.clock.ahead = LISTS_SECONDS + 1
        await pickup.poll()
    assert [(one.type, one.code) for one in pickup.answers(poison)] == [(ReceiptType.N2, code)]
    assert pickup.kinds(good) == ["R3", "R4"]
    assert pickup.at_relay() == [["R1", "R2", "N2"], ["R1", "R2", "R3", "R4"]]


async def test_a_sender_that_is_revoked_is_quarantined(pickup: Pickup) -> None:
    world = pickup.world
    lists = [world.status_list({20: Status.REVOKED}), world.status_list(issuer=PHARMACIES), world.status_list(issuer=RELAYS)]
    pickup.trust = documents.open_trust(world.anchor, world.trust_list(), status_lists=lists)
    digest = pickup.send()
    await pickup.poll()
    assert pickup.answers(digest)[0].code == "sender_revoked"


async def test_an_id_that_its_sender_uses_again_is_quarantined_and_the_first_answer_stands(pickup: Pickup) -> None:
    first = pickup.send()
    second = pickup.put(pickup.world.sealed(pickup.world.message_value(b"other")), to=(B,))
    await pickup.poll(A)
    await pickup.poll(B)
    assert pickup.kinds(first) == ["R3", "R4"]
    assert [one.code for one in pickup.answers(second)] == ["mail_id_reused"]


def without_care(pickup: Pickup) -> Trust:
    world = pickup.world
    issuers = tuple(one for one in world.issuers() if one.id != CARE)
    lists = [world.status_list(issuer=one) for one in (PHARMACIES, VETS, RELAYS)]
    return documents.open_trust(world.anchor, world.trust_list(issuers=issuers), status_lists=lists)


async def test_a_sender_whom_no_list_names_is_given_an_hour_for_newer_lists(pickup: Pickup) -> None:
    whole = pickup.trust
    pickup.trust = without_care(pickup)
    first = pickup.send()
    await pickup.poll()
    assert pickup.what() == [("deferred", "chain_issuer_unknown")]
    assert pickup.at_relay() == [["R1"]]
    pickup.clock.ahead = 61
    pickup.trust = whole
    await pickup.poll()
    assert pickup.kinds(first) == ["R3", "R4"]
    pickup.trust = without_care(pickup)
    second = pickup.send(number=2)
    await pickup.poll()
    pickup.clock.ahead = 3700
    await pickup.poll()
    assert pickup.answers(second)[0].code == "chain_issuer_unknown"


async def test_what_is_delivered_after_its_time_is_judged_by_its_own_dates(pickup: Pickup) -> None:
    digest = pickup.send(not_after=pickup.world.now + 100)
    pickup.relays[A].expire = lambda: None  # type: ignore[method-assign]
    pickup.clock.ahead = 4000
    await pickup.poll()
    assert pickup.answers(digest)[1].outcome is Outcome.ACCEPTED


async def test_bytes_that_are_no_message_are_an_alarm_and_no_more(pickup: Pickup) -> None:
    good = pickup.send()
    pickup.relays[A].spoil = lambda call, given: (
        InboxAnswer(head=given.head, chain=given.chain, messages=(b"", b"\xd0\x83", bytes(9000), *given.messages))
        if call == "inbox"
        else given
    )
    await pickup.poll()
    assert pickup.kinds(good) == ["R3", "R4"]
    assert {what for what, _ in pickup.what()} == {"alarm", "accepted"}


# --- crashes and faults ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", range(4))
async def test_a_run_that_is_killed_at_any_step_leaves_the_rest_to_the_next_and_does_nothing_twice(step: int) -> None:
    class Killed(BaseException):
        pass

    inbox, ledger = MemoryInbox(), MemoryLedger()
    pickup = Pickup(inbox, ledger)
    digest = pickup.send(to=(A, B))
    changes = 0

    def change() -> None:
        nonlocal changes
        changes += 1
        if changes == step + 1:
            raise Killed

    inbox._change = change  # type: ignore[method-assign]
    with pytest.raises(Killed):
        await pickup.poll()
    kept = pickup.kinds(digest)
    inbox._change = lambda: None  # type: ignore[method-assign]
    pickup.clock.ahead = 61
    await pickup.poll()
    assert pickup.kinds(digest)[: len(kept)] == kept
    await pickup.poll(B)
    assert pickup.kinds(digest) == ["R3", "R4"]
    assert pickup.at_relay(A) == pickup.at_relay(B) == [["R1", "R2", "R3", "R4"]]
    assert len(ledger.prescriptions()) == 1
    assert pickup.relays[A].queues[QUEUE][0].receipts[2:] == pickup.relays[B].queues[QUEUE][0].receipts[2:]


async def test_what_cannot_be_kept_just_now_is_left_at_the_relay(pickup: Pickup) -> None:
    plain, failing = pickup.deliver, True

    def deliver(delivery: Delivery) -> Verdict | None:
        if failing and delivery.message.content.documents[0] == b"first":
            raise StorageError("ledger_full")
        return plain(delivery)

    pickup.deliver = deliver
    first, second = pickup.send(b"first"), pickup.send(number=2)
    await pickup.poll()
    assert pickup.kinds(first) == []
    assert pickup.kinds(second) == ["R3", "R4"]
    assert pickup.at_relay() == [["R1"], ["R1", "R2", "R3", "R4"]]
    failing, pickup.clock.ahead = False, 61
    await pickup.poll()
    assert pickup.kinds(first) == ["R3", "R4"]


async def test_a_bug_with_one_message_keeps_no_other_waiting(pickup: Pickup) -> None:
    plain = pickup.deliver

    def deliver(delivery: Delivery) -> Verdict | None:
        if delivery.message.content.documents[0] == b"first":
            raise ZeroDivisionError
        return plain(delivery)

    pickup.deliver = deliver
    pickup.send(b"first")
    second = pickup.send(number=2)
    await pickup.poll()
    assert pickup.kinds(second) == ["R3", "R4"]
    assert ("deferred", "internal_error") in pickup.what()


async def test_an_acknowledgement_that_was_lost_is_made_again(pickup: Pickup) -> None:
    digest = pickup.send()
    pickup.relays[A].failing["ack"] = "relay_unreachable"
    with pytest.raises(DprError, match="relay_unreachable"):
        await pickup.poll()
    kept = pickup.inbox.message(digest)
    assert pickup.kinds(digest) == ["R3", "R4"]
    pickup.relays[A].failing.clear()
    await pickup.poll()
    assert pickup.at_relay() == [["R1", "R2", "R3", "R4"]]
    assert kept is not None
    assert tuple(pickup.relays[A].queues[QUEUE][0].receipts[2:]) == kept.answers


async def test_a_relay_that_refuses_one_answer_for_good_still_gets_the_others(pickup: Pickup) -> None:
    from dpr.ports import MailboxFailed

    first, second = pickup.send(b"first"), pickup.send(number=2)
    relay = pickup.relays[A]
    plain = relay.acknowledge

    def acknowledge(queue: str, digests: Any, given: Any) -> Any:
        if first in digests:
            raise MailboxFailed("receipt_contradicts", final=True)
        return plain(queue, digests, given)

    relay.acknowledge = acknowledge  # type: ignore[method-assign]
    await pickup.poll()
    assert pickup.at_relay() == [["R1"], ["R1", "R2", "R3", "R4"]]
    assert ("failed", "receipt_contradicts") in pickup.what()
    await pickup.poll()
    assert pickup.kinds(second) == ["R3", "R4"]


async def test_a_verdict_that_comes_later_is_kept_once_and_given_to_the_relay(pickup: Pickup) -> None:
    pickup.deliver = lambda delivery: None
    digest = pickup.send()
    await pickup.poll()
    assert pickup.at_relay() == [["R1", "R2", "R3"]] and pickup.what()[-1] == ("verified", "")
    stamp, now = pickup.world.pharmacy_stamp(), int(pickup.clock())
    answer(pickup.inbox, stamp, digest, Verdict(Outcome.REJECTED, "mail_kind_not_taken", "x" * 400), now=now)
    answer(pickup.inbox, stamp, digest, Verdict(Outcome.ACCEPTED), now=now + 1)
    await pickup.poll()
    assert pickup.at_relay() == [["R1", "R2", "R3", "R4"]]
    assert pickup.answers(digest)[1].code == "mail_kind_not_taken"
    with pytest.raises(StorageError, match="message_not_in_inbox"):
        answer(pickup.inbox, stamp, bytes(32), Verdict(Outcome.ACCEPTED), now=now)


# --- evidence of a time ---------------------------------------------------------------------------------------------------


async def test_a_revocation_that_came_after_a_relay_had_it_does_not_undo_it_even_at_the_counter(pickup: Pickup) -> None:
    world = pickup.world
    pickup.send()
    pickup.clock.ahead = 7200
    lists = [world.status_list(issuer=one) for one in (CARE, PHARMACIES, VETS, RELAYS)]
    revoked = [world.revocations({7: world.now + 3600})]
    pickup.trust = documents.open_trust(world.anchor, world.trust_list(), status_lists=lists, revocations=revoked)
    await pickup.poll()
    [seen] = pickup.ledger.prescriptions()
    assert seen.proven_at == pickup.r1().at < world.now + 3600 < seen.received_at
    from datetime import UTC, datetime

    again = receive(
        seen.document, path="qr", trust=pickup.trust, ledger=pickup.ledger, policy=world.policy,
        now=datetime.fromtimestamp(pickup.clock(), UTC),
    )  # fmt: skip
    assert isinstance(again, Received)
    assert "credential_revoked_later" in {check.code for check in again.checks}


@pytest.mark.parametrize("relay_revoked", [False, True])
async def test_the_word_of_a_relay_that_is_revoked_proves_nothing(pickup: Pickup, relay_revoked: bool) -> None:
    world = pickup.world
    digest = pickup.send()
    pickup.clock.ahead = 7200
    lists = [world.status_list(issuer=one) for one in (CARE, PHARMACIES, VETS)]
    lists.append(world.status_list({1: Status.REVOKED} if relay_revoked else {}, issuer=RELAYS))
    revoked = [world.revocations({7: world.now + 3600})]
    pickup.trust = documents.open_trust(world.anchor, world.trust_list(), status_lists=lists, revocations=revoked)
    await pickup.poll()
    assert pickup.answers(digest)[1].code == ("credential_revoked" if relay_revoked else None)


# --- relays that lie ------------------------------------------------------------------------------------------------------


def alarms(pickup: Pickup) -> list[str]:
    return [one.code for one in pickup.inbox.alarms()]


def same_relay(pickup: Pickup) -> Stamp:
    """Relay A under another key: the same relay to everybody who reads its receipts."""
    key = signer("relay a, second key")
    return Stamp(key, pickup.world.credential(RELAY, key, 3, issuer=RELAYS))


async def test_a_relay_that_begins_anew_is_told_with_two_receipts_that_cannot_both_be_true(pickup: Pickup) -> None:
    pickup.send()
    pickup.send(number=2)
    collector = pickup.collector()
    await pickup.poll(collector=collector)
    relay = pickup.relays[A]
    relay.queues.clear()
    relay.chains.clear()
    pickup.clock.ahead = 120
    digest = pickup.send(number=3)
    await pickup.poll(collector=collector)
    assert alarms(pickup) == ["relay_rolled_back"]
    one, other = (receipts.read(data, pickup.trust) for data in pickup.inbox.alarms()[0].evidence)
    assert (one.content.sequence, other.content.sequence) == (2, 1)
    await pickup.poll(collector=collector)
    assert pickup.kinds(digest) == ["R3", "R4"], "what it delivers is judged all the same"
    assert len(alarms(pickup)) == 1


async def test_a_relay_that_puts_another_message_in_a_place_is_told(pickup: Pickup) -> None:
    pickup.send()
    await pickup.poll()
    relay, stamp = pickup.relays[A], same_relay(pickup)
    forged = [
        stamp(
            ReceiptContent(
                type=ReceiptType.R1, queue=QUEUE, message_id=bytes([number]) * 16, digest=bytes([number]) * 32,
                sequence=number, previous=previous,
            ), int(pickup.clock()),
        )
        for number, previous in ((1, NO_RECEIPT),)
    ]  # fmt: skip
    relay.chains[QUEUE][0] = forged[0]
    pickup.send(number=2)
    relay.chains[QUEUE][1:] = [
        stamp(
            ReceiptContent(
                type=ReceiptType.R1, queue=QUEUE, message_id=bytes(16), digest=bytes(32), sequence=2,
                previous=hashlib.sha256(forged[0]).digest(),
            ), int(pickup.clock()),
        )
    ]  # fmt: skip
    await pickup.poll()
    assert alarms(pickup) == ["relay_forked"]
    assert len(pickup.inbox.alarms()[0].evidence) == 2


async def test_a_relay_that_leaves_a_receipt_out_is_told_when_it_does_so_again(pickup: Pickup) -> None:
    pickup.send()
    collector = pickup.collector()
    await pickup.poll(collector=collector)
    for number in (2, 3):
        pickup.send(number=number)
    pickup.relays[A].spoil = lambda call, given: (
        InboxAnswer(head=given.head, chain=given.chain[1:], messages=given.messages) if call == "inbox" else given
    )
    await pickup.poll(collector=collector)
    assert alarms(pickup) == []
    await pickup.poll(collector=collector)
    await pickup.poll(collector=collector)
    assert alarms(pickup) == ["relay_gap"]


async def test_a_relay_that_withholds_what_it_receipted_is_told_after_the_longest_lease(pickup: Pickup) -> None:
    collector = pickup.collector()
    await pickup.poll(collector=collector)
    held, withdrawn = pickup.send(), pickup.send(number=2)
    message_id = pickup.relays[A].queues[QUEUE][1].outer.id
    pickup.relays[A].spoil = lambda call, given: (
        InboxAnswer(head=given.head, chain=given.chain, ended=given.ended) if call == "inbox" else given
    )
    pickup.relays[A].queues[QUEUE][1].leased_until = 9e18
    await pickup.poll(collector=collector)
    pickup.relays[A].withdraw(b"node", message_id)
    pickup.clock.ahead = 600
    await pickup.poll(collector=collector)
    assert alarms(pickup) == []
    pickup.clock.ahead = 700
    assert await pickup.poll(collector=collector)
    assert alarms(pickup) == ["relay_withholds"]
    [alarm] = pickup.inbox.alarms()
    assert receipts.read(alarm.evidence[0], pickup.trust).content.digest == held != withdrawn


async def test_a_relay_that_hands_out_the_same_again_and_again_is_asked_no_more_than_once_a_second(pickup: Pickup) -> None:
    digest = pickup.send()
    relay = pickup.relays[A]
    sealed, chain = relay.queues[QUEUE][0].sealed, tuple(relay.chains[QUEUE])
    pickup.relays[A].spoil = lambda call, given: (
        InboxAnswer(head=_further(pickup, given.head), chain=chain, messages=(sealed,)) if call == "inbox" else given
    )
    async with pickup.collecting():
        await pickup.until(lambda: pickup.kinds(digest) == ["R3", "R4"])
        await pickup.until(lambda: ("again", "") in pickup.what())
        before = relay.calls.count("inbox")
        await asyncio.sleep(0.7)
        assert relay.calls.count("inbox") - before <= 1
    assert len(pickup.ledger.prescriptions()) == 1


def _further(pickup: Pickup, head: bytes) -> bytes:
    content = receipts.read(head, pickup.trust).content
    more = msgspec.structs.replace(content, sequence=9, head=bytes([9]) * 32)
    return pickup.world.stamp()(more, int(pickup.clock()))


async def test_a_relay_that_shows_an_empty_queue_for_ever_is_found_by_a_senders_receipt(pickup: Pickup) -> None:
    relay, collector = pickup.relays[A], pickup.collector()
    await pickup.poll(collector=collector)
    pickup.send()
    r1 = pickup.r1()
    relay.queues.clear()
    relay.chains.clear()
    for ahead in (30, 61):
        pickup.clock.ahead = ahead
        await pickup.poll(collector=collector)
    [head] = pickup.inbox.heads()
    assert contradiction(r1, receipts.read(head.receipt, pickup.trust)) == "relay_rolled_back"
    assert alarms(pickup) == [], "the recipient alone cannot know it"


async def test_the_head_that_is_kept_is_the_newest_and_one_that_is_dated_ahead_is_not_kept(pickup: Pickup) -> None:
    relay, collector = pickup.relays[A], pickup.collector()
    pickup.send()
    seen = []
    for ahead, error in ((0, 0), (59, 0), (60, 0), (120, 1000), (130, 0)):
        pickup.clock.ahead, relay._clock = ahead, lambda error=error: pickup.clock() + error
        await pickup.poll(collector=collector)
        seen.append(pickup.inbox.heads()[0].at - pickup.world.now)
    assert seen == [0, 0, 60, 60, 130]


async def test_a_head_that_is_not_of_now_is_told(pickup: Pickup) -> None:
    pickup.relays[A]._clock = lambda: pickup.clock() - 1000
    collector = pickup.collector()
    for _ in range(3):
        await pickup.poll(collector=collector)
    assert alarms(pickup) == ["relay_head_old"]


async def test_receipts_of_another_relay_in_an_answer_do_not_count_but_its_messages_do(pickup: Pickup) -> None:
    digest = pickup.send(to=(A, B))
    other = pickup.relays[B].fetch(QUEUE, 0, 0)
    pickup.relays[A].spoil = lambda call, given: (
        InboxAnswer(head=given.head, chain=other.chain, messages=given.messages) if call == "inbox" else given
    )
    with pytest.raises(DprError, match="receipt_relay"):
        await pickup.poll()
    assert pickup.kinds(digest) == ["R3", "R4"]
    assert pickup.at_relay(A) == [["R1", "R2", "R3", "R4"]]
    assert pickup.inbox.place((RELAYS, "Relä A"), QUEUE) is None


async def test_another_relay_at_the_same_address_is_read_from_its_own_place(pickup: Pickup) -> None:
    for number in (1, 2, 3):
        pickup.send(number=number)
    collector = pickup.collector()
    await pickup.poll(collector=collector)
    pickup.relays[A] = pickup.relays[B]
    digest = pickup.send(number=4)
    for _ in range(2):
        await pickup.poll(collector=collector)
    assert pickup.kinds(digest) == ["R3", "R4"]
    assert alarms(pickup) == []
    assert pickup.inbox.relay_at(A) == (RELAYS, "Relä B")


async def test_a_new_reader_of_an_old_queue_takes_up_where_the_oldest_message_lies(pickup: Pickup) -> None:
    for number in range(1, 6):
        pickup.send(number=number)
    await pickup.poll()
    later = Pickup()
    later.relays, later.clock = pickup.relays, pickup.clock
    digest = later.send(number=6)
    await later.poll()
    assert later.kinds(digest) == ["R3", "R4"]
    held = later.inbox.place((RELAYS, "Relä A"), QUEUE)
    assert held is not None
    assert held[0].sequence == 6
    assert [one.code for one in later.inbox.alarms()] == []


async def test_it_runs_on_when_relays_and_inbox_fail(pickup: Pickup) -> None:
    inbox = pickup.inbox
    assert isinstance(inbox, MemoryInbox)
    pickup.relays[B].failing[""] = "relay_unreachable"
    async with pickup.collecting():
        await pickup.until(lambda: ("failed", "relay_unreachable") in pickup.what())
        first = pickup.send()
        await pickup.until(lambda: pickup.kinds(first) == ["R3", "R4"])
        pickup.relays[B].failing.clear()
        second = pickup.send(number=2, to=(B,))
        await pickup.until(lambda: pickup.kinds(second) == ["R3", "R4"])
