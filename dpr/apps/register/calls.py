"""What a call must carry before its content is looked at: NLL's headers, and a body that is one JSON object.

Rules: all faults at once; nothing of a header's or body's content is repeated in an answer. Which header is required for
what stands in the tables (docs/nll-mapping.md). JSON is read strictly: no duplicate keys, no NaN, no text that is not
Unicode, nesting up to `MAX_DEPTH`, up to `MAX_PARTS` objects and lists.

Example: `findings = header_findings("POST", request.headers)`
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from dpr.apps.register.outcomes import Finding
from dpr.core.fhir_names import Resource, identifiers, listed

MAX_DEPTH = 32
#: Objects and lists in one body, and commas: far more than any resource has.
MAX_PARTS, MAX_COMMAS = 20_000, 40_000

_VISIBLE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
_ID = re.compile(r"(?:Patient/)?([A-Za-z0-9.-]{1,64})")
_PREFER = re.compile(r"return=(?:minimal|representation|OperationOutcome)")
_BEARER = re.compile(r"(?i:bearer) [\x21-\x7e]{1,8000}")

_ALWAYS = ("x-purpose", "x-access", "x-org-info", "x-context-id", "x-request-id", "x-user-agent")


def token_missing(headers: Mapping[str, str]) -> bool:
    """Is there no bearer token? Any token is good here."""
    return _BEARER.fullmatch(headers.get("authorization", "")) is None


def header_findings(method: str, headers: Mapping[str, str]) -> list[Finding]:
    """What is missing or wrong among NLL's headers."""
    wrong = [name for name in _ALWAYS if not _VISIBLE.fullmatch(headers.get(name, ""))]
    if method == "POST":
        wrong += [] if _PREFER.fullmatch(headers.get("prefer", "")) else ["prefer"]
        wrong += [] if _names_an_author(headers.get("x-provenance", "")) else ["x-provenance"]
    if "x-patientref" in headers and patient_id(headers["x-patientref"]) is None:
        wrong.append("x-patientref")
    return [Finding("header", f"header {name}") for name in wrong]


def patient_id(reference: Any) -> str | None:
    """The logical id in `7` or `Patient/7`; None for anything else."""
    match = _ID.fullmatch(reference) if isinstance(reference, str) else None
    return match[1] if match else None


def _names_an_author(header: str) -> bool:
    """Base64 of a JSON Provenance with an agent who is identified, inline or in a contained resource."""
    try:
        provenance = parsed(base64.b64decode(header, validate=True))
    except (ValueError, binascii.Error):
        return False
    contained = {f"#{one.get('id')}": one for one in listed(provenance, "contained")}
    for agent in listed(provenance, "agent"):
        who = agent.get("who")
        if not isinstance(who, dict):
            continue
        found = (
            contained.get(who["reference"])
            if isinstance(who.get("reference"), str)
            else {"identifier": [who.get("identifier")]}
        )
        if any(value for _, value in identifiers(found)):
            return provenance.get("resourceType") == "Provenance"
    return False


def parsed(body: bytes) -> Resource:
    """The JSON object in `body`. ValueError for anything else."""
    if body.count(b"{") + body.count(b"[") > MAX_PARTS or body.count(b",") > MAX_COMMAS:
        raise ValueError("too many values")
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except RecursionError:
        raise ValueError("nesting") from None
    if type(value) is not dict:
        raise ValueError("not an object")
    if _depth(value) > MAX_DEPTH:
        raise ValueError("nesting")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> Resource:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _depth(value: Any) -> int:
    """How deep objects and lists are nested; stops beyond `MAX_DEPTH`."""
    level, depth = [value], 0
    while level and depth <= MAX_DEPTH:
        level = [inner for one in level for inner in _inside(one) if isinstance(inner, dict | list)]
        depth += 1
    return depth


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value
