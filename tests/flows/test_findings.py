"""What an attacker or a bad day found in the flows once, so that it stays found."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dpr.core import documents
from dpr.core.backreg import Event, State
from dpr.core.credential import Profession
from dpr.core.dispensing import dispensing_id
from dpr.core.errors import DprError, StorageError
from dpr.core.policy import Policy
from dpr.core.products import ControlClass, Product
from dpr.core.verify import Refused
from dpr.flows.receive import receive
from dpr.ports import Call, Rejected, Silent
from tests.fakes.ledger_memory import MemoryLedger
from tests.fakes.register_memory import MemoryRegister
from tests.flows.counter import Counter
from tests.world import DAY, GLN, ONE_ITEM, OTHER_GLN, PHYSICIAN, signer


def refused(counter: Counter, **order: Any) -> str:
    with pytest.raises(DprError) as caught:
        counter.dispense(**order)
    assert list(counter.ledger.dispensings()) == []
    return caught.value.code


def refusal_of(counter: Counter, document: bytes) -> str:
    verdict = receive(document, path="qr", trust=counter.trust, ledger=counter.ledger, now=counter.at(), policy=counter.policy)
    assert isinstance(verdict, Refused)
    return verdict.code


def test_two_pharmacies_never_share_the_id_of_a_dispensing() -> None:
    id = bytes(16)
    ours, theirs = (dispensing_id(id, gln=gln, item=1, number=1) for gln in (GLN, OTHER_GLN))
    assert ours != theirs
    assert dispensing_id(id, gln=GLN, item=1, number=1) == ours


def test_another_prescription_under_a_known_id_is_refused() -> None:
    counter = Counter()
    genuine = counter.world.prescription()
    other = msgspec.structs.replace(genuine, authored_at=genuine.authored_at - 1)
    counter.receive(counter.world.prescription_document(other))
    assert refusal_of(counter, counter.world.prescription_document(genuine)) == "id_of_another_prescription"


def test_the_same_claims_by_another_key_are_another_prescription() -> None:
    counter = Counter()
    counter.receive()
    counter.world.prescriber = signer("another prescriber")
    assert refusal_of(counter, counter.world.prescription_document()) == "id_of_another_prescription"


def test_the_credential_may_be_left_out_of_the_same_prescription() -> None:
    counter = Counter()
    counter.receive()
    world = counter.world
    counter.trust = documents.open_trust(
        world.anchor, world.trust_list(), status_lists=[world.status_list()], credentials=[world.credential()]
    )
    received = counter.receive(world.prescription_document(embedded=False))
    assert "seen_before_in_other_bytes" in [check.code for check in received.checks]


async def test_a_no_to_the_confirming_read_stops_nothing() -> None:
    class No(MemoryRegister):
        no = False

        async def find(self, resource_type: str, system: str, value: str, call: Call) -> list[dict[str, Any]]:
            if self.no:
                raise Rejected("behörighet saknas", status=403)
            return await super().find(resource_type, system, value, call)

    register = No("drop")
    counter = Counter(register=register)
    counter.receive()
    counter.dispense()
    await counter.report()
    counter.now += 61
    await counter.report()  # read back: registered, to be confirmed
    register.no = True
    counter.now += 900
    await counter.report()
    assert counter.ledger.queue()[0].state is State.REGISTERED
    register.no = False
    counter.now += 900
    await counter.report()
    assert counter.ledger.queue()[0].confirmed


@pytest.mark.parametrize("registered", [False, True])
async def test_giving_no_ground_is_never_easier_than_giving_one(registered: bool) -> None:
    counter = Counter(offline_dispensing=False)
    counter.receive()
    if registered:
        await counter.report()
    assert refused(counter, ground=None) == "offline_dispensing_off"
    counter.policy = msgspec.structs.replace(counter.policy, offline_dispensing=True)
    assert refused(counter, ground=None) == "ground_missing"


async def test_a_patient_whom_the_register_forgets_is_parked_never_registered_as_nobody() -> None:
    counter = Counter()
    counter.receive()
    await counter.report()
    counter.dispense(register_up=True)
    counter.register.patients = False
    await counter.report()
    assert [(row.state, row.words) for row in counter.ledger.queue()][1] == (State.PARKED, "patient_not_in_register")
    assert counter.register.count("MedicationDispense") == 0


def test_more_packages_than_prescribed_or_another_product_by_text_alone_are_refused() -> None:
    counter = Counter()
    counter.receive()
    assert refused(counter, packages=2) == "packages_more_than_prescribed"
    assert refused(counter, product_text="Morfin 10 mg") == "substitution_reason_missing"


@pytest.mark.parametrize(
    ("product", "code"),
    [
        (Product(name="Annan", atc="N02AA01"), "substitution_other_substance"),
        (Product(name="Annan", atc="C09AA02", control_class=ControlClass.NARCOTIC_II), "substitution_stricter_class"),
    ],
)
def test_a_substitute_is_looked_up_in_the_product_file(product: Product, code: str) -> None:
    class Two:
        def product_of(self, item: Any) -> Product | None:
            return product if item.npl_pack_id == "20040131100999" else Product(name="Enalapril Test", atc="C09AA02")

    counter = Counter(special_status_hours=24)
    counter.catalogue = Two()
    counter.receive()
    order = {"npl_pack_id": "20040131100999", "product_text": "Annan", "substitution_reason": "Slut"}
    assert refused(counter, **order) == code


def test_a_reason_for_a_warning_that_nobody_gave_is_refused() -> None:
    counter = Counter()
    counter.receive()
    assert refused(counter, overrides={"credential_revoked": "litar på läkaren"}) == "override_unknown"


def test_only_the_warnings_of_the_item_itself_need_a_reason() -> None:
    counter = Counter()
    world = counter.world
    outside = ONE_ITEM["items"][0]
    prescription = world.prescription(ONE_ITEM | {"items": [outside, outside | {"atc": "A02BC01"}]})
    credential = world.credential(msgspec.structs.replace(PHYSICIAN, profession=Profession.SJ))
    document = documents.sign(documents.PRESCRIPTION, prescription, world.prescriber, credential=credential)
    counter.receive(document)
    assert refused(counter, prescription_id=prescription.id, item=1) == "override_missing"
    done = counter.dispense(prescription_id=prescription.id, item=2)
    assert "authority_limited" not in [check.code for check in done.record.content.checks]


def test_a_hand_over_before_the_receipt_needs_a_ground() -> None:
    counter = Counter()
    counter.receive()
    counter.now += 10 * DAY
    counter.world.now = counter.now
    counter.trust = counter.world.trust()
    early = counter.now - 11 * DAY
    assert refused(counter, register_up=True, handed_over_at=early) == "handed_over_time"


def test_a_locked_ledger_is_no_fault_of_the_row() -> None:
    class Locked(MemoryLedger):
        def prescription(self, prescription_id: bytes) -> Any:
            raise StorageError("ledger_locked")

    import asyncio

    counter = Counter()
    counter.receive()
    locked = Locked()
    locked.__dict__.update(counter.ledger.__dict__)
    counter.ledger = locked
    with pytest.raises(StorageError, match="ledger_locked"):
        asyncio.run(counter.report())
    assert locked.queue()[0].state is State.QUEUED


async def test_a_silent_register_is_left_alone_and_every_silence_is_counted() -> None:
    class Mute(MemoryRegister):
        asked = 0

        async def find(self, resource_type: str, system: str, value: str, call: Call) -> list[dict[str, Any]]:
            self.asked += 1
            raise Silent("register_silent")

    register = Mute()
    counter = Counter(register=register)
    for number in range(10):
        value = msgspec.structs.replace(counter.world.prescription(), id=bytes(15) + bytes((number,)))
        counter.receive(counter.world.prescription_document(value))
    steps = await counter.report()
    assert register.asked == 3
    assert [(step.event, step.row.attempts) for step in steps] == [(Event.SILENT, 1)] * 3
    assert all(step.row.not_before > counter.now for step in steps)


async def test_a_pharmacist_settles_a_twin_either_way() -> None:
    for adopt in (False, True):
        counter = Counter()
        other = Counter()
        other.receive()
        await other.report()
        theirs = {**other.register.held[0], "id": "e-1", "identifier": [{"system": "urn:other", "value": "1"}]}
        counter.register.held.append(theirs)
        counter.receive()
        await counter.report()
        [row] = counter.ledger.queue()
        assert row.words == "twin_in_register"
        if adopt:
            counter.ledger.advance(row, Event.ADOPTED, register_id="e-1", words="")
        else:
            counter.ledger.advance(row, Event.RETRY, not_a_twin=True, words="", attempts=0, not_before=0)
        await counter.report()
        [row] = counter.ledger.queue()
        assert (row.state, row.register_id) == (State.REGISTERED, "e-1" if adopt else "2")


async def test_a_prescription_by_kid_alone_is_registered_when_its_credential_is_gone() -> None:
    counter = Counter()
    world = counter.world
    counter.trust = documents.open_trust(
        world.anchor, world.trust_list(), status_lists=[world.status_list()], credentials=[world.credential()]
    )
    counter.receive(world.prescription_document(embedded=False))
    counter.trust = world.trust()
    await counter.report()
    assert [row.state for row in counter.ledger.queue()] == [State.REGISTERED]


async def test_items_are_registered_in_the_name_of_the_acting_pharmacist() -> None:
    from dpr.flows.report import report

    counter = Counter()
    counter.receive()
    await report(ledger=counter.ledger, register=counter.register, now=counter.now, policy=Policy(gln=GLN), acting="a1b2")
    assert {call.pharmacist_id for call in counter.register.calls} == {"a1b2"}
