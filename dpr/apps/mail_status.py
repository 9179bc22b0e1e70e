"""How a site's sending and fetching goes, in a small file: what `dpr relay status` and a monitoring system read.

Rules: the service alone writes it, whole or not at all; a reader judges by its time whether the service still runs. Origins,
codes and counts, nothing about a person.

Example: `read_status(Path("apotek")).relays["https://relay.example"].contact_at`
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from dpr.adapters import files
from dpr.core.errors import DprError
from dpr.core.mail.telling import Told

NAME = "mail-status.json"
_LIMIT = 100_000


class RelayStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One relay; instants in seconds, 0 where it never was. `code`: why it failed the last time."""

    contact_at: int = 0
    failed_at: int = 0
    code: str = ""


class MailStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A site's service at the instant `at`, in seconds. `pid`: its process; `queue`: the one it fetches, empty where it only
    sends; `relays`: by origin; `waiting`: messages sent that are under way; `deferred`: messages that came and could not be
    taken yet; `alarms`: in the inbox that nobody has settled; `code`: what keeps it from its own store, empty where nothing
    does."""

    at: int
    pid: int
    queue: str = ""
    relays: dict[str, RelayStatus] = {}
    waiting: int = 0
    deferred: int = 0
    alarms: int = 0
    code: str = ""


def read_status(folder: Path) -> MailStatus | None:
    """What the service of this site folder wrote last; None where none has run, or the file is torn."""
    try:
        return msgspec.json.decode(files.read(folder / NAME, limit=_LIMIT), type=MailStatus)
    except (DprError, ValueError, RecursionError):
        return None


def write_status(folder: Path, status: MailStatus) -> None:
    """StorageError `file_not_written`."""
    files.replace(folder / NAME, msgspec.json.format(msgspec.json.encode(status)) + b"\n")


class Noted:
    """What was told, as far as the status shows it."""

    def __init__(self) -> None:
        self.relays: dict[str, RelayStatus] = {}
        self.deferred: set[bytes] = set()
        self.code = ""

    def __call__(self, told: Told, now: int) -> None:
        """Takes note of it. `now`: instant in seconds."""
        if told.what == "contact":
            before = self.relays.get(told.origin, RelayStatus())
            self.relays[told.origin] = msgspec.structs.replace(before, contact_at=now)
            self.code = ""
        elif told.what in ("failed", "alarm") and told.origin:
            before = self.relays.get(told.origin, RelayStatus())
            self.relays[told.origin] = msgspec.structs.replace(before, failed_at=now, code=told.code)
        elif told.what == "failed":
            self.code = told.code
        elif told.what == "deferred":
            self.deferred.add(told.message_id)
        elif told.what in ("verified", "accepted", "rejected", "quarantined", "again"):
            self.deferred.discard(told.message_id)
