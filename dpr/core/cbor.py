"""Strict deterministic CBOR: one value, one encoding (RFC 8949 §4.2.1), and only the types that dpr documents use.

Rules: integers (64 bits), byte strings, text, arrays, maps with integer or text keys, false, true, null, and the COSE tags
of `TAGS`. `decode` takes exactly the bytes that `encode` would write and refuses everything else: duplicate or unsorted
keys, trailing bytes, indefinite lengths, longer forms of a number or length, floats, undefined, other tags (cbor2 would
turn tag 35 into a regular expression chosen by the sender), nesting over `MAX_DEPTH`, and more than `MAX_BYTES`.

How: cbor2 decodes with its strict flags; then one walk over the value judges types and key order and adds up how long its
shortest encoding is. No item can take fewer bytes than its shortest form, so data of just that length has no longer form
and nothing after the end (docs/decisions/0015).

Example: `decode(encode({1: "a", 4: b"k"})) == {1: "a", 4: b"k"}`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

import cbor2
from cbor2 import CBORTag

from dpr.core.errors import DocumentError

#: The only tags: COSE_Sign1 and COSE_Sign (RFC 9052 table 1).
TAGS = frozenset((18, 98))
MAX_DEPTH = 16
#: What is decoded before anybody has verified a signature over it, in bytes and in items (a map's keys count too).
MAX_BYTES = 65_536
MAX_ITEMS = 16_384
#: What is decoded after: a trust list or a status list. Both are caps against work, not promises.
MAX_SIGNED_BYTES = 4 * 1024 * 1024
#: Below, no number of items or of colliding keys can cost more than a few milliseconds.
_SMALL_BYTES = 4096

Value = int | bytes | str | bool | list[Any] | dict[Any, Any] | CBORTag | None


def refuse_tag(_tag: Any, _immutable: bool) -> NoReturn:
    """A hook for cbor2: any tag it has no decoder for raises `cbor_tag`."""
    raise DocumentError("cbor_tag")


def _keep(tag: int) -> Callable[[Any, bool], CBORTag]:
    return lambda value, _immutable: CBORTag(tag, value)


#: Every tag for which cbor2 has a decoder of its own is refused, those of `TAGS` are kept as they are.
_BUILT_IN_TAGS = (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)
TAG_DECODERS: Any = dict.fromkeys(_BUILT_IN_TAGS, refuse_tag) | {tag: _keep(tag) for tag in TAGS}


def decode(data: bytes, *, signed_list: bool = False) -> Any:
    """The value of `data`, which must be one item in deterministic encoding.

    `signed_list`: a list of issuers or entries whose signature has verified; up to `MAX_SIGNED_BYTES`, of any number of
    items. Raises DocumentError: `cbor_malformed`, `cbor_too_large`,
    `cbor_tag`, `cbor_type`, `cbor_depth`, `cbor_key_order`, `cbor_trailing_bytes`, `cbor_not_deterministic` (any other form
    than the shortest). Source: RFC 8949 §4.2.1, §5.2.
    """
    most = MAX_SIGNED_BYTES if signed_list else MAX_BYTES
    if len(data) > most:
        raise DocumentError("cbor_too_large", f"{len(data)} bytes, at most {most}")
    if not signed_list:
        refuse_work(data)
    try:
        value = cbor2.loads(
            data,
            tag_hook=refuse_tag,
            semantic_decoders=TAG_DECODERS,
            max_depth=MAX_DEPTH + 1,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
    except cbor2.CBORError as error:
        raise named(error, "cbor_malformed") from None
    except (ValueError, TypeError, RecursionError, OverflowError, MemoryError) as error:
        raise DocumentError("cbor_malformed", type(error).__name__) from None
    if _size(value, MAX_DEPTH) != len(data):
        trailing = data.startswith(cbor2.dumps(value))
        raise DocumentError("cbor_trailing_bytes" if trailing else "cbor_not_deterministic")
    return value


def refuse_work(data: bytes) -> None:
    """Refuses what would cost cbor2 more than its size says, before anything is made of it.

    `cbor_too_large`: more than `MAX_ITEMS` items. `cbor_type`: a list, map or tag as a map key, since lists can be made by the
    thousand with one hash (-1 and -2 have the same), and 60 KiB of them as keys take a second. What is torn or malformed,
    cbor2 finds. Short data is not walked.
    """
    if len(data) <= _SMALL_BYTES:
        return
    at = 0
    left, maps = [1], [False]  # of each open container: items to come (negative: until a break), and whether it is a map
    items = 0
    while left and at < len(data):
        items += 1
        if items > MAX_ITEMS:
            raise DocumentError("cbor_too_large", f"more than {MAX_ITEMS} items")
        kind, info = data[at] >> 5, data[at] & 31
        is_key = maps[-1] and left[-1] % 2 == 0
        left[-1] -= 1
        at += 1
        count = info
        if 24 <= info < 28:
            count = int.from_bytes(data[at : at + (1 << info - 24)], "big")
            at += 1 << info - 24
        if kind == 7 and info == 31:
            left[-1] = 0
        elif 4 <= kind <= 6:
            if is_key:
                raise DocumentError("cbor_type", "a container as map key")
            left.append(-2 if info == 31 else 1 if kind == 6 else count * (kind - 3))
            maps.append(kind == 5)
        elif kind in (2, 3) and info == 31:
            left.append(-2)
            maps.append(False)
        elif kind in (2, 3):
            at += count
        while left and not left[-1]:
            left.pop()
            maps.pop()


def named(error: cbor2.CBORError, otherwise: str) -> DocumentError:
    """The error of ours that a hook raised inside cbor2, or what cbor2 found, by name; else the code `otherwise`."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, DocumentError):
            return cause
        cause = cause.__cause__ or cause.__context__
    words = str(error)
    if "depth" in words:
        return DocumentError("cbor_depth", f"more than {MAX_DEPTH} levels")
    return DocumentError(otherwise, type(error).__name__)


