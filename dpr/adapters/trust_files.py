"""What a site holds of trust data, in a folder: anchor.json, trust-list.cbor, status/*.cbor, credentials/*.cbor.

Rules: nothing is used that does not verify when it is loaded, and nothing is kept that does not verify when it is brought in.
Nothing is replaced by what is older, nor by other content that claims to be as new (rollback); what is held bars the way only
while it verifies and is not itself dated in the future, so that one bad list cannot keep every later one out. The highest
version of the trust list is also kept beside it (trust-list.version), where a torn list cannot take it along. One bad
credential or status list among many is left out and named in `skipped`, so that it cannot switch the pharmacy off.

Example: `TrustFiles(folder).load()`
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from dpr.adapters import files
from dpr.core import cbor, demo_keys, documents
from dpr.core.drafts import parse
from dpr.core.errors import DocumentError, DprError, InputError, Problem, SetupError
from dpr.core.key_field import KeyType
from dpr.core.keys import PublicKey
from dpr.core.status import StatusList
from dpr.core.trust import Anchor, Chain, Trust
from dpr.core.trust_list import Environment, TrustList

T = TypeVar("T")
_LIST_LIMIT = cbor.MAX_SIGNED_BYTES
_DOCUMENT_LIMIT = documents.MAX_DOCUMENT_BYTES
#: How far an issuer's clock may be ahead of ours where the caller names no other figure: the policy's default.
SKEW_SECONDS = 300


class _Seen(msgspec.Struct, frozen=True):
    """trust-list.version: the trust list of the highest version that was brought in."""

    version: int
    issued_at: int
    sha256: str


class TrustFiles:
    """The trust data of one folder. `credentials`: what the last `load` found; `skipped`: file name and code of what it
    left out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.credentials: tuple[Chain, ...] = ()
        self.skipped: list[tuple[str, str]] = []

    def load(self) -> Trust:
        """Everything that verifies. SetupError `trust_not_set_up` without anchor or trust list; DocumentError where the
        trust list itself does not verify."""
        issuers = self._issuers(self.anchor())
        self.skipped = []
        lists = list(self._verified("status", lambda data: _open_status(data, issuers)))
        lists.sort(key=lambda opened: opened.value.issued_at)
        newest = {(opened.issuer.id, opened.value.uri): opened.value for opened in lists}
        signers = list(self._verified("credentials", lambda data: documents.open_credential(data, issuers)))
        self.credentials = tuple(signers)
        return Trust(issuers.anchor, issuers.trust_list, newest, signers)

    def anchor(self) -> Anchor:
        """The authority's keys as installed. SetupError, InputError `anchor_invalid`."""
        try:
            return read_anchor(files.read(self.folder / "anchor.json", limit=_DOCUMENT_LIMIT))
        except SetupError as error:
            if error.code != "file_missing":
                raise
            raise SetupError("trust_not_set_up", f"no anchor.json in {self.folder}") from None

    def _trust_list(self) -> bytes:
        try:
            return files.read(self.folder / "trust-list.cbor", limit=_LIST_LIMIT)
        except SetupError:
            raise SetupError("trust_not_set_up", f"no trust-list.cbor in {self.folder}") from None

    def _issuers(self, anchor: Anchor) -> Trust:
        return Trust(anchor, documents.open_trust_list(self._trust_list(), anchor))

    def _verified(self, name: str, check: Callable[[bytes], T]) -> Iterator[T]:
        for path in sorted((self.folder / name).glob("*.cbor")):
            try:
                yield check(files.read(path, limit=_LIST_LIMIT))
            except DprError as error:
                self.skipped.append((f"{name}/{path.name}", error.code))

    def bring_in(self, data: bytes, *, now: int, skew_seconds: int = SKEW_SECONDS) -> str:
        """Keeps a trust list, status list or credential after verifying it; returns its kind.

        `now`: seconds; `skew_seconds`: how far ahead of it a list may be dated. Raises DocumentError: `trust_list_older`,
        `status_list_older`, `credential_older`, `list_from_the_future` (what is held stays), or as dpr.core.documents.
        """
        anchor, latest = self.anchor(), now + skew_seconds
        if data[:2] == b"\xd8\x62":
            return self._bring_in_trust_list(data, anchor, latest)
        issuers = self._issuers(anchor)
        opened: documents.Opened[Any] = documents.open(data, issuers)
        if opened.kind is documents.STATUS_LIST:
            _refuse_future(opened.value.issued_at, latest)
            path = self.folder / "status" / f"{documents.name_of(opened.issuer.id, opened.value.uri)}.cbor"
            self._refuse_older_status(data, opened.value, path, issuers, latest)
        elif opened.kind is documents.CREDENTIAL_KIND:
            credential = documents.open_credential(data, issuers).credential
            name = documents.name_of(credential.issuer, credential.key.thumbprint.hex())
            path = self.folder / "credentials" / f"{name}.cbor"
            for held in _held(path, lambda kept: documents.open_credential(kept, issuers).credential):
                if held.valid_from > credential.valid_from:
                    raise DocumentError("credential_older", credential.id)
        else:
            raise DocumentError("document_kind", opened.kind.typ)
        files.replace(path, data)
        return opened.kind.typ

    def _refuse_older_status(self, data: bytes, fresh: StatusList, path: Path, issuers: Trust, latest: int) -> None:
        digest = hashlib.sha256(data).digest()
        for held in _held(path, lambda kept: _open_status(kept, issuers)):
            if held.value.issued_at > latest or held.digest == digest:
                continue
            if held.value.issued_at >= fresh.issued_at:
                same = held.value.issued_at == fresh.issued_at
                raise DocumentError("status_list_older", "held with other content, issued the same second" if same else "")

    def _bring_in_trust_list(self, data: bytes, anchor: Anchor, latest: int) -> str:
        fresh = _seen(data, documents.open_trust_list(data, anchor))
        _refuse_future(fresh.issued_at, latest)
        highest = self._highest(anchor, latest)
        if highest is not None and highest.version > fresh.version:
            raise DocumentError("trust_list_older", f"version {fresh.version}, held {highest.version}")
        if highest is not None and highest.version == fresh.version and highest.sha256 != fresh.sha256:
            raise DocumentError("trust_list_older", f"version {fresh.version} is held with other content")
        # The version first: a crash between the two leaves the old list in force and only the new one welcome.
        files.replace(self.folder / "trust-list.version", msgspec.json.encode(fresh) + b"\n")
        files.replace(self.folder / "trust-list.cbor", data)
        return documents.TRUST_LIST.typ

    def _highest(self, anchor: Anchor, latest: int) -> _Seen | None:
        """The trust list of the highest version that was brought in, of those not dated after `latest`."""
        found = _held(self.folder / "trust-list.cbor", lambda kept: _seen(kept, documents.open_trust_list(kept, anchor)))
        with suppress(DprError, ValueError, RecursionError):  # no such file yet, or torn: the list itself says its version
            written = files.read(self.folder / "trust-list.version", limit=_DOCUMENT_LIMIT)
            found.append(msgspec.json.decode(written, type=_Seen))
        return max((one for one in found if one.issued_at <= latest), key=lambda one: one.version, default=None)


