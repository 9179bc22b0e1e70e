"""docs/format.md says what the code does: its tables and examples are made anew, its lists by hand are compared."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from dpr.apps.conformance import vectors
from dpr.core import cbor, cose, days, frames, prescription_rules, qr, status, steps, verify, wording
from dpr.core.codes import CODES
from dpr.core.demo_keys import THUMBPRINTS
from dpr.core.kinds import KINDS
from dpr.core.policy import VERDICT_KEYS
from dpr.core.snapshot import name_of
from scripts import format_records, format_tables, format_words, make_docs, make_format
from tests.core.test_codes import codes_in

PAGE = (make_docs.ROOT / "docs" / "format.md").read_text("utf-8")
ALL = vectors.load(vectors.folder())


def section(number: int) -> str:
    """The text of one numbered section."""
    return re.split(r"^## \d+\. ", PAGE, flags=re.M)[number]


def test_a_stale_table_or_example_is_made_anew() -> None:
    torn = re.sub(r"(<!-- table:limits:begin -->\n).*?(<!-- table:limits:end -->)", r"\1\2", PAGE, flags=re.S)
    assert torn != PAGE and make_format.FORMAT.filled(torn) == PAGE


def test_a_table_without_a_place_is_said() -> None:
    with pytest.raises(SystemExit, match="example:qr"):
        make_format.FORMAT.filled(PAGE.replace("example:qr:", "example:qqr:"))


def test_every_code_that_a_vector_expects_or_states_is_in_the_page() -> None:
    codes = {vector.members["expect"] for vector in ALL} - {"accepted"}
    codes |= {check["code"] for vector in ALL for check in vector.members.get("checks", ())}
    pages = PAGE + (make_docs.ROOT / "docs" / "protocol.md").read_text("utf-8")
    assert {code for code in codes if f"`{code}`" not in pages} == set()


def test_every_code_that_the_page_names_exists() -> None:
    shown = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", PAGE))
    families = ("cbor_", "cose_", "document_", "chain_", "scope_", "qr_", "trust_list_", "field_", "validity_", "authority_")
    families += ("root_", "snapshot_", "revocation_", "special_", "status_", "credential_", "issuer_", "clock_")
    assert {code for code in shown if code.startswith(families)} - NOT_CODES <= CODES.keys()


#: Names of the page that begin like codes.
NOT_CODES = {*VERDICT_KEYS, *format_records.ENUMERATIONS.values(), "status_list", "special_protection"}


def test_the_limits_are_the_codes_own() -> None:
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \| [a-z]* \| `(\w+)` \|$", section(17), re.M)
    limits = {what: int(value) for what, value, _ in rows}
    assert len(limits) == len(format_tables.LIMITS) == len(rows)
    for what, value in {
        "nesting": cbor.MAX_DEPTH,
        "anything that is decoded before its signature has verified": cbor.MAX_BYTES,
        "a large kind (section 4)": cbor.MAX_SIGNED_BYTES,
        "a document of another kind": frames.MAX_DOCUMENT_BYTES,
        "protected header": frames.MAX_HEADER_BYTES,
        "signatures of a COSE_Sign": cose.MAX_SIGNATURES,
        "earliest instant": days.EARLIEST,
        "latest instant": days.LATEST,
        "status list, inflated": status.MAX_LIST_BYTES,
        "telephone prescription": prescription_rules.TELEPHONE_DAYS,
        "food: age below": prescription_rules.FOOD_AGE_YEARS,
        "QR text, digits": qr.MAX_DIGITS,
        "QR text, inflated; body of several codes": qr.MAX_DOCUMENT_BYTES,
        "codes of one document": qr.MAX_PARTS,
    }.items():
        assert limits[what] == value, what
    assert {code for *_, code in rows} <= CODES.keys()


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (2, cbor.MAX_BYTES),
        (4, frames.MAX_HEADER_BYTES),
        (4, frames.MAX_DOCUMENT_BYTES),
        (4, cbor.MAX_SIGNED_BYTES),
        (5, cbor.MAX_SIGNED_BYTES),
        (5, cose.MAX_HASHED_BYTES),
        (6, cbor.MAX_BYTES),
        (11, status.MAX_LIST_BYTES),
        (15, 4 * qr.MAX_DIGITS),
        (15, qr.MAX_DIGITS),
        (15, qr.MAX_DOCUMENT_BYTES),
        (16, qr.MAX_DOCUMENT_BYTES),
    ],
)
def test_a_limit_in_the_words_is_the_codes_own(number: int, value: int) -> None:
    assert f"{value:,} " in section(number)


# --- lists that are written by hand -------------------------------------------------------------------------------------


def test_the_white_space_that_a_qr_text_may_hold() -> None:
    listed = re.search(r"removed wherever they stand: (.*?)\. Nothing", section(15), re.S)
    assert listed
    named: set[int] = set()
    for first, last in re.findall(r"U\+([0-9A-F]{4})(?:–([0-9A-F]{4}))?", listed[1]):
        named |= set(range(int(first, 16), int(last or first, 16) + 1))
    others = (code for code in range(0x11_0000) if not 0xD800 <= code <= 0xDFFF)
    assert {code for code in others if qr._STRAY.fullmatch(chr(code))} == named


def rules_in_page() -> list[tuple[str, int]]:
    found = []
    for line in section(12).splitlines():
        if line.startswith("| ") and (step := re.search(r"\| (\d+) \|$", line)):
            found += [(code, int(step[1])) for code in re.findall(r"`(\w+)`", line.split("|")[3])]
    return found


def test_the_rules_of_a_prescription_have_their_codes_and_steps() -> None:
    source = (make_docs.ROOT / "dpr" / "core" / "prescription_rules.py").read_text("utf-8")
    raised = {code for code in re.findall(r'"([a-z]+(?:_[a-z]+)+|food_age)"', source) if code in CODES}
    page = rules_in_page()
    assert {code for code, _ in page} == raised | {"reservnummer_oid", "reservnummer_form"}
    for code, step in page:
        assert steps.STEP_OF_RULE.get(code, 7) == step, code


def test_the_steps_of_the_verdict_stand_in_their_order_with_their_plain_passes() -> None:
    rows = re.findall(r"^\| (\d+) \| ", section(13), re.M)
    assert [int(step) for step in rows] == [step for step, *_ in verify.STEPS]
    assert all(f"`{passed}`" in section(13) for _, passed, _ in verify.STEPS)


def test_every_check_of_the_verdict_and_every_key_of_the_policy_is_in_its_section() -> None:
    source = (make_docs.ROOT / "dpr" / "core" / "steps.py").read_text("utf-8")
    said = section(12) + section(13)
    assert {
        code for code in codes_in([ast.parse(source)]) if f"`{code}`" not in said and not code.startswith("product_")
    } == set()
    assert {key for key in VERDICT_KEYS if key not in section(13)} == set()


def test_the_kinds_are_listed_with_their_message_and_size() -> None:
    rows = re.findall(r"^\| `(\S+)` \| (COSE_Sign1?)(?:, tag \d+)? \| (large|) ?\|", section(4), re.M)
    tags = {cose.SIGN_TAG: "COSE_Sign", cose.SIGN1_TAG: "COSE_Sign1"}
    assert {(kind.typ, tags[kind.tag], "large" if kind.is_list else "") for kind in KINDS.values()} == set(rows)


def test_the_name_of_an_issuers_list_is_as_the_page_says() -> None:
    assert "the first 24 hexadecimal digits of SHA-256 of the UTF-8 bytes of the issuer's id ‖ 00 ‖ the list's uri" in section(
        5
    )
    issuer, uri = "SE2321000016-T001", "urn:dpr:status:SE2321000016-T001"
    expected = hashlib.sha256(issuer.encode() + b"\0" + uri.encode()).hexdigest()[:24]
    assert name_of(issuer, uri) == expected and expected in section(5)


def test_the_fingerprint_of_a_root_is_of_its_payload() -> None:
    for vector in ALL:
        if "fingerprint" in vector.stated:
            payload = cbor.decode(bytes.fromhex(vector.members["input"])).value[2]
            assert vector.stated["fingerprint"] == hashlib.sha256(payload).hexdigest()


def test_every_label_of_the_human_text_is_named() -> None:
    named = set(re.findall(r'"(\w+)"', section(14)))
    assert wording.LABELS.keys() - named == {"item"}
    assert named <= wording.LABELS.keys()


def offset(instant: int) -> int:
    """As section 9 says, without a time zone database."""
    year = datetime.fromtimestamp(instant, UTC).year
    begin, end = (last_sunday(year, month) for month in (3, 10))
    return 7200 if begin <= instant < end else 3600


def last_sunday(year: int, month: int) -> int:
    last = date(year, month, 31)
    day = last - timedelta(days=(last.weekday() + 1) % 7)
    return int(datetime(year, month, day.day, 1, tzinfo=UTC).timestamp())


def test_a_day_ends_as_the_page_computes_it_in_every_year() -> None:
    for year in range(2000, 2199):
        for month in range(1, 13):
            for day in (date(year, month, 1), *(date(year, month, n) for n in range(24, 29)), date(year, month, 1)):
                end = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + 86_400
                end -= offset(end - 3600)
                assert end == days.end_of(day), day
                for instant in (end - 1, end, end + 7200):
                    assert datetime.fromtimestamp(instant + offset(instant), UTC).date() == days.day_of(instant)


# --- schemas/wording.json -----------------------------------------------------------------------------------------------


WORDS = json.loads((make_docs.ROOT / "schemas" / "wording.json").read_text("utf-8"))


def test_the_words_have_every_code_that_a_vector_states() -> None:
    codes = {vector.members["expect"] for vector in ALL} - {"accepted"}
    codes |= {check["code"] for vector in ALL for check in vector.members.get("checks", ())}
    codes |= {code for code in CODES if code.startswith("product_") and code.endswith("_differs")}
    assert codes - WORDS["codes"].keys() == set()
    assert all(len(words) == 4 and words["sv"] and words["en"] for words in WORDS["codes"].values())


def test_the_words_have_every_label_and_every_value_that_a_person_reads() -> None:
    assert WORDS["labels"].keys() == wording.LABELS.keys()
    for name in ("prescription_kind", "format_reason", "protection", "unlisted", "control_class", "profession"):
        assert all(one["sv"] and one["en"] for one in WORDS["enumerations"][name]), name
    assert set(WORDS["demo_keys"]) == {one.hex() for one in THUMBPRINTS}
    assert format_words.text() == json.dumps(WORDS, ensure_ascii=False, indent=1) + "\n"


def test_the_text_of_every_vector_can_be_made_from_these_words() -> None:
    said = {words[language] for words in WORDS["labels"].values() for language in ("sv", "en")}
    for vector in ALL:
        for sections in vector.members.get("text", {}).values():
            assert all(label in said for _, rows in sections for label, _ in rows), vector.name
