"""Mutations that follow the structure of what is mutated: a tree of CBOR or JSON, a text, or bytes.

Rules: everything comes from the `Random` that is given, so that a seed repeats a run; nothing here knows the decoders. A tree
mutation keeps the encoding right and breaks the content, which is how claims behind a signature are reached.

Example: `cbor_tree(b"\\xa1\\x01\\x02", Random(1))`
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import cbor2
from cbor2 import CBORTag

from dpr.core import cbor
from dpr.core.errors import DprError

Mutator = Callable[[bytes, Random], bytes]

#: Whole numbers at the edges of what somebody may have thought of.
INTEGERS = (
    *(0, 1, -1, 2, 9, 18, 98, 99, 255, 256, 1000, 65_535, 65_536, 2**31 - 1, 2**31, 2**32, 2**40, 2**53),
    *(2**63 - 1, 2**63, 2**64 - 1, -(2**31), -(2**63), -(2**64), 191212121212, 1_795_262_400, 7_350_000_000_009),
)
TEXTS = (
    *("", " ", "a", "å" * 41, "x" * 251, "\u202eevil", "a\u200bb", "\x1b[31m", "<b>", "${7*7}", "=1+1", "%s%n", "../../x"),
    *("e\u0301", "\ud800", "\ufdd0", "\0", "a\nb", "Енalapril", "dpr-credential", "prescription", "2026-11-21", "NaN"),
)
VALUES: tuple[Any, ...] = (
    *INTEGERS,
    *TEXTS[:20],
    *(None, True, False, b"", b"\0", b"\xff" * 16, b"k" * 33, [], {}, [[]], {0: {}}, {"": ""}, {1: 1, -1: 1}),
)
_TOKENS = (
    *(
        b"\xd2\x84",
        b"\xd8\x62\x84",
        b"\xa0",
        b"\x40",
        b"\xf6",
        b"\x9f",
        b"\xbf",
        b"\xff",
        b"\x1b" + b"\xff" * 8,
        b"\xf9\x7e\x00",
    ),
    *(b"\x00", b"\n", b'"', b";", b",", b"{", b"}", b"[", b"]", b"\\u", b"\\ud800", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"%PDF-"),
    *(b"9" * 64, b"1e999", b"-0", b"NaN", b"DPR1", b"true", b"null", b"\xc0\x80", b"\xed\xa0\x80", b"\xcc\x81" * 8),
)


def raw(data: bytes, random: Random) -> bytes:
    """Bytes with one to four bits, bytes, pieces or tokens changed, doubled, moved or taken away."""
    made = bytearray(data)
    for _ in range(random.randint(1, 4)):
        _RAW[random.randrange(len(_RAW))](made, random)
    return bytes(made)


def _place(data: bytearray, random: Random) -> int:
    return random.randrange(len(data) + 1)


def _flip(data: bytearray, random: Random) -> None:
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _set(data: bytearray, random: Random) -> None:
    if data:
        data[random.randrange(len(data))] = random.choice((0, 1, 0x1F, 0x7F, 0x80, 0xFF, random.randrange(256)))


def _insert(data: bytearray, random: Random) -> None:
    place = _place(data, random)
    data[place:place] = random.choice(_TOKENS) if random.random() < 0.7 else random.randbytes(random.randint(1, 9))


def _cut(data: bytearray, random: Random) -> None:
    place = _place(data, random)
    del data[place : place + random.choice((1, 1, 2, 8, len(data)))]


def _double(data: bytearray, random: Random) -> None:
    begin, end = sorted((_place(data, random), _place(data, random)))
    place = _place(data, random)
    data[place:place] = data[begin : min(end, begin + 400)]


_RAW = (_flip, _flip, _set, _insert, _cut, _double)


# --- trees --------------------------------------------------------------------------------------------------------------


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every node under the root."""
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    else:
        return
    for step, inner in inside:
        yield (*path, step)
        yield from places(inner, (*path, step))


def tree(value: Any, random: Random, values: tuple[Any, ...] = VALUES) -> Any:
    """A copy of `value` with one to three of its nodes replaced, removed, doubled, moved, wrapped or made slightly wrong."""
    made = copy.deepcopy(value)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        paths = list(places(made))
        if not paths:
            return random.choice(values)
        path = random.choice(paths)
        parent = _at(made, path[:-1])
        how = random.randrange(8)
        if how == 0:
            del parent[path[-1]]
        elif how == 1:
            _add(parent, path[-1], copy.deepcopy(_at(made, random.choice(paths))), random)
        elif how == 2:
            parent[path[-1]] = copy.deepcopy(_at(made, random.choice(paths)))
        elif how == 3:
            parent[path[-1]] = random.choice(([parent[path[-1]]], {0: parent[path[-1]]}, {"": parent[path[-1]]}))
        elif how in (4, 5):
            parent[path[-1]] = _near(parent[path[-1]], random, values)
        else:
            parent[path[-1]] = copy.deepcopy(random.choice(values))
    return made


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _add(parent: Any, step: Any, value: Any, random: Random) -> None:
    if isinstance(parent, list):
        parent[step:step] = [value] * random.choice((1, 1, 1, 20, 40))
    else:
        parent[random.choice((0, 1, 2, 24, 30, -1, -65537, "x", step))] = value


def _near(value: Any, random: Random, values: tuple[Any, ...]) -> Any:
    """A value of the same type that is a little different."""
    if type(value) is int:
        return value + random.choice((-1, 1, 60, 86_400, 10**6, -(10**9)))
    if type(value) is bool:
        return not value
    if isinstance(value, bytes):
        return raw(value, random)
    if isinstance(value, str):
        place, sign = random.randrange(len(value) + 1), random.choice(TEXTS)
        return value[:place] + random.choice((sign, sign, "")) + value[place + random.choice((0, 1)) :]
    return random.choice(values)


def cbor_tree(data: bytes, random: Random) -> bytes:
    """The deterministic encoding of a mutated tree; raw mutations for what is no CBOR, and now and then for what is."""
    if random.random() < 0.15:
        return raw(data, random)
    try:
        value = copy.deepcopy(cbor2.loads(data, semantic_decoders=cbor.TAG_DECODERS, max_depth=40))
    except Exception:  # no CBOR, or with a map as the key of a map, which cannot be copied
        return raw(data, random)
    if isinstance(value, CBORTag):
        made: Any = CBORTag(value.tag, tree(value.value, random))
    else:
        made = tree(value, random)
    return encoded(made, data)


def encoded(value: Any, otherwise: bytes) -> bytes:
    """Deterministic CBOR where the value can have it, else any CBOR, else `otherwise`."""
    try:
        return cbor.encode(value)
    except (DprError, UnicodeError):
        try:
            return bytes(cbor2.dumps(value))
        except (cbor2.CBORError, UnicodeError, ValueError, TypeError):
            return otherwise


_JSON_VALUES: tuple[Any, ...] = (
    *(one for one in VALUES if not isinstance(one, bytes | dict)),
    {},
    {"": ""},
    1e308,
    -0.0,
    1.5,
    10**40,
)


def json_tree(data: bytes, random: Random) -> bytes:
    """JSON of a mutated tree; raw mutations for what is no JSON, and now and then for what is."""
    if random.random() < 0.15:
        return raw(data, random)
    try:
        value = json.loads(data)
        return json.dumps(tree(value, random, _JSON_VALUES), ensure_ascii=random.random() < 0.5).encode(
            "utf-8", "surrogatepass"
        )
    except (ValueError, TypeError, RecursionError):
        return raw(data, random)
