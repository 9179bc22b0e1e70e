"""A request taken apart: which route, which parameters, who asks; and the line that will stand in the log about it.

Rules: a path is one of `ROUTES` or unknown; a parameter is known, given once and within its bounds, or refused by name.

Example: `route_of("GET", "/v1/inbox")` → (`/v1/inbox`, "")
"""

from __future__ import annotations

import re
from typing import NamedTuple

from aiohttp import web

from dpr.apps.relay.config import TERMS
from dpr.apps.relay.log import Line
from dpr.apps.serving.connections import RequestError
from dpr.core.mail import queue as queues

#: Path as documented → its methods, each with the name of what answers it.
ROUTES: dict[str, dict[str, str]] = {
    "/v1": {"GET": "about"},
    "/v1/messages": {"POST": "submit"},
    "/v1/inbox": {"GET": "inbox"},
    "/v1/acks": {"POST": "acknowledge"},
    "/v1/messages/{id}": {"DELETE": "withdraw"},
    "/v1/messages/{id}/receipts": {"GET": "receipts"},
    "/v1/directory": {"GET": "directory"},
    "/v1/lists/{name}": {"GET": "published"},
    "/health/live": {"GET": "live"},
    "/health/ready": {"GET": "ready"},
    "/metrics": {"GET": "metrics"},
    "/openapi.json": {"GET": "openapi"},
}
_PATTERNS = (
    ("/v1/messages/{id}", re.compile(r"/v1/messages/([^/]*)")),
    ("/v1/messages/{id}/receipts", re.compile(r"/v1/messages/([^/]*)/receipts")),
    ("/v1/lists/{name}", re.compile(r"/v1/lists/(.*)")),
)
_NUMBER = re.compile(r"[0-9]{1,15}")
_ID = re.compile(r"[0-9a-f]{32}")
NO_ROUTE = "(no route)"


class Call(NamedTuple):
    """One request. `argument`: what stands in its path in place of `{id}` or `{name}`; `now`: instant in seconds."""

    request: web.BaseRequest
    argument: str
    line: Line
    now: int

    @property
    def message_id(self) -> bytes:
        """The id in the path. RequestError `message_unknown` for what is none."""
        if not _ID.fullmatch(self.argument):
            raise RequestError("message_unknown")
        self.line.message = self.argument
        return bytes.fromhex(self.argument)

    def parameters(self, *known: str) -> dict[str, str]:
        """The parameters. RequestError `relay_query` for an unknown one, or one that is given twice."""
        given = self.request.query
        if given and (not given.keys() <= set(known) or len(given) != len(set(given))):
            raise RequestError("relay_query", f"each at most once: {', '.join(known)}")
        return dict(given)

    def queue(self, given: dict[str, str]) -> str:
        """The parameter `queue`. RequestError `relay_query`."""
        queue = given.get("queue", "")
        if len(queue) > 60 or queues.fault(queue):
            raise RequestError("relay_query", "queue: gln:… or key:…")
        self.line.queue = queue
        return queue


def number(given: dict[str, str], name: str, default: int, least: int, most: int) -> int:
    """The parameter `name`. RequestError `relay_query` for one outside its bounds."""
    text = given.get(name)
    if text is None:
        return default
    if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise RequestError("relay_query", f"{name}: {least} to {most}")
    return int(text)


def find(method: str, path: str) -> tuple[str, str, str]:
    """The route of a path, what answers it, and its argument. RequestError `relay_route_unknown`, `relay_method`."""
    route, argument = path, ""
    methods = ROUTES.get(path) if "{" not in path else None
    if methods is None:
        for route, pattern in _PATTERNS:
            if found := pattern.fullmatch(path):
                methods, argument = ROUTES[route], found[1]
                break
        else:
            raise RequestError(TERMS.route)
    answers = methods.get(method)
    if answers is None:
        raise RequestError(TERMS.method, ", ".join(methods))
    return route, answers, argument
