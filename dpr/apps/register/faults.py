"""The faults that the reference register can rehearse, and which of them a request meets.

Rules: a fault holds for the next `count` requests that it matches, or until the setting is changed; `type` and `method`
narrow it to one kind of resource or call. A request meets the first `slow` that matches it, and the first other one.
/_rehearsal itself never meets one.

Example: `{"faults": [{"fault": "drop_reply", "count": 1, "type": "MedicationDispense", "method": "POST"}]}`
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Type = Literal["Patient", "MedicationRequest", "MedicationDispense"]


class _Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="fault"):
    """`count`: how many requests meet it; `type`, `method`: which ones."""

    count: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    type: Type | None = None
    method: Literal["GET", "POST"] | None = None


class Down(_Fault, tag="down"):
    """The connection is closed without an answer; nothing is done."""


class Slow(_Fault, tag="slow"):
    """Everything takes this much longer."""

    seconds: Annotated[float, Meta(ge=0, le=3600)]


class Error(_Fault, tag="error"):
    """Nothing is done; the answer is `status` with `outcome` (an OperationOutcome of its own where none is given)."""

    status: Annotated[int, Meta(ge=400, le=599)]
    outcome: dict[str, Any] | None = None


class DropReply(_Fault, tag="drop_reply"):
    """Done, but the connection is closed without an answer. With `late_commit_seconds` a registration is done that much
    later, long after the connection was closed."""

    late_commit_seconds: Annotated[float, Meta(ge=0, le=86_400)] | None = None


Fault = Down | Slow | Error | DropReply


class Rehearsal(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is rehearsed: the faults, the first that matches first."""

    faults: list[Fault] = []

    def meet(self, method: str, type: str) -> tuple[Slow | None, Down | Error | DropReply | None]:
        """The faults that this request meets; they are used up by one."""
        slow: Slow | None = None
        other: Down | Error | DropReply | None = None
        for fault in self.faults:
            if fault.type not in (None, type) or fault.method not in (None, method):
                continue
            if isinstance(fault, Slow):
                slow = slow or fault
            else:
                other = other or fault
        for met in (slow, other):
            if met is not None and met.count is not None:
                met.count -= 1
        self.faults = [fault for fault in self.faults if fault.count != 0]
        return slow, other


def rehearsal(setting: bytes | dict[str, Any]) -> Rehearsal:
    """A setting from JSON or a dict. ValueError (with what is wrong and where) for anything else."""
    if isinstance(setting, bytes):
        return msgspec.json.decode(setting, type=Rehearsal)
    return msgspec.convert(setting, Rehearsal)
