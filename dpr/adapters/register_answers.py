"""What an answer of the register says: the hits of a search, where its next page is, and a no with its words.

Rules: pure. A searchset is read strictly, since what is misread looks like `nothing found`; every hit must be what was asked
for. Words are for a pharmacist and may hold anything, so whatever looks like a person's number is masked in them. What an
answer may cost is capped by how many values are in it: four megabytes of empty ones would take 100 MB and a second.

Example: `raise no(422, body)`
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from dpr.core.fhir_names import OTHER_SYSTEMS, identifiers, listed
from dpr.ports import Rejected, Silent, Unreachable

TOKEN_VARIABLE = "DPR_REGISTER_TOKEN"  # noqa: S105
#: Text that a header or an address can hold.
VISIBLE = re.compile(r"[\x21-\x7e]+")
#: FHIR R4, datatype id.
ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
#: Between the parts of a number, in a text or in an address.
_BREAK = r"(?:[ ./+\-\u2010-\u2015\u2212]|%2[0BDbd])"
_PARTS = (
    rf"(?:\d\d)?(?:\d\d{_BREAK}?){{3}}{_BREAK}{{0,2}}\d{{4}}",  # yymmdd-nnnn, with or without the century
    r"\d\d(?: \d\d){4,5}",
    r"\d(?: \d){9}(?: \d \d)?",
)
#: 10 or 12 digits as people write a personnummer or samordningsnummer.
_PERSONAL_NUMBER = re.compile(rf"(?<!\d)(?:{'|'.join(_PARTS)})(?!\d)")
#: Signs that may stand in a number, or between its parts.
_IN_A_NUMBER = "0123456789 ./+-%BbDd\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_MASK = "********-****"
#: Objects and lists in one answer, and commas: a thousand prescriptions have about as many.
_MAX_PARTS, _MAX_COMMAS = 60_000, 150_000
#: What is looked at of an answer's words: so many issues, and characters of each.
_MAX_ISSUES, _MAX_SAID = 20, 4000


class Page(NamedTuple):
    """One page of a searchset, and where the next one is."""

    resources: list[dict[str, Any]]
    following: str | None


def page_of(body: bytes, resource_type: str) -> Page:
    """The resources of the wanted type in a searchset. Silent for anything else: it must not look like `nothing found`."""
    try:
        bundle = _parsed(body)
        entries = [entry["resource"] for entry in bundle.get("entry", [])]
        if bundle["resourceType"] != "Bundle" or not all(isinstance(one["resourceType"], str) for one in entries):
            raise ValueError
        found = [one for one in entries if one["resourceType"] == resource_type]
        if not all(ID.fullmatch(one["id"]) for one in found):
            raise ValueError
        following = [link["url"] for link in listed(bundle, "link") if link.get("relation") == "next"]
        if not all(VISIBLE.fullmatch(url) for url in following):
            raise ValueError
        return Page(found, following[0] if following else None)
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        raise Silent("register_silent", "the answer is no searchset") from None


def _parsed(body: bytes) -> Any:
    """The JSON of a body. ValueError, RecursionError."""
    if body.count(b"{") + body.count(b"[") > _MAX_PARTS or body.count(b",") > _MAX_COMMAS:
        raise ValueError("too many values")
    return json.loads(body)


def as_asked(found: list[dict[str, Any]], is_meant: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """The hits, if all of them are meant: a server may ignore a parameter, and then gives everything (FHIR R4 §3.1.1.3.1)."""
    if not all(is_meant(one) for one in found):
        raise Silent("register_silent", "found what was not asked for")
    return found


def is_named(resource: dict[str, Any], system: str, value: str) -> bool:
    """Does a hit carry this identifier, under the system's name of today or its OID?"""
    carried = {(OTHER_SYSTEMS.get(one, one), its) for one, its in identifiers(resource)}
    return (OTHER_SYSTEMS.get(system, system), value) in carried


