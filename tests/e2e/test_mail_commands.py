"""`dpr mail list|show|bundle` and `dpr inbox` on what a site holds; nothing here goes over a network."""

from __future__ import annotations

import io
import time
from pathlib import Path

import msgspec
import pytest

from dpr.adapters.mail_db import MailDb
from dpr.adapters.trust_files import TrustFiles
from dpr.apps import mail_keys
from dpr.apps.compose import SiteFolder
from dpr.core import documents
from dpr.core.mail.receipt import NO_RECEIPT, ReceiptContent, ReceiptType
from dpr.ports import Alarm, Head
from tests.e2e.cli import run
from tests.e2e.mail_site import A, sent, trusting
from tests.mail_proof import R1, R3, R4, Proof
from tests.mail_world import QUEUE, RELAYS, MailWorld
from tests.relay.rig import write_key

PROOF = Proof(MailWorld(now=int(time.time()) - 60))
ID = PROOF.value.id.hex()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return trusting(tmp_path / "site", PROOF)


def test_a_site_that_sent_nothing_says_so_and_makes_no_file(site: Path) -> None:
    assert run("--lang", "en", "--site", site, "mail", "list").out == "Nothing has been sent.\n"
    assert run("--lang", "en", "--site", site, "inbox").out == "Nothing has come.\n"
    assert run("--site", site, "inbox", "--json").json == {"messages": [], "alarms": [], "relays": [], "heads": []}
    assert not (site / "mail.db").exists()


def test_list_and_show_say_how_a_message_stands(site: Path) -> None:
    sent(site, PROOF, PROOF.receipt(R1), PROOF.receipt(R3))
    listed = run("--lang", "en", "--site", site, "mail", "list")
    assert listed.code == 0
    assert "Apoteket Lärkan, Piteå  … opened by Apoteket Lärkan, the signature holds" in listed.out
    shown = run("--lang", "en", "--site", site, "mail", "show", ID[:6])
    assert shown.code == 0 and f"Message {ID}  to Apoteket Lärkan, Piteå ({QUEUE})" in shown.out
    assert "R1  Handed in to the relay" in shown.out and f"{A}: not needed" in shown.out
    found = run("--site", site, "mail", "show", ID, "--json").json
    assert (found["state"], found["name"]) == ("verified", "Apoteket Lärkan, Piteå")
    assert [one["message_id"] for one in run("--site", site, "mail", "list", "--open", "--json").json] == [ID]


def test_an_id_that_is_none_is_misuse(site: Path) -> None:
    sent(site, PROOF)
    for command in (("show", "ffff"), ("recall", "ffff"), ("bundle", "ffff", "--document", "x.cbor", "--out", "y")):
        document = site / "x.cbor"
        document.write_bytes(PROOF.document)
        ran = run("--site", site, "mail", *(str(document) if one == "x.cbor" else one for one in command))
        assert ran.code == 2 and "[message_id_unknown]" in ran.err


def test_a_bundle_is_made_of_what_is_held_and_verifies_elsewhere(site: Path, tmp_path: Path) -> None:
    sent(site, PROOF, *PROOF.receipts())
    document, out = tmp_path / "rx.cbor", tmp_path / "answer.bundle"
    document.write_bytes(PROOF.document)
    made = run("--site", site, "mail", "bundle", ID[:8], "--document", document, "--out", out)
    assert (made.code, made.err) == (0, "") and out.stat().st_size < 10_000
    verified = run("--site", "nowhere", "receipt", "verify", out, "--root", PROOF.fingerprint, "--json")
    assert verified.code == 0 and verified.json["shown"]["outcome"] == "ACCEPTED"
    bare = run("--site", site, "mail", "bundle", ID, "--document", document, "--out", out, "--no-evidence", "--json")
    assert bare.code == 0 and bare.json["file"] == str(out) and bare.json["shown"]["outcome"] == "ACCEPTED"
    assert run("--site", site, "receipt", "verify", out).code == 0


def test_another_document_than_was_sent_makes_no_bundle_and_destroys_nothing(site: Path, tmp_path: Path) -> None:
    sent(site, PROOF, PROOF.receipt(R1), PROOF.receipt(R4))
    other = tmp_path / "other.cbor"
    other.write_bytes(PROOF.world.prescription_document())
    ran = run("--site", site, "mail", "bundle", ID, "--document", other, "--out", tmp_path / "x.bundle")
    assert ran.code == 2 and "[document_not_sent]" in ran.err and not (tmp_path / "x.bundle").exists()
    other.write_bytes(PROOF.document)
    same = run("--site", site, "mail", "bundle", ID, "--document", other, "--out", other)
    assert same.code == 2 and other.read_bytes() == PROOF.document


def test_a_message_without_a_receipt_makes_no_bundle(site: Path, tmp_path: Path) -> None:
    sent(site, PROOF)
    document = tmp_path / "rx.cbor"
    document.write_bytes(PROOF.document)
    ran = run("--site", site, "mail", "bundle", ID, "--document", document, "--out", tmp_path / "x")
    assert ran.code == 1 and "[bundle_receipts_missing]" in ran.err


def test_a_senders_receipt_beside_the_head_that_the_recipient_keeps_shows_a_relay_that_hides_a_message(
    site: Path, tmp_path: Path
) -> None:
    r1 = PROOF.receipt(R1)
    at = PROOF.sent_at + 61
    h1 = PROOF.relay(ReceiptContent(type=ReceiptType.H1, queue=QUEUE, sequence=0, head=NO_RECEIPT), at)
    with MailDb.open(site / "mail.db", now=at) as db:
        db.inbox.keep_head(Head((RELAYS, "Relä A"), QUEUE, at, h1))
    (head,) = run("--site", site, "inbox", "--json").json["heads"]
    assert (head["queue"], head["at"]) == (QUEUE, at)
    (tmp_path / "r1.cbor").write_bytes(r1)
    (tmp_path / "h1.cbor").write_bytes(bytes.fromhex(head["receipt"]))
    ran = run("--site", site, "receipt", "compare", tmp_path / "r1.cbor", tmp_path / "h1.cbor")
    assert ran.code == 1 and "[relay_rolled_back]" in ran.out


