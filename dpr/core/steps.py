"""The steps of the verdict, numbered as domain.md §5: what each looks at, and which attack or mistake it answers.

Rules: a step is a generator of checks (pass, warn, stop); none at all is a plain pass, whose code stands in `STEPS`. A step
judges a `Case` and nothing else: no clock, no file. One stop refuses, yet every step is judged, so that all is said at once.

Example: `[*_4_dates(case)] == [Check(4, "expired", STOP)]`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dpr.core import behind, prescribing, prescription_rules
from dpr.core.case import Case
from dpr.core.freshness import (
    CREDENTIAL_CODES,
    ISSUER_CODES,
    SNAPSHOT_CODES,
    STATUS_CODES,
    TRUST_LIST_CODES,
    Grace,
    Grade,
    Standing,
    of_snapshot,
    of_trust_list,
    special_status_ends,
    special_trust_list_ends,
)
from dpr.core.prescription import Protection
from dpr.core.products import ControlClass, differences
from dpr.core.status import Status
from dpr.core.verdict import PASS, STOP, WARN, Check

_HOUR = 3600


def _1_issuer_and_chain(case: Case) -> Iterator[Check]:
    """Signature and chain verified when the document was opened (forgery, altered bytes); what remains is how old trust list
    and snapshot are (freeze attack), whether they belong together (mix-and-match), whether issuer and credential were in
    force when it was signed (stolen old keys), and whether our own clock can be right (a clock set back un-expires)."""
    trust_list, anchor, policy = case.trust.trust_list, case.trust.anchor, case.policy
    if trust_list is None or anchor is None:
        yield Check(1, "trust_list_missing", STOP)
        return
    if anchor.environment is not policy.environment:
        yield Check(1, "environment_differs", STOP)
    if case.clock_behind > policy.clock_behind_stop_hours * _HOUR:
        yield Check(1, "clock_far_behind", STOP)
    elif case.clock_behind > policy.clock_skew_seconds:
        yield Check(1, "clock_behind", WARN, override=True)
    standing = of_trust_list(trust_list, policy, case.now)
    if newer := behind.common(case.trust):
        yield Check(1, newer, WARN, standing.age_seconds, override=True)
    else:
        yield _graded(1, TRUST_LIST_CODES, standing)
    if case.trust.snapshot is not None:
        yield _graded(1, SNAPSHOT_CODES, of_snapshot(case.trust.snapshot, policy, case.now))
    elif case.trust.root_version is not None:
        yield Check(1, "snapshot_missing", WARN)
    yield from _1_in_force(case, standing.age_seconds)


def _graded(step: int, codes: Mapping[Grade, str], standing: Standing) -> Check:
    """Fresh passes, stale warns, red needs a reason."""
    outcome = PASS if standing.grade is Grade.FRESH else WARN
    return Check(step, codes[standing.grade], outcome, standing.age_seconds, override=standing.grade is Grade.RED)


def _1_in_force(case: Case, age: int) -> Iterator[Check]:
    """Issuer and credential at the instant of signing; what ran out while nobody could renew it has a grace."""
    signed_at = case.prescription.authored_at
    of_credential, of_issuer = case.graces
    for codes, valid_from, ended, known in (
        (ISSUER_CODES, case.issuer.valid_from, of_issuer, age),
        (CREDENTIAL_CODES, case.credential.valid_from, of_credential, None),
    ):
        if signed_at < valid_from or ended is Grace.OVER:
            yield Check(1, codes[Grace.OVER], STOP, known)
        elif ended is not Grace.IN_FORCE:
            yield Check(1, codes[ended], WARN, known, override=ended is Grace.LONG)


def _2_revocation(case: Case) -> Iterator[Check]:
    """Is the prescriber's credential revoked or suspended (stolen key, lost right)? How old is that knowledge?"""
    answer, standing = case.status, case.status_standing
    age = standing.age_seconds if standing else None
    revoked_from = case.revoked_from
    # What the signer says of the time proves nothing; that we, or a relay, had it before does.
    had_before = revoked_from is not None and case.known_since is not None and case.known_since < revoked_from
    if revoked_from is not None and not had_before:
        yield Check(2, "credential_revoked", STOP, age)
    elif answer is not None and answer.status is Status.SUSPENDED:
        yield Check(2, "credential_suspended", STOP, age)
    elif had_before:
        yield Check(2, "credential_revoked_later", WARN, age, override=True)
    elif answer is None:
        yield Check(2, "status_missing", WARN, override=True)
    elif answer.status is None:
        yield Check(2, "status_unknown", STOP, age)
    elif standing is None:
        yield Check(2, "status_missing", WARN, override=True)
    elif case.status_behind_snapshot:
        yield Check(2, "status_behind_snapshot", WARN, age, override=True)
    else:
        yield _graded(2, STATUS_CODES, standing)


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
        fault = prescribing.fault(profession, kind, item, case.control_class(item, product))
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
    """Special medicines: fresh revocation data, a trust list that is not old, a credential in force and a clock that can be
    right, or stop."""
    for number, item, product in case.products:
        control = case.control_class(item, product)
        if not control.special:
            continue
        age = case.status_standing.age_seconds if case.status_standing else None
        code = _special_fault(case, control)
        yield Check(9, code or "special_ok", STOP if code else PASS, age, number)


def _special_fault(case: Case, control: ControlClass) -> str | None:
    trust_list, answer = case.trust.trust_list, case.status
    if case.clock_behind > case.policy.clock_skew_seconds:
        return "special_needs_clock"
    if answer is None or case.status_standing is None or case.status_behind_snapshot:
        return "special_needs_fresh_status"
    if case.now >= special_status_ends(answer.issued_at, control, case.policy):
        return "special_needs_fresh_status"
    if trust_list is None or behind.common(case.trust) or case.now >= special_trust_list_ends(trust_list, case.policy):
        return "special_needs_fresh_trust_list"
    return "special_no_grace" if Grace.LONG in case.graces else None


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
