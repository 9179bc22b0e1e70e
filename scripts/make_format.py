"""Fills docs/format.md: its tables from the source, its examples from the test vectors.

Rules: what stands between `<!-- table:NAME:begin -->` and its `end` (or `example:`) is replaced, everything else is written
by hand; every table and example has exactly one place. Run by scripts/make_docs.py.

Example: `filled((ROOT / "docs" / "format.md").read_text("utf-8"))`
"""

from __future__ import annotations

import re
from pathlib import Path

from scripts.format_examples import EXAMPLES
from scripts.format_tables import TABLES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "format.md"
_PLACE = re.compile(
    r"(?P<begin> *<!-- (?P<kind>table|example):(?P<name>\w+):begin -->\n).*?(?P<end> *<!-- (?P=kind):(?P=name):end -->)", re.S
)
_MAKERS = {"table": TABLES, "example": EXAMPLES}


def filled(page: str) -> str:
    """The page with every table and example made anew. SystemExit where one has no place, or two."""
    found = sorted(f"{place['kind']}:{place['name']}" for place in _PLACE.finditer(page))
    wanted = sorted(f"{kind}:{name}" for kind, makers in _MAKERS.items() for name in makers)
    if found != wanted:
        raise SystemExit(f"docs/format.md: places and what is made differ: {sorted(set(found) ^ set(wanted)) or found}")
    return _PLACE.sub(_filled, page)


def _filled(place: re.Match[str]) -> str:
    made = _MAKERS[place["kind"]][place["name"]]()
    return f"{place['begin']}{made}\n{place['end']}"


def page() -> str:
    """docs/format.md as it must be."""
    return filled(PAGE.read_text("utf-8"))
