"""Where a passphrase or PIN comes from: a file, or a person at a terminal; never an argument or a variable's value.

Rules, in this order: the file that is named with the key (`pin-source`, `--passphrase-file`); the file that the environment
names (DPR_PASSPHRASE_FILE, DPR_PIN_FILE); a question, where standard input is a terminal; else an error that says all this. A
file has the secret as its only line, in UTF-8, and must not be readable by others. A secret is never in an error, a log or a
representation.

Example: `KeyFile.load(path, lambda: PASSPHRASE.get(str(path)))`
"""

from __future__ import annotations

import os
import stat
import sys
import unicodedata
from pathlib import Path
from typing import NamedTuple

from dpr.adapters.key_files import open_to_others
from dpr.core.errors import SetupError

_LIMIT = 1_024


class Kind(NamedTuple):
    """One kind of secret: the variable that names its file, and how a person is asked for it (Swedish / English)."""

    variable: str
    question: str
    again: str

    def get(self, what: str, *, file: Path | None = None) -> bytes:
        """The secret for `what` (a file's path, a token's name), in UTF-8.

        SetupError `secret_missing`, `secret_file_missing`, `secret_file_open_to_others`, `secret_file_invalid`.
        """
        return self._from_file(file) or self._asked(what, self.question)

    def new(self, what: str, *, file: Path | None = None) -> bytes:
        """A secret that is chosen, asked for twice. SetupError as `get`, and `secret_differs`, `secret_empty`."""
        if given := self._from_file(file):
            return given
        chosen = self._asked(what, self.question)
        if chosen != self._asked(what, self.again):
            raise SetupError("secret_differs", what)
        return chosen

    def file(self, given: Path | None = None) -> Path | None:
        """The file that the secret comes from: `given`, else the one that the environment names."""
        named = os.environ.get(self.variable)
        return given or (Path(named) if named else None)

    def _from_file(self, given: Path | None) -> bytes | None:
        path = self.file(given)
        return read_file(path) if path else None

    def _asked(self, what: str, question: str) -> bytes:
        if sys.stdin is None or not sys.stdin.isatty():
            raise SetupError("secret_missing", f"{what}: {self.variable}")
        from getpass import getpass

        try:
            typed = getpass(f"{question}, {what}: ")
        except EOFError:
            typed = ""
        if not typed:
            raise SetupError("secret_empty", what)
        return _utf8(typed)


PASSPHRASE = Kind("DPR_PASSPHRASE_FILE", "Lösenord / Passphrase", "En gång till / Once more")
#: For a file that has another one: the variable names the one it has.
NEW_PASSPHRASE = Kind("DPR_NEW_PASSPHRASE_FILE", "Nytt lösenord / New passphrase", "En gång till / Once more")
PIN = Kind("DPR_PIN_FILE", "PIN", "PIN en gång till / once more")


def read_file(path: Path) -> bytes:
    """The secret in a file: one line, 1 to 1,024 bytes. SetupError `secret_file_…`."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            content = file.read(_LIMIT + 3)
    except OSError as error:
        raise SetupError("secret_file_missing", f"{path}: {error.strerror}") from None
    if open_to_others(status):
        raise SetupError("secret_file_open_to_others", f"{path}: {stat.filemode(status.st_mode)}")
    line = content.removesuffix(b"\n").removesuffix(b"\r")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise SetupError("secret_file_invalid", str(path)) from None
    if not text.isprintable() or not 1 <= len(line) <= _LIMIT:
        raise SetupError("secret_file_invalid", str(path))
    return _utf8(text)


def _utf8(text: str) -> bytes:
    """NFC, so that å is the same from every keyboard and editor."""
    return unicodedata.normalize("NFC", text).encode("utf-8", "surrogateescape")