def test_once_and_follow_are_two_ways(site: Path) -> None:
    assert run("--site", site, "inbox", "--once", "--follow").code == 2


def test_an_alarm_fails_the_inbox_until_somebody_who_is_named_has_settled_it(site: Path) -> None:
    alarm = Alarm(A, ("SE5560000001-T004", "Relä A"), QUEUE, "relay_forked", "sequence 3", (b"one", b"two"), PROOF.world.now)
    with MailDb.open(site / "mail.db", now=PROOF.world.now) as db:
        db.inbox.raise_alarm(alarm)
    words = ("--lang", "en", "--site", site)
    first = run(*words, "inbox")
    assert first.code == 1 and "[relay_forked]" in first.out and "dpr relay settle " in first.out
    id = run(*words, "inbox", "--json").json["alarms"][0]["id"]
    assert run(*words, "relay", "settle", id[:12]).code == 2 and run(*words, "relay", "settle", id, "--by", " ").code == 2
    unknown = run(*words, "relay", "settle", "ffff", "--by", "Anna")
    assert unknown.code == 2 and "[alarm_id_unknown]" in unknown.err
    settled = run(*words, "relay", "settle", id[:12], "--by", "Anna, drift")
    assert settled.code == 0 and settled.out.startswith("= ") and settled.out.endswith(": Anna, drift\n")
    after = run(*words, "inbox")
    assert after.code == 0 and "relay_forked" not in after.out
    (kept,) = run(*words, "inbox", "--json").json["alarms"]
    assert (kept["settled_by"], kept["evidence"]) == ("Anna, drift", [b"one".hex(), b"two".hex()])


def test_a_file_that_is_no_document_gets_words_for_a_file(site: Path) -> None:
    ran = run("--lang", "en", "--site", site, "send", site / "policy.toml", "--to", "larkan")
    assert ran.code == 1 and "[file_not_document]" in ran.err and "code on the same paper" not in ran.err


def test_a_pharmacy_whose_newest_key_the_address_book_lacks_is_warned(site: Path) -> None:
    (site / "keys").mkdir()
    published = site / "keys" / "mail-key.cbor"
    world = PROOF.world
    published.write_bytes(world.address_book_value(A).content.entries[0].mail_key)
    assert [*mail_keys.coming_faults(SiteFolder(site))] == []
    value = documents.read_claims(documents.MAIL_KEY, documents.split(published.read_bytes())[1])
    (key,) = value.content.keys
    other = msgspec.structs.replace(key, public=key.public[::-1])
    newer = msgspec.structs.replace(value, content=msgspec.structs.replace(value.content, keys=(other,)))
    published.write_bytes(documents.sign(documents.MAIL_KEY, newer, world.pharmacy, credential=world.pharmacy_credential()))
    assert [*mail_keys.coming_faults(SiteFolder(site))] == ["mail_key_not_in_book"]


# --- whom a name means ---------------------------------------------------------------------------------------------------


@pytest.fixture
def two_larks(site: Path) -> Path:
    """A site whose address book has two pharmacies of one name."""
    world = PROOF.world
    (first,) = world.address_book_value(A).content.entries
    entries = (first, msgspec.structs.replace(first, queue="gln:7350000000016", place="Umeå"))
    taken = TrustFiles(site).bring_in([world.address_book(A, version=2, entries=entries)], now=world.now + 60)
    assert not taken.of("refused")
    (site / "keys").mkdir()
    write_key(site / "keys" / "node.pem", world.node)
    (site / "keys" / "node.cbor").write_bytes(world.node_credential())
    return site


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


def test_a_name_that_fits_two_is_listed_and_sent_to_nobody(two_larks: Path, tmp_path: Path) -> None:
    document = tmp_path / "rx.cbor"
    document.write_bytes(PROOF.document)
    ran = run("--lang", "en", "--site", two_larks, "send", document, "--to", "larkan")
    assert ran.code == 2 and "[recipient_not_unique]" in ran.err
    assert ran.out.splitlines() == [
        "2 recipients fit:",
        "   1  Apoteket Lärkan, Piteå (7350000000009), Apotekskedjan Test",
        "   2  Apoteket Lärkan, Umeå (7350000000016), Apotekskedjan Test",
    ]
    as_json = run("--site", two_larks, "send", document, "--to", "larkan", "--json")
    assert as_json.code == 2 and as_json.json["error"] == "recipient_not_unique"
    assert not run("--site", two_larks, "mail", "list", "--json").json


def test_who_sits_there_is_asked_and_a_number_that_is_none_sends_nothing(two_larks: Path, tmp_path: Path) -> None:
    document = tmp_path / "rx.cbor"
    document.write_bytes(PROOF.document)
    words = ("--lang", "en", "--site", two_larks, "send", document, "--to", "larkan")
    none = run(*words, terminal=Terminal("3\n"))
    assert none.code == 2 and "1-2" in none.err
    chosen = run(*words, terminal=Terminal("2\n"))
    # What stands in the second one's entry is the first one's key: nothing is sealed to that.
    assert chosen.code == 1 and "[mail_key_queue]" in chosen.err and "Number" in chosen.out
    assert not run("--site", two_larks, "mail", "list", "--json").json
