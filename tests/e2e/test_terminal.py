"""Any terminal, pipe and disk: what cannot be shown is replaced, what cannot be written is told, and a fault of the program
ends as one, without anybody's data."""

from __future__ import annotations

import subprocess
from pathlib import Path
from unittest import mock

import pytest

from dpr.apps import queue_words
from dpr.core import qr, verify
from dpr.core.backreg import Event, State
from tests.e2e.cli import ENVIRONMENT, command, process, run
from tests.e2e.stage import SECRETS, Stage


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_a_verdict_is_readable_in_every_encoding(stage: Stage, encoding: str) -> None:
    words = command("--site", stage.pharmacy, "verify", stage.rx("one"))
    ran = subprocess.run(words, capture_output=True, check=False, env=ENVIRONMENT | {"PYTHONIOENCODING": encoding})
    out = ran.stdout.decode(encoding)
    assert ran.returncode == 0 and not ran.stderr
    assert ("✓ GODTAS" if encoding == "utf-8" else "OK GODTAS") in out
    assert (": äkta och giltigt" in out) is (encoding != "ascii")


def test_json_is_whole_in_every_encoding(stage: Stage) -> None:
    ran = process("--site", stage.pharmacy, "verify", stage.rx("one"), "--json", PYTHONIOENCODING="ascii")
    assert ran.json == run("--site", stage.pharmacy, "verify", stage.rx("one"), "--json").json | {
        "checks": ran.json["checks"]  # which hold ages
    }


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_no_success(stage: Stage) -> None:
    with Path("/dev/full").open("wb") as full:
        words = command("--site", stage.pharmacy, "verify", stage.rx("one"), "--json")
        ran = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, check=False, env=ENVIRONMENT)
    assert ran.returncode == 2 and b"[file_unusable]" in ran.stderr and b"Traceback" not in ran.stderr


def test_a_reader_that_leaves_early_is_no_fault(stage: Stage) -> None:
    words = command("--site", stage.pharmacy, "trust", "status")
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)
    assert running.stdout is not None and running.stderr is not None
    running.stdout.close()
    assert running.stderr.read() == b""
    running.stderr.close()
    assert running.wait(60) in (0, 1)


def test_no_standard_input_is_nothing_to_read(stage: Stage) -> None:
    words = " ".join(command("--site", stage.pharmacy, "verify", "-"))
    ran = subprocess.run(["sh", "-c", f"{words} <&-"], capture_output=True, check=False, env=ENVIRONMENT)
    assert ran.returncode == 1 and b"[qr_empty]" in ran.stderr


def test_a_hostile_code_cannot_speak_to_the_terminal(stage: Stage) -> None:
    ran = run("scan", "--raw", "-", stdin=b"\x1b[2J\x1b]0;title\x07<b>%s\xe2\x80\xae")
    assert ran.code == 0 and "\x1b" not in ran.out and "\x07" not in ran.out and "\u202e" not in ran.out
    assert "<b>%s" in ran.out


@pytest.mark.parametrize("json", [[], ["--json"]])
def test_a_fault_of_the_program_says_where_and_nothing_else(stage: Stage, json: list[str]) -> None:
    fault = TypeError("Tolvan Tolvansson 191212121212")
    with mock.patch.object(qr, "read", side_effect=fault):
        ran = run("--site", stage.pharmacy, "verify", "-", *json, stdin=b"DPR1")
    assert ran.code == 70 and "[program_fault]" in ran.err and "dpr status" in ran.err
    assert "TypeError" in ran.err and "inputs.py:" in ran.err and "Traceback" not in ran.err
    assert not [secret for secret in SECRETS if secret in ran.err + ran.out]


def test_a_fault_inside_the_verdict_is_a_refusal(stage: Stage) -> None:
    with mock.patch.object(verify, "judge", side_effect=ZeroDivisionError):
        ran = run("--site", stage.pharmacy, "verify", stage.rx("one"))
    assert ran.code == 1 and "[internal_error]" in ran.out


def test_every_state_and_event_of_the_queue_has_words() -> None:
    for language in ("sv", "en"):
        states = {queue_words.state_words(state, language) for state in State}
        events = {queue_words.event_words(event, language) for event in Event}
        assert len(states) == len(State) and len(events) == len(Event)
    assert queue_words.row_words("twin_in_register", "en").endswith("[twin_in_register]")
    assert queue_words.row_words("several_in_register: 1, 2", "sv").endswith("(1, 2) [several_in_register]")
    assert queue_words.row_words("F.001 giltig förskrivarkod saknas", "en") == "F.001 giltig förskrivarkod saknas"
