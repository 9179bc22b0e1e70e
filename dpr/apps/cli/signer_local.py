"""The commands of a signing service's local accounts: open, close, create.

Example: `dpr signer local-accounts close signer.toml`
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dpr.apps.cli.common import Context, check_out, show

if TYPE_CHECKING:
    from dpr.apps.signer.accounts import LocalAccounts

local = typer.Typer(no_args_is_help=True, help="Local accounts, for while the identity provider is down.")
_CONFIG = typer.Argument(help="The settings, signer.toml.")


@local.command(
    "open", epilog='Example: dpr signer local-accounts open signer.toml --until 2026-11-22T08:00 --reason "IdP is down"'
)
def local_open(
    context: typer.Context,
    config: Path = _CONFIG,
    until: datetime = typer.Option(..., formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], help="Until when, in Swedish time."),
    reason: str = typer.Option(..., help="Why, for the log; no names."),
) -> None:
    """Open the local accounts until a time. The running service notices within seconds and writes it in its log."""
    from zoneinfo import ZoneInfo

    from dpr.core.text import fault

    instant = int(until.replace(tzinfo=ZoneInfo("Europe/Stockholm")).timestamp())
    given: Context = context.obj
    if instant <= int(given.site().now().timestamp()):
        raise typer.BadParameter("in the past", param_hint="--until")
    if not 3 <= len(reason) <= 200 or fault(reason):
        raise typer.BadParameter("3 to 200 characters", param_hint="--reason")
    _accounts(config).open_until(instant, reason)
    given.say(f"✓ Öppna till {until:%Y-%m-%d %H:%M}", f"✓ Open until {until:%Y-%m-%d %H:%M}")


@local.command("close", epilog="Example: dpr signer local-accounts close signer.toml")
def local_close(context: typer.Context, config: Path = _CONFIG) -> None:
    """Close the local accounts; every session ends."""
    _accounts(config).close()
    show("✓")


@local.command("create", epilog="Example: dpr signer local-accounts create signer.toml SE2321000016-A1B2 --out secret.txt")
def local_create(
    context: typer.Context,
    config: Path = _CONFIG,
    user: str = typer.Argument(help="The user as enrolled."),
    out: Path = typer.Option(..., help="The file for the first secret (0600), to be handed over and destroyed."),
) -> None:
    """Make a local account, or give it a new first secret, with which the prescriber chooses a password."""
    from dpr.adapters.key_files import write_new
    from dpr.apps.signer import notes
    from dpr.apps.signer.config import load
    from dpr.apps.signer.people import People
    from dpr.core.errors import SetupError

    settings = load(config)
    people = People(settings.path(settings.people)).read()
    if user not in people:
        raise SetupError("enrolment_unknown")
    check_out(out)
    write_new(out, b"")
    out.write_text(_accounts(config).create(user) + "\n", "utf-8")
    given: Context = context.obj
    notes.leave(settings.path(settings.log), given.site().now(), "local_account_created", label=people[user].label)
    show(f"✓ {out}")


def _accounts(config: Path) -> LocalAccounts:
    from dpr.apps.signer.accounts import LocalAccounts
    from dpr.apps.signer.config import load
    from dpr.core.errors import SetupError

    settings = load(config)
    if settings.local is None:
        raise SetupError("local_not_set_up", str(config))
    return LocalAccounts(settings.path(settings.local.folder))
