"""`dpr receipt`: what a lawyer reads, what a program reads, and what is refused, with no network and no site needed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dpr.adapters.trust_files import TrustFiles
from dpr.apps import receipt_proof
from dpr.apps.compose import SiteFolder
from dpr.core.errors import DocumentError
from dpr.core.mail import bundle as bundles
from dpr.core.mail.receipt import Outcome
from tests.e2e.cli import Ran, run
from tests.e2e.mail_site import trusting
from tests.mail_proof import R1, R2, R3, R4, Proof
from tests.mail_world import QUEUE, RELAYS, MailWorld
from tests.world import PHARMACIES

#: Made a minute ago by the machine's clock, which the commands read.
PROOF = Proof(MailWorld(now=int(time.time()) - 60))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site that holds the world's lists."""
    return trusting(tmp_path / "site", PROOF)


def written(folder: Path, *receipts: bytes, name: str = "answer.bundle") -> Path:
    path = folder / name
    path.write_bytes(bundles.write(PROOF.bundle(*receipts)))
    return path


def verified(bundle: Path, *options: str, root: str | None = None, lang: str = "en") -> Ran:
    return run("--lang", lang, "--site", "nowhere", "receipt", "verify", bundle, "--root", root or PROOF.fingerprint, *options)


def test_a_lawyer_reads_who_received_what_and_when(tmp_path: Path) -> None:
    ran = verified(written(tmp_path))
    assert (ran.code, ran.err) == (0, "")
    first = ran.out.splitlines()[0]
    assert first == (
        "✓ PROVEN: Apoteket Lärkan (GLN 7350000000009), vouched for by Apotekskedjan Test, received exactly this document, "
        "verified it and ACCEPTED it."
    )
    assert f"SHA-256 {PROOF.bundle().document_digest.hex()}" in ran.out
    assert "R1  Handed in to the relay, which holds it – says Relä A, vouched for by Relädrift Test, no. 1" in ran.out
    assert "So the relay, which is no party, attests the time between" in ran.out
    assert "Under the authority: se-test (TEST: nothing of this is real)" in ran.out
    assert [line.split()[:2] for line in ran.out.splitlines() if line.startswith("  ✓")] == [
        ["✓", str(n)] for n in range(1, 12)
    ]
    assert "Tolvan" not in ran.out and "19121212" not in ran.out


def test_the_same_in_swedish(tmp_path: Path) -> None:
    ran = verified(written(tmp_path), lang="sv")
    assert ran.out.startswith(
        "✓ STYRKT: Apoteket Lärkan (GLN 7350000000009), intygat av Apotekskedjan Test, har tagit emot just"
    )
    assert "Filen säger inget om kvittenser som inte är med i den." in ran.out


def test_a_rejection_says_why_and_a_reservation_stands_before_the_facts(tmp_path: Path) -> None:
    rejected = PROOF.receipt(R4, outcome=Outcome.REJECTED, code="expired")
    ran = verified(written(tmp_path, PROOF.receipt(R1), PROOF.receipt(R3), rejected))
    assert ran.code == 0 and "REJECTED it (" in ran.out.splitlines()[0] and "[expired]" in ran.out.splitlines()[0]
    assert ran.out.splitlines()[1].startswith("! Reservation: No independent relay attests when the message was fetched.")


def test_what_is_not_proven_is_said_first_with_what_to_do(tmp_path: Path) -> None:
    ran = verified(written(tmp_path, PROOF.receipt(R1), PROOF.receipt(R2)))
    assert ran.code == 1
    assert ran.out.startswith("✗ NOT PROVEN: The recipient's own receipt is not included")
    assert "R1  Handed in" in ran.out and "✗ 11 " in ran.out


def test_a_program_reads_the_same(tmp_path: Path) -> None:
    found = verified(written(tmp_path), "--json").json
    assert found["proven"] is True and found["shown"]["outcome"] == "ACCEPTED"
    assert found["shown"]["recipient"] == {
        "name": "Apoteket Lärkan", "gln": "7350000000009", "role": "pharmacy", "issuer": PHARMACIES
    }  # fmt: skip
    assert found["shown"]["custody"][0]["at"] == PROOF.sent_at and found["shown"]["answered_at"] == PROOF.fetched_at + 1
    assert [check["step"] for check in found["checks"]] == list(range(1, 12))
    refused = verified(written(tmp_path), "--json", root="0" * 64)
    assert refused.code == 1
    assert (refused.json["proven"], refused.json["code"], refused.json["shown"]) == (False, "bundle_root_unknown", None)


