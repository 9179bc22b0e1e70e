"""How a value is written: one table of fields per record drives the CBOR writer and reader, the JSON writer and reader
and the published JSON Schema, so that they cannot drift apart.

Rules: a map key is a small integer in CBOR and the field's name in JSON; a field at its default is absent, never written
out (one value, one encoding); an unknown key is refused, because what cannot be shown must not be signed away. Reading
CBOR stops at the first fault (it is a forgery or a bug); reading JSON collects every fault (a person is waiting).

Example: `Record(Reservnummer, Field(0, "oid", Text(64)), Field(1, "number", Text(12))).from_cbor({0: "1.2", 1: "x"})`
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import IntEnum
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from dpr.core import days
from dpr.core import text as texts
from dpr.core.errors import DocumentError, Problem

T = TypeVar("T", bound=msgspec.Struct)
Problems = list[Problem]


class Type(Protocol):
    """A way to write one value. `from_cbor` raises DocumentError; `from_json` appends to `problems` and returns None."""

    def from_cbor(self, value: Any) -> Any: ...
    def to_cbor(self, value: Any) -> Any: ...
    def from_json(self, value: Any, path: str, problems: Problems) -> Any: ...
    def to_json(self, value: Any) -> Any: ...
    def json_schema(self) -> dict[str, Any]: ...


def kind_of(value: Any) -> str:
    """The JSON type of `value`, for an error message that repeats no content."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true/false"
    return {int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}.get(type(value), "?")


class _Plain(ABC):
    """A type that is written the same way in CBOR and JSON."""

    expected = ""

    @abstractmethod
    def fault(self, value: Any) -> str | None:
        """The code of what is wrong with `value`, or None."""

    def from_cbor(self, value: Any) -> Any:
        code = self.fault(value)
        if code:
            raise DocumentError(code)
        return value

    def to_cbor(self, value: Any) -> Any:
        return self.from_cbor(value)

    def from_json(self, value: Any, path: str, problems: Problems) -> Any:
        code = self.fault(value)
        if code is None:
            return value
        problems.append(Problem(path, code, kind_of(value) if code == "field_type" else "not valid", self.expected))
        return None

    def to_json(self, value: Any) -> Any:
        return value


