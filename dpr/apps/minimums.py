"""Which lists the next snapshot names, and from which version or time on.

Rules: a snapshot never asks for less of a list than the one before, but for lists of issuers that are gone, which no site can
use: they are moved to removed/ beside the published folder. What is not as it should be is named and keeps nothing else out.

Example: `minimums(Published(folder / "published"), now=now).named["trust-list"]` → 7
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from dpr.adapters import files
from dpr.apps.issuer_description import status_uri
from dpr.apps.publishing import SKEW_SECONDS, Published, for_the_authority
from dpr.core import cbor
from dpr.core.errors import DocumentError, DprError
from dpr.core.lists import open_named
from dpr.core.snapshot import ADDRESS_BOOK_NAME, ISSUERS_LISTS, ROOT_NAME, TRUST_LIST_NAME
from dpr.core.trust import Trust


class LeftOut(NamedTuple):
    """A list that the next snapshot does not say as it lies in the folder, and why; `detail`: the code that a reader had for
    it."""

    name: str
    code: str
    detail: str = ""


class Minimums(NamedTuple):
    """What the next snapshot says, and which lists are left out."""

    named: dict[str, int]
    left_out: list[LeftOut]


def minimums(published: Published, *, now: int) -> Minimums:
    """What is published, by name and version or time. A list that the snapshot before named and that is missing or torn
    keeps the minimum it had, and is left out by name; so is one that no key of its issuer has signed, until that issuer
    publishes again. A list whose issuer is no longer approved loses its minimum. One that a wrong clock dated after `now`
    (seconds) keeps it and is named: sites refuse a snapshot that asks for less."""
    trust, before = published.trust(), _before(published)
    usual = {one.name(id, status_uri(id)) for id in _ids(trust) for one in ISSUERS_LISTS.values()}
    named = {ROOT_NAME: published.root().content.version}
    if trust.trust_list is not None:
        named[TRUST_LIST_NAME] = trust.trust_list.content.version
    left_out: list[LeftOut] = [*_of_address_book(published, named)]
    for name in published.lists():
        try:
            data = files.read(published.path(name), limit=cbor.MAX_SIGNED_BYTES)
            _, _, found, issued_at = open_named(data, trust)
            if found != name:
                raise DocumentError("published_list_misnamed", found)
            named[name] = max(issued_at, before.get(name, 0))
        except DprError as error:
            told = for_the_authority(error)
            is_gone = told.code == "published_list_issuer_unknown" and name not in usual
            left_out.append(LeftOut(name, code="published_list_issuer_gone" if is_gone else told.code, detail=told.detail))
    gone = {one.name for one in left_out if one.code == "published_list_issuer_gone"}
    for name in [name for name in before if name not in named and name not in gone]:
        named[name] = before[name]
        if all(name != one.name for one in left_out):
            left_out.append(LeftOut(name, "published_list_missing"))
    ahead = [name for name, minimum in named.items() if "/" in name and minimum > now + SKEW_SECONDS]
    return Minimums(named, left_out + [LeftOut(name, "published_minimum_ahead") for name in ahead])


def _of_address_book(published: Published, named: dict[str, int]) -> Iterator[LeftOut]:
    """Adds the address book to `named`, at least as the snapshot before has it."""
    snapshot = published.snapshot()
    before = snapshot.minimum(ADDRESS_BOOK_NAME) if snapshot else 0
    try:
        book = published.address_book()
        if book is not None:
            named[ADDRESS_BOOK_NAME] = max(book.content.version, before)
            return
        code, detail = "published_book_missing", ""
    except DocumentError as error:
        code, detail = "published_book_refused", f"[{error.code}]"
    if before:
        named[ADDRESS_BOOK_NAME] = before
    if before or detail:
        yield LeftOut(ADDRESS_BOOK_NAME, code, detail)


def _before(published: Published) -> dict[str, int]:
    snapshot = published.snapshot()
    minimums = snapshot.content.minimums if snapshot else {}
    return {name: minimum for name, minimum in minimums.items() if "/" in name}


def _ids(trust: Trust) -> list[str]:
    return [one.id for one in trust.trust_list.content.issuers] if trust.trust_list else []


def move_away(published: Published, left_out: Iterable[LeftOut]) -> list[Path]:
    """Moves the lists of issuers that are no longer approved out of the folder; where they are now. StorageError
    `file_not_written`."""
    moved = []
    for one in left_out:
        path, away = published.path(one.name), published.folder.parent / "removed" / f"{one.name}.cbor"
        if one.code == "published_list_issuer_gone" and path.exists():
            files.replace(away, files.read(path, limit=cbor.MAX_SIGNED_BYTES))
            path.unlink()
            moved.append(away)
    return moved
