"""`dpr` writes nothing anywhere but the files that it was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.cli import process, run
from tests.e2e.stage import Stage, clean, done

GROUND = ("--decided-by", "Leila Haddad", "--reason", "NLL svarar inte", "--since", "2026-01-02")


def contents(folder: Path) -> dict[Path, bytes | None]:
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, home and directory for temporary files."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(folder))
    return folder


@pytest.mark.parametrize(
    "words",
    [["verify"], ["scan"], ["trust", "status"], ["products", "find", "alvedon"], ["products", "about"], ["status"]],
    ids=" ".join,
)
def test_a_command_that_reads_changes_nothing(own: Stage, elsewhere: Path, words: list[str]) -> None:
    before = contents(own.folder)
    source = [own.rx("one")] if words[0] in ("verify", "scan") else []
    done("--site", own.pharmacy, *words, *source)
    assert contents(own.folder) == before and not contents(elsewhere)


def test_printing_leaves_the_files_that_were_named(own: Stage, elsewhere: Path) -> None:
    before = contents(own.folder)
    here = str(elsewhere)
    named = [word for kind in ("pdf", "png", "svg") for word in (f"--{kind}", f"rx.{kind}")]
    ran = clean(process("--site", own.clinic, "print", own.rx("one"), *named, HOME=here, TMPDIR=here, XDG_CACHE_HOME=here))
    assert ran.code == 0 and {path.name for path in contents(elsewhere)} == {"rx.pdf", "rx.png", "rx.svg"}
    assert contents(own.folder) == before


def test_the_counter_writes_the_ledger_alone(own: Stage, elsewhere: Path) -> None:
    before = contents(own.folder)
    id = own.receive("one")
    done("--site", own.pharmacy, "dispense", id, "--as", own.pharmacist, *GROUND)
    done("--site", own.pharmacy, "status")
    done("--site", own.pharmacy, "report")
    assert contents(own.folder).keys() - before.keys() == {own.pharmacy / "ledger.db"}
    assert {path: contents(own.folder)[path] for path in before} == before and not contents(elsewhere)


def test_a_site_that_is_not_there_is_not_made(tmp_path: Path, elsewhere: Path, stage: Stage) -> None:
    for words in (["status"], ["report"], ["verify", stage.rx("one")], ["products", "find", "x"], ["trust", "status"]):
        ran = clean(run("--site", tmp_path / "typo", *words))
        assert ran.code == 2 and "[site_missing]" in ran.err and "--site" in ran.err
    assert not (tmp_path / "typo").exists() and not contents(elsewhere)


def test_a_failed_step_leaves_no_half_made_file(own: Stage, elsewhere: Path) -> None:
    out = elsewhere / "directory" / "rx.cbor"
    out.parent.mkdir()
    out.mkdir()
    before = contents(own.folder)
    people = ("--key", own.person("prescriber", "pem"), "--credential", own.person("prescriber", "cbor"))
    ran = clean(run("--site", own.clinic, "prescribe", own.person("prescriber", "json"), *people, "--out", out))
    assert ran.code == 1
    assert contents(own.folder) == before and list(contents(elsewhere)) == [out.parent, out]