class Text(_Plain):
    """Safe text (dpr.core.text) of at most `limit` characters, optionally with a further `rule` (value → code or None)."""

    def __init__(self, limit: int, rule: Callable[[str], str | None] | None = None, example: str = "") -> None:
        self.limit, self.rule = limit, rule
        self.expected = f"text of 1 to {limit} characters without control characters"
        if example:
            self.expected = f"text like {example!r}"

    def fault(self, value: Any) -> str | None:
        if type(value) is not str:
            return "field_type"
        if len(value) > self.limit:
            return "text_too_long"
        return texts.fault(value) or (self.rule(value) if self.rule else None)

    def from_cbor(self, value: Any) -> Any:
        # The common case first, without a call; anything else is judged and named by `fault`.
        if (
            type(value) is str
            and self.rule is None
            and 0 < len(value) <= self.limit
            and value.isprintable()
            and value[0] != " "
            and value[-1] != " "
            and (value.isascii() or texts.fault(value) is None)
        ):
            return value
        return super().from_cbor(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": self.limit, "description": self.expected}


class Digits:
    """Exactly `length` digits: text in Python and JSON (leading zeros count), an unsigned integer in CBOR."""

    def __init__(self, length: int, rule: Callable[[str], str | None], example: str) -> None:
        self.length, self.rule = length, rule
        self.expected = f"{length} digits, for example {example!r}"
        self._format = f"{{:0{length}d}}".format

    def from_cbor(self, value: Any) -> str:
        if type(value) is not int or value < 0:
            raise DocumentError("field_type")
        digits = self._format(value)
        code = self.rule(digits)
        if code:
            raise DocumentError(code)
        return digits

    def to_cbor(self, value: str) -> int:
        code = "field_type" if type(value) is not str else self.rule(value)
        if code:
            raise DocumentError(code)
        return int(value)

    def from_json(self, value: Any, path: str, problems: Problems) -> str | None:
        code = "field_type" if type(value) is not str else self.rule(value)
        if code is None:
            return str(value)
        wrong = kind_of(value) if code == "field_type" else f"{len(value)} characters, not valid"
        problems.append(Problem(path, code, wrong, self.expected))
        return None

    def to_json(self, value: str) -> str:
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^[0-9]{{{self.length}}}$", "description": self.expected}


class Integer(_Plain):
    """A whole number from `low` to `high`."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high
        self.expected = f"a whole number from {low} to {high}"

    def fault(self, value: Any) -> str | None:
        if type(value) is not int:
            return "field_type"
        return None if self.low <= value <= self.high else "number_out_of_range"

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


#: An instant in whole seconds (RFC 8392 NumericDate as an integer).
instant = Integer(days.EARLIEST, days.LATEST)


class Boolean(_Plain):
    """An explicit yes or no."""

    expected = "true or false"

    def fault(self, value: Any) -> str | None:
        return None if type(value) is bool else "field_type"

    def json_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


class Flag(Boolean):
    """Written only where true; JSON may say false."""

    def from_cbor(self, value: Any) -> bool:
        if value is not True:
            raise DocumentError("field_default_written" if value is False else "field_type")
        return True


class Enumeration:
    """One member of an IntEnum: its number in CBOR, its `json_name` in JSON. `default` is never written in CBOR."""

    def __init__(self, enum: type[IntEnum], default: IntEnum | None = None) -> None:
        self._by_number = {int(member): member for member in enum if member != default}
        self._by_name = {json_name(member): member for member in enum}

    def from_cbor(self, value: Any) -> IntEnum:
        member = self._by_number.get(value) if type(value) is int else None
        if member is None:
            raise DocumentError("field_value_unknown")
        return member

    def to_cbor(self, value: IntEnum) -> int:
        return int(value)

    def from_json(self, value: Any, path: str, problems: Problems) -> IntEnum | None:
        member = self._by_name.get(value) if type(value) is str else None
        if member is None:
            wrong = f"{texts.visible(value)!r}" if isinstance(value, str) else kind_of(value)
            problems.append(Problem(path, "field_value_unknown", wrong, "one of " + ", ".join(self._by_name)))
        return member

    def to_json(self, value: IntEnum) -> str:
        return json_name(value)

    def json_schema(self) -> dict[str, Any]:
        return {"enum": list(self._by_name)}


def json_name(member: IntEnum) -> str:
    """How an enumeration's member is written in JSON: upper-case codes stay (`LK`), words are lower-case."""
    return member.name if len(member.name) == 2 else member.name.lower()


class Fixed(_Plain):
    """Exactly `length` bytes (any number up to 64 KiB when None); hexadecimal in JSON."""

    def __init__(self, length: int | None = None) -> None:
        self.length = length
        self.expected = "hexadecimal text" if length is None else f"{2 * length} hexadecimal digits"

    def fault(self, value: Any) -> str | None:
        if type(value) is not bytes or len(value) > 65536:
            return "field_type"
        return None if self.length in (None, len(value)) else "field_length"

    def from_json(self, value: Any, path: str, problems: Problems) -> bytes | None:
        try:
            return bytes(self.from_cbor(bytes.fromhex(value)))
        except (ValueError, TypeError, DocumentError):
            problems.append(Problem(path, "field_type", kind_of(value), self.expected))
            return None

    def to_json(self, value: bytes) -> str:
        return value.hex()

    def json_schema(self) -> dict[str, Any]:
        count = "*" if self.length is None else f"{{{2 * self.length}}}"
        return {"type": "string", "pattern": f"^[0-9a-f]{count}$"}


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
    """A msgspec struct (frozen, keyword-only) and the table of its fields."""

    def __init__(self, struct: type[T], *fields: Field) -> None:
        self.struct = struct
        self.fields = fields
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
                name, read = self._readers[key]
                values[name] = read(inner)
            return self.struct(**values)
        except DocumentError as error:
            raise DocumentError(error.code, ".".join(filter(None, (name, error.detail)))) from None
        except KeyError:
            raise DocumentError("field_unknown", self.struct.__name__) from None
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
        known = [field.name for field in self.fields]
        for name in value:
            if name not in known:
                shown = name if re.fullmatch(r"\w{1,40}", name) else texts.visible(name)
                problems.append(Problem(f"{path}.{shown}", "field_unknown", "unknown", "one of " + ", ".join(known)))
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
