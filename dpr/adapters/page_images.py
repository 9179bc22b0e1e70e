"""Files from outside as grey-scale pages: what dpr.adapters.qr_read looks at.

Rules: only the formats named here are tried, never a guess by file name. Bytes, pixels and pages are capped before memory
is spent on them. Whatever a decoder throws at a torn or hostile file becomes a `DocumentError`.

Example: `load(Path("scan.pdf").read_bytes()).pages[0].size == (2480, 3508)`
"""

from __future__ import annotations

import io
from math import sqrt
from threading import Lock
from typing import NamedTuple

import pypdfium2
from PIL import Image, ImageOps, UnidentifiedImageError

from dpr.core.errors import DocumentError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MAX_BYTES = 32 * 1024 * 1024
MAX_PIXELS = 64_000_000  # all pages together; a phone's 50-megapixel photo passes
MAX_SIDE_PIXELS = 16_000  # a small image is magnified 4 times, and ZXing takes at most 65,535 pixels a side
MAX_PAGES = 10
_PDF_DPI = 300
_MAX_PDF_PAGE_PIXELS = 12_000_000
_PDF_HEADER_WITHIN = 1024  # PDF 1.7, implementation note 13: the header may stand anywhere in the first 1024 bytes
_pdfium = Lock()  # PDFium must not be entered by two threads


class Pages(NamedTuple):
    """`pages`: mode L, upright; `notes`: `pages_left_out` when the file has more than was looked at."""

    pages: tuple[Image.Image, ...]
    notes: tuple[str, ...] = ()


def load(data: bytes) -> Pages:
    """The pages of an image or PDF.

    DocumentError: `image_empty`, `image_too_large` (bytes or pixels), `image_format` (none that we read), `image_broken`,
    `pdf_broken`, `pdf_encrypted`.
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
            return _frames(image)
    except DocumentError:
        raise
    except UnidentifiedImageError:
        raise DocumentError("image_format", f"{len(data)} bytes") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DocumentError("image_too_large", f"more than {MAX_PIXELS} pixels") from None
    except Exception as error:  # a decoder may throw anything at hostile bytes
        raise DocumentError("image_broken", type(error).__name__) from error


def _frames(image: Image.Image) -> Pages:
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
        if pixels > MAX_PIXELS or max(image.size) > MAX_SIDE_PIXELS:
            raise DocumentError("image_too_large", f"{image.width} × {image.height} pixels")
        pages.append(_grey(image))
        if image.format != "TIFF":
            return Pages(tuple(pages))
    return Pages(tuple(pages), noted(code="pages_left_out"))


def _grey(image: Image.Image) -> Image.Image:
    """Mode L on white paper, turned as the camera's EXIF says."""
    if image.format == "JPEG":
        image.draft("L", image.size)
    upright = ImageOps.exif_transpose(image)
    if upright.mode in ("I", "F") or upright.mode.startswith("I;16"):
        return _sixteen_bits(upright)
    if upright.has_transparency_data:
        paper = Image.new("RGBA", upright.size, "white")
        paper.alpha_composite(upright.convert("RGBA"))
        upright = paper
    return upright.convert("L")


def _sixteen_bits(image: Image.Image) -> Image.Image:
    """Wide samples scaled by what they hold: convert("L") would clip them all to white."""
    samples = image.convert("F")
    low, high = map(float, samples.getextrema())  # type: ignore[arg-type]  # one band: two floats
    scale = 255 / (high - low) if high > low else 0.0
    return samples.point(lambda sample: sample * scale - low * scale).convert("L")


def _pdf_pages(data: bytes) -> Pages:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        encrypted = "password" in str(error).lower() or "security" in str(error).lower()
        raise DocumentError("pdf_encrypted" if encrypted else "pdf_broken") from error
    try:
        count = len(document)
        if not count:
            raise DocumentError("pdf_broken", "no pages")
        pages = tuple(_rendered(document[index]) for index in range(min(count, MAX_PAGES)))
        return Pages(pages, noted(code="pages_left_out") if count > MAX_PAGES else ())
    except (pypdfium2.PdfiumError, ValueError, MemoryError) as error:
        raise DocumentError("pdf_broken", type(error).__name__) from error
    finally:
        document.close()


def _rendered(page: pypdfium2.PdfPage) -> Image.Image:
    width, height = page.get_size()
    if min(width, height) <= 0:
        raise DocumentError("pdf_broken", "a page without size")
    fits = sqrt(_MAX_PDF_PAGE_PIXELS / (width * height)), MAX_SIDE_PIXELS / max(width, height)
    scale = min(_PDF_DPI / 72, *fits)
    image: Image.Image = page.render(scale=scale, grayscale=True).to_pil()
    return image.convert("L")
