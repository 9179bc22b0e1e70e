"""What a dispensing record says (domain.md §4b): the map under claim -65537 of a `dpr-dispensing`.

Rules: signed by the pharmacy's key and naming the pharmacist by their whole credential, so that the record can be judged by
somebody else, offline. `handed_over_at` is the real time of hand-over; `iat` is when the record was made. The id of the
record is derived from what it counts (`dispensing_id`), so that a second attempt at the same dispensing has the same id.

Example: `dispensing_id(prescription_id, gln="7350000000009", item=1, number=2)`
"""

from __future__ import annotations

import hashlib
from enum import IntEnum

import msgspec

from dpr.core import identifiers
from dpr.core.fields import Array, Digits, Enumeration, Field, Fixed, Integer, Record, Text, instant


class Collector(IntEnum):
    """Who collected the medicine."""

    PATIENT = 0
    REPRESENTATIVE = 1
    GUARDIAN = 2
    OWNER = 3


class IdentityCheck(IntEnum):
    """How the collector's identity was checked."""

    ID_CARD = 0
    KNOWN = 1
    CERTIFIED_BY_OTHER = 2
    PERSONBEVIS = 3


class ChargeBasis(IntEnum):
    """What the charged amount rests on."""

    ORDINARY = 0
    FLAT = 1
    DEFERRED = 2


class Outcome(IntEnum):
    """The outcome of one check of a verdict."""

    PASS = 0
    WARN = 1
    STOP = 2


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """The ground for dispensing while the register is unreachable: who decided, why, since when (instant in seconds)."""

    decided_by: str
    reason: str
    since: int


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What the patient paid, in öre, and on what basis."""

    amount_ore: int
    basis: ChargeBasis


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """One check of the verdict: its step (domain.md §5), code, outcome, and the age of what it was checked against."""

    step: int
    code: str
    outcome: Outcome
    age_seconds: int | None = None


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """A warning that the pharmacist dispensed in spite of, and why."""

    code: str
    reason: str


class Dispensing(msgspec.Struct, frozen=True, kw_only=True):
    """Dispensing `number` of `of` for item `item` (1 is the first) of one prescription."""

    prescription_id: bytes
    prescription_digest: bytes
    item: int
    number: int
    of: int
    npl_pack_id: str | None = None
    varunummer: str | None = None
    product_text: str
    packages: int
    batch: str | None = None
    serial: str | None = None
    substitution_reason: str | None = None
    handed_over_at: int
    pharmacist: bytes
    collector: Collector
    identity_check: IdentityCheck
    charge: Charge | None = None
    ground: Ground | None = None
    checks: tuple[Checked, ...]
    overrides: tuple[Override, ...] = ()


class DispensingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A `dpr-dispensing` document's claims: id (16 bytes), when the record was made (instant in seconds), content."""

    id: bytes
    recorded_at: int
    content: Dispensing


def dispensing_id(prescription_id: bytes, *, gln: str, item: int, number: int) -> bytes:
    """16 bytes: SHA-256 over a label, the prescription's id, the pharmacy's GLN, item and number.

    The same dispensing has the same id in every attempt; another pharmacy's has another, so that two hand-overs of one
    copied code never pass for one.
    """
    counted = prescription_id + gln.encode("ascii") + bytes((item, number))
    return hashlib.sha256(b"dpr-dispensing\0" + counted).digest()[:16]


GROUND = Record(
    Ground,
    Field(0, "decided_by", Text(80), "name or function of the person who decided"),
    Field(1, "reason", Text(250)),
    Field(2, "since", instant),
)
CHARGE = Record(Charge, Field(0, "amount_ore", Integer(0, 100_000_000)), Field(1, "basis", Enumeration(ChargeBasis)))
CHECKED = Record(
    Checked,
    Field(0, "step", Integer(1, 13)),
    Field(1, "code", Text(60)),
    Field(2, "outcome", Enumeration(Outcome)),
    Field(3, "age_seconds", Integer(0, 2**40)),
)
OVERRIDE = Record(Override, Field(0, "code", Text(60)), Field(1, "reason", Text(250)))
DISPENSING = Record(
    Dispensing,
    Field(0, "prescription_id", Fixed(16)),
    Field(1, "prescription_digest", Fixed(32), "SHA-256 of the prescription document"),
    Field(2, "item", Integer(1, 20)),
    Field(3, "number", Integer(1, 99)),
    Field(4, "of", Integer(1, 99)),
    Field(5, "npl_pack_id", Digits(14, identifiers.npl_pack_id_fault, "20010131100018")),
    Field(6, "varunummer", Digits(6, identifiers.varunummer_fault, "012345")),
    Field(7, "product_text", Text(250), "name, form, strength and pack of what was handed over"),
    Field(8, "packages", Integer(1, 999)),
    Field(9, "batch", Text(20)),
    Field(10, "serial", Text(20)),
    Field(11, "substitution_reason", Text(120)),
    Field(12, "handed_over_at", instant),
    Field(13, "pharmacist", Fixed(), "the pharmacist's credential"),
    Field(14, "collector", Enumeration(Collector)),
    Field(15, "identity_check", Enumeration(IdentityCheck)),
    Field(16, "charge", CHARGE),
    Field(17, "ground", GROUND),
    Field(18, "checks", Array(CHECKED, 1, 40)),
    Field(19, "overrides", Array(OVERRIDE, 1, 20)),
)
#: The claims of a `dpr-dispensing`.
DISPENSING_RECORD = Record(
    DispensingRecord,
    Field(6, "recorded_at", instant),
    Field(7, "id", Fixed(16)),
    Field(-65537, "content", DISPENSING),
)
