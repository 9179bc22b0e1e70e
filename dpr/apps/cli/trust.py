"""The commands for the trust data that a site holds: add, fetch, status, reset-clock, export.

Example: `dpr trust fetch --mirror https://listor.example/dpr`, then `dpr trust status`
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dpr.apps.cli.common import JSON, OK, REFUSED, Context, progress_bar, show_json

if TYPE_CHECKING:
    from dpr.flows.refresh import Refreshed

trust = typer.Typer(no_args_is_help=True, help="The trust data that this site holds.")
#: A loop comes back this much earlier or later, so that not every site asks in the same second.
_JITTER = 0.1


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(trust, name="trust")


@trust.command("add", epilog="Example: dpr trust add /media/usb --fingerprint '5c1e 09ab …'")
def trust_add(
    context: typer.Context,
    files: list[Path] = typer.Argument(help="A published folder or a stick, or single files: root, lists, credentials."),
    fingerprint: str = typer.Option(None, help="Of the first root, as the authority told it over another way."),
    as_json: bool = JSON,
) -> None:
    """Bring trust data into this site, by file or stick; only what verifies is kept, and nothing older than what is held."""
    from dpr.apps.cli.trust_words import show_outcomes
    from dpr.apps.site_trust import add

    given: Context = context.obj
    added = add(given.site(), files, fingerprint=fingerprint)
    rows = [(str(added.paths[one.place]), one.state, one.kind, one.code) for one in added.brought_in.outcomes]
    rows += [(str(path), "refused", "", error.code) for path, error in added.unreadable]
    if as_json:
        shown = [dict(zip(("file", "state", "kind", "code"), row, strict=True)) for row in rows]
        show_json({"installed": added.installed, "files": shown})
    else:
        if added.installed:
            groups = " ".join(added.installed[at : at + 4] for at in range(0, 64, 4))
            given.say(
                f"✓ Rotdokumentet är installerat. Fingeravtryck: {groups}", f"✓ The root is installed. Fingerprint: {groups}"
            )
        show_outcomes(rows, given.language)
    raise typer.Exit(REFUSED if any(state == "refused" for _, state, _, _ in rows) else OK)


@trust.command("fetch", epilog="Example: dpr trust fetch --every 60")
def trust_fetch(
    context: typer.Context,
    mirror: list[str] = typer.Option([], help="Base address of published lists; may be repeated. Else policy.toml's."),
    every: int = typer.Option(None, min=1, max=10_080, help="Again and again, so many minutes apart, until interrupted."),
    as_json: bool = JSON,
) -> None:
    """Fetch the latest lists; mirrors need not be trusted, and what is held stays in force until something newer verifies."""
    import random
    import sys
    import time

    from dpr.apps.cli.failing import fail
    from dpr.apps.site_trust import fetch
    from dpr.core.errors import DprError

    given: Context = context.obj
    for one in mirror:
        if not one.startswith(("http://", "https://")):
            raise typer.BadParameter("http:// or https://", param_hint="--mirror")
    while True:
        try:
            with progress_bar() as progress:
                done = fetch(given.site(), mirror, progress)
            code = _show_fetched(done, given, as_json=as_json)
        except DprError as error:
            if every is None:
                raise
            code = fail(error, sys.argv[1:])
        if every is None:
            raise typer.Exit(code)
        time.sleep(every * 60 * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311


def _show_fetched(done: Refreshed, given: Context, *, as_json: bool) -> int:
    """Says what a fetch brought; returns the exit code."""
    from dpr.apps.cli.trust_words import show_faults, show_nothing_fetched, show_outcomes

    outcomes = done.brought_in.outcomes if done.brought_in else ()
    failed = not done.answered or done.timed_out or any(not fault.mirror for fault in done.faults)
    refused = any(one.state == "refused" for one in outcomes)
    if as_json:
        show_json(
            {
                "answered": list(done.answered),
                "taken": [one.name for one in outcomes if one.state == "taken"],
                "refused": [{"name": one.name, "code": one.code} for one in outcomes if one.state == "refused"],
                "faults": [fault._asdict() for fault in done.faults],
                "timed_out": done.timed_out,
            }
        )
    else:
        show_outcomes([(one.name, one.state, one.kind, one.code) for one in outcomes if one.state != "held"], given.language)
        show_faults(done.faults, given.language)
        if not done.answered:
            show_nothing_fetched(given.language)
        elif not failed and not refused:
            given.say("✓ Allt är det senaste.", "✓ Everything is the latest.")
    return REFUSED if failed or refused else OK


@trust.command("status", epilog="Example: dpr trust status --all")
def trust_status(
    context: typer.Context,
    every_issuer: bool = typer.Option(False, "--all", help="Every issuer, not the ten worst."),
    acting: Path = typer.Option(None, "--as", help="The credential of the pharmacist at work."),
    as_json: bool = JSON,
) -> None:
    """What is held, how old it is, what may be dispensed by it now, and when that becomes worse.

    For monitoring: the exit code is 0 where ordinary prescriptions may be dispensed without a reason, 1 where they may not.
    """
    from dpr.apps.cli.status_words import show_status
    from dpr.apps.site_status import status_of

    given: Context = context.obj
    found = status_of(given.site(), every_issuer=every_issuer, acting=acting)
    if as_json:
        show_json(found)
    else:
        show_status(found, given, every_issuer=every_issuer)
    well = not found["error"] and found["classes"][0]["permission"] in ("yes", "warning")
    raise typer.Exit(OK if well else REFUSED)


@trust.command("reset-clock", epilog="Example: dpr trust reset-clock --as pharmacist.cbor --reason 'The clock was in 2036'")
def trust_reset_clock(
    context: typer.Context,
    acting: str = typer.Option(..., "--as", help="Who says so: a credential's file, its id, or a name."),
    reason: str = typer.Option(..., help="Why, in a few words."),
    to: str = typer.Option(None, help="The right time, such as 2026-11-21T12:00; else the computer's clock."),
) -> None:
    """Say that the time cannot be as late as lists have it. It is recorded in trust-log.jsonl, with who said it and why."""
    from dpr.apps.cli.trust_words import moment
    from dpr.apps.site_trust import reset_clock
    from dpr.core import days

    given: Context = context.obj
    site = given.site()
    floor = reset_clock(site, acting=acting, reason=reason, to=_local(to))
    at = moment(days.at(floor.instant).isoformat(), site.now().isoformat(), given.language)
    given.say(f"✓ Tiden är nu minst {at}", f"✓ The time is at least {at}")


def _local(written: str | None) -> int | None:
    """Swedish local time, unless the text names another zone."""
    from datetime import datetime

    from dpr.core.days import STOCKHOLM

    if written is None:
        return None
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise typer.BadParameter("such as 2026-11-21T12:00", param_hint="--to") from None
    return int((at if at.tzinfo else at.replace(tzinfo=STOCKHOLM)).timestamp())


@trust.command("export", epilog="Example: dpr trust export")
def trust_export(context: typer.Context) -> None:
    """What this site judges by, as JSON: for another verifier, such as js/."""
    from dpr.apps.site_trust import exported

    given: Context = context.obj
    show_json(exported(given.site()))
