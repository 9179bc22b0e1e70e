"""QR text gives back the document that it was made of, and any other text gives a named error, soon and in little memory."""

from __future__ import annotations

import hashlib
import time
import tracemalloc
import zlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dpr.core import qr
from dpr.core.errors import DocumentError
from dpr.core.qr_dictionary import DICTIONARY
from dpr.core.verify import Refused, verify
from tests.world import World, days

DOCUMENT = World().prescription_document()
TEXT = qr.to_text(DOCUMENT)
BODY = (int(TEXT[4:])).to_bytes((int(TEXT[4:]).bit_length() + 7) // 8, "big")[1:]


def noise(length: int) -> bytes:
    """Bytes that no dictionary makes shorter, beginning as a document."""
    blocks = (hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(length // 32 + 1))
    return (b"\xd2" + b"".join(blocks))[:length]


def deflated(data: bytes) -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=DICTIONARY)
    return deflater.compress(data) + deflater.flush()


def text_of(body: bytes) -> str:
    return "DPR1" + str(int.from_bytes(b"\x01" + body, "big"))


def code_of(text: str) -> str:
    with pytest.raises(DocumentError) as caught:
        qr.from_text(text)
    return caught.value.code


@given(st.sampled_from([b"\xd2", b"\xd8"]), st.binary(max_size=1500))
@example(b"\xd2", b"")
@example(b"\xd8", b"\x00" * 1500)
def test_reading_undoes_writing(first: bytes, rest: bytes) -> None:
    text = qr.to_text(first + rest)
    assert text.startswith("DPR1") and text[4:].isascii() and text[4:].isdigit() and len(text) <= 4300
    assert qr.from_text(text) == first + rest


@given(st.binary(max_size=300))
def test_other_bytes_come_back_too(data: bytes) -> None:
    assert qr.from_text(qr.to_text(data)) == data


@pytest.mark.parametrize(
    "length", [1, 2, 3, 100, 1000, 1780, 1781, 1782, 1783, 1784, 1785, 1786, 1787, 1900, 2046, 2047, 2048, 9000]
)
def test_what_does_not_fit_one_code_is_refused_by_name_and_the_rest_comes_back(length: int) -> None:
    document = noise(length)
    if length <= 1783:
        assert qr.from_text(qr.to_text(document)) == document
    else:
        with pytest.raises(DocumentError, match="qr_too_long"):
            qr.to_text(document)


@pytest.mark.parametrize("document", [b"\xd2" * 16_384, b"\x00" * 16_384, DICTIONARY[-16_384:]])
def test_a_long_document_that_deflates_well_fits(document: bytes) -> None:
    assert qr.from_text(qr.to_text(document)) == document
    with pytest.raises(DocumentError, match="qr_too_long"):
        qr.to_text(document + b"\x00")


def test_a_prescription_is_smaller_as_text_than_its_bytes_would_be() -> None:
    assert len(TEXT) - 4 < len(DOCUMENT) * 2.41
    assert qr.from_text(TEXT) == DOCUMENT


@given(st.data())
def test_white_space_line_breaks_and_case_are_forgiven(data: st.DataObject) -> None:
    stray = st.sampled_from(["", "", "", " ", "\n", "\r\n", "\t", "\u00a0", "\u2009", "\ufeff", "\u200b", "\u200e", "\u2028"])
    sign = st.sampled_from([str.upper, str.lower])
    prefix = "".join(data.draw(sign)(letter) + data.draw(stray) for letter in "DPR1")
    parts = [TEXT[start : start + 90] for start in range(4, len(TEXT), 90)]
    text = data.draw(stray) + prefix + "".join(part + data.draw(stray) for part in parts)
    assert qr.from_text(text) == DOCUMENT


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "qr_empty"),
        (" \r\n\u00a0\u200b\ufeff", "qr_empty"),
        ("D", "qr_not_dpr"),
        ("DPR", "qr_not_dpr"),
        ("DPRX12", "qr_not_dpr"),
        ("https://example.se/1", "qr_not_dpr"),
        ("HC1:6BF+70790T9WJWG", "qr_not_dpr"),
        ("1234567890", "qr_not_dpr"),
        ("DPR0" + TEXT[4:], "qr_version"),
        ("DPR2" + TEXT[4:], "qr_version"),
        ("dpr9", "qr_version"),
        ("DPR1", "qr_cut_off"),
        ("dpr1 \n", "qr_cut_off"),
        ("DPR1" + "0" * 40, "qr_cut_off"),
        ("DPR10" + TEXT[4:], "qr_cut_off"),
        ("DPR11", "qr_cut_off"),
        (TEXT[:-1], "qr_cut_off"),
        (TEXT[:4] + TEXT[5:], "qr_cut_off"),
        (text_of(BODY[:-1]), "qr_cut_off"),
        (text_of(BODY + b"\x00"), "qr_damaged"),
        (text_of(b"\xff" * 40), "qr_damaged"),
        (text_of(deflated(bytes(16_385))), "qr_too_long"),
        ("DPR1" + "1" * 4297, "qr_too_long"),
        (" " * 17_184, "qr_empty"),
        (" " * 17_185, "qr_too_long"),
    ],
)
def test_each_error_has_its_name(text: str, code: str) -> None:
    assert code_of(text) == code


