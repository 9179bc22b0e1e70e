"""Tokens of the identity provider: what is right is read, and each thing that is wrong is refused by its name."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from dpr.apps.serving.refusals import NotAuthenticatedError
from dpr.apps.signer import tokens
from dpr.apps.signer.config import Oidc
from dpr.apps.signer.tokens import MAX_TOKEN_BYTES
from dpr.core.errors import SetupError
from tests.signer.rig import ANNA, AUDIENCE, CLIENT, ISSUER, KARIN, KEYS, jwk, jwks, token
from tests.world import DAY, NOW

SETTINGS = Oidc(issuer=ISSUER, audience=AUDIENCE, clients=(CLIENT, "journal-2"), jwks="jwks.json")
HELD = tokens.read_keys(jwks())


def read(written: str, **changes: Any) -> tokens.TokenCaller:
    settings = Oidc(**({name: getattr(SETTINGS, name) for name in SETTINGS.__struct_fields__} | changes))
    return tokens.read(written, HELD, settings, NOW)


def refused(written: str, **changes: Any) -> str:
    with pytest.raises(NotAuthenticatedError) as caught:
        read(written, **changes)
    assert len(written) < 20 or written not in str(caught.value)
    assert KARIN not in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("algorithm", tokens.ALGORITHMS)
def test_a_token_names_the_prescriber_and_the_record_system(algorithm: str) -> None:
    assert read(token(algorithm=algorithm)) == (KARIN, CLIENT)


def test_the_first_claim_that_is_there_names_the_prescriber() -> None:
    both = ("employeeHsaId", "sub")
    assert read(token(employeeHsaId=..., sub=ANNA), prescriber_claims=both).user == ANNA
    assert read(token(sub=ANNA), prescriber_claims=both).user == KARIN
    assert refused(token(employeeHsaId=..., sub=ANNA)) == "login_invalid"  # a machine's own token has a sub too
    assert read(token(upn="a@b"), prescriber_claims=("upn",)).user == "a@b"
    assert refused(token(sub=ANNA, employeeHsaId=7), prescriber_claims=("employeeHsaId",)) == "login_invalid"
    assert refused(token(employeeHsaId=..., sub=...)) == "login_invalid"
    assert read(token(azp=..., client_id="journal-2")).client == "journal-2"
    assert read(token(aud=["x", AUDIENCE])).user == KARIN


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(algorithm: str, signature: str = "") -> str:
    _, claims, _ = token().split(".")
    return f"{encoded({'alg': algorithm, 'kid': 'ES256'})}.{claims}.{signature}"


def with_secret() -> str:
    """HS256 with the provider's public key as the secret: what a reader that takes the header's word would accept."""
    secret = KEYS["RS256"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    begin = f"{encoded({'alg': 'HS256', 'kid': 'RS256'})}.{token().split('.')[1]}"
    digest = hmac.digest(secret, begin.encode(), hashlib.sha256)
    return f"{begin}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def altered() -> str:
    head, claims, signature = token().split(".")
    written = json.loads(base64.urlsafe_b64decode(claims + "==")) | {"employeeHsaId": ANNA}
    return f"{head}.{encoded(written)}.{signature}"


STRANGER = ec.generate_private_key(ec.SECP256R1())
WRONG = {
    "nothing": ("", "login_invalid"),
    "garbage": ("abc", "login_invalid"),
    "dots": ("a.b.c", "login_invalid"),
    "too long": ("a" * (MAX_TOKEN_BYTES + 1), "login_invalid"),
    "none": (unsigned("none"), "login_invalid"),
    "None": (unsigned("None"), "login_invalid"),
    "no signature": (unsigned("ES256"), "login_invalid"),
    "zeros as signature (CVE-2022-21449)": (unsigned("ES256", "A" * 86), "login_invalid"),
    "public key as secret": (with_secret(), "login_invalid"),
    "altered": (altered(), "login_invalid"),
    "RS256 with the EC key's kid": (token(algorithm="RS256", kid="ES256"), "login_key_unknown"),
    "another's key": (token(key=STRANGER), "login_invalid"),
    "unknown kid": (token(kid="other"), "login_key_unknown"),
    "ended": (token(exp=NOW - 61), "login_expired"),
    "no end": (token(exp=...), "login_invalid"),
    "lives too long": (token(exp=NOW + 86_400 + 60), "login_invalid"),
    "lives too long, and does not say since when": (token(iat=..., exp=NOW + 86_400 + 120), "login_invalid"),
    "end is text": (token(exp=str(NOW + 60)), "login_invalid"),
    "end is true": (token(exp=True), "login_invalid"),
    "end is infinite": (token(exp=float("inf")), "login_invalid"),
    "end is no number": (token(exp=float("nan")), "login_invalid"),
    "end is far beyond": (token(exp=10**400), "login_invalid"),
    "not yet": (token(nbf=NOW + 61), "login_invalid"),
    "issued in the future": (token(iat=NOW + DAY), "login_invalid"),
    "wrong issuer": (token(iss="https://evil.test"), "login_not_for_us"),
    "issuer with a slash": (token(iss=ISSUER + "/"), "login_not_for_us"),
    "no issuer": (token(iss=...), "login_not_for_us"),
    "wrong audience": (token(aud="other-service"), "login_not_for_us"),
    "audience that begins the same": (token(aud=AUDIENCE + "2"), "login_not_for_us"),
    "no audience": (token(aud=...), "login_not_for_us"),
    "wrong client": (token(azp="evil"), "login_client"),
    "no client": (token(azp=...), "login_client"),
    "empty name": (token(employeeHsaId="", sub=""), "login_invalid"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_a_token_is_named(what: str) -> None:
    written, code = WRONG[what]
    assert refused(written) == code


@pytest.mark.parametrize(("claim", "by"), [("exp", -59), ("nbf", 60), ("iat", 60)])
def test_clocks_may_differ_a_little(claim: str, by: int) -> None:
    assert read(token(**{claim: NOW + by})).user == KARIN
    assert refused(token(**{claim: NOW + by}), clock_skew_seconds=10) in ("login_expired", "login_invalid")


def test_an_algorithm_that_the_settings_leave_out_is_refused() -> None:
    assert refused(token(algorithm="RS256"), algorithms=("ES256",)) == "login_invalid"


def test_a_level_of_assurance_can_be_required() -> None:
    assert refused(token(), levels=("loa3",)) == refused(token(acr="loa2"), levels=("loa3",)) == "login_level"
    assert read(token(acr="loa3"), levels=("loa3", "loa4")).user == KARIN


def test_nothing_that_a_token_brings_along_is_used() -> None:
    key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(STRANGER.public_key()))
    claims = {"iss": ISSUER, "aud": AUDIENCE, "azp": CLIENT, "employeeHsaId": ANNA, "exp": NOW + 60}
    for header in ({"jwk": key}, {"jku": "https://evil.test/jwks"}, {"x5u": "https://evil.test"}, {"crit": ["b64"]}):
        written = jwt.encode(claims, STRANGER, algorithm="ES256", headers={"kid": "ES256"} | header)
        assert refused(written) == "login_invalid"
    understood = jwt.encode(claims, KEYS["ES256"], algorithm="ES256", headers={"kid": "ES256", "crit": ["exp"]})
    assert refused(understood) == "login_invalid"


def test_keys_that_cannot_be_used_are_left_out() -> None:
    weak = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key()))
    p384 = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key()))
    private = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(STRANGER))
    others = [weak, p384, private, {"kty": "oct", "k": "c2VjcmV0"}, jwk() | {"use": "enc"}, {"kty": "?"}, 1, None, {}]
    kept = tokens.read_keys(json.dumps({"keys": [*others, jwk()]}).encode())
    assert [key.kid for key in kept] == ["ES256"]
    only = tokens.read_keys(json.dumps({"keys": [jwk("RS256") | {"alg": "PS256"}]}).encode())
    assert only[0].algorithms == {"PS256"}


@pytest.mark.parametrize("y", [1, 0, 2**255 - 20, 2**255 - 18])
def test_a_key_under_which_one_signature_is_right_for_any_token_is_left_out(y: int) -> None:
    """Ed25519 points of order 1, 4 and 2, and the first one in another form."""
    x = base64.urlsafe_b64encode(y.to_bytes(32, "little")).rstrip(b"=").decode()
    weak = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "weak"}
    kept = tokens.read_keys(json.dumps({"keys": [weak, jwk("EdDSA")]}).encode())
    assert [key.kid for key in kept] == ["EdDSA"]


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b"{}", b'{"keys": 1}', b'{"keys": []}', b"<html>", b"[" * 100_000, b'{"keys":[{}]}', b" " * 300_000],
)
def test_what_is_no_set_of_keys_is_named(document: bytes) -> None:
    with pytest.raises(SetupError) as caught:
        tokens.read_keys(document)
    assert caught.value.code == "jwks_invalid"


@given(
    st.text(max_size=200) | st.lists(st.text(alphabet="abcdefghiJKL012-_=", max_size=60), min_size=3, max_size=3).map(".".join)
)
def test_any_text_is_read_or_refused(written: str) -> None:
    refused(written)


@given(st.binary(max_size=300))
def test_any_claims_under_a_right_signature_are_read_or_refused(payload: bytes) -> None:
    written = jwt.PyJWS().encode(payload, KEYS["ES256"], algorithm="ES256", headers={"kid": "ES256"})
    refused(written)
