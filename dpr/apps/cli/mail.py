"""The commands for messages that were sent, and the service for both directions: mail list, show, recall, bundle, serve.

Rules: what is shown rests on receipts that verify here and now. A message is named by the beginning of its id.

Example: `dpr mail show 39b1`, then `dpr mail bundle 39b1 --document rx.cbor`
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dpr.apps.cli.common import JSON, OK, REFUSED, Context, check_out, show, show_json, write_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpr.apps.compose import SiteFolder
    from dpr.apps.mail_view import Sent
    from dpr.core.mail.carriage import Standing
    from dpr.ports import Outbox

mail = typer.Typer(no_args_is_help=True, help="Messages that were sent, and the service that carries them.")
_ID = typer.Argument(metavar="ID", help="The message, by the beginning of its id.")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(mail, name="mail")


@mail.command("list", epilog="Example: dpr mail list --open")
def mail_list(
    context: typer.Context,
    open_only: bool = typer.Option(False, "--open", help="Only those that are under way."),
    as_json: bool = JSON,
) -> None:
    """Every message that was sent, with how it stands."""
    from dpr.apps.mail_view import all_sent, line
    from dpr.apps.mail_view import as_json as written
    from dpr.apps.sending import has_mail, mail_db

    given: Context = context.obj
    site = given.site()
    found: list[Sent] = []
    if has_mail(site):
        with mail_db(site) as db:
            found = all_sent(site, db.outbox, open_only=open_only)
    if as_json:
        show_json([written(one) for one in found])
        return
    if not found:
        given.say("Inget är skickat.", "Nothing has been sent.")
    for one in found:
        show(line(one, given.language))


@mail.command("show", epilog="Example: dpr mail show 39b1")
def mail_show(context: typer.Context, message: str = _ID, as_json: bool = JSON) -> None:
    """One message: every receipt in order, and what is known at each relay."""
    from dpr.apps.mail_view import as_json as written
    from dpr.apps.mail_view import found_by_id, story
    from dpr.apps.sending import mail_db, seen

    given: Context = context.obj
    site = given.site()
    with mail_db(site) as db:
        one = seen(site, db.outbox, found_by_id(db.outbox, message).message_id)
    if as_json:
        show_json(written(one))
        return
    for line in story(one, given.language):
        show(line)


@mail.command("recall", epilog="Example: dpr mail recall 39b1")
def mail_recall(
    context: typer.Context,
    message: str = _ID,
    seconds: int = typer.Option(12, min=0, help="Wait at most so long for the relays' answers."),
    as_json: bool = JSON,
) -> None:
    """Ask for a message back. Withdrawn before anybody fetched it, or a signed answer that it is too late."""
    from dpr.apps.mail_view import as_json as written
    from dpr.apps.mail_view import found_by_id, story
    from dpr.apps.sending import follow, mail_db, seen
    from dpr.core.mail.carriage import State

    given: Context = context.obj
    site = given.site()
    with mail_db(site) as db:
        posted = found_by_id(db.outbox, message)
        db.outbox.recall(posted.message_id, now=int(site.now().timestamp()))
        answered = _answered(site, db.outbox, posted.message_id)
        standing = follow(site, db.outbox, posted.message_id, seconds=seconds, enough=answered, tell=lambda _standing: None)
        one = seen(site, db.outbox, posted.message_id)
    withdrawn = standing.state is State.WITHDRAWN
    if as_json:
        show_json(written(one) | {"withdrawn": withdrawn, "too_late": not withdrawn and _too_late(one)})
    else:
        _show_recalled(one, given, withdrawn=withdrawn)
        for line in story(one, given.language):
            show(line)
    raise typer.Exit(OK if withdrawn else REFUSED)


def _answered(site: SiteFolder, outbox: Outbox, message_id: bytes) -> Callable[[Standing], bool]:
    from dpr.apps.sending import seen

    def enough(standing: Standing) -> bool:
        return standing.state.over or _too_late(seen(site, outbox, message_id))

    return enough


def _too_late(one: Sent) -> bool:
    from dpr.core.mail.carriage import State
    from dpr.core.mail.receipt import ReceiptType

    handed_out = any(receipt.content.type is ReceiptType.W2 for _, receipt in one.receipts)
    return handed_out or (one.standing.state.over and one.standing.state not in (State.WITHDRAWN, State.EXPIRED))


def _show_recalled(one: Sent, given: Context, *, withdrawn: bool) -> None:
    if withdrawn:
        given.say("✓ Återkallat: ingen har hämtat det.", "✓ Withdrawn: nobody has fetched it.")
    elif _too_late(one):
        given.say("✗ För sent: det är redan utlämnat. Ring mottagaren.", "✗ Too late: it was handed out. Call the recipient.")
    elif one.standing.state.over:
        given.say("✗ Det har redan gått ut: ingen kan hämta det.", "✗ It has expired already: nobody can fetch it.")
    else:
        given.say(
            "… Ingen förmedlare har svarat. Begäran ligger kvar: dpr mail show",
            "… No relay has answered. The request is kept: dpr mail show",
        )


@mail.command("bundle", epilog="Example: dpr mail bundle 39b1 --document rx.cbor --out answer.bundle")
def mail_bundle(
    context: typer.Context,
    message: str = _ID,
    document: str = typer.Option(
        ..., help="The document that was sent: what is here is sealed, and only the recipient opens it."
    ),
    out: Path = typer.Option(..., help="Where the bundle goes."),
    evidence: bool = typer.Option(True, "--evidence/--no-evidence", help="With the lists that it is judged by."),
    as_json: bool = JSON,
) -> None:
    """One file that proves what became of a message: receipts, document and lists. Verified by: dpr receipt verify."""
    from dpr.apps import receipt_proof, receipt_words
    from dpr.apps.cli.inputs import read_one_document
    from dpr.apps.mail_view import found_by_id
    from dpr.apps.sending import mail_db, require_sent

    given: Context = context.obj
    site = given.site()
    check_out(out, inputs=[document])
    content = read_one_document([document], given.language)
    with mail_db(site) as db:
        posted = found_by_id(db.outbox, message)
        require_sent(posted, content)
        held = [data for _, data in db.outbox.receipts(posted.message_id)]
    subject = receipt_proof.Subject(posted.queue, posted.message_id, posted.digest, content, None)
    made = receipt_proof.make(site, subject, held, evidence=evidence)
    write_out(out, made, inputs=[document])
    finding = receipt_proof.judge(made, site, root=None)
    if as_json:
        show_json({"file": str(out)} | receipt_words.as_json(finding))
        return
    show(f"✓ {out}")
    for line in receipt_words.head(finding, given.language):
        show(line)


@mail.command("serve", epilog="Example: dpr mail serve")
def mail_serve(context: typer.Context) -> None:
    """The service: sends what is to be sent and fetches what has come, until it is stopped. One for a site.

    The log is on standard error: a JSON object a line.
    """
    from dpr.apps.mail_service import serve

    given: Context = context.obj
    site = given.site()
    given.say(
        f"Sänder och hämtar för {site.folder}. Stoppa med Ctrl-C eller SIGTERM.",
        f"Sending and fetching for {site.folder}. Stop with Ctrl-C or SIGTERM.",
    )
    serve(site, lambda line: print(line, file=sys.stderr, flush=True))
