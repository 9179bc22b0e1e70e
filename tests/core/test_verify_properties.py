"""The verdict under hostile bytes and under the clock: never a crash, never another prescription, never a cliff."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dpr.core import cbor, cose, days, documents, prescription_rules
from dpr.core.codes import CODES
from dpr.core.dispensing import Outcome
from dpr.core.policy import Policy
from dpr.core.prescription import Prescription
from dpr.core.products import ControlClass
from dpr.core.trust import Trust
from dpr.core.trust_list import Environment
from dpr.core.verify import Accepted, Refused, Verdict, verify
from tests import hostile
from tests.strategies import prescriptions
from tests.world import DAY, GLN, NOW, ONE_ITEM, World, signer

HOUR = 3600
ORDER_P256 = int("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16)
ORDER_ED25519 = 2**252 + 27742317777372353535851937790883648493
many = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
some = settings(many, max_examples=50)

DOCUMENT = World().prescription_document()
PRESCRIPTION = World().prescription()


@cache
def trust() -> Trust:
    return World().trust()


def judge(document: bytes, at: int = NOW, *, held: Trust | None = None, policy: Policy | None = None) -> Verdict:
    """The verdict, with what must hold of every verdict."""
    verdict = verify(document, held or trust(), days.at(at), policy=policy or World().policy)
    assert isinstance(verdict, Accepted | Refused)
    assert verdict.checks
    for check in verdict.checks:
        assert check.code in CODES and check.code != "internal_error", verdict
    if isinstance(verdict, Refused):
        assert verdict.code == next(check.code for check in verdict.checks if check.outcome is Outcome.STOP)
    else:
        assert all(check.outcome is not Outcome.STOP for check in verdict.checks)
    return verdict


# --- bytes --------------------------------------------------------------------------------------------------------------


@many
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(lambda tail: DOCUMENT[:40] + tail)))
def test_any_bytes_are_refused_by_name(data: bytes) -> None:
    assert isinstance(judge(data), Refused)


def test_every_single_flipped_bit_is_refused() -> None:
    assert isinstance(judge(DOCUMENT), Accepted)  # so the chain is remembered, as it is at a counter
    for place in range(len(DOCUMENT)):
        for bit in range(8):
            altered = bytearray(DOCUMENT)
            altered[place] ^= 1 << bit
            assert isinstance(judge(bytes(altered)), Refused), (place, bit)


def test_every_shortened_and_lengthened_document_is_refused() -> None:
    for length in range(len(DOCUMENT)):
        assert isinstance(judge(DOCUMENT[:length]), Refused)
        assert isinstance(judge(DOCUMENT[length:] if length else b""), Refused)
    for tail in (b"\x00", b"\xf6", DOCUMENT):
        assert isinstance(judge(DOCUMENT + tail), Refused)


@many
@given(st.lists(st.tuples(st.integers(0, len(DOCUMENT) - 1), st.integers(0, 9), st.binary(max_size=6)), min_size=1, max_size=4))
def test_a_document_with_parts_cut_out_and_put_in_is_never_another_prescription(cuts: list[tuple[int, int, bytes]]) -> None:
    altered = DOCUMENT
    for place, length, put in cuts:
        altered = altered[:place] + put + altered[place + length :]
    verdict = judge(altered)
    assert isinstance(verdict, Refused) or (altered == DOCUMENT and verdict.prescription == PRESCRIPTION)


@some
@given(prescriptions(max_items=2))
def test_parts_of_two_documents_never_make_a_third(other: Prescription) -> None:
    world = World()
    second = documents.sign(documents.PRESCRIPTION, other, world.prescriber, credential=world.credential())
    one, two = documents.split(DOCUMENT), documents.split(second)
    for mixed in ((one[0], two[1], one[2]), (one[0], one[1], two[2]), (two[0], one[1], two[2])):
        if mixed not in (one, two):
            verdict = judge(cose.assemble1(*mixed))
            assert isinstance(verdict, Refused) and verdict.code == "signature_invalid"


cbor_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**64), 2**64 - 1),
        st.sampled_from([0, 1, -1, 2**32, days.EARLIEST, days.LATEST, 191212121212, 7350000000009]),
        st.binary(max_size=20),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.integers(-5, 30), st.text(st.characters(exclude_categories=["Cs"]), max_size=3)), inner, max_size=4
        ),
    ),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of everything inside `value`."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield (*path, name)
        yield from places(one, (*path, name))


CLAIMS = hostile.claims_of(DOCUMENT)
CREDENTIAL_CLAIMS = hostile.claims_of(World().credential())


@many
@given(st.sampled_from(list(places(CLAIMS))), st.one_of(cbor_values, st.just(...)))
def test_whatever_a_prescriber_signs_is_judged(path: tuple[Any, ...], value: Any) -> None:
    claims = hostile.changed(CLAIMS, path, value)
    verdict = judge(hostile.prescription(World(), claims))
    if isinstance(verdict, Accepted):
        assert documents.PRESCRIPTION.claims.to_cbor(verdict.prescription) == claims


@many
@given(cbor_values, st.sampled_from([(), (-65537,), (-65537, 5, 0), (-65537, 2)]))
def test_claims_of_any_form_are_judged(value: Any, path: tuple[Any, ...]) -> None:
    claims = hostile.changed(CLAIMS, path, value) if path else value
    assert isinstance(judge(hostile.prescription(World(), claims)), Refused)


@many
@given(st.binary(max_size=120))
def test_a_signed_payload_of_any_bytes_is_refused(payload: bytes) -> None:
    assert isinstance(judge(hostile.prescription(World(), payload)), Refused)


@many
@given(st.sampled_from(list(places(CREDENTIAL_CLAIMS))), st.one_of(cbor_values, st.just(...)))
def test_whatever_an_issuer_signs_about_a_prescriber_is_judged(path: tuple[Any, ...], value: Any) -> None:
    world = World()
    claims = hostile.changed(CREDENTIAL_CLAIMS, path, value)
    verdict = judge(hostile.prescription(world, credential=hostile.credential(world, claims)))
    if isinstance(verdict, Accepted):
        assert documents.CREDENTIAL_KIND.claims.to_cbor(verdict.prescriber) == claims


@many
@given(st.one_of(st.sampled_from([1, 2, 3, 4, 13, 15, 16]), st.integers(-9, 30)), st.one_of(cbor_values, st.just(...)))
def test_a_signed_header_of_any_form_is_judged(label: int, value: Any) -> None:
    verdict = judge(hostile.prescription(World(), header={label: value}))
    ordinary = cbor.decode(documents.split(DOCUMENT)[0])
    expected = {name: one for name, one in (ordinary | {label: value}).items() if one is not ...}
    # The kid is a hint for finding a key: with the credential embedded, another one changes nothing.
    kid = expected.get(cose.KID)
    same = type(kid) is bytes and 1 <= len(kid) <= 32 and expected | {cose.KID: b""} == ordinary | {cose.KID: b""}
    assert isinstance(verdict, Accepted) == same


@many
@given(cbor_values, cbor_values, cbor_values, cbor_values)
def test_a_cose_message_of_any_parts_is_refused(protected: Any, unprotected: Any, payload: Any, signature: Any) -> None:
    assert isinstance(judge(b"\xd2" + cbor.encode([protected, unprotected, payload, signature])), Refused)


def test_nesting_and_size_cost_nothing() -> None:
    deep: Any = 0
    for _ in range(15):
        deep = {0: deep}
    for hostile_bytes in (
        b"\x81" * 1_000_000,
        b"\xd2" * 1_000_000,
        b"\x9f" * 1_000_000,
        b"\x5b" + b"\xff" * 8,
        b"\xa1" * 100_000,
    ):
        assert isinstance(judge(hostile_bytes), Refused)
    assert isinstance(judge(hostile.prescription(World(), deep)), Refused)


@some
@given(prescriptions(first=days.EARLIEST + 500 * DAY))
def test_every_prescription_that_follows_the_rules_is_judged_at_any_time_in_its_life(prescription: Prescription) -> None:
    world = World(now=prescription.authored_at + 60)
    document = documents.sign(documents.PRESCRIPTION, prescription, world.prescriber, credential=world.credential())
    policy = Policy(environment=Environment.TEST, gln=prescription.audience or GLN)
    held = world.trust()
    assert not list(prescription_rules.problems(prescription))
    verdict = judge(document, world.now, held=held, policy=policy)
    if isinstance(verdict, Accepted):
        assert verdict.prescription == prescription
        assert isinstance(judge(document, prescription.expires_at - 1, held=held, policy=policy), Accepted) or any(
            item.control_class.special for item in prescription.content.items
        )
    else:
        assert verdict.code in ("authority_animals", "scope_kind", "expired")
    last = judge(document, prescription.expires_at, held=held, policy=policy)
    assert isinstance(last, Refused) and "expired" in {check.code for check in last.checks}


# --- signatures ---------------------------------------------------------------------------------------------------------


def test_the_twin_of_an_ecdsa_signature_is_the_same_prescription_in_other_bytes() -> None:
    protected, payload, signature = documents.split(DOCUMENT)
    twin_s = ORDER_P256 - int.from_bytes(signature[32:], "big")
    twin = cose.assemble1(protected, payload, signature[:32] + twin_s.to_bytes(32, "big"))
    verdict, first = judge(twin), judge(DOCUMENT)
    assert isinstance(verdict, Accepted) and isinstance(first, Accepted)
    assert verdict.prescription == first.prescription and verdict.prescription.id == PRESCRIPTION.id
    assert verdict.digest == hashlib.sha256(twin).digest() != first.digest


def test_an_eddsa_signature_has_no_twin() -> None:
    world = World(prescriber=signer("prescriber", "EdDSA"))
    document = world.prescription_document()
    assert isinstance(judge(document), Accepted)
    protected, payload, signature = documents.split(document)
    s = int.from_bytes(signature[32:], "little") + ORDER_ED25519
    twin = cose.assemble1(protected, payload, signature[:32] + s.to_bytes(32, "little"))
    assert isinstance(judge(twin), Refused)


@pytest.mark.parametrize(
    "signature", [b"", bytes(64), bytes(63), bytes(65), b"\xff" * 64, bytes(32) + b"\x01" * 32, b"\x01" * 32 + bytes(32)]
)
def test_a_signature_of_no_number_is_refused(signature: bytes) -> None:
    protected, payload, _ = documents.split(DOCUMENT)
    verdict = judge(cose.assemble1(protected, payload, signature))
    assert isinstance(verdict, Refused) and verdict.code == "signature_invalid"


def test_a_remembered_chain_does_not_help_somebody_else_who_copies_the_header() -> None:
    held = World().trust()
    assert isinstance(judge(DOCUMENT, held=held), Accepted)
    protected, payload, _ = documents.split(DOCUMENT)
    forged = cose.assemble1(protected, payload, signer("stranger").sign(cose.to_be_signed1(protected, payload)))
    assert judge(forged, held=held) == judge(forged, held=World().trust())
    assert isinstance(judge(forged, held=held), Refused)


def test_a_remembered_chain_is_judged_anew_each_time() -> None:
    held = World().trust()
    first = judge(DOCUMENT, held=held)
    assert judge(DOCUMENT, held=held) == first
    assert isinstance(judge(DOCUMENT, PRESCRIPTION.expires_at, held=held), Refused)
    assert isinstance(judge(DOCUMENT, held=held, policy=Policy()), Refused)


# --- time ---------------------------------------------------------------------------------------------------------------


@many
@given(st.integers(0, 400 * DAY), st.integers(0, 400 * DAY))
def test_what_is_accepted_once_is_refused_from_its_end_on_and_not_before(sooner: int, later: int) -> None:
    accepted = isinstance(judge(DOCUMENT, NOW + sooner), Accepted)
    assert accepted == (NOW + sooner < PRESCRIPTION.expires_at)
    if not accepted:
        assert isinstance(judge(DOCUMENT, NOW + sooner + later), Refused)


def codes_at(document: bytes, at: int, **changes: Any) -> dict[int, tuple[str, int | None]]:
    verdict = judge(document, at, policy=msgspec.structs.replace(World().policy, **changes))
    return {check.step: (check.code, check.age_seconds) for check in verdict.checks}


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (NOW + 7 * DAY - 1, "signature_ok"),
        (NOW + 7 * DAY, "trust_list_stale"),
        (NOW - HOUR + 30 * DAY, "trust_list_stale"),
        (NOW - HOUR + 30 * DAY + 1, "trust_list_red"),
        (NOW - HOUR, "signature_ok"),
        (NOW - HOUR - 300, "signature_ok"),
    ],
)
def test_a_trust_list_grows_stale_and_red_exactly_at_its_limits(at: int, code: str) -> None:
    assert codes_at(DOCUMENT, at)[1] == (code, max(at - NOW + HOUR, 0))


@pytest.mark.parametrize(
    ("behind", "code"),
    [(0, None), (300, None), (301, "clock_behind"), (DAY, "clock_behind"), (DAY + 1, "clock_far_behind")],
)
def test_a_clock_is_behind_what_the_authority_signed_exactly_at_its_limits(behind: int, code: str | None) -> None:
    policy = msgspec.structs.replace(World().policy, clock_skew_seconds=300)
    verdict = verify(DOCUMENT, World().trust(), days.at(NOW - HOUR - behind), policy=policy)
    said = [check.code for check in verdict.checks if check.code.startswith("clock_")]
    assert said == ([code] if code else [])


@pytest.mark.parametrize(("fresh", "red"), [(24, 168), (0, 0), (1, 1), (24, 24), (0, 8784)])
def test_revocation_data_grows_stale_and_red_exactly_at_the_sites_limits(fresh: int, red: int) -> None:
    issued = NOW - 600
    for age in {0, fresh * HOUR, fresh * HOUR + 1, red * HOUR, red * HOUR + 1}:
        expected = "status_ok" if age <= fresh * HOUR else "status_stale" if age <= red * HOUR else "status_red"
        found = codes_at(DOCUMENT, issued + age, status_fresh_hours=fresh, status_red_hours=red)
        assert found[2] == (expected, age)


@pytest.mark.parametrize("limit", [0, 1, 24, 48])
def test_a_special_medicine_stops_exactly_when_revocation_data_is_too_old(limit: int) -> None:
    world = World()
    item = msgspec.structs.replace(PRESCRIPTION.content.items[0], control_class=ControlClass.NARCOTIC_II)
    special = msgspec.structs.replace(PRESCRIPTION, content=msgspec.structs.replace(PRESCRIPTION.content, items=(item,)))
    document = world.prescription_document(special)
    policy = {"special_status_hours": limit, "clock_skew_seconds": 3600}
    at = NOW - 600 + limit * HOUR
    assert codes_at(document, at, **policy)[9] == ("special_ok", limit * HOUR)
    assert codes_at(document, at + 1, **policy)[9] == ("special_needs_fresh_status", limit * HOUR + 1)


@pytest.mark.parametrize("skew", [0, 1, 300, 3600])
def test_a_signers_clock_may_be_ahead_exactly_as_far_as_the_site_allows(skew: int) -> None:
    at = NOW + DAY  # later than what the lists prove the time to be
    document = World().prescription_document(World().prescription(authored_at=at))
    assert codes_at(document, at - skew, clock_skew_seconds=skew)[4] == ("dates_ok", None)
    assert codes_at(document, at - skew - 1, clock_skew_seconds=skew)[4] == ("authored_in_future", None)


@pytest.mark.parametrize(
    ("valid_to", "ends"),
    [
        ("2027-01-31", "2027-01-31T23:00"),  # winter
        ("2027-03-27", "2027-03-27T23:00"),  # the day before the clock goes forward
        ("2027-03-28", "2027-03-28T22:00"),  # the day of 23 hours
        ("2027-06-30", "2027-06-30T22:00"),  # summer
        ("2027-10-30", "2027-10-30T22:00"),  # the day before the clock goes back
        ("2027-10-31", "2027-10-31T23:00"),  # the day of 25 hours
        ("2027-12-31", "2027-12-31T23:00"),
        ("2028-02-28", "2028-02-28T23:00"),
        ("2028-02-29", "2028-02-29T23:00"),  # a leap day is a day
    ],
)
def test_the_last_day_ends_at_midnight_in_sweden(valid_to: str, ends: str) -> None:
    end = int(datetime.fromisoformat(ends).replace(tzinfo=UTC).timestamp())
    world = World(now=end - 2 * DAY)
    prescription = world.prescription(ONE_ITEM | {"valid_to": valid_to})
    assert (prescription.expires_at, prescription.valid_to) == (end, date.fromisoformat(valid_to))
    document, held = world.prescription_document(prescription), world.trust()
    assert isinstance(judge(document, end - 1, held=held), Accepted)
    verdict = judge(document, end, held=held)
    assert isinstance(verdict, Refused) and verdict.code == "expired"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-11-21T22:59:59", "2026-11-21"),
        ("2026-11-21T23:00:00", "2026-11-22"),
        ("2027-06-30T21:59:59", "2027-06-30"),
        ("2027-06-30T22:00:00", "2027-07-01"),
        ("2028-02-29T22:59:59", "2028-02-29"),
    ],
)
def test_the_day_of_writing_is_the_day_in_sweden(written: str, day: str) -> None:
    at = int(datetime.fromisoformat(written).replace(tzinfo=UTC).timestamp())
    world = World(now=at)
    prescription = world.prescription(authored_at=at)
    assert prescription.authored == date.fromisoformat(day)
    assert prescription.valid_to == days.same_day_next_year(date.fromisoformat(day))
    assert isinstance(judge(world.prescription_document(prescription), at, held=world.trust()), Accepted)


def test_a_prescription_for_the_day_of_writing_alone_is_valid_that_day() -> None:
    world = World()
    prescription = world.prescription(ONE_ITEM | {"valid_to": "2026-11-21"})
    document = world.prescription_document(prescription)
    assert isinstance(judge(document), Accepted)
    assert isinstance(judge(document, NOW + 11 * HOUR - 1), Accepted)
    assert isinstance(judge(document, NOW + 11 * HOUR), Refused)
