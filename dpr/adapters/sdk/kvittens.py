"""SDK's receipt of a message, meddelandekvittens 1.1: UBL 2.1 ApplicationResponse in Digg's profile.

Rules: ACCEPTED has no reason, REJECTED has one at least; each reason has a category (SV the schema, BV a rule, SIG the
signature), a detail code, a text and a place. The parties are those of the envelope. A text that came from outside is never
shown or kept as it is: only what it begins with, when that is a code of ours.

Example: `read(envelope).accepted`
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from dpr.adapters.sdk.envelope import Envelope, Kind
from dpr.adapters.sdk.names import ACTOR_SCHEME, CAC, CBC, ORGANISATION, PROCESS, RESPONSE, RESPONSE_PROFILE, instant
from dpr.adapters.sdk.shapes import MANY, Shape, Slot, at, check, leaf, optional_text, text_at, tree
from dpr.adapters.sdk.xml_tree import Element
from dpr.core.errors import DocumentError

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CLOCK = re.compile(r"\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII)
#: Where the place of a fault cannot be named.
NO_PLACE = "NA"


class Fault(NamedTuple):
    """One reason. `category`: `SV`, `BV` or `SIG`; `detail`: Digg's detail code, or empty; `place`: an XPath, or `NA`."""

    category: str
    detail: str
    text: str
    place: str = NO_PLACE


class Kvittens(NamedTuple):
    """A receipt. `sender`: the organisation that receipts; `recipient`: the one that sent the message; `refers_to`: the id of
    its envelope; `issued_at`: instant in seconds; `faults`: why it is rejected, none where it is accepted."""

    id: str
    issued_at: int
    sender: str
    recipient: str
    refers_to: str
    faults: tuple[Fault, ...] = ()

    @property
    def accepted(self) -> bool:
        return not self.faults


def _a(name: str) -> str:
    return f"{{{CAC}}}{name}"


def _b(name: str) -> str:
    return f"{{{CBC}}}{name}"


_PARTY = Shape((Slot(_b("EndpointID")),))
#: `Response` has a `Status` only inside a `LineResponse`: Digg's rule R1-APP, tested by `_faults` and `read`.
_SHAPES = {
    f"{{{RESPONSE}}}ApplicationResponse": Shape(
        (
            Slot(_b("CustomizationID")),
            Slot(_b("ProfileID")),
            Slot(_b("ID")),
            Slot(_b("IssueDate")),
            Slot(_b("IssueTime")),
            Slot(_a("SenderParty")),
            Slot(_a("ReceiverParty")),
            Slot(_a("DocumentResponse")),
        )
    ),
    _b("CustomizationID"): Shape(pattern=re.compile(re.escape(RESPONSE_PROFILE))),
    _b("ProfileID"): Shape(pattern=re.compile(re.escape(PROCESS))),
    _b("ID"): Shape(),
    _b("IssueDate"): Shape(pattern=_DAY),
    _b("IssueTime"): Shape(pattern=_CLOCK),
    _a("SenderParty"): _PARTY,
    _a("ReceiverParty"): _PARTY,
    _b("EndpointID"): Shape(pattern=ORGANISATION),
    _a("DocumentResponse"): Shape((Slot(_a("Response")), Slot(_a("DocumentReference")), Slot(_a("LineResponse"), 0, MANY))),
    _a("DocumentReference"): Shape((Slot(_b("ID")),)),
    _a("Response"): Shape((Slot(_b("ResponseCode")), Slot(_a("Status"), 0))),
    _b("ResponseCode"): Shape(pattern=re.compile("ACCEPTED|REJECTED|SV|BV|SIG")),
    _a("Status"): Shape((Slot(_b("StatusReasonCode"), 0), Slot(_b("StatusReason")))),
    _b("StatusReasonCode"): Shape(),
    _b("StatusReason"): Shape(longest=10_000),
    _a("LineResponse"): Shape((Slot(_a("LineReference")), Slot(_a("Response")))),
    _a("LineReference"): Shape((Slot(_b("LineID")),)),
    _b("LineID"): Shape(longest=2_000),
}


