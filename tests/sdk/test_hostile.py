"""Hostile and torn files: each is refused by name, in time, and nothing of it is kept or fetched."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import monotonic

import pytest

from dpr.adapters.sdk import content, envelope, kvittens
from dpr.adapters.sdk.envelope import Kind
from dpr.adapters.sdk.kvittens import Fault
from dpr.adapters.sdk.names import MAX_BYTES, Party, instant
from dpr.adapters.sdk.xml_tree import MAX_DEPTH, MAX_ELEMENTS, parse
from dpr.core.codes import CODES
from dpr.core.errors import DocumentError
from tests.sdk import samples

MESSAGE = samples.message_file(samples.message(b"%PDF-1.7 no prescription"))
ACCEPTED = samples.receipt_file(samples.receipt())
REJECTED = samples.receipt_file(samples.receipt(Fault("BV", "not-found", "okänd")))
STATUS = "<cac:Status><cbc:StatusReason>x</cbc:StatusReason></cac:Status>"
LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))


def read(data: bytes) -> object:
    found = envelope.read(data)
    return content.read(found) if found.kind is Kind.MESSAGE else kvittens.read(found)


def code_of(data: bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        read(data)
    assert caught.value.code in CODES
    return caught.value.code


def with_doctype(doctype: bytes) -> bytes:
    return MESSAGE.replace(b"?>\n", b"?>\n" + doctype, 1)


@pytest.mark.parametrize(
    "doctype",
    [
        b"<!DOCTYPE x>",
        b'<!DOCTYPE x [<!ENTITY l0 "lol">' + LAUGHS + b"]>",
        b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 100_000 + b'">]>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
        b'<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        b"<!DOCTYPE " + b"x" * 1_000_000,
    ],
)
def test_a_document_type_ends_the_reading(doctype: bytes) -> None:
    begun = monotonic()
    assert code_of(with_doctype(doctype)) in ("sdk_xml_doctype", "sdk_xml")
    assert monotonic() - begun < 2


def test_an_external_entity_is_never_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    doctype = f'<!DOCTYPE x [<!ENTITY a SYSTEM "{secret.as_uri()}">]>'.encode()
    data = with_doctype(doctype).replace(b"Ett recept finns bifogat.", b"&a;")
    with pytest.raises(DocumentError) as caught:
        read(data)
    assert caught.value.code == "sdk_xml_doctype"
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "sdk_xml"),
        (b"\0" * 1000, "sdk_xml"),
        (b"not xml", "sdk_xml"),
        (MESSAGE[: len(MESSAGE) // 2], "sdk_xml"),
        (MESSAGE + b"<more/>", "sdk_xml"),
        (MESSAGE.decode().encode("utf-16"), "sdk_xml"),
        (MESSAGE.replace(b'encoding="UTF-8"', b'encoding="ISO-8859-1"'), "sdk_xml"),
        (MESSAGE.replace("ä".encode(), b"\xe4"), "sdk_xml"),
        (MESSAGE.replace(b"Ett recept", b"&unknown; "), "sdk_xml"),
        (MESSAGE.replace(b"Ett recept", b"&#0; "), "sdk_xml"),
        (b"<a>" * (MAX_DEPTH + 1), "sdk_xml_limit"),
        (b"<a>" * 1_000_000, "sdk_xml_limit"),
        (b"<a>" + b"<b/>" * (MAX_ELEMENTS + 1) + b"</a>", "sdk_xml_limit"),
        (b"<a " + b" ".join(b"a%d=''" % n for n in range(200)) + b"/>", "sdk_xml_limit"),
        (b"<" + b"a" * 1000 + b"/>", "sdk_xml_limit"),
        (b"x" * (MAX_BYTES + 100_000), "sdk_too_large"),
        (b"<a/>", "sdk_envelope"),
    ],
)
def test_what_is_no_xml_of_ours_is_refused(data: bytes, code: str) -> None:
    begun = monotonic()
    assert code_of(data) == code
    assert monotonic() - begun < 3


def test_a_comment_does_not_split_a_text() -> None:
    split = ACCEPTED.replace(b">ACCEPTED<", b">ACC<!-- REJECTED -->EPTED<")
    assert read(split) == samples.receipt()


def test_largest_text_is_read_in_time() -> None:
    begun = monotonic()
    assert len(parse(b"<a>" + b"&lt;" * 7_000_000 + b"</a>", most_bytes=MAX_BYTES).text) == 7_000_000
    assert monotonic() - begun < 5


def changed(data: bytes, was: str, becomes: str) -> bytes:
    text = data.decode()
    assert was in text, was
    return text.replace(was, becomes, 1).encode()


ENVELOPE_FAULTS = [
    ("ExchangeHeaderEnvelope", "ExchangeHeaderEnvelopes", "sdk_envelope"),
    ("XHE/1/BasicComponents", "XHE/2/BasicComponents", "sdk_structure"),
    ("<xhb:XHEVersionID>1.0<", "<xhb:XHEVersionID>1.1<", "sdk_envelope"),
    ("edelivery:xhe:1<", "edelivery:xhe:2<", "sdk_envelope"),
    (f"<xhb:ID>{samples.MESSAGE_ID}", "<xhb:ID>KVT-1", "sdk_envelope"),
    ('schemeID="iso6523-actorid-upis">0203:region', 'schemeID="other">0203:region', "sdk_envelope"),
    ('upis">0203:region-norr.example', 'upis">0007:2021005521', "sdk_envelope"),
    ('upis">0203:region-norr.example', 'upis">0203:../etc/passwd', "sdk_envelope"),
    (">false</xhb:InstanceEncryptionIndicator>", ">true</xhb:InstanceEncryptionIndicator>", "sdk_encrypted"),
    (
        "<tns:messagePayload>",
        '<e:EncryptedData xmlns:e="http://www.w3.org/2001/04/xmlenc#"/><tns:messagePayload>',
        "sdk_encrypted",
    ),
    ("<tns:messagePayload>", "<tns:messagePayload/><tns:messagePayload>", "sdk_envelope"),
    ("Attachments:3}messagePayload<", "Attachments:2}messagePayload<", "sdk_envelope"),
    ('MessageWithAttachments:3" xmlns', 'MessageWithAttachments:2" xmlns', "sdk_envelope"),
    ("</xha:Payloads>", "<xha:Payload/></xha:Payloads>", "sdk_structure"),
    (
        "<xha:FromParty>",
        "<xha:FromParty><xha:PartyIdentification><xhb:ID>x</xhb:ID></xha:PartyIdentification>",
        "sdk_structure",
    ),
    ("<xhb:CustomizationID>", "beside<xhb:CustomizationID>", "sdk_structure"),
    ("<xhb:CustomizationID>", "<xhb:ProfileID>x</xhb:ProfileID><xhb:CustomizationID>", "sdk_structure"),
    ("T11:59:00.000Z</xhb:CreationDateTime>", "T11:59:00.000</xhb:CreationDateTime>", "sdk_value"),
    ("T11:59:00.000Z</xhb:CreationDateTime>", "T25:59:00.000Z</xhb:CreationDateTime>", "sdk_value"),
]
CONTENT_FAULTS = [
    (f"<tns:messageId>{samples.MESSAGE_ID}", f"<tns:messageId>{samples.KVITTENS_ID}", "sdk_parties_differ"),
    (f"<tns:messageId>{samples.MESSAGE_ID}", "<tns:messageId>5d1c9f60", "sdk_value"),
    ("<tns:extension>0203:apotekskedjan.example", "<tns:extension>0203:annat.example", "sdk_parties_differ"),
    ("<tns:extension>0203:region-norr.example", "<tns:extension>0203:annan.example", "sdk_parties_differ"),
    ("<tns:extension>sdk.apoteket.larkan", "<tns:extension>sdk.apoteket.annat", "sdk_parties_differ"),
    ("<tns:root>iso6523-actorid-upis", "<tns:root>annat", "sdk_value"),
    ("<tns:root>urn:riv:infrastructure:messaging:functionalAddress", "<tns:root>annat", "sdk_value"),
    ("<tns:confidentiality>true", "<tns:confidentiality>kanske", "sdk_value"),
    ("<tns:label>Digitalt pappersrecept", "<tns:label> ", "sdk_structure"),
    ("<tns:label>Digitalt pappersrecept", f"<tns:label>{'x' * 257}", "sdk_value"),
    ("<tns:confidentiality>", "<tns:okand>1</tns:okand><tns:confidentiality>", "sdk_structure"),
    ("<tns:confidentiality>", "<tns:label>två</tns:label><tns:confidentiality>", "sdk_structure"),
    ("<tns:messageBody>", "<tns:messageBody>text", "sdk_structure"),
    ("<tns:content>", "<tns:content><tns:inner/>", "sdk_structure"),
    ("<tns:content>", "<tns:content>!", "sdk_base64"),
    ("<tns:content>", "<tns:content>åäö", "sdk_base64"),
    ("<tns:content>", "<tns:content>QQ==", "sdk_base64"),
    ("</tns:content>", "A</tns:content>", "sdk_base64"),
    ("<tns:contentType>application/pdf", "<tns:contentType>pdf", "sdk_value"),
    ("<tns:fileName>recept-39b1922d.pdf", "<tns:fileName>", "sdk_structure"),
]


@pytest.mark.parametrize(("was", "becomes", "code"), [*ENVELOPE_FAULTS, *CONTENT_FAULTS])
def test_one_fault_in_a_message_has_its_name(was: str, becomes: str, code: str) -> None:
    assert code_of(changed(MESSAGE, was, becomes)) == code


@pytest.mark.parametrize(
    ("data", "was", "becomes", "code"),
    [
        (ACCEPTED, ">ACCEPTED<", ">REJECTED<", "sdk_kvittens"),
        (REJECTED, ">REJECTED<", ">ACCEPTED<", "sdk_kvittens"),
        (ACCEPTED, ">ACCEPTED<", ">AP<", "sdk_value"),
        (ACCEPTED, ">ACCEPTED<", ">BV<", "sdk_kvittens"),
        (REJECTED, ">BV<", ">REJECTED<", "sdk_kvittens"),
        (ACCEPTED, "ACCEPTED</cbc:ResponseCode>", f"ACCEPTED</cbc:ResponseCode>{STATUS}", "sdk_kvittens"),
        (ACCEPTED, "response:1</cbc:C", "response:2</cbc:C", "sdk_value"),
        (ACCEPTED, ">bdx:noprocess</cbc:P", ">annat</cbc:P", "sdk_value"),
        (ACCEPTED, 'upis">0203:apotekskedjan.example</cbc', 'upis">0203:annat.example</cbc', "sdk_parties_differ"),
        (ACCEPTED, "12:00:00Z</cbc:IssueTime>", "12:00:00</cbc:IssueTime>", "sdk_value"),
        (REJECTED, "<cac:Status>", "<cac:Status/><cac:Status>", "sdk_structure"),
        (REJECTED, "<cbc:StatusReason>okänd</cbc:StatusReason>", "", "sdk_structure"),
        (ACCEPTED, "</ubl:ApplicationResponse>", "<cbc:Note>x</cbc:Note></ubl:ApplicationResponse>", "sdk_structure"),
    ],
)
def test_one_fault_in_a_receipt_has_its_name(data: bytes, was: str, becomes: str, code: str) -> None:
    assert code_of(changed(data, was, becomes)) == code


def test_extensions_of_other_namespaces_say_nothing_where_sdk_allows_them() -> None:
    extended = changed(MESSAGE, "</tns:messageHeader>", '<o:x xmlns:o="urn:other"><o:messageId/>text</o:x></tns:messageHeader>')
    assert read(extended) == read(MESSAGE)
    inside = changed(MESSAGE, "<tns:creationDateTime>", '<o:x xmlns:o="urn:other"/><tns:creationDateTime>')
    assert code_of(inside) == "sdk_structure"
    signed = changed(
        MESSAGE, "</x:XHE>", '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:x/></ds:Signature></x:XHE>'
    )
    assert read(signed) == read(MESSAGE)


def test_white_space_around_values_and_in_base64_says_nothing() -> None:
    spaced = re.sub(r"(<tns:content>)(.{4})", r"\1\n  \2\r\n\t", MESSAGE.decode()).replace(">true<", ">\n true <").encode()
    assert read(spaced) == read(MESSAGE)


def test_a_text_that_xml_cannot_hold_is_not_written() -> None:
    with pytest.raises(DocumentError, match="sdk_character"):
        samples.message_file(samples.message(sender=Party("0203:a.example", "f", "\x07")))


def test_times_are_read_with_their_zone() -> None:
    assert instant("2026-11-21T12:00:00Z") == instant("2026-11-21T13:00:00.5+01:00") == samples.NOW
    for wrong in (
        "2026-11-21T12:00:00",
        "2026-02-30T12:00:00Z",
        "0001-01-01T00:00:00Z",
        "٢٠٢٦-11-21T12:00:00Z",
        "2026-11-21T12:00:00+99:00",
    ):
        with pytest.raises(DocumentError, match="sdk_value"):
            instant(wrong)


def mutations(data: bytes, count: int) -> list[bytes]:
    random = Random(7)
    tools: list[Callable[[bytearray, int], None]] = [
        lambda text, at: text.__setitem__(at, random.randrange(256)),
        lambda text, at: text.__delitem__(slice(at, at + random.randrange(40))),
        lambda text, at: text.__setitem__(slice(at, at), text[at : at + random.randrange(200)]),
    ]
    found = []
    for _ in range(count):
        text = bytearray(data)
        for _ in range(random.randrange(1, 4)):
            random.choice(tools)(text, random.randrange(len(text)))
        found.append(bytes(text))
    return found


@pytest.mark.parametrize("data", [MESSAGE, ACCEPTED, REJECTED], ids=["message", "accepted", "rejected"])
def test_whatever_is_changed_gives_a_value_or_a_named_refusal(data: bytes) -> None:
    for one in mutations(data, 400):
        try:
            read(one)
        except DocumentError as error:
            assert error.code in CODES, error
