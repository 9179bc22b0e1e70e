"""A relay's store on PostgreSQL: several processes at once, faults by name, and hints between processes."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from dpr.adapters.mail_store_jobs import Submit
from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.adapters.mail_store_wakeups import Wakeups
from dpr.core.codes import CODES
from dpr.core.errors import StorageError
from dpr.core.mail.chain import Place, extend
from dpr.core.mail.queue import of_key
from dpr.core.mail.receipt import ReceiptType
from dpr.ports import Submission
from tests.adapters.mail_store_samples import (
    MANY,
    OTHER_QUEUE,
    STAMP,
    acknowledge,
    attested,
    fetch,
    submission,
    submit,
    type_of,
    withdraw,
)
from tests.mail_world import QUEUE
from tests.postgres import Server, needs_postgres, postgres_url, shared
from tests.world import NOW

__all__ = ["postgres_url"]
pytestmark = needs_postgres


@pytest.fixture
def stores(postgres_url: str) -> Iterator[list[SqlMailStore]]:
    """Two relay processes' stores, in one process."""
    with SqlMailStore.open(postgres_url, now=NOW) as one, SqlMailStore.open(postgres_url, now=NOW) as other:
        yield [one, other]


def failing(action: Callable[[], Any]) -> str:
    with pytest.raises(StorageError) as caught:
        action()
    assert caught.value.code in CODES
    return caught.value.code


def all_at_once(*actions: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result() for future in [pool.submit(action) for action in actions]]


# --- several processes ---------------------------------------------------------------------------------------------------


def test_relays_that_take_from_everybody_at_once_leave_no_gap_and_never_wait_in_a_circle(stores: list[SqlMailStore]) -> None:
    queues = [QUEUE, OTHER_QUEUE, *(of_key(bytes([number]) * 32) for number in range(4))]
    senders = [bytes([number]) * 32 for number in range(3)]
    before = deadlocks()

    def relay(number: int) -> int:
        order, taken = random.Random(number), 0
        for turn in range(12):
            given = [
                submission((number, turn, place), queue=order.choice(queues), sender=order.choice(senders))
                for place in range(8)
            ]
            store = order.choice(stores)
            taken += sum(one.fresh for one in submit(store, *given))
            fetched = fetch(store, order.choice(queues), after=None, most=3)
            assert len(set(fetched.messages)) == len(fetched.messages)
            acknowledge(store, *given[:2], queue=given[0].outer.content.queue)
            withdraw(store, given[5])
        return taken

    assert sum(all_at_once(*(lambda number=number: relay(number) for number in range(4)))) == 4 * 12 * 8
    for queue in queues:
        chain = [attested(one) for one in fetch(stores[0], queue, most=0).chain]
        assert extend(Place(), chain).sequence == len(chain)
    assert deadlocks() == before
    counted = stores[0].held()
    while stores[0].expire(stamp=STAMP, now=NOW + 10**7, most=100):
        pass
    assert counted[0] > 0
    assert stores[1].held() == (0, 0)


def deadlocks() -> int:
    time.sleep(0.2)
    [(count,)] = shared().sql("SELECT sum(deadlocks) FROM pg_stat_database")
    return int(str(count))


def test_the_same_message_at_two_relays_at_once_is_one_message_with_one_receipt(stores: list[SqlMailStore]) -> None:
    for number in range(30):
        one = submission(number)
        answers = all_at_once(*(lambda store=store, one=one: submit(store, one)[0] for store in stores * 2))
        assert len({answer.receipt for answer in answers}) == 1
        assert sum(answer.fresh for answer in answers) == 1
    assert stores[0].held()[0] == 30


def test_one_id_for_two_queues_at_two_relays_at_once_is_taken_once(stores: list[SqlMailStore]) -> None:
    for number in range(20):
        both = submission(number), submission(number, queue=OTHER_QUEUE)
        answers = all_at_once(*(lambda at=at, both=both: submit(stores[at], both[at])[0] for at in (0, 1)))
        assert sorted(answer.code for answer in answers) == ["", "mail_id_taken"]


