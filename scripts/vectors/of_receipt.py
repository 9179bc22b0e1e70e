"""tests/vectors/receipt.json: every type of receipt, by those who may sign it and by those who may not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dpr.core import documents
from dpr.core.mail.receipt import NO_RECEIPT, RULES, ReceiptType
from tests.mail_world import QUEUE
from vectors.mail import (
    DIGEST,
    HELD,
    ID,
    NO_NODES,
    NODE,
    NODE_QUEUE,
    NOW,
    OTHER_RELAY,
    PHARMACY,
    RECIPIENTS,
    RELAY,
    M,
    good,
    receipt,
    site,
)
from vectors.making import Change, Vector, file, flipped, hexed, vector

LAYER = "receipt"
GIVEN = {"given": {"queue": QUEUE, "message_id": ID.hex(), "digest": DIGEST.hex()}}
OF_QUEUE = {"given": {"queue": QUEUE}}
R1, R2, R3, R4, N1, N2, W1, W2, H1 = ReceiptType


def _good(name: str, data: bytes, comment: str = "", **more: Any) -> Vector:
    return good(documents.RECEIPT, name, data, comment, **{**GIVEN, **more})


def _accepted() -> Iterator[Vector]:
    for kind in ReceiptType:
        by = "the recipient" if kind in RECIPIENTS else "a relay"
        yield _good(
            f"{kind.name.lower()}", receipt(kind), f"by {by}: {RULES[kind].meaning}", **(OF_QUEUE if kind is H1 else {})
        )
    second = ("content.sequence", 2), ("content.previous", HELD)
    yield _good("r1-second", receipt(R1, *second), "names the one before it")
    rejected = ("content.outcome", 1), ("content.code", "patient_name_missing")
    yield _good("r4-rejected", receipt(R4, *rejected, ("content.detail", "item 2")), "with code and detail")
    yield _good("r4-rejected-code-alone", receipt(R4, *rejected))
    yield _good("r4-several-documents", receipt(R4, ("content.documents", [HELD, DIGEST])))
    yield _good("w2-with-time", receipt(W2, ("content.handed_over_at", NOW - 600)), "when it was first given out")
    empty = ("content.sequence", 0), ("content.head", NO_RECEIPT)
    yield _good("h1-of-an-empty-queue", receipt(H1, *empty), **OF_QUEUE)
    yield _good("r1-of-a-direct-delivery", receipt(R1, **PHARMACY), "the recipient is its own relay")
    node = {"given": {**GIVEN["given"], "queue": NODE_QUEUE}}
    yield _good("r3-of-a-node", receipt(R3, queue=NODE_QUEUE, **NODE), "in the queue of its own key", **node)
    yield _good("by-another-relay", receipt(R1, **OTHER_RELAY), "whichever relay it is, it is signed by one")
    held = {"trust": hexed({"credentials": [M.relay_credential()]})}
    yield _good("kid-only", receipt(R1, kcwt=None), "the relay's credential is held already", **held)


def _wrong_fields() -> Iterator[Vector]:
    """What each type lacks, and what it has too much."""
    whole: dict[str, Any] = {
        "message_id": ID, "digest": DIGEST, "sequence": 1, "previous": NO_RECEIPT, "head": HELD, "documents": [HELD],
        "outcome": 0, "code": "x", "detail": "x", "handed_over_at": NOW,
    }  # fmt: skip
    for kind, rule in RULES.items():
        for name in sorted(rule.needs):
            data = receipt(kind, (f"content.{name}", ...))
            yield vector(f"{kind.name}-without-{name}", LAYER, data, "receipt_fields", **GIVEN)
        for name in sorted(whole.keys() - rule.needs - rule.may):
            data = receipt(kind, (f"content.{name}", whole[name]))
            yield vector(f"{kind.name}-with-{name}", LAYER, data, "receipt_fields", **GIVEN)


#: name, type, changes, code, comment
_CLAIMS: tuple[tuple[str, ReceiptType, tuple[Change, ...], str, str], ...] = (
    ("rejected-without-code", R4, (("content.outcome", 1),), "receipt_fields", "a REJECTED says why"),
    ("first-with-previous", R1, (("content.previous", HELD),), "receipt_fields", "nothing is before the first"),
    ("second-without-previous", R1, (("content.sequence", 2),), "receipt_fields", "a chain does not begin anew"),
    ("r1-sequence-zero", R1, (("content.sequence", 0),), "receipt_fields", "the first is 1"),
    ("r2-sequence-zero", R2, (("content.sequence", 0),), "receipt_fields", ""),
    ("head-of-nothing", H1, (("content.head", NO_RECEIPT),), "receipt_fields", "there is a last one"),
    ("head-of-an-empty-queue", H1, (("content.sequence", 0),), "receipt_fields", "there is no last one"),
    ("type-unknown", R1, (("content.type", 10),), "field_value_unknown", ""),
    ("type-zero", R1, (("content.type", 0),), "field_value_unknown", ""),
    ("type-missing", R1, (("content.type", ...),), "field_missing", ""),
    ("queue-missing", R1, (("content.queue", ...),), "field_missing", ""),
    ("queue-check-digit", R1, (("content.queue", "gln:7350000000008"),), "mail_queue", ""),
    ("outcome-unknown", R4, (("content.outcome", 2),), "field_value_unknown", ""),
    ("sequence-beyond", R1, (("content.sequence", 2**40 + 1),), "number_out_of_range", ""),
    ("sequence-negative", R1, (("content.sequence", -1),), "number_out_of_range", ""),
    ("digest-short", R1, (("content.digest", bytes(31)),), "field_length", ""),
    ("message-id-short", R1, (("content.message_id", bytes(15)),), "field_length", ""),
    ("previous-short", R1, (("content.previous", b""),), "field_length", ""),
    ("no-documents", R3, (("content.documents", []),), "list_length", ""),
    ("too-many-documents", R3, (("content.documents", [HELD] * 17),), "list_length", "17"),
    ("code-empty", N2, (("content.code", ""),), "text_empty", ""),
    ("detail-too-long", R4, (("content.detail", "x" * 251),), "text_too_long", ""),
    ("content-with-more", R1, (("content.12", "x"),), "field_unknown", "what is attested is understood whole"),
    ("content-with-negative", R1, (("content.-1", "x"),), "field_unknown", ""),
    ("claim-unknown", R1, (("7", bytes(16)),), "field_unknown", ""),
    ("issued-at-missing", R1, (("issued_at", ...),), "field_missing", "when is half of what it says"),
)


def _signers() -> Iterator[Vector]:
    for kind in ReceiptType:
        if kind in RECIPIENTS:
            yield vector(f"{kind.name}-by-a-relay", LAYER, receipt(kind, **RELAY), "receipt_signer", "not its to say", **GIVEN)
        data = receipt(kind, **NODE)
        yield vector(f"{kind.name}-by-another-node", LAYER, data, "receipt_signer", "in another's queue", **GIVEN)
    for name, by in NO_NODES:
        yield vector(name, LAYER, receipt(R4, **by), "chain_role", "the pharmacy signs, not its people", **GIVEN)
    of_another = receipt(R4, queue=NODE_QUEUE, **NODE)
    for name, data, code, comment in (
        ("of-another-queue", of_another, "receipt_queue", "a node that answers for itself what was sent to another"),
        ("of-another-message", receipt(R4, ("content.message_id", bytes(16))), "receipt_message", ""),
        ("of-another-digest", receipt(R4, ("content.digest", bytes(32))), "receipt_digest", "other bytes under the same id"),
        ("head-for-a-message", receipt(H1), "receipt_message", "an H1 is of no message"),
        ("signature-changed", flipped(receipt(R1), -1), "signature_invalid", ""),
        ("by-another-key", receipt(R1, key=M.other_relay), "signature_invalid", "the credential of one, the key of another"),
        ("credential-not-held", receipt(R1, kcwt=None), "chain_credential_unknown", ""),
        ("typ-of-a-token", receipt(R4, header={16: "dpr-token"}), "document_kind", ""),
        ("a-message", M.message(), "document_kind", ""),
    ):
        yield vector(name, LAYER, data, code, comment, **GIVEN)


def made() -> dict[str, Any]:
    """The file."""
    claims = (
        vector(name, LAYER, receipt(kind, *changes), code, comment, **GIVEN) for name, kind, changes, code, comment in _CLAIMS
    )
    words = "Receipts, judged with the trust of `trust` for the queue, message and digest in `given`."
    return file(words, [*_accepted(), *_signers(), *claims, *_wrong_fields()], site=site())
