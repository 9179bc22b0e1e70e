"""A prescription as people and systems write it: JSON (schemas/prescription.schema.json), read with every fault named at once.

Rules: the JSON holds the content (dpr.core.prescription) and two optional members beside it: `audience` (GLN of one pharmacy)
and `valid_to` (a date; one year, or 14 days for a telephone prescription, when left out). The id and the time of signing
are never written by a person. Errors name the JSON path, what is wrong and what would be right.

Example: `prescription = read(data, id=os.urandom(16), authored_at=now)`
"""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

from dpr.core import days, prescription_rules
from dpr.core.errors import InputError, Problem
from dpr.core.fields import Problems, kind_of
from dpr.core.prescription import CONTENT, Content, Prescription, gln

#: Four times the largest prescription or issuer; what is written by people is read with every fault, which costs more.
MAX_BYTES = 262_144
#: date.fromisoformat also takes weeks (2026-W48-1), which the schema does not.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read(data: bytes, *, id: bytes, authored_at: int) -> Prescription:
    """The prescription in `data` (JSON, UTF-8), as it would be signed at the instant `authored_at` with this `id`.

    Raises InputError `prescription_invalid` with every problem, or `json_invalid` where it is no JSON object.
    """
    written = parse(data)
    problems: Problems = []
    content = CONTENT.from_json({k: v for k, v in written.items() if k not in ("audience", "valid_to")}, "$", problems)
    audience = gln.from_json(written["audience"], "$.audience", problems) if "audience" in written else None
    valid_to = _valid_to(written, content, authored_at, problems)
    if problems or content is None or valid_to is None:
        raise InputError("prescription_invalid", tuple(problems))
    prescription = Prescription(
        id=id, authored_at=authored_at, expires_at=days.end_of(valid_to), audience=audience, content=content
    )
    broken = tuple(prescription_rules.problems(prescription))
    if broken:
        raise InputError("prescription_invalid", broken)
    return prescription


def write(prescription: Prescription) -> dict[str, Any]:
    """The JSON object that `read` takes."""
    written = CONTENT.to_json(prescription.content)
    if prescription.audience is not None:
        written["audience"] = prescription.audience
    written["valid_to"] = prescription.valid_to.isoformat()
    return written


def parse(data: bytes) -> dict[str, Any]:
    """A JSON object, where a member stands once. InputError `json_invalid`."""
    if len(data) > MAX_BYTES:
        raise _json_invalid("$", f"{len(data)} bytes", f"at most {MAX_BYTES}")
    try:
        written = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise _json_invalid(f"byte {error.start}", "not UTF-8", "UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise _json_invalid(f"line {error.lineno}, column {error.colno}", error.msg, "JSON") from None
    except (RecursionError, ValueError) as error:
        wrong = str(error) if isinstance(error, _DuplicateError) else type(error).__name__
        raise _json_invalid("$", wrong, "JSON with each member once, without NaN, not nested deeply") from None
    if type(written) is not dict:
        raise _json_invalid("$", kind_of(written), "an object: { … }")
    return written


class _DuplicateError(ValueError):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateError("a member stands twice")
    return members


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _json_invalid(path: str, wrong: str, expected: str) -> InputError:
    return InputError("json_invalid", (Problem(path, "json_invalid", wrong, expected),))


def _valid_to(written: dict[str, Any], content: Content | None, authored_at: int, problems: Problems) -> date | None:
    authored = days.day_of(authored_at)
    if "valid_to" not in written:
        if content is not None and content.telephone:
            return authored + timedelta(days=prescription_rules.TELEPHONE_DAYS)
        return days.same_day_next_year(authored)
    value = written["valid_to"]
    try:
        if type(value) is str and _DATE.fullmatch(value):
            day = date.fromisoformat(value)
            if 2000 <= day.year < 2199:
                return day
    except ValueError:
        pass
    expected = f"a date as YYYY-MM-DD, for example {days.same_day_next_year(authored)}"
    problems.append(Problem("$.valid_to", "date_form", kind_of(value) if type(value) is not str else "not a date", expected))
    return None


def json_schema() -> dict[str, Any]:
    """The published JSON Schema (2020-12) of what `read` takes; rules that span fields are in docs/codes.md."""
    schema = CONTENT.json_schema()
    schema["properties"] |= {
        "audience": {**gln.json_schema(), "description": "GLN of the one pharmacy that may dispense"},
        "valid_to": {"type": "string", "format": "date", "description": "last day of validity; default one year"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:dpr:schema:prescription",
        "title": "A prescription to be signed (dpr)",
        **schema,
    }
