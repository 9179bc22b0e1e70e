"""How a sender follows a message that a relay has: when it asks for receipts, and when nothing more is to be done.

Rules: while a message is young its sender waits for receipts at the relay (a long poll); the older it gets, the rarer it asks.
Receipts are read with all that is known of the message, and must name the documents that were sent. What has expired is asked
for a day longer, since an answer may be on its way; what has had no answer a week after its not-after ends as it stands.

Example: `ends_as(held, not_after=not_after, now=now, recalled=False)` → `State.ACCEPTED`, or None while it is open
"""

from __future__ import annotations

from collections.abc import Sequence

from dpr.core.errors import DocumentError
from dpr.core.mail import receipts
from dpr.core.mail.carriage import State, standing
from dpr.core.mail.receipt import ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.trust import Trust

#: How long after its not-after a message that was handed over is still asked for.
FOLLOWED_SECONDS = 7 * 86_400
#: How long after its not-after one that has expired at a relay is asked for: who fetched it in time may answer it late.
LATE_SECONDS = 86_400
#: A message younger than this is waited for without a pause.
YOUNG_SECONDS = 600
LONGEST_PAUSE_SECONDS = 300.0
_OF_RECIPIENT = frozenset((ReceiptType.R3, ReceiptType.R4, ReceiptType.N2))
_COPY_OVER = frozenset((ReceiptType.N1, ReceiptType.W1))


def read_receipt(
    data: bytes, trust: Trust, *, queue: str, message_id: bytes, digest: bytes, documents: tuple[bytes, ...]
) -> Attested:
    """A receipt of a message with all that its sender knows. DocumentError as `receipts.read`, `receipt_documents` where the
    recipient names other documents than were sent."""
    found = receipts.read(data, trust, expected_queue=queue, expected_id=message_id, expected_digest=digest)
    if found.content.documents and found.content.documents != documents:
        raise DocumentError("receipt_documents")
    return found


def heard(held: Sequence[Attested]) -> bool:
    """Has the recipient said something? A relay's R2 is the relay's word: what it drops it could sign as handed over."""
    return any(one.content.type in _OF_RECIPIENT for one in held)


def ends_copy(receipt: Attested) -> bool:
    """Does the relay hold its copy no more, by its own word?"""
    return receipt.content.type in _COPY_OVER


def early_end_fault(receipt: Attested, *, not_after: int, recalled: bool) -> str | None:
    """What is wrong with a relay's word that it holds its copy no more: `relay_withdrew_unasked`, or `relay_expired_early`
    where by its own clock not-after had not come. None where nothing is, or it is no such word."""
    kind = receipt.content.type
    if kind is ReceiptType.W1 and not recalled:
        return "relay_withdrew_unasked"
    return "relay_expired_early" if kind is ReceiptType.N1 and receipt.at < not_after else None


def ends_as(held: Sequence[Attested], *, not_after: int, now: float, recalled: bool) -> State | None:
    """How a message stands for good; None while there is more to do. One that a relay had may have been fetched before it
    expired, and be answered later: that answer would outrank the N1."""
    found = standing(held, not_after=not_after, now=int(now), recalled=recalled).state
    may_come = found is State.EXPIRED and bool(held) and now < not_after + LATE_SECONDS
    return found if (found.over and not may_come) or now >= not_after + FOLLOWED_SECONDS else None


def pause_seconds(age_seconds: float, *, waited: bool, random: float) -> float:
    """Until receipts are asked for again, after an answer without any. `waited`: that answer was waited for at the relay;
    `random`: from 0 up to 1."""
    if waited and age_seconds < YOUNG_SECONDS:
        return 0.0
    return min(max(age_seconds / 20, 2.0), LONGEST_PAUSE_SECONDS) * (0.5 + random / 2)
