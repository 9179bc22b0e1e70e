"""A node's mail file: made whole, durable, private, upgraded from every version, and named where it is damaged or killed."""

from __future__ import annotations

import multiprocessing
import os
import random
import re
import signal
import sqlite3
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, inspect

from dpr.adapters.ledger_file import open_file
from dpr.adapters.mail_db import SCHEMA, MailDb
from dpr.adapters.mail_file_tables import METADATA
from dpr.core.errors import StorageError
from dpr.core.mail.carriage import State
from dpr.core.mail.receipt import ReceiptType
from dpr.core.mail.retry import Copy
from dpr.ports import Posted
from tests.adapters.ledger_samples import of_version
from tests.adapters.mail_file_samples import NOW, ORIGIN, QUEUE, everything, fill

VERSIONS = Path(__file__).parent / "mail_file_versions"
KILLS, SEED = 12, 20261121


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mail.db"


def numbers() -> list[str]:
    return sorted(file.name[:4] for file in SCHEMA.migrations.glob("[0-9]*.py"))


def test_there_is_a_file_of_every_version_to_upgrade_from() -> None:
    assert sorted(dump.stem for dump in VERSIONS.glob("*.sql")) == numbers()


@pytest.mark.parametrize("dump", sorted(VERSIONS.glob("*.sql")), ids=lambda dump: dump.stem)
def test_a_file_of_every_version_is_upgraded_with_what_it_holds(path: Path, tmp_path: Path, dump: Path) -> None:
    of_version(path, dump)
    with MailDb.open(path, now=NOW) as mail, MailDb.open(tmp_path / "fresh.db", now=NOW) as fresh:
        fill(fresh)
        assert everything(mail) == everything(fresh)


def schema(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as raw:
        return sorted(re.sub(r"\s+", " ", row[0]) for row in raw.execute("SELECT sql FROM sqlite_master WHERE sql > ''"))


def test_a_new_file_has_the_tables_of_an_upgraded_one(path: Path, tmp_path: Path) -> None:
    MailDb.open(path, now=NOW).close()
    of_version(tmp_path / "old.db", VERSIONS / f"{numbers()[-1]}.sql")
    assert schema(path) == schema(tmp_path / "old.db")


def test_the_tables_in_code_are_those_that_the_migrations_make(path: Path) -> None:
    with MailDb.open(path, now=NOW) as mail:
        found = inspect(mail._engine)
        made = {name: {column["name"] for column in found.get_columns(name)} for name in found.get_table_names()}
    code = {table.name: set(table.columns.keys()) for table in METADATA.tables.values()}
    assert code == {name: columns for name, columns in made.items() if not name.startswith("mail_file_")}


def test_threads_that_open_new_files_at_once_all_have_theirs(tmp_path: Path) -> None:
    """Also of different stores: a migration's operations are the process's."""
    with ThreadPoolExecutor(16) as pool:
        for round in range(3):
            paths = [tmp_path / f"{round}-{n % 4}.db" for n in range(12)]
            made = [lambda path=path: MailDb.open(path, now=NOW).close() for path in paths]
            paths = [tmp_path / f"{round}-ledger-{n % 2}.db" for n in range(4)]
            made += [lambda path=path: open_file(path, NOW).dispose() for path in paths]
            for one in [pool.submit(make) for make in made]:
                one.result()
    MailDb.open(tmp_path / "alone.db", now=NOW).close()
    alone = schema(tmp_path / "alone.db")
    assert all(schema(tmp_path / f"{round}-{n}.db") == alone for round in range(3) for n in range(4))


def test_what_a_method_returned_survives_a_loss_of_power_and_only_the_user_reads_it(path: Path) -> None:
    with MailDb.open(path, now=NOW) as mail, mail._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"no database", bytes(4096)])
def test_a_damaged_file_is_named_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StorageError, match="mail_file_damaged"):
        MailDb.open(path, now=NOW)
    assert path.read_bytes() == content


def test_another_programs_database_and_a_newer_ones_are_named(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE t (x)")
        raw.commit()
    with pytest.raises(StorageError, match="mail_file_damaged"):
        MailDb.open(path, now=NOW)
    newer = tmp_path / "newer.db"
    MailDb.open(newer, now=NOW).close()
    with closing(sqlite3.connect(newer)) as raw:
        raw.execute("UPDATE mail_file_version SET version_num = '9999'")
        raw.commit()
    with pytest.raises(StorageError, match="mail_file_newer_version"):
        MailDb.open(newer, now=NOW)


def test_rows_that_no_program_of_ours_wrote_are_named(path: Path) -> None:
    with MailDb.open(path, now=NOW) as mail:
        fill(mail)
        for statement, ask in (
            ("UPDATE outbox_messages SET ended = 'nonsense'", mail.outbox.messages),
            ("UPDATE outbox_messages SET documents = x'ff'", mail.outbox.messages),
            ("UPDATE inbox_alarms SET evidence = x'00'", mail.inbox.alarms),
        ):
            with closing(sqlite3.connect(path)) as raw:
                raw.execute(statement)
                raw.commit()
            with pytest.raises(StorageError, match="mail_file_damaged"):
                ask()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="mail_file_not_writable"):
        MailDb.open(tmp_path / "missing" / "mail.db", now=NOW)


# --- kill -9 --------------------------------------------------------------------------------------------------------------


