"""The errors of dpr.

Rules: every error of ours is a `DprError` and carries a stable `code` that stands in `dpr.core.codes` (and so in
docs/codes.md). `detail` says which value class was wrong; it never holds a name, a personnummer or other content of a
prescription, so that an error may be logged. Errors are for misuse, bad input and I/O; a verdict is a value, not an error.

Example: `raise DocumentError("cbor_trailing_bytes", "3 bytes after the end")`
"""

from __future__ import annotations

from dataclasses import dataclass


class DprError(Exception):
    """Root of all errors of dpr. `code`: stable, documented in docs/codes.md; `detail`: English, loggable."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class DocumentError(DprError):
    """Bytes or QR text from outside are not what they should be (malformed, wrong signature, unknown kind…)."""


class StorageError(DprError):
    """A file or database of ours cannot be read or written."""


class SetupError(DprError):
    """The installation is not ready for what was asked: a key, a list, a setting or a program is missing."""


class RegisterError(DprError):
    """The register (NLL) did not do what was asked. Raised by the `Register` port only; see dpr.ports."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong in something a person or system wrote.

    `path`: JSON path (`$.items[0].packages`) or `line 3, column atc`; `code`: as in docs/codes.md;
    `wrong`: what was found (value class, not personal data); `expected`: what would be right, with an example.
    """

    path: str
    code: str
    wrong: str
    expected: str

    def __str__(self) -> str:
        return f"{self.path}: {self.wrong}; expected {self.expected} [{self.code}]"


class InputError(DprError):
    """Something a person or system wrote (JSON, TOML, CSV) has `problems`: all of them, not the first."""

    def __init__(self, code: str, problems: tuple[Problem, ...], detail: str = "") -> None:
        super().__init__(code, detail or "; ".join(str(problem) for problem in problems))
        self.problems = problems
