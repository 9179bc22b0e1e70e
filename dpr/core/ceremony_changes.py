"""What a new edition of the authority's documents changes, and what of it deserves a second look before anybody signs it.

Rules: what is compared is what is signed, member by member, so that nothing changes unseen; what is risky has a code of its own
(dpr.core.codes), and is never a refusal: the people at the table decide. Pure: no file, no clock.

Example: `concerns(draft.value, against=previous)` → [Concern("ceremony_threshold_one", "root")]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from dpr.core.ceremony import Signed
from dpr.core.keys import PublicKey
from dpr.core.mail.address_book import AddressBook, Entry
from dpr.core.root import Quorum, Root
from dpr.core.snapshot import Snapshot
from dpr.core.trust_list import ISSUER, Issuer, TrustList

_DAY = 86_400
#: An issuer that is vouched for longer than this, from the day of the list on, is a long promise.
LONG_VALIDITY_DAYS = 400
#: A trust list that is due later than this leaves sites for long without news.
LATE_UPDATE_DAYS = 31
ROLES = ("root", "lists", "snapshot")
#: The parts of an issuer that name whom it may vouch for, or for what.
SCOPES = ("professions", "kinds", "glns", "organisations")


class Concern(NamedTuple):
    """Something to look at twice. `detail`: which quorum, issuer or list."""

    code: str
    detail: str = ""


class Change(NamedTuple):
    """One member of an issuer: what it was and what it will be. For members that are lists: what went and what came, both
    empty where only the order is another."""

    name: str
    before: Any
    after: Any


class EntryChanges(NamedTuple):
    """The entries of two address books, compared by queue; `changed`: as they were and as they will be."""

    added: tuple[Entry, ...]
    removed: tuple[Entry, ...]
    changed: tuple[tuple[Entry, Entry], ...]
    unchanged: int


class IssuerChanges(NamedTuple):
    """The issuers of two trust lists, compared by id."""

    added: tuple[Issuer, ...]
    removed: tuple[Issuer, ...]
    changed: tuple[tuple[Issuer, tuple[Change, ...]], ...]
    unchanged: int


def quorum_of(root: Root, role: str) -> Quorum:
    """The quorum of one of `ROLES`."""
    quorum: Quorum = getattr(root.content, role)
    return quorum


def members(before: Iterable[Any], after: Iterable[Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What went out of a list and what came in, each in its order."""
    old, new = dict.fromkeys(before), dict.fromkeys(after)
    return tuple(one for one in old if one not in new), tuple(one for one in new if one not in old)


def issuer_changes(before: TrustList | None, issuers: Iterable[Issuer]) -> IssuerChanges:
    """What happens to whom from the list `before` to these `issuers`."""
    old = {one.id: one for one in before.content.issuers} if before else {}
    new = {one.id: one for one in issuers}
    both = [(one, tuple(_between(old[id], one))) for id, one in new.items() if id in old]
    return IssuerChanges(
        added=tuple(one for id, one in new.items() if id not in old),
        removed=tuple(one for id, one in old.items() if id not in new),
        changed=tuple((one, changes) for one, changes in both if changes),
        unchanged=sum(not changes for _, changes in both),
    )


def entry_changes(before: AddressBook | None, entries: Iterable[Entry]) -> EntryChanges:
    """What happens to whom from the address book `before` to these `entries`."""
    old = {one.queue: one for one in before.content.entries} if before else {}
    new = {one.queue: one for one in entries}
    both = [(old[queue], one) for queue, one in new.items() if queue in old]
    return EntryChanges(
        added=tuple(one for queue, one in new.items() if queue not in old),
        removed=tuple(one for queue, one in old.items() if queue not in new),
        changed=tuple((one, other) for one, other in both if one != other),
        unchanged=sum(one == other for one, other in both),
    )


def _between(old: Issuer, new: Issuer) -> Iterator[Change]:
    for field in ISSUER.fields:
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before == after:
            continue
        yield Change(field.name, *(members(before, after) if isinstance(after, tuple) else (before, after)))


