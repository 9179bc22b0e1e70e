"""What an issuer has published so far, as far as it can be believed, and what its record has lost of that.

Rules: a published file counts only where it verifies with the issuer's own keys, for its own list: the folder is a web
server's, and whoever can write there must not be able to revoke anybody, move a date or make a list longer. A record that was
put back from an older copy gets back what was published: revocations for good, suspensions until they are lifted.

Example: `restore(entries, read(folder), at).revoked`
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from dpr.adapters import files
from dpr.apps.issuer_entries import MOST_ENTRIES, Decision, Entries, Given, graver
from dpr.apps.issuer_folder import IssuerFolder
from dpr.core import cbor, days, documents, snapshot
from dpr.core.errors import DprError
from dpr.core.revocation import Reason, Revocation, Revocations
from dpr.core.status import Entries as StatusEntries
from dpr.core.status import Status, StatusList
from dpr.core.trust import Trust
from dpr.core.trust_list import Environment, TrustList, TrustListContent

#: What the record calls the two lists.
NAMES = STATUS, REVOCATIONS = "status", "revocations"
RESTORED = "restored"
V = TypeVar("V", bound=msgspec.Struct)


class Held(NamedTuple):
    """The lists that are published and verify; `refused`: files that are there and count for nothing."""

    status: StatusList | None
    revocations: Revocations | None
    refused: list[Path]

    @property
    def latest(self) -> int:
        """When the newest of them is dated; 0 where there is none."""
        return max((one.issued_at for one in (self.status, self.revocations) if one is not None), default=0)

    @property
    def size(self) -> int:
        """How many entries the status list has."""
        return _size(self.status.entries) if self.status else 0


class Restored(NamedTuple):
    """What the record has back from the published lists."""

    revoked: list[Given]
    suspended: list[Given]


def paths(folder: IssuerFolder) -> tuple[Path, Path]:
    """The files of the status list and of the revocations."""
    id, uri = folder.issuer.id, folder.uri
    names = snapshot.status_name(id, uri), snapshot.revocations_name(id, uri)
    return folder.published / f"{names[0]}.cbor", folder.published / f"{names[1]}.cbor"


def reader(folder: IssuerFolder) -> Trust:
    """Who trusts this issuer alone, by the keys of its issuer.json."""
    content = TrustListContent(version=1, environment=Environment.TEST, next_update=days.LATEST, issuers=(folder.issuer,))
    return Trust(None, TrustList(authority="", issued_at=days.EARLIEST, content=content))


def read(folder: IssuerFolder) -> Held:
    """What is published of this issuer."""
    status_path, revocations_path = paths(folder)
    trust, refused = reader(folder), list[Path]()
    status = _open(status_path, documents.STATUS_LIST, folder.uri, trust)
    revocations = _open(revocations_path, documents.REVOCATION, folder.uri, trust)
    if status is not None and _size(status.entries) > MOST_ENTRIES:
        status = None
    if revocations is not None and revocations.content.entries[-1].idx >= MOST_ENTRIES:
        revocations = None
    for path, value in ((status_path, status), (revocations_path, revocations)):
        if value is None and path.exists():
            refused.append(path)
    return Held(status, revocations, refused)


def _open(path: Path, kind: documents.Kind[V], uri: str, trust: Trust) -> V | None:
    try:
        value = documents.open(files.read(path, limit=cbor.MAX_SIGNED_BYTES), trust, expected_kind=kind).value
    except DprError:
        return None
    return value if getattr(value, "uri", None) == uri else None


def restore(entries: Entries, held: Held, at: int) -> Restored:
    """Takes into the record, at the instant `at`, what was published and what it does not have."""
    suspended = _restored_suspensions(entries, held.status, at) if held.status else []
    return Restored(_restored_revocations(entries, held, at), suspended)


def _restored_suspensions(entries: Entries, listed: StatusList, at: int) -> list[Given]:
    """A record that knows this list, or a decision since, is no older than the list: whom it has as valid was lifted."""
    if listed.issued_at <= entries.published_at(STATUS):
        return []
    lifted = entries.lifted_since(listed.issued_at)
    marked = {one.index for one in entries.where("status != 0")}
    lost = [index for index in _with_status(listed.entries, Status.SUSPENDED) if index not in lifted and index not in marked]
    return [_decided(entries, index, Decision(at, Status.SUSPENDED, RESTORED)) for index in lost]


def _restored_revocations(entries: Entries, held: Held, at: int) -> list[Given]:
    said = {one.idx: one for one in held.revocations.content.entries} if held.revocations else {}
    since_ever = set(_with_status(held.status.entries, Status.REVOKED)) - said.keys() if held.status else set()
    for index in since_ever:
        said[index] = Revocation(idx=index, revoked_from=days.EARLIEST, reason=Reason.OTHER)
    have = {one.index: one for one in entries.where("status = ?", int(Status.REVOKED))}
    restored = []
    for index, entry in sorted(said.items()):
        one, begins, reason = have.get(index), entry.revoked_from, entry.reason
        if one is not None:
            known = days.EARLIEST if one.revoked_from is None else one.revoked_from
            why = Reason.OTHER if one.reason is None else one.reason
            # A marked bit without an entry says no more than an instant that had come when the list was made.
            marked = index in since_ever and held.status is not None and known <= held.status.issued_at
            begins, reason = min(known, begins), graver(why, reason)
            if marked or (begins, reason) == (known, why):
                continue
        restored.append(_decided(entries, index, Decision(at, Status.REVOKED, RESTORED, begins, reason)))
    return restored


def _decided(entries: Entries, index: int, decision: Decision) -> Given:
    entries.reserve(index)
    entries.decide(index, decision)
    return next(entries.where('"index" = ?', index))


def _size(entries: StatusEntries) -> int:
    return len(entries.lst) * 8 // entries.bits


def _with_status(entries: StatusEntries, status: Status) -> Iterator[int]:
    per_byte = 8 // entries.bits
    for place, byte in enumerate(entries.lst):
        if byte:
            yield from (index for index in range(place * per_byte, (place + 1) * per_byte) if entries[index] is status)
