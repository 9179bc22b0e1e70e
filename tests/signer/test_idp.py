"""The identity provider's keys: fetched while it answers, held while it does not, with the internet cut and all."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec

from dpr.apps.signer import config
from dpr.apps.signer.idp import IdentityProvider
from dpr.core.errors import InputError, SetupError
from tests.signer.rig import CONFIG, Rig, jwks, token
from tests.world import NOW

NEW = ec.generate_private_key(ec.SECP256R1())


class Provider:
    """An identity provider that answers as the test says."""

    def __init__(self) -> None:
        self.answer: Callable[[], web.StreamResponse] = lambda: web.Response(body=jwks())
        self.asked = 0

    async def serve(self, _: web.Request) -> web.StreamResponse:
        self.asked += 1
        return self.answer()


async def elsewhere(_: web.Request) -> web.Response:
    """Keys, where nobody should look for them."""
    return web.Response(body=rotated())


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    made = Provider()
    app = web.Application()
    app.router.add_get("/jwks", made.serve)
    app.router.add_get("/elsewhere", elsewhere)
    server = TestServer(app)
    await server.start_server()
    made.server = server  # type: ignore[attr-defined]
    made.url = str(server.make_url("/jwks"))  # type: ignore[attr-defined]
    yield made
    await server.close()


def with_url(provider: Any, more: str = "", local: str = "") -> str:
    before, after = CONFIG.split("[local]")
    return f'{before}jwks_url = "{provider.url}"\n{more}[local]\n{local}{after}'


def rotated() -> bytes:
    import jwt

    fresh = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(NEW.public_key())) | {"kid": "new"}
    return json.dumps({"keys": [fresh]}).encode()


async def test_keys_are_fetched_and_kept(tmp_path: Path, provider: Any) -> None:
    rig = Rig(tmp_path, config=with_url(provider))
    (tmp_path / "jwks.json").unlink()
    async with rig:
        assert (await rig.sign(rig.structure())).status == 200
    assert (tmp_path / "jwks.json").read_bytes() == jwks()
    await provider.server.close()
    again = Rig.__new__(Rig)
    again.__dict__ |= rig.__dict__
    async with again:
        assert (await again.sign(again.structure())).status == 200
        state = (await again.call("GET", "/readyz")).json["identity_provider"]
        assert state["keys"] == 3 and state["fetched_at"] is None


async def test_a_key_that_is_new_is_fetched_when_it_is_first_met_but_not_for_every_stranger(
    tmp_path: Path, provider: Any
) -> None:
    async with Rig(tmp_path, config=with_url(provider)) as rig:
        while not provider.asked:  # at the start
            await asyncio.sleep(0.01)
        assert (await rig.sign(rig.structure())).status == 200
        provider.answer = lambda: web.Response(body=rotated())
        fresh = f"Bearer {token(key=NEW, kid='new')}"
        rig.clock_seconds += 31
        asked = provider.asked
        assert (await rig.sign(rig.structure(), auth=fresh)).status == 200
        for _ in range(5):
            strange = await rig.sign(rig.structure(), auth=f"Bearer {token(kid='strange')}")
            assert strange.code == "login_key_unknown"
        assert provider.asked == asked + 1
        assert (await rig.sign(rig.structure())).code == "login_key_unknown"  # the old key has gone


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(text="<html>Sign in</html>", content_type="text/html"),
        lambda: web.Response(body=b"{}"),
        lambda: web.Response(body=b'{"keys": []}'),
        lambda: web.Response(body=jwks()[:40]),
        lambda: web.Response(body=b" " * 400_000),
        lambda: web.Response(status=500),
        lambda: web.Response(status=302, headers={"Location": "/elsewhere"}),
        lambda: web.Response(body=json.dumps({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "ES256"}]}).encode()),
    ],
    ids=["sign-in page", "empty", "no keys", "torn", "too much", "error", "redirect", "secret"],
)
async def test_an_answer_that_is_none_changes_nothing(tmp_path: Path, provider: Any, answer: Callable[[], Any]) -> None:
    provider.answer = answer
    async with Rig(tmp_path, config=with_url(provider)) as rig:
        idp = rig.callers.idp
        assert idp is not None and not await idp.refresh(NOW)
        assert idp.unreachable_since is not None
        assert (await rig.sign(rig.structure())).status == 200
    assert (tmp_path / "jwks.json").read_bytes() == jwks()


async def test_local_accounts_open_by_themselves_when_the_provider_has_been_silent_for_long(
    tmp_path: Path, provider: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.answer = lambda: web.Response(status=503)
    async with Rig(tmp_path, config=with_url(provider, local="open_after_minutes = 30\n")) as rig:
        await rig.callers.idp.refresh(NOW)
        silent = rig.callers.idp._silent_from
        for minutes, opened in ((0, False), (29, False), (31, True)):
            rig.clock_seconds = NOW + 3600 * 24 * 7  # a clock that is set forward opens nothing
            monkeypatch.setattr(rig.callers.idp, "_monotonic", lambda now=silent + 60 * minutes: now)
            assert (await rig.callers.opening() is not None) is opened
        last = rig.lines()[-1]
        assert (last["event"], last["how"], last["since"]) == ("local_accounts_opened", "unreachable", NOW)
        provider.answer = lambda: web.Response(body=jwks())
        for _ in range(50):  # the service asks by itself too, and one of the two comes second
            if await rig.callers.idp.refresh(int(rig.clock_seconds)) or await rig.callers.opening() is None:
                break
            await asyncio.sleep(0.1)
        assert await rig.callers.opening() is None and rig.lines()[-1]["event"] == "local_accounts_closed"


async def test_it_works_with_the_internet_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connection of this process but to this machine fails, and so does every look-up of a name."""
    tried: list[object] = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1"):
            tried.append(address)
            raise OSError(101, "Network is unreachable")
        real(self, address)

    def look_up(host: Any, *_: Any, **__: Any) -> Any:
        if host not in (None, "127.0.0.1", "localhost"):
            tried.append(host)
            raise socket.gaierror(-3, "Temporary failure in name resolution")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", _[0] if _ else 0))]

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    class Cut:
        url = "https://idp.region.test/jwks"

    async with Rig(tmp_path, config=with_url(Cut())) as rig:
        for hours in (0, 7 * 24):
            rig.clock_seconds = NOW + hours * 3600
            assert (await rig.sign(rig.structure())).status == 200
            assert (await rig.prescribe()).status == 201
        assert (await rig.call("GET", "/readyz")).status == 200
        assert rig.callers.idp.unreachable_since is not None
    assert set(tried) <= {"idp.region.test"}, "nothing was asked of the network but the identity provider's keys"


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("port = 70000", "$"),
        ('nonsense = "x"', "$"),
        ('host = "0.0.0.0"', "$.host"),
        ('folder = "/etc"', "$.folder"),
        ("workers = 0", "$"),
        ("x", "$"),
        ("a" + ".a" * 200 + " = 1", "$"),
    ],
)
def test_settings_with_a_fault_are_refused_by_name(tmp_path: Path, line: str, path: str) -> None:
    (tmp_path / "signer.toml").write_text(f"{line}\n{CONFIG.replace('port = 0', '')}")
    with pytest.raises(InputError) as caught:
        config.load(tmp_path / "signer.toml")
    assert caught.value.code == "signer_config_invalid" and caught.value.problems[0].path == path


