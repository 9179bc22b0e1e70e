"""Attacks on a site's beginning, on its clock, and by those whom somebody vouches for: wrong role, wrong scope.

Rules: as tests/attacks/table.py. `install`: what a row leaves in `stage.first_root` is installed in an empty site. `verdict`:
what it leaves in `stage.document` is shown at the counter, at `stage.now`.

Example: `wrong_role(stage)`
"""

from __future__ import annotations

import msgspec

from dpr.core import documents
from dpr.core.credential import Holder, Profession
from dpr.core.prescription import PrescriptionKind
from tests.attacks.simulator import CONTENT, Quorum, key
from tests.attacks.stage import REVOKED, Stage
from tests.attacks.table import attack
from tests.world import CARE, DAY, OTHER_GLN, PHARMACIES, PHARMACIST, PHARMACY, PHYSICIAN, VETERINARIAN, VETS, World, signer

# --- the first root -----------------------------------------------------------------------------------------------------


@attack(
    "first-root-malformed",
    "test_basic.py::test_invalid_initial_root",
    "python-tuf test_trusted_metadata_set.py::test_bad_initial_root",
    "tuf-spec 5.2 trusted root",
    does="hands a new site a root that lacks its version",
    answer="refused: nothing is installed",
    told="trust_not_set_up",
    paths="install",
)
def first_root_malformed(stage: Stage) -> None:
    claims = stage.attacker.root_claims()
    del claims[CONTENT][0]
    stage.first_root = stage.attacker.root(claims)


@attack(
    "first-root-unsigned",
    "test_basic.py::test_unsigned_initial_root",
    "tuf-spec 5.2 trusted root",
    does="hands a new site a root that too few of its own keys have signed",
    answer="refused: nothing is installed",
    told="trust_not_set_up",
    paths="install",
)
def first_root_unsigned(stage: Stage) -> None:
    stage.first_root = stage.attacker.root(by=("root 1",))


@attack(
    "first-root-of-another-kind",
    "python-tuf test_trusted_metadata_set.py::test_bad_initial_root",
    does="hands a new site a snapshot as its root",
    answer="refused: nothing is installed",
    told="trust_not_set_up",
    paths="install",
)
def first_root_of_another_kind(stage: Stage) -> None:
    stage.first_root = stage.news["snapshot"]


@attack(
    "first-root-of-a-stranger",
    "tuf-spec 5.2 trusted root",
    does="hands a new site a root of his own, rightly signed",
    answer="a person compares the fingerprint with the authority's: refused",
    told="root_fingerprint_differs",
    paths="install",
)
def first_root_of_a_stranger(stage: Stage) -> None:
    attacker = stage.attacker
    attacker.root_quorum = Quorum(2, ("stranger 1", "stranger 2"))
    stage.first_root = attacker.root()


@attack(
    "first-root-uncompared",
    "tuf-spec 5.2 trusted root",
    does="hands a new site for production a root of his own, and counts on nobody comparing it",
    answer="in production a fingerprint must be given: refused",
    told="root_fingerprint_missing",
    paths="install",
)
def first_root_uncompared(stage: Stage) -> None:
    attacker = stage.attacker
    attacker.environment = 1
    stage.first_root, stage.site_environment, stage.fingerprint = attacker.root(), "production", None


@attack(
    "first-root-of-another-environment",
    "tuf-spec 5.2 trusted root",
    does="hands a new site for production the root that everybody rehearses with",
    answer="refused: test and production never mix",
    told="root_not_for_this_site",
    paths="install",
)
def first_root_of_another_environment(stage: Stage) -> None:
    stage.first_root, stage.site_environment = stage.first["roots/1"], "production"


@attack(
    "second-first-root",
    "tuf-spec 5.2 trusted root",
    does="hands a site that has a root another first one",
    answer="refused: a root follows on a root, or a person begins anew",
    told="root_exists",
    paths="reinstall",
)
def second_first_root(stage: Stage) -> None:
    first_root_of_a_stranger(stage)


