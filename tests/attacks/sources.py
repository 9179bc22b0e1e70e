"""What the table of attacks is held against: every attack and check of the TUF specification (1.0.34), every case of
tuf-conformance (at eec841c), and what python-tuf (at 4abccdc) tests besides.

Rules: a source is either named by a row of the table, or it stands in `DOES_NOT_APPLY` with the reason. Nothing else.

Example: `SPECIFICATION["tuf-spec 1.5.2 rollback"]`
"""

from __future__ import annotations


def _cases(function: str, cases: str) -> list[str]:
    return [f"{function}[{case}]" for case in cases.split()]


#: Goals against specific attacks (1.5.2), and the checks of the client's workflow (5).
SPECIFICATION = (
    *("tuf-spec 1.5.2 arbitrary installation", "tuf-spec 1.5.2 endless data", "tuf-spec 1.5.2 extraneous dependencies"),
    *("tuf-spec 1.5.2 fast-forward", "tuf-spec 1.5.2 indefinite freeze", "tuf-spec 1.5.2 malicious mirrors"),
    *("tuf-spec 1.5.2 mix-and-match", "tuf-spec 1.5.2 rollback", "tuf-spec 1.5.2 key compromises"),
    *("tuf-spec 1.5.2 wrong software", "tuf-spec 1.5.3 revocable keys", "tuf-spec 5 recoverable"),
    *(
        "tuf-spec 5.1 fixed time",
        "tuf-spec 5.2 trusted root",
        "tuf-spec 5.3.3 root size and number",
        "tuf-spec 5.3.4 root signatures",
    ),
    *("tuf-spec 5.3.5 root version", "tuf-spec 5.3.6 root between", "tuf-spec 5.3.8 root kept", "tuf-spec 5.3.10 root freeze"),
    *("tuf-spec 5.3.11 keys exchanged", "tuf-spec 5.3.12 consistent snapshots"),
    *("tuf-spec 5.4.1 timestamp size", "tuf-spec 5.4.2 timestamp signatures", "tuf-spec 5.4.3.1 timestamp version"),
    *("tuf-spec 5.4.3.2 snapshot in timestamp", "tuf-spec 5.4.4 timestamp freeze", "tuf-spec 5.4.5 timestamp kept"),
    *("tuf-spec 5.5.1 snapshot size", "tuf-spec 5.5.2 snapshot hash", "tuf-spec 5.5.3 snapshot signatures"),
    *("tuf-spec 5.5.4 snapshot version", "tuf-spec 5.5.5 versions in snapshot", "tuf-spec 5.5.5 names in snapshot"),
    *("tuf-spec 5.5.6 snapshot freeze", "tuf-spec 5.5.7 snapshot kept"),
    *("tuf-spec 5.6.1 targets size", "tuf-spec 5.6.2 targets hash", "tuf-spec 5.6.3 targets signatures"),
    *("tuf-spec 5.6.4 targets version", "tuf-spec 5.6.5 targets freeze", "tuf-spec 5.6.6 targets kept"),
    *("tuf-spec 5.6.7 delegations", "tuf-spec 5.7 fetch target"),
)

ROOT_ROTATIONS = (
    "1-of-1-key-rotation 1-of-1-key-rotation-unused-signatures 3-of-5-sign-with-different-keycombos 3-of-5-one-key-rotated "
    "3-of-5-one-key-rotated-with-intermediate-step 3-of-5-all-keys-rotated-with-intermediate-step "
    "1-of-3-threshold-increase-to-2-of-3 2-of-3-threshold-decrease-to-1-of-3 1-of-2-threshold-increase-to-2-of-2 "
    "1-of-1-key-rotation-fail-not-signed-with-old-key 1-of-1-key-rotation-fail-not-signed-with-new-key "
    "3-of-5-one-key-rotate-fails-not-signed-with-3-new-keys 3-of-5-one-key-rotate-fails-not-signed-with-3-old-keys "
    "1-of-3-threshold-bump-to-2-of-3-fails-new-threshold-not-reached "
    "2-of-3-threshold-decr-to-1-of-3-fails-old-threshold-not-eached"
)
OTHER_ROTATIONS = (
    "1-of-1-key-rotation 1-of-1-key-rotation-unused-signatures 1-of-1-key-rotation-fail-not-signed-with-new-key "
    "3-of-5-one-key-signature-wrong-not-signed-with-3-expected-keys 2-of-5-one-key-signature-mising-threshold-not-reached "
    "3-of-5-sign-first-combo 3-of-5-sign-second-combo 3-of-5-sign-third-combo 3-of-5-sign-fourth-combo 3-of-5-sign-fifth-combo"
)

