"""COSE_Sign1 and COSE_Sign (RFC 9052), written strictly, read strictly or as other people write it.

Rules: the algorithm stands in the protected header and must be the key's own; nothing that changes the meaning may stand
unprotected; an unknown `crit` label is refused (§3.1); a label in both headers is refused (§3); the payload is inside.
Signing is two steps, so that a smart card or a signing service fits: `to_be_signed…` makes the bytes, somebody signs them,
`assemble…` makes the message. No private key lives here.

Example: `verify1(sign1(b"payload", signer), public_key).payload == b"payload"`
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

import cbor2
from cbor2 import CBORTag

from dpr.core import cbor
from dpr.core.byte_strings import byte_string, byte_string_at
from dpr.core.errors import DocumentError
from dpr.core.keys import ALGORITHMS, CryptographyKey, PublicKey

SIGN1_TAG, SIGN_TAG = 18, 98
#: Header labels that are understood: alg, crit, content type, kid, kcwt (RFC 9528), CWT Claims (RFC 9597), typ (RFC 9596).
ALG, CRIT, CONTENT_TYPE, KID, KCWT, CWT_CLAIMS, TYP = 1, 2, 3, 4, 13, 15, 16
_UNDERSTOOD = frozenset((ALG, CRIT, CONTENT_TYPE, KID, KCWT, CWT_CLAIMS, TYP))
MAX_SIGNATURES = 32
#: A COSE_Sign's payload is hashed again for every signature that may be one of the given keys': at most this much in all.
MAX_HASHED_BYTES = 16 * 1024 * 1024
#: How a large message must begin: its tag and an array of four.
_LARGE = {SIGN1_TAG: b"\xd2\x84", SIGN_TAG: b"\xd8\x62\x84"}


class Signing(Protocol):
    """What `sign1` needs of a signer: the `Signer` of dpr.ports, or a test's."""

    @property
    def key(self) -> PublicKey: ...
    def sign(self, data: bytes) -> bytes: ...


class Sign1(NamedTuple):
    """A COSE_Sign1 whose signature verified."""

    protected: dict[Any, Any]
    unprotected: dict[Any, Any]
    payload: bytes


def to_be_signed1(protected: bytes, payload: bytes, external_aad: bytes = b"") -> bytes:
    """The Sig_structure of a COSE_Sign1 (RFC 9052 §4.4): ["Signature1", protected, external_aad, payload]."""
    return b"\x84\x6aSignature1" + byte_string(protected) + byte_string(external_aad) + byte_string(payload)


def to_be_signed(body_protected: bytes, sign_protected: bytes, payload: bytes, external_aad: bytes = b"") -> bytes:
    """The Sig_structure of one signature in a COSE_Sign (RFC 9052 §4.4)."""
    parts = (body_protected, sign_protected, external_aad, payload)
    return b"\x85\x69Signature" + b"".join(map(byte_string, parts))


