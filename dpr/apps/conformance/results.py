"""What an answer is worth: passed, passed with another code, failed with a reason, or unsupported.

Rules: what must be accepted passes with every member that the vector states, equal as JSON (1 is neither 1.0 nor true); what
must be refused passes when it is refused, with whatever code, unless codes are compared. Whatever an implementation wrote is
hostile: it is cut, and shown as plain text only.

Example: `result_of(vector, {"number": 1, "verdict": "refused", "code": "cbor_trailing_bytes"}, codes=True).status`
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import Enum
from typing import Any, NamedTuple

from dpr.apps.conformance.asked import ACCEPTED
from dpr.apps.conformance.vectors import Vector
from dpr.core.wording import Language

VERDICTS = ("accepted", "refused", "unsupported")
_SHOWN = 200


class Status(Enum):
    """What a vector's answer is worth."""

    PASSED = "passed"
    OTHER_CODE = "other_code"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"
    NOT_RUN = "not_run"


#: Why a vector failed → in Swedish, in English.
REASONS = {
    "accepted": ("godtogs men ska avvisas", "accepted, but must be refused"),
    "refused": ("avvisades men ska godtas", "refused, but must be accepted"),
    "other_answer": ("godtogs men lästes fel", "accepted, but read wrongly"),
    "other_code": ("avvisades av ett annat skäl", "refused with another code"),
    "garbage": ("svaret går inte att läsa", "the answer is not one"),
    "unknown_number": ("svarade på något som inte frågats", "answered what was not asked"),
    "answered_twice": ("svarade mer än en gång", "answered more than once"),
    "line_too_long": ("svaret är för långt", "the answer's line is too long"),
    "crashed": ("programmet slutade utan att svara", "the command ended without an answer"),
    "timed_out": ("inget svar i tid", "no answer in time"),
    "closed_input": ("programmet slutade läsa", "the command closed its input"),
    "closed_output": ("programmet stängde sin utmatning", "the command closed its output"),
    "given_up": ("frågades inte: programmet slutade för ofta", "not asked: the command ended too often"),
    "out_of_time": ("hann inte svara: tiden för allt tog slut", "not answered: the time for everything was up"),
}
#: What is odd but fails no vector → in Swedish, in English.
NOTES = {
    "never_ended": ("programmet slutade inte när frågorna var slut", "the command did not end when its input ended"),
    "ended_badly": ("programmet slutade med fel", "the command ended with an error"),
}
#: Reasons that say nothing of an answer: the exchange itself went wrong.
OF_THE_EXCHANGE = REASONS.keys() - {"accepted", "refused", "other_answer", "other_code"}

#: Reasons of vectors that were left when the run ended: not listed one by one for people.
LEFT = ("given_up", "out_of_time")


class Result(NamedTuple):
    """A vector, what its answer is worth, and for people and programs what was expected and what came instead."""

    vector: Vector
    status: Status
    reason: str = ""
    expected: str = ""
    got: str = ""
    seconds: float = 0.0

    def words(self, language: Language) -> str:
        """The reason, in words."""
        swedish, english = REASONS[self.reason]
        return swedish if language == "sv" else english


class Note(NamedTuple):
    """Something odd, and what came."""

    reason: str
    got: str = ""

    def words(self, language: Language) -> str:
        """The note, in words."""
        swedish, english = NOTES[self.reason]
        return swedish if language == "sv" else english


def failed(vector: Vector, reason: str, got: str = "") -> Result:
    """A vector that failed because of something else than what was answered."""
    return Result(vector, Status.FAILED, reason, str(vector.members["expect"]), cut(got))


def cut(text: str) -> str:
    """The beginning of a text that may be of any size."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def as_answer(line: bytes) -> dict[str, Any] | None:
    """An answer as docs/conformance.md says, or None for anything else."""
    try:
        answer = json.loads(line.decode("utf-8"), parse_constant=_not_json)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict) or type(answer.get("number")) is not int:
        return None
    if answer.get("verdict") not in VERDICTS or not isinstance(answer.get("code"), str | None):
        return None
    return answer


def _not_json(word: str) -> float:
    raise ValueError(word)  # NaN and Infinity, RFC 8259 §6


def result_of(vector: Vector, answer: dict[str, Any], *, codes: bool) -> Result:
    """What an answer is worth; `codes`: a refusal must give the vector's own code."""
    expected = str(vector.members["expect"])
    verdict, code = answer["verdict"], answer.get("code")
    if verdict == "unsupported":
        return Result(vector, Status.UNSUPPORTED, expected=expected, got=verdict)
    if expected == ACCEPTED:
        return _of_stated(vector, answer, codes=codes) if verdict == ACCEPTED else failed(vector, "refused", code or verdict)
    if verdict == ACCEPTED:
        return failed(vector, "accepted", verdict)
    if code == expected:
        return _of_stated(vector, answer, codes=codes) if codes else Result(vector, Status.PASSED)
    return _other_code(vector, expected, cut(code or "null"), codes=codes)


def _of_stated(vector: Vector, answer: dict[str, Any], *, codes: bool) -> Result:
    said = {name: answer[name] for name in vector.stated if name in answer}
    found = next(differences(vector.stated, said), None)
    if found is None:
        return Result(vector, Status.PASSED)
    without = next(differences(_without_codes(vector.stated), _without_codes(said)), None)
    if without is None:
        return _other_code(vector, *found, codes=codes)
    return Result(vector, Status.FAILED, "other_answer", *without)


def _other_code(vector: Vector, expected: str, got: str, *, codes: bool) -> Result:
    return Result(vector, Status.FAILED if codes else Status.OTHER_CODE, "other_code", expected, got)


def _without_codes(stated: dict[str, Any]) -> dict[str, Any]:
    """What is stated, where the codes of checks are left out: they are dpr's own."""
    checks = stated.get("checks")
    if not isinstance(checks, list) or not all(isinstance(check, dict) for check in checks):
        return stated
    return stated | {"checks": [{name: value for name, value in one.items() if name != "code"} for one in checks]}


def differences(expected: Any, got: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Where two JSON values differ: path and value of each, in the order of what is expected."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for name in [*expected, *(name for name in got if name not in expected)]:
            yield from _member(expected, got, name, f"{path}.{name}" if path else name)
    elif isinstance(expected, list) and isinstance(got, list):
        ours, theirs = dict(enumerate(expected)), dict(enumerate(got))
        for place in max(ours, theirs, key=len):
            yield from _member(ours, theirs, place, f"{path}[{place}]")
    elif _text(expected) != _text(got):
        yield f"{path} = {cut(_text(expected))}", f"{path} = {cut(_text(got))}"


def _member(expected: dict[Any, Any], got: dict[Any, Any], name: Any, path: str) -> Iterator[tuple[str, str]]:
    if name in expected and name in got:
        yield from differences(expected[name], got[name], path)
    elif name in expected:
        yield f"{cut(path)} = {cut(_text(expected[name]))}", f"no {cut(path)}"
    else:
        yield f"no {cut(path)}", f"{cut(path)} = {cut(_text(got[name]))}"


def _text(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    except RecursionError:
        return "…"
