"""The authority's table (CSV) of recipients: one line each, read as the address book's own table reads it.

Rules: as any table (dpr.apps.table_csv). `queue` is a pharmacy's GLN, or a node's `key:…`; `endpoints` are `network address`,
the first to try first, with `|` between them. In production an address is `https://`. The key stands not here: it comes in a
document that the recipient has signed (dpr.apps.authority_book).

Example: `read(Path("recipients.csv"), Environment.TEST).rows[0].entry.queue`
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dpr.apps import table_csv
from dpr.apps.table_csv import fault
from dpr.core.errors import Problem
from dpr.core.mail.address_book import ENTRY, Entry
from dpr.core.mail.directory import queue_of
from dpr.core.trust_list import Environment

NEEDED = ("queue", "name", "place", "organisation", "endpoints")
COLUMNS = (*NEEDED, "sdk_organisation", "sdk_function")
_CODES = {
    "invalid": "book_invalid",
    "column": "book_column",
    "line": "book_line",
    "columns": "docs/howto-authority.md",
}
_COLUMN_OF_MEMBER = {"endpoints": "endpoints", "sdk.organisation": "sdk_organisation", "sdk.functional": "sdk_function"}
_ENDPOINTS = "network and address, as internet https://relay.example | sjunet https://relay.sjunet.example"


class Row(NamedTuple):
    """A line without faults; its entry has no mail key yet."""

    line: int
    entry: Entry


class Recipients(NamedTuple):
    """What a table says: its rows, and every fault."""

    rows: list[Row]
    problems: list[Problem]


def read(path: Path, environment: Environment) -> Recipients:
    """The table in `path`. InputError `book_invalid` for the header or an empty table; SetupError, StorageError."""
    table = table_csv.read(path, needed=NEEDED, known=COLUMNS, codes=_CODES)
    found = Recipients([], table.problems)
    queues: set[str] = set()
    for line, written in table.rows:
        problems: list[Problem] = []
        entry = _entry(line, written, environment, problems)
        if entry is not None and entry.queue in queues:
            problems.append(fault("address_book_queue_twice", line, "queue", expected="one line for a recipient"))
        if entry is not None and not problems:
            queues.add(entry.queue)
            found.rows.append(Row(line, entry))
        found.problems.extend(problems)
    return found


def _entry(line: int, written: dict[str, str], environment: Environment, problems: list[Problem]) -> Entry | None:
    members: dict[str, Any] = {name: written[name] for name in ("name", "place", "organisation") if name in written}
    members["mail_key"] = "00"
    if "queue" in written:
        members["queue"] = queue_of(written["queue"]) or written["queue"]
    if "endpoints" in written:
        members["endpoints"] = _endpoints(line, written["endpoints"], environment, problems)
    sdk = {member: written[column] for member, column in _SDK if column in written}
    if sdk:
        members["sdk"] = sdk
    found: list[Problem] = []
    entry = ENTRY.from_json(members, "$", found)
    if not problems:
        problems += [_of_column(line, one) for one in found]
    return None if problems else entry


_SDK = (("organisation", "sdk_organisation"), ("functional", "sdk_function"))


def _endpoints(line: int, text: str, environment: Environment, problems: list[Problem]) -> Sequence[dict[str, str]]:
    found = []
    for part in text.split("|"):
        words = part.split()
        if len(words) != 2:
            problems.append(fault("book_endpoint", line, "endpoints", expected=_ENDPOINTS))
            continue
        if environment is Environment.PRODUCTION and not words[1].startswith("https://"):
            problems.append(fault("book_endpoint", line, "endpoints", expected="https:// in production"))
        found.append({"network": words[0], "url": words[1]})
    return found


def _of_column(line: int, problem: Problem) -> Problem:
    """A fault of the entry's own table, in the column where it is put right; nothing of the field is repeated."""
    member = problem.path.removeprefix("$.").partition("[")[0]
    wrong = "nothing" if problem.code == "field_missing" else "not valid"
    return fault(problem.code, line, _COLUMN_OF_MEMBER.get(member, member), wrong=wrong, expected=problem.expected)
