"""The authority's address book: its table, the keys that come in, what is left out, and the editions that are published."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dpr.adapters.trust_files import TrustFiles
from dpr.apps import authority_book, book_csv
from dpr.apps.authority_book import Checked
from dpr.apps.authority_folder import Authority, Merged
from dpr.apps.book_csv import Row
from dpr.apps.signers import open_key_file
from dpr.core import days, documents
from dpr.core.credential import Holder, Role
from dpr.core.errors import DprError, InputError
from dpr.core.mail import queue as queues
from dpr.core.mail.address_book import Endpoint, Entry, SdkAddress
from dpr.core.mail.mail_key import MailKey, MailKeyContent
from dpr.core.mail.recipient import recipient
from dpr.core.status import Status
from dpr.core.trust import Trust
from dpr.core.trust_list import Environment
from tests.mail_world import QUEUE, MailWorld, sealing_key
from tests.world import DAY, GLN, NOW, OTHER_GLN, PHARMACIES, signer

WORLD = MailWorld()
AT = days.at(NOW)
HEADER = "queue;name;place;organisation;endpoints;sdk_organisation;sdk_function\n"
LINE = f"{GLN};Apoteket Lärkan;Piteå;Apotekskedjan Test;internet https://a.test | sjunet https://b.test:8443;;\n"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """One whose published folder has the world's trust list and lists, under its own root."""
    made = Authority.create(tmp_path / "authority", name="se-test", environment="test", keys=1, threshold=1, now=AT)
    signers = made.local_signers()
    value = WORLD.trust_list_value(issuers=with_other_gln())
    lists = made.published.root().content.lists.keys
    document = documents.sign_by_many(documents.TRUST_LIST, value, [one for one in signers if one.key in lists])
    made.published.put("trust-list", document)
    return made


def with_other_gln() -> Any:
    return tuple(
        msgspec.structs.replace(one, glns=(GLN, OTHER_GLN)) if one.id == PHARMACIES else one for one in WORLD.issuers()
    )


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "mail-keys"
    folder.mkdir()
    (folder / "larkan.cbor").write_bytes(WORLD.mail_key())
    return folder


def table(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    path = tmp_path / "recipients.csv"
    path.write_text(header + "".join(lines), "utf-8")
    return path


def rows(tmp_path: Path, *lines: str) -> list[Row]:
    found = book_csv.read(table(tmp_path, *(lines or (LINE,))), Environment.TEST)
    assert found.problems == []
    return found.rows


def problems(tmp_path: Path, line: str, environment: Environment = Environment.TEST) -> list[tuple[str, str]]:
    return [(one.code, one.path) for one in book_csv.read(table(tmp_path, line), environment).problems]


def online(authority: Authority) -> list[Any]:
    return [open_key_file(authority.folder / "keys" / "online.pem")]


def publish(authority: Authority, checked: Checked, later: int = 0) -> Merged:
    now = AT + timedelta(seconds=later)
    draft = authority_book.draft(authority, checked.entries, next_update_days=14, now=now)
    return authority_book.publish(authority, draft, online(authority))


def mail_key(
    queue: str = QUEUE, *, label: str = "pharmacy", at: int = NOW - DAY, until: int = NOW + 300 * DAY, **by: Any
) -> bytes:
    content = MailKeyContent(queue=queue, environment=Environment.TEST, keys=(sealing_key(label),))
    value = MailKey(issued_at=at, valid_until=until, content=content)
    given = {"signer": WORLD.pharmacy, "credential": WORLD.pharmacy_credential()} | by
    return documents.sign(documents.MAIL_KEY, value, given["signer"], credential=given["credential"])


# --- the table --------------------------------------------------------------------------------------------------------------


def test_a_line_is_an_entry(tmp_path: Path) -> None:
    sdk = LINE.replace(";;\n", ";0203:apotek.test;lakemedel\n")
    (row,) = rows(tmp_path, sdk)
    assert row == Row(
        2,
        Entry(
            queue=QUEUE,
            name="Apoteket Lärkan",
            place="Piteå",
            organisation="Apotekskedjan Test",
            endpoints=(
                Endpoint(url="https://a.test", network="internet"),
                Endpoint(url="https://b.test:8443", network="sjunet"),
            ),
            mail_key=b"\0",
            sdk=SdkAddress(organisation="0203:apotek.test", functional="lakemedel"),
        ),
    )


def test_a_node_stands_by_the_name_of_its_queue(tmp_path: Path) -> None:
    own = queues.of_key(WORLD.node.key.thumbprint)
    (row,) = rows(tmp_path, LINE.replace(GLN, own))
    assert row.entry.queue == own


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        (LINE.replace(GLN, "7350000000008"), "mail_queue", "queue"),
        (LINE.replace(GLN, ""), "field_missing", "queue"),
        (LINE.replace("Apoteket Lärkan", ""), "field_missing", "name"),
        (LINE.replace("Apoteket Lärkan", "A" * 101), "text_too_long", "name"),
        (LINE.replace("Apoteket Lärkan", "Apo\u202eteket"), "text_unprintable", "name"),
        (LINE.replace("Piteå", ""), "field_missing", "place"),
        (LINE.replace("https://a.test", "https://a.test/path"), "mail_origin", "endpoints"),
        (LINE.replace("internet https://a.test", "https://a.test"), "book_endpoint", "endpoints"),
        (LINE.replace(" | ", " || "), "book_endpoint", "endpoints"),
        (LINE.replace(";;\n", ";0203:x;\n"), "field_missing", "sdk_function"),
    ],
)
def test_a_fault_is_named_with_line_and_column(tmp_path: Path, line: str, code: str, column: str) -> None:
    assert problems(tmp_path, line) == [(code, f"line 2, column {column}")]


