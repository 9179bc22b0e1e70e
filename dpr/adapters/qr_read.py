"""QR codes out of files: a screenshot, a phone photo, a scan, a PDF.

Rules: a file is hostile. Formats, bytes, pixels and pages are capped before memory is spent, and whatever a decoder throws
becomes a `DocumentError`. A text is returned exactly as a reader decoded it and passed the symbol's own error correction;
it is bytes to be judged, never opened, run or shown as markup. Each step of the cascade costs more than the one before. The
cascade stops when something was read, no code that was located is left unread and no part of a prescription in several
codes is missing; or when its time is spent. A single step cannot be stopped from within: for files from outside,
dpr.adapters.qr_process does all this in a process of its own.

Example: `read_codes(Path("photo.jpg").read_bytes()).texts == ("DPR1…",)`
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from time import monotonic

from PIL import Image

from dpr.adapters.page_images import load, noted
from dpr.adapters.qr_reading import Reading
from dpr.adapters.qr_steps import STEPS, Box, Found, Step, zbar
from dpr.core.errors import DocumentError
from dpr.core.qr_parts import Gathering

#: After this no further step is begun. What a 12-megapixel photo without a code takes is in docs/decisions/0013.
BUDGET_SECONDS = 3.0
#: The share of it where something was read, and more is looked for: what was located may be no code, or not for us.
PATIENCE = 0.25
_OURS = re.compile(r"\s*DPR[0-9]", re.IGNORECASE)  # also a later version: dpr.core.qr says that it is one
_MARGIN = 0.3  # around a located code, as a share of its sides: its place is a guess where it could not be read


def read_codes(data: bytes, *, raw: bool = False, budget_seconds: float = BUDGET_SECONDS) -> Reading:
    """The prescription codes in an image or PDF; with `raw` every QR code, whatever it says, and nothing made of what it says.

    `data`: PNG, JPEG, WEBP, GIF (first frame), BMP, TIFF (first pages) or PDF (first pages). DocumentError as
    `page_images.load`, and `qr_not_found` (no code could be read), `qr_other_code` (only codes that are not ours) or
    `pdf_without_code` (neither, in a PDF with an embedded document).
    """
    *_, last = readings(data, raw=raw, budget_seconds=budget_seconds)
    return last


def readings(data: bytes, *, raw: bool = False, budget_seconds: float = BUDGET_SECONDS) -> Iterator[Reading]:
    """What was read so far, each time that there is more; the last is the whole. Errors as `read_codes`."""
    begun = monotonic()
    loaded = load(data)
    notes = loaded.notes if zbar() else noted(*loaded.notes, code="zbar_missing")
    pages = [_Page(image) for image in loaded.pages]
    embedded = tuple(one.hex() for one in loaded.embedded)
    texts: dict[str, None] = {}
    readers: dict[str, None] = {}
    others = False
    for number, (name, step) in enumerate(STEPS.items()):
        for page in pages:
            if number and monotonic() > begun + budget_seconds * (PATIENCE if texts else 1):
                break
            found = page.look(step)
            wanted = [text for text in found if raw or _OURS.match(text)]
            others = others or len(wanted) < len(found)
            if not texts.keys() >= set(wanted):
                readers[name] = None
                texts.update(dict.fromkeys(wanted))
                yield Reading(tuple(texts), tuple(readers), notes, embedded)
        if texts and not any(page.unread for page in pages) and (raw or not _part_missing(texts)):
            break
    if not texts and embedded and not raw:
        raise DocumentError("pdf_without_code", f"{len(embedded)} embedded")
    if not texts:
        raise DocumentError("qr_other_code" if others else "qr_not_found", ", ".join(notes))


def _part_missing(texts: Iterable[str]) -> bool:
    """Is there a prescription in several codes, of which not all were read?"""
    gathering = Gathering()
    for text in texts:
        with suppress(DocumentError):  # whoever asked for the texts judges them
            gathering = gathering.add(text)
    return bool(gathering.missing)


class _Page:
    """A page, and once a code was located on it that could not be read, the part that holds it.

    `unread`: such a code was located, and no later step has read something that was not read before.
    """

    def __init__(self, image: Image.Image) -> None:
        self.unread = False
        self._image = image
        self._part: Image.Image | None = None
        self._read: set[str] = set()

    def look(self, step: Step) -> tuple[str, ...]:
        """The texts that `step` reads on the part, or where that leaves something unread the page. DocumentError
        `image_too_large`: out of memory."""
        try:
            first = self._judged(step(self._part)) if self._part is not None else Found(())
            if self._part is not None and not self.unread:
                return first.texts
            found = self._judged(step(self._image))
        except MemoryError:
            raise DocumentError("image_too_large", "out of memory") from None
        if self._part is None and found.unread:
            self._part = _part_around(self._image, found.unread)
        return (*first.texts, *found.texts)

    def _judged(self, found: Found) -> Found:
        if found.unread:
            self.unread = True
        elif not self._read >= set(found.texts):
            self.unread = False
        self._read.update(found.texts)
        return found


def _part_around(image: Image.Image, boxes: tuple[Box, ...]) -> Image.Image | None:
    """The part of a page that holds all `boxes`; None where that is most of the page."""
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
    across, down = (right - left) * _MARGIN, (bottom - top) * _MARGIN
    corners = (max(0, left - across), max(0, top - down), min(image.width, right + across), min(image.height, bottom + down))
    part = tuple(round(corner) for corner in corners)
    pixels = (part[2] - part[0]) * (part[3] - part[1])
    return image.crop(part) if 0 < pixels < image.width * image.height / 2 else None  # type: ignore[arg-type]
