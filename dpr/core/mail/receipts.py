"""Reading receipts: bytes → what was attested, by whom, with everything checked that needs no memory.

Rules: 1. the signature and the chain to an issuer of the trust list verify; 2. the signer may say this (a relay for any
queue, a recipient for its own); 3. it is about this queue, this message and these bytes: else any node could answer, in its own
queue's name, for what was sent to another. Status and age are the reader's to judge: a receipt of a relay that was revoked
since is still what it was.

Example: `read(data, trust, expected_queue=queue, expected_id=message.id, expected_digest=digest).content.outcome`
"""

from __future__ import annotations

from typing import NamedTuple

from dpr.core import documents
from dpr.core.errors import DocumentError
from dpr.core.mail.receipt import ReceiptContent, signer_fault
from dpr.core.trust import Chain, Trust


class Attested(NamedTuple):
    """A receipt that verified. `at`: instant in seconds by the signer's clock; `digest`: SHA-256 of the receipt itself, what
    the next R1 of the queue has as `previous`."""

    content: ReceiptContent
    at: int
    signer: Chain
    document: bytes
    digest: bytes

    @property
    def relay(self) -> tuple[str, str]:
        """Which relay it is, whatever key it has: the issuer of its credential and its name there."""
        return self.signer.credential.issuer, self.signer.credential.holder.name


def read(
    data: bytes,
    trust: Trust,
    *,
    expected_queue: str | None = None,
    expected_id: bytes | None = None,
    expected_digest: bytes | None = None,
) -> Attested:
    """The receipt in `data`. `expected_queue`: the one that the message went to; `expected_id`: the message's, 16 bytes;
    `expected_digest`: SHA-256 of what was sealed. Whoever reads the receipts of a message gives all three.

    DocumentError as `documents.open`, `receipt_signer`, `receipt_queue` for another queue, `receipt_message` for another
    message, `receipt_digest` for another content under the same id.
    """
    opened = documents.open(data, trust, expected_kind=documents.RECEIPT)
    if opened.signer is None:
        raise DocumentError("receipt_signer")
    content = opened.value.content
    code = signer_fault(content, opened.signer)
    if code:
        raise DocumentError(code)
    if expected_queue is not None and content.queue != expected_queue:
        raise DocumentError("receipt_queue")
    if expected_id is not None and content.message_id != expected_id:
        raise DocumentError("receipt_message")
    if expected_digest is not None and content.digest != expected_digest:
        raise DocumentError("receipt_digest")
    return Attested(content, opened.value.issued_at, opened.signer, data, opened.digest)
