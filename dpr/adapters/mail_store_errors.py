"""What a relay's database answered, as one of the store's named errors.

Rules: everything that can go wrong below the store becomes a StorageError `mail_store_…`. SQLite and the file system are named
as for the ledger, under this store's name; PostgreSQL by SQLSTATE (its manual, appendix A). What cannot be reached is
`mail_store_unavailable`: nothing is known of the last transaction, and asking again is safe. The detail is the database's own
name of the fault, never a statement, a value or a path.

Example: `with named_errors(): connection.execute(…)` raises StorageError("mail_store_full", "53100")
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError, TimeoutError

from dpr.adapters import ledger_errors
from dpr.core.errors import StorageError

#: By SQLSTATE, or by its class (the first two characters).
_SQLSTATES = {
    "08": "unavailable",
    "53": "unavailable",
    "53100": "full",
    "57": "unavailable",
    "57014": "locked",
    "55P03": "locked",
    "40": "locked",
    "25006": "not_writable",
    "42501": "not_writable",
    "42P01": "damaged",
    "42703": "damaged",
    "58": "damaged",
    "XX001": "damaged",
    "XX002": "damaged",
}
#: Another transaction was first: serialization failure, deadlock, and a row that was inserted in between.
_AGAIN = frozenset(("40001", "40P01", "23505"))


@contextmanager
def named_errors() -> Iterator[None]:
    """Turns whatever a database, the file system or a value that no database can hold raises inside into a StorageError."""
    try:
        yield
    except (StorageError, SQLAlchemyError, sqlite3.Error, OSError, UnicodeError, OverflowError) as error:
        raise named(error) from error


def named(error: Exception) -> StorageError:
    """The StorageError for what a database or the file system raised; one that is this store's already stays."""
    if isinstance(error, TimeoutError):  # no connection came free in time
        return StorageError("mail_store_unavailable", type(error).__name__)
    if isinstance(error, DBAPIError) and not isinstance(error.orig, sqlite3.Error):
        state = sqlstate(error)
        if state is None:
            return StorageError("mail_store_unavailable", type(error.orig).__name__)
        named_as = _SQLSTATES.get(state) or _SQLSTATES.get(state[:2])
        return StorageError(f"mail_store_{named_as or 'unusable'}", state)
    if isinstance(error, StorageError) and error.code == "ledger_unusable" and isinstance(error.__cause__, DBAPIError):
        return named(error.__cause__)  # an upgrade met it, which names as for the ledger
    found = ledger_errors.named(error)
    if found.code.startswith("ledger_"):
        return StorageError(f"mail_store_{found.code.removeprefix('ledger_')}", found.detail)
    return found


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's code, None where the error did not come from a server."""
    state = getattr(getattr(error, "orig", error), "sqlstate", None)
    return state if isinstance(state, str) else None


def may_run_again(error: BaseException) -> bool:
    """Was it only that another transaction came in between?"""
    return sqlstate(error) in _AGAIN
