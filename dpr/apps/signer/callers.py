"""Who calls: a token of the identity provider, a client certificate, or a session of a local account.

Rules: where client certificates are asked for, TLS has verified it before anything is read here; whether it is in force is
judged at each call. It names the record system, which may show its own clients' tokens and no other's, or, where the settings
say so, the prescriber. Whatever way, it ends in one `Caller`; no way falls through to another: a token that
is wrong is refused, whatever the accounts say.

Example: `caller = await callers.of(request)`
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Iterator
from typing import Any, NamedTuple

from aiohttp import web

from dpr.apps.serving.certificates import Certificates
from dpr.apps.serving.refusals import ForbiddenError, NotAuthenticatedError
from dpr.apps.signer import tokens
from dpr.apps.signer.accounts import SESSION_PREFIX, LocalAccounts, Opening
from dpr.apps.signer.config import Settings
from dpr.apps.signer.idp import IdentityProvider
from dpr.apps.signer.service import Caller, Service

_MOST_NAME = 200


class Basic(NamedTuple):
    """What a log-in says (RFC 7617)."""

    user: str
    password: str
    source: str
    system: str


class Callers:
    """Tells who calls. `idp`, `accounts`: where the settings have them."""

    def __init__(
        self,
        settings: Settings,
        service: Service,
        idp: IdentityProvider | None,
        accounts: LocalAccounts | None,
        certificates: Certificates | None,
    ) -> None:
        self._settings, self._service, self.idp, self.accounts = settings, service, idp, accounts
        self.certificates = certificates
        self._opening: Opening | None = None
        self._asking = asyncio.Lock()

    async def of(self, request: web.Request) -> Caller:
        """Who calls. NotAuthenticatedError, ForbiddenError."""
        system, user = self._certificate(request)
        if user:
            return Caller(user, "mtls", "")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise NotAuthenticatedError("login_needed")
        if token.startswith(SESSION_PREFIX):
            return Caller(await self._session_user(token), "local", system)
        if self.idp is None:
            raise NotAuthenticatedError("login_invalid", "no identity provider is set up")
        named = await self._read(self.idp, token)
        if not system:
            return Caller(named.user, "oidc", named.client)
        if self._settings.tls is None or named.client not in self._settings.tls.systems[system]:
            raise NotAuthenticatedError("login_client", "another system's than the certificate")
        return Caller(named.user, "oidc", system, named.client)

    def basic(self, request: web.Request) -> Basic:
        """The user and password of a log-in, from a record system that may call."""
        system, _ = self._certificate(request)
        scheme, _, written = request.headers.get("Authorization", "").partition(" ")
        try:
            text = base64.b64decode(written.strip(), validate=True).decode("utf-8") if scheme.lower() == "basic" else ""
        except (binascii.Error, ValueError):
            text = ""
        user, colon, password = text.partition(":")
        if not colon or not 0 < len(user) <= _MOST_NAME or not 0 < len(password) <= _MOST_NAME:
            raise NotAuthenticatedError("local_wrong", "no Basic credentials")
        return Basic(user, password, request.remote or "", system)

    async def open_accounts(self) -> LocalAccounts:
        """The local accounts, while they are open. ForbiddenError `local_closed`."""
        if self.accounts is None or await self.opening() is None:
            raise ForbiddenError("local_closed")
        return self.accounts

    @property
    def is_open(self) -> bool:
        """Are the local accounts open, as the last look at them found?"""
        return self._opening is not None

    async def opening(self) -> Opening | None:
        """Why the local accounts are open, or None. A change is in the log before it counts."""
        if self.accounts is None:
            return None
        async with self._asking:
            now = self._service.now()
            found = self.accounts.opened(self._service.seconds()) or self._opened_by_silence()
            if found != self._opening:
                fields: dict[str, str | int] = {}
                if found and found.how == "operator":
                    fields = {"how": found.how, "reason": found.reason, "until": found.at}
                elif found:
                    fields = {"how": found.how, "since": found.at}
                event = "local_accounts_opened" if found else "local_accounts_closed"
                await asyncio.to_thread(self._service.log.append, event, now, **fields)
                self._opening = found
            if found is None:
                self.accounts.end_sessions()
            return found

    def _opened_by_silence(self) -> Opening | None:
        minutes = self._settings.local.open_after_minutes if self._settings.local else 0
        since = self.idp.unreachable_since if self.idp else None
        if not minutes or self.idp is None or since is None or self.idp.silent_seconds() < minutes * 60:
            return None
        return Opening("unreachable", "", since)

    async def _session_user(self, token: str) -> str:
        accounts = await self.open_accounts()
        return accounts.user_of(token, self._service.seconds())

    async def _read(self, idp: IdentityProvider, token: str) -> tokens.TokenCaller:
        now = self._service.seconds()
        try:
            return tokens.read(token, idp.keys, idp.settings, now)
        except NotAuthenticatedError as error:
            # The provider may have taken a new key into use since its keys were fetched.
            if error.code != "login_key_unknown" or not idp.may_ask(now):
                raise
        await idp.refresh(now)
        return tokens.read(token, idp.keys, idp.settings, now)

    def _certificate(self, request: web.Request) -> tuple[str, str]:
        """(record system, prescriber), as far as the client certificate says so."""
        tls = self._settings.tls
        if tls is None or not tls.client_ca:
            return "", ""
        found = request.transport.get_extra_info("ssl_object") if request.transport is not None else None
        certificate = found.getpeercert(binary_form=True) if found is not None else None
        if found is None or certificate is None or self.certificates is None:
            raise ForbiddenError("certificate_unknown")
        self.certificates.require_valid(certificate, self._service.now())
        names = dict(_subject(found.getpeercert() or {}))
        if tls.names == "user":
            if not names.get("serialNumber"):
                raise ForbiddenError("certificate_unknown")
            return "", names["serialNumber"]
        if names.get("commonName") not in tls.systems:
            raise ForbiddenError("certificate_unknown")
        return names["commonName"], ""


def _subject(certificate: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and value of each attribute of the subject; the first of several of one name counts."""
    parts = [part for relative in certificate.get("subject", ()) for part in relative]
    yield from reversed(parts)
