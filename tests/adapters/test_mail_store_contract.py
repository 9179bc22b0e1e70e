"""What every relay's store promises: run on the fake (tests/fakes/mail_store_memory.py), SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dpr.adapters.mail_store_batch import MailStoreBatch
from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.core.mail.api import MAX_CHAIN
from dpr.core.mail.chain import Place
from dpr.core.mail.receipt import NO_RECEIPT, Outcome, ReceiptType
from dpr.ports import Fetched, MailStore, Quota
from tests.adapters.mail_store_samples import (
    MANY,
    OTHER_QUEUE,
    OTHER_SENDER,
    SENDER,
    STAMP,
    acknowledge,
    answer,
    attested,
    fetch,
    message_id,
    place_after,
    said,
    submission,
    submit,
    type_of,
    withdraw,
)
from tests.fakes.mail_store_memory import MemoryMailStore
from tests.mail_world import QUEUE
from tests.postgres import needs_postgres, postgres_url
from tests.world import DAY, NOW

__all__ = ["postgres_url"]

R1, R2, R3, R4, N1, N2, W1, W2 = (ReceiptType[name] for name in ("R1", "R2", "R3", "R4", "N1", "N2", "W1", "W2"))
STORES = ["memory", "sqlite", "batch", pytest.param("postgres", marks=needs_postgres)]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MailStore]:
    if request.param == "memory":
        yield MemoryMailStore()
        return
    where = request.getfixturevalue("postgres_url") if request.param == "postgres" else tmp_path / "relay.db"
    with SqlMailStore.open(where, now=NOW) as opened:
        if request.param == "batch":
            with MailStoreBatch(opened) as batch:
                yield batch
        else:
            yield opened


# --- custody -------------------------------------------------------------------------------------------------------------


def test_messages_of_a_queue_get_one_number_each_and_their_receipts_are_a_chain(store: MailStore) -> None:
    first = submit(store, submission("a"), submission("x", queue=OTHER_QUEUE), submission("b"))
    second = submit(store, submission("c"))
    assert [(one.fresh, one.code) for one in first + second] == [(True, "")] * 4
    chain = [attested(one.receipt) for one in (first[0], first[2], second[0])]
    assert [one.content.sequence for one in chain] == [1, 2, 3]
    assert [one.content.previous for one in chain] == [NO_RECEIPT, chain[0].digest, chain[1].digest]
    assert said(first[1].receipt).sequence == 1
    assert (chain[0].content.message_id, chain[0].content.digest) == (message_id("a"), submission("a").digest)
    assert store.held() == (4, 4 * 300)


def test_the_same_message_again_gets_the_same_receipt_byte_for_byte(store: MailStore) -> None:
    [first] = submit(store, submission("a"))
    again = submit(store, submission("a"), submission("a"), now=NOW + 7)
    assert [one.receipt for one in again] == [first.receipt] * 2
    assert [one.fresh for one in again] == [False, False]
    assert store.held() == (1, 300)


def test_twins_in_one_transaction_are_one_message(store: MailStore) -> None:
    one, twin, thief = submit(store, submission("a"), submission("a"), submission("a", content="other"))
    assert (one.fresh, twin.fresh, twin.receipt) == (True, False, one.receipt)
    assert (thief.code, thief.receipt) == ("mail_id_taken", b"")


def test_an_id_is_taken_for_other_content_and_for_another_queue_but_not_for_another_sender(store: MailStore) -> None:
    submit(store, submission("a"))
    other, elsewhere, by_another = submit(
        store, submission("a", content="other"), submission("a", queue=OTHER_QUEUE), submission("a", sender=OTHER_SENDER)
    )
    assert [other.code, elsewhere.code, by_another.code] == ["mail_id_taken", "mail_id_taken", ""]
    assert said(by_another.receipt).sequence == 2


def test_what_is_over_is_not_taken_but_what_was_taken_is_answered_for_ever(store: MailStore) -> None:
    [first] = submit(store, submission("a"))
    late, same = submit(store, submission("b"), submission("a"), now=NOW + 3 * DAY)
    assert (late.code, late.receipt) == ("mail_expired", b"")
    assert same.receipt == first.receipt


def test_thousands_in_one_transaction_are_no_more_than_a_database_takes(store: MailStore) -> None:
    many = [submission(number, size=40) for number in range(3000)]
    assert all(one.fresh for one in submit(store, *many))
    assert len(fetch(store, most=3000).messages) == MAX_CHAIN
    assert len(fetch(store, after=3000, most=3000).messages) == 3000 - MAX_CHAIN
    assert len(acknowledge(store, *many[:1600])) == 1600
    assert store.expire(stamp=STAMP, now=NOW + 3 * DAY, most=10_000) == 1400
    assert store.held() == (0, 0)


def test_nothing_is_nothing(store: MailStore) -> None:
    assert submit(store) == []
    assert acknowledge(store) == []
    assert store.held() == (0, 0)
    assert fetch(store) == Fetched(0, NO_RECEIPT, (), (), ())
    assert fetch(store, after=None) == Fetched(0, NO_RECEIPT, (), (), ())
    assert store.receipts(SENDER, message_id("a")) is None
    assert withdraw(store, submission("a")) is None
    assert store.expire(stamp=STAMP, now=NOW, most=10) == store.forget(before=NOW, most=10) == 0


# --- quotas --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bound", [(2, 10**9), (10**9, 700)], ids=["messages", "bytes"])
@pytest.mark.parametrize("name", ["queue", "share", "sender"])
def test_a_quota_is_exact_says_which_it_is_and_is_free_again_when_a_message_ends(
    store: MailStore, name: str, bound: tuple[int, int]
) -> None:
    quota = MANY._replace(**{name: bound})
    codes = {"queue": "queue_full", "share": "queue_share_full", "sender": "sender_full"}
    taken = submit(store, submission("a"), submission("b"), submission("c"), quota=quota)
    assert [one.code for one in taken] == ["", "", codes[name]]
    beside = submission("d", sender=OTHER_SENDER), submission("e", queue=OTHER_QUEUE)
    expected = {"queue": [codes[name], ""], "share": ["", ""], "sender": ["", codes[name]]}
    assert [one.code for one in submit(store, *beside, quota=quota)] == expected[name]
    assert type_of(withdraw(store, submission("a"))) is W1
    if name == "queue":
        assert submit(store, submission("d", sender=OTHER_SENDER), quota=quota)[0].code == ""
    assert submit(store, submission("c"), quota=quota)[0].code == ("queue_full" if name == "queue" else "")


def test_a_refused_message_is_no_obstacle_to_the_same_message_later(store: MailStore) -> None:
    none = Quota((0, 0), (0, 0), (0, 0))
    assert submit(store, submission("a"), quota=none)[0].code == "queue_full"
    assert store.receipts(SENDER, message_id("a")) is None
    [taken] = submit(store, submission("a"))
    assert said(taken.receipt).sequence == 1


@pytest.mark.parametrize("how", ["ack", "expire", "withdraw"])
def test_every_end_gives_room_back_once(store: MailStore, how: str) -> None:
    quota = MANY._replace(sender=(1, 300), queue=(1, 300), share=(1, 300))
    submit(store, submission("a"))
    for _ in range(2):
        if how == "ack":
            acknowledge(store, submission("a"))
        elif how == "expire":
            store.expire(stamp=STAMP, now=NOW + 3 * DAY, most=10)
        else:
            withdraw(store, submission("a"))
    assert [one.code for one in submit(store, submission("b"), submission("c"), quota=quota)] == ["", "queue_full"]


# --- fetching ------------------------------------------------------------------------------------------------------------


def test_a_recipient_gets_the_oldest_messages_with_the_chain_and_nobody_else_gets_them_while_they_are_leased(
    store: MailStore,
) -> None:
    r1s = [one.receipt for one in submit(store, *map(submission, "abc"))]
    first = fetch(store, most=2)
    assert (first.sequence, first.head) == (3, attested(r1s[2]).digest)
    assert list(first.chain) == r1s
    assert list(first.messages) == [submission("a").sealed, submission("b").sealed]
    assert fetch(store, after=3).messages == (submission("c").sealed,)
    assert fetch(store, after=3).messages == ()
    assert fetch(store, after=3, now=NOW + 59).messages == ()


def test_a_lease_that_runs_out_is_handed_out_again(store: MailStore) -> None:
    submit(store, *map(submission, "ab"))
    assert len(fetch(store, lease_seconds=60).messages) == 2
    acknowledge(store, submission("b"))
    assert fetch(store, now=NOW + 60).messages == (submission("a").sealed,)
    assert fetch(store, now=NOW + 61).messages == ()


def test_a_poll_for_nothing_leases_nothing(store: MailStore) -> None:
    submit(store, submission("a"))
    looked = fetch(store, most=0)
    assert (len(looked.chain), looked.messages) == (1, ())
    assert type_of(withdraw(store, submission("a"))) is W1


def test_the_first_message_comes_whatever_its_size_and_the_others_within_the_bound(store: MailStore) -> None:
    submit(store, *(submission(name, size=1000) for name in "abcd"))
    assert [len(fetch(store, most_bytes=most).messages) for most in (10, 2000)] == [1, 2]
    assert fetch(store).messages == (submission("d", size=1000).sealed,)


def test_a_chain_is_given_in_pieces_and_no_message_before_its_receipt(store: MailStore) -> None:
    everything = [submission(number) for number in range(MAX_CHAIN + 3)]
    submit(store, *everything)
    fetched = fetch(store, most=1000)
    assert len(fetched.chain) == MAX_CHAIN
    assert list(fetched.messages) == [one.sealed for one in everything[:MAX_CHAIN]]
    place = place_after(Place(), fetched)
    assert place.sequence == MAX_CHAIN
    rest = fetch(store, after=place.sequence, most=1000)
    assert list(rest.messages) == [one.sealed for one in everything[MAX_CHAIN:]]
    assert place_after(place, rest).sequence == MAX_CHAIN + 3


def test_a_reader_without_a_place_begins_with_the_oldest_message_held(store: MailStore) -> None:
    r1s = [one.receipt for one in submit(store, *map(submission, "abc"))]
    fetch(store, most=1)
    acknowledge(store, submission("a"))
    assert list(fetch(store, after=None, most=0).chain) == r1s[1:]
    for name in "bc":
        withdraw(store, submission(name))
    nothing_held = fetch(store, after=None)
    assert (nothing_held.chain, nothing_held.ended, nothing_held.sequence) == ((), (), 3)


def test_a_reader_ahead_of_the_queue_sees_where_it_ends(store: MailStore) -> None:
    submit(store, submission("a"))
    fetched = fetch(store, after=5)
    assert (fetched.sequence, fetched.chain) == (1, ())


def test_a_message_that_is_over_is_not_handed_out_and_its_end_is_shown_beside_its_r1(store: MailStore) -> None:
    submit(store, submission("a", not_after=NOW + 10), submission("b"), submission("c"))
    assert fetch(store, after=0, most=1, now=NOW + 10).messages == (submission("b").sealed,)
    assert store.expire(stamp=STAMP, now=NOW + 10, most=10) == 1
    withdraw(store, submission("c"))
    assert [type_of(one) for one in fetch(store).ended] == [N1, W1]
    assert [said(one).sequence for one in fetch(store, after=2).ended] == [3]


# --- acknowledging -------------------------------------------------------------------------------------------------------


def test_an_acknowledged_message_is_gone_and_its_r2_is_the_same_each_time(store: MailStore) -> None:
    [taken] = submit(store, submission("a"))
    fetch(store)
    [r2] = acknowledge(store, submission("a"), now=NOW + 3)
    assert (said(r2).type, said(r2).sequence, said(r2).digest) == (R2, 1, submission("a").digest)
    assert acknowledge(store, submission("a"), submission("a"), now=NOW + 9) == [r2]
    assert fetch(store, now=NOW + 1000).messages == ()
    assert store.held() == (0, 0)
    assert store.receipts(SENDER, message_id("a")) == [taken.receipt, r2]


def test_what_was_never_fetched_here_is_held_no_more_when_its_recipient_says_so_but_there_is_no_r2(store: MailStore) -> None:
    submit(store, submission("a"))
    assert acknowledge(store, submission("a")) == []
    assert fetch(store).messages == ()
    assert type_of(withdraw(store, submission("a"))) is W2


def test_another_queues_digest_ends_nothing(store: MailStore) -> None:
    submit(store, submission("x", queue=OTHER_QUEUE))
    fetch(store, OTHER_QUEUE)
    assert acknowledge(store, submission("x", queue=OTHER_QUEUE), queue=QUEUE) == []
    assert store.held() == (1, 300)


def test_the_recipients_receipts_are_kept_for_the_sender_in_order_each_type_once(store: MailStore) -> None:
    one = submission("a")
    submit(store, one)
    fetch(store)
    r3, r4 = answer(one, R3), answer(one)
    [r2] = acknowledge(store, one, receipts=(r3,))
    acknowledge(store, receipts=(r4, r3))
    contradiction = answer(one, outcome=Outcome.REJECTED, code="mail_times")
    acknowledge(store, receipts=(contradiction, answer(one, R3, now=NOW + 1)))
    given = store.receipts(SENDER, one.outer.id) or []
    assert [type_of(given[0]), *given[1:]] == [R1, r3.document, r2, r4.document]


def test_an_outcome_counts_after_the_message_has_expired(store: MailStore) -> None:
    one = submission("a")
    submit(store, one)
    fetch(store)
    store.expire(stamp=STAMP, now=NOW + 3 * DAY, most=10)
    [r2] = acknowledge(store, one, receipts=(answer(one),), now=NOW + 3 * DAY)
    given = store.receipts(SENDER, one.outer.id) or []
    assert [type_of(document) for document in given] == [R1, N1, R4, R2]
    assert given[3] == r2


def test_a_receipt_for_other_content_another_message_another_queue_or_of_a_relay_is_left_out(store: MailStore) -> None:
    one = submission("a")
    [taken] = submit(store, one, submission("x", queue=OTHER_QUEUE))[:1]
    fetch(store)
    wrong = answer(submission("a", content="other")), answer(one, message_id=message_id("b"))
    acknowledge(store, receipts=(*wrong, attested(taken.receipt)))
    acknowledge(store, receipts=(answer(one),), queue=OTHER_QUEUE)
    assert store.receipts(SENDER, one.outer.id) == [taken.receipt]


def test_the_same_bytes_from_two_senders_are_two_messages_that_end_together(store: MailStore) -> None:
    one, same = submission("a"), submission("a", sender=OTHER_SENDER)
    submit(store, one, same)
    assert len(fetch(store).messages) == 2
    r4 = answer(one)
    r2s = acknowledge(store, one, receipts=(r4,))
    assert [said(r2).sequence for r2 in r2s] == [1, 2]
    for sender in (SENDER, OTHER_SENDER):
        assert r4.document in (store.receipts(sender, one.outer.id) or [])


# --- withdrawing, expiring, forgetting -----------------------------------------------------------------------------------


def test_a_message_that_nobody_fetched_can_be_withdrawn_and_the_answer_stays(store: MailStore) -> None:
    [taken] = submit(store, submission("a"))
    w1 = withdraw(store, submission("a"))
    assert type_of(w1) is W1
    assert withdraw(store, submission("a"), now=NOW + 5) == w1
    assert fetch(store).messages == ()
    assert acknowledge(store, submission("a")) == []
    assert withdraw(store, submission("a"), now=NOW + 5) == w1
    assert submit(store, submission("a"))[0] == (taken.receipt, False, "")
    assert store.receipts(SENDER, message_id("a")) == [taken.receipt, w1]


def test_after_a_lease_it_is_too_late_for_ever_even_when_the_lease_has_run_out(store: MailStore) -> None:
    submit(store, submission("a"))
    fetch(store, now=NOW + 2)
    w2 = withdraw(store, submission("a"), now=NOW + 1000)
    assert w2 is not None
    assert (said(w2).type, said(w2).handed_over_at) == (W2, NOW + 2)
    assert fetch(store, now=NOW + 1000).messages == (submission("a").sealed,)
    acknowledge(store, submission("a"), now=NOW + 1000)
    assert withdraw(store, submission("a"), now=NOW + 2000) == w2


def test_after_its_end_it_is_too_late(store: MailStore) -> None:
    submit(store, submission("a"))
    store.expire(stamp=STAMP, now=NOW + 3 * DAY, most=10)
    w2 = withdraw(store, submission("a"), now=NOW + 3 * DAY)
    assert w2 is not None
    assert (said(w2).type, said(w2).handed_over_at) == (W2, None)


def test_only_its_sender_withdraws_or_asks(store: MailStore) -> None:
    submit(store, submission("a"))
    assert withdraw(store, submission("a", sender=OTHER_SENDER)) is None
    assert store.receipts(OTHER_SENDER, message_id("a")) is None
    assert store.held() == (1, 300)


def test_messages_expire_once_the_longest_over_first_and_no_more_than_asked(store: MailStore) -> None:
    submit(store, *(submission(number, not_after=NOW + number) for number in (3, 1, 2, 9)))
    fetch(store)
    assert store.expire(stamp=STAMP, now=NOW + 3, most=2) == 2
    assert [said(one).message_id for one in fetch(store).ended] == [message_id(1), message_id(2)]
    assert [store.expire(stamp=STAMP, now=NOW + 3, most=2) for _ in range(2)] == [1, 0]
    assert store.held() == (1, 300)
    given = store.receipts(SENDER, message_id(3)) or []
    assert [type_of(one) for one in given] == [R1, N1]


def test_what_ended_long_ago_is_forgotten_from_the_beginning_and_the_last_r1_stays(store: MailStore) -> None:
    r1s = [one.receipt for one in submit(store, *(submission(number, not_after=NOW + 10) for number in range(5)))]
    submit(store, submission("x", queue=OTHER_QUEUE))
    for number in (0, 1, 3, 4):
        withdraw(store, submission(number), now=NOW + 1)
    assert store.forget(before=NOW + 11, most=1) == 1
    assert store.forget(before=NOW + 11, most=10) == 1
    assert store.receipts(SENDER, message_id(1)) is None
    assert list(fetch(store, after=2, now=NOW + 9).chain) == r1s[2:]
    acknowledge(store, submission(2), now=NOW + 9)
    assert store.forget(before=NOW + 11, most=10) == 2
    assert store.forget(before=NOW + 11, most=10) == 0
    assert list(fetch(store, after=4).chain) == r1s[4:]
    [after_that] = submit(store, submission("new"))
    assert (said(after_that.receipt).sequence, said(after_that.receipt).previous) == (6, attested(r1s[4]).digest)


def test_nothing_is_forgotten_that_might_be_submitted_again(store: MailStore) -> None:
    [taken, _] = submit(store, submission("a", not_after=NOW + 100), submission("b"))
    withdraw(store, submission("a"))
    assert store.forget(before=NOW + 50, most=10) == 0
    assert submit(store, submission("a", not_after=NOW + 100))[0].receipt == taken.receipt
    assert store.forget(before=NOW + 101, most=10) == 1
    assert submit(store, submission("a", not_after=NOW + 100), now=NOW + 101)[0].code == "mail_expired"
