"""The drawing of a way: every word in it, a gap where a party is down, and nothing that a page could run."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from dpr.apps.demo.path_svg import Event, Hand, path_svg

PARTIES = ["Clinic", "Relay <A>", "Pharmacy"]
STEPS = [
    Hand(0, 1, "sealed & sent"),
    Event(1, "down", down=True),
    Hand(2, 1, "anything?", lost=True),
    Event(1, "up"),
    Hand(1, 2, "it"),
]


def test_every_word_stands_in_it_escaped() -> None:
    svg = path_svg(PARTIES, STEPS, title="The way")
    words = [element.text for element in ElementTree.fromstring(svg).iter() if element.text]
    assert words == ["The way", *PARTIES, "sealed & sent", "down", "anything?", "up", "it"]
    assert "<A>" not in svg and "script" not in svg and "href" not in svg


def lanes(svg: str) -> list[tuple[int, int, int]]:
    """(x, from, to) of each party's line."""
    return [(int(x), int(top), int(end)) for x, top, end in re.findall(r'<path d="M(\d+) (\d+)V(\d+)" stroke="#777"', svg)]


def test_a_party_that_is_down_has_a_gap_from_then_until_it_is_up() -> None:
    drawn = lanes(path_svg(PARTIES, STEPS, title="The way"))
    assert len(drawn) == 4
    (_, _, falls), (_, rises, _) = [one for one in drawn if one[0] == drawn[1][0]]
    assert rises - falls == 2 * 34, "two steps lie between"


def test_what_is_down_at_the_end_has_no_line_after() -> None:
    drawn = lanes(path_svg(["A", "B"], [Event(0, "down", down=True), Hand(1, 0, "x", lost=True)], title="t"))
    assert drawn[0][2] < drawn[1][2]


def test_what_is_lost_ends_on_the_way_with_a_cross() -> None:
    svg = path_svg(["A", "B"], [Hand(1, 0, "x", lost=True)], title="t")
    assert "stroke-dasharray" in svg and "l10 10m0 -10l-10 10" in svg
    assert "stroke-dasharray" not in path_svg(["A", "B"], [Hand(1, 0, "x")], title="t")
