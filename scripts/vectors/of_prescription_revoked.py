"""tests/vectors/prescription_revoked.json: verdicts by since when a credential is revoked, and by what proves that a
prescription is older than that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dpr.core.revocation import Reason
from dpr.core.status import Status
from tests.world import DAY, NOW
from vectors.making import Vector, W, file
from vectors.of_prescription import accepted
from vectors.of_prescription_bytes import GOOD, refused
from vectors.of_prescription_trust import HOUR, status
from vectors.of_revocation import revocation


def _revocations() -> Iterator[Vector]:
    revoked, later = "credential_revoked", ("credential_revoked_later",)
    since = {"revocations": [W.revocations({7: NOW - DAY}, reason=Reason.KEY_COMPROMISED)]}
    half = {"revocations": [W.revocations({7: NOW - 30})]}
    bit, none = status(600, {7: Status.REVOKED}), {"status_lists": []}
    yield refused(
        "revoked-from", GOOD, revoked, "the status list that is held says valid: an older one un-revokes nobody", trust=since
    )
    yield refused("revoked-from-now", GOOD, revoked, "from this second on", trust={"revocations": [W.revocations({7: NOW})]})
    comment = "from the next second on"
    yield accepted("revoked-from-next-second", GOOD, comment, warns=(), trust={"revocations": [W.revocations({7: NOW + 1})]})
    yield refused("signed-before-it-says", GOOD, revoked, "before the revocation, says whoever has the key", trust=half)
    for name, held, at, comment in (
        ("known-before", half, NOW - 31, "it is proven to have existed before"),
        ("known-before-and-status-bit", half | bit, NOW - 31, "the bit has no time, the entry has"),
        ("known-before-and-no-status", half | none, NOW - 31, "no age"),
    ):
        yield accepted(name, GOOD, comment, warns=later, trust=held, known_since=at)
    for name, held, at, comment in (
        ("known-since-the-same-second", half, NOW - 30, "not before"),
        ("known-after", since, NOW - 60, ""),
        ("known-and-status-bit-alone", bit, NOW - 30 * DAY, "revoked without an instant is revoked since ever"),
    ):
        yield refused(name, GOOD, revoked, comment, trust=held, known_since=at)
    yield accepted("known-and-not-revoked", GOOD, warns=(), known_since=NOW - 30)
    ahead = {"revocations": [W.revocations({7: NOW + DAY})]}
    yield refused("status-bit-before-the-entry", GOOD, revoked, "revoked, from tomorrow on: nothing new", trust=ahead | bit)
    comment = "the entry says from when, though the bit is set already"
    yield accepted("known-before-an-entry-ahead", GOOD, comment, warns=later, trust=ahead | bit, known_since=NOW - DAY)
    suspended = half | status(600, {7: Status.SUSPENDED})
    comment = "a suspension has no instant"
    yield refused("known-before-and-suspended", GOOD, "credential_suspended", comment, trust=suspended, known_since=NOW - 31)
    yield refused("revoked-from-and-no-status", GOOD, revoked, "no age", trust=since | none)
    yield refused("revoked-and-suspended", GOOD, revoked, "the graver one", trust=since | status(600, {7: Status.SUSPENDED}))
    comment = "revoked by the instant that the authority's lists prove"
    at_floor = {"revocations": [W.revocations({7: NOW + 600})], "floor": NOW + 600}
    yield refused("revoked-at-the-floor", GOOD, revoked, comment, trust=at_floor)


def _whose() -> Iterator[Vector]:
    """Whose revocations count, and which of several."""
    foreign = revocation(("content.entries.0.idx", 7), key=W.vets)
    yield accepted(
        "revoked-by-another-issuer", GOOD, "nobody revokes others' people", warns=(), trust={"revocations": [foreign]}
    )
    neighbours = W.revocations({6: NOW - DAY, 8: NOW - DAY})
    yield accepted("neighbours-revoked", GOOD, warns=(), trust={"revocations": [neighbours]})
    broken = W.revocations({7: NOW - DAY})[:-1] + b"\0"
    yield accepted("revocations-not-verifying", GOOD, "not taken up", warns=(), trust={"revocations": [broken]})
    old = W.revocations({7: NOW - DAY}, issued_at=NOW - 2 * HOUR)
    new = W.revocations({8: NOW - DAY}, issued_at=NOW - HOUR)
    yield accepted(
        "revocation-withdrawn", GOOD, "the newest counts: it was a mistake", warns=(), trust={"revocations": [old, new]}
    )
    newer = W.revocations({7: NOW - DAY}, issued_at=NOW - 60)
    held = {"revocations": [newer, new]}
    yield refused("revoked-in-the-newer", GOOD, "credential_revoked", "in whatever order they are held", trust=held)


def made() -> dict[str, Any]:
    """The file."""
    return file("Verdicts by revocations: from when, whose, and what was known before.", [*_revocations(), *_whose()])
