"""The stage, built once in each test process, and a copy of it for a test that changes something."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.stage import Stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Never changed by a test."""
    return Stage.build(tmp_path_factory.mktemp("stage"))


@pytest.fixture
def own(stage: Stage, tmp_path: Path) -> Stage:
    """A copy for one test."""
    return stage.copy(tmp_path / "own")
