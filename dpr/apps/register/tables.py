"""The reference register's SQLite file: its tables, made whole or not at all, and checked when it is opened.

Rules: a new file is made under another name and gets its own when it is complete, so that a torn or empty file is damage and
never taken for a new register. WAL with synchronous=FULL: what is committed survives a loss of power. A transaction takes
the lock at its start. Errors are StorageErrors without a value or a path.

Example: `engine = open_file(Path("rehearsal-register.db"))`
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Column, Index, Integer, MetaData, QueuePool, Table, Text, create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dpr.core.errors import StorageError

#: Stands in the file's header: "dprR".
_APPLICATION_ID = 0x64707252

METADATA = MetaData()
PATIENTS = Table(
    "patient",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("system", Text, nullable=False),
    Column("value", Text, nullable=False),
    Index("patient_identifier", "system", "value", unique=True),
)
RESOURCES = Table(
    "resource",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("patient", Text, index=True),
    Column("birth_date", Text, index=True),
    Column("prescription", Text, index=True),
    Column("body", Text, nullable=False),
)
TOKENS = Table(
    "token",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("resource", Integer, nullable=False),
    Column("system", Text, nullable=False),
    Column("value", Text, nullable=False),
    Index("token_value", "value", "system"),
)


def open_file(path: Path) -> Engine:
    """An engine on the register in the file at `path`, which is made if there is none.

    StorageError `register_database`: the file is torn, another program's, or cannot be used.
    """
    with named_errors():
        path = path.resolve()
        if not path.exists():
            _create(path)
        _check(path)
    return _engine(path)


@contextmanager
def named_errors() -> Iterator[None]:
    """Turns what a database or the file system raises inside into a StorageError."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        below = error.orig if isinstance(error, DBAPIError) else error
        raise StorageError("register_database", type(below).__name__) from error


def _create(path: Path) -> None:
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.new-", dir=path.parent)
    os.close(handle)
    new = Path(name)
    try:
        engine = _engine(new)
        try:
            with engine.begin() as connection:
                METADATA.create_all(connection)
                connection.exec_driver_sql(f"PRAGMA application_id = {_APPLICATION_ID}")
        finally:
            engine.dispose()
        new.replace(path)
    finally:
        for suffix in ("", "-wal", "-shm"):
            Path(name + suffix).unlink(missing_ok=True)


def _check(path: Path) -> None:
    log = path.with_name(f"{path.name}-wal")
    with path.open("rb") as file:
        header = file.read(100)
    page_bytes = int.from_bytes(header[16:18], "big")
    torn = page_bytes and path.stat().st_size % page_bytes and not (log.exists() and log.stat().st_size)
    if not header.startswith(b"SQLite format 3\0") or int.from_bytes(header[68:72], "big") != _APPLICATION_ID or torn:
        raise StorageError("register_database", "damaged, or another program's")
    engine = _engine(path)
    try:
        with engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one() != "ok":
                raise StorageError("register_database", "damaged")
    finally:
        engine.dispose()


def _engine(path: Path) -> Engine:
    # The pool for "sqlite://" is made for memory: it closes connections that other threads are using.
    engine = create_engine("sqlite://", creator=partial(_connect, path), poolclass=QueuePool, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _connect(path: Path) -> sqlite3.Connection:
    # mode=rw: a file that is gone is an error and never a new, empty register.
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, timeout=10, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection
