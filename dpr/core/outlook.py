"""What may be dispensed now by what a site holds, and when that becomes worse: the verdict's limits, read ahead.

Rules: one answer for ordinary and one for each class of special medicine: may be dispensed, with a warning, with a reason, or
not; by issuer, and for all of them, with the pharmacy's own credentials. A limit is an instant from which something is worse,
and the code that the verdict then has; limits come from dpr.core.limits, so that this page and the verdict (dpr.core.steps,
dpr.core.acting) agree. What depends on the single prescription is not here. Judged is at the trust's floor where the clock is
behind it. An issuer whose approval has ended vouches for nobody, as one that is not listed: it does not count among all.

Example: `outlook(trust, policy, now).of(ControlClass.NONE).permission is Permission.WARNING`
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dpr.core import behind, limits
from dpr.core.behind import Behind
from dpr.core.credential import Role
from dpr.core.freshness import (
    STATUS_CODES,
    Standing,
    of_snapshot,
    of_status,
    of_trust_list,
    special_status_ends,
)
from dpr.core.limits import SINCE_EVER, Limit, Permission
from dpr.core.policy import Policy
from dpr.core.products import ControlClass
from dpr.core.status import StatusList
from dpr.core.trust import Chain, Trust
from dpr.core.trust_list import HOLDERS_OF_ROLE, Issuer


class Answer(NamedTuple):
    """What may be done now and why (codes; none where all is well), and the next limit that makes it worse."""

    permission: Permission
    codes: tuple[str, ...]
    next: Limit | None


class OfClass(NamedTuple):
    """The answer for one control class. `permission`, `codes`: the worst of any issuer whose approval is in force; `issuers`:
    how many of those have each permission; `next`: the earliest limit that makes it worse for any of them, `next_issuers`: for
    how many."""

    control: ControlClass
    permission: Permission
    codes: tuple[str, ...]
    issuers: tuple[int, int, int, int]
    next: Limit | None
    next_issuers: int


class OfIssuer(NamedTuple):
    """An issuer: how old its revocation data are (None: there are none that can be used), and what that and its approval allow
    of ordinary and of the strictest special medicine, whatever holds for all. `in_force`: does its approval count?"""

    issuer: Issuer
    issued_at: int | None
    standing: Standing | None
    behind_snapshot: bool
    in_force: bool
    ordinary: Answer
    special: Answer

    @property
    def badness(self) -> tuple[int, int, int]:
        """Greater is worse."""
        return self.ordinary.permission, self.special.permission, self.standing.age_seconds if self.standing else 1 << 40


class Own(NamedTuple):
    """A credential of the pharmacy's own: whose it is, and its chain; `fault`: the code, where that does not verify."""

    role: Role
    chain: Chain | None
    fault: str = ""


class Outlook(NamedTuple):
    """All of it. `judged_at`: the instant, never before the floor; `clock_behind_seconds`: how far the clock is before that;
    `clock_ahead_seconds`: how far it is after the newest list of all, where every list is red with age: then it may be wrong.
    `issuers`: of prescribers; `pharmacies`: of pharmacists and pharmacies; `own`: an answer for each that was given;
    `left_out`: issuers that a later version wrote."""

    judged_at: int
    clock_behind_seconds: int
    clock_ahead_seconds: int
    clock: Permission
    trust_list: Standing | None
    snapshot: Standing | None
    classes: tuple[OfClass, ...]
    issuers: tuple[OfIssuer, ...]
    pharmacies: tuple[OfIssuer, ...]
    own: tuple[Answer, ...]
    behind: tuple[Behind, ...]
    left_out: int

    def of(self, control: ControlClass) -> OfClass:
        """The answer for a class."""
        return next(one for one in self.classes if one.control is control)


def outlook(trust: Trust, policy: Policy, now: int, own: Sequence[Own] = ()) -> Outlook:
    """What may be dispensed, by what `trust` holds and with the credentials `own`. `now`: seconds."""
    at = max(now, trust.floor)
    of_own = [_of_own(one, trust, policy, at) for one in own]
    every = [*limits.common(trust, policy, now), *(limit for found in of_own for limit in found)]
    special = limits.common_special(trust, policy, now)
    judged = _judged(trust, policy, at, Role.PRESCRIBER)
    counted = [one for one in judged if one.in_force] or judged
    classes = []
    for control in ControlClass:
        both = [*every, *(special if control.special else ())]
        answers = [_answer([*both, *one.limits(control)], at) for one in counted]
        if not answers and trust.trust_list is not None:  # nobody may prescribe
            both.append(Limit(SINCE_EVER, Permission.NO, "chain_issuer_unknown"))
        classes.append(_of_class(control, answers or [_answer(both, at)], len(counted)))
    return Outlook(
        at,
        max(trust.floor - now, 0),
        _ahead(trust, policy, now),
        limits.clock(trust, policy, now),
        of_trust_list(trust.trust_list, policy, at) if trust.trust_list else None,
        of_snapshot(trust.snapshot, policy, at) if trust.snapshot else None,
        tuple(classes),
        _rows(judged),
        _rows(_judged(trust, policy, at, Role.PHARMACIST, Role.PHARMACY)),
        tuple(_answer(found, at) for found in of_own),
        tuple(behind.every(trust)),
        getattr(trust.trust_list.content.issuers, "left_out", 0) if trust.trust_list else 0,
    )


