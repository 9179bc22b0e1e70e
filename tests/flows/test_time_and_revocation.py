"""At the counter: what a revocation undoes, what a wrong clock does, what has run out while nobody could renew it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from dpr.core import documents
from dpr.core.dispensing import Outcome
from dpr.core.status import Status
from dpr.core.trust import Trust
from dpr.core.verify import Refused
from dpr.flows.dispense import NotDispensed
from dpr.flows.receive import Received, receive
from dpr.ports import Seen
from tests.flows.counter import Counter
from tests.world import CARE, DAY, NOW, ONE_ITEM, PHARMACIES, PHARMACIST, VETS, World

HOUR = 3600


def trust_with(world: World, *, revoked: dict[int, int] | None = None, issuer: str = CARE, **parts: Any) -> Trust:
    """The world's trust with revocations (index → from when); `parts` as open_trust takes them."""
    given = {
        "status_lists": [world.status_list(issuer=one) for one in (CARE, PHARMACIES, VETS)],
        "revocations": [world.revocations(revoked, issuer=issuer)] if revoked else [],
    } | parts
    return documents.open_trust(world.anchor, world.trust_list(), **given)


def judged(counter: Counter, document: bytes | None = None) -> Received | Refused:
    return receive(
        document or counter.world.prescription_document(),
        path="qr",
        trust=counter.trust,
        ledger=counter.ledger,
        now=counter.at(),
        policy=counter.policy,
    )


def codes(counter: Counter) -> set[str]:
    found = judged(counter)
    assert isinstance(found, Received), found
    return {check.code for check in found.checks if check.outcome is not Outcome.PASS}


def refusal(counter: Counter, **order: Any) -> tuple[str, str]:
    with pytest.raises(NotDispensed) as caught:
        counter.dispense(**order)
    return caught.value.code, caught.value.detail


def test_what_came_in_before_a_revocation_may_be_dispensed_with_a_reason() -> None:
    counter = Counter()
    counter.receive()
    counter.trust = trust_with(counter.world, revoked={7: NOW + HOUR})
    counter.now = NOW + 2 * HOUR
    assert "credential_revoked_later" in codes(counter)
    assert refusal(counter) == ("override_missing", "credential_revoked_later")
    done = counter.dispense(overrides={"credential_revoked_later": "Ringt kliniken"})
    assert [one.code for one in done.record.content.overrides] == ["credential_revoked_later"]


def test_what_comes_in_after_a_revocation_is_refused_whatever_its_signer_says_of_the_time() -> None:
    counter = Counter()
    counter.trust = trust_with(counter.world, revoked={7: NOW + HOUR})
    counter.now = NOW + 2 * HOUR
    backdated = counter.world.prescription_document(counter.world.prescription(authored_at=NOW - 20 * DAY))
    found = judged(counter, backdated)
    assert isinstance(found, Refused)
    assert found.code == "credential_revoked"


def test_another_prescription_with_a_known_id_has_no_part_in_the_evidence() -> None:
    counter = Counter()
    counter.receive()
    counter.trust = trust_with(counter.world, revoked={7: NOW + HOUR})
    counter.now = NOW + 2 * HOUR
    first = counter.world.prescription()
    borrowed = msgspec.structs.replace(first, authored_at=first.authored_at - 60)
    found = judged(counter, counter.world.prescription_document(borrowed))
    assert isinstance(found, Refused)
    assert found.code == "credential_revoked"


def test_a_revoked_bit_without_a_date_undoes_everything() -> None:
    counter = Counter()
    counter.receive()
    counter.trust = counter.world.trust(status={7: Status.REVOKED})
    assert refusal(counter)[0] == "credential_revoked"


def test_a_revocation_that_is_to_come_changes_nothing_yet() -> None:
    counter = Counter()
    counter.trust = trust_with(counter.world, revoked={7: NOW + 1})
    assert "credential_revoked_later" not in codes(counter)
    counter.now = NOW + 1
    assert "credential_revoked_later" in codes(counter)


