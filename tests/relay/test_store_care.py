"""What a relay notices of its own store: gone, another relay's, full, in use; and what it says of it."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from dpr.apps.relay import custody, running, stores
from dpr.apps.relay.config import load
from dpr.core.errors import SetupError, StorageError
from dpr.core.mail import receipts
from tests.e2e.cli import run
from tests.mail_world import QUEUE, MailWorld
from tests.relay.process import Serving
from tests.relay.rig import CONFIG, Rig, write_key
from tests.relay.test_process import submit
from tests.signer.certificates import Authority
from tests.world import signer

NOW = int(time.time())
TLS = CONFIG + '[tls]\ncertificate = "server.pem"\nkey = "server.key"\n'


async def ready(rig: Rig, **options: Any) -> dict[str, Any]:
    answer = await rig.call("GET", "/health/ready", auth=None, **options)
    assert answer.status == (200 if answer.json["ready"] else 503)
    return dict(answer.json)


async def until(done: Any) -> None:
    """Waits until `done()` holds."""
    async with asyncio.timeout(10):
        while not await done():
            await asyncio.sleep(0.05)


def message(rig: Rig, number: int) -> bytes:
    return rig.world.sealed(rig.world.message_value(number=number))


@pytest.mark.parametrize("replaced", [False, True])
async def test_nothing_is_receipted_into_a_file_that_was_removed_or_replaced(tmp_path: Path, replaced: bool) -> None:
    async with Rig(tmp_path) as rig:
        assert (await rig.submit(message(rig, 1))).status == 201
        store = tmp_path / "relay.db"
        store.rename(tmp_path / "aside.db")
        if replaced:
            stores.make_store(rig.settings, rig.world.now)
        answer = await rig.submit(message(rig, 2))
        assert (answer.status, answer.code) == (503, "mail_store_gone") and answer.headers["Retry-After"]
        assert (await rig.poll("after=0")).code == "mail_store_gone"
        found = await ready(rig)
        assert not found["ready"] and found["faults"] == ["mail_store_gone"]
        if replaced:  # with the write-ahead log of another beside it, a file is not brought back
            return
        (tmp_path / "aside.db").rename(store)
        assert (await rig.submit(message(rig, 2))).status == 201, "the file is back: it is the one that was opened"
        assert len((await rig.poll("after=0")).inbox.messages) == 2


async def test_a_file_that_goes_while_a_transaction_runs_gives_no_receipt(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        store, kept = tmp_path / "relay.db", tmp_path / "aside.db"
        event.listen(rig.store._engine, "commit", lambda _: store.exists() and store.rename(kept))
        assert (await rig.submit(message(rig, 1))).code == "mail_store_gone"
        assert kept.exists()


def test_a_relay_serves_no_store_of_another_name(tmp_path: Path) -> None:
    world = MailWorld(now=NOW)
    with Serving(tmp_path, world=world) as serving:
        assert submit(serving, world.sealed())[0] == 201
    path, settings = serving.config, load(serving.config)
    write_key(tmp_path / "relay.pem", signer("relay b"))
    (tmp_path / "relay.cbor").write_bytes(world.other_relay_credential())
    checked = run("--lang", "en", "relay", "check", path)
    assert checked.code == 1 and "[mail_store_other_name]" in checked.out
    page = (Path(__file__).parents[2] / "docs" / "relay-operations.md").read_text("utf-8")
    assert "“From an older copy”" in checked.out and "\n### From an older copy\n" in page
    refused = run("relay", "serve", path)
    assert refused.code == 2 and "[mail_store_other_name]" in refused.err and str(settings.store_file) in refused.err
    write_key(tmp_path / "relay.pem", signer("relay a"))
    (tmp_path / "relay.cbor").write_bytes(world.relay_credential())
    assert run("relay", "check", path).code == 0


async def test_a_full_disk_is_said_by_readiness_until_something_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most_pages = 10**9
    async with Rig(tmp_path) as rig:
        event.listen(rig.store._engine, "begin", lambda c: c.exec_driver_sql(f"PRAGMA max_page_count = {most_pages}"))
        assert (await rig.submit(message(rig, 1))).status == 201
        assert (await ready(rig))["ready"]
        most_pages = 1
        answer = await rig.submit(message(rig, 2))
        assert (answer.status, answer.code) == (503, "mail_store_full")
        found = await ready(rig)
        assert not found["ready"] and found["faults"] == ["mail_store_full"]
        most_pages = 10**9
        assert not (await ready(rig))["ready"], "nobody knows yet"
        assert (await rig.submit(message(rig, 2))).status == 201
        assert (await ready(rig))["ready"]

        most_pages = 1
        assert (await rig.submit(message(rig, 3))).status == 503
        most_pages = 10**9
        monkeypatch.setattr(custody, "_TRY_SECONDS", 0.1)

        async def is_ready() -> bool:
            return bool((await ready(rig))["ready"])

        await until(is_ready)  # nobody has sent anything: the relay has tried


async def test_a_trial_that_fails_leaves_the_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custody, "_TRY_SECONDS", 0.0)
    async with Rig(tmp_path) as rig:
        tried = []

        def fails() -> None:
            tried.append(1)
            raise StorageError("mail_store_full", "ENOSPC")

        monkeypatch.setattr(rig.store, "try_write", fails)
        rig.relay._custody._batch.fault = "mail_store_full"

        async def has_tried() -> bool:
            return len(tried) > 1

        await until(has_tried)
        found = await ready(rig)
        assert found["faults"] == ["mail_store_full"] and found["beside"] == {"recover": "mail_store_full"}


async def test_the_numbers_of_what_is_held_are_counted_though_nobody_asks_for_readiness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_TICK_SECONDS", 0.05)
    async with Rig(tmp_path) as rig:
        sealed = message(rig, 1)
        await rig.submit(sealed)

        async def counted() -> bool:
            text = (await rig.call("GET", "/metrics", auth=None)).body.decode()
            return "dpr_relay_held_messages 1.0" in text and f"dpr_relay_held_bytes {float(len(sealed))}" in text

        await until(counted)


async def test_a_certificate_that_ends_soon_or_has_ended_or_cannot_be_read_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_TICK_SECONDS", 0.05)
    authority = Authority(tmp_path)
    certificate, _ = authority.issue("server")
    ends = authority.last.not_valid_after_utc.timestamp()
    tls = ssl.create_default_context(cafile=str(authority.path))
    async with Rig(tmp_path, config=TLS) as rig:
        found = await ready(rig, tls=tls)
        assert found["ready"] and "relay_tls_ends" not in found["warnings"]
        rig.clock_seconds = ends - 13 * 86_400
        assert "relay_tls_ends" in (await ready(rig, tls=tls))["warnings"]
        rig.clock_seconds = ends
        found = await ready(rig, tls=tls)
        assert "relay_tls_ended" in found["faults"] and "relay_tls_ends" not in found["warnings"]
        numbers = (await rig.call("GET", "/metrics", auth=None, tls=tls)).body.decode()
        [shown] = re.findall(r"^dpr_relay_tls_until (.*)$", numbers, re.MULTILINE)
        assert float(shown) == ends
        certificate.write_bytes(b"half a renewal")

        async def said() -> bool:
            return bool((await ready(rig, tls=tls))["beside"] == {"certificates": "relay_tls"})

        await until(said)


async def test_a_credential_that_ends_soon_is_said_before_it_has_ended(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        until_ = rig.opened.identity.chain.credential.valid_until
        rig.clock_seconds = until_ - 15 * 86_400
        assert "relay_credential_ends" not in (await ready(rig))["warnings"]
        rig.clock_seconds = until_ - 13 * 86_400
        assert "relay_credential_ends" in (await ready(rig))["warnings"]
        rig.clock_seconds = until_
        found = await ready(rig)
        assert "relay_credential_ends" in found["warnings"], "the lists are old: it is still believed, for a while"


def test_a_second_relay_on_the_same_file_is_refused_by_name_and_start_and_end_are_logged(tmp_path: Path) -> None:
    with Serving(tmp_path, config=CONFIG + "[log]\nrequests = false\n") as serving:
        second = run("relay", "serve", serving.config)
        assert second.code == 2 and "[relay_already_running]" in second.err and "relay.db" in second.err
        assert run("relay", "check", serving.config).code == 0, "to look is allowed"
        assert "[relay_already_running]" in run("relay", "move", serving.config).err
        assert serving.stop() == 0
    lines = serving.lines()
    assert [line["event"] for line in lines] == ["start", "stop"]
    assert lines[0]["text"].endswith("Relä A, sqlite") and lines[0]["text"].startswith("dpr ")


async def test_what_a_relay_answers_with_500_or_more_is_logged_whatever_else_is(tmp_path: Path) -> None:
    async with Rig(tmp_path, config=CONFIG + "[log]\nrequests = false\n") as rig:
        await rig.submit(message(rig, 1))
        (tmp_path / "relay.db").unlink()
        await rig.submit(message(rig, 2))
        with pytest.raises(StorageError, match="mail_store_missing"), stores.alone(rig.settings):
            pass
    events = [json.loads(line) for line in rig.text().splitlines()]
    [line] = [line for line in events if line["event"] == "request"]
    assert (line["status"], line["code"], line["route"]) == (503, "mail_store_gone", "/v1/messages")


async def test_the_lock_is_let_go_of_when_the_relay_ends(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        with pytest.raises(SetupError, match="relay_already_running"), stores.alone(rig.settings):
            pass
    with stores.alone(rig.settings):
        assert (tmp_path / "relay.db.lock").exists()


def test_a_store_is_copied_moved_and_restored_with_commands(tmp_path: Path) -> None:
    world = MailWorld(now=NOW)
    with Serving(tmp_path, world=world) as serving:
        sealed = world.sealed()
        _, r1 = submit(serving, sealed)
        copied = run("relay", "backup", serving.config, tmp_path / "copy.db", "--json")
        assert copied.json == {"store": str(tmp_path / "copy.db"), "held": 1, "held_bytes": len(sealed)}
    config = serving.config
    moved = run("--lang", "en", "relay", "move", config)
    assert moved.code == 0 and "1 messages" in moved.out
    assert "[mail_store_moved]" in run("relay", "serve", config).err
    (tmp_path / "relay.db").rename(tmp_path / "moved.db")
    assert run("relay", "restore", config, tmp_path / "moved.db", "--moved").code == 0
    with serving:
        assert submit(serving, sealed) == (200, r1), "its own name, its own receipts"
    assert "[mail_store_exists]" in run("relay", "restore", config, tmp_path / "moved.db", "--moved").err
    (tmp_path / "relay.db").unlink()
    assert "[mail_store_same_name]" in run("relay", "restore", config, tmp_path / "copy.db").err
    assert "[mail_store_copy]" in run("relay", "restore", config, tmp_path / "copy.db", "--moved").err
    write_key(tmp_path / "relay.pem", signer("relay b"))
    (tmp_path / "relay.cbor").write_bytes(world.other_relay_credential())
    assert run("relay", "restore", config, tmp_path / "copy.db").code == 0
    with serving:
        status, renewed = submit(serving, sealed)
    assert status == 200 and renewed != r1
    assert receipts.read(renewed, world.trust(), expected_queue=QUEUE).content.sequence == 2