def test_a_quota_holds_over_all_relays(stores: list[SqlMailStore]) -> None:
    quota = MANY._replace(sender=(10, 10**9))
    given = [submission(number, queue=(QUEUE, OTHER_QUEUE)[number % 2]) for number in range(40)]
    halves = [(stores[at % 2], given[at::4]) for at in range(4)]
    answers = all_at_once(*(lambda store=s, part=p: [submit(store, one, quota=quota)[0] for one in part] for s, p in halves))
    codes = [answer.code for part in answers for answer in part]
    assert (codes.count(""), codes.count("sender_full")) == (10, 30)


def test_a_message_is_leased_to_one_of_many_readers(stores: list[SqlMailStore]) -> None:
    submit(stores[0], *(submission(number) for number in range(60)))
    fetched = all_at_once(*(lambda store=store: fetch(store, most=20).messages for store in stores * 3))
    given = [sealed for messages in fetched for sealed in messages]
    assert len(given) == len(set(given)) == 60


def test_a_withdrawal_and_a_fetch_at_once_have_one_winner(stores: list[SqlMailStore]) -> None:
    for number in range(25):
        one = submission(number)
        submit(stores[0], one)
        document, fetched = all_at_once(lambda one=one: withdraw(stores[0], one), lambda: fetch(stores[1], after=100))
        assert (type_of(document) is ReceiptType.W1) == (one.sealed not in fetched.messages)
        acknowledge(stores[0], one)


def test_what_loses_to_another_transaction_is_run_again(postgres_url: str) -> None:
    with SqlMailStore.open(postgres_url, now=NOW) as store:
        engine: Engine = store._engine.execution_options(isolation_level="SERIALIZABLE")
        strict = [SqlMailStore(engine), SqlMailStore(engine)]
        work = [lambda at=at: [submit(strict[at], submission((at, n)))[0] for n in range(15)] for at in (0, 1)]
        answers = [answer for part in all_at_once(*work) for answer in part]
        assert all(answer.fresh for answer in answers)
        chain = [attested(one) for one in fetch(store, most=0).chain]
        assert extend(Place(), chain).sequence == 30


def test_two_relays_that_start_at_once_make_the_tables_once(postgres_url: str) -> None:
    opened = all_at_once(*(lambda: SqlMailStore.open(postgres_url, now=NOW) for _ in range(3)))
    for store in opened:
        assert submit(store, submission("a"))[0].receipt
        store.close()


# --- faults --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as own:
        yield own


def test_a_restart_is_one_failed_call_at_most_and_a_dead_server_is_named(server: Server) -> None:
    with SqlMailStore.open(server.database("relay"), now=NOW) as store:
        [taken] = submit(store, submission("a"))
        server.kill()
        assert failing(lambda: submit(store, submission("a"))) == "mail_store_unavailable"
        assert failing(lambda: fetch(store)) == "mail_store_unavailable"
        assert failing(store.held) == "mail_store_unavailable"
        server.start()
        assert submit(store, submission("a"), submission("b"))[0].receipt == taken.receipt
        assert store.held() == (2, 600)
        server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dpr-relay'")
        assert store.held() == (2, 600)


def test_a_connection_that_is_cut_in_the_middle_is_a_named_error_and_nothing_is_half_done(server: Server) -> None:
    with SqlMailStore.open(server.database("relay"), now=NOW) as store:

        def cut(content: Any, now: int) -> bytes:
            server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dpr-relay'")
            return STAMP(content, now)

        cut_off = Submit((submission("a"),), cut, MANY, NOW)
        assert failing(lambda: store.run([cut_off])) == "mail_store_unavailable"
        assert store.held() == (0, 0)
        [taken] = submit(store, submission("a"))
        assert taken.fresh


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_server_that_confirms_what_it_can_lose_is_refused(server: Server, setting: str) -> None:
    url = server.database("relay")
    server.sql(f"ALTER SYSTEM SET {setting} = off")
    server.sql("SELECT pg_reload_conf()")
    time.sleep(0.3)
    assert failing(lambda: SqlMailStore.open(url, now=NOW)) == "mail_store_not_durable"


