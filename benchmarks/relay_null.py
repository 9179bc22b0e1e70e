"""`dpr relay serve` over a store that stores nothing: what HTTP, tokens and headers cost alone.

Rules: everything is as the relay has it, its group commit included, down to the store; there every submission gets the same
receipt, made once. It is the harder comparison: nothing is signed either.

Usage: python -m benchmarks.relay_null CONFIG
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from dpr.adapters.mail_store_jobs import Job, Submit
from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.apps.relay import running
from dpr.apps.relay.config import load
from dpr.apps.relay.log import Log
from dpr.core.mail.receipt import NO_RECEIPT, ReceiptContent, ReceiptType
from dpr.ports import Submitted


class NullStore:
    """Takes everything and keeps nothing."""

    def __init__(self) -> None:
        self._receipt = b""

    def run(self, jobs: Sequence[Job]) -> list[Any]:
        return [self._submitted(job) if isinstance(job, Submit) else 0 for job in jobs]

    def _submitted(self, job: Submit) -> list[Submitted]:
        if not self._receipt:
            one = job.submissions[0]
            content = ReceiptContent(
                type=ReceiptType.R1, queue=one.outer.content.queue, message_id=one.outer.id, digest=one.digest, sequence=1,
                previous=NO_RECEIPT,
            )  # fmt: skip
            self._receipt = job.stamp(content, job.now)
        return [Submitted(self._receipt, True)] * len(job.submissions)

    def held(self) -> tuple[int, int]:
        return 0, 0


async def main(config: Path) -> None:
    """Serves until it is killed."""
    settings = load(config)
    opened = running.open_parts(settings)
    store = cast(SqlMailStore, NullStore())
    async with running.relaying(settings, opened, store, Log(sys.stderr.buffer.write)) as (address, _):
        print(address, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(Path(sys.argv[1])))
