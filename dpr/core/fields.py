"""How a value is written: one table of fields per record drives the CBOR writer and reader, the JSON writer and reader
and the published JSON Schema, so that they cannot drift apart.

Rules: a map key is a small integer in CBOR and the field's name in JSON; a field at its default is absent, never written
out (one value, one encoding); an unknown key is refused, because what cannot be shown must not be signed away. Single
values are in dpr.core.field_types; here is what holds others.

Example: `Record(Reservnummer, Field(0, "oid", Text(64)), Field(1, "number", Text(12))).from_cbor({0: "1.2", 1: "x"})`
"""

from __future__ import annotations

import re
from typing import Any, Generic, TypeVar

import msgspec

from dpr.core import text as texts
from dpr.core.errors import DocumentError, Problem
from dpr.core.field_types import (
    LATER,
    Boolean,
    Digits,
    Enumeration,
    Fixed,
    Flag,
    Integer,
    Problems,
    Text,
    Type,
    instant,
    json_name,
    kind_of,
)

__all__ = [
    "Array",
    "Boolean",
    "Digits",
    "Enumeration",
    "Field",
    "Fixed",
    "Flag",
    "Integer",
    "Known",
    "Names",
    "Problems",
    "Record",
    "Text",
    "Type",
    "Understood",
    "Wrapped",
    "instant",
    "json_name",
    "kind_of",
]

#: Of the unknown members of one object, so many are named.
NAMED_UNKNOWN = 20
T = TypeVar("T", bound=msgspec.Struct)


class Array:
    """`low` to `high` values of one type; a tuple in Python."""

    def __init__(self, inner: Type, low: int, high: int) -> None:
        self.inner, self.low, self.high = inner, low, high
        self._read = inner.from_cbor

    def from_cbor(self, value: Any) -> tuple[Any, ...]:
        if type(value) is not list:
            raise DocumentError("field_type")
        if not self.low <= len(value) <= self.high:
            raise DocumentError("list_length")
        read = self._read
        if len(value) == 1:
            return (read(value[0]),)
        return tuple([read(one) for one in value])

    def to_cbor(self, value: tuple[Any, ...]) -> list[Any]:
        return [self.inner.to_cbor(one) for one in value]

    def from_json(self, value: Any, path: str, problems: Problems) -> tuple[Any, ...] | None:
        if type(value) is not list or not self.low <= len(value) <= self.high:
            code, wrong = ("list_length", f"{len(value)} entries") if type(value) is list else ("field_type", kind_of(value))
            problems.append(Problem(path, code, wrong, f"a list of {self.low} to {self.high} entries"))
            return None
        return tuple([self.inner.from_json(one, f"{path}[{number}]", problems) for number, one in enumerate(value)])

    def to_json(self, value: tuple[Any, ...]) -> list[Any]:
        return [self.inner.to_json(one) for one in value]

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "minItems": self.low, "maxItems": self.high, "items": self.inner.json_schema()}


class Known(tuple[Any, ...]):
    """What is understood of an array; `left_out`: how many entries of a later version there were besides."""

    left_out: int = 0


class Understood(Array):
    """An array of which the entries that a later version wrote are left out: those whose reading ends with the code `later`.

    With `at_least_one`, an array of which nothing is understood is itself of a later version.
    """

    def __init__(self, inner: Type, low: int, high: int, *, later: str = LATER, at_least_one: bool = False) -> None:
        super().__init__(inner, low, high)
        self.later, self.at_least_one = later, at_least_one

    def from_cbor(self, value: Any) -> Known:
        if type(value) is not list:
            raise DocumentError("field_type")
        if not self.low <= len(value) <= self.high:
            raise DocumentError("list_length")
        found = []
        for one in value:
            try:
                found.append(self._read(one))
            except DocumentError as error:
                if error.code != self.later:
                    raise
        if self.at_least_one and not found:
            raise DocumentError(LATER)
        known = Known(found)
        known.left_out = len(value) - len(found)
        return known


class Names:
    """A map of `low` to `high` names (text) to whole numbers of one type; a dict in Python, an object in JSON."""

    def __init__(self, name: Text, number: Integer, low: int, high: int) -> None:
        self.name, self.number, self.low, self.high = name, number, low, high

    def from_cbor(self, value: Any) -> dict[str, int]:
        if type(value) is not dict:
            raise DocumentError("field_type")
        if not self.low <= len(value) <= self.high:
            raise DocumentError("list_length")
        name, number = self.name.from_cbor, self.number.from_cbor
        return {name(one): number(minimum) for one, minimum in value.items()}

    def to_cbor(self, value: dict[str, int]) -> dict[str, int]:
        return self.from_cbor(value)

    def from_json(self, value: Any, path: str, problems: Problems) -> dict[str, int] | None:
        try:
            return self.from_cbor(value)
        except DocumentError as error:
            problems.append(Problem(path, error.code, kind_of(value), f"an object of {self.low} to {self.high} names"))
            return None

    def to_json(self, value: dict[str, int]) -> dict[str, int]:
        return dict(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.number.json_schema()}


