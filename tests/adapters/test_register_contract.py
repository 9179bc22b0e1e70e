"""One suite for every `dpr.ports.Register`: in memory, and over HTTP to the reference register on a real port.

Then what only a network can do: whatever a server answers, exactly the errors come out that the port names.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import logging
import re
import socket
import threading
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.web
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dpr.adapters.register_http import HttpRegister
from dpr.apps.register import create_app
from dpr.core import fhir
from dpr.core.dispensing import Collector, Dispensing, IdentityCheck
from dpr.core.errors import RegisterError, SetupError
from dpr.ports import Call, Register, Rejected, Silent, Unreachable
from tests import strategies
from tests.fakes.register_memory import MemoryRegister
from tests.world import GLN, NOW, ONE_ITEM, PHYSICIAN, World

PERSONNUMMER = "http://electronichealth.se/identifier/personnummer"
TOLVAN, OTHER = (PERSONNUMMER, "191212121212"), (PERSONNUMMER, "195711212893")
CALL = Call("ab12cd34", GLN, None, "request-1")
WORLD = World()


# --- the two of them ----------------------------------------------------------------------------------------------------


class InMemory:
    """The fake."""

    def __init__(self) -> None:
        self.register = MemoryRegister()
        self.unknown = TOLVAN

    async def misbehave(self, what: str) -> None:
        self.register.plan = [what]

    async def settle(self) -> None:
        self.register.settle()

    async def forget_patients(self) -> None:
        self.register.patients = False

    @contextlib.asynccontextmanager
    async def refusing(self) -> AsyncIterator[None]:
        self.register.plan = ["reject"]
        yield

    async def disconnect(self) -> Register:
        self.register.up = False
        return self.register


#: What the fake calls a fault → what the reference register is told.
FAULTS: dict[str, dict[str, Any]] = {
    "drop": {"fault": "drop_reply", "times": 1, "method": "POST"},
    "silent": {"fault": "down", "times": 1, "method": "POST"},
    "late": {"fault": "late_commit", "seconds": 0.2, "times": 1, "method": "POST"},
}


class OverHttp:
    """The adapter, on the reference register. `misbehave` tells it by PUT /_rehearsal, as anybody can."""

    def __init__(self, url: str, register: HttpRegister) -> None:
        self.url, self.register = url, register
        self.unknown = ("urn:oid:1.2.752.97.3.1.3", "992004391013")

    async def tell(self, **fault: Any) -> None:
        async with aiohttp.ClientSession() as session, session.put(f"{self.url}/_rehearsal", json=fault) as answer:
            assert answer.status == 200

    async def misbehave(self, what: str) -> None:
        await self.tell(**FAULTS[what])

    async def settle(self) -> None:
        await asyncio.sleep(0.4)

    async def forget_patients(self) -> None:
        """It knows no reserve numbers."""

    @contextlib.asynccontextmanager
    async def refusing(self) -> AsyncIterator[None]:
        yield

    async def disconnect(self) -> Register:
        self.register._base = f"http://127.0.0.1:{free_port()}"
        return self.register


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextlib.asynccontextmanager
async def over_http(database: Path, *, timeout_seconds: float = 5) -> AsyncIterator[OverHttp]:
    app = create_app(database, lambda: datetime.fromtimestamp(NOW, UTC))
    runner = aiohttp.web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with HttpRegister(url + "/", timeout_seconds=timeout_seconds) as register:
            yield OverHttp(url, register)
    finally:
        await runner.cleanup()


Either = InMemory | OverHttp


@pytest.fixture(params=["memory", "http"])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Either]:
    if request.param == "memory":
        yield InMemory()
    else:
        async with over_http(tmp_path / "register.db") as started:
            yield started


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[OverHttp]:
    async with over_http(tmp_path / "register.db", timeout_seconds=1) as started:
        yield started


async def patient(register: Register, identifier: tuple[str, str] = TOLVAN) -> str:
    reference = await register.patient_reference(*identifier, CALL)
    assert reference is not None
    return reference


async def item(register: Register, *, of: tuple[str, str] = TOLVAN, dosage: str = "1 tablett") -> tuple[dict[str, Any], Call]:
    """A prescription's item, and the call that registers it."""
    written = ONE_ITEM | {"items": [ONE_ITEM["items"][0] | {"dosage": dosage}]}
    reference = await patient(register, of)
    resource = fhir.medication_request(WORLD.prescription(written), 1, PHYSICIAN, patient_reference=reference)
    return resource, CALL._replace(patient_reference=reference)


