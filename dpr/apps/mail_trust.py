"""A site's trust data for a program that runs for long: read again when they have changed on the disk.

Rules: whether they have is asked of the file system each time, so that what was brought in counts from then on. Lists that
cannot be read leave those in force that were read before, and are tried again once a second; the first reading must succeed.
Any number of threads.

Example: `trust = FreshTrust(site); trust()`
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

from dpr.apps.compose import SiteFolder
from dpr.core.errors import DprError
from dpr.core.trust import Trust

_NAMES = ("root.cbor", "trust-list.cbor", "snapshot.cbor", "status", "revocations", "credentials")
_AGAIN_SECONDS = 1.0
Stamp = tuple[tuple[int, ...], ...]


class FreshTrust:
    """Calls give what the site holds by now."""

    def __init__(self, site: SiteFolder) -> None:
        self._site, self._lock = site, threading.Lock()
        self._held: Trust | None = None
        self._stamp: Stamp = ()
        self._failed_at = -_AGAIN_SECONDS

    def __call__(self) -> Trust:
        """SetupError and DocumentError as `SiteFolder.trust`, the first time."""
        with self._lock:
            stamp = tuple(changed(self._site.folder / name) for name in _NAMES)
            again = stamp != self._stamp and time.monotonic() - self._failed_at >= _AGAIN_SECONDS
            if self._held is None or again:
                self._read(stamp)
            assert self._held is not None
            return self._held

    def _read(self, stamp: Stamp) -> None:
        try:
            self._held = self._site.trust()
            self._stamp = stamp
        except DprError:
            self._failed_at = time.monotonic()
            if self._held is None:
                raise


def changed(path: Path) -> tuple[int, ...]:
    """Another value after a file or folder has changed; the same for one that is not there."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size
