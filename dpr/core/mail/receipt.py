"""What a relay and a recipient put their names to (`dpr-receipt`): one table of what each type says and who may sign it.

Rules: a receipt is given only after what it says is durable, and the same question gets the same bytes again. R1 receipts of a
queue are a chain: each names the digest of the one before, so that a relay cannot leave one out for one reader and show it to
another; an H1 says where the chain ends at an instant. R3, R4 and N2 are the recipient's alone; there is at most one R4, and
it is never contradicted. A receipt names digests and ids, never what a document says.

Example: `RULES[ReceiptType.R1].needs` → `{"message_id", "digest", "sequence", "previous"}`
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

import msgspec

from dpr.core.credential import Role
from dpr.core.fields import Array, Enumeration, Field, Fixed, Integer, Record, Text, instant
from dpr.core.mail.queue import QUEUE, queues_of
from dpr.core.trust import Chain

#: What the first R1 of a queue has as `previous`.
NO_RECEIPT = bytes(32)


class ReceiptType(IntEnum):
    """What is attested."""

    R1 = 1
    R2 = 2
    R3 = 3
    R4 = 4
    N1 = 5
    N2 = 6
    W1 = 7
    W2 = 8
    H1 = 9


class Outcome(IntEnum):
    """The recipient's answer, in SDK's words."""

    ACCEPTED = 0
    REJECTED = 1


class Rule(NamedTuple):
    """One type: who signs it, the fields it has beside queue and type, those it may have, and what it means."""

    by_recipient: bool
    needs: frozenset[str]
    may: frozenset[str]
    meaning: str


_COPY = frozenset(("message_id", "digest", "sequence"))
_READ = frozenset(("message_id", "digest", "documents"))
_WHY = frozenset(("code", "detail"))
#: Every type and nothing about one elsewhere.
RULES: dict[ReceiptType, Rule] = {
    ReceiptType.R1: Rule(
        False, _COPY | {"previous"}, frozenset(), "custody: durable here, and held until fetched or not-after"
    ),
    ReceiptType.R2: Rule(False, _COPY, frozenset(), "handed over: the recipient has acknowledged it"),
    ReceiptType.R3: Rule(True, _READ, frozenset(), "opened, and the sender's signature verified"),
    ReceiptType.R4: Rule(True, _READ | {"outcome"}, _WHY, "the outcome: ACCEPTED, or REJECTED with code and detail"),
    ReceiptType.N1: Rule(False, _COPY, frozenset(), "expired here: not-after came before the recipient did"),
    ReceiptType.N2: Rule(
        True, frozenset(("message_id", "digest", "code")), _WHY, "quarantined: could not be opened or verified"
    ),
    ReceiptType.W1: Rule(False, _COPY, frozenset(), "withdrawn here by the sender, before anybody fetched it"),
    ReceiptType.W2: Rule(False, _COPY, frozenset(("handed_over_at",)), "too late to withdraw: it was fetched, or had ended"),
    ReceiptType.H1: Rule(False, frozenset(("sequence", "head")), frozenset(), "the queue's last R1 at this instant"),
}


class ReceiptContent(msgspec.Struct, frozen=True, kw_only=True):
    """The map under claim -65537. `digest`: SHA-256 of the sealed message; `sequence`: in the queue at this relay, from 1;
    `previous`: SHA-256 of the R1 before it; `head`: SHA-256 of the last R1; `documents`: SHA-256 of each document in the
    message; `code`: of docs/codes.md; `handed_over_at`: instant in seconds of the first time it was given out."""

    type: ReceiptType
    queue: str
    message_id: bytes | None = None
    digest: bytes | None = None
    sequence: int | None = None
    previous: bytes | None = None
    head: bytes | None = None
    documents: tuple[bytes, ...] = ()
    outcome: Outcome | None = None
    code: str | None = None
    detail: str | None = None
    handed_over_at: int | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt's claims. `issued_at`: instant in seconds, by the signer's clock."""

    issued_at: int
    content: ReceiptContent


_OPTIONAL = {f.name: f.default for f in msgspec.structs.fields(ReceiptContent) if f.name not in ("type", "queue")}


def receipt_faults(value: Receipt) -> Iterable[str]:
    """`receipt_fields` where a type lacks what it needs or has what it may not; a REJECTED says why; only the first R1 of a
    queue continues nothing, and only the H1 of an empty queue names no R1."""
    content = value.content
    rule = RULES[content.type]
    has = {name for name, absent in _OPTIONAL.items() if getattr(content, name) != absent}
    if not rule.needs <= has or not has <= rule.needs | rule.may:
        yield "receipt_fields"
    if content.outcome is Outcome.REJECTED and content.code is None:
        yield "receipt_fields"
    if content.sequence is not None and not _is_in_chain(content):
        yield "receipt_fields"


def _is_in_chain(content: ReceiptContent) -> bool:
    if content.type is ReceiptType.H1:
        return (content.sequence == 0) == (content.head == NO_RECEIPT)
    return content.sequence != 0 and (
        content.type is not ReceiptType.R1 or (content.sequence == 1) == (content.previous == NO_RECEIPT)
    )


def signer_fault(content: ReceiptContent, signer: Chain) -> str | None:
    """`receipt_signer` where this signer may not say this: a recipient speaks for its own queues; a relay for every queue; a
    pharmacy that receives directly is the relay of its own."""
    if not RULES[content.type].by_recipient and signer.credential.holder.role is Role.RELAY:
        return None
    return None if content.queue in queues_of(signer.credential) else "receipt_signer"


RECEIPT_CONTENT = Record(
    ReceiptContent,
    Field(0, "type", Enumeration(ReceiptType)),
    Field(1, "queue", QUEUE),
    Field(2, "message_id", Fixed(16), "claim 7 of the message"),
    Field(3, "digest", Fixed(32), "SHA-256 of the sealed message"),
    Field(4, "sequence", Integer(0, 2**40), "in this queue at this relay"),
    Field(5, "previous", Fixed(32), "SHA-256 of the R1 before, 32 zero bytes for the first"),
    Field(6, "head", Fixed(32), "SHA-256 of the last R1, 32 zero bytes where there is none"),
    Field(7, "documents", Array(Fixed(32), 1, 16), "SHA-256 of each document of the message"),
    Field(8, "outcome", Enumeration(Outcome)),
    Field(9, "code", Text(60), "of codes.md"),
    Field(10, "detail", Text(250)),
    Field(11, "handed_over_at", instant, "when it was first given out"),
)
#: The claims of a `dpr-receipt`.
RECEIPT = Record(Receipt, Field(6, "issued_at", instant), Field(-65537, "content", RECEIPT_CONTENT))
