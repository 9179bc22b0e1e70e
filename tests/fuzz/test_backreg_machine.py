"""Back-registration against a register with every fault, deaths in mid-call and two reporters, in any order.

tests/flows/test_report.py walks through each fault by itself and every death at one place; here they come mixed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter as Count
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dpr.core import fhir
from dpr.core.backreg import Event, State
from dpr.core.errors import DprError, StorageError
from dpr.ports import QueueRow
from tests.flows.counter import Counter
from tests.flows.test_report import Crash, Dying
from tests.fuzz.machines import machine_settings
from tests.world import ONE_ITEM

SETTLE, ENDED = 60, (State.REGISTERED, State.PARKED, State.CONFLICT)
_ITEM = {name: value for name, value in ONE_ITEM["items"][0].items() if name != "interval_days"}
#: Different products, since two prescriptions of one product on one day pass for twins; the last goes in on paper.
DRAFTS: list[dict[str, Any]] = [
    ONE_ITEM | {"items": [_ITEM]},
    ONE_ITEM | {"items": [_ITEM | {"npl_pack_id": f"2004013110027{n}", "npl_id": f"2002123100041{n}"} for n in (5, 6)]},
    ONE_ITEM | {"items": [_ITEM], "patient": {"birth_date": "19900101", "name": "Test Person"}, "audience": "7350000000009"},
]
FAULTS = ("ok", "unreachable", "silent", "drop", "late", "reject")


class Reporting(RuleBasedStateMachine):
    """Nothing is registered twice, nothing that was acknowledged is lost, and every row comes to its end once the register is
    well."""

    @initialize()
    def open(self) -> None:
        self.counter = Counter()
        world = self.counter.world
        self.prescriptions = [world.prescription(draft) for draft in DRAFTS]
        self.late_since: int | None = None
        self.acknowledged: dict[tuple[bytes, int, int], str] = {}

    # --- at the pharmacy

    @rule(which=st.integers(0, len(DRAFTS) - 1))
    def receive(self, which: int) -> None:
        self.counter.receive(self.counter.world.prescription_document(self.prescriptions[which]))

    @rule(which=st.integers(0, len(DRAFTS) - 1), item=st.integers(1, 2))
    def dispense(self, which: int, item: int) -> None:
        with contextlib.suppress(DprError):  # not received, or none left
            self.counter.dispense(prescription_id=self.prescriptions[which].id, item=item)

    @rule(data=st.data())
    @precondition(lambda self: any(row.state is State.PARKED for row in self.counter.ledger.queue()))
    def retry(self, data: st.DataObject) -> None:
        """A pharmacist has dealt with it."""
        row = data.draw(st.sampled_from([row for row in self.counter.ledger.queue() if row.state is State.PARKED]))
        self.counter.ledger.advance(row, Event.RETRY, words="", attempts=0, not_before=0)

    # --- the register and the time

    @rule(plan=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=4))
    def plan(self, plan: list[str]) -> None:
        """What the next requests meet, the first of them at once."""
        self.counter.register.plan, self.counter.register.up = plan, True
        self.report()

    @rule(up=st.booleans())
    def turn(self, up: bool) -> None:
        self.counter.register.up = up

    @rule(seconds=st.sampled_from([1, 30, 61, 140, 1000, 86_400]))
    def wait(self, seconds: int) -> None:
        """A request on its way arrives within the settle time; that is what the register promises (domain.md §7)."""
        if self.late_since is not None and self.counter.now + seconds >= self.late_since + SETTLE:
            self.counter.register.settle()
            self.late_since = None
        self.counter.now += seconds

    # --- reporting

    @rule()
    def report(self) -> None:
        asyncio.run(self.counter.report())
        self.note()

    @rule()
    def two_report_at_once(self) -> None:
        async def both() -> None:
            ended = await asyncio.gather(self.counter.report(), self.counter.report(), return_exceptions=True)
            assert all(not isinstance(one, BaseException) or isinstance(one, StorageError) for one in ended), ended

        asyncio.run(both())
        self.note()

    @rule(step=st.integers(1, 12))
    def die_while_reporting(self, step: int) -> None:
        ledger, register, fuse = self.counter.ledger, self.counter.register, {"left": step}
        self.counter.ledger, self.counter.register = Dying(ledger, fuse), Dying(register, fuse)
        try:
            with contextlib.suppress(Crash):
                asyncio.run(self.counter.report())
        finally:
            self.counter.ledger, self.counter.register = ledger, register
        self.note()

    def note(self) -> None:
        """Since when something is on its way, and what the register has acknowledged."""
        if self.counter.register.late and self.late_since is None:
            self.late_since = self.counter.now
        for row in self.counter.ledger.queue():
            if row.state is State.REGISTERED:
                assert row.register_id is not None
                self.acknowledged.setdefault(key_of(row), row.register_id)

    # --- what must hold

    def copies(self) -> Count[tuple[str, str]]:
        """How often the register holds each identifier."""
        return Count((one["identifier"][0]["system"], one["identifier"][0]["value"]) for one in self.counter.register.held)

    def identifier_of(self, row: QueueRow) -> tuple[str, str]:
        if row.number == 0:
            return fhir.item_identifier(row.prescription_id, row.item)
        held = self.counter.ledger.dispensing(row.prescription_id, row.item, row.number)
        assert held is not None
        return fhir.dispensing_identifier(held.id)

    @invariant()
    def the_register_holds_what_is_owed_and_each_once(self) -> None:
        if hasattr(self, "counter"):
            owed, copies = {self.identifier_of(row) for row in self.counter.ledger.queue()}, self.copies()
            assert copies.keys() <= owed
            assert all(count == 1 for count in copies.values()), "registered twice"

    @invariant()
    def what_is_registered_is_there(self) -> None:
        if not hasattr(self, "counter"):
            return
        by_id = {one["id"]: one["identifier"][0] for one in self.counter.register.held}
        for row in self.counter.ledger.queue():
            if row.state is State.REGISTERED:
                system, value = self.identifier_of(row)
                assert by_id[row.register_id] == {"system": system, "value": value}
        assert set(self.acknowledged.values()) <= by_id.keys()

    def teardown(self) -> None:
        """Well again: everything comes to its end."""
        if not hasattr(self, "counter"):
            return
        self.counter.register.plan, self.counter.register.up = [], True
        for _ in range(14):
            self.wait(SETTLE + 900)
            self.report()
        rows = self.counter.ledger.queue()
        stopped = {(row.prescription_id, row.item) for row in rows if row.number == 0 and row.state is not State.REGISTERED}
        copies = self.copies()
        for row in rows:
            waits = row.state is State.QUEUED and row.number > 0 and (row.prescription_id, row.item) in stopped
            assert row.state in ENDED or waits, row
            if row.state is State.REGISTERED:
                assert copies[self.identifier_of(row)] == 1
                assert row.confirmed or not row.was_silent


def key_of(row: QueueRow) -> tuple[bytes, int, int]:
    """What names a row."""
    return row.prescription_id, row.item, row.number


TestReportingMachine = Reporting.TestCase
TestReportingMachine.settings = machine_settings(60, 30)
