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
    "verify_batch_speedup": "60,000 documents in memory judged on every core (`verify_many`), against one",
    "verify_batch_per_second": "the documents that it judges",
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
    "cose_verify1_ratio": "one COSE_Sign1 verified (`cose.verify1`), against the bare ES256 verification",
    "peer_cwt_verify_ratio": "the same by python-cwt ([figures](docs/figures.md))",
    "peer_pycose_verify_ratio": "the same by pycose",
    "qr_version_dpr": "QR code of one item, proof of who signed inside, level M: dpr",
    "qr_version_dcc": "the same in EU DCC style (Base45)",
    "qr_version_shc": "the same in SMART Health Card style (JWS, numeric)",
    "qr_version_mdoc": "the same as an ISO 18013-5 mdoc",
    "qr_version_sdjwt": "the same as an SD-JWT",
    "bytes_dpr": "its signed document: dpr",
    "bytes_dcc": "the same in EU DCC style",
    "bytes_shc": "the same in SMART Health Card style",
    "bytes_mdoc": "the same as an ISO 18013-5 mdoc",
    "bytes_sdjwt": "the same as an SD-JWT",
    "read_share_cascade": "damaged codes read ([them](docs/figures/damaged-codes.png)); goal: what both others read together",
    "read_share_zxing": "the same by zxing-cpp alone, one try",
    "read_share_zbar": "the same by zbar alone, one try",
    "read_share_union": "the same by zxing-cpp or zbar, one try each",
    "read_false": "texts read that nobody wrote",
    "read_ms_cascade": "a damaged code, read or given up: mean",
    "read_ms_cascade_p95": "the same, of 100 the fifth slowest",
    "read_ms_zxing": "the same by zxing-cpp alone",
    "read_ms_zbar": "the same by zbar alone",
}


def section(rows: list[dict[str, Any]], *, machine: str) -> str:
    """What stands between the markers: a sentence and a table. `rows` as in build/bench.json; `machine` in words."""
    missed = [row["name"] for row in rows if row["meets"] is False]
    goals = sum(row["goal"] is not None for row in rows)
    verdict = f"{goals - len(missed)} of {goals} goals are met"
    lines = [
        f"`make bench` on {machine}; {verdict}. Sizes are the largest of each set of texts.",
        "",
        "| figure | name | value | goal (at most, where not said) | met |",
        "|---|---|---:|---:|---|",
    ]
    lines += [_line(row) for row in rows]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    goal = "" if row["goal"] is None else _shown(row["goal"], row["unit"])
    if goal and not row.get("lower_is_better", True):
        goal = f"at least {goal}"
    met = {True: "yes", False: "**no**", None: ""}[row["meets"]]
    cells = (WORDS.get(row["name"], ""), f"`{row['name']}`", _shown(row["value"], row["unit"]), goal, met)
    return f"| {' | '.join(cells)} |"


def _shown(value: float, unit: str) -> str:
    """A value to three digits (whole where it is counted), with its unit: what stands before the unit's comma."""
    short = unit.partition(",")[0].removesuffix(" of the document").removesuffix(" bare ES256").removesuffix(" one core")
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
