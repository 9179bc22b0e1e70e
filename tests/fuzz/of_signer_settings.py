"""Targets: the settings of a signing service, and the list of the certificates that it takes no calls with.

An operator edits the one and a certification authority writes the other: half of either lets nobody in.
"""

from __future__ import annotations

import base64
import json
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from dpr.apps.serving.refusals import ForbiddenError
from dpr.apps.signer import config
from dpr.apps.signer.people import People
from dpr.apps.signer.running import certificates_of
from dpr.core import text
from dpr.core.errors import InputError, SetupError, StorageError
from tests.fuzz.mutate import raw, tree
from tests.fuzz.of_files import folder, written
from tests.fuzz.site import SITE
from tests.fuzz.target import outcome, target
from tests.world import signer

_CONFIG = b"""keys = "pkcs11:token=test"
site = "site"
host = "0.0.0.0"
[tls]
certificate = "tls.pem"
key = "tls.key"
client_ca = "clients.pem"
crl = "crl.pem"
[tls.systems]
"journal one" = ["journal-1"]
[oidc]
issuer = "https://idp.region.test"
audience = "dpr-signer"
clients = ["journal-1"]
jwks = "jwks.json"
jwks_url = "https://idp.region.test/keys"
[local]
open_after_minutes = 5
"""


def _toml(value: Any) -> str:
    """A value in one line of TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(name))} = {_toml(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value) if value is not None else "nan"


def _toml_tree(data: bytes, random: Random) -> bytes:
    """Settings of a mutated tree, each in a line; raw mutations for what is no TOML, and now and then for what is."""
    try:
        made = tree(tomllib.loads(data.decode()), random)
    except ValueError:
        made = None
    if random.random() < 0.3 or not isinstance(made, dict):
        return raw(data, random)
    shown = {name: value for name, value in made.items() if _is_plain(value)}
    return "".join(f"{json.dumps(str(name))} = {_toml(value)}\n" for name, value in shown.items()).encode()


def _is_plain(value: Any) -> bool:
    try:
        return bool(json.dumps(value))
    except TypeError:
        return False


_USERS = b'keys = "x"\nsite = "y"\n[tls]\ncertificate = "c"\nkey = "k"\nclient_ca = "c"\nnames = "user"\n'


@target(
    seeds=lambda: [_CONFIG, b"", _USERS, _USERS.replace(b'"y"', rb'"\u0000"'), b"[a]\nb.c = [1, {x = 0xff}]"],
    mutate=_toml_tree,
    runs=800,
)
def signer_config(data: bytes) -> None:
    """Settings end in an InputError of safe text, or let nobody in without a token or certificate, nobody from elsewhere
    without TLS, and no system that the settings do not name; all their texts can be shown, and whatever files they name can be
    looked for."""
    path = written("signer.toml", data)
    try:
        found = config.load(path)
    except (InputError, StorageError) as error:
        assert str(error).isprintable()
        return
    assert not any(one and text.fault(one) for one in _texts(tomllib.loads(data.decode())))
    users = found.tls is not None and bool(found.tls.client_ca) and found.tls.names == "user"
    assert found.oidc or users
    assert found.tls or config.loopback(found.host)
    assert not found.tls or not found.tls.client_ca or users or found.tls.systems
    assert not found.oidc or {*found.oidc.algorithms} <= {"ES256", "RS256", "PS256", "EdDSA"}
    outcome(lambda: certificates_of(found), SetupError)
    outcome(People(found.path(found.people)).read, SetupError, StorageError)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    inside = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        yield from _texts(one)


class _Authority:
    """Who vouches for the callers' certificates; with the world's keys, and so the same in every run."""

    begin, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)

    def __init__(self) -> None:
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "clients of the tests")])
        self.certificates = {number: self._certificate(number) for number in (1, 7, 9)}
        own, key = self.certificates[1], _key("clients")
        written("clients.pem", own.public_bytes(Encoding.PEM))
        written("tls.pem", own.public_bytes(Encoding.PEM))
        written("tls.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        written("crl.pem", _pem(self.lists()[0]))
        tls = config.Tls(certificate="tls.pem", key="tls.key", client_ca="clients.pem", crl="crl.pem", names="user")
        self.settings = config.Settings(keys="x", site="y", tls=tls, folder=str(folder()))

    def _certificate(self, number: int) -> x509.Certificate:
        made = x509.CertificateBuilder().subject_name(self.name).issuer_name(self.name).serial_number(number)
        made = made.not_valid_before(self.begin).not_valid_after(self.end).public_key(_key("clients").public_key())
        return made.sign(_key("clients"), hashes.SHA256(), ecdsa_deterministic=True)

    def lists(self) -> list[bytes]:
        """Of this authority: 7 and 8; of another with its name, and a part of a list (DER): 8."""
        bare = x509.CertificateRevocationListBuilder().issuer_name(self.name).last_update(self.begin).next_update(self.end)
        entry = x509.RevokedCertificateBuilder().revocation_date(self.begin)
        eight = bare.add_revoked_certificate(entry.serial_number(8).build())
        own = eight.add_revoked_certificate(entry.serial_number(7).build())
        part = eight.add_extension(x509.CRLNumber(1), False).add_extension(x509.DeltaCRLIndicator(2), True)
        made = ((own, "clients"), (eight, "others"), (part, "clients"))
        lists = [one.sign(_key(label), hashes.SHA256(), ecdsa_deterministic=True) for one, label in made]
        return [one.public_bytes(Encoding.DER) for one in lists]


def _key(label: str) -> ec.EllipticCurvePrivateKey:
    key = signer(f"fuzz {label}")._private_key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


_authority = cache(_Authority)


def _pem(der: bytes) -> bytes:
    return b"-----BEGIN X509 CRL-----\n%s-----END X509 CRL-----\n" % base64.encodebytes(der)


def _lists() -> list[bytes]:
    """The authority's, and one with an extension twice, which cryptography names in a way of its own."""
    made = _authority().lists()
    return [*made, made[2].replace(b"\x06\x03\x55\x1d\x1b", b"\x06\x03\x55\x1d\x14"), b"0"]


@target(seeds=_lists, runs=200)
def signer_crl(data: bytes) -> None:
    """Whatever comes in place of a list of revoked certificates while the service runs is named, and the list before it stays
    in force, or is the authority's own; at the start it ends in a SetupError."""
    known, now = _authority().certificates, SITE.now
    path = written("crl.pem", _pem(_authority().lists()[0]))
    running = certificates_of(_authority().settings)
    path.write_bytes(_pem(data))
    started = outcome(lambda: certificates_of(_authority().settings), SetupError)
    assert running is not None
    running.reload()
    assert (running.fault is None) == (started is not None)
    for one in (running, started):
        if one is not None:
            assert outcome(lambda one=one: one.require_valid(_der(known[9]), now) or True, ForbiddenError)
            assert not outcome(lambda one=one: one.require_valid(_der(known[7]), now) or True, ForbiddenError)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