class Wrapped:
    """A map of one entry around the value, as some registered claims have it; JSON shows the value alone."""

    def __init__(self, key: int | str, inner: Type) -> None:
        self.key, self.inner = key, inner

    def from_cbor(self, value: Any) -> Any:
        if type(value) is not dict or value.keys() != {self.key}:
            raise DocumentError("field_type")
        return self.inner.from_cbor(value[self.key])

    def to_cbor(self, value: Any) -> dict[int | str, Any]:
        return {self.key: self.inner.to_cbor(value)}

    def from_json(self, value: Any, path: str, problems: Problems) -> Any:
        return self.inner.from_json(value, path, problems)

    def to_json(self, value: Any) -> Any:
        return self.inner.to_json(value)

    def json_schema(self) -> dict[str, Any]:
        return self.inner.json_schema()


class Field:
    """One line of a record's table: CBOR key, name, type. A field is optional where the struct has a default."""

    def __init__(self, key: int | str, name: str, type_: Type, doc: str = "") -> None:
        self.key, self.name, self.type, self.doc = key, name, type_, doc


class Record(Generic[T]):
    """A msgspec struct (frozen, keyword-only) and the table of its fields. `extensible`: an unknown negative integer key is
    information from a later version, and is ignored; any other unknown key may change what the others mean: `later_version`."""

    def __init__(self, struct: type[T], *fields: Field, extensible: bool = False) -> None:
        self.struct = struct
        self.fields = fields
        self.extensible = extensible
        defaults = {f.name: f.default for f in msgspec.structs.fields(struct)}
        self._defaults = {field.name: defaults[field.name] for field in fields}
        self._readers = {field.key: (field.name, field.type.from_cbor) for field in fields}
        self._required = [field for field in fields if self._defaults[field.name] is msgspec.NODEFAULT]
        if defaults.keys() != self._defaults.keys():
            raise TypeError(f"{struct.__name__}: table and struct differ")

    def from_cbor(self, value: Any) -> T:
        """The struct of a decoded map; DocumentError with the path of the field in `detail`."""
        if type(value) is not dict:
            raise DocumentError("field_type", self.struct.__name__)
        values: dict[str, Any] = {}
        name = ""
        try:
            for key, inner in value.items():
                if self.extensible and key not in self._readers and type(key) is int and key < 0:
                    continue
                name, read = self._readers[key]
                values[name] = read(inner)
            return self.struct(**values)
        except DocumentError as error:
            raise DocumentError(error.code, ".".join(filter(None, (name, error.detail)))) from None
        except KeyError:
            raise DocumentError(LATER if self.extensible else "field_unknown", self.struct.__name__) from None
        except TypeError:
            missing = [field.name for field in self._required if field.name not in values]
            raise DocumentError("field_missing", ", ".join(missing)) from None

    def to_cbor(self, value: T) -> dict[int | str, Any]:
        """The map of `value`; fields at their default are left out."""
        written: dict[int | str, Any] = {}
        for field in self.fields:
            inner = getattr(value, field.name)
            if inner != self._defaults[field.name]:
                try:
                    written[field.key] = field.type.to_cbor(inner)
                except DocumentError as error:
                    raise DocumentError(error.code, ".".join(filter(None, (field.name, error.detail)))) from None
        return written

    def from_json(self, value: Any, path: str, problems: Problems) -> T | None:
        """The struct of a parsed JSON object; every fault is added to `problems`, and None returned if there is any."""
        if type(value) is not dict:
            problems.append(Problem(path, "field_type", kind_of(value), "an object"))
            return None
        before = len(problems)
        values: dict[str, Any] = {}
        for field in self.fields:
            if field.name in value:
                values[field.name] = field.type.from_json(value[field.name], f"{path}.{field.name}", problems)
        for field in self._required:
            if field.name not in value:
                expected = getattr(field.type, "expected", "") or "a value"
                problems.append(Problem(f"{path}.{field.name}", "field_missing", "nothing", expected))
        known = "one of " + ", ".join(self._defaults)
        # A few of them say it: an object may have a hundred thousand.
        for name in [name for name in value if name not in self._defaults][:NAMED_UNKNOWN]:
            shown = name if re.fullmatch(r"\w{1,40}", name) else texts.visible(name)
            problems.append(Problem(f"{path}.{shown}", "field_unknown", "unknown", known))
        return self.struct(**values) if len(problems) == before else None

    def to_json(self, value: T) -> dict[str, Any]:
        """A JSON object; fields at their default are left out."""
        return {
            field.name: field.type.to_json(getattr(value, field.name))
            for field in self.fields
            if getattr(value, field.name) != self._defaults[field.name]
        }

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of the object."""
        properties = {}
        for field in self.fields:
            schema = field.type.json_schema()
            properties[field.name] = {**schema, "description": field.doc} if field.doc else schema
        return {
            "type": "object",
            "properties": properties,
            "required": [field.name for field in self._required],
            "additionalProperties": False,
        }
