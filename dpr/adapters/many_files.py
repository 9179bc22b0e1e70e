"""Many small files at once, durably: a bulk command writes thousands, and waiting for the disk after each takes longest.

Rules: each file is whole or absent (written beside, then renamed); when `write_all` returns, all of them are on the disk.

Example: `write_all(folder, {"p.cbor": document})`
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from dpr.adapters import files
from dpr.core.errors import StorageError


def write_all(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Writes each content to its name in `folder`, which is made. StorageError `file_not_written`: some may be there."""
    beside = {name: folder / f".{name}.{os.getpid()}.new" for name in contents}
    try:
        files.make_folder(folder)
        owner = folder.stat()
        for name, content in contents.items():
            with beside[name].open("wb") as file:
                files.give(file.fileno(), owner)
                file.write(content)
        for path in beside.values():  # after all are written: the disk takes them together
            with path.open("rb") as file:
                os.fsync(file.fileno())
        for name, path in beside.items():
            path.replace(folder / name)
        files.sync_folder(folder)
    except OSError as error:
        for path in beside.values():
            with suppress(OSError):  # such as a folder that is none
                path.unlink(missing_ok=True)
        raise StorageError("file_not_written", f"{folder}: {error.strerror}") from None
