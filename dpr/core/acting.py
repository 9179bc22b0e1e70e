"""May this pharmacist, or this pharmacy, act now? Judged by their credential, at the moment of acting.

Rules: a stop stops; everything else goes into the record with the age of what it rests on. What ran out while nobody could
renew it has the same grace as a prescriber's (dpr.core.in_force); a revocation has none.

Example: `judge(chain, Role.PHARMACIST, trust, policy, now)` → `(Check(2, "pharmacist_status_ok", PASS, 3600),)`
"""

from __future__ import annotations

from collections.abc import Iterator

from dpr.core import behind, in_force
from dpr.core.credential import Role
from dpr.core.freshness import Grace, Grade, of_status
from dpr.core.policy import Policy
from dpr.core.trust import Chain, Trust
from dpr.core.verdict import PASS, STOP, WARN, Check


def judge(chain: Chain, role: Role, trust: Trust, policy: Policy, now: int) -> tuple[Check, ...]:
    """The checks of a credential whose holder acts as `role` (pharmacist or pharmacy) at the instant `now`."""
    name = role.name.lower()
    if chain.credential.holder.role is not role:
        return (Check(1, f"{name}_credential_needed", STOP),)
    return (*_in_force(name, chain, trust, policy, now), *_revocation(name, chain, trust, policy, now))


def _in_force(name: str, chain: Chain, trust: Trust, policy: Policy, now: int) -> Iterator[Check]:
    ended = in_force.of_times(chain, trust, policy, now)
    if ended is Grace.OVER:
        yield Check(1, f"{name}_credential_not_in_force", STOP)
    elif ended is not Grace.IN_FORCE:
        yield Check(1, f"{name}_credential_grace", WARN, override=ended is Grace.LONG)


def _revocation(name: str, chain: Chain, trust: Trust, policy: Policy, now: int) -> Iterator[Check]:
    current = in_force.current(chain, trust, policy, now)
    if in_force.revocation(chain, trust, now) is not None:
        yield Check(2, f"{name}_credential_revoked", STOP)
    elif current is None:
        yield Check(2, f"{name}_status_missing", WARN)
    else:
        standing = of_status(current.issued_at, policy, now)
        newer = behind.of_issuer(trust, chain.credential.issuer, chain.credential.status.uri)
        if standing.grade is Grade.FRESH and not newer:
            yield Check(2, f"{name}_status_ok", PASS, standing.age_seconds)
        else:
            # Old by itself asks for no reason of its own: the prescriber's list is as old, and asks for one.
            yield Check(2, f"{name}_status_stale", WARN, standing.age_seconds, override=newer)
