"""The ledger under kill -9 and between processes: what was acknowledged is there, whole and once.

A killed process loses what it had not handed to the operating system. That what was handed over reaches the disk before
it is acknowledged (loss of power) rests on synchronous=FULL, which test_ledger_file.py looks up on every connection.
"""

from __future__ import annotations

import multiprocessing
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from dpr.adapters import ledger_upgrade
from dpr.adapters.ledger_sql import SqlLedger
from dpr.core.backreg import Event, State
from dpr.ports import Ledger
from tests.adapters.ledger_samples import (
    NOW,
    VERSIONS,
    a_dispensing,
    a_prescription,
    an_id,
    everything,
    numbers,
    of_version,
    outcome,
    write_next_versions,
)

ROUNDS = 50
KILLS = 30
SEED = 20261121


@pytest.fixture(scope="module")
def processes() -> Iterator[Any]:
    """Processes that do not share this one's connections, and start quickly."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["dpr.adapters.ledger_sql", "alembic.operations", __name__])
    yield context


# --- two processes -------------------------------------------------------------------------------------------------------


def race(path: Path, counter: int, start: Barrier, results: Connection) -> None:
    """One counter of two: each round both want the same dispensing, row of the queue and new prescription."""
    with SqlLedger.open(path, now=NOW) as ledger:
        ledger.receive(a_prescription("a"))
        for number in range(1, ROUNDS + 1):
            row = a_dispensing("a", number=number, by=str(counter))
            start.wait(timeout=20)
            dispensed = outcome(partial(ledger.dispense, row, seen=number - 1))
            start.wait(timeout=20)
            owed = ledger.queue_row(an_id("a"), 1, number)
            assert owed is not None
            start.wait(timeout=20)
            moved = outcome(partial(ledger.advance, owed, Event.SEND, words=str(counter)))
            start.wait(timeout=20)
            received = ledger.receive(a_prescription(number, items=2, document=bytes([counter])))
            results.send((counter, dispensed, moved if moved == "queue_row_changed" else moved.words, received.document))


def test_of_two_processes_that_want_the_same_exactly_one_gets_it(processes: Any, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    start = processes.Barrier(2)
    ends = [processes.Pipe(duplex=False) for _ in range(2)]
    children = [processes.Process(target=race, args=(path, n, start, ends[n][1])) for n in range(2)]
    for child in children:
        child.start()
    for _, sending in ends:
        sending.close()
    wins: Counter[int] = Counter()
    with SqlLedger.open(path, now=NOW) as ledger:
        for number in range(1, ROUNDS + 1):
            answers = [receiving.recv() for receiving, _ in ends]
            dispensed = {answer[1]: answer[0] for answer in answers}
            assert dispensed.keys() == {None, "dispensing_taken"}
            winner = dispensed[None]
            assert ledger.dispensing(an_id("a"), 1, number) == a_dispensing("a", number=number, by=str(winner))
            wins[winner] += 1
            moved = {answer[2]: answer[0] for answer in answers}
            assert moved.keys() in ({"queue_row_changed", "0"}, {"queue_row_changed", "1"})
            owed = ledger.queue_row(an_id("a"), 1, number)
            assert owed is not None
            assert (owed.state, owed.words in moved) == (State.SENT, True)
            assert answers[0][3] == answers[1][3]
        assert len(ledger.history(an_id("a"), 1)) == ROUNDS
        assert len(ledger.prescriptions()) == 1 + ROUNDS
        assert len(ledger.queue()) == 1 + ROUNDS + 2 * ROUNDS
    for child in children:
        child.join(timeout=20)
        assert child.exitcode == 0
    assert wins.total() == ROUNDS


# --- kill -9 -------------------------------------------------------------------------------------------------------------


def work(path: Path, first: int, acknowledged: Connection) -> None:
    """Opens (and at first makes) the ledger, then receives, dispenses and moves rows until it is killed; tells what it did
    after each answer of the ledger."""
    acknowledged.send("ready")
    with SqlLedger.open(path, now=NOW) as ledger:
        for name in range(first, first + 10_000):
            ledger.receive(a_prescription(name, items=2, document=bytes(3000)))
            acknowledged.send(("received", name, 0, 0))
            for item, number in ((1, 1), (1, 2), (2, 1)):
                ledger.dispense(a_dispensing(name, item=item, number=number), seen=number - 1)
                acknowledged.send(("dispensed", name, item, number))
            owed = ledger.queue_row(an_id(name), 1, 0)
            assert owed is not None
            ledger.advance(owed, Event.FOUND_ONE, register_id=f"r{name}")
            acknowledged.send(("registered", name, 1, 0))


Step = tuple[str, int, int, int]


def kill_at_work(processes: Any, path: Path, first: int, steps: int, delay_s: float) -> list[Step]:
    """What a child acknowledged before it was killed, `delay_s` after it had told of `steps` steps."""
    receiving, sending = processes.Pipe(duplex=False)
    child = processes.Process(target=work, args=(path, first, sending))
    child.start()
    sending.close()
    assert receiving.recv() == "ready"
    told = [receiving.recv() for _ in range(steps)]
    time.sleep(delay_s)
    child.kill()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    try:
        while True:
            told.append(receiving.recv())
    except EOFError:
        return told


def check_whole(ledger: Ledger) -> None:
    """Nothing is half: each prescription with its items' rows, each dispensing with its row, in numbers without a gap."""
    keys = [(row.prescription_id, row.item, row.number) for row in ledger.queue()]
    registrations = [(s.prescription_id, item, 0) for s in ledger.prescriptions() for item in range(1, s.items + 1)]
    dispensings = [(row.prescription_id, row.item, row.number) for row in ledger.dispensings()]
    assert Counter(keys) == Counter(registrations + dispensings)
    assert max(Counter(keys).values(), default=1) == 1
    for prescription_id, item, _ in registrations:
        numbers = [past.number for past in ledger.history(prescription_id, item)]
        assert numbers == list(range(1, len(numbers) + 1))


