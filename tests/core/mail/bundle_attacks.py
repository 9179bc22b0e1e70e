"""What is tried against a bundle, and what only weakens it: name → how it is made, which step says it, with which code.

Example: `ATTACKS["two answers"]`
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from dpr.core.credential import Holder, Role
from dpr.core.mail.bundle import Bundle
from dpr.core.mail.message import MessageContent
from dpr.core.mail.receipt import Outcome
from dpr.core.mail.stamp import Stamp
from dpr.core.revocation import Reason
from dpr.core.snapshot import status_name
from dpr.core.status import Status
from dpr.core.trust_list import Environment
from tests.mail_proof import N1, N2, R1, R2, R3, R4, W1, Proof
from tests.mail_world import QUEUE, RELAYS, MailWorld
from tests.world import CARE, DAY, OTHER_GLN, PHARMACIES, signer, status_uri

PROOF = Proof()
ISSUERS = (CARE, PHARMACIES, RELAYS)
replace = msgspec.structs.replace


OTHER_PHARMACY = Holder(role=Role.PHARMACY, name="Apoteket Annat", gln=OTHER_GLN)


def other_pharmacy(proof: Proof) -> Stamp:
    """Another pharmacy, whose company vouches for it; the trust list has to say so (`glns`)."""
    key = signer("other pharmacy")
    return Stamp(key, proof.world.credential(OTHER_PHARMACY, key, 9))


def both_pharmacies(proof: Proof) -> Any:
    issuers = tuple(replace(one, glns=(*one.glns, OTHER_GLN)) if one.id == PHARMACIES else one for one in proof.world.issuers())
    return proof.evidence(trust_list=proof.world.trust_list(issuers=issuers))


def swapped(proof: Proof, kind: Any, by: bytes) -> tuple[bytes, ...]:
    """The usual receipts with one of them another."""
    order = (R1, R3, R4, R2)
    return tuple(by if one is kind else proof.receipt(one) for one in order)


def instead(kind: Any, **changes: Any) -> Callable[[Proof], Bundle]:
    return lambda proof: proof.bundle(*swapped(proof, kind, proof.receipt(kind, **changes)))


def revoked(
    issuer: str, idx: int, since: int | None, receipts: Callable[[Proof], tuple[bytes, ...]] = Proof.receipts
) -> Callable[[Proof], Bundle]:
    """Somebody's credential is revoked; `since` seconds before now, or without a date."""

    def make(proof: Proof) -> Bundle:
        world = proof.world
        lists = tuple(
            world.status_list({idx: Status.REVOKED} if one == issuer else None, issuer=one)
            for one in (CARE, PHARMACIES, RELAYS)
        )
        dated = (
            ()
            if since is None
            else (world.revocations({idx: world.now - since}, issuer=issuer, reason=Reason.KEY_COMPROMISED),)
        )
        return proof.bundle(*receipts(proof), evidence=proof.evidence(status_lists=lists, revocations=dated))

    return make


def both_revoked_later(proof: Proof) -> Bundle:
    world = proof.world
    given = tuple(
        world.revocations({idx: world.now - 600}, issuer=one, reason=Reason.KEY_COMPROMISED)
        for one, idx in ((PHARMACIES, 2), (RELAYS, 1))
    )
    return proof.bundle(evidence=proof.evidence(revocations=given))


def forged_signature(proof: Proof) -> Bundle:
    data = proof.receipt(R4)
    return proof.bundle(*swapped(proof, R4, data[:-1] + bytes([data[-1] ^ 1])))


def another_world(proof: Proof) -> Any:
    """Everything of an authority with other keys."""

    return Proof(MailWorld(root=signer("other authority"), online=signer("other online")))


def resealed_message(**changes: Any) -> Callable[[Proof], Bundle]:
    def make(proof: Proof) -> Bundle:
        content = MessageContent(queue=QUEUE, environment=Environment.TEST, documents=(proof.document,))
        fields = changes | {"content": replace(content, **changes.get("content", {}))}
        return proof.bundle(message=proof.world.message(replace(proof.value, **fields)))

    return make


