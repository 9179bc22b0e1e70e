"""Importing a product table (dpr.adapters.products_csv) as the product file of a site.

Rules: the new file is built beside the one in force, opened and checked, and put in its place in one step (fsync and
rename). After any failure, a kill or a power cut the old file is in force, whole. A killed import may leave a hidden file
`.<name>.….new` behind, which may be deleted.

Example: `import_products(Path("products.csv"), Path("products.db"), mapping=None, imported_at=clock.now())`
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec
from sqlalchemy import NullPool, create_engine, insert
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateTable

from dpr.adapters.products_csv import Reading
from dpr.adapters.products_file import FORMAT_VERSION, INDEXES, META, PRODUCTS, About, ProductFile
from dpr.adapters.products_mapping import DOCUMENTED, FIELDS, load
from dpr.core.errors import Problem, StorageError

_BATCH_ROWS = 2_000
_COLUMNS = ", ".join([*FIELDS, "control_class"])
_INSERT = f"INSERT INTO incoming ({_COLUMNS}) VALUES ({', '.join('?' * (len(FIELDS) + 1))})"  # noqa: S608
_SORTED = (
    f"INSERT INTO products ({_COLUMNS}) SELECT {_COLUMNS} FROM incoming"  # noqa: S608
    " ORDER BY name COLLATE NOCASE, strength, form, pack, npl_pack_id, varunummer, npl_id"
)
_WORDS = "CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='unicode61 remove_diacritics 2')"
_FILL_WORDS = "INSERT INTO words (rowid, text) SELECT id, name || ' ' || strength || ' ' || form FROM products"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, in rows. `skipped`: faulty rows left out (lenient mappings only), 100 of them in `problems`."""

    about: About
    rows: int
    blank: int
    repeated: int
    skipped: int
    unknown_control_class: int
    problems: tuple[Problem, ...]


def import_products(
    source: Path,
    target: Path,
    *,
    mapping: str | None,
    imported_at: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Makes `target` the product file with the packages of `source`.

    `mapping`: None for the documented CSV, or what `products_mapping.load` takes ("vara", or a path). `imported_at`:
    with time zone. `progress(done_bytes, total_bytes)`: called now and then, and at the end.
    InputError `products_invalid` or `products_mapping_invalid` with every problem; StorageError
    `products_source_unreadable` or `products_file_not_written`. After any error `target` is what it was.
    """
    rules = load(mapping) if mapping is not None else DOCUMENTED
    try:
        file = source.open("rb")
        total_bytes = os.fstat(file.fileno()).st_size
    except (OSError, ValueError) as error:
        raise _unreadable(source, error) from error
    with file, _beside(target) as new:
        reading = Reading(file, rules, (lambda done: progress(done, total_bytes)) if progress else None)
        _write_packages(new, _rows(reading, source))
        about = About(
            source=source.name,
            sha256=reading.sha256,
            mapping=mapping or "",
            imported_at=imported_at.astimezone(UTC),
            rows=reading.rows,
            unknown_control_class=reading.unknown_control_class,
        )
        _write_about(new, about)
        ProductFile.open(new).close()
        _put_in_place(new, target)
    if progress:
        progress(reading.done_bytes, reading.done_bytes)
    return Report(
        about=about,
        rows=reading.rows,
        blank=reading.blank,
        repeated=reading.repeated,
        skipped=reading.skipped,
        unknown_control_class=reading.unknown_control_class,
        problems=tuple(reading.problems),
    )


def _rows(reading: Reading, source: Path) -> Iterator[tuple[str | int | None, ...]]:
    try:
        for product in reading:
            control_class = product.control_class
            yield (*[getattr(product, name) for name in FIELDS], None if control_class is None else int(control_class))
    except OSError as error:
        raise _unreadable(source, error) from error


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A new empty file in the directory of `target`, gone at the end unless it was put in place."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".new", dir=target.absolute().parent)
        os.close(handle)
    except (OSError, ValueError) as error:
        raise _not_written(target, error) from error
    try:
        yield Path(name)
    except (OSError, SQLAlchemyError, sqlite3.Error) as error:
        raise _not_written(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            Path(name).unlink(missing_ok=True)


@contextlib.contextmanager
def _writing(new: Path) -> Iterator[Connection]:
    # No journal and no fsync while building: the file counts only after it is whole, synced and renamed.
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(new), poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = OFF")
        connection.exec_driver_sql("PRAGMA synchronous = OFF")
        yield connection
        connection.commit()


def _write_packages(new: Path, rows: Iterator[tuple[str | int | None, ...]]) -> None:
    with _writing(new) as connection:
        connection.execute(CreateTable(META))
        connection.execute(CreateTable(PRODUCTS))
        connection.exec_driver_sql(f"CREATE TEMP TABLE incoming ({_COLUMNS})")
        while batch := list(islice(rows, _BATCH_ROWS)):
            connection.exec_driver_sql(_INSERT, batch)
        connection.exec_driver_sql(_SORTED)
        for index in INDEXES:
            index.create(connection)
        connection.exec_driver_sql(_WORDS)
        connection.exec_driver_sql(_FILL_WORDS)


def _write_about(new: Path, about: About) -> None:
    with _writing(new) as connection:
        values = {"format_version": FORMAT_VERSION, "about": msgspec.json.encode(about).decode()}
        connection.execute(insert(META).values(values))


def _put_in_place(new: Path, target: Path) -> None:
    new.chmod(0o644)
    with new.open("rb+") as file:
        os.fsync(file.fileno())
    new.replace(target)
    if hasattr(os, "O_DIRECTORY"):  # elsewhere a directory cannot be opened, and the rename is durable by itself
        directory = os.open(target.absolute().parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _reason(error: Exception) -> str:
    """Why, without a path: the operating system's or SQLite's words."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(getattr(error, "orig", None) or type(error).__name__)


def _unreadable(source: Path, error: Exception) -> StorageError:
    return StorageError("products_source_unreadable", f"{source.name}: {_reason(error)}")


def _not_written(target: Path, error: Exception) -> StorageError:
    return StorageError("products_file_not_written", f"{target.name}: {_reason(error)}")
