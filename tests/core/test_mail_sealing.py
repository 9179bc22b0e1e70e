"""Sealed messages: what is sealed opens, what is changed does not, what is hostile is named; a second opinion, both ways."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from dpr.core import cbor, cose, documents
from dpr.core.codes import CODES
from dpr.core.errors import DocumentError
from dpr.core.mail import sealing
from dpr.core.mail.message import Message
from dpr.core.mail.sealing import BUCKETS, LENGTH_BYTES, OVERHEAD_BYTES
from scripts.vectors import hpke
from tests.mail_world import MailWorld, opening_key, sealing_key

WORLD = MailWorld()
VALUE = WORLD.message_value()
DOCUMENT = WORLD.message()
SEALED = WORLD.sealed()
SEED = hashlib.sha512(b"dpr test mail key pharmacy").digest()
PRIVATE = hpke.Private(SEED, SEED[:32])


def opened(sealed: bytes, to: str = "pharmacy") -> bytes:
    parts = sealing.read(sealed)
    return sealing.unpad(sealing.SUITE.decrypt(parts.ciphertext, opening_key(to), info=parts.info))


def code_of(data: bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        sealing.read(data)
    assert caught.value.code in CODES
    return caught.value.code


# --- there and back -----------------------------------------------------------------------------------------------------


def test_what_is_sealed_is_read_and_opens_for_its_recipient_alone() -> None:
    parts = sealing.read(SEALED)
    assert parts.outer == sealing.outer_of(VALUE, len(DOCUMENT)) and parts.key_id == sealing_key("pharmacy").id
    assert opened(SEALED) == DOCUMENT
    with pytest.raises(InvalidTag):
        opened(SEALED, to="somebody else")
    assert b"Tolvan" not in SEALED and DOCUMENT[:40] not in SEALED


def test_sealing_twice_makes_other_bytes_of_the_same_size() -> None:
    again = WORLD.sealed()
    assert again != SEALED and len(again) == len(SEALED) and opened(again) == opened(SEALED)


@pytest.mark.parametrize("bucket", range(len(BUCKETS)))
@pytest.mark.parametrize("over", [0, 1])
def test_a_message_takes_the_smallest_bucket_that_holds_it(bucket: int, over: int) -> None:
    size = BUCKETS[bucket] - LENGTH_BYTES + over
    if size > sealing.MAX_MESSAGE_BYTES:
        with pytest.raises(DocumentError, match="mail_too_large"):
            sealing.outer_of(VALUE, size)
        return
    assert sealing.outer_of(VALUE, size).content.bucket == bucket + over


@pytest.mark.parametrize("size", [1, 4092, 4093, 16_380, 16_381, 65_532])
def test_every_size_of_document_opens_again_and_shows_its_bucket_only(size: int) -> None:
    document = bytes(range(1, 256)) * (size // 255 + 1)
    outer = sealing.outer_of(VALUE, size)
    sealed = sealing.seal(document[:size], sealing_key("pharmacy"), outer)
    assert opened(sealed) == document[:size]
    assert len(sealing.read(sealed).ciphertext) == BUCKETS[outer.content.bucket] + OVERHEAD_BYTES
    assert len(sealed) <= sealing.MAX_SEALED_BYTES


def test_a_document_that_is_larger_than_its_bucket_is_a_fault_of_ours_that_no_reader_takes() -> None:
    with pytest.raises(DocumentError, match="mail_size"):
        sealing.read(sealing.seal(bytes(5000), sealing_key("pharmacy"), sealing.outer_of(VALUE, 10)))


@pytest.mark.parametrize("public", [b"", bytes(1216), b"\xff" * 1216, bytes(1215)])
def test_a_key_that_is_none_is_named(public: bytes) -> None:
    key = msgspec.structs.replace(sealing_key("pharmacy"), public=public)
    with pytest.raises(DocumentError, match="mail_key_malformed"):
        sealing.seal(DOCUMENT, key, sealing.outer_of(VALUE, len(DOCUMENT)))


# --- a second opinion ---------------------------------------------------------------------------------------------------


def test_what_we_seal_another_implementation_opens() -> None:
    parts = sealing.read(SEALED)
    assert sealing.unpad(hpke.open_(PRIVATE, parts.ciphertext, parts.info)) == DOCUMENT
    assert PRIVATE.public == sealing_key("pharmacy").public


@pytest.mark.parametrize("randomness", [bytes(64), b"\xff" * 64, hashlib.sha512(b"x").digest()])
def test_what_another_implementation_seals_we_open(randomness: bytes) -> None:
    protected = cbor.encode({1: sealing.ALG, 4: sealing_key("pharmacy").id, 15: {}, 16: sealing.TYP})
    info = sealing.info_of(protected)
    ciphertext = hpke.seal(PRIVATE.public, b"plaintext", info, randomness=randomness)
    assert sealing.SUITE.decrypt(ciphertext, opening_key("pharmacy"), info=info) == b"plaintext"
    assert len(ciphertext) == len(b"plaintext") + OVERHEAD_BYTES


def test_x_wings_own_seed_gives_the_key_that_its_draft_says() -> None:
    """The first bytes of the public key of X-Wing's first published test vector (draft-connolly-cfrg-xwing-kem, appendix C)."""
    seed = bytes.fromhex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26")
    assert hpke.expanded(seed).public.hex().startswith("e2236b35a8c24b39b10aa1323a96a919a2ced88400633a7b07131713fc14b2b5")


