"""What a relay refuses whoever calls: messages, bodies, parameters, too much at once, a store that fails."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dpr.core.errors import StorageError
from dpr.core.mail import api
from dpr.core.mail.message import MessageContent
from dpr.core.trust_list import Environment
from tests.mail_world import QUEUE
from tests.relay.refused import all_give, keep, operations
from tests.relay.rig import CONFIG, Rig
from tests.world import DAY

STORE_FAULTS = ("row_refused", "unavailable", "busy", "locked", "not_writable", "damaged", "gone", "full")


async def chunks(size: int) -> Any:
    for _ in range(size // 1000):
        yield bytes(1000)


async def test_a_pharmacy_that_receives_directly_takes_its_own_queue_and_no_other(tmp_path: Path) -> None:
    async with Rig(tmp_path, label="pharmacy") as rig:
        world = rig.world
        assert (await rig.submit(world.sealed())).status == 201
        content = MessageContent(queue="key:" + "0" * 32, environment=Environment.TEST, documents=(b"x",))
        answer = await rig.submit(world.sealed(world.message_value(content=content, number=2)))
        assert (answer.status, answer.code) == (421, "queue_elsewhere")
        own = f"key:{world.node.key.thumbprint[:16].hex()}"
        for answer in (
            await rig.poll(queue=own, auth=rig.node()),
            await rig.acknowledge(api.Acks(), queue=own, auth=rig.node()),
        ):
            assert (answer.status, answer.code) == (421, "queue_elsewhere")
        about = (await rig.call("GET", "/v1", auth=None)).json
        assert QUEUE in about["queues"] and about["name"] == "Apoteket Lärkan"
        keep(rig)


async def test_what_is_submitted_must_be_a_message_for_here_and_now(tmp_path: Path) -> None:
    quota = "[quota]\nqueue_messages = 3\nshare_messages = 2\nsender_messages = 3\n"
    async with Rig(tmp_path, config=CONFIG + quota) as rig:
        world = rig.world

        async def refused(status: int, code: str, **changes: Any) -> None:
            answer = await rig.submit(world.sealed(world.message_value(**changes)))
            assert (answer.status, answer.code) == (status, code)

        other = MessageContent(queue=QUEUE, environment=Environment.PRODUCTION, documents=(b"x",))
        await refused(422, "mail_environment", content=other)
        await refused(422, "mail_early", created=world.now + 400, not_after=world.now + DAY)
        await refused(410, "mail_expired", created=world.now - 2 * DAY, not_after=world.now - 1)
        sealed = world.sealed()
        for broken in (b"", b"x", sealed[:-1], sealed + b"x", b"\xd0\x83" + sealed[3:]):
            assert (await rig.submit(broken)).status == 400
        assert (await rig.submit(sealed)).status == 201
        assert (await rig.submit(world.sealed())).code == "mail_id_taken"
        assert (await rig.submit(world.sealed(world.message_value(number=2)))).status == 201
        await refused(507, "queue_share_full", number=3)
        of_pharmacy = world.sealed(world.message_value(number=4))
        assert (await rig.submit(of_pharmacy, auth=rig.pharmacy())).status == 201
        await refused(507, "queue_full", number=5)

        def elsewhere(number: int) -> bytes:
            content = MessageContent(queue=f"key:{number:032x}", environment=Environment.TEST, documents=(b"x",))
            return world.sealed(world.message_value(number=10 + number, content=content))

        assert (await rig.submit(elsewhere(1))).status == 201
        full = await rig.submit(elsewhere(2))
        assert (full.status, full.code, full.headers["Retry-After"]) == (507, "sender_full", "60")
        keep(rig)


async def test_bodies_have_a_type_a_size_and_no_encoding(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        acks = partial(rig.call, "POST", f"/v1/acks?queue={QUEUE}", auth=rig.pharmacy())
        for call in (rig.submit, lambda data, **more: acks(data=data, **more)):
            wrong = await call(b"x", headers={"Content-Type": "application/json"})
            assert (wrong.status, wrong.code) == (415, "relay_request_type")
            for encoding in ("gzip", "deflate", "br", "zstd", "x", "gzip, identity"):
                headers = {"Content-Type": "application/cose" if call == rig.submit else "application/cbor"}
                wrong = await call(b"x", headers=headers | {"Content-Encoding": encoding})
                assert (wrong.status, wrong.code) == (415, "relay_request_type")
            for body in (bytes(600_000), chunks(600_000)):
                large = await call(body, headers=headers)
                assert (large.status, large.code) == (413, "relay_request_too_large")
        keep(rig)


async def test_an_acknowledgement_with_anothers_receipts_is_refused(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        sealed = rig.world.sealed()
        r1 = (await rig.submit(sealed)).body
        assert (await rig.acknowledge(api.Acks(receipts=(r1,)))).code == "receipt_signer"
        assert (await rig.acknowledge(api.Acks(receipts=(b"x",)))).status == 400
        [body] = [
            await rig.call(
                "POST",
                f"/v1/acks?queue={QUEUE}",
                auth=rig.pharmacy(),
                data=b"\xa1\x00",
                headers={"Content-Type": "application/cbor"},
            )
        ]
        assert body.status == 400


OWN = f"queue={QUEUE}"
WRONG_QUERIES = (
    *("queue=", "queue=x", "queue=" + "g" * 5000, f"{OWN}&x=1", f"{OWN}&{OWN}", f"{OWN}&after=-1", f"{OWN}&after=%00"),
    *(f"{OWN}&wait=31", f"{OWN}&wait=٣", f"{OWN}&max=101", f"{OWN}&lease=0", f"{OWN}&lease=601", f"{OWN}&after={'9' * 16}"),
)


@pytest.mark.parametrize("query", WRONG_QUERIES)
async def test_a_parameter_that_is_wrong_is_named(tmp_path: Path, query: str) -> None:
    async with Rig(tmp_path) as rig:
        answer = await rig.call("GET", f"/v1/inbox?{query}", auth=rig.pharmacy())
        assert (answer.status, answer.code) == (400, "relay_query")
        answer = await rig.receipts(bytes(16), "known=501")
        assert (answer.status, answer.code) == (400, "relay_query")
        keep(rig)


async def test_what_is_not_there_is_not_there(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        for answer in (
            await rig.withdraw(bytes(16)),
            await rig.receipts(bytes(16)),
            await rig.call("DELETE", "/v1/messages/x"),
        ):
            assert (answer.status, answer.code) == (404, "message_unknown")
        for name in (
            "x.cbor",
            "root",
            "credentials/a.cbor",
            "../relay.cbor",
            "..%2frelay.cbor",
            "keys/pharmacy.cbor",
            "status/none.cbor",
        ):
            answer = await rig.call("GET", f"/v1/lists/{name}", auth=None)
            assert answer.status == 404 and answer.code in ("list_unknown", "relay_route_unknown"), name
        (tmp_path / "site" / "address-book.cbor").unlink()
        assert (await rig.call("GET", "/v1/directory", auth=None)).code == "list_unknown"
        for path in ("/", "/v2", "/v1/", "//v1", "/v1/messages/a/b/c", "/v1/messages/{id}", "/v1/lists"):
            answer = await rig.call("GET", path, auth=None)
            assert answer.status in (404, 405), path
        wrong = await rig.call("PUT", "/v1/messages", auth=None)
        assert (wrong.status, wrong.code, wrong.headers["Allow"]) == (405, "relay_method", "POST")
        keep(rig)


async def test_a_node_that_asks_too_often_is_told_when_to_come_again_and_others_are_not(tmp_path: Path) -> None:
    async with Rig(tmp_path, config=CONFIG + "[limits]\nrequests_per_second = 0.1\nburst = 3\n") as rig:
        assert [(await rig.poll()).status for _ in range(4)] == [200, 200, 200, 429]
        await all_give(rig, 429, "relay_rate")
        answer = await rig.poll()
        assert 1 <= int(answer.headers["Retry-After"]) <= 10
        assert (await rig.submit(rig.world.sealed())).status == 201


async def test_a_store_that_fails_is_told_and_nothing_is_receipted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Rig(tmp_path) as rig:
        await rig.submit(rig.world.sealed(), auth=rig.pharmacy())
        for fault in STORE_FAULTS:

            def fails(*_: Any, fault: str = fault, **__: Any) -> Any:
                raise StorageError(f"mail_store_{fault}", "SELECT secret FROM tables")

            with monkeypatch.context() as patch:
                for name in ("run", "look", "receipts"):
                    patch.setattr(rig.store, name, fails)
                await all_give(rig, 503, f"mail_store_{fault}")
                answer = await rig.submit(rig.world.sealed())
                assert answer.headers["Retry-After"] == "5" and answer.json["detail"] == ""
        assert (await rig.submit(rig.world.sealed(rig.world.message_value(number=2)))).status == 201


async def test_more_than_may_wait_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Rig(tmp_path) as rig:
        custody = rig.relay._custody
        monkeypatch.setattr(custody, "_most", 0)
        monkeypatch.setattr(custody._threads, "_most", 0)
        for operation in [one for place, one in enumerate(operations(rig)) if place != 3]:
            answer = await operation()
            assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "relay_busy", "5")
        keep(rig)


async def test_a_relay_that_is_ending_takes_nothing_more(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        rig.relay.drain()
        await all_give(rig, 503, "relay_draining")
        for path in ("/v1", "/v1/directory", "/v1/lists/root.cbor", "/openapi.json"):
            answer = await rig.call("GET", path, auth=None)
            assert answer.code == "relay_draining" and answer.headers["Connection"] == "close"
        ready = await rig.call("GET", "/health/ready", auth=None)
        assert ready.status == 503 and ready.json["faults"] == ["relay_draining"]
        assert (await rig.call("GET", "/health/live", auth=None)).status == 200
        keep(rig)


async def test_the_numbers_can_have_a_port_of_their_own(tmp_path: Path) -> None:
    from tests.relay.rig import free_port

    port = free_port()
    async with Rig(tmp_path, config=CONFIG + f"[metrics]\nport = {port}\n") as rig:
        answer = await rig.call("GET", "/metrics", auth=None)
        assert (answer.status, answer.code) == (404, "relay_route_unknown")
        async with rig.session.get(f"http://127.0.0.1:{port}/metrics") as numbers:
            assert "dpr_relay_requests_total" in await numbers.text()
        async with rig.session.get(f"http://127.0.0.1:{port}/v1") as other:
            assert other.status == 404
        keep(rig)
