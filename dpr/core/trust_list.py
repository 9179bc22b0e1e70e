"""What the authority's trust list says: the issuers, with their keys, roles and scopes, until the next update.

Rules: an issuer vouches only for what its role and scope name; an empty scope vouches for nothing. Past `next_update` a list
is stale, not void: how stale it may be is the site's policy, never a cliff. Test and production never mix. What a later
version adds switches nobody off: an issuer that is not understood is left out, the others stand.

Example: `CONTENT.from_cbor(claims[-65537]).issuers`
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from dpr.core import identifiers
from dpr.core.credential import PHARMACISTS, Holder, Profession, Role
from dpr.core.fields import Array, Enumeration, Field, Integer, Record, Text, Understood, instant
from dpr.core.key_field import KeyType
from dpr.core.keys import PublicKey
from dpr.core.prescription import PrescriptionKind, gln


class Environment(IntEnum):
    """Where a list may be used."""

    TEST = 0
    PRODUCTION = 1


class IssuerRole(IntEnum):
    """What kind of organisation an issuer is."""

    CARE_PROVIDER = 0
    PHARMACY_COMPANY = 1
    VETERINARY = 2
    RELAY_OPERATOR = 3
    REGISTER = 4


#: Whom an issuer of a role may vouch for at all.
HOLDERS_OF_ROLE = {
    IssuerRole.CARE_PROVIDER: frozenset((Role.PRESCRIBER, Role.NODE)),
    IssuerRole.PHARMACY_COMPANY: frozenset((Role.PHARMACIST, Role.PHARMACY, Role.NODE)),
    IssuerRole.VETERINARY: frozenset((Role.PRESCRIBER, Role.NODE)),
    IssuerRole.RELAY_OPERATOR: frozenset((Role.RELAY, Role.NODE)),
    IssuerRole.REGISTER: frozenset((Role.REGISTER,)),
}
#: The professions that an issuer's role allows in its scope.
PROFESSIONS_OF_ROLE: dict[IssuerRole, frozenset[Profession]] = {
    IssuerRole.CARE_PROVIDER: frozenset(Profession) - PHARMACISTS - {Profession.VT},
    IssuerRole.PHARMACY_COMPANY: PHARMACISTS,
    IssuerRole.VETERINARY: frozenset({Profession.VT}),
    IssuerRole.RELAY_OPERATOR: frozenset(),
    IssuerRole.REGISTER: frozenset(),
}


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """One issuer. `id` is the `iss` of its credentials; `glns` are the pharmacies it may vouch for, `organisations` the
    organisations whose HSA-ids its prescribers' workplaces may have; the times are instants in seconds, the latter
    exclusive."""

    id: str
    name: str
    role: IssuerRole
    keys: tuple[PublicKey, ...]
    professions: tuple[Profession, ...] = ()
    kinds: tuple[PrescriptionKind, ...] = ()
    glns: tuple[str, ...] = ()
    valid_from: int
    valid_until: int
    organisations: tuple[str, ...] = ()

    def scope_fault(self, holder: Holder) -> str | None:
        """The code of why this issuer may not vouch for `holder`, or None."""
        if holder.role not in HOLDERS_OF_ROLE[self.role]:
            return "scope_role"
        if holder.profession is not None:
            if holder.profession not in PROFESSIONS_OF_ROLE[self.role]:
                return "scope_role"
            if holder.profession not in self.professions:
                return "scope_profession"
        if holder.gln is not None and holder.gln not in self.glns:
            return "scope_gln"
        hsa_id = holder.workplace.hsa_id if holder.workplace else None
        if hsa_id is not None and hsa_id.partition("-")[0] not in self.organisations:
            return "scope_organisation"
        return None


class TrustListContent(msgspec.Struct, frozen=True, kw_only=True):
    """The map under claim -65537. `version` only grows; `next_update`: instant in seconds."""

    version: int
    environment: Environment
    next_update: int
    issuers: tuple[Issuer, ...]


class TrustList(msgspec.Struct, frozen=True, kw_only=True):
    """A trust list's claims. `issued_at`: instant in seconds."""

    authority: str
    issued_at: int
    content: TrustListContent


ISSUER = Record(
    Issuer,
    Field(0, "id", Text(64)),
    Field(1, "name", Text(100)),
    Field(2, "role", Enumeration(IssuerRole, later=True)),
    Field(3, "keys", Understood(KeyType(), 1, 8, later="key_unsupported", at_least_one=True)),
    Field(4, "professions", Understood(Enumeration(Profession, later=True), 1, 16)),
    Field(5, "kinds", Understood(Enumeration(PrescriptionKind, later=True), 1, 16)),
    Field(6, "glns", Array(gln, 1, 5000)),
    Field(7, "valid_from", instant),
    Field(8, "valid_until", instant),
    Field(9, "organisations", Array(Text(12, identifiers.organisation_fault, "SE2321000016"), 1, 500)),
    extensible=True,
)
CONTENT = Record(
    TrustListContent,
    Field(0, "version", Integer(1, 2**40)),
    Field(1, "environment", Enumeration(Environment)),
    Field(2, "next_update", instant),
    Field(3, "issuers", Understood(ISSUER, 1, 20_000)),
    extensible=True,
)
#: The claims of a `dpr-trust-list`.
TRUST_LIST = Record(
    TrustList,
    Field(1, "authority", Text(64)),
    Field(6, "issued_at", instant),
    Field(-65537, "content", CONTENT),
)
