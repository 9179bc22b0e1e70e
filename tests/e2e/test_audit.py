"""`dpr audit`: many prescriptions judged again, from files, folders and the ledger."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dpr.core import qr
from tests.e2e.cli import ENVIRONMENT, Ran, command, process, run
from tests.e2e.stage import SECRETS, Stage, clean


def lines(ran: Ran) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ran.out.splitlines()]


@pytest.fixture
def folder(stage: Stage, tmp_path: Path) -> Path:
    """Two good documents, one of a revoked prescriber, one QR text, one file of two texts, and rubbish."""
    folder = tmp_path / "received"
    (folder / "monday").mkdir(parents=True)
    shutil.copy(stage.rx("one"), folder / "1.cbor")
    shutil.copy(stage.rx("revoked"), folder / "2.cbor")
    (folder / "3.txt").write_text(qr.to_text(stage.rx("repeats").read_bytes()))
    texts = [qr.to_text(stage.rx(name).read_bytes()) for name in ("one", "repeats")]
    (folder / "monday" / "4.txt").write_text("\n".join(texts) + "\n")
    (folder / "monday" / "5.cbor").write_bytes(b"rubbish")
    (folder / "monday" / "6.txt").write_text(texts[0][:-30])
    (folder / "readme.md").write_text("not looked at")
    return folder


def test_an_audit_counts_by_code_and_names_what_is_refused(stage: Stage, folder: Path) -> None:
    ran = clean(run("--lang", "en", "--site", stage.pharmacy, "audit", folder))
    assert ran.code == 1 and not ran.err
    assert f"✗ {folder / '2.cbor'} [credential_revoked]" in ran.out
    assert "7 prescriptions judged" in ran.out and "  4  ✓ accepted" in ran.out
    assert "[credential_revoked]" in ran.out and "[qr_cut_off]" in ran.out
    swedish = clean(run("--site", stage.pharmacy, "audit", folder / "1.cbor"))
    assert swedish.code == 0 and "1 recept prövade" in swedish.out and "  1  ✓ godtas" in swedish.out
    assert not any(secret in ran.out + swedish.out for secret in SECRETS)


def test_json_is_a_line_each_and_a_summary(stage: Stage, folder: Path) -> None:
    ran = clean(run("--site", stage.pharmacy, "audit", folder, "--json"))
    *judged, summary = lines(ran)
    assert ran.code == 1
    assert [(Path(one["name"]).name, one["code"]) for one in judged[:5]] == [
        ("1.cbor", "accepted"),
        ("2.cbor", "credential_revoked"),
        ("3.txt:1", "accepted"),
        ("4.txt:1", "accepted"),
        ("4.txt:2", "accepted"),
    ]
    assert summary["documents"] == 7 and summary["accepted"] == 4 and summary["refused"] == 3
    assert summary["codes"]["credential_revoked"] == 1 and sum(summary["codes"].values()) == 3
    alone = clean(run("--site", stage.pharmacy, "verify", stage.rx("one"), "--json")).json
    assert judged[0]["id"] == alone["id"] and judged[0]["digest"] == alone["digest"]
    assert [check["code"] for check in judged[0]["checks"]] == [check["code"] for check in alone["checks"]]


def test_what_was_received_is_judged_as_of_then(own: Stage) -> None:
    ids = {own.receive("one"), own.receive("repeats")}
    ran = clean(run("--site", own.pharmacy, "audit", "--ledger", "--since", "2026-01-01", "--json"))
    *judged, summary = lines(ran)
    assert ran.code == 0 and summary == {"documents": 2, "accepted": 2, "refused": 0, "codes": {}}
    assert {one["name"] for one in judged} == {one["id"] for one in judged} == ids
    none = clean(run("--site", own.pharmacy, "audit", "--ledger", "--until", "2026-01-01", "--json"))
    assert none.code == 0 and lines(none) == [{"documents": 0, "accepted": 0, "refused": 0, "codes": {}}]


def test_a_site_that_has_received_nothing_gets_no_ledger(own: Stage) -> None:
    assert clean(run("--site", own.pharmacy, "audit", "--ledger")).code == 0
    assert not (own.pharmacy / "ledger.db").exists()


def test_files_can_be_judged_as_of_another_time(stage: Stage) -> None:
    late = run("--site", stage.pharmacy, "audit", stage.rx("one"), "--at", "2199-01-01", "--json")
    assert late.code == 1 and lines(late)[0]["code"] == "expired"
    early = run("--site", stage.pharmacy, "audit", stage.rx("one"), "--at", "2020-01-01", "--json")
    assert early.code == 1 and lines(early)[0]["code"] == "authored_in_future"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["x.cbor", "--ledger"],
        ["x.cbor", "--since", "2026-11-14"],
        ["--ledger", "--at", "2026-11-14"],
        ["--ledger", "--since", "yesterday"],
        ["--ledger", "--since", "9999-12-31"],
        ["x.cbor", "--workers", "0"],
        ["missing.cbor"],
    ],
    ids=" ".join,
)
def test_misuse(stage: Stage, words: list[str]) -> None:
    ran = clean(run("--site", stage.pharmacy, "audit", *words))
    assert ran.code == 2 and ran.err


def test_a_folder_without_documents_is_misuse(stage: Stage, tmp_path: Path) -> None:
    ran = clean(run("--site", stage.pharmacy, "audit", tmp_path))
    assert ran.code == 2 and "audit_nothing_found" in ran.err


def test_a_large_audit_on_several_cores_is_the_same(stage: Stage, tmp_path: Path) -> None:
    many = tmp_path / "many.txt"
    texts = [qr.to_text(stage.rx(name).read_bytes()) for name in ("one", "repeats", "revoked")]
    many.write_text("\n".join(texts * 25))
    paths = [many] * 30
    ran = process("--site", str(stage.pharmacy), "audit", *paths, "--workers", "2", "--json")
    *judged, summary = lines(ran)
    assert ran.code == 1 and not ran.err
    assert summary == {"documents": 2250, "accepted": 1500, "refused": 750, "codes": {"credential_revoked": 750}}
    assert [one["code"] for one in judged] == ["accepted", "accepted", "credential_revoked"] * 750


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_the_progress_bar_is_on_standard_error_alone(stage: Stage, folder: Path) -> None:
    terminal, end = os.openpty()
    words = command("--site", stage.pharmacy, "audit", folder, "--json")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=end, env=ENVIRONMENT | {"TERM": "xterm"}) as process:
        os.close(end)
        drawn = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while piece := os.read(terminal, 4096):
                drawn += piece
        assert process.stdout is not None
        said = process.stdout.read().decode()
    os.close(terminal)
    assert process.returncode == 1 and "prövar".encode() in drawn and b"credential_revoked" not in drawn
    assert [json.loads(line) for line in said.splitlines()][-1]["documents"] == 7
