"""Fetching the latest lists from mirrors that need not be trusted.

Rules: every mirror is asked at once for its snapshot; the highest that verifies under the root, or under a root that follows
on it, says what is missing; each list is then asked for from one mirror after another until one gives it as new as the
snapshot says. Where none does, the newest that was given is taken all the same: it is better than what is held, and the
verdict says that it is behind. What a mirror gives is verified before it counts, so the worst that mirrors can do together is
to give nothing, which shows as age. A mirror that is dead, slow or lies is named, and asked last or no more in this run.
The address book, which is large and which no verdict rests on, comes last.
Everything that was found is taken in as one change, also when the time ran out.

Example: `await refresh(store=store, mirrors=mirrors, etags={}, now=now, skew_seconds=300, seconds=60)`
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from dpr.core import behind, cbor, days, documents
from dpr.core.errors import DocumentError, DprError
from dpr.core.lists import issued_at
from dpr.core.offers import Offer, choose, etags_to_keep, need_root
from dpr.core.root import Root
from dpr.core.snapshot import ADDRESS_BOOK_NAME, TRUST_LIST_NAME, Snapshot
from dpr.core.trust import Trust
from dpr.core.trust_list import TrustList
from dpr.ports import BroughtIn, Mirror, MirrorFailed, TrustStore

SNAPSHOT_NAME = "snapshot"
#: Bytes of all lists of one fetch together.
MAX_BYTES = 512 * 1024 * 1024
#: Roots followed in one fetch.
MAX_ROOTS = 256
#: Lists asked for at once.
AT_ONCE = 8
#: A mirror that could not be reached, or was too slow, so often is not asked again in this run.
MOST_FAILURES = 2
Progress = Callable[[int, int], None]


class Fault(NamedTuple):
    """What was wrong with a mirror's answer for the list `name`; `mirror` is empty where no mirror had it."""

    mirror: str
    name: str
    code: str
    detail: str


class Refreshed(NamedTuple):
    """One fetch. `answered`: mirrors that gave a snapshot that verifies, or said that theirs has not changed; `brought_in`:
    None where nothing new was found; `etags`: to ask with the next time."""

    answered: tuple[str, ...]
    brought_in: BroughtIn | None
    faults: tuple[Fault, ...]
    etags: Mapping[str, str]
    timed_out: bool


async def refresh(
    *,
    store: TrustStore,
    mirrors: Sequence[Mirror],
    etags: Mapping[str, str],
    now: int,
    skew_seconds: int,
    seconds: float,
    progress: Progress = lambda done, total: None,
) -> Refreshed:
    """One fetch from `mirrors`, in at most `seconds`. `etags`: by mirror's name; `progress`: is told how many lists of how many
    are there. Raises what TrustStore raises."""
    run = _Run(store, mirrors, dict(etags), now + skew_seconds, progress)
    timed_out = False
    try:
        async with asyncio.timeout(seconds):
            await run.fetch()
    except TimeoutError:
        timed_out = True
        run.note("", SNAPSHOT_NAME if run.snapshot is None else "", "mirror_slow", f"{seconds:g} s")
    found = run.found()
    brought_in = store.bring_in(found, now=now, skew_seconds=skew_seconds) if found else None
    kept = run.etags_to_keep(brought_in is not None)
    return Refreshed(tuple(run.answered), brought_in, tuple(run.faults), kept, timed_out)