GRAPHS = (
    *("basic-delegation", "single-level-delegations", "two-level-delegations", "two-level-test-DFS-order-of-traversal"),
    *("three-level-delegation-test-DFS-order-of-traversal", "two-level-terminating-ignores-all-but-roles-descendants"),
    *("three-level-terminating-ignores-all-but-roles-descendants", "two-level-ignores-all-branches-not-matching-paths"),
    *("three-level-ignores-all-branches-not-matching-paths", "cyclic-graph", "two-roles-delegating-to-a-third"),
    "two-roles-delegating-to-a-third-different-paths",
)
SEARCHES = (
    *("no delegations", "targetpath matches wildcard", "targetpath with separators x", "targetpath with separators y"),
    *("targetpath is not delegated by all roles in the chain", "wildcard does not match path separator"),
    *("targetpath matches question mark wildcard", "targetpath does not match question mark wildcard"),
    "targetpath matching is case sensitive",
)

CONFORMANCE = (
    *("test_basic.py::test_basic_refresh_requests", "test_basic.py::test_basic_refresh_trusted_data"),
    *(
        "test_basic.py::test_implicit_refresh",
        "test_basic.py::test_invalid_initial_root",
        "test_basic.py::test_unsigned_initial_root",
    ),
    *_cases("test_basic.py::test_unsigned_metadata", "root timestamp snapshot targets"),
    *_cases("test_basic.py::test_url_and_metadata_version_mismatch", "root snapshot targets"),
    *("test_basic.py::test_timestamp_content_changes", "test_basic.py::test_basic_metadata_hash_support"),
    *("test_basic.py::test_targets_hash_mismatch", "test_basic.py::test_snapshot_hash_mismatch"),
    *("test_basic.py::test_metadata_bytes_match", "test_basic.py::test_custom_fields"),
    *(
        "test_basic.py::test_deprecated_keyid_hash_algorithms",
        "test_basic.py::test_snapshot_404",
        "test_basic.py::test_targets_404",
    ),
    *("test_basic.py::test_timestamp_404", "test_basic.py::test_incorrect_metadata_type", "test_basic.py::test_faketime"),
    *("test_expiration.py::test_root_expired", "test_expiration.py::test_timestamp_expired"),
    *("test_expiration.py::test_snapshot_expired", "test_expiration.py::test_targets_expired"),
    *("test_expiration.py::test_expired_local_root", "test_expiration.py::test_expired_local_timestamp"),
    *(
        "test_file_download.py::test_client_downloads_expected_file",
        "test_file_download.py::test_client_downloads_expected_file_in_sub_dir",
    ),
    *(
        "test_file_download.py::test_repository_substitutes_target_file",
        "test_file_download.py::test_multiple_changes_to_target",
    ),
    *_cases("test_file_download.py::test_download_with_hash_algorithms", "hashes0 hashes1 hashes2"),
    *("test_file_download.py::test_download_with_unknown_hash_algorithm", "test_file_download.py::test_artifact_cache"),
    *("test_keys.py::test_snapshot_does_not_meet_threshold", "test_keys.py::test_snapshot_has_too_few_keys"),
    *("test_keys.py::test_duplicate_keys", "test_keys.py::test_duplicate_sig_keyids"),
    *_cases("test_keys.py::test_keytype_and_scheme", "rsa/rsassa-pss-sha256 ecdsa/ecdsa-sha2-nistp256 ed25519/ed25519"),
    "test_keys.py::test_invalid_sig_in_valid_metadata",
    *_cases("test_quoting_issues.py::test_unusual_role_name", "? # /delegatedrole ../delegatedrole"),
    *("test_repository_simulator.py::test_repo_initialzation_unittest", "test_repository_simulator.py::test_update_timestamp"),
    "test_repository_simulator.py::test_basic_metadata_hash_support_unittest",
    "test_rollback.py::test_new_timestamp_version_rollback",
    *("test_rollback.py::test_snapshot_rollback[basic]", "test_rollback.py::test_snapshot_rollback[with hashes]"),
    *("test_rollback.py::test_targets_role_removal", "test_rollback.py::test_targets_fast_forward_recovery"),
    *(
        "test_rollback.py::test_new_snapshot_fast_forward_recovery",
        "test_rollback.py::test_new_timestamp_fast_forward_recovery",
    ),
    *("test_rollback.py::test_targets_rollback[basic]", "test_rollback.py::test_targets_rollback[with hashes]"),
    *_cases("test_static_repositories.py::test_static_repository", "sigstore-root-signing tuf-on-ci-0.11"),
    *(f"test_updater_delegation_graphs.py::test_graph_traversal[{case}]" for case in GRAPHS),
    *(f"test_updater_delegation_graphs.py::test_targetfile_search[{case}]" for case in SEARCHES),
    "test_updater_delegation_graphs.py::test_cached_role_is_verified_against_current_delegator",
    "test_updater_delegation_graphs.py::test_delegation_not_in_snapshot",
    *_cases("test_updater_key_rotations.py::test_root_rotation", ROOT_ROTATIONS),
    *_cases("test_updater_key_rotations.py::test_non_root_rotations", OTHER_ROTATIONS),
)

