"""Who may send to us, and what proves since when something existed."""

from __future__ import annotations

import msgspec
import pytest

from dpr.core import documents
from dpr.core.mail import sender
from dpr.core.mail.receipt import ReceiptContent, ReceiptType
from dpr.core.mail.stamp import Stamp
from dpr.core.status import Status
from dpr.core.trust import Chain, Trust
from tests.mail_world import NODE, QUEUE, RELAY, RELAYS, MailWorld
from tests.world import CARE, DAY, PHARMACIES, VETS

WORLD = MailWorld()


def trust(node: Status = Status.VALID, relay: Status = Status.VALID, revoked: dict[int, int] | None = None) -> Trust:
    lists = [WORLD.status_list(issuer=one) for one in (PHARMACIES, VETS)]
    lists += [WORLD.status_list({20: node}), WORLD.status_list({1: relay}, issuer=RELAYS)]
    revocations = [WORLD.revocations(revoked)] if revoked else []
    return documents.open_trust(WORLD.anchor, WORLD.trust_list(), status_lists=lists, revocations=revocations)


def node(held: Trust, **changes: int) -> Chain:
    return documents.open_credential(WORLD.credential(NODE, WORLD.node, 20, issuer=CARE, **changes), held)


@pytest.mark.parametrize("status", [Status.REVOKED, Status.SUSPENDED])
def test_a_node_that_is_revoked_or_suspended_may_not_send(status: Status) -> None:
    assert sender.fault(node(trust()), trust(), WORLD.policy, WORLD.now) is None
    assert sender.fault(node(trust()), trust(status), WORLD.policy, WORLD.now) == "sender_revoked"


def test_a_revocation_counts_from_its_instant_on() -> None:
    held = trust(revoked={20: WORLD.now + 100})
    assert sender.fault(node(held), held, WORLD.policy, WORLD.now + 99) is None
    assert sender.fault(node(held), held, WORLD.policy, WORLD.now + 100) == "sender_revoked"


def test_what_ran_out_has_the_verdicts_grace_and_no_more() -> None:
    held = trust()
    over = node(held, valid_until=WORLD.now + 10)
    at = WORLD.now + 10 + WORLD.policy.credential_grace_red_hours * 3600
    assert sender.fault(over, held, WORLD.policy, at) is None
    assert sender.fault(over, held, WORLD.policy, at + 1) == "sender_not_in_force"
    ended_before_the_list = node(held, valid_until=WORLD.now - 3 * DAY)
    assert sender.fault(ended_before_the_list, held, WORLD.policy, WORLD.now) == "sender_not_in_force"
    early = node(held, valid_from=WORLD.now + DAY)
    assert sender.fault(early, held, WORLD.policy, WORLD.now) == "sender_not_in_force"


MESSAGE = WORLD.message_value()
DIGEST = bytes(32)


def an_r1(at: int, number: int = 1, *, by: Stamp | None = None, **changes: object) -> bytes:
    fields = {
        "type": ReceiptType.R1, "queue": QUEUE, "message_id": MESSAGE.id, "digest": DIGEST, "sequence": number,
        "previous": bytes(32) if number == 1 else bytes([number]) * 32,
    } | changes  # fmt: skip
    return (by or WORLD.stamp())(ReceiptContent(**fields), at)  # type: ignore[arg-type]


def proven(*r1s: bytes, held: Trust | None = None, now: int = WORLD.now, **changes: int) -> int | None:
    message = msgspec.structs.replace(MESSAGE, **changes)
    return sender.proven_since(r1s, message, DIGEST, held or trust(), WORLD.policy, now=now)


def test_the_earliest_receipt_of_a_relay_in_good_standing_is_the_proof() -> None:
    r1s = an_r1(WORLD.now - 50), an_r1(WORLD.now - 90, 2), b"no receipt"
    assert proven(*r1s) == WORLD.now - 90
    assert proven(*r1s, held=trust(relay=Status.REVOKED)) is None
    assert proven(an_r1(WORLD.now + 500)) == WORLD.now
    assert proven() is None


def test_only_an_r1_says_that_a_relay_had_it() -> None:
    assert proven(an_r1(WORLD.now - 90, type=ReceiptType.R2, previous=None)) is None


def test_a_relay_that_had_a_message_before_it_was_made_proves_nothing() -> None:
    at, skew = WORLD.now - 7200, WORLD.policy.clock_skew_seconds
    assert proven(an_r1(at), created=at + skew) == at
    assert proven(an_r1(at), created=at + skew + 1) is None
    assert proven(an_r1(at), an_r1(WORLD.now - 50, 2), created=at + skew + 1) == WORLD.now - 50, (
        "another may have told the truth"
    )


@pytest.mark.parametrize("of", [{"queue": "gln:7350000000016"}, {"message_id": bytes(16)}, {"digest": b"\x01" * 32}])
def test_a_receipt_of_something_else_proves_nothing(of: dict[str, object]) -> None:
    assert proven(an_r1(WORLD.now - 90, **of)) is None


def test_a_pharmacy_that_received_directly_is_its_own_relay_and_another_node_is_none() -> None:
    node = Stamp(WORLD.node, WORLD.node_credential())
    assert proven(an_r1(WORLD.now - 90, by=WORLD.pharmacy_stamp())) == WORLD.now - 90
    assert proven(an_r1(WORLD.now - 90, by=node)) is None


def of_times(**times: int) -> Stamp:
    return Stamp(WORLD.relay, WORLD.credential(RELAY, WORLD.relay, 1, issuer=RELAYS, **times))


def test_a_relay_proves_nothing_of_when_it_was_not_in_force_or_when_it_is_no_more() -> None:
    at, skew = WORLD.now - 7200, WORLD.policy.clock_skew_seconds
    made = {"created": at}
    assert proven(an_r1(at, by=of_times(valid_from=at + skew)), **made) == at
    assert proven(an_r1(at, by=of_times(valid_from=at + skew + 1)), **made) is None
    ends, grace = WORLD.now + 10, WORLD.policy.credential_grace_red_hours * 3600
    r1 = an_r1(at, by=of_times(valid_until=ends))
    assert proven(r1, now=ends + grace, **made) == at, "with the verdict's grace"
    assert proven(r1, now=ends + grace + 1, **made) is None
