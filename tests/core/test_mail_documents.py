"""Messages, mail keys, tokens, address books, bodies: their rules, their signers, and what hostile bytes meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpr.core import cbor, cose, documents
from dpr.core.codes import CODES
from dpr.core.errors import DocumentError
from dpr.core.fields import Record
from dpr.core.mail import api, queue
from dpr.core.mail.mail_key import Kem, MailKeyContent, SealingKey
from dpr.core.mail.message import MAX_LIFE_SECONDS, times_fault
from dpr.core.mail.sealing import MAX_SEALED_BYTES
from dpr.core.mail.token import MAX_TOKEN_SECONDS, Token, origin_fault, token_fault
from tests.mail_world import ORIGIN, QUEUE, MailWorld, sealing_key
from tests.world import DAY, GLN, NOW

WORLD = MailWorld()
TRUST = WORLD.trust()
ROOT = documents.open_root(WORLD.root_document(), None)
#: Every kind, whole, with how it is opened.
OPENED: dict[str, tuple[bytes, Callable[[bytes], Any]]] = {
    "message": (WORLD.message(), lambda data: documents.open(data, TRUST, expected_kind=documents.MESSAGE)),
    "mail_key": (WORLD.mail_key(), lambda data: documents.open(data, TRUST, expected_kind=documents.MAIL_KEY)),
    "token": (WORLD.token(), lambda data: documents.open(data, TRUST, expected_kind=documents.TOKEN)),
    "address_book": (WORLD.address_book(), lambda data: documents.open_address_book(data, ROOT)),
}


def refused(open_: Callable[[bytes], Any], data: bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        open_(data)
    assert caught.value.code in CODES
    return caught.value.code


# --- bytes ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", OPENED)
def test_a_document_opens_whole_and_in_no_other_way(kind: str) -> None:
    data, open_ = OPENED[kind]
    open_(data)
    for end in range(0, len(data), 7):
        refused(open_, data[:end])
    assert refused(open_, data + b"\0") == "cbor_trailing_bytes"


@pytest.mark.parametrize("kind", OPENED)
def test_every_byte_counts(kind: str) -> None:
    """Every byte of the small ones; of those with a KEM's public key inside every seventh, and the first and last 200."""
    data, open_ = OPENED[kind]
    places = (
        range(len(data)) if len(data) < 1000 else {*range(200), *range(0, len(data), 7), *range(len(data) - 200, len(data))}
    )
    for place in places:
        changed = bytearray(data)
        changed[place] ^= 1
        refused(open_, bytes(changed))


@pytest.mark.parametrize("kind", OPENED)
@given(st.binary(max_size=300))
def test_any_bytes_are_named(kind: str, data: bytes) -> None:
    refused(OPENED[kind][1], data)


@pytest.mark.parametrize("kind", ["message", "mail_key", "token"])
def test_one_kind_is_not_taken_for_another(kind: str) -> None:
    for other, (_, open_) in OPENED.items():
        if other != kind:
            assert refused(open_, OPENED[kind][0]) in ("document_kind", "cose_tag")


# --- rules ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("life", "code"),
    [(1, None), (MAX_LIFE_SECONDS, None), (0, "mail_times"), (-1, "mail_times"), (MAX_LIFE_SECONDS + 1, "mail_times")],
)
def test_a_message_lives_for_a_while_and_not_for_long(life: int, code: str | None) -> None:
    assert times_fault(NOW, NOW + life) == code


def test_receipts_name_each_document_of_a_message() -> None:
    several = WORLD.message_value(b"one", b"two")
    assert len(several.digests) == len(set(several.digests)) == 2
    assert WORLD.message_value(b"two", b"one").digests == several.digests[::-1]


@pytest.mark.parametrize("name", [f"gln:{GLN}", "key:" + "0a" * 16])
def test_a_queue_has_one_name(name: str) -> None:
    assert queue.fault(name) is None
    for other in (name.upper(), name + "0", name[:-1], name.replace(":", ""), " " + name, name[4:], f"x{name}", ""):
        assert queue.fault(other) == "mail_queue", other


