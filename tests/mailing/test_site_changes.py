"""What changes in a site's folder while its service runs: lists that a message brings, a mail key that is rotated, who has the
folder."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dpr.adapters.opening_keys import OpeningKeys
from dpr.apps import delivering, mail_service, sending
from dpr.apps.mail_opener import FreshOpener
from dpr.apps.mail_status import MailStatus, write_status
from dpr.apps.mail_trust import FreshTrust
from dpr.core import documents
from dpr.core.errors import DocumentError, SetupError
from dpr.core.mail import sealing
from dpr.core.mail.carriage import State
from dpr.core.mail.receipt import Outcome
from dpr.core.mail.sealing import Sealed
from dpr.core.status import Status
from dpr.flows.collect import Delivery
from tests.mailing.sites import Net
from tests.world import CARE


@pytest.fixture
def net(tmp_path: Path) -> Net:
    return Net(tmp_path)


# --- lists ------------------------------------------------------------------------------------------------------------------


def test_lists_in_a_message_count_for_the_prescription_in_it(net: Net) -> None:
    site, world = net.site("pharmacy"), net.world
    newer = world.status_list({7: Status.SUSPENDED}, issuer=CARE, issued_at=world.now - 10)
    message = world.message_value(newer, world.prescription_document())
    fresh = FreshTrust(site)
    sender = documents.open(world.message(message), fresh()).signer
    assert sender is not None
    with site.ledger() as ledger:
        receiving = delivering.Receiving(site.policy, fresh, site.trust_files, ledger)
        now = datetime.fromtimestamp(world.now, UTC)
        found = delivering.deliver(Delivery(message, bytes(32), sender, None), receiving=receiving, now=now)
        assert ledger.prescriptions() == []
    assert (found.outcome, found.code) == (Outcome.REJECTED, "credential_suspended")


def test_lists_that_cannot_be_read_leave_those_in_force(net: Net) -> None:
    site = net.site("pharmacy")
    fresh = FreshTrust(site)
    held = fresh()
    assert fresh() is held
    root = site.folder / "root.cbor"
    whole = root.read_bytes()
    root.write_bytes(b"torn")
    assert fresh() is held
    root.write_bytes(whole)
    time.sleep(1.05)
    assert fresh() is not held


# --- mail keys --------------------------------------------------------------------------------------------------------------


def sealed_to(net: Net, keys: OpeningKeys) -> Sealed:
    value = net.world.message_value(b"document")
    document = net.world.message(value)
    return sealing.read(sealing.seal(document, keys.keys[0], sealing.outer_of(value, len(document))))


def test_what_is_sealed_to_a_key_that_was_rotated_in_is_opened_by_the_service_that_runs(net: Net) -> None:
    path = net.site("pharmacy").mail_key_path()
    opener = FreshOpener(net.site("pharmacy"))
    before = OpeningKeys.load(path)
    after = before.rotate(path, now=net.world.now)
    assert opener.open(sealed_to(net, after)) == net.world.message(net.world.message_value(b"document"))
    assert list(opener.keys) == list(after.keys)
    opener.open(sealed_to(net, before))


def test_a_key_that_nobody_has_is_named_and_a_file_that_cannot_be_read_leaves_the_message(net: Net, tmp_path: Path) -> None:
    path = net.site("pharmacy").mail_key_path()
    opener = FreshOpener(net.site("pharmacy"))
    other = OpeningKeys.create(tmp_path / "other.pem", now=net.world.now)
    with pytest.raises(DocumentError, match="mail_key_unknown"):
        opener.open(sealed_to(net, other))
    path.write_bytes(b"torn")
    for _ in range(2):
        with pytest.raises(SetupError, match="mail_key_file_invalid"):
            opener.open(sealed_to(net, other))


# --- who has the folder -----------------------------------------------------------------------------------------------------


async def test_who_follows_fetches_when_whoever_only_carried_has_ended(net: Net) -> None:
    async with net:
        posted = net.post()
        async with net.running("care"):
            await net.until(lambda: "R1" in net.kinds(posted))
            holder = net.mailing("pharmacy")._ready()
            await holder.__aenter__()
            following = asyncio.create_task(mail_service._beside(net.site("pharmacy")))
            await asyncio.sleep(0.3)
            assert not following.done()
            await holder.__aexit__(None, None, None)
            try:
                await net.until(lambda: net.state(posted) is State.ACCEPTED)
            finally:
                following.cancel()
                with suppress(asyncio.CancelledError):
                    await following


async def test_a_message_is_carried_when_whoever_had_the_folder_has_ended(net: Net) -> None:
    async with net:
        posted = net.post()
        holder = net.mailing("care")._ready()
        await holder.__aenter__()
        carrying = asyncio.create_task(sending._carry(net.site("care"), posted.message_id, 15.0))
        await asyncio.sleep(0.3)
        await holder.__aexit__(None, None, None)
        try:
            await net.until(lambda: "R1" in net.kinds(posted))
        finally:
            carrying.cancel()
            with suppress(asyncio.CancelledError):
                await carrying


async def test_only_a_service_that_fetches_is_taken_for_one(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_service, "ONCE_SECONDS", 0.0)
    site = net.site("pharmacy")
    now = int(site.now().timestamp())
    async with net.mailing("pharmacy")._ready():
        for status in (None, MailStatus(at=now - 3600, pid=1, queue="gln:1"), MailStatus(at=now, pid=1)):
            if status is not None:
                write_status(site.folder, status)
            with pytest.raises(SetupError, match="mail_folder_busy"):
                await asyncio.to_thread(mail_service.collect_once, site)
        write_status(site.folder, MailStatus(at=now, pid=1, queue="gln:1"))
        assert await asyncio.to_thread(mail_service.collect_once, site) is None


async def test_one_round_is_fetched_as_soon_as_the_folder_is_free(net: Net) -> None:
    async with net:
        site = net.site("pharmacy")
        holder = net.mailing("pharmacy")._ready()
        await holder.__aenter__()
        fetching = asyncio.create_task(asyncio.to_thread(mail_service.collect_once, site))
        await asyncio.sleep(0.3)
        await holder.__aexit__(None, None, None)
        assert await fetching == {net.origin("relay a"): "", net.origin("relay b"): ""}
