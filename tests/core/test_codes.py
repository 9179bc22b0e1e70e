"""Every code that dpr raises or answers with stands in `CODES`, with words in both languages, and no other does.

What counts as a code in the source (`codes_in`): a string literal that is bound to the name `code`, by assignment or as an
argument of a function or class with a parameter or field of that name (all of dpr's errors, `Check`, `Problem`,
`NotAllowed` …); the first argument of a function named `…fault`; what a function named `…fault` or `…faults` returns,
yields or appends; what a queue row is given as `words` of ours; the values of a module's table of codes (a dict where one
value is a code already); and the second entry of each of the verdict's STEPS. What is put together at run time is spelled
out in `MADE_AT_RUN_TIME`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from dpr.core import codes, verify
from dpr.core.codes import CODES, SECTIONS
from dpr.core.codes.advice import CORRECT, FETCH, Words
from dpr.core.text import fault as text_fault

ROOT = Path(__file__).resolve().parent.parent.parent
TABLES = ROOT / "dpr" / "core" / "codes"
SOURCES = sorted(path for path in (ROOT / "dpr").rglob("*.py") if path.parent != TABLES)
CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

#: f-string, with {} for what is filled in → every code that it can become.
MADE_AT_RUN_TIME = {
    "chain_{}_unknown": {"chain_issuer_unknown", "chain_credential_unknown"},
    "mail_store_{}": {
        f"mail_store_{name}"
        for name in (
            "copy",
            "damaged",
            "full",
            "locked",
            "moved",
            "newer_version",
            "not_writable",
            "row_refused",
            "sqlite_too_old",
            "unavailable",
            "unusable",
            "upgrade_failed",
        )
    },
    "{}_credential_needed": {"pharmacist_credential_needed", "pharmacy_credential_needed"},
    "{}_credential_not_in_force": {"pharmacist_credential_not_in_force", "pharmacy_credential_not_in_force"},
    "{}_credential_grace": {"pharmacist_credential_grace", "pharmacy_credential_grace"},
    "{}_status_stale": {"pharmacist_status_stale", "pharmacy_status_stale"},
    "{}_status_ok": {"pharmacist_status_ok", "pharmacy_status_ok"},
    "{}_status_missing": {"pharmacist_status_missing", "pharmacy_status_missing"},
    "{}_credential_revoked": {"pharmacist_credential_revoked", "pharmacy_credential_revoked"},
    "product_{}_differs": {
        f"product_{field}_differs" for field in ("name", "form", "strength", "pack", "atc", "control_class")
    },
}
#: Fields named `code` that hold another code than ours (a workplace's 13 digits).
OTHER_CODES = {"Workplace"}


def literals(node: ast.AST) -> Iterator[str]:
    """The codes that an expression can be: a literal, either side of a condition, the parts of a tuple in the same place."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts = ("{}" if isinstance(part, ast.FormattedValue) else ast.literal_eval(part) for part in node.values)
        yield from sorted(MADE_AT_RUN_TIME["".join(parts)])
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from literals(value)


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Every node of a function but those of functions inside it."""
    for child in ast.iter_child_nodes(function):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield child
            yield from own_nodes(child)


def parameters(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """(name, position of `code`) of each function and class that takes one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            fields = [
                line.target.id for line in node.body if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
            ]
            if "code" in fields and node.name not in OTHER_CODES:
                yield node.name, fields.index("code")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [
                argument.arg for argument in (*node.args.posonlyargs, *node.args.args) if argument.arg not in ("self", "cls")
            ]
            if "code" in names:
                yield node.name, names.index("code")


