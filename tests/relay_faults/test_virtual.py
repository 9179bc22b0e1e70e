"""Simulated time: it jumps, it is the same for the same seed, and a run that waits for nothing ends."""

from __future__ import annotations

import asyncio
import time
from random import Random

import pytest

from tests.relay_faults.virtual import run


async def _wanderers(found: list[tuple[int, float]]) -> None:
    async def wander(number: int) -> None:
        for _ in range(3):
            await asyncio.sleep(60 * (number + 1))
            await asyncio.to_thread(lambda: None)
            found.append((number, asyncio.get_running_loop().time()))

    await asyncio.gather(*[wander(number) for number in range(3)])


def _found(seed: int) -> list[tuple[int, float]]:
    found: list[tuple[int, float]] = []
    run(_wanderers(found), Random(seed))
    return found


def test_hours_pass_at_once_and_a_seed_gives_one_run() -> None:
    began = time.monotonic()
    assert _found(1) == _found(1) != _found(2)
    assert max(at for _, at in _found(1)) >= 540 and time.monotonic() - began < 5


def test_a_time_out_comes_in_simulated_time() -> None:
    async def wait() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600):
                await asyncio.sleep(4000)
        return asyncio.get_running_loop().time()

    assert 3600 <= run(wait(), Random(0)) < 3601


def test_what_would_wait_for_ever_is_an_error() -> None:
    async def wait() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(RuntimeError, match="never comes"):
        run(wait(), Random(0))


def test_an_error_in_a_thread_reaches_who_waits() -> None:
    async def fail() -> None:
        await asyncio.to_thread(int, "x")

    with pytest.raises(ValueError, match="invalid literal"):
        run(fail(), Random(0))
