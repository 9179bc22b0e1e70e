"""The folder that an authority publishes, as a web server or a stick takes it (docs/howto-authority.md): root.cbor,
roots/<version>.cbor, trust-list.cbor, address-book.cbor, snapshot.cbor, status/<name>.cbor, revocations/<name>.cbor.

Rules: roots/ says which root is in force, from version 1 on; root.cbor is a copy of its last. Nothing is written that a site
would refuse, and every file is replaced whole. Issuers' lists come in as a site takes them: verified, never older than what is
there.

Example: `Published(folder / "published").collect([Path("region/published")], now=now)`
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from dpr.adapters import files
from dpr.core import cbor, ceremony, documents
from dpr.core.ceremony import Edition
from dpr.core.errors import DocumentError, DprError, SetupError
from dpr.core.lists import open_named
from dpr.core.mail.address_book import AddressBook
from dpr.core.root import Root
from dpr.core.snapshot import (
    ADDRESS_BOOK_NAME,
    ISSUERS_LISTS,
    MAX_LISTS_OF_ONE_ISSUER,
    ROOT_NAME,
    TRUST_LIST_NAME,
    Snapshot,
)
from dpr.core.trust import Trust

SNAPSHOT_NAME = "snapshot"
#: How far an issuer's clock may be ahead of ours.
SKEW_SECONDS = 300
_FOLDERS = [kind.folder for kind in ISSUERS_LISTS.values()]


class Taken(NamedTuple):
    """What became of one file: the name under which it is published, or why it is not."""

    path: Path
    name: str = ""
    error: DprError | None = None


class Published:
    """The published folder of one authority."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """The file of a list, by its name."""
        return self.folder / f"{name}.cbor"

    def document(self, name: str) -> bytes | None:
        """A published document; None where there is none yet. StorageError."""
        path = self.path(name)
        return files.read(path, limit=cbor.MAX_SIGNED_BYTES) if path.exists() else None

    def put(self, name: str, document: bytes) -> None:
        """Replaces a document. StorageError `file_not_written`: the one before stands."""
        files.replace(self.path(name), document)

    # --- the authority's own ------------------------------------------------------------------------------------------

    def roots(self) -> list[Root]:
        """Every root from version 1 on, each verified by the one before it; none before the first ceremony. DocumentError."""
        found: list[Root] = []
        while (document := self.document(root_name(len(found) + 1))) is not None:
            root = documents.open_root(document, found[-1] if found else None)
            if root.content.version != len(found) + 1:
                raise DocumentError("root_version", f"version {root.content.version} in roots/{len(found) + 1}.cbor")
            found.append(root)
        return found

    def root(self) -> Root:
        """The root in force. SetupError `ceremony_root_missing`."""
        roots = self.roots()
        if not roots:
            raise SetupError("ceremony_root_missing", str(self.folder))
        return roots[-1]

    def put_root(self, document: bytes, version: int) -> None:
        """The next root: first where it is in force from, then where everybody looks."""
        self.put(root_name(version), document)
        self.settle()

    def settle(self) -> None:
        """root.cbor is the last of roots/, also after a crash between the two."""
        version = len(self.roots())
        document = self.document(root_name(version)) if version else None
        if document is not None and document != self.document(ROOT_NAME):
            self.put(ROOT_NAME, document)

    def trust(self) -> Trust:
        """What judges issuers' lists: the root in force and the published trust list. SetupError `trust_list_not_published`;
        DocumentError where the list does not verify under the root."""
        document = self.document(TRUST_LIST_NAME)
        if document is None:
            raise SetupError("trust_list_not_published", str(self.path(TRUST_LIST_NAME)))
        anchor = self.root().anchor
        return Trust(anchor, documents.open_trust_list(document, anchor))

    def snapshot(self) -> Snapshot | None:
        """The published snapshot, where it verifies under the root in force."""
        document = self.document(SNAPSHOT_NAME)
        try:
            return documents.open_snapshot(document, self.root()) if document is not None else None
        except DocumentError:
            return None

    def edition(self, name: str) -> Edition | None:
        """Which edition of the trust list, address book or snapshot is published; None where there is none that verifies under
        the root in force, so that a foreign file uses no version up."""
        document, roots = self.document(name), self.roots()
        if document is None or not roots:
            return None
        try:
            if name == TRUST_LIST_NAME:
                documents.open_trust_list(document, roots[-1].anchor)
            elif name == ADDRESS_BOOK_NAME:
                documents.open_address_book(document, roots[-1])
            else:
                documents.open_snapshot(document, roots[-1])
        except DocumentError:
            return None
        return ceremony.content_of(document).edition

    def address_book(self) -> AddressBook | None:
        """The published address book; None where there is none. DocumentError where it does not verify under the root in
        force."""
        document = self.document(ADDRESS_BOOK_NAME)
        return None if document is None else documents.open_address_book(document, self.root())

    # --- issuers' lists -----------------------------------------------------------------------------------------------

    def collect(self, paths: Iterable[Path], *, now: int, skew_seconds: int = SKEW_SECONDS) -> list[Taken]:
        """Takes issuers' status lists and revocations into the folder; `paths`: files, or folders that issuers publish. One
        that is refused keeps no other out. `now`: seconds."""
        trust, taken = self.trust(), []
        counts = self._counts(trust)
        for path in _lists_in(paths):
            try:
                data = files.read(path, limit=cbor.MAX_SIGNED_BYTES)
                taken.append(Taken(path, name=self._take(data, trust, now + skew_seconds, counts)))
            except DprError as error:
                taken.append(Taken(path, error=for_the_authority(error)))
        return taken

    def _take(self, data: bytes, trust: Trust, latest: int, counts: Counter[tuple[str, str]]) -> str:
        opened, kind, name, issued_at = open_named(data, trust)
        if issued_at > latest:
            raise DocumentError("list_from_the_future", f"{issued_at - latest} seconds more than a clock may differ")
        held = self.document(name)
        if held == data:
            return name
        if held is not None and issued_at <= (_issued_at(held, trust) or 0) <= latest:
            raise DocumentError("published_list_newer", name)
        if held is None:  # one issuer must not fill every site's memory, nor the snapshot
            place = opened.issuer.id, kind.folder
            if counts[place] >= MAX_LISTS_OF_ONE_ISSUER:
                raise DocumentError("published_lists_too_many", f"{opened.issuer.id}, {kind.folder}: {counts[place]}")
            counts[place] += 1
        self.put(name, data)
        return name

    def _counts(self, trust: Trust) -> Counter[tuple[str, str]]:
        """How many lists each issuer has in each folder."""
        found: Counter[tuple[str, str]] = Counter()
        for name in self.lists():
            with suppress(DprError):
                opened, kind, *_ = open_named(files.read(self.path(name), limit=cbor.MAX_SIGNED_BYTES), trust)
                found[opened.issuer.id, kind.folder] += 1
        return found

    def lists(self) -> Iterator[str]:
        """The names of all files that lie where issuers' lists do."""
        for folder in _FOLDERS:
            yield from (f"{folder}/{path.stem}" for path in sorted((self.folder / folder).glob("*.cbor")))


def root_name(version: int) -> str:
    """The name of a root in the way there."""
    return f"roots/{version}"


def for_the_authority(error: DprError) -> DprError:
    """What a reader says of an issuer's list, in words for the authority instead of a pharmacist."""
    if not isinstance(error, DocumentError) or error.code in _OURS:
        return error
    if error.code == "chain_issuer_unknown":
        return DocumentError("published_list_issuer_unknown")
    return DocumentError("published_list_refused", f"[{error.code}]")


_OURS = {"list_from_the_future", "published_list_misnamed", "published_list_newer", "published_lists_too_many"}


def _lists_in(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (one for folder in _FOLDERS for one in sorted((path / folder).glob("*.cbor")))
        else:
            yield path


def _issued_at(held: bytes, trust: Trust) -> int | None:
    """When the list that is there was issued; None where it does not verify and so bars nothing."""
    try:
        return open_named(held, trust).issued_at
    except DprError:
        return None
