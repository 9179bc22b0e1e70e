"""Taking trust data into a site's folder: whatever was fetched or came on a stick, as one change.

Rules: everything is verified first: roots and the authority's lists (dpr.core.succession), then what issuers signed, under the
trust list that will be in force. What is refused is named with its code, and the rest is taken. An issuer's list replaces only
what is older, also where the snapshot asks for one still newer: it is better than what was there. One that is held bars the way
whatever the clock says, until a person resets it (dpr.adapters.time_floor). Nothing comes in that is dated ahead of both the
clock and what is proven. All that is taken is written as one change under a lock (dpr.adapters.file_change), with the time
floor that it proves; files that were torn are mended.

Example: `bring_in(TrustFiles(folder), [root, trust_list, status_list], now=now).refused`
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import msgspec

from dpr.adapters import file_change, files, time_floor, trust_root
from dpr.adapters.trust_address_book import ADDRESS_BOOK, ADDRESS_BOOK_SEEN
from dpr.adapters.trust_credentials import Taking
from dpr.adapters.trust_files import (
    LIST_LIMIT,
    LOCK,
    ROOT,
    ROOTS,
    SNAPSHOT,
    TRUST_LIST,
    TRUST_LIST_TWIN,
    TrustFiles,
)
from dpr.core import cbor, cose, documents
from dpr.core.behind import held_lists
from dpr.core.errors import DocumentError, DprError, StorageError
from dpr.core.following import refuse_future
from dpr.core.frames import split_signed_by_many
from dpr.core.lists import MOST_BYTES, MOST_LISTS, NamedList, memory_bytes, named, open_named
from dpr.core.succession import Document, Held, Seen, Succession, succession
from dpr.core.trust import Trust
from dpr.ports import BroughtIn, Outcome

TRUST_LIST_SEEN, SNAPSHOT_SEEN = "trust-list.version", "snapshot.version"
#: How far a clock may be ahead of ours where the caller names no other figure: the policy's default.
SKEW_SECONDS = 300
_BY_MANY = (documents.ROOT.typ, documents.TRUST_LIST.typ, documents.SNAPSHOT.typ, documents.ADDRESS_BOOK.typ)


def bring_in(held: TrustFiles, given: Iterable[bytes], *, now: int, skew_seconds: int = SKEW_SECONDS) -> BroughtIn:
    """Takes in what verifies and is newer of `given`. `now`: seconds; `skew_seconds`: how far ahead of it a list may be dated.

    SetupError `trust_not_set_up` where no root is installed; StorageError `file_not_written`, after which everything is as it
    was. What is wrong with single documents stands in the answer.
    """
    with files.alone(held.folder / LOCK):
        try:
            file_change.finish(held.folder)
        except OSError as error:
            raise StorageError("file_not_written", f"{held.folder}: {error.strerror}") from None
        change = _Change(held, now, skew_seconds)
        change.take([*given])
        if change.files:
            file_change.commit(held.folder, change.files)
        return BroughtIn(tuple(change.outcomes), change.floor.instant)


class _Change:
    """One bringing in: judges every document, and collects the files to be written."""

    def __init__(self, held: TrustFiles, now: int, skew_seconds: int) -> None:
        self._held = held
        self._root, self._root_data, _ = trust_root.held(held.folder)
        self.files: dict[str, bytes] = {}
        self.outcomes: list[Outcome] = []
        self._before = Held(
            self._root,
            trust_root.fingerprints(held.folder),
            self._trust_list(),
            self._recorded(TRUST_LIST_SEEN),
            self._read(SNAPSHOT),
            self._recorded(SNAPSHOT_SEEN),
            self._read(ADDRESS_BOOK),
            self._recorded(ADDRESS_BOOK_SEEN),
        )
        self.floor = time_floor.or_none(held.folder)
        self._latest = max(now + skew_seconds, self._proven())
        self._sizes: dict[tuple[str, str], dict[str, int]] | None = None

    def _trust_list(self) -> bytes | None:
        with suppress(DprError):
            return self._held.trust_list(self._root)[1]
        return None

    def _read(self, name: str) -> bytes | None:
        try:
            return self.files.get(name) or file_change.read(self._held.folder, name, limit=LIST_LIMIT)
        except DprError:
            return None

    def _recorded(self, name: str) -> Seen | None:
        with suppress(ValueError, RecursionError):  # torn: the list itself says its version
            return msgspec.json.decode(self._read(name) or b"", type=Seen)
        return None

    def _proven(self) -> int:
        """The floor, by its file and by the lists in force."""
        instants = [self.floor.instant]
        with suppress(DprError):
            data = self._before.trust_list or b""
            instants.append(self.floor.made_at(documents.open_trust_list(data, self._root.anchor).issued_at, data))
        with suppress(DprError):
            data = self._before.snapshot or b""
            instants.append(self.floor.made_at(documents.open_snapshot(data, self._root).issued_at, data))
        return max(instants)

    def _listed(self, name: str, issuers: Trust) -> bool:
        """Is a list of that name held whose issuer is in this trust?"""
        try:
            return bool(open_named(self._read(f"{name}.cbor") or b"", issuers))
        except DocumentError:
            return False

    def take(self, given: list[bytes]) -> None:
        """Judges all of it."""
        by_kind: dict[str, list[Document]] = defaultdict(list)
        by_issuers: list[Document] = []
        failed: dict[int, DocumentError] = {}
        for document in (Document(index, data) for index, data in enumerate(given)):
            try:
                kind = _authority_kind(document.data)
            except DocumentError as error:
                failed[document.place] = error
                continue
            by_kind[kind].append(document) if kind else by_issuers.append(document)
        found = succession(self._before, by_kind, self._latest, self._listed)
        self._keep_authority(found)
        self._keep_floor(found)
        found.refused |= failed
        for kind, all_of_kind in by_kind.items():
            for document in all_of_kind:
                self._say(document.place, kind, kind.removeprefix("dpr-"), found)
        for index in failed:
            self._say(index, "", "", found)
        self._take_issuers(by_issuers, found)
        self.outcomes.sort(key=lambda one: one.place)

    def _say(self, place: int, kind: str, name: str, found: Succession) -> None:
        error = found.refused.get(place)
        if error:
            outcome = Outcome(place, "refused", kind, name, error.code, error.detail)
        else:
            outcome = Outcome(place, "held" if place in found.repeated else "taken", kind, name, "", "")
        self.outcomes.append(outcome)

    def _keep_authority(self, found: Succession) -> None:
        for root, data in found.roots:
            self.files[f"{ROOTS}/{root.content.version}.cbor"] = data
            self.files[ROOT] = data
        lists = (
            (TRUST_LIST, TRUST_LIST_SEEN, found.trust_list),
            (SNAPSHOT, SNAPSHOT_SEEN, found.snapshot),
            (ADDRESS_BOOK, ADDRESS_BOOK_SEEN, found.address_book),
        )
        for name, seen, taken in lists:
            if taken.document is not None and taken.seen is not None:
                self.files[name], self.files[seen] = taken.document, msgspec.json.encode(taken.seen) + b"\n"
        in_force = {ROOT: found.roots[-1][1] if found.roots else self._root_data}
        if found.trust_list.value is not None:
            in_force[TRUST_LIST] = in_force[TRUST_LIST_TWIN] = found.trust_list.document or self._before.trust_list or b""
        for name, document in in_force.items():
            if self._read(name) != document:  # torn, or it has no twin yet
                self.files[name] = document

    def _keep_floor(self, found: Succession) -> None:
        root, before = found.root, self._before
        exchanged = {
            "trust_list": before.trust_list_seen is not None and not before.trust_list_seen.bars(root.content.lists),
            "snapshot": before.snapshot_seen is not None and not before.snapshot_seen.bars(root.content.snapshot),
        }
        for name in exchanged:
            if found.roots and exchanged[name]:
                self.floor = self.floor.without(name, f"root {root.content.version}")
        for name, taken in (("trust_list", found.trust_list.seen), ("snapshot", found.snapshot.seen)):
            if taken is not None:
                self.floor = self.floor.proven(name, taken.issued_at, f"{name.replace('_', '-')} {taken.version}")
        if self.files and self.floor != time_floor.Floor():
            self.files[time_floor.NAME] = time_floor.encoded(self.floor)

    def _take_issuers(self, given: list[Document], found: Succession) -> None:
        issuers = Trust(found.root.anchor, found.trust_list.value)
        credentials = Taking(self._held.folder, issuers, self.files)
        for document in given:
            try:
                opened: documents.Opened[Any] = documents.open(document.data, issuers)
                if opened.kind is documents.CREDENTIAL_KIND:
                    held, name = credentials.take(document.data)
                else:
                    held, name = self._take_list(document.data, named(opened), issuers)
                outcome = Outcome(document.place, "held" if held else "taken", opened.kind.typ, name, "", "")
            except DocumentError as error:
                outcome = Outcome(document.place, "refused", "", "", error.code, error.detail)
            self.outcomes.append(outcome)

    def _take_list(self, data: bytes, fresh: NamedList, issuers: Trust) -> tuple[bool, str]:
        """Whether it is held already, and its name."""
        refuse_future(fresh.issued_at, self._latest)
        held = self._read(f"{fresh.name}.cbor")
        if held == data:
            return True, fresh.name
        self._refuse_older(held or b"", fresh, issuers)
        if held is None or memory_bytes(fresh.opened.value) > MOST_BYTES // MOST_LISTS:
            self._refuse_too_many(fresh)
        self.files[f"{fresh.name}.cbor"] = data
        return False, fresh.name

    def _refuse_older(self, held: bytes, fresh: NamedList, issuers: Trust) -> None:
        try:
            before: documents.Opened[Any] = documents.open(held, issuers, expected_kind=fresh.opened.kind)
        except DocumentError:
            return  # missing, torn, or of an issuer who is gone: not in force, so it bars nothing
        if before.value.issued_at >= fresh.issued_at and before.digest.hex() not in self.floor.doubted:
            same = before.value.issued_at == fresh.issued_at
            raise DocumentError(fresh.kind.code, "held with other content, issued the same second" if same else "")

    def _refuse_too_many(self, fresh: NamedList) -> None:
        """One issuer fills no disk and no memory."""
        if self._sizes is None:
            self._sizes = defaultdict(dict)
            with suppress(DprError):  # a torn trust list is being mended: then they are counted the next time
                for kind, issuer, name, value in held_lists(self._held.load()):
                    self._sizes[kind.typ, issuer][name] = memory_bytes(value)
        sizes = self._sizes[fresh.kind.typ, fresh.opened.issuer.id]
        after = sizes | {fresh.name: memory_bytes(fresh.opened.value)}
        if len(after) > MOST_LISTS or sum(after.values()) > MOST_BYTES:
            raise DocumentError("lists_too_many", f"more than {MOST_LISTS}, or than {MOST_BYTES} bytes")
        sizes.update(after)


def _authority_kind(data: bytes) -> str:
    """The `typ` of what several keys sign; empty for any other document."""
    if data[:2] != b"\xd8\x62":
        return ""
    parts = split_signed_by_many(data)
    header = cbor.decode(parts[0]) if type(parts) is list and parts and type(parts[0]) is bytes else None
    typ = header.get(cose.TYP) if type(header) is dict else None
    if typ not in _BY_MANY:
        raise DocumentError("document_kind_unknown")
    return str(typ)
