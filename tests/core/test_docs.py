"""The generated pages and schemas are what the source makes, and they are true."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dpr.adapters import policy_toml
from dpr.core import drafts
from dpr.core.codes import CODES, SECTIONS
from dpr.core.errors import InputError
from dpr.core.policy import Policy
from dpr.core.prescription import Prescription
from scripts import make_docs
from tests.strategies import json_values, prescriptions
from tests.world import EXAMPLES, NOW, ONE_ITEM

EXAMPLE_FILES = sorted((EXAMPLES / "prescriptions").rglob("*.json"))


@pytest.mark.parametrize("path", make_docs.files(), ids=str)
def test_the_file_in_the_tree_is_what_the_source_makes(path: Path) -> None:
    assert (make_docs.ROOT / path).read_text("utf-8") == make_docs.files()[path], "run: make docs"


def test_check_names_a_stale_file_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make_docs, "ROOT", tmp_path)
    assert make_docs.main([]) == 0 and make_docs.main(["--check"]) == 0
    page = tmp_path / "docs" / "codes.md"
    page.write_text("# Codes\n", "utf-8")
    assert make_docs.main(["--check"]) == 1
    assert page.read_text("utf-8") == "# Codes\n"
    assert "docs/codes.md" in capsys.readouterr().out


def test_the_script_runs_by_itself() -> None:
    script = make_docs.ROOT / "scripts" / "make_docs.py"
    assert subprocess.run([sys.executable, script, "--check"], cwd=make_docs.ROOT, check=False).returncode == 0


def test_the_page_of_codes_has_each_code_once_with_its_four_texts() -> None:
    page = make_docs.codes_page()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert sorted(row.split("`")[1] for row in rows) == sorted(CODES)
    for row in rows:
        code, *_ = row.split("`")[1:2]
        assert row.count(" | ") == 2 and all(text in row for text in CODES[code])


def test_every_section_of_codes_has_a_heading_and_its_codes_below_it() -> None:
    _, *parts = make_docs.codes_page().split("\n## ")
    shown = [
        (part.splitlines()[0], [line.split("`")[1] for line in part.splitlines() if line.startswith("| `")]) for part in parts
    ]
    assert shown == [(title, list(table)) for title, table in SECTIONS]
    assert all(title and table for title, table in SECTIONS)


# --- docs/policy.md -----------------------------------------------------------------------------------------------------


def test_the_page_of_the_policy_has_every_key_with_a_description() -> None:
    keys = make_docs.policy_keys()
    assert [key.name for key in keys] == list(Policy.__struct_fields__)
    assert all(key.description and key.type and key.default for key in keys)
    limits = {key.name: key.limits for key in keys}
    assert limits["clock_skew_seconds"] == "0 to 3600" and limits["register_timeout_seconds"] == "1 to 120"


def test_the_whole_example_is_read_as_the_page_says(tmp_path: Path) -> None:
    toml = re.search(r"```toml\n(.*?)```", make_docs.policy_page(), re.DOTALL)
    assert toml
    file = tmp_path / "policy.toml"
    file.write_text(toml[1], "utf-8")
    assert policy_toml.load(file) == Policy(gln="7350000000009", offline_dispensing=True)


# --- schemas/prescription.schema.json -----------------------------------------------------------------------------------


@cache
def validator() -> Draft202012Validator:
    schema = json.loads((make_docs.ROOT / "schemas" / "prescription.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_there_are_examples() -> None:
    assert len(EXAMPLE_FILES) > 20


@pytest.mark.parametrize("path", EXAMPLE_FILES, ids=lambda path: path.stem)
def test_each_example_fits_the_schema(path: Path) -> None:
    assert [error.message for error in validator().iter_errors(json.loads(path.read_text("utf-8")))] == []


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(prescriptions())
def test_whatever_is_written_fits_the_schema(prescription: Prescription) -> None:
    assert list(validator().iter_errors(drafts.write(prescription))) == []


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every member and entry inside `value`."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield (*path, name)
        yield from places(one, (*path, name))


def drafts_to_change() -> Iterator[Any]:
    yield ONE_ITEM
    for path in EXAMPLE_FILES:
        yield json.loads(path.read_text("utf-8"))


others = st.one_of(
    json_values,
    st.sampled_from([1.0, 0, 1, 2, -1, True, False, None, "none", "", "2026-12-24", "19121212", "012345", "N02BE01", "LK"]),
    st.sampled_from(["2026-W48-1", "191212121212", "191212121212\n", "x" * 121, "å" * 100, {"allowed": True}, [], {}]),
)
names = ("telephone", "valid_to", "audience", "reason", "patient", "animal", "protected", "dose", "first_pack", "atc", "x", "")


@settings(max_examples=600, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.data())
def test_the_schema_never_refuses_what_is_read(data: st.DataObject) -> None:
    draft = copy.deepcopy(data.draw(st.sampled_from(CHANGEABLE)))
    for _ in range(data.draw(st.integers(1, 2))):
        *parents, last = data.draw(st.sampled_from(list(places(draft)) or [("kind",)]))
        place = at(draft, tuple(parents))
        how = data.draw(st.sampled_from(["swap", "swap", "swap", "replace", "remove", "remove", "add", "copy"]))
        if how == "swap":
            place[last] = copy.deepcopy(data.draw(st.sampled_from(SEEN.get(last, CHANGEABLE))))
        elif how == "replace":
            place[last] = copy.deepcopy(data.draw(others))
        elif how == "remove":
            del place[last]
        elif isinstance(place, dict):
            place[data.draw(st.sampled_from(names))] = copy.deepcopy(data.draw(others) if how == "add" else place[last])
    try:
        written = json.dumps(draft).encode()
        drafts.read(written, id=bytes(16), authored_at=NOW)
    except (InputError, ValueError):
        return
    assert [error.message for error in validator().iter_errors(json.loads(written))] == []


def at(draft: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        draft = draft[step]
    return draft


CHANGEABLE = tuple(drafts_to_change())
#: Member → every value that some example has for it.
SEEN: dict[Any, list[Any]] = {}
for _draft in CHANGEABLE:
    for _place in places(_draft):
        SEEN.setdefault(_place[-1], []).append(at(_draft, _place))


def test_the_schema_refuses_what_it_can_see() -> None:
    for change in ({"kind": "recept"}, {"items": []}, {"unknown": 1}, {"telephone": 1}, {"valid_to": "2026-W48-1"}):
        assert list(validator().iter_errors(ONE_ITEM | change)), change
