"""What may be dispensed, and when that becomes worse: it agrees with the verdict at every instant."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
import pytest

from dpr.core import acting, documents, drafts
from dpr.core.credential import Role
from dpr.core.limits import Permission
from dpr.core.outlook import Own, outlook
from dpr.core.policy import Policy
from dpr.core.products import ControlClass
from dpr.core.snapshot import ROOT_NAME, TRUST_LIST_NAME, revocations_name, status_name
from dpr.core.status import Status
from dpr.core.trust import Chain, Trust
from dpr.core.trust_list import Environment
from dpr.core.verify import STOP, WARN, Check, Refused, verify
from tests.world import CARE, DAY, EXAMPLES, GLN, NOW, ONE_ITEM, PHARMACIES, PHARMACIST, PHARMACY, VETS, World, status_uri

HOUR = 3600
POLICY = Policy(environment=Environment.TEST, gln=GLN, class_status_hours={"narcotic_ii": 12, "other_special": 72})
NARCOTIC = json.loads((EXAMPLES / "prescriptions" / "narcotic.json").read_text("utf-8"))


def held(world: World, *, minimums: dict[str, int] | None = None, with_snapshot: bool = True, **times: int) -> Trust:
    """A site with one issuer of prescribers; `times`: of its approval."""
    named = {ROOT_NAME: 1, TRUST_LIST_NAME: 1, status_name(CARE, status_uri(CARE)): 1} | (minimums or {})
    snapshot = documents.open_snapshot(world.snapshot(named), world.root_value()) if with_snapshot else None
    care, pharmacies, _ = world.issuers()
    one_prescribes = world.trust_list(issuers=(msgspec.structs.replace(care, **times), pharmacies))
    lists = [world.status_list(issuer=issuer) for issuer in (CARE, PHARMACIES)]
    return documents.open_trust(world.anchor, one_prescribes, status_lists=lists, snapshot=snapshot, root_version=1)


def permission_of(trust: Trust, control: ControlClass, at: int) -> Permission:
    """What the verdict says, of a prescription that is signed at that instant by a credential that is in force."""
    written = NARCOTIC if control.special else ONE_ITEM
    world = World()
    value = drafts.read(json.dumps(written).encode(), id=bytes(16), authored_at=at)
    if control.special:
        items = tuple(msgspec.structs.replace(one, control_class=control) for one in value.content.items)
        value = msgspec.structs.replace(value, content=msgspec.structs.replace(value.content, items=items))
    credential = world.credential(valid_from=NOW - 500 * DAY, valid_until=NOW + 900 * DAY)
    document = documents.sign(documents.PRESCRIPTION, value, world.prescriber, credential=credential)
    found = verify(document, trust, datetime.fromtimestamp(at, UTC), policy=POLICY)
    mattering = [one for one in found.checks if one.step in (1, 2, 9)]
    assert not isinstance(found, Refused) or found.code not in ("internal_error",)
    return of_checks(mattering)


def of_checks(checks: Iterable[Check]) -> Permission:
    """The worst of them, as a pharmacist has to act on it."""
    found = [*checks]
    if any(one.outcome is STOP for one in found):
        return Permission.NO
    if any(one.override for one in found):
        return Permission.REASON
    return Permission.WARNING if any(one.outcome is WARN for one in found) else Permission.YES


ENDED = {
    "an issuer that ended before the list": held(World(), valid_until=NOW - 7200),
    "an issuer that ended long before the list": held(World(), valid_until=NOW - 100 * DAY),
    "an issuer that is approved from next week on": held(World(), valid_from=NOW + 7 * DAY),
    "an issuer that ends tomorrow": held(World(), valid_until=NOW + DAY),
    "an issuer that ends when the list is old": held(World(), valid_until=NOW + 9 * DAY),
    "an issuer that ends when everything is old": held(World(), valid_until=NOW + 50 * DAY),
}
SITES = ENDED | {
    "current": held(World()),
    "without a snapshot": held(World(), with_snapshot=False),
    "a status list behind": held(World(), minimums={status_name(CARE, status_uri(CARE)): NOW}),
    "revocations behind": held(World(), minimums={revocations_name(CARE, status_uri(CARE)): NOW}),
    "a trust list behind": held(World(), minimums={TRUST_LIST_NAME: 2}),
    "a root behind": held(World(), minimums={ROOT_NAME: 2}),
}


@pytest.mark.parametrize("control", ControlClass)
@pytest.mark.parametrize("site", SITES)
def test_it_agrees_with_the_verdict_on_both_sides_of_every_instant_that_it_names(site: str, control: ControlClass) -> None:
    trust, at = SITES[site], NOW
    while True:
        found = outlook(trust, POLICY, at).of(control)
        assert permission_of(trust, control, at) is found.permission
        if found.next is None:
            break
        assert permission_of(trust, control, found.next.since - 1) is found.permission
        assert permission_of(trust, control, found.next.since) is found.next.permission
        at = found.next.since
    for days in range(0, 400, 7):
        at = NOW + days * DAY
        assert permission_of(trust, control, at) is outlook(trust, POLICY, at).of(control).permission, days
    worst = outlook(trust, POLICY, NOW + 360 * DAY).of(control)
    stops = control.special or (site in ENDED and "next week" not in site)
    assert worst.permission is (Permission.NO if stops else Permission.REASON)


def chain_of(trust: Trust, role: Role, **changes: int) -> Chain:
    world = World()
    holder, key, idx = (PHARMACY, world.pharmacy, 2) if role is Role.PHARMACY else (PHARMACIST, world.pharmacist, 1)
    return documents.open_credential(world.credential(holder, key, idx, **changes), trust)


REVOKED = documents.open_trust(
    World().anchor,
    World().trust_list(issuers=World().issuers()[:2]),
    status_lists=[World().status_list(), World().status_list({2: Status.REVOKED}, issuer=PHARMACIES)],
)
LATER = documents.open_trust(
    World().anchor,
    World().trust_list(issuers=World().issuers()[:2]),
    status_lists=[World().status_list(issuer=issuer) for issuer in (CARE, PHARMACIES)],
    revocations=[World().revocations({2: NOW + 3 * DAY}, issuer=PHARMACIES)],
)
OWN: dict[str, tuple[Trust, dict[str, int]]] = {
    "current": (SITES["current"], {"valid_until": NOW + 300 * DAY}),
    "ended before the lists": (SITES["current"], {"valid_until": NOW - DAY}),
    "ends tomorrow": (SITES["current"], {"valid_until": NOW + DAY}),
    "begins in a week": (SITES["current"], {"valid_from": NOW + 7 * DAY}),
    "revoked": (REVOKED, {}),
    "revoked from a day on": (LATER, {}),
    "lists behind": (held(World(), minimums={status_name(PHARMACIES, status_uri(PHARMACIES)): NOW}), {}),
}


@pytest.mark.parametrize("case", OWN)
def test_it_agrees_with_what_the_pharmacys_own_credential_may_do(case: str) -> None:
    trust, changes = OWN[case]
    chain = chain_of(trust, Role.PHARMACY, **changes)

    def own(at: int) -> Permission:
        return of_checks(acting.judge(chain, Role.PHARMACY, trust, POLICY, at))

    at = NOW
    while True:
        found = outlook(trust, POLICY, at, [Own(Role.PHARMACY, chain)])
        answer, ordinary = found.own[0], found.of(ControlClass.NONE)
        assert answer.permission is own(at)
        assert ordinary.permission is max(own(at), permission_of(trust, ControlClass.NONE, at))
        if answer.permission is ordinary.permission:
            assert {*answer.codes} <= {*ordinary.codes}
        if answer.next is None:
            break
        assert own(answer.next.since - 1) is answer.permission and own(answer.next.since) is answer.next.permission
        at = answer.next.since


def test_a_pharmacy_whose_credential_is_revoked_dispenses_nothing() -> None:
    found = outlook(REVOKED, POLICY, NOW, [Own(Role.PHARMACY, chain_of(REVOKED, Role.PHARMACY))])
    assert found.of(ControlClass.NONE).permission is Permission.NO
    assert found.of(ControlClass.NONE).codes == ("pharmacy_credential_revoked",)
    unknown = outlook(SITES["current"], POLICY, NOW, [Own(Role.PHARMACIST, None, "own_issuer_unknown")])
    assert unknown.of(ControlClass.NONE).codes == ("own_issuer_unknown",)


def test_an_issuer_whose_approval_ended_counts_as_one_that_is_not_listed() -> None:
    world = World()
    care, pharmacies, vets = world.issuers()
    ended = msgspec.structs.replace(vets, valid_until=NOW - DAY)
    lists = [world.status_list(), world.status_list(issuer=VETS)]
    trust = documents.open_trust(world.anchor, world.trust_list(issuers=(care, pharmacies, ended)), status_lists=lists)
    found = outlook(trust, POLICY, NOW)
    assert found.of(ControlClass.NONE).permission is Permission.YES and found.of(ControlClass.NONE).issuers == (1, 0, 0, 0)
    assert [(one.issuer.id, one.in_force) for one in found.issuers] == [(VETS, False), (CARE, True)]
    assert found.issuers[0].ordinary.codes == ("issuer_not_in_force",)


def test_what_holds_for_all_is_not_said_of_each_issuer() -> None:
    found = outlook(SITES["current"], POLICY, NOW + 3 * DAY)
    assert "snapshot_stale" in found.of(ControlClass.NONE).codes
    assert all("snapshot_stale" not in one.ordinary.codes for one in found.issuers)


def test_a_list_without_issuers_of_prescribers_allows_nothing() -> None:
    world = World()
    trust = documents.open_trust(world.anchor, world.trust_list(issuers=world.issuers()[1:2]))
    found = outlook(trust, POLICY, NOW).of(ControlClass.NONE)
    assert found.permission is Permission.NO and found.codes == ("chain_issuer_unknown",)


def test_a_clock_far_ahead_of_every_list_is_told() -> None:
    trust = SITES["current"]
    assert outlook(trust, POLICY, NOW + 20 * DAY).clock_ahead_seconds == 0
    assert outlook(trust, POLICY, NOW + 700 * DAY).clock_ahead_seconds == 700 * DAY + NOW - trust.latest


def test_the_pharmacies_issuers_have_rows_of_their_own() -> None:
    found = outlook(SITES["current"], POLICY, NOW)
    assert [one.issuer.id for one in found.pharmacies] == [PHARMACIES]
    assert found.pharmacies[0].ordinary.permission is Permission.YES
    old = documents.open_trust(World().anchor, World().trust_list(), status_lists=[World().status_list()])
    assert outlook(old, POLICY, NOW).pharmacies[0].ordinary.codes == ("status_missing",)


@pytest.mark.parametrize(("behind", "expected"), [(200, "yes"), (400, "reason"), (24 * HOUR + 700, "no")])
def test_a_clock_behind_is_graded(behind: int, expected: str) -> None:
    world = World()
    old = world.status_list(issued_at=NOW - 2 * HOUR)
    trust = documents.open_trust(world.anchor, world.trust_list(issuers=world.issuers()[:2]), status_lists=[old])
    found = outlook(trust, POLICY, trust.floor - behind)
    assert found.clock.name.lower() == expected and found.clock_behind_seconds == behind
    assert found.judged_at == trust.floor
    assert found.of(ControlClass.NONE).permission is max(found.clock, Permission.YES)
    assert (found.of(ControlClass.NARCOTIC_II).permission is Permission.NO) == (expected != "yes")


def test_of_several_issuers_the_worst_comes_first_and_each_is_counted() -> None:
    world = World()
    lists = [world.status_list(), world.status_list(issuer=VETS, issued_at=NOW - 2 * DAY)]
    trust = documents.open_trust(world.anchor, world.trust_list(), status_lists=lists)
    found = outlook(trust, POLICY, NOW)
    assert [one.issuer.id for one in found.issuers] == [VETS, CARE]
    assert found.of(ControlClass.NONE).issuers == (1, 1, 0, 0)
    assert found.of(ControlClass.NARCOTIC_II).issuers == (1, 0, 0, 1)
    assert found.of(ControlClass.OTHER_SPECIAL).issuers == (1, 1, 0, 0)
    assert found.of(ControlClass.NONE).codes == ("status_stale",)


def test_an_issuer_without_revocation_data_needs_a_reason_and_a_site_without_a_list_dispenses_nothing() -> None:
    world = World()
    trust = documents.open_trust(world.anchor, world.trust_list())
    assert outlook(trust, POLICY, NOW).of(ControlClass.NONE).permission is Permission.REASON
    nothing = outlook(Trust(world.anchor), POLICY, NOW)
    assert nothing.of(ControlClass.NONE).codes == ("trust_list_missing",)
    assert nothing.of(ControlClass.NONE).permission is Permission.NO


def test_what_the_snapshot_knows_to_be_newer_is_named() -> None:
    minimums = {ROOT_NAME: 3, TRUST_LIST_NAME: 2, status_name(CARE, status_uri(CARE)): NOW, "address-book": 4}
    found = outlook(held(World(), minimums=minimums), POLICY, NOW)
    assert {(one.name, one.held, one.minimum) for one in found.behind} == {
        (ROOT_NAME, 1, 3),
        (TRUST_LIST_NAME, 1, 2),
        (status_name(CARE, status_uri(CARE)), NOW - 600, NOW),
    }
