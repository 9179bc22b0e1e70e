"""Text that is safe to show: on a screen, on paper, in a log of codes, to a screen reader.

Rules: a text is in NFC (Unicode Annex 15), has no control, format, private, unassigned or bidirectional character (general
categories C*) and no separator but the plain space (Z*), does not begin or end with a space and is not empty. Marks (M*)
stand on a sign, at most `MOST_MARKS` on one: a pile of them is drawn over the lines above and below. So what two people
compare is what was signed, and nothing in a text can reorder, hide, cover or break a line.

Example: `fault("1 tablett") is None`; `fault("a\\u202eb") == "text_unprintable"`
"""

from __future__ import annotations

import re
from unicodedata import category, is_normalized

MOST_MARKS = 2

#: Letters that show nothing (Default_Ignorable_Code_Point, Braille blank), and the scripts that run from right to left
#: (Bidi_Class R, AL, AN), beside which other characters change places. No Swedish register writes with them.
_HIDDEN_OR_REORDERING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
    "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)

_FIRST_MARK = "\u0300"


def fault(text: str) -> str | None:
    """The code of what is wrong with `text`, or None when it is safe. Length limits are the field's business."""
    if not text:
        return "text_empty"
    # str.isprintable() is false for exactly the categories C* and Z* without the plain space.
    if not text.isprintable():
        return "text_unprintable"
    if text[0] == " " or text[-1] == " ":
        return "text_space_at_end"
    if max(text) >= _FIRST_MARK:  # what lies before has one form, and none of what follows
        if _HIDDEN_OR_REORDERING.search(text):
            return "text_unprintable"
        if not is_normalized("NFC", text):
            return "text_not_nfc"
        if _piles_marks(text):
            return "text_unprintable"
    return None


def _piles_marks(text: str) -> bool:
    """Does a mark stand first, or more than `MOST_MARKS` in a row?"""
    marks = MOST_MARKS  # nothing is before the first sign that a mark could stand on
    for sign in text:
        marks = marks + 1 if category(sign)[0] == "M" else 0
        if marks > MOST_MARKS:
            return True
    return False


def visible(text: str, limit: int = 40) -> str:
    """`text` for an error message: what cannot be shown is escaped, what is long is cut to `limit` characters."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[:limit] + "…"
