"""Targets: what a node that sends and fetches meets from a relay that it need not trust, and its own small files."""

from __future__ import annotations

import hashlib
from functools import cache

from dpr.adapters.mailbox_http import code_of
from dpr.apps.mail_status import NAME, MailStatus, read_status
from dpr.core import codes
from dpr.core.errors import DocumentError
from dpr.core.mail import api, carried, watching
from dpr.core.mail.api import InboxAnswer
from dpr.core.mail.chain import Place
from dpr.core.mail.receipt import NO_RECEIPT, ReceiptContent, ReceiptType
from dpr.core.mail.watching import Held
from tests.fuzz.mutate import cbor_tree, json_tree
from tests.fuzz.of_files import folder, written
from tests.fuzz.target import outcome, target, vectors
from tests.mail_world import QUEUE, MailWorld
from tests.world import NOW

WORLD = MailWorld()
TRUST = WORLD.trust()


@target(seeds=lambda: [b'{"code":"relay_busy","status":503}', b'{"code":1}', b"[]", b"{}"], mutate=json_tree, runs=800)
def relay_problem(data: bytes) -> None:
    """What a relay says no with is one of our codes, or nothing; the reader never fails, whatever the body is."""
    code = code_of(data)
    assert code is None or code in codes.CODES


@target(
    seeds=lambda: [b'{"at":1,"pid":2}', b'{"at":1,"pid":2,"relays":{"https://a":{"code":"relay_slow"}}}'],
    mutate=json_tree,
    runs=800,
)
def mail_status(data: bytes) -> None:
    """The status file is read as a status or as none at all; the reader never fails, whatever the file says."""
    written(NAME, data)
    found = read_status(folder())
    assert found is None or isinstance(found, MailStatus)


@target(
    seeds=lambda: [one for name in ("prescription", "receipt", "address_book", "snapshot") for one in vectors(name)[:3]],
    runs=800,
)
def carried_document(data: bytes) -> None:
    """A document says which kind it is, or is named as none; nothing else comes out, whatever the bytes are."""
    found = outcome(lambda: carried.typ_of(data), DocumentError)
    assert found is None or isinstance(found, str)


@cache
def _answers() -> list[bytes]:
    stamp = WORLD.stamp()
    r1s: list[bytes] = []
    for number in (1, 2, 3):
        previous = hashlib.sha256(r1s[-1]).digest() if r1s else NO_RECEIPT
        content = ReceiptContent(
            type=ReceiptType.R1, queue=QUEUE, message_id=bytes([number]) * 16, digest=bytes([number]) * 32,
            sequence=number, previous=previous,
        )  # fmt: skip
        r1s.append(stamp(content, NOW))
    last = hashlib.sha256(r1s[-1]).digest()
    head = stamp(ReceiptContent(type=ReceiptType.H1, queue=QUEUE, sequence=3, head=last), NOW)
    answers = (InboxAnswer(head=head, chain=tuple(r1s[place:]), messages=(b"sealed",)) for place in range(4))
    return [api.write(api.INBOX_ANSWER, one) for one in answers]


@target(seeds=_answers, mutate=cbor_tree, max_bytes=8192, runs=800)
def relay_watched(data: bytes) -> None:
    """Whatever a relay answers, its reader's place moves only over R1s that this relay signed, and only forwards."""
    answer = outcome(lambda: api.read(api.INBOX_ANSWER, data), DocumentError)
    if not isinstance(answer, InboxAnswer):
        return
    for held in (None, Held(Place(0, NO_RECEIPT), b""), Held(Place(9, bytes(32)), b"")):
        found = outcome(lambda held=held: watching.watch(answer, QUEUE, held, TRUST, now=NOW), DocumentError)
        if isinstance(found, watching.Watched):
            assert held is None or found.held.place.sequence >= held.place.sequence
            assert found.held.place.sequence <= 9
            assert found.alarm is None or found.alarm.code in codes.CODES
