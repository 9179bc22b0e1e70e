"""Several codes give back their document in any order, whatever lies between them; what is missing or contradicts is named."""

from __future__ import annotations

import hashlib
import math
import tracemalloc
from itertools import permutations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dpr.core import qr, qr_parts
from dpr.core.errors import DocumentError
from dpr.core.qr_parts import Gathering, Missing, from_texts
from tests.core.test_qr import deflated, noise, text_of
from tests.world import World

SHORT = World().prescription_document()


def long(seed: int, length: int = 1700) -> bytes:
    """A document that no dictionary makes shorter, another for each seed."""
    return b"\xd2" + noise(length)[1:-1] + bytes((seed % 256,))


def three(document: bytes) -> tuple[str, ...]:
    return qr.to_texts(document, max_digits=1500)


def part(body: bytes, index: int, total: int, chunk: bytes) -> str:
    return text_of(b"\x06" + hashlib.sha256(body).digest()[:8] + bytes((index, total)) + chunk)


def gathered(*texts: str) -> Gathering:
    gathering = Gathering()
    for text in texts:
        gathering = gathering.add(text)
    return gathering


def code_of(*texts: str) -> str:
    with pytest.raises(DocumentError) as caught:
        from_texts(texts)
    return caught.value.code


FIRST, SECOND, THIRD = three(long(1))
BODY = long(1)


# --- writing ------------------------------------------------------------------------------------------------------------


def test_a_document_that_fits_is_one_code_and_the_same_as_ever() -> None:
    assert qr.to_texts(SHORT) == (qr.to_text(SHORT),)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 16_384), st.integers(30, qr.MAX_DIGITS))
@example(17, 30)
def test_parts_are_of_equal_size_and_within_the_digits_unless_sixteen_are_too_few(length: int, max_digits: int) -> None:
    texts = qr.to_texts(noise(length), max_digits=max_digits)
    assert 1 <= len(texts) <= 16 and from_texts(texts) == (noise(length),)
    parts = [found for found in map(qr.read, texts) if isinstance(found, qr.Part)]
    sizes = [len(part.chunk) for part in parts]
    assert len(sizes) in (0, len(texts)) and len(set(sizes[:-1])) <= 1
    assert not sizes or 1 <= sizes[-1] <= sizes[0] < sizes[-1] + len(texts)
    too_few = 16 * (math.floor((max_digits - 1) / math.log10(256)) - 12) < length
    assert too_few or max(map(len, texts)) <= max_digits + 4


def test_no_fewer_parts_would_do() -> None:
    room = len(BODY) // 2 + 11  # what a part of two would need, header and all
    digits = len(str(int.from_bytes(b"\x01\x06" + b"\xff" * (room - 1), "big")))
    assert (len(qr.to_texts(BODY, max_digits=digits)), len(qr.to_texts(BODY, max_digits=digits - 3))) == (2, 3)


def test_the_longest_document_fits_and_a_byte_more_is_refused_by_name() -> None:
    assert from_texts(qr.to_texts(noise(16_384))) == (noise(16_384),)
    with pytest.raises(DocumentError, match="qr_too_long"):
        qr.to_texts(noise(16_385))
    with pytest.raises(DocumentError, match="qr_too_long"):  # no document begins so, and DEFLATE only makes it longer
        qr.to_texts(noise(16_385)[1:])


@pytest.mark.parametrize("max_digits", [0, 29, qr.MAX_DIGITS + 1])
def test_digits_that_no_part_can_have_are_misuse(max_digits: int) -> None:
    with pytest.raises(ValueError, match="max_digits"):
        qr.to_texts(SHORT, max_digits=max_digits)


# --- reading ------------------------------------------------------------------------------------------------------------

_documents = st.one_of(
    st.integers(1, 16_384).map(noise),
    st.binary(max_size=600),
    st.binary(max_size=600).map(lambda rest: b"\xd2" + rest),
    st.just(SHORT),
)


@settings(deadline=None)
@given(st.data(), _documents, st.integers(30, 1600))
def test_any_order_with_repeats_gives_the_document_back(data: st.DataObject, document: bytes, max_digits: int) -> None:
    texts = list(qr.to_texts(document, max_digits=max_digits))
    repeats = data.draw(st.lists(st.sampled_from(texts), max_size=6))
    assert from_texts(data.draw(st.permutations(texts + repeats))) == (document,)


