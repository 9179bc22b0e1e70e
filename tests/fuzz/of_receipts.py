"""Targets: bundles of receipts, as somebody hands them in who wants to be believed.

The input is the file; seeds are whole bundles, so that a change lands in a receipt, a list or the frame.
"""

from __future__ import annotations

from dpr.apps import receipt_content, receipt_words
from dpr.core import text
from dpr.core.codes import CODES
from dpr.core.errors import DocumentError
from dpr.core.mail import bundle as bundles
from dpr.core.mail.bundle_verify import Proven
from dpr.core.mail.receipt import Outcome
from tests.fuzz.mutate import cbor_tree
from tests.fuzz.target import outcome, target
from tests.mail_proof import N2, R1, R3, R4, W2, Proof

PROOF = Proof()


def _bundles() -> list[bytes]:
    rejected = PROOF.receipt(R4, outcome=Outcome.REJECTED, code="expired", detail="step 4")
    late = PROOF.receipt(W2, handed_over_at=PROOF.fetched_at)
    return [
        bundles.write(PROOF.bundle()),
        bundles.write(PROOF.bundle(evidence=None, message=None)),
        bundles.write(PROOF.bundle(PROOF.receipt(R1), PROOF.receipt(R3), rejected, late)),
        bundles.write(PROOF.bundle(PROOF.receipt(N2))),
    ]


#: What the untouched bundles may prove.
_ANSWERS = {Outcome.ACCEPTED, Outcome.REJECTED}


@target(seeds=_bundles, mutate=cbor_tree, max_bytes=16_384, runs=250)
def bundle(data: bytes) -> None:
    """Whatever the file holds, it is judged and shown in words that are text; what is proven is that this pharmacy answered
    about this document, as it did in the bundle that was changed."""
    found = PROOF.judge(data, own=PROOF.world.trust())
    assert all(check.code in CODES for check in found.checks)
    for language in ("sv", "en"):
        assert not [
            line for line in receipt_words.lines(found, language) if text.fault(line.strip()) not in (None, "text_empty")
        ]
    assert receipt_words.as_json(found)["proven"] == isinstance(found, Proven)
    if isinstance(found, Proven):
        assert found.shown.bundle.document == PROOF.document and found.shown.bundle.message_id == PROOF.value.id
        assert found.shown.recipient is not None and found.shown.recipient.credential.holder.name == "Apoteket Lärkan"
        assert found.shown.answer is None or found.shown.answer.content.outcome in _ANSWERS


@target(seeds=lambda: [*_bundles(), PROOF.receipt(R1), PROOF.receipt(R4)], mutate=cbor_tree, max_bytes=16_384, runs=400)
def receipt_contents(data: bytes) -> None:
    """What stands in a receipt or bundle is shown, or it is named why not; nothing of it is a line that a terminal takes for
    anything but text."""
    for one in outcome(lambda: receipt_content.contents(data), DocumentError) or ():
        assert receipt_content.as_json(one)["type"]
        for language in ("sv", "en"):
            assert all(line.isprintable() for line in receipt_content.in_words(one, language))
