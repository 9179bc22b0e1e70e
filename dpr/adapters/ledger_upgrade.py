"""Brings a ledger's database to the version of this program, by the numbered files in dpr/adapters/migrations.

Rules: all missing migrations run in one transaction, so an upgrade happens whole or not at all and the program of before
can go on with the database after a failure. A version that this program does not know is newer, and refused. When each
version was taken is written down. Alembic (a quarter of a second to import) is loaded only when there is something to do.

Example: `upgrade(engine, now, before=copy)` calls `copy("0002")` first when it leads from 0001 to 0003
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import BigInteger, Column, MetaData, Table, Text, insert, inspect, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import InvalidRequestError

from dpr.adapters.ledger_errors import named, named_errors
from dpr.core.errors import StorageError

MIGRATIONS = Path(__file__).parent / "migrations"

_METADATA = MetaData()
#: Alembic's own; the name keeps it apart from other chains of migrations in the same PostgreSQL database.
VERSION = Table("ledger_version", _METADATA, Column("version_num", Text))
UPGRADES = Table("ledger_upgrades", _METADATA, Column("number", Text), Column("at", BigInteger))

#: What an upgrade may meet without a fault of its own.
_OUTSIDE = frozenset(("ledger_full", "ledger_locked", "ledger_not_writable", "ledger_damaged"))


def is_ledger(connection: Connection) -> bool:
    """Does the database hold a ledger of any version?"""
    return inspect(connection).has_table(VERSION.name)


def upgrade(engine: Engine, now: int, *, before: Callable[[str], None]) -> None:
    """Runs what is missing. `now`: instant in seconds; `before`: called with the first number to come, while nobody else
    can write, if the database is a ledger already.

    StorageError: `ledger_newer_version`, `ledger_upgrade_failed` and what dpr.adapters.ledger_errors names.
    """
    numbers = [path.name[:4] for path in sorted(MIGRATIONS.glob("[0-9]*.py"))]
    with named_errors(), engine.begin() as connection:
        current = _current(connection)
        if current is None:
            _run(connection, numbers, now)
        elif current not in numbers:
            raise StorageError("ledger_newer_version", f"this program knows {numbers[-1]}")
        elif pending := numbers[numbers.index(current) + 1 :]:
            before(pending[0])
            _run(connection, pending, now)


def _current(connection: Connection) -> str | None:
    if not is_ledger(connection):
        return None
    try:
        return str(connection.execute(select(VERSION.c.version_num)).scalar_one())
    except InvalidRequestError as error:
        raise StorageError("ledger_damaged", "not one version") from error


def _run(connection: Connection, numbers: list[str], now: int) -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])
    context = MigrationContext.configure(connection, opts={"version_table": VERSION.name})
    number = ""
    try:
        with Operations.context(context):
            for number in numbers:
                scripts.get_revision(number).module.upgrade()
                context.stamp(scripts, number)
                connection.execute(insert(UPGRADES).values(number=number, at=now))
        _check_references(connection)
    except Exception as error:  # whatever a migration raises, the transaction takes back all of it
        cause = named(error)
        if cause.code in _OUTSIDE:
            raise cause from error
        raise StorageError("ledger_upgrade_failed", f"{number}: {cause.detail}") from error


def _check_references(connection: Connection) -> None:
    """Migrations run with SQLite's foreign keys off; none may dangle when they are done."""
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise StorageError("ledger_upgrade_failed", "dangling foreign keys")
