"""May this node send to us, and since when is what it sent proven to exist?

Rules: who signed a message is judged as who signs anything (dpr.core.in_force): revoked or suspended is no, and what ran out
while nobody could renew it has the verdict's grace. An R1 is evidence of a time when it is of this very message, the relay that
gave it may speak for the queue and is in force now and was then, and its time is not before the message was made: a revocation
of the prescriber that came later does not undo what was sent before.

Example: `proven_since([r1], message, digest, trust, policy, now=now)` → 1795262400
"""

from __future__ import annotations

from collections.abc import Iterable

from dpr.core import in_force
from dpr.core.errors import DocumentError
from dpr.core.freshness import Grace
from dpr.core.in_force import Standing
from dpr.core.mail import receipts
from dpr.core.mail.message import Message
from dpr.core.mail.receipt import ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.policy import Policy
from dpr.core.trust import Chain, Trust

_CODES = {
    Standing.GOOD: None,
    Standing.REVOKED: "sender_revoked",
    Standing.SUSPENDED: "sender_revoked",
    Standing.NOT_IN_FORCE: "sender_not_in_force",
}


def fault(sender: Chain, trust: Trust, policy: Policy, now: int) -> str | None:
    """`sender_revoked`, `sender_not_in_force`, or None. `now`: instant in seconds."""
    return _CODES[in_force.standing(sender, trust, policy, now)]


def proven_since(
    r1s: Iterable[bytes], message: Message, digest: bytes, trust: Trust, policy: Policy, *, now: int
) -> int | None:
    """The earliest instant in seconds at which a relay had the message; None where no R1 counts. `digest`: SHA-256 of what was
    sealed."""
    about = {"expected_queue": message.content.queue, "expected_id": message.id, "expected_digest": digest}
    instants = []
    for data in r1s:
        try:
            receipt = receipts.read(data, trust, **about)  # type: ignore[arg-type]
        except DocumentError:
            continue
        if receipt.content.type is ReceiptType.R1 and _dates(receipt, message, trust, policy, now):
            instants.append(min(receipt.at, now))
    return min(instants, default=None)


def _dates(r1: Attested, message: Message, trust: Trust, policy: Policy, now: int) -> bool:
    """Is the time that it says evidence?"""
    if r1.at < message.created - policy.clock_skew_seconds:
        return False  # nobody had what was not there yet: one of the two clocks is wrong
    was_in_force = in_force.of_times(r1.signer, trust, policy, r1.at) is not Grace.OVER
    return was_in_force and in_force.standing(r1.signer, trust, policy, max(now, trust.floor)) is Standing.GOOD
