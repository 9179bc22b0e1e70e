"""A node fetches what was sent to it: every relay polled at once, each message opened and judged, answered once and for good.

Rules: an answer (R3, R4 or N2) is kept before anybody is told, and is the same each time; what was handed over is durable
before it is answered, so that a run that is killed does the rest again, and nothing twice. One message's trouble never stops
the others: what cannot be opened or is not ours gets an N2, what cannot be kept just now is left at the relay. A relay that
shows different things to different readers, or withholds, is told with the evidence; what it delivers is judged all the same.
What it says of a queue is kept, so that a sender's receipt laid beside it shows what it hides. One that repeats itself is not
asked again at once.

Example: `collector = Collector(inbox=inbox, queue=queue, stamp=stamp, opener=opener, deliver=deliver, …)`;
`await collector.run([mailbox_a, mailbox_b])`
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from dpr.core import documents
from dpr.core.errors import DocumentError, DprError, StorageError
from dpr.core.mail import compare, sealing, sender, watching
from dpr.core.mail.api import InboxAnswer
from dpr.core.mail.message import Message
from dpr.core.mail.receipt import Outcome, ReceiptContent, ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.mail.retry import backoff_seconds
from dpr.core.mail.stamp import Stamp
from dpr.core.mail.telling import Told
from dpr.core.mail.watching import Held, Watched
from dpr.core.policy import Policy
from dpr.core.text import fault
from dpr.core.trust import Chain, Trust
from dpr.ports import Alarm, Came, Head, Inbox, Mailbox, MailboxFailed, Opener, Shown

WAIT_SECONDS = 25
MOST_MESSAGES = 20
#: A sender whose issuer is not in our lists may be in newer ones, a key that is not in our file may be put there: so long the
#: message waits for them.
LISTS_SECONDS = 3600
#: What was shown and has not come after the longest lease and a minute is withheld, or another reader of the queue has it.
WITHHELD_SECONDS = 660
#: How often that is looked for.
_LOOK_SECONDS = 60.0
#: How long at most a relay that fails is left alone; one that is suspected; an inbox that fails.
_LONGEST_PAUSE_SECONDS, _SUSPECTED_PAUSE_SECONDS, _STORE_PAUSE_SECONDS = 30.0, 5.0, 5.0
#: A newer head of a relay is kept when it is so much newer: what a receipt must be apart from it to be evidence.
_HEAD_SECONDS = compare.SKEW_SECONDS
_MAY_COME = frozenset(("chain_issuer_unknown", "chain_credential_unknown", "mail_key_unknown"))
_R3, _R4, _N2 = ReceiptType.R3, ReceiptType.R4, ReceiptType.N2


class Delivery(NamedTuple):
    """A message that is ours and verified. `digest`: SHA-256 of what was sealed; `known_since`: instant in seconds at which a
    relay that is in force had it, where there is one, and `proof` the R1 that says so."""

    message: Message
    digest: bytes
    sender: Chain
    known_since: int | None
    proof: bytes = b""


class Verdict(NamedTuple):
    """What became of it, in SDK's words; `code` and `detail` say why it was rejected, or what else there is to say."""

    outcome: Outcome
    code: str = ""
    detail: str = ""


#: Keeps or refuses what a message holds; durable when it returns, and the same when it is called again. None: the answer comes
#: later (`answer`). StorageError and SetupError leave the message at the relay.
Deliver = Callable[[Delivery], Verdict | None]


class _Deferred(DprError):
    """Not now; `code`: why."""


def answer(inbox: Inbox, stamp: Stamp, digest: bytes, verdict: Verdict, *, now: int) -> None:
    """Keeps the R4 to a message whose verdict came later, unless it has one. `digest`: SHA-256 of what was sealed; `now`:
    instant in seconds. StorageError `message_not_in_inbox` where none was delivered."""
    came = inbox.message(digest)
    if came is None or not came.answers:
        raise StorageError("message_not_in_inbox", digest.hex())
    about = _content(came.answers[0])
    inbox.answer(digest, {_R4: stamp(_r4(about, verdict), now)})


def _r4(r3: ReceiptContent, verdict: Verdict) -> ReceiptContent:
    why = {"code": verdict.code} if verdict.code or verdict.outcome is Outcome.REJECTED else {}
    return msgspec.structs.replace(r3, type=_R4, outcome=verdict.outcome, **why, **_detail(verdict.detail))