@pytest.mark.parametrize(("index", "code"), [(1, "pharmacist_credential_revoked"), (2, "pharmacy_credential_revoked")])
def test_a_revoked_pharmacist_or_pharmacy_dispenses_nothing_from_that_instant(index: int, code: str) -> None:
    counter = Counter()
    counter.receive()
    counter.trust = trust_with(counter.world, revoked={index: NOW + HOUR}, issuer=PHARMACIES)
    counter.now = NOW + HOUR
    assert refusal(counter)[0] == code
    counter.now = NOW + HOUR - 1
    assert counter.dispense().left == 2


def test_the_time_of_receipt_is_never_before_what_the_authority_signed() -> None:
    """Else a clock that was set back would make evidence from before a revocation."""
    counter = Counter()
    counter.now = NOW - 10 * HOUR
    document = counter.world.prescription_document(counter.world.prescription(authored_at=NOW - 11 * HOUR))
    found = judged(counter, document)
    assert isinstance(found, Received)
    assert found.first_received_at == counter.trust.floor == NOW - HOUR


def test_a_clock_that_was_set_back_a_little_needs_a_reason_and_a_lot_stops() -> None:
    counter = Counter()
    counter.receive(counter.world.prescription_document(counter.world.prescription(authored_at=NOW - 5 * DAY)))
    counter.now = counter.trust.floor - 23 * HOUR
    code, missing = refusal(counter)
    assert code == "override_missing"
    assert {"clock_behind", "clock_set_back"} <= set(missing.split(", "))
    counter.now = counter.trust.floor - 25 * HOUR
    assert refusal(counter)[0] == "clock_far_behind"


def test_a_clock_set_back_does_not_un_expire() -> None:
    counter = Counter()
    today = datetime.fromtimestamp(NOW - 2 * DAY, UTC).date().isoformat()
    short = counter.world.prescription(ONE_ITEM | {"valid_to": today}, authored_at=NOW - 3 * DAY)
    counter.now = NOW - 20 * HOUR - 2 * DAY
    counter.policy = msgspec.structs.replace(counter.policy, clock_behind_stop_hours=24 * 7)
    found = judged(counter, counter.world.prescription_document(short))
    assert isinstance(found, Refused)
    assert found.code == "expired"


def test_a_clock_before_the_last_entry_of_the_ledger_is_said() -> None:
    counter = Counter()
    counter.receive()
    counter.ledger.receive(other(NOW + 2 * HOUR))
    counter.now = NOW + HOUR
    assert refusal(counter) == ("override_missing", "clock_set_back")
    assert "clock_set_back" in codes(counter)


def test_a_clock_that_jumped_is_said_unless_lists_came_meanwhile() -> None:
    counter = Counter()
    counter.ledger.receive(other(NOW - 100 * DAY))
    assert "clock_jumped" not in codes(counter)  # the lists are of today: the ledger was just not used
    counter = Counter()
    counter.receive()
    counter.now = NOW + 15 * DAY
    assert "clock_jumped" in codes(counter)


def test_a_prescription_that_came_in_under_a_wrong_clock_can_still_be_dispensed() -> None:
    counter = Counter()
    document = counter.world.prescription_document()
    counter.now = NOW + DAY
    judged(counter, document)
    counter.now = NOW
    assert refusal(counter, ground=None)[0] == "ground_missing"
    done = counter.dispense(overrides={"clock_set_back": "Jämfört med fröken Ur"})
    assert done.record.content.handed_over_at == NOW


def test_one_entry_from_2099_is_forgotten_with_the_next_right_one() -> None:
    counter = Counter()
    counter.ledger.receive(other(NOW + 70 * 365 * DAY))
    assert "clock_set_back" in codes(counter)
    assert "clock_set_back" not in codes(counter)


def test_a_hand_over_in_the_future_bars_nobody_for_ever() -> None:
    counter = Counter()
    document = counter.world.prescription_document(counter.world.prescription(authored_at=NOW - 5 * DAY))
    counter.receive(document)
    counter.dispense()
    counter.now = counter.world.now = NOW - 2 * DAY  # the clock was wrong at the dispensing
    counter.trust = counter.world.trust()
    found = judged(counter, document)
    assert isinstance(found, Received)
    assert "interval_unknown" in {check.code for check in found.checks}
    code, missing = refusal(counter)
    assert (code, "interval_unknown" in missing) == ("override_missing", True)


