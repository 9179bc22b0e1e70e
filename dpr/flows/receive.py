"""A pharmacy receives a prescription: judge it, keep it, and say what is left of each item.

Rules: only what is accepted is kept; the same id over another path, or in other bytes (a signature has a twin), is the same
prescription. Keeping it and queueing its registration are one transaction. The ledger's own checks (6: left and interval,
11: seen before) are added to the verdict's. A relay's word counts for as long as the relay is in good standing.

Example: `receive(document, path="qr", trust=trust, ledger=ledger, now=now, policy=policy)`
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from dpr.core import documents, ledger_checks
from dpr.core.dispensing import Outcome
from dpr.core.errors import DocumentError
from dpr.core.keys import PublicKey
from dpr.core.ledger import Allowed, NotAllowed, next_dispensing
from dpr.core.mail.proof import stands
from dpr.core.policy import Policy
from dpr.core.prescription import Prescription
from dpr.core.sinks import registrations_owed
from dpr.core.trust import Trust
from dpr.core.verify import Accepted, Check, Refused, verify
from dpr.ports import Catalogue, Ledger, Seen


class Received(NamedTuple):
    """The verdict with the ledger's checks in it, when it was first received (instant in seconds), and what is left of each
    item by its number (1 is the first)."""

    verdict: Accepted
    first_received_at: int
    checks: tuple[Check, ...]
    items: dict[int, Allowed | NotAllowed]


def receive(
    document: bytes,
    *,
    path: str,
    trust: Trust,
    ledger: Ledger,
    now: datetime,
    policy: Policy,
    catalogue: Catalogue | None = None,
    proven_at: int | None = None,
    proof: bytes = b"",
) -> Received | Refused:
    """Judges `document` and keeps it where it is accepted. `path`: `qr`, `file` or `relay`; `proven_at`: instant in seconds at
    which a relay's receipt, `proof`, says that it existed, where there is one. Raises StorageError."""
    judging = {"trust": trust, "ledger": ledger, "now": now, "policy": policy, "catalogue": catalogue, "proven_at": proven_at}
    verdict = judge(document, **judging)  # type: ignore[arg-type]
    if isinstance(verdict, Refused):
        return verdict
    # What is kept as the time of receipt is evidence later: a clock that was set back must not make it older.
    instant = max(int(now.timestamp()), trust.floor)
    clock = ledger_checks.of_clock(ledger.last_instants(), trust, policy, instant)
    prescription = verdict.prescription
    fresh = Seen(
        prescription_id=prescription.id,
        document=document,
        received_at=instant,
        path=path,
        clock=clock.code if clock else "",
        items=registrations_owed(prescription),
        credential=documents.signer_of(document, trust).document,
        proven_at=proven_at or 0,
        proof=proof,
    )
    known = ledger.prescription(prescription.id)
    seen = ledger.receive(fresh)
    twin = _twin(known, seen, document, verdict.prescriber.key)
    if twin.outcome is Outcome.STOP:
        return Refused(code=twin.code, detail="", checks=(*verdict.checks, twin), id=prescription.id.hex())
    items = standing(prescription, ledger, instant)
    checks = (
        *verdict.checks,
        *[ledger_checks.of_item(left, number) for number, left in items.items()],
        twin,
        *([clock] if clock else []),
    )
    return Received(verdict, seen.received_at, tuple(sorted(checks, key=lambda check: check.step)), items)


def judge(
    document: bytes,
    *,
    trust: Trust,
    ledger: Ledger,
    now: datetime,
    policy: Policy,
    catalogue: Catalogue | None = None,
    proven_at: int | None = None,
) -> Accepted | Refused:
    """What `receive` would say, and nothing is kept. Raises StorageError."""
    verdict = verify(document, trust, now, policy=policy, catalogue=catalogue)
    if isinstance(verdict, Refused):
        earlier = known_since(verdict, document, ledger, trust, policy=policy, now=now)
        since = min([one for one in (earlier, proven_at) if one], default=None)
        verdict = verify(document, trust, now, policy=policy, catalogue=catalogue, known_since=since) if since else verdict
    if isinstance(verdict, Refused):
        return verdict
    known = ledger.prescription(verdict.prescription.id)
    if known is not None and (twin := _twin(known, known, document, verdict.prescriber.key)).outcome is Outcome.STOP:
        return Refused(code=twin.code, detail="", checks=(*verdict.checks, twin), id=known.prescription_id.hex())
    return verdict


def is_held(document: bytes, ledger: Ledger, trust: Trust) -> bool:
    """Does the ledger hold this very prescription, whatever would be said of it by what holds today? Raises StorageError."""
    try:
        prescription: Prescription = documents.read_claims(documents.PRESCRIPTION, documents.split(document)[1])
        known = ledger.prescription(prescription.id)
        if known is None or known.document == document:
            return known is not None
        return _is_same(known, document, documents.signer_of(document, trust).credential.key)
    except DocumentError:
        return False


def evidence(seen: Seen, trust: Trust, policy: Policy, now: datetime) -> int | None:
    """Since when it is proven to exist, by what is known today of the relay that said so; None where nothing proves it."""
    proven = stands(seen.proof, trust, policy, int(now.timestamp()))
    return ledger_checks.evidence(seen.received_at, seen.clock, seen.proven_at if proven else 0)


def known_since(
    refused: Refused, document: bytes, ledger: Ledger, trust: Trust, *, policy: Policy, now: datetime
) -> int | None:
    """When this very prescription came in before, where it did: what a later revocation does not undo. `refused`: what `trust`
    said of `document`. No evidence where the clock was wrong then: whoever sets it back could make any."""
    known = ledger.prescription(bytes.fromhex(refused.id)) if refused.id else None
    if known is None or not _is_same(known, document, documents.signer_of(document, trust).credential.key):
        return None
    return evidence(known, trust, policy, now)


def standing(prescription: Prescription, ledger: Ledger, now: int) -> dict[int, Allowed | NotAllowed]:
    """What may be dispensed of each item at the instant `now`, by the ledger."""
    return {
        number: next_dispensing(item, ledger.history(prescription.id, number), now)
        for number, item in enumerate(prescription.content.items, 1)
    }


def _twin(known: Seen | None, seen: Seen, document: bytes, key: PublicKey) -> Check:
    """Anything but the same prescription under a known id is another one that borrows it."""
    if not _is_same(seen, document, key):
        return Check(11, "id_of_another_prescription", Outcome.STOP)
    if seen.document != document:
        return Check(11, "seen_before_in_other_bytes")
    return Check(11, "not_seen_before" if known is None else "seen_before")


def _is_same(seen: Seen, document: bytes, key: PublicKey) -> bool:
    """Other bytes are the same prescription only with the same claims by the same key (an ECDSA signature has a twin; the
    credential may be left out). `key`: the one that signed `document`."""
    if seen.document == document:
        return True
    same_claims = documents.split(seen.document)[1] == documents.split(document)[1]
    return same_claims and documents.kept(seen.document, seen.credential).credential.key == key
