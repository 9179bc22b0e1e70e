"""What dpr says of a request: one judge for each layer (tests/vectors/README.md, docs/conformance.md).

Rules: a judge sees a request's own members and nothing else; it returns what an accepted vector of its layer must state, or
Refused, or raises a DprError: its code is the answer. A layer is an entry in JUDGES and in STATED.

Example: `judged({"layer": "cbor", "input": "a0"})` → `Judged("accepted", {})`
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from dpr.core import cbor, cose, documents, human, qr
from dpr.core.errors import DprError
from dpr.core.keys import PublicKey, decode_key
from dpr.core.policy import Policy
from dpr.core.policy import read as read_policy
from dpr.core.prescription import PRESCRIPTION
from dpr.core.qr_parts import from_texts
from dpr.core.root import Root
from dpr.core.snapshot import Snapshot
from dpr.core.trust import Anchor, Trust
from dpr.core.trust_list import Environment
from dpr.core.verify import Accepted, Check, verify
from dpr.core.wording import LANGUAGES

#: `layer`, `input`, and for some layers `now`, `policy`, `trust`, `known_since`, `key`, `external_aad`.
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


# --- one judge for each layer -------------------------------------------------------------------------------------------


def _cbor(request: Request) -> Judged:
    cbor.decode(data(request))
    return Judged(ACCEPTED, {})


def _key(request: Request) -> Judged:
    return Judged(ACCEPTED, {"thumbprint": key(request["input"]).thumbprint.hex()})


def _cose(request: Request) -> Judged:
    opened = cose.verify1(data(request), key(request["key"]), external_aad=bytes.fromhex(request["external_aad"]))
    return Judged(ACCEPTED, {"payload": opened.payload.hex()})


def _qr(request: Request) -> Judged:
    return Judged(ACCEPTED, {"document": qr.from_text(request["input"]).hex()})


def _parts(request: Request) -> Judged:
    return Judged(ACCEPTED, {"documents": [document.hex() for document in from_texts(request["input"])]})


def _root(request: Request) -> Judged:
    document = data(request)
    value = documents.open_root(document, root(request["trust"]))
    return Judged(ACCEPTED, {"claims": documents.ROOT.claims.to_json(value), "fingerprint": documents.fingerprint(document)})


def _snapshot_alone(request: Request) -> Judged:
    held = root(request["trust"])
    if held is None:
        raise ValueError("a snapshot is judged with a root")
    value = documents.open_snapshot(data(request), held)
    return Judged(ACCEPTED, {"claims": documents.SNAPSHOT.claims.to_json(value)})


def _trust_list(request: Request) -> Judged:
    value = documents.open_trust_list(data(request), anchor(request["trust"]["anchor"]))
    return Judged(ACCEPTED, {"claims": documents.TRUST_LIST.claims.to_json(value)})


def _credential(request: Request) -> Judged:
    signer = documents.open_credential(data(request), trust(request))
    return Judged(ACCEPTED, {"claims": documents.CREDENTIAL_KIND.claims.to_json(signer.credential)})


def _document(kind: documents.Kind[Any]) -> Callable[[Request], Judged]:
    def judge(request: Request) -> Judged:
        opened = documents.open(data(request), trust(request), expected_kind=kind)
        return Judged(ACCEPTED, {"claims": kind.claims.to_json(opened.value)})

    return judge


def _prescription(request: Request) -> Judged:
    now = datetime.fromisoformat(request["now"])
    since = request.get("known_since")
    verdict = verify(data(request), trust(request), now, policy=policy(request), known_since=since)
    checks = {"checks": [written(check) for check in verdict.checks]}
    if isinstance(verdict, Accepted):
        claims = PRESCRIPTION.to_json(verdict.prescription)
        return Judged(ACCEPTED, {"claims": claims, "text": text(verdict)} | checks)
    return Judged(verdict.code, checks)


def text(verdict: Accepted) -> dict[str, Any]:
    """What people compare, by language, without a product file: headings, each with its rows of label and value."""
    said, holder, issuer = verdict.prescription, verdict.prescriber.holder, verdict.issuer.name
    return {
        language: [[part.heading, [*map(list, part.rows)]] for part in human.sections(said, holder, issuer, language=language)]
        for language in LANGUAGES
    }


def written(check: Check) -> dict[str, Any]:
    """A check as a vector states it; what is at its default is not written."""
    found: dict[str, Any] = {"step": check.step, "code": check.code, "outcome": check.outcome.name.lower()}
    found |= {} if check.item is None else {"item": check.item}
    found |= {} if check.age_seconds is None else {"age_seconds": check.age_seconds}
    return found | ({"override": True} if check.override else {})


JUDGES: dict[str, Callable[[Request], Judged]] = {
    "cbor": _cbor,
    "key": _key,
    "cose": _cose,
    "qr": _qr,
    "parts": _parts,
    "root": _root,
    "trust_list": _trust_list,
    "snapshot": _snapshot_alone,
    "credential": _credential,
    "status_list": _document(documents.STATUS_LIST),
    "revocation": _document(documents.REVOCATION),
    "dispensing": _document(documents.DISPENSING),
    "prescription": _prescription,
}
#: What an accepted vector of a layer must state, so that nothing is accepted for another thing than it says.
STATED: dict[str, frozenset[str]] = {
    "cbor": frozenset(),
    "key": frozenset({"thumbprint"}),
    "cose": frozenset({"payload"}),
    "qr": frozenset({"document"}),
    "parts": frozenset({"documents"}),
    "root": frozenset({"claims", "fingerprint"}),
    "trust_list": frozenset({"claims"}),
    "snapshot": frozenset({"claims"}),
    "credential": frozenset({"claims"}),
    "status_list": frozenset({"claims"}),
    "revocation": frozenset({"claims"}),
    "dispensing": frozenset({"claims"}),
    "prescription": frozenset({"claims", "checks", "text"}),
}


def judged(request: Request) -> Judged:
    """What dpr says of a request. KeyError, ValueError and TypeError where it is not one."""
    try:
        return JUDGES[request["layer"]](request)
    except DprError as error:
        return Judged(error.code, {})
