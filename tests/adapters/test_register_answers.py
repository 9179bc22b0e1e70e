"""What is made of the register's answers: whose hits they are, where the next page is, whom a no concerns, what words say."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp.web
import pytest

from dpr.adapters.register_answers import beneath, no, page_of
from dpr.adapters.register_http import HttpRegister
from dpr.core import fhir
from dpr.ports import Call, Rejected, Silent, Unreachable
from tests.world import GLN, PHYSICIAN, World

PERSONNUMMER = "http://electronichealth.se/identifier/personnummer"
TOLVAN, OTHER = (PERSONNUMMER, "191212121212"), (PERSONNUMMER, "195711212893")
CALL = Call("ab12cd34", GLN, None, "request-1")
RESOURCE = fhir.medication_request(World().prescription(), 1, PHYSICIAN, patient_reference="Patient/7")
AFF = {"system": "http://ehalsomyndigheten.se/fhir/CodeSystem/aff-codes", "code": "F.001", "display": "Kod saknas"}


def searchset(*resources: Any, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources], **more}


def outcome(*issues: Any) -> bytes:
    return json.dumps({"resourceType": "OperationOutcome", "issue": list(issues)}).encode()


class Server:
    """Answers every GET with what `answer` makes of the request and the number of the page; keeps the addresses."""

    def __init__(self, answer: Callable[[str, int], Any], status: int = 200) -> None:
        self.answer, self.status = answer, status
        self.got: list[str] = []

    async def handle(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        self.got.append(request.raw_path)
        body = self.answer(f"http://{request.host}", int(request.query.get("page", "1")))
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return aiohttp.web.Response(body=data, status=self.status, content_type="application/fhir+json")

    @contextlib.asynccontextmanager
    async def register(self, path: str = "/fhir") -> AsyncIterator[HttpRegister]:
        app = aiohttp.web.Application()
        app.router.add_route("*", "/{any:.*}", self.handle)
        runner = aiohttp.web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            async with HttpRegister(f"http://127.0.0.1:{runner.addresses[0][1]}{path}", timeout_seconds=5) as register:
                yield register
        finally:
            await runner.cleanup()


# --- whose they are -----------------------------------------------------------------------------------------------------


def someone(*identifiers: tuple[str, str], id: str = "99") -> dict[str, Any]:
    named = [{"system": system, "value": value} for system, value in identifiers]
    return {"resourceType": "Patient", "id": id, "identifier": named}


@pytest.mark.parametrize(
    "hits",
    [
        [someone(OTHER)],
        [someone(TOLVAN, id="1"), someone(OTHER)],
        [someone()],
        [{"resourceType": "Patient", "id": "99"}],
        [someone(("http://electronichealth.se/identifier/samordningsnummer", TOLVAN[1]))],
        [someone(("urn:oid:1.2.752.129.2.1.3.3", TOLVAN[1]))],
    ],
)
async def test_another_patient_than_the_one_asked_for_is_silence(hits: list[Any]) -> None:
    async with Server(lambda *_: searchset(*hits)).register() as register:
        with pytest.raises(Silent, match="not asked for"):
            await register.patient_reference(*TOLVAN, CALL)


@pytest.mark.parametrize("given", [PERSONNUMMER, "urn:oid:1.2.752.129.2.1.3.1"])
@pytest.mark.parametrize("asked", [PERSONNUMMER, "urn:oid:1.2.752.129.2.1.3.1"])
async def test_the_old_name_of_a_number_system_is_the_same_system(asked: str, given: str) -> None:
    hit = someone(("urn:local", "5"), (given, TOLVAN[1]))
    async with Server(lambda *_: searchset(hit)).register() as register:
        assert await register.patient_reference(asked, TOLVAN[1], CALL) == "Patient/99"


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/8"},
        {"reference": "#patient"},
        {"reference": "Patient/77"},
        {"reference": "https://elsewhere.example/fhir/Patient/7"},
        {"identifier": {"system": TOLVAN[0], "value": TOLVAN[1]}},
        {"reference": ["Patient/7"]},
        "Patient/7",
        None,
    ],
)
async def test_prescriptions_of_another_patient_are_silence(subject: Any) -> None:
    mine, other = RESOURCE | {"id": "8"}, RESOURCE | {"id": "9", "subject": subject}
    for hits in ((other,), (mine, other)):
        async with Server(lambda *_, hits=hits: searchset(*hits)).register() as register:
            with pytest.raises(Silent, match="not asked for"):
                await register.prescriptions_of("Patient/7", CALL)


async def test_the_subject_may_be_named_by_the_whole_address() -> None:
    def answer(origin: str, _: int) -> Any:
        return searchset(RESOURCE | {"id": "8", "subject": {"reference": f"{origin}/fhir/Patient/7"}})

    async with Server(answer).register() as register:
        [one] = await register.prescriptions_of("Patient/7", CALL)
    assert one["id"] == "8"


# --- a no that is not the row's -----------------------------------------------------------------------------------------

NOT_FOUND = {"severity": "error", "code": "not-found", "diagnostics": "nej"}
#: What a proxy, a gateway or another service says.
FOREIGN = [b"", b"<html>nginx", b'{"error": "not found"}', b'{"issue": [{"code": "x"}]}', outcome(), outcome(5), b"[" * 99_999]


@pytest.mark.parametrize("status", [401, 403, 407])
def test_a_no_to_our_token_or_certificate_is_unreachable(status: int) -> None:
    for body in (*FOREIGN, outcome(NOT_FOUND)):
        error = no(status, body)
        assert isinstance(error, Unreachable) and f"HTTP {status}" in error.detail


@pytest.mark.parametrize("status", [404, 405])
def test_an_address_where_there_is_no_such_register_is_unreachable(status: int) -> None:
    for body in (*FOREIGN, outcome({"code": "not-supported"})):
        error = no(status, body)
        assert isinstance(error, Unreachable) and f"HTTP {status}" in error.detail
    assert isinstance(no(status, outcome(NOT_FOUND)), Rejected)


def test_a_bad_request_that_nobody_explains_is_silence() -> None:
    """Proxies answer so to an expired certificate; the register does so with an OperationOutcome."""
    assert all(isinstance(no(400, body), Silent) for body in FOREIGN)
    assert isinstance(no(400, outcome(NOT_FOUND)), Rejected)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 429, 200, 202, 301, 999])
def test_what_is_doubtful_is_silence(status: int) -> None:
    assert all(isinstance(no(status, body), Silent) for body in (*FOREIGN, outcome(NOT_FOUND)))


@pytest.mark.parametrize("status", [401, 403, 407, 404, 405])
async def test_every_call_says_unreachable_then(status: int) -> None:
    async with Server(lambda *_: b"<html>", status).register() as register:
        for call in (
            lambda: register.create(RESOURCE, CALL),
            lambda: register.find("Patient", *TOLVAN, CALL),
            lambda: register.patient_reference(*TOLVAN, CALL),
            lambda: register.prescriptions_of("Patient/7", CALL),
        ):
            with pytest.raises(Unreachable, match=f"HTTP {status}"):
                await call()


# --- pages --------------------------------------------------------------------------------------------------------------


def paged(count: int, next: str, **more: Any) -> Callable[[str, int], Any]:
    def answer(origin: str, page: int) -> Any:
        url = next.format(origin=origin, page=page + 1)
        link = [{"relation": "self", "url": "x"}] + ([{"relation": "next", "url": url}] if page < count else [])
        return searchset(RESOURCE | {"id": str(page)}, link=link, **more)

    return answer


@pytest.mark.parametrize(
    "next",
    [
        "{origin}/fhir?_getpages=abc&page={page}",
        "{origin}/fhir/MedicationRequest?page={page}#x",
        "MedicationRequest?page={page}",
        "?page={page}",
        "/fhir?_getpages=a%20b&page={page}",
        "/fhir/MedicationRequest?page={page}",
        "../fhir/MedicationRequest?page={page}",
    ],
)
@pytest.mark.parametrize("path", ["/fhir", "/fhir/"])
async def test_the_next_page_may_be_named_in_every_way_that_stays_beneath_the_base(path: str, next: str) -> None:
    server = Server(paged(3, next))
    async with server.register(path) as register:
        assert [one["id"] for one in await register.prescriptions_of("Patient/7", CALL)] == ["1", "2", "3"]
    assert len(server.got) == 3 and all(re.match("/fhir[/?]", one) for one in server.got)
    assert ("a%20b" in server.got[1]) == ("a%20b" in next)


@pytest.mark.parametrize(
    "next",
    [
        "{origin}/fhirx?page={page}",
        "{origin}/other/MedicationRequest?page={page}",
        "/MedicationRequest?page={page}",
        "../other/MedicationRequest?page={page}",
        "{origin}/fhir/../other/MedicationRequest?page={page}",
        "{origin}/fhir/%2e%2e/other/MedicationRequest?page={page}",
        "{origin}/fhir/..%2Fother/MedicationRequest?page={page}",
        "{origin}/fhir/..\\other?page={page}",
        "{origin}/fhir",
        "{origin}.evil.example/fhir?page={page}",
        "//evil.example/fhir?page={page}",
        "http://[?page={page}",
        "http://127.0.0.1:x/fhir?page={page}",
        "https:/fhir?page={page}",
        "javascript:1",
    ],
)
async def test_a_next_page_beside_the_base_is_not_fetched(next: str) -> None:
    server = Server(paged(3, next))
    async with server.register() as register:
        with pytest.raises(Silent, match="elsewhere"):
            await register.prescriptions_of("Patient/7", CALL)
    assert len(server.got) == 1


def test_the_same_port_written_out_is_the_same_place_and_another_name_or_a_password_is_not() -> None:
    def go(next: str) -> str:
        return beneath("https://nll.example/fhir", "/Patient?x=1", next)

    assert go("https://NLL.example:443/fhir/Patient?page=2") == "/Patient?page=2"
    assert go("https://nll.example/fhir?page=2") == "?page=2"
    assert beneath("http://h", "/Patient?x=1", "http://h:80?page=2") == "?page=2"
    for next in ("https://me:secret@nll.example/fhir?x=1", "http://nll.example/fhir?x=1", "https://nll.example:444/fhir?x=1"):
        with pytest.raises(Silent, match="elsewhere"):
            go(next)


@pytest.mark.parametrize("url", [None, 5, "", "a b", "å", []])
def test_a_next_page_without_an_address_is_no_searchset(url: Any) -> None:
    for link in ({"relation": "next"}, {"relation": "next", "url": url}):
        with pytest.raises(Silent, match="no searchset"):
            page_of(json.dumps(searchset(link=[link])).encode(), "Patient")


async def test_pages_without_end_are_silence() -> None:
    server = Server(paged(10_000, "?page={page}"))
    async with server.register() as register:
        with pytest.raises(Silent, match="too many pages"):
            await register.prescriptions_of("Patient/7", CALL)
    assert len(server.got) == 20


async def test_pages_that_are_too_large_together_are_silence() -> None:
    for count, fetched in ((2, 2), (10, 3)):
        server = Server(paged(count, "?page={page}", padding="x" * 1_500_000))
        async with server.register() as register:
            if count == 2:
                assert len(await register.prescriptions_of("Patient/7", CALL)) == 2
            else:
                with pytest.raises(Silent, match="too large"):
                    await register.prescriptions_of("Patient/7", CALL)
        assert len(server.got) == fetched


@pytest.mark.parametrize(("size", "is_read"), [(4_000_000, True), (4_000_001, False)])
async def test_four_megabytes_is_the_most_of_an_answer(size: int, is_read: bool) -> None:
    async with Server(lambda *_: json.dumps(searchset()).encode().ljust(size)).register() as register:
        if is_read:
            assert await register.patient_reference(*TOLVAN, CALL) is None
        else:
            with pytest.raises(Silent, match="too large"):
                await register.patient_reference(*TOLVAN, CALL)


# --- words --------------------------------------------------------------------------------------------------------------


def words(*issues: Any) -> str:
    error = no(422, outcome(*issues))
    assert isinstance(error, Rejected) and error.status == 422
    assert error.words.isprintable() and 0 < len(error.words) <= 1000
    return error.words


@pytest.mark.parametrize(
    ("issue", "said"),
    [
        ({"code": "business-rule", "details": {"coding": [AFF], "text": "Nej"}, "diagnostics": "stack"}, "F.001 Nej"),
        ({"code": "business-rule", "details": {"coding": [AFF]}, "diagnostics": "stack"}, "F.001 Kod saknas"),
        ({"details": {"coding": [5, {"code": 7}, AFF], "text": "F.001 nej"}}, "F.001 nej"),
        ({"code": "value", "details": {"coding": [{"code": "F.002"}]}}, "F.002 value"),
        ({"code": "value", "diagnostics": "nej"}, "nej"),
        ({"code": "value", "details": ["x"]}, "value"),
        ({"code": " "}, "no words"),
        (5, "no words"),
    ],
)
def test_the_code_and_the_text_of_the_details_come_first(issue: Any, said: str) -> None:
    assert words(issue) == said


def test_one_bad_issue_does_not_hide_the_others() -> None:
    assert (
        words({"details": 5, "code": []}, "x", {"details": {"coding": [AFF], "text": "nej"}}, {"code": "c"}) == "F.001 nej; c"
    )


NUMBERS = [
    "191212121212",
    "1212121212",
    "19121212-1212",
    "121212-1212",
    "121212+1212",
    "19121212 1212",
    "191212 1212",
    "1912 1212 1212",
    "1912-12-12-1212",
    "19121212 - 1212",
    "19121212\u00a0\u2013\u00a01212",
    "19121212\u20111212",
    "1912\u200b1212\u00ad1212",
    "1912 \u200b 1212 1212",
    "19 12 12 12 12 12",
    "1 9 1 2 1 2 1 2 1 2 1 2",
    "19121212%2D1212",
    "19121272-1212",
    "\uff11\uff19121212-1212",
]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("sentence", ["Patient {} okänd", "{}", "pnr{}, ok.", "F.001 ({})", "Patient?identifier=x%7C{}"])
def test_a_number_that_may_be_a_persons_is_masked(sentence: str, number: str) -> None:
    masked = sentence.format("********-****")
    assert words({"diagnostics": sentence.format(number)}) == masked
    assert words({"details": {"text": sentence.format(number)}}) == masked
    said = words({"details": {"text": sentence.format(number), "coding": [AFF]}})
    assert said == (masked if masked.startswith("F.001") else f"F.001 {masked}")


@pytest.mark.parametrize(
    "said",
    [
        "F.001 kod saknas",
        "gln 7350045511119",
        "nplpackid 20040131100274",
        "2026-11-21 14:15:00",
        "2026-11-21T14:15:00+01:00",
        "urn:oid:1.2.752.129.2.1.3.1",
        "varunr 123456",
        "HTTP 422, rad 12 av 20",
    ],
)
def test_what_is_no_persons_number_stands(said: str) -> None:
    assert words({"diagnostics": said}) == said


def test_every_number_is_masked_and_nothing_of_one_is_left_at_the_cut() -> None:
    assert words({"diagnostics": "191212121212, 195711212893"}) == "********-****, ********-****"
    for before in range(985, 1001):
        assert words({"diagnostics": "å" * before + " 191212121212"}).strip("å *-") == ""
