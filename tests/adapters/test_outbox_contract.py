"""What every outbox promises: run on the fake (tests/fakes/outbox_memory.py) and on a mail file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dpr.adapters.mail_db import MailDb
from dpr.core.errors import StorageError
from dpr.core.mail.carriage import State
from dpr.core.mail.retry import Copy
from dpr.ports import Outbox, Posted
from tests.fakes.outbox_memory import MemoryOutbox
from tests.world import NOW

A, B = "https://a.test", "https://b.test"


@pytest.fixture(params=["memory", "file"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outbox]:
    if request.param == "memory":
        yield MemoryOutbox()
        return
    with MailDb.open(tmp_path / "mail.db", now=NOW) as mail:
        yield mail.outbox


def posted(number: int = 1, **changes: Any) -> Posted:
    fields = {
        "message_id": number.to_bytes(16, "big"),
        "queue": "gln:7350000000009",
        "origins": (A, B),
        "digest": hashlib.sha256(sealed(number)).digest(),
        "documents": (bytes([number]) * 32, bytes(32)),
        "posted_at": NOW,
        "not_after": NOW + 3600,
    } | changes
    return Posted(**fields)


def sealed(number: int = 1) -> bytes:
    return b"sealed %d" % number


def same(number: int = 1) -> bytes:
    return bytes([number]) * 32


def put(outbox: Outbox, number: int = 1, **changes: Any) -> Posted:
    return outbox.put(posted(number, **changes), sealed(number), same=same(number))


def test_what_was_put_is_there_with_a_copy_for_each_endpoint_in_order(outbox: Outbox) -> None:
    assert put(outbox) == posted()
    assert outbox.message(posted().message_id) == posted()
    assert list(outbox.messages()) == list(outbox.messages(open_only=True)) == [posted()]
    assert outbox.sealed(posted().message_id) == sealed()
    assert outbox.copies(posted().message_id) == (Copy(origin=A), Copy(origin=B))
    assert outbox.receipts(posted().message_id) == ()
    assert outbox.find(same()) == posted()
    assert outbox.find(same(2)) is None


def test_a_second_one_that_is_the_same_changes_nothing_unless_it_is_to_be_another(outbox: Outbox) -> None:
    put(outbox)
    assert outbox.put(posted(2), sealed(2), same=same(1)) == posted()
    assert list(outbox.messages()) == [posted()]
    assert outbox.put(posted(2), sealed(2), same=same(1), again=True) == posted(2)
    assert outbox.find(same(1)) == posted(2)
    assert outbox.put(posted(3), sealed(3), same=same(1)) == posted(2)
    assert list(outbox.messages()) == [posted(1), posted(2)]


def test_an_id_is_one_messages_alone(outbox: Outbox) -> None:
    put(outbox)
    with pytest.raises(StorageError, match="mail_file_row_refused"):
        outbox.put(posted(1, digest=bytes(32)), b"other", same=same(9))
    assert outbox.sealed(posted().message_id) == sealed()


def test_what_is_known_of_a_copy_is_kept_for_its_endpoint(outbox: Outbox) -> None:
    put(outbox)
    put(outbox, 2)
    changed = Copy(
        origin=B, tried_at=NOW + 0.25, failures=3, next_at=NOW + 7.5, custody_at=NOW + 9.125, ended=True, code="mail_expired"
    )
    outbox.keep_copy(posted().message_id, changed)
    assert outbox.copies(posted().message_id) == (Copy(origin=A), changed)
    assert outbox.copies(posted(2).message_id) == (Copy(origin=A), Copy(origin=B))
    with pytest.raises(StorageError, match="mail_file_row_refused"):
        outbox.keep_copy(posted().message_id, Copy(origin="https://c.test"))


def test_receipts_are_kept_once_in_their_order(outbox: Outbox) -> None:
    put(outbox)
    id = posted().message_id
    assert outbox.keep_receipts(id, A, [b"r1", b"r2"]) == 2
    assert outbox.keep_receipts(id, B, [b"r2", b"r4", b"r4"]) == 1
    assert outbox.keep_receipts(id, B, []) == 0
    assert outbox.receipts(id) == ((A, b"r1"), (A, b"r2"), (B, b"r4"))


def test_a_recall_and_an_end_are_kept_once(outbox: Outbox) -> None:
    put(outbox)
    id = posted().message_id
    recalled = msgspec.structs.replace(posted(), recalled_at=NOW + 1)
    assert outbox.recall(id, now=NOW + 1) == recalled
    assert outbox.recall(id, now=NOW + 2) == recalled
    ended = msgspec.structs.replace(recalled, ended=State.WITHDRAWN, ended_at=NOW + 3)
    assert outbox.end(id, State.WITHDRAWN, now=NOW + 3) == ended
    assert outbox.end(id, State.ACCEPTED, now=NOW + 4) == ended
    assert outbox.message(id) == ended
    assert list(outbox.messages()) == [ended]
    assert list(outbox.messages(open_only=True)) == []


def test_what_has_ended_is_not_recalled(outbox: Outbox) -> None:
    put(outbox)
    ended = outbox.end(posted().message_id, State.ACCEPTED, now=NOW)
    assert outbox.recall(posted().message_id, now=NOW + 1) == ended


def test_only_what_ended_before_is_forgotten_and_all_of_it(outbox: Outbox) -> None:
    for number in (1, 2, 3):
        put(outbox, number)
        outbox.keep_receipts(posted(number).message_id, A, [b"r1"])
    outbox.end(posted(1).message_id, State.ACCEPTED, now=NOW)
    outbox.end(posted(2).message_id, State.ACCEPTED, now=NOW + 10)
    assert outbox.forget(before=NOW + 10) == 1
    assert [row.message_id for row in outbox.messages()] == [posted(2).message_id, posted(3).message_id]
    assert outbox.find(same(1)) is None
    put(outbox, 1)
    assert outbox.receipts(posted(1).message_id) == ()


def test_what_is_not_there_has_a_name(outbox: Outbox) -> None:
    id = bytes(16)
    for ask in (
        lambda: outbox.message(id), lambda: outbox.sealed(id), lambda: outbox.copies(id), lambda: outbox.receipts(id),
        lambda: outbox.recall(id, now=1), lambda: outbox.end(id, State.EXPIRED, now=1),
        lambda: outbox.keep_copy(id, Copy(origin=A)), lambda: outbox.keep_receipts(id, A, [b"x"]),
    ):  # fmt: skip
        with pytest.raises(StorageError, match="message_not_in_outbox"):
            ask()


def test_of_many_who_post_the_same_one_wins(outbox: Outbox) -> None:
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda number: outbox.put(posted(number), sealed(number), same=same(99)), range(1, 17)))
    assert len({one.message_id for one in done}) == 1
    assert len(outbox.messages()) == 1


def test_another_process_that_changes_something_is_noticed(tmp_path: Path) -> None:
    with MailDb.open(tmp_path / "mail.db", now=NOW) as one, MailDb.open(tmp_path / "mail.db", now=NOW) as other:
        before = one.outbox.changed()
        assert one.outbox.changed() == before
        put(other.outbox)
        assert one.outbox.changed() != before
        assert list(one.outbox.messages()) == [posted()]
