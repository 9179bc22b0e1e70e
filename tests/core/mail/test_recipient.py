"""Whom to send to: every fault that an entry's mail key can have, and finding the entry."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dpr.core import documents
from dpr.core.ceremony_changes import entry_changes
from dpr.core.credential import Holder, Role
from dpr.core.errors import DocumentError
from dpr.core.mail import queue as queues
from dpr.core.mail.address_book import AddressBook, Entry, SdkAddress
from dpr.core.mail.directory import entry_of, folded, queue_of, search
from dpr.core.mail.mail_key import MailKey, MailKeyContent
from dpr.core.mail.recipient import recipient
from dpr.core.policy import DEFAULT
from dpr.core.root import Root
from dpr.core.status import Status
from dpr.core.trust import Trust
from dpr.core.trust_list import Environment
from tests.mail_world import QUEUE, RELAYS, MailWorld, sealing_key
from tests.world import CARE, DAY, GLN, OTHER_GLN, PHARMACIES, PHARMACY, signer

WORLD = MailWorld()


def entry(mail_key: bytes | None = None, **changes: Any) -> Entry:
    given = WORLD.address_book_value().content.entries[0]
    return msgspec.structs.replace(given, **({"mail_key": mail_key} if mail_key else {}) | changes)


def mail_key(
    content: dict[str, Any] | None = None, *, by: Any = None, credential: bytes | None = None, **changes: Any
) -> bytes:
    fields = {"queue": QUEUE, "environment": Environment.TEST, "keys": (sealing_key("pharmacy"),)} | (content or {})
    times = {"valid_until": WORLD.now + 300 * DAY, "issued_at": WORLD.now - DAY} | changes
    value = MailKey(**times, content=MailKeyContent(**fields))
    own = credential or WORLD.pharmacy_credential()
    return documents.sign(documents.MAIL_KEY, value, by or WORLD.pharmacy, credential=own)


def code_of(given: Entry, trust: Trust | None = None, now: int | None = None) -> str:
    with pytest.raises(DocumentError) as raised:
        recipient(given, trust or WORLD.trust(), now or WORLD.now)
    return raised.value.code


def test_an_entry_gives_the_key_to_seal_with_and_the_endpoints_in_their_order() -> None:
    book = WORLD.address_book_value("https://a.test", "https://b.test")
    found = recipient(entry_of(book, QUEUE), WORLD.trust(), WORLD.now)
    assert found.key == sealing_key("pharmacy")
    assert [one.url for one in found.endpoints] == ["https://a.test", "https://b.test"]
    assert (found.queue, found.name, found.gln, found.until) == (QUEUE, "Apoteket Lärkan", GLN, WORLD.now + 300 * DAY)
    assert found.signer.credential.holder == PHARMACY


def test_the_first_key_is_the_one_to_seal_with() -> None:
    keys = (sealing_key("later"), sealing_key("pharmacy"))
    assert recipient(entry(mail_key({"keys": keys})), WORLD.trust(), WORLD.now).key == keys[0]


def test_a_node_without_a_gln_is_found_under_its_own_key() -> None:
    own = queues.of_key(WORLD.node.key.thumbprint)
    key = mail_key({"queue": own}, by=WORLD.node, credential=WORLD.node_credential())
    found = recipient(entry(key, queue=own, name="Journalsystem Norr"), WORLD.trust(), WORLD.now)
    assert (found.queue, found.name, found.gln) == (own, "Journalsystem Norr", None)


def test_nobody_else_stands_in_the_book_under_a_pharmacys_name_with_a_key_of_their_own() -> None:
    """Whoever has the online key and some node: its own queue and genuine key, with a pharmacy's name and SDK address."""
    own = queues.of_key(WORLD.node.key.thumbprint)
    key = mail_key({"queue": own}, by=WORLD.node, credential=WORLD.node_credential())
    sdk = SdkAddress(organisation="0203:apotek.test", functional="lakemedel")
    assert code_of(entry(key, queue=own)) == code_of(entry(key, queue=own, sdk=sdk)) == "mail_key_name"
    assert code_of(entry(name="Apoteket Larkan")) == "mail_key_name"
    assert recipient(entry(name="APOTEKET  lärkan"), WORLD.trust(), WORLD.now).name == "Apoteket Lärkan"


