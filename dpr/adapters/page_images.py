"""Files from outside as grey-scale pages: what dpr.adapters.qr_read looks at.

Rules: only the formats named here are tried, never a guess by file name. Bytes, pixels and pages are capped before memory
is spent on them: decoded colour is capped by what it takes in memory, and turned to grey in strips, so that no second copy of
it is ever made. A page that is larger than any reader needs is made smaller. Whatever a decoder throws at a torn or hostile
file becomes a `DocumentError`.

Example: `load(Path("scan.pdf").read_bytes()).pages[0].size == (2480, 3508)`
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from math import ceil, sqrt
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from PIL import ExifTags, Image, UnidentifiedImageError

from dpr.adapters.pdf_attached import embedded_in
from dpr.core.errors import DocumentError

if TYPE_CHECKING:
    import pypdfium2

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MAX_BYTES = 32 * 1024 * 1024
MAX_PIXELS = 64_000_000  # all pages together; a phone's 50-megapixel photo (JPEG) passes
MAX_PAGE_PIXELS = 16_000_000  # what a page is made smaller to; a phone's photo is most often 12 megapixels
MAX_DECODED_BYTES = 100_000_000  # what one decoded page takes: 25 megapixels of colour, 64 of grey
MAX_SIDE_PIXELS = 16_000  # a small image is magnified 4 times, and ZXing takes at most 65,535 pixels a side
MAX_PAGES = 10
_PDF_DPI = 300
MAX_PDF_PICTURE_PIXELS = 40_000_000  # an A4 page scanned at 600 dpi has 35 million
_MAX_PDF_PAGE_PIXELS = 12_000_000
_PDF_HEADER_WITHIN = 1024  # PDF 1.7, implementation note 13: the header may stand anywhere in the first 1024 bytes
_STRIP_PIXELS = 1_000_000
#: MPO: what phones call a JPEG with a second picture.
_JPEG = ("JPEG", "MPO")
_MAX_JPEG_SCANS = 100  # a progressive one has about ten; each passes over the whole picture
_SOS, _FILL = 0xDA, 0xFF
_WEBP_PIXEL_BYTES = 16  # libwebp's two canvases, its answer, and Pillow's picture
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_pdfium = Lock()  # PDFium must not be entered by two threads


class Pages(NamedTuple):
    """`pages`: mode L, upright; `notes`: `pages_left_out` when the file has more than was looked at; `embedded`: documents that
    a PDF holds as files (dpr.core.attached)."""

    pages: tuple[Image.Image, ...]
    notes: tuple[str, ...] = ()
    embedded: tuple[bytes, ...] = ()


def load(data: bytes) -> Pages:
    """The pages of an image or PDF.

    DocumentError: `image_empty`, `image_too_large` (bytes or pixels), `image_format` (none that we read), `image_broken`,
    `pdf_broken`, `pdf_encrypted`, `pdf_attached_too_large`.
    """
    if not data:
        raise DocumentError("image_empty")
    if len(data) > MAX_BYTES:
        raise DocumentError("image_too_large", f"{len(data)} bytes, at most {MAX_BYTES}")
    if b"%PDF-" in data[:_PDF_HEADER_WITHIN]:
        with _pdfium:
            return _pdf_pages(data)
    return _image_pages(data)


def noted(*notes: str, code: str) -> tuple[str, ...]:
    """`notes` and one more, a code of dpr.core.codes."""
    return (*notes, code)


def _image_pages(data: bytes) -> Pages:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return _frames(image, data)
    except DocumentError:
        raise
    except UnidentifiedImageError:
        raise DocumentError("image_format", f"{len(data)} bytes") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DocumentError("image_too_large", f"more than {MAX_PIXELS} pixels") from None
    except MemoryError:
        raise DocumentError("image_too_large", "out of memory") from None
    except Exception as error:  # a decoder may throw anything at hostile bytes
        raise DocumentError("image_broken", type(error).__name__) from error


def _frames(image: Image.Image, data: bytes) -> Pages:
    """A TIFF may hold a page in each frame (a fax, a scanner); any other format's first frame is the picture."""
    pages: list[Image.Image] = []
    pixels = 0
    for index in range(MAX_PAGES + 1):
        try:
            image.seek(index)
        except EOFError:
            return Pages(tuple(pages))
        pixels += image.width * image.height
        if index == MAX_PAGES or (pages and pixels > MAX_PIXELS):
            break
        too_much = _decoded_bytes(image, data) > MAX_DECODED_BYTES
        if too_much or pixels > MAX_PIXELS or max(image.size) > MAX_SIDE_PIXELS:
            raise DocumentError("image_too_large", f"{image.width} × {image.height} pixels")
        pages.append(_grey(image))
        if image.format != "TIFF":
            return Pages(tuple(pages))
    return Pages(tuple(pages), noted(code="pages_left_out"))


def _decoded_bytes(image: Image.Image, data: bytes) -> int:
    """What decoding takes, known before it begins."""
    pixels = image.width * image.height
    if image.format in _JPEG:
        return _jpeg_bytes(image, data)
    if image.format == "WEBP":
        return pixels * _WEBP_PIXEL_BYTES
    return pixels if image.mode in ("1", "L") and not image.has_transparency_data else pixels * 4


