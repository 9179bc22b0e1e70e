"""What the steps of the verdict judge: one prescription, who signed it, and what the site knows, in one value.

Rules: everything is decided from what stands here: no clock, no file. What several steps ask (how old the revocation data are,
since when a credential is revoked, how strict to be with a product) is answered here once.

Example: `case.revoked_from is None`
"""

from __future__ import annotations

from typing import NamedTuple

from dpr.core import behind, prescribing
from dpr.core.credential import Credential
from dpr.core.freshness import Grace, Standing, grace, of_status
from dpr.core.policy import Policy
from dpr.core.prescription import Item, Prescription
from dpr.core.products import STRICTEST, ControlClass, Product
from dpr.core.status import Status
from dpr.core.trust import StatusAnswer, Trust
from dpr.core.trust_list import Issuer

_SINCE_EVER = 0
Numbered = tuple[int, Item, Product | None]


class Case(NamedTuple):
    """Everything that the steps judge. `now`: seconds since 1970, never before the trust's floor; `clock_behind`: by how many
    seconds the clock was before it; `products`: each item's number (1 is the first), the item, and what the product file says
    of it; `status`: None where no status list of the issuer is held; `known_since`: an instant at which this very document is
    proven to have existed."""

    prescription: Prescription
    credential: Credential
    issuer: Issuer
    trust: Trust
    now: int
    policy: Policy
    products: tuple[Numbered, ...]
    has_catalogue: bool
    catalogue_broken: bool
    status: StatusAnswer | None
    known_since: int | None
    clock_behind: int

    @property
    def status_standing(self) -> Standing | None:
        """How old the issuer's status list is; None where none is held, and where it is dated ahead: it would count as fresh
        until then."""
        if self.status is None or self.status.issued_at > self.now + self.policy.clock_skew_seconds:
            return None
        return of_status(self.status.issued_at, self.policy, self.now)

    @property
    def status_behind_snapshot(self) -> bool:
        """Does the snapshot know newer revocation data of this issuer than those that are held (mix-and-match)?"""
        return behind.of_issuer(self.trust, self.credential.issuer, self.credential.status.uri)

    @property
    def graces(self) -> tuple[Grace, Grace]:
        """How long after the end of the credential, and of the issuer, it was signed, where neither could be renewed."""
        signed_at, trust_list = self.prescription.authored_at, self.trust.trust_list
        status_at = self.status.issued_at if self.status is not None and self.status_standing is not None else None
        list_at = trust_list.issued_at if trust_list is not None else None
        return (
            grace(self.credential.valid_until, signed_at, self.policy, heard_at=self._heard(status_at)),
            grace(self.issuer.valid_until, signed_at, self.policy, heard_at=self._heard(list_at)),
        )

    def _heard(self, issued_at: int | None) -> int | None:
        """What came after this document was received takes back nothing that was granted then."""
        later = issued_at is not None and self.known_since is not None and issued_at > self.known_since
        return None if later else issued_at

    @property
    def revoked_from(self) -> int | None:
        """Since when the credential is revoked; None where it is not. A status bit without a date is since ever."""
        entry = self.trust.revocation(self.credential)
        revoked = self.status is not None and self.status.status is Status.REVOKED
        if entry is None:
            return _SINCE_EVER if revoked else None
        return entry.revoked_from if revoked or entry.revoked_from <= self.now else None

    def control_class(self, item: Item, product: Product | None) -> ControlClass:
        """The stricter of what is signed and what the product file says; unknown counts as strictest.

        Without a product file the ATC group speaks: a narcotic that is not signed as one counts as strictest too.
        """
        if not self.has_catalogue or item.unlisted is not None:
            narcotic = item.atc is not None and item.atc.startswith(prescribing.NARCOTIC_GROUPS)
            return STRICTEST if narcotic and not item.control_class.special else item.control_class
        held = product.control_class if product else None
        if held is None:
            return STRICTEST
        return min(held, item.control_class, key=STRICTNESS.__getitem__)


STRICTNESS = {
    control: place
    for place, control in enumerate(
        (
            ControlClass.NARCOTIC_II,
            ControlClass.NARCOTIC_III,
            ControlClass.NARCOTIC_IV,
            ControlClass.NARCOTIC_V,
            ControlClass.OTHER_SPECIAL,
            ControlClass.NONE,
        )
    )
}
