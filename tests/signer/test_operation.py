"""What goes wrong around a running service: torn files, lost disks and clocks, operators, and callers who mean no good."""

from __future__ import annotations

import asyncio
import base64
import copy
import json
import os
import shutil
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from dpr.adapters import files
from dpr.apps.compose import SiteFolder
from dpr.apps.signer import enrolment, notes, owned
from dpr.apps.signer.log import SigningLog
from dpr.apps.signer.people import People
from dpr.apps.signer.service import Service
from dpr.core import documents
from dpr.core.credential import HOLDER
from dpr.core.errors import InputError, SetupError
from dpr.core.status import Status
from tests.fakes.key_store_memory import MemoryKeyStore
from tests.signer.process import write_site
from tests.signer.rig import ANNA, CONFIG, KARIN, Rig, token
from tests.world import CARE, DAY, NOW, ONE_ITEM, PHYSICIAN, status_uri

HEADERS = {"Prescription-Id": "ab" * 16}


class FolderRig(Rig):
    """The service over a site folder of files."""

    def __init__(self, folder: Path, **options: Any) -> None:
        super().__init__(folder, **options)
        self.site = folder / "site"
        shutil.rmtree(self.site)
        write_site(self.site, self.world)
        self.status_file = self.site / "status" / f"{documents.name_of(CARE, status_uri(CARE))}.cbor"

    def service(self) -> Service:
        log = SigningLog.open(self.folder / "log", self.now)
        return Service(
            lambda: SiteFolder(self.site, clock=lambda: self.now).existing(), self.people, self.store, log, lambda: self.now
        )

    def revoked(self, issued_at: int = NOW - 10) -> bytes:
        """A status list in which Karin's credential is revoked."""
        value = documents.read_claims(documents.CREDENTIAL_KIND, documents.split(self.person().credential)[1])
        return self.world.status_list({value.status.idx: Status.REVOKED}, issued_at=issued_at)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with Rig(tmp_path) as running:
        yield running


