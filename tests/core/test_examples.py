"""The examples are what they say: they are well formed, follow the rules, survive CBOR, and show what their names promise.

Rules: every file under examples/prescriptions stands in a table of examples/README.md with a prescriber of
examples/people.json who may write it; products agree with examples/products.csv; every person is a published test number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dpr.adapters.products_csv import Reading
from dpr.core import cbor, days, drafts, prescribing, prescription_rules
from dpr.core.credential import HOLDER, PHARMACISTS, Holder, Role, holder_faults
from dpr.core.errors import Problem
from dpr.core.identifiers import reservnummer_fault
from dpr.core.prescription import CONTENT, Content, Item, Prescription, PrescriptionKind, Protection, Unlisted, gln
from dpr.core.products import ControlClass, Product, differences

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOWN = sorted((EXAMPLES / "prescriptions").glob("*.json"))
MEASURED = sorted((EXAMPLES / "prescriptions" / "measured").glob("*.json"))
ALL = SHOWN + MEASURED
AUTHORED_AT = int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp())
NARCOTICS = set(ControlClass) - {ControlClass.NONE, ControlClass.OTHER_SPECIAL}

#: Skatteverket's published test numbers that the examples use, and the published reserve number.
PUBLISHED = """
    191212121212 193012299263 194001079120 194201199124 194408139089 194502024732 194504118359 195312242083 195702182568
    195711212893 196107293059 196201082697 196408233234 197103011032 197907179191 198101079294 198705212382 198808112380
    199006022397 199107172380 199212252382 199312172381 199504242398 199710182396 200001052380 200002292399 200304302383
    200510162381 200512312398 202402292383 202601612381 992004391013
