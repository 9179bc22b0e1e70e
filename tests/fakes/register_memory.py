"""A register in memory that can be told how to misbehave (mirrors dpr.adapters.register_http).

`plan` holds what the next creates do, then all is well:
  ok · unreachable (nothing sent) · silent (sent, lost, never committed) · drop (committed, no answer)
  late (no answer, committed when `settle()` is called) · reject (4xx)
"""

from __future__ import annotations

from typing import Any

from dpr.ports import Call, Rejected, Silent, Unreachable


class MemoryRegister:
    def __init__(self, *plan: str, patients: bool = True) -> None:
        self.plan = list(plan)
        self.patients = patients
        self.up = True
        self.held: list[dict[str, Any]] = []
        self.late: list[dict[str, Any]] = []
        self.creates = 0
        self.calls: list[Call] = []

    async def reachable(self) -> bool:
        return self.up

    def _check(self, call: Call) -> None:
        self.calls.append(call)
        if not self.up:
            raise Unreachable("register_unreachable")

    async def patient_reference(self, system: str, value: str, call: Call) -> str | None:
        self._check(call)
        return f"Patient/{value[-4:]}" if self.patients else None

    async def create(self, resource: dict[str, Any], call: Call) -> str:
        self._check(call)
        self.creates += 1
        what = self.plan.pop(0) if self.plan else "ok"
        if what == "unreachable":
            raise Unreachable("register_unreachable")
        if what == "reject":
            raise Rejected("F.001 giltig förskrivarkod saknas", status=422)
        if what == "late":
            self.late.append(resource)
        elif what != "silent":
            id = self._commit(resource)
        if what != "ok":
            raise Silent("register_silent")
        return id

    def _commit(self, resource: dict[str, Any]) -> str:
        id = str(len(self.held) + 1)
        self.held.append({**resource, "id": id})
        return id

    def settle(self) -> None:
        """What was on its way arrives."""
        while self.late:
            self._commit(self.late.pop(0))

    async def find(self, resource_type: str, system: str, value: str, call: Call) -> list[dict[str, Any]]:
        self._check(call)
        wanted = {"system": system, "value": value}
        return [one for one in self.held if one["resourceType"] == resource_type and wanted in one["identifier"]]

    async def prescriptions_of(self, patient_reference: str, call: Call) -> list[dict[str, Any]]:
        self._check(call)
        return [
            one
            for one in self.held
            if one["resourceType"] == "MedicationRequest" and one["subject"] == {"reference": patient_reference}
        ]

    def count(self, resource_type: str) -> int:
        return sum(one["resourceType"] == resource_type for one in self.held)
