"""Messages, receipts and stores for the tests of a relay's store."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from dpr.core.mail import receipts
from dpr.core.mail.chain import Place, check_head, extend
from dpr.core.mail.queue import of_key
from dpr.core.mail.receipt import Outcome, ReceiptContent, ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.mail.sealing import Outer, OuterContent
from dpr.core.trust_list import Environment
from dpr.ports import Fetched, MailStore, Quota, Submission, Submitted
from tests.mail_world import QUEUE, MailWorld
from tests.world import DAY, NOW

WORLD = MailWorld()
TRUST = WORLD.trust()
STAMP, PHARMACY = WORLD.stamp(), WORLD.pharmacy_stamp()
MANY = Quota((10**9, 10**15), (10**9, 10**15), (10**9, 10**15))
SENDER, OTHER_SENDER = hashlib.sha256(b"one node").digest(), hashlib.sha256(b"another node").digest()
OTHER_QUEUE = of_key(WORLD.pharmacy.key.thumbprint)


def message_id(name: object) -> bytes:
    return hashlib.sha256(f"message {name}".encode()).digest()[:16]


def submission(
    name: object, *, queue: str = QUEUE, sender: bytes = SENDER, size: int = 300, content: object = "", **outer: int
) -> Submission:
    """A message: what is sealed follows from its name, queue and `content`."""
    sealed = hashlib.shake_128(f"{name} {queue} {content}".encode()).digest(size)
    times = {"created": NOW - 5, "not_after": NOW + 3 * DAY} | outer
    content_of = OuterContent(queue=queue, environment=Environment.TEST, bucket=0)
    return Submission(sender, Outer(id=message_id(name), content=content_of, **times), sealed, hashlib.sha256(sealed).digest())


def submit(store: MailStore, *given: Submission, quota: Quota = MANY, now: int = NOW) -> list[Submitted]:
    return store.submit(given, stamp=STAMP, quota=quota, now=now)


def fetch(store: MailStore, queue: str = QUEUE, *, after: int | None = 0, now: int = NOW, **more: int) -> Fetched:
    return store.fetch(queue, after=after, now=now, **{"most": 100, "most_bytes": 10**6, "lease_seconds": 60} | more)


def acknowledge(
    store: MailStore, *given: Submission, receipts: tuple[Attested, ...] = (), queue: str = QUEUE, now: int = NOW
) -> list[bytes]:
    return store.acknowledge(queue, [one.digest for one in given], receipts, stamp=STAMP, now=now)


def withdraw(store: MailStore, one: Submission, now: int = NOW) -> bytes | None:
    return store.withdraw(one.sender, one.outer.id, stamp=STAMP, now=now)


@cache
def attested(document: bytes) -> Attested:
    """A receipt, with its signature and chain verified."""
    return receipts.read(document, TRUST)


def said(document: bytes) -> ReceiptContent:
    return attested(document).content


def type_of(document: bytes | None) -> ReceiptType:
    assert document is not None
    return said(document).type


def answer(one: Submission, kind: ReceiptType = ReceiptType.R4, now: int = NOW, **more: Any) -> Attested:
    """What the pharmacy says of a message."""
    fields: dict[str, Any] = {"code": "mail_not_opened"} if kind is ReceiptType.N2 else {"documents": (bytes(32),)}
    if kind is ReceiptType.R4:
        fields["outcome"] = Outcome.ACCEPTED
    about = {"queue": QUEUE, "message_id": one.outer.id, "digest": one.digest}
    content = ReceiptContent(type=kind, **about | fields | more)
    return attested(PHARMACY(content, now))


def place_after(place: Place, fetched: Fetched) -> Place:
    """Where a reader at `place` stands after an answer: no gap, no fork, and the end is what the store says."""
    place = extend(place, [attested(one) for one in fetched.chain])
    head = STAMP(ReceiptContent(type=ReceiptType.H1, queue=QUEUE, sequence=fetched.sequence, head=fetched.head), NOW)
    check_head(place, attested(head))
    return place
