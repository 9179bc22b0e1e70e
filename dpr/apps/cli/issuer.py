"""The commands of an issuer that give out credentials: issuer credential, credentials, renew; its keys (init, exchange-key,
use-key) are in dpr.apps.cli.issuer_keys, what comes after (list, revoke, suspend, lift, publish) in dpr.apps.cli.issuer_after.

Rules: credentials are shown by id and code, never by name. The key is FOLDER/key.pem, or what `--key` or DPR_ISSUER_KEY names.

Example: `dpr issuer credentials region people.csv --requests requests --out credentials`
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dpr.apps.cli import issuer_after, issuer_keys
from dpr.apps.cli.common import JSON, OK, REFUSED, Context, check_out, progress_bar, show, show_json, swedish_time

if TYPE_CHECKING:
    from dpr.apps.issuer_bulk import Report

issuer = typer.Typer(no_args_is_help=True, help="An issuer: a care provider, pharmacy company or veterinary organisation.")
FOLDER = typer.Argument(help="The issuer's folder.")
KEY = typer.Option(None, "--key", envvar="DPR_ISSUER_KEY", help="The issuer's key, where it is not FOLDER/key.pem.")
_MAX_DAYS = 400


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    issuer_keys.add_to(issuer)
    issuer_after.add_to(issuer)
    app.add_typer(issuer, name="issuer")


@issuer.command("credential", epilog="Example: dpr issuer credential region p.pem.request --holder p.json --out p.cbor")
def issuer_credential(
    context: typer.Context,
    folder: Path = FOLDER,
    request: Path = typer.Argument(help="The request made with the key (dpr key new)."),
    holder: Path = typer.Option(..., help="Who holds the key, as JSON (role, name, profession, …)."),
    out: Path = typer.Option(..., help="Where the credential goes."),
    days: int = typer.Option(90, min=1, max=_MAX_DAYS, help="How long it is valid."),
    again: str = typer.Option(
        "", metavar="REFERENCE", help="Where it was decided that this key, which was revoked, may count again; no name."
    ),
    key: str | None = KEY,
    as_json: bool = JSON,
) -> None:
    """Vouch for a person or a pharmacy who has shown to hold a key; the same key and holder again are a renewal."""
    from dpr.apps.issuer_folder import IssuerFolder

    check_out(out, inputs=[request, holder])
    given: Context = context.obj
    issuer_folder = IssuerFolder(folder, key=key)
    credential = issuer_folder.issue(request, holder, out, days=days, again=again, now=given.site().now())
    if as_json:
        show_json({"id": credential.id, "status_index": credential.status.idx, "file": str(out)})
    else:
        show(f"✓ {out}  id {credential.id}  status {credential.status.idx}")


@issuer.command("credentials", epilog="Example: dpr issuer credentials region people.csv --requests requests --out credentials")
def issuer_credentials(
    context: typer.Context,
    folder: Path = FOLDER,
    people: Path = typer.Argument(help="A table (CSV) with the columns of docs/howto-region.md, one line for each person."),
    requests: Path = typer.Option(..., help="The folder with the files that the column request names."),
    out: Path = typer.Option(..., help="The folder that the credentials go to."),
    days: int = typer.Option(90, min=1, max=_MAX_DAYS, help="How long they are valid."),
    skip_faulty: bool = typer.Option(False, "--skip-faulty", help="Issue for the other lines where some have faults."),
    key: str | None = KEY,
    as_json: bool = JSON,
) -> None:
    """Vouch for many at once. Nothing is issued where a line has a fault; run again, it goes on where it was broken off."""
    from dpr.apps.issuer_bulk import issue_all
    from dpr.apps.issuer_folder import IssuerFolder

    given: Context = context.obj
    with progress_bar(quiet=as_json) as progress:
        report = issue_all(
            IssuerFolder(folder, key=key),
            people,
            requests,
            out,
            days=days,
            skip_faulty=skip_faulty,
            progress=progress,
            now=given.site().now(),
        )
    _tell(report, given, out, as_json=as_json)


@issuer.command("renew", epilog="Example: dpr issuer renew region --out credentials --within-days 30")
def issuer_renew(
    context: typer.Context,
    folder: Path = FOLDER,
    out: Path = typer.Option(..., help="The folder that the credentials go to."),
    within_days: int | None = typer.Option(
        None, min=1, max=_MAX_DAYS, help="Who ends within so many days (30), or ended in the last 30; not with --until."
    ),
    days: int | None = typer.Option(None, min=1, max=_MAX_DAYS, help="How long they are valid; 90 where nothing is said."),
    until: datetime | None = typer.Option(
        None, parser=swedish_time, metavar="YYYY-MM-DD", help="Everybody until then, not --days."
    ),
    planned_outage: str | None = typer.Option(None, help="With --until: what it is for, such as a case number; no name."),
    max_days: int = typer.Option(_MAX_DAYS, min=1, max=_MAX_DAYS, help="The most that --until may ask for."),
    everybody: bool = typer.Option(False, "--all", help="Everybody in force: after the issuer's key was exchanged."),
    key: str | None = KEY,
    as_json: bool = JSON,
) -> None:
    """Give the same keys and holders another validity; never to what is revoked or suspended."""
    from dpr.apps.issuer_bulk import renew
    from dpr.apps.issuer_folder import IssuerFolder, validity, validity_until

    given: Context = context.obj
    if (until is None) != (planned_outage is None) or (until and (days or within_days)):
        expected = "--until goes with --planned-outage, and is for everybody: without --days and --within-days"
        raise typer.BadParameter(expected, param_hint="--until")
    now = given.site().now()
    lasting = validity(days or 90, int(now.timestamp()))
    if until is not None:
        lasting = validity_until(until.date(), planned_outage or "", int(now.timestamp()), max_days=max_days)
    with progress_bar(quiet=as_json) as progress:
        report = renew(
            IssuerFolder(folder, key=key),
            out,
            until=lasting,
            within_days=within_days or (30 if until is None else _MAX_DAYS),  # an outage concerns everybody
            everybody=everybody,
            progress=progress,
            now=now,
        )
    _tell(report, given, out, as_json=as_json)


def _tell(report: Report, given: Context, out: Path, *, as_json: bool) -> None:
    """What was issued and what was not; exit code 1 where lines were skipped for their faults."""
    from dpr.apps.cli.failing import fail
    from dpr.core.errors import InputError

    if as_json:
        show_json(_as_json(report, out))
    else:
        counts = len(report.issued), len(report.again), len(report.held)
        given.say(f"✓ {counts[0]} utfärdade i {out}", f"✓ {counts[0]} issued in {out}")
        if report.again:
            given.say(f"✓ {counts[1]} skrivna igen", f"✓ {counts[1]} written again")
        if report.held:
            given.say(f"  {counts[2]} hade redan sitt bevis", f"  {counts[2]} had theirs already")
    if report.problems and not as_json:
        fail(InputError("people_skipped", tuple(report.problems)), sys.argv[1:])
    raise typer.Exit(REFUSED if report.problems else OK)


def _as_json(report: Report, out: Path) -> dict[str, Any]:
    from dpr.apps.issuer_bulk import file_of
    from dpr.apps.issuer_listing import row

    def listed(all_done: list[Any]) -> list[dict[str, Any]]:
        shown = ("id", "status_index", "valid_until", "planned_outage")
        rows = [(line, one, row(one, 0)) for line, one in all_done]
        return [
            {"line": line, "file": str(out / file_of(one))} | {name: said[name] for name in shown} for line, one, said in rows
        ]

    names = ("path", "code", "wrong", "expected")
    return {
        "issued": listed(report.issued),
        "written_again": listed(report.again),
        "held_lines": report.held,
        "problems": [{name: getattr(one, name) for name in names} for one in report.problems],
    }
