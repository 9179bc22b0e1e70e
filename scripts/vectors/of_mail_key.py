"""tests/vectors/mail_key.json: the keys that messages for a queue are sealed to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dpr.core import documents
from tests.mail_world import QUEUE, sealing_key
from tests.world import OTHER_GLN
from vectors.mail import DAY, NO_NODES, NODE, NODE_QUEUE, NOW, PHARMACY, RELAY, M, document, good, site
from vectors.making import Change, Vector, file, flipped, hexed, vector

LAYER = "mail_key"
PUBLIC = sealing_key("pharmacy").public
CLAIMS: dict[Any, Any] = {4: NOW + 300 * DAY, 6: NOW - DAY, -65537: {0: QUEUE, 1: 0, 2: [{0: 0, 1: PUBLIC}]}}
GIVEN = {"given": {"queue": QUEUE}}
LATER = {0: 1, 1: b"\x00" * 8}


def mail_key(*changes: Change, **options: Any) -> bytes:
    """A mail key with `changes`, by the pharmacy."""
    return document(documents.MAIL_KEY, CLAIMS, *changes, **{**PHARMACY, **options})


def _accepted() -> Iterator[Vector]:
    kind = documents.MAIL_KEY
    yield good(kind, "one-key", mail_key(), **GIVEN)
    two = [{0: 0, 1: PUBLIC}, {0: 0, 1: sealing_key("pharmacy before").public}]
    yield good(kind, "two-keys", mail_key(("content.keys", two)), "the first is the one to use", **GIVEN)
    later = [LATER, {0: 0, 1: PUBLIC}]
    yield good(kind, "later-kem", mail_key(("content.keys", later)), "the first that is understood", **GIVEN)
    yield good(kind, "later-fact", mail_key(("content.-1", "x"), ("content.keys.0.-1", 1)), "ignored", **GIVEN)
    own = {"given": {"queue": NODE_QUEUE}}
    yield good(kind, "of-a-node", mail_key(("content.queue", NODE_QUEUE), **NODE), "the queue of its own key", **own)
    yield good(kind, "ended", mail_key(("valid_until", NOW - 1)), "whether it is in force is the sender's to judge", **GIVEN)


#: name, changes, code, comment
_CLAIMS: tuple[tuple[str, tuple[Change, ...], str, str], ...] = (
    ("queue-of-another-key", (("content.queue", NODE_QUEUE),), "mail_key_queue", "stands in the entry of another queue"),
    ("production", (("content.environment", 1),), "mail_key_environment", "at a site for tests"),
    ("ends-as-it-begins", (("valid_until", NOW - DAY),), "mail_times", ""),
    ("public-short", (("content.keys.0.public", PUBLIC[:-1]),), "mail_key_malformed", "1215 bytes"),
    ("public-long", (("content.keys.0.public", PUBLIC + b"\x00"),), "mail_key_malformed", "1217 bytes"),
    ("public-of-x25519-alone", (("content.keys.0.public", PUBLIC[1184:]),), "mail_key_malformed", ""),
    ("public-missing", (("content.keys.0.public", ...),), "field_missing", ""),
    ("public-as-text", (("content.keys.0.public", "x"),), "field_type", ""),
    ("kem-missing", (("content.keys.0.kem", ...),), "field_missing", ""),
    ("kem-negative", (("content.keys.0.kem", -1),), "field_value_unknown", ""),
    ("later-kem-alone", (("content.keys", [LATER]),), "later_version", "no key that this version can use"),
    ("no-keys", (("content.keys", []),), "list_length", ""),
    ("too-many-keys", (("content.keys", [{0: 0, 1: PUBLIC}] * 5),), "list_length", "five"),
    ("keys-missing", (("content.keys", ...),), "field_missing", ""),
    ("later-field", (("content.3", "x"),), "later_version", "may change what the others mean"),
    ("queue-missing", (("content.queue", ...),), "field_missing", ""),
    ("queue-check-digit", (("content.queue", "gln:7350000000008"),), "mail_queue", ""),
    ("environment-missing", (("content.environment", ...),), "field_missing", ""),
    ("valid-until-missing", (("valid_until", ...),), "field_missing", ""),
    ("issued-at-missing", (("issued_at", ...),), "field_missing", ""),
    ("claim-unknown", (("7", bytes(16)),), "field_unknown", ""),
)


def _chain() -> Iterator[Vector]:
    for name, by in NO_NODES:
        yield vector(name, LAYER, mail_key(**by), "chain_role", "a node's key, not a person's", **GIVEN)
    other = f"gln:{OTHER_GLN}"
    for name, data, code, comment, given in (
        ("by-a-relay", mail_key(**RELAY), "chain_role", "a relay has no mail", GIVEN),
        ("by-a-node", mail_key(**NODE), "mail_key_signer", "a node, of a pharmacy's queue", GIVEN),
        (
            "of-another-pharmacy", mail_key(("content.queue", other)), "mail_key_signer", "of a queue that is not the signer's",
            {"given": {"queue": other}},
        ),
        ("signature-changed", flipped(mail_key(), -1), "signature_invalid", "", GIVEN),
        ("by-another-key", mail_key(key=M.node), "signature_invalid", "", GIVEN),
        ("credential-not-held", mail_key(kcwt=None), "chain_credential_unknown", "", GIVEN),
        ("a-credential", M.pharmacy_credential(), "document_kind", "", GIVEN),
    ):  # fmt: skip
        yield vector(name, LAYER, data, code, comment, **given)


def made() -> dict[str, Any]:
    """The file."""
    claims = (vector(name, LAYER, mail_key(*changes), expect, comment, **GIVEN) for name, changes, expect, comment in _CLAIMS)
    words = "Mail keys, judged with the trust of `trust` for the queue in `given`."
    held = {"trust": hexed({"credentials": [M.pharmacy_credential()]})}
    more = good(documents.MAIL_KEY, "kid-only", mail_key(kcwt=None), "the credential is held already", **GIVEN, **held)
    return file(words, [*_accepted(), more, *_chain(), *claims], site=site())
