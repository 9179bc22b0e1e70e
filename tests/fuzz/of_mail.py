"""Targets: what travels between nodes, as a relay, a recipient and a sender meet it from anybody.

Signed inputs are payloads: the harness signs them with the keys of the world's node, pharmacy and relay.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidTag

from dpr.core import cbor, cose, documents
from dpr.core.errors import DocumentError
from dpr.core.mail import api, carriage, chain, receipts, sealing
from dpr.core.mail.chain import Place
from dpr.core.mail.receipt import RULES, Outcome, ReceiptContent, ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.mail.stamp import Stamp
from tests import hostile
from tests.fuzz.mutate import cbor_tree, raw
from tests.fuzz.of_signed import compressed
from tests.fuzz.target import VECTORS, outcome, target, vectors
from tests.mail_world import QUEUE, MailWorld, opening_key
from tests.world import NOW

WORLD = MailWorld()
TRUST = WORLD.trust()
INNER = WORLD.message()
#: All that was ever sealed to the key: the vectors, some with faults inside.
GENUINE = tuple(
    bytes.fromhex(one["input"])
    for name in ("opened", "sealed")
    for one in json.loads((VECTORS / f"{name}.json").read_text("utf-8"))["vectors"]
    if len(one["input"]) <= 2 * 8192
)
SIGNERS = {
    "node": (WORLD.node, WORLD.node_credential()),
    "pharmacy": (WORLD.pharmacy, WORLD.pharmacy_credential()),
    "relay": (WORLD.relay, WORLD.relay_credential()),
}


def _payloads(name: str) -> list[bytes]:
    found = []
    for data in vectors(name):
        payload = outcome(lambda data=data: documents.split(data)[1], DocumentError)
        found += [payload] if payload else []
    return found


def _header_first(data: bytes, random: Any) -> bytes:
    """Changes the first kilobyte, where frame and header are, as often as the rest."""
    if random.random() < 0.5:
        return raw(data, random)
    return raw(data[:300], random) + data[300:]


@target(seeds=lambda: GENUINE, mutate=_header_first, max_bytes=8192)
def sealed_message(data: bytes) -> None:
    """What a relay gets is refused with a DocumentError, or its parts written again are the same bytes; and nothing opens but
    what was sealed to the recipient, byte for byte in header and ciphertext."""
    parts = outcome(lambda: sealing.read(data), DocumentError)
    if parts is None:
        return
    protected = cbor.decode(parts.info)[1]
    assert sealing.assemble(protected, parts.ciphertext) == data and len(protected) <= sealing.MAX_OUTER_BYTES
    assert sealing.OUTER.to_cbor(parts.outer) == cbor.decode(protected)[15]
    try:
        opened = sealing.SUITE.decrypt(parts.ciphertext, opening_key("pharmacy"), info=parts.info)
    except (InvalidTag, ValueError):
        return
    assert data in GENUINE and len(opened) in sealing.BUCKETS


@target(seeds=lambda: [sealing.pad(INNER, 4096), bytes(4096)], max_bytes=65_600, runs=500)
def padded_message(data: bytes) -> None:
    """What was inside a seal is refused as padding, or is a document that pads to the same bytes."""
    document = outcome(lambda: sealing.unpad(data), DocumentError)
    if document is not None:
        assert sealing.pad(document, len(data)) == data and len(document) <= sealing.MAX_MESSAGE_BYTES


@target(seeds=lambda: [*vectors("receipt")[:20], *vectors("message")[:3]], mutate=cbor_tree)
def receipt_bytes(data: bytes) -> None:
    """Whatever is given as a receipt is refused with a DocumentError, or was signed by one who may say it."""
    _is_by_one_who_may(outcome(lambda: receipts.read(data, TRUST), DocumentError))


def _is_by_one_who_may(found: Attested | None) -> None:
    if found is not None:
        holder = found.signer.credential.holder
        is_relays = not RULES[found.content.type].by_recipient and holder.role.name == "RELAY"
        assert is_relays or found.content.queue == f"gln:{holder.gln}" or found.content.queue.startswith("key:")
        assert found.digest == hashlib.sha256(found.document).digest()


@target(seeds=lambda: _payloads("receipt"), mutate=cbor_tree, runs=1200)
def signed_receipt(data: bytes) -> None:
    """What a node, a pharmacy or a relay signs as a receipt is refused with a DocumentError, or is written back as it was and
    is by one who may say it."""
    for key, credential in SIGNERS.values():
        document = hostile.signed(data, key, {cose.TYP: "dpr-receipt", cose.KCWT: cbor.decode(credential)})
        found = outcome(lambda document=document: receipts.read(document, TRUST), DocumentError)
        _is_by_one_who_may(found)
        if found is not None:
            value = documents.open(document, TRUST, expected_kind=documents.RECEIPT).value
            assert cbor.encode(documents.RECEIPT.claims.to_cbor(value)) == data
            assert outcome(lambda document=document: receipts.read(document, TRUST, expected_queue="x"), DocumentError) is None


@target(seeds=lambda: _payloads("message") + _payloads("token"), mutate=cbor_tree)
def signed_message(data: bytes) -> None:
    """What a node signs as a message or a token is refused with a DocumentError or is written back as it was; a message that
    opens can be sealed, or is named as too large."""
    for kind in (documents.MESSAGE, documents.TOKEN):
        key, credential = SIGNERS["node"]
        document = hostile.signed(data, key, {cose.TYP: kind.typ, cose.KCWT: cbor.decode(credential)})
        opened = outcome(
            lambda document=document, kind=kind: documents.open(document, TRUST, expected_kind=kind), DocumentError
        )
        if opened is None:
            continue
        assert cbor.encode(kind.claims.to_cbor(opened.value)) == data
        if kind is documents.MESSAGE:
            outer = outcome(lambda: sealing.outer_of(opened.value, len(document)), DocumentError)  # noqa: B023
            assert outer is None or sealing.require_same(outer, opened.value) is None


@target(seeds=lambda: _payloads("mail_key"), mutate=cbor_tree, runs=600)
def signed_mail_key(data: bytes) -> None:
    """What a pharmacy signs as its mail key is refused with a DocumentError, or every key in it has its KEM's length, and
    sealing to it works or is refused by name."""
    key, credential = SIGNERS["pharmacy"]
    document = hostile.signed(data, key, {cose.TYP: "dpr-mail-key", cose.KCWT: cbor.decode(credential)})
    opened = outcome(lambda: documents.open(document, TRUST, expected_kind=documents.MAIL_KEY), DocumentError)
    if opened is not None:
        keys = opened.value.content.keys
        assert keys and all(len(one.public) == 1216 and len(one.id) == 8 for one in keys)
        outer = sealing.outer_of(WORLD.message_value(), len(INNER))
        sealed = outcome(lambda: sealing.seal(INNER, keys[0], outer), DocumentError)
        assert sealed is None or sealing.read(sealed).outer == outer


@target(seeds=lambda: vectors("body"), mutate=cbor_tree)
def mail_body(data: bytes) -> None:
    """A body of the API is refused with a DocumentError, or is read again from what it is written as."""
    for record in (api.INBOX_ANSWER, api.ACKS, api.RECEIPTS):
        found = outcome(lambda record=record: api.read(record, data), DocumentError)
        if found is not None:
            written = api.write(record, found)
            assert api.read(record, written) == found and len(written) <= len(data)
            assert compressed(cbor.decode(written, signed_list=True)) is not None


@cache
def _pool() -> tuple[Attested, ...]:
    """Receipts of two truths of one relay, and of a recipient."""
    stamps = {"relay": WORLD.stamp(), "pharmacy": WORLD.pharmacy_stamp(), "other": _other()}
    found: list[Attested] = []
    for salt in (0, 1):
        previous = bytes(32)
        for number in range(1, 5):
            own = hashlib.sha256(b"%d %d" % (number, salt)).digest()
            content = ReceiptContent(
                type=ReceiptType.R1, queue=QUEUE, message_id=own[:16], digest=own, sequence=number, previous=previous
            )
            found.append(receipts.read(stamps["relay"](content, NOW + number), TRUST))
            previous = found[-1].digest
    about = {"queue": QUEUE, "message_id": bytes(16), "digest": bytes(32)}
    for kind in (ReceiptType.R2, ReceiptType.N1, ReceiptType.W1, ReceiptType.W2):
        for by in ("relay", "other"):
            found.append(receipts.read(stamps[by](ReceiptContent(type=kind, sequence=1, **about), NOW), TRUST))
    for answer in (Outcome.ACCEPTED, Outcome.REJECTED):
        code = None if answer is Outcome.ACCEPTED else "expired"
        r4 = ReceiptContent(type=ReceiptType.R4, outcome=answer, code=code, documents=(bytes(32),), **about)
        found.append(receipts.read(stamps["pharmacy"](r4, NOW), TRUST))
    return tuple(found)


def _other() -> Stamp:
    return Stamp(WORLD.other_relay, WORLD.other_relay_credential())


@target(seeds=lambda: [bytes(range(8)), bytes((0, 1, 5, 2)), bytes((8, 16, 17))], max_bytes=40, runs=2000)
def receipts_shown(data: bytes) -> None:
    """Receipts in any order, as a relay may show them: a reader's place moves only along R1s that name each other, one at a
    time; and the state that a sender sees does not depend on their order."""
    shown = [_pool()[byte % len(_pool())] for byte in data]
    place, by_place = Place(), {}
    for one in shown:
        moved = outcome(lambda one=one, place=place: chain.extend(place, [one]), DocumentError)
        if moved is not None and moved != place:
            assert moved.sequence == place.sequence + 1 and one.content.previous == place.head == by_place.get(
                place.sequence, bytes(32)
            )
            by_place[moved.sequence] = one.digest
            place = moved
    forward = carriage.standing(shown, not_after=NOW, now=NOW, recalled=True)
    assert (
        carriage.standing(shown[::-1], not_after=NOW, now=NOW, recalled=True)
        == forward
        == carriage.standing(shown * 2, not_after=NOW, now=NOW, recalled=True)
    )
