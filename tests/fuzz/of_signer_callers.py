"""Targets: who calls a signing service: a token, the keys that tokens are judged with, the header of a log-in.

Nobody comes in without a signature of the identity provider.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from random import Random
from types import SimpleNamespace
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from dpr.apps.serving.refusals import NotAuthenticatedError
from dpr.apps.signer import tokens
from dpr.apps.signer.callers import Basic, Callers
from dpr.apps.signer.config import Oidc
from dpr.core.errors import SetupError
from tests.fuzz.mutate import json_tree, raw
from tests.fuzz.target import outcome, target
from tests.world import NOW, signer

_SETTINGS = Oidc(issuer="https://idp.region.test", audience="dpr-signer", clients=("journal-1",), jwks="jwks.json")
_RIGHT = {
    "iss": _SETTINGS.issuer,
    "aud": _SETTINGS.audience,
    "azp": "journal-1",
    "employeeHsaId": "SE2321000016-KANARIE1",
    "iat": NOW - 10,
    "exp": NOW + 600,
}
_HEADER = {"alg": "ES256", "kid": "ES256", "typ": "at+jwt"}


def _jwk(algorithm: str) -> dict[str, Any]:
    maker: Any = jwt.algorithms.ECAlgorithm if algorithm == "ES256" else jwt.algorithms.OKPAlgorithm
    public = signer("fuzz idp", algorithm)._private_key.public_key()
    return dict(json.loads(maker.to_jwk(public)), kid=algorithm, use="sig")


@cache
def _jwks() -> bytes:
    # Nobody knows the factors of this number: its key has signed nothing.
    modulus = base64.urlsafe_b64encode(b"\xc5" * 256).rstrip(b"=").decode()
    nobodys = {"kty": "RSA", "n": modulus, "e": "AQAB", "kid": "RS256", "use": "sig"}
    return json.dumps({"keys": [_jwk("ES256"), _jwk("EdDSA"), nobodys]}).encode()


@cache
def _keys() -> tuple[tokens.Key, ...]:
    return tokens.read_keys(_jwks())


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _token(header: bytes, claims: bytes) -> str:
    """A token that the identity provider has signed, whatever its header says."""
    begin = f"{_part(header)}.{_part(claims)}"
    return f"{begin}.{_part(signer('fuzz idp').sign(begin.encode()))}"


@cache
def _genuine() -> dict[str, str]:
    """Signed part → whom it names: the tokens that the identity provider has given out."""
    made = {}
    for user in ("SE2321000016-KANARIE1", "SE2321000016-KANARIE2"):
        token = _token(json.dumps(_HEADER).encode(), json.dumps(_RIGHT | {"employeeHsaId": user}).encode())
        made[token] = user
    return made


def _token_parts(data: bytes, random: Random) -> bytes:
    """A token with another header, other claims or another's signature, or with other bytes."""
    parts = data.split(b".")
    if len(parts) != 3 or random.random() < 0.3:
        return raw(data, random)
    place = random.randrange(3)
    if place == 2:
        others = [one.encode().rpartition(b".")[2] for one in _genuine()]
        parts[2] = random.choice((b"", b"AAAA", parts[2] + b"=", parts[2][:-1] + b"_", *others))
    else:
        try:
            content = base64.urlsafe_b64decode(parts[place] + b"==")
        except ValueError:
            return raw(data, random)
        parts[place] = _part(json_tree(content, random)).encode()
    return b".".join(parts)


def _told(token: str) -> tokens.TokenCaller | None:
    found: tokens.TokenCaller | None = outcome(lambda: tokens.read(token, _keys(), _SETTINGS, NOW), NotAuthenticatedError)
    return found


@target(seeds=lambda: [*(one.encode() for one in _genuine()), b"", b"a.b.c", b"e30.e30."], mutate=_token_parts, runs=1200)
def signer_token(data: bytes) -> None:
    """A text that is shown as a token ends in a NotAuthenticatedError, or names whom the identity provider named when it signed
    just this header and these claims."""
    text = data.decode("utf-8", "surrogateescape")
    found = _told(text)
    if found is not None:
        right = {one.rpartition(".")[0]: user for one, user in _genuine().items()}
        assert found == (right[text.rpartition(".")[0]], "journal-1")


