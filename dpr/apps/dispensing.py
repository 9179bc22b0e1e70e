"""From what a pharmacist typed to an `Order`, and from the ledger to what a pharmacist reads.

Rules: every word that is not known is named with what would be right; an id may be cut short where it is unique.

Example: `status_of(ledger.prescriptions(), ledger, now)`
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any, TypeVar

from dpr.core import days
from dpr.core.dispensing import Charge, ChargeBasis, Collector, Ground, IdentityCheck
from dpr.core.documents import PRESCRIPTION, read_claims, split
from dpr.core.errors import InputError, Problem, SetupError
from dpr.core.fields import json_name
from dpr.core.ledger import Allowed, next_dispensing
from dpr.core.products import Product
from dpr.flows.dispense import Order
from dpr.ports import Ledger, Seen

E = TypeVar("E", bound=IntEnum)


def order_of(
    ledger: Ledger,
    catalogue: Any,
    *,
    prescription: str,
    item: int,
    pharmacist_credential: bytes,
    collector: str,
    identity_check: str,
    packages: int | None,
    npl_pack_id: str | None,
    varunummer: str | None,
    substitution_reason: str | None,
    batch: str | None,
    serial: str | None,
    amount_ore: int | None,
    basis: str,
    decided_by: str | None,
    reason: str | None,
    since: datetime | None,
    override: Sequence[str],
) -> Order:
    """The order in a pharmacist's words. InputError `order_invalid` with every problem; SetupError as `found_by_id`."""
    problems: list[Problem] = []
    who = _member(Collector, collector, "--collector", problems)
    how = _member(IdentityCheck, identity_check, "--identity-check", problems)
    on = _member(ChargeBasis, basis, "--basis", problems)
    reasons = _reasons(override, problems)
    ground = _ground(decided_by, reason, since, problems)
    if problems or who is None or how is None or on is None:
        raise InputError("order_invalid", tuple(problems))
    product: Product | None = None
    if (npl_pack_id or varunummer) and catalogue is not None:
        product = catalogue.find(npl_pack_id=npl_pack_id or "", varunummer=varunummer or "")
    text = " ".join(filter(None, (product.name, product.form, product.strength, product.pack))) if product else None
    return Order(
        prescription_id=found_by_id(ledger, prescription).prescription_id,
        item=item,
        pharmacist_credential=pharmacist_credential,
        collector=who,
        identity_check=how,
        packages=packages,
        npl_pack_id=npl_pack_id,
        varunummer=varunummer,
        product_text=text or npl_pack_id or varunummer,
        substitution_reason=substitution_reason,
        batch=batch,
        serial=serial,
        charge=None if amount_ore is None else Charge(amount_ore=amount_ore, basis=on),
        ground=ground,
        overrides=reasons,
    )


def _member(enum: type[E], name: str, path: str, problems: list[Problem]) -> E | None:
    members = {json_name(member): member for member in enum}
    if name not in members:
        problems.append(Problem(path, "field_value_unknown", repr(name[:30]), "one of " + ", ".join(members)))
    return members.get(name)


def _reasons(override: Sequence[str], problems: list[Problem]) -> dict[str, str]:
    reasons = {}
    for entry in override:
        code, found, reason = entry.partition("=")
        if not found or not code.strip() or not reason.strip():
            problems.append(
                Problem("--override", "order_invalid", "not CODE=reason", "for example status_red='ringt kliniken'")
            )
        reasons[code.strip()] = reason.strip()
    return reasons


def _ground(decided_by: str | None, reason: str | None, since: datetime | None, problems: list[Problem]) -> Ground | None:
    given = [value is not None for value in (decided_by, reason, since)]
    if not any(given):
        return None
    if decided_by is None or reason is None or since is None:
        problems.append(
            Problem("--decided-by", "order_invalid", "not all three", "--decided-by, --reason and --since together")
        )
        return None
    at = since if since.tzinfo else since.replace(tzinfo=days.STOCKHOLM)
    return Ground(decided_by=decided_by, reason=reason, since=int(at.timestamp()))


def found_by_id(ledger: Ledger, written: str) -> Seen:
    """The received prescription whose id begins so. SetupError `prescription_id_unknown`, `prescription_id_not_unique`."""
    wanted = written.strip().lower()
    found = [seen for seen in ledger.prescriptions() if seen.prescription_id.hex().startswith(wanted)]
    if len(wanted) < 4 or not found:
        raise SetupError("prescription_id_unknown", f"{len(wanted)} characters")
    if len(found) > 1:
        raise SetupError("prescription_id_not_unique", f"{len(found)} begin so")
    return found[0]


def status_of(prescriptions: Sequence[Seen], ledger: Ledger, now: int) -> list[dict[str, Any]]:
    """What the ledger holds of each prescription, by ids and codes only (no name, no personnummer)."""
    rows = []
    for seen in prescriptions:
        items = []
        for number, item in enumerate(read_claims(PRESCRIPTION, split(seen.document)[1]).content.items, 1):
            history = ledger.history(seen.prescription_id, number)
            left = next_dispensing(item, history, now)
            owed = [ledger.queue_row(seen.prescription_id, number, n) for n in range(len(history) + 1)]
            items.append(
                {
                    "item": number,
                    "dispensings": item.dispensings,
                    "dispensed": len(history),
                    "next": "may_be_dispensed" if isinstance(left, Allowed) else left.code,
                    "earliest": None if isinstance(left, Allowed) or left.earliest is None else left.earliest.isoformat(),
                    "register": [row.state.value for row in owed if row],
                    "register_words": [row.words for row in owed if row and row.words],
                }
            )
        received = days.at(seen.received_at).astimezone(days.STOCKHOLM).isoformat(timespec="minutes")
        rows.append({"id": seen.prescription_id.hex(), "received": received, "path": seen.path, "items": items})
    return rows
