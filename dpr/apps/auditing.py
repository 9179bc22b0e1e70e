"""An audit: many documents judged again, from files, folders or the ledger.

Rules: nothing is changed, nothing is left out in silence, and nothing stops at a bad document: what cannot be read, be it a
code, a file or a folder, is a line of the audit like any other.
A document of the ledger is judged as of when it was received, by what the site knows today: lists that came later count
as fresh then, and so does a revocation that came later. Files are read as they are needed.

Example: `for line in audited(from_files(paths), trust, now, policy=policy): print(line.name, line.judged.code)`
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from dpr.adapters import files
from dpr.adapters.verify_many import Given, Judged, verify_many
from dpr.apps.pasted import pieces_of, typed_text
from dpr.core import days, documents
from dpr.core.errors import DprError, SetupError
from dpr.core.policy import Policy
from dpr.core.qr import Part
from dpr.core.qr_parts import Gathering
from dpr.core.trust import Trust
from dpr.ports import Seen

_SUFFIXES = (".cbor", ".txt")
#: How the frames of documents begin in CBOR: a code never does.
_DOCUMENT_BEGINS = (b"\xd2", b"\xd8")
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

    @property
    def unread(self) -> bool:
        """Is it of a file or folder that could not be read, so that nobody knows what stands there?"""
        return self.judged.code.startswith("file_")


def files_of(paths: Sequence[Path]) -> list[Path]:
    """The files, and what in the folders is called a document (.cbor) or QR texts (.txt), by name; with them what cannot be
    read, such as a folder that may not be listed, for `from_files` to name. Links to folders are not followed. SetupError
    `file_missing` where a path is not there, `audit_nothing_found` where there are none at all."""
    found: list[Path] = []
    for path in paths:
        try:
            os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            raise SetupError("file_missing", str(path)) from None
        except OSError:
            found.append(path)  # it is there, for all that may be seen
            continue
        found += _in_folder(path) if os.path.isdir(path) else [path]  # noqa: PTH112 (Path.is_dir may raise)
    if not found:
        raise SetupError("audit_nothing_found", ", ".join(map(str, paths)))
    return found


def _in_folder(top: Path) -> list[Path]:
    unlisted: list[OSError] = []
    found = [
        Path(folder, name)
        for folder, folders, names in os.walk(top, onerror=unlisted.append)
        for name in (*folders, *names)
        if Path(name).suffix.lower() in _SUFFIXES
    ]
    return sorted({*found, *(Path(error.filename or top) for error in unlisted)})


def from_files(paths: Iterable[Path]) -> Iterator[Entry]:
    """What stands in each file: a document, or QR texts, one or many. What is no file is never opened: a pipe would wait."""
    for path in paths:
        if not _is_file(path):
            yield Entry(str(path), b"", fault="file_unreadable")
            continue
        try:
            data = files.read(path, limit=_FILE_LIMIT)
        except DprError as error:
            yield Entry(str(path), b"", fault=error.code)
            continue
        text = _text_in(data)
        if text is not None:
            yield from _from_text(str(path), text)
        elif len(data) > documents.MAX_DOCUMENT_BYTES:
            yield Entry(str(path), data, fault="document_too_large")
        else:
            yield Entry(str(path), data)


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _text_in(data: bytes) -> str | None:
    """The text, also where a line of it is in another encoding: codes are digits in all of them."""
    if data[:1] in _DOCUMENT_BEGINS:
        return None
    text = typed_text(data, limit=_FILE_LIMIT)
    if text is None and b"\0" not in data[:1000] and data[:5] != b"%PDF-" and b"DPR1" in data.upper():
        return data.decode("utf-8-sig", "replace")
    return text


def _from_text(name: str, text: str) -> Iterator[Entry]:
    gathering = Gathering()
    done: set[Part] = set()
    for number, piece in enumerate(pieces_of(text), 1):
        try:
            gathering = gathering.add(piece)
        except DprError as error:
            yield Entry(f"{name}:{number}", piece.encode("utf-8", "surrogatepass"), fault=error.code)
        for document in gathering.documents:
            yield Entry(f"{name}:{number}", document)
        # What is whole makes room for more; a code of it that comes again begins no other.
        done.update(part for parts in gathering.sets if len(parts) == parts[0].total for part in parts)
        gathering = Gathering(sets=tuple(parts for parts in gathering.sets if not done.issuperset(parts)))
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
    catalogue_path: Path | None = None,
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

    for judged in verify_many(readable(), trust, now, policy=policy, catalogue_path=catalogue_path, workers=workers):
        yield from _unreadable(waiting)
        yield Line(waiting.popleft()[0], judged)
    yield from _unreadable(waiting)


def _unreadable(waiting: deque[tuple[str, Judged | None]]) -> Iterator[Line]:
    """Those at the front that there was nothing to judge of."""
    while waiting and (judged := waiting[0][1]) is not None:
        yield Line(waiting.popleft()[0], judged)
