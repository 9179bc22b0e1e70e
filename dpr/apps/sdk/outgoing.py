"""What comes over our relays for a pharmacy that is in SDK alone: printed as a PDF, put into a message, answered when it is
receipted.

Rules: the gateway's queue stands in the address book as that pharmacy's, with its SDK address; one gateway, one pharmacy. The
gateway signs the answer in its own queue's name, and the answer says that it rests on an SDK receipt: ACCEPTED means that the
pharmacy's message service has taken the message, not that a pharmacist has judged the prescription. What would be refused at
any pharmacy is refused here, before it leaves. Where no receipt comes nothing is answered: silence is not made into a word.

Example: `outgoing.deliver(message, digest, now)` → None: the answer comes later
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from dpr.adapters.sdk import content
from dpr.adapters.sdk.carrier import pdf_attachment
from dpr.adapters.sdk.content import Attachment, SdkMessage
from dpr.adapters.sdk.envelope import Envelope, Kind, write_envelope
from dpr.adapters.sdk.folders import Folder
from dpr.adapters.sdk.journal import Journal, Record, Stage, Way, sdk_id_of
from dpr.adapters.sdk.names import Party
from dpr.adapters.sdk.reasons import Answer
from dpr.core.errors import DocumentError, StorageError
from dpr.core.mail.message import Message
from dpr.core.mail.receipt import Outcome

SUBJECT = "Digitalt pappersrecept"
TEXT = (
    "Ett digitalt pappersrecept är bifogat som PDF.\n\n"
    "Läs koden på sidan med apotekets skanner, eller öppna filen i apotekets system för digitala pappersrecept. "
    "Lämna inte ut efter bara texten.\n\n"
    "Receptet är inte registrerat i Nationella läkemedelslistan: det ska efterregistreras."
)
SYSTEM = "dpr sdk"

#: A document's PDF and its short id, at an instant; DocumentError with the verdict's code where it would be refused, or
#: `sdk_kind` where it is no prescription.
Render = Callable[[bytes, int], tuple[bytes, str]]
_MISSING = "message_not_in_inbox"


class Given(NamedTuple):
    """What one run answered, and what it could not: the message is not among those received."""

    answered: tuple[Record, ...]
    missing: tuple[Record, ...]


class Outgoing:
    """Sends messages on to one pharmacy. `sender`: who the gateway is in SDK; `recipient`: the pharmacy."""

    def __init__(
        self, *, to_sdk: Folder, journal: Journal, federation: str, sender: Party, recipient: Party, render: Render
    ) -> None:
        self._to_sdk, self._journal, self._federation = to_sdk, journal, federation
        self._sender, self._recipient, self._render = sender, recipient, render

    def deliver(self, message: Message, digest: bytes, now: int) -> Answer | None:
        """Hands a message over to SDK, durably, once; the answer where there is one already. `digest`: SHA-256 of what was
        sealed. StorageError, SetupError: nothing is settled, and it is to be called again."""
        sdk_id = sdk_id_of(message.content.queue, digest)
        record = self._journal.get(Way.OUT, sdk_id) or self._judged(sdk_id, message, digest, now)
        if record.digest != digest.hex():  # another message stands under the id: its answer is not this one's
            return Answer(Outcome.REJECTED, "sdk_id_taken", "refused before SDK")
        if record.stage is Stage.WAITING and not record.written:
            self._to_sdk.hand_over(_name(sdk_id))
            record = self._journal.change(Way.OUT, sdk_id, written=True)
        return None if record.stage is Stage.WAITING else answer_in(record)

    def _judged(self, sdk_id: str, message: Message, digest: bytes, now: int) -> Record:
        """Judged once: whose record waits has its file prepared, whatever the lists say by the time it is handed over."""
        record = Record(
            key=sdk_id,
            way=Way.OUT,
            stage=Stage.WAITING,
            sdk_id=sdk_id,
            file="",
            at=now,
            other=(self._recipient.organisation, self._recipient.function),
            own=(self._sender.organisation, self._sender.function),
            message_id=message.id.hex(),
            digest=digest.hex(),
            documents=tuple(one.hex() for one in message.digests),
        )
        try:
            attachments = tuple(self._attachment(document, now) for document in message.content.documents)
            file = self._file(sdk_id, message.created, attachments)
        except DocumentError as error:
            self._to_sdk.discard(_name(sdk_id))  # of a run that was killed before it had a record
            record = msgspec.structs.replace(
                record, stage=Stage.ANSWERED, accepted=False, code=error.code, detail="refused before SDK", answered_at=now
            )
        else:
            self._to_sdk.prepare(_name(sdk_id), file)
        self._journal.put(record)
        return record

    def _attachment(self, document: bytes, now: int) -> Attachment:
        return pdf_attachment(*self._render(document, now))

    def _file(self, sdk_id: str, created: int, attachments: tuple[Attachment, ...]) -> bytes:
        message = SdkMessage(
            id=sdk_id, conversation=sdk_id, created=created, subject=SUBJECT, confidential=True, sender=self._sender,
            recipient=self._recipient, text=TEXT, attachments=attachments, system=SYSTEM,
        )  # fmt: skip
        parties = self._sender.organisation, self._recipient.organisation, self._recipient.function
        return write_envelope(Envelope(sdk_id, created, *parties, Kind.MESSAGE, content.payload_of(message), self._federation))


def _name(sdk_id: str) -> str:
    return f"meddelande-{sdk_id}.xml"


def answer_in(record: Record) -> Answer:
    """The answer that a record holds."""
    return Answer(Outcome.ACCEPTED if record.accepted else Outcome.REJECTED, record.code, record.detail)


def answer_due(journal: Journal, reply: Callable[[Record, Answer], None]) -> Given:
    """Answers, through `reply`, every message that SDK has receipted since. `reply` is durable when it returns, and may get the
    same again. One whose message is not in mail.db (an older copy was put back; or the message is to be answered in a moment)
    stays as it is, and keeps no other from its answer."""
    answered, missing = [], []
    for record in journal.all(Way.OUT):
        if record.stage is not Stage.ANSWERING:
            continue
        try:
            reply(record, answer_in(record))
        except StorageError as error:
            if error.code != _MISSING:
                raise
            missing.append(record)
        else:
            answered.append(journal.change(Way.OUT, record.key, stage=Stage.ANSWERED))
    return Given(tuple(answered), tuple(missing))
