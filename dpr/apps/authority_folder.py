"""The authority's folder: issuers/ (dpr.apps.admission), drafts/, published/ (dpr.apps.publishing), editions.json
(dpr.apps.editions), key-names.json (dpr.apps.key_requests), and keys/ where every key lies on this machine (rehearsals).

Rules: what the authority says is drafted here, signed anywhere, and merged here; publishing on one machine is the same
three steps. No version ever stands for two contents. What is merged together is checked before any of it is written; a trust
list is written before the root that it needs, so that a site which looks in between keeps what it had.

Example: `Authority.create(folder, name="se-test", environment="test", keys=3, threshold=2, now=now)`
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from dpr.adapters import files
from dpr.adapters.key_files import KeyFile
from dpr.apps.admission import Admission
from dpr.apps.editions import Editions, dated
from dpr.apps.key_requests import KeyNames
from dpr.apps.merging import WithSignatures, judged, sorted_out
from dpr.apps.minimums import LeftOut, Minimums, minimums, move_away
from dpr.apps.publishing import SNAPSHOT_NAME, Published
from dpr.apps.root_order import RootOrder
from dpr.apps.signers import open_key_file
from dpr.core import ceremony, documents
from dpr.core.ceremony import Draft, Edition, Signature, Standing
from dpr.core.errors import DocumentError, SetupError
from dpr.core.following import refuse_lower
from dpr.core.kinds import ADDRESS_BOOK, ROOT, SNAPSHOT, TRUST_LIST
from dpr.core.root import Root
from dpr.core.snapshot import ADDRESS_BOOK_NAME, ROOT_NAME, TRUST_LIST_NAME, Snapshot, SnapshotContent
from dpr.core.trust_list import Issuer, TrustList, TrustListContent
from dpr.ports import Signer

_HOUR, _DAY = 3600, 86_400
SNAPSHOT_HOURS = 48
#: Twice as long as from one list to the next (docs/howto-authority.md): one ceremony may fail.
NEXT_UPDATE_DAYS = 14
_NAMES = {
    TRUST_LIST.typ: TRUST_LIST_NAME,
    ROOT.typ: ROOT_NAME,
    ADDRESS_BOOK.typ: ADDRESS_BOOK_NAME,
    SNAPSHOT.typ: SNAPSHOT_NAME,
}
#: In which a merge writes: a list before the root that it needs, a snapshot after what it names.
_ORDER = tuple(_NAMES.values())


class Merged(NamedTuple):
    """One document that was published: its name, what it says, who signed it."""

    name: str
    draft: Draft
    document: bytes


class Snapshotted(NamedTuple):
    """A snapshot that was published, the lists that it does not take from the folder, and those that were moved away."""

    merged: Merged
    left_out: list[LeftOut]
    moved: list[Path]


class Authority:
    """One authority's folder. `published`: what everybody may see of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.published = Published(folder / "published")
        self.editions = Editions(folder)
        self.key_names = KeyNames(folder)
        self._admission = Admission(folder)

    @classmethod
    def create(cls, folder: Path, *, name: str, environment: str, keys: int, threshold: int, now: datetime) -> Authority:
        """An authority on one machine, for rehearsals: `keys` custodians' keys, of which `threshold` must sign roots and lists,
        a key for snapshots, all unencrypted, and the first root. StorageError `key_file_exists`, InputError."""
        order = RootOrder(name=name, environment=environment, thresholds={"root": threshold, "lists": threshold, "snapshot": 1})
        order.check_first(keys={"root": keys, "lists": keys, "snapshot": 1})
        (folder / "keys").mkdir(parents=True, exist_ok=True)
        made = [KeyFile.create(folder / "keys" / f"custodian-{number}.pem") for number in range(1, keys + 1)]
        custodians = tuple(signer.key for signer in made)
        online = KeyFile.create(folder / "keys" / "online.pem")
        authority = cls(folder)
        first = authority.draft_root(
            order._replace(add={"root": custodians, "lists": custodians, "snapshot": (online.key,)}), now=now
        )
        authority.merge([first], [ceremony.sign(first, signer) for signer in made])
        return authority

    # --- issuers ------------------------------------------------------------------------------------------------------

    def add_issuer(self, description: Path, *, days: int, now: datetime) -> Issuer:
        """Admits an issuer, or admits it anew; it counts from the next list. As `Admission.add`."""
        return self._admission.add(description, days=days, now=now)

    def remove_issuer(self, id: str) -> None:
        """The issuer is on no further list. SetupError `issuer_unknown`."""
        self._admission.remove(id)

    def issuers(self) -> tuple[Issuer, ...]:
        """Every issuer that is admitted, as `Admission.issuers`."""
        return self._admission.issuers()

    # --- drafts -------------------------------------------------------------------------------------------------------

    def draft_root(self, order: RootOrder, *, now: datetime, clock_was_ahead: bool = False) -> Draft:
        """The next root; the first where there is none. InputError `setup_invalid`, DocumentError `root_…`."""
        roots = self.published.roots()
        held = roots[-1] if roots else None
        before = ceremony.draft(ROOT, held).edition if held else None
        issued_at = dated(int(now.timestamp()), before, clock_was_ahead=clock_was_ahead)
        return ceremony.draft(ROOT, order.next_root(held, issued_at=issued_at))

    def draft_list(self, *, next_update_days: int, now: datetime, clock_was_ahead: bool = False) -> Draft:
        """The next trust list, of every issuer that is admitted. SetupError `no_issuers`, `ceremony_root_missing`."""
        root, issuers = self.published.root(), self.issuers()
        if not issuers:
            raise SetupError("no_issuers", str(self.folder / "issuers"))
        before = self.last(TRUST_LIST_NAME)
        issued_at = dated(int(now.timestamp()), before, clock_was_ahead=clock_was_ahead)
        content = TrustListContent(
            version=before.version + 1 if before else 1,
            environment=root.content.environment,
            next_update=issued_at + next_update_days * _DAY,
            issuers=issuers,
        )
        return ceremony.draft(TRUST_LIST, TrustList(authority=root.authority, issued_at=issued_at, content=content))

    def draft_snapshot(self, said: Minimums, *, next_update_hours: int, now: datetime, clock_was_ahead: bool = False) -> Draft:
        """The next snapshot, of everything that is published (dpr.apps.minimums)."""
        root, before, seconds = self.published.root(), self.last(SNAPSHOT_NAME), int(now.timestamp())
        issued_at = dated(seconds, before, clock_was_ahead=clock_was_ahead)
        content = SnapshotContent(
            version=before.version + 1 if before else 1,
            environment=root.content.environment,
            next_update=issued_at + next_update_hours * _HOUR,
            minimums=said.named,
        )
        return ceremony.draft(SNAPSHOT, Snapshot(authority=root.authority, issued_at=issued_at, content=content))

    def keep_draft(self, draft: Draft) -> Path:
        """Writes a draft where it can be carried from."""
        path = self.folder / "drafts" / f"{_NAMES[draft.kind.typ]}-{draft.edition.version}.draft"
        files.replace(path, draft.encode())
        return path

    # --- documents ----------------------------------------------------------------------------------------------------

    def merge(
        self,
        drafts: Sequence[Draft],
        signatures: Iterable[Signature],
        *,
        compromised: bool = False,
        clock_was_ahead: bool = False,
    ) -> list[Merged]:
        """Publishes every draft, at most one of a kind, with its signatures; all or, where one is refused, none.

        `compromised`: a root may leave the published trust list void. Raises DocumentError as dpr.core.ceremony.merge, and
        `draft_twice`, `signature_other_draft`, `root_voids_list`.
        """
        by_draft = sorted_out(drafts, signatures)
        with files.alone(self.folder / ".lock"):
            merged = list(self._merged(by_draft, compromised=compromised, clock_was_ahead=clock_was_ahead))
            self.editions.remember({one.name: one.draft.edition for one in merged})
            for one in sorted(merged, key=lambda one: _ORDER.index(one.name)):
                if one.name == ROOT_NAME:
                    self.published.put_root(one.document, one.draft.edition.version)
                else:
                    self.published.put(one.name, one.document)
            self.published.settle()
        return merged

    def standings(self, drafts: Sequence[Draft], signatures: Iterable[Signature]) -> list[tuple[Draft, tuple[Standing, ...]]]:
        """How far each draft is. DocumentError as `merge` for signatures that may not stand on it."""
        found = []
        for draft, given, held, others in judged(sorted_out(drafts, signatures), self.published.roots()):
            signed = ceremony.collect(draft, given, held_root=held, others=others)
            found.append((draft, ceremony.standings(draft, signed, held_root=held)))
        return found

    def _merged(self, by_draft: list[WithSignatures], *, compromised: bool, clock_was_ahead: bool) -> Iterator[Merged]:
        with_list = any(isinstance(draft.value, TrustList) for draft, _ in by_draft)
        for draft, signatures, held, others in judged(by_draft, self.published.roots()):
            name = _NAMES[draft.kind.typ]
            previous = ceremony.draft(ROOT, held).edition if held else None
            if not isinstance(draft.value, Root):
                previous = self.last(name)
            document = ceremony.merge(
                draft, signatures, held_root=held, previous=previous, others=others, clock_was_ahead=clock_was_ahead
            )
            if isinstance(draft.value, Root) and not (compromised or with_list):
                self._refuse_void_list(draft.value)
            yield Merged(name, draft, document)

    def last(self, name: str) -> Edition | None:
        """The edition before the next one of a trust list, address book or snapshot."""
        return self.editions.last(name, self.published.edition(name))

    def _refuse_void_list(self, root: Root) -> None:
        document = self.published.document(TRUST_LIST_NAME)
        try:
            if document is not None:
                documents.open_trust_list(document, root.anchor)
        except DocumentError as error:
            raise DocumentError("root_voids_list", error.code) from None

    def publish(self, *, next_update_days: int, now: datetime, snapshot_hours: int = SNAPSHOT_HOURS) -> TrustList:
        """On one machine: the next trust list and snapshot, signed by every key in keys/."""
        signers = self.local_signers()
        draft = self.draft_list(next_update_days=next_update_days, now=now)
        lists = self.published.root().content.lists.keys
        self.merge([draft], [ceremony.sign(draft, one) for one in signers if one.key in lists])
        online = [one for one in signers if one.key in self.published.root().content.snapshot.keys]
        self.publish_snapshot(online, next_update_hours=snapshot_hours, now=now)
        assert isinstance(draft.value, TrustList)
        return draft.value

    def publish_snapshot(
        self, signers: Sequence[Signer], *, next_update_hours: int, now: datetime, clock_was_ahead: bool = False
    ) -> Snapshotted:
        """The next snapshot, signed by `signers`; lists of issuers that are gone are moved out of the published folder.
        SetupError `snapshot_key_differs`; DocumentError as `merge`."""
        self.require_online(signers)
        said = minimums(self.published, now=int(now.timestamp()))
        draft = self.draft_snapshot(said, next_update_hours=next_update_hours, now=now, clock_was_ahead=clock_was_ahead)
        assert isinstance(draft.value, Snapshot)
        refuse_lower(draft.value, self.published.snapshot(), said.named.__contains__)  # as every site will
        (merged,) = self.merge([draft], [ceremony.sign(draft, one) for one in signers], clock_was_ahead=clock_was_ahead)
        return Snapshotted(merged, said.left_out, move_away(self.published, said.left_out))

    def require_online(self, signers: Sequence[Signer]) -> None:
        """SetupError `snapshot_key_differs` where none of them is one that the root names for snapshots."""
        entitled = self.published.root().content.snapshot.keys
        if all(one.key not in entitled for one in signers):
            raise SetupError("snapshot_key_differs", ", ".join(f"key {one.key.thumbprint.hex()[:16]}" for one in signers))

    def local_signers(self) -> list[Signer]:
        """Every key in keys/."""
        return [open_key_file(path) for path in sorted((self.folder / "keys").glob("*.pem"))]
