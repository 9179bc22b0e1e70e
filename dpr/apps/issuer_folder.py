"""An issuer's folder: issuer.json, key.pem (or a key elsewhere), credentials.db, published/ (for a web server or a stick).

Rules: nobody is vouched for whom a pharmacy would refuse, nor without proof of possession of the key. A key that was stolen is
never vouched for again. An index is on the disk before the credential that has it leaves: a crash wastes one, never shares
one. The same key and holder again are a renewal, under the same index.

Example: `IssuerFolder(folder).issue(request, holder, out, days=90, now=now)`
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from dpr.adapters import files
from dpr.adapters.key_files import KeyFile
from dpr.apps import key_requests
from dpr.apps.issuer_description import Description, status_uri
from dpr.apps.issuer_entries import Decision, Entries, Given, Validity
from dpr.apps.issuer_proofs import MEMBER
from dpr.apps.issuer_records import FILE, IssuerRecords
from dpr.apps.issuer_vouching import Wanted, hex_of, text_of, vouching_fault
from dpr.apps.signers import open_signer
from dpr.apps.typed import reference_faults, require_reference
from dpr.core import cbor, documents, drafts
from dpr.core import days as calendar
from dpr.core.credential import HOLDER, Credential, Holder, StatusReference, holder_faults
from dpr.core.errors import DocumentError, InputError, Problem, SetupError, StorageError
from dpr.core.keys import decode_key
from dpr.core.status import Status
from dpr.core.trust_list import ISSUER, Issuer
from dpr.ports import Signer

DAY = 86_400
#: A credential begins a little earlier, for pharmacies whose clock is behind.
_BEGINS_EARLIER_SECONDS = 3600
_LIMIT = 4_000_000


class IssuerFolder:
    """An issuer's folder; `key`: a key reference (dpr.apps.signers) in place of its key.pem."""

    def __init__(self, folder: Path, *, key: str | None = None) -> None:
        self.folder = folder
        self.records = IssuerRecords(folder)
        self._key = key

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        id: str,
        name: str,
        role: str,
        glns: Sequence[str] = (),
        organisations: Sequence[str] = (),
        signer: Signer | None = None,
        passphrase: bytes | None = None,
    ) -> IssuerFolder:
        """A new issuer with the whole scope that its role allows; the authority may narrow it in issuer.json. `signer`: a key
        that there is; else key.pem is made, encrypted where there is a passphrase.

        InputError `setup_invalid`, StorageError `key_file_exists`, `key_file_write`, `file_not_written`.
        """
        described = Description.of(id=id, name=name, role=role, glns=glns, organisations=organisations)
        cls.check_new(folder)
        folder.mkdir(parents=True, exist_ok=True)
        signer = signer or KeyFile.create(folder / "key.pem", passphrase=passphrase)
        made = cls(folder)
        made.records.create()
        files.replace(folder / "issuer.json", described.written(signer))
        return made

    @staticmethod
    def check_new(folder: Path) -> None:
        """StorageError `key_file_exists` where an issuer is there already."""
        for path in (folder / "key.pem", folder / "issuer.json", folder / FILE):
            if path.exists():
                raise StorageError("key_file_exists", str(path))

    @cached_property
    def issuer(self) -> Issuer:
        """The issuer as its issuer.json describes it, in force for ever: only the authority says for how long.
        InputError `issuer_invalid`, SetupError `file_missing`."""
        return described(self.folder / "issuer.json")

    @cached_property
    def signer(self) -> Signer:
        """The issuer's key. SetupError `issuer_key_differs` where issuer.json does not have it, and as `open_signer`."""
        signer = open_signer(self._key) if self._key else open_signer("key.pem", where=self.folder)
        if signer.key not in self.issuer.keys:
            raise SetupError("issuer_key_differs", signer.key.kid.hex())
        return signer

    @property
    def uri(self) -> str:
        """The name of this issuer's status list."""
        return status_uri(self.issuer.id)

    @property
    def published(self) -> Path:
        """The folder that is published."""
        return self.folder / "published"

    def faults(self, holder: Holder) -> list[str]:
        """Codes of why this issuer may not vouch for `holder` at all."""
        scope = self.issuer.scope_fault(holder)
        return [*holder_faults(holder), *([scope] if scope else [])]

    def issue(self, request: Path, holder: Path, out: Path, *, days: int, again: str = "", now: datetime) -> Credential:
        """A credential for the key of `request`, which proves possession, and the holder described in JSON. `again`: where it
        was decided that a key which was revoked may count again, such as a case number.

        InputError `holder_invalid`, `setup_invalid`; SetupError `key_request_invalid`, `key_revoked`,
        `credential_is_suspended`, `key_compromised`, `key_of_another`.
        """
        problems: list[Problem] = []
        described = HOLDER.from_json(drafts.parse(files.read(holder, limit=_LIMIT)), "$", problems)
        if described is None:
            raise InputError("holder_invalid", tuple(problems))
        if codes := self.faults(described):
            expected = "what the role needs, within the scope of issuer.json"
            raise InputError("holder_invalid", tuple(Problem("$", code, "not valid", expected) for code in codes))
        require_reference("--again", again)
        wanted = Wanted(key_requests.read(request), described, out.name.removesuffix(".cbor"))
        signer, at = self.signer, int(now.timestamp())
        with self.records.changing() as entries:
            if code := vouching_fault(entries, wanted, again=bool(again)):
                raise SetupError(code, wanted.id)
            decided = again and vouching_fault(entries, wanted)
            given = self.vouch(entries, wanted, validity(days, at), at)
            if decided:
                entries.decide(given.index, Decision(at, Status.VALID, again))
            credential = self.credential(given)
            signed = documents.sign(documents.CREDENTIAL_KIND, credential, signer)
        files.replace(out, signed)
        with self.records.changing() as entries:
            entries.delivered([given.index])
        return credential

    def vouch(self, entries: Entries, wanted: Wanted, validity: Validity, at: int) -> Given:
        """The entry of whom nothing speaks against (`vouching_fault`): a new one, or the old one renewed."""
        id, key, holder = wanted.id, hex_of(wanted.key), text_of(wanted.holder)
        held = entries.of_holder(id, key, holder)
        if held is not None:
            return entries.renew(held, validity, at)
        index = entries.free_index(entries.size())
        given = Given(
            index=index,
            id=id,
            key=key,
            holder=holder,
            name=entries.free_name(wanted.name, id, index),
            valid_from=validity.valid_from,
            valid_until=validity.valid_until,
            planned_outage=validity.planned_outage,
        )
        entries.add(given, at)
        return given

    def credential(self, given: Given) -> Credential:
        """The credential of an entry. SetupError `issuer_records_invalid`."""
        problems: list[Problem] = []
        try:
            key = decode_key(cbor.decode(bytes.fromhex(given.key)))
        except (ValueError, DocumentError):
            raise SetupError("issuer_records_invalid", f"index {given.index}") from None
        described = HOLDER.from_json(given.members, "$", problems)
        if described is None:
            raise SetupError("issuer_records_invalid", f"index {given.index}")
        return Credential(
            issuer=self.issuer.id,
            valid_from=given.valid_from,
            valid_until=given.valid_until,
            key=key,
            status=StatusReference(idx=given.index, uri=self.uri),
            holder=described,
        )


