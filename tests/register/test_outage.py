"""The whole story with the real parts: the register is gone, the pharmacy dispenses, the register comes back as it likes.

The ledger is a SQLite file that is opened anew for every run, as a computer that is switched off in between would; the register
is the reference register behind a TCP port. Whatever happens: each thing is registered exactly once, with its real time.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.web
import pytest

from dpr.adapters.ledger_sql import SqlLedger
from dpr.adapters.register_http import HttpRegister
from dpr.apps.register import create_app
from dpr.core.backreg import Event, State
from dpr.core.dispensing import Ground
from dpr.flows.dispense import NotDispensed
from dpr.flows.report import Step
from tests.flows.counter import GROUND, Counter
from tests.world import ONE_ITEM, World

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS, SETTLE_SECONDS = 1, 60
LATE_SECONDS = 0.2
_ITEM = ONE_ITEM["items"][0]
THREE_ITEMS = ONE_ITEM | {"items": [_ITEM, _ITEM | {"atc": "C09AA05", "dispensings": 1}, _ITEM | {"dosage": "2 tabletter"}]}
THREE_ITEMS["items"][1].pop("interval_days")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Pharmacy:
    """A counter on a ledger file, with a register at `port` that may be there or not."""

    def __init__(self, folder: Path, **policy: Any) -> None:
        self.path, self.database, self.port = folder / "ledger.db", folder / "register.db", free_port()
        options = {"register_timeout_seconds": TIMEOUT_SECONDS, "register_settle_seconds": SETTLE_SECONDS} | policy
        self.counter = Counter(ledger=self._open(0), **options)
        self.started = self.counter.now

    def _open(self, now: int) -> SqlLedger:
        return SqlLedger.open(self.path, now=now)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def switched_off_and_on(self) -> None:
        assert isinstance(self.counter.ledger, SqlLedger)
        self.counter.ledger.close()
        self.counter.ledger = self._open(self.counter.now)

    async def report(self) -> tuple[Step, ...]:
        """One run of `dpr report`."""
        self.switched_off_and_on()
        async with HttpRegister(self.url, timeout_seconds=TIMEOUT_SECONDS) as register:
            if not await register.reachable():
                return ()
            self.counter.register = register  # type: ignore[assignment]
            return await self.counter.report()

    async def report_until_done(self, *, late: bool = False, runs: int = 12) -> list[Event]:
        """Runs a quarter of an hour apart, as a timer does; what is `late` has come when the next one begins."""
        events = []
        for _ in range(runs):
            steps = await self.report()
            events += [step.event for step in steps]
            if late and any(step.event is Event.SILENT for step in steps):
                await asyncio.sleep(LATE_SECONDS + 0.3)
            self.counter.now += 900
            if all(row.state is State.REGISTERED and row.confirmed >= row.was_silent for row in self.counter.ledger.queue()):
                break
        return events

    @contextlib.asynccontextmanager
    async def register(self) -> AsyncIterator[None]:
        """The register, while it is there; its clock is the counter's."""
        app = create_app(self.database, lambda: datetime.fromtimestamp(self.counter.now, UTC))
        runner = aiohttp.web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await aiohttp.web.TCPSite(runner, "127.0.0.1", self.port).start()
        try:
            yield
        finally:
            await runner.cleanup()

    async def told(self, *faults: dict[str, Any]) -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.put(f"{self.url}/_rehearsal", json={"faults": list(faults)}) as answer,
        ):
            assert answer.status == 200, await answer.text()

    async def held(self) -> list[dict[str, Any]]:
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/_rehearsal/resources") as answer:
            found: list[dict[str, Any]] = await answer.json()
            return found


@pytest.fixture
def pharmacy(tmp_path: Path) -> Iterator[Pharmacy]:
    made = Pharmacy(tmp_path)
    yield made
    made.counter.ledger.close()  # type: ignore[attr-defined]


async def check_once(pharmacy: Pharmacy, *, items: int = 1, dispensings: int = 1) -> list[dict[str, Any]]:
    """Everything is registered, once, and the ledger knows it by the register's own ids."""
    held = await pharmacy.held()
    types = [one["resourceType"] for one in held]
    assert (types.count("MedicationRequest"), types.count("MedicationDispense")) == (items, dispensings)
    rows = pharmacy.counter.ledger.queue()
    assert {row.state for row in rows} == {State.REGISTERED}, [(row.state, row.words) for row in rows]
    assert sorted(str(row.register_id) for row in rows) == sorted(one["id"] for one in held)
    authorised = {ref["reference"] for one in held for ref in one.get("authorizingPrescription", [])}
    assert authorised <= {f"MedicationRequest/{one['id']}" for one in held}
    return held


