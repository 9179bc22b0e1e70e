"""The command for what comes over relays: inbox.

Rules: what comes is judged as if it had come over the counter, answered, and kept in the ledger; the sender gets a signed
answer. Without an option nothing is fetched: what has come is listed. Exit code 1 for an alarm until somebody has settled it
(`dpr relay settle`), and where no relay answered.

Example: `dpr inbox --once`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from dpr.apps.cli.common import JSON, OK, REFUSED, Context, show, show_json
from dpr.apps.cli.relay_status import show_warnings

if TYPE_CHECKING:
    from dpr.apps.compose import SiteFolder
    from dpr.apps.inbox_view import Brought
    from dpr.ports import Alarm, Head


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog="Example: dpr inbox --once; dpr inbox --follow")(inbox)


def inbox(
    context: typer.Context,
    once: bool = typer.Option(False, "--once", help="Fetch what has come to every relay, and show that."),
    follow: bool = typer.Option(False, "--follow", help="Fetch, show what comes, until Ctrl-C."),
    as_json: bool = JSON,
) -> None:
    """What has come over relays: from whom, what was answered, and which prescriptions it brought."""
    from dpr.apps import mail_service
    from dpr.apps.mail_keys import coming_faults

    given: Context = context.obj
    site = given.site()
    if once and follow:
        raise typer.BadParameter("one of --once and --follow", param_hint="--once")
    if once or follow:
        mail_service.require_mail_key(site)
    if follow:
        _follow(site, given, as_json=as_json)
        return
    before: frozenset[bytes] = frozenset()
    relays: dict[str, str] | None = {}
    if once:
        before = _digests(_held(site)[0])
        relays = mail_service.collect_once(site)
    held, alarms = _held(site)
    fresh = [one for one in held if one.came.digest not in before]
    if as_json:
        _show_json(fresh, alarms, relays or {}, _heads(site))
    else:
        _show(fresh, alarms, given)
        if relays is None:
            given.say("Tjänsten går, och har hämtat redan.", "The service runs, and has fetched already.")
        _show_relays(relays or {}, given)
        show_warnings([*coming_faults(site)], given)
    nobody_answered = once and relays is not None and "" not in relays.values()
    raise typer.Exit(REFUSED if nobody_answered or any(not one.settled_at for one in alarms) else OK)


def _held(site: SiteFolder) -> tuple[list[Brought], list[Alarm]]:
    """Every message that has come, and every alarm."""
    from dpr.apps.inbox_view import all_come
    from dpr.apps.sending import has_mail, mail_db

    if not has_mail(site):
        return [], []
    with mail_db(site) as db:
        if not site.has_ledger:
            return all_come(db.inbox, None), list(db.inbox.alarms())
        with site.ledger() as ledger:
            return all_come(db.inbox, ledger), list(db.inbox.alarms())


def _heads(site: SiteFolder) -> list[Head]:
    """What each relay last said of our queues."""
    from dpr.apps.sending import has_mail, mail_db

    if not has_mail(site):
        return []
    with mail_db(site) as db:
        return list(db.inbox.heads())


def _digests(held: list[Brought]) -> frozenset[bytes]:
    return frozenset(one.came.digest for one in held)


def _show_json(held: list[Brought], alarms: list[Alarm], relays: dict[str, str], heads: list[Head]) -> None:
    from dpr.apps import inbox_view

    show_json(
        {
            "messages": [inbox_view.as_json(one) for one in held],
            "alarms": [inbox_view.alarm_json(one) for one in alarms],
            "relays": [{"origin": origin, "answers": not code, "code": code or None} for origin, code in relays.items()],
            "heads": [inbox_view.head_json(one) for one in heads],
        }
    )


def _show(held: list[Brought], alarms: list[Alarm], given: Context) -> None:
    from dpr.apps import inbox_view

    if not held:
        given.say("Inget har kommit.", "Nothing has come.")
    for one in held:
        show(inbox_view.line(one, given.language))
    for alarm in (one for one in alarms if not one.settled_at):
        for line in inbox_view.alarm_lines(inbox_view.alarm_json(alarm), given.language):
            show(line)


def _show_relays(relays: dict[str, str], given: Context) -> None:
    """Which relay did not answer: what lies there has not come."""
    from dpr.core.codes import words

    for origin, code in relays.items():
        if code:
            said = words(code)
            show(f"! {origin}: {said.sv if given.language == 'sv' else said.en} [{code}]")


def _follow(site: SiteFolder, given: Context, *, as_json: bool) -> None:
    """Shows what comes until it is interrupted: each message when it comes, and again when it is answered."""
    from dpr.apps import inbox_view, mail_service

    shown = {one.came.digest: len(one.came.answers) for one in _held(site)[0]}
    if not as_json:
        given.say("Väntar på meddelanden. Avbryt med Ctrl-C.", "Waiting for messages. Stop with Ctrl-C.")

    def look() -> None:
        for one in _held(site)[0]:
            if shown.get(one.came.digest) != len(one.came.answers):
                shown[one.came.digest] = len(one.came.answers)
                if as_json:
                    show_json(inbox_view.as_json(one), indent=None)
                else:
                    show(inbox_view.line(one, given.language))

    mail_service.run_and_look(site, look)
