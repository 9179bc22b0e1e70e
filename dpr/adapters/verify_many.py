"""Many documents judged on every core: what an audit of a week's documents needs.

Rules: results come lazily and in the order of the documents; a bad document is a result, never an error. A worker that dies
is a named error, never a hang. Memory is bounded: documents are read as they are needed, and few chunks, of so many documents
and so many bytes, are under way at once. Workers are processes, since judging holds the interpreter's lock. They are started
afresh, never forked from this process, which may have threads; Ctrl-C is this process's to answer; and they end when it does.
The first documents are judged here while the workers start, and all of them where there are no more, or where there is one
core.

Example: `for judged in verify_many(documents, trust, now, policy=policy): print(judged.code)`
"""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from dpr.core.errors import DprError
from dpr.core.policy import Policy
from dpr.core.trust import Trust
from dpr.core.verify import Accepted, Catalogue, Check, verify

ACCEPTED = "accepted"
#: As many documents as can be judged while workers start.
MANY = 2000
_MANY_BYTES = 8 * 1024 * 1024
_CHUNK = 512
_CHUNK_BYTES = 1024 * 1024
_CHUNKS_PER_WORKER = 4

Given = bytes | tuple[bytes, datetime]
_Timed = tuple[bytes, datetime, bool]


class Judged(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One document's verdict, small. `digest`: SHA-256 of its bytes; `code`: `accepted`, or why it is refused; `id`: the
    prescription's, in hexadecimal, where it is authentic."""

    digest: bytes
    code: str
    id: str | None
    checks: tuple[Check, ...]

    @property
    def accepted(self) -> bool:
        """Is it authentic, and was it allowed?"""
        return self.code == ACCEPTED


def verify_many(
    documents: Iterable[Given],
    trust: Trust,
    now: datetime,
    *,
    policy: Policy,
    catalogue_path: Path | None = None,
    workers: int | None = None,
) -> Iterator[Judged]:
    """Each document's verdict as `dpr.core.verify.verify` gives it, in order.

    `documents`: bytes, judged at `now`; or (bytes, when), received then, judged as of then by what is held now
    (`Trust.known_at`): what was revoked from later on is a warning.
    `catalogue_path`: the product file's; `workers`: processes, by default one for each core, 1 for none but this one.
    Raises DprError `batch_worker_died`; StorageError `products_file_…` before anything is judged; ValueError for a time
    without zone. Closing the iterator, or any error, ends the workers.
    """
    site = _Site(trust, policy, catalogue_path, _opened(catalogue_path))
    timed = (_timed(one, now) for one in documents)
    workers = workers or _cores()
    first = _taken(timed, MANY, _MANY_BYTES) if workers > 1 else []
    if after := list(islice(timed, 1 if first else 0)):
        yield from _on_every_core(first, chain(after, timed), site, workers)
    else:
        yield from map(site.judge, chain(first, timed))


def _timed(given: Given, now: datetime) -> _Timed:
    document, at, of_its_own = (given, now, False) if isinstance(given, bytes) else (*given, True)
    if at.tzinfo is None:
        raise ValueError("times must be aware datetimes")
    return document, at, of_its_own


def _taken(rest: Iterator[_Timed], most: int, most_bytes: int) -> list[_Timed]:
    """The next documents: `most` of them, or fewer that are `most_bytes` together with the last."""
    taken: list[_Timed] = []
    size_bytes = 0
    while len(taken) < most and size_bytes < most_bytes and (one := next(rest, None)) is not None:
        taken.append(one)
        size_bytes += len(one[0])
    return taken


def _opened(catalogue_path: Path | None) -> Catalogue | None:
    if catalogue_path is None:
        return None
    from dpr.adapters.products_file import ProductFile  # heavy: only where there is one

    return ProductFile.open(catalogue_path)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Site(NamedTuple):
    """What documents are judged by."""

    trust: Trust
    policy: Policy
    catalogue_path: Path | None
    catalogue: Catalogue | None

    def judge(self, given: _Timed) -> Judged:
        document, at, of_its_own = given
        trust = self.trust.known_at(int(at.timestamp())) if of_its_own else self.trust
        since = int(at.timestamp()) if of_its_own else None
        verdict = verify(document, trust, at, policy=self.policy, catalogue=self.catalogue, known_since=since)
        if isinstance(verdict, Accepted):
            return Judged(verdict.digest, ACCEPTED, verdict.prescription.id.hex(), verdict.checks)
        return Judged(hashlib.sha256(document).digest(), verdict.code, verdict.id, verdict.checks)


def _on_every_core(first: list[_Timed], rest: Iterator[_Timed], site: _Site, workers: int) -> Iterator[Judged]:
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(site.trust, site.policy, site.catalogue_path),
    )
    under_way: deque[Future[bytes]] = deque()
    decoder = msgspec.msgpack.Decoder(list[Judged])
    try:
        while True:
            while len(under_way) < workers * _CHUNKS_PER_WORKER and (chunk := _taken(rest, _CHUNK, _CHUNK_BYTES)):
                with _interrupts_held():
                    under_way.append(pool.submit(_judge_chunk, chunk))
            yield from map(site.judge, first)
            first = []
            if not under_way:
                return
            yield from decoder.decode(under_way.popleft().result())
    except BrokenProcessPool:
        raise DprError("batch_worker_died", f"one of {workers}") from None
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """A worker started meanwhile never hears Ctrl-C, not even while it imports; this process hears it at the end."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# --- in a worker ------------------------------------------------------------------------------------------------------

_site: _Site | None = None


def _begin(trust: Trust, policy: Policy, catalogue_path: Path | None) -> None:
    global _site
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be held back
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _site = _Site(trust, policy, catalogue_path, _opened(catalogue_path))
    gc.freeze()  # what a worker begins with lasts as long as it does: no need to look through it again and again


def _end_with_parent() -> None:
    """A parent that was killed leaves no workers waiting for more."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _judge_chunk(chunk: list[_Timed]) -> bytes:
    """The results as one byte string: a list of objects would cost the parent more to unpickle than they cost to make."""
    assert _site is not None
    return msgspec.msgpack.encode([_site.judge(one) for one in chunk])
