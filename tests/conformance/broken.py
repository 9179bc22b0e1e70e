"""Implementations that are wrong in one way each, as scripts: dpr's own answers, changed on their way out.

Example: `kit(tmp_path, "accepts_everything", "--json").json["failed"]`
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from dpr.apps.conformance.vectors import folder as vectors
from dpr.apps.conformance.vectors import load
from tests.e2e.cli import Ran, run

ALL = load(vectors())
ACCEPTED = [vector for vector in ALL if vector.members["expect"] == "accepted"]
REFUSED = [vector for vector in ALL if vector.members["expect"] != "accepted"]
CBOR = [vector for vector in ALL if vector.layer == "cbor"]

#: What every one begins with; `say` answers, `right` is dpr's own answer.
_HEAD = """
import json, os, sys, time
from dpr.apps.conformance.answering import answer
def right(line):
    return answer(line)
def say(value):
    sys.stdout.buffer.write((value if isinstance(value, bytes) else json.dumps(value).encode()) + b"\\n")
    sys.stdout.buffer.flush()
"""

#: name → what it does with `count`, `line` and the parsed `request` of each request.
LOOPS = {
    "honest": "say(right(line))",
    "accepts_everything": 'say({"number": request["number"], "verdict": "accepted"})',
    "refuses_everything": 'say({"number": request["number"], "verdict": "refused", "code": None})',
    "refuses_rightly_without_codes": 'a = right(line); a.pop("code", 0); [c.pop("code") for c in a.get("checks", [])]; say(a)',
    "accepts_trailing_bytes": """
a = right(line)
say({"number": a["number"], "verdict": "accepted"} if a.get("code") == "cbor_trailing_bytes" else a)""",
    "ignores_expiry": """
a = right(line)
say({"number": a["number"], "verdict": "accepted"} if a.get("code") == "expired" else a)""",
    "says_another_number_of_packages": """
a = right(line)
if request["layer"] == "prescription" and "claims" in a:
    a["claims"]["content"]["items"][0]["packages"] = 99
say(a)""",
    "says_true_for_one": """
a = right(line)
say(json.loads(json.dumps(a).replace('"packages": 1,', '"packages": true,')))""",
    "leaves_out_the_thumbprint": 'a = right(line); a.pop("thumbprint", 0); say(a)',
    "crashes_on_its_fifth": "sys.exit(3) if count == 5 else say(right(line))",
    "crashes_on_request_five": """
if request["number"] == 5:
    print("Segmentation fault, nearly\\x1b[31m", file=sys.stderr, flush=True)
    os.kill(os.getpid(), 11)
say(right(line))""",
    "crashes_at_once": "sys.exit(1)",
    "hangs_on_request_five": 'time.sleep(600) if request["number"] == 5 else say(right(line))',
    "hangs": "time.sleep(600)",
    "starts_a_child_and_hangs": """
import subprocess
subprocess.run([sys.executable, "-c", "import time; time.sleep(60)", __file__])""",
    "prints_garbage_on_request_five": """
if request["number"] == 5: say(b"Loading\\xff\\x00\\x1b[31m <b>&")
say(right(line))""",
    "prints_only_garbage": 'say(b"hello")',
    "prints_garbage_without_end": 'exec("while True: sys.stdout.write(chr(120) * 65536)")',
    "prints_lines_without_end": 'exec("while True: say(right(line))")',
    "answers_with_a_bad_shape": 'say(dict(right(line), number=str(request["number"])))',
    "answers_not_a_number": """say(b'{"number": %d, "verdict": "accepted", "claims": NaN}' % request["number"])""",
    "answers_with_a_deep_value": """say(b'{"number": 1, "verdict": "accepted", "claims": ' + b"[" * 400000)""",
    "answers_request_five_twice": 'say(right(line)); say(right(line)) if request["number"] == 5 else None',
    "answers_the_last_twice": "say(right(line)); last = line",
    "answers_with_other_numbers": 'say(dict(right(line), number=request["number"] + 100000))',
    "answers_backwards_in_sixteens": """
held.append(line)
if len(held) == 16:
    for one in reversed(held): say(right(one))
    held.clear()""",
    "knows_no_prescriptions": """
say({"number": request["number"], "verdict": "unsupported"} if request["layer"] == "prescription" else right(line))""",
    "writes_megabytes_to_standard_error": 'sys.stderr.write("x" * 2_000_000); say(right(line))',
    "closes_its_input_after_five": """
say(right(line))
if count == 5: os.close(0); time.sleep(600)""",
    "closes_its_output_after_five": """
say(right(line))
if count == 5: os.close(1); time.sleep(600)""",
    "answers_with_control_characters": """
a = right(line)
say({"number": a["number"], "verdict": "refused", "code": "\\x00\\x1b[2J\\ud800\\ufffe]]><x>&\\n\\r"})""",
}
#: name → what it does after its input ended.
_AFTER = {"answers_the_last_twice": "say(right(last))", "never_ends": "time.sleep(600)", "ends_with_three": "sys.exit(3)"}
#: Those that are only wrong after their last answer.
_LAST_WORDS = {"never_ends": "honest", "ends_with_three": "honest"}


def command(folder: Path, name: str) -> str:
    """Writes the implementation and returns the command that runs it."""
    loop = LOOPS[_LAST_WORDS.get(name, name)].strip("\n").replace("\n", "\n    ")
    body = f"held = []\nfor count, line in enumerate(sys.stdin.buffer, 1):\n    request = json.loads(line)\n    {loop}\n"
    script = folder / f"{name}.py"
    script.write_text(f"{_HEAD}{body}{_AFTER.get(name, '')}\n", "utf-8")
    return shlex.join([sys.executable, str(script)])


def kit(folder: Path, name: str, *options: object) -> Ran:
    """Asks the implementation about every vector."""
    return run("conformance", "run", "--command", command(folder, name), *options)


def running(mark: str, *, but: int = 0) -> bool:
    """Does a process run whose command has that mark, other than `but`?"""
    lists = (path / "cmdline" for path in Path("/proc").iterdir() if path.name.isdigit() and path.name != str(but))
    return any(mark.encode() in _read(one) for one in lists)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended
        return b""
