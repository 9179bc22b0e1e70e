"""Receipts: every type has what the table says and no more, by those who may; every byte of one counts."""

from __future__ import annotations

import hashlib
from itertools import combinations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpr.core import documents
from dpr.core.codes import CODES
from dpr.core.credential import Holder, Role
from dpr.core.errors import DocumentError
from dpr.core.mail import queue, receipts
from dpr.core.mail.receipt import (
    NO_RECEIPT,
    RECEIPT,
    RULES,
    Outcome,
    Receipt,
    ReceiptContent,
    ReceiptType,
    receipt_faults,
    signer_fault,
)
from dpr.core.mail.stamp import Stamp
from tests.mail_world import QUEUE, MailWorld
from tests.world import GLN, NOW, PHARMACIST

WORLD = MailWorld()
TRUST = WORLD.trust()
ID, DIGEST, OTHER = bytes(range(16)), hashlib.sha256(b"sealed").digest(), hashlib.sha256(b"other").digest()
#: A value for each field that a type may have.
VALUES: dict[str, Any] = {
    "message_id": ID, "digest": DIGEST, "sequence": 1, "previous": NO_RECEIPT, "head": DIGEST, "documents": (DIGEST,),
    "outcome": Outcome.ACCEPTED, "code": "expired", "detail": "words", "handed_over_at": NOW,
}  # fmt: skip
STAMPS = {"relay": WORLD.stamp(), "pharmacy": WORLD.pharmacy_stamp(), "node": Stamp(WORLD.node, WORLD.node_credential())}


def content(kind: ReceiptType, *names: str, **changes: Any) -> ReceiptContent:
    """A receipt of a type with these fields; those that it needs where none is named."""
    chosen = {name: VALUES[name] for name in names or RULES[kind].needs}
    return ReceiptContent(type=kind, **{"queue": QUEUE} | chosen | changes)


def is_well_formed(value: ReceiptContent) -> bool:
    return not [*receipt_faults(Receipt(issued_at=NOW, content=value))]


def signed(value: ReceiptContent, by: str = "relay") -> bytes:
    return STAMPS[by](value, NOW)


