"""The steps of the verdict, numbered as domain.md §5: what each looks at, and which attack or mistake it answers.

Rules: a step is a generator of checks (pass, warn, stop); none at all is a plain pass, whose code stands in `STEPS`. A step
judges a `Case` and nothing else: no clock, no file. One stop refuses, yet every step is judged, so that all is said at once.

Example: `[*_4_dates(case)] == [Check(4, "expired", STOP)]`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from dpr.core import authority, prescription_rules
from dpr.core.credential import Credential
from dpr.core.policy import Policy
from dpr.core.prescription import Item, Prescription, Protection
from dpr.core.products import STRICTEST, ControlClass, Product, differences
from dpr.core.status import Status
from dpr.core.trust import StatusAnswer, Trust
from dpr.core.trust_list import Issuer
from dpr.core.verdict import PASS, STOP, WARN, Check

_HOUR = 3600
Numbered = tuple[int, Item, Product | None]


class Case(NamedTuple):
    """Everything that the steps judge. `now`: seconds since 1970; `products`: each item's number (1 is the first), the item,
    and what the product file says of it; `status`: None where no status list of the issuer is held."""

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

    @property
    def status_age_seconds(self) -> int | None:
        """Seconds since the status list was issued; None where none is held, and where that lies ahead: it would count as
        fresh until then."""
        age = self.now - self.status.issued_at if self.status else None
        return None if age is None or age < -self.policy.clock_skew_seconds else max(age, 0)

    def control_class(self, item: Item, product: Product | None) -> ControlClass:
        """The stricter of what is signed and what the product file says; unknown counts as strictest.

        Without a product file the ATC group speaks: a narcotic that is not signed as one counts as strictest too.
        """
        if not self.has_catalogue or item.unlisted is not None:
            narcotic = item.atc is not None and item.atc.startswith(authority.NARCOTIC_GROUPS)
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


def _1_issuer_and_chain(case: Case) -> Iterator[Check]:
    """Signature and chain verified when the document was opened (forgery, altered bytes); what remains is how old the
    trust list is (freeze attack) and whether issuer and credential were in force when it was signed (stolen old keys)."""
    trust_list = case.trust.trust_list
    anchor = case.trust.anchor
    if trust_list is None or anchor is None:
        yield Check(1, "trust_list_missing", STOP)
        return
    age = case.now - trust_list.issued_at
    if anchor.environment is not case.policy.environment:
        yield Check(1, "environment_differs", STOP)
    if age < -case.policy.clock_skew_seconds:
        yield Check(1, "clock_behind", STOP)
        return
    age = max(age, 0)
    if case.now < trust_list.content.next_update:
        yield Check(1, "signature_ok", PASS, age)
    elif age <= case.policy.trust_list_red_hours * _HOUR:
        yield Check(1, "trust_list_stale", WARN, age)
    else:
        yield Check(1, "trust_list_red", WARN, age, override=True)
    signed_at = case.prescription.authored_at
    if not case.issuer.valid_from <= signed_at < case.issuer.valid_until:
        yield Check(1, "issuer_not_in_force", STOP, age)
    if not case.credential.valid_from <= signed_at < case.credential.valid_until:
        yield Check(1, "credential_not_in_force", STOP)


def _2_revocation(case: Case) -> Iterator[Check]:
    """Is the prescriber's credential revoked or suspended (stolen key, lost right)? How old is that knowledge?"""
    answer, age = case.status, case.status_age_seconds
    if answer is None:
        yield Check(2, "status_missing", WARN, override=True)
    elif answer.status is Status.REVOKED:
        yield Check(2, "credential_revoked", STOP, age)
    elif answer.status is Status.SUSPENDED:
        yield Check(2, "credential_suspended", STOP, age)
    elif answer.status is None:
        yield Check(2, "status_unknown", STOP, age)
    elif age is None:
        yield Check(2, "status_missing", WARN, override=True)
    elif age <= case.policy.status_fresh_hours * _HOUR:
        yield Check(2, "status_ok", PASS, age)
    elif age <= case.policy.status_red_hours * _HOUR:
        yield Check(2, "status_stale", WARN, age)
    else:
        yield Check(2, "status_red", WARN, age, override=True)


def _3_authority(case: Case) -> Iterator[Check]:
    """May this profession prescribe these products, and does the issuer vouch for this kind (wrong role, wrong scope)?"""
    kind = case.prescription.content.kind
    if kind not in case.issuer.kinds:
        yield Check(3, "scope_kind", STOP)
    profession = case.credential.holder.profession
    if profession is None:
        yield Check(3, "authority_profession", STOP)
        return
    for number, item, product in case.products:
        fault = authority.fault(profession, kind, item, case.control_class(item, product))
        if fault:
            yield Check(3, fault[0], fault[1], item=number, override=fault[1] is WARN)


