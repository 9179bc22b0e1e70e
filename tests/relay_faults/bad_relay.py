"""Runs with one relay that misbehaves: alone, or beside an honest one.

Rules: nothing else goes wrong: no weather, nobody dies, clocks are right. What came of it is told by what the recipient has,
what sender and recipient have raised, and how each message stands for its sender.

Example: `outcome("Withholds", honest_too=False).alarms` → `{"relay_withholds"}`
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from dpr.core.mail import receipts
from dpr.core.mail.compare import contradiction
from tests.fakes.mail_store_memory import MemoryMailStore
from tests.mail_world import QUEUE
from tests.relay_faults.flows_run import ORIGINS, Node
from tests.relay_faults.history import Acknowledged, Alarm, Concluded, Delivered, History, Letter
from tests.relay_faults.invariants import broken
from tests.relay_faults.malicious import MISBEHAVIOURS
from tests.relay_faults.mortal import Life
from tests.relay_faults.stage import HOUR, LABELS, TRUST, WORLD, Stage, posts
from tests.relay_faults.virtual import run
from tests.relay_faults.weather import Odds

#: When each message is posted, in seconds.
POSTED_AT = (1, 2, 60)
#: Long enough to be suspected of withholding.
LASTS_SECONDS = 960
#: Of a relay that keeps its recipient busy.
LASTS = {"Replays": 150, "WithholdsEverything": 300}
RECALLED = frozenset(("WithdrawsAndDelivers",))


class Outcome(NamedTuple):
    """`taken`: how many of the messages the recipient has taken for new; `alarms`: codes raised about the bad relay;
    `evidence`: how many signed receipts came with them; `custody`: messages that it gave an R1 for; `states`: for the sender;
    `breaches`: of the invariants; `compared`: what sender and recipient find when they lay their receipts side by side."""

    taken: int
    alarms: frozenset[str]
    evidence: int
    custody: int
    states: tuple[str, ...]
    breaches: list[tuple[str, str]]
    compared: frozenset[str]


def outcome(name: str, *, honest_too: bool) -> Outcome:
    """What came of three messages within a quarter of an hour."""
    history = History(malicious=frozenset("A"))
    stage = Stage(Random(1), {label: MemoryMailStore() for label in LABELS}, odds=Odds(), history=history)
    stage.posts = [one for one in posts() if one[0].not_after - WORLD.now == 2 * HOUR][: len(POSTED_AT)]
    stage.relays["A"] = MISBEHAVIOURS[name]("A", MemoryMailStore(), WORLD.stamp(), TRUST, stage.clocks[0])
    with tempfile.TemporaryDirectory() as folder:
        node = Node(stage, Path(folder))
        try:
            run(_played(node, ("A", "B") if honest_too else ("A",), recalled=name in RECALLED), Random(1))
            compared = frozenset(_compared(node))
        finally:
            node.close()
    return Outcome(
        len({one.key for one in history.of(Delivered)}),
        frozenset(one.code for one in history.of(Alarm) if one.relay == "A"),
        sum(len(one.evidence) for one in history.of(Alarm)),
        len({one.key for one in history.of(Acknowledged) if one.relay == "A"}),
        tuple(one.state for one in history.of(Concluded)),
        broken(history),
        compared,
    )


def _compared(node: Node) -> Iterator[str]:
    """Codes of every pair of receipts that cannot both be true: one held by the sender, one by the recipient."""
    outbox, inbox = node.mail["sender"].outbox, node.mail["recipient"].inbox
    held = [data for row in outbox.messages() for _, data in outbox.receipts(row.message_id)]
    seen = [one.receipt for letter, _ in node.stage.posts for one in inbox.shown(letter.digest)]
    seen += [one.receipt for one in inbox.heads()]
    for origin in ORIGINS.values():
        relay = inbox.relay_at(origin)
        place = inbox.place(relay, QUEUE) if relay else None
        seen += [place[1]] if place else []
    for one in held:
        for other in seen:
            code = contradiction(receipts.read(one, TRUST), receipts.read(other, TRUST))
            if code:
                yield code


async def _played(node: Node, relays: tuple[str, ...], *, recalled: bool) -> None:
    stage, loop = node.stage, asyncio.get_running_loop()
    for weather in stage.weathers:
        weather.cut_off = ()
    for clock in stage.clocks:
        clock.calm = True
    loop.set_exception_handler(lambda *_: None)
    work = [loop.create_task(make(Life(Random(0), steps=None))) for make in (node.sends, node.fetches)]
    work += [loop.create_task(_posts(node, letter, sealed, at, relays, recalled=recalled))
             for (letter, sealed), at in zip(stage.posts, POSTED_AT, strict=True)]  # fmt: skip
    await asyncio.sleep(LASTS.get(type(stage.relays["A"]).__name__, LASTS_SECONDS))
    assert not [one for one in work if one.done() and one.exception()], work
    for one in work:
        one.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    node.conclude()


async def _posts(node: Node, letter: Letter, sealed: bytes, at: float, relays: tuple[str, ...], *, recalled: bool) -> None:
    await asyncio.sleep(at)
    node.put(letter, sealed, tuple(ORIGINS[label] for label in relays))
    if recalled:
        await asyncio.sleep(0.5)  # the recipient has it by now
        node.recall(letter)
