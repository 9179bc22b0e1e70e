"""The client of a signing service (dpr.adapters.signer_http): it signs, and whatever else answers is named."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dpr.adapters.signer_http import Access, HttpSigner
from dpr.apps.signers import open_signer
from dpr.core.errors import DprError, SetupError
from dpr.flows.prescribe import prescribe
from tests.signer.certificates import Authority
from tests.signer.rig import ANNA, CONFIG, KARIN, Rig, token
from tests.world import DAY, NOW, ONE_ITEM, World


def token_file(folder: Path, written: str) -> Path:
    path = folder / "token.txt"
    path.write_text(written + "\n")
    return path


async def test_it_is_a_signer_for_the_flow_that_prescribes(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        signer = HttpSigner(rig.url, Access(token=token_file(tmp_path, token())))
        signed = await asyncio.to_thread(
            prescribe, json.dumps(ONE_ITEM).encode(), signer=signer, credential=rig.person().credential,
            trust=rig.world.trust(), now=rig.now, id=bytes(16), policy=rig.world.policy,
        )  # fmt: skip
        assert signed.verdict.prescription.id == bytes(16) and signer.key == rig.signer().key
        assert signer.credential == rig.person().credential


async def test_the_token_is_read_for_every_call(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        signer = HttpSigner(rig.url + "/", Access(token=token_file(tmp_path, token())))
        assert len(await asyncio.to_thread(signer.sign, rig.structure())) == 64
        rig.clock_seconds += timedelta(hours=1).total_seconds()
        with pytest.raises(SetupError) as caught:
            await asyncio.to_thread(signer.sign, rig.structure())
        assert (caught.value.code, caught.value.detail) == ("signer_refused", "login_expired")
        token_file(tmp_path, token(now=int(rig.clock_seconds)))
        assert await asyncio.to_thread(signer.sign, rig.structure())


async def test_a_renewal_at_the_service_is_seen_when_it_says_no(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        signer = HttpSigner(rig.url, Access(token=token_file(tmp_path, token())))
        before = await asyncio.to_thread(lambda: signer.credential)
        ended = rig.person().valid_until
        rig.clock_seconds = ended + 1
        token_file(tmp_path, token(now=int(rig.clock_seconds)))
        old = rig.structure()
        rig.enrol(KARIN, valid_from=ended, valid_until=ended + 90 * DAY)
        rig.running_service.reload()
        with pytest.raises(SetupError) as caught:
            await asyncio.to_thread(signer.sign, old)
        assert caught.value.detail == "sign_credential_other"
        assert await asyncio.to_thread(lambda: signer.credential) == rig.person().credential != before


async def test_without_a_file_with_a_log_in_it_is_said_which_one_is_missing(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        with pytest.raises(SetupError) as caught:
            await asyncio.to_thread(HttpSigner(rig.url, Access()).sign, rig.structure())
        assert (caught.value.code, caught.value.detail) == ("signer_token_not_set", "DPR_TOKEN_FILE")


@pytest.mark.parametrize("embed", [True, False])
def test_a_prescription_is_signed_once_with_and_without_its_credential(embed: bool) -> None:
    world, signed = World(), []

    class Counting:
        key = world.prescriber.key

        def sign(self, data: bytes) -> bytes:
            signed.append(data)
            return world.prescriber.sign(data)

    made = prescribe(
        json.dumps(ONE_ITEM).encode(), signer=Counting(), credential=world.credential(), trust=world.trust(),
        now=datetime.fromtimestamp(NOW, UTC), id=bytes(16), policy=world.policy, embed=embed,
    )  # fmt: skip
    assert len(signed) == 1 and made.verdict.prescription.id == bytes(16)
    assert (world.credential() in made.document) is embed


async def test_the_services_no_comes_with_its_code(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        signer = HttpSigner(rig.url, Access(token=token_file(tmp_path, token())))
        for data, code in ((rig.structure(ANNA), "sign_credential_other"), (b"x", "sign_structure")):
            with pytest.raises(SetupError) as caught:
                await asyncio.to_thread(signer.sign, data)
            assert (caught.value.code, caught.value.detail) == ("signer_refused", code)


async def test_certificates_are_as_the_environment_says(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.issue("server")
    certificate, key = authority.issue("journal", cn="journal")
    tls = '[tls]\ncertificate = "server.pem"\nkey = "server.key"\nclient_ca = "ca.pem"\nsystems = {journal = ["journal-1"]}\n'
    async with Rig(tmp_path, config=CONFIG + tls) as rig:
        environment = {
            "DPR_TOKEN_FILE": str(token_file(tmp_path, token())),
            "DPR_TLS_CA": str(authority.path),
            "DPR_TLS_CERT": str(certificate),
            "DPR_TLS_KEY": str(key),
        }
        signer = HttpSigner(rig.url, Access.of(environment))
        assert await asyncio.to_thread(signer.sign, rig.structure())
        for missing in ("DPR_TLS_CA", "DPR_TLS_CERT"):
            less = Access.of({name: value for name, value in environment.items() if name != missing})
            with pytest.raises(SetupError) as caught:
                await asyncio.to_thread(HttpSigner(rig.url, less).sign, b"")
            assert caught.value.code == "signer_unreachable"
        certificate.write_text("torn")
        with pytest.raises(SetupError) as caught:
            HttpSigner(rig.url, Access.of(environment))
        assert caught.value.code == "signer_tls"


@pytest.mark.parametrize(
    "address",
    [
        "http://signer.region.test/",
        "http://127.0.0.1.evil.test/",
        "https://user:secret@signer.test/",
        "https://",
        "https://x:y/",
        "https://signer.test/?token=1",
        "http://[",
    ],
)
def test_an_address_where_a_token_could_be_read_on_the_way_is_refused(address: str) -> None:
    with pytest.raises(SetupError) as caught:
        HttpSigner(address, Access())
    assert caught.value.code == "signer_address_unsafe" and "secret" not in str(caught.value)


def test_a_key_reference_may_be_an_address() -> None:
    signer = open_signer("http://127.0.0.1:1/")
    assert isinstance(signer, HttpSigner)
    with pytest.raises(SetupError) as caught:
        _ = signer.key
    assert caught.value.code == "signer_unreachable"


@pytest.mark.parametrize("content", ["", "a b", "a\nb", "å", "x" * 17_000])
def test_a_file_that_is_no_token_is_named(tmp_path: Path, content: str) -> None:
    signer = HttpSigner("http://127.0.0.1:1", Access(token=token_file(tmp_path, content)))
    with pytest.raises(SetupError) as caught:
        signer.sign(b"")
    assert caught.value.code == "signer_token_file" and "a b" not in caught.value.detail.removeprefix(str(tmp_path))


ME = json.dumps({"credential": "0oQ="}).encode()
ANSWERS = {
    "sign-in page": (200, {"Content-Type": "text/html"}, b"<html>Sign in</html>"),
    "redirect": (302, {"Location": "http://evil.invalid/"}, b""),
    "empty": (200, {}, b""),
    "a list": (200, {}, b"[]"),
    "deep": (200, {}, b"[" * 100_000),
    "another object": (200, {}, b'{"credential": 1}'),
    "no credential": (200, {}, ME),
    "too much": (200, {}, b" " * 300_000),
    "length that lies": (200, {"Content-Length": "5000"}, b"short"),
    "teapot": (418, {}, b"I am"),
    "no with a code that is none": (403, {}, b'{"code": "<script>"}'),
    "no with a number": (500, {}, b'{"code": 1}'),
}


@pytest.fixture(params=ANSWERS)
def portal(request: pytest.FixtureRequest) -> Iterator[str]:
    """Something that is no signing service."""
    status, headers, body = ANSWERS[request.param]

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

        do_POST = do_GET

        def log_message(self, format: str, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_what_is_no_signing_service_is_no_answer(portal: str) -> None:
    signer = HttpSigner(portal, Access())
    for act in (lambda: signer.key, lambda: signer.sign(b"x")):
        with pytest.raises(DprError) as caught:
            act()
        assert caught.value.code == "signer_unreachable"


def test_a_signature_that_is_not_the_keys_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    signer, world = HttpSigner("http://127.0.0.1:1", Access()), World(now=NOW)
    signer.__dict__["credential"] = world.credential()
    for wrong in (bytes(64), b"", world.pharmacist.sign(b"data")):
        monkeypatch.setattr(signer, "_call", lambda *_, answer=wrong: answer)
        with pytest.raises(SetupError) as caught:
            signer.sign(b"data")
        assert caught.value.code == "signer_unreachable"
    monkeypatch.setattr(signer, "_call", lambda *_: world.prescriber.sign(b"data"))
    assert signer.sign(b"data")
