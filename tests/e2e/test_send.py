"""`dpr send`, `dpr inbox`, `dpr mail recall` and `dpr relay status` over two real relays, up and down."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dpr.apps.demo.cast import GLN, Cast
from dpr.apps.demo.relays import Networks
from dpr.core import documents, drafts
from tests.e2e.cli import Ran, run
from tests.e2e.stage import SECRETS

MESSAGE = {
    *("message_id", "queue", "name", "state", "code", "posted_at", "not_after", "recalled_at", "documents", "receipts"),
    *("unverified", "copies"),
}
CAME = {"message_id", "queue", "first_at", "sender", "answer", "outcome", "code", "prescriptions"}
RELAY = {"origin", "answers", "code", "detail", "relay", "operator", "sequence", "clock_ahead_seconds", "last_contact"}
NAMES = (*SECRETS, "Sandberg", "19870521")


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Networks]:
    with Cast(tmp_path_factory.mktemp("networks")) as cast:
        cast.catch_up()
        with Networks(cast) as networks:
            yield networks


@pytest.fixture
def up(networks: Networks) -> Networks:
    """Both relays run."""
    for relay in (networks.a, networks.b):
        if not relay.runs:
            relay.begin()
            relay.ready()
    return networks


@pytest.fixture
def down(networks: Networks) -> Networks:
    """Neither does."""
    networks.a.stop()
    networks.b.stop()
    return networks


def clinic(networks: Networks, *words: object) -> Ran:
    return said(run("--lang", "en", "--site", networks.clinic.folder, *words))


def pharmacy(networks: Networks, *words: object) -> Ran:
    return said(run("--lang", "en", "--site", networks.pharmacy.folder, *words))


def said(ran: Ran) -> Ran:
    """Nobody's name or number is in what a command says."""
    assert not [name for name in NAMES if name in ran.out + ran.err] and "Traceback" not in ran.err
    return ran


def written(networks: Networks, path: Path, **changes: Any) -> Path:
    """A signed prescription in a file."""
    path.write_bytes(networks.cast.sign(networks.cast.draft("ordinary") | changes))
    return path


def by_the_revoked(networks: Networks, path: Path) -> Path:
    """Signed with the key of a prescriber who has lost the right, by a program that does not ask."""
    key, credential = networks.cast.people["revoked"]
    now = int(networks.cast.now().timestamp())
    value = drafts.read(json.dumps(networks.cast.draft("ordinary")).encode(), id=now.to_bytes(16, "big"), authored_at=now)
    path.write_bytes(documents.sign(documents.PRESCRIPTION, value, key, credential=credential))
    return path


def test_what_was_sent_and_not_fetched_is_withdrawn(up: Networks, tmp_path: Path) -> None:
    sent = clinic(up, "send", written(up, tmp_path / "rx.cbor"), "--to", "larkan", "--json")
    assert sent.code == 0 and sent.json.keys() == MESSAGE and sent.json["state"] == "in_custody"
    assert [one["type"] for one in sent.json["receipts"]] == ["R1"]
    back = clinic(up, "mail", "recall", sent.json["message_id"][:8])
    assert back.code == 0 and back.out.startswith("✓ Withdrawn: nobody has fetched it.")
    assert "W1  Withdrawn at the relay before anybody fetched it – says Relä A" in back.out
    assert pharmacy(up, "inbox", "--once", "--json").json["messages"] == []
    again = clinic(up, "send", tmp_path / "rx.cbor", "--to", "larkan")
    assert again.code == 1 and again.out.startswith("= Sent ") and "dpr send … --again" in again.out
    anew = clinic(up, "send", tmp_path / "rx.cbor", "--to", "larkan", "--again", "--json")
    assert anew.code == 0 and anew.json["message_id"] != sent.json["message_id"]
    assert clinic(up, "mail", "recall", anew.json["message_id"], "--json").json["withdrawn"] is True


def test_a_refused_prescription_is_rejected_with_the_verdicts_own_code(up: Networks, tmp_path: Path) -> None:
    file = by_the_revoked(up, tmp_path / "rx.cbor")
    assert clinic(up, "send", file, "--to", GLN).code == 0
    came = pharmacy(up, "inbox", "--once", "--json").json
    assert [one.keys() for one in came["messages"]] == [CAME] and {one["answers"] for one in came["relays"]} == {True}
    (one,) = came["messages"]
    assert (one["answer"], one["outcome"], one["code"]) == ("R4", "REJECTED", "credential_revoked")
    learned = clinic(up, "send", file, "--to", GLN, "--wait")
    assert learned.code == 1 and "✗ REJECTED by Apoteket Lärkan: " in learned.out and "[credential_revoked]" in learned.out
    late = clinic(up, "mail", "recall", json.loads(clinic(up, "mail", "list", "--json").out)[-1]["message_id"], "--json")
    assert late.code == 1 and late.json["too_late"] is True and late.json["withdrawn"] is False


