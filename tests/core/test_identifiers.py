"""Swedish identifiers: what is well formed, with the published test numbers and an independent reckoning of check digits."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpr.core import identifiers
from dpr.core.codes import CODES
from tests.strategies import glns, organisation_numbers, personnummers, reservnummers, samordningsnummers

FAULTS = {
    "personnummer": identifiers.personnummer_fault,
    "samordningsnummer": identifiers.samordningsnummer_fault,
    "gln": identifiers.gln_fault,
    "organisation_number": identifiers.organisation_number_fault,
    "npl_id": identifiers.npl_id_fault,
    "npl_pack_id": identifiers.npl_pack_id_fault,
    "varunummer": identifiers.varunummer_fault,
    "prescriber_code": identifiers.prescriber_code_fault,
    "workplace_code": identifiers.workplace_code_fault,
    "atc": identifiers.atc_fault,
    "snomed": identifiers.snomed_fault,
    "hsa_id": identifiers.hsa_id_fault,
    "phone": identifiers.phone_fault,
}

GOOD = {
    # Test numbers that Skatteverket publishes.
    "personnummer": ["191212121212", "200002292399", "202402292383", "195312242083"],
    "samordningsnummer": ["202601612381"],
    "gln": ["7350000000009", "4012345000009", "0000000000000"],
    "organisation_number": ["2021000001", "2321000016", "5560000001"],
    "npl_id": ["20021231000418", "00000000000000"],
    "npl_pack_id": ["20040131100274"],
    "varunummer": ["012345"],
    "prescriber_code": ["0000001", "9123456"],
    "workplace_code": ["4100300200100"],
    "atc": ["N", "N02", "N02B", "N02BE", "N02BE01", "QM01AC06", "QN"],
    "snomed": ["38341003", "100000", "999999999999999999"],
    "hsa_id": ["SE2321000016-A1B2", "SE2321000016-1"],
    "phone": ["08-123 456 78", "+46 8 123 456 78", "12345"],
}

BAD = [
    ("personnummer", "", "personnummer_form"),
    ("personnummer", "19121212-1212", "personnummer_form"),
    ("personnummer", "1212121212", "personnummer_form"),
    ("personnummer", "1912121212120", "personnummer_form"),
    ("personnummer", "19121212121x", "personnummer_form"),
    ("personnummer", "1912121212 2", "personnummer_form"),
    ("personnummer", "١٩١٢١٢١٢١٢١٢", "personnummer_form"),
    ("personnummer", "19121212121²", "personnummer_form"),
    ("personnummer", "１９１２１２１２１２１２", "personnummer_form"),
    ("personnummer", "191212121212\n", "personnummer_form"),
    ("personnummer", "171212121212", "personnummer_date"),
    ("personnummer", "211212121212", "personnummer_date"),
    ("personnummer", "191213121212", "personnummer_date"),
    ("personnummer", "190002291212", "personnummer_date"),
    ("personnummer", "191200121212", "personnummer_date"),
    ("personnummer", "191212721212", "personnummer_date"),
    ("personnummer", "191212121213", "personnummer_check_digit"),
    ("personnummer", "191212122112", "personnummer_check_digit"),
    ("samordningsnummer", "2026016123", "samordningsnummer_form"),
    ("samordningsnummer", "191212121212", "samordningsnummer_date"),
    ("samordningsnummer", "202601602382", "samordningsnummer_date"),
    ("samordningsnummer", "202602902380", "samordningsnummer_date"),
    ("samordningsnummer", "202601612382", "samordningsnummer_check_digit"),
    ("gln", "735000000000", "gln_form"),
    ("gln", "73500000000０9", "gln_form"),
    ("gln", "7350000000008", "gln_check_digit"),
    ("gln", "7350000000090", "gln_check_digit"),
    ("organisation_number", "202100-0001", "organisation_number_form"),
    ("organisation_number", "2021000002", "organisation_number_check_digit"),
    ("npl_id", "2002123100041", "npl_id_form"),
    ("npl_pack_id", "2004013110027A", "npl_pack_id_form"),
    ("varunummer", "12345", "varunummer_form"),
    ("varunummer", "٠١٢٣٤٥", "varunummer_form"),
    ("prescriber_code", "912345", "prescriber_code_form"),
    ("workplace_code", "41003002001000", "workplace_code_form"),
    ("atc", "", "atc_form"),
    ("atc", "n02be01", "atc_form"),
    ("atc", "N2BE01", "atc_form"),
    ("atc", "N02BE1", "atc_form"),
    ("atc", "N02BE01\n", "atc_form"),
    ("atc", "QQN02", "atc_form"),
    ("atc", "N٠٢", "atc_form"),
    ("snomed", "12345", "snomed_form"),
    ("snomed", "038341003", "snomed_form"),
    ("snomed", "1" * 19, "snomed_form"),
    ("hsa_id", "SE232100001-A1B2", "hsa_id_form"),
    ("hsa_id", "SE2321000016-", "hsa_id_form"),
    ("hsa_id", "se2321000016-a1b2", "hsa_id_form"),
    ("phone", "ring mig", "phone_form"),
    ("phone", "08--123456", "phone_form"),
    ("phone", "1234", "phone_form"),
    ("phone", "08-123 456 78 ", "phone_form"),
]


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in GOOD.items() for value in values])
def test_what_is_well_formed_passes(name: str, value: str) -> None:
    assert FAULTS[name](value) is None


@pytest.mark.parametrize(("name", "value", "code"), BAD)
def test_what_is_not_well_formed_is_named(name: str, value: str, code: str) -> None:
    assert FAULTS[name](value) == code


def luhn_by_the_book(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B, from the left, digit sums spelled out."""
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled // 10 + doubled % 10
    return total % 10 == 0


