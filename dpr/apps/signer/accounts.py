"""Local accounts of prescribers, for while the identity provider is down.

Rules: they count only while they are open: an operator has said until when and why, or the identity provider has been
unreachable for as long as the settings say. A first secret is good for one thing, choosing a password. Passwords are kept as
scrypt hashes (RFC 7914; n = 2^15, r = 8, p = 3), and an unknown user costs as much time as a wrong password. A log-in gives a
session, in memory only, which ends when the accounts close, or the account's password or first secret changes.

After five failures each further try waits, doubling up to a minute, for that user from that address alone. A record system
is one address for all its users, so a colleague's wrong passwords must not shut anybody out: tries during a wait do not make it
longer, and by chance every fourth of them is judged all the same, at most one in two seconds: whoever has the password comes
in after a few tries, and whoever guesses has no more than that.

Example: `accounts.log_in(user, password, source, now)` → `Session(token, expires_at)`
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import threading
import unicodedata
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from dpr.adapters import files
from dpr.apps.serving.refusals import ForbiddenError, NotAuthenticatedError
from dpr.apps.signer import owned
from dpr.core import documents
from dpr.core.errors import DprError, SetupError, StorageError

SESSION_PREFIX = "dprl_"
SESSION_SECONDS = 8 * 3600
FREE_TRIES, LONGEST_WAIT_SECONDS = 5, 60
#: Of the tries during a wait one in so many is judged, at most one in `JUDGED_SECONDS`, and so many at once after a quiet time.
JUDGED_OF, JUDGED_SECONDS, JUDGED_AT_ONCE = 4, 2, 15
LEAST_PASSWORD, MOST_PASSWORD = 12, 200
#: Signs of the reason for an opening, which is in the log.
MOST_REASON = 200
_LIMIT = 4096
_MOST_REMEMBERED = 10_000


class WaitError(DprError):
    """Too many failures: HTTP 429. `seconds`: how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__("local_wait", f"{seconds} seconds")
        self.seconds = seconds


