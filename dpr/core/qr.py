"""QR text: `DPR1` and the decimal digits of the integer 0x01 ‖ body.

Rules: digits only, since a QR code holds them densest and a keyboard-wedge scanner on any layout types them right. The body is
the document itself (first byte 0xd2 or 0xd8), or where smaller its raw DEFLATE (RFC 1951) with the preset dictionary that the
prefix fixes. Length is capped before the number is made, inflating before memory is spent, both absolutely. What is read
is bytes to be judged, nothing else.

Example: `from_text(to_text(document)) == document`
"""

from __future__ import annotations

import re
import zlib

from dpr.core.errors import DocumentError
from dpr.core.qr_dictionary import DICTIONARY

PREFIX = "DPR1"
#: Version 40-M holds 5,313 digits beside the prefix; Python turns at most 4,300 digits into an integer, so that is the cap.
MAX_DIGITS = 4296
_TOO_LONG = 10**MAX_DIGITS
MAX_DOCUMENT_BYTES = 16_384
_PLAIN = (0xD2, 0xD8)
_STRAY = re.compile(r"[\s\u00a0\ufeff\u200b-\u200f]+")


def to_text(document: bytes) -> str:
    """The QR text of `document`. DocumentError `qr_too_long` when it does not fit one code."""
    if len(document) > MAX_DOCUMENT_BYTES:
        raise DocumentError("qr_too_long", f"{len(document)} bytes, at most {MAX_DOCUMENT_BYTES}")
    bodies = [document] if document[:1] in (b"\xd2", b"\xd8") else []
    for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_FIXED):
        deflater = zlib.compressobj(9, zlib.DEFLATED, -15, 9, strategy, zdict=DICTIONARY)
        deflated = deflater.compress(document) + deflater.flush()
        if deflated[0] not in _PLAIN:
            bodies.append(deflated)
    body = min(bodies, key=len)
    number = int.from_bytes(b"\x01" + body, "big")
    if number >= _TOO_LONG:
        raise DocumentError("qr_too_long", f"{len(body)} bytes to write in {MAX_DIGITS} digits")
    return PREFIX + str(number)


def from_text(text: str) -> bytes:
    """The document in a QR text, read by a camera, pasted, or typed by a keyboard-wedge scanner.

    White space anywhere and the prefix in any case are forgiven. Raises DocumentError: `qr_empty`, `qr_not_dpr`,
    `qr_version`, `qr_character` (where), `qr_too_long`, `qr_cut_off`, `qr_damaged`.
    """
    if len(text) > 4 * MAX_DIGITS:
        raise DocumentError("qr_too_long", f"{len(text)} characters")
    if text[:4] == PREFIX and _all_digits(text[4:]) and len(text) <= MAX_DIGITS + 4:
        return _inflate(_body(text[4:]))  # as written, and as most readers give it
    compact = _STRAY.sub("", text)
    if not compact:
        raise DocumentError("qr_empty")
    prefix, digits = compact[:4].upper(), compact[4:]
    if prefix != PREFIX:
        later = prefix[:3] == "DPR" and prefix[3:].isdigit()
        raise DocumentError("qr_version" if later else "qr_not_dpr", f"{len(compact)} characters")
    if not _all_digits(digits):
        raise _wrong_character(digits)
    if len(digits) > MAX_DIGITS:
        raise DocumentError("qr_too_long", f"{len(digits)} digits, at most {MAX_DIGITS}")
    return _inflate(_body(digits))


def _all_digits(text: str) -> bool:
    """Only 0 to 9, and at least one: bytes.isdigit takes no other script's digits (int() would), and is fast."""
    return text.isascii() and text.encode("ascii").isdigit()


def _wrong_character(digits: str) -> DocumentError:
    if not digits:
        return DocumentError("qr_cut_off", "nothing after DPR1")
    position = next(i for i, c in enumerate(digits) if not ("0" <= c <= "9"))
    return DocumentError("qr_character", f"character {position + 5} of {len(digits) + 4}")


def _body(digits: str) -> bytes:
    number = int(digits)
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    # 0x01 ‖ body has one length in digits, give or take one: another first byte means that digits are missing or doubled.
    if data[:1] != b"\x01" or digits[0] == "0" or len(data) < 2:
        raise DocumentError("qr_cut_off", f"{len(digits)} digits")
    return data[1:]


def _inflate(body: bytes) -> bytes:
    if body[0] in _PLAIN:
        return body
    inflater = zlib.decompressobj(-15, zdict=DICTIONARY)
    try:
        document = inflater.decompress(body, MAX_DOCUMENT_BYTES + 1)
    except zlib.error:
        raise DocumentError("qr_damaged") from None
    if len(document) > MAX_DOCUMENT_BYTES:
        raise DocumentError("qr_too_long", f"more than {MAX_DOCUMENT_BYTES} bytes")
    if not inflater.eof:
        raise DocumentError("qr_cut_off", f"{len(body)} bytes")
    if inflater.unused_data:
        raise DocumentError("qr_damaged", f"{len(inflater.unused_data)} bytes after the end")
    return document