def identifier_of(resource: dict[str, Any]) -> tuple[str, str]:
    [identifier] = resource["identifier"]
    return identifier["system"], identifier["value"]


async def found(register: Register, resource: dict[str, Any]) -> list[dict[str, Any]]:
    return await register.find(resource["resourceType"], *identifier_of(resource), CALL)


# --- the contract -------------------------------------------------------------------------------------------------------


async def test_it_says_that_it_is_there(either: Either) -> None:
    assert await either.register.reachable() is True


async def test_what_is_created_is_found_by_its_identifier_as_it_was_sent(either: Either) -> None:
    resource, call = await item(either.register)
    assert await found(either.register, resource) == []
    id = await either.register.create(resource, call)
    [one] = await found(either.register, resource)
    assert one["id"] == id
    assert {name: one[name] for name in resource if name != "meta"} == {n: v for n, v in resource.items() if n != "meta"}
    assert await either.register.find("MedicationDispense", *identifier_of(resource), CALL) == []


async def test_the_same_resource_twice_is_two_and_both_are_found(either: Either) -> None:
    resource, call = await item(either.register)
    ids = {await either.register.create(resource, call) for _ in range(2)}
    assert {one["id"] for one in await found(either.register, resource)} == ids
    assert len(ids) == 2


async def test_a_patient_has_one_reference_that_holds_no_number(either: Either) -> None:
    first = await patient(either.register)
    assert re.fullmatch(r"Patient/[A-Za-z0-9.-]{1,64}", first)
    assert await patient(either.register) == first
    assert await patient(either.register, OTHER) != first
    assert "191212121212" not in first


async def test_a_patient_whom_it_does_not_know_is_none(either: Either) -> None:
    await either.forget_patients()
    assert await either.register.patient_reference(*either.unknown, CALL) is None


async def test_a_patients_prescriptions_are_theirs_alone_and_no_dispensings(either: Either) -> None:
    register = either.register
    mine = [await item(register), await item(register, dosage="2 tabletter")]
    theirs = await item(register, of=OTHER)
    ids = [await register.create(*one) for one in (*mine, theirs)]
    await register.create(await dispensing_of(register, ids[0]), mine[0][1])
    call = mine[0][1]
    assert call.patient_reference is not None
    listed = await register.prescriptions_of(call.patient_reference, call)
    assert sorted(one["id"] for one in listed) == sorted(ids[:2])
    assert {one["resourceType"] for one in listed} == {"MedicationRequest"}


async def dispensing_of(register: Register, request_id: str) -> dict[str, Any]:
    value = Dispensing(
        prescription_id=WORLD.prescription().id,
        prescription_digest=bytes(32),
        item=1,
        number=1,
        of=3,
        npl_pack_id="20040131100274",
        product_text="Enalapril Test",
        packages=1,
        handed_over_at=NOW - 30,
        pharmacist=b"credential",
        collector=Collector.PATIENT,
        identity_check=IdentityCheck.ID_CARD,
        checks=(),
    )
    return fhir.medication_dispense(bytes(16), value, request_id=request_id, patient_reference=await patient(register))


async def test_a_dispensing_is_created_and_found_by_the_id_of_its_record(either: Either) -> None:
    register = either.register
    resource, call = await item(register)
    dispense = await dispensing_of(register, await register.create(resource, call))
    id = await register.create(dispense, call)
    [one] = await found(register, dispense)
    assert (one["id"], one["whenHandedOver"]) == (id, dispense["whenHandedOver"])


