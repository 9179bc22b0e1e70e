"""Strict CBOR: one value, one encoding."""

from __future__ import annotations

import cbor2
import pytest
from cbor2 import CBORTag
from hypothesis import given
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
    "81" * 100_000: "cbor_depth",
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
