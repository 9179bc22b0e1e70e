"""The service's certificate and the callers': read from their files, and again when these change.

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
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from dpr.adapters import files
from dpr.apps.signer.config import Settings, Tls
from dpr.apps.signer.refusals import ForbiddenError
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


class Certificates:
    """What TLS goes by. `context`: for connections from now on; `fault`: why what is in the files does not count; `crl_until`:
    when the first of the lists of revoked certificates ends (aware), None without."""

    def __init__(self, settings: Settings, tls: Tls) -> None:
        """SetupError `signer_tls`, `crl_invalid`."""
        self._settings, self._tls = settings, tls
        self.fault: DprError | None = None
        self.crl_until: datetime | None = None
        self._versions = [self._version(names) for names in self._names()]
        self.context = tls_context(settings, tls)
        self._revoked: dict[bytes, frozenset[int]] = {}
        self._read_crl()

    @classmethod
    def of(cls, settings: Settings) -> Certificates | None:
        """Those of the settings, where they have any. As the constructor."""
        return cls(settings, settings.tls) if settings.tls is not None else None

    def reload(self) -> None:
        """Takes in what has changed and is whole."""
        versions = [self._version(names) for names in self._names()]
        if versions == self._versions and self.fault is None:
            return
        try:
            if versions[0] != self._versions[0] or self.fault is not None:
                self.context = tls_context(self._settings, self._tls)
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

    def _names(self) -> tuple[list[str], list[str]]:
        return [self._tls.certificate, self._tls.key, self._tls.client_ca], [self._tls.crl]

    def _version(self, names: list[str]) -> list[Any]:
        found: list[Any] = []
        for name in names:
            try:
                status = self._settings.path(name).stat() if name else None
            except OSError:
                status = None
            found.append(status and (status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_size))
        return found

    def _read_crl(self) -> None:
        if self._tls.crl:
            issuers = _certificates(self._settings.path(self._tls.client_ca))
            lists = list(_lists(self._settings.path(self._tls.crl), issuers))
            self._revoked = {issuer: serials for issuer, serials, _ in lists}
            self.crl_until = min((until for _, _, until in lists if until is not None), default=None)


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(files.read(path, limit=_LIMIT))
    except (*_UNREADABLE, DprError) as error:
        raise SetupError("signer_tls", f"{path}: {type(error).__name__}") from None


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


def tls_context(settings: Settings, tls: Tls) -> ssl.SSLContext:
    """The server's side of TLS. SetupError `signer_tls` with the file."""
    files_named = f"{settings.path(tls.certificate)}, {settings.path(tls.key)}"
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(settings.path(tls.certificate), settings.path(tls.key), password=_no_passphrase)
        # A session that is resumed would be one that a certificate authority that has gone vouched for.
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0
        if tls.client_ca:
            files_named = str(settings.path(tls.client_ca))
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(settings.path(tls.client_ca))
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise SetupError("signer_tls", f"{files_named}: {getattr(error, 'reason', None) or type(error).__name__}") from None
    return context


def _no_passphrase() -> str:
    raise ValueError("the key of the TLS certificate is encrypted")
