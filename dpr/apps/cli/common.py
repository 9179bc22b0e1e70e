"""What the commands share: the site and language, reading whatever a person hands over, and how a verdict is shown.

Rules: what a code or file contains is hostile: it is shown as plain text with control characters escaped, never as markup.

Example: `document = read_document("photo.jpg", context)`
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from dpr.core.errors import DocumentError, DprError, InputError, SetupError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dpr.apps.compose import SiteFolder
    from dpr.core.verify import Accepted, Check, Refused
    from dpr.core.wording import Language

JSON = typer.Option(False, "--json", help="Machine-readable output.")
OK, REFUSED, MISUSE = 0, 1, 2
_INPUT_LIMIT = 40_000_000


class Context(NamedTuple):
    """What every command knows."""

    folder: Path
    language: Language

    @classmethod
    def of(cls, site: str, language: str) -> Context:
        """Checks the language; a wrong one is misuse."""
        if language not in ("sv", "en"):
            raise typer.BadParameter("sv or en", param_hint="--lang")
        return cls(Path(site), language)  # type: ignore[arg-type]

    def site(self) -> SiteFolder:
        """The site's folder, opened when needed."""
        from dpr.apps.compose import SiteFolder

        return SiteFolder(self.folder)


def fail(error: Exception, language: Language | None = None) -> int:
    """Prints an error for people and returns the exit code; what is not ours is raised again."""
    from dpr.core.codes import CODES

    if not isinstance(error, DprError):
        raise error
    spoken = language or ("en" if "--lang=en" in sys.argv or _option("--lang") == "en" else _environment_language())
    words = CODES.get(error.code)
    line = words.sv if words and spoken == "sv" else words.en if words else error.code
    print(f"dpr: {plain(line)} [{error.code}]", file=sys.stderr)
    if isinstance(error, InputError):
        for problem in error.problems:
            print(f"  {plain(str(problem))}", file=sys.stderr)
    elif error.detail:
        print(f"  {plain(error.detail)}", file=sys.stderr)
    action = words and (words.do_sv if spoken == "sv" else words.do_en)
    if action:
        print(f"  → {plain(action)}", file=sys.stderr)
    return MISUSE if isinstance(error, SetupError | StorageError) else REFUSED


def _option(name: str) -> str | None:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv[:-1] else None


def _environment_language() -> Language:
    import os

    return "en" if os.environ.get("DPR_LANG") == "en" else "sv"


def plain(text: str) -> str:
    """One line of text that no terminal takes for anything else."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def show(text: str = "") -> None:
    """One line for a person."""
    print(plain(text))


def show_json(value: Any) -> None:
    """One JSON value for a program."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def read_input(name: str) -> bytes:
    """The bytes of a file, or of standard input for `-`."""
    from dpr.adapters import files

    if name == "-":
        data = sys.stdin.buffer.read(_INPUT_LIMIT + 1)
        if len(data) > _INPUT_LIMIT:
            raise StorageError("file_too_large", f"more than {_INPUT_LIMIT} bytes")
        return data
    return files.read(Path(name), limit=_INPUT_LIMIT)


def read_documents(name: str, language: Language) -> list[bytes]:
    """Every document in a file or on standard input: a document as bytes, a QR text, an image or a PDF with QR codes."""
    from dpr.core import qr

    data = read_input(name)
    if data[:1] in (b"\xd2", b"\xd8"):
        return [data]
    text = typed_text(data)
    if text is not None:
        return [qr.from_text(text)]
    return [qr.from_text(text) for text in scan(data, language)]


def read_one_document(name: str, language: Language) -> bytes:
    """The one document in a file or on standard input; DocumentError `several_documents` where there are more."""
    documents = read_documents(name, language)
    if len(documents) != 1:
        raise DocumentError("several_documents", f"{len(documents)} codes")
    return documents[0]


def typed_text(data: bytes) -> str | None:
    """The text of what was typed, pasted or scanned by a keyboard wedge; None for what is an image or a PDF."""
    if data[:5] == b"%PDF-" or b"\0" in data[:1000] or len(data) > 100_000:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def scan(data: bytes, language: Language, *, raw: bool = False) -> tuple[str, ...]:
    """The text of every dpr code (with `raw` of any QR code) in an image or a PDF; notes go to standard error, once."""
    from dpr.adapters.qr_read import read_codes
    from dpr.core.codes import words

    reading = read_codes(data, raw=raw)
    for note in reading.notes:
        print(f"dpr: {words(note).sv if language == 'sv' else words(note).en} [{note}]", file=sys.stderr)
    return reading.texts


def age_words(seconds: int | None, language: Language) -> str:
    """An age for people: `3 tim`, `2 dygn`."""
    if seconds is None:
        return ""
    units = ((86_400, "dygn", "days"), (3600, "tim", "h"), (60, "min", "min"), (1, "s", "s"))
    for size, sv, en in units:
        if seconds >= size:
            return f"{seconds // size} {sv if language == 'sv' else en}"
    return "0 s"


_MARKS = {"PASS": "✓", "WARN": "!", "STOP": "✗"}


def show_checks(checks: Iterable[Check], language: Language) -> None:
    """Each check on a line: mark, step, words, age, code. The mark is a sign, not a colour."""
    from dpr.core.codes import words

    for check in checks:
        found = words(check.code)
        age = age_words(check.age_seconds, language)
        item = f" (rad {check.item})" if check.item and language == "sv" else f" (item {check.item})" if check.item else ""
        basis = (f" · underlaget är {age} gammalt" if language == "sv" else f" · data is {age} old") if age else ""
        need = (" · kräver skäl" if language == "sv" else " · needs a reason") if check.override else ""
        text = found.sv if language == "sv" else found.en
        show(f"  {_MARKS[check.outcome.name]} {check.step:>2} {text}{item}{basis}{need} [{check.code}]")


def show_refused(verdict: Refused, language: Language) -> None:
    """A refusal: what is wrong, what to do, and every check."""
    from dpr.core.codes import words

    found = words(verdict.code)
    show(f"✗ {'GODTAS INTE' if language == 'sv' else 'REFUSED'}: {found.sv if language == 'sv' else found.en}")
    action = found.do_sv if language == "sv" else found.do_en
    if action:
        show(f"  → {action}")
    show_checks(verdict.checks, language)


def checks_json(checks: Iterable[Check]) -> list[dict[str, Any]]:
    """Checks for a program."""
    return [
        {
            "step": check.step,
            "code": check.code,
            "outcome": check.outcome.name.lower(),
            "age_seconds": check.age_seconds,
            "item": check.item,
            "override": check.override,
        }
        for check in checks
    ]


def verdict_json(verdict: Accepted | Refused) -> dict[str, Any]:
    """A verdict for a program; the prescription only where it is accepted."""
    from dpr.core import drafts
    from dpr.core.verify import Refused

    if isinstance(verdict, Refused):
        return {"verdict": "refused", "code": verdict.code, "id": verdict.id, "checks": checks_json(verdict.checks)}
    return {
        "verdict": "accepted",
        "id": verdict.prescription.id.hex(),
        "digest": verdict.digest.hex(),
        "prescription": drafts.write(verdict.prescription),
        "prescriber": verdict.prescriber.id,
        "issuer": verdict.issuer.id,
        "checks": checks_json(verdict.checks),
    }
