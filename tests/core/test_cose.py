"""COSE_Sign1 and COSE_Sign: what verifies, what is refused before a signature is looked at, and that nothing raises but ours.

The faults of single messages stand in tests/vectors/cose.json; here are the rules over all of them, and COSE_Sign.
"""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from cbor2 import CBORTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dpr.core import cbor, cose
from dpr.core.errors import DocumentError
from dpr.core.keys import PublicKey
from tests.world import signer

ES, ED = signer("cose tests"), signer("cose tests", "EdDSA")
SIGNERS = (ES, ED)
#: Ed25519's identity point, and the signature that verifies every message under it where nobody looks (R = identity, S = 0).
IDENTITY = bytes([1]) + bytes(31)
FORGED = IDENTITY + bytes(32)


def code_of(message: bytes, key: Any = ES.key, aad: bytes = b"") -> str:
    """The code that `verify1` refuses with."""
    with pytest.raises(DocumentError) as caught:
        cose.verify1(message, key, external_aad=aad)
    return caught.value.code


def message(header: Any, unprotected: Any = None, payload: Any = b"payload") -> bytes:
    """A COSE_Sign1 with a good signature by ES, whatever its headers say."""
    encoded = header if isinstance(header, bytes) else cbor2.dumps(header)
    signature = ES.sign(cose.to_be_signed1(encoded, payload if isinstance(payload, bytes) else b""))
    return cbor2.dumps(CBORTag(18, [encoded, {} if unprotected is None else unprotected, payload, signature]))


# --- COSE_Sign1 -------------------------------------------------------------------------------------------------------


@given(st.sampled_from(SIGNERS), st.binary(max_size=400), st.binary(max_size=300))
def test_what_was_signed_verifies_and_nothing_else_does(by: Any, payload: bytes, aad: bytes) -> None:
    signed = cose.sign1(payload, by, external_aad=aad)
    opened = cose.verify1(signed, by.key, external_aad=aad)
    assert opened == (opened.protected, {}, payload)
    assert opened.protected == {cose.ALG: by.key.alg, cose.KID: by.key.kid}
    assert code_of(signed, by.key, aad + b"x") == "signature_invalid"
    other = SIGNERS[by is ES]
    assert code_of(signed, other.key, aad) == "cose_algorithm"


@pytest.mark.parametrize("by", SIGNERS, ids=["ES256", "EdDSA"])
def test_no_single_bit_can_be_changed(by: Any) -> None:
    signed = cose.sign1(b"payload", by, protected={cose.TYP: "x"})
    for place in range(8 * len(signed)):
        changed = bytearray(signed)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(DocumentError):
            cose.verify1(bytes(changed), by.key)


def test_a_key_of_cryptography_is_taken_and_checked() -> None:
    assert cose.verify1(cose.sign1(b"payload", ED), ED.key.key).payload == b"payload"
    assert code_of(message({1: -8}), Ed25519PublicKey.from_public_bytes(IDENTITY)) == "key_weak"


def test_our_own_writing_is_deterministic_cbor() -> None:
    signed = cose.sign1(b"p" * 300, ES, protected={cose.TYP: "x"})
    assert cbor.encode(cbor.decode(signed)) == signed
    body = cose.protected_header(ES.key, {})
    many = cose.assemble(b"\xa0", b"p" * 70_000, [(body, ES.sign(b"x"))])
    assert cbor.encode(cbor.decode(many, signed_list=True)) == many


@pytest.mark.parametrize("size", [0, 1, 23, 24, 255, 256, 65_535, 65_536, 70_000])
def test_the_bytes_to_be_signed_are_those_of_the_rfc_at_every_length(size: int) -> None:
    """RFC 9052 §4.4, written by a general encoder."""
    data = bytes(size)
    assert cose.to_be_signed1(b"\xa0", data, data) == cbor2.dumps(["Signature1", b"\xa0", data, data])
    assert cose.to_be_signed(data, b"\xa0", data, b"") == cbor2.dumps(["Signature", data, b"\xa0", b"", data])


def test_signing_in_two_steps_gives_the_same_message() -> None:
    header = cose.protected_header(ES.key, {cose.TYP: "x"})
    to_be_signed = cose.to_be_signed1(header, b"payload")
    in_two = cose.assemble1(header, b"payload", ES.sign(to_be_signed))
    assert in_two == cose.sign1(b"payload", ES, protected={cose.TYP: "x"})


@pytest.mark.parametrize("label", sorted({1, 2, 3, 4, 13, 15, 16}))
def test_a_label_in_both_headers_is_refused(label: int) -> None:
    assert code_of(message({1: -7, label: -7 if label == 1 else b"1"}, {label: b"2"})) == "cose_header"


