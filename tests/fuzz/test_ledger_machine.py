"""A pharmacy with two counters, on a ledger in memory and on one in SQLite side by side, with deaths and power cuts.

tests/adapters/test_ledger_contract.py compares the two ledgers call by call; here the flows use them, and see old histories.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dpr.adapters.ledger_sql import SqlLedger
from dpr.core.errors import DprError
from dpr.core.ledger import Past
from dpr.core.prescription import Prescription
from dpr.ports import Ledger
from tests.adapters.ledger_samples import everything
from tests.flows.counter import Counter
from tests.fuzz.machines import Died, after_a_power_cut, dying_ledger, machine_settings
from tests.world import NOW, ONE_ITEM

_ITEM = {name: value for name, value in ONE_ITEM["items"][0].items() if name != "interval_days"}
#: How many dispensings each item of each prescription has.
COUNTS = ((1,), (3, 2))
DRAFTS = [ONE_ITEM | {"items": [_ITEM | {"dispensings": count} for count in counts]} for counts in COUNTS]
WHICH, ITEMS = st.integers(0, len(COUNTS) - 1), st.integers(1, 2)


class Stale:
    """A ledger as a slow counter sees it: the history of a moment ago, everything else as it is."""

    def __init__(self, inner: Ledger, histories: dict[tuple[bytes, int], tuple[Past, ...]]) -> None:
        self._inner, self._histories = inner, histories

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def history(self, prescription_id: bytes, item: int) -> tuple[Past, ...]:
        return self._histories.get((prescription_id, item), ())


def code_of(action: Any) -> str:
    """How an action ended: the code of its error, or `done`."""
    try:
        action()
    except DprError as error:
        return error.code
    return "done"


class Pharmacy(RuleBasedStateMachine):
    """Never more dispensings than prescribed, one queue row for each, and both ledgers hold the same after every step."""

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.path, self.cuts = self.folder / "ledger.db", 0
        self.sql, self.memory = Counter(SqlLedger.open(self.path, now=NOW)), Counter()
        made: list[Prescription] = [self.memory.world.prescription(draft) for draft in DRAFTS]
        self.prescriptions = made
        self.documents = [self.memory.world.prescription_document(one) for one in made]
        self.before: dict[tuple[bytes, int], tuple[Past, ...]] = {}
        self.done = 0

    def both(self, action: Any) -> str:
        """The same on both, with the same end."""
        ended = code_of(lambda: action(self.sql))
        assert ended == code_of(lambda: action(self.memory))
        return ended

    @rule(which=WHICH)
    def receive(self, which: int) -> None:
        assert self.both(lambda counter: counter.receive(self.documents[which])) == "done"

    @rule(which=WHICH, item=ITEMS)
    def dispense(self, which: int, item: int) -> None:
        ended = self.both(lambda counter: counter.dispense(prescription_id=self.prescriptions[which].id, item=item))
        self.done += ended == "done"

    @rule()
    def look(self) -> None:
        """A counter reads the histories, and goes for a coffee."""
        ids = [(one.id, item) for one in self.prescriptions for item in (1, 2)]
        self.before = {key: tuple(self.memory.ledger.history(*key)) for key in ids}

    @rule(which=WHICH, item=ITEMS)
    def dispense_by_what_was_seen(self, which: int, item: int) -> None:
        """Of two counters that saw the same history one wins."""

        def late(counter: Counter) -> None:
            whole, counter.ledger = counter.ledger, Stale(counter.ledger, self.before)
            try:
                counter.dispense(prescription_id=self.prescriptions[which].id, item=item)
            finally:
                counter.ledger = whole

        key = (self.prescriptions[which].id, item)
        changed = self.before.get(key, ()) != tuple(self.memory.ledger.history(*key))
        ended = self.both(late)
        assert ended != "done" or not changed
        self.done += ended == "done"

    @rule(which=WHICH, item=ITEMS, statement=st.sampled_from([1, 2, 2, 3]))
    def die_while_writing(self, which: int, item: int, statement: int) -> None:
        """Nothing is half kept: what was begun is whole or not there."""
        received = self.memory.ledger.prescription(self.prescriptions[which].id) is not None
        self.sql.ledger.close()
        self.sql.ledger = dying = dying_ledger(self.path, statement)
        before = everything(dying)
        try:
            if not received:
                self.sql.receive(self.documents[which])
                self.memory.receive(self.documents[which])
            else:
                self.sql.dispense(prescription_id=self.prescriptions[which].id, item=item)
                self.memory.dispense(prescription_id=self.prescriptions[which].id, item=item)
                self.done += 1
        except DprError:
            pass
        except Died:
            assert everything(dying) == before
        dying.close()
        self.sql.ledger = SqlLedger.open(self.path, now=NOW)

    @rule()
    def power_cut(self) -> None:
        self.cuts += 1
        path = after_a_power_cut(self.path, self.folder / str(self.cuts))
        self.sql.ledger.close()
        self.path, self.sql.ledger = path, SqlLedger.open(path, now=NOW)

    @precondition(lambda self: self.done)
    @rule(seconds=st.sampled_from([1, 86_400]))
    def wait(self, seconds: int) -> None:
        for counter in (self.sql, self.memory):
            counter.now += seconds

    @invariant()
    def both_hold_the_same(self) -> None:
        assert everything(self.sql.ledger) == everything(self.memory.ledger)

    @invariant()
    def never_more_than_prescribed_and_each_is_owed_to_the_register(self) -> None:
        ledger, total = self.sql.ledger, 0
        for prescription, counts in zip(self.prescriptions, COUNTS, strict=True):
            for item, most in enumerate(counts, 1):
                numbers = [past.number for past in ledger.history(prescription.id, item)]
                assert numbers == [*range(1, len(numbers) + 1)] and len(numbers) <= most
                total += len(numbers)
                assert all(ledger.queue_row(prescription.id, item, number) for number in numbers)
        assert total == self.done == len(ledger.dispensings())
        assert sum(row.number > 0 for row in ledger.queue()) == total

    def teardown(self) -> None:
        if hasattr(self, "sql"):
            self.sql.ledger.close()
            shutil.rmtree(self.folder)


TestPharmacyMachine = Pharmacy.TestCase
TestPharmacyMachine.settings = machine_settings(25, 25)
