"""What the printed sheet must hold: a code that can be read and measured, text that is text, hostile values as plain text.

Example: `pytest tests/adapters/test_print_pdf.py`
"""

from __future__ import annotations

import ctypes
import re
from random import Random
from typing import Any, Literal

import msgspec
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import typst
import zxingcpp

from dpr.adapters import print_pdf
from dpr.adapters.print_pdf import Section, Sheet, code_side_mm, prescription_pdf
from dpr.adapters.print_words import WORDS
from dpr.adapters.qr_read import read_codes
from dpr.adapters.qr_write import modules_of
from dpr.core.errors import DocumentError

Paper = Literal["A4", "A5"]
PATIENT = Section("Patient", (("Namn", "Tolvan Tolvansson"), ("Personnummer", "19121212-1212")))
PRESCRIBER = Section("Förskrivare", (("Namn", "Åsa Öberg, läkare"), ("Arbetsplats", "Hälsocentralen Älven")))
SIZE_MM = {"A4": (210, 297), "A5": (148, 210)}


def qr_text(digits: int = 1100) -> str:
    return "DPR1" + "".join(Random(digits).choices("0123456789", k=digits))


def item(number: int) -> Section:
    rows = (
        ("Läkemedel", f"Enalapril Test {number}"),
        ("Styrka", "20 mg"),
        ("Dosering", "1 tablett varje morgon"),
        ("Antal uttag", "3"),
        ("Utbyte", "tillåtet"),
    )
    return Section(f"Receptrad {number}", rows)


def sheet(items: int = 1, **changes: Any) -> Sheet:
    parts: dict[str, Any] = {
        "language": "sv",
        "title": "Digitalt pappersrecept",
        "qr_texts": (qr_text(),),
        "short_id": "39b1922d",
        "phone": "08-465 004 12",
        "sections": (PATIENT, *map(item, range(1, items + 1)), PRESCRIBER),
    }
    return Sheet(**parts | changes)


def opened(pdf: bytes) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(pdf)


def text_of(pdf: bytes, page: int | None = None) -> str:
    """The text layer, white space as single plain spaces."""
    document = opened(pdf)
    pages = range(len(document)) if page is None else [page]
    text = " ".join(document[index].get_textpage().get_text_bounded() for index in pages)
    return " ".join(text.replace("\u200b", "").split())


def module_mm(pdf: bytes) -> float:
    """One module of the code on page 1 as measured on a 600 dpi rendering."""
    image = opened(pdf)[0].render(scale=600 / 72, grayscale=True).to_pil()
    (code,) = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    corners = code.position
    width: float = ((corners.top_right.x - corners.top_left.x) ** 2 + (corners.top_right.y - corners.top_left.y) ** 2) ** 0.5
    modules = modules_of(code.text) - 8
    return width / modules / 600 * 25.4


@pytest.mark.parametrize("paper", ["A4", "A5"])
@pytest.mark.parametrize("digits", [440, 905, 1201, 2600, 4296])
def test_the_printed_code_is_read_back_and_its_modules_are_large_enough(paper: Paper, digits: int) -> None:
    text = qr_text(digits)
    pdf = prescription_pdf(sheet(qr_texts=(text,)), paper=paper)
    reading = read_codes(pdf)
    assert (reading.texts, reading.readers) == ((text,), ("zxing",))
    measured = module_mm(pdf)
    assert 0.49 <= measured <= 0.81
    assert measured == pytest.approx(code_side_mm(text, paper) / modules_of(text), rel=0.02)


def test_an_ordinary_code_has_modules_of_four_fifths_of_a_millimetre_on_a4_and_more_than_six_tenths_on_a5() -> None:
    assert module_mm(prescription_pdf(sheet(), paper="A4")) == pytest.approx(0.8, rel=0.02)
    assert module_mm(prescription_pdf(sheet(), paper="A5")) > 0.6


