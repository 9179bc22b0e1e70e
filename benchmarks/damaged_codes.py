"""The damaged codes that readers are measured on: our real documents, every kind of damage, graded strengths.

Rules: everything is drawn from one seed and the set is the same pixels in each run. Texts are those of real documents made
from examples/prescriptions/measured: one item with and without the credential, three and six items, and one part of twelve
items, which need two codes. Each is drawn at 3 to 8 pixels a module, on a sheet of paper with a margin.

Example: `[sample.kind for sample in damaged_codes(strengths=(0.5,), each=1)]`
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from PIL import Image

from benchmarks.verdict import MEASURED
from dpr.adapters.qr_write import png, version_of
from dpr.apps.demo.damage import KINDS, damage, photographed
from dpr.core import qr
from tests.world import World

STRENGTHS = (0.1, 0.3, 0.5, 0.7, 0.9)
HASTY = "hasty_photo"
ALL_KINDS = (*KINDS, HASTY)
MODULE_PIXELS = (3, 4, 5, 6, 8)


class Sample(NamedTuple):
    """`text`: what was written; `image`: mode L, what it looks like after the damage."""

    kind: str
    strength: float
    version: int
    text: str
    image: Image.Image


def texts() -> tuple[str, ...]:
    """QR texts of versions 9 to 20, from the held-out prescriptions, smallest first."""
    world = World()
    written = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(MEASURED.glob("*.json"))}
    one = [value for name, value in written.items() if name.startswith("one-item")]
    three = [value for name, value in written.items() if name.startswith("three-items")]
    items = [item for value in three for item in value["items"]]
    six, twelve = (three[0] | {"items": items[:count]} for count in (6, 12))
    without = [world.prescription_document(world.prescription(value), embedded=False) for value in one[:2]]
    whole = [world.prescription_document(world.prescription(value)) for value in (*one[2:4], three[3], six)]
    part = qr.to_texts(world.prescription_document(world.prescription(twelve)))[0]
    return tuple(sorted((*map(qr.to_text, (*without, *whole)), part), key=len))


def sheet(text: str, module_pixels: int) -> Image.Image:
    """The code on white paper with a margin, mode L."""
    code = Image.open(io.BytesIO(png(text, module_pixels=module_pixels))).convert("L")
    paper = Image.new("L", (code.width * 5 // 4, code.height * 5 // 4), 250)
    paper.paste(code, (code.width // 8, code.height // 8))
    return paper


def damaged_codes(
    *, strengths: tuple[float, ...] = STRENGTHS, each: int = 7, kinds: tuple[str, ...] = ALL_KINDS, seed: int = 2026
) -> Iterator[Sample]:
    """For every kind and strength `each` codes of different sizes."""
    written = texts()
    for kind in kinds:
        for strength in strengths:
            random = Random(f"{seed} {kind} {strength}")
            for number in range(each):
                text = written[(number + random.randrange(2)) % len(written)]
                paper = sheet(text, random.choice(MODULE_PIXELS))
                image = damaged(paper, kind, strength, random.getrandbits(32))
                yield Sample(kind, strength, version_of(text), text, image)


def damaged(paper: Image.Image, kind: str, strength: float, seed: int) -> Image.Image:
    """One kind of damage, or for HASTY four in a row at half the strength."""
    if kind == HASTY:
        return photographed(paper, strength=strength / 2, seed=seed)
    return damage(paper, kind, strength=strength, seed=seed)
