"""The text that people compare: a prescription in Swedish and English, rendered from what was signed.

Rules: everything comes from the signed bytes, except a product's name where the product file has it by code; every field that
is signed is shown; a protected identity shows no name and no place (domain.md §6). The text is plain: whoever shows it escapes
it for paper, page or terminal.

Example: `for section in sections(prescription, holder, issuer_name, language="sv"): print(section.heading)`
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from dpr.core.credential import Holder
from dpr.core.prescription import Animal, Item, Patient, Prescription, Protection
from dpr.core.products import Product, differences
from dpr.core.wording import MASKED, PROTECTED_NAME, Language, enum_words, label

Rows = tuple[tuple[str, str], ...]
_NO_PRODUCTS: Mapping[int, Product] = {}


class Section(NamedTuple):
    """A heading and its rows of (label, value)."""

    heading: str
    rows: Rows
    about: Literal["subject", "item", "prescriber", "validity"]


def sections(
    prescription: Prescription,
    holder: Holder,
    issuer_name: str,
    *,
    language: Language,
    products: Mapping[int, Product] = _NO_PRODUCTS,
) -> tuple[Section, ...]:
    """The whole prescription. `products`: item number (1 is the first) → the product file's entry, where it has one."""
    content = prescription.content
    protected = content.patient is not None and content.patient.protected is not Protection.NONE
    found: list[Section] = []
    if content.patient is not None:
        found.append(Section(label("patient", language), tuple(_patient(content.patient, language)), "subject"))
    if content.animal is not None:
        found.append(Section(label("animal", language), tuple(_animal(content.animal, language)), "subject"))
    for number, item in enumerate(content.items, 1):
        product = products.get(number)
        strength = (product.strength if product and product.strength else item.strength) or ""
        heading = f"{number}. {_name(item, product)} {strength}".rstrip()
        found.append(Section(heading, tuple(_item(item, product, language)), "item"))
    prescriber = tuple(_prescriber(holder, issuer_name, protected, language))
    found.append(Section(label("prescriber", language), prescriber, "prescriber"))
    found.append(Section(label("prescription", language), tuple(_validity(prescription, language)), "validity"))
    return tuple(found)


def _patient(patient: Patient, language: Language) -> Iterator[tuple[str, str]]:
    if patient.protected is not Protection.NONE:
        yield label("name", language), PROTECTED_NAME[language]
        yield label("protected", language), enum_words(patient.protected, language)
    elif patient.name is not None:
        yield label("name", language), patient.name
    if patient.personnummer is not None:
        yield label("personnummer", language), f"{patient.personnummer[:8]}-{patient.personnummer[8:]}"
    if patient.samordningsnummer is not None:
        yield label("samordningsnummer", language), f"{patient.samordningsnummer[:8]}-{patient.samordningsnummer[8:]}"
    if patient.reservnummer is not None:
        yield label("reservnummer", language), f"{patient.reservnummer.number} ({patient.reservnummer.oid})"
    if patient.birth_date is not None:
        born = patient.birth_date
        yield label("birth_date", language), f"{born[:4]}-{born[4:6]}-{born[6:]}"


def _animal(animal: Animal, language: Language) -> Iterator[tuple[str, str]]:
    yield label("species", language), animal.species
    yield label("owner", language), animal.owner.name
    if animal.owner.personnummer is not None:
        yield label("personnummer", language), f"{animal.owner.personnummer[:8]}-{animal.owner.personnummer[8:]}"
    if animal.owner.organisation_number is not None:
        number = animal.owner.organisation_number
        yield label("organisation_number", language), f"{number[:6]}-{number[6:]}"
    if animal.withdrawal_days is not None:
        yield label("withdrawal_days", language), _days(animal.withdrawal_days, language)


def _name(item: Item, product: Product | None) -> str:
    """The name of a product as the product file has it by code, else as it was signed."""
    return product.name if product and product.name else item.name


