"""Running the report flow from a command: one run, one event loop, the register of the site's policy.

Rules: no register in the policy, or none that answers, is a normal state of affairs and never an error: the queue keeps.

Example: `report_now(site, ledger).words("sv")`
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, NamedTuple

from dpr.apps.compose import SiteFolder
from dpr.core import documents
from dpr.core.backreg import Event, State
from dpr.core.wording import Language
from dpr.flows.report import Step, report
from dpr.ports import Ledger


class Reported(NamedTuple):
    """What one run did. `configured`: the policy names a register; `reachable`: it answered."""

    configured: bool
    reachable: bool
    steps: tuple[Step, ...]
    states: dict[str, int]

    def summary(self) -> dict[str, Any]:
        """For a program."""
        return {
            "configured": self.configured,
            "reachable": self.reachable,
            "done": [
                {
                    "event": step.event.value,
                    "prescription": step.row.prescription_id.hex(),
                    "item": step.row.item,
                    "number": step.row.number,
                    "state": step.row.state.value,
                    "register_id": step.row.register_id,
                    "words": step.row.words,
                }
                for step in self.steps
            ],
            "queue": self.states,
        }

    def words(self, language: Language) -> str:
        """For a person, on one line."""
        sv = language == "sv"
        if not self.configured:
            return (
                "Register: inget är inställt (register_url i policy.toml)"
                if sv
                else "Register: none is set up (register_url in policy.toml)"
            )
        if not self.reachable:
            first = "Registret svarar inte; kön sparas" if sv else "The register does not answer; the queue is kept"
        elif any(step.event in (Event.UNREACHABLE, Event.SILENT) for step in self.steps):
            first = "Registret svarar inte som det ska; kön sparas" if sv else "The register answers amiss; the queue is kept"
        else:
            first = "Registret svarar" if sv else "The register answers"
        names = {
            State.QUEUED: ("väntar", "waiting"),
            State.SENT: ("obesvarade", "unanswered"),
            State.REGISTERED: ("registrerade", "registered"),
            State.PARKED: ("väntar på farmaceut", "waiting for a pharmacist"),
            State.CONFLICT: ("i konflikt", "in conflict"),
        }
        rows = [f"{self.states[state.value]} {names[state][0 if sv else 1]}" for state in State if state.value in self.states]
        return f"{first}. {', '.join(rows)}" if rows else first


def report_now(site: SiteFolder, ledger: Ledger, *, acting: bytes | None = None) -> Reported:
    """One run over the queue. `acting`: credential of the pharmacist at work. Raises StorageError."""
    id = documents.read_claims(documents.CREDENTIAL_KIND, documents.split(acting)[1]).id if acting else ""
    return asyncio.run(_report(site, ledger, id))


async def _report(site: SiteFolder, ledger: Ledger, acting: str) -> Reported:
    register = site.register()
    steps: tuple[Step, ...] = ()
    up = False
    if register is not None:
        async with register:
            up = await register.reachable()
            if up:
                now = int(site.now().timestamp())
                steps = await report(ledger=ledger, register=register, now=now, policy=site.policy, acting=acting)
    states = Counter(row.state.value for row in ledger.queue())
    return Reported(register is not None, up, steps, dict(states))