def test_in_production_nobody_is_reached_in_clear(tmp_path: Path) -> None:
    line = LINE.replace("https://a.test", "http://a.test")
    assert problems(tmp_path, line) == []
    assert problems(tmp_path, line, Environment.PRODUCTION) == [("book_endpoint", "line 2, column endpoints")]


def test_a_recipient_who_stands_twice_is_named_by_the_second_line(tmp_path: Path) -> None:
    found = book_csv.read(table(tmp_path, LINE, LINE), Environment.TEST)
    assert [one.line for one in found.rows] == [2]
    assert [(one.code, one.path) for one in found.problems] == [("address_book_queue_twice", "line 3, column queue")]


@pytest.mark.parametrize("header", ["queue;name\n", HEADER.replace("place", "ort"), HEADER.replace("place", "name")])
def test_a_header_with_faults_stops(tmp_path: Path, header: str) -> None:
    with pytest.raises(InputError, match="book_invalid"):
        book_csv.read(table(tmp_path, LINE, header=header), Environment.TEST)


# --- the keys ---------------------------------------------------------------------------------------------------------------


def test_each_recipient_gets_the_key_that_it_published_whatever_the_file_is_called(
    authority: Authority, keys: Path, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    checked = authority_book.check(
        authority, rows(tmp_path), keys, now=AT, progress=lambda done, total: told.append((done, total))
    )
    (entry,) = checked.entries
    assert entry.mail_key == WORLD.mail_key()
    assert recipient(entry, trust(authority), NOW).key == sealing_key("pharmacy")
    assert checked.ends == (NOW + 60 * DAY,), "the credential ends before the key"
    assert (checked.left_out, checked.ignored, told) == ((), (), [(1, 1)])


def trust(authority: Authority) -> Trust:
    return TrustFiles(authority.published.folder).load()


def test_the_newest_key_that_can_be_used_is_taken(authority: Authority, keys: Path, tmp_path: Path) -> None:
    (keys / "a.cbor").write_bytes(mail_key(label="newer", at=NOW - 60))
    (keys / "b.cbor").write_bytes(mail_key(label="older", at=NOW - 9 * DAY))
    (keys / "c.cbor").write_bytes(mail_key(label="ended", at=NOW - 30, until=NOW - 10))
    (keys / "d.cbor").write_bytes(mail_key(label="forged", at=NOW - 20, signer=signer("thief")))
    (keys / "e.cbor").write_bytes(mail_key(label="ahead", at=NOW + DAY))
    (entry,) = authority_book.check(authority, rows(tmp_path), keys, now=AT).entries
    assert recipient(entry, trust(authority), NOW).key == sealing_key("newer")


def left_out(authority: Authority, keys: Path, tmp_path: Path) -> list[str]:
    checked = authority_book.check(authority, rows(tmp_path), keys, now=AT)
    assert checked.entries == ()
    return [one.error.code for one in checked.left_out]


def test_who_has_no_key_that_can_be_used_is_left_out_by_name(authority: Authority, keys: Path, tmp_path: Path) -> None:
    path = keys / "larkan.cbor"
    path.write_bytes(mail_key(until=NOW - 10))
    assert left_out(authority, keys, tmp_path) == ["mail_key_expired"]
    path.write_bytes(mail_key(signer=WORLD.node, credential=WORLD.node_credential()))
    assert left_out(authority, keys, tmp_path) == ["mail_key_signer"]
    path.unlink()
    assert left_out(authority, keys, tmp_path) == ["book_key_missing"]


def test_a_key_whose_signer_is_revoked_by_what_is_published_is_left_out(
    authority: Authority, keys: Path, tmp_path: Path
) -> None:
    given = tmp_path / "status.cbor"
    given.write_bytes(WORLD.status_list({2: Status.REVOKED}, issuer=PHARMACIES))
    assert [one.error for one in authority.published.collect([given], now=NOW)] == [None]
    assert left_out(authority, keys, tmp_path) == ["mail_key_signer_revoked"]


def test_a_file_that_is_no_key_is_named_and_keeps_nobody_out(authority: Authority, keys: Path, tmp_path: Path) -> None:
    (keys / "torn.cbor").write_bytes(b"\xd2\x84")
    (keys / "other.cbor").write_bytes(WORLD.prescription_document())
    checked = authority_book.check(authority, rows(tmp_path), keys, now=AT)
    assert [one.path.name for one in checked.ignored] == ["other.cbor", "torn.cbor"]
    assert len(checked.entries) == 1


def test_a_key_that_is_in_the_book_needs_not_come_in_again(authority: Authority, keys: Path, tmp_path: Path) -> None:
    publish(authority, authority_book.check(authority, rows(tmp_path), keys, now=AT))
    (keys / "larkan.cbor").unlink()
    assert len(authority_book.check(authority, rows(tmp_path), keys, now=AT).entries) == 1


def test_one_missing_key_in_ten_is_a_recipients_fault_and_more_is_ours() -> None:
    row = Row(2, WORLD.address_book_value().content.entries[0])
    gone = authority_book.LeftOut(row, DprError("book_key_missing"))
    authority_book.refuse_too_few(Checked((row.entry,) * 9, (0,) * 9, (gone,), ()))
    with pytest.raises(DprError, match="book_too_many_left_out"):
        authority_book.refuse_too_few(Checked((row.entry,) * 8, (0,) * 8, (gone,), ()))
    authority_book.refuse_too_few(Checked((), (), (), ()))


# --- what is published ------------------------------------------------------------------------------------------------------


def test_a_site_takes_the_book_that_the_next_snapshot_names(authority: Authority, keys: Path, tmp_path: Path) -> None:
    checked = authority_book.check(authority, rows(tmp_path), keys, now=AT)
    merged = publish(authority, checked)
    assert merged.draft.edition.version == 1
    done = authority.publish_snapshot(online(authority), next_update_hours=48, now=AT)
    assert done.merged.draft.value.content.minimums["address-book"] == 1  # type: ignore[union-attr]
    site = TrustFiles(tmp_path / "site")
    published = sorted(authority.published.folder.rglob("*.cbor"))
    site.install((authority.published.folder / "root.cbor").read_bytes(), fingerprint=None)
    assert not site.bring_in([path.read_bytes() for path in published], now=NOW).of("refused")
    assert site.address_book().content.entries == checked.entries


def test_the_next_edition_has_the_next_version(authority: Authority, keys: Path, tmp_path: Path) -> None:
    checked = authority_book.check(authority, rows(tmp_path), keys, now=AT)
    versions = [publish(authority, checked, later).draft.edition.version for later in (0, 60)]
    assert versions == [1, 2]
    (authority.folder / "editions.json").unlink()
    assert publish(authority, checked, 120).draft.edition.version == 3, "as after a restore"


def test_a_book_that_says_the_same_is_news_only_when_half_of_its_time_is_over(
    authority: Authority, keys: Path, tmp_path: Path
) -> None:
    def news(entries: Any, later_days: float) -> bool:
        now = AT + timedelta(days=later_days)
        return authority_book.is_news(authority, entries, next_update_days=14, now=now)

    checked = authority_book.check(authority, rows(tmp_path), keys, now=AT)
    assert news(checked.entries, 0)
    publish(authority, checked)
    assert not news(checked.entries, 6.9)
    assert news(checked.entries, 7.1)
    assert news((), 0)
    changed = msgspec.structs.replace(checked.entries[0], name="Apoteket Skatan")
    assert news((changed,), 0)


def test_only_the_key_that_the_root_names_for_snapshots_signs_it(authority: Authority, keys: Path, tmp_path: Path) -> None:
    checked = authority_book.check(authority, rows(tmp_path), keys, now=AT)
    draft = authority_book.draft(authority, checked.entries, next_update_days=14, now=AT)
    with pytest.raises(DprError, match="snapshot_key_differs"):
        authority_book.publish(authority, draft, [open_key_file(authority.folder / "keys" / "custodian-1.pem")])
    assert authority.published.address_book() is None


def test_a_snapshot_keeps_the_minimum_of_a_book_that_is_gone_or_torn_and_names_it(
    authority: Authority, keys: Path, tmp_path: Path
) -> None:
    publish(authority, authority_book.check(authority, rows(tmp_path), keys, now=AT))
    authority.publish_snapshot(online(authority), next_update_hours=48, now=AT)
    path = authority.published.path("address-book")
    whole = path.read_bytes()
    for content, code in ((None, "published_book_missing"), (whole[:-1], "published_book_refused")):
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        done = authority.publish_snapshot(online(authority), next_update_hours=48, now=AT)
        assert [(one.name, one.code) for one in done.left_out] == [("address-book", code)]
        assert done.merged.draft.value.content.minimums["address-book"] == 1  # type: ignore[union-attr]


def test_an_authority_without_a_book_names_none(authority: Authority) -> None:
    done = authority.publish_snapshot(online(authority), next_update_hours=48, now=AT)
    assert done.left_out == [] and "address-book" not in done.merged.draft.value.content.minimums  # type: ignore[union-attr]


def test_a_book_that_nobody_could_read_is_refused_before_it_is_signed(authority: Authority) -> None:
    entry = WORLD.address_book_value().content.entries[0]
    numbers = (str(one) for one in range(7350000000000, 7350000100000))
    glns = [one for one in numbers if queues.fault(f"gln:{one}") is None][:2600]
    entries = [msgspec.structs.replace(entry, queue=queues.of_gln(one)) for one in glns]
    with pytest.raises(DprError, match="address_book_too_large"):
        authority_book.draft(authority, entries, next_update_days=14, now=AT)
    assert authority_book.draft(authority, entries[:2000], next_update_days=14, now=AT).edition.version == 1


def test_a_pharmacys_credential_for_another_gln_puts_no_key_into_the_book(
    authority: Authority, keys: Path, tmp_path: Path
) -> None:
    credential = WORLD.credential(Holder(role=Role.PHARMACY, name="Skatan", gln=OTHER_GLN), signer("skatan"), 5)
    (keys / "z.cbor").write_bytes(mail_key(label="stolen", at=NOW - 1, signer=signer("skatan"), credential=credential))
    (entry,) = authority_book.check(authority, rows(tmp_path), keys, now=AT).entries
    assert recipient(entry, trust(authority), NOW).key == sealing_key("pharmacy")