@pytest.mark.parametrize(
    ("was", "becomes", "path"),
    [
        ("[oidc]", "[oidx]", "$"),
        ('jwks = "jwks.json"', 'jwks = "j"\njwks_url = "http://idp.region.test/jwks"', "$.oidc.jwks_url"),
        ('jwks = "jwks.json"', 'jwks = "j"\njwks_url = "http://127.0.0.1.evil.test/jwks"', "$.oidc.jwks_url"),
        ('jwks = "jwks.json"', 'jwks = "j"\nalgorithms = ["HS256"]', "$"),
        ('jwks = "jwks.json"', 'jwks = "j"\nalgorithms = ["none"]', "$"),
        ('clients = ["journal-1"]', "clients = []", "$"),
        ("[local]", "[local]\nopen_after_minutes = 5", "$.local.open_after_minutes"),
        ("[local]", '[tls]\ncertificate = "c"\nkey = "k"\nclient_ca = "ca"', "$.tls.systems"),
    ],
)
def test_settings_that_would_let_anybody_in_are_refused(tmp_path: Path, was: str, becomes: str, path: str) -> None:
    (tmp_path / "signer.toml").write_text(CONFIG.replace(was, becomes))
    with pytest.raises(InputError) as caught:
        config.load(tmp_path / "signer.toml")
    assert caught.value.problems[0].path == path


def test_an_authority_for_the_providers_certificate_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "signer.toml").write_text(CONFIG.replace('jwks = "jwks.json"', 'jwks = "jwks.json"\njwks_ca = "nope.pem"'))
    settings = config.load(tmp_path / "signer.toml")
    assert settings.oidc is not None
    with pytest.raises(SetupError) as caught:
        IdentityProvider(settings.oidc, tmp_path / "jwks.json", settings.path(settings.oidc.jwks_ca))
    assert caught.value.code == "signer_tls" and "nope.pem" in caught.value.detail


def test_the_settings_of_the_tests_are_right(tmp_path: Path) -> None:
    (tmp_path / "signer.toml").write_text(CONFIG)
    settings = config.load(tmp_path / "signer.toml")
    assert settings.oidc is not None and settings.oidc.prescriber_claims == ("employeeHsaId",)
    assert settings.path("site") == tmp_path / "site"
