"""A gateway of a site folder: its settings, folders and journal, put together (`dpr sdk in`, `dpr sdk out`).

Rules: one run at a time in a site folder; another waits. A run ends at the first thing that is this machine's fault (a full
disk, a key that is not there): what was not dealt with stays where it is.

Example: `with Gateway(site).alone() as gateway: gateway.take_in(outbox, standing)`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import NamedTuple

import msgspec

from dpr.adapters import files
from dpr.adapters.qr_process import Reader
from dpr.adapters.sdk.folders import Folder
from dpr.adapters.sdk.journal import Journal, Record
from dpr.adapters.sdk.names import Party
from dpr.adapters.sdk.reasons import Answer
from dpr.apps.addressing import require_addressee
from dpr.apps.compose import SiteFolder
from dpr.apps.mail_view import sent
from dpr.apps.sdk.answers import Answers
from dpr.apps.sdk.incoming import Incoming, Passed
from dpr.apps.sdk.outgoing import Given, Outgoing, answer_due
from dpr.apps.sdk.settings import Settings, load
from dpr.core import documents, qr
from dpr.core.errors import DocumentError, SetupError
from dpr.core.mail.address_book import AddressBook, Entry
from dpr.core.mail.carriage import Standing, State
from dpr.core.mail.directory import entry_of
from dpr.core.mail.following import LATE_SECONDS
from dpr.core.mail.stamp import Stamp
from dpr.core.trust import Trust
from dpr.core.verify import Refused
from dpr.flows.collect import Deliver, Delivery, Verdict, answer
from dpr.flows.post import Node, post
from dpr.flows.prescribe import judge_for_addressee
from dpr.ports import Inbox, Outbox, Posted

_GONE = (State.EXPIRED, State.WITHDRAWN)
#: Such a message never arrived: the same prescription again is a new message.
_NOT_ARRIVED = (*_GONE, State.QUARANTINED)


class Run(NamedTuple):
    """What one run did: each file that was taken in, and how many receipts were written to SDK."""

    passed: tuple[Passed, ...]
    receipts: int


class Gateway:
    """The gateway of a site."""

    def __init__(self, site: SiteFolder) -> None:
        self.site = site.existing()
        self.journal = Journal(site.folder / "sdk")

    @cached_property
    def settings(self) -> Settings:
        return load(self.site.folder / "sdk.toml", environment=self.site.policy.environment)

    @cached_property
    def trust(self) -> Trust:
        return self.site.trust()

    @cached_property
    def book(self) -> AddressBook:
        return self.site.address_book()

    @contextmanager
    def alone(self) -> Iterator[Gateway]:
        """This gateway, while no other process runs it. StorageError `file_not_written`."""
        with files.alone(self.site.folder / "sdk" / "run.lock"):
            yield self

    def now(self) -> int:
        return max(int(self.site.now().timestamp()), self.trust.floor)

    def answers(self, standing: Callable[[bytes, int], Standing]) -> Answers:
        return Answers(
            to_sdk=Folder(self.settings.to_sdk), journal=self.journal, federation=self.settings.federation, standing=standing
        )

    def standing(self, outbox: Outbox) -> Callable[[bytes, int], Standing]:
        """How a message of the site's outbox stands at an instant, by the receipts that verify here. It has not ended while a
        relay may have it that never said so: the pharmacy may have fetched it there. Nor has one that a relay says is expired
        until a day after: the pharmacy may have fetched it in time, and answer it late."""

        def found(message_id: bytes, now: int) -> Standing:
            one = sent(outbox.message(message_id), outbox, self.trust, {}, now)
            may_be_there = any(copy.tried_at and not copy.ended for copy in one.copies)
            may_come = now < one.posted.not_after + LATE_SECONDS and bool(one.receipts)
            unknown = (one.standing.state in _GONE and may_be_there) or (one.standing.state is State.EXPIRED and may_come)
            return Standing(State.WAITING) if unknown else one.standing

        return found

    def give_receipts(self, standing: Callable[[bytes, int], Standing]) -> int:
        """Writes the receipts to SDK that are due; how many."""
        answers = self.answers(standing)
        answers.give_due(self.now())
        return answers.written

    def take_in(self, outbox: Outbox, standing: Callable[[bytes, int], Standing]) -> Run:
        """Everything that lies in the folder from SDK, and the receipts that are due."""
        folder, answers = Folder(self.settings.from_sdk), self.answers(standing)
        with Reader() as reader:
            incoming = Incoming(
                folder=folder,
                journal=self.journal,
                answers=answers,
                federation=self.settings.federation,
                book=self.book,
                own_queue=self.site.node_queue(),
                post=self._poster(outbox),
                read=reader.read,
            )
            passed = tuple(incoming.take(path, self.now()) for path in folder.waiting())
        answers.give_due(self.now())
        return Run(passed, answers.written)

    def outgoing(self) -> Outgoing:
        """For the pharmacy that this gateway's queue stands for in the address book. SetupError `sdk_no_sender`,
        `sdk_no_recipient`."""
        if self.settings.sender is None:
            raise SetupError("sdk_no_sender", str(self.site.folder / "sdk.toml"))
        entry = self._own_entry()
        assert entry.sdk is not None
        recipient = Party(entry.sdk.organisation, entry.sdk.functional, entry.organisation, entry.name)
        return Outgoing(
            to_sdk=Folder(self.settings.to_sdk),
            journal=self.journal,
            federation=self.settings.federation,
            sender=self.settings.sender,
            recipient=recipient,
            render=self._render,
        )

    def deliver(self, given: Delivery) -> Verdict | None:
        """Hands on what came over a relay (dpr.flows.collect.Deliver), by the lists and settings of now; the answer comes with
        SDK's receipt."""
        found = Gateway(self.site).outgoing().deliver(given.message, given.digest, self.now())
        return Verdict(*found) if found else None

    def give_answers(self, inbox: Inbox) -> Given:
        """Answers every message that SDK has receipted."""
        node = self.site.node()
        stamp = Stamp(node.signer, node.credential)

        def reply(record: Record, found: Answer) -> None:
            answer(inbox, stamp, bytes.fromhex(record.digest), Verdict(*found), now=self.now())

        return answer_due(self.journal, reply)

    def _own_entry(self) -> Entry:
        queue = self.site.node_queue()
        try:
            entry = entry_of(self.book, queue)
        except DocumentError:
            raise SetupError("sdk_no_recipient", queue) from None
        if entry.sdk is None:
            raise SetupError("sdk_no_recipient", queue)
        return entry

    def _poster(self, outbox: Outbox) -> Callable[[Sequence[bytes], Entry, bytes], Posted]:
        node = self.site.node()

        def posted(given: Sequence[bytes], entry: Entry, id: bytes, *, again: bool = False) -> Posted:
            return post(
                given,
                entry,
                node=Node(node.signer, node.credential),
                outbox=outbox,
                trust=self.trust,
                policy=self.site.policy,
                now=self.now(),
                life_seconds=self.site.policy.mail_life_hours * 3600,
                new_id=id,
                again=again,
            )

        def post_once(given: Sequence[bytes], entry: Entry, id: bytes) -> Posted:
            self._require_addressee(given, entry)
            before = posted(given, entry, id)
            if before.message_id == id:
                return before
            # By its receipts: an answer may come after it has ended here.
            stands = sent(before, outbox, self.trust, {}, self.now()).standing.state
            return posted(given, entry, id, again=True) if stands in _NOT_ARRIVED else before

        return post_once

    def _require_addressee(self, given: Sequence[bytes], entry: Entry) -> None:
        """DocumentError `recipient_not_addressee`: nobody else is told of it. What does not verify here is the recipient's to
        judge: its lists may be newer."""
        found = []
        for document in given:
            with suppress(DocumentError):
                found.append(documents.open(document, self.trust, expected_kind=documents.PRESCRIPTION).value)
        try:
            require_addressee(found, entry, self.site.policy)
        except SetupError as error:
            raise DocumentError(error.code, error.detail) from None

    def _render(self, document: bytes, now: int) -> tuple[bytes, str]:
        from dpr.adapters.print_pdf import prescription_pdf
        from dpr.apps.sheet import sheet_of

        typ: str = documents.open(document, self.trust).kind.typ
        if typ != documents.PRESCRIPTION.typ:
            raise DocumentError("sdk_kind", typ)
        policy, catalogue = self.site.policy, self.site.catalogue()
        verdict = judge_for_addressee(document, self.trust, self.site.now(), policy=policy, catalogue=catalogue)
        if isinstance(verdict, Refused):
            raise DocumentError(verdict.code)
        texts = qr.to_texts(document)
        sheet = sheet_of(verdict, texts, "sv", environment=policy.environment, catalogue=catalogue)
        return prescription_pdf(msgspec.structs.replace(sheet, document=document)), sheet.short_id


def deliver_of(site: SiteFolder) -> Deliver | None:
    """What becomes of messages that come to a gateway, for the service that fetches them; None for a site that is none, or
    that takes only from SDK."""
    if not (site.folder / "sdk.toml").exists():
        return None
    gateway = Gateway(site)
    return gateway.deliver if gateway.settings.sender is not None else None
