"""What is known of messages that a site has sent: for people, line by line, and for programs.

Rules: what is said rests on receipts that verify here and now, and each is told with who gave it. A receipt that verified once
and does no more (its relay left the trust list) is counted, not shown as true. Names come from the address book where one is
held, and are no evidence.

Example: `[line(one, "sv") for one in all_sent(site, outbox)]`
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from dpr.apps.compose import SiteFolder
from dpr.apps.receipt_words import attested, moment, signer_json
from dpr.core.codes import CODES
from dpr.core.errors import DocumentError, DprError, SetupError
from dpr.core.mail.carriage import Standing, State, standing
from dpr.core.mail.following import read_receipt
from dpr.core.mail.receipt import ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.mail.retry import Copy
from dpr.core.trust import Trust
from dpr.core.wording import Language
from dpr.ports import Outbox, Posted

#: A state in words; {who} is who gave the receipt that it rests on.
_WORDS: dict[State, tuple[str, str]] = {
    State.WAITING: ("väntar: ingen förmedlare har tagit emot", "waiting: no relay has taken it"),
    State.IN_CUSTODY: ("i förvar hos {who}", "in custody at {who}"),
    State.HANDED_OVER: ("hämtat av mottagaren hos {who}", "fetched by the recipient at {who}"),
    State.VERIFIED: ("öppnat av {who}, underskriften stämmer", "opened by {who}, the signature holds"),
    State.ACCEPTED: ("GODTAGET av {who}", "ACCEPTED by {who}"),
    State.REJECTED: ("AVVISAT av {who}", "REJECTED by {who}"),
    State.QUARANTINED: ("kunde inte öppnas av {who}", "could not be opened by {who}"),
    State.WITHDRAWN: ("återkallat innan någon hämtade det", "withdrawn before anybody fetched it"),
    State.EXPIRED: ("gick ut utan besked", "expired without an answer"),
    State.CONFLICT: ("mottagaren har svarat på två sätt", "the recipient has answered in two ways"),
}
#: Where the recipient has fetched it, no relay's copy matters any more.
_FETCHED = (State.HANDED_OVER, State.VERIFIED, State.ACCEPTED, State.REJECTED, State.QUARANTINED, State.CONFLICT)
#: Not yet over; what is over and not well has a cross.
_OPEN = (State.WAITING, State.IN_CUSTODY, State.HANDED_OVER, State.VERIFIED)
_MARKS = dict.fromkeys(_OPEN, "…") | {State.ACCEPTED: "✓", State.WITHDRAWN: "✓"}


_NOT_NEEDED = ("behövs inte", "not needed")


class Sent(NamedTuple):
    """A message that was sent. `name`: the recipient's in the address book, or its queue; `unverified`: how many receipts do
    not verify any more."""

    posted: Posted
    name: str
    standing: Standing
    receipts: tuple[tuple[str, Attested], ...]
    unverified: int
    copies: tuple[Copy, ...]


def sent(posted: Posted, outbox: Outbox, trust: Trust, names: Mapping[str, str], now: int) -> Sent:
    """One message as it stands. `names`: queue → who it is."""
    held: list[tuple[str, Attested]] = []
    given = outbox.receipts(posted.message_id)
    for origin, data in given:
        with suppress(DocumentError):
            held.append((origin, _read(data, posted, trust)))
    recalled = posted.recalled_at > 0
    found = standing([one for _, one in held], not_after=posted.not_after, now=now, recalled=recalled)
    if posted.ended is not None and not found.state.over:  # recalled before any relay had it, or followed for long enough
        found = Standing(posted.ended)
    name = names.get(posted.queue, posted.queue)
    return Sent(posted, name, found, tuple(held), len(given) - len(held), outbox.copies(posted.message_id))


def _read(data: bytes, posted: Posted, trust: Trust) -> Attested:
    return read_receipt(
        data, trust, queue=posted.queue, message_id=posted.message_id, digest=posted.digest, documents=posted.documents
    )


def names_of(site: SiteFolder) -> dict[str, str]:
    """Queue → name and place, by the address book; none where it cannot be read: sending is over, names are a courtesy."""
    with suppress(DprError):
        return {one.queue: f"{one.name}, {one.place}" for one in site.address_book().content.entries}
    return {}


def all_sent(site: SiteFolder, outbox: Outbox, *, open_only: bool = False) -> list[Sent]:
    """Every message that is in the outbox, in the order posted."""
    trust, names, now = site.trust(), names_of(site), int(site.now().timestamp())
    return [sent(posted, outbox, trust, names, now) for posted in outbox.messages(open_only=open_only)]


def found_by_id(outbox: Outbox, written: str) -> Posted:
    """The message whose id begins so. SetupError `message_id_unknown`, `message_id_not_unique`."""
    wanted = written.strip().lower()
    found = [one for one in outbox.messages() if one.message_id.hex().startswith(wanted)]
    if not wanted or not found:
        raise SetupError("message_id_unknown", wanted[:32])
    if len(found) > 1:
        raise SetupError("message_id_not_unique", f"{len(found)} messages")
    return found[0]


def state_words(found: Standing, language: Language) -> str:
    """A state with who attests it: `✓ GODTAGET av Apoteket Lärkan`."""
    who = found.receipt.signer.credential.holder.name if found.receipt else ""
    words = _WORDS[found.state][0 if language == "sv" else 1].format(who=who)
    code = found.receipt.content.code if found.receipt else None
    return f"{_MARKS.get(found.state, '✗')} {words}{f': {_code(code, language)}' if code else ''}"


def words_of(one: Sent, language: Language) -> str:
    """As `state_words`, and that a recall was asked for, while it is open."""
    asked = ""
    if one.posted.recalled_at and not one.standing.state.over:
        late = any(receipt.content.type is ReceiptType.W2 for _, receipt in one.receipts)
        swedish, english = ("återkallat för sent", "recalled too late") if late else ("återkallelse begärd", "recall asked for")
        asked = f" · {swedish if language == 'sv' else english}"
    return state_words(one.standing, language) + asked


def _code(code: str, language: Language) -> str:
    said = CODES.get(code)
    return f"{said.sv if language == 'sv' else said.en} [{code}]" if said else f"[{code}]"


def line(one: Sent, language: Language) -> str:
    """A message on one line."""
    posted = one.posted
    return f"{posted.message_id.hex()[:12]}  {moment(posted.posted_at)[:16]}  {one.name}  {words_of(one, language)}"


def story(one: Sent, language: Language) -> Iterator[str]:
    """A message with everything that is known of it, in the order of time."""

    def say(swedish: str, english: str) -> str:
        return swedish if language == "sv" else english

    posted = one.posted
    head = f"{say('Meddelande', 'Message')} {posted.message_id.hex()}  {say('till', 'to')} {one.name} ({posted.queue})"
    yield f"\N{BLACK SQUARE} {head}"
    yield f"  {words_of(one, language)}"
    yield f"  {moment(posted.posted_at)}  {say('Förseglat och sparat här', 'Sealed and kept here')}"
    for _, text in sorted({(receipt.at, attested(receipt, language)) for _, receipt in one.receipts}):
        yield f"  {text}"
    if posted.recalled_at:
        yield f"  {moment(posted.recalled_at)}  {say('Återkallelse begärd', 'Recall asked for')}"
    yield f"  {moment(posted.not_after)}  {say('Lämnas inte ut efter detta', 'Not handed over after this')}"
    for copy in one.copies:
        yield f"  {copy.origin}: {copy_words(copy, one.standing.state, language)}"
    if one.unverified:
        yield say(
            f"  ! {one.unverified} kvittenser går inte att styrka här", f"  ! {one.unverified} receipts do not verify here"
        )


def copy_words(copy: Copy, state: State, language: Language) -> str:
    """What is known of a message at one relay; `state`: how the message stands."""
    place = 0 if language == "sv" else 1
    if copy.ended:
        return ("håller det inte", "does not hold it")[place] + (f": {_code(copy.code, language)}" if copy.code else "")
    if _held(copy, state):
        return f"{('håller det sedan', 'holds it since')[place]} {moment(int(copy.custody_at))}"
    if state in _FETCHED:
        return (("tog emot det, som är hämtat", "took it, and it was handed over") if copy.custody_at else _NOT_NEEDED)[place]
    if state.over:
        return (("håller det inte", "does not hold it") if copy.custody_at else _NOT_NEEDED)[place]
    if copy.failures:
        return f"{copy.failures} {('misslyckade försök', 'failed attempts')[place]}: {_code(copy.code, language)}"
    return ("inte prövad", "not tried")[place] if not copy.tried_at else ("försöker", "trying")[place]


def _held(copy: Copy, state: State) -> bool:
    """Does the relay hold it, as far as is known?"""
    return copy.in_custody and state not in _FETCHED and not state.over


def as_json(one: Sent) -> dict[str, Any]:
    """A message for a program. Instants in seconds."""
    posted, receipt = one.posted, one.standing.receipt
    return {
        "message_id": posted.message_id.hex(),
        "queue": posted.queue,
        "name": one.name,
        "state": one.standing.state.value,
        "code": receipt.content.code if receipt else None,
        "posted_at": posted.posted_at,
        "not_after": posted.not_after,
        "recalled_at": posted.recalled_at or None,
        "documents": [digest.hex() for digest in posted.documents],
        "receipts": [
            {"type": each.content.type.name, "at": each.at, "origin": origin, "signer": signer_json(each.signer)}
            for origin, each in one.receipts
        ],
        "unverified": one.unverified,
        "copies": [
            {
                "origin": copy.origin,
                "in_custody": _held(copy, one.standing.state),
                "ended": copy.ended,
                "failures": copy.failures,
                "code": copy.code,
            }
            for copy in one.copies
        ],
    }