def _item(item: Item, product: Product | None, language: Language) -> Iterator[tuple[str, str]]:
    yield label("product", language), _name(item, product)
    if product is not None and "name" in differences(item, product):
        yield label("signed_name", language), item.name
    for name in ("form", "strength", "pack"):
        value = getattr(item, name)
        if value is not None:
            yield label(name, language), value
    yield label("packages", language), str(item.packages)
    yield label("dispensings", language), str(item.dispensings)
    if item.interval_days is not None:
        yield label("interval_days", language), _days(item.interval_days, language)
    yield label("dosage", language), item.dosage
    if item.dose is not None:
        dose = item.dose
        amount = _amount(dose.amount_thousandths, language)
        yield label("dose", language), f"{amount} {dose.unit} × {dose.times} / {_days(dose.period_days, language)}"
    if item.purpose is not None:
        yield label("purpose", language), item.purpose
    if item.reason is not None:
        yield label("reason", language), f"SNOMED CT {item.reason}"
    yield from _decisions(item, language)
    codes = [f"{name} {value}" for name, value in _codes(item) if value is not None]
    if codes:
        yield label("codes", language), ", ".join(codes)


def _decisions(item: Item, language: Language) -> Iterator[tuple[str, str]]:
    if item.control_class.special:
        yield label("control_class", language), enum_words(item.control_class, language)
    if item.unlisted is not None:
        yield label("unlisted", language), enum_words(item.unlisted, language)
    if item.substitution is not None:
        yes_no = label("allowed" if item.substitution.allowed else "not_allowed", language)
        reason = f": {item.substitution.reason}" if item.substitution.reason else ""
        yield label("substitution", language), yes_no + reason
    for name in ("benefit", "benefit_conditions"):
        value = getattr(item, name)
        if value is not None:
            yield label(name, language), label("yes" if value else "no", language)
    for name in ("first_pack", "dose_dispensing", "infection_act", "max_dose_exceeded"):
        if getattr(item, name):
            yield label(name, language), label("yes", language)


def _codes(item: Item) -> tuple[tuple[str, str | None], ...]:
    return (
        ("NPL-pack-id", item.npl_pack_id),
        ("NPL-id", item.npl_id),
        ("varunummer", item.varunummer),
        ("ATC", item.atc),
    )


def _prescriber(holder: Holder, issuer_name: str, protected: bool, language: Language) -> Iterator[tuple[str, str]]:
    profession = holder.profession
    words = "" if profession is None else (profession.sv if language == "sv" else profession.en)
    yield label("name", language), f"{holder.name}, {words}" if words else holder.name
    if holder.specialist is not None:
        yield label("specialist", language), holder.specialist
    if holder.prescriber_code is not None:
        yield label("prescriber_code", language), holder.prescriber_code
    if holder.phone is not None:
        yield label("phone", language), holder.phone
    workplace = holder.workplace
    if workplace is not None:
        # A workplace tells where a protected person is (domain.md §6); its code is what dispensing needs.
        shown = MASKED[language] if protected else f"{workplace.name}, {workplace.place}"
        yield label("workplace", language), shown
        if workplace.code is not None:
            yield label("workplace_code", language), workplace.code
    yield label("issuer", language), MASKED[language] if protected else issuer_name


def _validity(prescription: Prescription, language: Language) -> Iterator[tuple[str, str]]:
    content = prescription.content
    yield label("kind", language), enum_words(content.kind, language)
    if content.reason is not None:
        yield label("format_reason", language), enum_words(content.reason, language)
    if content.telephone:
        yield label("telephone", language), label("yes", language)
    yield label("authored", language), prescription.authored.isoformat()
    yield label("valid_to", language), prescription.valid_to.isoformat()
    if prescription.audience is not None:
        yield label("audience", language), f"GLN {prescription.audience}"
    yield label("id", language), prescription.id.hex()


def _amount(thousandths: int, language: Language) -> str:
    """Exactly what was signed: a rounded dose is another dose."""
    whole, rest = divmod(thousandths, 1000)
    decimals = f"{rest:03d}".rstrip("0")
    return f"{whole}{',' if language == 'sv' else '.'}{decimals}" if decimals else str(whole)


def _days(count: int, language: Language) -> str:
    unit = ("dag" if count == 1 else "dagar") if language == "sv" else ("day" if count == 1 else "days")
    return f"{count} {unit}"
