"""Messages from our relays to a pharmacy that is in SDK alone, and what is answered when SDK has receipted them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from dpr.adapters.qr_process import read_codes
from dpr.adapters.sdk import content, envelope
from dpr.adapters.sdk.carrier import documents_in
from dpr.adapters.sdk.envelope import Kind
from dpr.adapters.sdk.folders import Folder
from dpr.adapters.sdk.journal import Journal, Record, Stage, Way, sdk_id_of
from dpr.adapters.sdk.kvittens import Fault
from dpr.adapters.sdk.reasons import REASONS, Answer, answer_of, fault_of, reason_of
from dpr.apps.sdk.gateway import Gateway
from dpr.apps.sdk.outgoing import answer_due
from dpr.apps.sdk.settings import load
from dpr.core import days
from dpr.core.codes import CODES
from dpr.core.errors import DocumentError, SetupError, StorageError
from dpr.core.mail.address_book import AddressBook, Entry, SdkAddress
from dpr.core.mail.message import Message, MessageContent
from dpr.core.mail.receipt import Outcome, ReceiptContent, ReceiptType
from dpr.core.mail.stamp import Stamp
from dpr.core.trust_list import Environment
from dpr.core.verify import Accepted, verify
from tests.fakes.inbox_memory import MemoryInbox
from tests.mail_world import ORIGIN
from tests.sdk import samples
from tests.sdk.gateway_world import FEDERATION, SETTINGS, GatewayWorld, digest
from tests.world import DAY, ONE_ITEM

SENDER = samples.REGION._replace(function="sdk.dpr.brygga", function_name="Receptbryggan")
WITH_SENDER = (
    SETTINGS + f'[sender]\norganisation = "{SENDER.organisation}"\nfunction = "{SENDER.function}"\n'
    f'name = "{SENDER.name}"\nfunction_name = "{SENDER.function_name}"\n'
)


class OutWorld(GatewayWorld):
    """The gateway's queue stands in the book as the pharmacy's."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, settings=WITH_SENDER)
        self.queue = self.gateway().site.node_queue()
        (entry,) = self.book.content.entries
        self.book = self.listed(msgspec.structs.replace(entry, queue=self.queue))
        self.replies: list[tuple[str, Answer]] = []

    def listed(self, entry: Entry) -> AddressBook:
        return msgspec.structs.replace(self.book, content=msgspec.structs.replace(self.book.content, entries=(entry,)))

    def message(self, *given: bytes, number: int = 1) -> Message:
        value = self.world.message_value(*given, number=number)
        content: MessageContent = msgspec.structs.replace(value.content, queue=self.queue)
        return msgspec.structs.replace(value, content=content)

    def deliver(self, message: Message) -> Answer | None:
        return self.gateway().outgoing().deliver(message, digest(message.id), self.world.now)

    def receipt(self, *faults: Fault, sdk_id: str, name: str = "k.xml", **changes: Any) -> None:
        """A receipt of the pharmacy's message service."""
        parties = {"sender": samples.PHARMACY.organisation, "recipient": SENDER.organisation}
        value = samples.receipt(*faults, refers_to=sdk_id, **(parties | changes))
        self.put(name, samples.receipt_file(value, federation=FEDERATION))

    def answer(self) -> list[tuple[str, Answer]]:
        """What is answered now."""
        before = len(self.replies)
        answer_due(Journal(self.folder / "sdk"), lambda record, answer: self.replies.append((record.sdk_id, answer)))
        return self.replies[before:]

    def records(self) -> list[Record]:
        return list(Journal(self.folder / "sdk").all(Way.OUT))


@pytest.fixture
def world(tmp_path: Path) -> OutWorld:
    return OutWorld(tmp_path)


