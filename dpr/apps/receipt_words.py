"""What a bundle proves, in words that a lawyer reads, and for a program.

Rules: what is proven comes first, in one sentence; then each fact with who attests it and by whose clock; then the steps. What
a relay attests and what the recipient says itself are told apart. Nothing is said that did not verify. Times are Swedish local
time to the second.

Example: `lines(finding, "en")` → `["✓ PROVEN: …", …]`
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from dpr.core.codes import CODES, words
from dpr.core.days import STOCKHOLM
from dpr.core.documents import Opened
from dpr.core.mail.bundle_verify import Finding, Proven, Shown
from dpr.core.mail.receipt import Outcome, ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.prescription import Prescription
from dpr.core.trust import Chain
from dpr.core.trust_list import Environment
from dpr.core.verdict import Check
from dpr.core.wording import Language

_MARKS = {"PASS": "✓", "WARN": "!", "STOP": "✗"}
#: What a receipt of each type says, where it is one line.
TYPES: dict[ReceiptType, tuple[str, str]] = {
    ReceiptType.R1: ("Inlämnat hos förmedlaren, som håller det", "Handed in to the relay, which holds it"),
    ReceiptType.R2: ("Hämtat av mottagaren hos förmedlaren", "Fetched by the recipient from the relay"),
    ReceiptType.R3: (
        "Öppnat av mottagaren; avsändarens underskrift stämde",
        "Opened by the recipient; the sender's signature held",
    ),
    ReceiptType.R4: ("Mottagarens besked", "The recipient's answer"),
    ReceiptType.N1: (
        "Tiden gick ut hos förmedlaren utan att någon hämtade",
        "Time ran out at the relay before anybody fetched it",
    ),
    ReceiptType.N2: ("Mottagaren kunde inte öppna eller pröva det", "The recipient could not open or verify it"),
    ReceiptType.W1: ("Återkallat hos förmedlaren innan någon hämtade", "Withdrawn at the relay before anybody fetched it"),
    ReceiptType.W2: ("För sent att återkalla hos förmedlaren", "Too late to withdraw at the relay"),
    ReceiptType.H1: ("Brevlådans senaste kvittens hos förmedlaren", "The queue's last receipt at the relay"),
}
OUTCOMES = {Outcome.ACCEPTED: ("GODTAGET", "ACCEPTED"), Outcome.REJECTED: ("AVVISAT", "REJECTED")}


def moment(instant: int) -> str:
    """`2026-11-21 13:00:05`."""
    return f"{datetime.fromtimestamp(instant, STOCKHOLM):%Y-%m-%d %H:%M:%S}"


def head(finding: Finding, language: Language) -> Iterator[str]:
    """What is proven and with which reservations, or why not and what to do."""
    if isinstance(finding, Proven):
        yield f"✓ {_of(language, 'STYRKT', 'PROVEN')}: {_sentence(finding.shown, language)}"
        yield from _reservations(finding.checks, language)
    else:
        said = words(finding.code)
        yield f"✗ {_of(language, 'INTE STYRKT', 'NOT PROVEN')}: {_of(language, said.sv, said.en)} [{finding.code}]"
        yield f"  → {_of(language, said.do_sv, said.do_en)}"
        if finding.detail:
            yield f"    {finding.detail}"


def lines(finding: Finding, language: Language) -> Iterator[str]:
    """The finding, line by line."""
    yield from head(finding, language)
    if finding.shown is not None:
        yield _of(language, "Vad filen visar:", "What the file shows:")
        yield from (f"  {line}" for line in facts(finding.shown, language))
    yield _of(language, "Prövat, steg för steg:", "Verified, step by step:")
    yield from (_check(check, language) for check in finding.checks)
    yield _of(
        language,
        "Filen säger inget om kvittenser som inte är med i den.",
        "The file says nothing about receipts that are not in it.",
    )


def _sentence(shown: Shown, language: Language) -> str:
    recipient = shown.recipient
    assert recipient is not None
    answer = shown.answer.content if shown.answer else None
    who = named(recipient, language)
    if answer is None:
        return _of(
            language,
            f"{who}, har tagit emot och öppnat just detta dokument. Besked har inte lämnats.",
            f"{who}, received and opened exactly this document. No answer has been given.",
        )
    reason = f" ({_reason(answer.code, language)})" if answer.code else ""
    if answer.outcome is Outcome.ACCEPTED:
        return _of(
            language,
            f"{who}, har tagit emot just detta dokument, prövat det och GODTAGIT det{reason}.",
            f"{who}, received exactly this document, verified it and ACCEPTED it{reason}.",
        )
    return _of(
        language,
        f"{who}, har tagit emot just detta dokument, prövat det och AVVISAT det{reason}.",
        f"{who}, received exactly this document, verified it and REJECTED it{reason}.",
    )


def named(signer: Chain, language: Language) -> str:
    """Who it is, and who vouches for that: `Apoteket Lärkan (GLN 7350000000009), intygat av Apotekskedjan Test`."""
    holder = signer.credential.holder
    gln = f" (GLN {holder.gln})" if holder.gln else ""
    return f"{holder.name}{gln}, {_of(language, 'intygat av', 'vouched for by')} {signer.issuer.name}"


def _reason(code: str, language: Language) -> str:
    """A code of ours in words; another program's as it is."""
    said = CODES.get(code)
    return f"{_of(language, said.sv, said.en).rstrip('.')} [{code}]" if said else f"[{code}]"


def _reservations(checks: tuple[Check, ...], language: Language) -> Iterator[str]:
    for code in dict.fromkeys(check.code for check in checks if check.outcome.name == "WARN"):
        said = words(code)
        yield f"! {_of(language, 'Förbehåll', 'Reservation')}: {_of(language, said.sv, said.en)} [{code}]"
        yield f"  → {_of(language, said.do_sv, said.do_en)}"


