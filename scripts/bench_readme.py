"""Writes the figures of build/bench.json (`make bench`) into docs/figures.md, and those with a goal into README.md, each
between its two bench markers.

Rules: every row that was measured is shown, every goal in both places, met or not; a figure is rounded, never chosen. Nothing
else of the pages is touched.

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
    "trust_load_3000_seconds": "lists of 3,000 issuers with 10 million status entries, loaded and verified from files",
    "verify_large_lists_ratio": "QR text to verdict with those lists and 100,000 credentials, against 3 issuers; worst case",
    "trust_memory_mb": "a process that holds them: its memory in all (resident)",
    "trust_lists_mb": "what they add to it, as Python counts it",
    "trust_published_mb": "the lists as they are fetched",
    "trust_status_lookup_us": "status of one credential",
    "trust_held_lookup_us": "one of the 100,000 credentials, found and verified for the first time",
    "dpr_chain_ratio": "a document of a new signer, verified and read, against the bare ES256 verification",
    "x509_chain_ratio": "the same with X.509: path and signature verified ([figures](docs/figures.md))",
    "x509_held_ratio": "the same, the issuer's certificate already held",
    "dpr_chain_bytes": "what proves who signed, on the wire: dpr's credential",
    "x509_chain_bytes": "the same with X.509: the signer's certificate and the issuer's",
    "status_list_1m_bytes": "status list of a million credentials, 0.1 % revoked",
    "revocations_1m_bytes": "list of these revocations, with since when and why",
    "crl_1m_bytes": "the same as an X.509 CRL, with since when",
    "status_list_load_ms": "that status list loaded and verified",
    "revocations_load_ms": "that list of revocations loaded and verified",
    "crl_load_ms": "that CRL loaded and verified",
    "status_lookup_us": "one credential looked up in the status list",
    "crl_lookup_us": "one certificate looked up in the CRL",
    "signer_5000_start_seconds": "the signing service with 5,000 prescribers, from start to listening, its token opened",
    "signer_sign_ms": "a signature from it over HTTP: judged, signed, in its log and durable",
    "signer_sign_p99_ms": "the same, of 100 the slowest",
    "signer_signatures_per_second": "the same, 16 at a time",
    "relay_submit_sqlite_ratio": "durable submits to a relay on SQLite, against its server or its store alone (the smaller)",
    "relay_submit_sqlite_per_second": "these submits",
    "relay_batch_sqlite_per_second": "the store alone, 256 in a commit",
    "relay_together_sqlite": "64 senders at a time, against one: what committing together brings",
    "relay_submit_postgres_ratio": "durable submits to a relay on PostgreSQL, against the smaller of both",
    "relay_submit_postgres_per_second": "these submits",
    "relay_batch_postgres_per_second": "the store alone, 256 in a commit",
    "relay_together_postgres": "64 senders at a time, against one",
    "relay_nothing_per_second": "the same server over a store that keeps and signs nothing",
    "relay_latency_p99_ms": "from the sender to the recipient, at half of what the relay can carry, of 100 the slowest",
    "relay_latency_p50_ms": "the same, median",
    "relay_latency_idle_p99_ms": "the same on an idle relay, of 100 the slowest",
    "relay_latency_idle_p50_ms": "the same, median",
    "relay_carried_per_second": "messages carried all the way: submitted, fetched, acknowledged",
    "relay_2000_polls_mb": "memory that 2,000 recipients in long polls add",
    "relay_2000_polls_files": "file descriptors that they add",
    "relay_cost_1m_ratio": "a message, submitted, leased and acknowledged, at a store that holds a million, against 10,000",
    "relay_cost_1m_us": "the same at a million",
    "relay_open_1m_seconds": "that store opened",
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
    """Rewrites what stands between the markers of README.md and docs/figures.md."""
    measured = ROOT / "build" / "bench.json"
    if not measured.exists():
        raise SystemExit("build/bench.json is missing: run make bench")
    cores, python = os.cpu_count(), platform.python_version()
    machine = f"a machine with {cores} cores ({platform.machine()}), Python {python}"
    rows = json.loads(measured.read_text("utf-8"))
    for name, shown in (("README.md", [row for row in rows if row["goal"] is not None]), ("docs/figures.md", rows)):
        page = ROOT / name
        table = section(shown, machine=machine)
        if name.startswith("docs/"):  # links are from the page's own folder
            table = table.replace("](docs/", "](")
        page.write_text(filled(page.read_text("utf-8"), table), "utf-8")


if __name__ == "__main__":
    main()
