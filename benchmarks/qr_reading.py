"""How many damaged codes each step of dpr.adapters.qr_read reads, and what it costs.

Rules: everything is drawn from one seed: codes of version 10 to 19 at level M, 3 to 8 pixels a module on a sheet of
paper, twelve kinds of damage one by one and three in a row as in a hasty photo, at every strength. A text that is read
but was not written counts as false; there must be none.

Example: `python benchmarks/qr_reading.py --images 960 --seed 21`
"""

from __future__ import annotations

import argparse
import io
import json
from random import Random
from statistics import mean
from time import perf_counter

from PIL import Image

from dpr.adapters.qr_read import STEPS
from dpr.adapters.qr_write import png
from dpr.apps.demo.damage import KINDS, damage, photographed

DIGITS = (440, 520, 640, 760, 880, 980, 1100, 1200, 1300)


def damaged_codes(count: int, seed: int) -> list[tuple[str, Image.Image]]:
    """`count` pairs of what was written and what it looks like now."""
    random = Random(seed)
    kinds = [*KINDS, *["photographed"] * 4]
    codes = []
    for index in range(count):
        text = "DPR1" + "".join(random.choices("0123456789", k=random.choice(DIGITS)))
        code = Image.open(io.BytesIO(png(text, module_pixels=random.choice((3, 4, 5, 6, 8))))).convert("L")
        sheet = Image.new("L", (code.width * 5 // 4, code.height * 5 // 4), 250)
        sheet.paste(code, (code.width // 8, code.height // 8))
        kind, strength, own_seed = kinds[index % len(kinds)], random.random(), random.getrandbits(32)
        if kind == "photographed":
            codes.append((text, photographed(sheet, strength=strength / 2, seed=own_seed)))
        else:
            codes.append((text, damage(sheet, kind, strength=strength, seed=own_seed)))
    return codes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=960)
    parser.add_argument("--seed", type=int, default=21)
    given = parser.parse_args()
    codes = damaged_codes(given.images, given.seed)
    read, false, spent = [False] * len(codes), 0, 0.0
    for name, step in STEPS.items():
        alone, milliseconds, before = 0, [], sum(read)
        for index, (text, image) in enumerate(codes):
            start = perf_counter()
            found = step(image).texts
            milliseconds.append((perf_counter() - start) * 1000)
            spent += 0 if read[index] else milliseconds[-1]
            false += sum(other != text for other in found)
            alone += text in found
            read[index] = read[index] or text in found
        row = {
            "step": name,
            "alone_percent": round(100 * alone / len(codes), 1),
            "added_percent": round(100 * (sum(read) - before) / len(codes), 1),
            "read_so_far_percent": round(100 * sum(read) / len(codes), 1),
            "step_ms_mean": round(mean(milliseconds), 1),
            "cascade_ms_mean_so_far": round(spent / len(codes), 1),
        }
        print(json.dumps(row))
    print(json.dumps({"images": len(codes), "seed": given.seed, "false_reads": false}))


if __name__ == "__main__":
    main()
