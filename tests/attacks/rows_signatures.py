"""Attacks with documents that the right keys did not sign, or signed for something else.

Rules: as tests/attacks/table.py. A stranger has keys of his own; whoever holds a mirror or a stick has none.

Example: `unsigned_root(stage)`
"""

from __future__ import annotations

import copy

from dpr.core import cbor, cose
from tests.attacks.simulator import CONTENT, Quorum, key, resigned, revocations_name, signatures_of, status_name
from tests.attacks.stage import Stage
from tests.attacks.table import attack
from tests.world import CARE, VETS, signer

STRANGERS = ("stranger 1", "stranger 2", "stranger 3")
STATUS, REVOCATIONS = status_name(CARE), revocations_name(CARE)


@attack(
    "unsigned-root",
    "tuf-spec 1.5.2 arbitrary installation",
    "tuf-spec 5.3.4 root signatures",
    "test_basic.py::test_unsigned_metadata[root]",
    does="offers a next root of his own, signed by enough of the keys that it names",
    answer="the keys of the root in force have not signed it: refused",
    told="root_threshold_not_met",
    graded="root_behind_snapshot",
)
def unsigned_root(stage: Stage) -> None:
    attacker = stage.attacker
    attacker.root_quorum = attacker.lists_quorum = Quorum(2, STRANGERS)
    stage.serve_root(attacker.root(by=STRANGERS))


@attack(
    "unsigned-snapshot",
    "tuf-spec 5.4.2 timestamp signatures",
    "tuf-spec 5.5.3 snapshot signatures",
    "test_basic.py::test_unsigned_metadata[timestamp]",
    "test_basic.py::test_unsigned_metadata[snapshot]",
    does="signs a snapshot with a key of his own",
    answer="refused; the snapshot that is held stays",
    told="snapshot_threshold",
)
def unsigned_snapshot(stage: Stage) -> None:
    stage.served["snapshot"] = stage.attacker.snapshot(by=STRANGERS[:1])


@attack(
    "unsigned-trust-list",
    "tuf-spec 5.6.3 targets signatures",
    "test_basic.py::test_unsigned_metadata[targets]",
    does="signs a trust list with keys of his own, with himself as an issuer",
    answer="refused; the trust list that is held stays",
    told="trust_list_threshold",
    graded="trust_list_behind_snapshot",
)
def unsigned_trust_list(stage: Stage) -> None:
    claims = stage.attacker.trust_list_claims()
    claims[CONTENT][3][0][3] = [signer("stranger 1").key.to_cose()]
    stage.served["trust-list"] = stage.attacker.trust_list(claims, by=STRANGERS)


@attack(
    "unsigned-status-list",
    "test_file_download.py::test_repository_substitutes_target_file",
    does="signs an issuer's status list, in which nobody is revoked, with a key of his own",
    answer="refused; the status list that is held stays",
    told="chain_issuer_unknown",
    graded="status_behind_snapshot",
)
def unsigned_status_list(stage: Stage) -> None:
    stage.served[STATUS] = stage.attacker.status_list(entries={}, by=signer("stranger 1"))


@attack(
    "unsigned-revocations",
    "tuf-spec 1.5.2 arbitrary installation",
    does="signs revocations of an honest prescriber with a key of his own",
    answer="refused; what the issuer said stays",
    told="chain_issuer_unknown",
    graded="status_behind_snapshot",
)
def unsigned_revocations(stage: Stage) -> None:
    stage.served[REVOCATIONS] = stage.attacker.revocations(entries={7: stage.now}, by=signer("stranger 1"))


def _tamper(stage: Stage, name: str) -> None:
    """Changes one bit in the last byte of what is signed."""
    document = stage.served[name]
    value = cbor.decode(document, signed_list=True).value
    place = document.rindex(value[2][-8:]) + 7
    stage.served[name] = document[:place] + bytes([document[place] ^ 1]) + document[place + 1 :]
    if name == "root":
        stage.serve_root(stage.served[name])


@attack(
    "tampered-root",
    "python-tuf test_trusted_metadata_set.py::test_bad_root_update",
    does="changes a bit in the next root",
    answer="refused",
    told="root_threshold_not_met",
    graded="root_behind_snapshot",
)
def tampered_root(stage: Stage) -> None:
    _tamper(stage, "root")


@attack(
    "tampered-lists",
    "test_file_download.py::test_multiple_changes_to_target",
    "python-tuf test_trusted_metadata_set.py::test_top_level_md_with_invalid_json",
    "python-tuf test_api.py::test_signed_verify_delegate",
    does="changes a bit in the snapshot, the trust list, a status list and the revocations",
    answer="each is refused by name; what is held stays",
    told="snapshot_threshold trust_list_threshold signature_invalid",
    told_by_mirror="snapshot_threshold",
)
def tampered_lists(stage: Stage) -> None:
    for name in ("snapshot", "trust-list", STATUS, REVOCATIONS):
        _tamper(stage, name)


