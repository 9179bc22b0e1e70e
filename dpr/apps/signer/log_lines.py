"""The lines of a signing service's log, and whether they are all there.

Rules: a line is one JSON object, written one way, with its number and the SHA-256 of the line before it; a file's first line
has the number that its name says; whatever else stands in a file is a break.

Example: `check(Path("log"), expected=(1204, "9f86d081884c7d65")).signed`
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dpr.core.errors import SetupError, StorageError

LINE_BYTES = 4096
#: What the first line has before it.
FIRST = "0" * 64


class Head(NamedTuple):
    """The end of the log: how many lines there are, and the digest of the last (of no line: zeros)."""

    sequence: int
    digest: str


class Checked(NamedTuple):
    """What `check` found: the first line that is there, the last, and how many signatures between."""

    first: int
    head: Head
    signed: int


def check(folder: Path, *, expected: tuple[int, str] | None = None, begin: int | None = None) -> Checked:
    """Reads the whole log. StorageError `signer_log_broken` with the line where it is not whole; SetupError
    `signer_log_missing`.

    `expected`: number and digest (its beginning does) of a line noted earlier, which must be there: only so are lines found
    missing that were cut off at the end. `begin`: the number that the first line must have: it is 1, until files are archived.
    """
    first, head, signed, seen = 0, Head(0, FIRST), 0, expected is None
    for path in files_in(folder):
        if path.stat().st_size:
            begin_of(path)
        for line in _lines(path):
            written = read_line(line, f"{path.name}, after line {head.sequence}")
            if not first:
                first, head = written["sequence"], Head(written["sequence"] - 1, written["before"])
            if written["sequence"] != head.sequence + 1 or written["before"] != head.digest:
                raise StorageError("signer_log_broken", f"{path.name}, after line {head.sequence}")
            head = Head(written["sequence"], hashlib.sha256(line).hexdigest())
            signed += written["event"] == "signed"
            seen = seen or (expected is not None and _is(head, expected))
    if not first:
        raise SetupError("signer_log_missing", str(folder))
    if begin not in (None, first):
        raise StorageError("signer_log_broken", f"it begins with line {first}")
    if first == 1 and read_line(next(_lines(files_in(folder)[0])), "line 1")["before"] != FIRST:
        raise StorageError("signer_log_broken", "line 1")
    if not seen and expected is not None:
        raise StorageError("signer_log_broken", f"line {expected[0]} is not as it was noted")
    return Checked(first, head, signed)


def _is(head: Head, expected: tuple[int, str]) -> bool:
    return head.sequence == expected[0] and head.digest.startswith(expected[1])


def line_of(fields: Mapping[str, str | int]) -> bytes:
    """A line with its end."""
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def name_of(sequence: int) -> str:
    """The name of the file whose first line has this number."""
    return f"signed-{sequence:012d}.jsonl"


def number_of(path: Path) -> int:
    """The number that a file's name says. StorageError `signer_log_broken` for another name."""
    written = path.stem.partition("-")[2]
    if not (written.isascii() and written.isdigit()):
        raise StorageError("signer_log_broken", path.name)
    return int(written)


def begin_of(path: Path) -> None:
    """StorageError `signer_log_broken` where a file's first line has not the number that its name says."""
    line = next(_lines(path), b"")
    if read_line(line, path.name)["sequence"] != number_of(path):
        raise StorageError("signer_log_broken", f"{path.name}, its first line")


def recent(folder: Path, count: int) -> Iterator[dict[str, Any]]:
    """The last lines of a log, at least `count` where there are as many, in order; torn and altered ones are passed over."""
    found: list[Path] = []
    for path in reversed(files_in(folder)):
        found.insert(0, path)
        if sum(one.stat().st_size for one in found[1:]) > count * LINE_BYTES // 8:
            break
    for path in found:
        for line in _lines(path):
            try:
                yield read_line(line, path.name)
            except StorageError:
                continue


def files_in(folder: Path) -> list[Path]:
    """The files of a log, in order."""
    return sorted(folder.glob("signed-*.jsonl"))


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(LINE_BYTES):
            yield line


def read_line(line: bytes, where: str) -> dict[str, Any]:
    """A line; it must be just what `line_of` writes. StorageError `signer_log_broken` with `where`."""
    try:
        written = json.loads(line)
        whole = line.endswith(b"\n") and type(written["sequence"]) is int and type(written["before"]) is str
        if whole and type(written["event"]) is str and line_of(written) == line:
            return dict(written)
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise StorageError("signer_log_broken", where)
