"""tests/vectors/prescription_trust.json: verdicts by the age of lists, by what a snapshot demands and by a clock that cannot
be right; both sides of every instant at which a verdict changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from dpr.core import documents
from dpr.core.snapshot import revocations_name, status_name
from dpr.core.status import Status
from tests.world import CARE, DAY, NOW, VETS, signer, status_uri
from vectors.making import Vector, W, file, prescription, time
from vectors.of_prescription import accepted, draft, item
from vectors.of_prescription_bytes import GOOD, refused

HOUR = 3600
STATUS, REVOKED = status_name(CARE, status_uri(CARE)), revocations_name(CARE, status_uri(CARE))
NARCOTIC_II = prescription(written=draft(item(control_class="narcotic_ii", atc="N02AA05")))


def trust_list(issued_at: int, **content: Any) -> bytes:
    """A trust list of that instant; next update an hour after NOW unless `content` says otherwise."""
    value = W.trust_list_value(**{"next_update": NOW + HOUR, **content})
    return documents.sign_by_many(documents.TRUST_LIST, msgspec.structs.replace(value, issued_at=issued_at), [W.root])


def snapshot(minimums: dict[str, int] | None = None, *, issued_at: int = NOW - 1800, **content: Any) -> dict[str, Any]:
    """The members of `trust` of a site that holds this snapshot."""
    value = msgspec.structs.replace(W.snapshot_value(minimums, **content), issued_at=issued_at)
    return {"root": W.root_document(), "snapshot": documents.sign_by_many(documents.SNAPSHOT, value, [W.online])}


def status(age: int, entries: dict[int, Status] | None = None) -> dict[str, Any]:
    """The member of `trust` of a site that holds one status list, so many seconds old."""
    return {"status_lists": [W.status_list(entries, issued_at=NOW - age)]}


def _lists() -> Iterator[Vector]:
    old, late = NOW - 720 * HOUR, {"next_update": NOW - HOUR}
    for name, document, warns, comment in (
        ("trust-list-last-fresh-second", trust_list(NOW - HOUR, next_update=NOW + 1), (), ""),
        ("trust-list-first-stale-second", trust_list(NOW - HOUR, next_update=NOW), ("trust_list_stale",), ""),
        ("trust-list-last-stale-second", trust_list(old, **late), ("trust_list_stale",), "720 hours old"),
        ("trust-list-first-red-second", trust_list(old - 1, **late), ("trust_list_red",), "a second more"),
        ("trust-list-old-and-current", trust_list(old - 1), (), "very old, and its next update still ahead: fresh"),
    ):
        yield accepted(name, GOOD, comment, warns=warns, trust={"trust_list": document})
    for name, age, warns in (
        ("status-last-fresh-second", 24 * HOUR, ()),
        ("status-first-stale-second", 24 * HOUR + 1, ("status_stale",)),
        ("status-last-stale-second", 168 * HOUR, ("status_stale",)),
        ("status-first-red-second", 168 * HOUR + 1, ("status_red",)),
    ):
        yield accepted(name, GOOD, f"{age} seconds old", warns=warns, trust=status(age))
    comment = "fresh longer than it may be red: fresh wins, then red at once"
    crossed = {"status_fresh_hours": 48, "status_red_hours": 24}
    yield accepted("status-crossed-fresh", GOOD, comment, warns=(), trust=status(48 * HOUR), policy=crossed)
    red = ("status_red",)
    yield accepted("status-crossed-red", GOOD, comment, warns=red, trust=status(48 * HOUR + 1), policy=crossed)


def _snapshots() -> Iterator[Vector]:
    old = NOW - 336 * HOUR
    behind, behind_status = ("trust_list_behind_snapshot",), ("status_behind_snapshot",)
    revoked_others = {"revocations": [W.revocations({8: NOW - DAY})]}
    for name, held, warns, comment in (
        ("snapshot", snapshot(), (), "its own check: snapshot_ok"),
        ("snapshot-last-fresh-second", snapshot(next_update=NOW + 1), (), ""),
        ("snapshot-first-stale-second", snapshot(next_update=NOW), ("snapshot_stale",), ""),
        ("snapshot-last-stale-second", snapshot(issued_at=old, next_update=NOW), ("snapshot_stale",), "336 hours old"),
        ("snapshot-first-red-second", snapshot(issued_at=old - 1, next_update=NOW), ("snapshot_red",), "a second more"),
        ("snapshot-of-others-only", snapshot({"address-book": 9}), (), "a name that is not known is ignored"),
        ("snapshot-of-an-older-list", snapshot({"trust-list": 1}) | {"trust_list": W.trust_list(version=2)}, (), "welcome"),
        ("trust-list-behind", snapshot({"trust-list": 2}), behind, "version 1 is held, 2 is out"),
        (
            "trust-list-behind-and-stale",
            snapshot({"trust-list": 2}) | {"trust_list": trust_list(NOW - DAY, next_update=NOW)},
            behind,
            "one check says it",
        ),
        ("status-as-the-snapshot", snapshot({STATUS: NOW - 600}), (), "issued in the very second that it demands"),
        ("status-behind", snapshot({STATUS: NOW - 599}), behind_status, "a second older: one that it was exchanged for"),
        ("status-behind-and-red", snapshot({STATUS: NOW}) | status(8 * DAY), behind_status, "one check says it"),
        ("status-of-snapshot-missing", snapshot({STATUS: NOW}) | {"status_lists": []}, ("status_missing",), ""),
        ("status-of-another-behind", snapshot({status_name(VETS, status_uri(VETS)): NOW}), (), "not this issuer's"),
        ("snapshot-by-another", snapshot() | {"snapshot": _by_another()}, ("snapshot_missing",), "so none is held"),
        ("snapshot-missing", {"root": W.root_document()}, ("snapshot_missing",), "a root is held, so there is one to fetch"),
        ("root-as-the-snapshot", snapshot({"root": 1}), (), ""),
        ("root-behind", snapshot({"root": 2}), ("root_behind_snapshot",), "keys may have been taken away since"),
        ("root-newer", snapshot({"root": 2}) | {"root": W.root_document(version=3)}, (), "welcome"),
        ("root-and-trust-list-behind", snapshot({"root": 2, "trust-list": 2}), ("root_behind_snapshot",), "the graver one"),
        ("revocations-as-the-snapshot", snapshot({REVOKED: NOW - 600}) | revoked_others, (), "issued in that second"),
        ("revocations-behind", snapshot({REVOKED: NOW - 599}) | revoked_others, behind_status, "a second older"),
        ("revocations-not-held", snapshot({REVOKED: NOW - 600}), behind_status, "somebody is revoked: who?"),
    ):
        yield accepted(name, GOOD, comment, warns=warns, trust=held)
    revoked = snapshot({STATUS: NOW}) | status(600, {7: Status.REVOKED})
    yield refused("revoked-and-behind", GOOD, "credential_revoked", "an old list that revokes, revokes", trust=revoked)


def _by_another() -> bytes:
    return documents.sign_by_many(documents.SNAPSHOT, W.snapshot_value({"trust-list": 9}), [signer("somebody else")])


def _clock() -> Iterator[Vector]:
    behind = ("clock_behind",)
    for name, held, warns, comment in (
        ("clock-within-the-skew", {"floor": NOW + 300}, (), "300 seconds behind what the authority signed"),
        ("clock-behind", {"floor": NOW + 301}, behind, "a second more: judged at the later instant, with a reason"),
        ("clock-behind-a-day", {"floor": NOW + 24 * HOUR - 600}, behind, ""),
        ("clock-behind-last-second", {"floor": NOW + 24 * HOUR} | _later_status(24 * HOUR), behind, "24 hours"),
        (
            "clock-behind-trust-list",
            {"trust_list": trust_list(NOW + HOUR, next_update=NOW + DAY)},
            behind,
            "it was issued later",
        ),
        ("clock-behind-snapshot", snapshot(issued_at=NOW + HOUR), behind, "it was issued later"),
        ("floor-long-ago", {"floor": NOW - DAY}, (), ""),
        (
            "status-ahead-moves-no-floor",
            status(-HOUR),
            ("status_missing",),
            "an issuer is not the authority",
        ),
        (
            "ages-at-the-floor",
            {"floor": NOW + 24 * HOUR - 599},
            ("clock_behind", "status_stale"),
            "the status list is a day old by then, and a second",
        ),
    ):
        yield accepted(name, GOOD, comment, warns=warns, trust=held)
    expires = W.prescription().expires_at
    far, then = "clock_far_behind", {"floor": NOW + 24 * HOUR + 1} | _later_status(24 * HOUR)
    yield refused("clock-far-behind", GOOD, far, "24 hours and a second", trust=then)
    loose = {"clock_behind_stop_hours": 25}
    yield accepted("clock-behind-looser", GOOD, "25 hours are allowed here", warns=behind, trust=then, policy=loose)
    comment = "a clock that is set back un-expires nothing"
    fresh = {"floor": expires, "trust_list": trust_list(expires - DAY, next_update=expires + 1, issuers=W.issuers())}
    fresh |= {"status_lists": [W.status_list(issued_at=expires)]}
    yield refused("expired-at-the-floor", GOOD, "expired", comment, now=time(expires - 600), trust=fresh)
    yield refused("special-clock-behind", NARCOTIC_II, "special_needs_clock", "a narcotic", trust={"floor": NOW + 301})
    yield accepted("special-clock-within-the-skew", NARCOTIC_II, warns=(), trust={"floor": NOW + 300})


def _later_status(after: int) -> dict[str, Any]:
    """Status lists that are fresh at a later instant."""
    return status(-after + HOUR)


def made() -> dict[str, Any]:
    """The file."""
    description = "Verdicts by the ages of lists, by snapshots and by clocks: both sides of every boundary."
    return file(description, [*_lists(), *_snapshots(), *_clock()])