@attack(
    "torn-files",
    "tuf-spec 5 recoverable",
    "python-tuf test_trusted_metadata_set.py::test_top_level_md_with_invalid_json",
    does="cuts every file in half",
    answer="each is refused by name; what is held stays",
    told="cbor_malformed",
    told_by_mirror="cbor_malformed cose_malformed",
)
def torn_files(stage: Stage) -> None:
    for name, document in stage.news.items():
        stage.served[name] = document[: len(document) // 2]


@attack(
    "empty-files",
    "python-tuf test_trusted_metadata_set.py::test_bad_root_update",
    does="empties every file",
    answer="each is refused by name; what is held stays",
    told="cbor_malformed",
    told_by_mirror="cbor_malformed cose_malformed",
)
def empty_files(stage: Stage) -> None:
    stage.served |= dict.fromkeys(stage.news, b"")


@attack(
    "wrong-kind",
    "test_basic.py::test_incorrect_metadata_type",
    "tuf-spec 1.5.2 wrong software",
    does="has the snapshot's key sign a list that reads like a trust list, but whose kind is another",
    answer="the kind is signed with the rest: refused",
    told="document_kind_unknown",
    told_by_mirror="document_kind",
)
def wrong_kind(stage: Stage) -> None:
    claims = stage.attacker.snapshot_claims()
    document = stage.attacker.snapshot(claims)
    payload = cbor.decode(document, signed_list=True).value[2]
    other = cbor.encode({cose.TYP: "dpr-timestamp"})
    held, protected = key("snapshot 1"), signatures_of(document)[0][0]
    signature = held.sign(cose.to_be_signed(other, protected, payload))
    stage.served["snapshot"] = cose.assemble(other, payload, [(protected, signature)])


@attack(
    "kind-rewritten",
    "test_basic.py::test_incorrect_metadata_type",
    does="takes the authority's own trust list and its signatures, and writes over its kind that it is a root",
    answer="it does not read as a root, and the signatures are for another kind: refused",
    told="field_type",
    graded="root_behind_snapshot",
)
def kind_rewritten(stage: Stage) -> None:
    document = stage.news["trust-list"]
    payload = cbor.decode(document, signed_list=True).value[2]
    stage.serve_root(cose.assemble(cbor.encode({cose.TYP: "dpr-root"}), payload, signatures_of(document)))


@attack(
    "wrong-place",
    "tuf-spec 1.5.2 wrong software",
    does="gives the veterinaries' status list under the name of the care provider's, and the snapshot under the trust list's",
    answer="what a file is called decides nothing: each is taken for what it says, the missing ones stay as held",
    told_by_mirror="document_kind mirror_wrong_list",
    graded="trust_list_behind_snapshot status_behind_snapshot",
)
def wrong_place(stage: Stage) -> None:
    stage.served[STATUS] = stage.news[status_name(VETS)]
    stage.served["trust-list"] = stage.news["snapshot"]


def _renamed(stage: Stage, what: str, value: str | int) -> None:
    """The third publication, signed by the right keys, for another authority or environment."""
    attacker = copy.deepcopy(stage.attacker)
    setattr(attacker, what, value)
    attacker.publish_again()
    stage.served |= {name: attacker.files[name] for name in ("root", "trust-list", "snapshot")}
    stage.serve_root(attacker.files["root"])


@attack(
    "wrong-environment",
    "tuf-spec 1.5.2 wrong software",
    does="brings what the same keys signed for production into a test site",
    answer="root, trust list and snapshot are refused by name",
    told="root_environment trust_list_environment snapshot_environment",
    told_by_mirror="root_environment snapshot_environment",
)
def wrong_environment(stage: Stage) -> None:
    _renamed(stage, "environment", 1)


@attack(
    "wrong-authority",
    "tuf-spec 1.5.2 wrong software",
    does="brings what the same keys signed for another authority",
    answer="root, trust list and snapshot are refused by name",
    told="root_authority trust_list_authority snapshot_authority",
    told_by_mirror="root_authority snapshot_authority",
)
def wrong_authority(stage: Stage) -> None:
    _renamed(stage, "authority", "se-other")


@attack(
    "stray-signature",
    "test_keys.py::test_invalid_sig_in_valid_metadata",
    does="adds a signature that verifies by nobody's key to good documents",
    answer="what enough keys signed counts; the rest counts for nothing, and stops nothing",
)
def stray_signature(stage: Stage) -> None:
    stranger = key("stranger 1")
    stray = cose.protected_header(stranger.key, {}), b"\x01" * 64
    claimed = cose.protected_header(key("lists 3").key, {}), b"\x01" * 64
    for name in ("trust-list", "snapshot"):
        document = stage.news[name]
        stage.served[name] = stage.news[name] = resigned(document, [*signatures_of(document), stray, claimed])
