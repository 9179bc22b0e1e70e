"""Attacks with stolen keys, and with keys counted wrongly.

Rules: as tests/attacks/table.py. Fewer keys than the threshold must be worth nothing; an online or an issuer's key no more
than its own role.

Example: `one_root_key(stage)`
"""

from __future__ import annotations

from typing import Any

from dpr.core import cbor, cose
from tests.attacks.simulator import (
    CONTENT,
    Quorum,
    key,
    resigned,
    revocations_name,
    sign_by_many,
    sign_by_one,
    signatures_of,
    status_name,
)
from tests.attacks.stage import Stage
from tests.attacks.table import attack
from tests.world import CARE, VETS, signer, status_uri


def _foreign_root(stage: Stage, *by: str) -> None:
    """A next root that names a stranger's keys for the lists."""
    attacker = stage.attacker
    attacker.lists_quorum = Quorum(1, ("stranger 1",))
    stage.serve_root(attacker.root(by=by))


@attack(
    "one-root-key",
    "tuf-spec 1.5.2 key compromises",
    "tuf-spec 5.3.4 root signatures",
    does="has stolen one of the root keys, of which two must sign, and signs a root with it",
    answer="refused",
    told="root_threshold_not_met",
    graded="root_behind_snapshot",
)
def one_root_key(stage: Stage) -> None:
    _foreign_root(stage, "root 1")


@attack(
    "one-root-key-often",
    "tuf-spec 5.3.4 root signatures",
    "test_keys.py::test_duplicate_sig_keyids",
    does="signs a root five times with the one root key that he has",
    answer="a key counts once: refused",
    told="root_threshold_not_met",
    graded="root_behind_snapshot",
)
def one_root_key_often(stage: Stage) -> None:
    _foreign_root(stage, *["root 1"] * 5)


@attack(
    "one-list-key",
    "tuf-spec 1.5.2 key compromises",
    "tuf-spec 5.6.3 targets signatures",
    does="has stolen one of the keys of the trust list, of which two must sign",
    answer="refused",
    told="trust_list_threshold",
    graded="trust_list_behind_snapshot",
)
def one_list_key(stage: Stage) -> None:
    stage.served["trust-list"] = stage.attacker.trust_list(by=("lists 1",))


@attack(
    "one-list-key-often",
    "tuf-spec 5.6.3 targets signatures",
    "test_keys.py::test_duplicate_keys",
    "test_keys.py::test_duplicate_sig_keyids",
    does="repeats that signature, and signs again with the same key, ECDSA being different each time",
    answer="a key counts once: refused",
    told="trust_list_threshold",
    graded="trust_list_behind_snapshot",
)
def one_list_key_often(stage: Stage) -> None:
    document = stage.attacker.trust_list(by=("lists 1", "lists 1", "lists 1"))
    stage.served["trust-list"] = resigned(document, [*signatures_of(document), *signatures_of(document)[:1]])


@attack(
    "one-list-key-under-two-names",
    "tuf-spec 5.6.3 targets signatures",
    does="writes another key's kid over a second signature of the key that he has",
    answer="the kid is a hint and signed: the signature is nobody's: refused",
    told="trust_list_threshold",
    graded="trust_list_behind_snapshot",
)
def one_list_key_under_two_names(stage: Stage) -> None:
    document = stage.attacker.trust_list(by=("lists 1",))
    body, _, payload, _ = cbor.decode(document, signed_list=True).value
    stolen, other = key("lists 1"), cose.protected_header(key("lists 2").key, {})
    second = stolen.sign(cose.to_be_signed(body, other, payload))
    stage.served["trust-list"] = resigned(document, [*signatures_of(document), (other, second)])


