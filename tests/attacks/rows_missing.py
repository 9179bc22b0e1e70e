"""Attacks by leaving out, and by versions that nobody can reach.

Rules: as tests/attacks/table.py. Whoever has stolen the online key can sign snapshots; it must not reach further.

Example: `minimum_lowered(stage)`
"""

from __future__ import annotations

from tests.attacks.simulator import CONTENT, GREATEST, Quorum, revocations_name, status_name
from tests.attacks.stage import Stage
from tests.attacks.table import attack
from tests.world import CARE, DAY

STATUS, REVOCATIONS = status_name(CARE), revocations_name(CARE)


@attack(
    "missing-snapshot",
    "test_basic.py::test_timestamp_404",
    "test_basic.py::test_snapshot_404",
    "python-tuf test_fetcher_ng.py::test_http_error",
    does="leaves the snapshot out",
    answer="the mirror is named; what is held stays",
    told_by_mirror="mirror_without_list",
)
def missing_snapshot(stage: Stage) -> None:
    del stage.served["snapshot"]


@attack(
    "missing-lists",
    "test_basic.py::test_targets_404",
    "tuf-spec 1.5.2 mix-and-match",
    does="gives a new snapshot and leaves out the lists that it names",
    answer="what is held stays, and the verdict says that it is behind",
    told_by_mirror="mirror_without_list",
    graded="trust_list_behind_snapshot status_behind_snapshot",
)
def missing_lists(stage: Stage) -> None:
    for name in ("trust-list", STATUS, REVOCATIONS):
        del stage.served[name]


@attack(
    "missing-snapshot-of-a-new-key",
    "tuf-spec 5.3.11 keys exchanged",
    "tuf-spec 1.5.2 indefinite freeze",
    does="gives a root that exchanges the online key, and withholds the first snapshot that the new key has signed",
    answer="the snapshot that is held is void, and the verdict says that there is none",
    told="snapshot_threshold",
    told_by_mirror="",
    graded="snapshot_missing",
    graded_by_mirror="",
)
def missing_snapshot_of_a_new_key(stage: Stage) -> None:
    stage.authority.snapshot_quorum = Quorum(1, ("snapshot 2",))
    stage.honest_news()
    stage.served["snapshot"] = stage.held["snapshot"]


@attack(
    "root-without-list",
    "tuf-spec 5.3.8 root kept",
    "tuf-spec 5 recoverable",
    does="gives a root that exchanges the keys of the trust list, and withholds the list that the new keys have signed",
    answer="the root waits, by name, until it comes with a list: without one nobody could be judged",
    told="root_without_list",
    told_by_mirror="root_without_list trust_list_threshold",
    graded="root_behind_snapshot",
)
def root_without_list(stage: Stage) -> None:
    stage.authority.lists_quorum = Quorum(1, ("lists 4",))
    stage.honest_news()
    stage.served["trust-list"] = stage.held["trust-list"]


def _snapshot(stage: Stage, version: int, minimums: dict[str, int | None]) -> bytes:
    """A snapshot by the stolen online key; None leaves a name out."""
    attacker = stage.attacker
    attacker.files, attacker.versions = dict(stage.held), {"root": 2, "trust-list": 2, "snapshot": version}
    claims = attacker.snapshot_claims()
    changed = claims[CONTENT][3] | minimums
    claims[CONTENT][3] = {name: least for name, least in changed.items() if least is not None}
    return attacker.snapshot(claims)


@attack(
    "minimum-lowered",
    "tuf-spec 5.4.3.2 snapshot in timestamp",
    "tuf-spec 5.5.5 versions in snapshot",
    "test_rollback.py::test_snapshot_rollback[basic]",
    "python-tuf test_trusted_metadata_set.py::test_update_timestamp_snapshot_ver_below_current",
    does="signs, with the stolen online key, a newer snapshot that asks for less than the one that is held",
    answer="refused: a least version only grows",
    told="snapshot_lowers_minimum",
)
def minimum_lowered(stage: Stage) -> None:
    stage.served = dict(stage.held) | {"snapshot": _snapshot(stage, 4, {"trust-list": 1, STATUS: 1})}


@attack(
    "minimum-dropped",
    "tuf-spec 5.5.5 names in snapshot",
    "test_rollback.py::test_targets_role_removal",
    "python-tuf test_trusted_metadata_set.py::test_update_snapshot_file_removed_from_meta",
    "python-tuf test_trusted_metadata_set.py::test_update_targets_no_meta_in_snapshot",
    does="signs, with the stolen online key, a newer snapshot that does not name a list any more",
    answer="refused while the list's issuer is in the trust list",
    told="snapshot_lowers_minimum",
)
def minimum_dropped(stage: Stage) -> None:
    stage.served = dict(stage.held) | {"snapshot": _snapshot(stage, 4, {STATUS: None})}


