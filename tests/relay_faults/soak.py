"""Runs by their seeds: short ones for CI, long ones for `make soak`.

Rules: a run is a kind and a seed, and nothing else; what fails is said with the command that repeats it, and stands in
build/soak/report.json. Runs with real processes come in between the simulated ones, and are as random as the machine is.

Example: `simulated("flows", 7).events`
"""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.ports import Fetched, MailStore
from tests.fakes.mail_store_memory import MemoryMailStore
from tests.relay_faults.flows_run import flows_run
from tests.relay_faults.history import History, Submitted
from tests.relay_faults.invariants import broken
from tests.relay_faults.plain_run import plain_run
from tests.relay_faults.scenarios import LONG
from tests.relay_faults.stage import LABELS, NOW

Run = Callable[[int, Mapping[str, MailStore], Path], History]
#: Kinds of simulated runs.
KINDS: dict[str, Run] = {"plain": lambda seed, stores, _: plain_run(seed, stores), "flows": flows_run}
_MEMORY = Path("/dev/shm")
#: How long there are simulated runs between two with real processes.
SIMULATED_SECONDS = 30.0


class Forgetful:
    """A store that loses every fourth message: for a test of the tests."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def fetch(self, queue: str, **named: Any) -> Fetched:
        found = self._store.fetch(queue, **named)
        return found._replace(messages=tuple(one for one in found.messages if one[-1] % 4), ended=())

    def receipts(self, sender: bytes, message_id: bytes) -> list[bytes] | None:
        found = self._store.receipts(sender, message_id)
        return found and found[:1]


def simulated(kind: str, seed: int, *, forgetful: bool = False) -> History:
    """One simulated run. Its relays' stores are SQLite files, in memory where the machine has such a folder, for an even seed;
    for an odd one the fake in memory that stands for them elsewhere."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as name, ExitStack() as stack:
        folder, stores = Path(name), {}
        for label in LABELS:
            store: Any = MemoryMailStore()
            if seed % 2 == 0:
                store = stack.enter_context(SqlMailStore.open(folder / f"{label}.db", now=NOW))
            stores[label] = Forgetful(store) if forgetful else store
        return KINDS[kind](seed, stores, folder)


def main(words: Sequence[str]) -> int:
    """`repeat KIND SEED`, or `[SECONDS]`: runs until then; 1 where any has failed."""
    if words[:1] == ["repeat"]:
        for name, what in broken(simulated(words[1], int(words[2]))):
            print(f"{name}: {what}")
        return 0
    seconds = float(words[0]) if words else 60.0
    report = Report(time.monotonic() + seconds)
    seeds = itertools.count(int(words[1]) if len(words) > 1 else time.time_ns() // 1_000_000)
    stories = itertools.cycle(LONG.items())
    while time.monotonic() < report.until:
        name, story = next(stories)
        report.story(name, story, next(seeds))
        ends = min(report.until, time.monotonic() + SIMULATED_SECONDS)
        while time.monotonic() < ends:
            report.simulated(*_kind_and_seed(next(seeds)))
    report.write()
    return 1 if report.failed else 0


def _kind_and_seed(seed: int) -> tuple[str, int]:
    """Some dear ones between many cheap ones."""
    return ("flows" if seed % 3 == 0 else "plain"), seed


class Report:
    """What a long run has done: printed as it goes on, and in build/soak/report.json at its end."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.done: dict[str, int] = {}
        self.messages = 0
        self.failed: list[dict[str, str]] = []

    def story(self, name: str, story: Callable[[Path, Random], Awaitable[int]], seed: int) -> None:
        """One with real processes."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                self.messages += asyncio.run(story(Path(folder), Random(seed)))
            except Exception as error:
                self._failed(name, seed, f"{type(error).__name__}: {error}", "")
        self._told(name)

    def simulated(self, kind: str, seed: int) -> None:
        """One simulated run."""
        history = simulated(kind, seed)
        self.messages += len(history.of(Submitted))
        for name, what in broken(history):
            self._failed(kind, seed, f"{name}: {what}", f"python -m tests.relay_faults repeat {kind} {seed}")
        self._told(kind)

    def _failed(self, kind: str, seed: int, what: str, again: str) -> None:
        self.failed.append({"kind": kind, "seed": str(seed), "what": what[:2000], "again": again})
        print(f"\nFAIL {kind} {seed}: {what[:500]} {again}", flush=True)

    def _told(self, kind: str) -> None:
        self.done[kind] = self.done.get(kind, 0) + 1
        left = max(self.until - time.monotonic(), 0)
        line = ", ".join(f"{name} {count}" for name, count in sorted(self.done.items()))
        print(f"\r{line}; {self.messages} messages, {len(self.failed)} failed, {left:.0f} s left   ", end="", flush=True)

    def write(self) -> None:
        path = Path("build") / "soak" / "report.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        found = {"runs": self.done, "messages": self.messages, "failed": self.failed}
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(f"\n→ {path}")
