"""The table is whole: every source has a row or a reason, every row a source, and the page shows them all."""

from __future__ import annotations

import collections
import re
from pathlib import Path

import pytest

from dpr.core.codes import CODES
from tests.attacks import page, rotation, sources
from tests.attacks.every_row import TABLE
from tests.attacks.table import MIRROR, STICK

ROOT = Path(__file__).resolve().parent.parent.parent
PATHS = {STICK, MIRROR, "verdict", "install", "reinstall", "empty"}
NAMED = {source for row in TABLE for source in row.sources} | set(rotation.sources())


def test_every_attack_and_every_case_of_the_sources_has_a_row_or_a_reason() -> None:
    assert set(sources.EVERY_SOURCE) == NAMED | set(sources.DOES_NOT_APPLY)
    assert not NAMED & set(sources.DOES_NOT_APPLY)
    assert all(len(reason) > 20 for reason in sources.DOES_NOT_APPLY.values())


def test_the_sources_are_complete() -> None:
    """As many as tuf-conformance collects, with the cases of each parameter, and every goal of the specification's 1.5.2."""
    assert len(sources.CONFORMANCE) == len(set(sources.CONFORMANCE)) == 113
    assert len([one for one in sources.SPECIFICATION if one.startswith("tuf-spec 1.5.2")]) == 10


def test_no_two_rows_have_one_name_and_each_can_arrive() -> None:
    names = collections.Counter(row.id for row in TABLE)
    assert max(names.values()) == 1 and len(names) > 80
    assert all(row.paths and set(row.paths) <= PATHS and row.sources for row in TABLE)
    assert all(re.fullmatch(r"[a-z0-9?#./-]+", name) for name in names)


def test_every_code_of_the_table_is_one_that_is_explained() -> None:
    assert {code for row in TABLE for code in (*row.told, *row.told_by_mirror, *row.graded)} <= CODES.keys()


KINDS = (
    *("rollback", "freeze", "mix-", "fast-forward", "endless", "wrong-role", "wrong-scope", "wrong-environment"),
    *("threshold", "key-twice", "one-root-key", "online-key"),
)


@pytest.mark.parametrize("word", KINDS)
def test_each_kind_of_attack_has_a_row(word: str) -> None:
    assert any(word in row.id for row in TABLE)


def test_no_row_is_skipped() -> None:
    """A mark that skips, or that expects a failure, would be a hole in the table."""
    for path in sorted((ROOT / "tests" / "attacks").glob("*.py")):
        assert not re.search(r"mark\.(skip|xfail)|pytest\.(skip|xfail)\(", path.read_text("utf-8")), path.name


def test_the_page_is_what_the_table_makes() -> None:
    assert (ROOT / "docs" / "attacks.md").read_text("utf-8") == page.written(), "run: .venv/bin/python -m tests.attacks.page"
