"""A message, sealed to its recipient: what a relay holds and cannot read (COSE_Encrypt0, RFC 9052 §5.2; HPKE, RFC 9180).

Rules: the outer header is what a relay needs and nothing more: message id, queue, key, times, environment, size bucket. Every
byte of it is bound as HPKE's `info`, so a relay that changes it makes a message that nobody can open. The plaintext is padded
to one of a few sizes. The frame has one form and is compared, not parsed, before anything in it is decoded. The ciphertext is
the encapsulated key followed by what AES-256-GCM made, as RFC 9180 §6.1 writes a single shot.

Example: `sealed = seal(document, key, outer_of(message, len(document)))`; `read(sealed).outer.id`
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PublicKey, Suite

from dpr.core import cbor, cose
from dpr.core.byte_strings import byte_string, byte_string_at
from dpr.core.errors import DocumentError
from dpr.core.fields import Enumeration, Field, Fixed, Integer, Record, instant
from dpr.core.mail.mail_key import SealingKey
from dpr.core.mail.message import Message, times_fault
from dpr.core.mail.queue import QUEUE
from dpr.core.trust_list import Environment

#: Sizes of a padded plaintext in bytes; the size bucket is the place in here.
BUCKETS = (4_096, 16_384, 65_536)
#: The padded plaintext begins with its length.
LENGTH_BYTES = 4
MAX_MESSAGE_BYTES = BUCKETS[-1] - LENGTH_BYTES
#: What sealing adds: ML-KEM-768's ciphertext, X25519's public key, AES-GCM's tag.
OVERHEAD_BYTES = 1088 + 32 + 16
MAX_OUTER_BYTES = 256
#: The largest sealed message: header, frame and ciphertext.
MAX_SEALED_BYTES = BUCKETS[-1] + OVERHEAD_BYTES + MAX_OUTER_BYTES + 16
TYP = "dpr-sealed"
#: For private use (RFC 9053 §10.1): HPKE base mode, MLKEM768_X25519, HKDF-SHA256, AES-256-GCM, the header as `info`.
ALG = -65537
#: CWT claims in a header (RFC 9597).
_CLAIMS = 15
_START = b"\xd0\x83"
_CONTEXT = "dpr-sealed"
SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class OuterContent(msgspec.Struct, frozen=True, kw_only=True):
    """The map under claim -65537 of the outer header. `bucket`: place in `BUCKETS`."""

    queue: str
    environment: Environment
    bucket: int


class Outer(msgspec.Struct, frozen=True, kw_only=True):
    """What a relay reads of a message. `id`: 16 bytes; `created`, `not_after`: instants in seconds."""

    not_after: int
    created: int
    id: bytes
    content: OuterContent


OUTER_CONTENT = Record(
    OuterContent,
    Field(0, "queue", QUEUE),
    Field(1, "environment", Enumeration(Environment)),
    Field(2, "bucket", Integer(0, len(BUCKETS) - 1), "which size the padded plaintext has"),
)
#: The claims in the outer header of a sealed message.
OUTER = Record(
    Outer,
    Field(4, "not_after", instant),
    Field(6, "created", instant),
    Field(7, "id", Fixed(16)),
    Field(-65537, "content", OUTER_CONTENT),
)


class Sealed(NamedTuple):
    """A sealed message taken apart. `key_id`: of the recipient's key, 8 bytes; `info`: what the ciphertext is bound to."""

    outer: Outer
    key_id: bytes
    info: bytes
    ciphertext: bytes


def outer_of(message: Message, size_bytes: int) -> Outer:
    """The outer header for `message`, whose signed document has `size_bytes`. DocumentError `mail_too_large`."""
    content = message.content
    bucket = next((place for place, size in enumerate(BUCKETS) if size_bytes + LENGTH_BYTES <= size), None)
    if bucket is None:
        raise DocumentError("mail_too_large", f"{size_bytes} bytes, at most {MAX_MESSAGE_BYTES}")
    return Outer(
        not_after=message.not_after,
        created=message.created,
        id=message.id,
        content=OuterContent(queue=content.queue, environment=content.environment, bucket=bucket),
    )


