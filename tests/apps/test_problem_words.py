"""What an issuer's and an authority's commands say was wrong and was expected exists in Swedish: nothing that they write is
missing in the table."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from dpr.apps.cli.problem_words import swedish

APPS = Path(__file__).resolve().parent.parent.parent / "dpr" / "apps"
MODULES = [
    *(APPS / f"{name}.py" for name in ("root_order", "table_csv", "people_csv", "book_csv", "typed", "admission")),
    *sorted(path for path in APPS.glob("issuer_*.py")),
]
#: The same in both languages.
THE_SAME = {"7", "'7'", "2026-11-03T08:00", "not valid", "", "7, 7"}


def texts(value: ast.expr) -> Iterator[str]:
    """The texts that an expression can be; what is filled in is a 7."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "7" for part in value.values)  # type: ignore[misc]
    elif isinstance(value, ast.IfExp):
        yield from (*texts(value.body), *texts(value.orelse))
    elif isinstance(value, ast.BinOp):  # "one of " + names
        yield from (f"{text}7" for text in texts(value.left))


def said(path: Path) -> Iterator[str]:
    """What is bound to `wrong` or `expected` in a module, by name or as an argument of a Problem."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Assign) and any(
            isinstance(to, ast.Name) and to.id in ("wrong", "expected") for to in node.targets
        ):
            yield from texts(node.value)
        elif isinstance(node, ast.Call):
            yield from (text for one in node.keywords if one.arg in ("wrong", "expected") for text in texts(one.value))
            if isinstance(node.func, ast.Name) and node.func.id == "Problem":
                yield from (text for one in node.args[2:4] for text in texts(one))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_phrase_of_a_module_is_in_the_table(path: Path) -> None:
    assert not [text for text in said(path) if text not in THE_SAME and swedish(text) == text]


def test_the_modules_that_say_something_are_read() -> None:
    assert sum(len(list(said(path))) for path in MODULES) > 30


def test_what_is_filled_in_stays_and_what_is_not_in_the_table_is_shown_as_it_is() -> None:
    assert swedish("1 to 3, the number of keys") == "1 till 3, antalet nycklar"
    assert swedish("line 12, column gln") == "rad 12, kolumn gln"
    assert swedish("something else") == "something else"
