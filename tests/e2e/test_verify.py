"""`dpr verify` where the pharmacy has received the prescription before, and its signer's credential was revoked since."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dpr.adapters.clock import system_clock
from dpr.adapters.key_files import KeyFile
from dpr.core import documents
from tests.e2e.cli import Ran, run
from tests.e2e.stage import Stage, clean, done


def verdict(own: Stage, document: Path) -> Ran:
    return clean(run("--site", own.pharmacy, "verify", document))


def revoke(own: Stage, *people: str) -> None:
    """From now on, and a second after whatever came before."""
    before = int(system_clock().timestamp())
    while int(system_clock().timestamp()) == before:
        time.sleep(0.05)
    for person in people:
        done("issuer", "revoke", own.folder / "region", own.person(person, "cbor"))
    done("issuer", "publish", own.folder / "region")
    done("--site", own.pharmacy, "trust", "add", own.folder / "region" / "published")


@pytest.fixture
def signed_again(own: Stage) -> Path:
    """The prescription `one`, claim for claim, by the key of another prescriber of the region."""
    key, credential, description = (own.person("another", suffix) for suffix in ("pem", "cbor", "json"))
    description.write_bytes(own.person("prescriber", "json").read_bytes())
    done("key", "new", key, "--unencrypted")
    request = key.with_suffix(".pem.request")
    done("issuer", "credential", own.folder / "region", request, "--holder", description, "--out", credential)
    value = documents.read_claims(documents.PRESCRIPTION, documents.split(own.rx("one").read_bytes()).payload)
    again = documents.sign(documents.PRESCRIPTION, value, KeyFile.load(key), credential=credential.read_bytes())
    own.rx("again").write_bytes(again)
    return own.rx("again")


def test_what_was_received_before_its_signer_was_revoked_is_accepted_with_a_reason(own: Stage) -> None:
    own.receive("one")
    revoke(own, "prescriber")
    ran = verdict(own, own.rx("one"))
    assert ran.code == 0 and "[credential_revoked_later]" in ran.out


def test_what_was_received_is_no_evidence_for_the_same_claims_by_another_key(own: Stage, signed_again: Path) -> None:
    own.receive("one")
    assert verdict(own, signed_again).code == 0, "the key alone is what makes it refused later"
    revoke(own, "another")
    assert verdict(own, own.rx("one")).code == 0
    ran = verdict(own, signed_again)
    assert ran.code == 1 and "[credential_revoked]" in ran.out and "credential_revoked_later" not in ran.out