class Session(NamedTuple):
    """A log-in: the secret that the caller shows from now on, and until when (seconds)."""

    token: str
    expires_at: int


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the accounts are open: `how` is `operator`, until `at`, or `unreachable`, since `at` (seconds)."""

    how: str
    reason: Annotated[str, msgspec.Meta(max_length=MOST_REASON)]
    at: Annotated[int, msgspec.Meta(ge=0, le=2**40)]


class _Failures(NamedTuple):
    """Of one user from one address: how many, until when to wait, and how many tries were judged in the wait until when."""

    failed: int = 0
    not_before: int = 0
    judged: float = 0
    judged_at: int = 0


class _Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    salt: bytes
    hash: bytes
    first: bool


def _scrypt(salt: bytes) -> Scrypt:
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=3)


_NOBODY = _Account(bytes(16), bytes(32), False)


class LocalAccounts:
    """The accounts in a folder: one file each, named by a digest of the user. Any thread may ask."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._failures: OrderedDict[tuple[str, str], _Failures] = OrderedDict()
        self._sessions: OrderedDict[bytes, tuple[str, int, bytes]] = OrderedDict()

    # --- for an operator ---

    def create(self, user: str) -> str:
        """A new account, or a new first secret for one that is there; returns the secret, which is shown once."""
        secret = base64.b32encode(secrets.token_bytes(15)).decode().lower()
        self._keep(user, secret, first=True)
        return "-".join(secret[at : at + 6] for at in range(0, 24, 6))

    def open_until(self, until: int, reason: str) -> None:
        """Opens the accounts. StorageError."""
        opening = Opening("operator", reason, until)
        owned.replace(self._folder / "open.json", msgspec.json.encode(opening) + b"\n")

    def close(self) -> None:
        """Ends what `open_until` began."""
        try:
            (self._folder / "open.json").unlink(missing_ok=True)
        except OSError as error:
            raise StorageError("file_not_written", f"{self._folder}: {error.strerror}") from None

    def opened(self, now: int) -> Opening | None:
        """What an operator has opened and not closed, while it lasts; a damaged file opens nothing. One that is past is
        removed: a clock that is set back must not open it again."""
        try:
            opening = msgspec.json.decode(files.read(self._folder / "open.json", limit=_LIMIT), type=Opening)
        except (DprError, ValueError, RecursionError):
            return None
        if opening.how == "operator" and now < opening.at:
            return opening
        with suppress(StorageError):
            self.close()
        return None

    # --- for a prescriber ---

    def log_in(self, user: str, password: str, source: str, now: int) -> Session:
        """A session, where the password is right. NotAuthenticatedError `local_wrong`, ForbiddenError `local_password_first`,
        WaitError. `source`: the address that the call came from."""
        account = self._proven(user, password, source, now)
        if account.first:
            raise ForbiddenError("local_password_first")
        session = Session(SESSION_PREFIX + secrets.token_urlsafe(32), now + SESSION_SECONDS)
        with self._lock:
            self._sessions[_digest(session.token)] = (user, session.expires_at, account.salt)
            while len(self._sessions) > _MOST_REMEMBERED:
                self._sessions.popitem(last=False)
        return session

    def choose_password(self, user: str, password: str, chosen: str, source: str, now: int) -> None:
        """Replaces the password, or the first secret. As `log_in`, and SetupError `local_password_weak`."""
        self._proven(user, password, source, now)
        chosen = _composed(chosen)
        same = chosen in (_composed(password), _bare(password)) or user.lower() in chosen.lower()
        if same or not chosen.isprintable() or not LEAST_PASSWORD <= len(chosen) <= MOST_PASSWORD or len(set(chosen)) < 6:
            raise SetupError("local_password_weak", f"{LEAST_PASSWORD} to {MOST_PASSWORD} characters")
        self._keep(user, chosen, first=False)

    def user_of(self, token: str, now: int) -> str:
        """Whose session it is. NotAuthenticatedError `login_expired`."""
        with self._lock:
            user, expires_at, salt = self._sessions.get(_digest(token), ("", 0, b""))
        account = self._read(user) if now < expires_at else None
        if account is None or account.salt != salt:  # an operator, or the user, has chosen another secret since
            raise NotAuthenticatedError("login_expired")
        return user

    def end_session(self, token: str) -> None:
        """Ends one session."""
        with self._lock:
            self._sessions.pop(_digest(token), None)

    def end_sessions(self) -> None:
        """Ends every session: the accounts are closed."""
        with self._lock:
            self._sessions.clear()

    # --- within ---

    def _proven(self, user: str, password: str, source: str, now: int) -> _Account:
        name = (documents.name_of(user), source)
        self._count(name, now)
        account = self._read(user) or _NOBODY
        try:
            # A first secret is read from paper: its groups may be typed without the strokes.
            written = _bare(password) if account.first else _composed(password)
            _scrypt(account.salt).verify(written[:MOST_PASSWORD].encode("utf-8", "replace"), account.hash)
        except InvalidKey:
            raise NotAuthenticatedError("local_wrong") from None
        with self._lock:
            self._failures.pop(name, None)
        return account

    def _count(self, name: tuple[str, str], now: int) -> None:
        """Counts a try as a failure before it is judged, so that many at once are no way around. WaitError."""
        with self._lock:
            found = self._failures.get(name, _Failures())
            if now < found.not_before:
                judged = max(0.0, found.judged - (now - found.judged_at) / JUDGED_SECONDS)
                if judged + 1 > JUDGED_AT_ONCE or not _by_chance():
                    raise WaitError(found.not_before - now)
                self._failures[name] = found._replace(judged=judged + 1, judged_at=now)
                return
            beyond = found.failed + 1 - FREE_TRIES
            wait = min(2 ** min(beyond, 10), LONGEST_WAIT_SECONDS) if beyond >= 0 else 0
            self._failures[name] = found._replace(failed=found.failed + 1, not_before=now + wait)
            self._failures.move_to_end(name)
            while len(self._failures) > _MOST_REMEMBERED:
                self._failures.popitem(last=False)

    def _keep(self, user: str, password: str, *, first: bool) -> None:
        salt = os.urandom(16)
        account = _Account(salt, _scrypt(salt).derive(_composed(password).encode()), first)
        owned.replace(self._path(user), msgspec.json.encode(account) + b"\n")

    def _read(self, user: str) -> _Account | None:
        try:
            return msgspec.json.decode(files.read(self._path(user), limit=_LIMIT), type=_Account)
        except (DprError, ValueError, RecursionError):
            return None

    def _path(self, user: str) -> Path:
        return self._folder / f"{documents.name_of(user)}.account"


def _by_chance() -> bool:
    return secrets.randbelow(JUDGED_OF) == 0


def _composed(password: str) -> str:
    """NFC, so that å is the same from every keyboard."""
    return unicodedata.normalize("NFC", password)


def _bare(secret: str) -> str:
    return secret.replace("-", "").strip().lower()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
