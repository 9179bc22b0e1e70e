"""When the log cannot be written nothing is signed, the answer says so, and it goes on when there is room."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from dpr.apps.signer.log_lines import check
from tests.signer.rig import Rig


async def test_a_full_disk_stops_signing_until_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Rig(tmp_path) as rig:
        assert (await rig.sign(rig.structure())).status == 200
        real = os.write

        def full(file: int, data: Any) -> int:
            if b'"event":"signed"' in bytes(data):
                real(file, bytes(data)[:17])
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(file, data)

        monkeypatch.setattr(os, "write", full)
        for answer in (await rig.sign(rig.structure()), await rig.prescribe()):
            assert (answer.status, answer.code) == (503, "signer_log_failed")
            assert answer.json["detail"] == "" and answer.headers["Retry-After"]
        monkeypatch.setattr(os, "write", real)
        assert (await rig.sign(rig.structure())).status == 200
        assert check(tmp_path / "log").signed == 2


async def test_a_disk_that_loses_what_was_written_stops_signing_until_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Rig(tmp_path) as rig:
        real = os.fsync

        def fails(_: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(os, "fsync", fails)
        assert (await rig.sign(rig.structure())).code == "signer_log_failed"
        monkeypatch.setattr(os, "fsync", real)
        assert (await rig.sign(rig.structure())).code == "signer_log_failed"
        ready = await rig.call("GET", "/readyz")
        assert ready.status == 503 and ready.json["faults"] == ["signer_log_failed"]
    async with rig:
        assert (await rig.sign(rig.structure())).status == 200
