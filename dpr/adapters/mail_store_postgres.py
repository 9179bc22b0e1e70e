"""A relay's store on PostgreSQL, or a database that speaks its protocol (docs/relay-operations.md).

Rules: 1. a server that may confirm what it can lose is refused (`mail_store_not_durable`). 2. Each connection begins with a
write of its own that is committed: where a standby must confirm, what an earlier primary had committed without it is confirmed
before anybody is shown it. 3. A commit whose wait for the standby was cut short is no commit: the server only warns of it.
4. Every connection is tried before it is used, and given up within seconds when the server is gone. 5. Nothing here cancels a
statement that might be a commit; only waiting for locks has an end.

Example: `engine = open_server(make_url("postgresql://relay@/dpr?host=/run/postgresql"), now, schema)`
"""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.engine import URL, Connection, Engine

from dpr.adapters.ledger_upgrade import Schema, upgrade
from dpr.core.errors import StorageError

#: In `Connection.info`: the server did not wait for the standby.
IN_DOUBT = "mail_store_in_doubt"
#: Of libpq (its manual, §34.1.2); what the URL says comes first.
_CONNECT = {
    "application_name": "dpr-relay",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "options": "-c lock_timeout=10s -c statement_timeout=0 -c idle_in_transaction_session_timeout=60s",
}
#: How long a new connection waits for the standby; it holds nothing that could be lost.
_CONFIRM_SECONDS = 10
#: Two processes that start at once make the tables one after the other. Any number; this one says DPR.
_UPGRADE_LOCK = 0x445052
_DURABLE = (
    "SELECT current_setting('fsync', true), current_setting('full_page_writes', true), "
    "current_setting('synchronous_commit', true), current_setting('synchronous_standby_names', true)"
)


def open_server(url: URL, now: int, schema: Schema) -> Engine:
    """An engine on the store at `url`, whose tables are made if there are none. Errors as the driver raises them, and
    StorageError."""
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    arguments = {name: value for name, value in _CONNECT.items() if name not in url.query}
    try:
        first = create_engine(url, hide_parameters=True, poolclass=NullPool, connect_args=arguments)
    except ImportError as error:
        raise StorageError("mail_store_unusable", f"no driver {error.name}") from error
    _lock_while_upgrading(first)
    upgrade(first, now, before=lambda _number: None, schema=schema)
    engine = create_engine(
        url, hide_parameters=True, isolation_level="READ COMMITTED", connect_args=arguments,
        pool_pre_ping=True, pool_size=8, max_overflow=8, pool_timeout=10,
    )  # fmt: skip
    _prepare_connections(engine, schema)
    engine.connect().close()
    return engine


def _lock_while_upgrading(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def lock(connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")


def _prepare_connections(engine: Engine, schema: Schema) -> None:
    barrier = f"SELECT version_num FROM {schema.version.name} FOR UPDATE"  # noqa: S608 (a name of ours)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        def noticed(notice: Any) -> None:
            if notice.sqlstate == "01000":
                record.info[IN_DOUBT] = True

        connection.add_notice_handler(noticed)
        with connection.cursor() as cursor:
            fsync, whole_pages, commit, standbys = cursor.execute(_DURABLE).fetchone()
            if "off" in (fsync, whole_pages, commit) or (commit == "local" and standbys):
                raise StorageError("mail_store_not_durable", "fsync, full_page_writes or synchronous_commit")
            cursor.execute(barrier)
        # statement_timeout ends before a commit waits.
        given_up = threading.Timer(_CONFIRM_SECONDS, connection.cancel)
        given_up.start()
        try:
            connection.commit()
        finally:
            given_up.cancel()
            given_up.join()
        if record.info.pop(IN_DOUBT, False):
            raise StorageError("mail_store_unavailable", "the standby does not confirm")