@pytest.mark.parametrize("crit", [[99], ["x"], [-1], [16, 99], [True], [b"x"], [[]], [], {}, 16, None])
def test_what_is_critical_and_not_understood_is_refused(crit: Any) -> None:
    """RFC 9052 §3.1: an unknown critical label is fatal; a list of none is malformed."""
    assert code_of(message({1: -7, 2: crit, 16: "x", 99: 1, "x": 1, -1: 1})) == "cose_crit"


def test_what_is_critical_and_understood_must_be_there() -> None:
    assert cose.verify1(message({1: -7, 2: [1, 16], 16: "x"}), ES.key).protected[16] == "x"
    assert code_of(message({1: -7, 2: [16]})) == "cose_crit"
    assert code_of(message({1: -7}, {2: [16], 16: "x"})) == "cose_header"


@pytest.mark.parametrize("alg", [-8, -35, -36, -37, -47, -257, 5, 0, None, "ES256", -7.0, [-7], True])
def test_only_the_keys_own_algorithm_verifies(alg: Any) -> None:
    assert code_of(message({1: alg})) == "cose_algorithm"


def test_an_algorithm_that_nobody_signed_is_refused_even_beside_a_good_one() -> None:
    assert code_of(message({}, {1: -7})) == "cose_header"
    assert code_of(message(b"", {1: -7})) == "cose_header"
    assert code_of(message({1: -7}, {1: -7})) == "cose_header"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (message({1: -7}, payload=None), "cose_detached"),
        (message({1: -7}, payload="text"), "cose_malformed"),
        (message({1: -7})[1:], "cose_tag"),
        (b"\xd8\x62" + message({1: -7})[1:], "cose_tag"),
        (b"\xd1" + message({1: -7})[1:], "cbor_tag"),
        (b"\xd9\x03\xe6" + message({1: -7})[1:], "cbor_tag"),
        (message({1: -7}) + b"\0", "cbor_trailing_bytes"),
        (message({1: -7}) + bytes(60_000), "cbor_trailing_bytes"),
        (b"", "cose_malformed"),
        (b"\xd2" * 40 + b"\x80", "cbor_depth"),
        (b"\x81" * 16_000, "cbor_depth"),
        (message(b"\xa1\x01\xd8\x23\x61\x28"), "cbor_tag"),
    ],
)
def test_another_shape_is_refused_by_name(wrong: bytes, code: str) -> None:
    assert code_of(wrong) == code


def test_a_message_over_the_cap_is_refused_before_it_is_read() -> None:
    assert code_of(b"\xd2" + bytes(cbor.MAX_BYTES)) == "cbor_too_large"
    assert code_of(message({1: -7}, payload=bytes(cbor.MAX_SIGNED_BYTES))) == "cbor_too_large"


@settings(max_examples=400)
@given(st.binary(max_size=300))
@example(message({1: -7}, {cbor2.undefined: 1}))
@example(message({1: -7}, {float("nan"): 1}))
@example(message({1: -7}, {(1, (2,)): 1}))
@example(message({(1,): 2, 1: -7}))
def test_any_bytes_are_verified_or_refused_with_a_code_of_ours(data: bytes) -> None:
    for key in (ES.key, ED.key):
        try:
            cose.verify1(data, key)
        except DocumentError as error:
            assert error.code.startswith(("cose_", "cbor_", "signature_"))


items = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-40, 40), st.binary(max_size=70), st.text(max_size=5), st.floats()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.integers(-20, 20), inner, max_size=4)),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.sampled_from((17, 18, 98)), st.lists(items, max_size=5))
def test_any_parts_are_refused_with_a_code_of_ours(tag: int, parts: list[Any]) -> None:
    """Nobody can sign without the key, so whatever stands in it, it is refused or signed by nobody."""
    data = cbor2.dumps(CBORTag(tag, parts))
    assert code_of(data).startswith(("cose_", "cbor_", "signature_"))
    try:
        assert cose.verify(data, (ES.key, ED.key)).signed_by == frozenset()
    except DocumentError as error:
        assert error.code.startswith(("cose_", "cbor_"))


@given(st.binary(max_size=200))
def test_the_forged_signature_under_the_identity_is_never_accepted(payload: bytes) -> None:
    """`cryptography` takes it for every message; no such key becomes a `PublicKey`, so it never gets there."""
    raw = Ed25519PublicKey.from_public_bytes(IDENTITY)
    raw.verify(FORGED, payload)  # Raises nothing: this is the attack.
    header = cbor2.dumps({1: -8})
    forged = cose.assemble1(header, payload, FORGED)
    assert code_of(forged, raw) == "key_weak"
    assert code_of(forged, ED.key) == "signature_invalid"


