"""The deterministic world with what carries messages: two relays, a sending node, the pharmacy's mail key.

Example: `MailWorld().sealed()`
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dpr.adapters.key_files import KeyFile
from dpr.core import documents
from dpr.core.credential import Credential, Holder, Role, StatusReference
from dpr.core.mail import queue as queues
from dpr.core.mail import sealing
from dpr.core.mail.address_book import AddressBook, AddressBookContent, Endpoint, Entry
from dpr.core.mail.mail_key import Kem, MailKey, MailKeyContent, SealingKey
from dpr.core.mail.message import Message, MessageContent
from dpr.core.mail.stamp import Stamp
from dpr.core.mail.token import Token
from dpr.core.trust import Trust
from dpr.core.trust_list import Environment, Issuer, IssuerRole
from tests.world import CARE, DAY, GLN, PHARMACIES, PHYSICIAN, VETS, World, signer, status_uri

RELAYS = "SE5560000001-T004"
QUEUE = queues.of_gln(GLN)
RELAY = Holder(role=Role.RELAY, name="Relä A")
OTHER_RELAY = Holder(role=Role.RELAY, name="Relä B")
NODE = Holder(role=Role.NODE, name="Journalsystem Norr")
ORIGIN = "https://relay-a.test"


@cache
def opening_key(label: str) -> MLKEM768X25519PrivateKey:
    """The private key of a label that messages are sealed to: the same in every run. For tests only."""
    seed = hashlib.sha512(b"dpr test mail key " + label.encode()).digest()
    return MLKEM768X25519PrivateKey(MLKEM768PrivateKey.from_seed_bytes(seed), X25519PrivateKey.from_private_bytes(seed[:32]))


@cache
def sealing_key(label: str) -> SealingKey:
    """Its public half."""
    seed = hashlib.sha512(b"dpr test mail key " + label.encode()).digest()
    raw = Encoding.Raw, PublicFormat.Raw
    kem = MLKEM768PrivateKey.from_seed_bytes(seed).public_key().public_bytes(*raw)
    return SealingKey(
        kem=Kem.MLKEM768_X25519, public=kem + X25519PrivateKey.from_private_bytes(seed[:32]).public_key().public_bytes(*raw)
    )


@dataclass
class MailWorld(World):
    """A world in which nodes write to each other."""

    relays: KeyFile = field(default_factory=lambda: signer("relay operator"))
    relay: KeyFile = field(default_factory=lambda: signer("relay a"))
    other_relay: KeyFile = field(default_factory=lambda: signer("relay b"))
    node: KeyFile = field(default_factory=lambda: signer("node"))

    def issuer_key(self, issuer: str) -> KeyFile:
        return self.relays if issuer == RELAYS else super().issuer_key(issuer)

    def issuers(self) -> tuple[Issuer, ...]:
        times = {"valid_from": self.now - 400 * DAY, "valid_until": self.now + 400 * DAY}
        operator = Issuer(id=RELAYS, name="Relädrift Test", role=IssuerRole.RELAY_OPERATOR, keys=(self.relays.key,), **times)
        return (*super().issuers(), operator)

    def trust(self, **changes: Any) -> Trust:
        lists = [self.status_list(issuer=issuer) for issuer in (CARE, PHARMACIES, VETS, RELAYS)]
        return documents.open_trust(self.anchor, self.trust_list(**changes), status_lists=lists)

    def credential_value(
        self, holder: Holder = PHYSICIAN, key: KeyFile | None = None, idx: int = 7, **changes: Any
    ) -> Credential:
        status = {"status": StatusReference(idx=idx, uri=status_uri(changes["issuer"]))} if "issuer" in changes else {}
        return super().credential_value(holder, key, idx, **status | changes)

    def node_credential(self) -> bytes:
        return self.credential(NODE, self.node, 20, issuer=CARE)

    def relay_credential(self) -> bytes:
        return self.credential(RELAY, self.relay, 1, issuer=RELAYS)

    def other_relay_credential(self) -> bytes:
        return self.credential(OTHER_RELAY, self.other_relay, 2, issuer=RELAYS)

    def stamp(self) -> Stamp:
        """Relay A's."""
        return Stamp(self.relay, self.relay_credential())

    def pharmacy_stamp(self) -> Stamp:
        return Stamp(self.pharmacy, self.pharmacy_credential())

    def message_value(self, *given: bytes, number: int = 1, **changes: Any) -> Message:
        """A message with `given` documents (a prescription where none is); `number` makes its id."""
        fields = {
            "not_after": self.now + 3 * DAY,
            "created": self.now - 5,
            "id": hashlib.sha256(b"message %d" % number).digest()[:16],
            "content": MessageContent(
                queue=QUEUE, environment=Environment.TEST, documents=given or (self.prescription_document(),)
            ),
        } | changes
        return Message(**fields)

    def message(self, value: Message | None = None) -> bytes:
        """A signed message of the node."""
        return documents.sign(documents.MESSAGE, value or self.message_value(), self.node, credential=self.node_credential())

    def sealed(self, value: Message | None = None, *, to: str = "pharmacy") -> bytes:
        """A message, sealed to the mail key of a label."""
        value = value or self.message_value()
        document = self.message(value)
        return sealing.seal(document, sealing_key(to), sealing.outer_of(value, len(document)))

    def token(self, who: KeyFile | None = None, *, origin: str = ORIGIN, issued_at: int | None = None) -> bytes:
        """The node's token for a relay; of the pharmacy where that key is given."""
        at = self.now if issued_at is None else issued_at
        value = Token(audience=origin, valid_until=at + 300, issued_at=at, id=hashlib.sha256(origin.encode()).digest()[:16])
        own = self.pharmacy_credential() if who is self.pharmacy else self.node_credential()
        return documents.sign(documents.TOKEN, value, who or self.node, credential=own)

    def mail_key(self, to: str = "pharmacy") -> bytes:
        """The pharmacy's published key."""
        value = MailKey(
            valid_until=self.now + 300 * DAY,
            issued_at=self.now - DAY,
            content=MailKeyContent(queue=QUEUE, environment=Environment.TEST, keys=(sealing_key(to),)),
        )
        return documents.sign(documents.MAIL_KEY, value, self.pharmacy, credential=self.pharmacy_credential())

    def address_book_value(self, *origins: str, **changes: Any) -> AddressBook:
        """One pharmacy, at `origins` in their order."""
        endpoints = tuple(Endpoint(url=one, network="internet") for one in origins or (ORIGIN,))
        entry = Entry(
            queue=QUEUE, name="Apoteket Lärkan", place="Piteå", organisation="Apotekskedjan Test", endpoints=endpoints,
            mail_key=self.mail_key(),
        )  # fmt: skip
        content = {"version": 1, "environment": Environment.TEST, "next_update": self.now + 7 * DAY, "entries": (entry,)}
        return AddressBook(authority="se-test", issued_at=self.now - 3600, content=AddressBookContent(**content | changes))

    def address_book(self, *origins: str, **changes: Any) -> bytes:
        return documents.sign_by_many(documents.ADDRESS_BOOK, self.address_book_value(*origins, **changes), [self.online])
