"""The commands for the address book: dpr authority book check, draft, publish.

Rules: a recipient whose key cannot be used is left out by name, and the exit code says so; a line with a fault stops, as many
missing keys do, unless `--skip-faulty` is given. What is published says the same as what `dpr authority show` shows.

Example: `dpr authority book publish authority recipients.csv --mail-keys incoming --key online.pem`
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dpr.apps.cli.common import JSON, OK, REFUSED, Context, progress_bar, show, show_json

if TYPE_CHECKING:
    from datetime import datetime

    from dpr.apps.authority_book import Checked
    from dpr.apps.authority_folder import Authority
    from dpr.core.ceremony import Draft
    from dpr.core.errors import Problem

book = typer.Typer(no_args_is_help=True, help="The address book: where messages go, and what they are sealed to.")
_FOLDER = typer.Argument(help="The authority's folder.")
_TABLE = typer.Argument(help="A table (CSV) with the columns of docs/howto-authority.md, one line for each recipient.")
_MAIL_KEYS = typer.Option(..., help="The folder with the files that recipients publish (dpr mail-key publish).")
_SKIP = typer.Option(False, "--skip-faulty", help="Publish the others where lines have faults or many keys are missing.")
_NEXT = typer.Option(14, min=1, max=400, help="When the next edition is due at the latest.")
_CLOCK = typer.Option(False, "--clock-was-ahead", help="The edition before has its date from a clock that was ahead.")
#: A key that counts no more within so long is named.
_SOON_DAYS = 30


def add_to(authority: typer.Typer) -> None:
    """Adds the commands to `dpr authority`."""
    authority.add_typer(book, name="book")


@book.command("check", epilog="Example: dpr authority book check authority recipients.csv --mail-keys incoming")
def book_check(
    context: typer.Context,
    folder: Path = _FOLDER,
    table: Path = _TABLE,
    mail_keys: Path = _MAIL_KEYS,
    as_json: bool = JSON,
) -> None:
    """Say of every recipient whether it would be in the next address book, and whose key ends soon. Publishes nothing."""
    given: Context = context.obj
    checked, problems = _checked(given, folder, table, mail_keys, quiet=as_json)
    _tell(given, checked, problems, as_json=as_json)


@book.command("draft", epilog="Example: dpr authority book draft authority recipients.csv --mail-keys incoming")
def book_draft(
    context: typer.Context,
    folder: Path = _FOLDER,
    table: Path = _TABLE,
    mail_keys: Path = _MAIL_KEYS,
    skip_faulty: bool = _SKIP,
    next_update_days: int = _NEXT,
    clock_was_ahead: bool = _CLOCK,
) -> None:
    """Draft the next address book, for an online key that is on another machine: dpr authority sign, then merge."""
    from dpr.apps.authority_folder import Authority
    from dpr.apps.ceremony_words import groups

    given: Context = context.obj
    checked, problems = _checked(given, folder, table, mail_keys)
    _refuse(checked, problems, skip_faulty=skip_faulty)
    made = _draft(given, folder, checked, next_update_days, clock_was_ahead=clock_was_ahead)
    show(f"✓ {Authority(folder).keep_draft(made)}")
    given.say("Fingeravtryck, att läsa upp:", "Fingerprint, to be read out:")
    show(f"  {groups(made.fingerprint)}")
    _tell(given, checked, problems)


@book.command("publish", epilog="Example: dpr authority book publish authority recipients.csv --mail-keys incoming")
def book_publish(
    context: typer.Context,
    folder: Path = _FOLDER,
    table: Path = _TABLE,
    mail_keys: Path = _MAIL_KEYS,
    key: list[str] = typer.Option([], help="The online key; keys/online.pem in the folder unless named."),
    skip_faulty: bool = _SKIP,
    next_update_days: int = _NEXT,
    clock_was_ahead: bool = _CLOCK,
) -> None:
    """Sign the next address book with the online key: for cron, before the snapshot. Nothing where it would say the same."""
    from dpr.apps import authority_book
    from dpr.apps.authority_folder import Authority
    from dpr.apps.signers import open_signer

    given: Context = context.obj
    authority = Authority(folder)
    checked, problems = _checked(given, folder, table, mail_keys)
    _refuse(checked, problems, skip_faulty=skip_faulty)
    now = given.site().now()
    if authority_book.is_news(authority, checked.entries, next_update_days=next_update_days, now=now):
        signers = [open_signer(one) for one in key] or [open_signer(str(folder / "keys" / "online.pem"))]
        made = _draft(given, folder, checked, next_update_days, clock_was_ahead=clock_was_ahead)
        merged = authority_book.publish(authority, made, signers, clock_was_ahead=clock_was_ahead)
        _published(given, authority, merged.document, made)
    else:
        given.say(
            "= Adressboken säger detsamma som den som är publicerad.", "= The address book says the same as the one published."
        )
    _tell(given, checked, problems)


def _published(given: Context, authority: Authority, document: bytes, made: Draft) -> None:
    size = f"{len(document) / 1e6:.2f} MB"
    show(f"✓ {authority.published.path('address-book')}  version {made.edition.version}  {size}")
    given.say(
        "  Apoteken får veta det med nästa dpr authority snapshot.", "  Sites hear of it with the next dpr authority snapshot."
    )


def _checked(
    given: Context, folder: Path, table: Path, mail_keys: Path, *, quiet: bool = False
) -> tuple[Checked, list[Problem]]:
    from dpr.apps import authority_book, book_csv
    from dpr.apps.authority_folder import Authority

    authority = Authority(folder)
    found = book_csv.read(table, authority.published.root().content.environment)
    with progress_bar(quiet=quiet) as progress:
        checked = authority_book.check(authority, found.rows, mail_keys, now=given.site().now(), progress=progress)
    return checked, found.problems


def _refuse(checked: Checked, problems: list[Problem], *, skip_faulty: bool) -> None:
    from dpr.apps.authority_book import refuse_too_few
    from dpr.core.errors import InputError

    if skip_faulty:
        return
    if problems:
        raise InputError("book_invalid", tuple(problems))
    refuse_too_few(checked)


def _draft(given: Context, folder: Path, checked: Checked, days: int, *, clock_was_ahead: bool) -> Draft:
    from dpr.apps import authority_book
    from dpr.apps.authority_folder import Authority

    now = given.site().now()
    return authority_book.draft(
        Authority(folder), checked.entries, next_update_days=days, now=now, clock_was_ahead=clock_was_ahead
    )


def _tell(given: Context, checked: Checked, problems: list[Problem], *, as_json: bool = False) -> None:
    """Who is in the book and who is not; exit code 1 where somebody is left out."""
    from dpr.apps.cli.failing import fail
    from dpr.core.errors import InputError

    now = given.site().now()
    if as_json:
        show_json(_as_json(checked, problems))
    else:
        given.say(f"  {len(checked.entries)} mottagare", f"  {len(checked.entries)} recipients")
        _tell_left_out(given, checked)
        _tell_ending(given, checked, now)
        if problems:
            fail(InputError("book_skipped", tuple(problems)), sys.argv[1:])
    raise typer.Exit(REFUSED if checked.left_out or problems else OK)


def _tell_left_out(given: Context, checked: Checked) -> None:
    from dpr.core.codes import words

    for one in checked.left_out:
        told = words(one.error.code)
        queue = one.row.entry.queue
        given.say(f"! Inte med: {queue} (rad {one.row.line})  {told.sv} [{one.error.code}]",
                  f"! Left out: {queue} (line {one.row.line})  {told.en} [{one.error.code}]")  # fmt: skip
    for ignored in checked.ignored:
        given.say(f"! Ingen nyckel: {ignored.path} [{ignored.error.code}]", f"! No key: {ignored.path} [{ignored.error.code}]")


def _tell_ending(given: Context, checked: Checked, now: datetime) -> None:
    from dpr.core import days

    soon = now.timestamp() + _SOON_DAYS * 86_400
    ending = sorted((end, entry.queue) for entry, end in zip(checked.entries, checked.ends, strict=True) if end < soon)
    for end, queue in ending:
        at = days.shown(end)
        given.say(f"! Nyckeln upphör {at}: {queue}", f"! Its key ends {at}: {queue}")


def _as_json(checked: Checked, problems: list[Problem]) -> dict[str, Any]:
    from dpr.core import days

    return {
        "entries": [
            {"queue": entry.queue, "key_ends": days.at(end).isoformat()}
            for entry, end in zip(checked.entries, checked.ends, strict=True)
        ],
        "left_out": [{"line": one.row.line, "queue": one.row.entry.queue, "code": one.error.code} for one in checked.left_out],
        "no_keys": [{"file": str(one.path), "code": one.error.code} for one in checked.ignored],
        "problems": [{name: getattr(one, name) for name in ("path", "code", "wrong", "expected")} for one in problems],
    }
