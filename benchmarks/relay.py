"""A relay under load: durable submits, from the sender to the recipient, many who wait, and a store that is large.

Rules: the server is `dpr relay serve` in a process of its own, the load comes from another (benchmarks/relay_load.py); what is
compared is taken in turns, and a ratio is the median of its rounds. `relay_submit_…_ratio` is durable submits a second against
the smaller of (a) the same server over a store that keeps nothing and signs nothing, and (b) what the store itself commits in
batches. Half load is half of what the relay can carry all the way. Without PostgreSQL its rows are left out.

Usage: python -m benchmarks.relay  (prints the rows)
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks import relay_load, relay_size, relay_way
from benchmarks.__main__ import ROOT, Row
from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.core.mail import sealing
from dpr.ports import Submission
from tests.mail_world import ORIGIN, MailWorld
from tests.postgres import Server, binaries
from tests.relay.rig import CONFIG, write_relay

COUNT, ROUNDS, CONNECTIONS, BATCH = 4_000, 3, 64, 256
#: Nothing is refused for being too much.
LIMITS = """
[limits]
requests_per_second = 1000000
burst = 1000000
connections_per_address = 10000
polls_of_one = 1000
[quota]
queue_messages = 100000000
share_messages = 100000000
sender_messages = 100000000
queue_bytes = 1000000000000
share_bytes = 1000000000000
sender_bytes = 1000000000000
"""


class Served(NamedTuple):
    """A relay that runs."""

    port: int
    pid: int
    world: MailWorld


@contextmanager
def serving(folder: Path, *, store: str = "", nothing: bool = False) -> Iterator[Served]:
    """`dpr relay serve` on SQLite in `folder`, on the `store` at a URL, or over a store that keeps `nothing`."""
    folder.mkdir()
    world = MailWorld(now=int(time.time()))
    line = f'store = "{store.replace("+psycopg", "")}"\n' if store else ""
    config = write_relay(folder, world, CONFIG + line + LIMITS)
    words = ["benchmarks.relay_null", str(config)] if nothing else ["dpr", "relay", "serve", str(config)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError((folder / "log").read_text()[-2000:])
        yield Served(int(url.rpartition(":")[2]), process.pid, world)
    finally:
        process.terminate()
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()


def submits(served: Served, folder: Path, *, count: int = COUNT, connections: int = CONNECTIONS) -> float:
    """Durable submits a second."""
    path = folder / "messages"
    relay_load.write(path, relay_load.messages(count, served.world.now))
    words = [str(served.port), str(path), "--connections", str(connections), "--now", str(served.world.now), "--origin", ORIGIN]
    ran = subprocess.run([sys.executable, "-m", "benchmarks.relay_load", *words], cwd=ROOT, capture_output=True, check=True)
    found = json.loads(ran.stdout)
    if found["failed"]:
        raise RuntimeError(f"the relay refused: {found['failed']}")
    return float(found["sent"] / found["seconds"])


def batches(store: SqlMailStore, *, count: int = COUNT, together: int = BATCH) -> float:
    """What the store itself takes in a second, `together` in one commit, without a server."""
    world = MailWorld(now=int(time.time()))
    stamp, sender = world.stamp(), world.node.key.thumbprint
    made = [
        Submission(sender, sealing.read(one).outer, one, hashlib.sha256(one).digest())
        for one in relay_load.messages(count, world.now)
    ]
    began = time.perf_counter()
    for at in range(0, count, together):
        store.submit(made[at : at + together], stamp=stamp, quota=relay_size.PLENTY, now=world.now)
    return count / (time.perf_counter() - began)


def compared(folder: Path, server: Server | None, *, rounds: int = ROUNDS, count: int = COUNT) -> dict[str, list[float]]:
    """Everything that is compared, in turns: `nothing`, and by store `…_submits`, `…_batches`; by round."""
    found: dict[str, list[float]] = {}
    with ExitStack() as stack:
        nothing = stack.enter_context(serving(folder / "nothing", nothing=True))
        relays, stores = {}, {}
        urls = {"sqlite": str(folder / "batches.db")} | ({"postgres": server.database("batches")} if server else {})
        for name, url in urls.items():
            at = server.database("relay") if server and name == "postgres" else ""
            relays[name] = stack.enter_context(serving(folder / name, store=at))
            stores[name] = stack.enter_context(SqlMailStore.open(url, now=int(time.time())))
        for _ in range(rounds):
            found.setdefault("nothing", []).append(submits(nothing, folder, count=count))
            for name, relay in relays.items():
                found.setdefault(f"{name}_submits", []).append(submits(relay, folder, count=count))
                found.setdefault(f"{name}_batches", []).append(batches(stores[name], count=count))
        for name, relay in relays.items():
            found[f"{name}_alone"] = [submits(relay, folder, count=200, connections=1)]
    return found


def ratio(found: dict[str, list[float]], name: str) -> float:
    """Of a store's submits to the smaller of both comparisons; the median of its rounds."""
    rounds = zip(found[f"{name}_submits"], found["nothing"], found[f"{name}_batches"], strict=True)
    return statistics.median(one / min(others) for one, *others in rounds)


