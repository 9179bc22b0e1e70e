"""Naughty texts in every text field: refused by name where they are written and where they are read, or kept as they are.

The fields come from the tables of the records (tests/fuzz/text_fields.py), so a new field is tested by itself. What is kept
must be inert wherever it is shown: tests/fuzz/test_naughty_shown.py.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from dpr.adapters import policy_toml
from dpr.adapters.products_csv import Reading
from dpr.core import text
from dpr.core.codes import CODES
from dpr.core.errors import DocumentError, InputError, Problem
from dpr.core.policy import Policy
from tests.fuzz.naughty import NAUGHTY
from tests.fuzz.target import named
from tests.fuzz.text_fields import ALL, TextField

#: What no field of any record may hold.
REFUSED = frozenset(
    """
    bidi override|bidi embedding|isolates|bidi marks|a name from right to left|Arabic with digits|zero width|soft hyphen
    |variation selector|tag characters|Hangul filler|Braille blank|grapheme joiner|spaces of other kinds|ends in a space
    |only a space|empty|combining stack|marks without a letter|decomposed|compatibility sign|another script's digits
    |ANSI colour|ANSI clear|OSC title|OSC link|8-bit CSI|backspaces|carriage return|newline|line separators|tab|NUL|bell|delete
    |lone surrogate|surrogates the wrong way round|noncharacter|noncharacter at the end|private use|unassigned|emoji family
    |very long|ligature
    """.replace("\n", " ")
    .strip()
    .split("|")
)
_REFUSED = {name.strip() for name in REFUSED}


def test_what_is_refused_and_what_is_kept_is_known_of_every_text() -> None:
    assert {name for name, value in NAUGHTY.items() if text.fault(value) or len(value) > 250} == _REFUSED


@pytest.mark.parametrize(("record", "field"), ALL, ids=[f"{record}: {field.where}" for record, field in ALL])
def test_a_field_refuses_a_naughty_text_by_name_or_keeps_it(record: str, field: TextField) -> None:
    for name, value in NAUGHTY.items():
        problems: list[Problem] = []
        written = field.type.from_json(value, "$.x", problems)
        try:
            read = field.type.from_cbor(value)
        except DocumentError as error:
            read = None
            assert error.code in CODES
        assert written == read, name
        if name in _REFUSED or not field.free or len(value) > field.type.limit:
            assert read is None and problems, (record, name)
            named(InputError("prescription_invalid", tuple(problems)))
            assert value not in str(problems) or len(value) < 2, name
        else:
            assert read == value and not problems, (record, name)


def test_every_record_has_text_fields_that_take_any_safe_text() -> None:
    free = {record for record, field in ALL if field.free}
    assert free == {"prescription", "credential", "trust list", "status list", "dispensing"}
    assert len(ALL) >= 38


_COLUMNS = ("npl_pack_id", "npl_id", "varunummer", "atc", "name", "form", "strength", "pack", "control_class")


@pytest.mark.parametrize("column", _COLUMNS)
def test_a_product_table_refuses_a_naughty_text_by_name_or_keeps_it(column: str) -> None:
    for name, value in NAUGHTY.items():
        fields = dict.fromkeys(_COLUMNS, "") | {"npl_pack_id": "20010131100018", "name": "Alvedon", "control_class": "none"}
        fields[column] = '"' + value.replace('"', '""') + '"'
        table = ";".join(_COLUMNS) + "\n" + ";".join(fields.values()) + "\n"
        try:
            [product] = Reading(io.BytesIO(table.encode("utf-8", "surrogatepass")))
        except InputError as error:
            named(error)
            continue
        held: Any = getattr(product, column)
        assert held in (value, value.strip(" ")) or (column == "control_class" and held is None), name
        assert not held or text.fault(str(held)) is None, name


#: The keys of the policy that name a file; mail_certificate_key alone is refused.
_FILES = ("pharmacy_key", "node_key", "mail_key", "mail_ca", "mail_certificate")


@pytest.mark.parametrize("key", [name for name in Policy.__struct_fields__ if isinstance(getattr(Policy(), name), str)])
def test_a_policy_refuses_a_naughty_text_by_name(key: str, tmp_path: Path) -> None:
    for name, value in NAUGHTY.items():
        if not value:
            continue
        quoted = "".join(f"\\U{ord(sign):08x}" for sign in value[:400])
        (tmp_path / "policy.toml").write_text(f'{key} = "{quoted}"\n', "utf-8")
        if key in _FILES and len(value) <= 300 and text.fault(value[:400]) is None:
            assert getattr(policy_toml.load(tmp_path / "policy.toml"), key) == value[:400], name  # a file may be called so
            continue
        with pytest.raises(InputError) as caught:
            policy_toml.load(tmp_path / "policy.toml")
        assert caught.value.code == "policy_invalid", name
        named(caught.value)
