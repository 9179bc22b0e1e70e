"""`dpr scan` reads a PDF that carries the document twice, and refuses one in which the two differ."""

from __future__ import annotations

import json
from pathlib import Path

import pypdfium2
import pytest
import typst

from dpr.adapters import pdf_attached
from dpr.adapters.page_images import load
from dpr.adapters.qr_process import read_codes
from dpr.apps.cli.failing import fail
from dpr.apps.cli.inputs import read_documents, scan
from dpr.core import qr
from dpr.core.attached import FILE_NAME, require_same
from dpr.core.codes import words
from dpr.core.errors import DocumentError
from tests.sdk import samples
from tests.world import ONE_ITEM, World


def other(world: World) -> bytes:
    return world.prescription_document(world.prescription(ONE_ITEM | {"reason": "other"}))


def pdf_with(*files: tuple[str, bytes]) -> bytes:
    """A page without a code, with files in it."""
    attached = "".join(
        f'#pdf.attach("{name}", bytes({tuple(content)}), mime-type: "application/cose", description: "x")\n'
        for name, content in files
    )
    return bytes(typst.compile(f"{attached}Text".encode(), format="pdf"))


def test_the_printed_prescription_holds_the_document_as_a_file_under_one_name() -> None:
    world = World()
    document = world.prescription_document()
    pdf = samples.pdf_of(world, document)
    [attachment] = [pypdfium2.PdfDocument(pdf).get_attachment(0)]
    assert (attachment.get_name(), bytes(attachment.get_data())) == (FILE_NAME, document)
    assert pdf == samples.pdf_of(world, document)
    assert pypdfium2.PdfDocument(samples.pdf_of(world, document, embedded=b"")).count_attachments() == 0


def test_both_are_read_and_compared_and_the_same_document_comes_out(tmp_path: Path) -> None:
    world = World()
    document = world.prescription_document()
    path = tmp_path / "rx.pdf"
    path.write_bytes(samples.pdf_of(world, document))
    reading = read_codes(path.read_bytes())
    assert reading.documents == (document,)
    assert read_documents([str(path)], "sv").documents == (document,)


def test_a_pdf_whose_embedded_document_differs_from_its_code_is_refused() -> None:
    world = World()
    document = world.prescription_document()
    for pdf in (
        samples.pdf_of(world, document, embedded=other(world)),
        samples.pdf_of(world, document, codes=other(world)),
        samples.pdf_of(world, document, embedded=document + b"\0"),
    ):
        with pytest.raises(DocumentError, match="pdf_differs"):
            scan(pdf, "sv")
        assert len(scan(pdf, "sv", raw=True)) == 1


def test_an_embedded_document_without_a_code_is_refused_by_name() -> None:
    pdf = pdf_with((FILE_NAME, World().prescription_document()))
    with pytest.raises(DocumentError, match="pdf_without_code"):
        scan(pdf, "sv")


def test_a_file_of_another_name_is_not_looked_at() -> None:
    assert load(pdf_with(("other.cbor", b"\xd2" * 100))).embedded == ()
    with pytest.raises(DocumentError, match="qr_not_found"):
        scan(pdf_with(("other.cbor", b"\xd2")), "sv")


def test_too_many_and_too_large_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DocumentError, match="pdf_attached_too_large"):
        read_codes(pdf_with((FILE_NAME, bytes(qr.MAX_DOCUMENT_BYTES + 1))))
    monkeypatch.setattr(pdf_attached, "MAX_LOOKED_AT", 1)
    with pytest.raises(DocumentError, match="pdf_attached_too_large: 2 files"):
        load(pdf_with(("a", b"1"), ("b", b"2")))


def test_all_that_is_embedded_and_all_that_is_printed_must_be_the_same() -> None:
    world = World()
    one, two = world.prescription_document(), other(world)
    texts = [*qr.to_texts(one), *qr.to_texts(two)]
    require_same(texts, [two, one])
    require_same(texts, [])
    for embedded in ([one], [two, two], [one, two, b"\xd2"]):
        with pytest.raises(DocumentError, match="pdf_differs"):
            require_same(texts, embedded)
    long = qr.to_texts(one, max_digits=400)
    with pytest.raises(DocumentError, match="qr_part_missing"):
        require_same(long[1:], [one])


def test_what_is_said_of_it_is_for_a_pharmacist(capsys: pytest.CaptureFixture[str]) -> None:
    assert fail(DocumentError("pdf_differs", "1 embedded"), ["scan", "x.pdf", "--json"]) == 1
    said = capsys.readouterr()
    assert "pdf_differs" in json.dumps(said.out + said.err)
    assert "Lämna inte ut" in words("pdf_differs").do_sv