async def test_a_no_comes_with_the_registers_words_and_keeps_nothing(either: Either) -> None:
    resource, call = await item(either.register)
    resource["contained"][0]["identifier"] = [{"system": "urn:none", "value": "1"}]
    async with either.refusing():
        with pytest.raises(Rejected) as caught:
            await either.register.create(resource, call)
    assert caught.value.code == "register_rejected"
    assert caught.value.status == 422
    assert "F.001" in caught.value.words and "örskrivarkod saknas" in caught.value.words
    assert "191212121212" not in f"{caught.value.words}{caught.value}"
    assert await found(either.register, resource) == []


@pytest.mark.parametrize(("what", "at_once", "later"), [("drop", 1, 1), ("silent", 0, 0), ("late", 0, 1)])
async def test_silence_says_nothing_of_what_became_of_it(either: Either, what: str, at_once: int, later: int) -> None:
    resource, call = await item(either.register)
    await either.misbehave(what)
    with pytest.raises(Silent) as caught:
        await either.register.create(resource, call)
    assert caught.value.code == "register_silent"
    assert len(await found(either.register, resource)) == at_once
    await either.settle()
    assert len(await found(either.register, resource)) == later


async def test_where_there_is_no_connection_every_call_says_unreachable(either: Either) -> None:
    resource, call = await item(either.register)
    register = await either.disconnect()
    assert await register.reachable() is False
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: register.create(resource, call),
        lambda: found(register, resource),
        lambda: register.patient_reference(*TOLVAN, CALL),
        lambda: register.prescriptions_of("Patient/7", CALL),
    ]
    for one in calls:
        with pytest.raises(Unreachable) as caught:
            await one()
        assert caught.value.code == "register_unreachable"


# --- the reference register misbehaving ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
async def test_a_busy_register_is_silent(http: OverHttp, status: int) -> None:
    resource, call = await item(http.register)
    await http.tell(fault="error", status=status)
    for one in (http.register.create(resource, call), found(http.register, resource)):
        with pytest.raises(Silent, match=f"HTTP {status}"):
            await one
    assert await http.register.reachable() is False
    await http.tell(fault="none")
    assert await found(http.register, resource) == []


@pytest.mark.parametrize("status", [400, 404, 409, 410, 422])
async def test_a_refusal_is_a_no(http: OverHttp, status: int) -> None:
    resource, call = await item(http.register)
    await http.tell(fault="error", status=status)
    for one in (http.register.create(resource, call), found(http.register, resource)):
        with pytest.raises(Rejected) as caught:
            await one
        assert caught.value.status == status
        assert "vning" in caught.value.words


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_is_not_taken_leaves_every_row_in_the_queue(http: OverHttp, status: int) -> None:
    resource, call = await item(http.register)
    await http.tell(fault="error", status=status)
    with pytest.raises(Unreachable, match="DPR_REGISTER_TOKEN"):
        await http.register.create(resource, call)


async def test_a_register_that_is_down_after_accepting_is_silent_to_readers_too(http: OverHttp) -> None:
    await http.tell(fault="down")
    assert await http.register.reachable() is False
    for one in (http.register.patient_reference(*TOLVAN, CALL), http.register.prescriptions_of("Patient/7", CALL)):
        with pytest.raises(Silent):
            await one


async def test_a_register_that_is_too_slow_is_silent_and_may_have_committed(http: OverHttp) -> None:
    resource, call = await item(http.register)
    await http.tell(fault="slow", seconds=1.3, times=1)
    with pytest.raises(Silent, match="TimeoutError"):
        await http.register.create(resource, call)
    await asyncio.sleep(0.5)
    assert len(await found(http.register, resource)) <= 1  # both may be: that is why it is read back


async def test_a_slow_register_within_the_time_is_waited_for(http: OverHttp) -> None:
    await http.tell(fault="slow", seconds=0.3, times=1)
    assert await patient(http.register)


# --- any server -----------------------------------------------------------------------------------------------------------


