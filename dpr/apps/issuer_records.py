"""An issuer's record of the credentials that it gave out (credentials.json): index in the status list, id and status.

Rules: an index is given out once, also when two commands run at the same moment; a record that is damaged is named, never
taken for an empty one.

Example: `with records.alone() as given: given.append(Given(index=len(given), id=id)); records.keep(given)`
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from dpr.adapters import files
from dpr.core.errors import SetupError

_LIMIT = 200_000_000


class Given(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One credential that was given out."""

    index: int
    id: str
    status: Literal["valid", "revoked", "suspended"] = "valid"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    credentials: list[Given]


class IssuerRecords:
    """The record in an issuer's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "credentials.json"

    @contextmanager
    def alone(self) -> Iterator[list[Given]]:
        """Every credential given out, by index, for one who changes them: other processes wait."""
        with _lock(self._folder / ".lock"):
            yield self._read()

    def keep(self, given: list[Given]) -> None:
        """Writes the record. StorageError `file_not_written`."""
        written = [msgspec.structs.asdict(one) for one in given]
        files.replace(self._path, msgspec.json.format(msgspec.json.encode({"credentials": written})) + b"\n")

    def _read(self) -> list[Given]:
        if not self._path.exists():
            return []
        try:
            given = msgspec.json.decode(files.read(self._path, limit=_LIMIT), type=_File).credentials
        except (ValueError, RecursionError):  # ValueError: msgspec's own, and what is not UTF-8
            raise SetupError("issuer_records_invalid", str(self._path)) from None
        if any(one.index != place for place, one in enumerate(given)):
            raise SetupError("issuer_records_invalid", f"{self._path}: the indexes do not follow on each other")
        return given


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Held by one process at a time; the system lets go of it when the process ends, however it ends."""
    with path.open("ab") as file:
        try:
            import fcntl
        except ImportError:  # no such locks here: one operator at a time
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
