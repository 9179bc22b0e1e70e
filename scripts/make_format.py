"""Fills docs/format.md and docs/protocol.md: their tables from the source, their examples from the test vectors.

Rules: what stands between `<!-- table:NAME:begin -->` and its `end` (or `example:`) is replaced, everything else is written
by hand; every table and example has exactly one place in its page. Run by scripts/make_docs.py.

Example: `FORMAT.filled(FORMAT.path.read_text("utf-8"))`
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from scripts import format_examples, format_tables, protocol_examples, protocol_tables

_PLACE = re.compile(
    r"(?P<begin> *<!-- (?P<kind>table|example):(?P<name>\w+):begin -->\n).*?(?P<end> *<!-- (?P=kind):(?P=name):end -->)", re.S
)
Makers = dict[str, Callable[[], str]]


class Page(NamedTuple):
    """A page, what makes its tables and what makes its examples."""

    path: Path
    tables: Makers
    examples: Makers

    def filled(self, page: str) -> str:
        """The page with every table and example made anew. SystemExit where one has no place, or two."""
        makers = {"table": self.tables, "example": self.examples}
        found = sorted(f"{place['kind']}:{place['name']}" for place in _PLACE.finditer(page))
        wanted = sorted(f"{kind}:{name}" for kind, named in makers.items() for name in named)
        if found != wanted:
            differing = sorted(set(found) ^ set(wanted)) or found
            raise SystemExit(f"docs/{self.path.name}: places and what is made differ: {differing}")
        return _PLACE.sub(lambda place: f"{place['begin']}{makers[place['kind']][place['name']]()}\n{place['end']}", page)

    def made(self) -> str:
        """The page as it must be."""
        return self.filled(self.path.read_text("utf-8"))


_DOCS = Path(__file__).resolve().parent.parent / "docs"
FORMAT = Page(_DOCS / "format.md", format_tables.TABLES, format_examples.EXAMPLES)
PROTOCOL = Page(_DOCS / "protocol.md", protocol_tables.TABLES, protocol_examples.EXAMPLES)