def test_the_fingerprint_is_taken_as_people_write_it_and_nothing_shorter(tmp_path: Path) -> None:
    spaced = " ".join(PROOF.fingerprint.upper()[at : at + 4] for at in range(0, 64, 4))
    assert verified(written(tmp_path), root=spaced).code == 0
    short = verified(written(tmp_path), root=PROOF.fingerprint[:16])
    assert short.code == 2 and "[root_fingerprint_form]" in short.err


def test_a_site_needs_no_fingerprint_and_its_newer_revocations_count(tmp_path: Path, site: Path) -> None:
    assert run("--site", site, "receipt", "verify", written(tmp_path)).code == 0
    late = PROOF.world.revocations({1: PROOF.sent_at - 1}, issuer=RELAYS, issued_at=PROOF.world.now + 1)
    TrustFiles(site).bring_in([late], now=PROOF.world.now + 60)
    ran = run("--site", site, "receipt", "verify", written(tmp_path), "--json")
    assert ran.code == 1 and ran.json["code"] == "receipt_signer_revoked"
    nowhere = run("--site", tmp_path / "nowhere", "receipt", "verify", written(tmp_path))
    assert nowhere.code == 2 and "[site_missing]" in nowhere.err


def subject(**changes: object) -> receipt_proof.Subject:
    value = receipt_proof.Subject(QUEUE, PROOF.value.id, PROOF.digest, PROOF.document, PROOF.message)
    return value._replace(**changes)


def test_a_site_makes_a_bundle_that_proves_itself_to_others(tmp_path: Path, site: Path) -> None:
    foreign = PROOF.receipt(R1, message_id=bytes(16), sequence=2, previous=bytes([1]) * 32)
    data = receipt_proof.make(SiteFolder(site), subject(), [*PROOF.receipts(), foreign, b"noise", PROOF.receipts()[0]])
    made = bundles.read(data)
    assert made.receipts == PROOF.receipts()
    assert made.evidence is not None
    assert (len(made.evidence.roots), len(made.evidence.status_lists), len(made.evidence.revocations)) == (1, 3, 1)
    path = tmp_path / "made.bundle"
    path.write_bytes(data)
    assert verified(path).code == 0
    bare = receipt_proof.make(SiteFolder(site), subject(message=None), PROOF.receipts(), evidence=False)
    path.write_bytes(bare)
    assert verified(path, "--json").json["code"] == "bundle_evidence_missing"
    assert run("--site", site, "receipt", "verify", path).code == 0


def test_no_bundle_is_made_of_nothing(site: Path) -> None:
    with pytest.raises(DocumentError, match="bundle_receipts_missing"):
        receipt_proof.make(SiteFolder(site), subject(), [PROOF.receipt(R1, message_id=bytes(16))])


def test_show_says_what_stands_in_a_receipt_and_that_nothing_is_verified(tmp_path: Path) -> None:
    path = tmp_path / "r4.cbor"
    path.write_bytes(PROOF.receipt(R4))
    ran = run("--lang", "en", "receipt", "show", path)
    assert ran.code == 0 and ran.out.startswith("! Nothing is verified here")
    assert "R4" in ran.out and "The recipient's answer: ACCEPTED" in ran.out and "Apoteket Lärkan" in ran.out
    both = run("receipt", "show", path, written(tmp_path), "--json").json
    assert [one["type"] for one in both] == ["R4", "R1", "R3", "R4", "R2"]
    path.write_bytes(PROOF.document)
    refused = run("receipt", "show", path)
    assert refused.code == 1 and "[receipt_file]" in refused.err


def test_compare_finds_what_cannot_both_be_true(tmp_path: Path, site: Path) -> None:
    forked = tmp_path / "forked.cbor"
    forked.write_bytes(PROOF.receipt(R1, message_id=bytes(16)))
    ours = written(tmp_path)
    ran = run("--lang", "en", "--site", site, "receipt", "compare", ours, forked)
    assert ran.code == 1
    assert ran.out.startswith("✗ The relay has shown different things to different parties. [relay_forked]")
    found = run("--site", "nowhere", "receipt", "compare", ours, forked, "--root", PROOF.fingerprint, "--json")
    assert found.code == 1 and [one["code"] for one in found.json["contradictions"]] == ["relay_forked"] * 2
    assert found.json["contradictions"][0]["receipts"][1]["document"] == forked.read_bytes().hex()
    same = run("--lang", "en", "--site", site, "receipt", "compare", ours, ours)
    assert (same.code, same.out) == (0, "✓ The receipts can both be true.\n")


def test_a_receipt_that_does_not_verify_accuses_nobody(tmp_path: Path, site: Path) -> None:
    forged = tmp_path / "forged.cbor"
    data = PROOF.receipt(R1, message_id=bytes(16))
    forged.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    ran = run("--site", site, "receipt", "compare", written(tmp_path), forged)
    assert ran.code == 1 and "[signature_invalid]" in ran.err and not ran.out
