"""docs/howto-region.md is followed step by step: every `console` block is run, in order, in one folder.

Rules: passphrases come from a file instead of being typed; `examples` lies beside the folder, as the page asks. The shell takes
each command apart; what it would start as `dpr` is run in this process.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dpr.apps import people_csv
from dpr.core import documents
from dpr.core.codes import CODES
from tests.e2e.cli import ROOT, run
from tests.e2e.stage import done

PAGE = (ROOT / "docs" / "howto-region.md").read_text("utf-8")
#: Exit codes that a step may have besides 0: what is held may be worse than fresh.
ALSO = {"trust status": 1}


def commands() -> list[str]:
    """The commands of the page; one that goes on over several lines is one."""
    blocks = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return [command.strip() for block in blocks for command in re.split(r"^\$ ", block, flags=re.MULTILINE) if command.strip()]


def calls(command: str) -> list[list[str]]:
    """What a command starts as `dpr`, each with its words as the shell makes them; everything else in it is done."""
    function = r"""dpr() { printf '%s\037' "$@"; printf '\036'; }; """
    done_here = subprocess.run(["sh", "-euc", function + command], capture_output=True, text=True, timeout=60, check=True)
    return [call.split("\037")[:-1] for call in done_here.stdout.split("\036")[:-1]]


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the page was followed."""
    folder = tmp_path_factory.mktemp("howto-region")
    top, secret = folder / "top", folder / "passphrase"
    top.mkdir()
    shutil.copytree(ROOT / "examples", folder / "examples")
    secret.write_text("nio blå dromedarer\n", "utf-8")
    secret.chmod(0o600)
    with contextlib.chdir(top):
        for command in commands():
            allowed = {0, *(code for words, code in ALSO.items() if words in command)}
            for words in calls(command):
                ran = run("--lang", "en", *words, DPR_PASSPHRASE_FILE=str(secret))
                assert ran.code in allowed and "Traceback" not in ran.err, (command, ran)
    return top


def test_who_was_left_in_force_is_in_force_and_who_was_revoked_is_revoked(top: Path) -> None:
    listed = {row["code"]: row for row in done("issuer", "list", top / "region", "--json").json}
    assert {code: row["status"] for code, row in listed.items()} == {
        "9812345": "revoked",
        "9823456": "valid",
        "9834567": "revoked_later",
        "9845678": "valid",
        "9856789": "valid",
        "": "valid",  # the node
    }
    assert listed["9812345"]["reason"] == "key_compromised" and listed["9834567"]["reference"] == "CASE-21"
    assert [listed[code]["planned_outage"] for code in ("9823456", "9845678")] == ["CASE-17"] * 2


def test_a_pharmacy_that_followed_the_page_accepts_the_new_key_and_refuses_the_stolen_one(top: Path) -> None:
    from dpr.adapters.trust_files import TrustFiles

    trust = TrustFiles(top / "apotek").load()
    renewed = documents.open_credential((top / "credentials" / "9823456.cbor").read_bytes(), trust).credential
    answer = trust.status(renewed)
    assert answer is not None and answer.status is not None and answer.status.name == "VALID"
    revoked = {row["code"]: row["status_index"] for row in done("issuer", "list", top / "region", "--json").json}
    (revocations,) = trust.revocations.values()
    assert {one.idx for one in revocations.content.entries} == {revoked["9812345"], revoked["9834567"]}
    (status,) = trust.status_lists.values()
    assert str(status.entries[revoked["9812345"]]) == "1" and str(status.entries[revoked["9834567"]]) == "0", "not yet"


def test_the_page_ends_with_lists_that_the_authority_and_the_pharmacy_take(top: Path) -> None:
    taken, named = (top / "region" / "published").rglob("*.cbor"), top / "authority" / "published"
    for path in taken:
        assert (named / path.relative_to(top / "region" / "published")).read_bytes() == path.read_bytes()
    snapshot = done("--lang", "en", "authority", "snapshot", top / "authority")
    assert "! " not in snapshot.out, "the snapshot takes every list that is there"
    assert not (top / "region" / "issuer.next.json").exists() and not (top / "region" / "key.next.pem").exists()


def test_nothing_that_is_published_has_a_name_or_a_code(top: Path) -> None:
    published = b"".join(path.read_bytes() for path in (top / "region" / "published").rglob("*.cbor"))
    assert published and not [one for one in ("Lindström", "9812345", "08-465") if one.encode() in published]
    written = json.loads((top / "region" / "issuer.json").read_text("utf-8"))
    assert len(written["keys"]) == 2, "the key, and the reserve"


def test_the_page_names_every_column_and_only_codes_and_commands_that_there_are() -> None:
    table = PAGE.partition("| column |")[2].partition("```")[0]
    assert set(re.findall(r"`(\w+)`", table)) == {*people_csv.COLUMNS, "request"}
    named = set(re.findall(r"^\| `([a-z_]+)` \|", PAGE.partition("## At three")[2], re.MULTILINE))
    assert len(named) >= 4 and named <= CODES.keys()
    for words in set(re.findall(r"dpr (issuer [a-z-]+)", PAGE)):
        assert run(*words.split(), "--help").code == 0, words