@pytest.mark.parametrize("paper", ["A4", "A5"])
def test_the_page_is_the_paper_and_nothing_is_printed_on_its_edge(paper: Paper) -> None:
    document = opened(prescription_pdf(sheet(3, marks=("Skyddad",), test=True), paper=paper))
    for page in document:
        assert [side / 72 * 25.4 for side in page.get_size()] == pytest.approx(SIZE_MM[paper], abs=0.2)
        image = page.render(scale=2, grayscale=True).to_pil()
        left, top, right, bottom = image.point(lambda value: 255 - value).getbbox()
        edge = round(5 / 25.4 * 144)  # most printers cannot reach the outer 5 mm
        assert min(left, top, image.width - right, image.height - bottom) >= edge


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("paper", ["A4", "A5"])
def test_every_value_and_every_fixed_text_is_in_the_text_layer(language: Literal["sv", "en"], paper: Paper) -> None:
    given = sheet(language=language, test=True, marks=("Skyddade personuppgifter",))
    text = text_of(prescription_pdf(given, paper=paper))
    values = [part for section in given.sections for part in (section.heading, *(v for row in section.rows for v in row))]
    for value in (*values, given.title, given.short_id, *given.marks):
        assert value in text
    words = WORDS[language]
    for key in ("compare_heading", "scan_heading", "patient_heading", "legal", "test"):
        assert str(words[key]) in text
    for advice in (*words["compare"], *words["scan"], *words["patient"]):
        assert advice.replace("{phone}", " (08-465 004 12)") in text
    assert "{" not in text


def test_both_languages_have_the_same_texts_in_the_same_number() -> None:
    shapes = [{key: isinstance(text, str) or len(text) for key, text in words.items()} for words in WORDS.values()]
    assert shapes[0] == shapes[1]
    assert "HSLF-FS 2021:75" in str(WORDS["sv"]["legal"])
    assert "HSLF-FS 2021:75" in str(WORDS["en"]["legal"])


def test_only_a_test_sheet_says_test_and_it_says_so_on_every_page() -> None:
    warning = str(WORDS["sv"]["test"])
    assert warning not in text_of(prescription_pdf(sheet(12)))
    pdf = prescription_pdf(sheet(12, test=True))
    assert len(opened(pdf)) > 1
    for page in range(len(opened(pdf))):
        assert warning in text_of(pdf, page)


@pytest.mark.parametrize("paper", ["A4", "A5"])
def test_many_items_flow_on_and_every_page_names_the_prescription_and_its_marks(paper: Paper) -> None:
    pdf = prescription_pdf(sheet(20, marks=("Skyddade personuppgifter",)), paper=paper)
    count = len(opened(pdf))
    assert count > 1
    for page in range(count):
        text = text_of(pdf, page)
        assert "39b1922d" in text
        assert f"Sida {page + 1} av {count}" in text
        assert "Skyddade personuppgifter" in text
        assert ("koden finns på sida 1" in text) == (page > 0)
    everything = text_of(pdf)
    assert [f"Enalapril Test {number}" in everything for number in range(1, 21)] == [True] * 20
    document = opened(pdf)
    with_code = [
        index for index in range(count) if zxingcpp.read_barcodes(document[index].render(scale=3, grayscale=True).to_pil())
    ]
    assert with_code == [0]


@pytest.mark.parametrize("paper", ["A4", "A5"])
@pytest.mark.parametrize("total", [1, 2])
def test_rows_that_go_on_over_the_page_have_the_heading_of_their_medicine_above_them(paper: Paper, total: int) -> None:
    tall = tuple(
        Section(f"{number}. Enalapril", tuple((f"Uppgift {number}/{row}.", "1 tablett varje morgon") for row in range(40)))
        for number in range(1, 7)
    )
    pdf = prescription_pdf(sheet(sections=(PATIENT, *tall, PRESCRIBER), qr_texts=several(total)), paper=paper)
    pages_of = dict.fromkeys(range(1, 7), 0)
    for page in range(len(opened(pdf))):
        text = text_of(pdf, page)
        for number in pages_of:
            rows = [text.find(f"Uppgift {number}/{row}.") for row in range(40)]
            if max(rows) >= 0:
                pages_of[number] += 1
                assert 0 <= text.find(f"{number}. Enalapril") < min(place for place in rows if place >= 0)
    assert max(pages_of.values()) > 1


@pytest.mark.parametrize("paper", ["A4", "A5"])
@pytest.mark.parametrize("times", [3, 18, 19, 50])
def test_a_long_heading_is_printed_with_every_row(paper: Paper, times: int) -> None:
    rows = tuple((f"Uppgift {row}.", "värde") for row in range(60))
    text = text_of(prescription_pdf(sheet(sections=(Section("Ett mycket långt namn " * times, rows),)), paper=paper))
    assert text.count("långt") >= times and all(f"{label} värde" in text for label, _ in rows)


