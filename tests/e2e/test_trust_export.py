"""`dpr trust export`: what a site judges by, for another verifier."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dpr.core import case, freshness, steps, verify
from dpr.core.policy import VERDICT_KEYS
from tests.e2e.stage import Stage, done

NODE = shutil.which(Path(sys.prefix) / "bin" / "node")
ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_policy_key_that_a_step_uses_is_exported_and_specified() -> None:
    judging = (steps, case, freshness, verify)
    used = {key for one in judging for key in re.findall(r"policy\.(\w+)", Path(one.__file__).read_text("utf-8"))}
    assert used == set(VERDICT_KEYS)


def verdicts(own: Stage, command: list[str]) -> str:
    """What `command` says of a good prescription of the stage, judged by what the pharmacy exports."""
    site = done("--site", own.pharmacy, "trust", "export").json
    now = datetime.now(UTC).isoformat()
    request = {"number": 1, "layer": "prescription", "input": Path(own.rx("one")).read_bytes().hex(), "now": now, **site}
    ran = subprocess.run(command, input=json.dumps(request) + "\n", capture_output=True, text=True, cwd=ROOT, check=True)
    return str(json.loads(ran.stdout)["verdict"])


def test_what_is_exported_is_enough_to_judge_by(own: Stage) -> None:
    (held,) = Path(own.pharmacy).rglob("trust-list.cbor")
    (held.parent / "credentials").mkdir(exist_ok=True)
    (held.parent / "credentials" / "torn.cbor").write_bytes(b"\xd2\x84")
    assert verdicts(own, [sys.executable, "-m", "dpr", "conformance", "answer"]) == "accepted"


@pytest.mark.skipif(NODE is None, reason="there is no node")
def test_the_javascript_verifier_takes_it_too(own: Stage) -> None:
    assert verdicts(own, [str(NODE), "js/conformance.js"]) == "accepted"