def _of_own(one: Own, trust: Trust, policy: Policy, at: int) -> list[Limit]:
    if one.chain is None:
        return [Limit(SINCE_EVER, Permission.NO, one.fault)]
    return limits.of_own(one.chain, one.role, trust, policy, at)


def _ahead(trust: Trust, policy: Policy, now: int) -> int:
    ahead = now - trust.latest if trust.latest else 0
    return ahead if ahead > policy.trust_list_red_hours * 3600 else 0


class _Issuer:
    """One issuer's approval (step 1) and revocation data (steps 2 and 9); of several lists, the oldest."""

    def __init__(self, trust: Trust, policy: Policy, at: int, issuer: Issuer, lists: Sequence[StatusList]) -> None:
        self._policy, self._at, self._issuer = policy, at, issuer
        oldest = min(lists, key=lambda one: one.issued_at, default=None)
        ahead = oldest is not None and oldest.issued_at > at + policy.clock_skew_seconds
        self._issued_at = None if oldest is None or ahead else oldest.issued_at
        self._behind = any(behind.of_issuer(trust, issuer.id, one.uri) for one in lists)
        self._approval = limits.of_issuer(issuer, trust, policy, at)
        self._graded = [*self._approval]
        if self._issued_at is None:
            self._graded.append(Limit(SINCE_EVER, Permission.REASON, "status_missing"))
        else:
            self._graded += limits.graded(lambda instant: of_status(self._issued_at or 0, policy, instant), STATUS_CODES)
        if self._behind:
            self._graded.append(Limit(SINCE_EVER, Permission.REASON, "status_behind_snapshot"))

    @property
    def in_force(self) -> bool:
        return not any(one.since == SINCE_EVER and one.permission is Permission.NO for one in self._approval)

    def limits(self, control: ControlClass) -> list[Limit]:
        if not control.special:
            return self._graded
        unusable = self._issued_at is None or self._behind
        ends = SINCE_EVER if unusable else special_status_ends(self._issued_at or 0, control, self._policy)
        fresh = Limit(ends, Permission.NO, "special_needs_fresh_status")
        return [*self._graded, fresh, *limits.no_grace(self._approval)]

    def row(self) -> OfIssuer:
        standing = None if self._issued_at is None else of_status(self._issued_at, self._policy, self._at)
        each = [_answer(self.limits(control), self._at) for control in ControlClass]
        special = max(each[1:], key=lambda one: one.permission)
        return OfIssuer(self._issuer, self._issued_at, standing, self._behind, self.in_force, each[0], special)


def _judged(trust: Trust, policy: Policy, at: int, *roles: Role) -> list[_Issuer]:
    """The issuers of holders with one of these roles."""
    lists: dict[str, list[StatusList]] = {}
    for (issuer, _), status_list in trust.status_lists.items():
        lists.setdefault(issuer, []).append(status_list)
    return [
        _Issuer(trust, policy, at, one, lists.get(one.id, ()))
        for one in (trust.trust_list.content.issuers if trust.trust_list else ())
        if not HOLDERS_OF_ROLE[one.role].isdisjoint(roles)
    ]


def _rows(issuers: Sequence[_Issuer]) -> tuple[OfIssuer, ...]:
    """The worst first."""
    return tuple(sorted((one.row() for one in issuers), key=lambda one: one.badness, reverse=True))


def _soonest(limit: Limit) -> tuple[int, int]:
    """The first; of several at one instant the worst."""
    return limit.since, -limit.permission


def _answer(reaching: Sequence[Limit], at: int) -> Answer:
    reached = [one for one in reaching if one.since <= at]
    permission = max((one.permission for one in reached), default=Permission.YES)
    codes = tuple(dict.fromkeys(one.code for one in reached if one.permission is permission))
    worse = [one for one in reaching if one.since > at and one.permission > permission]
    return Answer(permission, codes, min(worse, key=_soonest, default=None))


def _of_class(control: ControlClass, answers: Sequence[Answer], issuers: int) -> OfClass:
    worst = max(one.permission for one in answers)
    codes = tuple(dict.fromkeys(code for one in answers if one.permission is worst for code in one.codes))
    counts = [sum(one.permission is permission for one in answers) if issuers else 0 for permission in Permission]
    following = min((one.next for one in answers if one.next is not None), key=_soonest, default=None)
    concerned = sum(one.next == following for one in answers) if issuers and following else 0
    return OfClass(control, worst, codes, (counts[0], counts[1], counts[2], counts[3]), following, concerned)
