"""A table of people (CSV) for whom credentials are wanted: one line each, every fault named with line and column.

Rules: UTF-8 text with a header, `;` or `,` between the fields; a field may stand in double quotes but ends on its line; empty
lines are left out. The columns are COLUMNS and the caller's own; an empty field is absent, an unknown column is a fault. A
message never repeats what stands in a field.

Example: `read(Path("people.csv"), own=("request",)).rows[0].holder`
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dpr.adapters import files
from dpr.core.credential import HOLDER, Holder, holder_faults
from dpr.core.errors import InputError, Problem

#: Column → member of the holder's JSON (dpr.core.credential.HOLDER).
COLUMNS = {
    "role": "role",
    "name": "name",
    "prescriber_code": "prescriber_code",
    "profession": "profession",
    "specialist": "specialist",
    "phone": "phone",
    "workplace_name": "workplace.name",
    "workplace_place": "workplace.place",
    "workplace_code": "workplace.code",
    "workplace_hsa_id": "workplace.hsa_id",
    "gln": "gln",
}
_COLUMN_OF_MEMBER = {member: column for column, member in COLUMNS.items()}
#: The column in which what a code says is put right.
COLUMN_OF_CODE = {
    "holder_profession": "profession",
    "holder_workplace": "workplace_name",
    "holder_prescriber_code": "prescriber_code",
    "holder_gln": "gln",
    "holder_phone": "phone",
    "scope_role": "role",
    "scope_profession": "profession",
    "scope_gln": "gln",
    "scope_organisation": "workplace_hsa_id",
}
_LIMIT = 100_000_000
_LONGEST_LINE = 4000


class Row(NamedTuple):
    """One line that could be taken apart. `own`: the caller's columns; `problems`: what is wrong with it; `holder` None where
    that is in the holder."""

    line: int
    holder: Holder | None
    own: dict[str, str]
    problems: tuple[Problem, ...] = ()


class People(NamedTuple):
    """What a table says: its rows, and the faults of lines that could not be taken apart."""

    rows: list[Row]
    problems: list[Problem]


def read(path: Path, *, own: Sequence[str]) -> People:
    """The table in `path`; `own`: columns besides COLUMNS, all of them needed.

    InputError `people_invalid` for the header or an empty table; SetupError, StorageError as dpr.adapters.files.
    """
    lines = files.read(path, limit=_LIMIT).removeprefix(b"\xef\xbb\xbf").split(b"\n")
    separator = ";" if b";" in lines[0] else ","
    header = _header(lines[0], separator, own)
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, raw in enumerate(lines[1:], 2):
        if raw.strip(b"; ,\t\r"):
            fields = _fields(number, raw, separator, problems)
            if fields is None:
                continue
            if len(fields) == len(header):
                named = {name: field.strip() for name, field in zip(header, fields, strict=True) if field.strip()}
                rows.append(_row(number, named, own))
                continue
            expected = f"{len(header)} as in the header; a text with {separator} in it stands in double quotes"
            problems.append(fault("people_line", number, wrong=f"{len(fields)} fields", expected=expected))
    if not rows and not problems:
        raise InputError("people_invalid", (Problem("line 2", "people_invalid", "nobody", "one line for each person"),))
    return People(rows, problems)


def fault(code: str, line: int, column: str = "", *, wrong: str = "not valid", expected: str) -> Problem:
    """A fault of a line, in the column where it is put right."""
    return Problem(f"line {line}" + (f", column {column}" if column else ""), code, wrong, expected)


def holder_problems(line: int, codes: Iterable[str]) -> list[Problem]:
    """Faults of a holder by their codes (dpr.core.credential.holder_faults, Issuer.scope_fault)."""
    expected = "what the role needs, within the issuer's scope (issuer.json)"
    return [fault(code, line, COLUMN_OF_CODE.get(code, ""), expected=expected) for code in codes]


def _header(raw: bytes, separator: str, own: Sequence[str]) -> list[str]:
    found: list[Problem] = []
    header = [name.strip() for name in _fields(1, raw, separator, found) or []]
    needed, known = ("role", "name", *own), (*COLUMNS, *own)
    expected = "the columns of docs/howto-region.md, once each"
    if missing := [name for name in needed if name not in header]:
        found.append(fault("people_column", 1, wrong=f"no column {', '.join(missing)}", expected=expected))
    for place, name in enumerate(header, 1):
        if name not in known or name in header[: place - 1]:
            wrong = "a column twice" if name in known else "an unknown column"
            found.append(fault("people_column", 1, str(place), wrong=wrong, expected=expected))
    if found:
        raise InputError("people_invalid", tuple(found))
    return header


def _row(number: int, written: dict[str, str], own: Sequence[str]) -> Row:
    missing = [fault("field_missing", number, name, wrong="nothing", expected="a value") for name in own if name not in written]
    found: list[Problem] = []
    holder = HOLDER.from_json(_holder(written), "$", found)
    for one in found:
        column = _COLUMN_OF_MEMBER.get(one.path.removeprefix("$."), "")
        missing.append(fault(one.code, number, column, wrong=_unsaid(one), expected=one.expected))
    codes = holder_faults(holder) if holder is not None else ()
    problems = (*missing, *holder_problems(number, codes))
    return Row(number, holder, {name: written.get(name, "") for name in own}, problems)


def _unsaid(problem: Problem) -> str:
    """What was wrong, but for texts that repeat the field."""
    return "not valid" if problem.wrong.startswith(("'", '"')) else problem.wrong


def _holder(written: dict[str, str]) -> dict[str, Any]:
    """The holder's JSON of a line."""
    holder: dict[str, Any] = {}
    for column, member in COLUMNS.items():
        if column in written:
            group, _, name = member.rpartition(".")
            (holder.setdefault(group, {}) if group else holder)[name] = written[column]
    return holder


def _fields(number: int, raw: bytes, separator: str, problems: list[Problem]) -> list[str] | None:
    """The fields of one line, or None after naming its fault."""
    if len(raw) > _LONGEST_LINE:
        problems.append(fault("people_line", number, wrong="a longer line", expected=f"at most {_LONGEST_LINE} bytes"))
        return None
    try:
        text = raw.decode().rstrip("\r")
        return next(csv.reader([text], delimiter=separator, strict=True), [])
    except UnicodeDecodeError:
        expected = "UTF-8: in the spreadsheet program, save as 'CSV UTF-8'"
        problems.append(fault("people_line", number, wrong="not UTF-8", expected=expected))
    except csv.Error:
        expected = 'a text in "double quotes" that ends on its line, with "" for a quote in it'
        problems.append(fault("people_line", number, wrong="quotes that do not fit", expected=expected))
    return None
