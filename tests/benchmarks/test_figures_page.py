"""docs/figures.md has the numbers of docs/figures/*.json and no others, and its plots show them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks import figures_page, formats, plots

DOCS = Path(__file__).parents[2] / "docs"
FIGURES = DOCS / "figures"
PAGE = (DOCS / "figures.md").read_text("utf-8")
PRESENT = [name for name, plot in plots.PLOTS.items() if (FIGURES / plot.source).exists()]


def numbers(name: str) -> Any:
    return json.loads((FIGURES / plots.PLOTS[name].source).read_text("utf-8"))


def test_the_tables_on_the_page_are_made_from_the_numbers() -> None:
    assert figures_page.filled(PAGE, FIGURES) == PAGE, "run: python -m benchmarks.plots"


def test_every_table_has_its_place_on_the_page() -> None:
    assert all(PAGE.count(f"<!-- {name}:begin -->") == 1 for name in figures_page.TABLES)


def test_a_marker_that_stands_alone_is_named() -> None:
    with pytest.raises(ValueError, match="formats"):
        figures_page.filled("<!-- formats:begin -->\n", FIGURES)


def test_numbers_that_are_not_there_leave_nothing(tmp_path: Path) -> None:
    page = figures_page.filled("<!-- verify:begin -->\nold\n<!-- verify:end -->", tmp_path)
    assert page == "<!-- verify:begin -->\n<!-- verify:end -->"


def test_the_page_shows_every_plot_there_is_with_words_for_who_cannot_see_it() -> None:
    shown = dict(re.findall(r"!\[([^\]]+)\]\(figures/([\w-]+)\.svg\)", PAGE))
    assert sorted(shown.values()) == sorted(path.stem for path in FIGURES.glob("*.svg")) == sorted(PRESENT)
    assert all(len(words) > 120 for words in shown)


@pytest.mark.parametrize("name", PRESENT)
def test_a_plot_is_the_same_each_time_without_date_or_program(name: str) -> None:
    drawn = plots.svg(name, numbers(name))
    assert drawn == plots.svg(name, numbers(name))
    text = drawn.decode()
    assert "<dc:date>" not in text and "Matplotlib v" not in text


def _words(svg: str) -> list[str]:
    return [word.strip() for word in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]


@pytest.mark.parametrize("name", PRESENT)
def test_the_committed_plot_shows_the_numbers(name: str) -> None:
    committed = (FIGURES / f"{name}.svg").read_text("utf-8")
    assert _words(committed) == _words(plots.svg(name, numbers(name)).decode()), "run: python -m benchmarks.plots"


def test_every_version_and_every_size_stands_beside_its_bar() -> None:
    peers = numbers("bytes")
    for measure, plot in (("version", "qr-version"), ("bytes", "bytes")):
        words = _words((FIGURES / f"{plot}.svg").read_text("utf-8"))
        for chain in (True, False):
            for entry in plots.of_families(peers["formats"], chain).values():
                for items in ("one", "three"):
                    assert str(entry[items][measure] or "over 40") in words, entry["name"]


def test_every_format_that_is_made_is_in_the_numbers() -> None:
    assert [entry["name"] for entry in numbers("bytes")["formats"]] == [form.name for form in formats.FORMATS]


READING = {
    "images": 70,
    "false": 0,
    "all": {"cascade": 0.75, "zxing": 0.5, "zbar": 0.25, "union": 0.5},
    "by_kind": {
        "blur": {"cascade": 0.6, "zxing": 0.4, "zbar": 0.3, "union": 0.4},
        "low_contrast": {"cascade": 0.9, "zxing": 0.6, "zbar": 0.2, "union": 0.6},
    },
}


def test_reading_is_drawn_and_written_by_kind_and_reader() -> None:
    words = _words(plots.svg("reading", READING).decode())
    assert {"all kinds", "low contrast", "blur", "zbar alone", "75 %", "90 %", "60 %"} <= set(words)
    table = figures_page.reading_table(READING).splitlines()[2:]
    assert table == [
        "| all kinds | 75 | 50 | 25 | 50 |",
        "| low contrast | 90 | 60 | 20 | 60 |",
        "| blur | 60 | 40 | 30 | 40 |",
    ]
    assert "70 images; texts read that were never written: 0." in figures_page.reading_section(READING)


def test_the_last_run_is_taken_into_the_page_and_its_plots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("build", "docs/figures"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "docs" / "figures.md").write_text(PAGE, "utf-8")
    measured = numbers("verify")
    measured["verify"]["pycose"]["ratio"] = 12.34
    (tmp_path / "build" / "peers.json").write_text(json.dumps(measured), "utf-8")
    (tmp_path / "docs" / "figures" / "reading.json").write_text(json.dumps(READING), "utf-8")
    monkeypatch.setattr(plots, "ROOT", tmp_path)
    monkeypatch.setattr(plots, "FIGURES", tmp_path / "docs" / "figures")
    plots.main()
    page = (tmp_path / "docs" / "figures.md").read_text("utf-8")
    assert "| pycose | 12.3 × |" in page and "| blur | 60 | 40 | 30 | 40 |" in page
    drawn = tmp_path / "docs" / "figures"
    assert sorted(path.stem for path in drawn.glob("*.svg")) == sorted(plots.PLOTS)
    assert "12.3 ×" in (drawn / "verify.svg").read_text("utf-8")
