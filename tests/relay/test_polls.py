"""Polls that wait: woken by what they wait for and by nothing else, by the thousand, and given up when the caller leaves."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

from dpr.core.mail import api
from dpr.core.mail.message import MessageContent
from dpr.core.trust_list import Environment
from tests.relay.rig import CONFIG, Rig
from tests.world import DAY

PATIENT = (
    CONFIG + "[limits]\nrequests_per_second = 100000\nburst = 100000\npolls_of_one = 3000\nconnections_per_address = 3000\n"
)


async def test_a_message_wakes_the_polls_of_its_own_queue_and_no_other(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        own = f"key:{rig.world.node.key.thumbprint[:16].hex()}"
        other = asyncio.create_task(rig.poll("wait=20&after=0", queue=own, auth=rig.node()))
        ours = asyncio.create_task(rig.poll("wait=20&after=0"))
        await asyncio.sleep(0.2)
        await rig.submit(rig.world.sealed())
        assert len((await asyncio.wait_for(ours, 2)).inbox.messages) == 1
        await asyncio.sleep(0.2)
        assert not other.done() and rig.relay.polls.count == 1
        content = MessageContent(queue=own, environment=Environment.TEST, documents=(b"x",))
        await rig.submit(rig.world.sealed(rig.world.message_value(number=2, content=content)))
        assert len((await asyncio.wait_for(other, 2)).inbox.messages) == 1


async def test_a_poll_without_news_is_answered_at_the_end_of_its_wait_with_the_queues_head(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer = await rig.poll("wait=1&after=0")
        assert 0.9 < loop.time() - began < 3
        assert answer.inbox.messages == answer.inbox.chain == () and answer.inbox.head


async def test_a_message_that_comes_while_the_store_is_asked_is_not_missed(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        custody = rig.relay._custody
        looked = custody.fetch

        async def slow(poll, *, at_once):  # type: ignore[no-untyped-def]
            found = await looked(poll, at_once=at_once)
            await asyncio.sleep(0.5)
            return found

        custody.fetch = slow  # type: ignore[method-assign]
        waiting = asyncio.create_task(rig.poll("wait=20&after=0"))
        await asyncio.sleep(0.25)
        await rig.submit(rig.world.sealed())
        assert len((await asyncio.wait_for(waiting, 5)).inbox.messages) == 1


async def test_nothing_is_leased_to_a_caller_who_has_left(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        waiting = asyncio.create_task(rig.poll("wait=20&after=0"))
        await asyncio.sleep(0.3)
        assert rig.relay.polls.count == 1
        waiting.cancel()
        await asyncio.sleep(0.3)
        assert rig.relay.polls.count == 0
        await rig.submit(rig.world.sealed())
        assert len((await rig.poll("after=0")).inbox.messages) == 1


async def test_what_nobody_acknowledged_is_handed_out_again_when_its_lease_is_over(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        await rig.submit(rig.world.sealed())
        assert len((await rig.poll("after=0&lease=60")).inbox.messages) == 1
        assert (await rig.poll("after=1")).inbox.messages == ()
        rig.clock_seconds += 61
        assert len((await rig.poll("after=1")).inbox.messages) == 1


async def test_a_sender_waits_for_the_next_receipt(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        sealed, message_id = rig.world.sealed(), rig.world.message_value().id
        await rig.submit(sealed)
        await rig.poll("after=0")
        waiting = asyncio.create_task(rig.receipts(message_id, "known=1&wait=20"))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        [r2] = (await rig.acknowledge(api.Acks(digests=(hashlib.sha256(sealed).digest(),)))).receipts
        assert (await asyncio.wait_for(waiting, 2)).receipts == (r2,)


async def test_a_reader_that_is_beyond_the_queues_end_is_told_at_once(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        answer = await asyncio.wait_for(rig.poll("after=7&wait=20"), 3)
        assert answer.inbox.chain == ()


async def test_an_expired_message_ends_with_an_n1_that_its_sender_waits_for(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        message_id = rig.world.message_value().id
        await rig.submit(rig.world.sealed())
        waiting = asyncio.create_task(rig.receipts(message_id, "known=1&wait=20"))
        await asyncio.sleep(0.2)
        rig.clock_seconds += 3 * DAY
        assert len((await asyncio.wait_for(waiting, 6)).receipts) == 1
        assert (await rig.poll("after=0")).inbox.ended


async def test_two_thousand_recipients_wait_cheaply_and_one_is_woken_quickly(tmp_path: Path) -> None:
    many = 2_000
    async with Rig(tmp_path, config=PATIENT) as rig:
        auth = rig.pharmacy()
        before = resident(), descriptors()
        tasks = [asyncio.create_task(rig.poll("wait=30&after=0", auth=auth)) for _ in range(many - 1)]
        own = f"key:{rig.world.node.key.thumbprint[:16].hex()}"
        tasks.append(asyncio.create_task(rig.poll("wait=30&after=0", queue=own, auth=rig.node())))
        async with asyncio.timeout(60):
            while rig.relay.polls.count < many:
                await asyncio.sleep(0.1)
        memory, files = resident() - before[0], descriptors() - before[1]
        # Both ends of each connection are in this process.
        print(f"\n{many} waiting polls: {memory / many / 1024:.1f} KiB each with their clients, {files} descriptors")
        assert files <= 2 * many + 50 and memory < many * 200 * 1024
        loop = asyncio.get_running_loop()
        began = loop.time()
        content = MessageContent(queue=own, environment=Environment.TEST, documents=(b"x",))
        assert (await rig.submit(rig.world.sealed(rig.world.message_value(content=content)))).status == 201
        answer = await asyncio.wait_for(tasks[-1], 5)
        print(f"submitted and delivered among them in {(loop.time() - began) * 1000:.0f} ms")
        assert len(answer.inbox.messages) == 1
        rig.relay.drain()
        done = await asyncio.wait_for(asyncio.gather(*tasks), 30)
        assert {one.status for one in done} == {200}


async def test_more_polls_on_one_queue_than_allowed_are_told_to_come_again(tmp_path: Path) -> None:
    async with Rig(tmp_path, config=CONFIG + "[limits]\npolls_of_one = 2\n") as rig:
        tasks = [asyncio.create_task(rig.poll("wait=20&after=0")) for _ in range(2)]
        await asyncio.sleep(0.3)
        refused = await rig.poll("wait=20&after=0")
        assert (refused.status, refused.code) == (503, "relay_busy")
        assert (await rig.poll("after=0")).status == 200, "who does not wait takes no place"
        rig.relay.drain()
        await asyncio.gather(*tasks)


def resident() -> int:
    """Bytes of memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
