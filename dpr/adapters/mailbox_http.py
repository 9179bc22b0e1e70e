"""A relay over HTTP: dpr.ports.Mailbox, with a token that the node makes itself, or its own TLS certificate.

Rules: HTTPS, or plain HTTP to this machine alone; no redirect, no proxy, no cookie, no Content-Encoding. Every call ends in its
time, and every answer is capped in bytes before it is read. A token is made for one origin, used until a minute before it ends,
and made anew when a relay refuses it. What a relay says no with is taken when it is a code of ours; anything that is not in the
protocol is `relay_answer`. Nothing here judges a receipt.

Example: `async with HttpMailboxes(Access(signer, credential), clock=clock) as relays: await relays.of(origin).submit(sealed)`
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import ssl
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import aiohttp

from dpr.core import documents
from dpr.core.codes import CODES
from dpr.core.errors import DocumentError, DprError, SetupError
from dpr.core.mail import api
from dpr.core.mail.api import Acks, InboxAnswer
from dpr.core.mail.token import MAX_TOKEN_SECONDS, Token, origin_fault
from dpr.ports import MailboxFailed, Signer

_COSE, _CBOR, _PROBLEM = "application/cose", "application/cbor", "application/problem+json"
#: For connecting; for a call; what a long poll may take beyond its wait.
_CONNECT_SECONDS, _CALL_SECONDS, _BEYOND_SECONDS = 5.0, 15.0, 15.0
#: A token is made anew so long before it ends.
_RENEW_SECONDS = 60
_MAX_PROBLEM, _CHUNK = 16_384, 65_536
#: With these, a code of ours says no for good: asking again cannot help.
_FINAL = frozenset((400, 409, 410, 413, 415, 421, 422))
_ABOUT_CLOCKS = frozenset(("mail_early",))
#: Connections to one relay: as many long polls as a sender makes, and calls beside them.
_CONNECTIONS = 40


class Access(NamedTuple):
    """Who calls, and how a relay is known. `credential`: the node's; `ca`: a file of certificates that relays' TLS must chain
    to, the system's where None; `certificate`, `key`: files for mTLS, which then stands for the token."""

    signer: Signer
    credential: bytes
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


class HttpMailboxes:
    """Relays by their origins; an async context manager. `clock`: seconds since the epoch. SetupError `mailbox_tls` for files
    that cannot be used."""

    def __init__(self, access: Access, *, clock: Callable[[], float]) -> None:
        self._access, self._clock = access, clock
        self._tls = _context(access)
        self._session: aiohttp.ClientSession | None = None
        self._mailboxes: dict[str, HttpMailbox] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
            headers={"Accept-Encoding": "identity", "Accept": f"{_COSE}, {_CBOR}, {_PROBLEM}"},
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=_CONNECTIONS, ssl=self._tls),
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    def of(self, origin: str) -> HttpMailbox:
        """The relay at an origin; the same one each time."""
        assert self._session is not None, "used outside its context"
        if origin not in self._mailboxes:
            self._mailboxes[origin] = HttpMailbox(origin, self._session, self._access, self._clock)
        return self._mailboxes[origin]


