"""What a prescription says (domain.md §4), as frozen values, with the table of how each field is written.

Rules: the model holds what is signed and nothing that can be derived from it: the authored day is the day of `iat`, the
item's number is its place, the prescriber and workplace are in the credential. Rules that span fields are in
dpr.core.prescription_rules.

Example: `CONTENT.from_json(json.load(file), "$", problems)` or `CONTENT.from_cbor(claims[-65537])`
"""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from typing import Any

import msgspec

from dpr.core import days, identifiers
from dpr.core.errors import DocumentError, Problem
from dpr.core.fields import (
    Array,
    Boolean,
    Digits,
    Enumeration,
    Field,
    Fixed,
    Flag,
    Integer,
    Problems,
    Record,
    Text,
    instant,
    kind_of,
)
from dpr.core.products import ControlClass

MAX_ITEMS = 20


class PrescriptionKind(IntEnum):
    """What is prescribed, and to whom."""

    PRESCRIPTION = 0
    CONSUMABLES = 1
    FOOD = 2
    ANIMAL = 3


class FormatReason(IntEnum):
    """Why this format instead of an electronic prescription in the register."""

    TECHNICAL_FAILURE = 0
    SPECIAL_PROTECTION = 1
    OTHER = 2


class Protection(IntEnum):
    """Protected identity (domain.md §6)."""

    NONE = 0
    SEKRETESSMARKERING = 1
    SKYDDAD_FOLKBOKFORING = 2


class Unlisted(IntEnum):
    """A product that is prescribed by text, since it has no code in the product register."""

    EXTEMPORE = 1
    LICENS = 2
    UNLISTED = 3


class Reservnummer(msgspec.Struct, frozen=True, kw_only=True):
    """A region's reserve number: the OID of the series and the number in it."""

    oid: str
    number: str


