"""A table of people (CSV) for whom credentials are wanted: one line each, every fault named with line and column.

Rules: as any table (dpr.apps.table_csv); the columns are COLUMNS and the caller's own. A message never repeats what stands in a
field.

Example: `read(Path("people.csv"), own=("request",)).rows[0].holder`
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dpr.apps import table_csv
from dpr.apps.table_csv import fault as fault
from dpr.core.credential import HOLDER, Holder, holder_faults
from dpr.core.errors import Problem

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
_CODES = {
    "invalid": "people_invalid",
    "column": "people_column",
    "line": "people_line",
    "columns": "docs/howto-region.md",
}


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
    table = table_csv.read(path, needed=("role", "name", *own), known=(*COLUMNS, *own), codes=_CODES)
    return People([_row(number, named, own) for number, named in table.rows], table.problems)


def holder_problems(line: int, codes: Iterable[str]) -> list[Problem]:
    """Faults of a holder by their codes (dpr.core.credential.holder_faults, Issuer.scope_fault)."""
    expected = "what the role needs, within the issuer's scope (issuer.json)"
    return [fault(code, line, COLUMN_OF_CODE.get(code, ""), expected=expected) for code in codes]


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
