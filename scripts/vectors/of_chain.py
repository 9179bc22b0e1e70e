"""tests/vectors/chain.json: what a relay shows of a queue, to a reader who remembers where it was."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from dpr.core.mail.receipt import NO_RECEIPT, ReceiptType
from tests.mail_world import QUEUE
from vectors.mail import NODE, NODE_QUEUE, NOW, OTHER_RELAY, PHARMACY, chain, head, receipt, site
from vectors.making import Vector, file, flipped, vector

LAYER = "chain"
FIVE = chain(5)
#: The same relay's other truth: the third is another one, and so all that follow.
THIRD = chain(1, 3, hashlib.sha256(FIVE[1]).digest(), at=NOW - 59)[0]
FORK = [*FIVE[:2], THIRD, *chain(2, 4, hashlib.sha256(THIRD).digest())]


def place(sequence: int, of: bytes | None = None) -> dict[str, Any]:
    """Where a reader is: after `of`, or before the first."""
    return {"sequence": sequence, "head": (NO_RECEIPT if of is None else hashlib.sha256(of).digest()).hex()}


START = place(0)
AT_TWO = place(2, FIVE[1])


def _given(at: dict[str, Any] | None, top: bytes, queue: str = QUEUE) -> dict[str, Any]:
    return {"given": {"place": at, "head": top.hex(), "queue": queue}}


def _shown(receipts: Sequence[bytes]) -> list[str]:
    return [one.hex() for one in receipts]


def _accepted() -> Iterator[Vector]:
    top = head(5, FIVE[-1])
    own = chain(2, queue=NODE_QUEUE)
    direct = chain(2, **PHARMACY)
    for name, shown, given, at, beyond, comment in (
        ("from-the-first", FIVE, _given(START, top), place(5, FIVE[-1]), 0, ""),
        ("from-a-place", FIVE[2:], _given(AT_TWO, top), place(5, FIVE[-1]), 0, ""),
        ("nothing-new", [], _given(place(5, FIVE[-1]), top), place(5, FIVE[-1]), 0, ""),
        ("more-to-come", FIVE[2:4], _given(AT_TWO, top), place(4, FIVE[3]), 1, "the head is one further: asked again"),
        ("nothing-shown-yet", [], _given(AT_TWO, top), AT_TWO, 3, "three further: the relay may be withholding them"),
        ("shown-again", FIVE, _given(AT_TWO, top), place(5, FIVE[-1]), 0, "what is before the reader's place is passed over"),
        ("empty-queue", [], _given(START, head(0, None)), START, 0, ""),
        ("without-a-place", FIVE[2:], _given(None, top), place(5, FIVE[-1]), 0, "what came before is taken on trust"),
        ("without-a-place-or-chain", [], _given(None, top), place(5, FIVE[-1]), 0, "begins at the head"),
        ("queue-of-a-node", own, _given(START, head(2, own[1], queue=NODE_QUEUE), NODE_QUEUE), place(2, own[1]), 0, ""),
        (
            "direct-delivery",
            direct,
            _given(START, head(2, direct[1], **PHARMACY)),
            place(2, direct[1]),
            0,
            "a pharmacy's own node",
        ),
    ):
        yield vector(name, LAYER, _shown(shown), comment=comment, **given, place=at, beyond=beyond)


def _refused() -> Iterator[Vector]:
    top, forked = head(5, FIVE[-1]), head(5, FORK[-1])
    strange = chain(1, 2, hashlib.sha256(FIVE[0]).digest(), **OTHER_RELAY)
    for name, shown, given, code, comment in (
        ("one-left-out", [*FIVE[:2], *FIVE[3:]], _given(START, top), "relay_gap", "the third is missing"),
        ("first-left-out", FIVE[1:], _given(START, top), "relay_gap", ""),
        ("last-but-one-left-out", [FIVE[2], FIVE[4]], _given(AT_TWO, top), "relay_gap", ""),
        ("after-a-gap", FIVE[3:], _given(AT_TWO, top), "relay_gap", "from four on, to a reader at two"),
        ("out-of-order", [FIVE[2], FIVE[4], FIVE[3]], _given(AT_TWO, top), "relay_gap", ""),
        ("other-than-before", FORK[2:], _given(place(3, FIVE[2]), forked), "relay_forked", "the third has changed"),
        ("follows-another", FORK[3:], _given(place(3, FIVE[2]), forked), "relay_forked", "four names another three"),
        ("forked-inside", [*FIVE[:3], *FORK[3:]], _given(START, forked), "relay_forked", ""),
        ("begins-anew", chain(1, at=NOW - 1), _given(place(1, FIVE[0]), head(1, FIVE[0])), "relay_forked", "another first one"),
        ("head-of-another-chain", FIVE, _given(START, forked), "relay_forked", "its head is not its last"),
        ("head-differs", [], _given(AT_TWO, head(2, FIVE[0])), "relay_forked", "the same number, another R1"),
        ("head-behind", [], _given(place(5, FIVE[-1]), head(4, FIVE[3])), "relay_rolled_back", "it has forgotten one"),
        ("head-behind-what-it-shows", FIVE, _given(START, head(4, FIVE[3])), "relay_rolled_back", ""),
        ("queue-forgotten", [], _given(AT_TWO, head(0, None)), "relay_rolled_back", "all of them"),
        ("an-r2-among-them", [FIVE[0], receipt(ReceiptType.R2)], _given(START, top), "receipt_fields", "no R1"),
        ("an-h1-among-them", [top], _given(START, top), "receipt_fields", ""),
        ("an-r1-as-head", FIVE, _given(START, FIVE[-1]), "receipt_fields", ""),
        ("of-another-relay", [FIVE[0], *strange], _given(START, top), "receipt_relay", "a relay shows its own"),
        ("of-another-queue", [FIVE[0], own_queue()], _given(START, top), "receipt_queue", ""),
        ("head-of-another-queue", FIVE, _given(START, head(5, FIVE[-1], queue=NODE_QUEUE)), "receipt_queue", ""),
        ("by-a-node", chain(1, **NODE), _given(START, head(1, FIVE[0])), "receipt_signer", "in another's queue"),
        ("head-by-a-node", FIVE, _given(START, head(5, FIVE[-1], **NODE)), "receipt_signer", ""),
        ("signature-changed", [flipped(FIVE[0], -1)], _given(START, top), "signature_invalid", ""),
    ):
        yield vector(name, LAYER, _shown(shown), code, comment, **given)


def own_queue() -> bytes:
    """The second R1 of another queue."""
    return chain(2, queue=NODE_QUEUE)[1]


def made() -> dict[str, Any]:
    """The file."""
    words = "R1s in the order in which a relay shows them, with its H1, to a reader at the place in `given`, or at none."
    return file(words, [*_accepted(), *_refused()], site=site())
