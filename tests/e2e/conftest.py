"""The stage, built once in each test process, a copy of it for a test that changes something, and a register."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.register import RegisterProcess
from tests.e2e.stage import Stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Never changed by a test."""
    return Stage.build(tmp_path_factory.mktemp("stage"))


@pytest.fixture
def own(stage: Stage, tmp_path: Path) -> Stage:
    """A copy for one test."""
    return stage.copy(tmp_path / "own")


@pytest.fixture
def register(tmp_path: Path) -> Iterator[RegisterProcess]:
    """A register of its own for one test."""
    with RegisterProcess(tmp_path) as running:
        yield running
