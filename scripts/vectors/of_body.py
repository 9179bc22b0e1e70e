"""tests/vectors/body.json: what goes over the wire beside messages and receipts, by the name in `given.body`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dpr.core import cbor
from dpr.core.mail import api
from dpr.core.mail.receipt import ReceiptType
from dpr.core.mail.sealing import MAX_SEALED_BYTES
from vectors.mail import DIGEST, chain, head, receipt
from vectors.making import Vector, file, vector
from vectors.of_sealed import sealed

LAYER = "body"
_BODIES = {"inbox_answer": api.INBOX_ANSWER, "acks": api.ACKS, "receipts": api.RECEIPTS}
CHAIN = chain(2)
HEAD = head(2, CHAIN[-1])
INBOX = {0: HEAD, 1: CHAIN, 2: [sealed()], 3: [receipt(ReceiptType.N1)]}
ACKS = {0: [DIGEST], 1: [receipt(ReceiptType.R3), receipt(ReceiptType.R4)]}


def body(kind: str, name: str, value: Any, expect: str = "accepted", comment: str = "") -> Vector:
    """A body: `value` as CBOR, or bytes as they are."""
    data = value if isinstance(value, bytes) else cbor.encode(value)
    stated = {"claims": _BODIES[kind].to_json(api.read(_BODIES[kind], data))} if expect == "accepted" else {}
    return vector(name, LAYER, data, expect, comment, given={"body": kind}, **stated)


def _accepted() -> Iterator[Vector]:
    yield body("inbox_answer", "inbox-nothing", {0: head(0, None)}, comment="an empty queue")
    yield body("inbox_answer", "inbox-everything", INBOX)
    yield body("inbox_answer", "inbox-chain-alone", {0: HEAD, 1: CHAIN}, comment="others fetch the messages")
    yield body("inbox_answer", "inbox-later-fact", {0: HEAD, -1: "x"}, comment="an unknown negative key is ignored")
    yield body("inbox_answer", "inbox-unsigned-inside", {0: b"", 2: [b"\x00"]}, comment="what is inside is judged for itself")
    yield body("acks", "acks-nothing", {})
    yield body("acks", "acks-both", ACKS)
    yield body("acks", "acks-digests-alone", {0: [DIGEST, bytes(32)]}, comment="done with, and answered before")
    yield body("acks", "acks-later-fact", {**ACKS, -5: [1]}, comment="an unknown negative key is ignored")
    yield body("receipts", "receipts-none", {}, comment="nothing new")
    yield body("receipts", "receipts-two", {0: CHAIN})


def _refused() -> Iterator[Vector]:
    largest = bytes(MAX_SEALED_BYTES + 1)
    for kind, name, value, code, comment in (
        ("inbox_answer", "inbox-head-missing", {1: CHAIN}, "field_missing", "no answer without where the queue ends"),
        ("inbox_answer", "inbox-head-as-text", {0: "x"}, "field_type", ""),
        ("inbox_answer", "inbox-no-chain-written", {0: HEAD, 1: []}, "list_length", "what is empty is left out"),
        ("inbox_answer", "inbox-chain-too-long", {0: HEAD, 1: [b""] * 501}, "list_length", "501"),
        ("inbox_answer", "inbox-too-many-messages", {0: HEAD, 2: [b""] * 101}, "list_length", "101"),
        ("inbox_answer", "inbox-message-too-large", {0: HEAD, 2: [largest]}, "field_type", "a byte more than the largest"),
        ("inbox_answer", "inbox-message-as-text", {0: HEAD, 2: ["x"]}, "field_type", ""),
        ("inbox_answer", "inbox-too-many-ended", {0: HEAD, 3: [b""] * 501}, "list_length", ""),
        ("inbox_answer", "inbox-later-field", {0: HEAD, 4: "x"}, "later_version", "may change what the others mean"),
        ("inbox_answer", "inbox-text-key", {0: HEAD, "x": 1}, "later_version", ""),
        ("inbox_answer", "inbox-as-array", [HEAD], "field_type", ""),
        ("inbox_answer", "inbox-empty", b"", "cbor_malformed", ""),
        ("inbox_answer", "inbox-trailing-byte", cbor.encode(INBOX) + b"\x00", "cbor_trailing_bytes", ""),
        ("inbox_answer", "inbox-cut-off", cbor.encode(INBOX)[:-1], "cbor_malformed", ""),
        ("acks", "acks-no-digests-written", {0: []}, "list_length", "what is empty is left out"),
        ("acks", "acks-too-many", {0: [bytes(32)] * 101}, "list_length", "101"),
        ("acks", "acks-digest-short", {0: [bytes(31)]}, "field_length", ""),
        ("acks", "acks-digest-as-text", {0: ["00"]}, "field_type", ""),
        ("acks", "acks-too-many-receipts", {1: [b""] * 201}, "list_length", "201"),
        ("acks", "acks-receipt-as-map", {1: [{}]}, "field_type", ""),
        ("acks", "acks-later-field", {2: "x"}, "later_version", ""),
        ("acks", "acks-as-text", "acks", "field_type", ""),
        ("acks", "acks-keys-unsorted", b"\xa2\x01\x81\x40\x00\x81\x58\x20" + bytes(32), "cbor_key_order", ""),
        ("acks", "acks-long-form", b"\xb8\x00", "cbor_not_deterministic", "a map of none in the longer form"),
        ("receipts", "receipts-none-written", {0: []}, "list_length", ""),
        ("receipts", "receipts-too-many", {0: [b""] * 501}, "list_length", ""),
        ("receipts", "receipts-as-bytes", {0: b""}, "field_type", ""),
        ("receipts", "receipts-later-field", {1: 1}, "later_version", ""),
    ):
        yield body(kind, name, value, code, comment)


def made() -> dict[str, Any]:
    """The file."""
    return file("Bodies of the relay's API, each of the kind in `given.body`.", [*_accepted(), *_refused()], held=False)