def check_told(ledger: Ledger, told: list[Step]) -> None:
    """All that was acknowledged is there, as it was written."""
    for what, name, item, number in told:
        if what == "received":
            assert ledger.prescription(an_id(name)) == a_prescription(name, items=2, document=bytes(3000))
        elif what == "dispensed":
            assert ledger.dispensing(an_id(name), item, number) == a_dispensing(name, item=item, number=number)
            assert ledger.queue_row(an_id(name), item, number) is not None
        else:
            row = ledger.queue_row(an_id(name), item, number)
            assert row is not None
            assert (row.state, row.register_id) == (State.REGISTERED, f"r{name}")


def test_what_was_acknowledged_survives_kill_9_whole_and_once(processes: Any, tmp_path: Path) -> None:
    path, chance = tmp_path / "ledger.db", random.Random(SEED)
    told: list[Step] = []
    for kill in range(KILLS):
        # The first fall into the making of the file, the others anywhere in a step.
        steps, delay_s = (0, chance.uniform(0, 0.02)) if kill < 8 else (chance.randrange(1, 30), chance.uniform(0, 0.004))
        new = kill_at_work(processes, path, kill * 10_000, steps, delay_s)
        told += new
        if not path.exists():
            assert told == []
            continue
        with SqlLedger.open(path, now=NOW) as ledger:
            check_whole(ledger)
            check_told(ledger, new)
    with SqlLedger.open(path, now=NOW) as ledger, closing(sqlite3.connect(path)) as raw:
        check_whole(ledger)
        check_told(ledger, told)
        assert len([step for step in told if step[0] == "dispensed"]) > 3 * KILLS
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_copy_of_the_files_at_any_moment_of_writing_opens_whole(tmp_path: Path) -> None:
    """The file and its log, cut at any byte as a crash may leave the log: whole transactions, in their order, no more."""
    path = tmp_path / "ledger.db"
    with SqlLedger.open(path, now=NOW) as ledger:
        ledger.receive(a_prescription(items=1))
        for number in range(1, 9):
            ledger.dispense(a_dispensing(number=number), seen=number - 1)
        before = everything(ledger)
        main, log = path.read_bytes(), path.with_name("ledger.db-wal").read_bytes()
    chance, counts = random.Random(SEED), []
    for cut in sorted(chance.sample(range(len(log) + 1), 40)):
        torn = tmp_path / f"cut-{cut}.db"
        torn.write_bytes(main)
        torn.with_name(f"{torn.name}-wal").write_bytes(log[:cut])
        with SqlLedger.open(torn, now=NOW) as ledger:
            check_whole(ledger)
            rows = list(ledger.dispensings())
        assert rows == before[1][: len(rows)]
        counts.append(len(rows))
    assert counts == sorted(counts)
    assert len(set(counts)) > 5