ATTACKS: dict[str, tuple[Callable[[Proof], Bundle], int, str, int | None]] = {
    "a receipt with a changed signature": (forged_signature, 3, "signature_invalid", 3),
    "something else in a receipt's place": (lambda p: p.bundle(*p.receipts(), p.document), 3, "document_kind", 5),
    "an answer by a node with no right to the queue": (
        lambda p: p.bundle(*swapped(p, R4, p.receipt(R4, stamp=Stamp(p.world.node, p.world.node_credential())))),
        3,
        "receipt_signer",
        3,
    ),
    "an answer by a relay": (lambda p: p.bundle(*swapped(p, R4, p.receipt(R4, stamp=p.relay))), 3, "receipt_signer", 3),
    "an answer by another pharmacy for its own queue": (
        lambda p: p.bundle(
            *swapped(p, R4, p.receipt(R4, stamp=other_pharmacy(p), queue=f"gln:{OTHER_GLN}")), evidence=both_pharmacies(p)
        ),
        4,
        "receipt_queue",
        3,
    ),
    "an answer by another pharmacy for this queue": (
        lambda p: p.bundle(*swapped(p, R4, p.receipt(R4, stamp=other_pharmacy(p))), evidence=both_pharmacies(p)),
        3,
        "receipt_signer",
        3,
    ),
    "a receipt of another message": (instead(R4, message_id=bytes(16)), 4, "receipt_message", 3),
    "a receipt of other sealed bytes": (instead(R3, digest=bytes(32)), 4, "receipt_digest", 2),
    "custody of another message": (instead(R1, message_id=bytes(16)), 4, "receipt_message", 1),
    "an answer about another document": (instead(R4, documents=(bytes(32),)), 7, "bundle_document_other", 3),
    "another document in the bundle": (
        lambda p: p.bundle(document=p.world.prescription_document(p.world.prescription(authored_at=p.world.now - 4000))),
        7,
        "bundle_document_other",
        2,
    ),
    "a relay revoked before it signed": (revoked(RELAYS, 1, 3600), 5, "receipt_signer_revoked", 1),
    "a relay revoked without a date": (revoked(RELAYS, 1, None), 5, "receipt_signer_revoked", 1),
    "a pharmacy revoked before it answered": (revoked(PHARMACIES, 2, 2000), 5, "receipt_signer_revoked", 2),
    "a pharmacy revoked later, and no relay's hand-over": (
        revoked(PHARMACIES, 2, 600, lambda p: (p.receipt(R1), p.receipt(R3), p.receipt(R4))),
        5,
        "receipt_signer_revoked_undated",
        3,
    ),
    "a pharmacy revoked later that was its own relay": (
        revoked(PHARMACIES, 2, 600, lambda p: swapped(p, R2, p.receipt(R2, stamp=p.pharmacy))),
        5,
        "receipt_signer_revoked_undated",
        2,
    ),
    "a pharmacy revoked between its answer and the hand-over": (
        revoked(PHARMACIES, 2, 600, lambda p: swapped(p, R2, p.receipt(R2, at=p.world.now - 600))),
        5,
        "receipt_signer_revoked_undated",
        2,
    ),
    "a pharmacy and its witness both revoked later": (both_revoked_later, 5, "receipt_signer_revoked_undated", 2),
    "a sender revoked before it sent": (revoked(CARE, 20, 4000), 5, "receipt_signer_revoked", None),
    "lists without the relay's": (
        lambda p: p.bundle(
            evidence=p.evidence(status_lists=tuple(p.world.status_list(issuer=one) for one in (CARE, PHARMACIES)))
        ),
        5,
        "receipt_signer_unlisted",
        1,
    ),
    "a credential that was not in force": (
        lambda p: p.bundle(
            *swapped(
                p,
                R1,
                p.receipt(
                    R1,
                    stamp=Stamp(
                        p.world.relay,
                        p.world.credential(
                            Holder(role=Role.RELAY, name="Relä A"), p.world.relay, 1, issuer=RELAYS, valid_until=p.sent_at - 1
                        ),
                    ),
                ),
            )
        ),
        5,
        "receipt_signer_not_in_force",
        1,
    ),
    "lists too old to say anything": (
        lambda p: p.bundle(
            evidence=p.evidence(
                snapshot=None,
                status_lists=tuple(
                    p.world.status_list(issuer=one, issued_at=p.world.now - (9 * DAY if one == PHARMACIES else 60))
                    for one in (CARE, PHARMACIES, RELAYS)
                ),
            )
        ),
        6,
        "bundle_lists_old",
        None,
    ),
    "an older list than the snapshot names": (
        lambda p: p.bundle(
            evidence=p.evidence(
                snapshot=p.world.snapshot(
                    {"root": 1, "trust-list": 1, status_name(RELAYS, status_uri(RELAYS)): p.world.now - 60}
                )
            )
        ),
        6,
        "bundle_lists_behind",
        None,
    ),
    "an older trust list than the snapshot names": (
        lambda p: p.bundle(evidence=p.evidence(snapshot=p.world.snapshot({"root": 1, "trust-list": 2}))),
        6,
        "trust_list_behind_snapshot",
        None,
    ),
    "a message with another id": (resealed_message(id=bytes(16)), 8, "bundle_message_differs", None),
    "a message to another queue": (resealed_message(content={"queue": f"gln:{OTHER_GLN}"}), 8, "bundle_message_differs", None),
    "a message with more in it": (
        resealed_message(content={"documents": (PROOF.document, PROOF.document[:9])}),
        8,
        "bundle_message_differs",
        None,
    ),
    "a message of the other environment": (
        resealed_message(content={"environment": Environment.PRODUCTION}),
        8,
        "bundle_message_differs",
        None,
    ),
    "a message that nobody signed": (
        lambda p: p.bundle(message=p.message[:-1] + bytes([p.message[-1] ^ 1])),
        8,
        "signature_invalid",
        None,
    ),
    "two answers": (
        lambda p: p.bundle(*p.receipts(), p.receipt(R4, outcome=Outcome.REJECTED, code="expired")),
        9,
        "recipient_contradicts",
        5,
    ),
    "two lists of documents": (
        lambda p: p.bundle(*swapped(p, R3, p.receipt(R3, documents=(*p.value.digests, bytes(32))))),
        9,
        "recipient_contradicts",
        3,
    ),
    "a quarantine beside an answer": (lambda p: p.bundle(*p.receipts(), p.receipt(N2)), 9, "recipient_contradicts", 5),
    "a relay that handed over and says that it had removed it early": (
        lambda p: p.bundle(*p.receipts(), p.receipt(N1, at=p.value.not_after - 61)),
        9,
        "relay_contradicts",
        5,
    ),
    "a relay that withdrew what it handed over": (lambda p: p.bundle(*p.receipts(), p.receipt(W1)), 9, "relay_contradicts", 5),
    "a relay with two receipts at one place": (
        lambda p: p.bundle(*p.receipts(), p.receipt(R1, PROOF.sent_at + 1)),
        9,
        "relay_forked",
        5,
    ),
    "an answer dated before custody": (instead(R4, at=PROOF.sent_at - 301), 10, "receipt_times", 3),
    "a hand-over dated before custody": (instead(R2, at=PROOF.sent_at - 301), 10, "receipt_times", 4),
    "custody dated before the prescription was signed": (instead(R1, at=PROOF.sent_at - 1000), 10, "receipt_times", 1),
    "an answer dated in the future": (instead(R4, at=PROOF.world.now + 301), 10, "receipt_in_future", 3),
    "the pharmacy's answers left out": (lambda p: p.bundle(p.receipt(R1), p.receipt(R2)), 11, "bundle_answer_missing", None),
    "only a quarantine": (lambda p: p.bundle(p.receipt(R1), p.receipt(N2)), 11, "bundle_answer_missing", None),
}


