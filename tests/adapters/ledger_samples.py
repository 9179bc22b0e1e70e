"""Rows and versions for the tests of the ledger: made up, with documents that are no more than bytes to it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from dpr.adapters import ledger_upgrade
from dpr.core.dispensing import dispensing_id
from dpr.core.errors import StorageError
from dpr.ports import DispensingRow, Ledger, Seen

NOW = 1_795_000_000
#: Dumps of what the program of each version left, all with the same content.
VERSIONS = Path(__file__).parent / "ledger_versions"

MIGRATION = """
import os, signal
import sqlalchemy as sa
from alembic import op
revision, down_revision = "{number}", "{before}"
def upgrade():
    {body}
"""


def an_id(name: int | str) -> bytes:
    """16 bytes that are always the same for a name."""
    return hashlib.sha256(str(name).encode()).digest()[:16]


def a_prescription(name: int | str = "a", *, items: int = 1, document: bytes | None = None, path: str = "qr") -> Seen:
    return Seen(
        prescription_id=an_id(name),
        document=document if document is not None else b"document " + str(name).encode(),
        credential=b"credential",
        items=items,
        received_at=NOW,
        path=path,
    )


def a_dispensing(name: int | str = "a", *, item: int = 1, number: int = 1, by: str = "counter 1") -> DispensingRow:
    return DispensingRow(
        id=dispensing_id(an_id(name), gln="7350000000009", item=item, number=number),
        prescription_id=an_id(name),
        item=item,
        number=number,
        handed_over_at=NOW + number,
        document=f"dispensing {name} {item} {number} {by}".encode(),
    )


def everything(ledger: Ledger) -> tuple[Any, ...]:
    """All that the ledger holds, in its order, by every way of asking for it."""
    prescriptions, dispensings, queue = ledger.prescriptions(), ledger.dispensings(), ledger.queue()
    return (
        [*prescriptions],
        [*dispensings],
        [*queue],
        [ledger.prescription(seen.prescription_id) for seen in prescriptions],
        [ledger.dispensing(row.prescription_id, row.item, row.number) for row in dispensings],
        [ledger.queue_row(row.prescription_id, row.item, row.number) for row in queue],
        [ledger.history(row.prescription_id, row.item) for row in queue if row.number == 0],
    )


def outcome(action: Callable[[], Any]) -> Any:
    """What an action returns, or the code of the StorageError it ends in, or the name of a misuse."""
    try:
        return action()
    except StorageError as error:
        return error.code
    except (KeyError, TypeError) as error:
        return type(error).__name__


def numbers() -> list[str]:
    """The numbers of the migrations that this program knows."""
    return sorted(file.name[:4] for file in ledger_upgrade.LEDGER.migrations.glob("[0-9]*.py"))


def of_version(path: Path, dump: Path) -> None:
    """A file as the program of that version left it."""
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(dump.read_text())
        raw.execute("PRAGMA journal_mode = WAL")


def write_next_versions(directory: Path, *bodies: str) -> None:
    """Today's migrations in `directory`, and after them one with each body (one line of Python)."""
    directory.mkdir(exist_ok=True)
    for file in ledger_upgrade.LEDGER.migrations.glob("[0-9]*.py"):
        (directory / file.name).write_text(file.read_text())
    last = int(numbers()[-1])
    for count, body in enumerate(bodies, start=last + 1):
        text = MIGRATION.format(number=f"{count:04}", before=f"{count - 1:04}", body=body)
        (directory / f"{count:04}_next.py").write_text(text)