@settings(deadline=None)
@given(st.data(), st.integers(200, 9000).map(noise), st.integers(100, 400))
def test_any_strict_subset_names_what_is_missing(data: st.DataObject, document: bytes, max_digits: int) -> None:
    texts = qr.to_texts(document, max_digits=max_digits)
    kept = data.draw(st.sets(st.sampled_from(range(len(texts))), max_size=len(texts) - 1))
    gathering = gathered(*(texts[index] for index in data.draw(st.permutations(sorted(kept)))))
    assert gathering.documents == ()
    absent = tuple(number for number in range(1, len(texts) + 1) if number - 1 not in kept)
    found = [(one.numbers, one.total) for one in gathering.missing]
    assert found == ([(absent, len(texts))] if kept else [])


@settings(deadline=None)
@given(st.data())
def test_two_sets_and_a_whole_code_mixed_do_not_disturb_each_other(data: st.DataObject) -> None:
    texts = [*three(long(1)), *three(long(2)), qr.to_text(SHORT)]
    assert set(from_texts(data.draw(st.permutations(texts)))) == {long(1), long(2), SHORT}
    absent = data.draw(st.sampled_from(three(long(2))))
    gathering = gathered(*data.draw(st.permutations([text for text in texts if text != absent])))
    assert set(gathering.documents) == {long(1), SHORT}
    assert [one.numbers for one in gathering.missing] == [(three(long(2)).index(absent) + 1,)]


def test_documents_come_in_the_order_completed() -> None:
    a, b = three(long(1)), three(long(2))
    assert from_texts([a[0], b[0], qr.to_text(SHORT), b[1], b[2], a[1], a[2]]) == (SHORT, long(2), long(1))


def test_one_document_over_two_paths_is_one() -> None:
    assert from_texts([*three(long(1)), qr.to_text(long(1)), FIRST]) == (long(1),)


def test_what_a_wedge_scanner_does_to_a_text_is_forgiven_in_parts_too() -> None:
    assert from_texts([SECOND.lower() + "\r\n", f" {FIRST[:50]}\t{FIRST[50:]}", "\ufeff" + THIRD]) == (long(1),)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_progress_is_told_after_each_code(order: tuple[int, int, int]) -> None:
    texts = (FIRST, SECOND, THIRD)
    gathering = Gathering().add(texts[order[0]])
    absent = tuple(sorted(number + 1 for number in order[1:]))
    set_id = hashlib.sha256(BODY).digest()[:8]
    assert gathering.missing == (Missing(set_id, absent, 3),)
    assert str(gathering.missing[0]) == f"part {absent[0]}, {absent[1]} of 3 missing"
    assert gathering.missing[0].mark == set_id.hex()[:4] == qr_parts.mark_of(set_id)
    assert gathering.add(texts[order[1]]).add(texts[order[2]]).missing == ()


def test_one_part_alone_is_named_where_one_document_is_wanted() -> None:
    with pytest.raises(DocumentError) as caught:
        qr.from_text(SECOND)
    assert (caught.value.code, caught.value.detail) == ("qr_part", "part 2 of 3")


def test_the_missing_parts_of_several_sets_are_told_apart() -> None:
    with pytest.raises(DocumentError) as caught:
        from_texts([FIRST, THIRD, three(long(2))[2]])
    marks = [hashlib.sha256(long(seed)).hexdigest()[:4] for seed in (1, 2)]
    assert caught.value.detail == f"part 2 of 3 missing (mark {marks[0]}); part 1, 2 of 3 missing (mark {marks[1]})"


# --- faults -------------------------------------------------------------------------------------------------------------

_ID = hashlib.sha256(b"body").digest()[:8]


_WRONG = [_ID + bytes(pair) + b"x" for pair in ((0, 0), (0, 1), (2, 2), (0, 17), (255, 3))]


@pytest.mark.parametrize("tail", [b"", _ID, _ID + b"\x00", _ID + b"\x00\x02", *_WRONG])
def test_a_part_that_cannot_be_one_is_malformed(tail: bytes) -> None:
    text = text_of(b"\x06" + tail)
    assert code_of(text) == "qr_part_malformed"
    with pytest.raises(DocumentError, match="qr_part_malformed"):
        qr.from_text(text)


