"""What a person typed for one field of a document, read as the document's own table reads it.

Rules: a fault is named by the option it was typed for, before anything is signed or written.

Example: `read_as(GROUND, "reason", "NLL svarar inte", "--reason", problems)`
"""

from __future__ import annotations

from typing import Any

from dpr.core.errors import InputError, Problem
from dpr.core.fields import Record

_LONGEST_REFERENCE = 100


def read_as(record: Record[Any], name: str, value: Any, option: str, problems: list[Problem]) -> Any:
    """The value, or None after adding to `problems`."""
    field = next(field for field in record.fields if field.name == name)
    return field.type.from_json(value, option, problems)


def reference_faults(option: str, text: str, *, least: int = 0) -> list[Problem]:
    """What is wrong with a reference: a short text without control characters, of `least` characters or more."""
    if least <= len(text) <= _LONGEST_REFERENCE and text.isprintable():
        return []
    expected = f"{least} to {_LONGEST_REFERENCE} characters, such as a case number"
    return [Problem(option, "field_length", f"{len(text)} characters", expected)]


def require_reference(option: str, text: str) -> None:
    """InputError `setup_invalid` as `reference_faults`."""
    if problems := reference_faults(option, text):
        raise InputError("setup_invalid", tuple(problems))
