"""Which edition of each list an authority published last (editions.json), beside what it publishes.

Rules: it is written before the list is, so that a crash in between wastes a version and lets none come twice; a torn file is
named, never taken for an empty one. Where it is missing or older than what is published, as after a restore, what is published
and verifies under the root in force counts. Nothing is dated before what went out.

Example: `Editions(folder).last("trust-list", published.edition("trust-list"))`
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec

from dpr.adapters import files
from dpr.core.ceremony import Edition
from dpr.core.errors import DocumentError, SetupError

_LIMIT = 100_000
#: Lists published at once may be dated the same second; further back than this, the clock is wrong.
_AT_ONCE_SECONDS = 60


class Editions:
    """The record in an authority's folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "editions.json"

    def last(self, name: str, published: Edition | None = None) -> Edition | None:
        """The edition of a list that was published last, by this record or by what is `published`; None before the first.
        SetupError `authority_editions_invalid`."""
        found = [one for one in (self._read().get(name), published) if one is not None]
        return max(found, key=lambda one: one.version, default=None)

    def remember(self, editions: Mapping[str, Edition]) -> None:
        """Adds what is about to be published. StorageError `file_not_written`."""
        written = {name: list(edition) for name, edition in (self._read() | dict(editions)).items()}
        files.replace(self._path, (json.dumps(written, indent=2) + "\n").encode())

    def _read(self) -> dict[str, Edition]:
        if not self._path.exists():
            return {}
        try:
            return msgspec.json.decode(files.read(self._path, limit=_LIMIT), type=dict[str, Edition])
        except (ValueError, RecursionError):  # ValueError: msgspec's own, and what is not UTF-8
            raise SetupError("authority_editions_invalid", str(self._path)) from None


def dated(now: int, before: Edition | None, *, clock_was_ahead: bool = False) -> int:
    """`now` (seconds), never before the edition `before`, unless that has its date from a clock that was ahead. DocumentError
    `clock_behind_published`."""
    if before is None or now >= before.issued_at or clock_was_ahead:
        return now
    if before.issued_at - now > _AT_ONCE_SECONDS:
        raise DocumentError("clock_behind_published", f"{before.issued_at - now} seconds")
    return before.issued_at
