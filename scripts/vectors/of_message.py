"""tests/vectors/message.json: what one node sends another, opened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dpr.core import documents
from dpr.core.mail.message import MESSAGE
from tests.mail_world import QUEUE
from vectors.mail import DAY, NO_NODES, NODE_QUEUE, NOW, PHARMACY, RELAY, M, document, good, site
from vectors.making import Change, Vector, file, flipped, hexed, vector

LAYER = "message"
CLAIMS = MESSAGE.to_cbor(M.message_value())
CREATED = NOW - 5


def message(*changes: Change, **options: Any) -> bytes:
    """A message with `changes`."""
    return document(documents.MESSAGE, CLAIMS, *changes, **options)


def _accepted() -> Iterator[Vector]:
    kind = documents.MESSAGE
    yield good(kind, "one-prescription", message())
    yield good(kind, "by-a-pharmacy", message(**PHARMACY), "a pharmacy sends, too")
    yield good(kind, "to-a-node", message(("content.queue", NODE_QUEUE)), "a queue of one key")
    several = [M.prescription_document(), M.snapshot(), b"\x00"]
    yield good(kind, "several-documents", message(("content.documents", several)), "each is judged for itself, later")
    yield good(kind, "document-empty", message(("content.documents", [b""])), "no document, which is found when it is opened")
    yield good(kind, "longest-life", message(("not_after", CREATED + 14 * DAY)))
    yield good(kind, "shortest-life", message(("not_after", CREATED + 1)))
    yield good(kind, "ended", message(("created", NOW - 5 * DAY), ("not_after", NOW - DAY)), "late, and a message all the same")
    yield good(kind, "production", message(("content.environment", 1)), "the reader compares it with its own")
    held = {"trust": hexed({"credentials": [M.node_credential()]})}
    yield good(kind, "kid-only", message(kcwt=None), "the node's credential is held already", **held)


#: name, changes, code, comment
_CLAIMS: tuple[tuple[str, tuple[Change, ...], str, str], ...] = (
    ("life-too-long", (("not_after", CREATED + 14 * DAY + 1),), "mail_times", "a second more than 14 days"),
    ("no-life", (("not_after", CREATED),), "mail_times", "it ends as it begins"),
    ("ends-before-it-begins", (("not_after", CREATED - 1),), "mail_times", ""),
    ("not-after-missing", (("not_after", ...),), "field_missing", "it would be held for ever"),
    ("created-missing", (("created", ...),), "field_missing", ""),
    ("id-missing", (("id", ...),), "field_missing", ""),
    ("id-short", (("id", bytes(15)),), "field_length", ""),
    ("id-long", (("id", bytes(17)),), "field_length", ""),
    ("queue-missing", (("content.queue", ...),), "field_missing", ""),
    ("queue-without-kind", (("content.queue", "7350000000009"),), "mail_queue", "a GLN alone"),
    ("queue-of-another-kind", (("content.queue", "sdk:7350000000009"),), "mail_queue", ""),
    ("queue-check-digit", (("content.queue", "gln:7350000000008"),), "mail_queue", "the GLN's check digit"),
    ("queue-key-short", (("content.queue", "key:" + "0" * 31),), "mail_queue", "31 digits"),
    ("queue-key-in-capitals", (("content.queue", "key:" + "A" * 32),), "mail_queue", "one queue has one name"),
    ("queue-too-long", (("content.queue", "key:" + "0" * 37),), "text_too_long", "41 characters"),
    ("queue-empty", (("content.queue", ""),), "text_empty", ""),
    ("queue-as-bytes", (("content.queue", QUEUE.encode()),), "field_type", ""),
    ("environment-unknown", (("content.environment", 2),), "field_value_unknown", ""),
    ("environment-missing", (("content.environment", ...),), "field_missing", "test and production never mix"),
    ("no-documents", (("content.documents", []),), "list_length", ""),
    ("documents-missing", (("content.documents", ...),), "field_missing", ""),
    ("too-many-documents", (("content.documents", [b"\x00"] * 17),), "list_length", "17"),
    ("document-as-text", (("content.documents", ["d2"]),), "field_type", ""),
    ("documents-as-bytes", (("content.documents", b"\x00"),), "field_type", ""),
    ("content-with-more", (("content.3", "x"),), "field_unknown", ""),
    ("content-with-negative", (("content.-1", "x"),), "field_unknown", "what is signed is understood whole"),
    ("claim-unknown", (("1", "node"),), "field_unknown", "who it is from stands in the credential alone"),
    ("audience", (("3", "7350000000009"),), "field_unknown", ""),
)


def _chain() -> Iterator[Vector]:
    good_one = message()
    for name, by in NO_NODES:
        yield vector(name, LAYER, message(**by), "chain_role", "a node sends, people do not")
    for name, data, expect, comment in (
        ("by-a-relay", message(**RELAY), "chain_role", "a relay carries, it does not send"),
        ("credential-not-held", message(kcwt=None), "chain_credential_unknown", "only a hint, and nothing held"),
        ("by-another-key", message(key=M.pharmacy), "signature_invalid", "the credential of one, the key of another"),
        ("signature-changed", flipped(good_one, -1), "signature_invalid", ""),
        ("typ-of-a-receipt", message(header={16: "dpr-receipt"}), "document_kind", "well signed, as something else"),
        ("typ-of-an-address-book", message(header={16: "dpr-address-book"}), "cose_tag", "a kind that several keys sign"),
        ("a-prescription", M.prescription_document(), "document_kind", "not in a message"),
        ("trailing-byte", good_one + b"\0", "cbor_trailing_bytes", ""),
        ("cut-off", good_one[: len(good_one) // 2], "cbor_malformed", ""),
        ("kid-missing", message(header={4: ...}), "document_header", ""),
        ("header-with-more", message(header={15: {}}), "document_header", "claims stand in the payload"),
    ):
        yield vector(name, LAYER, data, expect, comment)


def made() -> dict[str, Any]:
    """The file."""
    claims = (vector(name, LAYER, message(*changes), expect, comment) for name, changes, expect, comment in _CLAIMS)
    return file("Messages between nodes, judged with the trust of `trust`.", [*_accepted(), *_chain(), *claims], site=site())
