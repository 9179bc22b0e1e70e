"""How many damaged codes are read, and what that costs: our cascade beside zxing-cpp and zbar alone, one try each.

Rules: the set is benchmarks.damaged_codes; the cascade is dpr.adapters.qr_read on the file's bytes, decoding included, and the
readers get the decoded picture with the settings that their packages begin with. A text that was read but not written is
false, whoever read it. The cascade's own time limit is set far away, so that the shares do not depend on the machine. The
seed is not the one with which the cascade was put together.

Usage: python -m benchmarks.qr_reading (writes build/reading.json); with --sheet (writes docs/figures/damaged-codes.png)
"""

from __future__ import annotations

import argparse
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import mean, quantiles
from time import perf_counter
from typing import NamedTuple

import zxingcpp
from pyzbar import pyzbar

from benchmarks.__main__ import ROOT, Row
from benchmarks.damaged_codes import STRENGTHS, Sample, damaged_codes
from dpr.adapters.qr_read import read_codes
from dpr.core.errors import DocumentError

RECORD = ROOT / "build" / "reading.json"
SHEET = ROOT / "docs" / "figures" / "damaged-codes.png"
READERS = ("cascade", "zxing", "zbar")


class Outcome(NamedTuple):
    """What became of one sample; `read`, `false` and `ms` by reader; `step`: of the cascade, that read it."""

    kind: str
    strength: float
    version: int
    read: dict[str, bool]
    false: int
    ms: dict[str, float]
    step: str


def outcome(sample: Sample) -> Outcome:
    """All three readers on one sample."""
    file = io.BytesIO()
    sample.image.save(file, "PNG", compress_level=1)
    steps: list[str] = []

    def cascade() -> tuple[str, ...]:
        try:
            reading = read_codes(file.getvalue(), raw=True, budget_seconds=60)
        except DocumentError:
            return ()
        steps.extend(reading.readers)
        return reading.texts

    tries: dict[str, Callable[[], tuple[str, ...]]] = {
        "cascade": cascade,
        "zxing": lambda: tuple(code.text for code in zxingcpp.read_barcodes(sample.image, zxingcpp.BarcodeFormat.QRCode)),
        "zbar": lambda: tuple(code.data.decode() for code in pyzbar.decode(sample.image, [pyzbar.ZBarSymbol.QRCODE])),
    }
    read, ms, false = {}, {}, 0
    for name, reader in tries.items():
        started = perf_counter()
        texts = reader()
        ms[name] = (perf_counter() - started) * 1000
        read[name] = sample.text in texts
        false += any(text != sample.text for text in texts)
    return Outcome(sample.kind, sample.strength, sample.version, read, false, ms, steps[0] if steps else "")


def share(outcomes: Iterable[Outcome], *readers: str) -> float:
    """The share that at least one of `readers` read."""
    return mean(any(one.read[name] for name in readers) for one in outcomes)


def rows() -> list[Row]:
    """read_share_*, read_false and read_ms_*; writes build/reading.json too."""
    outcomes = [outcome(sample) for sample in damaged_codes()]
    write_figures(outcomes, RECORD)
    union = share(outcomes, "zxing", "zbar")
    ms = {name: [one.ms[name] for one in outcomes] for name in READERS}
    return [
        Row("read_share_cascade", share(outcomes, "cascade"), "of the images", round(union, 4), lower_is_better=False),
        Row("read_share_zxing", share(outcomes, "zxing"), "of the images"),
        Row("read_share_zbar", share(outcomes, "zbar"), "of the images"),
        Row("read_share_union", union, "of the images"),
        Row("read_false", sum(one.false for one in outcomes), "images", 0),
        Row("read_ms_cascade", mean(ms["cascade"]), "ms"),
        Row("read_ms_cascade_p95", quantiles(ms["cascade"], n=20)[-1], "ms"),
        Row("read_ms_zxing", mean(ms["zxing"]), "ms"),
        Row("read_ms_zbar", mean(ms["zbar"]), "ms"),
    ]


def write_figures(outcomes: list[Outcome], path: Path) -> None:
    """Shares by kind, by kind and strength, and by version; how many each step of the cascade was the first to read."""
    steps: dict[str, int] = defaultdict(int)
    for one in outcomes:
        steps[one.step or "unread"] += 1
    kinds = list(dict.fromkeys(one.kind for one in outcomes))
    of_kind = {kind: [one for one in outcomes if one.kind == kind] for kind in kinds}
    content = {
        "images": len(outcomes),
        "false": sum(one.false for one in outcomes),
        "all": _shares(outcomes),
        "by_kind": {
            kind: _shares(some) | {"by_strength": _grouped(some, lambda one: one.strength)} for kind, some in of_kind.items()
        },
        "by_version": _grouped(outcomes, lambda one: one.version),
        "first_read_by": dict(steps),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _grouped(outcomes: list[Outcome], key: Callable[[Outcome], float]) -> dict[str, dict[str, float]]:
    return {str(value): _shares([one for one in outcomes if key(one) == value]) for value in sorted(set(map(key, outcomes)))}


def _shares(outcomes: list[Outcome]) -> dict[str, float]:
    shares = {name: round(share(outcomes, name), 4) for name in READERS}
    milliseconds = {f"{name}_ms": round(mean(one.ms[name] for one in outcomes), 1) for name in READERS}
    return shares | {"union": round(share(outcomes, "zxing", "zbar"), 4)} | milliseconds | {"images": len(outcomes)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sheet", action="store_true", help="make the contact sheet instead")
    if parser.parse_args().sheet:
        from benchmarks.contact_sheet import contact_sheet

        contact_sheet(damaged_codes(strengths=STRENGTHS, each=1)).save(SHEET, optimize=True)
        return
    for row in rows():
        print(f"{row.name:22} {row.value:8.4g} {row.unit}")
    content = json.loads(RECORD.read_text("utf-8"))
    print(f"\n{'share read':16} {'cascade':>8} {'zxing':>8} {'zbar':>8} {'either':>8}")
    for kind, shares in {**content["by_kind"], "all": content["all"]}.items():
        print(f"{kind:16} " + " ".join(f"{shares[name]:8.2f}" for name in (*READERS, "union")))
    print("\nfirst read by", content["first_read_by"])


if __name__ == "__main__":
    main()