def read(envelope: Envelope) -> Kvittens:
    """The receipt in an envelope of that kind. DocumentError `sdk_structure`, `sdk_value`, `sdk_kvittens` (accepted with a
    reason, rejected without), `sdk_parties_differ`."""
    assert envelope.kind is Kind.RESPONSE
    root = envelope.payload
    check(root, _SHAPES)
    answer = at(root, _a("DocumentResponse"))
    code, faults = text_at(answer, _a("Response"), _b("ResponseCode")), _faults(answer)
    if (
        code not in ("ACCEPTED", "REJECTED")
        or bool(faults) is not (code == "REJECTED")
        or len(at(answer, _a("Response")).children) > 1
    ):
        raise DocumentError("sdk_kvittens")
    found = Kvittens(
        id=text_at(root, _b("ID")),
        issued_at=instant(f"{text_at(root, _b('IssueDate'))}T{text_at(root, _b('IssueTime'))}"),
        sender=_endpoint(root, "SenderParty"),
        recipient=_endpoint(root, "ReceiverParty"),
        refers_to=text_at(answer, _a("DocumentReference"), _b("ID")).lower(),
        faults=faults,
    )
    if (envelope.sender.lower(), envelope.recipient.lower()) != (found.sender.lower(), found.recipient.lower()):
        raise DocumentError("sdk_parties_differ", "sender or recipient")
    return found


def payload_of(kvittens: Kvittens) -> Element:
    """The element to put in an envelope."""
    moment = datetime.fromtimestamp(kvittens.issued_at, UTC)
    answer = tree(
        _a("DocumentResponse"),
        tree(_a("Response"), leaf(_b("ResponseCode"), "ACCEPTED" if kvittens.accepted else "REJECTED")),
        tree(_a("DocumentReference"), leaf(_b("ID"), kvittens.refers_to)),
        *[_line(fault) for fault in kvittens.faults],
    )
    return tree(
        f"{{{RESPONSE}}}ApplicationResponse",
        leaf(_b("CustomizationID"), RESPONSE_PROFILE),
        leaf(_b("ProfileID"), PROCESS),
        leaf(_b("ID"), kvittens.id),
        leaf(_b("IssueDate"), moment.strftime("%Y-%m-%d")),
        leaf(_b("IssueTime"), moment.strftime("%H:%M:%SZ")),
        tree(_a("SenderParty"), leaf(_b("EndpointID"), kvittens.sender, schemeID=ACTOR_SCHEME)),
        tree(_a("ReceiverParty"), leaf(_b("EndpointID"), kvittens.recipient, schemeID=ACTOR_SCHEME)),
        answer,
    )


def _faults(answer: Element) -> tuple[Fault, ...]:
    found = []
    for line in answer.children:
        if line.name != _a("LineResponse"):
            continue
        response = at(line, _a("Response"))
        if text_at(response, _b("ResponseCode")) not in ("SV", "BV", "SIG") or len(response.children) != 2:
            raise DocumentError("sdk_kvittens", "a reason")
        status = at(response, _a("Status"))
        found.append(
            Fault(
                text_at(response, _b("ResponseCode")),
                optional_text(status, _b("StatusReasonCode")),
                text_at(status, _b("StatusReason")),
                text_at(line, _a("LineReference"), _b("LineID")),
            )
        )
    return tuple(found)


def _endpoint(root: Element, name: str) -> str:
    found = at(root, _a(name), _b("EndpointID"))
    if found.attributes.get("schemeID") != ACTOR_SCHEME:
        raise DocumentError("sdk_value", f"/{name}: scheme")
    return found.text.strip()


def _line(fault: Fault) -> Element:
    status = tree(
        _a("Status"),
        leaf(_b("StatusReasonCode"), fault.detail) if fault.detail else None,
        leaf(_b("StatusReason"), fault.text),
    )
    response = tree(_a("Response"), leaf(_b("ResponseCode"), fault.category), status)
    return tree(_a("LineResponse"), tree(_a("LineReference"), leaf(_b("LineID"), fault.place)), response)