"""


def name_of(path: Path) -> str:
    return path.relative_to(EXAMPLES / "prescriptions").as_posix()


def parse(path: Path) -> dict[str, Any]:
    parsed = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(parsed, dict)
    return parsed


def read(path: Path) -> Prescription:
    """The example as it would be signed at AUTHORED_AT."""
    return drafts.read(path.read_bytes(), id=bytes(16), authored_at=AUTHORED_AT)


def shown(name: str) -> Content:
    return read(EXAMPLES / "prescriptions" / f"{name}.json").content


def holders() -> dict[str, Holder]:
    people = {}
    for name, written in json.loads((EXAMPLES / "people.json").read_text(encoding="utf-8")).items():
        found: list[Problem] = []
        holder = HOLDER.from_json(written, f"$.{name}", found)
        assert found == []
        assert holder is not None
        people[name] = holder
    return people


def rows_of_readme() -> dict[str, str]:
    """File → prescriber, from the tables of examples/README.md."""
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([\w/-]+\.json)` \|[^|]*\| `(\w+)` \|$", text, re.MULTILINE))


def products() -> dict[str, Product]:
    with (EXAMPLES / "products.csv").open("rb") as file:
        return {product.npl_pack_id or product.varunummer: product for product in Reading(file)}


def person_numbers(value: Any) -> set[str]:
    if isinstance(value, dict):
        named = {v for k, v in value.items() if k in ("personnummer", "samordningsnummer", "number")}
        return named.union(*map(person_numbers, value.values()))
    return set().union(*map(person_numbers, value)) if isinstance(value, list) else set()


def test_there_are_enough_examples_to_show_and_to_measure() -> None:
    assert len(SHOWN) >= 14
    assert [len(read(path).content.items) for path in MEASURED] == [1] * 6 + [3] * 4


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_an_example_reads_and_follows_the_rules(path: Path) -> None:
    prescription = read(path)
    assert list(prescription_rules.problems(prescription)) == []
    assert prescription.audience is None or gln.fault(prescription.audience) is None


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_an_example_survives_cbor_and_json(path: Path) -> None:
    prescription = read(path)
    content = CONTENT.from_cbor(cbor.decode(cbor.encode(CONTENT.to_cbor(prescription.content))))
    assert content == prescription.content
    back = drafts.write(msgspec.structs.replace(prescription, content=content))
    assert back.pop("valid_to")
    assert back == parse(path), "an example states no defaults and no date, and loses nothing"


def test_a_telephone_prescription_is_valid_for_two_weeks_and_others_for_a_year() -> None:
    telephone, ordinary = (read(EXAMPLES / "prescriptions" / f"{name}.json") for name in ("telephone", "one-item"))
    assert (telephone.valid_to, ordinary.valid_to) == (date(2026, 12, 5), date(2027, 11, 21))


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_an_example_is_written_as_the_others_are(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == json.dumps(parse(path), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_every_person_has_a_published_test_number(path: Path) -> None:
    assert person_numbers(parse(path)) <= set(PUBLISHED.split())


def test_the_readme_names_every_example_and_no_other() -> None:
    assert sorted(rows_of_readme()) == sorted(map(name_of, ALL))


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_the_named_prescriber_may_prescribe_it(path: Path) -> None:
    holder = holders()[rows_of_readme()[name_of(path)]]
    content = read(path).content
    assert holder.role is Role.PRESCRIBER
    assert holder.profession is not None
    assert holder.workplace is not None
    for item in content.items:
        assert prescribing.fault(holder.profession, content.kind, item, item.control_class) is None
        assert holder.workplace.code or not (item.benefit or item.infection_act)


@pytest.mark.parametrize("path", SHOWN, ids=name_of)
def test_the_products_agree_with_the_product_file(path: Path) -> None:
    held = products()
    for item in read(path).content.items:
        if item.unlisted is None:
            product = held[item.npl_pack_id or item.varunummer or ""]
            assert differences(item, product) == ()
            assert (item.npl_id or "") == product.npl_id


def test_the_measured_ones_are_typical_and_not_minimal() -> None:
    for path in MEASURED:
        content = read(path).content
        assert content.patient is not None
        assert content.patient.personnummer
        assert content.patient.name
        for item in content.items:
            stated = (item.npl_pack_id, item.npl_id, item.atc, item.form, item.strength, item.pack, item.purpose)
            assert all(stated)
            assert item.benefit is not None
            assert item.substitution is not None
            assert len(item.dosage) >= 15


def test_no_measured_product_number_means_two_products() -> None:
    seen: dict[str, tuple[str | None, ...]] = {}
    for path in ALL:
        for item in read(path).content.items:
            if item.npl_pack_id:
                described = (item.npl_id, item.name, item.strength, item.pack)
                assert seen.setdefault(item.npl_pack_id, described) == described


def one(content: Content) -> Item:
    assert len(content.items) == 1
    return content.items[0]


#: What each shown example must show: name → test of its content.
PROMISES: dict[str, Callable[[Content], object]] = {
    "one-item": lambda c: one(c) and c.patient and c.patient.personnummer == "191212121212",
    "three-items": lambda c: len(c.items) == 3,
    "ten-items": lambda c: len(c.items) == 10,
    "repeats-with-interval": lambda c: one(c).dispensings > 1 and one(c).interval_days,
    "narcotic": lambda c: any(item.control_class in NARCOTICS for item in c.items),
    "special-medicine": lambda c: one(c).control_class is ControlClass.OTHER_SPECIAL,
    "refused-substitution": lambda c: (s := one(c).substitution) and not s.allowed and s.reason,
    "benefit-refused": lambda c: one(c).benefit is False and not one(c).infection_act,
    "protected-identity": lambda c: c.patient and c.patient.protected is not Protection.NONE and c.patient.name is None,
    "birth-date-addressed": lambda c: c.patient and c.patient.birth_date and c.patient.name,
    "samordningsnummer": lambda c: c.patient and c.patient.samordningsnummer,
    "reservnummer": lambda c: c.patient and (n := c.patient.reservnummer) and not reservnummer_fault(n.oid, n.number),
    "food-for-child": lambda c: c.kind is PrescriptionKind.FOOD and one(c).varunummer,
    "consumables-card": lambda c: c.kind is PrescriptionKind.CONSUMABLES and all(item.varunummer for item in c.items),
    "extempore": lambda c: one(c).unlisted is Unlisted.EXTEMPORE,
    "licens": lambda c: one(c).unlisted is Unlisted.LICENS,
    "infection-act": lambda c: one(c).infection_act and one(c).benefit is False,
    "telephone": lambda c: c.telephone,
    "animal": lambda c: c.animal and c.animal.owner.personnummer and c.animal.withdrawal_days is None,
    "animal-with-withdrawal": lambda c: c.animal and c.animal.owner.organisation_number and c.animal.withdrawal_days,
    "dose-dispensing": lambda c: all(item.dose_dispensing for item in c.items),
    "first-pack": lambda c: one(c).first_pack,
    "max-dose-exceeded": lambda c: one(c).max_dose_exceeded,
    "structured-dose": lambda c: (
        all(item.dose for item in c.items) and any(i.dose and i.dose.period_days == 7 for i in c.items)
    ),
    "dentist": lambda _: rows_of_readme()["dentist.json"] == "dentist",
    "midwife": lambda _: rows_of_readme()["midwife.json"] == "midwife",
}


def test_every_shown_example_makes_a_promise() -> None:
    assert sorted(PROMISES) == sorted(path.stem for path in SHOWN)


@pytest.mark.parametrize("name", PROMISES)
def test_an_example_shows_what_its_name_says(name: str) -> None:
    assert PROMISES[name](shown(name))


def test_the_patient_without_a_number_is_addressed_to_the_pharmacy_among_the_people() -> None:
    prescription = read(EXAMPLES / "prescriptions" / "birth-date-addressed.json")
    assert prescription.audience == holders()["pharmacy"].gln


def test_the_child_is_under_sixteen_for_years_to_come() -> None:
    patient = shown("food-for-child").patient
    assert patient is not None
    assert patient.born is not None
    assert days.age_in_years(patient.born, date(2036, 1, 1)) < prescription_rules.FOOD_AGE_YEARS


def test_the_people_are_complete_and_survive_cbor_and_json() -> None:
    people = holders()
    assert {holder.role for holder in people.values()} == set(Role) - {Role.RELAY, Role.REGISTER, Role.NODE}
    written = json.loads((EXAMPLES / "people.json").read_text(encoding="utf-8"))
    for name, holder in people.items():
        assert holder_faults(holder) == ()
        assert HOLDER.from_cbor(cbor.decode(cbor.encode(HOLDER.to_cbor(holder)))) == holder
        assert HOLDER.to_json(holder) == written[name]
    assert people["pharmacist"].profession in PHARMACISTS


def test_the_people_have_telephone_numbers_reserved_for_fiction() -> None:
    reserved = r"08-465 004 \d\d|031-390 06 \d\d|040-628 04 \d\d|0980-319 2\d\d|070-174 06 (0[5-9]|[1-9]\d)"
    phones = [holder.phone for holder in holders().values() if holder.phone]
    assert len(phones) >= 5
    assert [phone for phone in phones if not re.fullmatch(reserved, phone)] == []
