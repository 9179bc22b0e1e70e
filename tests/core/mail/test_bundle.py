"""A bundle proves what its receipts say to whoever has the root's fingerprint, and nothing once any part is another."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpr.core import cbor, documents
from dpr.core.errors import DocumentError
from dpr.core.mail import bundle as bundles
from dpr.core.mail.bundle_steps import PASSED, STEPS
from dpr.core.mail.bundle_verify import Proven, Unproven, verify
from dpr.core.mail.receipt import Outcome
from dpr.core.mail.stamp import Stamp
from dpr.core.root import Quorum
from dpr.core.snapshot import status_name
from dpr.core.status import Status
from dpr.core.trust import Trust
from dpr.core.verdict import PASS, STOP, WARN
from tests.core.mail.bundle_attacks import ATTACKS, PROOF, RESERVATIONS, another_world, replace, revoked
from tests.mail_proof import N1, R1, R2, R3, R4, W2, Proof
from tests.mail_world import RELAYS
from tests.world import CARE, DAY, PHARMACIES, PHARMACY, signer, status_uri


def codes(finding: Any, outcome: Any) -> list[tuple[int, str, int | None]]:
    return [(one.step, one.code, one.item) for one in finding.checks if one.outcome is outcome]


# --- what it proves -------------------------------------------------------------------------------------------------------


def test_a_whole_bundle_proves_receipt_verification_and_acceptance_with_nothing_but_a_fingerprint() -> None:
    finding = PROOF.judge(PROOF.bundle())
    assert isinstance(finding, Proven)
    assert {check.outcome for check in finding.checks} == {PASS}
    assert [check.step for check in finding.checks] == list(range(1, 12))
    shown = finding.shown
    assert shown.answer and shown.answer.content.outcome is Outcome.ACCEPTED and shown.answer.at == PROOF.fetched_at + 1
    assert shown.received and shown.received.at == PROOF.fetched_at
    assert shown.recipient and shown.recipient.credential.holder.name == "Apoteket Lärkan"
    assert [one.at for one in shown.custody] == [PROOF.sent_at] and [one.at for one in shown.handed_over] == [
        PROOF.fetched_at + 2
    ]
    assert shown.sender and shown.sender.credential.holder.name == "Journalsystem Norr"
    assert (
        not isinstance(shown.document, str)
        and shown.document.value.id == PROOF.world.prescription(authored_at=PROOF.world.now - 3700).id
    )


def test_a_rejection_is_proven_with_its_code() -> None:
    rejected = PROOF.receipt(R4, outcome=Outcome.REJECTED, code="expired", detail="step 4")
    finding = PROOF.judge(PROOF.bundle(PROOF.receipt(R1), PROOF.receipt(R3), rejected, PROOF.receipt(R2)))
    assert isinstance(finding, Proven) and finding.shown.answer
    assert (finding.shown.answer.content.outcome, finding.shown.answer.content.code) == (Outcome.REJECTED, "expired")


def test_a_rejected_document_need_not_verify_itself() -> None:
    torn = PROOF.document[:-1] + bytes([PROOF.document[-1] ^ 1])
    proof = Proof()
    proof.value = proof.world.message_value(torn, created=proof.world.now - 3600)
    answer = proof.receipt(R4, outcome=Outcome.REJECTED, code="signature_invalid")
    bundle = proof.bundle(proof.receipt(R1), proof.receipt(R3), answer, proof.receipt(R2), document=torn)
    finding = proof.judge(replace(bundle, message=proof.world.message(proof.value)))
    assert isinstance(finding, Proven)
    assert codes(finding, WARN) == [(7, "bundle_document_unverified", None)]
    assert finding.shown.document == "signature_invalid"


def test_without_the_message_the_same_is_proven_but_not_who_sent_it() -> None:
    finding = PROOF.judge(PROOF.bundle(message=None))
    assert isinstance(finding, Proven) and finding.shown.sender is None
    assert (8, "bundle_message_absent", None) in codes(finding, PASS)


def test_the_receipts_of_two_relays_are_two_witnesses() -> None:
    other = PROOF.receipt(R1, PROOF.sent_at + 60, PROOF.other_relay, sequence=7, previous=bytes([1]) * 32)
    finding = PROOF.judge(PROOF.bundle(*PROOF.receipts(), other))
    assert isinstance(finding, Proven)
    assert [one.relay[1] for one in finding.shown.custody] == ["Relä A", "Relä B"]


def test_a_copy_that_was_too_late_to_withdraw_or_expired_at_another_relay_takes_nothing_back() -> None:
    late = PROOF.receipt(W2, handed_over_at=PROOF.fetched_at)
    expired = PROOF.receipt(N1, PROOF.world.now - 60, PROOF.other_relay, sequence=7)
    finding = PROOF.judge(PROOF.bundle(*PROOF.receipts(), late, expired))
    assert isinstance(finding, Proven) and [one.content.type for one in finding.shown.others] == [W2, N1]


def test_a_site_judges_a_bundle_without_lists_by_its_own() -> None:
    bare = PROOF.bundle(evidence=None)
    assert isinstance(PROOF.judge(bare, own=PROOF.world.trust()), Proven)
    missing = PROOF.judge(bare)
    assert isinstance(missing, Unproven) and missing.code == "bundle_evidence_missing" and missing.shown is None


# --- every attack that a step names --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_stopped_by_its_step(name: str) -> None:
    make, step, code, item = ATTACKS[name]
    finding = PROOF.judge(make(PROOF))
    assert isinstance(finding, Unproven)
    assert (step, code, item) in codes(finding, STOP)
    assert finding.code == codes(finding, STOP)[0][1]


def test_every_step_has_an_attack_that_it_stops() -> None:
    assert {step for _, step, _, _ in ATTACKS.values()} == STEPS.keys()


def test_an_authority_that_the_reader_does_not_know_proves_nothing_whatever_it_signed() -> None:
    foreign = another_world(PROOF)
    finding = PROOF.judge(foreign.bundle())
    assert isinstance(finding, Unproven) and finding.code == "bundle_root_unknown" and finding.shown is None
    assert foreign.fingerprint in finding.detail
    assert isinstance(foreign.judge(foreign.bundle()), Proven)


@pytest.mark.parametrize("part", ["trust_list", "snapshot", "status_lists", "revocations"])
def test_a_list_that_another_authority_or_issuer_signed_is_forged(part: str) -> None:
    foreign = another_world(PROOF)
    world = foreign.world
    world.care = signer("another care provider")
    forged: dict[str, Any] = {
        "trust_list": world.trust_list(),
        "snapshot": world.snapshot(),
        "status_lists": (world.status_list(),),
        "revocations": (world.revocations({7: world.now}),),
    }
    finding = PROOF.judge(PROOF.bundle(evidence=PROOF.evidence(**{part: forged[part]})))
    assert isinstance(finding, Unproven) and (finding.code, finding.shown) == ("bundle_evidence_forged", None)


def test_a_root_that_does_not_follow_on_the_one_before_is_forged() -> None:
    world = PROOF.world
    stranger = signer("stranger")
    following = world.root_document(stranger, version=2)
    finding = PROOF.judge(PROOF.bundle(evidence=PROOF.evidence(roots=(world.root_document(), following))))
    assert isinstance(finding, Unproven) and (finding.code, finding.detail) == (
        "bundle_evidence_forged",
        "root_threshold_not_met",
    )


def test_roots_lead_from_the_one_that_the_reader_knows_to_the_one_in_force() -> None:
    world = PROOF.world
    roots = (world.root_document(), world.root_document(version=2))
    assert isinstance(PROOF.judge(PROOF.bundle(evidence=PROOF.evidence(roots=roots))), Proven)


def test_a_site_follows_no_older_root_than_the_one_in_force_there_and_none_that_it_does_not_hold() -> None:
    """Whoever has the stolen keys of root 1 makes another root 2, and every key below it."""
    world = PROOF.world
    first, kept = world.root_document(), signer("kept")
    online = Quorum(threshold=1, keys=(world.online.key,))
    held = world.root_document(world.root, kept, version=2, root=Quorum(threshold=1, keys=(kept.key,)))
    forged = world.root_document(version=2)
    third = world.root_document(kept, version=3, root=Quorum(threshold=1, keys=(kept.key,)), snapshot=online)
    fingerprints = {documents.fingerprint(one) for one in (first, held)}
    own = documents.open_trust(world.anchor, world.trust_list(), root_version=2)

    def code(*roots: bytes, by: Trust | None = own) -> str:
        data = bundles.write(PROOF.bundle(evidence=PROOF.evidence(roots=roots)))
        finding = verify(data, fingerprints=fingerprints, own=by, now=world.now)
        return finding.code if isinstance(finding, Unproven) else "proven"

    assert code(first) == code(first, forged) == code(forged) == code(forged, third) == "bundle_root_unknown"
    assert code(first, held) == code(held) == code(first, held, third) == code(held, third) == "proven"
    assert code(third) == "bundle_root_unknown"
    anchor_alone = documents.open_trust(world.anchor, world.trust_list())
    assert code(first, held, third, by=anchor_alone) == "bundle_root_unknown"


# --- reservations ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RESERVATIONS)
def test_a_reservation_is_said_and_the_rest_is_proven(name: str) -> None:
    make, step, code = RESERVATIONS[name]
    finding = PROOF.judge(make(PROOF))
    assert isinstance(finding, Proven)
    assert (step, code) in [(one, said) for one, said, _ in codes(finding, WARN)]


def test_how_much_older_the_lists_are_is_said_of_the_worst_case() -> None:
    make, _, _ = RESERVATIONS["lists a few hours older than the receipts"]
    ages = [check.age_seconds for check in PROOF.judge(make(PROOF)).checks if check.code == "bundle_lists_before"]
    assert ages == [7200 + 2], "the relay's, when it signed the hand-over"


def test_a_revocation_that_only_the_readers_site_knows_counts() -> None:
    world = PROOF.world
    own = documents.open_trust(
        world.anchor,
        world.trust_list(),
        status_lists=[world.status_list({1: Status.REVOKED}, issuer=RELAYS, issued_at=world.now - 5)],
        revocations=[world.revocations({1: PROOF.sent_at - 5}, issuer=RELAYS)],
    )
    finding = PROOF.judge(PROOF.bundle(), own=own)
    assert isinstance(finding, Unproven) and finding.code == "receipt_signer_revoked"


def test_a_sites_older_lists_do_not_take_the_place_of_the_bundles() -> None:
    world = PROOF.world
    own = documents.open_trust(
        world.anchor, world.trust_list(), status_lists=[world.status_list(issuer=RELAYS, issued_at=world.now - 9 * DAY)]
    )
    assert isinstance(PROOF.judge(revoked(RELAYS, 1, None)(PROOF), own=own), Unproven)


def own_without(*removed: str, version: int = 2) -> Trust:
    """A site whose trust list lacks these issuers."""
    world = PROOF.world
    value = world.trust_list_value()
    issuers = tuple(one for one in value.content.issuers if one.id not in removed)
    newer = replace(value, content=replace(value.content, version=version, issuers=issuers))
    return documents.open_trust(world.anchor, documents.sign_by_many(documents.TRUST_LIST, newer, [world.root]), root_version=1)


@pytest.mark.parametrize(("issuer", "items"), [(PHARMACIES, [2, 3]), (RELAYS, [1, 4])])
def test_an_issuer_that_the_sites_newer_trust_list_lacks_vouches_for_nothing(issuer: str, items: list[int]) -> None:
    finding = PROOF.judge(PROOF.bundle(), own=own_without(issuer))
    assert isinstance(finding, Unproven) and finding.code == "receipt_signer_issuer_removed"
    assert [item for step, code, item in codes(finding, STOP) if (step, code) == (3, finding.code)] == items


def test_a_sender_whose_issuer_was_removed_said_nothing_that_counts() -> None:
    finding = PROOF.judge(PROOF.bundle(), own=own_without(CARE))
    assert (8, "receipt_signer_issuer_removed", None) in codes(finding, STOP)
    assert isinstance(PROOF.judge(PROOF.bundle(message=None), own=own_without(CARE)), Proven)


def test_an_issuer_that_no_list_has_was_not_removed_and_an_older_list_of_the_sites_removes_nobody() -> None:
    key = signer("unlisted")
    value = PROOF.world.credential_value(PHARMACY, key, 9)
    other = Stamp(key, documents.sign(documents.CREDENTIAL_KIND, value, signer("nobody")))
    finding = PROOF.judge(PROOF.bundle(*PROOF.receipts(), PROOF.receipt(R4, stamp=other)), own=own_without())
    assert (3, "chain_issuer_unknown", 5) in codes(finding, STOP)
    assert isinstance(PROOF.judge(PROOF.bundle(), own=own_without(PHARMACIES, version=1)), Proven)


def test_the_sites_newer_snapshot_shows_that_the_bundles_lists_are_old() -> None:
    world = PROOF.world
    minimums = {"root": 1, "trust-list": 1, status_name(RELAYS, status_uri(RELAYS)): world.now - 1}
    for version, finds in ((2, Unproven), (1, Proven)):
        snapshot = world.snapshot_value(minimums, version=version)
        own = Trust(world.anchor, world.trust().trust_list, snapshot=snapshot, root_version=1)
        finding = PROOF.judge(PROOF.bundle(), own=own)
        assert isinstance(finding, finds)
        assert ((6, "bundle_lists_behind", None) in codes(finding, STOP)) is (finds is Unproven)


# --- the file -----------------------------------------------------------------------------------------------------------


def test_what_is_written_is_read_again_and_always_the_same() -> None:
    bundle = PROOF.bundle()
    data = bundles.write(bundle)
    assert bundles.read(data) == bundle
    assert bundles.write(bundles.read(data)) == data


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("empty", lambda data: b""),
        ("torn", lambda data: data[:-1]),
        ("followed by more", lambda data: data + b"\x00"),
        ("of another kind", lambda data: data.replace(b"dpr-bundle", b"dpr-bundel")),
        ("no map", lambda data: b"\x80"),
        ("a document", lambda data: PROOF.document),
    ],
)
def test_a_file_that_is_no_bundle_is_named(name: str, change: Callable[[bytes], bytes]) -> None:
    finding = PROOF.judge(change(bundles.write(PROOF.bundle())))
    assert isinstance(finding, Unproven)
    assert (finding.code, finding.checks[0].step, finding.shown) == ("bundle_malformed", 1, None)


def test_a_bundle_of_a_later_version_is_named_and_what_it_merely_adds_is_ignored() -> None:
    value = bundles.BUNDLE.to_cbor(PROOF.bundle())
    assert isinstance(PROOF.judge(cbor.encode(value | {-1: "added"})), Proven)
    finding = PROOF.judge(cbor.encode(value | {99: "changes the meaning"}))
    assert isinstance(finding, Unproven) and finding.code == "later_version"


def test_a_bundle_that_would_cost_much_work_is_not_decoded() -> None:
    laborious = cbor.encode({0: "dpr-bundle", 5: [[]] * 20_000})
    finding = PROOF.judge(laborious)
    assert isinstance(finding, Unproven) and finding.code == "bundle_malformed" and "cbor_too_large" in finding.detail


def test_a_bundle_larger_than_any_is_refused_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cbor, "MAX_SIGNED_BYTES", 100)
    with pytest.raises(DocumentError, match="bundle_too_large"):
        bundles.write(PROOF.bundle())
    finding = PROOF.judge(b"\x00" * 101)
    assert isinstance(finding, Unproven) and finding.code == "bundle_too_large"


#: Made once: each change below is one byte of it.
_DATA = bundles.write(PROOF.bundle())


@given(st.integers(0, len(_DATA) - 1), st.integers(1, 255))
def test_no_changed_byte_proves_anything_else(place: int, by: int) -> None:
    changed = bytearray(_DATA)
    changed[place] ^= by
    finding = PROOF.judge(bytes(changed))
    if isinstance(finding, Proven):  # a changed root or list is believed only where its signature still counts
        whole = PROOF.judge(_DATA)
        assert isinstance(whole, Proven)
        assert (finding.shown.answer, finding.shown.received) == (whole.shown.answer, whole.shown.received)
        assert finding.shown.bundle.document == PROOF.document


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert isinstance(PROOF.judge(data), Unproven)
    parts = replace(PROOF.bundle(), receipts=(data, *PROOF.receipts()), message=data, document=data)
    assert isinstance(PROOF.judge(parts), Unproven)
    assert isinstance(PROOF.judge(replace(PROOF.bundle(), evidence=PROOF.evidence(trust_list=data))), Unproven)


def test_the_document_is_named_by_its_digest() -> None:
    assert PROOF.bundle().document_digest == hashlib.sha256(PROOF.document).digest()


def test_the_page_about_evidence_has_every_step() -> None:
    page = (Path(__file__).parents[3] / "docs" / "receipts.md").read_text("utf-8")
    assert [int(number) for number in re.findall(r"^\| (\d+) \| ", page, re.MULTILINE)] == list(PASSED)
