"""Every refusal that the interface documents is really given, by every operation that documents it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.relay import refused, test_refusals, test_who_may
from tests.relay.documented import OPERATIONS, codes_of


def missing() -> set[tuple[str, str, int, str]]:
    documented = {
        (method, path, int(status), code) for method, path, operation in OPERATIONS for status, code in codes_of(operation)
    }
    assert len(documented) > 60
    return {one for one in documented - refused.seen if one[3] != "relay_request_slow"}  # that: test_slow.py


async def test_every_documented_refusal_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (test_who_may, test_refusals):
        for name in [name for name in vars(module) if name.startswith("test_")]:
            if not missing():  # the tests themselves ran in this process before
                return
            test, folder = getattr(module, name), tmp_path / name[:60]
            folder.mkdir()
            if hasattr(test, "pytestmark"):
                await test(folder, "queue=")
            else:
                names = test.__code__.co_varnames[: test.__code__.co_argcount]
                await test(folder, **({"monkeypatch": monkeypatch} if "monkeypatch" in names else {}))
    assert not missing(), sorted(missing())
