"""The implementation as a process: lines in, lines out, and nothing that it does blocks the kit.

Rules: no shell; its own process group, which is killed at the end; a thread for each pipe, so that a full one on either side
stops nobody; a line has a largest size; of standard error only the end is kept. What it starts in a session of its own is
not killed: nothing tells whose it was.

Example: `child = Child.started(["node", "js/conformance.js"]); child.send(b'{"number":1}'); child.next_event(10.0)`
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import signal
import subprocess
import threading
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from typing import IO, NamedTuple

from dpr.core.errors import SetupError

LINE_LIMIT = 1_000_000
_STDERR_KEPT = 2_000
_EVENTS_WAITING = 64


class Kind(Enum):
    """What a process can do."""

    LINE = auto()
    TOO_LONG = auto()
    ENDED = auto()


class Event(NamedTuple):
    """Something that it did; `line` without its end."""

    kind: Kind
    line: bytes = b""


class Child:
    """A running implementation. SetupError `command_not_found` where it cannot be started."""

    def __init__(self, command: Sequence[str]) -> None:
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "not a command"
            raise SetupError("command_not_found", f"{command[0]}: {why}") from None
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._stdin = self._process.stdin
        self._writing_failed = False
        self._killed = False
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._events: queue.Queue[Event] = queue.Queue(_EVENTS_WAITING)
        self._stderr = b""
        self._threads = [
            threading.Thread(target=self._write, args=(self._stdin,), daemon=True),
            threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._drain, args=(self._process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @classmethod
    def started(cls, command: Sequence[str]) -> Child:
        """The same, but an interrupt waits until the process is known: else nobody could end it."""
        if threading.current_thread() is not threading.main_thread():
            return cls(command)
        came: list[int] = []
        before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
        try:
            child = cls(command)
        finally:
            signal.signal(signal.SIGINT, before)
        if came:
            child.kill()
            raise KeyboardInterrupt
        return child

    def send(self, line: bytes) -> None:
        """A line, as soon as the process takes it."""
        self._outgoing.put(line + b"\n")

    def no_more(self) -> None:
        """After what is still to be sent, its input ends."""
        self._outgoing.put(None)

    @property
    def input_closed(self) -> bool:
        """Can it read no more?"""
        with contextlib.suppress(ValueError):  # closed on this side too
            poll = select.poll()
            poll.register(self._stdin, select.POLLOUT)
            return self._writing_failed or any(events & select.POLLERR for _, events in poll.poll(0))
        return self._writing_failed

    def next_event(self, timeout_seconds: float) -> Event | None:
        """What it did next; None where it did nothing in that time."""
        try:
            return self._events.get(timeout=max(timeout_seconds, 0))
        except queue.Empty:
            return None

    def ended(self, grace_seconds: float) -> int | None:
        """Its exit code (negative: the signal), waiting that long for it; None while it runs."""
        try:
            return self._process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            return None

    def last_words(self) -> str:
        """The last line that it wrote to standard error."""
        self._threads[2].join(0.2)
        lines = self._stderr.decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip() if lines else ""

    def kill(self) -> None:
        """Ends it and what it started in its process group."""
        self._killed = True
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.no_more()
        for thread in self._threads:
            thread.join(1)

    def _write(self, stdin: IO[bytes]) -> None:
        try:
            for line in iter(self._outgoing.get, None):
                stdin.write(line)
                stdin.flush()
        except OSError:
            self._writing_failed = True
        with contextlib.suppress(OSError):
            stdin.close()

    def _read(self, stdout: IO[bytes]) -> None:
        with stdout:
            for line in _lines(stdout):
                whole = line.removesuffix(b"\n")
                too_long = len(whole) > LINE_LIMIT
                if not self._tell(Event(Kind.TOO_LONG) if too_long else Event(Kind.LINE, whole)) or too_long:
                    break
            self._tell(Event(Kind.ENDED))

    def _tell(self, event: Event) -> bool:
        """False where nobody listens any more."""
        while not self._killed:
            with contextlib.suppress(queue.Full):
                self._events.put(event, timeout=0.1)
                return True
        return False

    def _drain(self, stderr: IO[bytes]) -> None:
        with stderr:
            while part := os.read(stderr.fileno(), 65_536):
                self._stderr = (self._stderr + part)[-_STDERR_KEPT:]


def _lines(stdout: IO[bytes]) -> Iterable[bytes]:
    return iter(lambda: stdout.readline(LINE_LIMIT + 2), b"")
