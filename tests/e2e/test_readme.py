"""What the README and its neighbours say is true: the tour runs as it stands there, the library example too, pictures and links
are there, and the figures are those of the benchmark.

Rules: the tour is run by a shell, in a folder of its own with nothing but `examples` in it, on the `dpr` of this tree; blocks
of `sh` and `python` are run, `console` blocks name targets of the Makefile, `text` blocks stand in what the tour prints.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dpr import ports
from dpr.adapters.qr_read import read_codes
from dpr.core import documents, qr
from dpr.core.codes import CODES
from scripts import bench_readme
from tests.e2e.cli import ENVIRONMENT, ROOT

README = (ROOT / "README.md").read_text("utf-8")
PICTURES = ROOT / "docs" / "pictures"
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "docs" / "README.md", *DECISIONS]
#: An age, which differs from run to run, in a line of a verdict.
AGE = re.compile(r" · data is \d+ \w+ old")


def blocks(language: str) -> list[str]:
    """The README's blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def on_a_machine_of_its_own(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Runs a command in `folder`, where `dpr` and `python3` are this tree's."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    for name, words in (("dpr", f'"{sys.executable}" -m dpr'), ("python3", f'"{sys.executable}"')):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        program.chmod(0o755)
    environment = ENVIRONMENT | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)


# --- what is run -------------------------------------------------------------------------------------------------------------


def test_the_tour_runs_as_it_stands_there_and_the_library_example_on_what_it_left(tmp_path: Path) -> None:
    (tour,) = blocks("sh")
    (example,) = blocks("python")
    (shown,) = blocks("text")
    (tmp_path / "examples").symlink_to(ROOT / "examples")

    ran = on_a_machine_of_its_own(tmp_path, "sh", "-eu", "-c", tour)

    assert (ran.returncode, ran.stderr) == (0, ""), ran
    assert "dispensing 1 of 4, left: 3" in ran.stdout
    said = [AGE.sub("", line) for line in ran.stdout.splitlines()]
    assert [line for line in shown.splitlines() if AGE.sub("", line) not in said] == []
    left = tmp_path / "build" / "tour"
    assert (left / "rx.pdf").read_bytes().startswith(b"%PDF-")

    used = on_a_machine_of_its_own(left, sys.executable, "-c", example)

    draft = json.loads((ROOT / "examples" / "prescriptions" / "repeats-with-interval.json").read_text("utf-8"))
    assert (used.returncode, used.stderr) == (0, ""), used
    assert draft["items"][0]["dosage"] in used.stdout and "signature_ok" in used.stdout


def test_the_tour_has_few_commands_and_the_library_example_ten_lines() -> None:
    (tour,) = blocks("sh")
    (example,) = blocks("python")
    assert 6 <= len(re.findall(r"\bdpr ", tour)) <= 10
    assert sum(bool(line.strip()) for line in example.splitlines()) <= 10


