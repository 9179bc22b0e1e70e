"""Which root, trust list, snapshot and address book follow on those that a site holds, of all that was handed to it.

Rules: roots follow version by version. Nothing replaces what is newer, nor other content of the same version; the same content
under other signatures is held already. What bars is the highest that came in and still verifies under the root to be, also
when its file is torn (`Seen`): so a key that a root has exchanged cannot bar the way with the greatest version there is (TUF
5.3.11). A root under which no trust list would be in force is left for when it comes with one: else whoever holds back the
list could switch a pharmacy off. A snapshot lowers no minimum and forgets no list of an issuer that there still is, and keeps
out no list that is newer than the one held; nothing is dated ahead of the clock.

Example: `succession(held, incoming, latest, listed).root`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec

from dpr.core import cose, documents
from dpr.core.errors import DocumentError
from dpr.core.following import refuse_future, refuse_lower
from dpr.core.kinds import ADDRESS_BOOK, ROOT, SNAPSHOT, TRUST_LIST, read_claims
from dpr.core.mail.address_book import AddressBook
from dpr.core.root import Quorum, Root
from dpr.core.snapshot import Snapshot
from dpr.core.trust import Trust
from dpr.core.trust_list import TrustList

#: Far more roots than an authority makes, and a bound for what a stick may hold.
MAX_ROOTS = 1024
A = TypeVar("A", TrustList, Snapshot, AddressBook)


class StillListed(Protocol):
    """Is a list of that name held whose issuer is in this trust?"""

    def __call__(self, name: str, issuers: Trust) -> bool: ...


class Seen(msgspec.Struct, frozen=True):
    """The trust list, snapshot or address book of the highest version that came in (trust-list.version and so on), by its
    payload's SHA-256 (hexadecimal); `signed_by`: thumbprints (hexadecimal) of the keys that signed it."""

    version: int
    issued_at: int
    payload: str
    signed_by: tuple[str, ...]

    def bars(self, quorum: Quorum) -> bool:
        """Does its signature still count?"""
        known = {key.thumbprint.hex() for key in quorum.keys}
        return len(known & {*self.signed_by}) >= quorum.threshold


class Document(NamedTuple):
    """A document as it came: its place in what was handed over, and its bytes."""

    place: int
    data: bytes


class Held(NamedTuple):
    """What a site holds: the root in force with all that led there, by fingerprint; lists as bytes (None: none, or unreadable),
    and what is known of the highest versions."""

    root: Root
    roots: frozenset[str]
    trust_list: bytes | None
    trust_list_seen: Seen | None
    snapshot: bytes | None
    snapshot_seen: Seen | None
    address_book: bytes | None = None
    address_book_seen: Seen | None = None


@dataclass
class Taken(Generic[A]):
    """A list under a root: the value in force, and the document and record of one that is new."""

    value: A | None = None
    document: bytes | None = None
    seen: Seen | None = None


@dataclass
class Succession:
    """What follows. `roots`: the new ones in order, with their bytes; `refused`: codes by place; `repeated`: the places of
    what is held already."""

    root: Root
    roots: list[tuple[Root, bytes]] = field(default_factory=list)
    trust_list: Taken[TrustList] = field(default_factory=Taken)
    snapshot: Taken[Snapshot] = field(default_factory=Taken)
    address_book: Taken[AddressBook] = field(default_factory=Taken)
    refused: dict[int, DocumentError] = field(default_factory=dict)
    repeated: set[int] = field(default_factory=set)


def succession(held: Held, incoming: Mapping[str, Sequence[Document]], latest: int, listed: StillListed) -> Succession:
    """`incoming`: documents by `typ`; `latest`: the instant after which nothing can be dated; `listed`: is a list of that name
    held whose issuer there will still be?"""
    chain = _Chain(held, incoming.get(ROOT.typ, ()), latest)
    for length in range(len(chain.roots), -1, -1):
        root = chain.roots[length - 1].root if length else held.root
        found = Succession(root, [(one.root, one.document.data) for one in chain.roots[:length]])
        _lists(found, held, incoming, latest, listed)
        if found.trust_list.value is not None or held.trust_list is None or not length:
            break
    for link in chain.roots[length:]:
        found.refused[link.document.place] = DocumentError("root_without_list", f"version {link.root.content.version}")
    found.refused |= chain.refused
    found.repeated |= chain.repeated
    return found


class _Link(NamedTuple):
    root: Root
    document: Document


