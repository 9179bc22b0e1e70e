"""A site's trust data: installed, brought in by file or stick, fetched from mirrors, and handed to another verifier.

Rules: only what verifies is kept, and nothing older than what is held. The first root is compared by its fingerprint, which is
required in production. A folder is taken as a whole: what a stick or a published folder holds under the names that lists have.

Example: `add(site, [Path("/media/usb")], fingerprint=None).brought_in.of("refused")`
"""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dpr.adapters import files, time_floor, trust_files, trust_root
from dpr.adapters.trust_address_book import ADDRESS_BOOK
from dpr.apps.compose import SiteFolder
from dpr.core import documents
from dpr.core.errors import DprError, SetupError
from dpr.core.key_field import KeyType
from dpr.core.policy import VERDICT_KEYS
from dpr.core.root import Root
from dpr.core.snapshot import ISSUERS_LISTS
from dpr.core.trust import Anchor
from dpr.core.trust_list import Environment
from dpr.flows.refresh import Refreshed, refresh
from dpr.ports import BroughtIn, Outcome

#: More than a country has; a bound for what a stick may hold.
MAX_FILES, MAX_BYTES = 250_000, 1_000_000_000
_FLAT = (trust_files.ROOT, trust_files.TRUST_LIST, trust_files.SNAPSHOT, ADDRESS_BOOK)
_FOLDERS = (trust_files.ROOTS, *(one.folder for one in ISSUERS_LISTS.values()), trust_files.CREDENTIALS)
ETAGS = "mirrors.json"
#: Of the whole time that a fetch may take, one answer gets at most this much.
_MOST_SECONDS = 15


class Added(NamedTuple):
    """What came in: the files in order, what became of each (`place`: its number), what could not be read, and the
    fingerprint of a root that was installed."""

    paths: tuple[Path, ...]
    brought_in: BroughtIn
    unreadable: tuple[tuple[Path, DprError], ...]
    installed: str | None


def add(site: SiteFolder, paths: Iterable[Path], *, fingerprint: str | None = None) -> Added:
    """Brings files and folders into a site. `fingerprint`: of the first root.

    Raises SetupError: `trust_not_set_up` where no root is held and none is given, `root_fingerprint_missing`,
    `root_fingerprint_differs`, `root_not_for_this_site`, `root_exists`, `file_missing`; StorageError.
    """
    found: list[tuple[Path, bytes]] = []
    unreadable: list[tuple[Path, DprError]] = []
    size = 0
    for path in expanded(paths):
        try:
            data = files.read(path, limit=trust_files.LIST_LIMIT)
        except DprError as error:
            unreadable.append((path, error))
            continue
        size += len(data)
        if len(found) >= MAX_FILES or size > MAX_BYTES:
            raise SetupError("trust_files_too_many", f"more than {MAX_FILES} files or {MAX_BYTES} bytes")
        found.append((path, data))
    installed = _install(site, [data for _, data in found], fingerprint)
    now = int(site.now().timestamp())
    brought_in = site.trust_files.bring_in([data for _, data in found], now=now, skew_seconds=site.policy.clock_skew_seconds)
    return Added(tuple(path for path, _ in found), brought_in, tuple(unreadable), installed)


