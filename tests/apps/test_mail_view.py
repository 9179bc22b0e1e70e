"""What is said of messages that were sent and that came: only what verifies, with who attests it."""

from __future__ import annotations

import hashlib
import re

import msgspec
import pytest

from dpr.apps import addressing, inbox_view, mail_view
from dpr.apps.mail_view import Sent
from dpr.core.errors import DocumentError, SetupError
from dpr.core.mail.address_book import AddressBook, SdkAddress
from dpr.core.mail.carriage import State
from dpr.core.mail.receipt import Outcome
from dpr.core.mail.retry import Copy
from dpr.core.policy import DEFAULT
from dpr.ports import Alarm, Came, Posted
from tests.fakes.outbox_memory import MemoryOutbox
from tests.mail_proof import N1, N2, R1, R2, R3, R4, W1, W2, Proof
from tests.mail_world import QUEUE
from tests.world import GLN, OTHER_GLN

PROOF = Proof()
WORLD = PROOF.world
TRUST = WORLD.trust()
A, B = "https://relay-a.test", "https://relay-b.test"
NAMES = {QUEUE: "Apoteket Lärkan, Piteå"}


def outbox(*receipts: bytes, recalled_at: int = 0) -> MemoryOutbox:
    """An outbox with the one message, and receipts of relay A."""
    made = MemoryOutbox()
    posted = Posted(
        message_id=PROOF.value.id,
        queue=QUEUE,
        origins=(A, B),
        digest=PROOF.digest,
        documents=PROOF.value.digests,
        posted_at=WORLD.now - 3595,
        not_after=WORLD.now + 86_400,
    )
    made.put(posted, b"sealed", same=bytes(32))
    made.keep_receipts(posted.message_id, A, receipts)
    if recalled_at:
        made.recall(posted.message_id, now=recalled_at)
    return made


def seen(box: MemoryOutbox, now: int | None = None) -> Sent:
    return mail_view.sent(box.message(PROOF.value.id), box, TRUST, NAMES, WORLD.now if now is None else now)


STATES = {
    "nothing": ((), State.WAITING, "… waiting: no relay has taken it"),
    "custody": ((R1,), State.IN_CUSTODY, "… in custody at Relä A"),
    "fetched": ((R1, R2), State.HANDED_OVER, "… fetched by the recipient at Relä A"),
    "opened": ((R1, R2, R3), State.VERIFIED, "… opened by Apoteket Lärkan, the signature holds"),
    "accepted": ((R1, R2, R3, R4), State.ACCEPTED, "✓ ACCEPTED by Apoteket Lärkan"),
    "withdrawn": ((R1, W1), State.WITHDRAWN, "✓ withdrawn before anybody fetched it"),
    "too late": ((R1, W2), State.IN_CUSTODY, "… in custody at Relä A"),
}


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_said_with_who_attests_it(name: str) -> None:
    kinds, state, words = STATES[name]
    one = seen(outbox(*(PROOF.receipt(kind) for kind in kinds), recalled_at=WORLD.now if W1 in kinds else 0))
    assert one.standing.state is state
    assert mail_view.state_words(one.standing, "en") == words
    line = mail_view.line(one, "en")
    assert line.startswith(PROOF.value.id.hex()[:12]) and line.endswith(words) and "Apoteket Lärkan, Piteå" in line


def test_a_rejection_and_a_quarantine_say_why() -> None:
    rejected = seen(outbox(PROOF.receipt(R4, outcome=Outcome.REJECTED, code="expired")))
    assert re.fullmatch(r"✗ REJECTED by Apoteket Lärkan: .+ \[expired\]", mail_view.state_words(rejected.standing, "en"))
    torn = seen(outbox(PROOF.receipt(N2)))
    assert mail_view.state_words(torn.standing, "sv").startswith("✗ kunde inte öppnas av Apoteket Lärkan: ")
    unknown = seen(outbox(PROOF.receipt(R4, outcome=Outcome.REJECTED, code="later_than_us")))
    assert mail_view.state_words(unknown.standing, "en").endswith(": [later_than_us]")


def test_a_message_that_no_relay_took_ends_as_the_outbox_says() -> None:
    box = outbox()
    box.end(PROOF.value.id, State.WITHDRAWN, now=WORLD.now)
    assert seen(box).standing.state is State.WITHDRAWN
    expired = outbox(PROOF.receipt(R1), PROOF.receipt(N1, WORLD.now + 86_401))
    assert seen(expired, WORLD.now + 90_000).standing.state is State.EXPIRED


def test_a_receipt_that_does_not_verify_says_nothing_but_is_counted() -> None:
    data = PROOF.receipt(R4)
    forged = data[:-1] + bytes([data[-1] ^ 1])
    foreign = PROOF.receipt(R4, documents=(bytes(32),))
    one = seen(outbox(PROOF.receipt(R1), forged, foreign))
    assert one.standing.state is State.IN_CUSTODY and one.unverified == 2
    assert "  ! 2 receipts do not verify here" in [*mail_view.story(one, "en")]


