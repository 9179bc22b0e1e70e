"""A pharmacy counter for the flow tests: world, ledger, register and a clock that the test moves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from dpr.adapters.key_files import KeyFile
from dpr.core.dispensing import Ground
from dpr.flows.dispense import Dispensed, Order, Site, dispense
from dpr.flows.receive import Received, receive
from dpr.flows.report import Step, report
from dpr.ports import Ledger
from tests.fakes.ledger_memory import MemoryLedger
from tests.fakes.register_memory import MemoryRegister
from tests.world import World

GROUND = Ground(decided_by="Leila Haddad", reason="NLL svarar inte", since=1_795_250_000)


class Counter:
    def __init__(self, ledger: Ledger | None = None, register: MemoryRegister | None = None, **policy: Any) -> None:
        self.world = World()
        self.now = self.world.now
        self.ledger: Ledger = ledger or MemoryLedger()
        self.register = register or MemoryRegister()
        self.policy = msgspec.structs.replace(self.world.policy, **({"offline_dispensing": True} | policy))
        self.trust = self.world.trust()
        self.catalogue: Any = None

    def at(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    @property
    def site(self) -> Site:
        signer: KeyFile = self.world.pharmacy
        return Site(self.policy, signer, self.world.pharmacy_credential(), self.catalogue)

    def receive(self, document: bytes | None = None) -> Received:
        received = receive(
            document or self.world.prescription_document(),
            path="qr",
            trust=self.trust,
            ledger=self.ledger,
            now=self.at(),
            policy=self.policy,
            catalogue=self.catalogue,
        )
        assert isinstance(received, Received), received
        return received

    def dispense(self, *, register_up: bool = False, **order: Any) -> Dispensed:
        fields = {
            "prescription_id": self.world.prescription().id,
            "item": 1,
            "pharmacist_credential": self.world.pharmacist_credential(),
            "ground": None if register_up else GROUND,
        } | order
        return dispense(
            Order(**fields), site=self.site, trust=self.trust, ledger=self.ledger, now=self.at(), register_up=register_up
        )

    async def report(self) -> tuple[Step, ...]:
        return await report(ledger=self.ledger, register=self.register, now=self.now, policy=self.policy)
