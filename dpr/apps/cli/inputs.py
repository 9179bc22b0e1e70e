"""Whatever a person hands over: a photo, a PDF, a document, a pasted text, or what a keyboard-wedge scanner types.

Rules: on a terminal one line is enough (a scanner ends with Enter); the same code scanned twice is one code; nothing is taken
from a text that has a code and something else.

Example: `read_one_document("photo.jpg", "sv")`
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dpr.apps.cli.common import plain
from dpr.core.errors import DocumentError, StorageError

if TYPE_CHECKING:
    from dpr.core.wording import Language

_INPUT_LIMIT = 40_000_000
_TEXT_LIMIT = 100_000
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # what some Windows programs save as "Unicode"
_NEXT_CODE = re.compile(r"(?=DPR[0-9])", re.IGNORECASE)
_INVISIBLE = " \t\r\n\0\u00a0\ufeff\u200b\u200c\u200d\u200e\u200f"


class Input(NamedTuple):
    """The documents found, and how they came: `file` for a document's own bytes, else `qr`."""

    documents: tuple[bytes, ...]
    path: str


def read_input(name: str, language: Language) -> bytes:
    """The bytes of a file, or for `-` of standard input: all of it, but from a terminal one line."""
    from dpr.adapters import files

    if name != "-":
        return files.read(Path(name), limit=_INPUT_LIMIT)
    if sys.stdin is None:
        return b""
    if sys.stdin.isatty():
        print("Skanna koden, eller klistra in den." if language == "sv" else "Scan the code, or paste it.", file=sys.stderr)
        return sys.stdin.buffer.readline(_INPUT_LIMIT)
    data = sys.stdin.buffer.read(_INPUT_LIMIT + 1)
    if len(data) > _INPUT_LIMIT:
        raise StorageError("file_too_large", f"more than {_INPUT_LIMIT} bytes")
    return data


def read_documents(name: str, language: Language) -> Input:
    """Every document in a file or on standard input. DocumentError `qr_…`, `image_…`, `pdf_…`."""
    from dpr.core import qr

    data = read_input(name, language)
    if data[:1] in (b"\xd2", b"\xd8"):
        return Input((data,), "file")
    text = typed_text(data)
    texts = scan(data, language) if text is None else _codes(text)
    return Input(tuple(dict.fromkeys(qr.from_text(one) for one in texts)), "qr")


def read_one_document(name: str, language: Language) -> bytes:
    """The one document in a file or on standard input; DocumentError `several_documents` where there are more."""
    return one_document(read_documents(name, language))


def one_document(found: Input) -> bytes:
    """The only document of an input. DocumentError `several_documents`."""
    if len(found.documents) != 1:
        raise DocumentError("several_documents", f"{len(found.documents)} codes")
    return found.documents[0]


def typed_text(data: bytes) -> str | None:
    """The text of what was typed, pasted or scanned by a keyboard wedge; None for what is an image or a PDF."""
    if data[:5] == b"%PDF-" or len(data) > _TEXT_LIMIT:
        return None
    if data[:2] not in _UTF_16 and b"\0" in data[:1000]:
        return None
    try:
        return data.decode("utf-16" if data[:2] in _UTF_16 else "utf-8-sig")
    except UnicodeDecodeError:
        return None


def _codes(text: str) -> list[str]:
    """The text of each code, where the text holds nothing else; otherwise the text as it is, to be judged as one."""
    parts = [part for part in _NEXT_CODE.split(text) if part.strip(_INVISIBLE)]
    return parts if parts and all(_NEXT_CODE.match(part) for part in parts) else [text]


def scan(data: bytes, language: Language, *, raw: bool = False) -> tuple[str, ...]:
    """The text of every dpr code (with `raw` of any QR code) in an image or a PDF; notes go to standard error, once."""
    from dpr.adapters.qr_read import read_codes
    from dpr.core.codes import words

    reading = read_codes(data, raw=raw)
    for note in reading.notes:
        print(plain(f"dpr: {words(note).sv if language == 'sv' else words(note).en} [{note}]"), file=sys.stderr)
    return reading.texts