def _claims() -> list[bytes]:
    given: list[Any] = [[_HEADER, _RIGHT], [_HEADER | {"alg": "EdDSA"}, _RIGHT], [{"alg": "none"}, {}]]
    given.append([_HEADER | {"crit": ["b64"], "b64": False}, _RIGHT | {"aud": ["x", "dpr-signer"], "nbf": 0}])
    return [json.dumps(one).encode() for one in given]


@target(seeds=_claims, mutate=json_tree, runs=1000)
def signer_token_claims(data: bytes) -> None:
    """Any header and claims that the identity provider signs end in a NotAuthenticatedError, or are of its own issuer, for this
    service and one of its clients, in force now and not for long, and name a prescriber in a text."""
    try:
        header, claims = (json.dumps(part).encode() for part in json.loads(data))
    except (ValueError, TypeError, RecursionError):
        return
    found = _told(_token(header, claims))
    if found is None:
        return
    said, head = json.loads(claims), json.loads(header)
    assert head["alg"] == "ES256" and head.get("kid") in (None, "ES256") and "crit" not in head
    assert said["iss"] == _SETTINGS.issuer and found.client in _SETTINGS.clients
    assert _SETTINGS.audience in (said["aud"] if isinstance(said["aud"], list) else [said["aud"]])
    assert NOW - 60 < said["exp"] <= NOW + 86_460 + 60 and max(said.get("nbf", 0), said.get("iat", 0)) <= NOW + 60
    assert found == (said["employeeHsaId"], said.get("azp", said.get("client_id"))) and type(found.user) is str and found.user


def _key_sets() -> list[bytes]:
    """The provider's, and one for each key that must not be taken: short, secret, private, of another curve, for encryption."""
    right = _jwk("ES256")
    others: list[dict[str, Any]] = [
        {"kty": "RSA", "n": _part(b"\xc5" * 128), "e": "AQAB"},
        {"kty": "oct", "k": _part(b"k" * 32), "alg": "HS256"},
        right | {"d": _part(b"\1" * 32)},
        right | {"crv": "P-384"},
        right | {"use": "enc"},
        right | {"alg": "HS256"},
    ]
    return [_jwks(), b'{"keys": []}', b"[]", *(json.dumps({"keys": [one, _jwk("EdDSA")]}).encode() for one in others)]


@target(seeds=_key_sets, mutate=json_tree)
def signer_jwks(data: bytes) -> None:
    """What an identity provider answers ends in a SetupError, or is at least one public key of a strength and kind that serves
    an allowed algorithm; and a token is judged with them, never more than refused for a reason of its own."""
    found: tuple[tokens.Key, ...] | None = outcome(lambda: tokens.read_keys(data), SetupError)
    if found is None:
        return
    assert found and all(key.algorithms and key.algorithms <= {*tokens.ALGORITHMS} for key in found)
    for key in found:
        assert isinstance(key.key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey)
        assert not isinstance(key.key, rsa.RSAPublicKey) or key.key.key_size >= 2048
    for token in _genuine():
        outcome(lambda token=token: tokens.read(token, found, _SETTINGS, NOW), NotAuthenticatedError)


_BASIC = base64.b64encode("SE2321000016-KANARIE1:ett långt lösenord".encode())

_LONG = b"Basic " + base64.b64encode(b"u" * 300 + b":p")


@target(seeds=lambda: [b"Basic " + _BASIC, b"basic  " + _BASIC + b" ", b"Basic Og==", b"Bearer x", _LONG], runs=1000)
def signer_log_in(data: bytes) -> None:
    """The header of a log-in ends in a NotAuthenticatedError, or says a user without a colon and a password, neither empty nor
    longer than 200 signs, both in UTF-8."""
    request: Any = SimpleNamespace(headers={"Authorization": data.decode("utf-8", "surrogateescape")}, remote="127.0.0.1")
    settings: Any = SimpleNamespace(tls=None)
    callers = Callers(settings, None, None, None, None)  # type: ignore[arg-type]
    found: Basic | None = outcome(lambda: callers.basic(request), NotAuthenticatedError)
    if found is not None:
        assert ":" not in found.user and 0 < len(found.user) <= 200 and 0 < len(found.password) <= 200
        written = f"{found.user}:{found.password}".encode()
        assert base64.b64decode(data.decode().partition(" ")[2].strip()) == written
