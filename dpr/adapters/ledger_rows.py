"""The ledger's tables as this program's version has them, and their rows as the values of dpr.ports.

Rules: the tables are made by dpr/adapters/migrations alone; a test compares what those lead to with what stands here.
`id` counts the rows in the order they came. Columns have the names of the fields, but for a dispensing's own id.

Example: `seen_of(connection.execute(select(PRESCRIPTIONS)).one())`
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Table,
    Text,
    and_,
)

from dpr.core.backreg import State
from dpr.core.errors import StorageError
from dpr.ports import DispensingRow, QueueRow, Seen

METADATA = MetaData()
_BIG = BigInteger().with_variant(Integer(), "sqlite")
_FLAG = Boolean().with_variant(Integer(), "sqlite")

PRESCRIPTIONS = Table(
    "prescriptions",
    METADATA,
    Column("id", _BIG, primary_key=True),
    Column("prescription_id", LargeBinary),
    Column("document", LargeBinary),
    Column("credential", LargeBinary),
    Column("items", _BIG),
    Column("received_at", _BIG),
    Column("path", Text),
    Column("clock", Text),
    Column("proven_at", _BIG),
    Column("proof", LargeBinary),
)
DISPENSINGS = Table(
    "dispensings",
    METADATA,
    Column("id", _BIG, primary_key=True),
    Column("dispensing_id", LargeBinary),
    Column("prescription_id", LargeBinary),
    Column("item", _BIG),
    Column("number", _BIG),
    Column("handed_over_at", _BIG),
    Column("document", LargeBinary),
)
QUEUE = Table(
    "queue",
    METADATA,
    Column("id", _BIG, primary_key=True),
    Column("prescription_id", LargeBinary),
    Column("item", _BIG),
    Column("number", _BIG),
    Column("state", Text),
    Column("attempts", _BIG),
    Column("not_before", _BIG),
    Column("register_id", Text),
    Column("words", Text),
    Column("was_silent", _FLAG),
    Column("confirmed", _FLAG),
    Column("not_a_twin", _FLAG),
)


def is_row(table: Table, prescription_id: bytes, item: int, number: int) -> ColumnElement[bool]:
    """The row of DISPENSINGS or QUEUE with this key."""
    return and_(table.c.prescription_id == prescription_id, table.c.item == item, table.c.number == number)


def is_item(table: Table, prescription_id: bytes, item: int) -> ColumnElement[bool]:
    """The rows of DISPENSINGS or QUEUE of one item."""
    return and_(table.c.prescription_id == prescription_id, table.c.item == item)


def queued(prescription_id: bytes, item: int, number: int) -> dict[str, Any]:
    """A new row of QUEUE."""
    return queue_values(QueueRow(prescription_id=prescription_id, item=item, number=number, state=State.QUEUED))


def queue_values(row: QueueRow) -> dict[str, Any]:
    """A row of QUEUE."""
    return {**msgspec.structs.asdict(row), "state": row.state.value}


def dispensing_values(row: DispensingRow) -> dict[str, Any]:
    """A row of DISPENSINGS."""
    values = msgspec.structs.asdict(row)
    values["dispensing_id"] = values.pop("id")
    return values


def seen_of(row: Row[*tuple[Any, ...]]) -> Seen:
    """From a row of PRESCRIPTIONS."""
    return Seen(**{name: getattr(row, name) for name in Seen.__struct_fields__})


def dispensing_of(row: Row[*tuple[Any, ...]]) -> DispensingRow:
    """From a row of DISPENSINGS."""
    values = {name: getattr(row, name) for name in DispensingRow.__struct_fields__}
    return DispensingRow(**{**values, "id": row.dispensing_id})


def queue_row_of(row: Row[*tuple[Any, ...]]) -> QueueRow:
    """From a row of QUEUE. StorageError `ledger_damaged` for a state that there is not."""
    values = {name: getattr(row, name) for name in QueueRow.__struct_fields__}
    try:
        values["state"] = State(row.state)
    except ValueError as error:
        raise StorageError("ledger_damaged", "unknown state of a queue row") from error
    return QueueRow(**{**values, "was_silent": bool(row.was_silent), "confirmed": bool(row.confirmed)})
