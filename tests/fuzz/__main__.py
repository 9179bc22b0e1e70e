"""Runs the targets: guided by coverage where atheris is, else with seeded mutations.

    python -m tests.fuzz list                        every target and its invariant
    python -m tests.fuzz long [seconds] [target …]   what `make fuzz` runs; crashes and their commands go to build/fuzz
    python -m tests.fuzz short [target …]            what CI runs: a fixed number of inputs from a fixed seed
    python -m tests.fuzz repeat target file          one input again, with its traceback
    python -m tests.fuzz minimise [target …]         takes into each corpus what long runs found, and keeps what reaches more

Rules: a target runs in a process of its own, forked when everything is imported; one that fails does not stop the others.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

try:
    import atheris
except ImportError:  # no wheel for this Python: the same targets, without guidance
    atheris = None

SHORT, SEED = "short", 20_261_121
#: A corpus stays small: files in a folder, bytes in a file.
MOST_FILES, MOST_BYTES = 40, 2048
#: Of the inputs that a run has found, so many of the smallest are looked at.
MOST_TRACED = 400
CRASHES = Path("build/fuzz")
#: What long runs found worth keeping; `minimise` takes it into the corpus.
FOUND = CRASHES / "found"
#: A step inside dpr: file, line before, line.
Arc = tuple[str, int, int]


def load(*, guided: bool) -> None:
    """Imports every target, with dpr watched where runs are guided by coverage."""
    warnings.simplefilter("ignore")
    if guided:
        # atheris tells the name of every module that it watches.
        with contextlib.redirect_stderr(io.StringIO()), atheris.instrument_imports(include=["dpr"]):
            from tests.fuzz import all_targets
    else:
        from tests.fuzz import all_targets
    assert all_targets.TARGETS


@contextlib.contextmanager
def kept_if_it_fails(name: str, data: bytes) -> Iterator[None]:
    """An input that breaks the invariant is left in `CRASHES`."""
    try:
        yield
    except BaseException:
        CRASHES.mkdir(parents=True, exist_ok=True)
        (CRASHES / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}").write_bytes(data)
        raise


def guided_run(name: str, options: Sequence[str]) -> None:
    """libFuzzer with its own options and folders; ends the process."""
    from tests.fuzz.target import TARGETS

    chosen = TARGETS[name]
    mutate = chosen.mutate

    def custom(data: bytes, most: int, seed: int) -> bytes:
        assert mutate is not None
        random = Random(seed)
        made = mutate(data, random)
        return (atheris.Mutate(made, most) if random.random() < 0.25 else made)[:most]

    def watched(data: bytes) -> None:
        with kept_if_it_fails(name, data):
            chosen.run(data)

    arguments = [name, f"-max_len={chosen.max_bytes}", "-rss_limit_mb=2048", "-timeout=20", *options]
    if mutate is None:
        atheris.Setup(arguments, watched)
    else:
        atheris.Setup(arguments, watched, custom_mutator=custom)
    atheris.Fuzz()


def plain_run(name: str, go_on: Callable[[int], bool]) -> None:
    """Seeds and seeded mutations of them while `go_on(count)`; the first input that fails is kept in `CRASHES`."""
    from tests.fuzz.mutate import raw
    from tests.fuzz.target import TARGETS

    chosen, count = TARGETS[name], 0
    corpus = chosen.corpus()
    while go_on(count):
        random = Random(f"{SEED} {name} {count}")
        data = corpus[count] if count < len(corpus) else (chosen.mutate or raw)(random.choice(corpus), random)
        data, count = data[: chosen.max_bytes], count + 1
        with kept_if_it_fails(name, data):
            chosen.run(data)
    print(f"#{count} DONE", file=sys.stderr)


def in_a_fork(action: Callable[[], None], log: Path) -> int:
    """The exit code of `action` in a child, whose output goes to `log`."""
    child = os.fork()
    if child == 0:
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(handle, 1), os.dup2(handle, 2)
        code = 1
        try:
            action()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _one(name: str, seconds: int | None, scratch: Path, log: Path) -> int:
    """One target, for that long or for its number of runs."""
    from tests.fuzz.target import TARGETS

    chosen = TARGETS[name]
    if atheris is None:
        ends = time.monotonic() + (seconds or 0)
        return in_a_fork(lambda: plain_run(name, lambda n: time.monotonic() < ends if seconds else n < chosen.runs), log)
    seeds, found = scratch / f"{name}-seeds", scratch / name
    for place in (seeds, found):
        place.mkdir()
    for number, data in enumerate([*chosen.corpus(), *(one.read_bytes() for one in sorted((FOUND / name).glob("*")))]):
        (seeds / f"{number:03}").write_bytes(data)
    CRASHES.mkdir(parents=True, exist_ok=True)
    length = [f"-max_total_time={seconds}"] if seconds else [f"-runs={chosen.runs}", f"-seed={SEED}"]
    folders = [str(found), str(seeds)]
    code = in_a_fork(lambda: guided_run(name, [*length, f"-artifact_prefix={CRASHES}/{name}-libfuzzer-", *folders]), log)
    if seconds:
        candidates = [*found.glob("*"), *(FOUND / name).glob("*")]
        in_a_fork(lambda: keep_what_reaches_more(name, candidates, FOUND / name), log.with_suffix(".kept"))
    return code


def keep_what_reaches_more(name: str, found: Sequence[Path], into: Path) -> None:
    """Makes the folder `into` anew of the smallest files, of the corpus and of those found, that reach something in dpr which
    the seeds and smaller ones do not."""
    from tests.fuzz.target import CORPUS, TARGETS

    chosen = TARGETS[name]
    candidates = {one.read_bytes() for one in [*(CORPUS / name).glob("*"), *found] if one.stat().st_size <= MOST_BYTES}
    candidates = {data for data in candidates if b"PRIVATE KEY" not in data}  # no scanner for secrets shall stop at a corpus
    reached: set[Arc] = set()
    for data in chosen.seeds():
        reached |= arcs(chosen.run, data)
    kept: list[bytes] = []
    for data in sorted(candidates, key=lambda one: (len(one), one))[:MOST_TRACED]:
        more = arcs(chosen.run, data) - reached
        if more and len(kept) < MOST_FILES:
            kept.append(data)
            reached |= more
    shutil.rmtree(into, ignore_errors=True)
    if kept:
        into.mkdir(parents=True)
    for data in kept:
        (into / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def arcs(run: Callable[[bytes], None], data: bytes) -> set[Arc]:
    """The steps from line to line inside dpr that an input makes."""
    found: set[Arc] = set()

    def trace(frame: FrameType, _event: str, _argument: object) -> Any:
        name = frame.f_code.co_filename
        if "/dpr/" not in name:
            return None
        last = [0]

        def lines(frame: FrameType, event: str, _argument: object) -> Any:
            if event == "line":
                found.add((name, last[0], frame.f_lineno))
                last[0] = frame.f_lineno
            return lines

        return lines

    sys.settrace(trace)
    try:
        run(data)
    finally:
        sys.settrace(None)
    return found


def run(names: Sequence[str], seconds: int | None) -> int:
    """Every target in turn; 1 where any failed. One line each, and the command that repeats what failed."""
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            log, before = Path(scratch) / f"{name}.log", time.monotonic()
            code = _one(name, seconds, Path(scratch), log)
            said = log.read_text("utf-8", "replace").splitlines()
            runs = max([int(line.split()[0][1:]) for line in said if line[:1] == "#" and line.split()[0][1:].isdigit()] or [0])
            took = time.monotonic() - before
            print(
                f"{'ok  ' if code == 0 else 'FAIL'} {name:20} {runs:>9} inputs {took:6.1f} s {runs / took:>8.0f}/s", flush=True
            )
            if code:
                failed = 1
                crashes = sorted(CRASHES.glob(f"{name}-*"), key=lambda one: one.stat().st_mtime)
                print("\n".join(f"     {line}" for line in said[-30:]))
                print(f"     again: {sys.executable} -m tests.fuzz repeat {name} {crashes[-1] if crashes else '?'}", flush=True)
    return failed


def minimise(names: Sequence[str]) -> int:
    """Every corpus anew, from what is in it and what long runs found."""
    from tests.fuzz.target import CORPUS

    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            before = len([*(CORPUS / name).glob("*")])
            found = [*(FOUND / name).glob("*")]
            keep = partial(keep_what_reaches_more, name, found, CORPUS / name)
            code = in_a_fork(keep, Path(scratch) / "log")
            print(f"{name:20} {before:>3} → {len([*(CORPUS / name).glob('*')]):>3} files" + " failed" * bool(code), flush=True)
    return 0


def main(words: Sequence[str]) -> int:
    """See the docstring of the module."""
    how, rest = (words[0], [*words[1:]]) if words else ("list", [])
    guided = atheris is not None and how in (SHORT, "long")
    load(guided=guided)
    from tests.fuzz.target import TARGETS

    if how == "repeat":
        TARGETS[rest[0]].run(Path(rest[1]).read_bytes())
        return 0
    seconds = int(rest.pop(0)) if how == "long" and rest and rest[0].isdigit() else 60
    names = rest or [*TARGETS]
    if how in (SHORT, "long"):
        return run(names, seconds if how == "long" else None)
    if how == "minimise":
        return minimise(names)
    for one in TARGETS.values():
        print(f"{one.name}\n    {one.invariant}")
    return 0 if how == "list" else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
