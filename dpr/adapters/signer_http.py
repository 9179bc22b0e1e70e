"""A `Signer` whose key is in a signing service (`dpr signer serve`, docs/signing-service.md): https://….

Rules: HTTPS, or plain HTTP to this machine alone; no redirect, no proxy, answers capped in size, and a call in time. The
token is read from a file for every call, since a record system renews it; it is in no error and no log. The service's no is
`signer_refused`, with its own code; silence and anything that is no answer of a signing service is `signer_unreachable`.

Example: `HttpSigner("https://signer.region.test/", Access.of(os.environ)).sign(prepared.to_be_signed)`
"""

from __future__ import annotations

import base64
import binascii
import http.client
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from dpr.adapters import files
from dpr.core import documents
from dpr.core.errors import DocumentError, DprError, SetupError
from dpr.core.keys import PublicKey

TOKEN, CA, CERTIFICATE, KEY = "DPR_TOKEN_FILE", "DPR_TLS_CA", "DPR_TLS_CERT", "DPR_TLS_KEY"
_MAX_ANSWER = 200_000
_MAX_TOKEN = 16_384
#: For each wait on the network, and for all of a call once it is connected.
_SECONDS, _CALL_SECONDS = 20, 30
_VISIBLE = re.compile(rb"[\x21-\x7e]+")
_CODE = re.compile(r"[a-z][a-z0-9_]{2,60}")


class Access(NamedTuple):
    """How the service is reached: files of the token, of the authority that vouches for the service's certificate (else the
    system's), and of a client certificate and its key."""

    token: Path | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Access:
        """As DPR_TOKEN_FILE, DPR_TLS_CA, DPR_TLS_CERT and DPR_TLS_KEY say."""
        return cls(*(Path(environment[name]) if environment.get(name) else None for name in (TOKEN, CA, CERTIFICATE, KEY)))


class HttpSigner:
    """A `Signer`. SetupError `signer_address_unsafe`, `signer_tls`, `signer_token_file`, `signer_token_not_set`,
    `signer_unreachable`, `signer_refused`."""

    def __init__(self, address: str, access: Access) -> None:
        parts = _parts(address)
        self._host, self._port, self._path = parts.hostname or "", parts.port, parts.path.rstrip("/")
        self._access = access
        self._tls = _context(access) if parts.scheme == "https" else None

    @cached_property
    def credential(self) -> bytes:
        """The credential that the service signs with, as it says."""
        written = self._json("GET", "/v1/me")
        try:
            return base64.b64decode(written["credential"], validate=True)
        except (KeyError, TypeError, ValueError, binascii.Error):
            raise _no_answer("no credential") from None

    @cached_property
    def key(self) -> PublicKey:
        """The key of that credential; whether anybody vouches for it, its readers judge."""
        try:
            return documents.read_claims(documents.CREDENTIAL_KIND, documents.split(self.credential)[1]).key
        except DocumentError as error:
            raise _no_answer(error.code) from None

    def sign(self, data: bytes) -> bytes:
        """The signature over a Sig_structure, which the service judges first."""
        try:
            signature = self._call("POST", "/v1/signatures", data, {"Content-Type": "application/cbor"})
        except SetupError as error:
            if error.detail == "sign_credential_other":  # it has been renewed: what is held here is asked for again
                for name in ("credential", "key"):
                    self.__dict__.pop(name, None)
            raise
        if not self.key.verify(signature, data):
            raise _no_answer("another signature")
        return signature

    def _json(self, method: str, path: str) -> dict[str, Any]:
        written = _object(self._call(method, path, None, {}))
        if written is None:
            raise _no_answer("no JSON object")
        return written

    def _call(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        headers = headers | self._authorization()
        try:
            with self._connected() as connection:
                connection.request(method, self._path + path, body, headers)
                answer = connection.getresponse()
                content = answer.read(_MAX_ANSWER + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:  # ssl.SSLError and time-outs are OSErrors
            raise _no_answer(type(error).__name__) from None
        if answer.status in (200, 201) and len(content) <= _MAX_ANSWER:
            return content
        code = (_object(content) or {}).get("code")
        if answer.status < 400 or type(code) is not str or not _CODE.fullmatch(code):
            raise _no_answer(f"HTTP {answer.status}")
        if code == "login_needed" and self._access.token is None:
            raise SetupError("signer_token_not_set", TOKEN)
        raise SetupError("signer_refused", code)

    def _connection(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=_SECONDS)
        return http.client.HTTPSConnection(self._host, self._port, timeout=_SECONDS, context=self._tls)

    @contextmanager
    def _connected(self) -> Iterator[http.client.HTTPConnection]:
        """A connection that ends after `_CALL_SECONDS`, then with a TimeoutError: its own time-out is for each read alone, and
        a byte now and then would hold it for ever."""
        connection, late = self._connection(), threading.Event()
        try:
            http.client.HTTPConnection.connect(connection)  # TCP alone: what comes then counts, the handshake too
            held = connection.sock
            if self._tls is not None:
                held = self._tls.wrap_socket(held, server_hostname=self._host, do_handshake_on_connect=False)
                connection.sock = held
            timer = threading.Timer(_CALL_SECONDS, _end, (held, late))
            timer.daemon = True
            timer.start()
            try:
                if isinstance(held, ssl.SSLSocket):
                    held.do_handshake()
                yield connection
            finally:
                timer.cancel()
        finally:
            connection.close()
        if late.is_set():
            raise TimeoutError

    def _authorization(self) -> dict[str, str]:
        if self._access.token is None:
            return {}
        try:
            token = files.read(self._access.token, limit=_MAX_TOKEN).strip()
        except DprError as error:
            raise SetupError("signer_token_file", f"{self._access.token}: {error.code}") from None
        if not _VISIBLE.fullmatch(token):
            raise SetupError("signer_token_file", f"{self._access.token}: no token")
        return {"Authorization": f"Bearer {token.decode('ascii')}"}


def _end(held: socket.socket, late: threading.Event) -> None:
    """Wakes whoever waits on `held`. An SSLSocket's own `shutdown` would go on without TLS."""
    late.set()
    with suppress(OSError):
        socket.socket.shutdown(held, socket.SHUT_RDWR)


def _parts(address: str) -> Any:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        raise SetupError("signer_address_unsafe", "no address") from None
    plain = parts.scheme == "http" and _loopback(parts.hostname or "")
    if not parts.hostname or parts.username or parts.query or parts.fragment or not (plain or parts.scheme == "https"):
        raise SetupError("signer_address_unsafe", "https://host:port/")
    return parts


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _context(access: Access) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=None if access.ca is None else str(access.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if access.certificate is not None:
            context.load_cert_chain(access.certificate, access.key, password=_no_passphrase)
    except (OSError, ValueError) as error:
        named = ", ".join(str(path) for path in (access.ca, access.certificate, access.key) if path is not None)
        raise SetupError("signer_tls", f"{named}: {type(error).__name__}") from None
    return context


def _no_passphrase() -> str:
    raise ValueError("the key is encrypted")


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        written = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return written if type(written) is dict else None


def _no_answer(detail: str) -> SetupError:
    return SetupError("signer_unreachable", detail)
