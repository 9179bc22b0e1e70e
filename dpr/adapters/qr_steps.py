"""The steps of the cascade of dpr.adapters.qr_read: each looks at one page, its own way, once.

Rules: a text is what a reader decoded and what passed the symbol's own error correction, never a guess. The steps stand in the
order of what they cost; what each adds is measured (docs/decisions/0013, `python -m benchmarks.qr_reading`). A step that would
take too long on a large page works at half its size, or not at all.

Example: `STEPS["zxing"](page).texts`
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import zxingcpp
from PIL import Image, ImageChops, ImageFilter, ImageOps

#: Left, top, right, bottom, in pixels.
Box = tuple[float, float, float, float]
#: Not `QRCode`: that takes a finder pattern for a Micro QR code, which a text could be read from that nobody wrote.
_QR_ONLY = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
_LOCAL, _FIXED = zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.FixedThreshold
_SMALL_PIXELS = 600_000
_MEDIUM_PIXELS = 4_000_000


class Found(NamedTuple):
    """What one step made of one page. `unread`: where a code was located that its error correction could not mend."""

    texts: tuple[str, ...]
    unread: tuple[Box, ...] = ()


Step = Callable[[Image.Image], Found]


def _zxing(image: Image.Image, binarizer: zxingcpp.Binarizer = _LOCAL, *, times: float = 1) -> Found:
    """`times`: how many times larger `image` is than the page, so that places are the page's."""
    found = zxingcpp.read_barcodes(
        image, formats=_QR_ONLY, text_mode=zxingcpp.TextMode.Plain, binarizer=binarizer, return_errors=True
    )
    read = [_box(code.position, times) for code in found if code.valid]
    boxes = [_box(code.position, times) for code in found if not code.valid]
    unread = tuple(box for box in boxes if not any(_middle_within(box, one) for one in read))
    return Found(tuple(code.text for code in found if code.valid and code.text), unread)


def _middle_within(box: Box, other: Box) -> bool:
    """A code that was read is sometimes located a second time, a little beside itself."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return other[0] < x < other[2] and other[1] < y < other[3]


def _box(place: zxingcpp.Position, times: float) -> Box:
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    across, down = [corner.x / times for corner in corners], [corner.y / times for corner in corners]
    return min(across), min(down), max(across), max(down)


def _fixed(image: Image.Image) -> Found:
    """One threshold for all: where the hand moved, or a crease shades, neighbours mislead."""
    return _zxing(image, _FIXED)


def _lightened(image: Image.Image) -> Found:
    """Dark tones drawn apart: a screen's pixel grid, shadow, pen strokes."""
    return _zxing(image.point(_LIGHTER))


def _darkened(image: Image.Image) -> Found:
    """Light tones drawn apart: glare, worn toner."""
    return _zxing(image.point(_DARKER))


def _levelled(image: Image.Image) -> Found:
    """Against uneven light and noise: a little blur, then each pixel against the mean around it."""
    page, times = _at_most_medium(image)
    page = page.filter(ImageFilter.GaussianBlur(1.5))
    return _zxing(_even(page), times=times)


def _zbar(image: Image.Image) -> Found:
    reader = zbar()
    if reader is None:
        return Found(())
    found = reader.decode(image, symbols=[reader.ZBarSymbol.QRCODE])
    return Found(tuple(code.data.decode("utf-8", "replace") for code in found if code.data))


def _sharpened(image: Image.Image) -> Found:
    """Against blur. A big photo is sharpened at half its size, anything else at twice."""
    if image.width * image.height > _MEDIUM_PIXELS:
        return _zxing(image.reduce(2).filter(ImageFilter.UnsharpMask(3, 250, 0)), times=0.5)
    return _zxing(_enlarged(image, 2, Image.Resampling.BICUBIC).filter(ImageFilter.UnsharpMask(6, 300, 0)), times=2)


def _magnified(image: Image.Image) -> Found:
    """Against too few pixels a module; only a small image has too few."""
    if image.width * image.height > _SMALL_PIXELS:
        return Found(())
    return _zxing(_enlarged(image, 4, Image.Resampling.LANCZOS), times=4)


def _levelled_and_sharpened(image: Image.Image) -> Found:
    """Against blur in uneven light; too slow for a page that is not small once it was cut to the code."""
    if image.width * image.height > 2 * _SMALL_PIXELS:
        return Found(())
    page = _even(image.filter(ImageFilter.GaussianBlur(0.7))).filter(ImageFilter.UnsharpMask(3, 250, 0))
    return _zxing(_enlarged(page, 2, Image.Resampling.BICUBIC), times=2)


def _even(image: Image.Image) -> Image.Image:
    around = image.filter(ImageFilter.BoxBlur(max(4, min(image.size) // 25)))
    return ImageOps.autocontrast(ImageChops.subtract(image, around, 1, 128))


def _enlarged(image: Image.Image, times: int, filter_: Image.Resampling) -> Image.Image:
    return image.resize((image.width * times, image.height * times), filter_)


def _at_most_medium(image: Image.Image) -> tuple[Image.Image, float]:
    return (image.reduce(2), 0.5) if image.width * image.height > _MEDIUM_PIXELS else (image, 1)


def _gamma(exponent: float) -> list[int]:
    return [round(255 * (grey / 255) ** exponent) for grey in range(256)]


_LIGHTER, _DARKER = _gamma(0.4), _gamma(3)


@cache
def zbar() -> Any:
    """pyzbar, or None where the system has no libzbar: the cascade does without that step then."""
    try:
        from pyzbar import pyzbar
    except (ImportError, OSError):
        return None
    return pyzbar


#: The cascade, in order of what each step costs.
STEPS: dict[str, Step] = {
    "zxing": _zxing,
    "zxing lightened": _lightened,
    "zxing fixed": _fixed,
    "zxing darkened": _darkened,
    "zxing levelled": _levelled,
    "zbar": _zbar,
    "zxing sharpened": _sharpened,
    "zxing magnified": _magnified,
    "zxing levelled and sharpened": _levelled_and_sharpened,
}
