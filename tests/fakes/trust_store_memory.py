"""A trust store in memory, which mirrors dpr/adapters/trust_files.py: the same rules of succession, without files or a floor on
disk.

Example: `MemoryTrustStore(authority.files["roots/1"]).bring_in(authority.files.values(), now=now)`
"""

from __future__ import annotations

from collections.abc import Iterable

from dpr.core import documents
from dpr.core.errors import DocumentError, DprError, SetupError
from dpr.core.following import refuse_future
from dpr.core.lists import NamedList, open_named
from dpr.core.mail.address_book import AddressBook
from dpr.core.root import Root
from dpr.core.snapshot import REVOCATION_LISTS, STATUS_LISTS
from dpr.core.succession import Document, Held, Succession, succession
from dpr.core.trust import Trust
from dpr.ports import BroughtIn, Outcome

_BY_MANY = (documents.ROOT, documents.TRUST_LIST, documents.SNAPSHOT, documents.ADDRESS_BOOK)


class MemoryTrustStore:
    """`root`: the first one, or None where none is installed; `documents`: lists in force, by name."""

    def __init__(self, root: bytes | None) -> None:
        self._roots = [] if root is None else [root]
        self.documents: dict[str, bytes] = {}

    def root(self) -> Root:
        if not self._roots:
            raise SetupError("trust_not_set_up", "no root")
        return documents.open_root(self._roots[-1], None)

    def load(self) -> Trust:
        root = self.root()
        if "trust-list" not in self.documents:
            raise SetupError("trust_not_set_up", "no trust list")
        issuers = Trust(root.anchor, documents.open_trust_list(self.documents["trust-list"], root.anchor))
        found = [one for one in (self._named(name, issuers) for name in self.documents) if one is not None]
        status = documents.newest(one.opened for one in found if one.kind is STATUS_LISTS)
        revocations = documents.newest(one.opened for one in found if one.kind is REVOCATION_LISTS)
        snapshot = documents.open_snapshot(self.documents["snapshot"], root) if "snapshot" in self.documents else None
        of_anchor = (issuers.anchor, issuers.trust_list)
        return Trust(
            *of_anchor,
            status,
            revocations=revocations,
            snapshot=snapshot,
            root_version=root.content.version,
            address_book_version=self._address_book_version(),
        )

    def address_book(self) -> AddressBook:
        if "address-book" not in self.documents:
            raise SetupError("address_book_missing", "memory")
        return documents.open_address_book(self.documents["address-book"], self.root())

    def _address_book_version(self) -> int:
        try:
            return self.address_book().content.version
        except DprError:
            return 0

    def _named(self, name: str, issuers: Trust) -> NamedList | None:
        try:
            return open_named(self.documents.get(name, b""), issuers) if "/" in name else None
        except DocumentError:
            return None

    def bring_in(self, given: Iterable[bytes], *, now: int, skew_seconds: int) -> BroughtIn:
        root, latest = self.root(), now + skew_seconds
        by_kind: dict[str, list[Document]] = {}
        others: list[Document] = []
        for document in (Document(place, data) for place, data in enumerate(given)):
            kind = next((kind.typ for kind in _BY_MANY if kind.typ.encode() in document.data[:40]), "")
            by_kind.setdefault(kind, []).append(document) if kind else others.append(document)
        roots = frozenset(map(documents.fingerprint, self._roots))
        lists = (self.documents.get(name) for name in ("trust-list", "snapshot", "address-book"))
        held = Held(root, roots, *(part for data in lists for part in (data, None)))
        found = succession(held, by_kind, latest, lambda name, issuers: self._named(name, issuers) is not None)
        self._keep(found)
        outcomes = [self._outcome(one, kind, found) for kind, every in by_kind.items() for one in every]
        issuers = Trust(found.root.anchor, found.trust_list.value)
        outcomes += [self._take(one, issuers, latest) for one in others]
        times = [one.issued_at for one in (found.trust_list.value, found.snapshot.value) if one is not None]
        return BroughtIn(tuple(sorted(outcomes)), max(times, default=0))

    def _keep(self, found: Succession) -> None:
        self._roots += [data for _, data in found.roots]
        lists = (("trust-list", found.trust_list), ("snapshot", found.snapshot), ("address-book", found.address_book))
        for name, taken in lists:
            if taken.document is not None:
                self.documents[name] = taken.document

    @staticmethod
    def _outcome(one: Document, kind: str, found: Succession) -> Outcome:
        name, error = kind.removeprefix("dpr-"), found.refused.get(one.place)
        if error is not None:
            return Outcome(one.place, "refused", kind, name, error.code, error.detail)
        return Outcome(one.place, "held" if one.place in found.repeated else "taken", kind, name, "", "")

    def _take(self, one: Document, issuers: Trust, latest: int) -> Outcome:
        try:
            fresh = open_named(one.data, issuers)
            refuse_future(fresh.issued_at, latest)
        except DocumentError as error:
            return Outcome(one.place, "refused", "", "", error.code, error.detail)
        before = self._named(fresh.name, issuers)
        if self.documents.get(fresh.name) == one.data:
            return Outcome(one.place, "held", fresh.kind.typ, fresh.name, "", "")
        if before is not None and before.issued_at >= fresh.issued_at:
            return Outcome(one.place, "refused", "", "", fresh.kind.code, "")
        self.documents[fresh.name] = one.data
        return Outcome(one.place, "taken", fresh.kind.typ, fresh.name, "", "")
