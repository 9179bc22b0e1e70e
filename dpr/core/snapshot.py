"""What the authority's online key says every few hours: the least version of every list that counts (`dpr-snapshot`).

Rules: a list that is newer than its minimum is welcome; one that is older counts as behind, so that lists of different ages
cannot be mixed to hide a revocation. A list's name is its path in a published folder, without `.cbor`; a name that is not
known is another version's business. The online key can at worst ask for lists that do not exist: it can vouch for nobody.

Example: `snapshot.content.minimums["trust-list"]` → 7
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from dpr.core.fields import Enumeration, Field, Integer, Names, Record, Text, instant
from dpr.core.trust_list import Environment

ROOT_NAME, TRUST_LIST_NAME, ADDRESS_BOOK_NAME = "root", "trust-list", "address-book"
#: Of each kind; one is what an issuer needs. More fill a site's memory, and the snapshot.
MAX_LISTS_OF_ONE_ISSUER = 8
_NAME = re.compile(r"[a-z0-9-]+(?:/[a-z0-9-]+)?")


def name_of(*parts: str) -> str:
    """A file name for what `parts` name: no part of them can choose a path."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


class IssuersLists(NamedTuple):
    """A kind of list that issuers sign: its `typ`, its folder, and the `code` for one that is no newer than the one held."""

    typ: str
    folder: str
    code: str

    def name(self, issuer: str, uri: str) -> str:
        """The name of an issuer's list."""
        return f"{self.folder}/{name_of(issuer, uri)}"


STATUS_LISTS = IssuersLists("application/statuslist+cwt", "status", "status_list_older")
REVOCATION_LISTS = IssuersLists("dpr-revocation", "revocations", "revocations_older")
#: Every kind of list that issuers sign, and nothing about its place anywhere else.
ISSUERS_LISTS = {one.typ: one for one in (STATUS_LISTS, REVOCATION_LISTS)}
status_name, revocations_name = STATUS_LISTS.name, REVOCATION_LISTS.name


class SnapshotContent(msgspec.Struct, frozen=True, kw_only=True):
    """The map under claim -65537. `minimums`: name of a list → its least version (root, trust list, address book) or least
    issued_at in seconds (an issuer's lists). `next_update`: instant in seconds."""

    version: int
    environment: Environment
    next_update: int
    minimums: dict[str, int]


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot's claims. `issued_at`: instant in seconds."""

    authority: str
    issued_at: int
    content: SnapshotContent

    def minimum(self, name: str) -> int:
        """The least version of a list that counts; 0 where it names none."""
        return self.content.minimums.get(name, 0)


def _name_fault(text: str) -> str | None:
    return None if _NAME.fullmatch(text) else "snapshot_name"


SNAPSHOT_CONTENT = Record(
    SnapshotContent,
    Field(0, "version", Integer(1, 2**40)),
    Field(1, "environment", Enumeration(Environment)),
    Field(2, "next_update", instant),
    Field(3, "minimums", Names(Text(64, _name_fault, "trust-list"), Integer(1, 2**40), 1, 50_000)),
    extensible=True,
)
#: The claims of a `dpr-snapshot`.
SNAPSHOT = Record(
    Snapshot,
    Field(1, "authority", Text(64)),
    Field(6, "issued_at", instant),
    Field(-65537, "content", SNAPSHOT_CONTENT),
)


def snapshot_faults(value: Snapshot) -> Iterable[str]:
    """Codes of what spans fields."""
    if value.content.next_update <= value.issued_at:
        yield "snapshot_times"