class Patient(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly one of the four identities is given; `name` is required with a birth date and forbidden when protected."""

    personnummer: str | None = None
    samordningsnummer: str | None = None
    reservnummer: Reservnummer | None = None
    birth_date: str | None = None
    name: str | None = None
    protected: Protection = Protection.NONE

    @property
    def born(self) -> date | None:
        """Date of birth as far as the identity tells."""
        number = self.personnummer or self.birth_date
        if number:
            return identifiers.birth_date(number[:8])
        if self.samordningsnummer:
            return identifiers.birth_date(f"{self.samordningsnummer[:6]}{int(self.samordningsnummer[6:8]) - 60:02}")
        return None


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Who owns the animal: a person or an organisation."""

    personnummer: str | None = None
    organisation_number: str | None = None
    name: str


class Animal(msgspec.Struct, frozen=True, kw_only=True):
    """The animal patient. `withdrawal_days`: time before slaughter or milk may be used as food, where it applies."""

    species: str
    owner: Owner
    withdrawal_days: int | None = None


class Substitution(msgspec.Struct, frozen=True, kw_only=True):
    """May the pharmacy substitute? When not, `reason` is the medical reason."""

    allowed: bool
    reason: str | None = None


class Dose(msgspec.Struct, frozen=True, kw_only=True):
    """Structured dosage: `amount_thousandths` of `unit`, `times` in every `period_days`."""

    amount_thousandths: int
    unit: str
    times: int
    period_days: int = 1


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One receptrad. `packages` per dispensing; `dispensings` in all; `interval_days` between them at the earliest."""

    npl_pack_id: str | None = None
    npl_id: str | None = None
    varunummer: str | None = None
    atc: str | None = None
    unlisted: Unlisted | None = None
    control_class: ControlClass = ControlClass.NONE
    name: str
    form: str | None = None
    strength: str | None = None
    pack: str | None = None
    packages: int
    dispensings: int
    interval_days: int | None = None
    dosage: str
    dose: Dose | None = None
    purpose: str | None = None
    reason: str | None = None
    benefit: bool | None = None
    benefit_conditions: bool | None = None
    substitution: Substitution | None = None
    first_pack: bool = False
    dose_dispensing: bool = False
    infection_act: bool = False
    max_dose_exceeded: bool = False


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What the prescriber decides: the map under claim -65537."""

    kind: PrescriptionKind
    reason: FormatReason | None = None
    patient: Patient | None = None
    animal: Animal | None = None
    telephone: bool = False
    items: tuple[Item, ...]


class Prescription(msgspec.Struct, frozen=True, kw_only=True):
    """One signed prescription. `id`: 16 random bytes; `authored_at`, `expires_at`: instants in seconds, the latter a
    midnight in Sweden; `audience`: GLN of the addressed pharmacy."""

    id: bytes
    authored_at: int
    expires_at: int
    audience: str | None = None
    content: Content

    @property
    def authored(self) -> date:
        """The day it was written, in Sweden."""
        return days.day_of(self.authored_at)

    @property
    def valid_to(self) -> date:
        """The last day on which it may be dispensed."""
        last = days.last_day_before(self.expires_at)
        if last is None:
            raise DocumentError("validity_not_whole_days")
        return last


class SubstitutionType:
    """CBOR: true when allowed, else the medical reason as text. JSON: {"allowed": …, "reason": …}."""

    _reason = Text(120)
    _record = Record(Substitution, Field(0, "allowed", Boolean()), Field(1, "reason", _reason))

    def from_cbor(self, value: Any) -> Substitution:
        if value is True:
            return _SUBSTITUTION_ALLOWED
        return Substitution(allowed=False, reason=self._reason.from_cbor(value))

    def to_cbor(self, value: Substitution) -> bool | str:
        if value.allowed != (value.reason is None):
            raise DocumentError("substitution_reason")
        return True if value.allowed else str(value.reason)

    def from_json(self, value: Any, path: str, problems: Problems) -> Substitution | None:
        if type(value) is not dict:
            expected = '{"allowed": true} or {"allowed": false, "reason": "…"}'
            problems.append(Problem(path, "field_type", kind_of(value), expected))
            return None
        read = self._record.from_json(value, path, problems)
        if read and read.allowed != (read.reason is None):
            wrong = "a reason although allowed" if read.allowed else "no reason"
            problems.append(
                Problem(f"{path}.reason", "substitution_reason", wrong, "the medical reason exactly when not allowed")
            )
            return None
        return read

    def to_json(self, value: Substitution) -> dict[str, Any]:
        return self._record.to_json(value)

    def json_schema(self) -> dict[str, Any]:
        return self._record.json_schema()


_SUBSTITUTION_ALLOWED = Substitution(allowed=True)


def _birth_date_fault(text: str) -> str | None:
    return None if identifiers.is_digits(text, 8) and identifiers.birth_date(text) else "birth_date_form"


personnummer = Digits(12, identifiers.personnummer_fault, "191212121212")
gln = Text(13, identifiers.gln_fault, "7350000000009")

RESERVNUMMER = Record(Reservnummer, Field(0, "oid", Text(64)), Field(1, "number", Text(12)))
PATIENT = Record(
    Patient,
    Field(0, "personnummer", personnummer, "12 digits with century; OID 1.2.752.129.2.1.3.1"),
    Field(1, "samordningsnummer", Digits(12, identifiers.samordningsnummer_fault, "202601612381")),
    Field(2, "reservnummer", RESERVNUMMER, "a region's reserve number with the OID of its series"),
    Field(3, "birth_date", Digits(8, _birth_date_fault, "19121212"), "YYYYMMDD, together with name and audience"),
    Field(4, "name", Text(80), "required with birth_date; left out for a protected identity"),
    Field(5, "protected", Enumeration(Protection, Protection.NONE)),
)
OWNER = Record(
    Owner,
    Field(0, "personnummer", personnummer),
    Field(1, "organisation_number", Digits(10, identifiers.organisation_number_fault, "2021000001")),
    Field(2, "name", Text(80)),
)
ANIMAL = Record(
    Animal,
    Field(0, "species", Text(40), "for example Hund"),
    Field(1, "owner", OWNER),
    Field(2, "withdrawal_days", Integer(0, 3650), "withdrawal time (karenstid) in days"),
)
DOSE = Record(
    Dose,
    Field(0, "amount_thousandths", Integer(1, 100_000_000), "half a tablet is 500"),
    Field(1, "unit", Text(20), "for example tablett"),
    Field(2, "times", Integer(1, 96)),
    Field(3, "period_days", Integer(2, 365), "when other than every day"),
)
ITEM = Record(
    Item,
    Field(0, "npl_pack_id", Digits(14, identifiers.npl_pack_id_fault, "20010131100018")),
    Field(1, "npl_id", Digits(14, identifiers.npl_id_fault, "20010131000015")),
    Field(2, "varunummer", Digits(6, identifiers.varunummer_fault, "012345")),
    Field(3, "atc", Text(8, identifiers.atc_fault, "N02BE01"), "ATC, or ATCvet with a leading Q"),
    Field(4, "unlisted", Enumeration(Unlisted), "a product without a code: by text only"),
    Field(5, "control_class", Enumeration(ControlClass, ControlClass.NONE)),
    Field(6, "name", Text(100)),
    Field(7, "form", Text(60)),
    Field(8, "strength", Text(40)),
    Field(9, "pack", Text(60)),
    Field(10, "packages", Integer(1, 999), "packages per dispensing"),
    Field(11, "dispensings", Integer(1, 99), "how many times it may be dispensed (uttag)"),
    Field(12, "interval_days", Integer(1, 365), "earliest time between dispensings"),
    Field(13, "dosage", Text(250), "as the patient will read it"),
    Field(14, "dose", DOSE),
    Field(15, "purpose", Text(120), "treatment purpose (ändamål) for the patient"),
    Field(16, "reason", Text(18, identifiers.snomed_fault, "38341003"), "SNOMED CT code"),
    Field(17, "benefit", Boolean(), "with benefit (förmån): an active choice"),
    Field(18, "benefit_conditions", Boolean(), "conditions for restricted benefit are met; stated when benefit is true"),
    Field(19, "substitution", SubstitutionType()),
    Field(20, "first_pack", Flag(), "start package"),
    Field(21, "dose_dispensing", Flag()),
    Field(22, "infection_act", Flag(), "free of charge under the Communicable Diseases Act (smittskydd)"),
    Field(23, "max_dose_exceeded", Flag(), "the prescriber knows that the maximum dose is exceeded"),
)
CONTENT = Record(
    Content,
    Field(0, "kind", Enumeration(PrescriptionKind)),
    Field(1, "reason", Enumeration(FormatReason), "why not an ordinary e-prescription; only for kind prescription"),
    Field(2, "patient", PATIENT),
    Field(3, "animal", ANIMAL),
    Field(4, "telephone", Flag(), "taken by telephone: valid at most 14 days"),
    Field(5, "items", Array(ITEM, 1, MAX_ITEMS)),
)
#: The claims of a `dpr-prescription`: registered claims (RFC 8392) and the content under dpr's private one.
PRESCRIPTION = Record(
    Prescription,
    Field(3, "audience", gln, "GLN of the addressed pharmacy"),
    Field(4, "expires_at", instant),
    Field(6, "authored_at", instant),
    Field(7, "id", Fixed(16)),
    Field(-65537, "content", CONTENT),
)
