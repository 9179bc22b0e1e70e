"""Strict deterministic CBOR: one value, one encoding (RFC 8949 §4.2.1), and only the types that dpr documents use.

Rules: integers (64 bits), byte strings, text, arrays, maps with integer or text keys, false, true, null, and the COSE tags
of `TAGS`. `decode` takes exactly the bytes that `encode` would write and refuses everything else: duplicate or unsorted
keys, trailing bytes, indefinite lengths, longer forms of a number or length, floats, undefined, other tags (cbor2 would
turn tag 35 into a regular expression chosen by the sender), nesting over `MAX_DEPTH`.

How: cbor2 decodes with its strict flags, then the value is written again and compared byte by byte: what was not written
the one right way differs. Only the order of map keys survives a rewrite, so it is checked by itself.

Example: `decode(encode({1: "a", 4: b"k"})) == {1: "a", 4: b"k"}`
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, NoReturn

import cbor2
from cbor2 import CBORTag

from dpr.core.errors import DocumentError

#: The only tags: COSE_Sign1 and COSE_Sign (RFC 9052 table 1).
TAGS = frozenset((18, 98))
MAX_DEPTH = 16
#: More than any document of ours or the largest trust list; a cap against work, not a promise.
MAX_BYTES = 16 * 1024 * 1024

Value = int | bytes | str | bool | list[Any] | dict[Any, Any] | CBORTag | None


def refuse_tag(_tag: Any, _immutable: bool) -> NoReturn:
    """A hook for cbor2: any tag it has no decoder for raises `cbor_tag`."""
    raise DocumentError("cbor_tag")


def _keep(tag: int) -> Callable[[Any, bool], CBORTag]:
    return lambda value, _immutable: CBORTag(tag, value)


#: Every tag for which cbor2 has a decoder of its own is refused, those of `TAGS` are kept as they are.
_BUILT_IN_TAGS = (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)
TAG_DECODERS: Any = dict.fromkeys(_BUILT_IN_TAGS, refuse_tag) | {tag: _keep(tag) for tag in TAGS}


def decode(data: bytes) -> Any:
    """The value of `data`, which must be one item in deterministic encoding.

    Raises DocumentError: `cbor_malformed`, `cbor_too_large`, `cbor_tag`, `cbor_type`, `cbor_depth`, `cbor_key_order`,
    `cbor_trailing_bytes`, `cbor_not_deterministic` (any other form than the shortest). Source: RFC 8949 §4.2.1, §5.2.
    """
    if len(data) > MAX_BYTES:
        raise DocumentError("cbor_too_large", f"{len(data)} bytes, at most {MAX_BYTES}")
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
    _check(value, MAX_DEPTH)
    written = cbor2.dumps(value)
    if written != data:
        raise DocumentError("cbor_trailing_bytes" if data.startswith(written) else "cbor_not_deterministic")
    return value


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


def _check(value: Any, depth: int) -> None:
    """Types and key order, down to `depth` levels of containers."""
    kind = type(value)
    if kind in _PLAIN:
        return
    if kind is dict:
        _check_keys(value)
        inside = value.values()
    elif kind is list:
        inside = value
    elif kind is CBORTag:
        inside = (value.value,)
    else:
        raise DocumentError("cbor_type", kind.__name__)
    if not depth:
        raise DocumentError("cbor_depth", f"more than {MAX_DEPTH} levels")
    for inner in inside:
        if type(inner) not in _PLAIN:
            _check(inner, depth - 1)


_PLAIN = frozenset((int, str, bytes, bool, type(None)))


def _check_keys(keys: Mapping[Any, Any]) -> None:
    last = -1
    for key in keys:
        if type(key) is not int:
            break
        # Encoded, 0, 1, 2 … come before -1, -2, -3 … (RFC 8949 §4.2.1: bytewise order of the encodings).
        rank = key if key >= 0 else 2**64 - key
        if rank <= last:
            raise DocumentError("cbor_key_order")
        last = rank
    else:
        return
    encoded = [_encoded_key(key) for key in keys]
    if any(first >= second for first, second in pairwise(encoded)):
        raise DocumentError("cbor_key_order")


def _encoded_key(key: Any) -> bytes:
    if type(key) is not int and type(key) is not str:
        raise DocumentError("cbor_type", f"map key {type(key).__name__}")
    return cbor2.dumps(key)


def encode(value: Value) -> bytes:
    """The deterministic encoding of `value`; maps may be given in any order, tuples count as arrays.

    Raises DocumentError: `cbor_type` (a type, tag or integer that a document cannot hold), `cbor_depth`.
    """
    return cbor2.dumps(_sorted(value, MAX_DEPTH))


def encode_sorted(value: Value) -> bytes:
    """The encoding of what `decode` returned, or a part of it: its maps are in order already."""
    return cbor2.dumps(value)


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