@given(st.text("0123456789", min_size=1, max_size=30))
def test_luhn_agrees_with_the_standard_written_out(digits: str) -> None:
    assert identifiers.luhn_ok(digits) == luhn_by_the_book(digits)


@given(st.text("0123456789", min_size=13, max_size=13))
def test_gs1_agrees_with_the_standard_written_out(digits: str) -> None:
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits[:12]))
    assert identifiers.gs1_ok(digits) == ((10 - weighted % 10) % 10 == int(digits[12]))


@given(personnummers, st.integers(2, 11), st.integers(1, 9))
def test_one_wrong_digit_of_a_personnummer_is_always_noticed(number: str, place: int, change: int) -> None:
    wrong = number[:place] + str((int(number[place]) + change) % 10) + number[place + 1 :]
    assert identifiers.personnummer_fault(number) is None
    assert identifiers.personnummer_fault(wrong) in ("personnummer_date", "personnummer_check_digit")


@given(glns, st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_of_a_gln_is_always_noticed(number: str, place: int, change: int) -> None:
    assert identifiers.gln_fault(number) is None
    wrong = number[:place] + str((int(number[place]) + change) % 10) + number[place + 1 :]
    assert identifiers.gln_fault(wrong) == "gln_check_digit"


@given(samordningsnummers, organisation_numbers)
def test_other_numbers_with_their_check_digit_pass(samordningsnummer: str, organisation_number: str) -> None:
    assert identifiers.samordningsnummer_fault(samordningsnummer) is None
    assert identifiers.personnummer_fault(samordningsnummer) == "personnummer_date"
    assert identifiers.organisation_number_fault(organisation_number) is None


@pytest.mark.parametrize("year", [1800, 1900, 1904, 2000, 2024, 2025, 2099])
def test_every_day_of_a_year_and_no_other_is_a_date_of_birth(year: int) -> None:
    real = {date(year, 1, 1) + timedelta(days=n) for n in range(366)} - {date(year + 1, 1, 1)}
    for month in range(14):
        for day in range(33):
            found = identifiers.birth_date(f"{year}{month:02}{day:02}")
            assert (found in real) if found else not any((d.month, d.day) == (month, day) for d in real)


@pytest.mark.parametrize(
    ("oid", "number", "code"),
    [
        ("1.2.752.97.3.1.3", "992004391013", None),
        ("1.2.752.97.3.1.3", "982004391013", "reservnummer_form"),
        ("1.2.752.97.3.1.3", "99200439101A", "reservnummer_form"),
        ("1.2.752.113.11.0.2.1.1.1", "20260101K0A1", None),
        ("1.2.752.113.11.0.2.1.1.1", "17260101K0A1", "reservnummer_form"),
        ("1.2.752.74.9.3", "AB12345678", None),
        ("1.2.752.74.9.3", "AB1234567", "reservnummer_form"),
        ("1.2.752.74.9.3", "ab12345678", "reservnummer_form"),
        ("1.2.752.74.9.3", "AB12345678\n", "reservnummer_form"),
        ("1.2.752", "AB12345678", "reservnummer_oid"),
        ("1.2.752.074", "AB12345678", "reservnummer_oid"),
        ("1.2.752.7.", "AB12345678", "reservnummer_oid"),
        ("1.2.246.74", "AB12345678", "reservnummer_oid"),
        ("1.2.752.٧", "AB12345678", "reservnummer_oid"),
        ("", "", "reservnummer_oid"),
    ],
)
def test_a_reserve_number_follows_its_region(oid: str, number: str, code: str | None) -> None:
    assert identifiers.reservnummer_fault(oid, number) == code


@given(reservnummers)
def test_what_the_strategies_make_passes(reservnummer: object) -> None:
    assert identifiers.reservnummer_fault(reservnummer.oid, reservnummer.number) is None  # type: ignore[attr-defined]


@given(st.sampled_from(sorted(FAULTS)), st.one_of(st.text(max_size=40), st.text("0123456789٠１²-SEQN ", max_size=20)))
def test_any_text_passes_or_is_named_in_the_table(name: str, value: str) -> None:
    code = FAULTS[name](value)
    assert code is None or code in CODES
    if code is None:
        assert value.isascii()


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Tolvan 191212121212", True),
        ("(121212-1212)", True),
        ("121212+1212 ringde", True),
        ("12121272-1212", False),
        ("ringt 08-465 004 12", False),
        ("19121212121", False),
        ("1912121212121", False),
        ("191212121213", False),
        ("", False),
    ],
)
def test_a_personal_number_is_found_in_free_text(text: str, holds: bool) -> None:
    assert identifiers.holds_personal_number(text) is holds
