"""What one node sends another (`dpr-message`): one or more documents, for one queue, until an instant.

Rules: signed by the sending node, so that the recipient knows who sent it; what is inside is judged for itself. The id is 16
random bytes, made by the sender and kept for every further attempt: it makes one message of all copies over all relays. Every
field but the documents stands in the outer header too (dpr.core.mail.sealing), where the relay reads it, and must be the same.

Example: `message.content.documents[0]`
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from dpr.core.fields import Array, Enumeration, Field, Fixed, Record, instant
from dpr.core.mail.queue import QUEUE
from dpr.core.trust_list import Environment

#: A relay holds nothing for longer, whatever a sender asks.
MAX_LIFE_SECONDS = 14 * 86_400


class MessageContent(msgspec.Struct, frozen=True, kw_only=True):
    """The map under claim -65537. `documents`: the bytes of signed documents, of any kinds."""

    queue: str
    environment: Environment
    documents: tuple[bytes, ...]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message's claims. `id`: 16 bytes; `created`, `not_after`: instants in seconds."""

    not_after: int
    created: int
    id: bytes
    content: MessageContent

    @property
    def digests(self) -> tuple[bytes, ...]:
        """SHA-256 of each document, in order: what receipts name."""
        return tuple(hashlib.sha256(one).digest() for one in self.content.documents)


def times_fault(created: int, not_after: int) -> str | None:
    """`mail_times` where a message would end before it begins, or live for longer than `MAX_LIFE_SECONDS`."""
    return None if 0 < not_after - created <= MAX_LIFE_SECONDS else "mail_times"


def message_faults(value: Message) -> Iterable[str]:
    """Codes of what spans fields."""
    code = times_fault(value.created, value.not_after)
    if code:
        yield code


MESSAGE_CONTENT = Record(
    MessageContent,
    Field(0, "queue", QUEUE, "whom it is for"),
    Field(1, "environment", Enumeration(Environment)),
    Field(2, "documents", Array(Fixed(), 1, 16), "signed documents, of any kinds"),
)
#: The claims of a `dpr-message`.
MESSAGE = Record(
    Message,
    Field(4, "not_after", instant, "no relay holds it for longer"),
    Field(6, "created", instant),
    Field(7, "id", Fixed(16), "random, the same for every attempt and copy"),
    Field(-65537, "content", MESSAGE_CONTENT),
)