def test_a_role_that_may_not_write_and_one_that_is_unknown_are_named(postgres_url: str) -> None:
    SqlMailStore.open(postgres_url, now=NOW).close()
    name = postgres_url.split("/")[3].split("?")[0]
    shared().sql("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN")
    shared().sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", name)
    assert failing(lambda: SqlMailStore.open(postgres_url.replace("relay@", "reader@"), now=NOW)) == "mail_store_not_writable"
    assert failing(lambda: SqlMailStore.open(postgres_url.replace("relay@", "nobody@"), now=NOW)) == "mail_store_unavailable"
    assert failing(lambda: SqlMailStore.open(postgres_url.replace(name, "elsewhere"), now=NOW)) == "mail_store_unavailable"
    shared().sql("REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM reader", name)


def test_other_faults_have_names(postgres_url: str, tmp_path: Path) -> None:
    assert failing(lambda: SqlMailStore.open(f"postgresql://relay@/x?host={tmp_path}", now=NOW)) == "mail_store_unavailable"
    assert failing(lambda: SqlMailStore.open("nonsense://x", now=NOW)) == "mail_store_unusable"
    name = postgres_url.split("/")[3].split("?")[0]
    with SqlMailStore.open(postgres_url, now=NOW) as store:
        shared().sql("UPDATE mail_store_version SET version_num = '9999'", name)
        assert failing(lambda: SqlMailStore.open(postgres_url, now=NOW)) == "mail_store_newer_version"
        shared().sql("ALTER TABLE mail_held RENAME TO elsewhere", name)
        assert failing(lambda: submit(store, submission("a"))) == "mail_store_damaged"


def test_a_row_that_somebody_holds_for_too_long_is_named(postgres_url: str) -> None:
    import psycopg

    url = f"{postgres_url}&options=-c%20lock_timeout=200ms"
    with SqlMailStore.open(url, now=NOW) as store, psycopg.connect(postgres_url.replace("+psycopg", "")) as other:
        submit(store, submission("a"))
        other.execute("SELECT * FROM mail_queues FOR UPDATE")
        assert failing(lambda: submit(store, submission("b"))) == "mail_store_locked"
        other.rollback()
        assert submit(store, submission("b"))[0].fresh


# --- hints ---------------------------------------------------------------------------------------------------------------


class Heard:
    """What a process was told."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.anything = 0
        self.changed = threading.Condition()

    def __call__(self, names: Any) -> None:
        with self.changed:
            self.names += names
            self.anything += not names
            self.changed.notify_all()

    def until(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, timeout=20)


def test_every_process_hears_what_any_of_them_sends(postgres_url: str) -> None:
    heard, also = Heard(), Heard()
    with Wakeups(postgres_url, heard) as one, Wakeups(postgres_url, also):
        heard.until(lambda: heard.anything == 1)
        also.until(lambda: also.anything == 1)
        names = [f"r:{number:032x}" for number in range(1000)]
        one.send(QUEUE, *names)
        for listener in (heard, also):
            listener.until(lambda listener=listener: set(listener.names) == {QUEUE, *names})


def test_a_lost_connection_is_made_again_and_says_that_anything_may_have_happened(postgres_url: str) -> None:
    heard = Heard()
    with Wakeups(postgres_url, heard) as wakeups:
        heard.until(lambda: heard.anything == 1)
        shared().sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dpr-relay-hints'")
        heard.until(lambda: heard.anything == 2)
        for _ in range(20):
            wakeups.send(QUEUE)
            time.sleep(0.1)
        heard.until(lambda: QUEUE in heard.names)


def test_hints_need_postgresql() -> None:
    assert failing(lambda: Wakeups("sqlite:///relay.db", lambda _names: None)) == "mail_store_unusable"


def test_submissions_of_many_are_few_statements(postgres_url: str) -> None:
    with SqlMailStore.open(postgres_url, now=NOW) as store:
        submit(store, *statements_of("first"))
        count = [statements(store, statements_of(name)[:size]) for name, size in (("few", 2), ("many", 100))]
        assert count == [count[0]] * 2
        assert count[0] <= 10


def statements_of(name: str) -> list[Submission]:
    return [submission((name, number), queue=of_key(bytes([number % 10]) * 32)) for number in range(100)]


def statements(store: SqlMailStore, given: list[Submission]) -> int:
    from sqlalchemy import event

    seen: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    event.listen(store._engine, "before_cursor_execute", count)
    submit(store, *given)
    event.remove(store._engine, "before_cursor_execute", count)
    return len(seen)