def test_a_gateway_stands_for_a_pharmacy_in_sdk_only_where_the_policy_lists_it() -> None:
    own = queues.of_key(WORLD.node.key.thumbprint)
    key = mail_key({"queue": own}, by=WORLD.node, credential=WORLD.node_credential())
    sdk = SdkAddress(organisation="0203:apotek.test", functional="lakemedel")
    policy = msgspec.structs.replace(DEFAULT, mail_gateways=(own,))
    found = recipient(entry(key, queue=own, sdk=sdk), WORLD.trust(), WORLD.now, policy=policy)
    assert found.name == "Journalsystem Norr", "whoever can open it, not whom the book names"
    with pytest.raises(DocumentError, match="mail_key_name"):
        recipient(entry(key, queue=own), WORLD.trust(), WORLD.now, policy=policy)
    other = msgspec.structs.replace(DEFAULT, mail_gateways=(queues.of_key(b"x" * 32),))
    with pytest.raises(DocumentError, match="mail_key_name"):
        recipient(entry(key, queue=own, sdk=sdk), WORLD.trust(), WORLD.now, policy=other)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (mail_key()[:-1], "mail_key_not_verified"),
        (mail_key()[:-1] + b"\x00", "mail_key_not_verified"),
        (mail_key(by=signer("thief")), "mail_key_not_verified"),
        (WORLD.prescription_document(), "mail_key_not_verified"),
        (b"\xd2", "mail_key_not_verified"),
        (mail_key({"environment": Environment.PRODUCTION}), "mail_key_environment"),
        (mail_key({"queue": queues.of_gln(OTHER_GLN)}), "mail_key_queue"),
        (mail_key(by=WORLD.node, credential=WORLD.node_credential()), "mail_key_signer"),
        (mail_key(issued_at=WORLD.now + 301), "mail_key_early"),
        (mail_key(valid_until=WORLD.now), "mail_key_expired"),
    ],
)
def test_a_mail_key_that_may_not_be_used_is_refused_by_name(key: bytes, code: str) -> None:
    assert code_of(entry(key)) == code


def test_the_authority_cannot_put_another_pharmacys_key_in_an_entry() -> None:
    """Whoever holds the online key may choose the entry, never the key that opens what is sent to it."""
    other = Holder(role=Role.PHARMACY, name="Apoteket Skatan", gln=OTHER_GLN)
    issuers = tuple(
        msgspec.structs.replace(one, glns=(GLN, OTHER_GLN)) if one.id == PHARMACIES else one for one in WORLD.issuers()
    )
    trust = WORLD.trust(issuers=issuers)
    credential = WORLD.credential(other, signer("skatan"), 5)
    theirs = mail_key({"queue": queues.of_gln(OTHER_GLN)}, by=signer("skatan"), credential=credential)
    elsewhere = entry(theirs, queue=queues.of_gln(OTHER_GLN), name="Apoteket Skatan")
    assert recipient(elsewhere, trust, WORLD.now).gln == OTHER_GLN
    assert code_of(entry(theirs, queue=queues.of_gln(OTHER_GLN)), trust) == "mail_key_name"
    assert code_of(entry(theirs), trust) == "mail_key_queue"
    assert code_of(entry(mail_key(by=signer("skatan"), credential=credential)), trust) == "mail_key_signer"


@pytest.mark.parametrize("status", [Status.REVOKED, Status.SUSPENDED])
def test_a_key_whose_signer_is_revoked_or_suspended_is_refused(status: Status) -> None:
    lists = [WORLD.status_list({2: status}, issuer=PHARMACIES)]
    trust = documents.open_trust(WORLD.anchor, WORLD.trust_list(), status_lists=lists)
    assert code_of(entry(), trust) == "mail_key_signer_revoked"


def test_a_revocation_counts_from_its_instant_on() -> None:
    def trust(since: int) -> Trust:
        given = [WORLD.revocations({2: since}, issuer=PHARMACIES)]
        return documents.open_trust(WORLD.anchor, WORLD.trust_list(), revocations=given)

    assert code_of(entry(), trust(WORLD.now)) == "mail_key_signer_revoked"
    assert recipient(entry(), trust(WORLD.now + 1), WORLD.now)


def test_a_credential_that_could_not_be_renewed_has_the_grace_of_a_verdict() -> None:
    ended = WORLD.now + 60 * DAY
    assert recipient(entry(), WORLD.trust(), ended + DAY)
    assert code_of(entry(), WORLD.trust(), ended + 61 * DAY) == "mail_key_signer_not_in_force"
    later = [WORLD.status_list(issuer=PHARMACIES, issued_at=ended + 10)]
    heard = documents.open_trust(WORLD.anchor, WORLD.trust_list(), status_lists=later)
    assert code_of(entry(), heard, ended + DAY) == "mail_key_signer_not_in_force"


