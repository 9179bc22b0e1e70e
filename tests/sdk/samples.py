"""A region and a pharmacy that exchange messages over SDK; both fictitious.

Example: `message_file(message(pdf))`
"""

from __future__ import annotations

from typing import Any

import msgspec

from dpr.adapters.print_pdf import prescription_pdf
from dpr.adapters.sdk import content, kvittens
from dpr.adapters.sdk.carrier import pdf_attachment
from dpr.adapters.sdk.content import SdkMessage
from dpr.adapters.sdk.envelope import Envelope, Kind, write_envelope
from dpr.adapters.sdk.kvittens import Fault, Kvittens
from dpr.adapters.sdk.names import Party
from dpr.apps.sheet import sheet_of
from dpr.core import days, qr
from dpr.core.trust_list import Environment
from dpr.core.verify import Accepted, verify
from tests.world import NOW, World

REGION = Party("0203:region-norr.example", "sdk.vardcentral.norr", "Region Norr", "Hälsocentralen Norrfjärden")
PHARMACY = Party("0203:apotekskedjan.example", "sdk.apoteket.larkan", "Apotekskedjan Test", "Apoteket Lärkan")
MESSAGE_ID = "5d1c9f60-7a0e-4b7e-9c53-2f1f0a8f3c11"
KVITTENS_ID = "c0a7f9a2-2d54-4f6b-8a61-6d4c5a2b9e07"


def pdf_of(world: World, document: bytes, *, embedded: bytes | None = None, codes: bytes | None = None) -> bytes:
    """The printed prescription with the document in it; `embedded` and `codes` put something else in their place."""
    verdict = verify(document, world.trust(), days.at(world.now), policy=world.policy)
    assert isinstance(verdict, Accepted), verdict
    sheet = sheet_of(verdict, qr.to_texts(codes or document), "sv", environment=Environment.TEST, catalogue=None)
    return prescription_pdf(msgspec.structs.replace(sheet, document=document if embedded is None else embedded))


def message(*pdfs: bytes, **changes: Any) -> SdkMessage:
    fields: dict[str, Any] = {
        "id": MESSAGE_ID,
        "conversation": MESSAGE_ID,
        "created": NOW - 60,
        "subject": "Digitalt pappersrecept",
        "confidential": True,
        "sender": REGION,
        "recipient": PHARMACY,
        "text": "Ett recept finns bifogat.",
        "attachments": tuple(pdf_attachment(pdf, "39b1922d") for pdf in pdfs),
    } | changes
    return SdkMessage(**fields)


def envelope(value: SdkMessage, **changes: Any) -> Envelope:
    fields: dict[str, Any] = {
        "id": value.id,
        "created": value.created,
        "sender": value.sender.organisation,
        "recipient": value.recipient.organisation,
        "function": value.recipient.function,
        "kind": Kind.MESSAGE,
        "payload": content.payload_of(value),
    } | changes
    return Envelope(**fields)


def message_file(value: SdkMessage, **changes: Any) -> bytes:
    return write_envelope(envelope(value, **changes))


def receipt(*faults: Fault, **changes: Any) -> Kvittens:
    """The pharmacy's receipt of the region's message."""
    fields: dict[str, Any] = {
        "id": KVITTENS_ID,
        "issued_at": NOW,
        "sender": PHARMACY.organisation,
        "recipient": REGION.organisation,
        "refers_to": MESSAGE_ID,
        "faults": faults,
    } | changes
    return Kvittens(**fields)


def receipt_file(value: Kvittens, **changes: Any) -> bytes:
    fields: dict[str, Any] = {
        "id": value.id,
        "created": value.issued_at,
        "sender": value.sender,
        "recipient": value.recipient,
        "function": REGION.function,
        "kind": Kind.RESPONSE,
        "payload": kvittens.payload_of(value),
    } | changes
    return write_envelope(Envelope(**fields))
