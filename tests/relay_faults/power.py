"""Loss of power, for the files of one folder: what was written and not synced is gone, in part or whole.

A stand-in, and what it does: a small library (power.c, made by gcc in the test) is loaded before the program and writes down
every write, truncation and fsync of the folder's files. After the program was killed, the folder is made anew from the copy
taken before it ran: what a finished fsync of the file covers is there; of everything after, each page of 4 kB is there or not,
by the seed, so that writes are dropped, torn and out of order. What it does not do: names of files are as they were at the
end (no lost directory entries), a finished fsync is believed, and memory-mapped writes are not seen (SQLite maps its -shm
only, which is left out, as it is made anew after a crash).

Example: `with Power(folder, build) as power: start(env=power.environment)…; power.cut(Random(7))`
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

PAGE = 4096
_HEAD = struct.Struct("<cIIqII")
_SOURCE = Path(__file__).with_name("power.c")


class Change(NamedTuple):
    """`kind`: write, truncation, fsync begun or ended, unlink; `who`: process and thread."""

    kind: str
    who: tuple[int, int]
    path: Path
    offset: int
    data: bytes


def available() -> bool:
    """Is there what makes the library? Linux and gcc."""
    return shutil.which("gcc") is not None and os.uname().sysname == "Linux"


class Power:
    """For `folder`, which nobody writes to at this moment; `scratch` for the library, the journal and the copy."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.folder, self._copy, self._journal = folder.resolve(), scratch / "before", scratch / "journal"
        self._library = scratch / "power.so"
        if not self._library.exists():
            build = ["gcc", "-shared", "-fPIC", "-O2", "-o", str(self._library), str(_SOURCE), "-ldl"]
            subprocess.run(build, check=True, capture_output=True)
        self.begin()

    def begin(self) -> None:
        """From here on: what is in the folder counts as synced."""
        shutil.rmtree(self._copy, ignore_errors=True)
        shutil.copytree(self.folder, self._copy)
        self._journal.unlink(missing_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        """Of the programs whose power will be cut."""
        names = {"POWER_FOLDER": str(self.folder), "POWER_JOURNAL": str(self._journal), "LD_PRELOAD": str(self._library)}
        return os.environ | names

    def cut(self, random: Random) -> int:
        """Makes the folder anew, after its programs were killed; how many writes were not synced. Then as `begin`."""
        changes = [*_read(self._journal)] if self._journal.exists() else []
        synced = _synced(changes)
        shutil.rmtree(self.folder)
        shutil.copytree(self._copy, self.folder)
        kept, unsynced = random.choice((0.0, 0.5, 0.9)), 0
        for at, change in enumerate(changes):
            if change.kind in "be" or change.path.name.endswith("-shm"):
                continue
            if at < synced[change.path] or change.kind == "u":
                _apply(change, lambda: True)
            else:
                unsynced += 1
                _apply(change, lambda: random.random() < kept)
        for one in self.folder.glob("*-shm"):
            one.unlink()
        self.begin()
        return unsynced


def _read(journal: Path) -> Iterator[Change]:
    """Every whole record; the last may have been cut short."""
    data, at = journal.read_bytes(), 0
    while at + _HEAD.size <= len(data):
        kind, process, thread, offset, path_size, size = _HEAD.unpack_from(data, at)
        begin, at = at + _HEAD.size, at + _HEAD.size + path_size + size
        if at > len(data):
            return
        path = Path(os.fsdecode(data[begin : begin + path_size]))
        yield Change(kind.decode(), (process, thread), path, offset, data[begin + path_size : at])


def _synced(changes: list[Change]) -> dict[Path, int]:
    """Of each file: changes before this place in the journal are on the disk."""
    begun: dict[tuple[tuple[int, int], Path], int] = {}
    synced: dict[Path, int] = defaultdict(int)
    for at, change in enumerate(changes):
        if change.kind == "b":
            begun[change.who, change.path] = at
        elif change.kind == "e":
            synced[change.path] = max(synced[change.path], begun[change.who, change.path])
    return synced


def _apply(change: Change, happens: object) -> None:
    if change.kind == "u":
        change.path.unlink(missing_ok=True)
        return
    with change.path.open("r+b" if change.path.exists() else "w+b") as file:
        if change.kind == "t":
            if happens():  # type: ignore[operator]
                file.truncate(change.offset)
            return
        at, end = change.offset, change.offset + len(change.data)
        while at < end:
            until = min(end, (at // PAGE + 1) * PAGE)
            if happens():  # type: ignore[operator]
                file.seek(at)
                file.write(change.data[at - change.offset : until - change.offset])
            at = until
