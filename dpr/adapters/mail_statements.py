"""How a node's outbox and inbox use their file: changes that share a transaction, and questions.

Rules: a change is durable when it returns, and whole or not at all. Those that several threads want at the same time are made
in one transaction, each behind a savepoint of its own: one flush of the disk for all of them. What goes wrong below is a
StorageError `mail_file_…`.

Example: `statements.change(lambda connection: connection.execute(insert(…)).rowcount)`
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from sqlalchemy import Row
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import Executable

from dpr.adapters import ledger_errors
from dpr.adapters.ledger_file import WRITES
from dpr.core.errors import StorageError

#: Changes in one transaction at most.
MOST_TOGETHER = 64
#: The same faults as a ledger's file has, under this file's name.
_CODES = {
    "ledger_row_refused": "mail_file_row_refused",
    "ledger_newer_version": "mail_file_newer_version",
    "ledger_damaged": "mail_file_damaged",
    "ledger_locked": "mail_file_locked",
    "ledger_full": "mail_file_full",
    "ledger_not_writable": "mail_file_not_writable",
    "ledger_upgrade_failed": "mail_file_upgrade_failed",
    "ledger_sqlite_too_old": "mail_file_sqlite_too_old",
    "ledger_unusable": "mail_file_unusable",
}
_OF_FILE = frozenset(_CODES.values()) - {"mail_file_row_refused"}
T = TypeVar("T")


class _Job:
    """One change that waits; `error` or `result` when it is `done`."""

    def __init__(self, do: Callable[[Connection], Any]) -> None:
        self.do, self.done = do, False
        self.result: Any = None
        self.error: Exception | None = None


class MailStatements:
    """The statements of one file; any number of threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writes = engine.execution_options(**{WRITES: True})
        self._waiting: deque[_Job] = deque()
        self._turn, self._lock = threading.Lock(), threading.Lock()
        self._looking: Any = None

    def change(self, do: Callable[[Connection], T]) -> T:
        """What `do` returns, when all that it did is durable."""
        job = _Job(do)
        self._waiting.append(job)
        with self._turn:  # whoever has it makes everybody's changes
            while not job.done:
                self._make([self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOGETHER))])
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[no-any-return]

    def _make(self, jobs: Sequence[_Job]) -> None:
        try:
            with named_errors(), self._writes.begin() as connection:
                for job in jobs:
                    _do(job, connection, alone=len(jobs) == 1)
        except Exception as error:  # whoever waits must hear of it, whatever it is
            for job in jobs:
                job.error = job.error or error
        for job in jobs:
            job.done = True

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with named_errors(), self._engine.connect() as connection:
            yield connection

    def read(self, statement: Executable) -> Sequence[Row[Any]]:
        with self.reading() as connection:
            return connection.execute(statement).all()

    def changed(self) -> int:
        """SQLite's data_version: another number after another connection has committed."""
        with self._lock, named_errors():
            if self._looking is None:
                self._looking = self._engine.raw_connection()
            try:
                return int(self._looking.driver_connection.execute("PRAGMA data_version").fetchone()[0])
            except sqlite3.Error:
                with suppress(SQLAlchemyError, sqlite3.Error):
                    self._looking.invalidate()
                self._looking = None
                raise


def _do(job: _Job, connection: Connection, *, alone: bool) -> None:
    """Where it fails, only it is taken back. A fault of the whole file may have ended the transaction, and so ends the others'
    too."""
    if alone:
        job.result = job.do(connection)
        return
    savepoint = connection.begin_nested()
    try:
        with named_errors():
            job.result = job.do(connection)
    except StorageError as error:
        if error.code in _OF_FILE:
            raise
        savepoint.rollback()
        job.error = error
    else:
        savepoint.commit()


@contextmanager
def named_errors() -> Iterator[None]:
    """Turns whatever goes wrong inside into a StorageError of this file."""
    try:
        with ledger_errors.named_errors():
            yield
    except StorageError as error:
        raise StorageError(_CODES.get(error.code, error.code), error.detail) from error
