"""The settings of a signing service: one TOML file (docs/signing-service.md shows it whole).

Rules: an unknown key or a value that makes no sense is refused by name, a text that cannot be shown by its place; paths are
relative to the file. Without certificates it listens on this machine alone. At least one way in which callers say who they
are must be set up; a secret stands in no setting: PINs come from files or a prompt.

Example: `load(Path("signer.toml")).oidc.issuer`
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from dpr.apps.serving.settings import File, loopback
from dpr.apps.serving.terms import Terms

#: What a caller or an operator is told, by what is wrong.
_CODES = {
    "malformed": "signer_request_malformed",
    "too_large": "signer_request_too_large",
    "type": "signer_request_type",
    "slow": "signer_request_slow",
    "route": "signer_route_unknown",
    "method": "signer_method",
    "busy": "signer_busy",
    "address": "signer_address",
    "tls": "signer_tls",
}
TERMS = Terms(**_CODES)
_FILE = File(code="signer_config_invalid", page="docs/signing-service.md")
_Text = Annotated[str, Meta(min_length=1, max_length=300)]
_Texts = Annotated[tuple[_Text, ...], Meta(min_length=1, max_length=200)]
Algorithm = Literal["ES256", "RS256", "PS256", "EdDSA"]


class Tls(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Certificates. `client_ca`: whoever connects must have a certificate of these; it names the record system, whose common
    name is one of `systems` (each with the clients whose tokens it may show), or with `names = "user"` the prescriber, by the
    subject's serialNumber (as SITHS does). `crl`: revoked client certificates."""

    certificate: _Text
    key: _Text
    client_ca: str = ""
    crl: str = ""
    names: Literal["system", "user"] = "system"
    systems: dict[_Text, tuple[_Text, ...]] = {}


class Oidc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tokens. `clients`: the record systems (`azp`, else `client_id`) whose tokens count; `prescriber_claims`: the first of
    these that a token has names the prescriber; `levels`: allowed `acr`, where not empty; `longest_minutes`: the
    longest life of a token. `jwks`: a file, fetched anew from
    `jwks_url` where that is set and answers."""

    issuer: _Text
    audience: _Text
    clients: _Texts
    jwks: _Text
    jwks_url: str = ""
    jwks_ca: str = ""
    refresh_minutes: Annotated[int, Meta(ge=1, le=1440)] = 10
    algorithms: Annotated[tuple[Algorithm, ...], Meta(min_length=1)] = ("ES256", "RS256", "PS256", "EdDSA")
    prescriber_claims: _Texts = ("employeeHsaId",)
    longest_minutes: Annotated[int, Meta(ge=1, le=10_080)] = 1440
    levels: tuple[_Text, ...] = ()
    clock_skew_seconds: Annotated[int, Meta(ge=0, le=600)] = 60


class Local(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Local accounts. `open_after_minutes`: open by themselves when the identity provider has been unreachable that long;
    0: only when an operator opens them."""

    folder: _Text = "accounts"
    open_after_minutes: Annotated[int, Meta(ge=0, le=10_080)] = 0


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings. `keys`: a PKCS#11 URI of the token; `site`: the folder with policy and trust lists; `people`: the folder
    of `dpr signer enrol`; `workers`: signatures made at the same time; `connections`: at most, in all and from one address."""

    keys: _Text
    site: _Text
    people: _Text = "people"
    log: _Text = "log"
    host: _Text = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8443
    workers: Annotated[int, Meta(ge=1, le=64)] = 4
    waiting: Annotated[int, Meta(ge=1, le=10_000)] = 200
    connections: Annotated[int, Meta(ge=1, le=100_000)] = 512
    connections_per_address: Annotated[int, Meta(ge=1, le=100_000)] = 256
    read_seconds: Annotated[int, Meta(ge=1, le=120)] = 10
    tls: Tls | None = None
    oidc: Oidc | None = None
    local: Local | None = None

    folder: str = "."

    def path(self, written: str) -> Path:
        """A path of the settings, relative to their file."""
        return Path(self.folder) / written


def load(path: Path) -> Settings:
    """The settings in `path`. InputError `signer_config_invalid`, SetupError `file_missing`, StorageError."""
    settings = _FILE.load(path, Settings)
    _require_safe(settings)
    return settings


def _require_safe(settings: Settings) -> None:
    tls, oidc = settings.tls, settings.oidc
    users = tls is not None and bool(tls.client_ca) and tls.names == "user"
    if not (oidc or users):
        raise _FILE.invalid(
            "$", "no way in which prescribers say who they are", '[oidc], or [tls] with client_ca and names = "user"'
        )
    if tls is None and not loopback(settings.host):
        raise _FILE.invalid("$.host", "not this machine, and no [tls]", "127.0.0.1, ::1, or certificates in [tls]")
    if tls:
        _require_safe_tls(tls, oidc.clients if oidc else ())
    if oidc and oidc.jwks_url and not _safe_address(oidc.jwks_url):
        raise _FILE.invalid("$.oidc.jwks_url", "not https", "https://…")
    if settings.local and settings.local.open_after_minutes and not (oidc and oidc.jwks_url):
        raise _FILE.invalid(
            "$.local.open_after_minutes", "no jwks_url", "[oidc] jwks_url, whose silence opens the local accounts"
        )


def _require_safe_tls(tls: Tls, clients: tuple[str, ...]) -> None:
    if not tls.client_ca and (tls.systems or tls.crl or tls.names == "user"):
        raise _FILE.invalid("$.tls.client_ca", "missing", "whose certificates callers have; systems, crl and names need it")
    if tls.client_ca and tls.names == "system" and not tls.systems:
        raise _FILE.invalid("$.tls.systems", "empty", "[tls.systems] with the common names of the record systems' certificates")
    if tls.names == "user" and tls.systems:
        raise _FILE.invalid("$.tls.systems", 'beside names = "user"', "one or the other")
    if unknown := {one for allowed in tls.systems.values() for one in allowed} - set(clients):
        raise _FILE.invalid("$.tls.systems", f"{min(unknown)} is not among clients of [oidc]", "a client of [oidc]")


def _safe_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" or (parts.scheme == "http" and loopback(parts.hostname or ""))
    except ValueError:
        return False
