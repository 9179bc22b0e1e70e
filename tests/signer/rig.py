"""A signing service on a real port, over keys in memory (or a token), with the world's trust and a clock that the test moves.

Rules: everybody is enrolled with the commands' own functions; tokens are made by an identity provider of ours.

Example: `async with Rig(tmp_path) as rig: answer = await rig.sign(rig.structure())`
"""

from __future__ import annotations

import hashlib
import json
import ssl
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import aiohttp
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dpr.apps.compose import SiteFolder
from dpr.apps.signer import enrolment, running
from dpr.apps.signer.accounts import LocalAccounts
from dpr.apps.signer.callers import Callers
from dpr.apps.signer.config import Settings, load
from dpr.apps.signer.log import SigningLog
from dpr.apps.signer.people import People, Person
from dpr.apps.signer.running import certificates_of
from dpr.apps.signer.service import Service
from dpr.core import documents, signing
from dpr.core.credential import HOLDER, Holder
from dpr.core.policy import Policy
from dpr.core.trust import Trust
from dpr.ports import KeyStore, Signer
from tests.fakes.key_store_memory import MemoryKeyStore
from tests.world import NOW, ONE_ITEM, PHYSICIAN, World

#: Two prescribers; what the identity provider calls them is what must be in no log.
KARIN, ANNA = "SE2321000016-KANARIE1", "SE2321000016-KANARIE2"
ISSUER, AUDIENCE, CLIENT = "https://idp.region.test", "dpr-signer", "journal-1"
SECRETS = (
    *(KARIN, ANNA, "Tolvan", "Tolvansson", "191212121212", "Karin", "Sjöström", "9123456", "1 tablett varje morgon"),
    *("Enalapril", "Norrfjärden", "hemligt-losenord-kanarie"),
)
_IDP = ec.generate_private_key(ec.SECP256R1())
KEYS: dict[str, Any] = {"ES256": _IDP, "EdDSA": Ed25519PrivateKey.generate()}
KEYS["RS256"] = KEYS["PS256"] = rsa.generate_private_key(65537, 2048)
CONFIG = f"""
keys = "pkcs11:token=test"
site = "site"
port = 0
[oidc]
issuer = "{ISSUER}"
audience = "{AUDIENCE}"
clients = ["{CLIENT}"]
jwks = "jwks.json"
[local]
"""


def jwk(algorithm: str = "ES256", kid: str | None = None) -> dict[str, Any]:
    """The public key that signs tokens with this algorithm."""
    maker = {"ES256": jwt.algorithms.ECAlgorithm, "EdDSA": jwt.algorithms.OKPAlgorithm}.get(
        algorithm, jwt.algorithms.RSAAlgorithm
    )
    return json.loads(maker.to_jwk(KEYS[algorithm].public_key())) | {"kid": kid or algorithm, "use": "sig"}


def jwks() -> bytes:
    return json.dumps({"keys": [jwk(algorithm) for algorithm in ("ES256", "EdDSA", "RS256")]}).encode()


def token(
    user: str = KARIN, *, now: int = NOW, algorithm: str = "ES256", key: Any = None, kid: str = "", **changes: Any
) -> str:
    """A token; a claim that is `...` is left out."""
    claims = {
        "iss": ISSUER, "aud": AUDIENCE, "azp": CLIENT, "employeeHsaId": user, "sub": "x-1", "iat": now - 10, "exp": now + 600,
    } | changes  # fmt: skip
    written = {name: value for name, value in claims.items() if value is not ...}
    header = {"kid": kid or ("RS256" if algorithm == "PS256" else algorithm)}
    return jwt.encode(written, key or KEYS.get(algorithm), algorithm=algorithm, headers=header)


class WorldSite(SiteFolder):
    """A site whose trust and policy are a world's; `policy.toml` of its folder stands for both having changed."""

    def __init__(self, folder: Path, world: World, rig: Rig) -> None:
        super().__init__(folder, clock=lambda: rig.now)
        self._world, self._rig = world, rig

    def trust(self) -> Trust:
        if self._rig.trust_fault is not None:
            raise self._rig.trust_fault
        return self._world.trust(status=self._rig.status)

    def catalogue(self) -> None:
        return None

    @property
    def policy(self) -> Policy:  # type: ignore[override]
        return Policy(environment=self._world.policy.environment)


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


