"""A prescription is the same after being written and read, in CBOR and in JSON; each rule that spans fields says its name."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from dpr.core import cbor, days, documents, drafts, errors, prescription_rules
from dpr.core.errors import DocumentError, InputError
from dpr.core.prescription import CONTENT, MAX_ITEMS, PRESCRIPTION, Patient, Prescription, PrescriptionKind, Substitution
from tests.core.test_codes import codes_in
from tests.strategies import prescriptions
from tests.world import GLN, NOW, ONE_ITEM, World

many = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)


@many
@given(prescriptions())
def test_decode_undoes_encode_and_encode_undoes_decode(prescription: Prescription) -> None:
    assert list(prescription_rules.problems(prescription)) == []
    data = cbor.encode(PRESCRIPTION.to_cbor(prescription))
    read = PRESCRIPTION.from_cbor(cbor.decode(data))
    assert read == prescription
    assert cbor.encode(PRESCRIPTION.to_cbor(read)) == data


@many
@given(prescriptions())
def test_the_json_form_says_the_same(prescription: Prescription) -> None:
    written = json.dumps(drafts.write(prescription), ensure_ascii=False).encode()
    assert drafts.read(written, id=prescription.id, authored_at=prescription.authored_at) == prescription


@settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
@given(prescriptions(max_items=MAX_ITEMS))
def test_as_many_items_as_are_allowed_survive(prescription: Prescription) -> None:
    assert PRESCRIPTION.from_cbor(cbor.decode(cbor.encode(PRESCRIPTION.to_cbor(prescription)))) == prescription


def test_a_document_holds_nothing_that_can_be_derived_and_no_default() -> None:
    claims = cbor.decode(documents.split(World().prescription_document())[1])
    assert claims.keys() == {4, 6, 7, -65537}
    item = claims[-65537][5][0]
    assert item.keys() == {0, 1, 3, 6, 7, 8, 9, 10, 11, 12, 13, 15, 17, 18, 19}
    assert item[0] == 20040131100274 and item[19] is True


def set_(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """A change of a draft: `path` as `items.0.benefit`; `...` removes the member."""

    def change(draft: dict[str, Any]) -> None:
        *parents, name = [int(part) if part.isdigit() else part for part in path.split(".")]
        place: Any = draft
        for parent in parents:
            place = place[parent]
        if value is ...:
            del place[name]
        else:
            place[name] = value

    return change


ANIMAL = {"species": "Hund", "owner": {"personnummer": "191212121212", "name": "Tolvan Tolvansson"}}
BY_BIRTH_DATE = {"birth_date": "19121212", "name": "Tolvan Tolvansson"}
VARUNUMMER = {"varunummer": "012345", "npl_pack_id": ..., "npl_id": ..., "atc": ...}


def item(**changes: Any) -> list[Callable[[dict[str, Any]], None]]:
    return [set_(f"items.0.{name}", value) for name, value in changes.items()]


def kind(name: str, **changes: Any) -> list[Callable[[dict[str, Any]], None]]:
    return [set_("kind", name), set_("reason", ...), *(set_(path, value) for path, value in changes.items())]


#: What is changed in the one-item prescription → the code and path of the one fault.
RULES: list[tuple[str, str, list[Callable[[dict[str, Any]], None]]]] = [
    ("validity_before_authored", "$.valid_to", [set_("valid_to", "2026-11-20")]),
    ("validity_too_long", "$.valid_to", [set_("valid_to", "2027-11-22")]),
    ("validity_telephone", "$.valid_to", [set_("telephone", True), set_("valid_to", "2026-12-06")]),
    ("reason_missing", "$.reason", [set_("reason", ...)]),
    ("reason_not_applicable", "$.reason", [set_("kind", "consumables"), *item(**VARUNUMMER)]),
    ("patient_missing", "$.patient", [set_("patient", ...)]),
    ("patient_identity", "$.patient", [set_("patient.personnummer", ...)]),
    ("patient_identity", "$.patient", [set_("patient.samordningsnummer", "202601612381")]),
    ("patient_name_missing", "$.patient.name", [set_("patient", {"birth_date": "19121212"}), set_("audience", GLN)]),
    ("birth_date_needs_audience", "$.audience", [set_("patient", BY_BIRTH_DATE)]),
    (
        "birth_date_dose_dispensing",
        "$.items",
        [set_("patient", BY_BIRTH_DATE), set_("audience", GLN), *item(dose_dispensing=True)],
    ),
    ("reservnummer_oid", "$.patient.reservnummer", [set_("patient", {"reservnummer": {"oid": "1.2.3", "number": "1"}})]),
    (
        "reservnummer_form",
        "$.patient.reservnummer",
        [set_("patient", {"reservnummer": {"oid": "1.2.752.97.3.1.3", "number": "123456789012"}})],
    ),
    ("protected_name", "$.patient.name", [set_("patient.protected", "sekretessmarkering")]),
    (
        "protected_birth_date",
        "$.patient.birth_date",
        [set_("patient", {"birth_date": "19121212", "protected": "skyddad_folkbokforing"}), set_("audience", GLN)],
    ),
    ("patient_born_later", "$.patient", [set_("patient", BY_BIRTH_DATE | {"birth_date": "20261122"}), set_("audience", GLN)]),
    ("food_age", "$.kind", [*kind("food"), *item(**VARUNUMMER)]),
    ("animal_missing", "$.animal", [*kind("animal", patient=...), *item(benefit=..., benefit_conditions=...)]),
    (
        "patient_not_for_animal",
        "$.patient",
        [*kind("animal", animal=ANIMAL), *item(benefit=..., benefit_conditions=...)],
    ),
    ("animal_not_for_people", "$.animal", [set_("animal", ANIMAL)]),
    (
        "owner_identity",
        "$.animal.owner",
        [
            *kind("animal", animal={"species": "Hund", "owner": {"name": "Tolvan"}}, patient=...),
            *item(benefit=..., benefit_conditions=...),
        ],
    ),
    ("benefit_not_for_animals", "$.items[0].benefit", [*kind("animal", animal=ANIMAL, patient=...)]),
    (
        "benefit_not_for_animals",
        "$.items[0].benefit",
        [*kind("animal", animal=ANIMAL, patient=...), *item(benefit=..., benefit_conditions=..., infection_act=True)],
    ),
    ("product_code_missing", "$.items[0]", item(npl_pack_id=..., npl_id=...)),
    ("product_code_kind", "$.items[0].varunummer", [*kind("consumables")]),
    ("product_code_kind", "$.items[0].varunummer", [*kind("consumables"), *item(varunummer="012345", npl_id=...)]),
    ("product_code_kind", "$.items[0].varunummer", [*kind("consumables"), *item(varunummer="012345", npl_pack_id=...)]),
    ("product_code_kind", "$.items[0].varunummer", [*kind("consumables"), *item(npl_pack_id=..., npl_id=...)]),
    (
        "control_class_kind",
        "$.items[0].control_class",
        [*kind("consumables"), *item(control_class="narcotic_ii", **VARUNUMMER)],
    ),
    ("benefit_missing", "$.items[0].benefit", item(benefit=..., benefit_conditions=...)),
    ("benefit_conditions", "$.items[0].benefit_conditions", item(benefit_conditions=...)),
    ("benefit_conditions", "$.items[0].benefit_conditions", item(benefit=False)),
    ("substitution_missing", "$.items[0].substitution", item(substitution=...)),
    ("substitution_reason", "$.items[0].substitution.reason", item(substitution={"allowed": False})),
    ("substitution_reason", "$.items[0].substitution.reason", item(substitution={"allowed": True, "reason": "allergi"})),
    ("interval_without_repeats", "$.items[0].interval_days", item(dispensings=1)),
    ("unlisted_with_code", "$.items[0].unlisted", item(unlisted="unlisted")),
]


@pytest.mark.parametrize(("code", "path", "changes"), RULES, ids=[f"{i}-{row[0]}" for i, row in enumerate(RULES)])
def test_each_rule_names_its_code_and_place_when_written(code: str, path: str, changes: list[Any]) -> None:
    draft = copy.deepcopy(ONE_ITEM)
    for change in changes:
        change(draft)
    with pytest.raises(InputError) as caught:
        World().prescription(draft)
    assert caught.value.code == "prescription_invalid"
    first = next((problem for problem in caught.value.problems if problem.code == code), None)
    assert first is not None and first.path == path and first.wrong and first.expected
    others = {problem.code for problem in caught.value.problems} - {code}
    assert others <= {"patient_name_missing"}, "one fault each; a protected birth date also lacks the name"


def test_the_table_above_has_every_rule() -> None:
    sources = [ast.parse(Path(str(module.__file__)).read_text("utf-8")) for module in (prescription_rules, errors)]
    written = {code for code, _, _ in RULES if code != "substitution_reason"}  # that one is the field's own
    by_identifier = {"reservnummer_oid", "reservnummer_form"}
    assert written - by_identifier | {"validity_not_whole_days"} == set(codes_in(sources)) - by_identifier


def test_an_end_that_is_no_midnight_in_sweden_is_a_fault_of_what_was_signed() -> None:
    prescription = msgspec.structs.replace(World().prescription(), expires_at=NOW + 86_400)
    assert [problem.code for problem in prescription_rules.problems(prescription)] == ["validity_not_whole_days"]
    with pytest.raises(DocumentError, match="validity_not_whole_days"):
        _ = prescription.valid_to


def test_a_substitution_that_says_two_things_cannot_be_written() -> None:
    for wrong in (Substitution(allowed=True, reason="allergi"), Substitution(allowed=False)):
        value = World().prescription().content
        broken = msgspec.structs.replace(value, items=(msgspec.structs.replace(value.items[0], substitution=wrong),))
        with pytest.raises(DocumentError, match="substitution_reason"):
            CONTENT.to_cbor(broken)


@pytest.mark.parametrize(
    ("patient", "born"),
    [
        (Patient(personnummer="191212121212"), date(1912, 12, 12)),
        (Patient(samordningsnummer="202601612381"), date(2026, 1, 1)),
        (Patient(birth_date="20240229", name="Tolvan"), date(2024, 2, 29)),
        (Patient(), None),
    ],
)
def test_the_identity_tells_the_day_of_birth(patient: Patient, born: date | None) -> None:
    assert patient.born == born


@pytest.mark.parametrize(
    ("born", "allowed"), [("20101122", True), ("20101121", False), ("20101120", False), ("20261121", True), ("20101221", True)]
)
def test_food_is_for_those_who_are_not_yet_sixteen_on_the_day_of_writing(born: str, allowed: bool) -> None:
    draft = copy.deepcopy(ONE_ITEM)
    for change in [*kind("food"), *item(**VARUNUMMER)]:
        change(draft)
    draft |= {"patient": {"birth_date": born, "name": "Tolvan"}, "audience": GLN}
    if allowed:
        assert World().prescription(draft).content.kind is PrescriptionKind.FOOD
    else:
        with pytest.raises(InputError, match="food_age"):
            World().prescription(draft)


def test_a_prescription_is_valid_for_one_year_or_fourteen_days_where_nothing_is_written() -> None:
    ordinary = World().prescription()
    telephone = World().prescription(ONE_ITEM | {"telephone": True})
    assert (ordinary.authored, ordinary.valid_to) == (date(2026, 11, 21), date(2027, 11, 21))
    assert telephone.valid_to == date(2026, 12, 5)


@pytest.mark.parametrize(
    ("written", "valid_to"),
    [("2028-02-28", "2029-02-28"), ("2028-02-29", "2029-02-28"), ("2027-02-28", "2028-02-28"), ("2027-03-01", "2028-03-01")],
)
def test_leap_days_neither_lengthen_nor_break_a_year(written: str, valid_to: str) -> None:
    authored_at = days.end_of(date.fromisoformat(written)) - 3600
    prescription = World().prescription(authored_at=authored_at)
    assert prescription.authored.isoformat() == written
    assert prescription.valid_to.isoformat() == valid_to
    with pytest.raises(InputError, match="validity_too_long"):
        following = days.day_of(prescription.expires_at + 3600).isoformat()
        World().prescription(ONE_ITEM | {"valid_to": following}, authored_at=authored_at)
