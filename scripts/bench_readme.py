"""Writes the figures of build/bench.json (`make bench`) into README.md, between its two bench markers.

Rules: every row that was measured is shown, with its goal, met or not; a figure is rounded, never chosen. Nothing else of
the README is touched.

Usage: python scripts/bench_readme.py
"""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"

#: Name of a row → what it is, in words. A row that is not here is shown with its name alone.
WORDS = {
    "verify_cached_ratio": "QR text to verdict, signer seen before, against one bare ES256 verification",
    "verify_uncached_ratio": "QR text to verdict, new signer (one signature more), against the same",
    "verify_bare_us": "the bare ES256 verification itself",
    "verify_cached_us": "QR text to verdict, signer seen before",
    "verify_uncached_us": "QR text to verdict, new signer",
    "qr_one_item_version": "QR code of one item with the credential, level M",
    "qr_one_item_digits": "its digits",
    "qr_one_item_bytes": "its document",
    "qr_three_items_version": "QR code of three items with the credential, level M",
    "qr_three_items_digits": "its digits",
    "qr_three_items_bytes": "its document",
    "qr_one_item_kid_version": "QR code of one item, credential already held by the pharmacy",
    "qr_one_item_kid_digits": "its digits",
    "qr_one_item_kid_bytes": "its document",
    "help_seconds": "`dpr --help`, from start to end",
    "print_ms": "a printed page (PDF)",
    "scan_clean_ms": "a code read from a clean image",
    "scan_photo_ms": "a code read from a tilted photo",
    "dispense_ms": "a whole dispensing: judged again, recorded, signed, durable",
}


def section(rows: list[dict[str, Any]], *, machine: str) -> str:
    """What stands between the markers: a sentence and a table. `rows` as in build/bench.json; `machine` in words."""
    missed = [row["name"] for row in rows if row["meets"] is False]
    goals = sum(row["goal"] is not None for row in rows)
    verdict = f"{goals - len(missed)} of {goals} goals are met"
    lines = [
        f"`make bench` on {machine}; {verdict}. Sizes are the largest of each set of texts.",
        "",
        "| figure | name | value | goal (at most) | met |",
        "|---|---|---:|---:|---|",
    ]
    lines += [_line(row) for row in rows]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    goal = "" if row["goal"] is None else _shown(row["goal"], row["unit"])
    met = {True: "yes", False: "**no**", None: ""}[row["meets"]]
    cells = (WORDS.get(row["name"], ""), f"`{row['name']}`", _shown(row["value"], row["unit"]), goal, met)
    return f"| {' | '.join(cells)} |"


def _shown(value: float, unit: str) -> str:
    """A value to three digits (whole where it is counted), with its unit: what stands before the unit's comma."""
    short = unit.partition(",")[0].removesuffix(" of the document").removesuffix(" bare ES256")
    number = f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
    return f"{short} {number}" if short == "version" else f"{number} {short}"


def filled(page: str, content: str) -> str:
    """`page` with `content` between its markers. ValueError where they do not stand there once each, in order."""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise ValueError("the page must have each bench marker once, in order")
    head, _, rest = page.partition(BEGIN)
    return f"{head}{BEGIN}\n{content}\n{END}{rest.partition(END)[2]}"


def main() -> None:
    """Rewrites README.md."""
    measured = ROOT / "build" / "bench.json"
    if not measured.exists():
        raise SystemExit("build/bench.json is missing: run make bench")
    cores, python = os.cpu_count(), platform.python_version()
    machine = f"a machine with {cores} cores ({platform.machine()}), Python {python}"
    readme = ROOT / "README.md"
    page = readme.read_text("utf-8")
    readme.write_text(filled(page, section(json.loads(measured.read_text("utf-8")), machine=machine)), "utf-8")


if __name__ == "__main__":
    main()