def test_a_second_process_opening_meanwhile_finds_a_whole_ledger(processes: Any, tmp_path: Path) -> None:
    """Eight processes make and open the same new ledger at once: one file, and everything in it."""
    path, start = tmp_path / "ledger.db", processes.Barrier(8)
    children = [processes.Process(target=open_and_receive, args=(path, name, start)) for name in range(8)]
    for child in children:
        child.start()
    for child in children:
        child.join(timeout=20)
        assert child.exitcode == 0
    with SqlLedger.open(path, now=NOW) as ledger:
        assert {seen.prescription_id for seen in ledger.prescriptions()} == {an_id(name) for name in range(8)}
    assert [file.name for file in tmp_path.iterdir()] == ["ledger.db"]


def open_and_receive(path: Path, name: int, start: Barrier) -> None:
    start.wait(timeout=20)
    with SqlLedger.open(path, now=NOW) as ledger:
        ledger.receive(a_prescription(name))


def open_as_newer_program(path: Path, migrations: Path, start: Barrier) -> None:
    ledger_upgrade.LEDGER = ledger_upgrade.LEDGER._replace(migrations=migrations)
    start.wait(timeout=20)
    SqlLedger.open(path, now=NOW).close()


def test_two_processes_that_upgrade_at_once_do_it_once(processes: Any, tmp_path: Path) -> None:
    path, start, migrations = tmp_path / "ledger.db", processes.Barrier(2), tmp_path / "migrations"
    last = numbers()[-1]
    of_version(path, VERSIONS / f"{last}.sql")
    write_next_versions(migrations, 'op.add_column("queue", sa.Column("note", sa.Text))')
    children = [processes.Process(target=open_as_newer_program, args=(path, migrations, start)) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join(timeout=20)
        assert child.exitcode == 0
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT number FROM ledger_upgrades").fetchall()[-2:] == [(last,), (f"{int(last) + 1:04}",)]


def test_kill_9_in_the_middle_of_an_upgrade_leaves_the_ledger_as_it_was(processes: Any, tmp_path: Path) -> None:
    path, start, migrations = tmp_path / "ledger.db", processes.Barrier(1), tmp_path / "migrations"
    of_version(path, VERSIONS / f"{numbers()[-1]}.sql")
    with SqlLedger.open(path, now=NOW) as ledger:
        before = everything(ledger)
    # More than the cache of pages holds, so that some of it is in the log when the process dies.
    much = 'op.execute("CREATE TABLE big AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 9000)'
    body = f'{much} SELECT i, randomblob(900) AS b FROM n"); op.drop_table("queue"); os.kill(os.getpid(), signal.SIGKILL)'
    write_next_versions(migrations, 'op.add_column("queue", sa.Column("note", sa.Text))', body)
    child = processes.Process(target=open_as_newer_program, args=(path, migrations, start))
    child.start()
    child.join(timeout=20)
    assert child.exitcode == -signal.SIGKILL
    assert path.with_name("ledger.db-wal").stat().st_size > 1_000_000
    with SqlLedger.open(path, now=NOW) as ledger:
        assert everything(ledger) == before
