"""A relay's store in SQL: dpr.ports.MailStore on a SQLite file or, by the same statements, on PostgreSQL.

Rules: what a method gives is durable when it returns. Several jobs may share one transaction (`run`): all of it happens, or
none. Where another transaction came in between (SQLSTATE 40001, 40P01, 23505) everything is run again, at most `TRIES` times; a
receipt of a run that failed has been given to nobody. What a database needs of its own is in dpr.adapters.mail_store_engines.

Example: `with SqlMailStore.open("relay.db", now=now) as store: store.submit([submission], stamp=stamp, quota=quota, now=now)`
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from dpr.adapters.ledger_file import WRITES
from dpr.adapters.mail_store_ends import expire, forget, forgettable, message_of, over, withdraw
from dpr.adapters.mail_store_engines import Place, file_of, open_engine
from dpr.adapters.mail_store_errors import may_run_again, named_errors
from dpr.adapters.mail_store_jobs import Acknowledge, Expire, Forget, Job, Lease, Submit, Withdraw
from dpr.adapters.mail_store_pickup import Seen, acknowledge, lease, look
from dpr.adapters.mail_store_postgres import IN_DOUBT
from dpr.adapters.mail_store_renewal import Name, name_of
from dpr.adapters.mail_store_submit import submit
from dpr.adapters.mail_store_tables import QUEUES, RECEIPTS, SENDERS, STATE
from dpr.adapters.mail_store_work import Missing, Work
from dpr.core.errors import StorageError
from dpr.core.mail.receipt import NO_RECEIPT
from dpr.core.mail.receipts import Attested
from dpr.ports import Fetched, Quota, StampReceipt, Submission, Submitted

#: How often a transaction is run before it is given up.
TRIES = 12
#: The longest first wait between two of them, in seconds; it doubles up to the other.
_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.005, 0.5


class SqlMailStore:
    """A store that is open; safe to use from several threads and beside other processes. See dpr.ports.MailStore."""

    def __init__(self, engine: Engine, place: Place | None = None) -> None:
        self._engine, self._place = engine, place or Place(None)
        self._writes = engine.execution_options(**{WRITES: True})

    @classmethod
    def open(cls, path_or_url: Path | str, *, now: int) -> Self:
        """The store in a SQLite file (a path or `sqlite:///…`), made if there is none, or in the database at a URL
        (`postgresql+psycopg://…`), in this program's version afterwards. `now`: instant in seconds, at which an upgrade is
        written down.

        StorageError: see dpr.adapters.mail_store_errors; `mail_store_newer_version`, `mail_store_upgrade_failed`,
        `mail_store_sqlite_too_old`, `mail_store_not_durable`, `mail_store_copy`, `mail_store_moved`.
        """
        with named_errors():
            engine = open_engine(path_or_url, now)
            with engine.connect() as connection:
                standing = connection.execute(select(STATE.c.standing)).scalar_one()
            if standing != "serving":
                engine.dispose()
                raise StorageError(f"mail_store_{standing}", "restore it")
            return cls(engine, Place(file_of(path_or_url)))

    # --- changing ---

    def submit(self, submissions: Sequence[Submission], *, stamp: StampReceipt, quota: Quota, now: int) -> list[Submitted]:
        """See dpr.ports.MailStore."""
        [answer] = self.run([Submit(submissions, stamp, quota, now)])
        return list(answer)

    def fetch(self, queue: str, *, after: int | None, most: int, most_bytes: int, lease_seconds: int, now: int) -> Fetched:
        """See dpr.ports.MailStore. The first message is given out whatever its size, the others within `most_bytes`."""
        seen = self.look(queue, after=after, now=now)
        if most <= 0 or not seen.waiting:
            return seen.fetched
        [messages] = self.run([Lease(queue, seen.upto, most, most_bytes, now + lease_seconds, now)])
        return seen.fetched._replace(messages=messages)

    def acknowledge(
        self, queue: str, digests: Sequence[bytes], receipts: Sequence[Attested], *, stamp: StampReceipt, now: int
    ) -> list[bytes]:
        """See dpr.ports.MailStore."""
        [answer] = self.run([Acknowledge(queue, digests, receipts, stamp, now)])
        return list(answer)

    def withdraw(self, sender: bytes, message_id: bytes, *, stamp: StampReceipt, now: int) -> bytes | None:
        """See dpr.ports.MailStore."""
        [answer] = self.run([Withdraw(sender, message_id, stamp, now)])
        return None if answer is None else bytes(answer)

    def expire(self, *, stamp: StampReceipt, now: int, most: int) -> int:
        """See dpr.ports.MailStore."""
        [count] = self.run([Expire(stamp, now, most)])
        return int(count)

    def forget(self, *, before: int, most: int) -> int:
        """See dpr.ports.MailStore."""
        [count] = self.run([Forget(before, most)])
        return int(count)

    def run(self, jobs: Sequence[Job]) -> list[Any]:
        """What every job gives, in order (dpr.adapters.mail_store_jobs), all in one transaction that is durable when this
        returns. StorageError: none of it happened, but for `mail_store_unavailable`, where nobody knows."""
        with named_errors():
            for attempt in range(TRIES):
                try:
                    self._place.require_there()
                    with self._writes.begin() as connection:
                        answers, info = _run(connection, jobs), connection.info
                    self._place.require_there()  # what was kept in a file that has gone is kept nowhere
                    if info.pop(IN_DOUBT, False):
                        raise StorageError("mail_store_unavailable", "the standby does not confirm")
                    return answers
                except Missing as missing:
                    self._make(missing)
                except DBAPIError as error:
                    if not may_run_again(error):
                        raise
                    time.sleep(random.uniform(0, min(_WAIT_SECONDS * 2**attempt, _LONGEST_WAIT_SECONDS)))  # noqa: S311 (not for secrets)
        raise StorageError("mail_store_locked", f"given up after {TRIES} runs")

    # --- reading ---

    def look(self, queue: str, *, after: int | None, now: int) -> Seen:
        """What `fetch` shows, without the messages; and whether there is one to lease."""
        self._place.require_there()
        with named_errors(), self._engine.connect() as connection:
            return look(connection, queue, after=after, now=now)

    def receipts(self, sender: bytes, message_id: bytes) -> list[bytes] | None:
        """See dpr.ports.MailStore."""
        self._place.require_there()
        with named_errors(), self._engine.connect() as connection:
            message = message_of(connection, sender, message_id)
            if message is None:
                return None
            c = RECEIPTS.c
            of_message = (c.queue == message.queue, c.sequence == message.sequence)
            others = connection.execute(select(c.document).where(*of_message).order_by(c.place)).scalars()
            return [bytes(message.r1), *(bytes(one) for one in others)]

    def name(self) -> Name | None:
        """Of the relay that gave the last R1: its credential's issuer and its name there. None where there is no R1."""
        with named_errors(), self._engine.connect() as connection:
            return name_of(connection)

    def require_name(self, name: Name) -> None:
        """StorageError `mail_store_other_name` where a relay of this name may not serve the store: readers refuse a chain that
        two names have signed (docs/relay-operations.md)."""
        if self.name() not in (None, name):
            raise StorageError("mail_store_other_name")

    def held(self) -> tuple[int, int]:
        """See dpr.ports.MailStore."""
        self._place.require_there()
        sums = (func.coalesce(func.sum(column), 0) for column in (QUEUES.c.held, QUEUES.c.held_bytes))
        with named_errors(), self._engine.connect() as connection:
            messages, size_bytes = connection.execute(select(*sums)).one()
        return int(messages), int(size_bytes)

    # --- the rest ---

    def try_write(self) -> None:
        """Does nothing, durably. StorageError where nothing of a message's size can be kept."""
        with named_errors():
            self._place.try_write()
            with self._writes.begin() as connection:
                connection.execute(update(STATE).values(standing=STATE.c.standing))
                info = connection.info
            if info.pop(IN_DOUBT, False):
                raise StorageError("mail_store_unavailable", "the standby does not confirm")
        self._place.require_there()

    def close(self) -> None:
        """Ends the use of the store."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _make(self, missing: Missing) -> None:
        """The first rows of queues and senders, in transactions of their own: nothing waits for them while it holds others."""
        nothing = {"held": 0, "held_bytes": 0}
        empty = nothing | {"sequence": 0, "head": NO_RECEIPT, "begins": 0}
        rows = [insert(QUEUES).values(queue=name, **empty) for name in missing.queues]
        rows += [insert(SENDERS).values(sender=name, **nothing) for name in missing.senders]
        for row in rows:
            with suppress(IntegrityError), self._writes.begin() as connection:  # another process was first
                connection.execute(row)


def _run(connection: Connection, jobs: Sequence[Job]) -> list[Any]:
    """Submissions last: only they lock senders, and what ends before them leaves them room."""
    needed = {one.outer.content.queue for job in jobs if isinstance(job, Submit) for one in job.submissions}
    found = [_found(connection, job) for job in jobs]
    work = Work(connection, needed.union(*(queues for queues, _ in found)), needed)
    answers: list[Any] = [None] * len(jobs)
    for place, (job, (_, details)) in enumerate(zip(jobs, found, strict=True)):
        match job:
            case Withdraw():
                answers[place] = withdraw(work, job)
            case Expire():
                answers[place] = expire(work, job, details)
            case Forget():
                answers[place] = forget(work, job, details)
            case _:
                continue
    leased = {place: job for place, job in enumerate(jobs) if isinstance(job, Lease)}
    for place, messages in zip(leased, lease(work, [*leased.values()]), strict=True):
        answers[place] = messages
    acknowledged = {place: job for place, job in enumerate(jobs) if isinstance(job, Acknowledge)}
    for place, r2s in zip(acknowledged, acknowledge(work, [*acknowledged.values()]), strict=True):
        answers[place] = r2s
    submitted = {place: job for place, job in enumerate(jobs) if isinstance(job, Submit)}
    for place, answer in zip(submitted, submit(work, [*submitted.values()]), strict=True):
        answers[place] = answer
    work.finish()
    return answers


def _found(connection: Connection, job: Job) -> tuple[set[str], Any]:
    """The queues that a job needs, and what it found when it looked for them."""
    match job:
        case Lease() | Acknowledge():
            return {job.queue}, None
        case Withdraw():
            message = message_of(connection, job.sender, job.message_id)
            return (set() if message is None else {message.queue}), None
        case Expire():
            keys = over(connection, job)
            return {queue for queue, _ in keys}, keys
        case Forget():
            queues = forgettable(connection, job)
            return set(queues), queues
        case _:
            return set(), None
