"""The commands of a signing service: serve, enrol, import, list, disable, local accounts, log.

Example: `dpr signer serve signer.toml`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dpr.apps.cli.common import JSON, OK, REFUSED, Context, show, show_json
from dpr.apps.cli.signer_local import local

if TYPE_CHECKING:
    from dpr.apps.signer.config import Settings

signer = typer.Typer(no_args_is_help=True, help="A signing service: prescribers' keys in an HSM (docs/signing-service.md).")
log = typer.Typer(no_args_is_help=True, help="The log of what was signed.")
_CONFIG = typer.Argument(help="The settings, signer.toml.")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    signer.add_typer(local, name="local-accounts")
    signer.add_typer(log, name="log")
    app.add_typer(signer, name="signer")


@signer.command("serve", epilog="Example: dpr signer serve signer.toml")
def serve(context: typer.Context, config: Path = _CONFIG) -> None:
    """Run the signing service until it is terminated."""
    import logging

    from dpr.apps.signers import open_key_store
    from dpr.core.errors import SetupError

    try:
        from dpr.apps.signer.running import run
    except ModuleNotFoundError as error:
        raise SetupError("signer_not_installed", error.name or "") from None
    settings = _settings(config)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    run(settings, open_key_store(settings.keys), say=show)


@signer.command("enrol", epilog="Example: dpr signer enrol signer.toml people.csv --requests requests")
def enrol_(
    context: typer.Context,
    config: Path = _CONFIG,
    table: Path = typer.Argument(help="Who: a table with the columns of docs/signing-service.md."),
    requests: Path = typer.Option(..., help="The folder for the requests and people.csv that the issuer gets."),
) -> None:
    """Make keys for prescribers, and the requests for their credentials. Run it again where it was broken off."""
    from dpr.apps.signer.enrolment import enrol, read_table
    from dpr.apps.signer.people import People
    from dpr.apps.signers import open_key_store

    given: Context = context.obj
    settings = _settings(config)
    entries = read_table(table)
    store = open_key_store(settings.keys)
    with _progress(given, len(entries)) as tell:
        done = enrol(People(settings.path(settings.people)), entries, store, requests, tell=tell)
    _changed(given, settings, "enrolled", people=done.people, made=done.made)
    given.say(
        f"✓ {done.people} förskrivare, {done.made} nya nycklar → {done.table}",
        f"✓ {done.people} prescribers, {done.made} new keys → {done.table}",
    )


@signer.command("import", epilog="Example: dpr signer import signer.toml credentials")
def import_(
    context: typer.Context,
    config: Path = _CONFIG,
    folder: Path = typer.Argument(help="The folder with the credentials (*.cbor) that came from the issuer."),
) -> None:
    """Take the credentials that the issuer gave; a running service uses them at once."""
    import sys

    from dpr.apps.cli.failing import fail
    from dpr.apps.compose import SiteFolder
    from dpr.apps.signer.enrolment import import_credentials
    from dpr.apps.signer.people import People
    from dpr.core.errors import SetupError

    given: Context = context.obj
    settings = _settings(config)
    paths = sorted(folder.glob("*.cbor"))
    if not paths:
        raise SetupError("file_missing", f"{folder}/*.cbor")
    trust = SiteFolder(settings.path(settings.site)).trust()
    with _progress(given, len(paths)) as tell:
        done = import_credentials(People(settings.path(settings.people)), paths, trust, tell=tell)
    _changed(given, settings, "imported", taken=done.taken, refused=len(done.refused))
    for path, error in done.refused:
        print(f"✗ {path.name}", file=sys.stderr)
        fail(error, sys.argv[1:])
    given.say(
        f"{'✗' if done.refused else '✓'} {done.taken} tagna, {done.older} redan inlästa, {len(done.refused)} avvisade",
        f"{'✗' if done.refused else '✓'} {done.taken} taken, {done.older} held already, {len(done.refused)} refused",
    )
    raise typer.Exit(REFUSED if done.refused else OK)


@signer.command("list", epilog="Example: dpr signer list signer.toml")
def list_(context: typer.Context, config: Path = _CONFIG, as_json: bool = JSON) -> None:
    """Who is enrolled: key label, credential and until when; no names."""
    from datetime import UTC

    from dpr.apps.signer.people import People

    people = People(_settings(config).path(_settings(config).people)).read()
    rows = [
        {
            "label": person.label,
            "id": person.id,
            "valid_until": datetime.fromtimestamp(person.valid_until, UTC).isoformat() if person.credential else None,
            "disabled": person.disabled,
        }
        for person in people.values()
    ]
    if as_json:
        show_json(rows)
        return
    for row in rows:
        marks = ["disabled"] if row["disabled"] else []
        show("  ".join([str(row["label"]), str(row["id"]) or "-", str(row["valid_until"] or "-"), *marks]))


@signer.command("disable", epilog="Example: dpr signer disable signer.toml rx-0123456789ab")
def disable(
    context: typer.Context,
    config: Path = _CONFIG,
    who: str = typer.Argument(help="The user as enrolled, or the key's label."),
    enable: bool = typer.Option(False, "--enable", help="Let them sign again."),
) -> None:
    """Sign nothing more for a prescriber, at once. The credential stays valid until its issuer revokes it."""
    from dpr.apps.signer.people import People
    from dpr.core.errors import SetupError

    settings = _settings(config)
    people = People(settings.path(settings.people))
    with people.alone() as held:
        found = [person for person in held.values() if who in (person.user, person.label)]
        if not found:
            raise SetupError("enrolment_unknown")
        found[0].disabled = not enable
        people.keep(held)
    _changed(context.obj, settings, "enabled" if enable else "disabled", label=found[0].label)
    show(f"✓ {found[0].label}")


@log.command("verify", epilog="Example: dpr signer log verify log --expect 1204:9f86d081884c7d65")
def log_verify(
    context: typer.Context,
    folder: Path = typer.Argument(help="The folder of the log."),
    begin: int = typer.Option(0, "--from", help="The number of the first line, where older files are archived."),
    expect: str = typer.Option("", help="SEQUENCE:DIGEST of a line noted earlier, which must still be there."),
    as_json: bool = JSON,
) -> None:
    """Find lines of the log that were removed or altered. What the last line is, is shown: note it elsewhere."""
    import re

    from dpr.apps.signer.log_lines import check
    from dpr.core.errors import StorageError

    noted = re.fullmatch(r"(\d{1,12}):([0-9a-f]{16,64})", expect)
    if expect and noted is None:
        raise typer.BadParameter("SEQUENCE:DIGEST, the digest with at least 16 digits", param_hint="--expect")
    found = check(folder, expected=(int(noted[1]), noted[2]) if noted else None, begin=begin or None)
    if found.first != 1 and not begin:
        raise StorageError("signer_log_begins_late", f"line {found.first}")
    if as_json:
        head = {"sequence": found.head.sequence, "digest": found.head.digest}
        show_json({"first": found.first, "last": head, "signed": found.signed})
        return
    given: Context = context.obj
    given.say(
        f"✓ Rad {found.first} till {found.head.sequence}, {found.signed} signaturer, inget saknas",
        f"✓ Lines {found.first} to {found.head.sequence}, {found.signed} signatures, nothing missing",
    )
    show(f"{found.head.sequence}:{found.head.digest}")


def _changed(given: Context, settings: Settings, event: str, **fields: str | int) -> None:
    """Says to the running service's log what was done, and makes sure that its user can read it. SetupError, StorageError."""
    from dpr.apps.signer import notes, owned

    log = settings.path(settings.log)
    owned.require_readable(settings.path(settings.people) / "people.json", log / ".lock")
    notes.leave(log, given.site().now(), event, **fields)


def _settings(config: Path) -> Settings:
    from dpr.apps.signer.config import load

    return load(config)


@contextmanager
def _progress(given: Context, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("dpr", total=total)
        yield lambda done: bar.update(task, completed=done)
