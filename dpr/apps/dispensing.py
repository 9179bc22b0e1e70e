"""From what a pharmacist typed to an `Order`, and from the ledger to what a pharmacist reads.

Rules: every word that is not known or cannot stand in the record is named at once, by the option it was typed for; an id may be
cut short where it is unique.

Example: `status_of(ledger.prescriptions(), ledger, now)`
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from dpr.apps.typed import read_as
from dpr.core import days, identifiers
from dpr.core.codes import CODES
from dpr.core.dispensing import CHARGE, DISPENSING, GROUND, OVERRIDE, Charge, Ground
from dpr.core.documents import PRESCRIPTION, read_claims, split
from dpr.core.errors import InputError, Problem, SetupError
from dpr.core.fields import Problems
from dpr.core.ledger import Allowed, next_dispensing
from dpr.flows.dispense import Order
from dpr.ports import Catalogue, Ledger, Seen

#: What is left of an id must still tell one prescription from the others of a day.
_SHORTEST_ID = 4
_EARLIEST_YEAR = 2000


class Typed(NamedTuple):
    """What the pharmacist typed, as it was typed; the names are those of the options."""

    prescription: str
    item: int = 1
    collector: str = "patient"
    identity_check: str = "id_card"
    packages: int | None = None
    npl_pack_id: str | None = None
    varunummer: str | None = None
    product_text: str | None = None
    substitution_reason: str | None = None
    batch: str | None = None
    serial: str | None = None
    amount_ore: int | None = None
    basis: str = "ordinary"
    decided_by: str | None = None
    reason: str | None = None
    since: datetime | None = None
    override: tuple[str, ...] = ()


#: Option → where the record has it, and so how it is read.
_FIELDS = ("collector", "identity_check", "npl_pack_id", "varunummer", "product_text", "substitution_reason", "batch", "serial")


def order_of(
    typed: Typed, ledger: Ledger, catalogue: Catalogue | None, *, pharmacist_credential: bytes, now: datetime
) -> Order:
    """The order in a pharmacist's words. InputError `order_invalid` with every problem; SetupError as `found_by_id`."""
    problems: Problems = []
    read = {
        name: read_as(DISPENSING, name, value, f"--{name.replace('_', '-')}", problems)
        for name in _FIELDS
        if (value := getattr(typed, name)) is not None
    }
    basis = read_as(CHARGE, "basis", typed.basis, "--basis", problems)
    reasons = _reasons(typed.override, problems)
    ground = _ground(typed, now, problems)
    other = typed.npl_pack_id is not None or typed.varunummer is not None
    if typed.substitution_reason is not None and not other:
        wanted = "--npl-pack-id or --varunummer of what was handed over"
        problems.append(Problem("--substitution-reason", "order_invalid", "no other product", wanted))
    if problems:
        raise InputError("order_invalid", tuple(problems))
    if other and typed.product_text is None:
        read["product_text"] = _name_of(typed, catalogue)
    return Order(
        prescription_id=found_by_id(ledger, typed.prescription).prescription_id,
        item=typed.item,
        pharmacist_credential=pharmacist_credential,
        packages=typed.packages,
        charge=None if typed.amount_ore is None else Charge(amount_ore=typed.amount_ore, basis=basis),
        ground=ground,
        overrides=reasons,
        **read,
    )


def _name_of(typed: Typed, catalogue: Any) -> str | None:
    if catalogue is None:
        return None
    product = catalogue.find(npl_pack_id=typed.npl_pack_id or "", varunummer=typed.varunummer or "")
    return " ".join(filter(None, (product.name, product.form, product.strength, product.pack))) if product else None


def _reasons(override: Sequence[str], problems: Problems) -> dict[str, str]:
    reasons = {}
    for entry in override:
        code, _, reason = (part.strip() for part in entry.partition("="))
        if code not in CODES or not reason:
            wrong = "a code that is not known" if code and reason else "not CODE=reason"
            problems.append(Problem("--override", "order_invalid", wrong, "for example status_red='ringt kliniken'"))
        elif identifiers.holds_personal_number(reason):
            problems.append(Problem("--override", "order_invalid", "a personal number", "a reason without personal numbers"))
        else:
            OVERRIDE.from_json({"code": code, "reason": reason}, f"--override {code}", problems)
        reasons[code] = reason
    return reasons


def _ground(typed: Typed, now: datetime, problems: Problems) -> Ground | None:
    given = [value is not None for value in (typed.decided_by, typed.reason, typed.since)]
    if not any(given):
        return None
    if not all(given) or typed.since is None:
        together = "--decided-by, --reason and --since together"
        problems.append(Problem("--decided-by", "order_invalid", "not all three", together))
        return None
    if not _EARLIEST_YEAR <= typed.since.year <= now.year + 1:  # nearer the ends of the calendar, time zones overflow
        problems.append(Problem("--since", "order_invalid", "another time", "when the disturbance began"))
        return None
    at = typed.since if typed.since.tzinfo else typed.since.replace(tzinfo=days.STOCKHOLM)
    if at > now:
        problems.append(Problem("--since", "order_invalid", "later than now", "when the disturbance began"))
    before = len(problems)
    by = read_as(GROUND, "decided_by", typed.decided_by, "--decided-by", problems)
    reason = read_as(GROUND, "reason", typed.reason, "--reason", problems)
    since = read_as(GROUND, "since", int(at.timestamp()), "--since", problems)
    return Ground(decided_by=by, reason=reason, since=since) if len(problems) == before else None


def found_by_id(ledger: Ledger, written: str) -> Seen:
    """The received prescription whose id begins so. SetupError `prescription_id_unknown`, `prescription_id_not_unique`."""
    wanted = written.strip().lower()
    found = [seen for seen in ledger.prescriptions() if seen.prescription_id.hex().startswith(wanted)]
    if len(wanted) < _SHORTEST_ID:
        raise SetupError("prescription_id_unknown", f"{len(wanted)} characters, at least {_SHORTEST_ID}")
    if not found:
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
                    "register": [
                        {"number": row.number, "state": row.state.value, "register_id": row.register_id, "words": row.words}
                        for row in owed
                        if row
                    ],
                }
            )
        received = days.at(seen.received_at).astimezone(days.STOCKHOLM).isoformat(timespec="minutes")
        rows.append({"id": seen.prescription_id.hex(), "received": received, "path": seen.path, "items": items})
    return rows
