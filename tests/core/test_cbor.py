"""Strict CBOR: one value, one encoding."""

from __future__ import annotations

import contextlib
import itertools
import time
import tracemalloc

import cbor2
import pytest
from cbor2 import CBORTag
from hypothesis import given, settings
from hypothesis import strategies as st

from dpr.core import cbor
from dpr.core.errors import DocumentError, DprError

scalars = st.one_of(
    st.integers(-(2**64), 2**64 - 1),
    st.binary(max_size=300),
    st.text(max_size=80).filter(lambda s: not any("\ud800" <= c <= "\udfff" for c in s)),
    st.booleans(),
    st.none(),
)
keys = st.one_of(st.integers(-(2**64), 2**64 - 1), st.text(max_size=8))
values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(keys, inner, max_size=5)), max_leaves=20
)


@given(values)
def test_decode_undoes_encode(value: object) -> None:
    data = cbor.encode(value)  # type: ignore[arg-type]
    assert cbor.decode(data) == value
    assert cbor.encode(cbor.decode(data)) == data


@given(st.binary(max_size=200))
def test_any_bytes_give_the_one_value_they_encode_or_a_named_error(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except DprError as error:
        assert error.code.startswith("cbor_")
    else:
        assert cbor.encode(value) == data


@given(values, st.binary(min_size=1, max_size=4))
def test_trailing_bytes_are_refused(value: object, tail: bytes) -> None:
    with pytest.raises(DocumentError):
        cbor.decode(cbor.encode(value) + tail)  # type: ignore[arg-type]


@given(st.dictionaries(keys, st.integers(0, 3), min_size=2, max_size=5), st.randoms())
def test_keys_in_another_order_are_refused(value: dict[object, int], random: object) -> None:
    order = list(value)
    random.shuffle(order)  # type: ignore[attr-defined]
    data = cbor2.dumps({key: value[key] for key in order})
    right = cbor.encode(value)  # type: ignore[arg-type]
    if data == right:
        assert cbor.decode(data) == value
    else:
        with pytest.raises(DocumentError, match="cbor_key_order"):
            cbor.decode(data)


REFUSED = {
    "": "cbor_malformed",
    "1801": "cbor_not_deterministic",
    "190001": "cbor_not_deterministic",
    "1b0000000000000001": "cbor_not_deterministic",
    "3801": "cbor_not_deterministic",
    "580100": "cbor_not_deterministic",
    "7803616161": "cbor_not_deterministic",
    "9801f6": "cbor_not_deterministic",
    "b8010101": "cbor_not_deterministic",
    "d81280": "cbor_not_deterministic",
    "0000": "cbor_trailing_bytes",
    "9fff": "cbor_malformed",
    "bfff": "cbor_malformed",
    "5f4100ff": "cbor_malformed",
    "7f6161ff": "cbor_malformed",
    "a201000100": "cbor_malformed",
    "a202000100": "cbor_key_order",
    "a220000000": "cbor_key_order",
    "a2616200616100": "cbor_key_order",
    "a262616100616200": "cbor_key_order",
    "f93c00": "cbor_type",
    "fb3ff0000000000000": "cbor_type",
    "f7": "cbor_type",
    "f0": "cbor_type",
    "f8ff": "cbor_type",
    "f814": "cbor_malformed",
    "1c": "cbor_malformed",
    "ff": "cbor_malformed",
    "c074323031332d30332d32315432303a30343a30305a": "cbor_tag",
    "c11a514b67b0": "cbor_tag",
    "c24101": "cbor_tag",
    "d823": "cbor_malformed",
    "d8236128": "cbor_tag",
    "d81c80": "cbor_tag",
    "d81d00": "cbor_tag",
    "d81900": "cbor_tag",
    "d9010080": "cbor_tag",
    "d9d9f700": "cbor_tag",
    "d84040": "cbor_tag",
    "a14000": "cbor_type",
    "a18000": "cbor_type",
    "a1f500": "cbor_type",
    "a1f600": "cbor_type",
    "62c328": "cbor_malformed",
    "63eda080": "cbor_malformed",
    "9bffffffffffffffff": "cbor_malformed",
    "5b7fffffffffffffff": "cbor_malformed",
    "bb00ffffffffffffff": "cbor_malformed",
    "81" * 17 + "00": "cbor_depth",
    "a100" * 17 + "00": "cbor_depth",
    "d2" * 17 + "00": "cbor_depth",
    "81" * 16_000: "cbor_depth",
    "00" * 65_537: "cbor_too_large",
}


@pytest.mark.parametrize(("data", "code"), REFUSED.items(), ids=[d[:20] or "empty" for d in REFUSED])
def test_every_other_form_is_refused_by_name(data: str, code: str) -> None:
    with pytest.raises(DocumentError) as caught:
        cbor.decode(bytes.fromhex(data))
    assert caught.value.code == code


def test_sixteen_levels_are_allowed() -> None:
    assert cbor.encode(cbor.decode(b"\x81" * 16 + b"\x00")) == b"\x81" * 16 + b"\x00"


def test_every_prefix_of_a_document_is_refused() -> None:
    data = cbor.encode({1: "text", 4: b"bytes", -1: [1, 2, {"a": None}], 24: CBORTag(18, [b"", {}, b"", b""])})
    assert cbor.decode(data)[-1] == [1, 2, {"a": None}]
    for length in range(len(data)):
        with pytest.raises(DocumentError):
            cbor.decode(data[:length])


@pytest.mark.parametrize("value", [1.5, {1.5: 1}, {b"k": 1}, 2**64, -(2**64) - 1, CBORTag(35, "x"), object(), {True: 1}])
def test_what_a_document_cannot_hold_is_not_written(value: object) -> None:
    with pytest.raises(DocumentError, match="cbor_type"):
        cbor.encode(value)  # type: ignore[arg-type]


def test_what_is_nested_too_deeply_is_not_written() -> None:
    value: object = 0
    for _ in range(17):
        value = [value]
    with pytest.raises(DocumentError, match="cbor_depth"):
        cbor.encode(value)  # type: ignore[arg-type]


# --- the proof of the one encoding, and the caps ----------------------------------------------------------------------


@given(values)
def test_the_size_added_up_is_the_size_written(value: object) -> None:
    data = cbor.encode(value)  # type: ignore[arg-type]
    assert cbor._size(cbor2.loads(data), cbor.MAX_DEPTH) == len(data)


@settings(max_examples=400)
@given(values, st.data())
def test_a_value_with_one_longer_head_anywhere_is_refused(value: object, draw: st.DataObject) -> None:
    data = cbor.encode(value)  # type: ignore[arg-type]
    at = draw.draw(st.sampled_from(heads(data)))
    kind, info = data[at] & 0xE0, data[at] & 0x1F
    if kind == 0xE0:
        return
    argument = info if info < 24 else int.from_bytes(data[at + 1 : at + 1 + (1 << info - 24)], "big")
    width = draw.draw(st.sampled_from([more for more in (24, 25, 26, 27) if more > info] or [27]))
    end = at + 1 + (0 if info < 24 else 1 << info - 24)
    longer = data[:at] + bytes((kind | width,)) + argument.to_bytes(1 << width - 24, "big") + data[end:]
    if longer != data:
        with pytest.raises(DocumentError, match="cbor_not_deterministic"):
            cbor.decode(longer)


def heads(data: bytes) -> list[int]:
    """Where the items of well-formed, definite `data` begin."""
    at, found = 0, []
    while at < len(data):
        found.append(at)
        kind, info = data[at] >> 5, data[at] & 31
        at += 1
        count = info
        if 24 <= info < 28:
            count = int.from_bytes(data[at : at + (1 << info - 24)], "big")
            at += 1 << info - 24
        at += count if kind in (2, 3) else 0
    return found


@settings(max_examples=400)
@given(st.binary(max_size=60))
def test_what_is_accepted_is_what_rewriting_and_comparing_accepts(data: bytes) -> None:
    """The rule of docs/decisions/0011, by its first means: decode, write again, compare."""
    try:
        value = cbor.decode(data)
    except DocumentError:
        try:
            loose = cbor2.loads(data, allow_indefinite=False, allow_duplicate_keys=False, max_depth=17)
            assert cbor.encode(loose) != data
        except (cbor2.CBORError, DocumentError, ValueError, TypeError):
            pass
    else:
        assert cbor2.dumps(value) == data


def array(item: bytes, count: int) -> bytes:
    return b"\x99" + count.to_bytes(2, "big") + item * count


COSTLY = {
    "numbers": array(b"\x00", 65_530),
    "empty maps": array(b"\xa0", 65_530),
    "empty lists": array(b"\x80", 65_530),
    "tags": array(b"\xd2\x00", 32_000),
    "maps of one key": array(b"\xa1\x00\x00", 21_000),
    "fourteen levels": array(b"\x81" * 14 + b"\x00", 4_300),
    "keys that share their low bits": cbor.encode({key << 48: 0 for key in range(6_500)}),
    "keys that share a hash": cbor.encode({low + high * (2**61 - 1): 0 for low in range(700) for high in range(8)}),
    "text keys": cbor.encode({f"{key:04x}": 0 for key in range(8_100)}),
    "lists as keys with one hash": b"\xb9\x10\x00"
    + b"".join(cbor2.dumps(list(key)) + b"\x00" for key in itertools.product((-1, -2), repeat=12)),
}


@pytest.mark.parametrize("name", COSTLY)
def test_the_worst_that_nobody_has_signed_costs_little(name: str) -> None:
    data = COSTLY[name]
    assert len(data) <= cbor.MAX_BYTES
    started = time.process_time()
    tracemalloc.start()
    try:
        with contextlib.suppress(DocumentError):
            cbor.decode(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    spent = time.process_time() - started
    assert peak < 16 * 2**20
    assert spent < 0.5  # without tracemalloc 15 ms; the quadratic inputs took a second and more


def test_a_container_is_no_key_however_large_the_map_is() -> None:
    for key in (b"\x80", b"\xa0", b"\xd2\x00"):
        for count in (1, 2_000):
            data = b"\xb9" + count.to_bytes(2, "big") + b"".join(key + b"\x00" for _ in range(count))
            with pytest.raises(DocumentError) as caught:
                cbor.decode(data if count > 1 else b"\xa1" + key + b"\x00")
            assert caught.value.code in ("cbor_type", "cbor_malformed"), key


def test_more_is_read_only_where_the_caller_has_verified_it() -> None:
    data = cbor.encode([bytes(70_000), list(range(20_000))])
    with pytest.raises(DocumentError, match="cbor_too_large"):
        cbor.decode(data)
    assert cbor.decode(data, signed_list=True)[1][-1] == 19_999
    many = cbor.encode([*range(cbor.MAX_ITEMS)])
    assert len(many) < cbor.MAX_BYTES and len(cbor.decode(many, signed_list=True)) == cbor.MAX_ITEMS
    with pytest.raises(DocumentError, match="cbor_too_large"):
        cbor.decode(many)


@given(values)
def test_what_is_walked_before_it_is_decoded_is_read_all_the_same(value: object) -> None:
    padded = [bytes(5000), value, {1: value, "a": "b" * 300}, "å" * 20]
    assert cbor.decode(cbor.encode(padded)) == padded  # type: ignore[arg-type]
