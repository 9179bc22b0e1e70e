"""What a site holds of trust data, in a folder: anchor.json, trust-list.cbor, status/*.cbor, credentials/*.cbor.

Rules: nothing is used that does not verify when it is loaded, and nothing is kept that does not verify when it is brought in; a
trust list is replaced only by one of a higher version, a status list only by a newer one (rollback). One bad credential or
status list among many is left out and named in `skipped`, so that it cannot switch the pharmacy off.

Example: `TrustFiles(folder).load()`
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dpr.adapters import files
from dpr.core import cbor, demo_keys, documents
from dpr.core.drafts import parse
from dpr.core.errors import DocumentError, DprError, InputError, Problem, SetupError
from dpr.core.key_field import KeyType
from dpr.core.keys import PublicKey
from dpr.core.trust import Anchor, Trust
from dpr.core.trust_list import Environment

_LIST_LIMIT = cbor.MAX_BYTES
_DOCUMENT_LIMIT = documents.MAX_DOCUMENT_BYTES


class TrustFiles:
    """A `TrustStore` over one folder. `skipped`: file name and code of what the last `load` left out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.skipped: list[tuple[str, str]] = []

    def load(self) -> Trust:
        """Everything that verifies. SetupError `trust_not_set_up` without anchor or trust list; DocumentError where the
        trust list itself does not verify."""
        anchor, trust_list = self.anchor(), self._trust_list()
        issuers = documents.open_trust(anchor, trust_list)
        self.skipped = []
        lists = self._verified("status", lambda data: documents.open(data, issuers, expected_kind=documents.STATUS_LIST))
        credentials = self._verified("credentials", lambda data: documents.open_credential(data, issuers))
        return documents.open_trust(anchor, trust_list, status_lists=lists, credentials=credentials)

    def anchor(self) -> Anchor:
        """The authority's keys as installed. SetupError, InputError `anchor_invalid`."""
        try:
            return read_anchor(files.read(self.folder / "anchor.json", limit=_DOCUMENT_LIMIT))
        except SetupError:
            raise SetupError("trust_not_set_up", f"no anchor.json in {self.folder}") from None

    def _trust_list(self) -> bytes:
        try:
            return files.read(self.folder / "trust-list.cbor", limit=_LIST_LIMIT)
        except SetupError:
            raise SetupError("trust_not_set_up", f"no trust-list.cbor in {self.folder}") from None

    def _verified(self, name: str, check: Any) -> list[bytes]:
        found = []
        for path in sorted((self.folder / name).glob("*.cbor")):
            try:
                data = files.read(path, limit=_LIST_LIMIT)
                check(data)
            except DprError as error:
                self.skipped.append((f"{name}/{path.name}", error.code))
            else:
                found.append(data)
        return found

    def bring_in(self, data: bytes) -> str:
        """Keeps a trust list, status list or credential after verifying it; returns its kind.

        Raises DocumentError: `trust_list_older`, `status_list_older` (what is held stays), or as dpr.core.documents.
        """
        anchor = self.anchor()
        if data[:2] == b"\xd8\x62":
            return self._bring_in_trust_list(data, anchor)
        issuers = documents.open_trust(anchor, self._trust_list())
        opened: documents.Opened[Any] = documents.open(data, issuers)
        if opened.kind is documents.STATUS_LIST:
            held = self.load().status_lists.get((opened.issuer.id, opened.value.uri))
            if held is not None and held.issued_at > opened.value.issued_at:
                raise DocumentError("status_list_older")
            name = f"status/{documents.name_of(opened.issuer.id, opened.value.uri)}.cbor"
        elif opened.kind is documents.CREDENTIAL_KIND:
            name = f"credentials/{documents.open_credential(data, issuers).credential.id}.cbor"
        else:
            raise DocumentError("document_kind", opened.kind.typ)
        files.replace(self.folder / name, data)
        return opened.kind.typ

    def _bring_in_trust_list(self, data: bytes, anchor: Anchor) -> str:
        fresh = documents.open_trust_list(data, anchor)
        if (self.folder / "trust-list.cbor").exists():
            held = documents.open_trust_list(self._trust_list(), anchor)
            if held.content.version > fresh.content.version:
                raise DocumentError("trust_list_older", f"version {fresh.content.version}, held {held.content.version}")
        files.replace(self.folder / "trust-list.cbor", data)
        return documents.TRUST_LIST.typ


def read_anchor(data: bytes) -> Anchor:
    """An anchor from its JSON; InputError `anchor_invalid` with every problem."""
    written = parse(data)
    problems: list[Problem] = []
    environment = {"test": Environment.TEST, "production": Environment.PRODUCTION}.get(written.get("environment", ""))
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
    written = {
        "authority": anchor.authority,
        "environment": anchor.environment.name.lower(),
        "threshold": anchor.threshold,
        "keys": [KeyType().to_json(key) for key in anchor.keys],
    }
    return (json.dumps(written, indent=2) + "\n").encode()
