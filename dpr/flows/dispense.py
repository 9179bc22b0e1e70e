"""A pharmacist dispenses one item.

Rules: the prescription is judged anew, now; the acting pharmacist is a credential that is in force and not revoked; what the
verdict warns of with an override needs a reason, which is recorded. The register comes first where it can be reached
(domain.md §1); without it, only where the site's policy allows and under a recorded ground. The record is signed by the
pharmacy and appended with the number of dispensings that were seen, so that two counters cannot both take the last one.

Example: `dispense(order, site=site, trust=trust, ledger=ledger, now=now, register_up=False)`
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from dpr.core import documents
from dpr.core.backreg import State
from dpr.core.credential import Role
from dpr.core.dispensing import (
    Charge,
    Checked,
    Collector,
    Dispensing,
    DispensingRecord,
    Ground,
    IdentityCheck,
    Override,
    dispensing_id,
)
from dpr.core.errors import DprError, SetupError
from dpr.core.ledger import Allowed, NotAllowed, next_dispensing
from dpr.core.policy import Policy
from dpr.core.prescription import Item
from dpr.core.sinks import registrations_owed
from dpr.core.status import Status
from dpr.core.trust import Signer as Chain
from dpr.core.trust import Trust
from dpr.core.verify import Accepted, Check, Refused, verify
from dpr.ports import Catalogue, DispensingRow, Ledger, Signer


class NotDispensed(DprError):
    """Nothing was handed over in the ledger; `code` says why, `detail` more (no personal data)."""


class Site(NamedTuple):
    """The pharmacy: its policy, its key and credential, and its product file where it holds one."""

    policy: Policy
    signer: Signer
    credential: bytes
    catalogue: Catalogue | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the pharmacist decided. `item`: 1 is the first. The product and packages are as prescribed where left out;
    `overrides`: code of a check → the pharmacist's reason; `handed_over_at`: instant in seconds, now where left out."""

    prescription_id: bytes
    item: int
    pharmacist_credential: bytes
    collector: Collector = Collector.PATIENT
    identity_check: IdentityCheck = IdentityCheck.ID_CARD
    packages: int | None = None
    npl_pack_id: str | None = None
    varunummer: str | None = None
    product_text: str | None = None
    substitution_reason: str | None = None
    batch: str | None = None
    serial: str | None = None
    charge: Charge | None = None
    ground: Ground | None = None
    overrides: Mapping[str, str] = msgspec.field(default_factory=dict)
    handed_over_at: int | None = None


class Dispensed(NamedTuple):
    """The signed record, and how many dispensings are left after it."""

    record: DispensingRecord
    document: bytes
    left: int


def dispense(order: Order, *, site: Site, trust: Trust, ledger: Ledger, now: datetime, register_up: bool) -> Dispensed:
    """Makes, signs and keeps the record of one dispensing.

    Raises NotDispensed (the reason as a code of docs/codes.md), StorageError (`dispensing_taken` where another counter was
    first), SetupError where the pharmacy's own key or credential does not do.
    """
    seen = ledger.prescription(order.prescription_id)
    if seen is None:
        raise NotDispensed("prescription_not_received")
    verdict = verify(seen.document, trust, now, policy=site.policy, catalogue=site.catalogue)
    if isinstance(verdict, Refused):
        raise NotDispensed(verdict.code)
    items = verdict.prescription.content.items
    if not 1 <= order.item <= len(items):
        raise NotDispensed("item_unknown", f"{len(items)} items")
    item = items[order.item - 1]
    instant = int(now.timestamp())
    at = instant if order.handed_over_at is None else order.handed_over_at
    if not verdict.prescription.authored_at - site.policy.clock_skew_seconds <= at <= instant:
        raise NotDispensed("handed_over_time")
    pharmacist = _acting(order.pharmacist_credential, Role.PHARMACIST, trust, instant)
    pharmacy = _acting(site.credential, Role.PHARMACY, trust, instant)
    if pharmacy.credential.holder.gln != site.policy.gln or pharmacy.credential.key != site.signer.key:
        raise SetupError("pharmacy_credential_differs")
    if pharmacist.issuer.id != pharmacy.issuer.id:
        raise NotDispensed("pharmacist_of_other_company")
    left = next_dispensing(item, ledger.history(order.prescription_id, order.item), at)
    if isinstance(left, NotAllowed):
        raise NotDispensed(left.code, "" if left.earliest is None else f"from {left.earliest}")
    _order_of_work(order, verdict, ledger, site.policy, register_up)
    _overridden(order, verdict.checks)
    record = _record(order, item, verdict, pharmacist, left, at, instant)
    document = documents.sign(documents.DISPENSING, record, site.signer, credential=site.credential)
    ledger.dispense(
        DispensingRow(
            id=record.id,
            prescription_id=order.prescription_id,
            item=order.item,
            number=left.number,
            handed_over_at=at,
            document=document,
        ),
        seen=left.number - 1,
    )
    return Dispensed(record, document, left.left_after)


