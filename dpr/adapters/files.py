"""Files of a site: read under a cap, written whole or not at all.

Rules: a reader gets a named error for what cannot be read; a writer replaces a file atomically (write beside, fsync, rename,
fsync of the folder), so that a crash or a full disk leaves the old file in force. Owner and mode stay as they were, before
the first byte is written; what root makes belongs to whoever has the folder. Only root can give a file away: another writer
keeps the group where it may, and owns what it wrote.

Example: `replace(path, content); read(path, limit=1_000_000)`
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from dpr.core.errors import DprError, SetupError, StorageError

MOST_DOTS = 100
#: Root follows no link that the owner of a folder puts in the place of a file.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def read(path: Path, *, limit: int) -> bytes:
    """The file's bytes. SetupError `file_missing`, StorageError `file_unreadable`, `file_too_large` (over `limit` bytes)."""
    try:
        with path.open("rb") as file:
            # Asked for as much as there is: a buffer of `limit` bytes for each of thousands of small files takes longer.
            size = min(os.fstat(file.fileno()).st_size, limit)
            content = file.read(size + 1)
            if len(content) > size:  # it grew, or is no plain file
                content += file.read(limit - size)
    except FileNotFoundError:
        raise SetupError("file_missing", str(path)) from None
    except OSError as error:
        raise StorageError("file_unreadable", f"{path}: {error.strerror}") from None
    if len(content) > limit:
        raise StorageError("file_too_large", f"{path}: more than {limit} bytes")
    return content


def read_toml(path: Path, *, limit: int) -> bytes:
    """As `read`, for what a TOML reader gets: a key of many parts costs it the square of their number in time and memory, so
    a line with more than `MOST_DOTS` is a ValueError."""
    content = read(path, limit=limit)
    if any(line.count(b".") > MOST_DOTS for line in content.split(b"\n")):
        raise ValueError(f"a line with more than {MOST_DOTS} dots")
    return content


def replace(path: Path, content: bytes, *, mode: int = 0o644, mend: bool = False) -> None:
    """Writes `content` to `path` atomically and durably. StorageError `file_not_written`.

    `mode`: of a file that is new. `mend`: of one that is there as well, and what root has goes to whoever has the folder.
    """
    make_folder(path.parent)
    # The thread's number is its own in the whole system, and comes again: what a crash left goes with the next write.
    beside = path.with_name(f".{path.name}.{threading.get_native_id()}.new")
    try:
        was = path.stat() if path.exists() else None
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode if was is None else 0o600)
        with os.fdopen(descriptor, "wb") as file:
            if was is None:
                give(descriptor, path.parent.stat())
            else:
                owner = path.parent.stat() if mend and was.st_uid == 0 else was
                _keep(descriptor, owner, mode if mend else was.st_mode & 0o777)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise StorageError("file_not_written", f"{path}: {error.strerror}") from None


@contextmanager
def alone(path: Path, *, busy: DprError | None = None) -> Iterator[None]:
    """Held by one process at a time; others wait, or are told `busy`. The system lets go of it when the process ends,
    however it ends.

    `path`: a file for the lock alone, made with its folder where it is missing; what root has goes to whoever has the folder.
    StorageError `file_not_written`.
    """
    make_folder(path.parent)
    try:
        file = _lock_file(path)
    except OSError as error:
        raise StorageError("file_not_written", f"{path}: {error.strerror}") from None
    with file:
        try:
            import fcntl
        except ImportError:  # no such locks here: one operator at a time
            yield
            return
        if busy is None:
            fcntl.flock(file, fcntl.LOCK_EX)
        else:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise busy from None
        yield


def make_folder(folder: Path, *, mode: int = 0o777) -> None:
    """The folder, with those around it: what is made belongs to whoever has the one around it. `mode`: of the folder itself,
    where it is made. StorageError `file_not_written`."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    try:
        folder.mkdir(exist_ok=True, mode=mode)
        if _is_root():
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | _NO_LINK)
            try:
                give(descriptor, folder.parent.stat())
            finally:
                os.close(descriptor)
    except OSError as error:
        raise StorageError("file_not_written", f"{folder}: {error.strerror}") from None


def sync_folder(folder: Path) -> None:
    """Makes what was renamed or made in a folder durable. OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lock_file(path: Path) -> IO[bytes]:
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _NO_LINK, 0o666), "ab")
    try:
        found = os.fstat(file.fileno())
        if found.st_uid == 0 and found.st_nlink == 1:  # with a second name it might be any file of root's
            give(file.fileno(), path.parent.stat())
    except OSError:
        file.close()
        raise
    return file


def _keep(descriptor: int, owner: os.stat_result, mode: int) -> None:
    """Owner and mode for what is open. OSError."""
    if _is_root():
        give(descriptor, owner)
    elif os.name == "posix" and owner.st_gid != os.fstat(descriptor).st_gid:
        try:
            os.fchown(descriptor, -1, owner.st_gid)
        except PermissionError:  # the writer's group may do what all may
            mode = mode & 0o707 | (mode & 0o007) << 3
    if os.name == "posix" and mode != stat.S_IMODE(os.fstat(descriptor).st_mode):  # a file system without modes allows none
        os.fchmod(descriptor, mode)


def give(descriptor: int, owner: os.stat_result) -> None:
    """Gives what is open to the owner and group of something else, such as its folder, where we are root. OSError."""
    found = os.fstat(descriptor)
    if _is_root() and (found.st_uid, found.st_gid) != (owner.st_uid, owner.st_gid):
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
