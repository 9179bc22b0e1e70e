"""One CBOR byte string, written, and read where it stands in other bytes, without a decoder (RFC 8949 §3.1).

Rules: one form, the shortest; whoever reads another form finds none. This is how frames are taken apart before anything that
nobody has signed is decoded.

Example: `byte_string_at(byte_string(b"abc"), 0) == (b"abc", 4)`
"""

from __future__ import annotations


def byte_string(data: bytes) -> bytes:
    """`data` as a byte string of at most 4 GiB."""
    size = len(data)
    if size < 24:
        return bytes((0x40 + size,)) + data
    if size < 256:
        return bytes((0x58, size)) + data
    return (b"\x59" + size.to_bytes(2, "big") if size < 65536 else b"\x5a" + size.to_bytes(4, "big")) + data


def byte_string_at(data: bytes, at: int) -> tuple[bytes, int]:
    """The byte string at `at`, in its shortest form, and where it ends; an end beyond the data where there is none."""
    first = data[at] if at < len(data) else 0
    if 0x40 <= first < 0x58:
        begin, size = at + 1, first - 0x40
    else:
        # 0x58, 0x59 and 0x5a are followed by 1, 2 and 4 bytes of length; the shortest that can hold it is the only form.
        width, least = _LENGTHS.get(first, (0, 0))
        begin = at + 1 + width
        size = int.from_bytes(data[at + 1 : begin], "big")
        if not width or size < least:
            return b"", len(data) + 1
    return data[begin : begin + size], begin + size


_LENGTHS = {0x58: (1, 24), 0x59: (2, 2**8), 0x5A: (4, 2**16)}
