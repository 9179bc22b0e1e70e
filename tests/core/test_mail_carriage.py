"""What has become of a message: every set of receipts of two relays and a recipient, in every order that is drawn."""

from __future__ import annotations

import hashlib
from itertools import combinations, permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpr.core.mail import carriage, receipts
from dpr.core.mail.carriage import PRECEDENCE, State, standing
from dpr.core.mail.receipt import NO_RECEIPT, Outcome, ReceiptContent, ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.mail.stamp import Stamp
from tests.mail_world import QUEUE, MailWorld
from tests.world import NOW

WORLD = MailWorld()
TRUST = WORLD.trust()
ID, DIGEST = bytes(16), hashlib.sha256(b"sealed").digest()
A, B = WORLD.stamp(), Stamp(WORLD.other_relay, WORLD.other_relay_credential())
RECIPIENT = WORLD.pharmacy_stamp()
R1, R2, R3, R4, N1, N2, W1, W2, H1 = ReceiptType


def attested(kind: ReceiptType, by: Stamp, at: int = NOW, **more: object) -> Attested:
    content = ReceiptContent(type=kind, queue=QUEUE, message_id=ID, digest=DIGEST, **more)  # type: ignore[arg-type]
    return receipts.read(by(content, at), TRUST, expected_queue=QUEUE, expected_id=ID, expected_digest=DIGEST)


def of_relay(by: Stamp, at: int) -> dict[ReceiptType, Attested]:
    made = {kind: attested(kind, by, at, sequence=1) for kind in (R2, N1, W1, W2)}
    return made | {R1: attested(R1, by, at, sequence=1, previous=NO_RECEIPT)}


def answer(outcome: Outcome, at: int = NOW, code: str | None = None, documents: bytes = DIGEST) -> Attested:
    return attested(R4, RECIPIENT, at, documents=(documents,), outcome=outcome, code=code)


OF_A, OF_B = of_relay(A, NOW - 9), of_relay(B, NOW - 8)
ACCEPTED, REJECTED = answer(Outcome.ACCEPTED), answer(Outcome.REJECTED, code="expired")
#: Everything that can be held of one message, by a name.
ALL: dict[str, Attested] = {
    **{f"A{kind.name}": one for kind, one in OF_A.items()},
    **{f"B{kind.name}": one for kind, one in OF_B.items()},
    "R3": attested(R3, RECIPIENT, documents=(DIGEST,)),
    "R4+": ACCEPTED,
    "R4-": REJECTED,
    "N2": attested(N2, RECIPIENT, code="mail_padding"),
}


def expected(held: frozenset[str], over: bool, recalled: bool) -> State:
    """docs/protocol.md section 9, said another way."""
    by_recipient = {"R4+": State.ACCEPTED, "R4-": State.REJECTED, "N2": State.QUARANTINED, "R3": State.VERIFIED}
    if {"R4+", "R4-"} <= held:
        return State.CONFLICT
    for name, state in by_recipient.items():
        if name in held:
            return state
    if held & {"AR2", "BR2"}:
        return State.HANDED_OVER
    if any(f"{relay}R1" in held and not held & {f"{relay}W1", f"{relay}N1"} for relay in "AB"):
        return State.IN_CUSTODY
    if recalled and held & {"AW1", "BW1"}:
        return State.WITHDRAWN
    return State.EXPIRED if over else State.WAITING


def test_every_set_of_receipts_has_the_state_that_the_protocol_says() -> None:
    seen = set()
    for count in range(len(ALL) + 1):
        for names in combinations(ALL, count):
            held = [ALL[name] for name in names]
            for over, recalled in product((False, True), repeat=2):
                found = standing(held, not_after=NOW, now=NOW if over else NOW - 1, recalled=recalled)
                assert found.state is expected(frozenset(names), over, recalled), (names, over, recalled)
                assert found.receipt is None or found.receipt in held
                seen.add(found.state)
    assert seen == set(State)