class HttpMailbox:
    """See dpr.ports.Mailbox."""

    def __init__(self, origin: str, session: aiohttp.ClientSession, access: Access, clock: Callable[[], float]) -> None:
        self._origin, self._session, self._access, self._clock = origin, session, access, clock
        self._token, self._renew_at, self._making = "", 0.0, asyncio.Lock()

    @property
    def origin(self) -> str:
        """As the address book has it."""
        return self._origin

    async def submit(self, sealed: bytes) -> bytes:
        """See dpr.ports.Mailbox."""
        return await self._call("POST", "/v1/messages", content=(_COSE, sealed), expect=_COSE)

    async def receipts(self, message_id: bytes, *, known: int = 0, wait_seconds: int = 0) -> tuple[bytes, ...]:
        """See dpr.ports.Mailbox."""
        asked = {"known": str(known), "wait": str(wait_seconds)}
        path = f"/v1/messages/{message_id.hex()}/receipts"
        return _receipts(await self._call("GET", path, query=asked, expect=_CBOR, wait_seconds=wait_seconds))

    async def withdraw(self, message_id: bytes) -> bytes:
        """See dpr.ports.Mailbox."""
        return await self._call("DELETE", f"/v1/messages/{message_id.hex()}", expect=_COSE, also=(409,))

    async def inbox(self, queue: str, *, after: int | None, wait_seconds: int, most: int = 20) -> InboxAnswer:
        """See dpr.ports.Mailbox."""
        asked = {"queue": queue, "wait": str(wait_seconds), "max": str(most)}
        if after is not None:
            asked["after"] = str(after)
        body = await self._call("GET", "/v1/inbox", query=asked, expect=_CBOR, wait_seconds=wait_seconds)
        try:
            return api.read(api.INBOX_ANSWER, body)
        except DocumentError as error:
            raise MailboxFailed("relay_answer", error.code) from None

    async def acknowledge(self, queue: str, digests: Sequence[bytes], receipts: Sequence[bytes]) -> tuple[bytes, ...]:
        """See dpr.ports.Mailbox."""
        body = api.write(api.ACKS, Acks(digests=tuple(digests), receipts=tuple(receipts)))
        return _receipts(await self._call("POST", "/v1/acks", query={"queue": queue}, content=(_CBOR, body), expect=_CBOR))

    async def _call(
        self,
        method: str,
        path: str,
        *,
        expect: str,
        query: dict[str, str] | None = None,
        content: tuple[str, bytes] | None = None,
        also: tuple[int, ...] = (),
        wait_seconds: int = 0,
    ) -> bytes:
        """The body of an answer of the type `expect`, with status 200, 201 or one of `also`."""
        self._require_safe()
        seconds = wait_seconds + _BEYOND_SECONDS if wait_seconds else _CALL_SECONDS
        headers = await self._authorization()
        data = None
        if content is not None:
            headers["Content-Type"], data = content
        try:
            async with (
                asyncio.timeout(seconds),
                self._session.request(
                    method, self._origin + path, params=query, data=data, headers=headers, allow_redirects=False
                ) as response,
            ):
                return await self._body(response, expect, (200, 201, *also))
        except TimeoutError:
            raise MailboxFailed("relay_slow", f"more than {seconds:g} s") from None
        except aiohttp.ClientConnectorCertificateError:
            raise MailboxFailed("relay_certificate", "not of a CA that is trusted here, or for another name") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise MailboxFailed("relay_unreachable", type(error).__name__) from None

    async def _body(self, response: aiohttp.ClientResponse, expect: str, taken: tuple[int, ...]) -> bytes:
        if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            raise MailboxFailed("relay_answer", "Content-Encoding")
        if response.status in taken and response.content_type == expect:
            return await _read(response, api.MAX_ANSWER_BYTES)
        if response.status < 400 or response.content_type != _PROBLEM:
            raise MailboxFailed("relay_answer", f"HTTP {response.status} {response.content_type[:40]}")
        code = code_of(await _read(response, _MAX_PROBLEM))
        if code is None:
            raise MailboxFailed("relay_answer", f"HTTP {response.status}")
        if response.status == 401:
            self._renew_at = 0.0
        final = response.status in _FINAL and code not in _ABOUT_CLOCKS
        raise MailboxFailed(code, f"HTTP {response.status}", final=final, retry_after_seconds=_retry_after(response))

    def _require_safe(self) -> None:
        """MailboxFailed `relay_address_unsafe`: a token must not cross a network in the clear."""
        parts = urlsplit(self._origin)
        if origin_fault(self._origin) or not (parts.scheme == "https" or _loopback(parts.hostname or "")):
            raise MailboxFailed("relay_address_unsafe", self._origin[:130])

    async def _authorization(self) -> dict[str, str]:
        if self._access.certificate is not None:
            return {"DPR-Credential": _base64(self._access.credential)}
        async with self._making:
            now = self._clock()
            # A clock that was set back must not leave an old token in use for ever.
            if not self._renew_at - MAX_TOKEN_SECONDS <= now < self._renew_at:
                self._token = await asyncio.to_thread(self._new_token, int(now))
                self._renew_at = now + MAX_TOKEN_SECONDS - _RENEW_SECONDS
            return {"Authorization": f"DPR {self._token}"}

    def _new_token(self, now: int) -> str:
        value = Token(audience=self._origin, valid_until=now + MAX_TOKEN_SECONDS, issued_at=now, id=secrets.token_bytes(16))
        access = self._access
        try:
            return _base64(documents.sign(documents.TOKEN, value, access.signer, credential=access.credential))
        except DprError as error:
            raise MailboxFailed("relay_token_not_made", error.code) from None


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    if (response.content_length or 0) > limit:
        raise MailboxFailed("relay_answer", f"more than {limit} bytes")
    parts, size = [], 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise MailboxFailed("relay_answer", f"more than {limit} bytes")
        parts.append(chunk)
    return b"".join(parts)


def _receipts(body: bytes) -> tuple[bytes, ...]:
    try:
        return api.read(api.RECEIPTS, body).receipts
    except DocumentError as error:
        raise MailboxFailed("relay_answer", error.code) from None


def code_of(problem: bytes) -> str | None:
    """The code in a problem (RFC 9457), when it is one of ours: what a relay makes up has no words."""
    try:
        written: Any = json.loads(problem)
    except (ValueError, RecursionError):
        return None
    code = written.get("code") if type(written) is dict else None
    return code if type(code) is str and code in CODES else None


def _retry_after(response: aiohttp.ClientResponse) -> int | None:
    written = response.headers.get("Retry-After", "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 7 else None


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


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
        raise SetupError("mailbox_tls", f"{named}: {type(error).__name__}") from None
    return context


def _no_passphrase() -> str:
    raise ValueError("the key is encrypted")