def _acting(credential: bytes, role: Role, trust: Trust, now: int) -> Chain:
    """The chain of a credential that may act now: right role, in force, not revoked (stolen or old credentials)."""
    chain = documents.open_credential(credential, trust)
    if chain.credential.holder.role is not role:
        raise NotDispensed(f"{role.name.lower()}_credential_needed")
    if not chain.credential.valid_from <= now < chain.credential.valid_until:
        raise NotDispensed(f"{role.name.lower()}_credential_not_in_force")
    answer = trust.status(chain.credential)
    if answer is not None and answer.status is not Status.VALID:
        raise NotDispensed(f"{role.name.lower()}_credential_revoked")
    return chain


def _order_of_work(order: Order, verdict: Accepted, ledger: Ledger, policy: Policy, register_up: bool) -> None:
    """Registered first where the register can be reached; else only under policy and ground."""
    if order.item > registrations_owed(verdict.prescription):
        registered = True  # nothing to register before: birth-date patients and animals
    else:
        row = ledger.queue_row(order.prescription_id, order.item, 0)
        registered = row is not None and row.state is State.REGISTERED
        if row is not None and row.state in (State.PARKED, State.CONFLICT):
            raise NotDispensed("registration_needs_pharmacist", row.state)
    if registered and (register_up or order.ground is None):
        return
    if register_up:
        raise NotDispensed("register_first")
    if not policy.offline_dispensing:
        raise NotDispensed("offline_dispensing_off")
    if order.ground is None:
        raise NotDispensed("ground_missing")


def _overridden(order: Order, checks: tuple[Check, ...]) -> None:
    missing = sorted({check.code for check in checks if check.override} - order.overrides.keys())
    if missing:
        raise NotDispensed("override_missing", ", ".join(missing))


def _record(
    order: Order, item: Item, verdict: Accepted, pharmacist: Chain, left: Allowed, at: int, now: int
) -> DispensingRecord:
    other = (order.npl_pack_id, order.varunummer) != (None, None)
    same = order.npl_pack_id in (None, item.npl_pack_id) and order.varunummer in (None, item.varunummer)
    if other and not same:
        if item.substitution is not None and not item.substitution.allowed:
            raise NotDispensed("substitution_not_allowed")
        if order.substitution_reason is None or order.product_text is None:
            raise NotDispensed("substitution_reason_missing")
    prescribed = " ".join(filter(None, (item.name, item.form, item.strength, item.pack)))
    npl_pack_id = order.npl_pack_id if other else item.npl_pack_id
    varunummer = order.varunummer if other else item.varunummer
    content = Dispensing(
        prescription_id=order.prescription_id,
        prescription_digest=verdict.digest,
        item=order.item,
        number=left.number,
        of=item.dispensings,
        npl_pack_id=npl_pack_id,
        varunummer=varunummer if npl_pack_id is None else None,
        product_text=(order.product_text or prescribed)[:250].rstrip(),
        packages=order.packages or item.packages,
        batch=order.batch,
        serial=order.serial,
        substitution_reason=None if same else order.substitution_reason,
        handed_over_at=at,
        pharmacist=pharmacist.document,
        collector=order.collector,
        identity_check=order.identity_check,
        charge=order.charge,
        ground=order.ground,
        checks=tuple(
            Checked(step=check.step, code=check.code, outcome=check.outcome, age_seconds=check.age_seconds)
            for check in verdict.checks
            if check.item in (None, order.item)
        ),
        overrides=tuple(Override(code=code, reason=reason) for code, reason in sorted(order.overrides.items())),
    )
    id = dispensing_id(order.prescription_id, item=order.item, number=left.number)
    return DispensingRecord(id=id, recorded_at=now, content=content)
