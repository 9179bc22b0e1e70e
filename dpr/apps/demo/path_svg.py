"""A drawing of how something travelled: a line for each party, an arrow for each thing that was handed over, from the top down.

Rules: an arrow says in words what it carries; who was down has a gap in the line and a word, so that no colour is needed; every
text is escaped; no script, no font from elsewhere.

Example: `path_svg(["Klinik", "Relä", "Apotek"], [Hand(0, 1, "förseglat"), Event(1, "nere", down=True)], title="Vägen")`
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

_LANE, _ROW, _TOP, _LEFT = 205, 34, 64, 110
_INK, _DEAD = "#1b1b1b", "#8f1d22"


class Hand(NamedTuple):
    """Something goes from one party to another, by their places. `lost`: it did not arrive."""

    source: int
    target: int
    words: str
    lost: bool = False


class Event(NamedTuple):
    """Something happens to a party. `down`: from here on it is gone, until an event that is not."""

    party: int
    words: str
    down: bool = False


def path_svg(parties: Sequence[str], steps: Sequence[Hand | Event], *, title: str) -> str:
    """The drawing, with the parties from left to right and `steps` from the top down."""
    width = _LEFT * 2 + (len(parties) - 1) * _LANE
    height = _TOP + (len(steps) + 1) * _ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'font-family="system-ui,sans-serif" font-size="13"><title>{escape(title)}</title>'
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
    ]
    for place, name in enumerate(parties):
        parts.append(_text(_x(place), 24, name, bold=True))
        parts += _lane(place, steps, height)
    for row, step in enumerate(steps):
        y = _TOP + row * _ROW
        parts += _hand(step, y) if isinstance(step, Hand) else _event(step, y)
    return "".join(parts) + "</svg>"


def _x(place: int) -> int:
    return _LEFT + place * _LANE


def _lane(place: int, steps: Sequence[Hand | Event], height: int) -> list[str]:
    """A line from the top down, with a gap while the party is down."""
    marks = [(_TOP + row * _ROW, one.down) for row, one in enumerate(steps) if isinstance(one, Event) and one.party == place]
    drawn, begin, down = [], 34, False
    for y, falls in [*marks, (height - 8, True)]:
        if falls and not down:
            drawn.append(f'<path d="M{_x(place)} {begin}V{y}" stroke="#777" stroke-width="2"/>')
        begin, down = (y, falls) if falls != down else (begin, down)
    return drawn


def _hand(step: Hand, y: int) -> list[str]:
    x, end = _x(step.source), _x(step.target)
    back = -1 if end > x else 1
    if step.lost:
        end += back * _LANE // 2
    colour = _DEAD if step.lost else _INK
    dash = ' stroke-dasharray="5 4"' if step.lost else ""
    head = f"M{end + back * 9} {y - 5}L{end} {y}L{end + back * 9} {y + 5}"
    if step.lost:
        head = f"M{end - 5} {y - 5}l10 10m0 -10l-10 10"
    return [
        f'<path d="M{x} {y}H{end}" stroke="{colour}" stroke-width="2"{dash}/>',
        f'<path d="{head}" fill="none" stroke="{colour}" stroke-width="2"/>',
        _text((x + end) // 2, y - 6, step.words),
    ]


def _event(step: Event, y: int) -> list[str]:
    x = _x(step.party)
    colour = _DEAD if step.down else _INK
    size = 22 + 8 * len(step.words)
    return [
        f'<rect x="{x - size // 2}" y="{y - 12}" width="{size}" height="24" fill="#fff" stroke="{colour}" stroke-width="2"/>',
        _text(x, y + 5, step.words),
    ]


def _text(x: int, y: int, words: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    halo = ' stroke="#fff" stroke-width="3" paint-order="stroke"'
    return f'<text x="{x}" y="{y}" text-anchor="middle" fill="{_INK}"{weight}{halo}>{escape(words)}</text>'
