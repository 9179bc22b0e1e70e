"""`dpr audit`: many prescriptions judged again, from files, folders and the ledger."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dpr.apps.auditing import from_files
from dpr.core import documents, qr
from tests.e2e.cli import ENVIRONMENT, Ran, command, process, run
from tests.e2e.stage import SECRETS, Stage, clean
from tests.world import World


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
    assert ran.code == 0 and summary == {"documents": 2, "accepted": 2, "refused": 0, "unreadable": 0, "codes": {}}
    assert {one["name"] for one in judged} == {one["id"] for one in judged} == ids
    none = clean(run("--site", own.pharmacy, "audit", "--ledger", "--until", "2026-01-01", "--json"))
    assert none.code == 0 and lines(none) == [{"documents": 0, "accepted": 0, "refused": 0, "unreadable": 0, "codes": {}}]


def test_a_site_that_has_received_nothing_has_nothing_to_audit_and_gets_no_ledger(own: Stage) -> None:
    ran = clean(run("--site", own.pharmacy, "audit", "--ledger"))
    assert ran.code == 2 and "audit_nothing_found" in ran.err and not ran.out
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
        ["--ledger", "--since", "2026-11-14", "--until", "2026-11-14"],
        ["--ledger", "--since", "2026-11-14 10:00", "--until", "2026-11-13"],
        ["x.cbor", "--workers", "0"],
        ["missing.cbor"],
    ],
    ids=" ".join,
)
def test_misuse(stage: Stage, words: list[str]) -> None:
    ran = clean(run("--site", stage.pharmacy, "audit", *words))
    assert ran.code == 2 and ran.err and "%" not in ran.err
    assert ("--since must be before --until" in ran.err) == ("--until" in words)


def test_a_time_that_cannot_be_read_is_named_with_how_to_write_it(stage: Stage) -> None:
    for typed in ("yesterday", "1999-12-31", "2026-11-14T"):
        ran = clean(run("--site", stage.pharmacy, "audit", "--ledger", "--since", typed))
        assert ran.code == 2 and "--since" in ran.err and "2026-11-14 10:00" in ran.err
    assert "%Y" not in run("audit", "--help").out


def refused(ran: Ran) -> dict[str, str]:
    """Name → code of what is not accepted."""
    return {one["name"]: one["code"] for one in lines(ran)[:-1] if one["code"] != "accepted"}


def test_a_folder_that_may_not_be_listed_is_named(stage: Stage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir, closed = os.scandir, folder / "monday"

    def guarded(path: Any = ".") -> Any:
        if os.fspath(path) == str(closed):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    ran = clean(run("--site", stage.pharmacy, "audit", folder, "--json"))
    assert refused(ran) == {str(folder / "2.cbor"): "credential_revoked", str(closed): "file_unreadable"}
    assert ran.code == 1 and lines(ran)[-1]["documents"] == 3 and lines(ran)[-1]["unreadable"] == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_file_is_named_and_never_opened(stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "received"
    (folder / "folder.cbor").mkdir(parents=True)
    shutil.copy(stage.rx("one"), folder / "folder.cbor" / "1.cbor")
    os.mkfifo(folder / "pipe.txt")
    (folder / "gone.cbor").symlink_to(folder / "nowhere")
    (folder / "loop.txt").symlink_to(folder / "loop.txt")
    ran = process("--site", str(stage.pharmacy), "audit", folder, "--json")
    odd = [str(folder / name) for name in ("folder.cbor", "gone.cbor", "loop.txt", "pipe.txt")]
    assert ran.code == 1 and refused(ran) == dict.fromkeys(odd, "file_unreadable")
    assert lines(ran)[-1] | {"codes": {}} == {"documents": 1, "accepted": 1, "refused": 0, "unreadable": 4, "codes": {}}
    assert {(one["verdict"], one["digest"]) for one in lines(ran)[:-1] if one["id"] is None} == {("unreadable", None)}
    named = process("--site", str(stage.pharmacy), "--lang", "en", "audit", *odd[1:])
    assert named.code == 1 and "0 prescriptions judged" in named.out and named.out.count("file_unreadable") == 4


def test_one_is_one_prescription(stage: Stage) -> None:
    ran = clean(run("--lang", "en", "--site", stage.pharmacy, "audit", stage.rx("one")))
    assert ran.code == 0 and "1 prescription judged" in ran.out


@pytest.fixture
def texts(stage: Stage) -> tuple[str, str]:
    """A QR text that is accepted, and one that is refused."""
    good, bad = (qr.to_text(stage.rx(name).read_bytes()) for name in ("one", "revoked"))
    return good, bad


def codes_of(stage: Stage, data: bytes, folder: Path) -> list[str]:
    (folder / "codes.txt").write_bytes(data)
    ran = clean(run("--site", stage.pharmacy, "audit", folder / "codes.txt", "--json"))
    return [one["code"] for one in lines(ran)[:-1]]


def test_many_prescriptions_in_several_codes_stand_in_one_file(stage: Stage, tmp_path: Path) -> None:
    world = World()
    pages = []
    for number in range(80):
        value = msgspec.structs.replace(world.prescription(), id=number.to_bytes(16, "big"))
        document = documents.sign(documents.PRESCRIPTION, value, world.prescriber, credential=world.credential())
        pages.append("\n".join(qr.to_texts(document, max_digits=qr.PRINTED_DIGITS // 2)))
    assert pages[0].count("\n") >= 1
    again = pages[3].split("\n")[-1]  # a code that is scanned twice is no other prescription
    (tmp_path / "codes.txt").write_text("\n".join([*pages, again]))
    entries = list(from_files([tmp_path / "codes.txt"]))
    assert len(entries) == len({entry.content for entry in entries}) == 80
    assert not [entry for entry in entries if entry.fault]
    (tmp_path / "codes.txt").write_text("\n".join([*pages[:-1], pages[-1].split("\n")[0]]))
    assert [entry.fault for entry in from_files([tmp_path / "codes.txt"]) if entry.fault] == ["qr_part_missing"]


@pytest.mark.parametrize(
    ("before", "encoding"),
    [("", "utf-8"), ("\n\n", "utf-8"), ("", "utf-8-sig"), ("", "utf-16"), ("  ", "latin-1"), ("Lista:\n", "utf-8")],
    ids=["plain", "blank lines", "mark", "UTF-16", "spaces", "heading"],
)
def test_a_large_file_of_codes_is_text_however_it_begins(
    stage: Stage, texts: tuple[str, str], tmp_path: Path, before: str, encoding: str
) -> None:
    count = 150_000 // len(texts[0])
    codes = codes_of(stage, (before + "\n".join([texts[0]] * count)).encode(encoding), tmp_path)
    assert codes == ["qr_not_dpr"] * before.startswith("L") + ["accepted"] * count


@pytest.mark.parametrize("junk", ["checked by me", "2026-11-14", "42", "ärende 7", "\n\n-- \nline\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_line_that_is_no_code_spoils_only_itself(
    stage: Stage, texts: tuple[str, str], tmp_path: Path, junk: str, encoding: str
) -> None:
    good, bad = texts
    codes = codes_of(stage, f"{good}\n{junk}\n{bad}\n{junk}\n{good}\n".encode(encoding), tmp_path)
    assert codes == ["accepted", "qr_not_dpr", "credential_revoked", "qr_not_dpr", "accepted"]


def test_a_code_may_go_on_over_several_lines(stage: Stage, texts: tuple[str, str], tmp_path: Path) -> None:
    wrapped = "\r\n".join(texts[0][at : at + 76] for at in range(0, len(texts[0]), 76))
    codes = codes_of(stage, f"{wrapped}\r\nnote\r\n{wrapped}\r\n".encode(), tmp_path)
    assert codes == ["accepted", "qr_not_dpr", "accepted"]


def test_a_large_file_that_is_no_text_is_named_and_not_judged(tmp_path: Path) -> None:
    large = tmp_path / "large.cbor"
    large.write_bytes(b"\xd2" + bytes(documents.MAX_DOCUMENT_BYTES))
    [entry] = from_files([large])
    assert entry.fault == "document_too_large"
    large.write_bytes(b"\xd2" + bytes(documents.MAX_DOCUMENT_BYTES - 1))
    assert [entry.fault for entry in from_files([large])] == [None]


@pytest.mark.skipif(sys.platform != "linux", reason="needs names of any bytes")
def test_a_name_is_inert_and_can_be_told_from_another(stage: Stage, tmp_path: Path) -> None:
    for name in (b"a\xff.cbor", b"a\xfe.cbor", "a\x9b31m\u202e.cbor".encode()):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"rubbish")
    ran = process("--site", str(stage.pharmacy), "audit", tmp_path, "--json")
    assert ran.out.replace("\n", "").isprintable()
    assert r"a\udcff.cbor" in ran.out and r"a\udcfe.cbor" in ran.out and r"a\u009b31m\u202e.cbor" in ran.out
    said = {os.fsencode(one["name"]).removesuffix(b":1") for one in lines(ran)[:-1]}
    assert said == {os.fsencode(path) for path in tmp_path.iterdir()}


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
    counts = {"documents": 2250, "accepted": 1500, "refused": 750, "unreadable": 0}
    assert summary == {**counts, "codes": {"credential_revoked": 750}}
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
