"""What the gateway knows of each message that passed: one small file each, replaced whole.

Rules: a record is written before what it says is done, and again after: a run that is killed in between does it once more, with
the same ids and times, so that the other side gets the same bytes. Records hold ids, addresses and codes, never a document or a
person. A message that came from SDK is known by its sender and id together, one of ours by the digest of what was sealed:
nobody can take the id of somebody else's.

Example: `journal.put(record); journal.get(Way.IN, key)`
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from uuid import UUID, uuid5

import msgspec

from dpr.adapters import files
from dpr.core.errors import SetupError, StorageError

_MOST_BYTES = 16 * 1024
_NAMESPACE = UUID("6c2f3d0e-9d1c-5e0b-8a4b-6f6b6e1d7a52")


class Way(Enum):
    """From SDK to our relays, or from our relays to SDK."""

    IN = "in"
    OUT = "out"


class Stage(Enum):
    """`WAITING` for the answer; `ANSWERING`: the answer is decided, and not yet surely handed on; `ANSWERED`."""

    WAITING = "waiting"
    ANSWERING = "answering"
    ANSWERED = "answered"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A message. `key`: its name in the journal; `sdk_id`: in SDK; `message_id` and `digest`: ours, and of what was sealed, in
    hexadecimal, or empty; `file`: SHA-256 of SDK's file; `other`, `own`: (organisation, functional address) of who sent or gets
    it in SDK, and of who stands for the other side; `at`, `answered_at`: instants in seconds. `accepted`, `code`, `detail`: the
    answer, once decided. `written`: its file to SDK was written, and may have been taken away."""

    key: str
    way: Way
    stage: Stage
    sdk_id: str
    file: str
    other: tuple[str, str]
    own: tuple[str, str]
    at: int
    message_id: str = ""
    digest: str = ""
    documents: tuple[str, ...] = ()
    answered_at: int = 0
    accepted: bool = False
    code: str = ""
    detail: str = ""
    kvittens: str = ""
    written: bool = False


def key_in(organisation: str, sdk_id: str) -> bytes:
    """16 bytes for a message of an SDK organisation: its name here, and the id of ours that carries it."""
    return hashlib.sha256(f"dpr sdk in\n{organisation.lower()}\n{sdk_id}".encode()).digest()[:16]


def sdk_id_of(queue: str, digest: bytes) -> str:
    """The id in SDK of a message of ours: the same each time (RFC 9562 §5.5). `digest`: SHA-256 of what was sealed."""
    return str(uuid5(_NAMESPACE, f"message {queue} {digest.hex()}"))


def kvittens_id_of(key: str) -> str:
    """The id of the receipt of a message that came from SDK."""
    return str(uuid5(_NAMESPACE, f"kvittens {key}"))


class Journal:
    """The records in one folder. Raises StorageError `file_…`, `sdk_journal_damaged`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, way: Way, key: str) -> Record | None:
        try:
            data = files.read(self._path(way, key), limit=_MOST_BYTES)
        except SetupError:
            return None
        return self._read(data, way, key)

    def put(self, record: Record) -> None:
        """Durable when it returns."""
        files.make_folder(self._folder / record.way.value, mode=0o700)
        files.replace(self._path(record.way, record.key), msgspec.json.encode(record), mode=0o600)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """For who reads a record to change it: the service that hands messages on, and a run that takes receipts in, may have
        the same one."""
        with files.alone(self._folder / "journal.lock"):
            yield

    def change(self, way: Way, key: str, **changes: object) -> Record:
        """The record with `changes` to what it is now. StorageError `sdk_journal_damaged` where it is gone."""
        with self.changing():
            record = self.get(way, key)
            if record is None:
                raise StorageError("sdk_journal_damaged", key)
            changed = msgspec.structs.replace(record, **changes)
            self.put(changed)
            return changed

    def waiting(self) -> Iterator[Record]:
        """Every record, of either way, whose answer has not come or was not handed on."""
        for way in Way:
            yield from (one for one in self.all(way) if one.stage is not Stage.ANSWERED)

    def all(self, way: Way) -> Iterator[Record]:
        """Every record, by key."""
        try:
            names = sorted(entry.name for entry in os.scandir(self._folder / way.value) if entry.name.endswith(".json"))
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError("file_unreadable", f"{self._folder}: {error.strerror}") from None
        for name in names:
            record = self.get(way, name.removesuffix(".json")) if not name.startswith(".") else None
            if record:
                yield record

    def _path(self, way: Way, key: str) -> Path:
        return self._folder / way.value / f"{key}.json"

    def _read(self, data: bytes, way: Way, key: str) -> Record:
        try:
            record = msgspec.json.decode(data, type=Record)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise StorageError("sdk_journal_damaged", key) from None
        if (record.way, record.key) != (way, key):
            raise StorageError("sdk_journal_damaged", key)
        return record