class _Chain:
    """The roots that follow on the one held, each signed by enough keys of the one before."""

    def __init__(self, held: Held, incoming: Sequence[Document], latest: int) -> None:
        self.roots: list[_Link] = []
        self.refused: dict[int, DocumentError] = {}
        self.repeated: set[int] = set()
        found = sorted(self._versions(incoming), key=lambda one: one[0])
        #: Whoever hands over our own roots too may have the ones from before we were installed.
        known = any(documents.fingerprint(document.data) in held.roots for _, document in found)
        root, seen = held.root, {*held.roots}
        for version, document in found:
            fingerprint = documents.fingerprint(document.data)
            if fingerprint in seen or (known and version < min(root.content.version, held.root.content.version)):
                self.repeated.add(document.place)
                continue
            try:
                if len(self.roots) >= MAX_ROOTS:
                    raise DocumentError("root_version", f"more than {MAX_ROOTS} at once")
                following = documents.open_root(document.data, root)
                refuse_future(following.issued_at, latest)
            except DocumentError as error:
                self.refused[document.place] = error
                continue
            root = following
            seen.add(fingerprint)
            self.roots.append(_Link(root, document))

    def _versions(self, incoming: Sequence[Document]) -> Iterator[tuple[int, Document]]:
        for document in incoming:
            try:
                claims = read_claims(ROOT, cose.verify(document.data, ()).payload)
            except DocumentError as error:
                self.refused[document.place] = error
            else:
                yield claims.content.version, document


def _lists(found: Succession, held: Held, incoming: Mapping[str, Sequence[Document]], latest: int, listed: StillListed) -> None:
    root = found.root

    def read(data: bytes) -> TrustList:
        return documents.open_trust_list(data, root.anchor)

    trust_lists = _Contest(read, root.content.lists, held.trust_list, held.trust_list_seen, latest)
    found.trust_list = trust_lists.run(incoming.get(TRUST_LIST.typ, ()), found, "trust_list_older")
    # A snapshot may forget the lists of issuers that are gone with the list to be.
    still = cache(partial(listed, issuers=Trust(root.anchor, found.trust_list.value)))
    snapshots = _Contest(
        lambda data: documents.open_snapshot(data, root), root.content.snapshot, held.snapshot, held.snapshot_seen, latest
    )
    follows = partial(refuse_lower, listed=still)
    found.snapshot = snapshots.run(incoming.get(SNAPSHOT.typ, ()), found, "snapshot_older", follows)
    _address_book(found, held, incoming.get(ADDRESS_BOOK.typ, ()), latest)


def _address_book(found: Succession, held: Held, incoming: Sequence[Document], latest: int) -> None:
    if not incoming:  # it is large, and nothing else rests on it
        return
    root = found.root
    contest = _Contest(
        lambda data: documents.open_address_book(data, root),
        root.content.snapshot,
        held.address_book,
        held.address_book_seen,
        latest,
    )
    found.address_book = contest.run(incoming, found, "address_book_older")


def _any(_fresh: object, _before: object) -> None:
    """Whatever is newer may follow."""


class _Contest(Generic[A]):
    """Which of several documents of one kind is the next one in force under a root; `read` verifies under it."""

    def __init__(
        self, read: Callable[[bytes], A], quorum: Quorum, held: bytes | None, recorded: Seen | None, latest: int
    ) -> None:
        self._read: Callable[[bytes], A] = read
        self._quorum, self._latest = quorum, latest
        self.best: Taken[A] = Taken()
        self._in_force: Seen | None = None
        bars = [recorded] if recorded is not None and recorded.bars(quorum) else []
        with suppress(DocumentError):  # void under this root, or torn: not in force either
            if held is not None:
                self.best = Taken(read(held))
                self._in_force = self._seen(held, self.best.value)
                bars.append(self._in_force)
        self._highest = max(bars, key=lambda one: one.version, default=None)

    def _seen(self, data: bytes, value: A | None) -> Seen:
        assert value is not None
        signed_by = cose.verify(data, self._quorum.keys).signed_by
        thumbprints = tuple(sorted(key.thumbprint.hex() for key in signed_by))
        return Seen(value.content.version, value.issued_at, documents.fingerprint(data), thumbprints)

    def run(
        self, incoming: Sequence[Document], outcome: Succession, code: str, accept: Callable[[A, A | None], None] = _any
    ) -> Taken[A]:
        """The one in force after `incoming`. `code`: for what is not newer; `accept` raises DocumentError for a
        fresh value that may not follow on the one before."""
        read: list[tuple[Document, A, Seen]] = []
        for document in incoming:
            try:
                value = self._read(document.data)
                refuse_future(value.issued_at, self._latest)
                read.append((document, value, self._seen(document.data, value)))
            except DocumentError as error:
                outcome.refused[document.place] = error
        before: int | None = None
        for document, value, seen in sorted(read, key=lambda one: one[2].version):
            if self._in_force is not None and seen.payload == self._in_force.payload:
                outcome.repeated.add(document.place)
                continue
            try:
                self._refuse_older(seen, code)
                accept(value, self.best.value)
            except DocumentError as error:
                outcome.refused[document.place] = error
                continue
            if before is not None:
                outcome.repeated.add(before)  # a later one came with it
            self.best, before = Taken(value, document.data, seen), document.place
            self._highest = self._in_force = seen
        return self.best

    def _refuse_older(self, fresh: Seen, code: str) -> None:
        highest = self._highest
        if highest is not None and highest.version > fresh.version:
            raise DocumentError(code, f"version {fresh.version}, held {highest.version}")
        if highest is not None and highest.version == fresh.version and highest.payload != fresh.payload:
            raise DocumentError(code, f"version {fresh.version} is held with other content")
