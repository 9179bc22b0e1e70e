"""Reading a product table: UTF-8 text, a header, one package a line, `;` or `,` between the fields.

Rules: one pass in bounded memory (a line has at most 64 KiB); a field may stand in double quotes but ends on its line;
empty lines and exact repetitions of a row are left out and counted; every fault is named with line and column, the first
100 of them in full. A faulty header, no rows, and two different rows for one package refuse the file under any mapping.
Other faults refuse it too, unless the mapping is lenient (products_mapping) and at most 1 % of the rows (or 10) have any.

Example: `with path.open("rb") as file: products = list(Reading(file))`
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from dpr.adapters.products_mapping import CODE_FIELDS, DOCUMENTED, Mapping
from dpr.adapters.products_rows import Columns
from dpr.core.errors import InputError, Problem
from dpr.core.products import Product

LINE_LIMIT_BYTES = 65_536
NAMED_PROBLEMS = 100
_PROGRESS_BYTES = 262_144
_BOM = b"\xef\xbb\xbf"


class Reading:
    """One pass over `source` (binary, from its beginning): iterate for the products, then read the counts.

    `rows` yielded, `blank` lines, `repeated` rows, `skipped` faulty rows or lines, rows of `unknown_control_class`,
    `done_bytes`, and the `problems` (at most 100). `progress(done_bytes)` is called every 256 KiB. Raises InputError
    `products_invalid` with every problem at the end of the pass, or at once for the header; the products yielded before
    are then void. OSError of `source` passes through.
    """

    def __init__(self, source: BinaryIO, mapping: Mapping = DOCUMENTED, progress: Callable[[int], None] | None = None) -> None:
        self.rows = self.blank = self.repeated = self.skipped = self.unknown_control_class = self.done_bytes = 0
        self.problems: list[Problem] = []
        self._source, self._mapping, self._progress = source, mapping, progress
        self._digest = hashlib.sha256()
        self._line = self._faults = 0
        self._refuse = False
        self._separator = ";"
        self._columns: Columns | None = None
        self._seen: dict[str, tuple[int, int]] = {}

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes read so far, hexadecimal."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[Product]:
        lines = self._lines()
        columns = self._read_header(next(lines, b""))
        for raw in lines:
            if not raw.strip(b";, \t\r\n"):
                self.blank += 1
                continue
            faults = self._faults
            fields = self._fields(raw)
            product = columns.product(fields) if fields is not None else None
            if product is None or self._faults > faults:
                self.skipped += 1
            elif self._is_new(product):
                self.rows += 1
                self.unknown_control_class += product.control_class is None
                yield product
        if not self.rows and not self._faults:
            self._fault("products_empty", "", "no package", "a header and then one line for each package")
            self._refuse = True
        tolerated = max(10, (self.rows + self.skipped) // 100) if self._mapping.lenient else 0
        if self._refuse or not self.rows or self.skipped > tolerated:
            raise self._refusal()

    def _lines(self) -> Iterator[bytes]:
        """The lines but those that are too long (a fault each); counts, digests and reports what was read."""
        reported, rest_of_long_line = 0, False
        while chunk := self._source.readline(LINE_LIMIT_BYTES):
            self._digest.update(chunk)
            self.done_bytes += len(chunk)
            if self._progress and self.done_bytes - reported >= _PROGRESS_BYTES:
                reported = self.done_bytes
                self._progress(reported)
            ended = chunk.endswith(b"\n")
            if rest_of_long_line:
                rest_of_long_line = not ended
                continue
            self._line += 1
            if ended or len(chunk) < LINE_LIMIT_BYTES:
                yield chunk
                continue
            rest_of_long_line = True
            self.skipped += 1
            self._fault("products_line_too_long", "", "a longer line", f"at most {LINE_LIMIT_BYTES} bytes in a line")

    def _read_header(self, raw: bytes) -> Columns:
        raw = raw.removeprefix(_BOM)
        self._separator = ";" if b";" in raw else ","
        header = self._fields(raw) if not self._faults else None
        if header is None:
            raise self._refusal()
        if header == [""]:
            self._fault("products_empty", "", "no header", "the names of the columns on the first line")
            raise self._refusal()
        self._columns = Columns(header, self._mapping, self._fault)
        if self._faults:
            raise self._refusal()
        return self._columns

    def _fields(self, raw: bytes) -> list[str] | None:
        """The fields of one line, or None after naming its fault."""
        header = self._columns.header if self._columns else []
        try:
            line = raw.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            column = raw[: error.start].count(self._separator.encode())
            name = header[column] if column < len(header) else ""
            expected = "UTF-8: in the spreadsheet program, save as 'CSV UTF-8'"
            self._fault("products_not_utf8", name, f"byte {raw[error.start]:#04x}", expected)
            return None
        if '"' not in line:
            fields = line.split(self._separator)
        else:
            try:
                fields = next(csv.reader([line], delimiter=self._separator, strict=True))
            except csv.Error:
                expected = 'a text in "double quotes" that ends on its line, with "" for a quote in it'
                self._fault("products_quotes", "", "quotes that do not fit", expected)
                return None
        if header and len(fields) != len(header):
            expected = f"{len(header)} as in the header; a text with {self._separator} in it stands in double quotes"
            self._fault("products_row_fields", "", f"{len(fields)} fields", expected)
            return None
        return fields

    def _is_new(self, product: Product) -> bool:
        """False for a repetition. Another content for the same package is a fault under any mapping."""
        field = next(name for name in CODE_FIELDS if getattr(product, name))
        code, content = getattr(product, field), hash(product)
        line, known = self._seen.setdefault(field + code, (self._line, content))
        if line == self._line:
            return True
        if known == content:
            self.repeated += 1
        else:
            self._refuse = True
            expected = f"one row for a package; the other is on line {line}"
            self._fault("products_duplicate", field, f"{code} again, with another content", expected)
        return False

    def _fault(self, code: str, column: str, wrong: str, expected: str) -> None:
        self._faults += 1
        if self._faults <= NAMED_PROBLEMS:
            path = f"line {max(1, self._line)}" + (f", column {column}" if column else "")
            self.problems.append(Problem(path, code, wrong, expected))

    def _refusal(self) -> InputError:
        problems, more = list(self.problems), self._faults - NAMED_PROBLEMS
        if more > 0:
            problems.append(Problem("after these", "products_more", f"{more} more problems", "these corrected first"))
        detail = f"{self._faults} problems, first {problems[0].path}: {problems[0].code}"
        return InputError("products_invalid", tuple(problems), detail)
