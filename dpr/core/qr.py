"""QR text: `DPR1` and the decimal digits of the integer 0x01 ‖ body.

Rules: digits only, since a QR code holds them densest and a keyboard-wedge scanner on any layout types them right. The body is
the document itself (first byte 0xd2 or 0xd8), or where smaller its raw DEFLATE (RFC 1951) with the preset dictionary that the
prefix fixes, or a part of such a body: 0x06 (no DEFLATE stream begins so), set id (8 bytes: how the whole body's SHA-256
begins), index, total, chunk. Length is capped before the number is made, inflating before memory is spent, both absolutely.
What is read is bytes to be judged, nothing else. Parts are put together by dpr.core.qr_parts.

Example: `from_text(to_text(document)) == document`; `len(to_texts(long_document)) == 3`
"""

from __future__ import annotations

import hashlib
import re
import zlib
from typing import NamedTuple

from dpr.core.errors import DocumentError
from dpr.core.qr_dictionary import DICTIONARY

PREFIX = "DPR1"
#: Version 40-M holds 5,313 digits beside the prefix; Python turns at most 4,300 digits into an integer, so that is the cap.
MAX_DIGITS = 4296
_TOO_LONG = 10**MAX_DIGITS
MAX_DOCUMENT_BYTES = 16_384
MAX_PARTS = 16
SET_ID_BYTES = 8
#: What version 20-M holds beside the prefix: the largest that half an A4 page shows with modules of 0.8 mm. Measured on damaged
#: pictures, 80 of 100 codes of version 20 are read, 73 of version 22, 67 of version 25: two small codes beat a large one.
PRINTED_DIGITS = 1590
_PART = 0x06
_HEADER_BYTES = 1 + SET_ID_BYTES + 2
_MIN_DIGITS = 30  # the header and a chunk of one byte
_PLAIN = (0xD2, 0xD8)
_STRAY = re.compile(r"[\s\u00a0\ufeff\u200b-\u200f]+")


class Part(NamedTuple):
    """One of the codes that a long document needs. `number` counts from 1, as people do; the index that is written from 0."""

    set_id: bytes
    number: int
    total: int
    chunk: bytes

    def __str__(self) -> str:
        return f"part {self.number} of {self.total}"


def to_text(document: bytes) -> str:
    """The QR text of `document` in one code, however large. DocumentError `qr_too_long` when it does not fit one."""
    body = _smallest_body(document)
    number = int.from_bytes(b"\x01" + body, "big")
    if number >= _TOO_LONG:
        raise DocumentError("qr_too_long", f"{len(body)} bytes to write in {MAX_DIGITS} digits")
    return PREFIX + str(number)


def to_texts(document: bytes, *, max_digits: int = PRINTED_DIGITS) -> tuple[str, ...]:
    """The QR texts of `document`: one where `max_digits` (30..MAX_DIGITS) are enough, else the fewest parts of equal size.

    Parts are larger than that only where 16 of them would not hold the document. DocumentError `qr_too_long` for more than
    MAX_DOCUMENT_BYTES.
    """
    if not _MIN_DIGITS <= max_digits <= MAX_DIGITS:
        raise ValueError(f"max_digits is {_MIN_DIGITS}..{MAX_DIGITS}")
    body = _smallest_body(document)
    if len(body) > MAX_DOCUMENT_BYTES:
        raise DocumentError("qr_too_long", f"{len(body)} bytes, at most {MAX_DOCUMENT_BYTES}")
    if int.from_bytes(b"\x01" + body, "big") < 10**max_digits:
        return (_text(body),)
    room = ((10**max_digits).bit_length() - 2) // 8 - _HEADER_BYTES
    size = -(-len(body) // min(MAX_PARTS, -(-len(body) // room)))
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    head = bytes((_PART,)) + set_id_of(body)
    return tuple(_text(head + bytes((index, len(chunks))) + chunk) for index, chunk in enumerate(chunks))


def from_text(text: str) -> bytes:
    """The document in a QR text, read by a camera, pasted, or typed by a keyboard-wedge scanner.

    White space anywhere and the prefix in any case are forgiven. Raises DocumentError: `qr_empty`, `qr_not_dpr`,
    `qr_version`, `qr_character` (where), `qr_too_long`, `qr_cut_off`, `qr_damaged`; for one of several codes `qr_part`
    (which) or `qr_part_malformed`.
    """
    return document_of(_body_of(text))


def read(text: str) -> bytes | Part:
    """The document in a QR text, or the part of one. DocumentError as from_text, without `qr_part`."""
    body = _body_of(text)
    return _part(body) if body[0] == _PART else document_of(body)


def document_of(body: bytes) -> bytes:
    """The document in a whole body (what stands after 0x01). DocumentError as from_text."""
    if body[0] in _PLAIN:
        return body
    if body[0] == _PART:
        raise DocumentError("qr_part", str(_part(body)))
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


def set_id_of(body: bytes) -> bytes:
    """What names the parts of `body` as one set: the first 8 bytes of its SHA-256."""
    return hashlib.sha256(body).digest()[:SET_ID_BYTES]


def _smallest_body(document: bytes) -> bytes:
    if len(document) > MAX_DOCUMENT_BYTES:
        raise DocumentError("qr_too_long", f"{len(document)} bytes, at most {MAX_DOCUMENT_BYTES}")
    bodies = [document] if document[:1] in (b"\xd2", b"\xd8") else []
    for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_FIXED):
        deflater = zlib.compressobj(9, zlib.DEFLATED, -15, 9, strategy, zdict=DICTIONARY)
        deflated = deflater.compress(document) + deflater.flush()
        if deflated[0] not in _PLAIN:
            bodies.append(deflated)
    return min(bodies, key=len)


def _text(body: bytes) -> str:
    return PREFIX + str(int.from_bytes(b"\x01" + body, "big"))


def _body_of(text: str) -> bytes:
    if len(text) > 4 * MAX_DIGITS:
        raise DocumentError("qr_too_long", f"{len(text)} characters")
    if text[:4] == PREFIX and _all_digits(text[4:]) and len(text) <= MAX_DIGITS + 4:
        return _body(text[4:])  # as written, and as most readers give it
    compact = _STRAY.sub("", text)
    if not compact:
        raise DocumentError("qr_empty")
    prefix, digits = compact[:4].upper(), compact[4:]
    if prefix != PREFIX:
        later = prefix[:3] == "DPR" and _all_digits(prefix[3:])
        raise DocumentError("qr_version" if later else "qr_not_dpr", f"{len(compact)} characters")
    if not _all_digits(digits):
        raise _wrong_character(digits)
    if len(digits) > MAX_DIGITS:
        raise DocumentError("qr_too_long", f"{len(digits)} digits, at most {MAX_DIGITS}")
    return _body(digits)


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


def _part(body: bytes) -> Part:
    """The part that a body beginning with 0x06 is. DocumentError `qr_part_malformed`."""
    if len(body) <= _HEADER_BYTES:
        raise DocumentError("qr_part_malformed", f"{len(body)} bytes")
    index, total = body[_HEADER_BYTES - 2 : _HEADER_BYTES]
    if not 2 <= total <= MAX_PARTS or index >= total:
        raise DocumentError("qr_part_malformed", f"part {index + 1} of {total}")
    return Part(body[1 : 1 + SET_ID_BYTES], index + 1, total, body[_HEADER_BYTES:])
