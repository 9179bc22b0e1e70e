"""Can two receipts both be true? Where they cannot, they are evidence that anybody can check.

Rules: what is compared is what was said, never its signature: an ES256 signature has a twin that anybody can make, so of two
receipts that say the same nothing follows, and a digest of a receipt is that of either twin. Clocks of one relay's processes
differ a little: only beyond `SKEW_SECONDS` does an earlier time prove anything. A relay is one by its operator and name,
whatever key it has.

Example: `contradiction(read(one, trust), read(other, trust))` → `relay_forked`
"""

from __future__ import annotations

import hashlib

from dpr.core.keys import ES256
from dpr.core.mail.receipt import ReceiptType
from dpr.core.mail.receipts import Attested

SKEW_SECONDS = 60
#: The order of P-256's group: (r, n - s) verifies wherever (r, s) does.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_R1, _R2, _R3, _R4 = ReceiptType.R1, ReceiptType.R2, ReceiptType.R3, ReceiptType.R4
_N1, _N2, _W1, _W2, _H1 = ReceiptType.N1, ReceiptType.N2, ReceiptType.W1, ReceiptType.W2, ReceiptType.H1
#: About one copy at one relay: what cannot have become of it both. A late acknowledgement gives an R2 after an N1.
_NOT_BOTH = frozenset(map(frozenset, ((_W1, _R2), (_W1, _W2), (_W1, _N1))))
_OF_RECIPIENT = frozenset((_R3, _R4, _N2))
#: About one copy at one relay, one of each at most.
_ONCE = frozenset((_R1, _R2, _N1, _W1, _W2))


def contradiction(one: Attested, other: Attested) -> str | None:
    """The code of why not both can be true, or None.

    `relay_forked`: two places or heads of one queue that do not belong to one chain; `relay_rolled_back`: a later head that
    lacks an earlier receipt; `relay_contradicts`: one copy was both withdrawn and handed over, or the like;
    `recipient_contradicts`: two answers to one message, or one that was opened and could not be.
    """
    if one.content.queue != other.content.queue or (one.content, one.at) == (other.content, other.at):
        return None
    if one.content.type in _OF_RECIPIENT and other.content.type in _OF_RECIPIENT:
        return _recipient_fault(one, other)
    if one.relay != other.relay or {one.content.type, other.content.type} & _OF_RECIPIENT:
        return None
    return _chain_fault(one, other) or _chain_fault(other, one) or _copy_fault(one, other)


def digests(receipt: Attested) -> frozenset[bytes]:
    """SHA-256 of a receipt, and of its twin."""
    found = {receipt.digest}
    if receipt.signer.credential.key.alg == ES256:
        s = int.from_bytes(receipt.document[-32:], "big")
        found.add(hashlib.sha256(receipt.document[:-32] + (_ORDER - s).to_bytes(32, "big")).digest())
    return frozenset(found)


def _recipient_fault(one: Attested, other: Attested) -> str | None:
    a, b = one.content, other.content
    if (a.message_id, a.digest) != (b.message_id, b.digest):
        return None
    if _N2 in (a.type, b.type):  # of two N2s the reasons may differ: neither says that it was opened
        return None if a.type is b.type else "recipient_contradicts"
    same_answer = a.type is not b.type or (a.outcome, a.code) == (b.outcome, b.code)
    return None if same_answer and a.documents == b.documents else "recipient_contradicts"


def _chain_fault(one: Attested, other: Attested) -> str | None:
    """`one` before `other` in a queue's chain."""
    a, b = one.content, other.content
    if a.sequence is None or b.sequence is None:
        return None
    if a.type is _R1 and b.type is _R1:
        same_place = a.sequence == b.sequence
        broken = b.sequence == a.sequence + 1 and b.previous not in digests(one)
        return "relay_forked" if same_place or broken else None
    if b.type is not _H1 or a.type not in (_R1, _H1):
        return None
    if a.sequence == b.sequence:
        same_head = a.head == b.head if a.type is _H1 else b.head in digests(one)
        return None if same_head else "relay_forked"
    lost = a.sequence > b.sequence and one.at + SKEW_SECONDS < other.at
    return "relay_rolled_back" if lost else None


def _copy_fault(one: Attested, other: Attested) -> str | None:
    """Two receipts about what lies at one place in a queue."""
    a, b = one.content, other.content
    if _H1 in (a.type, b.type) or a.sequence != b.sequence:
        return None
    if (a.message_id, a.digest) != (b.message_id, b.digest):
        return "relay_forked"
    twice = a.type is b.type and a.type in _ONCE
    return "relay_contradicts" if twice or frozenset((a.type, b.type)) in _NOT_BOTH else None
