"""A queue's R1 receipts as one chain: does this relay show everybody the same?

Rules: the reader keeps, of each relay and queue, the last place it has verified. What comes next must begin there, number by
number, each R1 naming the digest of the one before. A relay that left a message out, put another in its place or began anew
is named: what it signed now and what the reader held cannot both be true (dpr.core.mail.compare judges two receipts). One that
holds back what it has receipted is found when a sender's R1 or its own H1 is further than what it hands out.

Example: `extend(Place(3, digest), [r1_4, r1_5])` → `Place(5, digest_of_r1_5)`
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dpr.core.errors import DocumentError
from dpr.core.mail.receipt import NO_RECEIPT, ReceiptType
from dpr.core.mail.receipts import Attested


class Place(NamedTuple):
    """Where a reader stands in a queue at one relay: the last sequence number it verified, and the digest of that R1."""

    sequence: int = 0
    head: bytes = NO_RECEIPT


def begin(receipts: Sequence[Attested], head: Attested) -> Place:
    """Where a reader without a place begins, as the relay's first answer has it: before the first R1, or at the H1 where there
    is none. What came before, this reader takes on trust."""
    first = receipts[0] if receipts else head
    content = first.content
    if receipts and content.sequence is not None and content.previous is not None:
        return Place(content.sequence - 1, content.previous)
    if not receipts and content.sequence is not None and content.head is not None:
        return Place(content.sequence, content.head)
    raise DocumentError("receipt_fields", content.type.name)


class Fork(DocumentError):
    """Two statements of one relay that cannot both be true: `relay_forked`, `relay_rolled_back`. `evidence`: the receipts."""

    def __init__(self, code: str, detail: str, evidence: tuple[bytes, ...]) -> None:
        super().__init__(code, detail)
        self.evidence = evidence


def extend(place: Place, receipts: Iterable[Attested]) -> Place:
    """The place after `receipts`, R1s of one queue at one relay in their order; those before `place` are skipped.

    DocumentError `receipt_relay` where they are of several relays or queues, `relay_gap` where a number is left out (ask again;
    if it stays, the relay hides it), Fork `relay_forked` where an R1 does not continue the chain that this reader holds.
    """
    of = None
    for receipt in receipts:
        content = receipt.content
        if content.type is not ReceiptType.R1 or content.sequence is None:
            raise DocumentError("receipt_fields", content.type.name)
        if (of := of or (receipt.relay, content.queue)) != (receipt.relay, content.queue):
            raise DocumentError("receipt_relay", f"sequence {content.sequence}")
        if content.sequence < place.sequence:
            continue
        if content.sequence == place.sequence:
            if receipt.digest != place.head:
                raise Fork("relay_forked", f"sequence {content.sequence}", (receipt.document,))
            continue
        if content.sequence != place.sequence + 1:
            raise DocumentError("relay_gap", f"{content.sequence} after {place.sequence}")
        if content.previous != place.head:
            raise Fork("relay_forked", f"sequence {content.sequence}", (receipt.document,))
        place = Place(content.sequence, receipt.digest)
    return place


def check_head(place: Place, head: Attested) -> int:
    """How many R1s the relay says there are beyond `place`. Fork `relay_rolled_back` where it says there are fewer than this
    reader holds, `relay_forked` where it names another one at the same number."""
    content = head.content
    if content.type is not ReceiptType.H1 or content.sequence is None:
        raise DocumentError("receipt_fields", content.type.name)
    if content.sequence < place.sequence:
        raise Fork("relay_rolled_back", f"{content.sequence}, held {place.sequence}", (head.document,))
    if content.sequence == place.sequence and content.head != place.head:
        raise Fork("relay_forked", f"sequence {content.sequence}", (head.document,))
    return content.sequence - place.sequence
