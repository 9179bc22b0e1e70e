"""Backup, and restore at another site: what a copy may do, and what a relay that goes on elsewhere never does."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dpr.adapters.mail_store_backup import back_up, move, restore
from dpr.adapters.mail_store_renewal import begin_anew
from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.core.codes import CODES
from dpr.core.errors import StorageError
from dpr.core.mail.chain import Place, begin, extend
from dpr.core.mail.compare import contradiction
from dpr.core.mail.receipt import ReceiptContent, ReceiptType
from dpr.core.mail.stamp import Stamp
from dpr.ports import MailStore, Submission
from tests.adapters.mail_store_samples import (
    MANY,
    OTHER_QUEUE,
    SENDER,
    STAMP,
    WORLD,
    acknowledge,
    answer,
    attested,
    fetch,
    message_id,
    place_after,
    said,
    submission,
    submit,
    withdraw,
)
from tests.mail_world import OTHER_RELAY, QUEUE, RELAY, RELAYS
from tests.postgres import Server, needs_postgres, postgres_url, run_beside
from tests.world import NOW

__all__ = ["postgres_url"]

#: The same relay under a name that it never had.
RENAMED = Stamp(WORLD.other_relay, WORLD.other_relay_credential())
OTHER_NAME = OTHER_RELAY.name


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "relay.db"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "copy.db"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()


def failing(action: Callable[[], Any]) -> str:
    with pytest.raises(StorageError) as caught:
        action()
    assert caught.value.code in CODES
    return caught.value.code


def resubmit(store: MailStore, one: Submission) -> Any:
    [answered] = store.submit([one], stamp=RENAMED, quota=MANY, now=NOW)
    return answered


# --- a copy --------------------------------------------------------------------------------------------------------------


def test_a_copy_is_whole_while_the_relay_goes_on(path: Path, copy: Path) -> None:
    with SqlMailStore.open(path, now=NOW) as store:
        submit(store, *(submission(number) for number in range(20)))
        stop = threading.Event()
        taken: list[int] = []

        def load() -> None:
            while not stop.is_set():
                taken.extend(one.fresh for one in submit(store, submission(("load", len(taken)))))

        thread = threading.Thread(target=load)
        thread.start()
        counts = []
        for _ in range(5):
            counts.append(back_up(path, copy))
            time.sleep(0.02)
        stop.set()
        thread.join()
    assert [one.held for one in counts] == sorted(one.held for one in counts)
    assert all(one.held == one.receipts >= 20 and one.held_bytes == 300 * one.held for one in counts)
    assert [file.name for file in copy.parent.iterdir()] == ["copy.db"]
    assert copy.stat().st_mode & 0o777 == 0o600


def test_a_copy_is_served_by_nobody_as_it_is(path: Path, copy: Path, tmp_path: Path) -> None:
    with SqlMailStore.open(path, now=NOW) as store:
        submit(store, submission("a"))
        back_up(path, copy)
        submit(store, submission("b"))
    assert failing(lambda: SqlMailStore.open(copy, now=NOW)) == "mail_store_copy"
    assert failing(lambda: restore(copy, tmp_path / "new.db", stamp=None, now=NOW)) == "mail_store_copy"
    assert failing(lambda: restore(copy, tmp_path / "new.db", stamp=STAMP, now=NOW)) == "mail_store_same_name"
    assert not (tmp_path / "new.db").exists()
    assert failing(lambda: restore(copy, path, stamp=RENAMED, now=NOW)) == "mail_store_exists"


def test_a_file_that_was_only_copied_is_a_copy_too(path: Path, tmp_path: Path) -> None:
    with SqlMailStore.open(path, now=NOW) as store:
        submit(store, submission("a"))
    shutil.copy(path, tmp_path / "plain.db")
    assert failing(lambda: restore(tmp_path / "plain.db", tmp_path / "new.db", stamp=None, now=NOW)) == "mail_store_copy"


def test_a_restored_copy_goes_on_under_another_name_and_gives_no_number_of_the_old_name_again(
    path: Path, copy: Path, tmp_path: Path
) -> None:
    with SqlMailStore.open(path, now=NOW) as store:
        before = submit(store, *map(submission, "abcde"), submission("x", queue=OTHER_QUEUE))
        fetch(store, most=2)
        [r2] = acknowledge(store, submission("a"), receipts=(answer(submission("a")),))
        w1 = withdraw(store, submission("e"))
        back_up(path, copy)
        lost = submit(store, submission("f"))[0]
        acknowledge(store, submission("b"))
        reader = place_after(Place(), fetch(store, most=0))
    assert restore(copy, tmp_path / "new.db", stamp=RENAMED, now=NOW + 9).held == 4
    with SqlMailStore.open(tmp_path / "new.db", now=NOW) as store:
        assert store.name() == (RELAYS, OTHER_NAME)
        store.require_name((RELAYS, OTHER_NAME))
        assert failing(lambda: store.require_name((RELAYS, RELAY.name))) == "mail_store_other_name"
        fetched = fetch(store, after=None, now=NOW + 9)
        assert list(fetched.messages) == [submission(name).sealed for name in "bcd"]
        chain = [attested(one) for one in fetched.chain]
        assert {one.relay[1] for one in chain} == {OTHER_NAME}
        head = attested(RENAMED(ReceiptContent(type=ReceiptType.H1, queue=QUEUE, sequence=8, head=fetched.head), NOW))
        assert extend(begin(chain, head), chain) == Place(8, fetched.head)
        for shown in chain:
            for given in (*before, lost):
                assert contradiction(attested(given.receipt), shown) is None
        assert fetch(store, after=0, most=0).chain == fetched.chain
        assert fetch(store, after=reader.sequence, most=0).sequence == 8
        # What had ended is known, with the receipts of then; what was lost is taken as new; what is held has one R1.
        assert store.receipts(SENDER, message_id("a"))[1:] == [answer_of(store, "a"), r2]  # type: ignore[index]
        assert withdraw(store, submission("e")) == w1
        assert resubmit(store, submission("a")).fresh is False
        assert resubmit(store, submission("f")).fresh is True
        assert resubmit(store, submission("c")).receipt == fetched.chain[1]
        assert [said(one).type for one in acknowledge(store, submission("a"), submission("b"))] == [ReceiptType.R2] * 2


def answer_of(store: MailStore, name: str) -> bytes:
    return next(one for one in store.receipts(SENDER, message_id(name)) or () if said(one).type is ReceiptType.R4)


def test_what_was_restored_keeps_its_quotas_ends_and_is_forgotten_like_any_other(
    path: Path, copy: Path, tmp_path: Path
) -> None:
    with SqlMailStore.open(path, now=NOW) as store:
        submit(store, *map(submission, "abc"))
        withdraw(store, submission("a"))
        back_up(path, copy)
    restore(copy, tmp_path / "new.db", stamp=RENAMED, now=NOW)
    with SqlMailStore.open(tmp_path / "new.db", now=NOW) as store:
        assert store.held() == (2, 600)
        full = MANY._replace(share=(2, 10**9))
        assert submit(store, submission("d"), quota=full)[0].code == "queue_share_full"
        withdraw(store, submission("b"))
        assert store.expire(stamp=RENAMED, now=NOW + 10**7, most=10) == 1
        assert store.forget(before=NOW + 10**8, most=10) == 2
        assert (store.held(), len(fetch(store, most=0).chain)) == ((0, 0), 1)
        assert submit(store, submission("n"))[0].fresh


# --- moving --------------------------------------------------------------------------------------------------------------


def test_a_store_that_is_moved_goes_on_under_its_own_name_and_its_old_file_never_does(path: Path, tmp_path: Path) -> None:
    with SqlMailStore.open(path, now=NOW) as store:
        r1s = [one.receipt for one in submit(store, *map(submission, "ab"))]
        assert failing(lambda: move(path)) == "mail_store_locked"
        assert submit(store, submission("c"))[0].fresh
    assert move(path).held == 3
    assert not path.with_name("relay.db-wal").exists()
    assert failing(lambda: SqlMailStore.open(path, now=NOW)) == "mail_store_moved"
    restore(path, tmp_path / "new.db", stamp=None, now=NOW)
    assert failing(lambda: SqlMailStore.open(path, now=NOW)) == "mail_store_moved"
    with SqlMailStore.open(tmp_path / "new.db", now=NOW) as store:
        assert list(fetch(store, most=0).chain)[:2] == r1s
        assert said(submit(store, submission("d"))[0].receipt).sequence == 4


@pytest.mark.parametrize("damage", ["cut", "torn", "other", "missing"])
def test_a_damaged_copy_is_not_restored(path: Path, copy: Path, tmp_path: Path, damage: str) -> None:
    with SqlMailStore.open(path, now=NOW) as store:
        submit(store, *(submission(number) for number in range(200)))
    back_up(path, copy)
    data = copy.read_bytes()
    if damage == "other":
        copy.unlink()
        with closing(sqlite3.connect(copy)) as raw:
            raw.execute("CREATE TABLE x (y)")
    elif damage == "missing":
        copy.unlink()
    else:
        copy.write_bytes(data[: len(data) // 2 + 7] if damage == "cut" else data[:20_000] + b"\xff" * 8192 + data[28_192:])
    code = failing(lambda: restore(copy, tmp_path / "new.db", stamp=RENAMED, now=NOW))
    assert code == ("mail_store_not_writable" if damage == "missing" else "mail_store_damaged")
    assert not [file for file in tmp_path.iterdir() if file.name.startswith("new")]


# --- PostgreSQL ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as own:
        yield own


@needs_postgres
def test_a_base_backup_and_the_log_that_was_received_at_another_site_lose_nothing(server: Server) -> None:
    url = server.database("relay")
    site = server.another_folder("site")
    with SqlMailStore.open(url, now=NOW) as store:
        submit(store, submission("before"))
        received = run_beside(
            "pg_receivewal", "--synchronous", "-D", str(site), "-d", f"host={server.folder} user=relay application_name=site"
        )
        server.configure(synchronous_standby_names="'site'")
        server.until("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")
        base = Server(of=server)
        receipts = {number: submit(store, submission(number))[0].receipt for number in range(100)}
        server.kill()
        received.terminate()
        received.wait(timeout=30)
    (base.data / "standby.signal").unlink()
    base.recover_from(site)
    base.configure(synchronous_standby_names="''")
    base.start().until("SELECT 1 WHERE NOT pg_is_in_recovery()")
    with base, SqlMailStore.open(base.url("relay"), now=NOW) as store:
        for number, r1 in receipts.items():
            assert store.receipts(SENDER, message_id(number)) == [r1]
        assert said(submit(store, submission("after"))[0].receipt).sequence == 102


@needs_postgres
def test_an_older_copy_in_postgresql_goes_on_under_another_name(postgres_url: str) -> None:
    with SqlMailStore.open(postgres_url, now=NOW) as store:
        before = submit(store, *map(submission, "ab"))
    assert failing(lambda: begin_anew(postgres_url, stamp=STAMP, now=NOW)) == "mail_store_same_name"
    assert begin_anew(postgres_url, stamp=RENAMED, now=NOW) == 2
    with SqlMailStore.open(postgres_url, now=NOW) as store:
        chain = [attested(one) for one in fetch(store, after=0).chain]
        assert [(one.relay[1], one.content.sequence) for one in chain] == [(OTHER_NAME, 3), (OTHER_NAME, 4)]
        for shown, given in zip(chain, before, strict=True):
            assert contradiction(attested(given.receipt), shown) is None
