"""How a run is shown: as a table with failures in two languages, as JUnit XML, and safely whatever was answered.

Rules: as in tests/conformance/test_broken.py.
"""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest

from tests.conformance.broken import ACCEPTED, ALL, CBOR, REFUSED, command, kit, running
from tests.e2e.cli import ENVIRONMENT, run
from tests.e2e.cli import command as dpr_command


@pytest.mark.parametrize(("language", "words"), [("sv", "avvisades men ska godtas"), ("en", "refused, but must be accepted")])
def test_the_table_has_a_row_for_each_layer_and_each_failure_says_what_came(tmp_path: Path, language: str, words: str) -> None:
    ran = run("--lang", language, "conformance", "run", "--command", command(tmp_path, "refuses_everything"))
    rows = {line.split()[0]: [int(count) for count in line.split()[1:]] for line in ran.out.splitlines() if _is_row(line)}
    for layer in {vector.layer for vector in ALL}:
        accepted = sum(vector.layer == layer for vector in ACCEPTED)
        assert rows[layer] == [0, sum(vector.layer == layer for vector in REFUSED), accepted, 0, 0]
    first = ACCEPTED[0]
    at = ran.out.splitlines().index(f"✗ {first.file}.json:{first.members['name']}: {words} [refused]")
    expected, got = ("väntat", "svaret") if language == "sv" else ("expected", "got")
    shown = [f"    {first.members['comment']}", f"    {expected}: accepted", f"    {got}: refused"]
    assert ran.out.splitlines()[at + 1 : at + 4] == shown
    assert ran.out.splitlines()[-1].startswith(f"✗ {len(REFUSED)} ") and ran.code == 1


def test_what_was_left_is_counted_in_a_line_and_the_words_of_a_crash_are_shown(tmp_path: Path) -> None:
    lines = kit(tmp_path, "crashes_at_once", "--layer", "cbor").out.splitlines()
    assert lines[-2:] == [
        f"✗ {len(CBOR) - 3} till: frågades inte: programmet slutade för ofta [given_up]",
        f"✗ 0 av {len(CBOR)} vektorer godkända",
    ]
    assert lines.count("    svaret: exit code 1") == sum(line.endswith("[crashed]") for line in lines) == 3


def test_interrupting_the_kit_ends_the_command(tmp_path: Path) -> None:
    mark = f"dpr-test-{time.monotonic_ns()}"
    words = shlex.join([sys.executable, "-c", f"import time; time.sleep(600)  # {mark}"])
    kit = subprocess.Popen(
        [*dpr_command("conformance", "run", "--command", words)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    until = time.monotonic() + 20
    while not running(mark, but=kit.pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert running(mark, but=kit.pid)
    kit.send_signal(signal.SIGINT)
    _, complained = kit.communicate(timeout=20)
    assert kit.returncode == 130 and b"Traceback" not in complained
    until = time.monotonic() + 10
    while running(mark, but=kit.pid) and time.monotonic() < until:  # it was told to end; a busy machine takes its time
        time.sleep(0.05)
    assert not running(mark, but=kit.pid)


def _is_row(line: str) -> bool:
    return len(line.split()) == 6 and all(word.isdigit() for word in line.split()[1:])


#: The structure of JUnit XML as Jenkins and others read it: element → (attributes it may have, those it must, children).
JUNIT = {
    "testsuites": ({"name", "time", "tests", "failures", "errors", "disabled"}, set(), {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id", "package"},
        {"name", "tests"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name", "assertions", "time", "classname", "status"},
        {"name"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": ({"type", "message"}, set(), set()),
    "error": ({"type", "message"}, set(), set()),
    "skipped": ({"type", "message"}, set(), set()),
    "system-out": (set(), set(), set()),
}


def junit(tmp_path: Path, name: str, *options: object) -> xml.Element:
    file = tmp_path / "report.xml"
    kit(tmp_path, name, "--junit", file, *options)
    root = xml.fromstring(file.read_bytes())
    assert root.tag == "testsuites"
    for element in root.iter():
        may, must, children = JUNIT[element.tag]
        assert must <= set(element.keys()) <= may and {child.tag for child in element} <= children
    for suite in root:
        cases = list(suite)
        counted = {kind: sum(case.find(kind) is not None for case in cases) for kind in ("failure", "error", "skipped")}
        assert [int(suite.get(one, -1)) for one in ("tests", "failures", "errors", "skipped")] == [
            len(cases),
            *counted.values(),
        ]
    for one in ("tests", "failures", "errors"):
        assert int(root.get(one, -1)) == sum(int(suite.get(one, -1)) for suite in root)
    return root


@pytest.mark.parametrize(
    ("name", "tag", "count"),
    [
        ("honest", "failure", 0),
        ("accepts_everything", "failure", len(REFUSED) + len(ACCEPTED) - sum(v.layer == "cbor" for v in ACCEPTED)),
        ("refuses_everything", "failure", len(ACCEPTED)),
        ("knows_no_prescriptions", "skipped", sum(vector.layer == "prescription" for vector in ALL)),
        ("prints_only_garbage", "error", len(ALL)),
        ("crashes_on_request_five", "error", 1),
    ],
)
def test_junit_xml_counts_what_failed(tmp_path: Path, name: str, tag: str, count: int) -> None:
    root = junit(tmp_path, name)
    assert len(root.findall(f".//{tag}")) == count
    assert len(root.findall(".//testcase")) == len(ALL) and {suite.get("name") for suite in root} == {v.layer for v in ALL}


def test_whatever_is_answered_the_xml_is_well_formed_and_a_terminal_is_left_alone(tmp_path: Path) -> None:
    root = junit(tmp_path, "answers_with_control_characters", "--codes")
    assert any("\\x00\\x1b[2J\\ud800\\ufffe]]><x>&" in (failure.text or "") for failure in root.iter("failure"))
    shown = kit(tmp_path, "answers_with_control_characters", "--codes", "--layer", "cbor")
    assert "\\x00\\x1b[2J" in shown.out and "\x1b" not in shown.out and "\x00" not in shown.out
    assert kit(tmp_path, "answers_with_control_characters", "--codes", "--json").json["failed"] == len(ALL)
