"""Text that is safe to show, and nothing else."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpr.core import text


@pytest.mark.parametrize(
    "value", ["1 tablett", "Å", "å" * 400, "µg/ml ½ × 2", "Salva 5 %", "日本", "💊", "a" * 10_000, "-", "="]
)
def test_ordinary_text_is_safe(value: str) -> None:
    assert text.fault(value) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "text_empty"),
        (" ", "text_space_at_end"),
        (" a", "text_space_at_end"),
        ("a ", "text_space_at_end"),
        ("a\nb", "text_unprintable"),
        ("a\tb", "text_unprintable"),
        ("a\x00", "text_unprintable"),
        ("\x7f", "text_unprintable"),
        ("a\x85b", "text_unprintable"),
        ("a\u00a0b", "text_unprintable"),
        ("a\u00adb", "text_unprintable"),
        ("a\u061cb", "text_unprintable"),
        ("a\u200bb", "text_unprintable"),
        ("a\u200eb", "text_unprintable"),
        ("a\u2028b", "text_unprintable"),
        ("a\u202eb", "text_unprintable"),
        ("a\u2066b\u2069", "text_unprintable"),
        ("a\u3000b", "text_unprintable"),
        ("\ufeffa", "text_unprintable"),
        ("\ud800", "text_unprintable"),
        ("\ue000", "text_unprintable"),
        ("\U000e0041", "text_unprintable"),
        ("\U0010ffff", "text_unprintable"),
        ("A\u030angstro\u0308m", "text_not_nfc"),
        ("\u212b", "text_not_nfc"),
        ("\u1100\u1161", "text_not_nfc"),
    ],
    ids=lambda value: ascii(value),
)
def test_each_danger_has_its_code(value: str, code: str) -> None:
    assert text.fault(value) == code


#: Letters and signs that show nothing, beside those of the categories C and Z.
IGNORED = {0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0xFB1D, 0xFE00), *range(0xFE70, 0xFF00)}


@given(st.text(max_size=30))
def test_what_is_safe_has_no_hidden_character_and_one_form(value: str) -> None:
    if text.fault(value) is None:
        assert value and value == value.strip() == unicodedata.normalize("NFC", value)
        assert all(unicodedata.category(sign)[0] not in "CZ" or sign == " " for sign in value)
        assert value.encode("utf-8").decode("utf-8") == value
    else:
        hidden = any(unicodedata.category(sign)[0] in "CZ" and sign != " " for sign in value)
        hidden = hidden or any(unicodedata.bidirectional(sign) in ("R", "AL", "AN", "NSM", "") for sign in value)
        hidden = hidden or any(ord(sign) in IGNORED or 0x590 <= ord(sign) <= 0x8FF for sign in value)
        assert hidden or not value or value != value.strip() or not unicodedata.is_normalized("NFC", value)


@given(st.text(max_size=200), st.integers(1, 60))
def test_what_is_shown_of_a_wrong_text_is_short_and_printable(value: str, limit: int) -> None:
    shown = text.visible(value, limit)
    assert shown.isprintable() and len(shown) <= limit + 1


def test_a_hidden_character_is_shown_escaped() -> None:
    assert text.visible("a\u202eb\n\ud800") == "a\\u202eb\\n\\ud800"
    assert text.visible("a" * 40) == "a" * 40
    assert text.visible("a" * 41) == "a" * 40 + "…"
