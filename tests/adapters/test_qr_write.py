"""What the QR writer must hold: level M, the cheapest segments, the quiet zone, small files, one named error.

Example: `pytest tests/adapters/test_qr_write.py`
"""

from __future__ import annotations

import io
import re
from random import Random
from xml.etree import ElementTree

import pytest
import zxingcpp
from PIL import Image

from dpr.adapters import qr_write
from dpr.core.errors import DocumentError


def digits(count: int, seed: int = 1) -> str:
    return "".join(Random(seed).choices("0123456789", k=count))


def decoded(png: bytes) -> list[zxingcpp.Barcode]:
    return zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"), text_mode=zxingcpp.TextMode.Plain)


@pytest.mark.parametrize("count", [1, 17, 440, 905, 1201, 4296, 5585])
def test_an_independent_reader_reads_back_the_text_at_level_m(count: int) -> None:
    text = "DPR1" + digits(count)
    (code,) = decoded(qr_write.png(text, module_pixels=4))
    assert (code.text, code.ec_level, code.format) == (text, "M", zxingcpp.BarcodeFormat.QRCode)


def test_the_digits_are_in_a_numeric_segment_and_the_letters_in_an_alphanumeric_one() -> None:
    # Version 17-M holds 507 × 8 = 4056 bits. "DPR": 4 + 11 + 17; numeric: 4 + 12, then 10 for every 3 digits, 4 for 1 more.
    # That leaves 4008 bits for "1" and 1201 digits. Any other choice of segments holds fewer.
    assert qr_write.version_of("DPR1" + digits(1201)) == 17
    assert qr_write.version_of("DPR1" + digits(1202)) == 18


def test_modules_count_both_quiet_zones() -> None:
    assert qr_write.modules_of("DPR1" + digits(1201)) == 17 * 4 + 17 + 8


@pytest.mark.parametrize("module_pixels", [1, 3, 8])
def test_the_png_has_whole_modules_and_four_light_ones_on_every_side(module_pixels: int) -> None:
    text = "DPR1" + digits(700)
    image = Image.open(io.BytesIO(qr_write.png(text, module_pixels=module_pixels))).convert("L")
    side = qr_write.modules_of(text) * module_pixels
    assert image.size == (side, side)
    dark = image.point(lambda value: 255 - value).getbbox()
    quiet = 4 * module_pixels
    assert dark == (quiet, quiet, side - quiet, side - quiet)
    assert set(image.tobytes()) == {0, 255}


def test_the_svg_draws_exactly_the_modules_in_one_dark_path() -> None:
    text = "DPR1" + digits(905)
    rows = qr_write.matrix(text)
    root = ElementTree.fromstring(qr_write.svg(text))
    assert root.get("viewBox") == f"0 0 {len(rows)} {len(rows)}"
    light, dark = root
    assert light.get("fill") == "#fff"
    assert dark.get("stroke") == "#000"
    drawn = [[False] * len(rows) for _ in rows]
    for y, strokes in re.findall(r"M0 (\d+)\.5([^M]*)", dark.get("d", "")):
        x = 0
        for step, length in re.findall(r"([hm])(\d+)", strokes):
            for column in range(x, x + int(length)):
                drawn[int(y)][column] = step == "h"
            x += int(length)
    assert drawn == rows


def test_the_svg_of_an_ordinary_prescription_is_small() -> None:
    assert len(qr_write.svg("DPR1" + digits(1201))) < 13_000


def test_the_same_text_gives_the_same_bytes() -> None:
    text = "DPR1" + digits(905)
    assert qr_write.png(text) == qr_write.png(text)
    assert qr_write.svg(text) == qr_write.svg(text)


@pytest.mark.parametrize("text", ["A", "0", "DPR1", "Åäö €", "https://example.org/?a=1", "lower 0123"])
def test_any_text_can_be_written(text: str) -> None:
    (code,) = decoded(qr_write.png(text))
    assert code.text == text


@pytest.mark.parametrize("text", ["", "DPR1" + "7" * 5586, "7" * 7089, "a" * 2400, "7" * 1_000_000])
def test_a_text_that_fits_no_version_is_a_named_error(text: str) -> None:
    for write in (qr_write.png, qr_write.svg, qr_write.version_of):
        with pytest.raises(DocumentError) as caught:
            write(text)
        assert caught.value.code == "qr_does_not_fit"


@pytest.mark.parametrize("module_pixels", [0, -1, 41])
def test_module_pixels_out_of_range_are_a_programming_error(module_pixels: int) -> None:
    with pytest.raises(ValueError, match="module_pixels"):
        qr_write.png("DPR1", module_pixels=module_pixels)