# --- hostile bytes --------------------------------------------------------------------------------------------------------


def test_every_cut_and_every_trailing_byte_is_named() -> None:
    for end in (*range(200), len(SEALED) - 1):
        assert code_of(SEALED[:end]) == "mail_malformed"
    assert code_of(SEALED + b"\0") == "mail_malformed"


def test_every_bit_of_frame_and_header_is_bound() -> None:
    """A changed bit before the ciphertext is refused by name, or the message opens no more."""
    begin = len(SEALED) - len(sealing.read(SEALED).ciphertext)
    readable = 0
    for place in range(begin):
        for bit in range(8):
            changed = bytearray(SEALED)
            changed[place] ^= 1 << bit
            try:
                sealing.read(bytes(changed))
            except DocumentError as error:
                assert error.code in CODES
                continue
            readable += 1
            with pytest.raises(InvalidTag):
                opened(bytes(changed))
    assert readable > 100, "ids, times and the like can be changed, and then nothing opens"


def test_a_changed_bit_anywhere_in_the_ciphertext_opens_nothing() -> None:
    begin = len(SEALED) - len(sealing.read(SEALED).ciphertext)
    for place in range(begin, len(SEALED), 97):
        changed = bytearray(SEALED)
        changed[place] ^= 1
        with pytest.raises(InvalidTag):
            opened(bytes(changed))


def test_one_byte_more_than_the_largest_is_refused_before_it_is_looked_at() -> None:
    assert code_of(bytes(sealing.MAX_SEALED_BYTES + 1)) == "mail_too_large"
    assert code_of(bytes(sealing.MAX_SEALED_BYTES)) == "mail_malformed"


def test_a_header_that_is_too_long_is_refused_before_it_is_decoded() -> None:
    ciphertext = bytes(BUCKETS[0] + OVERHEAD_BYTES)
    assert code_of(sealing.assemble(b"\xff" * sealing.MAX_OUTER_BYTES, ciphertext)) == "cbor_malformed"
    assert code_of(sealing.assemble(b"\xff" * (sealing.MAX_OUTER_BYTES + 1), ciphertext)) == "mail_header"


@given(st.binary(max_size=300))
def test_any_bytes_are_named(data: bytes) -> None:
    assert code_of(data) in ("mail_malformed", "mail_header") or code_of(data).startswith("cbor_")
    framed = sealing.assemble(data, bytes(BUCKETS[0] + OVERHEAD_BYTES))
    assert code_of(framed) in ("mail_header", "mail_algorithm") or code_of(framed).startswith("cbor_")


@given(
    st.dictionaries(
        st.sampled_from([1, 4, 15, 16, 5, "x"]),
        st.one_of(st.integers(-70_000, 70_000), st.binary(max_size=20), st.text(max_size=20), st.booleans(), st.just([1])),
    )
)
def test_any_header_is_named_or_read(header: dict[int | str, object]) -> None:
    labels = {cose.ALG: sealing.ALG, cose.KID: bytes(8), 15: sealing.OUTER.to_cbor(sealing.read(SEALED).outer), 16: sealing.TYP}
    framed = sealing.assemble(cbor.encode({**labels, **header}), bytes(BUCKETS[0] + OVERHEAD_BYTES))
    try:
        found = sealing.read(framed)
    except DocumentError as error:
        assert error.code in CODES
    else:
        assert found.outer == sealing.read(SEALED).outer


# --- padding and the two headers ------------------------------------------------------------------------------------------


@given(st.binary(max_size=4092))
def test_what_is_padded_comes_back(document: bytes) -> None:
    padded = sealing.pad(document, BUCKETS[0])
    assert len(padded) == BUCKETS[0] and sealing.unpad(padded) == document


@pytest.mark.parametrize(
    "padded",
    [
        b"", bytes(4095), bytes(4097), b"\0\0\0\x01\x05" + bytes(4090) + b"\x01", (4093).to_bytes(4, "big") + bytes(4092),
        b"\xff" * 4096,
    ],
)  # fmt: skip
def test_padding_that_is_none_is_named(padded: bytes) -> None:
    with pytest.raises(DocumentError, match="mail_padding"):
        sealing.unpad(padded)


CHANGES = {"id": bytes(16), "created": VALUE.created + 1, "not_after": VALUE.not_after - 1}


@pytest.mark.parametrize("name", CHANGES)
def test_an_outer_header_that_says_otherwise_is_refused(name: str) -> None:
    outer = sealing.outer_of(VALUE, len(DOCUMENT))
    sealing.require_same(outer, VALUE)
    with pytest.raises(DocumentError, match="mail_header_differs"):
        sealing.require_same(outer, msgspec.structs.replace(VALUE, **{name: CHANGES[name]}))


def test_every_field_of_a_message_but_its_documents_stands_in_the_outer_header() -> None:
    inner = {field.name for field in documents.MESSAGE.claims.fields} - {"content"}
    assert inner == {field.name for field in sealing.OUTER.fields} - {"content"}
    content = {field.name for field in sealing.OUTER_CONTENT.fields}
    assert content == {"queue", "environment", "bucket"}
    assert set(Message.__struct_fields__) == inner | {"content"}
