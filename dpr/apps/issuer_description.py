"""How an issuer begins: the issuer.json that the authority admits, from what an operator typed.

Rules: it has the whole scope that the role allows; the authority may narrow it. What is typed is read as the trust list's own
table reads it, every fault at once.

Example: `Description.of(id="SE2321000016-T001", name="Region", role="care_provider").written(signer)`
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from dpr.apps.issuer_proofs import MEMBER, proof
from dpr.apps.typed import read_as
from dpr.core.errors import InputError, Problem
from dpr.core.prescription import PrescriptionKind
from dpr.core.trust_list import ISSUER, PROFESSIONS_OF_ROLE, Issuer, IssuerRole
from dpr.ports import Signer

_KINDS_OF_ROLE = {
    IssuerRole.CARE_PROVIDER: (PrescriptionKind.PRESCRIPTION, PrescriptionKind.CONSUMABLES, PrescriptionKind.FOOD),
    IssuerRole.VETERINARY: (PrescriptionKind.ANIMAL,),
}


class Description(NamedTuple):
    """What an issuer is, but for its key and how long it is in force."""

    id: str
    name: str
    role: IssuerRole
    glns: tuple[str, ...]
    organisations: tuple[str, ...]

    @classmethod
    def of(cls, *, id: str, name: str, role: str, glns: Sequence[str] = (), organisations: Sequence[str] = ()) -> Description:
        """From what was typed. InputError `setup_invalid` with every problem, named by its option."""
        problems: list[Problem] = []
        roles = {member.name.lower(): member for member in IssuerRole}
        if role not in roles:
            problems.append(Problem("--role", "field_value_unknown", repr(role[:30]), "one of " + ", ".join(roles)))
        read_as(ISSUER, "id", id, "--id", problems)
        read_as(ISSUER, "name", name, "--name", problems)
        if glns:
            read_as(ISSUER, "glns", list(glns), "--gln", problems)
        if organisations:
            read_as(ISSUER, "organisations", list(organisations), "--organisation", problems)
        if problems:
            raise InputError("setup_invalid", tuple(problems))
        return cls(id, name, roles[role], tuple(glns), tuple(organisations))

    def written(self, signer: Signer) -> bytes:
        """issuer.json, without how long it is in force: that the authority says."""
        issuer = Issuer(
            **self._asdict(),
            keys=(signer.key,),
            professions=tuple(sorted(PROFESSIONS_OF_ROLE[self.role])),
            kinds=_KINDS_OF_ROLE.get(self.role, ()),
            valid_from=0,
            valid_until=0,
        )
        members = ISSUER.to_json(issuer)
        del members["valid_from"], members["valid_until"]
        members[MEMBER] = [proof(signer, self.id)]
        return (json.dumps(members, indent=2, ensure_ascii=False) + "\n").encode()


def status_uri(id: str) -> str:
    """The name of an issuer's status list, as `dpr issuer publish` makes it."""
    return f"urn:dpr:status:{id}"
