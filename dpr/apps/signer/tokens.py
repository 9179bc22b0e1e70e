"""A token of the identity provider (OpenID Connect, RFC 9068, RFC 8725): whom it names, and for which record system.

Rules: the algorithms are an allow-list, and a key serves those of its own type only; issuer, audience, client and times must
be right by the clock that is given; whatever is wrong is one named error, which holds nothing of the token. Nothing in a token
is followed (`jku`, `x5u`), and no key of a token is used (`jwk`, `x5c`).

Example: `prescriber, client = read(token, keys, settings, now)`
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dpr.apps.serving.refusals import NotAuthenticatedError
from dpr.apps.signer.config import Oidc
from dpr.core.errors import DocumentError, SetupError
from dpr.core.keys import PublicKey

MAX_TOKEN_BYTES = 16_384
MAX_JWKS_BYTES = 262_144
_MAX_KEYS = 100
_LEAST_RSA_BITS = 2048
_LATEST = 2**40
#: RFC 8725 §3.1; never `none`, never a shared secret (HS…), which a public key could be taken for.
ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")


class Key(NamedTuple):
    """A key of the identity provider."""

    kid: str | None
    algorithms: frozenset[str]
    key: Any


class TokenCaller(NamedTuple):
    """Whom a token names, and the record system that it was given to."""

    user: str
    client: str


def read_keys(document: bytes) -> tuple[Key, ...]:
    """The usable keys of a JWK Set (RFC 7517 §5); unknown ones are left out. SetupError `jwks_invalid` where none is left."""
    try:
        written = json.loads(document) if len(document) <= MAX_JWKS_BYTES else None
        entries = written["keys"] if type(written) is dict else None
    except (ValueError, KeyError, RecursionError):
        entries = None
    if type(entries) is not list:
        raise SetupError("jwks_invalid", "no JWK Set")
    keys = tuple(key for key in map(_key, entries[:_MAX_KEYS]) if key is not None)
    if not keys:
        raise SetupError("jwks_invalid", "no key that can be used")
    return keys


def _key(entry: Any) -> Key | None:
    if type(entry) is not dict or entry.get("use", "sig") != "sig" or "d" in entry or entry.get("kty") == "oct":
        return None
    try:
        key = jwt.PyJWK(entry).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        return None
    kid = entry.get("kid")
    algorithms = _algorithms_of(key)
    if "alg" in entry:
        algorithms &= {str(entry["alg"])}
    return Key(kid if type(kid) is str else None, algorithms, key) if algorithms else None


def _algorithms_of(key: Any) -> frozenset[str]:
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_RSA_BITS:
        return frozenset(("RS256", "PS256"))
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return frozenset(("ES256",))
    if isinstance(key, Ed25519PublicKey):
        try:
            PublicKey(key)  # refuses one of low order, under which one signature is right for any token
        except DocumentError:
            return frozenset()
        return frozenset(("EdDSA",))
    return frozenset()


def read(token: str, keys: tuple[Key, ...], settings: Oidc, now: int) -> TokenCaller:
    """Whom `token` names; `now`: seconds. NotAuthenticatedError: `login_invalid`, `login_key_unknown`, `login_expired`,
    `login_not_for_us`, `login_client`, `login_level`."""
    if len(token) > MAX_TOKEN_BYTES:
        raise NotAuthenticatedError("login_invalid", "too long")
    claims = _verified(token, _candidates(token, keys, settings), settings)
    _require_times(claims, settings, now)
    if claims.get("iss") != settings.issuer or settings.audience not in _listed(claims.get("aud")):
        raise NotAuthenticatedError("login_not_for_us", "issuer or audience")
    client = claims.get("azp", claims.get("client_id"))
    if type(client) is not str or client not in settings.clients:
        raise NotAuthenticatedError("login_client")
    if settings.levels and claims.get("acr") not in settings.levels:
        raise NotAuthenticatedError("login_level")
    for name in settings.prescriber_claims:
        if type(claims.get(name)) is str and claims[name]:
            return TokenCaller(claims[name], client)
    raise NotAuthenticatedError("login_invalid", "no claim that names the prescriber")


def _candidates(token: str, keys: tuple[Key, ...], settings: Oidc) -> list[tuple[str, Any]]:
    """(algorithm, key) of every key that may have signed it."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise NotAuthenticatedError("login_invalid", "no signed JWT") from None
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in settings.algorithms or algorithm not in ALGORITHMS:
        raise NotAuthenticatedError("login_invalid", "algorithm")
    if "crit" in header:  # RFC 7515 §4.1.11: none of it is understood, and not every PyJWT says so
        raise NotAuthenticatedError("login_invalid", "crit")
    found = [key for key in keys if algorithm in key.algorithms and kid in (None, key.kid)]
    if not found:
        raise NotAuthenticatedError("login_key_unknown")
    return [(algorithm, key.key) for key in found]


def _verified(token: str, candidates: list[tuple[str, Any]], settings: Oidc) -> dict[str, Any]:
    # Times and addressees are judged by us: PyJWT would read the clock itself.
    unjudged = dict.fromkeys(("verify_exp", "verify_nbf", "verify_iat", "verify_aud", "verify_iss", "verify_sub"), False)
    for algorithm, key in candidates:
        try:
            claims: dict[str, Any] = jwt.decode(token, key, algorithms=[algorithm], options=unjudged)  # type: ignore[arg-type]
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            continue
        return claims
    raise NotAuthenticatedError("login_invalid", "signature")


def _require_times(claims: dict[str, Any], settings: Oidc, now: int) -> None:
    """RFC 7519 §4.1.4 to 4.1.6, with the skew of the settings."""
    expires, begins, issued = (
        _instant(claims.get(name, otherwise)) for name, otherwise in (("exp", None), ("nbf", 0), ("iat", 0))
    )
    skew = settings.clock_skew_seconds
    if not expires + skew > now:
        raise NotAuthenticatedError("login_expired")
    if not max(begins, issued) <= now + skew:
        raise NotAuthenticatedError("login_invalid", "not valid yet")
    if expires - (issued or now) > settings.longest_minutes * 60 + skew:
        raise NotAuthenticatedError("login_invalid", "lives too long")


def _instant(value: Any) -> float:
    """A time as JSON has it: a number, but no infinity, which would never end."""
    if type(value) not in (int, float) or not 0 <= value < _LATEST:
        raise NotAuthenticatedError("login_invalid", "times")
    return float(value)


def _listed(value: Any) -> list[Any]:
    return value if type(value) is list else [value]
