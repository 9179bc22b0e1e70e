"""The commands for the address book that a site holds: book search, book show.

Rules: what is typed is a GLN, or parts of names and places, without case or accents. The book says where; whether its key may
be sealed to is judged by the lists that this site holds, as when something is sent.

Example: `dpr book search larkan`
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from dpr.apps.cli.common import JSON, OK, REFUSED, Context, age_words, show, show_json

if TYPE_CHECKING:
    from dpr.apps.compose import SiteFolder
    from dpr.core.mail.address_book import AddressBook, Entry

book = typer.Typer(no_args_is_help=True, help="The address book: whom messages can be sent to.")
_WHO = typer.Argument(metavar="WHO", help="A GLN, or parts of a name and a place.")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(book, name="book")


@book.command("search", epilog="Example: dpr book search larkan")
def book_search(context: typer.Context, who: list[str] = _WHO, as_json: bool = JSON) -> None:
    """Look recipients up by GLN, name or place."""
    from dpr.apps import addressing

    given: Context = context.obj
    site = given.site()
    held = site.address_book()
    found = addressing.fitting(held, " ".join(who))
    if as_json:
        show_json([addressing.as_json(one) for one in found])
        return
    for one in found[: addressing.SHOWN]:
        show(addressing.line(one))
    if len(found) > addressing.SHOWN:
        show(f"… {len(found)}")
    _tell_age(given, site, held)


@book.command("show", epilog="Example: dpr book show 7350000000009")
def book_show(context: typer.Context, who: list[str] = _WHO, as_json: bool = JSON) -> None:
    """Show one recipient, where it is reached, and whether messages can be sealed to its key now."""
    from dpr.apps import addressing

    given: Context = context.obj
    site = given.site()
    held = site.address_book()
    entry = addressing.the_one(addressing.fitting(held, " ".join(who)))
    judged = _judged(site, entry)
    if as_json:
        sdk = {"organisation": entry.sdk.organisation, "functional": entry.sdk.functional} if entry.sdk else None
        show_json(addressing.as_json(entry) | {"sdk": sdk} | judged)
    else:
        _show(given, entry, judged)
        _tell_age(given, site, held)
    raise typer.Exit(REFUSED if judged["fault"] else OK)


def _judged(site: SiteFolder, entry: Entry) -> dict[str, Any]:
    """The key to seal to and its end, or the code of why there is none."""
    from dpr.core import days
    from dpr.core.errors import DocumentError
    from dpr.core.mail.recipient import recipient

    try:
        found = recipient(entry, site.trust(), int(site.now().timestamp()), policy=site.policy)
    except DocumentError as error:
        return {"recipient": None, "gln": None, "key": None, "key_ends": None, "vouched_by": None, "fault": error.code}
    ends = days.at(found.until).isoformat()
    return {
        "recipient": found.name,
        "gln": found.gln,
        "key": found.key.id.hex(),
        "key_ends": ends,
        "vouched_by": found.signer.issuer.name,
        "fault": None,
    }


def _show(given: Context, entry: Entry, judged: dict[str, Any]) -> None:
    from datetime import datetime

    from dpr.apps import addressing
    from dpr.core import days
    from dpr.core.codes import words

    show(addressing.line(entry))
    for number, one in enumerate(entry.endpoints, 1):
        show(f"  {number}. {one.url} ({one.network})")
    if entry.sdk:
        show(f"  SDK: {entry.sdk.organisation} {entry.sdk.functional}")
    if judged["fault"]:
        told = words(judged["fault"])
        given.say(f"✗ {told.sv} [{judged['fault']}]", f"✗ {told.en} [{judged['fault']}]")
        given.say(f"  → {told.do_sv}", f"  → {told.do_en}")
        return
    ends = days.shown(int(datetime.fromisoformat(judged["key_ends"]).timestamp()))
    whose = judged["recipient"] + (f" (GLN {judged['gln']})" if judged["gln"] else "")
    given.say(
        f"✓ Går att skicka till. Nyckel {judged['key']}, till {ends}: {whose}, intygad av {judged['vouched_by']}",
        f"✓ Can be sent to. Key {judged['key']}, until {ends}: {whose}, vouched for by {judged['vouched_by']}",
    )


def _tell_age(given: Context, site: SiteFolder, held: AddressBook) -> None:
    from dpr.core.freshness import Grade, of_address_book

    standing = of_address_book(held, int(site.now().timestamp()))
    if standing.grade is not Grade.FRESH:
        age = age_words(standing.age_seconds, given.language)
        given.say(
            f"! Adressboken (version {held.content.version}) är {age} gammal. Hämta: dpr trust fetch",
            f"! The address book (version {held.content.version}) is {age} old. Fetch: dpr trust fetch",
        )
