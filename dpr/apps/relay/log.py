"""A relay's log: one JSON object a line, on standard error, written beside the requests.

Rules: what may stand in a line are the fields of `Line` and nothing else: ids, codes, numbers. No token, no content, no name of
a person; a network address where the operator switches that on. A request never waits for the log: lines gather in memory, up
to a bound, and a thread writes them; how many were lost is said.

Example: `log.put(Line(at=clock().timestamp(), event="request", method="POST", route="/v1/messages", status=201))`
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

_MOST_LINES = 50_000
_PAUSE_SECONDS = 0.2


class Line(msgspec.Struct, omit_defaults=True, gc=False):
    """One line. `at`: seconds since 1970; `node`: 16 hex digits of its key's thumbprint; `queue`; `message`: its id; `ms`: how
    long it took; `count`: of what `event` names; `text`: of the program's own notes."""

    at: float | str
    event: str
    method: str = ""
    route: str = ""
    status: int = 0
    code: str = ""
    node: str = ""
    queue: str = ""
    message: str = ""
    size: int = 0
    ms: float = 0.0
    address: str = ""
    count: int = 0
    text: str = ""


class Log:
    """Writes lines with `write` on a thread of its own, until it is closed."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._lines: deque[Line] = deque()
        self._lost = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dpr-relay-log", daemon=True)
        self._thread.start()

    def put(self, line: Line) -> None:
        """Takes a line; never waits."""
        if len(self._lines) < _MOST_LINES:
            self._lines.append(line)
        else:
            self._lost += 1

    def close(self) -> None:
        """Writes what is there."""
        self._over.set()
        self._thread.join(5)

    def _run(self) -> None:
        over = False
        while not over:
            over = self._over.wait(_PAUSE_SECONDS)
            try:
                self._write_all()
            except (OSError, ValueError):  # who reads it has gone, or the disk is full: the relay goes on
                self._lost += 1

    def _write_all(self) -> None:
        written = bytearray()
        while self._lines:
            line = self._lines.popleft()
            if isinstance(line.at, float):
                line.at = datetime.fromtimestamp(line.at, UTC).isoformat(timespec="milliseconds")
            written += msgspec.json.encode(line) + b"\n"
        if self._lost:
            lost, self._lost = self._lost, 0
            written += msgspec.json.encode({"event": "lines_lost", "count": lost}) + b"\n"
        if written:
            self._write(bytes(written))


class Notes(logging.Handler):
    """The program's own notes (`dpr.serving`), as lines."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.INFO)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """As logging has it."""
        self._log.put(Line(at=record.created, event="note", text=record.getMessage()))
