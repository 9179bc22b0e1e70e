"""Simulated runs with seeds: everything fails, and every invariant holds over the whole history.

`make soak` runs other seeds for as long as it is told; a seed that fails is repeated by
`python -m tests.relay_faults repeat flows SEED`.
"""

from __future__ import annotations

import pytest

from tests.relay_faults import history
from tests.relay_faults.invariants import broken
from tests.relay_faults.soak import KINDS, simulated

#: How many seeds of each kind of run, in how many tests.
SEEDS, TESTS = {"plain": 84, "flows": 42}, 6


@pytest.mark.parametrize("part", range(TESTS))
@pytest.mark.parametrize("kind", SEEDS)
def test_no_fault_of_network_relay_store_or_node_breaks_an_invariant(kind: str, part: int) -> None:
    found = {seed: broken(simulated(kind, seed)) for seed in range(part, SEEDS[kind], TESTS)}
    assert {seed: breaches for seed, breaches in found.items() if breaches} == {}


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_gives_one_history(kind: str) -> None:
    first, again = (simulated(kind, 3).events for _ in range(2))
    assert [type(one) for one in first] == [type(one) for one in again] and len(first) > 100


def test_the_runs_reach_every_kind_of_event() -> None:
    seen = {type(event) for seed in range(6) for kind in KINDS for event in simulated(kind, seed).events}
    assert {history.Submitted, history.Acknowledged, history.Told, history.Recalled, history.Shown, history.Delivered,
            history.Answered, history.Acked, history.Holds, history.Concluded} <= seen  # fmt: skip


def test_a_store_that_forgets_what_it_has_receipted_is_found() -> None:
    found = {name for seed in range(12) for name, _ in broken(simulated("plain", seed, forgetful=True))}
    assert "nothing_acknowledged_is_lost" in found
