"""The model finds what it is for: every invariant has histories that break it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dpr.core.mail.receipt import NO_RECEIPT, Outcome, ReceiptType
from tests.mail_world import QUEUE
from tests.relay_faults.history import (
    Acked,
    Acknowledged,
    Alarm,
    Answered,
    Concluded,
    Delivered,
    History,
    Holds,
    Recalled,
    Submitted,
)
from tests.relay_faults.invariants import INVARIANTS, broken
from tests.relay_faults.scene import Scene, letter
from tests.world import NOW

ONE, TWO = letter(1), letter(2)
#: The digest of nothing that was ever given.
ELSE = b"\x01" * 32
Breach = Callable[[Scene], object]


def of_malicious() -> Scene:
    return Scene(History(malicious=frozenset("A")))


def lost(scene: Scene) -> None:
    scene.sent(ONE)
    scene.history.add(Holds("A", frozenset()))


def acknowledged_and_not_taken(scene: Scene) -> None:
    scene.sent(ONE)
    scene.shown(ONE)
    scene.history.add(Acked("A", QUEUE, (ONE.digest,)))


def new_again(scene: Scene) -> None:
    scene.sent(ONE)
    scene.sent(ONE, relay="B")
    scene.taken(ONE)
    scene.shown(ONE, relay="B")
    scene.history.add(Delivered(QUEUE, ONE.key, ONE.documents))


def another_answer(scene: Scene) -> None:
    scene.sent(ONE)
    scene.taken(ONE)
    scene.history.add(Answered(QUEUE, scene.answer(ONE, outcome=Outcome.REJECTED, code="expired")))


def the_answer_again_with_another_time(scene: Scene) -> None:
    scene.sent(ONE)
    scene.taken(ONE)
    scene.told(scene.answer(ONE, at=NOW + 1), ONE.key)


def refused_and_answered(scene: Scene) -> None:
    scene.sent(ONE)
    scene.taken(ONE)
    scene.history.add(Answered(QUEUE, scene.receipt(ReceiptType.N2, ONE, code="mail_padding")))


def a_number_twice(scene: Scene) -> None:
    scene.sent(ONE)
    scene.history.add(Submitted(TWO))
    scene.history.add(Acknowledged("A", TWO.key, scene.r1(TWO, sequence=1, previous=NO_RECEIPT)))


def a_chain_that_begins_anew(scene: Scene) -> None:
    scene.sent(ONE)
    scene.history.add(Submitted(TWO))
    scene.history.add(Acknowledged("A", TWO.key, scene.r1(TWO, previous=ELSE)))


def a_head_of_something_else(scene: Scene) -> None:
    scene.sent(ONE)
    scene.shown(head=scene.head(head=ELSE))


def a_head_that_is_behind(scene: Scene) -> None:
    scene.sent(ONE)
    scene.sent(TWO)
    scene.shown(head=scene.head(sequence=1, head=scene.chain["A"][0].digest), chain=())


def another_receipt_for_the_same(kind: ReceiptType) -> Breach:
    def told_twice(scene: Scene) -> None:
        scene.sent(ONE)
        scene.taken(ONE)
        at = ONE.not_after if kind is ReceiptType.N1 else NOW
        for later in (0, 1):
            scene.told(scene.end(kind, ONE, at=at + later), ONE.key)

    return told_twice


def custody_after_not_after(scene: Scene) -> None:
    scene.history.add(Submitted(ONE))
    scene.history.add(Acknowledged("A", ONE.key, scene.receipt(
        ReceiptType.R1, ONE, at=ONE.not_after, sequence=1, previous=bytes(32))))  # fmt: skip


def expired_before_not_after(scene: Scene) -> None:
    scene.sent(ONE)
    scene.told(scene.end(ReceiptType.N1, ONE, at=ONE.not_after - 1), ONE.key)


def withdrawn_unasked(scene: Scene) -> None:
    scene.sent(ONE)
    scene.told(scene.end(ReceiptType.W1, ONE), ONE.key)


def withdrawn_and_handed_out(scene: Scene) -> None:
    scene.sent(ONE)
    scene.history.add(Recalled(ONE.key))
    scene.taken(ONE)
    scene.told(scene.end(ReceiptType.W1, ONE), ONE.key)


def handed_out_after_its_end(scene: Scene) -> None:
    scene.sent(ONE)
    scene.told(scene.end(ReceiptType.N1, ONE, at=ONE.not_after), ONE.key)
    scene.shown(ONE)


def handed_over_unasked(scene: Scene) -> None:
    scene.sent(ONE)
    scene.shown(ONE)
    scene.told(scene.end(ReceiptType.R2, ONE), ONE.key)


def from_nobody(scene: Scene) -> None:
    scene.history.add(Delivered(QUEUE, ONE.key, ONE.documents))


def with_another_document(scene: Scene) -> None:
    scene.sent(ONE)
    scene.shown(ONE)
    scene.history.add(Delivered(QUEUE, ONE.key, TWO.documents))


def other_bytes_handed_out(scene: Scene) -> None:
    scene.sent(ONE)
    scene.r1(TWO)
    scene.shown(TWO)


def handed_out_before_its_r1(scene: Scene) -> None:
    scene.sent(ONE)
    scene.shown(ONE, chain=())


def an_honest_relay_accused(scene: Scene) -> None:
    scene.sent(ONE)
    scene.history.add(Alarm("A", "relay_withholds"))


def told(state: str) -> Breach:
    def wrongly(scene: Scene) -> None:
        scene.sent(ONE)
        scene.taken(ONE)
        scene.history.add(Concluded(ONE.key, state))

    return wrongly


def told_of_an_answer_that_never_was(scene: Scene) -> None:
    scene.sent(ONE)
    scene.history.add(Concluded(ONE.key, "accepted"))


BREACHES: dict[str, list[Breach]] = {
    "nothing_acknowledged_is_lost": [lost, acknowledged_and_not_taken],
    "none_is_new_twice": [new_again],
    "one_answer": [another_answer, the_answer_again_with_another_time, refused_and_answered],
    "one_chain": [a_number_twice, a_chain_that_begins_anew, a_head_of_something_else, a_head_that_is_behind],
    "the_same_each_time": [
        another_receipt_for_the_same(kind) for kind in (ReceiptType.R2, ReceiptType.N1, ReceiptType.W2)
    ],
    "an_end_is_an_end": [
        custody_after_not_after, expired_before_not_after, withdrawn_unasked, withdrawn_and_handed_out,
        handed_out_after_its_end, handed_over_unasked,
    ],
    "nothing_is_invented": [from_nobody, with_another_document, other_bytes_handed_out, handed_out_before_its_r1],
    "alarms_are_true": [an_honest_relay_accused],
    "the_sender_is_told_right": [
        *(told(state) for state in ("rejected", "quarantined", "withdrawn", "expired", "in_custody")),
        told_of_an_answer_that_never_was,
    ],
}  # fmt: skip


def test_a_good_history_breaks_nothing() -> None:
    assert broken(Scene().good()) == []


@pytest.mark.parametrize(("name", "breach"), [(name, breach) for name, several in BREACHES.items() for breach in several])
def test_a_breach_is_found_and_is_the_only_one(name: str, breach: Breach) -> None:
    scene = Scene()
    breach(scene)
    assert {found for found, _ in broken(scene.history)} == {name}


def test_every_invariant_has_a_history_that_breaks_it() -> None:
    assert set(BREACHES) | {"drops_are_found"} == set(INVARIANTS)


def test_a_message_that_a_malicious_relay_has_dropped_is_missed_until_somebody_says_so() -> None:
    scene = of_malicious()
    scene.sent(ONE)
    assert [name for name, _ in broken(scene.history)] == ["drops_are_found"]
    scene.history.add(Alarm("A", "relay_withholds"))
    assert broken(scene.history) == []


@pytest.mark.parametrize("how", ["taken over another", "held by another", "withdrawn"])
def test_a_drop_without_harm_is_none(how: str) -> None:
    scene = of_malicious()
    scene.sent(ONE)
    if how == "withdrawn":
        scene.history.add(Recalled(ONE.key))
    else:
        scene.sent(ONE, relay="B")
        if how == "taken over another":
            scene.taken(ONE, relay="B")
        scene.history.add(Holds("B", frozenset((ONE.digest,))))
    assert broken(scene.history) == []


def test_a_malicious_relay_is_judged_by_its_harm_alone() -> None:
    scene = of_malicious()
    a_number_twice(scene)
    withdrawn_unasked(scene)
    scene.sent(ONE, relay="B")
    scene.taken(ONE, relay="B")
    scene.sent(TWO, relay="B")
    scene.taken(TWO, relay="B")
    assert broken(scene.history) == []
