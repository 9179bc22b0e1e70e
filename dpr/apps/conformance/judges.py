"""What dpr says of a request: one judge for each layer (tests/vectors/README.md, docs/conformance.md).

Rules: a judge sees a request's own members and nothing else; it returns what an accepted vector of its layer must state, or
Refused, or raises a DprError: its code is the answer. A layer is an entry in JUDGES and in STATED.

Example: `judged({"layer": "cbor", "input": "a0"})` → `Judged("accepted", {})`
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from dpr.apps.conformance import judges_of_mail
from dpr.apps.conformance.asked import ACCEPTED, Judged, Request, anchor, data, document, key, policy, root, trust
from dpr.core import cbor, cose, documents, human, qr
from dpr.core.errors import DprError
from dpr.core.prescription import PRESCRIPTION
from dpr.core.qr_parts import from_texts
from dpr.core.verify import Accepted, Check, verify
from dpr.core.wording import LANGUAGES

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
    "status_list": document(documents.STATUS_LIST),
    "revocation": document(documents.REVOCATION),
    "dispensing": document(documents.DISPENSING),
    "prescription": _prescription,
    **judges_of_mail.JUDGES,
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
    **judges_of_mail.STATED,
}


def judged(request: Request) -> Judged:
    """What dpr says of a request. KeyError, ValueError and TypeError where it is not one."""
    try:
        return JUDGES[request["layer"]](request)
    except DprError as error:
        return Judged(error.code, {})