def is_about(resource: dict[str, Any], patient_reference: str, base: str) -> bool:
    """Is a hit's subject this patient, relative or on `base`? `#patient` is within the resource, and nobody it knows."""
    subject = resource.get("subject")
    reference = subject.get("reference") if isinstance(subject, dict) else None
    return reference in (patient_reference, f"{base}/{patient_reference}")


def beneath(base: str, path: str, following: str) -> str:
    """What stands after `base` in the address of the next page, which may be relative to this one's (`base` + `path`).

    Silent for an address that is not beneath `base`: the token does not go there.
    """
    elsewhere = Silent("register_silent", "the next page is elsewhere")
    try:
        ours, theirs = urlsplit(base), urlsplit(urljoin(base + path, following))
        if _origin(ours) != _origin(theirs) or "@" in theirs.netloc or not theirs.path.startswith(ours.path):
            raise elsewhere
    except ValueError:
        raise elsewhere from None
    rest = theirs.path.removeprefix(ours.path)
    climbs = {".", ".."} & set(re.split(r"[/\\]", unquote(rest)))
    if climbs or not (rest.startswith("/") or (not rest and theirs.query)):
        raise elsewhere
    return f"{rest}?{theirs.query}" if theirs.query else rest


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or {"http": 80, "https": 443}.get(url.scheme)


def no(status: int, body: bytes) -> Rejected | Silent | Unreachable:
    """A clear no of the register (4xx), or silence: after a 5xx, 408 or 429 nobody knows, so it is read back.

    Unreachable where no row was looked at: token, certificate, proxy, or an address at which there is no such register.
    A 400 without an OperationOutcome may be a proxy's (a certificate that it does not take) or the register's: silence.
    """
    issues = _issues(body)
    if status in (401, 403):
        return Unreachable("register_unreachable", f"HTTP {status}, {TOKEN_VARIABLE}")
    if status == 407 or (status in (404, 405) and all(issue.get("code") == "not-supported" for issue in issues)):
        return Unreachable("register_unreachable", f"HTTP {status}")
    if not 400 <= status < 500 or status in (408, 429) or (status == 400 and not issues):
        return Silent("register_silent", f"HTTP {status}")
    return Rejected(_words(issues), status=status)


def _issues(body: bytes) -> list[dict[str, Any]]:
    """The issues of an OperationOutcome; none for anything else."""
    try:
        outcome = _parsed(body)
    except (ValueError, RecursionError):
        return []
    is_outcome = isinstance(outcome, dict) and outcome.get("resourceType") == "OperationOutcome"
    return listed(outcome, "issue") if is_outcome else []


def _words(issues: list[dict[str, Any]]) -> str:
    """What the issues say, on one line, capped, with every number masked that may be a person's."""
    texts = []
    for issue in issues[:_MAX_ISSUES]:
        details = issue.get("details")
        codings = listed(details, "coding")
        code = _first(*(one.get("code") for one in codings))
        text = details.get("text") if isinstance(details, dict) else None
        said = _first(text, *(one.get("display") for one in codings), issue.get("diagnostics"), issue.get("code"))
        code, said = _masked(code), _masked(said)
        texts.append(said if code in said else f"{code} {said}")
    return _masked("; ".join(filter(None, texts)))[:1000] or "no words"


def _masked(said: str) -> str:
    """One line of what was said, every number masked; of a long text the beginning, up to a number that the cut may part."""
    # What cannot be seen goes first: it must not stand between the digits of a number.
    seen = "".join(character for character in said[:_MAX_SAID] if character.isprintable() or character.isspace())
    line = " ".join(seen.split())
    if len(said) > _MAX_SAID:
        line = line.rstrip(_IN_A_NUMBER)
    return _PERSONAL_NUMBER.sub(_MASK, line)


def _first(*values: Any) -> str:
    """The first of the values that is a text with something in it, or ""."""
    return next((value for value in values if isinstance(value, str) and value.strip()), "")