HOSTILE = [
    '#panic("x")',
    "$x^2$ *bold* _it_ `raw` <label> @ref // comment /* more",
    "= Rubrik",
    '#read("/etc/passwd") #import "@preview/x:1.0.0"',
    r"\u{202e} \" \\",
    "{phone} {short_id} {0} %s %(x)d",
    "</svg><script>alert(1)</script>",
    "https://example.org/?a=1&b=2",
    "-- ... ' \" ~ 1/2",
]


def test_hostile_values_are_printed_as_they_are_and_do_nothing() -> None:
    rows = tuple((f"Rad {number}", value) for number, value in enumerate(HOSTILE))
    given = sheet(sections=(Section(HOSTILE[0], rows),), title=HOSTILE[2], short_id=HOSTILE[0], marks=(HOSTILE[1],))
    text = text_of(prescription_pdf(given))
    for value in HOSTILE:
        assert value in text
    phone = text_of(prescription_pdf(sheet(phone="{short_id}")))
    assert "ring förskrivaren ({short_id})" in phone


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("åäö ÅÄÖ é ü ø Æ ß œ", "åäö ÅÄÖ é ü ø Æ ß œ"),
        ("µg 2½ ≥ 5 % ± 3 °C → €", "µg 2½ ≥ 5 % ± 3 °C → €"),
        ("αβγ Ωμ Жук", "αβγ Ωμ Жук"),
        ("a\u030angstro\u0308m", "ångström"),
        ("two\nlines\tand  spaces", "two lines and spaces"),
        ("中文", "□□"),
        ("دواء", "□□□□"),
        ("💊 \u202etab \x00", "□ □tab □"),
        ("x\u0301\u0302\u0489", "x□□□"),
    ],
)
def test_other_scripts_and_control_characters_become_boxes_and_a_line_says_so(written: str, printed: str) -> None:
    text = text_of(prescription_pdf(sheet(sections=(Section("Patient", (("Namn", written),)),))))
    assert f"Namn {printed}" in text
    assert (str(WORDS["sv"]["replaced"]) in text) == ("□" in printed)


def test_the_fonts_show_every_character_that_is_let_through() -> None:
    """PDF/UA refuses a character without a glyph, so a sheet that is made proves it."""
    characters = [chr(code) for first, last in print_pdf.PRINTABLE for code in range(first, last + 1)]
    for start in range(0, len(characters), 1000):
        chunk = " ".join(characters[start : start + 1000])
        prescription_pdf(sheet(sections=(Section(chunk, ((chunk, chunk),)),)))


def test_any_mixture_of_characters_can_be_printed() -> None:
    random = Random(11)
    for _ in range(25):
        wild = "".join(chr(random.randrange(0x110000)) for _ in range(120))
        wild = wild.encode("utf-8", "replace").decode()
        near = "".join(chr(random.randrange(0x20, 0x600)) for _ in range(120))
        prescription_pdf(sheet(title=near[:60], sections=(Section(near, ((wild, near), (near, wild))),)), paper="A5")


@pytest.mark.parametrize("paper", ["A4", "A5"])
@pytest.mark.parametrize("word", ["W" * 100, "12345" * 30, "□" * 60, "8" * 3000])
def test_a_word_without_a_space_stays_in_its_column(paper: Paper, word: str) -> None:
    document = opened(prescription_pdf(sheet(sections=(Section(word[:60], ((word[:60], word), ("B", word))),)), paper=paper))
    for page in document:
        width = page.get_width()
        content = page.get_textpage()
        for index in range(content.count_rects()):
            left, _, right, _ = content.get_rect(index)
            assert 20 < left < right < width - 20


def test_a_number_and_its_unit_are_not_parted_at_the_end_of_a_line() -> None:
    for length in range(1, 40):
        value = "x" * length + " 500 mg"
        page = opened(prescription_pdf(sheet(sections=(Section("A", (("B", value),)),)), paper="A5"))[0]
        lines = page.get_textpage().get_text_bounded().splitlines()
        assert any(re.search(r"500\s?mg", line) for line in lines)


def test_the_same_sheet_gives_the_same_bytes_and_holds_no_date() -> None:
    pdf = prescription_pdf(sheet(2))
    assert pdf == prescription_pdf(sheet(2))
    metadata = opened(pdf).get_metadata_dict()
    assert (metadata["CreationDate"], metadata["ModDate"], metadata["Author"]) == ("", "", "")
    assert metadata["Title"] == "Digitalt pappersrecept"


