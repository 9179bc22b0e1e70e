"""A sender's site that holds the deterministic world's lists, with a message in its outbox and what became of it.

Example: `sent(folder, PROOF, *PROOF.receipts())`
"""

from __future__ import annotations

from pathlib import Path

from dpr.adapters.mail_db import MailDb
from dpr.adapters.trust_files import TrustFiles
from dpr.ports import Posted
from tests.mail_proof import Proof
from tests.mail_world import QUEUE, RELAYS
from tests.world import CARE, PHARMACIES

A, B = "https://relay-a.test", "https://relay-b.test"


def trusting(folder: Path, proof: Proof) -> Path:
    """A site that holds the world's lists and its address book."""
    world = proof.world
    folder.mkdir()
    (folder / "policy.toml").write_text('environment = "test"\n')
    store = TrustFiles(folder)
    store.install(world.root_document(), fingerprint=proof.fingerprint)
    lists = [world.trust_list(), world.snapshot(), *(world.status_list(issuer=one) for one in (CARE, PHARMACIES, RELAYS))]
    others = [world.revocations({900: world.now}, issuer=CARE), world.address_book(A, B)]
    taken = store.bring_in([*lists, *others], now=world.now + 60)
    assert not taken.of("refused"), taken.of("refused")
    return folder


def sent(folder: Path, proof: Proof, *receipts: bytes) -> Path:
    """The message of `proof` in the site's outbox, with receipts of relay A."""
    with MailDb.open(folder / "mail.db", now=proof.world.now) as db:
        posted = Posted(
            message_id=proof.value.id,
            queue=QUEUE,
            origins=(A, B),
            digest=proof.digest,
            documents=proof.value.digests,
            posted_at=proof.world.now - 3595,
            not_after=proof.value.not_after,
        )
        db.outbox.put(posted, b"sealed", same=bytes(32))
        db.outbox.keep_receipts(posted.message_id, A, receipts)
    return folder
