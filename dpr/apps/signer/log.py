"""The log of a signing service: one JSON line for everything that was signed, and for what an operator changed.

Rules: a line is on the disk before what it tells of leaves; where it cannot be, nothing leaves (`signer_log_failed`). Every
line holds the SHA-256 of the line before it, so that a removed or altered one is found. No name, no personnummer, no content
of a prescription: ids and digests. One process writes. A torn last line, of a crash before anything left, is cut off, and the
next line says so; a log that is refused stays as it is. Files are named by the number of their first line, so that old ones
can be moved away; where the one that is written has been moved or replaced, nothing is signed.

Example: `log = SigningLog.open(folder, now); log.append("signed", now, prescription="39b1…", …)`
"""

from __future__ import annotations

import hashlib
import os
import threading
from datetime import datetime
from pathlib import Path
from typing import IO

from dpr.adapters import files
from dpr.apps.signer import notes
from dpr.apps.signer.log_lines import FIRST, LINE_BYTES, Head, begin_of, files_in, line_of, name_of, number_of, read_line
from dpr.core.errors import SetupError, StorageError

FILE_BYTES = 64 * 1024 * 1024
_ROOM_BYTES = 1024 * 1024


class SigningLog:
    """The log in a folder, open for one process; any thread may append."""

    def __init__(self, path: Path, lock: IO[bytes], file: int, size: int, head: Head, *, file_bytes: int = FILE_BYTES) -> None:
        self._folder, self._path = path.parent, path
        self._lock_file, self._file, self._size = lock, file, size
        self._head, self._file_bytes = head, file_bytes
        self._writing, self._syncing = threading.Lock(), threading.Lock()
        self._synced = head.sequence
        self._failed = False
        self._noted: set[str] = set()

    @classmethod
    def open(cls, folder: Path, now: datetime, *, file_bytes: int = FILE_BYTES) -> SigningLog:
        """The log of `folder`, which is made. StorageError `signer_log_failed`, `signer_log_broken`,
        `signer_log_moved` where there was one; SetupError `signer_running` where another process has it."""
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (folder / ".lock").open("ab")
            _take(lock, folder)
            path = _latest(folder, lock)
            head, torn = _end(path)
            if torn:
                os.truncate(path, path.stat().st_size - torn)
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            files.sync_folder(folder)
            log = cls(path, lock, file, os.fstat(file).st_size, head, file_bytes=file_bytes)
        except OSError as error:
            raise StorageError("signer_log_failed", f"{folder}: {error.strerror}") from None
        log.append("opened", now, **({"torn_bytes": torn} if torn else {}))
        lock.truncate(0)
        lock.write(b"begun\n")
        lock.flush()
        return log

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self._folder

    @property
    def head(self) -> Head:
        """The last line that is written."""
        return self._head

    def append(self, event: str, at: datetime, /, **fields: str | int) -> Head:
        """Writes a line, durable when this returns. StorageError `signer_log_failed`: then nothing was done; so it is for a
        line that no reader would take, of more than `LINE_BYTES`."""
        with self._writing:
            if self._failed:
                raise StorageError("signer_log_failed", "until the service is started again")
            self._require_own_file()
            sequence = self._head.sequence + 1
            begin: dict[str, str | int] = {"sequence": sequence, "at": at.isoformat(), "event": event}
            line = line_of(begin | fields | {"before": self._head.digest})
            if len(line) > LINE_BYTES:
                raise StorageError("signer_log_failed", f"a line of {len(line)} bytes")
            if self._size >= self._file_bytes:
                self._next_file()
            self._write(line)
            written = self._head = Head(sequence, hashlib.sha256(line).hexdigest())
        # Whoever waits here for another's fsync finds that it covered this line too.
        with self._syncing:
            if self._synced < sequence:
                self._sync()
        return written

    def take_notes(self) -> None:
        """Takes in what operators' commands have left (dpr.apps.signer.notes). StorageError."""
        for path, note in notes.left(self._folder):
            if path.name not in self._noted:
                self.append(note.event, datetime.fromisoformat(note.at), uid=note.uid, **note.fields)
                self._noted.add(path.name)
            path.unlink(missing_ok=True)

    def require_room(self) -> None:
        """StorageError `signer_log_failed`, `signer_log_moved` where the next lines could not be written."""
        self._require_own_file()
        try:
            found = os.statvfs(self._folder)
        except OSError as error:
            raise StorageError("signer_log_failed", str(error.strerror)) from None
        if self._failed or found.f_bavail * found.f_frsize < _ROOM_BYTES:
            raise StorageError("signer_log_failed", "no room")

    def close(self) -> None:
        """Lets go of the folder."""
        os.close(self._file)
        self._lock_file.close()

    def _require_own_file(self) -> None:
        """What is written to a file that was moved away is in nobody's log."""
        held = os.fstat(self._file)
        try:
            found = self._path.stat()
        except OSError:
            found = None
        if found is None or (found.st_dev, found.st_ino) != (held.st_dev, held.st_ino) or found.st_size != self._size:
            raise StorageError("signer_log_moved", self._path.name)

    def _write(self, line: bytes) -> None:
        try:
            if os.write(self._file, line) != len(line):
                raise OSError(28, "No space left on device")
            self._size += len(line)
        except OSError as error:
            self._take_back()
            raise StorageError("signer_log_failed", str(error.strerror)) from None

    def _take_back(self) -> None:
        """A part of a line must not stand before the next one."""
        try:
            os.ftruncate(self._file, self._size)
        except OSError:
            self._failed = True

    def _sync(self) -> None:
        reached = self._head.sequence
        try:
            if self._failed:
                raise OSError(5, "an earlier write failed")
            os.fsync(self._file)
        except OSError as error:
            self._failed = True  # what an fsync failed on may be lost even where a later one succeeds
            raise StorageError("signer_log_failed", str(error.strerror)) from None
        self._synced = reached

    def _next_file(self) -> None:
        path = self._folder / name_of(self._head.sequence + 1)
        with self._syncing:
            self._sync()
            try:
                following = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
                files.sync_folder(self._folder)
            except OSError as error:
                raise StorageError("signer_log_failed", str(error.strerror)) from None
            os.close(self._file)
            self._file, self._path, self._size = following, path, 0


