"""Files that the service and its operators both write: an operator who is root leaves them to the service's user.

Rules: a file is replaced whole (dpr.adapters.files says how), and whoever owned it owns it afterwards; a new one belongs to
whoever its folder belongs to. Only root can give files away; another operator is the service's user already.

Example: `replace(folder / "people.json", content)`
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dpr.core.errors import SetupError, StorageError

MODE = 0o600


def replace(path: Path, content: bytes) -> None:
    """Writes `content` to `path`, atomically and durably, for its owner alone. StorageError `file_not_written`."""
    make_folder(path.parent)
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), MODE)
            _give(file.fileno(), path)
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StorageError("file_not_written", f"{path}: {error.strerror}") from None


def make_folder(folder: Path) -> None:
    """The folder, for its owner alone where it is made: whoever owns the one around it. StorageError `file_not_written`."""
    if folder.is_dir():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            _give(descriptor, folder)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StorageError("file_not_written", f"{folder}: {error.strerror}") from None


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Held by one process at a time, by means of the file `path`; others wait. StorageError `file_not_written`."""
    make_folder(path.parent)
    try:
        lock = path.open("ab")
        _give(lock.fileno(), path)
    except OSError as error:
        raise StorageError("file_not_written", f"{path}: {error.strerror}") from None
    with lock:
        try:
            import fcntl
        except ImportError:  # no such locks here: one operator at a time
            pass
        else:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def require_readable(path: Path, service: Path) -> None:
    """SetupError `signer_user_cannot_read` where the user of `service`, a file that the service made, cannot read `path`."""
    try:
        user, found, folder = service.stat().st_uid, path.stat(), path.parent.stat()
    except OSError:  # it has not run yet: nobody knows which user it will have
        return
    if user not in (0, found.st_uid) or (user not in (0, folder.st_uid) and not folder.st_mode & 0o011):
        raise SetupError("signer_user_cannot_read", f"{path}: user {found.st_uid}, the service: {user}")


def sync_folder(folder: Path) -> None:
    """Makes what was renamed or made in a folder durable. OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _give(descriptor: int, path: Path) -> None:
    """Gives what is open to whoever has `path`, else to whoever has its folder."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    found = path.stat() if path.exists() else None
    if found is None or found.st_uid == 0:
        found = path.parent.stat()
    os.fchown(descriptor, found.st_uid, found.st_gid)
