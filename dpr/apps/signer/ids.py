"""Which prescription ids were signed, for whom and as what: one id is one prescription, on every way in and after a restart.

Rules: an id belongs to the first content that was signed with it. A draft that is sent again is the same prescription, though
it is signed again with another time; a structure that is sent again is the same bytes. The log holds all this: the last
signatures are read from it at the start. Another prescriber's ids are theirs.

Example: `with ids.reserved(credential_id, id, signed=digest): sign()`
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, NamedTuple

from dpr.core.errors import SetupError

MOST = 100_000
_SHORT = 16


class _Said(NamedTuple):
    signed: bytes
    draft: bytes


class SignedIds:
    """The last ids that were signed. Any thread may ask."""

    def __init__(self, lines: Iterable[Mapping[str, Any]] = ()) -> None:
        """`lines`: of the log."""
        self._lock = threading.Lock()
        self._said: OrderedDict[tuple[str, bytes], _Said] = OrderedDict()
        for line in lines:
            if line.get("event") == "signed":
                self._keep(line)

    def _keep(self, line: Mapping[str, Any]) -> None:
        try:
            key = str(line["credential"]), bytes.fromhex(line["prescription"])
            said = _Said(bytes.fromhex(line["sha256"])[:_SHORT], bytes.fromhex(line.get("draft", ""))[:_SHORT])
        except (KeyError, ValueError, TypeError):
            return
        self._put(key, said)

    @contextmanager
    def reserved(self, credential_id: str, id: bytes, *, signed: bytes, draft: bytes = b"") -> Iterator[None]:
        """While this prescription is being signed, and afterwards where that succeeds. `signed`: SHA-256 of what is signed;
        `draft`: `digest` of the draft that it was made of. SetupError `prescription_id_used` for another content."""
        key, said = (credential_id, id), _Said(signed[:_SHORT], draft[:_SHORT])
        with self._lock:
            before = self._said.get(key)
            if before is not None and before.signed != said.signed and not (draft and before.draft == said.draft):
                raise SetupError("prescription_id_used")
            self._put(key, said)
        try:
            yield
        except BaseException:
            with self._lock:
                if before is not None:
                    self._said[key] = before
                else:
                    self._said.pop(key, None)
            raise

    def _put(self, key: tuple[str, bytes], said: _Said) -> None:
        before = self._said.get(key)
        self._said[key] = said._replace(draft=said.draft or (before.draft if before else b""))
        self._said.move_to_end(key)
        while len(self._said) > MOST:
            self._said.popitem(last=False)


def digest(id: bytes, draft: bytes) -> bytes:
    """Of a draft, as the log has it."""
    return sha256(id + draft).digest()
