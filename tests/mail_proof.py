"""What happened to one message in the deterministic world, as receipts and as a bundle, each part changeable.

Example: `Proof().bundle()`
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from dpr.core import documents
from dpr.core.mail import bundle as bundles
from dpr.core.mail.bundle import Bundle, Evidence
from dpr.core.mail.bundle_verify import Finding, verify
from dpr.core.mail.receipt import NO_RECEIPT, Outcome, ReceiptContent, ReceiptType
from dpr.core.mail.stamp import Stamp
from dpr.core.trust import Trust
from tests.mail_world import QUEUE, RELAYS, MailWorld
from tests.world import CARE, PHARMACIES

R1, R2, R3, R4 = ReceiptType.R1, ReceiptType.R2, ReceiptType.R3, ReceiptType.R4
N1, N2, W1, W2, H1 = ReceiptType.N1, ReceiptType.N2, ReceiptType.W1, ReceiptType.W2, ReceiptType.H1


@dataclass
class Proof:
    """A prescription sent over relay A, fetched and accepted. The lists are ten minutes newer than the answer."""

    world: MailWorld = field(default_factory=MailWorld)

    def __post_init__(self) -> None:
        world = self.world
        value = world.prescription(authored_at=world.now - 3700)
        self.document = world.prescription_document(value)
        self.value = world.message_value(self.document, created=world.now - 3600)
        self.message = world.message(self.value)
        self.digest = hashlib.sha256(b"the sealed message").digest()
        self.sent_at = world.now - 3590
        self.fetched_at = world.now - 1200
        self.relay, self.pharmacy = world.stamp(), world.pharmacy_stamp()
        self.other_relay = Stamp(world.other_relay, world.other_relay_credential())

    def content(self, kind: ReceiptType, **changes: Any) -> ReceiptContent:
        """What a receipt of this kind says about the message."""
        fields: dict[str, Any] = {"type": kind, "queue": QUEUE, "message_id": self.value.id, "digest": self.digest}
        if kind in (R1, R2, N1, W1, W2):
            fields["sequence"] = 1
        if kind is R1:
            fields["previous"] = NO_RECEIPT
        if kind in (R3, R4):
            fields["documents"] = self.value.digests
        if kind is R4:
            fields["outcome"] = Outcome.ACCEPTED
        if kind is N2:
            fields["code"] = "mail_not_opened"
        return ReceiptContent(**(fields | changes))

    def receipt(self, kind: ReceiptType, at: int | None = None, stamp: Stamp | None = None, **changes: Any) -> bytes:
        """A receipt by whoever gives this kind, at its usual time."""
        usual = {R1: self.sent_at, R2: self.fetched_at + 2, R3: self.fetched_at, R4: self.fetched_at + 1}
        by = self.pharmacy if kind in (R3, R4, N2) else self.relay
        return (stamp or by)(self.content(kind, **changes), usual.get(kind, self.fetched_at) if at is None else at)

    def receipts(self) -> tuple[bytes, ...]:
        """R1 to R4, in the order in which they were given."""
        return tuple(self.receipt(kind) for kind in (R1, R3, R4, R2))

    def evidence(self, **changes: Any) -> Evidence:
        """The root, the trust list, the snapshot and the status lists of everybody who signed."""
        world = self.world
        fields = {
            "roots": (world.root_document(),),
            "trust_list": world.trust_list(),
            "snapshot": world.snapshot(),
            "status_lists": tuple(world.status_list(issuer=issuer) for issuer in (CARE, PHARMACIES, RELAYS)),
        }
        return Evidence(**(fields | changes))

    def bundle(self, *receipts: bytes, **changes: Any) -> Bundle:
        """The bundle of `receipts`, of the usual four where none is given."""
        fields = {
            "kind": bundles.KIND,
            "queue": QUEUE,
            "message_id": self.value.id,
            "digest": self.digest,
            "document": self.document,
            "receipts": receipts or self.receipts(),
            "message": self.message,
            "evidence": self.evidence(),
        }
        return Bundle(**(fields | changes))

    @property
    def fingerprint(self) -> str:
        """Of the authority's root."""
        return documents.fingerprint(self.world.root_document())

    def judge(self, bundle: Bundle | bytes, *, own: Trust | None = None, now: int | None = None) -> Finding:
        """The finding on a bundle, by somebody who has the root's fingerprint and nothing else."""
        data = bundle if isinstance(bundle, bytes) else bundles.write(bundle)
        at = self.world.now if now is None else now
        return verify(data, fingerprints={self.fingerprint}, own=own, now=at)
