"""A relay that misbehaves is found out or does no harm: each way of it, alone and beside an honest relay."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pytest

from tests.relay_faults.bad_relay import POSTED_AT, Outcome, outcome
from tests.relay_faults.malicious import MISBEHAVIOURS

ALL = len(POSTED_AT)


class Expected(NamedTuple):
    """What comes of a relay that is alone. `alarms`: each is raised; `taken`: so many messages arrive all the same; `compared`:
    what sender and recipient find when they lay their receipts side by side."""

    alarms: frozenset[str] = frozenset()
    taken: int = ALL
    compared: frozenset[str] = frozenset()


def found(*alarms: str, taken: int = 0, compared: str = "") -> Expected:
    return Expected(frozenset(alarms), taken, frozenset(filter(None, [compared])))


HARMLESS = Expected()
ALONE: dict[str, Expected] = {
    "Drops": found("relay_forgot"),
    "DropsAndInventsR2": found(compared="relay_rolled_back"),
    "Withholds": found("relay_withholds"),
    "WithholdsAndInventsR2": found("relay_withholds"),
    "WithholdsEverything": found(compared="relay_rolled_back"),
    "Replays": HARMLESS,
    "Reorders": HARMLESS,
    "LeavesOut": found("relay_gap", taken=2),
    "HeadTooFar": found("relay_gap", taken=ALL, compared="relay_forked"),
    "HeadOfAnother": found("relay_forked", taken=ALL),
    "RollsBack": found("relay_rolled_back", taken=1),
    "ForksForTheReader": found("relay_withholds", compared="relay_forked"),
    "ChangesTheHeader": found("relay_withholds"),
    "ChangesTheHeaderAndTheR1": found("relay_forked"),
    "SwapsTheMessage": found("relay_withholds"),
    "R1OfOtherBytes": found("receipt_digest", taken=2),
    "R1OfAnotherMessage": found("receipt_message", taken=2),
    "InventsAnswers": found("receipt_signer", "relay_withholds"),
    "AnswersOfAnotherMessage": found("receipt_message", taken=ALL),
    "KeepsAnswersBack": HARMLESS,
    "ExpiresEarly": found("relay_withholds"),
    "WithdrawsUnasked": found("relay_withdrew_unasked"),
    "WithdrawsAndDelivers": HARMLESS,
}


@cache
def of(name: str, *, honest_too: bool) -> Outcome:
    return outcome(name, honest_too=honest_too)


def test_every_misbehaviour_has_its_row() -> None:
    assert ALONE.keys() == MISBEHAVIOURS.keys()


@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_alone_it_is_found_out_or_does_no_harm(name: str) -> None:
    came, expected = of(name, honest_too=False), ALONE[name]
    assert expected.alarms <= came.alarms and expected.compared <= came.compared, came
    assert came.taken >= expected.taken, came
    if not expected.compared:
        assert "drops_are_found" not in {name for name, _ in came.breaches}, came
    ended_well = [state for state in came.states if state in ("accepted", "rejected")]
    assert len(ended_well) <= came.taken, came


@pytest.mark.parametrize("name", [name for name in MISBEHAVIOURS if name != "WithdrawsAndDelivers"])
def test_beside_an_honest_relay_everything_arrives_once_and_is_answered(name: str) -> None:
    came = of(name, honest_too=True)
    assert came.taken == ALL and came.breaches == [], came
    assert set(came.states) <= {"accepted", "rejected"}, came
