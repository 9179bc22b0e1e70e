"""docs/howto-authority.md is followed step by step: every `console` block is run, in order, each from the top folder.

Rules: passphrases come from a file instead of being typed; where a custodian is asked for a fingerprint, the test types the
beginning of the one that the coordinator's own draft has, as it would be read out.
"""

from __future__ import annotations

import hashlib
import os
import pty
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from dpr.core import ceremony, documents
from dpr.core.codes import CODES
from tests.e2e.cli import ROOT, run

PAGE = (ROOT / "docs" / "howto-authority.md").read_text("utf-8")


def blocks() -> list[list[str]]:
    """The commands of each block; a line that ends with a backslash goes on."""
    found = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    joined = [block.replace("\\\n", " ") for block in found]
    return [[line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")] for block in joined]


def typed(command: str, top: Path) -> bytes:
    """What the custodian hears and types: of the coordinator's draft, not of the one that arrived."""
    words = shlex.split(command)
    if words[:3] != ["dpr", "authority", "sign"]:
        return b""
    (draft,) = (top / "coordinator").rglob(words[3])
    return ceremony.read_draft(draft.read_bytes()).fingerprint[:16].encode() + b"\n"


def ran(command: str, top: Path) -> tuple[int, str, str]:
    """A command as it stands there, at a terminal: exit code, and what went to standard error and standard output."""
    words = shlex.split(command)
    if words[0] != "dpr":
        done = subprocess.run(["sh", "-euc", command], capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stderr, done.stdout
    here, there = pty.openpty()
    os.write(here, typed(command, top))
    with os.fdopen(there, encoding="utf-8") as terminal:
        done_here = run("--lang", "en", *words[1:], terminal=terminal, DPR_PASSPHRASE_FILE=str(top.parent / "passphrase"))
    os.close(here)
    return done_here.code, done_here.err, done_here.out


def second_looks(out: str) -> set[str]:
    """The codes whose words stand on the lines with an exclamation mark."""
    lines = [line.removeprefix("! ") for line in out.splitlines() if line.startswith("! ")]
    found = [next(code for code, words in CODES.items() if line.startswith(words.en)) for line in lines]
    assert len(found) == len(set(found))
    return set(found)


#: What the page says of the lines that ask for a second look, by what is signed.
SECOND_LOOKS = {
    "root-1": {"ceremony_first"},
    "trust-list-1": {"ceremony_first"},
    "root-3": {"ceremony_root_replaced", "ceremony_list_loses_quorum", "ceremony_snapshot_loses_quorum"},
    "trust-list-5": {"ceremony_issuer_gone"},
}
#: What `merge` says to type next.
NEXT = ["authority add-issuer se-test issuer.json", *["authority snapshot se-test --key online.pem"] * 3]
NEXT += ["authority snapshot se-test --key online-2.pem"] * 2


def test_the_page_is_followed_from_the_first_key_to_the_last_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top = tmp_path / "top"
    top.mkdir()
    (tmp_path / "passphrase").write_text("nio blå dromedarer\n")
    (tmp_path / "passphrase").chmod(0o600)
    following = []
    for block in blocks():
        monkeypatch.chdir(top)
        for command in block:
            if command.startswith("cd "):
                monkeypatch.chdir(top / command.removeprefix("cd "))
                continue
            code, err, out = ran(command, top)
            allowed = (0, 1) if "trust status" in command else (0,)
            assert code in allowed and "Traceback" not in err, (command, err)
            if "authority sign" in command:
                assert second_looks(out) == SECOND_LOOKS.get(shlex.split(command)[3].removesuffix(".draft"), set()), out
            following += re.findall(r"^Next: dpr (.*)$", out, re.MULTILINE)
    assert following == NEXT
    published, site = top / "coordinator" / "se-test" / "published", top / "apotek"
    root = None
    for version in (1, 2, 3):
        root = documents.open_root((published / "roots" / f"{version}.cbor").read_bytes(), root)
    assert root is not None
    listed = documents.open_trust_list((published / "trust-list.cbor").read_bytes(), root.anchor)
    assert (listed.content.version, [one.name for one in listed.content.issuers]) == (5, ["Kedjan Test"])
    assert documents.open_snapshot((published / "snapshot.cbor").read_bytes(), root).content.minimums["root"] == 3
    assert (site / "root.cbor").read_bytes() == (published / "roots" / "3.cbor").read_bytes(), "the site followed"
    keys = {hashlib.sha256(path.read_bytes()).digest() for path in top.rglob("*.pem")}
    assert not [path for path in published.rglob("*") if path.is_file() and hashlib.sha256(path.read_bytes()).digest() in keys]


def test_every_line_that_the_page_explains_is_one_that_appears() -> None:
    explained = set(re.findall(r"^\| `! ([^`]*)` \|", PAGE, re.MULTILINE))
    said = {words for codes in SECOND_LOOKS.values() for words in (CODES[code].en for code in codes)}
    assert len(explained) == 4 and all(any(one.startswith(row) for one in said) for row in explained), explained


def test_every_code_on_the_page_is_one_of_ours() -> None:
    table = PAGE.partition("## When something is wrong")[2]
    named = set(re.findall(r"^\| `([a-z_]+)`", table, re.MULTILINE))
    assert len(named) > 5 and named <= CODES.keys()
