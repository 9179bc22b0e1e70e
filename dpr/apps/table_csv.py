"""A table (CSV) that a person made, taken apart: every fault named with line and column.

Rules: UTF-8 text with a header, `;` or `,` between the fields; a field may stand in double quotes but ends on its line; empty
lines are left out. An empty field is absent, an unknown column is a fault. A message never repeats what stands in a field.

Example: `read(path, needed=("name",), known=("name", "place"), codes=codes).rows[0]` → `(2, {"name": "Apoteket Lärkan"})`
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from dpr.adapters import files
from dpr.core.errors import InputError, Problem

_LIMIT = 100_000_000
_LONGEST_LINE = 4000
#: What the faults of one kind of table are called (`invalid`: the whole, `column`: the header, `line`); `columns`: where the
#: columns are described.
Codes = Mapping[str, str]


class Table(NamedTuple):
    """The rows (number of the line, column → what stands there), and the faults of lines that could not be taken apart."""

    rows: list[tuple[int, dict[str, str]]]
    problems: list[Problem]


def read(path: Path, *, needed: Sequence[str], known: Sequence[str], codes: Codes) -> Table:
    """The table in `path`. InputError, by the code `invalid`, for the header or an empty table; SetupError, StorageError as
    dpr.adapters.files."""
    lines = files.read(path, limit=_LIMIT).removeprefix(b"\xef\xbb\xbf").split(b"\n")
    separator = ";" if b";" in lines[0] else ","
    header = _header(lines[0], separator, needed, known, codes)
    rows: list[tuple[int, dict[str, str]]] = []
    problems: list[Problem] = []
    for number, raw in enumerate(lines[1:], 2):
        if raw.strip(b"; ,\t\r"):
            fields = _fields(number, raw, separator, codes, problems)
            if fields is None:
                continue
            if len(fields) == len(header):
                named = {name: field.strip() for name, field in zip(header, fields, strict=True) if field.strip()}
                rows.append((number, named))
                continue
            expected = f"{len(header)} as in the header; a text with {separator} in it stands in double quotes"
            problems.append(fault(codes["line"], number, wrong=f"{len(fields)} fields", expected=expected))
    if not rows and not problems:
        raise InputError(codes["invalid"], (Problem("line 2", codes["invalid"], "nobody", "one line for each"),))
    return Table(rows, problems)


def fault(code: str, line: int, column: str = "", *, wrong: str = "not valid", expected: str) -> Problem:
    """A fault of a line, in the column where it is put right."""
    return Problem(f"line {line}" + (f", column {column}" if column else ""), code, wrong, expected)


def _header(raw: bytes, separator: str, needed: Sequence[str], known: Sequence[str], codes: Codes) -> list[str]:
    found: list[Problem] = []
    header = [name.strip() for name in _fields(1, raw, separator, codes, found) or []]
    expected = f"the columns of {codes['columns']}, once each"
    if missing := [name for name in needed if name not in header]:
        found.append(fault(codes["column"], 1, wrong=f"no column {', '.join(missing)}", expected=expected))
    for place, name in enumerate(header, 1):
        if name not in known or name in header[: place - 1]:
            wrong = "a column twice" if name in known else "an unknown column"
            found.append(fault(codes["column"], 1, str(place), wrong=wrong, expected=expected))
    if found:
        raise InputError(codes["invalid"], tuple(found))
    return header


def _fields(number: int, raw: bytes, separator: str, codes: Codes, problems: list[Problem]) -> list[str] | None:
    """The fields of one line, or None after naming its fault."""
    if len(raw) > _LONGEST_LINE:
        problems.append(fault(codes["line"], number, wrong="a longer line", expected=f"at most {_LONGEST_LINE} bytes"))
        return None
    try:
        text = raw.decode().rstrip("\r")
        return next(csv.reader([text], delimiter=separator, strict=True), [])
    except UnicodeDecodeError:
        expected = "UTF-8: in the spreadsheet program, save as 'CSV UTF-8'"
        problems.append(fault(codes["line"], number, wrong="not UTF-8", expected=expected))
    except csv.Error:
        expected = 'a text in "double quotes" that ends on its line, with "" for a quote in it'
        problems.append(fault(codes["line"], number, wrong="quotes that do not fit", expected=expected))
    return None
