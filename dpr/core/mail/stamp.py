"""Signing receipts: many with one key, so the header is made once.

Rules: what is stamped is what docs/protocol.md allows for its type; a receipt with other fields is a fault of ours.

Example: `Stamp(signer, credential)(ReceiptContent(type=ReceiptType.R1, …), now)`
"""

from __future__ import annotations

from dpr.core import cbor, cose
from dpr.core.kinds import RECEIPT
from dpr.core.mail.receipt import Receipt, ReceiptContent, receipt_faults
from dpr.core.signing import Prepared


class Stamp:
    """Signs receipts with one key. `signer` as dpr.ports.Signer; `credential`: its credential, which travels in each."""

    def __init__(self, signer: cose.Signing, credential: bytes) -> None:
        self._signer = signer
        self._protected = cose.protected_header(signer.key, {cose.TYP: RECEIPT.typ, cose.KCWT: cbor.decode(credential)})

    def __call__(self, content: ReceiptContent, now: int) -> bytes:
        """The signed receipt. `now`: instant in seconds."""
        value = Receipt(issued_at=now, content=content)
        if any(receipt_faults(value)):
            raise ValueError(f"a receipt {content.type.name} has other fields")
        prepared = Prepared(self._protected, cbor.encode(RECEIPT.claims.to_cbor(value)))
        return prepared.assemble(self._signer.sign(prepared.to_be_signed))
