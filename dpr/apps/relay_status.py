"""How it stands with the relays that a site uses: which answer now, by whose clock, what waits, and every alarm.

Rules: a relay is asked for its queue head with the site's own key and leases nothing, so "answers" means that this site could
send and fetch there just now. What it signs is verified; a head that does not verify is a fault. Which relays: those of our own
entry in the address book, of the policy, and of messages under way; where that is none, those that the book names.

Example: `status_of(site)["relays"][0]["answers"]`
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from dpr.apps import mail_keys
from dpr.apps.compose import Node, SiteFolder
from dpr.apps.inbox_view import alarm_json
from dpr.apps.mail_service import relays_of
from dpr.apps.mail_status import MailStatus, RelayStatus, read_status
from dpr.apps.mail_view import Sent, all_sent
from dpr.apps.sending import has_mail, mail_db
from dpr.core.errors import DprError
from dpr.core.mail import receipts
from dpr.core.mail.address_book import AddressBook
from dpr.core.mail.carriage import State
from dpr.core.mail.receipt import ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.trust import Trust
from dpr.ports import Alarm, Mailbox

_SECONDS = 8.0
#: A service writes its status every ten seconds.
_SILENT_SECONDS = 40
#: Of a book that names more, so many are asked.
MOST = 16
#: A message that no relay has taken for longer is a fault.
WAITING_MINUTES = 10


class Asked(NamedTuple):
    """What one relay answered. `head`: its H1; `code`: why there is none."""

    origin: str
    head: Attested | None
    code: str
    detail: str


def status_of(site: SiteFolder, *, waiting_minutes: int = WAITING_MINUTES) -> dict[str, Any]:
    """Everything, for a person or a program. `faults`: what is wrong, empty where nothing is; `waiting_minutes`: a message that
    no relay has taken for longer is a fault. SetupError, StorageError, DocumentError: what the site lacks."""
    node, trust, now = site.node(), site.trust(), int(site.now().timestamp())
    sent: list[Sent] = []
    alarms: list[Alarm] = []
    if has_mail(site):
        with mail_db(site) as db:
            sent, alarms = all_sent(site, db.outbox, open_only=True), list(db.inbox.alarms())
    asked = asyncio.run(_ask_all(site, node, trust, origins(site, node, sent)))
    waiting = [one for one in sent if one.standing.state is State.WAITING]
    status = read_status(site.folder)
    contacts = status.relays if status else {}
    found = {
        "queue": node.queue,
        "service": _service(status, now),
        "relays": [_as_json(one, now, contacts.get(one.origin)) for one in asked],
        "outbox": {"open": len(sent), "waiting": len(waiting)},
        "warnings": [*mail_keys.coming_faults(site)],
        "alarms": [alarm_json(one) for one in alarms],
    }
    return found | {"faults": faults(found, waiting, now, waiting_minutes)}


def faults(found: dict[str, Any], waiting: Sequence[Sent], now: int, waiting_minutes: int) -> list[str]:
    """What somebody has to see to, in a word each. `waiting`: messages that no relay has taken."""
    service, relays = found["service"], found["relays"]
    long_ago = now - waiting_minutes * 60
    signs = {
        "service_stopped": service is None,
        "service_failing": service is not None and service["code"] is not None,
        "relays_none": not relays,
        "relay_silent": any(not one["answers"] for one in relays),
        "messages_waiting": any(one.posted.posted_at < long_ago and not one.posted.recalled_at for one in waiting),
        "alarm": any(one["settled_at"] is None for one in found["alarms"]),
    }
    return [name for name, here in signs.items() if here]


def origins(site: SiteFolder, node: Node, sent: Sequence[Sent]) -> list[str]:
    """The relays that matter to this site."""
    book: AddressBook | None = None
    with suppress(DprError):
        book = site.address_book()
    entries = book.content.entries if book else ()
    ours = [one.url for entry in entries if entry.queue == node.queue for one in entry.endpoints]
    found = dict.fromkeys([*ours, *site.policy.mail_relays, *(origin for one in sent for origin in one.posted.origins)])
    every = dict.fromkeys(one.url for entry in entries for one in entry.endpoints)
    return [*(found or every)][:MOST]


async def _ask_all(site: SiteFolder, node: Node, trust: Trust, asked: Sequence[str]) -> list[Asked]:
    async with relays_of(site) as relays:
        return [*await asyncio.gather(*(_ask(relays.of(origin), node.queue, trust) for origin in asked))]


async def _ask(mailbox: Mailbox, queue: str, trust: Trust) -> Asked:
    origin = mailbox.origin
    try:
        async with asyncio.timeout(_SECONDS):
            answer = await mailbox.inbox(queue, after=None, wait_seconds=0, most=0)
        head = receipts.read(answer.head, trust, expected_queue=queue)
        if head.content.type is not ReceiptType.H1:
            return Asked(origin, None, "relay_answer", head.content.type.name)
        return Asked(origin, head, "", "")
    except TimeoutError:
        return Asked(origin, None, "relay_slow", f"more than {_SECONDS:g} s")
    except DprError as error:
        return Asked(origin, None, error.code, error.detail)


def _as_json(one: Asked, now: int, noted: RelayStatus | None) -> dict[str, Any]:
    """`noted`: what the service noted of it."""
    head = one.head
    return {
        "origin": one.origin,
        "answers": head is not None,
        "code": one.code or None,
        "detail": one.detail,
        "relay": head.relay[1] if head else None,
        "operator": head.signer.issuer.name if head else None,
        "sequence": head.content.sequence if head else None,
        "clock_ahead_seconds": head.at - now if head else None,
        "last_contact": now if head else (noted.contact_at if noted else 0) or None,
    }


def _service(status: MailStatus | None, now: int) -> dict[str, Any] | None:
    """What the service wrote of itself lately; None where it does not run."""
    if status is None or abs(now - status.at) > _SILENT_SECONDS:
        return None
    written = {name: getattr(status, name) for name in ("pid", "at", "waiting", "deferred")}
    return written | {"code": status.code or None}
