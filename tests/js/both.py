"""The same requests to both implementations: `dpr conformance answer` and js/conformance.js.

Rules: a request is as docs/conformance.md says; what both refuse they refuse for the same reason, what both accept they read
the same. Where docs/format.md section 1 allows either code, `EITHER` says so.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
NODE = next((path for path in [BIN / "node", shutil.which("node")] if path and Path(path).exists()), None)
VECTORS = ROOT / "tests" / "vectors"
READ = ("claims", "checks", "text", "payload", "document", "documents", "thumbprint", "fingerprint")
READ += ("key_id", "place", "beyond", "state", "receipt")
GIVEN = ("layer", "input", "key", "external_aad", "known_since", "given")
# A key of another type than the one before it: read as the same key (1, true and 1.0 in some languages), or judged by its type
# or place.
EITHER = [{"cbor_malformed", other} for other in ("cbor_type", "cbor_key_order", "cbor_tag")]
EITHER += [{"cbor_type", "cbor_depth"}, {"cose_malformed", "cose_header"}]
EITHER += [{"cbor_type", "cbor_tag"}]  # a container as map key may be refused when it is met, before a tag behind it


def needs(there: bool, reason: str, environment: Mapping[str, str] = os.environ) -> pytest.MarkDecorator:
    """Skips where something is absent; with DPR_REQUIRE_ALL=1, as in CI, such tests run and fail instead."""
    return pytest.mark.skipif(not there and environment.get("DPR_REQUIRE_ALL") != "1", reason=reason)


needs_node = needs(NODE is not None, "there is no node")


def vectors() -> list[tuple[str, dict[str, Any]]]:
    """Every vector as (file:name, request), with what its file says for all."""
    found = []
    for path in sorted(VECTORS.glob("*.json")):
        file = json.loads(path.read_text("utf-8"))
        for vector in file["vectors"]:
            request = {name: vector[name] for name in GIVEN if name in vector}
            request |= {"now": vector.get("now", file["now"])} if "now" in file else {}
            request |= {name: file[name] | vector.get(name, {}) for name in ("policy", "trust") if name in file}
            found.append((f"{path.stem}:{vector['name']}", request))
    return found


def ask(command: list[str], requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A command's answers, in the order of the requests, without what a kit ignores."""
    lines = "".join(json.dumps({"number": number, **request}) + "\n" for number, request in enumerate(requests))
    done = subprocess.run(command, input=lines.encode(), capture_output=True, cwd=ROOT, check=True, timeout=600, env=os.environ)
    answers = {answer["number"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    return [essence(answers[number]) for number in range(len(requests))]


def essence(answer: dict[str, Any]) -> dict[str, Any]:
    """The verdict, and the code of a refusal with its checks, or what was read."""
    names = ("verdict", *READ) if answer["verdict"] == "accepted" else ("verdict", "code", "checks")
    return {name: answer[name] for name in names if name in answer}


def differences(named: list[tuple[str, dict[str, Any]]]) -> tuple[list[str], list[dict[str, Any]]]:
    """What the two say differently, a line each; and what JavaScript says to each request."""
    requests = [request for _, request in named]
    commands = [[str(BIN / "dpr"), "conformance", "answer"], [str(NODE), str(ROOT / "js" / "conformance.js")]]
    with ThreadPoolExecutor(2) as pool:
        python, javascript = pool.map(ask, commands, [requests, requests])
    rows = zip(named, python, javascript, strict=True)
    return [describe(*name, one, other) for name, one, other in rows if not agree(one, other)], javascript


def agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two answers say the same, where both must."""
    return one == other or {one.get("code"), other.get("code")} in EITHER


def describe(name: str, request: dict[str, Any], one: dict[str, Any], other: dict[str, Any]) -> str:
    """What somebody needs to look into it."""
    parts = [f"{key}: {one.get(key)!r} != {other.get(key)!r}" for key in one | other if one.get(key) != other.get(key)]
    return f"{name} [{request['layer']}] {'; '.join(parts)}"[:600] + f"\n    input {request['input']}"[:2000]
