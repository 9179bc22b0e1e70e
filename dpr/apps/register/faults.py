"""What can be rehearsed: the register is down, slow, erroring, late, or commits and drops the reply.

Rules: told by PUT /_rehearsal as JSON; each fault may be limited to the next `times` requests, and to one `method` or `type`.
  {"fault": "none"} · "down" (no answer at all) · "slow" (waits `seconds`, then answers) · "error" (answers `status`)
  · "drop_reply" (commits, then closes) · "late_commit" (closes at once, commits `seconds` later)

Example: `{"fault": "drop_reply", "times": 1, "method": "POST"}`
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from dpr.apps.register.outcome import Refusal, answer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
KINDS = ("none", "down", "slow", "error", "drop_reply", "late_commit")
_FIELDS = {"fault", "times", "method", "type", "seconds", "status"}
REHEARSAL = "/_rehearsal"


class Faults:
    """The fault in force, and the commits that come late."""

    def __init__(self) -> None:
        self.now: dict[str, Any] = {"fault": "none"}
        self._late: set[asyncio.Task[Any]] = set()

    def tell(self, wanted: Any) -> dict[str, Any]:
        """Sets the fault; Refusal where it makes no sense."""
        if not isinstance(wanted, dict) or wanted.get("fault") not in KINDS or not wanted.keys() <= _FIELDS:
            raise Refusal(400, "invalid", "fault must be one of " + ", ".join(KINDS))
        seconds, times, status = wanted.get("seconds", 1), wanted.get("times", 1), wanted.get("status", 503)
        if not isinstance(seconds, int | float) or not 0 <= seconds <= 600:
            raise Refusal(400, "invalid", "seconds must be a number from 0 to 600")
        if type(times) is not int or times < 1 or type(status) is not int or not 400 <= status <= 599:
            raise Refusal(400, "invalid", "times must be at least 1, status from 400 to 599")
        self.now = dict(wanted)
        return self.now

    def _take(self, request: web.Request) -> dict[str, Any]:
        """The fault for this request, counted down."""
        fault = self.now
        limited_to = fault.get("type")
        if request.path.startswith(REHEARSAL) or fault.get("method", request.method) != request.method:
            return {"fault": "none"}
        if limited_to is not None and not request.path.startswith(f"/{limited_to}"):
            return {"fault": "none"}
        if "times" in fault:
            left = fault["times"] - 1
            self.now = {**fault, "times": left} if left else {"fault": "none"}
        return fault

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Behaves as told, around every request but those to /_rehearsal."""
        fault = self._take(request)
        kind = fault["fault"]
        if kind == "down":
            return _cut(request)
        if kind == "error":
            return answer(Refusal(fault.get("status", 503), "transient", "rehearsed error"))
        if kind == "slow":
            await asyncio.sleep(fault.get("seconds", 1))
        if kind == "late_commit":
            await request.read()
            task = asyncio.get_running_loop().create_task(self._later(fault.get("seconds", 1), request, handler))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
            return _cut(request)
        try:
            response = await handler(request)
        except Refusal as refusal:
            response = answer(refusal)
        except web.HTTPException as error:
            response = answer(Refusal(error.status, "not-supported", error.reason))
        return _cut(request) if kind == "drop_reply" else response

    async def _later(self, seconds: float, request: web.Request, handler: Handler) -> None:
        await asyncio.sleep(seconds)
        try:
            await handler(request)
        except (Refusal, web.HTTPException):
            return

    async def finish(self) -> None:
        """Waits for late commits, so that none is lost at shutdown."""
        if self._late:
            await asyncio.wait(self._late, timeout=5)


def _cut(request: web.Request) -> web.Response:
    """Closes the connection; nothing of the response leaves."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
