"""What a relay's answer to a poll says of the relay: how far the queue is read now, and whether it has shown itself false.

Rules: 1. the head and every R1 verify, are of this queue and of one relay; 2. the R1s continue what this reader holds; 3. the
head agrees with them. What breaks 2 or 3 is an alarm with the two receipts that cannot both be true; where they could (a
receipt is missing, or is a signature's twin) it is a gap, and no accusation. Messages are taken up whatever is said here: they
are the sender's, not the relay's. A head that is not of now could be an old answer shown again.

Example: `watch(answer, queue, held, trust, now=now).alarm`
"""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from dpr.core.errors import DocumentError
from dpr.core.mail import receipts
from dpr.core.mail.api import InboxAnswer
from dpr.core.mail.chain import Fork, Place, begin, check_head, extend
from dpr.core.mail.compare import contradiction
from dpr.core.mail.receipt import ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.trust import Trust

#: How far a head's time may be from ours.
HEAD_SECONDS = 300
_ENDS = frozenset((ReceiptType.N1, ReceiptType.W1))


class Held(NamedTuple):
    """How far this reader is, and the receipt that ends there."""

    place: Place
    last: bytes


class Suspicion(NamedTuple):
    """`code` of docs/codes.md; `evidence`: signed receipts, of which two contradict each other where the code says so."""

    code: str
    detail: str
    evidence: tuple[bytes, ...]


class Watched(NamedTuple):
    """`relay`: who answered; `held`: how far the queue is read after this; `chain`: the R1s that verified; `ended`: digests of
    what is not to come any more; `behind`: how many R1s there are beyond; `head`: the H1."""

    relay: tuple[str, str]
    held: Held
    chain: tuple[Attested, ...]
    ended: tuple[bytes, ...]
    behind: int
    alarm: Suspicion | None
    head: Attested


def watch(answer: InboxAnswer, queue: str, held: Held | None, trust: Trust, *, now: int) -> Watched:
    """Judges the answer of the relay whose place is `held` (None: there is none). `now`: instant in seconds. DocumentError
    where it cannot be judged: it does not verify, or is of several relays."""
    head = _read(answer.head, queue, trust, ReceiptType.H1)
    chain = tuple(_read(one, queue, trust, ReceiptType.R1) for one in answer.chain)
    ended = [receipts.read(one, trust, expected_queue=queue) for one in answer.ended]
    if any(one.relay != head.relay for one in (*chain, *ended)):
        raise DocumentError("receipt_relay")
    digests = tuple(one.content.digest for one in ended if one.content.type in _ENDS and one.content.digest is not None)
    start = held or Held(begin(chain, head), head.document)
    try:
        place = extend(start.place, chain)
        behind = check_head(place, head)
    except DocumentError as error:
        return Watched(head.relay, start, chain, digests, 0, _suspicion(error, start, chain, head, trust), head)
    last = next((one.document for one in reversed(chain) if one.content.sequence == place.sequence), start.last)
    return Watched(head.relay, Held(place, last), chain, digests, behind, _age(head, now), head)


def relay_of(answer: InboxAnswer, queue: str, trust: Trust) -> tuple[str, str]:
    """Which relay answered, as the head says. DocumentError where that does not verify."""
    return _read(answer.head, queue, trust, ReceiptType.H1).relay


def _read(data: bytes, queue: str, trust: Trust, kind: ReceiptType) -> Attested:
    found = receipts.read(data, trust, expected_queue=queue)
    if found.content.type is not kind:
        raise DocumentError("receipt_fields", found.content.type.name)
    return found


def _suspicion(error: DocumentError, start: Held, chain: tuple[Attested, ...], head: Attested, trust: Trust) -> Suspicion:
    """The two receipts that contradict each other, where there are two."""
    shown = [*chain, head]
    with suppress(DocumentError):  # by lists that have changed since
        shown.insert(0, receipts.read(start.last, trust))
    for place, one in enumerate(shown):
        for other in shown[place + 1 :]:
            code = contradiction(one, other)
            if code:
                return Suspicion(code, error.detail, (one.document, other.document))
    code = "relay_gap" if isinstance(error, Fork) else error.code
    return Suspicion(code, error.detail, (start.last, head.document))


def _age(head: Attested, now: int) -> Suspicion | None:
    if abs(head.at - now) <= HEAD_SECONDS:
        return None
    return Suspicion("relay_head_old", f"{now - head.at} s", (head.document,))