def test_a_message_goes_to_sdk_as_a_pdf_and_the_same_prescription_comes_out_of_it(world: OutWorld) -> None:
    message = world.message()
    assert world.deliver(message) is None
    sdk_id = sdk_id_of(world.queue, digest(message.id))
    (data,) = world.sent().values()
    found = envelope.read(data)
    assert (found.kind, found.id, found.federation) == (Kind.MESSAGE, sdk_id, FEDERATION)
    sent = content.read(found)
    assert (sent.sender, sent.recipient.key, sent.confidential) == (SENDER, samples.PHARMACY.key, True)
    assert sent.recipient.function_name == "Apoteket Lärkan"
    assert sent.conversation == sdk_id
    (document,) = documents_in(sent.attachments, read_codes)
    assert document == world.world.prescription_document()
    now = days.at(world.world.now)
    assert isinstance(verify(document, world.world.trust(), now, policy=world.world.policy), Accepted)
    assert "Tolvan" not in sent.text + sent.subject + sent.attachments[0].name


def test_it_is_written_once_however_often_it_is_delivered(world: OutWorld) -> None:
    message = world.message()
    world.deliver(message)
    (name,) = world.sent()
    (world.to_sdk / name).unlink()
    assert world.deliver(message) is None
    assert world.sent() == {}


def test_killed_before_the_file_is_known_to_be_written_it_is_written_the_same_again(
    world: OutWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = world.message()
    put = Journal.put

    def failing(self: Journal, record: Record) -> None:
        if record.written:
            raise StorageError("file_not_written")
        put(self, record)

    monkeypatch.setattr(Journal, "put", failing)
    with pytest.raises(StorageError):
        world.deliver(message)
    first = world.sent()
    monkeypatch.undo()
    world.world.now += 60
    assert world.deliver(message) is None
    assert world.sent() == first
    assert [one.stage for one in world.records()] == [Stage.WAITING]


class Killed(BaseException):
    """The process ends here."""


def refusing(document: bytes, now: int) -> tuple[bytes, str]:
    raise DocumentError("status_suspended")


STEPS = [(Folder, "prepare"), (Journal, "put"), (Folder, "hand_over"), (Journal, "change")]


@pytest.mark.parametrize("number", range(len(STEPS)))
@pytest.mark.parametrize("before", [True, False])
def test_killed_at_any_step_it_is_judged_once_and_leaves_once(
    world: OutWorld, monkeypatch: pytest.MonkeyPatch, number: int, before: bool
) -> None:
    message, outgoing = world.message(), world.gateway().outgoing()
    owner, name = STEPS[number]
    call = getattr(owner, name)

    def killed(*given: Any, **named: Any) -> None:
        if not before:
            call(*given, **named)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, killed)
        with pytest.raises(Killed):
            outgoing.deliver(message, digest(message.id), world.world.now)
    taken = world.sent()
    for file in taken:
        (world.to_sdk / file).unlink()
    judged = bool(world.records())
    if judged:  # the lists of now would refuse it, and the first verdict stands
        monkeypatch.setattr(Gateway, "_render", lambda gateway, document, now: refusing(document, now))
    assert world.deliver(message) is None
    assert world.deliver(message) is None
    assert len(taken) + len(world.sent()) == 1
    assert judged is ((number, before) not in [(0, True), (0, False), (1, True)])
    assert [(one.stage, one.written) for one in world.records()] == [(Stage.WAITING, True)]


def test_what_was_prepared_before_a_kill_and_is_refused_after_it_is_taken_away(
    world: OutWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = world.message()

    def killed(journal: Journal, record: Record) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "put", killed)
        with pytest.raises(Killed):
            world.deliver(message)
    assert [path.name.endswith(".xml.prepared") for path in world.to_sdk.iterdir()] == [True]
    monkeypatch.setattr(Gateway, "_render", lambda gateway, document, now: refusing(document, now))
    answer = world.deliver(message)
    assert answer is not None
    assert (answer.outcome, answer.code) == (Outcome.REJECTED, "status_suspended")
    assert [*world.to_sdk.iterdir()] == []


