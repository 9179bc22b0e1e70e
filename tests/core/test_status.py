"""Status lists: every entry is where it was put, nothing beyond the list is valid, and inflating is bounded."""

from __future__ import annotations

import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpr.core import documents, status
from dpr.core.errors import DocumentError
from dpr.core.status import ENTRIES, MAX_LIST_BYTES, STATUS_LIST, Entries, Status
from tests.world import CARE, World, status_uri


@given(st.dictionaries(st.integers(0, 200), st.sampled_from(Status), max_size=20), st.integers(201, 300))
def test_each_entry_is_where_it_was_put_and_all_others_are_valid(entries: dict[int, Status], size: int) -> None:
    built = Entries.build(entries, size=size, bits=2)
    read = ENTRIES.from_cbor(ENTRIES.to_cbor(built))
    assert [read[index] for index in range(size)] == [entries.get(index, Status.VALID) for index in range(size)]


def test_the_bits_stand_as_in_the_drafts_own_example() -> None:
    """draft-ietf-oauth-status-list §4.1: 1,0,0,1,1,1,0,1 | 1,1,0,0,0,1,0,1 with one bit an entry is b9 a3."""
    ones = [place for place, bit in enumerate("1001110111000101") if bit == "1"]
    assert Entries.build(dict.fromkeys(ones, Status.REVOKED), size=16, bits=1).lst == b"\xb9\xa3"


def test_the_bits_stand_as_in_the_drafts_example_of_two_bits() -> None:
    """draft-ietf-oauth-status-list §4.1: statuses 1,2,0,3,0,1,0,1,1,2,3,3 with two bits an entry are c9 44 f9."""
    entries = Entries(bits=2, lst=b"\xc9\x44\xf9")
    valid, revoked, suspended = Status
    found = [entries[index] for index in range(12)]
    assert found == [revoked, suspended, valid, revoked, valid, revoked, valid, revoked, revoked, suspended, revoked, revoked]


@pytest.mark.parametrize("bits", [1, 2])
def test_an_index_beyond_the_list_is_no_answer(bits: int) -> None:
    entries = Entries.build({}, size=16, bits=bits)
    assert entries[15] is Status.VALID
    assert entries[16] is None and entries[-1] is None and entries[2**31 - 1] is None


@pytest.mark.parametrize(
    ("entries", "bits"),
    [({16: Status.REVOKED}, 1), ({-1: Status.REVOKED}, 1), ({0: Status.SUSPENDED}, 1), ({8: Status.VALID}, 2)],
)
def test_what_does_not_fit_is_refused(entries: dict[int, Status], bits: int) -> None:
    with pytest.raises(DocumentError, match="status_list_entry"):
        Entries.build(entries, size=8, bits=bits)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not zlib",
        zlib.compress(b""),
        zlib.compress(b"\x00" * 100)[:-1],
        zlib.compress(b"\x00" * 100) + b"\x00",
        zlib.compress(b"\x00" * 100)[2:-4],
        zlib.compress(b"\x00" * (MAX_LIST_BYTES + 1)),
    ],
    ids=["empty", "text", "no entries", "torn", "followed", "raw", "too long"],
)
def test_what_is_no_list_is_named(data: bytes) -> None:
    with pytest.raises(DocumentError, match="status_list_malformed"):
        status.inflate(data)


@given(st.binary(max_size=200))
def test_any_bytes_give_entries_or_the_one_named_error(data: bytes) -> None:
    try:
        assert status.inflate(data)
    except DocumentError as error:
        assert error.code == "status_list_malformed"


def test_a_bomb_costs_no_more_than_the_cap() -> None:
    bomb = zlib.compress(bytes(200_000_000), 9)
    tracemalloc.start()
    try:
        with pytest.raises(DocumentError, match="status_list_malformed"):
            status.inflate(bomb)
        assert tracemalloc.get_traced_memory()[1] < 3 * MAX_LIST_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("bits", [0, 3, 4, 8, True, None])
def test_other_widths_are_refused(bits: object) -> None:
    with pytest.raises(DocumentError):
        ENTRIES.from_cbor({"bits": bits, "lst": zlib.compress(b"\x00")})


@pytest.mark.parametrize("lst", [None, "text", 1, [b"\x00"], True])
def test_entries_that_are_no_bytes_are_refused(lst: object) -> None:
    with pytest.raises(DocumentError, match="field_type"):
        ENTRIES.from_cbor({"bits": 1, "lst": lst})


def test_a_list_of_nobody_still_has_a_byte() -> None:
    assert Entries.build({}, size=0, bits=1).lst == b"\x00"


def test_a_signed_list_is_read_and_the_newer_one_of_two_is_kept() -> None:
    world = World()
    old = world.status_list({7: Status.REVOKED}, issued_at=world.now - 7200)
    new = world.status_list({7: Status.VALID}, issued_at=world.now - 60)
    credential = world.credential_value()
    for lists in ([old, new], [new, old]):
        trust = documents.open_trust(world.anchor, world.trust_list(), status_lists=lists)
        answer = trust.status(credential)
        assert answer is not None and (answer.status, answer.issued_at) == (Status.VALID, world.now - 60)


def test_a_list_of_another_issuer_under_the_same_name_says_nothing() -> None:
    world = World()
    value = STATUS_LIST.from_cbor({2: status_uri(CARE), 6: world.now, 65533: {"bits": 2, "lst": zlib.compress(b"\xff" * 250)}})
    foreign = documents.sign(documents.STATUS_LIST, value, world.pharmacies)
    trust = documents.open_trust(world.anchor, world.trust_list(), status_lists=[foreign])
    assert trust.status(world.credential_value()) is None