async def until(condition: Any, seconds: float = 8.0) -> None:
    """Waits until the work beside the requests has done it."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.05)


# --- trust lists, policy, people ----------------------------------------------------------------------------------------


async def test_half_a_status_list_does_not_undo_a_revocation(tmp_path: Path) -> None:
    async with FolderRig(tmp_path) as rig:
        reload, list_ = rig.running_service.reload, rig.revoked()
        assert (await rig.sign(rig.structure())).status == 200
        rig.status_file.write_bytes(list_)  # in place: no folder changes
        reload()
        assert rig.running_service.stale is None
        assert (await rig.sign(rig.structure())).code == "prescription_would_be_refused"
        for wrong in (list_[:-20], b"", None, rig.world.status_list(issued_at=NOW - 5000)):
            rig.status_file.unlink() if wrong is None else files.replace(rig.status_file, wrong)
            reload()
            assert (await rig.sign(rig.structure())).code == "prescription_would_be_refused", wrong
            assert (await rig.call("GET", "/readyz")).json["stale"] in ("trust_list_kept", None)
            assert rig.running_service.stale is not None and rig.running_service.stale.code == "trust_list_kept"
        files.replace(rig.status_file, rig.world.status_list(issued_at=NOW - 5))
        reload()
        assert rig.running_service.stale is None
        assert (await rig.sign(rig.structure())).status == 200


async def test_a_torn_list_at_the_start_and_a_torn_policy_are_named(tmp_path: Path) -> None:
    rig = FolderRig(tmp_path)
    rig.status_file.write_bytes(rig.status_file.read_bytes()[:-20])
    async with rig:
        assert (await rig.call("GET", "/readyz")).json["stale"] == "trust_list_kept"
    (rig.site / "policy.toml").write_text('environment = "te')
    with pytest.raises(InputError):
        rig.service()


async def test_torn_people_do_not_keep_a_revocation_out(tmp_path: Path) -> None:
    async with FolderRig(tmp_path) as rig:
        structure, list_ = rig.structure(), rig.revoked()
        files.replace(rig.people.path, rig.people.path.read_bytes()[:-50])
        files.replace(rig.status_file, list_)
        rig.running_service.reload()
        assert (await rig.sign(structure)).code == "prescription_would_be_refused"
        assert rig.running_service.stale is not None and rig.running_service.stale.code == "signer_people_invalid"


# --- operators ----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_what_root_writes_belongs_to_the_services_user(tmp_path: Path) -> None:
    folder, service = tmp_path / "people", 65534
    folder.mkdir()
    os.chown(folder, service, service)
    people = People(folder)
    with people.alone() as held:
        people.keep(held)
    for name in ("people.json", ".lock"):
        assert (folder / name).stat().st_uid == service
    assert people.path.stat().st_mode & 0o777 == 0o600
    os.chown(people.path, 0, 0)  # as an earlier mistake left it
    people.keep({})
    assert people.path.stat().st_uid == service
    owned.replace(folder / "deeper" / "x", b"")
    assert (folder / "deeper").stat().st_uid == (folder / "deeper" / "x").stat().st_uid == service
    owned.require_readable(people.path, folder / ".lock")
    os.chown(people.path, 0, 0)
    with pytest.raises(SetupError) as caught:
        owned.require_readable(people.path, folder / ".lock")
    assert caught.value.code == "signer_user_cannot_read"


def test_nobody_who_is_disabled_waits_for_an_enrolment(tmp_path: Path) -> None:
    class Slow(MemoryKeyStore):
        def create(self, label: str, *, algorithm: str = "ES256") -> Any:
            making.set()
            go_on.wait(20)
            return super().create(label)

    rig, making, go_on = Rig(tmp_path), threading.Event(), threading.Event()
    entries = [enrolment.Entry("new", HOLDER.to_json(PHYSICIAN))]
    enrolling = threading.Thread(target=enrolment.enrol, args=(rig.people, entries, Slow(), tmp_path / "more"))
    enrolling.start()
    assert making.wait(10)
    with rig.people.alone() as held:  # waits for nothing
        held[KARIN].disabled = True
        rig.people.keep(held)
    go_on.set()
    enrolling.join()
    now = rig.people.read()
    assert now[KARIN].disabled and now["new"].thumbprint


async def test_what_operators_did_is_in_the_log(rig: Rig) -> None:
    log = rig.folder / "log"
    notes.leave(log, rig.now, "disabled", label="rx-0123456789ab")
    (log / "note-torn.json").write_text("{")
    (log / "note-wrong.json").write_text('{"event": "x", "at": "x", "uid": 0, "fields": {}}')
    await until(lambda: rig.lines()[-1]["event"] == "disabled")
    line = rig.lines()[-1]
    assert (line["label"], line["at"], line["uid"]) == ("rx-0123456789ab", rig.now.isoformat(), os.getuid())
    assert {path.name for path in log.glob("note-*")} == {"note-torn.json", "note-wrong.json"}


# --- the HSM, and the work beside ---------------------------------------------------------------------------------------


async def test_an_hsm_that_hangs_is_told_and_the_probe_answers(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dpr.apps.signer.server._READY_SECONDS", 0)
    assert (await rig.call("GET", "/readyz")).status == 200
    assert (await rig.sign(rig.structure())).status == 200
    go_on, real = threading.Event(), type(rig.signer()).sign
    monkeypatch.setattr(type(rig.signer()), "sign", lambda self, data: (go_on.wait(20), real(self, data))[1])
    going = [asyncio.create_task(rig.prescribe()) for _ in range(8)]
    try:
        for _ in range(2):
            answer = await asyncio.wait_for(rig.call("GET", "/readyz"), 8)
            assert (answer.status, answer.json["faults"]) == (503, ["token_silent"])
    finally:
        go_on.set()
    assert {(await one).status for one in going} == {201}
    assert (await rig.call("GET", "/readyz")).status == 200


async def test_the_work_beside_survives_whatever_happens_and_says_so(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    real = rig.running_service.reload
    monkeypatch.setattr(rig.running_service, "reload", lambda: (_ for _ in ()).throw(RuntimeError("no threads")))
    monkeypatch.setattr("dpr.apps.signer.server._READY_SECONDS", 0)
    notes.leave(rig.folder / "log", rig.now, "disabled", label="rx")
    await until(lambda: rig.lines()[-1]["event"] == "disabled")  # the other steps go on
    await said_beside(rig, {"files": "program_fault"})
    monkeypatch.setattr(rig.running_service, "reload", real)
    with rig.people.alone() as held:
        held[KARIN].disabled = True
        rig.people.keep(held)
    await until(lambda: rig.running_service._people[KARIN].disabled)
    await said_beside(rig, {})


async def said_beside(rig: Rig, expected: dict[str, str]) -> None:
    """Waits until /readyz says just this of the work beside the requests."""
    async with asyncio.timeout(8):
        while (await rig.call("GET", "/readyz")).json["beside"] != expected:
            await asyncio.sleep(0.1)


# --- log-ins ------------------------------------------------------------------------------------------------------------


async def test_keys_that_an_operator_replaces_count_and_torn_ones_do_not(rig: Rig) -> None:
    fresh = ec.generate_private_key(ec.SECP256R1())
    key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(fresh.public_key())) | {"kid": "new"}
    path, idp = rig.folder / "jwks.json", rig.callers.idp
    assert idp is not None
    path.write_bytes(b"{")
    idp.reread()
    assert idp.fault is not None and (await rig.sign(rig.structure())).status == 200
    path.write_bytes(json.dumps({"keys": [key]}).encode())
    idp.reread()
    assert idp.fault is None
    assert (await rig.sign(rig.structure(), auth=f"Bearer {token(key=fresh, kid='new')}")).status == 200
    assert (await rig.sign(rig.structure())).code == "login_key_unknown"
    assert (await rig.call("GET", "/readyz")).json["identity_provider"]["file_at"] == int(path.stat().st_mtime)


async def test_a_silent_provider_is_not_asked_every_two_seconds(tmp_path: Path) -> None:
    config = CONFIG.replace('jwks = "jwks.json"', 'jwks = "jwks.json"\njwks_url = "http://127.0.0.1:9/jwks"')
    async with Rig(tmp_path, config=config) as rig:
        idp = rig.callers.idp
        assert idp is not None
        await until(lambda: idp.unreachable_since is not None)
        assert not idp.due(NOW + 59) and idp.due(NOW + 60)


async def test_a_clock_that_is_set_back_opens_nothing_again(rig: Rig) -> None:
    rig.accounts.open_until(NOW + 3600, "Inloggningen ligger nere")
    assert await rig.callers.opening() is not None
    rig.clock_seconds = NOW + 90 * DAY
    assert await rig.callers.opening() is None
    rig.clock_seconds = NOW + 10
    assert await rig.callers.opening() is None
    floor = rig.running_service._site.trust.floor
    ended = token(now=floor - 5000)
    rig.clock_seconds = floor - 5000
    assert (await rig.sign(b"", auth=f"Bearer {ended}")).code == "login_expired"


async def test_a_crowd_from_one_address_does_not_fill_the_queue_for_log_ins(tmp_path: Path) -> None:
    from dpr.apps.serving.work import Threads

    threads, hold = Threads(1, 40, 3, busy="signer_busy"), threading.Event()
    crowd = [asyncio.create_task(threads.do(hold.wait, 10, source="10.0.0.9")) for _ in range(30)]
    await asyncio.sleep(0.1)
    other = asyncio.create_task(threads.do(hold.wait, 10, source="10.0.0.1"))
    await asyncio.sleep(0.1)
    assert sum(one.done() for one in crowd) == 27 and not other.done()
    hold.set()
    assert await other
    results = await asyncio.gather(*crowd, return_exceptions=True)
    assert [getattr(one, "code", one) for one in results].count("signer_busy") == 27
    threads.close()


# --- one id, one prescription -------------------------------------------------------------------------------------------


async def test_an_id_is_one_prescription_also_after_a_restart_and_on_both_routes(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    other = copy.deepcopy(ONE_ITEM)
    other["reason"] = "other"
    async with rig:
        first = await rig.prescribe(headers=HEADERS)
        assert first.status == 201
    async with rig:
        answer = await rig.prescribe(other, headers=HEADERS)
        assert (answer.status, answer.code) == (409, "prescription_id_used")
        value = documents.split(base64.b64decode(first.json["document"])).payload
        signed = documents.read_claims(documents.PRESCRIPTION, value)
        from dpr.core import signing

        def structure(authored_at: int, user: str = KARIN) -> bytes:
            import msgspec

            changed = msgspec.structs.replace(signed, authored_at=authored_at)
            person = rig.person(user)
            return signing.prepare(
                documents.PRESCRIPTION, changed, rig.signer(user).key, credential=person.credential
            ).to_be_signed

        assert (await rig.sign(structure(NOW))).status == 200  # the same bytes
        assert (await rig.sign(structure(NOW - 1))).code == "prescription_id_used"
        assert len([line for line in rig.lines() if line["event"] == "signed"]) == 2
        rig.clock_seconds = NOW + 5
        again = await rig.prescribe(headers=HEADERS)  # the same draft
        assert again.status == 201 and again.json["id"] == first.json["id"]
        assert (await rig.sign(structure(NOW, ANNA), auth=f"Bearer {token(ANNA)}")).status == 200  # hers, not Karin's


async def test_an_id_whose_signing_failed_is_free_again(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    from dpr.core.errors import StorageError

    def fails(*_: object) -> None:
        raise StorageError("token_failed")

    with monkeypatch.context() as broken:
        broken.setattr(type(rig.signer()), "sign", fails)
        assert (await rig.prescribe(headers=HEADERS)).code == "token_failed"
    assert (await rig.prescribe(ONE_ITEM | {"reason": "other"}, headers=HEADERS)).status == 201


# --- connections --------------------------------------------------------------------------------------------------------


async def test_connections_are_counted_before_they_say_anything(tmp_path: Path) -> None:
    async with Rig(tmp_path, config=f"connections_per_address = 5\nread_seconds = 1\n{CONFIG}") as rig:
        host, port = rig.url.removeprefix("http://").split(":")
        idle = [await asyncio.open_connection(host, int(port)) for _ in range(20)]
        await asyncio.sleep(0.3)
        closed = [reader.at_eof() for reader, _ in idle]
        assert closed == [False] * 5 + [True] * 15
        ended = [asyncio.wait_for(reader.read(), 8) for reader, _ in idle]
        await asyncio.gather(*ended, return_exceptions=True)  # nothing was asked in time
        await asyncio.sleep(0.2)
        assert (await rig.call("GET", "/healthz")).status == 200
        for _, writer in idle:
            writer.close()


async def test_what_is_no_http_or_too_long_is_answered_in_our_words_without_repeating_it(rig: Rig) -> None:
    host, port = rig.url.removeprefix("http://").split(":")
    secret = base64.b64encode(b"KANARIE:hemligt" + b" " * 20_000)
    for said in (
        b"GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " + secret + b"\r\n\r\n",
        b"GET /" + b"KANARIE" * 3000 + b" HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01KANARIE\r\n\r\n",
        b"GET /v1/me HTTP/1.1\r\nHost: x\r\nKANARIE\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(said)
        answer = await asyncio.wait_for(reader.read(), 8)
        writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400") or head.startswith(b"HTTP/1.0 400"), answer
        assert json.loads(body)["code"] == "signer_request_malformed" and b"application/json" in head
        assert b"KANARIE" not in answer and secret[:20] not in answer


async def test_a_token_of_sixteen_thousand_characters_is_read(rig: Rig) -> None:
    long = token(groups="x" * 11_500)
    assert 15_000 < len(long) < 16_384
    assert (await rig.sign(rig.structure(), auth=f"Bearer {long}")).status == 200
    too_long = await rig.sign(rig.structure(), auth=f"Bearer {token(groups='x' * 13_000)}")
    assert (too_long.status, too_long.code) == (401, "login_invalid")