def test_an_answer_to_one_is_not_told_to_another_who_used_the_same_message_id(world: OutWorld) -> None:
    first = world.message()
    other = world.world.prescription_document(world.world.prescription(ONE_ITEM | {"reason": "other"}))
    second = world.message(other)
    assert first.id == second.id
    assert first.digests != second.digests
    outgoing = world.gateway().outgoing()
    assert outgoing.deliver(first, digest(b"sealed by one"), world.world.now) is None
    world.receipt(sdk_id=sdk_id_of(world.queue, digest(b"sealed by one")))
    world.take_in()
    assert outgoing.deliver(second, digest(b"sealed by another"), world.world.now) is None
    found = [documents_in(content.read(envelope.read(data)).attachments, read_codes) for data in world.sent().values()]
    assert sorted(found) == sorted([(world.world.prescription_document(),), (other,)])
    assert [answer.code for _, answer in world.answer()] == ["sdk_accepted"]


def test_a_record_of_another_message_answers_nobody_else(world: OutWorld) -> None:
    message = world.message()
    world.deliver(message)
    (record,) = world.records()
    said = {"stage": Stage.ANSWERED, "accepted": True, "code": "sdk_accepted", "digest": digest(b"other").hex()}
    Journal(world.folder / "sdk").put(msgspec.structs.replace(record, **said))
    answer = world.deliver(message)
    assert answer is not None
    assert (answer.outcome, answer.code) == (Outcome.REJECTED, "sdk_id_taken")


def test_an_answer_whose_message_is_gone_is_named_and_keeps_no_other_from_being_given(world: OutWorld) -> None:
    inbox, stamp = MemoryInbox(), Stamp(world.world.node, world.world.node_credential())
    messages = {sdk_id_of(world.queue, digest(one.id)): one for one in (world.message(number=n) for n in range(1, 4))}
    lost = min(messages)
    for sdk_id, message in messages.items():
        world.deliver(message)
        world.receipt(sdk_id=sdk_id, name=f"{sdk_id}.xml")
        if sdk_id == lost:
            continue
        sealed = digest(message.id)
        inbox.came(sealed, origin=ORIGIN, queue=world.queue, message_id=message.id, now=world.world.now)
        r3 = ReceiptContent(
            type=ReceiptType.R3, queue=world.queue, message_id=message.id, digest=sealed, documents=message.digests
        )
        inbox.answer(sealed, {ReceiptType.R3: stamp(r3, world.world.now)})
    world.take_in()
    for answered in (2, 0):
        given = world.gateway().give_answers(inbox)
        assert (len(given.answered), [one.sdk_id for one in given.missing]) == (answered, [lost])
    assert [len(one.answers) for one in inbox.messages()] == [2, 2]
    assert [one.sdk_id for one in Journal(world.folder / "sdk").waiting()] == [lost]


def test_what_would_be_refused_anywhere_is_refused_before_it_leaves(world: OutWorld) -> None:
    forged = bytearray(world.world.prescription_document())
    forged[-1] ^= 1
    for number, document in enumerate((bytes(forged), b"\xd2junk", world.world.node_credential()), 1):
        message = world.message(document, number=number)
        answer = world.deliver(message)
        assert answer is not None
        assert answer.outcome is Outcome.REJECTED
        assert answer.code in CODES
        assert world.deliver(message) == answer
    assert world.sent() == {}


def test_an_accepted_receipt_becomes_an_answer_that_says_what_it_rests_on(world: OutWorld) -> None:
    message = world.message()
    world.deliver(message)
    sdk_id = sdk_id_of(world.queue, digest(message.id))
    world.receipt(sdk_id=sdk_id)
    assert [one.what for one in world.take_in().passed] == ["answered"]
    expected = Answer(Outcome.ACCEPTED, "sdk_accepted", f"kvittens {samples.KVITTENS_ID}")
    assert world.answer() == [(sdk_id, expected)]
    assert world.answer() == []
    assert world.deliver(message) == expected


