"""Certificates for TLS in the tests: an authority of ours, a server on this machine, clients, a list of revoked ones."""

from __future__ import annotations

import datetime as dt
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

#: TLS judges by the system's clock.
_BEGIN = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_END = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
_NAMES = {"cn": NameOID.COMMON_NAME, "serial": NameOID.SERIAL_NUMBER}


class Authority:
    """A certification authority that writes what it makes into a folder."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} of the tests")])
        made = self._builder(self.name, self._key).add_extension(x509.BasicConstraints(True, None), True)
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def issue(self, file: str, *, key: ec.EllipticCurvePrivateKey | None = None, **subject: str) -> tuple[Path, Path]:
        """A certificate and its key: of a server on 127.0.0.1 where no subject is given, else of a client."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(_NAMES[part], value) for part, value in subject.items()])
        purpose = ExtendedKeyUsageOID.CLIENT_AUTH if subject else ExtendedKeyUsageOID.SERVER_AUTH
        builder = self._builder(name, key).add_extension(x509.ExtendedKeyUsage([purpose]), False)
        if not subject:
            addresses = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
            builder = builder.add_extension(addresses, True)
        self.last = builder.sign(self._key, hashes.SHA256())
        paths = self._folder / f"{file}.pem", self._folder / f"{file}.key"
        paths[0].write_bytes(self.last.public_bytes(Encoding.PEM))
        paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return paths

    def revoke(self, *certificates: x509.Certificate) -> Path:
        """A list of revoked certificates."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name).last_update(_BEGIN).next_update(_END)
        for one in certificates:
            entry = x509.RevokedCertificateBuilder().serial_number(one.serial_number).revocation_date(_BEGIN).build()
            builder = builder.add_revoked_certificate(entry)
        path = self._folder / "crl.pem"
        path.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))
        return path

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key.public_key())
        return builder.serial_number(x509.random_serial_number()).not_valid_before(_BEGIN).not_valid_after(_END)
