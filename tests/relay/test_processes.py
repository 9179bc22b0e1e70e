"""Several relay processes on one PostgreSQL: one relay to everybody, and a message at one wakes the poll at another."""

from __future__ import annotations

import asyncio
import hashlib
import time
from pathlib import Path

import aiohttp

from dpr.core.mail import api, chain, receipts
from tests.mail_world import QUEUE, MailWorld
from tests.postgres import needs_postgres, shared
from tests.relay.process import Serving
from tests.relay.rig import CBOR, CONFIG, COSE, Rig, authorization

pytestmark = needs_postgres
LIMITS = "[limits]\nrequests_per_second = 10000\nburst = 10000\n"


def two(tmp_path: Path, database: str) -> tuple[Serving, Serving]:
    url = shared().database(database)
    world = MailWorld(now=int(time.time()))
    config = CONFIG + f'store = "{url}"\n' + LIMITS
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    return Serving(folders[0], config=config, world=world), Serving(folders[1], config=config, world=world)


async def test_a_message_at_one_process_wakes_the_poll_at_the_other_and_the_receipt_comes_back(tmp_path: Path) -> None:
    one, other = two(tmp_path, "relay_wakes")
    with one, other:
        world = one.world
        sender = {"Authorization": authorization(world.token()), "Content-Type": COSE}
        reader = {"Authorization": authorization(world.token(world.pharmacy)), "Content-Type": CBOR}
        sealed = world.sealed()
        async with aiohttp.ClientSession() as session:

            async def poll() -> tuple[bytes, float]:
                async with session.get(f"{other.url}/v1/inbox?queue={QUEUE}&after=0&wait=25", headers=reader) as answer:
                    return await answer.read(), time.monotonic()

            async def ask() -> tuple[bytes, float]:
                url = f"{one.url}/v1/messages/{world.message_value().id.hex()}/receipts?known=1&wait=25"
                async with session.get(url, headers=sender) as answer:
                    return await answer.read(), time.monotonic()

            polling = asyncio.create_task(poll())
            await asyncio.sleep(1.0)
            began = time.monotonic()
            async with session.post(f"{one.url}/v1/messages", data=sealed, headers=sender) as answer:
                assert answer.status == 201
            body, came = await asyncio.wait_for(polling, 10)
            assert api.read(api.INBOX_ANSWER, body).messages == (sealed,)
            assert came - began < 5, "a hint, not the end of the wait"

            asking = asyncio.create_task(ask())
            await asyncio.sleep(0.5)
            acks = api.write(api.ACKS, api.Acks(digests=(hashlib.sha256(sealed).digest(),)))
            began = time.monotonic()
            async with session.post(f"{other.url}/v1/acks?queue={QUEUE}", data=acks, headers=reader) as answer:
                [r2] = api.read(api.RECEIPTS, await answer.read()).receipts
            body, came = await asyncio.wait_for(asking, 10)
            assert api.read(api.RECEIPTS, body).receipts == (r2,) and came - began < 5


async def test_messages_that_two_processes_take_at_once_make_one_chain(tmp_path: Path) -> None:
    url = shared().database("relay_chain")
    config = CONFIG + f'store = "{url}"\n' + LIMITS
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    async with Rig(tmp_path / "one", config=config) as one, Rig(tmp_path / "other", config=config) as other:
        world = one.world
        sealed = [world.sealed(world.message_value(number=number)) for number in range(60)]
        auth = one.node()
        answers = await asyncio.gather(
            *[(one, other)[number % 2].submit(message, auth=auth) for number, message in enumerate(sealed)],
            *[(other, one)[number % 2].submit(message, auth=auth) for number, message in enumerate(sealed)],
        )
        assert {answer.status for answer in answers} == {200, 201}
        assert [a.body for a in answers[:60]] == [a.body for a in answers[60:]], "the same message, the same receipt"
        trust = world.trust()
        inbox = (await one.poll("after=0&max=100")).inbox
        read = [receipts.read(r1, trust, expected_queue=QUEUE) for r1 in inbox.chain]
        place = chain.extend(chain.Place(), read)
        assert place.sequence == 60 and chain.check_head(place, receipts.read(inbox.head, trust)) == 0
        assert sorted(inbox.messages) == sorted(sealed)
        assert (await other.poll("after=60")).inbox.messages == (), "leased at the one, not given by the other"
