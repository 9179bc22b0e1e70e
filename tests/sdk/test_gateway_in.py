"""Messages from SDK to a pharmacy on our relays, and the receipts that go back: through folders, killed at any step."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dpr.adapters import files
from dpr.adapters.qr_process import read_codes
from dpr.adapters.sdk import content, envelope, kvittens
from dpr.adapters.sdk.envelope import Kind
from dpr.adapters.sdk.folders import Folder
from dpr.adapters.sdk.journal import Journal, Stage, Way, key_in
from dpr.adapters.sdk.kvittens import Kvittens
from dpr.adapters.sdk.names import FEDERATION as PRODUCTION
from dpr.core import cbor, days, documents
from dpr.core.errors import DprError, StorageError
from dpr.core.mail import sealing
from dpr.core.mail.carriage import State
from dpr.core.mail.receipt import Outcome, ReceiptType
from dpr.core.mail.retry import Copy
from dpr.core.verify import Accepted, verify
from tests.fakes.outbox_memory import MemoryOutbox
from tests.mail_world import ORIGIN, MailWorld, opening_key
from tests.sdk import samples
from tests.sdk.gateway_world import FEDERATION, GatewayWorld
from tests.world import DAY, ONE_ITEM, OTHER_GLN


@pytest.fixture(scope="module")
def pdf() -> bytes:
    world = MailWorld()
    return samples.pdf_of(world, world.prescription_document())


@pytest.fixture
def world(tmp_path: Path) -> GatewayWorld:
    return GatewayWorld(tmp_path)


def message_file(*pdfs: bytes, **changes: Any) -> bytes:
    return samples.message_file(samples.message(*pdfs, **changes), federation=FEDERATION)


def receipts(world: GatewayWorld) -> list[Kvittens]:
    found = [envelope.read(data) for data in world.sent().values()]
    assert all(one.kind is Kind.RESPONSE and one.federation == FEDERATION for one in found)
    return [kvittens.read(one) for one in found]


def opened(world: GatewayWorld) -> documents.Opened[Any]:
    """What the pharmacy opens of the one message in the outbox."""
    (row,) = world.outbox.messages()
    sealed = sealing.read(world.outbox.sealed(row.message_id))
    plain = sealing.unpad(sealing.SUITE.decrypt(sealed.ciphertext, opening_key("pharmacy"), info=sealed.info))
    return documents.open(plain, world.world.trust(), expected_kind=documents.MESSAGE)


def test_a_message_is_posted_to_the_pharmacy_and_receipted_when_it_has_answered(world: GatewayWorld, pdf: bytes) -> None:
    world.put("1.xml", message_file(pdf))
    assert [one[:3] for one in world.take_in().passed] == [("1.xml", "posted", "")]
    assert (world.names("done"), world.sent()) == (["1.xml"], {})
    found = opened(world)
    assert found.signer is not None
    assert found.signer.credential.key == world.world.node.key
    (document,) = found.value.content.documents
    assert document == world.world.prescription_document()
    assert isinstance(verify(document, world.world.trust(), days.at(world.world.now), policy=world.world.policy), Accepted)
    world.receive(ReceiptType.R1)
    world.receive(ReceiptType.R3)
    assert (world.take_in().receipts, world.sent()) == (0, {})
    world.receive(ReceiptType.R4)
    assert world.take_in().receipts == 1
    (receipt,) = receipts(world)
    assert (receipt.accepted, receipt.refers_to) == (True, samples.MESSAGE_ID)
    assert (receipt.sender, receipt.recipient) == (samples.PHARMACY.organisation, samples.REGION.organisation)
    assert world.take_in().receipts == 0


@pytest.mark.parametrize(
    ("kind", "changes", "later", "category", "detail", "code"),
    [
        (ReceiptType.R4, {"outcome": Outcome.REJECTED, "code": "signature_invalid"}, 0, "BV", "security", "signature_invalid"),
        (
            ReceiptType.R4,
            {"outcome": Outcome.REJECTED, "code": "prescription_expired"},
            0,
            "BV",
            "invariant",
            "prescription_exp",
        ),
        (ReceiptType.N2, {"code": "mail_not_opened"}, 0, "BV", "invariant", "mail_not_opened"),
        (ReceiptType.N1, {}, 4 * DAY, "BV", "timeout", "mail_expired"),
    ],
)
def test_a_refusal_and_an_expiry_are_receipted_with_their_reason(
    world: GatewayWorld,
    pdf: bytes,
    kind: ReceiptType,
    changes: dict[str, Any],
    later: int,
    category: str,
    detail: str,
    code: str,
) -> None:
    world.put("1.xml", message_file(pdf))
    world.take_in()
    world.receive(ReceiptType.R1)
    world.receive(kind, **changes)
    world.world.now += later
    assert world.take_in().receipts == 1
    ((fault,),) = [one.faults for one in receipts(world)]
    assert (fault.category, fault.detail) == (category, detail)
    assert fault.text.startswith(code)


def test_what_has_expired_at_a_relay_and_was_fetched_in_time_is_receipted_by_its_late_answer(
    world: GatewayWorld, pdf: bytes
) -> None:
    world.put("1.xml", message_file(pdf))
    world.take_in()
    world.receive(ReceiptType.R1)
    (row,) = world.outbox.messages()
    world.world.now = row.not_after + DAY - 1
    world.receive(ReceiptType.N1)
    assert (world.take_in().receipts, world.sent()) == (0, {})
    world.receive(ReceiptType.R4)
    assert world.take_in().receipts == 1
    assert [one.accepted for one in receipts(world)] == [True]


def test_what_was_fetched_and_not_answered_is_never_receipted(world: GatewayWorld, pdf: bytes) -> None:
    world.put("1.xml", message_file(pdf))
    world.take_in()
    for kind in (ReceiptType.R1, ReceiptType.R2, ReceiptType.R3):
        world.receive(kind)
    world.world.now += 10 * DAY
    assert (world.take_in().receipts, world.sent()) == (0, {})
    world.receive(ReceiptType.R4)
    assert world.take_in().receipts == 1


def test_what_a_relay_may_have_without_having_said_so_has_not_expired(world: GatewayWorld, pdf: bytes) -> None:
    world.put("1.xml", message_file(pdf))
    world.take_in()
    (row,) = world.outbox.messages()
    world.outbox.keep_copy(row.message_id, Copy(origin=ORIGIN, tried_at=1.0, failures=1, code="relay_slow"))
    world.world.now += 10 * DAY
    assert (world.take_in().receipts, world.sent()) == (0, {})
    world.outbox.keep_copy(row.message_id, Copy(origin=ORIGIN, tried_at=1.0, code="mail_expired", ended=True))
    assert world.take_in().receipts == 1


def test_what_no_relay_ever_had_has_expired(world: GatewayWorld, pdf: bytes) -> None:
    world.put("1.xml", message_file(pdf))
    world.take_in()
    world.world.now += 10 * DAY
    assert world.take_in().receipts == 1
    ((fault,),) = [one.faults for one in receipts(world)]
    assert fault.text.startswith("mail_expired: ")


def test_the_same_file_again_is_the_same_message(world: GatewayWorld, pdf: bytes) -> None:
    for name in ("1.xml", "again.xml"):
        world.put(name, message_file(pdf))
        world.take_in()
    assert len(world.outbox.messages()) == 1
    world.receive(ReceiptType.R4)
    world.take_in()
    world.put("1.xml", message_file(pdf))
    assert [one.what for one in world.take_in().passed] == ["repeated"]
    assert len(receipts(world)) == 1
    assert world.names("done") == ["1.xml", "1.xml.2", "again.xml"]


def test_another_message_under_the_same_id_is_refused_and_the_first_stands(world: GatewayWorld, pdf: bytes) -> None:
    world.put("1.xml", message_file(pdf))
    world.take_in()
    world.put("2.xml", message_file(pdf, text="annat"))
    assert [one.code for one in world.take_in().passed] == ["sdk_id_taken"]
    ((fault,),) = [one.faults for one in receipts(world)]
    assert (fault.detail, len(world.outbox.messages())) == ("duplicate", 1)
    world.receive(ReceiptType.R4)
    world.take_in()
    assert sorted(one.accepted for one in receipts(world)) == [False, True]


def test_nobody_can_take_the_id_of_another_organisations_message(world: GatewayWorld, pdf: bytes) -> None:
    stranger = samples.REGION._replace(organisation="0203:annan-region.example")
    world.put("1.xml", message_file(pdf, sender=stranger))
    world.put("2.xml", message_file(pdf))
    assert [one.what for one in world.take_in().passed] == ["posted", "posted"]


def test_the_same_prescription_in_a_second_message_is_answered_as_the_first(world: GatewayWorld, pdf: bytes) -> None:
    for id in (samples.MESSAGE_ID, samples.KVITTENS_ID):
        world.put(f"{id}.xml", message_file(pdf, id=id))
    world.take_in()
    assert len(world.outbox.messages()) == 1
    world.receive(ReceiptType.R4)
    assert world.take_in().receipts == 2
    assert {one.refers_to for one in receipts(world)} == {samples.MESSAGE_ID, samples.KVITTENS_ID}


def test_what_expired_is_sent_anew_when_it_comes_in_a_new_message(world: GatewayWorld, pdf: bytes) -> None:
    world.put("1.xml", message_file(pdf))
    world.take_in()
    (row,) = world.outbox.messages()
    world.outbox.end(row.message_id, State.EXPIRED, now=world.world.now)
    world.put("2.xml", message_file(pdf, id=samples.KVITTENS_ID))
    assert [one.what for one in world.take_in().passed] == ["posted"]
    assert len(world.outbox.messages()) == 2


def test_what_was_answered_after_it_had_ended_is_not_sent_anew(world: GatewayWorld, pdf: bytes) -> None:
    world.put("1.xml", message_file(pdf))
    world.take_in()
    (row,) = world.outbox.messages()
    world.outbox.end(row.message_id, State.EXPIRED, now=world.world.now)
    world.receive(ReceiptType.R4)
    world.put("2.xml", message_file(pdf, id=samples.KVITTENS_ID))
    assert world.take_in().receipts == 2
    assert len(world.outbox.messages()) == 1
    assert [one.accepted for one in receipts(world)] == [True, True]


def test_what_has_expired_by_its_receipts_is_sent_anew_before_it_has_ended(world: GatewayWorld, pdf: bytes) -> None:
    world.put("1.xml", message_file(pdf))
    world.take_in()
    (row,) = world.outbox.messages()
    world.receive(ReceiptType.R1)
    world.world.now = row.not_after + 1
    world.receive(ReceiptType.N1)
    world.put("2.xml", message_file(pdf, id=samples.KVITTENS_ID))
    world.take_in()
    assert [one.ended for one in world.outbox.messages()] == [None, None]


@pytest.mark.parametrize(
    ("changes", "code", "detail"),
    [
        ({"recipient": samples.PHARMACY._replace(function="sdk.okand")}, "sdk_recipient_unknown", "not-found"),
        ({"recipient": samples.PHARMACY._replace(organisation="0203:okand.example")}, "sdk_recipient_unknown", "not-found"),
        ({"attachments": ()}, "sdk_no_prescription", "not-supported"),
    ],
)
def test_what_cannot_be_carried_is_receipted_and_put_aside(
    world: GatewayWorld, pdf: bytes, changes: dict[str, Any], code: str, detail: str
) -> None:
    world.put("1.xml", message_file(pdf, **changes))
    assert [one.code for one in world.take_in().passed] == [code]
    ((fault,),) = [one.faults for one in receipts(world)]
    assert fault.detail == detail
    assert world.names("failed") == ["1.xml", "1.xml.error.json"]
    assert json.loads((world.from_sdk / "failed" / "1.xml.error.json").read_text("utf-8"))["code"] == code
    world.put("1.xml", message_file(pdf, **changes))
    world.take_in()
    assert len(receipts(world)) == 1


def test_a_file_that_is_not_read_as_far_as_its_sender_gets_no_receipt(world: GatewayWorld, pdf: bytes) -> None:
    good = message_file(pdf)
    bad = {
        "torn.xml": good[:5000],
        "doctype.xml": good.replace(b"?>\n", b"?>\n<!DOCTYPE x>\n", 1),
        "production.xml": good.replace(FEDERATION.encode(), PRODUCTION.encode()),
        "empty.xml": b"",
        "large.xml": b"<a>" + b"x" * (40 << 20),
    }
    for name, data in bad.items():
        world.put(name, data)
    passed = {one.name: one.code for one in world.take_in().passed}
    assert passed == {
        "torn.xml": "sdk_xml", "doctype.xml": "sdk_xml_doctype", "production.xml": "sdk_envelope", "empty.xml": "sdk_xml",
        "large.xml": "sdk_too_large",
    }  # fmt: skip
    assert (world.sent(), world.outbox.messages()) == ({}, [])


def test_a_message_with_a_fault_inside_is_receipted_by_the_schema(world: GatewayWorld, pdf: bytes) -> None:
    world.put("1.xml", message_file(pdf).replace(b"<tns:confidentiality>", b"<tns:okand>1</tns:okand><tns:confidentiality>"))
    world.take_in()
    ((fault,),) = [one.faults for one in receipts(world)]
    assert (fault.category, fault.detail) == ("SV", "structure")


FOREIGN = [
    (b"</tns:messageHeader>", b'<f:generatingSystem xmlns:f="urn:x">1</f:generatingSystem></tns:messageHeader>'),
    (b"</tns:messageHeader>", b'<f:refToMessageId xmlns:f="urn:x"><f:a/></f:refToMessageId></tns:messageHeader>'),
    (b"</tns:messageBody>", b'<f:documents xmlns:f="urn:x"><tns:ContentFiles/></f:documents></tns:messageBody>'),
    (b"</tns:attention></tns:sender>", b'<f:label xmlns:f="urn:x"/></tns:attention></tns:sender>'),
]


@pytest.mark.parametrize(("place", "foreign"), FOREIGN)
def test_an_element_of_another_namespace_with_a_name_of_sdks_is_passed_over(
    world: GatewayWorld, pdf: bytes, place: bytes, foreign: bytes
) -> None:
    data = message_file(pdf, system="")
    assert data.count(place) == 1
    world.put("1.xml", data.replace(place, foreign))
    assert [one[:3] for one in world.take_in().passed] == [("1.xml", "posted", "")]
    assert opened(world).value.content.documents == (world.world.prescription_document(),)


def test_an_unexpected_error_puts_one_file_aside_and_the_next_is_dealt_with(
    world: GatewayWorld, pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = content.read

    def failing(found: envelope.Envelope) -> content.SdkMessage:
        assert found.id == samples.KVITTENS_ID, "Tolvan Tolvansson"
        return read(found)

    monkeypatch.setattr(content, "read", failing)
    world.put("1.xml", message_file(pdf))
    world.put("2.xml", message_file(pdf, id=samples.KVITTENS_ID))
    assert [one[1:] for one in world.take_in().passed] == [
        ("refused", "sdk_unexpected", "AssertionError"),
        ("posted", "", ""),
    ]
    assert (world.names("failed"), world.sent()) == (["1.xml", "1.xml.error.json"], {})
    assert "Tolvan" not in (world.from_sdk / "failed" / "1.xml.error.json").read_text("utf-8")
    monkeypatch.undo()
    (world.from_sdk / "failed" / "1.xml").rename(world.from_sdk / "1.xml")
    assert [one.what for one in world.take_in().passed] == ["posted"]


def test_a_full_disk_is_no_fault_of_the_file(world: GatewayWorld, pdf: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(found: envelope.Envelope) -> content.SdkMessage:
        raise OSError("no space")

    monkeypatch.setattr(content, "read", full)
    path = world.put("1.xml", message_file(pdf))
    with pytest.raises(OSError, match="no space"):
        world.take_in()
    assert path.exists()


def test_a_prescription_that_is_addressed_to_another_pharmacy_is_told_to_nobody(world: GatewayWorld) -> None:
    document = world.world.prescription_document(world.world.prescription(ONE_ITEM | {"audience": OTHER_GLN}))
    verdict_policy = msgspec.structs.replace(world.world.policy, gln=OTHER_GLN)
    world.world.policy, own = verdict_policy, world.world.policy
    pdf = samples.pdf_of(world.world, document)
    world.world.policy = own
    world.put("1.xml", message_file(pdf))
    assert [one.code for one in world.take_in().passed] == ["recipient_not_addressee"]
    ((fault,),) = [one.faults for one in receipts(world)]
    assert (fault.detail, world.outbox.messages()) == ("security", [])


def test_only_plain_files_with_whole_names_are_looked_at(world: GatewayWorld, pdf: bytes) -> None:
    secret = world.folder / "elsewhere.xml"
    secret.write_bytes(message_file(pdf))
    world.put(".half.xml", b"half")
    world.put("half.xml.part", b"half")
    (world.from_sdk / "link.xml").symlink_to(secret)
    (world.from_sdk / "folder.xml").mkdir()
    assert world.take_in().passed == ()
    assert secret.exists()


_read = cache(read_codes)


class Killed(BaseException):
    """The process ends here."""


STEPS = [(files, "replace"), (Folder, "done"), (Folder, "failed"), (Folder, "write"), (Journal, "put"), (MemoryOutbox, "put")]


def killed_at(world: GatewayWorld, monkeypatch: pytest.MonkeyPatch, number: int, *, before: bool) -> bool:
    """A run that is killed at its durable step of that number, before or after it; was it?"""
    left = number

    def counted(call: Any) -> Any:
        def stand_in(*given: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if before and left < 0:
                raise Killed
            result = call(*given, **named)
            if left < 0:
                raise Killed
            return result

        return stand_in

    with monkeypatch.context() as patched:
        for owner, name in STEPS:
            patched.setattr(owner, name, counted(getattr(owner, name)))
        try:
            world.take_in()
        except Killed:
            return True
        return False


@pytest.mark.parametrize("before", [True, False])
def test_killed_at_any_step_it_posts_once_and_receipts_once(
    tmp_path: Path, pdf: bytes, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    _read(pdf)
    monkeypatch.setattr("dpr.apps.sdk.gateway.Reader.read", lambda reader, data: _read(data))
    for number in range(40):
        world = GatewayWorld(tmp_path / str(number))
        world.put("1.xml", message_file(pdf))
        world.put("2.xml", message_file(pdf, id=samples.KVITTENS_ID, attachments=()))
        killed = killed_at(world, monkeypatch, number, before=before)
        world.take_in()
        assert len(world.outbox.messages()) == 1
        world.receive(ReceiptType.R4)
        killed_at(world, monkeypatch, number % 4, before=before)
        world.take_in()
        assert sorted((one.refers_to, one.accepted) for one in receipts(world)) == [
            (samples.MESSAGE_ID, True),
            (samples.KVITTENS_ID, False),
        ]
        assert (world.names("done"), world.names("failed")) == (["1.xml"], ["2.xml", "2.xml.error.json"])
        if not killed:
            break
    assert 10 < number < 39


def test_a_receipt_that_was_taken_away_before_the_record_is_written_again_the_same(
    world: GatewayWorld, pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put("1.xml", message_file(pdf))
    world.take_in()
    world.receive(ReceiptType.R4)
    put = Journal.put

    def failing(self: Journal, record: Any) -> None:
        if record.stage is Stage.ANSWERED:
            raise StorageError("file_not_written")
        put(self, record)

    monkeypatch.setattr(Journal, "put", failing)
    with pytest.raises(StorageError):
        world.take_in()
    first = world.sent()
    for name in first:
        (world.to_sdk / name).unlink()
    monkeypatch.undo()
    world.world.now += 3600
    world.take_in()
    assert world.sent() == first


def test_a_fault_of_this_machine_leaves_the_file_where_it_is(world: GatewayWorld, pdf: bytes) -> None:
    world.put("1.xml", message_file(pdf))
    world.outbox.failing = "mail_file_full"
    with pytest.raises(DprError, match="mail_file_full"):
        world.take_in()
    assert (world.from_sdk / "1.xml").exists()
    assert world.sent() == {}
    world.outbox.failing = ""
    assert [one.what for one in world.take_in().passed] == ["posted"]


def test_records_hold_ids_and_codes_and_nothing_of_a_person(world: GatewayWorld, pdf: bytes) -> None:
    world.put("1.xml", message_file(pdf))
    world.put("2.xml", message_file(pdf, id=samples.KVITTENS_ID, recipient=samples.PHARMACY._replace(function="okand")))
    world.take_in()
    records = list(Journal(world.folder / "sdk").all(Way.IN))
    assert {one.key for one in records} == {
        key_in(samples.REGION.organisation, id).hex() for id in (samples.MESSAGE_ID, samples.KVITTENS_ID)
    }
    for data in [msgspec.json.encode(one) for one in records] + list(world.sent().values()):
        assert b"Tolvan" not in data
        assert b"191212121212" not in data


def test_a_damaged_record_is_named(world: GatewayWorld, pdf: bytes) -> None:
    world.put("1.xml", message_file(pdf))
    world.take_in()
    (path,) = (world.folder / "sdk" / "in").glob("*.json")
    path.write_bytes(b"{torn")
    with pytest.raises(StorageError, match="sdk_journal_damaged"):
        world.take_in()


def test_a_second_prescription_for_the_same_message_of_several_pdfs_goes_in_one_message(
    world: GatewayWorld, pdf: bytes
) -> None:
    other = world.world.prescription_document(world.world.prescription(ONE_ITEM | {"reason": "other"}))
    world.put("1.xml", message_file(pdf, samples.pdf_of(world.world, other)))
    world.take_in()
    assert opened(world).value.content.documents == (world.world.prescription_document(), other)
    assert cbor.decode(documents.split(other)[1])