def test_a_pharmacist_whose_credential_ran_out_has_the_same_grace() -> None:
    counter = Counter()
    counter.receive()
    counter.trust = trust_with(
        counter.world,
        status_lists=[counter.world.status_list(issuer=one, issued_at=NOW - 3 * DAY) for one in (CARE, PHARMACIES)],
    )

    def ended(before: int) -> bytes:
        return counter.world.credential(
            PHARMACIST, counter.world.pharmacist, 1, valid_from=NOW - 90 * DAY, valid_until=NOW - before
        )

    done = counter.dispense(pharmacist_credential=ended(2 * DAY))
    grace = next(check for check in done.record.content.checks if check.code == "pharmacist_credential_grace")
    assert grace.outcome is Outcome.WARN
    assert refusal(counter, pharmacist_credential=ended(61 * DAY))[0] == "pharmacist_credential_not_in_force"


def other(received_at: int) -> Seen:
    """Another prescription that the ledger holds."""
    world = World()
    return Seen(
        prescription_id=b"\x01" * 16,
        document=world.prescription_document(),
        credential=world.credential(),
        items=0,
        received_at=received_at,
        path="qr",
    )


def test_what_was_accepted_in_a_grace_is_not_taken_back_when_lists_come() -> None:
    counter = Counter()
    world = counter.world
    old = [world.status_list(issuer=one, issued_at=NOW - 2 * DAY) for one in (CARE, PHARMACIES)]
    counter.trust = trust_with(world, status_lists=old)
    document = documents.sign(
        documents.PRESCRIPTION, world.prescription(), world.prescriber, credential=world.credential(valid_until=NOW - DAY)
    )
    found = judged(counter, document)
    assert isinstance(found, Received)
    assert "credential_grace" in {check.code for check in found.checks}
    counter.now = NOW + HOUR
    counter.trust = trust_with(
        world, status_lists=[world.status_list(issuer=one, issued_at=NOW + 60) for one in (CARE, PHARMACIES)]
    )
    assert isinstance(judged(counter, document), Received)
    assert counter.dispense().left == 2
    unseen = Counter()
    unseen.now, unseen.trust = counter.now, counter.trust
    assert isinstance(judged(unseen, document), Refused)


def test_a_clock_set_back_for_the_receipt_makes_no_evidence_and_is_in_the_record() -> None:
    counter = Counter()
    counter.ledger.receive(other(NOW))
    stolen = counter.world.prescription_document(counter.world.prescription(authored_at=NOW - HOUR))
    counter.now = NOW - HOUR + 600  # after the floor, before the revocation; the ledger knows better
    assert isinstance(judged(counter, stolen), Received)
    counter.now = NOW + 60
    assert refusal(counter) == ("override_missing", "clock_set_back")
    counter.trust = trust_with(counter.world, revoked={7: NOW - 60})
    assert refusal(counter)[0] == "credential_revoked"
    assert isinstance(judged(counter, stolen), Refused)


def test_a_clock_that_jumped_at_the_receipt_needs_a_reason_at_the_dispensing() -> None:
    counter = Counter(clock_jump_hours=1)
    counter.ledger.receive(other(NOW - 2 * HOUR))
    counter.now = NOW + 2 * HOUR
    counter.receive()
    assert refusal(counter) == ("override_missing", "clock_jumped")
    done = counter.dispense(overrides={"clock_jumped": "Klockan stämmer"})
    assert "clock_jumped" in {check.code for check in done.record.content.checks}


def test_the_acting_pharmacists_list_is_judged_as_the_prescribers() -> None:
    counter = Counter()
    counter.receive()
    lists = {CARE: NOW - 600, PHARMACIES: NOW + 60 * DAY}
    ahead = [counter.world.status_list(issuer=one, issued_at=at) for one, at in lists.items()]
    counter.trust = trust_with(counter.world, status_lists=ahead)
    codes_of = {check.code for check in counter.dispense().record.content.checks}
    assert {"pharmacist_status_missing", "pharmacy_status_missing"} <= codes_of
