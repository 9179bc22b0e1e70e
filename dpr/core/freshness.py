"""How old what a site holds may become: fresh, stale, red, and when the next grade begins.

Rules: nothing falls off a cliff: stale is a warning, red needs a reason, and only special medicines stop. One table of limits
(the policy) serves the verdict and `dpr trust status`, so that neither says what the other does not do. A grade begins at an
instant; ages are whole seconds, never negative.

Example: `of_trust_list(trust.trust_list, policy, now)` → `Standing(Grade.FRESH, 86400, worse_at=1795867200)`
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from dpr.core.mail.address_book import AddressBook
from dpr.core.policy import Policy
from dpr.core.products import ControlClass
from dpr.core.snapshot import Snapshot
from dpr.core.trust_list import TrustList

_HOUR = 3600


class Grade(IntEnum):
    """How much an age matters."""

    FRESH = 0
    STALE = 1
    RED = 2


#: What the verdict says of each grade.
TRUST_LIST_CODES = {Grade.FRESH: "signature_ok", Grade.STALE: "trust_list_stale", Grade.RED: "trust_list_red"}
SNAPSHOT_CODES = {Grade.FRESH: "snapshot_ok", Grade.STALE: "snapshot_stale", Grade.RED: "snapshot_red"}
STATUS_CODES = {Grade.FRESH: "status_ok", Grade.STALE: "status_stale", Grade.RED: "status_red"}


class Standing(NamedTuple):
    """The grade at one instant. `worse_at`: the instant at which the next grade begins, None where it is red."""

    grade: Grade
    age_seconds: int
    worse_at: int | None


def of_trust_list(trust_list: TrustList, policy: Policy, now: int) -> Standing:
    """A trust list is stale from its next update on."""
    return _standing(trust_list.issued_at, trust_list.content.next_update, policy.trust_list_red_hours, now)


def of_snapshot(snapshot: Snapshot, policy: Policy, now: int) -> Standing:
    """A snapshot is stale from its next update on."""
    return _standing(snapshot.issued_at, snapshot.content.next_update, policy.snapshot_red_hours, now)


def of_address_book(book: AddressBook, now: int) -> Standing:
    """An address book is stale from its next update on, and never worse: nothing but where to send rests on it."""
    fresh, age = now < book.content.next_update, max(now - book.issued_at, 0)
    return Standing(Grade.FRESH, age, book.content.next_update) if fresh else Standing(Grade.STALE, age, None)


def of_status(issued_at: int, policy: Policy, now: int) -> Standing:
    """Revocation data are stale by age."""
    return _standing(issued_at, issued_at + policy.status_fresh_hours * _HOUR + 1, policy.status_red_hours, now)


def _standing(issued_at: int, stale_at: int, red_hours: int, now: int) -> Standing:
    red_at = max(issued_at + red_hours * _HOUR + 1, stale_at)
    age = max(now - issued_at, 0)
    if now < stale_at:
        return Standing(Grade.FRESH, age, stale_at)
    return Standing(Grade.STALE, age, red_at) if now < red_at else Standing(Grade.RED, age, None)


def special_status_ends(issued_at: int, control: ControlClass, policy: Policy) -> int:
    """The instant from which a special medicine of this class needs newer revocation data."""
    hours = policy.class_status_hours.get(control.name.lower(), policy.special_status_hours)
    return issued_at + hours * _HOUR + 1


def special_trust_list_ends(trust_list: TrustList, policy: Policy) -> int:
    """The instant from which special medicines need a newer trust list."""
    oldest = trust_list.issued_at + policy.special_trust_list_hours * _HOUR + 1
    return max(oldest, trust_list.content.next_update)


class Grace(IntEnum):
    """How long after its end something that could not be renewed is still taken."""

    IN_FORCE = 0
    SHORT = 1
    LONG = 2
    OVER = 3


#: What the verdict says of each, of an issuer and of a prescriber's credential.
ISSUER_CODES = {Grace.SHORT: "issuer_grace", Grace.LONG: "issuer_grace_red", Grace.OVER: "issuer_not_in_force"}
CREDENTIAL_CODES = {Grace.SHORT: "credential_grace", Grace.LONG: "credential_grace_red", Grace.OVER: "credential_not_in_force"}


def grace(valid_until: int, at: int, policy: Policy, *, heard_at: int | None) -> Grace:
    """What ended at `valid_until` and was used at the instant `at`. `heard_at`: when the newest list of whoever would have
    renewed it was issued; one from after the end says that it could have been renewed."""
    over = at - valid_until
    if over < 0:
        return Grace.IN_FORCE
    if (heard_at is not None and heard_at >= valid_until) or over > policy.credential_grace_red_hours * _HOUR:
        return Grace.OVER
    return Grace.SHORT if over <= policy.credential_grace_hours * _HOUR else Grace.LONG
