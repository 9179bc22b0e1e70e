"""The folders in which a message service and the gateway hand files to each other.

Rules: whoever writes a file writes it under another name, or in another folder of the same file system, and renames it: a name
that begins with a dot or does not end in `.xml` is not looked at, nor is anything but a plain file. A file that was dealt with
is moved, never deleted: to `done/`, or to `failed/` with a file beside it that names the error. What is written here is whole
and on the disk before it has its name, and has the same name each time.

Example: `for path in Folder(Path("from-sdk")).waiting(): …`
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

from dpr.adapters import files
from dpr.adapters.sdk.names import MAX_BYTES
from dpr.core.errors import StorageError

#: A file is not read beyond this; dpr.adapters.sdk.envelope names what is too large.
MOST_BYTES = MAX_BYTES + 1024 * 1024
_PRIVATE = 0o700
#: What was a plain file when it was listed may have been replaced since.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class Folder:
    """One of the two. Raises StorageError `file_…`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def waiting(self) -> list[Path]:
        """The files to deal with, the oldest first."""
        files.make_folder(self.path, mode=_PRIVATE)
        found = []
        try:
            with os.scandir(self.path) as entries:
                for entry in entries:
                    if entry.name.endswith(".xml") and not entry.name.startswith("."):
                        about = entry.stat(follow_symlinks=False)
                        if stat.S_ISREG(about.st_mode):
                            found.append((about.st_mtime_ns, entry.name))
        except OSError as error:
            raise StorageError("file_unreadable", f"{self.path}: {error.strerror}") from None
        return [self.path / name for _, name in sorted(found)]

    def read(self, path: Path) -> bytes:
        """A file's bytes, cut off where it is larger than any message may be: one byte too many, so that this shows."""
        try:
            with os.fdopen(os.open(path, os.O_RDONLY | _NO_LINK), "rb") as file:
                return file.read(MOST_BYTES)
        except OSError as error:
            raise StorageError("file_unreadable", f"{path}: {error.strerror}") from None

    def write(self, name: str, content: bytes) -> None:
        """A file for the other side."""
        files.make_folder(self.path, mode=_PRIVATE)
        files.replace(self.path / name, content, mode=0o600)

    def prepare(self, name: str, content: bytes) -> None:
        """A file for the other side under a name that is not looked at, until `hand_over`."""
        files.make_folder(self.path, mode=_PRIVATE)
        files.replace(self._prepared(name), content, mode=0o600)

    def hand_over(self, name: str) -> None:
        """Gives what was prepared its name, once: what is not there any more was handed over."""
        try:
            self._prepared(name).replace(self.path / name)
            files.sync_folder(self.path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError("file_not_written", f"{self.path / name}: {error.strerror}") from None

    def discard(self, name: str) -> None:
        """Takes away what was prepared, if anything was."""
        try:
            self._prepared(name).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError("file_not_written", f"{self.path / name}: {error.strerror}") from None

    def _prepared(self, name: str) -> Path:
        return self.path / f".{name}.prepared"

    def done(self, path: Path) -> None:
        self._move(path, "done")

    def failed(self, path: Path, *, code: str, detail: str, at: int) -> None:
        """With `NAME.error.json` beside it: the code, its detail and the instant in seconds."""
        said = json.dumps({"code": code, "detail": detail, "at": at}, ensure_ascii=False, indent=2)
        files.make_folder(self.path / "failed", mode=_PRIVATE)
        files.replace(self.path / "failed" / f"{path.name}.error.json", said.encode(), mode=0o600)
        self._move(path, "failed")

    def _move(self, path: Path, to: str) -> None:
        folder = self.path / to
        files.make_folder(folder, mode=_PRIVATE)
        try:
            path.replace(_free(folder, path.name))
            files.sync_folder(folder)
            files.sync_folder(self.path)
        except OSError as error:
            raise StorageError("file_not_written", f"{path}: {error.strerror}") from None


def _free(folder: Path, name: str) -> Path:
    """A place that nothing is at: a name may come again."""
    found, number = folder / name, 1
    while found.exists():
        number += 1
        found = folder / f"{name}.{number}"
    return found
