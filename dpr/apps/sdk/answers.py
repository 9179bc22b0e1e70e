"""Receipts to SDK of messages that came from there: one for each, when our recipient has answered.

Rules: the table says for which state of a message what is receipted. What a pharmacy has fetched and not answered is not
receipted at all: whether it arrived is not known, and a word of ours would be taken for the pharmacy's. The receipt's id and
time are in the record before its file is written, so that it is the same file however often it is written.

Example: `answers.give_due(now)`, then `answers.written`
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from dpr.adapters.sdk import kvittens
from dpr.adapters.sdk.envelope import Envelope, Kind, write_envelope
from dpr.adapters.sdk.folders import Folder
from dpr.adapters.sdk.journal import Journal, Record, Stage, Way, kvittens_id_of
from dpr.adapters.sdk.kvittens import Fault, Kvittens
from dpr.adapters.sdk.reasons import fault_of
from dpr.core.errors import StorageError
from dpr.core.mail.carriage import Standing, State
from dpr.core.mail.receipt import Outcome

#: The states in which a receipt goes out, with the code of a REJECTED where the recipient's receipt has none.
RECEIPTED: dict[State, str] = {
    State.ACCEPTED: "",
    State.REJECTED: "sdk_rejected",
    State.QUARANTINED: "mail_not_opened",
    State.EXPIRED: "mail_expired",
    State.WITHDRAWN: "mail_expired",
    State.CONFLICT: "sdk_rejected",
}


class Answers:
    """Gives receipts. `to_sdk`: where they go; `standing`: how a message of the outbox stands at an instant."""

    def __init__(
        self, *, to_sdk: Folder, journal: Journal, federation: str, standing: Callable[[bytes, int], Standing]
    ) -> None:
        self._to_sdk, self._journal, self._federation, self._standing = to_sdk, journal, federation, standing
        #: How many it has written.
        self.written = 0

    def give_due(self, now: int) -> None:
        """Receipts whatever can be receipted."""
        for record in self._journal.all(Way.IN):
            if record.stage is Stage.WAITING:
                record = self._decided(record, now)
            if record.stage is Stage.ANSWERING:
                self.give(record, now)

    def give(self, record: Record, now: int) -> None:
        """Writes the receipt of a record whose answer is decided."""
        faults = () if record.accepted else (fault_of(record.code),)
        self._write(record, kvittens_id_of(record.key), record.answered_at or now, faults)
        self._journal.put(msgspec.structs.replace(record, stage=Stage.ANSWERED))

    def refuse_other(self, record: Record, file: str, now: int) -> None:
        """Another file came under the id of `record`, which stands as it did."""
        self._write(record, kvittens_id_of(f"{record.key} {file}"), now, (fault_of("sdk_id_taken"),))

    def _decided(self, record: Record, now: int) -> Record:
        try:
            state, receipt = self._standing(bytes.fromhex(record.message_id), now)
        except StorageError as error:
            if error.code != "message_not_in_outbox":  # forgotten there, long after anybody could still answer
                raise
            return record
        if state not in RECEIPTED:
            return record
        said = receipt.content if receipt else None
        accepted = said is not None and said.outcome is Outcome.ACCEPTED
        code = "" if accepted else (said.code if said and said.code else RECEIPTED[state])
        decided = msgspec.structs.replace(record, stage=Stage.ANSWERING, accepted=accepted, code=code, answered_at=now)
        self._journal.put(decided)
        return decided

    def _write(self, record: Record, id: str, at: int, faults: tuple[Fault, ...]) -> None:
        receipt = Kvittens(id, at, record.own[0], record.other[0], record.sdk_id, faults)
        file = write_envelope(
            Envelope(
                id, at, receipt.sender, receipt.recipient, record.own[1], Kind.RESPONSE, kvittens.payload_of(receipt),
                self._federation,
            )
        )  # fmt: skip
        self._to_sdk.write(f"kvittens-{id}.xml", file)
        self.written += 1
