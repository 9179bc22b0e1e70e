"""Both services killed (SIGKILL) again and again while messages go: each is received once, and each sender gets its answer."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from pathlib import Path
from typing import Any

from dpr.core.mail.carriage import State
from tests.mailing.sites import Net
from tests.world import ONE_ITEM

MESSAGES, KILLS, SEED = 24, 8, 20261121
SERVICE = """
import asyncio, sys
from pathlib import Path
from dpr.apps.compose import SiteFolder
from dpr.apps.mailing import Mailing
asyncio.run(Mailing(SiteFolder(Path(sys.argv[1]))).run())
"""


async def service(folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", SERVICE, str(folder))


def a_prescription(net: Net, number: int) -> bytes:
    written: dict[str, Any] = json.loads(json.dumps(ONE_ITEM))
    written["items"][0]["dosage"] = f"{number} tabletter varje morgon"
    return net.world.prescription_document(net.world.prescription(written))


async def test_killed_services_lose_nothing_and_do_nothing_twice(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    async with Net(tmp_path) as net:
        documents = [a_prescription(net, number) for number in range(MESSAGES)]
        posted = [net.post(one) for one in documents[: MESSAGES // 2]]
        running = {name: await service(tmp_path / name) for name in ("care", "pharmacy")}
        try:
            for _ in range(KILLS):
                await asyncio.sleep(chance.uniform(0.9, 2.0))
                name = chance.choice(("care", "pharmacy"))
                running[name].kill()
                await running[name].wait()
                if len(posted) < MESSAGES:
                    posted.append(net.post(documents[len(posted)]))
                running[name] = await service(tmp_path / name)
            posted += [net.post(one) for one in documents[len(posted) :]]
            await net.until(lambda: all(net.state(one) is State.ACCEPTED for one in posted), 60)
        finally:
            for process in running.values():
                process.kill()
                await process.wait()
        with net.site("pharmacy").ledger() as ledger:
            assert sorted(seen.document for seen in ledger.prescriptions()) == sorted(documents)
        with net.mail("pharmacy") as mail:
            assert all(len(one.answers) == 2 for one in mail.inbox.messages())
            assert list(mail.inbox.alarms()) == []
            assert len(mail.inbox.messages()) == MESSAGES
