"""A small world that signs anything: whatever claims a test makes up come well signed, so that both readers look at the claims.

Rules: written from docs/format.md alone, with an encoder and keys of its own; nothing of dpr is used.
"""

import hashlib
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

NOW = 1795262400  # 2026-11-21T12:00:00Z
DAY = 86_400
URI = "urn:test:status"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class Tagged:
    tag: int
    value: Any


@dataclass(frozen=True)
class Raw:
    """Bytes that stand as they are, also where they are no CBOR that may stand there."""

    encoded: bytes


def head(major: int, argument: int) -> bytes:
    if argument < 24:
        return bytes([major << 5 | argument])
    size = next(size for size in range(4) if argument < 1 << (8 << size))
    return bytes([major << 5 | 24 + size]) + argument.to_bytes(1 << size)


def encode(value: Any) -> bytes:
    """Core deterministic encoding (RFC 8949 §4.2.1)."""
    match value:
        case bool() | None:
            return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
        case int():
            return head(0, value) if value >= 0 else head(1, -1 - value)
        case float():
            return b"\xfb" + struct.pack(">d", value)
        case bytes():
            return head(2, len(value)) + value
        case str():
            return head(3, len(value.encode())) + value.encode()
        case list():
            return head(4, len(value)) + b"".join(map(encode, value))
        case dict():
            pairs = sorted((encode(key), encode(entry)) for key, entry in value.items())
            return head(5, len(pairs)) + b"".join(key + entry for key, entry in pairs)
        case Tagged():
            return head(6, value.tag) + encode(value.value)
        case Raw():
            return value.encoded
    raise TypeError(value)


class Key:
    """A P-256 key from a label; the same each time."""

    def __init__(self, label: str) -> None:
        number = int.from_bytes(hashlib.sha512(label.encode()).digest()) % (ORDER - 1) + 1
        self.private = ec.derive_private_key(number, ec.SECP256R1())
        public = self.private.public_key().public_numbers()
        self.x, y = public.x.to_bytes(32), public.y.to_bytes(32)
        self.cose: dict[int, Any] = {1: 2, -1: 1, -2: self.x, -3: bool(public.y & 1)}
        self.kid = hashlib.sha256(encode(self.cose | {-3: y})).digest()[:4]

    def sign(self, structure: list[Any]) -> bytes:
        der = self.private.sign(encode(structure), ec.ECDSA(SHA256(), deterministic_signing=True))
        r, s = utils.decode_dss_signature(der)
        return r.to_bytes(32) + s.to_bytes(32)


AUTHORITY, ISSUER, PHARMACIES, HOLDER, PHARMACY = (Key(f"dpr js {name}") for name in ("a", "i", "c", "h", "p"))
ROOTS = [Key(f"dpr js root {number}") for number in range(3)]
ONLINE = Key("dpr js online")
LISTS = "{}/" + hashlib.sha256(b"VARD\0" + URI.encode()).hexdigest()[:24]  # names in a snapshot


def sign1(header: Any, payload: Any, key: Key) -> bytes:
    """A COSE_Sign1 of a header and claims, each encoded unless they are Raw."""
    protected, body = encode(header), encode(payload)
    return encode(Tagged(18, [protected, {}, body, key.sign(["Signature1", protected, b"", body])]))


def issuer_signed(typ: Any, claims: Any, key: Key = ISSUER) -> bytes:
    return sign1({1: -7, 4: key.kid, 16: typ}, claims, key)


def issuer(name: str, key: Key, role: int, professions: list[int], glns: list[str]) -> dict[int, Any]:
    made: dict[int, Any] = {0: name, 1: f"Utfärdare {name}", 2: role, 3: [key.cose], 5: [0, 1, 2, 3]}
    made |= {4: professions} | ({6: glns} if glns else {})
    return made | {7: NOW - 400 * DAY, 8: NOW + 400 * DAY}


def trust_list(**changes: Any) -> dict[int, Any]:
    issuers = [issuer("VARD", ISSUER, 0, [0, 1, 2, 3, 4, 5], []), issuer("APOTEK", PHARMACIES, 1, [7, 8], ["7350000000009"])]
    content = {0: 1, 1: 0, 2: changes.get("next_update", NOW + 7 * DAY), 3: issuers}
    return {1: "se-test", 6: changes.get("issued_at", NOW - 3600), -65537: content}


def quorum(threshold: int, keys: list[Key]) -> dict[int, Any]:
    return {0: threshold, 1: [key.cose for key in keys]}


