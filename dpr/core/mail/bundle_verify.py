"""Does a bundle prove that this recipient received exactly this document, and what it answered?

Rules: `verify` never raises, whatever the bytes; it reads no clock, no file, no network. What it judges stands in
dpr.core.mail.bundle_steps; steps 1 and 2 are here. What is shown is only what verified; what a relay says of the time and what
the recipient says of it are told apart. A bundle says nothing about receipts that are not in it.

Example:
    match verify(data, fingerprints={"4f1c…"}, own=None, now=now):
        case Proven(shown=shown, checks=checks): ...
        case Unproven(code=code, checks=checks): ...
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from dpr.core.documents import Opened
from dpr.core.errors import DocumentError
from dpr.core.mail import bundle_case
from dpr.core.mail.bundle import Bundle, read
from dpr.core.mail.bundle_case import Case
from dpr.core.mail.bundle_steps import PASSED, R1, R2, R3, R4, STEPS
from dpr.core.mail.bundle_trust import judged_by
from dpr.core.mail.receipts import Attested
from dpr.core.trust import Chain, Trust
from dpr.core.verdict import STOP, Check

SKEW_SECONDS = 300


class Shown(NamedTuple):
    """What a bundle shows, of what verified. `answer`: the R4; `received`: the R3; `custody`, `handed_over`: the R1s and R2s in
    the order of their times; `others`: the rest; `document`: opened, or the code of why it cannot be; `sender`: of the message,
    where that is in the bundle."""

    bundle: Bundle
    trust: Trust
    answer: Attested | None
    received: Attested | None
    custody: tuple[Attested, ...]
    handed_over: tuple[Attested, ...]
    others: tuple[Attested, ...]
    document: Opened[Any] | str
    sender: Chain | None

    @property
    def recipient(self) -> Chain | None:
        """Who answered."""
        found = self.answer or self.received
        return found.signer if found else None


class Proven(NamedTuple):
    """No step stopped; what warns is a reservation."""

    shown: Shown
    checks: tuple[Check, ...]


class Unproven(NamedTuple):
    """`code`: of the first stop; `detail`: more for support; `shown`: None where the file or its authority did not hold."""

    code: str
    detail: str
    checks: tuple[Check, ...]
    shown: Shown | None


Finding = Proven | Unproven


def verify(
    data: bytes, *, fingerprints: Collection[str], own: Trust | None, now: int, skew_seconds: int = SKEW_SECONDS
) -> Finding:
    """Judges the bytes of a bundle. `fingerprints`, `own`: as dpr.core.mail.bundle_trust.judged_by; `now`: instant in
    seconds."""
    try:
        bundle = read(data)
    except DocumentError as error:
        return Unproven(error.code, error.detail, (Check(1, error.code, STOP),), None)
    read_ok = Check(1, PASSED[1])
    try:
        judged = judged_by(bundle.evidence, fingerprints, own)
    except DocumentError as error:
        return Unproven(error.code, error.detail, (read_ok, Check(2, error.code, STOP)), None)
    case = bundle_case.make(bundle, judged, now, skew_seconds)
    checks = [read_ok, Check(2, PASSED[2])]
    for step, judge in STEPS.items():
        checks += [*judge(case)] or [Check(step, PASSED[step])]
    shown = _shown(case)
    stop = next((check for check in checks if check.outcome is STOP), None)
    return Unproven(stop.code, "", tuple(checks), shown) if stop else Proven(shown, tuple(checks))


def _shown(case: Case) -> Shown:
    """Of what verified, only what is about this message."""
    bundle = case.bundle
    about = [
        receipt
        for _, receipt in case.numbered
        if (receipt.content.queue, receipt.content.message_id, receipt.content.digest)
        == (bundle.queue, bundle.message_id, bundle.digest)
    ]
    in_order = sorted(about, key=lambda one: one.at)
    by_type = {kind: tuple(one for one in in_order if one.content.type is kind) for kind in (R1, R2, R3, R4)}
    message = case.message
    return Shown(
        bundle,
        case.trust,
        next(iter(by_type[R4]), None),
        next(iter(by_type[R3]), None),
        by_type[R1],
        by_type[R2],
        tuple(one for one in in_order if one.content.type not in by_type),
        case.document,
        message.signer if isinstance(message, Opened) else None,
    )