def _jpeg_bytes(image: Image.Image, data: bytes) -> int:
    """A JPEG that comes in one scan is read row by row, and to grey at once; one in several keeps every coefficient, 2 bytes
    each."""
    scans = data.count(b"\xff\xda")
    if scans > _MAX_JPEG_SCANS:
        raise DocumentError("image_too_large", f"{scans} scans, at most {_MAX_JPEG_SCANS}")
    bands, pixels = len(image.getbands()), image.width * image.height
    one_scan = "progressive" not in image.info and _bands_of_first_scan(data) == bands
    if not one_scan:
        return pixels * bands * 2
    return pixels * 4 if image.mode == "CMYK" else pixels


def _bands_of_first_scan(data: bytes) -> int:
    """ITU-T T.81 §B.2.3: the number of components stands after the length of the first SOS segment."""
    at = 2
    while data[at : at + 1] == b"\xff" and at + 4 < len(data):
        marker = data[at + 1]
        if marker == _SOS:
            return data[at + 4]
        at += 1 if marker == _FILL else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return 0


def _grey(image: Image.Image) -> Image.Image:
    """Mode L on white paper, turned as the camera's EXIF says, at most `MAX_PAGE_PIXELS`."""
    if image.format in _JPEG:
        times = int(_times_too_large(image))
        image.draft("L", (image.width // times, image.height // times))
    image.load()  # a TIFF turns itself, and says so in its EXIF, once it is read
    turn = _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    times, wide = int(_times_too_large(image)), _is_wide(image)
    low, high = _range(image) if wide else (0.0, 255.0)
    scale = 255 / (high - low) if high > low else 0.0
    page = Image.new("L", (ceil(image.width / times), ceil(image.height / times)))
    for top, strip in _strips(image, times):
        narrow = strip.convert("F").point(lambda sample: sample * scale - low * scale) if wide else strip
        page.paste(_on_paper(narrow).reduce(times), (0, top // times))
    rest = _times_too_large(page)
    if rest > 1:
        page = page.resize((int(page.width / rest), int(page.height / rest)), Image.Resampling.HAMMING)
    return page.transpose(turn) if turn is not None else page


def _times_too_large(image: Image.Image) -> float:
    """How many times too wide and too high."""
    return max(1.0, sqrt(image.width * image.height / MAX_PAGE_PIXELS))


def _strips(image: Image.Image, times: int = 1) -> Iterator[tuple[int, Image.Image]]:
    """(top, strip) over the whole picture; every strip but the last has a multiple of `times` rows."""
    rows = max(1, _STRIP_PIXELS // image.width // times) * times
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(top + rows, image.height)))


def _on_paper(image: Image.Image) -> Image.Image:
    """Mode L; what is transparent is white."""
    if not image.has_transparency_data:
        return image.convert("L")
    image = image.convert("RGBA")
    paper = Image.new("L", image.size, 255)
    paper.paste(image.convert("L"), mask=image.getchannel("A"))
    return paper


def _is_wide(image: Image.Image) -> bool:
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def _range(image: Image.Image) -> tuple[float, float]:
    """The lowest and highest sample of wide samples: convert("L") would clip them all to white."""
    extremes = [strip.convert("F").getextrema() for _, strip in _strips(image)]
    return min(float(low) for low, _ in extremes), max(float(high) for _, high in extremes)  # type: ignore[arg-type]


def _pdf_pages(data: bytes) -> Pages:
    import pypdfium2  # takes as long to import as all else here, and most files are pictures

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        encrypted = "password" in str(error).lower() or "security" in str(error).lower()
        raise DocumentError("pdf_encrypted" if encrypted else "pdf_broken") from error
    try:
        count = len(document)
        if not count:
            raise DocumentError("pdf_broken", "no pages")
        pages: list[Image.Image] = []
        left = MAX_PIXELS
        for index in range(min(count, MAX_PAGES)):
            page = document[index]
            scale = _scale_of(page)
            left -= round(page.get_width() * scale * page.get_height() * scale)
            if left < 0:
                break
            pages.append(page.render(scale=scale, grayscale=True).to_pil().convert("L"))
        return Pages(tuple(pages), noted(code="pages_left_out") if len(pages) < count else (), embedded_in(document))
    except MemoryError:
        raise DocumentError("image_too_large", "out of memory") from None
    except (pypdfium2.PdfiumError, ValueError) as error:
        raise DocumentError("pdf_broken", type(error).__name__) from error
    finally:
        document.close()


def _scale_of(page: pypdfium2.PdfPage) -> float:
    """Pixels a point, for a page whose pictures are not too large: PDFium decodes each of them whole."""
    import pypdfium2

    pictured = 0
    for picture in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]):
        across, down = picture.get_px_size()
        pictured += across * down
        if pictured > MAX_PDF_PICTURE_PIXELS:
            raise DocumentError("image_too_large", f"a page with pictures of more than {MAX_PDF_PICTURE_PIXELS} pixels")
    width, height = page.get_size()
    if min(width, height) <= 0:
        raise DocumentError("pdf_broken", "a page without size")
    fits = sqrt(_MAX_PDF_PAGE_PIXELS / (width * height)), MAX_SIDE_PIXELS / max(width, height)
    return float(min(_PDF_DPI / 72, *fits))