def root(version: int = 1, threshold: int = 2, keys: list[Key] = ROOTS) -> dict[int, Any]:
    content = {0: version, 1: 0, 2: quorum(threshold, keys), 3: quorum(1, [AUTHORITY]), 4: quorum(1, [ONLINE])}
    return {1: "se-test", 6: NOW - 300 * DAY, -65537: content}


def snapshot(minimums: dict[str, int], issued_at: int = NOW - 1800, next_update: int = NOW + DAY) -> dict[int, Any]:
    return {1: "se-test", 6: issued_at, -65537: {0: 1, 1: 0, 2: next_update, 3: minimums or {"root": 1}}}


def sign_several(typ: Any, claims: Any, keys: list[Key]) -> bytes:
    """A COSE_Sign by these keys."""
    body, payload = encode({16: typ}), encode(claims)
    owns = [(encode({1: -7, 4: key.kid}), key) for key in keys]
    signatures = [[own, {}, key.sign(["Signature", body, own, b"", payload])] for own, key in owns]
    return encode(Tagged(98, [body, {}, payload, signatures]))


def sign_trust_list(claims: Any) -> bytes:
    return sign_several("dpr-trust-list", claims, [AUTHORITY])


def credential(profession: int = 0, valid_until: int = NOW + 100 * DAY) -> dict[int, Any]:
    holder = {
        0: 0,
        1: "Karin Sjöström",
        2: 9123456,
        3: profession,
        5: "08-465 004 12",
        6: {0: "Hälsocentralen", 1: "Piteå", 2: 4100300200100},
    }
    status = {"status_list": {"idx": 5, "uri": URI}}
    return {1: "VARD", 4: valid_until, 5: NOW - 100 * DAY, 8: {1: HOLDER.cose}, 65535: status, -65537: holder}


def pharmacy_credential() -> dict[int, Any]:
    status = {"status_list": {"idx": 0, "uri": URI}}
    holder = {0: 2, 1: "Apoteket", 7: "7350000000009"}
    return {1: "APOTEK", 4: NOW + 100 * DAY, 5: NOW - 100 * DAY, 8: {1: PHARMACY.cose}, 65535: status, -65537: holder}


def status_list(lst: bytes, bits: int = 2, issued_at: int = NOW - 600) -> dict[int | str, Any]:
    return {2: URI, 6: issued_at, 65533: {"bits": bits, "lst": zlib.compress(lst)}}


def revocations(entries: dict[int, int], issued_at: int = NOW - 600) -> dict[int, Any]:
    """Of the care provider's credentials: index to the instant from which."""
    listed = [{0: idx, 1: revoked_from, 2: 0} for idx, revoked_from in sorted(entries.items())]
    return {2: URI, 6: issued_at, -65537: {0: listed}}


def unaccompanied(claims: Any) -> bytes:
    """A prescription without its credential."""
    return sign1({1: -7, 4: HOLDER.kid, 16: "dpr-prescription"}, claims, HOLDER)


def prescription(claims: Any, holder: Any) -> bytes:
    """Signed by the holder whose credential (claims) it carries."""
    carried = Raw(issuer_signed("dpr-credential", holder))
    return sign1({1: -7, 4: HOLDER.kid, 13: carried, 16: "dpr-prescription"}, claims, HOLDER)


def dispensing(claims: Any) -> bytes:
    carried = Raw(issuer_signed("dpr-credential", pharmacy_credential(), PHARMACIES))
    return sign1({1: -7, 4: PHARMACY.kid, 13: carried, 16: "dpr-dispensing"}, claims, PHARMACY)


def site(listed: dict[int, Any], lists: list[Any], held: list[bytes] | None = None, **more: Any) -> dict[str, Any]:
    """`trust` of a request; more: revocations (claims), root, snapshot (documents), floor."""
    made = {
        "anchor": {"authority": "se-test", "environment": "test", "threshold": 1, "keys": [encode(AUTHORITY.cose).hex()]},
        "trust_list": sign_trust_list(listed).hex(),
        "status_lists": [issuer_signed("application/statuslist+cwt", claims).hex() for claims in lists],
        "revocations": [issuer_signed("dpr-revocation", claims).hex() for claims in more.pop("revocations", [])],
        "credentials": [document.hex() for document in held or []],
    }
    return made | {name: value.hex() if isinstance(value, bytes) else value for name, value in more.items()}
