"""Opening a relay's database: a SQLite file, or PostgreSQL (and what speaks its protocol).

Rules: acknowledged is durable, or the store does not open: SQLite in WAL with synchronous=FULL; a PostgreSQL that does not wait
for its disk, or for the standby it names, is refused. Every connection to PostgreSQL is tried before it is used, so that a
database that was restarted, or a standby that was promoted, is found by the next call.

Example: `engine = open_engine("postgresql+psycopg://relay@/dpr?host=/run/postgresql", now)`
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sqlalchemy import event, make_url
from sqlalchemy.engine import Engine

from dpr.adapters.ledger_file import beside, open_file
from dpr.adapters.ledger_upgrade import Schema
from dpr.core.errors import StorageError

#: A file of gigabytes is not looked through at every start; damage is named when it is met.
SCHEMA = Schema.of("mail_store", Path(__file__).parent / "mail_store_migrations", read_whole=False)
#: Of SQLite's page cache, for each connection.
CACHE_KIB = 32_768
#: SQLite moves what is in its write-ahead log to the file when it has grown to so many pages (of 4 KiB).
CHECKPOINT_PAGES = 8_000
_TRY_BYTES = 256 * 1024


def open_engine(path_or_url: Path | str, now: int) -> Engine:
    """An engine on the store, which is made if there is none. Errors as the databases raise them, and StorageError."""
    file = file_of(path_or_url)
    if file is not None:
        return _sqlite(file, now)
    from dpr.adapters.mail_store_postgres import open_server

    return open_server(make_url(str(path_or_url)), now, SCHEMA)


def file_of(path_or_url: Path | str) -> Path | None:
    """The SQLite file; None where it is a server. StorageError `mail_store_unusable` for SQLite without a file."""
    if isinstance(path_or_url, Path) or "://" not in path_or_url:
        return Path(path_or_url)
    url = make_url(path_or_url)
    if url.get_backend_name() != "sqlite":
        return None
    if url.database in (None, "", ":memory:"):
        raise StorageError("mail_store_unusable", "a store needs a file")
    return Path(str(url.database))


class Place:
    """Where an open SQLite store lies (None: it is a server, and nothing is asked here). A file that was removed can still be
    written to, and ends with the process."""

    def __init__(self, file: Path | None) -> None:
        self._file = None if file is None else file.resolve()
        self._opened = self._here()

    def require_there(self) -> None:
        """StorageError `mail_store_gone` where the file is not the one that was opened."""
        if self._here() != self._opened:
            raise StorageError("mail_store_gone")

    def try_write(self) -> None:
        """OSError where a file of a message's size cannot be kept beside it."""
        if self._file is None:
            return
        with beside(self._file, "try") as file, file.open("wb") as written:
            written.write(bytes(_TRY_BYTES))
            written.flush()
            os.fsync(written.fileno())

    def _here(self) -> tuple[int, int] | None:
        if self._file is None:
            return None
        try:
            found = os.stat(self._file)  # noqa: PTH116 (at every transaction)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return found.st_dev, found.st_ino


def _sqlite(path: Path, now: int) -> Engine:
    engine = open_file(path, now, SCHEMA)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")

    return engine
