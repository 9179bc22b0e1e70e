"""A fuzz target: a function over bytes that fails when its invariant does not hold.

Rules: the docstring of the function is the invariant. A target never sleeps, prints or keeps files, and gives the same answer
for the same bytes. `seeds` are made from tests/vectors and tests/world.py; `mutate` keeps the structure where plain bytes would
never get past a signature or a parser.

Example: `@target(seeds=lambda: [b"\\xa0"], mutate=cbor_tree) \n def cbor(data): ...`
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from dpr.core.codes import CODES
from dpr.core.errors import DprError, InputError
from tests.fuzz.mutate import Mutator

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
CORPUS = Path(__file__).resolve().parent / "corpus"


class Target(NamedTuple):
    """`runs`: inputs of the short run; `max_bytes`: the longest input that is made."""

    name: str
    run: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    mutate: Mutator | None
    max_bytes: int
    runs: int

    @property
    def invariant(self) -> str:
        """What must hold for any bytes."""
        return " ".join((self.run.__doc__ or "").split())

    def corpus(self) -> list[bytes]:
        """The committed inputs and the seeds, each once."""
        kept = [path.read_bytes() for path in sorted((CORPUS / self.name).glob("*"))]
        return list(dict.fromkeys([*kept, *self.seeds()]))


TARGETS: dict[str, Target] = {}


def target(
    *, seeds: Callable[[], Iterable[bytes]], mutate: Mutator | None = None, max_bytes: int = 4096, runs: int = 1500
) -> Callable[[Callable[[bytes], None]], Callable[[bytes], None]]:
    """Enters a function into `TARGETS` under its own name."""

    def enter(run: Callable[[bytes], None]) -> Callable[[bytes], None]:
        name = run.__name__
        TARGETS[name] = Target(name, run, cache(lambda: [*seeds()]), mutate, max_bytes, runs)
        return run

    return enter


def vectors(name: str, *, accepted: bool = False) -> list[bytes]:
    """The inputs of a file of tests/vectors, all or those to be accepted; QR texts as UTF-8."""
    given = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))["vectors"]
    given = [one for one in given if one["expect"] == "accepted" or not accepted]
    made = [one["input"].encode() if one["layer"] == "qr" else bytes.fromhex(one["input"]) for one in given]
    return [data for data in made if len(data) <= 4096]


def named(error: DprError) -> None:
    """The error has a code of the table and says nothing that a terminal or a log could take for anything but text."""
    assert error.code in CODES, error.code
    problems = error.problems if isinstance(error, InputError) else ()
    said = [error.detail] + [text for one in problems for text in (one.path, one.wrong, one.expected)]
    assert all(one.code in CODES for one in problems), problems
    assert not [text for text in said if not text.isprintable()], said


def outcome(action: Callable[[], Any], *errors: type[DprError]) -> Any:
    """What `action` returns, or None when it ends in one of `errors`, which must be `named`. Anything else passes through."""
    try:
        return action()
    except errors as error:
        named(error)
        return None
