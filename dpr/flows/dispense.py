"""A pharmacist dispenses one item.

Rules: the prescription is judged anew, now; the acting pharmacist is a credential that is in force and not revoked; what the
verdict warns of with an override needs a reason, which is recorded. The register comes first where it can be reached
(domain.md §1); without it, only where the site's policy allows and under a recorded ground. The record is signed by the
pharmacy and appended with the number of dispensings that were seen, so that two counters cannot both take the last one.

Example: `dispense(order, site=site, trust=trust, ledger=ledger, now=now, register_up=False)`
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from dpr.core import acting, documents, ledger_checks
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
    Outcome,
    Override,
    dispensing_id,
)
from dpr.core.errors import DprError, SetupError
from dpr.core.ledger import Allowed, NotAllowed, next_dispensing
from dpr.core.policy import Policy
from dpr.core.prescription import Item
from dpr.core.products import Product
from dpr.core.sinks import Sink, sink_of
from dpr.core.trust import Chain, Trust
from dpr.core.verify import Accepted, Check, Refused, verify
from dpr.flows.receive import evidence
from dpr.ports import Catalogue, DispensingRow, Ledger, Seen, Signer


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
    since = evidence(seen, trust, site.policy, now)
    verdict = verify(seen.document, trust, now, policy=site.policy, catalogue=site.catalogue, known_since=since)
    if isinstance(verdict, Refused):
        raise NotDispensed(verdict.code)
    items = verdict.prescription.content.items
    if not 1 <= order.item <= len(items):
        raise NotDispensed("item_unknown", f"{len(items)} items")
    item = items[order.item - 1]
    instant = max(int(now.timestamp()), trust.floor)
    at = instant if order.handed_over_at is None else order.handed_over_at
    # Only under a recorded ground may a hand-over lie before the prescription was received (paper kept during an outage).
    earliest = seen.received_at if order.ground is None else verdict.prescription.authored_at
    too_early = at < earliest - site.policy.clock_skew_seconds
    if order.handed_over_at is not None and (too_early or at > instant):
        raise NotDispensed("handed_over_time")
    pharmacist, pharmacist_checks = _acting(order.pharmacist_credential, Role.PHARMACIST, trust, site.policy, instant)
    pharmacy, pharmacy_checks = _acting(site.credential, Role.PHARMACY, trust, site.policy, instant)
    if pharmacy.credential.holder.gln != site.policy.gln or pharmacy.credential.key != site.signer.key:
        raise SetupError("pharmacy_credential_differs")
    if pharmacist.issuer.id != pharmacy.issuer.id:
        raise NotDispensed("pharmacist_of_other_company")
    left = next_dispensing(item, ledger.history(order.prescription_id, order.item), at)
    if isinstance(left, NotAllowed):
        raise NotDispensed(left.code, "" if left.earliest is None else f"from {left.earliest}")
    _order_of_work(order, verdict, ledger, site.policy, register_up)
    last = (earliest,) if too_early else ledger.last_instants()  # now, and yet before it was received: the clock is wrong
    checks = (
        *(check for check in verdict.checks if check.item in (None, order.item)),
        *_of_ledger(seen, left, order.item, ledger_checks.of_clock(last, trust, site.policy, instant)),
        *pharmacist_checks,
        *pharmacy_checks,
    )
    _overridden(order, checks)
    product = _product(order, item, site.catalogue)
    record = _record(order, item, verdict, product, pharmacist, checks, left, at, instant, site.policy.gln)
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


def _acting(credential: bytes, role: Role, trust: Trust, policy: Policy, now: int) -> tuple[Chain, tuple[Check, ...]]:
    """The chain of a credential that may act now, and the checks that the record keeps. NotDispensed where it may not."""
    chain = documents.open_credential(credential, trust)
    checks = acting.judge(chain, role, trust, policy, now)
    for check in checks:
        if check.outcome is Outcome.STOP:
            raise NotDispensed(check.code)
    return chain, checks


def _of_ledger(seen: Seen, left: Allowed, item: int, clock: Check | None) -> Iterable[Check]:
    """What the ledger's checks ask a reason for, each once: the clock now and at the receipt, and the interval."""
    found = (ledger_checks.of_receipt(seen.clock), clock, ledger_checks.of_item(left, item))
    return {check.code: check for check in found if check is not None and check.override}.values()


