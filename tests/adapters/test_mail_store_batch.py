"""Group commit: who shares a transaction, who has an answer when, and what a fault or an end does to whom."""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from dpr.adapters.mail_store_batch import MailStoreBatch
from dpr.adapters.mail_store_jobs import Job, Lease, Submit, Withdraw
from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.core.codes import CODES
from dpr.core.errors import DprError, StorageError
from dpr.core.mail.chain import Place, extend
from dpr.core.mail.receipt import ReceiptContent
from dpr.ports import Submitted
from tests.adapters.mail_store_samples import (
    MANY,
    SENDER,
    STAMP,
    acknowledge,
    attested,
    fetch,
    message_id,
    submission,
    submit,
)
from tests.mail_world import QUEUE
from tests.world import NOW


class Held(SqlMailStore):
    """A store whose transactions wait for `go`, and which fails when it is told to."""

    def prepare(self) -> None:
        self.go, self.entered = threading.Event(), threading.Event()
        self.go.set()
        self.transactions: list[int] = []
        self.fault: DprError | None = None

    def run(self, jobs: Sequence[Job]) -> list[Any]:
        self.transactions.append(len(jobs))
        self.entered.set()
        assert self.go.wait(timeout=20)
        if self.fault is not None:
            raise self.fault
        return super().run(jobs)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Held]:
    with Held.open(tmp_path / "relay.db", now=NOW) as opened:
        opened.prepare()
        yield opened


@pytest.fixture
def batch(store: Held) -> Iterator[MailStoreBatch]:
    made = MailStoreBatch(store, most_waiting=100, most_together=50)
    yield made
    store.go.set()
    made.close()


def job(name: object, stamp: Callable[[ReceiptContent, int], bytes] = STAMP) -> Submit:
    return Submit((submission(name),), stamp, MANY, NOW)


def occupied(store: Held, batch: MailStoreBatch, name: object = "first") -> Future[list[Submitted]]:
    """A job whose transaction is under way and does not end."""
    store.go.clear()
    store.entered.clear()
    future = batch.put(job(name))
    assert store.entered.wait(timeout=20)
    return future


def test_what_comes_during_a_transaction_goes_into_the_next_together(store: Held, batch: MailStoreBatch) -> None:
    first = occupied(store, batch)
    others = [batch.put(job(number)) for number in range(70)]
    assert not first.done()
    store.go.set()
    answers = [future.result(timeout=20)[0] for future in (first, *others)]
    assert all(answer.fresh for answer in answers)
    assert store.transactions == [1, 50, 20]
    chain = [attested(answer.receipt) for answer in answers]
    assert extend(Place(), chain).sequence == 71


def test_nobody_has_an_answer_before_the_transaction_is_durable(store: Held, batch: MailStoreBatch) -> None:
    first = occupied(store, batch)
    second = batch.put(Withdraw(SENDER, message_id("first"), STAMP, NOW))
    time.sleep(0.1)
    assert not first.done()
    assert not second.done()
    assert store.held() == (0, 0)


def test_a_fault_of_the_database_is_of_those_in_that_transaction_alone(store: Held, batch: MailStoreBatch) -> None:
    first = occupied(store, batch)
    others = [batch.put(job(number)) for number in range(5)]
    store.fault = StorageError("mail_store_full", "SQLITE_FULL")
    store.go.set()
    for future in (first, *others):
        with pytest.raises(StorageError, match="mail_store_full"):
            future.result(timeout=20)
    store.fault = None
    assert batch.put(job("later")).result(timeout=20)[0].fresh
    assert store.transactions == [1, 5, 1]


def test_one_job_whose_values_are_refused_does_not_take_its_neighbours_with_it(store: Held, batch: MailStoreBatch) -> None:
    def refuse(_content: ReceiptContent, _now: int) -> bytes:
        raise ValueError("a receipt with other fields")

    first = occupied(store, batch)
    good, bad, also_good = batch.put(job("a")), batch.put(job("b", refuse)), batch.put(job("c"))
    store.go.set()
    assert [one.result(timeout=20)[0].fresh for one in (first, good, also_good)] == [True] * 3
    with pytest.raises(ValueError, match="other fields"):
        bad.result(timeout=20)
    assert store.held() == (3, 900)


def test_too_many_that_wait_are_told_so_at_once(store: Held, batch: MailStoreBatch) -> None:
    occupied(store, batch)
    waiting = [batch.put(job(number)) for number in range(100)]
    assert batch.waiting == 100
    with pytest.raises(StorageError, match="mail_store_busy") as caught:
        batch.put(job("too late"))
    assert caught.value.code in CODES
    store.go.set()
    assert all(future.result(timeout=20)[0].fresh for future in waiting)