def expanded(paths: Iterable[Path]) -> Iterator[Path]:
    """Files, and of each folder whatever has a list's name or is a list lying flat in it; also one folder further down.
    SetupError `file_missing` for a folder with nothing of the kind."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = sorted({*_of_folder(path)})
        for below in sorted(path.iterdir()) if not inside else ():
            if below.is_dir() and not below.name.startswith(".") and any((below / name).is_file() for name in _FLAT):
                inside += sorted({*_of_folder(below)})
        if not inside:
            raise SetupError("file_missing", f"no lists in {path}")
        yield from inside


def _of_folder(folder: Path) -> Iterator[Path]:
    for place in (folder, *(folder / name for name in _FOLDERS)):
        for path in place.glob("*.cbor"):
            if not path.name.startswith(".") and stat.S_ISREG(path.lstat().st_mode):
                yield path


def _install(site: SiteFolder, given: Sequence[bytes], fingerprint: str | None) -> str | None:
    """Installs the first root of `given` where none is held, or it is torn beyond help; returns its fingerprint."""
    wanted = "".join(fingerprint.split()).lower() if fingerprint is not None else None
    if not trust_root.none_in_force(site.folder):
        if wanted is not None and wanted not in trust_root.fingerprints(site.folder):
            raise SetupError("root_exists", str(site.folder / trust_files.ROOT))
        return None
    roots = {documents.fingerprint(data): (root, data) for root, data in _roots(given)}
    if not roots:
        raise SetupError("trust_not_set_up", f"no {trust_files.ROOT} among what was given")
    if wanted is None:
        # Nobody compares, so this is a rehearsal: the latest.
        wanted = max(roots, key=lambda one: roots[one][0].content.version)
        if site.policy.environment is Environment.PRODUCTION:
            raise SetupError("root_fingerprint_missing", f"version {roots[wanted][0].content.version}")
    if wanted not in roots:
        raise SetupError("root_fingerprint_differs", f"{len(roots)} roots")
    root, data = roots[wanted]
    if root.content.environment is not site.policy.environment:
        raise SetupError("root_not_for_this_site", root.content.environment.name.lower())
    site.trust_files.install(data, fingerprint=wanted)
    return wanted


def _roots(given: Sequence[bytes]) -> Iterator[tuple[Root, bytes]]:
    for data in given:
        if len(data) <= documents.MAX_DOCUMENT_BYTES and data[:2] == b"\xd8\x62":
            try:
                yield documents.open_root(data, None), data
            except DprError:
                continue


def fetch(site: SiteFolder, mirrors: Sequence[str], progress: Callable[[int, int], None]) -> Refreshed:
    """One fetch from `mirrors` (base addresses; of the policy where none are given). SetupError `trust_mirrors_missing`,
    `trust_not_set_up`, `root_not_for_this_site`; StorageError."""
    from dpr.adapters.mirrors_http import HttpMirrors, read_etags, write_etags

    bases, seconds = mirrors or site.policy.trust_mirrors, site.policy.trust_fetch_seconds
    if not bases:
        raise SetupError("trust_mirrors_missing", str(site.folder / "policy.toml"))
    store, path = site.existing().trust_files, site.folder / ETAGS
    if store.root().content.environment is not site.policy.environment:
        raise SetupError("root_not_for_this_site", store.root().content.environment.name.lower())

    async def run() -> Refreshed:
        async with HttpMirrors(bases, timeout_seconds=min(_MOST_SECONDS, seconds / 3)) as opened:
            return await refresh(
                store=store,
                mirrors=opened.all(),
                etags=read_etags(path),
                now=int(site.now().timestamp()),
                skew_seconds=site.policy.clock_skew_seconds,
                seconds=seconds,
                progress=progress,
            )

    done = asyncio.run(run())
    if dict(done.etags) != read_etags(path):
        write_etags(path, dict(done.etags))
    return done


def reset_clock(site: SiteFolder, *, acting: str, reason: str, to: int | None) -> time_floor.Floor:
    """Lowers the floor to the instant `to` (the clock's where it is None), in the name of `acting`: a credential's file, which
    is recorded by its id, or a name. Raises as `TrustFiles.reset_floor`."""
    from dpr.apps.compose import read_credential

    who = acting
    if acting.endswith(".cbor"):
        data = read_credential(Path(acting))
        who = documents.read_claims(documents.CREDENTIAL_KIND, documents.split(data)[1]).id
    now = int(site.now().timestamp())
    return site.existing().trust_files.reset_floor(
        now if to is None else to, acting=who, reason=reason, now=now, skew_seconds=site.policy.clock_skew_seconds
    )


def exported(site: SiteFolder) -> dict[str, Any]:
    """What a verdict of this site rests on, in the form of the test vectors: `trust` (documents in hexadecimal; only what
    verifies) and `policy` (the keys that a verdict uses)."""
    loaded, store = site.trust(), site.trust_files
    left_out = {name for name, _ in store.skipped}

    def held(part: str) -> list[str]:
        return [store.read_list(name).hex() for name in store.list_names(part) if name not in left_out]

    trust = {
        "anchor": anchor_members(store.root().anchor),
        "trust_list": store.trust_list(store.root())[1].hex(),
        "status_lists": held(trust_files.STATUS),
        "revocations": held(trust_files.REVOCATIONS),
        "credentials": [chain.document.hex() for chain in store.credentials()],
        "floor": loaded.floor,
    }
    if loaded.snapshot is not None:
        trust |= {"snapshot": store.read_list(trust_files.SNAPSHOT).hex(), "root": store.root_document().hex()}
    policy = {key: getattr(site.policy, key) for key in VERDICT_KEYS}
    return {"trust": trust, "policy": policy | {"environment": site.policy.environment.name.lower()}}


def anchor_members(anchor: Anchor) -> dict[str, Any]:
    """What judges trust lists, as JSON; keys in hexadecimal."""
    return {
        "authority": anchor.authority,
        "environment": anchor.environment.name.lower(),
        "threshold": anchor.threshold,
        "keys": [KeyType().to_json(key) for key in anchor.keys],
    }


__all__ = ["Added", "BroughtIn", "Outcome", "add", "anchor_members", "expanded", "exported", "fetch", "reset_clock"]
