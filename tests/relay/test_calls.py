"""Every call of a relay, as a sender and a recipient use them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dpr.adapters.mail_store_jobs import Job, Submit
from dpr.core.errors import StorageError
from dpr.core.mail import api, receipts, sealing
from dpr.core.mail.receipt import ReceiptType
from tests.mail_world import QUEUE
from tests.relay.rig import Rig


async def test_a_message_goes_from_a_node_to_a_pharmacy_and_both_hold_receipts(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        sealed = rig.world.sealed()
        outer = sealing.read(sealed).outer
        taken = await rig.submit(sealed)
        assert (taken.status, taken.headers["Content-Type"]) == (201, "application/cose"), taken
        digest = hashlib.sha256(sealed).digest()
        trust = rig.world.trust()
        r1 = receipts.read(taken.body, trust, expected_queue=QUEUE, expected_id=outer.id, expected_digest=digest)
        assert (r1.content.type, r1.content.sequence) == (ReceiptType.R1, 1)

        inbox = (await rig.poll("after=0")).inbox
        assert inbox.messages == (sealed,) and inbox.chain == (taken.body,)
        head = receipts.read(inbox.head, trust, expected_queue=QUEUE).content
        assert (head.type, head.sequence, head.head) == (ReceiptType.H1, 1, r1.digest)

        r2 = (await rig.acknowledge(api.Acks(digests=(digest,)))).receipts
        assert [receipts.read(one, trust).content.type for one in r2] == [ReceiptType.R2]
        assert (await rig.receipts(outer.id)).receipts == (taken.body, *r2)
        assert (await rig.receipts(outer.id, "known=1")).receipts == r2
        assert (await rig.poll("after=1")).inbox.messages == ()


async def test_a_repeated_message_gets_its_receipt_again_and_another_under_its_id_is_refused(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        sealed, other = rig.world.sealed(), rig.world.sealed()
        first, again = await rig.submit(sealed), await rig.submit(sealed)
        assert (first.status, again.status) == (201, 200) and first.body == again.body
        refused = await rig.submit(other)
        assert (refused.status, refused.code) == (409, "mail_id_taken")


async def test_a_poll_that_waits_is_answered_when_a_message_comes(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        waiting = asyncio.create_task(rig.poll("wait=20&after=0"))
        await asyncio.sleep(0.3)
        assert not waiting.done() and rig.relay.polls.count == 1
        sealed = rig.world.sealed()
        await rig.submit(sealed)
        assert (await asyncio.wait_for(waiting, 2)).inbox.messages == (sealed,)
        assert rig.relay.polls.count == 0


async def test_a_message_is_withdrawn_before_and_not_after_it_was_fetched(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        world = rig.world
        values = [world.message_value(number=number) for number in (1, 2)]
        for value in values:
            await rig.submit(world.sealed(value))
        early = await rig.withdraw(values[0].id)
        assert early.status == 200
        assert receipts.read(early.body, world.trust()).content.type is ReceiptType.W1
        assert len((await rig.poll("after=0")).inbox.messages) == 1
        late = await rig.withdraw(values[1].id)
        assert late.status == 409
        assert receipts.read(late.body, world.trust()).content.type is ReceiptType.W2
        assert (await rig.withdraw(values[1].id)).body == late.body
        unknown = await rig.withdraw(bytes(16))
        assert (unknown.status, unknown.code) == (404, "message_unknown")


async def test_a_submission_that_the_store_cannot_keep_does_not_touch_those_beside_it(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        world, run = rig.world, rig.store.run
        bad = sealing.read(world.sealed()).outer.id

        def refuses(jobs: Sequence[Job]) -> list[Any]:
            given = [one.outer.id for job in jobs if isinstance(job, Submit) for one in job.submissions]
            if bad in given:
                raise StorageError("mail_store_row_refused")
            return run(jobs)

        rig.store.run = refuses  # type: ignore[method-assign]
        sealed = [world.sealed(world.message_value(number=number)) for number in range(1, 9)]
        auth = rig.node()
        answers = await asyncio.gather(*[rig.submit(one, auth=auth) for one in sealed])
        assert [one.status for one in answers] == [503] + [201] * 7
        assert answers[0].code == "mail_store_row_refused"
