"""The PKCS #11 library of a token: loaded once in a process, used by one thread at a time.

Rules: python-pkcs11 starts a library without telling it of threads, so that one lock guards each library. A forked child must
start it again (PKCS #11 v3.0 §5.4). Many libraries look for tokens only when they start: where a token does not come back, the
library is started again, seldom. Every session from before is void then, and `generation` says so.

Example: `token(library("/usr/lib/softhsm/libsofthsm2.so"), uri)`
"""

from __future__ import annotations

import os
import time
from threading import Lock, RLock
from typing import Any

import pkcs11
from pkcs11 import exceptions as low

from dpr.adapters.pkcs11_uri import Pkcs11Uri
from dpr.core.errors import SetupError

_GUARD = Lock()
_LOCKS: dict[str, Any] = {}
_STARTED_IN: dict[str, int] = {}
_GENERATIONS: dict[str, int] = {}
_STARTED_AT: dict[str, float] = {}
#: A library is started again at most this often: that may take seconds, and disturbs every session of the process.
LEAST_BETWEEN_SECONDS = 10.0


def lock(path: str) -> Any:
    """The library's lock, which the same thread may take again."""
    with _GUARD:
        return _LOCKS.setdefault(os.path.realpath(path), RLock())


def library(path: str) -> Any:
    """The library, started in this process. SetupError `token_module`."""
    try:
        loaded = pkcs11.lib(path)
        if _STARTED_IN.setdefault(path, os.getpid()) != os.getpid():
            loaded.reinitialize()
            _STARTED_IN[path] = os.getpid()
    except low.PKCS11Error:
        raise SetupError("token_module", path) from None
    return loaded


def generation(path: str) -> int:
    """How many times `start_again` started the library: a session of another generation is void."""
    return _GENERATIONS.get(os.path.realpath(path), 0)


def start_again(path: str) -> bool:
    """Starts the library anew, for a caller who has its lock; False where that was done just now. SetupError `token_missing`
    where it does not start, as some do not without their tokens."""
    which, now = os.path.realpath(path), time.monotonic()
    if now - _STARTED_AT.get(which, -LEAST_BETWEEN_SECONDS) < LEAST_BETWEEN_SECONDS:
        return False
    _STARTED_AT[which], _GENERATIONS[which] = now, generation(path) + 1
    try:
        pkcs11.lib(path).reinitialize()
    except low.PKCS11Error:
        raise SetupError("token_missing", path) from None
    return True


def token(loaded: Any, uri: Pkcs11Uri) -> pkcs11.Token:
    """The only token that has what the URI says. SetupError `token_missing`, `token_ambiguous`; PKCS11Error."""
    wanted = {"label": uri.token, "manufacturer_id": uri.manufacturer, "model": uri.model, "serial": uri.serial}
    found = [one for one in loaded.get_tokens() if one.flags & pkcs11.TokenFlag.TOKEN_INITIALIZED and _is(one, wanted)]
    if len(found) != 1:
        raise SetupError("token_ambiguous" if found else "token_missing", str(uri))
    return found[0]  # type: ignore[no-any-return]


def _is(one: pkcs11.Token, wanted: dict[str, str | None]) -> bool:
    said = {name: getattr(one, name) for name in wanted}
    said["serial"] = one.serial.decode("utf-8", "replace")
    return all(value is None or said[name].strip(" \0") == value for name, value in wanted.items())
