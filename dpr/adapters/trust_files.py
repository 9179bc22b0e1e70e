"""What a site holds of trust data, in a folder: root.cbor and roots/ (dpr.adapters.trust_root), trust-list.cbor, snapshot.cbor,
address-book.cbor (dpr.adapters.trust_address_book), status/, revocations/, credentials/ (dpr.adapters.trust_credentials), and
beside them what bars an older state: trust-list.version, snapshot.version, address-book.version, time-floor.json.

Rules: nothing is used that does not verify when it is loaded. One bad list among many is left out and named in `skipped`, so
that it cannot switch the pharmacy off; so is a snapshot that does not verify. A torn trust list is taken from its twin. Without
a root and a trust list under it there is no trust. What one issuer's lists may take of memory is bounded. How documents come in
is the business of dpr.adapters.trust_bring_in.

Example: `TrustFiles(folder).load()`
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from dpr.adapters import file_change, files, time_floor, trust_address_book, trust_root
from dpr.adapters.trust_credentials import CREDENTIALS, DOCUMENT_LIMIT, HeldCredentials
from dpr.adapters.trust_root import LOCK, ROOT, ROOTS
from dpr.core import cbor, days, documents
from dpr.core.errors import DocumentError, DprError, SetupError
from dpr.core.kinds import Kind
from dpr.core.lists import MOST_BYTES, memory_bytes
from dpr.core.mail.address_book import AddressBook
from dpr.core.revocation import Revocations
from dpr.core.root import Root
from dpr.core.snapshot import REVOCATION_LISTS, STATUS_LISTS, TRUST_LIST_NAME, Snapshot
from dpr.core.status import StatusList
from dpr.core.trust import Chain, Trust
from dpr.core.trust_list import TrustList
from dpr.ports import BroughtIn

TRUST_LIST, SNAPSHOT = f"{TRUST_LIST_NAME}.cbor", "snapshot.cbor"
#: The same bytes as trust-list.cbor, for when that is torn: without it nothing can be judged. No stick takes it for a list.
TRUST_LIST_TWIN = f"{TRUST_LIST_NAME}.twin"
STATUS, REVOCATIONS = STATUS_LISTS.folder, REVOCATION_LISTS.folder
LIST_LIMIT = cbor.MAX_SIGNED_BYTES
#: A reader that meets a writer in the middle of moving its files looks again.
_TRIES = 3
L = TypeVar("L", StatusList, Revocations)

__all__ = [
    "CREDENTIALS", "DOCUMENT_LIMIT", "LIST_LIMIT", "LOCK", "REVOCATIONS", "ROOT", "ROOTS", "SNAPSHOT", "STATUS", "TRUST_LIST",
    "TRUST_LIST_TWIN", "TrustFiles",
]  # fmt: skip


class TrustFiles:
    """The trust data of one folder. `skipped`: file name and code of what the last `load` left out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.skipped: list[tuple[str, str]] = []

    def load(self) -> Trust:
        """Everything that verifies. SetupError `trust_not_set_up` without root or trust list; DocumentError `trust_file_torn`,
        `later_version` where one of them cannot be used; StorageError."""
        for _ in range(_TRIES - 1):
            try:
                return self._load()
            except DprError:
                continue
        return self._load()

    def _load(self) -> Trust:
        self.skipped = []
        root, floor = self.root(), self._floor()
        trust_list, data = self.trust_list(root)
        issuers = Trust(root.anchor, _doubted(trust_list, data, floor))
        return Trust(
            issuers.anchor,
            issuers.trust_list,
            documents.newest(self._opened(STATUS, documents.STATUS_LIST, issuers)),
            HeldCredentials(self.folder, issuers),
            documents.newest(self._opened(REVOCATIONS, documents.REVOCATION, issuers)),
            self._snapshot(root, floor),
            floor.instant,
            root.content.version,
            self._address_book_version(root),
        )

    def root(self) -> Root:
        """The root in force. SetupError `trust_not_set_up`, DocumentError `trust_file_torn`, StorageError."""
        found = trust_root.held(self.folder)
        if found.torn:
            self.skipped.append((ROOT, found.torn))
        return found.root

    def root_document(self) -> bytes:
        """Its bytes."""
        return trust_root.held(self.folder).document

    def trust_list(self, root: Root) -> tuple[TrustList, bytes]:
        """The trust list under a root, and its bytes. As `load`."""
        first: DprError | None = None
        for name in (TRUST_LIST, TRUST_LIST_TWIN):
            try:
                data = file_change.read(self.folder, name, limit=LIST_LIMIT)
                found = documents.open_trust_list(data, root.anchor)
            except SetupError:
                continue
            except DprError as error:
                first = first or error
                continue
            if name == TRUST_LIST_TWIN:
                self.skipped.append((TRUST_LIST, first.code if first else "file_missing"))
            return found, data
        if first is None:
            raise SetupError("trust_not_set_up", f"no {TRUST_LIST} in {self.folder}")
        raise trust_root.torn(TRUST_LIST, first)

    def address_book(self) -> AddressBook:
        """The address book that is held. SetupError `address_book_missing`, `trust_not_set_up`; DocumentError where it does not
        verify under the root; StorageError."""
        return trust_address_book.opened(self.folder, self.root())

    def _address_book_version(self, root: Root) -> int:
        try:
            return trust_address_book.version(self.folder, root)
        except SetupError:
            return 0
        except DprError as error:
            self.skipped.append((trust_address_book.ADDRESS_BOOK, error.code))
            return 0

    def read_list(self, name: str) -> bytes:
        """The bytes of a list's file. SetupError `file_missing`, StorageError."""
        return file_change.read(self.folder, name, limit=LIST_LIMIT)

    def list_names(self, part: str) -> list[str]:
        """The file names of issuers' lists or credentials: `part` is STATUS, REVOCATIONS, CREDENTIALS or ROOTS."""
        return file_change.names(self.folder, part)

    def _snapshot(self, root: Root, floor: time_floor.Floor) -> Snapshot | None:
        try:
            data = self.read_list(SNAPSHOT)
            return _doubted(documents.open_snapshot(data, root), data, floor)
        except SetupError:
            return None
        except DprError as error:
            self.skipped.append((SNAPSHOT, error.code))
            return None

    def _floor(self) -> time_floor.Floor:
        try:
            return time_floor.read(self.folder)
        except DprError as error:
            self.skipped.append((time_floor.NAME, error.code))
            return time_floor.Floor()

    def _opened(self, part: str, kind: Kind[L], issuers: Trust) -> Iterator[documents.Opened[L]]:
        sizes: Counter[str] = Counter()
        for name in self.list_names(part):
            try:
                opened = documents.open(self.read_list(name), issuers, expected_kind=kind)
                sizes[opened.issuer.id] += memory_bytes(opened.value)
                if sizes[opened.issuer.id] > MOST_BYTES:
                    raise DocumentError("lists_too_many", f"more than {MOST_BYTES} bytes")
                yield opened
            except DprError as error:
                self.skipped.append((name, error.code))

    def install(self, data: bytes, *, fingerprint: str | None) -> Root:
        """Installs the first root: dpr.adapters.trust_root."""
        return trust_root.install(self.folder, data, fingerprint=fingerprint)

    def credentials(self) -> Iterator[Chain]:
        """Every held credential that verifies: as many as there are, so for export only."""
        root = self.root()
        issuers = Trust(root.anchor, self.trust_list(root)[0])
        for name in self.list_names(CREDENTIALS):
            with suppress(DprError):
                data = file_change.read(self.folder, name, limit=DOCUMENT_LIMIT)
                yield documents.open_credential(data, issuers)

    def bring_in(self, documents: Iterable[bytes], *, now: int, skew_seconds: int = 300) -> BroughtIn:
        """Takes in what verifies and is newer, as one change: dpr.adapters.trust_bring_in."""
        from dpr.adapters.trust_bring_in import bring_in

        return bring_in(self, documents, now=now, skew_seconds=skew_seconds)

    def reset_floor(self, to: int, *, acting: str, reason: str, now: int, skew_seconds: int = 300) -> time_floor.Floor:
        """Lowers the floor to the instant `to`, as a named person says (dpr.adapters.time_floor). SetupError
        `clock_reset_below_root` for an instant before the root's, `clock_reset_not_needed` for one that is not lower;
        InputError `clock_reset_words`; StorageError."""
        with files.alone(self.folder / LOCK):
            root, floor = self.root(), self.load().floor
            if to < root.issued_at:
                raise SetupError("clock_reset_below_root", f"{days.shown(to)}, {days.shown(root.issued_at)}")
            if to >= floor:
                raise SetupError("clock_reset_not_needed", f"{days.shown(to)}, {days.shown(floor)}")
            doubted = [digest for digest, issued_at in self._dated(root) if issued_at > to + skew_seconds]
            lower = time_floor.Floor(to, "reset", tuple(doubted), to)
            time_floor.lower(self.folder, lower, acting=acting, reason=reason, now=now, before=floor)
            return lower

    def _dated(self, root: Root) -> Iterator[tuple[str, int]]:
        """Every list that is held, by its SHA-256 in hexadecimal, with its date."""
        trust_list, data = self.trust_list(root)
        yield hashlib.sha256(data).hexdigest(), trust_list.issued_at
        with suppress(DprError):
            data = self.read_list(SNAPSHOT)
            yield hashlib.sha256(data).hexdigest(), documents.open_snapshot(data, root).issued_at
        issuers = Trust(root.anchor, trust_list)
        opened: documents.Opened[Any]
        for opened in self._opened(STATUS, documents.STATUS_LIST, issuers):
            yield opened.digest.hex(), opened.value.issued_at
        for opened in self._opened(REVOCATIONS, documents.REVOCATION, issuers):
            yield opened.digest.hex(), opened.value.issued_at


D = TypeVar("D", TrustList, Snapshot)


def _doubted(value: D, document: bytes, floor: time_floor.Floor) -> D:
    """A list that is dated later than a person says it can be counts as made then."""
    made_at = floor.made_at(value.issued_at, document)
    return value if made_at == value.issued_at else msgspec.structs.replace(value, issued_at=made_at)
