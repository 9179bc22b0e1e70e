"""What is revoked of a million credentials: dpr's status list and its list of revocations, beside a CRL.

Rules: the same credentials, chosen by a fixed seed, are revoked in all three. A status list says that, a list of revocations
says since when and why as well, a CRL (RFC 5280 §5) since when. Loading is from bytes to what can be asked, its signature
verified; a lookup asks for one credential that is not revoked, as most are. Serial numbers have 8 bytes, as the smallest that
public authorities may give (they need 64 random bits).

Example: `measured()[0]["crl_bytes"]`
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from benchmarks.measure import median_seconds
from dpr.core import documents
from dpr.core.credential import StatusReference
from dpr.core.status import Entries, Status, StatusList
from tests.world import CARE, DAY, World, status_uri

#: Credentials of one issuer, and the shares of them that are revoked; rows are made of the first.
CREDENTIALS, SHARES = 1_000_000, (0.001, 0.0001, 0.01)
_LOOKUPS = 200


def serial(of: object) -> int:
    """A serial number of 8 bytes: the same for the same thing."""
    return int.from_bytes(hashlib.sha256(str(of).encode()).digest()[:8], "big") >> 1


def chosen(count: int, *, of: int) -> dict[int, int]:
    """Index → since when it is revoked (seconds), for `count` of `of` credentials."""
    picked = random.Random(count)
    now = World().now
    return {index: now - picked.randrange(365 * DAY) for index in sorted(picked.sample(range(of), count))}


def crl(world: World, revoked: dict[int, int]) -> bytes:
    """DER of the issuer's CRL; each entry is a serial number and a date."""
    at = datetime.fromtimestamp(world.now, UTC)
    entries = [
        x509.RevokedCertificateBuilder()
        .serial_number(serial(index))
        .revocation_date(datetime.fromtimestamp(since, UTC))
        .build()
        for index, since in revoked.items()
    ]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CARE)])
    key = world.care._private_key
    built = x509.CertificateRevocationListBuilder(name, at, at + timedelta(days=7), revoked_certificates=entries)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    built = built.add_extension(x509.CRLNumber(world.now), False).add_extension(identifier, False)
    return built.sign(key, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)


def status_list(world: World, revoked: dict[int, int], *, of: int, bits: int) -> bytes:
    """The issuer's status list of `of` entries."""
    entries = Entries.build(dict.fromkeys(revoked, Status.REVOKED), size=of, bits=bits)
    value = StatusList(uri=status_uri(CARE), issued_at=world.now - 600, entries=entries)
    return documents.sign(documents.STATUS_LIST, value, world.care)


def loaded_crl(der: bytes, issuer: Any) -> x509.CertificateRevocationList:
    """The CRL in `der`, its signature verified by the key `issuer`."""
    found = x509.load_der_x509_crl(der)
    if not found.is_signature_valid(issuer):
        raise ValueError("the CRL's signature does not verify")
    return found


def _one(world: World, credentials: int, count: int) -> dict[str, float]:
    revoked = chosen(count, of=credentials)
    der, status = crl(world, revoked), status_list(world, revoked, of=credentials, bits=1)
    dated, issuers = world.revocations(revoked), documents.open_trust(world.anchor, world.trust_list())
    issuer = world.care.key.key
    asked = next(index for index in range(credentials // 2, credentials) if index not in revoked)
    credential = world.credential_value(status=StatusReference(idx=asked, uri=status_uri(CARE)))
    held = documents.open_trust(world.anchor, world.trust_list(), status_lists=[status], revocations=[dated])
    opened, number = loaded_crl(der, issuer), serial(asked)
    assert held.status(credential) and opened.get_revoked_certificate_by_serial_number(number) is None
    return {
        "credentials": credentials,
        "revoked": count,
        "crl_bytes": len(der),
        "status_list_bytes": len(status),
        "status_list_2_bits_bytes": len(status_list(world, revoked, of=credentials, bits=2)),
        "revocations_bytes": len(dated),
        "crl_load_ms": _milliseconds(lambda: loaded_crl(der, issuer)),
        "status_list_load_ms": _milliseconds(lambda: documents.open(status, issuers)),
        "revocations_load_ms": _milliseconds(lambda: documents.open(dated, issuers)),
        "crl_lookup_us": _lookup(lambda: opened.get_revoked_certificate_by_serial_number(number)),
        "status_lookup_us": _lookup(lambda: held.status(credential)),
        "revocation_lookup_us": _lookup(lambda: held.revocation(credential)),
    }


def _milliseconds(work: Callable[[], object]) -> float:
    return median_seconds(work) * 1e3


def _lookup(work: Callable[[], object]) -> float:
    """Microseconds of one lookup, of many in a row."""

    def many() -> None:
        for _ in range(_LOOKUPS):
            work()

    return median_seconds(many) / _LOOKUPS * 1e6


def measured(credentials: int = CREDENTIALS) -> list[dict[str, float]]:
    """For each of `SHARES`: bytes of each list, milliseconds to load it, microseconds of a lookup."""
    world = World()
    return [_one(world, credentials, round(share * credentials)) for share in SHARES]
