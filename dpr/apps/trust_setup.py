"""Setting up trust on one machine: an authority's and an issuer's folders (what a site holds of it: dpr.apps.site_trust).

Rules: a list is signed from what the folder says and written atomically; versions only grow; an index in a status list is given
out once. Ceremonies over several machines, bulk issuing and renewal build on the same documents.

Example: `Authority.create(folder, name="se-test", environment="test", keys=1, threshold=1)`
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from dpr.adapters import files, trust_files
from dpr.adapters.key_files import KeyFile
from dpr.apps.compose import read_credential
from dpr.apps.issuer_records import Given, IssuerRecords
from dpr.apps.typed import read_as
from dpr.core import days as calendar
from dpr.core import documents, drafts, key_request
from dpr.core.credential import HOLDER, Credential, StatusReference, holder_faults
from dpr.core.errors import DocumentError, DprError, InputError, Problem, SetupError
from dpr.core.keys import PublicKey
from dpr.core.prescription import PrescriptionKind
from dpr.core.status import Entries, Status, StatusList
from dpr.core.trust import Anchor
from dpr.core.trust_list import (
    ISSUER,
    PROFESSIONS_OF_ROLE,
    TRUST_LIST,
    Environment,
    Issuer,
    IssuerRole,
    TrustList,
    TrustListContent,
)

_DAY = 86_400
_LIMIT = 4_000_000
#: Lists published at once are dated a second apart; one that is dated later than this belongs to a clock that was wrong.
_AT_ONCE_SECONDS = 60
#: A status list begins with this many entries, so that its size tells nothing about how many credentials there are.
_STATUS_ENTRIES = 8192
_KINDS_OF_ROLE = {
    IssuerRole.CARE_PROVIDER: (PrescriptionKind.PRESCRIPTION, PrescriptionKind.CONSUMABLES, PrescriptionKind.FOOD),
    IssuerRole.PHARMACY_COMPANY: (),
    IssuerRole.VETERINARY: (PrescriptionKind.ANIMAL,),
}


def _write(path: Path, written: Any) -> None:
    files.replace(path, (json.dumps(written, indent=2, ensure_ascii=False) + "\n").encode())


def _choose(name: str, option: str, choices: Sequence[str]) -> None:
    if name not in choices:
        problem = Problem(option, "field_value_unknown", repr(name[:30]), "one of " + ", ".join(choices))
        raise InputError("setup_invalid", (problem,))


class Authority:
    """The authority's folder: anchor.json, keys/, issuers/*.json, trust-list.cbor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def create(cls, folder: Path, *, name: str, environment: str, keys: int, threshold: int) -> Authority:
        """A new authority with `keys` keys of which `threshold` must sign. StorageError `key_file_exists`, InputError."""
        _choose(environment, "--environment", ("test", "production"))
        problems: list[Problem] = []
        read_as(TRUST_LIST, "authority", name, "--name", problems)
        if threshold > keys:
            problems.append(Problem("--threshold", "setup_invalid", str(threshold), f"at most {keys}, the number of keys"))
        if problems:
            raise InputError("setup_invalid", tuple(problems))
        (folder / "keys").mkdir(parents=True, exist_ok=True)
        made = [KeyFile.create(folder / "keys" / f"authority-{n}.pem") for n in range(1, keys + 1)]
        anchor = Anchor(
            authority=name,
            environment=Environment[environment.upper()],
            threshold=threshold,
            keys=tuple(signer.key for signer in made),
        )
        files.replace(folder / "anchor.json", trust_files.write_anchor(anchor))
        return cls(folder)

    def anchor(self) -> Anchor:
        """The anchor of this authority."""
        return trust_files.TrustFiles(self.folder).anchor()

    def add_issuer(self, description: Path, *, days: int, now: datetime) -> Issuer:
        """Admits the issuer of an issuer.json for `days` from `now`."""
        written = drafts.parse(files.read(description, limit=_LIMIT))
        begins = int(now.timestamp()) - 3600
        written |= {"valid_from": begins, "valid_until": begins + days * _DAY}
        problems: list[Problem] = []
        issuer = ISSUER.from_json(written, "$", problems)
        if issuer is None:
            raise InputError("issuer_invalid", tuple(problems))
        _write(self.folder / "issuers" / f"{documents.name_of(issuer.id)}.json", ISSUER.to_json(issuer))
        return issuer

    def issuers(self) -> tuple[Issuer, ...]:
        """Every issuer that is admitted."""
        found = []
        for path in sorted((self.folder / "issuers").glob("*.json")):
            problems: list[Problem] = []
            issuer = ISSUER.from_json(drafts.parse(files.read(path, limit=_LIMIT)), path.name, problems)
            if issuer is None:
                raise InputError("issuer_invalid", tuple(problems))
            found.append(issuer)
        return tuple(found)

    def publish(self, *, next_update_days: int, now: datetime) -> TrustList:
        """Signs the next version with every key in the folder and writes trust-list.cbor."""
        issuers, anchor = self.issuers(), self.anchor()
        if not issuers:
            raise SetupError("no_issuers", str(self.folder / "issuers"))
        path = self.folder / "trust-list.cbor"
        version = 1
        if path.exists():
            version = documents.open_trust_list(files.read(path, limit=_LIMIT), anchor).content.version + 1
        issued_at = int(now.timestamp())
        value = TrustList(
            authority=anchor.authority,
            issued_at=issued_at,
            content=TrustListContent(
                version=version,
                environment=anchor.environment,
                next_update=issued_at + next_update_days * _DAY,
                issuers=issuers,
            ),
        )
        signers = [KeyFile.load(key) for key in sorted((self.folder / "keys").glob("*.pem"))]
        signed = documents.sign_trust_list(value, signers)
        documents.open_trust_list(signed, anchor)  # what the sites would refuse is not published
        files.replace(path, signed)
        return value


