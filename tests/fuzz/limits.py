"""What each decoder costs on its worst inputs: processor time and growth of memory, each in a process of its own.

`python -m tests.fuzz.limits [words in the name]` prints every case, the dearest first; with `--json` for a program.

Rules: processor time, not the clock, and the best of several; memory is the peak of the process above what it had with the
input in it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.fuzz.worst import WORST

MOST_MS, MOST_MIB = 50, 64
_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Cost(NamedTuple):
    """Milliseconds of processor time and MiB of growth; `fault`: what escaped the decoder, or ""."""

    name: str
    ms: float
    mib: float
    fault: str


def _reset_peak() -> None:
    with contextlib.suppress(OSError):
        _RESET.write_text("5")  # proc(5): the peak begins anew


def _peak_kib() -> int:
    try:
        return next(int(line.split()[1]) for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measured(name: str, action: Callable[[], Any]) -> Cost:
    """The cost of `action`, in this process."""
    gc.collect()
    _reset_peak()
    before, fault, best = _peak_kib(), "", float("inf")
    for _ in range(4):
        began = time.process_time()
        try:
            action()
        except BaseException as error:
            fault = f"{type(error).__name__}: {error}"[:200]
        best = min(best, time.process_time() - began)
        if best < 0.005:
            break
    return Cost(name, best * 1000, (_peak_kib() - before) / 1024, fault)


def in_a_fork(name: str) -> Cost:
    """The cost of one case, in a child."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            answer = json.dumps(measured(name, WORST[name]()))
        except BaseException as error:
            answer = json.dumps([name, 0, 0, f"not made: {type(error).__name__}: {error}"])
        os.write(writes, answer.encode())
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return Cost(*json.loads(answer)) if answer else Cost(name, 0, 0, "the process died")


def main(words: list[str]) -> None:
    """Measures the cases whose name has one of `words`, or all."""
    warnings.simplefilter("ignore")
    wanted = [word for word in words if word != "--json"]
    costs = [
        in_a_fork(name)
        for name in WORST
        if not wanted or name in wanted or any(word in name for word in wanted if ":" not in word)
    ]
    if "--json" in words:
        print(json.dumps(costs))
        return
    for cost in sorted(costs, key=lambda one: -one.ms):
        print(f"{cost.ms:9.2f} ms {cost.mib:7.1f} MiB  {cost.name}  {cost.fault}")


if __name__ == "__main__":
    main(sys.argv[1:])
