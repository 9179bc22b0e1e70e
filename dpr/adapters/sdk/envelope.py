"""SDK's envelope, XHE (Digg's Kuverteringsprofil XHE 1.0): who sends what to which organisation and function.

Rules: one payload, in clear. A message service takes the envelope's signature and encryption off before it hands a file over,
and puts its own on: a payload that is still encrypted is refused, a signature that is still there is not looked at. The type
that the envelope names is the payload's own. What is written has the five keys of the service's metadata, in one order.

Example: `read(data).kind` → `Kind.MESSAGE`
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from dpr.adapters.sdk.names import (
    ACTOR_SCHEME,
    CAC,
    CBC,
    DOCUMENT_SCHEME,
    FEDERATION,
    FUNCTION,
    MAX_BYTES,
    MESSAGE,
    MESSAGE_TYPE,
    ORGANISATION,
    PROCESS,
    PROCESS_SCHEME,
    RESPONSE,
    RESPONSE_TYPE,
    SIGNATURE,
    TIME,
    UUID,
    XHA,
    XHB,
    XHE,
    XHE_PROFILE,
    instant,
    written,
)
from dpr.adapters.sdk.shapes import MANY, Shape, Slot, at, check, leaf, optional_text, text_at, tree
from dpr.adapters.sdk.xml_tree import Element, parse, write
from dpr.core.errors import DocumentError

_ENCRYPTED = "{http://www.w3.org/2001/04/xmlenc#}EncryptedData"
#: What the envelope itself takes, beside the message of at most 30 MB.
_ENVELOPE_BYTES = 64 * 1024
_KEY = "BusinessScopeCriterion"
_PREFIXES = {XHE: "x", XHA: "xha", XHB: "xhb", MESSAGE: "tns", RESPONSE: "ubl", CAC: "cac", CBC: "cbc"}


class Kind(Enum):
    """What is in an envelope: the name of the payload's root element, and its type in SDK's metadata."""

    MESSAGE = (f"{{{MESSAGE}}}messagePayload", MESSAGE_TYPE)
    RESPONSE = (f"{{{RESPONSE}}}ApplicationResponse", RESPONSE_TYPE)


class Envelope(NamedTuple):
    """An envelope. `id`: a UUID in lower case; `created`: instant in seconds; `function`: the functional address that it is
    handled at, or empty; `payload`: not looked at but for its name; `federation`: which of Digg's environments it is in."""

    id: str
    created: int
    sender: str
    recipient: str
    function: str
    kind: Kind
    payload: Element
    federation: str = FEDERATION


def _a(name: str) -> str:
    return f"{{{XHA}}}{name}"


def _b(name: str) -> str:
    return f"{{{XHB}}}{name}"


_PARTY = Shape((Slot(_a("PartyIdentification")),))
_SHAPES = {
    f"{{{XHE}}}XHE": Shape(
        (
            Slot(_b("XHEVersionID")),
            Slot(_b("CustomizationID")),
            Slot(_a("Header")),
            Slot(_a("Payloads")),
            Slot(SIGNATURE, 0, MANY),
        )
    ),
    _b("XHEVersionID"): Shape(),
    _b("CustomizationID"): Shape(),
    _a("Header"): Shape(
        (Slot(_b("ID")), Slot(_b("CreationDateTime")), Slot(_a("BusinessScope")), Slot(_a("FromParty")), Slot(_a("ToParty")))
    ),
    _b("ID"): Shape(),
    _b("CreationDateTime"): Shape(pattern=TIME),
    _a("BusinessScope"): Shape((Slot(_a("BusinessScopeCriterion"), 1, 20),)),
    _a("BusinessScopeCriterion"): Shape((Slot(_b("BusinessScopeCriterionTypeCode")), Slot(_b("BusinessScopeCriterionValue")))),
    _b("BusinessScopeCriterionTypeCode"): Shape(),
    _b("BusinessScopeCriterionValue"): Shape(longest=400),
    _a("FromParty"): _PARTY,
    _a("ToParty"): _PARTY,
    _a("PartyIdentification"): Shape((Slot(_b("ID")),)),
    _a("Payloads"): Shape((Slot(_a("Payload")),)),
    _a("Payload"): Shape(
        (
            Slot(_b("DocumentTypeCode")),
            Slot(_b("ContentTypeCode")),
            Slot(_b("HandlingServiceID"), 0),
            Slot(_b("InstanceEncryptionIndicator")),
            Slot(_a("PayloadContent")),
        )
    ),
    _b("DocumentTypeCode"): Shape(),
    _b("ContentTypeCode"): Shape(),
    _b("HandlingServiceID"): Shape(pattern=FUNCTION),
    _b("InstanceEncryptionIndicator"): Shape(),
}


