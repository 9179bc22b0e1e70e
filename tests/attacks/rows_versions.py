"""Attacks with what was genuine once: old lists, lists of different days, the same for ever, and versions out of reach.

Rules: as tests/attacks/table.py. `stage.first` and `stage.held` are the first and second publications, `stage.news` the third.

Example: `rollback_trust_list(stage)`
"""

from __future__ import annotations

from tests.attacks.simulator import CONTENT, Quorum, revocations_name, status_name
from tests.attacks.stage import Stage
from tests.attacks.table import attack
from tests.world import CARE, DAY

STATUS, REVOCATIONS = status_name(CARE), revocations_name(CARE)


@attack(
    "rollback-root",
    "tuf-spec 5.3.5 root version",
    "tuf-spec 1.5.2 rollback",
    does="offers the first root again in the place of the next one",
    answer="an older root changes nothing; the verdict says that a newer one is missing",
    told_by_mirror="root_version",
    graded="root_behind_snapshot",
)
def rollback_root(stage: Stage) -> None:
    stage.serve_root(stage.first["root"], version=3)


@attack(
    "root-gap",
    "tuf-spec 5.3.5 root version",
    "python-tuf test_updater_top_level_update.py::test_new_root_nonconsecutive_version",
    "test_basic.py::test_url_and_metadata_version_mismatch[root]",
    does="withholds the third root and offers the fourth in its place",
    answer="a root follows on the one that is held, version by version: refused",
    told="root_version",
    graded="root_behind_snapshot",
)
def root_gap(stage: Stage) -> None:
    attacker = stage.attacker
    attacker.versions["root"] = 4
    stage.serve_root(attacker.root(), version=3)


@attack(
    "root-same-version",
    "python-tuf test_trusted_metadata_set.py::test_update_root_new_root_ver_same_as_trusted_root_ver",
    does="offers another root with the version that is held",
    answer="refused; the root in force stays",
    told="root_version",
    graded="root_behind_snapshot",
)
def root_same_version(stage: Stage) -> None:
    attacker = stage.attacker
    attacker.versions["root"] = 2
    attacker.snapshot_quorum = Quorum(1, ("snapshot 2",))
    stage.serve_root(attacker.root(), version=3)


@attack(
    "rollback-snapshot",
    "tuf-spec 5.4.3.1 timestamp version",
    "tuf-spec 1.5.2 rollback",
    "test_rollback.py::test_new_timestamp_version_rollback",
    does="offers the first snapshot again",
    answer="the newer snapshot stays",
    told="snapshot_older",
    told_by_mirror="mirror_stale",
)
def rollback_snapshot(stage: Stage) -> None:
    stage.served["snapshot"] = stage.first["snapshot"]


@attack(
    "rollback-trust-list",
    "tuf-spec 5.6.4 targets version",
    "tuf-spec 1.5.2 rollback",
    "test_rollback.py::test_targets_rollback[basic]",
    "test_basic.py::test_url_and_metadata_version_mismatch[targets]",
    does="offers the first trust list beside a new snapshot",
    answer="the newer trust list stays; the verdict says that the snapshot knows a newer one",
    told="trust_list_older",
    told_by_mirror="mirror_stale",
    graded="trust_list_behind_snapshot",
)
def rollback_trust_list(stage: Stage) -> None:
    stage.served["trust-list"] = stage.first["trust-list"]


@attack(
    "rollback-status-list",
    "tuf-spec 1.5.2 rollback",
    does="offers the status list from before a revocation",
    answer="the newer one stays: the revoked stay revoked",
    told="status_list_older",
    told_by_mirror="mirror_stale",
    graded="status_behind_snapshot",
)
def rollback_status_list(stage: Stage) -> None:
    stage.served[STATUS] = stage.first[STATUS]


@attack(
    "rollback-revocations",
    "tuf-spec 1.5.2 rollback",
    does="offers the revocations from before a revocation",
    answer="the newer ones stay: the revoked stay revoked",
    told="revocations_older",
    told_by_mirror="mirror_stale",
    graded="status_behind_snapshot",
)
def rollback_revocations(stage: Stage) -> None:
    stage.served[REVOCATIONS] = stage.first[REVOCATIONS]


@attack(
    "rollback-what-the-snapshot-allows",
    "tuf-spec 1.5.2 rollback",
    does="offers the lists that the held snapshot asks for at least, to a site that has newer ones already",
    answer="nothing replaces what is newer",
    told="trust_list_older status_list_older revocations_older",
    paths="stick",
)
def rollback_what_the_snapshot_allows(stage: Stage) -> None:
    lists = {name: document for name, document in stage.news.items() if name in ("trust-list", STATUS, REVOCATIONS)}
    assert not stage.trust_files.bring_in(lists.values(), now=stage.now).of("refused")
    stage.served = dict(stage.held)


@attack(
    "rollback-everything",
    "tuf-spec 1.5.2 rollback",
    "tuf-spec 1.5.2 indefinite freeze",
    does="offers the whole first publication, which was genuine once",
    answer="each part is refused, or is no news; what is held stays",
    told="snapshot_older trust_list_older status_list_older revocations_older",
    told_by_mirror="mirror_stale",
)
def rollback_everything(stage: Stage) -> None:
    stage.served = dict(stage.first)