def test_a_credential_that_is_not_yet_in_force_vouches_for_no_key() -> None:
    credential = WORLD.credential(PHARMACY, WORLD.pharmacy, 2, valid_from=WORLD.now + WORLD.policy.clock_skew_seconds + 1)
    assert code_of(entry(mail_key(credential=credential))) == "mail_key_signer_not_in_force"


def test_a_clock_that_is_behind_un_expires_no_key() -> None:
    given = entry(mail_key(valid_until=WORLD.now - 3600))
    assert code_of(given, WORLD.trust(), WORLD.now - 7200) == "mail_key_expired"


def test_an_issuer_vouches_only_for_roles_of_its_own() -> None:
    """A relay operator's credential for a pharmacy opens no pharmacy's queue."""
    credential = WORLD.credential(PHARMACY, WORLD.pharmacy, 2, issuer=RELAYS)
    with pytest.raises(DocumentError) as raised:
        recipient(entry(mail_key(credential=credential)), WORLD.trust(), WORLD.now)
    assert (raised.value.code, raised.value.detail) == ("mail_key_not_verified", "scope_role")


def book(*named: tuple[str, str]) -> AddressBook:
    numbers = range(7350000000000, 7350000100000)
    glns = (str(one) for one in numbers if queues.fault(f"gln:{one}") is None)
    entries = tuple(
        entry(queue=queues.of_gln(gln), name=name, place=place) for gln, (name, place) in zip(glns, named, strict=False)
    )
    return WORLD.address_book_value(entries=entries)


BOOK = book(
    ("Apoteket Lärkan", "Piteå"),
    ("Apoteket Skatan", "Örebro"),
    ("Lärkans Apotek", "Luleå"),
    ("Kronans Apotek Ånäset", "Ånäset"),
    ("Sjukhusapoteket", "Umeå"),
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("larkan", ["Lärkans Apotek", "Apoteket Lärkan"]),
        ("LÄRKAN pite", ["Apoteket Lärkan"]),
        ("orebro", ["Apoteket Skatan"]),
        ("anaset", ["Kronans Apotek Ånäset"]),
        ("apoteket", ["Apoteket Lärkan", "Apoteket Skatan", "Sjukhusapoteket"]),
        ("skatan umea", []),
        ("7350000000009", ["Apoteket Lärkan"]),
    ],
)
def test_people_are_found_by_parts_of_words_without_case_and_accents(text: str, names: list[str]) -> None:
    assert [one.name for one in search(BOOK, text)] == names


def test_an_empty_search_gives_everybody() -> None:
    assert len(search(BOOK, "")) == 5


@pytest.mark.parametrize(
    ("text", "folds_to"), [("Ö-Vik", "o vik"), ("Ærø", "aero"), ("  Sankt   Görans ", "sankt gorans"), ("ﬁnns", "finns")]
)
def test_what_is_compared_has_no_accents_and_single_spaces(text: str, folds_to: str) -> None:
    assert folded(text) == folds_to


def test_a_queue_is_named_by_a_gln_or_by_its_own_name() -> None:
    own = queues.of_key(WORLD.node.key.thumbprint)
    assert queue_of(GLN) == QUEUE
    assert queue_of(f"{GLN[:4]} {GLN[4:]}") == QUEUE
    assert queue_of(own) == own
    assert queue_of("7350000000008") is None  # its check digit is wrong
    assert queue_of("larkan") is None


def test_who_is_not_in_the_book_is_named() -> None:
    with pytest.raises(DocumentError, match="address_book_no_entry"):
        entry_of(BOOK, queues.of_key(b"x" * 32))


def test_the_book_itself_verifies_under_the_root_and_gives_a_recipient() -> None:
    root: Root = documents.open_root(WORLD.root_document(), None)
    opened = documents.open_address_book(WORLD.address_book(), root)
    assert recipient(entry_of(opened, QUEUE), WORLD.trust(), WORLD.now).signer.issuer.id == PHARMACIES
    assert CARE != PHARMACIES


def test_what_an_edition_changes_is_said_by_queue() -> None:
    before, after = BOOK.content.entries[:3], BOOK.content.entries[1:4]
    moved = msgspec.structs.replace(after[0], place="Boden")
    found = entry_changes(WORLD.address_book_value(entries=before), (moved, *after[1:]))
    assert found == ((after[2],), (before[0],), ((after[0], moved),), 1)
    assert entry_changes(None, after).added == after
