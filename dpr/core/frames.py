"""The frame of a document, taken apart without decoding it: where header, payload and signature stand.

Rules: a frame has one form, so it is compared, not parsed; what has another form is named by the slow way. Caps come before
any decoding: nobody has signed yet what is decoded here. Only a payload may be large, and it is a byte string.

Example: `protected, payload, signature = split(document)`
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from cbor2 import CBORTag

from dpr.core import cbor, cose
from dpr.core.byte_strings import byte_string_at
from dpr.core.errors import DocumentError

#: Larger than any document but a trust list or status list; those are read under the larger cap of dpr.core.cbor.
MAX_DOCUMENT_BYTES = cbor.MAX_BYTES
#: A protected header holds at most a credential.
MAX_HEADER_BYTES = 8192


class Frame(NamedTuple):
    """The three byte strings of a COSE_Sign1."""

    protected: bytes
    payload: bytes
    signature: bytes


def split(document: bytes) -> Frame:
    """The parts of a strictly encoded, tagged COSE_Sign1 with an empty unprotected header. DocumentError as
    `dpr.core.documents.open`."""
    frame = _frame(document)
    if frame is None or len(frame.protected) > MAX_HEADER_BYTES or len(document) > cbor.MAX_SIGNED_BYTES:
        raise _frame_fault(document)
    return frame


def _frame(document: bytes) -> Frame | None:
    """The frame has one form: d2 84, a byte string, a0, two byte strings, the end (RFC 9052 §4.2, RFC 8949 §4.2.1)."""
    if document[:2] == b"\xd2\x84":
        protected, at = byte_string_at(document, 2)
        if document[at : at + 1] == b"\xa0":
            payload, at = byte_string_at(document, at + 1)
            signature, at = byte_string_at(document, at)
            if at == len(document):
                return Frame(protected, payload, signature)
    return None


class Embedding(NamedTuple):
    """A protected header with a credential in it: `typ` as it is encoded, the credential and its frame."""

    alg: int
    typ: bytes
    credential: bytes
    frame: Frame


#: {1: alg, 4: kid of 4 bytes, 13: a COSE_Sign1, 16: a short text}, as every writer of ours encodes it.
_EMBEDDING = re.compile(rb"\xa4\x01([\x26\x27])\x04\x44.{4}\x0d(\xd2\x84.+)\x10([\x60-\x77][!-~]+)", re.DOTALL)


def embedding(protected: bytes) -> Embedding | None:
    """A header with a credential, found by its places and so not decoded and written again; None for any other form, which
    may be as good. The caller compares `typ` with the kinds it knows, head and all."""
    match = _EMBEDDING.fullmatch(protected)
    frame = _frame(match[2]) if match else None
    if match is None or frame is None:
        return None
    return Embedding(0x1F - match[1][0], match[3], match[2], frame)


def _frame_fault(document: bytes) -> DocumentError:
    """What is wrong with a document that has not the one form. A large one is not worth the work of finding out."""
    if len(document) > MAX_DOCUMENT_BYTES:
        return DocumentError("document_too_large", f"{len(document)} bytes, at most {MAX_DOCUMENT_BYTES}")
    value = cbor.decode(document)
    if type(value) is not CBORTag or value.tag != cose.SIGN1_TAG:
        return DocumentError("cose_tag")
    parts = value.value
    if type(parts) is not list or len(parts) != 4:
        return DocumentError("cose_malformed", "not an array of 4")
    if any(type(parts[place]) is not bytes for place in (0, 2, 3)):
        return DocumentError("cose_malformed", "not byte strings")
    if len(parts[0]) > MAX_HEADER_BYTES:
        return DocumentError("document_header", f"{len(parts[0])} bytes, at most {MAX_HEADER_BYTES}")
    return DocumentError("document_unprotected")


def split_signed_by_many(document: bytes) -> Any:
    """The four parts of a strictly encoded COSE_Sign, the payload left empty: it is not decoded, however large it is.

    What is no array of four parts comes back as it is: `cose.verify` names that.
    """
    _body, at = byte_string_at(document, 3)
    payload, end = byte_string_at(document, at + 1)
    framed = document[:3] == b"\xd8\x62\x84" and document[at : at + 1] == b"\xa0" and end < len(document)
    if len(document) > MAX_DOCUMENT_BYTES and (not framed or len(document) - len(payload) > MAX_HEADER_BYTES):
        raise DocumentError("document_too_large", f"{len(document)} bytes")
    message = cbor.decode(document[: at + 1] + b"\x40" + document[end:] if framed else document)
    return message.value if type(message) is CBORTag else message
