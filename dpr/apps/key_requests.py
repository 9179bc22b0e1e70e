"""Requests (what `dpr key new` writes beside a key) as files, and what a coordinator calls the keys in them.

Rules: a key counts only with the proof that whoever made the request has it. A name is a file's name, kept in key-names.json
beside what an authority publishes: a help for the eye, which decides nothing, so a torn record of names is an empty one.

Example: `KeyNames(folder).remember({read(path): path.name})`
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec

from dpr.adapters import files
from dpr.core import key_request
from dpr.core.errors import DocumentError, DprError, SetupError
from dpr.core.keys import PublicKey

_LIMIT, _NAMES_LIMIT = 10_000, 1_000_000


def read(path: Path) -> PublicKey:
    """The key of a request that proves possession (dpr.core.key_request). SetupError `key_request_invalid`, `file_missing`."""
    try:
        return key_request.read(files.read(path, limit=_LIMIT))
    except DocumentError as error:
        raise SetupError("key_request_invalid", f"{path}: {error.code}") from None


class KeyNames:
    """The names in an authority's folder, by thumbprint."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "key-names.json"

    def held(self) -> dict[str, str]:
        """Thumbprint (hexadecimal) → the name of the request's file."""
        try:
            return msgspec.json.decode(files.read(self._path, limit=_NAMES_LIMIT), type=dict[str, str])
        except (DprError, ValueError, RecursionError):
            return {}

    def remember(self, names: Mapping[PublicKey, str]) -> None:
        """Adds names. StorageError `file_not_written`."""
        held = self.held() | {key.thumbprint.hex(): name for key, name in names.items()}
        if names:
            files.replace(self._path, (json.dumps(held, indent=2, ensure_ascii=False) + "\n").encode())
