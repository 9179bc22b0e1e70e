"""An issuer with its people, and what a pharmacy would make of what it publishes.

Example: `region = issuer(tmp_path); give(region, tmp_path, "p")`
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from dpr.apps.issuer_folder import IssuerFolder
from dpr.apps.issuer_lists import Published
from dpr.core import documents, key_request
from dpr.core.trust import Anchor, Trust
from dpr.core.trust_list import Environment, TrustList, TrustListContent
from tests.world import NOW, signer

AT = datetime.fromtimestamp(NOW, UTC)
ID = "SE2321000016-T001"
PHYSICIAN: dict[str, Any] = {
    "role": "prescriber",
    "name": "Test Testsson",
    "prescriber_code": "9999999",
    "profession": "LK",
    "phone": "08-465 004 99",
    "workplace": {"name": "Hälsocentralen Norrfjärden", "place": "Piteå", "code": "4100300200100"},
}
COLUMNS = "role;name;prescriber_code;profession;phone;workplace_name;workplace_place;workplace_code;workplace_hsa_id;request"


def later(seconds: int) -> datetime:
    """So many seconds after `AT`."""
    return datetime.fromtimestamp(NOW + seconds, UTC)


def issuer(folder: Path, **changes: Any) -> IssuerFolder:
    """A new issuer in `folder`/region."""
    given = {"id": ID, "name": "Region Test", "role": "care_provider"} | changes
    return IssuerFolder.create(folder / "region", **given)


def request(folder: Path, name: str) -> Path:
    """The request of the key `name`."""
    path = folder / f"{name}.request"
    path.write_bytes(key_request.make(signer(name)))
    return path


def holder(folder: Path, **changes: Any) -> Path:
    """A physician's description with changes; None takes a member away."""
    path = folder / "holder.json"
    members = {name: value for name, value in (PHYSICIAN | changes).items() if value is not None}
    path.write_text(json.dumps(members), "utf-8")
    return path


def give(region: IssuerFolder, folder: Path, key: str, *, days: int = 90, now: datetime = AT, **changes: Any) -> Path:
    """A credential of the key named `key`."""
    out = folder / f"{key}.cbor"
    region.issue(request(folder, key), holder(folder, **changes), out, days=days, now=now)
    return out


def table(folder: Path, people: int, *, first: int = 0) -> Path:
    """people.csv with so many lines, and their requests in requests/."""
    requests = folder / "requests"
    requests.mkdir(exist_ok=True)
    lines = [COLUMNS]
    for number in range(first, first + people):
        request(requests, f"p{number}")
        code = 1_000_000 + number
        lines.append(f"prescriber;Test Testsson;{code};LK;08-465 004 99;Norrfjärden;Piteå;4100300200100;;p{number}.request")
    path = folder / "people.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def trust(region: IssuerFolder, *lists: Path) -> Trust:
    """What a pharmacy holds that trusts the issuer and has its lists, each verified."""
    admitted = msgspec.structs.replace(region.issuer, valid_from=NOW - 10**6, valid_until=NOW + 10**8)
    content = TrustListContent(version=1, environment=Environment.TEST, next_update=NOW + 10**6, issuers=(admitted,))
    listed = TrustList(authority="se-test", issued_at=NOW, content=content)
    anchor = Anchor(authority="se-test", environment=Environment.TEST, threshold=1, keys=(signer("root").key,))
    bare = Trust(anchor, listed)
    opened = [documents.open(path.read_bytes(), bare) for path in lists]
    statuses = documents.newest(one for one in opened if one.kind is documents.STATUS_LIST)
    revoked = documents.newest(one for one in opened if one.kind is documents.REVOCATION)
    return Trust(anchor, listed, statuses, revocations=revoked)


def trust_by(region: IssuerFolder, published: Published) -> Trust:
    """As `trust`, with what was published."""
    return trust(region, *published.paths)


def code_of(action: Any) -> str:
    """The code of the error that an action ends in."""
    from dpr.core.errors import DprError

    try:
        action()
    except DprError as error:
        return error.code
    raise AssertionError("no error")
