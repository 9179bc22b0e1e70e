"""What a message service hands over: messages for pharmacies on our relays, and receipts of what was sent to SDK.

Rules: a message is in the outbox before its record says so, its record before its file is moved. What cannot be read as far as
the sender and the id gets no receipt (Digg's rule: a fault of the envelope is the services' to sort out); whatever else is
wrong is receipted REJECTED with its reason, once. The same file again is the same message; another file under the same id is
refused, and the first stands. The prescription's bytes go on unchanged, signed by nobody but their prescriber: the gateway's
own signature is around them, and says only who sent them on.

Example: `for path in folder.waiting(): incoming.take(path, now)`
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from dpr.adapters.qr_reading import Reading
from dpr.adapters.sdk import content, envelope, kvittens
from dpr.adapters.sdk.carrier import documents_in
from dpr.adapters.sdk.envelope import Envelope, Kind
from dpr.adapters.sdk.folders import Folder
from dpr.adapters.sdk.journal import Journal, Record, Stage, Way, key_in
from dpr.adapters.sdk.kvittens import Kvittens
from dpr.adapters.sdk.names import Party
from dpr.adapters.sdk.reasons import answer_of
from dpr.apps.sdk.answers import Answers
from dpr.core.errors import DocumentError, SetupError, StorageError
from dpr.core.mail.address_book import AddressBook, Entry
from dpr.core.mail.receipt import Outcome
from dpr.ports import Posted

#: Detail codes of a receipt that refuses a second copy of what has come: they say nothing of the first.
_REPEATED = ("duplicate", "multiple-matches")
#: Puts documents for an entry into the outbox; the 16 bytes are the message's id where it is new.
Post = Callable[[Sequence[bytes], Entry, bytes], Posted]


class Passed(NamedTuple):
    """What became of a file. `what`: `posted`, `answered` (a receipt came), `repeated`, `refused`; `code`: why, or empty."""

    name: str
    what: str
    code: str = ""
    detail: str = ""


class Incoming:
    """Takes files in. `own_queue`: the gateway's: what is for it came from SDK's side already; `read`: reads a PDF."""

    def __init__(
        self,
        *,
        folder: Folder,
        journal: Journal,
        answers: Answers,
        federation: str,
        book: AddressBook,
        own_queue: str,
        post: Post,
        read: Callable[[bytes], Reading],
    ) -> None:
        self._folder, self._journal, self._answers = folder, journal, answers
        self._federation, self._own_queue, self._post, self._read = federation, own_queue, post, read
        self._entries: dict[tuple[str, str], list[Entry]] = {}
        for entry in book.content.entries:
            if entry.sdk is not None and entry.queue != own_queue:
                self._entries.setdefault(Party(entry.sdk.organisation, entry.sdk.functional).key, []).append(entry)

    def take(self, path: Path, now: int) -> Passed:
        """One file, to its end. StorageError and SetupError: it stays where it is, and the next run goes on."""
        data = self._folder.read(path)
        try:
            return self._taken(path, data, now)
        except (StorageError, SetupError, OSError, MemoryError):  # this machine's fault, not the file's
            raise
        except DocumentError as error:
            return self._failed(path, error.code, error.detail, now)
        except Exception as error:  # a bug of ours must not keep the next file waiting; its text may quote a patient
            return self._failed(path, "sdk_unexpected", type(error).__name__, now)

    def _taken(self, path: Path, data: bytes, now: int) -> Passed:
        found = envelope.read(data)
        if found.federation != self._federation:
            raise DocumentError("sdk_envelope", "another federation")
        if found.kind is Kind.RESPONSE:
            return self._receipt(path, found, now)
        return self._message(path, found, hashlib.sha256(data).hexdigest(), now)

    def _message(self, path: Path, found: Envelope, file: str, now: int) -> Passed:
        key = key_in(found.sender, found.id)
        record = self._journal.get(Way.IN, key.hex())
        fresh = record is None
        if record is None:
            record = self._decided(found, key, file, now)
            self._journal.put(record)
        elif record.file != file:
            self._answers.refuse_other(record, file, now)
            return self._failed(path, "sdk_id_taken", found.id, now)
        if record.stage is Stage.ANSWERING and not record.accepted:
            self._answers.give(record, now)
        if record.message_id:
            self._folder.done(path)
            return Passed(path.name, "posted" if fresh else "repeated")
        return self._failed(path, record.code, record.detail, now)

    def _decided(self, found: Envelope, key: bytes, file: str, now: int) -> Record:
        """Posted, and waiting for its recipient; or refused, and to be receipted so."""
        record = Record(
            key=key.hex(), way=Way.IN, stage=Stage.WAITING, sdk_id=found.id, file=file, at=now,
            other=(found.sender, ""), own=(found.recipient, found.function),
        )  # fmt: skip
        try:
            message = content.read(found)
            record = msgspec.structs.replace(record, other=(found.sender, message.sender.function))
            entry = self._entry(message.recipient)
            documents = documents_in(message.attachments, self._read)
            posted = self._post(documents, entry, key)
        except DocumentError as error:
            return msgspec.structs.replace(
                record, stage=Stage.ANSWERING, accepted=False, code=error.code, detail=error.detail, answered_at=now
            )
        digests = tuple(one.hex() for one in posted.documents)
        return msgspec.structs.replace(
            record, message_id=posted.message_id.hex(), digest=posted.digest.hex(), documents=digests
        )

    def _entry(self, recipient: Party) -> Entry:
        found = self._entries.get(recipient.key, [])
        if len(found) != 1:
            raise DocumentError("sdk_recipient_ambiguous" if found else "sdk_recipient_unknown")
        return found[0]

    def _receipt(self, path: Path, found: Envelope, now: int) -> Passed:
        """A receipt answers what went to SDK: only its recipient's counts, and the first one."""
        receipt = kvittens.read(found)
        with self._journal.changing():
            record = self._journal.get(Way.OUT, receipt.refers_to) if _is_id(receipt.refers_to) else None
            parties = (receipt.sender.lower(), receipt.recipient.lower())
            if record is None or parties != (record.other[0].lower(), record.own[0].lower()):
                raise DocumentError("sdk_kvittens_unknown")
            if receipt.faults and all(fault.detail in _REPEATED for fault in receipt.faults):
                code, what = "sdk_id_taken", "repeated"
            else:
                code, what = self._answered(record, receipt, now), "answered"
        self._folder.done(path)
        return Passed(path.name, what, code)

    def _answered(self, record: Record, receipt: Kvittens, now: int) -> str:
        outcome, code, detail = answer_of(receipt)
        accepted = outcome is Outcome.ACCEPTED
        if record.stage is Stage.WAITING:
            said = {"accepted": accepted, "code": code, "detail": detail, "kvittens": receipt.id}
            self._journal.put(msgspec.structs.replace(record, stage=Stage.ANSWERING, answered_at=now, **said))
        elif record.accepted is not accepted:
            raise DocumentError("sdk_kvittens_contradicts", f"the first is {'ACCEPTED' if record.accepted else 'REJECTED'}")
        return code

    def _failed(self, path: Path, code: str, detail: str, now: int) -> Passed:
        self._folder.failed(path, code=code, detail=detail, at=now)
        return Passed(path.name, "refused", code, detail)


def _is_id(text: str) -> bool:
    """Could it be an id of ours? It becomes a file's name."""
    return len(text) == 36 and all(sign in "0123456789abcdef-" for sign in text)
