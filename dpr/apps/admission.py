"""Who is admitted by an authority: issuers/<name>.json in its folder, one file each, from which trust lists are drafted.

Rules: a key is one issuer's, who has shown to have it (dpr.apps.issuer_proofs). An issuer is in force from an hour before it
was admitted, for pharmacies whose clock is behind. Admitted anew, it stays in force from when it was: what it vouched for is
judged by when it was signed.

Example: `Admission(folder).add(Path("region/issuer.json"), days=365, now=now).valid_from`
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from dpr.adapters import files
from dpr.apps.issuer_proofs import MEMBER, proven
from dpr.core import documents, drafts
from dpr.core.errors import InputError, Problem, SetupError
from dpr.core.keys import PublicKey
from dpr.core.trust_list import ISSUER, Issuer

_DAY = 86_400
BEGINS_EARLIER_SECONDS = 3600
_LIMIT = 4_000_000


class Admission:
    """The issuers in an authority's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, description: Path, *, days: int, now: datetime) -> Issuer:
        """Admits the issuer of an issuer.json for `days` from `now`, or admits it anew. InputError `issuer_invalid`, also
        where what was admitted before is damaged; SetupError `issuer_key_taken`, `issuer_key_unproven`."""
        begins = int(now.timestamp()) - BEGINS_EARLIER_SECONDS
        written = drafts.parse(files.read(description, limit=_LIMIT))
        proven_by = {MEMBER: written.pop(MEMBER, None)}
        issuer = _issuer(written | {"valid_from": begins, "valid_until": begins + days * _DAY}, "$")
        admitted = {one.id: one for one in self.issuers()}
        before = admitted.pop(issuer.id, None)
        for other in admitted.values():
            _refuse(issuer, set(other.keys) & set(issuer.keys), "issuer_key_taken", f"{issuer.id}, {other.id}")
        shown = proven(proven_by, issuer.id) | set(before.keys if before else ())
        _refuse(issuer, set(issuer.keys) - shown, "issuer_key_unproven", issuer.id)
        if before is not None:
            issuer = msgspec.structs.replace(issuer, valid_from=min(begins, before.valid_from))
        text = json.dumps(ISSUER.to_json(issuer), indent=2, ensure_ascii=False) + "\n"
        files.replace(self._path(issuer.id), text.encode())
        return issuer

    def remove(self, id: str) -> None:
        """The issuer is on no further list. SetupError `issuer_unknown`."""
        try:
            self._path(id).unlink()
        except FileNotFoundError:
            raise SetupError("issuer_unknown", id) from None

    def issuers(self) -> tuple[Issuer, ...]:
        """Every issuer that is admitted. SetupError `file_missing` without a folder, InputError `issuer_invalid`."""
        if not self._folder.is_dir():
            raise SetupError("file_missing", str(self._folder))
        return tuple(_read(path) for path in sorted((self._folder / "issuers").glob("*.json")))

    def _path(self, id: str) -> Path:
        return self._folder / "issuers" / f"{documents.name_of(id)}.json"


def _refuse(issuer: Issuer, keys: set[PublicKey], code: str, whose: str) -> None:
    first = next((one for one in issuer.keys if one in keys), None)
    if first is not None:
        raise SetupError(code, f"{whose}: key {first.thumbprint.hex()[:16]}")


def _read(path: Path) -> Issuer:
    return _issuer(drafts.parse(files.read(path, limit=_LIMIT)), path.name)


def _issuer(written: dict[str, Any], where: str) -> Issuer:
    problems: list[Problem] = []
    issuer = ISSUER.from_json(written, where, problems)
    if issuer is None:
        raise InputError("issuer_invalid", tuple(problems))
    return issuer
