"""What the QR reader must hold: every ordinary kind of file, the cascade, no false read, and a named error for the rest.

Example: `pytest tests/adapters/test_qr_read.py`
"""

from __future__ import annotations

import io
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from threading import Thread

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageOps

from dpr.adapters import page_images, qr_read
from dpr.adapters.qr_read import read_codes
from dpr.adapters.qr_steps import STEPS, Found, zbar
from dpr.adapters.qr_write import png
from dpr.apps.demo.damage import KINDS, damage
from dpr.core import qr, qr_parts
from dpr.core.codes import CODES
from dpr.core.errors import DocumentError

TEXT = "DPR1" + "".join(Random(5).choices("0123456789", k=900))
OTHER = "DPR1" + "".join(Random(6).choices("0123456789", k=500))
CODE = Image.open(io.BytesIO(png(TEXT, module_pixels=4))).convert("L")
BLANK = Image.new("L", (300, 300), 255)


def saved(image: Image.Image, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.copy().save(out, format, **options)  # a copy: saving leaves the encoder's settings on an image
    return out.getvalue()


def saved_pages(format: str, *pages: Image.Image, **options: object) -> bytes:
    return saved(pages[0], format, save_all=True, append_images=[page.copy() for page in pages[1:]], **options)


def on_paper(*codes: Image.Image) -> Image.Image:
    """The codes side by side on a sheet."""
    paper = Image.new("L", (sum(code.width for code in codes) * 5 // 4, max(code.height for code in codes) * 5 // 4), 250)
    x = paper.width // 10
    for code in codes:
        paper.paste(code, (x, paper.height // 10))
        x += code.width
    return paper


def code_of(data: bytes, *, raw: bool = False) -> str:
    """The error code that reading `data` raises."""
    with pytest.raises(DocumentError) as caught:
        read_codes(data, raw=raw)
    assert caught.value.code in CODES
    return caught.value.code


def transparent() -> Image.Image:
    image = Image.new("RGBA", CODE.size, (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), mask=CODE.point(lambda value: 255 - value))
    return image


def sixteen_bits() -> Image.Image:
    samples = b"".join((value * 8 + 20_000).to_bytes(2, "little") for value in CODE.tobytes())
    return Image.frombytes("I;16", CODE.size, samples)


def turned_by_camera() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(CODE.rotate(90), "JPEG", exif=exif)


FILES: dict[str, Callable[[], bytes]] = {
    "png": lambda: saved(CODE, "PNG"),
    "png, one bit": lambda: saved(CODE.convert("1"), "PNG"),
    "png, transparent": lambda: saved(transparent(), "PNG"),
    "png, 16 bits": lambda: saved(sixteen_bits(), "PNG"),
    "tiff, 16 bits": lambda: saved(sixteen_bits(), "TIFF"),
    "tiff, float": lambda: saved(CODE.convert("F"), "TIFF"),
    "tiff, code on page 3": lambda: saved_pages("TIFF", BLANK, BLANK, CODE),
    "jpeg": lambda: saved(CODE, "JPEG", quality=70),
    "jpeg, colour": lambda: saved(CODE.convert("RGB"), "JPEG"),
    "jpeg, cmyk": lambda: saved(CODE.convert("CMYK"), "JPEG"),
    "jpeg, turned by the camera": turned_by_camera,
    "webp": lambda: saved(CODE, "WEBP"),
    "gif": lambda: saved(CODE, "GIF"),
    "gif, transparent": lambda: saved(transparent().convert("P"), "GIF", transparency=0),
    "bmp": lambda: saved(CODE, "BMP"),
    "pdf": lambda: saved(CODE, "PDF"),
    "pdf, code on page 2": lambda: saved_pages("PDF", BLANK, CODE),
    "light on dark": lambda: saved(CODE.point(lambda value: 255 - value), "PNG"),
    "mirrored": lambda: saved(CODE.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "PNG"),
    "upside down": lambda: saved(CODE.rotate(180), "PNG"),
}


@pytest.mark.parametrize("name", FILES)
def test_the_first_reader_reads_a_clean_code_from_every_kind_of_file(name: str) -> None:
    reading = read_codes(FILES[name]())
    assert reading.texts == (TEXT,)
    assert reading.readers == ("zxing",)


def test_a_big_photo_is_read() -> None:
    photo = Image.new("L", (4000, 3000), 230)
    photo.paste(CODE.resize((900, 900)).rotate(12, expand=True, fillcolor=230), (1500, 1000))
    assert read_codes(saved(photo, "JPEG")).texts == (TEXT,)


def test_a_photo_of_fifty_megapixels_is_read_at_sixteen() -> None:
    photo = Image.new("L", (8200, 6100), 230)
    photo.paste(CODE.resize((1800, 1800)).rotate(12, expand=True, fillcolor=230), (3000, 2000))
    data = saved(photo, "JPEG")
    assert page_images.load(data).pages[0].size == (4637, 3449)
    assert read_codes(data).texts == (TEXT,)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16", "F", "CMYK"])
def test_a_page_beyond_sixteen_megapixels_is_made_smaller_whatever_its_samples(mode: str) -> None:
    page = Image.new("L", (4207, 4109), 255)
    page.paste(CODE.resize((1800, 1800), Image.Resampling.NEAREST), (1000, 1100))
    wide = mode in ("I;16", "F", "CMYK")
    data = saved(page.convert(mode), "TIFF" if wide else "PNG", **({"compression": "tiff_deflate"} if wide else {}))
    (smaller,) = page_images.load(data).pages
    assert (smaller.mode, smaller.size) == ("L", (4047, 3953))
    assert smaller.getextrema() == (0, 255)
    assert read_codes(data).texts == (TEXT,)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF"])
def test_every_turn_that_a_camera_writes_is_undone(turn: int, format: str) -> None:
    image = Image.new("L", (40, 24), 255)
    image.paste(0, (0, 0, 16, 8))
    exif = Image.Exif()
    exif[0x0112] = turn
    data = saved(image, format, exif=exif)
    with Image.open(io.BytesIO(data)) as again:
        upright = ImageOps.exif_transpose(again).convert("L")
    (page,) = page_images.load(data).pages
    assert (page.size, page.tobytes()) == (upright.size, upright.tobytes())


def test_strips_leave_no_seam() -> None:
    random = Random(3)
    image = Image.frombytes("RGBA", (1501, 1403), random.randbytes(1501 * 1403 * 4))
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image)
    (page,) = page_images.load(saved(image, "PNG")).pages
    assert max(ImageChops.difference(page, paper.convert("L")).tobytes()) <= 1


def blank_pdf(pages: int, side: int) -> bytes:
    """Empty pages, `side` points square."""
    kids = b" ".join(b"%d 0 R" % (3 + page) for page in range(pages))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]>>" % (side, side)
    return pdf(b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, pages), *[page] * pages)


def pdf_picture(width: int, height: int) -> bytes:
    """An A4 page with one grey picture."""
    squeezed = zlib.compress(b"\x80" * (width * height), 9)
    picture = b"<</Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceGray" % (width, height)
    drawn = b"595 0 0 842 0 0 cm /I Do"
    return pdf(
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(drawn), drawn),
        b"%b/Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (picture, len(squeezed), squeezed),
    )


def pdf(*objects: bytes) -> bytes:
    """A PDF of a catalogue and `objects`, of which the first is its pages."""
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate((b"<</Type/Catalog/Pages 2 0 R>>", *objects), 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(places) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%btrailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        size,
        table,
        size,
        len(out),
    )


def scans(count: int) -> bytes:
    """A small JPEG whose one scan stands there `count` times."""
    data = saved(Image.new("L", (64, 64), 9), "JPEG")
    at = data.index(b"\xff\xda")
    return data[:at] + data[at:-2] * count + b"\xff\xd9"


def test_pages_are_looked_at_while_their_pixels_last() -> None:
    for data, expected in ((blank_pdf(10, 3000), 5), (blank_pdf(8, 700), 7), (pdf_picture(2000, 2000), 1)):
        pages, notes, _ = page_images.load(data)
        assert len(pages) == expected
        assert sum(page.width * page.height for page in pages) <= page_images.MAX_PIXELS
        assert notes == (() if expected == 1 else ("pages_left_out",))


#: Small files that unfold to as much as is let in.
LARGE: dict[str, Callable[[], bytes]] = {
    "grey": lambda: saved(Image.new("L", (8000, 8000), 200), "PNG"),
    "colour": lambda: saved(Image.new("RGBA", (5000, 5000), (9, 9, 9, 99)), "PNG"),
    "one colour transparent": lambda: saved(Image.new("RGB", (5000, 5000)), "PNG", transparency=(0, 0, 0)),
    "float": lambda: saved(Image.new("F", (5000, 5000)), "TIFF", compression="tiff_deflate"),
    "turned": lambda: saved(Image.new("RGB", (5000, 5000)), "TIFF", compression="tiff_deflate", tiffinfo={274: 6}),
    "ten pages": lambda: saved_pages("TIFF", *[Image.new("L", (2500, 2500), 200)] * 10, compression="tiff_deflate"),
    "jpeg": lambda: saved(Image.new("RGB", (8000, 8000)), "JPEG"),
    "jpeg in several scans": lambda: saved(Image.new("RGB", (4000, 4000)), "JPEG", progressive=True),
    "webp": lambda: saved(Image.new("RGBA", (2490, 2490), (9, 9, 9, 9)), "WEBP", lossless=True),
    "pdf": lambda: blank_pdf(10, 3000),
    "pdf with a picture": lambda: pdf_picture(6300, 6300),
}
_MEASURED = """
import sys, time
from pathlib import Path
from dpr.adapters.qr_read import read_codes
from dpr.core.errors import DocumentError
def peak(): return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
data, before, started = sys.stdin.buffer.read(), peak(), time.process_time()
try: read_codes(data)
except DocumentError as error: assert error.code == "qr_not_found", error
print((peak() - before) // 1024, time.process_time() - started)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc")
@pytest.mark.parametrize("name", LARGE)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_no_file_takes_more_than_a_quarter_gigabyte_or_a_few_seconds(name: str) -> None:
    ran = subprocess.run([sys.executable, "-c", _MEASURED], input=LARGE[name](), capture_output=True, check=True)
    megabytes, seconds = map(float, ran.stdout.split())
    assert megabytes <= 250
    assert seconds <= 5  # 2 at most when the machine is free


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "image_empty"),
    "text": (lambda: b"DPR1 12345", "image_format"),
    "zeros": (lambda: bytes(5000), "image_format"),
    "a format we do not read": (lambda: saved(CODE, "PPM"), "image_format"),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image_format"),
    "too many bytes": (lambda: b"\x89PNG" + bytes(page_images.MAX_BYTES), "image_too_large"),
    "too many pixels": (lambda: saved(Image.new("1", (8100, 8100)), "PNG"), "image_too_large"),
    "a decompression bomb": (lambda: saved(Image.new("1", (30_000, 15_000)), "PNG"), "image_too_large"),
    "too much colour": (lambda: saved(Image.new("RGBA", (8000, 8000)), "PNG"), "image_too_large"),
    "too much transparency": (lambda: saved(Image.new("L", (5100, 5100)), "PNG", transparency=0), "image_too_large"),
    "a jpeg in several scans that is too large": (
        lambda: saved(Image.new("RGB", (4200, 4200)), "JPEG", progressive=True),
        "image_too_large",
    ),
    "a jpeg of many scans": (lambda: scans(200), "image_too_large"),
    "too large a webp": (lambda: saved(Image.new("RGB", (3000, 3000)), "WEBP"), "image_too_large"),
    "a pdf with too large a picture": (lambda: pdf_picture(6400, 6400), "image_too_large"),
    "too long a side": (lambda: saved(Image.new("L", (60_000, 1)), "PNG"), "image_too_large"),
    "half a jpeg": (lambda: saved(CODE, "JPEG")[:4000], "image_broken"),
    "half a png": (lambda: saved(CODE, "PNG")[:1500], "image_broken"),
    "a png without picture": (lambda: saved(CODE, "PNG")[:60], "image_broken"),
    "half a pdf": (lambda: saved(CODE, "PDF")[:2000], "pdf_broken"),
    "a pdf that is only a header": (lambda: b"%PDF-1.7\n", "pdf_broken"),
    "one pixel": (lambda: saved(Image.new("L", (1, 1)), "PNG"), "qr_not_found"),
    "a blank page": (lambda: saved(Image.new("L", (800, 1100), 255), "PDF"), "qr_not_found"),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_what_cannot_be_read_is_a_named_error(name: str) -> None:
    data, expected = HOSTILE[name]
    assert code_of(data()) == expected


def encrypted_pdf() -> bytes:
    """A minimal PDF that wants a password (standard handler, revision 2; the hashes are noise, so no password fits)."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%b endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    identity = b"<" + b"00" * 16 + b">"
    trailer = b"<</Size 5/Root 1 0 R/Encrypt 4 0 R/ID[%b%b]>>" % (identity, identity)
    return out + b"xref\n0 5\n0000000000 65535 f \n%btrailer%b\nstartxref\n%d\n%%%%EOF" % (table, trailer, len(out))


def test_an_encrypted_pdf_is_named_as_such() -> None:
    assert code_of(encrypted_pdf()) == "pdf_encrypted"


@pytest.mark.parametrize("name", ["png", "jpeg", "gif", "webp", "bmp", "tiff, 16 bits", "pdf"])
def test_a_torn_or_bent_file_gives_the_text_or_a_named_error_and_nothing_else(name: str) -> None:
    data, random = FILES[name](), Random(8)
    variants = [data[: random.randrange(len(data))] for _ in range(25)]
    for _ in range(25):
        bent = bytearray(data)
        for _ in range(random.choice((1, 4, 30))):
            bent[random.randrange(len(bent))] = random.randrange(256)
        variants.append(bytes(bent))
    for variant in variants:
        try:
            assert read_codes(variant).texts == (TEXT,)
        except DocumentError as error:
            assert error.code in CODES


def test_only_the_first_pages_are_looked_at_and_that_is_said() -> None:
    blanks = [BLANK] * (page_images.MAX_PAGES - 1)
    for format in ("PDF", "TIFF"):
        assert read_codes(saved_pages(format, CODE, *blanks)).notes == ()
        assert read_codes(saved_pages(format, CODE, *blanks, BLANK)).notes == ("pages_left_out",)
        assert code_of(saved_pages(format, *blanks, BLANK, CODE)) == "qr_not_found"


def test_several_codes_give_all_their_texts_once() -> None:
    other = Image.open(io.BytesIO(png(OTHER, module_pixels=4))).convert("L")
    reading = read_codes(saved(on_paper(CODE, other, CODE), "PNG"))
    assert sorted(reading.texts) == sorted([TEXT, OTHER])


def test_a_code_that_is_not_ours_is_left_out_unless_asked_for() -> None:
    url = "https://example.org/leaflet"
    foreign = Image.open(io.BytesIO(png(url, module_pixels=6))).convert("L")
    both = saved(on_paper(foreign, CODE), "PNG")
    assert read_codes(both).texts == (TEXT,)
    assert set(read_codes(both, raw=True).texts) == {TEXT, url}
    assert code_of(saved(foreign, "PNG")) == "qr_other_code"
    assert read_codes(saved(foreign, "PNG"), raw=True).texts == (url,)


@pytest.mark.parametrize("text", ["DPR212345", "dpr1123456"])
def test_a_later_version_or_small_letters_are_for_the_text_parser_to_judge(text: str) -> None:
    assert read_codes(png(text)).texts == (text,)


@pytest.mark.parametrize("text", ["Åäö €", "\x1bcontrol", "{0}%s<script>", " DPR1 "])
def test_a_raw_text_comes_back_exactly_as_it_was_written(text: str) -> None:
    assert read_codes(png(text), raw=True).texts == (text,)


@pytest.mark.parametrize(
    ("kind", "strength", "seed", "reader"),
    [
        ("moire", 0.6, 9, "zxing lightened"),
        ("motion", 0.8, 4, "zxing fixed"),
        ("glare", 0.6, 1, "zxing darkened"),
        ("noise", 0.7, 14, "zxing levelled"),
        ("pen", 0.6, 9, "zbar"),
        ("blur", 0.6, 11, "zxing sharpened"),
        ("small_modules", 0.8, 9, "zxing magnified"),
        ("glare", 0.7, 6, "zxing levelled and sharpened"),
    ],
)
def test_each_later_step_reads_what_none_before_it_does(kind: str, strength: float, seed: int, reader: str) -> None:
    text = "DPR1" + "".join(Random(1).choices("0123456789", k=900))
    sheet = on_paper(Image.open(io.BytesIO(png(text, module_pixels=4))).convert("L"))
    image = damage(sheet, kind, strength=strength, seed=seed)
    reading = read_codes(saved(image, "PNG"))
    assert (reading.texts, reading.readers) == ((text,), (reader,))


def test_the_cascade_goes_on_until_what_was_located_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []

    def step(name: str, *texts: str, unread: bool = False) -> Callable[[Image.Image], Found]:
        def read(_: Image.Image) -> Found:
            called.append(name)
            return Found(texts, ((0, 0, 999, 999),) if unread else ())

        return read

    steps = {
        "first": step("first", TEXT, unread=True),
        "second": step("second", TEXT),
        "third": step("third", OTHER),
        "fourth": step("fourth", TEXT),
    }
    monkeypatch.setattr(qr_read, "STEPS", steps)
    reading = read_codes(FILES["png"]())
    assert called == ["first", "second", "third"]
    assert (reading.texts, reading.readers) == ((TEXT, OTHER), ("first", "third"))


def test_no_step_is_begun_when_the_time_is_spent() -> None:
    blurred = saved(CODE.filter(ImageFilter.GaussianBlur(9)), "PNG")
    started = time.monotonic()
    for _ in range(5):
        with pytest.raises(DocumentError, match="qr_not_found"):
            read_codes(blurred, budget_seconds=0)
    assert time.monotonic() - started < 0.5
    assert read_codes(FILES["png"](), budget_seconds=0).texts == (TEXT,)


def test_a_missing_part_of_a_prescription_is_looked_for_though_no_code_is_seen_in_its_place() -> None:
    document = b"\xd2" + Random(1).randbytes(900)
    first, second = (Image.open(io.BytesIO(png(text, module_pixels=4))).convert("L") for text in qr.to_texts(document))
    sheet = on_paper(first, second.filter(ImageFilter.GaussianBlur(2)))
    found = STEPS["zxing"](sheet)
    assert len(found.texts) == 1
    reading = read_codes(saved(sheet, "PNG"), budget_seconds=60)
    assert qr_parts.from_texts(reading.texts) == (document,)


def test_of_a_big_photo_the_part_with_the_unread_code_is_looked_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[tuple[int, int]] = []

    def finds(image: Image.Image) -> Found:
        sizes.append(image.size)
        return Found((), ((1000, 500, 1400, 900),))

    def reads(image: Image.Image) -> Found:
        sizes.append(image.size)
        return Found((TEXT,)) if image.width < 1000 else Found(())

    monkeypatch.setattr(qr_read, "STEPS", {"finds": finds, "reads": reads})
    assert read_codes(saved(Image.new("L", (4000, 3000)), "PNG")).texts == (TEXT,)
    assert sizes == [(4000, 3000), (640, 640)]


def test_what_the_part_does_not_give_is_looked_for_on_the_whole_page(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = {
        "misleads": lambda image: Found((), ((10, 10, 90, 90),)),
        "reads": lambda image: Found((TEXT,)) if image.size == (800, 800) else Found(()),
    }
    monkeypatch.setattr(qr_read, "STEPS", steps)
    assert read_codes(saved(Image.new("L", (800, 800)), "PNG")).texts == (TEXT,)


@pytest.mark.parametrize("name", STEPS)
def test_every_step_says_where_on_the_page_a_code_is_that_it_could_not_read(name: str) -> None:
    if name == "zbar":
        return  # it does not say
    sheet = Image.new("L", (700, 650), 255)
    sheet.paste(CODE, (180, 130))
    sheet.paste(255, (320, 300, 460, 440))  # more than can be mended
    unread = STEPS[name](sheet).unread
    assert unread
    for box in unread:
        assert box == pytest.approx((196, 146, 196 + CODE.width - 32, 146 + CODE.height - 32), abs=12)


def test_one_unread_of_three_codes_is_read_by_a_later_step() -> None:
    other = Image.open(io.BytesIO(png(OTHER, module_pixels=4))).convert("L")
    third = "DPR1" + "".join(Random(7).choices("0123456789", k=700))
    faint = Image.open(io.BytesIO(png(third, module_pixels=4))).convert("L").filter(ImageFilter.GaussianBlur(2))
    assert not any(STEPS[name](on_paper(faint)).texts for name in ("zxing", "zxing darkened", "zbar"))
    reading = read_codes(saved(on_paper(CODE, other, faint), "PNG"), budget_seconds=60)
    assert set(reading.texts) == {TEXT, OTHER, third}
    assert len(reading.readers) == 2


def test_zbar_reads_by_itself() -> None:
    assert STEPS["zbar"](CODE).texts == (TEXT,)


def test_without_libzbar_reading_goes_on_and_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyzbar.pyzbar", None)
    monkeypatch.setitem(sys.modules, "pyzbar", None)
    zbar.cache_clear()
    try:
        reading = read_codes(FILES["pdf, code on page 2"]())
        assert (reading.texts, reading.notes) == ((TEXT,), ("zbar_missing",))
        with pytest.raises(DocumentError) as caught:
            read_codes(saved(Image.new("L", (300, 300), 255), "PNG"))
        assert (caught.value.code, caught.value.detail) == ("qr_not_found", "zbar_missing")
    finally:
        zbar.cache_clear()


def test_several_threads_may_read_pdfs_at_once() -> None:
    data = FILES["pdf"]()
    texts: list[str] = []
    threads = [Thread(target=lambda: texts.extend(read_codes(data).texts)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == [TEXT] * 8


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_the_same_for_the_same_seed_and_changes_the_picture(kind: str) -> None:
    once = damage(CODE, kind, strength=0.6, seed=3)
    assert once.mode == "L"
    assert once.tobytes() == damage(CODE, kind, strength=0.6, seed=3).tobytes()
    assert once.tobytes() != CODE.tobytes()
