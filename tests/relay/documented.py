"""dpr/apps/relay/openapi.json as values, and whether an answer is one of those that it documents.

Example: `require_documented("GET", "/v1/inbox", 403, "application/problem+json", "queue_of_another")`
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dpr.apps.relay.calls import find
from dpr.apps.relay.public import OPENAPI
from dpr.core.errors import DprError

DOCUMENT = json.loads(OPENAPI.read_text("utf-8"))
PROBLEM = "application/problem+json"
#: (method, path, operation) of everything that is documented.
OPERATIONS = [
    (method.upper(), path, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
]
#: Of what is no request for anything, or a fault of the program.
EVERYWHERE = {"relay_route_unknown", "relay_method", "relay_request_malformed", "relay_draining"}


def enumerated(answer: dict[str, Any]) -> list[str]:
    """The codes that a documented answer names as all there are."""
    schema = answer.get("content", {}).get(PROBLEM, {}).get("schema", {})
    found: list[str] = schema.get("properties", {}).get("code", {}).get("enum", [])
    return found


def codes_of(operation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(status, code) of everything that an operation enumerates."""
    for status, answer in operation["responses"].items():
        for code in enumerated(answer):
            yield status, code


def require_documented(method: str, raw_path: str, status: int, content_type: str, code: str) -> None:
    """AssertionError for an answer that the document does not have."""
    try:
        path, _, _ = find(method, raw_path)
    except DprError:
        return
    if code in EVERYWHERE:
        return
    answer = DOCUMENT["paths"][path][method.lower()]["responses"].get(str(status))
    assert answer is not None, f"{method} {path} {status} {code}"
    if status != 304:
        assert content_type in answer["content"], f"{method} {path} {status} {content_type}"
    listed = enumerated(answer)
    assert not code or not listed or code in listed, f"{method} {path} {status} {code}"