class RawServer:
    """Answers every connection with the same bytes, whatever they are, then closes; keeps what it was sent."""

    def __init__(self) -> None:
        self.answer = b""
        self.endless = False
        self.got: list[bytes] = []
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(2)
                self.got.append(self._request(connection))
                connection.sendall(self.answer)
                while self.endless:
                    connection.sendall(b"x" * 65_536)

    @staticmethod
    def _request(connection: socket.socket) -> bytes:
        got = b""
        while b"\r\n\r\n" not in got:
            more = connection.recv(65_536)
            if not more:
                return got
            got += more
        head, _, body = got.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while length and len(body) < int(length[1]):
            body += connection.recv(65_536)
        return head + b"\r\n\r\n" + body


@pytest.fixture(scope="module")
def raw() -> Iterator[RawServer]:
    server = RawServer()
    yield server
    server.socket.close()


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def http_answer(body: bytes | Any, status: int = 200, **headers: str) -> bytes:
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Reason", f"Content-Length: {len(body)}", "Content-Type: application/fhir+json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def request_resource() -> dict[str, Any]:
    return fhir.medication_request(WORLD.prescription(), 1, PHYSICIAN, patient_reference="Patient/7")


RESOURCE = request_resource()
IDENTIFIER = identifier_of(RESOURCE)


async def ask(url: str, what: str, *, timeout_seconds: float = 2) -> Any:
    async with HttpRegister(url, timeout_seconds=timeout_seconds) as register:
        match what:
            case "create":
                return await register.create(RESOURCE, CALL)
            case "find":
                return await register.find("MedicationRequest", *IDENTIFIER, CALL)
            case "patient":
                return await register.patient_reference(*TOLVAN, CALL)
            case "list":
                return await register.prescriptions_of("Patient/7", CALL)
            case _:
                return await register.reachable()


CALLS = ("create", "find", "patient", "list", "reachable")


def asked(loop: asyncio.Runner, raw: RawServer, what: str, answer: bytes) -> Any:
    """What came out: a value of the right kind, or one of the three errors."""
    raw.answer = answer
    raw.got.clear()
    try:
        value = loop.run(ask(raw.url, what))
    except RegisterError as error:
        assert what != "reachable"
        assert type(error) in (Silent, Rejected, Unreachable)
        if isinstance(error, Rejected):
            assert error.words and error.words.isprintable() and len(error.words) <= 1000
        return error
    assert is_good(what, value), value
    return value


def is_good(what: str, value: Any) -> bool:
    id = r"[A-Za-z0-9.-]{1,64}"
    match what:
        case "create":
            return isinstance(value, str) and re.fullmatch(id, value) is not None
        case "patient":
            return value is None or re.fullmatch("Patient/" + id, value) is not None
        case "reachable":
            return type(value) is bool
        case _:
            return all(one["resourceType"] == "MedicationRequest" and re.fullmatch(id, one["id"]) for one in value)


fuzzing = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_header_values = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=40)
_header_names = st.sampled_from(
    ["Location", "Content-Encoding", "Transfer-Encoding", "Content-Length", "Set-Cookie", "Connection", "Content-Type", "X"]
) | st.from_regex(r"[A-Za-z-]{1,12}", fullmatch=True)
_encodings = st.sampled_from(["gzip", "deflate", "br", "zstd", "chunked", "identity", "gzip, gzip", "x"])
_locations = st.sampled_from(
    ["/MedicationRequest/1", "MedicationRequest/1/_history/2", "/Patient/1", "/MedicationRequest/", "//", "http://[", "/../1"]
)
heads = st.lists(st.tuples(_header_names, _header_values | _encodings | _locations), max_size=4)


@fuzzing
@given(what=st.sampled_from(CALLS), answer=st.binary(max_size=300))
def test_any_bytes_give_one_of_the_three_errors(raw: RawServer, loop: asyncio.Runner, what: str, answer: bytes) -> None:
    asked(loop, raw, what, answer)