def test_the_story_is_in_the_order_of_time_and_names_each_relay() -> None:
    box = outbox(*(PROOF.receipt(kind) for kind in (R4, R3, R2, R1)), recalled_at=WORLD.now - 100)
    box.keep_copy(PROOF.value.id, Copy(origin=A, tried_at=1.0, custody_at=float(PROOF.sent_at)))
    box.keep_copy(PROOF.value.id, Copy(origin=B, tried_at=1.0, failures=3, code="relay_unreachable"))
    story = [*mail_view.story(seen(box), "en")]
    kinds = [match[1] for text in story if (match := re.match(r"  \d{4}-\d\d-\d\d [\d:]{8}  ([RWN]\d)  ", text))]
    assert kinds == ["R1", "R3", "R4", "R2"]
    assert any("Recall asked for" in text for text in story)
    assert f"  {A}: took it, and it was handed over" in story and f"  {B}: not needed" in story


def with_copies(*receipts: bytes, recalled_at: int = 0) -> MemoryOutbox:
    """A relay that took it, and one that does not answer."""
    box = outbox(*receipts, recalled_at=recalled_at)
    box.keep_copy(PROOF.value.id, Copy(origin=A, tried_at=1.0, custody_at=float(PROOF.sent_at)))
    box.keep_copy(PROOF.value.id, Copy(origin=B, tried_at=1.0, failures=3, code="relay_unreachable"))
    return box


def test_what_a_relay_has_is_said_by_how_the_message_stands() -> None:
    under_way, fetched = seen(with_copies(PROOF.receipt(R1))), seen(with_copies(PROOF.receipt(R1), PROOF.receipt(R4)))
    expired = seen(with_copies(PROOF.receipt(R1), PROOF.receipt(N1, WORLD.now + 86_401)), WORLD.now + 90_000)
    said = [
        [mail_view.copy_words(copy, one.standing.state, "en") for copy in one.copies] for one in (under_way, fetched, expired)
    ]
    assert said[0][0].startswith("holds it since ") and re.fullmatch(r"3 failed attempts: .* \[relay_unreachable\]", said[0][1])
    assert said[1:] == [["took it, and it was handed over", "not needed"], ["does not hold it", "not needed"]]
    custody = [[copy["in_custody"] for copy in mail_view.as_json(one)["copies"]] for one in (under_way, fetched, expired)]
    assert custody == [[True, False], [False, False], [False, False]]


def test_a_recall_that_is_open_is_said_and_one_that_is_over_is_the_state() -> None:
    for kinds, words in (
        ((), "… waiting: no relay has taken it · recall asked for"),
        ((R1,), "… in custody at Relä A · recall asked for"),
        ((R1, W2), "… in custody at Relä A · recalled too late"),
        ((R1, W1), "✓ withdrawn before anybody fetched it"),
    ):
        one = seen(outbox(*(PROOF.receipt(kind) for kind in kinds), recalled_at=WORLD.now))
        assert mail_view.line(one, "en").endswith("  " + words) and f"  {words}" in mail_view.story(one, "en")


def test_a_program_gets_the_same() -> None:
    written = mail_view.as_json(seen(outbox(*PROOF.receipts())))
    assert (written["state"], written["queue"], written["unverified"]) == ("accepted", QUEUE, 0)
    assert [one["type"] for one in written["receipts"]] == ["R1", "R3", "R4", "R2"]
    assert {one["origin"] for one in written["receipts"]} == {A} and [one["origin"] for one in written["copies"]] == [A, B]


def test_a_message_is_found_by_the_beginning_of_its_id_when_that_is_one() -> None:
    box = outbox()
    assert mail_view.found_by_id(box, PROOF.value.id.hex()[:6].upper()).message_id == PROOF.value.id
    for wrong in ("", "  ", "ffffff", "zz"):
        with pytest.raises(SetupError, match="message_id_unknown"):
            mail_view.found_by_id(box, wrong)
    twin = bytes([*PROOF.value.id[:8], *bytes(8)])
    box.put(Posted(**{**_fields(box), "message_id": twin}), b"", same=bytes([1]) * 32)
    with pytest.raises(SetupError, match="message_id_not_unique"):
        mail_view.found_by_id(box, PROOF.value.id.hex()[:6])


def _fields(box: MemoryOutbox) -> dict[str, object]:
    posted = box.message(PROOF.value.id)
    return {name: getattr(posted, name) for name in posted.__struct_fields__}


# --- what has come --------------------------------------------------------------------------------------------------------


def came(*answers: bytes, sender: bytes | None = None) -> Came:
    credential = WORLD.node_credential() if sender is None else sender
    return Came(
        digest=PROOF.digest, queue=QUEUE, message_id=PROOF.value.id, first_at=WORLD.now, sender=credential, answers=answers
    )


