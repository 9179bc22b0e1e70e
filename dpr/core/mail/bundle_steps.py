"""The steps by which a bundle is verified, numbered: what each looks at, and which attack or mistake it answers.

Rules: as dpr.core.steps: a step is a generator of checks, none at all is a plain pass, whose code stands in `PASSED`; one stop
means that nothing is proven, yet every step is judged. Steps 1 and 2 (the file, and whose authority it rests on) come before
there is anything to judge here (dpr.core.mail.bundle_verify). A check's `item` is the number of the receipt it is about.

Example: `[*_11_whole(case)] == [Check(11, "bundle_answer_missing", STOP)]`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

from dpr.core import behind
from dpr.core.credential import Credential, Role
from dpr.core.documents import Opened
from dpr.core.mail.bundle_case import Case, Numbered, Signed
from dpr.core.mail.compare import SKEW_SECONDS, contradiction
from dpr.core.mail.receipt import RULES, ReceiptType
from dpr.core.prescription import Prescription
from dpr.core.status import Status
from dpr.core.trust import Trust
from dpr.core.verdict import STOP, WARN, Check

_DAY = 86_400
#: How much older than a receipt the revocation data may be. A sender's own are a few hours old when it makes a bundle.
MAX_BEFORE_SECONDS = 7 * _DAY
R1, R2, R3, R4 = ReceiptType.R1, ReceiptType.R2, ReceiptType.R3, ReceiptType.R4


def _3_signatures(case: Case) -> Iterator[Check]:
    """Did whoever may say this sign each receipt (forged, altered, or signed by a node with no right to it)?"""
    for number, code in case.faults:
        yield Check(3, code, STOP, item=number)


def _4_one_message(case: Case) -> Iterator[Check]:
    """Are all about this message, these sealed bytes and this queue (a receipt of another message; an answer by another
    pharmacy, which may sign for its own queue)?"""
    bundle = case.bundle
    for number, receipt in case.numbered:
        content = receipt.content
        if content.queue != bundle.queue:
            yield Check(4, "receipt_queue", STOP, item=number)
        elif content.message_id != bundle.message_id:
            yield Check(4, "receipt_message", STOP, item=number)
        elif content.digest != bundle.digest:
            yield Check(4, "receipt_digest", STOP, item=number)


def _5_in_force(case: Case) -> Iterator[Check]:
    """Were signer and issuer in force then, and not revoked (a key stolen, or kept after its time)? What a signer says of the
    time proves nothing after a revocation of its key: then a relay must have handed over before that."""
    dated = min((one.receipt.at for one in _witnesses(case, R2)), default=None)
    by_recipient = {number for number, receipt in case.numbered if RULES[receipt.content.type].by_recipient}
    for signed in case.signed():
        code = _signer_fault(signed, case.trust)
        since = _revoked_from(case.trust, signed.signer.credential)
        if code:
            yield Check(5, code, STOP, item=signed.number)
        elif since is not None and signed.number in by_recipient and (dated is None or dated >= since):
            yield Check(5, "receipt_signer_revoked_undated", STOP, item=signed.number)
        elif since is not None:
            yield Check(5, "receipt_signer_revoked_later", WARN, item=signed.number)


def _signer_fault(signed: Signed, trust: Trust) -> str | None:
    credential, issuer = signed.signer.credential, signed.signer.issuer
    begin, end = max(credential.valid_from, issuer.valid_from), min(credential.valid_until, issuer.valid_until)
    if not begin <= signed.at < end:
        return "receipt_signer_not_in_force"
    answer = trust.status(credential)
    if answer is None or answer.status is None:
        return "receipt_signer_unlisted"
    since = _revoked_from(trust, credential)
    return "receipt_signer_revoked" if since is not None and since <= signed.at else None


def _revoked_from(trust: Trust, credential: Credential) -> int | None:
    """Since when; None where it is not. A status bit without a date is since ever."""
    entry, answer = trust.revocation(credential), trust.status(credential)
    if entry is not None:
        return entry.revoked_from
    return 0 if answer is not None and answer.status in (Status.REVOKED, Status.SUSPENDED) else None


def _6_lists(case: Case) -> Iterator[Check]:
    """Are the lists as new as what they judge (old ones, chosen to hide a revocation; lists of different ages mixed)?"""
    newer = behind.common(case.trust)
    if newer:
        yield Check(6, newer, STOP)
    before = [0]
    for _, signer, at in case.signed():
        credential = signer.credential
        answer = case.trust.status(credential)
        before += [at - answer.issued_at] if answer is not None else []
    if any(behind.of_issuer(case.trust, *name) for name in _lists(case)):
        yield Check(6, "bundle_lists_behind", STOP)
    if max(before) > MAX_BEFORE_SECONDS:
        yield Check(6, "bundle_lists_old", STOP, max(before))
    elif max(before) > 0:
        yield Check(6, "bundle_lists_before", WARN, max(before))


def _lists(case: Case) -> set[tuple[str, str]]:
    """Issuer and name of the status lists that say something of a signer."""
    return {(one.signer.credential.issuer, one.signer.credential.status.uri) for one in case.signed()}


def _7_document(case: Case) -> Iterator[Check]:
    """Is it the document that the recipient names (another put in its place)? Its own signature need not verify here: what was
    rejected may well have none."""
    for number, receipt in case.of(R3, R4):
        if case.bundle.document_digest not in receipt.content.documents:
            yield Check(7, "bundle_document_other", STOP, item=number)
    if isinstance(case.document, str):
        yield Check(7, "bundle_document_unverified", WARN)


def _8_message(case: Case) -> Iterator[Check]:
    """Where the message is shown: did its sender sign this document for this queue (another sender's words, other contents)?"""
    bundle, message = case.bundle, case.message
    if isinstance(message, str):
        yield Check(8, message, STOP)
    elif message is None:
        yield Check(8, "bundle_message_absent")
    else:
        value = message.value
        same = (value.id, value.content.queue) == (bundle.message_id, bundle.queue)
        contents = all(receipt.content.documents == value.digests for _, receipt in case.of(R3, R4))
        anchor = case.trust.anchor
        here = anchor is not None and value.content.environment is anchor.environment
        if not (same and contents and here and bundle.document_digest in value.digests):
            yield Check(8, "bundle_message_differs", STOP)


def _9_agree(case: Case) -> Iterator[Check]:
    """Can all be true at once (two answers to one message; a relay that shows different chains, or that handed over what it
    says it had removed before its time)?"""
    for one, other in combinations(case.numbered, 2):
        code = contradiction(one.receipt, other.receipt)
        if code:
            yield Check(9, code, STOP, item=other.number)
    handed_over = {receipt.relay for _, receipt in case.of(R2)}
    for number, receipt in case.of(ReceiptType.N1):
        if receipt.relay in handed_over and isinstance(case.message, Opened):
            early = receipt.at + SKEW_SECONDS < case.message.value.not_after
            yield from [Check(9, "relay_contradicts", STOP, item=number)] if early else []


def _10_times(case: Case) -> Iterator[Check]:
    """Do the times follow on each other (an answer dated before the message was in custody, anything dated ahead)?"""
    skew = case.skew_seconds
    custody = {one.receipt.relay: one.receipt.at for one in case.of(R1)}
    begin = max([min(custody.values(), default=0), *_made(case)])
    for number, receipt in case.numbered:
        if receipt.at > case.now + skew:
            yield Check(10, "receipt_in_future", STOP, item=number)
        elif receipt.at + skew < max(begin, custody.get(receipt.relay, 0)):
            yield Check(10, "receipt_times", STOP, item=number)
    handed_over = [one.receipt.at for one in case.of(R2)]
    for number, receipt in case.of(R4):
        if handed_over and receipt.at > min(handed_over) + skew:
            yield Check(10, "receipt_after_witness", WARN, item=number)


def _made(case: Case) -> Iterator[int]:
    """Instants before which the message cannot have been sent."""
    if isinstance(case.message, Opened):
        yield case.message.value.created
    if isinstance(case.document, Opened) and isinstance(case.document.value, Prescription):
        yield case.document.value.authored_at


def _11_whole(case: Case) -> Iterator[Check]:
    """Is there the recipient's own word, and a witness of the time that is neither recipient nor sender (pieces left out)?"""
    if not case.of(R3, R4):
        yield Check(11, "bundle_answer_missing", STOP)
    elif not case.of(R4):
        yield Check(11, "bundle_outcome_missing", WARN)
    if not _witnesses(case, R1):
        yield Check(11, "bundle_custody_missing", WARN)
    if not _witnesses(case, R2):
        yield Check(11, "bundle_hand_over_missing", WARN)


def _witnesses(case: Case, kind: ReceiptType) -> list[Numbered]:
    """Those of relays: a pharmacy that received directly is no witness for itself. Nor is a relay whose key
    was revoked, whenever that was: who has the key may have written any time."""
    return [one for one in case.of(kind) if _is_witness(one, case)]


def _is_witness(one: Numbered, case: Case) -> bool:
    signer = one.receipt.signer
    if signer.credential.holder.role is not Role.RELAY or _revoked_from(case.trust, signer.credential) is not None:
        return False
    return _signer_fault(Signed(one.number, signer, one.receipt.at), case.trust) is None


Judge = Callable[[Case], Iterator[Check]]
#: Step → its judge.
STEPS: dict[int, Judge] = {
    3: _3_signatures,
    4: _4_one_message,
    5: _5_in_force,
    6: _6_lists,
    7: _7_document,
    8: _8_message,
    9: _9_agree,
    10: _10_times,
    11: _11_whole,
}
#: Step → the code of a plain pass.
PASSED = {
    1: "bundle_read",
    2: "bundle_trusted",
    3: "receipts_signed",
    4: "receipts_one_message",
    5: "receipt_signers_in_force",
    6: "bundle_lists_ok",
    7: "bundle_document_ok",
    8: "bundle_message_ok",
    9: "receipts_agree",
    10: "receipt_times_ok",
    11: "bundle_whole",
}
