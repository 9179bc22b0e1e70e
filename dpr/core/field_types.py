"""How one value is written: text, digits, numbers, choices, bytes, each in CBOR, in JSON and as a JSON Schema.

Rules: reading CBOR raises the first fault as a DocumentError (it is a forgery or a bug); reading JSON adds every fault to
`problems` (a person is waiting). A fault never repeats the value: it may be a name or a personnummer.

Example: `Digits(7, identifiers.prescriber_code_fault, "1234567").from_cbor(12345) == "0012345"`
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import IntEnum
from typing import Any, Protocol

from dpr.core import days
from dpr.core import text as texts
from dpr.core.errors import DocumentError, Problem

Problems = list[Problem]
#: The code of what a later version of the format wrote, where one may have (dpr.core.fields.Understood).
LATER = "later_version"


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
    """One member of an IntEnum: its number in CBOR, its `json_name` in JSON. `default` is never written in CBOR. Where a
    `later` version may have more members, a number that is not known has the code `later_version`."""

    def __init__(self, enum: type[IntEnum], default: IntEnum | None = None, *, later: bool = False) -> None:
        self._later = later
        self._by_number = {int(member): member for member in enum if member != default}
        self._by_name = {json_name(member): member for member in enum}

    def from_cbor(self, value: Any) -> IntEnum:
        member = self._by_number.get(value) if type(value) is int else None
        if member is None:
            raise DocumentError("later_version" if self._later and type(value) is int and value >= 0 else "field_value_unknown")
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
    """Exactly `length` bytes (any number up to `most` when None); hexadecimal in JSON."""

    def __init__(self, length: int | None = None, *, most: int = 65_536) -> None:
        self.length, self.most = length, most
        self.expected = "hexadecimal text" if length is None else f"{2 * length} hexadecimal digits"

    def fault(self, value: Any) -> str | None:
        if type(value) is not bytes or len(value) > self.most:
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
