"""A drawing of what could be dispensed on each day: a row a question, a column a day.

Rules: a sign and a shade say the same, so that no colour is needed; every text is escaped; no script, no font from elsewhere.

Example: `calendar_svg([Line("Vanligt recept", ["✓", "!", "✗"])], {"✓": "ja"}, title="Dag för dag", axis="dag")`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

_CELL, _LEFT, _TOP, _HEIGHT = 24, 250, 34, 30
#: Sign → shade; darker is worse.
_SHADES = {"✓": "#ffffff", "!": "#f1e3c0", "✎": "#d9a441", "✗": "#8f1d22"}
_LIGHT_TEXT = frozenset("✗")


class Line(NamedTuple):
    """A question and its answer on each day, by sign."""

    name: str
    signs: Sequence[str]


def calendar_svg(lines: Sequence[Line], meanings: Mapping[str, str], *, title: str, axis: str) -> str:
    """`meanings`: sign → what it means; `axis`: the word for days, which are counted from 0."""
    days = max(len(line.signs) for line in lines)
    width, height = _LEFT + days * _CELL + 10, _TOP + (len(lines) + len(meanings)) * _HEIGHT + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="14"><title>{escape(title)}</title>'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    ]
    parts.append(_text(_LEFT - 10, _TOP - 10, axis, "end"))
    parts += [_text(_LEFT + day * _CELL + _CELL / 2, _TOP - 10, str(day), "middle") for day in range(days) if day % 5 == 0]
    for row, line in enumerate(lines):
        y = _TOP + row * _HEIGHT
        parts.append(_text(_LEFT - 10, y + 18, line.name, "end"))
        parts += [_cell(_LEFT + day * _CELL, y, sign) for day, sign in enumerate(line.signs)]
    for row, (sign, meaning) in enumerate(meanings.items()):
        y = _TOP + (len(lines) + row) * _HEIGHT + 16
        parts += [_cell(_LEFT, y, sign), _text(_LEFT + _CELL + 10, y + 18, meaning, "start")]
    return "".join(parts) + "</svg>"


def _cell(x: float, y: float, sign: str) -> str:
    shade = f'<rect x="{x}" y="{y}" width="{_CELL - 2}" height="{_HEIGHT - 4}" fill="{_SHADES[sign]}" stroke="#1b1b1b"/>'
    colour = "#ffffff" if sign in _LIGHT_TEXT else "#1b1b1b"
    return shade + _text(x + _CELL / 2 - 1, y + 18, sign, "middle", colour)


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#1b1b1b") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
