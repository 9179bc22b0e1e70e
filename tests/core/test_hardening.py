"""What an attacker tries before anybody has signed anything, and beside what was signed."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from dpr.core import documents
from dpr.core.dispensing import Outcome
from dpr.core.errors import DocumentError, StorageError
from dpr.core.products import ControlClass
from dpr.core.text import fault
from dpr.core.verify import Accepted, Refused, verify
from tests.world import ONE_ITEM, World

MIB = 1024 * 1024


def head(kind: int, size: int) -> bytes:
    return bytes((kind | 26,)) + size.to_bytes(4, "big")


def sign1(header: bytes, payload: bytes = b"\xa0") -> bytes:
    return (
        b"\xd2\x84" + head(0x40, len(header)) + header + b"\xa0" + head(0x40, len(payload)) + payload + b"\x58\x40" + bytes(64)
    )


BOMBS = {
    "lists in the header": sign1(head(0x80, 4 * MIB) + b"\x80" * (4 * MIB)),
    "maps in the header": sign1(head(0x80, 4 * MIB) + b"\xa0" * (4 * MIB)),
    "lists instead of a frame": b"\xd2" + head(0x80, 4 * MIB) + b"\x80" * (4 * MIB),
    "lists under another tag": b"\xd8\x62" + head(0x80, 4 * MIB) + b"\x80" * (4 * MIB),
    "lists as signatures": b"\xd8\x62\x84\x40\xa0\x41\x00" + head(0x80, 4 * MIB) + b"\x80" * (4 * MIB),
    "a large payload": sign1(b"\xa0", bytes(8 * MIB)),
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize(
    "read",
    [lambda data: documents.open(data), lambda data: documents.open_trust_list(data, World().anchor)],
    ids=["open", "list"],
)
def test_nothing_large_is_decoded_before_it_is_signed(name: str, read: Callable[[bytes], Any]) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(DocumentError):
            read(BOMBS[name])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * MIB


def test_a_large_trust_list_is_still_read() -> None:
    world = World()
    issuers = tuple(documents.open_trust_list(world.trust_list(), world.anchor).content.issuers)
    large = (*issuers[:1], *issuers[2:], *[_renamed(issuers[1], number) for number in range(40)])
    document = world.trust_list(issuers=large)
    assert len(document) > documents.MAX_DOCUMENT_BYTES
    assert documents.open_trust_list(document, world.anchor).content.issuers == large


def _renamed(issuer: Any, number: int) -> Any:
    import msgspec

    from tests.world import signer

    glns = tuple(f"{base}{_check(base)}" for base in (f"7350{number:04}{place:04}" for place in range(150)))
    return msgspec.structs.replace(issuer, id=f"chain-{number}", keys=(signer(f"chain {number}").key,), glns=glns)


def _check(base: str) -> int:
    return -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(base)) % 10


class Broken:
    def product_of(self, item: Any) -> Any:
        raise StorageError("products_file_broken")


def judged(written: dict[str, Any], **more: Any) -> Accepted | Refused:
    world = World()
    document = world.prescription_document(world.prescription(written))
    return verify(document, world.trust(), datetime.fromtimestamp(world.now, UTC), policy=world.policy, **more)


def test_a_broken_product_file_is_a_warning() -> None:
    verdict = judged(ONE_ITEM, catalogue=Broken())
    assert isinstance(verdict, Accepted)
    assert [(c.code, c.outcome) for c in verdict.checks if c.step == 13] == [("products_unreadable", Outcome.WARN)]


def test_a_narcotic_that_is_not_signed_as_one_counts_as_one_without_a_product_file() -> None:
    written = ONE_ITEM | {"items": [ONE_ITEM["items"][0] | {"atc": "N02AA05"}]}
    assert "special_ok" in [check.code for check in judged(written).checks]
    written = ONE_ITEM | {"items": [ONE_ITEM["items"][0] | {"atc": "N02BE01", "control_class": "narcotic_v"}]}
    assert ControlClass.NARCOTIC_V.special
    assert "special_ok" in [check.code for check in judged(written).checks]


@pytest.mark.parametrize("character", "\u3164\u115f\u2800\u034f\ufe0f\U000e0100\u17b4\u05d0\u0627\u0661")
def test_hidden_and_reordering_letters_are_refused(character: str) -> None:
    assert fault(f"a{character}b") == "text_unprintable"


@pytest.mark.parametrize("text", ["Åsa Öberg", "Łukasz", "Наталья", "Ελένη", "2,5 µg × 3 – 4 °C"])
def test_other_letters_are_kept(text: str) -> None:
    assert fault(text) is None
