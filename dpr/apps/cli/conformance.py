"""The commands of the conformance kit: conformance run, conformance answer.

Rules: exit code 0 where every vector passed, 1 where one did not (an unsupported one did not), 2 where nothing could be run.

Example: `dpr conformance run --command 'node js/conformance.js' --junit build/js.xml`
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dpr.apps.cli.common import JSON, REFUSED, Context, check_out, plain, show, show_json, write_out

if TYPE_CHECKING:
    from dpr.apps.conformance.report import Report
    from dpr.apps.conformance.results import Result
    from dpr.apps.conformance.run import Run
    from dpr.apps.conformance.vectors import Vector
    from dpr.core.wording import Language

conformance = typer.Typer(no_args_is_help=True, help="Give every test vector to any implementation of the formats.")
_HEADINGS = {
    "sv": ("lager", "godkända", "annan kod", "underkända", "stöds inte", "inte körda"),
    "en": ("layer", "passed", "other code", "failed", "unsupported", "not run"),
}


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(conformance, name="conformance")


@conformance.command("run", epilog="Example: dpr conformance run --command 'dpr conformance answer'")
def run_(
    context: typer.Context,
    command: str = typer.Option(..., help="What answers JSON lines, as docs/conformance.md says; split as a shell would."),
    vectors: Path | None = typer.Option(None, help="A folder of vectors instead of those that come with dpr."),
    layer: list[str] = typer.Option([], help="Only this layer; may be said several times."),
    name: list[str] = typer.Option(
        [], help="Only vectors whose file:name or file.json:name has this in it; may be said several times."
    ),
    junit: Path | None = typer.Option(None, help="A file to write as JUnit XML."),
    codes: bool = typer.Option(False, "--codes", help="A refusal must give dpr's own code, a check too."),
    timeout: float = typer.Option(10.0, min=0.1, max=3600, help="Seconds that an answer may take."),
    total_timeout: float = typer.Option(600.0, min=0.1, max=86_400, help="Seconds that everything may take."),
    stop_at_first: bool = typer.Option(False, "--stop-at-first/--keep-going", help="Ask no more after the first failure."),
    as_json: bool = JSON,
) -> None:
    """Ask a command about every vector, and show what it makes of them."""
    from dpr.apps.conformance.report import Report
    from dpr.apps.conformance.run import Limits, Run

    given: Context = context.obj
    words, asked = _words_of(command), _chosen(vectors, layer, name)
    if junit:
        check_out(junit)
    run = Run(words, asked, Limits(timeout, total_timeout, codes, stop_at_first))
    report = Report(_results(run, len(asked), quiet=as_json), run.notes)
    if junit:
        write_out(junit, report.junit())
    if as_json:
        show_json(report.as_json())
    else:
        _show(report, given)
    if not report.good:
        raise typer.Exit(REFUSED)


@conformance.command("answer", epilog="Example: dpr conformance answer")
def answer() -> None:
    """Be the command: dpr's own answers, for requests on standard input."""
    import sys

    from dpr.apps.conformance.answering import answer_all

    answer_all(sys.stdin.buffer, sys.stdout.buffer)


def _words_of(command: str) -> list[str]:
    import shlex

    try:
        words = shlex.split(command)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--command") from None
    if not words:
        raise typer.BadParameter("no words: name a program, such as 'dpr conformance answer'", param_hint="--command")
    return words


def _chosen(where: Path | None, layers: list[str], names: list[str]) -> list[Vector]:
    from dpr.apps.conformance.vectors import folder, load
    from dpr.core.errors import SetupError

    every = load(where or folder())
    known = dict.fromkeys(vector.layer for vector in every)
    missing = [layer for layer in layers if layer not in known]
    if missing:
        raise SetupError("vectors_missing", f"--layer {', '.join(missing)}; layers: {', '.join(known)}")
    found = [
        vector
        for vector in every
        if (not layers or vector.layer in layers)
        and (not names or any(name in vector.name or name in _name(vector) for name in names))
    ]
    if not found:
        raise SetupError("vectors_missing", f"--name {', '.join(names)}")
    return found


def _name(vector: Vector) -> str:
    """As a failure is shown."""
    return f"{vector.file}.json:{vector.members['name']}"


def _results(run: Run, total: int, *, quiet: bool) -> list[Result]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        return run.results(lambda result: bar.update(task, advance=1, description=escape(plain(result.vector.layer))))


def _show(report: Report, given: Context) -> None:
    from dpr.apps.conformance.results import LEFT, Status

    _show_table(report, given.language)
    for result in report.failures:
        if result.reason not in LEFT:
            _show_failure(result, given.language)
    for reason in LEFT:
        left = [result for result in report.failures if result.reason == reason]
        if left:
            show(f"✗ {len(left)} {'till' if given.language == 'sv' else 'more'}: {left[0].words(given.language)} [{reason}]")
    for note in report.notes:
        show(f"! {note.words(given.language)}{f': {note.got}' if note.got else ''} [{note.reason}]")
    counts, every = report.total(), len(report.results)
    passed = counts[Status.PASSED] + counts[Status.OTHER_CODE]
    mark = "✓" if report.good else "✗"
    given.say(f"{mark} {passed} av {every} vektorer godkända", f"{mark} {passed} of {every} vectors passed")


def _show_failure(result: Result, language: Language) -> None:
    expected, got = ("väntat", "svaret") if language == "sv" else ("expected", "got")
    show(f"✗ {_name(result.vector)}: {result.words(language)} [{result.reason}]")
    for words, text in (("", result.vector.members["comment"]), (f"{expected}: ", result.expected), (f"{got}: ", result.got)):
        if text:
            show(f"    {words}{text}")


def _show_table(report: Report, language: Language) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from dpr.apps.conformance.results import Status

    table = Table(box=box.SIMPLE_HEAD, show_footer=True)
    total = report.total()
    footers = ["", *(str(total[status]) for status in Status)]
    for heading, footer in zip(_HEADINGS[language], footers, strict=True):
        table.add_column(heading, footer, justify="right" if footer else "left")
    for layer, counts in report.by_layer().items():
        table.add_row(Text(plain(layer)), *(str(counts[status]) for status in Status))
    Console(highlight=False).print(table)