def _latest(folder: Path, lock: IO[bytes]) -> Path:
    """The file that is to be gone on with. One that was removed does not make the next signature the first."""
    found = files_in(folder)
    if not found and os.fstat(lock.fileno()).st_size:
        lock.close()
        raise StorageError("signer_log_moved", str(folder))
    return (found or [folder / name_of(1)])[-1]


def _end(path: Path) -> tuple[Head, int]:
    """The last whole line of a log that is gone on with in `path`, judged, and how many bytes a crash left of a line after it.
    StorageError `signer_log_broken`; changes nothing."""
    number, tail = number_of(path), b""
    if path.exists():
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 2 * LINE_BYTES, 0))
            tail = file.read()
    whole = tail[: tail.rfind(b"\n") + 1]
    torn = len(tail) - len(whole)
    if torn >= LINE_BYTES:
        raise StorageError("signer_log_broken", f"{path.name}, its end")
    if whole:
        begin_of(path)
        line = whole[-LINE_BYTES:-1].rpartition(b"\n")[2] + b"\n"
        return Head(read_line(line, path.name)["sequence"], hashlib.sha256(line).hexdigest()), torn
    earlier = [one for one in files_in(path.parent) if one < path]
    if not earlier:
        return Head(number - 1, FIRST), torn
    head, torn_before = _end(earlier[-1])
    if torn_before:  # only the last file is written to
        raise StorageError("signer_log_broken", f"{earlier[-1].name}, its end")
    return head, torn


def _take(lock: IO[bytes], folder: Path) -> None:
    try:
        import fcntl
    except ImportError:  # no such locks here: one service at a time
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise SetupError("signer_running", str(folder)) from None