class Rig:
    """The service; `settings` may be changed, and the files in `folder`, before it is entered."""

    def __init__(
        self, folder: Path, *, store: KeyStore | None = None, config: str = CONFIG, users: tuple[str, ...] = (KARIN, ANNA)
    ) -> None:
        self.folder, self.store = folder, store or MemoryKeyStore()
        self.world = World()
        self.clock_seconds = float(NOW)
        self.status: Any = None
        self.trust_fault: Exception | None = None
        (folder / "site").mkdir()
        (folder / "jwks.json").write_bytes(jwks())
        (folder / "signer.toml").write_text(config)
        self.people = People(folder / "people")
        if users:
            self.enrol(*users)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock_seconds, UTC)

    @property
    def settings(self) -> Settings:
        return load(self.folder / "signer.toml")

    # --- prescribers ---

    def enrol(self, *users: str, holder: Holder = PHYSICIAN, **changes: Any) -> None:
        """Enrols prescribers and imports a credential for each."""
        entries = [enrolment.Entry(user, HOLDER.to_json(holder)) for user in users]
        enrolment.enrol(self.people, entries, self.store, self.folder / "requests")
        paths, held = [], self.people.read()
        for user in users:
            key = self.store.signer(held[user].label)
            paths.append(self.folder / f"{held[user].label}.cbor")
            paths[-1].write_bytes(self.world.credential(holder, key, **changes))  # type: ignore[arg-type]
        done = enrolment.import_credentials(self.people, paths, self.world.trust())
        assert not done.refused, done

    def person(self, user: str = KARIN) -> Person:
        return self.people.read()[user]

    def signer(self, user: str = KARIN) -> Signer:
        return self.store.signer(self.person(user).label)

    # --- the service ---

    def service(self) -> Service:
        """The service without HTTP, with its own log."""
        log = SigningLog.open(self.folder / "log", self.now)
        return Service(
            lambda: WorldSite(self.folder / "site", self.world, self), self.people, self.store, log, lambda: self.now
        )

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        settings = self.settings
        certificates = certificates_of(settings)
        self.running_service = self.service()
        self.running = running.open_app(settings, self.running_service, certificates)
        self.url = await self._stack.enter_async_context(running.listening(settings, self.running))
        self.session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.session.close()
        await self.stop()

    async def stop(self) -> None:
        """As when the service is terminated."""
        await self._stack.aclose()

    @property
    def callers(self) -> Callers:
        """Who tells who calls, in the running service."""
        return self.running.callers

    @property
    def accounts(self) -> LocalAccounts:
        """The local accounts, as an operator's commands have them."""
        return LocalAccounts(self.folder / "accounts")

    # --- calls ---

    async def call(
        self, method: str, path: str, *, auth: str | None = "", tls: ssl.SSLContext | None = None, **options: Any
    ) -> Answer:
        """A call with Karin's token, or with `auth`, or with none."""
        headers = options.pop("headers", {})
        if auth is not None:
            headers = {"Authorization": auth or f"Bearer {token(now=int(self.clock_seconds))}"} | headers
        async with self.session.request(method, self.url + path, headers=headers, ssl=tls or True, **options) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def sign(self, data: bytes, **options: Any) -> Answer:
        options.setdefault("headers", {"Content-Type": "application/cbor"})
        return await self.call("POST", "/v1/signatures", data=data, **options)

    async def prescribe(self, written: Any = None, **options: Any) -> Answer:
        options.setdefault("headers", {})
        options["headers"] = {"Content-Type": "application/json"} | options["headers"]
        return await self.call("POST", "/v1/prescriptions", data=json.dumps(written or ONE_ITEM).encode(), **options)

    # --- what is signed ---

    def prepared(
        self, user: str = KARIN, written: Any = None, *, authored_at: int | None = None, person: Person | None = None
    ) -> signing.Prepared:
        """A prescription that waits for a prescriber's signature."""
        at = int(self.clock_seconds) if authored_at is None else authored_at
        value = self.world.prescription(written, authored_at=at)
        value = msgspec.structs.replace(value, id=hashlib.sha256(value.id + b"%d" % at).digest()[:16])
        person = person or self.person(user)
        return signing.prepare(documents.PRESCRIPTION, value, self.store.signer(person.label).key, credential=person.credential)

    def structure(self, user: str = KARIN, written: Any = None, *, authored_at: int | None = None) -> bytes:
        return self.prepared(user, written, authored_at=authored_at).to_be_signed

    def lines(self) -> list[dict[str, Any]]:
        """The log."""
        files = sorted((self.folder / "log").glob("*.jsonl"))
        return [json.loads(line) for path in files for line in path.read_text().splitlines()]
