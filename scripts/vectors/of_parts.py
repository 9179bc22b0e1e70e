"""tests/vectors/parts.json: the texts of several codes, as they are read one after another, and the documents in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from vectors.making import Vector, W, file, prescription, vector
from vectors.of_qr import deflated, stored, text

DOCUMENT = prescription(kcwt=None)
BODY = deflated(DOCUMENT)
ANOTHER = W.trust_list()
EVEN, ODD = (next(body for body in (BODY, DOCUMENT, stored(DOCUMENT)) if len(body) % 2 == rest) for rest in (0, 1))
PART = b"\x06"


def part(body: bytes, index: int, total: int, chunk: bytes, *, set_id: bytes | None = None) -> str:
    """One part's text."""
    return text(PART + (set_id or hashlib.sha256(body).digest()[:8]) + bytes((index, total)) + chunk)


def parts(body: bytes, total: int, size: int | None = None) -> list[str]:
    """All texts of `body`: chunks of `size`, or of equal size."""
    size = size or -(-len(body) // total)
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    assert len(chunks) == total
    return [part(body, index, total, chunk) for index, chunk in enumerate(chunks)]


def unequal(body: bytes, first: int) -> list[str]:
    """Two parts, the first with `first` bytes."""
    return [part(body, 0, 2, body[:first]), part(body, 1, 2, body[first:])]


A, B, C = parts(BODY, 3)
X, Y = parts(ANOTHER, 2)
SIZE = -(-len(BODY) // 3)


def _accepted() -> Iterator[Vector]:
    wide = deflated(W.prescription_document())
    for name, given, documents, comment in (
        ("in-order", [A, B, C], [DOCUMENT], "three parts of a deflated document"),
        ("backwards", [C, B, A], [DOCUMENT], "any order"),
        ("last-first", [C, A, B], [DOCUMENT], "the last chunk is shorter: a reader cannot take its length for the others'"),
        ("twice", [A, A, B, A, C, C], [DOCUMENT], "an equal part counts once"),
        ("again-when-whole", [A, B, C, B, A], [DOCUMENT], "a whole set does not begin anew"),
        ("plain", parts(DOCUMENT, 2), [DOCUMENT], "the joined body is the document itself"),
        ("stored", parts(stored(DOCUMENT), 4), [DOCUMENT], "a DEFLATE stream need not be the smallest"),
        ("sixteen", parts(wide, 16), [W.prescription_document()], "as many as there may be"),
        ("last-of-one-byte", parts(BODY, 2, len(BODY) - 1), [DOCUMENT], ""),
        ("all-of-one-length", parts(EVEN, 2), [DOCUMENT], "the last at most as long"),
        ("as-typed", [A.lower() + "\r\n", f" {B[:40]}\t{B[40:]}", "\ufeff" + C], [DOCUMENT], "forgiven as in one code"),
        ("two-sets-mixed", [A, X, C, Y, B], [ANOTHER, DOCUMENT], "documents in the order completed"),
        ("with-a-whole-code", [A, text(ANOTHER), B, C], [ANOTHER, DOCUMENT], ""),
        ("whole-code-too", [A, text(BODY), B, C], [DOCUMENT], "one document over two ways is one"),
        ("one-whole-code", [text(BODY)], [DOCUMENT], "no parts at all"),
        (
            "cut-in-two-ways",
            [*parts(BODY, 2), *parts(stored(DOCUMENT), 3)],
            [DOCUMENT],
            "two bodies, so two sets, of one document",
        ),
        ("longest", parts(b"\xd2" + bytes(16_383), 16), [b"\xd2" + bytes(16_383)], "16,384 bytes, and no more"),
    ):
        yield vector(name, "parts", given, comment=comment, documents=[document.hex() for document in documents])


SMALL = b"\xd2tiny"
#: Bodies of one small document: DEFLATE in stored blocks, with empty ones before it.
MANY_WAYS = [b"\x00\x00\x00\xff\xff" * empty + stored(SMALL) for empty in range(73)]


def _many() -> Iterator[Vector]:
    whole = [text(b"\xd2" + bytes((number,))) for number in range(65)]
    documents = [(b"\xd2" + bytes((number,))).hex() for number in range(64)]
    yield vector("sixty-four-documents", "parts", whole[:64], comment="as many as there may be", documents=documents)
    yield vector("sixty-fifth-document", "parts", whole, "qr_too_many", "one more than there may be")
    cut = [both for body in MANY_WAYS for both in parts(body, 2)]
    comment = "one document, cut up in 72 ways"
    yield vector("seventy-two-sets", "parts", cut[:144], comment=comment, documents=[SMALL.hex()])
    yield vector("seventy-third-set", "parts", cut[:145], "qr_too_many", "its first part: what is remembered is bounded")


def _refused() -> Iterator[Vector]:
    wrong = bytes((BODY[SIZE] ^ 1,)) + BODY[SIZE + 1 : 2 * SIZE]
    for name, given, expect, comment in (
        ("first-missing", [B, C], "qr_part_missing", "part 1 of 3"),
        ("middle-missing", [A, C], "qr_part_missing", "part 2 of 3"),
        ("last-missing", [A, B], "qr_part_missing", "part 3 of 3"),
        ("two-missing", [B, B], "qr_part_missing", "parts 1 and 3 of 3; the same one twice is one"),
        ("one-of-two-sets-missing", [A, X, B, C], "qr_part_missing", "the other set is whole"),
        ("other-bytes", [A, B, part(BODY, 1, 3, wrong), C], "qr_parts_differ", "another chunk for an index that was read"),
        ("other-bytes-when-whole", [A, B, C, part(BODY, 1, 3, wrong)], "qr_parts_differ", "the same, after the set was whole"),
        ("other-total", [A, part(BODY, 1, 4, BODY[SIZE : 2 * SIZE]), C], "qr_parts_differ", "4 where the others say 3"),
        (
            "shorter-in-the-middle",
            [A, part(BODY, 1, 3, BODY[SIZE : 2 * SIZE - 1]), part(BODY, 2, 3, BODY[2 * SIZE - 1 :])],
            "qr_parts_differ",
            "joined they would be right, but all chunks but the last have one length",
        ),
        ("longer-last", unequal(ODD, len(ODD) // 2), "qr_parts_differ", "the last chunk is a byte longer than the first"),
        (
            "longer-last-read-first",
            unequal(ODD, len(ODD) // 2)[::-1],
            "qr_parts_differ",
            "the same, the other way round",
        ),
        ("other-hash", [A, part(BODY, 1, 3, wrong), C], "qr_parts_damaged", "one bit of a chunk"),
        (
            "exchanged",
            [part(BODY, 1, 3, BODY[:SIZE]), part(BODY, 0, 3, BODY[SIZE : 2 * SIZE]), C],
            "qr_parts_damaged",
            "two indices",
        ),
        (
            "hash-of-the-document",
            [part(BODY, i, 3, BODY[i * SIZE : (i + 1) * SIZE], set_id=hashlib.sha256(DOCUMENT).digest()[:8]) for i in range(3)],
            "qr_parts_damaged",
            "the set id is of the body, here DEFLATE, not of the document in it",
        ),
        (
            "set-id-from-the-end",
            [part(BODY, i, 3, BODY[i * SIZE : (i + 1) * SIZE], set_id=hashlib.sha256(BODY).digest()[-8:]) for i in range(3)],
            "qr_parts_damaged",
            "the last 8 bytes of the hash",
        ),
        ("no-chunk", [A, B, part(BODY, 2, 3, b"")], "qr_part_malformed", "the last chunk is empty"),
        ("header-cut-off", [text(PART + hashlib.sha256(BODY).digest()[:8] + b"\0")], "qr_part_malformed", "no total"),
        ("kind-byte-alone", [text(PART)], "qr_part_malformed", ""),
        ("total-zero", [part(BODY, 0, 0, BODY)], "qr_part_malformed", ""),
        ("total-one", [part(BODY, 0, 1, BODY)], "qr_part_malformed", "one part is a whole code"),
        ("total-seventeen", [part(BODY, i, 17, BODY[:9]) for i in range(17)], "qr_part_malformed", "more than 16"),
        ("index-at-total", [A, B, part(BODY, 3, 3, BODY[2 * SIZE :])], "qr_part_malformed", "index 3 of 3: the first is 0"),
        ("part-inside-parts", parts(PART + bytes(8) + b"\0\2" + DOCUMENT, 2), "qr_part_malformed", "the joined body is a part"),
        ("joined-too-long", parts(b"\xd2" + bytes(16_384), 16), "qr_too_long", "16,385 bytes, as they stand"),
        ("inflates-too-far", parts(deflated(bytes(1_000_000)), 2), "qr_too_long", "a million bytes"),
        ("joined-stream-cut-off", parts(BODY[:-9], 2), "qr_cut_off", "the set id agrees, the stream has no end"),
        ("joined-stream-and-more", parts(BODY + b"\0", 2), "qr_damaged", "a byte after the end of the DEFLATE stream"),
        ("joined-stream-broken", parts(b"\x07" + BODY[1:], 2), "qr_damaged", "block type 3 (RFC 1951 §3.2.3: reserved)"),
        ("digit-missing", [A, B[:-1], C], "qr_cut_off", "of the second text"),
        ("letter-inside", [A, B[:80] + "O" + B[81:], C], "qr_character", "the letter O for the digit 0"),
        ("another-code-between", [A, "https://example.org/", B, C], "qr_not_dpr", "nothing is left out unsaid"),
        ("later-version", [A, "DPR2" + B[4:], C], "qr_version", ""),
        ("empty-text", [A, "", B, C], "qr_empty", ""),
        ("ninth-set", [part(bytes((n,)), 0, 2, b"x") for n in range(9)], "qr_too_many", "dpr keeps 8 unfinished sets"),
    ):
        yield vector(name, "parts", given, expect, comment)


def made() -> dict[str, Any]:
    """The file."""
    description = (
        "The texts of several QR codes in the order in which they are read, and the documents in them in the order completed. "
        "What is missing is judged when all were read."
    )
    assert len(BODY) % 3, "the last chunk is shorter"
    return file(description, [*_accepted(), *_many(), *_refused()], held=False)
