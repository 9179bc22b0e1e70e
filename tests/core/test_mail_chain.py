"""A queue's chain: an honest relay is never accused; whatever a dishonest one changes, leaves out or forgets is found."""

from __future__ import annotations

import hashlib
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpr.core.errors import DocumentError
from dpr.core.mail import chain, receipts
from dpr.core.mail.chain import Fork, Place
from dpr.core.mail.receipt import NO_RECEIPT, ReceiptContent, ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.mail.stamp import Stamp
from tests.mail_world import QUEUE, MailWorld
from tests.world import NOW

WORLD = MailWorld()
TRUST = WORLD.trust()
RELAY, OTHER = WORLD.stamp(), Stamp(WORLD.other_relay, WORLD.other_relay_credential())
LENGTH = 8


@cache
def signed(sequence: int, previous: bytes, salt: int = 0, by: Stamp = RELAY, queue: str = QUEUE) -> Attested:
    own = hashlib.sha256(b"%d %d" % (sequence, salt)).digest()
    value = ReceiptContent(
        type=ReceiptType.R1, queue=queue, message_id=own[:16], digest=own, sequence=sequence, previous=previous
    )
    return receipts.read(by(value, NOW), TRUST)


@cache
def links(count: int = LENGTH, salt: int = 0, by: Stamp = RELAY) -> tuple[Attested, ...]:
    """The first R1s of a relay's queue; `salt` makes another truth."""
    made: list[Attested] = []
    for number in range(1, count + 1):
        made.append(signed(number, made[-1].digest if made else NO_RECEIPT, salt, by))
    return tuple(made)


def head(sequence: int, of: bytes) -> Attested:
    value = ReceiptContent(type=ReceiptType.H1, queue=QUEUE, sequence=sequence, head=of)
    return receipts.read(RELAY(value, NOW), TRUST)


def place_at(number: int, *, salt: int = 0) -> Place:
    return Place(number, links(LENGTH, salt)[number - 1].digest) if number else Place()


def code_of(place: Place, shown: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        chain.extend(place, shown)
    return caught.value.code


@pytest.mark.parametrize("begin", range(LENGTH + 1))
@pytest.mark.parametrize("first", range(LENGTH + 1))
def test_an_honest_relay_is_followed_from_any_place(begin: int, first: int) -> None:
    """It may show again what the reader knows; it may not begin later than after the reader's place."""
    shown = links()[first:]
    if first <= begin:
        assert chain.extend(place_at(begin), shown) == (place_at(LENGTH) if shown else place_at(begin))
    elif shown:
        assert code_of(place_at(begin), shown) == "relay_gap"


@given(st.data())
@settings(max_examples=60)
def test_the_same_chain_in_pieces_ends_at_the_same_place(data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, LENGTH))) | {0, LENGTH})
    place = Place()
    for first, last in pairwise(cuts):
        place = chain.extend(place, links()[first:last])
        assert place == place_at(last) and chain.check_head(place, head(LENGTH, links()[-1].digest)) == LENGTH - last


@given(st.data())
@settings(max_examples=60)
def test_whatever_is_left_out_is_found_here_or_at_the_head(data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, LENGTH - 1))
    missing = data.draw(st.sets(st.integers(begin, LENGTH - 1), min_size=1))
    shown = [one for number, one in enumerate(links()) if number not in missing]
    try:
        place = chain.extend(place_at(begin), shown)
    except DocumentError as error:
        assert error.code == "relay_gap"
    else:
        assert chain.check_head(place, head(LENGTH, links()[-1].digest)) == LENGTH - place.sequence > 0


@pytest.mark.parametrize("at", range(1, LENGTH + 1))
def test_another_truth_is_found_wherever_it_begins(at: int) -> None:
    """The reader holds the first `at` of one truth and is shown the other."""
    other = links(LENGTH, 1)
    with pytest.raises(Fork) as caught:
        chain.extend(place_at(at), other)
    assert caught.value.code == "relay_forked" and caught.value.evidence[0] in [one.document for one in other]
    if at < LENGTH:
        assert code_of(place_at(at), other[at:]) == "relay_forked"


def test_an_r1_at_the_readers_place_must_be_the_one_that_it_holds() -> None:
    assert chain.extend(place_at(3), links()[2:3]) == place_at(3)
    assert code_of(place_at(3), links(LENGTH, 1)[2:3]) == "relay_forked"


def test_receipts_of_several_relays_or_queues_are_no_chain() -> None:
    second = signed(2, links()[0].digest, by=OTHER)
    assert code_of(Place(), [links()[0], second]) == "receipt_relay"
    elsewhere = signed(2, links()[0].digest, queue="key:" + "0" * 32)
    assert code_of(Place(), [links()[0], elsewhere]) == "receipt_relay"


def test_only_r1s_make_a_chain_and_only_an_h1_is_its_head() -> None:
    top = head(1, links()[0].digest)
    assert code_of(Place(), [top]) == "receipt_fields"
    with pytest.raises(DocumentError, match="receipt_fields"):
        chain.check_head(Place(), links()[0])
    with pytest.raises(DocumentError, match="receipt_fields"):
        chain.begin([top], top)
    with pytest.raises(DocumentError, match="receipt_fields"):
        chain.begin([], links()[0])


@pytest.mark.parametrize("held", range(LENGTH + 1))
@pytest.mark.parametrize("said", range(LENGTH + 1))
def test_a_head_is_ahead_or_the_same_or_the_relay_is_named(held: int, said: int) -> None:
    named = links()[said - 1].digest if said else NO_RECEIPT
    if said >= held:
        assert chain.check_head(place_at(held), head(said, named)) == said - held
        return
    with pytest.raises(Fork) as caught:
        chain.check_head(place_at(held), head(said, named))
    assert caught.value.code == "relay_rolled_back" and caught.value.evidence == (head(said, named).document,)


def test_a_head_of_another_truth_is_a_fork() -> None:
    with pytest.raises(Fork, match="relay_forked"):
        chain.check_head(place_at(4), head(4, links(LENGTH, 1)[3].digest))


def test_a_reader_without_a_place_begins_where_it_is_shown() -> None:
    top = head(LENGTH, links()[-1].digest)
    assert chain.begin(links()[4:], top) == place_at(4)
    assert chain.begin(links(), top) == Place()
    assert chain.begin([], top) == place_at(LENGTH)
    assert chain.begin([], head(0, NO_RECEIPT)) == Place()
    assert chain.extend(chain.begin(links()[4:], top), links()[4:]) == place_at(LENGTH)
