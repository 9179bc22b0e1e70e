"""What a person typed for one field of a document, read as the document's own table reads it.

Rules: a fault is named by the option it was typed for, before anything is signed or written.

Example: `read_as(GROUND, "reason", "NLL svarar inte", "--reason", problems)`
"""

from __future__ import annotations

from typing import Any

from dpr.core.errors import Problem
from dpr.core.fields import Record


def read_as(record: Record[Any], name: str, value: Any, option: str, problems: list[Problem]) -> Any:
    """The value, or None after adding to `problems`."""
    field = next(field for field in record.fields if field.name == name)
    return field.type.from_json(value, option, problems)