def alternative_texts(page: pypdfium2.PdfPage) -> list[str]:
    """Of every element in the page's structure tree."""
    tree = pdfium.FPDF_StructTree_GetForPage(page)
    found: list[str] = []

    def visit(element: Any) -> None:
        size = pdfium.FPDF_StructElement_GetAltText(element, None, 0)
        if size > 2:
            buffer = ctypes.create_string_buffer(size)
            pdfium.FPDF_StructElement_GetAltText(element, buffer, size)
            found.append(buffer.raw.decode("utf-16-le").rstrip("\0"))
        for index in range(pdfium.FPDF_StructElement_CountChildren(element)):
            child = pdfium.FPDF_StructElement_GetChildAtIndex(element, index)
            if child:
                visit(child)

    for index in range(pdfium.FPDF_StructTree_CountChildren(tree)):
        visit(pdfium.FPDF_StructTree_GetChildAtIndex(tree, index))
    pdfium.FPDF_StructTree_Close(tree)
    return found


@pytest.mark.parametrize(("language", "start"), [("sv", "QR-kod med"), ("en", "QR code with")])
def test_a_screen_reader_gets_tags_a_language_and_a_text_for_the_code(language: Literal["sv", "en"], start: str) -> None:
    pdf = prescription_pdf(sheet(language=language))
    document = opened(pdf)
    assert pdfium.FPDFCatalog_IsTagged(document)
    assert f"<rdf:li>{language}</rdf:li>".encode() in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    texts = alternative_texts(document[0])
    assert len(texts) == 1
    assert texts[0].startswith(start)
    assert "39b1922d" in texts[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"sections": (Section("A", (("B", "x" * 60_001),)),)},
        {"marks": ("a",) * 4},
        {"marks": ("a" * 81,)},
        {"title": "a" * 81},
        {"phone": "0" * 81},
    ],
)
def test_what_would_push_the_code_off_its_page_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(DocumentError) as caught:
        prescription_pdf(sheet(**changes))
    assert caught.value.code == "print_too_long"


@pytest.mark.parametrize("paper", ["A4", "A5"])
def test_the_longest_title_and_marks_leave_the_code_on_page_1(paper: Paper) -> None:
    given = sheet(title="Wm " * 26, marks=("Wm " * 26,) * 3, test=True, qr_texts=(qr_text(4296),))
    assert zxingcpp.read_barcodes(opened(prescription_pdf(given, paper=paper))[0].render(scale=4).to_pil())


def several(total: int, digits: int = 1590) -> tuple[str, ...]:
    return tuple("DPR1" + str(number) + qr_text(digits)[5:] for number in range(total))


@pytest.mark.parametrize("paper", ["A4", "A5"])
@pytest.mark.parametrize(("total", "digits"), [(2, 1590), (3, 1590), (4, 1300), (5, 1590), (16, 1590), (16, 2544)])
def test_every_one_of_several_codes_is_read_back_with_its_number_under_it(paper: Paper, total: int, digits: int) -> None:
    texts = several(total, digits)
    pdf = prescription_pdf(sheet(3, qr_texts=texts, set_mark="1f2e", test=True, marks=("Skyddad",)), paper=paper)
    found = []
    for page in opened(pdf):
        image = page.render(scale=300 / 72, grayscale=True).to_pil()
        codes = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
        height = page.get_size()[1]
        for code in codes:
            left, right = code.position.bottom_left.x / 300 * 72, code.position.bottom_right.x / 300 * 72
            bottom = height - code.position.bottom_left.y / 300 * 72
            assert (right - left) / 72 * 25.4 / (modules_of(code.text) - 8) >= 0.49
            label = page.get_textpage().get_text_bounded(left=left, right=right, top=bottom - 2, bottom=bottom - 40)
            number = texts.index(code.text) + 1
            assert f"Kod {number} av {total} · märke 1f2e" in label and "39b1922d" in label
            found.append(code.text)
    assert sorted(found) == sorted(texts)


