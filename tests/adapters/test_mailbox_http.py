"""A relay over HTTP that is dead, slow, endless or lies: a named error within its time; and how a node says who it is."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import resource
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import unused_port

from dpr.adapters import mailbox_http
from dpr.adapters.mailbox_http import Access, HttpMailbox, HttpMailboxes
from dpr.core import documents
from dpr.core.errors import SetupError, StorageError
from dpr.core.mail import api
from dpr.core.mail.api import InboxAnswer, Receipts
from dpr.ports import MailboxFailed
from tests.mail_world import QUEUE, MailWorld

WORLD = MailWorld()
COSE, CBOR, PROBLEM = "application/cose", "application/cbor", "application/problem+json"
ID = bytes(range(16))
Calls = dict[str, Callable[[HttpMailbox], Awaitable[Any]]]
CALLS: Calls = {
    "submit": lambda mailbox: mailbox.submit(b"sealed"),
    "receipts": lambda mailbox: mailbox.receipts(ID),
    "withdraw": lambda mailbox: mailbox.withdraw(ID),
    "inbox": lambda mailbox: mailbox.inbox(QUEUE, after=3, wait_seconds=0),
    "acknowledge": lambda mailbox: mailbox.acknowledge(QUEUE, [bytes(32)], [b"r4"]),
}


class Relay:
    """Whatever a server can say. `answer`: the bytes, or parts with pauses (None: never ends); `asked`: what came."""

    def __init__(self, *answer: bytes | float) -> None:
        self.answer, self.asked = answer, list[str]()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.asked.append(head)
                for line in head.lower().split("\r\n"):
                    if line.startswith("content-length:"):
                        await reader.readexactly(int(line.split(":")[1]))
                for part in self.answer:
                    if isinstance(part, float):
                        await asyncio.sleep(part)
                    else:
                        writer.write(part)
                        await writer.drain()
                if b"Connection: close" in b"".join(part for part in self.answer if isinstance(part, bytes)):
                    break
        writer.close()


def http(status: int, body: bytes, kind: str, **headers: str) -> bytes:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = {"Content-Type": kind, "Content-Length": str(len(body))} | named
    head = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in lines.items()), "", ""]
    return "\r\n".join(head).encode() + body


def problem(status: int, code: Any, **headers: str) -> bytes:
    return http(status, json.dumps({"code": code}).encode(), PROBLEM, **headers)


@contextlib.asynccontextmanager
async def at(
    relay: Relay, access: Access | None = None, clock: Callable[[], float] = lambda: WORLD.now
) -> AsyncIterator[HttpMailbox]:
    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with HttpMailboxes(access or Access(WORLD.node, WORLD.node_credential()), clock=clock) as relays:
        yield relays.of(f"http://127.0.0.1:{port}")
    server.close()


async def failure(relay: Relay, call: str = "submit") -> MailboxFailed:
    async with at(relay) as mailbox:
        with pytest.raises(MailboxFailed) as caught:
            await CALLS[call](mailbox)
    return caught.value


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_http, "_CALL_SECONDS", 0.5)
    monkeypatch.setattr(mailbox_http, "_BEYOND_SECONDS", 0.5)


ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Type: application/cose\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((2.0,), "relay_slow"),
        ((b"HTTP/1.1 200 OK\r\n", 2.0), "relay_slow"),
        ((b"no HTTP at all\r\n\r\n",), "relay_unreachable"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\nConnection: close\r\n\r\nshort",), "relay_answer"),
        ((http(200, b"<html>", "text/html"),), "relay_answer"),
        ((http(302, b"", "text/plain", Location="https://evil.test/"),), "relay_answer"),
        ((http(200, b"x", COSE, Content_Encoding="gzip"),), "relay_answer"),
        ((http(200, b"x", CBOR, Content_Encoding="br"),), "relay_answer"),
        ((http(500, b"oops", "text/plain"),), "relay_answer"),
        ((problem(503, "made_up_by_the_relay"),), "relay_answer"),
        ((problem(503, ["relay_busy"]),), "relay_answer"),
        ((http(503, b"[" * 10_000, PROBLEM),), "relay_answer"),
        ((http(503, b"{}" + b" " * 40_000, PROBLEM),), "relay_answer"),
        ((http(204, b"", COSE),), "relay_answer"),
    ],
)
async def test_each_way_of_failing_has_its_name(call: str, answer: tuple[bytes | float, ...], code: str) -> None:
    error = await failure(Relay(*answer), call)
    assert (error.code, error.final) == (code, False)


async def test_an_answer_without_end_costs_no_memory() -> None:
    chunk = b"10000\r\n" + bytes(65_536) + b"\r\n"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (await failure(Relay(ENDLESS, *[chunk] * 2000))).code == "relay_answer"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kilobytes


@pytest.mark.parametrize("call", ["receipts", "inbox", "acknowledge"])
@pytest.mark.parametrize("body", [b"", b"\xa0\x00", b"\xbf\xff", b"\xa1\x00\x01", bytes(2_000)])
async def test_a_body_that_is_not_what_was_asked_for_is_named(call: str, body: bytes) -> None:
    assert (await failure(Relay(http(200, body, CBOR)), call)).code == "relay_answer"


@pytest.mark.parametrize(
    ("answer", "code", "final", "retry_after"),
    [
        (problem(409, "mail_id_taken"), "mail_id_taken", True, None),
        (problem(410, "mail_expired"), "mail_expired", True, None),
        (problem(413, "mail_too_large"), "mail_too_large", True, None),
        (problem(422, "mail_early"), "mail_early", False, None),
        (problem(401, "token_expired"), "token_expired", False, None),
        (problem(404, "message_unknown"), "message_unknown", False, None),
        (problem(429, "relay_rate", Retry_After="7"), "relay_rate", False, 7),
        (problem(503, "relay_busy", Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"), "relay_busy", False, None),
        (problem(507, "queue_full", Retry_After="-5"), "queue_full", False, None),
        (problem(507, "queue_full", Retry_After="9" * 50), "queue_full", False, None),
    ],
)
async def test_a_no_in_our_words_is_taken_as_it_is(answer: bytes, code: str, final: bool, retry_after: int | None) -> None:
    error = await failure(Relay(answer))
    assert (error.code, error.final, error.retry_after_seconds) == (code, final, retry_after)


async def test_what_was_asked_for_comes_back_and_what_was_asked_is_what_the_protocol_says() -> None:
    inbox = InboxAnswer(head=b"h1", chain=(b"r1",), messages=(b"sealed",))
    given = api.write(api.RECEIPTS, Receipts(receipts=(b"r1", b"r4")))
    for answer, call, expected, line in (
        (http(201, b"r1", COSE), "submit", b"r1", "POST /v1/messages "),
        (http(200, b"w1", COSE), "withdraw", b"w1", f"DELETE /v1/messages/{ID.hex()} "),
        (http(409, b"w2", COSE), "withdraw", b"w2", f"DELETE /v1/messages/{ID.hex()} "),
        (http(200, given, CBOR), "receipts", (b"r1", b"r4"), f"GET /v1/messages/{ID.hex()}/receipts?known=0&wait=0 "),
        (http(200, given, CBOR), "acknowledge", (b"r1", b"r4"), "POST /v1/acks?queue="),
        (http(200, api.write(api.INBOX_ANSWER, inbox), CBOR), "inbox", inbox, "GET /v1/inbox?queue="),
    ):
        relay = Relay(answer)
        async with at(relay) as mailbox:
            assert await CALLS[call](mailbox) == expected
        assert relay.asked[0].startswith(line)
    relay = Relay(http(200, api.write(api.INBOX_ANSWER, inbox), CBOR))
    async with at(relay) as mailbox:
        await mailbox.inbox(QUEUE, after=None, wait_seconds=0)
    assert "after=" not in relay.asked[0]


async def test_a_wait_is_added_to_the_time_of_a_call() -> None:
    async with at(Relay(1.2, http(200, b"\xa0", CBOR))) as mailbox:
        assert await mailbox.receipts(ID, wait_seconds=2) == ()


# --- who calls ------------------------------------------------------------------------------------------------------------


def tokens(relay: Relay) -> list[str]:
    lines = [line for head in relay.asked for line in head.split("\r\n")]
    return [line.split(" ")[2] for line in lines if line.lower().startswith("authorization: dpr ")]


async def test_a_token_is_for_this_relay_and_is_made_anew_before_it_ends() -> None:
    now = float(WORLD.now)
    relay = Relay(http(200, b"r1", COSE))
    async with at(relay, clock=lambda: now) as mailbox:
        for _ in range(3):
            await mailbox.submit(b"x")
        now += 239
        await mailbox.submit(b"x")
        now += 2
        await mailbox.submit(b"x")
        now -= 4000
        await mailbox.submit(b"x")
        origin = mailbox.origin
    made = tokens(relay)
    assert [made.index(one) for one in made] == [0, 0, 0, 0, 4, 5]
    data = base64.urlsafe_b64decode(made[0] + "=" * (-len(made[0]) % 4))
    token = documents.open(data, WORLD.trust(), expected_kind=documents.TOKEN).value
    assert (token.audience, token.issued_at, token.valid_until) == (origin, WORLD.now, WORLD.now + 300)


async def test_a_token_that_is_refused_is_not_used_again() -> None:
    relay = Relay(problem(401, "token_expired"))
    async with at(relay) as mailbox:
        for _ in range(2):
            with pytest.raises(MailboxFailed, match="token_expired"):
                await mailbox.submit(b"x")
    one, other = tokens(relay)
    assert one != other


async def test_a_key_that_cannot_be_used_is_named_and_nothing_is_sent() -> None:
    class Broken:
        key = WORLD.node.key

        def sign(self, data: bytes) -> bytes:
            raise StorageError("token_failed")

    relay = Relay(http(200, b"r1", COSE))
    async with at(relay, Access(Broken(), WORLD.node_credential())) as mailbox:
        with pytest.raises(MailboxFailed, match="relay_token_not_made: token_failed"):
            await mailbox.submit(b"x")
    assert relay.asked == []


@pytest.mark.parametrize(
    "origin",
    ["http://relay.example", "http://192.0.2.1:8080", "https://relay.example/path", "ftp://x", "", "http://127.0.0.1@evil"],
)
async def test_no_token_crosses_a_network_in_the_clear(origin: str) -> None:
    async with HttpMailboxes(Access(WORLD.node, WORLD.node_credential()), clock=lambda: WORLD.now) as relays:
        with pytest.raises(MailboxFailed, match="relay_address_unsafe"):
            await relays.of(origin).submit(b"x")


async def test_a_relay_that_is_not_there_is_named() -> None:
    async with HttpMailboxes(Access(WORLD.node, WORLD.node_credential()), clock=lambda: WORLD.now) as relays:
        with pytest.raises(MailboxFailed, match="relay_unreachable"):
            await relays.of(f"http://127.0.0.1:{unused_port()}").submit(b"x")


def test_files_for_tls_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for ca in (tmp_path / "missing.pem", tmp_path / "ca.pem"):
        with pytest.raises(SetupError, match="mailbox_tls"):
            HttpMailboxes(Access(WORLD.node, WORLD.node_credential(), ca), clock=lambda: 0)
