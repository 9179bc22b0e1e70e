"""Our codes and SDK's reasons, one table: what a kvittens says of a message of ours, and what ours says of a kvittens.

Rules: a code of ours has a category (SV, BV, SIG) and a detail code of Digg's table (Innehållsspecifikation meddelande, §5.3);
the text of the reason begins with our code, so that another gateway finds it again. SIG is kept for SDK's own signature, which
is the message service's. Nothing of a reason's text that came from outside goes on but a code that stands in docs/codes.md.

Example: `fault_of("sdk_file_type")` → `Fault("BV", "not-supported", "sdk_file_type: …")`
"""

from __future__ import annotations

import re
from typing import NamedTuple

from dpr.adapters.sdk.kvittens import Fault, Kvittens
from dpr.core.codes import CODES
from dpr.core.mail.receipt import Outcome

MAX_TEXT = 250
_CODE = re.compile(r"([a-z][a-z0-9_]{2,59}): ")
_TOKEN = re.compile(r"[A-Za-z0-9_.:-]{1,60}")

#: (our code, or how it begins where that ends in `_`) → (category, detail code). The first row that fits counts.
REASONS: tuple[tuple[str, str, str], ...] = (
    ("sdk_structure", "SV", "structure"),
    ("sdk_value", "BV", "invariant"),
    ("sdk_base64", "BV", "invariant"),
    ("sdk_too_large", "BV", "too-long"),
    ("sdk_too_many", "BV", "too-long"),
    ("mail_too_large", "BV", "too-long"),
    ("sdk_file_type", "BV", "not-supported"),
    ("sdk_no_prescription", "BV", "not-supported"),
    ("sdk_recipient_unknown", "BV", "not-found"),
    ("sdk_parties_differ", "BV", "security"),
    ("recipient_not_addressee", "BV", "security"),
    ("sdk_id_taken", "BV", "duplicate"),
    ("pdf_", "BV", "security"),
    ("mail_expired", "BV", "timeout"),
    ("mail_key_", "BV", "not-found"),
    ("address_book_", "BV", "not-found"),
    ("signature_", "BV", "security"),
    ("chain_", "BV", "security"),
    ("cose_", "BV", "security"),
    ("document_", "BV", "security"),
)
#: Every other code: a rule that the message or the prescription in it does not keep.
OTHER = ("BV", "invariant")


class Answer(NamedTuple):
    """What an R4 says: the outcome, its code and its detail (no text from outside)."""

    outcome: Outcome
    code: str
    detail: str


def reason_of(code: str) -> tuple[str, str]:
    """The category and detail code for a code of ours."""
    for row, category, detail in REASONS:
        if code == row or (row.endswith("_") and code.startswith(row)):
            return category, detail
    return OTHER


def fault_of(code: str) -> Fault:
    """The reason that a kvittens gives for a code of ours, with its Swedish words; one that has no words is named alone."""
    said = f"{code}: {CODES[code].sv}" if code in CODES else f"{code}: "
    category, detail = reason_of(code)
    return Fault(category, detail, said[:MAX_TEXT].rstrip())


def answer_of(kvittens: Kvittens) -> Answer:
    """What a kvittens says, for an R4 in the name of the queue that stands for its sender."""
    if kvittens.accepted:
        return Answer(Outcome.ACCEPTED, "sdk_accepted", _joined("kvittens", kvittens.id))
    first = kvittens.faults[0]
    found = _CODE.match(first.text)
    code = found[1] if found and found[1] in CODES else "sdk_rejected"
    return Answer(Outcome.REJECTED, code, f"{_joined('kvittens', kvittens.id)}: {_joined(first.category, first.detail)}")


def _joined(word: str, text: str) -> str:
    """`word`, and `text` where it can only be a code or an id."""
    return f"{word} {text}" if _TOKEN.fullmatch(text) else word
