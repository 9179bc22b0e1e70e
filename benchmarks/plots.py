"""Draws docs/figures/*.svg and fills the tables of docs/figures.md from what was measured: `python -m benchmarks.plots`.

Rules: nothing is measured here. Numbers of the last `make bench` (build/peers.json, build/reading.json) are first taken into
docs/figures; without a run, those that are there are drawn again. The same numbers give the same bytes: fixed hash salt, no
date. A plot reads in grey: light and dark, hatches and shapes tell series apart, and every value stands beside its mark. Text
stays text. A plot whose numbers are not there is left out.

Usage: python -m benchmarks.plots
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from benchmarks import figures_page
from benchmarks.__main__ import ROOT

FIGURES = ROOT / "docs" / "figures"
DARK, MIDDLE, LIGHT = "#0b3c5d", "#d98c21", "#dbe6ee"
EDGE = "#1b1b1b"
_STYLE = {
    "svg.hashsalt": "dpr",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": EDGE,
    "hatch.linewidth": 0.6,
    "hatch.color": "#5b5b5b",
}
#: Where a value stands: four points right of its mark.
_BESIDE: dict[str, Any] = {"xytext": (4, 0), "textcoords": "offset points"}
#: Family of formats → its label in the plots.
FAMILIES = {
    "dpr": "dpr",
    "dcc": "EU DCC style",
    "mdoc": "ISO mdoc",
    "shc": "SMART Health Card\nstyle, dpr's claims",
    "shc_fhir": "SMART Health Card\nstyle, FHIR",
    "sdjwt": "SD-JWT",
}
#: Stage of a verdict → its label, colour and hatch, in the order of the work.
STAGES = {
    "text": ("QR text to bytes", "#ffffff", ""),
    "credential_signature": ("credential: signature", DARK, "///"),
    "credential_rest": ("credential: the rest", MIDDLE, "///"),
    "chain": ("frame, header, who signed", MIDDLE, ""),
    "signature": ("signature (bare ES256)", DARK, ""),
    "claims": ("claims read", LIGHT, ""),
    "checks": ("the numbered checks", "#8fa9bb", "\\\\"),
}


class Plot(NamedTuple):
    """`source`: the file of docs/figures that it draws; `size_inches`."""

    source: str
    draw: Callable[[Figure, Any], None]
    size_inches: tuple[float, float]


# --- formats ----------------------------------------------------------------------------------------------------------------


def of_families(formats: list[dict[str, Any]], chain: bool) -> dict[str, dict[str, Any]]:
    """Family → its first format with (or without) the proof of who signed."""
    found: dict[str, dict[str, Any]] = {}
    for entry in formats:
        if bool(entry["proof"]) is chain:
            found.setdefault(entry["family"], entry)
    return found


def formats_plot(measure: str, unit: str, limit: float | None) -> Callable[[Figure, Any], None]:
    """Bars for each family: one and three items side by side. `limit`: drawn as far, where a format does not fit."""

    def draw(figure: Figure, peers: dict[str, Any]) -> None:
        for axes, (name, words) in zip(
            figure.subplots(1, 2, sharey=True), (("one", "one item"), ("three", "three items")), strict=True
        ):
            with_chain, without = (of_families(peers["formats"], chain) for chain in (True, False))
            for row, family in enumerate(FAMILIES):
                _bar(axes, row - 0.19, with_chain.get(family), name, measure, limit, DARK, "")
                _bar(axes, row + 0.19, without.get(family), name, measure, limit, LIGHT, "///")
            axes.set_yticks(range(len(FAMILIES)), list(FAMILIES.values()))
            axes.set_title(words, loc="left")
            axes.set_xlabel(unit)
            axes.margins(x=0.16)
        axes.invert_yaxis()
        handles = [
            Patch(facecolor=DARK, edgecolor=EDGE, label="proof of who signed inside"),
            Patch(facecolor=LIGHT, edgecolor=EDGE, hatch="///", label="the reader must hold the signer's key"),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False)

    return draw


def _bar(
    axes: Axes, at: float, entry: dict[str, Any] | None, name: str, measure: str, limit: float | None, colour: str, hatch: str
) -> None:
    """One bar with its number; nothing where the family has no such form."""
    if entry is None:
        return
    value = entry[name][measure]
    length = limit if value is None else value
    drawn = axes.barh(at, length, height=0.36, color="#ffffff" if value is None else colour, edgecolor=EDGE, hatch=hatch)
    if value is None:
        drawn[0].set_linestyle("--")
    axes.annotate(f"over {limit:g}" if value is None else f"{value}", (length, at), va="center", fontsize=9, **_BESIDE)


# --- time -------------------------------------------------------------------------------------------------------------------


def verify_plot(figure: Figure, peers: dict[str, Any]) -> None:
    """One mark a library on a logarithmic axis."""
    axes = figure.subplots()
    marks = (("verify1", "dpr", "o", DARK), ("cwt", "python-cwt", "s", MIDDLE), ("pycose", "pycose", "D", LIGHT))
    for row, (name, label, marker, colour) in enumerate(marks):
        value = peers["verify"][name]["ratio"]
        axes.hlines(row, 1, value, color="#8c8c8c", linewidth=1)
        axes.plot(value, row, marker, color=colour, markeredgecolor=EDGE, markersize=9)
        axes.text(value * 1.12, row, f"{value:.3g} ×", va="center")
        axes.text(0.93, row, label, va="center", ha="right")
    axes.axvline(1, color=EDGE, linewidth=1)
    axes.set_xscale("log")
    axes.set_xlim(1, 70)
    axes.set_xticks([1, 2, 5, 10, 20, 50], ["1", "2", "5", "10", "20", "50"])
    axes.minorticks_off()
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylim(2.6, -0.6)
    axes.set_xlabel("time to verify one COSE_Sign1, × the bare ES256 verification (logarithmic)")


def stages_plot(figure: Figure, peers: dict[str, Any]) -> None:
    """Two stacked bars: a signer seen before, and a new one."""
    axes = figure.subplots()
    for row, name in enumerate(("seen", "new")):
        left = 0.0
        for stage, (_, colour, hatch) in STAGES.items():
            spent = peers["stages"][name].get(stage)
            if spent is None:
                continue
            axes.barh(row, spent, left=left, height=0.5, color=colour, edgecolor=EDGE, hatch=hatch)
            axes.annotate(
                f"{spent:.0f}",
                (left + spent / 2, row - 0.25),
                (0, 2),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=9,
            )
            left += spent
        axes.annotate(f"{left:.0f} µs", (left, row), va="center", **_BESIDE)
    axes.set_yticks([0, 1], ["signer seen\nbefore", "new signer"])
    axes.set_ylim(1.5, -0.6)
    axes.margins(x=0.13)
    axes.set_xlabel("microseconds from QR text to verdict, one item")
    handles = [Patch(facecolor=colour, edgecolor=EDGE, hatch=hatch, label=label) for label, colour, hatch in STAGES.values()]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=9)


# --- reading ----------------------------------------------------------------------------------------------------------------

_READER_MARKS = {"cascade": ("o", DARK), "zxing": ("s", MIDDLE), "zbar": ("D", LIGHT)}


def reading_plot(figure: Figure, reading: dict[str, Any]) -> None:
    """Share of damaged codes read: one line a kind of damage, one shape a reader."""
    axes = figure.subplots()
    kinds = figures_page.reading_shares(reading)
    for row, shares in enumerate(kinds.values()):
        axes.hlines(row, 0, 100, color="#d0d0d0", linewidth=0.8, zorder=1)
        for number, (reader, (marker, colour)) in enumerate(_READER_MARKS.items()):
            axes.plot(
                shares[reader], row + 0.24 * (number - 1), marker, color=colour, markeredgecolor=EDGE, markersize=6.5, zorder=2
            )
        axes.annotate(f"{shares['cascade']:.0f} %", (102, row), va="center", fontsize=9, **_BESIDE)
    axes.set_yticks(range(len(kinds)), list(kinds))
    axes.set_xlim(-2, 102)
    axes.invert_yaxis()
    axes.set_xlabel("damaged codes read, % (the number at the right: dpr)")
    handles = [
        Line2D([], [], linestyle="", marker=marker, color=colour, markeredgecolor=EDGE, label=figures_page.READERS[reader])
        for reader, (marker, colour) in _READER_MARKS.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)


PLOTS = {
    "qr-version": Plot("peers.json", formats_plot("version", "QR version at level M (1 to 40)", 40), (8.6, 4.6)),
    "bytes": Plot("peers.json", formats_plot("bytes", "bytes of the signed document", None), (8.6, 4.6)),
    "verify": Plot("peers.json", verify_plot, (7.2, 2.3)),
    "stages": Plot("peers.json", stages_plot, (8.6, 3.3)),
    "reading": Plot("reading.json", reading_plot, (7.6, 6.2)),
}


def svg(name: str, numbers: Any) -> bytes:
    """The plot `name` of `numbers`."""
    with mpl.rc_context(_STYLE):
        plot = PLOTS[name]
        figure = Figure(figsize=plot.size_inches, layout="constrained", facecolor="#ffffff")
        plot.draw(figure, numbers)
        out = io.BytesIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def main() -> None:
    """Takes the last run's numbers, draws every plot that has some, fills the page's tables."""
    FIGURES.mkdir(exist_ok=True)
    for name in ("peers.json", "reading.json", "x509.json", "trust.json"):
        measured = ROOT / "build" / name
        if measured.exists():
            (FIGURES / name).write_bytes(measured.read_bytes())
    for name, plot in PLOTS.items():
        source = FIGURES / plot.source
        if source.exists():
            (FIGURES / f"{name}.svg").write_bytes(svg(name, json.loads(source.read_text("utf-8"))))
    page = ROOT / "docs" / "figures.md"
    page.write_text(figures_page.filled(page.read_text("utf-8"), FIGURES), "utf-8")


if __name__ == "__main__":
    main()