@fuzzing
@given(what=st.sampled_from(CALLS), status=st.integers(100, 999), head=heads, body=st.binary(max_size=200))
def test_any_http_answer_gives_a_good_value_or_one_of_the_three_errors(
    raw: RawServer, loop: asyncio.Runner, what: str, status: int, head: list[tuple[str, str]], body: bytes
) -> None:
    lines = [f"HTTP/1.1 {status} R", *(f"{name}: {value}" for name, value in head)]
    asked(loop, raw, what, "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


_bundles = st.builds(
    lambda resource, more: {"resourceType": "Bundle", "entry": [{"resource": resource}, *more]},
    strategies.json_values
    | st.builds(lambda id: {"resourceType": "MedicationRequest", "id": id}, strategies.json_values)
    | st.builds(lambda one: {"resourceType": "OperationOutcome", "issue": one}, strategies.json_values),
    st.lists(strategies.json_values, max_size=2),
)
_outcomes = st.builds(
    lambda text, code: {"resourceType": "OperationOutcome", "issue": [{"diagnostics": text, "code": code}]},
    strategies.json_values,
    strategies.json_values,
)


@fuzzing
@given(
    what=st.sampled_from(CALLS),
    status=st.sampled_from([200, 201, 400, 404, 409, 422]),
    body=strategies.json_values | _bundles | _outcomes | st.builds(lambda one: {"issue": one}, strategies.json_values),
)
def test_any_json_gives_a_good_value_or_one_of_the_three_errors(
    raw: RawServer, loop: asyncio.Runner, what: str, status: int, body: Any
) -> None:
    came = asked(loop, raw, what, http_answer(body, status, Location="/MedicationRequest/77"))
    if what == "create":
        assert came == "77" if status in (200, 201) else isinstance(came, RegisterError)
        assert isinstance(came, Rejected) or status not in (409, 422)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>sign in</html>",
        b"{}",
        b"[]",
        b"null",
        b'{"resourceType": "OperationOutcome"}',
        b'{"resourceType": "Bundle", "entry": [{}]}',
        b'{"resourceType": "Bundle", "entry": [{"resource": null}]}',
        b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "MedicationRequest"}}]}',
        b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "MedicationRequest", "id": "\\ud800"}}]}',
        b"[" * 100_000,
        b'{"resourceType": "Bundle", "entry": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"resourceType": "Bundle"',
        b'{"resourceType": "Bundle", "total": ' + b"9" * 5000 + b"}",
        b"\xff\xfe{}",
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)
def test_what_is_no_searchset_is_silence_and_never_nothing_found(raw: RawServer, loop: asyncio.Runner, body: bytes) -> None:
    for what in ("find", "patient", "list"):
        if what == "patient" and b"MedicationRequest" in body:
            continue
        assert isinstance(asked(loop, raw, what, http_answer(body)), Silent)


def test_an_empty_searchset_is_nothing_found(raw: RawServer, loop: asyncio.Runner) -> None:
    empty = http_answer({"resourceType": "Bundle", "type": "searchset", "total": 0})
    assert [asked(loop, raw, what, empty) for what in ("find", "patient", "list")] == [[], None, []]


def searchset(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources], **more}


def test_a_remark_of_the_register_among_the_hits_is_no_hit(raw: RawServer, loop: asyncio.Runner) -> None:
    remark = {"resourceType": "OperationOutcome", "issue": []}
    mine = RESOURCE | {"id": "9"}
    assert asked(loop, raw, "find", http_answer(searchset(mine, remark))) == [mine]


def test_a_register_that_ignores_what_was_asked_for_is_silent(raw: RawServer, loop: asyncio.Runner) -> None:
    """FHIR lets a server ignore a search parameter; everybody's prescriptions are not ours."""
    other = RESOURCE | {"id": "9", "identifier": [{"system": IDENTIFIER[0], "value": "another"}]}
    for hits in ((other,), (RESOURCE | {"id": "8"}, other), (RESOURCE | {"id": "8", "identifier": []},)):
        assert isinstance(asked(loop, raw, "find", http_answer(searchset(*hits))), Silent)


