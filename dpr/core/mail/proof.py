"""Does a relay's word, kept long ago, still prove since when something existed?

Rules: the R1 is judged each time it is used, by the lists of then: a relay that was found out and revoked since proves nothing,
whatever it said before. One whose credential has merely run out since is still what it was.

Example: `stands(seen.proof, trust, policy, now)`
"""

from __future__ import annotations

from dpr.core import in_force
from dpr.core.errors import DocumentError
from dpr.core.freshness import Grace
from dpr.core.mail import receipts
from dpr.core.mail.receipt import ReceiptType
from dpr.core.policy import Policy
from dpr.core.trust import Trust


def stands(r1: bytes, trust: Trust, policy: Policy, now: int) -> bool:
    """Is the time that this receipt says evidence? What it is about was judged when it came. `r1`: empty where there is none;
    `now`: instant in seconds."""
    if not r1:
        return False
    try:
        receipt = receipts.read(r1, trust)
    except DocumentError:
        return False
    if receipt.content.type is not ReceiptType.R1 or in_force.revocation(receipt.signer, trust, max(now, trust.floor)):
        return False
    return in_force.of_times(receipt.signer, trust, policy, receipt.at) is not Grace.OVER
