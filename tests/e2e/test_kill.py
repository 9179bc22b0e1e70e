"""kill -9 at any moment of `dpr dispense` and `dpr report`, against a real register: what was said to be dispensed is in the
ledger, and in the end in the register, once."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

from tests.e2e.cli import Forks, run
from tests.e2e.register import RegisterProcess, settled
from tests.e2e.stage import Stage, clean, done

ROUNDS = 16
SEED = 20261121
GROUND = ("--decided-by", "Leila Haddad", "--reason", "NLL svarar inte", "--since", "2026-01-02")


def test_killed_at_any_moment_nothing_acknowledged_is_lost_and_nothing_is_registered_twice(
    own: Stage, register: RegisterProcess, tmp_path: Path
) -> None:
    # the settle time is as small as it may be: this register commits at once or never
    own.policy(register_url=register.url, register_timeout_seconds=1, register_settle_seconds=0)
    id = own.receive("many")
    dispense = ("--site", own.pharmacy, "dispense", id, "--as", own.pharmacist, *GROUND)
    report = ("--site", own.pharmacy, "report", "--json")
    chance = random.Random(SEED)
    acknowledged, killed = 0, 0
    with Forks(tmp_path) as forks:
        forks.run("--help")  # the imports
        begin = time.monotonic()
        assert "UTLÄMNAT" in clean(forks.run(*dispense)).out
        acknowledged += 1
        whole_seconds = time.monotonic() - begin
        for round_ in range(ROUNDS):
            words: tuple[object, ...] = dispense
            if round_ % 4 == 3:  # something for a report to do
                register.behave(fault="down")
                acknowledged += "UTLÄMNAT" in clean(forks.run(*dispense)).out
                register.behave(fault="none")
                words = report
            ended = forks.run(*words, kill_after_seconds=chance.uniform(0.2, 1.1) * whole_seconds)
            assert ended.code in (0, 1, -signal.SIGKILL), ended
            killed += ended.code == -signal.SIGKILL
            acknowledged += "UTLÄMNAT" in ended.out
    assert killed >= ROUNDS // 3, "the kills land in the work"

    states = settled(lambda: clean(run(*report)))
    made = done("--site", own.pharmacy, "status", id, "--json").json[0]["items"][0]["dispensed"]
    assert states == {"registered": made + 1}
    assert made >= acknowledged, "what was said to be dispensed is kept"
    tokens = register.tokens("MedicationDispense")
    assert len(tokens) == len(set(tokens)) == made and len(register.tokens("MedicationRequest")) == 1
