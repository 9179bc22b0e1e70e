"""The identity provider's keys: held in a file, fetched anew while it answers.

Rules: what is held stays in force until something better has been read: a torn answer, a sign-in page or silence changes
nothing, so that tokens are judged with the internet cut. Only HTTPS (or this machine), no redirect, an answer capped in size
and time. `unreachable_since` says since when nothing came; how long that is, is told by a clock that nobody sets. A file that
an operator has replaced is read again.

Example: `await idp.refresh(now); tokens.read(token, idp.keys, settings, now)`
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp

from dpr.adapters import files
from dpr.apps.signer import tokens
from dpr.apps.signer.config import Oidc
from dpr.core.errors import DprError, SetupError, StorageError

_SECONDS = 5
#: A token with an unknown key may say that there are new keys: ask, but not for every such token.
LEAST_BETWEEN_SECONDS = 30


class IdentityProvider:
    """The keys of one identity provider. `keys_at`: when what is held was fetched (seconds), None where it came as a file;
    `file_at`: when the file was written (seconds), None where there is none; `fault`: why a changed file does not count."""

    def __init__(self, settings: Oidc, jwks: Path, ca: Path | None, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """SetupError `jwks_invalid`, where nothing usable is held and nothing can be fetched; `signer_tls` for `ca`."""
        self.settings, self._path, self._monotonic = settings, jwks, monotonic
        try:
            self._tls = ssl.create_default_context(cafile=None if ca is None else str(ca))
        except (OSError, ValueError) as error:
            raise SetupError("signer_tls", f"{ca}: {type(error).__name__}") from None
        self.fault: DprError | None = None
        self.file_at: int | None = None
        self._silent_from = 0.0
        self.keys: tuple[tokens.Key, ...] = ()
        self.keys_at: int | None = None
        self.unreachable_since: int | None = None
        self._tried_at = self._tries = 0
        self._asking = asyncio.Lock()
        self._version = self._stat()
        try:
            self.keys = tokens.read_keys(files.read(jwks, limit=tokens.MAX_JWKS_BYTES))
        except DprError as error:
            if not settings.jwks_url:
                raise SetupError("jwks_invalid", f"{jwks}: {error.code}") from None

    def due(self, now: int) -> bool:
        """Is it time to fetch? Every minute while it is unreachable."""
        wait = 60 if self.unreachable_since is not None else self.settings.refresh_minutes * 60
        return bool(self.settings.jwks_url) and (not self._tries or not 0 <= now - self._tried_at < wait)

    def silent_seconds(self) -> float:
        """For how long nothing has come; 0 while it answers."""
        return self._monotonic() - self._silent_from if self.unreachable_since is not None else 0.0

    def reread(self) -> None:
        """Takes in the file, where somebody has replaced it and it is whole."""
        version = self._stat()
        if version == self._version:
            return
        self._version = version
        try:
            self.keys = tokens.read_keys(files.read(self._path, limit=tokens.MAX_JWKS_BYTES))
            self.keys_at, self.fault = None, None
        except DprError as error:
            self.fault = SetupError("jwks_invalid", error.code)

    def may_ask(self, now: int) -> bool:
        """May it be asked out of turn, or is it being asked?"""
        soon = 0 <= now - self._tried_at < LEAST_BETWEEN_SECONDS
        return bool(self.settings.jwks_url) and (not soon or self._asking.locked())

    async def refresh(self, now: int) -> bool:
        """Fetches the keys and keeps them; False where that failed, which changes nothing but `unreachable_since`. Whoever
        asks meanwhile waits for the same answer."""
        tries = self._tries
        async with self._asking:
            if tries != self._tries:
                return self.unreachable_since is None
            self._tried_at = now
            try:
                return await self._refreshed(now)
            finally:
                self._tries += 1

    async def _refreshed(self, now: int) -> bool:
        try:
            document = await self._fetched()
            keys = tokens.read_keys(document)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, DprError):
            if self.unreachable_since is None:
                self.unreachable_since, self._silent_from = now, self._monotonic()
            return False
        self.keys, self.keys_at, self.unreachable_since = keys, now, None
        try:
            files.replace(self._path, document)
        except StorageError:
            return False  # in force all the same, until the service is started again
        self._version, self.fault = self._stat(), None
        return True

    def _stat(self) -> tuple[int, ...]:
        try:
            found = self._path.stat()
        except OSError:
            return ()
        self.file_at = int(found.st_mtime)
        return found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size

    async def _fetched(self) -> bytes:
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(self.settings.jwks_url, allow_redirects=False, ssl=self._tls) as answer,
        ):
            body = b""
            while len(body) <= tokens.MAX_JWKS_BYTES and (more := await answer.content.read(65_536)):
                body += more
            if answer.status != 200:
                raise ValueError("no answer")
            return body
