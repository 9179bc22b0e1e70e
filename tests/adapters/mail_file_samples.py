"""A mail file with one of everything, for the tests of its versions.

Example: `fill(mail); assert everything(mail) == …`
"""

from __future__ import annotations

from typing import Any

from dpr.adapters.mail_db import MailDb
from dpr.core.mail.carriage import State
from dpr.core.mail.chain import Place
from dpr.core.mail.receipt import ReceiptType
from dpr.core.mail.retry import Copy
from dpr.ports import Alarm, Head, Posted, Shown

NOW = 1_795_262_400
ORIGIN, QUEUE, RELAY = "https://a.test", "gln:7350000000009", ("SE5560000001-T004", "Relä A")


def fill(mail: MailDb) -> None:
    """One of everything."""
    outbox, inbox = mail.outbox, mail.inbox
    for number in (1, 2):
        posted = Posted(
            message_id=bytes([number]) * 16, queue=QUEUE, origins=(ORIGIN, "https://b.test"), digest=bytes([number]) * 32,
            documents=(bytes([number + 10]) * 32,), posted_at=NOW, not_after=NOW + 3600,
        )  # fmt: skip
        outbox.put(posted, b"sealed %d" % number, same=bytes([number]) * 32)
    outbox.keep_copy(
        bytes([1]) * 16, Copy(origin=ORIGIN, tried_at=NOW + 0.5, failures=2, next_at=NOW + 4.25, code="relay_slow")
    )
    outbox.keep_receipts(bytes([1]) * 16, ORIGIN, [b"r1", b"r4"])
    outbox.recall(bytes([2]) * 16, now=NOW + 1)
    outbox.end(bytes([2]) * 16, State.WITHDRAWN, now=NOW + 2)
    shown = [Shown(RELAY, QUEUE, n, bytes([n]) * 16, bytes([n + 20]) * 32, b"r1 %d" % n, NOW) for n in (1, 2)]
    inbox.advance(ORIGIN, RELAY, QUEUE, Place(2, bytes(32)), b"r1 2", shown, watch=True)
    inbox.keep_head(Head(RELAY, QUEUE, NOW, b"h1 2"))
    inbox.came(bytes([21]) * 32, origin=ORIGIN, queue=QUEUE, message_id=bytes([1]) * 16, now=NOW)
    inbox.opened(bytes([21]) * 32, sender=b"credential", thumbprint=bytes(32))
    inbox.answer(bytes([21]) * 32, {ReceiptType.R3: b"r3", ReceiptType.R4: b"r4"})
    inbox.sent(ORIGIN, {bytes([21]) * 32: 1})
    alarm = Alarm(ORIGIN, RELAY, QUEUE, "relay_forked", "sequence 3", (b"one", b"two"), NOW)
    inbox.raise_alarm(alarm)
    inbox.settle(alarm.digest, by="Anna", now=NOW + 5)


def everything(mail: MailDb) -> tuple[Any, ...]:
    """All that a mail file holds, by every way of asking for it."""
    outbox, inbox = mail.outbox, mail.inbox
    rows = outbox.messages()
    return (
        [*rows],
        [*outbox.messages(open_only=True)],
        [(outbox.sealed(one.message_id), outbox.copies(one.message_id), outbox.receipts(one.message_id)) for one in rows],
        [*inbox.messages()],
        [*inbox.unsent(ORIGIN, most=100)],
        [*inbox.missing(before=NOW + 1)],
        inbox.place(RELAY, QUEUE),
        inbox.relay_at(ORIGIN),
        [*inbox.heads()],
        [*inbox.alarms()],
    )
