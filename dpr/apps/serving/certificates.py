"""A server's certificate and the callers': read from their files, and again when these change.

Rules: a fresh context is made of certificate, key and authorities together, and taken into use only when all of it is right;
half a renewal changes nothing but `fault`. A client certificate is judged at every request, not only when a connection begins:
its dates, and whether it is revoked. A list of revoked certificates that is past its end is used all the same, and said: an
expired list must not refuse everybody. A certificate whose issuer has no list is refused.

Example: `certificates.require_valid(der, now)`
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from dpr.adapters import files
from dpr.apps.serving.refusals import ForbiddenError
from dpr.core.errors import DprError, SetupError

_LIMIT = 100_000_000
_BEGIN = b"-----BEGIN X509 CRL-----"
_END = b"-----END X509 CRL-----"
#: What cryptography raises for a certificate or list that it cannot take; TypeError: of an issuer whose key signs no lists.
_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


class TlsFiles(NamedTuple):
    """Where it all is. `client_ca`: whoever connects has a certificate of these, or may have one where not `required`; `crl`:
    revoked client certificates; `code`: for what cannot be used."""

    certificate: Path
    key: Path
    code: str
    client_ca: Path | None = None
    crl: Path | None = None
    required: bool = True


class Certificates:
    """What TLS goes by. `context`: for connections from now on; `fault`: why what is in the files does not count; `crl_until`:
    when the first of the lists of revoked certificates ends (aware), None without; `until`: when the server's own certificate
    ends (aware)."""

    def __init__(self, tls: TlsFiles) -> None:
        """SetupError `code` of the files, `crl_invalid`."""
        self._tls = tls
        self.fault: DprError | None = None
        self.crl_until: datetime | None = None
        self._versions = [_version(paths) for paths in self._paths()]
        self.context, self.until = tls_context(tls), self._ends()
        self._revoked: dict[bytes, frozenset[int]] = {}
        self._read_crl()

    def reload(self) -> None:
        """Takes in what has changed and is whole."""
        versions = [_version(paths) for paths in self._paths()]
        if versions == self._versions and self.fault is None:
            return
        try:
            if versions[0] != self._versions[0] or self.fault is not None:
                self.context, self.until = tls_context(self._tls), self._ends()
            self._read_crl()
        except DprError as error:
            self.fault = error
            return
        self._versions, self.fault = versions, None

    def faults(self, now: datetime) -> list[str]:
        """The codes of what an operator should see to."""
        found = [self.fault.code] if self.fault else []
        if self.crl_until is not None and self.crl_until <= now:
            found.append(SetupError("crl_expired").code)
        return found

    def require_valid(self, certificate: bytes, now: datetime) -> None:
        """ForbiddenError `certificate_expired`, `certificate_revoked`, `certificate_not_listed` for a client certificate (DER)
        that TLS has accepted."""
        found = x509.load_der_x509_certificate(certificate)
        if not found.not_valid_before_utc <= now < found.not_valid_after_utc:
            raise ForbiddenError("certificate_expired")
        if self._tls.crl:
            revoked = self._revoked.get(found.issuer.public_bytes())
            if revoked is None:
                raise ForbiddenError("certificate_not_listed")
            if found.serial_number in revoked:
                raise ForbiddenError("certificate_revoked")

    def _paths(self) -> tuple[list[Path | None], list[Path | None]]:
        return [self._tls.certificate, self._tls.key, self._tls.client_ca], [self._tls.crl]

    def _ends(self) -> datetime:
        return _certificates(self._tls.certificate, self._tls.code)[0].not_valid_after_utc

    def _read_crl(self) -> None:
        if self._tls.crl and self._tls.client_ca:
            issuers = _certificates(self._tls.client_ca, self._tls.code)
            lists = list(_lists(self._tls.crl, issuers))
            self._revoked = {issuer: serials for issuer, serials, _ in lists}
            self.crl_until = min((until for _, _, until in lists if until is not None), default=None)


def _version(paths: list[Path | None]) -> list[Any]:
    found: list[Any] = []
    for path in paths:
        try:
            status = path.stat() if path else None
        except OSError:
            status = None
        found.append(status and (status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_size))
    return found


def _certificates(path: Path, code: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(files.read(path, limit=_LIMIT))
    except (*_UNREADABLE, DprError) as error:
        raise SetupError(code, f"{path}: {type(error).__name__}") from None


def _lists(path: Path, issuers: list[x509.Certificate]) -> Iterator[tuple[bytes, frozenset[int], datetime | None]]:
    """Issuer (DER), revoked serial numbers and end of each list in a PEM file. SetupError `crl_invalid`."""
    try:
        content = files.read(path, limit=_LIMIT)
        parts = content.split(_END)
        found = [x509.load_pem_x509_crl(part[part.index(_BEGIN) :] + _END + b"\n") for part in parts if _BEGIN in part]
        whole = bool(found) and len(parts) == len(found) + 1 and _BEGIN not in parts[-1]
        for one in found:
            yield one.issuer.public_bytes(), frozenset(entry.serial_number for entry in one), one.next_update_utc
            whole = whole and _is_complete(one) and any(_made(one, issuer) for issuer in issuers)
    except (*_UNREADABLE, DprError) as error:
        raise SetupError("crl_invalid", f"{path}: {type(error).__name__}") from None
    if not whole:
        raise SetupError("crl_invalid", f"{path}: torn, partial, or of another issuer")


def _made(found: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    return issuer.subject == found.issuer and found.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]


def _is_complete(found: x509.CertificateRevocationList) -> bool:
    """Does it speak of all certificates of its issuer, and of no other's (RFC 5280 §5.2.4, §5.2.5)?"""
    for extension in found.extensions:
        value = extension.value
        if isinstance(value, x509.IssuingDistributionPoint):
            if value.indirect_crl or value.only_some_reasons or value.only_contains_ca_certs:
                return False
        elif extension.critical:
            return False
    return True


def tls_context(tls: TlsFiles) -> ssl.SSLContext:
    """The server's side of TLS. SetupError `code` of the files, with the file."""
    files_named = f"{tls.certificate}, {tls.key}"
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(tls.certificate, tls.key, password=_no_passphrase)
        # A session that is resumed would be one that a certificate authority that has gone vouched for.
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0
        if tls.client_ca:
            files_named = str(tls.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED if tls.required else ssl.CERT_OPTIONAL
            context.load_verify_locations(tls.client_ca)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise SetupError(tls.code, f"{files_named}: {getattr(error, 'reason', None) or type(error).__name__}") from None
    return context


def _no_passphrase() -> str:
    raise ValueError("the key of the TLS certificate is encrypted")
