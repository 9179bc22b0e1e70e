"""A message is taken whole or not at all, once it is taken it stays so, and a relay's word is judged whenever it is used."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dpr.core import cbor, cose, documents
from dpr.core.byte_strings import byte_string
from dpr.core.mail.receipt import Outcome, ReceiptType
from dpr.core.status import Status
from dpr.core.trust import Trust
from dpr.core.verify import Refused
from dpr.flows.collect import LISTS_SECONDS, Verdict
from dpr.flows.receive import Received, is_held, receive
from tests.fakes.inbox_memory import MemoryInbox
from tests.flows.pickup import A, B, Pickup
from tests.mail_world import RELAYS
from tests.world import CARE, PHARMACIES, VETS


@pytest.fixture
def pickup() -> Pickup:
    return Pickup()


def trust(pickup: Pickup, *, prescriber: Status | None = None, relay: bool = False, from_: int | None = None) -> Trust:
    """Lists in which the prescriber has a status, relay A is revoked, and the prescriber is revoked from an instant."""
    world = pickup.world
    changed = {CARE: {} if prescriber is None else {7: prescriber}, RELAYS: {1: Status.REVOKED} if relay else {}}
    lists = [world.status_list(changed.get(one, {}), issuer=one) for one in (CARE, PHARMACIES, VETS, RELAYS)]
    revoked = [] if from_ is None else [world.revocations({7: from_})]
    return documents.open_trust(world.anchor, world.trust_list(), status_lists=lists, revocations=revoked)


def spoilt(document: bytes) -> bytes:
    return document[:-1] + bytes([document[-1] ^ 1])


async def test_nothing_of_a_message_that_is_rejected_is_kept(pickup: Pickup) -> None:
    good = pickup.world.prescription_document()
    digest = pickup.send(good, spoilt(good))
    await pickup.poll()
    r4 = pickup.answers(digest)[1]
    assert (r4.outcome, r4.code, r4.detail) == (Outcome.REJECTED, "signature_invalid", "document 2 of 2")
    assert pickup.ledger.prescriptions() == []


async def test_two_prescriptions_of_one_id_in_a_message_are_both_refused(pickup: Pickup) -> None:
    world = pickup.world
    one, other = world.prescription(), world.prescription(authored_at=world.now - 777)
    assert one.id == other.id
    digest = pickup.send(world.prescription_document(one), world.prescription_document(other))
    await pickup.poll()
    assert [each.code for each in pickup.answers(digest)] == [None, "id_of_another_prescription"]
    assert pickup.ledger.prescriptions() == []


async def test_the_same_prescription_twice_in_a_message_is_one(pickup: Pickup) -> None:
    document = pickup.world.prescription_document()
    digest = pickup.send(document, document)
    await pickup.poll()
    assert pickup.answers(digest)[1].outcome is Outcome.ACCEPTED
    assert len(pickup.ledger.prescriptions()) == 1


@pytest.mark.parametrize("typ", ["evil\x1b[31m", "\u202e19121212-1212\n", "x " * 30, "", " ", "e\u0301\u0301\u0301\u0301"])
async def test_a_document_of_any_name_gets_an_answer(pickup: Pickup, typ: str) -> None:
    good = pickup.world.prescription_document()
    header = documents.split(good).protected
    named = cbor.encode(cbor.decode(header) | {cose.TYP: typ})
    digest = pickup.send(good, good.replace(byte_string(header), byte_string(named), 1))
    await pickup.poll()
    assert [one.code for one in pickup.answers(digest)] == [None, "mail_kind_not_taken"]
    assert pickup.ledger.prescriptions() == []


async def test_a_reason_that_no_receipt_may_say_is_left_out(pickup: Pickup) -> None:
    pickup.deliver = lambda delivery: Verdict(Outcome.REJECTED, "status_stale", "line\nbreak \u202e")
    digest = pickup.send()
    await pickup.poll()
    r4 = pickup.answers(digest)[1]
    assert (r4.type, r4.code, r4.detail) == (ReceiptType.R4, "status_stale", None)


# --- what is held -----------------------------------------------------------------------------------------------------------


async def test_what_the_ledger_holds_is_accepted_again_whatever_holds_today(pickup: Pickup) -> None:
    digest = pickup.send(to=(A, B))
    await pickup.poll(A)
    pickup.inbox = MemoryInbox()  # mail.db was lost; the ledger was not
    pickup.trust = trust(pickup, prescriber=Status.SUSPENDED)
    await pickup.poll(B)
    assert pickup.answers(digest)[1].outcome is Outcome.ACCEPTED


async def test_only_the_very_prescription_is_held(pickup: Pickup) -> None:
    world, document = pickup.world, pickup.world.prescription_document()
    assert not is_held(document, pickup.ledger, pickup.trust)
    pickup.send(document)
    await pickup.poll()
    assert is_held(document, pickup.ledger, pickup.trust)
    assert is_held(world.prescription_document(), pickup.ledger, trust(pickup, prescriber=Status.REVOKED))
    assert not is_held(spoilt(document), pickup.ledger, pickup.trust), "the same claims, and no signature"
    changed = world.prescription_document(world.prescription(authored_at=world.now - 777))
    assert not is_held(changed, pickup.ledger, pickup.trust)
    assert not is_held(b"no document", pickup.ledger, pickup.trust)


# --- keys that come later ---------------------------------------------------------------------------------------------------


async def test_a_key_that_is_not_held_is_given_an_hour(pickup: Pickup) -> None:
    from tests.flows.test_collect import to_another_key

    digest = pickup.put(to_another_key(pickup))
    await pickup.poll()
    assert pickup.what() == [("deferred", "mail_key_unknown")]
    assert pickup.at_relay() == [["R1"]], "nothing is said of it yet"
    pickup.clock.ahead = LISTS_SECONDS - 60
    await pickup.poll()
    assert pickup.answers(digest) == []
    pickup.clock.ahead = LISTS_SECONDS + 1
    await pickup.poll()
    assert [(one.type, one.code) for one in pickup.answers(digest)] == [(ReceiptType.N2, "mail_key_unknown")]


# --- a relay's word ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("relay_revoked", [False, True])
async def test_the_word_of_a_relay_is_judged_again_when_it_is_used(pickup: Pickup, relay_revoked: bool) -> None:
    world = pickup.world
    pickup.send()
    pickup.clock.ahead = 7200
    pickup.trust = trust(pickup, from_=world.now + 3600)
    await pickup.poll()
    [seen] = pickup.ledger.prescriptions()
    assert seen.proof == pickup.r1().document
    later = trust(pickup, prescriber=Status.REVOKED, relay=relay_revoked, from_=world.now + 3600)
    now = datetime.fromtimestamp(pickup.clock(), UTC)
    found = receive(seen.document, path="qr", trust=later, ledger=pickup.ledger, policy=world.policy, now=now)
    if relay_revoked:
        assert isinstance(found, Refused)
        assert found.code == "credential_revoked"
    else:
        assert isinstance(found, Received)
