"""A site sends documents and follows what becomes of them; whether a service runs or not.

Rules: what is to be sent is durable before anything is said to have been sent. Where a service runs for the site (`dpr mail
serve`) it carries, and here one only looks; else it is carried here, for as long as one waits. What is told is told once, in
the order in which it became known.

Example: `follow(site, db.outbox, message_id, seconds=60, enough=lambda found: found.state.over, tell=print)`
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from dpr.apps import addressing
from dpr.apps.compose import SiteFolder
from dpr.apps.mail_view import Sent, names_of, sent
from dpr.core import documents
from dpr.core.errors import SetupError
from dpr.core.mail.address_book import Entry
from dpr.core.mail.carriage import Standing
from dpr.core.policy import Policy
from dpr.core.prescription import Prescription
from dpr.core.trust import Trust
from dpr.flows import post
from dpr.ports import Outbox, Posted

if TYPE_CHECKING:
    from dpr.adapters.mail_db import MailDb

_LOOK_SECONDS, _AGAIN_SECONDS = 0.2, 1.0
#: Time enough for the first relay, and for the next ones where it does not answer.
HAND_IN_SECONDS = 12.0
_HOUR = 3600
Enough = Callable[[Standing], bool]


def has_mail(site: SiteFolder) -> bool:
    """Has anything been sent or fetched here? Who only looks makes no mail.db."""
    return site.mail_path().exists()


def mail_db(site: SiteFolder) -> MailDb:
    """The site's mail.db, made if there is none; close it. StorageError `mail_file_…`."""
    from dpr.adapters.mail_db import MailDb

    return MailDb.open(site.mail_path(), now=int(site.now().timestamp()))


def require_sent(posted: Posted, document: bytes) -> None:
    """SetupError `document_not_sent` where this document was not in that message."""
    if hashlib.sha256(document).digest() not in posted.documents:
        raise SetupError("document_not_sent", posted.message_id.hex())


def send(
    site: SiteFolder, outbox: Outbox, given: Sequence[bytes], entry: Entry, *, hours: int | None = None, again: bool = False
) -> Posted:
    """Seals documents to a recipient and keeps them to be carried. `hours`: until they are not to be handed over any more; the
    policy's where None.

    SetupError `recipient_not_addressee`; as `documents.open` for what does not verify here, and as dpr.flows.post.post.
    """
    trust = site.trust()
    _check(given, entry, trust, site.policy)
    node = site.node()
    life_hours = site.policy.mail_life_hours if hours is None else hours
    return post.post(
        given,
        entry,
        node=post.Node(node.signer, node.credential),
        outbox=outbox,
        trust=trust,
        policy=site.policy,
        now=int(site.now().timestamp()),
        life_seconds=life_hours * _HOUR,
        new_id=secrets.token_bytes(16),
        again=again,
    )


def _check(given: Sequence[bytes], entry: Entry, trust: Trust, policy: Policy) -> None:
    """What the recipient would refuse anyway is not sent: it would tell a pharmacy of somebody for nothing."""
    values: list[object] = [documents.open(one, trust).value for one in given]
    addressing.require_addressee([one for one in values if isinstance(one, Prescription)], entry, policy)


def seen(site: SiteFolder, outbox: Outbox, message_id: bytes) -> Sent:
    """A message as it stands now. StorageError `message_not_in_outbox`."""
    return sent(outbox.message(message_id), outbox, site.trust(), names_of(site), int(site.now().timestamp()))


def follow(
    site: SiteFolder, outbox: Outbox, message_id: bytes, *, seconds: float, enough: Enough, tell: Callable[[Standing], None]
) -> Standing:
    """How the message stands when `enough` says so, or after `seconds`. `tell` is called with every other standing on the
    way."""
    return asyncio.run(_follow(site, outbox, message_id, seconds, enough, tell))


async def _follow(
    site: SiteFolder, outbox: Outbox, message_id: bytes, seconds: float, enough: Enough, tell: Callable[[Standing], None]
) -> Standing:
    carried = asyncio.create_task(_carry(site, message_id, seconds))
    trust, names = site.trust(), names_of(site)
    end = time.monotonic() + seconds
    told: Standing | None = None
    try:
        while True:
            found = sent(outbox.message(message_id), outbox, trust, names, int(site.now().timestamp())).standing
            if told is None or found.state is not told.state:
                tell(found)
                told = found
            if enough(found) or time.monotonic() >= end:
                return found
            if carried.done():
                carried.result()
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        carried.cancel()
        with suppress(asyncio.CancelledError):
            await carried


async def _carry(site: SiteFolder, message_id: bytes, seconds: float) -> None:
    """Carries it, unless and until somebody else has the folder: a service, which carries it, or who only fetches once."""
    from dpr.apps.mailing import Mailing

    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        try:
            await Mailing(site).carry_until(message_id, seconds=left)
            return
        except SetupError as error:
            if error.code != "mail_already_running":
                raise
        await asyncio.sleep(min(_AGAIN_SECONDS, left))