@attack(
    "signature-twin",
    "tuf-spec 5.6.3 targets signatures",
    does="turns the one ECDSA signature that he has into its twin (r, n - s), and adds it",
    answer="a key counts once, whatever its signatures look like: refused",
    told="trust_list_threshold",
    graded="trust_list_behind_snapshot",
)
def signature_twin(stage: Stage) -> None:
    order = int("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16)
    document = stage.attacker.trust_list(by=("lists 1",))
    ((protected, signature),) = signatures_of(document)
    twin = signature[:32] + (order - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
    stage.served["trust-list"] = resigned(document, [(protected, signature), (protected, twin)])


@attack(
    "key-twice-in-root",
    "test_keys.py::test_duplicate_keys",
    does="gets enough custodians to sign a root that names one key nine times",
    answer="refused: a quorum names a key once",
    told="root_key_twice",
    graded="root_behind_snapshot",
)
def key_twice_in_root(stage: Stage) -> None:
    attacker = stage.attacker
    attacker.lists_quorum = Quorum(6, ("lists 1",) * 9)
    stage.serve_root(attacker.root())


@attack(
    "threshold-raised",
    "python-tuf test_trusted_metadata_set.py::test_update_root_new_root_fail_threshold_verification",
    "tuf-spec 5.3.4 root signatures",
    does="has two root keys, and signs a root that asks for three",
    answer="a root must meet its own threshold too: refused",
    told="root_threshold_not_met",
    graded="root_behind_snapshot",
)
def threshold_raised(stage: Stage) -> None:
    attacker = stage.attacker
    attacker.root_quorum = Quorum(3, attacker.root_quorum.labels)
    stage.serve_root(attacker.root(by=("root 1", "root 2")))


@attack(
    "threshold-unreachable",
    "test_keys.py::test_snapshot_has_too_few_keys",
    does="gets enough custodians to sign a root whose threshold is above the number of its keys",
    answer="refused: no list could ever be signed under it",
    told="root_threshold",
    graded="root_behind_snapshot",
)
def threshold_unreachable(stage: Stage) -> None:
    attacker = stage.attacker
    attacker.snapshot_quorum = Quorum(6, tuple(f"snapshot {number}" for number in range(1, 6)))
    stage.serve_root(attacker.root())


@attack(
    "threshold-zero",
    "tuf-spec 5.3.4 root signatures",
    does="gets enough custodians to sign a root that needs no signature for a trust list",
    answer="refused",
    told="number_out_of_range",
    graded="root_behind_snapshot",
)
def threshold_zero(stage: Stage) -> None:
    attacker = stage.attacker
    attacker.lists_quorum = Quorum(0, ("lists 1",))
    stage.serve_root(attacker.root())


@attack(
    "threshold-one-short",
    "test_keys.py::test_snapshot_does_not_meet_threshold",
    does="waits until a root asks three keys for a snapshot, and signs with two that he has stolen",
    answer="refused",
    told="snapshot_threshold",
)
def threshold_one_short(stage: Stage) -> None:
    authority = stage.authority
    authority.snapshot_quorum = Quorum(3, ("snapshot 1", "snapshot 2", "snapshot 3"))
    stage.honest_news()
    stage.bring_in_honestly()
    stage.honest_news("trust-list")
    stage.served = dict(stage.held) | {"snapshot": stage.attacker.snapshot(by=("snapshot 1", "snapshot 2"))}


@attack(
    "online-key-signs-list",
    "tuf-spec 1.5.2 key compromises",
    does="signs a trust list with the stolen online key",
    answer="refused: that key may sign snapshots and nothing else",
    told="trust_list_threshold",
    graded="trust_list_behind_snapshot",
)
def online_key_signs_list(stage: Stage) -> None:
    stage.served["trust-list"] = stage.attacker.trust_list(by=("snapshot 1",))


@attack(
    "online-key-in-lists",
    "tuf-spec 1.5.2 key compromises",
    does="gets enough custodians to sign a root in which the online key may also sign trust lists",
    answer="refused: a key that lies online signs snapshots only",
    told="root_online_key",
    graded="root_behind_snapshot",
)
def online_key_in_lists(stage: Stage) -> None:
    attacker = stage.attacker
    attacker.lists_quorum = Quorum(2, (*attacker.lists_quorum.labels, "snapshot 1"))
    stage.serve_root(attacker.root())


@attack(
    "list-keys-sign-root",
    "tuf-spec 1.5.2 key compromises",
    does="has stolen every key of the trust list, and signs a root with them",
    answer="refused",
    told="root_threshold_not_met",
    graded="root_behind_snapshot",
)
def list_keys_sign_root(stage: Stage) -> None:
    _foreign_root(stage, "lists 1", "lists 2", "lists 3")


@attack(
    "list-keys-sign-snapshot",
    "tuf-spec 1.5.2 key compromises",
    does="signs a snapshot with keys of the trust list",
    answer="refused",
    told="snapshot_threshold",
)
def list_keys_sign_snapshot(stage: Stage) -> None:
    stage.served["snapshot"] = stage.attacker.snapshot(by=("lists 1", "lists 2"))


@attack(
    "root-keys-sign-list",
    "tuf-spec 1.5.2 key compromises",
    does="signs a trust list with keys of the root",
    answer="refused: each role has its own keys",
    told="trust_list_threshold",
    graded="trust_list_behind_snapshot",
)
def root_keys_sign_list(stage: Stage) -> None:
    stage.served["trust-list"] = stage.attacker.trust_list(by=("root 1", "root 2"))


@attack(
    "removed-list-keys",
    "tuf-spec 1.5.3 revocable keys",
    "tuf-spec 5.3.11 keys exchanged",
    does="has stolen keys of the trust list that the newest root has exchanged",
    answer="refused: what the old keys sign counts for nothing",
    told="trust_list_threshold",
    told_by_mirror="",
)
def removed_list_keys(stage: Stage) -> None:
    stage.authority.lists_quorum = Quorum(2, ("lists 3", "lists 4", "lists 5"))
    stage.honest_news()
    stage.bring_in_honestly()
    attacker = stage.attacker
    attacker.versions["trust-list"] += 1
    stage.served = dict(stage.held) | {"trust-list": attacker.trust_list(by=("lists 1", "lists 2"))}


@attack(
    "removed-online-key",
    "tuf-spec 1.5.3 revocable keys",
    "tuf-spec 5.3.11 keys exchanged",
    does="has stolen the online key that the newest root has exchanged",
    answer="refused",
    told="snapshot_threshold",
)
def removed_online_key(stage: Stage) -> None:
    stage.authority.snapshot_quorum = Quorum(1, ("snapshot 2",))
    stage.honest_news()
    stage.bring_in_honestly()
    attacker = stage.attacker
    attacker.versions["snapshot"] += 1
    stage.served = dict(stage.held) | {"snapshot": attacker.snapshot(by=("snapshot 1",))}


@attack(
    "old-root-against-new",
    "tuf-spec 1.5.3 revocable keys",
    "tuf-spec 5.3.8 root kept",
    does="signs a rival root with the keys of the root before the one in force",
    answer="the root in force was kept as soon as it verified: refused",
    told="root_threshold_not_met snapshot_threshold",
)
def old_root_against_new(stage: Stage) -> None:
    old = stage.authority.root_quorum
    stage.authority.root_quorum = Quorum(2, ("root 3", "root 4", "root 5"))
    stage.honest_news(root_by=("root 1", "root 3", "root 4"))
    stage.bring_in_honestly()
    attacker = stage.attacker
    attacker.root_quorum = old
    stage.served = dict(stage.held)
    attacker.versions["root"] += 1
    stage.serve_root(attacker.root(by=("root 1", "root 2")), version=attacker.versions["root"])
    stage.served["snapshot"] = attacker.snapshot(by=("stranger 1",))  # which the rival root might explain


def _as_issuer(stage: Stage, typ: str, claims: Any) -> bytes:
    return sign_by_one(typ, claims, stage.authority.issuer_key(CARE))


@attack(
    "issuer-signs-list",
    "tuf-spec 1.5.2 key compromises",
    does="signs, with a stolen issuer's key, a trust list in the form of an issuer's document",
    answer="refused: only the authority's form counts, signed by its keys",
    told="cose_tag",
    graded="trust_list_behind_snapshot",
)
def issuer_signs_list(stage: Stage) -> None:
    stage.served["trust-list"] = _as_issuer(stage, "dpr-trust-list", stage.attacker.trust_list_claims())


@attack(
    "issuer-in-the-authoritys-form",
    "tuf-spec 1.5.2 key compromises",
    does="signs, with a stolen issuer's key, a trust list in the authority's form",
    answer="refused",
    told="trust_list_threshold",
    graded="trust_list_behind_snapshot",
)
def issuer_in_the_authoritys_form(stage: Stage) -> None:
    stage.served["trust-list"] = sign_by_many("dpr-trust-list", stage.attacker.trust_list_claims(), ("care provider",) * 2)


@attack(
    "issuer-speaks-for-another",
    "tuf-spec 1.5.2 key compromises",
    "test_updater_delegation_graphs.py::test_cached_role_is_verified_against_current_delegator",
    "tuf-spec 5.6.7 delegations",
    does="signs, with a stolen issuer's key, a status list and revocations under the name of another issuer's",
    answer="a list belongs to the issuer who signed it: nothing of the other's changes",
    told_by_mirror="mirror_wrong_list",
    reaches="others",
)
def issuer_speaks_for_another(stage: Stage) -> None:
    attacker, thief, uri = stage.attacker, stage.authority.issuer_key(CARE), status_uri(VETS)
    stage.served[status_name(VETS)] = attacker.status_list(VETS, uri=uri, by=thief, at=stage.now + 60)
    stage.served[revocations_name(VETS)] = attacker.revocations(VETS, uri=uri, by=thief, entries={3: stage.now})


@attack(
    "holder-signs-status-list",
    "tuf-spec 1.5.2 key compromises",
    does="signs a status list with a prescriber's key",
    answer="refused: a prescriber vouches for nobody",
    told="chain_issuer_unknown",
    graded="status_behind_snapshot",
)
def holder_signs_status_list(stage: Stage) -> None:
    stage.served[status_name(CARE)] = stage.attacker.status_list(entries={}, by=signer("prescriber"))


@attack(
    "issuer-key-twice",
    "test_keys.py::test_duplicate_keys",
    does="gets enough custodians to sign a trust list in which two issuers have one key",
    answer="refused: whose document it is would be a matter of order",
    told="trust_list_key_twice",
    graded="trust_list_behind_snapshot",
)
def issuer_key_twice(stage: Stage) -> None:
    claims = stage.attacker.trust_list_claims()
    issuers = claims[CONTENT][3]
    issuers[1][3] = issuers[0][3]
    stage.served["trust-list"] = stage.attacker.trust_list(claims)


@attack(
    "false-signature-of-a-good-key",
    "test_keys.py::test_keytype_and_scheme[ecdsa/ecdsa-sha2-nistp256]",
    "test_keys.py::test_keytype_and_scheme[ed25519/ed25519]",
    "test_keys.py::test_keytype_and_scheme[rsa/rsassa-pss-sha256]",
    does="replaces one signature by one that looks right, once of an ECDSA key and once of an Ed25519 key",
    answer="refused; dpr has no RSA",
    told="root_threshold_not_met",
    paths="stick",
)
def false_signature_of_a_good_key(stage: Stage) -> None:
    authority = stage.authority
    authority.root_quorum = Quorum(3, ("root 1", "root 2", "root Ed25519"))
    stage.honest_news(root_by=("root 1", "root 2", "root Ed25519"))
    stage.bring_in_honestly()
    attacker = stage.attacker
    attacker.versions["root"] += 1
    document, place = attacker.root(), attacker.versions["root"]
    first, second, third = signatures_of(document)
    stage.serve_root(resigned(document, [(first[0], second[1]), second, third]), version=place)
    stage.extra = [resigned(document, [first, second, (third[0], bytes(32) + third[1][32:])])]


@attack(
    "later-version-harmless",
    "test_basic.py::test_custom_fields",
    "test_basic.py::test_deprecated_keyid_hash_algorithms",
    does="is no attack: the authority publishes with fields of a later version, marked as information",
    answer="read past, and signed with the rest",
)
def later_version_harmless(stage: Stage) -> None:
    _later(stage, -100)


@attack(
    "later-version-unknown",
    "test_basic.py::test_custom_fields",
    does="is no attack: the authority publishes with fields of a later version that may change what the others mean",
    answer="refused by name: what is held stays until dpr is updated",
    told="later_version",
)
def later_version_unknown(stage: Stage) -> None:
    _later(stage, 100)


def _later(stage: Stage, field: int) -> None:
    attacker = stage.attacker
    for name, claims, sign in (
        ("root", attacker.root_claims(), attacker.root),
        ("trust-list", attacker.trust_list_claims(), attacker.trust_list),
        ("snapshot", attacker.snapshot_claims(), attacker.snapshot),
    ):
        claims[CONTENT][field] = "later"
        stage.served[name] = sign(claims)
    stage.serve_root(stage.served["root"])
    if field < 0:
        stage.news, stage.authority.files = dict(stage.served), dict(stage.served)