@pytest.mark.parametrize(
    ("fault", "code", "detail"),
    [
        (fault_of("signature_invalid"), "signature_invalid", "BV security"),
        (Fault("BV", "not-found", "Funktionsadressen okänd, Tolvan Tolvansson"), "sdk_rejected", "BV not-found"),
        (Fault("SV", "", "Element X"), "sdk_rejected", "SV"),
        (Fault("SIG", "security", "no_such_code: text"), "sdk_rejected", "SIG security"),
        (Fault("BV", "Tolvan Tolvansson", "x"), "sdk_rejected", "BV"),
    ],
)
def test_a_rejecting_receipt_becomes_a_rejection_without_its_words(
    world: OutWorld, fault: Fault, code: str, detail: str
) -> None:
    message = world.message()
    world.deliver(message)
    sdk_id = sdk_id_of(world.queue, digest(message.id))
    world.receipt(fault, sdk_id=sdk_id)
    world.take_in()
    assert world.answer() == [(sdk_id, Answer(Outcome.REJECTED, code, f"kvittens {samples.KVITTENS_ID}: {detail}"))]


def test_a_receipt_counts_once_and_only_from_the_one_that_was_written_to(world: OutWorld) -> None:
    message = world.message()
    world.deliver(message)
    sdk_id = sdk_id_of(world.queue, digest(message.id))
    world.receipt(sdk_id=sdk_id, name="1.xml", sender="0203:annan.example")
    world.receipt(sdk_id=sdk_id, name="2.xml", recipient="0203:annan.example")
    world.receipt(sdk_id=samples.MESSAGE_ID, name="3.xml")
    world.receipt(sdk_id="../../../etc/passwd", name="4.xml")
    assert {one.code for one in world.take_in().passed} == {"sdk_kvittens_unknown"}
    assert world.answer() == []
    world.receipt(sdk_id=sdk_id, name="5.xml")
    world.receipt(sdk_id=sdk_id, name="6.xml")
    world.receipt(Fault("BV", "invariant", "x"), sdk_id=sdk_id, name="7.xml")
    passed = {one.name: (one.what, one.code) for one in world.take_in().passed}
    assert passed["5.xml"] == passed["6.xml"] == ("answered", "sdk_accepted")
    assert passed["7.xml"] == ("refused", "sdk_kvittens_contradicts")
    assert len(world.answer()) == 1


def test_a_receipt_of_a_second_copy_says_nothing_of_the_first(world: OutWorld) -> None:
    message = world.message()
    world.deliver(message)
    sdk_id = sdk_id_of(world.queue, digest(message.id))
    world.receipt(Fault("BV", "duplicate", "x"), sdk_id=sdk_id)
    assert [one.what for one in world.take_in().passed] == ["repeated"]
    assert world.answer() == []
    world.receipt(sdk_id=sdk_id)
    world.take_in()
    assert len(world.answer()) == 1


