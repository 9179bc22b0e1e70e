"""SDK's message, MessageWithAttachments 3.0 (Digg's Innehållsspecifikation meddelande 1.5.2).

Rules: the parties and the id must be those of the envelope, the functional address that of its HandlingServiceID. Persons,
references and free text are read over: an organisation's function is written to, and only attachments are carried on. A file
name from outside is shown, never used as a path. What is written has no personal data outside the text and the attachments.

Example: `read(envelope).attachments[0].content`
"""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple

from dpr.adapters.sdk.envelope import Envelope, Kind
from dpr.adapters.sdk.names import (
    ACTOR_SCHEME,
    FUNCTION,
    FUNCTION_ROOT,
    MAX_BYTES,
    MAX_LABEL,
    MESSAGE,
    ORGANISATION,
    TIME,
    UUID,
    Party,
    instant,
    written,
)
from dpr.adapters.sdk.shapes import MANY, Shape, Slot, at, check, child, leaf, optional_text, text_at, tree
from dpr.adapters.sdk.xml_tree import Element
from dpr.core.errors import DocumentError

MAX_ATTACHMENTS = 20
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,100}")
_WHITE = re.compile(r"[ \t\r\n]+")


class Attachment(NamedTuple):
    """A file. `name`: as its sender wrote it; `media_type`: in lower case."""

    name: str
    media_type: str
    content: bytes


class SdkMessage(NamedTuple):
    """A message. `id`, `conversation`, `refers_to` (or empty): UUIDs in lower case; `created`: instant in seconds; `system`:
    what made it."""

    id: str
    conversation: str
    created: int
    subject: str
    confidential: bool
    sender: Party
    recipient: Party
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    refers_to: str = ""
    system: str = ""


def _t(name: str) -> str:
    return f"{{{MESSAGE}}}{name}"


_LABEL = Slot(_t("label"), 0)
_IDENTIFIER = Shape((Slot(_t("root")), Slot(_t("extension"))))


def _party_shape(identifier: str) -> Shape:
    return Shape((Slot(_t(identifier)), _LABEL, Slot(_t("attention"))), open=True)


_SHAPES = {
    _t("messagePayload"): Shape((Slot(_t("message")),)),
    _t("message"): Shape((Slot(_t("messageHeader")), Slot(_t("messageBody"))), open=True),
    _t("messageHeader"): Shape(
        (
            Slot(_t("creationDateTime")),
            Slot(_t("messageId")),
            Slot(_t("conversationId")),
            Slot(_t("refToMessageId"), 0),
            _LABEL,
            Slot(_t("confidentiality")),
            Slot(_t("generatingSystem"), 0),
            Slot(_t("recipient")),
            Slot(_t("sender")),
        ),
        open=True,
    ),
    _t("creationDateTime"): Shape(pattern=TIME),
    _t("messageId"): Shape(pattern=UUID),
    _t("conversationId"): Shape(pattern=UUID),
    _t("refToMessageId"): Shape(pattern=UUID),
    _t("label"): Shape(longest=MAX_LABEL),
    _t("confidentiality"): Shape(pattern=re.compile("true|false|0|1")),
    _t("generatingSystem"): _IDENTIFIER,
    _t("root"): Shape(),
    _t("extension"): Shape(),
    _t("recipient"): _party_shape("recipientID"),
    _t("sender"): _party_shape("senderID"),
    _t("recipientID"): _IDENTIFIER,
    _t("senderID"): _IDENTIFIER,
    _t("attention"): Shape(
        (Slot(_t("person"), 0, MANY), Slot(_t("subOrganization")), Slot(_t("reference"), 0, MANY)), open=True
    ),
    _t("person"): Shape((Slot(_t("personId"), 0), _LABEL), open=True),
    _t("personId"): _IDENTIFIER,
    _t("subOrganization"): Shape((Slot(_t("organizationId")), _LABEL), open=True),
    _t("organizationId"): _IDENTIFIER,
    _t("reference"): Shape((Slot(_t("referenceId")), _LABEL), open=True),
    _t("referenceId"): _IDENTIFIER,
    _t("messageBody"): Shape((Slot(_t("documents"), 1, MANY),), open=True),
    _t("documents"): Shape(
        (
            Slot(_t("documentID")),
            Slot(_t("documentName"), 0),
            Slot(_t("index"), 0),
            Slot(_t("ContentFiles"), 0, MANY),
            Slot(_t("ContentText"), 0, MANY),
        ),
        open=True,
    ),
    _t("documentID"): Shape(),
    _t("documentName"): Shape(),
    _t("index"): Shape(pattern=re.compile("[0-9]{1,9}")),
    _t("ContentFiles"): Shape((Slot(_t("fileName")), Slot(_t("contentType")), Slot(_t("content"))), open=True),
    _t("fileName"): Shape(),
    _t("contentType"): Shape(pattern=_MEDIA_TYPE),
    _t("content"): Shape(longest=MAX_BYTES),
    _t("ContentText"): Shape((Slot(_t("characterSequence")),), open=True),
    _t("characterSequence"): Shape(longest=MAX_BYTES),
}