class IssuerFolder:
    """An issuer's folder: issuer.json, key.pem, credentials.json (index, id, status), status.cbor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._records = IssuerRecords(folder)

    @classmethod
    def create(cls, folder: Path, *, id: str, name: str, role: str, glns: Sequence[str]) -> IssuerFolder:
        """A new issuer with the whole scope that its role allows; the authority may narrow it in issuer.json."""
        _choose(role, "--role", [member.name.lower() for member in IssuerRole])
        problems: list[Problem] = []
        read_as(ISSUER, "id", id, "--id", problems)
        read_as(ISSUER, "name", name, "--name", problems)
        if glns:
            read_as(ISSUER, "glns", list(glns), "--gln", problems)
        if problems:
            raise InputError("setup_invalid", tuple(problems))
        kind = IssuerRole[role.upper()]
        folder.mkdir(parents=True, exist_ok=True)
        issuer = Issuer(
            id=id,
            name=name,
            role=kind,
            keys=(KeyFile.create(folder / "key.pem").key,),
            professions=tuple(sorted(PROFESSIONS_OF_ROLE[kind])),
            kinds=_KINDS_OF_ROLE[kind],
            glns=tuple(glns),
            valid_from=0,
            valid_until=0,
        )
        written = ISSUER.to_json(issuer)
        del written["valid_from"], written["valid_until"]
        _write(folder / "issuer.json", written)
        return cls(folder)

    def issuer(self) -> Issuer:
        """The issuer as its issuer.json describes it, in force for ever: only the authority says for how long.
        InputError `issuer_invalid`, SetupError `file_missing`."""
        written = drafts.parse(files.read(self.folder / "issuer.json", limit=_LIMIT))
        written |= {"valid_from": calendar.EARLIEST, "valid_until": calendar.LATEST}
        problems: list[Problem] = []
        issuer = ISSUER.from_json(written, "$", problems)
        if issuer is None:
            raise InputError("issuer_invalid", tuple(problems))
        return issuer

    def issue(self, request: Path, holder: Path, out: Path, *, days: int, now: datetime) -> Credential:
        """A credential for the key of `request`, which proves possession, and the holder described in JSON."""
        problems: list[Problem] = []
        described = HOLDER.from_json(drafts.parse(files.read(holder, limit=_LIMIT)), "$", problems)
        if described is None:
            raise InputError("holder_invalid", tuple(problems))
        issuer, signer = self.issuer(), KeyFile.load(self.folder / "key.pem")
        faults = [*holder_faults(described), *filter(None, [issuer.scope_fault(described)])]
        if faults:
            expected = "what the role needs, within the scope of issuer.json"
            raise InputError("holder_invalid", tuple(Problem("$", code, "not valid", expected) for code in faults))
        key = _requested_key(request)
        begins = int(now.timestamp()) - 3600
        with self._records.alone() as given:
            credential = Credential(
                issuer=issuer.id,
                valid_from=begins,
                valid_until=begins + days * _DAY,
                key=key,
                status=StatusReference(idx=len(given), uri=f"urn:dpr:status:{issuer.id}"),
                holder=described,
            )
            signed = documents.sign(documents.CREDENTIAL_KIND, credential, signer)
            # The index is given out before the credential leaves: a crash here wastes an index, never shares one.
            self._records.keep([*given, Given(index=len(given), id=credential.id)])
        files.replace(out, signed)
        return credential

    def set_status(self, credential: Path, *, suspend: bool, lift: bool) -> Status:
        """Revokes, suspends or lifts the suspension of a credential; revoked is for good."""
        payload = documents.split(read_credential(credential))[1]
        wanted = documents.read_claims(documents.CREDENTIAL_KIND, payload)
        with self._records.alone() as given:
            index = wanted.status.idx
            if wanted.issuer != self.issuer().id or index >= len(given) or given[index].id != wanted.id:
                raise SetupError("credential_not_ours", wanted.id)
            if given[index].status == "revoked" and (suspend or lift):
                raise SetupError("credential_is_revoked", wanted.id)
            given[index].status = "valid" if lift else "suspended" if suspend else "revoked"
            self._records.keep(given)
            return Status[given[index].status.upper()]

    def publish(self, *, now: datetime) -> Path:
        """Signs the status list, newer than the one before it; returns its path."""
        path, id, signer = self.folder / "status.cbor", self.issuer().id, KeyFile.load(self.folder / "key.pem")
        with self._records.alone() as given:
            entries = {one.index: Status[one.status.upper()] for one in given if one.status != "valid"}
            value = StatusList(
                uri=f"urn:dpr:status:{id}",
                issued_at=_after(path, int(now.timestamp())),
                entries=Entries.build(entries, size=max(_STATUS_ENTRIES, len(given)), bits=2),
            )
            files.replace(path, documents.sign(documents.STATUS_LIST, value, signer))
        return path


def _after(path: Path, now: int) -> int:
    """`now`, or the second after the list in `path` where that is from this very moment: a site takes only what is newer."""
    try:
        payload = documents.split(files.read(path, limit=_LIMIT))[1]
        held = documents.read_claims(documents.STATUS_LIST, payload).issued_at
    except DprError:
        return now
    return held + 1 if now <= held < now + _AT_ONCE_SECONDS else now


def _requested_key(path: Path) -> PublicKey:
    try:
        return key_request.read(files.read(path, limit=10_000))
    except DocumentError as error:
        raise SetupError("key_request_invalid", f"{path}: {error.code}") from None
