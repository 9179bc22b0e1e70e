"""The commands of a relay: new, check, serve, and of its store; and status and settle, of the relays that a site uses.

Example: `dpr relay serve relay.toml`
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dpr.apps.cli.common import JSON, OK, REFUSED, Context, show, show_json
from dpr.apps.cli.relay_status import settle, status
from dpr.apps.cli.relay_store import add_store_to

if TYPE_CHECKING:
    from dpr.apps.relay.config import Settings

relay = typer.Typer(no_args_is_help=True, help="A relay: takes sealed messages and hands them over (docs/howto-relay.md).")
_CONFIG = typer.Argument(help="The settings, relay.toml.")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    relay.command("status", epilog="Example: dpr relay status")(status)
    relay.command("settle", epilog='Example: dpr relay settle 5f0c --by "Anna, drift"')(settle)
    add_store_to(relay, _settings, _installed)
    app.add_typer(relay, name="relay")


@relay.command("serve", epilog="Example: dpr relay serve relay.toml")
def serve(context: typer.Context, config: Path = _CONFIG) -> None:
    """Run the relay until it is terminated. The log is on standard error: a JSON object a line."""
    with _installed():
        from dpr.apps.relay.running import run
    run(_settings(config), say=show)


@relay.command("new", epilog="Example: dpr relay new relay --origin https://relay.example")
def new(
    context: typer.Context,
    folder: Path = typer.Argument(help="The relay's folder; it is made."),
    origin: str = typer.Option(..., help="As nodes dial it: https://name, or https://name:port."),
    environment: str = typer.Option("production", help="production or test."),
) -> None:
    """Write the settings of a relay, every one with what it is for, and make its store."""
    from dpr.adapters.clock import system_clock
    from dpr.apps.relay.template import write

    with _installed():
        from dpr.apps.relay.stores import make_store

    if environment not in ("production", "test"):
        raise typer.BadParameter("production or test", param_hint="--environment")
    given: Context = context.obj
    path = write(folder, origin=origin, environment=environment)
    make_store(_settings(path), int(system_clock().timestamp()))
    given.say(f"✓ {path}: nyckel, bevis och listor saknas än", f"✓ {path}: key, credential and lists are still missing")


@relay.command("check", epilog="Example: dpr relay check relay.toml")
def check(context: typer.Context, config: Path = _CONFIG, as_json: bool = JSON) -> None:
    """Look over everything that the relay needs, without running it."""
    from dpr.core.codes import CODES

    with _installed():
        from dpr.apps.relay.checking import Grade, look

    given: Context = context.obj
    found = list(look(_settings(config)))
    if as_json:
        show_json([one._asdict() | {"grade": one.grade.value} for one in found])
    else:
        for one in found:
            sign = {Grade.GOOD: "✓", Grade.WARN: "!", Grade.STOP: "✗"}[one.grade]
            words = CODES[one.code] if one.code else None
            said = (words.sv if given.language == "sv" else words.en) if words else ""
            coded = f"{said} [{one.code}]" if one.code else ""
            show("  ".join(part for part in (f"{sign} {one.part}", coded, one.detail) if part))
            if words and (action := words.do_sv if given.language == "sv" else words.do_en):
                show(f"  → {action}")
    raise typer.Exit(REFUSED if any(one.grade is Grade.STOP for one in found) else OK)


@contextmanager
def _installed() -> Iterator[None]:
    """SetupError `relay_not_installed` where something is not."""
    from dpr.core.errors import SetupError

    try:
        yield
    except ModuleNotFoundError as error:
        raise SetupError("relay_not_installed", error.name or "") from None


def _settings(config: Path) -> Settings:
    from dpr.apps.relay.config import load

    return load(config)
