"""What the steps of a bundle's verification judge, in one value: what was read, what verified, and what did not.

Rules: nothing is decided here; a part that does not verify is kept as its code. A receipt is named by its number in the bundle,
from 1.

Example: `case.of(ReceiptType.R1)` → `(Numbered(1, attested),)`
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from dpr.core import documents
from dpr.core.documents import Opened
from dpr.core.errors import DocumentError
from dpr.core.mail import receipts
from dpr.core.mail.bundle import Bundle
from dpr.core.mail.bundle_trust import JudgedBy
from dpr.core.mail.message import Message
from dpr.core.mail.receipt import ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.trust import Chain, Trust


class Numbered(NamedTuple):
    """A receipt that verified, and its number in the bundle."""

    number: int
    receipt: Attested


class Signed(NamedTuple):
    """Who signed something at an instant in seconds. `number`: of the receipt; None for the message."""

    number: int | None
    signer: Chain
    at: int


class Case(NamedTuple):
    """`faults`: (number, code) of receipts that do not verify; `message`, `document`: opened, or the code of why they cannot be
    (None for a message that is not there); `now`: instant in seconds."""

    bundle: Bundle
    trust: Trust
    numbered: tuple[Numbered, ...]
    faults: tuple[tuple[int, str], ...]
    message: Opened[Message] | str | None
    document: Opened[Any] | str
    now: int
    skew_seconds: int

    def of(self, *types: ReceiptType) -> tuple[Numbered, ...]:
        """The receipts of these types."""
        return tuple(one for one in self.numbered if one.receipt.content.type in types)

    def signed(self) -> Iterator[Signed]:
        """Every signature whose signer must have been in force."""
        for number, receipt in self.numbered:
            yield Signed(number, receipt.signer, receipt.at)
        if isinstance(self.message, Opened) and self.message.signer is not None:
            yield Signed(None, self.message.signer, self.message.value.created)


def make(bundle: Bundle, judged: JudgedBy, now: int, skew_seconds: int) -> Case:
    """Opens everything in `bundle`."""
    trust = judged.trust
    numbered: list[Numbered] = []
    faults: list[tuple[int, str]] = []
    for number, data in enumerate(bundle.receipts, 1):
        try:
            numbered.append(Numbered(number, receipts.read(data, trust)))
        except DocumentError as error:
            faults.append((number, _fault(error, data, judged)))
    return Case(
        bundle, trust, tuple(numbered), tuple(faults), _message(bundle, judged), _document(bundle, trust), now, skew_seconds
    )


def _message(bundle: Bundle, judged: JudgedBy) -> Opened[Message] | str | None:
    if bundle.message is None:
        return None
    try:
        return documents.open(bundle.message, judged.trust, expected_kind=documents.MESSAGE)
    except DocumentError as error:
        return _fault(error, bundle.message, judged)


def _document(bundle: Bundle, trust: Trust) -> Opened[Any] | str:
    try:
        return documents.open(bundle.document, trust)
    except DocumentError as error:
        return error.code


def _fault(error: DocumentError, data: bytes, judged: JudgedBy) -> str:
    """Why it does not verify; with a code of its own where it would by the bundle's trust list, and the reader's newer one
    lacks the issuer."""
    if error.code != "chain_issuer_unknown" or judged.before is None:
        return error.code
    try:
        documents.open(data, judged.before)
    except DocumentError:
        return error.code
    return "receipt_signer_issuer_removed"
