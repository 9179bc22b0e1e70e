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
    from dpr.apps.queue_words import event_words, row_words, state_words
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
        said = f": {row_words(row.words, given.language)}" if row.words else ""
        outcome = f"{event_words(step.event, given.language)} → {state_words(row.state, given.language)}{said}"
        id, swedish = row.prescription_id.hex()[:12], given.language == "sv"
        what = f"{id} {'rad' if swedish else 'item'} {row.item}"
        if row.number:
            what += f" {'uttag' if swedish else 'dispensing'} {row.number}"
        show(f"  {what}: {outcome}" + (f"  (id {row.register_id})" if row.register_id else ""))
    show(reported.words(given.language))


def retry(
    context: typer.Context,
    prescription: str = typer.Argument(help="The prescription's id; the first characters do."),
    item: int = typer.Option(1, min=1, max=20, help="Which receptrad."),
    number: int = typer.Option(0, min=0, max=99, help="Which dispensing; 0 is the registration of the item itself."),
) -> None:
    """Put a parked row back in the queue, when a pharmacist has dealt with the reason."""
    from dpr.apps.dispensing import found_by_id
    from dpr.apps.queue_words import state_words
    from dpr.core.backreg import Event, State
    from dpr.core.errors import SetupError

    given: Context = context.obj
    site = given.site()
    with site.ledger() as ledger:
        row = ledger.queue_row(found_by_id(ledger, prescription).prescription_id, item, number)
        if row is None or row.state not in (State.PARKED, State.CONFLICT):
            absent = "raden finns inte" if given.language == "sv" else "no such row"
            raise SetupError("row_not_parked", state_words(row.state, given.language) if row else absent)
        again = ledger.advance(row, Event.RETRY, words="", attempts=0, not_before=0)
    show(f"✓ {state_words(again.state, given.language)}")


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
    from dpr.core.errors import SetupError

    given: Context = context.obj
    if folder.exists() and not folder.is_dir():
        raise SetupError("demo_folder_in_use", str(folder))
    raise typer.Exit(run(folder, given.language))
