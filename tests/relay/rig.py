"""A relay on a real port over a real store, with the world's trust in a site folder and a clock that the test moves.

Rules: everything is as `dpr relay serve` has it but the clock and where the log goes. `relay.toml` may be changed before the
rig is entered.

Example: `async with Rig(tmp_path) as rig: answer = await rig.submit(rig.world.sealed())`
"""

from __future__ import annotations

import base64
import json
import socket
import ssl
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import aiohttp

from dpr.adapters.key_files import KeyFile, private_pem
from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.apps.relay import running, stores
from dpr.apps.relay.config import Settings, load
from dpr.apps.relay.log import Log
from dpr.core import documents
from dpr.core.mail import api
from tests.mail_world import ORIGIN, QUEUE, RELAYS, MailWorld
from tests.relay.documented import require_documented
from tests.world import CARE, PHARMACIES, VETS, signer, status_uri

COSE, CBOR = "application/cose", "application/cbor"
CONFIG = f"""
origins = ["{ORIGIN}"]
key = "relay.pem"
credential = "relay.cbor"
port = 0
"""


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def config_at(port: int, extra: str = "") -> str:
    """Settings for a relay that clients dial as `http://127.0.0.1:<port>`; `extra`: tables to add."""
    origins = f'origins = ["{ORIGIN}", "http://127.0.0.1:{port}"]'
    return CONFIG.replace(f'origins = ["{ORIGIN}"]', origins).replace("port = 0", f"port = {port}") + extra


def write_site(folder: Path, world: MailWorld) -> None:
    """A site folder that trusts the world."""
    (folder / "status").mkdir(parents=True)
    (folder / "policy.toml").write_text('environment = "test"\n')
    (folder / "root.cbor").write_bytes(world.root_document())
    (folder / "trust-list.cbor").write_bytes(world.trust_list())
    (folder / "snapshot.cbor").write_bytes(world.snapshot())
    (folder / "address-book.cbor").write_bytes(world.address_book())
    for issuer in (CARE, PHARMACIES, VETS, RELAYS):
        name = documents.name_of(issuer, status_uri(issuer))
        (folder / "status" / f"{name}.cbor").write_bytes(world.status_list(issuer=issuer))


def write_key(path: Path, key: KeyFile) -> None:
    """A key file as the relay reads it."""
    path.write_bytes(private_pem(key._private_key, None))
    path.chmod(0o600)


def write_relay(folder: Path, world: MailWorld, config: str = CONFIG, *, label: str = "relay a") -> Path:
    """Everything that `dpr relay serve` needs; the path of relay.toml. `label`: `relay a`, `relay b` or `pharmacy`."""
    write_site(folder / "site", world)
    credentials = {
        "relay a": world.relay_credential,
        "relay b": world.other_relay_credential,
        "pharmacy": world.pharmacy_credential,
    }
    write_key(folder / "relay.pem", signer(label))
    (folder / "relay.cbor").write_bytes(credentials[label]())
    (folder / "relay.toml").write_text(config)
    settings = load(folder / "relay.toml")
    if settings.store_file is not None and not settings.store_file.exists():
        stores.make_store(settings, world.now)
    return folder / "relay.toml"


def authorization(token: bytes) -> str:
    return "DPR " + base64.urlsafe_b64encode(token).decode().rstrip("=")


class Answer(NamedTuple):
    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])

    @property
    def inbox(self) -> api.InboxAnswer:
        return api.read(api.INBOX_ANSWER, self.body)

    @property
    def receipts(self) -> tuple[bytes, ...]:
        return api.read(api.RECEIPTS, self.body).receipts


class Rig:
    """The relay; `lines`: its log; `seen`: method, path, status and code of every answer. Each must be a documented one."""

    def __init__(
        self,
        folder: Path,
        *,
        config: str = CONFIG,
        label: str = "relay a",
        world: MailWorld | None = None,
        store: SqlMailStore | None = None,
    ) -> None:
        self.folder, self.world, self._given = folder, world or MailWorld(), store
        self.clock_seconds = float(self.world.now)
        self.lines: list[bytes] = []
        self.seen: set[tuple[str, str, int, str]] = set()
        write_relay(folder, self.world, config, label=label)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock_seconds, UTC)

    @property
    def settings(self) -> Settings:
        return load(self.folder / "relay.toml")

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        settings = self.settings
        self.log = Log(self.lines.append)
        self._stack.callback(self.log.close)
        self.opened = running.open_parts(settings, lambda: self.now)
        self.store = self._given or self._open_store(settings)
        self._relaying = running.relaying(settings, self.opened, self.store, self.log, lambda: self.now)
        self.url, self.relay = await self._stack.enter_async_context(self._relaying)
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self

    def _open_store(self, settings: Settings) -> SqlMailStore:
        self._stack.enter_context(stores.alone(settings))
        return self._stack.enter_context(stores.open_store(settings, self.opened.identity, self.world.now))

    async def __aexit__(self, *error: object) -> None:
        await self.session.close()
        await self.stop()

    async def stop(self) -> None:
        """As when the relay is terminated."""
        await self._stack.aclose()

    def text(self) -> str:
        """The log as far as it is written."""
        return b"".join(self.lines).decode()

    # --- calls ---

    def node(self, who: KeyFile | None = None, **changes: Any) -> str:
        """The header of the node, or of the pharmacy where its key is given."""
        return authorization(self.world.token(who, issued_at=int(self.clock_seconds), **changes))

    def pharmacy(self) -> str:
        return self.node(self.world.pharmacy)

    async def call(
        self, method: str, path: str, *, auth: str | None = "", tls: ssl.SSLContext | None = None, **options: Any
    ) -> Answer:
        """A call by the node, or with `auth`, or with none."""
        headers = options.pop("headers", {})
        if auth is not None:
            headers = {"Authorization": auth or self.node()} | headers
        async with self.session.request(method, self.url + path, headers=headers, ssl=tls or True, **options) as sent:
            answer = Answer(sent.status, sent.headers, await sent.read())
        code = answer.code if sent.content_type == "application/problem+json" else ""
        require_documented(method, path.partition("?")[0], answer.status, sent.content_type, code)
        self.seen.add((method, path.partition("?")[0], answer.status, code))
        return answer

    async def submit(self, sealed: bytes, **options: Any) -> Answer:
        options["headers"] = {"Content-Type": COSE} | options.get("headers", {})
        return await self.call("POST", "/v1/messages", data=sealed, **options)

    async def poll(self, query: str = "", *, queue: str = QUEUE, **options: Any) -> Answer:
        """A poll of the pharmacy."""
        options.setdefault("auth", self.pharmacy())
        return await self.call("GET", f"/v1/inbox?queue={queue}{query and '&' + query}", **options)

    async def acknowledge(self, acks: api.Acks, *, queue: str = QUEUE, **options: Any) -> Answer:
        options.setdefault("auth", self.pharmacy())
        options["headers"] = {"Content-Type": CBOR} | options.get("headers", {})
        return await self.call("POST", f"/v1/acks?queue={queue}", data=api.write(api.ACKS, acks), **options)

    async def receipts(self, message_id: bytes, query: str = "", **options: Any) -> Answer:
        return await self.call("GET", f"/v1/messages/{message_id.hex()}/receipts{query and '?' + query}", **options)

    async def withdraw(self, message_id: bytes, **options: Any) -> Answer:
        return await self.call("DELETE", f"/v1/messages/{message_id.hex()}", **options)