@attack(
    "rollback-after-expiry",
    "tuf-spec 1.5.2 rollback",
    "python-tuf test_updater_top_level_update.py::test_expired_timestamp_version_rollback",
    "python-tuf test_updater_top_level_update.py::test_expired_timestamp_snapshot_rollback",
    does="waits until everything that is held is red with age, and then offers the first publication",
    answer="what is held bars the way however old it is",
    told="snapshot_older trust_list_older status_list_older revocations_older",
    told_by_mirror="mirror_stale",
    graded="snapshot_red trust_list_red status_red",
)
def rollback_after_expiry(stage: Stage) -> None:
    stage.served = dict(stage.first)
    stage.now += 40 * DAY


@attack(
    "same-version-other-content",
    "test_basic.py::test_timestamp_content_changes",
    "tuf-spec 5.4.3.1 timestamp version",
    does="has the right keys sign other content under the versions that are held",
    answer="the first that was taken stays",
    told="snapshot_older trust_list_older status_list_older revocations_older",
    told_by_mirror="",
)
def same_version_other_content(stage: Stage) -> None:
    attacker = stage.attacker
    for name in ("trust-list", "snapshot"):
        attacker.versions[name] -= 1
    at = stage.now - 60
    claims = attacker.snapshot_claims()
    claims[CONTENT][3] = {"root": 1}
    stage.served = dict(stage.held) | {
        "trust-list": attacker.trust_list(),
        "snapshot": attacker.snapshot(claims),
        STATUS: attacker.status_list(entries={}, at=at),
        REVOCATIONS: attacker.revocations(entries={5: at}, at=at),
    }


@attack(
    "freeze-days",
    "tuf-spec 1.5.2 indefinite freeze",
    "tuf-spec 5.4.4 timestamp freeze",
    "tuf-spec 5.5.6 snapshot freeze",
    "test_expiration.py::test_timestamp_expired",
    "test_expiration.py::test_snapshot_expired",
    does="gives the same publication for three days",
    answer="it stays in force, and the verdict says that it is stale",
    graded="snapshot_stale status_stale",
)
def freeze_days(stage: Stage) -> None:
    stage.served = dict(stage.held)
    stage.now += 3 * DAY


@attack(
    "freeze-weeks",
    "tuf-spec 1.5.2 indefinite freeze",
    "tuf-spec 5.3.10 root freeze",
    "tuf-spec 5.6.5 targets freeze",
    "test_expiration.py::test_root_expired",
    "test_expiration.py::test_targets_expired",
    does="gives the same publication for forty days",
    answer="the verdict says that everything is red: a reason is needed, special medicines stop",
    graded="snapshot_red trust_list_red status_red",
)
def freeze_weeks(stage: Stage) -> None:
    stage.served = dict(stage.held)
    stage.now += 40 * DAY


@attack(
    "expired-held-updates",
    "test_expiration.py::test_expired_local_root",
    "test_expiration.py::test_expired_local_timestamp",
    "tuf-spec 5 recoverable",
    does="keeps a site from every update for forty days, and then lets go",
    answer="what is red with age does not keep the news out",
)
def expired_held_updates(stage: Stage) -> None:
    stage.now += 40 * DAY
    stage.authority.now = stage.now
    stage.honest_news()


@attack(
    "freeze-root",
    "tuf-spec 5.3.10 root freeze",
    does="withholds the next root and gives everything else",
    answer="the snapshot names the least version of the root: the verdict says that a newer one is missing",
    graded="root_behind_snapshot",
    told_by_mirror="",
)
def freeze_root(stage: Stage) -> None:
    stage.served["root"] = stage.held["root"]
    del stage.served["roots/3"]


@attack(
    "mix-old-trust-list",
    "tuf-spec 1.5.2 mix-and-match",
    "test_basic.py::test_targets_404",
    does="gives a new snapshot with the trust list that is held",
    answer="the verdict says that the trust list is behind",
    graded="trust_list_behind_snapshot",
    told_by_mirror="mirror_stale",
)
def mix_old_trust_list(stage: Stage) -> None:
    stage.served["trust-list"] = stage.held["trust-list"]


@attack(
    "mix-old-status-list",
    "tuf-spec 1.5.2 mix-and-match",
    "test_updater_delegation_graphs.py::test_delegation_not_in_snapshot",
    does="gives a new snapshot with the status list that is held, to hide a revocation",
    answer="the verdict says that it is behind: a reason is needed, special medicines stop",
    graded="status_behind_snapshot",
    told_by_mirror="mirror_stale",
)
def mix_old_status_list(stage: Stage) -> None:
    stage.served[STATUS] = stage.held[STATUS]


@attack(
    "mix-old-revocations",
    "tuf-spec 1.5.2 mix-and-match",
    does="gives a new snapshot with the revocations that are held, to hide one",
    answer="the verdict says that they are behind",
    graded="status_behind_snapshot",
    told_by_mirror="mirror_stale",
)
def mix_old_revocations(stage: Stage) -> None:
    stage.served[REVOCATIONS] = stage.held[REVOCATIONS]


@attack(
    "mix-old-snapshot",
    "tuf-spec 1.5.2 mix-and-match",
    "tuf-spec 5.5.4 snapshot version",
    "test_basic.py::test_url_and_metadata_version_mismatch[snapshot]",
    does="gives new lists with the snapshot that is held",
    answer="newer lists are welcome: no harm",
)
def mix_old_snapshot(stage: Stage) -> None:
    stage.served["snapshot"] = stage.held["snapshot"]
