"""What the kit asks, and how: nothing gives the answer away, the page says how it is, and misuse is told from a failure."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dpr.apps.conformance.answering import answer
from dpr.apps.conformance.judges import JUDGES, STATED
from dpr.apps.conformance.results import REASONS
from dpr.apps.conformance.vectors import ASKED, folder, load
from tests.conformance.broken import command
from tests.e2e.cli import ROOT, process, run

PAGE = (ROOT / "docs" / "conformance.md").read_text("utf-8")
ALL = load(folder())


def block(language: str, number: int = 0) -> str:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[number]


def asked(tmp_path: Path, *options: object) -> list[dict[str, Any]]:
    """Every request, as an implementation that writes them down gets it."""
    script = tmp_path / "writes_down.py"
    script.write_text(
        "import json, sys\nfile = open(sys.argv[1], 'w')\nfor line in sys.stdin:\n    file.write(line)\n    file.flush()\n"
        "    print(json.dumps({'number': json.loads(line)['number'], 'verdict': 'unsupported'}), flush=True)\n"
    )
    words = shlex.join([sys.executable, str(script), str(tmp_path / "requests")])
    assert run("conformance", "run", "--command", words, *options).code == 1
    return [json.loads(line) for line in (tmp_path / "requests").read_text("utf-8").splitlines()]


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, but the names of members."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


# --- what is asked ------------------------------------------------------------------------------------------------------


def test_no_request_says_its_name_or_what_is_expected(tmp_path: Path) -> None:
    requests = asked(tmp_path)
    assert [request["number"] for request in requests] == list(range(1, len(ALL) + 1))
    for request, vector in zip(requests, ALL, strict=True):
        assert request.keys() <= {"number", *ASKED}
        given = {name: value for name, value in request.items() if name != "number"}
        assert given == vector.request
        answers = {name for stated in STATED.values() for name in stated}
        for name in ("name", "comment", "expect", *answers):
            assert name not in request
        # Nor hidden in a value that is sent.
        assert not {vector.members["expect"], vector.name} & set(texts(given))


def test_a_request_is_complete_for_its_layer(tmp_path: Path) -> None:
    members = {"cbor": set(), "key": set(), "qr": set(), "parts": set(), "cose": {"key", "external_aad"}}
    members |= {"root": {"trust"}, "snapshot": {"trust"}, "address_book": {"trust"}, "sealed": set(), "body": {"given"}}
    members |= {layer: {"now", "policy", "trust", "given"} for layer in ("opened", "mail_key", "token", "receipt")}
    members |= {layer: {"now", "policy", "trust", "given"} for layer in ("chain", "carriage")}
    for vector in ALL:
        needed = {"layer", "input"} | members.get(vector.layer, {"now", "policy", "trust"})
        may = {"known_since"} if vector.layer == "prescription" else set()
        assert needed <= vector.request.keys() <= needed | may, vector.name


def test_what_a_vector_says_of_its_site_stands_beside_what_its_file_says(tmp_path: Path) -> None:
    vector = {"name": "a", "comment": "", "layer": "x", "input": "", "expect": "accepted", "policy": {"b": 3}, "said": 1}
    content = {"description": "", "now": "then", "policy": {"a": 1, "b": 2}, "trust": {"c": 1}, "vectors": [vector]}
    (tmp_path / "file.json").write_text(json.dumps(content))
    (found,) = load(tmp_path)
    assert found.request == {"layer": "x", "input": "", "now": "then", "policy": {"a": 1, "b": 3}, "trust": {"c": 1}}
    assert found.stated == {"said": 1} and found.name == "file:a"


def test_only_what_is_chosen_is_asked(tmp_path: Path) -> None:
    chosen = [vector for vector in ALL if vector.layer in ("cbor", "key") and "order" in vector.name]
    requests = asked(tmp_path, "--layer", "cbor", "--layer", "key", "--name", "order")
    assert [request["input"] for request in requests] == [vector.members["input"] for vector in chosen] and chosen


def test_a_failure_is_asked_again_by_the_name_that_it_is_shown_with(tmp_path: Path) -> None:
    first = next(vector for vector in ALL if vector.layer == "cbor")
    for shown in (f"{first.file}.json:{first.members['name']}", first.name):
        requests = asked(tmp_path, "--name", shown)
        assert first.request in [{name: value for name, value in request.items() if name != "number"} for request in requests]
        assert len(requests) < 5


# --- what the page says -------------------------------------------------------------------------------------------------


def test_the_exchange_on_the_page_is_one_that_takes_place() -> None:
    lines = block("text").splitlines()
    assert len(lines) == 6
    for number, (question, reply) in enumerate(zip(lines[::2], lines[1::2], strict=True), 1):
        assert question.startswith("→ ") and reply.startswith("← ")
        request = json.loads(question[2:])
        assert request.pop("number") == number
        assert request in [vector.request for vector in ALL]
        assert answer(question[2:].encode()) == json.loads(reply[2:])


def test_the_command_on_the_page_runs_and_every_reason_stands_there() -> None:
    words = shlex.split(block("sh"))
    answering = shlex.join([sys.executable, "-m", words[words.index("--command") + 1].split()[0], "conformance", "answer"])
    words[words.index("--command") + 1] = answering
    ran = process(*words[1:])
    assert ran.code == 0, ran.out + ran.err
    assert ran.out.splitlines()[-1] == f"✓ {len(ALL)} av {len(ALL)} vektorer godkända"
    of_answers = {"accepted", "refused", "other_answer", "other_code"}
    assert {reason for reason in REASONS if f"`{reason}`" not in PAGE} <= of_answers


def test_the_adapter_on_the_page_answers_one_layer_and_says_which_it_does_not_know(tmp_path: Path) -> None:
    source = block("python")
    assert sum(bool(line.strip()) for line in source.splitlines()) <= 30
    (tmp_path / "adapter.py").write_text(source, "utf-8")
    words = shlex.join([sys.executable, str(tmp_path / "adapter.py")])
    report = run("conformance", "run", "--json", "--command", words).json
    cbor = report["layers"].pop("cbor")
    assert cbor["unsupported"] == 0 and cbor["passed"] + cbor["other_code"] > 30
    assert {name for counts in report["layers"].values() for name, count in counts.items() if count} == {"unsupported"}
    assert {failure["reason"] for failure in report["failures"]} <= {"accepted", "refused"}


# --- misuse ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["no-such-program-here", "/", "'unfinished", "", "  ", "\0"])
def test_a_command_that_cannot_be_started_is_misuse(words: str) -> None:
    ran = run("conformance", "run", "--command", words)
    assert ran.code == 2 and ran.out == "" and "Traceback" not in ran.err
    assert words.strip() or "name a program" in ran.err


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "vectors_missing"),
        ("{", "vectors_invalid"),
        ("[]", "vectors_invalid"),
        ('{"vectors": [1]}', "vectors_invalid"),
        ('{"vectors": [{"name": "a", "comment": "", "layer": "cbor", "expect": "accepted"}]}', "vectors_invalid"),
        ('{"vectors": []}', "vectors_missing"),
        ("[" * 100_000, "vectors_invalid"),
    ],
)
def test_a_folder_without_vectors_is_misuse(tmp_path: Path, content: str | None, code: str) -> None:
    if content is not None:
        (tmp_path / "a.json").write_text(content)
    ran = run("conformance", "run", "--json", "--vectors", tmp_path, "--command", "true")
    assert ran.code == 2 and ran.json["error"] == code


def test_a_filter_that_nothing_matches_is_misuse() -> None:
    assert run("conformance", "run", "--command", "true", "--layer", "cbor", "--name", "no such name").code == 2


def test_a_layer_that_is_not_there_is_misuse_and_those_that_are_stand_in_the_error() -> None:
    for layers in (["nosuch"], ["cbor", "nosuch"]):
        options = [word for layer in layers for word in ("--layer", layer)]
        ran = run("conformance", "run", "--json", "--command", "true", *options)
        assert ran.code == 2 and ran.json["error"] == "vectors_missing"
        said, _, there = ran.json["detail"].partition("; layers: ")
        assert said == "--layer nosuch" and set(there.split(", ")) == {vector.layer for vector in ALL}


def test_a_key_is_not_overwritten_by_a_report(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("-----BEGIN PRIVATE KEY-----\n")
    assert run("conformance", "run", "--command", command(tmp_path, "honest"), "--junit", key).code == 2
    assert "PRIVATE KEY" in key.read_text()


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "1",
        "{}",
        '{"number": 1, "layer": "qr"}',
        '{"number": 1, "layer": "cbor", "input": "zz"}',
        '{"number":1,"layer":[]}',
    ],
)
def test_what_is_no_request_ends_our_own_answers_with_a_named_error(line: str) -> None:
    ran = process("conformance", "answer", stdin=f"{line}\n".encode())
    assert ran.code == 2 and "[request_invalid]" in ran.err and ran.out == ""


def test_a_layer_without_a_judge_is_unsupported() -> None:
    assert answer(b'{"number": 7, "layer": "tomorrow"}') == {"number": 7, "verdict": "unsupported"}
    assert {vector.layer for vector in ALL} == set(JUDGES)


# --- where the vectors are --------------------------------------------------------------------------------------------------


def test_the_vectors_come_with_the_package(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        held = {name for name in packed.namelist() if name.startswith("dpr/vectors/")}
        assert held == {f"dpr/vectors/{path.name}" for path in (ROOT / "tests" / "vectors").iterdir()}
        packed.extractall(tmp_path / "installed")
    where = "import dpr.apps.conformance.vectors as v; print(v.folder()); print(len(v.load(v.folder())))"
    found = subprocess.run(
        [sys.executable, "-c", where],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
    )
    assert found.stdout.splitlines() == [str(tmp_path / "installed" / "dpr" / "vectors"), str(len(ALL))], found.stderr
    assert folder() == ROOT / "tests" / "vectors"


def test_make_conformance_runs_both_with_codes() -> None:
    recipe = (ROOT / "Makefile").read_text("utf-8").split("\nconformance:")[1].split("\n\n")[0]
    assert recipe.count("conformance run") == recipe.count("--codes") == 2
    assert "'$(VENV)/bin/dpr conformance answer'" in recipe and "'$(VENV)/bin/node js/conformance.js'" in recipe
