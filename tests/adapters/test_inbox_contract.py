"""What every inbox promises: run on the fake (tests/fakes/inbox_memory.py) and on a mail file."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dpr.adapters.mail_db import MailDb
from dpr.core.errors import StorageError
from dpr.core.mail.chain import Place
from dpr.core.mail.receipt import ReceiptType
from dpr.ports import Alarm, Came, Head, Inbox, Shown
from tests.fakes.inbox_memory import MemoryInbox
from tests.world import NOW

RELAY, OTHER = ("SE5560000001-T004", "Relä A"), ("SE5560000001-T004", "Relä B")
ORIGIN, QUEUE = "https://a.test", "gln:7350000000009"
R3, R4, N2 = ReceiptType.R3, ReceiptType.R4, ReceiptType.N2


@pytest.fixture(params=["memory", "file"])
def inbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Inbox]:
    if request.param == "memory":
        yield MemoryInbox()
        return
    with MailDb.open(tmp_path / "mail.db", now=NOW) as mail:
        yield mail.inbox


def digest(number: int) -> bytes:
    return bytes([number]) * 32


def shown(sequence: int, *, relay: tuple[str, str] = RELAY, of: int | None = None, at: int = NOW) -> Shown:
    number = sequence if of is None else of
    return Shown(relay, QUEUE, sequence, bytes([number]) * 16, digest(number), b"r1 %d" % sequence, at)


def came(inbox: Inbox, number: int = 1, *, id: int | None = None, now: int = NOW) -> Came:
    message_id = bytes([number if id is None else id]) * 16
    return inbox.came(digest(number), origin=ORIGIN, queue=QUEUE, message_id=message_id, now=now)


def advance(inbox: Inbox, sequence: int, *given: Shown, relay: tuple[str, str] = RELAY, watch: bool = True) -> None:
    inbox.advance(ORIGIN, relay, QUEUE, Place(sequence, digest(sequence)), b"last %d" % sequence, given, watch=watch)


def test_a_reader_begins_without_a_place_and_keeps_the_one_it_was_moved_to(inbox: Inbox) -> None:
    assert inbox.place(RELAY, QUEUE) is None
    assert inbox.relay_at(ORIGIN) is None
    advance(inbox, 3)
    assert inbox.place(RELAY, QUEUE) == (Place(3, digest(3)), b"last 3")
    assert inbox.relay_at(ORIGIN) == RELAY
    assert inbox.place(OTHER, QUEUE) is None
    assert inbox.place(RELAY, "gln:7350000000016") is None


def test_a_place_moves_forwards_only(inbox: Inbox) -> None:
    advance(inbox, 3)
    advance(inbox, 2)
    assert inbox.place(RELAY, QUEUE) == (Place(3, digest(3)), b"last 3")
    advance(inbox, 4)
    assert inbox.place(RELAY, QUEUE) == (Place(4, digest(4)), b"last 4")


def test_which_relay_is_at_an_origin_is_what_it_last_was(inbox: Inbox) -> None:
    advance(inbox, 3)
    advance(inbox, 1, relay=OTHER)
    assert inbox.relay_at(ORIGIN) == OTHER
    assert inbox.place(RELAY, QUEUE) == (Place(3, digest(3)), b"last 3")


def test_of_each_relay_and_queue_the_newest_head_is_kept(inbox: Inbox) -> None:
    assert list(inbox.heads()) == []
    heads = [Head(RELAY, QUEUE, NOW + at, b"h1 %d" % at) for at in (5, 9, 7)]
    others = [Head(OTHER, QUEUE, NOW, b"other relay"), Head(RELAY, "gln:7350000000016", NOW, b"other queue")]
    for one in (*heads, *others):
        inbox.keep_head(one)
    assert sorted(inbox.heads()) == sorted([heads[1], *others])
    assert inbox.place(RELAY, QUEUE) is None


def test_the_receipts_of_one_message_are_found_at_every_relay(inbox: Inbox) -> None:
    advance(inbox, 2, shown(1), shown(2))
    advance(inbox, 7, shown(7, relay=OTHER, of=1), relay=OTHER)
    advance(inbox, 2, shown(1))
    assert sorted(inbox.shown(digest(1))) == sorted([shown(1), shown(7, relay=OTHER, of=1)])
    assert list(inbox.shown(digest(9))) == []


def test_what_was_shown_is_missing_until_it_comes_or_ends(inbox: Inbox) -> None:
    advance(inbox, 4, *(shown(one) for one in (1, 2, 3, 4)))
    assert [one.sequence for one in inbox.missing(before=NOW + 1)] == [1, 2, 3, 4]
    assert list(inbox.missing(before=NOW)) == []
    came(inbox, 2)
    inbox.not_come(RELAY, QUEUE, [digest(3), digest(9)])
    inbox.not_come(OTHER, QUEUE, [digest(4)])
    assert [one.sequence for one in inbox.missing(before=NOW + 1)] == [1, 4]


def test_what_came_is_missing_at_no_relay(inbox: Inbox) -> None:
    came(inbox, 1)
    advance(inbox, 2, shown(1), shown(2))
    advance(inbox, 5, shown(5, relay=OTHER, of=2), relay=OTHER)
    came(inbox, 2)
    assert list(inbox.missing(before=NOW + 1)) == []


def test_what_a_new_reader_is_shown_of_before_is_not_missed(inbox: Inbox) -> None:
    advance(inbox, 1, shown(1), watch=False)
    assert list(inbox.missing(before=NOW + 1)) == []
    assert list(inbox.shown(digest(1))) == [shown(1)]


def test_a_message_comes_for_the_first_time_once(inbox: Inbox) -> None:
    first = came(inbox, 1)
    assert first == Came(digest=digest(1), queue=QUEUE, message_id=bytes([1]) * 16, first_at=NOW)
    assert came(inbox, 1, now=NOW + 60) == first
    assert list(inbox.messages()) == [first]
    assert inbox.message(digest(1)) == first
    assert inbox.message(digest(2)) is None


def test_answers_are_kept_once_and_given_back_the_same(inbox: Inbox) -> None:
    came(inbox, 1)
    assert inbox.answer(digest(1), {R3: b"r3"}) == (b"r3",)
    assert inbox.answer(digest(1), {R3: b"another r3", R4: b"r4"}) == (b"r3", b"r4")
    assert inbox.answer(digest(1), {R4: b"another r4"}) == (b"r3", b"r4")
    assert inbox.answer(digest(1), {N2: b"n2"}) == (b"r3", b"r4"), "what was answered is never quarantined"
    assert came(inbox, 1).answers == (b"r3", b"r4")


def test_what_is_quarantined_is_never_answered(inbox: Inbox) -> None:
    came(inbox, 1)
    assert inbox.answer(digest(1), {N2: b"n2"}) == (b"n2",)
    assert inbox.answer(digest(1), {R4: b"r4"}) == (b"n2",)
    assert [one.answers for one in inbox.messages()] == [(b"n2",)]


def test_of_two_messages_of_one_sender_with_one_id_the_first_that_was_opened_counts(inbox: Inbox) -> None:
    came(inbox, 1, id=7)
    came(inbox, 2, id=7)
    came(inbox, 3, id=7)
    assert inbox.opened(digest(2), sender=b"node", thumbprint=b"t") == digest(2)
    assert inbox.opened(digest(1), sender=b"node", thumbprint=b"t") == digest(2)
    assert inbox.opened(digest(2), sender=b"node", thumbprint=b"t") == digest(2)
    assert inbox.opened(digest(3), sender=b"other", thumbprint=b"u") == digest(3), "another sender's ids are its own"
    assert [one.sender for one in inbox.messages()] == [b"node", b"node", b"other"]


def test_what_did_not_come_is_neither_opened_nor_answered(inbox: Inbox) -> None:
    with pytest.raises(StorageError, match="mail_file_row_refused"):
        inbox.opened(digest(1), sender=b"node", thumbprint=b"t")
    with pytest.raises(StorageError, match="mail_file_row_refused"):
        inbox.answer(digest(1), {R3: b"r3"})
    assert list(inbox.messages()) == []


def test_answers_are_to_be_sent_to_every_relay_that_gave_the_message_until_it_has_them(inbox: Inbox) -> None:
    other = "https://b.test"
    for number in (1, 2):
        came(inbox, number)
        inbox.answer(digest(number), {R3: b"r3"})
    inbox.came(digest(1), origin=other, queue=QUEUE, message_id=bytes([1]) * 16, now=NOW)
    assert [one.digest for one in inbox.unsent(ORIGIN, most=9)] == [digest(1), digest(2)]
    assert [one.digest for one in inbox.unsent(ORIGIN, most=1)] == [digest(1)]
    assert [one.answers for one in inbox.unsent(other, most=9)] == [(b"r3",)]
    inbox.sent(ORIGIN, {digest(1): 1, digest(2): 1, digest(7): 1})
    assert list(inbox.unsent(ORIGIN, most=9)) == []
    assert len(inbox.unsent(other, most=9)) == 1
    inbox.answer(digest(2), {R4: b"r4"})
    assert [one.answers for one in inbox.unsent(ORIGIN, most=9)] == [(b"r3", b"r4")]
    inbox.sent(ORIGIN, {digest(2): 2})
    came(inbox, 1)
    assert [one.digest for one in inbox.unsent(ORIGIN, most=9)] == [digest(1)], "who gives it again has not got them"


def test_an_alarm_is_raised_once(inbox: Inbox) -> None:
    alarm = Alarm(ORIGIN, RELAY, QUEUE, "relay_forked", "sequence 3", (b"one", b"two"), NOW)
    assert inbox.raise_alarm(alarm)
    assert not inbox.raise_alarm(alarm._replace(at=NOW + 1, detail="again"))
    assert inbox.raise_alarm(alarm._replace(evidence=(b"one", b"three")))
    assert inbox.raise_alarm(alarm._replace(relay=OTHER))
    assert [one.evidence for one in inbox.alarms()] == [(b"one", b"two"), (b"one", b"three"), (b"one", b"two")]
    assert inbox.alarms()[0] == alarm


def test_an_alarm_that_was_settled_is_kept_with_its_evidence_and_forgotten_when_it_is_old(inbox: Inbox) -> None:
    first = Alarm(ORIGIN, RELAY, QUEUE, "relay_forked", "sequence 3", (b"one", b"two"), NOW)
    other = first._replace(evidence=(b"one", b"three"))
    for alarm in (first, other):
        assert inbox.raise_alarm(alarm)
    inbox.settle(first.digest, by="Anna", now=NOW + 5)
    inbox.settle(first.digest, by="Bo", now=NOW + 6)
    inbox.settle(bytes(32), by="Bo", now=NOW + 6)
    settled = first._replace(settled_at=NOW + 5, settled_by="Anna")
    assert list(inbox.alarms()) == [settled, other]
    assert not inbox.raise_alarm(first), "the same again is settled"
    inbox.forget(before=NOW + 5)
    assert list(inbox.alarms()) == [settled, other]
    inbox.forget(before=NOW + 1000)
    assert list(inbox.alarms()) == [other], "what nobody has looked into stays"


def test_only_what_is_answered_and_old_is_forgotten(inbox: Inbox) -> None:
    for number in (1, 2, 3):
        came(inbox, number, now=NOW + number)
    advance(inbox, 2, shown(1), shown(2, at=NOW + 9))
    inbox.answer(digest(1), {R3: b"r3"})
    inbox.answer(digest(1), {R4: b"r4"})
    inbox.opened(digest(1), sender=b"node", thumbprint=b"t")
    inbox.answer(digest(2), {R3: b"r3"})
    inbox.answer(digest(3), {N2: b"n2"})
    assert inbox.forget(before=NOW + 3) == 1
    assert [one.digest for one in inbox.messages()] == [digest(2), digest(3)]
    assert (list(inbox.shown(digest(1))), len(inbox.shown(digest(2)))) == ([], 1)
    assert inbox.place(RELAY, QUEUE) is not None
    assert came(inbox, 1).answers == ()
    assert inbox.opened(digest(1), sender=b"node", thumbprint=b"t") == digest(1)


def test_of_many_answers_at_once_one_is_kept(inbox: Inbox) -> None:
    came(inbox, 1)
    with ThreadPoolExecutor(8) as pool:
        kept = set(pool.map(lambda number: inbox.answer(digest(1), {(R4, N2)[number % 2]: b"%d" % number}), range(16)))
    assert len(kept) == 1
