"""Group commit: what comes while one transaction is being made durable goes into the next, all of it together.

Rules: one thread writes; nobody waits for a timer, and a lone job is written at once. Whoever asked has the answer when the
transaction that it was in is durable, and not before. A transaction that fails fails for those in it; where one job's own
values were refused, each is tried alone, so that a neighbour does not suffer. The queue is bounded: `mail_store_busy`. The end
writes what was taken on.

Example: `await asyncio.wrap_future(batch.put(Submit((submission,), stamp, quota, now)))`
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self

from dpr.adapters.mail_store_jobs import Acknowledge, Expire, Forget, Job, Lease, Submit, Withdraw
from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.core.errors import StorageError
from dpr.core.mail.receipts import Attested
from dpr.ports import Fetched, Quota, StampReceipt, Submission, Submitted

#: Faults of the database, which the next transaction would meet as well.
_OF_ALL = frozenset(f"mail_store_{name}" for name in ("unavailable", "full", "locked", "not_writable", "damaged", "gone"))


class MailStoreBatch:
    """A store whose changes share transactions. Every method may be called by many threads at once, and waits; `put` does not.
    See dpr.ports.MailStore. `most_waiting`: jobs that may wait; `most_together`: in one transaction."""

    def __init__(self, store: SqlMailStore, *, most_waiting: int = 10_000, most_together: int = 256) -> None:
        self._store = store
        self._most_waiting, self._most_together = most_waiting, most_together
        self._waiting: deque[tuple[Job, Future[Any]]] = deque()
        self._changed = threading.Condition()
        self._closing = False
        #: How many jobs were in the last transaction.
        self.last_together = 0
        #: The code of the last transaction that the database failed, until something has been written.
        self.fault: str | None = None
        self._writer = threading.Thread(target=self._write, name="mail-store-writer", daemon=True)
        self._writer.start()

    def put(self, job: Job) -> Future[Any]:
        """What `job` gives (dpr.adapters.mail_store_jobs), when it is durable. StorageError `mail_store_busy` at once where too
        many wait, or the store is closing."""
        future: Future[Any] = Future()
        with self._changed:
            if self._closing or len(self._waiting) >= self._most_waiting:
                raise StorageError("mail_store_busy", "closing" if self._closing else f"{len(self._waiting)} wait")
            self._waiting.append((job, future))
            self._changed.notify()
        return future

    @property
    def waiting(self) -> int:
        """Jobs that wait for a transaction."""
        return len(self._waiting)

    # --- dpr.ports.MailStore ---

    def submit(self, submissions: Sequence[Submission], *, stamp: StampReceipt, quota: Quota, now: int) -> list[Submitted]:
        """See dpr.ports.MailStore."""
        return list(self.put(Submit(submissions, stamp, quota, now)).result())

    def fetch(self, queue: str, *, after: int | None, most: int, most_bytes: int, lease_seconds: int, now: int) -> Fetched:
        """See dpr.ports.MailStore. Looking waits for no transaction, leasing does."""
        seen = self._store.look(queue, after=after, now=now)
        if most <= 0 or not seen.waiting:
            return seen.fetched
        messages = self.put(Lease(queue, seen.upto, most, most_bytes, now + lease_seconds, now)).result()
        return seen.fetched._replace(messages=messages)

    def acknowledge(
        self, queue: str, digests: Sequence[bytes], receipts: Sequence[Attested], *, stamp: StampReceipt, now: int
    ) -> list[bytes]:
        """See dpr.ports.MailStore."""
        return list(self.put(Acknowledge(queue, digests, receipts, stamp, now)).result())

    def withdraw(self, sender: bytes, message_id: bytes, *, stamp: StampReceipt, now: int) -> bytes | None:
        """See dpr.ports.MailStore."""
        answer: bytes | None = self.put(Withdraw(sender, message_id, stamp, now)).result()
        return answer

    def expire(self, *, stamp: StampReceipt, now: int, most: int) -> int:
        """See dpr.ports.MailStore."""
        return int(self.put(Expire(stamp, now, most)).result())

    def forget(self, *, before: int, most: int) -> int:
        """See dpr.ports.MailStore."""
        return int(self.put(Forget(before, most)).result())

    def receipts(self, sender: bytes, message_id: bytes) -> list[bytes] | None:
        """See dpr.ports.MailStore."""
        return self._store.receipts(sender, message_id)

    def held(self) -> tuple[int, int]:
        """See dpr.ports.MailStore."""
        return self._store.held()

    # --- the rest ---

    def close(self) -> None:
        """Writes what waits, then ends; the store stays open."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._writer.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _write(self) -> None:
        while taken := self._next():
            # Whoever has gone is left out, and can no longer go.
            live = [(job, future) for job, future in taken if future.set_running_or_notify_cancel()]
            self.last_together = len(live)
            self._settle(live)

    def _next(self) -> list[tuple[Job, Future[Any]]]:
        """What goes together; nothing at the end."""
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
            return [self._waiting.popleft() for _ in range(min(self._most_together, len(self._waiting)))]

    def _settle(self, taken: Sequence[tuple[Job, Future[Any]]]) -> None:
        try:
            answers = self._store.run([job for job, _ in taken]) if taken else []
        except Exception as error:
            if isinstance(error, StorageError) and error.code in _OF_ALL:
                self.fault = error.code
            if len(taken) == 1 or (isinstance(error, StorageError) and error.code in _OF_ALL):
                for _, future in taken:
                    future.set_exception(error)
            else:
                for one in taken:
                    self._settle([one])
            return
        if self.fault is not None and any(_has_written(job, answer) for (job, _), answer in zip(taken, answers, strict=True)):
            self.fault = None
        for (_, future), answer in zip(taken, answers, strict=True):
            future.set_result(answer)


def _has_written(job: Job, answer: Any) -> bool:
    """Is it certain that the job changed something? A transaction that changes nothing succeeds on a full disk."""
    match job:
        case Submit():
            return any(one.fresh for one in answer)
        case Lease() | Expire() | Forget():
            return bool(answer)
        case _:
            return False
