"""Where simulated runs take place: two relays whose stores fail, clocks that are wrong, messages, and the account at the end.

Rules: everything follows from the seed. A relay dies before a commit or after it, comes back with what it had committed, and
keeps no more than that; its disk may be full for a while. At the end the sky is clear: what then lies where, and what every
relay says of every message, is written into the history before it is judged.

Example: `Stage(Random(7), stores).letters[0]`
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from dpr.core.errors import StorageError
from dpr.core.mail import receipts, sealing
from dpr.core.mail.stamp import Stamp
from dpr.ports import MailboxFailed, MailStore
from tests.mail_world import QUEUE, MailWorld, sealing_key
from tests.relay_faults.history import History, Holds, Letter, Told
from tests.relay_faults.sim_relay import LEASE_SECONDS, SimRelay
from tests.relay_faults.weather import Odds, Weather
from tests.world import NOW

HOUR = 3600
#: After the bad weather: until every message is over.
LONGEST = 3 * HOUR
WORST_CLOCK_SECONDS = 4000
LABELS = ("A", "B")
WORLD = MailWorld()
TRUST = WORLD.trust()
SENDER = WORLD.node.key.thumbprint
#: Everything at once, each now and then.
STORM = Odds(request_lost=0.12, answer_lost=0.12, doubled=0.1, late=0.15, cut_short=0.05)


@cache
def posts(count: int = 24) -> tuple[tuple[Letter, bytes], ...]:
    """Letters with their sealed messages; they live from 5 minutes to 2 hours."""
    lives = (300, 900, HOUR, 2 * HOUR)
    made = []
    for number in range(count):
        document = b"document %d of a simulated run" % number
        value = WORLD.message_value(document, number=number, created=NOW, not_after=NOW + lives[number % len(lives)])
        signed = WORLD.message(value)
        sealed = sealing.seal(signed, sealing_key("pharmacy"), sealing.outer_of(value, len(signed)))
        digest = hashlib.sha256(sealed).digest()
        made.append((Letter((SENDER, value.id), QUEUE, digest, value.not_after, value.digests), sealed))
    return tuple(made)


class Failing:
    """A store whose process dies, or whose disk is full, now and then: before its work or after it."""

    def __init__(self, store: MailStore, weather: Weather, odds: float, full: tuple[float, float]) -> None:
        self._store, self._weather, self._odds, self._full = store, weather, odds, full

    def __getattr__(self, name: str) -> Callable[..., Any]:
        work = getattr(self._store, name)

        def call(*args: Any, **named: Any) -> Any:
            at = asyncio.get_running_loop().time()
            if not self._weather.calm and self._full[0] <= at < self._full[1] and name not in ("receipts", "held"):
                raise StorageError("mail_store_full", "no space left")
            if self._weather.happens(self._odds / 2):
                raise StorageError("mail_store_busy", "died before the commit")
            result = work(*args, **named)
            if self._weather.happens(self._odds / 2):
                raise StorageError("mail_store_busy", "died after the commit")
            return result

        return call


@dataclass
class Clock:
    """Simulated time with an error that changes: (from when, seconds wrong)."""

    errors: tuple[tuple[float, float], ...] = ()
    calm: bool = False

    def __call__(self) -> float:
        at = asyncio.get_running_loop().time()
        wrong = [seconds for since, seconds in self.errors if since <= at]
        return NOW + at + (wrong[-1] if wrong and not self.calm else 0.0)


@dataclass
class Stage:
    """One run's relays, messages and history. `stores`: one for each label."""

    random: Random
    stores: Mapping[str, MailStore]
    odds: Odds = STORM
    history: History = field(default_factory=History)
    length: float = 1500.0
    relays: dict[str, SimRelay] = field(default_factory=dict)
    weathers: list[Weather] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.posts = self.random.sample(posts(), self.random.randint(4, 12))
        self.letters = {letter.digest: letter for letter, _ in self.posts}
        stamps = {"A": WORLD.stamp(), "B": Stamp(WORLD.other_relay, WORLD.other_relay_credential())}
        for label in LABELS:
            clock = self.clock(label)
            failing: Any = Failing(self.stores[label], self.weather(), self.random.choice((0.0, 0.05, 0.2)), self.spell())
            self.relays[label] = SimRelay(label, failing, stamps[label], TRUST, clock)

    def spell(self) -> tuple[float, float]:
        """Some minutes of the run, or no time at all."""
        begin = self.random.uniform(0, self.length)
        return begin, begin + self.random.choice((0, 0, 60, 300, 900))

    def weather(self) -> Weather:
        cut_off = [self.spell() for _ in range(self.random.randint(0, 2))]
        self.weathers.append(Weather(Random(self.random.random()), self.odds, cut_off))
        return self.weathers[-1]

    def clock(self, *labels: str) -> Clock:
        """Right, or wrong by up to hours for a while, forwards or backwards. `labels`: relays that it concerns."""
        wrong = self.random.choice((0, 0, 30, -30, WORST_CLOCK_SECONDS, -WORST_CLOCK_SECONDS))
        self.history.wrong_clocks |= set(labels) if abs(wrong) > 300 else set()
        begin = self.random.uniform(0, self.length)
        self.clocks.append(Clock(((begin, wrong), (begin + self.random.uniform(0, 900), 0.0))))
        return self.clocks[-1]

    async def relay_dies_and_returns(self, label: str) -> None:
        """For as long as there is bad weather."""
        while not self.calm:
            await asyncio.sleep(self.random.expovariate(1 / 400))
            self.relays[label].down = True
            await asyncio.sleep(self.random.choice((1, 20, 300)))
            self.relays[label].down = False

    async def relay_tidies(self, label: str) -> None:
        while True:
            await asyncio.sleep(1200 if self.calm else 30)
            try:
                await self.relays[label].tidy()
            except MailboxFailed:
                continue

    @property
    def calm(self) -> bool:
        return self.weathers[0].calm

    def clear(self) -> None:
        """From now on nothing goes wrong."""
        for weather in self.weathers:
            weather.calm = True
        for clock in self.clocks:
            clock.calm = True
        for relay in self.relays.values():
            relay.down = False

    def account(self) -> None:
        """Writes into the history what each relay says of each message, and what it still holds, when no lease is left, even
        one of a clock that was wrong."""
        now = NOW + int(asyncio.get_running_loop().time()) + LEASE_SECONDS + WORST_CLOCK_SECONDS + 1
        for label in LABELS:
            store = self.stores[label]
            store.expire(stamp=self.relays[label].stamp, now=now, most=1000)
            for letter, _ in self.posts:
                for data in store.receipts(*letter.key) or []:
                    self.history.add(Told(label, letter.key, receipts.read(data, TRUST)))
            self.history.add(Holds(label, frozenset(held_by(store, now))))


def held_by(store: MailStore, now: int, queue: str = QUEUE) -> Iterator[bytes]:
    """Digests of all that lies in a queue of a store, by fetching it."""
    while True:
        fetched = store.fetch(queue, after=None, most=50, most_bytes=10**8, lease_seconds=600, now=now)
        if not fetched.messages:
            return
        yield from (hashlib.sha256(one).digest() for one in fetched.messages)
