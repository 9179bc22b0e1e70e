"""Is this credential, whoever's it is, in force at an instant? For all who act now: pharmacists, pharmacies, nodes, relays.

Rules: revoked or suspended is no, from the revocation's own instant on. What ran out while nobody could renew it, of the
holder or of the issuer, has the verdict's grace (dpr.core.freshness). A status list that is dated ahead is no evidence that
somebody could be heard.

Example: `standing(chain, trust, policy, now)` → `Standing.GOOD`
"""

from __future__ import annotations

from enum import Enum

from dpr.core.freshness import Grace, grace
from dpr.core.policy import Policy
from dpr.core.status import Status
from dpr.core.trust import Chain, StatusAnswer, Trust


class Standing(Enum):
    """How a credential stands at an instant."""

    GOOD = "good"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    NOT_IN_FORCE = "not_in_force"


def standing(chain: Chain, trust: Trust, policy: Policy, now: int) -> Standing:
    """The standing at the instant `now`, in seconds, with the grace of a verdict."""
    revoked = revocation(chain, trust, now)
    if revoked is not None:
        return revoked
    ended = of_times(chain, trust, policy, now)
    return Standing.NOT_IN_FORCE if ended is Grace.OVER else Standing.GOOD


def revocation(chain: Chain, trust: Trust, now: int) -> Standing | None:
    """REVOKED or SUSPENDED by what is held, at the instant `now`; None where neither is."""
    answer, entry = trust.status(chain.credential), trust.revocation(chain.credential)
    if entry is not None and entry.revoked_from <= now:
        return Standing.REVOKED
    if answer is None or answer.status is Status.VALID:
        return None
    return Standing.SUSPENDED if answer.status is Status.SUSPENDED else Standing.REVOKED


def of_times(chain: Chain, trust: Trust, policy: Policy, now: int) -> Grace:
    """The worse of what the credential's and the issuer's times say; OVER also before either begins, beyond the skew."""
    credential, issuer, answer = chain.credential, chain.issuer, current(chain, trust, policy, now)
    if now < max(credential.valid_from, issuer.valid_from) - policy.clock_skew_seconds:
        return Grace.OVER
    return max(
        grace(credential.valid_until, now, policy, heard_at=answer.issued_at if answer else None),
        grace(issuer.valid_until, now, policy, heard_at=trust.trust_list.issued_at if trust.trust_list else None),
    )


def current(chain: Chain, trust: Trust, policy: Policy, now: int) -> StatusAnswer | None:
    """What the status list says; None where it is dated ahead: it would count as fresh until then."""
    answer = trust.status(chain.credential)
    return None if answer is None or answer.issued_at > now + policy.clock_skew_seconds else answer