def rows() -> list[Row]:
    """relay_submit_sqlite_ratio, relay_submit_postgres_ratio, relay_latency_p99_ms, relay_cost_1m_ratio, and what belongs to
    them."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        server = stack.enter_context(Server()) if binaries() else None
        made = _submit_rows(compared(folder, server))
        with serving(folder / "way") as served:
            made += _way_rows(asyncio.run(relay_way.measured(served.port, served.pid, served.world)))
        for one in ("small", "large"):
            relay_size.fill(folder / f"{one}.db", relay_size.SMALL if one == "small" else relay_size.LARGE)
        began = time.perf_counter()
        SqlMailStore.open(folder / "large.db", now=int(time.time())).close()
        opened = time.perf_counter() - began
        cost = relay_size.measured(folder / "small.db", folder / "large.db")
    return [
        *made,
        Row("relay_cost_1m_ratio", cost["ratio"], "× 10,000 held", 1.3),
        Row("relay_cost_1m_us", cost["large_us"], "µs"),
        Row("relay_open_1m_seconds", opened, "s"),
    ]


#: By store: the names of its ratio, its submits, its batches, and what committing together brings.
_NAMES = {
    "sqlite": (
        "relay_submit_sqlite_ratio",
        "relay_submit_sqlite_per_second",
        "relay_batch_sqlite_per_second",
        "relay_together_sqlite",
    ),
    "postgres": (
        "relay_submit_postgres_ratio",
        "relay_submit_postgres_per_second",
        "relay_batch_postgres_per_second",
        "relay_together_postgres",
    ),
}


def _submit_rows(found: dict[str, list[float]]) -> list[Row]:
    made, each = [], "submits a second"
    for store, (share, submitted, batched, together) in _NAMES.items():
        if f"{store}_submits" in found:
            rate = statistics.median(found[f"{store}_submits"])
            made += [
                Row(share, ratio(found, store), "× the smaller", 0.5, lower_is_better=False),
                Row(submitted, rate, each, lower_is_better=False),
                Row(batched, statistics.median(found[f"{store}_batches"]), each, lower_is_better=False),
                Row(together, rate / found[f"{store}_alone"][0], "× one at a time", lower_is_better=False),
            ]
    return [*made, Row("relay_nothing_per_second", statistics.median(found["nothing"]), each, lower_is_better=False)]


def _way_rows(way: relay_way.Way) -> list[Row]:
    return [
        Row("relay_latency_p99_ms", 1e3 * way.half_p99, "ms", 250),
        Row("relay_latency_p50_ms", 1e3 * way.half_p50, "ms"),
        Row("relay_latency_idle_p99_ms", 1e3 * way.idle_p99, "ms"),
        Row("relay_latency_idle_p50_ms", 1e3 * way.idle_p50, "ms"),
        Row("relay_carried_per_second", way.carried, "messages a second", lower_is_better=False),
        Row("relay_2000_polls_mb", way.polls_bytes / 1e6, "MB"),
        Row("relay_2000_polls_files", way.polls_files, "file descriptors"),
    ]


if __name__ == "__main__":
    for one in rows():
        print(one)
