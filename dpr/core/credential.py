"""What a credential says: this key (`cnf`, RFC 8747) is this prescriber, pharmacist, pharmacy, relay, register or node.

Rules: it says so until an instant. A credential is short, since it travels in every document: what an issuer says of all
its people is in the trust list, not here. A prescription repeats nothing of it. The status reference is the IETF Token
Status List's (claim 65535).

Example: `CREDENTIAL.from_cbor(claims).holder.prescriber_code`
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from dpr.core import identifiers
from dpr.core.fields import Digits, Enumeration, Field, Integer, Record, Text, Wrapped, instant
from dpr.core.key_field import KeyType
from dpr.core.keys import PublicKey
from dpr.core.prescription import gln


class Role(IntEnum):
    """Whose key it is."""

    PRESCRIBER = 0
    PHARMACIST = 1
    PHARMACY = 2
    RELAY = 3
    REGISTER = 4
    NODE = 5


class Profession(IntEnum):
    """Who may prescribe or dispense; the names are the codes of the profession-code value set (VT: veterinarian)."""

    LK = 0
    TL = 1
    BM = 2
    SJ = 3
    TH = 4
    OP = 5
    VT = 6
    AP = 7
    RC = 8

    @property
    def sv(self) -> str:
        """The profession in Swedish."""
        return _PROFESSION_WORDS[self][0]

    @property
    def en(self) -> str:
        """The profession in English."""
        return _PROFESSION_WORDS[self][1]


_PROFESSION_WORDS = {
    Profession.LK: ("läkare", "physician"),
    Profession.TL: ("tandläkare", "dentist"),
    Profession.BM: ("barnmorska", "midwife"),
    Profession.SJ: ("sjuksköterska", "nurse"),
    Profession.TH: ("tandhygienist", "dental hygienist"),
    Profession.OP: ("optiker", "optician"),
    Profession.VT: ("veterinär", "veterinarian"),
    Profession.AP: ("apotekare", "pharmacist"),
    Profession.RC: ("receptarie", "dispensing pharmacist"),
}
#: Professions that dispense; all others prescribe.
PHARMACISTS = frozenset((Profession.AP, Profession.RC))
_PROFESSIONS_OF_ROLE: dict[Role, frozenset[Profession | None]] = {
    Role.PRESCRIBER: frozenset(Profession) - PHARMACISTS,
    Role.PHARMACIST: frozenset(PHARMACISTS),
    Role.PHARMACY: frozenset((None,)),
    Role.RELAY: frozenset((None,)),
    Role.REGISTER: frozenset((None,)),
    Role.NODE: frozenset((None,)),
}


class Workplace(msgspec.Struct, frozen=True, kw_only=True):
    """Where the prescriber works. `code`: 13 digits; needed for benefit and smittskydd."""

    name: str
    place: str
    code: str | None = None
    hsa_id: str | None = None


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds the key: the map under claim -65537 of a credential."""

    role: Role
    name: str
    prescriber_code: str | None = None
    profession: Profession | None = None
    specialist: str | None = None
    phone: str | None = None
    workplace: Workplace | None = None
    gln: str | None = None


class StatusReference(msgspec.Struct, frozen=True, kw_only=True):
    """Where the status stands: entry `idx` of the status list whose `sub` is `uri`."""

    idx: int
    uri: str


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A credential's claims. `valid_from`, `valid_until`: instants in seconds, the latter exclusive."""

    issuer: str
    valid_from: int
    valid_until: int
    key: PublicKey
    status: StatusReference
    holder: Holder

    @property
    def id(self) -> str:
        """What logs and records name the holder by: the key's thumbprint prefix, in hexadecimal."""
        return self.key.thumbprint[:8].hex()


WORKPLACE = Record(
    Workplace,
    Field(0, "name", Text(80)),
    Field(1, "place", Text(40)),
    Field(2, "code", Digits(13, identifiers.workplace_code_fault, "1234567890123"), "workplace code, 13 digits"),
    Field(3, "hsa_id", Text(33, identifiers.hsa_id_fault, "SE2321000016-A1B2")),
)
HOLDER = Record(
    Holder,
    Field(0, "role", Enumeration(Role)),
    Field(1, "name", Text(80), "of the person, pharmacy, relay, register or node"),
    Field(2, "prescriber_code", Digits(7, identifiers.prescriber_code_fault, "1234567"), "förskrivarkod, 7 digits"),
    Field(3, "profession", Enumeration(Profession)),
    Field(4, "specialist", Text(60)),
    Field(5, "phone", Text(20, identifiers.phone_fault, "08-123 456 78")),
    Field(6, "workplace", WORKPLACE),
    Field(7, "gln", gln, "of the pharmacy, for role pharmacy"),
)
STATUS_REFERENCE = Record(
    StatusReference,
    Field("idx", "idx", Integer(0, 2**31 - 1)),
    Field("uri", "uri", Text(200)),
)
CREDENTIAL = Record(
    Credential,
    Field(1, "issuer", Text(64)),
    Field(4, "valid_until", instant),
    Field(5, "valid_from", instant),
    Field(8, "key", Wrapped(1, KeyType())),
    Field(65535, "status", Wrapped("status_list", STATUS_REFERENCE)),
    Field(-65537, "holder", HOLDER),
)


def holder_faults(holder: Holder) -> tuple[str, ...]:
    """Codes of what a role needs and lacks, or has and must not."""
    faults = []
    if holder.profession not in _PROFESSIONS_OF_ROLE[holder.role]:
        faults.append("holder_profession")
    if (holder.role is Role.PRESCRIBER) != (holder.workplace is not None):
        faults.append("holder_workplace")
    needs_code = holder.role is Role.PRESCRIBER and holder.profession is not Profession.VT
    if needs_code and holder.prescriber_code is None:
        faults.append("holder_prescriber_code")
    if (holder.role is Role.PHARMACY) != (holder.gln is not None):
        faults.append("holder_gln")
    if holder.role is Role.PRESCRIBER and holder.phone is None:
        faults.append("holder_phone")
    return tuple(faults)
