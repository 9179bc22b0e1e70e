"""Text that was typed, pasted or scanned by a keyboard wedge, and the codes in it.

Rules: what is an image, a PDF or a document is no text. At the counter nothing is taken from a text that has a code and
something else (`codes_in`); an audit of many codes names what is none and takes the others (`pieces_of`).

Example: `codes_in(typed_text(b"DPR1…\\r\\nDPR1…\\r\\n"))`
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dpr.core import qr
from dpr.core.errors import DocumentError

#: Several prescriptions of 16 codes each, in UTF-16; what is larger is a picture.
TEXT_LIMIT = 100_000
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # what some Windows programs save as "Unicode"
_NEXT_CODE = re.compile(r"(?=DPR[0-9])", re.IGNORECASE)
_INVISIBLE = " \t\r\n\0\u00a0\ufeff\u200b\u200c\u200d\u200e\u200f"


def typed_text(data: bytes, *, limit: int = TEXT_LIMIT) -> str | None:
    """The text of what was typed, pasted or scanned by a keyboard wedge; None for what is an image or a PDF, or more than
    `limit` bytes."""
    if data[:5] == b"%PDF-" or len(data) > limit:
        return None
    if data[:2] not in _UTF_16 and b"\0" in data[:1000]:
        return None
    try:
        return data.decode("utf-16" if data[:2] in _UTF_16 else "utf-8-sig")
    except UnicodeDecodeError:
        return None


def has_no_code(data: bytes) -> bool:
    """Is it a text with something in it, and no code of ours begins there? What a program's settings are, and a letter."""
    text = typed_text(data)
    return text is not None and bool(text.strip(_INVISIBLE)) and _NEXT_CODE.search(text) is None


def codes_in(text: str) -> list[str]:
    """The text of each code, where the text holds nothing else; otherwise the text as it is, to be judged as one."""
    parts = [part for part in _NEXT_CODE.split(text) if part.strip(_INVISIBLE)]
    return parts if parts and all(_NEXT_CODE.match(part) for part in parts) else [text]


def pieces_of(text: str) -> Iterator[str]:
    """The text of each code, and between them whatever is none, so that it spoils no code; for a text of neither, the text."""
    empty = True
    for part in _NEXT_CODE.split(text):
        if part.strip(_INVISIBLE):
            empty = False
            yield from _with_rest(part) if _NEXT_CODE.match(part) else (part,)
    if empty:
        yield text


def _with_rest(part: str) -> Iterator[str]:
    """A code, which may go on over several lines, and what stands in the lines after it."""
    lines = part.splitlines(keepends=True)
    digits = next((at for at, line in enumerate(lines) if at and not _goes_on(line)), len(lines))
    if digits > 1 and not _readable("".join(lines[:digits])) and _readable(lines[0]):
        digits = 1  # digits on a line of their own that are no code's
    yield "".join(lines[:digits])
    rest = "".join(lines[digits:])
    if rest.strip(_INVISIBLE):
        yield rest


def _goes_on(line: str) -> bool:
    return all(sign in "0123456789" or sign in _INVISIBLE or sign.isspace() for sign in line)


def _readable(text: str) -> bool:
    try:
        qr.read(text)
    except DocumentError:
        return False
    return True
