"""The store beside the event loop: changes through its group commit, questions on a few threads.

Rules: no method of the store runs on the loop, and no thread waits for a transaction. Whoever finds too many waiting is told to
come again. Nothing is answered before it is durable. What is signed at the time of an answer is signed on a thread: the key may
be in an HSM. An end lets what has been taken up be finished.

Example: `submitted = await custody.submit(submission)`
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple

from dpr.adapters.mail_store_batch import MailStoreBatch
from dpr.adapters.mail_store_jobs import Acknowledge, Expire, Forget, Job, Lease, Submit, Withdraw
from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.apps.serving.connections import RequestError
from dpr.apps.serving.work import Threads
from dpr.core import documents
from dpr.core.errors import DocumentError, StorageError
from dpr.core.mail import api, receipts
from dpr.core.mail.receipt import RULES, ReceiptContent, ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.trust import Trust
from dpr.ports import Fetched, Quota, StampReceipt, Submission, Submitted

_THREADS = 4
#: Of sealed messages in one answer; what else is in it has room beside.
_MOST_BYTES = 1_000_000
#: What a step beside the requests does at once, so that nobody waits for it for long.
_STEP = 200
#: After a change that could not be kept, and between trials.
_TRY_SECONDS = 30.0
#: What the store says of one submission's own values, and not of itself.
_OF_ONE = "mail_store_row_refused"
_Arrived = tuple[Submission, asyncio.Future[Submitted]]


class Poll(NamedTuple):
    """What a recipient asks for, as MailStore.fetch has it."""

    queue: str
    after: int | None
    most: int
    lease_seconds: int


class Custody:
    """One store. `seconds`: the time, an instant in seconds; `together`: changes in one transaction at most; `waiting`: calls
    that may wait; `busy`: the code for those beyond."""

    def __init__(
        self,
        store: SqlMailStore,
        stamp: StampReceipt,
        seconds: Callable[[], int],
        quota: Quota,
        *,
        together: int,
        waiting: int,
        busy: str,
    ) -> None:
        self._store, self._stamp, self._seconds, self._quota = store, stamp, seconds, quota
        self._batch = MailStoreBatch(store, most_waiting=waiting, most_together=together)
        self._threads = Threads(_THREADS, waiting, busy=busy)
        self._most, self._busy = waiting, busy
        self._arrived: list[_Arrived] = []
        self._submitting = 0
        self._try_at: float | None = None

    @property
    def last_together(self) -> int:
        """How many changes were in the last transaction."""
        return self._batch.last_together

    @property
    def fault(self) -> str | None:
        """The code of the last change that the store could not keep, until one could be kept."""
        return self._batch.fault

    async def _done(self, job: Job) -> Any:
        return await asyncio.wrap_future(self._batch.put(job))

    # --- a sender ---

    async def submit(self, submission: Submission) -> Submitted:
        """What became of it, durable. RequestError `busy`, StorageError."""
        if self._submitting >= self._most:
            raise RequestError(self._busy)
        loop = asyncio.get_running_loop()
        if not self._arrived:  # what else comes in this turn of the loop goes along: one word to the writer for all
            loop.call_soon(self._hand_over, loop)
        future: asyncio.Future[Submitted] = loop.create_future()
        self._arrived.append((submission, future))
        self._submitting += 1
        try:
            return await future
        finally:
            self._submitting -= 1

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        arrived, self._arrived = self._arrived, []
        self._put(arrived, loop)

    def _put(self, arrived: list[_Arrived], loop: asyncio.AbstractEventLoop) -> None:
        job = Submit([one for one, _ in arrived], self._stamp, self._quota, self._seconds())
        try:
            done = self._batch.put(job)
        except StorageError as error:
            _fail(arrived, error)
            return
        done.add_done_callback(lambda done: loop.call_soon_threadsafe(self._settle, arrived, done, loop))

    def _settle(self, arrived: list[_Arrived], done: Future[list[Submitted]], loop: asyncio.AbstractEventLoop) -> None:
        error = done.exception()
        if error is None:
            for (_, future), submitted in zip(arrived, done.result(), strict=True):
                if not future.done():  # whoever asked may have gone
                    future.set_result(submitted)
        elif len(arrived) > 1 and (not isinstance(error, StorageError) or error.code == _OF_ONE):
            for one in arrived:  # so that a neighbour does not suffer
                self._put([one], loop)
        else:
            _fail(arrived, error)

    async def receipts(self, sender: bytes, message_id: bytes) -> list[bytes] | None:
        """As MailStore.receipts."""
        return await self._threads.do(self._store.receipts, sender, message_id)

    async def withdraw(self, sender: bytes, message_id: bytes) -> tuple[bytes, bool] | None:
        """The W1 or W2, and whether it was in time; None where there is no such message."""
        found = await self._done(Withdraw(sender, message_id, self._stamp, self._seconds()))
        return None if found is None else (found, own(found).type is ReceiptType.W1)

    # --- a recipient ---

    async def fetch(self, poll: Poll, *, at_once: bool) -> bytes | None:
        """The answer to a poll, as it is sent; None where there is nothing that the asker does not know, unless `at_once`."""
        answer, upto, fetched = await self._threads.do(self._look, poll, at_once)
        if upto is None:
            return answer
        now = self._seconds()
        job = Lease(poll.queue, upto, poll.most, _MOST_BYTES, now + poll.lease_seconds, now)
        fetched = fetched._replace(messages=await self._done(job))
        if not at_once and not _is_news(fetched, poll.after):  # another reader of the queue was faster
            return None
        return await self._threads.do(self._written, poll.queue, fetched)

    def _look(self, poll: Poll, at_once: bool) -> tuple[bytes | None, int | None, Fetched]:
        """What to answer, or up to which number there is something to lease, with what is beside it in the answer."""
        seen = self._store.look(poll.queue, after=poll.after, now=self._seconds())
        if poll.most and seen.waiting:
            return None, seen.upto, seen.fetched
        if not at_once and not _is_news(seen.fetched, poll.after):
            return None, None, seen.fetched
        return self._written(poll.queue, seen.fetched), None, seen.fetched

    def _written(self, queue: str, fetched: Fetched) -> bytes:
        head = ReceiptContent(type=ReceiptType.H1, queue=queue, sequence=fetched.sequence, head=fetched.head)
        answer = api.InboxAnswer(
            head=self._stamp(head, self._seconds()), chain=fetched.chain, messages=fetched.messages, ended=fetched.ended
        )
        return api.write(api.INBOX_ANSWER, answer)

    async def acknowledge(self, queue: str, acks: api.Acks, trust: Trust) -> tuple[bytes, set[bytes]]:
        """The body with the R2s, and the ids of the messages that there is news of. DocumentError for a receipt that is not
        what a recipient of this queue may say."""
        attested = await self._threads.do(_attested, queue, acks.receipts, trust) if acks.receipts else []
        given = await self._done(Acknowledge(queue, acks.digests, attested, self._stamp, self._seconds()))
        about = {one.content.message_id for one in attested} | {own(one).message_id for one in given}
        return api.write(api.RECEIPTS, api.Receipts(receipts=tuple(given))), {one for one in about if one is not None}

    # --- beside the requests ---

    async def expire(self) -> int:
        """Ends what is over; how many."""
        return await self._steps(lambda: Expire(self._stamp, self._seconds(), _STEP))

    async def forget(self, *, keep_seconds: int) -> int:
        """Forgets what has ended long ago; how many."""
        return await self._steps(lambda: Forget(self._seconds() - keep_seconds, _STEP))

    async def recover(self) -> None:
        """Tries, now and then, whether a store that could not keep something can again: nobody may be sending."""
        now = asyncio.get_running_loop().time()
        if self._batch.fault is None or self._try_at is None:
            self._try_at = None if self._batch.fault is None else now + _TRY_SECONDS
        elif now >= self._try_at:
            self._try_at = now + _TRY_SECONDS
            await self._threads.do(self._store.try_write)
            self._batch.fault = None

    async def counted(self) -> tuple[int, int]:
        """Messages and bytes in custody."""
        return await self._threads.do(self._store.held)

    async def _steps(self, step: Callable[[], Job]) -> int:
        total = 0
        while done := await self._done(step()):
            total += int(done)
        return total

    def held(self) -> tuple[int, int]:
        """Messages and bytes in custody; on a thread."""
        return self._store.held()

    def close(self) -> None:
        """When everything that was taken up has been finished; on a thread."""
        self._batch.close()
        self._threads.close()


def _fail(arrived: list[_Arrived], error: BaseException) -> None:
    for _, future in arrived:
        if not future.done():
            future.set_exception(error)


def _attested(queue: str, given: tuple[bytes, ...], trust: Trust) -> list[Attested]:
    """A recipient's own receipts, judged."""
    read = [receipts.read(one, trust, expected_queue=queue) for one in given]
    if not all(RULES[one.content.type].by_recipient for one in read):
        raise DocumentError("receipt_signer")
    return read


def _is_news(fetched: Fetched, after: int | None) -> bool:
    """Is there something that a reader at `after` does not know? One that is beyond the queue's end must hear that too."""
    return bool(fetched.messages or fetched.chain or fetched.ended or (after is not None and fetched.sequence < after))


def own(receipt: bytes) -> ReceiptContent:
    """What a receipt of our own store says: read again, not judged again."""
    return documents.read_claims(documents.RECEIPT, documents.split(receipt)[1]).content