@pytest.mark.parametrize("texts", [
    (part(BODY, 0, 3, BODY[:700]), part(BODY, 0, 3, BODY[1:701])),
    (part(BODY, 0, 3, BODY[:700]), part(BODY, 1, 4, BODY[700:1400])),
    (part(BODY, 0, 2, BODY[:1000]), part(BODY, 1, 2, BODY[1000:]), part(BODY, 2, 3, b"x")),
    (part(BODY, 0, 2, BODY[:1000]), part(BODY, 1, 2, BODY[1000:]), part(BODY, 1, 2, b"x")),
    (part(BODY, 0, 3, BODY[:700]), part(BODY, 1, 3, BODY[700:1399])),
    (part(BODY, 0, 2, BODY[:800]), part(BODY, 1, 2, BODY[800:])),
    (part(BODY, 1, 2, BODY[800:]), part(BODY, 0, 2, BODY[:800])),
    (part(BODY[:1699], 0, 2, BODY[:849]), part(BODY[:1699], 1, 2, BODY[849:1699])),
])  # fmt: skip
def test_parts_that_contradict_each_other_are_refused(texts: tuple[str, ...]) -> None:
    assert code_of(*texts) == "qr_parts_differ"


def test_an_error_leaves_what_was_read_as_it_was_and_the_set_can_be_begun_anew() -> None:
    wrong = part(BODY, 0, 3, b"\0" * len(qr.read(FIRST).chunk))  # type: ignore[union-attr]
    gathering = gathered(qr.to_text(SHORT), wrong, SECOND)
    for text, code in ((FIRST, "qr_parts_differ"), (THIRD, "qr_parts_damaged")):
        with pytest.raises(DocumentError, match=code):
            gathering.add(text)
    assert gathering.missing[0].numbers == (3,)
    again = gathering.forget(THIRD)
    assert again.missing == () and again.forget(qr.to_text(SHORT)) == again
    assert again.add(THIRD).add(FIRST).add(SECOND).documents == (SHORT, long(1))


def test_the_joined_body_must_have_the_hash_that_its_set_id_begins() -> None:
    assert code_of(part(BODY, 0, 2, BODY[:1000]), part(BODY, 1, 2, b"\0" * 1000)) == "qr_parts_damaged"


def test_a_part_inside_parts_is_refused_whatever_it_holds() -> None:
    inner = b"\x06" + bytes(8) + b"\0\2" + BODY[:40]
    for body in (inner, b"\x06" + BODY[1:40]):
        assert code_of(part(body, 0, 2, body[:30]), part(body, 1, 2, body[30:])) == "qr_part_malformed"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (deflated(bytes(16_385)), "qr_too_long"),
        (deflated(SHORT)[:-1], "qr_cut_off"),
        (deflated(SHORT) + b"\0", "qr_damaged"),
        (b"\x07" + SHORT, "qr_damaged"),
    ],
)
def test_what_holds_for_one_code_holds_for_what_is_joined(body: bytes, code: str) -> None:
    half = (len(body) + 1) // 2
    assert code_of(part(body, 0, 2, body[:half]), part(body, 1, 2, body[half:])) == code


def test_a_joined_body_is_never_longer_than_a_document() -> None:
    body = noise(16_385)
    assert code_of(*(part(body, n, 16, body[n * 1025 : n * 1025 + 1025]) for n in range(16))) == "qr_too_long"


def test_unfinished_sets_and_documents_are_bounded_and_finished_ones_make_room() -> None:
    sets = [qr.to_texts(long(seed), max_digits=2500) for seed in range(9)]
    full = gathered(*(texts[0] for texts in sets[:8]))
    with pytest.raises(DocumentError, match="qr_too_many"):
        full.add(sets[8][0])
    assert full.add(sets[0][1]).add(sets[8][0]).documents == (long(0),)
    many = gathered(*(qr.to_text(noise(10 + n)) for n in range(64)))
    assert many.add(qr.to_text(noise(10))) == many
    with pytest.raises(DocumentError, match="qr_too_many"):
        many.add(qr.to_text(noise(9)))


def test_a_stream_of_hostile_parts_costs_little_memory() -> None:
    chunk = bytes(1700)
    texts = [part(n.to_bytes(2, "big"), i, 16, chunk) for n in range(40) for i in range(9)]
    gathering = Gathering()
    tracemalloc.start()
    try:
        for text in texts:
            try:
                gathering = gathering.add(text)
            except DocumentError as error:
                assert error.code == "qr_too_many"
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()
    assert len(gathering.missing) == 8


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=12), st.integers(0, 3), st.integers(0, 4), st.binary(max_size=4)), max_size=12))
def test_any_parts_give_documents_or_a_named_error(made: list[tuple[bytes, int, int, bytes]]) -> None:
    gathering = Gathering()
    for body, index, total, chunk in made:
        try:
            gathering = gathering.add(part(body, index, total, chunk))
        except DocumentError as error:
            assert error.code.startswith("qr_")
    assert all(isinstance(document, bytes) for document in gathering.documents)
