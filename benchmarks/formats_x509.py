"""The X.509 certificate that stands for dpr's credential in formats that carry one.

Rules: the smallest that says what the credential says: who (subject, RFC 5280 §4.1.2.6), who vouches (issuer, authority key
identifier), since and until when, what for (key usage), where revocation stands (CRL distribution point). ECDSA by the issuer's
key, deterministic, so that each run gives the same bytes.

Example: `len(certificate(World())) == 500`
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from tests.world import World

_TELEPHONE = ObjectIdentifier("2.5.4.20")


def certificate(world: World) -> bytes:
    """DER of the prescriber's certificate, issued by the care provider's key."""
    credential = world.credential_value()
    holder = credential.holder
    assert holder.workplace is not None and holder.profession is not None
    says = {
        NameOID.ORGANIZATION_NAME: holder.workplace.name,
        NameOID.ORGANIZATIONAL_UNIT_NAME: holder.workplace.code,
        NameOID.LOCALITY_NAME: holder.workplace.place,
        NameOID.TITLE: holder.profession.name,
        _TELEPHONE: holder.phone,
        NameOID.SERIAL_NUMBER: holder.prescriber_code,
        NameOID.COMMON_NAME: holder.name,
    }
    issuer_key = world.care.key.key
    key_identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key)  # type: ignore[arg-type]
    crl = [x509.DistributionPoint([x509.UniformResourceIdentifier(credential.status.uri)], None, None, None)]
    usage = dict.fromkeys(
        ["content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"], False
    )
    built = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(oid, str(text)) for oid, text in says.items()]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, credential.issuer)]))
        .public_key(credential.key.key)
        .serial_number(int.from_bytes(hashlib.sha256(holder.name.encode()).digest()[:8], "big") >> 1)
        .not_valid_before(datetime.fromtimestamp(credential.valid_from, UTC))
        .not_valid_after(datetime.fromtimestamp(credential.valid_until, UTC))
        .add_extension(x509.KeyUsage(digital_signature=True, encipher_only=False, decipher_only=False, **usage), critical=True)
        .add_extension(key_identifier, critical=False)
        .add_extension(x509.CRLDistributionPoints(crl), critical=False)
        .sign(world.care._private_key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    return built.public_bytes(Encoding.DER)
