"""The printed prescription as a PDF: the code or codes, and beside them what a person reads.

Rules: the sheet is made from values the caller took out of the signed bytes. Values are hostile text: they reach the typesetter
as JSON data, never as markup, and a character outside what its own fonts show becomes □. No file, network or system font is
used. The PDF is tagged (PDF/UA-1) with its language, and each code has an alternative text. A module of a code is never smaller
than 0.5 mm. Several codes stand side by side, each with its number. The same sheet always gives the same bytes. Where the sheet
has the document itself, it is embedded in the PDF as a file (ISO 32000-1 §7.11.4), for a program that gets the PDF whole; the
codes are there all the same, and a reader compares the two (dpr.core.attached).

Example: `prescription_pdf(Sheet(language="sv", title=…, qr_texts=…, short_id=…, sections=…), paper="A4")`
"""

from __future__ import annotations

import re
from importlib.resources import files
from textwrap import shorten
from typing import Any, Literal
from unicodedata import normalize

import msgspec
import typst

from dpr.adapters.print_words import code_label, filled
from dpr.adapters.qr_write import modules_of, svg
from dpr.core.attached import FILE_NAME
from dpr.core.errors import DocumentError

MIN_MODULE_MM = 0.5
MAX_MODULE_MM = 0.8
MAX_CHARACTERS = 60_000
MAX_MARKS = 3  # with these the code is still on page 1
MAX_LINE = 80
_CODE_COLUMN_MM = {"A4": 86.0, "A5": 62.0}  # half of what is between the margins in print_template.typ

#: Latin, Greek, Cyrillic, punctuation, numbers and signs that the fonts inside typst show. Combining marks are left out
#: (the typesetter panics on some of them), and so are scripts that run from right to left.
PRINTABLE = (
    (0x20, 0x7E), (0xA1, 0xAC), (0xAE, 0x2FF), (0x370, 0x377), (0x37A, 0x37F), (0x384, 0x38A), (0x38C, 0x38C),
    (0x38E, 0x3A1), (0x3A3, 0x482), (0x48A, 0x4FF), (0x1E00, 0x1EFF), (0x2010, 0x2027), (0x2030, 0x2040),
    (0x2070, 0x2071), (0x2074, 0x208E), (0x20A0, 0x20BF), (0x2100, 0x211E), (0x2150, 0x2151), (0x2153, 0x2184),
    (0x2190, 0x22FF), (0x25A0, 0x25FF),
)  # fmt: skip
_UNPRINTABLE = re.compile("[^" + "".join(f"{chr(a)}-{chr(b)}" for a, b in PRINTABLE) + "]")
_BEFORE_UNIT = re.compile(r"(?<=[0-9]) (?=%|[^\W\d_]{1,6}\b)")


class Section(msgspec.Struct, frozen=True):
    """A heading and its rows of (label, value): the patient, the prescriber, one item."""

    heading: str
    rows: tuple[tuple[str, str], ...]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed. `qr_texts`: one code, or all of several, and `set_mark` what they have in common; `short_id`: what is
    said on the phone; `marks`: framed at the top (protected identity…); `phone`: the prescriber's; `test`: not a real
    prescription, said plainly on every page; `document`: what the codes hold, to be embedded, or empty."""

    language: Literal["sv", "en"]
    title: str
    qr_texts: tuple[str, ...]
    short_id: str
    sections: tuple[Section, ...]
    marks: tuple[str, ...] = ()
    phone: str = ""
    test: bool = False
    set_mark: str = ""
    document: bytes = b""


def prescription_pdf(sheet: Sheet, *, paper: Literal["A4", "A5"] = "A4") -> bytes:
    """PDF/UA-1 of `sheet`, the (first) code on page 1. DocumentError: `qr_does_not_fit`, `print_too_long`, `print_failed`."""
    data = _printable(sheet)
    if sum(map(len, _texts(data))) > MAX_CHARACTERS:
        raise DocumentError("print_too_long", f"more than {MAX_CHARACTERS} characters")
    if len(sheet.marks) > MAX_MARKS or max(map(len, (sheet.title, sheet.short_id, sheet.phone, *sheet.marks))) > MAX_LINE:
        raise DocumentError("print_too_long", f"more than {MAX_MARKS} marks, or a line of more than {MAX_LINE} characters")
    data |= {
        "paper": paper.lower(),
        "words": filled(sheet.language, phone=data["phone"], short_id=data["short_id"], total=len(sheet.qr_texts)),
        "codes": _codes(sheet, data["short_id"], paper),
        "replaced": any("□" in text for text in _texts(data)),
        "document": {"name": FILE_NAME, "bytes": list(sheet.document)},
    }
    return _typeset(data)


def code_side_mm(qr_text: str, paper: Literal["A4", "A5"]) -> float:
    """The side of the printed code in mm, quiet zone included: as large as half the sheet allows up to 0.8 mm a module."""
    modules = modules_of(qr_text)
    return modules * min(MAX_MODULE_MM, max(MIN_MODULE_MM, _CODE_COLUMN_MM[paper] / modules))


def _codes(sheet: Sheet, short_id: str, paper: Literal["A4", "A5"]) -> list[dict[str, Any]]:
    """Each code as the template draws it, all with modules of one size."""
    total = len(sheet.qr_texts)
    alt = str(filled(sheet.language, phone="", short_id=short_id, total=total)["code_alt"])
    module_mm = min(code_side_mm(text, paper) / modules_of(text) for text in sheet.qr_texts)
    labels = [code_label(sheet.language, number, total, sheet.set_mark) for number in range(1, total + 1)]
    return [
        {
            "svg": svg(text),
            "side_mm": module_mm * modules_of(text),
            "label": label,
            "alt": f"{label}: {alt}" if label else alt,
        }
        for text, label in zip(sheet.qr_texts, labels, strict=True)
    ]


def _typeset(data: dict[str, Any]) -> bytes:
    template = files("dpr.adapters").joinpath("print_template.typ").read_bytes()
    inputs = {"sheet": msgspec.json.encode(data).decode()}
    try:
        pdf: bytes = typst.compile(template, format="pdf", ignore_system_fonts=True, sys_inputs=inputs, pdf_standards="ua-1")
    except typst.TypstError:
        raise DocumentError("print_failed", "typst") from None  # its own message may quote the patient's text
    except BaseException as error:
        # A panic inside the typesetter comes out as a BaseException of its own; anything else goes on its way.
        if type(error).__name__ != "PanicException":
            raise
        raise DocumentError("print_failed", "typst panic") from None
    return pdf


def _printable(sheet: Sheet) -> dict[str, Any]:
    """The sheet's texts with □ for what cannot be printed."""
    return {
        "language": sheet.language,
        "title": _shown(sheet.title),
        "short_id": _shown(sheet.short_id),
        "phone": _shown(sheet.phone),
        "marks": [_shown(mark) for mark in sheet.marks],
        "marks_line": shorten(_shown(" · ".join(sheet.marks)), 70, placeholder="…"),
        "test": sheet.test,
        "sections": [
            {"heading": _shown(part.heading), "rows": [[_shown(text) for text in row] for row in part.rows]}
            for part in sheet.sections
        ],
    }


def _shown(text: str) -> str:
    """`text` on one line, □ for what cannot be printed; a number and its unit never part at a line's end."""
    return _BEFORE_UNIT.sub("\u00a0", _UNPRINTABLE.sub("□", normalize("NFC", " ".join(text.split()))))


def _texts(value: Any) -> list[str]:
    """Every text in `value`, however deep."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [text for part in value for text in _texts(part)] if isinstance(value, list) else []
