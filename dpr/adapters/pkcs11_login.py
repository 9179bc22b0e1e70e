"""Logging in to a token without locking it: three wrong PINs lock many cards for good.

Rules: a PIN that a token refused is never tried on it again by this process; where the token says that the next wrong PIN is
its last, nothing is tried at all, so that this program alone never locks a token. A process logs in to a token once (PKCS #11
shares the login between sessions), so a second PIN for it is compared with the first. PINs are remembered as digests under a
key of this process.

Example: `session = login(token, b"123456", "pkcs11:token=dpr")`
"""

from __future__ import annotations

import hashlib
import hmac
import os
from threading import Lock

from pkcs11 import Session, Token, TokenFlag
from pkcs11 import exceptions as low

from dpr.adapters.pkcs11_errors import named
from dpr.core.errors import SetupError

_KEY = os.urandom(32)
_LOCK = Lock()
_GOOD: dict[bytes, bytes] = {}
_WRONG: set[tuple[bytes, bytes]] = set()


def login(token: Token, pin: bytes, what: str) -> Session:
    """A session in which the user is logged in, with write access where the token is not write-protected.

    SetupError `token_pin` (wrong), `token_pin_refused_before`, `token_pin_last_try`, `token_pin_locked`,
    `token_pin_not_set`, and as dpr.adapters.pkcs11_errors.
    """
    flags, which, digest = token.flags, token.serial + token.label.encode(), _digest(pin)
    with _LOCK:
        if (which, digest) in _WRONG:
            raise SetupError("token_pin_refused_before", what)
        if flags & TokenFlag.USER_PIN_LOCKED:
            raise SetupError("token_pin_locked", what)
        if flags & TokenFlag.USER_PIN_FINAL_TRY:
            raise SetupError("token_pin_last_try", what)
        try:
            session = _open(token, pin, known=_GOOD.get(which) == digest)
        except (low.PinIncorrect, low.PinInvalid, low.PinLenRange) as error:
            _WRONG.add((which, digest))
            raise named(error, what) from None
        except low.PKCS11Error as error:
            raise named(error, what) from None
        _GOOD[which] = digest
        return session


def _open(token: Token, pin: bytes, *, known: bool) -> Session:
    """PKCS11Error."""
    writable = not token.flags & TokenFlag.WRITE_PROTECTED
    try:
        return token.open(rw=writable, user_pin=pin.decode("utf-8", "replace"))
    except low.UserAlreadyLoggedIn:
        if not known:
            raise low.PinIncorrect from None
        return token.open(rw=writable)


def _digest(pin: bytes) -> bytes:
    return hmac.digest(_KEY, pin, hashlib.sha256)