RESERVATIONS: dict[str, tuple[Callable[[Proof], Bundle], int, str]] = {
    "received but not answered": (
        lambda p: p.bundle(p.receipt(R1), p.receipt(R3), p.receipt(R2)),
        11,
        "bundle_outcome_missing",
    ),
    "no relay's custody": (lambda p: p.bundle(p.receipt(R3), p.receipt(R4), p.receipt(R2)), 11, "bundle_custody_missing"),
    "no relay's hand-over": (lambda p: p.bundle(p.receipt(R1), p.receipt(R3), p.receipt(R4)), 11, "bundle_hand_over_missing"),
    "a pharmacy that is its own relay": (
        lambda p: p.bundle(p.receipt(R1, stamp=p.pharmacy), p.receipt(R3), p.receipt(R4), p.receipt(R2)),
        11,
        "bundle_custody_missing",
    ),
    "an answer after the hand-over": (instead(R4, at=PROOF.fetched_at + 900), 10, "receipt_after_witness"),
    "a pharmacy revoked later, after a relay's hand-over": (
        revoked(PHARMACIES, 2, 600),
        5,
        "receipt_signer_revoked_later",
    ),
    "a relay revoked later is no witness of custody": (revoked(RELAYS, 1, 100), 11, "bundle_custody_missing"),
    "a relay revoked later is no witness of the hand-over": (revoked(RELAYS, 1, 100), 11, "bundle_hand_over_missing"),
    "a relay revoked later": (revoked(RELAYS, 1, 100), 5, "receipt_signer_revoked_later"),
    "lists a few hours older than the receipts": (
        lambda p: p.bundle(
            evidence=p.evidence(
                status_lists=tuple(
                    p.world.status_list(issuer=one, issued_at=p.fetched_at - 7200) for one in (CARE, PHARMACIES, RELAYS)
                )
            )
        ),
        6,
        "bundle_lists_before",
    ),
}
