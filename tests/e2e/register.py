"""A reference register as a process of its own, on a port that the system chooses.

Example: `with RegisterProcess(tmp_path) as register: register.behave(fault="down")`
"""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.e2e.cli import ENVIRONMENT, Ran, command


class RegisterProcess:
    """`dpr register serve`, stopped at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        with (self._folder / "register.log").open("wb") as log:
            words = command("register", "serve", "--port", 0, "--database", self._folder / "register.db")
            self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True, env=ENVIRONMENT)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().split()[0]
        assert self.url.startswith("http://127.0.0.1:")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return (self._folder / "register.log").read_text("utf-8")

    def behave(self, **fault: Any) -> None:
        """PUT /_rehearsal."""
        headers = {"Content-Type": "application/json"}
        url = f"{self.url}/_rehearsal"
        request = urllib.request.Request(url, json.dumps(fault).encode(), headers, method="PUT")
        urllib.request.urlopen(request, timeout=10).close()

    def resources(self) -> list[dict[str, Any]]:
        """Everything that it holds."""
        with urllib.request.urlopen(f"{self.url}/_rehearsal/resources", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def tokens(self, type_: str) -> list[str]:
        """The first identifier of every resource of a type."""
        return [one["identifier"][0]["value"] for one in self.resources() if one["resourceType"] == type_]


def settled(report: Callable[[], Ran], *, within_seconds: float = 20) -> dict[str, int]:
    """Reports until nothing is left to do (or the time is up); returns how many rows of the queue are in which state."""
    end = time.monotonic() + within_seconds
    while True:
        summary = report().json
        states: dict[str, int] = summary["queue"]
        if not states.keys() & {"queued", "sent"} or time.monotonic() > end:
            return states
        time.sleep(0.25)
