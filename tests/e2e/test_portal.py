"""What answers at the register's address and is not the register: a hotel's or a mobile network's sign-in page, garbage, or
nothing to the end. It is an outage like any other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.e2e.cli import run
from tests.e2e.stage import Stage, clean, done

GROUND = ("--decided-by", "Leila Haddad", "--reason", "NLL svarar inte", "--since", "2026-01-02")
ANSWERS = {
    "sign-in page": (200, {"Content-Type": "text/html"}, b"<html><form>Sign in</form></html>"),
    "redirect": (302, {"Location": "http://portal.invalid/"}, b""),
    "empty": (200, {}, b""),
    "other JSON": (200, {"Content-Type": "application/json"}, b'{"resourceType": "Patient"}'),
    "a list": (200, {"Content-Type": "application/json"}, b"[]"),
    "deep": (200, {"Content-Type": "application/json"}, b"[" * 100_000),
    "bytes": (200, {"Content-Type": "application/fhir+json"}, bytes(range(256)) * 40),
    "teapot": (418, {}, b""),
    "too much": (200, {"Content-Type": "application/fhir+json"}, b" " * 9_000_000),
    "length that lies": (200, {"Content-Length": "5000"}, b"short"),
}


@pytest.fixture(params=ANSWERS)
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of something that gives one answer to everything."""
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

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            return None

    server = Quiet(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_the_counter_works_as_in_any_outage(own: Stage, address: str) -> None:
    own.policy(register_url=address, register_timeout_seconds=1, register_settle_seconds=0)
    site = ("--site", own.pharmacy)
    received = done(*site, "receive", own.rx("one"))
    assert "kön sparas. 1 väntar" in received.out
    id = done(*site, "status", "--json").json[0]["id"]
    assert "[ground_missing]" in clean(run(*site, "dispense", id, "--as", own.pharmacist)).err
    assert "UTLÄMNAT" in done(*site, "dispense", id, "--as", own.pharmacist, *GROUND).out
    assert clean(run(*site, "report", "--json")).json["queue"] == {"queued": 2}


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://[", "http://nosuch.invalid", "http://x:y"])
def test_an_address_that_is_none_is_an_outage_too(own: Stage, url: str) -> None:
    own.policy(register_url=url, register_timeout_seconds=1)
    ran = clean(run("--site", own.pharmacy, "receive", own.rx("one")))
    assert ran.code == 0 and "Registret svarar inte" in ran.out


@pytest.mark.parametrize("url", ["ftp://x", "x", "http://ö:y", "://", "http://a b", "http://a\u202eb"])
def test_an_address_that_cannot_be_one_is_named_when_the_policy_is_read(own: Stage, url: str) -> None:
    own.policy(register_url=url)
    ran = clean(run("--site", own.pharmacy, "receive", own.rx("one")))
    assert ran.code == 2 and "[policy_invalid]" in ran.err and "register_url" in ran.err
