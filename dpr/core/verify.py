"""The verdict: is this prescription authentic, and currently allowed here?

Rules: `verify` never raises, whatever the bytes; it reads no clock, no file, no network. What it judges stands in
dpr.core.steps, numbered as domain.md §5; what it answers, in dpr.core.verdict. All steps are judged, so that everything is
said at once; one stop refuses. Steps 6 and 11 are the ledger's (dpr.core.ledger).

Example:
    match verify(document, trust, now, policy=policy):
        case Accepted(prescription=prescription, checks=checks): ...
        case Refused(code=code, checks=checks): ...
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from dpr.core import documents
from dpr.core.case import Case, Numbered
from dpr.core.documents import Opened
from dpr.core.errors import DprError
from dpr.core.policy import DEFAULT, Policy
from dpr.core.prescription import Item, Prescription
from dpr.core.products import Product
from dpr.core.steps import STEPS
from dpr.core.trust import Chain, Trust
from dpr.core.verdict import PASS, STOP, WARN, Accepted, Check, Refused, Verdict

__all__ = ["PASS", "STEPS", "STOP", "WARN", "Accepted", "Catalogue", "Check", "Refused", "Verdict", "judge", "verify"]


class Catalogue(Protocol):
    """Finds a prescribed item's product in the product file, by code."""

    def product_of(self, item: Item) -> Product | None: ...


#: Each step's judge, and what a plain pass is.
_JUDGES = tuple((judge, (Check(step, passed),)) for step, passed, judge in STEPS)


def verify(
    document: bytes,
    trust: Trust,
    now: datetime,
    *,
    policy: Policy = DEFAULT,
    catalogue: Catalogue | None = None,
    known_since: int | None = None,
) -> Verdict:
    """Judges the bytes of a prescription.

    `document`: COSE_Sign1 bytes (from `qr.from_text`, a relay, a file). `trust`: what this site holds. `now`: aware; judged
    is at the trust's floor where the clock is behind that. `policy`: the site's. `catalogue`: the product file, where one is
    held. `known_since`: an instant in seconds at which this very document is proven to have existed, by the site's own
    ledger or a receipt. Never raises for any bytes; a naive `now` is misuse (ValueError).
    """
    if now.tzinfo is None:
        raise ValueError("now must be an aware datetime")
    instant = int(now.timestamp())
    try:
        opened = documents.open(document, trust, expected_kind=documents.PRESCRIPTION)
        if opened.signer is None:
            raise DprError("chain_credential_unknown")
        checks = judge(opened.value, opened.signer, trust, instant, policy=policy, catalogue=catalogue, known_since=known_since)
        return _verdict(opened, opened.signer, checks)
    except documents.ClaimsError as error:
        return _refused(Check(7, error.code, STOP), error.detail)
    except DprError as error:
        return _refused(Check(1, error.code, STOP), error.detail)
    except Exception as error:  # A bug of ours must not become a crash at the counter; tests assert that it never shows.
        return _refused(Check(1, "internal_error", STOP), type(error).__name__)


def _refused(check: Check, detail: str) -> Refused:
    return Refused(code=check.code, detail=detail, checks=(check,))


def judge(
    prescription: Prescription,
    signer: Chain,
    trust: Trust,
    now: int,
    *,
    policy: Policy,
    catalogue: Catalogue | None = None,
    known_since: int | None = None,
) -> tuple[Check, ...]:
    """Every check of a prescription that `signer` has signed, or is about to sign. `now`: instant in seconds."""
    products, broken = _products(prescription, catalogue)
    case = Case(
        prescription=prescription,
        credential=signer.credential,
        issuer=signer.issuer,
        trust=trust,
        now=max(now, trust.floor),
        policy=policy,
        products=products,
        has_catalogue=catalogue is not None and not broken,
        catalogue_broken=broken,
        status=trust.status(signer.credential),
        known_since=known_since,
        clock_behind=max(trust.floor - now, 0),
    )
    checks: list[Check] = []
    for step, passed in _JUDGES:
        checks += [*step(case)] or passed
    return tuple(checks)


def _verdict(opened: Opened[Prescription], signer: Chain, checks: tuple[Check, ...]) -> Verdict:
    for check in checks:
        if check.outcome is STOP:
            return Refused(code=check.code, detail="", checks=checks, id=opened.value.id.hex())
    return Accepted(
        prescription=opened.value,
        prescriber=signer.credential,
        issuer=signer.issuer,
        digest=opened.digest,
        checks=checks,
    )


def _products(prescription: Prescription, catalogue: Catalogue | None) -> tuple[tuple[Numbered, ...], bool]:
    """Each item with its product, and whether the product file broke: that is a warning, never the pharmacy's standstill."""
    items = enumerate(prescription.content.items, 1)
    if catalogue is None:
        return tuple([(number, item, None) for number, item in items]), False
    try:
        return tuple([(number, item, catalogue.product_of(item)) for number, item in items]), False
    except DprError:
        return _products(prescription, None)[0], True