def _4_dates(case: Case) -> Iterator[Check]:
    """Signed in the future (a clock, or a trick to outlive a revocation), or no longer valid?"""
    if case.prescription.authored_at > case.now + case.policy.clock_skew_seconds:
        yield Check(4, "authored_in_future", STOP)
    if case.now >= case.prescription.expires_at:
        yield Check(4, "expired", STOP)


def _5_audience(case: Case) -> Iterator[Check]:
    """Addressed to us, or to nobody (a copy can be shown in two places)?"""
    audience = case.prescription.audience
    if audience is None:
        if case.policy.accept_bearer:
            yield Check(5, "audience_bearer")
        else:
            yield Check(5, "audience_bearer_refused", STOP)
    elif audience != case.policy.gln:
        yield Check(5, "audience_other" if case.policy.gln else "audience_site_unknown", STOP)


#: Rules that belong to another step than 7 (what is written, and how).
STEP_OF_RULE = {
    "validity_not_whole_days": 4,
    "validity_before_authored": 4,
    "validity_telephone": 4,
    "validity_too_long": 4,
    "benefit_missing": 10,
    "benefit_conditions": 10,
    "substitution_missing": 10,
    "protected_name": 12,
    "protected_birth_date": 12,
}


def _7_content(case: Case) -> Iterator[Check]:
    """The rules that span fields; each field's own form was checked when it was read."""
    for problem in prescription_rules.problems(case.prescription):
        yield Check(STEP_OF_RULE.get(problem.code, 7), problem.code, STOP)


def _8_workplace_code(case: Case) -> Iterator[Check]:
    """Benefit and smittskydd need the workplace code."""
    workplace = case.credential.holder.workplace
    if workplace is None or workplace.code is None:
        for number, item, _ in case.products:
            if item.benefit or item.infection_act:
                yield Check(8, "workplace_code_missing", WARN, item=number)


def _9_special(case: Case) -> Iterator[Check]:
    """Special medicines: fresh revocation data or stop."""
    for number, item, product in case.products:
        if not case.control_class(item, product).special:
            continue
        age = case.status_age_seconds
        if age is not None and age <= case.policy.special_status_hours * _HOUR:
            yield Check(9, "special_ok", PASS, age, number)
        else:
            yield Check(9, "special_needs_fresh_status", STOP, age, number)


def _10_substitution_and_benefit(case: Case) -> Iterator[Check]:
    """Stated at all was judged with the rules; a refusal must reach the pharmacist."""
    for number, item, _ in case.products:
        if item.substitution is not None and not item.substitution.allowed:
            yield Check(10, "substitution_refused", PASS, item=number)


def _12_protected(case: Case) -> Iterator[Check]:
    """A protected identity changes how the pharmacy works (domain.md §6)."""
    patient = case.prescription.content.patient
    if patient is not None and patient.protected is not Protection.NONE:
        yield Check(12, "protected_identity", WARN)


def _13_products(case: Case) -> Iterator[Check]:
    """What is signed against the product file: a code and a name that do not belong together."""
    if not case.has_catalogue:
        yield Check(13, "products_unreadable", WARN) if case.catalogue_broken else Check(13, "products_not_held")
        return
    for number, item, product in case.products:
        if item.unlisted is not None:
            yield Check(13, "product_unlisted", WARN, item=number)
        elif product is None:
            yield Check(13, "product_not_found", WARN, item=number)
        else:
            for field in differences(item, product):
                yield Check(13, f"product_{field}_differs", WARN, item=number)


Judge = Callable[[Case], Iterator[Check]]
#: Step (domain.md §5; 13 is ours), the code of a plain pass, and the judge. 6 and 11 are the ledger's.
STEPS: tuple[tuple[int, str, Judge], ...] = (
    (1, "signature_ok", _1_issuer_and_chain),
    (2, "status_ok", _2_revocation),
    (3, "authority_ok", _3_authority),
    (4, "dates_ok", _4_dates),
    (5, "audience_ok", _5_audience),
    (7, "content_ok", _7_content),
    (8, "workplace_code_ok", _8_workplace_code),
    (9, "special_none", _9_special),
    (10, "substitution_ok", _10_substitution_and_benefit),
    (12, "protected_none", _12_protected),
    (13, "products_ok", _13_products),
)
