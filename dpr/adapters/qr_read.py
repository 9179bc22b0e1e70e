"""QR codes out of files: a screenshot, a phone photo, a scan, a PDF.

Rules: a file is hostile. Formats, bytes, pixels and pages are capped before memory is spent, and whatever a decoder throws
becomes a `DocumentError`. A text is returned exactly as a reader decoded it and passed the symbol's own error correction;
it is bytes to be judged, never opened, run or shown as markup. Each step of the cascade costs more than the one before,
and the cascade stops when something was read and no code that was located is left unread.

Example: `read_codes(Path("photo.jpg").read_bytes()).texts == ("DPR1…",)`
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import zxingcpp
from PIL import Image, ImageChops, ImageFilter, ImageOps

from dpr.adapters.page_images import load, noted
from dpr.core.errors import DocumentError

_OURS = re.compile(r"\s*DPR[0-9]", re.IGNORECASE)  # also a later version: dpr.core.qr says that it is one
_QR_ONLY = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_SMALL_PIXELS = 600_000
_MEDIUM_PIXELS = 4_000_000


class Reading(NamedTuple):
    """`texts`: distinct, in the order found; `readers`: the steps that found them; `notes`: codes of dpr.core.codes."""

    texts: tuple[str, ...]
    readers: tuple[str, ...]
    notes: tuple[str, ...] = ()


class Found(NamedTuple):
    """What one step made of one page. `unread`: a code was located that its error correction could not mend."""

    texts: tuple[str, ...]
    unread: bool = False


def read_codes(data: bytes, *, raw: bool = False) -> Reading:
    """The prescription codes in an image or PDF; with `raw` every QR code, whatever it says.

    `data`: PNG, JPEG, WEBP, GIF (first frame), BMP, TIFF (first pages) or PDF (first pages). DocumentError as
    `page_images.load`, and `qr_not_found` (no code could be read) or `qr_other_code` (only codes that are not ours).
    """
    loaded = load(data)
    notes = loaded.notes if zbar() else noted(*loaded.notes, code="zbar_missing")
    texts: dict[str, None] = {}
    readers: dict[str, None] = {}
    others = False
    for name, step in STEPS.items():
        unread = False
        for page in loaded.pages:
            found = step(page)
            unread = unread or found.unread
            wanted = [text for text in found.texts if raw or _OURS.match(text)]
            others = others or len(wanted) < len(found.texts)
            if not texts.keys() >= set(wanted):
                readers[name] = None
                texts.update(dict.fromkeys(wanted))
        if texts and not unread:
            break
    if not texts:
        raise DocumentError("qr_other_code" if others else "qr_not_found", ", ".join(notes))
    return Reading(tuple(texts), tuple(readers), notes)


def _zxing(image: Image.Image) -> Found:
    found = zxingcpp.read_barcodes(image, formats=_QR_ONLY, text_mode=zxingcpp.TextMode.Plain, return_errors=True)
    return Found(tuple(b.text for b in found if b.valid and b.text), any(not b.valid for b in found))


def _levelled(image: Image.Image) -> Found:
    """Against uneven light, glare and noise: a little blur, then each pixel against the mean around it."""
    image = _at_most_medium(image).filter(ImageFilter.GaussianBlur(1.5))
    around = image.filter(ImageFilter.BoxBlur(max(4, min(image.size) // 25)))
    return _zxing(ImageOps.autocontrast(ImageChops.subtract(image, around, 1, 128)))


def _sharpened(image: Image.Image) -> Found:
    """Against blur. A big photo is sharpened at half its size, anything else at twice."""
    if image.width * image.height > _MEDIUM_PIXELS:
        return _zxing(image.reduce(2).filter(ImageFilter.UnsharpMask(3, 250, 0)))
    return _zxing(_enlarged(image, 2, Image.Resampling.BICUBIC).filter(ImageFilter.UnsharpMask(4, 200, 0)))


def _magnified(image: Image.Image) -> Found:
    """Against too few pixels a module; only a small image has too few."""
    if image.width * image.height > _SMALL_PIXELS:
        return Found(())
    return _zxing(_enlarged(image, 4, Image.Resampling.LANCZOS))


def _zbar(image: Image.Image) -> Found:
    reader = zbar()
    if reader is None:
        return Found(())
    found = reader.decode(image, symbols=[reader.ZBarSymbol.QRCODE])
    return Found(tuple(code.data.decode("utf-8", "replace") for code in found if code.data))


def _enlarged(image: Image.Image, times: int, filter_: Image.Resampling) -> Image.Image:
    return image.resize((image.width * times, image.height * times), filter_)


def _at_most_medium(image: Image.Image) -> Image.Image:
    return image.reduce(2) if image.width * image.height > _MEDIUM_PIXELS else image


@cache
def zbar() -> Any:
    """pyzbar, or None where the system has no libzbar: the cascade does without its last step then."""
    try:
        from pyzbar import pyzbar
    except (ImportError, OSError):
        return None
    return pyzbar


#: The cascade, in order of what each step costs.
STEPS: dict[str, Callable[[Image.Image], Found]] = {
    "zxing": _zxing,
    "zxing levelled": _levelled,
    "zxing sharpened": _sharpened,
    "zxing magnified": _magnified,
    "zbar": _zbar,
}
