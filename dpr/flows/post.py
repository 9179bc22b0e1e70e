"""A node posts documents: made into one message, signed, sealed to the recipient, and kept in the outbox.

Rules: nothing leaves the node here; what is in the outbox is durable, and carried by dpr.flows.carry. Sealed once: every relay
gets the same bytes. The same documents to the same queue are one message, however often they are posted, unless the caller says
`again`: whoever lost the answer of a call can make it once more. One that was made by a clock that was ahead, and that no relay
has taken, is asked back, and made anew.

Example: `post([prescription], entry, node=node, outbox=outbox, trust=trust, policy=policy, now=now, life_seconds=3600,
new_id=secrets.token_bytes(16))`
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from dpr.core import cbor, documents
from dpr.core.errors import DocumentError
from dpr.core.mail import sealing
from dpr.core.mail.address_book import Entry
from dpr.core.mail.message import MAX_LIFE_SECONDS, Message, MessageContent
from dpr.core.mail.recipient import recipient
from dpr.core.policy import Policy
from dpr.core.trust import Trust
from dpr.ports import Outbox, Posted, Signer

#: What a message holds at most.
MOST_DOCUMENTS = 16


class Node(NamedTuple):
    """Who sends and receives: a node's key and the credential that vouches for it."""

    signer: Signer
    credential: bytes


def post(
    given: Sequence[bytes],
    entry: Entry,
    *,
    node: Node,
    outbox: Outbox,
    trust: Trust,
    policy: Policy,
    now: int,
    life_seconds: int,
    new_id: bytes,
    again: bool = False,
) -> Posted:
    """The message in the outbox, new or posted before. `given`: 1 to 16 signed documents; `entry`: of the address book; `now`:
    instant in seconds; `life_seconds`: until it is not to be delivered any more; `new_id`: 16 random bytes.

    DocumentError `mail_no_documents`, `mail_too_many_documents`, `mail_too_large`, `mail_times`, and whatever makes the
    recipient's key not to be sealed to (dpr.core.mail.recipient); StorageError as Outbox; SetupError as Signer.
    """
    if not given:
        raise DocumentError("mail_no_documents")
    if len(given) > MOST_DOCUMENTS:
        raise DocumentError("mail_too_many_documents", f"{len(given)}, at most {MOST_DOCUMENTS}")
    size_bytes = sum(len(one) for one in given)
    if size_bytes > sealing.MAX_MESSAGE_BYTES:
        raise DocumentError("mail_too_large", f"{size_bytes} bytes, at most {sealing.MAX_MESSAGE_BYTES}")
    if not 0 < life_seconds <= MAX_LIFE_SECONDS:
        raise DocumentError("mail_times", f"{life_seconds} s, at most {MAX_LIFE_SECONDS}")
    digests = tuple(hashlib.sha256(one).digest() for one in given)
    same = hashlib.sha256(cbor.encode([entry.queue, *digests])).digest()
    before = None if again else outbox.find(same)
    instant = max(now, trust.floor)
    if before is not None and not _is_ahead(before, outbox, instant + policy.clock_skew_seconds):
        return before
    to = recipient(entry, trust, now, policy=policy)
    now = instant
    message = Message(
        not_after=now + life_seconds,
        created=now,
        id=new_id,
        content=MessageContent(queue=entry.queue, environment=policy.environment, documents=tuple(given)),
    )
    document = documents.sign(documents.MESSAGE, message, node.signer, credential=node.credential)
    sealed = sealing.seal(document, to.key, sealing.outer_of(message, len(document)))
    posted = Posted(
        message_id=new_id,
        queue=entry.queue,
        origins=tuple(dict.fromkeys(one.url for one in to.endpoints)),
        digest=hashlib.sha256(sealed).digest(),
        documents=digests,
        posted_at=now,
        not_after=message.not_after,
    )
    kept = outbox.put(posted, sealed, same=same, again=again or before is not None)
    if before is not None:
        outbox.recall(before.message_id, now=now)
    return kept


def _is_ahead(posted: Posted, outbox: Outbox, latest: int) -> bool:
    """Was it made later than can be, and does no relay say that it has it? Its recipient would refuse it until that time."""
    return posted.posted_at > latest and not outbox.receipts(posted.message_id)
