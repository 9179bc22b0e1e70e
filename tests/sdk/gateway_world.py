"""A region's site folder as a gateway, on disk, in the deterministic world: key, credential, lists, address book, settings.

Example: `GatewayWorld(tmp_path).take_in()`
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from dpr.apps.compose import Node, SiteFolder
from dpr.apps.sdk.gateway import Gateway, Run
from dpr.core import documents
from dpr.core.mail.address_book import AddressBook, SdkAddress
from dpr.core.mail.queue import queues_of
from dpr.core.mail.receipt import Outcome, ReceiptContent, ReceiptType
from dpr.core.policy import Policy
from dpr.core.trust import Trust
from dpr.core.trust_list import Environment
from dpr.ports import Posted
from tests.fakes.outbox_memory import MemoryOutbox
from tests.mail_world import ORIGIN, MailWorld
from tests.sdk import samples

FEDERATION = "urn:fdc:digg.se:edelivery:federation:test"
SETTINGS = f'federation = "{FEDERATION}"\n'


class _Site(SiteFolder):
    """A site in the deterministic world; what it would read of lists is made."""

    def __init__(self, folder: Path, world: MailWorld, book: AddressBook) -> None:
        super().__init__(folder, clock=lambda: datetime.fromtimestamp(world.now, UTC))
        self.world, self._book = world, book

    @property
    def policy(self) -> Policy:  # type: ignore[override]
        return Policy(environment=Environment.TEST)

    def node(self) -> Node:
        document = self.world.node_credential()
        written = documents.read_claims(documents.CREDENTIAL_KIND, documents.split(document)[1])
        return Node(self.world.node, document, written, queues_of(written)[0])

    def node_queue(self) -> str:
        return self.node().queue

    def trust(self) -> Trust:
        return self.world.trust()

    def address_book(self) -> AddressBook:
        return self._book


class GatewayWorld:
    """`world`'s node is the gateway; `outbox` is in memory."""

    def __init__(self, folder: Path, world: MailWorld | None = None, *, settings: str = SETTINGS) -> None:
        self.world = world or MailWorld()
        self.outbox = MemoryOutbox()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sdk.toml").write_text(settings, "utf-8")
        self.folder = folder
        self.book = self.with_sdk(self.world.address_book_value(ORIGIN))

    @property
    def from_sdk(self) -> Path:
        return self.folder / "from-sdk"

    @property
    def to_sdk(self) -> Path:
        return self.folder / "to-sdk"

    def gateway(self) -> Gateway:
        return Gateway(_Site(self.folder, self.world, self.book))

    def with_sdk(self, book: AddressBook) -> AddressBook:
        """The pharmacy of the book has the SDK address of the samples."""
        address = SdkAddress(organisation=samples.PHARMACY.organisation, functional=samples.PHARMACY.function)
        (entry,) = book.content.entries
        content = msgspec.structs.replace(book.content, entries=(msgspec.structs.replace(entry, sdk=address),))
        return msgspec.structs.replace(book, content=content)

    def put(self, name: str, data: bytes) -> Path:
        """A file from the message service."""
        self.from_sdk.mkdir(exist_ok=True)
        path = self.from_sdk / name
        path.write_bytes(data)
        return path

    def take_in(self) -> Run:
        gateway = self.gateway()
        return gateway.take_in(self.outbox, gateway.standing(self.outbox))

    def receive(self, kind: ReceiptType, row: Posted | None = None, **changes: object) -> None:
        """A receipt of the pharmacy or of relay A for the (only) message in the outbox."""
        row = row or list(self.outbox.messages())[-1]
        fields: dict[str, object] = {
            "type": kind, "queue": row.queue, "message_id": row.message_id, "digest": row.digest,
        }  # fmt: skip
        if kind in (ReceiptType.R3, ReceiptType.R4):
            fields["documents"] = row.documents
        if kind in (ReceiptType.R1, ReceiptType.R2, ReceiptType.N1):
            fields["sequence"] = 1
        if kind is ReceiptType.R1:
            fields["previous"] = bytes(32)
        if kind is ReceiptType.R4:
            fields["outcome"] = Outcome.ACCEPTED
        by_recipient = kind in (ReceiptType.R3, ReceiptType.R4, ReceiptType.N2)
        stamp = self.world.pharmacy_stamp() if by_recipient else self.world.stamp()
        receipt = stamp(ReceiptContent(**(fields | changes)), self.world.now)  # type: ignore[arg-type]
        self.outbox.keep_receipts(row.message_id, ORIGIN, [receipt])

    def sent(self) -> dict[str, bytes]:
        """The files for the message service."""
        return {path.name: path.read_bytes() for path in sorted(self.to_sdk.glob("*.xml"))} if self.to_sdk.is_dir() else {}

    def names(self, folder: str) -> list[str]:
        path = self.from_sdk / folder
        return sorted(one.name for one in path.iterdir()) if path.is_dir() else []


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
