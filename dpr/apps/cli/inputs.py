"""Whatever a person hands over: photos, a PDF, a document, a pasted text, or what a keyboard-wedge scanner types.

Rules: on a terminal one line is enough (a scanner ends with Enter), or for a prescription in several codes a line for each
of them; the same code scanned twice is one code; the codes of one prescription may stand in one file or in several,
in any order; nothing is taken from a text that has a code and something else.

Example: `read_one_document(["photo.jpg"], "sv")`
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dpr.apps.cli.common import plain
from dpr.apps.pasted import codes_in, has_no_code, typed_text
from dpr.core.errors import DocumentError, StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpr.core.qr_parts import Gathering
    from dpr.core.wording import Language

_INPUT_LIMIT = 40_000_000
_PICTURE_UNREAD = ("qr_not_found", "qr_other_code")


class Input(NamedTuple):
    """The documents found, and how they came: `file` for documents' own bytes, else `qr`."""

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
        _say(language, "Skanna koden, eller klistra in den.", "Scan the code, or paste it.")
        return sys.stdin.buffer.readline(_INPUT_LIMIT)
    data = sys.stdin.buffer.read(_INPUT_LIMIT + 1)
    if len(data) > _INPUT_LIMIT:
        raise StorageError("file_too_large", f"more than {_INPUT_LIMIT} bytes")
    return data


def read_documents(names: Sequence[str], language: Language) -> Input:
    """Every document in the files or on standard input, parts put together over all of them.

    DocumentError `qr_…`, `image_…`, `pdf_…`; `qr_part_missing` where no document is whole. Of several pictures one may be
    unreadable; that is said on standard error, and so is what is missing of another prescription than the whole one.
    """
    from dpr.core.qr_parts import Gathering

    whole: list[bytes] = []
    gathering = Gathering()
    unread: DocumentError | None = None
    for number, name in enumerate(names, 1):
        try:
            data = read_input(name, language)
            if data[:1] in (b"\xd2", b"\xd8"):
                whole.append(data)
            elif name == "-" and sys.stdin is not None and sys.stdin.isatty():
                gathering = _scanned_on(gathering, data, language)
            else:
                if name != "-" and has_no_code(data):
                    raise DocumentError("file_not_document", f"{len(data)} bytes")
                for text in _texts_in(data, language):
                    gathering = gathering.add(text)
        except DocumentError as error:
            if len(names) == 1:
                raise
            detail = f"file {number} of {len(names)}: {error.detail}".rstrip(": ")
            unread = DocumentError(error.code, detail)
            if error.code not in _PICTURE_UNREAD:
                raise unread from error
            _say_error(error.code, language, f"fil {number} av {len(names)}: ", f"file {number} of {len(names)}: ")
    documents = tuple(dict.fromkeys((*whole, *gathering.documents)))
    if not documents:
        gathering.require_whole()
        if unread:
            raise unread
    _tell_missing(gathering, language)
    return Input(documents, "file" if whole and not gathering.documents else "qr")


def read_one_document(names: Sequence[str], language: Language) -> bytes:
    """The one document in the files or on standard input; DocumentError `several_documents` where there are more."""
    return one_document(read_documents(names, language))


def one_document(found: Input) -> bytes:
    """The only document of an input. DocumentError `several_documents`."""
    if len(found.documents) != 1:
        raise DocumentError("several_documents", f"{len(found.documents)} documents")
    return found.documents[0]


def _scanned_on(gathering: Gathering, line: bytes, language: Language) -> Gathering:
    """With what is typed on a terminal from `line` on, until a prescription is whole, or Ctrl-D.

    A code that cannot be read does not lose those that were: it is named, and can be scanned again.
    """
    begun = False
    while line:
        if not begun or line.strip():  # many scanners send two line ends
            text = typed_text(line)
            for one in codes_in(line.decode("latin-1") if text is None else text):
                try:
                    gathering = gathering.add(one)
                except DocumentError as error:
                    if not begun:
                        raise
                    gathering = _told(error, gathering, one, language)
            if gathering.documents:
                return gathering
            _tell_progress(gathering, language)
        begun = True
        line = sys.stdin.buffer.readline(_INPUT_LIMIT)
    return gathering if begun else gathering.add("")


def _told(error: DocumentError, gathering: Gathering, text: str, language: Language) -> Gathering:
    """Says what is wrong with a line; a prescription whose codes contradict each other is begun anew."""
    from dpr.core.codes import words

    found = words(error.code)
    _say(language, f"✗ {found.sv} [{error.code}]", f"✗ {found.en} [{error.code}]")
    _say(language, f"  → {found.do_sv}", f"  → {found.do_en}")
    return gathering.forget(text) if error.code in ("qr_parts_differ", "qr_parts_damaged") else gathering


def _tell_missing(gathering: Gathering, language: Language) -> None:
    """Says what another prescription than the whole one lacks."""
    for one in gathering.missing:
        numbers = ", ".join(map(str, one.numbers))
        _say(
            language,
            f"dpr: Ett annat recept är inte komplett: kod {numbers} av {one.total} saknas (märke {one.mark}).",
            f"dpr: Another prescription is not complete: code {numbers} of {one.total} missing (mark {one.mark}).",
        )


def _tell_progress(gathering: Gathering, language: Language) -> None:
    for one in gathering.missing:
        read, missing = one.total - len(one.numbers), ", ".join(map(str, one.numbers))
        _say(
            language,
            f"{read} av {one.total} koder lästa (märke {one.mark}). Skanna nästa; kvar: kod {missing}.",
            f"{read} of {one.total} codes read (mark {one.mark}). Scan the next; left: code {missing}.",
        )


def _texts_in(data: bytes, language: Language) -> Sequence[str]:
    text = typed_text(data)
    return scan(data, language) if text is None else codes_in(text)


def _say_error(code: str, language: Language, swedish: str, english: str) -> None:
    """A code's words after what is said first."""
    from dpr.core.codes import words

    _say(language, f"dpr: {swedish}{words(code).sv} [{code}]", f"dpr: {english}{words(code).en} [{code}]")


def _say(language: Language, swedish: str, english: str) -> None:
    print(plain(swedish if language == "sv" else english), file=sys.stderr, flush=True)


def scan(data: bytes, language: Language, *, raw: bool = False) -> tuple[str, ...]:
    """The text of every dpr code (with `raw` of any QR code) in an image or a PDF; notes go to standard error, once.
    DocumentError `pdf_differs` where a PDF's embedded document is not what its codes hold."""
    from dpr.adapters.qr_process import read_codes
    from dpr.core.attached import require_same

    reading = read_codes(data, raw=raw)
    if not raw:
        require_same(reading.texts, reading.documents)
    for note in reading.notes:
        _say_error(note, language, "", "")
    return reading.texts
