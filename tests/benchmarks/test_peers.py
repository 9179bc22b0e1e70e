"""What is measured beside peers has every part; no test here looks at how long anything took."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import peers, peers_verify, plots, stages
from scripts import bench_readme

STRICT = json.loads((plots.FIGURES / "peers.json").read_text("utf-8"))["strictness"]


def test_each_library_is_timed_against_the_bare_verification(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers_verify, "ROUNDS", 2)
    found = peers_verify.times()
    assert set(found) == {"verify1", "cwt", "pycose", "bare", "bare_of_peers"}
    assert all(entry["ratio"] > 0 and entry["microseconds"] > 0 for entry in found.values())


def test_stages_are_those_that_the_plot_and_the_table_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "ROUNDS", 2)
    found = stages.measured()
    assert list(found["new"]) == list(plots.STAGES)
    assert list(found["seen"]) == [name for name in plots.STAGES if not name.startswith("credential")]


def test_what_libraries_take_on_the_page_is_what_they_take() -> None:
    assert peers_verify.strictness() == STRICT, "run: make bench, then python -m benchmarks.plots"


def test_every_question_has_its_vector() -> None:
    assert set(peers_verify.QUESTIONS.values()) <= {vector["name"] for vector in peers_verify.vectors()}


def test_rows_are_written_and_known_to_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "RECORD", tmp_path / "peers.json")
    monkeypatch.setattr(peers_verify, "ROUNDS", 2)
    monkeypatch.setattr(stages, "ROUNDS", 2)
    rows = peers.rows()
    assert {row.name for row in rows} <= bench_readme.WORDS.keys() and len(rows) == 13
    committed = json.loads((plots.FIGURES / "peers.json").read_text("utf-8"))
    measured = json.loads((tmp_path / "peers.json").read_text("utf-8"))
    assert set(measured) == set(committed)
    assert _sizes(measured) == _sizes(committed), "run: make bench, then python -m benchmarks.plots"


def _sizes(measured: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Bytes of the formats that are not compressed before they are signed: another zlib may compress otherwise."""
    return {
        entry["name"]: (entry["one"]["bytes"], entry["three"]["bytes"])
        for entry in measured["formats"]
        if not entry["name"].startswith("shc")
    }


def test_without_the_peers_environment_nothing_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(peers_verify, "PEER_PYTHON", tmp_path / "python")
    assert peers.rows() == []
    assert "make setup" in capsys.readouterr().err
