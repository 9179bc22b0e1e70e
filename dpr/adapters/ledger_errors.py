"""What a database or the file system answered, as one of the ledger's named errors.

Rules: everything that can go wrong below the ledger becomes a StorageError `ledger_…`; what is in no table here is
`ledger_unusable`. The detail is the database's own name of the fault, never a statement, a value or a path.

Example: `with named_errors(): connection.execute(…)` raises StorageError("ledger_full", "SQLITE_FULL")
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, TimeoutError

from dpr.core.errors import StorageError

#: SQLite's primary result codes (sqlite.org/rescode.html); an extended code has one of them in its low byte.
_SQLITE_CODES = {
    sqlite3.SQLITE_PERM: "ledger_not_writable",
    sqlite3.SQLITE_BUSY: "ledger_locked",
    sqlite3.SQLITE_LOCKED: "ledger_locked",
    sqlite3.SQLITE_READONLY: "ledger_not_writable",
    sqlite3.SQLITE_CORRUPT: "ledger_damaged",
    sqlite3.SQLITE_FULL: "ledger_full",
    sqlite3.SQLITE_CANTOPEN: "ledger_not_writable",
    sqlite3.SQLITE_PROTOCOL: "ledger_locked",
    sqlite3.SQLITE_TOOBIG: "ledger_row_refused",
    sqlite3.SQLITE_CONSTRAINT: "ledger_row_refused",
    sqlite3.SQLITE_MISMATCH: "ledger_row_refused",
    sqlite3.SQLITE_NOTADB: "ledger_damaged",
}
#: The write-ahead log's index could not grow: SQLite has no better word for a full disk there.
_FULL_TOO = sqlite3.SQLITE_IOERR_SHMSIZE
_ERRNOS = {
    errno.ENOSPC: "ledger_full",
    errno.EDQUOT: "ledger_full",
    errno.EACCES: "ledger_not_writable",
    errno.EPERM: "ledger_not_writable",
    errno.EROFS: "ledger_not_writable",
    errno.ENOENT: "ledger_not_writable",
    errno.ENOTDIR: "ledger_not_writable",
    errno.EISDIR: "ledger_not_writable",
}


@contextmanager
def named_errors() -> Iterator[None]:
    """Turns whatever a database, the file system or a value that no database can hold raises inside into a StorageError."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError, UnicodeError, OverflowError) as error:
        raise named(error) from error


def named(error: Exception) -> StorageError:
    """The StorageError for what a database or the file system raised; one that is named already stays."""
    if isinstance(error, StorageError):
        return error
    if isinstance(error, OSError):
        return StorageError(_ERRNOS.get(error.errno or 0, "ledger_unusable"), errno.errorcode.get(error.errno or 0, ""))
    if isinstance(error, UnicodeError | OverflowError):
        return StorageError("ledger_row_refused", type(error).__name__)
    below = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(below, sqlite3.Error) and hasattr(below, "sqlite_errorcode"):
        code = below.sqlite_errorcode
        name = "ledger_full" if code == _FULL_TOO else _SQLITE_CODES.get(code & 0xFF, "ledger_unusable")
        return StorageError(name, below.sqlite_errorname)
    detail = type(below).__name__
    if isinstance(error, IntegrityError | DataError):
        return StorageError("ledger_row_refused", detail)
    return StorageError("ledger_locked" if isinstance(error, TimeoutError) else "ledger_unusable", detail)
