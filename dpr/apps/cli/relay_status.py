"""How it stands with the relays that this site uses, and the end of an alarm: relay status, relay settle.

Rules: for monitoring: exit code 0 where every relay answers, the service runs, nothing waits for long and no alarm is open;
else 1, and `faults` says which. An alarm is settled by somebody who is named, and is kept with its evidence.

Example: `dpr relay status`
"""

from __future__ import annotations

from typing import Any

import typer

from dpr.apps.cli.common import JSON, OK, REFUSED, Context, show, show_json

#: A clock that differs by more is said.
_CLOCK_SECONDS = 60
_NAME_SIGNS = 100


def status(
    context: typer.Context,
    waiting_minutes: int = typer.Option(10, min=1, help="A message that no relay has taken for longer is a fault."),
    as_json: bool = JSON,
) -> None:
    """Which relays answer this site now, what waits to be sent, whether the service runs, and every alarm."""
    from dpr.apps.relay_status import status_of

    given: Context = context.obj
    found = status_of(given.site(), waiting_minutes=waiting_minutes)
    if as_json:
        show_json(found)
    else:
        _show(found, given)
    raise typer.Exit(REFUSED if found["faults"] else OK)


def settle(
    context: typer.Context,
    alarm: str = typer.Argument(metavar="ID", help="The alarm, by the beginning of its id."),
    by: str = typer.Option(..., "--by", help="Who has looked into it; kept with the alarm."),
    as_json: bool = JSON,
) -> None:
    """Say that an alarm has been looked into: it fails no command any more. Its evidence is kept for 180 days from then."""
    from dpr.apps.inbox_view import alarm_json, alarm_lines, found_alarm
    from dpr.apps.sending import mail_db

    given: Context = context.obj
    site = given.site()
    if not by.strip() or len(by) > _NAME_SIGNS:
        raise typer.BadParameter(f"1-{_NAME_SIGNS}", param_hint="--by")
    with mail_db(site) as db:
        digest = found_alarm(db.inbox, alarm).digest
        db.inbox.settle(digest, by=by.strip(), now=int(site.now().timestamp()))
        settled = found_alarm(db.inbox, digest.hex())
    if as_json:
        show_json(alarm_json(settled))
        return
    for line in alarm_lines(alarm_json(settled), given.language):
        show(line)


def _show(found: dict[str, Any], given: Context) -> None:
    from dpr.apps.inbox_view import alarm_lines
    from dpr.core.codes import words

    for one in found["relays"]:
        if one["answers"]:
            given.say(
                f"✓ {one['origin']}  {one['relay']} ({one['operator']}) svarar{_clock(one, 'klockan')}",
                f"✓ {one['origin']}  {one['relay']} ({one['operator']}) answers{_clock(one, 'its clock')}",
            )
        else:
            said = words(one["code"])
            show(f"✗ {one['origin']}  {said.sv if given.language == 'sv' else said.en} [{one['code']}]{_contact(one, given)}")
    if not found["relays"]:
        given.say(
            "✗ Inga förmedlare: adressboken och mail_relays är tomma.", "✗ No relays: address book and mail_relays are empty."
        )
    _show_service(found, given)
    show_warnings(found["warnings"], given)
    for alarm in found["alarms"]:
        for line in alarm_lines(alarm, given.language):
            show(line)


def show_warnings(codes: list[str], given: Context) -> None:
    """What is to be seen to while there is time; it fails nothing."""
    from dpr.core.codes import words

    for code in codes:
        said = words(code)
        given.say(f"! {said.sv} [{code}]", f"! {said.en} [{code}]")
        given.say(f"  → {said.do_sv}", f"  → {said.do_en}")


def _clock(one: dict[str, Any], words: str) -> str:
    ahead = one["clock_ahead_seconds"]
    return f", {words} {ahead:+d} s" if abs(ahead) > _CLOCK_SECONDS else ""


def _contact(one: dict[str, Any], given: Context) -> str:
    from dpr.apps.receipt_words import moment

    if not one["last_contact"]:
        return ""
    return f" · {'senaste kontakt' if given.language == 'sv' else 'last contact'} {moment(one['last_contact'])}"


def _show_service(found: dict[str, Any], given: Context) -> None:
    from dpr.core.codes import words

    service, outbox = found["service"], found["outbox"]
    if service is not None:
        given.say(f"✓ Tjänsten går (process {service['pid']})", f"✓ The service runs (process {service['pid']})")
        if service["code"]:
            said = words(service["code"])
            show(f"✗ {said.sv if given.language == 'sv' else said.en} [{service['code']}]")
        if service["deferred"]:
            given.say(
                f"! {service['deferred']} meddelanden som kom kunde inte tas emot än: de ligger kvar hos förmedlaren",
                f"! {service['deferred']} messages that came could not be taken yet: they stay at the relay",
            )
    else:
        given.say("✗ Tjänsten går inte: dpr mail serve", "✗ The service does not run: dpr mail serve")
    mark = "✗ " if "messages_waiting" in found["faults"] else ""
    given.say(
        f"{mark}Att skicka: {outbox['waiting']} utan kvittens, {outbox['open']} på väg",
        f"{mark}To be sent: {outbox['waiting']} without a receipt, {outbox['open']} under way",
    )
