"""Receiving and dispensing: what the pharmacist may do, what is recorded, and what is refused by name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from dpr.core import documents
from dpr.core.backreg import Event
from dpr.core.dispensing import Charge, ChargeBasis, Collector, IdentityCheck, Outcome
from dpr.core.errors import DprError, SetupError, StorageError
from dpr.core.ledger import Allowed, NotAllowed
from dpr.core.products import ControlClass, Product
from dpr.core.status import Status
from dpr.core.verify import Refused
from dpr.flows.dispense import NotDispensed
from dpr.flows.receive import receive
from tests.flows.counter import GROUND, Counter
from tests.world import DAY, GLN, ONE_ITEM, OTHER_GLN, PHARMACIES, PHARMACIST, PHARMACY, PHYSICIAN, World, signer

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def codes(received: Any, step: int) -> list[str]:
    return [check.code for check in received.checks if check.step == step]


def refusal(counter: Counter, **order: Any) -> str:
    before = list(counter.ledger.dispensings()), list(counter.ledger.queue())
    with pytest.raises(DprError) as caught:
        counter.dispense(**order)
    assert (list(counter.ledger.dispensings()), list(counter.ledger.queue())) == before
    return caught.value.code


# --- receiving -----------------------------------------------------------------------------------------------------------


def test_the_same_prescription_again_is_the_same_prescription() -> None:
    counter = Counter()
    first = counter.receive()
    assert codes(first, 11) == ["not_seen_before"]
    counter.now += 100
    again = counter.receive()
    assert codes(again, 11) == ["seen_before"]
    assert again.first_received_at == first.first_received_at
    assert len(counter.ledger.prescriptions()) == 1
    assert len(counter.ledger.queue()) == 1


def test_the_twin_of_a_signature_is_the_same_prescription() -> None:
    counter = Counter()
    document = counter.world.prescription_document()
    counter.receive(document)
    r, s = document[-64:-32], int.from_bytes(document[-32:], "big")
    twin = document[:-64] + r + (P256_ORDER - s).to_bytes(32, "big")
    assert twin != document
    assert codes(counter.receive(twin), 11) == ["seen_before_in_other_bytes"]
    assert len(counter.ledger.prescriptions()) == 1


def test_what_is_refused_is_not_kept() -> None:
    counter = Counter()
    document = counter.world.prescription_document()[:-1] + b"\0"
    verdict = receive(document, path="qr", trust=counter.trust, ledger=counter.ledger, now=counter.at(), policy=counter.policy)
    assert isinstance(verdict, Refused)
    assert list(counter.ledger.prescriptions()) == []


def test_what_is_left_is_told_for_every_item() -> None:
    counter = Counter()
    received = counter.receive()
    assert received.items == {1: Allowed(1, 2)}
    assert codes(received, 6) == ["dispensings_left"]
    counter.dispense()
    received = counter.receive()
    assert isinstance(received.items[1], NotAllowed)
    assert codes(received, 6) == ["interval_not_passed"]


# --- dispensing ----------------------------------------------------------------------------------------------------------


def test_the_record_is_signed_by_the_pharmacy_and_names_the_pharmacist() -> None:
    counter = Counter()
    document = counter.world.prescription_document()
    counter.receive(document)
    done = counter.dispense(
        collector=Collector.REPRESENTATIVE,
        identity_check=IdentityCheck.ID_CARD,
        batch="A1",
        charge=Charge(amount_ore=12_050, basis=ChargeBasis.FLAT),
    )
    opened = documents.open(done.document, counter.trust, expected_kind=documents.DISPENSING)
    content = opened.value.content
    assert opened.signer is not None
    assert opened.signer.credential.holder.gln == GLN
    assert documents.open_credential(content.pharmacist, counter.trust).credential.holder == PHARMACIST
    assert content.prescription_digest == documents.open(document, counter.trust).digest
    assert (content.number, content.of, done.left) == (1, 3, 2)
    assert content.npl_pack_id == "20040131100274"
    assert content.product_text == "Enalapril Test Tablett 20 mg Blister, 98 tabletter"
    assert content.ground == GROUND
    assert {check.step for check in content.checks} >= {1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13}
    assert next(check.age_seconds for check in content.checks if check.step == 2) == 600
    assert counter.ledger.queue()[-1].number == 1


def test_the_last_of_three_ends_it() -> None:
    counter = Counter()
    counter.receive()
    for left in (2, 1, 0):
        counter.trust = World(now=counter.now).trust()
        counter.world.now = counter.now
        assert counter.dispense().left == left
        counter.now += 80 * DAY
    counter.trust = World(now=counter.now).trust()
    counter.world.now = counter.now
    assert refusal(counter) == "dispensings_used_up"


def test_the_interval_counts_days_in_sweden() -> None:
    counter = Counter()
    counter.receive()
    counter.dispense()
    counter.now += 79 * DAY
    counter.world.now = counter.now
    counter.trust = World(now=counter.now).trust()
    with pytest.raises(NotDispensed, match="interval_not_passed: from 2027-02-09"):
        counter.dispense()
    counter.now = int(datetime(2027, 2, 8, 23, 0, tzinfo=UTC).timestamp())  # midnight in Sweden
    counter.dispense()


def test_two_counters_racing_for_one_dispensing_get_one_winner() -> None:
    counter = Counter()
    counter.receive()
    inner = counter.ledger.history
    counter.ledger.history = lambda *args: ()  # type: ignore[method-assign]  # both read before either writes
    counter.dispense()
    with pytest.raises(StorageError, match="dispensing_taken"):
        counter.dispense()
    assert len(inner(counter.world.prescription().id, 1)) == 1


def test_offline_needs_policy_and_ground() -> None:
    counter = Counter(offline_dispensing=False)
    counter.receive()
    assert refusal(counter) == "offline_dispensing_off"
    counter.policy = msgspec.structs.replace(counter.policy, offline_dispensing=True)
    assert refusal(counter, ground=None) == "ground_missing"
    counter.dispense()


async def test_the_register_comes_first_where_it_answers() -> None:
    counter = Counter()
    counter.receive()
    assert refusal(counter, register_up=True) == "register_first"
    await counter.report()
    done = counter.dispense(register_up=True)
    assert done.record.content.ground is None


async def test_what_is_registered_may_be_dispensed_when_the_register_goes_down_again_under_a_ground() -> None:
    counter = Counter()
    counter.receive()
    await counter.report()
    assert counter.dispense(register_up=False).record.content.ground == GROUND


async def test_a_parked_registration_is_dealt_with_before_dispensing() -> None:
    counter = Counter()
    counter.receive()
    counter.ledger.advance(counter.ledger.queue()[0], Event.TWIN, words="twin_in_register")
    assert refusal(counter) == "registration_needs_pharmacist"


@pytest.mark.parametrize(
    ("credential", "code"),
    [
        (lambda w: w.credential(PHYSICIAN), "pharmacist_credential_needed"),
        (lambda w: w.credential(PHARMACY, w.pharmacy, 2), "pharmacist_credential_needed"),
        (lambda w: w.credential(PHARMACIST, w.pharmacist, 1, valid_until=w.now - 600), "pharmacist_credential_not_in_force"),
        (lambda w: w.credential(PHARMACIST, w.pharmacist, 1, valid_from=w.now + 301), "pharmacist_credential_not_in_force"),
        (lambda w: w.credential(PHARMACIST, w.pharmacist, 50), "pharmacist_credential_revoked"),
        (lambda w: b"\xd2\x84", "cbor_malformed"),
    ],
)
def test_only_a_pharmacist_in_force_dispenses(credential: Any, code: str) -> None:
    counter = Counter()
    counter.receive()
    lists = [
        counter.world.status_list(),
        counter.world.status_list({50: Status.REVOKED}, issuer=PHARMACIES),
    ]
    counter.trust = documents.open_trust(counter.world.anchor, counter.world.trust_list(), status_lists=lists)
    assert refusal(counter, pharmacist_credential=credential(counter.world)) == code


def test_the_pharmacy_must_be_the_one_of_the_policy() -> None:
    counter = Counter()
    counter.receive()
    counter.policy = msgspec.structs.replace(counter.policy, gln=OTHER_GLN)
    with pytest.raises(SetupError, match="pharmacy_credential_differs"):
        counter.dispense()
    counter = Counter()
    counter.receive()
    counter.world.pharmacy, right = signer("another"), counter.world.pharmacy_credential()
    counter.world.pharmacy_credential = lambda: right  # type: ignore[method-assign]
    with pytest.raises(SetupError, match="pharmacy_credential_differs"):
        counter.dispense()


def test_a_prescription_that_has_become_refused_is_not_dispensed() -> None:
    counter = Counter()
    counter.receive()
    counter.trust = counter.world.trust(status={7: Status.REVOKED})
    assert refusal(counter) == "credential_revoked"


def test_unknown_prescriptions_and_items_are_named() -> None:
    counter = Counter()
    assert refusal(counter) == "prescription_not_received"
    counter.receive()
    assert refusal(counter, item=2) == "item_unknown"
    assert refusal(counter, item=0) == "item_unknown"


@pytest.mark.parametrize("offset", [1, -7200])
def test_a_hand_over_in_the_future_or_before_the_prescription_is_refused(offset: int) -> None:
    counter = Counter()
    counter.receive()
    assert refusal(counter, handed_over_at=counter.now + offset) == "handed_over_time"


def test_a_red_warning_needs_a_reason_that_is_recorded() -> None:
    counter = Counter()
    counter.receive()
    counter.now += 8 * DAY
    assert refusal(counter) == "override_missing"
    done = counter.dispense(overrides={"status_red": "Ringt kliniken", "trust_list_stale": "Känd"})
    assert [(one.code, one.reason) for one in done.record.content.overrides] == [
        ("status_red", "Ringt kliniken"),
        ("trust_list_stale", "Känd"),
    ]
    red = next(check for check in done.record.content.checks if check.code == "status_red")
    assert (red.outcome, red.age_seconds) == (Outcome.WARN, 8 * DAY + 600)


# --- substitution --------------------------------------------------------------------------------------------------------


def test_another_product_needs_a_reason_and_what_it_is() -> None:
    counter = Counter()
    counter.receive()
    assert refusal(counter, npl_pack_id="20040131100999") == "substitution_reason_missing"
    done = counter.dispense(
        npl_pack_id="20040131100999", product_text="Enalapril Annan 20 mg", substitution_reason="Slut i lager"
    )
    content = done.record.content
    assert (content.npl_pack_id, content.substitution_reason) == ("20040131100999", "Slut i lager")


def test_a_refused_substitution_stops_another_product() -> None:
    counter = Counter()
    item = ONE_ITEM["items"][0] | {"substitution": {"allowed": False, "reason": "Allergi mot hjälpämne"}}
    prescription = counter.world.prescription(ONE_ITEM | {"items": [item]})
    counter.receive(counter.world.prescription_document(prescription))
    order = {"prescription_id": prescription.id, "product_text": "x", "substitution_reason": "y"}
    assert refusal(counter, npl_pack_id="20040131100999", **order) == "substitution_not_allowed"
    counter.dispense(prescription_id=prescription.id)


# --- product file --------------------------------------------------------------------------------------------------------


class OneProduct:
    def __init__(self, product: Product | None) -> None:
        self.product = product

    def product_of(self, item: Any) -> Product | None:
        return self.product


def test_a_difference_from_the_product_file_is_a_warning_that_the_record_keeps() -> None:
    counter = Counter()
    counter.catalogue = OneProduct(Product(name="Metformin", strength="20 mg", control_class=ControlClass.NONE))
    received = counter.receive()
    assert codes(received, 13) == ["product_name_differs"]
    done = counter.dispense()
    assert "product_name_differs" in [check.code for check in done.record.content.checks]


def test_a_special_class_in_the_product_file_makes_a_plain_prescription_special() -> None:
    counter = Counter(special_status_hours=0)
    counter.catalogue = OneProduct(Product(name="Enalapril Test", control_class=ControlClass.NARCOTIC_V))
    verdict = receive(
        counter.world.prescription_document(),
        path="qr",
        trust=counter.trust,
        ledger=counter.ledger,
        now=counter.at(),
        policy=counter.policy,
        catalogue=counter.catalogue,
    )
    assert isinstance(verdict, Refused)
    assert verdict.code == "special_needs_fresh_status"