def work(path: Path, first: int, done: Connection) -> None:
    """Posts, tries, keeps receipts and answers until it is killed; tells what it did after each answer of the file."""
    done.send(("ready", 0))
    with MailDb.open(path, now=NOW) as mail:
        for number in range(first, first + 10_000):
            id = number.to_bytes(16, "big")
            digest = id * 2
            posted = Posted(
                message_id=id, queue=QUEUE, origins=(ORIGIN,), digest=digest, documents=(digest,), posted_at=NOW,
                not_after=NOW + 1,
            )  # fmt: skip
            mail.outbox.put(posted, bytes(5000), same=digest)
            done.send(("put", number))
            mail.outbox.keep_copy(id, Copy(origin=ORIGIN, tried_at=float(NOW)))
            done.send(("tried", number))
            mail.outbox.keep_receipts(id, ORIGIN, [b"r1" + id])
            done.send(("kept", number))
            mail.inbox.came(digest, origin=ORIGIN, queue=QUEUE, message_id=id, now=NOW)
            mail.inbox.answer(digest, {ReceiptType.R3: b"r3", ReceiptType.R4: b"r4" + id})
            done.send(("answered", number))


def test_kill_9_loses_nothing_that_was_acknowledged_and_leaves_nothing_half_done(path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["dpr.adapters.mail_db", "alembic.operations", __name__])
    chance, told = random.Random(SEED), set[tuple[str, int]]()
    for kill in range(KILLS):
        receiving, sending = context.Pipe(duplex=False)
        child = context.Process(target=work, args=(path, kill * 10_000 + 1, sending))
        child.start()
        sending.close()
        assert receiving.poll(20)
        ends = time.monotonic() + chance.uniform(0.05, 0.4)
        while time.monotonic() < ends:
            if receiving.poll(0.01):
                told.add(receiving.recv())
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join(20)
        with_rest(receiving, told)
        check(path, told)
    assert len(told) > KILLS * 4


def with_rest(receiving: Connection, told: set[tuple[str, int]]) -> None:
    try:
        while receiving.poll(0):
            told.add(receiving.recv())
    except (EOFError, OSError):
        pass


def check(path: Path, told: set[tuple[str, int]]) -> None:
    with MailDb.open(path, now=NOW) as mail:
        rows: dict[int, Any] = {int.from_bytes(row.message_id, "big"): row for row in mail.outbox.messages()}
        for what, number in told - {("ready", 0)}:
            id = number.to_bytes(16, "big")
            assert number in rows
            assert mail.outbox.sealed(id) == bytes(5000)
            [copy] = mail.outbox.copies(id)
            assert what == "put" or copy.tried_at == NOW
            assert what in ("put", "tried") or mail.outbox.receipts(id) == ((ORIGIN, b"r1" + id),)
            if what == "answered":
                came = mail.inbox.message(id * 2)
                assert came is not None
                assert came.answers == (b"r3", b"r4" + id)
        assert all(len(one.answers) in (0, 2) for one in mail.inbox.messages())


# --- changes that share a transaction --------------------------------------------------------------------------------------


def a_post(mail: MailDb, number: int) -> Posted:
    id = number.to_bytes(16, "big")
    posted = Posted(
        message_id=id, queue=QUEUE, origins=(ORIGIN,), digest=id * 2, documents=(id * 2,), posted_at=NOW, not_after=NOW + 1
    )
    return mail.outbox.put(posted, b"sealed", same=id * 2)


def test_of_changes_made_together_only_the_one_that_cannot_be_made_fails(path: Path) -> None:
    with MailDb.open(path, now=NOW) as mail, ThreadPoolExecutor(16) as pool:
        commits = counted_commits(mail)

        def change(number: int) -> str:
            try:
                if number % 5 == 0:
                    mail.outbox.end(bytes(16), State.EXPIRED, now=NOW)
                a_post(mail, number)
            except StorageError as error:
                return error.code
            return ""

        found = [*pool.map(change, range(1, 201))]
        assert [number for number, code in enumerate(found, 1) if code] == list(range(5, 201, 5))
        assert set(found) == {"", "message_not_in_outbox"}
        assert len(mail.outbox.messages()) == 160
        assert len(commits) < 200, "no two of them shared a transaction"


def counted_commits(mail: MailDb) -> list[int]:
    commits: list[int] = []
    event.listen(mail._engine, "commit", lambda connection: commits.append(1))
    return commits


def test_a_full_disk_ends_all_changes_of_the_transaction_and_none_is_half_kept(path: Path) -> None:
    with MailDb.open(path, now=NOW) as mail, ThreadPoolExecutor(16) as pool:
        a_post(mail, 1)
        with mail._engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

        @event.listens_for(mail._engine, "begin")
        def small(connection: Any) -> None:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 12}")

        def change(number: int) -> str:
            try:
                a_post(mail, number)
            except StorageError as error:
                return error.code
            return ""

        found = [*pool.map(change, range(2, 600))]
        kept = {int.from_bytes(row.message_id, "big") for row in mail.outbox.messages()}
        assert set(found) == {"", "mail_file_full"}
        assert kept == {1} | {number for number, code in enumerate(found, 2) if not code}
        assert all(mail.outbox.sealed(number.to_bytes(16, "big")) == b"sealed" for number in kept)
