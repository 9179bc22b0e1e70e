"""tests/vectors/cbor.json: one value, one encoding (RFC 8949 §4.2.1)."""

from __future__ import annotations

from typing import Any

from vectors.making import file, vector

#: name → bytes, the value in diagnostic notation (RFC 8949 §8).
ACCEPTED = {
    "integers": (
        "8a001718ff19ffff1affffffff1bffffffffffffffff2038ff3903e73bffffffffffffffff",
        "[0, 23, 255, 65535, 4294967295, 18446744073709551615, -1, -256, -1000, -18446744073709551616]",
    ),
    "empty": ("84406080a0", "[h'', \"\", [], {}]"),
    "simple-values": ("83f4f5f6", "[false, true, null]"),
    "text": ("6dc3a5c3a4c3b620c3856c616e64", '"åäö Åland"'),
    "key-order": ("a500011818022003382004616105", '{0: 1, 24: 2, -1: 3, -33: 4, "a": 5}, sorted bytewise by their encodings'),
    "key-order-of-text": ("a261620162616102", '{"b": 1, "aa": 2}'),
    "sixteen-levels": ("81" * 16 + "00", "sixteen arrays, one in the other, around 0"),
    "tag-of-sign1": ("d28440a04040", "18([h'', {}, h'', h''])"),
    "tag-of-sign": ("d8628440a04080", "98([h'', {}, h'', []])"),
}
#: name → bytes, code, what is wrong.
REFUSED = {
    "empty-input": ("", "cbor_malformed", "nothing"),
    "cut-off": ("826161", "cbor_malformed", "an array of two with one entry"),
    "cut-off-in-text": ("6361c3", "cbor_malformed", "three bytes of text announced, two there"),
    "length-beyond-the-end": ("5b7fffffffffffffff", "cbor_malformed", "a byte string of 2^63-1 bytes"),
    "count-beyond-the-end": ("9bffffffffffffffff", "cbor_malformed", "an array of 2^64-1 entries"),
    "break-alone": ("ff", "cbor_malformed", "a break outside an indefinite length"),
    "reserved-length": ("1c", "cbor_malformed", "additional information 28"),
    "trailing-byte": ("0000", "cbor_trailing_bytes", "0, and another 0"),
    "one-in-two-bytes": ("1801", "cbor_not_deterministic", "1 in the long form"),
    "one-in-three-bytes": ("190001", "cbor_not_deterministic", "1 in a longer form"),
    "one-in-nine-bytes": ("1b0000000000000001", "cbor_not_deterministic", "1 in the longest form"),
    "minus-two-in-two-bytes": ("3801", "cbor_not_deterministic", "-2 in the long form"),
    "long-length-of-bytes": ("580100", "cbor_not_deterministic", "the length 1 in the long form"),
    "long-length-of-text": ("78016b", "cbor_not_deterministic", "the length 1 in the long form"),
    "long-count-of-array": ("9801f6", "cbor_not_deterministic", "the count 1 in the long form"),
    "long-count-of-map": ("b8010101", "cbor_not_deterministic", "the count 1 in the long form"),
    "long-tag": ("d81280", "cbor_not_deterministic", "tag 18 in the long form"),
    "indefinite-array": ("9fff", "cbor_malformed", "RFC 8949 §4.2.1: indefinite lengths must not appear"),
    "indefinite-map": ("bfff", "cbor_malformed", "an indefinite length"),
    "indefinite-bytes": ("5f4100ff", "cbor_malformed", "an indefinite length"),
    "indefinite-text": ("7f6161ff", "cbor_malformed", "an indefinite length"),
    "key-twice": ("a201000100", "cbor_malformed", "the key 1 twice"),
    "key-twice-in-two-forms": ("a20100180100", "cbor_malformed", "the key 1 twice, once in the long form"),
    "keys-unsorted": ("a202000100", "cbor_key_order", "2 before 1"),
    "negative-key-first": ("a220000000", "cbor_key_order", "-1 before 0: 0x20 sorts after 0x00"),
    "text-key-first": ("a26161000100", "cbor_key_order", '"a" before 1'),
    "text-keys-unsorted": ("a2616200616100", "cbor_key_order", '"b" before "a"'),
    "text-keys-alphabetic": ("a262616100616200", "cbor_key_order", '"aa" before "b": the shorter one sorts first'),
    "float-half": ("f93c00", "cbor_type", "1.0"),
    "float-double": ("fb3ff199999999999a", "cbor_type", "1.1"),
    "not-a-number": ("f97e00", "cbor_type", "NaN"),
    "undefined": ("f7", "cbor_type", "undefined"),
    "simple-value": ("f0", "cbor_type", "simple(16)"),
    "simple-value-long": ("f814", "cbor_malformed", "false in two bytes"),
    "key-bytes": ("a1410000", "cbor_type", "a byte string as key"),
    "key-array": ("a18000", "cbor_type", "an array as key"),
    "key-true": ("a1f500", "cbor_type", "true as key"),
    "key-null": ("a1f600", "cbor_type", "null as key"),
    "text-not-utf-8": ("62c328", "cbor_malformed", "a broken sequence"),
    "text-surrogate": ("63eda080", "cbor_malformed", "half a surrogate pair"),
    "text-overlong": ("62c0af", "cbor_malformed", '"/" in two bytes'),
    "tag-time-text": ("c074323031332d30332d32315432303a30343a30305a", "cbor_tag", "tag 0"),
    "tag-time": ("c11a514b67b0", "cbor_tag", "tag 1"),
    "tag-bignum": ("c24101", "cbor_tag", "tag 2: 1 as a bignum"),
    "tag-mac0": ("d18440a04040", "cbor_tag", "tag 17: COSE_Mac0"),
    "tag-embedded": ("d8184100", "cbor_tag", "tag 24: encoded CBOR in a byte string"),
    "tag-shared": ("d81c80", "cbor_tag", "tag 28: a value that may contain itself"),
    "tag-regular-expression": (
        "d8236128",
        "cbor_tag",
        "tag 35: a decoder that makes a regular expression of it runs the sender's",
    ),
    "tag-self-described": ("d9d9f700", "cbor_tag", "tag 55799: other bytes, same value"),
    "seventeen-levels": ("81" * 17 + "00", "cbor_depth", "one array too deep"),
    "seventeen-maps": ("a100" * 17 + "00", "cbor_depth", "one map too deep"),
    "ten-thousand-levels": ("81" * 10_000 + "00", "cbor_depth", "deep enough to exhaust a recursive decoder's stack"),
}


def made() -> dict[str, Any]:
    """The file."""
    accepted = (vector(name, "cbor", data, comment=comment) for name, (data, comment) in ACCEPTED.items())
    refused = (vector(name, "cbor", data, code, comment) for name, (data, code, comment) in REFUSED.items())
    description = "Deterministic CBOR: a value has one encoding, and nothing else is decoded."
    return file(description, [*accepted, *refused], held=False)
