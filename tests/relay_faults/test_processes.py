"""Real relays, killed, cut off, out of disk and overrun, under load: the same invariants, and no word of a prescription left
behind. `make soak` runs the same for longer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest

from tests.postgres import needs_postgres
from tests.relay_faults import scenarios
from tests.relay_faults.power import available

SEED = 20_261_121


async def test_a_relay_that_is_killed_again_and_again_loses_nothing(tmp_path: Path) -> None:
    assert await scenarios.killed(tmp_path, Random(SEED), rounds=2) > 30


@needs_postgres
async def test_two_relays_and_their_database_are_killed_and_nothing_is_lost(tmp_path: Path) -> None:
    assert await scenarios.database_killed(tmp_path, Random(SEED), rounds=2) > 30


@pytest.mark.skipif(not available(), reason="no gcc")
async def test_a_loss_of_power_takes_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    assert await scenarios.power_cut(tmp_path, Random(SEED), rounds=2) > 30


async def test_a_failing_network_and_a_partition_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    assert await scenarios.partitioned(tmp_path, Random(SEED), rounds=2) > 20


async def test_a_full_disk_refuses_and_loses_nothing(tmp_path: Path) -> None:
    assert await scenarios.disk_full(tmp_path, Random(SEED)) > 30


async def test_thousands_of_slow_clients_keep_nobody_else_waiting(tmp_path: Path) -> None:
    assert await scenarios.slow_clients(tmp_path, count=1_500) > 10


async def test_ten_times_the_load_is_refused_in_order_and_what_was_taken_is_kept(tmp_path: Path) -> None:
    assert await scenarios.overrun(tmp_path, Random(SEED)) > 30


async def test_a_recipient_that_never_acknowledges_fills_its_own_queue_only(tmp_path: Path) -> None:
    await scenarios.never_acknowledged(tmp_path)


async def test_what_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    await asyncio.wait_for(scenarios.oversize(tmp_path), 60)
