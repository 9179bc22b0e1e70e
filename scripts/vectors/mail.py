"""What carries messages, made anew for each vector: messages, mail keys, tokens, receipts, address books.

Rules: as in vectors.making; the world is tests.mail_world's.

Example: `receipt(ReceiptType.R1, ("content.sequence", 2))`
"""

from __future__ import annotations

import hashlib
from typing import Any

from dpr.adapters.key_files import KeyFile
from dpr.core import documents
from dpr.core.mail import queue
from dpr.core.mail.receipt import NO_RECEIPT, RECEIPT, Outcome, ReceiptContent, ReceiptType
from dpr.core.mail.receipt import Receipt as Value
from tests.mail_world import QUEUE, RELAYS, MailWorld, sealing_key
from tests.world import CARE, DAY, NOW, PHARMACIES, VETS
from vectors.making import Change, Vector, anchor, changed, hexed, policy, sign, time, vector

M = MailWorld()
NODE_QUEUE = queue.of_key(M.node.key.thumbprint)
MESSAGE = M.message()
ID = M.message_value().id
DIGEST = hashlib.sha256(b"a sealed message").digest()
HELD = hashlib.sha256(MESSAGE).digest()
#: The credentials, each with the key that it is of.
NODE = {"key": M.node, "kcwt": M.node_credential()}
PHARMACY = {"key": M.pharmacy, "kcwt": M.pharmacy_credential()}
PRESCRIBER = {"key": M.prescriber, "kcwt": M.credential()}
PHARMACIST = {"key": M.pharmacist, "kcwt": M.pharmacist_credential()}
RELAY = {"key": M.relay, "kcwt": M.relay_credential()}
OTHER_RELAY = {"key": M.other_relay, "kcwt": M.other_relay_credential()}
#: The two that sign documents and are no nodes, with what they are refused with.
NO_NODES = (("by-a-prescriber", PRESCRIBER), ("by-a-pharmacist", PHARMACIST))


def site(**changes: Any) -> dict[str, Any]:
    """`now`, `policy` and `trust` of a file: as every site's, with an operator of relays among the issuers."""
    held: dict[str, Any] = {
        "trust_list": M.trust_list(),
        "status_lists": [M.status_list(), *(M.status_list(issuer=one) for one in (PHARMACIES, VETS, RELAYS))],
        "revocations": [],
        "credentials": [],
    }
    return {"now": time(NOW), "policy": policy(), "trust": {"anchor": anchor(M.anchor), **hexed(held), **hexed(changes)}}


def document(kind: documents.Kind[Any], claims: Any, *changes: Change, **options: Any) -> bytes:
    """`claims` with `changes`, by the node with its credential in it unless `options` say otherwise."""
    options = {**NODE, **options}
    return sign(kind.typ, changed(kind.claims, claims, changes), options.pop("key"), **options)


def good(kind: documents.Kind[Any], name: str, data: bytes, comment: str = "", **more: Any) -> Vector:
    """A document that is accepted, with its claims."""
    layer = kind.typ.removeprefix("dpr-").replace("-", "_")
    value = documents.read_claims(kind, documents.split(data)[1])
    return vector(name, layer, data, comment=comment, claims=kind.claims.to_json(value), **more)


#: What each type of receipt says, in the smallest right one.
CONTENTS: dict[ReceiptType, dict[str, Any]] = {
    ReceiptType.R1: {"message_id": ID, "digest": DIGEST, "sequence": 1, "previous": NO_RECEIPT},
    ReceiptType.R2: {"message_id": ID, "digest": DIGEST, "sequence": 1},
    ReceiptType.R3: {"message_id": ID, "digest": DIGEST, "documents": (HELD,)},
    ReceiptType.R4: {"message_id": ID, "digest": DIGEST, "documents": (HELD,), "outcome": Outcome.ACCEPTED},
    ReceiptType.N1: {"message_id": ID, "digest": DIGEST, "sequence": 1},
    ReceiptType.N2: {"message_id": ID, "digest": DIGEST, "code": "mail_padding"},
    ReceiptType.W1: {"message_id": ID, "digest": DIGEST, "sequence": 1},
    ReceiptType.W2: {"message_id": ID, "digest": DIGEST, "sequence": 1},
    ReceiptType.H1: {"sequence": 1, "head": HELD},
}
RECIPIENTS = frozenset((ReceiptType.R3, ReceiptType.R4, ReceiptType.N2))


def receipt(kind: ReceiptType, *changes: Change, at: int = NOW - 60, queue: str = QUEUE, **options: Any) -> bytes:
    """A receipt, by the pharmacy or relay A as its type has it, or by whom `options` say."""
    content = ReceiptContent(type=kind, queue=queue, **CONTENTS[kind])
    claims = RECEIPT.to_cbor(Value(issued_at=at, content=content))
    by = PHARMACY if kind in RECIPIENTS else RELAY
    return document(documents.RECEIPT, claims, *changes, **{**by, **options})


def chain(count: int, first: int = 1, previous: bytes = NO_RECEIPT, **options: Any) -> list[bytes]:
    """R1s one after another, each of a message of its own."""
    made: list[bytes] = []
    for number in range(first, first + count):
        own = hashlib.sha256(b"message %d" % number).digest()
        changes = (("message_id", own[:16]), ("digest", own), ("sequence", number), ("previous", previous))
        made.append(receipt(ReceiptType.R1, *((f"content.{name}", value) for name, value in changes), **options))
        previous = hashlib.sha256(made[-1]).digest()
    return made


def head(sequence: int, of: bytes | None, **options: Any) -> bytes:
    """An H1 that names `of`, an R1, or none."""
    named = NO_RECEIPT if of is None else hashlib.sha256(of).digest()
    return receipt(ReceiptType.H1, ("content.sequence", sequence), ("content.head", named), **options)


__all__ = ["CARE", "DAY", "NOW", "KeyFile", "sealing_key"]
