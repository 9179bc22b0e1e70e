"""Brings a ledger's database to the version of this program, by the numbered files in dpr/adapters/migrations; another
store's by its own `Schema`.

Rules: all missing migrations run in one transaction, so an upgrade happens whole or not at all and the program of before
can go on with the database after a failure. A version that this program does not know is newer, and refused. When each
version was taken is written down. Alembic (a quarter of a second to import) is loaded only when there is something to do, and
used by one thread at a time: a migration's `op` is the process's.

Example: `upgrade(engine, now, before=copy)` calls `copy("0002")` first when it leads from 0001 to 0003
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Self

from sqlalchemy import BigInteger, Column, MetaData, Table, Text, insert, inspect, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import InvalidRequestError

from dpr.adapters.ledger_errors import named, named_errors
from dpr.core.errors import StorageError


class Schema(NamedTuple):
    """A store's migrations, and the tables that say which it has. `version` is Alembic's own; the names keep it apart from
    other stores in the same PostgreSQL database. `read_whole`: is a file looked through whenever it is opened?"""

    migrations: Path
    version: Table
    upgrades: Table
    read_whole: bool = True

    @classmethod
    def of(cls, name: str, migrations: Path, *, read_whole: bool = True) -> Self:
        """Of the store `name`."""
        metadata = MetaData()
        version = Table(f"{name}_version", metadata, Column("version_num", Text))
        upgrades = Table(f"{name}_upgrades", metadata, Column("number", Text), Column("at", BigInteger))
        return cls(migrations, version, upgrades, read_whole)


LEDGER = Schema.of("ledger", Path(__file__).parent / "migrations")

#: Taken with a database's own lock held, and nothing is waited for inside: no two can wait for each other.
_ONE_AT_A_TIME = Lock()
#: What an upgrade may meet without a fault of its own.
_OUTSIDE = frozenset(("ledger_full", "ledger_locked", "ledger_not_writable", "ledger_damaged"))


def is_ledger(connection: Connection, schema: Schema | None = None) -> bool:
    """Does the database hold a ledger of any version?"""
    return inspect(connection).has_table((schema or LEDGER).version.name)


def upgrade(engine: Engine, now: int, *, before: Callable[[str], None], schema: Schema | None = None) -> None:
    """Runs what is missing. `now`: instant in seconds; `before`: called with the first number to come, while nobody else
    can write, if the database is a ledger already.

    StorageError: `ledger_newer_version`, `ledger_upgrade_failed` and what dpr.adapters.ledger_errors names.
    """
    schema = schema or LEDGER
    numbers = [path.name[:4] for path in sorted(schema.migrations.glob("[0-9]*.py"))]
    with named_errors(), engine.begin() as connection:
        current = _current(connection, schema)
        if current is None:
            _run(connection, schema, numbers, now)
        elif current not in numbers:
            raise StorageError("ledger_newer_version", f"this program knows {numbers[-1]}")
        elif pending := numbers[numbers.index(current) + 1 :]:
            before(pending[0])
            _run(connection, schema, pending, now)


def _current(connection: Connection, schema: Schema) -> str | None:
    if not is_ledger(connection, schema):
        return None
    try:
        return str(connection.execute(select(schema.version.c.version_num)).scalar_one())
    except InvalidRequestError as error:
        raise StorageError("ledger_damaged", "not one version") from error


def _run(connection: Connection, schema: Schema, numbers: list[str], now: int) -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(schema.migrations), version_locations=[str(schema.migrations)])
    context = MigrationContext.configure(connection, opts={"version_table": schema.version.name})
    number = ""
    try:
        with _ONE_AT_A_TIME, Operations.context(context):
            for number in numbers:
                scripts.get_revision(number).module.upgrade()
                context.stamp(scripts, number)
                connection.execute(insert(schema.upgrades).values(number=number, at=now))
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