@dataclass
class _Run:
    store: TrustStore
    mirrors: Sequence[Mirror]
    etags: dict[str, str]
    latest: int
    progress: Progress
    faults: list[Fault] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    roots: list[tuple[Root, bytes]] = field(default_factory=list)
    lists: dict[str, bytes] = field(default_factory=dict)
    snapshot: Snapshot | None = None

    def __post_init__(self) -> None:
        self._held_root = self.store.root()
        self.held = self._loaded()
        self.latest = max(self.latest, self.held.floor)
        self._offers: list[Offer] = []
        self._new_snapshot: bytes | None = None
        self._faults_of: Counter[str] = Counter()
        self._dead: Counter[str] = Counter()
        self._size = 0

    def _loaded(self) -> Trust:
        """What is held; nothing where the list is missing or void, which is what is to be mended."""
        try:
            return self.store.load()
        except DprError:
            return Trust(self._held_root.anchor)

    def note(self, mirror: str, name: str, code: str, detail: str = "") -> None:
        self.faults.append(Fault(mirror, name, code, detail))
        self._faults_of[mirror] += 1

    def found(self) -> list[bytes]:
        """Everything new, for one bringing in."""
        snapshot = [self._new_snapshot] if self._new_snapshot is not None else []
        return [*(data for _, data in self.roots), *snapshot, *self.lists.values()]

    @property
    def _root(self) -> Root:
        return self.roots[-1][0] if self.roots else self._held_root

    async def fetch(self) -> None:
        """All of it, each step on what the one before found."""
        await asyncio.gather(*(self._ask(mirror) for mirror in self.mirrors))
        await self._follow_roots()
        self._choose()
        if self.snapshot is not None:
            await self._fetch_lists(self.snapshot)

    # --- which is the latest ----------------------------------------------------------------------------------------

    async def _ask(self, mirror: Mirror) -> None:
        etag = self.etags.get(mirror.name, "") if self.held.snapshot is not None else ""
        try:
            answer = await mirror.get(SNAPSHOT_NAME, limit=cbor.MAX_SIGNED_BYTES, etag=etag)
        except MirrorFailed as error:
            self._dead[mirror.name] += 1
            self.note(mirror.name, SNAPSHOT_NAME, error.code, error.detail)
            return
        if answer is None:
            self.note(mirror.name, SNAPSHOT_NAME, "mirror_without_list")
            return
        if answer.data is None:
            self.answered.append(mirror.name)
        self._offers.append(Offer(mirror.name, answer.data, answer.etag))

    async def _follow_roots(self) -> None:
        """Roots, version by version, as far as a snapshot names them or needs them to verify."""
        while len(self.roots) < MAX_ROOTS and need_root(self._offers, self._root, self.held.snapshot):
            data = await self._first(f"roots/{self._root.content.version + 1}", self._root_version)
            if data is None:
                return
            self.roots.append((documents.open_root(data, self._root), data))

    def _root_version(self, data: bytes) -> int:
        return documents.open_root(data, self._root).content.version

    def _choose(self) -> None:
        """The snapshot that counts; one that a root voids still says what is missing where no other is given."""
        valid = self._root.content.snapshot == self._held_root.content.snapshot
        chosen = choose(self._offers, self._root, self.held.snapshot if valid else None, self.latest)
        for mirror, error in chosen.faults:
            self.note(mirror, SNAPSHOT_NAME, error.code, error.detail)
        self.answered += chosen.counting
        self.snapshot, self._new_snapshot = chosen.snapshot or self.held.snapshot, chosen.document

    # --- what is missing --------------------------------------------------------------------------------------------

    async def _fetch_lists(self, snapshot: Snapshot) -> None:
        trust_list = await self._trust_list(snapshot)
        issuers = Trust(self._root.anchor, trust_list)
        wanted = [one for one in behind.every(self.held, snapshot) if "/" in one.name]
        total, queue, done = len(wanted), iter(wanted), 0
        self.progress(0, total)

        async def work() -> None:
            nonlocal done
            for one in queue:
                data = await self._first(one.name, partial(issued_at, issuers=issuers, name=one.name), one.minimum, one.held)
                if data is not None:
                    self.lists[one.name] = data
                done += 1
                self.progress(done, total)

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        await self._address_book(snapshot)

    async def _address_book(self, snapshot: Snapshot) -> None:
        root, minimum = self._root, snapshot.minimum(ADDRESS_BOOK_NAME)
        counts = root.content.snapshot == self._held_root.content.snapshot
        version = (self.held.address_book_version or 0) if counts else 0
        if version >= minimum:
            return
        data = await self._first(
            ADDRESS_BOOK_NAME, lambda data: documents.open_address_book(data, root).content.version, minimum, version
        )
        if data is not None:
            self.lists[ADDRESS_BOOK_NAME] = data

    async def _trust_list(self, snapshot: Snapshot) -> TrustList | None:
        """The trust list to be: the one held where that is new enough and counts under the root."""
        minimum, held = snapshot.minimum(TRUST_LIST_NAME), self.held.trust_list
        counts = held is not None and self._root.content.lists == self._held_root.content.lists
        version = held.content.version if held is not None and counts else 0
        if held is not None and counts and version >= minimum:
            return held
        read = partial(documents.open_trust_list, anchor=self._root.anchor)
        data = await self._first(TRUST_LIST_NAME, lambda data: read(data).content.version, minimum, version)
        if data is None:
            return held
        self.lists[TRUST_LIST_NAME] = data
        return read(data)

    async def _first(self, name: str, read: Callable[[bytes], int], minimum: int = 0, held: int = 0) -> bytes | None:
        """The list of that name from the first mirror that gives one of at least `minimum`; else the newest that is newer than
        `held`. `read` verifies it, and returns its version or time."""
        asked, best, newest = False, None, held
        for mirror in self._in_order():
            if self._dead[mirror.name] >= MOST_FAILURES or self._size > MAX_BYTES:
                continue
            asked = True
            try:
                answer = await mirror.get(name, limit=cbor.MAX_SIGNED_BYTES)
                if answer is None or answer.data is None:
                    continue
                version = read(answer.data)
                self._size += len(answer.data)
                if self._size > MAX_BYTES:
                    raise DocumentError("mirror_too_large", f"more than {MAX_BYTES} bytes in all")
            except DprError as error:
                self._dead[mirror.name] += isinstance(error, MirrorFailed)
                self.note(mirror.name, name, error.code, error.detail)
                continue
            if version >= minimum:
                return answer.data
            shown = days.shown if "/" in name else str  # issuers' lists have times, the authority's have numbers
            self.note(mirror.name, name, "mirror_stale", f"{shown(version)}, at least {shown(minimum)}")
            if version > newest:
                best, newest = answer.data, version
        if asked and not name.startswith("roots/"):
            self.note("", name, "mirror_without_list")
        return best

    def _in_order(self) -> list[Mirror]:
        """Those that failed least come first."""
        return sorted(self.mirrors, key=lambda mirror: self._faults_of[mirror.name])

    def etags_to_keep(self, changed: bool) -> dict[str, str]:
        """To ask with the next time; `changed`: something was brought in."""
        in_force = self._loaded().snapshot if changed else self.held.snapshot
        return etags_to_keep(self.etags, self._offers, self._root, in_force)
