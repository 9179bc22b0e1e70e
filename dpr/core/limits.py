"""From when on a site's trust data allow less: the verdict's limits (dpr.core.steps), read ahead.

Rules: a limit is an instant, what may still be done from then on, and the code that the verdict then has. Instants come from
dpr.core.freshness and dpr.core.acting alone. What holds whatever the time counts since ever, and so does what holds now.

Example: `common(trust, policy, now)` → `[Limit(1795867200, Permission.WARNING, "trust_list_stale"), …]`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from dpr.core import acting, behind
from dpr.core.credential import Role
from dpr.core.freshness import (
    ISSUER_CODES,
    SNAPSHOT_CODES,
    TRUST_LIST_CODES,
    Grace,
    Grade,
    Standing,
    grace,
    of_snapshot,
    of_status,
    of_trust_list,
    special_trust_list_ends,
)
from dpr.core.policy import Policy
from dpr.core.trust import Chain, Trust
from dpr.core.trust_list import Issuer
from dpr.core.verdict import PASS, STOP

_HOUR = 3600
SINCE_EVER = 0


class Permission(IntEnum):
    """What a pharmacist may do, from best to worst."""

    YES = 0
    WARNING = 1
    REASON = 2
    NO = 3


class Limit(NamedTuple):
    """From `since` (instant in seconds) on, nothing better than `permission`, for the reason that `code` names."""

    since: int
    permission: Permission
    code: str


def clock(trust: Trust, policy: Policy, now: int) -> Permission:
    behind = trust.floor - now
    if behind > policy.clock_behind_stop_hours * _HOUR:
        return Permission.NO
    return Permission.REASON if behind > policy.clock_skew_seconds else Permission.YES


_OF_GRADE = {Grade.STALE: Permission.WARNING, Grade.RED: Permission.REASON}
_OF_GRACE = {Grace.SHORT: Permission.WARNING, Grace.LONG: Permission.REASON, Grace.OVER: Permission.NO}


def graded(standing_at: Callable[[int], Standing], codes: dict[Grade, str]) -> Iterator[Limit]:
    """The limits of what grows old: from fresh to stale to red."""
    at: int | None = SINCE_EVER
    while at is not None:
        standing = standing_at(at)
        if standing.grade is not Grade.FRESH:
            yield Limit(at, _OF_GRADE[standing.grade], codes[standing.grade])
        at = standing.worse_at


def common(trust: Trust, policy: Policy, now: int) -> list[Limit]:
    """What holds for every issuer and class (verdict's step 1)."""
    trust_list, anchor, snapshot = trust.trust_list, trust.anchor, trust.snapshot
    if trust_list is None or anchor is None:
        return [Limit(SINCE_EVER, Permission.NO, "trust_list_missing")]
    limits = []
    if anchor.environment is not policy.environment:
        limits.append(Limit(SINCE_EVER, Permission.NO, "environment_differs"))
    slow = clock(trust, policy, now)
    if slow is not Permission.YES:
        limits.append(Limit(SINCE_EVER, slow, "clock_behind" if slow is Permission.REASON else "clock_far_behind"))
    if snapshot is not None:
        code = behind.common(trust)
        if code:
            limits.append(Limit(SINCE_EVER, Permission.REASON, code))
        limits += graded(lambda instant: of_snapshot(snapshot, policy, instant), SNAPSHOT_CODES)
    elif trust.root_version is not None:
        limits.append(Limit(SINCE_EVER, Permission.WARNING, "snapshot_missing"))
    limits += graded(lambda instant: of_trust_list(trust_list, policy, instant), TRUST_LIST_CODES)
    return limits


def common_special(trust: Trust, policy: Policy, now: int) -> list[Limit]:
    """The same for special medicines (step 9)."""
    limits = []
    if trust.floor - now > policy.clock_skew_seconds:
        limits.append(Limit(SINCE_EVER, Permission.NO, "special_needs_clock"))
    if trust.trust_list is not None:
        ends = SINCE_EVER if behind.common(trust) else special_trust_list_ends(trust.trust_list, policy)
        limits.append(Limit(ends, Permission.NO, "special_needs_fresh_trust_list"))
    return limits


def of_issuer(issuer: Issuer, trust: Trust, policy: Policy, at: int) -> list[Limit]:
    """What an issuer's approval allows of a prescription that is signed at the instant `at`, or later."""
    heard_at = trust.trust_list.issued_at if trust.trust_list else None

    def judged(instant: int) -> tuple[Permission, str] | None:
        ended = grace(issuer.valid_until, instant, policy, heard_at=heard_at)
        if instant < issuer.valid_from:
            ended = Grace.OVER
        return None if ended is Grace.IN_FORCE else (_OF_GRACE[ended], ISSUER_CODES[ended])

    return [*_over_time(judged, at, _ends(issuer.valid_until, policy))]


def no_grace(limits: Iterable[Limit]) -> Iterator[Limit]:
    """Special medicines have no long grace (step 9)."""
    for limit in limits:
        if limit.code == ISSUER_CODES[Grace.LONG]:
            yield Limit(limit.since, Permission.NO, "special_no_grace")


def of_own(chain: Chain, role: Role, trust: Trust, policy: Policy, at: int) -> list[Limit]:
    """What the credential of the pharmacist or the pharmacy allows, from the instant `at` on."""

    def judged(instant: int) -> tuple[Permission, str] | None:
        checks = [one for one in acting.judge(chain, role, trust, policy, instant) if one.outcome is not PASS]
        found = [
            (Permission.NO if one.outcome is STOP else Permission.REASON if one.override else Permission.WARNING, one.code)
            for one in checks
        ]
        return max(found, key=lambda one: one[0], default=None)

    instants = [*_ends(chain.credential.valid_until, policy), *_ends(chain.issuer.valid_until, policy)]
    status, revocation = trust.status(chain.credential), trust.revocation(chain.credential)
    instants += [revocation.revoked_from] if revocation else []
    worse_at = of_status(status.issued_at, policy, at).worse_at if status else None
    return [*_over_time(judged, at, [*instants, *([worse_at] if worse_at else [])])]


def _ends(valid_until: int, policy: Policy) -> tuple[int, int, int]:
    """The instants at which something runs out: its end, and the ends of its graces."""
    return (
        valid_until,
        valid_until + policy.credential_grace_hours * _HOUR + 1,
        valid_until + policy.credential_grace_red_hours * _HOUR + 1,
    )


def _over_time(judged: Callable[[int], tuple[Permission, str] | None], at: int, instants: Iterable[int]) -> Iterator[Limit]:
    """What `judged` says at the instant `at`, and at each of `instants` after it."""
    for since in (at, *sorted(one for one in instants if one > at)):
        found = judged(since)
        if found is not None:
            yield Limit(SINCE_EVER if since == at else since, *found)
