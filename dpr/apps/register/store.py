"""What the reference register holds, in one SQLite file: resources as JSON, with the identifiers they can be found by.

Rules: a commit is durable when `add` returns (WAL, synchronous=FULL); resources are never changed. One connection, one lock.

Example: `store.add(resource, now)` → its id
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, Text, create_engine, event, func, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from dpr.core.errors import StorageError

_METADATA = MetaData()
_RESOURCES = Table(
    "resources",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("type", Text, nullable=False, index=True),
    Column("subject", Text, nullable=False, index=True),
    Column("prescription", Text, nullable=False, index=True),
    Column("received_at", Text, nullable=False),
    Column("body", Text, nullable=False),
)
_IDENTIFIERS = Table(
    "identifiers",
    _METADATA,
    Column("resource", Integer, nullable=False),
    Column("token", Text, nullable=False, index=True),
)

Resource = dict[str, Any]


class ResourceStore:
    """Adds and finds resources. StorageError `register_database`."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._engine = create_engine(f"sqlite:///{path}", poolclass=StaticPool, connect_args={"check_same_thread": False})
        event.listen(self._engine, "connect", _durable)
        try:
            _METADATA.create_all(self._engine)
            with self._engine.connect() as connection:
                connection.execute(select(func.count()).select_from(_RESOURCES)).scalar()
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            self._engine.dispose()
            raise StorageError("register_database", f"{path.name}: {type(error).__name__}") from None

    def add(self, resource: Resource, received_at: str) -> str:
        """Keeps a resource and returns its new id."""
        row = {
            "type": resource["resourceType"],
            "subject": str(resource.get("subject", {}).get("reference", "")),
            "prescription": _prescription(resource),
            "received_at": received_at,
            "body": json.dumps(resource, ensure_ascii=False),
        }
        with self._lock, self._engine.begin() as connection:
            id: int = connection.execute(insert(_RESOURCES).values(row)).inserted_primary_key[0]
            tokens = [
                {"resource": id, "token": f"{one.get('system', '')}|{one.get('value', '')}"}
                for one in resource.get("identifier", [])
            ]
            if tokens:
                connection.execute(insert(_IDENTIFIERS), tokens)
        return str(id)

    def get(self, type_: str, id: str) -> Resource | None:
        """One resource, with its id in it."""
        if not (id.isascii() and id.isdigit() and len(id) < 18):
            return None
        found = self._select(_RESOURCES.c.type == type_, _RESOURCES.c.id == int(id))
        return found[0] if found else None

    def find(self, type_: str, **wanted: str) -> list[Resource]:
        """Resources of a type by `identifier` (system|value), `subject` or `prescription` (references), oldest first."""
        conditions = [_RESOURCES.c.type == type_]
        for name, value in wanted.items():
            if name == "identifier":
                conditions.append(_RESOURCES.c.id.in_(select(_IDENTIFIERS.c.resource).where(_IDENTIFIERS.c.token == value)))
            else:
                conditions.append(_RESOURCES.c[name] == value)
        return self._select(*conditions)

    def everything(self) -> list[Resource]:
        """Every resource, oldest first."""
        return self._select()

    def _select(self, *conditions: Any) -> list[Resource]:
        statement = select(_RESOURCES.c.id, _RESOURCES.c.body).where(*conditions).order_by(_RESOURCES.c.id)
        with self._lock, self._engine.connect() as connection:
            rows = connection.execute(statement).all()
        return [{**json.loads(body), "id": str(id)} for id, body in rows]

    def close(self) -> None:
        """Closes the file."""
        self._engine.dispose()


def _durable(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _prescription(resource: Resource) -> str:
    references = resource.get("authorizingPrescription") or [{}]
    return str(references[0].get("reference", ""))