def error_classes(trees: list[ast.Module]) -> set[str]:
    """DprError and everything below it, by name."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    found = {"DprError"}
    while True:
        below = {c.name for c in classes if any(isinstance(base, ast.Name) and base.id in found for base in c.bases)}
        if below <= found:
            return found
        found |= below


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def in_call(call: ast.Call, takes_code: dict[str, int]) -> Iterator[str]:
    name = name_of(call.func)
    if (
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Call)
        and name_of(call.func.value.func) == "super"
    ):
        name = "DprError" if name == "__init__" else ""
    position = 0 if name.endswith("fault") else takes_code.get(name)
    if position is not None and position < len(call.args):
        yield from literals(call.args[position])
    for keyword in call.keywords:
        if keyword.arg == "code" and name not in OTHER_CODES:
            yield from literals(keyword.value)
        elif keyword.arg == "words":
            yield from in_words(keyword.value)


def in_words(value: ast.expr) -> Iterator[str]:
    """A code by itself, or followed by a colon and more."""
    first = value.values[0] if isinstance(value, ast.JoinedStr) else value
    if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value:
        yield first.value.removesuffix(": ")


def in_assignment(node: ast.Assign | ast.AnnAssign | ast.NamedExpr) -> Iterator[str]:
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if isinstance(target, ast.Name) and target.id == "code" and node.value is not None:
            yield from literals(node.value)
        if isinstance(target, ast.Tuple) and node.value is not None:
            place = [getattr(name, "id", "") for name in target.elts]
            sides = [node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value]
            for side in sides:
                if "code" in place and isinstance(side, ast.Tuple):
                    yield from literals(side.elts[place.index("code")])


def in_fault_function(function: ast.FunctionDef) -> Iterator[str]:
    for node in own_nodes(function):
        values: list[ast.AST | None] = []
        if isinstance(node, ast.Return | ast.Yield):
            values = [node.value]
        elif isinstance(node, ast.Call) and name_of(node.func) == "append":
            values = [*node.args]
        for value in values:
            sides = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
            for side in sides:
                if side is not None:
                    yield from literals(side.elts[0] if isinstance(side, ast.Tuple) else side)


def in_table(node: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    if isinstance(node.value, ast.Dict):
        values = [code for value in node.value.values for code in literals(value)]
        if CODES.keys() & set(values):
            yield from values


def codes_in(trees: list[ast.Module]) -> Iterator[str]:
    everywhere = {name: position for tree in trees for name, position in parameters(tree) if name[0].isupper()}
    everywhere |= dict.fromkeys(error_classes(trees), 0)
    for tree in trees:
        takes_code = everywhere | dict(parameters(tree))
        for statement in tree.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign):
                yield from in_table(statement)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield from in_call(node, takes_code)
            elif isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr):
                yield from in_assignment(node)
            elif isinstance(node, ast.FunctionDef) and re.search(r"faults?\Z", node.name):
                yield from in_fault_function(node)


@cache
def used() -> frozenset[str]:
    trees = [ast.parse(path.read_text("utf-8"), str(path)) for path in SOURCES]
    return frozenset(codes_in(trees)) | {passed for _, passed, _ in verify.STEPS}


def test_every_code_in_the_source_has_words() -> None:
    assert sorted(used() - CODES.keys()) == []


def test_every_code_in_the_table_is_used() -> None:
    assert sorted(CODES.keys() - used()) == []


def test_the_search_finds_every_way_in_which_the_source_names_a_code() -> None:
    written = """
class DprError(Exception):
    def __init__(self, code, detail=""): ...
class OtherError(DprError):
    def __init__(self): super().__init__("by_super")
class Check(Struct):
    step: int
    code: str
class Workplace(Struct):
    code: str
def _plain(length, code): return lambda text: None if text else code
npl_fault = _plain(14, "by_local_function")
_TABLE = {1: "expired", 2: "by_table"}
_LABELS = {"a": "no_code_here"}
def holder_faults(x):
    faults.append("by_append")
    yield "by_yield"
    return ("by_tuple", 1) if x else "by_return"
def f(self, x):
    raise OtherError("by_raise" if x else "by_other_branch", "a_detail")
    Check(1, "by_field"); Check(step=1, code="by_keyword"); Workplace(code="no_code")
    code = "by_assignment"
    code, wrong = ("by_unpacking", "no_code") if x else ("by_other_unpacking", "no_code")
    self._fault("by_fault_call", "no_code"); raise DprError(f"chain_{x}_unknown")
    advance(row, words="by_words"); advance(row, words=f"by_words_with_more: {x}"); advance(row, words=x[:9])
"""
    ways = "super local_function table append yield tuple return raise other_branch field keyword assignment unpacking words"
    expected = {f"by_{way}" for way in [*ways.split(), "other_unpacking", "fault_call", "words_with_more"]}
    assert set(codes_in([ast.parse(written)])) == expected | {"expired"} | MADE_AT_RUN_TIME["chain_{}_unknown"]


def test_no_code_stands_twice_in_the_source_of_the_tables() -> None:
    keys = [
        key.value
        for path in sorted(TABLES.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path)))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    ]
    assert sorted(keys) == sorted(CODES)


def test_a_code_in_two_sections_is_an_error_that_names_it() -> None:
    one, other = Words("Ett fel.", "A fault.", *CORRECT), Words("Ett annat fel.", "Another fault.", *FETCH)
    assert codes._merged([{"once": one}, {"twice": other}]) == {"once": one, "twice": other}
    with pytest.raises(ValueError, match="in two sections: twice"):
        codes._merged([{"once": one, "twice": one}, {"twice": other}])


def test_every_module_with_a_table_is_a_section_with_a_title_of_its_own() -> None:
    modules = {path.stem for path in TABLES.glob("*.py")} - {"__init__", "advice"}
    assert sorted(map(id, (table for _, table in SECTIONS))) == sorted(id(getattr(codes, name).TABLE) for name in modules)
    assert len({title for title, _ in SECTIONS}) == len(SECTIONS) == len(modules)


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_says_in_both_languages_what_is_wrong_and_what_to_do(code: str) -> None:
    words = codes.words(code)
    assert CODE.fullmatch(code)
    for text in words:
        assert text.strip() == text
        assert text.endswith((".", ")")) and 5 < len(text) < 160
        assert text_fault(text) is None
    assert words.sv != words.en and words.do_sv != words.do_en


def test_every_way_of_speaking_is_its_own() -> None:
    for language in (0, 1):
        texts = [words[language] for words in CODES.values()]
        assert sorted(text for text in texts if texts.count(text) > 1) == []


def test_an_unknown_code_is_a_programming_error() -> None:
    with pytest.raises(KeyError):
        codes.words("no_such_code")
