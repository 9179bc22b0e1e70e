"""Files of a site: read under a cap, written whole or not at all.

Rules: a reader gets a named error for what cannot be read; a writer replaces a file atomically (write beside, fsync, rename,
fsync of the folder), so that a crash or a full disk leaves the old file in force.

Example: `replace(path, content); read(path, limit=1_000_000)`
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dpr.core.errors import SetupError, StorageError

MOST_DOTS = 100


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


def replace(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Writes `content` to `path` atomically and durably. StorageError `file_not_written`."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StorageError("file_not_written", f"{path}: {error.strerror}") from None


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Held by one process at a time; others wait. The system lets go of it when the process ends, however it ends.

    `path`: a file for the lock alone, made with its folder where it is missing. StorageError `file_not_written`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError as error:
        raise StorageError("file_not_written", f"{path}: {error.strerror}") from None
    with file:
        try:
            import fcntl
        except ImportError:  # no such locks here: one operator at a time
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
