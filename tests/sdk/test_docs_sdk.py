"""docs/sdk.md: its commands are run in order in one folder, its settings are the folder's, its tables are the code's."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dpr.adapters.mail_db import MailDb
from dpr.adapters.sdk import envelope, kvittens
from dpr.adapters.sdk.journal import Journal, Record, Stage, Way
from dpr.adapters.sdk.reasons import REASONS
from dpr.apps.sdk.answers import RECEIPTED
from dpr.apps.sdk.settings import load
from dpr.core.attached import FILE_NAME
from dpr.core.mail.receipt import NO_RECEIPT, Outcome, ReceiptContent, ReceiptType
from dpr.core.trust_list import Environment
from tests.e2e.cli import ENVIRONMENT, Ran, run
from tests.mail_world import ORIGIN, MailWorld
from tests.sdk import samples
from tests.sdk.gateway_site import PAGE, SETTINGS, site

FEDERATION = "urn:fdc:digg.se:edelivery:federation:test"


def commands() -> list[list[str]]:
    """The words of each command on the page after `dpr`."""
    blocks = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert all(line.startswith("$ dpr ") for line in lines)
    return [shlex.split(line.removeprefix("$ dpr ")) for line in lines]


@pytest.fixture
def world() -> MailWorld:
    return MailWorld(now=int(time.time()) - 60)


def followed(folder: Path) -> list[Ran]:
    with contextlib.chdir(folder):
        return [run("--lang", "en", *words) for words in commands()]


def test_the_page_is_followed_and_a_prescription_goes_through(tmp_path: Path, world: MailWorld) -> None:
    brygga = site(tmp_path / "brygga", world)
    pdf = samples.pdf_of(world, world.prescription_document())
    message = samples.message(pdf, created=world.now)
    (brygga / "from-sdk").mkdir()
    (brygga / "from-sdk" / "m.xml").write_bytes(samples.message_file(message, federation=FEDERATION))
    taken, out, status = followed(tmp_path)
    assert (taken.code, taken.err) == (0, "")
    assert "✓ m.xml: put into the outbox" in taken.out
    assert (out.code, out.out) == (0, "Receipts to SDK: 0. Answers to senders: 0.\n")
    assert (status.code, f"… from SDK {samples.MESSAGE_ID}, 0203:region-norr.example" in status.out) == (0, True)
    answered(brygga, world)
    _, out, status = followed(tmp_path)
    assert out.code == 0
    assert (status.code, status.out) == (0, "Nothing waits for an answer.\n")
    (path,) = (brygga / "to-sdk").glob("*.xml")
    receipt = kvittens.read(envelope.read(path.read_bytes()))
    assert (receipt.accepted, receipt.refers_to) == (True, samples.MESSAGE_ID)


def answered(folder: Path, world: MailWorld) -> None:
    """The pharmacy has accepted the one message in the outbox."""
    with MailDb.open(folder / "mail.db", now=world.now) as db:
        (row,) = db.outbox.messages()
        content = ReceiptContent(
            type=ReceiptType.R4, queue=row.queue, message_id=row.message_id, digest=row.digest, documents=row.documents,
            outcome=Outcome.ACCEPTED,
        )  # fmt: skip
        db.outbox.keep_receipts(row.message_id, ORIGIN, [world.pharmacy_stamp()(content, world.now + 30)])
        assert NO_RECEIPT


def test_what_is_refused_says_why_and_shows_in_the_exit_code(tmp_path: Path, world: MailWorld) -> None:
    brygga = site(tmp_path / "brygga", world)
    (brygga / "from-sdk").mkdir()
    (brygga / "from-sdk" / "m.xml").write_bytes(samples.message_file(samples.message(), federation=FEDERATION))
    (brygga / "from-sdk" / "x.xml").write_bytes(b"<torn")
    ran = run("--site", brygga, "sdk", "in")
    assert ran.code == 1
    assert "✗ m.xml: avvisat." in ran.out and "[sdk_no_prescription]" in ran.out
    assert "✗ x.xml: avvisat." in ran.out and "[sdk_xml]" in ran.out
    assert "Kvittenser till SDK: 1." in ran.out
    again = run("--site", brygga, "sdk", "in", "--json")
    assert (again.code, again.json) == (0, {"passed": [], "receipts_written": 0, "answered": 0, "not_answered": []})


def test_what_waits_for_too_long_shows_in_the_exit_code(tmp_path: Path, world: MailWorld) -> None:
    brygga = site(tmp_path / "brygga", world)
    (brygga / "from-sdk").mkdir()
    pdf = samples.pdf_of(world, world.prescription_document())
    (brygga / "from-sdk" / "m.xml").write_bytes(samples.message_file(samples.message(pdf), federation=FEDERATION))
    assert run("--site", brygga, "sdk", "in").code == 0
    assert run("--site", brygga, "sdk", "status").code == 0
    (record,) = (brygga / "sdk" / "in").glob("*.json")
    said = json.loads(record.read_bytes())
    record.write_text(json.dumps(said | {"at": said["at"] - 30 * 86_400}))
    late = run("--site", brygga, "sdk", "status")
    assert late.code == 1
    assert "✗ från SDK" in late.out and "Ring mottagaren" in late.out
    (row,) = run("--site", brygga, "sdk", "status", "--json").json
    assert (row["too_long"], row["with"]) == (True, samples.REGION.organisation)


def test_an_answer_whose_message_is_gone_is_named_by_each_run_and_by_status(tmp_path: Path, world: MailWorld) -> None:
    brygga, at = site(tmp_path / "brygga", world), int(datetime.now(UTC).timestamp())
    record = Record(
        key=samples.MESSAGE_ID, way=Way.OUT, stage=Stage.ANSWERING, sdk_id=samples.MESSAGE_ID, file="", at=at - 30 * 86_400,
        digest=bytes(32).hex(), accepted=True, code="sdk_accepted",
        other=("0203:a.example", "f"), own=("0203:b.example", "g"),
    )  # fmt: skip
    Journal(brygga / "sdk").put(record)
    for command in ("in", "out"):
        ran = run("--lang", "en", "--site", brygga, "sdk", command)
        assert ran.code == 1 and f"✗ {samples.MESSAGE_ID}: SDK has answered" in ran.out
    assert run("--site", brygga, "sdk", "out", "--json").json["not_answered"] == [samples.MESSAGE_ID]
    ran = run("--lang", "en", "--site", brygga, "sdk", "status")
    assert ran.code == 1 and "its answer is not handed on" in ran.out and "SDK has answered" in ran.out
    (row,) = run("--site", brygga, "sdk", "status", "--json").json
    assert (row["answered"], row["too_long"]) == (True, True)


def test_again_and_again_it_takes_what_comes_and_survives_a_fault_of_the_machine(tmp_path: Path, world: MailWorld) -> None:
    brygga = site(tmp_path / "brygga", world)
    settings = (brygga / "sdk.toml").read_bytes()
    (brygga / "sdk.toml").unlink()
    command = [sys.executable, "-m", "dpr", "--lang", "en", "--site", brygga, "sdk", "in", "--every", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT) as running:
        try:
            assert running.stderr is not None
            said = running.stderr.readline()
            (brygga / "sdk.toml").write_bytes(settings)
            (brygga / "from-sdk").mkdir(exist_ok=True)
            (brygga / "from-sdk" / ".x").write_bytes(b"<torn")
            (brygga / "from-sdk" / ".x").rename(brygga / "from-sdk" / "x.xml")
            assert running.stdout is not None
            out = running.stdout.readline()
        finally:
            running.terminate()
        _, err = running.communicate(timeout=10)
    assert "[file_missing]" in said and "Traceback" not in err
    assert out.startswith("✗ x.xml: refused.")
    assert (brygga / "from-sdk" / "failed" / "x.xml").exists()


def test_a_folder_without_settings_says_so(tmp_path: Path, world: MailWorld) -> None:
    brygga = site(tmp_path / "brygga", world)
    (brygga / "sdk.toml").unlink()
    ran = run("--site", brygga, "sdk", "in")
    assert ran.code == 2 and "[file_missing]" in ran.err


def test_the_settings_on_the_page_are_settings(tmp_path: Path) -> None:
    path = tmp_path / "sdk.toml"
    path.write_text(SETTINGS, "utf-8")
    found = load(path, environment=Environment.TEST)
    assert found.sender is not None
    assert found.sender.function == "sdk.dpr.brygga"
    uncommented = re.sub(r'^# (\w+ = "[^"]*").*$', r"\1", SETTINGS, flags=re.MULTILINE)
    path.write_text(uncommented, "utf-8")
    assert load(path, environment=Environment.TEST) == found


def test_the_table_of_reasons_on_the_page_is_the_codes() -> None:
    rows = re.findall(r"^\| `([a-z0-9_]+)` \| (SV|BV|SIG) \| ([a-z-]+) \|$", PAGE, re.MULTILINE)
    assert tuple(rows) == REASONS
    assert f"`{FILE_NAME}`" in PAGE


def test_the_page_names_what_is_receipted_and_what_is_not() -> None:
    assert {state.value for state in RECEIPTED} == {"accepted", "rejected", "quarantined", "expired", "withdrawn", "conflict"}
    for words in ("accepted (R4)", "rejected (R4)", "quarantined (N2)", "expired at every relay (N1)", "withdrawn by"):
        assert words in PAGE
