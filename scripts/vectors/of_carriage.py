"""tests/vectors/carriage.json: the receipts that a sender holds of one message, and what has become of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from dpr.core.mail.receipt import ReceiptType
from tests.mail_world import QUEUE
from vectors.mail import DIGEST, HELD, ID, NODE, NODE_QUEUE, NOW, OTHER_RELAY, PHARMACIST, PHARMACY, RELAY, M, receipt, site
from vectors.making import Vector, file, flipped, vector

LAYER = "carriage"
R1, R2, R3, R4, N1, N2, W1, W2, H1 = ReceiptType


def _given(not_after: int, *, recalled: bool = False) -> dict[str, Any]:
    of = {"queue": QUEUE, "message_id": ID.hex(), "digest": DIGEST.hex()}
    return {"given": {**of, "not_after": not_after, "recalled": recalled}}


LIVES, ENDED = _given(NOW + 1), _given(NOW)
RECALLED, BOTH = _given(NOW + 1, recalled=True), _given(NOW, recalled=True)
#: By relay A, unless B stands in the name; the recipient's own are the pharmacy's.
A1, B1 = receipt(R1), receipt(R1, at=NOW - 50, **OTHER_RELAY)
A2, B2 = receipt(R2, at=NOW - 40), receipt(R2, at=NOW - 41, **OTHER_RELAY)
ACCEPTED = receipt(R4, at=NOW - 20)
AGAIN = receipt(R4, at=NOW - 10)
REJECTED = receipt(R4, ("content.outcome", 1), ("content.code", "expired"), at=NOW - 15)
OTHERWISE = receipt(R4, ("content.outcome", 1), ("content.code", "signature_invalid"), at=NOW - 14)
OF_OTHERS = receipt(R4, ("content.documents", [DIGEST]), at=NOW - 13)
VERIFIED, QUARANTINED = receipt(R3, at=NOW - 25), receipt(N2, at=NOW - 24)
AN1, BN1 = receipt(N1, at=NOW - 5), receipt(N1, at=NOW - 4, **OTHER_RELAY)
AW1, BW1 = receipt(W1, at=NOW - 30), receipt(W1, at=NOW - 29, **OTHER_RELAY)
AW2 = receipt(W2, at=NOW - 28)


def _accepted() -> Iterator[Vector]:
    rows: tuple[tuple[str, Sequence[bytes], dict[str, Any], str, bytes | None, str], ...] = (
        ("nothing", [], LIVES, "waiting", None, ""),
        ("nothing-and-over", [], ENDED, "expired", None, "no relay ever had it"),
        ("custody", [A1], LIVES, "in_custody", A1, ""),
        ("custody-at-two", [B1, A1], LIVES, "in_custody", A1, "the earlier one"),
        ("custody-and-over", [A1], ENDED, "in_custody", A1, "what became of it the relay has not said"),
        ("handed-over", [A1, A2], LIVES, "handed_over", A2, ""),
        ("handed-over-by-two", [A2, B2], LIVES, "handed_over", B2, "the earlier one"),
        ("handed-over-and-expired", [A1, B1, A2, BN1], ENDED, "handed_over", A2, "what one relay handed over another need not"),
        ("verified", [A1, A2, VERIFIED], LIVES, "verified", VERIFIED, ""),
        ("verified-without-custody", [VERIFIED], LIVES, "verified", VERIFIED, "the recipient's word needs no relay's"),
        ("accepted", [A1, A2, VERIFIED, ACCEPTED], LIVES, "accepted", ACCEPTED, ""),
        ("accepted-twice", [AGAIN, ACCEPTED], LIVES, "accepted", ACCEPTED, "they say the same: the earlier one"),
        ("accepted-and-expired", [A1, AN1, B1, BN1, ACCEPTED], ENDED, "accepted", ACCEPTED, "an R4 outranks every N1"),
        ("accepted-and-withdrawn", [AW1, ACCEPTED], RECALLED, "accepted", ACCEPTED, "another relay had handed it over"),
        ("accepted-and-quarantined", [QUARANTINED, ACCEPTED], LIVES, "accepted", ACCEPTED, "opened at a second attempt"),
        ("rejected", [A1, REJECTED], LIVES, "rejected", REJECTED, ""),
        ("accepted-and-rejected", [ACCEPTED, REJECTED], LIVES, "conflict", ACCEPTED, "both are kept, as evidence"),
        ("rejected-twice-otherwise", [OTHERWISE, REJECTED], LIVES, "conflict", REJECTED, "two reasons"),
        ("accepted-of-other-documents", [ACCEPTED, OF_OTHERS], LIVES, "conflict", ACCEPTED, ""),
        ("quarantined", [A1, QUARANTINED], LIVES, "quarantined", QUARANTINED, ""),
        ("quarantined-and-verified", [VERIFIED, QUARANTINED], LIVES, "quarantined", QUARANTINED, ""),
        ("withdrawn", [A1, AW1], RECALLED, "withdrawn", AW1, ""),
        ("withdrawn-at-one-of-two", [A1, B1, AW1], RECALLED, "in_custody", B1, "recall is per relay"),
        ("withdrawn-at-both", [A1, B1, BW1, AW1], RECALLED, "withdrawn", AW1, ""),
        ("withdrawn-and-expired", [A1, B1, BN1, AW1], BOTH, "withdrawn", AW1, "withdrawn at one, expired at another"),
        ("withdrawn-unasked", [A1, AW1], LIVES, "waiting", None, "nobody recalled it: it is sent elsewhere"),
        ("withdrawn-unasked-at-one-of-two", [A1, B1, AW1], LIVES, "in_custody", B1, "the other has it"),
        ("withdrawn-unasked-and-over", [A1, AW1], ENDED, "expired", None, ""),
        ("withdrawn-unasked-and-expired", [A1, AW1, B1, BN1], ENDED, "expired", BN1, ""),
        ("recalled-and-nothing", [], RECALLED, "waiting", None, "the wish alone says nothing"),
        ("too-late-to-withdraw", [A1, AW2], RECALLED, "in_custody", A1, "a W2 changes nothing"),
        ("expired", [A1, AN1], ENDED, "expired", AN1, ""),
        ("expired-at-one-of-two", [A1, AN1, B1], ENDED, "in_custody", B1, ""),
        ("expired-too-early", [A1, AN1], LIVES, "waiting", None, "the relay's clock is ahead: it is sent elsewhere"),
    )
    for name, held, given, state, rests_on, comment in rows:
        shown = [one.hex() for one in held]
        found = rests_on and hashlib.sha256(rests_on).hexdigest()
        yield vector(name, LAYER, shown, comment=comment, **given, state=state, receipt=found)


def _refused() -> Iterator[Vector]:
    """One receipt among good ones: whoever counts what is not about this message can be deceived by anybody."""
    for name, data, code, comment in (
        ("r4-by-a-relay", receipt(R4, **RELAY), "receipt_signer", "a relay says what the recipient has not"),
        ("r3-by-a-relay", receipt(R3, **RELAY), "receipt_signer", ""),
        ("n2-by-a-relay", receipt(N2, **RELAY), "receipt_signer", ""),
        ("r4-by-another-node", receipt(R4, **NODE), "receipt_signer", ""),
        ("r1-by-another-node", receipt(R1, **NODE), "receipt_signer", ""),
        ("r4-of-another-queue", receipt(R4, queue=NODE_QUEUE, **NODE), "receipt_queue", "well signed, by a node for itself"),
        ("r1-of-another-queue", receipt(R1, queue=NODE_QUEUE), "receipt_queue", ""),
        ("r4-of-another-message", receipt(R4, ("content.message_id", bytes(16))), "receipt_message", ""),
        ("r4-of-another-digest", receipt(R4, ("content.digest", HELD)), "receipt_digest", ""),
        ("n1-of-another-message", receipt(N1, ("content.message_id", bytes(16))), "receipt_message", ""),
        ("w1-of-another-digest", receipt(W1, ("content.digest", HELD)), "receipt_digest", ""),
        ("a-head", receipt(H1), "receipt_message", "an H1 is of no message"),
        ("by-a-pharmacist", receipt(R4, **PHARMACIST), "chain_role", ""),
        ("by-another-key", receipt(R4, key=M.node, kcwt=PHARMACY["kcwt"]), "signature_invalid", ""),
        ("credential-not-held", receipt(R4, kcwt=None), "chain_credential_unknown", ""),
        ("signature-changed", flipped(ACCEPTED, -1), "signature_invalid", ""),
        ("rejected-without-code", receipt(R4, ("content.outcome", 1)), "receipt_fields", ""),
        ("type-unknown", receipt(R4, ("content.type", 10)), "field_value_unknown", ""),
        ("a-message", M.message(), "document_kind", ""),
        ("trailing-byte", ACCEPTED + b"\0", "cbor_trailing_bytes", ""),
    ):
        yield vector(name, LAYER, [one.hex() for one in (A1, data, AN1)], code, comment, **LIVES)


def made() -> dict[str, Any]:
    """The file."""
    words = "Receipts of the one message in `given`, in the order in which its sender got them, and its state."
    return file(words, [*_accepted(), *_refused()], site=site())
