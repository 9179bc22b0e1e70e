"""What a relay shows to everybody: what it is, lists and address book as a mirror, its health and its numbers."""

from __future__ import annotations

import asyncio
from pathlib import Path

from dpr.adapters.mirrors_http import HttpMirrors
from dpr.apps.relay import published
from dpr.core import documents
from dpr.core.status import Status
from tests.relay.rig import Rig
from tests.world import PHARMACIES, status_uri


async def test_a_site_fetches_its_lists_from_a_relay_as_from_any_mirror(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig, HttpMirrors([f"{rig.url}/v1/lists"], timeout_seconds=5) as mirrors:
        [mirror] = mirrors.all()
        world = rig.world
        for name in ("root", "trust-list", "snapshot", "address-book"):
            found = await mirror.get(name, limit=1_000_000)
            assert found is not None and found.data == (tmp_path / "site" / f"{name}.cbor").read_bytes()
            again = await mirror.get(name, limit=1_000_000, etag=found.etag)
            assert again is not None and again.data is None, "304"
        status = await mirror.get(f"status/{documents.name_of(PHARMACIES, status_uri(PHARMACIES))}", limit=1_000_000)
        assert status is not None and status.data is not None
        assert documents.open(status.data, world.trust()).issuer.id == PHARMACIES
        assert await mirror.get("roots/7", limit=1_000_000) is None
        assert await mirror.get("credentials/x", limit=1_000_000) is None


async def test_a_list_that_is_replaced_is_given_within_seconds_and_believed(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(published, "_KEPT_SECONDS", 0.05)
    async with Rig(tmp_path) as rig:
        first = await rig.call("GET", "/v1/directory", auth=None)
        assert first.status == 200 and first.body == rig.world.address_book()
        held = await rig.call("GET", "/v1/directory", auth=None, headers={"If-None-Match": f'"x", W/{first.headers["ETag"]}'})
        assert (held.status, held.body) == (304, b"")
        (tmp_path / "site" / "address-book.cbor").write_bytes(rig.world.address_book("https://relay-b.test"))
        await asyncio.sleep(0.1)
        other = await rig.call("GET", "/v1/directory", auth=None, headers={"If-None-Match": first.headers["ETag"]})
        assert other.status == 200 and other.headers["ETag"] != first.headers["ETag"]

        assert (await rig.poll()).status == 200
        revoked = rig.world.status_list({2: Status.REVOKED}, issuer=PHARMACIES, issued_at=rig.world.now)
        name = documents.name_of(PHARMACIES, status_uri(PHARMACIES))
        (tmp_path / "site" / "status" / f"{name}.cbor").write_bytes(revoked)
        async with asyncio.timeout(8):
            while (await rig.poll()).status == 200:
                await asyncio.sleep(0.2)
        assert (await rig.poll()).code == "node_revoked"


async def test_it_says_what_it_is_and_how_it_stands(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        about = (await rig.call("GET", "/v1", auth=None)).json
        assert (about["name"], about["environment"], about["time"]) == ("Relä A", "test", rig.world.now)
        ready = await rig.call("GET", "/health/ready", auth=None)
        assert ready.status == 200 and ready.json["warnings"] == []
        rig.clock_seconds += 10 * 86_400
        assert (await rig.call("GET", "/health/ready", auth=None)).json["warnings"] == ["trust_list_stale", "snapshot_stale"]
        rig.clock_seconds += 200 * 86_400
        over = await rig.call("GET", "/health/ready", auth=None)
        assert over.status == 503 and over.json["faults"] == ["node_not_in_force"]


async def test_a_store_that_hangs_does_not_hang_the_probe(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    import time

    monkeypatch.setattr("dpr.apps.relay.state._PATIENCE_SECONDS", 0.2)
    async with Rig(tmp_path) as rig:
        monkeypatch.setattr(rig.store, "held", lambda: time.sleep(1.5))
        answer = await asyncio.wait_for(rig.call("GET", "/health/ready", auth=None), 1.2)
        assert answer.status == 503 and answer.json["faults"] == ["relay_store_silent"]
        assert (await rig.call("GET", "/health/live", auth=None)).status == 200


async def test_the_numbers_count_what_happened_and_name_nobody(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        sealed = rig.world.sealed()
        await rig.submit(sealed)
        await rig.submit(sealed)
        await rig.submit(b"x")
        await rig.call("GET", "/health/ready", auth=None)
        numbers = (await rig.call("GET", "/metrics", auth=None)).body.decode()
        assert 'dpr_relay_requests_total{code="",route="/v1/messages",status="201"} 1.0' in numbers
        assert 'dpr_relay_requests_total{code="",route="/v1/messages",status="200"} 1.0' in numbers
        assert 'dpr_relay_events_total{event="submitted"} 1.0' in numbers
        assert "dpr_relay_held_messages 1.0" in numbers and f"dpr_relay_held_bytes {float(len(sealed))}" in numbers
        assert "gln:" not in numbers and rig.world.message_value().id.hex() not in numbers


async def test_a_line_of_the_log_has_ids_and_codes_and_nothing_else(tmp_path: Path) -> None:
    import json

    async with Rig(tmp_path) as rig:
        auth = rig.node()
        await rig.submit(rig.world.sealed(), auth=auth)
        await rig.call("GET", "/KANARIE?x=KANARIE", auth="DPR KANARIE", headers={"User-Agent": "KANARIE", "X-Y": "KANARIE"})
        await rig.stop()
        lines = [json.loads(line) for line in rig.text().splitlines()]
        submitted, unknown = [line for line in lines if line["event"] == "request"]
        assert submitted["node"] == rig.world.node.key.thumbprint[:8].hex() and submitted["status"] == 201
        assert submitted.keys() == {"at", "event", "method", "route", "status", "node", "queue", "message", "size", "ms"}
        assert unknown["code"] == "relay_route_unknown" and unknown["route"] == "(no route)"
        for secret in ("KANARIE", auth[4:60], "127.0.0.1", "Apoteket", "Tolvan"):
            assert secret not in rig.text()
