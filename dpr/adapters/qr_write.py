"""QR symbols from text: PNG for screens and wallets, SVG for screens, web pages and print.

Rules: error correction level M, quiet zone of 4 modules (ISO/IEC 18004). The decimal digits at the end of a text go into a
numeric segment (3.33 bits each) and what stands before them into an alphanumeric or byte segment, so `DPR1` + digits costs
the least a symbol can. The same text always gives the same bytes. Black on white, always.

Example: `png("DPR1" + digits)`; `svg("DPR1" + digits)`; `version_of("DPR1" + digits) == 17`
"""

from __future__ import annotations

import io
import re
from itertools import groupby
from typing import Any

import qrcode
from PIL import Image
from qrcode import constants, exceptions, util

from dpr.core.errors import DocumentError

QUIET_ZONE = 4
_TRAILING_DIGITS = re.compile(r"[0-9]+\Z")
_MAX_CHARACTERS = 7089  # what version 40 holds at most, digits at level L: no longer text is worth a try


def png(text: str, *, module_pixels: int = 8) -> bytes:
    """PNG (one bit a pixel) with `module_pixels` (1..40) pixels a module. DocumentError `qr_does_not_fit`."""
    if not 1 <= module_pixels <= 40:
        raise ValueError("module_pixels is 1..40")
    rows = matrix(text)
    side = len(rows) * module_pixels
    image = Image.new("1", (len(rows), len(rows)))
    image.putdata([0 if dark else 255 for row in rows for dark in row])
    out = io.BytesIO()
    image.resize((side, side), Image.Resampling.NEAREST).save(out, "PNG", optimize=True)
    return out.getvalue()


def svg(text: str) -> str:
    """SVG document, one unit a module, the dark modules as one path. DocumentError `qr_does_not_fit`."""
    rows = matrix(text)
    size = len(rows)
    path = "".join(_runs(y, row) for y, row in enumerate(rows) if any(row))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path stroke="#000" d="{path}"/></svg>'
    )


def version_of(text: str) -> int:
    """The symbol version (1..40) that `text` needs at level M; it is 17 + 4 × version modules wide."""
    return int(_symbol(text).version)


def modules_of(text: str) -> int:
    """Modules along one side, the quiet zone included."""
    return 17 + 4 * version_of(text) + 2 * QUIET_ZONE


def matrix(text: str) -> list[list[bool]]:
    """Rows of modules, True where dark, the quiet zone included. DocumentError `qr_does_not_fit`."""
    symbol = _symbol(text)
    symbol.make(fit=False)
    rows: list[list[bool]] = symbol.get_matrix()
    return rows


def _symbol(text: str) -> Any:
    """The library's symbol with our segments and its version chosen, not yet drawn."""
    if not text or len(text) > _MAX_CHARACTERS:
        raise DocumentError("qr_does_not_fit", f"{len(text)} characters")
    symbol = qrcode.QRCode(error_correction=constants.ERROR_CORRECT_M, border=QUIET_ZONE)
    digits = _TRAILING_DIGITS.search(text)
    head = text[: digits.start()] if digits else text
    if head:
        symbol.add_data(util.QRData(head))
    if digits:
        symbol.add_data(util.QRData(digits.group(), mode=util.MODE_NUMBER))
    try:
        symbol.best_fit()
    except (exceptions.DataOverflowError, ValueError) as error:
        raise DocumentError("qr_does_not_fit", f"{len(text)} characters") from error
    return symbol


def _runs(y: int, row: list[bool]) -> str:
    """One row as strokes of width 1 along its middle: a move for every light run, a line for every dark one."""
    parts = [f"M0 {y}.5"]
    for dark, run in groupby(row):
        length = sum(1 for _ in run)
        parts.append(f"h{length}" if dark else f"m{length} 0")
    if not row[-1]:
        parts.pop()
    return "".join(parts)
