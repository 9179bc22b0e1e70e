"""docs/protocol.md says what the code does: its tables are made anew, its numbers, codes and lists by hand are compared."""

from __future__ import annotations

import re

import pytest

from dpr.adapters import opening_keys
from dpr.apps.conformance import vectors
from dpr.core.codes import CODES, address_book, mail
from dpr.core.errors import DocumentError
from dpr.core.mail import api, carriage, mail_key, message, retry, sealing, token
from dpr.core.mail.receipt import RULES, ReceiptType
from dpr.core.mail.token import origin_fault
from scripts import make_docs, make_format, protocol_tables
from scripts.vectors import hpke

PAGE = (make_docs.ROOT / "docs" / "protocol.md").read_text("utf-8")
ALL = vectors.load(vectors.folder())
LAYERS = {"message", "sealed", "opened", "mail_key", "token", "receipt", "address_book", "body", "chain", "carriage"}


def section(number: int) -> str:
    """The text of one numbered section."""
    return re.split(r"^## \d+\. ", PAGE, flags=re.M)[number]


def test_a_stale_table_or_example_is_made_anew() -> None:
    torn = re.sub(r"(<!-- (?:table|example):\w+:begin -->\n).*?(<!-- (?:table|example):\w+:end -->)", r"\1\2", PAGE, flags=re.S)
    assert torn != PAGE and make_format.PROTOCOL.filled(torn) == PAGE


def test_sections_are_numbered_and_listed_as_they_stand() -> None:
    numbers = [int(number) for number in re.findall(r"^## (\d+)\. ", PAGE, re.M)]
    titles = re.findall(r"^## (\d+\. .+)$", PAGE, re.M)
    assert numbers == [*range(1, 18)]
    for title in titles:
        anchor = re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        assert f"(#{anchor})" in PAGE.split("## 1.")[0], anchor


@pytest.mark.parametrize("layer", sorted(LAYERS))
def test_every_code_that_a_vector_of_the_protocol_expects_is_in_a_page(layer: str) -> None:
    pages = PAGE + (make_docs.ROOT / "docs" / "format.md").read_text("utf-8")
    codes = {one.members["expect"] for one in ALL if one.layer == layer} - {"accepted"}
    assert codes and {code for code in codes if f"`{code}`" not in pages} == set()


def test_every_code_that_the_page_names_exists_and_every_code_of_the_wire_is_named() -> None:
    families = ("mail_", "token_", "receipt_", "relay_", "address_book_", "queue_", "sender_", "node_", "cbor_", "field_")
    shown = {code for code in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", PAGE) if code.startswith(families)}
    fields = {field.name for made in (mail_key.MAIL_KEY_CONTENT, sealing.OUTER) for field in made.fields}
    names = {"mail_key", "receipt_type", "receipt_outcome", "message_id"} | fields
    assert shown - names <= CODES.keys(), shown - names - CODES.keys()
    assert {code for code in mail.TABLE if f"`{code}`" not in PAGE} == set()
    assert {code for code in address_book.TABLE if f"`{code}`" not in PAGE and "_file_" not in code} == set()


def test_the_limits_are_the_codes_own() -> None:
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \| [a-z]* \| `(\w+)` \|$", section(13), re.M)
    assert {(what, int(value), code) for what, value, code in rows} == {(a, b, d) for a, b, _, d in protocol_tables.LIMITS}
    assert {code for *_, code in rows} <= CODES.keys()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (3, f"{message.MAX_LIFE_SECONDS:,} seconds ({message.MAX_LIFE_SECONDS // 86_400} days)"),
        (4, f"{sealing.MAX_SEALED_BYTES:,} bytes"),
        (4, f"more than {sealing.MAX_OUTER_BYTES} bytes"),
        (4, f"| {sealing.ALG} |".replace("-", "−")),
        (4, f"{mail_key.PUBLIC_BYTES[mail_key.Kem.MLKEM768_X25519]:,} bytes"),
        (4, f"{hpke.ENC_BYTES:,} bytes"),
        (4, f"length of the signed message as {sealing.LENGTH_BYTES} bytes"),
        (5, f"for {opening_keys.KEPT_SECONDS // 86_400} days"),
        (6, f"more than {token.MAX_TOKEN_SECONDS} seconds later"),
        (7, f"`max` ≤ {api.MAX_MESSAGES}"),
        (7, f"{api.MAX_ANSWER_BYTES:,}"),
        (11, f"hedge delay ({retry.Timing().hedge_seconds:.0f} s)"),
        (11, f"within {retry.Timing().second_copy_seconds:.0f} s"),
        (11, f"up to {retry.FIRST_SECONDS:.0f} s, doubling, at most {retry.LONGEST_SECONDS / 60:.0f} min"),
    ],
)
def test_a_number_in_the_words_is_the_codes_own(number: int, words: str) -> None:
    assert words in re.sub(r"\s+", " ", section(number)), words


def test_the_suite_and_the_label_are_what_the_second_implementation_has() -> None:
    assert "647a ‖ 0001 ‖ 0002" in section(4) and b"HPKE" + bytes.fromhex("647a00010002") == hpke._SUITE
    assert f"`{hpke._LABEL.hex()}`" in section(4)
    assert sealing.SUITE is not None and "| 0x647a |" in section(4)


def test_the_receipts_stand_in_the_table_with_their_signers() -> None:
    rows = re.findall(r"^\| \*\*(\w\d)\*\* \| [^|]+ \| the (relay|recipient) \|", section(8), re.M)
    assert rows == [(kind.name, "recipient" if RULES[kind].by_recipient else "relay") for kind in ReceiptType]


def test_the_states_stand_in_their_order() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \| [^|]+ \| (yes)? *\|$", section(9), re.M)
    assert rows == [
        (str(number), row.state.value, "yes" if row.state.over else "") for number, row in enumerate(carriage.PRECEDENCE, 1)
    ]


def test_the_statuses_of_the_interface_are_the_relays_own() -> None:
    from dpr.apps.relay.answers import STATUS, status_of

    listed = {}
    for first, codes in re.findall(r"^\| (\d{3}(?:, \d{3})*) \| ([^|]+) \|", section(7), re.M):
        for code in re.findall(r"`(\w+)`", codes):
            listed[code] = {int(one) for one in first.split(", ")}
    for code, statuses in listed.items():
        assert code in CODES
        if code in STATUS:
            assert STATUS[code] in statuses, code
    assert {code for code, status in STATUS.items() if status < 500} <= listed.keys()
    assert status_of(DocumentError("mail_header")) == 400


def test_an_origin_may_be_as_long_as_the_page_says() -> None:
    longest = "https://" + "a" * 120
    assert "at most 130 characters" in section(1) and origin_fault(longest) is None


def test_the_page_is_reached_from_the_list_of_pages_and_from_the_site() -> None:
    assert "[protocol.md](protocol.md)" in (make_docs.ROOT / "docs" / "README.md").read_text("utf-8")
    assert "- protocol.md" in (make_docs.ROOT / "mkdocs.yml").read_text("utf-8")
