"""Would this relay run, and would what it signs be believed? What `dpr relay check` looks at, without running it.

Rules: every part is looked at by itself, so that one fault does not hide the next; nothing is made, and no port is taken.

Example: `[one.code for one in look(settings, now) if one.grade is Grade.STOP]`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import Enum
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography import x509

from dpr.adapters import files
from dpr.adapters.clock import system_clock
from dpr.apps.compose import SiteFolder
from dpr.apps.relay.config import TERMS, Settings
from dpr.apps.relay.identity import Identity
from dpr.apps.relay.running import certificates_of
from dpr.apps.relay.state import credential_ends, tls_ends, trust_warnings
from dpr.apps.relay.stores import open_store
from dpr.apps.serving.site import HeldSite
from dpr.core.errors import DprError

_LIMIT = 1_000_000


class Grade(Enum):
    """How it stands."""

    GOOD = "good"
    WARN = "warn"
    STOP = "stop"


class Look(NamedTuple):
    """One part. `code`: of docs/codes.md where something is wrong; `detail`: for the operator."""

    part: str
    grade: Grade
    code: str = ""
    detail: str = ""


def look(settings: Settings, clock: Callable[[], datetime] = system_clock) -> Iterator[Look]:
    """Every part, in order: site, identity, tls, store, directory."""
    now = int(clock().timestamp())
    site: HeldSite | None = None
    try:
        site = HeldSite(lambda: SiteFolder(settings.path(settings.site), clock=clock).existing())
        warnings = trust_warnings(site, now)
        yield from [Look("site", Grade.WARN, code) for code in warnings] or [Look("site", Grade.GOOD)]
    except DprError as error:
        yield _stop("site", error)
    identity = None
    if site is not None:
        try:
            identity = Identity.open(settings, site)
            yield from _identity(identity, site, now)
        except DprError as error:
            yield _stop("identity", error)
    yield from _tls(settings, now)
    yield _store(settings, identity, now)
    there = (settings.path(settings.site) / "address-book.cbor").exists()
    yield Look("directory", Grade.GOOD) if there else Look("directory", Grade.WARN, "address_book_missing")


def _stop(part: str, error: DprError) -> Look:
    return Look(part, Grade.STOP, error.code, error.detail)


def _identity(identity: Identity, site: HeldSite, now: int) -> Iterator[Look]:
    fault = identity.fault(site, now)
    credential = identity.chain.credential
    if fault:
        yield Look("identity", Grade.STOP, fault, f"credential {credential.id}")
        return
    whose = ", ".join(identity.queues or ("every queue",))
    yield Look("identity", Grade.GOOD, detail=f"{credential.holder.name}: {whose}")
    if credential_ends(identity, now):
        yield Look("identity", Grade.WARN, "relay_credential_ends", _day(credential.valid_until))


def _day(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).date().isoformat()


def _tls(settings: Settings, now: int) -> Iterator[Look]:
    """Certificates, and whether they are for the names that nodes dial."""
    if settings.tls is None:
        yield Look("tls", Grade.GOOD, detail="in front of it" if settings.tls_in_front else "none: this machine alone")
        return
    try:
        certificates = certificates_of(settings)
        pem = files.read(settings.path(settings.tls.certificate), limit=_LIMIT)
        names = _names(x509.load_pem_x509_certificate(pem))
    except DprError as error:
        yield _stop("tls", error)
        return
    except ValueError:
        yield Look("tls", Grade.STOP, TERMS.tls, settings.tls.certificate)
        return
    code = None if certificates is None else tls_ends(certificates, now)
    if certificates is not None and code:
        grade = Grade.STOP if code == "relay_tls_ended" else Grade.WARN
        yield Look("tls", grade, code, _day(certificates.until.timestamp()))
    missing = [host for host in (urlsplit(one).hostname or "" for one in settings.origins) if not _is_for(host, names)]
    if missing:
        yield Look("tls", Grade.WARN, "relay_tls_name", ", ".join(missing))
    elif not code:
        yield Look("tls", Grade.GOOD)


def _names(certificate: x509.Certificate) -> set[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return set()
    addresses = {str(one) for one in found.get_values_for_type(x509.IPAddress)}
    return addresses | {one.lower() for one in found.get_values_for_type(x509.DNSName)}


def _is_for(host: str, names: set[str]) -> bool:
    return host in names or f"*.{host.partition('.')[2]}" in names


def _store(settings: Settings, identity: Identity | None, now: int) -> Look:
    try:
        with open_store(settings, identity, now) as store:
            messages, size = store.held()
    except DprError as error:
        return _stop("store", error)
    return Look("store", Grade.GOOD, detail=f"{messages} messages, {size} bytes")
