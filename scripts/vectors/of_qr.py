"""tests/vectors/qr.json: the text in a QR code, and the document that it holds (dpr.core.qr)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from dpr.core import qr
from dpr.core.qr_dictionary import DICTIONARY
from vectors.making import Vector, W, file, prescription, vector

DOCUMENT = prescription(kcwt=None)
#: Not a document, but as long as one may be: what a body may hold is not the QR text's business.
LONGEST = b"\xd2" + bytes(qr.MAX_DOCUMENT_BYTES - 1)


def deflated(data: bytes, dictionary: bytes = DICTIONARY) -> bytes:
    """Raw DEFLATE (RFC 1951) with the preset dictionary."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=dictionary)
    return deflater.compress(data) + deflater.flush()


def stored(data: bytes) -> bytes:
    """Raw DEFLATE with one stored block: nothing smaller, but right."""
    return b"\x01" + len(data).to_bytes(2, "little") + (len(data) ^ 0xFFFF).to_bytes(2, "little") + data


def text(body: bytes, first: bytes = b"\x01") -> str:
    """`DPR1` and the digits of 0x01 ‖ body."""
    return qr.PREFIX + str(int.from_bytes(first + body, "big"))


def _accepted() -> Iterator[Vector]:
    plain, packed = text(DOCUMENT), text(deflated(DOCUMENT))
    for name, given, comment in (
        ("deflated", packed, "raw DEFLATE with the preset dictionary of DPR1"),
        ("plain", plain, "the document itself: its first byte is 0xd2"),
        ("stored", text(stored(DOCUMENT)), "a DEFLATE stream need not be the smallest"),
        ("lower-case", packed.lower(), "a keyboard without shift"),
        ("mixed-case", "Dpr1" + packed[4:], ""),
        ("line-end", packed + "\r\n", "a keyboard-wedge scanner ends with a line"),
        ("lines", "\n".join(packed[i : i + 40] for i in range(0, len(packed), 40)), "broken by a message or a form"),
        ("spaces", "  " + " ".join((packed[:4], packed[4:50], packed[50:])) + "\t", ""),
        ("no-break-spaces", packed[:30] + "\u00a0" + packed[30:60] + "\u200b" + packed[60:], "from a text processor"),
        ("byte-order-mark", "\ufeff" + packed, "from a file"),
    ):
        yield vector(name, "qr", given, comment=comment, document=DOCUMENT.hex())
    document = W.trust_list()
    yield vector("first-byte-d8", "qr", text(document), comment="a COSE_Sign stands as it is", document=document.hex())
    longest = LONGEST.hex()
    yield vector("longest", "qr", text(deflated(LONGEST)), comment="16,384 bytes inflated, and no more", document=longest)


def _refused() -> Iterator[Vector]:
    packed, plain = text(deflated(DOCUMENT)), text(DOCUMENT)
    digits = packed[4:]
    body = deflated(DOCUMENT)
    for name, given, expect, comment in (
        ("empty", "", "qr_empty", ""),
        ("only-white-space", " \r\n\t", "qr_empty", ""),
        ("another-code", "HC1:6BFOXN%TS3DH0YOJ58S", "qr_not_dpr", "a health certificate"),
        ("address", "https://example.org/r?DPR1", "qr_not_dpr", "never opened"),
        ("package-code", "010735000000000921SERIAL", "qr_not_dpr", "the data matrix of a package"),
        ("prefix-missing", digits, "qr_not_dpr", ""),
        ("prefix-of-three", "DPR", "qr_not_dpr", "cut off inside the prefix"),
        ("later-version", "DPR2" + digits, "qr_version", "another prefix may have another dictionary"),
        ("prefix-only", "DPR1", "qr_cut_off", ""),
        ("letter-inside", packed[:80] + "O" + packed[81:], "qr_character", "the letter O for the digit 0"),
        ("underscore-inside", packed[:80] + "_" + packed[80:], "qr_character", "Python's int() would take it"),
        ("minus", "DPR1-" + digits, "qr_character", "a negative number"),
        ("plus", "DPR1+" + digits, "qr_character", "Python's int() would take it"),
        ("arabic-digits", "DPR1" + digits.translate(_shifted(0x660)), "qr_character", "digits of another script"),
        ("full-width-digits", "DPR1" + digits.translate(_shifted(0xFF10)), "qr_character", "digits of another width"),
        ("superscript", packed[:80] + "²" + packed[81:], "qr_character", "str.isdigit() would take it"),
        ("null-inside", packed[:80] + "\x00" + packed[80:], "qr_character", "a control character"),
        ("too-many-digits", "DPR1" + "1" * 4297, "qr_too_long", "one more than is turned into a number"),
        ("too-much-text", "DPR1" + " " * 20_000, "qr_too_long", "refused before anything is looked at"),
        ("leading-zero", "DPR10" + digits, "qr_cut_off", "two texts for one number"),
        ("first-digit-missing", "DPR1" + digits[1:], "qr_cut_off", "the number no longer begins with 0x01"),
        ("last-digit-missing", packed[:-1], "qr_cut_off", ""),
        ("last-digit-twice", packed + packed[-1], "qr_cut_off", ""),
        ("half", packed[: len(packed) // 2], "qr_cut_off", ""),
        ("first-byte-two", text(body, b"\x02"), "qr_cut_off", "0x02 before the body"),
        ("no-body", "DPR11", "qr_cut_off", "0x01 and nothing"),
        ("stream-cut-off", text(body[:-9]), "qr_cut_off", "digits right, DEFLATE without its end"),
        ("stream-and-more", text(body + b"\0"), "qr_damaged", "a byte after the end of the DEFLATE stream"),
        ("stream-broken", text(b"\x07" + body[1:]), "qr_damaged", "block type 3 (RFC 1951 §3.2.3: reserved)"),
        ("distance-too-far", text(deflated(DOCUMENT, DOCUMENT + DICTIONARY)), "qr_damaged", "made with a longer dictionary"),
        ("part", text(b"\x06" + bytes(8) + b"\1\3" + body), "qr_part", "part 2 of 3, where one document is wanted"),
        ("part-malformed", text(b"\x06" + bytes(8) + b"\3\3" + body), "qr_part_malformed", "index 3 of 3: the first is 0"),
        ("inflates-too-far", text(deflated(LONGEST + b"\0")), "qr_too_long", "16,385 bytes"),
        ("bomb", text(deflated(bytes(1_000_000))), "qr_too_long", "a million bytes from a thousand"),
    ):
        yield vector(name, "qr", given, expect, comment)
    changed = plain[:-1] + str((int(plain[-1]) + 1) % 10)
    last = int(changed[4:]).to_bytes(len(DOCUMENT) + 1, "big")[1:]
    comment = "a plain body has no check of its own: the signature is what refuses it"
    yield vector("digit-changed-in-plain", "qr", changed, comment=comment, document=last.hex())


def _shifted(zero: int) -> dict[int, int]:
    return {ord("0") + digit: zero + digit for digit in range(10)}


def made() -> dict[str, Any]:
    """The file."""
    description = (
        "QR texts and the document in each. Where DEFLATE is used, other streams of the same document are as good; these "
        "are remade with zlib, and zlib-ng would write others."
    )
    return file(description, [*_accepted(), *_refused()], held=False)
