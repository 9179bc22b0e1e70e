"""What goes over the wire beside messages and receipts: the bodies of the relay's API (docs/protocol.md §7).

Rules: deterministic CBOR, small integer keys; a later version may add negative keys, which are ignored. Signed bytes stay
whole.

Example: `read(INBOX_ANSWER, body).messages[0]`
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from dpr.core import cbor
from dpr.core.errors import DocumentError
from dpr.core.fields import Array, Field, Fixed, Record
from dpr.core.mail.sealing import MAX_SEALED_BYTES

#: Of one answer to a poll.
MAX_MESSAGES, MAX_CHAIN = 100, 500
MAX_ANSWER_BYTES = 2 * 1024 * 1024
#: Of one acknowledgement.
MAX_ACKS = 100


class InboxAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to a poll. `head`: an H1; `chain`: R1s after the place that was asked for, in order, at most `MAX_CHAIN`;
    `messages`: sealed messages, oldest first, leased to the asker; `ended`: N1s and W1s of messages in `chain`."""

    head: bytes
    chain: tuple[bytes, ...] = ()
    messages: tuple[bytes, ...] = ()
    ended: tuple[bytes, ...] = ()


class Acks(msgspec.Struct, frozen=True, kw_only=True):
    """What a recipient is done with: SHA-256 of sealed messages to stop holding, and its own R3, R4 and N2 receipts."""

    digests: tuple[bytes, ...] = ()
    receipts: tuple[bytes, ...] = ()


class Receipts(msgspec.Struct, frozen=True, kw_only=True):
    """Receipts, in the order in which the relay got or gave them."""

    receipts: tuple[bytes, ...] = ()


INBOX_ANSWER = Record(
    InboxAnswer,
    Field(0, "head", Fixed(), "an H1"),
    Field(1, "chain", Array(Fixed(), 1, MAX_CHAIN), "R1s after the asker's place, in order"),
    Field(2, "messages", Array(Fixed(most=MAX_SEALED_BYTES), 1, MAX_MESSAGES), "sealed messages, leased, oldest first"),
    Field(3, "ended", Array(Fixed(), 1, MAX_CHAIN), "N1s and W1s of messages in `chain`"),
    extensible=True,
)
ACKS = Record(
    Acks,
    Field(0, "digests", Array(Fixed(32), 1, MAX_ACKS), "SHA-256 of sealed messages to stop holding"),
    Field(1, "receipts", Array(Fixed(), 1, 2 * MAX_ACKS), "the recipient's R3, R4 and N2"),
    extensible=True,
)
RECEIPTS = Record(
    Receipts,
    Field(0, "receipts", Array(Fixed(), 1, MAX_CHAIN), "in the order in which the relay got or gave them"),
    extensible=True,
)
T = TypeVar("T", InboxAnswer, Acks, Receipts)


def write(record: Record[T], value: T) -> bytes:
    """The body of `value`."""
    return cbor.encode(record.to_cbor(value))


def read(record: Record[T], body: bytes) -> T:
    """The value of a body. DocumentError `mail_too_large`, `cbor_…`, `field_…`."""
    if len(body) > MAX_ANSWER_BYTES:
        raise DocumentError("mail_too_large", f"{len(body)} bytes, at most {MAX_ANSWER_BYTES}")
    cbor.refuse_work(body)  # nobody has signed it
    return record.from_cbor(cbor.decode(body, signed_list=True))
