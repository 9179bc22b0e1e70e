"""A draft is read whole or refused with every fault at its place; no JSON whatever gives anything else."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dpr.core import drafts
from dpr.core.errors import InputError
from dpr.core.prescription import Prescription
from tests.strategies import json_values
from tests.world import GLN, NOW, ONE_ITEM

ID = bytes(range(16))


def read(data: bytes) -> Prescription:
    return drafts.read(data, id=ID, authored_at=NOW)


def faults(draft: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        read(json.dumps(draft).encode())
    assert caught.value.code == "prescription_invalid"
    return [(problem.path, problem.code) for problem in caught.value.problems]


def test_every_fault_is_named_at_once_with_its_path() -> None:
    draft: dict[str, Any] = {
        "kind": "recept",
        "reason": 7,
        "patient": {"personnummer": "191212121213", "name": "Tolvan\u202e", "protected": None, "shoe": 1},
        "audience": "7350000000008",
        "valid_to": "2026-13-01",
        "telephone": "no",
        "items": [
            {
                "npl_pack_id": 20040131100274,
                "npl_id": "2002123100041",
                "varunummer": "０１２３４５",
                "atc": "c09aa02",
                "name": " Enalapril",
                "form": "",
                "packages": 0,
                "dispensings": 1.0,
                "interval_days": True,
                "dosage": "1" * 251,
                "dose": {"amount_thousandths": 1000, "unit": "tablett", "times": 97},
                "reason": "123",
                "substitution": True,
                "benefit": "ja",
            },
            "en receptrad",
        ],
    }
    assert faults(draft) == [
        ("$.kind", "field_value_unknown"),
        ("$.reason", "field_value_unknown"),
        ("$.patient.personnummer", "personnummer_check_digit"),
        ("$.patient.name", "text_unprintable"),
        ("$.patient.protected", "field_value_unknown"),
        ("$.patient.shoe", "field_unknown"),
        ("$.telephone", "field_type"),
        ("$.items[0].npl_pack_id", "field_type"),
        ("$.items[0].npl_id", "npl_id_form"),
        ("$.items[0].varunummer", "varunummer_form"),
        ("$.items[0].atc", "atc_form"),
        ("$.items[0].name", "text_space_at_end"),
        ("$.items[0].form", "text_empty"),
        ("$.items[0].packages", "number_out_of_range"),
        ("$.items[0].dispensings", "field_type"),
        ("$.items[0].interval_days", "field_type"),
        ("$.items[0].dosage", "text_too_long"),
        ("$.items[0].dose.times", "number_out_of_range"),
        ("$.items[0].reason", "snomed_form"),
        ("$.items[0].benefit", "field_type"),
        ("$.items[0].substitution", "field_type"),
        ("$.items[1]", "field_type"),
        ("$.audience", "gln_check_digit"),
        ("$.valid_to", "date_form"),
    ]


def test_an_empty_object_lacks_what_must_be_there() -> None:
    assert faults({}) == [("$.kind", "field_missing"), ("$.items", "field_missing")]
    assert faults(ONE_ITEM | {"items": [{}]}) == [
        (f"$.items[0].{name}", "field_missing") for name in ("name", "packages", "dispensings", "dosage")
    ]


def test_faults_that_span_fields_are_named_at_once_too() -> None:
    item = {"name": "Salva", "packages": 1, "dispensings": 1, "interval_days": 30, "dosage": "Efter behov"}
    assert faults({"kind": "prescription", "items": [item, item], "valid_to": "2026-11-20"}) == [
        ("$.valid_to", "validity_before_authored"),
        ("$.patient", "patient_missing"),
        ("$.reason", "reason_missing"),
        *(
            (f"$.items[{number}]{member}", code)
            for number in (0, 1)
            for member, code in (
                ("", "product_code_missing"),
                (".benefit", "benefit_missing"),
                (".substitution", "substitution_missing"),
                (".interval_days", "interval_without_repeats"),
            )
        ),
    ]


def test_a_fault_shows_no_personal_data_and_says_what_would_be_right() -> None:
    draft = copy.deepcopy(ONE_ITEM)
    draft["patient"] |= {"personnummer": "191212121213", "name": "Tolvan\u200bTolvansson"}
    with pytest.raises(InputError) as caught:
        read(json.dumps(draft).encode())
    assert "Tolvan" not in str(caught.value) and "19121212121" not in caught.value.problems[0].wrong
    assert caught.value.problems[0].expected == "12 digits, for example '191212121212'"


@pytest.mark.parametrize("number", [0, 21])
def test_the_number_of_items_is_limited(number: int) -> None:
    assert faults(ONE_ITEM | {"items": ONE_ITEM["items"] * number}) == [("$.items", "list_length")]


@pytest.mark.parametrize(
    "valid_to",
    [
        "2026-W48-1",
        "20261201",
        "2026-12-1",
        "2026-12-01T00:00",
        "1999-12-31",
        "2199-01-01",
        "２０２６-12-01",
        "2026-02-29",
        20261201,
        None,
        "",
    ],
)
def test_a_date_has_one_form(valid_to: Any) -> None:
    assert faults(ONE_ITEM | {"valid_to": valid_to}) == [("$.valid_to", "date_form")]


@pytest.mark.parametrize(
    ("valid_to", "code"), [("2000-01-01", "validity_before_authored"), ("2198-12-31", "validity_too_long")]
)
def test_a_date_far_away_is_a_date(valid_to: str, code: str) -> None:
    assert faults(ONE_ITEM | {"valid_to": valid_to}) == [("$.valid_to", code)]


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (b"", "line 1, column 1"),
        (b"{", "line 1, column 2"),
        (b'{"kind": "prescription",\n "items": [}', "line 2, column 12"),
        (b'{"a": 1} {"b": 2}', "line 1, column 10"),
        (b'{"a": "\x01"}', "line 1, column 8"),
        (b"[]", "$"),
        (b'"text"', "$"),
        (b"null", "$"),
        (b"NaN", "$"),
        (b'{"items": NaN}', "$"),
        (b'{"items": -Infinity}', "$"),
        (b'{"kind": "prescription", "kind": "animal"}', "$"),
        (b'{"patient": {"name": "A", "name": "B"}}', "$"),
        (b"[" * 100_000 + b"]" * 100_000, "$"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "$"),
        (b'{"items": ' + b"9" * 5000 + b"}", "$"),
        (b"\xff\xfe{\x00}\x00", "byte 0"),
        (b'{"name": "\xe5"}', "byte 10"),
        (b'{"name": "\xed\xa0\x80"}', "byte 10"),
        (b" " * 262_144, "line 1, column 262145"),
        (b" " * 262_145, "$"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else value,
)
def test_what_is_no_json_object_is_named_with_its_place(data: bytes, path: str) -> None:
    with pytest.raises(InputError) as caught:
        read(data)
    assert caught.value.code == "json_invalid"
    assert [(problem.path, problem.code) for problem in caught.value.problems] == [(path, "json_invalid")]


def test_a_byte_order_mark_is_forgiven_once() -> None:
    data = json.dumps(ONE_ITEM).encode()
    assert read(b"\xef\xbb\xbf" + data) == read(data)
    with pytest.raises(InputError):
        read(b"\xef\xbb\xbf" * 2 + data)


@pytest.mark.parametrize("number", ["1e400", "1e2", "1.0", "-1", "1" + "0" * 400, "-0"])
def test_a_number_that_is_no_count_is_refused_as_one(number: str) -> None:
    data = json.dumps(ONE_ITEM).replace('"packages": 1', f'"packages": {number}').encode()
    with pytest.raises(InputError) as caught:
        read(data)
    assert [problem.path for problem in caught.value.problems] == ["$.items[0].packages"]


def test_a_lone_surrogate_in_a_text_or_a_name_is_refused_and_shown_escaped() -> None:
    assert faults(ONE_ITEM | {"\ud800": 1}) == [("$.\\ud800", "field_unknown")]
    draft = copy.deepcopy(ONE_ITEM)
    draft["items"][0]["dosage"] = "1 tablett\ud800"
    assert faults(draft) == [("$.items[0].dosage", "text_unprintable")]


def test_audience_and_last_day_are_kept_and_written_again() -> None:
    prescription = read(json.dumps(ONE_ITEM | {"audience": GLN, "valid_to": "2026-12-24"}).encode())
    assert (prescription.id, prescription.audience, prescription.valid_to) == (ID, GLN, date(2026, 12, 24))
    assert drafts.write(prescription) == ONE_ITEM | {"audience": GLN, "valid_to": "2026-12-24"}


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of every value inside `value`, its own first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for name, one in inner for found in paths(one, (*path, name)))]


FULL = json.loads(json.dumps(ONE_ITEM)) | {"audience": GLN, "valid_to": "2026-12-24", "telephone": False}


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(paths(FULL)), json_values)
@example((), [])
@example(("items", 0, "packages"), 10**4299)
@example(("patient",), {"\u0085": "\u2028"})
def test_any_json_in_any_place_gives_a_prescription_or_named_faults(path: tuple[Any, ...], value: Any) -> None:
    draft = copy.deepcopy(FULL)
    place: Any = [draft]
    for step in (0, *path)[:-1]:
        place = place[step]
    place[(0, *path)[-1]] = value
    written = draft if path else value
    try:
        data = json.dumps(written).encode()
    except ValueError:  # Python writes no integer of more digits than it reads
        return
    try:
        prescription = read(data)
    except InputError as error:
        assert error.code in ("prescription_invalid", "json_invalid")
        assert error.problems and all(problem.path.startswith(("$", "line", "byte")) for problem in error.problems)
    else:
        again = drafts.read(json.dumps(drafts.write(prescription)).encode(), id=ID, authored_at=NOW)
        assert again == prescription


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes_give_named_faults(data: bytes) -> None:
    with pytest.raises(InputError):
        read(data)