@attack(
    "list-without-root",
    "python-tuf test_updater_top_level_update.py::test_trusted_root_missing",
    does="brings lists to a site that has no root",
    answer="refused: nothing is believed without one",
    told="trust_not_set_up",
    paths="empty",
)
def list_without_root(stage: Stage) -> None:
    assert stage.served


@attack(
    "held-root-torn",
    "python-tuf test_updater_top_level_update.py::test_trusted_root_unsigned",
    "tuf-spec 5 recoverable",
    does="is no attacker but a disk: the file of the root in force is torn",
    answer="its twin among the roots that led there counts",
)
def held_root_torn(stage: Stage) -> None:
    (stage.trust_files.folder / "root.cbor").write_bytes(stage.held["root"][:100])


# --- role and scope -----------------------------------------------------------------------------------------------------


def _signed(stage: Stage, holder: Holder, issuer: str, by: str | None = None, at: int | None = None) -> bytes:
    """A prescription by `holder`, whose credential says `issuer`, signed by the key of `by` (the same where not said)."""
    world = World(now=stage.now)
    value = world.credential_value(holder, valid_from=stage.now - DAY, valid_until=stage.now + DAY)
    credential = documents.sign(
        documents.CREDENTIAL_KIND, msgspec.structs.replace(value, issuer=issuer), stage.authority.issuer_key(by or issuer)
    )
    prescription = world.prescription(authored_at=at)
    return documents.sign(documents.PRESCRIPTION, prescription, world.prescriber, credential=credential)


@attack(
    "wrong-role-of-issuer",
    "tuf-spec 5.6.7 delegations",
    does="has a pharmacy company vouch for a physician, who signs a prescription",
    answer="refused: such an issuer vouches for pharmacists and pharmacies",
    told="scope_role",
    paths="verdict",
)
def wrong_role_of_issuer(stage: Stage) -> None:
    stage.document = _signed(stage, PHYSICIAN, PHARMACIES)


@attack(
    "wrong-role-of-holder",
    "tuf-spec 5.6.7 delegations",
    does="signs a prescription as a pharmacist",
    answer="refused: a pharmacist does not prescribe",
    told="chain_role",
    paths="verdict",
)
def wrong_role_of_holder(stage: Stage) -> None:
    stage.document = _signed(stage, PHARMACIST, PHARMACIES)


@attack(
    "wrong-scope-profession",
    "tuf-spec 5.6.7 delegations",
    does="has a care provider vouch for a veterinarian",
    answer="refused: only a veterinary issuer may",
    told="scope_role",
    paths="verdict",
)
def wrong_scope_profession(stage: Stage) -> None:
    stage.document = _signed(stage, VETERINARIAN, CARE)


@attack(
    "wrong-scope-listed-profession",
    "tuf-spec 5.6.7 delegations",
    does="has an issuer vouch for a profession that the trust list does not give it",
    answer="refused",
    told="scope_profession",
    paths="verdict",
)
def wrong_scope_listed_profession(stage: Stage) -> None:
    stage.publish_with_issuer(0, 4, [int(Profession.TL)])
    stage.document = _signed(stage, PHYSICIAN, CARE)


@attack(
    "wrong-scope-kind",
    "tuf-spec 5.6.7 delegations",
    does="prescribes medicines where the issuer may vouch for consumables only",
    answer="refused",
    told="scope_kind",
    paths="verdict",
)
def wrong_scope_kind(stage: Stage) -> None:
    stage.publish_with_issuer(0, 5, [int(PrescriptionKind.CONSUMABLES)])
    stage.document = _signed(stage, PHYSICIAN, CARE)


