"""An entry of the address book becomes whom to send to: which key to seal with, and where to hand the message over.

Rules: the book says only where; the recipient says itself, with its own signature, what to seal to. So 1. the mail key's
signature and chain verify (a forged key); 2. it is for this environment; 3. it is for the entry's queue (another's key put in
the entry); 4. its signer may read that queue (a key of somebody else for this queue); 5. it is not over; 6. its signer's
credential is neither revoked nor suspended nor over (a stolen key); 7. its signer has the entry's name (a node of somebody
else under a pharmacy's name), or is a gateway that the site's policy lets stand for recipients in SDK. What could not be
renewed has the same grace as in a verdict (dpr.core.in_force). How old the lists are is not judged: a message that waits helps
nobody.

Example: `recipient(entry_of(book, "gln:7350000000009"), trust, now).key`
"""

from __future__ import annotations

from typing import NamedTuple
from unicodedata import normalize

from dpr.core import days, documents, in_force
from dpr.core.errors import DocumentError
from dpr.core.in_force import Standing
from dpr.core.mail.address_book import Endpoint, Entry
from dpr.core.mail.mail_key import MailKey, SealingKey
from dpr.core.mail.queue import queues_of
from dpr.core.policy import DEFAULT, Policy
from dpr.core.trust import Chain, Trust


class Recipient(NamedTuple):
    """Whom to send to. `name`, `gln` (None where it has none): of who signed the key and can open what is sealed to it, by its
    credential and not by the book; `key`: to seal with; `endpoints`: where to, in the order to try them; `signer`: who vouches
    for the key; `until`: instant in seconds from which the key counts no more."""

    queue: str
    name: str
    gln: str | None
    key: SealingKey
    endpoints: tuple[Endpoint, ...]
    signer: Chain
    until: int


def recipient(entry: Entry, trust: Trust, now: int, *, policy: Policy = DEFAULT) -> Recipient:
    """The recipient of a verified entry at the instant `now`, in seconds; judged is at the trust's floor where the clock is
    behind that.

    DocumentError `mail_key_not_verified` (`detail`: the code), `mail_key_environment`, `mail_key_queue`,
    `mail_key_signer`, `mail_key_early`, `mail_key_expired`, `mail_key_signer_not_in_force`, `mail_key_signer_revoked`,
    `mail_key_name`.
    """
    value, signer = usable_mail_key(entry.mail_key, trust, now, queue=entry.queue, policy=policy)
    holder = signer.credential.holder
    if _compared(holder.name) != _compared(entry.name) and not is_gateway(entry, policy):
        raise DocumentError("mail_key_name", f"{holder.name}, not {entry.name}")
    return Recipient(entry.queue, holder.name, holder.gln, value.content.keys[0], entry.endpoints, signer, value.valid_until)


def is_gateway(entry: Entry, policy: Policy) -> bool:
    """May this entry's queue stand for a recipient in SDK? The site says so, never the book."""
    return entry.sdk is not None and entry.queue in policy.mail_gateways


def _compared(name: str) -> str:
    """Accents tell pharmacies apart; case and spaces do not."""
    return " ".join(normalize("NFKC", name).casefold().split())


def usable_mail_key(document: bytes, trust: Trust, now: int, *, queue: str, policy: Policy = DEFAULT) -> tuple[MailKey, Chain]:
    """The mail key in `document` with its signer, when it may be sealed to at the instant `now`. DocumentError as
    `recipient`."""
    value, signer = open_mail_key(document, trust, queue=queue)
    now = max(now, trust.floor)
    if value.issued_at > now + policy.clock_skew_seconds:
        raise DocumentError("mail_key_early", days.shown(value.issued_at))
    if value.valid_until <= now:
        raise DocumentError("mail_key_expired", days.shown(value.valid_until))
    standing = in_force.standing(signer, trust, policy, now)
    if standing is not Standing.GOOD:
        raise DocumentError(_CODES[standing], f"credential {signer.credential.id}")
    return value, signer


def open_mail_key(document: bytes, trust: Trust, *, queue: str) -> tuple[MailKey, Chain]:
    """The mail key in `document` with its signer, when it is one for `queue`; dates and status are not judged. DocumentError as
    `recipient`."""
    try:
        opened = documents.open(document, trust, expected_kind=documents.MAIL_KEY)
    except DocumentError as error:
        raise DocumentError("mail_key_not_verified", error.code) from None
    value, signer = opened.value, opened.signer
    if signer is None:
        raise DocumentError("mail_key_not_verified", "chain_credential_unknown")
    if trust.anchor is None or value.content.environment is not trust.anchor.environment:
        raise DocumentError("mail_key_environment")
    if value.content.queue != queue:
        raise DocumentError("mail_key_queue", f"{value.content.queue}, not {queue}")
    if queue not in queues_of(signer.credential):
        raise DocumentError("mail_key_signer", f"credential {signer.credential.id}")
    return value, signer


_CODES = {
    Standing.REVOKED: "mail_key_signer_revoked",
    Standing.SUSPENDED: "mail_key_signer_revoked",
    Standing.NOT_IN_FORCE: "mail_key_signer_not_in_force",
}
