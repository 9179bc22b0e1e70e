"""tests/vectors/prescription_rules.json and _claims.json: well signed, by somebody who may, and wrong in what is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dpr.core.prescription import PRESCRIPTION
from tests.world import DAY, GLN, NOW, VETERINARIAN, days
from vectors.making import Change, Vector, W, credential, file, prescription, time
from vectors.of_prescription import BY_BIRTH_DATE, OWNER, consumables, draft, for_animal
from vectors.of_prescription_bytes import refused

_ITEM = "content.items.0"
_PATIENT = "content.patient"
_ANIMAL = "content.animal"
Row = tuple[str, tuple[Change, ...], str, str]
#: What other prescriptions look like before one thing is changed.
BY_BIRTH = draft(patient=BY_BIRTH_DATE, audience=GLN)
BY_VARUNUMMER = draft(consumables(), kind="consumables", reason=...)
ANIMAL = draft(for_animal(), kind="animal", reason=..., patient=..., animal={"species": "Hund", "owner": OWNER})
TELEPHONE = draft(telephone=True)
PROTECTED = draft(patient={"personnummer": "191212121212", "protected": "sekretessmarkering"})
BY_RESERVNUMMER = draft(patient={"reservnummer": {"oid": "1.2.752.97.3.1.3", "number": "990012345678"}})
FOR_CHILD = draft(
    consumables(), kind="food", reason=..., patient={"birth_date": "20181124", "name": "Elsa Björk"}, audience=GLN
)
ADDRESSED = draft(audience=GLN)


def _end(day: int) -> int:
    """The midnight that ends the day which is `day` days from the one it is."""
    return days.end_of(days.day_of(NOW + day * DAY))


#: Rules that span fields: (prescription before, rows).
RULES: tuple[tuple[dict[str, Any], tuple[Row, ...]], ...] = (
    (
        draft(),
        (
            ("ends-at-noon", (("expires_at", NOW + 30 * DAY),), "validity_not_whole_days", "no midnight in Sweden"),
            ("ends-at-utc-midnight", (("expires_at", _end(9) + 3600),), "validity_not_whole_days", "midnight in Greenwich"),
            ("a-year-and-a-day", (("expires_at", _end(366)),), "validity_too_long", ""),
            ("reason-missing", (("content.reason", ...),), "reason_missing", "why not an e-prescription?"),
            ("patient-missing", ((_PATIENT, ...),), "patient_missing", "for nobody"),
            ("no-identity", ((f"{_PATIENT}.personnummer", ...),), "patient_identity", "a name alone"),
            ("two-identities", ((f"{_PATIENT}.samordningsnummer", 202601612381),), "patient_identity", "which one is it?"),
            ("animal-for-people", ((_ANIMAL, {0: "Hund", 1: {0: 191212121212, 2: "T"}}),), "animal_not_for_people", ""),
            (
                "product-code-missing",
                ((f"{_ITEM}.npl_pack_id", ...), (f"{_ITEM}.npl_id", ...)),
                "product_code_missing",
                "nor unlisted",
            ),
            (
                "benefit-missing",
                ((f"{_ITEM}.benefit", ...), (f"{_ITEM}.benefit_conditions", ...)),
                "benefit_missing",
                "an active choice",
            ),
            ("conditions-missing", ((f"{_ITEM}.benefit_conditions", ...),), "benefit_conditions", "with benefit"),
            ("conditions-without-benefit", ((f"{_ITEM}.benefit", False),), "benefit_conditions", "without benefit"),
            ("substitution-missing", ((f"{_ITEM}.substitution", ...),), "substitution_missing", ""),
            ("unlisted-with-code", ((f"{_ITEM}.unlisted", 3),), "unlisted_with_code", "says that there is no code, beside one"),
            ("interval-of-one", ((f"{_ITEM}.dispensings", 1),), "interval_without_repeats", "80 days between one dispensing"),
        ),
    ),
    (
        BY_VARUNUMMER,
        (
            ("reason-of-consumables", (("content.reason", 0),), "reason_not_applicable", ""),
            ("medicine-as-consumable", ((f"{_ITEM}.npl_pack_id", 20040131100274),), "product_code_kind", "an NPL id"),
            ("consumable-without-code", ((f"{_ITEM}.varunummer", ...),), "product_code_kind", ""),
        ),
    ),
    (
        draft(consumables(), kind="consumables", reason=...),
        (("narcotic-consumable", ((f"{_ITEM}.control_class", 2),), "control_class_kind", ""),),
    ),
    (TELEPHONE, (("telephone-15-days", (("expires_at", _end(15)),), "validity_telephone", ""),)),
    (
        BY_BIRTH,
        (
            ("birth-date-without-name", ((f"{_PATIENT}.name", ...),), "patient_name_missing", ""),
            (
                "birth-date-to-nobody",
                (("audience", ...),),
                "birth_date_needs_audience",
                "the register needs to know which pharmacy",
            ),
            ("birth-date-dose-dispensed", ((f"{_ITEM}.dose_dispensing", True),), "birth_date_dose_dispensing", ""),
            ("born-tomorrow", ((f"{_PATIENT}.birth_date", 20261122),), "patient_born_later", ""),
        ),
    ),
    (
        BY_RESERVNUMMER,
        (
            (
                "reservnummer-foreign-oid",
                ((f"{_PATIENT}.reservnummer.oid", "1.2.246.97.3"),),
                "reservnummer_oid",
                "not under 1.2.752",
            ),
            ("reservnummer-oid-form", ((f"{_PATIENT}.reservnummer.oid", "1.2.752.01"),), "reservnummer_oid", "a leading zero"),
            (
                "reservnummer-form",
                ((f"{_PATIENT}.reservnummer.number", "123456789012"),),
                "reservnummer_form",
                "Stockholm's begin with 99",
            ),
        ),
    ),
    (
        PROTECTED,
        (
            (
                "protected-with-name",
                ((f"{_PATIENT}.name", "Tolvan Tolvansson"),),
                "protected_name",
                "the name is what is protected",
            ),
        ),
    ),
    (
        FOR_CHILD,
        (("food-at-sixteen", ((f"{_PATIENT}.birth_date", 20101121),), "food_age", "sixteen on the day it was written"),),
    ),
    (
        ANIMAL,
        (
            ("animal-missing", ((_ANIMAL, ...),), "animal_missing", ""),
            ("animal-with-patient", ((_PATIENT, {0: 191212121212}),), "patient_not_for_animal", ""),
            ("owner-without-identity", ((f"{_ANIMAL}.owner.personnummer", ...),), "owner_identity", ""),
            ("owner-with-two", ((f"{_ANIMAL}.owner.organisation_number", 5555555555),), "owner_identity", ""),
            ("benefit-for-animal", ((f"{_ITEM}.infection_act", True),), "benefit_not_for_animals", "smittskydd"),
            ("reason-for-animal", (("content.reason", 0),), "reason_not_applicable", ""),
        ),
    ),
)

#: Identifiers: each well formed in type, and wrong.
IDENTIFIERS: tuple[tuple[dict[str, Any], tuple[Row, ...]], ...] = (
    (
        draft(),
        (
            ("personnummer-check-digit", ((f"{_PATIENT}.personnummer", 191212121213),), "personnummer_check_digit", ""),
            ("personnummer-date", ((f"{_PATIENT}.personnummer", 191213321212),), "personnummer_date", "month 13"),
            ("personnummer-century", ((f"{_PATIENT}.personnummer", 171212121212),), "personnummer_date", "the 18th century"),
            ("personnummer-ten-digits", ((f"{_PATIENT}.personnummer", 1212121212),), "personnummer_date", "no century"),
            ("personnummer-13-digits", ((f"{_PATIENT}.personnummer", 1912121212120),), "personnummer_form", ""),
            (
                "personnummer-is-a-samordningsnummer",
                ((f"{_PATIENT}.personnummer", 202601612381),),
                "personnummer_date",
                "day 61",
            ),
            ("npl-pack-id-15-digits", ((f"{_ITEM}.npl_pack_id", 10**14),), "npl_pack_id_form", ""),
            ("npl-id-15-digits", ((f"{_ITEM}.npl_id", 10**14),), "npl_id_form", ""),
            ("varunummer-7-digits", ((f"{_ITEM}.varunummer", 1_000_000),), "varunummer_form", ""),
            ("atc-form", ((f"{_ITEM}.atc", "C9AA02"),), "atc_form", ""),
            ("atc-lower-case", ((f"{_ITEM}.atc", "c09aa02"),), "atc_form", "two forms of one code"),
            ("atc-line-end", ((f"{_ITEM}.atc", "C09AA02\n"),), "text_unprintable", "where a pattern ends with $"),
            ("snomed-form", ((f"{_ITEM}.reason", "038341003"),), "snomed_form", "a leading zero"),
            ("snomed-other-digits", ((f"{_ITEM}.reason", "३८३४१००३"),), "snomed_form", "digits of another script"),
        ),
    ),
    (
        draft(patient={"samordningsnummer": "202601612381"}),
        (
            ("samordningsnummer-13-digits", ((f"{_PATIENT}.samordningsnummer", 2026016123810),), "samordningsnummer_form", ""),
            (
                "samordningsnummer-check-digit",
                ((f"{_PATIENT}.samordningsnummer", 202601612382),),
                "samordningsnummer_check_digit",
                "",
            ),
            (
                "samordningsnummer-day",
                ((f"{_PATIENT}.samordningsnummer", 191212121212),),
                "samordningsnummer_date",
                "60 not added",
            ),
        ),
    ),
    (
        BY_BIRTH,
        (
            ("birth-date-30-february", ((f"{_PATIENT}.birth_date", 20230230),), "birth_date_form", ""),
            ("birth-date-nine-digits", ((f"{_PATIENT}.birth_date", 191212121),), "birth_date_form", ""),
        ),
    ),
    (
        ADDRESSED,
        (
            ("gln-check-digit", (("audience", "7350000000008"),), "gln_check_digit", ""),
            ("gln-12-digits", (("audience", "735000000000"),), "gln_form", ""),
            ("gln-full-width", (("audience", "７３５０００００００００９"),), "gln_form", "digits of another width"),
        ),
    ),
    (
        ANIMAL,
        (
            (
                "organisation-number-check-digit",
                ((f"{_ANIMAL}.owner", {1: 5555555556, 2: "Norrgården"}),),
                "organisation_number_check_digit",
                "",
            ),
            (
                "organisation-number-form",
                ((f"{_ANIMAL}.owner", {1: 10**10, 2: "Norrgården"}),),
                "organisation_number_form",
                "11 digits",
            ),
        ),
    ),
)

_DOSAGE = f"{_ITEM}.dosage"
_FIRST_ITEM = PRESCRIPTION.to_cbor(W.prescription())[-65537][5]
#: Texts that would not be what people compare.
TEXTS: tuple[Row, ...] = (
    ("text-empty", ((_DOSAGE, ""),), "text_empty", ""),
    ("text-right-to-left", ((_DOSAGE, "1 tablett \u202egangelgad 5"),), "text_unprintable", "U+202E turns the rest around"),
    ("text-marks-piled", ((_DOSAGE, "1 tablett\u0336\u0336\u0336"),), "text_unprintable", "three marks on one letter"),
    ("text-mark-first", ((_DOSAGE, "\u03361 tablett"),), "text_unprintable", "a mark with nothing under it"),
    ("text-isolate", ((_DOSAGE, "1 tablett\u2066"),), "text_unprintable", "U+2066"),
    ("text-arabic-mark", ((_DOSAGE, "1\u061ctablett"),), "text_unprintable", "U+061C"),
    ("text-newline", ((_DOSAGE, "1 tablett\ndagligen"),), "text_unprintable", ""),
    ("text-line-separator", ((_DOSAGE, "1 tablett\u2028dagligen"),), "text_unprintable", "U+2028"),
    ("text-tab", ((_DOSAGE, "1\ttablett"),), "text_unprintable", ""),
    ("text-null", ((_DOSAGE, "1 tablett\0"),), "text_unprintable", ""),
    ("text-escape", ((_DOSAGE, "1 tablett\x1b[2K5 tabletter"),), "text_unprintable", "would rewrite a terminal's line"),
    ("text-delete", ((_DOSAGE, "1 tablett\x7f"),), "text_unprintable", ""),
    ("text-no-break-space", ((_DOSAGE, "1\u00a0tablett"),), "text_unprintable", "two texts that look the same"),
    ("text-zero-width", ((_DOSAGE, "1\u200b0 tabletter"),), "text_unprintable", "U+200B"),
    ("text-soft-hyphen", ((_DOSAGE, "1 tab\u00adlett"),), "text_unprintable", "U+00AD"),
    ("text-byte-order-mark", ((_DOSAGE, "\ufeff1 tablett"),), "text_unprintable", ""),
    ("text-private-use", ((_DOSAGE, "1 tablett \ue000"),), "text_unprintable", "looks as the font pleases"),
    ("text-noncharacter", ((_DOSAGE, "1 tablett \ufdd0"),), "text_unprintable", "U+FDD0 will never be assigned"),
    ("text-tag-character", ((_DOSAGE, "1 tablett\U000e0031"),), "text_unprintable", "U+E0031: invisible text"),
    ("text-decomposed", ((_DOSAGE, "1 tablett pa\u030a morgonen"),), "text_not_nfc", "a and U+030A for å"),
    ("text-compatibility", ((_DOSAGE, "5 \u212b"),), "text_not_nfc", "U+212B, the Ångström sign, for Å"),
    ("text-space-first", ((_DOSAGE, " 1 tablett"),), "text_space_at_end", ""),
    ("text-space-last", ((_DOSAGE, "1 tablett "),), "text_space_at_end", ""),
    ("text-too-long", ((_DOSAGE, "å" * 251),), "text_too_long", "251 characters, one more than there may be"),
    ("name-too-long", ((f"{_ITEM}.name", "a" * 101),), "text_too_long", "101 characters"),
)

#: Claims: unknown, missing, written though default, of a wrong type, out of range.
CLAIMS: tuple[Row, ...] = (
    ("iss", (("1", "SE2321000016-T001"),), "field_unknown", "the credential says who issued it"),
    ("sub", (("2", "191212121212"),), "field_unknown", ""),
    ("nbf", (("5", NOW),), "field_unknown", "one time for one fact"),
    ("text-claim", (("note", "x"),), "field_unknown", ""),
    ("private-claim", (("-65538", "x"),), "field_unknown", ""),
    ("content-with-more", (("content.999", True),), "field_unknown", "what is not shown must not be signed away"),
    ("patient-with-more", ((f"{_PATIENT}.999", "Storgatan 1"),), "field_unknown", "no address"),
    ("item-with-more", ((f"{_ITEM}.999", True),), "field_unknown", ""),
    ("item-with-text-key", ((f"{_ITEM}.name2", "x"),), "field_unknown", ""),
    ("id-missing", (("id", ...),), "field_missing", ""),
    ("expires-missing", (("expires_at", ...),), "field_missing", ""),
    ("authored-missing", (("authored_at", ...),), "field_missing", ""),
    ("content-missing", (("content", ...),), "field_missing", ""),
    ("kind-missing", (("content.kind", ...),), "field_missing", "0 is not a default"),
    ("items-missing", (("content.items", ...),), "field_missing", ""),
    ("name-missing", ((f"{_ITEM}.name", ...),), "field_missing", ""),
    ("dosage-missing", ((f"{_ITEM}.dosage", ...),), "field_missing", ""),
    ("packages-missing", ((f"{_ITEM}.packages", ...),), "field_missing", "1 is not a default"),
    ("dispensings-missing", ((f"{_ITEM}.dispensings", ...),), "field_missing", "1 is not a default"),
    ("flag-false", ((f"{_ITEM}.first_pack", False),), "field_default_written", "a second form of the same"),
    ("telephone-false", (("content.telephone", False),), "field_default_written", "a second form of the same"),
    ("protected-none", ((f"{_PATIENT}.protected", 0),), "field_value_unknown", "none is written by leaving it out"),
    ("control-class-none", ((f"{_ITEM}.control_class", 0),), "field_value_unknown", "none is written by leaving it out"),
    ("period-one-day", ((f"{_ITEM}.dose", {0: 500, 1: "tablett", 2: 2, 3: 1}),), "number_out_of_range", "1 is the default"),
    ("purpose-null", ((f"{_ITEM}.purpose", None),), "field_type", "absent is absent, not null"),
    ("flag-one", ((f"{_ITEM}.first_pack", 1),), "field_type", "1 is not true"),
    ("benefit-one", ((f"{_ITEM}.benefit", 1),), "field_type", "1 is not true"),
    ("packages-true", ((f"{_ITEM}.packages", True),), "field_type", "true is not 1"),
    ("packages-as-text", ((f"{_ITEM}.packages", "1"),), "field_type", ""),
    ("personnummer-as-text", ((f"{_PATIENT}.personnummer", "191212121212"),), "field_type", ""),
    ("personnummer-negative", ((f"{_PATIENT}.personnummer", -191212121212),), "field_type", ""),
    ("name-as-bytes", ((f"{_ITEM}.name", b"Enalapril"),), "field_type", ""),
    ("substitution-false", ((f"{_ITEM}.substitution", False),), "field_type", "refused, and no reason"),
    ("substitution-empty", ((f"{_ITEM}.substitution", ""),), "text_empty", "refused, and an empty reason"),
    ("expires-as-text", (("expires_at", "2027-11-21"),), "field_type", ""),
    ("content-as-array", (("content", [0]),), "field_type", ""),
    ("item-as-array", ((_ITEM, [1]),), "field_type", ""),
    ("items-as-map", (("content.items", {0: {}}),), "field_type", ""),
    ("patient-as-text", ((_PATIENT, "191212121212"),), "field_type", ""),
    ("audience-as-list", (("audience", [GLN]),), "field_type", "RFC 7519 §4.1.3 would allow several: one may dispense"),
    ("id-as-text", (("id", "0123456789abcdef"),), "field_type", ""),
    ("id-short", (("id", bytes(15)),), "field_length", ""),
    ("id-long", (("id", bytes(17)),), "field_length", ""),
    ("kind-unknown", (("content.kind", 4),), "field_value_unknown", ""),
    ("kind-true", (("content.kind", True),), "field_value_unknown", "true is not 1"),
    ("reason-unknown", (("content.reason", 3),), "field_value_unknown", ""),
    ("control-class-unknown", ((f"{_ITEM}.control_class", 1),), "field_value_unknown", "narcotics begin with II"),
    ("unlisted-zero", ((f"{_ITEM}.unlisted", 0),), "field_value_unknown", ""),
    ("packages-zero", ((f"{_ITEM}.packages", 0),), "number_out_of_range", ""),
    ("packages-thousand", ((f"{_ITEM}.packages", 1000),), "number_out_of_range", ""),
    ("packages-negative", ((f"{_ITEM}.packages", -1),), "number_out_of_range", ""),
    ("packages-huge", ((f"{_ITEM}.packages", 2**64 - 1),), "number_out_of_range", "the largest integer of CBOR"),
    ("dispensings-zero", ((f"{_ITEM}.dispensings", 0),), "number_out_of_range", ""),
    ("dispensings-hundred", ((f"{_ITEM}.dispensings", 100),), "number_out_of_range", ""),
    ("interval-zero", ((f"{_ITEM}.interval_days", 0),), "number_out_of_range", ""),
    ("authored-1999", (("authored_at", 946_684_799),), "number_out_of_range", ""),
    ("expires-2200", (("expires_at", 7_258_118_400),), "number_out_of_range", ""),
    ("no-items", (("content.items", []),), "list_length", ""),
    ("twenty-one-items", (("content.items", _FIRST_ITEM * 21),), "list_length", ""),
)


def _rows(before: dict[str, Any], rows: tuple[Row, ...]) -> Iterator[Vector]:
    by = {"kcwt": credential(VETERINARIAN)} if before["kind"] == "animal" else {}
    for name, changes, code, comment in rows:
        yield refused(name, prescription(*changes, written=before, **by), code, comment)


def _tables(tables: tuple[tuple[dict[str, Any], tuple[Row, ...]], ...]) -> Iterator[Vector]:
    for before, rows in tables:
        yield from _rows(before, rows)


def _before_written() -> Vector:
    """Two minutes before midnight, by a signer whose clock is past it: not expired yet, but ended before it was written."""
    midnight = _end(0)
    document = prescription(("authored_at", midnight + 100), ("expires_at", midnight))
    comment = "signed after the midnight at which it ends; both within the clock skew"
    return refused("ends-before-written", document, "validity_before_authored", comment, now=time(midnight - 120))


def made() -> dict[str, dict[str, Any]]:
    """The files, by name."""
    rules = [_before_written(), *_tables(RULES), *_tables(IDENTIFIERS)]
    claims = [*_rows(draft(), TEXTS), *_rows(draft(), CLAIMS)]
    return {
        "prescription_rules": file("Well-signed prescriptions against a rule, or with a wrong identifier.", rules),
        "prescription_claims": file("Well-signed prescriptions whose claims or texts are not well formed.", claims),
    }
