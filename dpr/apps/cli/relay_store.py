"""The commands of a relay's store: store, backup, move, restore (docs/relay-operations.md).

Example: `dpr relay backup relay.toml /backup/relay-friday.db`
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dpr.apps.cli.common import JSON, Context, show_json

if TYPE_CHECKING:
    from dpr.apps.relay.config import Settings

_CONFIG = typer.Argument(help="The settings, relay.toml.")


def add_store_to(
    app: typer.Typer, settings_of: Callable[[Path], Settings], installed: Callable[[], AbstractContextManager[None]]
) -> None:
    """Adds the commands. `settings_of`: reads relay.toml; `installed`: names what is not."""

    @app.command("store", epilog="Example: dpr relay store relay.toml")
    def store(context: typer.Context, config: Path = _CONFIG, as_json: bool = JSON) -> None:
        """Make the empty SQLite store of a relay that never had one."""
        from dpr.adapters.clock import system_clock

        with installed():
            from dpr.apps.relay.stores import make_store
        path = make_store(settings_of(config), int(system_clock().timestamp()))
        _say(context, as_json, path, 0, 0)

    @app.command("backup", epilog="Example: dpr relay backup relay.toml /backup/relay-friday.db")
    def backup(
        context: typer.Context,
        config: Path = _CONFIG,
        target: Path = typer.Argument(help="The copy; one that is there is replaced."),
        as_json: bool = JSON,
    ) -> None:
        """Copy the SQLite store while the relay runs. The copy is older than the last receipt the moment it is made."""
        with installed():
            from dpr.apps.relay.stores import back_up
        counted = back_up(settings_of(config), target)
        _say(context, as_json, target, counted.held, counted.held_bytes)

    @app.command("move", epilog="Example: dpr relay move relay.toml")
    def move(context: typer.Context, config: Path = _CONFIG, as_json: bool = JSON) -> None:
        """Close the SQLite store of a stopped relay for good, so that its one file can go on elsewhere."""
        with installed():
            from dpr.apps.relay.stores import move as move_store
        settings = settings_of(config)
        counted = move_store(settings)
        _say(context, as_json, settings.store_file, counted.held, counted.held_bytes)

    @app.command("restore", epilog="Example: dpr relay restore relay.toml /backup/relay-friday.db")
    def restore(
        context: typer.Context,
        config: Path = _CONFIG,
        copy: Path | None = typer.Argument(None, help="What backup or move made; none for PostgreSQL."),
        moved: bool = typer.Option(False, "--moved", help="It was closed with move: go on under the relay's own name."),
        as_json: bool = JSON,
    ) -> None:
        """Make the relay's store from a copy: of a backup under a new name, which the credential in relay.toml has."""
        from dpr.adapters.clock import system_clock

        with installed():
            from dpr.apps.relay.running import open_parts
            from dpr.apps.relay.stores import restore as restore_store
        settings = settings_of(config)
        identity = None if moved else open_parts(settings).identity
        held, held_bytes = restore_store(settings, copy, identity, int(system_clock().timestamp()))
        _say(context, as_json, settings.store_file, held, held_bytes)


def _say(context: typer.Context, as_json: bool, path: Path | None, held: int, held_bytes: int) -> None:
    if as_json:
        show_json({"store": None if path is None else str(path), "held": held, "held_bytes": held_bytes})
        return
    given: Context = context.obj
    where = "PostgreSQL" if path is None else path
    given.say(f"✓ {where}: {held} meddelanden, {held_bytes} byte", f"✓ {where}: {held} messages, {held_bytes} bytes")
