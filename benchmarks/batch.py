"""An audit on every core, beside the same documents one after the other on one."""

from __future__ import annotations

import json
import statistics
import time
from datetime import UTC, datetime
from itertools import cycle, islice

import msgspec

from benchmarks.__main__ import Row
from benchmarks.verdict import MEASURED
from dpr.adapters.verify_many import verify_many
from dpr.core import documents
from dpr.core.verify import Accepted, verify
from tests.world import World

PRESCRIPTIONS, DOCUMENTS, ROUNDS = 500, 60_000, 3


def rows() -> list[Row]:
    """verify_batch_speedup (goal at least 1.7 on two cores) and verify_batch_per_second, start of the workers included."""
    world = World()
    value = world.prescription(json.loads(sorted(MEASURED.glob("one-item*.json"))[0].read_text("utf-8")))
    credential = world.credential()
    signed = [
        documents.sign(
            documents.PRESCRIPTION,
            msgspec.structs.replace(value, id=number.to_bytes(16, "big")),
            world.prescriber,
            credential=credential,
        )
        for number in range(PRESCRIPTIONS)
    ]
    trust, now, policy = world.trust(), datetime.fromtimestamp(world.now, UTC), world.policy

    def one_by_one() -> int:
        return sum(isinstance(verify(one, trust, now, policy=policy), Accepted) for one in islice(cycle(signed), DOCUMENTS))

    def on_every_core() -> int:
        given = islice(cycle(signed), DOCUMENTS)
        return sum(judged.accepted for judged in verify_many(given, trust, now, policy=policy))

    speedups, per_second = [], []
    for _ in range(ROUNDS):
        seconds = []
        for work in (one_by_one, on_every_core):
            started = time.perf_counter()
            assert work() == DOCUMENTS
            seconds.append(time.perf_counter() - started)
        speedups.append(seconds[0] / seconds[1])
        per_second.append(DOCUMENTS / seconds[1])
    return [
        Row("verify_batch_speedup", statistics.median(speedups), "× one core", 1.7, lower_is_better=False),
        Row("verify_batch_per_second", statistics.median(per_second), "documents a second", lower_is_better=False),
    ]