def test_a_receipt_that_comes_before_the_file_is_noted_is_not_lost(world: OutWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    message, hand_over = world.message(), Folder.hand_over

    def quick(self: Folder, name: str) -> None:
        hand_over(self, name)
        world.receipt(sdk_id=sdk_id_of(world.queue, digest(message.id)))
        world.take_in()

    monkeypatch.setattr(Folder, "hand_over", quick)
    answer = world.deliver(message)
    assert answer is not None
    assert answer.code == "sdk_accepted"
    assert [(one.stage, one.written) for one in world.records()] == [(Stage.ANSWERING, True)]
    assert len(world.answer()) == 1


def test_silence_is_not_made_into_an_answer_and_is_listed(world: OutWorld) -> None:
    message = world.message()
    world.deliver(message)
    world.world.now += 30 * DAY
    assert world.answer() == []
    journal = Journal(world.folder / "sdk")
    assert [one.message_id for one in journal.waiting()] == [message.id.hex()]
    world.receipt(sdk_id=sdk_id_of(world.queue, digest(message.id)))
    world.take_in()
    assert len(world.answer()) == 1


def test_what_is_for_the_gateways_own_queue_does_not_come_in_from_sdk_again(world: OutWorld) -> None:
    world.put("1.xml", samples.message_file(samples.message(attachments=()), federation=FEDERATION))
    assert [one.code for one in world.take_in().passed] == ["sdk_recipient_unknown"]


def test_without_an_address_or_a_sender_it_says_what_is_missing(world: OutWorld) -> None:
    (entry,) = world.book.content.entries
    world.book = world.listed(msgspec.structs.replace(entry, sdk=None))
    with pytest.raises(SetupError, match="sdk_no_recipient"):
        world.gateway().outgoing()
    world.book = world.listed(
        msgspec.structs.replace(entry, queue="gln:7350000000009", sdk=SdkAddress(organisation="x", functional="y"))
    )
    with pytest.raises(SetupError, match="sdk_no_recipient"):
        world.gateway().outgoing()
    (world.folder / "sdk.toml").write_text(SETTINGS)
    with pytest.raises(SetupError, match="sdk_no_sender"):
        world.gateway().outgoing()


def test_an_answer_is_given_again_when_it_was_not_surely_kept(world: OutWorld) -> None:
    world.deliver(world.message())
    world.receipt(sdk_id=sdk_id_of(world.queue, digest(world.message().id)))
    world.take_in()
    journal = Journal(world.folder / "sdk")

    def full(record: Record, answer: Answer) -> None:
        raise StorageError("mail_file_full")

    with pytest.raises(StorageError):
        answer_due(journal, full)
    assert len(world.answer()) == 1


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("", "sdk_federation"),
        ('federation = "urn:fdc:digg.se:edelivery:federation:sdk"', "sdk_federation"),
        ("federation = 1", "sdk_settings_invalid"),
        ("[", "sdk_settings_invalid"),
        ("okand = 1\n" + SETTINGS, "sdk_settings_invalid"),
        (SETTINGS + "sender = 1", "sdk_settings_invalid"),
        (SETTINGS + '[sender]\norganisation = "x"\nfunction = "y"', "sdk_settings_invalid"),
        (SETTINGS + '[sender]\norganisation = "0203:a.example"', "sdk_settings_invalid"),
        (SETTINGS + '[sender]\nperson = "x"', "sdk_settings_invalid"),
        ("a = " + "[" * 10_000, "sdk_settings_invalid"),
    ],
)
def test_settings_that_are_not_right_are_named(tmp_path: Path, settings: str, code: str) -> None:
    path = tmp_path / "sdk.toml"
    path.write_text(settings)
    with pytest.raises(SetupError, match=code):
        load(path, environment=Environment.TEST)


def test_production_is_in_sdks_production_and_nowhere_else(tmp_path: Path) -> None:
    path = tmp_path / "sdk.toml"
    path.write_text("")
    assert load(path, environment=Environment.PRODUCTION).to_sdk == tmp_path / "to-sdk"
    path.write_text(SETTINGS)
    with pytest.raises(SetupError, match="sdk_federation"):
        load(path, environment=Environment.PRODUCTION)


def test_every_reason_has_a_row_and_comes_back() -> None:
    for row, category, detail in REASONS:
        assert category in ("SV", "BV", "SIG")
        assert any(code == row or (row.endswith("_") and code.startswith(row)) for code in CODES), row
        assert detail
    for code in CODES:
        fault = fault_of(code)
        assert (fault.category, fault.detail) == reason_of(code)
        assert answer_of(samples.receipt(fault)).code == code
        assert 0 < len(fault.text) <= 250
    assert fault_of("never_heard_of").text == "never_heard_of:"


def test_folders_keep_what_was_there_under_the_same_name(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "in")
    for _ in range(3):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / "a.xml").write_bytes(b"x")
        folder.done(folder.waiting()[0])
    assert sorted(path.name for path in (tmp_path / "in" / "done").iterdir()) == ["a.xml", "a.xml.2", "a.xml.3"]
