"""Token Status List (IETF draft-ietf-oauth-status-list) for credentials: one or two bits an entry, zlib-compressed.

Rules: the list is inflated under an absolute cap; an index beyond the list is no answer (never "valid"); entry 0 is valid,
1 revoked, 2 suspended, and anything else counts as revoked. A status bit has no time: it holds whenever it was signed.

Example: `Entries.build({7: Status.REVOKED}, size=1000, bits=1)[7] is Status.REVOKED`
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from enum import IntEnum
from typing import Any

import msgspec

from dpr.core.errors import DocumentError
from dpr.core.fields import Field, Fixed, Integer, Record, Text, instant

#: 100 million entries of one bit: more than any issuer has, and a cap on what inflating can cost.
MAX_LIST_BYTES = 12_500_000


class Status(IntEnum):
    """The status of one credential."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2


#: A value that the standard leaves to applications (3) counts as revoked.
_BY_VALUE = (Status.VALID, Status.REVOKED, Status.SUSPENDED, Status.REVOKED)


class Entries(msgspec.Struct, frozen=True, kw_only=True):
    """`bits` (1 or 2) an entry, the lowest bits of each byte of `lst` first."""

    bits: int
    lst: bytes

    @classmethod
    def build(cls, entries: Mapping[int, Status], *, size: int, bits: int) -> Entries:
        """At least `size` entries, valid where `entries` says nothing. DocumentError `status_list_entry`."""
        per_byte = 8 // bits
        lst = bytearray(-(-max(size, 1) // per_byte))
        for index, status in entries.items():
            if not 0 <= index < len(lst) * per_byte or status >= 1 << bits:
                raise DocumentError("status_list_entry")
            lst[index // per_byte] |= status << (index % per_byte * bits)
        return cls(bits=bits, lst=bytes(lst))

    def __getitem__(self, index: int) -> Status | None:
        """The status at `index`; None beyond the end of the list."""
        per_byte = 8 // self.bits
        if not 0 <= index < len(self.lst) * per_byte:
            return None
        value = self.lst[index // per_byte] >> (index % per_byte * self.bits) & ((1 << self.bits) - 1)
        return _BY_VALUE[value]


class StatusList(msgspec.Struct, frozen=True, kw_only=True):
    """A status list token's claims. `uri` is the list's name (claim sub); `issued_at` an instant in seconds."""

    uri: str
    issued_at: int
    entries: Entries


class Deflated(Fixed):
    """The `lst` byte string: zlib, inflated under the cap."""

    def from_cbor(self, value: Any) -> bytes:
        if type(value) is not bytes:
            raise DocumentError("field_type")
        return inflate(value)

    def to_cbor(self, value: bytes) -> bytes:
        return zlib.compress(value, 9)


def inflate(data: bytes) -> bytes:
    """The entries of a `lst` byte string (zlib). DocumentError `status_list_malformed` for anything else or too much."""
    inflater = zlib.decompressobj()
    try:
        lst = inflater.decompress(data, MAX_LIST_BYTES)
    except zlib.error:
        raise DocumentError("status_list_malformed", "not zlib") from None
    if not inflater.eof or inflater.unused_data or not lst:
        raise DocumentError("status_list_malformed", "too long, torn, or followed by other bytes")
    return lst


ENTRIES = Record(Entries, Field("bits", "bits", Integer(1, 2)), Field("lst", "lst", Deflated()))
STATUS_LIST = Record(
    StatusList,
    Field(2, "uri", Text(200)),
    Field(6, "issued_at", instant),
    Field(65533, "entries", ENTRIES),
)
