"""Targets: whoever reads what stands in a QR code, is typed by a scanner, or comes in several codes."""

from __future__ import annotations

from random import Random

from dpr.apps.pasted import typed_text
from dpr.core import qr, qr_parts
from dpr.core.errors import DocumentError
from dpr.core.verify import Accepted, verify
from tests.fuzz.mutate import raw
from tests.fuzz.site import SITE
from tests.fuzz.target import outcome, target, vectors


def _texts() -> list[bytes]:
    return [*vectors("qr"), *(qr.to_text(one).encode() for one in SITE.prescriptions), b"DPR1" + b"9" * 4296]


@target(seeds=_texts, max_bytes=6000, runs=2500)
def qr_text(data: bytes) -> None:
    """`qr.from_text` ends in a DocumentError or returns at most `MAX_DOCUMENT_BYTES` bytes, which are written and read as
    themselves, in one code where they fit one and else in several."""
    document = outcome(lambda: qr.from_text(data.decode("utf-8", "surrogateescape")), DocumentError)
    if document is not None:
        assert len(document) <= qr.MAX_DOCUMENT_BYTES
        text = outcome(lambda: qr.to_text(document), DocumentError)
        assert text is None or qr.from_text(text) == document
        several = outcome(lambda: qr.to_texts(document, max_digits=400), DocumentError)
        assert several is None or qr_parts.from_texts(reversed(several)) == (document,)


def _bodies() -> list[bytes]:
    texts = [text for text in _texts() if text[:4] == b"DPR1" and text[4:].isdigit() and len(text) < 4300]
    numbers = [int(text[4:]) for text in texts if text[4:5] != b"0"]
    return [number.to_bytes((number.bit_length() + 7) // 8, "big")[1:] for number in numbers]


@target(seeds=_bodies, max_bytes=1780, runs=2500)
def qr_body(data: bytes) -> None:
    """As `qr_text`, for any body behind the digits: the inflater sees what is mutated."""
    qr_text(b"DPR1%d" % int.from_bytes(b"\x01" + data[:1780], "big"))


def _parts() -> list[bytes]:
    document = SITE.prescriptions[0]
    sets = [qr.to_texts(document, max_digits=digits) for digits in (200, 500, 900)]
    sets += [qr.to_texts(SITE.prescriptions[1], max_digits=300), qr.to_texts(document[:400], max_digits=200)]
    return ["\n".join(texts).encode() for texts in sets]


def _several(data: bytes, random: Random) -> bytes:
    """Codes shuffled, doubled, left out, taken from other sets, or with digits changed."""
    lines = data.split(b"\n")
    for _ in range(random.randint(1, 3)):
        other = random.choice(random.choice(_parts()).split(b"\n"))
        place = random.randrange(len(lines) + 1)
        how = random.randrange(5)
        if how == 0:
            lines[place:place] = [other]
        elif how == 1:
            random.shuffle(lines)
        elif how == 2:
            del lines[place : place + 1]
        elif how == 3 and lines:
            lines[place - 1] = raw(lines[place - 1], random)
        elif lines:
            lines[place - 1] = _header_changed(lines[place - 1], random)
    return b"\n".join(lines)


def _header_changed(line: bytes, random: Random) -> bytes:
    """A code whose set id, index, total or chunk is another."""
    if line[:4] != b"DPR1" or not line[4:].isdigit() or not 20 < len(line) < 4300:
        return line
    number = int(line[4:])
    body = bytearray(number.to_bytes((number.bit_length() + 7) // 8, "big"))
    body[random.choice((1, 2, 9, 10, 11, 12, len(body) - 1)) % len(body)] = random.choice((0, 1, 2, 6, 15, 16, 255))
    return b"DPR1%d" % int.from_bytes(body, "big")


@target(seeds=_parts, mutate=_several, max_bytes=20_000, runs=500)
def gathering(data: bytes) -> None:
    """Codes in any order, doubled, mixed and damaged give documents only out of bodies with the hash that their set id says;
    what is held is bounded; a code that was taken says nothing the second time; an error changes nothing; what is missing
    is exactly what was not read."""
    held = qr_parts.Gathering()
    for line in data.split(b"\n")[:200]:
        text = line.decode("utf-8", "replace")
        before = held
        after = outcome(lambda before=before, text=text: before.add(text), DocumentError)
        if after is None:
            continue
        assert after.add(text) == after
        assert set(before.documents) <= set(after.documents) and len(after.documents) <= len(before.documents) + 1
        assert len(after.documents) <= qr_parts.MAX_DOCUMENTS and len(after.missing) <= qr_parts.MAX_UNFINISHED
        assert all(len(one) <= qr.MAX_DOCUMENT_BYTES for one in after.documents)
        for parts in after.sets:
            assert len({part.number for part in parts}) == len(parts) <= parts[0].total
            body = b"".join(part.chunk for part in parts)
            assert len(parts) < parts[0].total or qr.set_id_of(body) == parts[0].set_id
        for lacking in after.missing:
            [parts] = [parts for parts in after.sets if parts[0].set_id == lacking.set_id]
            assert {part.number for part in parts} | {*lacking.numbers} == {*range(1, lacking.total + 1)}
        held = after


def _typed() -> list[bytes]:
    code = qr.to_text(SITE.prescriptions[0])
    return [
        code.encode(),
        f"{code}\r\n".encode("utf-16"),
        f"{code} {code}".encode(),
        code.lower().encode(),
        b"\xef\xbb\xbfDPR1",
        b"%PDF-1.7",
    ]


@target(seeds=_typed, max_bytes=8000)
def typed(data: bytes) -> None:
    """What was typed, pasted or scanned is text that gives the genuine document, a DocumentError, or no text at all."""
    found = typed_text(data)
    if found is not None:
        document = outcome(lambda: qr.from_text(found), DocumentError)
        judged = verify(document or b"", SITE.trust, SITE.now, policy=SITE.world.policy)
        assert not isinstance(judged, Accepted) or document == SITE.prescriptions[0]
