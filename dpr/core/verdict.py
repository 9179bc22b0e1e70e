"""What a verdict is: one of two values, with every check that was made.

Rules: the prescription is reachable only through `Accepted`. Accepted means authentic and currently allowed, not unspent:
that is the ledger's answer (dpr.core.ledger). A check has a stable code (dpr.core.codes) and the age of what it rests on.

Example: `Check(4, "expired", STOP)`
"""

from __future__ import annotations

import msgspec

from dpr.core.credential import Credential
from dpr.core.dispensing import Outcome
from dpr.core.prescription import Prescription
from dpr.core.trust_list import Issuer

PASS, WARN, STOP = Outcome.PASS, Outcome.WARN, Outcome.STOP


class Check(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One answer. `age_seconds`: age of what it was checked against, None where nothing ages or nothing is held; `item`:
    1 is the first, None for the whole; `override`: a pharmacist may go on only with a reason that is recorded."""

    step: int
    code: str
    outcome: Outcome = PASS
    age_seconds: int | None = None
    item: int | None = None
    override: bool = False


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """Authentic and currently allowed. `digest`: SHA-256 of the document's bytes."""

    prescription: Prescription
    prescriber: Credential
    issuer: Issuer
    digest: bytes
    checks: tuple[Check, ...]


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Not to be dispensed. `code` is the first stop's; `detail` says more for support, never personal data; `id` is the
    prescription's id in hexadecimal where it is authentic."""

    code: str
    detail: str
    checks: tuple[Check, ...]
    id: str | None = None


Verdict = Accepted | Refused