def test_two_patients_with_one_number_are_none_to_write_to(raw: RawServer, loop: asyncio.Runner) -> None:
    named = {"resourceType": "Patient", "identifier": [{"system": TOLVAN[0], "value": TOLVAN[1]}]}
    patients = [named | {"id": id} for id in ("1", "2", "1")]
    assert asked(loop, raw, "patient", http_answer(searchset(*patients))) is None
    assert asked(loop, raw, "patient", http_answer(searchset(patients[0], patients[2]))) == "Patient/1"


@pytest.mark.parametrize(
    "location",
    [
        None,
        "",
        "/",
        "1",
        "/Patient/1",
        "/MedicationRequest",
        "/MedicationRequest/",
        "/MedicationRequest/a b",
        "/MedicationRequest/1?x=1",
        "/MedicationRequest/%31",
        "/MedicationRequest/å",
        "/MedicationRequest/" + "9" * 65,
        "/MedicationRequest/1/extra",
    ],
)
def test_a_created_resource_whose_id_is_not_told_is_silence(raw: RawServer, loop: asyncio.Runner, location: str | None) -> None:
    headers = {} if location is None else {"Location": location}
    assert isinstance(asked(loop, raw, "create", http_answer(b"", 201, **headers)), Silent)


@pytest.mark.parametrize(
    ("location", "id"),
    [
        ("/MedicationRequest/1", "1"),
        ("MedicationRequest/1", "1"),
        ("https://nll.example/fhir/MedicationRequest/e7f6b355-ae56-46d5-a5c2-699fd5eed8ef/_history/1", None),
        ("/fhir/MedicationRequest/7.b/", "7.b"),
    ],
)
def test_the_id_is_taken_from_the_location(raw: RawServer, loop: asyncio.Runner, location: str, id: str | None) -> None:
    for status in (200, 201):
        came = asked(loop, raw, "create", http_answer(b"", status, Location=location))
        assert came == (id or "e7f6b355-ae56-46d5-a5c2-699fd5eed8ef")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_no_answer(raw: RawServer, loop: asyncio.Runner, status: int) -> None:
    answer = http_answer(b"", status, Location=f"{raw.url}/MedicationRequest/1")
    for what in ("create", "find", "patient", "list"):
        assert isinstance(asked(loop, raw, what, answer), Silent)
        assert len(raw.got) == 1
    assert asked(loop, raw, "reachable", answer) is False


@pytest.mark.parametrize("status", [201, 202, 203, 206, 226])
def test_a_search_that_is_answered_with_less_than_200_ok_is_silence(raw: RawServer, loop: asyncio.Runner, status: int) -> None:
    for what in ("find", "patient", "list"):
        assert isinstance(asked(loop, raw, what, http_answer(searchset(), status)), Silent)


def test_no_cookie_is_kept(raw: RawServer, loop: asyncio.Runner) -> None:
    raw.answer = http_answer(searchset(), Set_Cookie="patient=191212121212")
    raw.got.clear()

    async def twice() -> None:
        async with HttpRegister(raw.url.replace("127.0.0.1", "localhost"), timeout_seconds=2) as register:
            for _ in range(2):
                await register.prescriptions_of("Patient/7", CALL)

    loop.run(twice())
    assert len(raw.got) == 2
    assert not any(b"cookie" in one.lower() for one in raw.got)


@pytest.mark.parametrize("status", [200, 400, 401, 403])
def test_a_register_that_wants_more_of_us_is_there(raw: RawServer, loop: asyncio.Runner, status: int) -> None:
    assert asked(loop, raw, "reachable", http_answer(b"", status)) is True


@pytest.mark.parametrize("status", [204, 404, 500, 503])
def test_what_is_no_register_is_not_there(raw: RawServer, loop: asyncio.Runner, status: int) -> None:
    assert asked(loop, raw, "reachable", http_answer(b"", status)) is False


