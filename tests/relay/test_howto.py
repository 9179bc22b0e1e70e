"""docs/howto-relay.md is followed step by step: every `console` block is run, in order, by a shell, in one new folder.

Rules: the passphrase comes from a file instead of being typed; the port is one that is free.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dpr.apps.relay.config import Settings
from dpr.core.codes import CODES
from tests.e2e.cli import ENVIRONMENT, ROOT
from tests.relay.rig import free_port

PROGRAM = f"{sys.executable} -m dpr"
NEEDS = [program for program in ("bash", "curl", "openssl") if shutil.which(program) is None]
pytestmark = pytest.mark.skipif(bool(NEEDS), reason=f"not here: {', '.join(NEEDS)}")
PAGE = (ROOT / "docs" / "howto-relay.md").read_text("utf-8")


def commands(page: str) -> str:
    """What the `console` blocks of a page type."""
    blocks = re.findall(r"^```console\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return "".join(re.sub(r"^\$ ", "", block, flags=re.MULTILINE) for block in blocks)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which the page was followed, and what was said."""
    top = tmp_path_factory.mktemp("howto-relay")
    secret = top / "passphrase"
    secret.write_text("nio blå dromedarer\n", "utf-8")
    secret.chmod(0o600)
    folder = top / "new"
    folder.mkdir()
    # `exec` where it goes to the background, so that the one that is terminated is the relay.
    dpr = f'dpr() {{ if [ "$1 $2" = "relay serve" ]; then exec {PROGRAM} "$@"; else {PROGRAM} "$@"; fi; }}\n'
    dpr += 'trap "kill %1" ERR\n'
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", dpr + commands(PAGE).replace("8440", str(free_port()))],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env=ENVIRONMENT | {"DPR_PASSPHRASE_FILE": str(secret), "PATH": os.environ["PATH"]},
    )
    log = folder / "relay.log"
    assert done.returncode == 0, (done.stdout, done.stderr, log.read_text() if log.exists() else "")
    return folder, done.stdout


def test_who_follows_the_page_has_a_relay_that_is_ready(followed: tuple[Path, str]) -> None:
    folder, said = followed
    decoder = json.JSONDecoder()
    about, at = decoder.raw_decode(said, said.index('{"name"'))
    ready, _ = decoder.raw_decode(said, at)
    assert about["name"] == "Relä Nord" and about["environment"] == "test" and about["queues"] is None
    assert ready["ready"] and ready["faults"] == []
    assert (folder / "list.cbor").read_bytes() == (folder / "authority" / "published" / "trust-list.cbor").read_bytes()
    assert "✓ identity  Relä Nord: every queue" in said and "✓ tls" in said and "✗" not in said


def test_the_relay_of_the_page_ended_in_order_and_logged_what_it_did(followed: tuple[Path, str]) -> None:
    lines = [json.loads(line) for line in (followed[0] / "relay.log").read_text("utf-8").splitlines()]
    assert [(line["route"], line["status"]) for line in lines if line["event"] == "request"] == [
        ("/v1", 200),
        ("/health/ready", 200),
        ("/v1/lists/{name}", 200),
    ]
    assert (followed[0] / "relay" / "relay.db").stat().st_mode & 0o777 == 0o600


def test_the_page_names_only_codes_settings_and_numbers_that_there_are() -> None:
    named = set(re.findall(r"^\| (.*?) \|", PAGE.partition("## 7.")[2], re.MULTILINE)) - {"code", "---"}
    codes = {code for row in named for code in re.findall(r"`([a-z_]+)`", row)}
    assert len(codes) > 8 and codes <= CODES.keys()
    settings = {"requests_per_second", "stop_seconds", "connections_per_address", "waiting", "addresses", "requests"}
    written = str(Settings.__struct_fields__) + (ROOT / "dpr" / "apps" / "relay" / "template.py").read_text("utf-8")
    assert {name for name in settings if name not in written or f"`{name}" not in PAGE} == set()