@pytest.mark.parametrize(
    "sign", ["x", "O", "-", "+", ".", ",", "_", "\x00", "é", "²", "٣", "３", "Ⅷ", "½", "🄁", "\u0660", "\U0001d7d7"]
)
@pytest.mark.parametrize("place", [4, 5, 100, len(TEXT) - 1])
def test_a_wrong_character_is_named_with_its_place(sign: str, place: int) -> None:
    with pytest.raises(DocumentError) as caught:
        qr.from_text(TEXT[:place] + sign + TEXT[place + 1 :])
    assert (caught.value.code, caught.value.detail) == ("qr_character", f"character {place + 1} of {len(TEXT)}")


def test_the_place_counts_what_is_left_without_white_space() -> None:
    with pytest.raises(DocumentError, match="character 6 of 7"):
        qr.from_text(" D P R 1\n1 x 3")


def test_every_shortened_text_is_refused_or_holds_no_acceptable_document() -> None:
    world = World()
    trust, now = world.trust(), days.at(world.now)
    for length in range(len(TEXT)):
        try:
            document = qr.from_text(TEXT[:length])
        except DocumentError as error:
            assert error.code in ("qr_empty", "qr_not_dpr", "qr_cut_off", "qr_damaged")
        else:
            assert isinstance(verify(document, trust, now, policy=world.policy), Refused)


def test_two_digits_that_changed_places_are_never_accepted() -> None:
    world = World()
    trust, now = world.trust(), days.at(world.now)
    for place in range(4, len(TEXT) - 1):
        if TEXT[place] != TEXT[place + 1]:
            swapped = TEXT[:place] + TEXT[place + 1] + TEXT[place] + TEXT[place + 2 :]
            try:
                document = qr.from_text(swapped)
            except DocumentError:
                continue
            assert isinstance(verify(document, trust, now, policy=world.policy), Refused)


_hostile = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(categories=["Nd", "Nl", "No"]), max_size=60),
    st.text("0123456789", max_size=60),
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(["", "DPR1", "dpr1", "DPR", "DPR1\n", TEXT]), _hostile, st.sampled_from(["", TEXT[4:], "\u0664"]))
@example("DPR1", "\u0661\u0662", "")
@example("DPR\u0661", "12", "")
@example("DPR²", "12", "")
@example("DPR1", "1" * 4296, "")
@example("DPR1", "9" * 4296, "")
@example("DPR1", "1" * 17_180, "")
def test_any_text_gives_bytes_or_a_named_error(head: str, middle: str, tail: str) -> None:
    try:
        assert isinstance(qr.from_text(head + middle + tail), bytes)
    except DocumentError as error:
        assert error.code.startswith("qr_")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_body_gives_bytes_or_a_named_error(body: bytes) -> None:
    try:
        document = qr.from_text(text_of(body))
    except DocumentError as error:
        assert error.code in ("qr_cut_off", "qr_damaged", "qr_too_long", "qr_part", "qr_part_malformed")
        assert error.code.startswith("qr_part") == (body[:1] == b"\x06")
    else:
        assert len(document) <= qr.MAX_DOCUMENT_BYTES


def test_an_inflating_body_costs_little_memory() -> None:
    bomb = text_of(deflated(bytes(1_600_000)))
    assert len(bomb) <= 4300
    tracemalloc.start()
    try:
        assert code_of(bomb) == "qr_too_long"
        assert tracemalloc.get_traced_memory()[1] < 300_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "text", ["1" * 1_000_000, "DPR1" + "1" * 1_000_000, " " * 1_000_000, "DPR1" + "x" * 17_000, "DPR1" + "9" * 4296]
)
def test_a_long_text_is_answered_at_once(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(DocumentError):
        qr.from_text(text)
    assert time.perf_counter() - start < 0.05