def test_what_rests_on_a_receipt_rests_on_one_of_its_type() -> None:
    types = {
        State.CONFLICT: {R4}, State.ACCEPTED: {R4}, State.REJECTED: {R4}, State.QUARANTINED: {N2}, State.VERIFIED: {R3},
        State.HANDED_OVER: {R2}, State.IN_CUSTODY: {R1}, State.WITHDRAWN: {W1}, State.EXPIRED: {N1},
    }  # fmt: skip
    for names in combinations(ALL, 4):
        found = standing([ALL[name] for name in names], not_after=NOW, now=NOW, recalled=True)
        if found.receipt is not None:
            assert found.receipt.content.type in types[found.state], names


@given(st.lists(st.sampled_from([*ALL]), max_size=8), st.randoms(use_true_random=False), st.booleans(), st.booleans())
def test_neither_order_nor_repetition_changes_anything(names: list[str], random: object, over: bool, recalled: bool) -> None:
    held = [ALL[name] for name in names]
    shuffled = [*held, *held[:3]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    now = NOW if over else NOW - 1
    same = {"not_after": NOW, "now": now, "recalled": recalled}
    assert standing(shuffled, **same) == standing(held, **same)


def test_of_several_that_say_so_the_earliest_is_named() -> None:
    early, late = answer(Outcome.ACCEPTED, NOW - 5), answer(Outcome.ACCEPTED, NOW - 4)
    for order in permutations((early, late, ACCEPTED)):
        assert standing(order, not_after=NOW, now=NOW, recalled=False).receipt == early
    assert standing([OF_B[R1], OF_A[R1]], not_after=NOW + 1, now=NOW, recalled=False).receipt == OF_A[R1]


@pytest.mark.parametrize(
    ("one", "other", "state"),
    [
        (ACCEPTED, answer(Outcome.ACCEPTED, NOW - 3), State.ACCEPTED),
        (REJECTED, answer(Outcome.REJECTED, NOW - 3, "expired"), State.REJECTED),
        (REJECTED, answer(Outcome.REJECTED, NOW - 3, "signature_invalid"), State.CONFLICT),
        (ACCEPTED, answer(Outcome.ACCEPTED, NOW - 3, documents=NO_RECEIPT), State.CONFLICT),
        (ACCEPTED, REJECTED, State.CONFLICT),
    ],
)
def test_two_answers_are_a_conflict_where_they_say_different_things(one: Attested, other: Attested, state: State) -> None:
    assert standing([one, other], not_after=NOW, now=NOW, recalled=False).state is state
    assert standing([other, one], not_after=NOW, now=NOW, recalled=False).state is state


@pytest.mark.parametrize("names", [("AR1", "AN1"), ("AN1",), ("AR1", "AN1", "BR1", "BN1")])
def test_a_relay_whose_clock_is_ahead_ends_its_own_copy_only(names: tuple[str, ...]) -> None:
    held = [ALL[name] for name in names]
    assert standing(held, not_after=NOW, now=NOW - 1, recalled=False) == (State.WAITING, None)
    assert standing(held, not_after=NOW, now=NOW, recalled=False).state is State.EXPIRED


def test_more_receipts_never_take_back_what_the_recipient_said() -> None:
    final = {State.CONFLICT, State.ACCEPTED, State.REJECTED}
    for names in combinations(ALL, 3):
        held = [ALL[name] for name in names]
        before = standing(held, not_after=NOW, now=NOW, recalled=True).state
        for one in ALL.values():
            after = standing([*held, one], not_after=NOW, now=NOW, recalled=True).state
            assert before not in final or after in final
            assert before is not State.CONFLICT or after is State.CONFLICT


def test_every_state_stands_once_in_the_table_and_says_whether_it_is_over() -> None:
    assert sorted(row.state.value for row in PRECEDENCE) == sorted(state.value for state in State)
    over = {state.value for state in State if state.over}
    assert over == {"accepted", "rejected", "quarantined", "withdrawn", "expired", "conflict"}
    assert [row.state for row in PRECEDENCE][-2:] == [State.EXPIRED, State.WAITING]
    assert carriage.standing((), not_after=NOW, now=NOW, recalled=False) == (State.EXPIRED, None)
