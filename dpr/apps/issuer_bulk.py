"""Credentials for many at once: from a table of people and a folder of requests, and renewals.

Rules: nothing is issued where any line is faulty, unless those are skipped; what is issued is on the disk, record first, file
then, some hundred at a time. So a run that was broken off is run again: who has a credential already is passed over, and a file
that is missing is written again, under the same index. Two lines with one key are both faulty.

Example: `issue_all(issuer, Path("people.csv"), requests, out, days=90, now=now)`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from dpr.adapters import many_files
from dpr.apps import key_requests, people_csv
from dpr.apps.issuer_entries import Entries, Given, Validity
from dpr.apps.issuer_folder import DAY, IssuerFolder, validity
from dpr.apps.issuer_vouching import Wanted, hex_of, text_of, vouching_fault
from dpr.core import documents
from dpr.core.days import LATEST
from dpr.core.errors import DprError, InputError, Problem
from dpr.core.keys import PublicKey

OWN_COLUMNS = ("request",)
_AT_ONCE = 1000
#: What ended longer ago was let end; it is not renewed by itself.
ENDED_DAYS = 30
Progress = Callable[[int, int], None]
T = TypeVar("T")


class Line(NamedTuple):
    """A line of the table without faults."""

    number: int
    wanted: Wanted


class Done(NamedTuple):
    """One credential: its entry, and the line that asked for it (0 for a renewal)."""

    line: int
    given: Given


class Report(NamedTuple):
    """What was done: `issued` with a fresh validity, `again` where just the file was missing, `held` lines of those who had
    theirs, and the faults of the lines that were skipped."""

    issued: list[Done]
    again: list[Done]
    held: list[int]
    problems: list[Problem]


def issue_all(
    issuer: IssuerFolder,
    table: Path,
    requests: Path,
    out: Path,
    *,
    days: int,
    skip_faulty: bool = False,
    progress: Progress = lambda _done, _total: None,
    now: datetime,
) -> Report:
    """A credential for each line of `table` (dpr.apps.people_csv, and `request`: a file in `requests`), into `out`.

    InputError `people_invalid` with every fault; SetupError, StorageError as `IssuerFolder.issue`.
    """
    people, at = people_csv.read(table, own=OWN_COLUMNS), int(now.timestamp())
    lines, problems = _checked(issuer, people, requests, progress)
    if problems and not skip_faulty:
        problems.sort(key=_line_number)
        faulty = len({_line_number(one) for one in problems})
        raise InputError("people_invalid", tuple(problems), f"{faulty} lines with faults")
    report = Report([], [], [], problems)
    with issuer.records.reading() as entries:
        entries.check()
    total, done = 2 * len(people.rows), len(people.rows)
    for chunk in _chunks(lines, _AT_ONCE):
        _issue_chunk(issuer, chunk, out, validity(days, at), at, report)
        done += len(chunk)
        progress(done, total)
    report.problems.sort(key=_line_number)
    return report


def _issue_chunk(issuer: IssuerFolder, chunk: Sequence[Line], out: Path, until: Validity, at: int, report: Report) -> None:
    """Some lines: the record, then the files, then that they are written."""
    issued, again = [], []
    with issuer.records.changing() as entries:
        for number, wanted in chunk:
            held = entries.of_holder(wanted.id, hex_of(wanted.key), text_of(wanted.holder))
            if code := vouching_fault(entries, wanted):  # another command was faster
                report.problems.append(people_csv.fault(code, number, "request", expected="a key of one person, in force"))
            elif held is None:
                issued.append(Done(number, issuer.vouch(entries, wanted, until, at)))
            elif held.delivered:
                report.held.append(number)
            else:
                again.append(Done(number, held))
        signed = _signed(issuer, [*issued, *again])
    _deliver(issuer, out, signed)
    report.issued.extend(issued)
    report.again.extend(again)


def renew(
    issuer: IssuerFolder,
    out: Path,
    *,
    until: Validity,
    within_days: int,
    everybody: bool = False,
    progress: Progress = lambda _done, _total: None,
    now: datetime,
) -> Report:
    """Another validity for all that end before it and within some days, or not long since; into `out`, with what an earlier
    run could not write. Never for what is revoked, suspended, or replaced by a credential with other details of the same key.
    `everybody`: also those that end later, which keep their end: they are signed anew, by the issuer's new key.
    """
    at = int(now.timestamp())
    in_force, due = "status = 0 AND superseded = 0", "valid_until >= ? AND valid_until <= ? AND valid_until < ?"
    latest = (LATEST, LATEST + 1) if everybody else (at + within_days * DAY, until.valid_until)
    instants = (at - ENDED_DAYS * DAY, *latest)
    report = Report([], [], [], [])
    with issuer.records.reading() as entries:
        entries.check()
        indexes = [one.index for one in entries.where(f"{in_force} AND (({due}) OR delivered = 0)", *instants)]
    done = 0
    for chunk in _chunks(indexes, _AT_ONCE):
        issued, again = [], []
        with issuer.records.changing() as entries:
            for index in chunk:
                held = entries.first(f'"index" = ? AND {in_force}', index)  # revoked since?
                if held is None:
                    continue
                if entries.first(f'"index" = ? AND {due}', index, *instants):
                    issued.append(Done(0, entries.renew(held, _later(held, until), at)))
                elif not held.delivered:
                    again.append(Done(0, held))
            signed = _signed(issuer, [*issued, *again])
        _deliver(issuer, out, signed)
        report.issued.extend(issued)
        report.again.extend(again)
        done += len(chunk)
        progress(done, len(indexes))
    return report


def _later(held: Given, until: Validity) -> Validity:
    """A renewal never makes a validity shorter."""
    if held.valid_until > until.valid_until:
        return Validity(until.valid_from, held.valid_until, held.planned_outage)
    return until


def _signed(issuer: IssuerFolder, all_done: Sequence[Done]) -> dict[int, tuple[str, bytes]]:
    """Index → file name and document."""
    kind, signer = documents.CREDENTIAL_KIND, issuer.signer
    return {given.index: (file_of(given), documents.sign(kind, issuer.credential(given), signer)) for _, given in all_done}


def _deliver(issuer: IssuerFolder, out: Path, signed: dict[int, tuple[str, bytes]]) -> None:
    if signed:
        many_files.write_all(out, dict(signed.values()))
        with issuer.records.changing() as entries:
            entries.delivered(signed)


def file_of(given: Given) -> str:
    """What the file of an entry is called."""
    return f"{given.name}.cbor"


def _checked(
    issuer: IssuerFolder, people: people_csv.People, requests: Path, progress: Progress
) -> tuple[list[Line], list[Problem]]:
    """The lines that may have a credential, and the faults of all others."""
    found: list[tuple[people_csv.Row, PublicKey | None, list[Problem]]] = []
    for number, row in enumerate(people.rows, 1):
        scope = issuer.issuer.scope_fault(row.holder) if row.holder is not None else None
        problems = [*row.problems, *people_csv.holder_problems(row.line, [scope] if scope else [])]
        found.append((row, _key(requests, row, problems), problems))
        if number % _AT_ONCE == 0:
            progress(number, 2 * len(people.rows))
    places: dict[PublicKey, list[int]] = {}
    for row, key, _ in found:
        if key is not None:
            places.setdefault(key, []).append(row.line)
    lines, faulty = [], list(people.problems)
    with issuer.records.reading() as entries:
        for row, key, problems in found:
            if key is not None:
                problems.extend(_twice(row.line, places[key]))
            if key is not None and row.holder is not None:
                wanted = Wanted(key, row.holder, _name(row.own["request"]))
                problems.extend(_refused(entries, row.line, wanted))
                if not problems:
                    lines.append(Line(row.line, wanted))
            faulty.extend(problems)
    return lines, faulty


def _twice(line: int, places: list[int]) -> list[Problem]:
    """Which of two lines has the right key, nobody here can know."""
    others = [place for place in places if place != line]
    wrong = f"the key of line {others[0]}" if others else ""
    return [people_csv.fault("key_twice", line, "request", wrong=wrong, expected="one line for a key")] if others else []


def _refused(entries: Entries, line: int, wanted: Wanted) -> list[Problem]:
    code = vouching_fault(entries, wanted)
    return [people_csv.fault(code, line, "request", expected="a key of this person's own, in force")] if code else []


def _key(requests: Path, row: people_csv.Row, problems: list[Problem]) -> PublicKey | None:
    name = row.own["request"]
    if not name:
        return None
    if Path(name).name != name or name.startswith("."):
        expected = "the name of a file in the folder of requests, without a path"
        problems.append(people_csv.fault("request_name", row.line, "request", expected=expected))
        return None
    try:
        return key_requests.read(requests / name)
    except DprError as error:
        expected = "a request that dpr key new made, whole and unchanged"
        problems.append(people_csv.fault(error.code, row.line, "request", expected=expected))
        return None


def _name(request: str) -> str:
    return request.removesuffix(".request").removesuffix(".pem")


def _line_number(problem: Problem) -> int:
    return int(problem.path.partition(",")[0].removeprefix("line "))


def _chunks(values: Sequence[T], size: int) -> Iterator[list[T]]:
    waiting = iter(values)
    while chunk := list(islice(waiting, size)):
        yield chunk