def concerns(value: Signed, *, against: Signed | None) -> list[Concern]:
    """Everything that deserves a second look; `against`: the edition before, where the people at the table have it."""
    before = against if type(against) is type(value) else None
    found = [*_about_editions(value, before)]
    if isinstance(value, Root):
        found += _about_root(value, before if isinstance(before, Root) else None)
    elif isinstance(value, TrustList):
        found += _about_list(value, before if isinstance(before, TrustList) else None)
    elif isinstance(value, Snapshot) and isinstance(before, Snapshot):
        found += _about_minimums(value, before)
    return found


def _about_editions(value: Signed, before: Signed | None) -> Iterator[Concern]:
    version = value.content.version
    if before is None:
        yield Concern("ceremony_nothing_before" if version > 1 else "ceremony_first", f"version {version}")
        return
    if (value.authority, value.content.environment) != (before.authority, before.content.environment):
        yield Concern("ceremony_other_authority", before.authority)
    if version != before.content.version + 1:
        yield Concern("ceremony_version_skips", f"{before.content.version} → {version}")
    if value.issued_at < before.issued_at:
        yield Concern("ceremony_dated_before", "")


def _about_root(value: Root, before: Root | None) -> Iterator[Concern]:
    for role in ROLES:
        quorum = quorum_of(value, role)
        if role != "snapshot":  # one online key is what it is made for
            if quorum.threshold == 1:
                yield Concern("ceremony_threshold_one", role)
            elif quorum.threshold == len(quorum.keys):
                yield Concern("ceremony_no_spare_key", role)
        if before is not None and quorum.threshold < quorum_of(before, role).threshold:
            yield Concern("ceremony_threshold_lower", role)
    if before is None:
        return
    if not set(value.content.root.keys) & set(before.content.root.keys):
        yield Concern("ceremony_root_replaced", "root")
    for role in ("lists", "snapshot"):
        quorum = quorum_of(value, role)
        if len(set(quorum.keys) & set(quorum_of(before, role).keys)) < quorum.threshold:
            yield Concern("ceremony_list_loses_quorum" if role == "lists" else "ceremony_snapshot_loses_quorum", role)


def _about_list(value: TrustList, before: TrustList | None) -> Iterator[Concern]:
    if value.content.next_update - value.issued_at > LATE_UPDATE_DAYS * _DAY:
        yield Concern("ceremony_late_update", "")
    changes = issuer_changes(before, value.content.issuers)
    yield from (Concern("ceremony_issuer_gone", one.id) for one in changes.removed)
    for issuer, changed in changes.changed:
        yield from _about_issuer(issuer, changed)
    for issuer in (*changes.added, *(one for one, _ in changes.changed)):
        if issuer.valid_until - value.issued_at > LONG_VALIDITY_DAYS * _DAY:
            yield Concern("ceremony_long_validity", issuer.id)
    for issuer in value.content.issuers:
        if issuer.valid_until < value.content.next_update:
            yield Concern("ceremony_ends_before_update", issuer.id)


def _about_issuer(issuer: Issuer, changed: Iterable[Change]) -> Iterator[Concern]:
    for change in changed:
        if change.name == "keys":
            yield Concern("ceremony_issuer_key", issuer.id)
        elif change.name == "role":
            yield Concern("ceremony_issuer_role", issuer.id)
        elif change.name == "valid_from" and change.after > change.before:
            yield Concern("ceremony_validity_later", issuer.id)
        elif change.name in SCOPES and change.after:
            yield Concern("ceremony_scope_wider", f"{issuer.id}: {change.name}")


def _about_minimums(value: Snapshot, before: Snapshot) -> Iterator[Concern]:
    for name, minimum in before.content.minimums.items():
        if value.minimum(name) < minimum:
            yield Concern("ceremony_minimum_lower", name)


def keys_of(root: Root) -> frozenset[PublicKey]:
    """Every key that a root names."""
    return frozenset(key for role in ROLES for key in quorum_of(root, role).keys)
