"""The stand-in for a loss of power loses what was not synced, and nothing else: SQLite with and without its syncs."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.relay_faults.power import Power, available

pytestmark = pytest.mark.skipif(not available(), reason="no gcc")

#: Commits rows one by one and says so; killed in the middle.
_WRITER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute(f"PRAGMA synchronous={sys.argv[2]}")
for number in range(int(sys.argv[3]), 100000):
    db.execute("INSERT INTO t VALUES (?, ?)", (number, b"x" * 3000))
    print(number, flush=True)
"""


def _lost(folder: Path, scratch: Path, level: str, rounds: int) -> int:
    """How many acknowledged rows are gone after `rounds` cuts."""
    path, lost, done = folder / "db", 0, 0
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, v BLOB)")
    db.close()
    power = Power(folder, scratch)
    for seed in range(rounds):
        words = [sys.executable, "-c", _WRITER, str(path), level, str(done)]
        with subprocess.Popen(words, env=power.environment, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(60):
                done = int(writer.stdout.readline()) + 1
            writer.kill()
            done = int(([str(done - 1), *writer.stdout.read().split("\n")[:-1]])[-1]) + 1
        assert power.cut(Random(seed)) >= 0
        with sqlite3.connect(path) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",) or level == "OFF"
            held = {number for (number,) in db.execute("SELECT n FROM t")}
        db.close()
        lost += len(set(range(done)) - held)
        done = max(held, default=-1) + 1
        power.begin()
    return lost


def test_what_is_synced_before_it_is_said_survives_every_cut(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir(), (tmp_path / "scratch").mkdir()
    assert _lost(tmp_path / "db", tmp_path / "scratch", "FULL", 4) == 0


def test_what_is_said_before_it_is_synced_is_lost(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir(), (tmp_path / "scratch").mkdir()
    assert _lost(tmp_path / "db", tmp_path / "scratch", "NORMAL", 4) > 0
