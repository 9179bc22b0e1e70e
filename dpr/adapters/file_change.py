"""Several files of a folder, changed as one: after a crash or on a full disk either all of them are changed, or none.

Rules: everything is written aside and made durable; one rename is the moment from which it counts; the files are then moved to
their places. Who reads meanwhile, or after a crash in the middle, is shown the file aside in place of the old one, and the next
writer moves the rest first. What root writes belongs to whoever has the folder. Moving needs no room, so a disk that fills up
cannot leave half a change. Writers hold a lock (`files.alone`); readers need none.

Example: `commit(folder, {"root.cbor": root, "trust-list.cbor": trust_list})`
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from dpr.adapters import files
from dpr.core.errors import SetupError, StorageError

#: Written, not yet counting; and counting, not yet in their places.
_WRITTEN, _TAKEN = ".incoming", ".taken"
#: From so many files on, the disk is told once to write everything, in place of a word for each.
_MANY = 500


def read(folder: Path, name: str, *, limit: int) -> bytes:
    """The file `name` (a path inside the folder), as `files.read`."""
    if os.path.exists(f"{folder}/{_TAKEN}"):  # noqa: PTH110 (thousands of lists are read at a start)
        with suppress(SetupError):  # moved just now, or not in this change: it is in its place
            return files.read(folder / _TAKEN / name, limit=limit)
    return files.read(folder / name, limit=limit)


def names(folder: Path, part: str) -> list[str]:
    """The names of every `.cbor` file in the sub-folder `part`, sorted."""
    found: set[str] = set()
    # Files move from aside to their places: looked for in that order, none is missed.
    for place in (folder / _TAKEN / part, folder / part):
        try:
            with os.scandir(place) as entries:
                found |= {entry.name for entry in entries if entry.name.endswith(".cbor")}
        except OSError:  # no such folder: nothing is held of this kind
            continue
    return [f"{part}/{name}" for name in sorted(found)]


def commit(folder: Path, changed: Mapping[str, bytes]) -> None:
    """Changes these files. StorageError `file_not_written`: nothing has changed."""
    written = folder / _WRITTEN
    try:
        finish(folder)
        shutil.rmtree(written, ignore_errors=True)
        _write(written, changed)
        written.rename(folder / _TAKEN)
        files.sync_folder(folder)
    except StorageError:
        shutil.rmtree(written, ignore_errors=True)
        raise
    except OSError as error:
        shutil.rmtree(written, ignore_errors=True)
        raise StorageError("file_not_written", f"{error.filename or folder}: {error.strerror}") from None
    try:
        finish(folder)
    except (OSError, StorageError):
        return  # it counts all the same; the next writer moves the rest


def finish(folder: Path) -> None:
    """Moves what counts already to its place. OSError, StorageError where it cannot be moved."""
    taken = folder / _TAKEN
    if not taken.is_dir():
        return
    folders = {folder}
    for path in sorted(path for path in taken.rglob("*") if path.is_file()):
        place = folder / path.relative_to(taken)
        if not place.parent.is_dir():
            files.make_folder(place.parent)
        path.replace(place)
        folders.add(place.parent)
    for one in folders:
        files.sync_folder(one)
    shutil.rmtree(taken)


def _write(written: Path, changed: Mapping[str, bytes]) -> None:
    many = len(changed) >= _MANY and hasattr(os, "sync")
    folders = {written}
    files.make_folder(written)
    owner = written.stat()
    for name, content in changed.items():
        path = written / name
        if path.parent not in folders:
            files.make_folder(path.parent)
            folders.add(path.parent)
        with path.open("wb") as file:
            files.give(file.fileno(), owner)
            file.write(content)
            file.flush()
            if not many:
                os.fsync(file.fileno())
    if many:
        os.sync()
    for one in folders:
        files.sync_folder(one)
