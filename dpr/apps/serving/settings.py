"""A server's settings in one TOML file, read strictly.

Rules: an unknown key or a value that makes no sense is refused by name, a text that cannot be shown by its place; paths are
relative to the file.

Example: `File("signer_config_invalid", "docs/signing-service.md").load(path, Settings)`
"""

from __future__ import annotations

import ipaddress
import tomllib
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from dpr.adapters import files
from dpr.core import text
from dpr.core.errors import InputError, Problem

_LIMIT = 64_000
S = TypeVar("S", bound=msgspec.Struct)


class File(NamedTuple):
    """One kind of settings: the code for what is wrong with them, and the page that describes them."""

    code: str
    page: str

    def load(self, path: Path, kind: type[S]) -> S:
        """The settings in `path`; their field `folder` is the file's. InputError, SetupError `file_missing`, StorageError."""
        try:
            written = tomllib.loads(files.read_toml(path, limit=_LIMIT).decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise self.invalid("$", f"{type(error).__name__}", "TOML, UTF-8") from None
        self._require_shown(written)
        if "folder" in written:
            raise self.invalid("$.folder", "unknown", f"a key of {self.page}")
        try:
            return msgspec.convert(written | {"folder": str(path.parent)}, kind)
        except msgspec.ValidationError as error:
            raise self.invalid("$", str(error), f"a key and value of {self.page}") from None

    def invalid(self, path: str, wrong: str, expected: str) -> InputError:
        """What to raise."""
        return InputError(self.code, (Problem(path, self.code, wrong, expected),))

    def _require_shown(self, written: dict[str, Any]) -> None:
        """Texts of the settings, and their keys, come into messages, logs and the names of files."""
        waiting: list[tuple[str, Any]] = [("$", written)]
        while waiting:
            path, value = waiting.pop()
            if isinstance(value, dict):
                for name, one in value.items():
                    self._require_text(path, name)
                    waiting.append((f"{path}.{name}", one))
            elif isinstance(value, list):
                waiting += [(f"{path}[{at}]", one) for at, one in enumerate(value)]
            elif isinstance(value, str):
                self._require_text(path, value)

    def _require_text(self, path: str, value: str) -> None:
        if value and (code := text.fault(value)):
            raise self.invalid(path, code, "text that can be shown, without a space at its ends")


def loopback(host: str) -> bool:
    """Is it this machine alone?"""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