def _seen(data: bytes, value: TrustList) -> _Seen:
    return _Seen(value.content.version, value.issued_at, hashlib.sha256(data).hexdigest())


def _open_status(data: bytes, issuers: Trust) -> documents.Opened[StatusList]:
    return documents.open(data, issuers, expected_kind=documents.STATUS_LIST)


def _held(path: Path, check: Callable[[bytes], T]) -> list[T]:
    """What is held in `path`: nothing where it is missing or does not verify, since then it is not in force either."""
    try:
        return [check(files.read(path, limit=_LIST_LIMIT))]
    except DprError:
        return []


def _refuse_future(issued_at: int, latest: int) -> None:
    if issued_at > latest:
        raise DocumentError("list_from_the_future", f"{issued_at - latest} seconds more than a clock may differ")


def read_anchor(data: bytes) -> Anchor:
    """An anchor from its JSON; InputError `anchor_invalid` with every problem."""
    written = parse(data)
    problems: list[Problem] = []
    named = written.get("environment")
    environments = {"test": Environment.TEST, "production": Environment.PRODUCTION}
    environment = environments.get(named) if type(named) is str else None
    if environment is None:
        problems.append(Problem("$.environment", "anchor_invalid", "not valid", "test or production"))
    keys: list[PublicKey] = []
    entries = written.get("keys")
    for number, entry in enumerate(entries if isinstance(entries, list) else []):
        key = KeyType().from_json(entry, f"$.keys[{number}]", problems)
        keys += [key] if key else []
    threshold = written.get("threshold")
    if type(threshold) is not int or not 1 <= threshold <= len(set(keys)):
        threshold = 0
        problems.append(Problem("$.threshold", "anchor_invalid", "not valid", "1 to the number of different keys"))
    if type(written.get("authority")) is not str:
        problems.append(Problem("$.authority", "anchor_invalid", "not text", "the authority's name"))
    if problems or environment is None or not threshold:
        raise InputError("anchor_invalid", tuple(problems))
    if environment is Environment.PRODUCTION and any(key.thumbprint in demo_keys.THUMBPRINTS for key in keys):
        raise SetupError("demo_key_in_production", "anchor.json")
    return Anchor(authority=written["authority"], environment=environment, threshold=threshold, keys=tuple(keys))


def write_anchor(anchor: Anchor) -> bytes:
    """The JSON of an anchor."""
    return (json.dumps(anchor_members(anchor), indent=2) + "\n").encode()


def anchor_members(anchor: Anchor) -> dict[str, Any]:
    """The members of that JSON; keys in hexadecimal."""
    return {
        "authority": anchor.authority,
        "environment": anchor.environment.name.lower(),
        "threshold": anchor.threshold,
        "keys": [KeyType().to_json(key) for key in anchor.keys],
    }