def test_what_came_is_shown_with_sender_answer_and_the_prescription_that_it_brought() -> None:
    ids = {hashlib.sha256(PROOF.document).digest(): "ab" * 16}
    one = inbox_view.brought(came(PROOF.receipt(R3), PROOF.receipt(R4)), ids)
    assert re.fullmatch(r"✓ [\d -]{10} \d\d:\d\d  Journalsystem Norr  ACCEPTED  abababababab", inbox_view.line(one, "en"))
    assert inbox_view.as_json(one) | {"first_at": 0} == {
        "message_id": PROOF.value.id.hex(), "queue": QUEUE, "first_at": 0, "sender": "Journalsystem Norr", "answer": "R4",
        "outcome": "ACCEPTED", "code": None, "prescriptions": ["ab" * 16],
    }  # fmt: skip


def test_what_is_not_answered_or_could_not_be_opened_is_said() -> None:
    assert "… " in inbox_view.line(inbox_view.brought(came(), {}), "sv")
    assert inbox_view.line(inbox_view.brought(came(PROOF.receipt(R3)), {}), "en").endswith("opened, being judged")
    torn = inbox_view.brought(came(PROOF.receipt(N2), sender=b""), {})
    assert inbox_view.line(torn, "sv").startswith("✗ ") and "okänd avsändare  kunde inte öppnas: " in inbox_view.line(
        torn, "sv"
    )
    rejected = inbox_view.brought(came(PROOF.receipt(R4, outcome=Outcome.REJECTED, code="expired"), sender=b"x"), {})
    assert inbox_view.line(rejected, "en").startswith("✗ ") and inbox_view.line(rejected, "en").endswith("[expired]")


def test_an_alarm_is_said_with_what_to_do_and_keeps_its_evidence() -> None:
    alarm = Alarm(A, ("SE5560000001-T004", "Relä A"), QUEUE, "relay_forked", "sequence 3", (PROOF.receipt(R1),), WORLD.now)
    first, then, after = inbox_view.alarm_lines(inbox_view.alarm_json(alarm), "en")
    assert f"{A} (Relä A): The relay has shown different things" in first and first.endswith("[relay_forked]")
    assert then.startswith("  → ") and after.endswith(f": dpr relay settle {inbox_view.alarm_id(alarm)[:12]} --by …")
    settled = inbox_view.alarm_json(alarm._replace(settled_at=WORLD.now, settled_by="Anna"))
    assert [*inbox_view.alarm_lines(settled, "en")][1].endswith(": Anna") and settled["id"] == inbox_view.alarm_id(alarm)
    assert inbox_view.alarm_json(alarm)["evidence"] == [PROOF.receipt(R1).hex()]


# --- whom somebody means ------------------------------------------------------------------------------------------------


def book() -> AddressBook:
    return WORLD.address_book_value(A)


def test_a_gln_is_that_pharmacy_and_a_name_whoever_it_fits() -> None:
    assert [one.queue for one in addressing.fitting(book(), GLN)] == [QUEUE]
    assert [one.queue for one in addressing.fitting(book(), "larkan pite")] == [QUEUE]
    assert addressing.line(book().content.entries[0]) == f"Apoteket Lärkan, Piteå ({GLN}), Apotekskedjan Test"
    for nobody in (OTHER_GLN, "Falken", "", "   "):
        with pytest.raises(DocumentError, match="address_book_no_entry"):
            addressing.fitting(book(), nobody)


def test_a_gln_that_is_mistyped_is_said_to_be_and_not_to_be_missing() -> None:
    wrong = GLN[:-1] + str((int(GLN[-1]) + 1) % 10)
    for typed in (wrong, f" {wrong[:6]} {wrong[6:]} "):
        with pytest.raises(DocumentError, match="gln_check_digit"):
            addressing.fitting(book(), typed)


def test_one_of_several_is_never_guessed() -> None:
    (entry,) = addressing.fitting(book(), "Lärkan")
    assert addressing.the_one([entry]) is entry
    with pytest.raises(SetupError, match="recipient_not_unique: 2 names"):
        addressing.the_one([entry, entry])


def test_a_prescription_for_another_pharmacy_is_not_sent_to_this_one() -> None:
    (entry,) = book().content.entries
    bearer = WORLD.prescription()
    elsewhere = msgspec.structs.replace(bearer, audience=OTHER_GLN)
    addressing.require_addressee([bearer, msgspec.structs.replace(bearer, audience=GLN)], entry, DEFAULT)
    with pytest.raises(SetupError, match="recipient_not_addressee"):
        addressing.require_addressee([elsewhere], entry, DEFAULT)
    gateway = f"key:{'0' * 32}"
    by_sdk = msgspec.structs.replace(entry, queue=gateway, sdk=SdkAddress(organisation="0203:apotek.test", functional="x"))
    with pytest.raises(SetupError, match="recipient_not_addressee"):
        addressing.require_addressee([elsewhere], by_sdk, DEFAULT)
    listed = msgspec.structs.replace(DEFAULT, mail_gateways=(gateway,))
    addressing.require_addressee([elsewhere], by_sdk, listed)
    with pytest.raises(SetupError, match="recipient_not_addressee"):
        addressing.require_addressee([elsewhere], msgspec.structs.replace(by_sdk, sdk=None), listed)