#: What python-tuf's own tests ask beyond the conformance suite.
PYTHON_TUF = (
    *(
        "python-tuf test_trusted_metadata_set.py::test_out_of_order_ops",
        "python-tuf test_trusted_metadata_set.py::test_bad_initial_root",
    ),
    *(
        "python-tuf test_trusted_metadata_set.py::test_bad_root_update",
        "python-tuf test_trusted_metadata_set.py::test_top_level_md_with_invalid_json",
    ),
    "python-tuf test_trusted_metadata_set.py::test_update_root_new_root_fail_threshold_verification",
    "python-tuf test_trusted_metadata_set.py::test_update_root_new_root_ver_same_as_trusted_root_ver",
    "python-tuf test_trusted_metadata_set.py::test_update_timestamp_snapshot_ver_below_current",
    "python-tuf test_trusted_metadata_set.py::test_update_snapshot_file_removed_from_meta",
    "python-tuf test_trusted_metadata_set.py::test_update_targets_no_meta_in_snapshot",
    *(
        "python-tuf test_updater_top_level_update.py::test_trusted_root_missing",
        "python-tuf test_updater_top_level_update.py::test_trusted_root_unsigned",
    ),
    "python-tuf test_updater_top_level_update.py::test_max_root_rotations",
    "python-tuf test_updater_top_level_update.py::test_intermediate_root_incorrectly_signed",
    "python-tuf test_updater_top_level_update.py::test_intermediate_root_expired",
    "python-tuf test_updater_top_level_update.py::test_new_root_nonconsecutive_version",
    "python-tuf test_updater_top_level_update.py::test_expired_timestamp_version_rollback",
    "python-tuf test_updater_top_level_update.py::test_expired_timestamp_snapshot_rollback",
    "python-tuf test_updater_top_level_update.py::test_max_metadata_lengths",
    "python-tuf test_updater_ng.py::test_persist_metadata_fails",
    "python-tuf test_api.py::test_signed_verify_delegate",
    *("python-tuf test_fetcher_ng.py::test_http_error", "python-tuf test_fetcher_ng.py::test_response_read_timeout"),
    *(
        "python-tuf test_fetcher_ng.py::test_session_get_timeout",
        "python-tuf test_fetcher_ng.py::test_download_bytes_length_mismatch",
    ),
)

_NO_TARGETS = "there are no target files: the lists themselves are what is distributed"
_NO_GRAPH = "there is no graph of delegations: the authority names issuers, and an issuer names nobody who could delegate"
_NO_HASHES = "a snapshot names least versions, not digests: an issuer's newer list is welcome, an older one is mix-and-match"
_FOREIGN = "it reads what other programs published in TUF's format; for dpr's own format there are the test vectors"
_NEWEST = "of every list the newest that verifies is right, whatever its file is called; roots have numbers"
_OWN_SUITE = "it tests the suite's own tools"
DOES_NOT_APPLY = {
    "tuf-spec 5.3.12 consistent snapshots": _NEWEST,
    "tuf-spec 5.5.2 snapshot hash": _NO_HASHES,
    "tuf-spec 5.6.2 targets hash": _NO_HASHES,
    "tuf-spec 5.7 fetch target": _NO_TARGETS,
    "test_basic.py::test_implicit_refresh": _NO_TARGETS,
    "test_basic.py::test_basic_metadata_hash_support": _NO_HASHES,
    "test_basic.py::test_targets_hash_mismatch": _NO_HASHES,
    "test_basic.py::test_snapshot_hash_mismatch": _NO_HASHES,
    "test_basic.py::test_faketime": _OWN_SUITE,
    "test_file_download.py::test_client_downloads_expected_file": _NO_TARGETS,
    "test_file_download.py::test_client_downloads_expected_file_in_sub_dir": _NO_TARGETS,
    **{one: _NO_TARGETS for one in CONFORMANCE if "::test_download_with_hash_algorithms" in one},
    "test_file_download.py::test_download_with_unknown_hash_algorithm": _NO_TARGETS,
    "test_repository_simulator.py::test_repo_initialzation_unittest": _OWN_SUITE,
    "test_repository_simulator.py::test_update_timestamp": _OWN_SUITE,
    "test_repository_simulator.py::test_basic_metadata_hash_support_unittest": _OWN_SUITE,
    "test_rollback.py::test_snapshot_rollback[with hashes]": _NO_HASHES,
    "test_rollback.py::test_targets_rollback[with hashes]": _NO_HASHES,
    **{one: _FOREIGN for one in CONFORMANCE if "::test_static_repository" in one},
    **{one: _NO_GRAPH for one in CONFORMANCE if "::test_graph_traversal" in one or "::test_targetfile_search" in one},
}  # fmt: skip
EVERY_SOURCE = (*SPECIFICATION, *CONFORMANCE, *PYTHON_TUF)