def assemble1(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """The tagged COSE_Sign1 message with an empty unprotected header."""
    return b"\xd2\x84" + byte_string(protected) + b"\xa0" + byte_string(payload) + byte_string(signature)


def assemble(body_protected: bytes, payload: bytes, signatures: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The tagged COSE_Sign message; `signatures` are (protected header, signature) in their order."""
    signed = [[protected, {}, signature] for protected, signature in signatures]
    return cbor.encode(CBORTag(SIGN_TAG, [body_protected, {}, payload, signed]))


def protected_header(key: PublicKey, extra: Mapping[int, Any]) -> bytes:
    """The encoded protected header for a signature by `key`: alg, kid and `extra`."""
    return cbor.encode({ALG: key.alg, KID: key.kid, **extra})


def sign1(payload: bytes, signer: Signing, *, protected: Mapping[int, Any] | None = None, external_aad: bytes = b"") -> bytes:
    """A tagged COSE_Sign1 of `payload`; `protected` adds header parameters to alg and kid."""
    header = protected_header(signer.key, protected or {})
    return assemble1(header, payload, signer.sign(to_be_signed1(header, payload, external_aad)))


def verify1(message: bytes, public_key: PublicKey | CryptographyKey, *, external_aad: bytes = b"") -> Sign1:
    """The content of a tagged COSE_Sign1 that `public_key` (ours or one of `cryptography`) signed.

    Lenient about other people's CBOR (long forms, key order); strict about everything that has a meaning. What is not the
    payload may take `cbor.MAX_BYTES`, the whole `cbor.MAX_SIGNED_BYTES`.
    Raises DocumentError: `cose_malformed`, `cose_tag`, `cbor_…`, `cose_header`, `cose_crit`, `cose_algorithm`, `cose_detached`,
    `signature_invalid`, `key_weak`, `key_unsupported`.
    """
    key = public_key if isinstance(public_key, PublicKey) else PublicKey(public_key)
    parts = _lenient(message, SIGN1_TAG, 4)
    protected_bytes, unprotected, payload, signature = parts
    protected = _headers(protected_bytes, unprotected)
    if payload is None:
        raise DocumentError("cose_detached")
    if type(payload) is not bytes or type(signature) is not bytes:
        raise DocumentError("cose_malformed", "payload or signature")
    check_algorithm(protected, key)
    if not key.verify(signature, to_be_signed1(protected_bytes, payload, external_aad)):
        raise DocumentError("signature_invalid")
    return Sign1(protected, unprotected, payload)


def payload_of(message: bytes) -> bytes:
    """The payload of a COSE_Sign1 that nobody has verified yet: only for finding the key to verify it with."""
    payload = _lenient(message, SIGN1_TAG, 4)[2]
    if type(payload) is not bytes:
        raise DocumentError("cose_malformed", "payload")
    return payload


class Sign(NamedTuple):
    """A COSE_Sign with the keys of those given whose signatures verified, each once."""

    protected: dict[Any, Any]
    payload: bytes
    signed_by: frozenset[PublicKey]


def verify(message: bytes, public_keys: Iterable[PublicKey], *, external_aad: bytes = b"") -> Sign:
    """The content of a tagged COSE_Sign and which of `public_keys` signed it (perhaps none: the caller has a threshold).

    A signature by another key, or one that does not verify, counts for nothing; a key counts once however often it signed.
    Raises DocumentError as `verify1`, but never `signature_invalid`.
    """
    body_protected, unprotected, payload, signatures = _lenient(message, SIGN_TAG, 4)
    protected = _headers(body_protected, unprotected)
    if payload is None:
        raise DocumentError("cose_detached")
    if type(payload) is not bytes or type(signatures) is not list or not 0 < len(signatures) <= MAX_SIGNATURES:
        raise DocumentError("cose_malformed", "payload or signatures")
    keys = tuple(public_keys)
    signed_by: set[PublicKey] = set()
    hashed_bytes = 0
    for entry in signatures:
        if type(entry) is not list or len(entry) != 3 or type(entry[2]) is not bytes:
            raise DocumentError("cose_malformed", "signature")
        header = _headers(entry[0], entry[1])
        for key in keys:
            if header.get(ALG) != key.alg or header.get(KID) not in (None, key.kid):
                continue
            hashed_bytes += len(payload)
            if hashed_bytes > MAX_HASHED_BYTES:
                raise DocumentError("cose_malformed", "too many signatures for so large a payload")
            if key.verify(entry[2], to_be_signed(body_protected, entry[0], payload, external_aad)):
                signed_by.add(key)
    return Sign(protected, payload, frozenset(signed_by))


def check_algorithm(protected: Mapping[Any, Any], key: PublicKey) -> None:
    """The protected `alg` must be allowed and the key's own; else `cose_algorithm`."""
    alg = protected.get(ALG)
    if type(alg) is not int or alg not in ALGORITHMS or alg != key.alg:
        raise DocumentError("cose_algorithm")


def _lenient(message: bytes, tag: int, length: int) -> list[Any]:
    payload = b""
    if len(message) > cbor.MAX_BYTES:
        message, payload = _without_payload(message, _LARGE[tag])
    value = _lenient_item(message)
    if type(value) is not CBORTag or value.tag != tag:
        raise DocumentError("cose_tag", f"expected tag {tag}")
    if type(value.value) is not list or len(value.value) != length:
        raise DocumentError("cose_malformed", f"not an array of {length}")
    if payload:
        value.value[2] = payload
    return value.value


def _without_payload(message: bytes, start: bytes) -> tuple[bytes, bytes]:
    """A large message with an empty payload, and its payload, which is one byte string and is not decoded: nobody can make
    us decode more than `cbor.MAX_BYTES` that nobody has signed."""
    at = byte_string_at(message, len(start))[1]
    if len(message) <= cbor.MAX_SIGNED_BYTES and message.startswith(start) and at < len(message):
        unprotected = io.BytesIO(message[at : at + cbor.MAX_BYTES])
        try:
            _load(unprotected)
        except DocumentError:  # so there is no payload that need not be decoded
            raise DocumentError("cbor_too_large", f"{len(message)} bytes") from None
        at += unprotected.tell()
        payload, end = byte_string_at(message, at)
        if end <= len(message) and len(message) - len(payload) <= cbor.MAX_BYTES:
            return message[:at] + b"\x40" + message[end:], payload
    raise DocumentError("cbor_too_large", f"{len(message)} bytes")


def _lenient_item(data: bytes) -> Any:
    stream = io.BytesIO(data)
    value = _load(stream)
    if stream.tell() != len(data):
        raise DocumentError("cbor_trailing_bytes")
    return value


def _load(stream: io.BytesIO) -> Any:
    cbor.refuse_work(stream.getvalue())
    try:
        return cbor2.load(
            stream,
            tag_hook=cbor.refuse_tag,
            semantic_decoders=cbor.TAG_DECODERS,
            max_depth=cbor.MAX_DEPTH + 1,
            allow_duplicate_keys=False,
        )
    except cbor2.CBORError as error:
        raise cbor.named(error, "cose_malformed") from None
    except (ValueError, TypeError, RecursionError, OverflowError, MemoryError) as error:
        raise DocumentError("cose_malformed", type(error).__name__) from None


def _headers(protected_bytes: Any, unprotected: Any) -> dict[Any, Any]:
    if type(protected_bytes) is not bytes or type(unprotected) is not dict:
        raise DocumentError("cose_malformed", "headers")
    protected = _lenient_item(protected_bytes) if protected_bytes else {}
    if type(protected) is not dict:
        raise DocumentError("cose_malformed", "protected header")
    # In Python True == 1 == 1.0: a label that only looks like one must not be found.
    if any(type(label) is not int and type(label) is not str for label in (*protected, *unprotected)):
        raise DocumentError("cose_header", "a label of another type")
    if protected.keys() & unprotected.keys():
        raise DocumentError("cose_header", "a label stands in both headers")
    if ALG in unprotected or CRIT in unprotected:
        raise DocumentError("cose_header", "alg or crit is unprotected")
    crit = protected.get(CRIT)
    if CRIT in protected:
        if type(crit) is not list or not crit:
            raise DocumentError("cose_crit", "not a list of labels")
        if any(type(label) is not int or label not in _UNDERSTOOD or label not in protected for label in crit):
            raise DocumentError("cose_crit", "a label that is not understood")
    return protected