def test_a_huge_answer_is_silence_and_is_not_read_to_its_end(raw: RawServer, loop: asyncio.Runner) -> None:
    raw.endless = True
    try:
        for what in ("create", "find"):
            came = asked(loop, raw, what, b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n\r\n")
            assert isinstance(came, Silent) and came.detail == "the answer is too large"
    finally:
        raw.endless = False


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_small_answer_that_unpacks_to_a_huge_one_is_silence(raw: RawServer, loop: asyncio.Runner, encoding: str) -> None:
    pack = {"gzip": gzip.compress, "deflate": zlib.compress}[encoding]
    came = asked(loop, raw, "find", http_answer(pack(b" " * 50_000_000), Content_Encoding=encoding))
    assert isinstance(came, Silent) and came.detail == "the answer is too large"


def test_a_server_that_answers_before_it_listens_is_silence(raw: RawServer, loop: asyncio.Runner) -> None:
    assert isinstance(asked(loop, raw, "create", b""), Silent)
    assert isinstance(asked(loop, raw, "create", http_answer(b"x" * 10)[:-3]), Silent)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (b"", "no words"),
        (b"<html>", "no words"),
        (b"[]", "no words"),
        (b'{"resourceType": "OperationOutcome", "issue": 5}', "no words"),
        (b'{"resourceType": "OperationOutcome", "issue": [5]}', "no words"),
        ([{"diagnostics": "F.001 kod\n saknas"}, {"details": {"text": "B"}}, {"code": "c"}], "F.001 kod saknas; B; c"),
        ([{"diagnostics": "\u202e\u001b[31m\ud800nej"}], "[31mnej"),
        ([{"details": None, "code": "c"}], "c"),
        ([{"diagnostics": 5}, {"diagnostics": ["x"]}, {"code": {}}], "no words"),
    ],
)
def test_the_words_of_a_refusal_are_one_safe_line(
    raw: RawServer, loop: asyncio.Runner, outcome: bytes | list[dict[str, Any]], words: str
) -> None:
    body = outcome if isinstance(outcome, bytes) else {"resourceType": "OperationOutcome", "issue": outcome}
    came = asked(loop, raw, "create", http_answer(body, 422))
    assert isinstance(came, Rejected)
    assert (came.words, came.status) == (words, 422)


def test_long_words_are_cut(raw: RawServer, loop: asyncio.Runner) -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "å" * 5000}]}
    came = asked(loop, raw, "create", http_answer(outcome, 422))
    assert isinstance(came, Rejected) and came.words == "å" * 1000


def test_a_number_that_may_be_a_persons_is_masked_in_the_words(raw: RawServer, loop: asyncio.Runner) -> None:
    said = "Patienten 191212121212, 121212-1212 och 19121212-1212 finns inte (F.001, 2026-11-21)"
    came = asked(loop, raw, "create", http_answer({"resourceType": "OperationOutcome", "issue": [{"diagnostics": said}]}, 422))
    assert isinstance(came, Rejected)
    assert "1212" not in came.words
    assert "F.001" in came.words and "2026-11-21" in came.words


# --- several pages --------------------------------------------------------------------------------------------------------


class Pages:
    """A register that gives its hits in pages."""

    def __init__(self, count: int, elsewhere: str | None = None) -> None:
        self.count, self.elsewhere = count, elsewhere
        self.tokens: list[str | None] = []

    async def answer(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        number = int(request.query.get("page", "1"))
        self.tokens.append(request.headers.get("authorization"))
        bundle = searchset(RESOURCE | {"id": str(number)})
        if number < self.count:
            base = self.elsewhere or f"http://{request.host}"
            bundle["link"] = [{"relation": "next", "url": f"{base}/MedicationRequest?page={number + 1}"}]
        return aiohttp.web.json_response(bundle)

    @contextlib.asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        app = aiohttp.web.Application()
        app.router.add_get("/MedicationRequest", self.answer)
        runner = aiohttp.web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


async def test_every_page_is_read() -> None:
    pages = Pages(3)
    async with pages.served() as url:
        for what in ("list", "find"):
            assert [one["id"] for one in await ask(url, what)] == ["1", "2", "3"]
    assert set(pages.tokens) == {"Bearer rehearsal"}


async def test_pages_without_end_are_silence() -> None:
    async with Pages(10_000).served() as url:
        with pytest.raises(Silent, match="too many pages"):
            await ask(url, "list")


@pytest.mark.parametrize("elsewhere", ["http://evil.example", "", "file:///etc", "http://127.0.0.1.evil.example:80"])
async def test_a_page_elsewhere_is_not_fetched(elsewhere: str) -> None:
    pages = Pages(2, elsewhere or None)
    async with pages.served() as url:
        if not elsewhere:
            pages.elsewhere = url + ".evil.example"
        with pytest.raises(Silent, match="elsewhere"):
            await ask(url, "list")
    assert len(pages.tokens) == 1


# --- addresses, tokens, logs ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nll",
        "nll.example",
        "ftp://127.0.0.1",
        "http://",
        "http://[",
        "http://127.0.0.1:99999",
        "http://no-such-host.invalid",
        "http://127.0.0.1:0",
    ],
)
async def test_an_address_that_leads_nowhere_is_unreachable(url: str) -> None:
    assert await ask(url, "reachable") is False
    with pytest.raises(Unreachable):
        await ask(url, "create")


