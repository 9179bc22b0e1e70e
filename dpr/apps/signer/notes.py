"""What operators did, on its way into the log, which only the running service writes.

Rules: a command leaves a note in the log's folder, one file each; the service takes it in within seconds, or when it is
started, and removes it. No name and no user: key labels, ids and counts, and the number of the operating system's user.

Example: `leave(folder, now, "disabled", label="rx-0123456789ab")`
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from dpr.adapters import files
from dpr.apps.signer import owned
from dpr.apps.signer.log_lines import FIRST, LINE_BYTES, line_of
from dpr.core.errors import DprError

_LIMIT = 2_000
_PATTERN = "note-*.json"
_OF_A_LINE = {"sequence", "at", "event", "uid", "before"}
_LATEST_SEQUENCE = 10**15


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`at`: when, ISO 8601; `uid`: of the operator; `fields`: what else the line has."""

    event: str
    at: str
    uid: int
    fields: dict[str, str | int]


def leave(folder: Path, at: datetime, event: str, **fields: str | int) -> None:
    """Leaves a note for the log in `folder`. StorageError `file_not_written`."""
    uid = os.getuid() if hasattr(os, "getuid") else -1
    note = Note(event, at.isoformat(), uid, fields)
    name = f"note-{int(at.timestamp() * 1000):014d}-{secrets.token_hex(4)}.json"
    owned.replace(folder / name, msgspec.json.encode(note) + b"\n")


def left(folder: Path) -> Iterator[tuple[Path, Note]]:
    """The notes in a log's folder, the earliest first; one that is torn, or fits no line of the log, stays where it is,
    and is passed over."""
    for path in sorted(folder.glob(_PATTERN)):
        try:
            note = msgspec.json.decode(files.read(path, limit=_LIMIT), type=Note)
            fits = _fits(note)
        except (DprError, ValueError, RecursionError):
            continue
        if fits:
            yield path, note


def _fits(note: Note) -> bool:
    """Does it make one line of the log? ValueError for a time that is none."""
    at = datetime.fromisoformat(note.at).isoformat()
    begin: dict[str, str | int] = {"sequence": _LATEST_SEQUENCE, "at": at, "event": note.event, "uid": note.uid}
    line = line_of(begin | note.fields | {"before": FIRST})
    return not note.fields.keys() & _OF_A_LINE and len(line) <= LINE_BYTES