def code_of(data: bytes, **expected: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        receipts.read(data, TRUST, **expected)
    assert caught.value.code in CODES
    return caught.value.code


# --- the table --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ReceiptType)
def test_a_type_has_what_it_needs_what_it_may_and_nothing_else(kind: ReceiptType) -> None:
    """Every subset of the ten fields, for every type."""
    rule = RULES[kind]
    right = 0
    for count in range(len(VALUES) + 1):
        for names in combinations(VALUES, count):
            value = ReceiptContent(type=kind, queue=QUEUE, **{name: VALUES[name] for name in names})
            expected = rule.needs <= set(names) <= rule.needs | rule.may
            assert is_well_formed(value) == expected, names
            right += expected
    assert right == 2 ** len(rule.may - rule.needs)


def test_the_table_names_every_field_of_a_receipt() -> None:
    fields = {field.name for field in RECEIPT.fields[1].type.fields} - {"type", "queue"}  # type: ignore[attr-defined]
    assert {name for rule in RULES.values() for name in rule.needs | rule.may} == fields == VALUES.keys()
    assert [kind for kind, rule in RULES.items() if rule.by_recipient] == [ReceiptType.R3, ReceiptType.R4, ReceiptType.N2]
    assert RULES.keys() == set(ReceiptType)


def test_a_rejection_says_why() -> None:
    rejected = content(ReceiptType.R4, outcome=Outcome.REJECTED)
    assert not is_well_formed(rejected) and is_well_formed(msgspec.structs.replace(rejected, code="expired"))


@pytest.mark.parametrize(
    ("kind", "changes", "right"),
    [
        (ReceiptType.R1, {"sequence": 1, "previous": NO_RECEIPT}, True),
        (ReceiptType.R1, {"sequence": 2, "previous": DIGEST}, True),
        (ReceiptType.R1, {"sequence": 0, "previous": NO_RECEIPT}, False),
        (ReceiptType.R1, {"sequence": 1, "previous": DIGEST}, False),
        (ReceiptType.R1, {"sequence": 2, "previous": NO_RECEIPT}, False),
        (ReceiptType.H1, {"sequence": 0, "head": NO_RECEIPT}, True),
        (ReceiptType.H1, {"sequence": 0, "head": DIGEST}, False),
        (ReceiptType.H1, {"sequence": 1, "head": NO_RECEIPT}, False),
        (ReceiptType.R2, {"sequence": 0}, False),
        (ReceiptType.N1, {"sequence": 0}, False),
        (ReceiptType.W1, {"sequence": 0}, False),
        (ReceiptType.W2, {"sequence": 0}, False),
    ],
)
def test_a_chain_begins_once_and_an_empty_queue_has_no_head(kind: ReceiptType, changes: dict[str, Any], right: bool) -> None:
    assert is_well_formed(content(kind, **changes)) is right


def test_a_stamp_signs_nothing_that_the_table_does_not_have() -> None:
    with pytest.raises(ValueError, match="R1"):
        STAMPS["relay"](content(ReceiptType.R1, "message_id"), NOW)


# --- who may say what -------------------------------------------------------------------------------------------------------

NODE_QUEUE = queue.of_key(WORLD.node.key.thumbprint)


@pytest.mark.parametrize("kind", ReceiptType)
@pytest.mark.parametrize("by", STAMPS)
@pytest.mark.parametrize(
    "of", [QUEUE, NODE_QUEUE, queue.of_key(WORLD.pharmacy.key.thumbprint), queue.of_key(WORLD.relay.key.thumbprint)]
)
def test_a_relay_speaks_for_every_queue_and_a_node_for_its_own(kind: ReceiptType, by: str, of: str) -> None:
    key = {"relay": WORLD.relay, "pharmacy": WORLD.pharmacy, "node": WORLD.node}[by].key
    own = {queue.of_key(key.thumbprint)} | ({QUEUE} if by == "pharmacy" else set())
    allowed = of in own or (by == "relay" and not RULES[kind].by_recipient)
    data = signed(content(kind, queue=of), by)
    if allowed:
        assert receipts.read(data, TRUST).content.queue == of
    else:
        assert code_of(data) == "receipt_signer"


@pytest.mark.parametrize("holder", [None, PHARMACIST, Holder(role=Role.REGISTER, name="Register")])
def test_a_role_that_signs_no_receipts_is_not_even_asked(holder: Holder | None) -> None:
    value = Receipt(issued_at=NOW, content=content(ReceiptType.R3))
    if holder is None:
        data = documents.sign(documents.RECEIPT, value, WORLD.prescriber, credential=WORLD.credential())
    elif holder is PHARMACIST:
        data = documents.sign(documents.RECEIPT, value, WORLD.pharmacist, credential=WORLD.pharmacist_credential())
    else:  # nobody vouches for a register here
        credential = WORLD.credential(holder, WORLD.node, 3)
        data = documents.sign(documents.RECEIPT, value, WORLD.node, credential=credential)
    assert code_of(data) in ("chain_role", "scope_role")


def test_a_credential_is_entitled_to_its_gln_and_its_key_and_nothing_else() -> None:
    pharmacy = documents.open_credential(WORLD.pharmacy_credential(), TRUST)
    assert queue.queues_of(pharmacy.credential) == (f"gln:{GLN}", queue.of_key(WORLD.pharmacy.key.thumbprint))
    node = documents.open_credential(WORLD.node_credential(), TRUST)
    assert queue.queues_of(node.credential) == (NODE_QUEUE,)
    assert signer_fault(content(ReceiptType.R3), pharmacy) is None
    assert signer_fault(content(ReceiptType.R3), node) == "receipt_signer"


# --- what a receipt is about ------------------------------------------------------------------------------------------------


def test_a_receipt_is_read_for_its_queue_its_message_and_its_digest() -> None:
    data = signed(content(ReceiptType.R4), "pharmacy")
    found = receipts.read(data, TRUST, expected_queue=QUEUE, expected_id=ID, expected_digest=DIGEST)
    assert found.content.outcome is Outcome.ACCEPTED and found.at == NOW and found.document == data
    assert found.digest == hashlib.sha256(data).digest() and found.relay == ("SE5560000001-T002", "Apoteket Lärkan")
    assert code_of(data, expected_queue=NODE_QUEUE, expected_id=ID, expected_digest=DIGEST) == "receipt_queue"
    assert code_of(data, expected_queue=QUEUE, expected_id=bytes(16), expected_digest=DIGEST) == "receipt_message"
    assert code_of(data, expected_queue=QUEUE, expected_id=ID, expected_digest=OTHER) == "receipt_digest"


def test_a_node_cannot_answer_in_its_own_name_for_what_was_sent_to_another() -> None:
    """It knows the message id and the digest, say from a relay, and signs an ACCEPTED for its own queue."""
    forged = signed(content(ReceiptType.R4, queue=NODE_QUEUE), "node")
    assert receipts.read(forged, TRUST, expected_id=ID, expected_digest=DIGEST)
    assert code_of(forged, expected_queue=QUEUE, expected_id=ID, expected_digest=DIGEST) == "receipt_queue"


def test_a_receipt_without_a_message_is_of_none() -> None:
    data = signed(content(ReceiptType.H1))
    assert receipts.read(data, TRUST, expected_queue=QUEUE)
    assert code_of(data, expected_id=ID) == "receipt_message"


# --- hostile bytes ----------------------------------------------------------------------------------------------------------


def test_every_byte_of_a_receipt_counts() -> None:
    data = signed(content(ReceiptType.R1))
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1
        code_of(bytes(changed))
    for end in range(len(data)):
        code_of(data[:end])
    assert code_of(data + b"\0") == "cbor_trailing_bytes"


@given(st.binary(max_size=200))
def test_any_bytes_are_named(data: bytes) -> None:
    code_of(data)
