"""The settings of a relay: one TOML file (docs/howto-relay.md; `dpr relay new` writes one).

Rules: an unknown key or a value that makes no sense is refused by name; paths are relative to the file. Without certificates it
listens on this machine alone, unless a proxy in front of it is said to do TLS. Every bound has a default that suits a region.

Example: `load(Path("relay.toml")).origins`
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dpr.apps.serving.settings import File, loopback
from dpr.apps.serving.terms import Terms
from dpr.core.mail.message import MAX_LIFE_SECONDS
from dpr.core.mail.token import origin_fault
from dpr.ports import Quota

#: What a caller or an operator is told, by what is wrong.
_CODES = {
    "malformed": "relay_request_malformed",
    "too_large": "relay_request_too_large",
    "type": "relay_request_type",
    "slow": "relay_request_slow",
    "route": "relay_route_unknown",
    "method": "relay_method",
    "busy": "relay_busy",
    "address": "relay_address",
    "tls": "relay_tls",
}
TERMS = Terms(**_CODES)
_FILE = File(code="relay_config_invalid", page="docs/howto-relay.md")
_Text = Annotated[str, Meta(min_length=1, max_length=300)]
_Port = Annotated[int, Meta(ge=0, le=65535)]
_Seconds = Annotated[int, Meta(ge=1, le=3600)]
_Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
_Bytes = Annotated[int, Meta(ge=1, le=2**50)]
_SQLITE = "sqlite:"


class Tls(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Certificates. `client_ca`: whose client certificates count, for nodes that have one in place of a token; `clients`: does
    every connection need one? `crl`: revoked ones."""

    certificate: _Text
    key: _Text
    client_ca: str = ""
    crl: str = ""
    clients: Literal["optional", "required"] = "optional"


class Metrics(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where /metrics is served; without this table it is beside the API."""

    host: _Text = "127.0.0.1"
    port: _Port = 9464


class Held(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be held and not yet fetched: of one queue, of one sender in one queue, of one sender."""

    queue_messages: _Count = 20_000
    queue_bytes: _Bytes = 500_000_000
    share_messages: _Count = 5_000
    share_bytes: _Bytes = 125_000_000
    sender_messages: _Count = 50_000
    sender_bytes: _Bytes = 1_000_000_000

    @property
    def quota(self) -> Quota:
        """As the store takes it."""
        return Quota(
            queue=(self.queue_messages, self.queue_bytes),
            share=(self.share_messages, self.share_bytes),
            sender=(self.sender_messages, self.sender_bytes),
        )


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds. `requests_per_second`, `burst`: of one node; `connections`: at most, in all and from one address;
    `read_seconds`: how long TLS, a header, or a body may take; `polls`, `polls_of_one`: that wait at the same time, in all and
    on one queue; `together`: changes made durable at once; `waiting`: calls that may wait for the store;
    `stop_seconds`: how long an end may take; `keep_days`: how long what has ended is remembered."""

    requests_per_second: Annotated[float, Meta(ge=0.1, le=1e6)] = 50.0
    burst: _Count = 200
    connections: _Count = 10_000
    connections_per_address: _Count = 2_000
    read_seconds: Annotated[float, Meta(gt=0, le=120)] = 10.0
    polls: _Count = 10_000
    polls_of_one: _Count = 20
    together: Annotated[int, Meta(ge=1, le=5_000)] = 256
    waiting: Annotated[int, Meta(ge=1, le=100_000)] = 2_000
    stop_seconds: _Seconds = 15
    keep_days: Annotated[int, Meta(ge=MAX_LIFE_SECONDS // 86_400, le=3660)] = 180


class Log(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is logged. `requests`: a line for each; `addresses`: with the caller's network address."""

    requests: bool = True
    addresses: bool = False


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings. `origins`: as nodes dial this relay; `key`: a file, `pkcs11:` URI or address (docs/keys.md) and its
    `credential`; `site`: the folder with policy and trust lists; `store`: `sqlite:` and a path, or `postgresql://…`;
    `tls_in_front`: a proxy does TLS."""

    origins: Annotated[tuple[_Text, ...], Meta(min_length=1, max_length=16)]
    key: _Text
    credential: _Text
    site: _Text = "site"
    store: _Text = "sqlite:relay.db"
    host: _Text = "127.0.0.1"
    port: _Port = 8440
    tls_in_front: bool = False
    tls: Tls | None = None
    metrics: Metrics | None = None
    quota: Held = Held()
    limits: Limits = Limits()
    log: Log = Log()

    folder: str = "."

    def path(self, written: str) -> Path:
        """A path of the settings, relative to their file."""
        return Path(self.folder) / written

    @property
    def store_file(self) -> Path | None:
        """The SQLite store's file; None where the store is a server."""
        return self.path(self.store.removeprefix(_SQLITE)) if self.store.startswith(_SQLITE) else None


def load(path: Path) -> Settings:
    """The settings in `path`. InputError `relay_config_invalid`, SetupError `file_missing`, StorageError."""
    settings = _FILE.load(path, Settings)
    for place, origin in enumerate(settings.origins):
        if origin_fault(origin):
            raise _FILE.invalid(f"$.origins[{place}]", "no origin", "https://relay.example, as nodes dial it")
    if not settings.store.startswith((_SQLITE, "postgresql://", "postgresql+psycopg://")) or settings.store == _SQLITE:
        raise _FILE.invalid("$.store", "no store", "sqlite:relay.db or postgresql://user@host/database")
    if settings.tls is None and not settings.tls_in_front and not loopback(settings.host):
        raise _FILE.invalid("$.host", "not this machine, and no [tls]", "127.0.0.1, ::1, [tls], or tls_in_front")
    if settings.tls and not settings.tls.client_ca and (settings.tls.crl or settings.tls.clients == "required"):
        raise _FILE.invalid("$.tls.client_ca", "missing", "whose certificates nodes have; crl and clients need it")
    return settings