def read(data: bytes) -> Envelope:
    """The envelope in `data`. DocumentError as `xml_tree.parse` and `shapes.check`, `sdk_envelope` (not the profile, a party or
    an id that is none, a type that is not the payload's), `sdk_encrypted`."""
    root = parse(data, most_bytes=MAX_BYTES + _ENVELOPE_BYTES)
    if root.name != f"{{{XHE}}}XHE":
        raise DocumentError("sdk_envelope", "the root element is no XHE")
    _check_envelope(root)
    header, payload = at(root, _a("Header")), at(root, _a("Payloads"), _a("Payload"))
    content = at(payload, _a("PayloadContent")).children
    if text_at(payload, _b("InstanceEncryptionIndicator")) in ("true", "1") or any(one.name == _ENCRYPTED for one in content):
        raise DocumentError("sdk_encrypted")
    kind = next((kind for kind in Kind if [one.name for one in content] == [kind.value[0]]), None)
    if kind is None or text_at(payload, _b("DocumentTypeCode")) != f"Q{kind.value[0]}":
        raise DocumentError("sdk_envelope", "the payload is neither a message nor a receipt, or not what its type says")
    return Envelope(
        id=_id(text_at(header, _b("ID"))),
        created=instant(text_at(header, _b("CreationDateTime"))),
        sender=_party(header, "FromParty"),
        recipient=_party(header, "ToParty"),
        function=optional_text(payload, _b("HandlingServiceID")),
        kind=kind,
        payload=content[0],
        federation=_federation(at(header, _a("BusinessScope"))),
    )


def write_envelope(envelope: Envelope) -> bytes:
    """The file that a message service signs, seals and sends."""
    scope = {
        "FEDERATIONID": envelope.federation,
        "PROCESSID": PROCESS,
        "PROCESSID_SCHEME": PROCESS_SCHEME,
        "DOCUMENTID": envelope.kind.value[1],
        "DOCUMENTID_SCHEME": DOCUMENT_SCHEME,
    }
    header = tree(
        _a("Header"),
        leaf(_b("ID"), envelope.id),
        leaf(_b("CreationDateTime"), written(envelope.created)),
        tree(_a("BusinessScope"), *[_criterion(code, value) for code, value in scope.items()]),
        tree(_a("FromParty"), _identified(envelope.sender)),
        tree(_a("ToParty"), _identified(envelope.recipient)),
    )
    payload = tree(
        _a("Payload"),
        leaf(_b("DocumentTypeCode"), f"Q{envelope.kind.value[0]}"),
        leaf(_b("ContentTypeCode"), "application/xml"),
        leaf(_b("HandlingServiceID"), envelope.function) if envelope.function else None,
        leaf(_b("InstanceEncryptionIndicator"), "false"),
        tree(_a("PayloadContent"), envelope.payload),
    )
    version, profile = leaf(_b("XHEVersionID"), "1.0"), leaf(_b("CustomizationID"), XHE_PROFILE)
    return write(tree(f"{{{XHE}}}XHE", version, profile, header, tree(_a("Payloads"), payload)), _PREFIXES)


def _check_envelope(root: Element) -> None:
    """The structure, without what is in the payload or a signature."""
    bare = _without(root, (_a("PayloadContent"), SIGNATURE))
    check(bare, _SHAPES | {_a("PayloadContent"): Shape(), SIGNATURE: Shape()})
    fixed = {"XHEVersionID": "1.0", "CustomizationID": XHE_PROFILE}
    if any(text_at(root, _b(name)) != value for name, value in fixed.items()):
        raise DocumentError("sdk_envelope", "another version or profile")


def _without(element: Element, names: tuple[str, ...]) -> Element:
    """A copy in which elements of those names say only that they are there."""
    if element.name in names:
        return Element(element.name, (), "…")
    return element._replace(children=tuple(_without(one, names) for one in element.children))


def _id(text: str) -> str:
    if not UUID.fullmatch(text):
        raise DocumentError("sdk_envelope", "the id is no UUID")
    return text.lower()


def _party(header: Element, name: str) -> str:
    found = at(header, _a(name), _a("PartyIdentification"), _b("ID"))
    if found.attributes.get("schemeID") != ACTOR_SCHEME or not ORGANISATION.fullmatch(found.text.strip()):
        raise DocumentError("sdk_envelope", f"{name} is no organisation of SDK")
    return found.text.strip()


def _federation(scope: Element) -> str:
    codes = [(text_at(one, _b(f"{_KEY}TypeCode")), text_at(one, _b(f"{_KEY}Value"))) for one in scope.children]
    found = [value for code, value in codes if code == "FEDERATIONID"]
    if len(found) != 1:
        raise DocumentError("sdk_envelope", "federation")
    return found[0]


def _criterion(code: str, value: str) -> Element:
    return tree(
        _a("BusinessScopeCriterion"),
        leaf(_b("BusinessScopeCriterionTypeCode"), code),
        leaf(_b("BusinessScopeCriterionValue"), value),
    )


def _identified(organisation: str) -> Element:
    return tree(_a("PartyIdentification"), leaf(_b("ID"), organisation, schemeID=ACTOR_SCHEME))
