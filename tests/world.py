"""One small deterministic world for every test and for the vectors: keys from labels, an authority, three issuers, people.

Example: `World().prescription_document()`
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dpr.adapters.key_files import KeyFile
from dpr.core import days, documents, drafts
from dpr.core.credential import Credential, Holder, Profession, Role, StatusReference, Workplace
from dpr.core.policy import Policy
from dpr.core.prescription import Prescription, PrescriptionKind
from dpr.core.revocation import Reason, Revocation, RevocationContent, Revocations
from dpr.core.root import Quorum, Root, RootContent
from dpr.core.snapshot import Snapshot, SnapshotContent
from dpr.core.status import Entries, Status, StatusList
from dpr.core.trust import Anchor, Trust
from dpr.core.trust_list import Environment, Issuer, IssuerRole, TrustList, TrustListContent

#: 2026-11-21T12:00:00Z
NOW = 1_795_262_400
DAY = 86_400
CARE, PHARMACIES, VETS = "SE2321000016-T001", "SE5560000001-T002", "SE5560000001-T003"
GLN = "7350000000009"
OTHER_GLN = "7350000000016"
_ORDER = int("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16)


@cache
def signer(label: str, algorithm: str = "ES256") -> KeyFile:
    """The key of a label: the same in every run. For tests only."""
    seed = hashlib.sha256(b"dpr test key " + label.encode()).digest()
    if algorithm == "EdDSA":
        return KeyFile(Ed25519PrivateKey.from_private_bytes(seed))
    return KeyFile(ec.derive_private_key(int.from_bytes(seed, "big") % (_ORDER - 1) + 1, ec.SECP256R1()))


def status_uri(issuer: str) -> str:
    return f"urn:dpr:status:{issuer}"


PHYSICIAN = Holder(
    role=Role.PRESCRIBER,
    name="Karin Sjöström",
    prescriber_code="9123456",
    profession=Profession.LK,
    phone="08-465 004 12",
    workplace=Workplace(name="Hälsocentralen Norrfjärden", place="Piteå", code="4100300200100"),
)
VETERINARIAN = Holder(
    role=Role.PRESCRIBER,
    name="Maja Lind",
    profession=Profession.VT,
    phone="08-465 004 13",
    workplace=Workplace(name="Djurkliniken Björken", place="Umeå"),
)
PHARMACIST = Holder(role=Role.PHARMACIST, name="Leila Haddad", profession=Profession.AP)
PHARMACY = Holder(role=Role.PHARMACY, name="Apoteket Lärkan", gln=GLN)

ONE_ITEM: dict[str, Any] = {
    "kind": "prescription",
    "reason": "technical_failure",
    "patient": {"personnummer": "191212121212", "name": "Tolvan Tolvansson"},
    "items": [
        {
            "npl_pack_id": "20040131100274",
            "npl_id": "20021231000418",
            "atc": "C09AA02",
            "name": "Enalapril Test",
            "form": "Tablett",
            "strength": "20 mg",
            "pack": "Blister, 98 tabletter",
            "packages": 1,
            "dispensings": 3,
            "interval_days": 80,
            "dosage": "1 tablett varje morgon",
            "purpose": "Sänker blodtrycket",
            "benefit": True,
            "benefit_conditions": True,
            "substitution": {"allowed": True},
        }
    ],
}


@dataclass
class World:
    """Everything that a prescription needs, changeable before use. `root` signs roots and trust lists, `online` snapshots."""

    now: int = NOW
    root: KeyFile = field(default_factory=lambda: signer("authority 1"))
    online: KeyFile = field(default_factory=lambda: signer("authority online"))
    care: KeyFile = field(default_factory=lambda: signer("care provider"))
    vets: KeyFile = field(default_factory=lambda: signer("veterinary"))
    pharmacies: KeyFile = field(default_factory=lambda: signer("pharmacy company"))
    prescriber: KeyFile = field(default_factory=lambda: signer("prescriber"))
    pharmacist: KeyFile = field(default_factory=lambda: signer("pharmacist"))
    pharmacy: KeyFile = field(default_factory=lambda: signer("pharmacy"))
    policy: Policy = field(default_factory=lambda: Policy(environment=Environment.TEST, gln=GLN))

    @property
    def anchor(self) -> Anchor:
        return self.root_value().anchor

    def root_value(self, **changes: Any) -> Root:
        """The authority's root; `changes` are of its content."""
        signed_by_root = Quorum(threshold=1, keys=(self.root.key,))
        content = {
            "version": 1,
            "environment": Environment.TEST,
            "root": signed_by_root,
            "lists": signed_by_root,
            "snapshot": Quorum(threshold=1, keys=(self.online.key,)),
        } | changes
        return Root(authority="se-test", issued_at=self.now - 300 * DAY, content=RootContent(**content))

    def root_document(self, *signers: KeyFile, **changes: Any) -> bytes:
        """A root, signed by `signers`, or where none is given by the authority's key."""
        return documents.sign_by_many(documents.ROOT, self.root_value(**changes), signers or (self.root,))

    def snapshot_value(self, minimums: dict[str, int] | None = None, **changes: Any) -> Snapshot:
        """A snapshot of half an hour ago; `changes` are of its content."""
        content = {
            "version": 1,
            "environment": Environment.TEST,
            "next_update": self.now + 2 * DAY,
            "minimums": minimums or {"root": 1, "trust-list": 1},
        } | changes
        return Snapshot(authority="se-test", issued_at=self.now - 1800, content=SnapshotContent(**content))

    def snapshot(self, minimums: dict[str, int] | None = None, **changes: Any) -> bytes:
        return documents.sign_by_many(documents.SNAPSHOT, self.snapshot_value(minimums, **changes), [self.online])

    def revocations(
        self, entries: dict[int, int], *, issuer: str = CARE, issued_at: int | None = None, reason: Reason = Reason.OTHER
    ) -> bytes:
        """An issuer's revocations: index in its status list → the instant from which it is revoked."""
        listed = [Revocation(idx=idx, revoked_from=since, reason=reason) for idx, since in sorted(entries.items())]
        value = Revocations(
            uri=status_uri(issuer),
            issued_at=self.now - 600 if issued_at is None else issued_at,
            content=RevocationContent(entries=tuple(listed)),
        )
        return documents.sign(documents.REVOCATION, value, self.issuer_key(issuer))

    def issuer_key(self, issuer: str) -> KeyFile:
        return {CARE: self.care, PHARMACIES: self.pharmacies, VETS: self.vets}[issuer]

    def issuers(self) -> tuple[Issuer, ...]:
        times = {"valid_from": self.now - 400 * DAY, "valid_until": self.now + 400 * DAY}
        return (
            Issuer(
                id=CARE,
                name="Region Test",
                role=IssuerRole.CARE_PROVIDER,
                keys=(self.care.key,),
                professions=(Profession.LK, Profession.TL, Profession.BM, Profession.SJ, Profession.TH, Profession.OP),
                kinds=(PrescriptionKind.PRESCRIPTION, PrescriptionKind.CONSUMABLES, PrescriptionKind.FOOD),
                organisations=("SE2321000016",),
                **times,
            ),
            Issuer(
                id=PHARMACIES,
                name="Apotekskedjan Test",
                role=IssuerRole.PHARMACY_COMPANY,
                keys=(self.pharmacies.key,),
                professions=(Profession.AP, Profession.RC),
                glns=(GLN,),
                **times,
            ),
            Issuer(
                id=VETS,
                name="Veterinärerna Test",
                role=IssuerRole.VETERINARY,
                keys=(self.vets.key,),
                professions=(Profession.VT,),
                kinds=(PrescriptionKind.ANIMAL,),
                **times,
            ),
        )

    def trust_list_value(self, **changes: Any) -> TrustList:
        content = {
            "version": 1,
            "environment": Environment.TEST,
            "next_update": self.now + 7 * DAY,
            "issuers": self.issuers(),
        } | changes
        return TrustList(authority="se-test", issued_at=self.now - 3600, content=TrustListContent(**content))

    def trust_list(self, **changes: Any) -> bytes:
        return documents.sign_by_many(documents.TRUST_LIST, self.trust_list_value(**changes), [self.root])

    def status_list(
        self, entries: dict[int, Status] | None = None, *, issuer: str = CARE, issued_at: int | None = None
    ) -> bytes:
        value = StatusList(
            uri=status_uri(issuer),
            issued_at=self.now - 600 if issued_at is None else issued_at,
            entries=Entries.build(entries or {}, size=1000, bits=2),
        )
        return documents.sign(documents.STATUS_LIST, value, self.issuer_key(issuer))

    def credential_value(
        self, holder: Holder = PHYSICIAN, key: KeyFile | None = None, idx: int = 7, **changes: Any
    ) -> Credential:
        issuer = {Role.PRESCRIBER: CARE}.get(holder.role, PHARMACIES)
        if holder.profession is Profession.VT:
            issuer = VETS
        fields = {
            "issuer": issuer,
            "valid_from": self.now - 30 * DAY,
            "valid_until": self.now + 60 * DAY,
            "key": (key or self.prescriber).key,
            "status": StatusReference(idx=idx, uri=status_uri(issuer)),
            "holder": holder,
        } | changes
        return Credential(**fields)

    def credential(self, holder: Holder = PHYSICIAN, key: KeyFile | None = None, idx: int = 7, **changes: Any) -> bytes:
        value = self.credential_value(holder, key, idx, **changes)
        return documents.sign(documents.CREDENTIAL_KIND, value, self.issuer_key(value.issuer))

    def pharmacist_credential(self) -> bytes:
        return self.credential(PHARMACIST, self.pharmacist, 1)

    def pharmacy_credential(self) -> bytes:
        return self.credential(PHARMACY, self.pharmacy, 2)

    def trust(self, *, status: dict[int, Status] | None = None, **changes: Any) -> Trust:
        return documents.open_trust(
            self.anchor,
            self.trust_list(**changes),
            status_lists=[self.status_list(status), self.status_list(issuer=PHARMACIES), self.status_list(issuer=VETS)],
        )

    def prescription(self, written: dict[str, Any] | None = None, *, authored_at: int | None = None) -> Prescription:
        at = self.now - 60 if authored_at is None else authored_at
        data = json.dumps(written or ONE_ITEM).encode()
        return drafts.read(data, id=hashlib.sha256(data).digest()[:16], authored_at=at)

    def prescription_document(self, value: Prescription | None = None, *, embedded: bool = True) -> bytes:
        """A signed prescription; with the prescriber's credential in it unless `embedded` is false."""
        credential = self.credential() if embedded else None
        return documents.sign(documents.PRESCRIPTION, value or self.prescription(), self.prescriber, credential=credential)


EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
__all__ = ["CARE", "DAY", "EXAMPLES", "GLN", "NOW", "ONE_ITEM", "PHARMACIES", "VETS", "World", "days", "signer"]