@attack(
    "fast-forward-snapshot",
    "tuf-spec 1.5.2 fast-forward",
    "tuf-spec 5.3.11 keys exchanged",
    "test_rollback.py::test_new_timestamp_fast_forward_recovery",
    does="signs, with the stolen online key, the greatest version of a snapshot that there is",
    answer="nothing is newer until the next root exchanges the key, and voids what it signed",
    reaches="snapshot",
    needs="root:snapshot",
)
def fast_forward_snapshot(stage: Stage) -> None:
    stage.served = dict(stage.held) | {"snapshot": _snapshot(stage, GREATEST, {})}


@attack(
    "fast-forward-minimums",
    "tuf-spec 1.5.2 fast-forward",
    "tuf-spec 5.3.11 keys exchanged",
    "test_rollback.py::test_new_snapshot_fast_forward_recovery",
    does="asks, with the stolen online key, for versions that nobody will ever publish",
    answer="the verdict says that everything is behind; the next root exchanges the key and voids the demand",
    told_by_mirror="mirror_stale",
    reaches="snapshot",
    graded="trust_list_behind_snapshot status_behind_snapshot",
    needs="root:snapshot",
)
def fast_forward_minimums(stage: Stage) -> None:
    greatest: dict[str, int | None] = dict.fromkeys(("trust-list", STATUS, REVOCATIONS), GREATEST)
    stage.served = dict(stage.held) | {"snapshot": _snapshot(stage, 4, greatest)}


@attack(
    "fast-forward-trust-list",
    "tuf-spec 1.5.2 fast-forward",
    "tuf-spec 5.3.11 keys exchanged",
    "test_rollback.py::test_targets_fast_forward_recovery",
    does="signs, with enough stolen keys, the greatest version of a trust list that there is",
    answer="the next root exchanges the keys, voids the list and its version, and the authority counts on from where it was",
    reaches="trust-list",
    needs="root:lists",
)
def fast_forward_trust_list(stage: Stage) -> None:
    attacker = stage.attacker
    attacker.versions["trust-list"] = GREATEST
    stage.served = dict(stage.held) | {"trust-list": attacker.trust_list()}


@attack(
    "dated-ahead",
    "tuf-spec 1.5.2 fast-forward",
    does="has the right keys sign everything a year ahead, so that it stays fresh and bars the way",
    answer="refused by name; the floor of time does not move",
    told="list_from_the_future",
)
def dated_ahead(stage: Stage) -> None:
    attacker = stage.attacker
    attacker.now += 365 * DAY
    attacker.publish_again()
    stage.served = attacker.files | {name: stage.held[name] for name in ("root", "roots/1", "roots/2")}
    del stage.served["roots/3"]


@attack(
    "root-chain-without-end",
    "tuf-spec 5.3.3 root size and number",
    "python-tuf test_updater_top_level_update.py::test_max_root_rotations",
    does="has the right keys sign three hundred roots, one after the other",
    answer="one fetch follows a bounded number of them, and the next goes on",
    graded_by_mirror="root_behind_snapshot",
)
def root_chain_without_end(stage: Stage) -> None:
    for _ in range(297):
        stage.authority.publish_root()
    stage.honest_news("trust-list", "status", "revocations")


@attack(
    "root-bad-between",
    "python-tuf test_updater_top_level_update.py::test_intermediate_root_incorrectly_signed",
    "tuf-spec 5.3.4 root signatures",
    does="replaces a root between the one that is held and the newest",
    answer="the chain ends before it: the root in force stays",
    told="root_threshold_not_met root_version",
    told_by_mirror="root_threshold_not_met",
    graded="root_behind_snapshot",
)
def root_bad_between(stage: Stage) -> None:
    attacker = stage.attacker
    attacker.publish_root()
    fourth = attacker.files["roots/4"]
    attacker.versions["root"] = 3
    stage.served |= {"roots/3": attacker.root(by=("root 1",)), "roots/4": fourth, "root": fourth}


@attack(
    "roots-between",
    "tuf-spec 5.3.6 root between",
    "python-tuf test_updater_top_level_update.py::test_intermediate_root_expired",
    "tuf-spec 1.5.3 revocable keys",
    does="keeps a site away while the authority exchanges every key, one root after the other",
    answer="the site follows root by root, however old those between are",
)
def roots_between(stage: Stage) -> None:
    authority = stage.authority
    stage.now += 40 * DAY
    for number in (4, 5, 6):
        authority.root_quorum = Quorum(2, (*authority.root_quorum.labels[1:], f"root {number}"))
        old = authority.root_quorum.labels[:2]
        authority.publish("root", by=(*old, f"root {number}"))
    authority.lists_quorum, authority.snapshot_quorum = Quorum(1, ("lists 9",)), Quorum(1, ("snapshot 9",))
    authority.now = stage.now
    stage.honest_news()