def test_the_payload_can_be_had_before_a_key_is_known_but_only_of_a_sign1() -> None:
    assert cose.payload_of(cose.sign1(b"payload", ES)) == b"payload"
    for wrong in (b"", message({1: -7}, payload=None), message({1: -7})[1:]):
        with pytest.raises(DocumentError):
            cose.payload_of(wrong)


# --- COSE_Sign --------------------------------------------------------------------------------------------------------

KEYS = (*(signer(f"cose sign {number}") for number in range(3)), ED)


def sign(*by: Any, body: Any = None, payload: Any = b"list", header: Any = None, unprotected: Any = None) -> bytes:
    """A COSE_Sign by all of `by`; `header` replaces what each signature protects."""
    first = cbor2.dumps({16: "x"} if body is None else body)
    entries = []
    for one in by:
        protected = cbor2.dumps({1: one.key.alg, 4: one.key.kid} if header is None else header)
        data = cose.to_be_signed(first, protected, payload if isinstance(payload, bytes) else b"")
        entries.append([protected, {} if unprotected is None else unprotected, one.sign(data)])
    return cbor2.dumps(CBORTag(98, [first, {}, payload, entries]))


def signed_by(data: bytes, keys: Any = tuple(key.key for key in KEYS)) -> set[PublicKey]:
    return set(cose.verify(data, keys).signed_by)


def test_everyone_who_signed_is_named_and_nobody_else() -> None:
    for count in range(1, len(KEYS) + 1):
        opened = cose.verify(sign(*KEYS[:count]), [key.key for key in KEYS])
        assert opened == ({16: "x"}, b"list", frozenset(key.key for key in KEYS[:count]))
    assert signed_by(sign(ES)) == set()


def test_a_key_counts_once_however_often_it_signs() -> None:
    assert signed_by(sign(*KEYS[:1] * 5)) == {KEYS[0].key}
    assert signed_by(sign(KEYS[0]), (KEYS[0].key, PublicKey(KEYS[0].key.key))) == {KEYS[0].key}


def test_a_kid_is_only_a_hint_and_may_be_left_out() -> None:
    assert signed_by(sign(KEYS[1], header={1: -7})) == {KEYS[1].key}
    assert signed_by(sign(KEYS[1], header={1: -7, 4: KEYS[0].key.kid})) == set()


def test_a_signature_that_does_not_verify_counts_for_nothing_and_harms_no_other() -> None:
    parts = cbor.decode(sign(*KEYS)).value
    parts[3][0][2] = bytes(64)
    parts[3][1][2] = b""
    assert signed_by(cbor2.dumps(CBORTag(98, parts))) == {KEYS[2].key, KEYS[3].key}


def test_external_aad_and_the_bodys_header_are_signed() -> None:
    signed = sign(KEYS[0])
    assert cose.verify(signed, [KEYS[0].key], external_aad=b"x").signed_by == frozenset()
    parts = cbor.decode(signed).value
    other = cbor2.dumps(CBORTag(98, [cbor2.dumps({16: "y"}), *parts[1:]]))
    assert signed_by(other) == set()


def test_a_sign1_signature_is_none_in_a_sign() -> None:
    """The contexts differ ("Signature1", "Signature"), so neither can be passed off as the other (RFC 9052 §4.4)."""
    header = cbor2.dumps({1: -7})
    signature = KEYS[0].sign(cose.to_be_signed1(header, b"list"))
    assert signed_by(cbor2.dumps(CBORTag(98, [header, {}, b"list", [[header, {}, signature]]]))) == set()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (sign(), "cose_malformed"),
        (sign(*KEYS[:1] * 33), "cose_malformed"),
        (sign(KEYS[0], payload=None), "cose_detached"),
        (sign(KEYS[0], header={4: b"1"}, unprotected={1: -7}), "cose_header"),
        (sign(KEYS[0], header={1: -7, 2: [99], 99: 1}), "cose_crit"),
        (sign(KEYS[0], body={2: [99], 99: 1}), "cose_crit"),
        (cose.sign1(b"list", ES), "cose_tag"),
        (cbor2.dumps(CBORTag(98, [b"", {}, b"list", {}])), "cose_malformed"),
        (cbor2.dumps(CBORTag(98, [b"", {}, b"list", [b"x"]])), "cose_malformed"),
        (cbor2.dumps(CBORTag(98, [b"", {}, b"list", [[b"", {}]]])), "cose_malformed"),
        (cbor2.dumps(CBORTag(98, [b"", {}, b"list", [[b"", {}, "s"]]])), "cose_malformed"),
        (cbor2.dumps(CBORTag(98, [b"", [], b"list", [[b"", {}, b"s"]]])), "cose_malformed"),
    ],
)
def test_another_shape_of_a_sign_is_refused_by_name(wrong: bytes, code: str) -> None:
    with pytest.raises(DocumentError) as caught:
        cose.verify(wrong, [key.key for key in KEYS])
    assert caught.value.code == code


