"""Reads pictures in a process of its own, which can be stopped: the way for any file from outside.

Rules: a decoder that is kept busy by a hostile file cannot be interrupted from within its process, one that breaks memory
takes its process with it, and both are C and C++. So the bytes go to a child with limits on time, memory and no core dump;
what it answers is parsed as JSON, never unpickled, and may be nonsense, half a message or nothing. The child ends → a named
error, and the next read gets a new child.
What it had read before it was stopped is kept, with a note. One thread reads at a time; a second `Reader` is a second
child. Nothing heavy is imported in this process.

Example: `read_codes(data).texts` for one file; `with Reader() as reader: reader.read(data)` for a child that stays warm
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any

from dpr.adapters.qr_reading import Reading
from dpr.core.codes import CODES
from dpr.core.errors import DocumentError, SetupError

#: For one file, from when the child has it. What an ordinary file takes at most is far below (docs/decisions/0014).
LIMIT_SECONDS = 5.0
#: What the child may take beyond what it starts with; the largest file let in takes a quarter of it.
LIMIT_BYTES = 1024 * 1024 * 1024
_START_SECONDS = 30.0  # a cold disk; what is waited for is Python's own start and imports
_FILES = 500  # for one child: whatever a decoder leaks is gone with it
_ANSWER_BYTES = 2_000_000
_ORPHAN_SECONDS = 5.0
_GRACE_SECONDS = 1.0  # beyond a limit, for a child that is in the middle of a message
_BROKEN = (EOFError, OSError, ValueError, KeyError, TypeError, RecursionError)  # a child that died, or talks nonsense


def read_codes(data: bytes, *, raw: bool = False, limit_seconds: float = LIMIT_SECONDS) -> Reading:
    """As `Reader.read`, with a child for this file alone."""
    with Reader(limit_seconds=limit_seconds) as reader:
        return reader.read(data, raw=raw)


class Reader:
    """One child that reads; started when first needed, and again after it was stopped."""

    def __init__(self, *, limit_seconds: float = LIMIT_SECONDS, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_seconds, self._limit_bytes = limit_seconds, limit_bytes
        self._lock = threading.Lock()
        self._child: tuple[BaseProcess, Connection] | None = None
        self._files = 0

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def read(self, data: bytes, *, raw: bool = False) -> Reading:
        """The codes in an image or PDF, as dpr.adapters.qr_read.read_codes, whose errors it raises, and

        DocumentError `image_too_slow` (stopped at the limit) and `image_broken` (the decoder died of it); as notes where
        something had been read before. SetupError `reader_not_started`.
        """
        with self._lock:
            process, connection = self._started()
            self._files += 1
            try:
                return self._answer(process, connection, data, raw)
            except BaseException as error:
                # After an image_too_large it may be at the end of its memory; after a Ctrl-C, say, what it is at is not known.
                if not isinstance(error, DocumentError) or error.code == "image_too_large":
                    self._stop()
                raise

    def start(self) -> None:
        """Starts the child now, so that the first read does not wait for it. SetupError `reader_not_started`."""
        with self._lock:
            self._started()

    def close(self) -> None:
        """Ends the child; a later read starts another."""
        with self._lock:
            self._stop()

    def _answer(self, process: BaseProcess, connection: Connection, data: bytes, raw: bool) -> Reading:
        end = monotonic() + self._limit_seconds
        reading: Reading | None = None
        try:
            with _killed_after(self._limit_seconds + _GRACE_SECONDS, process):
                connection.send_bytes((b"\1" if raw else b"\0") + data)
                while connection.poll(max(0.0, end - monotonic())):
                    answer = json.loads(connection.recv_bytes(_ANSWER_BYTES))
                    if "error" in answer:
                        raise DocumentError(_known(answer["error"]), str(answer["detail"]))
                    reading = _reading_of(answer)
                    if answer["last"]:
                        return reading
            code = "image_too_slow"
        except _BROKEN:
            code = "image_broken" if monotonic() < end else "image_too_slow"
        self._stop()
        if reading is None:
            raise DocumentError(code, "the reading process was stopped")
        return reading._replace(notes=(*reading.notes, code))

    def _started(self) -> tuple[BaseProcess, Connection]:
        """A living child."""
        if self._child and self._child[0].is_alive() and self._files < _FILES:
            return self._child
        self._stop()
        self._files = 0
        context = get_context("fork") if _may_fork() else get_context("spawn")
        ours, theirs = context.Pipe()
        limits = self._limit_seconds, self._limit_bytes
        process: BaseProcess = context.Process(target=_serve, args=(theirs, *limits), daemon=True)
        try:
            process.start()
            self._child = process, ours
            theirs.close()
            with _killed_after(_START_SECONDS + _GRACE_SECONDS, process):
                if ours.poll(_START_SECONDS):
                    ours.recv_bytes(_ANSWER_BYTES)
                    return self._child
        except (OSError, EOFError, ValueError):
            pass
        self._stop()
        raise SetupError("reader_not_started")

    def _stop(self) -> None:
        if not self._child:
            return
        process, connection = self._child
        self._child = None
        connection.close()
        process.kill()
        process.join()


@contextlib.contextmanager
def _killed_after(seconds: float, process: BaseProcess) -> Iterator[None]:
    """Ends the child should what is done meanwhile take longer: to send and to receive have no limit of their own. No thread
    is left afterwards, so that the next child can be forked. SetupError `reader_not_started`."""
    timer = threading.Timer(seconds, process.kill)
    try:
        timer.start()
    except RuntimeError:  # the system starts no more threads
        raise SetupError("reader_not_started") from None
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _reading_of(answer: dict[str, Any]) -> Reading:
    """What the child has read. KeyError, TypeError, ValueError, RecursionError for nonsense."""
    reading = Reading(*(tuple(map(str, answer[field])) for field in Reading._fields))
    return reading._replace(notes=tuple(map(_known, reading.notes)), embedded=tuple(one.hex() for one in reading.documents))


def _known(code: object) -> str:
    """A code that has words. ValueError for any other."""
    if not isinstance(code, str) or code not in CODES:
        raise ValueError
    return code


def _may_fork() -> bool:
    """Forking takes milliseconds, but is safe only where no other thread may hold a lock."""
    return sys.platform == "linux" and threading.active_count() == 1


def _serve(connection: Connection, limit_seconds: float, limit_bytes: int) -> None:
    """The child: reads what it is sent until its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    _silence()
    parent = os.getppid()
    from dpr.adapters.qr_read import readings

    _limit_memory(limit_bytes)
    with contextlib.suppress(EOFError, OSError):
        connection.send_bytes(b"ready")
        while True:
            while not connection.poll(_ORPHAN_SECONDS):
                if os.getppid() != parent:
                    return
            request = connection.recv_bytes()
            _limit_time(limit_seconds)
            try:
                last: Reading | None = None
                for last in readings(request[1:], raw=request[:1] == b"\1"):
                    _send(connection, **last._asdict(), last=False)
                assert last is not None
                _send(connection, **last._asdict(), last=True)
            except DocumentError as error:
                _send(connection, error=error.code, detail=error.detail)
            except MemoryError:
                _send(connection, error="image_too_large", detail="out of memory")


def _silence() -> None:
    """What decoders print about a torn file, with paths of this machine in it, is nothing for the person at the counter."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _send(connection: Connection, **message: Any) -> None:
    connection.send_bytes(json.dumps(message).encode())


def _limit_memory(limit_bytes: int) -> None:
    """No core dump, which would be a picture of a patient's prescription on disk; memory where the system can limit it."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    statm = Path("/proc/self/statm")
    if statm.exists():
        taken = int(statm.read_text("ascii").split()[0]) * resource.getpagesize()
        _limit(resource.RLIMIT_AS, taken + limit_bytes)


def _limit_time(limit_seconds: float) -> None:
    """So that it ends by itself too, should its parent be gone before it could stop it."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + 2 * limit_seconds) + 1)


def _limit(kind: int, wanted: int) -> None:
    """`wanted`, or what whoever started dpr allows, where that is less: a hard limit (ulimit, LimitCPU=) cannot be raised."""
    import resource

    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