def test_the_end_writes_what_waits_and_takes_no_more(store: Held, batch: MailStoreBatch) -> None:
    first = occupied(store, batch)
    waiting = [batch.put(job(number)) for number in range(60)]
    with ThreadPoolExecutor(1) as pool:
        end = pool.submit(batch.close)
        while not batch._closing:
            time.sleep(0.01)
        with pytest.raises(StorageError, match="mail_store_busy"):
            batch.put(job("too late"))
        store.go.set()
        end.result(timeout=20)
    assert all(future.done() for future in (first, *waiting))
    assert store.held()[0] == 61


def test_who_has_gone_before_its_transaction_began_is_left_out(store: Held, batch: MailStoreBatch) -> None:
    occupied(store, batch)
    gone, stays = batch.put(job("gone")), batch.put(job("stays"))
    assert gone.cancel()
    store.go.set()
    assert stays.result(timeout=20)[0].fresh
    assert store.receipts(SENDER, message_id("gone")) is None


async def test_an_event_loop_waits_without_a_thread(batch: MailStoreBatch) -> None:
    answers = await asyncio.gather(*(asyncio.wrap_future(batch.put(job(number))) for number in range(40)))
    assert all(answer[0].fresh for answer in answers)


def test_two_who_ask_for_one_queue_in_one_transaction_get_different_messages(store: Held) -> None:
    submit(store, *(submission(number) for number in range(7)))
    elsewhere = Lease("key:" + "0" * 32, 9, 5, 10**6, NOW + 60, NOW)
    jobs = [elsewhere, *(Lease(QUEUE, 7, most, 700, NOW + 60, NOW) for most in (5, 1, 5))]
    nothing, first, second, third = store.run(jobs)
    numbers = [[submission(number).sealed for number in range(7)].index(one) for one in (*first, *second, *third)]
    assert (nothing, len(first), len(second), len(third)) == ((), 2, 1, 2)
    assert numbers == [0, 1, 2, 3, 4]


def test_many_threads_send_and_read_through_one_writer(store: Held, batch: MailStoreBatch) -> None:
    got: list[bytes] = []

    def send(thread: int) -> None:
        for number in range(15):
            assert submit(batch, submission((thread, number)))[0].fresh

    def read() -> None:
        while len(got) < 8 * 15:
            for sealed in fetch(batch, after=0, most=7, now=NOW).messages:
                got.append(sealed)
                one = submission("any")._replace(digest=hashlib.sha256(sealed).digest())
                assert len(acknowledge(batch, one)) == 1

    with ThreadPoolExecutor(10) as pool:
        work = [pool.submit(send, thread) for thread in range(8)] + [pool.submit(read) for _ in range(2)]
        for future in work:
            future.result(timeout=60)
    assert len(set(got)) == len(got) == 8 * 15
    assert store.held() == (0, 0)
    assert len(store.transactions) < 8 * 15 * 3


# --- kill -9 -------------------------------------------------------------------------------------------------------------


def relay(path: Path, round_: int, receipts: Connection) -> None:
    """A relay process under load that tells of every R1 it gives."""
    with SqlMailStore.open(path, now=NOW) as store, MailStoreBatch(store) as batch, ThreadPoolExecutor(12) as pool:

        def send(thread: int) -> None:
            for number in range(10_000):
                one = submission((round_, thread, number), size=5000)
                [taken] = submit(batch, one)
                receipts.send((one.outer.id, taken.receipt))

        list(pool.map(send, range(12)))


def test_a_relay_that_is_killed_in_the_middle_of_a_batch_has_lost_nothing_it_gave_a_receipt_for(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    path, given = tmp_path / "relay.db", {}
    SqlMailStore.open(path, now=NOW).close()
    for round_ in range(5):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=relay, args=(path, round_, theirs))
        process.start()
        theirs.close()
        wanted = len(given) + 60 + 37 * round_
        while len(given) < wanted:
            key, receipt = ours.recv()
            given[key] = receipt
        assert process.pid is not None
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        while True:
            try:
                key, receipt = ours.recv()
            except (EOFError, OSError):
                break
            given[key] = receipt
        with SqlMailStore.open(path, now=NOW) as store:
            for key, receipt in given.items():
                assert store.receipts(SENDER, key) == [receipt]
            place = Place()
            while chain := fetch(store, after=place.sequence, most=0).chain:
                place = extend(place, [attested(one) for one in chain])
            assert store.held()[0] == place.sequence >= len(given)
