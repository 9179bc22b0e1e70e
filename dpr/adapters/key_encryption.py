"""A private key under a passphrase: PKCS #8 EncryptedPrivateKeyInfo (RFC 5958 §3) by PBES2 with scrypt and AES-256-CBC.

Rules: written with scrypt (RFC 7914) N = 2^14, r = 8, p = 5: 16 MB and about 0.15 s a guess, and still within what `openssl
pkey` reads. (`cryptography` writes PBKDF2 with 2,048 rounds, half a millisecond a guess.) What is read may have been made by
other programs; a file that would cost more than `MOST_ROUNDS`, `MOST_MEMORY_BYTES` or `MOST_WORK` is refused before any of it
is spent.

Example: `decrypt(encrypt(der, b"passphrase"), b"passphrase")`
"""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import load_der_private_key

SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**14, 8, 5
#: PBKDF2: about 5 s. scrypt: N·r·128 bytes, and p times the work.
MOST_ROUNDS, MOST_MEMORY_BYTES, MOST_WORK = 10_000_000, 2**28, 2**30

_SEQUENCE, _OCTETS, _OID, _INTEGER = 0x30, 0x04, 0x06, 0x02
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_PBKDF2 = bytes.fromhex("2a864886f70d01050c")
_SCRYPT = bytes.fromhex("2b06010401da47040b")
_AES_256_CBC = bytes.fromhex("60864801650304012a")
_BEGIN, _END = b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"-----END ENCRYPTED PRIVATE KEY-----"


class NoSuchEncryption(ValueError):
    """An encrypted key in a form, or at a cost, that is not taken."""


def encrypt(der: bytes, passphrase: bytes) -> bytes:
    """The PEM file of the PKCS #8 key `der` under `passphrase`."""
    salt, iv = os.urandom(16), os.urandom(16)
    key = Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(passphrase)
    padder, encryptor = PKCS7(128).padder(), Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    hidden = encryptor.update(padder.update(der) + padder.finalize()) + encryptor.finalize()
    costs = (_integer(one) for one in (SCRYPT_N, SCRYPT_R, SCRYPT_P, 32))
    kdf = _tlv(_SEQUENCE, _tlv(_OID, _SCRYPT), _tlv(_SEQUENCE, _tlv(_OCTETS, salt), *costs))
    cipher = _tlv(_SEQUENCE, _tlv(_OID, _AES_256_CBC), _tlv(_OCTETS, iv))
    scheme = _tlv(_SEQUENCE, _tlv(_OID, _PBES2), _tlv(_SEQUENCE, kdf, cipher))
    text = base64.b64encode(_tlv(_SEQUENCE, scheme, _tlv(_OCTETS, hidden)))
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join((_BEGIN, *lines, _END, b""))


def body(pem: bytes) -> bytes | None:
    """The DER of the encrypted key in a PEM file; None where it holds none. NoSuchEncryption for what is torn or too dear."""
    _, begin, rest = pem.partition(_BEGIN)
    if not begin:
        return None
    text, end, _ = rest.partition(_END)
    try:
        der = base64.b64decode(b"".join(text.split()), validate=True)
    except ValueError:
        raise NoSuchEncryption("base64") from None
    if not end:
        raise NoSuchEncryption("cut off")
    _check_cost(der)
    return der


def decrypt(der: bytes, passphrase: bytes) -> PrivateKeyTypes:
    """The key of what `body` returned. ValueError for a wrong passphrase, or content that is no key."""
    try:
        return load_der_private_key(der, passphrase)
    except (TypeError, UnsupportedAlgorithm, InternalError, MemoryError) as error:
        raise NoSuchEncryption(type(error).__name__) from None


def _check_cost(der: bytes) -> None:
    """Step by step down to the numbers that say what a guess costs."""
    scheme, _ = _read(_read(der, _SEQUENCE)[0], _SEQUENCE)
    oid, rest = _read(scheme, _OID)
    if oid != _PBES2:
        raise NoSuchEncryption("not PBES2")
    kdf, _ = _read(_read(rest, _SEQUENCE)[0], _SEQUENCE)
    oid, rest = _read(kdf, _OID)
    _, rest = _read(_read(rest, _SEQUENCE)[0], _OCTETS)
    first, rest = _number(rest)
    if oid == _PBKDF2:
        too_dear = first > MOST_ROUNDS
    elif oid == _SCRYPT:
        (r, rest), n = _number(rest), first
        p, _ = _number(rest)
        too_dear = 128 * n * r > MOST_MEMORY_BYTES or 128 * n * r * p > MOST_WORK or 128 * r * p > MOST_MEMORY_BYTES
    else:
        raise NoSuchEncryption("neither PBKDF2 nor scrypt")
    if too_dear:
        raise NoSuchEncryption("costs too much")


def _read(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first DER value, which must have `tag`, and what follows it."""
    if len(data) < 2 or data[0] != tag:
        raise NoSuchEncryption("not as RFC 8018 says")
    length, start = data[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    if start > 6 or start + length > len(data):
        raise NoSuchEncryption("cut off")
    return data[start : start + length], data[start + length :]


def _number(data: bytes) -> tuple[int, bytes]:
    content, rest = _read(data, _INTEGER)
    return int.from_bytes(content, "big"), rest


def _tlv(tag: int, *content: bytes) -> bytes:
    inside = b"".join(content)
    size = len(inside)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
    if 128 <= size < 256:
        length = bytes([0x81, size])
    return bytes([tag]) + length + inside


def _integer(number: int) -> bytes:
    return _tlv(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))
