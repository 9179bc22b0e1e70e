"""The reference register as a program: its file, its log, its start and its end."""

from __future__ import annotations

import logging
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest

from dpr.apps.register import create_app, run
from dpr.apps.register.store import Store
from dpr.apps.register.tables import open_file
from dpr.core.errors import SetupError, StorageError
from tests.fuzz.naughty import NAUGHTY
from tests.register.rig import TOLVAN, Rig


async def test_what_is_held_survives_a_restart(tmp_path: Path) -> None:
    async with Rig(tmp_path / "register.db") as rig:
        patient, answer = await rig.patient(), await rig.registered()
    async with Rig(tmp_path / "register.db") as rig:
        assert await rig.patient() == patient
        assert (await rig.get(f"/MedicationRequest/{answer.id}")).status == 200


async def test_a_commit_is_durable_when_it_is_answered(tmp_path: Path) -> None:
    async with Rig(tmp_path / "register.db") as rig:
        await rig.registered()
        with sqlite3.connect(tmp_path / "register.db") as other:
            assert other.execute("SELECT count(*) FROM resource").fetchone() == (1,)
        engine = open_file(tmp_path / "register.db")
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        engine.dispose()


def full_file(path: Path) -> bytes:
    store = Store(open_file(path))
    for number in range(200):
        store.patient_id("urn:test", f"{number:0100}", make=True)
    store.close()
    return path.read_bytes()


@pytest.mark.parametrize("damage", ["empty", "noise", "half", "last page", "header", "middle", "other program"])
def test_a_torn_file_or_another_programs_is_a_named_error_and_stays_as_it_is(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "register.db"
    good = full_file(path)
    if damage == "other program":
        path.unlink()
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE resource (id)")
    else:
        middle = len(good) // 2 // 4096 * 4096
        path.write_bytes(
            {
                "empty": b"",
                "noise": b"\x07" * 10_000,
                "half": good[:middle],
                "last page": good[:-100],
                "header": b"\0" * 100 + good[100:],
                "middle": good[:middle] + b"\xff" * 4096 + good[middle + 4096 :],
            }[damage]
        )
    before = path.read_bytes()
    with pytest.raises(StorageError) as caught:
        create_app(path)
    assert caught.value.code == "register_database"
    assert str(tmp_path) not in str(caught.value)
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_made_is_a_named_error(tmp_path: Path) -> None:
    for path in (tmp_path / "no" / "register.db", tmp_path):
        with pytest.raises(StorageError) as caught:
            create_app(path)
        assert caught.value.code == "register_database"


def test_a_new_file_leaves_nothing_beside_it(tmp_path: Path) -> None:
    Store(open_file(tmp_path / "register.db")).close()
    assert [path.name for path in tmp_path.iterdir()] == ["register.db"]


async def test_a_file_that_breaks_later_is_answered_without_a_traceback(tmp_path: Path) -> None:
    async with Rig(tmp_path / "register.db") as rig:
        await rig.patient()
        with sqlite3.connect(tmp_path / "register.db") as other:
            other.execute("DROP TABLE patient")
        answer = await rig.get("/Patient", params={"identifier": "|".join(TOLVAN)})
        assert (answer.status, answer.codes) == (500, {"failed"})
        assert "patient" not in answer.body["issue"][0]["diagnostics"]


async def test_the_log_has_patterns_and_statuses_and_nobodys_identity(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    request_id = (await rig.registered()).id
    await rig.get(f"/MedicationRequest/{request_id}")
    await rig.get("/unknown/191212121212")
    await rig.rehearse({"fault": "down", "times": 1})
    with pytest.raises(aiohttp.ClientError):
        await rig.get("/Patient/7")
    lines = [record.getMessage() for record in caplog.records if record.name == "dpr.register"]
    assert lines == [
        "GET /Patient 200",
        "POST /MedicationRequest 201",
        "GET /MedicationRequest/{id} 200",
        "GET (no route) 404",
        "PUT /_rehearsal 200",
        "GET /Patient/{id} dropped",
    ]
    ours = "".join(record.getMessage() for record in caplog.records if not record.name.startswith(("asyncio", "aiosqlite")))
    assert "191212121212" not in ours and request_id not in ours and "Tolvan" not in ours


async def test_nothing_that_a_stranger_writes_reaches_the_log(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for text in NAUGHTY.values():
        quoted = quote(text[:300], errors="surrogatepass")
        await rig.get(f"/MedicationRequest/{quoted}")
        await rig.get(f"/Patient?identifier={quoted}")
        await rig.post(
            {"resourceType": "MedicationRequest", "note": [{"text": text[:300].encode("utf-8", "replace").decode()}]}
        )
    lines = {record.getMessage() for record in caplog.records if record.name.startswith(("dpr", "aiohttp"))}
    allowed = r"(GET|POST) (/[A-Za-z]+(/\{id\})?|\(no route\)) [0-9]{3}"
    assert len(lines) >= 3 and [line for line in lines if not re.fullmatch(allowed, line)] == []


START = "from dpr.apps.register import run; from pathlib import Path; run('127.0.0.1', 0, Path('register.db'))"


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_answers_and_ends_when_it_is_told(tmp_path: Path, end: signal.Signals) -> None:
    root = str(Path(__file__).resolve().parent.parent.parent)
    process = subprocess.Popen(
        [sys.executable, "-c", START],
        cwd=tmp_path,
        env={"PYTHONPATH": root},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[0]
        with urllib.request.urlopen(f"{address}/metadata", timeout=10) as answer:
            assert answer.status == 200
        process.send_signal(end)
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, "Traceback" in errors) == (0, False), errors
    assert [path.name for path in tmp_path.iterdir()] == ["register.db"]


def test_an_address_that_is_taken_is_a_named_error(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SetupError) as caught:
            run("127.0.0.1", taken.getsockname()[1], tmp_path / "register.db")
    assert caught.value.code == "register_address"
