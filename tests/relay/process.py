"""`dpr relay serve` as a process of its own, in a folder written by the world.

Rules: the system's clock is used, so the world's time is now.

Example: `with Serving(tmp_path) as serving: serving.url`
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.e2e.cli import ENVIRONMENT, command
from tests.mail_world import MailWorld
from tests.relay.rig import CONFIG, write_relay


class Serving:
    """A relay; `label`: `relay a`, `relay b`, or `pharmacy` for direct delivery. `log`: the file with its log."""

    def __init__(self, folder: Path, *, config: str = CONFIG, label: str = "relay a", world: MailWorld | None = None) -> None:
        self.folder, self.world = folder, world or MailWorld(now=int(time.time()))
        self.config = write_relay(folder, self.world, config, label=label)
        self.log = folder / "serve.log"

    def start(self) -> Self:
        """Starts it, or again, on the same store."""
        with self.log.open("ab") as log:
            words = command("--lang", "en", "relay", "serve", self.config)
            self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True, env=ENVIRONMENT)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http"), self.log.read_text()
        return self

    def stop(self) -> int:
        """Terminates it; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self._ended()

    def kill(self) -> None:
        """As when the power fails."""
        os.kill(self.process.pid, signal.SIGKILL)
        self._ended()

    def lines(self) -> list[dict[str, Any]]:
        """The log."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def _ended(self) -> int:
        code = self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.stop()