def _order_of_work(order: Order, verdict: Accepted, ledger: Ledger, policy: Policy, register_up: bool) -> None:
    """Registered first where the register can be reached; else only under policy and ground."""
    sink = sink_of(verdict.prescription)
    if sink is Sink.ANIMALS:
        return  # another register, which is never asked before
    if sink is Sink.REGISTER:
        row = ledger.queue_row(order.prescription_id, order.item, 0)
        if row is not None and row.state in (State.PARKED, State.CONFLICT):
            raise NotDispensed("registration_needs_pharmacist", row.state)
        if register_up and (row is None or row.state is not State.REGISTERED):
            raise NotDispensed("register_first")
    if register_up:
        return
    if not policy.offline_dispensing:
        raise NotDispensed("offline_dispensing_off")
    if order.ground is None:
        raise NotDispensed("ground_missing")


def _overridden(order: Order, checks: tuple[Check, ...]) -> None:
    """Every check that needs a reason has one, and no reason stands for a check that nobody asked about."""
    asked = {check.code for check in checks if check.override}
    missing = sorted(asked - order.overrides.keys())
    if missing:
        raise NotDispensed("override_missing", ", ".join(missing))
    if order.overrides.keys() - {check.code for check in checks if check.outcome is Outcome.WARN}:
        raise NotDispensed("override_unknown")


class _HandedOver(NamedTuple):
    """What is handed over; `substituted` when it is not what was prescribed."""

    npl_pack_id: str | None
    varunummer: str | None
    text: str
    packages: int
    substituted: bool


def _product(order: Order, item: Item, catalogue: Catalogue | None) -> _HandedOver:
    """The product handed over: as prescribed, or a substitute that may stand for it."""
    codes = (order.npl_pack_id, order.varunummer)
    same = order.npl_pack_id in (None, item.npl_pack_id) and order.varunummer in (None, item.varunummer)
    coded = (item.npl_pack_id, item.npl_id, item.varunummer) != (None, None, None)
    substituted = not same or (codes == (None, None) and order.product_text is not None and coded)
    packages = order.packages or item.packages
    if not substituted:
        if packages > item.packages:
            raise NotDispensed("packages_more_than_prescribed", f"{packages}, prescribed {item.packages}")
        held = catalogue.product_of(item) if catalogue and coded else None
        text = order.product_text or _described(held or item)
        return _HandedOver(item.npl_pack_id, item.varunummer, text, packages, False)
    if item.substitution is not None and not item.substitution.allowed:
        raise NotDispensed("substitution_not_allowed")
    if order.substitution_reason is None or order.product_text is None or codes == (None, None):
        raise NotDispensed("substitution_reason_missing")
    wanted = msgspec.structs.replace(item, npl_pack_id=codes[0], npl_id=None, varunummer=codes[1])
    other = catalogue.product_of(wanted) if catalogue else None
    if other is not None:
        if item.atc is not None and other.atc and other.atc != item.atc:
            raise NotDispensed("substitution_other_substance")
        if other.control_class is not None and other.control_class.special and not item.control_class.special:
            raise NotDispensed("substitution_stricter_class")
    return _HandedOver(codes[0], codes[1], order.product_text, packages, True)


def _described(product: Product | Item) -> str:
    return " ".join(filter(None, (product.name, product.form, product.strength, product.pack)))


def _record(
    order: Order,
    item: Item,
    verdict: Accepted,
    product: _HandedOver,
    pharmacist: Chain,
    checks: tuple[Check, ...],
    left: Allowed,
    at: int,
    now: int,
    gln: str,
) -> DispensingRecord:
    content = Dispensing(
        prescription_id=order.prescription_id,
        prescription_digest=verdict.digest,
        item=order.item,
        number=left.number,
        of=item.dispensings,
        npl_pack_id=product.npl_pack_id,
        varunummer=product.varunummer if product.npl_pack_id is None else None,
        product_text=product.text[:250].rstrip(),
        packages=product.packages,
        batch=order.batch,
        serial=order.serial,
        substitution_reason=order.substitution_reason if product.substituted else None,
        handed_over_at=at,
        pharmacist=pharmacist.document,
        collector=order.collector,
        identity_check=order.identity_check,
        charge=order.charge,
        ground=order.ground,
        checks=tuple(
            Checked(step=check.step, code=check.code, outcome=check.outcome, age_seconds=check.age_seconds) for check in checks
        ),
        overrides=tuple(Override(code=code, reason=reason) for code, reason in sorted(order.overrides.items())),
    )
    id = dispensing_id(order.prescription_id, gln=gln, item=order.item, number=left.number)
    return DispensingRecord(id=id, recorded_at=now, content=content)
