"""Runs every measurement, prints a table and writes build/bench.json.

Rules: figures, never a verdict by exit code; what is compared runs in the same process and the same round; texts measured are
examples/prescriptions/measured, from which the dictionary was not made. Names of rows are fixed.

Usage: python -m benchmarks
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import track
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent


class Row(NamedTuple):
    """One figure; `goal`, where there is one, is an upper bound, or a lower one where more is better."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    lower_is_better: bool = True

    def meets(self) -> bool | None:
        """Does it meet its goal? None where there is none."""
        if self.goal is None:
            return None
        return self.value <= self.goal if self.lower_is_better else self.value >= self.goal


def main() -> None:
    """Measures, prints, writes."""
    from benchmarks import batch, counter, peers, qr_reading, relay, signer, sizes, trust, verdict, x509_chain

    console = Console()
    rows: list[Row] = []
    modules = (verdict, batch, sizes, counter, trust, x509_chain, signer, relay, peers, qr_reading)
    for module in track(modules, description="measuring", console=console, transient=True):
        rows += module.rows()
    table = Table("name", "value", "unit", "goal", "meets")
    for row in rows:
        meets = {True: "yes", False: "NO", None: ""}[row.meets()]
        table.add_row(row.name, f"{row.value:.4g}", row.unit, "" if row.goal is None else f"{row.goal:g}", meets)
    console.print(table)
    path = ROOT / "build" / "bench.json"
    path.parent.mkdir(exist_ok=True)
    written = [
        {
            "name": row.name,
            "value": round(row.value, 4),
            "unit": row.unit,
            "goal": row.goal,
            "lower_is_better": row.lower_is_better,
            "meets": row.meets(),
        }
        for row in rows
    ]
    path.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    console.print(f"→ {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
