"""What the tests of refusals share: every operation that asks who calls, and which documented answers were met.

Example: `await all_give(rig, 401, "node_needed", auth=None)`
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from dpr.apps.relay.calls import find
from dpr.core.errors import DprError
from dpr.core.mail import api
from tests.mail_world import QUEUE, MailWorld
from tests.relay.rig import Answer, Rig

Operation = Callable[..., Awaitable[Answer]]
#: (method, documented path, status, code) of every answer in this process.
seen: set[tuple[str, str, int, str]] = set()


def keep(rig: Rig) -> None:
    """Notes which documented answers were given."""
    for method, path, status, code in rig.seen:
        with suppress(DprError):  # of what is no operation, nothing is documented
            seen.add((method, find(method, path)[0], status, code))


def operations(rig: Rig, **options: Any) -> list[Operation]:
    """Every operation that asks who calls, well formed, by the pharmacy unless `auth` says otherwise."""
    options = {"auth": rig.pharmacy()} | options
    known = rig.world.message_value().id
    return [
        lambda: rig.submit(rig.world.sealed(), **options),
        lambda: rig.poll("after=0", **options),
        lambda: rig.acknowledge(api.Acks(receipts=(r3(rig.world),)), **options),
        lambda: rig.withdraw(known, **options),
        lambda: rig.receipts(known, **options),
    ]


def r3(world: MailWorld) -> bytes:
    from dpr.core.mail.receipt import ReceiptContent, ReceiptType

    content = ReceiptContent(type=ReceiptType.R3, queue=QUEUE, message_id=bytes(16), digest=bytes(32), documents=(bytes(32),))
    return world.pharmacy_stamp()(content, world.now)


async def all_give(rig: Rig, status: int, code: str, **options: Any) -> None:
    for operation in operations(rig, **options):
        answer = await operation()
        assert (answer.status, answer.code) == (status, code)
    keep(rig)


def site_file(rig: Rig, name: str, content: bytes) -> None:
    path = rig.folder / "site" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    rig.opened.site.reload()
    assert rig.opened.site.fault is None
