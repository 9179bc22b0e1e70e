"""The command that sends: one or more documents to a pharmacy, over the relays of the address book (docs/howto-send.md).

Rules: a name that fits several is never guessed. The message is kept here before anything is said to be sent, and the same
documents sent again to the same recipient are the same message, and where that was recalled it is said. Exit code 0: a relay
has it, or with `--wait` it was accepted.

Example: `dpr send rx.cbor --to "Lärkan Piteå" --wait`
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from dpr.apps.cli.common import JSON, OK, REFUSED, Context, show, show_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dpr.apps.compose import SiteFolder
    from dpr.core.mail.address_book import Entry
    from dpr.core.mail.carriage import Standing
    from dpr.ports import Posted


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog='Example: dpr send rx.cbor --to "Lärkan Piteå" --wait')(send)


def send(
    context: typer.Context,
    files: list[str] = typer.Argument(help="Documents, or pictures of their codes; - for what a scanner types."),
    to: str = typer.Option(..., "--to", help="The pharmacy: its GLN, or its name and place."),
    wait: bool = typer.Option(False, "--wait", help="Until the recipient has answered."),
    seconds: int = typer.Option(0, min=0, help="Wait at most so long; else 12, or 60 with --wait."),
    hours: int | None = typer.Option(None, min=1, help="Not to be handed over later than this; the policy's where left out."),
    again: bool = typer.Option(False, "--again", help="As a new message, although the same was sent before."),
    as_json: bool = JSON,
) -> None:
    """Send to a pharmacy. Sealed to it, over every network there is; nobody on the way can read it."""
    from dpr.apps import addressing, sending
    from dpr.apps.cli.inputs import read_documents
    from dpr.apps.mail_view import as_json as written

    given: Context = context.obj
    site = given.site()
    found = read_documents(files, given.language).documents
    entry = _chosen(site, to, given, quiet=as_json)
    with sending.mail_db(site) as db:
        began = int(site.now().timestamp())
        posted = sending.send(site, db.outbox, found, entry, hours=hours, again=again)
        if not as_json:
            tried = any(copy.tried_at for copy in db.outbox.copies(posted.message_id))
            _show_posted(posted, entry, given, before=tried or posted.posted_at < began)
            if gateway := addressing.gateway_of(entry, site.trust(), site.policy):
                given.say(f"  Kan öppnas av bryggan till SDK: {gateway}", f"  Can be opened by the gateway to SDK: {gateway}")
            if wait and not posted.recalled_at:
                given.say(
                    "  Väntar på apotekets besked. Ctrl-C: meddelandet finns kvar.",
                    "  Waiting for the pharmacy's answer. Ctrl-C: the message is kept.",
                )
        limit = seconds or (60 if wait else sending.HAND_IN_SECONDS)
        tell = _quiet if as_json else _teller(given)
        standing = sending.follow(site, db.outbox, posted.message_id, seconds=limit, enough=_enough(wait), tell=tell)
        if as_json:
            show_json(written(sending.seen(site, db.outbox, posted.message_id)))
        else:
            _show_next(standing, posted, given)
    raise typer.Exit(OK if _is_well(standing, posted, wait=wait) else REFUSED)


def _quiet(_standing: Standing) -> None:
    """A program reads the end alone."""


def _teller(given: Context) -> Callable[[Standing], None]:
    from dpr.apps.mail_view import state_words

    return lambda standing: show(f"  {state_words(standing, given.language)}")


def _chosen(site: SiteFolder, to: str, given: Context, *, quiet: bool) -> Entry:
    """The recipient; asked for where a name fits several and somebody sits there. SetupError `recipient_not_unique`."""
    from dpr.apps import addressing

    found = addressing.fitting(site.address_book(), to)
    if len(found) == 1 or quiet:
        return addressing.the_one(found)
    given.say(f"{len(found)} mottagare passar:", f"{len(found)} recipients fit:")
    for number, entry in enumerate(found[: addressing.SHOWN], 1):
        show(f"  {number:>2}  {addressing.line(entry)}")
    if sys.stdin is None or not sys.stdin.isatty():
        return addressing.the_one(found)
    return _asked(found[: addressing.SHOWN], given)


def _asked(found: Sequence[Entry], given: Context) -> Entry:
    number: int = typer.prompt("Nummer" if given.language == "sv" else "Number", type=int)
    if not 1 <= number <= len(found):
        raise typer.BadParameter(f"1-{len(found)}", param_hint="--to")
    return found[number - 1]


def _show_posted(posted: Posted, entry: Entry, given: Context, *, before: bool) -> None:
    from dpr.apps.addressing import line
    from dpr.apps.receipt_words import moment

    if before:
        at = moment(posted.posted_at)[:16]
        given.say(f"= Skickat {at} till {line(entry)}", f"= Sent {at} to {line(entry)}")
    else:
        given.say(f"✓ Förseglat till {line(entry)}", f"✓ Sealed to {line(entry)}")
    given.say(
        f"  Meddelande {posted.message_id.hex()}, lämnas inte ut efter {moment(posted.not_after)[:16]}",
        f"  Message {posted.message_id.hex()}, not handed over after {moment(posted.not_after)[:16]}",
    )


def _show_next(standing: Standing, posted: Posted, given: Context) -> None:
    from dpr.apps.receipt_words import moment
    from dpr.core.mail.carriage import State

    id = posted.message_id.hex()[:12]
    if posted.recalled_at and not standing.state.over:
        given.say(
            f"  ! Återkallelse är begärd {moment(posted.recalled_at)[:16]}: det skickas inte. Skicka på nytt med: "
            "dpr send … --again",
            f"  ! Recall was asked for {moment(posted.recalled_at)[:16]}: it is not being sent. Send anew with: "
            "dpr send … --again",
        )
    elif standing.state is State.WAITING:
        given.say(
            "  Det ligger kvar här. Skickas när ett nät fungerar: dpr mail serve (eller dpr send igen)",
            "  It is kept here. It is sent when a network works: dpr mail serve (or dpr send again)",
        )
    elif standing.state in (State.EXPIRED, State.WITHDRAWN, State.QUARANTINED):
        given.say("  Skicka på nytt med: dpr send … --again", "  Send anew with: dpr send … --again")
    elif standing.state.over:
        given.say(f"  Bevis: dpr mail bundle {id} --document …", f"  Proof: dpr mail bundle {id} --document …")
    else:
        given.say(f"  Besked: dpr mail show {id}", f"  The answer: dpr mail show {id}")


def _enough(wait: bool) -> Callable[[Standing], bool]:
    from dpr.core.mail.carriage import State

    def enough(standing: Standing) -> bool:
        return standing.state.over or (not wait and standing.state is not State.WAITING)

    return enough


def _is_well(standing: Standing, posted: Posted, *, wait: bool) -> bool:
    from dpr.core.mail.carriage import State

    if wait or standing.state.over or posted.recalled_at:
        return standing.state is State.ACCEPTED
    return standing.state is not State.WAITING
