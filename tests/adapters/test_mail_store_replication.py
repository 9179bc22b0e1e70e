"""Two PostgreSQL servers with synchronous replication: the primary dies under load, and nothing that has a receipt is lost.

The opposite is shown too: an asynchronous copy does lose, and the recipient's chain says so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from dpr.adapters import mail_store_postgres
from dpr.adapters.mail_store_batch import MailStoreBatch
from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.core.errors import StorageError
from dpr.core.mail.chain import Fork, Place
from dpr.core.mail.queue import of_key
from dpr.ports import MailStore, Submission
from tests.adapters.mail_store_samples import SENDER, acknowledge, fetch, place_after, submission, submit
from tests.mail_world import QUEUE
from tests.postgres import Server, needs_postgres
from tests.world import NOW

pytestmark = needs_postgres
QUEUES = [QUEUE, *(of_key(bytes([number]) * 32) for number in range(3))]
THREADS = 8


class Pair:
    """A primary, its standby and one database's URL that names both."""

    def __init__(self) -> None:
        self.primary = Server().start()
        self.primary.database("relay")
        self.standby = Server(of=self.primary).start()
        hosts = "&".join(f"host={one.folder}:5432" for one in (self.primary, self.standby))
        self.url = f"postgresql://relay@/relay?{hosts}&target_session_attrs=read-write"

    def confirm(self) -> None:
        """From now on nothing is committed that the standby has not written down."""
        self.primary.configure(synchronous_standby_names="'standby'")
        self.primary.until("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'")


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    yield made
    made.primary.close()
    made.standby.close()


def soon(action: Callable[[], object], seconds: float = 30) -> object:
    """What the action gives when it does not fail any more."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return action()
        except StorageError as error:
            assert error.code == "mail_store_unavailable"
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_primary_dies_under_load_and_nothing_with_a_receipt_is_lost(pair: Pair) -> None:
    pair.confirm()
    receipts: dict[bytes, bytes] = {}
    acknowledged: dict[bytes, bytes] = {}
    stop = threading.Event()

    def send(store: MailStore, thread: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            one = submission((thread, number), queue=QUEUES[number % len(QUEUES)])
            [taken] = soon(lambda one=one: submit(store, one))  # type: ignore[misc, attr-defined]
            receipts[one.outer.id] = taken.receipt

    def read(store: MailStore) -> None:
        while not stop.is_set():
            fetched = soon(lambda: fetch(store, after=0, most=2))
            for sealed in fetched.messages:  # type: ignore[attr-defined]
                one = Submission(SENDER, None, sealed, _digest(sealed))  # type: ignore[arg-type]
                for r2 in soon(lambda one=one: acknowledge(store, one)):  # type: ignore[misc, attr-defined]
                    acknowledged[one.digest] = r2

    with SqlMailStore.open(pair.url, now=NOW) as opened, MailStoreBatch(opened) as store:
        with ThreadPoolExecutor(THREADS + 1) as pool:
            work = [pool.submit(send, store, thread) for thread in range(THREADS)] + [pool.submit(read, store)]
            _until(lambda: len(receipts) >= 300 and len(acknowledged) >= 20)
            pair.primary.kill()
            before = len(receipts)
            pair.standby.promote()
            _until(lambda: len(receipts) >= before + 300)
            stop.set()
            for future in work:
                future.result()
        for message_id, r1 in receipts.items():
            assert (store.receipts(SENDER, message_id) or [b""])[0] == r1
        for digest, r2 in acknowledged.items():
            assert acknowledge(store, Submission(SENDER, None, b"", digest)) == [r2]  # type: ignore[arg-type]
        assert store.held()[0] >= len(receipts) - len(acknowledged) - THREADS
        for queue in QUEUES[1:]:
            place = Place()
            while (chain := fetch(store, queue, after=place.sequence, most=0)).chain:
                place = place_after(place, chain)


def _digest(sealed: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(sealed).digest()


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def blocked(pool: ThreadPoolExecutor, pair: Pair, store: SqlMailStore, one: Submission) -> Future[object]:
    """A submission whose commit waits for a standby that is not there."""
    pair.standby.stop()
    future: Future[object] = pool.submit(submit, store, one)
    pair.primary.until("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    return future


def test_no_receipt_is_given_while_the_standby_has_not_confirmed(pair: Pair) -> None:
    pair.confirm()
    with SqlMailStore.open(pair.url, now=NOW) as store, ThreadPoolExecutor(1) as pool:
        submit(store, submission("a"))
        future = blocked(pool, pair, store, submission("b"))
        time.sleep(0.3)
        assert not future.done()
        pair.standby.start()
        [taken] = future.result(timeout=30)  # type: ignore[misc]
        assert taken.fresh


def test_a_wait_for_the_standby_that_is_cut_short_is_no_receipt(pair: Pair) -> None:
    pair.confirm()
    with SqlMailStore.open(pair.url, now=NOW) as store, ThreadPoolExecutor(1) as pool:
        submit(store, submission("a"))
        future = blocked(pool, pair, store, submission("b"))
        pair.primary.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
        with pytest.raises(StorageError, match="mail_store_unavailable"):
            future.result(timeout=30)
        pair.standby.start()
        [taken] = submit(store, submission("b"))
        assert taken.receipt


def test_what_a_primary_committed_alone_is_shown_to_nobody_before_the_standby_has_it(pair: Pair) -> None:
    pair.confirm()
    with SqlMailStore.open(pair.url, now=NOW) as store, ThreadPoolExecutor(1) as pool:
        submit(store, submission("a"))
        future = blocked(pool, pair, store, submission("b"))
        pair.primary.kill()
        with pytest.raises(StorageError, match="mail_store_unavailable"):
            future.result(timeout=30)
        pair.primary.start()
        [(rows,)] = pair.primary.sql("SELECT count(*) FROM mail_messages", "relay")
        assert rows == 2, "it is on the primary's disk"
        asked = pool.submit(store.receipts, SENDER, submission("b").outer.id)
        pair.primary.until("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
        assert not asked.done()
        pair.standby.start()
        assert asked.result(timeout=30)


def test_a_store_whose_standby_does_not_confirm_says_so_in_time(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_store_postgres, "_CONFIRM_SECONDS", 1)
    SqlMailStore.open(pair.url, now=NOW).close()
    pair.confirm()
    pair.standby.stop()
    with pytest.raises(StorageError, match="mail_store_unavailable: the standby does not confirm"):
        SqlMailStore.open(pair.url, now=NOW)


def test_an_asynchronous_copy_loses_what_had_a_receipt_and_the_recipients_chain_says_so(pair: Pair) -> None:
    with SqlMailStore.open(pair.url, now=NOW) as store:
        submit(store, submission("a"))
        pair.primary.until("SELECT 1 FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()")
        pair.standby.stop()
        submit(store, submission("b"))
        place = place_after(Place(), fetch(store, most=0))
        pair.primary.kill()
        pair.standby.start()
        pair.standby.promote()
        assert store.receipts(SENDER, submission("b").outer.id) is None
        with pytest.raises(Fork, match="relay_rolled_back"):
            place_after(place, fetch(store, after=place.sequence))


def test_a_standby_takes_no_messages(pair: Pair) -> None:
    SqlMailStore.open(pair.url, now=NOW).close()
    pair.primary.until("SELECT 1 FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()")
    with pytest.raises(StorageError, match="mail_store_not_writable"):
        SqlMailStore.open(pair.standby.url("relay"), now=NOW)