def test_nobody_is_sent_what_another_must_refuse_and_no_name_is_guessed(up: Networks, tmp_path: Path) -> None:
    other = written(up, tmp_path / "rx.cbor", audience="7350000000016")
    refused = clinic(up, "send", other, "--to", GLN)
    assert refused.code == 2 and "[recipient_not_addressee]" in refused.err
    unknown = clinic(up, "send", other, "--to", "Falken")
    assert unknown.code == 1 and "[address_book_no_entry]" in unknown.err
    torn = tmp_path / "torn.cbor"
    torn.write_bytes(other.read_bytes()[:-1] + b"\x00")
    assert "[signature_invalid]" in clinic(up, "send", torn, "--to", GLN).err


def test_with_every_relay_down_it_is_kept_and_sent_later_as_the_same_message(down: Networks, tmp_path: Path) -> None:
    file = written(down, tmp_path / "rx.cbor")
    kept = clinic(down, "send", file, "--to", GLN, "--seconds", "3")
    assert kept.code == 1 and "… waiting: no relay has taken it" in kept.out and "It is kept here." in kept.out
    listed = clinic(down, "mail", "list", "--open", "--json").json
    assert [one["state"] for one in listed] == ["waiting"] and listed[0]["copies"][0]["code"] == "relay_unreachable"
    nothing = pharmacy(down, "inbox", "--once")
    assert nothing.code == 1 and nothing.out.startswith("Nothing has come.\n! http://127.0.0.1:")
    assert nothing.out.count("[relay_unreachable]") == 2
    status = clinic(down, "relay", "status")
    assert status.code == 1 and status.out.count("✗ http://127.0.0.1:") == 2
    assert "To be sent: 1 without a receipt, 1 under way" in status.out
    down.b.begin()
    down.b.ready()
    later = clinic(down, "send", file, "--to", GLN, "--seconds", "30", "--json")
    assert later.code == 0 and later.json["message_id"] == listed[0]["message_id"]
    half = clinic(down, "relay", "status", "--json")
    assert half.json.keys() == {"queue", "service", "relays", "outbox", "alarms", "faults", "warnings"}
    assert half.json["relays"][0].keys() == RELAY
    assert sorted(one["answers"] for one in half.json["relays"]) == [False, True]
    assert half.code == 1 and half.json["faults"] == ["service_stopped", "relay_silent"]


def test_what_was_recalled_is_not_said_to_be_sent_and_can_be_sent_anew(down: Networks, tmp_path: Path) -> None:
    file = written(down, tmp_path / "rx.cbor")
    kept = clinic(down, "send", file, "--to", GLN, "--seconds", "3", "--json")
    asked = clinic(down, "mail", "recall", kept.json["message_id"], "--seconds", "1")
    assert asked.code == 1 and "No relay has answered. The request is kept" in asked.out
    same = clinic(down, "send", file, "--to", GLN, "--seconds", "1")
    assert same.code == 1 and kept.json["message_id"] in same.out and "It is sent when" not in same.out
    assert re.search(r"! Recall was asked for .*: it is not being sent. Send anew with: dpr send … --again", same.out)
    anew = clinic(down, "send", file, "--to", GLN, "--seconds", "1", "--again", "--json")
    assert anew.json["message_id"] != kept.json["message_id"] and anew.json["recalled_at"] is None


def test_a_site_without_a_mail_key_is_told_what_it_lacks(up: Networks) -> None:
    ran = clinic(up, "inbox", "--once")
    assert ran.code == 2 and "[mail_key_file_missing]" in ran.err


def test_nothing_that_a_sender_or_relay_keeps_can_be_read(up: Networks) -> None:
    kept = [up.clinic.folder / "mail.db", *up.a.folder.glob("*.db*"), *up.b.folder.glob("*.db*"), up.a.folder / "relay.log"]
    assert len(kept) > 3
    for path in kept:
        data = path.read_bytes()
        assert not [name for name in NAMES if name.encode() in data and name != "Lärkan"], path