def test_thirty_two_signatures_are_read() -> None:
    assert signed_by(sign(*KEYS[:1] * 31, KEYS[1])) == {KEYS[0].key, KEYS[1].key}


# --- large messages ---------------------------------------------------------------------------------------------------


def large(payload: bytes, *, header: bytes = b"\xa1\x01\x26", unprotected: bytes = b"\xa0") -> bytes:
    """A COSE_Sign1 by ES, written by hand."""
    signature = ES.sign(cose.to_be_signed1(header, payload))
    return b"\xd2\x84" + cbor2.dumps(header) + unprotected + cbor2.dumps(payload) + cbor2.dumps(signature)


def test_a_large_payload_is_verified_without_being_decoded() -> None:
    payload = b"\x80" * 1_000_000
    assert cose.verify1(large(payload), ES.key).payload == payload
    assert cose.verify1(large(payload, unprotected=b"\xa1\x18\x63\x41\x00"), ES.key).unprotected == {99: b"\x00"}
    assert code_of(large(payload)[:-1] + b"\x00") == "signature_invalid"
    body = cbor.encode({cose.TYP: "x"})
    entry = cose.protected_header(ES.key, {})
    many = cose.assemble(body, payload, [(entry, ES.sign(cose.to_be_signed(body, entry, payload)))])
    assert cose.verify(many, [ES.key]) == ({cose.TYP: "x"}, payload, frozenset({ES.key}))


@pytest.mark.parametrize(
    "wrong",
    [
        large(bytes(100_000))[:-1],
        large(bytes(100_000)) + b"\x00",
        large(bytes(100_000), unprotected=b"\xa1\x01"),
        large(bytes(100_000), unprotected=b"\x80"),
        large(b"", unprotected=b"\xa1\x18\x63\x5a\x00\x02\x00\x00" + bytes(2**17)),
        large(b"", header=bytes(100_000)),
        b"\xd2\x84" + b"\x80" * 100_000,
        b"\xd8\x62\x84" + bytes(100_000),
        b"\xd2" * 100_000,
    ],
)
def test_a_large_message_of_another_shape_is_refused_by_name(wrong: bytes) -> None:
    assert code_of(wrong) in ("cbor_too_large", "cose_malformed", "cbor_trailing_bytes")


def test_many_signatures_over_a_large_payload_are_not_all_hashed() -> None:
    entries = [(cose.protected_header(ES.key, {}), bytes(63) + b"\x01")] * cose.MAX_SIGNATURES
    size = cose.MAX_HASHED_BYTES // cose.MAX_SIGNATURES
    assert cose.verify(cose.assemble(b"\xa0", bytes(size), entries), [ES.key]).signed_by == frozenset()
    with pytest.raises(DocumentError, match="cose_malformed"):
        cose.verify(cose.assemble(b"\xa0", bytes(size + 1), entries), [ES.key])
    others = cose.assemble(b"\xa0", bytes(size + 1), [(cose.protected_header(ED.key, {}), bytes(64))] * cose.MAX_SIGNATURES)
    assert cose.verify(others, [ES.key]).signed_by == frozenset()


def test_indefinite_lengths_of_other_people_are_read_in_a_long_message_too() -> None:
    header = b"\xbf\x01\x26\x18\x63\x9f\x5f\x41\x00\x41\x01\xff\xbf\x61a\x00\xff\xff\xff"
    payload = bytes(6000)
    signature = ES.sign(cose.to_be_signed1(header, payload))
    long = b"\xd2\x9f" + cbor2.dumps(header) + b"\xbf\xff" + cbor2.dumps(payload) + cbor2.dumps(signature) + b"\xff"
    assert cose.verify1(long, ES.key).protected == {1: -7, 99: [b"\x00\x01", {"a": 0}]}
    bad = b"\xd2\x9f" + cbor2.dumps(header) + b"\xbf\x9f\x01\xff\x00\xff" + cbor2.dumps(payload) + cbor2.dumps(signature)
    assert code_of(bad + b"\xff") == "cbor_type"
