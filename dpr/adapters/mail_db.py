"""A node's mail file, mail.db: its outbox and inbox in one SQLite file, opened, checked and upgraded as the ledger's is.

Rules: one file, so that one backup holds both and one look says whether anything has changed. WAL with synchronous=FULL: what a
method returned survives a loss of power. What goes wrong below is a StorageError `mail_file_…`.

Example: `with MailDb.open(Path("mail.db"), now=now) as mail: mail.outbox.messages()`
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy.engine import Engine

from dpr.adapters.inbox_sql import SqlInbox
from dpr.adapters.ledger_file import open_file
from dpr.adapters.ledger_upgrade import Schema
from dpr.adapters.mail_statements import MailStatements, named_errors
from dpr.adapters.outbox_sql import SqlOutbox

SCHEMA = Schema.of("mail_file", Path(__file__).parent / "mail_file_migrations")


class MailDb:
    """A mail file that is open; safe to use from several threads and beside other processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        store = MailStatements(engine)
        self.outbox = SqlOutbox(store)
        self.inbox = SqlInbox(store)

    @classmethod
    def open(cls, path: Path, *, now: int) -> Self:
        """The mail file at `path`, made if there is none. `now`: instant in seconds, at which an upgrade is written down.

        StorageError `mail_file_damaged`, `mail_file_newer_version`, `mail_file_upgrade_failed`, `mail_file_not_writable`,
        `mail_file_full`, `mail_file_locked`, `mail_file_sqlite_too_old`, `mail_file_unusable`.
        """
        with named_errors():
            return cls(open_file(path, now, SCHEMA))

    def close(self) -> None:
        """Ends the use of the file."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
