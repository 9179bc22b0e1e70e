"""What may follow on what is held: rules that fetching, bringing in and publishing share.

Rules: nothing is dated after the latest instant that it can be; a snapshot asks for no less than the one before, and forgets no
list but those of issuers that are gone. Whether a list is as new as the snapshot says grades the verdict (dpr.core.behind); it
keeps no list out that is newer than what is held.

Example: `refuse_future(trust_list.issued_at, latest=now + 300)`
"""

from __future__ import annotations

from collections.abc import Callable

from dpr.core import days
from dpr.core.errors import DocumentError
from dpr.core.snapshot import ROOT_NAME, TRUST_LIST_NAME, Snapshot

_ALWAYS_NAMED = (ROOT_NAME, TRUST_LIST_NAME)


def refuse_future(issued_at: int, latest: int) -> None:
    """DocumentError `list_from_the_future` for what is dated after `latest`."""
    if issued_at > latest:
        raise DocumentError("list_from_the_future", f"{days.shown(issued_at)}, later than {days.shown(latest)}")


def refuse_lower(fresh: Snapshot, held: Snapshot | None, listed: Callable[[str], bool] = lambda _: False) -> None:
    """DocumentError `snapshot_lowers_minimum`: whoever has only the online key must not make room for lists from before.

    `held`: the snapshot before; `listed`: is there a list of that name whose issuer there still is? Every site asks this of
    what it is given, so an authority asks it of what it publishes.
    """
    minimums = fresh.content.minimums
    for name, least in held.content.minimums.items() if held else ():
        forgotten = name not in minimums and (name in _ALWAYS_NAMED or listed(name))
        if forgotten or minimums.get(name, least) < least:
            raise DocumentError("snapshot_lowers_minimum", name)