def facts(shown: Shown, language: Language) -> Iterator[str]:
    """Each fact on a line."""
    yield from _document(shown, language)
    yield f"{_of(language, 'Meddelande', 'Message')}: {shown.bundle.message_id.hex()}"
    if shown.sender is not None:
        yield f"{_of(language, 'Avsändare', 'Sender')}: {named(shown.sender, language)}"
    held = (*shown.custody, *shown.handed_over, *shown.others, *filter(None, (shown.received, shown.answer)))
    for receipt in sorted(held, key=lambda one: (one.at, one.content.type)):
        yield attested(receipt, language)
    if shown.custody and shown.handed_over:
        begin, end = moment(shown.custody[0].at), moment(shown.handed_over[0].at)
        yield _of(
            language,
            f"Förmedlaren, som inte är part, vittnar alltså om tiden mellan {begin} och {end}.",
            f"So the relay, which is no party, attests the time between {begin} and {end}.",
        )
    yield _authority(shown, language)


def _document(shown: Shown, language: Language) -> Iterator[str]:
    opened = shown.document
    if isinstance(opened, Opened):
        what = opened.kind.typ
        if isinstance(opened.value, Prescription):
            at = moment(opened.value.authored_at)
            what = _of(
                language,
                f"recept {opened.value.id.hex()}, skrivet {at}, underskrivet under {opened.issuer.name}",
                f"prescription {opened.value.id.hex()}, written {at}, signed under {opened.issuer.name}",
            )
    else:
        what = _of(language, "underskriften går inte att styrka här", "its signature cannot be verified here")
    yield f"{_of(language, 'Dokument', 'Document')}: {what}"
    yield f"  SHA-256 {shown.bundle.document_digest.hex()}"


def attested(receipt: Attested, language: Language) -> str:
    """One receipt: when, what, by whose clock."""
    content = receipt.content
    text = _of(language, *TYPES[content.type])
    if content.outcome is not None:
        text += f": {_of(language, *OUTCOMES[content.outcome])}"
    if content.code is not None:
        text += f" ({_reason(content.code, language)})"
    if content.handed_over_at is not None:
        text += f" ({_of(language, 'utlämnat första gången', 'first given out')} {moment(content.handed_over_at)})"
    clock = _of(language, "enligt", "says")
    place = "" if content.sequence is None else f", {_of(language, 'nr', 'no.')} {content.sequence}"
    return f"{moment(receipt.at)}  {content.type.name}  {text} – {clock} {named(receipt.signer, language)}{place}"


def _authority(shown: Shown, language: Language) -> str:
    anchor = shown.trust.anchor
    if anchor is None:
        return ""
    test = _of(language, " (TEST: inget av detta är på riktigt)", " (TEST: nothing of this is real)")
    mark = test if anchor.environment is Environment.TEST else ""
    return f"{_of(language, 'Under myndigheten', 'Under the authority')}: {anchor.authority}{mark}"


def _check(check: Check, language: Language) -> str:
    said = words(check.code)
    item = "" if check.item is None else f" ({_of(language, 'kvittens', 'receipt')} {check.item})"
    return f"  {_MARKS[check.outcome.name]} {check.step:>2} {_of(language, said.sv, said.en)}{item} [{check.code}]"


def as_json(finding: Finding) -> dict[str, Any]:
    """The finding for a program. Instants in seconds."""
    written: dict[str, Any] = {"proven": isinstance(finding, Proven)}
    if not isinstance(finding, Proven):
        written |= {"code": finding.code, "detail": finding.detail}
    return written | {
        "shown": _shown_json(finding.shown) if finding.shown else None,
        "checks": [
            {
                "step": check.step,
                "code": check.code,
                "outcome": check.outcome.name.lower(),
                "receipt": check.item,
                "age_seconds": check.age_seconds,
            }
            for check in finding.checks
        ],
    }


def _shown_json(shown: Shown) -> dict[str, Any]:
    opened, anchor = shown.document, shown.trust.anchor
    prescription = opened.value if isinstance(opened, Opened) and isinstance(opened.value, Prescription) else None
    answer = shown.answer.content if shown.answer else None
    return {
        "queue": shown.bundle.queue,
        "message_id": shown.bundle.message_id.hex(),
        "digest": shown.bundle.digest.hex(),
        "document_digest": shown.bundle.document_digest.hex(),
        "prescription": prescription and prescription.id.hex(),
        "recipient": shown.recipient and signer_json(shown.recipient),
        "sender": shown.sender and signer_json(shown.sender),
        "outcome": answer.outcome.name if answer and answer.outcome is not None else None,
        "code": answer and answer.code,
        "received_at": shown.received.at if shown.received else None,
        "answered_at": shown.answer.at if shown.answer else None,
        "custody": [_witness(one) for one in shown.custody],
        "handed_over": [_witness(one) for one in shown.handed_over],
        "others": [_witness(one) | {"type": one.content.type.name} for one in shown.others],
        "authority": anchor and anchor.authority,
        "environment": anchor and anchor.environment.name.lower(),
    }


def signer_json(signer: Chain) -> dict[str, Any]:
    """Who signed, and who vouches for them."""
    holder = signer.credential.holder
    return {"name": holder.name, "gln": holder.gln, "role": holder.role.name.lower(), "issuer": signer.issuer.id}


def _witness(receipt: Attested) -> dict[str, Any]:
    return {"at": receipt.at, "relay": signer_json(receipt.signer), "sequence": receipt.content.sequence}


def _of(language: Language, swedish: str, english: str) -> str:
    return swedish if language == "sv" else english
