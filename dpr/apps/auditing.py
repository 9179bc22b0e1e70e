"""An audit: many documents judged again, from files, folders or the ledger.

Rules: nothing is changed and nothing stops at a bad document: what cannot be read is a line of the audit like any other.
A document of the ledger is judged as of when it was received, by what the site knows today: lists that came later count
as fresh then, and so does a revocation that came later. Files are read as they are needed.

Example: `for line in audited(from_files(paths), trust, now, policy=policy): print(line.name, line.judged.code)`
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from dpr.adapters import files
from dpr.adapters.verify_many import Given, Judged, verify_many
from dpr.apps.cli.inputs import codes_in, typed_text
from dpr.core import days
from dpr.core.errors import DprError, SetupError
from dpr.core.policy import Policy
from dpr.core.qr_parts import Gathering
from dpr.core.trust import Trust
from dpr.ports import Seen

_SUFFIXES = (".cbor", ".txt")
_FILE_LIMIT = 4 * 1024 * 1024


class Entry(NamedTuple):
    """What is to be judged: a document, or (`fault`, a code) what could not be read; `at`: when it was received."""

    name: str
    content: bytes
    at: datetime | None = None
    fault: str | None = None


class Line(NamedTuple):
    """One line of an audit: the file's name or the prescription's id, and what is said of the document."""

    name: str
    judged: Judged


def files_of(paths: Sequence[Path]) -> list[Path]:
    """The files, and those in the folders that are documents (.cbor) or QR texts (.txt), by name. SetupError `file_missing`
    where a path is not there, `audit_nothing_found` where there are none at all."""
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise SetupError("file_missing", str(path))
        if path.is_dir():
            found += sorted(one for one in path.rglob("*") if one.suffix.lower() in _SUFFIXES and one.is_file())
        else:
            found.append(path)
    if not found:
        raise SetupError("audit_nothing_found", ", ".join(map(str, paths)))
    return found


def from_files(paths: Iterable[Path]) -> Iterator[Entry]:
    """What stands in each file: a document, or QR texts, one or many."""
    for path in paths:
        try:
            data = files.read(path, limit=_FILE_LIMIT)
        except DprError as error:
            yield Entry(str(path), b"", fault=error.code)
            continue
        text = data.decode("utf-8", "replace") if data[:4].upper() == b"DPR1" else typed_text(data)
        if text is None:
            yield Entry(str(path), data)
        else:
            yield from _from_text(str(path), text)


def _from_text(name: str, text: str) -> Iterator[Entry]:
    gathering = Gathering()
    for number, code in enumerate(codes_in(text), 1):
        try:
            gathering = gathering.add(code)
        except DprError as error:
            yield Entry(f"{name}:{number}", code.encode(), fault=error.code)
        for document in gathering.documents:
            yield Entry(f"{name}:{number}", document)
        gathering = gathering._replace(documents=())
    for missing in gathering.missing:
        yield Entry(f"{name}: {missing.mark}", missing.set_id, fault="qr_part_missing")


def from_ledger(seen: Iterable[Seen], *, since: datetime | None = None, until: datetime | None = None) -> list[Entry]:
    """Prescriptions received from `since` on and before `until`."""
    return [
        Entry(one.prescription_id.hex(), one.document, days.at(one.received_at))
        for one in seen
        if (since is None or one.received_at >= since.timestamp()) and (until is None or one.received_at < until.timestamp())
    ]


def audited(
    entries: Iterable[Entry],
    trust: Trust,
    now: datetime,
    *,
    policy: Policy,
    catalogue: Path | None = None,
    workers: int | None = None,
) -> Iterator[Line]:
    """A line for each entry, in order, judged at its own time or at `now`. Errors as `verify_many`."""
    waiting: deque[tuple[str, Judged | None]] = deque()

    def readable() -> Iterator[Given]:
        for entry in entries:
            if entry.fault is not None:
                waiting.append((entry.name, Judged(hashlib.sha256(entry.content).digest(), entry.fault, None, ())))
            else:
                waiting.append((entry.name, None))
                yield entry.content if entry.at is None else (entry.content, entry.at)

    for judged in verify_many(readable(), trust, now, policy=policy, catalogue=catalogue, workers=workers):
        yield from _unreadable(waiting)
        yield Line(waiting.popleft()[0], judged)
    yield from _unreadable(waiting)


def _unreadable(waiting: deque[tuple[str, Judged | None]]) -> Iterator[Line]:
    """Those at the front that there was nothing to judge of."""
    while waiting and (judged := waiting[0][1]) is not None:
        yield Line(waiting.popleft()[0], judged)