def seal(document: bytes, key: SealingKey, outer: Outer) -> bytes:
    """The sealed message of the signed `dpr-message` `document`, for whoever holds `key`; different bytes each time.

    DocumentError `mail_key_malformed`, also where its X25519 half is of low order.
    """
    protected = cbor.encode({cose.ALG: ALG, cose.KID: key.id, _CLAIMS: OUTER.to_cbor(outer), cose.TYP: TYP})
    padded = pad(document, BUCKETS[outer.content.bucket])
    try:
        return assemble(protected, SUITE.encrypt(padded, _public(key), info=info_of(protected)))
    except ValueError:
        raise DocumentError("mail_key_malformed") from None


def assemble(protected: bytes, ciphertext: bytes) -> bytes:
    """The frame: a tagged COSE_Encrypt0 with an empty unprotected header."""
    return _START + byte_string(protected) + b"\xa0" + byte_string(ciphertext)


def info_of(protected: bytes) -> bytes:
    """HPKE's `info`: a label and the outer header, as an array of two."""
    return cbor.encode([_CONTEXT, protected])


def pad(document: bytes, size_bytes: int) -> bytes:
    """4 bytes of length, the document, zeros."""
    return (len(document).to_bytes(LENGTH_BYTES, "big") + document).ljust(size_bytes, b"\0")


def unpad(padded: bytes) -> bytes:
    """The document of an opened plaintext. DocumentError `mail_padding`."""
    size = int.from_bytes(padded[:LENGTH_BYTES], "big")
    document, rest = padded[LENGTH_BYTES : LENGTH_BYTES + size], padded[LENGTH_BYTES + size :]
    if len(padded) not in BUCKETS or len(document) != size or rest.count(0) != len(rest):
        raise DocumentError("mail_padding")
    return document


def read(sealed: bytes) -> Sealed:
    """A sealed message's parts; nothing is opened. DocumentError `mail_too_large`, `mail_malformed`, `mail_header`,
    `mail_algorithm`, `mail_size`, `mail_times`, and the field's own codes."""
    if len(sealed) > MAX_SEALED_BYTES:
        raise DocumentError("mail_too_large", f"{len(sealed)} bytes, at most {MAX_SEALED_BYTES}")
    protected, at = byte_string_at(sealed, len(_START))
    ciphertext, end = byte_string_at(sealed, at + 1)
    if sealed[:2] != _START or sealed[at : at + 1] != b"\xa0" or end != len(sealed):
        raise DocumentError("mail_malformed", "not a COSE_Encrypt0 of one form")
    if len(protected) > MAX_OUTER_BYTES:
        raise DocumentError("mail_header", f"{len(protected)} bytes, at most {MAX_OUTER_BYTES}")
    header = cbor.decode(protected)
    if type(header) is not dict or header.keys() != {cose.ALG, cose.KID, _CLAIMS, cose.TYP} or header[cose.TYP] != TYP:
        raise DocumentError("mail_header")
    if type(header[cose.ALG]) is not int or header[cose.ALG] != ALG:
        raise DocumentError("mail_algorithm")
    key_id = header[cose.KID]
    if type(key_id) is not bytes or len(key_id) != 8:
        raise DocumentError("mail_header", "kid")
    outer = OUTER.from_cbor(header[_CLAIMS])
    if len(ciphertext) != BUCKETS[outer.content.bucket] + OVERHEAD_BYTES:
        raise DocumentError("mail_size")
    code = times_fault(outer.created, outer.not_after)
    if code:
        raise DocumentError(code)
    return Sealed(outer, key_id, info_of(protected), ciphertext)


def require_same(outer: Outer, message: Message) -> None:
    """DocumentError `mail_header_differs` where the relay was told something else than the recipient."""
    content = message.content
    inner = (message.id, message.created, message.not_after, content.queue, content.environment)
    if inner != (outer.id, outer.created, outer.not_after, outer.content.queue, outer.content.environment):
        raise DocumentError("mail_header_differs")


def _public(key: SealingKey) -> MLKEM768X25519PublicKey:
    """DocumentError `mail_key_malformed`."""
    try:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(key.public[:1184]), x25519.X25519PublicKey.from_public_bytes(key.public[1184:])
        )
    except ValueError:
        raise DocumentError("mail_key_malformed") from None
