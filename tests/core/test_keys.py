"""Public keys: which are taken, which never are, and that checking a signature answers and never raises.

Single keys stand in tests/vectors/key.json; here are the rules over all of them. The curve of Ed25519 is computed here
by itself (RFC 8032 §5.1), so that the check of low order is held against arithmetic that it does not share.
"""

from __future__ import annotations

import hashlib
import pickle
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from dpr.core import cbor
from dpr.core.errors import DocumentError
from dpr.core.keys import EDDSA, ES256, ES384, ES512, PublicKey, decode_key
from tests.world import signer

ES, ED = signer("key tests"), signer("key tests", "EdDSA")
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]
ORDER_OF_L = 2**252 + 27742317777372353535851937790883648493


# --- the curve, from its equation -x² + y² = 1 + d x² y² ----------------------------------------------------------------


def add(one: Point, other: Point) -> Point:
    (x1, y1), (x2, y2) = one, other
    k = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P
    return x, y


def times(point: Point, count: int) -> Point:
    result: Point = (0, 1)
    while count:
        if count & 1:
            result = add(result, point)
        point, count = add(point, point), count >> 1
    return result


def x_of(y: int) -> int | None:
    """An x with this y, or None where the curve has none (RFC 8032 §5.1.3)."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return None if (x * x - square) % P else x


def encodings(point: Point) -> list[bytes]:
    """Every 32 bytes that some decoder takes for the point: canonical, y beyond p, and the sign of x = 0."""
    x, y = point
    ys = [y] + ([y + P] if y + P < 2**255 else [])
    signs = (0, 1) if x == 0 else (x & 1,)
    return [(y | sign << 255).to_bytes(32, "little") for y in ys for sign in signs]


def torsion() -> set[Point]:
    """The eight points of order 1, 2, 4 and 8: L times any point lies among them."""
    found: set[Point] = set()
    y = 2
    while len(found) < 8:
        x = x_of(y)
        if x is not None:
            point = times((x, y), ORDER_OF_L)
            found |= {times(point, count) for count in range(8)}
        y += 1
    return found


def ed25519(encoded: bytes) -> dict[int, Any]:
    return {1: 1, -1: 6, -2: encoded}


def code_of(value: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        decode_key(value)
    return caught.value.code


def test_there_are_eight_points_of_low_order() -> None:
    points = torsion()
    assert len(points) == 8
    assert all(times(point, 8) == (0, 1) for point in points)
    assert {(0, 1), (0, P - 1)} <= points
    assert sorted(y for _, y in points).count(0) == 2


@pytest.mark.parametrize("encoded", sorted({one for point in torsion() for one in encodings(point)}), ids=bytes.hex)
def test_no_encoding_of_a_point_of_low_order_becomes_a_key(encoded: bytes) -> None:
    assert code_of(ed25519(encoded)) == "key_weak"
    with pytest.raises(DocumentError, match="key_weak"):
        PublicKey(Ed25519PublicKey.from_public_bytes(encoded))


def test_the_known_forgery_works_under_such_keys_outside_and_never_here() -> None:
    """R = identity and S = 0 satisfy 8 S B = 8 R + 8 k A for every message, where A has low order."""
    forged = bytes([1]) + bytes(63)
    taken = 0
    for encoded in {one for point in torsion() for one in encodings(point)}:
        try:
            Ed25519PublicKey.from_public_bytes(encoded).verify(forged, b"any message")
            taken += 1
        except InvalidSignature:
            continue
    assert taken, "`cryptography` refuses such keys by itself now: the check of ours may be reconsidered"
    assert not ED.key.verify(forged, b"any message")


@pytest.mark.parametrize("y", range(P, 2**255))
@pytest.mark.parametrize("sign", [0, 1])
def test_no_y_beyond_the_field_becomes_a_key(y: int, sign: int) -> None:
    """RFC 8032 §5.1.3: 19 values of y have a second encoding."""
    assert code_of(ed25519((y | sign << 255).to_bytes(32, "little"))) == "key_weak"


@given(st.integers(3, P - 2), st.sampled_from((0, 1)))
def test_a_point_of_the_curve_becomes_a_key_and_nothing_else_does(y: int, sign: int) -> None:
    encoded = (y | sign << 255).to_bytes(32, "little")
    x = x_of(y)
    if x is None or times((x, y), 8) == (0, 1):
        assert code_of(ed25519(encoded)) == "key_weak"
    else:
        assert decode_key(ed25519(encoded)).to_cose()[-2] == encoded


@given(st.binary(min_size=32, max_size=32))
def test_every_private_key_has_a_good_public_key(seed: bytes) -> None:
    key = PublicKey(Ed25519PrivateKey.from_private_bytes(seed).public_key())
    assert decode_key(key.to_cose()) == key


# --- curves of NIST -----------------------------------------------------------------------------------------------------

CURVES = [(ec.SECP256R1(), 1, 32, ES256), (ec.SECP384R1(), 2, 48, ES384), (ec.SECP521R1(), 3, 66, ES512)]


@pytest.mark.parametrize(("curve", "crv", "size", "alg"), CURVES, ids=[curve.name for curve, *_ in CURVES])
def test_both_forms_of_a_point_are_one_key(curve: ec.EllipticCurve, crv: int, size: int, alg: int) -> None:
    seen_signs = set()
    for number in range(1, 30):
        key = PublicKey(ec.derive_private_key(number, curve).public_key())
        short, whole = key.to_cose(), key.to_cose(compressed=False)
        assert (short[1], short[-1], len(short[-2]), len(whole[-3])) == (2, crv, size, size)
        assert decode_key(short) == decode_key(whole) == key
        assert hash(decode_key(short)) == hash(key)
        assert decode_key(short).thumbprint == decode_key(whole).thumbprint == key.thumbprint
        assert key.alg == alg and key.kid == key.thumbprint[:4]
        assert decode_key(short | {-3: not short[-3]}) != key
        seen_signs.add(short[-3])
    assert seen_signs == {False, True}


@pytest.mark.parametrize(("curve", "crv", "size", "alg"), CURVES, ids=[curve.name for curve, *_ in CURVES])
def test_a_point_off_the_curve_is_refused(curve: ec.EllipticCurve, crv: int, size: int, alg: int) -> None:
    whole = PublicKey(ec.derive_private_key(5, curve).public_key()).to_cose(compressed=False)
    y = int.from_bytes(whole[-3], "big")
    assert code_of(whole | {-3: (y ^ 1).to_bytes(size, "big")}) == "key_weak"
    assert code_of(whole | {-2: bytes(size), -3: bytes(size)}) == "key_weak"
    assert code_of(whole | {-2: b"\xff" * size}) == "key_weak"
    assert code_of(whole | {-1: crv % 3 + 1}) in ("key_malformed", "key_weak")


def test_a_thumbprint_is_over_the_required_members_alone() -> None:
    """RFC 9679 §3 and §4.2: kty, crv, x and y as bytes, in deterministic CBOR."""
    whole = ES.key.to_cose(compressed=False)
    assert ES.key.thumbprint == hashlib.sha256(cbor.encode({1: 2, -1: 1, -2: whole[-2], -3: whole[-3]})).digest()
    assert ED.key.thumbprint == hashlib.sha256(cbor.encode({1: 1, -1: 6, -2: ED.key.to_cose()[-2]})).digest()


@pytest.mark.parametrize("key", [ES.key, ED.key], ids=["ES256", "EdDSA"])
@pytest.mark.parametrize("extra", [{-4: bytes(32)}, {2: b"kid"}, {3: -7}, {4: [2]}, {5: b"iv"}, {"x": 1}, {-5: 1}])
def test_a_private_part_or_anything_else_beside_the_point_is_refused(key: PublicKey, extra: dict[Any, Any]) -> None:
    assert code_of(key.to_cose() | extra) == "key_malformed"


@pytest.mark.parametrize("kind", [bytes, str, int, list, bool, type(None)])
@pytest.mark.parametrize("member", [1, -1, -2, -3])
@pytest.mark.parametrize("key", [ES.key, ED.key], ids=["ES256", "EdDSA"])
def test_a_member_of_another_type_is_refused(key: PublicKey, member: int, kind: type) -> None:
    other: Any = kind()
    value = key.to_cose() | {member: other}
    if member == -3 and kind is bool and key is ES.key:
        assert decode_key(value).alg == ES256  # The sign of y: another key, but a key.
    else:
        assert code_of(value) in ("key_malformed", "key_unsupported")


@pytest.mark.parametrize("value", [None, 1, "key", b"key", [], [1, 2], {}, {1: 2}, {1: 2, -1: 1}])
def test_what_is_no_key_map_is_refused(value: Any) -> None:
    assert code_of(value) == "key_malformed"


def test_keys_of_other_kinds_are_refused() -> None:
    others: list[Any] = [
        ec.derive_private_key(7, ec.SECP256K1()).public_key(),
        ec.derive_private_key(7, ec.BrainpoolP256R1()).public_key(),
        ed448.Ed448PrivateKey.from_private_bytes(bytes(57)).public_key(),
        rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key(),
        "a key",
        None,
    ]
    for other in others:
        with pytest.raises(DocumentError, match="key_unsupported"):
            PublicKey(other)


@settings(max_examples=300)
@given(st.dictionaries(st.integers(-5, 5), st.one_of(st.integers(-9, 9), st.binary(max_size=66), st.booleans(), st.none())))
def test_any_map_becomes_a_key_or_is_refused_by_name(value: dict[int, Any]) -> None:
    try:
        key = decode_key(value)
    except DocumentError as error:
        assert error.code in ("key_malformed", "key_unsupported", "key_weak")
    else:
        assert decode_key(key.to_cose()) == key


# --- signatures -----------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=140), st.binary(max_size=40))
def test_checking_any_signature_answers_no_and_never_raises(signature: bytes, data: bytes) -> None:
    for key in (ES.key, ED.key, *(PublicKey(ec.derive_private_key(7, curve).public_key()) for curve, *_ in CURVES)):
        assert key.verify(signature, data) is False


@given(st.integers(0, 2**256 - 1), st.integers(0, 2**256 - 1))
def test_any_pair_of_numbers_answers_no(r: int, s: int) -> None:
    assert ES.key.verify(r.to_bytes(32, "big") + s.to_bytes(32, "big"), b"data") is False


@given(st.binary(max_size=100), st.integers(0, 511))
def test_a_signature_verifies_its_data_and_no_bit_of_it_is_free(data: bytes, place: int) -> None:
    for by in (ES, ED):
        signature = by.sign(data)
        assert by.key.verify(signature, data)
        assert not by.key.verify(signature, data + b"\0")
        changed = bytearray(signature)
        changed[place // 8] ^= 1 << place % 8
        assert not by.key.verify(bytes(changed), data)
        assert not by.key.verify(signature + b"\0", data) and not by.key.verify(signature[:-1], data)


def test_an_ecdsa_signature_has_a_twin_and_no_other_sibling() -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signature = ES.sign(b"data")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    pairs = {(r, s): True, (r, order - s): True, (s, r): False, (order - r, s): False, (r, order): False, (0, s): False}
    for (one, two), verifies in pairs.items():
        assert ES.key.verify(one.to_bytes(32, "big") + two.to_bytes(32, "big"), b"data") is verifies


def test_an_eddsa_signature_has_no_twin() -> None:
    """RFC 8032 §5.1.7: S must be below L."""
    signature = ED.sign(b"data")
    s = int.from_bytes(signature[32:], "little") + ORDER_OF_L
    assert not ED.key.verify(signature[:32] + s.to_bytes(32, "little"), b"data")


def test_a_key_shows_its_algorithm_and_hint_only() -> None:
    assert repr(ES.key) == f"PublicKey(ES256, kid={ES.key.kid.hex()})"
    assert repr(ED.key).startswith("PublicKey(EdDSA") and ED.key.alg == EDDSA
    assert ES.key != ES.key.key


@pytest.mark.parametrize("key", [ES.key, ED.key, PublicKey(ec.generate_private_key(ec.SECP384R1()).public_key())])
def test_a_key_goes_to_another_process_by_its_numbers_and_is_checked_there(key: PublicKey) -> None:
    assert pickle.loads(pickle.dumps(key)) == key
    made, (numbers,) = key.__reduce__()
    assert made is decode_key and numbers == key.to_cose(compressed=False)
