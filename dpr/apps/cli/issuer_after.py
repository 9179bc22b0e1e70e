"""The commands of an issuer for credentials that are out: issuer list, revoke, suspend, lift, publish.

Rules: somebody is shown by id and code, never by name. A decision counts from the next `dpr issuer publish`, which every
command that makes one says.

Example: `dpr issuer revoke region 1f2e3d4c5b6a7988 --reason key_compromised --reference CASE-18`
"""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dpr.apps.cli import issuer_notes
from dpr.apps.cli.common import JSON, TIME, Context, show, show_json, swedish_time

if TYPE_CHECKING:
    from dpr.apps.issuer_entries import Given

_FOLDER = typer.Argument(help="The issuer's folder.")
_WHICH = typer.Argument(metavar="CREDENTIAL", help="The credential's file, or the id that dpr issuer list shows.")
_REFERENCE = typer.Option("", help="Where it was decided, such as a case number; no name.")
_REASONS = "key_compromised, right_withdrawn, employment_ended, wrong_details, replaced or other"


def add_to(issuer: typer.Typer) -> None:
    """Adds the commands."""
    issuer.command("list", epilog="Example: dpr issuer list region --expiring-days 30")(issuer_list)
    issuer.command("revoke", epilog="Example: dpr issuer revoke region p.cbor --reason employment_ended")(issuer_revoke)
    issuer.command("suspend", epilog="Example: dpr issuer suspend region p.cbor --reference CASE-19")(issuer_suspend)
    issuer.command("lift", epilog="Example: dpr issuer lift region p.cbor --reference CASE-19")(issuer_lift)
    issuer.command("publish", epilog="Example: dpr issuer publish region")(issuer_publish)


def issuer_list(
    context: typer.Context,
    folder: Path = _FOLDER,
    expiring_days: int | None = typer.Option(None, min=1, max=4000, help="Just those to be renewed within so many days."),
    holder: str = typer.Option("", help="Just those whose name, prescriber code or GLN has this in it."),
    as_json: bool = JSON,
) -> None:
    """List what was given out: id, role, prescriber code or GLN, status, until when."""
    from dpr.apps.issuer_folder import IssuerFolder
    from dpr.apps.issuer_listing import rows, words

    given: Context = context.obj
    found = rows(IssuerFolder(folder), now=given.site().now(), expiring_days=expiring_days, holder=holder)
    if as_json:
        show_json(found)
        return
    for row in found:
        show(words(row, given.language))


def issuer_revoke(
    context: typer.Context,
    folder: Path = _FOLDER,
    which: str = _WHICH,
    reason: str = typer.Option("other", help=f"{_REASONS}."),
    begins: datetime | None = typer.Option(
        None, "--from", parser=swedish_time, metavar=TIME, help="From when on, Swedish time; from this moment where left out."
    ),
    reference: str = _REFERENCE,
) -> None:
    """Revoke for good, from an instant on. A stolen key, a right withdrawn or an employment ended takes all credentials of the
    key; for other reasons it is said which stay in force."""
    from dpr.apps.issuer_decisions import revoke
    from dpr.apps.issuer_folder import IssuerFolder
    from dpr.core.revocation import Reason

    given: Context = context.obj
    if reason.upper() not in Reason.__members__:
        raise typer.BadParameter(_REASONS, param_hint="--reason")
    now = given.site().now()
    changed = revoke(
        IssuerFolder(folder),
        which,
        revoked_from=int(begins.timestamp()) if begins else None,
        reason=Reason[reason.upper()],
        reference=reference,
        now=now,
    )
    _tell(changed, folder, given, now)


def issuer_suspend(context: typer.Context, folder: Path = _FOLDER, which: str = _WHICH, reference: str = _REFERENCE) -> None:
    """Suspend a credential until that is lifted."""
    from dpr.apps.issuer_decisions import suspend
    from dpr.apps.issuer_folder import IssuerFolder

    given: Context = context.obj
    now = given.site().now()
    _tell(suspend(IssuerFolder(folder), which, reference=reference, now=now), folder, given, now)


def issuer_lift(context: typer.Context, folder: Path = _FOLDER, which: str = _WHICH, reference: str = _REFERENCE) -> None:
    """Lift the suspension of a credential."""
    from dpr.apps.issuer_decisions import lift
    from dpr.apps.issuer_folder import IssuerFolder

    given: Context = context.obj
    now = given.site().now()
    _tell(lift(IssuerFolder(folder), which, reference=reference, now=now), folder, given, now)


def issuer_publish(
    context: typer.Context,
    folder: Path = _FOLDER,
    bits: int = typer.Option(2, min=1, max=2, help="Bits for each entry; with 1 nothing can be suspended."),
    clock_was_ahead: bool = typer.Option(
        False, "--clock-was-ahead", help="The lists before were dated by a clock that was ahead; date these now."
    ),
    key: str | None = typer.Option(None, envvar="DPR_ISSUER_KEY", help="The issuer's key, where it is not FOLDER/key.pem."),
    as_json: bool = JSON,
) -> None:
    """Sign the status list and the revocations into FOLDER/published, for a web server or a stick."""
    from dpr.apps.issuer_folder import IssuerFolder
    from dpr.apps.issuer_lists import publish

    given: Context = context.obj
    now = given.site().now()
    done = publish(IssuerFolder(folder, key=key), bits=bits, clock_was_ahead=clock_was_ahead, now=now)
    if as_json:
        show_json(issuer_notes.as_json(done, now))
        return
    for path in done.paths:
        show(f"✓ {path}")
    given.say(
        f"  {done.revoked} spärrade, {done.revoked_later} spärras senare, {done.suspended} vilande",
        f"  {done.revoked} revoked, {done.revoked_later} to be revoked later, {done.suspended} suspended",
    )
    issuer_notes.tell(done.notes, given, now)


def _tell(changed: list[Given], folder: Path, given: Context, now: datetime) -> None:
    from dpr.apps.issuer_folder import IssuerFolder
    from dpr.apps.issuer_listing import row, words

    for one in changed:
        show(words(row(one, int(now.timestamp())), given.language))
    if any(one.status for one in changed):
        issuer_notes.tell_stays(IssuerFolder(folder), changed, given, now)
    command = f"dpr issuer publish {shlex.quote(str(folder))}"
    given.say(f"Gäller från nästa: {command}", f"Counts from the next: {command}")
