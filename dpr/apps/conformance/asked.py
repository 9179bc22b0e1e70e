"""What a request of the kit brings: bytes, and the site that judges them (docs/conformance.md).

Rules: a request has its own members and nothing else; a part of a site that does not verify is not taken up.

Example: `trust({"trust": {"anchor": {…}, "trust_list": "d284…"}})`
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from dpr.core import cbor, documents
from dpr.core.errors import DprError
from dpr.core.keys import PublicKey, decode_key
from dpr.core.policy import Policy
from dpr.core.policy import read as read_policy
from dpr.core.root import Root
from dpr.core.snapshot import Snapshot
from dpr.core.trust import Anchor, Trust
from dpr.core.trust_list import Environment

#: `layer`, `input`, and for some layers `now`, `policy`, `trust`, `known_since`, `key`, `external_aad`, `given`.
Request = Mapping[str, Any]
ACCEPTED = "accepted"


class Judged(NamedTuple):
    """`accepted` or the code of the fault; what is stated of an accepted one, `checks` of a refused prescription too."""

    code: str
    said: dict[str, Any]


# --- what a site holds ------------------------------------------------------------------------------------------------


def anchor(written: Mapping[str, Any]) -> Anchor:
    """A trust anchor as a vector writes it."""
    return Anchor(
        authority=written["authority"],
        environment=Environment[written["environment"].upper()],
        threshold=written["threshold"],
        keys=tuple(key(one) for one in written["keys"]),
    )


def key(text: str) -> PublicKey:
    """A COSE_Key in hexadecimal. KeyFault and others of dpr.core.keys."""
    return decode_key(cbor.decode(bytes.fromhex(text)))


@lru_cache(maxsize=64)
def _opened(written: str) -> Trust:
    held = json.loads(written)
    installed, trust_list, in_force = anchor(held["anchor"]), bytes.fromhex(held["trust_list"]), root(held)
    issuers = documents.open_trust(installed, trust_list)
    return documents.open_trust(
        installed,
        trust_list,
        status_lists=_verifying(held, "status_lists", issuers, documents.STATUS_LIST),
        revocations=_verifying(held, "revocations", issuers, documents.REVOCATION),
        credentials=_verifying(held, "credentials", issuers, documents.CREDENTIAL_KIND),
        snapshot=_snapshot(held, in_force),
        floor=held.get("floor", 0),
        root_version=in_force.content.version if in_force else None,
    )


def _verifying(held: Mapping[str, Any], name: str, issuers: Trust, kind: documents.Kind[Any]) -> list[bytes]:
    written = [bytes.fromhex(one) for one in held.get(name, ())]
    return [one for one in written if _verifies(one, issuers, kind)]


def _snapshot(held: Mapping[str, Any], in_force: Root | None) -> Snapshot | None:
    try:
        return documents.open_snapshot(bytes.fromhex(held["snapshot"]), in_force) if in_force and "snapshot" in held else None
    except DprError:
        return None


def root(held: Mapping[str, Any]) -> Root | None:
    """The root that a site holds: its fingerprint was compared when it was installed, or it followed on one."""
    return documents.open_root(bytes.fromhex(held["root"]), None) if held.get("root") else None


def _verifies(document: bytes, issuers: Trust, kind: documents.Kind[Any]) -> bool:
    """A part that does not verify is not taken up; a site goes on with the others (docs/format.md §10)."""
    try:
        if kind is documents.CREDENTIAL_KIND:
            documents.open_credential(document, issuers)
        else:
            documents.open(document, issuers, expected_kind=kind)
    except DprError:
        return False
    return True


def trust(request: Request) -> Trust:
    """What the site of a request trusts."""
    return _opened(json.dumps(request["trust"]))


def policy(request: Request) -> Policy:
    """The site's settings; what is not said is dpr's default, in the test environment. InputError `policy_invalid`."""
    return read_policy({"environment": "test"} | request["policy"], "policy")


def data(request: Request) -> bytes:
    """The input's bytes."""
    return bytes.fromhex(request["input"])


def document(kind: documents.Kind[Any]) -> Callable[[Request], Judged]:
    """The judge of a kind that one signs."""

    def judge(request: Request) -> Judged:
        opened = documents.open(data(request), trust(request), expected_kind=kind)
        return Judged(ACCEPTED, {"claims": kind.claims.to_json(opened.value)})

    return judge