@pytest.mark.parametrize("url", ["http://" + "a" * 70 + ".invalid", "http://user:secret@127.0.0.1:1"])
async def test_an_address_that_the_client_cannot_use_is_never_a_traceback(url: str) -> None:
    assert await ask(url, "reachable") is False
    with pytest.raises((Unreachable, Silent)) as caught:
        await ask(url, "create")
    assert "secret" not in str(caught.value)


async def test_a_host_that_does_not_answer_the_door_is_unreachable() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        try:
            with pytest.raises(Unreachable):
                await ask(f"http://127.0.0.1:{full.getsockname()[1]}", "create", timeout_seconds=0.6)
        finally:
            for one in waiting:
                one.close()


async def test_a_host_that_opens_the_door_and_says_nothing_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(Silent):
        await ask(f"http://127.0.0.1:{mute.getsockname()[1]}", "create", timeout_seconds=0.4)


def test_the_token_comes_from_the_environment(raw: RawServer, loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DPR_REGISTER_TOKEN", "abc.def\n")
    asked(loop, raw, "find", http_answer(searchset()))
    assert b"authorization: Bearer abc.def\r\n" in raw.got[0]


@pytest.mark.parametrize("token", ["", " ", "a b", "å", "a\r\nx: y"])
def test_a_token_that_no_header_can_hold_is_named(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DPR_REGISTER_TOKEN", token)
    with pytest.raises(SetupError, match="register_token") as caught:
        HttpRegister("http://127.0.0.1:1", timeout_seconds=1)
    assert not token.strip() or token not in str(caught.value)


def test_a_number_of_a_person_is_in_no_header_and_only_in_the_search_for_it(raw: RawServer, loop: asyncio.Runner) -> None:
    for what in ("patient", "find", "list", "create"):
        asked(loop, raw, what, http_answer(searchset(), Location="/MedicationRequest/1"))
        [got] = raw.got
        line, _, rest = got.partition(b"\r\n")
        assert b"191212121212" not in rest
        assert (b"191212121212" in line) == (what == "patient")
        assert b"application/fhir+json" in rest


def test_nothing_of_an_answer_is_logged_or_kept(
    raw: RawServer, loop: asyncio.Runner, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "191212121212"
    for what in CALLS:
        for answer in (
            http_answer({"issue": [{"diagnostics": secret}]}, 422, Set_Cookie=f"a={secret}; expires=no"),
            http_answer(searchset({"resourceType": secret}), 200, Set_Cookie=f'"{secret}', Location=secret),
            f"HTTP/1.1 200 {secret}\r\n{secret}\r\n\r\n".encode(),
        ):
            came = asked(loop, raw, what, answer)
            assert secret not in (str(came) if isinstance(came, RegisterError) else "")
    records = [record for record in caplog.records if record.name != "asyncio"]
    assert records == []
    assert secret not in caplog.text + "".join(capfd.readouterr())


async def test_it_is_used_within_async_with() -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await HttpRegister("http://127.0.0.1:1", timeout_seconds=1).find("Patient", "a", "b", CALL)
