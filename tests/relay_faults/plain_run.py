"""A whole run with the plain sender and recipient: relay, store and protocol alone are under test.

Example: `plain_run(7, {"A": store, "B": other_store})` → the history, ready to be judged
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from random import Random

from dpr.ports import MailStore
from tests.mail_world import QUEUE
from tests.relay_faults.hands import Desk, Pocket, Reader, Sender, attempted
from tests.relay_faults.history import History, Letter
from tests.relay_faults.stage import LABELS, LONGEST, NOW, SENDER, TRUST, WORLD, Stage
from tests.relay_faults.virtual import run
from tests.relay_faults.weather import SimMailbox

RECIPIENT = WORLD.pharmacy.key.thumbprint


def plain_run(seed: int, stores: Mapping[str, MailStore]) -> History:
    """The same history each time for a seed and empty stores."""
    stage = Stage(Random(seed), stores)
    run(_played(stage), Random(seed))
    return stage.history


async def _played(stage: Stage) -> None:
    loop = asyncio.get_running_loop()
    pocket, desk = Pocket(), Desk()
    senders = [Sender(pocket, SimMailbox(label, stage.relays[label], SENDER, stage.weather()), label, stage.history, TRUST)
               for label in LABELS]  # fmt: skip
    readers = [Reader(desk, SimMailbox(label, stage.relays[label], RECIPIENT, stage.weather()), label, stage.history, TRUST,
                      queue=QUEUE, stamp=WORLD.pharmacy_stamp()) for label in LABELS]  # fmt: skip
    work = [loop.create_task(_sends(stage, senders, letter, sealed)) for letter, sealed in stage.posts]
    work += [loop.create_task(_reads(stage, reader)) for reader in readers]
    for label in LABELS:
        work += [loop.create_task(stage.relay_dies_and_returns(label)), loop.create_task(stage.relay_tidies(label))]
    await asyncio.sleep(stage.length)
    stage.clear()
    if stage.random.random() < 0.5:  # else the account is made while much is still held
        await asyncio.sleep(LONGEST)
    else:
        await asyncio.sleep(200)
    for one in work:
        one.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    stage.account()


async def _sends(stage: Stage, senders: list[Sender], letter: Letter, sealed: bytes) -> None:
    """To one relay or both, each until it has an R1 or the time is over; now and then it asks for the message back, or dies and
    begins again with what it had."""
    random = Random(stage.random.random())
    await asyncio.sleep(random.uniform(0, stage.length))
    chosen = senders if random.random() < 0.5 else [random.choice(senders)]
    chosen[0].put(letter, sealed)
    back = random.random() < 0.25

    async def to_one(sender: Sender) -> None:
        while not await _done(random, sender.submit(letter)) and NOW + asyncio.get_running_loop().time() < letter.not_after:
            await asyncio.sleep(random.expovariate(1 / 20))
        await asyncio.sleep(random.expovariate(1 / 60))
        while back and not await _done(random, sender.withdraw(letter)) and random.random() < 0.9:
            await asyncio.sleep(random.expovariate(1 / 20))
        for _ in range(20):
            await _done(random, sender.ask(letter))
            await asyncio.sleep(random.expovariate(1 / 300))

    await asyncio.gather(*[to_one(one) for one in chosen])


async def _reads(stage: Stage, reader: Reader) -> None:
    """For ever, with pauses."""
    random = Random(stage.random.random())
    while True:
        now = NOW + int(asyncio.get_running_loop().time())
        wait, most = random.choice((0, 5, 30)), random.choice((1, 3, 20))
        await _done(random, reader.poll(stage.letters, now=now, wait_seconds=wait, most=most))
        pause = 3600 if stage.calm else random.choice((1, 30, 300))
        await asyncio.sleep(random.expovariate(1 / pause))


async def _done(random: Random, call: object) -> bool:
    """One attempt of somebody who may die in the middle of it."""
    if random.random() > 0.1:
        return await attempted(call)
    try:
        async with asyncio.timeout(random.expovariate(10)):
            return await attempted(call)
    except TimeoutError:
        return False
