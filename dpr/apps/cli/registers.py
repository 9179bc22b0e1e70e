"""The commands about the register: report, queue retry, register serve; and the demo.

Example: `dpr register serve --port 8090` in one terminal, `dpr report` in another
"""

from __future__ import annotations

from pathlib import Path

import typer

from dpr.apps.cli.common import JSON, Context, show, show_json

register = typer.Typer(no_args_is_help=True, help="A reference register that speaks the NLL-shaped subset, for rehearsals.")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("report", epilog="Example: dpr report")(report_)
    app.command("retry", epilog="Example: dpr retry 39b1922d --item 1 --number 0")(retry)
    app.add_typer(register, name="register")
    app.command("demo", epilog="Example: dpr demo --folder build/demo")(demo)


def report_(context: typer.Context, as_json: bool = JSON) -> None:
    """Back-register what the ledger owes the register."""
    from dpr.apps.reporting import report_now

    given: Context = context.obj
    site = given.site()
    with site.ledger() as ledger:
        reported = report_now(site, ledger)
    if as_json:
        show_json(reported.summary())
        return
    for step in reported.steps:
        row = step.row
        what = f"{row.prescription_id.hex()[:8]} rad {row.item}" + (f" uttag {row.number}" if row.number else "")
        show(f"  {step.event.value} → {row.state.value}  {what}  {row.register_id or ''} {row.words}".rstrip())
    show(reported.words(given.language))


def retry(
    context: typer.Context,
    prescription: str = typer.Argument(help="The prescription's id; the first characters do."),
    item: int = typer.Option(1, help="Which receptrad."),
    number: int = typer.Option(0, help="Which dispensing; 0 is the registration of the item itself."),
) -> None:
    """Put a parked row back in the queue, when a pharmacist has dealt with the reason."""
    from dpr.apps.dispensing import found_by_id
    from dpr.core.backreg import Event, State
    from dpr.core.errors import SetupError

    given: Context = context.obj
    site = given.site()
    with site.ledger() as ledger:
        row = ledger.queue_row(found_by_id(ledger, prescription).prescription_id, item, number)
        if row is None or row.state not in (State.PARKED, State.CONFLICT):
            raise SetupError("row_not_parked", row.state.value if row else "no such row")
        again = ledger.advance(row, Event.RETRY, words="", attempts=0, not_before=0)
    show(f"✓ {again.state.value}")


@register.command("serve", epilog="Example: dpr register serve --port 8090 --database rehearsal.db")
def serve(
    host: str = typer.Option("127.0.0.1", help="Address to listen on."),
    port: int = typer.Option(8090, min=0, max=65535, help="Port to listen on."),
    database: Path = typer.Option(Path("rehearsal-register.db"), help="Its own SQLite file."),
) -> None:
    """Run the reference register; PUT /_rehearsal makes it slow, erroring, down, or lose its replies."""
    from dpr.apps.register import run

    run(host, port, database)


def demo(
    context: typer.Context,
    folder: Path = typer.Option(Path("build/demo"), help="A folder for everything that the demo leaves; made anew."),
) -> None:
    """The whole story in one run, readable by a pharmacist."""
    from dpr.apps.demo import run

    given: Context = context.obj
    raise typer.Exit(run(folder, given.language))
