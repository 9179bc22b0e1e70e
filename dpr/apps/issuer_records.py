"""An issuer's record of what it vouched for, in a file (credentials.db, SQLite): one transaction at a time changes it.

Rules: all or nothing of a change is kept, durably; two commands at the same moment wait for each other. A record that is
damaged or missing is named, never taken for an empty one. Only the user of the program may read the file (0600): it has names.

Example: `with records.changing() as entries: entries.decide(index, decision)`
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from dpr.apps.issuer_entries import Entries
from dpr.core.errors import SetupError, StorageError

FILE = "credentials.db"
_BUSY_SECONDS = 60
#: Indexes are at random, so a change touches pages everywhere.
_CACHE_KIB = 64 * 1024
_APPLICATION, _VERSION = 0x64707249, 1
_SCHEMA = f"""
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
CREATE TABLE given (
  "index" INTEGER PRIMARY KEY, id TEXT NOT NULL, key TEXT NOT NULL, holder TEXT NOT NULL, name TEXT NOT NULL UNIQUE,
  valid_from INTEGER NOT NULL, valid_until INTEGER NOT NULL, planned_outage TEXT NOT NULL, status INTEGER NOT NULL,
  revoked_from INTEGER, reason INTEGER, reference TEXT NOT NULL, delivered INTEGER NOT NULL, superseded INTEGER NOT NULL
) STRICT;
CREATE INDEX given_id ON given (id);
CREATE INDEX given_until ON given (valid_until);
CREATE INDEX given_status ON given (status) WHERE status != 0;
CREATE INDEX given_undelivered ON given (delivered) WHERE delivered = 0;
CREATE TABLE issued (
  at INTEGER NOT NULL, "index" INTEGER NOT NULL, valid_from INTEGER NOT NULL, valid_until INTEGER NOT NULL,
  planned_outage TEXT NOT NULL
) STRICT;
CREATE TABLE decided (
  at INTEGER NOT NULL, "index" INTEGER NOT NULL, status INTEGER NOT NULL, revoked_from INTEGER, reason INTEGER,
  reference TEXT NOT NULL
) STRICT;
CREATE TABLE published (name TEXT PRIMARY KEY, issued_at INTEGER NOT NULL) STRICT;
"""


class IssuerRecords:
    """The record in an issuer's folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def create(self) -> None:
        """An empty record. StorageError `key_file_exists`, `file_not_written`."""
        try:
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            raise StorageError("key_file_exists", str(self.path)) from None
        except OSError as error:
            raise StorageError("file_not_written", f"{self.path}: {error.strerror}") from None
        with self._named(), closing(self._connect()) as connection:
            connection.executescript(f"BEGIN; {_SCHEMA} COMMIT;")

    @contextmanager
    def changing(self) -> Iterator[Entries]:
        """The entries for one who changes them: all or nothing is kept, other processes wait.

        SetupError `issuer_records_invalid`, StorageError `issuer_records_busy`, `file_not_written`.
        """
        with self._opened("BEGIN IMMEDIATE") as entries:
            yield entries

    @contextmanager
    def reading(self) -> Iterator[Entries]:
        """The entries as they are at one moment. Raises as `changing`."""
        with self._opened("BEGIN") as entries:
            yield entries

    @contextmanager
    def _opened(self, begin: str) -> Iterator[Entries]:
        with self._named():
            self._check_size()
            with closing(self._connect()) as connection:
                connection.execute(begin)
                found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
                if found != [_APPLICATION, _VERSION]:
                    raise SetupError("issuer_records_invalid", f"{self.path}: another program's, or torn")
                yield Entries(connection, self.path)
                connection.execute("COMMIT")  # else closing takes everything back

    def _connect(self) -> sqlite3.Connection:
        # mode=rw: a file that is gone is an error and never a new, empty record
        uri = f"{self.path.resolve().as_uri()}?mode=rw"
        connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        return connection

    def _check_size(self) -> None:
        """Damage that SQLite does not see: no header, or a torn last page where no journal will mend it."""
        try:
            with self.path.open("rb") as file:
                header = file.read(100)
                size = file.seek(0, os.SEEK_END)
        except FileNotFoundError:
            raise SetupError("issuer_records_invalid", f"{self.path}: missing") from None
        page_bytes = int.from_bytes(header[16:18], "big") or 1
        torn = size % page_bytes and not self.path.with_name(f"{FILE}-journal").exists()
        if len(header) < 100 or not header.startswith(b"SQLite format 3\0") or torn:
            raise SetupError("issuer_records_invalid", f"{self.path}: torn")

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise StorageError("issuer_records_busy", str(self.path)) from None
            if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
                raise StorageError("file_not_written", f"{self.path}: {error.sqlite_errorname}") from None
            raise SetupError("issuer_records_invalid", f"{self.path}: {type(error).__name__}") from None
        except (UnicodeError, OverflowError) as error:  # what a torn page holds
            raise SetupError("issuer_records_invalid", f"{self.path}: {type(error).__name__}") from None
