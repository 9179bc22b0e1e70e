"""An inbox in memory: what dpr/adapters/inbox_sql.py keeps in a file, with the same answers and errors.

Example: `MemoryInbox().came(digest, queue=queue, message_id=message_id, now=now)`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock

import msgspec

from dpr.core.errors import StorageError
from dpr.core.mail.chain import Place
from dpr.core.mail.receipt import ReceiptType
from dpr.ports import Alarm, Came, Head, Shown

Relay = tuple[str, str]
_FINAL = frozenset((ReceiptType.R4, ReceiptType.N2))


class MemoryInbox:
    """See dpr.ports.Inbox. `failing`: the code of a StorageError that every change ends in, or empty."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._relays: dict[str, Relay] = {}
        self._places: dict[tuple[Relay, str], tuple[Place, bytes]] = {}
        self._heads: dict[tuple[Relay, str], Head] = {}
        self._shown: dict[tuple[Relay, str, int], Shown] = {}
        self._awaited: set[tuple[Relay, str, int]] = set()
        self._came: dict[bytes, Came] = {}
        self._answers: dict[bytes, dict[ReceiptType, bytes]] = {}
        self._sent: dict[bytes, dict[str, int]] = {}
        self._first: dict[tuple[bytes, bytes], bytes] = {}
        self._alarms: list[Alarm] = []
        self.failing = ""

    def relay_at(self, origin: str) -> Relay | None:
        return self._relays.get(origin)

    def place(self, relay: Relay, queue: str) -> tuple[Place, bytes] | None:
        return self._places.get((relay, queue))

    def advance(
        self, origin: str, relay: Relay, queue: str, place: Place, last: bytes, shown: Sequence[Shown], *, watch: bool
    ) -> None:
        with self._lock:
            self._change()
            self._relays[origin] = relay
            held = self._places.get((relay, queue))
            if held is None or held[0].sequence <= place.sequence:
                self._places[relay, queue] = (place, last)
            for one in shown:
                key = (one.relay, one.queue, one.sequence)
                if key not in self._shown:
                    self._shown[key] = one
                    if watch and one.digest not in self._came:
                        self._awaited.add(key)

    def keep_head(self, head: Head) -> None:
        with self._lock:
            self._change()
            self._heads[head.relay, head.queue] = max(
                self._heads.get((head.relay, head.queue), head), head, key=lambda one: one.at
            )

    def heads(self) -> Sequence[Head]:
        return [self._heads[key] for key in sorted(self._heads)]

    def shown(self, digest: bytes) -> Sequence[Shown]:
        return [one for one in self._shown.values() if one.digest == digest]

    def not_come(self, relay: Relay, queue: str, digests: Sequence[bytes]) -> None:
        with self._lock:
            self._change()
            self._awaited -= {
                key for key, one in self._shown.items() if (one.relay, one.queue) == (relay, queue) and one.digest in digests
            }

    def missing(self, *, before: int) -> Sequence[Shown]:
        return [one for key, one in self._shown.items() if key in self._awaited and one.shown_at < before]

    def came(self, digest: bytes, *, origin: str, queue: str, message_id: bytes, now: int) -> Came:
        with self._lock:
            self._change()
            self._sent.setdefault(digest, {})[origin] = 0
            self._awaited -= {key for key, one in self._shown.items() if one.digest == digest}
            fresh = Came(digest=digest, queue=queue, message_id=message_id, first_at=now)
            return self._whole(self._came.setdefault(digest, fresh))

    def opened(self, digest: bytes, *, sender: bytes, thumbprint: bytes) -> bytes:
        with self._lock:
            self._change()
            if digest not in self._came:
                raise StorageError("mail_file_row_refused")
            first = self._first.setdefault((thumbprint, self._came[digest].message_id), digest)
            self._came[digest] = msgspec.structs.replace(self._came[digest], sender=sender)
            return first

    def answer(self, digest: bytes, given: Mapping[ReceiptType, bytes]) -> tuple[bytes, ...]:
        with self._lock:
            self._change()
            if digest not in self._came:
                raise StorageError("mail_file_row_refused")
            held = self._answers.setdefault(digest, {})
            for kind, receipt in given.items():
                if kind not in held and not (kind in _FINAL and held.keys() & _FINAL):
                    held[kind] = receipt
            return self._whole(self._came[digest]).answers

    def message(self, digest: bytes) -> Came | None:
        return self._whole(self._came[digest]) if digest in self._came else None

    def messages(self) -> Sequence[Came]:
        return [self._whole(one) for one in self._came.values()]

    def unsent(self, origin: str, *, most: int) -> Sequence[Came]:
        rows = [one for one in self.messages() if origin in self._sent[one.digest]]
        return [one for one in rows if self._sent[one.digest][origin] < len(one.answers)][:most]

    def sent(self, origin: str, digests: Mapping[bytes, int]) -> None:
        with self._lock:
            self._change()
            for digest, answers in digests.items():
                if origin in self._sent.get(digest, {}):
                    self._sent[digest][origin] = answers

    def raise_alarm(self, alarm: Alarm) -> bool:
        with self._lock:
            self._change()
            if any(_same(alarm) == _same(one) for one in self._alarms):
                return False
            self._alarms.append(alarm)
            return True

    def alarms(self) -> Sequence[Alarm]:
        return list(self._alarms)

    def settle(self, digest: bytes, *, by: str, now: int) -> None:
        with self._lock:
            self._change()
            self._alarms = [
                one._replace(settled_at=now, settled_by=by) if one.digest == digest and not one.settled_at else one
                for one in self._alarms
            ]

    def forget(self, *, before: int) -> int:
        with self._lock:
            self._change()
            self._alarms = [one for one in self._alarms if not 0 < one.settled_at < before]
            old = {
                one.digest
                for one in self._came.values()
                if one.first_at < before and self._answers.get(one.digest, {}).keys() & _FINAL
            }
            self._came = {digest: one for digest, one in self._came.items() if digest not in old}
            self._answers = {digest: one for digest, one in self._answers.items() if digest not in old}
            self._sent = {digest: one for digest, one in self._sent.items() if digest not in old}
            self._first = {key: digest for key, digest in self._first.items() if digest not in old}
            gone = {key for key, one in self._shown.items() if one.shown_at < before}
            self._shown = {key: one for key, one in self._shown.items() if key not in gone}
            self._awaited -= gone
            return len(old)

    def _whole(self, came: Came) -> Came:
        held = self._answers.get(came.digest, {})
        return msgspec.structs.replace(came, answers=tuple(held[kind] for kind in sorted(held)))

    def _change(self) -> None:
        if self.failing:
            raise StorageError(self.failing)


def _same(alarm: Alarm) -> tuple[object, ...]:
    return alarm.relay, alarm.queue, alarm.code, alarm.evidence