def read(envelope: Envelope) -> SdkMessage:
    """The message in an envelope of that kind. DocumentError `sdk_structure`, `sdk_value`, `sdk_base64`, `sdk_too_many`,
    `sdk_parties_differ` (the message says other parties, or another id, than its envelope)."""
    assert envelope.kind is Kind.MESSAGE
    check(envelope.payload, _SHAPES)
    header = at(envelope.payload, _t("message"), _t("messageHeader"))
    found = SdkMessage(
        id=text_at(header, _t("messageId")).lower(),
        conversation=text_at(header, _t("conversationId")).lower(),
        created=instant(text_at(header, _t("creationDateTime"))),
        subject=optional_text(header, _t("label")),
        confidential=text_at(header, _t("confidentiality")) in ("true", "1"),
        sender=_party(at(header, _t("sender")), "senderID"),
        recipient=_party(at(header, _t("recipient")), "recipientID"),
        attachments=_attachments(at(envelope.payload, _t("message"), _t("messageBody"))),
        text=_text(at(envelope.payload, _t("message"), _t("messageBody"))),
        refers_to=optional_text(header, _t("refToMessageId")).lower(),
        system=text_at(header, _t("generatingSystem"), _t("extension")) if child(header, _t("generatingSystem")) else "",
    )
    _require_same(envelope, found)
    return found


def payload_of(message: SdkMessage) -> Element:
    """The element to put in an envelope. DocumentError `sdk_too_large`."""
    if sum(len(one.content) for one in message.attachments) * 4 // 3 > MAX_BYTES - 64 * 1024:
        raise DocumentError("sdk_too_large", "attachments")
    header = tree(
        _t("messageHeader"),
        leaf(_t("creationDateTime"), written(message.created)),
        leaf(_t("messageId"), message.id),
        leaf(_t("conversationId"), message.conversation),
        leaf(_t("refToMessageId"), message.refers_to) if message.refers_to else None,
        leaf(_t("label"), message.subject),
        leaf(_t("confidentiality"), "true" if message.confidential else "false"),
        _identifier("generatingSystem", "un-encoded", message.system) if message.system else None,
        _party_element("recipient", message.recipient),
        _party_element("sender", message.sender),
    )
    documents = tree(
        _t("documents"),
        leaf(_t("documentID"), "1"),
        leaf(_t("documentName"), message.subject),
        leaf(_t("index"), "1"),
        *[_file(one) for one in message.attachments],
        tree(_t("ContentText"), leaf(_t("characterSequence"), message.text)) if message.text else None,
    )
    return tree(_t("messagePayload"), tree(_t("message"), header, tree(_t("messageBody"), documents)))


def _require_same(envelope: Envelope, message: SdkMessage) -> None:
    """The envelope is what the message service has checked the sender's signature over, and routed by."""
    outer = (envelope.id, envelope.sender.lower(), envelope.recipient.lower())
    if outer != (message.id, message.sender.organisation.lower(), message.recipient.organisation.lower()):
        raise DocumentError("sdk_parties_differ", "id, sender or recipient")
    if envelope.function and envelope.function != message.recipient.function:
        raise DocumentError("sdk_parties_differ", "functional address")


def _party(element: Element, identifier: str) -> Party:
    function = at(element, _t("attention"), _t("subOrganization"), _t("organizationId"))
    own = at(element, _t(identifier))
    roots = text_at(own, _t("root")), text_at(function, _t("root"))
    organisation, address = text_at(own, _t("extension")), text_at(function, _t("extension"))
    if roots != (ACTOR_SCHEME, FUNCTION_ROOT) or not ORGANISATION.fullmatch(organisation) or not FUNCTION.fullmatch(address):
        raise DocumentError("sdk_value", f"/{element.local}: identifier")
    return Party(
        organisation,
        address,
        optional_text(element, _t("label")),
        optional_text(at(element, _t("attention"), _t("subOrganization")), _t("label")),
    )


def _attachments(body: Element) -> tuple[Attachment, ...]:
    files = _in_documents(body, "ContentFiles")
    if len(files) > MAX_ATTACHMENTS:
        raise DocumentError("sdk_too_many", f"{len(files)} attachments, at most {MAX_ATTACHMENTS}")
    return tuple(
        Attachment(text_at(one, _t("fileName")), text_at(one, _t("contentType")).lower(), _decoded(text_at(one, _t("content"))))
        for one in files
    )


def _text(body: Element) -> str:
    """All texts, one after the other."""
    return "\n".join(text_at(one, _t("characterSequence")) for one in _in_documents(body, "ContentText"))


def _in_documents(body: Element, name: str) -> list[Element]:
    """The elements of that name that `check` has looked at: what is inside a foreign element may be called the same."""
    own = [one for one in body.children if one.name == _t("documents")]
    return [one for documents in own for one in documents.children if one.name == _t(name)]


def _decoded(text: str) -> bytes:
    """RFC 4648 §4, with the white space that line-wrapping puts in."""
    try:
        return binascii.a2b_base64(_WHITE.sub("", text).encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise DocumentError("sdk_base64") from None


def _identifier(name: str, root: str, extension: str) -> Element:
    return tree(_t(name), leaf(_t("root"), root), leaf(_t("extension"), extension))


def _party_element(name: str, party: Party) -> Element:
    function = tree(
        _t("subOrganization"),
        _identifier("organizationId", FUNCTION_ROOT, party.function),
        leaf(_t("label"), party.function_name) if party.function_name else None,
    )
    return tree(
        _t(name),
        _identifier(f"{name}ID", ACTOR_SCHEME, party.organisation),
        leaf(_t("label"), party.name) if party.name else None,
        tree(_t("attention"), function),
    )


def _file(attachment: Attachment) -> Element:
    return tree(
        _t("ContentFiles"),
        leaf(_t("fileName"), attachment.name),
        leaf(_t("contentType"), attachment.media_type),
        leaf(_t("content"), binascii.b2a_base64(attachment.content, newline=False).decode("ascii")),
    )
