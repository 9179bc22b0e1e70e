"""A prescription goes over SDK and comes back: the same bytes, and accepted."""

from __future__ import annotations

import pytest

from dpr.adapters.qr_process import read_codes
from dpr.adapters.sdk import content, envelope, kvittens
from dpr.adapters.sdk.carrier import documents_in
from dpr.adapters.sdk.content import Attachment
from dpr.adapters.sdk.envelope import Kind
from dpr.adapters.sdk.kvittens import Fault
from dpr.core import days
from dpr.core.errors import DocumentError
from dpr.core.verify import Accepted, verify
from tests.sdk import samples
from tests.world import ONE_ITEM, World


def test_a_prescription_goes_over_sdk_and_comes_back_the_same_and_accepted() -> None:
    world = World()
    document = world.prescription_document()
    file = samples.message_file(samples.message(samples.pdf_of(world, document)))
    read = envelope.read(file)
    assert read.kind is Kind.MESSAGE
    message = content.read(read)
    assert documents_in(message.attachments, read_codes) == (document,)
    assert isinstance(verify(document, world.trust(), days.at(world.now), policy=world.policy), Accepted)


def test_a_prescription_in_several_codes_goes_over_sdk_in_one_pdf() -> None:
    world = World()
    item = ONE_ITEM["items"][0]
    items = [
        item | {"name": f"Enalapril Test {number}", "dosage": f"{number} tabletter " + " ".join(["enligt ordination"] * number)}
        for number in range(1, 7)
    ]
    document = world.prescription_document(world.prescription(ONE_ITEM | {"items": items}))
    file = samples.message_file(samples.message(samples.pdf_of(world, document)))
    assert documents_in(content.read(envelope.read(file)).attachments, read_codes) == (document,)


def test_several_pdfs_are_several_prescriptions_each_once() -> None:
    world = World()
    first = world.prescription_document()
    second = world.prescription_document(world.prescription(ONE_ITEM | {"reason": "other"}))
    pdfs = [samples.pdf_of(world, one) for one in (first, second, first)]
    found = content.read(envelope.read(samples.message_file(samples.message(*pdfs))))
    assert documents_in(found.attachments, read_codes) == (first, second)


def test_what_is_written_of_a_message_is_read_the_same() -> None:
    value = samples.message(b"%PDF-1.7\n" + bytes(range(256)), text="Å & ä < ö\n## Rubrik", refers_to=samples.KVITTENS_ID)
    assert content.read(envelope.read(samples.message_file(value))) == value


def test_what_is_written_of_a_receipt_is_read_the_same() -> None:
    for value in (
        samples.receipt(),
        samples.receipt(Fault("BV", "not-found", "address_book_no_entry: okänd"), Fault("SV", "", "x", "/a/b")),
    ):
        read = envelope.read(samples.receipt_file(value))
        assert read.kind is Kind.RESPONSE
        assert kvittens.read(read) == value


def test_a_message_says_nothing_of_the_patient_outside_its_attachments() -> None:
    world = World()
    value = samples.message(samples.pdf_of(world, world.prescription_document()))
    bare = samples.message_file(value._replace(attachments=(Attachment("recept.pdf", "application/pdf", b"%PDF-"),)))
    assert "Tolvan" not in bare.decode()
    assert b"1912" not in bare


def codes_alone(world: World, document: bytes) -> bytes:
    return samples.pdf_of(world, document, embedded=b"")


def test_a_pdf_with_codes_alone_is_read() -> None:
    world = World()
    document = world.prescription_document()
    attachment = Attachment("skannad.pdf", "application/pdf", codes_alone(world, document))
    assert documents_in((attachment,), read_codes) == (document,)


def test_an_embedded_document_that_differs_from_the_code_is_refused() -> None:
    world = World()
    document = world.prescription_document()
    other = world.prescription_document(world.prescription(ONE_ITEM | {"reason": "other"}))
    for pdf in (samples.pdf_of(world, document, embedded=other), samples.pdf_of(world, document, codes=other)):
        with pytest.raises(DocumentError, match="pdf_differs: attachment 1"):
            documents_in((Attachment("x.pdf", "application/pdf", pdf),), read_codes)


@pytest.mark.parametrize(
    ("attachments", "code"),
    [
        ((), "sdk_no_prescription"),
        ((Attachment("a.cbor", "application/cose", b"\xd2"),), "sdk_file_type"),
        ((Attachment("a.pdf", "application/pdf", b"\xd2 no PDF"),), "sdk_file_type"),
        ((Attachment("a.pdf", "application/pdf", b"%PDF-1.7 torn"),), "pdf_broken"),
    ],
)
def test_an_attachment_that_carries_no_prescription_is_refused(attachments: tuple[Attachment, ...], code: str) -> None:
    with pytest.raises(DocumentError, match=f"^{code}"):
        documents_in(attachments, read_codes)
