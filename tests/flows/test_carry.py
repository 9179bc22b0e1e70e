"""The sender's side over relays in memory: custody, hedging, receipts, recall, and what a relay that fails or lies can do."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import msgspec
import pytest

from dpr.core.errors import DocumentError
from dpr.core.mail import sealing
from dpr.core.mail.carriage import State
from dpr.core.mail.receipt import Outcome, ReceiptContent, ReceiptType
from dpr.core.mail.retry import Timing
from dpr.core.status import Status
from tests.fakes.outbox_memory import MemoryOutbox
from tests.flows.carriage import A, B, Sender
from tests.mail_world import QUEUE
from tests.world import PHARMACIES


@pytest.fixture
def sender() -> Sender:
    return Sender()


# --- posting --------------------------------------------------------------------------------------------------------------


def test_what_is_posted_is_sealed_to_the_recipient_and_waits_in_the_outbox(sender: Sender) -> None:
    posted = sender.post()
    sealed = sender.outbox.sealed(posted.message_id)
    outer = sealing.read(sealed).outer
    assert (outer.id, outer.content.queue, outer.not_after) == (posted.message_id, QUEUE, posted.not_after)
    assert hashlib.sha256(sealed).digest() == posted.digest
    assert posted.origins == (A, B)
    assert not any(relay.calls for relay in sender.relays.values())


def test_the_same_documents_to_the_same_recipient_are_one_message_unless_said_otherwise(sender: Sender) -> None:
    first = sender.post()
    assert sender.post() == first
    again = sender.post(again=True)
    assert again.message_id != first.message_id
    assert sender.post() == again, "the latest of them is the one that counts"
    assert len(sender.outbox.messages()) == 2


def test_what_was_posted_by_a_clock_that_was_ahead_is_asked_back_and_made_anew(sender: Sender) -> None:
    skew = sender.world.policy.clock_skew_seconds
    now = int(sender.clock())
    first = sender.post(now=now + skew + 60)
    second = sender.post(now=now)
    assert second.message_id != first.message_id
    assert (second.posted_at, second.recalled_at) == (now, 0)
    assert sender.outbox.message(first.message_id).recalled_at == now
    assert sender.post(now=now) == second, "the latest of them is the one that counts"


def test_what_a_relay_has_is_not_made_anew_whatever_its_time(sender: Sender) -> None:
    now = int(sender.clock())
    first = sender.post(now=now + 7200)
    sender.outbox.keep_receipts(first.message_id, A, [b"a receipt"])
    assert sender.post(now=now) == first
    later = sender.post(b"other", now=now + sender.world.policy.clock_skew_seconds)
    assert sender.post(b"other", now=now) == later, "as far as two clocks may differ"


@pytest.mark.parametrize(
    ("documents", "changes", "code"),
    [
        ((b"x",) * 17, {}, "mail_too_many_documents"),
        ((bytes(70_000),), {}, "mail_too_large"),
        ((b"x",), {"life_seconds": 15 * 86_400}, "mail_times"),
        ((b"x",), {"life_seconds": 0}, "mail_times"),
    ],
)
def test_what_cannot_be_a_message_is_refused_by_name(
    sender: Sender, documents: tuple[bytes, ...], changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(DocumentError) as caught:
        sender.post(*documents, **changes)
    assert caught.value.code == code
    assert not sender.outbox.messages()


def test_nothing_is_sealed_to_the_key_of_a_pharmacy_that_is_revoked(sender: Sender) -> None:
    sender.trust = sender.world.trust()
    lists = [sender.world.status_list({2: Status.REVOKED}, issuer=PHARMACIES)]
    from dpr.core import documents

    sender.trust = documents.open_trust(sender.world.anchor, sender.world.trust_list(), status_lists=lists)
    with pytest.raises(DocumentError, match="mail_key_signer_revoked"):
        sender.post()


# --- carrying -------------------------------------------------------------------------------------------------------------


async def test_a_message_is_handed_to_the_first_relay_and_its_answers_are_kept(sender: Sender) -> None:
    sender.timing = Timing(hedge_seconds=5, second_copy_seconds=5)
    posted = sender.post()
    async with sender.carrying():
        await sender.until(lambda: sender.kinds(posted.message_id) == {"a R1"})
        sender.answer(posted)
        await sender.until(lambda: any(told.what == "ended" for told in sender.told))
    assert sender.outbox.message(posted.message_id).ended is State.ACCEPTED
    assert sender.kinds(posted.message_id) == {"a R1", "a R2", "a R3", "a R4"}
    assert not sender.relays[B].calls
    assert [told.what for told in sender.told if told.what in ("custody", "ended", "alarm")] == ["custody", "ended"]


async def test_a_refusal_comes_back_with_its_code(sender: Sender) -> None:
    posted = sender.post()
    async with sender.carrying():
        await sender.until(lambda: bool(sender.kinds(posted.message_id)))
        sender.answer(posted, outcome=Outcome.REJECTED)
        await sender.until(lambda: sender.outbox.message(posted.message_id).ended is State.REJECTED)


async def test_what_is_posted_while_it_runs_is_carried_when_it_is_woken(sender: Sender) -> None:
    async with sender.carrying() as carrier:
        posted = sender.post()
        carrier.wake()
        await sender.until(lambda: sender.kinds(posted.message_id) == {"a R1"})


async def test_a_relay_that_is_down_costs_no_more_than_the_first_failure(sender: Sender) -> None:
    sender.relays[A].failing[""] = "relay_unreachable"
    posted = sender.post()
    async with sender.carrying():
        await sender.until(lambda: sender.kinds(posted.message_id) == {"b R1"}, 0.09)


async def test_a_relay_that_is_silent_is_hedged(sender: Sender) -> None:
    sender.relays[A].delay_seconds = 60
    posted = sender.post()
    async with sender.carrying():
        await sender.until(lambda: sender.kinds(posted.message_id) == {"b R1"}, 1.0)
        sender.answer(posted, at=B)
        await sender.until(lambda: sender.outbox.message(posted.message_id).ended is State.ACCEPTED)


async def test_the_same_bytes_go_to_the_second_relay_when_the_recipient_is_not_heard_of(sender: Sender) -> None:
    posted = sender.post()
    async with sender.carrying():
        await sender.until(lambda: sender.kinds(posted.message_id) == {"a R1", "b R1"})
    assert {relay.queues[QUEUE][0].digest for relay in sender.relays.values()} == {posted.digest}


async def test_an_answer_whose_way_back_was_lost_is_asked_for_again_and_makes_no_second_message(sender: Sender) -> None:
    sender.relays[A].lost.add("submit")
    sender.relays[B].failing[""] = "relay_unreachable"
    posted = sender.post()
    async with sender.carrying():
        await sender.until(lambda: sender.relays[A].calls.count("submit") >= 2)
        sender.relays[A].lost.clear()
        await sender.until(lambda: sender.kinds(posted.message_id) == {"a R1"})
    assert len(sender.relays[A].queues[QUEUE]) == 1


async def test_a_run_that_was_killed_goes_on_where_it_stood(sender: Sender) -> None:
    posted = sender.post()
    for _ in range(3):
        async with sender.carrying():
            await sender.until(lambda: "a R1" in sender.kinds(posted.message_id))
    async with sender.carrying():
        sender.answer(posted)
        await sender.until(lambda: sender.outbox.message(posted.message_id).ended is State.ACCEPTED)
    assert sender.relays[A].calls.count("submit") == 1


async def test_when_not_after_has_passed_the_relays_word_ends_it(sender: Sender) -> None:
    sender.timing = Timing(hedge_seconds=5, second_copy_seconds=9000)
    posted = sender.post()
    async with sender.carrying() as carrier:
        await sender.until(lambda: sender.kinds(posted.message_id) == {"a R1"})
        sender.clock.ahead = 3700
        sender.relays[A].expire()
        sender.relays[A]._notify()
        carrier.wake()
        await sender.until(lambda: "a N1" in sender.kinds(posted.message_id))
        sender.clock.ahead = 3700 + 86_400
        carrier.wake()
        await sender.until(lambda: sender.outbox.message(posted.message_id).ended is State.EXPIRED)
    assert sender.kinds(posted.message_id) == {"a R1", "a N1"}


async def test_an_answer_that_comes_after_an_n1_is_still_fetched(sender: Sender) -> None:
    sender.timing = Timing(hedge_seconds=5, second_copy_seconds=9000)
    posted = sender.post()
    async with sender.carrying() as carrier:
        await sender.until(lambda: sender.kinds(posted.message_id) == {"a R1"})
        sender.relays[A].fetch(QUEUE, 0, 20)
        sender.clock.ahead = 3700
        sender.relays[A].expire()
        sender.relays[A]._notify()
        carrier.wake()
        await sender.until(lambda: "a N1" in sender.kinds(posted.message_id))
        sender.answer(posted)
        sender.clock.ahead = 4500
        carrier.wake()
        await sender.until(lambda: sender.outbox.message(posted.message_id).ended is State.ACCEPTED)


async def test_after_not_after_nothing_more_is_handed_over_and_receipts_are_asked_for_a_week_longer(sender: Sender) -> None:
    sender.relays[B].failing[""] = "relay_unreachable"
    posted = sender.post()
    sender.relays[A].expire = lambda: None  # type: ignore[method-assign]
    async with sender.carrying() as carrier:
        await sender.until(lambda: sender.kinds(posted.message_id) == {"a R1"})
        await sender.until(lambda: sender.relays[B].calls != [])
        sender.clock.ahead = 3700
        sender.relays[B].calls.clear()
        for days in (0, 3, 6):
            sender.clock.ahead = 3700 + days * 86_400
            carrier.wake()
            await asyncio.sleep(0.05)
        assert "ask" in sender.relays[A].calls
        assert sender.outbox.message(posted.message_id).ended is None
        sender.clock.ahead = 3700 + 7 * 86_400
        carrier.wake()
        await sender.until(lambda: sender.outbox.message(posted.message_id).ended is State.IN_CUSTODY)
    assert sender.relays[B].calls == []


async def test_a_message_that_no_relay_ever_took_expires_here(sender: Sender) -> None:
    for relay in sender.relays.values():
        relay.failing[""] = "relay_unreachable"
    posted = sender.post()
    async with sender.carrying() as carrier:
        await sender.until(lambda: len(sender.told) >= 2)
        assert sender.outbox.message(posted.message_id).ended is None
        sender.clock.ahead = 3700
        carrier.wake()
        await sender.until(lambda: sender.outbox.message(posted.message_id).ended is State.EXPIRED)


async def test_a_relay_that_refuses_for_good_is_asked_once(sender: Sender) -> None:
    def full(call: str, answer: Any) -> Any:
        from dpr.ports import MailboxFailed

        raise MailboxFailed("mail_too_large", final=True)

    sender.relays[A].spoil = sender.relays[B].spoil = full
    posted = sender.post()
    async with sender.carrying():
        await sender.until(lambda: all(copy.ended for copy in sender.outbox.copies(posted.message_id)))
    assert [relay.calls for relay in sender.relays.values()] == [["submit"], ["submit"]]


async def test_many_messages_do_not_wait_for_one_that_hangs(sender: Sender) -> None:
    ids = [sender.post(b"document %d" % number).message_id for number in range(40)]
    async with sender.carrying():
        await sender.until(lambda: all("a R1" in sender.kinds(one) for one in ids))
    assert len(sender.relays[A].queues[QUEUE]) == 40


# --- receipts that are not what they should be ----------------------------------------------------------------------------


async def test_a_receipt_of_another_relay_operator_or_message_is_none(sender: Sender) -> None:
    other = sender.post(b"another")
    foreign = sender.relays[B].submit(b"someone", sender.outbox.sealed(other.message_id))
    sender.outbox.end(other.message_id, State.EXPIRED, now=1)
    posted = sender.post()
    sender.relays[A].spoil = lambda call, answer: foreign if call == "submit" else answer
    async with sender.carrying():
        await sender.until(lambda: "b R1" in sender.kinds(posted.message_id))
        await sender.until(lambda: any(told.what == "alarm" and told.origin == A for told in sender.told))
    assert "a R1" not in sender.kinds(posted.message_id)
    assert {told.code for told in sender.told if told.what == "alarm"} == {"receipt_message"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"documents": (bytes(32),)}, "receipt_documents"), ({"digest": bytes(32)}, "receipt_digest")],
)
async def test_an_answer_about_other_documents_or_other_bytes_does_not_count(
    sender: Sender, changes: dict[str, Any], code: str
) -> None:
    posted = sender.post()
    async with sender.carrying():
        await sender.until(lambda: "a R1" in sender.kinds(posted.message_id))
        sender.answer(posted, **changes)
        await sender.until(lambda: any(told.code == code for told in sender.told))
    assert sender.outbox.message(posted.message_id).ended is None
    assert not {"a R3", "a R4"} & sender.kinds(posted.message_id)


async def test_another_node_cannot_answer_for_the_recipient(sender: Sender) -> None:
    posted = sender.post()
    from dpr.core.mail import queue
    from dpr.core.mail.stamp import Stamp

    node = Stamp(sender.world.node, sender.world.node_credential())
    for name in (QUEUE, queue.of_key(sender.world.node.key.thumbprint)):
        forged = node(
            ReceiptContent(
                type=ReceiptType.R4, queue=name, message_id=posted.message_id, digest=posted.digest,
                documents=posted.documents, outcome=Outcome.ACCEPTED,
            ), int(sender.clock()),
        )  # fmt: skip
        sender.relays[A].acknowledge(QUEUE, [], [forged])
        async with sender.carrying():
            await sender.until(lambda: "a R1" in sender.kinds(posted.message_id))
            sender.relays[A].acknowledge(QUEUE, [], [forged])
            await sender.until(lambda: any(told.what == "alarm" for told in sender.told))
        sender.told.clear()
        assert sender.outbox.message(posted.message_id).ended is None


async def test_two_answers_that_differ_are_a_conflict_with_both_kept(sender: Sender) -> None:
    posted = sender.post()
    async with sender.carrying():
        await sender.until(lambda: sender.kinds(posted.message_id) >= {"a R1", "b R1"})
        one = sender.answer(posted, at=A)[1]
        two = sender.answer(posted, at=B, outcome=Outcome.REJECTED)[1]
        await sender.until(lambda: sender.outbox.message(posted.message_id).ended is not None)
    # Whichever relay is heard first; what both have said is in the relays' hands, and a later run finds the conflict.
    sender.outbox = reopened(sender.outbox, posted.message_id)
    sender.outbox.keep_receipts(posted.message_id, A, [one])
    sender.outbox.keep_receipts(posted.message_id, B, [two])
    async with sender.carrying():
        await sender.until(lambda: sender.outbox.message(posted.message_id).ended is State.CONFLICT)


def reopened(outbox: Any, message_id: bytes) -> MemoryOutbox:
    outbox._rows[message_id] = msgspec.structs.replace(outbox._rows[message_id], ended=None, ended_at=0)
    return outbox  # type: ignore[no-any-return]


async def test_a_relay_that_forgot_what_it_receipted_is_told_and_given_it_again(sender: Sender) -> None:
    sender.relays[B].failing[""] = "relay_unreachable"
    posted = sender.post()
    async with sender.carrying():
        await sender.until(lambda: sender.kinds(posted.message_id) == {"a R1"})
        sender.relays[A].queues.clear()
        sender.relays[A].chains.clear()
        sender.relays[A]._notify()
        await sender.until(lambda: any(told.code == "relay_forgot" for told in sender.told))
        await sender.until(lambda: QUEUE in sender.relays[A].queues, 8.0)


# --- recall ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "ahead_seconds", "alarm"),
    [
        (ReceiptType.W1, 0, "relay_withdrew_unasked"),
        (ReceiptType.N1, 0, "relay_expired_early"),
        (ReceiptType.N1, 4000, None),
    ],
)
async def test_a_relay_that_ends_its_copy_before_its_time_has_failed_and_the_next_gets_the_message_at_once(
    sender: Sender, kind: ReceiptType, ahead_seconds: int, alarm: str | None
) -> None:
    sender.timing = Timing(hedge_seconds=9000, second_copy_seconds=9000)
    posted, relay = sender.post(), sender.relays[A]
    async with sender.carrying():
        await sender.until(lambda: sender.kinds(posted.message_id) == {"a R1"})
        copy, relay._clock = relay.queues[QUEUE][0], lambda: sender.clock() + ahead_seconds
        copy.over = True
        relay._of(copy, kind)
        relay._notify()
        await sender.until(lambda: sender.kinds(posted.message_id) == {"a R1", f"a {kind.name}", "b R1"})
        assert sender.outbox.message(posted.message_id).ended is None
        sender.answer(posted, at=B)
        await sender.until(lambda: sender.outbox.message(posted.message_id).ended is State.ACCEPTED)
    assert [one.code for one in sender.told if one.what == "alarm"] == ([alarm] if alarm else [])
    assert [one.code for one in sender.outbox.copies(posted.message_id)] == [alarm or "", ""]
    assert relay.calls.count("submit") == 1


async def test_a_run_that_was_killed_after_a_withdrawal_that_nobody_asked_for_goes_on_to_the_next_relay(sender: Sender) -> None:
    sender.timing = Timing(hedge_seconds=9000, second_copy_seconds=9000)
    posted, relay = sender.post(), sender.relays[A]
    async with sender.carrying():
        await sender.until(lambda: sender.kinds(posted.message_id) == {"a R1"})
    copy = relay.queues[QUEUE][0]
    copy.over = True
    sender.outbox.keep_receipts(posted.message_id, A, [relay._of(copy, ReceiptType.W1)])
    async with sender.carrying():
        await sender.until(lambda: "b R1" in sender.kinds(posted.message_id))


async def test_a_message_is_withdrawn_wherever_it_is(sender: Sender) -> None:
    posted = sender.post()
    async with sender.carrying() as carrier:
        await sender.until(lambda: sender.kinds(posted.message_id) >= {"a R1", "b R1"})
        sender.outbox.recall(posted.message_id, now=int(sender.clock()))
        carrier.wake()
        await sender.until(lambda: sender.outbox.message(posted.message_id).ended is State.WITHDRAWN)
    assert sender.kinds(posted.message_id) == {"a R1", "b R1", "a W1", "b W1"}
    assert all(relay.queues[QUEUE][0].over for relay in sender.relays.values())


async def test_what_never_left_is_withdrawn_without_a_word(sender: Sender) -> None:
    posted = sender.post()
    sender.outbox.recall(posted.message_id, now=int(sender.clock()))
    async with sender.carrying():
        await sender.until(lambda: sender.outbox.message(posted.message_id).ended is State.WITHDRAWN)
    assert not any(relay.calls for relay in sender.relays.values())


async def test_a_recall_that_comes_too_late_says_so_and_the_answer_is_still_fetched(sender: Sender) -> None:
    sender.timing = Timing(hedge_seconds=5, second_copy_seconds=5)
    posted = sender.post()
    async with sender.carrying() as carrier:
        await sender.until(lambda: sender.kinds(posted.message_id) == {"a R1"})
        sender.relays[A].fetch(QUEUE, 0, 20)
        sender.outbox.recall(posted.message_id, now=int(sender.clock()))
        carrier.wake()
        await sender.until(lambda: "a W2" in sender.kinds(posted.message_id))
        assert sender.outbox.message(posted.message_id).ended is None
        sender.answer(posted)
        await sender.until(lambda: sender.outbox.message(posted.message_id).ended is State.ACCEPTED)
    assert not sender.relays[B].calls


async def test_a_recall_waits_for_a_relay_that_may_have_it(sender: Sender) -> None:
    sender.relays[B].failing[""] = "relay_unreachable"
    sender.relays[A].lost.add("submit")
    posted = sender.post()
    async with sender.carrying() as carrier:
        await sender.until(lambda: all("submit" in relay.calls for relay in sender.relays.values()))
        sender.outbox.recall(posted.message_id, now=int(sender.clock()))
        carrier.wake()
        await sender.until(lambda: "a W1" in sender.kinds(posted.message_id))
        assert sender.outbox.message(posted.message_id).ended is None, "B was tried too, and nobody knows what it has"
        sender.relays[B].failing.clear()
        await sender.until(lambda: "recall" in sender.relays[B].calls, 15)
        sender.clock.ahead = 400
        carrier.wake()
        await sender.until(lambda: sender.outbox.message(posted.message_id).ended is State.WITHDRAWN, 15)


async def test_an_outbox_that_fails_stops_nothing_for_good(sender: Sender) -> None:
    outbox = sender.outbox
    assert isinstance(outbox, MemoryOutbox)
    posted = sender.post()
    outbox.failing = "mail_file_full"
    async with sender.carrying() as carrier:
        await sender.until(lambda: any(told.code == "mail_file_full" for told in sender.told))
        assert not sender.relays[A].calls, "nothing leaves before it is kept that it may have left"
        outbox.failing = ""
        sender.clock.ahead = 6
        carrier.wake()
        await sender.until(lambda: "a R1" in sender.kinds(posted.message_id))
