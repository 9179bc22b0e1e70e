"""The ledger's file: how it is made, opened, checked and upgraded, and what is said when that cannot be."""

from __future__ import annotations

import hashlib
import os
import random
import re
import sqlite3
import stat
import subprocess
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event

from dpr.adapters import ledger_errors, ledger_file, ledger_sql, ledger_upgrade
from dpr.adapters.ledger_rows import METADATA
from dpr.adapters.ledger_sql import SqlLedger
from dpr.core.backreg import Event, State
from dpr.core.codes import CODES
from dpr.core.errors import StorageError
from tests.adapters.ledger_samples import (
    NOW,
    VERSIONS,
    a_dispensing,
    a_prescription,
    an_id,
    everything,
    numbers,
    of_version,
    write_next_versions,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def filled(path: Path) -> tuple[object, ...]:
    """A ledger with something in it at `path`; what it holds."""
    with SqlLedger.open(path, now=NOW) as ledger:
        for name in range(30):
            ledger.receive(a_prescription(name, items=2, document=bytes(900)))
            ledger.dispense(a_dispensing(name), seen=0)
        return everything(ledger)


def held(path: Path) -> tuple[object, ...]:
    with SqlLedger.open(path, now=NOW) as ledger:
        return everything(ledger)


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(StorageError) as caught:
        action()
    return caught.value.code


def opening(path: Path | str) -> str:
    return code_of(lambda: SqlLedger.open(path, now=NOW))


# --- making and opening --------------------------------------------------------------------------------------------------


def test_what_was_kept_is_there_after_reopening_by_path_or_url(path: Path) -> None:
    before = filled(path)
    assert held(path) == before
    with SqlLedger.open(f"sqlite:///{path}", now=NOW) as ledger:
        assert everything(ledger) == before
    assert [name.name for name in path.parent.iterdir()] == ["ledger.db"]


def test_a_path_may_hold_any_characters(tmp_path: Path) -> None:
    path = tmp_path / "Apoteket Älgen ?mode=memory&x#%41.db"
    before = filled(path)
    assert path.is_file()
    assert held(path) == before


def test_only_the_programs_user_may_read_the_files(path: Path) -> None:
    old = os.umask(0)
    try:
        with SqlLedger.open(path, now=NOW) as ledger:
            ledger.receive(a_prescription())
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert modes == {"ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600}
        path.chmod(0o644)
        SqlLedger.open(path, now=NOW).close()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(old)


def test_every_connection_is_durable_and_keeps_references(path: Path) -> None:
    seen: list[tuple[object, ...]] = []

    def look(connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        seen.append(tuple(connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names))

    SqlLedger.open(path, now=NOW).close()
    with SqlLedger.open(path, now=NOW) as ledger:
        event.listen(Engine, "checkout", look)
        try:
            ledger.receive(a_prescription())
        finally:
            event.remove(Engine, "checkout", look)
    assert set(seen) == {("wal", 2, 1, 5000)}


def test_writing_takes_the_lock_before_it_looks(path: Path) -> None:
    statements: list[str] = []

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    with SqlLedger.open(path, now=NOW) as ledger:
        ledger.receive(a_prescription())
        event.listen(Engine, "before_cursor_execute", look)
        try:
            ledger.dispense(a_dispensing(), seen=0)
        finally:
            event.remove(Engine, "before_cursor_execute", look)
    assert statements[0] == "BEGIN IMMEDIATE"
    assert statements.count("BEGIN IMMEDIATE") == 1


def test_a_ledger_is_not_kept_in_memory() -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        assert opening(url) == "ledger_unusable"


def test_an_address_that_cannot_be_used_is_named_without_its_password() -> None:
    for url in ("nosuch://u:secret@h/db", "://", "postgresql+nosuch://u:secret@h/db", "firebird://u:secret@h/db"):
        with pytest.raises(StorageError) as caught:
            SqlLedger.open(url, now=NOW)
        assert caught.value.code == "ledger_unusable"
        assert "secret" not in str(caught.value)


def test_an_old_sqlite_is_refused_by_name(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    assert opening(path) == "ledger_sqlite_too_old"


# --- places where no ledger can be ---------------------------------------------------------------------------------------


def test_no_directory_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "missing" / "ledger.db", tmp_path / "file" / "ledger.db", tmp_path):
        assert opening(path) == "ledger_not_writable"


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs POSIX users")
def test_a_directory_or_file_without_permission_is_named(tmp_path: Path) -> None:
    with_ledger, without = tmp_path / "with", tmp_path / "without"
    with_ledger.mkdir()
    without.mkdir()
    before = filled(with_ledger / "ledger.db")
    (with_ledger / "ledger.db").chmod(0o444)
    without.chmod(0o555)
    with_ledger.chmod(0o555)
    with as_another_user(tmp_path):
        assert opening(without / "ledger.db") == "ledger_not_writable"
        assert opening(with_ledger / "ledger.db") == "ledger_not_writable"
    with_ledger.chmod(0o755)
    assert held(with_ledger / "ledger.db") == before


@contextmanager
def as_another_user(directory: Path) -> Iterator[None]:
    """Root may write everywhere: be somebody else for a while, who may pass through the directories above."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    opened = [above for above in (directory, *directory.parents) if not above.stat().st_mode & stat.S_IXOTH]
    modes = [above.stat().st_mode for above in opened]
    for above, mode in zip(opened, modes, strict=True):
        above.chmod(mode | stat.S_IXOTH)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        for above, mode in zip(opened, modes, strict=True):
            above.chmod(mode)


# --- damage --------------------------------------------------------------------------------------------------------------


def test_a_torn_file_is_damaged_and_never_a_new_ledger(path: Path) -> None:
    filled(path)
    whole = path.read_bytes()
    lengths = (0, 1, 15, 16, 99, 100, 512, 4095, 4096, 4097, len(whole) // 2, len(whole) - 4096, len(whole) - 1)
    for size in lengths:
        path.write_bytes(whole[:size])
        assert opening(path) == "ledger_damaged", size


def test_a_page_lost_in_the_middle_is_found_at_opening(path: Path) -> None:
    filled(path)
    whole = path.read_bytes()
    for page in range(1, len(whole) // 4096):
        path.write_bytes(whole[: page * 4096] + bytes(4096) + whole[(page + 1) * 4096 :])
        assert opening(path) == "ledger_damaged", page


@pytest.mark.parametrize("content", [b"\0", b"not a database" * 999, b"SQLite format 3\0" + b"\xff" * 5000, b"\0" * 8192])
def test_a_file_of_something_else_is_no_ledger_and_stays_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert opening(path) == "ledger_damaged"
    assert path.read_bytes() == content


def test_another_programs_database_is_no_ledger(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE queue (id)")
    assert opening(path) == "ledger_damaged"


def test_whatever_bytes_are_overwritten_there_is_an_answer_or_a_named_error(path: Path) -> None:
    filled(path)
    whole = path.read_bytes()
    chance = random.Random(20261121)
    codes = []
    for _ in range(60):
        torn = bytearray(whole)
        for _ in range(chance.choice((1, 20, 400))):
            torn[chance.randrange(len(torn))] = chance.randrange(256)
        path.write_bytes(torn)
        try:
            held(path)
        except StorageError as error:
            codes.append(error.code)
    assert codes.count("ledger_damaged") > 20


def test_a_state_that_there_is_not_is_damage(path: Path) -> None:
    filled(path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE queue SET state = 'gone' WHERE id = 7")
        raw.commit()
    with SqlLedger.open(path, now=NOW) as ledger:
        assert code_of(ledger.queue) == "ledger_damaged"


# --- full and locked -----------------------------------------------------------------------------------------------------


def fill(ledger: SqlLedger) -> tuple[StorageError, int]:
    """Writes until it no longer goes: the error, and how many prescriptions were taken in."""
    with pytest.raises(StorageError) as caught:
        for name in range(10_000):
            ledger.receive(a_prescription(f"more {name}", document=bytes(4000)))
    return caught.value, name


def test_a_full_database_is_named_and_what_was_kept_stays(path: Path) -> None:
    filled(path)

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 60")

    event.listen(Engine, "connect", limit)
    try:
        with SqlLedger.open(path, now=NOW) as ledger:
            error, taken = fill(ledger)
            assert code_of(lambda: ledger.receive(a_prescription("last", document=bytes(99_000)))) == "ledger_full"
    finally:
        event.remove(Engine, "connect", limit)
    assert error.code == "ledger_full"
    with SqlLedger.open(path, now=NOW) as ledger:
        names = [*range(30), *(f"more {name}" for name in range(taken))]
        assert [seen.prescription_id for seen in ledger.prescriptions()] == [an_id(name) for name in names]
        assert len([row for row in ledger.queue() if row.number == 0]) == 60 + taken
        ledger.receive(a_prescription("after"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(place)], capture_output=True)
    if made.returncode:
        pytest.skip("no permission to mount")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_named_and_what_was_kept_stays(small_disk: Path) -> None:
    path = small_disk / "ledger.db"
    with SqlLedger.open(path, now=NOW) as ledger:
        error, taken = fill(ledger)
        assert error.code == "ledger_full"
        assert taken > 5
        assert len(ledger.prescriptions()) == taken
        assert len(ledger.queue()) == taken
        assert opening(small_disk / "second.db") == "ledger_full"
    assert not [file.name for file in small_disk.iterdir() if "second" in file.name]
    with SqlLedger.open(path, now=NOW) as ledger:
        assert len(ledger.prescriptions()) == taken


def test_a_ledger_that_another_program_holds_is_locked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = filled(path)
    monkeypatch.setattr(ledger_file, "BUSY_TIMEOUT_MS", 50)
    with SqlLedger.open(path, now=NOW) as ledger, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert code_of(lambda: ledger.receive(a_prescription("late"))) == "ledger_locked"
        assert everything(ledger) == before
        assert opening(path) == "ledger_locked"
        other.execute("ROLLBACK")
        ledger.receive(a_prescription("late"))


def test_no_error_shows_what_the_ledger_holds(path: Path) -> None:
    secret = "191212121212"
    with SqlLedger.open(path, now=NOW) as ledger:
        ledger.receive(a_prescription(document=secret.encode()))
        (row,) = ledger.queue()
        attempts: list[Callable[[], object]] = [
            lambda: ledger.receive(a_prescription("b", items=-1, document=secret.encode())),
            lambda: ledger.advance(row, Event.REJECTED, words=secret, register_id=b"\0"),
        ]
        for attempt in attempts:
            try:
                attempt()
            except StorageError as error:
                assert error.code == "ledger_row_refused"
                assert secret not in traceback.format_exc()
            else:
                pytest.fail("it was kept")


# --- versions ------------------------------------------------------------------------------------------------------------


def version_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as raw:
        return str(raw.execute("SELECT version_num FROM ledger_version").fetchone()[0])


def test_migrations_are_one_chain_of_numbers() -> None:
    scripts = ScriptDirectory(str(ledger_upgrade.LEDGER.migrations), version_locations=[str(ledger_upgrade.LEDGER.migrations)])
    chain = [(script.revision, script.down_revision) for script in scripts.walk_revisions()][::-1]
    assert [revision for revision, _ in chain] == numbers()
    assert [before for _, before in chain] == [None, *numbers()[:-1]]
    assert numbers() == [f"{number:04}" for number in range(1, len(numbers()) + 1)]


def test_there_is_a_file_of_every_version_to_upgrade_from() -> None:
    assert sorted(dump.stem for dump in VERSIONS.glob("*.sql")) == numbers()


@pytest.mark.parametrize("dump", sorted(VERSIONS.glob("*.sql")), ids=lambda dump: dump.stem)
def test_a_ledger_of_every_earlier_version_is_upgraded_with_what_it_holds(path: Path, dump: Path) -> None:
    of_version(path, dump)
    with SqlLedger.open(path, now=NOW) as ledger:
        first = a_prescription("a", items=2)
        assert list(ledger.prescriptions()) == [first, a_prescription("b", path="relay")]
        assert list(ledger.dispensings()) == [a_dispensing("a", number=1), a_dispensing("a", number=2)]
        states = [(row.item, row.number, row.state) for row in ledger.queue()]
        assert states == [
            (1, 0, State.REGISTERED),
            (2, 0, State.QUEUED),
            (1, 0, State.PARKED),
            (1, 1, State.QUEUED),
            (1, 2, State.QUEUED),
        ]
        assert ledger.queue()[0].register_id == "r1"
        assert ledger.queue()[0].was_silent is True
        assert ledger.queue()[2].words == "Förskrivarkod saknas"
        ledger.dispense(a_dispensing("a", number=3), seen=2)
    assert version_of(path) == numbers()[-1]


def schema(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as raw:
        return sorted(re.sub(r"\s+", " ", row[0]) for row in raw.execute("SELECT sql FROM sqlite_master WHERE sql > ''"))


def test_a_new_ledger_has_the_tables_of_an_upgraded_one(path: Path, tmp_path: Path) -> None:
    SqlLedger.open(path, now=NOW).close()
    of_version(tmp_path / "old.db", VERSIONS / f"{numbers()[-1]}.sql")
    assert schema(path) == schema(tmp_path / "old.db")


def test_the_tables_in_code_are_those_that_the_migrations_make(path: Path) -> None:
    with SqlLedger.open(path, now=NOW) as ledger, ledger._engine.connect() as connection:
        ours = {"include_name": lambda name, kind, _parents: kind != "table" or name in METADATA.tables}
        found = compare_metadata(MigrationContext.configure(connection, opts={**ours, "compare_type": False}), METADATA)
    kinds = {change[0][0] if isinstance(change, list) else change[0] for change in found}
    # Constraints stand in the migrations alone.
    assert kinds <= {"modify_nullable", "remove_constraint", "remove_fk", "remove_index"}


def test_when_a_version_was_taken_is_written_down(path: Path) -> None:
    SqlLedger.open(path, now=NOW).close()
    SqlLedger.open(path, now=NOW + 99).close()
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT number, at FROM ledger_upgrades").fetchall() == [(n, NOW) for n in numbers()]


def test_a_ledger_of_a_newer_program_is_refused_and_left_alone(path: Path) -> None:
    filled(path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE ledger_version SET version_num = '0999'")
        raw.commit()
    before = hashlib.sha256(path.read_bytes()).digest()
    assert opening(path) == "ledger_newer_version"
    assert hashlib.sha256(path.read_bytes()).digest() == before


@pytest.mark.parametrize("statement", ["DELETE FROM ledger_version", "INSERT INTO ledger_version VALUES ('0001')"])
def test_a_ledger_without_one_version_is_damaged(path: Path, statement: str) -> None:
    filled(path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(statement)
        raw.commit()
    assert opening(path) == "ledger_damaged"


ADDS = 'op.add_column("prescriptions", sa.Column("note", sa.Text))'
REBUILDS = 'op.execute("CREATE TABLE p2 AS SELECT * FROM prescriptions"); op.drop_table("prescriptions");'
FAILS = 'op.execute("DELETE FROM queue"); op.execute("nonsense")'
DANGLES = 'op.execute("DELETE FROM prescriptions")'
STUMBLES = 'op.add_column("queue", sa.Column("note", sa.Text)); {}["x"]'


@pytest.fixture
def next_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes this a program of the versions after today's, with these bodies of migrations."""

    def make(*bodies: str) -> None:
        write_next_versions(tmp_path / "migrations", *bodies)
        monkeypatch.setattr(ledger_upgrade, "LEDGER", ledger_upgrade.LEDGER._replace(migrations=tmp_path / "migrations"))

    return make


def test_an_upgrade_keeps_a_copy_of_the_file_as_it_was(path: Path, next_versions: Callable[..., None]) -> None:
    before = filled(path)
    old_schema, last = schema(path), int(numbers()[-1])
    # What a program that was killed left in the write-ahead log belongs to the copy too.
    writer = sqlite3.connect(path)
    writer.execute("UPDATE queue SET words = 'late' WHERE id = 1")
    writer.commit()
    next_versions(ADDS, ADDS.replace("note", "more"))
    assert held(path)[:2] == before[:2]
    writer.close()
    assert version_of(path) == f"{last + 2:04}"
    copy = path.with_name(f"ledger.db.before-{last + 1:04}")
    assert sorted(file.name for file in path.parent.iterdir() if file.is_file()) == ["ledger.db", copy.name]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert version_of(copy) == f"{last:04}"
    assert schema(copy) == old_schema
    with closing(sqlite3.connect(copy)) as raw:
        assert raw.execute("SELECT words FROM queue WHERE id = 1").fetchone() == ("late",)
        assert raw.execute("SELECT count(*) FROM dispensings").fetchone() == (30,)


@pytest.mark.parametrize("body", [FAILS, DANGLES, STUMBLES, REBUILDS])
def test_an_upgrade_that_fails_leaves_the_ledger_to_the_program_of_before(
    path: Path, body: str, next_versions: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, old_schema = filled(path), schema(path)
    with monkeypatch.context() as newer:
        today = ledger_upgrade.LEDGER.migrations
        next_versions(ADDS, body)
        assert opening(path) == "ledger_upgrade_failed"
        newer.setattr(ledger_upgrade, "LEDGER", ledger_upgrade.LEDGER._replace(migrations=today))
        assert schema(path) == old_schema
        assert held(path) == before


def test_an_upgrade_on_a_full_disk_leaves_the_ledger_as_it_was(small_disk: Path, next_versions: Callable[..., None]) -> None:
    path = small_disk / "ledger.db"
    with SqlLedger.open(path, now=NOW) as ledger:
        ledger.receive(a_prescription(document=bytes(40_000)))
        before = everything(ledger)
    with pytest.raises(OSError, match="No space"):
        (small_disk / "filler").write_bytes(bytes(400_000))
    today = ledger_upgrade.LEDGER.migrations
    next_versions(ADDS)
    assert opening(path) == "ledger_full"
    assert {file.name for file in small_disk.iterdir()} <= {"ledger.db", "ledger.db-wal", "ledger.db-shm", "filler"}
    (small_disk / "filler").unlink()
    with pytest.MonkeyPatch.context() as back:
        back.setattr(ledger_upgrade, "LEDGER", ledger_upgrade.LEDGER._replace(migrations=today))
        assert held(path) == before


def test_every_error_of_the_ledger_has_its_words() -> None:
    modules = (ledger_errors, ledger_file, ledger_sql, ledger_upgrade)
    text = "".join(Path(str(module.__file__)).read_text() for module in modules)
    raised = set(re.findall(r'"(ledger_[a-z_]+|dispensing_taken|queue_row_changed)"', text)) - {
        "ledger_version",
        "ledger_upgrades",
        "ledger_writes",
    }
    assert len(raised) == 12
    assert raised <= CODES.keys()
