"""The damaged codes on one sheet: a row for each kind, a column for each strength, and who read it.

Rules: the mark needs no colour: under each picture stand the readers' names, and a name struck through did not read it.
The lower right corner of each picture is its middle, enlarged.

Example: `contact_sheet(damaged_codes(each=1)).save("docs/figures/damaged-codes.png")`
"""

from __future__ import annotations

from collections.abc import Iterable

from PIL import Image, ImageDraw, ImageFont

from benchmarks.damaged_codes import STRENGTHS, Sample
from benchmarks.qr_reading import READERS, outcome

_TILE, _DETAIL, _GAP, _LEGEND, _LABEL, _HEAD = 132, 48, 8, 20, 106, 62
_DETAIL_SHARE = 0.09  # of the picture's shorter side
_BLOCKS = 2  # side by side
_GREYS = 14  # levels kept: the sheet is to be small
_INK, _PALE = 0, 140
_ACROSS, _DOWN = _TILE + _GAP, _TILE + _LEGEND + _GAP
_BLOCK = _LABEL + len(STRENGTHS) * _ACROSS + 2 * _GAP


def contact_sheet(samples: Iterable[Sample]) -> Image.Image:
    """One sample for each kind and strength, in the order of the kinds; mode P in a few greys."""
    by_kind: dict[str, dict[float, Sample]] = {}
    for sample in samples:
        by_kind.setdefault(sample.kind, {})[sample.strength] = sample
    rows = -(-len(by_kind) // _BLOCKS)
    sheet = Image.new("L", (_BLOCKS * _BLOCK, _HEAD + rows * _DOWN), 255)
    draw = ImageDraw.Draw(sheet)
    _head(draw)
    for number, (kind, of_strength) in enumerate(by_kind.items()):
        block, row = divmod(number, rows)
        left, top = block * _BLOCK, _HEAD + row * _DOWN
        draw.text((left + _GAP, top + _TILE // 2 - 8), kind.replace("_", "\n"), fill=_INK, font=_font(15))
        for column, strength in enumerate(STRENGTHS):
            place = left + _LABEL + column * _ACROSS
            sample = of_strength[strength]
            sheet.paste(_tile(sample.image), (place, top))
            _legend(draw, place, top + _TILE + 2, outcome(sample).read)
    return sheet.quantize(_GREYS, dither=Image.Dither.NONE)


def _head(draw: ImageDraw.ImageDraw) -> None:
    title = "Damaged codes, and who reads them at one try: a name means read, a name struck through means"
    draw.text((_GAP, 8), title, fill=_INK, font=_font(15))
    _name(draw, round(_GAP + 6 + draw.textlength(title, font=_font(15))), 10, "not read", False)
    for block in range(_BLOCKS):
        draw.text((block * _BLOCK + _GAP, 38), "strength", fill=_INK, font=_font(13))
        for column, strength in enumerate(STRENGTHS):
            middle = block * _BLOCK + _LABEL + column * _ACROSS + _TILE // 2
            draw.text((middle, 38), f"{strength:g}", fill=_INK, font=_font(13), anchor="ma")


def _tile(image: Image.Image) -> Image.Image:
    """The whole picture, and its middle enlarged in the corner."""
    tile = Image.new("L", (_TILE, _TILE), 255)
    small = image.copy()
    small.thumbnail((_TILE, _TILE), Image.Resampling.LANCZOS)
    tile.paste(small, ((_TILE - small.width) // 2, (_TILE - small.height) // 2))
    reach = max(8, min(image.size) * _DETAIL_SHARE / 2)
    x, y = image.width / 2, image.height / 2
    detail = image.crop((round(x - reach), round(y - reach), round(x + reach), round(y + reach)))
    tile.paste(detail.resize((_DETAIL, _DETAIL), Image.Resampling.NEAREST), (_TILE - _DETAIL, _TILE - _DETAIL))
    draw = ImageDraw.Draw(tile)
    draw.rectangle((_TILE - _DETAIL - 2, _TILE - _DETAIL - 2, _TILE - 1, _TILE - 1), outline=255, width=2)
    draw.rectangle((_TILE - _DETAIL - 1, _TILE - _DETAIL - 1, _TILE - 1, _TILE - 1), outline=_INK)
    draw.rectangle((0, 0, _TILE - 1, _TILE - 1), outline=_PALE)
    return tile


def _legend(draw: ImageDraw.ImageDraw, left: int, top: int, read: dict[str, bool]) -> None:
    for name in READERS:
        left = _name(draw, left, top, name, read[name]) + 7


def _name(draw: ImageDraw.ImageDraw, left: int, top: int, name: str, read: bool) -> int:
    """Writes a name, struck through where it did not read; where it ends."""
    font = _font(12)
    draw.text((left, top), name, fill=_INK if read else _PALE, font=font)
    right = left + round(draw.textlength(name, font=font))
    if not read:
        draw.line((left - 1, top + 9, right + 1, top + 9), fill=_INK, width=1)
    return right


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
