"""Two receipts that cannot both be true are found, and none that can is accused: not even by a signature's twin."""

from __future__ import annotations

import hashlib

import pytest

from dpr.core.mail import receipts
from dpr.core.mail.compare import SKEW_SECONDS, contradiction, digests
from dpr.core.mail.receipt import NO_RECEIPT, Outcome, ReceiptContent
from dpr.core.mail.receipts import Attested
from tests.mail_proof import H1, N1, N2, R1, R2, R3, R4, W1, W2, Proof
from tests.mail_world import QUEUE

PROOF = Proof()
TRUST = PROOF.world.trust()
AT = PROOF.sent_at
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def read(data: bytes) -> Attested:
    return receipts.read(data, TRUST)


def twin(data: bytes) -> bytes:
    """The same receipt with the other signature that verifies, which needs no key."""
    return data[:-32] + (_ORDER - int.from_bytes(data[-32:], "big")).to_bytes(32, "big")


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def head(at: int, sequence: int, digest: bytes) -> bytes:
    return PROOF.relay(ReceiptContent(type=H1, queue=QUEUE, sequence=sequence, head=digest), at)


FIRST = PROOF.receipt(R1)
SECOND = PROOF.receipt(R1, AT + 5, sequence=2, previous=sha(FIRST), message_id=bytes(16))
OTHER = {"message_id": bytes(16), "digest": bytes(32)}

CONTRADICTIONS: dict[str, tuple[bytes, bytes, str]] = {
    "two messages at one place": (FIRST, PROOF.receipt(R1, **OTHER), "relay_forked"),
    "one message twice at one place": (FIRST, PROOF.receipt(R1, AT + 1), "relay_forked"),
    "a receipt that continues another chain": (FIRST, PROOF.receipt(R1, sequence=2, previous=bytes([1]) * 32), "relay_forked"),
    "a head that names another receipt": (FIRST, head(AT + 9, 1, bytes([1]) * 32), "relay_forked"),
    "two heads at one number": (head(AT, 3, bytes([1]) * 32), head(AT + 9, 3, bytes([2]) * 32), "relay_forked"),
    "a later head without what was receipted": (SECOND, head(AT + 5 + SKEW_SECONDS + 1, 1, sha(FIRST)), "relay_rolled_back"),
    "a later head that is shorter": (head(AT, 3, bytes([1]) * 32), head(AT + 99, 2, bytes([2]) * 32), "relay_rolled_back"),
    "withdrawn and handed over": (PROOF.receipt(W1), PROOF.receipt(R2), "relay_contradicts"),
    "withdrawn and too late to withdraw": (PROOF.receipt(W1), PROOF.receipt(W2), "relay_contradicts"),
    "withdrawn and expired": (PROOF.receipt(W1), PROOF.receipt(N1), "relay_contradicts"),
    "handed over twice": (PROOF.receipt(R2), PROOF.receipt(R2, PROOF.fetched_at + 9), "relay_contradicts"),
    "a hand-over of something else at one place": (FIRST, PROOF.receipt(R2, **OTHER), "relay_forked"),
    "accepted and rejected": (
        PROOF.receipt(R4),
        PROOF.receipt(R4, outcome=Outcome.REJECTED, code="expired"),
        "recipient_contradicts",
    ),
    "rejected for two reasons": (
        PROOF.receipt(R4, outcome=Outcome.REJECTED, code="expired"),
        PROOF.receipt(R4, outcome=Outcome.REJECTED, code="status_unknown"),
        "recipient_contradicts",
    ),
    "quarantined and accepted": (PROOF.receipt(N2), PROOF.receipt(R4), "recipient_contradicts"),
    "opened and quarantined": (PROOF.receipt(R3), PROOF.receipt(N2, PROOF.fetched_at + 99), "recipient_contradicts"),
    "two sets of documents": (PROOF.receipt(R3), PROOF.receipt(R4, documents=(bytes(32),)), "recipient_contradicts"),
}

COMPATIBLE: dict[str, tuple[bytes, bytes]] = {
    "one and the same": (FIRST, FIRST),
    "a signature's twin": (FIRST, twin(FIRST)),
    "what continues a twin": (twin(FIRST), SECOND),
    "the head of a twin": (twin(FIRST), head(AT + 9, 1, sha(FIRST))),
    "one after the other": (FIRST, SECOND),
    "far apart in a chain": (FIRST, PROOF.receipt(R1, sequence=9, previous=bytes([1]) * 32, **OTHER)),
    "the head after it": (FIRST, head(AT + 9, 1, sha(FIRST))),
    "an older head": (SECOND, head(AT, 1, sha(FIRST))),
    "a head by a clock a little ahead": (SECOND, head(AT + 5 + SKEW_SECONDS, 1, sha(FIRST))),
    "the head of an empty queue before": (FIRST, head(AT - 9, 0, NO_RECEIPT)),
    "custody and hand-over": (FIRST, PROOF.receipt(R2)),
    "too late and handed over": (PROOF.receipt(W2), PROOF.receipt(R2)),
    "expired, and acknowledged after that": (PROOF.receipt(N1), PROOF.receipt(R2)),
    "withdrawn at one relay, handed over by another": (PROOF.receipt(W1), PROOF.receipt(R2, stamp=PROOF.other_relay)),
    "one place at two relays": (FIRST, PROOF.receipt(R1, stamp=PROOF.other_relay, **OTHER)),
    "received and accepted": (PROOF.receipt(R3), PROOF.receipt(R4)),
    "quarantined for two reasons": (PROOF.receipt(N2), PROOF.receipt(N2, code="sender_revoked")),
    "one message quarantined, another accepted": (PROOF.receipt(N2, **OTHER), PROOF.receipt(R4)),
    "one message quarantined, as other bytes accepted": (PROOF.receipt(N2, digest=bytes(32)), PROOF.receipt(R4)),
    "answers to two messages": (PROOF.receipt(R4), PROOF.receipt(R4, outcome=Outcome.REJECTED, code="expired", **OTHER)),
    "one answer given again": (PROOF.receipt(R4), PROOF.receipt(R4, PROOF.fetched_at + 99)),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_what_cannot_both_be_true_is_named_in_either_order(name: str) -> None:
    one, other, code = CONTRADICTIONS[name]
    assert contradiction(read(one), read(other)) == code
    assert contradiction(read(other), read(one)) == code


@pytest.mark.parametrize("name", COMPATIBLE)
def test_what_can_both_be_true_accuses_nobody(name: str) -> None:
    one, other = COMPATIBLE[name]
    assert contradiction(read(one), read(other)) is None
    assert contradiction(read(other), read(one)) is None


def test_a_twin_is_another_digest_of_the_same_receipt() -> None:
    assert twin(FIRST) != FIRST and read(twin(FIRST)).content == read(FIRST).content
    assert digests(read(FIRST)) == digests(read(twin(FIRST))) == {sha(FIRST), sha(twin(FIRST))}


def test_another_queue_is_another_chain() -> None:
    queue = f"key:{PROOF.world.pharmacy.key.thumbprint[:16].hex()}"
    elsewhere = PROOF.receipt(R1, queue=queue, **OTHER)
    assert contradiction(read(FIRST), read(elsewhere)) is None
