"""Which of the lists that a site holds the snapshot knows to be newer (mix-and-match): said once, for the verdict, for what is
fetched and for `dpr trust status`.

Rules: a list that is missing has version 0. Where no snapshot is held nothing is behind. A name that is not known is another
version's business; so is the root's where a site has an anchor alone. An address book that is behind grades no verdict.

Example: `[one.name for one in every(trust)]` → `["revocations/4f1c…", "trust-list"]`
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dpr.core.revocation import Revocations
from dpr.core.snapshot import (
    ADDRESS_BOOK_NAME,
    ISSUERS_LISTS,
    REVOCATION_LISTS,
    ROOT_NAME,
    STATUS_LISTS,
    TRUST_LIST_NAME,
    IssuersLists,
    Snapshot,
    revocations_name,
    status_name,
)
from dpr.core.status import StatusList
from dpr.core.trust import Trust


class Behind(NamedTuple):
    """A list that the snapshot knows to be newer than what is held. `held`: 0 where it is missing."""

    name: str
    held: int
    minimum: int


def held_lists(trust: Trust) -> Iterator[tuple[IssuersLists, str, str, StatusList | Revocations]]:
    """Every list of an issuer that is held: its kind, its issuer's id, its name and what it says."""
    for kind, lists in ((STATUS_LISTS, trust.status_lists), (REVOCATION_LISTS, trust.revocations)):
        for (issuer, uri), value in lists.items():
            yield kind, issuer, kind.name(issuer, uri), value


def held_versions(trust: Trust) -> dict[str, int]:
    """The version of the root, the trust list and the address book, and the issued_at of each issuer's list, by name."""
    held = {name: value.issued_at for _, _, name, value in held_lists(trust)}
    held[TRUST_LIST_NAME] = trust.trust_list.content.version if trust.trust_list else 0
    if trust.root_version is not None:
        held[ROOT_NAME] = trust.root_version
    if trust.address_book_version is not None:
        held[ADDRESS_BOOK_NAME] = trust.address_book_version
    return held


def every(trust: Trust, snapshot: Snapshot | None = None) -> Iterator[Behind]:
    """All of them, by name; by the snapshot that is held where no other is given."""
    asked = snapshot or trust.snapshot
    held = held_versions(trust)
    for name, minimum in sorted(asked.content.minimums.items()) if asked else ():
        if _known(name, held) and held.get(name, 0) < minimum:
            yield Behind(name, held.get(name, 0), minimum)


def _known(name: str, held: Mapping[str, int]) -> bool:
    folder = name.partition("/")[0] if "/" in name else ""
    if folder:
        return any(folder == one.folder for one in ISSUERS_LISTS.values())
    return name in held


def root(trust: Trust) -> bool:
    """Does the snapshot know a newer root?"""
    return (
        trust.snapshot is not None and trust.root_version is not None and trust.root_version < trust.snapshot.minimum(ROOT_NAME)
    )


def common(trust: Trust) -> str | None:
    """The code where the snapshot knows a newer root or trust list: that concerns every issuer."""
    if trust.snapshot is None or trust.trust_list is None:
        return None
    older = trust.trust_list.content.version < trust.snapshot.minimum(TRUST_LIST_NAME)
    code = "trust_list_behind_snapshot" if older else None
    if root(trust):
        code = "root_behind_snapshot"
    return code


def of_issuer(trust: Trust, issuer: str, uri: str) -> bool:
    """Does the snapshot know a newer status list of that name, or newer revocations, than those held?"""
    if trust.snapshot is None:
        return False
    status, revocations = trust.status_lists.get((issuer, uri)), trust.revocations.get((issuer, uri))
    return (status.issued_at if status else 0) < trust.snapshot.minimum(status_name(issuer, uri)) or (
        revocations.issued_at if revocations else 0
    ) < trust.snapshot.minimum(revocations_name(issuer, uri))