def test_a_queue_is_named_by_gln_or_by_the_first_half_of_a_thumbprint() -> None:
    assert queue.of_gln(GLN) == f"gln:{GLN}"
    assert queue.of_key(bytes(range(32))) == "key:" + bytes(range(16)).hex()


ORIGINS = ("https://relay.example", "https://relay.example:8443", "http://127.0.0.1:8440", "https://[2001:db8::1]")
NO_ORIGINS = (
    "", "relay.example", "https://", "https://relay.example/", "https://Relay.example", "https://relay.example/v1",
    "ftp://relay.example", "https://user@relay.example", "https://relay.example?x", "https://relay.example\n",
    "https://" + "a" * 121,
)  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
def test_an_origin_is_scheme_host_and_port(origin: str) -> None:
    assert origin_fault(origin) is None


@pytest.mark.parametrize("origin", NO_ORIGINS)
def test_what_is_more_or_less_is_no_origin(origin: str) -> None:
    assert origin_fault(origin) == "mail_origin"


def token(**changes: Any) -> Token:
    return Token(**({"audience": ORIGIN, "issued_at": NOW, "valid_until": NOW + 300, "id": bytes(16)} | changes))


@pytest.mark.parametrize(
    ("at", "code"),
    [(-61, "token_early"), (-60, None), (0, None), (300, None), (359, None), (360, "token_expired"), (10**6, "token_expired")],
)
def test_a_token_is_good_for_its_minutes_and_the_skew(at: int, code: str | None) -> None:
    assert token_fault(token(), origins=(ORIGIN,), now=NOW + at, skew_seconds=60) == code


def test_a_token_is_for_one_relay_by_any_of_its_names() -> None:
    assert token_fault(token(), origins=("https://other.test", ORIGIN), now=NOW, skew_seconds=0) is None
    for origin in ("https://relay-b.test", "http://relay-a.test", ORIGIN + ":443"):
        assert token_fault(token(audience=origin), origins=(ORIGIN,), now=NOW, skew_seconds=0) == "token_audience"


@pytest.mark.parametrize(("life", "right"), [(1, True), (MAX_TOKEN_SECONDS, True), (0, False), (MAX_TOKEN_SECONDS + 1, False)])
def test_a_token_does_not_last(life: int, right: bool) -> None:
    def signed(_: bytes) -> bytes:
        return documents.sign(documents.TOKEN, token(valid_until=NOW + life), WORLD.node, credential=WORLD.node_credential())

    if right:
        assert OPENED["token"][1](signed(b"")).value.valid_until == NOW + life
    else:
        assert refused(signed, b"") == "mail_times", "not even signed; the vectors have it signed"


def mail_key(*keys: SealingKey | dict[int, Any], **changes: Any) -> bytes:
    value = documents.open(WORLD.mail_key(), TRUST, expected_kind=documents.MAIL_KEY).value
    claims = documents.MAIL_KEY.claims.to_cbor(msgspec.structs.replace(value, **changes))
    claims[-65537][2] = [one if isinstance(one, dict) else {0: int(one.kem), 1: one.public} for one in keys]
    labels = {cose.KCWT: cbor.decode(WORLD.pharmacy_credential()), cose.TYP: documents.MAIL_KEY.typ}
    header, payload = cose.protected_header(WORLD.pharmacy.key, labels), cbor.encode(claims)
    return cose.assemble1(header, payload, WORLD.pharmacy.sign(cose.to_be_signed1(header, payload)))


def test_the_first_key_that_is_understood_is_the_one_to_use() -> None:
    later, right = {0: 7, 1: b"later"}, sealing_key("pharmacy")
    opened = OPENED["mail_key"][1](mail_key(later, right))
    assert opened.value.content.keys == (right,) and opened.value.content.keys.left_out == 1
    assert refused(OPENED["mail_key"][1], mail_key(later)) == "later_version"


