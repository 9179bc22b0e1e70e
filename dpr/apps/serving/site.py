"""The site's trust data, policy and products as a running service holds them.

Rules: what is held gives way only to something that is whole and not older. A list that is missing, torn, or older than the one
held leaves that one in force, and `fault` says so: half a copy must not undo a revocation. An issuer who has left the trust
list takes their lists along. What was left out at the start is named too, though there is nothing to hold in its place.

Example: `site.reload(); verify(document, site.trust, now, policy=site.policy)`
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from dpr.apps.compose import SiteFolder
from dpr.core.errors import DprError, StorageError
from dpr.core.policy import Policy
from dpr.core.trust import Trust
from dpr.ports import Catalogue

_FILES = ("policy.toml", "products.db", "root.cbor", "trust-list.cbor", "snapshot.cbor", "time-floor.json")
_FOLDERS = ("status", "revocations")
#: What is not as it should be is read again so often, though no file has changed: a disk may have failed for a moment.
_AGAIN_SECONDS = 60
_Key = tuple[str, str]
L = TypeVar("L")


class HeldSite:
    """A site in memory. `open_site`: gives the folder as it is; `fault`: why what is in the folder does not count, or None."""

    def __init__(self, open_site: Callable[[], SiteFolder]) -> None:
        """As SiteFolder's `policy`, `trust` and `catalogue`: what cannot be read at the start is named."""
        self._open_site = open_site
        site = open_site()
        self._version, self._read_at = _version(site.folder), time.monotonic()
        self.policy: Policy = site.policy
        self.catalogue: Catalogue | None = site.catalogue()
        self.trust: Trust = site.trust()
        self.fault: DprError | None = _kept([name for name, _ in site.trust_files.skipped])

    def reload(self) -> None:
        """Takes in what has changed."""
        try:
            site = self._open_site()
            version = _version(site.folder)
            again = self.fault is not None and time.monotonic() - self._read_at > _AGAIN_SECONDS
            if version == self._version and not again:
                return
            self._read_at = time.monotonic()
            policy, trust, catalogue = site.policy, site.trust(), site.catalogue()
        except DprError as error:
            self.fault = error
            return
        trust, kept = _together(self.trust, trust)
        self.policy, self.trust, self.catalogue, self._version = policy, trust, catalogue, version
        self.fault = _kept([*(name for name, _ in site.trust_files.skipped), *kept])


def _kept(names: list[str]) -> DprError | None:
    return StorageError("trust_list_kept", ", ".join(names[:5])) if names else None


def _together(held: Trust, fresh: Trust) -> tuple[Trust, list[str]]:
    """What was read, with what is held in place of what is missing or older; and the names of that."""
    if held.trust_list is None or fresh.trust_list is None or held.anchor is None or fresh.anchor is None:
        return fresh, []
    if held.anchor.authority == fresh.anchor.authority and (
        fresh.trust_list.content.version < held.trust_list.content.version
        or (fresh.root_version or 0) < (held.root_version or 0)
    ):
        return held, ["trust-list"]
    issuers = {issuer.id for issuer in fresh.trust_list.content.issuers}
    status, kept_status = _merged(held.status_lists, fresh.status_lists, issuers)
    revocations, kept_revocations = _merged(held.revocations, fresh.revocations, issuers)
    snapshot, kept = fresh.snapshot, [*kept_status, *kept_revocations]
    before = held.snapshot
    older = before is not None and (snapshot is None or snapshot.content.version < before.content.version)
    if older and held.root_version == fresh.root_version:  # another root has other snapshot keys
        snapshot, kept = before, [*kept, "snapshot"]
    if not kept:
        return fresh, []
    together = Trust(
        fresh.anchor,
        fresh.trust_list,
        status,
        fresh.held,
        revocations,
        snapshot,
        fresh.floor,
        fresh.root_version,
    )
    return together, kept


def _merged(held: Mapping[_Key, Any], fresh: Mapping[_Key, L], issuers: set[str]) -> tuple[dict[_Key, L], list[str]]:
    merged, kept = dict(fresh), []
    for key, one in held.items():
        if key[0] in issuers and (key not in fresh or fresh[key].issued_at < one.issued_at):  # type: ignore[attr-defined]
            merged[key] = one
            kept.append(key[1])
    return merged, kept


def _version(folder: Path) -> tuple[Any, ...]:
    """Changes whenever a file of the site's trust data, its policy or its products does, in place or replaced."""
    found: list[Any] = [_stat(folder / name) for name in _FILES]
    for name in _FOLDERS:
        for place in (folder / name, folder / ".taken" / name):
            try:
                with os.scandir(place) as entries:
                    found.append(sorted((entry.name, _times(entry.stat())) for entry in entries))
            except OSError:
                found.append(None)
    return tuple(found)


def _stat(path: Path) -> tuple[int, ...] | None:
    try:
        return _times(path.stat())
    except OSError:
        return None


def _times(found: os.stat_result) -> tuple[int, ...]:
    return found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size
