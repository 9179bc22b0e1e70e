"""Every text field there is, found in the tables of the records: a new field is among them by itself.

Example: `[field.where for field in text_fields(CONTENT)]` → ["patient.name", "items.0.name", …]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from dpr.core.credential import CREDENTIAL
from dpr.core.dispensing import DISPENSING_RECORD
from dpr.core.fields import Array, Record, Text, Wrapped
from dpr.core.prescription import PRESCRIPTION, SubstitutionType
from dpr.core.status import STATUS_LIST
from dpr.core.trust_list import TRUST_LIST

RECORDS: dict[str, Record[Any]] = {
    "prescription": PRESCRIPTION,
    "credential": CREDENTIAL,
    "trust list": TRUST_LIST,
    "status list": STATUS_LIST,
    "dispensing": DISPENSING_RECORD,
}


class TextField(NamedTuple):
    """`path`: names, and 0 for a place in a list; `free`: any safe text may stand there, no identifier's rule."""

    path: tuple[str | int, ...]
    type: Text

    @property
    def where(self) -> str:
        """The path as one word."""
        return ".".join(map(str, self.path))

    @property
    def free(self) -> bool:
        """May any safe text stand there?"""
        return self.type.rule is None


def text_fields(record: Any, path: tuple[str | int, ...] = ()) -> Iterator[TextField]:
    """The text fields of a record, however deep."""
    for field in record.fields:
        yield from _of_type(field.type, (*path, field.name))


def _of_type(type_: Any, path: tuple[str | int, ...]) -> Iterator[TextField]:
    if isinstance(type_, Text):
        yield TextField(path, type_)
    elif isinstance(type_, Record):
        yield from text_fields(type_, path)
    elif isinstance(type_, Array):
        yield from _of_type(type_.inner, (*path, 0))
    elif isinstance(type_, Wrapped):
        yield from _of_type(type_.inner, path)
    elif isinstance(type_, SubstitutionType):
        yield from text_fields(type_._record, path)


ALL = [(name, field) for name, record in RECORDS.items() for field in text_fields(record)]
