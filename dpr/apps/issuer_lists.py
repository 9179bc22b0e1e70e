"""What an issuer publishes as static files: its status list and its revocations, under the names that a snapshot uses.

Rules: a list is newer than the one before it, also within a second and after a clock that was set back a little; where the one
before is dated further ahead, one of the two clocks was wrong, and a person says which. What was published as revoked stays so,
also where the record was put back from an older copy (dpr.apps.issuer_held). A revocation that begins later is in the
revocations at once, and in the status list, whose bits have no time, from its instant on; until then a suspension stands. Once
a credential has ended so long ago that nothing it signed can be valid, its bit alone stays. Both lists are read back as a
pharmacy reads them before either takes the place of the one before.

Example: `publish(IssuerFolder(folder), bits=2, now=now).status`
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from dpr.adapters import files
from dpr.apps import issuer_held
from dpr.apps.issuer_entries import Entries, Given
from dpr.apps.issuer_folder import DAY, IssuerFolder
from dpr.core import days, documents
from dpr.core.errors import DprError, SetupError
from dpr.core.revocation import Reason, Revocation, RevocationContent, Revocations
from dpr.core.status import Entries as StatusEntries
from dpr.core.status import Status, StatusList
from dpr.ports import Signer

#: Pharmacies take a list that is dated so far ahead of their clock, and a little more (policy clock_skew_seconds).
_AHEAD_SECONDS = 240
#: As many as a reader takes (docs/format.md §17).
MAX_REVOCATIONS = 100_000
#: A prescription is valid for a year at most: what a credential signed that ended longer ago is refused for its age.
_DAYS_AFTER_END = 400
V = TypeVar("V", bound=msgspec.Struct)


class Notes(NamedTuple):
    """What somebody must hear of. `restored`: revoked or suspended as the lists before said, which the record had lost;
    `begins_later`: revoked from an instant to come, and in force until then; `decided_ahead`: by a clock that was ahead;
    `refused`: files that were published and that no key of this issuer has signed."""

    restored: list[Given]
    begins_later: list[Given]
    decided_ahead: list[Given]
    refused: list[Path]


class Published(NamedTuple):
    """The files written (`revocations` None where nothing is revoked), the instant they are dated, and what they say.
    `revoked_later`: from an instant that is still to come."""

    status: Path
    revocations: Path | None
    issued_at: int
    revoked: int
    revoked_later: int
    suspended: int
    notes: Notes

    @property
    def restored(self) -> int:
        """How many revocations and suspensions the record had lost."""
        return len(self.notes.restored)

    @property
    def paths(self) -> list[Path]:
        """The files written."""
        return [path for path in (self.revocations, self.status) if path is not None]


def publish(folder: IssuerFolder, *, bits: int = 2, clock_was_ahead: bool = False, now: datetime) -> Published:
    """Signs and writes both lists. `clock_was_ahead`: the lists before are dated wrongly, not this moment.

    SetupError `published_ahead`, `status_bits_suspended`, `revocations_too_many`, `issuer_list_refused`,
    `issuer_records_invalid`, `issuer_key_differs`.
    """
    at, (status_path, revocations_path) = int(now.timestamp()), issuer_held.paths(folder)
    signer = folder.signer  # whose passphrase is asked for before others have to wait
    with folder.records.changing() as entries:
        entries.check()
        held = issuer_held.read(folder)
        restored = issuer_held.restore(entries, held, at)
        latest = max([held.latest, *(entries.published_at(name) for name in issuer_held.NAMES)])
        issued_at = _instant(at, latest, clock_was_ahead=clock_was_ahead)
        revoked = list(entries.where("status = 1"))
        later = [one for one in revoked if _begins(one) > issued_at]
        statuses = _statuses(entries, later)
        suspended = sum(one is Status.SUSPENDED for one in statuses.values())
        if bits == 1 and suspended:
            raise SetupError("status_bits_suspended", f"{suspended}")
        built = StatusEntries.build(statuses, size=max(entries.size(), held.size), bits=bits)
        listed = StatusList(uri=folder.uri, issued_at=issued_at, entries=built)
        signed = {status_path: _signed(folder, signer, documents.STATUS_LIST, listed)}
        # The instants first: whoever has the bits alone takes a revocation for one since ever.
        if revoked:
            content = _content(revoked, entries.ended(issued_at - _DAYS_AFTER_END * DAY), issued_at)
            value = Revocations(uri=folder.uri, issued_at=issued_at, content=content)
            signed = {revocations_path: _signed(folder, signer, documents.REVOCATION, value)} | signed
        for path, document in signed.items():
            files.replace(path, document)
        for name in issuer_held.NAMES:
            entries.set_published(name, issued_at)
        ahead = entries.decided_after(at) if clock_was_ahead else []
    notes = Notes([*restored.revoked, *restored.suspended], later, ahead, held.refused)
    counts = len(revoked) - len(later), len(later), suspended
    return Published(status_path, revocations_path if revoked else None, issued_at, *counts, notes)


def _statuses(entries: Entries, later: list[Given]) -> dict[int, Status]:
    """What the bits say: of what is revoked from later on, whether it is suspended until then."""
    open_still, before = {one.index for one in later}, entries.suspended_before()
    marked = {one.index: one.status for one in entries.where("status != 0") if one.index not in open_still}
    return marked | dict.fromkeys(open_still & before, Status.SUSPENDED)


def _begins(one: Given) -> int:
    """From when what was decided counts."""
    return days.EARLIEST if one.revoked_from is None else one.revoked_from


def _content(revoked: list[Given], ended: set[int], issued_at: int) -> RevocationContent:
    """The instants that still matter, and one at least: a list is never empty. SetupError `revocations_too_many`."""
    kept = [one for one in revoked if one.index not in ended or _begins(one) > issued_at] or revoked[-1:]
    if len(kept) > MAX_REVOCATIONS:
        raise SetupError("revocations_too_many", f"{len(kept)}, at most {MAX_REVOCATIONS}")
    return RevocationContent(entries=tuple(_entry(one) for one in kept))


def _signed(folder: IssuerFolder, signer: Signer, kind: documents.Kind[V], value: V) -> bytes:
    """The document, which a reader that trusts this issuer has read back. SetupError `issuer_list_refused`."""
    document = documents.sign(kind, value, signer)
    try:
        documents.open(document, issuer_held.reader(folder), expected_kind=kind)
    except DprError as error:
        raise SetupError("issuer_list_refused", f"{kind.typ}: {error.code}") from None
    return document


def _entry(one: Given) -> Revocation:
    since = days.EARLIEST if one.revoked_from is None else one.revoked_from
    return Revocation(idx=one.index, revoked_from=since, reason=Reason.OTHER if one.reason is None else one.reason)


def _instant(at: int, latest: int, *, clock_was_ahead: bool) -> int:
    if latest < at:
        return at
    if latest - at < _AHEAD_SECONDS:
        return latest + 1
    if clock_was_ahead:
        return at
    raise SetupError("published_ahead", f"{days.at(latest):%Y-%m-%d %H:%M} UTC")