@attack(
    "wrong-scope-organisation",
    "tuf-spec 5.6.7 delegations",
    does="has a care provider vouch for a workplace of another organisation",
    answer="refused",
    told="scope_organisation",
    paths="verdict",
)
def wrong_scope_organisation(stage: Stage) -> None:
    assert PHYSICIAN.workplace is not None
    elsewhere = msgspec.structs.replace(PHYSICIAN.workplace, hsa_id="SE2321000024-1000")
    stage.document = _signed(stage, msgspec.structs.replace(PHYSICIAN, workplace=elsewhere), CARE)


@attack(
    "wrong-scope-pharmacy",
    "tuf-spec 5.6.7 delegations",
    does="has a pharmacy company vouch for a pharmacy of another company",
    answer="refused: the trust list names the pharmacies of each",
    told="scope_gln",
    paths="stick",
)
def wrong_scope_pharmacy(stage: Stage) -> None:
    stage.extra = [World(now=stage.now).credential(msgspec.structs.replace(PHARMACY, gln=OTHER_GLN), signer("pharmacy"), 2)]


@attack(
    "issuer-under-another-name",
    "test_updater_delegation_graphs.py::test_cached_role_is_verified_against_current_delegator",
    does="signs, with a stolen veterinary issuer's key, a physician's credential that names the care provider",
    answer="refused: the issuer is who signed, not who is named",
    told="chain_issuer_differs",
    paths="verdict",
)
def issuer_under_another_name(stage: Stage) -> None:
    stage.document = _signed(stage, PHYSICIAN, CARE, by=VETS)


@attack(
    "issuer-removed",
    "tuf-spec 1.5.3 revocable keys",
    "test_updater_delegation_graphs.py::test_cached_role_is_verified_against_current_delegator",
    does="prescribes on after the authority has taken the issuer out of the trust list",
    answer="refused, also where the signer is remembered from before",
    told="chain_issuer_unknown",
    paths="verdict",
)
def issuer_removed(stage: Stage) -> None:
    stage.document = _signed(stage, PHYSICIAN, CARE)
    stage.publish_without_issuer(0)


# --- stolen prescriber's keys, and the clock ----------------------------------------------------------------------------


@attack(
    "backdated",
    "tuf-spec 1.5.2 key compromises",
    does="dates a prescription with a stolen prescriber's key to the day before the key was revoked",
    answer="refused: what a signer says of the time proves nothing",
    told="credential_revoked",
    paths="verdict",
)
def backdated(stage: Stage) -> None:
    stage.document = stage.prescription(REVOKED, authored_at=stage.now - 5 * DAY)


@attack(
    "clock-set-back",
    "tuf-spec 1.5.2 indefinite freeze",
    "tuf-spec 5.1 fixed time",
    does="sets the site's clock back to before the revocation of the key that he has stolen",
    answer="it is never before what the authority's lists prove: still revoked",
    told="clock_far_behind credential_revoked",
    paths="verdict",
)
def clock_set_back(stage: Stage) -> None:
    stage.document = stage.prescription(REVOKED)
    stage.now -= 10 * DAY


@attack(
    "clock-set-back-outdated",
    "tuf-spec 1.5.2 indefinite freeze",
    does="sets the site's clock back, so that a prescription that has expired is valid again",
    answer="the clock is named, and the prescription stays expired",
    told="clock_far_behind expired",
    paths="verdict",
)
def clock_set_back_outdated(stage: Stage) -> None:
    stage.document = stage.prescription(7, authored_at=stage.now - 380 * DAY)
    stage.now -= 30 * DAY


@attack(
    "online-key-as-issuer",
    "tuf-spec 1.5.2 key compromises",
    does="signs a prescriber's credential with the stolen online key",
    answer="refused: it vouches for nobody",
    told="chain_issuer_unknown",
    paths="verdict",
)
def online_key_as_issuer(stage: Stage) -> None:
    world = World(now=stage.now)
    credential = documents.sign(documents.CREDENTIAL_KIND, world.credential_value(), key("snapshot 1"))
    stage.document = documents.sign(documents.PRESCRIPTION, world.prescription(), world.prescriber, credential=credential)
