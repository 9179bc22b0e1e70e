"""The SQLite file of a pharmacy's ledger: made whole or not at all, checked when opened, copied before an upgrade.

Rules: a new ledger is built under another name and gets its own only when it is complete, so that an empty or torn file at
the path is always damage and never taken for a new ledger. WAL with synchronous=FULL: what is committed survives a loss of
power. A writing transaction takes the lock at its start (BEGIN IMMEDIATE) and waits for it `BUSY_TIMEOUT_MS`. Only the
user of the program may read the files (0600).

Example: `engine = open_file(Path("ledger.db"), now)`
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

from sqlalchemy import QueuePool, create_engine, event
from sqlalchemy.engine import Connection, Engine

from dpr.adapters.ledger_errors import named_errors
from dpr.adapters.ledger_upgrade import Schema, is_ledger, upgrade
from dpr.core.errors import StorageError

BUSY_TIMEOUT_MS = 5000
#: STRICT tables.
OLDEST_SQLITE = (3, 37)
#: The execution option of an engine whose transactions write.
WRITES = "ledger_writes"


def open_file(path: Path, now: int, schema: Schema | None = None) -> Engine:
    """An engine on the ledger at `path`, or on another store by its `schema`, which is made if there is none. `now`: instant in
    seconds.

    StorageError: see dpr.adapters.ledger_errors and ledger_upgrade; `ledger_sqlite_too_old`.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StorageError("ledger_sqlite_too_old", sqlite3.sqlite_version)
    with named_errors():
        path = path.resolve()
        if not path.exists():
            _create(path, now, schema)
        if not path.is_file():
            raise StorageError("ledger_not_writable", "no regular file")
        check_size(path)
        with suppress(PermissionError):  # another user's file, which we may be allowed to use all the same
            path.chmod(0o600)
        _upgrade(path, now, schema)
    return _engine(path, foreign_keys=True)


def _create(path: Path, now: int, schema: Schema | None) -> None:
    with beside(path, "new") as new:
        engine = _engine(new, foreign_keys=True)
        try:
            upgrade(engine.execution_options(**{WRITES: True}), now, before=lambda _number: None, schema=schema)
        finally:
            engine.dispose()
        with suppress(FileExistsError):  # another process was first: its ledger counts
            os.link(new, path)
        sync_directory(path.parent)


def check_size(path: Path) -> None:
    """Damage that SQLite does not see: it makes a new database of less than a header, and fills a last torn page with zeros.

    Only what lies in a write-ahead log may still be missing in the file (sqlite.org/fileformat2.html §1.3, §4).
    """
    log = path.with_name(f"{path.name}-wal")
    pages_in_log = log.exists() and log.stat().st_size > 0
    with path.open("rb") as file:
        header = file.read(100)
    page_bytes = int.from_bytes(header[16:18], "big")
    page_bytes = 65536 if page_bytes == 1 else page_bytes
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0") or page_bytes < 512:
        raise StorageError("ledger_damaged", "no SQLite file")
    if path.stat().st_size % page_bytes and not pages_in_log:
        raise StorageError("ledger_damaged", "torn last page")


def _upgrade(path: Path, now: int, schema: Schema | None) -> None:
    engine = _engine(path, foreign_keys=False)
    try:
        with engine.connect() as connection:
            whole = schema is None or schema.read_whole
            if whole and (found := connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()) != "ok":
                raise StorageError("ledger_damaged", f"quick_check: {len(found)} characters")
            if not is_ledger(connection, schema):
                raise StorageError("ledger_damaged", "another program's database")
        upgrade(engine.execution_options(**{WRITES: True}), now, before=partial(_copy, path), schema=schema)
    finally:
        engine.dispose()


def _copy(path: Path, number: str) -> None:
    """A copy beside the file, as it stands before migration `number`, with what is still in the write-ahead log."""
    with beside(path, "copy") as new:
        with closing(connect(path)) as source, closing(connect(new)) as target:
            source.backup(target)
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        new.replace(path.with_name(f"{path.name}.before-{number}"))
        sync_directory(path.parent)


@contextmanager
def beside(path: Path, what: str) -> Iterator[Path]:
    """A file of its own in the same directory (0600, empty) that is gone afterwards, with what SQLite put beside it."""
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.{what}-", dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(name + suffix).unlink(missing_ok=True)


def sync_directory(directory: Path) -> None:
    if hasattr(os, "O_DIRECTORY"):  # elsewhere a directory cannot be opened, and a new name is durable by itself
        handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _engine(path: Path, *, foreign_keys: bool) -> Engine:
    engine = create_engine("sqlite://", creator=partial(connect, path), poolclass=QueuePool, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")

    return engine


def connect(path: Path) -> sqlite3.Connection:
    # isolation_level None: no implicit BEGIN, the listener above says when (DDL and reads are transactional then);
    # mode=rw: a file that is gone is an error and never a new, empty ledger.
    return sqlite3.connect(
        f"{path.as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_TIMEOUT_MS / 1000,
        isolation_level=None,
        check_same_thread=False,
    )
