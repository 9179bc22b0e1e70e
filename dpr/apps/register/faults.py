"""The faults that the reference register can rehearse, and which of them a request meets.

Rules: told by PUT /_rehearsal as JSON, one fault or {"faults": [...]}. A fault holds for the next `times` requests that it
matches, or until another setting comes; `type` and `method` narrow it to one kind of resource or call. A request meets the
first `slow` that matches it, and the first other one. /_rehearsal itself never meets one.
  {"fault": "none"} · "down" (no answer at all) · "slow" (waits `seconds`, then answers) · "error" (answers `status`, with
  `outcome` if given; nothing is done) · "drop_reply" (commits, then closes) · "late_commit" (closes at once, commits
  `seconds` later)

Example: `{"fault": "drop_reply", "times": 1, "method": "POST", "type": "MedicationDispense"}`
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from dpr.apps.register.calls import parsed
from dpr.core.errors import InputError, Problem

Seconds = Annotated[float, Meta(ge=0, le=3600)]


class _Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="fault"):
    """`times`: how many requests meet it; `type`, `method`: which ones."""

    times: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    type: Literal["Patient", "MedicationRequest", "MedicationDispense"] | None = None
    method: Literal["GET", "POST"] | None = None


class Down(_Fault, tag="down"):
    """The connection is closed without an answer; nothing is done."""


class Slow(_Fault, tag="slow"):
    """Everything takes `seconds` longer."""

    seconds: Seconds = 1


class Error(_Fault, tag="error"):
    """Nothing is done; the answer is `status` with `outcome`, an OperationOutcome of the register's own where none is given."""

    status: Annotated[int, Meta(ge=400, le=599)] = 503
    outcome: dict[str, Any] | None = None


class DropReply(_Fault, tag="drop_reply"):
    """It is done, but the connection is closed without an answer."""


class LateCommit(_Fault, tag="late_commit"):
    """The connection is closed at once without an answer; a registration is done `seconds` later."""

    seconds: Seconds = 1


Fault = Down | Slow | Error | DropReply | LateCommit
Met = Down | Error | DropReply | LateCommit


class Rehearsal(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is rehearsed: the faults, the first that matches first."""

    faults: list[Fault] = []

    def meet(self, method: str, type: str) -> tuple[Slow | None, Met | None]:
        """The faults that this request meets; each is used up by one."""
        matching = [one for one in self.faults if one.type in (None, type) and one.method in (None, method)]
        slow = next((one for one in matching if isinstance(one, Slow)), None)
        other = next((one for one in matching if not isinstance(one, Slow)), None)
        for met in (slow, other):
            if met is not None and met.times is not None:
                met.times -= 1
        self.faults = [one for one in self.faults if one.times != 0]
        return slow, other


def rehearsal(setting: Any) -> Rehearsal:
    """The setting that somebody wrote. ValueError (msgspec's: what is wrong and where) for anything else."""
    if isinstance(setting, dict) and setting.keys() == {"fault"} and setting["fault"] == "none":
        return Rehearsal()
    if isinstance(setting, dict) and "faults" not in setting:
        setting = {"faults": [setting]}
    return msgspec.convert(setting, Rehearsal)


def faults_of(text: str) -> dict[str, Any]:
    """The setting in a text, for the start; nothing in "". InputError `rehearsal_invalid` for what is no JSON object."""
    try:
        return parsed(text.encode()) if text else {}
    except ValueError as error:
        raise invalid(error) from None


def invalid(error: ValueError) -> InputError:
    """What is wrong with a setting given at the start."""
    problem = Problem("$", "rehearsal_invalid", str(error), 'a fault such as {"fault": "down"}')
    return InputError("rehearsal_invalid", (problem,))


def as_json(setting: Rehearsal) -> dict[str, Any]:
    """A setting as it would be written."""
    written: dict[str, Any] = json.loads(msgspec.json.encode(setting))
    return written
