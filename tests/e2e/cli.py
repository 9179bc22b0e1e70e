"""The command line as a test runs it: in this process (fast), as a process of its own, or forked from one that has
everything imported, so that a kill lands in the work and not in the imports.

Example: `run("--site", site, "verify", "rx.png").code == 0`
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TextIO
from unittest import mock

import typer

from dpr.apps import cli

#: Made once: making it costs more than most commands.
_APP = typer.main.get_command(cli.app)
ROOT = Path(__file__).resolve().parent.parent.parent
#: Nothing of the machine that runs the tests decides which language is spoken or which site is used.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("DPR_")} | {"PYTHONPATH": str(ROOT)}


class Ran(NamedTuple):
    """One run: exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON value."""
        return json.loads(self.out)


def run(*arguments: object, stdin: bytes = b"", terminal: TextIO | None = None, **environment: str) -> Ran:
    """The command in this process; `terminal` takes the place of `stdin`."""
    out, err = io.BytesIO(), io.BytesIO()
    words = ["dpr", *map(str, arguments)]
    with (
        mock.patch.object(cli, "app", _APP),
        mock.patch.object(sys, "argv", words),
        mock.patch.object(sys, "stdin", terminal or io.TextIOWrapper(io.BytesIO(stdin), "utf-8")),
        mock.patch.dict(os.environ, ENVIRONMENT | environment, clear=True),
        contextlib.redirect_stdout(io.TextIOWrapper(out, "utf-8", write_through=True)) as speaks,
        contextlib.redirect_stderr(io.TextIOWrapper(err, "utf-8", write_through=True)) as complains,
    ):
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        said, complained = out.getvalue().decode(), err.getvalue().decode()
        del speaks, complains  # which close what they write to
    return Ran(code, said, complained)


def command(*arguments: object) -> list[str]:
    """The command as a process is started with it."""
    return [sys.executable, "-m", "dpr", *map(str, arguments)]


def process(*arguments: object, stdin: bytes = b"", **environment: str) -> Ran:
    """The command as a process of its own."""
    done = subprocess.run(
        command(*arguments), input=stdin, capture_output=True, timeout=120, check=False, env=ENVIRONMENT | environment
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


_FORKING = """
import json, os, signal, sys, time
from dpr.apps import cli
import dpr.apps.compose, dpr.apps.dispensing, dpr.apps.reporting, dpr.adapters.ledger_sql, dpr.adapters.products_file
import dpr.adapters.register_http, dpr.flows.dispense, dpr.flows.receive, alembic.operations
for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child == 0:
        for number, name in ((0, os.devnull), (1, order["out"]), (2, order["err"])):
            handle = os.open(name, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(handle, number)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w", encoding="utf-8"), open(2, "w", encoding="utf-8")
        sys.argv = order["argv"]
        code = 70
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        finally:
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(code)
    if order["kill_after_seconds"] is not None:
        time.sleep(order["kill_after_seconds"])
        os.kill(child, signal.SIGKILL)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Forks:
    """A process with everything imported that forks one child a command; a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-c", _FORKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.stdin.close()  # type: ignore[union-attr]
        self._process.wait(30)
        self._process.stdout.close()  # type: ignore[union-attr]

    def start(self, *arguments: object, kill_after_seconds: float | None = None) -> None:
        """Starts a command, which is killed after a while where that is asked for."""
        order = {
            "argv": ["dpr", *map(str, arguments)],
            "out": str(self._folder / "out.txt"),
            "err": str(self._folder / "err.txt"),
            "kill_after_seconds": kill_after_seconds,
        }
        print(json.dumps(order), file=self._process.stdin, flush=True)

    def end(self) -> Ran:
        """Waits for the command that was started last; its exit code is negative where a signal ended it."""
        code = int(self._process.stdout.readline())  # type: ignore[union-attr]
        out, err = ((self._folder / name).read_text("utf-8", "replace") for name in ("out.txt", "err.txt"))
        return Ran(code, out, err)

    def run(self, *arguments: object, kill_after_seconds: float | None = None) -> Ran:
        """Starts a command and waits for it."""
        self.start(*arguments, kill_after_seconds=kill_after_seconds)
        return self.end()
