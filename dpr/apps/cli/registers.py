"""The commands about the register: report, retry, adopt, register serve; and the demo.

Example: `dpr register serve --port 8090` in one terminal, `dpr report` in another
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dpr.apps.cli.common import JSON, Context, show, show_json

if TYPE_CHECKING:
    from dpr.core.backreg import Event

register = typer.Typer(no_args_is_help=True, help="A reference register that speaks the NLL-shaped subset, for rehearsals.")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("report", epilog="Example: dpr report")(report_)
    app.command("retry", epilog="Example: dpr retry 39b1922d --item 1 --number 0")(retry)
    app.command("adopt", epilog="Example: dpr adopt 39b1922d --item 1 --register-id 4711")(adopt)
    app.add_typer(register, name="register")
    app.command("demo", epilog="Example: dpr demo --folder build/demo")(demo)


def report_(
    context: typer.Context,
    pharmacist: Path | None = typer.Option(None, "--as", help="The acting pharmacist's credential, for the register."),
    as_json: bool = JSON,
) -> None:
    """Back-register what the ledger owes the register."""
    from dpr.apps.queue_words import event_words, row_words, state_words
    from dpr.apps.reporting import report_now

    given: Context = context.obj
    site = given.site()
    with site.ledger() as ledger:
        reported = report_now(site, ledger, acting=site.credential(pharmacist) if pharmacist else None)
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


_ID = typer.Argument(help="The prescription's id; the first characters do.")
_ITEM = typer.Option(1, min=1, max=20, help="Which receptrad.")
_NUMBER = typer.Option(0, min=0, max=99, help="Which dispensing; 0 is the registration of the item itself.")


def retry(
    context: typer.Context,
    prescription: str = _ID,
    item: int = _ITEM,
    number: int = _NUMBER,
    not_a_twin: bool = typer.Option(False, "--not-a-twin", help="What looks the same in the register is another prescription."),
) -> None:
    """Try a parked row again. For a pharmacist who has dealt with the reason."""
    from dpr.core.backreg import Event

    changes = {"words": "", "attempts": 0, "not_before": 0} | ({"not_a_twin": True} if not_a_twin else {})
    _move(context.obj, prescription, item, number, Event.RETRY, changes)


def adopt(
    context: typer.Context,
    prescription: str = _ID,
    register_id: str = typer.Option(..., help="The id that it has in the register."),
    item: int = _ITEM,
    number: int = _NUMBER,
) -> None:
    """Say which one in the register it is. For a parked row that a pharmacist has found there; nothing is sent for it then."""
    import re

    from dpr.core.backreg import Event
    from dpr.core.errors import InputError, Problem

    if not re.fullmatch(r"[A-Za-z0-9.-]{1,64}", register_id):  # FHIR R4 §2.24.0.1, id
        problem = Problem("--register-id", "order_invalid", "not an id", "up to 64 letters, digits, - and .")
        raise InputError("order_invalid", (problem,))
    # Confirmed by a person: a look-up by our own identifier would not find it.
    changes = {"register_id": register_id, "words": "", "not_before": 0, "confirmed": True}
    _move(context.obj, prescription, item, number, Event.ADOPTED, changes)


def _move(given: Context, prescription: str, item: int, number: int, event: Event, changes: dict[str, Any]) -> None:
    from dpr.apps.dispensing import found_by_id
    from dpr.apps.queue_words import state_words
    from dpr.core.backreg import State
    from dpr.core.errors import SetupError

    site = given.site()
    with site.ledger() as ledger:
        row = ledger.queue_row(found_by_id(ledger, prescription).prescription_id, item, number)
        if row is None or row.state not in (State.PARKED, State.CONFLICT):
            absent = "raden finns inte" if given.language == "sv" else "no such row"
            raise SetupError("row_not_parked", state_words(row.state, given.language) if row else absent)
        moved = ledger.advance(row, event, **changes)
    show(f"✓ {state_words(moved.state, given.language)}")
    if moved.state is State.QUEUED:
        given.say("Registrera nu med: dpr report", "Register it now with: dpr report")


@register.command("serve", epilog="Example: dpr register serve --port 8090 --database rehearsal.db")
def serve(
    host: str = typer.Option("127.0.0.1", help="Address to listen on."),
    port: int = typer.Option(8090, min=0, max=65535, help="Port to listen on."),
    database: Path = typer.Option(Path("rehearsal-register.db"), help="Its own SQLite file."),
    fault: str = typer.Option("", help="""What goes wrong from the start, as for PUT /_rehearsal: '{"fault": "down"}'."""),
) -> None:
    """Run the reference register; PUT /_rehearsal makes it slow, erroring, down, or lose its replies."""
    from dpr.apps.register import faults_of, run

    run(host, port, database, faults=faults_of(fault))


def demo(
    context: typer.Context,
    folder: Path = typer.Option(Path("build/demo"), help="A folder for everything that the demo leaves; made anew."),
) -> None:
    """The whole story in one run."""
    from dpr.apps.demo import run
    from dpr.core.errors import SetupError

    given: Context = context.obj
    if folder.exists() and not folder.is_dir():
        raise SetupError("demo_folder_in_use", str(folder))
    raise typer.Exit(run(folder, given.language))
