"""Whom somebody means who types a GLN, a name or a place.

Rules: a queue or a GLN is that one and no other; a name is looked up in the address book, and counts only where it fits one.
Who is meant is never guessed: a prescription sent to the wrong pharmacy is a leak.

Example: `fitting(book, "larkan pite")` → `[entry]`
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dpr.core import identifiers
from dpr.core.errors import DocumentError, SetupError
from dpr.core.mail import queue as queues
from dpr.core.mail.address_book import AddressBook, Entry
from dpr.core.mail.directory import entry_of, queue_of, search
from dpr.core.mail.recipient import is_gateway, open_mail_key
from dpr.core.policy import Policy
from dpr.core.prescription import Prescription
from dpr.core.trust import Trust

#: Of many that fit, so many are named.
SHOWN = 20


def fitting(book: AddressBook, typed: str) -> Sequence[Entry]:
    """Whom `typed` may mean, the best first. DocumentError `address_book_no_entry` where it is nobody, `gln_check_digit` for a
    GLN that is mistyped."""
    number = "".join(typed.split())
    if identifiers.is_digits(number, 13) and (fault := identifiers.gln_fault(number)):
        raise DocumentError(fault, number)
    queue = queue_of(typed)
    if queue is not None:
        return [entry_of(book, queue)]
    found = search(book, typed) if typed.strip() else []
    if not found:
        raise DocumentError("address_book_no_entry", "0 names")
    return found


def the_one(found: Sequence[Entry]) -> Entry:
    """The only one. SetupError `recipient_not_unique`."""
    if len(found) != 1:
        raise SetupError("recipient_not_unique", f"{len(found)} names")
    return found[0]


def line(entry: Entry) -> str:
    """`Apoteket Lärkan, Piteå (7350000000009), Apotekskedjan Test`."""
    number = entry.queue.partition(":")[2]
    return f"{entry.name}, {entry.place} ({number}), {entry.organisation}"


def as_json(entry: Entry) -> dict[str, Any]:
    """An entry for a program."""
    return {
        "queue": entry.queue,
        "name": entry.name,
        "place": entry.place,
        "organisation": entry.organisation,
        "endpoints": [{"url": one.url, "network": one.network} for one in entry.endpoints],
    }


def gateway_of(entry: Entry, trust: Trust, policy: Policy) -> str | None:
    """The name of the gateway to SDK that can open what is sent to this entry; None where the recipient itself does.
    DocumentError as dpr.core.mail.recipient.open_mail_key."""
    if not is_gateway(entry, policy):
        return None
    return open_mail_key(entry.mail_key, trust, queue=entry.queue)[1].credential.holder.name


def require_addressee(prescriptions: Sequence[Prescription], entry: Entry, policy: Policy) -> None:
    """SetupError `recipient_not_addressee` where a prescription is addressed to another pharmacy than the one it would go to:
    that one must refuse it. A pharmacy that is reached in SDK stands under the queue of a gateway, which tells no GLN: only one
    that the policy lists is believed."""
    by_gateway = is_gateway(entry, policy)
    for one in prescriptions:
        if one.audience is not None and not by_gateway and queues.of_gln(one.audience) != entry.queue:
            raise SetupError("recipient_not_addressee", f"GLN {one.audience}")
