from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.register.rig import Rig


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with Rig(tmp_path / "register.db") as running:
        yield running
