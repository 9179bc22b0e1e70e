"""tests/vectors/token.json: how a node says who it is to one relay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dpr.core import documents
from tests.mail_world import ORIGIN
from vectors.mail import NO_NODES, NOW, PHARMACY, RELAY, M, document, good, site
from vectors.making import Change, Vector, file, flipped, hexed, vector

LAYER = "token"
CLAIMS: dict[Any, Any] = {3: ORIGIN, 4: NOW + 300, 6: NOW, 7: bytes(range(16))}
GIVEN = {"given": {"origin": ORIGIN, "skew_seconds": 60}}


def token(*changes: Change, **options: Any) -> bytes:
    """A token with `changes`."""
    return document(documents.TOKEN, CLAIMS, *changes, **options)


def _times(issued_at: int, valid_until: int) -> tuple[Change, ...]:
    return ("issued_at", issued_at), ("valid_until", valid_until)


def _accepted() -> Iterator[Vector]:
    kind = documents.TOKEN
    yield good(kind, "by-a-node", token(), **GIVEN)
    yield good(kind, "by-a-pharmacy", token(**PHARMACY), **GIVEN)
    yield good(kind, "clock-ahead", token(*_times(NOW + 60, NOW + 360)), "within the skew", **GIVEN)
    yield good(kind, "just-ended", token(*_times(NOW - 300, NOW - 59)), "within the skew", **GIVEN)
    yield good(kind, "a-second-long", token(*_times(NOW, NOW + 1)), **GIVEN)
    with_port = {"given": {"origin": "https://[2001:db8::1]:8443", "skew_seconds": 60}}
    yield good(kind, "with-port", token(("audience", "https://[2001:db8::1]:8443")), "as it was dialled", **with_port)
    held = {"trust": hexed({"credentials": [M.node_credential()]})}
    yield good(kind, "kid-only", token(kcwt=None), "the node's credential is held already", **GIVEN, **held)


#: name, changes, code, comment
_CLAIMS: tuple[tuple[str, tuple[Change, ...], str, str], ...] = (
    (
        "for-another-relay",
        (("audience", "https://relay-b.test"),),
        "token_audience",
        "what one relay saw is worth nothing at another",
    ),
    ("without-tls", (("audience", "http://relay-a.test"),), "token_audience", "another scheme is another origin"),
    ("too-early", _times(NOW + 61, NOW + 361), "token_early", "a second beyond the skew"),
    ("ended", _times(NOW - 300, NOW - 60), "token_expired", ""),
    ("too-long", _times(NOW, NOW + 301), "mail_times", "a second over five minutes"),
    ("no-length", _times(NOW, NOW), "mail_times", ""),
    ("ends-before-it-begins", _times(NOW, NOW - 1), "mail_times", ""),
    ("audience-with-path", (("audience", ORIGIN + "/"),), "mail_origin", "an origin, not an address"),
    ("audience-in-capitals", (("audience", "https://Relay-a.test"),), "mail_origin", ""),
    ("audience-of-another-scheme", (("audience", "ftp://relay-a.test"),), "mail_origin", ""),
    ("audience-host-alone", (("audience", "relay-a.test"),), "mail_origin", ""),
    ("audience-too-long", (("audience", "https://" + "a" * 123),), "text_too_long", "131 characters"),
    ("audience-host-too-long", (("audience", "https://" + "a" * 121),), "mail_origin", "121 characters of host"),
    ("audience-missing", (("audience", ...),), "field_missing", "good at every relay"),
    ("valid-until-missing", (("valid_until", ...),), "field_missing", "good for ever"),
    ("issued-at-missing", (("issued_at", ...),), "field_missing", ""),
    ("id-missing", (("id", ...),), "field_missing", ""),
    ("id-short", (("id", bytes(15)),), "field_length", ""),
    ("claim-unknown", (("1", "node"),), "field_unknown", "who it is stands in the credential alone"),
    ("content", (("-65537", {}),), "field_unknown", ""),
)


def _chain() -> Iterator[Vector]:
    for name, by in (*NO_NODES, ("by-a-relay", RELAY)):
        yield vector(name, LAYER, token(**by), "chain_role", "a node fetches and submits, nobody else", **GIVEN)
    for name, data, code, comment in (
        ("by-another-key", token(key=M.pharmacy), "signature_invalid", ""),
        ("signature-changed", flipped(token(), -1), "signature_invalid", ""),
        ("credential-not-held", token(kcwt=None), "chain_credential_unknown", ""),
        ("a-message", M.message(), "document_kind", "signed by the same key"),
        ("typ-of-a-mail-key", token(header={16: "dpr-mail-key"}), "document_kind", ""),
    ):
        yield vector(name, LAYER, data, code, comment, **GIVEN)


def made() -> dict[str, Any]:
    """The file."""
    claims = (vector(name, LAYER, token(*changes), expect, comment, **GIVEN) for name, changes, expect, comment in _CLAIMS)
    words = "Tokens, judged with the trust of `trust` at the relay whose origin and allowed skew are in `given`."
    return file(words, [*_accepted(), *_chain(), *claims], site=site())