def _size(value: Any, depth: int) -> int:
    """Bytes of the shortest encoding of `value`; refuses other types, unsorted keys, more than `depth` levels."""
    kind = type(value)
    inside: Iterable[Any]
    if kind is dict:
        total, inside = _head(len(value)) + _keys(value), value.values()
    elif kind is list:
        total, inside = _head(len(value)), value
    elif kind is CBORTag:
        total, inside = _head(value.tag), (value.value,)
    else:
        return _size_of_plain(value)
    if not depth:
        raise DocumentError("cbor_depth", f"more than {MAX_DEPTH} levels")
    for inner in inside:
        kind = type(inner)
        if kind is str and inner.isascii() and len(inner) < 24:
            total += 1 + len(inner)
        elif kind is dict or kind is list or kind is CBORTag:
            total += _size(inner, depth - 1)
        else:
            total += _size_of_plain(inner)
    return total


def _size_of_plain(value: Any) -> int:
    kind = type(value)
    if kind is int:
        return _head(value if value >= 0 else ~value)
    if kind is bool or value is None:
        return 1
    if kind is not str and kind is not bytes:
        raise DocumentError("cbor_type", kind.__name__)
    size = len(value) if kind is bytes or value.isascii() else len(value.encode())
    return _head(size) + size


def _head(argument: int) -> int:
    """Bytes of an item's head: its type and a number, length, count or tag (RFC 8949 §3)."""
    if argument < 24:
        return 1
    if argument < 2**16:
        return 2 if argument < 2**8 else 3
    return 5 if argument < 2**32 else 9


def _keys(keys: Mapping[Any, Any]) -> int:
    """Bytes of the shortest encodings of `keys`, which must stand in the bytewise order of these (RFC 8949 §4.2.1)."""
    total, last, last_text = len(keys), -1, b""
    for key in keys:
        if type(key) is int:
            # Encoded, 0, 1, 2 … come before -1, -2, -3 …, and all of them before text.
            rank = key if key >= 0 else 2**64 - key
            if rank <= last:
                raise DocumentError("cbor_key_order")
            last = rank
            if not 0 <= key < 24:
                total += _head(key if key >= 0 else ~key) - 1
        elif type(key) is str:
            text = key.encode()
            if last == _TEXT and (len(text), text) <= (len(last_text), last_text):
                raise DocumentError("cbor_key_order")
            last, last_text = _TEXT, text
            total += _head(len(text)) + len(text) - 1
        else:
            raise DocumentError("cbor_type", f"map key {type(key).__name__}")
    return total


#: Above the rank of every integer key.
_TEXT = 2**66


def _encoded_key(key: Any) -> bytes:
    if type(key) is not int and type(key) is not str:
        raise DocumentError("cbor_type", f"map key {type(key).__name__}")
    return cbor2.dumps(_sorted(key, 0))


def encode(value: Value) -> bytes:
    """The deterministic encoding of `value`; maps may be given in any order, tuples count as arrays.

    Raises DocumentError: `cbor_type` (a type, tag or integer that a document cannot hold), `cbor_depth`.
    """
    return cbor2.dumps(_sorted(value, MAX_DEPTH))


def encode_sorted(value: Value) -> bytes:
    """The encoding of what `decode` returned, or a part of it: its maps are in order already."""
    return cbor2.dumps(value)


_PLAIN = frozenset((int, str, bytes, bool, type(None)))


def _sorted(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is int and not -(2**64) <= value < 2**64:
        raise DocumentError("cbor_type", "integer beyond 64 bits")
    if kind in _PLAIN:
        return value
    if not depth and kind in (dict, list, tuple, CBORTag):
        raise DocumentError("cbor_depth", f"more than {MAX_DEPTH} levels")
    if kind is dict:
        by_encoding = sorted((_encoded_key(key), key) for key in value)
        return {key: _sorted(value[key], depth - 1) for _, key in by_encoding}
    if kind in (list, tuple):
        return [_sorted(inner, depth - 1) for inner in value]
    if kind is CBORTag and value.tag in TAGS:
        return CBORTag(value.tag, _sorted(value.value, depth - 1))
    raise DocumentError("cbor_type", kind.__name__)
