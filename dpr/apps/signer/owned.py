"""Files that the service and its operators both write: an operator who is root leaves them to the service's user.

Rules: they are for that user alone, with their folders. Whoever owned a file owns it afterwards, unless that is root; a new one
belongs to whoever its folder belongs to (dpr.adapters.files). An operator who is not root is the service's user already.

Example: `replace(folder / "people.json", content)`
"""

from __future__ import annotations

from pathlib import Path

from dpr.adapters import files
from dpr.core.errors import SetupError


def replace(path: Path, content: bytes) -> None:
    """Writes `content` to `path`, as `files.replace`, for its owner alone. StorageError `file_not_written`."""
    make_folder(path.parent)
    files.replace(path, content, mode=0o600, mend=True)


def make_folder(folder: Path) -> None:
    """The folder, for its owner alone where it is made. StorageError `file_not_written`."""
    files.make_folder(folder, mode=0o700)


def require_readable(path: Path, service: Path) -> None:
    """SetupError `signer_user_cannot_read` where the user of `service`, a file that the service made, cannot read `path`."""
    try:
        user, found, folder = service.stat().st_uid, path.stat(), path.parent.stat()
    except OSError:  # it has not run yet: nobody knows which user it will have
        return
    if user not in (0, found.st_uid) or (user not in (0, folder.st_uid) and not folder.st_mode & 0o011):
        raise SetupError("signer_user_cannot_read", f"{path}: user {found.st_uid}, the service: {user}")
