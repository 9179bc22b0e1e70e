"""The product file at a site: one SQLite file, made whole by dpr.adapters.products_import and never changed after.

Rules: a file in use is read-only and immutable; whoever holds one open keeps seeing the products it had (`replaced` tells
that a newer one lies there). A code is looked up exactly, the strongest first: NPL package id, varunummer, NPL id. Where
a code stands for several packages (an NPL id, or a varunummer shared by parallel imports) the answer holds what they have
in common: a text on which they differ is "", a control class on which they differ is unknown, so counts as the strictest.

Example: `ProductFile.open(path).find(npl_pack_id="20900115100014")`
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self
from unicodedata import normalize

import msgspec
from sqlalchemy import Column, Index, Integer, MetaData, StaticPool, Table, Text, create_engine, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from dpr.adapters.products_mapping import CODE_FIELDS, FIELDS
from dpr.core.errors import StorageError
from dpr.core.prescription import Item
from dpr.core.products import ControlClass, Product

FORMAT_VERSION = 1
SEARCH_LIMIT = 200

METADATA = MetaData()
META = Table("meta", METADATA, Column("format_version", Integer, nullable=False), Column("about", Text, nullable=False))
#: In the order of their names, so that a search need not sort. `words` (FTS5, same ids) is made by the import.
PRODUCTS = Table(
    "products",
    METADATA,
    Column("id", Integer, primary_key=True),
    *[Column(name, Text, nullable=False) for name in FIELDS],
    Column("control_class", Integer),
)
INDEXES = [
    Index(f"products_{name}", PRODUCTS.c[name], sqlite_where=PRODUCTS.c[name] != "", unique=name == "npl_pack_id")
    for name in CODE_FIELDS
]

_COLUMNS = ", ".join([*FIELDS, "control_class"])
_BY_CODE = {
    name: f"SELECT {_COLUMNS} FROM products WHERE {name} = ? AND {name} <> ''"  # noqa: S608
    for name in CODE_FIELDS
}
_SEARCH = (
    f"SELECT {_COLUMNS} FROM products WHERE id IN"  # noqa: S608
    " (SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid LIMIT ?) ORDER BY id"
)
_WORD = re.compile(r"[^\W_]+")
_CLASSES: dict[int | None, ControlClass | None] = {None: None, **{int(member): member for member in ControlClass}}


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Where the products come from: file name and SHA-256 of the source, the mapping, when it was imported, how many."""

    source: str
    sha256: str
    mapping: str
    imported_at: datetime
    rows: int
    unknown_control_class: int


class ProductFile:
    """An open product file; safe to use from several threads. Every method may raise StorageError."""

    def __init__(self, path: Path, connection: Connection, about: About) -> None:
        self.about = about
        self._path, self._connection, self._lock = path, connection, Lock()
        self._identity = _identity(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """The product file at `path`, after a check of its structure.

        StorageError: `products_file_missing`, `products_file_broken` (torn, or no product file), `products_file_newer`.
        """
        engine = create_engine("sqlite://", creator=lambda: _connect(path), poolclass=StaticPool)
        try:
            if not path.is_file():
                raise StorageError("products_file_missing", path.name)
            connection = engine.connect()
            version = connection.execute(select(META.c.format_version)).scalar_one()
            if isinstance(version, int) and version > FORMAT_VERSION:
                detail = f"{path.name} has format {version}, this program knows {FORMAT_VERSION}"
                raise StorageError("products_file_newer", detail)
            whole = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one() == "ok"
            if version != FORMAT_VERSION or not whole:
                raise _broken(path)
            about = msgspec.json.decode(connection.execute(select(META.c.about)).scalar_one(), type=About)
            return cls(path, connection, about)
        except StorageError:
            engine.dispose()
            raise
        except (SQLAlchemyError, sqlite3.Error, msgspec.MsgspecError, OSError, TypeError, ValueError) as error:
            engine.dispose()
            raise _broken(path) from error

    def find(self, *, npl_pack_id: str = "", npl_id: str = "", varunummer: str = "") -> Product | None:
        """The product of the strongest code that the file knows, or None. See the rules for codes of several packages."""
        for name, code in (("npl_pack_id", npl_pack_id), ("varunummer", varunummer), ("npl_id", npl_id)):
            if code and code.isascii():
                products = self._products(_BY_CODE[name], (code,))
                if products:
                    return products[0] if len(products) == 1 and name != "npl_id" else _common(products, name)
        return None

    def product_of(self, item: Item) -> Product | None:
        """The product of a prescribed item (dpr.ports.Catalogue)."""
        return self.find(npl_pack_id=item.npl_pack_id or "", npl_id=item.npl_id or "", varunummer=item.varunummer or "")

    def search(self, text: str, limit: int = 20) -> list[Product]:
        """The packages whose name, strength and form have, for each word of `text`, a word that begins so; by name.

        Upper and lower case and diacritics are alike. At most `limit` (1 to 200); no words, no packages.
        """
        words = _WORD.findall(normalize("NFC", text[:200]))
        if not words or limit < 1:
            return []
        query = " ".join(f'"{word}"*' for word in words)
        return self._products(_SEARCH, (query, min(limit, SEARCH_LIMIT)))

    def replaced(self) -> bool:
        """True when another file lies at the path than the one that is open: an import was made since."""
        return _identity(self._path) != self._identity

    def close(self) -> None:
        """Ends the use of the file."""
        self._connection.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _products(self, statement: str, values: tuple[Any, ...]) -> list[Product]:
        try:
            with self._lock:
                rows = self._connection.exec_driver_sql(statement, values).fetchall()
            return [_product(row) for row in rows]
        except (SQLAlchemyError, sqlite3.Error, KeyError, TypeError) as error:
            raise _broken(self._path) from error


def _connect(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None, cached_statements=16)


def _product(row: Sequence[Any]) -> Product:
    pack_id, npl_id, varunummer, atc, name, form, strength, pack, control_class = row
    return Product(
        npl_pack_id=pack_id,
        npl_id=npl_id,
        varunummer=varunummer,
        atc=atc,
        name=name,
        form=form,
        strength=strength,
        pack=pack,
        control_class=_CLASSES[control_class],
    )


def _common(products: list[Product], code_field: str) -> Product:
    """What holds for all `products`; for an NPL id, which names no package, nothing that belongs to a package."""
    first = products[0]
    fields = [name for name in FIELDS if code_field != "npl_id" or name not in ("npl_pack_id", "varunummer", "pack")]
    shared = {name: getattr(first, name) for name in fields if len({getattr(p, name) for p in products}) == 1}
    classes = {product.control_class for product in products}
    return Product(**{"name": "", **shared}, control_class=first.control_class if len(classes) == 1 else None)


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _broken(path: Path) -> StorageError:
    return StorageError("products_file_broken", path.name)
