"""The signing service over HTTP, on a real port: its answers, its limits, and what it keeps to itself."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dpr.apps.signer.server import OPENAPI
from dpr.apps.signer.service import Service
from dpr.core import documents, qr
from dpr.core.codes import CODES
from dpr.core.status import Status
from dpr.core.verify import Accepted, verify
from tests.signer.rig import ANNA, KARIN, SECRETS, Answer, Rig, token
from tests.world import DAY, NOW, ONE_ITEM

DOCUMENT = json.loads(OPENAPI.read_text("utf-8"))
JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with Rig(tmp_path) as running:
        yield running


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def valid(answer: Answer, path: str, method: str = "get") -> Any:
    """The JSON of an answer, which is as the OpenAPI document says."""
    responses = DOCUMENT["paths"][path][method]["responses"]
    found = responses[str(answer.status)]
    if "$ref" in found:
        found = DOCUMENT["components"]["responses"]["Error"]
    schema = found["content"]["application/json"]["schema"] | {"components": DOCUMENT["components"]}
    jsonschema.validate(answer.json, schema)
    return answer.json


# --- signing ------------------------------------------------------------------------------------------------------------


async def test_a_record_systems_prescription_is_signed(rig: Rig) -> None:
    prepared = rig.prepared()
    answer = await rig.sign(prepared.to_be_signed)
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    verdict = verify(prepared.assemble(answer.body), rig.world.trust(), rig.now, policy=rig.world.policy)
    assert isinstance(verdict, Accepted)
    line = rig.lines()[-1]
    assert line["event"] == "signed" and line["prescription"] == verdict.prescription.id.hex()
    assert (line["credential"], line["how"], line["system"]) == (verdict.prescriber.id, "oidc", "journal-1")


async def test_a_draft_becomes_a_prescription(rig: Rig) -> None:
    answer = await rig.prescribe()
    body = valid(answer, "/v1/prescriptions", "post")
    document = base64.b64decode(body["document"])
    assert answer.status == 201 and qr.from_text(body["qr_texts"][0]) == document
    verdict = verify(document, rig.world.trust(), rig.now, policy=rig.world.policy)
    assert isinstance(verdict, Accepted) and verdict.prescription.id.hex() == body["id"]
    assert verdict.prescription.authored_at == NOW and not body["warnings"]


async def test_what_the_pharmacist_will_be_warned_of_is_told(rig: Rig) -> None:
    item = {name: value for name, value in ONE_ITEM["items"][0].items() if not name.startswith("npl")}
    written = ONE_ITEM | {
        "patient": ONE_ITEM["patient"] | {"protected": "sekretessmarkering"},
        "items": [item | {"unlisted": "extempore"}],
    }
    del written["patient"]["name"]
    answer = await rig.prescribe(written)
    assert "protected_identity" in [one["code"] for one in valid(answer, "/v1/prescriptions", "post")["warnings"]], answer
    answer = await rig.sign(rig.structure(written=written))
    assert "protected_identity" in answer.headers["Dpr-Warnings"].split(", ")


async def test_the_same_draft_with_the_same_id_is_one_prescription(rig: Rig) -> None:
    headers = {"Prescription-Id": "0123456789abcdef" * 2}
    first, again = await rig.prescribe(headers=headers), await rig.prescribe(headers=headers)
    assert first.status == 201 and first.body == again.body and first.json["id"] == headers["Prescription-Id"]
    other = await rig.prescribe(ONE_ITEM | {"reason": "other"}, headers=headers)
    assert (other.status, other.code) == (409, "prescription_id_used")
    mine = await rig.prescribe(headers=headers, auth=f"Bearer {token(ANNA)}")
    assert mine.status == 201 and mine.body != first.body
    fresh = {"Prescription-Id": "fedcba9876543210" * 2}
    at_once = await asyncio.gather(*[rig.prescribe(headers=fresh) for _ in range(8)])
    assert {answer.status for answer in at_once} <= {201, 503} and len({one.body for one in at_once if one.status == 201}) == 1
    for form in ("", "12", "g" * 32, "A" * 32):
        wrong = await rig.prescribe(headers={"Prescription-Id": form})
        assert (wrong.status, wrong.code) == (400, "signer_id_form")


async def test_a_draft_that_is_sent_again_while_it_is_being_signed_waits(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    headers, hold, real = {"Prescription-Id": "0123456789abcdef" * 2}, threading.Event(), Service._prescribed
    monkeypatch.setattr(Service, "_prescribed", lambda *arguments: (hold.wait(10), real(*arguments))[1])
    going = asyncio.create_task(rig.prescribe(headers=headers))
    await asyncio.sleep(0.3)
    again = await rig.prescribe(headers=headers)
    hold.set()
    assert (again.status, again.code) == (503, "signer_busy")
    assert (await going).body == (await rig.prescribe(headers=headers)).body
    assert len(rig.lines()) == 2


async def test_a_draft_with_faults_names_every_one(rig: Rig) -> None:
    answer = await rig.prescribe(ONE_ITEM | {"items": [], "kind": "?"})
    assert answer.status == 422
    assert len(valid(answer, "/v1/prescriptions", "post")["problems"]) >= 2
    assert (await rig.call("POST", "/v1/prescriptions", data=b"{", headers=JSON)).code == "json_invalid"


async def test_nobody_signs_with_another_prescribers_key(rig: Rig) -> None:
    for data in (rig.structure(ANNA), rig.prepared(ANNA).to_be_signed):
        answer = await rig.sign(data)
        assert (answer.status, answer.code) == (422, "sign_credential_other")
    assert (await rig.sign(rig.structure(ANNA), auth=f"Bearer {token(ANNA)}")).status == 200
    assert len([line for line in rig.lines() if line["event"] == "signed"]) == 1


async def test_who_i_am(rig: Rig) -> None:
    body = valid(await rig.call("GET", "/v1/me"), "/v1/me")
    credential = documents.open_credential(base64.b64decode(body["credential"]), rig.world.trust()).credential
    assert credential.key == rig.signer().key and credential.id == body["credential_id"]
    assert (body["valid_from"], body["valid_until"]) == (credential.valid_from, credential.valid_until)
    assert (body["how"], body["system"]) == ("oidc", "journal-1")


async def test_who_may_not_sign_is_told_why(rig: Rig) -> None:
    unknown = await rig.sign(rig.structure(), auth=f"Bearer {token('SE2321000016-NOBODY')}")
    assert (unknown.status, unknown.code) == (403, "prescriber_unknown")
    with rig.people.alone() as held:
        held[ANNA].credential = b""
        held[KARIN].disabled = True
        rig.people.keep(held)
    rig.running_service.reload()
    assert (await rig.sign(b"", auth=f"Bearer {token(ANNA)}")).code == "sign_no_credential"
    assert (await rig.sign(b"")).code == "prescriber_unknown"


async def test_a_revocation_counts_as_soon_as_it_is_in_the_sites_folder(rig: Rig) -> None:
    assert (await rig.sign(rig.structure())).status == 200
    rig.status = {7: Status.REVOKED}
    (rig.folder / "site" / "policy.toml").write_text("# changed\n")
    rig.running_service.reload()
    answer = await rig.sign(rig.structure())
    assert (answer.status, answer.code) == (422, "prescription_would_be_refused")


async def test_trust_data_that_cannot_be_read_leaves_what_was_held_in_force(rig: Rig) -> None:
    from dpr.core.errors import DocumentError

    rig.trust_fault = DocumentError("trust_list_threshold")
    (rig.folder / "site" / "policy.toml").write_text("# changed\n")
    rig.running_service.reload()
    assert (await rig.sign(rig.structure())).status == 200
    assert (await rig.call("GET", "/readyz")).json["stale"] == "trust_list_threshold"


async def test_a_renewed_credential_is_used_at_once_and_the_one_before_is_good_while_it_is_in_force(rig: Rig) -> None:
    old, before = rig.structure(), rig.person()
    rig.enrol(KARIN, valid_from=NOW - DAY, valid_until=NOW + 90 * DAY)
    rig.running_service.reload()
    assert rig.person().credential != before.credential
    assert (await rig.sign(old)).status == 200
    me = (await rig.call("GET", "/v1/me")).json
    assert base64.b64decode(me["credential"]) == rig.person().credential
    assert (await rig.sign(rig.structure(written=ONE_ITEM | {"reason": "other"}))).status == 200
    rig.clock_seconds = before.valid_until + 1
    rig.enrol(KARIN, valid_from=NOW, valid_until=before.valid_until + 90 * DAY)
    rig.running_service.reload()
    assert (await rig.sign(rig.prepared(person=before).to_be_signed)).code == "sign_credential_other"


async def test_a_credential_that_begins_tomorrow_does_not_end_todays(rig: Rig) -> None:
    today = rig.person()
    rig.enrol(KARIN, valid_from=NOW + DAY, valid_until=NOW + 400 * DAY)
    rig.running_service.reload()
    assert (await rig.sign(rig.prepared(person=today).to_be_signed)).status == 200
    assert (await rig.prescribe()).status == 201
    me = (await rig.call("GET", "/v1/me")).json
    assert base64.b64decode(me["credential"]) == today.credential
    rig.clock_seconds = NOW + DAY + 1
    me = (await rig.call("GET", "/v1/me")).json
    assert base64.b64decode(me["credential"]) == rig.person().credential != today.credential


# --- who calls ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("auth", "code"),
    [
        (None, "login_needed"),
        ("Bearer", "login_needed"),
        ("Bearer ", "login_needed"),
        ("Basic a2FyaW46eA==", "login_needed"),
        ("Bearer x.y.z", "login_invalid"),
        (f"Bearer {token(exp=NOW - 3600)}", "login_expired"),
        (f"Bearer {token(aud='somebody-else')}", "login_not_for_us"),
        (f"Bearer {token(iss='https://evil.test')}", "login_not_for_us"),
        (f"Bearer {token(azp='evil')}", "login_client"),
    ],
    ids=["none", "no token", "empty", "basic", "garbage", "ended", "audience", "issuer", "client"],
)
async def test_a_call_without_a_right_token_is_refused_everywhere(rig: Rig, auth: str | None, code: str) -> None:
    calls = [rig.sign(rig.structure(), auth=auth), rig.prescribe(auth=auth), rig.call("GET", "/v1/me", auth=auth)]
    for answer in await asyncio.gather(*calls):
        assert (answer.status, answer.code) == (401, code)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert [line["event"] for line in rig.lines()] == ["opened"]


async def test_local_accounts_are_closed_until_they_are_opened(rig: Rig) -> None:
    accounts = rig.accounts
    secret = accounts.create(KARIN)
    tried = [
        await rig.call("POST", path, auth=basic(KARIN, secret), json={"password": "x"})
        for path in ("/v1/local/session", "/v1/local/password")
    ]
    assert {(one.status, one.code) for one in tried} == {(403, "local_closed")}
    accounts.open_until(NOW + 600, "Inloggningen ligger nere")
    first = await rig.call("POST", "/v1/local/session", auth=basic(KARIN, secret))
    assert (first.status, first.code) == (403, "local_password_first")
    chosen = {"password": "hemligt-losenord-kanarie"}
    answer = await rig.call("POST", "/v1/local/password", auth=basic(KARIN, secret), json=chosen)
    assert valid(answer, "/v1/local/password", "post") == {"status": "ok"}
    session = valid(
        await rig.call("POST", "/v1/local/session", auth=basic(KARIN, chosen["password"])), "/v1/local/session", "post"
    )
    auth = f"Bearer {session['token']}"
    assert (await rig.sign(rig.structure(), auth=auth)).status == 200
    assert rig.lines()[-1]["how"] == "local"
    assert (await rig.sign(rig.structure(ANNA), auth=auth)).code == "sign_credential_other"
    rig.clock_seconds += 600
    assert (await rig.sign(rig.structure(), auth=auth)).code == "local_closed"
    accounts.open_until(NOW + 6000, "igen")
    assert (await rig.sign(rig.structure(), auth=auth)).code == "login_expired"  # closing ended the session
    events = [(line["event"], line.get("reason")) for line in rig.lines() if line["event"].startswith("local_accounts")]
    [began] = [line for line in rig.lines() if line["event"] == "local_session"]
    assert began["credential"] == rig.person().id
    opened = ("local_accounts_opened", "Inloggningen ligger nere")
    assert events == [opened, ("local_accounts_closed", None), ("local_accounts_opened", "igen")]


async def test_wrong_passwords_wait(rig: Rig) -> None:
    rig.accounts.open_until(NOW + 600, "test")
    for _ in range(5):
        answer = await rig.call("POST", "/v1/local/session", auth=basic(KARIN, "wrong"))
        assert (answer.status, answer.code) == (401, "local_wrong")
    answer = await rig.call("POST", "/v1/local/session", auth=basic(KARIN, "wrong"))
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (429, "local_wait", "1")
    for auth in ("Basic", "Basic ????", basic("", "x"), basic("x", ""), "Basic " + base64.b64encode(b"\xff:\xff").decode()):
        assert (await rig.call("POST", "/v1/local/session", auth=auth)).code == "local_wrong"


# --- limits -------------------------------------------------------------------------------------------------------------


async def test_a_body_that_is_too_large_is_refused(rig: Rig) -> None:
    for path, kind, size in (
        ("/v1/signatures", "application/cbor", 65_537),
        ("/v1/prescriptions", "application/json", 262_145),
    ):
        answer = await rig.call("POST", path, data=b" " * size, headers={"Content-Type": kind})
        assert (answer.status, answer.code) == (413, "signer_request_too_large")

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 10_000

    answer = await rig.call("POST", "/v1/prescriptions", data=chunks(), headers=JSON)
    assert answer.status == 413


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json"},
        {"Content-Type": "application/cbor", "Content-Encoding": "gzip"},
        {"Content-Type": "application/cbor", "Content-Encoding": "br"},
    ],
)
async def test_a_body_of_another_kind_or_compressed_is_refused(rig: Rig, headers: dict[str, str]) -> None:
    answer = await rig.sign(gzip.compress(rig.structure()), headers=headers)
    assert (answer.status, answer.code) == (415, "signer_request_type")


async def test_whoever_sends_slowly_is_cut_off_and_holds_nobody_up(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    config = tmp_path / "signer.toml"
    config.write_text("read_seconds = 1\n" + config.read_text())
    async with rig:
        host, port = rig.url.removeprefix("http://").split(":")
        head = f"POST /v1/signatures HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token()}\r\n"
        head += "Content-Type: application/cbor\r\nContent-Length: 1000\r\n\r\nabc"
        slow = [await asyncio.open_connection(host, int(port)) for _ in range(60)]
        for number, (_, writer) in enumerate(slow):
            writer.write(head[: -5 - number].encode() if number else head.encode())
        answers = await asyncio.gather(*[rig.sign(rig.structure()) for _ in range(10)])
        assert {answer.status for answer in answers} == {200}
        said = await asyncio.wait_for(asyncio.gather(*[reader.read() for reader, _ in slow], return_exceptions=True), 20)
        assert isinstance(said[0], bytes) and said[0].startswith(b"HTTP/1.1 408")
        assert all(one == b"" or isinstance(one, ConnectionError) for one in said[1:])
        for _, writer in slow:
            writer.close()


async def test_when_too_many_wait_the_next_is_told_to_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    rig, hold = Rig(tmp_path), threading.Event()
    config = tmp_path / "signer.toml"
    config.write_text("workers = 1\nwaiting = 2\n" + config.read_text())
    real = Service.sign
    monkeypatch.setattr(Service, "sign", lambda *arguments: (hold.wait(10), real(*arguments))[1])
    async with rig:
        waiting = [asyncio.create_task(rig.sign(rig.structure())) for _ in range(3)]
        await asyncio.sleep(0.3)
        answer = await rig.sign(rig.structure())
        assert (answer.status, answer.code) == (503, "signer_busy") and answer.headers["Retry-After"]
        assert (await rig.call("GET", "/healthz")).status == 200
        hold.set()
        assert {(await one).status for one in waiting} == {200}


async def test_a_shutdown_lets_what_has_begun_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    rig, real = Rig(tmp_path), Service.sign
    monkeypatch.setattr(Service, "sign", lambda *arguments: (time.sleep(0.5), real(*arguments))[1])
    async with rig:
        going = asyncio.create_task(rig.sign(rig.structure()))
        await asyncio.sleep(0.2)
        await rig.stop()
        assert (await going).status == 200


async def test_unknown_addresses_and_methods_are_answered_in_words(rig: Rig) -> None:
    for method, path, status, code in [
        ("GET", "/", 404, "signer_route_unknown"),
        ("GET", "/v1/../etc/passwd", 404, "signer_route_unknown"),
        ("GET", "/v1/signatures", 405, "signer_method"),
        ("DELETE", "/v1/me", 405, "signer_method"),
    ]:
        answer = await rig.call(method, path)
        assert (answer.status, answer.code) == (status, code)
        assert answer.json["sv"] == CODES[code].sv and answer.headers["Server"] == "dpr"


# --- itself -------------------------------------------------------------------------------------------------------------


async def test_it_says_whether_it_could_sign(rig: Rig) -> None:
    assert valid(await rig.call("GET", "/healthz", auth=None), "/healthz") == {"status": "ok"}
    body = valid(await rig.call("GET", "/readyz", auth=None), "/readyz")
    assert body["ready"] and body["prescribers"]["in_force"] == 2
    assert body["log"]["sequence"] == len(rig.lines())


async def test_a_token_that_does_not_answer_is_told(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    from dpr.core.errors import StorageError

    def fails(_: object) -> None:
        raise StorageError("token_failed", "pkcs11:token=secret-place")

    monkeypatch.setattr(rig.store, "labels", lambda: fails(0))
    monkeypatch.setattr(rig.store, "signer", fails)
    answer = await rig.call("GET", "/readyz")
    assert answer.status == 503 and valid(answer, "/readyz")["faults"] == ["token_failed"]
    answer = await rig.prescribe()
    assert (answer.status, answer.code) == (503, "token_failed") and "secret-place" not in str(answer.body)


async def test_a_fault_of_the_program_is_an_answer_without_a_traceback(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("Tolvan Tolvansson")

    monkeypatch.setattr(Service, "sign", fails)
    with caplog.at_level(logging.DEBUG):
        answer = await rig.sign(rig.structure())
    assert (answer.status, answer.code) == (500, "program_fault")
    assert "Tolvan" not in caplog.text and "Tolvan" not in str(answer.body) and "RuntimeError" in caplog.text


async def test_the_interface_is_the_one_that_is_described(rig: Rig) -> None:
    served = (await rig.call("GET", "/v1/openapi.json", auth=None)).json
    assert served == DOCUMENT
    routes = {(route.method.lower(), route.resource.canonical) for route in rig.running.app.router.routes()}
    described = {(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert routes == described
    references = set(json.dumps(DOCUMENT).split('"$ref": "#')[1:])
    for reference in references:
        found: Any = DOCUMENT
        for part in reference.split('"')[0].strip("/").split("/"):
            found = found[part]


async def test_no_name_number_or_content_is_in_a_log_or_an_error(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """The canary: everybody's names, numbers and secrets, through every kind of success and failure."""
    said = []
    with caplog.at_level(logging.DEBUG):
        rig.accounts.open_until(NOW + 600, "test")
        password = "hemligt-losenord-kanarie"
        said.append(await rig.call("POST", "/v1/local/session", auth=basic(KARIN, password)))
        said.append(await rig.call("POST", "/v1/local/password", auth=basic(KARIN, password), json={"password": password}))
        said.append(await rig.call("GET", f"/v1/{KARIN}/191212121212?name=Tolvan"))
        said.append(await rig.sign(rig.structure(ANNA)))
        said.append(await rig.sign(rig.structure(authored_at=NOW - DAY)))
        said.append(await rig.sign(b"Tolvan Tolvansson"))
        for part in ({"items": []}, {"patient": {"personnummer": "191212121213", "name": "Tolvan Tolvansson"}}, {"Tolvan": 1}):
            said.append(await rig.prescribe(ONE_ITEM | part))
        said.append(await rig.prescribe(auth=f"Bearer {token('Tolvan Tolvansson')}"))
        assert all(answer.status >= 400 for answer in said), said
        assert (await rig.sign(rig.structure())).status == 200 and (await rig.prescribe()).status == 201
    logs = caplog.text + "".join(path.read_text() for path in (rig.folder / "log").glob("*.jsonl"))
    errors = "".join(answer.body.decode() for answer in said)
    assert not [secret for secret in SECRETS if secret in logs]
    # "$.Tolvan" is the path of a member that the caller named so; the number is the example in the words of every such fault.
    assert not [secret for secret in SECRETS if secret in errors and secret not in ("Tolvan", "191212121212")], errors
