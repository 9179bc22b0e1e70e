"""A whole country's trust data in one pharmacy: 3,000 issuers, 10 million status entries, 100,000 credentials.

Rules: the folder is loaded as a site loads it, from files, in a process of its own, so that its memory can be seen: all that is
resident (keys lie in OpenSSL), and what the lists add as Python counts it. Files were just written, so the disk is not what
is measured.
A verdict with the large lists is taken in turns with the same verdict with small ones; the worst of its ratios is the row's.

Usage: python -m benchmarks.trust FOLDER  (measures one folder and prints JSON)
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import trust_site
from benchmarks.__main__ import ROOT, Row
from benchmarks.measure import ratio
from benchmarks.trust_site import LARGE, SMALL, Scale
from benchmarks.x509_chain import rounded
from dpr.adapters.trust_files import TrustFiles
from dpr.core import qr
from dpr.core.credential import StatusReference
from dpr.core.trust import Trust
from dpr.core.verify import Accepted, verify
from tests.world import DAY, World, status_uri

RECORD = ROOT / "build" / "trust.json"
LOADS, LOOKUPS, ROUNDS, CALLS = 7, 3000, 400, 2
VERDICTS = ("cached", "uncached", "held", "earlier")


# --- one folder, in a process of its own ------------------------------------------------------------------------------------


def of_folder(folder: Path, *, traced: bool) -> dict[str, float]:
    """What loading `folder` takes: `load_seconds` (first: `first_load_seconds`), what the process has resident then and had
    before, lookups in microseconds; or `python_bytes` alone where `traced`, since tracing makes everything slow."""
    if traced:
        tracemalloc.start()
        before = _settled(lambda: tracemalloc.get_traced_memory()[0])
        trust = TrustFiles(folder).load()
        return {"python_bytes": _settled(lambda: tracemalloc.get_traced_memory()[0]) - before}
    before = _settled(_resident_bytes)
    started = time.perf_counter()
    trust = TrustFiles(folder).load()
    first = time.perf_counter() - started
    memory = {"resident_before_bytes": before, "resident_bytes": _settled(_resident_bytes)}
    return {"first_load_seconds": first, **memory, **_lookups(trust, folder), **_loads(folder)}


def _settled(measure: Callable[[], int]) -> int:
    gc.collect()
    return measure()


def _resident_bytes() -> int:
    """Of this process; Linux."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _loads(folder: Path) -> dict[str, float]:
    spent = []
    for _ in range(LOADS):
        started = time.perf_counter()
        TrustFiles(folder).load()
        spent.append(time.perf_counter() - started)
    return {"load_seconds": statistics.median(spent)}


def _lookups(trust: Trust, folder: Path) -> dict[str, float]:
    """Status of one credential of each of many issuers; held credentials, each for the first time."""
    assert trust.trust_list is not None
    like = World().credential_value()
    issuers = [one.id for one in trust.trust_list.content.issuers]
    asked = [
        msgspec.structs.replace(like, issuer=name, status=StatusReference(idx=number, uri=status_uri(name)))
        for number, name in enumerate(issuers)
    ]
    kids = [bytes.fromhex(line) for line in (folder / trust_site.KIDS).read_text().split()]
    return {
        "status_lookup_us": _each(lambda number: trust.status(asked[number % len(asked)]), LOOKUPS),
        "held_lookup_us": _each(lambda number: _require(trust.held(kids[number])), len(kids)),
    }


def _require(found: list[Any]) -> None:
    if not found:
        raise LookupError("a credential in the folder was not found")


def _each(work: Callable[[int], object], count: int) -> float:
    """Median microseconds of one."""
    spent = []
    for number in range(count):
        started = time.perf_counter()
        work(number)
        spent.append(time.perf_counter() - started)
    return statistics.median(spent) * 1e6


def in_a_process(folder: Path) -> dict[str, float]:
    """`of_folder`, both ways, each in a fresh process."""
    found: dict[str, float] = {}
    for more in ([], ["--traced"]):
        command = [sys.executable, "-m", "benchmarks.trust", str(folder), *more]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        found |= json.loads(ran.stdout)
    return found


# --- verdicts ---------------------------------------------------------------------------------------------------------------


def verdicts(small: Trust, large: Trust, *, rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """`cached`, `uncached` (QR text with the credential inside), `held` (with a hint of it, never seen), `earlier` (as of a day
    before the lists, as an audit judges): `ratio` of the verdict with the large lists to that with the small ones, and the
    microseconds of both."""
    world = World()
    before = world.now - DAY
    value = world.prescription(authored_at=before - 60)
    whole, hinted = (qr.to_text(world.prescription_document(value, embedded=embedded)) for embedded in (True, False))

    def judging(name: str, trust: Trust) -> Callable[[], object]:
        text, at = hinted if name == "held" else whole, before if name == "earlier" else world.now
        now = datetime.fromtimestamp(at, UTC)

        def work() -> object:
            if name in ("uncached", "held"):
                trust.forget()
            return verify(qr.from_text(text), trust.known_at(at), now, policy=world.policy)

        if not isinstance(work(), Accepted):
            raise ValueError("what is measured must be accepted")
        return work

    found = {}
    for name in VERDICTS:
        times, at_large, at_small = ratio(judging(name, large), judging(name, small), rounds=rounds, calls=CALLS)
        found[name] = {"ratio": times, "large_us": at_large * 1e6, "small_us": at_small * 1e6}
    return found


# --- all of it --------------------------------------------------------------------------------------------------------------


def measured(large: Scale = LARGE, *, rounds: int = ROUNDS) -> dict[str, Any]:
    """All of it, as it stands in docs/figures/trust.json; fractions at four significant digits."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sizes = trust_site.write(folder / "large", large)
        trust_site.write(folder / "small", SMALL)
        loaded = in_a_process(folder / "large")
        pair = [TrustFiles(folder / one).load() for one in ("small", "large")]
        return rounded({"scale": large._asdict(), **sizes, **loaded, "verdicts": verdicts(*pair, rounds=rounds)})


def rows() -> list[Row]:
    """trust_load_3000_seconds, verify_large_lists_ratio, and memory, lookups and bytes."""
    found = measured()
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return [
        Row("trust_load_3000_seconds", found["load_seconds"], "s", 1.0),
        Row("verify_large_lists_ratio", max(one["ratio"] for one in found["verdicts"].values()), "× small lists", 1.1),
        Row("trust_memory_mb", found["resident_bytes"] / 1e6, "MB"),
        Row("trust_lists_mb", found["python_bytes"] / 1e6, "MB"),
        Row("trust_published_mb", found["published_bytes"] / 1e6, "MB"),
        Row("trust_status_lookup_us", found["status_lookup_us"], "µs"),
        Row("trust_held_lookup_us", found["held_lookup_us"], "µs"),
    ]


if __name__ == "__main__":
    print(json.dumps(of_folder(Path(sys.argv[1]), traced="--traced" in sys.argv)))
