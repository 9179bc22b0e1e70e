"""Real relay processes for runs with faults: on SQLite or PostgreSQL, with an environment and limits of their own.

Rules: the system's clock; each relay in its folder, which may be on a small file system. Everything is as an operator has it.

Example: `with Relay(folder, world, store=url) as relay: relay.kill(); relay.start()`
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from dpr.adapters.mail_store_sql import SqlMailStore
from tests.e2e.cli import ENVIRONMENT, command
from tests.mail_world import MailWorld
from tests.relay.process import Serving
from tests.relay.rig import config_at, free_port

LIMITS = """
[limits]
requests_per_second = 100000
burst = 100000
read_seconds = 2
"""


class Relay(Serving):
    """`store`: `postgresql+psycopg://…`, else SQLite in the folder; `origins`: more of them, as proxies are dialled; `extra`:
    tables of relay.toml; `environment`: of the process."""

    def __init__(
        self,
        folder: Path,
        world: MailWorld,
        *,
        label: str = "relay a",
        store: str = "",
        origins: tuple[str, ...] = (),
        extra: str = LIMITS,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.port, self.environment, self.store_url = free_port(), dict(environment or {}), store
        config = config_at(self.port)
        if store:
            config += f'store = "{store.replace("+psycopg", "")}"\n'
        for one in origins:
            config = config.replace("origins = [", f'origins = ["{one}", ')
        super().__init__(folder, config=config + extra, label=label, world=world)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        with self.log.open("ab") as log:
            words = command("--lang", "en", "relay", "serve", self.config)
            environment = ENVIRONMENT | self.environment
            self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http"), self.log.read_text()
        return self

    def opened(self) -> SqlMailStore:
        """Its store, when it has stopped."""
        return SqlMailStore.open(self.store_url or self.folder / "relay.db", now=int(time.time()))


def world() -> MailWorld:
    return MailWorld(now=int(time.time()))
