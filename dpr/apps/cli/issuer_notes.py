"""What somebody must hear of after a decision or a publication of an issuer: who still counts, what came back.

Example: `tell(done.notes, given, now)`
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from dpr.apps.cli.common import Context, show

if TYPE_CHECKING:
    from dpr.apps.issuer_entries import Given
    from dpr.apps.issuer_folder import IssuerFolder
    from dpr.apps.issuer_lists import Notes, Published

_MOST_SHOWN = 50


def tell(notes: Notes, given: Context, now: datetime) -> None:
    """What there is to hear of a publication."""
    if notes.begins_later:
        given.say("  Dessa gäller tills de spärras:", "  These are in force until they are revoked:")
        _show(notes.begins_later, given, now)
    if notes.restored:
        given.say(
            "! Förteckningen är från en äldre kopia. Detta stod i de publicerade listorna och har förts in i den igen:",
            "! The record is from an older copy. This stood in the published lists, and is in the record again:",
        )
        _show(notes.restored, given, now)
    if notes.decided_ahead:
        given.say(
            "! Om dessa beslutades något medan klockan gick före. Se efter från när det gäller; en tidigare tid kan anges med"
            " dpr issuer revoke --from:",
            "! About these something was decided while the clock was ahead. See from when it counts; dpr issuer revoke --from"
            " takes an earlier instant:",
        )
        _show(notes.decided_ahead, given, now)
    for path in notes.refused:
        given.say(
            f"! {path} var ingen hel lista med den här utfärdarens underskrift, och lästes inte. Ta reda på varifrån den kom.",
            f"! {path} was no whole list with this issuer's signature, and was not read. Find out where it came from.",
        )


def tell_stays(folder: IssuerFolder, changed: list[Given], given: Context, now: datetime) -> None:
    """What is still in force of the keys about whose credentials something was decided."""
    from dpr.apps.issuer_decisions import still_in_force

    if stays := still_in_force(folder, changed, now=now):
        given.say(
            f"! Samma nyckel har bevis som gäller fortfarande; anges id:t {changed[0].id} i stället för filen tas alla:",
            f"! The same key has credentials that stay in force; the id {changed[0].id} in place of the file takes all:",
        )
        _show(stays, given, now)


def _show(entries: list[Given], given: Context, now: datetime) -> None:
    from dpr.apps.issuer_listing import row, words

    for one in entries[:_MOST_SHOWN]:
        show(f"  {one.index}  {words(row(one, int(now.timestamp())), given.language)}")
    if len(entries) > _MOST_SHOWN:
        show(f"  … {len(entries) - _MOST_SHOWN}")


def as_json(done: Published, now: datetime) -> dict[str, Any]:
    """A publication, for a program."""
    from dpr.apps.issuer_listing import row

    notes, at = done.notes, int(now.timestamp())
    lists = {"restored": notes.restored, "begins_later": notes.begins_later, "decided_ahead": notes.decided_ahead}
    shown = ("id", "status_index", "status", "revoked_from", "reason")
    return {
        "status": str(done.status),
        "revocations": done.revocations and str(done.revocations),
        **{name: getattr(done, name) for name in ("issued_at", "revoked", "revoked_later", "suspended")},
        **{key: [{name: row(one, at)[name] for name in shown} for one in entries] for key, entries in lists.items()},
        "refused": [str(path) for path in notes.refused],
    }
