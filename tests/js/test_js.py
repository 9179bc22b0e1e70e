"""The verifier in JavaScript: its own tests, and every vector through the conformance kit."""

import json
import subprocess

import pytest

from tests.js.both import BIN, NODE, ROOT, needs, needs_node


@pytest.mark.parametrize(
    ("there", "environment", "skips"),
    [(False, {}, True), (False, {"DPR_REQUIRE_ALL": "1"}, False), (True, {}, False), (False, {"DPR_REQUIRE_ALL": ""}, True)],
)
def test_what_is_absent_is_skipped_unless_all_is_required(there: bool, environment: dict[str, str], skips: bool) -> None:
    assert needs(there, "absent", environment).args == (skips,)


@needs_node
def test_its_own_tests_pass() -> None:
    tests = sorted(str(path) for path in (ROOT / "js" / "test").glob("*.test.js"))
    done = subprocess.run([str(NODE), "--test", *tests], capture_output=True, text=True, cwd=ROOT / "js", timeout=300)
    assert done.returncode == 0, done.stdout[-4000:]


@needs_node
def test_it_passes_every_vector_with_the_same_codes() -> None:
    command = [str(BIN / "dpr"), "conformance", "run", "--codes", "--json", "--command", f"'{NODE}' js/conformance.js"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    json.loads(done.stdout)


@needs_node
def test_an_unknown_layer_is_unsupported_and_a_torn_line_ends_it() -> None:
    command = [str(NODE), str(ROOT / "js" / "conformance.js")]
    asked = subprocess.run(
        command, input='{"number": 7, "layer": "x", "input": ""}\n', capture_output=True, text=True, timeout=60
    )
    assert json.loads(asked.stdout) == {"number": 7, "verdict": "unsupported"}
    assert subprocess.run(command, input="{\n", capture_output=True, text=True, timeout=60).returncode != 0