def test_console_blocks_name_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for page in PAGES:
        for block in re.findall(r"^```console\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            commands = [line.partition("#")[0].split() for line in block.splitlines()]
            assert commands and all(words[:2] == ["$", "make"] and words[2] in targets for words in commands), (page, block)


# --- what is shown -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_picture_is_small_and_has_words_for_who_cannot_see_it() -> None:
    shown = re.findall(r"!\[([^\]]*)\]\(docs/pictures/([^)]+)\)", README)
    assert {name for _, name in shown} == {path.name for path in PICTURES.iterdir()}
    for words, name in shown:
        assert len(words) > 60, name
        assert (PICTURES / name).stat().st_size <= 150_000, name


def test_the_code_on_the_pictured_page_is_a_prescription() -> None:
    (text,) = read_codes((PICTURES / "page.png").read_bytes()).texts
    payload = documents.split(qr.from_text(text))[1]
    assert documents.read_claims(documents.PRESCRIPTION, payload).content.items[0].dosage


def test_the_house_shows_modules_that_there_are() -> None:
    drawn = (PICTURES / "house.svg").read_text("utf-8")
    rows = re.findall(r'<text x="300" y="\d+"[^>]*>([^<]+)</text>', drawn)
    core = [name for row in rows for name in row.split(" · ")]
    assert len(core) > 20
    modules = {path.stem for path in (ROOT / "dpr" / "core").iterdir()}
    assert [name for name in core if name not in modules] == []
    named = set(re.findall(r"\b(core|flows|adapters)\.(\w+)", drawn))
    assert named and all((ROOT / "dpr" / floor / f"{name}.py").exists() for floor, name in named)
    (row,) = re.findall(r"<text[^>]*>(Clock[^<]+)</text>", drawn)
    assert [name for name in row.split(" · ") if not getattr(getattr(ports, name), "_is_protocol", False)] == []


def test_the_readme_is_short_and_says_what_it_is_not() -> None:
    assert len(README.splitlines()) <= 200
    for needed in ("HSLF-FS 2021:75", "not allowed today", "register in here is not NLL", "EHM approves each system"):
        assert needed in README
    assert [code for code in re.findall(r"\[([a-z_]+)\]$", README, re.MULTILINE) if code not in CODES] == []


# --- figures -----------------------------------------------------------------------------------------------------------------

ROWS: list[dict[str, Any]] = [
    {"name": "verify_cached_ratio", "value": 3.1322, "unit": "× bare ES256", "goal": 1.6, "meets": False},
    {"name": "qr_one_item_version", "value": 16, "unit": "version, largest of the set", "goal": 16, "meets": True},
    {
        "name": "qr_one_item_bytes",
        "value": 765,
        "unit": "bytes of the document, largest of the set",
        "goal": None,
        "meets": None,
    },
    {"name": "print_ms", "value": 149.88, "unit": "ms", "goal": None, "meets": None},
    {"name": "something_new", "value": 0.0903, "unit": "s", "goal": 0.4, "meets": True},
    {"name": "faster", "value": 1.812, "unit": "× one core", "goal": 1.7, "lower_is_better": False, "meets": True},
]


def test_figures_are_rounded_and_a_missed_goal_is_said() -> None:
    section = bench_readme.section(ROWS, machine="a test")
    assert "on a test; 3 of 4 goals are met" in section
    assert [line.split(" | ")[1:] for line in section.splitlines()[4:]] == [
        ["`verify_cached_ratio`", "3.13 ×", "1.6 ×", "**no** |"],
        ["`qr_one_item_version`", "version 16", "version 16", "yes |"],
        ["`qr_one_item_bytes`", "765 bytes", "", " |"],
        ["`print_ms`", "150 ms", "", " |"],
        ["`something_new`", "0.0903 s", "0.4 s", "yes |"],
        ["`faster`", "1.81 ×", "at least 1.7 ×", "yes |"],
    ]


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    page = f"before\n{bench_readme.BEGIN}\nold\n{bench_readme.END}\nafter\n"
    assert bench_readme.filled(page, "new") == f"before\n{bench_readme.BEGIN}\nnew\n{bench_readme.END}\nafter\n"
    for broken in ("no markers", page + page, f"{bench_readme.END}\n{bench_readme.BEGIN}\n"):
        with pytest.raises(ValueError, match="marker"):
            bench_readme.filled(broken, "new")


def figures_of(page: str) -> list[list[str]]:
    section = page.partition(bench_readme.BEGIN)[2].partition(bench_readme.END)[0]
    rows = [line.strip("|").split(" | ") for line in section.splitlines() if "`" in line and line.startswith("| ")]
    return [row for row in rows if re.search(r"`\w+`", row[1])]


def test_the_pages_have_every_figure_that_is_measured_and_say_rightly_which_goals_are_met() -> None:
    figures = figures_of((ROOT / "docs" / "figures.md").read_text("utf-8"))
    with_goals = [[row[0].replace("](", "](docs/"), *row[1:]] for row in figures if row[3].strip()]
    assert figures_of(README) == with_goals
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "benchmarks").glob("*.py"))
    assert [row[1].strip("` ") for row in figures] == list(bench_readme.WORDS)
    assert all(re.sub(r"_(version|digits|bytes)$", "", row[1].strip("` ")) in source for row in figures)
    for _, name, value, goal, met in figures:
        number, most = (float(re.sub(r"[^0-9.]", "", shown) or "nan") for shown in (value, goal))
        meets = number >= most if "at least" in goal else number <= most
        assert met.strip(" |") == ("" if not goal.strip() else "yes" if meets else "**no**"), name


# --- decisions and changes ---------------------------------------------------------------------------------------------------


def test_decisions_are_numbered_short_and_listed() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]
    for path in DECISIONS:
        text = path.read_text("utf-8")
        title = text.splitlines()[0].removeprefix(f"# {path.name[:4]}. ")
        assert re.findall(r"^## (\w+)", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], path.name
        assert len(text.splitlines()) <= 40, path.name
        assert f"[{path.name[:4]}](decisions/{path.name}) | {title} |" in index.replace("`", ""), path.name


def test_every_page_of_the_documentation_is_in_its_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {name for name in pages if f"({name})" not in index} == set()


def test_the_changelog_begins_with_what_is_unreleased() -> None:
    sections = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert sections[0] == "Unreleased"
