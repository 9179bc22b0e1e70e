"""What a message costs a relay's store when it holds 10 thousand, and when it holds 1 million.

Rules: the stores are filled by plain SQL, with rows as the store itself writes them (a test compares); sealed messages have
their real size, spread over as many queues as Sweden has pharmacies, in the order in which they would have come. A message's
cost is its whole way: submitted, leased, acknowledged, each in batches. Both stores in turns, in one process; the median ratio.

Usage: python -m benchmarks.relay_size FOLDER COUNT  (fills one store)
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks import relay_load
from dpr.adapters.mail_store_jobs import Acknowledge, Lease, Submit
from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.core.mail import sealing
from dpr.ports import Quota, Submission
from tests.mail_world import MailWorld

WORLD = MailWorld()
#: Pharmacies.
QUEUES = 1_400
SMALL, LARGE = 10_000, 1_000_000
ROUNDS, BATCH = 30, 256
PLENTY = Quota(*[(10**9, 10**13)] * 3)
SENDERS = 50


def queue(number: int) -> str:
    return f"key:{number:032x}"


def submission(number: int, now: int, made: Iterator[bytes]) -> Submission:
    sealed = next(made)
    sender = hashlib.sha256(b"sender %d" % (number % SENDERS)).digest()
    return Submission(sender, sealing.read(sealed).outer, sealed, hashlib.sha256(sealed).digest())


def fill(path: Path, count: int) -> None:
    """Makes a store at `path` that holds `count` messages, none of them fetched."""
    now, stamp = WORLD.now, WORLD.stamp()
    with SqlMailStore.open(path, now=now) as store:
        made = relay_load.messages(1, now)
        example = submission(0, now, made)
        [one] = store.submit([example], stamp=stamp, quota=PLENTY, now=now)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -1000000")
    db.execute("BEGIN")
    size, rest = len(example.sealed), example.sealed[16:]
    for first in range(0, count, 5_000):
        rows, held = [], []
        for number in range(first, min(first + 5_000, count)):
            name, until = secrets.token_bytes(16), now + 86_400 + number % 3600
            sealed, sender = name + rest, hashlib.sha256(b"sender %d" % (number % SENDERS)).digest()
            place, digest = (queue(number % QUEUES), number // QUEUES + 1), hashlib.sha256(sealed).digest()
            rows.append((*place, sender, name, digest, until, size, None, None, one.receipt))
            held.append((*place, size, until, now, sealed))
        db.executemany(f"INSERT INTO mail_messages VALUES ({', '.join('?' * 10)})", rows)
        db.executemany(f"INSERT INTO mail_held VALUES ({', '.join('?' * 6)})", held)
    each = "count(*), sum(size_bytes) FROM mail_messages WHERE queue LIKE 'key:%'"
    db.execute(f"INSERT INTO mail_queues SELECT queue, max(sequence), ?, 0, {each} GROUP BY queue", (secrets.token_bytes(32),))
    db.execute(f"INSERT OR REPLACE INTO mail_senders SELECT sender, {each} GROUP BY sender")
    db.execute(f"INSERT INTO mail_shares SELECT queue, sender, {each} GROUP BY queue, sender")
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


class Cost(NamedTuple):
    """Of one message, in microseconds."""

    submit: float
    lease: float
    acknowledge: float

    @property
    def whole(self) -> float:
        return self.submit + self.lease + self.acknowledge


def round_of(store: SqlMailStore, number: int, now: int) -> Cost:
    """A batch of messages to as many queues, on their whole way."""
    stamp = WORLD.stamp()
    made = relay_load.messages(BATCH, now)
    batch = []
    for place in range(BATCH):
        one = submission(place, now, made)
        content = type(one.outer.content)(
            queue=queue((number * BATCH + place) % QUEUES), environment=one.outer.content.environment, bucket=0
        )
        outer = type(one.outer)(not_after=one.outer.not_after, created=one.outer.created, id=one.outer.id, content=content)
        batch.append(one._replace(outer=outer))
    began = time.perf_counter()
    store.run([Submit((one,), stamp, PLENTY, now) for one in batch])
    submitted = time.perf_counter()
    names = [one.outer.content.queue for one in batch]
    leased = store.run([Lease(name, 2**40, 1, 10**6, now + 600, now) for name in names])
    fetched = time.perf_counter()
    digests = [hashlib.sha256(messages[0]).digest() for messages in leased if messages]
    store.run([Acknowledge(name, (digest,), (), stamp, now) for name, digest in zip(names, digests, strict=True)])
    ended = time.perf_counter()
    each = 1e6 / BATCH
    return Cost((submitted - began) * each, (fetched - submitted) * each, (ended - fetched) * each)


def measured(small: Path, large: Path, *, rounds: int = ROUNDS) -> dict[str, float]:
    """`ratio` of the large store's cost to the small one's; `small_us`, `large_us`: medians."""
    now = WORLD.now
    ratios, costs = [], {"small_us": [], "large_us": []}
    with SqlMailStore.open(small, now=now) as one, SqlMailStore.open(large, now=now) as other:
        for number in range(rounds):
            pair = [("small_us", one), ("large_us", other)]
            found = {name: round_of(store, number, now) for name, store in (pair if number % 2 else pair[::-1])}
            ratios.append(found["large_us"].whole / found["small_us"].whole)
            for name, cost in found.items():
                costs[name].append(cost.whole)
    return {"ratio": statistics.median(ratios), **{name: statistics.median(several) for name, several in costs.items()}}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch)
        began = time.perf_counter()
        fill(folder / "small.db", SMALL)
        fill(folder / "large.db", int(sys.argv[2]) if len(sys.argv) > 2 else LARGE)
        print("filled in", time.perf_counter() - began)
        began = time.perf_counter()
        SqlMailStore.open(folder / "large.db", now=WORLD.now).close()
        print("opened in", time.perf_counter() - began)
        print(measured(folder / "small.db", folder / "large.db"))