def _detail(said: str) -> dict[str, str]:
    """Nothing that a receipt may not say: an answer that cannot be signed would never be given."""
    cut = said[:250].strip()
    return {} if fault(cut) else {"detail": cut}


def _content(receipt: bytes) -> ReceiptContent:
    return documents.read_claims(documents.RECEIPT, documents.split(receipt)[1]).content


class Collector:
    """Fetches one queue's messages. `stamp`: signs our receipts; `trust`: what the site holds by now; `clock`: seconds since
    the epoch; `random`: from 0 up to 1; `tell` is told what happens, from any thread, and must not block."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        queue: str,
        stamp: Stamp,
        opener: Opener,
        deliver: Deliver,
        trust: Callable[[], Trust],
        policy: Policy,
        clock: Callable[[], float],
        random: Callable[[], float],
        tell: Callable[[Told], None] = lambda told: None,
    ) -> None:
        self._inbox, self._queue, self._stamp, self._opener, self._deliver = inbox, queue, stamp, opener, deliver
        self._trust, self._policy, self._clock, self._random, self._tell = trust, policy, clock, random, tell
        self._alone = threading.Lock()
        self._relays: dict[str, tuple[str, str]] = {}
        self._suspected: dict[str, tuple[str, int]] = {}
        self._looked_at: dict[str, float] = {}
        self._heads: dict[tuple[str, str], int] = {}

    async def run(self, mailboxes: Sequence[Mailbox]) -> None:
        """Polls every one until it is cancelled."""
        await asyncio.gather(*(self._follow(one) for one in mailboxes))

    async def _follow(self, mailbox: Mailbox) -> None:
        failures, wait_seconds = 0, 0  # at first, and after a failure, it is to show at once whether the relay answers
        while True:
            begun = self._clock()
            try:
                more = await self.poll(mailbox, wait_seconds=wait_seconds)
                suspected = self._suspected.get(mailbox.origin, ("", 0))[0]
                quick = 0.0 if self._clock() - begun > 1 or not wait_seconds else 1.0
                pause = 0.0 if more else _SUSPECTED_PAUSE_SECONDS if suspected else quick
                failures, wait_seconds = 0, WAIT_SECONDS
            except (MailboxFailed, DocumentError) as error:
                failures, wait_seconds = failures + 1, 0
                self._tell(Told("failed", b"", mailbox.origin, error.code))
                asked_for = error.retry_after_seconds if isinstance(error, MailboxFailed) else None
                wait = backoff_seconds(failures, self._random(), asked_for=asked_for)
                pause = min(max(wait, 0.2), _LONGEST_PAUSE_SECONDS)
            except StorageError as error:
                self._tell(Told("failed", b"", "", error.code))
                pause = _STORE_PAUSE_SECONDS
            await asyncio.sleep(pause)

    async def poll(self, mailbox: Mailbox, *, wait_seconds: int) -> bool:
        """One poll: what came is judged and answered, and the answers given to the relay. Is there more at once? Never after
        an answer in which nothing was new. Raises MailboxFailed, StorageError, and DocumentError where the relay's own receipts
        do not verify."""
        origin = mailbox.origin
        await self.give_answers(mailbox)
        after, looking = self._place(origin)
        wait = 0 if looking else wait_seconds
        given = await mailbox.inbox(self._queue, after=after, wait_seconds=wait, most=MOST_MESSAGES)
        self._tell(Told("contact", b"", origin, ""))
        more, fault = await asyncio.to_thread(self._take_all, origin, given)
        await self.give_answers(mailbox)
        if fault is not None:
            raise fault
        return more or looking

    async def give_answers(self, mailbox: Mailbox) -> None:
        """Gives a relay the answers that it lacks, such as one that was made later. Raises MailboxFailed, StorageError."""
        while unsent := self._inbox.unsent(mailbox.origin, most=MOST_MESSAGES):
            try:
                await self._give(mailbox, unsent)
            except MailboxFailed as error:
                if not error.final:
                    raise
                for one in unsent:  # one that the relay will not take must not keep the others from being taken
                    await self._give_one(mailbox, one)

    async def _give_one(self, mailbox: Mailbox, came: Came) -> None:
        try:
            await self._give(mailbox, [came])
        except MailboxFailed as error:
            if not error.final:
                raise
            self._tell(Told("failed", came.message_id, mailbox.origin, error.code))
            self._inbox.sent(mailbox.origin, {came.digest: len(came.answers)})

    async def _give(self, mailbox: Mailbox, unsent: Sequence[Came]) -> None:
        receipts = [receipt for one in unsent for receipt in one.answers]
        await mailbox.acknowledge(self._queue, [one.digest for one in unsent], receipts)
        self._inbox.sent(mailbox.origin, {one.digest: len(one.answers) for one in unsent})

    # --- the relay ----------------------------------------------------------------------------------------------------

    def _place(self, origin: str) -> tuple[int | None, bool]:
        """After which number to ask; and whether it is to look for what has not come."""
        relay = self._relays.get(origin) or self._inbox.relay_at(origin)
        held = self._inbox.place(relay, self._queue) if relay else None
        if relay is None or held is None:
            return None, False
        now = self._clock()
        if now - self._looked_at.setdefault(origin, now) >= _LOOK_SECONDS:
            self._looked_at[origin] = now
            if missing := self._missing(relay):
                return max(missing[0].sequence - 1, 0), True
        return held[0].sequence, False

    def _missing(self, relay: tuple[str, str]) -> list[Shown]:
        before = int(self._clock()) - WITHHELD_SECONDS
        return [one for one in self._inbox.missing(before=before) if (one.relay, one.queue) == (relay, self._queue)]

    def _take_all(self, origin: str, given: InboxAnswer) -> tuple[bool, DocumentError | None]:
        """May there be more at once; and what is wrong with the relay's own receipts."""
        with self._alone:  # two relays give the same message at the same time
            try:
                more, fault = self._watch(origin, given), None
            except DocumentError as error:
                more, fault = False, error
            fresh = [self._take(origin, one) for one in given.messages]
            return more or any(fresh), fault

    def _watch(self, origin: str, given: InboxAnswer) -> bool:
        """How far the queue is read by what the relay shows; is there more?"""
        trust, now = self._trust(), int(self._clock())
        relay = watching.relay_of(given, self._queue, trust)
        asked = self._relays.get(origin) or self._inbox.relay_at(origin)
        self._relays[origin] = relay
        if asked is not None and asked != relay:
            return False  # what was asked for was another relay's place
        place = self._inbox.place(relay, self._queue)
        watched = watching.watch(given, self._queue, Held(*place) if place else None, trust, now=now)
        self._alarm(origin, watched, now)
        shown = [
            Shown(relay, self._queue, c.sequence, c.message_id, c.digest, one.document, now)
            for one in watched.chain
            for c in (one.content,)
            if c.sequence is not None and c.message_id is not None and c.digest is not None
        ]
        if shown or place is None or self._inbox.relay_at(origin) != relay:  # else nothing is new, and nothing is written
            moved, last = watched.held
            self._inbox.advance(origin, relay, self._queue, moved, last, shown, watch=place is not None)
        if watched.ended:
            self._inbox.not_come(relay, self._queue, watched.ended)
        self._look(origin, relay, watched, now)
        self._keep_head(watched.head, now)
        read_on = place is None or watched.held.place != place[0]
        return watched.behind > 0 and bool(watched.chain) and read_on

    def _keep_head(self, head: Attested, now: int) -> None:
        of_now = abs(head.at - now) <= watching.HEAD_SECONDS  # one that is dated ahead would stand in the way of the next
        if of_now and head.at >= self._heads.get(head.relay, 0) + _HEAD_SECONDS:
            self._inbox.keep_head(Head(head.relay, self._queue, head.at, head.document))
            self._heads[head.relay] = head.at

    def _alarm(self, origin: str, watched: Watched, now: int) -> None:
        """Once for as long as it lasts; a gap, which may be a moment's, when it is there for the second time."""
        code = watched.alarm.code if watched.alarm else ""
        before, times = self._suspected.get(origin, ("", 0))
        times = times + 1 if before == code else 1
        self._suspected[origin] = code, times
        if watched.alarm is not None and times == (2 if code == "relay_gap" else 1):
            self._raise(Alarm(origin, watched.relay, self._queue, code, watched.alarm.detail, watched.alarm.evidence, now))

    def _look(self, origin: str, relay: tuple[str, str], watched: Watched, now: int) -> None:
        """What has not come although the relay was asked for it anew is withheld."""
        reached = max((one.content.sequence or 0 for one in watched.chain), default=0)
        first = min((one.content.sequence or 0 for one in watched.chain), default=0)
        for one in self._missing(relay):
            if first <= one.sequence <= reached:
                self._raise(Alarm(origin, relay, self._queue, "relay_withholds", str(one.sequence), (one.receipt,), now))

    def _raise(self, alarm: Alarm) -> None:
        if self._inbox.raise_alarm(alarm):
            self._tell(Told("alarm", b"", alarm.origin, alarm.code))

    # --- a message ----------------------------------------------------------------------------------------------------

    def _take(self, origin: str, sealed: bytes) -> bool:
        """Whatever happens with one message is told, and stops here. Was it new, and is it done?"""
        message_id, now, known = b"", int(self._clock()), False
        try:
            parts = sealing.read(sealed)
        except DocumentError as error:  # no relay of ours takes such a message
            self._tell(Told("alarm", b"", origin, error.code))
            return False
        try:
            message_id, digest = parts.outer.id, hashlib.sha256(sealed).digest()
            came = self._inbox.came(digest, origin=origin, queue=self._queue, message_id=message_id, now=now)
            known = bool(came.answers)
            what, code = self._judge(came, parts, now)
        except DprError as error:
            what, code = "deferred", error.code
        except Exception:  # a bug of ours must not keep the next message waiting; tests assert that it never shows
            what, code = "deferred", "internal_error"
        self._tell(Told(what, message_id, origin, code))
        return not known and what != "deferred"

    def _judge(self, came: Came, parts: sealing.Sealed, now: int) -> tuple[str, str]:
        if came.answers and _content(came.answers[-1]).type in (_R4, _N2):
            return "again", ""
        about = ReceiptContent(type=_N2, queue=came.queue, message_id=came.message_id, digest=came.digest)
        try:
            message, signer = self._open(came, parts, now)
        except DocumentError as error:
            why = {"code": error.code} | _detail(error.detail)
            self._inbox.answer(came.digest, {_N2: self._stamp(msgspec.structs.replace(about, **why), now)})
            return "quarantined", error.code
        r1s = [one.receipt for one in self._inbox.shown(came.digest)]
        trust, policy = self._trust(), self._policy
        times = [(sender.proven_since([one], message, came.digest, trust, policy, now=now), one) for one in r1s]
        since, proof = min([(at, one) for at, one in times if at is not None], default=(None, b""))
        # Kept for good, or refused, before anything is said of it. That not-after has come is no reason to refuse it.
        verdict = self._deliver(Delivery(message, came.digest, signer, since, proof))
        r3 = msgspec.structs.replace(about, type=_R3, documents=message.digests)
        answers = {_R3: self._stamp(r3, now)}
        if verdict is None:
            self._inbox.answer(came.digest, answers)
            return "verified", ""
        self._inbox.answer(came.digest, answers | {_R4: self._stamp(_r4(r3, verdict), now)})
        return ("accepted" if verdict.outcome is Outcome.ACCEPTED else "rejected"), verdict.code

    def _open(self, came: Came, parts: sealing.Sealed, now: int) -> tuple[Message, Chain]:
        """The message and who signed it. DocumentError for what gets an N2."""
        trust, outer = self._trust(), parts.outer
        if (outer.content.queue, outer.content.environment) != (self._queue, self._policy.environment):
            raise DocumentError("mail_not_ours")
        try:
            opened = documents.open(self._opener.open(parts), trust, expected_kind=documents.MESSAGE)
        except DocumentError as error:
            if error.code in _MAY_COME and now < came.first_at + LISTS_SECONDS:
                raise _Deferred(error.code) from None
            raise
        message, signer = opened.value, opened.signer
        if signer is None:
            raise DocumentError("chain_credential_unknown")
        sealing.require_same(outer, message)
        code = sender.fault(signer, trust, self._policy, max(now, trust.floor))
        if code:
            raise DocumentError(code)
        thumbprint = signer.credential.key.thumbprint
        if self._inbox.opened(came.digest, sender=signer.document, thumbprint=thumbprint) != came.digest:
            raise DocumentError("mail_id_reused")
        return message, signer
