"""The settings that `dpr relay new` writes: every one, with its default, and what it is for.

Example: `write(Path("relay"), origin="https://relay.example", environment="test")`
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from dpr.adapters import files
from dpr.core.errors import InputError, Problem, StorageError
from dpr.core.mail.token import origin_fault

NAME = "relay.toml"
#: Where nodes dial another port, or none, a proxy stands between.
PORT = 8440
TEXT = """\
# A relay of dpr: docs/howto-relay.md. Paths are relative to this file. `dpr relay check relay.toml` looks it over.

# As nodes dial this relay, and as the address book has it. A token made for another origin is worth nothing here.
origins = ["{origin}"]

# The relay's own key (a file, a pkcs11: URI, or the address of a signing service: docs/keys.md), and the credential for it.
key = "relay.pem"
credential = "relay.cbor"

# A folder with policy.toml and the trust lists: dpr --site site trust add, dpr --site site trust fetch.
site = "site"

# What was taken into custody: sqlite: and a file, or postgresql://user@host/database for several processes.
store = "sqlite:relay.db"

# Where it listens. Without [tls] only on this machine, unless a proxy in front of it does TLS (tls_in_front = true).
host = "127.0.0.1"
port = {port}
tls_in_front = false

# Read again when they change. With client_ca, a node may show a client certificate that has its own key in place of a token;
# with clients = "required" every connection needs a certificate. crl: revoked ones, PEM.
# [tls]
# certificate = "server.pem"
# key = "server.key"
# client_ca = ""
# crl = ""
# clients = "optional"

# A port of its own for Prometheus, without TLS. Without this table /metrics is beside the API.
# [metrics]
# host = "127.0.0.1"
# port = 9464

# What may be held and not yet acknowledged: in one queue, by one sender in one queue, by one sender in all.
[quota]
queue_messages = 20_000
queue_bytes = 500_000_000
share_messages = 5_000
share_bytes = 125_000_000
sender_messages = 50_000
sender_bytes = 1_000_000_000

[limits]
requests_per_second = 50.0      # of one node; who asks more often is told when to come again
burst = 200                     # so many at once after a quiet time
connections = 10_000            # at most; the next are closed at once
connections_per_address = 2_000
read_seconds = 10.0             # how long TLS, a header, or a body may take
polls = 10_000                  # that wait at the same time
polls_of_one = 20               # on one queue, or for one message
together = 256                  # changes that are made durable at once
waiting = 2_000                 # calls that may wait for the store
stop_seconds = 15               # how long an end may take
keep_days = 180                 # how long what has ended is remembered

[log]
requests = true                 # a line for each
addresses = false               # with the caller's network address
"""


def write(folder: Path, *, origin: str, environment: str) -> Path:
    """relay.toml and site/policy.toml in `folder`, which is made. InputError `mail_origin`, StorageError `relay_config_exists`,
    `file_not_written`."""
    if origin_fault(origin):
        raise InputError("mail_origin", (Problem("--origin", "mail_origin", "no origin", "https://relay.example"),))
    path = folder / NAME
    if path.exists():
        raise StorageError("relay_config_exists", str(path))
    files.replace(path, TEXT.format(origin=origin, port=urlsplit(origin).port or PORT).encode())
    policy = folder / "site" / "policy.toml"
    if not policy.exists():
        files.replace(policy, f'environment = "{environment}"\n'.encode())
    return path