@pytest.mark.parametrize("public", [b"", bytes(1215), bytes(1217), bytes(32)])
def test_a_public_key_has_its_kems_length(public: bytes) -> None:
    assert refused(OPENED["mail_key"][1], mail_key({0: int(Kem.MLKEM768_X25519), 1: public})) == "mail_key_malformed"


def test_a_keys_id_is_of_its_public_bytes() -> None:
    one, other = sealing_key("pharmacy"), sealing_key("other")
    assert len(one.id) == 8 and one.id != other.id and one.id == msgspec.structs.replace(one).id
    content = MailKeyContent(queue=QUEUE, environment=WORLD.policy.environment, keys=(one,))
    assert content.keys[0].public == one.public


def test_an_address_book_is_not_used_before_it_is_signed_by_enough() -> None:
    assert refused(OPENED["address_book"][1], WORLD.address_book()[:-1] + b"\0") == "address_book_threshold"
    twice = WORLD.address_book_value().content.entries * 2
    assert refused(lambda _: WORLD.address_book(entries=twice), b"") == "address_book_queue_twice", "not even signed"
    assert refused(lambda _: WORLD.address_book(next_update=NOW - DAY), b"") == "address_book_times"


# --- bodies -----------------------------------------------------------------------------------------------------------------

BODIES: dict[str, tuple[Record[Any], Any]] = {
    "inbox": (api.INBOX_ANSWER, api.InboxAnswer(head=b"h", chain=(b"1", b"2"), messages=(b"m",), ended=(b"e",))),
    "acks": (api.ACKS, api.Acks(digests=(bytes(32),), receipts=(b"r",))),
    "receipts": (api.RECEIPTS, api.Receipts(receipts=(b"r", b"s"))),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_read_as_it_was_written_and_in_no_other_way(name: str) -> None:
    record, value = BODIES[name]
    body = api.write(record, value)
    assert api.read(record, body) == value
    for end in range(len(body)):
        refused(lambda data: api.read(record, data), body[:end])
    assert refused(lambda data: api.read(record, data), body + b"\0") == "cbor_trailing_bytes"


@pytest.mark.parametrize("name", BODIES)
@given(st.binary(max_size=200))
def test_any_body_is_named_or_read(name: str, data: bytes) -> None:
    record = BODIES[name][0]
    try:
        found = api.read(record, data)
    except DocumentError as error:
        assert error.code in CODES
    else:  # an unknown negative key is passed over
        assert len(api.write(record, found)) <= len(data)


def test_the_largest_sealed_message_fits_and_one_byte_more_does_not() -> None:
    largest = api.InboxAnswer(head=b"h", messages=(bytes(MAX_SEALED_BYTES),))
    assert api.read(api.INBOX_ANSWER, api.write(api.INBOX_ANSWER, largest)) == largest
    with pytest.raises(DocumentError, match="field_type"):
        api.write(api.INBOX_ANSWER, api.InboxAnswer(head=b"h", messages=(bytes(MAX_SEALED_BYTES + 1),)))


def test_a_body_that_is_too_large_is_refused_before_it_is_decoded() -> None:
    too_large = cbor.encode({0: b"h", -1: bytes(api.MAX_ANSWER_BYTES)})
    assert refused(lambda data: api.read(api.INBOX_ANSWER, data), too_large) == "mail_too_large"


def test_a_body_that_would_cost_much_work_is_refused_before_it_is_decoded() -> None:
    many = b"\xa1\x20\x9a\x00\x10\x00\x00" + b"\x00" * 0x10_0000
    assert refused(lambda data: api.read(api.INBOX_ANSWER, data), many) == "cbor_too_large"
    colliding = b"\xa1\x20\xb9\x10\x00" + b"".join(b"\x82\x20\x3a" + n.to_bytes(4, "big") + b"\x00" for n in range(4096))
    assert refused(lambda data: api.read(api.INBOX_ANSWER, data), colliding) == "cbor_type"
