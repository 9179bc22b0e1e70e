"""The service of a site that sends and fetches, as the commands run it.

Rules: one service for a site; who finds one running only looks. The lock alone does not say that one runs: whoever carries a
message has it too, and what does not fetch must not be taken for what does. It stops in order when it is told to (SIGTERM,
Ctrl-C): what is in the air is not lost, since it was kept before it was sent, and is fetched again where it was not
acknowledged.

Example: `serve(site, print)`
"""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dpr.apps.compose import SiteFolder
from dpr.core.errors import SetupError

if TYPE_CHECKING:
    from dpr.adapters.mailbox_http import HttpMailboxes
    from dpr.core.mail.telling import Told

_LOOK_SECONDS = 0.5
#: What polling every relay once may take, and how long one waits for whoever has the folder.
ONCE_SECONDS = 20.0
#: How often one tries to have it.
AGAIN_SECONDS = 1.0
#: A status so old is not of a service that runs.
_FRESH_SECONDS = 30


def serve(site: SiteFolder, log: Callable[[str], None]) -> None:
    """Until it is stopped. `log` gets a line of JSON for what happens. SetupError `mail_already_running`, and whatever is
    missing for it."""

    def tell(told: Told) -> None:
        if told.what != "contact":
            log(logged(told, site.now()))

    asyncio.run(_until_stopped(_serving(site, tell), None))


def logged(told: Told, now: datetime) -> str:
    """One line for a log: ids and codes, nothing of what a message says."""
    members = {"what": told.what, "message": told.message_id.hex(), "relay": told.origin, "code": told.code}
    return json.dumps(
        {"at": now.isoformat(timespec="milliseconds")} | {name: value for name, value in members.items() if value}
    )


def run_and_look(site: SiteFolder, look: Callable[[], None]) -> None:
    """Runs the service, or waits beside one that runs, and calls `look` again and again until it is stopped."""
    asyncio.run(_until_stopped(_beside(site), look))


def require_mail_key(site: SiteFolder) -> None:
    """SetupError `mail_key_file_missing` where nothing can be sent to this site."""
    path = site.mail_key_path()
    if not path.exists():
        raise SetupError("mail_key_file_missing", str(path))


def collect_once(site: SiteFolder) -> dict[str, str] | None:
    """Fetches what lies at every relay now. Origin → the code of why it failed, empty where it answered; None where a service
    runs, which has fetched it already. SetupError `mail_folder_busy` where something else has the folder for long."""
    from dpr.apps.mailing import Mailing
    from dpr.apps.sdk.gateway import deliver_of

    answers: dict[str, str] = {}

    def tell(told: Told) -> None:
        if told.origin and told.what in ("contact", "failed"):
            answers[told.origin] = told.code

    ends = time.monotonic() + ONCE_SECONDS
    while True:
        try:
            asyncio.run(Mailing(site, tell=tell, deliver=deliver_of(site)).collect_once(seconds=ONCE_SECONDS))
            return answers
        except SetupError as error:
            if error.code != "mail_already_running":
                raise
        if fetches(site):
            return None
        if time.monotonic() >= ends:
            raise SetupError("mail_folder_busy", str(site.folder))
        time.sleep(AGAIN_SECONDS)


def fetches(site: SiteFolder) -> bool:
    """Does a service run that fetches what comes to this site, as far as its status says?"""
    from dpr.apps.mail_status import read_status

    status = read_status(site.folder)
    return status is not None and bool(status.queue) and abs(int(site.now().timestamp()) - status.at) <= _FRESH_SECONDS


def withdraw(site: SiteFolder, origin: str, message_id: bytes) -> bytes:
    """Asks one relay for a message back: its W1 or W2. MailboxFailed."""
    return asyncio.run(_withdraw(site, origin, message_id))


async def _withdraw(site: SiteFolder, origin: str, message_id: bytes) -> bytes:
    async with relays_of(site) as relays:
        return await relays.of(origin).withdraw(message_id)


def relays_of(site: SiteFolder) -> HttpMailboxes:
    """The relays as this site calls them. SetupError as `SiteFolder.node`."""
    from dpr.adapters.mailbox_http import HttpMailboxes
    from dpr.apps.mailing import access_of

    return HttpMailboxes(access_of(site, site.node()), clock=lambda: site.now().timestamp())


async def _serving(site: SiteFolder, tell: Callable[[Told], None] = lambda told: None) -> None:
    from dpr.apps.mailing import Mailing
    from dpr.apps.sdk.gateway import deliver_of

    await Mailing(site, tell=tell, deliver=deliver_of(site)).run()


async def _beside(site: SiteFolder) -> None:
    """Runs the service whenever nobody else has the folder."""
    while True:
        try:
            await _serving(site)
        except SetupError as error:
            if error.code != "mail_already_running":
                raise
        await asyncio.sleep(AGAIN_SECONDS)


async def _until_stopped(work: Coroutine[Any, Any, None], look: Callable[[], None] | None) -> None:
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):  # elsewhere Ctrl-C interrupts it as any program
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        while not task.done():
            if look is not None:
                look()
            await asyncio.wait((task,), timeout=None if look is None else _LOOK_SECONDS)
        await task
