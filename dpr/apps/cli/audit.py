"""`dpr audit`: many prescriptions judged again, and how many were accepted or refused for what.

Rules: progress on standard error, where that is a terminal; one line for each refused document and a count by code; exit code
0 where all are accepted, 1 where some are refused or a file cannot be read, which counts as no prescription. `--json`: one
value on each line, the last the summary, whose `codes` count the refused and the unreadable.

Example: `dpr audit --ledger --since 2026-11-14`
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dpr.apps.cli.common import OK, REFUSED, TIME, Context, show, show_json, swedish_time

if TYPE_CHECKING:
    from dpr.apps.auditing import Entry, Line
    from dpr.apps.compose import SiteFolder


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog="Example: dpr audit received/; dpr audit --ledger --since 2026-11-14")(audit)


def audit(
    context: typer.Context,
    paths: list[Path] = typer.Argument(None, help="Documents (.cbor), files of QR texts, or folders of both."),
    ledger: bool = typer.Option(False, "--ledger", help="What was received here, each as of when it was received."),
    since: datetime | None = typer.Option(
        None, parser=swedish_time, metavar=TIME, help="With --ledger: received from then on."
    ),
    until: datetime | None = typer.Option(None, parser=swedish_time, metavar=TIME, help="With --ledger: received before then."),
    at: datetime | None = typer.Option(None, parser=swedish_time, metavar=TIME, help="Judge files as of then; else as of now."),
    workers: int | None = typer.Option(None, min=1, max=256, help="Processes; one for each core where left out."),
    as_json: bool = typer.Option(False, "--json", help="One JSON value on each line; the last is the summary."),
) -> None:
    """Judge many prescriptions again. Which are authentic and were allowed, by what is known today? Times are Swedish."""
    from dpr.apps.auditing import audited, files_of, from_files, from_ledger

    given: Context = context.obj
    _check(paths, ledger, since, until, at)
    site = given.site()
    trust, policy, now = site.trust(), site.policy, site.now()
    entries: Iterable[Entry]
    if ledger:
        listed = from_ledger(_received(site), since=since, until=until)
        entries, total = listed, len(listed)
    else:
        found = files_of(paths)
        entries, total = (entry._replace(at=at) for entry in from_files(found)), len(found)
    products = site.folder / "products.db"
    catalogue_path = products if products.exists() else None
    lines = audited(entries, trust, now, policy=policy, catalogue_path=catalogue_path, workers=workers)
    codes: Counter[str] = Counter()
    unread = 0
    for line in _with_progress(lines, total, given):
        codes[line.judged.code] += 1
        unread += line.unread
        if as_json:
            show_json(_as_json(line), indent=None)
        elif not line.judged.accepted:
            show(f"✗ {line.name} [{line.judged.code}]")
    if as_json:
        show_json(_summary(codes, unread), indent=None)
    else:
        _show_counts(codes, unread, given)
    raise typer.Exit(OK if codes.keys() <= {"accepted"} else REFUSED)


def _check(paths: list[Path] | None, ledger: bool, since: datetime | None, until: datetime | None, at: datetime | None) -> None:
    if bool(paths) == ledger:
        raise typer.BadParameter("files or folders, or --ledger")
    if (since or until) and not ledger:
        raise typer.BadParameter("--since and --until go with --ledger")
    if at and ledger:
        raise typer.BadParameter("--at goes with files: what is in the ledger has its own time")
    if since and until and since >= until:
        raise typer.BadParameter("--since must be before --until")


def _received(site: SiteFolder) -> list[Any]:
    from dpr.core.errors import SetupError

    if not site.has_ledger:
        raise SetupError("audit_nothing_found", str(site.folder))
    with site.ledger() as ledger:
        return list(ledger.prescriptions())


def _with_progress(lines: Iterator[Line], total: int, given: Context) -> Iterator[Line]:
    """The lines, with a bar on standard error where somebody sees it. `total` is of files, which may hold several."""
    if not sys.stderr.isatty():
        yield from lines
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress

    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    # What is said to standard output goes through the bar's stream only where both are the terminal that it is drawn on.
    both = sys.stdout.isatty()
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=both) as bar:
        task = bar.add_task("prövar" if given.language == "sv" else "judging", total=total)
        for number, line in enumerate(lines, 1):
            bar.update(task, completed=number, total=max(total, number))
            yield line


def _as_json(line: Line) -> dict[str, Any]:
    from dpr.apps.cli.verdicts import checks_json

    judged = line.judged
    return {
        "name": line.name,
        "verdict": "unreadable" if line.unread else "accepted" if judged.accepted else "refused",
        "code": judged.code,
        "id": judged.id,
        "digest": None if line.unread else judged.digest.hex(),
        "checks": checks_json(judged.checks),
    }


def _summary(codes: Counter[str], unread: int) -> dict[str, Any]:
    others = {code: count for code, count in codes.most_common() if code != "accepted"}
    total, accepted = codes.total() - unread, codes["accepted"]
    return {"documents": total, "accepted": accepted, "refused": total - accepted, "unreadable": unread, "codes": others}


def _show_counts(codes: Counter[str], unread: int, given: Context) -> None:
    """How many of each, the most frequent first, with what the code means."""
    from dpr.core.codes import words

    swedish = given.language == "sv"
    total = codes.total() - unread
    width = len(str(codes.total()))
    given.say(f"{total} recept prövade", f"{total} prescription{'' if total == 1 else 's'} judged")
    show(f"  {codes['accepted']:>{width}}  ✓ {'godtas' if swedish else 'accepted'}")
    for code, count in codes.most_common():
        if code != "accepted":
            found = words(code)
            show(f"  {count:>{width}}  ✗ {found.sv if swedish else found.en} [{code}]")
