"""The client of a signing service, where what answers never comes to an end: the call ends all the same."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dpr.adapters import signer_http
from dpr.adapters.signer_http import Access, HttpSigner
from dpr.core.errors import SetupError
from tests.signer.certificates import Authority
from tests.world import World

#: What comes first, and then every hundredth of a second, without end.
ENDLESS = {
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a byte of a status now and then": (b"HTTP/1.1 200 ", b"O"),
    "a byte of a body now and then": (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
    "a byte of a handshake now and then": (b"\x16\x03\x03\x40\x00\x02\x00\x3f\xf0", b"\x03"),
}


class Endless:
    """A server that sends `first`, then `again` until whoever called has gone."""

    def __init__(self, first: bytes, again: bytes) -> None:
        self._first, self._again = first, again
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.gone = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        connection.recv(65536)
        try:
            connection.sendall(self._first)
            while True:
                time.sleep(0.01)
                connection.sendall(self._again)
        except OSError:
            self.gone.set()
        finally:
            connection.close()
            self._listening.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(signer_http, "_CALL_SECONDS", 0.3)
    yield
    for timer in [one for one in threading.enumerate() if isinstance(one, threading.Timer)]:
        timer.join(0.2)  # one that was cancelled is gone at once, one that runs on is not
        assert not timer.is_alive()


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("what", ENDLESS)
def test_a_server_that_never_ends_holds_nobody(what: str) -> None:
    server = Endless(*ENDLESS[what])
    scheme = "https" if "handshake" in what else "http"
    begun = time.monotonic()
    with pytest.raises(SetupError) as caught:
        HttpSigner(f"{scheme}://127.0.0.1:{server.port}/", Access()).sign(b"data")
    assert caught.value.code == "signer_unreachable"
    assert 0.2 < time.monotonic() - begun < 5
    assert server.gone.wait(5)


@pytest.mark.usefixtures("hurried")
def test_an_answer_that_was_cut_off_by_the_clock_is_none_though_it_reads_whole() -> None:
    body = json.dumps({"credential": base64.b64encode(World().credential()).decode()}).encode()
    server = Endless(b"HTTP/1.1 200 OK\r\n\r\n" + body, b" ")
    with pytest.raises(SetupError) as caught:
        _ = HttpSigner(f"http://127.0.0.1:{server.port}/", Access()).credential
    assert (caught.value.code, caught.value.detail) == ("signer_unreachable", "TimeoutError")


def test_a_server_with_anothers_certificate_is_not_spoken_to(tmp_path: Path) -> None:
    certificate, key = Authority(tmp_path, "one").issue("server")
    other = Authority(tmp_path, "other").path
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    heard: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                heard.append(secured.recv(1000))
        except OSError:
            heard.append(b"")

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    with pytest.raises(SetupError) as caught:
        HttpSigner(f"https://127.0.0.1:{listening.getsockname()[1]}/", Access(ca=other)).sign(b"data")
    serving.join(5)
    listening.close()
    assert (caught.value.code, heard) == ("signer_unreachable", [b""])
