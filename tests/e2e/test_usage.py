"""Help and misuse: every command explains itself with an example that works as written, and help costs no imports."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest
import typer

from dpr.apps.cli import app
from tests.e2e.cli import ENVIRONMENT, process, run

HEAVY = ("sqlalchemy", "alembic", "cryptography", "PIL", "aiohttp", "typst", "zxingcpp", "pypdfium2", "qrcode", "cbor2", "rich")


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group below `command`, with the words that name it."""
    yield path, command
    for name, one in getattr(command, "commands", {}).items():
        yield from commands(one, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(app)))
LEAVES = [path for path, command in COMMANDS.items() if not hasattr(command, "commands")]


def test_every_command_is_known_here() -> None:
    names = {" ".join(path) for path in LEAVES}
    assert {"prescribe", "print", "scan", "verify", "receive", "dispense", "status", "report", "retry", "demo"} <= names
    assert {"authority init", "issuer credential", "key new", "trust add", "products import", "register serve"} <= names


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_explains_the_command(path: tuple[str, ...]) -> None:
    ran = run(*path, "--help")
    assert ran.code == 0 and not ran.err
    assert len(COMMANDS[path].help or "") > 10
    for parameter in COMMANDS[path].params:
        assert getattr(parameter, "help", "") or parameter.name == "help", f"{parameter.name} is not explained"


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_the_example_in_the_help_is_right_usage(path: tuple[str, ...]) -> None:
    epilog = COMMANDS[path].epilog or ""
    assert epilog.startswith("Example: dpr ") and epilog in " ".join(run(*path, "--help").out.split())
    for example in epilog.removeprefix("Example: ").split("; "):
        words = shlex.split(example)
        assert words[0] == "dpr" and tuple(words[1 : 1 + len(path)]) == path
        COMMANDS[path].make_context("dpr", words[1 + len(path) :])  # a UsageError where it is wrong


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_an_unknown_option_is_misuse(path: tuple[str, ...]) -> None:
    ran = run(*path, "--no-such-option")
    assert ran.code == 2 and "Traceback" not in ran.err and "--help" in ran.err
    assert ran.err.startswith("Usage: ")


@pytest.mark.parametrize("path", [path for path in LEAVES if any(one.required for one in COMMANDS[path].params)], ids=" ".join)
def test_a_missing_argument_is_misuse(path: tuple[str, ...]) -> None:
    ran = run(*path)
    assert ran.code == 2 and "Missing" in ran.err and "--help" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        [],
        ["trust"],
        ["--lang", "de", "status"],
        ["--lang"],
        ["verify", "a", "b"],
        ["print", "rx.cbor"],
        ["print", "rx.cbor", "--pdf", "rx.pdf", "--paper", "A3"],
        ["key", "new", "x.pem", "--algorithm", "RSA"],
        ["key", "new", "x.pem", "--unencrypted", "--passphrase-file", "x"],
        ["key", "new", "pkcs11:token=x;object=y", "--unencrypted"],
        ["key", "new", "pkcs11:token=x;object=y"],
        ["key", "new", "x.pem"],
        ["authority", "init", "x", "--name", "x", "--keys", "0"],
        ["authority", "init", "x", "--name", "x", "--keys", "1", "--threshold", "2"],
        ["authority", "init", "x", "--name", "x", "--environment", "live"],
        ["authority", "init", "x", "--name", ""],
        ["authority", "init", "x", "--name", "a\nb"],
        ["issuer", "init", "x", "--id", "x", "--name", "x" * 200, "--role", "care_provider"],
        ["issuer", "init", "x", "--id", "x", "--name", "x", "--role", "bank"],
        ["issuer", "init", "x", "--id", "x", "--name", "x", "--role", "pharmacy_company", "--gln", "123"],
        ["register", "serve", "--port", "70000"],
        ["retry", "abcd", "--item", "0"],
        ["dispense", "abcd", "--as", "x", "--packages", "0"],
        ["dispense", "abcd", "--as", "x", "--since", "yesterday"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_leaves_nothing(words: list[str], tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run(*words)
    assert ran.code == 2 and ran.err and "Traceback" not in ran.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [["--help"], ["dispense", "--help"], ["nonsense"]], ids=" ".join)
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    script = (
        f"import sys, json; sys.argv = {['dpr', *words]!r}\n"
        "from dpr.apps.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=ENVIRONMENT)
    loaded = set(json.loads(ran.stdout.splitlines()[-1]))
    assert "typer" in loaded and not loaded & set(HEAVY)


def test_the_module_is_the_command() -> None:
    assert process("--help").out.splitlines()[2:] == run("--help").out.splitlines()[2:]


def test_the_version_is_told() -> None:
    ran = run("--version")
    assert ran.code == 0 and ran.out == f"dpr {version('dpr')}\n"
