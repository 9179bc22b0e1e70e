"""Every vector is asked of a command, and gets a result, whatever the command does.

Rules: at most AHEAD requests are unanswered at a time. What cannot be told from an answer is blamed on the oldest unanswered
vector: a line that is no answer, a number that was not asked, silence, an end. After an end or silence the command is started
again and goes on with the next vector; after IN_A_ROW starts without an answer, or IN_ALL, the rest fails.

Example: `Run(["node", "js/conformance.js"], vectors, Limits()).results()`
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import NamedTuple

from dpr.apps.conformance.child import Child, Kind
from dpr.apps.conformance.results import Note, Result, Status, as_answer, failed, result_of
from dpr.apps.conformance.vectors import Vector
from dpr.core.errors import SetupError

AHEAD = 16
IN_A_ROW, IN_ALL = 3, 100
_GRACE_SECONDS = 2.0


class Limits(NamedTuple):
    """How long an answer and everything may take, in seconds; whether codes count; whether the first failure is enough."""

    answer_seconds: float = 10.0
    total_seconds: float = 600.0
    codes: bool = False
    stop_at_first: bool = False


class _Stopped(Exception):
    """Nothing more is asked; `reason` is why the rest fails, or nothing where it is not run."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


class Run:
    """One run of one command."""

    def __init__(self, command: Sequence[str], vectors: Sequence[Vector], limits: Limits) -> None:
        self._command, self._vectors, self._limits = command, vectors, limits
        self._tick: Callable[[Result], None] = lambda _: None
        self._to_ask = deque(range(1, len(vectors) + 1))
        self._asked: deque[int] = deque()
        self._found: dict[int, Result] = {}
        # Of the process that runs: what it has answered or failed at, of that what it may still answer late, and since when
        # the vector in hand is waited for.
        self._settled: set[int] = set()
        self._excused: set[int] = set()
        self._answers, self._since = 0, 0.0
        #: What was odd, but of no vector's doing.
        self.notes: list[Note] = []

    def results(self, tick: Callable[[Result], None] = lambda _: None) -> list[Result]:
        """One for each vector, in their order; `tick` is called with each as it comes. SetupError `command_not_found`."""
        self._tick = tick
        self._end = monotonic() + self._limits.total_seconds
        try:
            self._ask_all()
        except _Stopped as stopped:
            for number in (*self._asked, *self._to_ask):
                vector = self._vectors[number - 1]
                self._found[number] = failed(vector, stopped.reason) if stopped.reason else Result(vector, Status.NOT_RUN)
        return [self._found[number] for number in range(1, len(self._vectors) + 1)]

    def _ask_all(self) -> None:
        in_a_row, starts = 0, 0
        while self._to_ask:
            if in_a_row == IN_A_ROW or starts == IN_ALL:
                raise _Stopped("given_up")
            child = self._start(first=not starts)
            try:
                self._serve(child)
            finally:
                child.kill()
            self._to_ask.extendleft(reversed(self._asked))
            self._asked.clear()
            starts += 1
            in_a_row = 0 if self._answers else in_a_row + 1

    def _start(self, *, first: bool) -> Child:
        self._settled, self._excused, self._answers, self._since = set(), set(), 0, monotonic()
        try:
            return Child.started(self._command)
        except SetupError:
            if first:
                raise
            raise _Stopped("given_up") from None

    # --- one process ----------------------------------------------------------------------------------------------------

    def _serve(self, child: Child) -> None:
        """Asks until everything is answered or the process is of no more use; the vector in hand has failed then."""
        while self._ask_ahead(child):
            until = min(self._since + self._limits.answer_seconds, self._end)
            event = child.next_event(until - monotonic()) if monotonic() < until else None
            if event is None and monotonic() >= self._end:
                raise _Stopped("out_of_time")
            if event is None:
                return self._blame("closed_input" if child.input_closed else "timed_out", child.last_words())
            if event.kind is Kind.TOO_LONG:
                return self._blame("line_too_long")
            if event.kind is Kind.ENDED:
                return self._blame_end(child)
            self._take(event.line)
        return self._finish(child)

    def _ask_ahead(self, child: Child) -> bool:
        """Is anything unanswered?"""
        while self._to_ask and len(self._asked) < AHEAD:
            number = self._to_ask.popleft()
            child.send(json.dumps({"number": number} | self._vectors[number - 1].request).encode())
            self._asked.append(number)
        return bool(self._asked)

    def _take(self, line: bytes) -> None:
        answer = as_answer(line)
        number = answer["number"] if answer else 0
        if answer is None:
            self._blame("garbage", line.decode("utf-8", "replace"))
        elif number in self._asked:
            self._asked.remove(number)
            self._answers += 1
            self._settle(number, result_of(self._vectors[number - 1], answer, codes=self._limits.codes))
        elif number in self._excused:
            self._excused.remove(number)
        elif number in self._settled:
            self._note(number, failed(self._vectors[number - 1], "answered_twice", answer["verdict"]))
        else:
            self._blame("unknown_number", str(number))

    def _finish(self, child: Child) -> None:
        """Nothing is unanswered: its input ends, and it should end."""
        child.no_more()
        until = monotonic() + _GRACE_SECONDS
        while (event := child.next_event(until - monotonic())) and monotonic() < until:
            if event.kind is not Kind.LINE:
                break
            self._take(event.line)
        ended = child.ended(max(until - monotonic(), 0))
        if ended is None:
            self.notes.append(Note("never_ended"))
        elif ended:
            self.notes.append(Note("ended_badly", _how(ended)))

    # --- blame ----------------------------------------------------------------------------------------------------------

    def _blame(self, reason: str, got: str = "") -> None:
        """The oldest unanswered vector failed; where there is none, the last one that was asked."""
        number = self._asked.popleft() if self._asked else max(self._settled)
        self._excused.add(number)
        self._settle(number, failed(self._vectors[number - 1], reason, got))

    def _settle(self, number: int, result: Result) -> None:
        now = monotonic()
        seconds, self._since = now - self._since, now
        self._settled.add(number)
        self._note(number, result._replace(seconds=seconds))

    def _blame_end(self, child: Child) -> None:
        ended = child.ended(_GRACE_SECONDS)
        if ended is None:
            return self._blame("closed_output", child.last_words())
        return self._blame("crashed", f"{_how(ended)} {child.last_words()}".strip())

    def _note(self, number: int, result: Result) -> None:
        fresh = number not in self._found
        self._found[number] = result
        if fresh:
            self._tick(result)
        if result.status is Status.FAILED and self._limits.stop_at_first:
            raise _Stopped


def _how(ended: int) -> str:
    return f"signal {-ended}" if ended < 0 else f"exit code {ended}"