def described(path: Path) -> Issuer:
    """The issuer of an issuer.json, in force for ever. InputError `issuer_invalid`, SetupError `file_missing`."""
    written = drafts.parse(files.read(path, limit=_LIMIT))
    written.pop(MEMBER, None)
    written |= {"valid_from": calendar.EARLIEST, "valid_until": calendar.LATEST}
    problems: list[Problem] = []
    issuer = ISSUER.from_json(written, "$", problems)
    if issuer is None:
        raise InputError("issuer_invalid", tuple(problems))
    return issuer


def validity(days: int, at: int) -> Validity:
    """`days` from the instant `at`, and from a little earlier."""
    return Validity(at - _BEGINS_EARLIER_SECONDS, at - _BEGINS_EARLIER_SECONDS + days * DAY)


def validity_until(day: date, planned_outage: str, at: int, *, max_days: int) -> Validity:
    """Until the end of `day`, for a planned outage. InputError `setup_invalid` beyond `max_days` from the instant `at`."""
    problems, last = list[Problem](), calendar.day_of(at + max_days * DAY)
    if not calendar.day_of(at) < day <= last:
        expected = f"a day after today, at most {max_days} days ahead: {last}"
        problems.append(Problem("--until", "number_out_of_range", str(day), expected))
    problems.extend(reference_faults("--planned-outage", planned_outage, least=1))
    if problems:
        raise InputError("setup_invalid", tuple(problems))
    return Validity(at - _BEGINS_EARLIER_SECONDS, calendar.end_of(day), planned_outage)