@pytest.mark.parametrize("paper", ["A4", "A5"])
def test_a_sheet_of_several_codes_says_so_and_has_every_text_of_an_ordinary_one(paper: Paper) -> None:
    given = sheet(10, qr_texts=several(2), set_mark="1f2e")
    pdf = prescription_pdf(given, paper=paper)
    text = text_of(pdf)
    assert "Receptet står i 2 koder. Skanna alla, i vilken ordning som helst." in text_of(pdf, 0)
    for section in given.sections:
        assert section.heading in text
    words = WORDS["sv"]
    for advice in (*words["compare_several"], *words["scan_several"], *words["patient_several"]):
        assert advice.replace("{phone}", " (08-465 004 12)") in text
    assert "{" not in text and "Fortsättning, de 2 koderna börjar på sida 1" in text_of(pdf, 1)
    english = text_of(prescription_pdf(sheet(language="en", qr_texts=several(2), set_mark="1f2e"), paper=paper))
    assert "Code 2 of 2 · mark 1f2e" in english and "stands in 2 codes. Scan them all" in english


@pytest.mark.parametrize("paper", ["A4", "A5"])
@pytest.mark.parametrize(("language", "meaning"), [("sv", "märke hör ihop."), ("en", "mark belong together.")])
@pytest.mark.parametrize(("total", "items"), [(2, 10), (3, 1), (16, 20)])
def test_page_1_of_several_codes_says_what_the_mark_means_how_to_read_and_on_which_page_help_stands(
    paper: Paper, language: Literal["sv", "en"], meaning: str, total: int, items: int
) -> None:
    given = sheet(items, language=language, qr_texts=several(total), set_mark="1f2e", test=True)
    pdf = prescription_pdf(given, paper=paper)
    heading = str(WORDS[language]["scan_heading_several"])
    (where,) = (page + 1 for page in range(len(opened(pdf))) if heading in text_of(pdf, page))
    first = text_of(pdf, 0)
    assert meaning in first and str(WORDS[language]["several_help"]).replace("{page}", str(where)) in first


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_sheet_of_several_codes_never_speaks_of_one_code(language: Literal["sv", "en"]) -> None:
    given = sheet(language=language, qr_texts=several(2), sections=(Section("Patient", (("A", "中"),)),))
    pdf = prescription_pdf(given)
    texts = (text_of(pdf), *alternative_texts(opened(pdf)[0]))
    for one in ("koden ", "Koden ", "the code ", "The code ", "this sheet ", "med det signerade", "with the signed"):
        assert not any(one in text for text in texts)


def test_two_or_four_codes_stand_on_one_page_so_that_one_photo_holds_them() -> None:
    for total in (2, 3, 4):
        pdf = prescription_pdf(sheet(3, qr_texts=several(total), test=True))
        assert read_codes(pdf).texts and f"Kod {total} av {total}" in text_of(pdf, 0)


def test_one_code_has_no_number() -> None:
    assert "Kod 1" not in text_of(prescription_pdf(sheet()))


def test_one_of_several_codes_that_cannot_be_drawn_is_a_named_error() -> None:
    with pytest.raises(DocumentError) as caught:
        prescription_pdf(sheet(qr_texts=(qr_text(), "DPR1" + "7" * 6000)))
    assert caught.value.code == "qr_does_not_fit"


def test_a_sheet_without_sections_is_still_a_code() -> None:
    assert read_codes(prescription_pdf(sheet(sections=()))).texts == (qr_text(),)


def test_a_text_that_fits_no_code_is_a_named_error() -> None:
    with pytest.raises(DocumentError) as caught:
        prescription_pdf(sheet(qr_texts=("DPR1" + "7" * 6000,)))
    assert caught.value.code == "qr_does_not_fit"


class PanicException(BaseException):
    """Named as the one that a panic in the typesetter comes out as."""


@pytest.mark.parametrize("error", [typst.TypstError("no", "Tolvan"), PanicException("out of bounds")])
def test_a_failing_typesetter_is_a_named_error(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> bytes:
        raise error

    monkeypatch.setattr(typst, "compile", fail)
    with pytest.raises(DocumentError) as caught:
        prescription_pdf(sheet())
    assert caught.value.code == "print_failed"
    assert caught.value.__suppress_context__


def test_an_interrupt_is_not_taken_for_a_failing_typesetter(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(typst, "compile", interrupted)
    with pytest.raises(KeyboardInterrupt):
        prescription_pdf(sheet())


def test_a_sheet_is_frozen() -> None:
    with pytest.raises(AttributeError):
        sheet().title = "another"  # type: ignore[misc]
    assert msgspec.structs.replace(sheet(), title="another").title == "another"
