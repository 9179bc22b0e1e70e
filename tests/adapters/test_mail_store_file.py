"""A relay's store in a SQLite file: how it is opened and kept, and what is said when that cannot be."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from dpr.adapters import ledger_file, mail_store_errors, mail_store_submit
from dpr.adapters.ledger_sql import SqlLedger
from dpr.adapters.mail_store_engines import SCHEMA
from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.adapters.mail_store_tables import METADATA
from dpr.core.codes import CODES
from dpr.core.errors import StorageError
from tests.adapters.mail_store_samples import SENDER, acknowledge, fetch, message_id, submission, submit
from tests.postgres import needs_postgres, postgres_url
from tests.world import NOW

__all__ = ["postgres_url"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "relay.db"


def failing(action: Callable[[], Any]) -> str:
    with pytest.raises(StorageError) as caught:
        action()
    assert caught.value.code in CODES
    return caught.value.code


def opening(where: Path | str) -> str:
    return failing(lambda: SqlMailStore.open(where, now=NOW))


def test_what_was_kept_is_there_when_it_is_opened_again(path: Path) -> None:
    with SqlMailStore.open(path, now=NOW) as store:
        [taken] = submit(store, submission("a"))
    with SqlMailStore.open(f"sqlite:///{path}", now=NOW) as store:
        assert store.receipts(SENDER, message_id("a")) == [taken.receipt]
        assert fetch(store).messages == (submission("a").sealed,)
    assert path.stat().st_mode & 0o777 == 0o600


def test_every_connection_keeps_what_it_commits_when_the_power_goes(path: Path) -> None:
    with SqlMailStore.open(path, now=NOW) as store:
        connections = [store._engine.connect() for _ in range(3)]
        for connection in connections:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
            connection.close()


def test_what_has_ended_leaves_no_ciphertext_in_any_table(path: Path) -> None:
    with SqlMailStore.open(path, now=NOW) as store:
        submit(store, submission("a", size=3000))
        fetch(store)
        acknowledge(store, submission("a", size=3000))
        with store._engine.connect() as connection:
            for table in METADATA.sorted_tables:
                for row in connection.execute(table.select()):
                    assert submission("a", size=3000).sealed not in tuple(row)


@pytest.mark.parametrize("where", ["sqlite", pytest.param("postgres", marks=needs_postgres)])
def test_the_tables_in_code_are_those_that_the_migrations_make(where: str, path: Path, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("postgres_url") if where == "postgres" else path
    with SqlMailStore.open(url, now=NOW) as store, store._engine.connect() as connection:
        ours = {"include_name": lambda name, kind, _parents: kind != "table" or name in METADATA.tables}
        found = compare_metadata(MigrationContext.configure(connection, opts={**ours, "compare_type": False}), METADATA)
    kinds = {change[0][0] if isinstance(change, list) else change[0] for change in found}
    # Constraints stand in the migrations alone.
    assert kinds <= {"modify_nullable", "remove_constraint", "remove_index"}


@pytest.mark.parametrize("content", [b"", b"x" * 5000, b"SQLite format 3\0" + b"\1" * 84], ids=["empty", "other", "header"])
def test_a_file_that_is_no_store_is_damaged(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert opening(path) == "mail_store_damaged"
    assert path.read_bytes() == content


def test_a_torn_file_and_another_programs_database_are_damaged(path: Path, tmp_path: Path) -> None:
    with SqlMailStore.open(path, now=NOW) as store:
        submit(store, *(submission(number) for number in range(100)))
    path.write_bytes(path.read_bytes()[:-100])
    assert opening(path) == "mail_store_damaged"
    SqlLedger.open(tmp_path / "ledger.db", now=NOW).close()
    assert opening(tmp_path / "ledger.db") == "mail_store_damaged"


def test_damage_in_the_middle_is_named_when_it_is_met(path: Path) -> None:
    with SqlMailStore.open(path, now=NOW) as store:
        submit(store, *(submission(number, size=3000) for number in range(200)))
    data = path.read_bytes()
    path.write_bytes(data[:20_480] + b"\xff" * (len(data) - 40_960) + data[-20_480:])

    def use() -> None:
        with SqlMailStore.open(path, now=NOW) as store:
            fetch(store)

    assert failing(use) == "mail_store_damaged"


def test_a_newer_programs_store_and_places_where_none_can_be_are_named(path: Path, tmp_path: Path) -> None:
    SqlMailStore.open(path, now=NOW).close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE mail_store_version SET version_num = '0999'")
        raw.commit()
    assert opening(path) == "mail_store_newer_version"
    assert opening(tmp_path / "missing" / "relay.db") == "mail_store_not_writable"
    assert opening(tmp_path) == "mail_store_not_writable"
    assert opening("sqlite://") == "mail_store_unusable"


def test_a_store_that_another_program_holds_is_locked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_file, "BUSY_TIMEOUT_MS", 50)
    with SqlMailStore.open(path, now=NOW) as store, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert failing(lambda: submit(store, submission("a"))) == "mail_store_locked"
        other.execute("ROLLBACK")
        assert submit(store, submission("a"))[0].fresh


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 600 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(place)], capture_output=True)
    if made.returncode:
        pytest.skip("no permission to mount")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_named_what_has_a_receipt_stays_and_what_ends_makes_room(small_disk: Path) -> None:
    path, taken = small_disk / "relay.db", {}
    with SqlMailStore.open(path, now=NOW) as store:

        def fill() -> None:
            for number in range(1000):
                taken[number] = submit(store, submission(number, size=5000))[0].receipt

        assert failing(fill) == "mail_store_full"
        assert len(taken) > 5
        assert {number: store.receipts(SENDER, message_id(number)) for number in taken} == {n: [r] for n, r in taken.items()}
        assert opening(small_disk / "second.db") == "mail_store_full"
    with SqlMailStore.open(path, now=NOW) as store:
        assert store.held()[0] == len(taken)


def test_no_error_shows_what_the_store_holds(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SqlMailStore.open(path, now=NOW) as store:
        submit(store, submission("a"))
        monkeypatch.setattr(mail_store_submit, "_known", lambda *_: {})
        with pytest.raises(StorageError) as caught:
            submit(store, submission("a"))
    assert (caught.value.code, caught.value.detail) == ("mail_store_row_refused", "SQLITE_CONSTRAINT_UNIQUE")


def test_every_name_that_an_error_can_get_has_words() -> None:
    source = "".join(Path(str(module.__file__)).read_text() for module in (mail_store_errors,))
    for name in {*mail_store_errors._SQLSTATES.values(), *re.findall(r'"(mail_store_[a-z_]+)"', source)}:
        assert f"mail_store_{name.removeprefix('mail_store_')}" in CODES
    assert SCHEMA.version.name == "mail_store_version"