BACK_AGAIN: dict[str, list[dict[str, Any]]] = {
    "all well": [],
    "both replies lost": [{"fault": "drop_reply", "method": "POST", "times": 2}],
    "the first commits late": [{"fault": "late_commit", "seconds": LATE_SECONDS, "method": "POST", "times": 1}],
    "both commit late": [{"fault": "late_commit", "seconds": LATE_SECONDS, "method": "POST", "times": 2}],
    "503 for a while": [{"fault": "error", "status": 503, "method": "POST", "times": 3}],
    "503 for readers too": [{"fault": "error", "status": 503, "type": "MedicationRequest", "times": 4}],
    "too slow to answer": [{"fault": "slow", "seconds": TIMEOUT_SECONDS + 0.2, "method": "POST", "times": 1}],
    "down again": [{"fault": "down", "type": "MedicationDispense", "times": 2}],
    "slow and a lost reply": [
        {"fault": "slow", "seconds": 0.1, "times": 5},
        {"fault": "drop_reply", "type": "MedicationDispense", "method": "POST", "times": 1},
    ],
}


@pytest.mark.parametrize("faults", BACK_AGAIN.values(), ids=BACK_AGAIN.keys())
async def test_what_was_dispensed_in_the_outage_is_registered_once_when_the_register_is_back(
    pharmacy: Pharmacy, faults: list[dict[str, Any]]
) -> None:
    counter = pharmacy.counter
    counter.receive()
    assert await pharmacy.report() == ()  # nobody listens
    counter.now += 1800
    record = counter.dispense().record
    handed_over_at = counter.now
    assert record.content.ground == GROUND
    counter.now += 2 * 86_400
    assert await pharmacy.report() == ()
    assert {row.state for row in counter.ledger.queue()} == {State.QUEUED}

    async with pharmacy.register():
        await pharmacy.told(*faults)
        events = await pharmacy.report_until_done(late=any(one["fault"] in ("late_commit", "slow") for one in faults))
        request, dispensed = await check_once(pharmacy)
        if any("drop" in one["fault"] or "late" in one["fault"] for one in faults):
            assert Event.SILENT in events and Event.FOUND_ONE in events
        assert await pharmacy.report() == ()  # and then there is nothing left to do
    assert datetime.fromisoformat(dispensed["whenHandedOver"]).timestamp() == handed_over_at
    assert request["authoredOn"] == "2026-11-21T12:59:00+01:00"


async def test_a_register_that_is_up_and_down_at_every_step_gets_each_thing_once(pharmacy: Pharmacy) -> None:
    counter = pharmacy.counter
    counter.receive()
    counter.dispense()
    for _ in range(12):
        async with pharmacy.register():
            await pharmacy.told({"fault": "drop_reply", "times": 1, "method": "POST"})
            await pharmacy.report()
        counter.now += 900
        assert await pharmacy.report() == ()
    async with pharmacy.register():
        await check_once(pharmacy)


async def test_three_items_and_their_dispensings_are_registered_once_under_changing_faults(pharmacy: Pharmacy) -> None:
    counter = pharmacy.counter
    prescription = counter.world.prescription(THREE_ITEMS)
    counter.receive(counter.world.prescription_document(prescription))
    for item in (1, 2, 3):
        counter.dispense(prescription_id=prescription.id, item=item)
    counter.now += 81 * 86_400
    counter.trust = counter.world.trust(next_update=counter.now + 86_400)
    async with pharmacy.register():
        await pharmacy.told(
            {"fault": "error", "type": "Patient", "times": 1},
            {"fault": "late_commit", "seconds": LATE_SECONDS, "type": "MedicationRequest", "method": "POST", "times": 2},
            {"fault": "drop_reply", "type": "MedicationDispense", "method": "POST", "times": 2},
        )
        await pharmacy.report_until_done(late=True)
        held = await check_once(pharmacy, items=3, dispensings=3)
    rows = {(row.item, row.number): row.register_id for row in counter.ledger.queue()}
    for item in (1, 2, 3):
        [dispensed] = [one for one in held if one["id"] == rows[item, 1]]
        assert dispensed["authorizingPrescription"] == [{"reference": f"MedicationRequest/{rows[item, 0]}"}]


async def test_a_patient_with_a_birth_date_has_only_the_dispensing_registered(pharmacy: Pharmacy) -> None:
    counter = pharmacy.counter
    written = ONE_ITEM | {"patient": {"birth_date": "19850314", "name": "Anneliese Brandt"}, "audience": counter.policy.gln}
    prescription = counter.world.prescription(written)
    counter.receive(counter.world.prescription_document(prescription))
    counter.dispense(prescription_id=prescription.id)
    async with pharmacy.register():
        await pharmacy.told({"fault": "drop_reply", "times": 1, "method": "POST"})
        await pharmacy.report_until_done()
        [dispensed] = await check_once(pharmacy, items=0)
    assert dispensed["subject"] == {"reference": "#patient"}
    assert "authorizingPrescription" not in dispensed


