"""Whatever a relay is asked, in whatever order: the store keeps its promises, and the SQL stores answer as the fake does.

Invariants, judged by what was given out and not by the fake: numbers without a gap, each R1 naming the one before; the same
question gets the same bytes; what has ended is never handed out; a quota is exact; a withdrawal has one answer, W1 only for
what nobody was given; one R2 of a message, and at most one R4.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete

from dpr.adapters.mail_store_batch import MailStoreBatch
from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.adapters.mail_store_tables import METADATA
from dpr.core.mail.receipt import NO_RECEIPT, ReceiptContent, ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.ports import MailStore, Quota, Submission
from tests.adapters.mail_store_samples import OTHER_QUEUE, OTHER_SENDER, SENDER, answer, submission
from tests.fakes.mail_store_memory import MemoryMailStore
from tests.mail_world import QUEUE
from tests.postgres import needs_postgres, shared
from tests.world import DAY, NOW

QUEUES = (QUEUE, OTHER_QUEUE)
QUOTA = Quota(queue=(6, 2400), share=(4, 1600), sender=(5, 2000))
LIVES = (10, 100, 3 * DAY)
numbers = st.integers(0, 11)


@cache
def message(number: int, variant: int = 0) -> Submission:
    """Few enough that they meet: another life for each, now and then another content under the same id."""
    return submission(
        number,
        queue=QUEUES[number % 2],
        sender=(SENDER, OTHER_SENDER)[number // 2 % 2],
        size=300 + 10 * (number % 3),
        content=variant,
        not_after=NOW + LIVES[number % 3],
    )


@cache
def r4(number: int, variant: int) -> Attested:
    """Answers to one message that differ."""
    return answer(message(number), now=NOW + variant, queue=QUEUES[number % 2])


class Machine(RuleBasedStateMachine):
    """One relay, two queues, two senders, twelve messages; `also` is the fake, asked the same."""

    store: ClassVar[MailStore]

    def __init__(self) -> None:
        super().__init__()
        self.also = MemoryMailStore()
        self.now = NOW
        self.said: dict[bytes, ReceiptContent] = {}
        self.r1s: dict[tuple[bytes, bytes], bytes] = {}
        self.chains: dict[str, list[bytes]] = {queue: [] for queue in QUEUES}
        self.once: dict[tuple[object, ...], bytes] = {}
        self.ended: set[bytes] = set()
        self.given: set[bytes] = set()
        self.held: dict[bytes, Submission] = {}

    def stamp(self, content: ReceiptContent, now: int) -> bytes:
        """Says what it was asked to say: the same for the fake as for the store."""
        document = f"{now} {content}".encode()
        self.said[document] = content
        return document

    def the_same(self, *key: object, document: bytes) -> None:
        assert self.once.setdefault(key, document) == document

    def end(self, digest: bytes) -> None:
        self.ended.add(digest)
        self.held.pop(digest, None)

    @rule(chosen=st.lists(st.tuples(numbers, st.sampled_from([0, 0, 0, 1])), max_size=6))
    def submit(self, chosen: list[tuple[int, int]]) -> None:
        given = [message(*one) for one in chosen]
        answers = self.store.submit(given, stamp=self.stamp, quota=QUOTA, now=self.now)
        assert answers == self.also.submit(given, stamp=self.stamp, quota=QUOTA, now=self.now)
        for one, answered in zip(given, answers, strict=True):
            if answered.fresh:
                assert self.now < one.outer.not_after
                self.chains[one.outer.content.queue].append(answered.receipt)
                self.held[one.digest] = one
            if answered.receipt:
                self.the_same(ReceiptType.R1, one.sender, one.outer.id, document=answered.receipt)
                assert self.said[answered.receipt].digest == one.digest

    @rule(
        queue=st.sampled_from(QUEUES),
        after=st.none() | st.integers(0, 8),
        most=st.integers(0, 4),
        lease=st.sampled_from([1, 60]),
    )
    def fetch(self, queue: str, after: int | None, most: int, lease: int) -> None:
        asked = {"after": after, "most": most, "most_bytes": 700, "lease_seconds": lease, "now": self.now}
        fetched = self.store.fetch(queue, **asked)
        assert fetched == self.also.fetch(queue, **asked)
        assert fetched.sequence == len(self.chains[queue])
        for sealed in fetched.messages:
            digest = hashlib.sha256(sealed).digest()
            assert digest not in self.ended
            assert digest in self.held
            self.given.add(digest)
        numbers = [self.said[one].sequence for one in fetched.chain]
        assert list(fetched.chain) == [self.chains[queue][number - 1] for number in numbers if number]

    @rule(chosen=st.lists(numbers, max_size=4), answers=st.lists(st.tuples(numbers, st.integers(0, 1)), max_size=3))
    def acknowledge(self, chosen: list[int], answers: list[tuple[int, int]]) -> None:
        receipts = [r4(*one) for one in answers]
        for queue in QUEUES:
            digests = [message(number).digest for number in chosen]
            r2s = self.store.acknowledge(queue, digests, receipts, stamp=self.stamp, now=self.now)
            assert r2s == self.also.acknowledge(queue, digests, receipts, stamp=self.stamp, now=self.now)
            for r2 in r2s:
                assert self.said[r2].digest in self.given
                self.the_same(ReceiptType.R2, self.said[r2].digest, document=r2)
        for number in chosen:
            if message(number).digest in self.held:
                self.end(message(number).digest)

    @rule(number=numbers)
    def withdraw(self, number: int) -> None:
        one = message(number)
        asked = (one.sender, one.outer.id)
        document = self.store.withdraw(*asked, stamp=self.stamp, now=self.now)
        assert document == self.also.withdraw(*asked, stamp=self.stamp, now=self.now)
        if document is not None:
            self.the_same("withdrawal", *asked, document=document)
            digest = self.said[document].digest
            assert digest is not None
            if self.said[document].type is ReceiptType.W1:
                assert digest not in self.given
                self.end(digest)
            else:
                assert digest in self.given | self.ended

    @rule(seconds=st.sampled_from([1, 30, 90, 2 * DAY]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def expire(self) -> None:
        over = [one for one in self.held.values() if one.outer.not_after <= self.now]
        assert self.store.expire(stamp=self.stamp, now=self.now, most=100) == len(over)
        assert self.also.expire(stamp=self.stamp, now=self.now, most=100) == len(over)
        for one in over:
            self.end(one.digest)

    @rule(back=st.sampled_from([0, 50]))
    def forget(self, back: int) -> None:
        forgotten = self.store.forget(before=self.now - back, most=100)
        assert forgotten == self.also.forget(before=self.now - back, most=100)

    @invariant()
    def numbers_have_no_gap_and_every_r1_names_the_one_before(self) -> None:
        for chain in self.chains.values():
            head = NO_RECEIPT
            for number, r1 in enumerate(chain, start=1):
                assert (self.said[r1].sequence, self.said[r1].previous) == (number, head)
                head = hashlib.sha256(r1).digest()

    @invariant()
    def custody_is_what_was_taken_and_has_not_ended_and_within_the_quota(self) -> None:
        sizes = [len(one.sealed) for one in self.held.values()]
        assert self.store.held() == self.also.held() == (len(sizes), sum(sizes))
        for of in ((lambda one: one.sender), (lambda one: one.outer.content.queue)):
            for name in {of(one) for one in self.held.values()}:
                bound = QUOTA.queue if isinstance(name, str) else QUOTA.sender
                assert sum(of(one) == name for one in self.held.values()) <= bound[0]

    @rule()
    def receipts_begin_with_the_r1_and_hold_at_most_one_r4(self) -> None:
        self.check_receipts(range(0, 12, 3))

    def teardown(self) -> None:
        self.check_receipts(range(12))

    def check_receipts(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            one = message(number)
            given = self.store.receipts(one.sender, one.outer.id)
            assert given == self.also.receipts(one.sender, one.outer.id)
            if given is not None:
                assert self.said[given[0]].type is ReceiptType.R1
                assert len(set(given) & {r4(number, variant).document for variant in (0, 1)}) <= 1
                assert len(set(given)) == len(given)


def empty(store: SqlMailStore) -> None:
    with store._writes.begin() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(delete(table))


@pytest.fixture(scope="module")
def sqlite() -> Iterator[SqlMailStore]:
    with tempfile.TemporaryDirectory() as folder, SqlMailStore.open(Path(folder) / "relay.db", now=NOW) as store:
        yield store


@pytest.fixture(scope="module")
def postgres() -> Iterator[SqlMailStore]:
    with SqlMailStore.open(shared().database("properties"), now=NOW) as store:
        yield store


@pytest.mark.parametrize("name", ["sqlite", "batch", pytest.param("postgres", marks=needs_postgres)])
def test_a_store_keeps_its_promises_whatever_is_asked(name: str, request: pytest.FixtureRequest) -> None:
    opened = request.getfixturevalue("sqlite" if name == "batch" else name)

    class Empty(Machine):
        def __init__(self) -> None:
            super().__init__()
            empty(opened)
            self.batch = MailStoreBatch(opened) if name == "batch" else None
            type(self).store = self.batch or opened

        def teardown(self) -> None:
            super().teardown()
            if self.batch:
                self.batch.close()

    some = settings(max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Empty, settings=some)
