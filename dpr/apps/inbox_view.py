"""What has come to a site over relays: who sent it, what was answered, and which prescriptions of the ledger it brought.

Rules: the answer shown is the one that was signed and sent. Who sent it is the name in the credential that was verified when
the message was opened. A prescription is shown by its id: what it says is `dpr status`.

Example: `[line(one, "sv") for one in all_come(inbox, ledger)]`
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from dpr.apps.receipt_words import OUTCOMES, moment
from dpr.core import documents
from dpr.core.codes import CODES
from dpr.core.errors import DocumentError, SetupError
from dpr.core.mail.receipt import ReceiptContent, ReceiptType
from dpr.core.wording import Language
from dpr.ports import Alarm, Came, Head, Inbox, Ledger


class Brought(NamedTuple):
    """A message that came. `sender`: name, or empty where it was not opened; `answer`: what our last receipt says (R3, R4, N2);
    `prescriptions`: ids in hexadecimal of those that are in the ledger."""

    came: Came
    sender: str
    answer: ReceiptContent | None
    prescriptions: tuple[str, ...]


def all_come(inbox: Inbox, ledger: Ledger | None) -> list[Brought]:
    """Every message that came, in order. `ledger`: None where nothing has been received."""
    seen = ledger.prescriptions() if ledger else ()
    ids = {hashlib.sha256(one.document).digest(): one.prescription_id.hex() for one in seen}
    return [brought(one, ids) for one in inbox.messages()]


def brought(came: Came, ids: dict[bytes, str]) -> Brought:
    """One message; `ids`: SHA-256 of a document → its prescription's id."""
    answers = [*_contents(came.answers)]
    named = {digest: None for content in answers for digest in content.documents}
    found = tuple(ids[digest] for digest in named if digest in ids)
    return Brought(came, _name(came.sender), answers[-1] if answers else None, found)


def _contents(answers: Iterable[bytes]) -> Iterable[ReceiptContent]:
    """Of receipts of our own making."""
    return (documents.read_claims(documents.RECEIPT, documents.split(one)[1]).content for one in answers)


def _name(credential: bytes) -> str:
    if not credential:
        return ""
    try:
        return documents.read_claims(documents.CREDENTIAL_KIND, documents.split(credential)[1]).holder.name
    except DocumentError:
        return ""


def line(one: Brought, language: Language) -> str:
    """A message on one line."""
    place = 0 if language == "sv" else 1
    sender = one.sender or ("okänd avsändare", "unknown sender")[place]
    ids = "".join(f"  {id[:12]}" for id in one.prescriptions)
    return f"{_mark(one)} {moment(one.came.first_at)[:16]}  {sender}  {_answer_words(one.answer, language)}{ids}"


def _mark(one: Brought) -> str:
    if one.answer is None or one.answer.type is ReceiptType.R3:
        return "…"
    return "✓" if one.answer.outcome is not None and one.answer.outcome.name == "ACCEPTED" else "✗"


def _answer_words(answer: ReceiptContent | None, language: Language) -> str:
    place = 0 if language == "sv" else 1
    if answer is None:
        return ("inte besvarat än", "not answered yet")[place]
    if answer.type is ReceiptType.R3:
        return ("öppnat, prövas", "opened, being judged")[place]
    what = ("kunde inte öppnas", "could not be opened")[place] if answer.outcome is None else OUTCOMES[answer.outcome][place]
    said = CODES.get(answer.code or "")
    return what if answer.code is None else f"{what}: {(said.sv, said.en)[place] if said else ''} [{answer.code}]"


def as_json(one: Brought) -> dict[str, Any]:
    """A message for a program."""
    answer = one.answer
    return {
        "message_id": one.came.message_id.hex(),
        "queue": one.came.queue,
        "first_at": one.came.first_at,
        "sender": one.sender,
        "answer": answer and answer.type.name,
        "outcome": answer.outcome.name if answer and answer.outcome is not None else None,
        "code": answer and answer.code,
        "prescriptions": list(one.prescriptions),
    }


def alarm_id(alarm: Alarm) -> str:
    """What a person names an alarm by; the beginning of it will do."""
    return alarm.digest.hex()


def found_alarm(inbox: Inbox, written: str) -> Alarm:
    """The alarm whose id begins so. SetupError `alarm_id_unknown`, also where several do."""
    wanted = written.strip().lower()
    found = [one for one in inbox.alarms() if wanted and alarm_id(one).startswith(wanted)]
    if len(found) != 1:
        raise SetupError("alarm_id_unknown", f"{len(found)} alarms")
    return found[0]


def alarm_lines(alarm: dict[str, Any], language: Language) -> Iterator[str]:
    """What a relay did that it must not, and what to do; for one that is settled, who said so. `alarm`: as `alarm_json`."""
    said = CODES[alarm["code"]]
    words, action = (said.sv, said.do_sv) if language == "sv" else (said.en, said.do_en)
    mark = "=" if alarm["settled_at"] else "✗"
    yield f"{mark} {moment(alarm['at'])[:16]}  {alarm['origin']} ({alarm['relay']['name']}): {words} [{alarm['code']}]"
    if alarm["settled_at"]:
        done = "Utrett" if language == "sv" else "Settled"
        yield f"  {done} {moment(alarm['settled_at'])[:16]}: {alarm['settled_by']}"
        return
    yield f"  → {action}"
    after = "När det är utrett" if language == "sv" else "When it has been looked into"
    yield f"  → {after}: dpr relay settle {alarm['id'][:12]} --by …"


def head_json(head: Head) -> dict[str, Any]:
    """A relay's newest H1 for a program, to be laid beside what a sender holds (`dpr receipt compare`)."""
    return {
        "relay": {"issuer": head.relay[0], "name": head.relay[1]},
        "queue": head.queue,
        "at": head.at,
        "receipt": head.receipt.hex(),
    }


def alarm_json(alarm: Alarm) -> dict[str, Any]:
    """An alarm for a program, with its evidence."""
    return {
        "id": alarm_id(alarm),
        "origin": alarm.origin,
        "relay": {"issuer": alarm.relay[0], "name": alarm.relay[1]},
        "queue": alarm.queue,
        "code": alarm.code,
        "detail": alarm.detail,
        "at": alarm.at,
        "settled_at": alarm.settled_at or None,
        "settled_by": alarm.settled_by or None,
        "evidence": [one.hex() for one in alarm.evidence],
    }