async def test_two_computers_that_report_at_once_register_each_thing_once(pharmacy: Pharmacy) -> None:
    counter = pharmacy.counter
    counter.receive()
    counter.dispense()
    async with pharmacy.register(), contextlib.AsyncExitStack() as stack:
        await pharmacy.told({"fault": "slow", "seconds": 0.05})
        others = []
        for _ in range(4):
            other = Counter(ledger=pharmacy._open(counter.now), register_settle_seconds=SETTLE_SECONDS)
            other.register = await stack.enter_async_context(  # type: ignore[assignment]
                HttpRegister(pharmacy.url, timeout_seconds=5)
            )
            others.append(other)
        for _ in range(3):
            await asyncio.gather(*(other.report() for other in others))
        for other in others:
            other.ledger.close()  # type: ignore[attr-defined]
        await check_once(pharmacy)


async def test_what_commits_after_the_settle_time_is_a_conflict_that_names_both(pharmacy: Pharmacy) -> None:
    """Nobody can promise more: it is never silent."""
    counter = pharmacy.counter
    counter.receive()
    async with pharmacy.register():
        await pharmacy.told({"fault": "late_commit", "seconds": 0.4, "times": 1, "method": "POST"})
        await pharmacy.report()
        for _ in range(2):  # the settle time passes here before anything commits there: nothing is found, it is sent again
            counter.now += SETTLE_SECONDS + TIMEOUT_SECONDS
            await pharmacy.report()
        await asyncio.sleep(0.5)
        counter.now += 900
        await pharmacy.report()
        ids = {one["id"] for one in await pharmacy.held()}
    [row] = counter.ledger.queue()
    assert row.state is State.CONFLICT
    assert set(row.words.removeprefix("several_in_register: ").split(", ")) == ids
    assert len(ids) == 2


async def test_the_register_says_no_and_the_item_waits_with_its_words(pharmacy: Pharmacy) -> None:
    counter = pharmacy.counter
    counter.receive()
    words = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "diagnostics": "F.001 övas"}]}
    async with pharmacy.register():
        await pharmacy.told({"fault": "error", "status": 422, "outcome": words, "method": "POST", "times": 1})
        await pharmacy.report()
        [row] = counter.ledger.queue()
        assert (row.state, row.words) == (State.PARKED, "F.001 övas")
        with pytest.raises(NotDispensed, match="registration_needs_pharmacist"):
            counter.dispense()
        counter.now += 900
        assert await pharmacy.report() == ()
        counter.ledger.advance(row, Event.RETRY, words="", attempts=0, not_before=0)
        await pharmacy.report_until_done()
        await check_once(pharmacy, dispensings=0)
    assert counter.dispense(register_up=True).record.content.ground is None


async def test_an_expired_token_parks_nothing(pharmacy: Pharmacy) -> None:
    counter = pharmacy.counter
    counter.receive()
    counter.dispense()
    async with pharmacy.register():
        await pharmacy.told({"fault": "error", "status": 401})
        await pharmacy.report()
        assert {row.state for row in counter.ledger.queue()} == {State.QUEUED}
        counter.now += 900
        await pharmacy.told()
        await pharmacy.report_until_done()
        await check_once(pharmacy)


# --- the program itself ---------------------------------------------------------------------------------------------------


class Program:
    """`dpr register serve` in a process of its own."""

    def __init__(self, pharmacy: Pharmacy) -> None:
        command = [sys.executable, "-m", "dpr", "register", "serve", "--port", str(pharmacy.port)]
        self.process = subprocess.Popen(
            [*command, "--database", str(pharmacy.database)],
            cwd=ROOT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = ""
        while f"http://127.0.0.1:{pharmacy.port}" not in self.said:
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line

    def kill(self) -> str:
        """kill -9; gives all that it said."""
        self.process.send_signal(signal.SIGKILL)
        said, _ = self.process.communicate(timeout=10)
        return self.said + said


async def test_what_was_answered_with_201_survives_kill_9_and_nothing_of_a_person_is_said(pharmacy: Pharmacy) -> None:
    counter = pharmacy.counter
    counter.world = World(now=int(time.time()) - 3600)  # the program reads the real clock, and takes nothing from the future
    counter.now, counter.trust = counter.world.now, counter.world.trust()
    counter.receive()
    counter.dispense(ground=Ground(decided_by="Leila Haddad", reason="NLL svarar inte", since=counter.now - 60))
    program = Program(pharmacy)
    try:
        await pharmacy.told({"fault": "drop_reply", "type": "MedicationDispense", "method": "POST", "times": 1})
        steps = await pharmacy.report()
        assert [step.event for step in steps] == [Event.SEND, Event.CREATED, Event.SILENT]
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{pharmacy.url}/Patient?identifier=x%7C191212121212", timeout=5)
    finally:
        said = program.kill()
    assert await pharmacy.report() == ()
    counter.now += 900
    program = Program(pharmacy)
    try:
        events = await pharmacy.report_until_done()
        held = await check_once(pharmacy)
    finally:
        said += program.kill()
    assert Event.FOUND_ONE in events and Event.SEND not in events
    assert {one["resourceType"] for one in held} == {"MedicationRequest", "MedicationDispense"}
    for secret in ("191212121212", "Tolvan", "Sjöström", "Enalapril", held[0]["subject"]["reference"].split("/")[1]):
        assert secret not in said
